"""`benchmark=tau2`: tau2-bench plays and scores, its results become items, intervals and a table.

tasks --limit--> per domain and seed: harness --results.json--> items.jsonl --> results.csv, table

The harness keeps every finished simulation in its own file and goes on from it; a simulation is taken over once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import origin, results
from prove.benchmarks.concluded import Concluded, conclude
from prove.benchmarks.evaluation import check_numbers
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line
from prove.benchmarks.paper import figures
from prove.benchmarks.process import Unfinished, watched
from prove.benchmarks.protocols import MEASURES, Asked
from prove.benchmarks.statistics import Settings, smallest_difference
from prove.benchmarks.tau2 import reading
from prove.benchmarks.tau2.harness import JUDGED, NONE, Harness, Task, require_words

Config = Mapping[str, Any]
Key = tuple[str, int, int]
BASE = "base"  # the split that the paper asks
KEPT = ("id", "termination_reason", "reward_info", "info")
"""What items.jsonl has of a simulation; the conversation stays in the harness's results.json."""


def evaluate(cfg: Config, command: str) -> Concluded:
    """The finished evaluation. ValueError: something is missing, nothing was written; Unfinished: it ended early."""
    check_words(cfg)
    harness = Harness.of(cfg)
    tasks = harness.tasks(cfg["limit"])
    wanted = {(task.id, seed, trial) for task in tasks for seed in cfg["seeds"] for trial in range(cfg["trials"])}
    with Folder(Path(cfg["out"]), about(harness)) as folder:
        done = {line.key for line in folder.lines()}
        tqdm.write(announcement(cfg, harness, tasks, len(wanted), len(wanted & done)))
        for seed in cfg["seeds"]:
            for domain in harness.domains:
                numbers = [task.number for task in tasks if task.domain == domain]
                _fill(harness, folder, domain, seed, numbers, cfg["trials"])
        return report(cfg, harness, folder, wanted, command)


def check_words(cfg: Config) -> None:
    """ValueError: a number or a name that makes no sense."""
    check_numbers(cfg)
    require_words(cfg)


def about(harness: Harness) -> dict[str, Any]:
    return {
        "benchmark": "tau2",
        "data": harness.commit,
        "offered": harness.split,
        "agent": harness.agent,
        "model": harness.model.model,
        "temperature": harness.model.temperature,
        "agent_arguments": dict(harness.agent_arguments),
        "user": harness.user.model if harness.user else "script",
        "user_temperature": harness.user.temperature if harness.user else 0.0,
        "judge": harness.judge.model if harness.judge else NONE,
        "max_steps": harness.max_steps,
        "words": list(harness.words),
    }


def announcement(cfg: Config, harness: Harness, tasks: Sequence[Task], tries: int, done: int) -> str:
    by = ", ".join(f"{domain} {sum(task.domain == domain for task in tasks)}" for domain in harness.domains)
    user = harness.user.model if harness.user else "a script"
    return (
        f"tau2: {len(tasks)} tasks of split {harness.split} ({by}) x {len(cfg['seeds'])} seeds x {cfg['trials']} "
        f"trials = {tries} simulations, {done} done before\n"
        f"agent {harness.agent}, model {harness.model.model}; user {user}; {_judged(harness)}\n"
        f"{smallest_difference(len(tasks), Settings(**cfg['statistics']))}"
    )


def _judged(harness: Harness) -> str:
    if JUDGED not in harness.domains:
        return "no judge needed"
    return (
        f"judge {harness.judge.model}" if harness.judge else f"{JUDGED} not judged, its assertions count as met (ours)"
    )


def _fill(harness: Harness, folder: Folder, domain: str, seed: int, numbers: Sequence[str], trials: int) -> None:
    """Runs one domain if anything of it is missing, and takes over what is new, however the harness ended."""
    wanted = {(f"{domain}/{number}", seed, trial) for number in numbers for trial in range(trials)}
    save = folder.path.resolve() / "tau2" / f"{domain}-seed{seed}"
    path, status = save / "results.json", 0
    failed = _take_over(folder, path, domain, seed)
    if not wanted - {line.key for line in folder.lines()}:
        return
    save.parent.mkdir(exist_ok=True)
    log = save.parent / f"{domain}-seed{seed}.log"
    asked = [*dict.fromkeys([*numbers, *_tasks_in(path)])]  # the harness refuses to forget a task
    command = harness.command(domain, seed, asked, trials, save)
    named = f"benchmark.python={harness.python}"
    try:
        environment = harness.environment(save.parent)
        status = watched(command, save.parent, environment, log, _Finished(path), len(asked) * trials, named)
    finally:
        failed = _take_over(folder, path, domain, seed)
    if missing := wanted - {line.key for line in folder.lines()}:
        why = f"{min(failed)}: {failed[min(failed)]}" if failed else f"status {status}"
        raise Unfinished(
            f"tau2-bench left {len(missing)} of {len(wanted)} {domain} simulations unfinished, {why}; {log} says more, "
            "and the same command goes on"
        )


def _take_over(folder: Folder, path: Path, domain: str, seed: int) -> dict[str, str]:
    """New simulations become lines; those that an endpoint or the harness failed: id -> why."""
    failed: dict[str, str] = {}
    if not path.is_file():
        return failed
    before, commit = {line.key for line in folder.lines()}, origin.commit()
    for one in reading.simulations(path):
        key = (f"{domain}/{one['task_id']}", seed, int(one["trial"]))
        if key in before:
            continue
        try:
            counts = reading.counts_of(one, domain)
        except reading.GivenUp as error:
            failed[key[0]] = str(error)
            continue
        kept = {name: one.get(name) for name in KEPT}
        folder.append(Line(*key, counts, {"domain": domain}, commit=commit), {"simulation": kept})
    return failed


def _tasks_in(path: Path) -> list[str]:
    return [str(one["task_id"]) for one in reading.simulations(path)] if path.is_file() else []


class _Finished:
    """How many simulations a results file has; it is read again only when it was written."""

    def __init__(self, path: Path):
        self._path, self._written, self._count = path, 0, 0

    def __call__(self) -> int:
        if self._path.is_file() and (written := self._path.stat().st_mtime_ns) != self._written:
            self._written = written
            self._count = self._path.read_bytes().count(b'"termination_reason"')
        return self._count


def report(cfg: Config, harness: Harness, folder: Folder, wanted: set[Key], command: str) -> Concluded:
    """Writes results.csv; the same as a table, both protocols under it. Retail without judge: another benchmark."""
    unjudged = JUDGED in harness.domains and harness.judge is None
    name = cfg["benchmark"]["name"] + (" (no judge)" if unjudged else "")
    user = f"user {harness.user.model}" if harness.user else "scripted user"
    versions = f"tau2-bench {harness.commit[:12]} split {harness.split}; {user}; {_judged(harness)}"
    facts = results.About(
        cfg["model"]["name"], cfg["method"], name, f"{origin.versions()}; {versions}", command, kind="tau2"
    )
    asked = Asked(
        "tau2",
        cfg["seeds"][0],
        cfg["limit"],
        paper_lacks=() if harness.split == BASE else [one.name for one in MEASURES["tau2"]],
        printed={} if unjudged else figures(cfg["paper"], "tau2", facts.model, facts.method),
    )
    return conclude(folder, wanted, facts, Settings(**cfg["statistics"]), asked, versions)
