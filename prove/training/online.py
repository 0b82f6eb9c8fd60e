"""`data=online` inside verl (**ours**): training rows come from a stream that makes them, not from a file.

conf/data/online.yaml -> runs/NAME/online.yaml -> verl's data.train_files -> OnlineRows -> Stream -> processes

verl makes every data set of a run with one class (data.custom_cls): given parquet files this one is verl's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, open_dict
from verl.utils.dataset.rl_dataset import RLHFDataset

from prove.synthesis.curriculum import Success, curriculum_of, group_scores
from prove.synthesis.producer import Producers
from prove.synthesis.recipe import Recipe
from prove.synthesis.stream import Stream
from prove.training.plan import plan_of


class OnlineRows(RLHFDataset):
    """verl's data set; where its file is a plan (.yaml), its table is a stream of rows made now.

    verl saves `state_dict` with each checkpoint, and a continued run gets the rows that come next.
    """

    def _read_files_and_tokenize(self) -> None:
        self._stream: Stream | None = None
        self._producers: Producers | None = None
        if not str(self.data_files[0]).endswith(".yaml"):
            super()._read_files_and_tokenize()
            return
        plan = yaml.safe_load(Path(self.data_files[0]).read_text(encoding="utf-8"))
        self._producers = Producers(Recipe.of(plan), plan["workers"])
        self._stream = self.dataframe = stream_of(plan, self._producers)

    def learn(self, groups: Sequence[str], rows: Sequence[Mapping[str, Any]], reports: Sequence[dict]) -> None:
        """Of each finished episode: its group, its row's `extra_info` and what the reward reports of it."""
        if self._stream is not None and isinstance(self._stream.curriculum, Success):
            self._stream.learn(group_scores(groups, rows, reports, self._stream.curriculum.measure))

    def close(self) -> None:
        """Ends the processes; without it they end with this process."""
        if self._producers is not None:
            self._producers.close()

    def numbers(self) -> dict[str, float]:
        """For the log of a step; none of a table."""
        return self._stream.numbers() if self._stream is not None else {}

    def state_dict(self) -> dict[str, Any]:
        return self._stream.state_dict() if self._stream is not None else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if self._stream is not None and state:  # none in a run that began with data from a file
            self._stream.load_state_dict(state)


def stream_of(plan: Mapping[str, Any], producers: Producers) -> Stream:
    rows, batch, prefetch = plan["rows"], plan["batch"], plan["prefetch"]
    return Stream(producers, curriculum_of(plan), rows, batch, prefetch, plan["patience"])


def write_plan(cfg: DictConfig, run: Path, verl: DictConfig) -> None:
    """The file from which verl's trainer makes the stream, and its place in verl's configuration."""
    plan = plan_of(cfg)
    if plan is None:
        return
    path = run / "online.yaml"
    path.write_text(yaml.safe_dump(plan, sort_keys=False, allow_unicode=True), encoding="utf-8")
    with open_dict(verl):
        verl.data.train_files = str(path)
