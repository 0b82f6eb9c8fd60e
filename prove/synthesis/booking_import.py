"""The public BookingAPI data as a cache that answers, and as files that nothing outside them is needed for.

    DIR/tools.json              -> OUT/tools.json                as MCP lists them: type dict -> object, float -> number
    DIR/train_traces.jsonl      -> OUT/train_traces.jsonl        unchanged; steps with a response -> CACHES/NAME.sqlite
    DIR/eval_traces.jsonl       -> OUT/eval_traces.jsonl         likewise; "" is no response
    DIR/workflow_templates.json -> OUT/workflow_templates.json   unchanged

Everything is read and checked before anything is written. A call that was recorded with several responses keeps the
first, in the order in which the files are named: with the training traces first, every one of them replays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.rows import as_kind, as_text, parsed
from prove.synthesis.store import KEEP_FIRST, Recorded, cache_file, store

TOOLS, TEMPLATES = "tools.json", "workflow_templates.json"
SOURCE = "BookingAPI of horizon-rl/ToolOrchestrationReward (Apache-2.0)"
TYPES = {"dict": "object", "float": "number"}
READS = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
"""All of them look things up, and a cache never changes."""


@dataclass(frozen=True)
class TraceStep:
    """One call of a trace; `response` is None where none was recorded."""

    tool: str
    arguments: dict[str, Any]
    response: Any = None


@dataclass(frozen=True)
class Source:
    """What a folder of the public data holds, checked."""

    tools: tuple[dict[str, Any], ...]
    templates: Any
    traces: Mapping[str, tuple[tuple[TraceStep, ...], ...]]
    """File -> traces -> steps, in the order of the files."""


def import_booking(folder: str | None, traces: Sequence[str], out: str, caches: str, name: str) -> str:
    """Writes cache and files; what was written, in a sentence. Raises ValueError before anything is."""
    if not folder:
        raise ValueError("source=DIR must name the folder with tools.json and the traces")
    source = read_source(Path(folder), traces)
    calls = [
        Recorded(step.tool, 0, step.arguments, step.response)
        for each in source.traces.values()
        for trace in each
        for step in trace
        if step.response is not None
    ]
    said = store(cache_file(caches, name), name, SOURCE, source.tools, calls, KEEP_FIRST)
    _copy(Path(folder), Path(out), source)
    return said


def read_source(folder: Path, traces: Sequence[str]) -> Source:
    """Raises ValueError with the file, the line and what is wrong."""
    if not folder.is_dir():
        raise ValueError(f"source={folder} is no folder")
    if not traces:
        raise ValueError("traces=[…] must name the files of traces")
    for name in (TOOLS, TEMPLATES, *traces):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} has no {name}; it needs {', '.join((TOOLS, TEMPLATES, *traces))}")
    tools = tuple(_tools(folder / TOOLS))
    templates = _json(folder / TEMPLATES)
    as_kind(list, as_kind(dict, templates, str(folder / TEMPLATES)).get("workflows"), f"{folder / TEMPLATES} workflows")
    return Source(tools, templates, {name: read_traces(folder / name) for name in traces})


def read_traces(file: Path) -> tuple[tuple[TraceStep, ...], ...]:
    """The steps of every trace of a file. Raises ValueError with the line and the step."""
    lines = _text(file).splitlines()
    traces = tuple(_trace(line, f"{file} line {number}") for number, line in enumerate(lines, 1) if line.strip())
    if not traces:
        raise ValueError(f"{file} has no traces")
    return traces


def _trace(line: str, where: str) -> tuple[TraceStep, ...]:
    steps = as_kind(list, as_kind(dict, parsed(line, where), where).get("steps"), f"{where} steps")
    return tuple(_step(step, f"{where} step {number}") for number, step in enumerate(steps))


def _step(step: Any, where: str) -> TraceStep:
    truth = as_kind(dict, as_kind(dict, step, where).get("ground_truth"), f"{where} ground_truth")
    tool = as_text(truth.get("function"), f"{where} ground_truth.function")
    arguments = as_kind(dict, truth.get("arguments"), f"{where} ground_truth.arguments")
    result = as_kind(dict, step.get("execution_result") or {}, f"{where} execution_result")
    executed = (result.get("function", tool), result.get("arguments", arguments))
    if executed != (tool, arguments):
        raise ValueError(f"{where} has the result of another call than its ground truth")
    response = result.get("execution_result")
    return TraceStep(tool, arguments, None if response in ("", None) else response)


def _tools(file: Path) -> Iterator[dict[str, Any]]:
    for number, tool in enumerate(as_kind(list, _json(file), str(file))):
        where = f"{file} tool {number}"
        name = as_text(as_kind(dict, tool, where).get("name"), f"{where} name")
        schema = as_kind(dict, tool.get("parameters"), f"{where} parameters")
        described = as_text(tool.get("description"), f"{where} description")
        yield {"name": name, "description": described, "inputSchema": normal_schema(schema), "annotations": READS}


def normal_schema(schema: Any) -> Any:
    """A schema in the words of JSON Schema. What stands under `properties` are names, not words of a schema."""
    if not isinstance(schema, dict):
        return schema
    normal = {word: _normal_word(word, value) for word, value in schema.items()}
    kind = normal.get("type")
    return normal | {"type": TYPES.get(kind, kind)} if isinstance(kind, str) else normal


def _normal_word(word: str, value: Any) -> Any:
    if word == "properties" and isinstance(value, dict):
        return {name: normal_schema(part) for name, part in value.items()}
    return normal_schema(value) if word == "items" else value


def _copy(folder: Path, out: Path, source: Source) -> None:
    out.mkdir(parents=True, exist_ok=True)
    _write(out / TOOLS, json.dumps(source.tools, indent=1, ensure_ascii=False).encode() + b"\n")
    for name in (TEMPLATES, *source.traces):
        if (folder / name).resolve() != (out / name).resolve():
            _write(out / name, (folder / name).read_bytes())


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def _json(file: Path) -> Any:
    return parsed(_text(file), str(file))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None
