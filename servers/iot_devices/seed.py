"""One family's home from a seed: rooms full of devices, what sensors noticed, energy used, scenes and automations."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from servers.iot_devices.habits import automations, groups, scenes, schedules
from servers.iot_devices.history import energy, readings
from servers.iot_devices.material import (
    ALWAYS,
    BLINDS,
    CAMERAS,
    DOORS,
    DRAINS,
    LIGHTS,
    MAKERS,
    PLUGS,
    SOMETIMES,
    SPEAKERS,
    VACUUMS,
    WATTS,
)
from servers.iot_devices.records import Cleaning, Device, HomeRoom, Household, Kind, LockCode, Mode, Model, Setting
from servers.names import first_new_ids, ids, people
from servers.state import Base, later

EXTRA_ROOMS = 6
OFFLINE = 7


def generate(seed: int) -> Base:
    """The home of this seed: 11 rooms, about 90 devices and sensors, 1,000 readings and days of energy."""
    rng = random.Random(f"iot_devices:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(7, 23):02d}:{rng.randrange(60):02d}"
    mode: Mode = rng.choices(["home", "night", "away"], [5, 5, 0] if now[11:13] >= "21" else [8, 0, 2])[0]  # type: ignore[assignment]
    rooms, models = _rooms(rng, now), _models(rng)
    devices = _devices(rng, now, mode, rooms, models)
    cleanings = _cleanings(rng, now, mode, devices, rooms)
    started = {row.device_id: row.started for row in cleanings}
    devices = [replace(row, booked=started.get(row.device_id, now)) for row in devices]
    all_scenes = scenes(rng, rooms, devices)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "SCN", "ATN", "DSC"),
        households=[Household(ids(rng, "HHD", 1)[0], people(rng, 1)[0], mode, home_code_of(seed))],
        home_rooms=rooms,
        models=models,
        devices=devices,
        lock_codes=[
            LockCode(row.device_id, lock_code_of(seed, row.device_id)) for row in devices if row.kind == "lock"
        ],
        cleanings=cleanings,
        groups=groups(rng, rooms, devices),
        scenes=all_scenes,
        automations=automations(rng, now, rooms, devices, all_scenes),
        schedules=schedules(rng, now, devices),
        readings=readings(rng, now, mode, rooms, devices),
        energy=energy(rng, now, devices),
    )


def home_code_of(seed: int) -> str:
    """What only the owner knows."""
    return f"{random.Random(f'iot_devices-home:{seed}').randrange(10_000):04d}"


def lock_code_of(seed: int, device_id: str) -> str:
    return f"{random.Random(f'iot_devices-lock:{seed}:{device_id}').randrange(10_000):04d}"


def _rooms(rng: random.Random, now: str) -> list[HomeRoom]:
    """Warm rooms in a season: what they drift to without a thermostat depends on the month and the floor."""
    outside = [11, 12, 14, 17, 20, 24, 26, 26, 21, 17, 14, 12][int(now[5:7]) - 1]
    chosen = [*ALWAYS, *rng.sample(SOMETIMES, EXTRA_ROOMS)]
    rows = []
    for number, (name, floor, area) in zip(ids(rng, "HRM", len(chosen)), chosen, strict=True):
        ambient = float(outside + rng.randrange(-1, 3) - (3 if floor < 0 else 0))
        temperature = round((ambient + 21) / 2 + rng.uniform(-1, 2), 1)
        humidity = round(rng.uniform(55, 72) if name in WET else rng.uniform(38, 56), 1)
        rows.append(HomeRoom(number, name, floor, area + rng.randrange(-2, 7), temperature, now, ambient, humidity))
    return rows


WET = ("Bathroom", "Cellar", "Laundry Room", "Kitchen")


def _models(rng: random.Random) -> list[Model]:
    """Every maker sells a few models; kinds are spread over them."""
    names = [f"{maker} {letter}{rng.randrange(1, 10)}" for maker in MAKERS for letter in rng.sample("ABCDEFGHX", 3)]
    return [Model(name, f"{rng.randrange(1, 6)}.{rng.randrange(1, 10)}.{rng.randrange(10)}") for name in names]


def _devices(rng: random.Random, now: str, mode: Mode, rooms: list[HomeRoom], models: list[Model]) -> list[Device]:
    plan = [*_lit(rng, rooms), *_powered(rng, rooms), *_climate(rng, rooms), *_doors(rng, rooms), *_moving(rng, rooms)]
    made_by = {kind: rng.sample(models, 3) for kind in dict.fromkeys(kind for kind, *_ in plan)}
    numbers = ids(rng, "DVC", len(plan))
    devices = [
        _device(rng, now, mode, number, *item, rng.choice(made_by[item[0]]))
        for number, item in zip(numbers, plan, strict=True)
    ]
    silent = [row.device_id for row in devices if row.kind not in ("lock", "vacuum", "thermostat", "door_sensor")]
    lost = set(rng.sample(silent, OFFLINE))
    return [replace(row, offline=_since(rng, now)) if row.device_id in lost else row for row in devices]


Item = tuple[Kind, str, HomeRoom, str]
"""Kind, name, room, and what the device covers."""


def _lit(rng: random.Random, rooms: list[HomeRoom]) -> Iterable[Item]:
    for room in rooms:
        for name in rng.sample(LIGHTS, rng.choice([2, 2, 3])):
            yield "light", name, room, ""


def _powered(rng: random.Random, rooms: list[HomeRoom]) -> Iterable[Item]:
    for name in rng.sample(PLUGS, 8):
        yield "plug", f"{name} Plug", rng.choice(rooms), ""
    for name in rng.sample(SPEAKERS, 4):
        yield "speaker", name, rng.choice(rooms), ""
    for name in rng.sample(CAMERAS, 4):
        yield "camera", name, rng.choice(rooms[:3]), ""


def _climate(rng: random.Random, rooms: list[HomeRoom]) -> Iterable[Item]:
    for room in [*rooms[:2], rooms[4], *rng.sample(rooms[5:], 4)]:
        yield "thermostat", f"{room.name} Thermostat", room, ""
    for room in [rooms[0], *rng.sample(rooms[1:], 7)]:
        yield "temperature_sensor", f"{room.name} Temperature Sensor", room, ""
    for room in [rooms[3], *rng.sample([room for room in rooms if room != rooms[3]], 3)]:
        yield "humidity_sensor", f"{room.name} Humidity Sensor", room, ""
    yield "power_meter", "Main Power Meter", rooms[2], "home"
    for room in rng.sample(rooms, 3):
        yield "power_meter", f"{room.name} Power Meter", room, ""


def _doors(rng: random.Random, rooms: list[HomeRoom]) -> Iterable[Item]:
    outer = [("Front Door", rooms[2]), ("Back Door", rooms[1]), (rng.choice(DOORS), rooms[0])]
    for door, room in outer:
        yield "lock", f"{door} Lock", room, door
    for door, room in [*outer, ("Balcony Door", rooms[4])]:
        yield "door_sensor", f"{door} Sensor", room, door


def _moving(rng: random.Random, rooms: list[HomeRoom]) -> Iterable[Item]:
    for room in rng.sample(rooms, 6):
        for name in rng.sample(BLINDS, rng.choice([1, 1, 2])):
            yield "blind", name, room, ""
    for room in [rooms[2], *rng.sample([room for room in rooms if room != rooms[2]], 4)]:
        yield "motion_sensor", f"{room.name} Motion Sensor", room, ""
    for name, room in zip(rng.sample(VACUUMS, 2), [rooms[0], rooms[4]], strict=True):
        yield "vacuum", name, room, ""


def _device(
    rng: random.Random,
    now: str,
    mode: Mode,
    number: str,
    kind: Kind,
    name: str,
    room: HomeRoom,
    covers: str,
    model: Model,
) -> Device:
    low, high = DRAINS.get(kind, (0.0, 0.0))
    on_battery = kind in DRAINS or kind == "vacuum" or (kind == "camera" and rng.random() < 0.4)
    battery = round(100 - 97 * rng.random() ** 1.7, 1) if on_battery else None
    return Device(
        number,
        name,
        kind,
        room.home_room_id,
        model.model,
        model.latest_firmware if rng.random() < 0.68 else f"1.0.{rng.randrange(10)}",
        _setting(rng, mode, kind, room),
        later(now, minutes=-rng.randrange(5, 540)),
        now,
        float(rng.choice(WATTS[kind])) if kind in WATTS else 0.0,
        max(70.0, battery or 0.0) if kind == "vacuum" else battery,
        round(rng.uniform(low, high), 2) if on_battery else 0.0,
        covers=covers,
    )


def _setting(rng: random.Random, mode: Mode, kind: Kind, room: HomeRoom) -> Setting:
    power = "on" if rng.random() < (0.15 if mode == "away" else 0.45) else "off"
    if kind == "light":
        return Setting(power=power, level=rng.randrange(15, 101, 5))  # type: ignore[arg-type]
    if kind == "plug":
        return Setting(power=power)  # type: ignore[arg-type]
    if kind == "speaker":
        return Setting(
            power="off" if mode == "away" else power, level=rng.randrange(5, 31 if mode == "night" else 71, 5)
        )  # type: ignore[arg-type]
    if kind == "camera":
        return Setting(power="on" if mode == "away" or rng.random() < 0.7 else "off")
    if kind == "blind":
        return Setting(level=rng.choice([0, 0, 20, 40, 60, 80, 100, 100]))
    if kind == "lock":
        return Setting(bolt="unlocked" if mode == "home" and rng.random() < 0.35 else "locked")
    return _thermostat(rng, room) if kind == "thermostat" else Setting()


def _thermostat(rng: random.Random, room: HomeRoom) -> Setting:
    climate = rng.choices(["heat", "cool", "off"], [7, 0, 2] if room.ambient < 20 else [0, 5, 4])[0]
    return Setting(target=rng.randrange(37, 49) / 2, climate=climate)  # type: ignore[arg-type]


def _since(rng: random.Random, now: str) -> str:
    return later(now, minutes=-int(30 + 9_000 * rng.random() ** 3))


def _cleanings(
    rng: random.Random, now: str, mode: Mode, devices: list[Device], rooms: list[HomeRoom]
) -> list[Cleaning]:
    """Often the vacuum upstairs is at work."""
    vacuum = next(row for row in devices if row.kind == "vacuum" and row.home_room_id == rooms[4].home_room_id)
    if mode == "night" or rng.random() < 0.5:
        return []
    room = rng.choice([room for room in rooms if room.floor == 1])
    minutes = round(room.area / 0.8)
    started = later(now, minutes=-rng.randrange(2, minutes + 6))
    return [Cleaning(vacuum.device_id, room.home_room_id, started, minutes)]
