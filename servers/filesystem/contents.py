"""What files say: short believable texts of many kinds, each drawn with a given generator."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

from servers.filesystem.material import (
    EVENTS,
    FOODS,
    HABITS,
    ITEMS,
    LEVELS,
    MEASURES,
    NOUNS,
    PLACES,
    PYTHON,
    SERVICES,
    SETTINGS,
    SHELL,
    STATES,
    TABLES,
    THINGS,
    THINGS_TO_PACK,
    VERBS,
)


class Writer(NamedTuple):
    """Who writes, and about whom."""

    rng: random.Random
    people: list[str]

    def person(self) -> str:
        return self.rng.choice(self.people)

    def finding(self) -> str:
        thing = self.rng.choice(THINGS)
        return f"{thing[0].upper()}{thing[1:]} {self.rng.choice(STATES)}."

    def task(self) -> str:
        return f"{self.rng.choice(VERBS)} {self.rng.choice(THINGS)}"

    def few(self, low: int, high: int) -> range:
        """Numbers from zero, at least `low` and fewer than `high` of them."""
        return range(self.rng.randrange(low, high))


def report(writer: Writer, title: str, day: date) -> str:
    rng = writer.rng
    lines = [f"# {title}", f"Prepared by {writer.person()}, {day}", ""]
    for measure in rng.sample(MEASURES, rng.randrange(2, 5)):
        moved, share = rng.choice(["rose", "fell"]), rng.randrange(2, 290) / 10
        lines.append(f"- {measure} {moved} by {share} % to {rng.randrange(120, 98_000)}.")
    lines += ["", "## Findings", *(writer.finding() for _ in writer.few(2, 5))]
    lines += ["", "## Next steps"]
    return "\n".join(lines + [f"{number + 1}. {writer.person()} will {writer.task()}." for number in writer.few(1, 4)])


def minutes(writer: Writer, title: str, day: date) -> str:
    rng = writer.rng
    present = rng.sample(writer.people, rng.randrange(2, 5))
    lines = [f"{title}, {day}", f"Present: {', '.join(present)}", ""]
    lines += [f"{number + 1}. {writer.finding()}" for number in writer.few(2, 5)]
    lines += ["", "Actions"]
    for _ in writer.few(1, 4):
        lines.append(f"- {rng.choice(present)}: {writer.task()} until {day + timedelta(days=rng.randrange(3, 30))}")
    return "\n".join([*lines, f"Next meeting: {day + timedelta(days=7 * rng.randrange(1, 5))}"])


def to_do(writer: Writer, day: date) -> str:
    marks = ["[ ]", "[ ]", "[x]"]
    return "\n".join(f"{writer.rng.choice(marks)} {writer.task()}" for _ in writer.few(4, 10))


def letter(writer: Writer, day: date) -> str:
    rng = writer.rng
    name = writer.person()
    lines = [f"{rng.choice(PLACES)}, {day}", "", f"Dear {name},", "", writer.finding(), writer.finding()]
    lines += [f"Could you please {writer.task()}?", f"The amount of {rng.randrange(18, 940)}.00 is due in 14 days."]
    return "\n".join([*lines, "", "Kind regards", writer.person()])


def journal(writer: Writer, day: date) -> str:
    rng = writer.rng
    days = [day - timedelta(days=number) for number in writer.few(2, 5)]
    return "\n".join(f"{when}: {habit}" for when, habit in zip(days, rng.sample(HABITS, len(days)), strict=True))


def recipe(writer: Writer, dish: str) -> str:
    rng = writer.rng
    foods = rng.sample(FOODS, rng.randrange(3, 6))
    lines = [dish, "", *(f"{rng.randrange(1, 12) * 25} g {food}" for food in foods), ""]
    lines += [f"1. Mix {foods[0]} and {foods[1]}.", f"2. Rest for {rng.randrange(2, 12) * 5} minutes."]
    return "\n".join([*lines, f"3. Bake or simmer for {rng.randrange(4, 14) * 5} minutes, add {foods[2]}."])


def packing_list(writer: Writer, place: str) -> str:
    things = writer.rng.sample(THINGS_TO_PACK, writer.rng.randrange(6, 12))
    return "\n".join([f"Packing list {place}", *(f"- {thing}" for thing in things)])


def readme(writer: Writer, name: str, about: str) -> str:
    rng = writer.rng
    lines = [
        f"# {name.title()}",
        f"Files of {about}.",
        "",
        "docs      what was decided",
        "data      tables and exports",
    ]
    lines += ["meetings  minutes", "", f"Lead: {writer.person()}", f"Questions to {writer.person()}.", ""]
    return "\n".join([*lines, writer.finding(), f"Status: {rng.choice(['on track', 'at risk', 'paused', 'ahead'])}"])


def table(writer: Writer, name: str, day: date) -> str:
    header = TABLES[name]
    return "\n".join([header, *(_table_row(writer, name, day, number) for number in writer.few(5, 13))])


def _table_row(writer: Writer, name: str, day: date, number: int) -> str:
    rng = writer.rng
    when = day - timedelta(days=3 * number)
    if name == "budget":
        return f"{rng.choice(ITEMS)},{rng.randrange(2, 60) * 50},{rng.randrange(90, 2_900)},{writer.person()}"
    if name == "inventory":
        return f"{rng.choice(ITEMS)},{rng.randrange(1, 400)},shelf {rng.choice('ABCDEF')}{rng.randrange(1, 30)}"
    if name == "expenses":
        return f"{when},{rng.choice(ITEMS)},{rng.randrange(400, 90_000) / 100:.2f},{writer.person()}"
    if name == "readings":
        return f"{when}T{rng.randrange(24):02d}:00,{rng.choice(PLACES)},{rng.randrange(30, 400) / 10}"
    if name == "invoices":
        return (
            f"{rng.randrange(1_000, 9_999)},{rng.choice(PLACES)} {rng.choice(ITEMS)},{rng.randrange(40, 2_900)},{when}"
        )
    if name == "contacts":
        return f"{writer.person()},0{rng.randrange(20, 99)} {rng.randrange(100_000, 999_999)},{rng.choice(PLACES)}"
    if name == "timesheet":
        return f"{when},{writer.person()},{rng.randrange(1, 9)},{writer.task()}"
    return f"{when},{writer.person()},{rng.randrange(1, 9) * 30}"


def settings(writer: Writer, form: str) -> str:
    """A configuration as yaml, ini or json."""
    rng = writer.rng
    services = rng.sample(SERVICES, rng.randrange(2, 4))
    values = {name: {key: rng.randrange(1, 90) for key in rng.sample(SETTINGS, 3)} for name in services}
    start, middle, end = {"yaml": ("{}:", "  {}: {}", ""), "ini": ("[{}]", "{} = {}", "")}.get(
        form, ('  "{}": {{', '    "{}": {},', '    "enabled": true}},')
    )
    lines = []
    for name, own in values.items():
        lines += [start.format(name), *(middle.format(key, value) for key, value in own.items())]
        lines += [end.format()] if end else []
    if form == "json":
        return "\n".join(["{", *lines, f'  "owner": "{writer.person()}"', "}"])
    return "\n".join([f"# {writer.finding()}", *lines])


def code(writer: Writer) -> str:
    rng = writer.rng
    words = _words(writer)
    blocks = [block.format(**words) for block in rng.sample(PYTHON, rng.randrange(2, 4))]
    return "\n\n\n".join([f'"""Handles {words["noun"]}s; see {words["person"]}."""\n\nimport csv', *blocks])


def script(writer: Writer) -> str:
    words = _words(writer)
    chosen = writer.rng.sample(SHELL, writer.rng.randrange(3, 6))
    return "\n".join(["#!/bin/sh", f"# {writer.finding()}", "set -e", *(line.format(**words) for line in chosen)])


def query(writer: Writer) -> str:
    rng, noun = writer.rng, writer.rng.choice(NOUNS)
    lines = [f"-- asked for by {writer.person()}", f"SELECT city, count(*) AS {noun}s", f"FROM {noun}s"]
    lines += [f"WHERE amount > {rng.randrange(10, 900)}", "GROUP BY city", f"ORDER BY {noun}s DESC"]
    return "\n".join([*lines, f"LIMIT {rng.randrange(5, 60)};"])


def log(writer: Writer, service: str, day: date) -> str:
    rng = writer.rng
    minute, lines = rng.randrange(300), []
    for _ in writer.few(8, 22):
        minute += rng.randrange(1, 40)
        event = rng.choice(EVENTS).format(n=rng.randrange(2, 240), few=rng.randrange(2, 99), noun=rng.choice(NOUNS))
        lines.append(f"{day}T{minute // 60:02d}:{minute % 60:02d} {rng.choice(LEVELS)} {service} {event}")
    return "\n".join(lines)


def revised(writer: Writer, text: str) -> str:
    """Another version of a text: a line or two differ, and one may be gone."""
    rng, lines = writer.rng, text.split("\n")
    for _ in writer.few(1, 3):
        at = rng.randrange(min(1, len(lines) - 1), len(lines))
        lines[at] = _another_number(rng, lines[at]) if "," in lines[at] else f"{lines[at]} {writer.finding()}".strip()
    if len(lines) > 4 and rng.random() < 0.5:
        del lines[rng.randrange(2, len(lines))]
    return "\n".join(lines)


def _another_number(rng: random.Random, line: str) -> str:
    """A row of a table with other whole numbers."""
    fields = [str(rng.randrange(2, 900)) if field.isdigit() else field for field in line.split(",")]
    return ",".join(fields)


def _words(writer: Writer) -> dict[str, str | int]:
    rng = writer.rng
    noun = rng.choice(NOUNS)
    return {
        "noun": noun, "Noun": noun.title(), "n": rng.randrange(5, 400), "few": rng.randrange(1, 5),
        "thing": rng.choice(THINGS), "state": rng.choice(STATES), "person": writer.person(),
    }  # fmt: skip
