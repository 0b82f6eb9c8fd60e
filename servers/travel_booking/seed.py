"""A customer's travels from a seed: six weeks of flights, hotels that are partly full, trips past and to come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from servers.names import first_new_ids, ids, people
from servers.state import Base
from servers.travel_booking.journeys import Desk, book_journeys
from servers.travel_booking.material import (
    DISTRICTS,
    EUROPEAN,
    HOMES,
    HOTEL_FIRST,
    HOTEL_SECOND,
    PLACES,
    Place,
)
from servers.travel_booking.records import Airport, Customer, Flight, Hotel, Policy, Room, RoomKind, Stay, Traveller
from servers.travel_booking.timetable import Route, flight_on, timetable

NEAR, FAR = 7, 3
DAYS_ON_SALE = 40
TRAVELLERS = 9
HOTELS_PER_CITY = 4
POLICIES: list[Policy] = ["flexible", "flexible", "moderate", "moderate", "strict", "non_refundable"]
KINDS: dict[RoomKind, tuple[float, int]] = {"single": (0.75, 4), "double": (1.0, 8), "suite": (2.1, 2)}
"""Of each kind of room: price against a double, and about how many there are."""


def generate(seed: int) -> Base:
    """The agency of this seed: about 13 airports, 2000 flights, 40 hotels, 15 trips with some 60 bookings."""
    rng = random.Random(f"travel_booking:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 20):02d}:{rng.randrange(60):02d}"
    served = _served(rng)
    home = served[0][0]
    routes = timetable(rng, served)
    numbers = iter(ids(rng, "FLT", len(routes) * DAYS_ON_SALE + 100))
    flights = {(row.number, row.departs[:10]): row for row in _flights(rng, routes, numbers, today)}
    hotels, rooms = _hotels(rng, list(dict.fromkeys(place.city for _, place in served[1:])))
    travellers = _travellers(rng, today)
    doubles = {row.hotel_id: row for row in rooms if row.kind == "double"}
    desk = Desk(
        rng,
        now,
        home.code,
        {airport.code: home.utc_offset - airport.utc_offset for airport, _ in served},
        routes,
        flights,
        numbers,
        travellers,
        [(hotel, doubles[hotel.hotel_id]) for hotel in hotels],
        {airport.code: place.city for airport, place in served},
    )
    book_journeys(desk)
    own = {row.room_id for row in desk.hotel_bookings}
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "TRP", "FBK", "HBK"),
        customers=[Customer(ids(rng, "AGC", 1)[0], travellers[0].name, home.code, home.utc_offset)],
        airports=[airport for airport, _ in served],
        flights=list(flights.values()),
        hotels=hotels,
        rooms=rooms,
        stays=_stays(rng, rooms, own, today),
        trips=desk.trips,
        travellers=travellers,
        flight_bookings=desk.flight_bookings,
        hotel_bookings=desk.hotel_bookings,
    )


def _served(rng: random.Random) -> list[tuple[Airport, Place]]:
    """The airports of home, of some cities near and of a few far away; home first."""
    home = rng.choice([place for place in PLACES if place.city in HOMES])
    near = rng.sample([place for place in PLACES[:EUROPEAN] if place.city != home.city], NEAR)
    places = [home, *near, *rng.sample(PLACES[EUROPEAN:], FAR)]
    return [
        (Airport(code, name, place.city, place.country, place.utc_offset), place)
        for place in places
        for code, name in place.airports
    ]


def _flights(rng: random.Random, routes: list[Route], numbers: Iterator[str], today: date) -> Iterator[Flight]:
    for number in range(DAYS_ON_SALE):
        day = today + timedelta(days=number)
        for route in routes:
            yield flight_on(rng, next(numbers), route, day)


def _travellers(rng: random.Random, today: date) -> list[Traveller]:
    """The customer, family and friends; one passport has expired, another soon will."""
    days = [rng.randrange(200, 3_000) for _ in range(TRAVELLERS - 2)]
    days += [-rng.randrange(20, 400), rng.randrange(12, 60)]
    rows = []
    for number, name, left in zip(ids(rng, "PAX", TRAVELLERS), people(rng, TRAVELLERS), days, strict=True):
        passport = f"{rng.choice('ACEGKLPX')}{rng.randrange(10**7, 10**8)}"
        points = int(45_000 * rng.random() ** 2.5)
        rows.append(Traveller(number, name, passport, (today + timedelta(days=left)).isoformat(), points))
    return rows


def _hotels(rng: random.Random, cities: list[str]) -> tuple[list[Hotel], list[Room]]:
    """Hotels of one name may stand in several cities, never twice in one."""
    hotels, rooms = [], []
    numbers = iter(ids(rng, "HTL", HOTELS_PER_CITY * len(cities)))
    for city in cities:
        seconds = rng.sample(HOTEL_SECOND, HOTELS_PER_CITY)
        for second in seconds:
            stars = rng.choice([2, 3, 3, 4, 4, 5])
            name = f"{rng.choice(HOTEL_FIRST)} {second}"
            hotel = Hotel(next(numbers), name, city, rng.choice(DISTRICTS), stars, rng.choice(POLICIES))
            hotels.append(hotel)
            rate = (24 + 27 * stars) * rng.uniform(0.8, 1.5)
            rooms += [
                Room(f"{hotel.hotel_id}/{kind}", hotel.hotel_id, kind, round(rate * factor), count + rng.randrange(3))
                for kind, (factor, count) in KINDS.items()
            ]
    return hotels, rooms


def _stays(rng: random.Random, rooms: list[Room], own: set[str], today: date) -> list[Stay]:
    """Groups that come one after another; two at a time at most, and they leave a room where the customer has one."""
    spans = []
    for room in rooms:
        left = room.count - (1 if room.room_id in own else 0)
        for size in _sizes(rng, left):
            day = -rng.randrange(8)
            while day < DAYS_ON_SALE + 5:
                nights = rng.randrange(1, 9)
                spans.append((room.room_id, day, day + nights, size))
                day += nights + rng.randrange(9)
    days = [(today + timedelta(days=number)).isoformat() for number in range(-8, DAYS_ON_SALE + 20)]
    return [
        Stay(number, room_id, days[first + 8], days[last + 8], size)
        for number, (room_id, first, last, size) in zip(ids(rng, "STY", len(spans)), spans, strict=True)
    ]


def _sizes(rng: random.Random, left: int) -> list[int]:
    """How many rooms either group takes; at times a room or two are left to the last."""
    filled = max(0, left - rng.choice([0, 0, 1, 2]))
    first = rng.randrange(filled + 1)
    return [size for size in (first, filled - first) if size]
