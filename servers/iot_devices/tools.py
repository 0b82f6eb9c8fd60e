"""What the owner of the home can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from servers.iot_devices.actions import apply, apply_together, book_all, household, unreachable
from servers.iot_devices.drift import battery_of, holder, setting_of, status_of
from servers.iot_devices.records import (
    SENSORS,
    SWITCHED,
    Automation,
    AutomationId,
    AutomationRow,
    Automations,
    Cleaning,
    CleaningStarted,
    Climate,
    Clock,
    Code,
    Day,
    Days,
    Device,
    DeviceDetails,
    DeviceId,
    Devices,
    DeviceSet,
    EnergyRow,
    EnergyUse,
    FirmwareUpdate,
    Group,
    GroupId,
    GroupRow,
    Groups,
    Home,
    HomeRooms,
    Kind,
    Level,
    Member,
    Mode,
    ModeSet,
    Power,
    Removed,
    RoomId,
    Running,
    Scene,
    SceneId,
    SceneRow,
    Scenes,
    Schedule,
    ScheduleId,
    ScheduleRow,
    Schedules,
    SensorHistory,
    SensorReading,
    Setting,
    SetTogether,
    Target,
)
from servers.iot_devices.rows import (
    automation_row,
    device_row,
    device_set,
    doing,
    is_in_condition,
    kwh_of,
    room_name,
    room_row,
    scene_row,
    schedule_row,
)
from servers.iot_devices.rules import (
    battery_after_cleaning,
    check_cleanable,
    check_doors_closed,
    check_free,
    check_half_degree,
    check_holdable,
    check_schedule,
    check_unlockable,
    check_updatable,
    device_of,
    room_of,
    scene_of,
    setting_meant,
)
from servers.iot_devices.sensing import NOTICED, UNITS, in_words, readings_on, value_of
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Name = Annotated[str, Meta(description="name or part of it, e.g. Floor Lamp", min_length=1, max_length=60)]
NewName = Annotated[str, Meta(description="new name, not used yet, e.g. Study Focus", min_length=2, max_length=50)]
Condition = Annotated[
    Literal["offline", "updating", "low_battery", "outdated"],
    Meta(description="only devices in this condition, e.g. low_battery; outdated means old firmware"),
]
Floor = Annotated[int, Meta(description="floor, 0 is the ground floor, e.g. 1", ge=-2, le=9)]
HoldMinutes = Annotated[int, Meta(description="how many minutes the scene is held, e.g. 10", ge=1, le=240)]
SettingText = Annotated[
    str,
    Meta(
        description="on or off (light, plug), percent such as 40 (light, blind) or degrees such as 21.5 (thermostat)",
        pattern=r"^(on|off|[0-9]{1,3}(\.[0-9])?)$",
    ),
]

UPDATE_MINUTES = 8
SQUARE_METRES_PER_MINUTE = 0.8
CAPTURED = ("light", "plug", "blind", "speaker", "thermostat")


@reads
def list_home_rooms(home: Home, floor: Floor | None = None) -> HomeRooms:
    """List the rooms with floor, temperature and number of devices, and the mode of the home, e.g. floor=1."""
    rooms = [room for room in home.home_rooms if floor in (None, room.floor)]
    return HomeRooms(household(home).mode, home.now, [room_row(home, room) for room in rooms])


@reads
def find_devices(
    home: Home,
    name: Name | None = None,
    home_room_id: RoomId | None = None,
    kind: Kind | None = None,
    condition: Condition | None = None,
    limit: Limit = 8,
) -> Devices:
    """Find devices and sensors by name, room, kind or condition, in order of name, e.g. kind="blind"."""
    if home_room_id is None:
        found = list(home.devices)
    else:
        found = home.devices.where(home_room_id=room_of(home, home_room_id).home_room_id)
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    if condition is not None:
        found = [row for row in found if is_in_condition(home, row, condition)]
    ordered = sorted(found, key=lambda row: (row.name, row.device_id))
    return Devices([device_row(home, row) for row in ordered[:limit]], len(ordered))


@reads
def get_device(home: Home, device_id: DeviceId) -> DeviceDetails:
    """Show a device's setting, what holds it, status, battery and firmware, e.g. device_id="DVC-30417"."""
    device = device_of(home, device_id)
    held = holder(home, device)
    return DeviceDetails(
        device_id,
        device.name,
        device.kind,
        device.home_room_id,
        room_name(home, device),
        status_of(home, device),
        setting_of(home, device),
        held.holder if held else "",
        doing(home, device),
        battery_of(home, device),
        device.model,
        device.firmware,
        home.models.find(device.model).latest_firmware,
        device.watts,
    )


@reads
def list_device_groups(home: Home) -> Groups:
    """List the groups of devices that are switched together, with the names of their members."""
    return Groups([GroupRow(row.group_id, row.name, _members(home, row)) for row in home.groups])


@reads
def read_sensor(home: Home, device_id: DeviceId) -> SensorReading:
    """Read a sensor or a power meter that is online, as it is now, e.g. device_id="DVC-30417"."""
    sensor = device_of(home, device_id, *SENSORS)
    if reason := unreachable(home, sensor):
        raise ToolError(reason)
    value = value_of(home, sensor)
    return SensorReading(device_id, sensor.name, value, UNITS[sensor.kind], in_words(home, sensor, value))


@reads
def get_sensor_history(home: Home, device_id: DeviceId, date: Day | None = None, limit: Limit = 8) -> SensorHistory:
    """List what a sensor measured on a day, newest first, today if no date is given, e.g. date="2026-03-14"."""
    sensor = device_of(home, device_id, *SENSORS)
    lines = readings_on(home, sensor, home.today if date is None else date.isoformat())
    values = [line.value for line in lines]
    lowest, highest = min(values, default=None), max(values, default=None)
    return SensorHistory(device_id, sensor.name, NOTICED[sensor.kind], lines[:limit], len(lines), lowest, highest)


@reads
def find_scenes(home: Home, name: Name | None = None, limit: Limit = 4) -> Scenes:
    """Find scenes by name or list all, with what each sets its members to, e.g. name="Movie Night"."""
    found = [row for row in home.scenes if name is None or name.casefold() in row.name.casefold()]
    return Scenes([scene_row(home, row) for row in found[:limit]], len(found))


@reads
def list_automations(
    home: Home, name: Name | None = None, status: Running | None = None, limit: Limit = 6
) -> Automations:
    """List automations with trigger, scene and minutes held, all or by name or status, e.g. status="paused"."""
    found = [row for row in home.automations if status in (None, row.status)]
    found = [row for row in found if name is None or name.casefold() in row.name.casefold()]
    return Automations([automation_row(home, row) for row in found[:limit]], len(found))


@reads
def list_device_schedules(home: Home, device_id: DeviceId | None = None, limit: Limit = 6) -> Schedules:
    """List the weekly schedules of all devices or of one, by time of day, e.g. device_id="DVC-30417"."""
    if device_id is None:
        found = list(home.schedules)
    else:
        found = home.schedules.where(device_id=device_of(home, device_id).device_id)
    ordered = sorted(found, key=lambda row: (row.starts, row.schedule_id))
    return Schedules([schedule_row(home, row) for row in ordered[:limit]], len(ordered))


@reads
def get_energy_use(
    home: Home,
    home_room_id: RoomId | None = None,
    device_id: DeviceId | None = None,
    after: Day | None = None,
    before: Day | None = None,
) -> EnergyUse:
    """Add up recorded energy in kWh, all or of a room, a device or dates (both included), e.g. after="2026-03-14"."""
    first = min(row.day for row in home.energy) if after is None else after.isoformat()
    last = home.today if before is None else before.isoformat()
    if last < first:
        raise ToolError(f"before must not be earlier than after: {last} is earlier than {first}")
    devices = _measured(home, home_room_id, device_id)
    used = [EnergyRow(f"{row.name} ({room_name(home, row)})", kwh_of(home, row, first, last)) for row in devices]
    largest = sorted(used, key=lambda row: (-row.kwh, row.name))[:5]
    total = round(sum(row.kwh for row in used), 3)
    return EnergyUse(first, last, total, largest, round(total - sum(row.kwh for row in largest), 3))


@writes(idempotent=True)
def switch_device(home: Home, device_id: DeviceId, power: Power) -> DeviceSet:
    """Switch a light, plug, speaker or camera that is online on or off, e.g. power="off"."""
    return device_set(home, apply(home, device_of(home, device_id, *SWITCHED), Setting(power=power)))


@writes(idempotent=True)
def switch_device_group(home: Home, group_id: GroupId, power: Power) -> SetTogether:
    """Switch all devices of a group that can be reached, and name the others with the reason, e.g. power="off"."""
    group = home.groups.get(group_id)
    if group is None:
        raise ToolError(f"no group {group_id}")
    members = [Member(device_id, Setting(power=power)) for device_id in group.device_ids]
    return _set_together(home, group.name, members)


@writes(idempotent=True)
def set_device_level(home: Home, device_id: DeviceId, level: Level) -> DeviceSet:
    """Set a light's brightness, a blind's opening or a speaker's volume in percent, e.g. level=40."""
    device = device_of(home, device_id, "light", "blind", "speaker")
    setting = Setting(level=level)
    if device.kind == "light":
        setting = Setting(power="on", level=level) if level else Setting(power="off")
    return device_set(home, apply(home, device, setting))


@writes(idempotent=True)
def set_thermostat(home: Home, device_id: DeviceId, target: Target, climate: Climate | None = None) -> DeviceSet:
    """Set a thermostat's target, and what it does; one that is off starts to heat, e.g. target=21.5, climate="cool"."""
    thermostat = device_of(home, device_id, "thermostat")
    check_half_degree(target)
    before = setting_of(home, thermostat).climate
    chosen = climate or ("heat" if before == "off" else before)
    return device_set(home, apply(home, thermostat, Setting(target=target, climate=chosen)))


@writes(idempotent=True)
def lock_home_door(home: Home, device_id: DeviceId) -> DeviceSet:
    """Lock a closed door by its lock, e.g. device_id="DVC-30417"; no code is needed."""
    return device_set(home, apply(home, device_of(home, device_id, "lock"), Setting(bolt="locked")))


@writes
def unlock_home_door(home: Home, device_id: DeviceId, code: Code) -> DeviceSet:
    """Unlock a locked door with the code of its lock, e.g. code="0000"; refused while the home is in away mode."""
    lock = device_of(home, device_id, "lock")
    check_unlockable(home, lock, code)
    return device_set(home, apply(home, lock, Setting(bolt="unlocked")))


@writes
def start_vacuum(home: Home, device_id: DeviceId, home_room_id: RoomId) -> CleaningStarted:
    """Send a docked vacuum to clean a room on its floor; it needs battery for the area, and no night mode."""
    vacuum, room = device_of(home, device_id, "vacuum"), room_of(home, home_room_id)
    check_cleanable(home, vacuum, room)
    minutes = round(room.area / SQUARE_METRES_PER_MINUTE)
    left = battery_after_cleaning(home, vacuum, minutes)
    home.devices.update(vacuum, battery=battery_of(home, vacuum), booked=home.now)
    home.cleanings.save(Cleaning(device_id, home_room_id, home.now, minutes))
    return CleaningStarted(device_id, room.name, minutes, later(home.now, minutes=minutes), left)


@writes(idempotent=True)
def activate_scene(home: Home, scene_id: SceneId) -> SetTogether:
    """Set a scene's members that can be reached, and name the others with the reason, e.g. scene_id="SCN-48213"."""
    scene = scene_of(home, scene_id)
    return _set_together(home, scene.name, scene.members)


@writes
def create_scene(home: Home, name: NewName, home_room_id: RoomId) -> SceneRow:
    """Save how lights, plugs, blinds, speakers and thermostat of a room are set now, e.g. name="Study Focus"."""
    room = room_of(home, home_room_id)
    check_free(name, home.scenes)
    devices = [row for row in home.devices.where(home_room_id=home_room_id) if row.kind in CAPTURED]
    if not devices:
        raise ToolError(f"{room.name} has nothing that a scene could set")
    members = tuple(Member(row.device_id, setting_of(home, row)) for row in devices)
    return scene_row(home, home.scenes.add(Scene(home.new_id("SCN"), name, members)))


@writes
def create_automation(
    home: Home, name: NewName, device_id: DeviceId, scene_id: SceneId, minutes: HoldMinutes = 10
) -> AutomationRow:
    """Hold a scene for some minutes whenever a motion sensor senses motion or a door sensor an opened door."""
    sensor, scene = device_of(home, device_id, "motion_sensor", "door_sensor"), scene_of(home, scene_id)
    check_free(name, home.automations)
    check_holdable(home, scene)
    row = Automation(home.new_id("ATN"), name, sensor.device_id, "", scene_id, minutes, "enabled", home.now)
    return automation_row(home, home.automations.add(row))


@writes
def switch_automation(home: Home, automation_id: AutomationId, status: Running) -> AutomationRow:
    """Pause an automation, or enable it again from now on, e.g. status="paused"."""
    row = home.automations.get(automation_id)
    if row is None:
        raise ToolError(f"no automation {automation_id}")
    if row.status == status:
        raise ToolError(f"{row.name} is already {status}")
    book_all(home, [member.device_id for member in scene_of(home, row.scene_id).members])
    return automation_row(home, home.automations.update(row, status=status, since=home.now))


@writes
def add_device_schedule(
    home: Home, device_id: DeviceId, setting: SettingText, days: Days, starts: Clock, ends: Clock
) -> ScheduleRow:
    """Hold a device at a setting between two times from the next start on, without overlaps, e.g. setting="21.5"."""
    meant = setting_meant(device_of(home, device_id), setting)
    row = Schedule(home.new_id("DSC"), device_id, days, starts, ends, meant, home.now)
    check_schedule(home, row)
    return schedule_row(home, home.schedules.add(row))


@writes(destructive=True)
def remove_device_schedule(home: Home, schedule_id: ScheduleId) -> Removed:
    """Delete a schedule for good; its device goes back to its own setting, e.g. schedule_id="DSC-41188"."""
    row = home.schedules.get(schedule_id)
    if row is None:
        raise ToolError(f"no schedule {schedule_id}")
    book_all(home, [row.device_id])
    home.schedules.delete(schedule_id)
    return Removed(schedule_id)


@writes
def set_home_mode(home: Home, mode: Mode, code: Code) -> ModeSet:
    """Set the mode with the owner's code and run its automations; away needs every door closed, e.g. mode="night"."""
    owner = household(home)
    if code != owner.code:
        raise ToolError("wrong code for the home")
    if mode == owner.mode:
        raise ToolError(f"the home is already in {mode} mode")
    if mode == "away":
        check_doors_closed(home)
    home.households.update(owner, mode=mode)
    return _run(home, mode)


@writes
def update_device_firmware(home: Home, device_id: DeviceId) -> FirmwareUpdate:
    """Install the newest firmware on an online device; it takes 8 minutes and needs 30 percent of battery."""
    device = device_of(home, device_id)
    newest = home.models.find(device.model).latest_firmware
    check_updatable(home, device, newest)
    done = later(home.now, minutes=UPDATE_MINUTES)
    home.devices.update(device, firmware=newest, busy_until=done)
    return FirmwareUpdate(device_id, device.name, newest, done)


def _members(home: Home, group: Group) -> list[str]:
    devices = [home.devices.find(device_id) for device_id in group.device_ids]
    return [f"{row.name} ({room_name(home, row)})" for row in devices]


def _measured(home: Home, home_room_id: str | None, device_id: str | None) -> list[Device]:
    """The devices whose energy is meant."""
    room_id = home_room_id and room_of(home, home_room_id).home_room_id
    devices = list(home.devices) if device_id is None else [device_of(home, device_id)]
    found = [row for row in devices if row.watts and room_id in (None, row.home_room_id)]
    if device_id is not None and not found:
        raise ToolError(f"{devices[0].name} has no energy to add up" + (f" in {room_id}" if room_id else ""))
    return found


def _set_together(home: Home, name: str, members: Iterable[Member]) -> SetTogether:
    done, skipped = apply_together(home, members)
    if not done:
        raise ToolError(f"none of {name} can be set: {'; '.join(skipped)[:300]}")
    return SetTogether(name, done, skipped)


def _run(home: Home, mode: Mode) -> ModeSet:
    """Runs the automations of a mode, in order."""
    ran, skipped = [], []
    for row in home.automations.where(mode=mode, status="enabled"):
        skipped += apply_together(home, scene_of(home, row.scene_id).members)[1]
        ran.append(row.name)
    return ModeSet(mode, ran, skipped)
