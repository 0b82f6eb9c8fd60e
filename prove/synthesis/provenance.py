"""Where the arguments of a conversation come from (paper section 3.2: sensitive parameters must be traceable).

    a value is traced  <=  the system message or a user turn says it, before the call
                       <=  the result of an earlier call shows it, and that call did not bring it along itself
                       <=  it is put together of traced parts: a date and a time, the names of a path

A sensitive value (PIN, token, code) must be there letter by letter. Any other value may be said as people say it:
"tomorrow", "18 August", "half past six", "two hundred", "1,200.50", "not received" for not_received.
**Ours:** the paper traces sensitive parameters; we trace all and count the others. There is nothing to trace in null,
true, false and "". Calls of one message do not know each other's results. Sensitive words are conf's.
"""

from __future__ import annotations

import json
import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Protocol

from prove.types import ToolCall, ToolResult

A_YEAR = 366
"""Days; a date without its year is the one that is no further from today."""


class Wave(Protocol):
    """Calls made in one assistant message, with what came back."""

    @property
    def calls(self) -> Sequence[ToolCall]: ...

    @property
    def results(self) -> Sequence[ToolResult]: ...


@dataclass(frozen=True)
class Problem:
    """A value out of nowhere. `call` counts the calls of the conversation from 0; `parameter` is a path: items.name."""

    turn: int
    call: int
    tool: str
    parameter: str
    value: Any
    sensitive: bool

    def __str__(self) -> str:
        where = "said or shown in these letters" if self.sensitive else "said or shown"
        return f"turn {self.turn}, {self.tool}: {self.parameter} {self.value!r} was never {where}"


def untraced(
    turns: Sequence[tuple[str, Sequence[Wave]]], sensitive: Sequence[str], today: str = "", system: str = ""
) -> tuple[Problem, ...]:
    """The values of all executed calls that come from nowhere, in order.

    `turns`: (user text, waves) each; `sensitive`: as in `is_sensitive`; `system`: the system message; `today`: the
    world's clock, "2026-03-14T09:30" or its date; without it relative dates say nothing.
    """
    heard = _Heard(today, [system] if system else [])
    problems: list[Problem] = []
    number = 0
    for turn, (user, waves) in enumerate(turns):
        heard.said.append(user)
        for wave in waves:
            for call in wave.calls:
                problems += _problems(heard, call, sensitive, turn, number)
                number += 1
            heard.shown += [_Shown.of(call, result) for call, result in zip(wave.calls, wave.results, strict=True)]
    return tuple(problems)


def is_sensitive(parameter: str, sensitive: Sequence[str]) -> bool:
    """Whether the words of a parameter's name hold one of these: "token" is in payment_token and paymentToken, not in
    max_tokens; "card number" is in cardNumber."""
    name = f" {_spaced(parameter)} "
    return any(f" {_spaced(words)} " in name for words in sensitive)


def said(value: Any, text: str, today: str = "") -> bool:
    """Whether a person's text says a value, in any of the ways people do."""
    heard = _normal(text)
    return any(_stands(way, heard) for way in _ways(value, today[:10]))


def said_exactly(value: Any, text: str) -> bool:
    """Whether these letters stand in a text for themselves: 4068 is in "PIN 4068.", not in ACC-4068 or 4068.50."""
    letters = re.escape(_letters(value))
    return re.search(rf"(?<![\w-])(?<!\d[.,]){letters}(?![\w-])(?![.,]\d)", text) is not None


@dataclass(frozen=True)
class _Shown:
    """The result of a call as text, one value a line, and the values that the call brought along."""

    text: str
    brought: frozenset[str]

    @staticmethod
    def of(call: ToolCall, result: ToolResult) -> _Shown:
        brought = [part for _, value in _leaves(call.arguments) for part in (_letters(value), *_parts(value))]
        return _Shown(_lines(result.output), frozenset(brought))


@dataclass
class _Heard:
    """All that was said and shown up to a moment."""

    today: str
    said: list[str]
    shown: list[_Shown] = field(default_factory=list)

    def exactly(self, value: Any) -> bool:
        texts = self.said + self._showing(value)
        return any(said_exactly(value, text) for text in texts)

    def somehow(self, value: Any) -> bool:
        parts = _parts(value)
        return self._whole(value) or (len(parts) > 1 and all(self._whole(part) for part in parts))

    def _whole(self, value: Any) -> bool:
        """A result does not say "tomorrow": today's date is for people."""
        if any(said(value, text, self.today) for text in self.said):
            return True
        return any(said(value, text) for text in self._showing(value))

    def _showing(self, value: Any) -> list[str]:
        letters = _letters(value)
        return [shown.text for shown in self.shown if letters not in shown.brought]


def _problems(heard: _Heard, call: ToolCall, sensitive: Sequence[str], turn: int, number: int) -> Iterator[Problem]:
    for path, value in _leaves(call.arguments):
        secret = any(is_sensitive(name, sensitive) for name in path)
        if not (heard.exactly(value) if secret else heard.somehow(value)):
            yield Problem(turn, number, call.name, ".".join(path), value, secret)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The strings and numbers in an argument with their names; an item of a list has the name of the list."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, path)
    elif value is not None and value != "" and not isinstance(value, bool):
        yield path, value


def _parts(value: Any) -> list[str]:
    """What a value may be put together of: 2026-03-14T09:30 of a date and a time, /team/Plan.txt of names."""
    if not isinstance(value, str):
        return []
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", value):
        return value.split("T")
    return [part for part in value.split("/") if part not in ("", ".", "..")] if "/" in value else []


def _letters(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _lines(output: str) -> str:
    """A result's names and values, one a line: JSON's own escapes and quotes would hide letters. Other text stays."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    return "\n".join(" ".join([*path, _letters(leaf)]) for path, leaf in _leaves(value))


def _spaced(name: str) -> str:
    """Words of a name: paymentToken, payment_token and "payment token" are the same."""
    return " ".join(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name).lower()))


@lru_cache(maxsize=256)
def _normal(text: str) -> str:
    """Small letters, plain quotes and hyphens, underscores as spaces, one space between words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate(str.maketrans("\u2019\u2212\u2013_", "'-- ")).split())


def _stands(way: str, text: str) -> bool:
    """Whether words stand in a text as words: not inside others, ids, longer numbers or a date of another year.

    Currency and units may touch a number.
    """
    if not way or way not in text:
        return False
    before = r"(?<!\d)(?<!\d[.,:])(?<![a-z]-)(?<!-\d\d-)" if way[0].isdigit() else r"(?<!\w)"
    after = r"(?!\d)(?![.,:]\d)(?!-\d\d-\d)(?!k\b)" if way[-1].isdigit() else r"(?!\w)"
    if _NAMES_A_MONTH.search(way):
        after += r"(?!,? (?:19|20)\d\d)" + ("" if way[0].isdigit() else r"(?! (?:the )?\d\d?(?:st|nd|rd|th)?\b(?!:))")
    return re.search(before + re.escape(way) + after, text) is not None


@lru_cache(maxsize=65536)
def _ways(value: Any, today: str) -> tuple[str, ...]:
    """The ways people say a value, in the form of `_normal`."""
    if not isinstance(value, str):
        return tuple(_number_ways(value))
    ways = [_normal(value), _normal(value).lstrip("#@")]
    if "_" in value:
        ways.append(value.replace("_", "-").casefold())
    if re.fullmatch(r"[A-Za-z0-9]{12,}", value):  # an IBAN or a card number is written in groups of four
        ways.append(" ".join(value[start : start + 4] for start in range(0, len(value), 4)).casefold())
    for shape, say in _SHAPES.items():
        if re.fullmatch(shape, value, re.ASCII):
            ways += say(value, today)
    return tuple(ways)


def _number_ways(number: float) -> list[str]:
    """1200.5: "1200.5", "1200.50", "1,200.50", "1.200,50", "1 200.50"; whole numbers in words too, minutes as hours."""
    ways = [_letters(number), *([f"{number:,}"] if isinstance(number, int) else [])]
    if abs(number) >= 10**9 or number != number:
        return ways
    if round(number, 2) == number:
        ways += [str(number), f"{number:.2f}", f"{number:,.2f}"]
        ways += [way.translate(str.maketrans(",.", ".,")) for way in ways]
        ways += [f"{number:,.2f}".replace(",", " ").removesuffix(".00")]
    if 0 < number < 1:
        ways += [f"{number * 100:g}%", f"{number * 100:g} percent"]
    return ways + (_whole_ways(int(number)) if number == int(number) and number >= 0 else [])


def _whole_ways(number: int) -> list[str]:
    ways = [*_counts(number), *_ODD_WAYS.get(number, ())]
    for size, names in ((1000, ("thousand", "k")), (10**6, ("million", "m"))):
        if number and number % (size // 10) == 0:
            ways += [f"{number / size:g}{space}{name}" for name in names for space in ("", " ")]
    if number and number % 15 == 0:
        ways += [f"{number / 60:g} hour", f"{number / 60:g} hours", f"{number / 60:g}h", f"{number / 60:g} h"]
    for size, unit in ((60, "hour"), (7, "week"), (12, "dozen")):
        if number and number % size == 0:
            ways += [f"{count} {unit}{s}" for count in _counts(number // size) for s in ("", "s")]
    if number % 10 in (1, 2, 3) and number % 100 not in (11, 12, 13):
        return [*ways, f"{number}{('st', 'nd', 'rd')[number % 10 - 1]}"]
    return [*ways, f"{number}th"]


def _counts(number: int) -> list[str]:
    """12 and "twelve"; 250 and "two hundred and fifty", with and without "and" and hyphen."""
    words = _words(number)
    return list(dict.fromkeys([str(number), words, words.replace("-", " "), words.replace(" and ", " ")]))


def _words(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if rest < 100 else " "
            return f"{_words(number // size)} {name}" + (joint + _words(rest) if rest else "")
    raise AssertionError


def _numeral_ways(value: str, today: str) -> list[str]:
    return _number_ways(float(value))


def _date_ways(value: str, today: str) -> list[str]:
    """A day of the calendar; without the year only where no other is meant: within a year of today."""
    try:
        day, now = date.fromisoformat(value), date.fromisoformat(today) if today else None
    except ValueError:
        return []
    ways = [f"{day.day}/{day.month}/{day.year}", f"{day.month}/{day.day}/{day.year}"]
    ways += [day.strftime("%d.%m.%Y"), day.strftime("%d/%m/%Y"), day.strftime("%m/%d/%Y")]
    yearless = _days_of_month(day)
    ways += [f"{way}{comma} {day.year}" for way in yearless for comma in ("", ",")]
    if now is None:
        return ways + yearless
    if abs((day - now).days) <= A_YEAR:
        ways += yearless
    return ways + _relative_ways(day, now)


def _days_of_month(day: date) -> list[str]:
    numbers = [str(day.day), next(way for way in _whole_ways(day.day)[::-1])]
    months = _month_names(day.month)
    ways = [form for number in numbers for month in months for form in (f"{number} {month}", f"{month} {number}")]
    return ways + [form for m in months for form in (f"{numbers[1]} of {m}", f"{m} the {numbers[1]}")]


def _relative_ways(day: date, now: date) -> list[str]:
    """ "tomorrow", "in two weeks", "friday", "the 21st", and a span such as "last month" for its first and last day."""
    away = (day - now).days
    ways = list(_NEAR_DAYS.get(away, ()))
    for size, unit in ((1, "day"), (7, "week")):
        if away and away % size == 0:
            for count in [*_counts(abs(away) // size), *(["a", "one"] if abs(away) == size else [])]:
                said = f"{count} {unit}" + ("" if abs(away) == size else "s")
                later, earlier = [f"in {said}", f"{said} from"], [f"{said} ago", f"last {said}", f"past {said}"]
                ways += later if away > 0 else earlier
    if abs(away) < 14:
        ways += [day.strftime("%A").lower(), day.strftime("%a").lower()]
    if abs(away) <= 62:
        ways.append(f"the {_whole_ways(day.day)[-1]}")
    return ways + [name for name, ends in _spans(day, now) if day in ends]


def _spans(day: date, now: date) -> Iterator[tuple[str, tuple[date, date]]]:
    """Spans of time around today, and the day's own month and year, by name, with their first and last day."""
    for word, step in (("last", -1), ("this", 0), ("next", 1)):
        monday = now - timedelta(now.weekday() - 7 * step)
        yield f"{word} week", (monday, monday + timedelta(6))
        yield f"{word} month", _month(now.year + (now.month - 1 + step) // 12, (now.month - 1 + step) % 12 + 1)
        yield f"{word} year", (date(now.year + step, 1, 1), date(now.year + step, 12, 31))
    yield "of the month", _month(now.year, now.month)
    for opens in _SPAN_OPENS:
        yield f"{opens} {day.year}", (date(day.year, 1, 1), date(day.year, 12, 31))
        for name in _month_names(day.month):
            yield f"{opens} {name} {day.year}", _month(day.year, day.month)
            if abs((day - now).days) <= A_YEAR:
                yield f"{opens} {name}", _month(day.year, day.month)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _month_ways(value: str, today: str) -> list[str]:
    first = _month(int(value[:4]), int(value[5:]))[0]
    names = _month_names(first.month)
    ways = [f"{name} {first.year}" for name in names] + [f"{value[5:]}/{value[:4]}"]
    if not today:
        return ways + names
    now = date.fromisoformat(today)
    ways += names if abs((first - now).days) <= A_YEAR else []
    return ways + [name for name, ends in _spans(first, now) if name.endswith(" month") and first in ends]


def _month_names(month: int) -> list[str]:
    name = _MONTHS[month - 1]
    return [name, name[:3], *(["sept"] if month == 9 else [])]


def _time_ways(value: str, today: str) -> list[str]:
    """18:30: "18.30", "6:30 pm", "half past six"; without am and pm too, as people leave out what is clear."""
    hour, minute = int(value[:2]), int(value[3:5])
    half, twelve = ("am" if hour < 12 else "pm"), (hour - 1) % 12 + 1
    clocks = [f"{twelve}:{value[3:5]}", f"{twelve}.{value[3:5]}"] + (
        [str(twelve), _words(twelve)] if not minute else []
    )
    ways = [f"{value}:00", f"{hour}:{value[3:5]}", f"{value[:2]}.{value[3:5]}", f"{hour}h{value[3:5]}", clocks[0]]
    ways += [f"{clock}{space}{end}" for clock in clocks for space in ("", " ") for end in (half, f"{half[0]}.m.")]
    for name in (_words(twelve), str(twelve)):
        following = _words(twelve % 12 + 1) if name.isalpha() else str(twelve % 12 + 1)
        at = {0: [f"at {name}", f"{name} o'clock"], 15: [f"quarter past {name}"], 30: [f"half past {name}"]}
        ways += at.get(minute, [f"quarter to {following}"] if minute == 45 else [])
    return ways + {"00:00": ["midnight"], "12:00": ["noon", "midday"]}.get(value[:5], [])


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "- ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_MONTHS = "january february march april may june july august september october november december".split()
_NAMES_A_MONTH = re.compile(rf"\b(?:{'|'.join(m for name in _MONTHS for m in (name, name[:3]))}|sept)\b")
_ODD_WAYS: dict[int, tuple[str, ...]] = {
    0: ("no", "none"),
    1: ("a", "an", "once", "single", "first"),
    2: ("both", "a couple", "a pair", "twice", "second"),
    3: ("third",),
    7: ("a week",),
    12: ("a dozen",),
    15: ("quarter of an hour",),
    30: ("half an hour",),
    60: ("an hour",),
    90: ("an hour and a half",),
}
_SPAN_OPENS = ("since", "from", "in", "during", "until", "till", "by", "before", "after", "end of", "start of")
_NEAR_DAYS = {
    -2: ("day before yesterday",),
    -1: ("yesterday", "last night"),
    0: ("today", "tonight", "now", "this morning", "this afternoon", "this evening"),
    1: ("tomorrow",),
    2: ("day after tomorrow",),
}
_SHAPES = {
    r"-?\d{1,9}(\.\d{1,6})?": _numeral_ways,
    r"[1-9]\d{3}-\d\d-\d\d": _date_ways,
    r"[1-9]\d{3}-(0[1-9]|1[0-2])": _month_ways,
    r"([01]\d|2[0-3]):[0-5]\d(:\d\d)?": _time_ways,
}
