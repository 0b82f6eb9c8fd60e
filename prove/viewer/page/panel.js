// The filters, each choice with the number of episodes it leaves.

import { stepsChart } from "./bars.js";
import { book, sideName } from "./book.js";
import { button, el, fill } from "./dom.js";
import { count } from "./format.js";
import { change, chosen, isFiltered, reset, state, toggled } from "./state.js";

const wide = matchMedia("(min-width: 1001px)");

export function makePanel() {
  return el("aside", { id: "panel", "aria-label": "Filters" });
}

// What is open stays open, and what has the focus keeps it: the panel is drawn anew with every change.
export function drawPanel(panel, counts) {
  const focus = document.activeElement?.dataset?.filter;
  const shut = new Set([...panel.querySelectorAll("details:not([open])")].map((each) => each.dataset.name));
  const first = !panel.childElementCount;
  const open = (name) => (first ? wide.matches || name === "Steps" : !shut.has(name));
  const box = (name, ...inside) => el(
    "details", { "data-name": name, open: open(name) }, el("summary", {}, name), inside);
  fill(
    panel,
    el("div", { class: "panel-head" }, el("h2", {}, "Filter"), isFiltered() ? button("Clear", reset, { class: "quiet" }) : null),
    box("Steps", stepsChart(onlyStep), range()),
    book.index.sides.length > 1 ? box("Run", sides(counts.side)) : null,
    box("Outcome", either("exact", "Exact match", ["yes", "no"], ["exact", "not exact"]),
      either("flat", "Group", ["no", "yes"], ["rewards differ", "zero variance"]), below()),
    box("Error", words("faults", book.index.faults, counts.faults)),
    facet(box, "Split", "split", counts), facet(box, "Kind", "kind", counts), facet(box, "Server", "server", counts),
  );
  if (focus) panel.querySelector(`[data-filter="${CSS.escape(focus)}"]`)?.focus();
}

function facet(box, title, name, counts) {
  const all = book.index.words[name];
  return all.length > 1 || state[name] ? box(title, words(name, all, counts[name])) : null;
}

function onlyStep(slice) {
  const same = state.from === String(slice.step) && state.to === state.from;
  change(same ? { from: "", to: "" } : { from: String(slice.step), to: String(slice.step) });
}

function range() {
  const field = (name, label) => el("label", {}, label, input(name, "number", { min: 0, step: 1, class: "short" }));
  return el("div", { class: "inline" }, field("from", "from step "), field("to", "to "));
}

function input(name, type, options) {
  const node = el("input", { type, "data-filter": name, value: state[name], ...options });
  node.addEventListener("input", () => change({ [name]: node.value }));
  return node;
}

function sides(counts) {
  return el("div", {}, book.index.sides.map((_, place) => {
    const letter = "ab"[place];
    return check(`${letter.toUpperCase()} · ${sideName(place)}`, counts[place], state.side === letter,
      () => change({ side: state.side === letter ? "" : letter }), `side-${letter}`);
  }));
}

// Most frequent first; what would leave nothing is pale, not gone.
function words(name, all, counts) {
  const places = all.map((_, place) => place);
  if (name !== "faults") places.sort((one, other) => counts[other] - counts[one]);
  const active = chosen(name);
  return el("div", { class: "choices" }, places.map((place) => check(
    all[place].replaceAll("_", " "), counts[place], active.includes(all[place]), () => toggled(name, all[place]), `${name}-${all[place]}`)));
}

function check(label, number, checked, press, filter) {
  const box = el("input", { type: "checkbox", checked, "data-filter": filter, on: { change: press } });
  return el("label", { class: number ? "check" : "check none" }, box, el("span", { class: "clip" }, label),
    el("span", { class: "number" }, number.toLocaleString("en")));
}

function either(name, label, values, texts) {
  const choices = [["", "any"], ...values.map((value, place) => [value, texts[place]])];
  return el("div", { class: "either", role: "group", "aria-label": label }, choices.map(([value, text]) => button(
    text, () => change({ [name]: value }), { "aria-pressed": String(state[name] === value), "data-filter": `${name}-${value}` })));
}

function below() {
  const parts = ["total", ...book.parts, "advantage"];
  const select = el("select", { "aria-label": "component", "data-filter": "part" },
    el("option", { value: "" }, "component"), parts.map((part) => el("option", { value: part }, part)));
  select.value = state.part;
  select.addEventListener("change", () => change({ part: select.value, below: state.below || "1" }));
  return el("div", { class: "inline" }, select, el("label", {}, " below ", input("below", "number", { step: 0.05, class: "short" })));
}

export function summary(rows) {
  const all = book.index.columns.step.length;
  return rows.length === all ? count(all, "episode") : `${rows.length.toLocaleString("en")} of ${count(all, "episode")}`;
}
