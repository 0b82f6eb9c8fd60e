// The page: what was asked for by address, keys and filters, drawn into the frame.

import { book, groupOf, keyOf, placeOf, rowsOf, setIndex, setNumbers, sideName } from "./book.js";
import { comparable, showCompare } from "./compare.js";
import { hasNews, isStill, loadIndex, loadNumbers } from "./data.js";
import { button, el, fill } from "./dom.js";
import { compareWith, showEpisode } from "./episode.js";
import { filtered } from "./filter.js";
import { listen, showHelp } from "./keys.js";
import { List } from "./list.js";
import { SORTS } from "./outline.js";
import { showPair } from "./pair.js";
import { drawPanel, makePanel, summary } from "./panel.js";
import { forgetTexts, search, stopSearch, wordsOf } from "./search.js";
import { change, FILTERS, onChange, readAddress, reset, state } from "./state.js";
import { nextTheme, startTheme, themeName } from "./theme.js";

const NEWS = 10000;
const main = document.getElementById("main");
const top_ = document.getElementById("top");
const panel = makePanel();
const list = new List((row) => change({ view: "episode", key: keyOf(row) }, true));
const bar = el("div", { id: "bar" });
const browse = el("div", { id: "browse" }, panel, el("div", { id: "lines" }, bar, list.node));
const reader = el("div", { id: "reader", class: "scroll", tabindex: -1 });
let hits = null;
let rows = [];

async function start() {
  startTheme();
  try {
    setIndex(await loadIndex());
    setNumbers(book.index.stored, book.index.numbers);
  } catch (error) {
    fill(main, el("p", { class: "empty bad" }, `The episodes cannot be loaded: ${error.message}`));
    return;
  }
  drawTop();
  onChange(update);
  addEventListener("popstate", readAddress);
  listen(KEYS);
  readAddress();
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready");
  if (!isStill) setInterval(news, NEWS);
}

// What changed since `before` decides what is done again.
async function update(before) {
  if (state.q !== before.q) startSearch();
  const isFirst = !main.contains(browse) && !main.contains(reader);
  if (isFirst || FILTERS.some((name) => state[name] !== before[name]) || state.sort !== before.sort) refilter();
  drawTop.sync();
  await show(before);
  if ((state.reward || book.index.stored) === book.reward) return;
  await rescore(state.reward || book.index.stored);
  refilter();
  drawTop.sync();
  await show({ ...state });
}

async function show(before) {
  if (state.view === "list") {
    if (!main.contains(browse)) fill(main, browse);
    list.draw();
    if (before.view !== "list" && placeOf(before.key) !== undefined) list.putCursor(placeOf(before.key));
    if (before.view !== "list") list.node.focus({ preventScroll: true });
    return;
  }
  if (!main.contains(reader)) fill(main, reader);
  if (state.key !== before.key || state.view !== before.view) reader.scrollTop = 0;
  if (state.view === "episode") await showEpisode(reader, state.key);
  else if (state.view === "pair") await showPair(reader);
  else showCompare(reader);
}

function refilter() {
  const found = filtered(hits);
  rows = found.rows;
  drawPanel(panel, found.counts);
  drawBar();
  list.show(rows);
}

function drawBar() {
  const sort = el("select", { "aria-label": "order", on: { change: () => change({ sort: sort.value }) } },
    Object.entries(SORTS).map(([name, words]) => el("option", { value: name }, words)));
  sort.value = state.sort;
  const filters = button("Filters", () => document.body.classList.toggle("filters"), { class: "narrow" });
  fill(bar, filters, el("strong", { id: "summary" }, summary(rows)), el("span", { class: "grow" }),
    state.sort === "steps" ? [button("Unfold all", () => list.foldAll(true), { class: "quiet", title: "e" }), button("Fold all", () => list.foldAll(false), { class: "quiet", title: "E" })] : null,
    comparable().length ? button("Compare checkpoints", () => change({ view: "compare" }, true), { title: "v" }) : null, sort,
    notes());
}

function notes() {
  const said = book.index.sides.flatMap((side) => side.notes.map((note) => `${side.name}: ${note}`));
  return said.length ? el("ul", { class: "notes" }, said.map((note) => el("li", {}, note))) : null;
}

function drawTop() {
  const query = el("input", { id: "search", type: "search", placeholder: "Search all that was said and called", "aria-label": "search", autocomplete: "off", spellcheck: "false" });
  query.addEventListener("input", () => change({ q: query.value, ...(state.view === "list" ? {} : { view: "list", key: "" }) }));
  const reward = el("select", { id: "reward", "aria-label": "reward" }, [book.index.stored, ...book.index.rewards].map((name) => el("option", { value: name }, name)));
  reward.addEventListener("change", () => change({ reward: reward.value === book.index.stored ? "" : reward.value }));
  const theme = button(`Theme: ${themeName()}`, () => turn(theme), { class: "quiet", id: "theme", title: "t" });
  const names = book.index.sides.map((side, place) => el("span", { class: "run", title: side.path },
    book.index.sides.length > 1 ? el("span", { class: `letter side-${"ab"[place]}` }, "AB"[place]) : null, sideName(place)));
  fill(top_, el("a", { href: "#", class: "brand", on: { click: home } }, "prove.view"), names, query,
    el("label", { class: "reward-label" }, "Reward ", reward), theme, button("?", showHelp, { class: "quiet", "aria-label": "keyboard help" }));
  drawTop.sync = () => {
    if (document.activeElement !== query) query.value = state.q;
    reward.value = state.reward || book.index.stored;
  };
}

function home(event) {
  event.preventDefault();
  change({ view: "list", key: "", other: "" }, true);
}

function turn(node) {
  fill(node, `Theme: ${nextTheme()}`);
}

function say(words, ...more) {
  fill(document.getElementById("status"), words ? [el("span", {}, words), more] : []);
}

function startSearch() {
  if (!wordsOf(state.q).length) {
    stopSearch();
    hits = null;
    say("");
    return;
  }
  search(state.q, (found, share) => {
    hits = found;
    say(share < 1 ? `Searching, ${Math.round(100 * share)} % …` : "");
    refilter();
  }).catch((error) => say(`The search failed: ${error.message}`));
}

async function rescore(name) {
  const slow = setTimeout(() => say(`Scoring all episodes by ${name} …`), 150);
  try {
    setNumbers(name, await loadNumbers(name));
    say("");
  } catch (error) {
    say(`${name}: ${error.message}`);
    state.reward = book.reward === book.index.stored ? "" : book.reward;
  } finally {
    clearTimeout(slow);
  }
}

async function news() {
  try {
    if (await hasNews()) say("There are new episodes. ", button("Reload", reload));
  } catch {
    say("prove.view has ended; what is on the page stays.");
  }
}

async function reload() {
  say("Reading …");
  setIndex(await loadIndex());
  forgetTexts();
  setNumbers(book.index.stored, book.index.numbers);
  if (state.q) startSearch();
  if (state.reward) await rescore(state.reward);
  refilter();
  await show(state);
  say("");
}

// The next episode of the list (or, for brackets, of the group) takes the place of the one that is open.
function step(by, some) {
  const place = some.indexOf(placeOf(state.key));
  const next = some[place + by];
  if (place >= 0 && next !== undefined) change({ key: keyOf(next) });
}

const inList = () => state.view === "list";
const inEpisode = () => state.view === "episode" || state.view === "pair";
const groupRows = () => (placeOf(state.key) === undefined ? [] : rowsOf(groupOf(placeOf(state.key))));
const down = (by) => (inList() ? list.move(by) : inEpisode() ? step(by, rows) : null);
const here = () => (inList() ? list.current() : placeOf(state.key) ?? null);

function back() {
  if (state.view === "pair") change({ view: "episode", other: "" }, true);
  else if (state.view !== "list") change({ view: "list", key: "" }, true);
  else document.body.classList.remove("filters");
}

function mark() {
  if (here() === null) return;
  change({ other: keyOf(here()) });
  say(`Marked ${state.other}; c compares another episode with it.`);
}

const focus = (id) => document.getElementById(id)?.focus();
const KEYS = {
  j: () => down(1), k: () => down(-1), ArrowDown: () => down(1), ArrowUp: () => down(-1),
  PageDown: () => (inList() ? list.move(15) : reader.scrollBy(0, 500)), PageUp: () => (inList() ? list.move(-15) : reader.scrollBy(0, -500)),
  Home: () => (inList() ? list.move(-1e9) : null), End: () => (inList() ? list.move(1e9) : null),
  Enter: () => (inList() ? list.enter() : null), ArrowRight: () => (inList() ? list.sideways(true) : null), ArrowLeft: () => (inList() ? list.sideways(false) : null),
  e: () => (inList() ? list.foldAll(true) : null), E: () => (inList() ? list.foldAll(false) : null),
  "[": () => step(-1, groupRows()), "]": () => step(1, groupRows()),
  c: () => (here() === null ? null : compareWith(here())), m: mark, v: () => change({ view: "compare" }, true),
  "/": () => focus("search"), s: () => focus("reward"), x: reset, t: () => turn(document.getElementById("theme")), "?": showHelp, Escape: back,
  f: () => { document.body.classList.add("filters"); panel.querySelector("input, select, button")?.focus(); },
};

start();
