"""A notebook as a stranger would write it: its state is in the process, and it knows nothing of sessions.

python tests/note_server.py SEED [--sdk] [--trouble]
    --sdk        on the plain `mcp` SDK; without it the protocol of 2025 by hand, which starts twenty times faster
    --trouble    also the tools that hang, die, and tell who answers
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from typing import Any

NOTES: dict[str, dict[str, str]] = {}
TITLES = ("Roof repair", "Reading list", "Tax papers", "Garden plan", "Birthday ideas", "Bread recipe", "Guest list")
READ = {"readOnlyHint": True}
WRITE = {"readOnlyHint": False, "destructiveHint": False}
PICTURE = base64.b64encode(b"x" * 1200).decode()


def add_note(title: str, text: str, colour: str = "white") -> dict[str, Any]:
    if any(note["title"] == title for note in NOTES.values()):
        raise ValueError(f"there is a note {title} already")
    note_id = f"N-{len(NOTES) + 1}"
    NOTES[note_id] = {"title": title, "text": text, "colour": colour}
    return {"note_id": note_id, "title": title}


def list_notes() -> dict[str, Any]:
    return {"notes": [{"note_id": key, "title": note["title"]} for key, note in NOTES.items()]}


def get_note(note_id: str) -> dict[str, Any]:
    if note_id not in NOTES:
        raise ValueError(f"no note {note_id}")
    return {"note_id": note_id, **NOTES[note_id]}


def archive_note(note_id: str) -> str:
    NOTES[note_id]["text"] += " (archived)"
    return f"archived {note_id}: {NOTES[note_id]['title']}"


def whoami() -> str:
    return str(os.getpid())


def show_picture() -> list[dict[str, str]]:
    return [{"type": "text", "text": "look"}, {"type": "image", "data": PICTURE, "mimeType": "image/png"}]


def hang() -> str:
    time.sleep(600)
    return "awake"


def die() -> str:
    os._exit(1)


def keep_child() -> str:
    """Starts a process that outlives this one if nobody ends it."""
    child = os.fork()
    if not child:
        time.sleep(600)
        os._exit(0)
    return str(child)


STRING = {"type": "string"}
COLOUR = {"type": "string", "enum": ["white", "pale_blue"], "default": "white"}
TOOLS: dict[str, tuple[Any, str, dict[str, Any], dict[str, bool] | None]] = {
    "add_note": (add_note, "Adds a note.", {"title": STRING, "text": STRING, "colour": COLOUR}, WRITE),
    "list_notes": (list_notes, "Lists all notes.", {}, READ),
    "get_note": (get_note, "Reads one note.", {"note_id": STRING}, READ),
    "archive_note": (archive_note, "Archives a note.", {"note_id": STRING}, None),
}
TROUBLE: dict[str, tuple[Any, str, dict[str, Any], dict[str, bool] | None]] = {
    "whoami": (whoami, "", {}, READ),
    "show_picture": (show_picture, "", {}, READ),
    "hang": (hang, "", {}, None),
    "die": (die, "", {}, None),
    "keep_child": (keep_child, "", {}, None),
}


def listing() -> list[dict[str, Any]]:
    tools = []
    for name, (_, description, properties, hints) in TOOLS.items():
        required = [key for key, schema in properties.items() if "default" not in schema]
        schema = {"type": "object", "properties": properties, "required": required}
        tool = {"name": name, "description": description, "inputSchema": schema}
        tools.append(tool | ({"annotations": hints} if hints else {}))
    return tools


def result(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        value = TOOLS[name][0](**arguments)
    except (ValueError, TypeError, KeyError) as error:
        return {"content": [{"type": "text", "text": f"Error: {error}"}], "isError": True}
    if isinstance(value, list):
        return {"content": value}
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    return {"content": [{"type": "text", "text": text}]}


def respond(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    if method == "initialize":
        about = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
        return about | {"serverInfo": {"name": "notes", "version": "1"}}
    if method == "tools/list":
        return {"tools": listing()}
    return result(params["name"], params.get("arguments") or {}) if method == "tools/call" else None


def serve_by_hand() -> None:
    """Ignores the end of its input, as some servers do."""
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            answer = respond(request["method"], request.get("params") or {})
            unknown = {"error": {"code": -32601, "message": "Method not found"}}
            reply = unknown if answer is None else {"result": answer}
            print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}), flush=True)
    time.sleep(600)


def serve_by_sdk() -> None:
    import asyncio

    from mcp.server import Server
    from mcp.server.stdio import stdio_server
    from mcp_types import CallToolResult, ListToolsResult

    async def list_tools(context: Any, params: Any) -> Any:
        return ListToolsResult.model_validate({"tools": listing()})

    async def call_tool(context: Any, params: Any) -> Any:
        return CallToolResult.model_validate(result(params.name, params.arguments or {}))

    async def main() -> None:
        server = Server("notes", on_list_tools=list_tools, on_call_tool=call_tool)
        async with stdio_server() as streams:
            await server.run(*streams, server.create_initialization_options())

    asyncio.run(main())


if __name__ == "__main__":
    seed, *flags = sys.argv[1:]
    if "--trouble" in flags:
        TOOLS |= TROUBLE
    for step in range(3):
        add_note(TITLES[(int(seed) + 2 * step) % len(TITLES)], f"text {step}")
    print("notes: ready", file=sys.stderr)
    if "--sdk" in flags:
        serve_by_sdk()
    else:
        print("a banner on stdout")
        serve_by_hand()
