"""The past of a home: what sensors noticed in two days (and will notice in the next hours), and ten days of energy."""

from __future__ import annotations

import random
from collections.abc import Iterator

from servers.iot_devices.drift import watts_of
from servers.iot_devices.material import HOURS
from servers.iot_devices.records import Device, Energy, HomeRoom, Mode, Reading, Setting
from servers.names import ids
from servers.state import later

DAYS_OF_ENERGY = 10
COMING_MINUTES = 720
Noticed = tuple[str, str, float]


def readings(rng: random.Random, now: str, mode: Mode, rooms: list[HomeRoom], devices: list[Device]) -> list[Reading]:
    """Measured every three hours; motion and doors when something happens, also in the hours to come."""
    by_id = {room.home_room_id: room for room in rooms}
    barred = {row.covers for row in devices if row.setting.bolt == "locked"}
    noticed: list[Noticed] = []
    for device in devices:
        room = by_id[device.home_room_id]
        if device.kind == "temperature_sensor":
            noticed += _measured(rng, now, device, room.temperature, 0.9)
        elif device.kind == "humidity_sensor":
            noticed += _measured(rng, now, device, room.humidity, 2.5)
        elif device.kind == "power_meter":
            noticed += _measured(rng, now, device, _watts_near(device, devices), 25)
        elif device.kind == "motion_sensor":
            noticed += _motions(rng, now, mode, device)
        elif device.kind == "door_sensor":
            noticed += _openings(rng, now, mode == "home" and device.covers not in barred, device)
    return [Reading(number, *row) for number, row in zip(ids(rng, "RDG", len(noticed)), noticed, strict=True)]


def energy(rng: random.Random, now: str, devices: list[Device]) -> list[Energy]:
    """What each device used on each of the last days, and today so far."""
    days = [later(now, days=-number)[:10] for number in range(DAYS_OF_ENERGY, -1, -1)]
    today_so_far = (int(now[11:13]) * 60 + int(now[14:16])) / 1440
    rows = []
    for device in devices:
        if not device.watts:
            continue
        low, high = HOURS[device.kind]
        watts = watts_of(device, Setting(power="on", level=60))
        for day in days:
            hours = rng.uniform(low, high) * (today_so_far if day == now[:10] else 1)
            rows.append(Energy(f"{device.device_id}/{day}", device.device_id, day, round(watts * hours / 1000, 3)))
    return rows


def _measured(rng: random.Random, now: str, device: Device, value: float, step: float) -> Iterator[Noticed]:
    """A walk back from the present value, on every third hour of today and the two days before."""
    for day in range(3):
        for hour in range(21, -1, -3):
            at = f"{later(now, days=-day)[:10]}T{hour:02d}:00"
            if at < now:
                value = max(1.0, value + rng.uniform(-step, step))
                yield device.device_id, at, round(value, 1)


def _motions(rng: random.Random, now: str, mode: Mode, device: Device) -> Iterator[Noticed]:
    """About one every 100 minutes by day; none from half an hour ago on while everybody is away."""
    last = -30 if mode == "away" else COMING_MINUTES
    minute = -2 * 1440 + rng.randrange(60)
    while minute < last:
        at = later(now, minutes=minute)
        if "06:30" <= at[11:] <= "23:30":
            yield device.device_id, at, 1.0
        minute += int(rng.expovariate(1 / 100)) + 4


def _openings(rng: random.Random, now: str, may_be_open: bool, device: Device) -> Iterator[Noticed]:
    """A door opens and closes a few times a day; now and then it stands open and somebody closes it later."""
    minute = -3 * 1440 + rng.randrange(600)
    while minute < -90:
        shut = minute + rng.randrange(1, 25)
        yield device.device_id, later(now, minutes=minute), 1.0
        yield device.device_id, later(now, minutes=shut), 0.0
        minute = shut + int(rng.expovariate(1 / 300)) + 20
    if may_be_open and rng.random() < 0.25:
        yield device.device_id, later(now, minutes=-rng.randrange(1, 30)), 1.0
        yield device.device_id, later(now, minutes=rng.randrange(15, 60)), 0.0


def _watts_near(meter: Device, devices: list[Device]) -> float:
    """What the devices that a meter covers draw."""
    return sum(watts_of(row, row.setting) for row in devices if meter.covers or row.home_room_id == meter.home_room_id)
