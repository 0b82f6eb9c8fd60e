"""The tables of the agency, and the types its tools take and give. Departures and arrivals are local to the airport."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

AirportCode = Annotated[
    str, msgspec.Meta(description="three-letter code from find_airports, e.g. OSL", pattern=r"^[A-Z]{3}$")
]
FlightId = Annotated[str, msgspec.Meta(description="flight on one day, e.g. FLT-30417", max_length=20)]
HotelId = Annotated[str, msgspec.Meta(description="hotel, e.g. HTL-48213", max_length=20)]
TripId = Annotated[str, msgspec.Meta(description="trip, e.g. TRP-20931", max_length=20)]
TravellerId = Annotated[str, msgspec.Meta(description="traveller, e.g. PAX-55120", max_length=20)]
FlightBookingId = Annotated[
    str, msgspec.Meta(description="one traveller's booking of one flight, e.g. FBK-71305", max_length=20)
]
HotelBookingId = Annotated[str, msgspec.Meta(description="hotel booking, e.g. HBK-41188", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Money = Annotated[float, msgspec.Meta(description="amount in euros, e.g. 1500", gt=0, le=1_000_000)]
Nights = Annotated[int, msgspec.Meta(description="number of nights, e.g. 3", ge=1, le=30)]
Fare = Annotated[
    Literal["light", "standard", "flex", "business"],
    msgspec.Meta(description="fare class: light cannot be changed or refunded, flex and business are fully refundable"),
]
RoomKind = Annotated[Literal["single", "double", "suite"], msgspec.Meta(description="kind of room, e.g. double")]
Cabin = Literal["economy", "business"]
Aircraft = Literal["E190", "A320", "A330"]
Policy = Literal["flexible", "moderate", "strict", "non_refundable"]
Tier = Literal["blue", "silver", "gold"]
TripStatus = Literal["unbooked", "upcoming", "ongoing", "past"]
FlightStatus = Literal["confirmed", "checked_in", "flown", "cancelled"]
HotelStatus = Literal["booked", "staying", "stayed", "cancelled"]
CheckIn = Literal["not_open", "open", "closed", "done"]
DocumentKind = Literal["e_ticket", "boarding_pass", "hotel_voucher", "passport"]


class Customer(Row, frozen=True):
    customer_id: str
    name: str
    home: str
    utc_offset: int
    """Of the customer's home, whose time the clock shows; whole hours, all year."""


class Airport(Row, frozen=True):
    code: str
    name: str
    city: str
    country: str
    utc_offset: int


class Flight(Row, frozen=True):
    flight_id: str
    number: str
    origin: str
    destination: str
    departs: str
    arrives: str
    minutes: int
    aircraft: Aircraft
    base_fare: float
    economy_sold: int
    business_sold: int
    """Seats that others have bought; those of this customer are flight bookings."""


class Hotel(Row, frozen=True):
    hotel_id: str
    name: str
    city: str
    district: str
    stars: int
    policy: Policy


class Room(Row, frozen=True):
    """All rooms of one kind in a hotel."""

    room_id: str
    """"HTL-48213/double"."""
    hotel_id: str
    kind: RoomKind
    rate: float
    count: int


class Stay(Row, frozen=True):
    """Rooms that others have taken, from the day of arrival to the day they leave."""

    stay_id: str
    room_id: str
    arrives: str
    leaves: str
    rooms: int


class Trip(Row, frozen=True):
    trip_id: str
    name: str
    budget: float
    """0 for none."""


class Traveller(Row, frozen=True):
    traveller_id: str
    name: str
    passport: str
    passport_expires: str
    points: int


class FlightBooking(Row, frozen=True):
    flight_booking_id: str
    trip_id: str
    traveller_id: str
    flight_id: str
    fare: Fare
    fare_paid: float
    booked: str
    fees: float = 0.0
    """For changes, seats and bags; never refunded."""
    refund: float = 0.0
    seat: str = ""
    extra_bags: int = 0
    checked_in: bool = False
    cancelled: bool = False


class HotelBooking(Row, frozen=True):
    hotel_booking_id: str
    trip_id: str
    hotel_id: str
    room_id: str
    check_in: str
    nights: int
    price: float
    free_until: str
    """Cancelled up to this minute, all is refunded; empty where nothing ever is."""
    refund: float = 0.0
    cancelled: bool = False


class Agency(State):
    customers: Table[Customer]
    airports: Table[Airport]
    flights: Table[Flight]
    hotels: Table[Hotel]
    rooms: Table[Room]
    stays: Table[Stay]
    trips: Table[Trip]
    travellers: Table[Traveller]
    flight_bookings: Table[FlightBooking]
    hotel_bookings: Table[HotelBooking]


class AirportRow(msgspec.Struct, frozen=True):
    code: str
    name: str
    city: str
    country: str


class Airports(msgspec.Struct, frozen=True):
    airports: list[AirportRow]


class FlightRow(msgspec.Struct, frozen=True):
    flight_id: str
    number: str
    departs: str
    arrives: str
    price: float
    seats_left: int


class Flights(msgspec.Struct, frozen=True):
    flights: list[FlightRow]
    total: int


class FareOffer(msgspec.Struct, frozen=True):
    fare: Fare
    price: float
    seats_left: int
    bags: int


class FlightDetails(msgspec.Struct, frozen=True):
    flight_id: str
    number: str
    origin: str
    destination: str
    departs: str
    arrives: str
    aircraft: Aircraft
    fares: list[FareOffer]
    free_economy_seats: list[str]
    """A few of them, spread over the cabin."""
    free_business_seats: list[str]


class HotelRow(msgspec.Struct, frozen=True):
    hotel_id: str
    name: str
    district: str
    stars: int
    policy: Policy
    price: float
    """For the whole stay if a check-in date is given, else for a night."""
    rooms_left: int


class Hotels(msgspec.Struct, frozen=True):
    hotels: list[HotelRow]
    total: int


class TripRow(msgspec.Struct, frozen=True):
    trip_id: str
    name: str
    status: TripStatus
    start: str
    end: str


class Trips(msgspec.Struct, frozen=True):
    now: str
    trips: list[TripRow]
    total: int


class Leg(msgspec.Struct, frozen=True):
    flight_booking_id: str
    traveller: str
    number: str
    route: str
    departs: str
    status: FlightStatus


class Night(msgspec.Struct, frozen=True):
    hotel_booking_id: str
    hotel: str
    city: str
    check_in: str
    nights: int
    free_until: str
    status: HotelStatus


class Itinerary(msgspec.Struct, frozen=True):
    trip_id: str
    name: str
    status: TripStatus
    budget: float
    total: float
    """All that was paid, less what was refunded."""
    flights: list[Leg]
    hotels: list[Night]


class TripBudget(msgspec.Struct, frozen=True):
    trip_id: str
    name: str
    budget: float
    total: float


class TravellerRow(msgspec.Struct, frozen=True):
    traveller_id: str
    name: str
    passport: str
    passport_expires: str
    points: int
    tier: Tier


class Travellers(msgspec.Struct, frozen=True):
    travellers: list[TravellerRow]
    total: int


class FlightBooked(msgspec.Struct, frozen=True):
    flight_booking_id: str
    number: str
    traveller: str
    departs: str
    fare_paid: float
    trip_total: float


class FlightBookingDetails(msgspec.Struct, frozen=True):
    flight_booking_id: str
    trip_id: str
    traveller: str
    flight_id: str
    number: str
    origin: str
    destination: str
    departs: str
    arrives: str
    fare: Fare
    fare_paid: float
    fees: float
    seat: str
    bags: int
    status: FlightStatus
    changeable: bool
    change_fee: float
    refund_now: float
    """What cancelling now would bring back."""
    check_in: CheckIn
    check_in_from: str


class FlightChanged(msgspec.Struct, frozen=True):
    flight_booking_id: str
    number: str
    departs: str
    difference: float
    change_fee: float
    charged: float
    trip_total: float


class Refunded(msgspec.Struct, frozen=True):
    cancelled: str
    refund: float
    trip_total: float


class SeatChosen(msgspec.Struct, frozen=True):
    flight_booking_id: str
    seat: str
    charged: float


class BagsAdded(msgspec.Struct, frozen=True):
    flight_booking_id: str
    bags: int
    """Checked bags now, those of the fare included."""
    charged: float


class BoardingPass(msgspec.Struct, frozen=True):
    flight_booking_id: str
    traveller: str
    number: str
    seat: str
    boarding: str
    points: int
    """Of the traveller, with those earned."""


class HotelBooked(msgspec.Struct, frozen=True):
    hotel_booking_id: str
    hotel: str
    check_in: str
    check_out: str
    price: float
    free_until: str
    trip_total: float


class Document(msgspec.Struct, frozen=True):
    kind: DocumentKind
    number: str
    holder: str
    about: str


class Documents(msgspec.Struct, frozen=True):
    documents: list[Document]
