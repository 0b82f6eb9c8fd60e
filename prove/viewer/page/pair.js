// Two episodes beside each other, each with all of its own page.

import { placeOf, sliceName, sliceOf, total } from "./book.js";
import { button, el, fill } from "./dom.js";
import { showEpisode } from "./episode.js";
import { signed } from "./format.js";
import { change, state } from "./state.js";

export function showPair(node) {
  const [left, right] = [el("div", { class: "half" }), el("div", { class: "half" })];
  fill(node, el("div", { class: "pair-head" }, el("h2", {}, "Two episodes"), difference(),
    button("Swap", () => change({ key: state.other, other: state.key }), {}),
    button("Back", () => change({ view: "episode", other: "" }, true), { title: "Esc" })),
    el("div", { class: "pair" }, left, right));
  return Promise.all([showEpisode(left, state.key, true), showEpisode(right, state.other, true)]);
}

function difference() {
  const [one, other] = [placeOf(state.key), placeOf(state.other)];
  if (one === undefined || other === undefined) return null;
  const by = total(one) === null || total(other) === null ? null : total(other) - total(one);
  return el("p", { class: "quiet" }, `${sliceName(sliceOf(one))} and ${sliceName(sliceOf(other))}; reward right − left `,
    el("strong", { class: "number" }, signed(by, 3)));
}
