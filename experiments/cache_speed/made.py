"""Made-up recorded responses of a travel service, any number of them: hotels of a city, and details of a hotel.

    search_hotels(city, arrival, departure, adults, currency)   1 to 8 hotels, 170 bytes each
    hotel_details(hotel_id, arrival, currency)                  350 bytes

Half of the calls each, about 560 bytes a response. `currency` is the same in all of them, and `adults` one of four: the
hardest case for a miss, which looks for calls that share a value.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

CITIES = [f"{first}{last}" for first in ("Al", "Bre", "Cor", "Du", "El", "Fa", "Gre") for last in ("ton", "burg", "da")]
DATE, TEXT, WHOLE = {"type": "string", "format": "date"}, {"type": "string"}, {"type": "integer"}
TOOLS = [
    {
        "name": "search_hotels",
        "description": "Finds hotels of a city.",
        "inputSchema": {
            "type": "object",
            "properties": {"city": TEXT, "arrival": DATE, "departure": DATE, "adults": WHOLE, "currency": TEXT},
            "required": ["city", "arrival", "departure"],
        },
    },
    {
        "name": "hotel_details",
        "description": "Shows one hotel.",
        "inputSchema": {
            "type": "object",
            "properties": {"hotel_id": TEXT, "arrival": DATE, "currency": TEXT},
            "required": ["hotel_id"],
        },
    },
]
HEAD = {"name": "speed", "source": "experiments/cache_speed, made up", "tools": TOOLS}
Call = tuple[str, dict[str, Any]]


def call(number: int) -> Call:
    """The call with this number; different numbers are different calls."""
    half, odd = divmod(number, 2)
    day = date(2026, 1, 1) + timedelta(days=half % 365)
    rest = half // 365
    if odd:
        return "hotel_details", {"hotel_id": f"H-{10_000 + rest}", "arrival": day.isoformat(), "currency": "EUR"}
    nights, rest = 1 + rest % 14, rest // 14
    adults, rest = 1 + rest % 4, rest // 4
    city = CITIES[rest % len(CITIES)] + (f" {rest // len(CITIES)}" if rest >= len(CITIES) else "")
    stay = {"arrival": day.isoformat(), "departure": (day + timedelta(days=nights)).isoformat()}
    return "search_hotels", {"city": city, **stay, "adults": adults, "currency": "EUR"}


def missed(number: int) -> Call:
    """A call that was not recorded and differs from the one with this number in one argument."""
    tool, arguments = call(number)
    return tool, {**arguments, "arrival": "2027-" + arguments["arrival"][5:]}


def response(number: int) -> dict[str, Any]:
    rng = random.Random(number)
    if number % 2:
        words = " ".join(rng.choices(CITIES, k=24))
        return {"hotel_id": call(number)[1]["hotel_id"], "about": words, "rating": rng.randrange(50, 100) / 10}
    return {"hotels": [_hotel(rng) for _ in range(rng.randint(1, 8))]}


def _hotel(rng: random.Random) -> dict[str, Any]:
    return {
        "hotel_id": f"H-{rng.randrange(10_000, 99_999)}",
        "name": f"{rng.choice(CITIES)} {rng.choice(CITIES)} Hotel",
        "price": {"amount": rng.randrange(4000, 40_000) / 100, "currency": "EUR"},
        "coordinates": {"latitude": round(rng.random() * 90, 5), "longitude": round(rng.random() * 90, 5)},
    }


def lines(count: int) -> Iterator[bytes]:
    """What servers.recorded writes a cache from."""
    yield json.dumps(HEAD).encode()
    for number in range(count):
        tool, arguments = call(number)
        yield json.dumps({"tool": tool, "arguments": arguments, "response": response(number)}).encode()
