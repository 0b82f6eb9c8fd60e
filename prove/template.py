"""A model's chat template around the tokens that the model wrote: nothing is tokenised twice.

stream = prompt(opening, functions) + turn + after(answer) + turn + after(answer) + …    docs/templates.md says more

Only the template makes control tokens, in training, in evaluation and behind the laptop endpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from prove.parsing import THINK

_TURN = "what-the-policy-wrote"
_QUESTION = {"role": "user", "content": "?"}

Messages = Sequence[dict[str, Any]]
Part = Callable[[str], str]
"""What is wanted of a rendered conversation."""


class InertTokenizer:
    """A tokenizer in whose chat template only the template makes control tokens.

    A user or a tool that spells "<|im_end|>" would end its own turn and could begin another one's. Such text is
    encoded in two parts, "<" and "|im_end|>": the same text, in ordinary tokens. docs/templates.md says more.
    """

    def __init__(self, tokenizer: Any):
        special = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
        self._tokenizer = tokenizer
        self._control = re.compile("|".join(re.escape(token) for token in special) or r"(?!)")

    def apply_chat_template(self, messages: Any, *, tools: Any = None, **options: Any) -> Any:
        """As transformers does it; token ids are a plain list if a message spells a control token."""
        if not options.get("tokenize", True) or not self._control.search(_spoken(messages, tools)):
            return self._tokenizer.apply_chat_template(messages, tools=tools, **options)
        return self.ids(messages, tools, **options)

    def ids(self, messages: Any, tools: Any = None, part: Part = str, **options: Any) -> list[int]:
        """The tokens of a part of what the template renders."""
        spoken = _spoken(messages, tools)
        cut = next(mark for mark in map(chr, range(0xE000, 0xF900)) if mark not in spoken)  # private use: no text
        if self._control.search(spoken):
            messages, tools = json.loads(self._control.sub(lambda found: f"{found[0][0]}{cut}{found[0][1:]}", spoken))
        text = self._tokenizer.apply_chat_template(messages, tools=tools, **{**options, "tokenize": False})
        pieces = part(text).split(cut)
        return [token for piece in pieces for token in self._tokenizer.encode(piece, add_special_tokens=False)]


def _spoken(messages: Any, tools: Any) -> str:
    return json.dumps([messages, tools], ensure_ascii=False)


class Template:
    """Of a Hugging Face tokenizer. `end`: the id of the token that ends a turn."""

    def __init__(self, tokenizer: Any):
        self._tokenizer, self._inert = tokenizer, InertTokenizer(tokenizer)
        self.end: int = tokenizer.eos_token_id

    def prompt(self, messages: Messages, functions: list[dict[str, Any]] | None) -> list[int]:
        """Up to where the model's next turn begins."""
        return self._inert.ids(list(messages), functions, add_generation_prompt=True)

    def after(self, answer: Messages, turn: Sequence[int]) -> list[int]:
        """What the template puts after a turn: its closing, the answer to it, the beginning of the next turn.

        Read off a conversation that stands for this one. The history itself cannot be used: Qwen3's template renders a
        turn otherwise, without its thinking, once a user has answered it. Without tools: this part of a template does
        not depend on them.
        """
        ended = bool(turn) and turn[-1] == self.end

        def after_turn(text: str) -> str:
            text = text.partition(_TURN)[2]  # the first one is ours, whatever the answer says
            return text.removeprefix(self._tokenizer.eos_token) if ended else text

        stands_for = [_QUESTION, {"role": "assistant", "content": _TURN}, *answer]
        return self._inert.ids(stands_for, None, after_turn, add_generation_prompt=True)

    def text(self, turn: Sequence[int]) -> str:
        """A turn as text, without the token that ended it and with the <think> that the prompt may have opened.

        No cleaning up of spaces, which would change the values in a call.
        """
        text = self._tokenizer.decode(turn, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return self._opened + text.removesuffix(self._tokenizer.eos_token)

    @cached_property
    def _opened(self) -> str:
        """Some templates of models that always think begin the thought themselves."""
        rendered = self._tokenizer.apply_chat_template([_QUESTION], tokenize=False, add_generation_prompt=True)
        return f"{THINK}\n" if rendered.rstrip().endswith(THINK) else ""
