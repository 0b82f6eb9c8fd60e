"""Laws of the travel agency, tried through its tools."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from servers.state import later, minutes_between
from servers.travel_booking.cabin import LAYOUTS, aboard, free_seats, others_seats, seats, sold_to_others
from servers.travel_booking.fares import (
    RULES,
    fare_today,
    is_international,
    lands_at,
    leaves_at,
    refund_today,
    seats_left,
    status_of,
)
from servers.travel_booking.lodging import free_until, nights_from, price_of, rooms_left, stay_status
from servers.travel_booking.trips import total_of
from tests.worlds.live import Live

SEEDS = range(4)
DAY = 24 * 60


class Customer(Live):
    """The customer of a seed, with a trip of their own, and a traveller who has nothing else planned."""

    def __init__(self, seed: int):
        super().__init__("travel_booking", seed)
        self.trip_id = self("create_trip", name="Lantern festival")["trip_id"]
        self.traveller = next(row for row in self.state.travellers if row.passport_expires > self.day(120))
        for booking in self.state.flight_bookings.where(traveller_id=self.traveller.traveller_id):
            self.state.flight_bookings.update(booking, cancelled=True)

    def day(self, ahead: int) -> str:
        return later(self.state.now, days=ahead)[:10]

    def flights(self, ahead: int = 10) -> list[Any]:
        """Flights between countries, at least so many days ahead, with seats in both cabins; soonest first."""
        rows = [row for row in self.state.flights if row.departs[:10] >= self.day(ahead)]
        roomy = [
            row
            for row in rows
            if seats_left(self.state, row, "economy") > 2
            and seats_left(self.state, row, "business") > 1
            and is_international(self.state, row)
        ]
        return sorted(roomy, key=lambda row: (row.departs, row.flight_id))

    def same_route(self, flight: Any) -> list[Any]:
        rows = self.flights(12)
        found = [row for row in rows if (row.origin, row.destination) == (flight.origin, flight.destination)]
        return [row for row in found if row.flight_id != flight.flight_id]

    def wanted(self, flight: Any = None, **changes: Any) -> dict[str, Any]:
        flight = flight or self.flights()[0]
        who = self.traveller.traveller_id
        return {"trip_id": self.trip_id, "flight_id": flight.flight_id, "traveller_id": who} | changes

    def book(self, fare: str = "standard", flight: Any = None) -> str:
        return self("book_trip_flight", **self.wanted(flight, fare=fare))["flight_booking_id"]

    def booking(self, number: str) -> Any:
        return self.state.flight_bookings.find(number)

    def until_before(self, flight: Any, minutes: int) -> None:
        """Waits for the moment so many minutes before departure."""
        self.wait(minutes_between(self.state.now, leaves_at(self.state, flight)) - minutes)

    def room(self, policy: str = "flexible", nights: int = 3) -> tuple[dict[str, Any], Any]:
        """How to book a room twelve days ahead in a hotel of this policy, which is given if none is there."""
        check_in = self.day(12)
        for room in self.state.rooms.where(kind="double"):
            if rooms_left(self.state, room, check_in, nights) > 1:
                self.state.hotels.update(self.state.hotels.find(room.hotel_id), policy=policy)
                stay = {"trip_id": self.trip_id, "hotel_id": room.hotel_id, "check_in": check_in, "nights": nights}
                return stay, room
        raise AssertionError("every hotel is full")


@pytest.fixture(params=[0, 1, 2])
def me(request: pytest.FixtureRequest) -> Customer:
    return Customer(request.param)


def test_every_world_holds_together():
    for seed in SEEDS:
        state = Live("travel_booking", seed).state
        for row in state.flight_bookings:
            assert row.trip_id in state.trips and row.flight_id in state.flights
            assert row.booked <= min(state.now, leaves_at(state, state.flights.find(row.flight_id)))
            traveller, flight = state.travellers.find(row.traveller_id), state.flights.find(row.flight_id)
            assert traveller.passport_expires > flight.arrives[:10]
        for row in state.hotel_bookings:
            hotel, room = state.hotels.find(row.hotel_id), state.rooms.find(row.room_id)
            assert row.trip_id in state.trips and room.hotel_id == hotel.hotel_id
            assert row.price == price_of(room, row.check_in, row.nights)
            assert row.free_until == free_until(hotel.policy, row.check_in)
        assert all(row.budget == 0 or total_of(state, row.trip_id) <= row.budget for row in state.trips)
        assert {row.origin for row in state.flights} == {row.code for row in state.airports}


def test_no_flight_is_oversold_and_nobody_sits_on_a_taken_seat():
    assert all(len(seats(kind, cabin)) % 7 for kind, cabins in LAYOUTS.items() for cabin in cabins)
    for seed in SEEDS:
        state = Live("travel_booking", seed).state
        for flight in state.flights:
            assert min(seats_left(state, flight, cabin) for cabin in ("economy", "business")) >= 0
        for row in state.flight_bookings:
            flight, cabin = state.flights.find(row.flight_id), RULES[row.fare].cabin
            assert len(others_seats(flight, cabin)) == sold_to_others(flight, cabin) * 7 // 10
            assert row.seat not in others_seats(flight, cabin)
            assert not row.seat or row.seat in seats(flight.aircraft, cabin)
            chosen = [other.seat for other in aboard(state, flight) if other.seat]
            assert len(chosen) == len(set(chosen))


def test_nobody_is_in_two_places_and_no_room_is_given_twice():
    for seed in SEEDS:
        state = Live("travel_booking", seed).state
        for who in state.travellers:
            own = state.flight_bookings.where(traveller_id=who.traveller_id, cancelled=False)
            times = [state.flights.find(row.flight_id) for row in own]
            for one, other in combinations(times, 2):
                apart = lands_at(state, one) <= leaves_at(state, other), lands_at(state, other) <= leaves_at(state, one)
                assert any(apart)
        for room in state.rooms:
            for night in nights_from(state.now[:10], 45):
                assert rooms_left(state, room, night, 1) >= 0


def test_the_last_seat_is_sold_once(me: Customer):
    flight = me.flights()[0]
    full = len(seats(flight.aircraft, "business"))
    me.state.flights.update(flight, business_sold=full - 1)
    me.book("business", flight)
    assert seats_left(me.state, flight, "business") >= 0
    other = next(row for row in me.state.travellers if row.name != me.traveller.name)
    wanted = me.wanted(flight, traveller_id=other.traveller_id, fare="business")
    assert "sold out in business" in me.refused("book_trip_flight", **wanted)
    found = me("search_flights", origin=flight.origin, destination=flight.destination, date=flight.departs[:10])
    assert all(row["seats_left"] > 0 for row in found["flights"])


def test_a_fare_paid_stays_the_fare_paid_while_prices_move(me: Customer):
    flight = me.flights(23)[0]
    shown = me("get_flight_details", flight_id=flight.flight_id)["fares"]
    number = me.book("flex", flight)
    assert me.booking(number).fare_paid == next(row["price"] for row in shown if row["fare"] == "flex")
    me.until_before(flight, 3 * DAY)
    assert fare_today(me.state, flight, "flex") > me.booking(number).fare_paid
    assert me("get_flight_booking", flight_booking_id=number)["fare_paid"] == me.booking(number).fare_paid


def test_a_change_charges_the_difference_and_the_fee(me: Customer):
    number = me.book("standard")
    paid = me.booking(number).fare_paid
    dear, cheap = me.same_route(me.state.flights.find(me.booking(number).flight_id))[:2]
    me.state.flights.update(dear, base_fare=dear.base_fare * 3)
    me.state.flights.update(cheap, base_fare=1.0)
    today = fare_today(me.state, me.state.flights.find(dear.flight_id), "standard")
    changed = me("change_flight_booking", flight_booking_id=number, flight_id=dear.flight_id)
    assert changed["difference"] == pytest.approx(today - paid) and changed["difference"] > 0
    assert changed["charged"] == pytest.approx(changed["difference"] + 45)
    assert changed["trip_total"] == pytest.approx(paid + changed["charged"])
    again = me("change_flight_booking", flight_booking_id=number, flight_id=cheap.flight_id)
    assert (again["difference"], again["charged"]) == (0.0, 45.0)
    assert me.booking(number).fare_paid == pytest.approx(today)


def test_a_change_needs_a_changeable_fare_and_another_flight_of_the_route(me: Customer):
    light = me.book("light")
    flight = me.state.flights.find(me.booking(light).flight_id)
    other = me.same_route(flight)[0]
    refusal = me.refused("change_flight_booking", flight_booking_id=light, flight_id=other.flight_id)
    assert "light fare, which cannot be changed" in refusal
    flex = me.book("flex", other)
    same = {"flight_booking_id": flex, "flight_id": other.flight_id}
    assert "already booked" in me.refused("change_flight_booking", **same)
    elsewhere = next(row for row in me.flights() if row.destination != flight.destination)
    wrong = {"flight_booking_id": flex, "flight_id": elsewhere.flight_id}
    assert "must stay on" in me.refused("change_flight_booking", **wrong)


def test_a_cancelled_flight_is_refunded_by_its_fare_and_its_seat_is_free_again(me: Customer):
    for fare, rule in RULES.items():
        number = me.book(fare)
        flight = me.state.flights.find(me.booking(number).flight_id)
        left = seats_left(me.state, flight, rule.cabin)
        me.wait(DAY + 1)
        shown = me("get_flight_booking", flight_booking_id=number)["refund_now"]
        refund = me("cancel_flight_booking", flight_booking_id=number)["refund"]
        assert refund == shown == round(me.booking(number).fare_paid * rule.refunded, 2)
        assert seats_left(me.state, flight, rule.cabin) == left + 1
        assert "is cancelled" in me.refused("cancel_flight_booking", flight_booking_id=number)


def test_all_of_a_fare_comes_back_within_a_day_but_no_fees(me: Customer):
    number = me.book("light")
    me.state.travellers.update(me.traveller, points=0)
    bags = me("add_flight_bags", flight_booking_id=number, bags=1)["charged"]
    assert bags == (55.0 if me.state.flights.find(me.booking(number).flight_id).minutes >= 180 else 30.0)
    assert refund_today(me.state, me.booking(number)) == me.booking(number).fare_paid
    cancelled = me("cancel_flight_booking", flight_booking_id=number)
    assert cancelled["trip_total"] == bags


def test_check_in_is_open_from_a_day_to_an_hour_before_departure(me: Customer):
    flight = me.flights()[0]
    number = me.book("standard", flight)
    opens = later(flight.departs, days=-1)
    assert f"opens at {opens}" in me.refused("check_in_flight_booking", flight_booking_id=number)
    me.until_before(flight, DAY)
    assert me("get_flight_booking", flight_booking_id=number)["check_in"] == "open"
    points = me.traveller.points + int(me.booking(number).fare_paid)
    boarding = me("check_in_flight_booking", flight_booking_id=number)
    assert boarding["points"] == points and boarding["seat"] == me.booking(number).seat
    assert "already checked in" in me.refused("check_in_flight_booking", flight_booking_id=number)
    assert "is checked_in" in me.refused("cancel_flight_booking", flight_booking_id=number)
    me.until_before(flight, 0)
    assert status_of(me.state, me.booking(number)) == "flown"


def test_a_flight_closes_an_hour_before_departure(me: Customer):
    flight = me.flights()[0]
    number = me.book("flex", flight)
    gone = me.book("flex", me.same_route(flight)[-1])
    me("cancel_flight_booking", flight_booking_id=gone)
    me.until_before(flight, 59)
    assert "is closed" in me.refused("check_in_flight_booking", flight_booking_id=number)
    assert "last hour" in me.refused("cancel_flight_booking", flight_booking_id=number)
    assert "is cancelled" in me.refused("check_in_flight_booking", flight_booking_id=gone)
    other = next(row for row in me.state.travellers if row.name != me.traveller.name)
    wanted = me.wanted(flight, traveller_id=other.traveller_id)
    assert "sales end 60 minutes before" in me.refused("book_trip_flight", **wanted)


def test_an_expired_passport_keeps_its_owner_at_home_until_it_is_renewed(me: Customer):
    flight = me.flights()[0]
    who = me.state.travellers.update(me.traveller, passport_expires=me.day(2))
    assert f"expires on {me.day(2)}" in me.refused("book_trip_flight", **me.wanted(flight))
    renewal = {"traveller_id": who.traveller_id, "passport": "Q44556677"}
    for day in (me.state.today, "9999-12-31"):
        assert "must expire after today" in me.refused("update_traveller_passport", expires=day, **renewal)
    taken = next(row for row in me.state.travellers if row.name != who.name)
    stolen = renewal | {"passport": taken.passport}
    assert taken.name in me.refused("update_traveller_passport", expires=me.day(900), **stolen)
    me("update_traveller_passport", expires=me.day(900), **renewal)
    assert "already on file" in me.refused("update_traveller_passport", expires=me.day(900), **renewal)
    me.book("standard", flight)


def test_nobody_can_book_two_flights_at_once(me: Customer):
    number = me.book()
    assert number in me.refused("book_trip_flight", **me.wanted())


def test_a_seat_is_chosen_once_in_the_cabin_of_the_fare(me: Customer):
    me.state.travellers.update(me.traveller, points=0)
    flight = me.flights()[0]
    number = me.book("light", flight)
    seat, other, *_ = free_seats(me.state, flight, "economy")
    taken = sorted(others_seats(flight, "economy"))[0]
    for wrong, reason in ((taken, "is taken"), ("1A", "no economy seat"), ("99F", "no economy seat")):
        assert reason in me.refused("choose_flight_seat", flight_booking_id=number, seat=wrong)
    assert me("choose_flight_seat", flight_booking_id=number, seat=seat)["charged"] == 14.0
    assert "already has seat" in me.refused("choose_flight_seat", flight_booking_id=number, seat=seat)
    assert me("choose_flight_seat", flight_booking_id=number, seat=other)["charged"] == 0.0
    assert seat in free_seats(me.state, flight, "economy") and other not in free_seats(me.state, flight, "economy")


def test_status_makes_seats_free_and_gold_a_bag_too(me: Customer):
    me.state.travellers.update(me.traveller, points=40_000)
    number = me.book("light")
    flight = me.state.flights.find(me.booking(number).flight_id)
    seat = free_seats(me.state, flight, "economy")[-1]
    assert me("choose_flight_seat", flight_booking_id=number, seat=seat)["charged"] == 0.0
    assert me("add_flight_bags", flight_booking_id=number, bags=1)["charged"] == 0.0
    assert me("add_flight_bags", flight_booking_id=number, bags=2)["charged"] > 0.0
    assert "at most 3 extra bags" in me.refused("add_flight_bags", flight_booking_id=number, bags=1)


def test_a_trip_never_comes_to_more_than_its_budget(me: Customer):
    number = me.book("standard")
    total = total_of(me.state, me.trip_id)
    assert "budget cannot be less" in me.refused("set_trip_budget", trip_id=me.trip_id, budget=total - 1)
    me("set_trip_budget", trip_id=me.trip_id, budget=total)
    stay, _ = me.room()
    assert "its budget is" in me.refused("book_trip_hotel", **stay)
    me.state.travellers.update(me.traveller, points=0)
    assert "its budget is" in me.refused("add_flight_bags", flight_booking_id=number, bags=1)
    me("set_trip_budget", trip_id=me.trip_id, budget=total + 5_000)
    me("book_trip_hotel", **stay)
    shown = me("get_trip_itinerary", trip_id=me.trip_id)
    assert total < shown["total"] <= shown["budget"]


def test_a_room_is_booked_for_every_night_or_not_at_all(me: Customer):
    stay, room = me.room()
    left = rooms_left(me.state, room, stay["check_in"], 3)
    for _ in range(left):
        booked = me("book_trip_hotel", **stay)
    assert rooms_left(me.state, room, stay["check_in"], 3) == 0
    assert "no double room free" in me.refused("book_trip_hotel", **stay)
    assert "no double room free" in me.refused("book_trip_hotel", **stay | {"nights": 6})
    me("cancel_hotel_booking", hotel_booking_id=booked["hotel_booking_id"])
    me("book_trip_hotel", **stay)


@pytest.mark.parametrize("policy", ["flexible", "moderate", "strict", "non_refundable"])
def test_a_hotel_refunds_by_its_policy_and_deadline(me: Customer, policy: str):
    stay, room = me.room(policy)
    first, second = (me("book_trip_hotel", **stay) for _ in range(2))
    price, free = first["price"], first["free_until"]
    one_night = price_of(room, stay["check_in"], 1)
    early = me("cancel_hotel_booking", hotel_booking_id=first["hotel_booking_id"])["refund"]
    assert early == (0.0 if policy == "non_refundable" else price)
    assert "is cancelled" in me.refused("cancel_hotel_booking", hotel_booking_id=first["hotel_booking_id"])
    me.wait(minutes_between(me.state.now, free or me.day(11)) + 1)
    late = me("cancel_hotel_booking", hotel_booking_id=second["hotel_booking_id"])["refund"]
    kept = {"strict": price / 2, "non_refundable": price}.get(policy, one_night)
    assert late == pytest.approx(price - kept, abs=0.01)


def test_a_stay_that_has_begun_is_not_cancelled(me: Customer):
    stay, _ = me.room()
    number = me("book_trip_hotel", **stay)["hotel_booking_id"]
    me.wait(12 * DAY)
    assert "is staying" in me.refused("cancel_hotel_booking", hotel_booking_id=number)
    me.wait(4 * DAY)
    assert stay_status(me.state, me.state.hotel_bookings.find(number)) == "stayed"


def test_the_documents_of_a_trip_follow_its_bookings(me: Customer):
    flight = me.flights()[0]
    number = me.book("standard", flight)
    stay, _ = me.room()
    me("book_trip_hotel", **stay)
    kinds = [row["kind"] for row in me("list_travel_documents", trip_id=me.trip_id)["documents"]]
    assert kinds == ["e_ticket", "hotel_voucher", "passport"]
    me.until_before(flight, 10 * 60)
    seat = me("check_in_flight_booking", flight_booking_id=number)["seat"]
    (shown,) = me("list_travel_documents", trip_id=me.trip_id, kind="boarding_pass")["documents"]
    assert shown["number"] == f"{flight.number}/{seat}" and shown["holder"] == me.traveller.name


def test_a_trip_goes_from_unbooked_to_past(me: Customer):
    def status() -> str:
        return me("list_trips", name="Lantern festival")["trips"][0]["status"]

    seen = [status()]
    flight = me.flights()[0]
    me.book("standard", flight)
    seen.append(status())
    me.until_before(flight, 0)
    seen.append(status())
    me.wait(3 * DAY)
    assert [*seen, status()] == ["unbooked", "upcoming", "ongoing", "past"]
    later_flight = next(row for row in me.flights() if row.departs > me.day(2))
    assert "nothing can be booked" in me.refused("book_trip_flight", **me.wanted(later_flight))


def test_what_is_asked_for_must_exist_and_be_on_sale(me: Customer):
    flight = me.flights()[0]
    route = {"origin": flight.origin, "destination": flight.destination}
    for day in ("0001-01-01", "9999-12-31", me.day(40)):
        assert "on sale from today" in me.refused("search_flights", date=day, **route)
    for end in ("origin", "destination"):
        assert "no airport QQQ" in me.refused("search_flights", date=me.day(3), **route | {end: "QQQ"})
    city = next(iter(me.state.hotels)).city
    for day in (me.day(-1), "9999-12-31"):
        assert "take arrivals from today" in me.refused("list_hotels_in_city", city=city, check_in=day)
    assert "no hotels in Atlantis" in me.refused("list_hotels_in_city", city="Atlantis")
    assert "already called" in me.refused("create_trip", name="lantern FESTIVAL")
    assert "no flight FLT-1" in me.refused("get_flight_details", flight_id="FLT-1")
    assert "no flight booking FBK-1" in me.refused("get_flight_booking", flight_booking_id="FBK-1")
    assert "no hotel booking HBK-1" in me.refused("cancel_hotel_booking", hotel_booking_id="HBK-1")
    assert "no trip TRP-1" in me.refused("get_trip_itinerary", trip_id="TRP-1")
    assert "no traveller PAX-1" in me.refused("book_trip_flight", **me.wanted(traveller_id="PAX-1"))
    assert "no hotel HTL-1" in me.refused("book_trip_hotel", **me.room()[0] | {"hotel_id": "HTL-1"})


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
