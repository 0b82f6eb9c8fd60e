"""Words for days, times and months, and the ISO values they can mean on a day.

    means      Friday                   -> {2026-08-21}               today is Tuesday, 18 August 2026
               8:15                     -> {08:15, 20:15}             every reading that English gives the words
    mentions   "From Friday at 8 am on" -> {2026-08-21, 08:00, 2026-08-21T08:00}
    parts      2026-08-19               -> near: tomorrow, weekday: Wednesday, nth: 19th, month: August, …

Kinds of ISO values: day 2026-08-19, moment 2026-08-19T08:15, time 08:15, month 2026-08.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta

ISO = {
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "moment": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d"),
    "time": re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d"),
    "month": re.compile(r"\d{4}-(?:0[1-9]|1[0-2])"),
}
DAYS_ROUND, MONTHS_ROUND = 215, 7
"""A day or month without a year may be meant this far around today: it is unambiguous up to 150 days, four months."""

WEEKDAYS = {name.lower(): n for names in (calendar.day_name, calendar.day_abbr) for n, name in enumerate(names)}
MONTHS = {name.lower(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if n}
NEAR_DAYS = {
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip
NEAR_MONTHS = {"last month": -1, "this month": 0, "next month": 1}
SPANS = {15: "a quarter of an hour", 30: "half an hour", 60: "an hour", 90: "an hour and a half", 120: "two hours"}
SPANS |= {180: "three hours", 240: "four hours"}
"""Minutes as people say them."""


def either(words: Iterable[str]) -> str:
    """A pattern for one of these words, the longest that fits."""
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


WEEKDAY, MONTH_NAME = either(WEEKDAYS), either(MONTHS)
NTH = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
TIME = r"(?:(?:1[0-2]|[1-9])(?::[0-5]\d)?(?: ?[ap]m| in the (?:morning|afternoon|evening))"
TIME += rf"|{ISO['time'].pattern}|[1-9]:[0-5]\d|noon)"
ADVERB = rf"(?:{either(NEAR_DAYS)}|(?:this|last|next) (?:{WEEKDAY}|month))\b"
DATED = rf"(?:{WEEKDAY},? )?(?:(?:the )?{NTH}(?: of)? {MONTH_NAME}|{MONTH_NAME} (?:the )?{NTH})(?:,? \d{{4}})?"
DAY = rf"(?:{ISO['day'].pattern}|{either(NEAR_DAYS)}|{DATED}|{WEEKDAY} (?:the )?{NTH}|the {NTH} of this month"
DAY += rf"|(?:(?:this|last|next) )?{WEEKDAY})"
MONTH = rf"(?:{ISO['month'].pattern}(?!-)|{either(NEAR_MONTHS)}|{MONTH_NAME}(?: \d{{4}})?)"
MOMENTS = [re.compile(rf"(?P<day>{DAY})(?: at|,|T)? ?(?P<time>{TIME})", re.I)]
MOMENTS += [re.compile(rf"(?P<time>{TIME})(?: on (?!{ADVERB})| )(?P<day>{DAY})", re.I)]

MENTIONED = [
    re.compile(rf"(?<![\w:-]){part}(?!\w|:\d)", re.I)
    for part in (DAY, TIME, MONTH, *(pattern.pattern for pattern in MOMENTS))
]


def means(words: str, today: str) -> frozenset[str]:
    """Every ISO value (day, minute, time of day, month) that date words can have on a day; empty for other words.

    A bare weekday is the coming one, "last Friday" and "next Friday" have both readings that English gives them.
    """
    now, words = date.fromisoformat(today[:10]), words.strip().lower()
    found = {day.isoformat() for day in _days(words, now)} | _times(words) | _months(words, now)
    for pattern in MOMENTS:
        if match := pattern.fullmatch(words):
            found |= {f"{day}T{time}" for day in _days(match["day"], now) for time in _times(match["time"])}
    return frozenset(found)


def mentions(text: str, today: str) -> frozenset[str]:
    """Every ISO value that some words of a text can have; a day and a time of the text may belong together."""
    found = {value for pattern in MENTIONED for match in pattern.finditer(text) for value in means(match[0], today)}
    days, times = (filter(ISO[kind].fullmatch, found) for kind in ("day", "time"))
    hours = list(times)
    return frozenset(found | {f"{day}T{hour}" for day in days for hour in hours})


def minutes_meant(text: str) -> frozenset[int]:
    """Lengths of time a text gives in words: "an hour" is 60."""
    spoken = {words: minutes for minutes, words in SPANS.items()}
    return frozenset(spoken[words.lower()] for words in re.findall(rf"\b{either(spoken)}\b", text, re.I))


def kind_of(value: str) -> str | None:
    """Which kind of date a text is, letter by letter; None for any other text and for a day that does not exist."""
    kind = next((name for name, pattern in ISO.items() if pattern.fullmatch(value)), None)
    if kind in ("day", "moment") and not _dates(*map(int, value[:10].split("-"))):
        return None
    if kind == "moment" and not ISO["time"].fullmatch(value[11:]):
        return None
    return kind


def parts(kind: str, value: str, today: str) -> dict[str, str]:
    """What the forms of a day, time or month are made of; empty where a part does not exist ("noon" at nine)."""
    if kind == "time":
        return _clock_parts(value)
    now = date.fromisoformat(today[:10])
    return _month_parts(value, now) if kind == "month" else _day_parts(date.fromisoformat(value), now)


def _days(words: str, now: date) -> set[date]:
    if not re.fullmatch(DAY, words):
        return set()
    if words in NEAR_DAYS:
        return {now + timedelta(NEAR_DAYS[words])}
    if ISO["day"].fullmatch(words):
        return _dates(int(words[:4]), int(words[5:7]), int(words[8:]))
    weekday = next((WEEKDAYS[word] for word in re.findall(WEEKDAY + r"\b", words)), None)
    month = next((MONTHS[word] for word in re.findall(rf"\b{MONTH_NAME}\b", words)), None)
    year = re.search(r"\d{4}$", words)
    number = re.search(r"\b\d{1,2}(?!\d)", words)
    if number is None:
        return _weekdays(words, weekday, now)
    if words.endswith("this month"):
        return _dates(now.year, now.month, int(number[0]))
    years = [int(year[0])] if year else [now.year - 1, now.year, now.year + 1]
    months = [month] if month else range(1, 13)
    found = {day for y in years for m in months for day in _dates(y, m, int(number[0]))}
    found = {day for day in found if weekday is None or day.weekday() == weekday}
    return found if year else {day for day in found if abs((day - now).days) <= (DAYS_ROUND if month else 60)}


def _weekdays(words: str, weekday: int | None, now: date) -> set[date]:
    """A weekday without a number: the coming one; with "this", "last" and "next" also that of a calendar week."""
    ahead = ((weekday or 0) - now.weekday()) % 7
    monday = now - timedelta(now.weekday())
    in_week = {"this": 0, "last": -7, "next": 7}.get(words.split()[0])
    nearest = {-7: ahead - 7, 0: ahead, 7: ahead or 7, None: ahead}[in_week]
    found = {now + timedelta(nearest)}
    if in_week is not None:
        found.add(monday + timedelta((weekday or 0) + in_week))
    return found if ahead or in_week else {now, now + timedelta(7), now - timedelta(7)}


def _dates(year: int, month: int, number: int) -> set[date]:
    """That date, or nothing where the month has no such day."""
    try:
        return {date(year, month, number)}
    except ValueError:
        return set()


def _times(words: str) -> set[str]:
    if not re.fullmatch(TIME, words):
        return set()
    if words == "noon":
        return {"12:00"}
    if ISO["time"].fullmatch(words):
        return {words}
    hour, minute = int(re.split(r"\D", words)[0]), (re.findall(r":(\d\d)", words) or ["00"])[0]
    if words.endswith(("pm", "noon", "evening")):
        hours = {hour % 12 + 12}
    elif words.endswith(("am", "morning")) and hour < 12:
        hours = {hour}
    else:  # "8:15" may be either, and so may "12 am"
        hours = {hour % 12, hour % 12 + 12}
    return {f"{one:02d}:{minute}" for one in hours}


def _months(words: str, now: date) -> set[str]:
    if not re.fullmatch(MONTH, words):
        return set()
    if ISO["month"].fullmatch(words):
        return {words}
    name, _, year = words.partition(" ")
    current = now.year * 12 + now.month - 1
    if words in NEAR_MONTHS:
        found = [current + NEAR_MONTHS[words]]
    elif year:
        found = [int(year) * 12 + MONTHS[name] - 1]
    else:
        found = [y * 12 + MONTHS[name] - 1 for y in (now.year - 1, now.year, now.year + 1)]
        found = [month for month in found if abs(month - current) <= MONTHS_ROUND]
    return {f"{month // 12:04d}-{month % 12 + 1:02d}" for month in found}


def _day_parts(day: date, now: date) -> dict[str, str]:
    suffix = "th" if day.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    names = {"weekday": calendar.day_name[day.weekday()], "wd": calendar.day_abbr[day.weekday()]}
    near = next((words for words, days in NEAR_DAYS.items() if now + timedelta(days) == day), "")
    nth = f"{day.day}{suffix}"
    numbers = {"day": str(day.day), "nth": nth, "soon": nth if abs((day - now).days) <= 20 else ""}
    return _month_parts(day.isoformat()[:7], now) | names | numbers | {"raw": day.isoformat(), "near": near}


def _month_parts(month: str, now: date) -> dict[str, str]:
    year, number = map(int, month.split("-"))
    away = (year - now.year) * 12 + number - now.month
    near = next((words for words, months in NEAR_MONTHS.items() if months == away), "")
    names = {"month": calendar.month_name[number], "mon": calendar.month_abbr[number], "year": f"{year:04d}"}
    return names | {"raw": month, "near": near}


def _clock_parts(time: str) -> dict[str, str]:
    hour, minute = time.split(":")
    h = int(hour)
    part = "morning" if 5 <= h < 12 else "afternoon" if 12 <= h < 18 else "evening" if 18 <= h < 23 else ""
    return {"raw": time, "h": str((h - 1) % 12 + 1), "mm": minute, "ap": "am" if h < 12 else "pm", "part": part}
