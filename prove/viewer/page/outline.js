// The lines of the list: steps, groups and episodes as a tree, or episodes alone, sorted.

import { advantage, book, column, groupOf, sliceOf, total } from "./book.js";

export const SORTS = {
  steps: "by step and group",
  low: "lowest reward first",
  high: "highest reward first",
  advantage: "largest |advantage| first",
  calls: "most calls first",
};
export const shut = new Set();
export const opened = new Set();

// Each line: { kind: "slice" | "group" | "row", … , rows: those of the filter below it }.
export function outline(rows, sort) {
  return sort === "steps" ? tree(rows) : sorted(rows, sort).map((row) => ({ kind: "row", row, level: 1 }));
}

function tree(rows) {
  const lines = [];
  let slice = null;
  let group = null;
  for (const row of rows) {
    const name = sliceOf(row);
    if (slice === null || slice.name !== name) {
      slice = { kind: "slice", name, rows: [], groups: 0, level: 1 };
      lines.push(slice);
      group = null;
    }
    slice.rows.push(row);
    const number = groupOf(row);
    if (group === null || group.group !== number) {
      group = { kind: "group", group: number, rows: [], level: 2 };
      slice.groups += 1;
      if (!shut.has(name) && book.index.groups.size[number] > 1) lines.push(group);
    }
    group.rows.push(row);
    if (shut.has(name)) continue;
    const alone = book.index.groups.size[number] === 1;
    if (alone || opened.has(number)) lines.push({ kind: "row", row, level: alone ? 2 : 3 });
  }
  return lines;
}

function sorted(rows, sort) {
  const last = sort === "low" ? Infinity : -Infinity;
  const values = { low: total, high: total, advantage: (row) => absolute(advantage(row)), calls: (row) => column("calls")[row] };
  const value = (row) => values[sort](row) ?? last;
  const way = sort === "low" ? 1 : -1;
  return [...rows].sort((one, other) => way * (value(one) - value(other)) || one - other);
}

function absolute(value) {
  return value === null ? null : Math.abs(value);
}
