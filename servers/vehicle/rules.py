"""Rules of the car: what is allowed in which state, and when a charging station has a free plug.

    off --ignition--> park --shift--> drive --cruise speed--> moving --arrival, 0 or neutral--> standing --shift--> park

Doors, profiles, charging and videos are for a standing car; windows, lights, cabin and phone work always.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from servers.state import ToolError
from servers.vehicle.motion import limit_kwh, percent, place_of
from servers.vehicle.records import Body, Contact, Drive, Gear, Media, OpeningName, Profile, Station, Vehicle

DOORS: tuple[OpeningName, ...] = (
    *("driver_door", "passenger_door", "rear_left_door", "rear_right_door"),
    *("trunk", "frunk"),
)
SLOWEST_CRUISE = 20
FASTEST_OPEN_SUNROOF = 100
LEAST_PERCENT_FOR_CABIN = 12
LOGBOOK_DAYS = 30
BUSY = (0, 0, 0, 0, 0, 10, 25, 45, 60, 55, 55, 65, 75, 70, 60, 65, 80, 100, 100, 85, 60, 40, 20, 10)
"""Percent of a station's demand by hour of the day."""

Named = TypeVar("Named", Contact, Media, Profile)


def body_of(car: Vehicle) -> Body:
    (body,) = car.bodies
    return body


def is_dark(moment: str) -> bool:
    return not "07:00" <= moment[11:] < "19:00"


def free_plugs(station: Station, moment: str) -> int:
    return max(0, station.plugs - station.demand * BUSY[int(moment[11:13])] // 100)


def not_closed(car: Vehicle, names: tuple[OpeningName, ...] | None = None) -> list[str]:
    """What stands open, of these or of everything, in words."""
    rows = [row for row in car.openings if row.position != "closed" and (names is None or row.name in names)]
    return [f"{row.name} {row.position}".replace("_", " ") for row in rows]


def check_standing(drive: Drive, deed: str) -> None:
    if drive.speed_kmh:
        raise ToolError(f"{deed} only while the car stands; it drives at {drive.speed_kmh} km/h")


def check_doors_closed(car: Vehicle) -> None:
    if standing_open := not_closed(car, DOORS):
        raise ToolError(f"close everything first: {', '.join(standing_open)}")


def check_can_start(car: Vehicle, drive: Drive) -> None:
    if standing_open := not_closed(car, ("driver_door",)):
        raise ToolError(f"the ignition needs the driver door closed: {standing_open[0]}")
    if drive.charge_kwh <= 0:
        raise ToolError("the battery is empty")


def check_can_shift(car: Vehicle, drive: Drive, gear: Gear) -> None:
    if drive.ignition == "off":
        raise ToolError(f"the ignition is off; the car cannot shift to {gear}")
    if drive.gear == gear:
        raise ToolError(f"the car is already in {gear}")
    if drive.charging:
        raise ToolError("the charging cable is connected; switch charging off first")
    if drive.speed_kmh and gear != "neutral":
        raise ToolError(f"at {drive.speed_kmh} km/h the car cannot shift to {gear}; stop first")
    if gear in ("drive", "reverse"):
        check_doors_closed(car)


def check_can_cruise(car: Vehicle, drive: Drive, speed_kmh: int) -> None:
    if drive.gear != "drive":
        raise ToolError(f"the car is in {drive.gear}; cruising needs gear drive")
    if 0 < speed_kmh < SLOWEST_CRUISE:
        raise ToolError(f"cruise speed is 0 to stop, or {SLOWEST_CRUISE} to 130 km/h")
    if speed_kmh == drive.speed_kmh:
        raise ToolError(f"the car already goes {speed_kmh} km/h" if speed_kmh else "the car already stands")
    if not drive.destination_id:
        raise ToolError("no route is active; navigate_to_destination starts one")
    if drive.charge_kwh <= 0:
        raise ToolError("the battery is empty")
    check_doors_closed(car)


def check_can_charge(car: Vehicle, drive: Drive) -> None:
    if drive.charging:
        raise ToolError(f"the car is already charging, up to {drive.limit_percent}%")
    if drive.gear != "park":
        raise ToolError(f"the car is in {drive.gear}; charging needs gear park")
    place = place_of(car, drive.place_id)
    if place is None or not place.kw:
        raise ToolError(f"there is no charger here; find_charging_stations knows {len(car.stations)}")
    station = car.stations.get(drive.place_id)
    if station and not free_plugs(station, car.now):
        raise ToolError(f"all {station.plugs} plugs of {station.name} are taken")
    if drive.charge_kwh >= limit_kwh(car, drive):
        raise ToolError(f"the battery is at {percent(car, drive.charge_kwh)}%, the limit is {drive.limit_percent}%")


def one_named(rows: Iterable[Named], text: str, kind: str) -> Named:
    """The row of this name, or the only one whose name contains the text."""
    found = [row for row in rows if text.casefold() in row.name.casefold()]
    exact = [row for row in found if row.name.casefold() == text.casefold()]
    if not found:
        raise ToolError(f"no {kind} called {text}")
    if len(exact or found) > 1:
        raise ToolError(f"{text} may be {' or '.join(row.name for row in found[:5])}; give the full name")
    return (exact or found)[0]
