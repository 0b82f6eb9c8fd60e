// Two checkpoints, or two runs: the examples that both have played, and where the mean reward moved.

import { slicesOf } from "./bars.js";
import { book, column, keyOf, size, sliceName, sliceOf, total, word } from "./book.js";
import { button, el, fill } from "./dom.js";
import { count, fixed, mean, percent, signed } from "./format.js";
import { change, linkTo, state } from "./state.js";

const MOST = 1000;
let known = { index: null, slices: [] };

// The checkpoints that share an example with another one.
export function comparable() {
  if (known.index === book.index) return known.slices;
  const first = new Map();
  const shared = new Set();
  for (let row = 0; row < size(); row += 1) {
    const [example, slice] = [word("example", row), sliceOf(row)];
    const other = first.get(example);
    if (other === undefined) first.set(example, slice);
    else if (other !== slice) shared.add(slice).add(other);
  }
  known = { index: book.index, slices: slicesOf().map((each) => each.name).filter((name) => shared.has(name)) };
  return known.slices;
}

export function showCompare(node) {
  const slices = comparable();
  if (!slices.length) {
    fill(node, el("p", { class: "empty" }, "No two steps or runs here have played the same example: there is nothing to compare."));
    return;
  }
  const [a, b] = defaults(slices);
  const pairs = paired(a, b).sort((one, other) => Math.abs(other.by) - Math.abs(one.by));
  fill(node,
    el("div", { class: "pair-head" }, el("h2", {}, "Two checkpoints or runs"), pick("a", a, slices), el("span", { class: "quiet" }, "and"), pick("b", b, slices),
      button("Back", () => change({ view: "list" }, true), { title: "Esc" })),
    pairs.length ? [headline(pairs), table(pairs)] : el("p", { class: "empty" },
      `${sliceName(a)} and ${sliceName(b)} have no example in common. Choose two of the same split.`));
}

// The two sides' last held-out step, else the two last ones that share an example.
function defaults(slices) {
  const of = (side) => slices.filter((each) => each.startsWith(side));
  const best = (some) => some.findLast((each) => each.includes(".heldout.")) || some.findLast((each) => each.includes(".validation.")) || some.at(-1);
  const b = of("b").length ? best(of("b")) : best(slices);
  const twin = slices.findLast((each) => each !== b && each.split(".")[1] === b.split(".")[1]);
  const a = of("b").length ? best(of("a")) : twin || slices[0];
  return [slices.includes(state.a) ? state.a : a, slices.includes(state.b) ? state.b : b];
}

function pick(name, value, slices) {
  const select = el("select", { "aria-label": name === "a" ? "first" : "second" }, slices.map((each) => el("option", { value: each }, sliceName(each))));
  select.value = value;
  select.addEventListener("change", () => change({ [name]: select.value }));
  return select;
}

function paired(a, b) {
  const [ours, theirs] = [byExample(a), byExample(b)];
  return [...ours].filter(([example]) => theirs.has(example)).map(([example, rows]) => {
    const others = theirs.get(example);
    const [before, after] = [mean(rows.map(total)), mean(others.map(total))];
    return { example, rows, others, before, after, by: before === null || after === null ? 0 : after - before };
  });
}

function byExample(slice) {
  const found = new Map();
  for (let row = 0; row < size(); row += 1) {
    if (sliceOf(row) !== slice) continue;
    const example = word("example", row);
    if (!found.has(example)) found.set(example, []);
    found.get(example).push(row);
  }
  return found;
}

const exact = (rows) => mean(rows.map((row) => column("exact")[row]));

function headline(pairs) {
  const better = pairs.filter((each) => each.by > 1e-9).length;
  const worse = pairs.filter((each) => each.by < -1e-9).length;
  return el("p", { class: "headline" }, `${count(pairs.length, "example")} in both: mean reward `,
    el("strong", { class: "number" }, `${fixed(mean(pairs.map((each) => each.before)))} → ${fixed(mean(pairs.map((each) => each.after)))}`),
    `, exact ${percent(mean(pairs.map((each) => exact(each.rows))))} → ${percent(mean(pairs.map((each) => exact(each.others))))}; `,
    el("span", { class: "good" }, `▲ ${better} better`), ", ", el("span", { class: "bad" }, `▼ ${worse} worse`), `, ${pairs.length - better - worse} the same`);
}

function table(pairs) {
  const heads = ["example", "server", "first user turn", "first", "second", "difference", "exact"];
  return el("div", { class: "scroll compare", tabindex: 0, "aria-label": "Examples in both" }, el("table", { class: "wide" },
    el("thead", {}, el("tr", {}, heads.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, pairs.slice(0, MOST).map(pairRow))),
    pairs.length > MOST ? el("p", { class: "quiet" }, `the ${MOST} that moved most; ${pairs.length - MOST} more are not shown`) : null);
}

function pairRow({ example, rows, others, before, after, by }) {
  const to = { view: "pair", key: keyOf(rows[0]), other: keyOf(others[0]) };
  const kind = by > 1e-9 ? "good" : by < -1e-9 ? "bad" : "quiet";
  return el("tr", { on: { click: (event) => { event.preventDefault(); change(to, true); } } },
    el("th", { scope: "row" }, el("a", { href: linkTo(to) }, example)), el("td", {}, word("server", rows[0]).replaceAll("_", " ")),
    el("td", { class: "clip" }, word("opening", rows[0])), el("td", { class: "number" }, fixed(before)), el("td", { class: "number" }, fixed(after)),
    el("td", { class: `number ${kind}` }, `${kind === "good" ? "▲ " : kind === "bad" ? "▼ " : ""}${signed(by, 3)}`),
    el("td", { class: "number" }, `${percent(exact(rows))} → ${percent(exact(others))}`));
}
