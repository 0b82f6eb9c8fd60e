"""What a trip comes to and when it is: both follow from its bookings."""

from __future__ import annotations

from servers.travel_booking.fares import lands_at, leaves_at
from servers.travel_booking.lodging import check_out_of
from servers.travel_booking.records import Agency, Trip, TripStatus


def total_of(agency: Agency, trip_id: str) -> float:
    """All that was paid for a trip, less what was refunded."""
    flights = agency.flight_bookings.where(trip_id=trip_id)
    hotels = agency.hotel_bookings.where(trip_id=trip_id)
    paid = [row.fare_paid + row.fees - row.refund for row in flights] + [row.price - row.refund for row in hotels]
    return round(sum(paid, 0.0), 2)


def days_of(agency: Agency, trip: Trip) -> tuple[str, str]:
    """First and last day on the customer's clock; empty for a trip with nothing booked."""
    flights = agency.flight_bookings.where(trip_id=trip.trip_id, cancelled=False)
    hotels = agency.hotel_bookings.where(trip_id=trip.trip_id, cancelled=False)
    days = [stay.check_in for stay in hotels] + [check_out_of(stay) for stay in hotels]
    for booking in flights:
        flight = agency.flights.find(booking.flight_id)
        days += [leaves_at(agency, flight)[:10], lands_at(agency, flight)[:10]]
    return (min(days), max(days)) if days else ("", "")


def trip_status(agency: Agency, trip: Trip) -> TripStatus:
    start, end = days_of(agency, trip)
    if not start:
        return "unbooked"
    if agency.today < start:
        return "upcoming"
    return "ongoing" if agency.today <= end else "past"
