"""From conversations to rows: examples with their knobs and statistics, parquet rows, conversations as JSONL.

A row: data_source, agent_name, prompt, tools (JSON of the offered function schemas), messages (JSON of the whole
conversation), extra_info.example (JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import networkx
import pyarrow as pa
import pyarrow.parquet as pq

from prove.synthesis.orchestrator import Teacher
from prove.synthesis.robustness import Drawn, stripped
from prove.synthesis.talk import Talk
from prove.synthesis.whole import write_whole
from prove.types import Example, GroundTruth


@dataclass(frozen=True)
class Checked:
    """A conversation that stood every check, with what the checks found."""

    talk: Talk
    drawn: Drawn
    edges: tuple[tuple[int, int], ...]
    final_state: dict[str, Any]
    teacher: Teacher
    refusal: str
    """What the assistant says where the tools are not offered."""
    untraced: int
    """Argument values that nobody said or showed: the assistant had to infer them."""


@dataclass(frozen=True)
class Written:
    """One kept example with the tools offered beside it and its conversation as chat messages."""

    example: Example
    offered: tuple[str, ...]
    messages: tuple[dict[str, Any], ...]
    functions: tuple[dict[str, Any], ...] = ()
    """The offered schemas of an imported row; those of our servers are known by name."""

    def to_json(self) -> str:
        value = {"example": self.example.to_json(), "offered": self.offered, "messages": self.messages}
        return json.dumps(value, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Written:
        value = json.loads(text)
        return Written(Example.from_json(value["example"]), tuple(value["offered"]), tuple(value["messages"]))


def serving(
    identifier: str, checked: Checked, kind: str, offered: Sequence[str], servers: tuple[str, ...], distractors: int
) -> Written:
    """The example of a conversation that is served."""
    talk = checked.talk
    truth = GroundTruth(tuple(talk.steps), checked.edges, tuple(talk.step_turns))
    example = Example(
        id=identifier,
        kind=kind,
        servers=servers,
        world_seed=talk.seed,
        user_turns=tuple(turn.user for turn in talk.turns),
        ground_truth=truth,
        knobs={**_knobs(checked), "distractors": distractors},
        stats={
            **shape(truth),
            "turns": len(talk.turns),
            "untraced": checked.untraced,
            "opened_with": getattr(checked.teacher, "template", ""),
        },
        system=system(talk.today),
        final_state=checked.final_state,
    )
    return Written(example, tuple(offered), (*_system(example), *talk.messages()))


def abstaining(
    identifier: str, checked: Checked, source: str, offered: Sequence[str], servers: tuple[str, ...]
) -> Written:
    """The example of a request whose tools are not offered: the right thing is to make no call."""
    talk, tools = checked.talk, sorted(checked.talk.tools)
    example = Example(
        id=identifier,
        kind="abstention",
        servers=servers,
        world_seed=talk.seed,
        user_turns=(talk.turns[0].user,),
        ground_truth=GroundTruth(),
        knobs={**_knobs(checked), "withheld": tools, "stands_for": "" if source == "multi_turn" else source},
        stats={**shape(GroundTruth()), "turns": 1, "opened_with": getattr(checked.teacher, "template", "")},
        system=system(talk.today),
    )
    said = [{"role": "user", "content": talk.turns[0].user}, {"role": "assistant", "content": checked.refusal}]
    return Written(example, tuple(offered), (*_system(example), *said))


def _knobs(checked: Checked) -> dict[str, Any]:
    talk, drawn = checked.talk, checked.drawn
    return {
        "source": "synthesised",
        "teacher": checked.teacher.name,
        "level": drawn.level,
        "persona": drawn.persona,
        "chain": list(talk.draw.chain),
        "irrelevance": talk.irrelevant_turn,
        "missing_function": sorted(talk.hidden),
        "stumble": drawn.stumble,
        "cross_server": drawn.cross_server,
        "enum_stripped": drawn.enum_stripped,
    }


def shape(truth: GroundTruth) -> dict[str, int]:
    """Calls, steps, longest path of dependent steps, largest step, most edges into one step."""
    graph = networkx.DiGraph(truth.edges)
    graph.add_nodes_from(range(len(truth.steps)))
    return {
        "calls": len(truth.calls),
        "steps": len(truth.steps),
        "chain": networkx.dag_longest_path_length(graph) + 1 if truth.steps else 0,
        "parallel": max((len(step.calls) for step in truth.steps), default=0),
        "fan_in": max((into for _, into in graph.in_degree()), default=0),
    }


def system(today: str) -> str:
    """The system message of a dated example: a user may say "tomorrow"."""
    if not today:
        return ""
    now = datetime.fromisoformat(today)
    return f"Today is {now:%A}, {now.day} {now:%B %Y}. It is {now:%H:%M}."


def _system(example: Example) -> list[dict[str, str]]:
    return example.opening[:-1]


def row_of(written: Written, functions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The parquet row of an example."""
    example = written.example
    split = example.id.split("-")[0]
    return {
        "data_source": "prove" if split == "train" else f"prove_{split}",
        "agent_name": "mcp",
        "prompt": example.opening,
        "tools": json.dumps(offered_functions(written, functions), ensure_ascii=False),
        "messages": json.dumps(written.messages, ensure_ascii=False),
        "extra_info": {"index": example.id, "split": split, "example": example.to_json()},
    }


def offered_functions(written: Written, functions: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The function schemas as the row offers them."""
    offered = list(written.functions) or [functions[name] for name in written.offered]
    return [stripped(one) for one in offered] if written.example.knobs.get("enum_stripped") else offered


def conversation_of(written: Written, functions: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The whole conversation as chat messages, for supervised training."""
    tools = offered_functions(written, functions)
    return {"id": written.example.id, "tools": tools, "messages": list(written.messages)}


def save_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Writes a parquet file in one go: a run that is killed leaves the old file or the new one."""
    part = path.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(list(rows)), part, compression="zstd")
    part.replace(path)


def save_lines(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    """Writes a JSONL file in one go."""
    write_whole(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
