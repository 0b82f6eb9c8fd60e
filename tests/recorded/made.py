"""A small cache made by hand, through the program that writes caches.

shop: find(query, [limit]) and show(id, [price]); world 0 unless a line says otherwise
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FIND = {
    "name": "find",
    "description": "Finds things by words.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "limit": {"type": "integer"},
            "sort": {"type": "string", "enum": ["name", "price"]},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["query"],
    },
}
SHOW = {
    "name": "show",
    "description": "Shows one thing.",
    "inputSchema": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "price": {"type": "number"}},
        "required": ["id"],
    },
    "outputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
    "annotations": {"readOnlyHint": True},
}
HEAD = {"name": "shop", "source": "made by hand", "tools": [SHOW, FIND]}
CALLS: list[dict[str, Any]] = [
    {"tool": "find", "arguments": {"query": "Paris"}, "response": {"rows": [{"id": "T-1"}], "share": 0.1}},
    {"tool": "find", "arguments": {"query": "Zürich", "limit": 2.0, "sort": None}, "response": {"rows": []}},
    {"tool": "find", "arguments": {"query": "list"}, "response": [1, 2.5]},
    {"tool": "find", "arguments": {"query": "note"}, "response": "plain text"},
    {"tool": "find", "arguments": {"query": "quote"}, "response": '{"not": "json'},
    {"tool": "show", "arguments": {"id": "T-1"}, "response": {"id": "T-1", "name": "Tower"}},
    {"tool": "show", "arguments": {"id": "T-2", "price": 3}, "response": {"id": "T-2"}},
    {"tool": "show", "arguments": {"id": "T-9"}, "response": '{"error":"things has no entry T-9"}', "error": True},
]


def write(file: Path, *flags: str, head: Any = HEAD, calls: Any = CALLS) -> subprocess.CompletedProcess[str]:
    """`python -m servers.recorded write`; strings among the lines go in as they are."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in (head, *calls)]
    command = [sys.executable, "-m", "servers.recorded", "write", str(file), *flags]
    return subprocess.run(command, cwd=ROOT, input="\n".join(lines) + "\n", capture_output=True, text=True)
