"""Laws of the smart home, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.iot_devices.drift import setting_of
from servers.iot_devices.records import Reading, Setting
from servers.iot_devices.seed import home_code_of, lock_code_of
from servers.state import later, minutes_between
from tests.worlds.live import Live


class House(Live):
    """The home of a seed, in home mode, every door closed and nothing held by schedules or automations."""

    def __init__(self, seed: int):
        super().__init__("iot_devices", seed)
        self.seed = seed
        for schedule in list(self.state.schedules):
            self.state.schedules.delete(schedule.schedule_id)
        for automation in self.state.automations:
            if automation.sensor_id:
                self.state.automations.update(automation, status="paused")
        for reading in [row for row in self.state.readings if row.at > self.state.now or self.is_door(row)]:
            self.state.readings.update(reading, value=0.0)
        (owner,) = self.state.households
        self.state.households.update(owner, mode="home")

    def is_door(self, reading: Any) -> bool:
        return self.state.devices.find(reading.device_id).kind == "door_sensor"

    def device(self, kind: str, **setting: Any) -> Any:
        """A device of a kind that answers, set to something."""
        device = next(row for row in self.state.devices.where(kind=kind) if not row.offline)
        full = {"battery": None} if device.battery is None else {"battery": 80.0}
        return self.state.devices.update(
            device, setting=Setting(**setting), changed=self.state.now, booked=self.state.now, **full
        )

    def setting(self, device: Any) -> dict[str, Any]:
        return self("get_device", device_id=device.device_id)["setting"]

    def settings(self) -> dict[str, Any]:
        return {row.device_id: setting_of(self.state, row) for row in self.state.devices}

    def room(self, device: Any) -> dict[str, Any]:
        rooms = self("list_home_rooms")["rooms"]
        return next(row for row in rooms if row["home_room_id"] == device.home_room_id)

    def mode(self, mode: str) -> dict[str, Any]:
        return self("set_home_mode", mode=mode, code=home_code_of(self.seed))

    def wait_until(self, moment: str) -> None:
        self.wait(minutes_between(self.state.now, moment))

    def notice(self, sensor: Any, value: float, minutes: int = 0) -> None:
        """Something that a sensor notices so many minutes from now."""
        at = later(self.state.now, minutes=minutes)
        self.state.readings.save(Reading(f"RDG-{sensor.device_id}-{at}", sensor.device_id, at, value))

    def sensor_scene(self) -> tuple[Any, Any, Any]:
        """A lamp that is off, a scene that lights it, a motion sensor: (lamp, scene, sensor)."""
        lamp = self.device("light", power="off", level=50)
        room = self.state.home_rooms.find(lamp.home_room_id)
        for speaker in self.state.devices.where(kind="speaker", home_room_id=room.home_room_id):
            other = next(row for row in self.state.home_rooms if row != room)
            self.state.devices.update(speaker, home_room_id=other.home_room_id)
        self("set_device_level", device_id=lamp.device_id, level=35)
        scene = self("create_scene", name="Test glow", home_room_id=room.home_room_id)
        self("switch_device", device_id=lamp.device_id, power="off")
        return lamp, scene, self.device("motion_sensor")


@pytest.fixture(params=[0, 1, 2])
def house(request: pytest.FixtureRequest) -> House:
    return House(request.param)


@pytest.mark.parametrize("climate, start, target", [("heat", 16.0, 21.5), ("cool", 27.0, 22.0)])
def test_a_room_moves_toward_its_setpoint_and_never_past_it(house: House, climate: str, start: float, target: float):
    thermostat = house.device("thermostat", target=20.0, climate="off")
    room = house.state.home_rooms.find(thermostat.home_room_id)
    house.state.home_rooms.update(room, temperature=start, booked=house.state.now)
    house("set_thermostat", device_id=thermostat.device_id, target=target, climate=climate)
    seen = []
    for _ in range(12):
        seen.append(house.room(thermostat)["temperature"])
        house.wait(20)
    low, high = sorted((start, target))
    assert seen == sorted(seen, reverse=climate == "cool") and low <= min(seen) and max(seen) <= high
    assert seen[0] != seen[1] and seen[-1] == target


def test_a_room_without_heating_drifts_to_its_ambient_warmth(house: House):
    heated = {row.home_room_id for row in house.state.devices.where(kind="thermostat")}
    for room in house.state.home_rooms:
        house.state.home_rooms.update(room, temperature=room.ambient + 3, booked=house.state.now)
    for device in house.state.devices.where(kind="thermostat"):
        house.state.devices.update(device, setting=Setting(target=25.0, climate="off"))
    house.wait(60)
    for room in house("list_home_rooms")["rooms"]:
        known = house.state.home_rooms.find(room["home_room_id"])
        assert known.ambient < room["temperature"] < known.ambient + 3
    house.wait(1_000)
    assert all(row["temperature"] == house.state.home_rooms.find(row["home_room_id"]).ambient
               for row in house("list_home_rooms")["rooms"]) and heated  # fmt: skip


def test_a_thermostat_turned_down_does_not_change_the_warmth_of_the_past(house: House):
    thermostat = house.device("thermostat", target=22.0, climate="heat")
    room = house.state.home_rooms.find(thermostat.home_room_id)
    house.state.home_rooms.update(room, temperature=17.0, booked=house.state.now)
    house.wait(40)
    before = house.room(thermostat)["temperature"]
    house("set_thermostat", device_id=thermostat.device_id, target=12.0)
    after = house.room(thermostat)["temperature"]
    assert before == 19.0 and abs(after - before) <= 0.1


def test_an_offline_device_refuses_whatever_is_asked(house: House):
    lamp, sensor, lock = house.device("light", power="on"), house.device("door_sensor"), house.device("lock")
    for device in (lamp, sensor):
        house.state.devices.update(device, offline="2025-01-01T10:00")
    house.state.devices.update(lock, battery=0.05, drain=80.0, setting=Setting(bolt="unlocked"))
    house.wait(5)
    for tool, extra in (("switch_device", {"power": "off"}), ("set_device_level", {"level": 5}),
                        ("update_device_firmware", {})):  # fmt: skip
        assert "offline since" in house.refused(tool, device_id=lamp.device_id, **extra)
    assert "offline since" in house.refused("read_sensor", device_id=sensor.device_id)
    assert "battery is empty" in house.refused("lock_home_door", device_id=lock.device_id)
    found = house("find_devices", condition="offline", limit=50)["devices"]
    assert {lamp.device_id, sensor.device_id, lock.device_id} <= {row["device_id"] for row in found}


def test_a_scene_sets_exactly_its_members(house: House):
    for scene in house.state.scenes:
        before = house.settings()
        try_all = [house.state.devices.find(member.device_id) for member in scene.members]
        if all(device.offline for device in try_all):
            assert "none of" in house.refused("activate_scene", scene_id=scene.scene_id)
            continue
        result = house("activate_scene", scene_id=scene.scene_id)
        wanted = {member.device_id: member.setting for member in scene.members}
        skipped = {device.device_id for device in try_all if any(device.name in text for text in result["skipped"])}
        for device_id, setting in house.settings().items():
            if device_id in wanted and device_id not in skipped:
                parts = {name: getattr(wanted[device_id], name) for name in setting.__struct_fields__}
                assert all(getattr(setting, name) == value for name, value in parts.items() if value is not None)
            else:
                assert setting == before[device_id]
        assert len(result["set"]) + len(result["skipped"]) == len(scene.members)


def test_a_saved_scene_brings_a_room_back_to_how_it_was(house: House):
    room = house.room(house.device("light", power="on", level=30))
    devices = house.state.devices.where(home_room_id=room["home_room_id"])
    for device in devices:
        house.state.devices.update(device, offline="")
    before = house.settings()
    scene = house("create_scene", name="As it was", home_room_id=room["home_room_id"])
    for device in devices:
        if device.kind == "light":
            house("set_device_level", device_id=device.device_id, level=99)
    house("activate_scene", scene_id=scene["scene_id"])
    assert house.settings() == before


def test_a_group_is_switched_as_far_as_it_can_be_reached(house: House):
    group = next(row for row in house("list_device_groups")["groups"] if row["name"] == "Downstairs Lights")
    ids = house.state.groups.find(group["group_id"]).device_ids
    house.state.devices.update(house.state.devices.find(ids[0]), offline="2025-01-01T10:00")
    result = house("switch_device_group", group_id=group["group_id"], power="on")
    assert len(result["set"]) + len(result["skipped"]) == len(ids) == len(group["members"]) and result["skipped"]
    for device_id in ids:
        house.state.devices.update(house.state.devices.find(device_id), offline="2025-01-01T10:00")
    assert "none of" in house.refused("switch_device_group", group_id=group["group_id"], power="off")


def test_schedules_never_overlap_on_one_device(house: House):
    lamp = house.device("light", power="off", level=10)
    plan = {"device_id": lamp.device_id, "setting": "40", "days": "weekdays"}
    first = house("add_device_schedule", **plan, starts="18:00", ends="20:00")
    for starts, ends in (("17:00", "18:01"), ("19:59", "21:00"), ("18:30", "19:00"), ("10:00", "23:00")):
        for days in ("weekdays", "every_day"):
            refusal = house.refused("add_device_schedule", **plan | {"days": days}, starts=starts, ends=ends)
            assert first["schedule_id"] in refusal
    house("add_device_schedule", **plan | {"days": "weekends"}, starts="18:00", ends="20:00")
    house("add_device_schedule", **plan | {"days": "every_day"}, starts="20:00", ends="21:00")
    assert "ends later" in house.refused("add_device_schedule", **plan, starts="09:00", ends="09:00")
    for seed in range(10):
        rows = sorted(Live("iot_devices", seed).state.schedules, key=lambda row: (row.device_id, row.starts))
        assert all(a.device_id != b.device_id or a.ends <= b.starts for a, b in zip(rows, rows[1:], strict=False))


def test_a_schedule_holds_its_device_until_it_ends_or_a_hand_changes_it(house: House):
    lamp = house.device("light", power="off", level=10)
    tomorrow = later(house.state.now, days=1)[:10]
    house("add_device_schedule", device_id=lamp.device_id, setting="40", days="every_day", starts="06:00", ends="08:00")
    seen = {}
    for clock in ("05:59", "06:00", "07:59", "08:00"):
        house.wait_until(f"{tomorrow}T{clock}")
        seen[clock] = house.setting(lamp)
    off, held = {"power": "off", "level": 10}, {"power": "on", "level": 40}
    assert seen == {"05:59": off, "06:00": held, "07:59": held, "08:00": off}
    house.wait_until(f"{later(house.state.now, days=1)[:10]}T06:30")
    house("switch_device", device_id=lamp.device_id, power="off")
    assert house.setting(lamp) == {"power": "off", "level": 40}

    house("remove_device_schedule", schedule_id=house("list_device_schedules")["schedules"][0]["schedule_id"])
    assert house("list_device_schedules", device_id=lamp.device_id)["total"] == 0


def test_a_schedule_only_sets_what_its_device_can_do(house: House):
    lamp, plug = house.device("light", power="off", level=10), house.device("plug", power="off")
    blind, thermostat = house.device("blind", level=0), house.device("thermostat", target=20.0, climate="heat")
    hours = {"days": "weekends", "starts": "06:00", "ends": "07:00"}
    wrong = {lamp: ("0", "101", "21.5"), plug: ("40",), blind: ("on", "101"), thermostat: ("off", "31", "20.3")}
    for device, setting in [(device, setting) for device, settings in wrong.items() for setting in settings]:
        refusal = house.refused("add_device_schedule", device_id=device.device_id, setting=setting, **hours)
        assert f"{setting} does not fit {device.name}" in refusal
    lock = house.device("lock", bolt="locked")
    assert "schedules set light" in house.refused(
        "add_device_schedule", device_id=lock.device_id, setting="on", **hours
    )
    right = [(plug, "on", {"power": "on"}), (blind, "0", {"level": 0}), (lamp, "off", {"power": "off"})]
    for device, setting, meant in [*right, (thermostat, "20.5", {"target": 20.5})]:
        added = house("add_device_schedule", device_id=device.device_id, setting=setting, **hours)
        assert added["setting"] == meant


def test_motion_holds_a_scene_for_its_minutes_and_then_lets_go(house: House):
    lamp, scene, sensor = house.sensor_scene()
    made = house("create_automation", name="Try", device_id=sensor.device_id, scene_id=scene["scene_id"], minutes=7)
    house.notice(sensor, 1.0, minutes=10)
    seen = []
    for _ in range(20):
        house.wait(1)
        seen.append(house.setting(lamp)["power"])
    assert seen == ["off"] * 9 + ["on"] * 7 + ["off"] * 4
    house.notice(sensor, 1.0)
    house.wait(1)
    assert house("get_device", device_id=lamp.device_id)["held_by"] == f"automation {made['automation_id']}"
    house("switch_device", device_id=lamp.device_id, power="off")
    assert house.setting(lamp)["power"] == "off"


def test_a_paused_automation_holds_nothing_and_keeps_the_energy_of_the_past(house: House):
    lamp, scene, sensor = house.sensor_scene()
    made = house("create_automation", name="Try", device_id=sensor.device_id, scene_id=scene["scene_id"], minutes=60)
    house.notice(sensor, 1.0, minutes=1)
    house.wait(31)
    used = house("get_energy_use", device_id=lamp.device_id, before=later(house.state.now, days=1)[:10])
    assert house.setting(lamp)["power"] == "on"
    paused = house("switch_automation", automation_id=made["automation_id"], status="paused")
    assert paused["status"] == "paused" and house.setting(lamp)["power"] == "off"
    after = house("get_energy_use", device_id=lamp.device_id, before=later(house.state.now, days=1)[:10])
    assert after["total_kwh"] == pytest.approx(used["total_kwh"], abs=0.0011)
    assert "already paused" in house.refused("switch_automation", automation_id=made["automation_id"], status="paused")


def test_sensors_hold_only_harmless_scenes(house: House):
    _, scene, sensor = house.sensor_scene()
    locking = next(row for row in house.state.scenes if row.name == "Leaving Home")
    refusal = house.refused("create_automation", name="Trap", device_id=sensor.device_id, scene_id=locking.scene_id)
    assert "sensors hold only" in refusal
    meter = house.device("power_meter")
    arguments = {"name": "Trap", "device_id": meter.device_id, "scene_id": scene["scene_id"]}
    assert "not a motion sensor" in house.refused("create_automation", **arguments)


def test_energy_adds_up_over_rooms_devices_and_hours(house: House):
    week = {"after": later(house.state.now, days=-6)[:10], "before": later(house.state.now, days=1)[:10]}
    everything = house("get_energy_use", **week)
    rooms = [row["home_room_id"] for row in house("list_home_rooms")["rooms"]]
    by_room = [house("get_energy_use", home_room_id=room, **week)["total_kwh"] for room in rooms]
    by_device = [
        house("get_energy_use", device_id=row.device_id, **week)["total_kwh"]
        for row in house.state.devices
        if row.watts
    ]
    shown = sum(row["kwh"] for row in everything["largest"]) + everything["others_kwh"]
    assert (
        everything["total_kwh"] == pytest.approx(sum(by_room)) == pytest.approx(sum(by_device)) == pytest.approx(shown)
    )


def test_a_device_uses_its_watts_for_as_long_as_it_is_on(house: House):
    plug = house.device("plug", power="off")
    until = {"device_id": plug.device_id, "before": later(house.state.now, days=2)[:10]}
    house.state.devices.update(plug, watts=600.0)
    house.wait(300)
    before = house("get_energy_use", **until)["total_kwh"]
    house("switch_device", device_id=plug.device_id, power="on")
    house.wait(99)
    house("switch_device", device_id=plug.device_id, power="off")
    house.wait(300)
    assert house("get_energy_use", **until)["total_kwh"] == pytest.approx(before + 1.0, abs=0.0011)
    lock = house.device("lock", bolt="locked")
    assert "no energy" in house.refused("get_energy_use", device_id=lock.device_id)
    assert "must not be earlier" in house.refused("get_energy_use", after="2025-03-02", before="2025-03-01")


def test_the_main_meter_shows_what_all_meters_and_devices_draw(house: House):
    meter = next(row for row in house.state.devices if row.covers == "home")
    house.state.devices.update(meter, offline="")
    plug = house.device("plug", power="off")
    house.state.devices.update(plug, watts=450.0)
    before = house("read_sensor", device_id=meter.device_id)["value"]
    house("switch_device", device_id=plug.device_id, power="on")
    assert house("read_sensor", device_id=meter.device_id)["value"] == pytest.approx(before + 450)


def test_a_lock_opens_only_with_its_own_code(house: House):
    first, second = house.state.devices.where(kind="lock")[:2]
    for lock in (first, second):
        house.state.devices.update(lock, setting=Setting(bolt="locked"), battery=80.0)
    codes = [lock_code_of(house.seed, lock.device_id) for lock in (first, second)]
    wrong = f"{(int(codes[0]) + 1) % 10_000:04d}"
    for code in {wrong, codes[1]} - {codes[0]}:
        assert "wrong code" in house.refused("unlock_home_door", device_id=first.device_id, code=code)
    assert house("unlock_home_door", device_id=first.device_id, code=codes[0])["setting"] == {"bolt": "unlocked"}
    assert "already unlocked" in house.refused("unlock_home_door", device_id=first.device_id, code=codes[0])
    assert house("lock_home_door", device_id=first.device_id)["setting"] == {"bolt": "locked"}


def test_an_open_door_is_neither_locked_nor_left_alone(house: House):
    lock = house.device("lock", bolt="unlocked")
    (sensor,) = house.state.devices.where(covers=lock.covers, kind="door_sensor")
    house.notice(sensor, 1.0)
    assert f"{lock.covers} is open" in house.refused("lock_home_door", device_id=lock.device_id)
    assert "is open" in house.refused("set_home_mode", mode="away", code=home_code_of(house.seed))
    house.wait(1)
    house.notice(sensor, 0.0)
    house("lock_home_door", device_id=lock.device_id)
    house.mode("away")


def test_away_mode_keeps_doors_locked_cameras_on_and_speakers_off(house: House):
    speaker, camera = house.device("speaker", power="off", level=10), house.device("camera", power="on")
    house.mode("away")
    lock = house.device("lock", bolt="locked")
    assert "away mode" in house.refused("switch_device", device_id=speaker.device_id, power="on")
    assert "away mode" in house.refused("switch_device", device_id=camera.device_id, power="off")
    code = lock_code_of(house.seed, lock.device_id)
    assert "away mode" in house.refused("unlock_home_door", device_id=lock.device_id, code=code)
    assert "already in away" in house.refused("set_home_mode", mode="away", code=home_code_of(house.seed))
    wrong = f"{(int(home_code_of(house.seed)) + 1) % 10_000:04d}"
    assert "wrong code" in house.refused("set_home_mode", mode="home", code=wrong)
    house.mode("home")
    house("unlock_home_door", device_id=lock.device_id, code=code)


def test_a_quiet_night_caps_the_volume_and_keeps_vacuums_docked(house: House):
    speaker, vacuum = house.device("speaker", power="on", level=10), house.device("vacuum")
    room = vacuum.home_room_id
    house.mode("night")
    assert "at most 30" in house.refused("set_device_level", device_id=speaker.device_id, level=31)
    assert "night mode" in house.refused("start_vacuum", device_id=vacuum.device_id, home_room_id=room)
    house("set_device_level", device_id=speaker.device_id, level=30)


def test_a_mode_runs_its_enabled_automations(house: House):
    automation = next(row for row in house.state.automations if row.mode == "away")
    house.state.automations.update(automation, status="enabled")
    locks = house.state.devices.where(kind="lock")
    for lock in locks:
        house.state.devices.update(lock, setting=Setting(bolt="unlocked"), battery=80.0)
    assert house.mode("away")["ran"] == [automation.name]
    assert all(house.setting(lock) == {"bolt": "locked"} for lock in locks)
    house.mode("home")
    house("switch_automation", automation_id=automation.automation_id, status="paused")
    assert house.mode("away")["ran"] == []


def test_a_vacuum_drains_while_it_cleans_and_charges_in_its_dock(house: House):
    vacuum = house.device("vacuum")
    for cleaning in list(house.state.cleanings):
        house.state.cleanings.delete(cleaning.device_id)
    started = house("start_vacuum", device_id=vacuum.device_id, home_room_id=vacuum.home_room_id)
    again = {"device_id": vacuum.device_id, "home_room_id": vacuum.home_room_id}
    assert "still cleaning" in house.refused("start_vacuum", **again)
    assert "is cleaning" in house.refused("update_device_firmware", device_id=_outdated(house, vacuum))
    levels = []
    while house.state.now < started["done"]:
        levels.append(house("get_device", device_id=vacuum.device_id)["battery"])
        house.wait(1)
    assert levels == sorted(levels, reverse=True) and started["battery"] == pytest.approx(80 - 0.8 * started["minutes"])
    assert house("get_device", device_id=vacuum.device_id)["battery"] == started["battery"]
    house.wait(10)
    docked = house("get_device", device_id=vacuum.device_id)
    assert docked["doing"] == "docked" and docked["battery"] == pytest.approx(started["battery"] + 10)


def _outdated(house: House, device: Any) -> str:
    house.state.devices.update(house.state.devices.find(device.device_id), firmware="0.1")
    return device.device_id


def test_a_vacuum_needs_battery_and_stays_on_its_floor(house: House):
    vacuum = house.device("vacuum")
    floor = house.state.home_rooms.find(vacuum.home_room_id).floor
    other = next(row for row in house.state.home_rooms if row.floor != floor)
    for cleaning in list(house.state.cleanings):
        house.state.cleanings.delete(cleaning.device_id)
    refusal = house.refused("start_vacuum", device_id=vacuum.device_id, home_room_id=other.home_room_id)
    assert f"cleans floor {floor}" in refusal
    house.state.devices.update(vacuum, battery=11.0)
    refusal = house.refused("start_vacuum", device_id=vacuum.device_id, home_room_id=vacuum.home_room_id)
    assert "11.0 percent of battery" in refusal
    house.state.devices.update(vacuum, offline="2025-01-01T10:00")
    refusal = house.refused("start_vacuum", device_id=vacuum.device_id, home_room_id=vacuum.home_room_id)
    assert "offline" in refusal


def test_batteries_only_drain(house: House):
    powered = [row.device_id for row in house.state.devices if row.battery is not None and row.kind != "vacuum"]
    levels = []
    for _ in range(4):
        levels.append([house("get_device", device_id=device_id)["battery"] for device_id in powered])
        house.wait(3_000)
    assert all(a >= b >= 0 for before, after in zip(levels, levels[1:], strict=False)
               for a, b in zip(before, after, strict=True)) and levels[0] != levels[-1]  # fmt: skip


def test_a_firmware_update_takes_eight_minutes_in_which_the_device_is_busy(house: House):
    lamp = house.device("light", power="off", level=50)
    update = house("update_device_firmware", device_id=_outdated(house, lamp))
    assert "updating its firmware until" in house.refused("switch_device", device_id=lamp.device_id, power="on")
    assert "updating" in house.refused("update_device_firmware", device_id=lamp.device_id)
    house.wait_until(update["done"])
    house("switch_device", device_id=lamp.device_id, power="on")
    assert "already has the newest" in house.refused("update_device_firmware", device_id=lamp.device_id)
    blind = house.device("blind", level=0)
    house.state.devices.update(house.state.devices.find(_outdated(house, blind)), battery=29.0)
    assert "needs 30" in house.refused("update_device_firmware", device_id=blind.device_id)


def test_a_sensor_tells_now_what_its_history_tells_first(house: House):
    for kind in ("temperature_sensor", "humidity_sensor", "power_meter"):
        sensor = house.device(kind)
        reading = house("read_sensor", device_id=sensor.device_id)
        history = house("get_sensor_history", device_id=sensor.device_id)
        assert history["readings"][0] == {"at": house.state.now, "value": reading["value"]}
        assert history["lowest"] <= reading["value"] <= history["highest"]
    motion, door = house.device("motion_sensor"), house.device("door_sensor")
    house.notice(motion, 1.0)
    house.wait(4)
    assert house("read_sensor", device_id=motion.device_id)["value"] == 4
    house.notice(door, 1.0)
    assert house("read_sensor", device_id=door.device_id)["text"] == f"open since {house.state.now}"


def test_names_are_given_once(house: House):
    _, scene, sensor = house.sensor_scene()
    room = next(iter(house.state.home_rooms))
    assert "already taken" in house.refused("create_scene", name="test GLOW", home_room_id=room.home_room_id)
    known = next(iter(house.state.automations)).name
    arguments = {"name": known, "device_id": sensor.device_id, "scene_id": scene["scene_id"]}
    assert "already taken" in house.refused("create_automation", **arguments)
    for device in house.state.devices.where(home_room_id=room.home_room_id):
        house.state.devices.delete(device.device_id)
    assert "nothing that a scene could set" in house.refused(
        "create_scene", name="Bare", home_room_id=room.home_room_id
    )


def test_a_tool_refuses_devices_of_another_kind_and_what_does_not_exist(house: House):
    lock, lamp = house.device("lock", bolt="locked"), house.device("light", power="on")
    assert "not a light, plug, speaker or camera" in house.refused(
        "switch_device", device_id=lock.device_id, power="on"
    )
    assert "is a light, not a sensor" in house.refused("read_sensor", device_id=lamp.device_id)
    assert "not a thermostat" in house.refused("set_thermostat", device_id=lamp.device_id, target=20)
    thermostat = house.device("thermostat", target=20.0, climate="heat")
    assert "step of 0.5" in house.refused("set_thermostat", device_id=thermostat.device_id, target=20.3)
    for tool, field, extra in (
        ("get_device", "device_id", {}), ("find_devices", "home_room_id", {}), ("activate_scene", "scene_id", {}),
        ("switch_device_group", "group_id", {"power": "on"}), ("remove_device_schedule", "schedule_id", {}),
        ("switch_automation", "automation_id", {"status": "paused"}),
    ):  # fmt: skip
        assert "XXX-1" in house.refused(tool, **{field: "XXX-1"}, **extra)


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
