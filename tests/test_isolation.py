"""Sessions never see each other, and a world is a function of its seed and its calls: nothing else."""

from __future__ import annotations

import asyncio
import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule, run_state_machine_as_test
from omegaconf import OmegaConf

from experiments.isolation import replay, run
from experiments.isolation.apart import apart
from experiments.isolation.author import Recipe, write
from experiments.isolation.check import check
from experiments.isolation.history import History, Step, possible, read
from experiments.isolation.leaks import LEAKS
from experiments.isolation.mutants import hunt
from experiments.isolation.shrink import shrunk
from prove.sessions import ServerPool

SERVERS = ["banking", "calendar", "food_delivery"]
MANY = Recipe(**OmegaConf.to_object(run.settings([]).recipe))
ONE = Recipe(sessions=1, worlds=1, steps={"open": 1, "call": 50}, ways=MANY.ways)
BROKEN = Recipe(sessions=6, worlds=1, steps=MANY.steps | {"crash": 0.02}, ways=MANY.ways)


@cache
def repertoire(server: str, number: int) -> tuple[int, list[Step]]:
    """A world of this server, and calls that make sense in it in this order."""
    opened, *calls = apart(write, server, 60, random.Random(number), ONE).steps
    return opened.seed, calls


class Sessions(RuleBasedStateMachine):
    """Collects what is asked of one server, and holds it against solo runs at the end."""

    sessions = Bundle("sessions")

    @initialize(server=st.sampled_from([*SERVERS, "filesystem"]))
    def start(self, server):
        self.server, self.steps, self.worlds = server, [], {}

    @rule(target=sessions, world=st.integers(0, 1))
    def open(self, world):
        return self._new(Step("open", self._name(), seed=repertoire(self.server, world)[0]), world)

    @rule(target=sessions, session=sessions)
    def fork(self, session):
        return self._new(Step("fork", session, self._name()), self.worlds[session])

    @rule(session=sessions, first=st.integers(0, 59), count=st.integers(1, 8))
    def call(self, session, first, count):
        for call in repertoire(self.server, self.worlds[session])[1][first : first + count]:
            self.steps.append(Step("call", session, call.name, call.arguments))

    @rule(session=sessions, name=st.sampled_from("ab"))
    def snapshot(self, session, name):
        self.steps.append(Step("snapshot", session, name))

    @rule(session=sessions, name=st.sampled_from("ab"))
    def restore(self, session, name):
        self.steps.append(Step("restore", session, name))

    @rule(session=consumes(sessions))
    def close(self, session):
        self.steps.append(Step("close", session))

    @rule()
    def crash(self):
        self.steps.append(Step("crash"))

    def teardown(self):
        assert check(History(self.server, possible(self.steps))).differences == []

    def _new(self, step, world):
        name = step.name or step.session
        self.worlds[name] = world
        self.steps.append(step)
        return name

    def _name(self):
        return f"s{len(self.worlds)}"


def test_sessions_forks_snapshots_and_crashes_give_what_each_session_gives_alone():
    limits = settings(max_examples=8, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Sessions, settings=limits)


@pytest.mark.parametrize(("server", "transport"), [("banking", "stdio"), ("calendar", "http")])
def test_sessions_on_a_process_that_is_killed_give_what_each_gives_alone_elsewhere(server, transport, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    history = apart(write, server, 150, random.Random(3), BROKEN)
    assert {"fork", "restore", "crash"} <= {step.do for step in history.steps}
    verdict = check(history, transport)
    assert verdict.differences == [] and sum(ok for ok, _ in verdict.results.values()) > 75


@pytest.mark.parametrize("leak", ["row_changed_in_place", "default_that_grows", "fork_shares_its_journal"])
def test_a_leak_that_is_planted_is_seen(leak):
    assert apart(hunt, leak, 2000, 100, 0, BROKEN)["caught"] == "yes"


def test_a_history_that_differs_is_made_small_and_can_be_played_again(tmp_path):
    small = apart(_small_with_a_leak, tmp_path / "small.jsonl")
    assert read(small.text()) == small
    assert "fork" in {step.do for step in small.steps} and len(small.steps) < 40
    assert replay.main(str(tmp_path / "small.jsonl")) == 0  # without the leak nothing is wrong with it


def _small_with_a_leak(kept: Path) -> History:
    LEAKS["fork_shares_its_tables"]()
    history = apart(write, "banking", 100, random.Random(1), BROKEN)
    small = shrunk(history, 40)
    kept.write_text(small.text())
    assert replay.main(str(kept)) == 1
    return small


def test_a_run_that_was_stopped_goes_on(tmp_path):
    words = ["servers=banking", "calls=90", "transports.stdio.share=0", "transports.inprocess.calls=30"]
    words += [f"out={tmp_path}", f"results={tmp_path}/results.csv"]
    assert run.main(words) == 0
    whole, table = (tmp_path / "histories.jsonl").read_text(), (tmp_path / "results.csv").read_text()
    first, rest = whole.split("\n", 1)
    (tmp_path / "histories.jsonl").write_text(first + "\n" + rest[:40])  # as a kill leaves it
    assert run.main(words) == 0
    assert (tmp_path / "histories.jsonl").read_text().startswith(first)
    assert (tmp_path / "results.csv").read_text() == table and "banking,inprocess,3," in table


def test_a_step_that_has_lost_its_session_or_snapshot_is_left_out():
    steps = [
        Step("open", "a"),
        Step("restore", "a", "x"),
        Step("fork", "b", "c"),
        Step("call", "c", "t"),
        Step("crash"),
    ]
    assert possible(steps) == (steps[0], steps[4])


@pytest.mark.parametrize("server", SERVERS)
def test_only_a_successful_write_changes_the_hash(server):
    async def play():
        async with ServerPool([server], transport="inprocess") as pool:
            writes = {tool["name"] for tool in await pool.tools(server) if not tool["annotations"]["readOnlyHint"]}
            seed, calls = repertoire(server, 5)
            session, kinds = await pool.open([server], seed), set()
            for call in calls:
                before = await session.hash()
                result = await session.call(call.name, call.arguments)
                assert (await session.hash() != before) == (result.ok and call.name in writes), (call, result)
                kinds.add((result.ok, call.name in writes))
            assert len(kinds) == 4  # succeeded and failed, reads and writes: all were seen

    asyncio.run(play())


def test_every_transport_lists_the_same_tools():
    async def tools(transport):
        async with ServerPool(["banking"], transport=transport) as pool:
            return await pool.tools("banking")

    first, *others = [asyncio.run(tools(transport)) for transport in ("inprocess", "stdio", "http")]
    assert others == [first, first] and len(first) == 17


def test_another_seed_is_another_world():
    async def play():
        async with ServerPool(SERVERS, transport="inprocess") as pool:
            hashes = [await (await pool.open(SERVERS, seed)).hash() for seed in range(5)]
            assert all(len({each[server] for each in hashes}) == 5 for server in SERVERS)

    asyncio.run(play())
