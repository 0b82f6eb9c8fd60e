// The list: as many elements as fit the window, whatever the number of lines; arrows, j and k move through it.

import { groupStrip, rewardBar } from "./bars.js";
import { advantage, book, column, faultsOf, groupNumbers, groupOf, keyOf, positionOf, sliceName, total, word } from "./book.js";
import { el, fill } from "./dom.js";
import { count, fixed, mean, percent, signed } from "./format.js";
import { opened, outline, shut } from "./outline.js";
import { linkTo, state } from "./state.js";

const HEIGHT = 34;
const HEAD = 26;
const NAMES = ["episode", "reward", "advantage", "exact", "calls", "what went wrong"];
const SPARE = 12;

export class List {
  constructor(open) {
    this.open = open;
    this.lines = [];
    this.rows = [];
    this.cursor = 0;
    this.space = el("div", { class: "space" });
    this.node = el("div", { id: "list", class: "scroll", role: "treegrid", tabindex: 0, "aria-label": "Episodes" }, heads(), this.space);
    this.node.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(this.node);
  }

  show(rows) {
    const before = this.lines[this.cursor];
    this.rows = rows;
    this.arrange();
    this.cursor = Math.max(0, this.lines.findIndex((line) => same(line, before)));
    this.draw();
  }

  arrange() {
    this.lines = outline(this.rows, state.sort);
    this.space.style.height = `${this.lines.length * HEIGHT}px`;
    this.node.setAttribute("aria-rowcount", this.lines.length);
  }

  soon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(this.lines.length, Math.ceil((this.node.scrollTop + this.node.clientHeight) / HEIGHT) + SPARE);
    const shown = [];
    for (let place = first; place < last; place += 1) shown.push(this.line(place));
    if (!this.lines.length) shown.push(el("p", { class: "empty" }, "No episode passes these filters."));
    fill(this.space, shown);
    this.node.setAttribute("aria-activedescendant", this.lines.length ? `line-${this.cursor}` : "");
  }

  line(place) {
    const line = this.lines[place];
    const cells = { slice: sliceCells, group: groupCells, row: rowCells }[line.kind](line);
    return el(
      "div",
      {
        id: `line-${place}`, class: `line ${line.kind}${place === this.cursor ? " cursor" : ""}`, role: "row",
        "aria-level": line.level, "aria-rowindex": place + 1, "aria-selected": String(place === this.cursor),
        "aria-expanded": line.kind === "row" ? null : String(isOpen(line)),
        style: { top: `${place * HEIGHT}px` },
        on: { click: (event) => this.click(place, event) },
      },
      cells.map((inside, number) => el("div", { role: "gridcell", class: `cell c${number}` }, inside)),
    );
  }

  click(place, event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.cursor = place;
    this.enter();
  }

  move(by) {
    this.cursor = Math.min(this.lines.length - 1, Math.max(0, this.cursor + by));
    this.reveal();
    this.draw();
  }

  reveal() {
    const top = this.cursor * HEIGHT;
    const { scrollTop } = this.node;
    const height = this.node.clientHeight - HEAD;
    if (top < scrollTop) this.node.scrollTop = top - HEIGHT;
    if (top + 2 * HEIGHT > scrollTop + height) this.node.scrollTop = top + 2 * HEIGHT - height;
  }

  // Enter on an episode opens it; on a step or a group, what is in it.
  enter() {
    const line = this.lines[this.cursor];
    if (!line) return;
    if (line.kind === "row") this.open(line.row);
    else this.fold(line);
  }

  fold(line) {
    flip(line.kind === "slice" ? shut : opened, line.kind === "slice" ? line.name : line.group);
    this.arrange();
    this.draw();
  }

  // To the right opens, to the left closes, or goes to what the line is in.
  sideways(open) {
    const line = this.lines[this.cursor];
    if (!line) return;
    if (line.kind !== "row" && isOpen(line) !== open) this.fold(line);
    else if (open) this.move(1);
    else this.move(above(this.lines, this.cursor) - this.cursor);
  }

  foldAll(open) {
    for (const row of this.rows) {
      if (open) opened.add(groupOf(row));
      else opened.delete(groupOf(row));
    }
    shut.clear();
    this.show(this.rows);
  }

  current() {
    const line = this.lines[this.cursor];
    return line?.kind === "row" ? line.row : null;
  }

  putCursor(row) {
    let place = this.lines.findIndex((line) => line.kind === "row" && line.row === row);
    if (place < 0) place = this.lines.findIndex((line) => line.kind === "group" && line.group === groupOf(row));
    if (place >= 0) this.cursor = place;
    this.reveal();
    this.draw();
  }
}

function heads() {
  return el("div", { class: "line heads", role: "row" }, NAMES.map((each, place) => el("div", { class: `cell c${place}`, role: "columnheader" }, each)));
}

function above(lines, place) {
  let found = place;
  while (found > 0 && lines[found].level >= lines[place].level) found -= 1;
  return found;
}

function same(line, other) {
  return Boolean(other) && line.kind === other.kind && line.row === other.row && line.group === other.group && line.name === other.name;
}

function flip(set, name) {
  if (!set.delete(name)) set.add(name);
}

const isOpen = (line) => (line.kind === "slice" ? !shut.has(line.name) : opened.has(line.group));

function name(line, ...inside) {
  const mark = line.kind === "row" ? "" : isOpen(line) ? "▾" : "▸";
  return [el("span", { class: "fold", "aria-hidden": "true" }, mark), ...inside];
}

function sliceCells(line) {
  const found = mean(line.rows.map(total));
  const flat = new Set(line.rows.filter((row) => isFlatGroup(groupOf(row))).map(groupOf)).size;
  return [
    name(line, el("strong", {}, sliceName(line.name)), el("span", { class: "quiet" }, inSlice(line))),
    reward(found), "", percent(mean(line.rows.map((row) => column("exact")[row]))),
    fixed(mean(line.rows.map((row) => column("calls")[row])), 1),
    flat ? el("span", { class: "tag" }, `${count(flat, "group")} without variance`) : "",
  ];
}

const inSlice = (line) => (line.groups === line.rows.length ? count(line.groups, "episode")
  : `${count(line.groups, "group")}, ${count(line.rows.length, "episode")}`);

function groupCells(line) {
  const row = line.rows[0];
  const found = groupNumbers(line.group);
  return [
    name(line, ...about(row), el("span", { class: "clip quiet" }, word("opening", row))),
    found ? [groupStrip(line.rows), el("span", { class: "number" }, fixed(found.mean))] : "–",
    found ? el("span", { class: "quiet", title: "standard deviation" }, `±${fixed(found.std, 2)}`) : "",
    percent(mean(line.rows.map((each) => column("exact")[each]))),
    fixed(mean(line.rows.map((each) => column("calls")[each])), 1),
    [line.rows.length < book.index.groups.size[line.group] ? el("span", { class: "tag" }, `${line.rows.length} of ${book.index.groups.size[line.group]}`)
      : el("span", { class: "quiet" }, count(line.rows.length, "episode")),
    isFlatGroup(line.group) ? el("span", { class: "tag" }, "zero variance") : ""],
  ];
}

const isFlatGroup = (group) => Boolean(book.index.groups.size[group] > 1 && groupNumbers(group)?.flat);

function about(row) {
  return [el("code", {}, word("example", row)), el("span", { class: "server" }, word("server", row).replaceAll("_", " "))];
}

function rowCells(line) {
  const { row } = line;
  const size = book.index.groups.size[groupOf(row)];
  const place = size > 1 ? el("span", { class: "quiet" }, `${positionOf(row) + 1} of ${size}`) : null;
  const where = state.sort === "steps" ? [] : [...about(row), el("span", { class: "quiet" }, sliceName(sliceKey(row)))];
  const link = el("a", { href: linkTo({ view: "episode", key: keyOf(row) }), class: "clip", tabindex: -1 },
    size > 1 && state.sort === "steps" ? word("did", row) : word("opening", row) || "(nothing said)");
  const inside = state.sort !== "steps" ? [...where, place, link] : size > 1 ? [place, link] : [...about(row), link];
  return [
    name(line, el("span", { class: `indent-${line.level}` }), ...inside),
    reward(total(row)), advantage(row) === null ? "" : el("span", { class: "number" }, signed(advantage(row))),
    column("exact")[row] ? el("span", { class: "good", title: "exact match" }, "✓ exact") : "",
    String(column("calls")[row]),
    faultsOf(row).map((fault) => el("span", { class: "tag" }, fault)),
  ];
}

const sliceKey = (row) => keyOf(row).split(".").slice(0, 3).join(".");
const reward = (value) => [rewardBar(value), el("span", { class: "number" }, fixed(value))];
