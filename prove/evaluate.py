"""Evaluates a policy on a benchmark: items, scores, intervals.

    python -m prove.evaluate                                              the local model on data.heldout
    python -m prove.evaluate policy=gold benchmark=complexfuncbench_cache   the ceiling; policy=nothing: the floor
    python -m prove.evaluate policy=endpoint model=qwen3-8b trainer=fsdp_8gpu endpoint.base_url=http://…/v1
    python -m prove.evaluate model.path=runs/NAME/checkpoints/… method=sft limit=100 seeds=[0,1,2] trials=4
    python -m prove.evaluate benchmark=bfcl policy=endpoint model=…       BFCL Multi-Turn, after `make bfcl`
    python -m prove.evaluate benchmark.slices=[all] interface=code        unseen servers, longer chains …; a code block
    python -m prove.evaluate compare=runs/eval/A,runs/eval/B              paired; plays nothing

Every finished item is kept at once: the same command goes on after an interruption. docs/evaluation.md
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from prove.benchmarks import evaluation, harnessed
from prove.benchmarks.bfcl import evaluation as bfcl
from prove.benchmarks.comparison import report
from prove.benchmarks.process import Unfinished
from prove.benchmarks.served import EndpointFailed
from prove.benchmarks.statistics import Settings
from prove.benchmarks.t_eval import evaluation as t_eval
from prove.benchmarks.tau2 import evaluation as tau2
from prove.options.overrides import problem
from prove.supervisor import Unavailable
from prove.synthesis.live import unusable

CONF = Path(__file__).resolve().parent.parent / "conf"
NODES = ("benchmark", "rollout", "servers", "model", "data", "endpoint", "statistics", "interfaces", "overlap")
VALUES = ("policy", "method", "seeds", "trials", "limit", "concurrency", "out", "temperature", "interface")
PLAYED = ("heldout", "complexfuncbench_cache")  # here; the others by a harness of their own
CANNOT, FAILED, STOPPED = 2, 1, 130


def plain(cfg: DictConfig) -> dict[str, Any]:
    """The nodes that an evaluation reads, resolved. The trainer brings others, of verl, that need not resolve here."""
    kept = {name: OmegaConf.to_container(cfg[name], resolve=True) for name in NODES}
    values = {name: cfg.get(name) for name in VALUES}
    return {**kept, **values, "seeds": list(cfg.seeds)}


def evaluate(cfg: dict[str, Any], command: str) -> str:
    """Plays or runs what is missing, writes results.csv; the table. ValueError: it cannot be done as asked."""
    kind = cfg["benchmark"]["kind"]
    if kind not in PLAYED and cfg["interface"] != "atomic":
        raise ValueError(f"interface={cfg['interface']}: a harness offers its tools itself; atomic is what it does")
    match kind:
        case "complexfuncbench":
            return harnessed.evaluate(cfg, command)
        case "t_eval":
            return asyncio.run(t_eval.evaluate(cfg, command))
        case "tau2":
            return tau2.evaluate(cfg, command)
        case "bfcl":
            return asyncio.run(bfcl.evaluate(cfg, command))
    if wrong := unusable(cfg["servers"]):
        raise ValueError(wrong)
    return asyncio.run(evaluation.evaluate(cfg, command))


def end(status: int, sentence: str) -> None:
    print(f"prove.evaluate: {sentence}", file=sys.stderr)
    sys.exit(status)


@hydra.main(config_path="../conf", config_name="evaluate", version_base="1.3")
def main(cfg: DictConfig) -> None:
    command = " ".join(["python -m prove.evaluate", *HydraConfig.get().overrides.task])
    goes_on = f"what is finished is in {cfg.out}, the same command goes on"
    try:
        print(evaluate(plain(cfg), command))
    except ValueError as error:
        end(CANNOT, str(error))
    except (EndpointFailed, Unavailable) as error:
        end(FAILED, f"{f'{error}: {error.__cause__}' if error.__cause__ else error}; {goes_on}")
    except (Unfinished, OSError) as error:
        end(FAILED, str(error))
    except KeyboardInterrupt:
        end(STOPPED, f"stopped; {goes_on}")


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


def begin(words: list[str]) -> None:
    """What is written wrongly is answered before Hydra sees it."""
    try:
        if any(word.startswith("compare=") for word in words):
            print(compared(words))
            return
        if wrong := problem(words, CONF, "evaluate"):
            raise ValueError(wrong)
    except ValueError as error:
        end(CANNOT, str(error))
    main()


if __name__ == "__main__":
    begin(sys.argv[1:])
