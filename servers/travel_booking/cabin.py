"""The seats of an aircraft: which there are, which others have taken, which are free.

Others have chosen seven in ten of the seats they bought. Walking the cabin in steps of seven, from a place that the
flight's number gives, spreads them; seven divides no cabin's size, so no seat comes twice.
"""

from __future__ import annotations

from functools import cache

from servers.travel_booking.records import Agency, Aircraft, Cabin, Flight, FlightBooking

# First row, last row and letters of each cabin.
LAYOUTS: dict[Aircraft, dict[Cabin, tuple[int, int, str]]] = {
    "E190": {"business": (1, 2, "ACDF"), "economy": (3, 22, "ACDF")},
    "A320": {"business": (1, 3, "ACDF"), "economy": (4, 27, "ABCDEF")},
    "A330": {"business": (1, 6, "ACDF"), "economy": (10, 35, "ABCDEF")},
}
STEP = 7
SHOWN = 10


@cache
def seats(aircraft: Aircraft, cabin: Cabin) -> tuple[str, ...]:
    first, last, letters = LAYOUTS[aircraft][cabin]
    return tuple(f"{row}{letter}" for row in range(first, last + 1) for letter in letters)


def sold_to_others(flight: Flight, cabin: Cabin) -> int:
    return flight.business_sold if cabin == "business" else flight.economy_sold


def free_seats(agency: Agency, flight: Flight, cabin: Cabin) -> list[str]:
    """Seats that nobody has chosen, front to back."""
    every = seats(flight.aircraft, cabin)
    taken = others_seats(flight, cabin) | {row.seat for row in aboard(agency, flight)}
    return [seat for seat in every if seat not in taken]


def others_seats(flight: Flight, cabin: Cabin) -> set[str]:
    every = seats(flight.aircraft, cabin)
    start = int(flight.flight_id[4:])
    return {every[(start + STEP * place) % len(every)] for place in range(sold_to_others(flight, cabin) * 7 // 10)}


def aboard(agency: Agency, flight: Flight) -> list[FlightBooking]:
    """This customer's bookings of a flight that still hold."""
    return agency.flight_bookings.where(flight_id=flight.flight_id, cancelled=False)


def spread(free: list[str]) -> list[str]:
    """A few of the seats, from all over the cabin."""
    return free[:: max(1, len(free) // SHOWN)][:SHOWN]
