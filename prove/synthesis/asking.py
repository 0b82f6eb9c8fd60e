"""Prompts for what the user says, and the check of what comes back.

    errand, story, context, manner   ->  query.md | follow_up.md  ->  {"message", "tools"}  ->  text | why not
    question, withheld values        ->  answer.md                ->  {"message"}           ->  text | why not

A prompt is a file in prompts/ with `$slots`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from prove.synthesis.answers import Limits, fault_of_tools, message_of
from prove.synthesis.dataset import system
from prove.synthesis.errands import Errand
from prove.synthesis.orchestrator import Invalid
from prove.synthesis.talk import Talk

SAID = {
    "complete": "Say everything that is needed to do it.",
    "missing_required": "Leave out $missing: do not say it, hint at it or say that it is left out.",
    "minimal": "Say only what is wanted, in a few words, and none of the details: not $missing.",
}


@dataclass(frozen=True)
class Asking:
    """One message to be written by the user. `tools`: those of its server that are offered, by name."""

    talk: Talk
    errand: Errand
    tools: Mapping[str, Mapping[str, Any]]
    context: str
    manner: str
    limits: Limits

    @property
    def query(self) -> str:
        """A request that lacks something is written without the context: there would be other values to say."""
        errand = self.errand
        level = SAID[self.talk.draw.level if errand.withheld else "complete"]
        return prompt(
            "follow_up" if self.talk.turns else "query",
            server=errand.server.replace("_", " "),
            story=story(self.talk),
            tools="\n".join(f"- {name}: {_described(one)}" for name, one in self.tools.items()),
            goal=errand.goal or "one or more of these tools",
            through=f", with {', '.join(errand.tools[:-1])} on the way to it" if errand.tools[1:] else "",
            manner=self.manner,
            date=system(self.talk.today),
            facts="\n".join(errand.facts),
            context="(not needed)" if errand.withheld else self.context,
            level=Template(level).substitute(missing=spoken(errand.withheld)),
            chars=self.limits.message,
        )

    def request(self, value: Mapping[str, Any]) -> str | Invalid:
        """The request in a model's JSON, or why it cannot be used."""
        if fault := fault_of_tools(value, list(self.tools), self.errand.goal):
            return Invalid(fault)
        text = message_of(value, list(self.tools), self.query, self.limits)
        told = [] if isinstance(text, Invalid) else self._told(text)
        return Invalid(f"the message gives {spoken(told)}, which it must leave out") if told else text

    @property
    def answer(self) -> str:
        facts = "\n".join(f"- {spoken([name])}: {one.words}" for name, one in self.errand.withheld.items())
        slots = {"story": story(self.talk), "facts": facts, "manner": self.manner, "chars": self.limits.message}
        return prompt("answer", **slots)

    def answered(self, value: Mapping[str, Any]) -> str | Invalid:
        """The answer to a question in a model's JSON: it must give all that was withheld."""
        text = message_of(value, list(self.tools), self.answer, self.limits)
        told = self.errand.withheld if isinstance(text, Invalid) else self._told(text)
        untold = [name for name in self.errand.withheld if name not in told]
        return Invalid(f"the message does not give {spoken(untold)} letter by letter") if untold else text

    def _told(self, text: str) -> list[str]:
        return [name for name, one in self.errand.withheld.items() if one.stands_in(text, self.talk.today)]


def prompt(name: str, **slots: object) -> str:
    """A prompt file with its slots filled; what is filled in is never read as a slot."""
    return _template(name).substitute(slots).strip()


def story(talk: Talk) -> str:
    """The conversation as JSON lines."""
    return "\n".join(json.dumps(message, ensure_ascii=False) for message in talk.messages())


def spoken(names: Mapping[str, Any] | list[str]) -> str:
    """Names of parameters in words: "account id and amount"."""
    return " and ".join(name.replace("_", " ") for name in names)


@cache
def _template(name: str) -> Template:
    return Template((Path(__file__).with_name("prompts") / f"{name}.md").read_text(encoding="utf-8"))


def _described(function: Mapping[str, Any]) -> str:
    return " ".join(str(function["function"].get("description") or "").split())
