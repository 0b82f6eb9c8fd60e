"""The tokens that a conversation stands for.

    every answer of ours came back with its token_ids   ->  prompt + turn + after(answer) + turn + …    (as in training)
    else                                                ->  the chat template on the whole history

**Ours:** an answer carries `token_ids`, the tokens it was written with. A client that sends the message back as it got
it continues the very stream the model wrote, as a rollout does; the server remembers nothing, so an answer depends on
its request alone. Tokens that do not spell the message they stand in, as after an edit, are not used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from prove.serving.reply import Reply, reply_of
from prove.serving.request import ChatRequest, Message, Refused
from prove.template import Template


def tokens_of(asked: ChatRequest, template: Template) -> list[int]:
    """Up to where the model writes. Refused: the template cannot render it."""
    try:
        if all(_is_ours(message, template) for message in asked.messages if message.role == "assistant"):
            return _continued(asked, template)
        return template.prompt([rendered(message) for message in asked.messages], asked.offered or None)
    except Exception as error:  # a template is a program of its own: it raises what it likes
        raise Refused(f"the model's chat template cannot render these messages: {error}") from None


def opening_of(asked: ChatRequest) -> list[Message]:
    """What stands before the first answer."""
    first = next((place for place, one in enumerate(asked.messages) if one.role == "assistant"), len(asked.messages))
    return asked.messages[:first]


def _continued(asked: ChatRequest, template: Template) -> list[int]:
    opening = opening_of(asked)
    ids = template.prompt([rendered(message) for message in opening], asked.offered or None)
    for ours, answer in _exchanges(asked.messages[len(opening) :]):
        turn = ours.token_ids or []
        ids += [*turn, *template.after([rendered(message) for message in answer], turn)]
    return ids


def _exchanges(messages: Sequence[Message]) -> list[tuple[Message, list[Message]]]:
    """Each message of ours with what was said to it."""
    found: list[tuple[Message, list[Message]]] = []
    for message in messages:
        if message.role == "assistant":
            found.append((message, []))
        else:
            found[-1][1].append(message)
    return found


def _is_ours(message: Message, template: Template) -> bool:
    if not message.token_ids:
        return False
    try:
        text = template.text(message.token_ids)
    except (OverflowError, IndexError, TypeError):  # numbers that are no tokens
        return False
    return _said(reply_of(text, True)) == _told(message) or (text == message.text and not message.tool_calls)


def _said(reply: Reply) -> tuple[str, list[tuple[str, str]]]:
    return reply.content or "", [(call.name, call.arguments) for call in reply.calls]


def _told(message: Message) -> tuple[str, list[tuple[str, str]]]:
    return message.text, [(call.function.name, call.function.arguments) for call in message.tool_calls or ()]


def rendered(message: Message) -> dict[str, Any]:
    """As chat templates take it: arguments as an object, since some would quote a string once more."""
    told: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.name is not None:
        told["name"] = message.name
    if message.tool_calls:
        told["tool_calls"] = [_call(call.function.name, call.function.arguments) for call in message.tool_calls]
    return told


def _call(name: str, arguments: str) -> dict[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        value = arguments
    return {"type": "function", "function": {"name": name, "arguments": value}}


def calls_before(messages: Sequence[Message]) -> int:
    """How many calls a conversation has: ids of new ones go on from there."""
    return sum(len(message.tool_calls or ()) for message in messages)
