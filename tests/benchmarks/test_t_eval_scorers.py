"""T-Eval's scorers on hand-made answers: what each reads, what it forgives, and what it does not."""

from __future__ import annotations

import json
import sys
import types

import numpy as np
import pytest

from prove.benchmarks.t_eval import instruct, plan
from prove.benchmarks.t_eval.plan import PlanStep
from prove.benchmarks.t_eval.reading import Unreadable, cut, fields_by, value_in
from prove.benchmarks.t_eval.review import verdict
from prove.benchmarks.t_eval.similarity import by_words, cosines, described, similarity_of
from prove.benchmarks.t_eval.steps import NextStep, next_step, retrieved, understood, understood_text

KEYS = {"thought": "goal", "action": "name", "args": "args"}
WORDS = {"thought_start": "goal: ", "thought_end": "\n", "action_start": "name: ", "action_end": "\n"}
WORDS |= {"args_start": "args: ", "args_end": ""}
TRUTH = {"action": "Map.find", "args": {"place": "Oslo", "limit": 3}}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A<eoa>B", "A"),
        ("A<|im_end|>B", "A"),
        ("A\nuser: and then?", "A"),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ("  `A`  ", "A"),
        ("<think>[1]</think>\nA", "A"),
        ("an opened thought</think>A", "A"),
    ],
)
def test_an_answer_ends_where_another_turn_begins(text, answer):
    assert cut(text, 100) == answer


def test_only_the_first_part_of_an_endless_answer_is_read():
    assert cut("a" * 1000, 10) == "a" * 10


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": True}', {"a": True}),  # Python
        ('{"a": true}', {"a": True}),  # JSON
        ("{'a': true}", {"a": True}),  # JSON but for its quotation marks
        ('Well:\n```json\n{"a": 1}\n```', {"a": 1}),
        ('Here: {"a": 1} done', {"a": 1}),
    ],
)
def test_a_value_is_found_in_python_json_and_between(text, value):
    assert value_in(text, "{", "}") == value


@pytest.mark.parametrize(
    "text", ["", "no value", "{", "[" * 100_000, "-" * 100_000 + "1", "1+" * 9999 + "1", "__import__('os').getcwd()"]
)
def test_what_holds_no_value_is_unreadable_and_never_run(text):
    with pytest.raises(Unreadable):
        value_in(text)


def test_what_is_no_text_is_its_own_value():
    assert value_in([1]) == [1]


def test_fields_take_as_much_as_they_can_between_the_words():
    found = fields_by(WORDS, "Sure. goal: a\nname: b\nname: c\nargs: {}\nbye")
    assert found == {"thought": "a\nname: b", "action": "c", "args": "{}\nbye"}
    assert fields_by(WORDS, "goal: a") is None
    assert fields_by({**WORDS, "args_start": "("}, "goal: a") is None, "words that are no regular expression"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"goal": "g", "name": "Map.find", "args": {"place": "Oslo", "limit": 3}}, (1, 1)),
        ({"goal": "g", "name": "Map.find", "args": {"place": "Oslo", "limit": 3, "more": 1}}, (1, 1)),
        ({"goal": "g", "name": "Map.find", "args": {"place": "Oslo", "limit": "3"}}, (1, 2 / 3)),
        ({"goal": "g", "name": "Map.route", "args": {"place": "Oslo"}}, (1, 1 / 3)),
        ({"goal": "g", "name": "Map.find", "args": "place=Oslo"}, (1, 1 / 3)),
        ({"name": "Map.find", "args": {}}, (0, 0)),
        ([1, 2], (0, 0)),
        ("no call", (0, 0)),
    ],
)
def test_instruct_counts_the_format_and_every_right_value(answer, expected):
    assert instruct.scores(json.dumps(answer), "json", KEYS, TRUTH) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("goal: g\nname: Map.find \nargs: {'place': 'Oslo', 'limit': 3}", (1, 1)),
        ("goal: g\nname: Map.find\nargs: place is Oslo", (1, 1 / 3)),
        ("goal: g\nname: Map.find\nargs: [1]", (1, 1 / 3)),
        ("name: Map.find\nargs: {}", (0, 0)),
    ],
)
def test_instruct_reads_the_words_of_a_template(answer, expected):
    assert instruct.scores(answer, "str", WORDS, TRUTH) == pytest.approx(expected)


def steps(*names: str, args: str = "{}") -> list[PlanStep]:
    return [PlanStep(number, name, args) for number, name in enumerate(names)]


def test_a_json_plan_is_a_list_of_three_fields_or_nothing():
    good = [{"name": "A", "id": "0", "args": {"x": 1}}]
    assert plan.listed(f"Plan: {json.dumps(good)}.") == [PlanStep(0, "A", "{'x': 1}")] == plan.listed(good)
    for bad in ('[{"name": "A", "id": 0}]', '[{"name": "A", "id": "x", "args": 1}]', '{"a": 1}', "", "[1]"):
        assert plan.listed(bad) == []


def test_a_str_plan_has_a_step_for_each_line_or_sentence_that_names_a_function():
    found = plan.mentioned("1. Map.find Oslo\nnothing here. then Map.route, not Map.find", ["Map.find", "Map.route"])
    assert [(step.id, step.name) for step in found] == [(0, "Map.find"), (1, "Map.route")]
    assert found[1].args == "then Map.route, not Map.find"
    assert plan.mentioned("none", ["Map.find"]) == []


@pytest.mark.parametrize(
    ("written", "asked", "expected"),
    [
        (steps("A.a", "B.b"), steps("A.a", "B.b"), (1, 1, 1)),
        (steps("A.a", "B.b", "FinishAction"), steps("A.a", "B.b"), (1, 1, 1)),
        (steps("A.a"), steps("A.a", "B.b"), (1, 1 / 2, 2 / 3)),
        (steps("B.b", "A.a"), steps("A.a", "B.b"), (1 / 2, 1 / 2, 1 / 2)),
        (steps("X.x", "Y.y"), steps("A.a", "B.b"), (1 / 2, 1 / 2, 1 / 2)),  # the original's oddity: never nothing
        ([], steps("A.a"), (0, 0, 0)),
        (steps("FinishAction"), steps("A.a"), (0, 0, 0)),
    ],
)
def test_a_plan_is_scored_by_its_longest_ordered_run(written, asked, expected):
    assert plan.scores(written, asked, by_words) == pytest.approx(expected)


def test_an_answer_made_to_keep_a_parser_busy_is_read_at_once():
    assert fields_by(WORDS, "args: " + "goal: " * 3000 + "\nname: " * 3000) is None
    many = plan.mentioned("Map.find\n" * 400, ["Map.find"])
    precision, recall, _ = plan.scores(many, steps(*["Map.find"] * 10, args="Map find"), by_words)
    assert precision == recall / 40 > 0


def test_a_plan_is_read_in_the_order_of_its_ids():
    assert plan.scores(steps("A.a", "B.b")[::-1], steps("A.a", "B.b"), by_words) == (1, 1, 1)


def test_the_right_name_needs_arguments_that_are_a_little_alike():
    asked = [PlanStep(0, "A.a", "place Oslo nights two")]
    # ¾ + ¼·x > 0.8 needs x > 0.2
    assert plan._partners([PlanStep(0, "A.a", "place Rome")], asked, by_words) == [0]
    assert plan._partners([PlanStep(0, "A.a", "town Rome")], asked, by_words) == [-1]


@pytest.mark.parametrize(("partners", "length"), [([0, 1, 2], 3), ([2, 1, 0], 1), ([0, -1, 1], 2), ([-1, -1], 1)])
def test_the_longest_run_skips_steps_without_a_partner(partners, length):
    assert plan.longest_run(partners) == length


def test_a_next_step_has_empty_fields_where_an_answer_has_none():
    assert next_step('{"name": "A"}', "json") == NextStep("", "A", {})
    assert next_step('{"args": "x"}', "json") == NextStep("", "", {})
    assert next_step('{"args": {"a": 1}}', "str") == NextStep("", "", "{'a': 1}")
    assert next_step("{}", "json") == NextStep("", "", {})
    assert next_step("no object", "json") is None and next_step("[1]", "json") is None


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Map.find", 1),
        ("I take Map.find now", 1),
        ("Map.find or Map.route", 0),
        ("Map.find then FinishAction", 0),
        ("Map.find v1.5", 0),
        ("none of them", 0),
    ],
)
def test_retrieve_wants_the_one_name_and_no_other(text, score):
    assert retrieved(text, "Map.find") == score


@pytest.mark.parametrize(
    ("written", "asked", "score"),
    [
        ({"a": 1, "b": "x"}, {"a": "1", "b": "x"}, 0.999995),
        ({"a": 1}, {"a": 1, "b": 2}, 0.4999975),
        ({"a": 1, "more": 2}, {"a": 1}, 0.99999),
        ({}, {}, 1),
        ({"a": 1}, {}, 0),
    ],
)
def test_understand_counts_values_as_text(written, asked, score):
    assert understood(written, asked) == pytest.approx(score, abs=1e-9)


def test_understand_takes_quotation_marks_off_the_written_text_alone():
    assert understood_text("'Oslo'", "Oslo") == 1 and understood_text("Oslo", "'Oslo'") == 0


@pytest.mark.parametrize(
    ("text", "letter"),
    [("Answer: B", "B"), ("B. because", "B"), ("Answer: the B", None), ("F", None), ("", None), ("a: b: C", None)],
)
def test_a_verdict_is_the_first_letter_after_the_first_colon(text, letter):
    assert verdict(text) == letter


def test_similarity_by_words_is_a_cosine_of_counts():
    assert by_words(["a b", "{}"], ["A_b", "b c", "{}"]) == pytest.approx(np.array([[1, 0.5, 0], [0, 0, 1]]))


def test_texts_that_point_apart_are_not_alike_at_all():
    left, right = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0], [-1.0, 0.0]])
    assert cosines(left, right) == pytest.approx(np.array([[2**-0.5, 0]]))


def test_a_sentence_transformer_is_asked_where_it_is_installed(monkeypatch):
    class Model:
        def __init__(self, name, device):
            assert (name, device) == ("some/model", "cpu")

        def encode(self, texts):
            return np.array([[len(text), 1.0] for text in texts])

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = Model
    module.__spec__ = types.SimpleNamespace(name="sentence_transformers")
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setattr("prove.benchmarks.t_eval.similarity.metadata.version", lambda name: "6.2.0")
    assert similarity_of("some/model")(["ab"], ["cd", "a"]).shape == (1, 2)
    assert described("some/model") == "similarity some/model (sentence-transformers 6.2.0)"
