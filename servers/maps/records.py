"""The tables of the maps, and the types their tools take and give."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

PlaceId = Annotated[str, msgspec.Meta(description="place, e.g. POI-30417", max_length=20)]
RoadId = Annotated[str, msgspec.Meta(description="road, e.g. WAY-20931", max_length=20)]
ClosureId = Annotated[str, msgspec.Meta(description="reported road closure, e.g. CLS-71305", max_length=20)]
SavedPlaceId = Annotated[str, msgspec.Meta(description="saved place, e.g. FAV-55120", max_length=20)]
District = Annotated[str, msgspec.Meta(description="district of the region, e.g. Harbourside", max_length=40)]
ListName = Annotated[
    str,
    msgspec.Meta(
        description="name of a list of saved places, e.g. Weekend", pattern=r"^\S(.{0,28}\S)?$", max_length=30
    ),
]
Moment = Annotated[
    str,
    msgspec.Meta(description="local date and time, e.g. 2026-03-14T08:30", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"),
]
Mode = Annotated[Literal["foot", "bike", "car"], msgspec.Meta(description="how one travels, e.g. bike")]
Kind = Literal["motorway", "avenue", "street", "lane", "bridge", "path"]
Reason = Annotated[
    Literal["roadworks", "accident", "street_festival", "fallen_tree", "flooding"],
    msgspec.Meta(description="why it is closed, e.g. roadworks"),
]
Avoid = Annotated[
    Literal["motorways", "bridges", "paths"], msgspec.Meta(description="what the route keeps off, e.g. motorways")
]
Level = Literal["free", "slow", "jammed"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Category = Literal[
    "restaurant", "cafe", "bakery", "supermarket", "pharmacy", "hospital", "school", "library", "museum", "cinema",
    "theatre", "park", "hotel", "bank", "gym", "hairdresser", "bookshop", "petrol_station", "car_park", "post_office",
    "train_station", "residence",
]  # fmt: skip


class Region(Row, frozen=True):
    """Where the corner of the region lies; all other positions are whole metres east and north of it."""

    region_id: str
    name: str
    latitude: float
    longitude: float
    metres_per_longitude: int


class Crossing(Row, frozen=True):
    crossing_id: str
    x: int
    y: int
    height: int
    """Metres above the sea."""


class Road(Row, frozen=True):
    road_id: str
    name: str
    district: str
    kind: Kind
    speed_kmh: int
    busy: int
    """How much traffic slows it down, 0 to 3."""


class Segment(Row, frozen=True):
    """A piece of a road between two crossings, with the houses along it."""

    segment_id: str
    road_id: str
    start: str
    end: str
    metres: int
    first_house: int
    houses: int


class Place(Row, frozen=True):
    place_id: str
    name: str
    category: Category
    segment_id: str
    offset: int
    """Metres from the start of the segment."""
    address: str
    district: str
    latitude: float
    longitude: float
    opens: str
    closes: str
    """Clock times; a closing time before the opening time is on the next day."""
    closed_on: tuple[Weekday, ...]
    rating: float
    reviews: int
    phone: str


class SavedPlace(Row, frozen=True):
    saved_place_id: str
    place_id: str
    label: str
    place_list: str


class Closure(Row, frozen=True):
    closure_id: str
    road_id: str
    reason: Reason
    starts: str
    ends: str
    reported_by: Literal["me", "city"]


class Contact(Row, frozen=True):
    contact_id: str
    name: str


class Share(Row, frozen=True):
    share_id: str
    place_id: str
    recipient: str
    expires: str


class Maps(State):
    regions: Table[Region]
    crossings: Table[Crossing]
    roads: Table[Road]
    segments: Table[Segment]
    places: Table[Place]
    saved_places: Table[SavedPlace]
    closures: Table[Closure]
    contacts: Table[Contact]
    shares: Table[Share]


class PlaceRow(msgspec.Struct, frozen=True, omit_defaults=True):
    place_id: str
    name: str
    category: Category
    address: str
    rating: float
    open_now: bool
    metres: int | None = None
    """As the crow flies from the place searched near; only there then."""


class Places(msgspec.Struct, frozen=True):
    places: list[PlaceRow]
    total: int
    """How many match, of which the nearest, else the best rated, are shown."""


class PlaceDetails(msgspec.Struct, frozen=True):
    place_id: str
    name: str
    category: Category
    address: str
    road_id: str
    latitude: float
    longitude: float
    opens: str
    closes: str
    closed_on: list[Weekday]
    open_now: bool
    rating: float
    reviews: int
    phone: str


class Located(msgspec.Struct, frozen=True):
    address: str
    latitude: float
    longitude: float
    road_id: str
    place_id: str
    """The place at this address, or nothing."""
    place: str


class Leg(msgspec.Struct, frozen=True):
    """One road from where the route enters it to where it leaves it."""

    road: str
    metres: int


class FoundRoute(msgspec.Struct, frozen=True):
    start: str
    via: str
    goal: str
    mode: Mode
    depart_at: str
    arrive_at: str
    minutes: float
    metres: int
    climb: int
    """Metres uphill."""
    legs: list[Leg]


class ModeRow(msgspec.Struct, frozen=True):
    mode: Mode
    minutes: float
    metres: int
    climb: int


class ComparedModes(msgspec.Struct, frozen=True):
    start: str
    goal: str
    fastest: Mode
    options: list[ModeRow]
    """Fastest first; a mode that cannot get there is missing."""


class TravelTimes(msgspec.Struct, frozen=True):
    mode: Mode
    places: list[str]
    minutes: list[list[float | None]]
    """Row by row from each place to each place, null where there is no way."""


class ReachableRow(msgspec.Struct, frozen=True):
    place_id: str
    name: str
    category: Category
    minutes: float


class ReachablePlaces(msgspec.Struct, frozen=True):
    places: list[ReachableRow]
    total: int
    """How many are within reach, of which the nearest in time are shown."""


class RoadRow(msgspec.Struct, frozen=True):
    road_id: str
    name: str
    district: str
    kind: Kind
    closed: bool


class Roads(msgspec.Struct, frozen=True):
    roads: list[RoadRow]
    total: int


class RoadTraffic(msgspec.Struct, frozen=True):
    road_id: str
    name: str
    district: str
    kind: Kind
    metres: int
    at: str
    level: Level
    speed_kmh: int
    """What cars drive at that time."""
    limit_kmh: int
    closure_id: str
    closed_for: list[Mode]
    reason: str
    closed_until: str
    reported_by: str


class Withdrawn(msgspec.Struct, frozen=True):
    withdrawn: str
    road_id: str
    road: str


class ReportedClosure(msgspec.Struct, frozen=True):
    closure_id: str
    road: str
    closed_for: list[Mode]
    closed_until: str


class SavedRow(msgspec.Struct, frozen=True):
    saved_place_id: str
    label: str
    place_list: str
    place_id: str
    place: str


class SavedPlaces(msgspec.Struct, frozen=True):
    saved_places: list[SavedRow]
    total: int
    lists: list[str]
    """Names of all lists."""


class RemovedSaved(msgspec.Struct, frozen=True):
    removed: str
    label: str
    place_list: str
    place_id: str


class SharedPlace(msgspec.Struct, frozen=True):
    place: str
    recipient: str
    expires: str
