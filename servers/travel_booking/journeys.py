"""The trips that a customer has made, is on and has booked: flights there and back, a hotel, a budget."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from servers.names import ids
from servers.state import later
from servers.travel_booking.cabin import others_seats, seats
from servers.travel_booking.fares import RULES
from servers.travel_booking.lodging import free_until, price_of
from servers.travel_booking.material import OCCASIONS
from servers.travel_booking.records import (
    Fare,
    Flight,
    FlightBooking,
    Hotel,
    HotelBooking,
    Room,
    Traveller,
    Trip,
)
from servers.travel_booking.timetable import Route, flight_on

STAGES = ["ongoing", "imminent", *["upcoming"] * 5, *["past"] * 6, "unbooked", "unbooked"]
KEPT_FREE = 8
FARES: list[Fare] = ["light", "standard", "standard", "standard", "flex", "flex", "business"]
Pair = tuple[Flight, Flight]


@dataclass
class Desk:
    """What trips are booked from, and what has been booked so far."""

    rng: random.Random
    now: str
    home: str
    ahead: dict[str, int]
    """By airport code: hours that the customer's clock is ahead of it."""
    routes: list[Route]
    flights: dict[tuple[str, str], Flight]
    """By number and day."""
    flight_ids: Iterator[str]
    travellers: list[Traveller]
    hotels: list[tuple[Hotel, Room]]
    cities: dict[str, str]
    """By airport code."""
    trips: list[Trip] = field(default_factory=list)
    flight_bookings: list[FlightBooking] = field(default_factory=list)
    hotel_bookings: list[HotelBooking] = field(default_factory=list)
    away: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """By traveller: days on which somebody has other plans."""

    def __post_init__(self) -> None:
        self.seats: dict[str, set[str]] = {}
        self.trip_ids = iter(ids(self.rng, "TRP", len(STAGES)))
        self.flight_booking_ids = iter(ids(self.rng, "FBK", len(STAGES) * 6))
        self.hotel_booking_ids = iter(ids(self.rng, "HBK", len(STAGES)))


def book_journeys(desk: Desk) -> None:
    for stage in STAGES:
        trip_id = next(desk.trip_ids)
        pair = _there_and_back(desk, stage)
        total = _book(desk, trip_id, stage, *pair)
        city = desk.cities[pair[0].destination]
        desk.trips.append(Trip(trip_id, _name(desk, city), _budget(desk.rng, total)))


def _name(desk: Desk, city: str) -> str:
    taken = {trip.name for trip in desk.trips}
    names = [occasion.format(city) for occasion in OCCASIONS]
    return desk.rng.choice([name for name in names if name not in taken])


def _budget(rng: random.Random, total: float) -> float:
    """None, or more than the trip comes to so far."""
    if rng.random() < 0.15:
        return 0.0
    planned = total * rng.uniform(1.2, 2) + 700 if total else rng.uniform(1_200, 6_000)
    return 50.0 * round(planned / 50)


def _there_and_back(desk: Desk, stage: str) -> Pair:
    """Flights that fit the stage: an ongoing trip returns, an imminent one begins, within a day."""
    rng = desk.rng
    length = rng.randrange(3, 8)
    if stage == "ongoing":
        back = _soon(desk, lambda flight: flight.destination == desk.home)
        out = _flight(desk, desk.home, back.origin, _after(back.departs, -length))
        return _roomy(desk, out), _roomy(desk, back)
    if stage == "imminent":
        out = _soon(desk, lambda flight: flight.origin == desk.home)
    else:
        days = -rng.randrange(16, 300) if stage == "past" else rng.randrange(4, 31)
        out = _flight(desk, desk.home, rng.choice(list(desk.cities)[1:]), _after(desk.now, days))
    back = _flight(desk, out.destination, desk.home, _after(out.arrives, length))
    return _roomy(desk, out), _roomy(desk, back)


def _roomy(desk: Desk, flight: Flight) -> Flight:
    """The flight with some seats left in either cabin."""
    economy, business = (len(seats(flight.aircraft, cabin)) - KEPT_FREE for cabin in ("economy", "business"))
    sold = min(flight.economy_sold, economy), min(flight.business_sold, business)
    flight = replace(flight, economy_sold=sold[0], business_sold=sold[1])
    desk.flights[flight.number, flight.departs[:10]] = flight
    return flight


def _soon(desk: Desk, fits: Callable[[Flight], bool]) -> Flight:
    first, last = later(desk.now, minutes=150), later(desk.now, minutes=23 * 60)
    days = {_after(desk.now, number) for number in (-1, 0, 1, 2)}
    near = [flight for flight in desk.flights.values() if flight.departs[:10] in days and fits(flight)]
    return desk.rng.choice([flight for flight in near if first <= _at_home(desk, flight) <= last])


def _at_home(desk: Desk, flight: Flight) -> str:
    return later(flight.departs, minutes=60 * desk.ahead[flight.origin])


def _flight(desk: Desk, origin: str, destination: str, day: str) -> Flight:
    ways = [route for route in desk.routes if (route.origin.code, route.destination.code) == (origin, destination)]
    route = desk.rng.choice(ways)
    if (route.number, day) not in desk.flights:
        flight = flight_on(desk.rng, next(desk.flight_ids), route, date.fromisoformat(day))
        desk.flights[route.number, day] = flight
    return desk.flights[route.number, day]


def _book(desk: Desk, trip_id: str, stage: str, out: Flight, back: Flight) -> float:
    """Books a trip for one to three who are not elsewhere; what it comes to."""
    if stage == "unbooked":
        return 0.0
    rng = desk.rng
    days = _after(out.departs, -1), _after(back.arrives, 1)
    free = [row for row in desk.travellers if _is_free(desk, row, days)]
    fare = rng.choice(FARES)
    total = 0.0
    for traveller in rng.sample(free, min(len(free), rng.choice([1, 2, 2, 3]))):
        desk.away.setdefault(traveller.traveller_id, []).append(days)
        for flight in (out, back):
            total += _seat(desk, trip_id, traveller, flight, fare, stage)
    return total + (_room(desk, trip_id, stage, out, back) if rng.random() < 0.85 else 0.0)


def _is_free(desk: Desk, traveller: Traveller, days: tuple[str, str]) -> bool:
    """Nobody travels twice at once, or with a passport that ends before."""
    clear = all(days[1] < first or last < days[0] for first, last in desk.away.get(traveller.traveller_id, []))
    return clear and traveller.passport_expires > days[1]


def _seat(desk: Desk, trip_id: str, traveller: Traveller, flight: Flight, fare: Fare, stage: str) -> float:
    rng, rule = desk.rng, RULES[fare]
    flown = _at_home(desk, flight) <= desk.now
    cancelled = rng.random() < 0.08 and stage in ("past", "upcoming")
    paid = round(flight.base_fare * rule.factor * rng.uniform(0.85, 1.3), 2)
    booking = FlightBooking(
        flight_booking_id=next(desk.flight_booking_ids),
        trip_id=trip_id,
        traveller_id=traveller.traveller_id,
        flight_id=flight.flight_id,
        fare=fare,
        fare_paid=paid,
        booked=_booked(desk, flight),
        refund=round(paid * rule.refunded, 2) if cancelled else 0.0,
        seat=_free_seat(desk, flight, fare) if flown or rng.random() < 0.5 else "",
        checked_in=flown and not cancelled,
        cancelled=cancelled,
    )
    desk.flight_bookings.append(booking)
    return booking.fare_paid - booking.refund


def _booked(desk: Desk, flight: Flight) -> str:
    """Some weeks before the flight, more than a day ago."""
    latest = min(_at_home(desk, flight), desk.now)
    return later(latest, minutes=-desk.rng.randrange(2 * 24 * 60, 50 * 24 * 60))


def _free_seat(desk: Desk, flight: Flight, fare: Fare) -> str:
    cabin = RULES[fare].cabin
    own = desk.seats.setdefault(flight.flight_id, set())
    others = others_seats(flight, cabin)
    seat = desk.rng.choice([seat for seat in seats(flight.aircraft, cabin) if seat not in others | own])
    own.add(seat)
    return seat


def _room(desk: Desk, trip_id: str, stage: str, out: Flight, back: Flight) -> float:
    """A double room from arrival to departure, in a hotel of its own."""
    used = {row.hotel_id for row in desk.hotel_bookings}
    city = desk.cities[out.destination]
    hotels = [pair for pair in desk.hotels if pair[0].city == city and pair[0].hotel_id not in used]
    if not hotels:
        return 0.0
    hotel, room = desk.rng.choice(hotels)
    check_in, check_out = out.arrives[:10], back.departs[:10]
    nights = (date.fromisoformat(check_out) - date.fromisoformat(check_in)).days
    price = price_of(room, check_in, nights)
    cancelled = stage == "upcoming" and desk.rng.random() < 0.1 and hotel.policy != "non_refundable"
    desk.hotel_bookings.append(
        HotelBooking(
            hotel_booking_id=next(desk.hotel_booking_ids),
            trip_id=trip_id,
            hotel_id=hotel.hotel_id,
            room_id=room.room_id,
            check_in=check_in,
            nights=nights,
            price=price,
            free_until=free_until(hotel.policy, check_in),
            refund=price if cancelled else 0.0,
            cancelled=cancelled,
        )
    )
    return 0.0 if cancelled else price


def _after(moment: str, days: int) -> str:
    return (date.fromisoformat(moment[:10]) + timedelta(days=days)).isoformat()
