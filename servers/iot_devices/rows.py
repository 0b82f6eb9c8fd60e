"""How the home is shown: short rows with names in place of ids."""

from __future__ import annotations

from servers.iot_devices.drift import battery_of, energy_since, is_cleaning, setting_of, status_of, temperature_of
from servers.iot_devices.records import (
    Automation,
    AutomationRow,
    Device,
    DeviceRow,
    DeviceSet,
    Home,
    HomeRoom,
    HomeRoomRow,
    Scene,
    SceneRow,
    Schedule,
    ScheduleRow,
    Setting,
)
from servers.state import later

LOW_BATTERY = 15


def room_name(home: Home, device: Device) -> str:
    return home.home_rooms.find(device.home_room_id).name


def room_row(home: Home, room: HomeRoom) -> HomeRoomRow:
    number = len(home.devices.where(home_room_id=room.home_room_id))
    temperature = round(temperature_of(home, room), 1)
    return HomeRoomRow(room.home_room_id, room.name, room.floor, room.area, temperature, number)


def device_row(home: Home, row: Device) -> DeviceRow:
    return DeviceRow(row.device_id, row.name, row.kind, row.home_room_id, status_of(home, row))


def device_set(home: Home, row: Device) -> DeviceSet:
    return DeviceSet(row.device_id, row.name, room_name(home, row), setting_of(home, row))


def scene_row(home: Home, scene: Scene) -> SceneRow:
    devices = [home.devices.find(member.device_id) for member in scene.members]
    settings = [said(member.setting) for member in scene.members]
    return SceneRow(
        scene.scene_id,
        scene.name,
        [f"{row.name} ({room_name(home, row)}) {text}" for row, text in zip(devices, settings, strict=True)],
    )


def automation_row(home: Home, row: Automation) -> AutomationRow:
    scene = home.scenes.find(row.scene_id).name
    return AutomationRow(row.automation_id, row.name, trigger_of(home, row), scene, row.minutes, row.status)


def trigger_of(home: Home, row: Automation) -> str:
    if row.mode:
        return f"the home goes to {row.mode} mode"
    sensor = home.devices.find(row.sensor_id)
    return f"{sensor.name} senses motion" if sensor.kind == "motion_sensor" else f"{sensor.covers} opens"


def schedule_row(home: Home, row: Schedule) -> ScheduleRow:
    device = home.devices.find(row.device_id)
    name = f"{device.name} ({room_name(home, device)})"
    return ScheduleRow(row.schedule_id, name, row.days, row.starts, row.ends, row.setting)


def said(setting: Setting) -> str:
    """A setting in words: "on 40%", "heat 21.5°"."""
    target = f"{setting.target}°" if setting.target is not None else None
    level = f"{setting.level}%" if setting.level is not None and setting.power != "off" else None
    return " ".join(part for part in (setting.power, level, setting.climate, target, setting.bolt) if part)


def doing(home: Home, device: Device) -> str:
    """What a vacuum does; nothing for other devices."""
    if device.kind != "vacuum":
        return ""
    if not is_cleaning(home, device):
        return "docked"
    cleaning = home.cleanings.find(device.device_id)
    done = later(cleaning.started, minutes=cleaning.minutes)
    return f"cleaning {home.home_rooms.find(cleaning.home_room_id).name} until {done}"


def is_in_condition(home: Home, device: Device, condition: str) -> bool:
    if condition == "low_battery":
        return (battery := battery_of(home, device)) is not None and battery < LOW_BATTERY
    if condition == "outdated":
        return device.firmware != home.models.find(device.model).latest_firmware
    return status_of(home, device) == condition


def kwh_of(home: Home, device: Device, first: str, last: str) -> float:
    """What a device used from one day to another, rounded day by day so that parts and sums agree."""
    used = {row.day: row.kwh for row in home.energy.where(device_id=device.device_id)}
    for day, kwh in energy_since(home, device).items():
        used[day] = used.get(day, 0.0) + kwh
    return round(sum(round(kwh, 3) for day, kwh in used.items() if first <= day <= last), 3)
