"""A model's chat template around the tokens that the model wrote: nothing is tokenised twice.

stream = prompt(opening, functions) + turn + after(answer) + turn + after(answer) + …    docs/templates.md says more
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_TURN = "what-the-policy-wrote"

Messages = Sequence[dict[str, Any]]


class Template:
    """Of a Hugging Face tokenizer. `end`: the id of the token that ends a turn."""

    def __init__(self, tokenizer: Any):
        self._tokenizer = tokenizer
        self.end: int = tokenizer.eos_token_id

    def prompt(self, messages: Messages, functions: list[dict[str, Any]] | None) -> list[int]:
        """Up to where the model's next turn begins."""
        return self._encode(self._render(messages, functions))

    def after(self, answer: Messages, turn: Sequence[int]) -> list[int]:
        """What the template puts after a turn: its closing, the answer to it, the beginning of the next turn.

        Read off a conversation that stands for this one. The history itself cannot be used: Qwen3's template renders a
        turn otherwise, without its thinking, once a user has answered it. Without tools: this part of a template does
        not depend on them.
        """
        text = self._render([{"role": "user", "content": "?"}, {"role": "assistant", "content": _TURN}, *answer], None)
        text = text.partition(_TURN)[2]  # the first one is ours, whatever the answer says
        if turn and turn[-1] == self.end:
            text = text.removeprefix(self._tokenizer.eos_token)
        return self._encode(text)

    def text(self, turn: Sequence[int]) -> str:
        """A turn as text, without the token that ended it."""
        return self._tokenizer.decode(turn, skip_special_tokens=False).removesuffix(self._tokenizer.eos_token)

    def _render(self, messages: Messages, functions: list[dict[str, Any]] | None) -> str:
        return self._tokenizer.apply_chat_template(
            list(messages), tools=functions, tokenize=False, add_generation_prompt=True
        )

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False)
