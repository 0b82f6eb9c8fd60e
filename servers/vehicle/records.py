"""The tables of the car, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

GoalId = Annotated[
    str, msgspec.Meta(description="saved destination or charging station, e.g. NAV-30417 or EVC-20931", max_length=20)
]
DestinationId = Annotated[str, msgspec.Meta(description="saved destination, e.g. NAV-30417", max_length=20)]
TripId = Annotated[str, msgspec.Meta(description="trip of the log, e.g. LOG-48213", max_length=20)]
EntryId = Annotated[
    str, msgspec.Meta(description="reminder, fault or visit of the service log, e.g. GAR-71305", max_length=20)
]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Switch = Annotated[Literal["on", "off"], msgspec.Meta(description="on or off, e.g. on")]
Gear = Annotated[
    Literal["park", "reverse", "neutral", "drive"], msgspec.Meta(description="gear to shift to, e.g. drive")
]
Lock = Annotated[Literal["locked", "unlocked"], msgspec.Meta(description="how the car shall be, e.g. locked")]
OpeningName = Literal[
    "driver_door", "passenger_door", "rear_left_door", "rear_right_door", "trunk", "frunk", "driver_window",
    "passenger_window", "rear_left_window", "rear_right_window", "sunroof",
]  # fmt: skip
Position = Annotated[
    Literal["open", "half_open", "closed"], msgspec.Meta(description="where it shall be; half_open only for windows")
]
ZoneName = Literal["driver", "passenger", "rear"]
Heat = Literal["off", "low", "medium", "high"]
Beam = Annotated[Literal["off", "auto", "low", "high", "fog"], msgspec.Meta(description="outside lights, e.g. low")]
MediaKind = Literal["radio", "album", "podcast", "video"]
PlaceKind = Literal["home", "work", "family", "friends", "shop", "doctor", "school", "sport", "restaurant", "travel"]
Network = Literal["Voltara", "Ampero", "Nordlade", "Sparkway", "Citywatt"]
Purpose = Literal["unlabelled", "private", "business", "commute"]
EntryKind = Literal["reminder", "fault", "visit"]
EntryStatus = Literal["open", "acknowledged", "done"]
Severity = Literal["info", "warning", "critical"]
Line = Literal["mobile", "work", "home"]


class Car(Row, frozen=True):
    car_id: str
    model: str
    plate: str
    capacity_kwh: float
    most_kw: int
    """What it can be charged with at most."""
    home_price: float
    """Per kWh, wherever no charging station is paid."""


class Drive(Row, frozen=True):
    """How the car stood or moved at `since`; what became of it until now follows from the clock."""

    drive_id: str
    since: str
    ignition: Switch
    gear: Gear
    speed_kmh: int
    charge_kwh: float
    odometer_km: float
    x: float
    y: float
    """Kilometres east and north of the corner of the region."""
    place_id: str
    """The destination or station it stands at, or nothing."""
    destination_id: str
    """Where the route leads, or nothing."""
    charging: bool
    limit_percent: int
    plugged_kwh: float
    """Charge when charging began."""
    started: str
    started_at: str
    started_km: float
    used_kwh: float
    """Since the ignition was switched on."""


class Body(Row, frozen=True):
    body_id: str
    locked: bool
    beam: Beam
    playing: str
    driver: str


class Opening(Row, frozen=True):
    name: OpeningName
    position: Position


class Zone(Row, frozen=True):
    name: ZoneName
    celsius: float
    seat_heat: Heat


class Tyre(Row, frozen=True):
    tyre: str
    bar: float
    recommended_bar: float
    tread_mm: float


class Profile(Row, frozen=True):
    name: str
    celsius: float
    seat: int
    """Position of the driver's seat, 1 to 12."""


class Destination(Row, frozen=True):
    destination_id: str
    name: str
    category: PlaceKind
    address: str
    x: float
    y: float
    charger_kw: int = 0


class Station(Row, frozen=True):
    station_id: str
    name: str
    network: Network
    kw: int
    price: float
    plugs: int
    demand: int
    """Plugs taken at the busiest hour."""
    x: float
    y: float


class Trip(Row, frozen=True):
    trip_id: str
    started: str
    ended: str
    start: str
    goal: str
    destination_id: str
    kilometres: float
    kwh: float
    driver: str
    purpose: Purpose = "unlabelled"
    note: str = ""


class Entry(Row, frozen=True):
    """A service reminder (due at a day or an odometer reading), a fault, or a visit to a workshop."""

    entry_id: str
    kind: EntryKind
    title: str
    code: str
    date: str
    odometer_km: int
    status: EntryStatus
    severity: Severity = "info"
    workshop: str = ""
    cost: float = 0.0


class Contact(Row, frozen=True):
    contact_id: str
    name: str
    lines: tuple[Line, ...]


class Call(Row, frozen=True):
    call_id: str
    contact_id: str
    line: Line
    at: str


class Media(Row, frozen=True):
    name: str
    kind: MediaKind


class Vehicle(State):
    cars: Table[Car]
    drives: Table[Drive]
    bodies: Table[Body]
    openings: Table[Opening]
    zones: Table[Zone]
    tyres: Table[Tyre]
    profiles: Table[Profile]
    destinations: Table[Destination]
    stations: Table[Station]
    trips: Table[Trip]
    entries: Table[Entry]
    contacts: Table[Contact]
    calls: Table[Call]
    media: Table[Media]


class DriveView(msgspec.Struct, frozen=True):
    ignition: Switch
    gear: Gear
    speed_kmh: int
    battery_percent: float
    range_km: int
    charging: bool
    charge_limit_percent: int
    odometer_km: float
    location: str
    charger_kw: int
    """Power of the charger where it stands, 0 if there is none."""
    destination: str
    kilometres_left: float
    minutes_left: int
    """At the present speed; 0 if the car stands or has no destination."""
    locked: bool
    not_closed: list[str]
    """Doors, windows and lids, e.g. "trunk open"."""


class CabinView(msgspec.Struct, frozen=True):
    driver: str
    drivers: list[str]
    """Names of all driver profiles."""
    zones: list[Zone]
    beam: Beam
    playing: str


class MediaView(msgspec.Struct, frozen=True):
    playing: str
    radio: list[str]
    album: list[str]
    podcast: list[str]
    video: list[str]


class TyreRow(msgspec.Struct, frozen=True):
    tyre: str
    bar: float
    recommended_bar: float
    tread_mm: float
    verdict: Literal["fine", "low pressure", "worn"]


class CarStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one view that was asked for is filled in."""

    model: str
    plate: str
    now: str
    drive: DriveView | None = None
    cabin: CabinView | None = None
    media: MediaView | None = None
    tyres: list[TyreRow] | None = None


class IgnitionSwitched(msgspec.Struct, frozen=True):
    ignition: Switch
    battery_percent: float
    trip_id: str
    """The trip that ended with this, or nothing."""
    kilometres: float


class GearShifted(msgspec.Struct, frozen=True):
    gear: Gear
    speed_kmh: int


class Cruising(msgspec.Struct, frozen=True):
    speed_kmh: int
    destination: str
    kilometres_left: float
    minutes_left: int
    battery_percent: float


class Locked(msgspec.Struct, frozen=True):
    car: Lock
    not_closed: list[str]


class OpeningSet(msgspec.Struct, frozen=True):
    opening: OpeningName
    position: Position


class CabinSet(msgspec.Struct, frozen=True):
    celsius: float
    zones: list[Zone]


class LightsSet(msgspec.Struct, frozen=True):
    beam: Beam
    before: Beam


class Playing(msgspec.Struct, frozen=True):
    title: str
    kind: MediaKind


class ProfileSwitched(msgspec.Struct, frozen=True):
    driver: str
    celsius: float
    seat: int


class DestinationRow(msgspec.Struct, frozen=True):
    destination_id: str
    name: str
    category: PlaceKind
    address: str
    kilometres: float
    """By road from where the car is."""


class Destinations(msgspec.Struct, frozen=True):
    destinations: list[DestinationRow]
    total: int
    """How many match, of which the nearest are shown."""


class StationRow(msgspec.Struct, frozen=True):
    station_id: str
    name: str
    network: Network
    kw: int
    price: float
    free_plugs: int
    kilometres: float


class Stations(msgspec.Struct, frozen=True):
    stations: list[StationRow]
    total: int
    """How many match, of which the nearest are shown."""


class NavigationStarted(msgspec.Struct, frozen=True):
    destination_id: str
    name: str
    kilometres: float
    minutes: int
    """At 70 km/h."""
    arrival_percent: float


class Charging(msgspec.Struct, frozen=True):
    charging: Switch
    place: str
    kw: int
    battery_percent: float
    limit_percent: int
    ready_at: str
    """When the limit is reached; empty when charging ended."""
    kwh: float
    cost: float


class TripRow(msgspec.Struct, frozen=True):
    trip_id: str
    started: str
    start: str
    goal: str
    kilometres: float
    kwh: float
    driver: str
    purpose: Purpose


class Trips(msgspec.Struct, frozen=True):
    trips: list[TripRow]
    total: int
    """How many match, of which the newest are shown."""
    kilometres: float
    """Of all that match."""


class TripLabelled(msgspec.Struct, frozen=True):
    trip_id: str
    goal: str
    purpose: Purpose
    note: str


class EntryRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code only of faults, workshop and cost only of visits."""

    entry_id: str
    kind: EntryKind
    title: str
    date: str
    odometer_km: int
    status: EntryStatus
    severity: Severity
    code: str = ""
    workshop: str = ""
    cost: float = 0.0


class Entries(msgspec.Struct, frozen=True):
    entries: list[EntryRow]
    total: int
    """How many match, of which the newest are shown."""


class Acknowledged(msgspec.Struct, frozen=True):
    entry_id: str
    title: str
    still_open: int


class Called(msgspec.Struct, frozen=True):
    name: str
    line: Line
