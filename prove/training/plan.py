"""What the rows of `data=online` are made from: the `data` choice with the options of prove.synthesize it names.

conf/data/online.yaml + conf/synthesize.yaml with synthesis=<data.synthesis> + the run's seed, servers and batch
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from prove.synthesis.curriculum import curriculum_of
from prove.synthesis.recipe import Recipe

CONF = Path(__file__).resolve().parent.parent.parent / "conf"


def plan_of(cfg: DictConfig) -> dict[str, Any] | None:
    """Plain values for a run's configuration; None if its rows come from a file. ValueError: a value is wrong."""
    if cfg.data.train is not None:
        return None
    data: dict[str, Any] = OmegaConf.to_container(cfg.data, resolve=True)  # type: ignore[assignment]
    servers = OmegaConf.to_container(cfg.servers, resolve=True)
    synthesis = _synthesis(str(data["synthesis"]))
    plan = {**data, "synthesis": synthesis, "seed": cfg.seed, "servers": servers, "batch": cfg.trainer.batch}
    Recipe.of(plan)
    curriculum_of(plan)
    return plan


def _synthesis(choice: str) -> dict[str, Any]:
    """All options as `python -m prove.synthesize synthesis=CHOICE` has them; the servers are those of the run."""
    GlobalHydra.instance().clear()  # that of the entry
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            options = OmegaConf.to_container(compose("synthesize", [f"synthesis={choice}"]), resolve=True)
    except HydraException:
        choices = ", ".join(sorted(path.stem for path in (CONF / "synthesis").glob("*.yaml")))
        raise ValueError(f"data.synthesis={choice} is none of {choices}") from None
    return {name: value for name, value in options.items() if name != "servers"}  # type: ignore[union-attr]
