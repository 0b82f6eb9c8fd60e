"""Where a trip and a charge begin and end: the ignition opens and logs trips, the cable opens and prices charges."""

from __future__ import annotations

import math

from servers.state import ToolError, later
from servers.vehicle.motion import limit_kwh, location, percent, place_at, power_kw
from servers.vehicle.records import Charging, Drive, IgnitionSwitched, Switch, Trip, Vehicle
from servers.vehicle.rules import body_of, check_can_start

SHORTEST_TRIP_KM = 0.1


def switched_on(car: Vehicle, drive: Drive) -> IgnitionSwitched:
    check_can_start(car, drive)
    car.drives.update(
        drive,
        ignition="on",
        started=car.now,
        started_at=location(car, drive),
        started_km=drive.odometer_km,
        used_kwh=0.0,
    )
    return IgnitionSwitched("on", percent(car, drive.charge_kwh), "", 0.0)


def switched_off(car: Vehicle, drive: Drive) -> IgnitionSwitched:
    if drive.gear != "park":
        raise ToolError(f"the car is in {drive.gear}; shift to park first")
    car.drives.update(drive, ignition="off")
    km = round(drive.odometer_km - drive.started_km, 1)
    trip_id = _log_trip(car, drive, km) if km >= SHORTEST_TRIP_KM else ""
    return IgnitionSwitched("off", percent(car, drive.charge_kwh), trip_id, km)


def _log_trip(car: Vehicle, drive: Drive, km: float) -> str:
    there = drive.place_id if drive.place_id in car.destinations else ""
    ends = drive.started_at, location(car, drive), there
    numbers = km, round(drive.used_kwh, 1)
    trip = Trip(car.new_id("LOG"), drive.started, car.now, *ends, *numbers, body_of(car).driver)
    return car.trips.add(trip).trip_id


def charging_state(car: Vehicle, drive: Drive, state: Switch) -> Charging:
    place = place_at(car, drive.place_id)
    kwh = 0.0 if state == "on" else round(drive.charge_kwh - drive.plugged_kwh, 1)
    missing = limit_kwh(car, drive) - drive.charge_kwh
    minutes = math.ceil(missing / power_kw(car, place) * 60)
    ready_at = later(car.now, minutes=minutes) if state == "on" else ""
    left, cost = percent(car, drive.charge_kwh), round(kwh * place.price, 2)
    return Charging(state, place.name, power_kw(car, place), left, drive.limit_percent, ready_at, kwh, cost)
