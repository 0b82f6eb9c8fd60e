"""What time does to the home, computed when it is read and never stored.

setting(t)   the device's own, unless a window that began after the last change holds it at t: the latest begun wins
warmth(t+1)  warmth(t) moved toward the setpoint (or the ambient warmth), never past it
battery(t)   level - drain * days; a vacuum loses 0.8 a minute of cleaning and gains 1 a minute in its dock
energy(day)  what is booked + watts * hours since then
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import copysign

import msgspec

from servers.iot_devices.records import Device, Home, HomeRoom, Schedule, Setting, Status, Window
from servers.state import later, minutes_between

DRIVEN, DRIFTING = 0.05, 0.008
"""Degrees a minute with and without the help of a thermostat."""
CLEANING_DRAIN, CHARGING = 0.8, 1.0
"""Percent of a vacuum's battery a minute."""
MIDNIGHT = "T00:00"


def merged(setting: Setting, change: Setting) -> Setting:
    """The setting with the given parts changed."""
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not None}
    return msgspec.structs.replace(setting, **given)


def windows(home: Home, device: Device) -> list[Window]:
    """The times since the last change, up to now, at which something else holds the device."""
    if device.offline:
        return []
    found = [
        window for row in home.schedules.where(device_id=device.device_id) for window in _scheduled(home, row, device)
    ]
    found += _automated(home, device)
    return sorted(
        (window for window in found if device.changed < window.start <= home.now),
        key=lambda window: (window.start, window.holder),
    )


def holder(home: Home, device: Device) -> Window | None:
    """What holds the device now."""
    return next((window for window in reversed(windows(home, device)) if home.now < window.end), None)


def setting_of(home: Home, device: Device) -> Setting:
    window = holder(home, device)
    return merged(device.setting, window.setting) if window else device.setting


def segments(home: Home, device: Device, start: str) -> list[tuple[str, int, Setting]]:
    """From a moment to now: (when it begins, minutes, setting), cut at every change and at midnight."""
    held = windows(home, device)
    cuts = {moment for window in held for moment in window[:2]} | {day + MIDNIGHT for day in _days(start, home.now)}
    marks = [start, *sorted(cut for cut in cuts if start < cut < home.now), home.now]
    pieces = []
    for begin, end in zip(marks, marks[1:], strict=False):
        window = next((window for window in reversed(held) if window.start <= begin < window.end), None)
        setting = merged(device.setting, window.setting) if window else device.setting
        pieces.append((begin, minutes_between(begin, end), setting))
    return pieces


def temperature_of(home: Home, room: HomeRoom) -> float:
    """The room's temperature now."""
    thermostat = next(iter(home.devices.where(home_room_id=room.home_room_id, kind="thermostat")), None)
    if thermostat is None:
        passed = minutes_between(room.booked, home.now)
        return round(warmed(room.temperature, passed, Setting(climate="off"), room.ambient), 3)
    temperature = room.temperature
    for _, minutes, setting in segments(home, thermostat, room.booked):
        temperature = warmed(temperature, minutes, setting, room.ambient)
    return round(temperature, 3)


def warmed(temperature: float, minutes: int, setting: Setting, ambient: float) -> float:
    """The temperature after some minutes under one setting of the thermostat."""
    goal = ambient if setting.climate == "off" or setting.target is None else setting.target
    missing = goal - temperature
    driven = (setting.climate == "heat" and missing > 0) or (setting.climate == "cool" and missing < 0)
    step = minutes * (DRIVEN if driven else DRIFTING)
    return goal if abs(missing) <= step else temperature + copysign(step, missing)


def humidity_of(home: Home, room: HomeRoom) -> float:
    """Around the room's usual value, highest at six in the morning and lowest twelve hours later."""
    minute = int(home.now[11:13]) * 60 + int(home.now[14:16])
    away_from_six = abs((minute - 360 + 720) % 1440 - 720)
    return round(room.humidity + 4 - 8 * away_from_six / 720, 1)


def battery_of(home: Home, device: Device) -> float | None:
    """Percent left; nothing for a device on mains."""
    if device.battery is None:
        return None
    passed = minutes_between(device.booked, home.now)
    if device.kind != "vacuum":
        return max(0.0, round(device.battery - device.drain * passed / 1440, 1))
    cleaned = _cleaned(home, device, passed)
    left = device.battery - CLEANING_DRAIN * cleaned
    return round(min(100.0, max(0.0, left) + CHARGING * (passed - cleaned)), 1)


def is_cleaning(home: Home, device: Device) -> bool:
    cleaning = home.cleanings.get(device.device_id)
    return cleaning is not None and home.now < later(cleaning.started, minutes=cleaning.minutes)


def status_of(home: Home, device: Device) -> Status:
    if device.busy_until > home.now:
        return "updating"
    return "offline" if device.offline or battery_of(home, device) == 0 else "online"


def watts_of(device: Device, setting: Setting) -> float:
    """What the device draws under a setting."""
    if setting.power == "off":
        return 0.0
    share = setting.level if device.kind == "light" and setting.level is not None else 100
    return device.watts * share / 100


def energy_since(home: Home, device: Device) -> dict[str, float]:
    """Kilowatt hours not booked yet, by day."""
    used: dict[str, float] = {}
    for begin, minutes, setting in segments(home, device, device.booked) if device.watts else []:
        used[begin[:10]] = used.get(begin[:10], 0.0) + watts_of(device, setting) * minutes / 60_000
    return used


def door_is_open(home: Home, door: str) -> bool:
    """What the sensor of a door last noticed; a door without a sensor counts as closed."""
    sensors = home.devices.where(covers=door, kind="door_sensor")
    return any(last_value(home, sensor) == 1 for sensor in sensors)


def last_value(home: Home, sensor: Device) -> float:
    noticed = [row for row in home.readings.where(device_id=sensor.device_id) if row.at <= home.now]
    return max(noticed, key=lambda row: row.at).value if noticed else 0.0


def _scheduled(home: Home, row: Schedule, device: Device) -> Iterator[Window]:
    for day in _days(max(row.since, device.changed), home.now):
        weekend = date.fromisoformat(day).weekday() >= 5
        start = f"{day}T{row.starts}"
        if (row.days == "every_day" or weekend == (row.days == "weekends")) and start > row.since:
            yield Window(start, f"{day}T{row.ends}", row.setting, f"schedule {row.schedule_id}")


def _automated(home: Home, device: Device) -> Iterator[Window]:
    for row in home.automations.where(status="enabled"):
        members = home.scenes.find(row.scene_id).members if row.sensor_id else ()
        member = next((part for part in members if part.device_id == device.device_id), None)
        if member is None:
            continue
        for reading in home.readings.where(device_id=row.sensor_id, value=1.0):
            if reading.at > row.since:
                end = later(reading.at, minutes=row.minutes)
                yield Window(reading.at, end, member.setting, f"automation {row.automation_id}")


def _days(start: str, end: str) -> list[str]:
    first = date.fromisoformat(start[:10])
    return [(first + timedelta(days=n)).isoformat() for n in range((date.fromisoformat(end[:10]) - first).days + 1)]


def _cleaned(home: Home, device: Device, passed: int) -> int:
    """Minutes of the time since it was booked that the vacuum was cleaning."""
    cleaning = home.cleanings.get(device.device_id)
    return min(passed, cleaning.minutes) if cleaning and cleaning.started == device.booked else 0
