"""verifiers' StatefulToolEnv, in its own environment (requirements-peers.txt): no process, a call is a chat message.

The worlds are the ones of servers/, copy-on-write too; what is measured is the library's side of a call: reading the
message, handing the world to the tool, making the answering message. No model takes part.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, get_type_hints

import verifiers as vf
from datasets import Dataset

from experiments.side_by_side.competitors.plain import answer
from experiments.side_by_side.contest import NoFork
from servers.host import Host
from servers.state import State
from servers.tool import Tool

FAILED = '{"error"'


class WorldEnv(vf.StatefulToolEnv):
    """A world as an environment; the state of an episode holds its own."""

    def __init__(self, host: Host):
        rows = Dataset.from_list([{"question": "", "answer": ""}])
        super().__init__(dataset=rows, rubric=vf.Rubric())
        for tool in host.tools.values():
            self.add_tool(function_of(tool), args_to_skip=["world"])

    def update_tool_args(
        self, tool_name: str, tool_args: dict, messages: vf.Messages, state: vf.State, **kwargs: Any
    ) -> dict:
        return {**tool_args, "world": state["world"]}


def function_of(tool: Tool) -> Callable[..., str]:
    """The tool as the library wants it: JSON text out, the world an argument that the model does not see."""

    def run(world: Any, **arguments: Any) -> str:
        return answer(tool, world, arguments)[1]

    types = get_type_hints(tool.run, include_extras=True)
    named = list(inspect.signature(tool.run).parameters.values())[1:]
    seen = [one.replace(annotation=types[one.name], kind=one.KEYWORD_ONLY) for one in named]
    world = inspect.Parameter("world", inspect.Parameter.KEYWORD_ONLY, annotation=Any)
    run.__name__, run.__doc__ = tool.name, tool.description
    run.__signature__ = inspect.Signature([world, *seen], return_annotation=str)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in (world, *seen)} | {"return": str}
    return run


class Session:
    def __init__(self, env: WorldEnv, world: State):
        self._env, self._state = env, {"world": world}

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        function = {"name": tool, "arguments": json.dumps(arguments)}
        asked = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": function}]}
        said = await self._env.env_response([asked], self._state)
        text = said[0]["content"]
        return not text.startswith(FAILED), text

    async def fork(self) -> Session:
        raise NoFork

    async def close(self) -> None:
        del self._state


class Arena:
    most = None

    def __init__(self, hosts: Mapping[str, Host]):
        self._hosts = hosts
        self._envs = {name: WorldEnv(host) for name, host in hosts.items()}

    async def open(self, world: str, seed: int) -> Session:
        host = self._hosts[world]
        host.open("new", seed)
        return Session(self._envs[world], host.state("new"))


@asynccontextmanager
async def start(worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    yield Arena({world: Host(world) for world in worlds})
