"""What is run: a checkout of tau2-bench at the pinned commit, one command line per domain and seed.

    OUT/tau2/DOMAIN-seed0/results.json <-- PYTHON -P inside.py run --domain … --task-ids … --agent … --user …

The harness works in OUT/tau2 with an environment of its own: a path, its data, the keys; nothing else of ours.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.benchmarks.items import drawn

DOMAINS = ("airline", "retail", "telecom")
AGENTS = {"endpoint": "llm_agent", "gold": "prove_gold", "nothing": "prove_nothing"}
INSIDE = Path(__file__).with_name("inside.py")
NONE = "none"
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "TMPDIR")
"""Of our environment; no key, no PYTHONPATH."""
JUDGED = "retail"  # the domain whose reward asks a judge, in v1.0 and later
FETCH = (
    "git clone --branch v1.0.1 --depth 1 https://github.com/sierra-research/tau2-bench ../tau2-bench, "
    "then its environment (docs/evaluation.md)"
)


def require_words(cfg: Mapping[str, Any]) -> None:
    """ValueError: it is not played by this policy, or there is no such domain."""
    if cfg["policy"] not in AGENTS:
        raise ValueError(
            f"benchmark=tau2 plays policy=endpoint, gold or nothing, not {cfg['policy']}; serve the model first"
        )
    domains = list(cfg["benchmark"]["domains"])
    if strange := [one for one in domains if one not in DOMAINS] or ["nothing"] * (not domains):
        raise ValueError(f"benchmark.domains: {strange[0]} is none of {', '.join(DOMAINS)}")


@dataclass(frozen=True)
class Served:
    """A model behind an OpenAI-compatible endpoint; no `url`: the provider's own, with the key of the environment."""

    model: str
    url: str | None
    key: str
    temperature: float

    def words(self, further: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of the model, as the harness passes them on; no key is among them."""
        return {"temperature": self.temperature, **({"api_base": self.url} if self.url else {}), **further}

    @property
    def name(self) -> str:
        return f"openai/{self.model}" if self.url else self.model


@dataclass(frozen=True)
class Task:
    """One task of one domain."""

    domain: str
    number: str

    @property
    def id(self) -> str:
        return f"{self.domain}/{self.number}"


@dataclass(frozen=True)
class Harness:
    """Node `benchmark` of conf/benchmark/tau2.yaml, checked, with who plays."""

    checkout: Path
    commit: str
    python: str
    domains: tuple[str, ...]
    split: str
    agent: str
    model: Served
    user: Served | None
    judge: Served | None
    agent_arguments: Mapping[str, Any]
    max_steps: int
    concurrency: int
    words: tuple[str, ...]

    @staticmethod
    def of(cfg: Mapping[str, Any]) -> Harness:
        """ValueError, in a sentence: what is missing."""
        require_words(cfg)
        node, endpoint = cfg["benchmark"], cfg["endpoint"]
        domains = tuple(node["domains"])
        checkout = Path(node["checkout"]).resolve()
        _check_checkout(checkout, str(node["commit"]))
        played = cfg["policy"] == "endpoint"
        limits = {"timeout": endpoint["timeout"], "max_tokens": node["max_tokens"]}
        return Harness(
            checkout=checkout,
            commit=str(node["commit"]),
            python=str(node["python"] or checkout / ".venv" / "bin" / "python"),
            domains=domains,
            split=str(node["split"]),
            agent=AGENTS[cfg["policy"]],
            model=Served(str(node["model_name"]), endpoint["base_url"], endpoint["api_key"], cfg["temperature"]),
            user=_user(node["user"]) if played else None,
            judge=_judge(node["judge"], domains),
            agent_arguments={name: value for name, value in limits.items() if value is not None},
            max_steps=int(node["max_steps"]),
            concurrency=int(cfg["concurrency"]),
            words=tuple(map(str, node["words"])),
        )

    def tasks(self, limit: int | None) -> list[Task]:
        """A sample of the split's tasks of all domains. ValueError: the checkout has no such split."""
        found = [Task(domain, number) for domain in self.domains for number in self._split(domain)]
        return sorted(found, key=lambda task: drawn(task.id))[:limit]

    def _split(self, domain: str) -> list[str]:
        path = self.checkout / "data" / "tau2" / "domains" / domain / "split_tasks.json"
        try:
            splits = json.loads(path.read_text(encoding="utf-8"))
            return [str(one) for one in splits[self.split]]
        except (OSError, ValueError):
            raise ValueError(f"{path} cannot be read; benchmark.checkout={self.checkout} is no whole clone") from None
        except KeyError:
            raise ValueError(f"benchmark.split={self.split} is none of {', '.join(splits)}") from None

    def command(self, domain: str, seed: int, numbers: Sequence[str], trials: int, save: Path) -> list[str]:
        options: dict[str, Any] = {
            "--domain": domain,
            "--num-trials": trials,
            "--agent": self.agent,
            "--agent-llm": self.model.name,
            "--agent-llm-args": json.dumps(self.model.words(self.agent_arguments)),
            "--user": "user_simulator" if self.user else "prove_script",
            "--user-llm": self.user.name if self.user else self.model.name,
            "--user-llm-args": json.dumps(self.user.words({}) if self.user else {}),
            "--max-steps": self.max_steps,
            "--max-concurrency": self.concurrency,
            "--seed": seed,
            "--log-level": "ERROR",
            "--save-to": save,
        }
        given = [str(word) for pair in options.items() for word in pair]
        return [self.python, "-P", str(INSIDE), "run", *given, "--auto-resume", *self.words, "--task-ids", *numbers]

    def environment(self, where: Path) -> dict[str, str]:
        """What the harness sees; the keys only as inside.py takes them."""
        asked = [one for one in (self.model if self.user else None, self.user, self.judge) if one]
        keys = {one.url: one.key or NONE for one in asked if one.url}
        judge = {"model": self.judge.name, "arguments": self.judge.words({})} if self.judge else NONE
        own = {"OPENAI_API_KEY": self.judge.key} if self.judge and not self.judge.url else {}
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **own,
            "HOME": str(where),
            "TAU2_DATA_DIR": str(self.checkout / "data"),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network for prices
            "TAU2_PROVE": json.dumps({"keys": keys, "judge": judge}),
        }


def _check_checkout(checkout: Path, commit: str) -> None:
    if not (checkout / "src" / "tau2").is_dir():
        raise ValueError(f"benchmark.checkout={checkout} is no clone of sierra-research/tau2-bench: {FETCH}")
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=False)
    head = done.stdout.strip() if done.returncode == 0 else "unknown"
    if head != commit:
        raise ValueError(
            f"{checkout} is at {head}, the pinned commit is {commit}: versions score differently; check that one out, "
            f"or benchmark.commit={head} reports this one"
        )


def _user(node: Mapping[str, Any]) -> Served:
    if not node["model"] or not node["base_url"]:
        raise ValueError("benchmark.user.model and benchmark.user.base_url are missing: who plays the user")
    return Served(node["model"], node["base_url"], os.environ.get(node["key"], ""), node["temperature"])


def _judge(node: Mapping[str, Any], domains: Sequence[str]) -> Served | None:
    """None: nothing is judged."""
    if node["model"] == NONE or JUDGED not in domains:
        return None
    key = os.environ.get(node["key"], "")
    if not node["base_url"] and not key:
        raise ValueError(
            f"{JUDGED} asks a judge: set {node['key']}, or benchmark.judge.base_url=… of an endpoint; "
            "benchmark.judge.model=none takes its assertions as met (ours)"
        )
    return Served(node["model"], node["base_url"], key, 0.0)
