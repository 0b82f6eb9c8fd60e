// The ground truth: its steps, which call answers each, and whether the order that it asks for was kept.

import { el } from "./dom.js";

export function truth(episode, view, isGraduated) {
  if (!episode.wanted.length) {
    return el("p", {}, "No call is wanted here: the tools that were offered cannot serve this request. Any call pays 0.");
  }
  return [
    el("ol", { class: "truth", start: 0 }, episode.wanted.map((step, number) => stepItem(step, number, view.steps[number], episode, isGraduated ? "compared with " : ""))),
    view.edges.length ? el("div", { class: "edges" }, el("span", { class: "quiet" }, "order "), view.edges.map((each) => edge(each, view.steps))) : null,
  ];
}

function stepItem(step, number, why, episode, words) {
  const mark = why.covered ? el("span", { class: "good" }, "✓ covered") : el("span", { class: "bad" }, "✗ not covered");
  return el("li", { class: why.covered ? null : "open" },
    el("div", { class: "step-head" }, el("strong", {}, `step ${number}`), mark,
      why.late.length && isBegun(why) ? el("span", { class: "bad" }, `step ${why.late.join(", ")} was not whole before it`) : null,
      el("span", { class: "quiet" }, `user turn ${step.turn}`)),
    step.calls.map((call, place) => wantedCall(call, why.positions[place], episode, words)));
}

function wantedCall(call, position, episode, words) {
  const link = position === null || position === undefined ? el("span", { class: "bad" }, "no call answers it")
    : el("a", { href: "#", on: { click: (event) => jump(event, `call-${episode.key}-${position}`) } }, `${words}call ${position}`);
  return el("div", { class: "wanted" }, el("code", {}, call.name), " ", link,
    el("dl", {}, call.arguments.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function jump(event, id) {
  event.preventDefault();
  const card = document.getElementById(id);
  card?.scrollIntoView({ block: "center" });
  card?.classList.add("here");
  setTimeout(() => card?.classList.remove("here"), 1200);
}

const isBegun = (step) => step.positions.some((position) => position !== null);

// An order between steps that were not both begun is neither kept nor broken.
function edge([before, after, kept], steps) {
  const open = !kept && !(isBegun(steps[before]) && isBegun(steps[after]));
  const words = `${before} before ${after}`;
  if (open) return el("span", { class: "tag" }, `– ${words}: not reached`);
  return el("span", { class: kept ? "tag good" : "tag bad" }, `${kept ? "✓" : "✗"} ${words}`);
}
