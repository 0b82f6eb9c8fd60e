"""The ways people say a number.

1200.5   1200.5, 1200.50, 1,200.50, 1.200,50, 1 200.50
250      250, two hundred and fifty, two hundred fifty
90       90, ninety, an hour and a half, 1.5 hours          3     3, three, third, 3rd
2500     2500, 2.5 thousand, 2.5k                           0.15  0.15, 15%, 15 percent
"""

from __future__ import annotations

from typing import Any

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "- ten twenty thirty forty fifty sixty seventy eighty ninety".split()
ODD_WAYS: dict[int, tuple[str, ...]] = {
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


def letters(value: Any) -> str:
    """A value as it is written: 200 for 200.0, too."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def number_ways(number: float) -> list[str]:
    """1200.5: "1200.5", "1200.50", "1,200.50", "1.200,50", "1 200.50"; whole numbers in words too, minutes as hours."""
    ways = [letters(number), *([f"{number:,}"] if isinstance(number, int) else [])]
    if abs(number) >= 10**9 or number != number:
        return ways
    if round(number, 2) == number:
        ways += [str(number), f"{number:.2f}", f"{number:,.2f}"]
        ways += [way.translate(str.maketrans(",.", ".,")) for way in ways]
        ways += [f"{number:,.2f}".replace(",", " ").removesuffix(".00")]
    if 0 < number < 1:
        ways += [f"{number * 100:g}%", f"{number * 100:g} percent"]
    return ways + (whole_ways(int(number)) if number == int(number) and number >= 0 else [])


def whole_ways(number: int) -> list[str]:
    """A whole number as a count, of thousands, hours, weeks or dozens too; last as a place: 21st."""
    ways = [*counts(number), *ODD_WAYS.get(number, ())]
    for size, names in ((1000, ("thousand", "k")), (10**6, ("million", "m"))):
        if number and number % (size // 10) == 0:
            ways += [f"{number / size:g}{space}{name}" for name in names for space in ("", " ")]
    if number and number % 15 == 0:
        ways += [f"{number / 60:g} hour", f"{number / 60:g} hours", f"{number / 60:g}h", f"{number / 60:g} h"]
    for size, unit in ((60, "hour"), (7, "week"), (12, "dozen")):
        if number and number % size == 0:
            ways += [f"{count} {unit}{s}" for count in counts(number // size) for s in ("", "s")]
    if number % 10 in (1, 2, 3) and number % 100 not in (11, 12, 13):
        return [*ways, f"{number}{('st', 'nd', 'rd')[number % 10 - 1]}"]
    return [*ways, f"{number}th"]


def counts(number: int) -> list[str]:
    """12 and "twelve"; 250 and "two hundred and fifty", with and without "and" and hyphen."""
    words = in_words(number)
    return list(dict.fromkeys([str(number), words, words.replace("-", " "), words.replace(" and ", " ")]))


def in_words(number: int) -> str:
    """250: "two hundred and fifty"."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if rest < 100 else " "
            return f"{in_words(number // size)} {name}" + (joint + in_words(rest) if rest else "")
    raise AssertionError
