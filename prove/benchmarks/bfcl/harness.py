"""The official harness seen from our process: a program of its own environment, asked through a socket.

    async with Harness(python, categories, seconds, mebibytes) as harness:
        items = await harness.items()
        result = await harness.play(item, name, chat)       chat: messages, tools -> message
        verdict = await harness.score(item, name, result)

Nothing the model wrote is evaluated here. The other side gets no environment of ours; one that does not answer in time
is killed, and only that item fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.benchmarks.bfcl.worker import ERROR, READY
from prove.benchmarks.process import Unfinished

WORKER = Path(__file__).with_name("worker.py")
LONGEST = 2**26  # bytes of one line: a whole conversation
GRACE = 10  # times its CPU seconds, by the clock: the machine may be busy with others

Message = dict[str, Any]
Chat = Callable[[list[Message], list[Message]], Awaitable[Message]]


class TooLong(Exception):
    """The conversation no longer fits the model; its text is what the endpoint said."""


@dataclass(frozen=True)
class Item:
    """One conversation. `truth`: of each turn its calls, as Python text."""

    id: str
    category: str
    truth: tuple[tuple[str, ...], ...]

    @property
    def task(self) -> str:
        """The number of the conversation, which the four categories vary."""
        return self.id.rsplit("_", 1)[1]


@dataclass(frozen=True)
class Played:
    """`result`: what bfcl-eval writes, responses by turn and step, or the sentence of a failed inference."""

    result: Any
    messages: tuple[Message, ...]
    failed: bool = False


@dataclass(frozen=True)
class Verdict:
    valid: bool
    error_type: str | None
    error_message: Any


class Stuck(Unfinished):
    """The other side took too long, or died."""


class Harness:
    """Use as a context manager. ValueError on entry: there is no such environment."""

    def __init__(self, python: str, categories: Sequence[str], seconds: int, mebibytes: int):
        """`seconds` of CPU and `mebibytes` of memory of one play or score."""
        self._python, self._categories = python, list(categories)
        self._seconds, self._mebibytes = seconds, mebibytes
        self.version, self.data = "", Path()

    async def __aenter__(self) -> Harness:
        self._scratch = tempfile.TemporaryDirectory(prefix="prove-bfcl-")
        self._socket = f"{self._scratch.name}/s"
        try:
            self._process = await self._started()
        except BaseException:
            self._scratch.cleanup()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), self._seconds)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._reading.cancel()
        self._scratch.cleanup()

    async def _started(self) -> asyncio.subprocess.Process:
        missing = f"benchmark.python={self._python} is no environment with bfcl-eval; `make bfcl` makes .venv-bfcl"
        limits = [str(self._seconds), str(self._mebibytes)]
        words = [self._python, "-I", str(WORKER), self._socket, *limits, *self._categories]
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=_environment(self._scratch.name),
                start_new_session=True,  # an interruption is ours to pass on
            )
        except OSError as error:
            raise ValueError(f"{missing} ({error})") from None
        first = await process.stdout.readline()
        if not first:
            said = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
            raise ValueError(f"{missing} ({said[-1] if said else 'it said nothing'})")
        ready = json.loads(first)
        self.version, self.data = ready[READY], Path(ready["data"])
        self._reading = asyncio.create_task(_drained(process.stderr))
        return process

    async def items(self) -> list[Item]:
        async with self._connected() as line:
            found = await line.say({"op": "items"})
        return [Item(one["id"], one["category"], tuple(map(tuple, one["truth"]))) for one in found]

    async def check(self) -> dict[str, tuple[int, int, int]]:
        """Category -> items won by the ground truth, won by an empty answer, and how many there are."""
        async with self._connected() as line:
            return {name: tuple(counts) for name, counts in (await line.say({"op": "check"})).items()}

    async def play(self, item: Item, name: str, chat: Chat) -> Played:
        """The official inference loop, every answer of it by `chat`. `name`: used once in the life of the harness."""
        messages: list[Message] = []
        try:
            async with self._connected() as line:
                said = await line.say({"op": "play", "id": item.id, "name": name})
                while "result" not in said:
                    messages = said["messages"]
                    answer = await _answered(chat, said)
                    messages = [*messages, *([answer["message"]] if "message" in answer else [])]
                    said = await line.say(answer)
            return Played(said["result"], tuple(messages))
        except Stuck as error:
            return Played(ERROR.format(error), tuple(messages), failed=True)

    async def score(self, item: Item, name: str, result: Any) -> Verdict:
        """The official verdict; `harness_error` where it gave none."""
        try:
            async with self._connected() as line:
                return Verdict(**await line.say({"op": "score", "id": item.id, "name": name, "result": result}))
        except Stuck as error:
            return Verdict(False, "harness_error", str(error))

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Line]:
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=LONGEST)
        line = _Line(reader, writer, GRACE * self._seconds)
        try:
            yield await line.greeted()
        finally:
            writer.close()  # which ends a fork that waits for us


class _Line:
    """A fork of the other side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float):
        self._reader, self._writer, self._patience = reader, writer, patience
        self._pid: int | None = None

    async def greeted(self) -> _Line:
        self._pid = (await self._read())["pid"]
        return self

    async def say(self, value: Any) -> Any:
        """What it answers. Stuck: nothing in time, or it is dead."""
        self._writer.write(json.dumps(value).encode() + b"\n")
        return await self._read()

    async def _read(self) -> Any:
        try:
            text = await asyncio.wait_for(self._reader.readline(), self._patience)
            return json.loads(text)
        except TimeoutError:
            self._kill()
            raise Stuck(f"the harness gave no answer in {self._patience:g} seconds") from None
        except (ValueError, OSError):
            raise Stuck("the harness died, most likely of its limits of time and memory") from None

    def _kill(self) -> None:
        """Only a fork that holds the line and says nothing, so is alive: numbers of dead ones are reused."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)


async def _answered(chat: Chat, said: Message) -> Message:
    """A conversation that no longer fits is an error to the harness, as an endpoint's refusal is."""
    try:
        return {"message": await chat(said["messages"], said["tools"])}
    except TooLong as error:
        return {"error": str(error)}


def _environment(scratch: str) -> dict[str, str]:
    """Nothing of ours, above all no key."""
    place = {name: scratch for name in ("HOME", "TMPDIR", "BFCL_PROJECT_ROOT")}
    return {**place, "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


async def _drained(stream: asyncio.StreamReader) -> None:
    """A pipe that nobody reads would stop who writes into it."""
    while await stream.read(LONGEST):
        pass
