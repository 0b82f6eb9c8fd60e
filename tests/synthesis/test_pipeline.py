"""What `python -m prove.synthesize` writes: complete, the same every time, apart, and never lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from prove.schemas import to_openai
from prove.synthesis import pipeline
from prove.synthesis.parts import Parts
from prove.synthesis.similarity import elements, most_similar
from prove.synthesize import synthesize
from prove.training.rows import check_rows
from tests.synthesis import made
from tests.synthesis.made import example_of, offered, said

TWO = "servers.names=[banking,team_chat]"
VARIED = (*made.counts(train=(8, 4)), TWO)
APART = (
    *made.counts(train=(6, 2, 2, 2), validation=(3,), heldout=(9,)),
    "servers.names=[banking,calendar,team_chat]",
    "leave_domains_out=[team_chat]",
)
CROSSING = (*made.counts(train=(9,)), "knobs.cross_server=1.0", "knobs.distractor_share=0.0")
TINY = ("synthesis=tiny", *made.counts(train=(24,), heldout=(6,)), "knobs.withheld=0.3")
INTERRUPTED = (*made.counts(train=(60,)), TWO)
ENDLESS = (*made.counts(train=(2000,)), TWO)
"""Long enough that a signal finds the run at work, however fast the machine."""
PATIENCE = 60
"""Seconds after which a process that is waited for is taken for stuck."""


@pytest.fixture(scope="module")
def live():
    with made.live() as pool:
        yield pool


@pytest.fixture(scope="module")
def owner(live):
    return {tool["name"]: server for server in made.SERVERS for tool in live.tools(server)}


def stats(out: Path):
    return json.loads((out / "stats.json").read_text())


def replays(pool, row):
    example = example_of(row)
    with made.session(pool, example) as session:
        ok = all(session.call(call.name, call.arguments).ok for call in example.ground_truth.calls)
        return ok and {name: diff for name, diff in session.diff().items() if diff} == example.final_state


# ---- rows


def test_every_row_is_complete():
    for split in made.SPLITS:
        out = made.made(*made.MIXED)
        assert check_rows(out / f"{split}.parquet", made.SERVERS) == len(made.rows(out, split))
        for row in made.rows(out, split):
            example = example_of(row)
            truth = example.ground_truth
            assert row["agent_name"] == "mcp"
            assert row["data_source"] == ("prove" if split == "train" else f"prove_{split}")
            assert row["extra_info"]["index"] == example.id and row["extra_info"]["split"] == split
            assert {call.name for call in truth.calls} <= offered(row)
            assert len(truth.turns) == len(truth.steps) and list(truth.turns) == sorted(truth.turns)
            assert all(0 <= turn < len(example.user_turns) for turn in truth.turns)
            assert all(turn.strip() for turn in example.user_turns)
            assert bool(truth.steps) == (example.kind != "abstention")
            assert example.knobs["source"] == "synthesised" and example.knobs["teacher"] == "scripted"


def test_no_two_rows_have_the_same_name():
    names = [example_of(row).id for row in made.mixed()]
    assert len(set(names)) == len(names)


def test_the_mixture_is_exactly_what_was_asked_for():
    out = made.made(*made.MIXED)
    for split, wanted in (("train", (40, 14, 10)), ("validation", (3, 2, 2)), ("heldout", (6, 2, 2))):
        kinds = Counter(example.kind for example in made.examples(out, split))
        assert (kinds["multi_turn"], kinds["clarification"], kinds["abstention"]) == wanted
        stands_for = Counter(example.knobs.get("stands_for") for example in made.examples(out, split))
        assert stands_for["when2call"] == wanted[2] - stands_for["xlam_irrelevance"] > 0


def test_kinds_and_servers_are_mixed_throughout_the_file():
    kinds = [example_of(row).kind for row in made.rows(made.made(*made.MIXED), "train")]
    changes = sum(one != other for one, other in zip(kinds, kinds[1:], strict=False))
    assert changes > 15
    assert {example_of(row).servers[0] for row in made.mixed()} == set(made.SERVERS)


def test_no_two_rows_are_more_alike_than_the_threshold():
    assert most_similar(elements(example_of(row)) for row in made.mixed()) <= 0.7


def test_splits_have_no_world_in_common():
    out = made.made(*made.MIXED)
    seeds = [{example.world_seed for example in made.examples(out, split)} for split in made.SPLITS]
    assert all(seeds) and sum(map(len, seeds)) == len(set().union(*seeds))


def test_the_statistics_count_the_rows():
    out = made.made(*made.MIXED)
    for split in made.SPLITS:
        rows, told = made.examples(out, split), stats(out)[split]
        assert told["examples"] == len(rows)
        assert told["kinds"] == dict(Counter(example.kind for example in rows))
        assert told["missing_rows"] == {}


def test_rows_that_cannot_be_had_are_counted_as_missing(monkeypatch):
    """A threshold of 0 keeps nothing that has anything in common with a kept row; few candidates are tried."""
    monkeypatch.setattr(pipeline, "LEAST", 0)
    monkeypatch.setattr(pipeline, "SPARE", 1)
    out = made.made(*made.counts(train=(30,)), "servers.names=[banking]", "dedup.threshold=0")
    rows = made.rows(out, "train")
    assert 0 < len(rows) < 30
    assert stats(out)["train"]["missing_rows"] == {"multi_turn": 30 - len(rows)}
    assert most_similar(elements(example_of(row)) for row in rows) == 0


# ---- the same every time


def test_workers_and_chunks_do_not_change_a_byte():
    one = made.content(made.made(*VARIED, "workers=2", "chunk=5"))
    assert one == made.content(made.made(*VARIED))
    assert len(one) == 2


def test_another_seed_makes_other_rows():
    first, other = (made.made(*VARIED, *more) for more in ((), ("seed=1",)))
    said_first, said_other = ({example.user_turns for example in made.examples(out, "train")} for out in (first, other))
    assert not said_first & said_other


# ---- domains


def test_left_out_domains_are_in_held_out_rows_only(owner):
    out = made.made(*APART)
    for split in ("train", "validation"):
        for row in made.rows(out, split):
            example = example_of(row)
            assert "team_chat" not in example.servers
            assert "team_chat" not in {owner[tool] for tool in offered(row)}
            assert "team_chat" not in {owner[call.name] for call in example.ground_truth.calls}
    heldout = made.rows(out, "heldout")
    assert len(made.rows(out, "train")) == 12 and len(heldout) == 9
    assert any("team_chat" in {owner[call.name] for call in example_of(row).ground_truth.calls} for row in heldout)
    assert any("team_chat" not in {owner[call.name] for call in example_of(row).ground_truth.calls} for row in heldout)


def test_cross_server_rows_use_two_or_three_servers_and_replay(live, owner):
    rows = made.rows(made.made(*CROSSING), "train")
    assert len(rows) == 9
    for row in rows:
        example = example_of(row)
        called = {owner[call.name] for call in example.ground_truth.calls}
        assert example.knobs["cross_server"] is True
        assert called == set(example.servers) and 2 <= len(called) <= 3
        assert replays(live, row)


# ---- other forms


def test_the_laptops_rows_are_short_and_say_everything(live):
    out = made.made(*TINY)
    rows = made.rows(out, "train") + made.rows(out, "heldout")
    assert len(rows) == 30
    assert Counter(example_of(row).kind for row in rows).keys() == {"multi_turn", "abstention"}
    assert {name for row in rows for name in example_of(row).servers} == {"banking", "calendar", "food_delivery"}
    for row in rows:
        example = example_of(row)
        assert row["prompt"] == [{"role": "user", "content": example.user_turns[0]}] and example.system == ""
        assert (example.knobs["level"], example.knobs["persona"]) == ("complete", "plain")
        assert sum(len(message["content"]) for message in said(row) if message["role"] != "assistant") <= 2600
        assert len(example.ground_truth.calls) <= 6
        assert replays(live, row)


def test_nothing_has_to_be_guessed_in_the_laptops_rows(live):
    """Every text among the arguments was said by the user or shown by an earlier result."""
    for example in made.examples(made.made(*TINY), "train"):
        seen = " ".join(example.user_turns).casefold().replace("_", " ")
        with made.session(live, example) as session:
            for call in example.ground_truth.calls:
                texts = [value for value in call.arguments.values() if isinstance(value, str)]
                assert all(text.casefold().replace("_", " ") in seen for text in texts), (example.id, call)
                seen += session.call(call.name, call.arguments).output.casefold().replace("_", " ")


@pytest.fixture(scope="module")
def lines_with_card():
    """A whole run: JSONL, a card and two pages to read."""
    choice = ("synthesis=tiny", *made.counts(train=(4,)), "format=jsonl", "pages=2", f"out={made.folder('lines')}")
    return synthesize(made.config(*choice))


def test_a_card_and_pages_to_read_are_written_beside_the_rows(lines_with_card):
    assert "train" in (lines_with_card / "card.md").read_text()
    assert [path for path in lines_with_card.iterdir() if path.suffix == ".html"]


def test_conversations_are_written_as_lines_for_supervised_training(live, lines_with_card):
    out = lines_with_card
    lines = [json.loads(line) for line in (out / "train.jsonl").read_text().splitlines()]
    functions = {tool["name"]: to_openai(tool) for server in made.SERVERS for tool in live.tools(server)}
    assert len(lines) == 4 and not list(out.glob("*.parquet"))
    for line in lines:
        assert line["messages"][0]["role"] == "user" and line["messages"][-1]["role"] == "assistant"
        assert all(tool == functions[tool["function"]["name"]] for tool in line["tools"])


@pytest.fixture(scope="module")
def imported():
    """A dataset whose abstention rows come of a When2Call file made by hand."""
    tool = {"name": "tickets.search", "description": "Finds train tickets.", "parameters": {"type": "dict"}}
    tool["parameters"] |= {"properties": {"station": {"type": "string"}}, "required": ["station"]}
    rows = [
        {"question": f"Who won race number {n}?", "tools": [json.dumps(tool)], "correct_answer": "cannot_answer"}
        for n in range(12)
    ]
    path = made.folder("files") / "when2call.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return made.made(*made.counts(train=(3, 0, 6), heldout=(0, 0, 3)), TWO, f"external.when2call={path}")


def test_abstentions_of_a_file_are_rows_without_servers(imported):
    assert check_rows(imported / "train.parquet", ["banking", "team_chat"]) == 9
    rows = [row for row in made.rows(imported, "train") if example_of(row).kind == "abstention"]
    assert len(rows) == 6
    for row in rows:
        example = example_of(row)
        assert example.knobs["source"] == "when2call" and example.servers == ()
        assert example.ground_truth.calls == () and example.final_state == {}
        assert offered(row) == {"tickets_search"}
        assert row["prompt"] == [{"role": "user", "content": example.user_turns[0]}]


def test_no_abstention_of_a_file_is_in_two_splits(imported):
    asked = [
        {example.user_turns for example in made.examples(imported, split) if example.kind == "abstention"}
        for split in ("train", "heldout")
    ]
    assert [len(one) for one in asked] == [6, 3] and not asked[0] & asked[1]


def test_the_messages_of_an_imported_row_end_with_the_assistant_too(imported):
    for split in ("train", "heldout"):
        for row in made.rows(imported, split):
            assert said(row)[-1]["role"] == "assistant"
            assert said(row)[-1]["content"].strip()


# ---- a run that is interrupted


def waited(condition):
    """What a condition gives as soon as it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.02)
    return found


def chunks(out: Path) -> list[Path]:
    return sorted(out.glob(".parts/*/*.jsonl"))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def under_way(out: Path, *overrides: str) -> subprocess.Popen[str]:
    """A run from a shell that has finished a few chunks."""
    run = made.started(*overrides, f"out={out}")
    waited(lambda: len(chunks(out)) >= 3 or run.poll() is not None)
    assert run.poll() is None, run.stderr.read()
    return run


@pytest.fixture(scope="module")
def resumed():
    """A run that was killed, one of its chunks cut short, and run again: (folder, times before and after, workers)."""
    out = made.folder("killed")
    made.made(*INTERRUPTED)
    run = under_way(out, *INTERRUPTED)
    workers = children(run.pid)
    run.kill()
    run.wait()
    run.stderr.close()
    waited(lambda: not any(map(alive, workers)))
    *finished, cut = chunks(out)
    cut.write_text(cut.read_text()[: cut.stat().st_size // 2])
    before = {path: path.stat().st_mtime_ns for path in finished} | {cut: cut.stat().st_mtime_ns}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parts, "clear", lambda self: None)
        made.run(*INTERRUPTED, f"out={out}")
    return out, before, cut, workers


def test_a_killed_run_goes_on_to_the_same_bytes(resumed):
    out, _, _, _ = resumed
    assert made.content(out) == made.content(made.made(*INTERRUPTED))


def test_finished_chunks_are_not_written_again(resumed):
    _, before, cut, _ = resumed
    assert len(before) >= 3
    assert all(path.stat().st_mtime_ns == time_before for path, time_before in before.items() if path != cut)


def test_a_chunk_that_was_cut_short_is_written_again(resumed):
    _, before, cut, _ = resumed
    assert cut.stat().st_mtime_ns != before[cut]
    assert all(json.loads(line) for line in cut.read_text().splitlines())


def test_the_workers_of_a_killed_run_end(resumed):
    workers = resumed[-1]
    assert workers and not any(map(alive, workers))


def test_a_finished_run_leaves_no_pieces():
    assert not chunks(made.made(*INTERRUPTED))


def test_ctrl_c_is_answered_in_one_sentence():
    run = under_way(made.folder("ctrl-c"), *ENDLESS)
    os.killpg(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    assert "interrupted; finished pieces are in" in told and "Traceback" not in told


def write_some(cfg, split, stream, first, *rest):
    """The first chunks as they should be; a later one ends its worker."""
    if first >= 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return written_well(cfg, split, stream, first, *rest)


written_well = pipeline.write_chunk


def test_a_worker_that_is_killed_stops_the_run_and_nothing_is_lost(monkeypatch):
    out = made.folder("worker")
    monkeypatch.setattr(pipeline, "write_chunk", write_some)
    with pytest.raises(SystemExit) as stop:
        made.run(*INTERRUPTED, f"out={out}")
    assert "a worker process was killed" in str(stop.value.code)
    monkeypatch.undo()
    assert len(chunks(out)) == 2
    assert made.content(made.run(*INTERRUPTED, f"out={out}")) == made.content(made.made(*INTERRUPTED))


def test_a_full_disk_is_told_and_what_was_saved_stays(monkeypatch):
    out, save = made.folder("disk"), Parts.save

    def full(self, name, chunk):
        if chunks(out):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(self, name, chunk)

    monkeypatch.setattr(Parts, "save", full)
    with pytest.raises(SystemExit) as stop:
        made.run(*INTERRUPTED, f"out={out}")
    assert "No space left on device" in str(stop.value.code) and f"{out}/.parts" in str(stop.value.code)
    assert len(chunks(out)) == 1


# ---- what cannot be


NOBODY = (
    "teacher=gemma-4-31b",
    "teacher.endpoint.retries=0",
    "teacher.endpoint.base_url=http://127.0.0.1:9/v1",
    "teacher.endpoint.concurrency=2",
)


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["knobs.distractor_share=1.5"], "knobs.distractor_share=1.5"),
        (["knobs.distractor_share=much"], "knobs.distractor_share=much"),
        (["knobs.levels.complete=-1"], "levels"),
        (["+knobs.levels.sometimes=1"], "sometimes"),
        (["knobs.levels={complete:0,missing_required:0,minimal:0}"], "levels"),
        (["knobs.personas={pirate:1}"], "pirate"),
        (["servers.names=[banking,bankng]"], "bankng"),
        (["servers.names=[]"], "server"),
        (["leave_domains_out=[crm]"], "crm"),
        (["leave_domains_out=[banking,team_chat]"], "leave_domains_out"),
        (["dedup.threshold=2"], "threshold 2"),
        (["workers=0"], "workers=0"),
        (["workers=two"], "workers=two"),
        (["chunk=0"], "chunk=0"),
        (["turns={2:-1,3:2}"], "turns"),
        (["splits.train.multi_turn=-3"], "-3"),
        (["splits.train.multi_turn=many"], "many"),
        (["splits.heldout.multi_turn=2", "splits.heldout.first_seed=10000001"], "train and heldout overlap"),
        (["external.when2call=/nowhere/w.jsonl"], "/nowhere/w.jsonl is missing"),
        (["format=csv"], "format=csv"),
        (NOBODY, "http://127.0.0.1:9/v1: no answer"),
    ],
    ids=lambda value: value[0] if isinstance(value, list | tuple) else "",
)
def test_what_cannot_be_is_told_in_one_sentence(overrides, told):
    servers = [] if any(word.startswith("servers.names") for word in overrides) else [TWO]
    cfg = made.config(*made.counts(train=(2,)), *servers, f"out={made.folder('wrong')}", *overrides)
    with pytest.raises(SystemExit) as stop:
        synthesize(cfg)
    assert told in str(stop.value.code)
    first, *more = str(stop.value.code).splitlines()
    assert first.startswith("prove.synthesize") and all(line.startswith("finished pieces") for line in more)


def test_from_a_shell_a_wrong_setting_is_one_line_and_an_exit_code():
    run = made.started(*made.counts(train=(2,)), f"out={made.folder('wrong')}", "workers=0")
    _, told = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1
    assert told.strip().splitlines() == ["prove.synthesize: workers=0 must be a whole number from 1 on"]
