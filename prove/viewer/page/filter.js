// One pass over all rows: which pass every filter, and for each choice of a filter how many would, were it alone undone.

import { book, column, groupNumbers, size } from "./book.js";
import { chosen, state } from "./state.js";

export const FACETS = ["side", "split", "server", "kind", "faults"];

export function filtered(hits) {
  const tests = allTests(hits);
  const rows = [];
  const facets = FACETS.map((name) => ({ name, values: column(name), counts: new Int32Array(choices(name)) }));
  for (let row = 0; row < size(); row += 1) {
    let failed = "";
    let more = false;
    for (const [name, test] of tests) {
      if (test(row)) continue;
      more = failed !== "";
      if (more) break;
      failed = name;
    }
    if (more) continue;
    if (failed === "") rows.push(row);
    for (const facet of facets) if (failed === "" || failed === facet.name) tally(facet, row);
  }
  return { rows, counts: Object.fromEntries(facets.map(({ name, counts }) => [name, counts])) };
}

function choices(name) {
  if (name === "side") return 2;
  return name === "faults" ? book.index.faults.length : book.index.words[name].length;
}

function tally({ name, values, counts }, row) {
  const value = values[row];
  if (name !== "faults") counts[value] += 1;
  else for (let bit = 0; value >> bit; bit += 1) counts[bit] += (value >> bit) & 1;
}

function allTests(hits) {
  const tests = [];
  for (const name of ["split", "server", "kind"]) addWords(tests, name);
  if (state.side) tests.push(["side", (row) => column("side")[row] === "ab".indexOf(state.side)]);
  addFaults(tests);
  addNumbers(tests);
  if (hits) tests.push(["q", (row) => hits[row] === 1]);
  return tests;
}

function addWords(tests, name) {
  const words = chosen(name);
  if (!words.length) return;
  const wanted = new Set(words.map((each) => book.index.words[name].indexOf(each)));
  const values = column(name);
  tests.push([name, (row) => wanted.has(values[row])]);
}

function addFaults(tests) {
  const bits = chosen("faults").reduce((sum, each) => sum | (1 << book.index.faults.indexOf(each)), 0);
  const values = column("faults");
  if (bits) tests.push(["faults", (row) => (values[row] & bits) === bits]);
}

function addNumbers(tests) {
  const { exact, flat, from, to, part, below } = state;
  const steps = column("step");
  if (exact) tests.push(["exact", (row) => column("exact")[row] === (exact === "yes" ? 1 : 0)]);
  if (flat) tests.push(["flat", (row) => isFlat(row) === (flat === "yes")]);
  if (from !== "") tests.push(["from", (row) => steps[row] >= Number(from)]);
  if (to !== "") tests.push(["to", (row) => steps[row] <= Number(to)]);
  const values = part === "total" ? book.numbers.total : part === "advantage" ? book.numbers.advantage
    : book.numbers.components[part];
  if (values && below !== "") {
    tests.push(["below", (row) => values[row] !== null && values[row] < Number(below)]);
  }
}

// A group of one has no variance to speak of: only groups of two and more count.
function isFlat(row) {
  const group = column("group")[row];
  const found = groupNumbers(group);
  return book.index.groups.size[group] > 1 && Boolean(found && found.flat);
}
