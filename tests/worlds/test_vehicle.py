"""Laws of the car: motion, charging, doors and logs, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.state import minutes_between
from servers.vehicle.motion import kwh_per_km
from tests.worlds.live import Live

DOORS = ["driver_door", "passenger_door", "rear_left_door", "rear_right_door", "trunk", "frunk"]


class Owner(Live):
    """The car of a seed, brought home: parked, off, unlocked, everything closed, battery at 60%."""

    def __init__(self, seed: int):
        super().__init__("vehicle", seed)
        self.home = next(row for row in self.state.destinations if row.category == "home")
        (self.model,) = self.state.cars
        for row in list(self.state.openings):
            self.state.openings.update(row, position="closed")
        (body,) = self.state.bodies
        self.state.bodies.update(body, locked=False, beam="auto")
        self.arrange(
            since=self.state.now, ignition="off", gear="park", speed_kmh=0, charging=False, limit_percent=80,
            charge_kwh=self.model.capacity_kwh * 0.6, x=self.home.x, y=self.home.y,
            place_id=self.home.destination_id, destination_id="",
        )  # fmt: skip

    def arrange(self, **changes: Any) -> None:
        (drive,) = self.state.drives
        self.state.drives.update(drive, **changes)

    @property
    def drive(self) -> dict[str, Any]:
        return self("get_car_status")["drive"]

    def goal(self, least_km: float = 12) -> dict[str, Any]:
        """The nearest saved destination that is at least so far away."""
        rows = self("find_destination", limit=50)["destinations"]
        return next(row for row in rows if row["kilometres"] >= least_km)

    def start(self, least_km: float = 12) -> dict[str, Any]:
        """Ignition on, a route chosen, gear drive."""
        goal = self.goal(least_km)
        self("switch_ignition", state="on")
        self("navigate_to_destination", destination_id=goal["destination_id"])
        self("shift_gear", gear="drive")
        return goal

    def go(self, speed_kmh: int = 60, least_km: float = 12) -> dict[str, Any]:
        goal = self.start(least_km)
        self("set_cruise_speed", speed_kmh=speed_kmh)
        return goal


@pytest.fixture(params=[0, 1, 2])
def owner(request: pytest.FixtureRequest) -> Owner:
    return Owner(request.param)


def test_distance_is_speed_times_time_and_costs_energy(owner: Owner):
    owner.go(60)
    before = owner.drive
    owner.wait(6)
    after = owner.drive
    assert after["odometer_km"] - before["odometer_km"] == pytest.approx(6, abs=0.11)
    assert before["kilometres_left"] - after["kilometres_left"] == pytest.approx(6, abs=0.11)
    used = (before["battery_percent"] - after["battery_percent"]) / 100 * owner.model.capacity_kwh
    assert used == pytest.approx(6 * kwh_per_km(60), abs=0.2)
    assert kwh_per_km(130) > kwh_per_km(90) > kwh_per_km(50)


def test_the_car_arrives_and_stops_by_itself(owner: Owner):
    goal = owner.go(90)
    left = owner.drive["minutes_left"]
    owner.wait(left + 30)
    arrived = owner.drive
    assert (arrived["speed_kmh"], arrived["location"], arrived["destination"]) == (0, goal["name"], "")
    assert "no route is active" in owner.refused("set_cruise_speed", speed_kmh=50)
    assert "already" in owner.refused("navigate_to_destination", destination_id=goal["destination_id"])


def test_an_empty_battery_stops_the_car_on_the_road(owner: Owner):
    owner.start()
    owner.arrange(charge_kwh=1.0)
    owner("set_cruise_speed", speed_kmh=100)
    owner.wait(60)
    stranded = owner.drive
    assert (stranded["battery_percent"], stranded["speed_kmh"], stranded["charger_kw"]) == (0, 0, 0)
    assert stranded["location"].startswith("on the road") and stranded["kilometres_left"] > 0
    assert "battery is empty" in owner.refused("set_cruise_speed", speed_kmh=50)
    owner("shift_gear", gear="park")
    owner("switch_ignition", state="off")
    assert "battery is empty" in owner.refused("switch_ignition", state="on")
    assert "the cabin needs" in owner.refused("set_cabin_temperature", celsius=22)
    assert "charge first" in owner.refused("navigate_to_destination", destination_id=owner.home.destination_id)


def test_the_trip_log_adds_up_to_the_odometer(owner: Owner):
    fresh = Live("vehicle", owner.state.base.seed)
    fresh_drive = fresh("get_car_status")["drive"]
    started_km = next(iter(fresh.state.drives)).started_km
    bought_km = started_km - fresh("search_trip_log")["kilometres"]
    assert bought_km == pytest.approx(round(bought_km), abs=0.05) and bought_km >= 14_000
    assert fresh_drive["odometer_km"] >= started_km - 0.1


def test_a_trip_ends_with_the_ignition_and_is_logged(owner: Owner):
    before, odometer = owner("search_trip_log"), owner.drive["odometer_km"]
    goal = owner.go(100)
    owner.wait(owner.drive["minutes_left"])
    owner("shift_gear", gear="park")
    ended = owner("switch_ignition", state="off")
    after = owner("search_trip_log")
    newest = after["trips"][0]
    assert newest["trip_id"] == ended["trip_id"] and newest["goal"] == goal["name"] and newest["start"] == "Home"
    assert newest["kilometres"] == pytest.approx(owner.drive["odometer_km"] - odometer, abs=0.11)
    assert after["kilometres"] == pytest.approx(before["kilometres"] + newest["kilometres"])
    assert owner("search_trip_log", destination_id=goal["destination_id"])["trips"][0] == newest
    owner("switch_ignition", state="on")
    assert owner("switch_ignition", state="off")["trip_id"] == ""


def test_trips_follow_one_another_in_time_and_place():
    for seed in range(8):
        trips = list(Live("vehicle", seed).state.trips)
        for one, two in zip(trips, trips[1:], strict=False):
            assert one.started < one.ended <= two.started and one.goal == two.start


def test_a_moving_car_does_not_open_unlock_or_change_its_driver(owner: Owner):
    owner.go(110, least_km=25)
    for door in DOORS:
        assert "only while the car stands" in owner.refused("move_car_opening", opening=door, position="open")
    owner("set_car_lock", state="locked")
    assert "only while the car stands" in owner.refused("set_car_lock", state="unlocked")
    cabin = owner("get_car_status", view="cabin")["cabin"]
    other = next(name for name in cabin["drivers"] if name != cabin["driver"])
    assert "only while the car stands" in owner.refused("switch_driver_profile", driver=other)
    assert "stays closed" in owner.refused("move_car_opening", opening="sunroof", position="open")
    owner("move_car_opening", opening="driver_window", position="half_open")
    owner("set_cruise_speed", speed_kmh=0)
    owner("switch_driver_profile", driver=other)
    assert "already the driver" in owner.refused("switch_driver_profile", driver=other)


def test_park_and_reverse_wait_until_the_car_stands(owner: Owner):
    owner.go(80)
    for gear in ("park", "reverse"):
        assert "at 80 km/h" in owner.refused("shift_gear", gear=gear)
    assert owner("shift_gear", gear="neutral")["speed_kmh"] == 0
    odometer = owner.drive["odometer_km"]
    owner.wait(30)
    assert owner.drive["odometer_km"] == odometer
    assert "the car is already in neutral" in owner.refused("shift_gear", gear="neutral")
    assert "cruising needs gear drive" in owner.refused("set_cruise_speed", speed_kmh=50)
    assert "shift to park first" in owner.refused("switch_ignition", state="off")
    owner("shift_gear", gear="park")
    owner("switch_ignition", state="off")
    assert "ignition is off" in owner.refused("shift_gear", gear="drive")


def test_nothing_starts_or_drives_with_an_open_door(owner: Owner):
    owner("move_car_opening", opening="driver_door", position="open")
    assert "driver door open" in owner.refused("switch_ignition", state="on")
    assert "driver door open" in owner.refused("set_car_lock", state="locked")
    owner("move_car_opening", opening="driver_door", position="closed")
    owner("move_car_opening", opening="trunk", position="open")
    owner("switch_ignition", state="on")
    assert "already on" in owner.refused("switch_ignition", state="on")
    assert "trunk open" in owner.refused("shift_gear", gear="drive")
    owner("move_car_opening", opening="trunk", position="closed")
    owner("navigate_to_destination", destination_id=owner.goal()["destination_id"])
    owner("shift_gear", gear="drive")
    owner("move_car_opening", opening="trunk", position="open")
    assert "trunk open" in owner.refused("set_cruise_speed", speed_kmh=50)


def test_cruising_needs_a_speed_it_can_hold(owner: Owner):
    owner.start()
    assert "already stands" in owner.refused("set_cruise_speed", speed_kmh=0)
    assert "20 to 130" in owner.refused("set_cruise_speed", speed_kmh=10)
    owner("set_cruise_speed", speed_kmh=50)
    assert "already goes 50" in owner.refused("set_cruise_speed", speed_kmh=50)


def test_doors_need_an_unlocked_car_and_know_no_half(owner: Owner):
    assert "open or closed" in owner.refused("move_car_opening", opening="trunk", position="half_open")
    assert "already closed" in owner.refused("move_car_opening", opening="trunk", position="closed")
    owner("set_car_lock", state="locked")
    assert "already locked" in owner.refused("set_car_lock", state="locked")
    assert "the car is locked" in owner.refused("move_car_opening", opening="trunk", position="open")
    assert owner("move_car_opening", opening="rear_left_window", position="half_open")["position"] == "half_open"
    assert owner.drive["not_closed"] == ["rear left window half open"]
    owner("set_car_lock", state="unlocked")
    owner("move_car_opening", opening="trunk", position="open")


def test_charging_takes_time_stops_at_the_limit_and_is_paid(owner: Owner):
    begun = owner("switch_charging", state="on", limit_percent=70)
    assert begun["kw"] == 11 and begun["kwh"] == 0
    assert "already charging" in owner.refused("switch_charging", state="on")
    minutes = minutes_between(owner.state.now, begun["ready_at"])
    owner.wait(minutes // 2)
    half = owner.drive["battery_percent"]
    assert begun["battery_percent"] < half < 70
    owner.wait(minutes * 3)
    assert owner.drive["battery_percent"] == 70
    ended = owner("switch_charging", state="off")
    assert ended["kwh"] == pytest.approx(owner.model.capacity_kwh * 0.1, abs=0.06)
    assert ended["cost"] == pytest.approx(ended["kwh"] * owner.model.home_price, abs=0.01)
    assert "not charging" in owner.refused("switch_charging", state="off")
    assert "the limit is 60%" in owner.refused("switch_charging", state="on", limit_percent=60)


def test_a_plugged_car_stays_in_park_and_only_a_parked_car_is_plugged(owner: Owner):
    owner("switch_ignition", state="on")
    owner("switch_charging", state="on")
    assert "charging cable" in owner.refused("shift_gear", gear="drive")
    owner("switch_charging", state="off")
    owner("shift_gear", gear="neutral")
    assert "charging needs gear park" in owner.refused("switch_charging", state="on")
    owner("shift_gear", gear="park")
    owner.arrange(place_id="")
    assert "no charger here" in owner.refused("switch_charging", state="on")


def test_a_station_without_a_free_plug_charges_nobody(owner: Owner):
    station = next(iter(owner.state.stations))
    owner.state.stations.update(station, demand=station.plugs * 20)
    owner.arrange(place_id=station.station_id, x=station.x, y=station.y)
    owner.wait(24 * 60 - minutes_between(f"{owner.state.today}T12:00", owner.state.now))
    assert owner.state.now[11:] == "12:00"
    assert "plugs of" in owner.refused("switch_charging", state="on")
    found = owner("find_charging_stations", name=station.name)["stations"]
    assert next(row for row in found if row["station_id"] == station.station_id)["free_plugs"] == 0
    owner.wait(12 * 60)
    charging = owner("switch_charging", state="on")
    assert charging["kw"] == min(station.kw, owner.model.most_kw) and charging["place"] == station.name


def test_stations_and_destinations_come_nearest_first(owner: Owner):
    for rows in (
        owner("find_destination", limit=50)["destinations"],
        owner("find_charging_stations", limit=50)["stations"],
        owner("find_charging_stations", near_destination_id=owner.goal()["destination_id"], min_kw=50)["stations"],
    ):
        assert [row["kilometres"] for row in rows] == sorted(row["kilometres"] for row in rows)
    assert "no destination" in owner.refused("find_charging_stations", near_destination_id="NAV-1")
    fast = owner("find_charging_stations", network="Voltara", min_kw=100, limit=50)["stations"]
    assert all(row["kw"] >= 100 and row["network"] == "Voltara" for row in fast)


def test_a_route_leads_to_one_place_within_range(owner: Owner):
    goal = owner.goal()
    started = owner("navigate_to_destination", destination_id=goal["destination_id"])
    assert started["kilometres"] == goal["kilometres"] and started["arrival_percent"] < 60
    assert "already leads to" in owner.refused("navigate_to_destination", destination_id=goal["destination_id"])
    assert "no destination" in owner.refused("navigate_to_destination", destination_id="NAV-1")
    station = owner("find_charging_stations")["stations"][0]
    assert owner("navigate_to_destination", destination_id=station["station_id"])["name"] == station["name"]


def test_lights_stay_on_in_the_dark_while_driving(owner: Owner):
    assert "already on auto" in owner.refused("set_car_lights", beam="auto")
    owner("set_car_lights", beam="off")
    assert "already off" in owner.refused("set_car_lights", beam="off")
    assert "needs the ignition on" in owner.refused("set_car_lights", beam="high")
    owner.wait(24 * 60 - minutes_between(f"{owner.state.today}T22:00", owner.state.now))
    owner.go(50)
    owner("set_car_lights", beam="low")
    assert "it is dark" in owner.refused("set_car_lights", beam="off")


def test_videos_play_only_in_park(owner: Owner):
    media = owner("get_car_status", view="media")["media"]
    owner("play_cabin_media", title=media["video"][0].lower())
    assert "already playing" in owner.refused("play_cabin_media", title=media["video"][0])
    owner("switch_ignition", state="on")
    owner("shift_gear", gear="neutral")
    assert "videos play in park" in owner.refused("play_cabin_media", title=media["video"][1])
    owner("play_cabin_media", title=media["radio"][0])
    assert "no title called" in owner.refused("play_cabin_media", title="Silence")
    assert "give the full name" in owner.refused("play_cabin_media", title="o")


def test_temperature_is_set_for_one_zone_or_all_in_halves(owner: Owner):
    everywhere = owner("set_cabin_temperature", celsius=21.3)
    assert everywhere["celsius"] == 21.5 and {zone["celsius"] for zone in everywhere["zones"]} == {21.5}
    rear = owner("set_cabin_temperature", celsius=19, zone="rear", seat_heat="high")["zones"]
    assert [(zone["celsius"], zone["seat_heat"] == "high") for zone in rear if zone["name"] == "rear"] == [(19, True)]
    assert {zone["celsius"] for zone in rear if zone["name"] != "rear"} == {21.5}


def test_a_place_is_saved_once_and_can_be_driven_to(owner: Owner):
    spot = {"name": "Dog beach", "category": "travel"}
    assert "saved already" in owner.refused("save_destination", **spot)
    owner.go(60, least_km=25)
    owner.wait(5)
    saved = owner("save_destination", **spot)
    assert "already saved" in owner.refused("save_destination", name="dog BEACH", category="travel")
    owner.wait(5)
    (found,) = owner("find_destination", name="Dog beach")["destinations"]
    assert found["destination_id"] == saved["destination_id"] and found["kilometres"] > 4
    assert owner("navigate_to_destination", destination_id=saved["destination_id"])["name"] == "Dog beach"
    owner("set_cruise_speed", speed_kmh=0)
    for number in range(60 - len(owner.state.destinations)):
        owner("save_destination", name=f"Spot {number}", category="travel")
    assert "at most 60" in owner.refused("save_destination", name="One more", category="travel")


def test_labels_of_old_trips_are_final(owner: Owner):
    newest, oldest = owner("search_trip_log")["trips"][0], next(iter(owner.state.trips))
    owner("label_trip_log_entry", trip_id=newest["trip_id"], purpose="business", note="client visit")
    labelled = owner("label_trip_log_entry", trip_id=newest["trip_id"], purpose="private")
    assert (labelled["purpose"], labelled["note"]) == ("private", "client visit")
    assert newest["trip_id"] in {row["trip_id"] for row in owner("search_trip_log", purpose="private")["trips"]}
    assert "older than 30 days" in owner.refused("label_trip_log_entry", trip_id=oldest.trip_id, purpose="private")
    assert "no trip" in owner.refused("label_trip_log_entry", trip_id="LOG-1", purpose="private")


def test_the_log_is_searched_by_driver_and_days(owner: Owner):
    trip = list(owner.state.trips)[100]
    day = trip.started[:10]
    found = owner("search_trip_log", driver=trip.driver, after=day, before=day, limit=50)
    assert trip.trip_id in {row["trip_id"] for row in found["trips"]}
    assert {row["started"][:10] for row in found["trips"]} == {day}
    assert found["kilometres"] == pytest.approx(sum(row["kilometres"] for row in found["trips"]))


def test_an_open_entry_is_acknowledged_once_and_a_critical_one_only_in_park(owner: Owner):
    entries = owner("search_service_log", status="open", limit=50)["entries"]
    owner.state.entries.update(owner.state.entries.find(entries[0]["entry_id"]), severity="critical", code="C1A32")
    owner("switch_ignition", state="on")
    owner("shift_gear", gear="neutral")
    assert "park first" in owner.refused("acknowledge_service_entry", entry_id=entries[0]["entry_id"])
    owner("shift_gear", gear="park")
    done = owner("acknowledge_service_entry", entry_id=entries[0]["entry_id"])
    assert done["still_open"] == len(entries) - 1
    assert "not open" in owner.refused("acknowledge_service_entry", entry_id=entries[0]["entry_id"])
    assert "no service entry" in owner.refused("acknowledge_service_entry", entry_id="GAR-1")


def test_entries_of_the_past_have_lower_odometer_readings_than_the_car(owner: Owner):
    rows = owner("search_service_log", limit=50)["entries"]
    for row in rows:
        past = row["date"] <= owner.state.today
        assert (0 < row["odometer_km"] <= owner.drive["odometer_km"]) == past
        assert past or (row["kind"], row["status"]) == ("reminder", "open")


def test_a_call_goes_to_one_person_on_a_number_they_have(owner: Owner):
    person = next(row for row in owner.state.contacts if "home" not in row.lines)
    call = owner("call_car_contact", contact=person.name.upper())
    assert (call["name"], call["line"]) == (person.name, person.lines[0])
    assert "has no home number" in owner.refused("call_car_contact", contact=person.name, line="home")
    assert "no contact called" in owner.refused("call_car_contact", contact="Nobody Atall")
    assert "give the full name" in owner.refused("call_car_contact", contact="a")


def test_a_worn_or_flat_tyre_is_reported(owner: Owner):
    tyre = next(iter(owner.state.tyres))
    for changes, verdict in (
        ({"bar": tyre.recommended_bar, "tread_mm": 5.0}, "fine"),
        ({"bar": 1.5}, "low pressure"),
        ({"tread_mm": 1.5}, "worn"),
    ):
        tyre = owner.state.tyres.update(tyre, **changes)
        rows = owner("get_car_status", view="tyres")["tyres"]
        assert next(row["verdict"] for row in rows if row["tyre"] == tyre.tyre) == verdict


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
