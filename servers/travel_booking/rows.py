"""How the tables of the agency are shown in results."""

from __future__ import annotations

from servers.state import later
from servers.travel_booking.cabin import free_seats, spread
from servers.travel_booking.fares import (
    CHECK_IN_BEFORE,
    RULES,
    check_in_state,
    fare_today,
    is_closed,
    refund_today,
    seats_left,
    status_of,
    tier_of,
)
from servers.travel_booking.lodging import price_of, rooms_left, stay_status
from servers.travel_booking.records import (
    Agency,
    Document,
    Fare,
    FareOffer,
    Flight,
    FlightBooking,
    FlightBookingDetails,
    FlightDetails,
    FlightRow,
    Hotel,
    HotelBooking,
    HotelRow,
    Itinerary,
    Leg,
    Night,
    RoomKind,
    Traveller,
    TravellerRow,
    Trip,
    TripBudget,
    TripRow,
)
from servers.travel_booking.trips import days_of, total_of, trip_status


def flight_row(agency: Agency, row: Flight, fare: Fare) -> FlightRow:
    left = seats_left(agency, row, RULES[fare].cabin)
    return FlightRow(row.flight_id, row.number, row.departs, row.arrives, fare_today(agency, row, fare), left)


def flight_details(agency: Agency, row: Flight) -> FlightDetails:
    return FlightDetails(
        row.flight_id,
        row.number,
        row.origin,
        row.destination,
        row.departs,
        row.arrives,
        row.aircraft,
        [
            FareOffer(fare, fare_today(agency, row, fare), seats_left(agency, row, rule.cabin), rule.bags)
            for fare, rule in RULES.items()
        ],
        spread(free_seats(agency, row, "economy")),
        spread(free_seats(agency, row, "business")),
    )


def hotel_row(agency: Agency, row: Hotel, kind: RoomKind, check_in: str | None, nights: int) -> HotelRow:
    room = agency.rooms.find(f"{row.hotel_id}/{kind}")
    price = room.rate if check_in is None else price_of(room, check_in, nights)
    left = room.count if check_in is None else rooms_left(agency, room, check_in, nights)
    return HotelRow(row.hotel_id, row.name, row.district, row.stars, row.policy, price, left)


def trip_row(agency: Agency, row: Trip) -> TripRow:
    start, end = days_of(agency, row)
    return TripRow(row.trip_id, row.name, trip_status(agency, row), start, end)


def trip_budget(agency: Agency, row: Trip) -> TripBudget:
    return TripBudget(row.trip_id, row.name, row.budget, total_of(agency, row.trip_id))


def itinerary(agency: Agency, row: Trip) -> Itinerary:
    """Flights by departure, then hotels by arrival, cancelled ones included."""
    legs = [leg(agency, booking) for booking in agency.flight_bookings.where(trip_id=row.trip_id)]
    stays = [night(agency, booking) for booking in agency.hotel_bookings.where(trip_id=row.trip_id)]
    return Itinerary(
        row.trip_id,
        row.name,
        trip_status(agency, row),
        row.budget,
        total_of(agency, row.trip_id),
        sorted(legs, key=lambda leg: (leg.departs, leg.flight_booking_id)),
        sorted(stays, key=lambda stay: (stay.check_in, stay.hotel_booking_id)),
    )


def leg(agency: Agency, row: FlightBooking) -> Leg:
    flight, traveller = agency.flights.find(row.flight_id), agency.travellers.find(row.traveller_id)
    route = f"{flight.origin}-{flight.destination}"
    status = status_of(agency, row)
    return Leg(row.flight_booking_id, traveller.name, flight.number, route, flight.departs, status)


def night(agency: Agency, row: HotelBooking) -> Night:
    hotel, status = agency.hotels.find(row.hotel_id), stay_status(agency, row)
    return Night(row.hotel_booking_id, hotel.name, hotel.city, row.check_in, row.nights, row.free_until, status)


def traveller_row(row: Traveller) -> TravellerRow:
    return TravellerRow(row.traveller_id, row.name, row.passport, row.passport_expires, row.points, tier_of(row))


def booking_details(agency: Agency, row: FlightBooking) -> FlightBookingDetails:
    flight, rule, status = agency.flights.find(row.flight_id), RULES[row.fare], status_of(agency, row)
    alterable = status == "confirmed" and not is_closed(agency, flight)
    return FlightBookingDetails(
        flight_booking_id=row.flight_booking_id,
        trip_id=row.trip_id,
        traveller=agency.travellers.find(row.traveller_id).name,
        flight_id=flight.flight_id,
        number=flight.number,
        origin=flight.origin,
        destination=flight.destination,
        departs=flight.departs,
        arrives=flight.arrives,
        fare=row.fare,
        fare_paid=row.fare_paid,
        fees=row.fees,
        seat=row.seat,
        bags=rule.bags + row.extra_bags,
        status=status,
        changeable=alterable and rule.change_fee is not None,
        change_fee=rule.change_fee or 0.0,
        refund_now=refund_today(agency, row) if alterable else 0.0,
        check_in=check_in_state(agency, row),
        check_in_from=later(flight.departs, minutes=-CHECK_IN_BEFORE),
    )


def documents(agency: Agency, trip_id: str) -> list[Document]:
    """Tickets or boarding passes, then vouchers, then the passports of those who fly."""
    bookings = agency.flight_bookings.where(trip_id=trip_id, cancelled=False)
    stays = agency.hotel_bookings.where(trip_id=trip_id, cancelled=False)
    flying = [agency.travellers.find(key) for key in dict.fromkeys(row.traveller_id for row in bookings)]
    return [
        *(_ticket(agency, row) for row in bookings),
        *(_voucher(agency, row) for row in stays),
        *(Document("passport", who.passport, who.name, f"valid to {who.passport_expires}") for who in flying),
    ]


def _ticket(agency: Agency, row: FlightBooking) -> Document:
    shown = leg(agency, row)
    about = f"{shown.number} {shown.route} {shown.departs}"
    if row.checked_in:
        return Document("boarding_pass", f"{shown.number}/{row.seat}", shown.traveller, f"{about}, seat {row.seat}")
    return Document("e_ticket", f"220-{row.flight_booking_id[4:]:0>10}", shown.traveller, about)


def _voucher(agency: Agency, row: HotelBooking) -> Document:
    (customer,) = agency.customers
    hotel = agency.hotels.find(row.hotel_id)
    about = f"{hotel.name}, {hotel.city}, {row.nights} nights from {row.check_in}"
    return Document("hotel_voucher", f"V-{row.hotel_booking_id[4:]}", customer.name, about)
