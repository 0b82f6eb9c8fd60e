"""How people say values, and who speaks: the voice of one user for a whole conversation.

value   2026-08-21            -> Friday                     today is Tuesday, 18 August 2026
means   Friday                -> {2026-08-21}               the inverse: what is said means one value only
fill    "Put it at {start}."  -> Put it tomorrow at 8 am.   prepositions follow the words
query   "Move X to Y."        -> Hi, could you move X to Y? a persona's manner; every fact stays letter by letter

**Ours**: the paper (3.2) names personas and a reference date; what they are is decided here and in speech.yaml.
"""

from __future__ import annotations

import calendar
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SLOT = re.compile(r"{(\w+)}")
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


def _either(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


W, M, NTH = _either(WEEKDAYS), _either(MONTHS), r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
TIME = r"(?:(?:1[0-2]|[1-9])(?::[0-5]\d)?(?: ?[ap]m| in the (?:morning|afternoon|evening))"
TIME += rf"|{ISO['time'].pattern}|[1-9]:[0-5]\d|noon)"
ADVERB = rf"(?:{_either(NEAR_DAYS)}|(?:this|last|next) (?:{W}|month))\b"
DATED = rf"(?:{W},? )?(?:(?:the )?{NTH}(?: of)? {M}|{M} (?:the )?{NTH})(?:,? \d{{4}})?"
DAY = rf"(?:{ISO['day'].pattern}|{_either(NEAR_DAYS)}|{DATED}|{W} (?:the )?{NTH}|the {NTH} of this month"
DAY += rf"|(?:(?:this|last|next) )?{W})"
MONTH = rf"(?:{ISO['month'].pattern}(?!-)|{_either(NEAR_MONTHS)}|{M}(?: \d{{4}})?)"
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
    return frozenset(spoken[words.lower()] for words in re.findall(rf"\b{_either(spoken)}\b", text, re.I))


def _days(words: str, now: date) -> set[date]:
    if not re.fullmatch(DAY, words):
        return set()
    if words in NEAR_DAYS:
        return {now + timedelta(NEAR_DAYS[words])}
    if ISO["day"].fullmatch(words):
        return _dates(int(words[:4]), int(words[5:7]), int(words[8:]))
    weekday = next((WEEKDAYS[word] for word in re.findall(W + r"\b", words)), None)
    month = next((MONTHS[word] for word in re.findall(rf"\b{M}\b", words)), None)
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


@dataclass(frozen=True)
class Persona:
    """Who speaks: forms of values (kind -> {form: weight}), rates of habits (0 to 1), and the words they draw on."""

    name: str
    weight: float
    forms: Mapping[str, Mapping[str, float]]
    rates: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


@cache
def stock() -> dict[str, Any]:
    """speech.yaml: personas, their words, irrelevant requests and what an assistant answers."""
    return yaml.safe_load(Path(__file__).with_name("speech.yaml").read_text(encoding="utf-8"))


@cache
def personas() -> dict[str, Persona]:
    """Every persona by name; words it does not bring are those shared by all."""
    shared, dialects = stock()["words"], stock()["dialects"]
    return {
        name: Persona(
            name, own["weight"], dialects[own["dialect"]], own.get("rates", {}), {**shared, **own.get("words", {})}
        )
        for name, own in stock()["personas"].items()
    }


def draw_persona(rng: random.Random) -> str:
    """The name of a persona, by weight."""
    known = personas()
    return rng.choices(list(known), [persona.weight for persona in known.values()])[0]


class Speaker:
    """One user of one conversation. Without a known clock (`today` empty) dates are said as they are written."""

    def __init__(self, persona: str, today: str, rng: random.Random):
        """`today`: the world's clock, "2026-03-14T09:30". ValueError for a persona that speech.yaml does not have."""
        if persona not in personas():
            raise ValueError(f"persona {persona!r} is none of {', '.join(personas())}")
        self.persona, self.today, self.rng = personas()[persona], today, rng

    def value(self, parameter: str, schema: Mapping[str, Any], value: Any) -> str | None:
        """Words for one argument; None for what nobody says (a boolean, an object, nothing).

        A date is reworded only where the schema asks for one (`format` or `pattern`), an underscore is a space only
        in a choice (`enum`); any other text is said letter by letter.
        """
        if hasattr(value, "says"):
            return self.phrase(self.rng.choice(value.says))
        if isinstance(value, (list, tuple)):
            return self._listed(parameter, schema, value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(parameter, schema, value)
        if not isinstance(value, str):
            return None
        if any(value in branch.get("enum", ()) for branch in _branches(schema)):
            return value.replace("_", " ")
        kind = _kind(value)
        dated = kind and any("format" in branch or "pattern" in branch for branch in _branches(schema))
        return self._said(kind, value) if kind and dated else value

    def phrase(self, text: str) -> str:
        """How an entity is named, with the dates in it reworded: "the demo on 2026-06-04" -> "the demo on 4 June"."""
        if kind := _kind(text):
            return self._said(kind, text)
        shield = Shield(text, NAMED)
        told = WITH_DATE.sub(lambda match: f"{match[1]} {_mark(self._said('day', match[2]))}", shield.text)
        return shield.restore(_repaired(told))

    def fill(self, text: str, words: Mapping[str, str], values: Mapping[str, Any] | None = None) -> str:
        """An utterance with its slots filled by words, prepositions put right and the first letter a capital.

        `values`: the arguments the words stand for; only words of a date or of a length of time are fitted in.
        """
        values = values or {}
        told = _repaired(SLOT.sub(lambda slot: self._marked(words[slot[1]], values.get(slot[1])), text))
        first = SLOT.match(text)
        literal = first and isinstance(values.get(first[1]), str) and not _kind(values[first[1]])
        return told if literal else _capital(told)

    def query(self, text: str, turn: int = 0, keep: Iterable[str] = ()) -> str:
        """A finished message in the persona's manner. `turn` counts the user's messages from 0.

        Quotes, ids, paths, numbers and the words in `keep` (names, titles) stay as they are; nothing is asked for
        that the message does not ask for.
        """
        shield = Shield(text, FACTS, keep)
        told = self._asked(self._expanded(shield.text))
        told = self._continued(told) if turn else self._opened(told, "questions" if text.endswith("?") else "leads")
        return shield.restore(self._typed(self._closed(told)))

    def again(self, text: str) -> str:
        """A later request, tied to what went before: "And show me the cards." Left alone if it is tied already."""
        if re.match(_either(stock()["tied"]) + r"\b", text, re.I):
            return text
        return _joined(self._pick("again"), text)

    def answer(self, values: Sequence[str]) -> str:
        """A short answer to a question: the words asked for, letter by letter, and next to nothing else."""
        told = _enumerated(values, " and ")
        form = self._pick("answers" if len(values) == 1 else "answers_many")
        if told.endswith((".", "?", "!")):
            form = form.replace("{it}.", "{it}")
        first = DETERMINED.match(told) and form.startswith("{it}")
        shield = Shield(form.replace("{it}", _capital(told) if first else told), FACTS, values)
        return shield.restore(self._typed(shield.text))

    def recall(self, noun: str, alone: bool = False) -> tuple[str, ...]:
        """Ways to refer back to an entity; "it" only where nothing else was mentioned (`alone`)."""
        ways = (*self.persona.words["recall"], *(self.persona.words["recall_alone"] if alone else ()))
        return tuple(way.replace("{noun}", noun) for way in ways)

    def regret(self, missing: str = "") -> str:
        """How the user takes it that something cannot be done. `missing`: what, as a verb phrase ("send money")."""
        forms = [form for form in self.persona.words["regrets"] if missing or "{missing}" not in form]
        shield = Shield(self.rng.choice(forms).replace("{missing}", missing), FACTS, [missing])
        return shield.restore(self._typed(shield.text))

    def _said(self, kind: str, value: str) -> str:
        """A date in one of the persona's forms, the first of a draw that has no other meaning."""
        if not self.today:
            return value
        for form in self._drawn(self.persona.forms[kind]):
            words = form.format_map(self._parts(kind, value))
            if means(words, self.today) == {value}:
                return words
        return value

    def _parts(self, kind: str, value: str) -> dict[str, str]:
        """What the forms of a kind are made of; empty where a part does not exist ("noon" at nine)."""
        now = date.fromisoformat(self.today[:10])
        if kind == "moment":
            day, time = value.split("T")
            said = {"raw": value, "iso_day": day, "iso_time": time, "time": self._said("time", time)}
            return _day_parts(date.fromisoformat(day), now) | said | {"day": self._said("day", day)}
        if kind == "time":
            return _clock_parts(value)
        return _month_parts(value, now) if kind == "month" else _day_parts(date.fromisoformat(value), now)

    def _listed(self, parameter: str, schema: Mapping[str, Any], values: Sequence[Any]) -> str | None:
        items = next((branch["items"] for branch in _branches(schema) if "items" in branch), {})
        words = [self.value(parameter, items, value) for value in values]
        told = [word if not re.search(r", | and ", word) else f"'{word}'" for word in words if word is not None]
        last = self._drawn(self.persona.forms["list"])[0]
        return _enumerated(told, last) if told and len(told) == len(values) else None

    def _number(self, parameter: str, schema: Mapping[str, Any], value: float) -> str:
        """Money may be written with cents or a thousands comma; no other number is touched."""
        told = " ".join([parameter, *(str(branch.get("description", "")) for branch in _branches(schema))])
        if not MONEY.search(told):
            return str(value)
        cents = isinstance(value, float) and round(value, 2) == value and self._does("cents")
        comma = "," if value >= 1000 and self._does("comma") else ""
        if cents or (comma and isinstance(value, int)):
            return f"{value:{comma}.2f}" if cents else f"{value:{comma}}"
        return str(value)

    def _marked(self, words: str, value: Any) -> str:
        if _dated(value) and self.today and means(words, self.today):
            return _mark(words)
        if words == str(value) and not isinstance(value, bool) and value in SPANS and self._does("span"):
            return f"{SPAN}{words}{CLOSE}"
        return words

    def _expanded(self, text: str) -> str:
        """Without contractions, for those who write that way."""
        if not self._does("expand"):
            return text
        for short, long in stock()["contractions"].items():
            text = re.sub(rf"\b{short}\b", lambda match, long=long: _like(match[0], long), text, flags=re.I)
        return text

    def _asked(self, text: str) -> str:
        """An order of one sentence, asked more softly; anything else stays."""
        order = ORDER.fullmatch(text)
        if not order or order["verb"] not in stock()["verbs"] or "please" in text[:-8].lower() or not self._does("ask"):
            return text
        return self._pick("asks").replace("{do}", _lower(order["do"])).replace("{Do}", order["do"])

    def _opened(self, text: str, leads: str) -> str:
        """With a greeting, or with a word ahead; a request of several sentences has its own already."""
        if not re.search(r"[.?!] ", text) and self._does("lead"):
            text = _joined(self._pick(leads), text)
        if self._does("greet"):
            text = _joined(self._pick("greetings").replace("{part}", self._part_of_day()), text)
        return text

    def _continued(self, text: str) -> str:
        if self._does("again"):
            text = self.again(text)
        return _joined(self._pick("acknowledgements"), text) if self._does("acknowledge") else text

    def _closed(self, text: str) -> str:
        if "thank" in text.lower() or not self._does("close"):
            return text
        return f"{text if text.endswith(('.', '?', '!')) else text + '.'} {self._pick('closings')}"

    def _typed(self, text: str) -> str:
        """As it leaves the keyboard: small first letters, short spellings, no last full stop."""
        if self._does("shorten"):
            for long, short in stock()["short"].items():
                text = re.sub(rf"\b{long}\b", lambda match, short=short: _like(match[0], short), text, flags=re.I)
        if self._does("lower"):
            text = FIRST_WORD.sub(lambda match: _lower(match[0]), text)
        return text[:-1] if text.endswith(".") and self._does("no_stop") else text

    def _part_of_day(self) -> str:
        hour = int(self.today[11:13] or 0) if len(self.today) > 11 else None
        return "day" if hour is None else "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"

    def _does(self, habit: str) -> bool:
        return self.rng.random() < self.persona.rates.get(habit, 0)

    def _pick(self, words: str) -> str:
        return self.rng.choice(self.persona.words[words])

    def _drawn(self, weights: Mapping[str, float]) -> list[str]:
        """All options in random order, the heavier ones sooner."""
        return sorted(weights, key=lambda option: -(self.rng.random() ** (1 / weights[option])))


def irrelevant(rng: random.Random) -> str:
    """A request that no tool of any server serves, in plain words."""
    text, fillers = rng.choice(stock()["irrelevant"]), stock()["fillers"]
    drawn: dict[str, str] = {}
    for slot in SLOT.findall(text):
        drawn[slot] = rng.choice([word for word in fillers[slot.rstrip("0123456789")] if word not in drawn.values()])
    return _capital(SLOT.sub(lambda slot: drawn[slot[1]], text))


def refusal(rng: random.Random) -> str:
    """What the assistant answers to a request that no tool serves."""
    return rng.choice(stock()["refusals"])


def cannot(what: str, rng: random.Random) -> str:
    """What the assistant answers where the tool is missing. `what`: a verb phrase, such as "send money"."""
    return rng.choice(stock()["cannot"]).replace("{what}", what)


class Shield:
    """A text whose facts are out of reach: each is one private character until `restore`."""

    def __init__(self, text: str, facts: str, keep: Iterable[str] = ()):
        literal = [rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(set(keep), key=len, reverse=True) if one]
        self._facts: list[str] = []
        self.text = re.sub("|".join([*literal, facts]), self._hide, text)

    def _hide(self, fact: re.Match[str]) -> str:
        self._facts.append(fact[0])
        return chr(HIDDEN + len(self._facts) - 1)

    def restore(self, text: str) -> str:
        return PRIVATE.sub(lambda hidden: self._facts[ord(hidden[0]) - HIDDEN], text)


HIDDEN, PRIVATE = 0xF0000, re.compile("[\U000f0000-\U000ffffd]")
NAMED = r"""(?<!\w)'[^\n]*?'(?!\w)|"[^"\n]*"|“[^”\n]*”|`[^`\n]*`|[\U000f0000-\U000ffffd]"""
FACTS = NAMED + r"""|(?<!\S)\S*[\d@#/_\\{}<>|=~^*+]\S*(?<![.,;:?!)'"])|(?<!\w)\w+(?:[.-]\w+)+|\b[A-Z]{2,}\b"""
WITH_DATE = re.compile(rf"\b(on|of|from) ({ISO['day'].pattern})(?=$|[ ,?!]|\.(?!\w))")
ORDER = re.compile(r"(?P<do>(?P<verb>[A-Z][a-z]+)\b[^.?!;:]*?)(?:, please)?\.")
FIRST_WORD = re.compile(r"(?:^|(?<=[.?!:] ))[A-Z][a-z']*")
DETERMINED = re.compile(r"(?:the|my|our|an?|this|that) ")
MONEY = re.compile(r"amount|price|euros|budget|monthly_limit|currency|\bcost", re.I)

OPEN, SPAN, CLOSE = "\x02", "\x04", "\x03"
DAY_FIRST = rf"(?:{W}\b|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {M}\b|{M} \d{{1,2}}(?:st|nd|rd|th)?\b|the {NTH}\b)"


def _mark(words: str) -> str:
    """Words of a date, as the repairs know them."""
    return f"{OPEN}{words}{CLOSE}"


def _repaired(text: str) -> str:
    """Prepositions that fit the words: "on tomorrow" -> "tomorrow", "at 2 June at 8 am" -> "on 2 June at 8 am"."""
    for pattern, repair in REPAIRS:
        text = pattern.sub(repair, text)
    return re.sub(f"[{OPEN}{SPAN}{CLOSE}]", "", text)


def _repairs() -> Iterator[tuple[re.Pattern[str], Any]]:
    def rule(pattern: str, repair: Any) -> tuple[re.Pattern[str], Any]:
        return re.compile(pattern, re.I), repair

    yield rule(rf"(?<![\w-])(on|in|at) {OPEN}({ADVERB})", lambda m: OPEN + _like(m[1], m[2]))
    yield rule(rf"(?<![\w-])(at|in) {OPEN}(?={DAY_FIRST})", lambda m: _like(m[1], "on ") + OPEN)
    yield rule(rf"(?<![\w-])(on) {OPEN}(?={TIME}\b)(?!{DAY_FIRST}|\d{{4}})", lambda m: _like(m[1], "at ") + OPEN)
    yield rule(rf"\bthe {OPEN}({ADVERB}){CLOSE} (?=[a-z])", rf"\1's{CLOSE} ")
    yield rule(rf"\bthe {OPEN}(?=the )", OPEN)
    yield rule(rf"\bthe month {OPEN}(?=(?:last|this|next) month)", OPEN)
    yield rule(rf"\bthe month {OPEN}(?={M}\b)", f"the month of {OPEN}")
    yield rule(rf"(?<!the )(?<!first )(?<!next )(?<!a ){SPAN}(\d+){CLOSE} minutes", lambda m: SPANS[int(m[1])])


REPAIRS = tuple(_repairs())


def _kind(value: str) -> str | None:
    """Which kind of date a text is, letter by letter; None for any other text and for a day that does not exist."""
    kind = next((name for name, pattern in ISO.items() if pattern.fullmatch(value)), None)
    if kind in ("day", "moment") and not _dates(*map(int, value[:10].split("-"))):
        return None
    if kind == "moment" and not ISO["time"].fullmatch(value[11:]):
        return None
    return kind


def _dated(value: Any) -> bool:
    texts = value.says if hasattr(value, "says") else [value]
    return any(isinstance(text, str) and _kind(text) for text in texts)


def _branches(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and what its anyOf, oneOf and allOf hold."""
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from _branches(branch)


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


def _enumerated(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    return last.join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _joined(opening: str, text: str) -> str:
    """An opening and what follows; after a comma, a colon or a bare word it goes on with a small letter."""
    return f"{opening} {text if opening.endswith(('.', '!', '?')) else _lower(text)}"


def _opens(text: str) -> bool:
    """Whether a text begins with an everyday word, so that its first letter may change."""
    return re.split(r"[^\w']", text, maxsplit=1)[0].lower() in _everyday()


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if _opens(text) else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _like(model: str, text: str) -> str:
    """With a capital where the model has one."""
    return _capital(text) if model[:1].isupper() else text


@cache
def _everyday() -> frozenset[str]:
    """Words a sentence may begin with that are nobody's name."""
    return frozenset(word.lower() for word in (*stock()["verbs"], *stock()["openers"]))
