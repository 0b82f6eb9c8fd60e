"""Rows made while training: the same whatever happens in between, never twice, and failures are said at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from prove.synthesis.curriculum import GroupScore, Schedule, Standing, Success, at_level, curriculum_of, group_scores
from prove.synthesis.live import in_process
from prove.synthesis.producer import Producers
from prove.synthesis.recipe import Maker, Recipe
from prove.synthesis.stream import Stream
from prove.training.plan import plan_of
from prove.types import Example

ROOT = Path(__file__).resolve().parent.parent
SUCCESS = Success("exact", window=2, harder_above=0.75, easier_below=0.25, first=0, highest=2)
RISING = Schedule(((1, 0), (3, 2)))


def composed(*words: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", ["run=test", "data=online", "servers=banking", "trainer.batch=2", *words])


def plan(*words: str) -> dict[str, Any]:
    found = plan_of(composed(*words))
    assert found is not None
    return found


def example(row: dict[str, Any]) -> Example:
    return Example.from_json(row["extra_info"]["example"])


class Ready:
    """A source whose rows are there at once and say what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def ask(self, index: int, level: int) -> Future[dict[str, Any]]:
        self.asked.append((index, level))
        future: Future[dict[str, Any]] = Future()
        future.set_result({"index": index, "level": level})
        return future


def stream(curriculum: Schedule | Success, prefetch: int = 1, rows: int = 1000) -> Stream:
    return Stream(Ready(), curriculum, rows=rows, batch=2, prefetch=prefetch, patience=1)


def take(rows: Stream, first: int, count: int) -> list[tuple[int, int]]:
    return [(row["index"], row["level"]) for row in (rows[index] for index in range(first, first + count))]


def train(rows: Stream, first_step: int, steps: int) -> list[tuple[int, int]]:
    """Steps of a policy that solves everything at level 0 and nothing above it."""
    seen = []
    for step in range(first_step, first_step + steps):
        batch = take(rows, 2 * (step - 1), 2)
        rows.learn(GroupScore(level, float(level == 0)) for _, level in batch)
        seen += batch
    return seen


@pytest.fixture(scope="module")
def producers() -> Iterator[Producers]:
    running = Producers(Recipe.of(plan()), workers=2)
    yield running
    running.close()


def test_a_schedule_gives_each_step_its_level() -> None:
    assert [RISING.level(step, RISING.start) for step in (1, 2, 3, 4, 100)] == [0, 0, 2, 2, 2]
    assert take(stream(RISING), 0, 6) == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 2), (5, 2)]


def test_success_moves_the_level_one_step_at_a_time_and_stays_in_bounds() -> None:
    standing = SUCCESS.start
    levels = []
    for value in [1.0] * 8 + [0.0] * 8:
        standing = SUCCESS.after(standing, [GroupScore(standing.level, value)])
        levels.append(standing.level)
    assert levels[:8] == [0, 1, 1, 2, 2, 2, 2, 2]
    assert levels[8:] == [2, 1, 1, 0, 0, 0, 0, 0]


def test_groups_of_another_level_do_not_count() -> None:
    standing = SUCCESS.after(Standing(1), [GroupScore(0, 1.0)] * 10)
    assert standing == Standing(1)


def test_middling_success_keeps_the_level() -> None:
    assert SUCCESS.after(Standing(1), [GroupScore(1, 0.5)] * 10).level == 1


def test_rows_follow_success_after_the_rows_already_made() -> None:
    levels = [level for _, level in train(stream(SUCCESS), 1, 8)]
    assert levels[::2] == [0, 0, 1, 1, 0, 0, 1, 1], "one batch is under way when a level is decided"


@pytest.mark.parametrize("curriculum", [RISING, SUCCESS])
@pytest.mark.parametrize("prefetch", [1, 3])
def test_a_continued_run_sees_the_rows_it_would_have_seen(curriculum: Schedule | Success, prefetch: int) -> None:
    whole = stream(curriculum, prefetch)
    expected = train(whole, 1, 12)
    for steps in range(12):
        killed = stream(curriculum, prefetch)
        before = train(killed, 1, steps)
        saved = json.loads(json.dumps(killed.state_dict()))
        take(killed, 2 * steps, 1)  # what the killed run did after its checkpoint
        again = stream(curriculum, prefetch)
        again.load_state_dict(saved)
        assert before + train(again, steps + 1, 12 - steps) == expected


def test_only_as_many_rows_as_wanted_are_under_way() -> None:
    source = Ready()
    rows = Stream(source, RISING, rows=7, batch=2, prefetch=2, patience=1)
    assert len(source.asked) == 4
    take(rows, 0, 2)
    assert len(source.asked) == 6
    take(rows, 2, 5)
    assert len(source.asked) == len(rows) == 7


def test_rows_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="row 5 is asked for and 0 is next"):
        stream(RISING)[5]


def test_a_row_that_never_comes_is_an_error() -> None:
    class Never:
        def ask(self, index: int, level: int) -> Future[dict[str, Any]]:
            return Future()

    with pytest.raises(RuntimeError, match="training row 0 was not made within 0.01 s"):
        Stream(Never(), RISING, rows=9, batch=2, prefetch=1, patience=0.01)[0]


def test_the_log_says_the_level_and_the_wait() -> None:
    rows = stream(RISING)
    take(rows, 0, 6)
    numbers = rows.numbers()
    assert numbers["data/level"] == pytest.approx(2 / 3)
    assert numbers["data/wait_ms"] >= 0
    assert rows.numbers() == {"data/wait_ms": 0.0}


def test_a_row_depends_on_seed_index_and_level_alone(producers: Producers) -> None:
    """Two processes, asked in another order and for other rows in between."""
    forward = [producers.ask(index, 1) for index in range(6)]
    backward = [producers.ask(index, 1) for index in reversed(range(6))]
    rows = [future.result() for future in forward]
    assert rows == [future.result() for future in reversed(backward)]
    assert len({example(row).world_seed for row in rows}) == 6, "no world twice"


def test_a_row_looks_like_one_of_a_file_and_carries_its_level(producers: Producers, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from prove.training.rows import check_rows

    rows = [producers.ask(index, level).result() for index, level in [(0, 0), (1, 1), (2, 2)]]
    assert [example(row).knobs["difficulty"] for row in rows] == [0, 1, 2]
    assert {(row["data_source"], row["extra_info"]["split"]) for row in rows} == {("prove", "train")}
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    assert check_rows(tmp_path / "rows.parquet", ["banking"]) == 3


def made(recipe: Recipe, count: int, level: int = 0) -> list[dict[str, Any]]:
    with in_process(recipe.servers) as live:
        maker = Maker(live, recipe)
        return [maker.row(index, level) for index in range(count)]


def test_another_run_seed_gives_other_rows() -> None:
    assert made(Recipe.of(plan()), 2) != made(Recipe.of(plan("seed=1")), 2)


def test_rows_are_mixed_as_in_the_training_split() -> None:
    changes = "{splits.train: {multi_turn: 1, when2call: 1}}"
    rows = made(Recipe.of(plan(f"data.levels=[{changes}]", "data.schedule=[[1,0]]")), 30)
    kinds = [example(row).kind for row in rows]
    assert kinds.count("abstention") in range(6, 25)
    assert set(kinds) == {"abstention", "multi_turn"}


def test_servers_left_out_of_training_give_no_rows() -> None:
    words = ("servers=tiny", "data.schedule=[[1,0]]", "data.levels=[{leave_domains_out: [calendar, food_delivery]}]")
    assert {server for row in made(Recipe.of(plan(*words)), 6) for server in example(row).servers} == {"banking"}


def test_a_higher_level_asks_for_more(producers: Producers) -> None:
    turns = [[len(example(producers.ask(i, level).result()).user_turns) for i in range(12)] for level in (0, 2)]
    assert sum(turns[1]) > sum(turns[0])


def test_candidates_of_rows_never_meet() -> None:
    recipe = Recipe.of(plan("data.rows=50", "data.tries=4"))
    candidates = [candidate for index in range(50) for candidate in recipe.candidates(index)]
    assert len(set(candidates)) == len(candidates) == 200
    assert recipe.first_seed + max(candidates) == recipe.last_seed


def test_a_process_that_dies_is_an_error_at_once() -> None:
    producers = Producers(Recipe.of(plan()), workers=1)
    rows = Stream(producers, RISING, rows=100, batch=2, prefetch=1, patience=60)
    producers.processes[0].kill()
    with pytest.raises(RuntimeError, match="the process that makes training rows ended with status -9 at row 0"):
        rows[0]
    producers.close()


def test_worlds_that_lead_to_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="row 0 at level 0: 2 worlds led to no conversation"):
        made(Recipe.of(plan("data.tries=2", "data.schedule=[[1,0]]", "data.levels=[{max_chars: 1}]")), 1)


def test_a_killed_trainer_leaves_no_process() -> None:
    script = """
import json, sys, time
from prove.synthesis.live import in_process
from prove.synthesis.producer import Producers
from prove.synthesis.recipe import Recipe
producers = Producers(Recipe(**json.loads(sys.argv[1])), 1)
futures = [producers.ask(index, 1) for index in range(1000)]
futures[0].result()
print(json.dumps([process.pid for process in producers.processes]), flush=True)
time.sleep(60)
"""
    recipe = json.dumps(vars(Recipe.of(plan())))
    trainer = subprocess.Popen([sys.executable, "-c", script, recipe], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert trainer.stdout is not None
    processes = json.loads(trainer.stdout.readline())
    assert all(map(alive, processes))
    trainer.send_signal(signal.SIGKILL)
    trainer.wait()
    for _ in range(500):
        if not any(map(alive, processes)):
            return
        time.sleep(0.02)
    pytest.fail("processes that make rows outlive the trainer")


def alive(process: int) -> bool:
    """Whether it runs; a zombie that nobody has collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_verls_loader_resumes_from_its_own_checkpoint(tmp_path: Path) -> None:
    import torch

    def loader() -> Any:
        from torchdata.stateful_dataloader import StatefulDataLoader
        from verl.trainer.ppo.utils import create_rl_dataset, create_rl_sampler
        from verl.utils.dataset.rl_dataset import collate_fn

        rows = create_rl_dataset([str(tmp_path / "online.yaml")], data, tokenizer=None, processor=None)
        sampler = create_rl_sampler(data, rows)
        return StatefulDataLoader(rows, batch_size=2, drop_last=True, collate_fn=collate_fn, sampler=sampler)

    def ids(batches: Any, count: int) -> list[str]:
        return [row["index"] for _ in range(count) for row in next(batches)["extra_info"]]

    (tmp_path / "online.yaml").write_text(yaml.safe_dump(plan()))
    data = OmegaConf.create(OmegaConf.to_container(composed().verl.data, resolve=True))
    whole = loader()
    batches = iter(whole)
    ids(batches, 2)
    torch.save(whole.state_dict(), tmp_path / "data.pt")
    expected = ids(batches, 3)
    again = loader()
    again.load_state_dict(torch.load(tmp_path / "data.pt", weights_only=False))
    assert ids(iter(again), 3) == expected
    for one in (whole, again):
        one.dataset.close()


def test_a_curriculum_hears_the_success_of_each_group() -> None:
    truth = {"steps": [], "edges": []}
    common = {"kind": "abstention", "servers": [], "world_seed": 1, "user_turns": ["Hi"], "ground_truth": truth}
    rows = [{"example": json.dumps({**common, "id": "x", "knobs": {"difficulty": level}})} for level in (1, 0, 1)]
    reports = [{"reward_extra_info": {"exact": value}} for value in (1.0, 1.0, 0.0)]
    assert group_scores(["a", "b", "a"], rows, reports, "exact") == [GroupScore(1, 0.5), GroupScore(0, 1.0)]


@pytest.mark.parametrize(
    "word, sentence",
    [
        ("data.curriculum=luck", "neither schedule nor success"),
        ("data.schedule=[[2,0]]", "must rise from 1"),
        ("data.schedule=[[1,0],[1,1]]", "must rise from 1"),
        ("data.schedule=[[1,9]]", "there is no level 9"),
        ("data.schedule=[1,2]", "is no list of"),
        ("data.levels=[]", "data.levels is empty"),
        ("data.levels=[{},{knobs.wishes: 1}]", r"data.levels\[1\]: synthesis has no option knobs.wishes"),
        ("data.tries=0", "must be at least 1"),
        ("data.synthesis=poems", "data.synthesis=poems is none of .*tiny"),
    ],
)
def test_a_wrong_number_is_said_before_training_starts(word: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        plan(word)


@pytest.mark.parametrize(
    "change, sentence",
    [({"measure": "luck"}, "none of exact, total"), ({"window": 0}, "at least one"), ({"first": 7}, "no level 7")],
)
def test_a_wrong_success_is_said(change: dict[str, Any], sentence: str) -> None:
    data = OmegaConf.to_container(composed("data.curriculum=success").data)
    assert isinstance(data, dict)
    with pytest.raises(ValueError, match=sentence):
        curriculum_of({**data, "success": {**data["success"], **change}})


def test_a_level_changes_only_what_it_names() -> None:
    options = {"turns": {1: 0.5, 2: 0.5}, "knobs": {"distractor_share": 0.4, "abstention": 0.1}}
    changed = at_level(options, [{"turns": {3: 1.0}, "knobs.distractor_share": 0.0}], 0)
    assert changed == {"turns": {3: 1.0}, "knobs": {"distractor_share": 0.0, "abstention": 0.1}}
    assert options["turns"] == {1: 0.5, 2: 0.5}


def test_the_worlds_are_those_of_no_split() -> None:
    """A split takes a world per row at most, and a few candidates per row: ten million seeds lie between splits."""
    recipe = Recipe.of(plan())
    paths = (ROOT / "conf" / "synthesis").glob("*.yaml")
    splits = [split for path in paths for split in (yaml.safe_load(path.read_text()).get("splits") or {}).values()]
    assert splits
    assert max(split.get("first_seed", 0) for split in splits) + 10_000_000 < recipe.first_seed


def test_validation_rows_stay_those_of_the_file() -> None:
    cfg = composed()
    assert cfg.data.train is None
    assert cfg.verl.data.custom_cls.name == "OnlineRows"
    assert [str(path).endswith(".parquet") for path in (cfg.data.validation, cfg.data.heldout)] == [True, True]
