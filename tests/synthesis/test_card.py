"""The dataset card and its pages: numbers that can be counted again, hostile text that stays text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from prove.synthesis.card import write_card
from prove.synthesis.pages import markdown, page, write_pages
from prove.synthesis.statistics import summarise
from prove.synthesis.tokens import measure
from prove.types import Example, GroundTruth, Step, ToolCall

TOKENIZER = "experiments/tiny_model/model"
EVIL = "</script><img src=x onerror=alert(1)> `code` *bold* | cell <b>"
SERVERS = {"banking": ["pay", "list_cards"], "maps": ["route"]}


def row(number: int, kind: str = "multi_turn", said: str = "Show my cards.", result: str = '{"cards": []}') -> dict:
    call = {"type": "function", "function": {"name": "list_cards", "arguments": {"note": said}}}
    steps = (
        () if kind == "abstention" else (Step((ToolCall("list_cards", {"note": said}),)), Step((ToolCall("pay", {}),)))
    )
    source = "when2call" if kind == "abstention" else ""
    example = Example(
        id=f"train-{number:05d}",
        kind=kind,
        servers=("banking",),
        world_seed=number // 2,
        user_turns=(said,),
        ground_truth=GroundTruth(steps, ((0, 1),) if steps else (), (0,) * len(steps)),
        knobs={"source": "synthesised", "level": "complete", "persona": "plain", "distractors": 3 * (number % 2),
               "enum_stripped": False, "chain": ["list_cards", "pay"], "stands_for": source},
        stats={"calls": len(steps), "steps": len(steps), "turns": 1, "chain": len(steps), "parallel": 1, "fan_in": 1},
    )  # fmt: skip
    messages = [
        {"role": "user", "content": said},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "name": "list_cards", "content": result},
        {"role": "assistant", "content": "Here they are."},
    ]
    function = {"type": "function", "function": {"name": "list_cards", "description": "Lists.", "parameters": {}}}
    return {
        "data_source": "prove",
        "agent_name": "mcp",
        "prompt": example.opening,
        "tools": json.dumps([function]),
        "messages": json.dumps(messages),
        "extra_info": {"index": example.id, "split": "train", "example": example.to_json()},
    }


ROWS = [row(number, "abstention" if number % 5 == 4 else "multi_turn", f"Show card {number}.") for number in range(20)]
DROPS = {"write": {"refused": 3}, "near-duplicate": {"too similar": 2}}
ASKED = {"distractors": 0.4, "level": {"complete": 1.0}}


@pytest.fixture(scope="module")
def summary() -> dict:
    return summarise(ROWS, DROPS, SERVERS, ASKED, measure(ROWS, TOKENIZER, 100))


def test_what_is_counted_can_be_counted_again(summary):
    assert summary["examples"] == 20 and summary["kinds"] == {"abstention": 4, "multi_turn": 16}
    assert summary["stands_for"] == {"abstention": {"when2call": 4}}
    assert summary["worlds"] == 10 and summary["edges"]["total"] == 16
    assert (summary["tools"]["called"], summary["tools"]["listed"], summary["tools"]["missing"]) == (2, 3, ["route"])
    assert summary["switches"]["distractors"] == {"n": 8, "of": 16, "realised": 0.5, "asked": 0.4}  # of served rows


def test_the_way_of_the_candidates_adds_up(summary):
    table = summary["stages"]
    assert [one["stage"] for one in table][:1] == ["write"] and table[-1]["out"] == 20
    assert table[0]["in"] == 25
    for one, following in zip(table, table[1:], strict=False):
        assert one["in"] - sum(one["dropped"].values()) == one["out"] == following["in"]


def test_tokens_are_those_of_the_chat_template(summary):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(TOKENIZER)
    told = {"tokenize": False, "add_generation_prompt": True}
    texts = [tokenizer.apply_chat_template(one["prompt"], tools=json.loads(one["tools"]), **told) for one in ROWS]
    lengths = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    prompt = summary["tokens"]["prompt"]
    assert (prompt["min"], prompt["max"], prompt["n"]) == (min(lengths), max(lengths), 20)
    assert prompt["over"] == sum(length > 100 for length in lengths)


def test_a_tokenizer_that_is_not_there_is_said_and_nothing_else_suffers():
    found = measure(ROWS, "no/such-tokenizer-anywhere", 100)
    assert set(found) == {"not measured"} and "no/such-tokenizer-anywhere" in found["not measured"]


def config() -> dict:
    return {
        "seed": 3,
        "servers": {"names": list(SERVERS)},
        "teacher": {"name": "scripted"},
        "leave_domains_out": ["maps"],
    }


def test_the_card_says_what_is_synthesised_and_shows_every_picture(summary, tmp_path):
    write_card(tmp_path, config(), {"train": summary}, "python -m prove.synthesize seed=3")
    text = (tmp_path / "card.md").read_text()
    assert "python -m prove.synthesize seed=3" in text and "**4 abstention rows are synthesised**" in text
    assert "| train | 20 | 16 | 0 | 4 |" in text and "13,517" in text and "Only the held-out rows have maps" in text
    pictures = re.findall(r'"(card/[^"]+\.png)"', text)
    assert len(pictures) >= 8 and all((tmp_path / name).stat().st_size > 1000 for name in pictures)


def test_the_same_numbers_give_the_same_bytes(summary, tmp_path):
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_card(folder, config(), {"train": summary}, "c")
        write_pages(ROWS, folder, 5, seed=1)
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) > 10
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_hostile_text_stays_text_on_the_page():
    seen = Tags()
    seen.feed(page([row(1, said=EVIL, result=EVIL)]))
    names = [tag for tag, _ in seen.tags]
    assert "img" not in names and "b" in names and names.count("b") == 1 and names.count("script") == 1
    assert not any(name.startswith("on") or name in ("src", "href") for _, attrs in seen.tags for name in attrs)


def test_hostile_text_stays_text_in_markdown():
    text = markdown([row(1, said=EVIL, result="``` fence ` " + EVIL)])
    outside = re.sub(r"(`+).+?\1", "", text)
    assert "<img" not in outside.replace("\\<", "") and "*bold*" not in outside


def test_the_pages_hold_random_rows_with_their_calls_and_results(tmp_path):
    write_pages(ROWS, tmp_path, 7, seed=0)
    told = (tmp_path / "conversations.md").read_text()
    shown = set(re.findall(r"## (train-\d+)", told))
    assert len(shown) == 7 and told.count("list_cards(") == 7 and told.count('{"cards": []}') == 7
    assert set(re.findall(r"<h2>(train-\d+)", (tmp_path / "conversations.html").read_text())) == shown


def test_a_dataset_without_rows_has_a_card(tmp_path):
    empty = summarise([], {}, SERVERS, ASKED)
    write_card(tmp_path, config(), {"train": empty}, "c")
    assert "| train | 0 |" in (tmp_path / "card.md").read_text()
