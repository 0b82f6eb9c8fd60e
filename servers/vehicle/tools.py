"""What the owner can do with the car. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from servers.state import ToolError, later
from servers.tool import reads, writes
from servers.vehicle.journeys import charging_state, switched_off, switched_on
from servers.vehicle.motion import (
    USUAL_SPEED,
    drive_now,
    kilometres_left,
    kwh_per_km,
    location,
    minutes_left,
    percent,
    place_at,
    place_of,
    range_km,
    road_km,
)
from servers.vehicle.records import (
    Acknowledged,
    Beam,
    CabinSet,
    Call,
    Called,
    CarStatus,
    Charging,
    Cruising,
    Day,
    Destination,
    DestinationId,
    DestinationRow,
    Destinations,
    Drive,
    Entries,
    Entry,
    EntryId,
    EntryKind,
    EntryRow,
    EntryStatus,
    Gear,
    GearShifted,
    GoalId,
    Heat,
    IgnitionSwitched,
    LightsSet,
    Line,
    Lock,
    Locked,
    NavigationStarted,
    Network,
    OpeningName,
    OpeningSet,
    PlaceKind,
    Playing,
    Position,
    ProfileSwitched,
    Purpose,
    Station,
    StationRow,
    Stations,
    Switch,
    Trip,
    TripId,
    TripLabelled,
    TripRow,
    Trips,
    Vehicle,
    ZoneName,
)
from servers.vehicle.rules import (
    DOORS,
    FASTEST_OPEN_SUNROOF,
    LEAST_PERCENT_FOR_CABIN,
    LOGBOOK_DAYS,
    body_of,
    check_can_charge,
    check_can_cruise,
    check_can_shift,
    check_standing,
    free_plugs,
    is_dark,
    not_closed,
    one_named,
)
from servers.vehicle.views import cabin_view, drive_view, media_view, tyre_rows

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
View = Annotated[
    Literal["drive", "cabin", "media", "tyres"],
    Meta(description="drive (gear, speed, battery, doors), cabin (drivers, climate), media (library) or tyres"),
]
Name = Annotated[str, Meta(description="name or part of it, e.g. Riverside Dental", min_length=1, max_length=60)]
Opening = Annotated[OpeningName, Meta(description="door, lid or window, e.g. rear_left_window")]
Category = Annotated[PlaceKind, Meta(description="kind of destination, e.g. family")]
Operator = Annotated[Network, Meta(description="operator of the charging station, e.g. Voltara")]
Percent = Annotated[int, Meta(description="charge at which charging stops, e.g. 80", ge=50, le=100)]
Use = Annotated[Literal["private", "business", "commute"], Meta(description="what the trip was for, e.g. business")]

MOST_DESTINATIONS = 60
CLOSEST_GOAL_KM = 0.1


@reads
def get_car_status(car: Vehicle, view: View = "drive") -> CarStatus:
    """Show the present state of the car under one view, e.g. view="drive" for gear, speed, battery, doors and route."""
    (model,) = car.cars
    status = CarStatus(model.model, model.plate, car.now)
    if view == "drive":
        return replace(status, drive=drive_view(car))
    if view == "cabin":
        return replace(status, cabin=cabin_view(car))
    return replace(status, media=media_view(car)) if view == "media" else replace(status, tyres=tyre_rows(car))


@writes
def switch_ignition(car: Vehicle, state: Switch) -> IgnitionSwitched:
    """Switch the ignition on, with the driver door closed, or off, in gear park; off ends and logs the trip."""
    drive = drive_now(car)
    if drive.ignition == state:
        raise ToolError(f"the ignition is already {state}")
    return switched_on(car, drive) if state == "on" else switched_off(car, drive)


@writes
def shift_gear(car: Vehicle, gear: Gear) -> GearShifted:
    """Shift with the ignition on: park, reverse and drive only while standing, neutral also lets a moving car stop."""
    drive = drive_now(car)
    check_can_shift(car, drive, gear)
    drive = car.drives.update(drive, gear=gear, speed_kmh=0)
    return GearShifted(drive.gear, drive.speed_kmh)


@writes
def set_cruise_speed(
    car: Vehicle, speed_kmh: Annotated[int, Meta(description="20 to 130, or 0 to stop, e.g. 90", ge=0, le=130)]
) -> Cruising:
    """Let the car drive along the active route at a speed, in gear drive; it stops on arrival, or at once with 0."""
    drive = drive_now(car)
    check_can_cruise(car, drive, speed_kmh)
    drive = car.drives.update(drive, speed_kmh=speed_kmh)
    left, minutes = round(kilometres_left(car, drive), 1), minutes_left(car, drive)
    goal = place_at(car, drive.destination_id).name
    return Cruising(speed_kmh, goal, left, minutes, percent(car, drive.charge_kwh))


@writes
def set_car_lock(car: Vehicle, state: Lock) -> Locked:
    """Lock the car, with doors and lids closed, or unlock it, while it stands; windows may be open."""
    body = body_of(car)
    if body.locked == (state == "locked"):
        raise ToolError(f"the car is already {state}")
    if state == "unlocked":
        check_standing(drive_now(car), "the car is unlocked")
    elif still_open := not_closed(car, DOORS):
        raise ToolError(f"the car cannot be locked: {', '.join(still_open)}")
    car.bodies.update(body, locked=state == "locked")
    return Locked(state, not_closed(car))


@writes
def move_car_opening(car: Vehicle, opening: Opening, position: Position) -> OpeningSet:
    """Open or close a door or lid, of a standing unlocked car, or a window, e.g. opening="trunk", position="open"."""
    row = car.openings.find(opening)
    if row.position == position:
        raise ToolError(f"{opening} is already {position}")
    if opening in DOORS:
        _check_door(car, opening, position)
    elif opening == "sunroof" and position != "closed" and drive_now(car).speed_kmh > FASTEST_OPEN_SUNROOF:
        raise ToolError(f"above {FASTEST_OPEN_SUNROOF} km/h the sunroof stays closed")
    car.openings.update(row, position=position)
    return OpeningSet(opening, position)


@writes(idempotent=True)
def set_cabin_temperature(
    car: Vehicle,
    celsius: Annotated[float, Meta(description="degrees, in halves, e.g. 21.5", ge=16, le=28)],
    zone: Annotated[ZoneName, Meta(description="one zone only, e.g. rear")] | None = None,
    seat_heat: Annotated[Heat, Meta(description="heating of the seats of the zone, e.g. low")] | None = None,
) -> CabinSet:
    """Set the temperature of the cabin or one zone, and its seat heating if given; needs charge or a plugged car."""
    drive = drive_now(car)
    left = percent(car, drive.charge_kwh)
    if not drive.charging and left < LEAST_PERCENT_FOR_CABIN:
        raise ToolError(f"the battery is at {left}%; the cabin needs {LEAST_PERCENT_FOR_CABIN}% or a charging cable")
    celsius = round(celsius * 2) / 2
    for row in list(car.zones):
        if zone in (None, row.name):
            car.zones.update(row, celsius=celsius, seat_heat=seat_heat or row.seat_heat)
    return CabinSet(celsius, list(car.zones))


@writes
def set_car_lights(car: Vehicle, beam: Beam) -> LightsSet:
    """Switch the outside lights; high needs the ignition on, and off is refused while driving in the dark."""
    body, drive = body_of(car), drive_now(car)
    if body.beam == beam:
        raise ToolError(f"the lights are already on {beam}" if beam != "off" else "the lights are already off")
    if beam == "off" and drive.speed_kmh and is_dark(car.now):
        raise ToolError("it is dark and the car drives; the lights stay on")
    if beam == "high" and drive.ignition == "off":
        raise ToolError("high beam needs the ignition on")
    car.bodies.update(body, beam=beam)
    return LightsSet(beam, body.beam)


@writes
def play_cabin_media(
    car: Vehicle,
    title: Annotated[str, Meta(description="title in the library, e.g. Radio Meridian", min_length=1, max_length=60)],
) -> Playing:
    """Play a radio station, album, podcast or video of the library by title; videos only in gear park."""
    body, wanted = body_of(car), one_named(car.media, title, "title")
    if body.playing == wanted.name:
        raise ToolError(f"{wanted.name} is already playing")
    gear = drive_now(car).gear
    if wanted.kind == "video" and gear != "park":
        raise ToolError(f"{wanted.name} is a video; the car is in {gear}, videos play in park")
    car.bodies.update(body, playing=wanted.name)
    return Playing(wanted.name, wanted.kind)


@writes
def switch_driver_profile(
    car: Vehicle,
    driver: Annotated[str, Meta(description="name of a driver profile, e.g. Mira Holt", min_length=1, max_length=60)],
) -> ProfileSwitched:
    """Switch to another driver's profile: seat and temperature follow; only while the car stands."""
    body, profile = body_of(car), one_named(car.profiles, driver, "driver profile")
    check_standing(drive_now(car), "profiles change")
    if body.driver == profile.name:
        raise ToolError(f"{profile.name} is already the driver")
    car.bodies.update(body, driver=profile.name)
    car.zones.update(car.zones.find("driver"), celsius=profile.celsius)
    return ProfileSwitched(profile.name, profile.celsius, profile.seat)


@reads
def find_destination(
    car: Vehicle, name: Name | None = None, category: Category | None = None, limit: Limit = 5
) -> Destinations:
    """Find saved destinations by name or category, nearest first, e.g. name="Riverside Dental"."""
    drive = drive_now(car)
    found = list(car.destinations) if category is None else car.destinations.where(category=category)
    found = [row for row in found if name is None or name.casefold() in row.name.casefold()]
    rows = [_destination_row(car, row, drive) for row in found]
    rows.sort(key=lambda row: (row.kilometres, row.destination_id))
    return Destinations(rows[:limit], len(rows))


@writes
def save_destination(
    car: Vehicle,
    name: Annotated[str, Meta(description="new name, e.g. Mushroom forest", pattern=r"^\S(.*\S)?$", max_length=40)],
    category: Category,
) -> DestinationRow:
    """Save where the car is now as a destination under a new name, e.g. name="Mushroom forest", category="travel"."""
    drive = drive_now(car)
    if drive.place_id in car.destinations:
        raise ToolError(f"the car is at {place_at(car, drive.place_id).name}, which is saved already")
    if any(row.name.casefold() == name.casefold() for row in car.destinations):
        raise ToolError(f"a destination called {name} is already saved")
    if len(car.destinations) >= MOST_DESTINATIONS:
        raise ToolError(f"at most {MOST_DESTINATIONS} destinations can be saved")
    spot = round(drive.x, 3), round(drive.y, 3)
    row = car.destinations.add(Destination(car.new_id("NAV"), name, category, location(car, drive), *spot))
    return _destination_row(car, row, drive)


@reads
def find_charging_stations(
    car: Vehicle,
    name: Name | None = None,
    network: Operator | None = None,
    min_kw: Annotated[int, Meta(description="least power in kW, e.g. 100", ge=1, le=400)] = 1,
    near_destination_id: GoalId | None = None,
    limit: Limit = 5,
) -> Stations:
    """Find charging stations by name, network or power, nearest to a destination or else to the car."""
    drive = drive_now(car)
    centre = (drive.x, drive.y) if near_destination_id is None else _spot(car, near_destination_id)
    found = [row for row in car.stations if row.kw >= min_kw and network in (None, row.network)]
    found = [row for row in found if name is None or name.casefold() in row.name.casefold()]
    rows = [_station_row(car, row, *centre) for row in found]
    rows.sort(key=lambda row: (row.kilometres, row.station_id))
    return Stations(rows[:limit], len(rows))


@writes
def navigate_to_destination(car: Vehicle, destination_id: GoalId) -> NavigationStarted:
    """Start the route to a saved destination or charging station within range, e.g. destination_id="NAV-30417"."""
    drive, goal = drive_now(car), place_of(car, destination_id)
    if goal is None:
        raise ToolError(f"no destination or charging station {destination_id}")
    km, reach = road_km(drive.x, drive.y, goal), range_km(drive)
    if km < CLOSEST_GOAL_KM:
        raise ToolError(f"the car is at {goal.name} already")
    if destination_id == drive.destination_id:
        raise ToolError(f"the route already leads to {goal.name}")
    if km > reach:
        raise ToolError(f"{goal.name} is {km:.1f} km away and the range is {reach:.1f} km; charge first")
    car.drives.update(drive, destination_id=destination_id)
    left = percent(car, drive.charge_kwh - km * kwh_per_km(USUAL_SPEED))
    return NavigationStarted(destination_id, goal.name, round(km, 1), math.ceil(km / USUAL_SPEED * 60), left)


@writes
def switch_charging(car: Vehicle, state: Switch, limit_percent: Percent | None = None) -> Charging:
    """Start charging, parked at a charger below the limit, or end it and pay, e.g. state="on", limit_percent=80."""
    drive = drive_now(car)
    drive = replace(drive, limit_percent=limit_percent or drive.limit_percent)
    if state == "off" and not drive.charging:
        raise ToolError("the car is not charging")
    if state == "on":
        check_can_charge(car, drive)
    charging = state == "on"
    car.drives.update(drive, charging=charging, plugged_kwh=drive.charge_kwh if charging else drive.plugged_kwh)
    return charging_state(car, drive, state)


@reads
def search_trip_log(
    car: Vehicle,
    destination_id: DestinationId | None = None,
    driver: Annotated[str, Meta(description="name of the driver, e.g. Mira Holt", max_length=60)] | None = None,
    purpose: Annotated[Purpose, Meta(description="label of the trips, e.g. unlabelled")] | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 5,
) -> Trips:
    """Search the trip log by where a trip went, driver, label or days (both included), newest first."""
    found = list(car.trips) if destination_id is None else car.trips.where(destination_id=destination_id)
    found = [row for row in found if driver is None or driver.casefold() in row.driver.casefold()]
    found = [row for row in found if purpose in (None, row.purpose)]
    found = [row for row in found if after is None or row.started[:10] >= after.isoformat()]
    found = [row for row in found if before is None or row.started[:10] <= before.isoformat()]
    newest = sorted(found, key=lambda row: (row.started, row.trip_id), reverse=True)
    kilometres = round(sum(row.kilometres for row in newest), 1)
    return Trips([_trip_row(row) for row in newest[:limit]], len(newest), kilometres)


@writes(idempotent=True)
def label_trip_log_entry(
    car: Vehicle,
    trip_id: TripId,
    purpose: Use,
    note: Annotated[str, Meta(description="note for the tax office, e.g. client visit", max_length=80)] = "",
) -> TripLabelled:
    """Label a trip of the last 30 days for the logbook, with a note if given, e.g. purpose="business"."""
    trip = car.trips.get(trip_id)
    if trip is None:
        raise ToolError(f"no trip {trip_id}")
    if trip.started < later(car.now, days=-LOGBOOK_DAYS):
        raise ToolError(f"{trip_id} of {trip.started[:10]} is older than {LOGBOOK_DAYS} days; its label is final")
    trip = car.trips.update(trip, purpose=purpose, note=note or trip.note)
    return TripLabelled(trip_id, trip.goal, trip.purpose, trip.note)


@reads
def search_service_log(
    car: Vehicle,
    text: Annotated[str, Meta(description="part of a title, fault code or workshop, e.g. P0A1F", max_length=60)]
    | None = None,
    kind: Annotated[EntryKind, Meta(description="kind of entry, e.g. fault")] | None = None,
    status: Annotated[EntryStatus, Meta(description="where it stands, e.g. open")] | None = None,
    limit: Limit = 5,
) -> Entries:
    """Search service reminders, fault codes and workshop visits, newest or furthest due first, e.g. kind="fault"."""
    found = list(car.entries) if kind is None else car.entries.where(kind=kind)
    found = [row for row in found if status in (None, row.status)]
    if text is not None:
        found = [row for row in found if text.casefold() in f"{row.title}\n{row.code}\n{row.workshop}".casefold()]
    newest = sorted(found, key=lambda row: (row.date, row.entry_id), reverse=True)
    return Entries([_entry_row(row) for row in newest[:limit]], len(newest))


@writes
def acknowledge_service_entry(car: Vehicle, entry_id: EntryId) -> Acknowledged:
    """Take note of an open reminder or fault so that it is no longer shown; critical faults only in gear park."""
    entry = car.entries.get(entry_id)
    if entry is None:
        raise ToolError(f"no service entry {entry_id}")
    if entry.status != "open":
        raise ToolError(f"{entry_id} {entry.title} is {entry.status}, not open")
    gear = drive_now(car).gear
    if entry.severity == "critical" and gear != "park":
        raise ToolError(f"{entry.code} {entry.title} is critical; the car is in {gear}, park first")
    car.entries.update(entry, status="acknowledged")
    return Acknowledged(entry_id, entry.title, len(car.entries.where(status="open")))


@writes
def call_car_contact(
    car: Vehicle,
    contact: Annotated[
        str, Meta(description="full name of a phone contact, e.g. Mira Holt", min_length=1, max_length=60)
    ],
    line: Annotated[Line, Meta(description="which of the numbers, e.g. work; else the first")] | None = None,
) -> Called:
    """Call a contact of the phone through the car by full name, or part of it if only one has it."""
    person = one_named(car.contacts, contact, "contact")
    if line not in (None, *person.lines):
        raise ToolError(f"{person.name} has no {line} number, only {' and '.join(person.lines)}")
    call = car.calls.add(Call(car.new_id("CLL"), person.contact_id, line or person.lines[0], car.now))
    return Called(person.name, call.line)


def _check_door(car: Vehicle, opening: OpeningName, position: Position) -> None:
    check_standing(drive_now(car), f"{opening} moves")
    if position == "half_open":
        raise ToolError(f"{opening} is either open or closed")
    if position == "open" and body_of(car).locked:
        raise ToolError(f"the car is locked; unlock it to open {opening}")


def _spot(car: Vehicle, place_id: str) -> tuple[float, float]:
    place = place_of(car, place_id)
    if place is None:
        raise ToolError(f"no destination or charging station {place_id}")
    return place.x, place.y


def _destination_row(car: Vehicle, row: Destination, drive: Drive) -> DestinationRow:
    km = round(road_km(drive.x, drive.y, place_at(car, row.destination_id)), 1)
    return DestinationRow(row.destination_id, row.name, row.category, row.address, km)


def _station_row(car: Vehicle, row: Station, x: float, y: float) -> StationRow:
    km = round(road_km(x, y, place_at(car, row.station_id)), 1)
    return StationRow(row.station_id, row.name, row.network, row.kw, row.price, free_plugs(row, car.now), km)


def _trip_row(row: Trip) -> TripRow:
    return TripRow(row.trip_id, row.started, row.start, row.goal, row.kilometres, row.kwh, row.driver, row.purpose)


def _entry_row(row: Entry) -> EntryRow:
    when = row.date, row.odometer_km, row.status, row.severity
    return EntryRow(row.entry_id, row.kind, row.title, *when, row.code, row.workshop, row.cost)
