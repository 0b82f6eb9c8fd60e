"""Templates of a file: both formats, the gaps of the public one, and what is refused before anything is written."""

from __future__ import annotations

import json
import sqlite3

import pytest

from prove.synthesis.templates.public import read_templates
from prove.synthesis.templates.run import make_templates
from prove.synthesis.templates.template import save_templates
from tests.synthesis import library_cache as library
from tests.synthesis.library_cache import plan, public, save, step


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("caches")
    library.write(folder)
    return folder


def refused(caches, out, *overrides):
    """The reason for which a run is refused; nothing may have been written."""
    with pytest.raises(ValueError) as error:
        make_templates(plan(caches, out, *overrides), "test")
    assert not out.exists()
    return str(error.value)


def refused_file(caches, tmp_path, *templates):
    return refused(caches, tmp_path / "out", f"templates.file={save(tmp_path / 'own.json', *templates)}")


PUBLIC = (
    public(
        "w0",
        ("find_author", {"name": "Ada"}, {}),
        ("list_books", {"author_id": "AUT-1"}, {"author_id": (0, "authors[0].author_id")}),
    ),
    public(
        "w1",
        ("find_author", {"name": "Ada"}, {}),
        ("find_author", {"name": "Bo"}, {}),
        ("list_books", {"author_id": "AUT-1"}, {"author_id": (0, "authors[0].author_id")}),
        ("list_books", {"author_id": "AUT-2", "sort": "title"}, {}),
        ("get_book", {"book_id": 3}, {"book_id": (2, "books[0].copies")}),
    ),
)


def workflows(path, *values):
    path.write_text(json.dumps({"workflows": values}), encoding="utf-8")
    return path


def test_the_public_format_is_read_as_it_is(tmp_path):
    first, second = read_templates(workflows(tmp_path / "w.json", *PUBLIC), repair=False).templates
    assert [one.tool for one in first.steps] == ["find_author", "list_books"]
    assert first.edges == ((0, 1),)
    assert second.edges == ((0, 2), (2, 4))
    assert second.shape == {"length": 5, "depth": 3, "fan_out": 1}


def test_repair_adds_what_other_templates_read_and_drops_what_is_equal_by_chance(tmp_path):
    _, second = read_templates(workflows(tmp_path / "w.json", *PUBLIC), repair=True).templates
    added = second.steps[3].sources
    assert [(one.parameter, one.step, one.path) for one in added] == [("author_id", 1, "authors[0].author_id")]
    assert second.steps[4].sources == ()


def test_our_format_is_written_as_it_is_read(tmp_path):
    path = save(tmp_path / "own.json", *library.ALL)
    read = read_templates(path, repair=True).templates
    save_templates(tmp_path / "again.json", read)
    assert read_templates(tmp_path / "again.json", repair=True).templates == read


def test_steps_may_be_written_in_any_order(tmp_path):
    backwards = {
        "id": "backwards",
        "steps": [
            step("get_book", book_id=(1, "books[0].book_id")),
            step("list_books", author_id=(2, "authors[0].author_id")),
            step("find_author"),
        ],
    }
    (read,) = read_templates(save(tmp_path / "own.json", backwards), repair=True).templates
    assert [one.tool for one in read.steps] == ["find_author", "list_books", "get_book"]
    assert read.edges == ((0, 1), (1, 2))


def test_a_cycle_is_refused_with_its_steps(caches, tmp_path):
    value = {
        "id": "round",
        "steps": [step("list_books", author_id=(1, "title")), step("get_book", book_id=(0, "books[0].book_id"))],
    }
    assert "template round has a cycle: 0 (list_books) -> 1 (get_book) -> 0 (list_books)" in refused_file(
        caches, tmp_path, library.BROWSE, value
    )


def test_a_path_that_no_answer_has_is_refused_with_the_nearest(caches, tmp_path):
    value = {"id": "off", "steps": [step("find_author"), step("list_books", author_id=(0, "authors[0].id"))]}
    reason = refused_file(caches, tmp_path, value)
    assert "template off, step 1: list_books.author_id is read from authors[0].id" in reason
    assert "the nearest is authors[].author_id" in reason


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (step("list_book", author_id=(0, "a")), "there is no tool list_book; the nearest is list_books"),
        (step("list_books", author=(0, "a")), "list_books has no parameter author; the nearest is author_id"),
        (step("list_books", author_id=(7, "a")), "author_id comes from step 7, there are steps 0 to 1"),
        (step("list_books", author_id=("0", "a")), "author_id comes from step '0', which is no whole number"),
        (step("list_books", author_id=(0, "a..b")), "'a..b' is no field path such as [0].id or results[2].vehicle_id"),
        ({"tool": "list_books", "arguments": ["author_id"]}, "arguments is no object"),
        ({"tool": "list_books", "arguments": {"author_id": "AUT-1"}}, "author_id is no {from_step, path}"),
        ({"arguments": {}}, "it names no tool"),
    ],
)
def test_what_is_wrong_with_a_step_is_said(caches, tmp_path, bad, reason):
    told = refused_file(caches, tmp_path, {"id": "bad", "steps": [step("find_author"), bad]})
    assert reason in told and "skip_bad=true leaves such templates out" in told
    assert "\n" not in told


@pytest.mark.parametrize("text", ["", "[1]", '{"templates": []}', '{"steps": 1}', "[" * 100_000])
def test_a_file_that_holds_no_templates_is_refused(caches, tmp_path, text):
    path = tmp_path / "own.json"
    path.write_text(text)
    assert "no file of templates" in refused(caches, tmp_path / "out", f"templates.file={path}")


def test_a_workflow_that_is_none_is_named(caches, tmp_path):
    path = workflows(tmp_path / "w.json", {"id": "w0", "dependencies": {"0": {"function": "find_author"}}})
    assert "no workflow of the public format: KeyError 'dependency_args'" in refused(
        caches, tmp_path / "out", f"templates.file={path}"
    )


def test_bad_templates_are_left_out_and_counted_where_that_is_asked_for(caches, tmp_path):
    off = {"id": "off", "steps": [step("find_author"), step("list_books", author_id=(0, "authors[0].id"))]}
    path = save(
        tmp_path / "own.json", library.BROWSE, off, {"id": "round", "steps": [step("find_author", name=(0, "a"))]}
    )
    out = tmp_path / "out"
    make_templates(plan(caches, out, f"templates.file={path}", "templates.skip_bad=true"), "test")
    told = json.loads((out / "stats.json").read_text())["templates"]
    assert len(told["wrong"]) == 2 and "cycle" in " ".join(told["wrong"])
    assert {one.id for one in read_templates(out / "templates.json", repair=False).templates} <= {"browse", "browse/2"}


def test_a_tool_of_which_nothing_is_recorded_is_no_fault(caches, tmp_path):
    with sqlite3.connect(library.write(tmp_path / "caches")) as db:
        db.execute("DELETE FROM responses WHERE tool = 'visit_shelf'")
    db.close()
    path = save(tmp_path / "own.json", *library.ALL)
    out = tmp_path / "out"
    make_templates(plan(tmp_path / "caches", out, f"templates.file={path}"), "test")
    told = json.loads((out / "stats.json").read_text())["templates"]
    assert told["wrong"] == [] and told["not_answered"] == {"visit": "no response of visit_shelf is recorded"}


def test_a_missing_or_damaged_cache_is_refused(caches, tmp_path):
    own = f"templates.file={save(tmp_path / 'own.json', library.BROWSE)}"
    assert "there is no cache" in refused(tmp_path, tmp_path / "out", own)
    (tmp_path / "library.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 40)
    assert "is no cache that can be read" in refused(tmp_path, tmp_path / "out", own)
    (tmp_path / "library.sqlite").unlink()
    sqlite3.connect(tmp_path / "library.sqlite").execute("CREATE TABLE about(key, value)").connection.commit()
    assert "its table tools lacks name, tool" in refused(tmp_path, tmp_path / "out", own)


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("templates.length=[5,2]", "templates.length=[5, 2]: the least is above the most"),
        ("templates.length=[8,9]", "none of"),
        ("templates.unseen=1.5", "templates.unseen=1.5 is no share"),
        ("rows={train: -1}", "rows.train=-1 is no whole number from 0 on"),
        ("+rows.test=3", "rows.test is none of train, validation, heldout"),
        ("+turns={0: 1.0}", "is no table of user turns"),
        ("apart=seeds", "apart=seeds is none of entries, worlds"),
        ("apart=worlds", "apart=worlds needs a world for each of 3 splits; the cache has 1"),
        ("servers.names=[a,b]", "servers.names has 2 servers"),
        ("form.max_chars=10", "no row came out of"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(caches, tmp_path, override, reason):
    own = f"templates.file={save(tmp_path / 'own.json', *library.ALL)}"
    assert reason in refused(caches, tmp_path / "out", own, override)
