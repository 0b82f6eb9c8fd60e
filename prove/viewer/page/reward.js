// The total as a sum of its terms: a bar whose pieces end where the total is, and the same as a table.

import { el, svg } from "./dom.js";
import { fixed } from "./format.js";

const WIDTH = 400;

// Added from left to right, as the reward does it: the sum is the total to the last digit.
export function sumOf(terms) {
  return terms.reduce((sum, term) => sum + term.worth, 0);
}

// What pays is drawn from the left; what costs is taken off its end, hatched.
export function rewardSum(terms) {
  const most = Math.max(terms.reduce((sum, term) => sum + Math.max(term.weight, term.worth, 0), 0), 1e-9);
  const scale = WIDTH / most;
  const bar = svg("svg", { class: "stack", viewBox: `0 0 ${WIDTH} 34`, role: "img", "aria-label": sentence(terms) });
  bar.append(svg("rect", { class: "track", x: 0, y: 4, width: WIDTH, height: 16, rx: 3 }));
  let end = 0;
  for (const term of terms.filter((each) => each.worth > 0)) {
    bar.append(svg("rect", { class: `term-${kind(term)}`, x: end * scale, y: 4, width: Math.max(0, term.worth * scale - 1), height: 16 },
      svg("title", {}, `${term.name} ${fixed(term.worth)}`)));
    end += term.worth;
  }
  for (const term of terms.filter((each) => each.worth < 0)) {
    end += term.worth;
    bar.append(svg("rect", { class: "term-cost", x: Math.max(0, end * scale), y: 4, width: -term.worth * scale, height: 16 },
      svg("title", {}, `${term.name} ${fixed(term.worth)}`)));
  }
  const place = Math.min(WIDTH - 1, Math.max(1, end * scale));
  bar.append(svg("path", { class: "total-mark", d: `M${place} 1V23` }));
  bar.append(svg("text", { x: Math.min(WIDTH - 2, Math.max(2, place)), y: 33, "text-anchor": place > WIDTH - 60 ? "end" : place < 60 ? "start" : "middle" },
    fixed(sumOf(terms))));
  return bar;
}

const kind = (term) => term.name.replaceAll(" ", "-");
const sentence = (terms) => `${terms.map((term) => `${term.name} ${fixed(term.worth)}`).join(", ")}: total ${fixed(sumOf(terms))}`;

export function rewardTable(found, stored, isStored) {
  const { terms } = found;
  const weighted = new Set(terms.map((term) => term.name));
  const others = Object.entries(found.components).filter(([name]) => !weighted.has(name) && !weighted.has("no call wanted"));
  return el(
    "table", { class: "sum" },
    el("thead", {}, el("tr", {}, ["component", "value", "× weight", "= worth"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, terms.map(termRow), others.map(([name, value]) => el("tr", { class: "quiet" },
      el("th", { scope: "row" }, el("span", { class: "swatch" }), name.replaceAll("_", " ")), cell(fixed(value)), cell("not paid"), cell("")))),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row", colspan: 3 }, "total"), cell(fixed(found.total), { "data-total": String(found.total), "data-sum": String(sumOf(terms)) })),
      agreement(found, stored, isStored)),
  );
}

// Whether the sum is what the file says; only where its own reward is shown.
function agreement(found, stored, isStored) {
  if (!isStored || stored === null) return null;
  const same = Math.abs(stored - found.total) < 1e-9;
  return el("tr", {}, el("td", { colspan: 4, class: same ? "good" : "bad" }, same
    ? "✓ adds up to the stored total"
    : `✗ the stored total is ${fixed(stored)}: made by another version or by weights that are not known here`));
}

function termRow(term) {
  const cost = term.worth < 0;
  return el("tr", {}, el("th", { scope: "row" }, el("span", { class: `swatch ${cost ? "term-cost" : `term-${kind(term)}`}` }), term.name),
    cell(fixed(term.value)), cell(`× ${fixed(term.weight, 2)}`), cell(fixed(term.worth), { class: cost ? "bad" : null }));
}

function cell(text, options) {
  return el("td", { ...options }, text);
}

export function budgetLine(budget) {
  if (!budget) return null;
  const over = budget.made - budget.allowed;
  const dots = Array.from({ length: Math.min(40, Math.max(budget.made, budget.allowed)) }, (_, place) => el("span", {
    class: `slot${place < budget.made ? " used" : ""}${place >= budget.allowed ? " over" : ""}` }));
  return el("div", { class: "budget" }, el("div", { class: "slots", "aria-hidden": "true" }, dots),
    el("span", { class: over > 0 ? "bad" : null }, `${budget.made} of ${budget.allowed} calls allowed`),
    el("span", { class: "quiet" }, over > 0 ? `${over} over; ${budget.wanted} are wanted` : `${budget.wanted} are wanted`));
}
