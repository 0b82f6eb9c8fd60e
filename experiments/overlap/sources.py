"""What is compared: the tools and the strings of our servers, and of a local clone of each evaluation set."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from prove.benchmarks.closeness import Signature
from servers.host import server_names
from servers.tool import tools_of

SEEDS = range(1_000_000, 1_000_020)  # the first worlds of the train split, conf/synthesis/tiny.yaml


@dataclass(frozen=True)
class Source:
    """Tools, and every string of the states and the test inputs."""

    name: str
    tools: list[Signature]
    texts: set[str]


def ours() -> Source:
    worlds = {server: import_module(f"servers.{server}") for server in server_names()}
    tools = [
        Signature(tool.name, frozenset(tool.input_schema["properties"]))
        for world in worlds.values()
        for tool in tools_of(world.tools).values()
    ]
    tables = (world.generate(seed).tables for world in worlds.values() for seed in SEEDS)
    return Source("ours", tools, {text for rows in tables for text in strings(msgspec.to_builtins(rows))})


def bfcl(clone: Path) -> list[Source]:
    """The stateful categories (multi-turn, memory, web search), and the single-turn ones."""
    data = next(clone.rglob("multi_turn_func_doc")).parent
    stateful, single = Source("BFCL multi-turn", [], set()), Source("BFCL single-turn", [], set())
    for path in sorted((data / "multi_turn_func_doc").glob("*.json")):
        stateful.tools.extend(_schema(row) for row in _lines(path))
    for path in sorted(clone.rglob("func_source_code/*.py")):
        stateful.texts.update(_constants(path))
    for path in sorted([*data.glob("BFCL_*.json"), *data.glob("memory_prereq_conversation/*.json")]):
        _add_category(path, data, stateful, single)
    return [stateful, single]


def _add_category(path: Path, data: Path, stateful: Source, single: Source) -> None:
    """A file of questions and its answers; in single-turn categories each question brings its functions."""
    if path.stem.endswith("format_sensitivity"):
        return
    questions, answers = _lines(path), data / "possible_answer" / path.name
    into = single if "function" in questions[0] else stateful
    for row in questions:
        into.tools.extend(_schema(function) for function in row.pop("function", []))
        into.texts.update(strings(row))
    if answers.exists():
        into.texts.update(strings(_lines(answers)))


def tau2(clone: Path) -> list[Source]:
    """Methods marked as tools anywhere in the package; databases, tasks and documents of all domains."""
    source = Source("tau2", [], set())
    for path in sorted((clone / "src/tau2").rglob("*.py")):
        source.tools.extend(_marked(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted((clone / "data/tau2/domains").rglob("*")):
        if path.suffix in (".json", ".toml"):
            source.texts.update(strings(_load(path)))
    return [source]


def t_eval(clone: Path) -> list[Source]:
    """The documented functions; the test inputs if they are in data/, where T-Eval wants them."""
    tools = [
        Signature(api["name"], frozenset(p["name"] for p in api["required_parameters"] + api["optional_parameters"]))
        for group in _load(clone / "docs/api_descrip.json")
        for api in group["api_list"]
    ]
    texts = {text for path in sorted(clone.glob("data/*.json")) for text in strings(_load(path))}
    return [Source("T-Eval", tools, texts)]


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, keys included; a first and a last name also together."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        if {"first_name", "last_name"} <= set(value):
            yield f"{value['first_name']} {value['last_name']}"
        yield from value
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def _schema(function: dict[str, Any]) -> Signature:
    """A function of the BFCL; single-turn names may carry their class: Maps.find_route."""
    return Signature(function["name"].rpartition(".")[2], frozenset(function["parameters"]["properties"]))


def _marked(module: ast.Module) -> Iterator[Signature]:
    """Methods under @is_tool(...) and its relatives, as tau2 marks them."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and any(_marks(decorator) for decorator in node.decorator_list):
            yield Signature(node.name, frozenset(a.arg for a in node.args.args + node.args.kwonlyargs) - {"self"})


def _marks(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id.startswith("is_") and called.id.endswith("_tool")


def _constants(path: Path) -> Iterator[str]:
    """The strings of a program: default states stand in the source text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _load(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
