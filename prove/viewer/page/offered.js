// The tools that were offered, those that were called or wanted first.

import { el } from "./dom.js";

export function offered(episode) {
  const called = new Set(episode.calls.map((call) => call.name));
  const wanted = new Set(episode.wanted.flatMap((step) => step.calls.map((call) => call.name)));
  const rank = (tool) => (wanted.has(tool.name) ? 0 : called.has(tool.name) ? 1 : 2);
  return [...episode.tools].sort((one, other) => rank(one) - rank(other)).map((tool) => el(
    "details", { class: "offer" },
    el("summary", {}, el("code", {}, tool.name), wanted.has(tool.name) ? el("span", { class: "tag" }, "wanted") : null,
      called.has(tool.name) ? el("span", { class: "tag" }, "called") : null),
    el("p", {}, tool.words),
    tool.parameters.length ? el("dl", {}, tool.parameters.map((one) => [
      el("dt", {}, one.name, one.needed ? "" : el("span", { class: "quiet" }, " (optional)")),
      el("dd", {}, el("code", {}, one.type), one.words ? ` ${one.words}` : "")])) : null));
}
