"""The tiny policy's tokenizer: byte-level BPE of 2048 tokens over rendered conversations.

    text --PIECES--> digit | word | "_" | punctuation | white space --BPE inside a piece--> tokens

A piece never crosses a word: `account` is the same token in a sentence, in `find_account(` and in JSON, which is what
lets copy heads work. Digits stand alone, so an id never seen is spelled with tokens always seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PIECES = r"\p{N}|\p{L}+|_|[^\s\p{L}\p{N}_]+|\s"
PAD, TURN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TAGS = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
TEMPLATE = Path(__file__).with_name("template.jinja")


def train_tokenizer(texts: Iterable[str], vocab_size: int, max_length: int) -> PreTrainedTokenizerFast:
    """Learns the merges of rendered conversations. As in Qwen, the tool tags survive `skip_special_tokens`."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, TURN, END, *TAGS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(_between_markers(texts), trainer)
    bpe.add_tokens([AddedToken(tag, normalized=False, special=False) for tag in TAGS])
    return _chat_tokenizer(bpe, max_length)


def render(tokenizer: PreTrainedTokenizerFast, conversation: dict) -> str:
    """One conversation (`messages`, `tools`) as the text the policy reads and writes."""
    return tokenizer.apply_chat_template(conversation["messages"], tools=conversation.get("tools"), tokenize=False)


def blank_tokenizer() -> PreTrainedTokenizerFast:
    """The chat template alone: renders the texts the real tokenizer is trained on."""
    return _chat_tokenizer(Tokenizer(models.BPE()), max_length=0)


def _chat_tokenizer(bpe: Tokenizer, max_length: int) -> PreTrainedTokenizerFast:
    chat = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
        model_max_length=max_length,
        padding_side="left",
    )
    chat.chat_template = TEMPLATE.read_text()
    return chat


def _between_markers(texts: Iterable[str]) -> Iterator[str]:
    """The text between the markers: they are tokens already, and no merge may be spent on spelling them."""
    markers = re.compile("|".join(map(re.escape, (PAD, TURN, END, *TAGS))))
    for text in texts:
        yield from filter(None, markers.split(text))
