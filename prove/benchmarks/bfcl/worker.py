"""Runs inside the environment of `make bfcl`, never in ours: the official harness, a process for every play and score.

    python -I worker.py SOCKET SECONDS MEBIBYTES CATEGORY …     a line on stdout when it is ready; ends with its stdin
    connection -> fork -> {"pid"} -> a request, a line of JSON:
        {"op": "items"}                          -> [{"id", "category", "truth"}]
        {"op": "play", "id", "name"}             -> {"messages", "tools"} <- {"message"} or {"error"} …  -> {"result"}
        {"op": "score", "id", "name", "result"}  -> {"valid", "error_type", "error_message"}
        {"op": "check"}                          -> {category: [won by the ground truth, won by an empty answer, items]}

Loop, tools, messages and verdict are bfcl-eval's own code. It evaluates text that the model wrote and keeps states in
module globals, so every play and every score is a fresh fork under a fresh name, in an empty folder, with no key in its
environment, no files, no network, no programs, and bounded time and memory.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

NOT_NEEDED = (
    "openai",  # our process asks the endpoint
    "numpy",  # leaderboard tables
    "pandas",
    "dotenv",  # reads keys
    "bfcl_eval.constants.model_config",  # imports the clients of thirty vendors
    "bfcl_eval.model_handler.parser.java_parser",  # answers of other categories
    "bfcl_eval.model_handler.parser.js_parser",
)
FORBIDDEN = ("open", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "glob.", "tempfile.", "urllib.", "ftplib.")
ERROR = "Error during inference: {}"  # what bfcl-eval writes as the result of an item whose inference failed
READY = "ready"
PREFIX = "multi_turn_"


class Absent(Exception):
    """Stands for any name of a module that is not needed; an exception class, since some are caught."""


class Empty(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class Official:
    """What is used of bfcl-eval. Importing it makes folders below BFCL_PROJECT_ROOT."""

    def __init__(self) -> None:
        sys.modules.update({name: Empty(name) for name in NOT_NEEDED})
        self.utils = import_module("bfcl_eval.utils")
        self.score = import_module("bfcl_eval.eval_checker.eval_runner")._evaluate_single_multi_turn_entry
        self.check = import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker").multi_turn_checker
        self.handler = import_module("bfcl_eval.model_handler.api_inference.openai_completion")
        self.style = import_module("bfcl_eval.constants.enums").ModelStyle.OPENAI_COMPLETIONS
        self.entries: dict[str, dict[str, Any]] = {}
        self.truth: dict[str, list[list[str]]] = {}

    def load(self, categories: Sequence[str]) -> None:
        """Their data, and the modules of their worlds: a fork may open no file."""
        for category in (f"{PREFIX}{name}" for name in categories):
            self.entries |= {entry["id"]: entry for entry in self.utils.load_dataset_entry(category)}
            self.truth |= {one["id"]: one["ground_truth"] for one in self.utils.load_ground_truth_entry(category)}
        places = import_module("bfcl_eval.constants.executable_backend_config").CLASS_FILE_PATH_MAPPING
        for name in {name for entry in self.entries.values() for name in entry["involved_classes"]}:
            import_module(places[name])

    def served(self, name: str, ask: Callable[[Any, Any], dict[str, Any]]) -> Any:
        """The official handler of OpenAI-compatible endpoints; only the request itself goes through `ask`."""
        official = self.handler

        class Served(official.OpenAICompletionsHandler):
            def _query_FC(self, inference_data: dict[str, Any]) -> Any:
                return _response(ask(inference_data["message"], inference_data["tools"])), 0.0

            def _parse_query_response_FC(self, api_response: Any) -> dict[str, Any]:
                found = super()._parse_query_response_FC(api_response)
                return {**found, "model_responses_message_for_chat_history": api_response.sent}

        handler = Served.__new__(Served)  # its __init__ also makes a client
        official.BaseHandler.__init__(handler, name, 0.0, name, True)
        handler.model_style = self.style
        return handler


def _response(message: dict[str, Any]) -> Any:
    """A message as the official handler reads it: attributes of a chat completion."""
    calls = [
        SimpleNamespace(id=call.get("id"), function=SimpleNamespace(**call["function"]))
        for call in message.get("tool_calls") or ()
    ]
    said = SimpleNamespace(content=message.get("content"), tool_calls=calls or None)
    usage = SimpleNamespace(prompt_tokens=0, completion_tokens=0)
    return SimpleNamespace(choices=[SimpleNamespace(message=said)], usage=usage, sent=message)


class Line:
    """Lines of JSON to and from our process."""

    def __init__(self, connection: socket.socket):
        self._file = connection.makefile("rwb")

    def send(self, value: Any) -> None:
        self._file.write(json.dumps(value, default=str).encode() + b"\n")
        self._file.flush()

    def receive(self) -> Any:
        text = self._file.readline()
        if not text:
            os._exit(0)  # our process is gone
        return json.loads(text)


def category_of(identifier: str) -> str:
    """base of multi_turn_base_17."""
    return identifier.removeprefix(PREFIX).rsplit("_", 1)[0]


def items(official: Official) -> Any:
    return [{"id": name, "category": category_of(name), "truth": truth} for name, truth in official.truth.items()]


def check(official: Official) -> Any:
    """Whether the official checker says of every item what it must: a harness that fails this scores nobody."""
    found: dict[str, list[int]] = {}
    for identifier, truth in official.truth.items():
        answers = [[calls] if calls else [] for calls in truth], [[] for _ in truth]
        counts = found.setdefault(category_of(identifier), [0, 0, 0])
        counts[2] += 1
        for place, answer in enumerate(answers):
            entry, name = official.entries[identifier], f"check{place}"
            counts[place] += official.check(answer, truth, entry, PREFIX + category_of(identifier), name)["valid"]
    return found


def play(official: Official, request: dict[str, Any], line: Line) -> Any:
    def ask(messages: Any, tools: Any) -> dict[str, Any]:
        line.send({"messages": messages, "tools": tools})
        answer = line.receive()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["message"]

    handler = official.served(request["name"], ask)
    try:
        result, _ = handler.inference(official.entries[request["id"]], False, True)
    except Exception as error:  # as bfcl-eval's multi_threaded_inference does
        result = ERROR.format(error)
    return {"result": result}


def score(official: Official, request: dict[str, Any]) -> Any:
    name, identifier = request["name"], request["id"]
    handler = official.served(name, lambda messages, tools: {})
    category = identifier.rsplit("_", 1)[0]
    entry, truth = official.entries[identifier], official.truth[identifier]
    found = official.score(handler, identifier, request["result"], truth, entry, name, category)
    error = found.get("error") or {}
    return {
        "valid": found["valid"],
        "error_type": error.get("error_type"),
        "error_message": error.get("error_message"),
    }


def confined(scratch: Path, seconds: int, mebibytes: int) -> None:
    """From here on this process can compute, and speak through what is open, and nothing else."""
    folder = scratch / f"{os.getpid()}"
    folder.mkdir()
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):  # the harness prints every step
        os.dup2(null, number)
    for what, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, mebibytes * 2**20)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # macOS bounds no address space
            continue
    sys.addaudithook(_refuse)


def _refuse(event: str, _: Any) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"{event} is not allowed here")


def answer(official: Official, connection: socket.socket, scratch: Path, seconds: int, mebibytes: int) -> None:
    """One request, in a fork."""
    line = Line(connection)
    line.send({"pid": os.getpid()})
    request = line.receive()
    confined(scratch, seconds, mebibytes)
    match request["op"]:
        case "items":
            line.send(items(official))
        case "check":
            line.send(check(official))
        case "play":
            line.send(play(official, request, line))
        case "score":
            line.send(score(official, request))


def main(place: str, seconds: int, mebibytes: int, categories: Sequence[str]) -> None:
    """Forks for every connection until stdin is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks are reaped by the system
    official = Official()
    official.load(categories)
    gc.freeze()  # so that a fork's collector does not copy every page
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place)
        door.listen(128)
        package = Path(metadata.distribution("bfcl-eval").locate_file("bfcl_eval"))
        ready = {READY: metadata.version("bfcl-eval"), "data": str(package / "data")}
        print(json.dumps(ready), flush=True)
        while sys.stdin not in (waiting := select.select([door, sys.stdin], [], [])[0]):
            assert waiting
            connection, _ = door.accept()
            if os.fork():
                connection.close()
                continue
            status = 1
            try:
                door.close()
                answer(official, connection, Path(place).parent, seconds, mebibytes)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
