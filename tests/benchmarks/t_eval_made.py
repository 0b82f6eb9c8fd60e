"""Small T-Eval data made by hand, in the public format, with a right answer to every prompt written out.

write(folder)    the eight files of v2; two questions of each dimension and prompt, six of review
RIGHT            the user's last words -> the right answer
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORDS = {
    "thought_start": "goal: ",
    "thought_end": "\n\n",
    "action_start": "name: ",
    "action_end": "\n\n",
    "args_start": "args: ",
    "args_end": "",
}
KEYS = {"thought": "goal", "action": "name", "args": "args"}
APIS = ["Map.search_place", "Map.route", "Hotel.find", "FinishAction"]
PLAN = [
    {"name": "Map.search_place", "id": 0, "args": '{"place": "Oslo"}'},
    {"name": "Hotel.find", "id": 1, "args": '{"near": 0, "nights": 2}'},
    {"name": "FinishAction", "id": 2, "args": "{}"},
]
STEPS = [
    {"thought": "First I need the place.", "name": "Map.search_place", "args": {"place": "Oslo", "limit": 3}},
    {"thought": "All is known now.", "name": "FinishAction", "args": {}},
]
VERDICTS = "ABCDEA"


def instruct(style: str, place: str) -> tuple[dict[str, Any], str]:
    args = {"place": place, "limit": 3}
    asked = _asked(f"Call Map.search_place for {place} in {style}.")
    answer = {
        "json": json.dumps({"goal": "look", "name": "Map.search_place", "args": args}),
        "string": f"goal: look\n\nname: Map.search_place\n\nargs: {args}",
    }[style]
    datum = {
        **asked,
        "template": KEYS if style == "json" else WORDS,
        "ground_truth": {"action": "Map.search_place", "args": args},
        "meta_data": {"response_format": style},
    }
    return datum, answer


def plan(style: str, number: int) -> tuple[dict[str, Any], str]:
    asked = _asked(f"Plan {style} {number}.")
    lines = 'Map.search_place with {"place": "Oslo"}\nthen Hotel.find {"near": 0, "nights": 2}'
    answer = {"json": f"Here it is: {json.dumps(PLAN)} Good luck!", "str": lines}[style]
    truth: Any = PLAN if number else json.dumps(PLAN)  # the data has both
    return {**asked, "ground_truth": truth, "meta": {"prompt_type": style, "API_list": APIS}}, answer


def step(kind: str, number: int) -> tuple[dict[str, Any], str]:
    truth = STEPS[number]
    asked = _asked(f"What next, {kind} {number}?")
    field = {"reason": truth["thought"], "retrieve": f"It is {truth['name']}", "understand": f"'{truth['args']}'"}
    answer = json.dumps(truth) if kind == "json" else str(field[kind])
    return {
        **asked,
        "ground_truth": truth,
        "meta_data": {"response_format": "json" if kind == "json" else "str"},
    }, answer


def review(number: int) -> tuple[dict[str, Any], str]:
    asked = _asked(f"Review {number}.")
    meta = {"response_format": "str"}
    truth = {"answer": VERDICTS[number]}
    return {
        **asked,
        "template": "",
        "ground_truth": truth,
        "meta_data": meta,
    }, f"Answer: {VERDICTS[number]}. It failed."


def _asked(words: str) -> dict[str, Any]:
    prompt = [
        {"role": "system", "content": "You have access to the following API: …"},
        {"role": "function", "content": "an earlier result"},
        {"role": "user", "content": words},
    ]
    return {"origin_prompt": prompt}


MADE = {
    "instruct": [instruct(style, place) for style in ("json", "string") for place in ("Oslo", "Rome")],
    "plan_json": [plan("json", number) for number in range(2)],
    "plan_str": [plan("str", number) for number in range(2)],
    "reason_retrieve_understand_json": [step("json", number) for number in range(2)],
    "reason_str": [step("reason", number) for number in range(2)],
    "retrieve_str": [step("retrieve", number) for number in range(2)],
    "understand_str": [step("understand", number) for number in range(2)],
    "review_str": [review(number) for number in range(6)],
}
RIGHT = {datum["origin_prompt"][-1]["content"]: answer for made in MADE.values() for datum, answer in made}


def write(folder: Path, subset: int = 0) -> Path:
    """The folder; with `subset`, a file of so many of the reviews beside it."""
    folder.mkdir(exist_ok=True)
    for name, made in MADE.items():
        data = {f"query_{number}": datum for number, (datum, _) in enumerate(made)}
        (folder / f"{name}_v2.json").write_text(json.dumps(data))
        if subset and name == "review_str":
            (folder / f"{name}_v2_subset.json").write_text(json.dumps(dict([*data.items()][:subset])))
    return folder
