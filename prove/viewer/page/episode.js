// One episode: what was said and called on the left, why it got its reward on the right.

import { advantage, book, column, groupNumbers, groupOf, keyOf, placeOf, positionOf, rowsOf, sliceName, sliceOf, total, word } from "./book.js";
import { callCard } from "./call.js";
import { loadEpisode } from "./data.js";
import { button, el, fill } from "./dom.js";
import { ends } from "./ends.js";
import { fixed, signed } from "./format.js";
import { offered } from "./offered.js";
import { budgetLine, rewardSum, rewardTable } from "./reward.js";
import { change, linkTo, state } from "./state.js";
import { truth } from "./truth.js";

// Draws into `node`; what arrives after another episode was asked for is thrown away.
export async function showEpisode(node, key, isPair = false) {
  const row = placeOf(key);
  node.dataset.key = key;
  if (row === undefined) return fill(node, el("p", { class: "empty" }, `There is no episode ${key} here.`));
  try {
    const episode = await loadEpisode(row, key);
    if (node.dataset.key === key) draw(node, row, episode, isPair);
  } catch (error) {
    if (node.dataset.key === key) fill(node, el("p", { class: "empty bad" }, `This episode cannot be shown: ${error.message}`));
  }
  return node;
}

function draw(node, row, episode, isPair) {
  const found = episode.rewards[book.reward] || episode.rewards[book.index.stored];
  const usable = found.error ? episode.rewards[book.index.stored] : found;
  const view = episode.views[usable.view] || { calls: [], steps: [], edges: [], budget: null };
  const isGraduated = usable.rule === "graduated";
  const talk = section("Conversation", conversation(episode, view, isGraduated));
  const reward = section("Reward", rewardBox(row, episode, found, view));
  const more = [
    section("Ground truth", truth(episode, view, isGraduated)),
    section("Worlds at the end", ends(episode.worlds)),
    section(`Tools offered (${episode.tools.length})`, offered(episode)),
  ];
  const body = isPair ? el("div", {}, reward, talk, more)
    : el("div", { class: "columns" }, el("div", { class: "why" }, reward, more), el("div", { class: "talk" }, talk));
  fill(node, head(row, episode, isPair), group(row, isPair), body);
}

function section(title, ...inside) {
  return el("section", { "aria-label": title }, el("h3", {}, title), inside);
}

function head(row, episode, isPair) {
  const size = book.index.groups.size[groupOf(row)];
  const place = size > 1 ? ` · episode ${positionOf(row) + 1} of ${size} in its group` : "";
  return el("header", { class: "episode-head" },
    el("div", {}, el("h2", {}, word("example", row)),
      el("p", { class: "quiet" }, `${sliceName(sliceOf(row))}${place} · ${word("kind", row).replaceAll("_", " ")} · `,
        episode.servers.join(", ").replaceAll("_", " ") || "no server", episode.policy ? ` · policy ${episode.policy}` : "")),
    el("div", { class: "big" }, el("span", { class: "number" }, fixed(total(row))),
      el("span", { class: column("exact")[row] ? "good" : "bad" }, column("exact")[row] ? "✓ exact match" : "✗ not exact")),
    isPair ? null : el("nav", { "aria-label": "Episode" },
      button("Back", () => change({ view: "list", key: "" }, true), { title: "Esc" }),
      button("Compare", () => compareWith(row), { title: "c: beside the best other episode of its group, or the one that is marked" })));
}

// Beside the marked episode, else the one of its group whose reward is furthest from this one's.
export function compareWith(row) {
  const others = rowsOf(groupOf(row)).filter((each) => each !== row && total(each) !== null);
  const far = others.sort((one, other) => Math.abs(total(other) - total(row)) - Math.abs(total(one) - total(row)))[0];
  const other = state.other && state.other !== keyOf(row) ? state.other : keyOf(far ?? row);
  change({ view: "pair", key: keyOf(row), other }, true);
}

function group(row, isPair) {
  const number = groupOf(row);
  const found = groupNumbers(number);
  const rows = rowsOf(number);
  if (rows.length < 2 || !found) return null;
  const side = book.index.sides[column("side")[row]];
  return el("div", { class: "group-box", "aria-label": "Group" },
    el("div", { class: "dots" }, rows.map((each) => groupDot(each, row, isPair))),
    el("span", {}, "mean ", number_(found.mean), " · std ", number_(found.std), " · ", number_(found.low), " to ", number_(found.high),
      found.flat ? [" ", el("span", { class: "tag" }, "zero variance: advantage 0")] : null),
    el("span", {}, "advantage ", el("strong", { class: "number" }, signed(advantage(row), 3)), " ",
      el("span", { class: "quiet" }, advantageWords(row, side, rows.length))));
}

const number_ = (value) => el("span", { class: "number" }, fixed(value));

function groupDot(each, row, isPair) {
  const height = total(each) === null ? 0 : (total(each) - book.low) / (book.high - book.low || 1);
  return el("a", {
    class: `dot${each === row ? " current" : ""}`, href: linkTo(isPair ? {} : { key: keyOf(each) }), style: { "--height": `${Math.round(height * 100)}%` },
    title: `episode ${positionOf(each) + 1}: ${fixed(total(each))}`, "aria-label": `episode ${positionOf(each) + 1}, reward ${fixed(total(each))}`,
    "aria-current": each === row ? "true" : null,
    on: isPair ? { click: (event) => { event.preventDefault(); swap(row, each); } } : {},
  }, el("span", {}));
}

// In a pair, another episode of a group takes the place of this one.
function swap(row, each) {
  if (state.key === keyOf(row)) change({ key: keyOf(each) });
  else change({ other: keyOf(each) });
}

function advantageWords(row, side, size) {
  if (advantage(row) !== null) return `computed here, it is not stored: ${side.advantageWords}${missing(side, size)}`;
  if (word("split", row) !== "train") return "none: this split is not trained on";
  if (!side.advantageWords) return "not known: no configuration of GRPO beside this file";
  return `not known: ${size} episodes of this example, and a group has ${side.groupSize}; which belong together is not stored`;
}

const missing = (side, size) => (side.groupSize > size
  ? `; ${side.groupSize - size} of its ${side.groupSize} episodes are not in the file (crashed or not yet written), and count here as absent` : "");

function rewardBox(row, episode, found, view) {
  const isStored = book.reward === book.index.stored;
  const side = book.index.sides[column("side")[row]];
  const from = isStored ? side.rewardWords : `reward=${book.reward}, scored again`;
  if (found.error) return el("p", { class: "bad" }, `${book.reward} cannot score this episode: ${found.error}`);
  return [el("p", { class: "quiet" }, from), rewardSum(found.terms), rewardTable(found, episode.stored, isStored), budgetLine(view.budget)];
}

// A change of speaker gets a label, a change of user turn a line.
function conversation(episode, view, isGraduated) {
  const inside = episode.pieces.map((piece) => {
    if (piece.role === "call") return callCard(piece.call, episode.calls[piece.call], view.calls[piece.call], episode, isGraduated);
    return el("div", { class: `said ${["user", "assistant", "system", "thought"].includes(piece.role) ? piece.role : "other"}` },
      el("span", { class: "who" }, piece.role), el("p", {}, piece.text || "(nothing)"));
  });
  const { stats } = episode;
  const end = stats.out_of_tokens ? "The budget of tokens was spent here." : stats.turn_cap ? "The cap of turns ended it here." : "";
  return [inside.length ? inside : el("p", { class: "empty" }, "Nothing was said."), end ? el("p", { class: "bad" }, end) : null];
}
