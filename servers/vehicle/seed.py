"""One car and its owner from a seed: a year of trips that add up to the odometer, and a car parked or on its way."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from msgspec.structs import replace

from servers.names import first_new_ids, ids, people, street
from servers.state import Base, later
from servers.vehicle.material import (
    DISTRICTS,
    FAULTS,
    MEDIA,
    MODELS,
    NETWORKS,
    PLACES,
    REMINDERS,
    VISITS,
    WORKSHOPS,
)
from servers.vehicle.motion import ROAD_FACTOR, kwh_per_km
from servers.vehicle.records import (
    Body,
    Car,
    Contact,
    Destination,
    Drive,
    Entry,
    EntryKind,
    EntryStatus,
    Line,
    Media,
    Network,
    Opening,
    OpeningName,
    PlaceKind,
    Position,
    Profile,
    Purpose,
    Station,
    Trip,
    Tyre,
    Zone,
    ZoneName,
)

Stand = Literal["parked", "ready", "waiting", "moving"]
STANDS: dict[Stand, int] = {"parked": 38, "ready": 14, "waiting": 20, "moving": 28}
TRIPS = 220
STATIONS = 70
CONTACTS = 40
DRIVERS = 4
FRIENDS = 7
PER_KIND = 3
VISITED, OLD_FAULTS, OPEN_FAULTS, DUE, DONE = 22, 20, 5, 5, 6
LINES: list[tuple[Line, ...]] = [("mobile",), ("mobile", "work"), ("mobile", "home"), ("work", "mobile")]
OPENINGS: tuple[OpeningName, ...] = get_args(OpeningName)


class Goal(NamedTuple):
    """A place trips go to."""

    place_id: str
    name: str
    kind: PlaceKind
    x: float
    y: float


def generate(seed: int) -> Base:
    """The car of this seed: 220 trips, 32 destinations, 70 charging stations, 58 service entries, 40 contacts."""
    rng = random.Random(f"vehicle:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(6, 22):02d}:{rng.randrange(60):02d}"
    model, capacity, most_kw = rng.choice(MODELS)
    plate = f"{''.join(rng.choice('BDFGHKLMNPRSTVXZ') for _ in range(2))}-{rng.randrange(100, 10_000)}"
    car = Car(ids(rng, "CAR", 1)[0], model, plate, capacity, most_kw, rng.choice([0.24, 0.27, 0.29, 0.31, 0.34]))
    names = people(rng, CONTACTS + DRIVERS)
    drivers, friends = names[:DRIVERS], names[DRIVERS:]
    destinations, stations = _destinations(rng, friends), _stations(rng)
    stand = rng.choices(list(STANDS), list(STANDS.values()))[0]
    last = _last_stop(rng, destinations, stations)
    trips = _trips(rng, now, destinations, last, drivers)
    bought_km = float(rng.randrange(14_000, 60_000))
    drive = _drive(rng, stand, now, car, last, destinations, round(bought_km + sum(row.kilometres for row in trips), 1))
    openings = _openings(rng, stand)
    media = _media(rng)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "NAV", "LOG", "CLL"),
        cars=[car],
        drives=[drive],
        bodies=[_body(rng, stand, openings, media, drivers)],
        openings=openings,
        zones=[Zone(name, rng.randrange(36, 47) / 2, rng.choice(["off", "off", "low"])) for name in get_args(ZoneName)],
        tyres=_tyres(rng),
        profiles=[Profile(name, rng.randrange(37, 46) / 2, rng.randrange(1, 13)) for name in drivers],
        destinations=destinations,
        stations=stations,
        trips=trips,
        entries=_entries(rng, now, int(drive.odometer_km)),
        contacts=_contacts(rng, friends),
        calls=[],
        media=media,
    )


def _destinations(rng: random.Random, friends: list[str]) -> list[Destination]:
    """Home, some of every kind and where friends live; most lie near home, journeys go far."""
    named: list[tuple[str, PlaceKind]] = [("Home", "home")]
    named += [(name, kind) for kind, names in PLACES.items() for name in rng.sample(names, PER_KIND)]
    named += [(f"{name}'s place", "friends") for name in rng.sample(friends, FRIENDS)]
    rows = []
    for number, (name, kind) in zip(ids(rng, "NAV", len(named)), named, strict=True):
        reach = 110 if kind == "travel" else 40
        kw = 11 if kind == "home" else 22 if name == "Office" else 0
        spot = (0.0, 0.0) if kind == "home" else (_away(rng, reach), _away(rng, reach))
        rows.append(Destination(number, name, kind, f"{street(rng)}, {rng.choice(DISTRICTS)}", *spot, kw))
    return rows


def _stations(rng: random.Random) -> list[Station]:
    names: dict[str, Network] = {}
    while len(names) < STATIONS:
        network, district = rng.choice(NETWORKS), rng.choice(DISTRICTS)
        name = f"{network} {district}"
        names[f"{name} {rng.randrange(2, 5)}" if name in names else name] = network
    rows = []
    for number, (name, network) in zip(ids(rng, "EVC", STATIONS), names.items(), strict=True):
        kw, plugs = rng.choice([11, 22, 22, 50, 75, 100, 150, 150, 250, 300]), rng.randrange(2, 13)
        price = round(0.34 + kw / 1000 + rng.randrange(12) / 100, 2)
        demand = rng.randrange(plugs // 2, plugs + 2)
        rows.append(Station(number, name, network, kw, price, plugs, demand, _away(rng, 90), _away(rng, 90)))
    return rows


def _away(rng: random.Random, reach: int) -> float:
    """Kilometres from home, more often near than far."""
    return round((rng.random() + rng.random() - 1) * reach, 3)


def _last_stop(rng: random.Random, destinations: list[Destination], stations: list[Station]) -> Goal:
    """Where the car stood last: a place with a charger."""
    if rng.random() < 0.45:
        row = destinations[0]
        return Goal(row.destination_id, row.name, row.category, row.x, row.y)
    station = rng.choice([row for row in stations if row.plugs > row.demand])
    return Goal(station.station_id, station.name, "travel", station.x, station.y)


def _trips(rng: random.Random, now: str, destinations: list[Destination], last: Goal, drivers: list[str]) -> list[Trip]:
    """Each trip starts where the one before ended; written from the latest to the first."""
    places = [Goal(row.destination_id, row.name, row.category, row.x, row.y) for row in destinations]
    numbers = ids(rng, "LOG", TRIPS)
    goal, before = last, later(now, minutes=-rng.randrange(200, 900))
    rows = []
    for position, number in enumerate(numbers):
        start = places[0] if goal.name != "Home" and rng.random() < 0.6 else rng.choice(places)
        while start.place_id == goal.place_id:
            start = rng.choice(places)
        ended = before
        km = max(0.4, round(_km(start, goal) * (1 + rng.random() / 8), 1))
        started = later(ended, minutes=-int(km / rng.randrange(30, 80) * 60) - 2)
        there = goal.place_id if goal.place_id.startswith("NAV") else ""
        driver = drivers[min(int(rng.random() * rng.random() * 6), DRIVERS - 1)]
        label = _purpose(rng, goal, position)
        kwh = round(km * (0.12 + rng.random() / 12), 1)
        rows.append(Trip(number, started, ended, start.name, goal.name, there, km, kwh, driver, label))
        goal, before = start, later(started, minutes=-_pause(rng))
    return rows[::-1]


def _pause(rng: random.Random) -> int:
    """Minutes the car stood between two trips: an errand or a few days."""
    return rng.randrange(20, 500) if rng.random() < 0.5 else rng.randrange(700, 5_000)


def _purpose(rng: random.Random, goal: Goal, position: int) -> Purpose:
    """The latest trips mostly wait for a label."""
    if position < 8 or rng.random() < 0.15:
        return "unlabelled"
    return rng.choice(["business", "commute"]) if goal.kind == "work" else "private"


def _km(start: Goal, goal: Goal) -> float:
    return ROAD_FACTOR * math.sqrt((start.x - goal.x) ** 2 + (start.y - goal.y) ** 2)


def _drive(
    rng: random.Random, stand: Stand, now: str, car: Car, last: Goal, destinations: list[Destination], odometer: float
) -> Drive:
    """Parked or ready at the last stop, or part of the way to somewhere else."""
    charge = round(car.capacity_kwh * rng.uniform(0.15, 0.7), 2)
    limit = rng.choice([80, 80, 90, 100])
    charging = stand == "parked" and rng.random() < 0.45
    parked = Drive(
        "now",
        since=now,
        ignition="off" if stand == "parked" else "on",
        gear="park",
        speed_kmh=0,
        charge_kwh=charge,
        odometer_km=odometer,
        x=last.x,
        y=last.y,
        place_id=last.place_id,
        destination_id="",
        charging=charging,
        limit_percent=limit,
        plugged_kwh=round(charge * rng.uniform(0.6, 1), 2) if charging else 0.0,
        started=now,
        started_at=last.name,
        started_km=odometer,
        used_kwh=0.0,
    )
    return parked if stand in ("parked", "ready") else _on_the_way(rng, parked, stand, car, last, destinations)


def _on_the_way(
    rng: random.Random, parked: Drive, stand: Stand, car: Car, last: Goal, destinations: list[Destination]
) -> Drive:
    places = [Goal(row.destination_id, row.name, row.category, row.x, row.y) for row in destinations]
    far = sorted((place for place in places if place.place_id != last.place_id), key=lambda place: _km(last, place))
    goal = rng.choice(far[-12:])
    share = rng.uniform(0.05, 0.3)
    driven = _km(last, goal) * share
    used = driven * kwh_per_km(60)
    return replace(
        parked,
        gear="drive",
        speed_kmh=rng.choice([50, 60, 70, 80, 90, 100, 110]) if stand == "moving" else 0,
        charge_kwh=round(car.capacity_kwh * rng.uniform(0.5, 0.9), 2),
        odometer_km=parked.odometer_km + driven,
        x=last.x + (goal.x - last.x) * share,
        y=last.y + (goal.y - last.y) * share,
        place_id="",
        destination_id=goal.place_id,
        started=later(parked.since, minutes=-int(driven) - 3),
        used_kwh=used,
    )


def _openings(rng: random.Random, stand: Stand) -> list[Opening]:
    """Mostly closed; a parked car may have a door or lid open, any car a window."""
    positions: dict[OpeningName, Position] = dict.fromkeys(OPENINGS, "closed")
    if stand in ("parked", "ready") and rng.random() < 0.2:
        positions[rng.choice(["trunk", "frunk", "rear_left_door", "rear_right_door"])] = "open"
    if rng.random() < 0.4:
        positions[rng.choice(["driver_window", "passenger_window", "rear_right_window"])] = rng.choice(
            ["open", "half_open"]
        )
    return [Opening(name, position) for name, position in positions.items()]


def _body(rng: random.Random, stand: Stand, openings: list[Opening], media: list[Media], drivers: list[str]) -> Body:
    may_lock = all(row.position == "closed" for row in openings if "window" not in row.name)
    locked = may_lock and rng.random() < 0.6
    beam = rng.choice(["off", "auto"]) if stand == "parked" else rng.choice(["auto", "low"])
    listened = rng.choice([row.name for row in media if row.kind != "video"])
    return Body("now", locked, beam, listened if stand != "parked" else "", rng.choice(drivers[:2]))


def _tyres(rng: random.Random) -> list[Tyre]:
    recommended, tread = rng.choice([2.4, 2.5, 2.6, 2.7]), rng.uniform(1.9, 7)
    return [
        Tyre(name, round(recommended - rng.random() ** 3 * 0.7, 1), recommended, round(tread + rng.random() / 2, 1))
        for name in ("front left", "front right", "rear left", "rear right")
    ]


def _entries(rng: random.Random, now: str, odometer: int) -> list[Entry]:
    """Visits and faults of the last years, reminders ahead; odometer readings rise with the dates."""
    numbers = iter(ids(rng, "GAR", VISITED + OLD_FAULTS + OPEN_FAULTS + DUE + DONE))
    rows = []
    for _ in range(VISITED):
        (title, cost), days = rng.choice(VISITS), rng.randrange(10, 900)
        price = round(cost * rng.uniform(0.8, 1.4), 2)
        row = _entry(next(numbers), "visit", title, "", now, -days, odometer, "done")
        rows.append(replace(row, workshop=rng.choice(WORKSHOPS), cost=price))
    known = rng.sample(FAULTS, len(FAULTS))
    for position in range(OPEN_FAULTS + OLD_FAULTS):
        is_open = position < OPEN_FAULTS
        code, title, severity = known[position] if is_open else rng.choice(FAULTS)
        days = rng.randrange(1, 40) if is_open else rng.randrange(45, 700)
        status: EntryStatus = "open" if is_open else rng.choice(["done", "done", "acknowledged"])
        row = _entry(next(numbers), "fault", title, code, now, -days, odometer, status)
        rows.append(replace(row, severity=severity))
    titles = rng.sample(REMINDERS, DUE) + [rng.choice(REMINDERS) for _ in range(DONE)]
    for position, title in enumerate(titles):
        days = rng.randrange(3, 200) if position < DUE else -rng.randrange(30, 500)
        status = "open" if position < DUE else "done"
        rows.append(_entry(next(numbers), "reminder", title, "", now, days, odometer, status))
    return rows


def _entry(
    number: str, kind: EntryKind, title: str, code: str, now: str, days: int, odometer: int, status: EntryStatus
) -> Entry:
    """About 14 kilometres a day lie between an entry and today."""
    return Entry(number, kind, title, code, later(now, days=days)[:10], odometer + 14 * days, status)


def _contacts(rng: random.Random, friends: list[str]) -> list[Contact]:
    numbers = ids(rng, "PHB", CONTACTS)
    return [Contact(number, name, rng.choice(LINES)) for number, name in zip(numbers, friends, strict=True)]


def _media(rng: random.Random) -> list[Media]:
    return [Media(name, kind) for kind, names in MEDIA.items() for name in rng.sample(names, len(names) - 2)]
