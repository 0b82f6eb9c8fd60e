"""docs/extending.md is right as it stands: its server works, its choices compose, its words are those of the house."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import servers
from prove.rewards.choice import Reward
from servers.host import Host

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The files of the page in a folder of their own; servers of it can be imported."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(servers, "__path__", [*servers.__path__, str(tmp_path / "servers")])
    monkeypatch.setattr("servers.host.server_names", lambda: ["plants"])
    return tmp_path


def test_the_server_of_the_page_does_what_its_tools_say(written):
    host = Host("plants")
    host.open("one", 7)
    dry = json.loads(host.call("one", "list_plants", {"floor": 3, "soil": "dry"}).text)
    watered = host.call("one", "water_plant", {"plant_id": dry["plants"][0]["plant_id"], "litres": 0.5})
    assert watered.ok and json.loads(watered.text)["soil"] == "moist"
    again = host.call("one", "water_plant", {"plant_id": dry["plants"][0]["plant_id"], "litres": 0.5})
    assert not again.ok and "is still moist" in again.text
    after = json.loads(host.call("one", "list_plants", {"floor": 3, "soil": "dry"}).text)
    assert after["total"] == dry["total"] - 1


def test_its_users_speak_of_every_tool(written):
    spoken = yaml.safe_load(FILES["servers/plants/utterances.yaml"])
    assert spoken.keys() == Host("plants").tools.keys()
    assert all(
        {"say", "follow_up", "vague", "clarify", "reply"} == set(ways) and len(ways["say"]) >= 3
        for ways in spoken.values()
    )


def test_the_reward_and_the_model_of_the_page_compose(tmp_path):
    for name in ("conf/reward/prove.yaml", "conf/config.yaml"):
        assert (ROOT / name).is_file()
    conf = tmp_path / "conf"
    for path in (ROOT / "conf").rglob("*.yaml"):
        copy = conf / path.relative_to(ROOT / "conf")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    for name, content in FILES.items():
        if name.startswith("conf/"):
            (tmp_path / name).write_text(content, encoding="utf-8")
    with initialize_config_dir(str(conf), version_base="1.3"):
        cfg = compose("config", ["run=x", "reward=half_coverage", "model=qwen3-1.7b", "servers=plants"])
    assert Reward.of(cfg.reward).weights.w_cov == 0.25
    assert OmegaConf.to_container(cfg.servers.names) == ["plants"] and cfg.model.name == "qwen3-1.7b"
