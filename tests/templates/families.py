"""The chat templates that the policies in conf/model use, each on a small tokenizer and, where it is given, a real one.

    family = template + tokens that it needs + what verl is told (model type, template options)

Every template but the embedded policy's is a fixture beside this file; docs/templates.md says what was checked and how.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from transformers import AddedToken, AutoTokenizer

EMBEDDED = "experiments/tiny_model/model"
REAL_QWEN3 = os.environ.get("PROVE_QWEN3_TOKENIZER", "")
WHY_NOT = "set PROVE_QWEN3_TOKENIZER to a folder with the tokenizer files of Qwen3-8B"
OFF = {"enable_thinking": False}
OPENED = "{{- '<think>\\n' if add_generation_prompt -}}"  # as the templates of models that always think end
CHATML = ("<|im_start|>", "<|im_end|>")
GRANITE = ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")


@dataclass(frozen=True)
class Family:
    """`rewrites`: whether the template renders an assistant's earlier text otherwise than the policy wrote it."""

    template: str
    model_type: str
    control: tuple[str, ...] = CHATML
    options: dict[str, Any] = field(default_factory=dict)
    after: str = ""
    rewrites: bool = False
    folder: str = EMBEDDED

    @property
    def end(self) -> str:
        return self.control[-1]


FAMILIES = {
    "tiny": Family("", "qwen3"),
    "qwen3": Family("qwen3", "qwen3", rewrites=True),
    "qwen3-no-thinking": Family("qwen3", "qwen3", options=OFF, rewrites=True),
    "qwen3-only-thinking": Family("qwen3", "qwen3", after=OPENED, rewrites=True),
    "qwen3-instruct-2507": Family("qwen3-instruct-2507", "qwen3"),
    "qwen2.5": Family("qwen2.5", "qwen2"),
    "granite-4": Family("granite-4", "granite", GRANITE),
}
if REAL_QWEN3:
    FAMILIES |= {
        "real-qwen3": Family("", "qwen3", rewrites=True, folder=REAL_QWEN3),
        "real-qwen3-no-thinking": Family("", "qwen3", options=OFF, rewrites=True, folder=REAL_QWEN3),
        "qwen2.5-on-qwen3-vocabulary": Family("qwen2.5", "qwen2", folder=REAL_QWEN3),
        "granite-4-on-qwen3-vocabulary": Family("granite-4", "granite", GRANITE, folder=REAL_QWEN3),
    }


@cache
def tokenizer_of(name: str) -> Any:
    """A tokenizer of its own for each family: adding a token to one must not change another."""
    family = FAMILIES[name]
    tokenizer = AutoTokenizer.from_pretrained(family.folder)
    tokenizer.add_tokens([AddedToken(token, special=True) for token in family.control])
    if family.folder == EMBEDDED and family.template.startswith("qwen3"):
        tokenizer.add_tokens([AddedToken(token, special=False) for token in ("<think>", "</think>")])
    tokenizer.eos_token = family.end
    if family.template:
        path = Path(__file__).with_name(f"{family.template}.jinja")
        tokenizer.chat_template = path.read_text(encoding="utf-8") + family.after
    return tokenizer


def render(name: str, messages: list[dict[str, Any]], tools: Any = None, generate: bool = True) -> str:
    """The conversation as the family's template renders it."""
    return tokenizer_of(name).apply_chat_template(
        messages, tools=tools, tokenize=False, add_generation_prompt=generate, **FAMILIES[name].options
    )


def encode(name: str, text: str) -> list[int]:
    return tokenizer_of(name).encode(text, add_special_tokens=False)


def decode(name: str, ids: list[int]) -> str:
    return tokenizer_of(name).decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)


def control_ids(name: str) -> set[int]:
    """Ids of the tokens that only a template, or the policy at the end of its turn, may make."""
    return {number for number, token in tokenizer_of(name).added_tokens_decoder.items() if token.special}
