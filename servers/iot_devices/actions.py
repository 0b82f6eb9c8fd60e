"""How devices are set: what stands in the way, and what is written down before anything changes.

obstacle  unreachable device, or an action that the mode of the home does not allow
book      battery, energy and warmth up to now become the new starting point, so that the past stays as it was
apply     book, then set; from now on only a window that begins later holds the device
"""

from __future__ import annotations

from collections.abc import Iterable

from servers.iot_devices.drift import (
    battery_of,
    door_is_open,
    energy_since,
    merged,
    setting_of,
    status_of,
    temperature_of,
)
from servers.iot_devices.records import Device, Energy, Home, Household, Member, Mode, Setting
from servers.state import ToolError

QUIET_VOLUME = 30


def household(home: Home) -> Household:
    (owner,) = home.households
    return owner


def unreachable(home: Home, device: Device) -> str:
    """Why the device does not take orders now, or nothing."""
    status = status_of(home, device)
    if status == "updating":
        return f"{device.name} is updating its firmware until {device.busy_until}"
    if status == "offline":
        since = f" since {device.offline}" if device.offline else ": its battery is empty"
        return f"{device.name} is offline{since}"
    return ""


def obstacle(home: Home, device: Device, change: Setting) -> str:
    """Why the device cannot be set like this now, or nothing."""
    if reason := unreachable(home, device):
        return reason
    if change.bolt == "locked" and door_is_open(home, device.covers):
        return f"{device.covers} is open; it can be locked once it is closed"
    return _against_mode(household(home).mode, device, change)


def _against_mode(mode: Mode, device: Device, change: Setting) -> str:
    if mode == "away" and device.kind == "speaker" and change.power == "on":
        return f"the home is in away mode; {device.name} stays off"
    if mode == "away" and device.kind == "camera" and change.power == "off":
        return f"the home is in away mode; {device.name} stays on"
    if mode == "away" and change.bolt == "unlocked":
        return f"the home is in away mode; {device.covers} stays locked"
    if mode == "night" and device.kind == "speaker" and (change.level or 0) > QUIET_VOLUME:
        return f"the home is in night mode; volume is at most {QUIET_VOLUME}"
    return ""


def apply(home: Home, device: Device, change: Setting) -> Device:
    """Sets a device; ToolError if something is in the way."""
    if reason := obstacle(home, device, change):
        raise ToolError(reason)
    setting = merged(setting_of(home, device), change)
    return home.devices.update(book(home, device), setting=setting, changed=home.now)


def apply_together(home: Home, members: Iterable[Member]) -> tuple[list[str], list[str]]:
    """Sets those members that can be set: (names that were set, reasons of the others)."""
    done, skipped = [], []
    for member in members:
        device = home.devices.find(member.device_id)
        if reason := obstacle(home, device, member.setting):
            skipped.append(reason)
        else:
            apply(home, device, member.setting)
            done.append(device.name)
    return done, skipped


def book(home: Home, device: Device) -> Device:
    """Writes down what the device used, and the warmth of its room if it is the thermostat."""
    for day, kwh in energy_since(home, device).items():
        key = f"{device.device_id}/{day}"
        row = home.energy.get(key) or Energy(key, device.device_id, day, 0.0)
        home.energy.update(row, kwh=round(row.kwh + kwh, 6))
    if device.kind == "thermostat":
        room = home.home_rooms.find(device.home_room_id)
        home.home_rooms.update(room, temperature=temperature_of(home, room), booked=home.now)
    return home.devices.update(device, battery=battery_of(home, device), booked=home.now)


def book_all(home: Home, device_ids: Iterable[str]) -> None:
    for device_id in device_ids:
        book(home, home.devices.find(device_id))
