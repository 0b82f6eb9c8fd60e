"""What the home refuses: each rule says no with the fact."""

from __future__ import annotations

from collections.abc import Iterable

from servers.iot_devices.actions import household, unreachable
from servers.iot_devices.drift import CLEANING_DRAIN, battery_of, door_is_open, is_cleaning, setting_of
from servers.iot_devices.records import SENSORS, Automation, Device, Home, HomeRoom, Scene, Schedule, Setting
from servers.state import ToolError

UPDATE_BATTERY = 30
CLEANING_RESERVE = 10
HOLDABLE = ("light", "plug", "blind", "thermostat")
MEANT = {
    "light": "on, off or a whole percent from 1 to 100",
    "plug": "on or off",
    "blind": "a whole percent from 0 to 100",
    "thermostat": "5 to 30 degrees in steps of 0.5",
}


def device_of(home: Home, device_id: str, *kinds: str) -> Device:
    """The device with this id, of one of these kinds if any are given."""
    device = home.devices.get(device_id)
    if device is None:
        raise ToolError(f"no device {device_id}")
    if kinds and device.kind not in kinds:
        *first, last = ("sensor",) if kinds == SENSORS else (kind.replace("_", " ") for kind in kinds)
        wanted = f"{', '.join(first)} or {last}" if first else last
        raise ToolError(f"{device.name} is a {device.kind.replace('_', ' ')}, not a {wanted}")
    return device


def room_of(home: Home, home_room_id: str) -> HomeRoom:
    room = home.home_rooms.get(home_room_id)
    if room is None:
        raise ToolError(f"no room {home_room_id}")
    return room


def scene_of(home: Home, scene_id: str) -> Scene:
    scene = home.scenes.get(scene_id)
    if scene is None:
        raise ToolError(f"no scene {scene_id}")
    return scene


def setting_meant(device: Device, text: str) -> Setting:
    """The setting that a schedule's text means for a device: "on", "40" or "21.5"."""
    if device.kind not in MEANT:
        raise ToolError(f"{device.name} is a {device.kind.replace('_', ' ')}; schedules set {', '.join(MEANT)}")
    text = text.strip()
    number = None if text in ("on", "off") else float(text)
    if number is None and device.kind in ("light", "plug"):
        return Setting(power="on" if text == "on" else "off")
    if number is not None and device.kind == "thermostat" and 5 <= number <= 30 and number * 2 % 1 == 0:
        return Setting(target=number)
    if number is not None and number % 1 == 0 and number <= 100:
        if device.kind == "light" and number:
            return Setting(power="on", level=int(number))
        if device.kind == "blind":
            return Setting(level=int(number))
    raise ToolError(f"{text} does not fit {device.name}: a {device.kind} is set to {MEANT[device.kind]}")


def check_half_degree(target: float) -> None:
    if target * 2 % 1:
        raise ToolError(f"target {target} is not a step of 0.5 degrees")


def check_schedule(home: Home, row: Schedule) -> None:
    """One day's hours, and none of them taken by another schedule of the device."""
    if row.starts >= row.ends:
        raise ToolError(f"a schedule ends later on the day it starts; {row.ends} is not after {row.starts}")
    for other in home.schedules.where(device_id=row.device_id):
        if {row.days, other.days} != {"weekdays", "weekends"} and row.starts < other.ends and other.starts < row.ends:
            days = other.days.replace("_", " ")
            raise ToolError(f"{other.schedule_id} already holds it {days} from {other.starts} to {other.ends}")


def check_free(name: str, rows: Iterable[Scene | Automation]) -> None:
    if any(row.name.casefold() == name.casefold() for row in rows):
        raise ToolError(f"the name {name} is already taken")


def check_holdable(home: Home, scene: Scene) -> None:
    """Sensors only hold what is harmless: they never lock, watch or play."""
    for member in scene.members:
        device = home.devices.find(member.device_id)
        if device.kind not in HOLDABLE:
            raise ToolError(f"scene {scene.name} sets {device.name}; sensors hold only {', '.join(HOLDABLE)}")


def check_cleanable(home: Home, vacuum: Device, room: HomeRoom) -> None:
    if reason := unreachable(home, vacuum):
        raise ToolError(reason)
    if is_cleaning(home, vacuum):
        raise ToolError(f"{vacuum.name} is still cleaning; it can be sent again once it is docked")
    if household(home).mode == "night":
        raise ToolError("the home is in night mode; vacuums stay docked")
    floor = room_of(home, vacuum.home_room_id).floor
    if room.floor != floor:
        raise ToolError(f"{vacuum.name} cleans floor {floor}; {room.name} is on floor {room.floor}")


def battery_after_cleaning(home: Home, vacuum: Device, minutes: int) -> float:
    """What is left of the vacuum's battery when it comes back; it must keep a reserve."""
    battery = battery_of(home, vacuum) or 0.0
    left = round(battery - CLEANING_DRAIN * minutes, 1)
    if left < CLEANING_RESERVE:
        needed = round(CLEANING_DRAIN * minutes + CLEANING_RESERVE, 1)
        raise ToolError(f"{vacuum.name} has {battery} percent of battery; {minutes} minutes need {needed}")
    return left


def check_doors_closed(home: Home) -> None:
    for sensor in home.devices.where(kind="door_sensor"):
        if door_is_open(home, sensor.covers):
            raise ToolError(f"{sensor.covers} is open; away mode needs every door closed")


def check_updatable(home: Home, device: Device, newest: str) -> None:
    if reason := unreachable(home, device):
        raise ToolError(reason)
    if device.firmware == newest:
        raise ToolError(f"{device.name} already has the newest firmware, {newest}")
    if device.kind == "vacuum" and is_cleaning(home, device):
        raise ToolError(f"{device.name} is cleaning; it can be updated once it is docked")
    battery = battery_of(home, device)
    if battery is not None and battery < UPDATE_BATTERY:
        raise ToolError(f"{device.name} has {battery} percent of battery; an update needs {UPDATE_BATTERY}")


def check_unlockable(home: Home, lock: Device, code: str) -> None:
    if setting_of(home, lock).bolt == "unlocked":
        raise ToolError(f"{lock.covers} is already unlocked")
    if code != home.lock_codes.find(lock.device_id).code:
        raise ToolError(f"wrong code for {lock.name}")
