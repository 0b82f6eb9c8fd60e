// One call: the levels it reached, what it answers, its arguments beside the wanted ones, its result.

import { el } from "./dom.js";
import { fixed } from "./format.js";

export function callCard(number, call, why, episode, isGraduated) {
  return el(
    "article", { class: "call", id: `call-${episode.key}-${number}`, "aria-label": `call ${number}` },
    el("header", {}, el("span", { class: "quiet" }, `call ${number}`), el("code", { class: "tool" }, call.name || "unreadable call"), isGraduated ? graduatedTag(why, episode) : answers(why, episode)),
    el("ul", { class: "levels", "aria-label": "validity" }, why.levels.map((level, place) => levelMark(level, why, place))),
    late(why), argumentTable(why), why.candidates.map((one) => candidate(one, episode)), result(call),
  );
}

// What kept a call from the level after the last one it reached stands beside that level.
function levelMark([name, reached], why, place) {
  const stopped = reached < 1 && (place === 0 || why.levels[place - 1][1] === 1) && why.words !== "ok";
  const part = reached > 0 && reached < 1 ? ` ${fixed(reached, 2)}` : "";
  return el("li", { class: reached === 1 ? "good" : reached > 0 ? "part" : "bad" },
    `${reached === 1 ? "✓" : reached > 0 ? "◐" : "✗"} ${name}${part}`, stopped ? el("span", { class: "words" }, why.words) : null);
}

function answers(why, episode) {
  if (!episode.wanted.length) return el("span", { class: "tag bad" }, "no call was wanted");
  if (why.step === null) return el("span", { class: "tag bad" }, "✗ answers no ground-truth call");
  const wrong = why.arguments.filter((each) => each.agrees === false).length;
  return el("span", { class: wrong ? "tag part" : "tag good" }, `${wrong ? "◐" : "✓"} answers step ${why.step}${wrong ? `, ${wrong === 1 ? "1 argument differs" : `${wrong} arguments differ`}` : ""}`);
}

function graduatedTag(why, episode) {
  if (!episode.wanted.length) return answers(why, episode);
  const paid = why.paid ? "" : "; a repeat, not paid";
  const compared = why.step === null ? "" : `compared with step ${why.step}; `;
  const reached = why.reaches.length ? `reaches step ${why.reaches.join(", ")}` : "reaches no step";
  return el("span", { class: why.reaches.length ? "tag good" : "tag part" }, `${compared}${reached}${paid}`);
}

function late(why) {
  if (!why.late.length) return null;
  return el("p", { class: "bad" }, `✗ order: step ${why.late.join(", ")} had to be whole before this`);
}

function argumentTable(why) {
  if (!why.arguments.length) return el("p", { class: "quiet" }, "no arguments");
  const compared = why.step !== null;
  const heads = compared ? ["argument", "given", "wanted", ""] : ["argument", "given"];
  return el("table", { class: compared ? "arguments" : "arguments alone" },
    el("thead", {}, el("tr", {}, heads.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, why.arguments.map((one) => argumentRow(one, compared))));
}

function argumentRow(one, compared) {
  const kind = one.agrees === false ? "bad" : one.agrees ? "good" : "quiet";
  const sign = one.agrees === false ? (one.given === null ? "✗ not given" : one.wanted === null ? "✗ not wanted" : "✗ differs") : one.agrees ? "✓ agrees" : "not looked at";
  return el("tr", {}, el("th", { scope: "row" }, one.name), valueCell(one.given),
    compared ? [valueCell(one.wanted), el("td", { class: `sign ${kind}` }, sign)] : null);
}

function valueCell(text) {
  return el("td", { class: "value" }, text === null ? el("span", { class: "quiet" }, "—") : text);
}

function candidate([wanted, missing], episode) {
  const step = episode.wanted.findLast((each) => each.at <= wanted);
  const number = episode.wanted.indexOf(step);
  const words = missing.length ? `would answer step ${number}, but does not give ${missing.join(", ")}`
    : `step ${number} wants this tool too; another call answers it`;
  return el("p", { class: "quiet" }, words);
}

function result(call) {
  if (!call.output) return null;
  const first = call.output.length > 160 ? `${call.output.slice(0, 160)} …` : call.output;
  const time = call.ms ? `${call.ms.toFixed(0)} ms` : "";
  return el("details", { class: call.ok ? "result" : "result bad" },
    el("summary", {}, el("span", { class: "quiet" }, call.ok ? "result " : "error "), el("span", { class: "first" }, first), el("span", { class: "quiet time" }, time)),
    el("pre", {}, pretty(call.output)));
}

// Indented where it is JSON without numbers that JavaScript would change.
function pretty(text) {
  if (/\d{16}/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
