// How the worlds ended, beside how they should have.

import { el } from "./dom.js";

const WORDS = { same: "✓ same", differs: "✗ differs", missing: "✗ missing", extra: "✗ not wanted" };

export function ends(worlds) {
  if (!worlds.known) return el("p", { class: "quiet" }, "This file does not say how the worlds ended.");
  const rows = worlds.servers.flatMap((each) => each.rows.map((row) => ({ ...row, server: each.server })));
  return [verdict(worlds), rows.length ? rows.map(rowBox) : el("p", { class: "quiet" }, "Nothing was changed, and nothing should have been.")];
}

function verdict({ verdict: right }) {
  if (right === null) return el("p", { class: "quiet" }, "The end says nothing here: the ground truth changes nothing, or it is not known.");
  return right ? el("p", { class: "good" }, "✓ The worlds end as the ground truth leaves them.")
    : el("p", { class: "bad" }, "✗ The worlds end otherwise than the ground truth leaves them.");
}

function rowBox(row) {
  const kind = row.counts ? (row.state === "same" ? "good" : "bad") : "quiet";
  return el("details", { class: "world", open: row.counts && row.state !== "same" },
    el("summary", {}, el("span", { class: kind }, row.counts ? WORDS[row.state] : "clock and counters"), " ",
      el("code", {}, `${row.server} · ${row.table}${row.key ? ` · ${row.key}` : ""}`)),
    el("table", { class: "fields" },
      el("thead", {}, el("tr", {}, ["field", "reached", "wanted"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, row.fields.map((field) => el("tr", { class: field.same || !row.counts ? null : "differs" },
        el("th", { scope: "row" }, field.name || "row"), side(field.reached), side(field.wanted))))));
}

const side = (text) => el("td", { class: "value" }, text ?? el("span", { class: "quiet" }, "—"));
