"""Months as keys: "2026-03" is a month, keys compare as time does, and recurring expenses fall due in some of them."""

from __future__ import annotations

from servers.budget.records import Recurring

PERIODS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def month_after(key: str, months: int = 1) -> str:
    """month_after("2025-12") == "2026-01"; a negative number goes back."""
    year, month = divmod(_index(key) + months, 12)
    return f"{year:04d}-{month + 1:02d}"


def months_from(first: str, last: str) -> int:
    return _index(last) - _index(first)


def due_date(recurring: Recurring, month: str) -> str | None:
    """The day on which a recurring expense falls due in a month, if it does."""
    passed = months_from(recurring.first_month, month)
    if passed < 0 or passed % PERIODS[recurring.every]:
        return None
    return f"{month}-{recurring.day:02d}"


def next_due(recurring: Recurring, month: str) -> str:
    """The first day from the beginning of a month on which it falls due."""
    month = max(month, recurring.first_month)
    while (day := due_date(recurring, month)) is None:
        month = month_after(month)
    return day


def _index(key: str) -> int:
    return int(key[:4]) * 12 + int(key[5:7]) - 1
