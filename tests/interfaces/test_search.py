"""`interface=search`: a tool is called once it was found, and every tool of ours can be found."""

from __future__ import annotations

import asyncio
import json

import pytest

from prove.interfaces.choice import Choice
from prove.interfaces.search import Search, Searching, described
from prove.schemas import name_of, to_openai
from prove.synthesis.live import in_process
from prove.types import Example, GroundTruth, ToolCall, ToolResult
from servers.host import server_names

SETTINGS = Searching(results=5, k1=1.2, b=0.75)


class Tools:
    async def call(self, name, arguments):
        return ToolResult(True, json.dumps({"called": name}))


@pytest.fixture(scope="module")
def catalogue():
    """The tools of all our servers."""
    with in_process({"names": server_names()}) as live:
        return [to_openai(tool) for name in server_names() for tool in live.tools(name)]


def run(interface, name, **arguments):
    return asyncio.run(interface.run(ToolCall(name, arguments), Tools()))


def test_every_tool_is_found_by_its_own_description(catalogue):
    interface = Search(catalogue, SETTINGS)
    for function in catalogue:
        assert f"{name_of(function)}(" in run(interface, "search_tools", query=described(function)).output
    assert len(interface.offered) == 1 + len(catalogue)


def test_a_tool_can_be_called_once_it_was_found(catalogue):
    interface = Search(catalogue, SETTINGS)
    before = run(interface, "list_accounts")
    assert not before.worked and "search_tools finds tools" in before.output
    found = run(interface, "search_tools", query="list my bank accounts with their balances")
    assert "list_accounts(" in found.output and found.worked and found.done == ()
    assert run(interface, "list_accounts").done[0][1].ok
    assert [name_of(one) for one in interface.offered].count("list_accounts") == 1


def test_a_search_that_finds_nothing_new_does_not_bring_an_episode_on(catalogue):
    interface = Search(catalogue, SETTINGS)
    assert run(interface, "search_tools", query="bank account").worked
    assert not run(interface, "search_tools", query="bank account").worked
    assert "no tool fits" in run(interface, "search_tools", query="§§§").output


@pytest.mark.parametrize("arguments", [{}, {"query": 1}, {"query": "a", "more": 2}])
def test_a_search_that_is_written_wrongly_counts_as_a_failed_call(catalogue, arguments):
    assert not run(Search(catalogue[:3], SETTINGS), "search_tools", **arguments).done[0][1].ok


def test_what_an_item_withholds_cannot_be_found(catalogue):
    example = Example("a", "abstention", (), 1, ("Pay.",), GroundTruth(), knobs={"withheld": ["list_accounts"]})
    choice = Choice("search", searching=SETTINGS, catalogue=tuple(catalogue))
    interface = choice.opened(example, [])
    accounts = next(one for one in catalogue if name_of(one) == "list_accounts")
    assert "list_accounts(" not in run(interface, "search_tools", query=described(accounts)).output
