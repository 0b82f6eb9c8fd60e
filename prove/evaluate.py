"""Evaluates a policy on a benchmark: items, scores, intervals.

    python -m prove.evaluate                                              the local model on data.heldout
    python -m prove.evaluate policy=gold benchmark=complexfuncbench_cache   the ceiling; policy=nothing: the floor
    python -m prove.evaluate policy=endpoint model=qwen3-8b trainer=fsdp_8gpu endpoint.base_url=http://…/v1
    python -m prove.evaluate model.path=runs/NAME/checkpoints/… method=sft limit=100 seeds=[0,1,2] trials=4
    python -m prove.evaluate benchmark=bfcl policy=endpoint model=…       BFCL Multi-Turn, after `make bfcl`
    python -m prove.evaluate benchmark.slices=[all] interface=code        unseen servers, longer chains …; a code block
    python -m prove.evaluate benchmark=heldout,bfcl rows=base:PATH,sft:PATH,nothing   each, then a table of all
    python -m prove.evaluate compare=runs/eval/A,runs/eval/B              paired; plays nothing

Every finished item is kept at once: the same command goes on after an interruption. docs/evaluation.md
"""

from __future__ import annotations

import asyncio
import copy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from prove.benchmarks import evaluation, harnessed, joint, summary
from prove.benchmarks.bfcl import evaluation as bfcl
from prove.benchmarks.comparison import report
from prove.benchmarks.concluded import Concluded
from prove.benchmarks.process import Unfinished
from prove.benchmarks.served import EndpointFailed
from prove.benchmarks.statistics import Settings
from prove.benchmarks.t_eval import evaluation as t_eval
from prove.benchmarks.tau2 import evaluation as tau2
from prove.episode import ServerLost
from prove.options.overrides import problem
from prove.supervisor import Unavailable
from prove.synthesis.live import unusable

CONF = Path(__file__).resolve().parent.parent / "conf"
NODES = ("benchmark", "rollout", "servers", "model", "data", "endpoint", "statistics", "interfaces", "overlap")
VALUES = ("policy", "method", "seeds", "trials", "limit", "concurrency", "out", "temperature", "interface", "paper")
WAYS = {
    "heldout": evaluation,
    "complexfuncbench_cache": evaluation,
    "complexfuncbench": harnessed,
    "t_eval": t_eval,
    "tau2": tau2,
    "bfcl": bfcl,
}
"""Kind of benchmark -> the module whose check_words and evaluate do it."""
CANNOT, FAILED, STOPPED = 2, 1, 130
UNFINISHED = (EndpointFailed, Unavailable, ServerLost, Unfinished, OSError)


def plain(cfg: DictConfig) -> dict[str, Any]:
    """The nodes that an evaluation reads, resolved. The trainer brings others, of verl, that need not resolve here."""
    kept = {name: OmegaConf.to_container(cfg[name], resolve=True) for name in NODES}
    values = {name: cfg.get(name) for name in VALUES}
    return {**kept, **values, "seeds": list(cfg.seeds)}


def way(cfg: dict[str, Any]) -> ModuleType:
    return WAYS[cfg["benchmark"]["kind"]]


def evaluate(cfg: dict[str, Any], command: str) -> Concluded:
    """Plays or runs what is missing, writes results.csv. ValueError: it cannot be done as asked."""
    check_way(cfg)
    found = way(cfg).evaluate(cfg, command)
    return asyncio.run(found) if asyncio.iscoroutine(found) else found


def check_way(cfg: dict[str, Any]) -> None:
    """ValueError: the benchmark is not played in this way, or its servers are not."""
    if way(cfg) is evaluation:
        if wrong := unusable(cfg["servers"]):
            raise ValueError(wrong)
    elif cfg["interface"] != "atomic":
        raise ValueError(f"interface={cfg['interface']}: a harness offers its tools itself; atomic is what it does")


def check(cfg: dict[str, Any]) -> None:
    """ValueError: words that make no sense, or a model or data that is not here; nothing is started to find out."""
    check_way(cfg)
    way(cfg).check_words(cfg)


def end(status: int, sentence: str) -> None:
    print(f"prove.evaluate: {sentence}", file=sys.stderr)
    sys.exit(status)


def why(error: BaseException, out: str) -> str:
    """One sentence about an evaluation that did not come to its end."""
    if not isinstance(error, EndpointFailed | Unavailable | ServerLost):
        return str(error)
    cause = f": {error.__cause__}" if error.__cause__ else ""
    return f"{error}{cause}; what is finished is in {out}, the same command goes on"


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    command = joint.command(HydraConfig.get().overrides.task)
    try:
        print(evaluate(plain(cfg), command).text)
    except ValueError as error:
        end(CANNOT, str(error))
    except UNFINISHED as error:
        end(FAILED, why(error, cfg.out))
    except KeyboardInterrupt:
        end(STOPPED, f"stopped; what is finished is in {cfg.out}, the same command goes on")


@dataclass(frozen=True)
class Planned:
    """One evaluation of a joint command, and the command that is it alone."""

    benchmark: str
    cfg: dict[str, Any]
    command: str


def planned(asked: joint.Joint) -> list[Planned]:
    """Every benchmark with every row, checked. ValueError: a word is wrong, or a model or data is not here."""
    found = []
    for name, words in asked.words.items():
        if wrong := problem(words, CONF, "evaluate"):
            raise ValueError(f"benchmark={name}: {wrong} ({name}.KEY=VALUE is for {name} alone)")
        with initialize_config_dir(str(CONF), version_base="1.3"):
            composed = compose("evaluate", list(words))
        found += [_planned(name, words, composed, row, asked) for row in asked.rows]
    for one in found:
        try:
            check(one.cfg)
        except ValueError as error:
            raise ValueError(f"benchmark={one.benchmark}, row {one.cfg['method']}: {error}") from None
    return found


def _planned(name: str, words: Sequence[str], composed: DictConfig, row: joint.Chosen, asked: joint.Joint) -> Planned:
    cfg = copy.deepcopy(composed)
    for key, value in row.values.items():
        OmegaConf.update(cfg, key, value)
    where = asked.folder(name, cfg.method)
    if where is not None:
        cfg.out = str(where)
    of_out = [] if where is None else [f"out={joint.hydra(str(where))}"]
    return Planned(name, plain(cfg), joint.command([*words, *row.words, *of_out]))


def several(asked: joint.Joint) -> int:
    """Plays one after the other; what fails does not stop the others. The exit status."""
    plan = planned(asked)
    cells = [_cell(one, f"{number} of {len(plan)}") for number, one in enumerate(plan, 1)]
    methods = [one.cfg["method"] for one in plan]
    folder = asked.summary(plan[0].cfg["model"]["name"], methods)
    print("\n" + summary.write(folder, cells, Settings(**plan[0].cfg["statistics"])))
    for cell in cells:
        if cell.found is None:
            print(f"prove.evaluate: {cell.benchmark}, {cell.method}: {cell.reason}", file=sys.stderr)
    return FAILED if any(cell.found is None for cell in cells) else 0


def _cell(one: Planned, place: str) -> summary.Cell:
    cfg = one.cfg
    print(f"\n== {one.benchmark}, {cfg['method']} ({place}) ==", flush=True)
    found, reason = None, ""
    try:
        found = evaluate(cfg, one.command)
        print(found.text, flush=True)
    except (ValueError, *UNFINISHED) as error:
        reason = why(error, cfg["out"])
        print(f"not finished: {reason}", flush=True)
    return summary.Cell(one.benchmark, cfg["method"], cfg["policy"], found, reason)


def compared(words: list[str]) -> str:
    """`compare=A,B`, read here: Hydra would take A,B for two runs. ValueError: the folders do not pair."""
    choice = next(word for word in words if word.startswith("compare="))
    others = [word for word in words if word != choice]
    if strange := [word for word in others if not word.startswith("statistics.")]:
        raise ValueError(f"{strange[0]}: beside compare=A,B only statistics.… can be set")
    if wrong := problem(others, CONF, "evaluate"):
        raise ValueError(wrong)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        settings = Settings(**compose("evaluate", others).statistics)
    return report(choice.removeprefix("compare="), settings)


def nodes() -> dict[str, list[str]]:
    """Benchmark -> the keys of its node."""
    files = sorted((CONF / "benchmark").glob("[!_]*.yaml"))
    return {file.stem: list(OmegaConf.load(file)["benchmark"]) for file in files}


def begin(words: list[str]) -> None:
    """What Hydra would read otherwise is read here: compare=A,B, benchmark=A,B, rows=…; so is what is wrong."""
    try:
        if any(word.startswith("compare=") for word in words):
            print(compared(words))
            return
        known = nodes()
        if asked := joint.read(words, known):
            sys.exit(several(asked))
        words = joint.alone(words, known)
        if wrong := problem(words, CONF, "evaluate"):
            raise ValueError(wrong)
    except ValueError as error:
        end(CANNOT, str(error))
    except KeyboardInterrupt:
        end(STOPPED, "stopped; what is finished is kept, the same command goes on")
    sys.argv[1:] = words
    main()


if __name__ == "__main__":
    begin(sys.argv[1:])
