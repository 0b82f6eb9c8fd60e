"""What sensors and meters measure now, and what they measured before."""

from __future__ import annotations

from servers.iot_devices.drift import (
    door_is_open,
    humidity_of,
    last_value,
    setting_of,
    status_of,
    temperature_of,
    watts_of,
)
from servers.iot_devices.records import Device, Home, Reading, ReadingLine
from servers.state import minutes_between

UNITS = {
    "temperature_sensor": "°C",
    "humidity_sensor": "%",
    "motion_sensor": "minutes since motion",
    "door_sensor": "1 is open",
    "power_meter": "W",
}

NOTICED = UNITS | {"motion_sensor": "1 is motion"}
"""What the values of a history mean."""


def value_of(home: Home, sensor: Device) -> float:
    room = home.home_rooms.find(sensor.home_room_id)
    if sensor.kind == "temperature_sensor":
        return round(temperature_of(home, room), 1)
    if sensor.kind == "humidity_sensor":
        return humidity_of(home, room)
    if sensor.kind == "power_meter":
        return _power(home, sensor)
    if sensor.kind == "motion_sensor":
        return float(minutes_between(_latest(home, sensor).at, home.now))
    return last_value(home, sensor)


def in_words(home: Home, sensor: Device, value: float) -> str:
    if sensor.kind == "motion_sensor":
        return f"last motion at {_latest(home, sensor).at}"
    if sensor.kind == "door_sensor":
        return f"{'open' if door_is_open(home, sensor.covers) else 'closed'} since {_latest(home, sensor).at}"
    return f"{value} {UNITS[sensor.kind]}"


def readings_on(home: Home, sensor: Device, day: str) -> list[ReadingLine]:
    """The readings of one day, newest first; a sensor that measures all the time adds what it shows now."""
    rows = [row for row in _noticed(home, sensor) if row.at[:10] == day]
    lines = [ReadingLine(row.at, row.value) for row in sorted(rows, key=lambda row: row.at, reverse=True)]
    measures = sensor.kind in ("temperature_sensor", "humidity_sensor", "power_meter")
    if measures and day == home.today and status_of(home, sensor) == "online":
        return [ReadingLine(home.now, value_of(home, sensor)), *lines]
    return lines


def _power(home: Home, meter: Device) -> float:
    """Watts drawn now in the whole home, or in the room of the meter."""
    rows = list(home.devices) if meter.covers == "home" else home.devices.where(home_room_id=meter.home_room_id)
    return round(sum(watts_of(row, setting_of(home, row)) for row in rows if row.watts), 1)


def _latest(home: Home, sensor: Device) -> Reading:
    return max(_noticed(home, sensor), key=lambda row: row.at)


def _noticed(home: Home, sensor: Device) -> list[Reading]:
    return [row for row in home.readings.where(device_id=sensor.device_id) if row.at <= home.now]
