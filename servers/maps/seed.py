"""A city region from a seed: its ground plan, places along the streets, what the user saved, shared and reported."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

from servers.maps.layout import Plan, draw_plan
from servers.maps.material import FIRST_LIST, LABELS, LISTS, REGIONS, STEMS, TRADES, Trade
from servers.maps.records import (
    Category,
    Closure,
    Contact,
    Place,
    Reason,
    Region,
    SavedPlace,
    Segment,
    Share,
    Weekday,
)
from servers.maps.streets import address_of, house_offset, position, to_degrees
from servers.names import first_new_ids, ids, people
from servers.state import Base, later

CONTACTS = 26
FRIENDS_HOMES = 19
SAVED_PER_LIST = [7, 6, 5, 4, 3]
REASONS: list[Reason] = ["roadworks", "roadworks", "accident", "street_festival", "fallen_tree", "flooding"]

House = tuple[Segment, int]


class Called(NamedTuple):
    """What is known of a place before it stands somewhere."""

    name: str
    category: Category
    opens: str
    closes: str
    closed_on: tuple[Weekday, ...]
    rated: bool = True


def generate(seed: int) -> Base:
    """The region of this seed: 263 crossings, about 136 roads, 372 places, 25 saved places, 12 closures."""
    rng = random.Random(f"maps:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(7, 22):02d}:{rng.randrange(60):02d}"
    name, latitude, longitude, scale = rng.choice(REGIONS)
    corner = round(latitude + rng.randrange(-99, 100) / 1000, 5), round(longitude + rng.randrange(-99, 100) / 1000, 5)
    region = Region(ids(rng, "RGN", 1)[0], name, *corner, scale)
    plan = draw_plan(rng)
    names = people(rng, CONTACTS)
    places = _places(rng, region, plan, names)
    saved = _saved(rng, places)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "FAV", "CLS", "SHL"),
        regions=[region],
        crossings=plan.crossings,
        roads=plan.roads,
        segments=plan.segments,
        places=places,
        saved_places=saved,
        closures=_closures(rng, plan, now),
        contacts=[Contact(number, name) for number, name in zip(ids(rng, "FRD", CONTACTS), names, strict=True)],
        shares=_shares(rng, saved, names, now),
    )


def _places(rng: random.Random, region: Region, plan: Plan, friends: list[str]) -> list[Place]:
    """Everything that has an address; no two at the same house."""
    known = [_called(rng, category, name) for category, trade in TRADES.items() for name in _names(rng, trade)]
    homes = ["My home", *(f"Home of {name}" for name in rng.sample(friends, FRIENDS_HOMES))]
    known = [Called(name, "residence", "00:00", "24:00", (), rated=False) for name in homes] + known
    roads = {road.road_id: road for road in plan.roads}
    crossings = {row.crossing_id: row for row in plan.crossings}
    houses = _houses(rng, plan.segments, len(known))
    rows = []
    for number, place, (segment, house) in zip(ids(rng, "POI", len(known)), known, houses, strict=True):
        road, offset = roads[segment.road_id], house_offset(segment, house)
        spot = position(crossings[segment.start], crossings[segment.end], offset / segment.metres)
        rows.append(
            Place(
                number,
                place.name,
                place.category,
                segment.segment_id,
                offset,
                address_of(road, house),
                road.district,
                *to_degrees(region, spot),
                place.opens,
                place.closes,
                place.closed_on,
                round(2.9 + 2 * max(rng.random(), rng.random()), 1) if place.rated else 0.0,
                int(900 * rng.random() ** 3) + 3 if place.rated else 0,
                f"+{rng.randrange(30, 50)} {rng.randrange(100, 1000)} {rng.randrange(100_000, 1_000_000)}",
            )
        )
    return rows


def _names(rng: random.Random, trade: Trade) -> list[str]:
    """A third of the places belong to chains and share their name."""
    names: dict[str, None] = {}
    chained = [rng.choice(trade.chains) for _ in range(trade.count // 3)] if trade.chains else []
    while len(names) + len(chained) < trade.count:
        names[f"{rng.choice(STEMS)} {rng.choice(trade.endings)}"] = None
    return [*names, *chained]


def _called(rng: random.Random, category: Category, name: str) -> Called:
    trade = TRADES[category]
    return Called(name, category, rng.choice(trade.opens), rng.choice(trade.closes), rng.choice(trade.closed))


def _houses(rng: random.Random, segments: list[Segment], wanted: int) -> list[House]:
    lined = [segment for segment in segments if segment.houses]
    chosen: dict[tuple[str, int], House] = {}
    while len(chosen) < wanted:
        segment = rng.choice(lined)
        house = segment.first_house + rng.randrange(segment.houses)
        chosen[segment.segment_id, house] = segment, house
    return list(chosen.values())


def _saved(rng: random.Random, places: list[Place]) -> list[SavedPlace]:
    """The user's home and what lies on five lists; some under a label, the others under their name."""
    home, *others = places
    public = [place for place in others if place.category != "residence"]
    chosen = iter([home, *rng.sample(public, sum(SAVED_PER_LIST) - 1)])
    numbers = iter(ids(rng, "FAV", sum(SAVED_PER_LIST)))
    labels = {category: rng.sample(names, len(names)) for category, names in LABELS.items()}
    rows = []
    for name, size in zip([FIRST_LIST, *rng.sample(LISTS, 4)], SAVED_PER_LIST, strict=True):
        for _ in range(size):
            place = next(chosen)
            own = labels.get(place.category, [])
            label = "Home" if place is home else own.pop() if own and rng.random() < 0.6 else place.name
            rows.append(SavedPlace(next(numbers), place.place_id, label, name))
    return rows


def _closures(rng: random.Random, plan: Plan, now: str) -> list[Closure]:
    """Past ones, six that last now (two of them the user's reports) and two that are planned; one per road."""
    begins = [-rng.randrange(5000, 40_000) for _ in range(4)]
    begins += [-rng.randrange(20, 600) for _ in range(6)] + [rng.randrange(600, 4000) for _ in range(2)]
    roads = rng.sample([road for road in plan.roads if road.kind not in ("path", "motorway")], len(begins))
    rows = []
    for number, road, begin in zip(ids(rng, "CLS", len(begins)), roads, begins, strict=True):
        starts = later(now, minutes=begin)
        ends = later(starts, minutes=60 * rng.randrange(12, 60))
        by = "me" if len(rows) in (4, 5) else "city"
        rows.append(Closure(number, road.road_id, rng.choice(REASONS), starts, ends, by))
    return rows


def _shares(rng: random.Random, saved: list[SavedPlace], names: list[str], now: str) -> list[Share]:
    return [
        Share(number, row.place_id, name, later(now, minutes=rng.randrange(-9000, 1400)))
        for number, row, name in zip(ids(rng, "SHL", 8), rng.sample(saved, 8), rng.sample(names, 8), strict=True)
    ]
