"""Occurrences of repeating events: computed from the rule when asked, never stored.

    once · daily · weekdays (Monday to Friday) · weekly · monthly (same day; months without it are left out)

The first day always counts, as in RFC 5545.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, islice, takewhile

from servers.calendar.records import Event


@lru_cache(maxsize=8192)
def days(first: str, every: str, until: str) -> tuple[str, ...]:
    """ISO days of a rule, from the first to the last allowed."""
    last = date.fromisoformat(until or first)
    return tuple(day.isoformat() for day in takewhile(lambda day: day <= last, _rule(date.fromisoformat(first), every)))


def last_day(first: str, every: str, occurrences: int) -> str:
    """The day on which a rule has fallen that many times."""
    return next(islice(_rule(date.fromisoformat(first), every), occurrences - 1, None)).isoformat()


def starts(event: Event) -> list[str]:
    """Every occurrence of an event that was not skipped, as minute stamps in order."""
    time = event.start[10:]
    return [day + time for day in days(event.start[:10], event.every, event.until) if day not in event.skipped]


def is_on(event: Event, day: str) -> bool:
    if event.start[:10] > day:
        return False
    return day in days(event.start[:10], event.every, event.until) and day not in event.skipped


def coming(event: Event, now: str) -> list[str]:
    return [start for start in starts(event) if start > now]


def shown_start(event: Event, now: str) -> str:
    """The next occurrence; of a past event the last one."""
    known = starts(event) or [event.start]
    return next((start for start in known if start > now), known[-1])


def end_of(start: str, minutes: int) -> str:
    """Events end on the day they begin, 24:00 at the latest: end_of("2026-03-14T14:30", 45) == "2026-03-14T15:15"."""
    return start[:11] + clock(minute_of(start) + minutes)


def minute_of(moment: str) -> int:
    return int(moment[11:13]) * 60 + int(moment[14:16])


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _rule(first: date, every: str) -> Iterator[date]:
    """The days of a rule without end; once has one."""
    yield first
    if every == "monthly":
        yield from _months_after(first)
    elif every != "once":
        step = 7 if every == "weekly" else 1
        later = (first + timedelta(days=step * number) for number in count(1))
        yield from (day for day in later if every != "weekdays" or day.weekday() < 5)


def _months_after(first: date) -> Iterator[date]:
    for number in count(first.month):
        try:
            yield first.replace(year=first.year + number // 12, month=number % 12 + 1)
        except ValueError:
            continue
