"""A recorded library made by hand, as a cache file: authors have books, some pairs of books were compared.

find_author(name) -> authors[].author_id      list_books(author_id, [sort]) -> data.books[].book_id, .shelf
get_book(book_id) -> title, shelf             compare_books(first_id, second_id): neighbouring authors only
list_news() -> news                           visit_shelf(shelf: text; a number in the answers)
reserve_book(book_id): the one tool that writes
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

ROOT = Path(__file__).resolve().parents[2]
AUTHORS, BOOKS = 40, 3
NAMES = ("Ada", "Bo", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal", "Ida", "Jo")
TEXT, READS = {"type": "string"}, {"readOnlyHint": True}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "find_author": {"name": TEXT},
    "list_books": {"author_id": TEXT, "sort": TEXT},
    "get_book": {"book_id": TEXT},
    "compare_books": {"first_id": TEXT, "second_id": TEXT},
    "visit_shelf": {"shelf": TEXT},
    "list_news": {},
    "reserve_book": {"book_id": TEXT},
    "renew_card": {"card_id": TEXT},
}
TABLES = """
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE tools(name TEXT PRIMARY KEY, tool TEXT);
CREATE TABLE responses(tool TEXT, world INTEGER, key TEXT, arguments TEXT, response TEXT, error INTEGER,
  PRIMARY KEY (tool, world, key));
CREATE TABLE parameters(tool TEXT, parameter TEXT, value TEXT, world INTEGER, key TEXT);
CREATE INDEX by_value ON parameters(tool, parameter, value);
INSERT INTO about VALUES ('format', '1'), ('name', 'library'), ('digest', '0');
"""

Call = tuple[str, dict[str, Any], Any, bool]


def name_of(author: int) -> str:
    return f"{NAMES[author % 10]} Reed {'abcdefgh'[author // 10]}"


def book(author: int, number: int) -> str:
    return f"BOOK-{author:02d}{number}"


def calls(world: int) -> Iterator[Call]:
    """Every recorded call with its answer, and whether that is an error."""
    yield "list_news", {}, {"news": [{"author_id": f"AUT-{world}01"}]}, False
    yield "find_author", {"name": "Nobody"}, {"error": "no such author"}, True
    yield "find_author", {"name": "Empty"}, {}, False
    yield "renew_card", {"card_id": "CARD-77123"}, {"ok": True}, False
    for author in range(AUTHORS):
        yield from _of_author(world, author)


def _of_author(world: int, author: int) -> Iterator[Call]:
    own = f"AUT-{world}{author:02d}"
    books = [{"book_id": book(author, number), "shelf": 1000 + author} for number in range(BOOKS)]
    yield "find_author", {"name": name_of(author)}, {"authors": [{"name": name_of(author), "author_id": own}]}, False
    listing = {"status": True, "data": {"books": books, "note": "x" * 300, "last": book(author, 2)}}
    yield "list_books", {"author_id": own}, listing, False
    yield "list_books", {"author_id": own, "sort": "title"}, listing, False
    for number in range(BOOKS):
        found = {"title": f"Title {author} {number}", "shelf": 1000 + author}
        yield "get_book", {"book_id": book(author, number)}, found, False
        yield "reserve_book", {"book_id": book(author, number)}, {"reserved": True}, False
    yield "visit_shelf", {"shelf": str(1000 + author)}, {"lamps": author}, False
    if author % 2 == 0:
        pair = {"first_id": book(author, 0), "second_id": book(author + 1, 1)}
        yield "compare_books", pair, {"same_genre": True}, False


def write(folder: Path, worlds: tuple[int, ...] = (0,), name: str = "library") -> Path:
    """FOLDER/NAME.sqlite."""
    folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / f"{name}.sqlite") as db:
        db.executescript(TABLES)
        db.executemany("INSERT INTO tools VALUES (?, ?)", [(tool, json.dumps(_schema(tool))) for tool in ARGUMENTS])
        for world in worlds:
            for tool, arguments, response, error in calls(world):
                _insert(db, world, tool, arguments, response, error)
    db.close()
    return folder / f"{name}.sqlite"


def _schema(tool: str) -> dict[str, Any]:
    required = [name for name in ARGUMENTS[tool] if name != "sort"]
    schema = {"type": "object", "properties": ARGUMENTS[tool], "required": required}
    told = f"This tool is of the library. It answers to {tool.replace('_', ' ')}."
    annotations = READS if tool != "reserve_book" else {"readOnlyHint": False}
    return {"name": tool, "description": told, "inputSchema": schema, "annotations": annotations}


def _insert(db: sqlite3.Connection, world: int, tool: str, arguments: dict, response: Any, error: bool) -> None:
    key = plain(arguments)
    db.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?)", (tool, world, key, key, json.dumps(response), error))
    for name, value in {} if error else arguments.items():
        db.execute("INSERT INTO parameters VALUES (?, ?, ?, ?, ?)", (tool, name, plain(value), world, key))


def plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def step(tool: str, **sources: tuple[int, str]) -> dict[str, Any]:
    """A step of a template: parameter=(from_step, path)."""
    read = {name: {"from_step": number, "path": path} for name, (number, path) in sources.items()}
    return {"tool": tool, "arguments": read}


BROWSE = {
    "id": "browse",
    "steps": [
        step("find_author"),
        step("list_books", author_id=(0, "authors[0].author_id")),
        step("get_book", book_id=(1, "books[0].book_id")),
    ],
}
TWO_BOOKS = {
    "id": "two_books",
    "steps": [*BROWSE["steps"], step("get_book", book_id=(1, "books[1].book_id"))],
}
COMPARE = {
    "id": "compare",
    "steps": [
        step("find_author"),
        step("find_author"),
        step("list_books", author_id=(0, "authors[0].author_id")),
        step("list_books", author_id=(1, "authors[0].author_id")),
        step("compare_books", first_id=(2, "books[0].book_id"), second_id=(3, "books[0].book_id")),
    ],
}
SHELF = {
    "id": "shelf",
    "steps": [step("get_book"), step("visit_shelf", shelf=(0, "shelf"))],
}
VISIT = {"id": "visit", "steps": [*BROWSE["steps"], step("visit_shelf", shelf=(2, "shelf"))]}
"""A number in the answer, a text in the schema."""
LAST = {
    "id": "last",
    "steps": [*BROWSE["steps"][:2], step("get_book", book_id=(1, "last"))],
}
"""Read from the end of a long answer."""
NOWHERE = {"id": "nowhere", "steps": [*BROWSE["steps"], step("renew_card")]}
"""Needs an id that no answer shows."""
ALL = (BROWSE, TWO_BOOKS, COMPARE, VISIT)


def save(path: Path, *templates: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"templates": templates}), encoding="utf-8")
    return path


def public(identifier: str, *steps: tuple[str, dict[str, Any], dict[str, tuple[int, str]]]) -> dict[str, Any]:
    """A workflow of the public format: (function, example arguments, {parameter: (from step, field)}) each."""
    return {
        "id": identifier,
        "pattern": [function for function, _, _ in steps],
        "dependencies": {
            str(number): {
                "function": function,
                "arguments": arguments,
                "depends_on": sorted({place for place, _ in read.values()}),
                "dependency_args": {
                    name: {"from_step": place, "from_field": field, "value": arguments.get(name)}
                    for name, (place, field) in read.items()
                },
            }
            for number, (function, arguments, read) in enumerate(steps)
        },
    }


def plan(caches: Path, out: Path, *overrides: str) -> dict[str, Any]:
    """conf/synthesis/templates.yaml for the library, small, with overrides, as plain values."""
    small = ["rows={train: 16, validation: 4, heldout: 8}", "templates.misses=6", "lengths.tokenizer=null"]
    place = ["servers.names=[library]", f"caches={caches}", f"out={out}", "visible_chars=1000", "form.max_chars=9000"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("synthesize", overrides=["synthesis=templates", *place, *small, *overrides])
    return OmegaConf.to_container(cfg, resolve=True)  # type: ignore[return-value]
