"""Prepositions that follow the words of a date, and lengths of time where a sentence takes them.

    on [tomorrow]               -> tomorrow                  the [tomorrow] one         -> tomorrow's one
    at [2 June at 8:15 am]      -> on 2 June at 8:15 am      the month [July]           -> the month of July
    on [8:15 am on 2 June]      -> at 8:15 am on 2 June      [90] minutes               -> an hour and a half

Only marked words are touched: a folder that is called "tomorrow" is found "in tomorrow".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from prove.synthesis.dates import ADVERB, MONTH_NAME, NTH, SPANS, TIME, WEEKDAY
from prove.synthesis.sentences import like

OPEN, SPAN, CLOSE = "\x02", "\x04", "\x03"
"""Around the words of a date or of a number of minutes; they never leave this module's `repaired`."""
NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
DAY_FIRST = rf"(?:{WEEKDAY}\b|(?:the )?{NUMBER}(?: of)? {MONTH_NAME}\b|{MONTH_NAME} {NUMBER}\b|the {NTH}\b)"


def date_words(words: str) -> str:
    """Words of a date, as the repairs know them."""
    return f"{OPEN}{words}{CLOSE}"


def span_words(words: str) -> str:
    """A number of minutes that may become "an hour"."""
    return f"{SPAN}{words}{CLOSE}"


def repaired(text: str) -> str:
    """Prepositions that fit the words: "on tomorrow" -> "tomorrow", "at 2 June at 8 am" -> "on 2 June at 8 am"."""
    for pattern, repair in REPAIRS:
        text = pattern.sub(repair, text)
    return re.sub(f"[{OPEN}{SPAN}{CLOSE}]", "", text)


def _repairs() -> Iterator[tuple[re.Pattern[str], Any]]:
    def rule(pattern: str, repair: Any) -> tuple[re.Pattern[str], Any]:
        return re.compile(pattern, re.I), repair

    yield rule(rf"(?<![\w-])(on|in|at) {OPEN}({ADVERB})", lambda m: OPEN + like(m[1], m[2]))
    yield rule(rf"(?<![\w-])(at|in) {OPEN}(?={DAY_FIRST})", lambda m: like(m[1], "on ") + OPEN)
    yield rule(rf"(?<![\w-])(on) {OPEN}(?={TIME}\b)(?!{DAY_FIRST}|\d{{4}})", lambda m: like(m[1], "at ") + OPEN)
    yield rule(rf"\bthe {OPEN}({ADVERB}){CLOSE} (?=[a-z])", rf"\1's{CLOSE} ")
    yield rule(rf"\bthe {OPEN}(?=the )", OPEN)
    yield rule(rf"\bthe month {OPEN}(?=(?:last|this|next) month)", OPEN)
    yield rule(rf"\bthe month {OPEN}(?={MONTH_NAME}\b)", f"the month of {OPEN}")
    yield rule(rf"(?<!the )(?<!first )(?<!next )(?<!a ){SPAN}(\d+){CLOSE} minutes", lambda m: SPANS[int(m[1])])


REPAIRS = tuple(_repairs())
