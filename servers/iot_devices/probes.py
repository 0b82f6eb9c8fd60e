"""What the owner would ask of this home now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.iot_devices.material import NEW_AUTOMATIONS, NEW_SCENES, SPEAKERS
from servers.iot_devices.seed import home_code_of, lock_code_of
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
KINDS = ["light", "plug", "thermostat", "lock", "blind", "camera", "speaker", "vacuum"]
SENSORS = ["temperature_sensor", "humidity_sensor", "motion_sensor", "door_sensor", "power_meter"]
DAYS = ["every_day", "weekdays", "weekends"]


def list_home_rooms(look: Look) -> Arguments:
    return {"floor": look.choose(_rooms(look))["floor"]} if look.chance(0.4) else {}


def find_devices(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"condition": look.choose(["offline", "low_battery", "outdated"])}
    row = look.choose(look("find_devices", limit=50)["devices"])
    if look.chance(0.4):
        return {"name": row["name"]}
    return {"kind": row["kind"], "home_room_id": _room(look)} if look.chance(0.6) else {"kind": row["kind"]}


def get_device(look: Look) -> Arguments:
    return {"device_id": _device(look, KINDS)}


def list_device_groups(look: Look) -> Arguments:
    return {}


def read_sensor(look: Look) -> Arguments:
    return {"device_id": _device(look, SENSORS, _online)}


def get_sensor_history(look: Look) -> Arguments:
    return {"device_id": _device(look, SENSORS), "date": _day(look, -look.rng.randrange(3))}


def find_scenes(look: Look) -> Arguments:
    return {"name": look.choose(_scenes(look))["name"]} if look.chance(0.7) else {}


def list_automations(look: Look) -> Arguments:
    rows = look("list_automations", limit=50)["automations"]
    if look.chance(0.4):
        return {"name": look.choose(rows)["name"].split()[0]}
    return {"status": look.choose(rows)["status"]} if look.chance(0.7) else {}


def list_device_schedules(look: Look) -> Arguments:
    known = {row["schedule_id"]: row for row in look("list_device_schedules", limit=50)["schedules"]}
    busy = {row["device"] for row in known.values()}
    if look.chance(0.25):
        return {}
    return {"device_id": _device(look, KINDS, lambda row: f"{row['name']} ({row['room']})" in busy)}


def get_energy_use(look: Look) -> Arguments:
    days = {"after": _day(look, -look.rng.randrange(3, 9)), "before": _day(look, -look.rng.randrange(3))}
    if look.chance(0.35):
        return {"device_id": _device(look, ["light", "plug", "speaker", "camera", "thermostat"]), **days}
    return {"home_room_id": _room(look), **days} if look.chance(0.7) else days


def switch_device(look: Look) -> Arguments:
    away = _mode(look) == "away"
    kinds = ["light", "light", "plug"] if away else ["light", "light", "light", "plug", "speaker", "camera"]
    device = _device(look, [look.choose(kinds)], _online, ["light", "plug"] if away else kinds)
    return {"device_id": device, "power": "off" if _details(look, device.id)["setting"]["power"] == "on" else "on"}


def switch_device_group(look: Look) -> Arguments:
    """The other way if all its members are on, or all off; one just switched is seldom switched back."""
    barred = ["All Speakers", "All Cameras"] if _mode(look) == "away" else []
    rows = {row["group_id"]: row for row in look("list_device_groups")["groups"] if row["name"] not in barred}
    rows = {number: row for number, row in rows.items() if any(_is_online(look, text) for text in row["members"])}
    known = look.recall("group")
    row = rows[known.id] if known and known.id in rows else look.choose(rows.values())
    members = [_member(look, text) for text in row["members"]]
    now = {_details(look, member["device_id"])["setting"]["power"] for member in members if _online(member)}
    power = look.choose([power for power in ("on", "off") if len(now) > 1 or power not in now])
    if known and known.id == row["group_id"]:
        if len(now) == 1 and look.chance(0.7):
            raise NothingToAsk
        return {"group_id": known, "power": power}
    return {"group_id": _group(look, row), "power": power}


def set_device_level(look: Look) -> Arguments:
    device = _device(
        look, [look.choose(["light", "light", "blind", "speaker"])], _online, ["light", "blind", "speaker"]
    )
    most = 30 if _mode(look) == "night" else 100
    return {"device_id": device, "level": look.rng.randrange(5, most + 1, 5)}


def set_thermostat(look: Look) -> Arguments:
    target = look.rng.randrange(35, 49) / 2
    return {
        "device_id": _device(look, ["thermostat"], _online),
        "target": target,
        "climate": look.choose(["heat", "cool"]),
    }


def lock_home_door(look: Look) -> Arguments:
    """A lock that may be locked already, but not one that the conversation has just been about."""
    known = look.recall("device")

    def fits(row: Arguments) -> bool:
        told = known is not None and known.id == row["device_id"] and row["setting"]["bolt"] == "locked"
        return _online(row) and not told and _is_shut(look, row["name"])

    return {"device_id": _device(look, ["lock"], fits)}


def unlock_home_door(look: Look) -> Arguments:
    if _mode(look) == "away":
        raise NothingToAsk
    lock = _device(look, ["lock"], lambda row: _online(row) and row["setting"]["bolt"] == "locked")
    return {"device_id": lock, "code": lock_code_of(look.seed, str(lock.id))}


def start_vacuum(look: Look) -> Arguments:
    if _mode(look) == "night":
        raise NothingToAsk
    floors = {row["home_room_id"]: row["floor"] for row in _rooms(look)}
    vacuum = _device(look, ["vacuum"], lambda row: _online(row) and row["doing"] == "docked" and row["battery"] > 50)
    details = _details(look, vacuum.id)
    floor = floors[details["home_room_id"]]
    enough = details["battery"] - 11
    return {
        "device_id": vacuum,
        "home_room_id": _room(look, lambda row: row["floor"] == floor and row["area"] < enough),
    }


def activate_scene(look: Look) -> Arguments:
    def fits(row: Arguments) -> bool:
        plain = [text for text in row["members"] if not any(name in text for name in SPEAKERS)]
        return any(_is_online(look, text) for text in plain)

    return {"scene_id": _scene(look, fits)}


def create_scene(look: Look) -> Arguments:
    taken = {row["name"] for row in _scenes(look)}
    name = look.choose(name for name in NEW_SCENES if name not in taken)
    return {"name": name, "home_room_id": _room(look, lambda row: row["devices"] >= 4)}


def create_automation(look: Look) -> Arguments:
    def fits(row: Arguments) -> bool:
        return not any(word in text for word in [*SPEAKERS, "Lock", "Camera"] for text in row["members"])

    taken = {row["name"] for row in look("list_automations", limit=50)["automations"]}
    return {
        "name": look.choose(name for name in NEW_AUTOMATIONS if name not in taken),
        "device_id": _device(look, ["motion_sensor", "door_sensor"]),
        "scene_id": _scene(look, fits),
        "minutes": look.choose([3, 5, 10, 15, 20, 30, 45]),
    }


def switch_automation(look: Look) -> Arguments:
    rows = {row["automation_id"]: row for row in look("list_automations", limit=50)["automations"]}
    known = look.recall("automation")
    row = rows[known.id] if known and known.id in rows else look.choose(rows.values())
    status = "paused" if row["status"] == "enabled" else "enabled"
    if known and known.id == row["automation_id"]:
        return {"automation_id": known, "status": status}
    return {"automation_id": _automation(look, row), "status": status}


def add_device_schedule(look: Look) -> Arguments:
    device = _device(look, ["light", "plug", "blind", "thermostat"])
    taken = look("list_device_schedules", device_id=device.id, limit=50)["schedules"]
    starts = look.rng.randrange(5 * 4, 22 * 4)
    ends = min(starts + look.rng.randrange(2, 17), 95)
    hours = _clock(starts), _clock(ends)
    if any(row["starts"] < hours[1] and hours[0] < row["ends"] for row in taken):
        raise NothingToAsk
    setting = _wish(look, _details(look, device.id)["kind"])
    return {"device_id": device, "setting": setting, "days": look.choose(DAYS), "starts": hours[0], "ends": hours[1]}


def remove_device_schedule(look: Look) -> Arguments:
    rows = {row["schedule_id"]: row for row in look("list_device_schedules", limit=50)["schedules"]}
    known = look.recall("schedule")
    if known and known.id in rows:
        return {"schedule_id": known}
    return {"schedule_id": _schedule(look, look.choose(rows.values()), list(rows.values()))}


def set_home_mode(look: Look) -> Arguments:
    modes = [mode for mode in ("home", "away", "night") if mode != _mode(look)]
    doors = look("find_devices", kind="door_sensor", limit=50)["devices"]
    if any(look("read_sensor", device_id=row["device_id"]).get("value") != 0 for row in doors):
        modes = [mode for mode in modes if mode != "away"]
    return {"mode": look.choose(modes), "code": home_code_of(look.seed)}


def update_device_firmware(look: Look) -> Arguments:
    def fits(row: Arguments) -> bool:
        strong = row["battery"] is None or row["battery"] >= 31
        return _online(row) and row["firmware"] != row["latest_firmware"] and strong and "cleaning" not in row["doing"]

    return {"device_id": _device(look, [*KINDS, *SENSORS], fits)}


def _mode(look: Look) -> str:
    return look("list_home_rooms")["mode"]


def _rooms(look: Look) -> list[Arguments]:
    return look("list_home_rooms")["rooms"]


def _scenes(look: Look) -> list[Arguments]:
    return look("find_scenes", limit=50)["scenes"]


def _details(look: Look, device_id: str | None) -> Arguments:
    return look("get_device", device_id=device_id)


def _online(row: Arguments) -> bool:
    return row["status"] == "online"


def _room(look: Look, fits: Fits = lambda row: True) -> Reference:
    """A room: by name (found in the list of rooms), seldom by id."""
    rows = {row["home_room_id"]: row for row in _rooms(look) if fits(row)}
    known = look.recall("home_room")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    if look.chance(0.2):
        return Reference("home_room", row["home_room_id"], (f"room {row['home_room_id']}",), row=row)
    path = (Lookup("list_home_rooms", {}),)
    return Reference("home_room", row["home_room_id"], (f"the {row['name']}",), path, "home_room_id", row)


def _device(
    look: Look, kinds: list[str], fits: Fits = lambda row: True, known_kinds: list[str] | None = None
) -> Reference:
    """A device of one of these kinds, or one that was mentioned: by id, by its name, or by its name and room."""
    known = look.recall("device")
    if known:
        details = _details(look, known.id)
        if details.get("kind") in (known_kinds or kinds) and fits(details):
            return known
    rows = [row for kind in dict.fromkeys(kinds) for row in look("find_devices", kind=kind, limit=50)["devices"]]
    for row in look.rng.sample(rows, len(rows)):
        if fits(_details(look, row["device_id"])):
            return _named(look, row)
    raise NothingToAsk


def _named(look: Look, row: Arguments) -> Reference:
    """Names such as Floor Lamp come back in other rooms: then the room is said, and looked up first."""
    number, name = row["device_id"], row["name"]
    if look.chance(0.25):
        return Reference("device", number, (f"device {number}", number), row=row)
    if look("find_devices", name=name)["total"] == 1:
        path = (Lookup("find_devices", {"name": name}),)
        return Reference("device", number, (f"the {name}", f"my {name}"), path, "device_id", row)
    room = next(room for room in _rooms(look) if room["home_room_id"] == row["home_room_id"])
    search = {"name": name, "home_room_id": row["home_room_id"]}
    path = (Lookup("list_home_rooms", {}), Lookup("find_devices", search))
    says = (f"the {name} in the {room['name']}", f"the {room['name']} {name}")
    return Reference("device", number, says, path, "device_id", row)


def _scene(look: Look, fits: Fits) -> Reference:
    """A scene: by id or by name."""
    rows = {row["scene_id"]: row for row in _scenes(look) if fits(row)}
    known = look.recall("scene")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    if look.chance(0.25):
        return Reference("scene", row["scene_id"], (f"scene {row['scene_id']}", row["scene_id"]), row=row)
    path = (Lookup("find_scenes", {"name": row["name"]}),)
    says = (f"the {row['name']} scene", f"the scene {row['name']}")
    return Reference("scene", row["scene_id"], says, path, "scene_id", row)


def _automation(look: Look, row: Arguments) -> Reference:
    number, name = row["automation_id"], row["name"]
    if look.chance(0.3) or look("list_automations", name=name)["total"] > 1:
        return Reference("automation", number, (f"automation {number}", number), row=row)
    path = (Lookup("list_automations", {"name": name}),)
    says = (f"the automation '{name}'", f"my '{name}' automation")
    return Reference("automation", number, says, path, "automation_id", row)


def _group(look: Look, row: Arguments) -> Reference:
    number, name = row["group_id"], row["name"]
    if look.chance(0.15):
        return Reference("group", number, (f"group {number}",), row=row)
    path = (Lookup("list_device_groups", {}),)
    says = (name if name.startswith("All ") else f"the {name}", f"the group {name}")
    return Reference("group", number, says, path, "group_id", row)


def _schedule(look: Look, row: Arguments, rows: list[Arguments]) -> Reference:
    """A schedule: by id, or as that of its device (found device, then its schedules), told apart by when it starts."""
    number = row["schedule_id"]
    name, room = row["device"][:-1].split(" (")
    found = [other for other in look("find_devices", name=name, limit=50)["devices"] if other["name"] == name]
    rooms = {other["home_room_id"]: other["name"] for other in _rooms(look)}
    device = next(other for other in found if rooms[other["home_room_id"]] == room)
    named = _named(look, device)
    if look.chance(0.3) or not named.path:
        return Reference("schedule", number, (f"schedule {number}", number), row=row)
    path = (*named.path, Lookup("list_device_schedules", {"device_id": device["device_id"]}))
    alone = sum(other["device"] == row["device"] for other in rows) == 1
    says = f"the schedule of {named.says[0]}" if alone else f"the {row['starts']} schedule of {named.says[0]}"
    return Reference("schedule", number, (says,), path, "schedule_id", row)


def _member(look: Look, text: str) -> Arguments:
    """The device of a member such as "Floor Lamp (Study) on 40%"."""
    name, room = text.split(")")[0].split(" (")
    rooms = {row["home_room_id"]: row["name"] for row in _rooms(look)}
    found = look("find_devices", name=name, limit=50)["devices"]
    return look.choose(row for row in found if row["name"] == name and rooms[row["home_room_id"]] == room)


def _is_online(look: Look, text: str) -> bool:
    return _online(_member(look, text))


def _is_shut(look: Look, lock: str) -> bool:
    found = look("find_devices", name=lock.replace(" Lock", " Sensor"))["devices"]
    return all(look("read_sensor", device_id=row["device_id"]).get("value") == 0 for row in found)


def _wish(look: Look, kind: str) -> str:
    """What a schedule may set a device of this kind to."""
    if kind == "plug":
        return look.choose(["on", "off"])
    if kind == "thermostat":
        return look.choose(["17.5", "18", "19.5", "20", "21", "21.5", "22", "23"])
    return str(look.rng.randrange(10, 101, 5))


def _day(look: Look, days: int) -> str:
    today = date.fromisoformat(look("list_home_rooms")["time"][:10])
    return (today + timedelta(days=days)).isoformat()


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02d}:{quarter % 4 * 15:02d}"
