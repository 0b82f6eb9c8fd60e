"""What `synthesis=templates` writes: rows that the cache answers, splits that share no call, the same bytes again."""

from __future__ import annotations

import json
from collections import Counter

import pyarrow.parquet as pq
import pytest

from prove.synthesis.graph import Edge, Graph, schema_hash
from prove.synthesis.said import said
from prove.synthesis.templates.cache import Cache
from prove.synthesis.templates.run import make_templates
from prove.training.rows import check_rows
from prove.types import Example
from tests.synthesis import library_cache as library
from tests.synthesis.library_cache import plan, save
from tests.synthesis.stub_endpoint import StubEndpoint, says

SPLITS = ("train", "validation", "heldout")
IDS = ("AUT-", "BOOK-", "CARD-")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates")
    library.write(folder / "caches")
    library.write(folder / "worlds", worlds=(3, 4, 5, 6))
    save(folder / "own.json", *library.ALL)
    return folder


@pytest.fixture(scope="module")
def out(place):
    return made(place, "first")


def made(place, name, *overrides, caches="caches"):
    file = [] if any(one.startswith("templates.file") for one in overrides) else [f"templates.file={place}/own.json"]
    make_templates(plan(place / caches, place / name, *file, *overrides), "the command")
    return place / name


def rows(out, split):
    return pq.read_table(out / f"{split}.parquet").to_pylist()


def example_of(row):
    return Example.from_json(row["extra_info"]["example"])


def everything(out):
    return [row for split in SPLITS for row in rows(out, split)]


def calls_of(row):
    return [(call.name, library.plain(call.arguments)) for call in example_of(row).ground_truth.calls]


def test_every_row_is_complete_and_as_many_as_asked_for(out):
    for split, count in zip(SPLITS, (16, 4, 8), strict=True):
        assert check_rows(out / f"{split}.parquet", ["library"]) == count
        for row in rows(out, split):
            example = example_of(row)
            assert row["extra_info"]["split"] == split and example.id.startswith(f"{split}-library-")
            assert (example.kind, example.servers, example.world_seed) == ("multi_turn", ("library",), 0)
            assert row["prompt"] == example.opening


def test_ground_truth_has_a_call_a_step_and_an_edge_for_each_value_read(out):
    for row in everything(out):
        truth = example_of(row).ground_truth
        assert all(len(step.calls) == 1 for step in truth.steps)
        assert truth.edges and all(before < after for before, after in truth.edges)
        results = [message["content"] for message in json.loads(row["messages"]) if message["role"] == "tool"]
        for before, after in truth.edges:
            values = truth.steps[after].calls[0].arguments.values()
            assert any(str(value) in results[before] for value in values)


def test_the_user_names_every_independent_value_and_no_id(out):
    for row in everything(out):
        example = example_of(row)
        told = " ".join(example.user_turns)
        assert not any(mark in told for mark in IDS)
        for call in example.ground_truth.calls:
            for value in call.arguments.values():
                assert any(mark in value for mark in IDS) or value.isdigit() or said(value, told)


def test_two_distractors_are_offered_beside_the_needed_tools(out):
    for row in everything(out):
        offered = {tool["function"]["name"] for tool in json.loads(row["tools"])}
        needed = {call.name for call in example_of(row).ground_truth.calls}
        assert needed <= offered and len(offered) == len(needed) + 2


def test_no_recorded_call_is_in_two_splits_and_no_two_rows_are_the_same(out):
    used = [{call for row in rows(out, split) for call in calls_of(row)} for split in SPLITS]
    assert sum(map(len, used)) == len(set().union(*used))
    all_calls = [tuple(calls_of(row)) for row in everything(out)]
    assert len(set(all_calls)) == len(all_calls)


def test_some_templates_only_held_out_rows_have(place):
    out = made(place, "unseen", "templates.unseen=0.4")
    names = {split: {example_of(row).knobs["template"] for row in rows(out, split)} for split in SPLITS}
    marked = {
        example_of(row).knobs["template"] for row in rows(out, "heldout") if example_of(row).knobs["unseen_template"]
    }
    assert marked and not marked & (names["train"] | names["validation"])


def test_a_template_has_no_more_rows_than_its_quota(place):
    out = made(place, "quota", "templates.per_template=2")
    for split in SPLITS:
        counts = Counter(example_of(row).knobs["template"] for row in rows(out, split))
        assert max(counts.values()) <= 2


def test_templates_are_chosen_by_length_depth_and_fan_out(place):
    out = made(place, "shaped", "templates.length=[4,5]", "templates.fan_out=[2,9]", "templates.prefixes=false")
    assert {example_of(row).knobs["template"] for row in everything(out)} == {"two_books"}


def test_rows_that_cannot_be_had_are_counted_as_missing(place):
    out = made(place, "short", "rows.train=500")
    told = json.loads((out / "stats.json").read_text())["splits"]["train"]
    assert told["examples"] + told["missing_rows"]["templates"] == 500 and told["examples"] < 500


def test_results_are_cut_as_the_policy_sees_them_and_nothing_is_read_behind(place):
    file = save(place / "last.json", library.LAST, library.BROWSE)
    out = made(place, "cut", f"templates.file={file}", "visible_chars=150")
    for row in everything(out):
        assert example_of(row).knobs["template"] != "last"
        for message in json.loads(row["messages"]):
            assert message["role"] != "tool" or len(message["content"]) < 190


def test_a_row_is_no_longer_than_its_bounds(place):
    out = made(place, "bounded", "form.max_chars=700", "form.max_prompt_chars=1800", "visible_chars=200")
    for row in everything(out):
        first, *after = [message for message in json.loads(row["messages"])]
        spoken = sum(len(one["content"]) + sum(len(json.dumps(c)) for c in one.get("tool_calls", ())) for one in after)
        assert spoken <= 700 + 40 * len(after)
        assert len(row["tools"]) + len(first["content"]) <= 1800


def test_schemas_are_shortened_and_keep_what_a_call_needs(out):
    for row in everything(out):
        used = {call.name: set(call.arguments) for call in example_of(row).ground_truth.calls}
        for tool in json.loads(row["tools"]):
            function = tool["function"]
            assert function["description"].startswith("It answers to") and len(function["description"]) <= 90
            properties = set(function["parameters"]["properties"])
            assert properties >= used.get(function["name"], set()) | set(function["parameters"]["required"])


def test_requests_may_be_spread_over_several_turns(place):
    out = made(place, "turns", "+turns={1: 0.0, 2: 1.0}")
    for row in everything(out):
        example = example_of(row)
        assert len(example.user_turns) == 2 and set(example.ground_truth.turns) == {0, 1}
        assert list(example.ground_truth.turns) == sorted(example.ground_truth.turns)
        said_by = [message["content"] for message in json.loads(row["messages"]) if message["role"] == "user"]
        assert tuple(said_by) == example.user_turns


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_rows(place, out):
    again, other = made(place, "again"), made(place, "other", "seed=1")
    for name in ("train.parquet", "heldout.parquet", "templates.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes()
    assert {tuple(calls_of(row)) for row in rows(other, "train")} != {
        tuple(calls_of(row)) for row in rows(out, "train")
    }


def test_templates_are_mined_where_none_are_given(place):
    overrides = ["templates.file=null", "templates.mined=5", "mining.share=0.1", "templates.length=[2,3]"]
    out = made(place, "mined", *overrides, "rules.effort=60")
    assert len(rows(out, "train")) == 16
    templates = json.loads((out / "templates.json").read_text())["templates"]
    assert all(template["id"].startswith("mined_") for template in templates)
    for row in everything(out):
        example = example_of(row)
        wrote = [call.name == "reserve_book" for call in example.ground_truth.calls]
        assert not any(wrote[:-1]) and (example.final_state is None) == wrote[-1]


def test_templates_can_be_mined_along_a_dependency_graph(place):
    overrides = ["templates.file=null", "templates.mined=4", "templates.links=graph", f"graphs={place}/graphs"]
    with pytest.raises(ValueError, match="there is no dependency graph of library in "):
        made(place, "no graph", *overrides)
    tools = list(Cache(place / "caches" / "library.sqlite").tools.values())
    edges = (
        Edge("find_author", "list_books", "explicit", "authors[].author_id", "author_id"),
        Edge("list_books", "get_book", "explicit", "data.books[].book_id", "book_id"),
        Edge("list_news", "visit_shelf", "implicit", "", ""),
    )
    graph = Graph("library", schema_hash(tools), edges)
    (place / "graphs").mkdir()
    (place / "graphs" / f"library-{graph.digest}.json").write_text(graph.to_json())
    out = made(place, "along", *overrides, "rows.train=8", "rows.validation=0", "rows.heldout=0")
    linked = {(edge.before, edge.output, edge.after, edge.parameter) for edge in edges[:2]}
    for template in json.loads((out / "templates.json").read_text())["templates"]:
        steps = template["steps"]
        assert {
            (steps[one["from_step"]]["tool"], one["path"], step["tool"], name)
            for step in steps
            for name, one in step["arguments"].items()
        } <= linked
    assert len(rows(out, "train")) == 8


def test_worlds_can_be_dealt_out_instead_of_calls(place):
    out = made(place, "by_world", "apart=worlds", caches="worlds")
    worlds = [{example_of(row).world_seed for row in rows(out, split)} for split in SPLITS]
    assert sum(map(len, worlds)) == len(set().union(*worlds)) == 4


def test_the_card_says_what_was_made_and_what_was_not(out):
    card, told = (out / "card.md").read_text(), json.loads((out / "stats.json").read_text())
    assert "the command" in card and "share no recorded calls" in card
    for split in SPLITS:
        one = told["splits"][split]
        dropped = sum(next(stage for stage in one["stages"] if stage["stage"] == "sample")["dropped"].values())
        assert one["attempts"] == one["examples"] + dropped


def served(stub, kind):
    endpoint = {"model": "m", "base_url": stub.url, "api_key": "", "timeout": 5, "retries": 0, "first_wait": 0}
    endpoint |= {
        "longest_wait": 0,
        "concurrency": 2,
        "temperature": 1.0,
        "top_p": 1.0,
        "max_tokens": 100,
        "price": {"prompt": 0, "completion": 0},
    }
    return {"name": "stub", "kind": kind, "regenerations": 1, "endpoint": endpoint}


def plain_words(request):
    """What a prompt has between its marks, as a message: the scripted words with another beginning."""
    asked = request["messages"][-1]["content"]
    text = asked.partition("in plain words:\n")[2].partition("\n\n")[0]
    return says(json.dumps({"message": f"Hello there. {text}"}))


def test_a_model_writes_the_words_and_what_it_gets_wrong_is_asked_for_again(place):
    first = []

    def script(request):
        first.append(request)
        return says(json.dumps({"message": "Find me a book."})) if len(first) == 1 else plain_words(request)

    with StubEndpoint(script) as stub:
        cfg = plan(
            place / "caches",
            place / "served",
            f"templates.file={place}/own.json",
            "rows={train: 3, validation: 0, heldout: 0}",
        )
        make_templates({**cfg, "teacher": served(stub, "llm")}, "test")
    said_first = [example_of(row).user_turns[0] for row in rows(place / "served", "train")]
    assert len(said_first) == 3 and all(text.startswith("Hello there. ") for text in said_first)
    assert "it leaves out" in " ".join(one["messages"][-1]["content"] for one in first)
    assert {example_of(row).knobs["teacher"] for row in rows(place / "served", "train")} == {"stub"}


def test_words_that_name_an_id_make_no_row(place):
    with StubEndpoint(lambda request: says(json.dumps({"message": "AUT-001 BOOK-001 please"}))) as stub:
        cfg = plan(
            place / "caches",
            place / "none",
            f"templates.file={place}/own.json",
            "rows={train: 2, validation: 0, heldout: 0}",
        )
        with pytest.raises(ValueError, match="no row came out of .* no words for it"):
            make_templates({**cfg, "teacher": served(stub, "llm")}, "test")
    assert not (place / "none").exists()
