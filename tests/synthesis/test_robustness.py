"""The knobs: drawn with the shares of the configuration, and true of the rows that record them."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from prove.schemas import required_of, to_openai
from prove.synthesis import robustness, wording
from prove.synthesis.provenance import said as is_said
from prove.synthesis.robustness import Knobs
from prove.synthesis.settings import settings_of
from prove.synthesis.speech import personas
from tests.synthesis import made
from tests.synthesis.made import example_of, offered, said

DRAWS = 4000
NEAR = 0.035
"""Four standard deviations of a share among so many draws."""
OWN, FOREIGN = [f"own_{n}" for n in range(9)], [f"foreign_{n}" for n in range(9)]


@pytest.fixture(scope="module")
def knobs():
    return settings_of(made.plain()).knobs


@pytest.fixture(scope="module")
def listed():
    """Server -> tool -> function schema."""
    with made.live() as pool:
        return {name: {tool["name"]: to_openai(tool) for tool in pool.tools(name)} for name in made.SERVERS}


@pytest.fixture(scope="module")
def owner(listed):
    return {tool: server for server, tools in listed.items() for tool in tools}


def drawn(knobs, stream):
    rng = random.Random(stream)
    return [robustness.draw(knobs, stream, rng) for _ in range(DRAWS)]


def share(flags):
    flags = list(flags)
    return pytest.approx(sum(map(bool, flags)) / len(flags), abs=NEAR)


def rows_with(knob):
    """Rows where a knob is on; that there are any is part of what is tested."""
    rows = [row for row in made.mixed() if example_of(row).knobs.get(knob) not in (None, False, 0, [])]
    assert rows, f"no row has {knob}"
    return rows


# ---- what is drawn


def test_a_conversation_is_drawn_with_the_shares_of_the_configuration(knobs):
    draws = drawn(knobs, "multi_turn")
    levels = Counter(one.level for one in draws)
    for level, wanted in {"complete": 0.6, "missing_required": 0.2, "minimal": 0.2}.items():
        assert levels[level] / DRAWS == pytest.approx(wanted, abs=NEAR)
    assert 0.3 == share(one.enum_stripped for one in draws)
    assert 0.05 == share(one.irrelevant is not None for one in draws)
    assert 0.1 == share(one.stumble for one in draws)
    assert {one.stumble for one in draws} == {None, "argument", "other_tool"}
    assert not any(one.missing is not None or one.withheld or one.cross_server for one in draws)


def test_personas_are_drawn_by_their_weights(knobs):
    counted = Counter(one.persona for one in drawn(knobs, "multi_turn"))
    total = sum(persona.weight for persona in personas().values())
    assert set(counted) == set(personas())
    for name, persona in personas().items():
        assert counted[name] / DRAWS == pytest.approx(persona.weight / total, abs=NEAR)


def test_a_clarification_hides_a_tool_or_lacks_a_parameter(knobs):
    draws = drawn(knobs, "clarification")
    assert 0.5 == share(one.missing is not None for one in draws)
    for one in draws:
        assert (one.level == "complete") == (one.missing is not None)
        assert one.irrelevant is None and one.stumble is None and not one.withheld


@pytest.mark.parametrize("stream", ["when2call", "xlam_irrelevance"])
def test_an_abstention_is_a_complete_request_that_is_withheld(knobs, stream):
    for one in drawn(knobs, stream):
        assert one.withheld and one.level == "complete"
        assert one.irrelevant is None and one.missing is None and one.stumble is None


def test_the_same_generator_draws_the_same(knobs):
    assert drawn(knobs, "multi_turn") == drawn(knobs, "multi_turn")


@pytest.mark.parametrize(
    "wrong",
    [
        {"distractor_share": 1.5},
        {"irrelevance": -0.1},
        {"cross_server": 2},
        {"levels": {"complete": -1.0, "minimal": 2.0}},
        {"levels": {"complete": 0.0}},
        {"levels": {"sometimes": 1.0}},
        {"levels": {}},
        {"personas": {}},
        {"distractors": (8, 3)},
        {"offered": (-1, 3)},
    ],
    ids=str,
)
def test_knobs_that_cannot_be_are_refused_by_name(knobs, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(knobs, **wrong)


# ---- what is offered


def offer(own=OWN, foreign=FOREIGN, **changes):
    """Offered names and the count of distractors, of many draws; always with distractors, if nothing else is said."""
    knobs = replace(Knobs(None, 1.0, (3, 8), 0.0), **changes)
    rng = random.Random(0)
    return [robustness.offer({"own_0", "own_1"}, own, foreign, knobs, rng) for _ in range(200)]


def test_distractors_are_three_to_eight_tools_of_other_servers():
    counted = [len(set(names) & set(FOREIGN)) for names, _ in offer()]
    assert set(counted) == set(range(3, 9))
    assert 0.4 * 200 == pytest.approx(sum(count > 0 for _, count in offer(distractor_share=0.4)), abs=30)


def test_the_recorded_number_of_distractors_is_the_number_of_foreign_tools():
    for foreign in (FOREIGN, FOREIGN[:4], []):
        for names, count in offer(foreign=foreign):
            assert count == len(set(names) & set(foreign))


def test_what_is_needed_is_always_offered_and_nothing_twice():
    for span in (None, (0, 0), (4, 6), (20, 20)):
        for names, _ in offer(offered=span):
            assert {"own_0", "own_1"} <= set(names) and len(set(names)) == len(names)


def test_the_order_of_the_offered_tools_tells_nothing():
    assert len({names.index("own_0") for names, _ in offer()}) > 5


def test_withheld_tools_are_not_offered():
    knobs = Knobs((4, 6), 1.0, (3, 8), 0.0)
    for seed in range(100):
        names = robustness.withhold({"own_0", "own_1"}, OWN, knobs, random.Random(seed))
        assert names and not set(names) & {"own_0", "own_1"}


def test_stripping_takes_enum_lists_at_every_depth_and_leaves_a_parameter_of_that_name():
    kind = {"type": "string", "enum": ["a", "b"]}
    parameters = {"properties": {"enum": kind, "each": {"type": "array", "items": {"anyOf": [kind, {"type": "null"}]}}}}
    function = {"type": "function", "function": {"name": "f", "parameters": {**parameters, "$defs": {"K": kind}}}}
    before = json.dumps(function)
    properties = robustness.stripped(function)["function"]["parameters"]["properties"]
    assert properties == {
        "enum": {"type": "string"},
        "each": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    }
    assert json.dumps(function) == before


# ---- what is true of the rows


def enums(part):
    if isinstance(part, dict):
        own = [part["enum"]] if isinstance(part.get("enum"), list) else []
        return own + [one for inner in part.values() for one in enums(inner)]
    return [one for inner in part for one in enums(inner)] if isinstance(part, list) else []


def test_a_stripped_row_has_no_enum_list_and_another_row_has_the_schemas_of_its_servers(listed):
    functions = {name: function for tools in listed.values() for name, function in tools.items()}
    assert any(enums(json.loads(row["tools"])) for row in made.mixed())
    for row in rows_with("enum_stripped"):
        assert enums(json.loads(row["tools"])) == []
    for row in made.mixed():
        if not example_of(row).knobs["enum_stripped"]:
            assert all(one == functions[one["function"]["name"]] for one in json.loads(row["tools"]))


def test_distractors_are_tools_of_servers_that_the_conversation_does_not_use(owner):
    assert len(rows_with("distractors")) < len(made.served())
    for row in made.served():
        example = example_of(row)
        foreign = [tool for tool in offered(row) if owner[tool] != example.servers[0]]
        assert len(foreign) == example.knobs["distractors"] and (not foreign or 3 <= len(foreign) <= 8)
        assert {owner[tool] for tool in offered(row)} | {example.servers[0]} == set(example.servers)


def test_all_tools_of_its_own_server_are_offered_but_the_hidden_ones(listed):
    for row in made.served():
        example = example_of(row)
        own = set(listed[example.servers[0]]) - set(example.knobs["missing_function"])
        assert own <= offered(row)


def unserved(example):
    """User turns that are no clarification and lead to no step, nor does the answer after them."""
    return sorted(set(range(len(example.user_turns))) - set(example.ground_truth.turns))


def test_a_hidden_tool_is_neither_offered_nor_called_and_its_turn_has_no_step():
    for row in rows_with("missing_function"):
        example = example_of(row)
        hidden = set(example.knobs["missing_function"])
        assert example.kind == "clarification"
        assert not hidden & offered(row)
        assert not hidden & {call.name for call in example.ground_truth.calls}
        assert len(unserved(example)) == 1


def test_the_turn_that_no_tool_serves_has_no_step():
    for row in rows_with("irrelevance"):
        example = example_of(row)
        assert example.kind == "multi_turn"
        assert 0 <= example.knobs["irrelevance"] < len(example.user_turns)
        assert example.knobs["irrelevance"] in unserved(example), row["extra_info"]["index"]


def test_the_turn_that_no_tool_serves_is_answered_without_a_call_or_a_question():
    for row in rows_with("irrelevance"):
        messages, turn = said(row), example_of(row).user_turns[example_of(row).knobs["irrelevance"]]
        reply = messages[next(k for k, one in enumerate(messages) if one["content"] == turn) + 1]
        assert reply["role"] == "assistant" and not reply.get("tool_calls"), row["extra_info"]["index"]
        assert not reply["content"].endswith("?"), row["extra_info"]["index"]


def asked_back(row):
    """Places of the assistant's questions among the messages ("Is there anything else?" is none), and the example."""
    messages = said(row)
    silent = [
        k for k in range(1, len(messages)) if messages[k - 1]["role"] == "user" and not messages[k].get("tool_calls")
    ]
    asked = [k for k in silent if messages[k]["content"].endswith("?") and "else?" not in messages[k]["content"]]
    return asked, example_of(row)


def test_who_leaves_something_out_is_asked_for_it_before_any_call():
    lacking = [row for row in made.served() if example_of(row).knobs["level"] != "complete"]
    assert {example_of(row).knobs["level"] for row in lacking} == {"missing_required", "minimal"}
    for row in lacking:
        places, example = asked_back(row)
        assert len(places) == 1, row["extra_info"]["index"]
        assert not any(message.get("tool_calls") for message in said(row)[: places[0]]), row["extra_info"]["index"]


def test_who_says_all_is_not_asked_back():
    complete = [row for row in made.served() if example_of(row).knobs["level"] == "complete"]
    assert complete and not any(asked_back(row)[0] for row in complete)


def test_only_what_the_level_says_is_left_out_of_the_opening_request(listed):
    for row in made.served():
        places, example = asked_back(row)
        if example.stats["opened_with"] == "irrelevant":
            continue
        turn = 1 if places else 0
        steps = zip(example.ground_truth.steps, example.ground_truth.turns, strict=True)
        acts = [step.calls[-1] for step, at in steps if at == turn]
        if not acts:
            continue  # the first request is one for a hidden tool
        required = set(required_of(listed[example.servers[0]][acts[-1].name]))
        missing = required - wording.slots(example.stats["opened_with"])
        level = example.knobs["level"]
        assert wording.level_of(required, missing) == level, (row["extra_info"]["index"], required, missing)


def test_what_is_asked_for_was_not_said_in_the_opening_request(listed):
    for row in made.served():
        places, example = asked_back(row)
        if not places or example.stats["opened_with"] == "irrelevant":
            continue
        opening, answer = example.user_turns[:2]
        steps = zip(example.ground_truth.steps, example.ground_truth.turns, strict=True)
        *_, act = [call for step, turn in steps if turn == 1 for call in step.calls]
        asked_for = set(required_of(listed[example.servers[0]][act.name])) - wording.slots(example.stats["opened_with"])
        where = (row["extra_info"]["index"], opening, answer)
        assert asked_for and not any(is_said(act.arguments[name], opening) for name in asked_for), where
        assert words(answer) - words(opening), where


def words(text):
    return set(re.findall(r"[\w'-]+", text.casefold()))


def test_an_abstention_offers_none_of_the_tools_that_its_request_needs(owner):
    rows = [row for row in made.mixed() if example_of(row).kind == "abstention"]
    assert {example_of(row).knobs["stands_for"] for row in rows} == {"when2call", "xlam_irrelevance"}
    for row in rows:
        example = example_of(row)
        assert offered(row) and not offered(row) & set(example.knobs["withheld"])
        about = {owner[tool] for tool in example.knobs["withheld"]}
        foreign = example.knobs["stands_for"] == "xlam_irrelevance"
        assert bool(about & {owner[tool] for tool in offered(row)}) != foreign
        assert example.ground_truth.calls == () and len(example.user_turns) == 1
        assert not any(message.get("tool_calls") for message in said(row))
