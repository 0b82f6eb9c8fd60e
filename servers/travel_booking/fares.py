"""What a seat costs, what a fare allows, and when a flight closes.

    fare today = base x class x (0.8 + 0.7 x share of the cabin sold) x (1.35 in the last week, 1.15 in the last three)

A fare paid stays the fare paid; a change charges max(0, fare of the new flight today - fare paid) + change fee.
"""

from __future__ import annotations

from typing import NamedTuple

from servers.state import later, minutes_between
from servers.travel_booking.cabin import aboard, seats, sold_to_others
from servers.travel_booking.records import (
    Agency,
    Cabin,
    CheckIn,
    Customer,
    Fare,
    Flight,
    FlightBooking,
    FlightStatus,
    Tier,
    Traveller,
)


class Rule(NamedTuple):
    cabin: Cabin
    factor: float
    change_fee: float | None
    """None where the fare cannot be changed."""
    refunded: float
    bags: int
    seat_fee: float


RULES: dict[Fare, Rule] = {
    "light": Rule("economy", 1.0, None, 0.0, 0, 14.0),
    "standard": Rule("economy", 1.3, 45.0, 0.5, 1, 8.0),
    "flex": Rule("economy", 1.75, 0.0, 1.0, 1, 0.0),
    "business": Rule("business", 3.4, 25.0, 1.0, 2, 0.0),
}
CLOSES_BEFORE, CHECK_IN_BEFORE, BOARDS_BEFORE = 60, 24 * 60, 40
FREE_CANCEL_MINUTES = 24 * 60
MOST_EXTRA_BAGS = 3
SHORT_BAG_FEE, LONG_BAG_FEE, LONG_MINUTES = 30.0, 55.0, 180
SILVER_POINTS, GOLD_POINTS = 10_000, 30_000


def customer_of(agency: Agency) -> Customer:
    (customer,) = agency.customers
    return customer


def home_time(agency: Agency, moment: str, airport: str) -> str:
    """A moment at an airport on the customer's clock."""
    ahead = customer_of(agency).utc_offset - agency.airports.find(airport).utc_offset
    return later(moment, minutes=60 * ahead)


def leaves_at(agency: Agency, flight: Flight) -> str:
    return home_time(agency, flight.departs, flight.origin)


def lands_at(agency: Agency, flight: Flight) -> str:
    return home_time(agency, flight.arrives, flight.destination)


def is_closed(agency: Agency, flight: Flight) -> bool:
    """An hour before departure sales, changes, refunds and check-in end."""
    return later(agency.now, minutes=CLOSES_BEFORE) > leaves_at(agency, flight)


def seats_left(agency: Agency, flight: Flight, cabin: Cabin) -> int:
    own = sum(RULES[row.fare].cabin == cabin for row in aboard(agency, flight))
    return len(seats(flight.aircraft, cabin)) - sold_to_others(flight, cabin) - own


def fare_today(agency: Agency, flight: Flight, fare: Fare) -> float:
    rule = RULES[fare]
    share = 1 - seats_left(agency, flight, rule.cabin) / len(seats(flight.aircraft, rule.cabin))
    days = minutes_between(agency.now, leaves_at(agency, flight)) // (24 * 60)
    late = 1.35 if days < 7 else 1.15 if days < 21 else 1.0
    return round(flight.base_fare * rule.factor * (0.8 + 0.7 * share) * late, 2)


def refund_today(agency: Agency, booking: FlightBooking) -> float:
    """All within a day of booking, else by the fare's rule; fees stay paid."""
    recent = minutes_between(booking.booked, agency.now) <= FREE_CANCEL_MINUTES
    return round(booking.fare_paid * (1.0 if recent else RULES[booking.fare].refunded), 2)


def is_international(agency: Agency, flight: Flight) -> bool:
    return agency.airports.find(flight.origin).country != agency.airports.find(flight.destination).country


def tier_of(traveller: Traveller) -> Tier:
    if traveller.points >= GOLD_POINTS:
        return "gold"
    return "silver" if traveller.points >= SILVER_POINTS else "blue"


def seat_fee(booking: FlightBooking, traveller: Traveller) -> float:
    """Only a first seat costs something, and only for travellers without status."""
    return 0.0 if booking.seat or tier_of(traveller) != "blue" else RULES[booking.fare].seat_fee


def bag_fee(flight: Flight, booking: FlightBooking, traveller: Traveller, bags: int) -> float:
    """A gold traveller's first extra bag is free."""
    free = 1 if tier_of(traveller) == "gold" and booking.extra_bags == 0 else 0
    return (bags - free) * (LONG_BAG_FEE if flight.minutes >= LONG_MINUTES else SHORT_BAG_FEE)


def status_of(agency: Agency, booking: FlightBooking) -> FlightStatus:
    if booking.cancelled:
        return "cancelled"
    if agency.now >= leaves_at(agency, agency.flights.find(booking.flight_id)):
        return "flown"
    return "checked_in" if booking.checked_in else "confirmed"


def check_in_state(agency: Agency, booking: FlightBooking) -> CheckIn:
    flight = agency.flights.find(booking.flight_id)
    if booking.checked_in:
        return "done"
    if booking.cancelled or is_closed(agency, flight):
        return "closed"
    opens = later(leaves_at(agency, flight), minutes=-CHECK_IN_BEFORE)
    return "open" if agency.now >= opens else "not_open"
