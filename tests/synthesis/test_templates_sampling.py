"""What a sampled trace promises: the cache answers it, and every dependent argument stands where its path says."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from prove.synthesis.templates.cache import Cache, Entry
from prove.synthesis.templates.links import Mining, links_of_cache
from prove.synthesis.templates.mining import mine
from prove.synthesis.templates.sampling import Rules, Sampler
from prove.synthesis.templates.template import template_of, with_prefixes
from prove.synthesis.templates.unconstrained import WAYS, Unconstrained
from tests.synthesis import library_cache as library


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return Cache(library.write(tmp_path_factory.mktemp("caches"), worlds=(0, 1)))


def template(value):
    return template_of(value, "test")


def sampled(cache, value, count=12, seed=0, **rules):
    sampler, rng = Sampler(cache, Rules(**rules)), random.Random(seed)
    found = [sampler.sample(template(value), 0, rng) for _ in range(count)]
    return [trace for trace in found if trace is not None]


@pytest.mark.parametrize("value", library.ALL, ids=lambda value: value["id"])
def test_every_call_of_a_trace_is_answered_by_the_cache(cache, value):
    traces = sampled(cache, value)
    assert len(traces) == 12
    for trace in traces:
        for step in trace.steps:
            assert cache.has(step.entry)
            assert step.entry.key == library.plain(step.recorded.arguments)


@pytest.mark.parametrize("value", library.ALL, ids=lambda value: value["id"])
def test_dependent_arguments_are_values_of_the_earlier_answer(cache, value):
    for trace in sampled(cache, value):
        for number, step in enumerate(trace.steps):
            for reading in step.readings:
                assert reading.step < number
                earlier = json.dumps(trace.steps[reading.step].recorded.response)
                assert json.dumps(reading.value) in earlier
                assert str(step.recorded.arguments[reading.parameter]) == str(reading.value)


def test_several_dependencies_are_met_at_once_where_drawing_them_apart_seldom_meets(cache):
    """Two books were compared for neighbouring authors alone: one pair in eighty."""
    assert len(sampled(cache, library.COMPARE, 20)) == 20
    rng, length = random.Random(0), len(library.COMPARE["steps"])
    for way in WAYS:
        apart = Unconstrained(cache, way)
        answered = [apart.attempt(template(library.COMPARE), 0, rng) for _ in range(60)]
        assert sum(count == length for count in answered) <= 6


def test_without_the_way_back_the_first_choice_must_do(cache):
    assert len(sampled(cache, library.COMPARE, 40, back=False)) < len(sampled(cache, library.COMPARE, 40))


def test_any_item_of_a_list_may_stand_for_the_index_of_a_template(cache):
    def items(**rules):
        return Counter(trace.steps[2].readings[0].items[-1][1] for trace in sampled(cache, library.BROWSE, 40, **rules))

    assert set(items()) == {0, 1, 2}
    assert set(items(any_item=False)) == {0}


def test_two_indices_of_a_template_are_two_items_and_one_index_is_one(cache):
    for trace in sampled(cache, library.TWO_BOOKS, 30):
        assert trace.steps[2].entry != trace.steps[3].entry
    same = {
        "id": "same",
        "steps": [
            *library.BROWSE["steps"],
            library.step("reserve_book", book_id=(1, "books[0].book_id")),
        ],
    }
    for trace in sampled(cache, same, 30):
        assert trace.steps[2].recorded.arguments == trace.steps[3].recorded.arguments


def test_nothing_is_read_beyond_what_the_policy_sees(cache):
    assert len(sampled(cache, library.LAST, 5)) == 5
    assert sampled(cache, library.LAST, 5, visible_chars=200) == []
    near = sampled(cache, library.BROWSE, 60, visible_chars=75)
    assert near and {trace.steps[2].readings[0].items[-1][1] for trace in near} == {0}


def test_a_number_of_an_answer_is_found_where_the_schema_wants_a_text(cache):
    for trace in sampled(cache, library.VISIT):
        assert trace.steps[3].recorded.arguments == {"shelf": str(trace.steps[3].readings[0].value)}


def test_an_id_that_no_answer_shows_is_not_asked_of_the_user(cache):
    assert sampled(cache, library.NOWHERE, 5) == []
    assert len(sampled(cache, library.NOWHERE, 5, say_ids=True)) == 5


def test_an_id_that_an_earlier_answer_shows_needs_no_word_of_the_template(cache):
    value = {"id": "shown", "steps": [*library.BROWSE["steps"][:2], library.step("get_book")]}
    for trace in sampled(cache, value):
        assert (1, 2) in trace.edges
        assert trace.steps[2].said == {}


def test_calls_that_failed_or_say_nothing_are_in_no_trace(cache):
    value = {"id": "authors", "steps": [library.step("find_author")]}
    names = {trace.steps[0].recorded.arguments["name"] for trace in sampled(cache, value, 300)}
    assert len(names) > library.AUTHORS * 0.9
    assert not names & {"Nobody", "Empty"}


def test_only_allowed_entries_are_used(cache):
    kept = {Entry("find_author", 0, library.plain({"name": library.name_of(number)})) for number in (3, 4)}

    def allowed(entry):
        return entry.tool != "find_author" or entry in kept

    sampler, rng = Sampler(cache, Rules()), random.Random(0)
    traces = [sampler.sample(template(library.BROWSE), 0, rng, allowed) for _ in range(10)]
    assert {trace.steps[0].entry for trace in traces} == kept


def test_the_same_seed_gives_the_same_traces(cache):
    calls = [[trace.calls for trace in sampled(cache, library.COMPARE, seed=seed)] for seed in (1, 1, 2)]
    assert calls[0] == calls[1] != calls[2]


def test_links_between_tools_are_found_in_what_was_recorded(cache):
    links = {
        (link.before, link.path, link.after, link.parameter) for link in links_of_cache(cache, Mining(400, 3, 0.1))
    }
    assert ("find_author", "authors[].author_id", "list_books", "author_id") in links
    assert ("list_books", "books[].book_id", "get_book", "book_id") in links
    assert ("list_books", "books[].book_id", "compare_books", "second_id") in links
    assert not any(before == "list_news" or after == "renew_card" for before, _, after, _ in links)


def test_mined_templates_are_answered_and_write_at_the_end_alone(cache):
    links = links_of_cache(cache, Mining(400, 3, 0.1))
    mined = mine(cache, links, Sampler(cache, Rules(effort=60)), 6, 4, 0)
    assert len(mined) == 6 == len({one.steps for one in mined})
    for one in mined:
        assert 2 <= len(one.steps) <= 4
        assert "reserve_book" not in [step.tool for step in one.steps[:-1]]
        assert sampled(cache, one.to_dict(), 4)
    assert mined == mine(cache, links, Sampler(cache, Rules(effort=60)), 6, 4, 0)


def test_the_first_steps_of_a_template_are_templates(cache):
    short = with_prefixes([template(library.COMPARE), template(library.BROWSE)])
    assert [len(one.steps) for one in short] == [5, 3, 2, 3, 4, 2]
    assert all(max((step.needs[-1] for step in one.steps if step.needs), default=0) < len(one.steps) for one in short)
