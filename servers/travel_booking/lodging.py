"""Rooms and nights: what is left, what a stay costs, until when it can be cancelled free of charge.

    free until 18:00, so many days before check-in: flexible 1 · moderate 3 · strict 7 · non_refundable never

Later, flexible and moderate keep one night, strict keeps half; nobody pays back a stay that has begun.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from servers.state import later
from servers.travel_booking.records import Agency, Hotel, HotelBooking, HotelStatus, Policy, Room

FREE_DAYS: dict[Policy, int] = {"flexible": 1, "moderate": 3, "strict": 7}
WEEKEND = 1.2


@lru_cache(maxsize=4096)
def nights_from(first: str, nights: int) -> tuple[str, ...]:
    """The days on whose evening a room is taken."""
    day = date.fromisoformat(first)
    return tuple((day + timedelta(days=number)).isoformat() for number in range(nights))


def check_out_of(booking: HotelBooking) -> str:
    return later(booking.check_in, days=booking.nights)[:10]


def rooms_left(agency: Agency, room: Room, check_in: str, nights: int) -> int:
    """How many are free on every one of the nights."""
    others = [(row.arrives, row.leaves, row.rooms) for row in agency.stays.where(room_id=room.room_id)]
    own = agency.hotel_bookings.where(room_id=room.room_id, cancelled=False)
    taken = others + [(row.check_in, check_out_of(row), 1) for row in own]
    days = nights_from(check_in, nights)
    return room.count - max(sum(rooms for first, last, rooms in taken if first <= day < last) for day in days)


def price_of(room: Room, check_in: str, nights: int) -> float:
    """Friday and Saturday nights cost a fifth more."""
    days = [date.fromisoformat(day).weekday() for day in nights_from(check_in, nights)]
    return round(sum(room.rate * (WEEKEND if day in (4, 5) else 1.0) for day in days), 2)


def free_until(policy: Policy, check_in: str) -> str:
    if policy == "non_refundable":
        return ""
    return f"{later(check_in, days=-FREE_DAYS[policy])[:10]}T18:00"


def refund_of(agency: Agency, booking: HotelBooking, hotel: Hotel) -> float:
    if booking.free_until and agency.now <= booking.free_until:
        return booking.price
    if hotel.policy == "non_refundable":
        return 0.0
    if hotel.policy == "strict":
        return round(booking.price / 2, 2)
    room = agency.rooms.find(booking.room_id)
    return round(booking.price - price_of(room, booking.check_in, 1), 2)


def stay_status(agency: Agency, booking: HotelBooking) -> HotelStatus:
    if booking.cancelled:
        return "cancelled"
    if agency.today < booking.check_in:
        return "booked"
    return "staying" if agency.today < check_out_of(booking) else "stayed"
