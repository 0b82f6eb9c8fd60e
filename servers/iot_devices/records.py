"""The tables of the smart home, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NamedTuple

import msgspec

from servers.state import Row, State, Table

DeviceId = Annotated[str, msgspec.Meta(description="device or sensor, e.g. DVC-30417", max_length=20)]
RoomId = Annotated[str, msgspec.Meta(description="room of the home, e.g. HRM-20931", max_length=20)]
GroupId = Annotated[str, msgspec.Meta(description="group of devices, e.g. DGR-55120", max_length=20)]
SceneId = Annotated[str, msgspec.Meta(description="scene, e.g. SCN-48213", max_length=20)]
AutomationId = Annotated[str, msgspec.Meta(description="automation, e.g. ATN-71305", max_length=20)]
ScheduleId = Annotated[str, msgspec.Meta(description="schedule of one device, e.g. DSC-41188", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Clock = Annotated[
    str,
    msgspec.Meta(description="time of day, e.g. 18:30", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5),
]
Code = Annotated[
    str, msgspec.Meta(description="four-digit code that the owner knows, e.g. 0000", pattern=r"^[0-9]{4}$")
]
Power = Annotated[Literal["on", "off"], msgspec.Meta(description="on or off")]
Level = Annotated[
    int, msgspec.Meta(description="percent of brightness, opening or volume, e.g. 40; 0 puts a light out", ge=0, le=100)
]
Target = Annotated[float, msgspec.Meta(description="degrees Celsius in steps of 0.5, e.g. 21.5", ge=5, le=30)]
Climate = Annotated[Literal["heat", "cool", "off"], msgspec.Meta(description="what the thermostat does, e.g. heat")]
Kind = Annotated[
    Literal[
        "light", "plug", "thermostat", "lock", "blind", "camera", "speaker", "vacuum",
        "temperature_sensor", "humidity_sensor", "motion_sensor", "door_sensor", "power_meter",
    ],
    msgspec.Meta(description="kind of device, e.g. motion_sensor"),
]  # fmt: skip
Mode = Annotated[Literal["home", "away", "night"], msgspec.Meta(description="mode of the whole home, e.g. night")]
Days = Annotated[Literal["every_day", "weekdays", "weekends"], msgspec.Meta(description="on which days, e.g. weekdays")]
Status = Literal["online", "offline", "updating"]
Running = Annotated[Literal["enabled", "paused"], msgspec.Meta(description="whether it runs, e.g. paused")]

SENSORS = ("temperature_sensor", "humidity_sensor", "motion_sensor", "door_sensor", "power_meter")
SWITCHED = ("light", "plug", "speaker", "camera")


class Setting(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a device is set to; only the parts that its kind has are given."""

    power: Literal["on", "off"] | None = None
    level: int | None = None
    """Percent: brightness of a light, opening of a blind, volume of a speaker."""
    target: float | None = None
    climate: Literal["heat", "cool", "off"] | None = None
    bolt: Literal["locked", "unlocked"] | None = None


class Member(msgspec.Struct, frozen=True):
    """A device of a scene, and what the scene sets it to."""

    device_id: str
    setting: Setting


class Household(Row, frozen=True):
    household_id: str
    owner: str
    mode: Mode
    code: str


class HomeRoom(Row, frozen=True):
    home_room_id: str
    name: str
    floor: int
    area: int
    """In square metres."""
    temperature: float
    booked: str
    """The moment at which the room had this temperature."""
    ambient: float
    """Where the temperature goes without heating or cooling."""
    humidity: float


class Model(Row, frozen=True):
    model: str
    latest_firmware: str


class Device(Row, frozen=True):
    device_id: str
    name: str
    kind: Kind
    home_room_id: str
    model: str
    firmware: str
    setting: Setting
    changed: str
    """When it was last set by hand, by a scene or by a group."""
    booked: str
    """The moment up to which its battery and its energy are written down."""
    watts: float = 0.0
    battery: float | None = None
    drain: float = 0.0
    """Percent of battery a day."""
    offline: str = ""
    """Since when it does not answer, or nothing."""
    busy_until: str = ""
    """When its last firmware update is done."""
    covers: str = ""
    """The door of a lock or a door sensor; "home" for the meter of the whole home."""


class LockCode(Row, frozen=True):
    device_id: str
    code: str


class Cleaning(Row, frozen=True):
    device_id: str
    home_room_id: str
    started: str
    minutes: int


class Group(Row, frozen=True):
    group_id: str
    name: str
    device_ids: tuple[str, ...]


class Scene(Row, frozen=True):
    scene_id: str
    name: str
    members: tuple[Member, ...]


class Automation(Row, frozen=True):
    automation_id: str
    name: str
    sensor_id: str
    """A motion or door sensor, or nothing if a mode of the home is the trigger."""
    mode: str
    scene_id: str
    minutes: int
    """How long a sensor's scene is held; 0 for modes, whose scenes stay."""
    status: Running
    since: str


class Schedule(Row, frozen=True):
    schedule_id: str
    device_id: str
    days: Days
    starts: str
    ends: str
    setting: Setting
    since: str


class Reading(Row, frozen=True):
    reading_id: str
    device_id: str
    at: str
    value: float
    """Degrees, percent or watts; 1 for motion and an opened door, 0 for a closed one."""


class Energy(Row, frozen=True):
    energy_id: str
    """"DVC-30417/2026-03-14": what a device used on a day, as far as it is booked."""
    device_id: str
    day: str
    kwh: float


class Home(State):
    households: Table[Household]
    home_rooms: Table[HomeRoom]
    models: Table[Model]
    devices: Table[Device]
    lock_codes: Table[LockCode]
    cleanings: Table[Cleaning]
    groups: Table[Group]
    scenes: Table[Scene]
    automations: Table[Automation]
    schedules: Table[Schedule]
    readings: Table[Reading]
    energy: Table[Energy]


class Window(NamedTuple):
    """A time during which a schedule or an automation holds a device."""

    start: str
    end: str
    setting: Setting
    holder: str


class HomeRoomRow(msgspec.Struct, frozen=True):
    home_room_id: str
    name: str
    floor: int
    area: int
    temperature: float
    devices: int


class HomeRooms(msgspec.Struct, frozen=True):
    mode: Mode
    time: str
    rooms: list[HomeRoomRow]


class DeviceRow(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    kind: Kind
    home_room_id: str
    status: Status


class Devices(msgspec.Struct, frozen=True):
    devices: list[DeviceRow]
    total: int


class DeviceDetails(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    kind: Kind
    home_room_id: str
    room: str
    status: Status
    setting: Setting
    held_by: str
    """The schedule or automation that holds it now, or nothing."""
    doing: str
    """What a vacuum does now."""
    battery: float | None
    model: str
    firmware: str
    latest_firmware: str
    watts: float


class DeviceSet(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    room: str
    setting: Setting
    """What it is set to now."""


class GroupRow(msgspec.Struct, frozen=True):
    group_id: str
    name: str
    members: list[str]


class Groups(msgspec.Struct, frozen=True):
    groups: list[GroupRow]


class SetTogether(msgspec.Struct, frozen=True):
    name: str
    """Of the group or scene."""
    set: list[str]
    skipped: list[str]
    """Members left as they are, with the reason."""


class SensorReading(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    value: float
    unit: str
    text: str
    """The reading in words, e.g. "open since 2026-03-14T09:12"."""


class ReadingLine(msgspec.Struct, frozen=True):
    at: str
    value: float


class SensorHistory(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    unit: str
    readings: list[ReadingLine]
    total: int
    lowest: float | None
    highest: float | None


class SceneRow(msgspec.Struct, frozen=True):
    scene_id: str
    name: str
    members: list[str]


class Scenes(msgspec.Struct, frozen=True):
    scenes: list[SceneRow]
    total: int


class AutomationRow(msgspec.Struct, frozen=True):
    automation_id: str
    name: str
    trigger: str
    scene: str
    minutes: int
    status: Running


class Automations(msgspec.Struct, frozen=True):
    automations: list[AutomationRow]
    total: int


class ScheduleRow(msgspec.Struct, frozen=True):
    schedule_id: str
    device: str
    days: Days
    starts: str
    ends: str
    setting: Setting


class Schedules(msgspec.Struct, frozen=True):
    schedules: list[ScheduleRow]
    total: int


class Removed(msgspec.Struct, frozen=True):
    removed: str


class EnergyRow(msgspec.Struct, frozen=True):
    name: str
    kwh: float


class EnergyUse(msgspec.Struct, frozen=True):
    after: str
    before: str
    total_kwh: float
    largest: list[EnergyRow]
    others_kwh: float


class CleaningStarted(msgspec.Struct, frozen=True):
    device_id: str
    room: str
    minutes: int
    done: str
    battery: float
    """When it is back in its dock."""


class ModeSet(msgspec.Struct, frozen=True):
    mode: Mode
    ran: list[str]
    """Automations that this mode started."""
    skipped: list[str]


class FirmwareUpdate(msgspec.Struct, frozen=True):
    device_id: str
    name: str
    firmware: str
    done: str
