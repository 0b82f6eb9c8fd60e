"""How a family uses its home: groups, scenes, automations and schedules over given devices."""

from __future__ import annotations

import random

from servers.iot_devices.material import WORDS
from servers.iot_devices.records import (
    Automation,
    Device,
    Group,
    HomeRoom,
    Kind,
    Member,
    Running,
    Scene,
    Schedule,
    Setting,
)
from servers.names import ids
from servers.state import later

ROOM_SCENES = 8
GLOWS = 6


def groups(rng: random.Random, rooms: list[HomeRoom], devices: list[Device]) -> list[Group]:
    """Lights by floor and by use, what plays, what watches; never more than five devices."""
    floors = {room.home_room_id: room.floor for room in rooms}
    lights = [row for row in devices if row.kind == "light"]
    chosen = {
        "Downstairs Lights": [row for row in lights if floors[row.home_room_id] == 0],
        "Upstairs Lights": [row for row in lights if floors[row.home_room_id] == 1],
        rng.choice(["Party Lights", "Evening Lights", "Holiday Lights"]): rng.sample(lights, 5),
        "All Cameras": _of(devices, "camera"),
        "All Speakers": _of(devices, "speaker"),
        rng.choice(["Standby Plugs", "Kitchen Gadgets", "Evening Plugs"]): rng.sample(_of(devices, "plug"), 4),
    }
    return [
        Group(number, name, tuple(row.device_id for row in rows[:5]))
        for number, (name, rows) in zip(ids(rng, "DGR", len(chosen)), chosen.items(), strict=True)
    ]


def scenes(rng: random.Random, rooms: list[HomeRoom], devices: list[Device]) -> list[Scene]:
    """Three for the whole home, some for single rooms, and glows that sensors can hold."""
    chosen = {"Leaving Home": _leaving(rng, devices), "Good Night": _night(rng, devices)}
    chosen["Welcome Home"] = _welcome(rng, devices)
    words = rng.sample(WORDS, 5)
    while len(chosen) < 3 + ROOM_SCENES:
        room = rng.choice(rooms)
        chosen.setdefault(f"{room.name} {rng.choice(words)}", _in_room(rng, devices, room))
    for room in rng.sample(rooms, GLOWS):
        chosen[f"{room.name} Glow"] = [
            Member(row.device_id, Setting(power="on", level=rng.randrange(10, 60, 5)))
            for row in _of(devices, "light", room)
        ]
    return [
        Scene(number, name, tuple(members))
        for number, (name, members) in zip(ids(rng, "SCN", len(chosen)), chosen.items(), strict=True)
    ]


def automations(
    rng: random.Random, now: str, rooms: list[HomeRoom], devices: list[Device], all_scenes: list[Scene]
) -> list[Automation]:
    by_name = {row.name: row for row in all_scenes}
    glows = [row for row in all_scenes if row.name.endswith(" Glow")]
    sensors = [*rng.sample(_of(devices, "motion_sensor"), 5), *rng.sample(_of(devices, "door_sensor"), 2)]
    plan = [
        ("Lock up when leaving", "", "away", by_name["Leaving Home"], 0),
        ("Lights out at night", "", "night", by_name["Good Night"], 0),
        ("Warm welcome", "", "home", by_name["Welcome Home"], 0),
    ]
    for sensor in sensors:
        scene, minutes = rng.choice(glows), rng.choice([5, 10, 15, 20])
        event = "motion" if sensor.kind == "motion_sensor" else "opening"
        plan.append((f"{scene.name} on {sensor.name.rsplit(' ', 2)[0]} {event}", sensor.device_id, "", scene, minutes))
    return [
        Automation(number, name, sensor_id, mode, scene.scene_id, minutes, _running(rng), later(now, days=-30))
        for number, (name, sensor_id, mode, scene, minutes) in zip(ids(rng, "ATN", len(plan)), plan, strict=True)
    ]


def schedules(rng: random.Random, now: str, devices: list[Device]) -> list[Schedule]:
    """Mornings and evenings of some devices, never two at once."""
    chosen = [*rng.sample(_of(devices, "light"), 6), *rng.sample(_of(devices, "plug"), 2)]
    chosen += [*rng.sample(_of(devices, "thermostat"), 3), *rng.sample(_of(devices, "blind"), 2)]
    plan = []
    for device in chosen:
        for hours in rng.sample([(5, 8), (9, 13), (17, 22)], rng.choice([1, 1, 2])):
            plan.append((device, rng.choice(["every_day", "weekdays", "weekdays", "weekends"]), *_times(rng, *hours)))
    return [
        Schedule(number, device.device_id, days, starts, ends, _held(rng, device.kind), later(now, days=-30))
        for number, (device, days, starts, ends) in zip(ids(rng, "DSC", len(plan)), plan, strict=True)
    ]


def _leaving(rng: random.Random, devices: list[Device]) -> list[Member]:
    off = [*rng.sample(_of(devices, "light"), 4), *rng.sample(_of(devices, "plug"), 2)]
    members = [Member(row.device_id, Setting(power="off")) for row in off]
    return [*members, *_locked(devices)]


def _night(rng: random.Random, devices: list[Device]) -> list[Member]:
    dark = [*rng.sample(_of(devices, "light"), 3), *_of(devices, "speaker")[:2]]
    closed = [Member(row.device_id, Setting(level=0)) for row in rng.sample(_of(devices, "blind"), 2)]
    return [*(Member(row.device_id, Setting(power="off")) for row in dark), *closed, *_locked(devices)]


def _welcome(rng: random.Random, devices: list[Device]) -> list[Member]:
    lit = [Member(row.device_id, Setting(power="on", level=70)) for row in rng.sample(_of(devices, "light"), 3)]
    warm = [Member(row.device_id, Setting(target=21.0)) for row in rng.sample(_of(devices, "thermostat"), 2)]
    return [*lit, *warm, Member(rng.choice(_of(devices, "blind")).device_id, Setting(level=100))]


def _in_room(rng: random.Random, devices: list[Device], room: HomeRoom) -> list[Member]:
    """Its lights, and what else it has of blinds, speakers and a thermostat."""
    settings = [(row, Setting(power="on", level=rng.randrange(10, 101, 5))) for row in _of(devices, "light", room)]
    settings += [(row, Setting(level=rng.choice([0, 50, 100]))) for row in _of(devices, "blind", room)]
    settings += [(row, Setting(power="on", level=rng.randrange(10, 50, 5))) for row in _of(devices, "speaker", room)]
    return [Member(row.device_id, setting) for row, setting in settings]


def _locked(devices: list[Device]) -> list[Member]:
    return [Member(row.device_id, Setting(bolt="locked")) for row in _of(devices, "lock")]


def _held(rng: random.Random, kind: Kind) -> Setting:
    if kind == "thermostat":
        return Setting(target=rng.randrange(32, 46) / 2)
    if kind == "blind":
        return Setting(level=rng.choice([0, 30, 50, 100]))
    return Setting(power="on") if kind == "plug" else Setting(power="on", level=rng.randrange(20, 101, 5))


def _times(rng: random.Random, first: int, last: int) -> tuple[str, str]:
    """Two quarter hours between two full hours."""
    starts, ends = sorted(rng.sample(range(first * 4, last * 4), 2))
    return tuple(f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in (starts, ends))  # type: ignore[return-value]


def _running(rng: random.Random) -> Running:
    return "paused" if rng.random() < 0.25 else "enabled"


def _of(devices: list[Device], kind: Kind, room: HomeRoom | None = None) -> list[Device]:
    return [row for row in devices if row.kind == kind and (room is None or row.home_room_id == room.home_room_id)]
