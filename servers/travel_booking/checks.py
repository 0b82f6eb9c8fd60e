"""What must be there and what must hold: every function gives a row or nothing, or refuses with the fact."""

from __future__ import annotations

from datetime import date

from servers.state import ToolError, later
from servers.travel_booking.cabin import free_seats, seats
from servers.travel_booking.fares import (
    CHECK_IN_BEFORE,
    CLOSES_BEFORE,
    MOST_EXTRA_BAGS,
    RULES,
    check_in_state,
    is_closed,
    is_international,
    lands_at,
    leaves_at,
    seats_left,
    status_of,
)
from servers.travel_booking.lodging import rooms_left, stay_status
from servers.travel_booking.records import (
    Agency,
    Airport,
    Fare,
    Flight,
    FlightBooking,
    Hotel,
    HotelBooking,
    Room,
    Traveller,
    Trip,
)
from servers.travel_booking.trips import days_of, total_of, trip_status

DAYS_ON_SALE = 39
HOTEL_DAYS_AHEAD = 360


def airport(agency: Agency, code: str) -> Airport:
    row = agency.airports.get(code)
    if row is None:
        raise ToolError(f"no airport {code} is served; find_airports gives the codes")
    return row


def flight(agency: Agency, flight_id: str) -> Flight:
    row = agency.flights.get(flight_id)
    if row is None:
        raise ToolError(f"no flight {flight_id}")
    return row


def hotel(agency: Agency, hotel_id: str) -> Hotel:
    row = agency.hotels.get(hotel_id)
    if row is None:
        raise ToolError(f"no hotel {hotel_id}")
    return row


def trip(agency: Agency, trip_id: str) -> Trip:
    row = agency.trips.get(trip_id)
    if row is None:
        raise ToolError(f"no trip {trip_id}")
    return row


def open_trip(agency: Agency, trip_id: str) -> Trip:
    """A trip that something can still be booked for."""
    row = trip(agency, trip_id)
    if trip_status(agency, row) == "past":
        raise ToolError(f"{row.name} ended on {days_of(agency, row)[1]}; nothing can be booked for it")
    return row


def traveller(agency: Agency, traveller_id: str) -> Traveller:
    row = agency.travellers.get(traveller_id)
    if row is None:
        raise ToolError(f"no traveller {traveller_id}")
    return row


def flight_booking(agency: Agency, flight_booking_id: str) -> FlightBooking:
    row = agency.flight_bookings.get(flight_booking_id)
    if row is None:
        raise ToolError(f"no flight booking {flight_booking_id}")
    return row


def open_booking(agency: Agency, flight_booking_id: str) -> tuple[FlightBooking, Flight]:
    """A booking that can still be altered, and its flight."""
    row = flight_booking(agency, flight_booking_id)
    status = status_of(agency, row)
    if status != "confirmed":
        raise ToolError(f"{flight_booking_id} is {status}; only confirmed flight bookings can be altered")
    booked = agency.flights.find(row.flight_id)
    if is_closed(agency, booked):
        raise ToolError(f"{booked.number} departs at {booked.departs}; nothing can be altered in its last hour")
    return row, booked


def open_hotel_booking(agency: Agency, hotel_booking_id: str) -> HotelBooking:
    row = agency.hotel_bookings.get(hotel_booking_id)
    if row is None:
        raise ToolError(f"no hotel booking {hotel_booking_id}")
    status = stay_status(agency, row)
    if status != "booked":
        raise ToolError(f"{hotel_booking_id} is {status}; only stays that begin after today can be cancelled")
    return row


def check_city(agency: Agency, city: str) -> None:
    cities = list(dict.fromkeys(row.city for row in agency.hotels))
    if city.casefold() not in [known.casefold() for known in cities]:
        raise ToolError(f"no hotels in {city[:40]}; there are some in {', '.join(cities)}")


def check_flight_day(agency: Agency, day: date) -> None:
    last = later(agency.now, days=DAYS_ON_SALE)[:10]
    if not agency.today <= day.isoformat() <= last:
        raise ToolError(f"flights are on sale from today, {agency.today}, to {last}, not for {day.isoformat()}")


def check_hotel_day(agency: Agency, day: date) -> None:
    last = later(agency.now, days=HOTEL_DAYS_AHEAD)[:10]
    if not agency.today <= day.isoformat() <= last:
        raise ToolError(f"hotels take arrivals from today, {agency.today}, to {last}, not on {day.isoformat()}")


def check_budget(agency: Agency, row: Trip, extra: float) -> None:
    total = round(total_of(agency, row.trip_id) + extra, 2)
    if row.budget and extra > 0 and total > row.budget:
        raise ToolError(f"{row.name} would come to {total:.2f}, {extra:.2f} of it new; its budget is {row.budget:.2f}")


def check_seat_for_sale(agency: Agency, row: Flight, fare: Fare) -> None:
    if is_closed(agency, row):
        raise ToolError(f"{row.number} departs at {row.departs}; sales end {CLOSES_BEFORE} minutes before")
    cabin = RULES[fare].cabin
    if seats_left(agency, row, cabin) < 1:
        raise ToolError(f"{row.number} on {row.departs[:10]} is sold out in {cabin}")


def check_passport(agency: Agency, row: Flight, who: Traveller) -> None:
    if is_international(agency, row) and who.passport_expires < row.arrives[:10]:
        raise ToolError(
            f"the passport of {who.name} expires on {who.passport_expires}; {row.number} arrives on {row.arrives[:10]}"
        )


def check_not_elsewhere(agency: Agency, row: Flight, who: Traveller, besides: str = "") -> None:
    """Nobody sits in two flights at once."""
    start, end = leaves_at(agency, row), lands_at(agency, row)
    for booking in agency.flight_bookings.where(traveller_id=who.traveller_id, cancelled=False):
        other = agency.flights.find(booking.flight_id)
        apart = lands_at(agency, other) <= start or end <= leaves_at(agency, other)
        if booking.flight_booking_id != besides and not apart:
            raise ToolError(f"{who.name} is on {other.number} at that time, {booking.flight_booking_id}")


def check_same_route(old: Flight, new: Flight) -> None:
    if old.flight_id == new.flight_id:
        raise ToolError(f"that is the flight already booked, {old.number} at {old.departs}")
    if (old.origin, old.destination) != (new.origin, new.destination):
        route = f"{new.origin}-{new.destination}"
        raise ToolError(f"{new.number} flies {route}; a change must stay on {old.origin}-{old.destination}")


def check_changeable(booking: FlightBooking) -> float:
    """The fee of a change."""
    fee = RULES[booking.fare].change_fee
    if fee is None:
        raise ToolError(f"{booking.flight_booking_id} has a {booking.fare} fare, which cannot be changed")
    return fee


def check_seat(agency: Agency, row: Flight, booking: FlightBooking, seat: str) -> None:
    cabin = RULES[booking.fare].cabin
    if seat == booking.seat:
        raise ToolError(f"{booking.flight_booking_id} already has seat {seat}")
    if seat not in seats(row.aircraft, cabin):
        raise ToolError(f"{row.number} has no {cabin} seat {seat}: it is an {row.aircraft}")
    if seat not in free_seats(agency, row, cabin):
        raise ToolError(f"seat {seat} on {row.number} is taken")


def check_check_in(agency: Agency, booking: FlightBooking, row: Flight) -> None:
    state = check_in_state(agency, booking)
    if booking.cancelled:
        raise ToolError(f"{booking.flight_booking_id} is cancelled")
    if state == "done":
        raise ToolError(f"{booking.flight_booking_id} is already checked in, seat {booking.seat}")
    if state == "not_open":
        opens = later(row.departs, minutes=-CHECK_IN_BEFORE)
        raise ToolError(f"check-in for {row.number} opens at {opens}, a day before it departs")
    if state == "closed":
        raise ToolError(f"check-in for {row.number} at {row.departs} is closed")


def check_room(agency: Agency, room: Room, name: str, check_in: str, nights: int) -> None:
    if rooms_left(agency, room, check_in, nights) < 1:
        raise ToolError(f"{name} has no {room.kind} room free from {check_in} for {nights} nights")


def check_new_name(agency: Agency, name: str) -> None:
    for row in agency.trips:
        if row.name.casefold() == name.casefold():
            raise ToolError(f"{row.trip_id} is already called {row.name}")


def check_new_passport(agency: Agency, who: Traveller, number: str, expires: str) -> None:
    if (who.passport, who.passport_expires) == (number, expires):
        raise ToolError(f"passport {number} until {expires} is already on file for {who.name}")
    for other in agency.travellers.where(passport=number):
        if other.traveller_id != who.traveller_id:
            raise ToolError(f"passport {number} belongs to {other.name}")
    if not agency.today < expires <= later(agency.now, days=16 * 366)[:10]:
        raise ToolError(f"a passport must expire after today, {agency.today}, and within 16 years, not on {expires}")


def check_new_budget(agency: Agency, row: Trip, budget: float) -> None:
    if budget < (total := total_of(agency, row.trip_id)):
        raise ToolError(f"{row.name} already comes to {total:.2f}; a budget cannot be less")


def check_bags(booking: FlightBooking, bags: int) -> None:
    if booking.extra_bags + bags > MOST_EXTRA_BAGS:
        known = f"{booking.flight_booking_id} has {booking.extra_bags}"
        raise ToolError(f"at most {MOST_EXTRA_BAGS} extra bags on a booking; {known}")
