"""The overlap audit: how close training is to the items, printed with the scores and measured once."""

from __future__ import annotations

import csv
import json

import pytest

from prove.benchmarks.closeness import Texts
from prove.benchmarks.overlap import Material, findings
from tests.benchmarks.made import evaluated, results, rows


def tool(name, description="", **parameters):
    schema = {"type": "object", "properties": {key: {"type": "string", **extra} for key, extra in parameters.items()}}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


def measured(trained, tested):
    return {one.measure: one for one in findings(trained, tested, near=0.7, ngram=3)}


def test_each_measure_sees_its_own_likeness():
    trained = Material.of(
        [tool("get_event", "Shows one event of the calendar.", event_id={}), tool("move", event_id={}, start={})],
        ["Move my dentist appointment to Friday at nine", "What do I have?"],
        ["Noor van Dijk"],
    )
    tested = Material.of(
        [tool("getEvent", "Shows one event of a calendar.", id={}), tool("shift", "Sells.", start={}, eventId={})],
        ["Move my dentist appointment to Friday at ten", "what do I have"],
        ["noor van dijk", "EVT-7"],
    )
    found = measured(trained, tested)
    assert (found["tool names, the same"].shared, found["tool names, the same words"].examples) == (
        0,
        ("getEvent ~ get_event",),
    )
    assert (found["parameters, the same set"].n, found["parameters, the same set"].examples) == (1, ("shift ~ move",))
    assert found["descriptions, Jaccard from 0.7 on"].shared == 1
    assert (found["entity values, the same"].shared, found["entity values, the same"].n) == (1, 2)
    assert found["user turns, the same words"].shared == 1
    assert found["user turns, Jaccard from 0.7 on"].shared == 2, "five of seven runs of three words are shared"


def test_a_side_without_tools_or_texts_is_measured_by_what_it_has():
    found = measured(Material.of([], ["Hello there you"]), Material.of([tool("a")], []))
    assert set(found) == {"tool names, the same", "tool names, the same words"}


def test_the_nearest_text_is_the_nearest_of_all():
    texts = Texts(["one two three four", "two three four five", "nine"], 2)
    assert texts.nearest("two three four five six") == (0.75, "two three four five")
    assert texts.nearest("nothing of it") == (0.0, "")


@pytest.fixture
def played(tmp_path):
    data = rows(tmp_path / "heldout.parquet")

    def play(*words, name="out"):
        return evaluated(
            "servers=banking",
            "policy=gold",
            f"data.heldout={data}",
            f"data.train={data}",
            "overlap.measure=true",
            f"overlap.cache={tmp_path / 'cache'}",
            *words,
            f"out={tmp_path / name}",
        )

    return play


def test_items_that_were_trained_on_are_seen_as_such(played, tmp_path):
    said = played()
    found = results(tmp_path / "out")
    assert found["overlap: user turns, the same words"]["value"] == "1.0"
    assert (
        found["overlap: tool names, the same"]["n"] == "1"
        and found["overlap: entity values, the same"]["value"] == "1.0"
    )
    assert "tool names, the same" in said and "1 of 1" in said


def test_the_same_two_sides_are_measured_once(played, tmp_path):
    played()
    (kept,) = (tmp_path / "cache").glob("*.json")
    stored = json.loads(kept.read_text())
    stored[0]["value"] = 0.5
    kept.write_text(json.dumps(stored))
    played(name="again")
    with (tmp_path / "again" / "results.csv").open() as file:
        assert [row["value"] for row in csv.DictReader(file) if row["metric"] == "overlap: tool names, the same"] == [
            "0.5"
        ]
    played("overlap.near=0.9", name="nearer")
    assert len(list((tmp_path / "cache").glob("*.json"))) == 2


def test_without_training_rows_it_says_so_and_the_scores_stand(played, tmp_path):
    assert "not measured, data.train=nowhere is no file" in played("data.train=nowhere")
    assert not any(metric.startswith("overlap") for metric in results(tmp_path / "out"))


def test_a_file_of_other_things_is_named_and_the_scores_stand(played, tmp_path):
    other = tmp_path / "train.parquet"
    other.write_text("no parquet")
    assert "train.parquet cannot be read" in played(f"data.train={other}")
    assert results(tmp_path / "out")["exact"]["value"] == "1.0"
