"""Where the car is and what it holds, read off the clock: nothing drives or charges in the background.

moving:    km = speed × time, at most to the destination, at most until the battery is empty; then it stands
charging:  kWh = power × time, at most to the limit
kWh per km = (11 + speed² / 1600) / 100;  roads are 1.3 times as long as the straight line
"""

from __future__ import annotations

import math
from typing import NamedTuple

from msgspec.structs import replace

from servers.state import minutes_between
from servers.vehicle.records import Drive, Vehicle

ROAD_FACTOR = 1.3
USUAL_SPEED = 70


class Place(NamedTuple):
    """A destination or a charging station."""

    place_id: str
    name: str
    x: float
    y: float
    kw: int
    price: float


def drive_now(car: Vehicle) -> Drive:
    (drive,) = car.drives
    minutes = minutes_between(drive.since, car.now)
    drive = replace(drive, since=car.now)
    if drive.speed_kmh:
        return _moved(car, drive, minutes / 60)
    if drive.charging:
        return _charged(car, drive, minutes / 60)
    return drive


def place_of(car: Vehicle, place_id: str) -> Place | None:
    return place_at(car, place_id) if place_id in car.destinations or place_id in car.stations else None


def place_at(car: Vehicle, place_id: str) -> Place:
    if row := car.destinations.get(place_id):
        (model,) = car.cars
        return Place(row.destination_id, row.name, row.x, row.y, row.charger_kw, model.home_price)
    station = car.stations.find(place_id)
    return Place(station.station_id, station.name, station.x, station.y, station.kw, station.price)


def road_km(x: float, y: float, place: Place) -> float:
    return ROAD_FACTOR * math.sqrt((place.x - x) ** 2 + (place.y - y) ** 2)


def kilometres_left(car: Vehicle, drive: Drive) -> float:
    goal = place_of(car, drive.destination_id)
    return road_km(drive.x, drive.y, goal) if goal else 0.0


def minutes_left(car: Vehicle, drive: Drive) -> int:
    """At the present speed, rounded up."""
    return math.ceil(kilometres_left(car, drive) / drive.speed_kmh * 60) if drive.speed_kmh else 0


def kwh_per_km(speed_kmh: int) -> float:
    return (11 + speed_kmh * speed_kmh / 1600) / 100


def range_km(drive: Drive) -> float:
    return drive.charge_kwh / kwh_per_km(USUAL_SPEED)


def percent(car: Vehicle, kwh: float) -> float:
    (model,) = car.cars
    return round(100 * kwh / model.capacity_kwh, 1)


def limit_kwh(car: Vehicle, drive: Drive) -> float:
    (model,) = car.cars
    return model.capacity_kwh * drive.limit_percent / 100


def power_kw(car: Vehicle, place: Place) -> int:
    (model,) = car.cars
    return min(model.most_kw, place.kw)


def location(car: Vehicle, drive: Drive) -> str:
    """The place it stands at, or the one it is nearest to."""
    here = place_of(car, drive.place_id)
    if here:
        return here.name
    near = min(car.destinations, key=lambda row: ((row.x - drive.x) ** 2 + (row.y - drive.y) ** 2, row.destination_id))
    return f"on the road near {near.name}"


def _moved(car: Vehicle, drive: Drive, hours: float) -> Drive:
    """A moving car always has a destination."""
    goal = place_at(car, drive.destination_id)
    left, per_km = road_km(drive.x, drive.y, goal), kwh_per_km(drive.speed_kmh)
    km = min(drive.speed_kmh * hours, left, drive.charge_kwh / per_km)
    arrived, empty = km >= left, km >= drive.charge_kwh / per_km
    share = km / left if left else 1.0
    return replace(
        drive,
        speed_kmh=0 if arrived or empty else drive.speed_kmh,
        charge_kwh=max(0.0, drive.charge_kwh - km * per_km),
        odometer_km=drive.odometer_km + km,
        used_kwh=drive.used_kwh + km * per_km,
        x=goal.x if arrived else drive.x + (goal.x - drive.x) * share,
        y=goal.y if arrived else drive.y + (goal.y - drive.y) * share,
        place_id=drive.destination_id if arrived else "" if km else drive.place_id,
        destination_id="" if arrived else drive.destination_id,
    )


def _charged(car: Vehicle, drive: Drive, hours: float) -> Drive:
    """A limit below the charge takes nothing away."""
    power = power_kw(car, place_at(car, drive.place_id))
    full = max(drive.charge_kwh, limit_kwh(car, drive))
    return replace(drive, charge_kwh=min(full, drive.charge_kwh + power * hours))
