"""What a customer of the agency can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.state import later
from servers.tool import reads, writes
from servers.travel_booking import checks, rows
from servers.travel_booking.cabin import free_seats
from servers.travel_booking.fares import (
    BOARDS_BEFORE,
    MOST_EXTRA_BAGS,
    RULES,
    bag_fee,
    fare_today,
    is_closed,
    refund_today,
    seat_fee,
)
from servers.travel_booking.lodging import check_out_of, free_until, price_of, refund_of
from servers.travel_booking.records import (
    Agency,
    AirportCode,
    AirportRow,
    Airports,
    BagsAdded,
    BoardingPass,
    Day,
    DocumentKind,
    Documents,
    Fare,
    FlightBooked,
    FlightBooking,
    FlightBookingDetails,
    FlightBookingId,
    FlightChanged,
    FlightDetails,
    FlightId,
    Flights,
    HotelBooked,
    HotelBooking,
    HotelBookingId,
    HotelId,
    Hotels,
    Itinerary,
    Money,
    Nights,
    Refunded,
    RoomKind,
    SeatChosen,
    TravellerId,
    TravellerRow,
    Travellers,
    Trip,
    TripBudget,
    TripId,
    Trips,
    TripStatus,
)
from servers.travel_booking.trips import days_of, total_of, trip_status

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Text = Annotated[str, Meta(description="city, country, airport or code, e.g. Oslo", min_length=1, max_length=40)]
City = Annotated[str, Meta(description="city, e.g. Oslo", min_length=1, max_length=40)]
HotelName = Annotated[str, Meta(description="hotel name or part of it, e.g. Grand Aurora", max_length=40)]
TripName = Annotated[str, Meta(description="what the trip is called, e.g. Oslo weekend", min_length=1, max_length=60)]
TripPart = Annotated[str, Meta(description="trip name or part of it, e.g. Oslo weekend", max_length=60)]
PersonPart = Annotated[str, Meta(description="full name or part of it, e.g. Mira Holt", max_length=60)]
MaxPrice = Annotated[float, Meta(description="the most it may cost, in euros, e.g. 250", gt=0, le=1_000_000)]
Stars = Annotated[int, Meta(description="at least so many stars, e.g. 4", ge=1, le=5)]
Seat = Annotated[str, Meta(description="row and letter, e.g. 14C", pattern=r"^[1-9]\d?[A-F]$")]
Bags = Annotated[int, Meta(description="bags to add, e.g. 1", ge=1, le=MOST_EXTRA_BAGS)]
Passport = Annotated[str, Meta(description="passport number, e.g. K48213071", pattern=r"^[A-Z0-9]{6,9}$")]


@reads
def find_airports(agency: Agency, text: Text) -> Airports:
    """Find airports and their codes by city, country or name, ignoring case, e.g. text="Oslo"."""
    wanted = text.casefold()
    found = [
        row
        for row in agency.airports
        if any(wanted in value.casefold() for value in (row.code, row.name, row.city, row.country))
    ]
    return Airports([AirportRow(row.code, row.name, row.city, row.country) for row in found[:10]])


@reads
def search_flights(
    agency: Agency,
    origin: AirportCode,
    destination: AirportCode,
    date: Day,
    fare: Fare = "standard",
    max_price: MaxPrice | None = None,
    sort_by: Annotated[Literal["departure", "price"], Meta(description="which come first, e.g. price")] = "departure",
    limit: Limit = 5,
) -> Flights:
    """Search direct flights with seats left by airport codes and day, at today's price of a fare, e.g. origin="OSL"."""
    checks.airport(agency, origin)
    checks.airport(agency, destination)
    checks.check_flight_day(agency, date)
    found = [
        rows.flight_row(agency, row, fare)
        for row in agency.flights.where(destination=destination, origin=origin)
        if row.departs[:10] == date.isoformat() and not is_closed(agency, row)
    ]
    found = [row for row in found if row.seats_left > 0 and (max_price is None or row.price <= max_price)]
    ordered = sorted(found, key=lambda row: (row.price if sort_by == "price" else 0, row.departs, row.flight_id))
    return Flights(ordered[:limit], len(ordered))


@reads
def get_flight_details(agency: Agency, flight_id: FlightId) -> FlightDetails:
    """Show a flight's price, seats left and bags per fare, and some free seats, e.g. flight_id="FLT-30417"."""
    return rows.flight_details(agency, checks.flight(agency, flight_id))


@reads
def list_hotels_in_city(
    agency: Agency,
    city: City,
    name: HotelName | None = None,
    check_in: Annotated[Day, Meta(description="day of arrival; then only hotels with a free room")] | None = None,
    nights: Nights = 1,
    room: RoomKind = "double",
    min_stars: Stars = 1,
    max_price: MaxPrice | None = None,
    sort_by: Annotated[Literal["stars", "price"], Meta(description="which come first, e.g. price")] = "stars",
    limit: Limit = 5,
) -> Hotels:
    """Search a city's hotels by name, stars or price, with rooms left from a check-in day on, e.g. city="Oslo"."""
    checks.check_city(agency, city)
    if check_in is not None:
        checks.check_hotel_day(agency, check_in)
    day = None if check_in is None else check_in.isoformat()
    found = [
        rows.hotel_row(agency, row, room, day, nights)
        for row in agency.hotels
        if row.city.casefold() == city.casefold() and (name or "").casefold() in row.name.casefold()
    ]
    found = [row for row in found if row.stars >= min_stars and row.rooms_left > 0]
    found = [row for row in found if max_price is None or row.price <= max_price]
    ordered = sorted(found, key=lambda row: (row.price if sort_by == "price" else -row.stars, row.hotel_id))
    return Hotels(ordered[:limit], len(ordered))


@writes
def create_trip(agency: Agency, name: TripName, budget: Money | None = None) -> TripBudget:
    """Start a trip to book flights and hotels for, under a new name; a budget caps its total, e.g. budget=1500."""
    checks.check_new_name(agency, name)
    trip = agency.trips.add(Trip(agency.new_id("TRP"), name, round(budget or 0.0, 2)))
    return rows.trip_budget(agency, trip)


@reads
def list_trips(
    agency: Agency,
    name: TripPart | None = None,
    status: Annotated[TripStatus, Meta(description="when it is, e.g. upcoming; unbooked ones have no day yet")]
    | None = None,
    limit: Limit = 5,
) -> Trips:
    """List the customer's trips by name or status, the unbooked and the latest first, e.g. status="upcoming"."""
    found = [row for row in agency.trips if name is None or name.casefold() in row.name.casefold()]
    found = [row for row in found if status is None or trip_status(agency, row) == status]
    ordered = sorted(found, key=lambda row: (days_of(agency, row)[0] or "9", row.trip_id), reverse=True)
    return Trips(agency.now, [rows.trip_row(agency, row) for row in ordered[:limit]], len(ordered))


@reads
def get_trip_itinerary(agency: Agency, trip_id: TripId) -> Itinerary:
    """Show the flight and hotel bookings of a trip, what it comes to and its budget, e.g. trip_id="TRP-20931"."""
    return rows.itinerary(agency, checks.trip(agency, trip_id))


@writes(idempotent=True)
def set_trip_budget(agency: Agency, trip_id: TripId, budget: Money) -> TripBudget:
    """Set what a trip may come to at most; not below what is already paid for it, e.g. budget=1500."""
    trip = checks.trip(agency, trip_id)
    checks.check_new_budget(agency, trip, budget)
    return rows.trip_budget(agency, agency.trips.update(trip, budget=round(budget, 2)))


@reads
def find_travellers(agency: Agency, name: PersonPart | None = None, limit: Limit = 10) -> Travellers:
    """Find travellers by name with passport, points and status, e.g. name="Mira Holt"; all if no name is given."""
    found = [row for row in agency.travellers if name is None or name.casefold() in row.name.casefold()]
    return Travellers([rows.traveller_row(row) for row in found[:limit]], len(found))


@writes
def update_traveller_passport(
    agency: Agency, traveller_id: TravellerId, passport: Passport, expires: Day
) -> TravellerRow:
    """Replace a traveller's passport; it must expire after today and be nobody else's, e.g. passport="K48213071"."""
    traveller = checks.traveller(agency, traveller_id)
    checks.check_new_passport(agency, traveller, passport, expires.isoformat())
    renewed = agency.travellers.update(traveller, passport=passport, passport_expires=expires.isoformat())
    return rows.traveller_row(renewed)


@writes
def book_trip_flight(
    agency: Agency, trip_id: TripId, flight_id: FlightId, traveller_id: TravellerId, fare: Fare = "standard"
) -> FlightBooked:
    """Book a flight at today's price for one traveller; needs a seat, a valid passport and budget, e.g. fare="flex"."""
    trip, flight = checks.open_trip(agency, trip_id), checks.flight(agency, flight_id)
    traveller = checks.traveller(agency, traveller_id)
    checks.check_seat_for_sale(agency, flight, fare)
    checks.check_passport(agency, flight, traveller)
    checks.check_not_elsewhere(agency, flight, traveller)
    price = fare_today(agency, flight, fare)
    checks.check_budget(agency, trip, price)
    number = agency.new_id("FBK")
    agency.flight_bookings.add(FlightBooking(number, trip_id, traveller_id, flight_id, fare, price, agency.now))
    total = total_of(agency, trip_id)
    return FlightBooked(number, flight.number, traveller.name, flight.departs, price, total)


@reads
def get_flight_booking(agency: Agency, flight_booking_id: FlightBookingId) -> FlightBookingDetails:
    """Show a booking's fare, seat, bags, check-in, change fee and refund, e.g. flight_booking_id="FBK-71305"."""
    return rows.booking_details(agency, checks.flight_booking(agency, flight_booking_id))


@writes
def change_flight_booking(
    agency: Agency,
    flight_booking_id: FlightBookingId,
    flight_id: Annotated[FlightId, Meta(description="flight to change to, on the same route, e.g. FLT-30417")],
) -> FlightChanged:
    """Move a booking to another flight of its route, e.g. "FLT-30417"; charges the difference and the change fee."""
    booking, old = checks.open_booking(agency, flight_booking_id)
    new, traveller = checks.flight(agency, flight_id), agency.travellers.find(booking.traveller_id)
    fee = checks.check_changeable(booking)
    checks.check_same_route(old, new)
    checks.check_seat_for_sale(agency, new, booking.fare)
    checks.check_passport(agency, new, traveller)
    checks.check_not_elsewhere(agency, new, traveller, besides=flight_booking_id)
    difference = round(max(0.0, fare_today(agency, new, booking.fare) - booking.fare_paid), 2)
    charged = round(difference + fee, 2)
    checks.check_budget(agency, agency.trips.find(booking.trip_id), charged)
    paid, fees = round(booking.fare_paid + difference, 2), round(booking.fees + fee, 2)
    agency.flight_bookings.update(booking, flight_id=flight_id, fare_paid=paid, fees=fees, seat="")
    total = total_of(agency, booking.trip_id)
    return FlightChanged(flight_booking_id, new.number, new.departs, difference, fee, charged, total)


@writes(destructive=True)
def cancel_flight_booking(agency: Agency, flight_booking_id: FlightBookingId) -> Refunded:
    """Cancel a confirmed flight booking, e.g. "FBK-71305"; refunds by its fare, in full within a day of booking."""
    booking, _ = checks.open_booking(agency, flight_booking_id)
    refund = refund_today(agency, booking)
    agency.flight_bookings.update(booking, cancelled=True, refund=refund, seat="")
    return Refunded(flight_booking_id, refund, total_of(agency, booking.trip_id))


@writes
def choose_flight_seat(agency: Agency, flight_booking_id: FlightBookingId, seat: Seat) -> SeatChosen:
    """Choose a free seat in the cabin of a booking's fare; light and standard pay for the first, e.g. seat="14C"."""
    booking, flight = checks.open_booking(agency, flight_booking_id)
    checks.check_seat(agency, flight, booking, seat)
    fee = seat_fee(booking, agency.travellers.find(booking.traveller_id))
    checks.check_budget(agency, agency.trips.find(booking.trip_id), fee)
    agency.flight_bookings.update(booking, seat=seat, fees=round(booking.fees + fee, 2))
    return SeatChosen(flight_booking_id, seat, fee)


@writes
def add_flight_bags(agency: Agency, flight_booking_id: FlightBookingId, bags: Bags) -> BagsAdded:
    """Add checked bags to a booking, three at most; 30 each, 55 on flights from three hours on, e.g. bags=1."""
    booking, flight = checks.open_booking(agency, flight_booking_id)
    checks.check_bags(booking, bags)
    fee = bag_fee(flight, booking, agency.travellers.find(booking.traveller_id), bags)
    checks.check_budget(agency, agency.trips.find(booking.trip_id), fee)
    extra = booking.extra_bags + bags
    agency.flight_bookings.update(booking, extra_bags=extra, fees=round(booking.fees + fee, 2))
    return BagsAdded(flight_booking_id, RULES[booking.fare].bags + extra, fee)


@writes
def check_in_flight_booking(agency: Agency, flight_booking_id: FlightBookingId) -> BoardingPass:
    """Check in a booking, e.g. "FBK-71305", with a valid passport, from 24 hours to one hour before departure."""
    booking = checks.flight_booking(agency, flight_booking_id)
    flight, traveller = agency.flights.find(booking.flight_id), agency.travellers.find(booking.traveller_id)
    checks.check_check_in(agency, booking, flight)
    checks.check_passport(agency, flight, traveller)
    seat = booking.seat or free_seats(agency, flight, RULES[booking.fare].cabin)[0]
    agency.flight_bookings.update(booking, seat=seat, checked_in=True)
    traveller = agency.travellers.update(traveller, points=traveller.points + int(booking.fare_paid))
    boarding = later(flight.departs, minutes=-BOARDS_BEFORE)
    return BoardingPass(flight_booking_id, traveller.name, flight.number, seat, boarding, traveller.points)


@writes
def book_trip_hotel(
    agency: Agency, trip_id: TripId, hotel_id: HotelId, check_in: Day, nights: Nights, room: RoomKind = "double"
) -> HotelBooked:
    """Book a room for a trip, free on every night and within budget, e.g. check_in="2026-03-14", nights=3."""
    trip, hotel = checks.open_trip(agency, trip_id), checks.hotel(agency, hotel_id)
    checks.check_hotel_day(agency, check_in)
    day, kept = check_in.isoformat(), agency.rooms.find(f"{hotel_id}/{room}")
    checks.check_room(agency, kept, hotel.name, day, nights)
    price, free = price_of(kept, day, nights), free_until(hotel.policy, day)
    checks.check_budget(agency, trip, price)
    number = agency.new_id("HBK")
    booking = HotelBooking(number, trip_id, hotel_id, kept.room_id, day, nights, price, free)
    agency.hotel_bookings.add(booking)
    total = total_of(agency, trip_id)
    return HotelBooked(number, hotel.name, day, check_out_of(booking), price, free, total)


@writes(destructive=True)
def cancel_hotel_booking(agency: Agency, hotel_booking_id: HotelBookingId) -> Refunded:
    """Cancel a stay that begins after today, e.g. "HBK-41188"; free until its deadline, then by the hotel's policy."""
    booking = checks.open_hotel_booking(agency, hotel_booking_id)
    refund = refund_of(agency, booking, agency.hotels.find(booking.hotel_id))
    agency.hotel_bookings.update(booking, cancelled=True, refund=refund)
    return Refunded(hotel_booking_id, refund, total_of(agency, booking.trip_id))


@reads
def list_travel_documents(
    agency: Agency,
    trip_id: TripId,
    kind: Annotated[DocumentKind, Meta(description="which documents, e.g. boarding_pass")] | None = None,
) -> Documents:
    """List a trip's tickets, boarding passes, hotel vouchers and passports, all or one kind, e.g. kind="e_ticket"."""
    found = rows.documents(agency, checks.trip(agency, trip_id).trip_id)
    return Documents([row for row in found if kind in (None, row.kind)])
