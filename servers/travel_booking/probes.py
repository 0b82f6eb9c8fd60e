"""What a customer of the agency would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
FARES = ["light", "standard", "flex", "business"]
NEW_TRIPS = [
    "{} in the rain",
    "Cycling around {}",
    "Art in {}",
    "{} with the choir",
    "Honeymoon in {}",
    "School reunion {}",
    "{} trade fair",
    "Museums of {}",
    "{} on a budget",
    "Cousins in {}",
]
DAYS_TRIED = 12


def find_airports(look: Look) -> Arguments:
    rows, flown = _airports(look), {code for _, leg in _legs(look) for code in leg["route"].split("-")}
    row = look.choose(row for row in rows if row["code"] in flown) if look.chance(0.6) else look.choose(rows)
    return {"text": look.choose([row["city"], row["city"], row["country"], row["name"]])}


def search_flights(look: Look) -> Arguments:
    origin, destination, day, _ = _on_sale(look)
    by_code = look.chance(0.4)
    origin, destination = (code if by_code else _airport(look, code) for code in (origin, destination))
    arguments = {"origin": origin, "destination": destination, "date": day}
    if look.chance(0.4):
        return arguments | {"fare": look.choose(FARES[:3])}
    return arguments | ({"sort_by": "price"} if look.chance(0.5) else {})


def get_flight_details(look: Look) -> Arguments:
    known = look.recall("flight")
    if known and look("get_flight_details", flight_id=known.id):
        return {"flight_id": known}
    origin, destination, day, found = _on_sale(look)
    return {"flight_id": _flight(look, look.choose(found), origin, destination, day)}


def list_hotels_in_city(look: Look) -> Arguments:
    city, when = _hotel_city(look), {"check_in": _day(look, 2, 36), "nights": look.rng.randrange(2, 7)}
    if look.chance(0.25):
        return {"city": city, "name": look.choose(look("list_hotels_in_city", city=city)["hotels"])["name"]}
    wish = look.choose(
        [{"min_stars": 3}, {"min_stars": 4}, {"room": "single"}, {"room": "suite"}, {"sort_by": "price"}]
    )
    return {"city": city, **when, **wish} if look.chance(0.7) else {"city": city, **wish}


def create_trip(look: Look) -> Arguments:
    taken = {row["name"] for row in _trips(look)}
    city = look.choose(_airports(look))["city"]
    names = [name.format(city) for name in NEW_TRIPS]
    name = look.choose(name for name in names if name not in taken)
    return {"name": name, "budget": 50.0 * look.rng.randrange(10, 90)} if look.chance(0.7) else {"name": name}


def list_trips(look: Look) -> Arguments:
    row = look.choose(_trips(look))
    return look.choose([{"status": row["status"]}, {"name": _city_of(look, row)}, {}])


def get_trip_itinerary(look: Look) -> Arguments:
    """Mostly of a trip to come, which more can be done with."""
    rows = [row for row in _trips(look) if row["status"] == "upcoming"]
    if rows and not look.recall("trip") and look.chance(0.6):
        return {"trip_id": _trip(look, lambda row: row in rows)}
    return {"trip_id": _trip(look)}


def set_trip_budget(look: Look) -> Arguments:
    trip = _trip(look, lambda row: row["status"] != "past")
    total = look("get_trip_itinerary", trip_id=trip.id)["total"]
    return {"trip_id": trip, "budget": 50.0 * (int(total / 50) + look.rng.randrange(3, 40))}


def find_travellers(look: Look) -> Arguments:
    if look.chance(0.15):
        return {}
    name = look.choose(_travellers(look))["name"]
    return {"name": name if look.chance(0.6) else name.split()[0]}


def update_traveller_passport(look: Look) -> Arguments:
    passport = f"{look.choose('BDHMNRTZ')}{look.rng.randrange(10**7, 10**8)}"
    return {"traveller_id": _traveller(look), "passport": passport, "expires": _day(look, 900, 3_600)}


def book_trip_flight(look: Look) -> Arguments:
    known = look.recall("flight")
    details = look("get_flight_details", flight_id=known.id) if known else {}
    if known and details and (booked := _book_known(look, known, details)):
        return booked
    trip, fare = _open_trip(look), look.choose(FARES)
    route = _route_of(look, trip.id)
    for _ in range(DAYS_TRIED):
        day = _day_of(look, trip.id)
        origin, destination = look.choose([route, route[::-1]])
        found = _within_budget(look, trip.id, origin, destination, day, fare)
        free = _free(look, day)
        if found and free:
            flight = _flight(look, look.choose(found), origin, destination, day, fare)
            return {"trip_id": trip, "flight_id": flight, "traveller_id": _traveller(look, free), "fare": fare}
    raise NothingToAsk


def _book_known(look: Look, known: Reference, details: Arguments) -> Arguments | None:
    """A flight that was mentioned, for a trip that goes or comes that way; None if no trip or nobody can take it."""
    origin, destination, day = details["origin"], details["destination"], details["departs"][:10]
    fare, free, home = look.choose(FARES), _free(look, day), _home(look)
    away = {row["city"] for row in _airports(look) if row["code"] in {origin, destination} - {home}}

    def goes_there(row: Arguments) -> bool:
        if home not in (origin, destination) or not any(city in row["name"] for city in away):
            return False
        within = _within_budget(look, row["trip_id"], origin, destination, day, fare) if _is_open(look, row) else []
        return known.id in {flight["flight_id"] for flight in within}

    trips = {row["trip_id"] for row in _trips(look) if goes_there(row)}
    if not trips or not free:
        return None
    trip = _trip(look, lambda row: row["trip_id"] in trips)
    return {"trip_id": trip, "flight_id": known, "traveller_id": _traveller(look, free), "fare": fare}


def get_flight_booking(look: Look) -> Arguments:
    share = 0.0 if look.recall("flight_booking") else 0.5
    return {"flight_booking_id": _booking(look, lambda details: look.chance(share) or details["status"] == "confirmed")}


def change_flight_booking(look: Look) -> Arguments:
    known = look.recall("flight")
    if known and (changed := _change_to(look, known)):
        return changed
    booking = _booking(look, lambda details: details["changeable"])
    details = look("get_flight_booking", flight_booking_id=booking.id)
    origin, destination, left = details["origin"], details["destination"], _left(look, details["trip_id"])
    for _ in range(DAYS_TRIED):
        day = _after(details["departs"], look.rng.randrange(-4, 5))
        if _may_fly(look, details, day):
            most = left - details["change_fee"] + details["fare_paid"] if left > details["change_fee"] else 0
            found = _search(look, origin, destination, day, details["fare"])
            fitting = [row for row in found if row["price"] <= most and row["flight_id"] != details["flight_id"]]
            if fitting:
                flight = _flight(look, look.choose(fitting), origin, destination, day, details["fare"])
                return {"flight_booking_id": booking, "flight_id": flight}
    raise NothingToAsk


def _change_to(look: Look, known: Reference) -> Arguments | None:
    """To a flight that was mentioned, from another one of its route; None if no booking can be moved to it."""
    new = look("get_flight_details", flight_id=known.id)

    def fits(details: Arguments) -> bool:
        route = (details["origin"], details["destination"]) == (new["origin"], new["destination"])
        if not route or not details["changeable"] or details["flight_id"] == known.id:
            return False
        price = next((offer["price"] for offer in new["fares"] if offer["fare"] == details["fare"]), 1e9)
        most = _left(look, details["trip_id"]) - details["change_fee"] + min(details["fare_paid"], price)
        return price <= most and _may_fly(look, details, new["departs"][:10])

    bookings = [look("get_flight_booking", flight_booking_id=leg["flight_booking_id"]) for _, leg in _legs(look)]
    meant = [details["flight_booking_id"] for details in bookings if new and fits(details)]
    if not meant:
        return None
    booking = _booking(look, lambda details: details["flight_booking_id"] in meant)
    return {"flight_booking_id": booking, "flight_id": known}


def cancel_flight_booking(look: Look) -> Arguments:
    return {"flight_booking_id": _booking(look, _alterable)}


def choose_flight_seat(look: Look) -> Arguments:
    booking = _booking(look, lambda details: _alterable(details) and _left(look, details["trip_id"]) > 20)
    details = look("get_flight_booking", flight_booking_id=booking.id)
    cabin = "business" if details["fare"] == "business" else "economy"
    free = look("get_flight_details", flight_id=details["flight_id"])[f"free_{cabin}_seats"]
    return {"flight_booking_id": booking, "seat": look.choose(free)}


def add_flight_bags(look: Look) -> Arguments:
    def fits(details: Arguments) -> bool:
        return _alterable(details) and details["bags"] < 2 and _left(look, details["trip_id"]) > 120

    return {"flight_booking_id": _booking(look, fits), "bags": look.choose([1, 1, 2])}


def check_in_flight_booking(look: Look) -> Arguments:
    return {"flight_booking_id": _booking(look, lambda details: details["check_in"] == "open")}


def book_trip_hotel(look: Look) -> Arguments:
    trip = _trip_to(look, look.recall("hotel"))
    city, left = _city_of(look, _row(look, trip.id)), _left(look, trip.id)
    for _ in range(DAYS_TRIED):
        when = {"city": city, "check_in": _day_of(look, trip.id), "nights": look.rng.randrange(1, 6)}
        wish = _hotel_wish(look, when, left)
        if wish:
            return {"trip_id": trip, "check_in": when["check_in"], "nights": when["nights"]} | wish
    raise NothingToAsk


def cancel_hotel_booking(look: Look) -> Arguments:
    """A stay that has not begun: by id, or by its trip (found trip, then its itinerary)."""
    known = look.recall("hotel_booking")
    stays = [(trip, stay) for trip in _itineraries(look) for stay in trip["hotels"] if stay["status"] == "booked"]
    if known and known.id in {stay["hotel_booking_id"] for _, stay in stays}:
        return {"hotel_booking_id": known}
    trip, stay = look.choose(stays)
    number, name = stay["hotel_booking_id"], stay["hotel"]
    if look.chance(0.15) or sum(other["hotel"] == name for other in trip["hotels"]) > 1:
        says = (f"hotel booking {number}", number)
        return {"hotel_booking_id": Reference("hotel_booking", number, says, row=stay)}
    says = (f"the stay at {name} on the {trip['name']} trip", f"{name} on my trip {trip['name']}")
    return {"hotel_booking_id": Reference("hotel_booking", number, says, _to(trip), "hotel_booking_id", stay)}


def list_travel_documents(look: Look) -> Arguments:
    trip = _trip(look, lambda row: row["status"] != "unbooked")
    kinds = {row["kind"] for row in look("list_travel_documents", trip_id=trip.id)["documents"]}
    if not kinds or look.chance(0.4):
        return {"trip_id": trip}
    return {"trip_id": trip, "kind": look.choose(sorted(kinds))}


def _airports(look: Look) -> list[Arguments]:
    rows = {row["code"]: row for text in "aeiou" for row in look("find_airports", text=text)["airports"]}
    return list(rows.values())


def _airport(look: Look, code: str) -> Reference:
    """An airport: by code, by its city if it is alone there, or by its own name."""
    row = next(row for row in look("find_airports", text=code)["airports"] if row["code"] == code)
    if look.chance(0.25):
        return Reference("airport", code, (code,), row=row)
    if len(look("find_airports", text=row["city"])["airports"]) == 1:
        path = (Lookup("find_airports", {"text": row["city"]}),)
        return Reference("airport", code, (row["city"],), path, "code", row)
    path = (Lookup("find_airports", {"text": row["name"]}),)
    return Reference("airport", code, (f"{row['city']} {row['name']}",), path, "code", row)


def _trips(look: Look) -> list[Arguments]:
    return look("list_trips", limit=50)["trips"]


def _row(look: Look, trip_id: str | None) -> Arguments:
    return look.choose(row for row in _trips(look) if row["trip_id"] == trip_id)


def _trip(look: Look, fits: Callable[[Arguments], bool] = lambda row: True) -> Reference:
    """A trip: by id, or by name (found by listing the trips of that name)."""
    rows = {row["trip_id"]: row for row in _trips(look) if fits(row)}
    known = look.recall("trip")
    if known and known.id in rows:
        return known
    number, row = look.choose(rows.items())
    if look.chance(0.15):
        return Reference("trip", number, (f"trip {number}", number), row=row)
    path, name = (Lookup("list_trips", {"name": row["name"]}),), row["name"]
    return Reference("trip", number, (f"the {name} trip", f"my trip {name}"), path, "trip_id", row)


def _is_open(look: Look, row: Arguments) -> bool:
    """Whether a trip is to come and something can still be booked for it."""
    return row["status"] in ("unbooked", "upcoming") and _left(look, row["trip_id"]) > 400


def _open_trip(look: Look) -> Reference:
    return _trip(look, lambda row: _is_open(look, row))


def _trip_to(look: Look, hotel: Reference | None) -> Reference:
    """An open trip, to the city of a hotel that was mentioned if there is one."""
    rows = [row for row in _trips(look) if _is_open(look, row)] if hotel else []
    there = {
        row["trip_id"]
        for row in rows
        for other in look("list_hotels_in_city", city=_city_of(look, row), limit=50)["hotels"]
        if hotel and other["hotel_id"] == hotel.id
    }
    return _trip(look, lambda row: row["trip_id"] in there) if there else _open_trip(look)


def _itineraries(look: Look) -> list[Arguments]:
    return [look("get_trip_itinerary", trip_id=row["trip_id"]) for row in _trips(look)]


def _legs(look: Look) -> list[tuple[Arguments, Arguments]]:
    return [(trip, leg) for trip in _itineraries(look) for leg in trip["flights"]]


def _home(look: Look) -> str:
    """The airport that most trips begin or end at."""
    return Counter(code for _, leg in _legs(look) for code in leg["route"].split("-")).most_common(1)[0][0]


def _city_of(look: Look, trip: Arguments) -> str:
    """The city that a trip's name tells."""
    return look.choose(sorted({row["city"] for row in _airports(look) if row["city"] in trip["name"]}))


def _route_of(look: Look, trip_id: str | None) -> tuple[str, str]:
    """From home to the city of a trip."""
    home, city = _home(look), _city_of(look, _row(look, trip_id))
    rows = look("find_airports", text=city)["airports"]
    return home, look.choose(row["code"] for row in rows if row["city"] == city and row["code"] != home)


def _day(look: Look, low: int, high: int) -> str:
    return _after(look("list_trips")["now"], look.rng.randrange(low, high))


def _day_of(look: Look, trip_id: str | None) -> str:
    """A day on which a trip begins, or could."""
    start = _row(look, trip_id)["start"]
    return _after(start, look.rng.randrange(2)) if start else _day(look, 2, 34)


def _search(look: Look, origin: str, destination: str, day: str, fare: str = "standard") -> list[Arguments]:
    found = look("search_flights", origin=origin, destination=destination, date=day, fare=fare, limit=50)
    return found.get("flights", [])


def _on_sale(look: Look) -> tuple[str, str, str, list[Arguments]]:
    """A route of the customer's trips and a day on which somebody still sells seats."""
    routes = sorted({leg["route"] for _, leg in _legs(look)})
    for _ in range(DAYS_TRIED):
        (origin, destination), day = look.choose(routes).split("-"), _day(look, 1, 38)
        if found := _search(look, origin, destination, day):
            return origin, destination, day, found
    raise NothingToAsk


def _flight(look: Look, row: Arguments, origin: str, destination: str, day: str, fare: str = "standard") -> Reference:
    """A flight: by id, by route, day and time, as the cheapest, or by the city it goes to (found airport, then it)."""
    number, way = row["flight_id"], {"origin": origin, "destination": destination, "date": day}
    shown = look("search_flights", **way, sort_by="price")["flights"]
    if look.chance(0.25) or number not in {other["flight_id"] for other in shown}:
        return Reference("flight", number, (f"flight {number}", number), row=row)
    alone = len({other["price"] for other in shown[:2]}) == min(2, len(shown))
    if look.chance(0.3) and alone and shown[0]["flight_id"] == number and fare != "business":
        path = (Lookup("search_flights", way | {"sort_by": "price"}),)
        says = (f"the cheapest flight from {origin} to {destination} on {day}",)
        return Reference("flight", number, says, path, "flight_id", row)
    return _flight_to(look, row, way)


def _flight_to(look: Look, row: Arguments, way: Arguments) -> Reference:
    """A flight by its time or number; where it goes is said by code or city."""
    path, there = (Lookup("search_flights", way),), way["destination"]
    city = next(other["city"] for other in look("find_airports", text=there)["airports"] if other["code"] == there)
    if look.chance(0.45) and len(look("find_airports", text=city)["airports"]) == 1:
        path, there = (Lookup("find_airports", {"text": city}), *path), city
    where = f"from {way['origin']} to {there} on {way['date']}"
    says = (f"the {row['departs'][11:]} flight {where}", f"{row['number']} {where}")
    return Reference("flight", row["flight_id"], says, path, "flight_id", row)


def _left(look: Look, trip_id: str | None) -> float:
    """What a trip's budget still allows."""
    trip = look("get_trip_itinerary", trip_id=trip_id)
    return trip["budget"] - trip["total"] if trip["budget"] else 1e6


def _within_budget(
    look: Look, trip_id: str | None, origin: str, destination: str, day: str, fare: str
) -> list[Arguments]:
    """Flights that the trip can pay in this fare and in the standard one."""
    left = _left(look, trip_id)
    usual = {row["flight_id"]: row["price"] for row in _search(look, origin, destination, day)}
    found = _search(look, origin, destination, day, fare)
    return [row for row in found if max(row["price"], usual.get(row["flight_id"], left + 1)) <= left]


def _travellers(look: Look) -> list[Arguments]:
    return look("find_travellers", limit=50)["travellers"]


def _traveller(look: Look, among: list[Arguments] | None = None) -> Reference:
    """A traveller: by id, or by full name (found by that name)."""
    rows = {row["traveller_id"]: row for row in (_travellers(look) if among is None else among)}
    known = look.recall("traveller")
    if known and known.id in rows:
        return known
    number, row = look.choose(rows.items())
    if look.chance(0.15):
        return Reference("traveller", number, (f"traveller {number}", number), row=row)
    path = (Lookup("find_travellers", {"name": row["name"]}),)
    return Reference("traveller", number, (row["name"],), path, "traveller_id", row)


def _free(look: Look, day: str) -> list[Arguments]:
    """Travellers who can fly on a day."""
    legs = _legs(look)
    return [row for row in _travellers(look) if _is_free(legs, row, day)]


def _is_free(legs: list[tuple[Arguments, Arguments]], traveller: Arguments, day: str, besides: str = "") -> bool:
    """Whether somebody has a passport for a day and nothing booked around it."""
    near = {_after(day, number) for number in (-2, -1, 0, 1, 2)}
    own = [leg for _, leg in legs if leg["traveller"] == traveller["name"] and leg["status"] != "cancelled"]
    busy = any(leg["departs"][:10] in near for leg in own if leg["flight_booking_id"] != besides)
    return not busy and traveller["passport_expires"] > _after(day, 2)


def _may_fly(look: Look, details: Arguments, day: str) -> bool:
    """Whether the traveller of a booking may fly on another day, in the same order with the other flights."""
    traveller = next(row for row in _travellers(look) if row["name"] == details["traveller"])
    legs = look("get_trip_itinerary", trip_id=details["trip_id"])["flights"]
    others = [leg["departs"][:10] for leg in legs if leg["route"] != f"{details['origin']}-{details['destination']}"]
    before = details["departs"][:10]
    same_side = all((other < before) == (other < day) for other in others)
    return same_side and _is_free(_legs(look), traveller, day, besides=details["flight_booking_id"])


def _alterable(details: Arguments) -> bool:
    return details["status"] == "confirmed" and details["check_in"] != "closed"


def _booking(look: Look, fits: Callable[[Arguments], bool]) -> Reference:
    """A flight booking: by id, or by trip, traveller and route (found trip, then its itinerary)."""

    def can_be_meant(number: str | None) -> bool:
        details = look("get_flight_booking", flight_booking_id=number)
        return bool(details) and fits(details)

    known = look.recall("flight_booking")
    if known and can_be_meant(known.id):
        return known
    legs = _legs(look)
    drawn = look.rng.sample(legs, len(legs))
    meant = next((pair for pair in drawn if can_be_meant(pair[1]["flight_booking_id"])), None)
    if meant is None:
        raise NothingToAsk
    trip, leg = meant
    number = leg["flight_booking_id"]
    same = [other for other in trip["flights"] if _shown(other) == _shown(leg)]
    if look.chance(0.15) or len(same) > 1:
        return Reference("flight_booking", number, (f"flight booking {number}", number), row=leg)
    who = f"{leg['traveller']}'s {leg['route']} flight"
    mentioned = look.recall("trip")
    if mentioned and mentioned.id == trip["trip_id"]:
        path = _to(trip)[1:]
        return Reference("flight_booking", number, (f"{who} on that trip",), path, "flight_booking_id", leg)
    says = (f"{who} on the {trip['name']} trip", f"{who} in my trip {trip['name']}")
    return Reference("flight_booking", number, says, _to(trip), "flight_booking_id", leg)


def _shown(leg: Arguments) -> tuple[str, str]:
    return leg["traveller"], leg["route"]


def _to(trip: Arguments) -> tuple[Lookup, Lookup]:
    return Lookup("list_trips", {"name": trip["name"]}), Lookup("get_trip_itinerary", {"trip_id": trip["trip_id"]})


def _hotel_city(look: Look) -> str:
    """A city with hotels: often that of a trip to come, else any but home."""
    trips = [row for row in _trips(look) if _is_open(look, row)]
    if trips and look.chance(0.6):
        return _city_of(look, look.choose(trips))
    home = _home(look)
    return look.choose(row["city"] for row in _airports(look) if row["code"] != home)


def _hotel(look: Look, row: Arguments, city: str) -> Reference:
    """A hotel: by id, or by name and city (found by searching both)."""
    number, name = row["hotel_id"], row["name"]
    if look.chance(0.15):
        return Reference("hotel", number, (f"hotel {number}", number), row=row)
    path = (Lookup("list_hotels_in_city", {"city": city, "name": name}),)
    return Reference("hotel", number, (f"{name} in {city}", f"the {name} in {city}"), path, "hotel_id", row)


def _hotel_wish(look: Look, when: Arguments, left: float) -> Arguments:
    """A hotel that has a room of some kind and a double one, or the cheapest; nothing where there is none."""
    room, known = look.choose(["single", "double", "double", "suite"]), look.recall("hotel")
    found = look("list_hotels_in_city", **when, room=room, max_price=left, limit=50)["hotels"]
    usual = {row["hotel_id"] for row in look("list_hotels_in_city", **when, max_price=left, limit=50)["hotels"]}
    fitting = [row for row in found if row["hotel_id"] in usual]
    if known and known.id in {row["hotel_id"] for row in fitting}:
        return {"hotel_id": known, "room": room}
    if look.chance(0.35) and (cheapest := _cheapest(look, when, left)):
        return {"hotel_id": cheapest}
    return {"hotel_id": _hotel(look, look.choose(fitting), when["city"]), "room": room} if fitting else {}


def _cheapest(look: Look, when: Arguments, left: float) -> Reference | None:
    """The cheapest hotel of a city for those nights, if one is."""
    wanted = when | {"sort_by": "price"}
    found = look("list_hotels_in_city", **wanted)["hotels"]
    if not found or found[0]["price"] > left or len({row["price"] for row in found[:2]}) < min(2, len(found)):
        return None
    city = when["city"]
    says = (f"the cheapest hotel in {city} for those nights", f"the cheapest hotel with a room in {city}")
    return Reference(
        "hotel", found[0]["hotel_id"], says, (Lookup("list_hotels_in_city", wanted),), "hotel_id", found[0]
    )


def _after(day: str, days: int) -> str:
    return (date.fromisoformat(day[:10]) + timedelta(days=days)).isoformat()
