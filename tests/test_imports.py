"""Who may import whom: the table of the house, read off the import statements of servers/ and prove/."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MCP = {"mcp", "mcp_types", "anyio", "pydantic", "starlette", "uvicorn"}  # the SDK and what it stands on
WIRE = {"msgspec", "aiohttp"}  # raw JSON-RPC over stdio and HTTP, where the SDK's client is too slow
FORMATS = {"yaml", "pyarrow"}  # utterances are YAML, datasets are parquet
HEAVY = {"torch", "ray", "verl", "vllm"}
ENTRIES = {f"prove.{name}" for name in ("main", "play", "synthesize", "evaluate", "serve", "score", "view", "report")}

SYNTHESIS = {"prove.synthesis", *(f"prove.{name}" for name in ("types", "schemas", "parsing", "sessions"))}
SYNTHESIS |= {"networkx", *FORMATS}

BENCHMARKS = {f"prove.{name}" for name in ("types", "schemas", "rewards", "episode", "sessions", "policies")}
BENCHMARKS |= {"prove.benchmarks", "prove.parsing", "prove.interfaces", "numpy", "tqdm"}

SERVING = {"prove.serving", "prove.parsing", "prove.template", "msgspec", "starlette"}

REPORTS = {
    f"prove.{name}" for name in ("types", "rewards", "stored", "reports", "training.summary", "training.history")
}
REPORTS |= {"prove.benchmarks.origin", "prove.synthesis.plots", "numpy", "yaml"}

# The longest prefix wins. A module may always import the standard library and its own package.
LINKS = {"prove.types", "prove.schemas", "prove.links", *MCP, *WIRE}
FOREIGN = LINKS | {"prove.external", "prove.undertaker"}
SESSIONS = FOREIGN | {f"prove.{name}" for name in ("sessions", "journal", "supervisor", "foreign", "warm", "isolation")}
MAY_IMPORT = {
    "servers": {"msgspec", *MCP},
    "servers.recorded": {"servers", "msgspec", "jsonschema", *MCP},
    "prove.types": set(),
    "prove.schemas": set(),
    "prove.rewards": {"prove.types", "prove.schemas"},
    "prove.interfaces": {"prove.types", "prove.schemas"},
    "prove.interfaces.gold": {"prove.types", "prove.interfaces", "prove.policies"},
    "prove.interfaces.choice": {f"prove.{name}" for name in ("types", "schemas", "interfaces", "episode", "policies")},
    "prove.stored": {"prove.types", "prove.rewards"},
    "prove.replay": {f"prove.{name}" for name in ("types", "rewards", "stored", "episode", "sessions", "supervisor")},
    "prove.replay.known": {"prove.types", *FORMATS},
    "prove.replay.verify": {"prove.stored", "prove.replay", "tqdm"},
    "prove.viewer": {f"prove.{name}" for name in ("types", "schemas", "parsing", "stored", "rewards")} | {"yaml"},
    "prove.sessions": SESSIONS,
    "prove.journal": SESSIONS - {"prove.sessions"},
    "prove.links": LINKS,
    "prove.supervisor": LINKS,
    "prove.external": set(),
    "prove.undertaker": set(),
    "prove.foreign": FOREIGN,
    "prove.warm": SESSIONS - {"prove.sessions", "prove.isolation", "prove.journal"},
    "prove.isolation": SESSIONS - {"prove.sessions"},
    "prove.synthesis": SYNTHESIS,
    "prove.synthesis.pipeline": SYNTHESIS | {"tqdm"},
    "prove.synthesis.endpoint": SYNTHESIS | {"openai"},
    "prove.synthesis.tokens": SYNTHESIS | {"transformers"},
    "prove.synthesis.plots": SYNTHESIS | {"matplotlib"},
    "prove.synthesis.record": SYNTHESIS | {"tqdm"},
    "prove.synthesis.templates.making": SYNTHESIS | {"tqdm"},
    "prove.template": {"prove.parsing"},
    "prove.serving": SERVING,
    "prove.serving.chat": SERVING | {"prove.cpu"},
    "prove.serving.model": SERVING | {"prove.cpu", "transformers"},
    "prove.benchmarks": BENCHMARKS,
    "prove.benchmarks.heldout": BENCHMARKS | {"prove.training.rows", "pyarrow"},
    "prove.benchmarks.players": BENCHMARKS | {"prove.cpu", "prove.serving", "transformers", "aiohttp"},
    "prove.benchmarks.audit": BENCHMARKS | {"pyarrow"},
    "prove.benchmarks.paper": BENCHMARKS | {"yaml"},
    "prove.benchmarks.wide": BENCHMARKS | {"prove.supervisor"},
    "prove.benchmarks.served": BENCHMARKS | {"aiohttp"},
    "prove.benchmarks.tau2.inside": {"tau2"},  # runs in tau2-bench's environment, by its path
    "prove.benchmarks.tau2.reading": BENCHMARKS | {"msgspec"},
    "prove.benchmarks.t_eval.plan": BENCHMARKS | {"networkx"},
    "prove.benchmarks.t_eval.similarity": BENCHMARKS | {"sentence_transformers"},
    "prove.benchmarks.bfcl.players": BENCHMARKS | {"prove.serving", "aiohttp"},
    "prove.benchmarks.bfcl.worker": set(),  # of another environment, where bfcl_eval is
}
MAY_IMPORT |= {
    "prove.reports": REPORTS,
    "prove.reports.cells": REPORTS | {"matplotlib"},
    "prove.reports.charts": REPORTS | {"matplotlib"},
    "prove.reports.look": REPORTS | {"matplotlib", "PIL"},
    "prove.reports.pictures": REPORTS | {"matplotlib"},
}
HEAVY_TRAINING = [
    f"prove.training.{name}" for name in ("trainer", "sft", "online", "verl_config", "heartbeat", "ray_jobs")
]
MAY_BE_HEAVY = ("prove.rollout", "prove.cpu", "prove.main", "prove.play", *HEAVY_TRAINING)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for package in ("servers", "prove") for path in sorted((ROOT / package).rglob("*.py"))}


def imported_by(source: str, package: str) -> Iterator[str]:
    """Full names of what a source text imports anywhere, with `from package import module` spelt out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def imports(module: str) -> set[str]:
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return set(imported_by(path.read_text(), package))


def inside(name: str, packages) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def strangers(module: str, names: set[str]) -> set[str]:
    """The imports of a module that its row of the table does not name; none if it has no row."""
    rows = [row for row in MAY_IMPORT if inside(module, [row])]
    if not rows:
        return set()
    row = max(rows, key=len)
    allowed = {row, *MAY_IMPORT[row], *sys.stdlib_module_names}
    return {name for name in names if not inside(name, allowed)}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_the_table_allows(module):
    assert not strangers(module, imports(module))


@pytest.mark.parametrize("module", MODULES)
def test_nobody_imports_an_entry(module):
    assert not {name for name in imports(module) if inside(name, ENTRIES - {module})}


@pytest.mark.parametrize("module", [module for module in MODULES if inside(module, ["prove"])])
def test_prove_meets_servers_only_by_name(module):
    assert not {name for name in imports(module) if inside(name, ["servers"])}


@pytest.mark.parametrize("module", [module for module in MODULES if not inside(module, MAY_BE_HEAVY)])
def test_the_training_stack_stays_in_its_rooms(module):
    assert not {name for name in imports(module) if inside(name, HEAVY)}


def test_every_way_to_write_an_import_is_seen():
    source = """
import torch.nn as nn
from prove import score
from . import sessions
from ..types import Example
def late():
    from prove.rewards.prove import score
"""
    assert set(imported_by(source, "prove.rewards")) == {
        "torch.nn",
        "prove.score",
        "prove.rewards.sessions",
        "prove.types.Example",
        "prove.rewards.prove.score",
    }


def test_a_forbidden_import_is_a_stranger():
    assert strangers("prove.rewards.prove", {"json", "prove.types.Step", "prove.rewards.alignment"}) == set()
    assert strangers("prove.rewards.prove", {"torch.nn", "prove.sessions", "prove.typesetting"}) == {
        "torch.nn",
        "prove.sessions",
        "prove.typesetting",
    }
    assert strangers("servers.banking.tools", {"prove.types.Step"}) == {"prove.types.Step"}
