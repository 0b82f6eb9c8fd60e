"""The ways people say a value, and whether a text says it.

    200            200, 200.00, two hundred
    1200.5         1200.5, 1,200.50, 1.200,50, 1 200.50
    not_received   not received, not-received
    2026-08-19     19 August, August the 19th, 19/8/2026, and on 18 August 2026: tomorrow, in one day, Wednesday
    18:30          18.30, 6:30 pm, half past six

A way must stand in the text as words: 200 is not said by "1,200", nor 4068 by ACC-4068. A relative date counts only
where today is known, a date without its year only where no other is meant.
**Ours:** the paper (3.2) compares no words; letter by letter is `said_exactly`.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from prove.synthesis.spoken_numbers import counts, in_words, letters, number_ways, whole_ways

A_YEAR = 366
"""Days; a date without its year is the one that is no further from today."""


def said(value: Any, text: str, today: str = "") -> bool:
    """Whether a person's text says a value, in any of the ways people do."""
    heard = _normal(text)
    return any(_stands(way, heard) for way in _ways(value, today[:10]))


def said_exactly(value: Any, text: str) -> bool:
    """Whether these letters stand in a text for themselves: 4068 is in "PIN 4068.", not in ACC-4068 or 4068.50."""
    written = re.escape(letters(value))
    return re.search(rf"(?<![\w-])(?<!\d[.,]){written}(?![\w-])(?![.,]\d)", text) is not None


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
        return tuple(number_ways(value))
    ways = [_normal(value), _normal(value).lstrip("#@")]
    if "_" in value:
        ways.append(value.replace("_", "-").casefold())
    if re.fullmatch(r"[A-Za-z0-9]{12,}", value):  # an IBAN or a card number is written in groups of four
        ways.append(" ".join(value[start : start + 4] for start in range(0, len(value), 4)).casefold())
    for shape, say in _SHAPES.items():
        if re.fullmatch(shape, value, re.ASCII):
            ways += say(value, today)
    return tuple(ways)


def _numeral_ways(value: str, today: str) -> list[str]:
    return number_ways(float(value))


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
    numbers = [str(day.day), next(way for way in whole_ways(day.day)[::-1])]
    months = _month_names(day.month)
    ways = [form for number in numbers for month in months for form in (f"{number} {month}", f"{month} {number}")]
    return ways + [form for m in months for form in (f"{numbers[1]} of {m}", f"{m} the {numbers[1]}")]


def _relative_ways(day: date, now: date) -> list[str]:
    """ "tomorrow", "in two weeks", "friday", "the 21st", and a span such as "last month" for its first and last day."""
    away = (day - now).days
    ways = list(_NEAR_DAYS.get(away, ()))
    for size, unit in ((1, "day"), (7, "week")):
        if away and away % size == 0:
            for count in [*counts(abs(away) // size), *(["a", "one"] if abs(away) == size else [])]:
                said = f"{count} {unit}" + ("" if abs(away) == size else "s")
                later, earlier = [f"in {said}", f"{said} from"], [f"{said} ago", f"last {said}", f"past {said}"]
                ways += later if away > 0 else earlier
    if abs(away) < 14:
        ways += [day.strftime("%A").lower(), day.strftime("%a").lower()]
    if abs(away) <= 62:
        ways.append(f"the {whole_ways(day.day)[-1]}")
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
        [str(twelve), in_words(twelve)] if not minute else []
    )
    ways = [f"{value}:00", f"{hour}:{value[3:5]}", f"{value[:2]}.{value[3:5]}", f"{hour}h{value[3:5]}", clocks[0]]
    ways += [f"{clock}{space}{end}" for clock in clocks for space in ("", " ") for end in (half, f"{half[0]}.m.")]
    for name in (in_words(twelve), str(twelve)):
        following = in_words(twelve % 12 + 1) if name.isalpha() else str(twelve % 12 + 1)
        at = {0: [f"at {name}", f"{name} o'clock"], 15: [f"quarter past {name}"], 30: [f"half past {name}"]}
        ways += at.get(minute, [f"quarter to {following}"] if minute == 45 else [])
    return ways + {"00:00": ["midnight"], "12:00": ["noon", "midday"]}.get(value[:5], [])


_MONTHS = "january february march april may june july august september october november december".split()
_NAMES_A_MONTH = re.compile(rf"\b(?:{'|'.join(m for name in _MONTHS for m in (name, name[:3]))}|sept)\b")
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
