"""What counts as overlap with an evaluation set: names, parameter names, entities, forms of ids."""

import ast
import json

import pytest

from experiments.overlap.compare import kind, prefixes, shapes, shared
from experiments.overlap.measure import by_kind, entities, names, signatures
from experiments.overlap.sources import Source, _marked, bfcl, strings, t_eval
from prove.benchmarks.closeness import Signature, jaccard, key, nearest, words


def tool(name, *parameters):
    return Signature(name, frozenset(parameters))


def test_names_are_equal_whatever_their_style_order_and_numbers():
    assert (
        words("getStockPrice") == words("get_stock_price") == words("stock_get_price_8291") == ("get", "price", "stock")
    )
    assert words("__book_room") == words("BookRoom") != words("book_rooms")


def test_similarity_is_that_of_parameter_names():
    assert jaccard(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)
    assert jaccard(frozenset(), frozenset()) == 0.0
    assert nearest(tool("ours", "property_id", "day"), [tool("far", "x"), tool("near", "propertyId")]) == (0.5, "near")


def test_shared_names_and_signatures_are_listed():
    mine = Source("ours", [tool("get_event", "event_id"), tool("move_event", "event_id", "start")], set())
    other = Source("theirs", [tool("getEvent", "id"), tool("shift", "start", "eventId")], set())
    exact, same = names(mine, other)
    assert (exact.value, same.value, same.names) == (0, 1, ["get_event ~ getEvent"])
    equal, average = signatures(mine, other)
    assert (equal.n, equal.names, average.value) == (1, ["move_event(event_id, start) ~ shift"], 1.0)


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("Mira Holt", "person names"),
        ("12 Mill Street", "addresses"),
        ("mira.holt@postbox.example", "e-mails"),
        ("+33 86 555 8936", "phones"),
        ("ACC-30417", "ids"),
        ("Thai Green Curry", "other text"),
        ("12A", None),
        ("pending", None),
        ("2026-03-14T09:30", None),
    ],
)
def test_an_entity_has_a_kind(text, sort):
    assert kind(text) == sort


def test_an_entity_is_found_as_a_whole_string_and_inside_one():
    mine = {key(text) for text in ("Mira Holt", "ACC-30417", "12 Mill Street")}
    whole, inside = shared(mine, ["You are Mira Holt, of 12 Mill Street.", "acc-30417", "12 Mill Streets", "ACC-304"])
    assert whole == {"acc-30417"}
    assert inside == {"acc-30417", "mira holt", "12 mill street"}


def test_entities_are_counted_by_kind():
    found = by_kind({"Mira Holt", "Mira  Holt", "ACC-30417", "pending"})
    lines = {line.measure: (line.n, line.value) for line in entities(found, Source("theirs", [], {"ask Mira Holt"}))}
    assert lines["person names, a whole string"] == (1, 0)
    assert lines["person names, inside a string"] == (1, 1)
    assert lines["ids, inside a string"] == (1, 0)


def test_ids_have_a_prefix_and_a_shape():
    assert prefixes(["order ACC-30417", "HAT001", "Week 12"]) == {"ACC-", "HAT"}
    assert shapes(["ACC-30417", "HAT001"]) == {"AAA-99999", "AAA999"}


def test_first_and_last_names_are_read_together_and_keys_too():
    assert set(strings({"u_1": {"first_name": "Mira", "last_name": "Holt"}})) >= {"u_1", "Mira Holt"}


def test_methods_marked_as_tools_are_read_without_importing_them():
    source = "class T:\n @is_tool(READ)\n def find_it(self, name: str): ...\n def _hidden(self): ..."
    assert list(_marked(ast.parse(source))) == [tool("find_it", "name")]


def test_clones_are_read_as_they_are_laid_out(tmp_path):
    function = {"name": "Maps.find_route", "parameters": {"properties": {"start": {}, "end": {}}}}
    files = {
        "bfcl/data/multi_turn_func_doc/api.json": {"name": "ls", "parameters": {"properties": {"a": {}}}},
        "bfcl/data/BFCL_v4_multi_turn_base.json": {"question": ["go"], "initial_config": {"final.pdf": "text"}},
        "bfcl/data/BFCL_v4_simple.json": {"question": ["route"], "function": [function]},
        "teval/docs/api_descrip.json": [{"api_list": [{"name": "send", "required_parameters": [{"name": "to"}]}]}],
    }
    files["teval/docs/api_descrip.json"][0]["api_list"][0]["optional_parameters"] = []
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    stateful, single = bfcl(tmp_path / "bfcl")
    assert (stateful.tools, single.tools) == ([tool("ls", "a")], [tool("find_route", "start", "end")])
    assert "final.pdf" in stateful.texts and "route" in single.texts and "find_route" not in single.texts
    assert t_eval(tmp_path / "teval")[0].tools == [tool("send", "to")]
