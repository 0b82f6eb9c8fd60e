"""python -m prove.estimate: memory per GPU and GPU-hours by arithmetic, from the same configuration as a run."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from safetensors import safe_open

from prove.estimate import most, report
from prove.estimates.hours import duration
from prove.estimates.memory import GIB, Phase, Shape, cached_tokens, misfit, phases, read_layout, read_shape
from prove.options.overrides import problem

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
PAPER = ["qwen3-4b", "qwen3-8b", "qwen2.5-7b", "granite-4.1-8b"]
GPUS = ["fsdp_1gpu", "fsdp_8gpu", "multinode"]


@cache
def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", ["run=test", *overrides])


def memory(*overrides: str) -> dict[str, Phase]:
    cfg = composed(*overrides)
    return {phase.name: phase for phase in phases(read_shape(cfg), read_layout(cfg), cfg.estimate)}


def hours(*overrides: str) -> float:
    cfg = composed(*overrides)
    return duration(cfg, read_shape(cfg), read_layout(cfg)).gpu_hours


@pytest.mark.parametrize(
    "model, billions", [("qwen3-4b", 4.0), ("qwen3-8b", 8.2), ("qwen2.5-7b", 7.6), ("granite-4.1-8b", 8.4)]
)
def test_shapes_have_the_published_numbers_of_parameters(model: str, billions: float) -> None:
    assert read_shape(composed(f"model={model}")).parameters / 1e9 == pytest.approx(billions, abs=0.05)


def test_the_shape_of_a_model_in_a_folder_is_that_of_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    cfg = composed("model=tiny")
    with safe_open(Path(cfg.model.path) / "model.safetensors", "numpy") as weights:
        sizes = {name: weights.get_slice(name).get_shape() for name in weights.keys()}  # noqa: SIM118 (no mapping)
    matrices = sum(shape[0] * shape[1] for shape in sizes.values() if len(shape) == 2)
    assert read_shape(cfg).parameters == matrices


def test_twice_the_gpus_halve_what_is_sharded_and_nothing_else() -> None:
    eight, sixteen = (
        memory("model=qwen3-8b", f"trainer={name}")["update"].items for name in ("fsdp_8gpu", "multinode")
    )
    assert {name for name in eight if sixteen[name] != eight[name]} == {"weights", "Adam", "gradients"}
    assert sixteen["Adam"] == eight["Adam"] / 2 == 8 * read_shape(composed("model=qwen3-8b")).parameters / 16


def test_memory_grows_with_the_longest_episode() -> None:
    words = ["model=qwen3-8b", "trainer=fsdp_8gpu"]
    full, half = memory(*words)["update"].items, memory(*words, "rollout.response_tokens=2000")["update"].items
    assert half["logits"] / full["logits"] == pytest.approx((12384 + 2000) / (12384 + 16384))
    assert half["layer inputs"] / full["layer inputs"] == pytest.approx((12384 + 2000) / (12384 + 16384))


def test_logits_in_pieces_do_not_depend_on_the_length() -> None:
    words = ["model=qwen3-4b", "trainer=fsdp_8gpu"]
    whole = memory(*words, "model.chunked_head=false")["log-probs"].items["logits"]
    pieces = memory(*words)["log-probs"].items["logits"]
    assert pieces == memory(*words, "rollout.response_tokens=2000")["log-probs"].items["logits"] < whole / 30


def test_lora_needs_gradients_and_adam_for_its_adapters_only() -> None:
    words = ["model=granite-4.1-8b", "trainer=fsdp_1gpu"]
    full, lora = memory(*words)["update"].items, memory(*words, "algorithm=lora")["update"].items
    assert lora["Adam"] == 2 * lora["gradients"] < full["Adam"] / 50
    assert lora["weights"] == full["weights"]


def test_the_papers_models_fit_eight_gpus() -> None:
    for model, trainer in [(model, trainer) for model in PAPER for trainer in ("fsdp_8gpu", "multinode")]:
        assert misfit(composed(f"model={model}", f"trainer={trainer}")) is None


def test_one_gpu_takes_4b_and_nothing_larger() -> None:
    fits = {model: misfit(composed(f"model={model}", "trainer=fsdp_1gpu")) is None for model in PAPER}
    assert fits == {"qwen3-4b": True, "qwen3-8b": False, "qwen2.5-7b": False, "granite-4.1-8b": False}


def test_a_model_with_fewer_positions_than_an_episode_has_tokens_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = misfit(composed("model=tiny", "trainer=fsdp_1gpu"))
    assert told and told.startswith("model=tiny knows 2048 positions and vLLM refuses more")


def test_a_cache_too_small_for_one_episode_is_warned_of() -> None:
    words = ["model=qwen3-4b", "trainer=fsdp_8gpu", "verl.actor_rollout_ref.rollout.gpu_memory_utilization=0.1"]
    assert "holds less than one episode" in (misfit(composed(*words)) or "")


def test_the_cache_is_what_the_weights_leave() -> None:
    """2 x 36 layers x 8 heads x 128 x 2 bytes for a token, on two GPUs; 8.19e9 x 2 bytes of weights."""
    cfg = composed("model=qwen3-8b", "trainer=fsdp_8gpu")
    shape = read_shape(cfg)
    assert shape.cache == 147_456
    room = 2 * (0.6 * 79.6 - 3) * GIB - 2 * shape.parameters
    assert cached_tokens(shape, read_layout(cfg), cfg.estimate) == pytest.approx(room / 147_456, abs=1)


def test_flops_of_a_step_are_those_of_the_formula() -> None:
    """Update: 8 N flops a token and attention; at the assumed share of eight GPUs."""
    cfg = composed("model=qwen3-8b", "trainer=fsdp_8gpu")
    shape, tokens = read_shape(cfg), 5000
    flops = 256 * 4 * (2 * (shape.parameters - shape.head) * tokens + 2 * 36 * 4096 * tokens**2)
    seconds = duration(cfg, shape, read_layout(cfg)).step
    assert seconds["update"] == pytest.approx(flops / (8 * 989e12 * 0.3))
    assert seconds["reference"] * 4 * 0.35 / 0.3 == pytest.approx(seconds["update"])


def test_hours_follow_steps_lengths_and_size() -> None:
    words = ["model=qwen3-4b", "trainer=fsdp_8gpu"]
    assert hours(*words, "trainer.steps=175") < 0.6 * hours(*words)
    assert hours(*words, "estimate.episode.written=1600") > 1.1 * hours(*words)
    assert hours("model=qwen3-8b", "trainer=fsdp_8gpu") > 1.2 * hours(*words)
    assert hours(*words, "algorithm=dapo") < hours(*words), "no reference model"


def test_layers_that_come_from_the_host_one_by_one_save_memory_and_cost_hours() -> None:
    words = ["model=qwen3-8b", "trainer=fsdp_1gpu"]
    stream = [*words, "+verl.actor_rollout_ref.actor.fsdp_config.offload_policy=true"]
    assert misfit(composed(*words)) is not None
    assert misfit(composed(*stream)) is None
    assert hours(*stream) > 2 * hours(*words)


def test_fine_tuning_has_no_rollout_and_takes_less() -> None:
    words = ["model=qwen3-8b", "trainer=fsdp_8gpu"]
    assert set(memory(*words, "algorithm=sft")) == {"update", "Adam"}
    assert hours(*words, "algorithm=sft") < hours(*words) / 5


def test_every_assumption_is_printed() -> None:
    cfg = composed("model=qwen3-8b", "trainer=fsdp_8gpu")
    text = report(cfg)
    for name in (*cfg.estimate, *cfg.estimate.episode, *cfg.estimate.share, *cfg.estimate.bytes):
        assert f"{name}:" in text
    assert "Estimated by arithmetic, not run." in text


@pytest.mark.parametrize(
    "words, answer",
    [
        (["model=qwen3-8b", "trainer=cpu"], "estimates are for GPUs; trainer=cpu has none"),
        (
            ["model=qwen3-8b", "trainer=fsdp_8gpu", "model.shape=null"],
            "no estimate for model.path=Qwen/Qwen3-8B: it is no folder here and has no model.shape",
        ),
    ],
)
def test_what_has_no_estimate_says_why(words: list[str], answer: str) -> None:
    with pytest.raises(ValueError) as error:
        report(composed(*words))
    assert str(error.value) == answer


def test_an_assumption_is_changed_by_a_word() -> None:
    assert problem(["trainer=fsdp_8gpu", "estimate.episode.written=3000"], CONF, "config") is None
    assert problem(["trainer=fsdp_8gpu", "estimate.episode.writen=3000"], CONF, "config") == (
        "there is no key estimate.episode.writen; did you mean estimate.episode.written?"
    )


def numbers(*words: str) -> str:
    """As the comments in conf/ and the table in docs/scaling.md have them."""
    cfg = composed(*words)
    shape, layout = read_shape(cfg), read_layout(cfg)
    used = most(phases(shape, layout, cfg.estimate))
    time = duration(cfg, shape, layout)
    return f"{used:.0f} GiB, {time.hours:.0f} h, {time.gpu_hours:.0f} GPU-hours"


@pytest.mark.parametrize("model", PAPER)
def test_the_comment_in_a_models_file_says_what_the_command_prints(model: str) -> None:
    text = (CONF / "model" / f"{model}.yaml").read_text()
    assert f"estimated, not run: {numbers(f'model={model}', 'trainer=fsdp_8gpu')}" in text


@pytest.mark.parametrize("trainer", GPUS)
def test_the_comment_in_a_trainers_file_says_what_the_command_prints(trainer: str) -> None:
    text = (CONF / "trainer" / f"{trainer}.yaml").read_text()
    for model in PAPER:
        fits = misfit(composed(f"model={model}", f"trainer={trainer}")) is None
        expected = numbers(f"model={model}", f"trainer={trainer}") if fits else "does not fit"
        assert re.search(rf"#  +{re.escape(model)} +{re.escape(expected)}\n", text), f"{model}: {expected}"


@pytest.mark.parametrize("trainer", GPUS)
def test_the_table_of_the_document_says_what_the_command_prints(trainer: str) -> None:
    text = (ROOT / "docs" / "scaling.md").read_text()
    for model in PAPER:
        fits = misfit(composed(f"model={model}", f"trainer={trainer}")) is None
        cells = numbers(f"model={model}", f"trainer={trainer}").replace(", ", " | ") if fits else "does not fit"
        assert f"| {model} | {trainer} | {cells} |" in text


def test_a_shape_counts_its_parts() -> None:
    """By hand: attention 4 x 4 x (2 + 1 + 1 + 2), feed-forward 3 x 4 x 8, embedding and head 10 x 4 each."""
    shape = Shape(layers=1, hidden=4, heads=2, kv_heads=1, head_size=4, ffn=8, vocabulary=10, tied=False)
    assert shape.parameters == 96 + 96 + 80
