"""The flights of a world: which routes are flown daily, and the flight of each day with what others have bought."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from servers.travel_booking.cabin import seats
from servers.travel_booking.material import AIRLINES, Place, kilometres
from servers.travel_booking.records import Aircraft, Airport, Flight

SLOTS = range(6 * 12, 22 * 12)
"""Departures, in steps of five minutes."""
CROSS_ROUTES = 5
Served = list[tuple[Airport, Place]]


class Route(NamedTuple):
    """A flight that leaves at the same time every day."""

    number: str
    origin: Airport
    destination: Airport
    departs: int
    minutes: int
    aircraft: Aircraft
    base: float


def timetable(rng: random.Random, served: Served) -> list[Route]:
    """From the first airport to each other and back, and between a few of the others."""
    home, *others = served
    numbers = iter(rng.sample(range(100, 1000), 200))
    routes: list[Route] = []
    for other in others:
        airline = rng.choice(AIRLINES)
        daily = 1 if kilometres(home[1], other[1]) > 5_000 else rng.choice([1, 2, 2, 3])
        for way in ((home, other), (other, home)):
            routes += _routes(rng, airline, numbers, *way, daily)
    for _ in range(CROSS_ROUTES):
        one, two = rng.sample(others, 2)
        if one[1].city != two[1].city:
            for way in ((one, two), (two, one)):
                routes += _routes(rng, rng.choice(AIRLINES), numbers, *way, 1)
    return routes


def _routes(
    rng: random.Random,
    airline: str,
    numbers: Iterator[int],
    origin: tuple[Airport, Place],
    destination: tuple[Airport, Place],
    daily: int,
) -> Iterator[Route]:
    far = kilometres(origin[1], destination[1])
    minutes = 5 * round((35 + far / 13.3) / 5)
    aircraft: Aircraft = "A330" if far > 4_000 else rng.choice(["E190", "A320", "A320"])
    for slot in sorted(rng.sample(SLOTS, daily)):
        base = (28 + far * 0.055) * rng.uniform(0.85, 1.2)
        yield Route(f"{airline}{next(numbers)}", origin[0], destination[0], slot * 5, minutes, aircraft, base)


def flight_on(rng: random.Random, flight_id: str, route: Route, day: date) -> Flight:
    """The flight of a route on one day; one in 25 is sold out."""
    economy, business = len(seats(route.aircraft, "economy")), len(seats(route.aircraft, "business"))
    full = rng.random() < 0.04
    landing = route.departs + route.minutes + 60 * (route.destination.utc_offset - route.origin.utc_offset)
    return Flight(
        flight_id=flight_id,
        number=route.number,
        origin=route.origin.code,
        destination=route.destination.code,
        departs=_moment(day, route.departs),
        arrives=_moment(day, landing),
        minutes=route.minutes,
        aircraft=route.aircraft,
        base_fare=round(route.base * (0.8 + 0.5 * rng.random()), 2),
        economy_sold=economy if full else int(economy * 0.98 * rng.random() ** 0.6),
        business_sold=business if full else int(business * rng.random()),
    )


def _moment(day: date, minute: int) -> str:
    days, minute = divmod(minute, 24 * 60)
    if days:
        day += timedelta(days=days)
    return f"{day.isoformat()}T{minute // 60:02d}:{minute % 60:02d}"
