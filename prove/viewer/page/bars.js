// Small pictures of numbers: a reward on its scale, the rewards of a group, the mean reward of every step.

import { book, groupOf, rowsOf, sliceName, total } from "./book.js";
import { svg } from "./dom.js";
import { fixed, mean } from "./format.js";

const share = (value) => (value - book.low) / (book.high - book.low || 1);

export function rewardBar(value, width = 96) {
  const length = value === null ? 0 : Math.max(1, share(value) * width);
  return svg(
    "svg", { class: "bar", width, height: 8, "aria-hidden": "true" },
    svg("rect", { class: "track", x: 0, y: 0, width, height: 8, rx: 2 }),
    value === null ? null : svg("rect", { class: "mark", x: 0, y: 0, width: length, height: 8, rx: 2 }),
  );
}

// One column per episode of the group, from worst to best; the rows that the filter leaves out are pale.
export function groupStrip(rows, width = 96) {
  const all = rowsOf(groupOf(rows[0])).sort((one, other) => (total(one) ?? -9) - (total(other) ?? -9));
  const passing = new Set(rows);
  const step = Math.min(12, width / all.length);
  return svg(
    "svg", { class: "bar", width, height: 20, "aria-hidden": "true" },
    svg("line", { class: "axis", x1: 0, x2: step * all.length, y1: 19.5, y2: 19.5 }),
    all.map((row, place) => {
      const height = total(row) === null ? 0 : Math.max(1.5, share(total(row)) * 19);
      const kind = passing.has(row) ? "mark" : "track";
      return svg("rect", { class: kind, x: place * step, y: 20 - height, width: Math.max(1, step - 1), height });
    }),
  );
}

// Mean reward by step: a line for each split and side that has more than one, a dot for each.
export function stepsChart(press, width = 236, height = 76) {
  const all = slicesOf();
  const steps = all.map((each) => each.step);
  const means = all.map((each) => each.mean).filter((value) => value !== null);
  if (!means.length) return null;
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const x = (step) => 34 + ((step - first) / (last - first || 1)) * (width - 42);
  const y = (value) => 8 + (1 - (value - low) / (high - low || 1)) * (height - 28);
  const chart = svg("svg", { class: "steps", width, height, role: "img", "aria-label": "mean reward by step" });
  const label = (text, left, top, anchor) => svg("text", { x: left, y: top, "text-anchor": anchor }, text);
  chart.append(label(fixed(high, 2), 28, 12, "end"), label(fixed(low, 2), 28, height - 17, "end"));
  chart.append(label(`step ${first}`, 34, height - 3, "start"));
  if (last > first) chart.append(label(String(last), width - 8, height - 3, "end"));
  for (const line of linesOf(all)) {
    const path = line.map((each, place) => `${place ? "L" : "M"}${x(each.step)} ${y(each.mean)}`).join("");
    if (line.length > 1) chart.append(svg("path", { class: `line side-${line[0].name[0]}`, d: path }));
    for (const each of line) chart.append(dot(each, x, y, press));
  }
  return chart;
}

function dot(each, x, y, press) {
  const words = `${sliceName(each.name)}: mean ${fixed(each.mean)}, ${each.count} episodes`;
  const kind = each.name.split(".")[1] === "train" ? "" : " held";
  const node = svg(
    "circle", { class: `dot side-${each.name[0]}${kind}`, cx: x(each.step), cy: y(each.mean), r: kind ? 4 : 3 },
    svg("title", {}, words),
  );
  node.addEventListener("click", () => press(each));
  return node;
}

function linesOf(all) {
  const lines = new Map();
  for (const each of all.filter((one) => one.mean !== null)) {
    const name = each.name.split(".").slice(0, 2).join(".");
    lines.set(name, [...(lines.get(name) || []), each]);
  }
  return [...lines.values()];
}

let slices = { numbers: null, found: [] };

// { name, step, mean, count } of every side, split and step, once for each reward.
export function slicesOf() {
  if (slices.numbers === book.numbers) return slices.found;
  const totals = book.sliceNames.map(() => []);
  for (let row = 0; row < book.sliceIds.length; row += 1) totals[book.sliceIds[row]].push(total(row));
  const found = book.sliceNames.map((name, place) => (
    { name, step: Number(name.split(".")[2]), mean: mean(totals[place]), count: totals[place].length }));
  slices = { numbers: book.numbers, found };
  return found;
}
