"""The dependency graph: what execution decides, what chains it gives, and when it is built again."""

import json
import random
from dataclasses import replace

import pytest

from prove.synthesis.classify import classify
from prove.synthesis.differences import differs
from prove.synthesis.graph import Edge, Graph, load_or_build, schema_hash
from prove.synthesis.lab import Effort
from prove.synthesis.live import LiveServers
from prove.synthesis.propose import Candidate, propose
from prove.synthesis.sampler import Catalog
from prove.synthesis.verify import build
from prove.types import ToolResult

SERVERS = ["banking", "food_delivery"]
EFFORT = Effort(seeds=(11, 12), asks=1)


@pytest.fixture(scope="module")
def live():
    with LiveServers(SERVERS, transport="inprocess") as servers:
        yield servers


@pytest.fixture(scope="module")
def catalog(live):
    return Catalog(live)


@pytest.fixture(scope="module")
def bank(live, catalog):
    return build(live, catalog, "banking", EFFORT)


@pytest.fixture(scope="module")
def meals(live, catalog):
    return build(live, catalog, "food_delivery", EFFORT)


def test_an_id_that_an_answer_shows_is_an_explicit_edge_with_field_and_parameter(bank):
    assert Edge("find_payee", "pay_payee", "explicit", "payees[].payee_id", "payee_id") in bank.edges
    assert Edge("issue_payment_token", "pay_payee", "explicit", "token", "token") in bank.edges


def test_a_write_that_changes_whether_or_what_a_tool_answers_is_an_implicit_edge(bank):
    assert bank.kind("freeze_card", "unfreeze_card") == "implicit"
    assert bank.kind("transfer_between_accounts", "list_accounts") == "implicit"


def test_a_tool_that_works_only_after_another_depends_on_it(meals):
    assert meals.kind("add_dish_to_cart", "place_food_order") == "implicit"


def test_a_text_that_any_other_would_do_for_is_proposed_and_then_refuted(live, bank):
    assert Candidate("find_payee", "payees[].name", "add_payee", "name") in propose(live.tools("banking"))
    assert bank.kind("find_payee", "add_payee") is None


def test_an_answer_that_repeats_what_was_given_is_no_source(bank):
    assert bank.kind("get_account", "transfer_between_accounts") is None


def test_minutes_that_pass_are_no_dependency(meals):
    assert "minutes_left" in meals.moving_of("track_food_order")
    assert meals.kind("add_delivery_address", "track_food_order") is None
    assert meals.kind("rate_food_order", "track_food_order") == "implicit"


class Reversed:
    """The same servers, which list their tools the other way round."""

    def __init__(self, live):
        self._live = live

    def __getattr__(self, name):
        return getattr(self._live, name)

    def tools(self, server):
        return self._live.tools(server)[::-1]


def test_the_order_in_which_tools_are_listed_does_not_matter(live, catalog, bank):
    assert build(Reversed(live), catalog, "banking", EFFORT) == bank


def answered(**fields):
    return ToolResult(True, json.dumps(fields))


REFUSED = ToolResult(False, '{"error": "no"}')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (answered(updated="2026-03-14T09:59"), answered(updated="2026-03-14T10:01")),
        (answered(order_id="FOD-71305"), answered(order_id="FOD-71306")),
        (answered(rows=[{"a": 1}, {"a": 2}]), answered(rows=[{"a": 2}, {"a": 1}])),
        (REFUSED, replace(REFUSED, output='{"error": "not now"}')),
        (ToolResult(True, "saved at 2026-03-14 09:59"), ToolResult(True, "saved at 2026-03-14 10:00")),
    ],
)
def test_time_new_numbers_order_and_the_words_of_a_refusal_are_no_difference(before, after):
    assert not differs(before, after) and not differs(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (REFUSED, answered(ok=1)),
        (answered(balance=10.0), answered(balance=9.0)),
        (answered(starts="2026-03-14T09:00"), answered(starts="2026-03-14T15:00")),
        (answered(starts=""), answered(starts="2026-03-14T15:00")),
        (answered(rows=[{"id": "A-1"}]), answered(rows=[{"id": "A-2"}])),
        (answered(rows=[1]), answered(rows=[1, 1])),
        (answered(rows=[1]), answered(rows={"a": 1})),
        (ToolResult(True, "two notes"), ToolResult(True, "three notes")),
        (ToolResult(True, "[" * 99 + "1" + "]" * 99), ToolResult(True, "[" * 99 + "2" + "]" * 99)),
        (ToolResult(True, "[" * 99_999), answered(ok=1)),
    ],
)
def test_success_values_and_moved_appointments_are_a_difference(before, after):
    assert differs(before, after) and differs(after, before)


def test_fields_that_always_move_can_be_left_out():
    assert not differs(answered(left=5), answered(left=4), frozenset({"left"}))


def test_chains_of_every_length_follow_edges_and_name_no_tool_twice(bank):
    for length in (2, 3, 4, 5):
        for number in range(40):
            chain = bank.chains(length, random.Random(number))
            assert len(set(chain)) == length
            assert all(bank.kind(one, other) for one, other in zip(chain, chain[1:], strict=False))


def test_a_chain_through_a_tool_has_it_at_different_places(bank):
    chains = [bank.chains(3, random.Random(number), through="pay_payee") for number in range(40)]
    assert {chain.index("pay_payee") for chain in chains} == {0, 1, 2}


def test_there_is_no_chain_where_the_graph_has_none():
    short = Graph("x", "0", (Edge("a", "b", "implicit"),))
    assert short.chains(2, random.Random(0)) == ("a", "b")
    assert short.chains(3, random.Random(0)) == ()
    assert short.chains(2, random.Random(0), through="c") == ()


def test_fan_in_adds_a_tool_that_runs_beside_the_one_it_does_not_need(bank):
    plan = bank.with_fan_in(("find_payee", "pay_payee"), random.Random(0))
    (added,) = set(plan.tools) - {"find_payee", "pay_payee"}
    fed = {edge.parameter for edge in bank.between(added, "pay_payee")}
    assert fed - {edge.parameter for edge in bank.between("find_payee", "pay_payee")}
    assert plan.waves == ((*sorted(["find_payee", added], key=plan.tools.index),), ("pay_payee",))
    assert all(i < j for i, j in plan.edges)


def test_the_hash_is_that_of_the_schemas_in_any_order(live):
    tools = live.tools("banking")
    changed = [{**tools[0], "description": "another"}, *tools[1:]]
    assert schema_hash(tools) == schema_hash(tools[::-1]) != schema_hash(changed)


def test_the_graph_is_built_once_per_schema(tmp_path, caplog):
    built = []

    def load(description):
        tools = [{"name": "a", "description": description, "inputSchema": {}}]

        def make():
            built.append(description)
            return Graph("notes", schema_hash(tools), (Edge("a", "b", "explicit", "x[].id", "id"),), (("a", "t"),))

        return load_or_build(tmp_path, "notes", tools, make)

    assert load("one") == load("one")
    assert not caplog.messages
    assert load("two") and built == ["one", "two"]
    assert caplog.messages == ["dependency graph of notes is built again: its schemas changed"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"server": "notes"}', '{"server": "notes", "digest": "0", "edges": [[1]], "moving": []}',
     '{"server": "notes", "digest": "0", "edges": [{"before": 1, "after": 2, "kind": "explicit"}], "moving": []}',
     '{"server": "notes", "digest": "0", "edges": [{"before": "a", "after": "b", "kind": "x"}], "moving": []}', "\x00"],
)  # fmt: skip
def test_a_damaged_file_is_built_again_and_named(tmp_path, caplog, text):
    file = tmp_path / f"notes-{schema_hash([])}.json"
    file.write_text(text)
    graph = Graph("notes", schema_hash([]), ())
    assert load_or_build(tmp_path, "notes", [], lambda: graph) == graph
    assert Graph.from_json(file.read_text()) == graph
    (message,) = caplog.messages
    assert str(file) in message


NOTES = [
    {"name": "add_note", "inputSchema": {"properties": {"text": {"type": "string"}}}},
    {"name": "get_note", "inputSchema": {"properties": {"note_id": {"type": "string"}}}},
]
GOOD = {"before": "add_note", "kind": "explicit", "output": "note_id", "parameter": "note_id"}


def told(*edges):
    return json.dumps({"edges": edges})


def test_a_model_labels_the_pairs_of_one_tool_at_a_time():
    asked = []

    def complete(messages):
        asked.append(messages[-1]["content"])
        return told(GOOD) if '"get_note"' in asked[-1].split("OTHER TOOLS")[0] else told()

    labelled = classify("notes", NOTES, complete)
    assert labelled.graph.edges == (Edge("add_note", "get_note", "explicit", "note_id", "note_id"),)
    assert (len(asked), labelled.invalid_answers, labelled.unlabelled_pairs) == (2, 0, 0)


@pytest.mark.parametrize(
    "answer",
    ["", "none", "[]", '{"edges": {}}', '{"edges": [], "more": 1}', told("x"), told({**GOOD, "kind": "maybe"}),
     told({**GOOD, "before": "rm_note"}), told({**GOOD, "parameter": "colour"}), told({**GOOD, "output": 3}),
     told(GOOD, GOOD), "[" * 100_000, f"Sure! {told(GOOD)}"],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_asked_for_again_and_then_counted(answer):
    labelled = classify("notes", NOTES, lambda messages: answer, tries=2)
    assert labelled.graph.edges == ()
    assert (labelled.invalid_answers, labelled.unlabelled_pairs) == (4, 2)


def test_a_second_answer_counts_if_the_first_was_unusable():
    heard = []

    def complete(messages):
        heard.append(messages)
        return "?" if len(messages) == 2 else told()

    labelled = classify("notes", NOTES, complete)
    assert (labelled.invalid_answers, labelled.unlabelled_pairs) == (2, 0)
    assert "cannot be used: it is not one JSON object" in heard[1][-1]["content"]
