"""Laws of the maps: distances, closures, addresses and saved places, tried through their tools."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from servers.maps.routes import network, reach, time_along
from servers.maps.streets import address_of
from servers.maps.traffic import BLOCKED
from servers.state import later, minutes_between
from tests.worlds.live import Live

MODES = ["foot", "bike", "car"]


class Region(Live):
    """The region of a seed, and a traveller who starts from home."""

    def __init__(self, seed: int):
        super().__init__("maps", seed)
        self.places = list(self.state.places)
        self.home = self.places[0]

    def lift_closures(self) -> None:
        for closure in list(self.state.closures):
            self.state.closures.delete(closure.closure_id)

    def some(self, count: int) -> list[Any]:
        """Places from all over the table."""
        return self.places[:: len(self.places) // count][:count]

    def way(self, start: Any, goal: Any, **options: Any) -> dict[str, Any]:
        return self("find_route", from_place_id=start.place_id, to_place_id=goal.place_id, **options)

    def no_way(self, start: Any, goal: Any, **options: Any) -> str:
        return self.refused("find_route", from_place_id=start.place_id, to_place_id=goal.place_id, **options)

    def road_of(self, place: Any) -> str:
        return self.state.segments.find(place.segment_id).road_id

    def kinds(self, name: str) -> set[str]:
        return {road.kind for road in self.state.roads if road.name == name}


@pytest.fixture(params=[0, 1, 2])
def region(request: pytest.FixtureRequest) -> Region:
    return Region(request.param)


@pytest.fixture
def calm(region: Region) -> Region:
    """A region without closures."""
    region.lift_closures()
    return region


def test_walking_a_detour_is_never_shorter(calm: Region):
    for a, b, c in permutations(calm.some(4), 3):
        direct = calm.way(a, c, mode="foot")
        assert direct["metres"] <= calm.way(a, b, mode="foot")["metres"] + calm.way(b, c, mode="foot")["metres"]
        assert direct["metres"] == calm.way(c, a, mode="foot")["metres"]


def test_a_route_is_as_long_as_its_legs_and_as_the_way_to_its_stop_and_on(calm: Region):
    a, b, c = calm.some(3)
    for mode in MODES:
        route = calm.way(a, c, mode=mode, via_place_id=b.place_id)
        assert route["metres"] == sum(leg["metres"] for leg in route["legs"])
        parts = [calm.way(a, b, mode=mode), calm.way(b, c, mode=mode)]
        assert route["metres"] == sum(part["metres"] for part in parts)
        assert route["minutes"] == pytest.approx(sum(part["minutes"] for part in parts), abs=0.11)
        assert 0 <= minutes_between(route["depart_at"], route["arrive_at"]) - route["minutes"] <= 1.05
        assert route["via"] == b.name


def test_no_street_is_a_shortcut_past_a_shortest_path(region: Region):
    for mode in MODES:
        net = network(region.state, mode, region.state.now)
        times = reach(region.state, net, region.home).times
        for key in times:
            for link in net.links[key]:
                other = link.end if link.start == key else link.start
                assert times[other] <= times[key] + time_along(net, link, key)


def test_everything_can_be_reached_while_nothing_is_closed(calm: Region):
    for mode in MODES:
        reached = calm("find_reachable_places", from_place_id=calm.home.place_id, minutes=120, mode=mode, limit=1)
        far = calm("compare_route_modes", from_place_id=calm.home.place_id, to_place_id=calm.places[-1].place_id)
        assert reached["total"] > 100 and len(far["options"]) == 3
        assert far["fastest"] == far["options"][0]["mode"]


def test_nobody_travels_where_their_mode_is_not_allowed(calm: Region):
    for goal in calm.some(6)[1:]:
        for mode, forbidden in (("foot", "motorway"), ("bike", "motorway"), ("car", "path")):
            for leg in calm.way(calm.home, goal, mode=mode)["legs"]:
                assert calm.kinds(leg["road"]) != {forbidden}


def test_a_closed_road_is_never_used(region: Region):
    closed = {row["road_id"] for row in region("search_roads", status="closed", limit=50)["roads"]}
    names = {}
    for road_id in closed:
        traffic = region("get_road_traffic", road_id=road_id)
        assert traffic["closed_until"] > region.state.now
        for mode in traffic["closed_for"]:
            names.setdefault(mode, set()).add(road_id)
    for mode, roads in names.items():
        net = network(region.state, mode, region.state.now)
        assert not roads & set(net.speeds)
        used = {link.road_id for links in net.links.values() for link in links}
        assert not roads & used


def test_a_reported_closure_changes_routes_until_it_is_over_or_withdrawn(calm: Region):
    start, goal = next(
        (calm.home, place) for place in calm.some(30)[1:] if len(calm.way(calm.home, place, mode="foot")["legs"]) > 4
    )
    before = calm.way(start, goal, mode="foot")
    roads = calm.state.roads.where(name=before["legs"][2]["road"])
    ends = {calm.road_of(start), calm.road_of(goal)}
    closed = [
        calm("report_road_closure", road_id=road.road_id, reason="flooding", hours=2)
        for road in roads
        if road.road_id not in ends
    ]
    around = calm.way(start, goal, mode="foot")
    assert before["legs"][2]["road"] not in {leg["road"] for leg in around["legs"]}
    assert around["metres"] >= before["metres"]
    later_on = later(closed[-1]["closed_until"], minutes=1)
    assert calm.way(start, goal, mode="foot", depart_at=later_on)["legs"] == before["legs"]
    for row in closed:
        calm("withdraw_road_closure", closure_id=row["closure_id"])
    assert calm.way(start, goal, mode="foot")["legs"] == before["legs"]


def test_a_closure_blocks_only_the_modes_of_its_reason(calm: Region):
    start, goal = calm.home, calm.places[-1]
    road_id = calm.road_of(goal)
    calm("report_road_closure", road_id=road_id, reason="roadworks", hours=2)
    assert "is closed until" in calm.no_way(start, goal, mode="car")
    assert "is closed until" in calm.no_way(goal, start, mode="car")
    calm.way(start, goal, mode="bike")
    assert calm("get_road_traffic", road_id=road_id)["closed_for"] == list(BLOCKED["roadworks"])


def test_only_own_running_closures_of_open_roads_can_be_reported_and_withdrawn(region: Region):
    closures = list(region.state.closures)
    city = next(row for row in closures if row.reported_by == "city")
    mine = next(row for row in closures if row.reported_by == "me")
    assert "reported by the city" in region.refused("withdraw_road_closure", closure_id=city.closure_id)
    assert "no closure" in region.refused("withdraw_road_closure", closure_id="CLS-1")
    assert "already closed" in region.refused("report_road_closure", road_id=mine.road_id, reason="accident", hours=1)
    path = next(road for road in region.state.roads if road.kind == "path")
    assert "without cars" in region.refused("report_road_closure", road_id=path.road_id, reason="accident", hours=1)
    assert "no road" in region.refused("get_road_traffic", road_id="WAY-1")
    region.wait(minutes_between(region.state.now, mine.ends))
    assert "ended at" in region.refused("withdraw_road_closure", closure_id=mine.closure_id)
    region("report_road_closure", road_id=mine.road_id, reason="accident", hours=1)


def test_a_flood_leaves_no_way_at_all(calm: Region):
    goal = calm.places[-1]
    calm("report_road_closure", road_id=calm.road_of(goal), reason="flooding", hours=5)
    ends = {"from_place_id": calm.home.place_id, "to_place_id": goal.place_id}
    assert "no way at all" in calm.refused("compare_route_modes", **ends)


def test_rush_hour_slows_cars_and_nobody_else(calm: Region):
    week = [later(calm.state.now, days=number)[:10] for number in range(1, 7)]
    workday = next(day for day in week if date.fromisoformat(day).weekday() < 5)
    a, b = calm.home, calm.places[-1]
    for mode in MODES:
        jam = calm.way(a, b, mode=mode, depart_at=f"{workday}T08:15")["minutes"]
        night = calm.way(a, b, mode=mode, depart_at=f"{workday}T22:15")["minutes"]
        assert jam > night if mode == "car" else jam == night


def test_a_route_can_avoid_motorways_and_bridges_at_a_price(calm: Region):
    for goal in calm.some(6)[1:]:
        free = calm.way(calm.home, goal)
        for avoid, kind in (("motorways", "motorway"), ("bridges", "bridge")):
            outcome = calm.host.call("test", "find_route", {
                "from_place_id": calm.home.place_id, "to_place_id": goal.place_id, "avoid": avoid
            })  # fmt: skip
            if outcome.ok:
                careful = calm.way(calm.home, goal, avoid=avoid)
                assert not any(calm.kinds(leg["road"]) == {kind} for leg in careful["legs"])
                assert careful["minutes"] >= free["minutes"]


def test_reverse_geocoding_inverts_geocoding(region: Region):
    roads = {road.road_id: road for road in region.state.roads}
    lined = [segment for segment in region.state.segments if segment.houses][::14]
    for segment in lined:
        for number in {segment.first_house, segment.first_house + segment.houses - 1}:
            address = address_of(roads[segment.road_id], number)
            found = region("locate_address", address=address)
            point = {"latitude": found["latitude"], "longitude": found["longitude"]}
            assert region("reverse_geocode_point", **point) == found
            assert found["address"] == address


def test_a_place_is_found_at_its_address_and_its_coordinates(region: Region):
    for place in region.some(20):
        found = region("locate_address", address=place.address)
        assert found["place_id"] == place.place_id
        details = region("get_place", place_id=place.place_id)
        assert (found["latitude"], found["longitude"]) == (details["latitude"], details["longitude"])
        assert found["road_id"] == details["road_id"]


def test_addresses_and_points_that_do_not_exist_are_refused(region: Region):
    street = next(road for road in region.state.roads if road.kind == "street")
    bridge = next(road for road in region.state.roads if road.kind == "bridge")
    known: dict[str, Any] = {}
    twins = next(road for road in region.state.roads if known.setdefault(road.name, road) is not road)
    cases = {
        "Mill Street": "is not an address",
        "9 Nowhere Street": "no road called",
        f"9999 {street.name}, {street.district}": "has houses 1 to",
        f"3 {bridge.name}, {bridge.district}": "has no houses",
        f"1 {twins.name}": "say in which district",
    }
    for address, reason in cases.items():
        assert reason in region.refused("locate_address", address=address)
    assert "no road of" in region.refused("reverse_geocode_point", latitude=0, longitude=0)


def test_a_matrix_of_a_list_agrees_with_the_routes_between_its_places(region: Region):
    lists = region("list_saved_places")["lists"]
    rows = region("list_saved_places", place_list=lists[1], limit=50)["saved_places"]
    matrix = region("get_travel_time_matrix", place_list=lists[1].upper(), mode="foot")
    assert matrix["places"] == [row["place"] for row in rows]
    for i, start in enumerate(rows):
        assert matrix["minutes"][i][i] == 0
        for j, goal in enumerate(rows):
            if i != j and matrix["minutes"][i][j] is not None:
                ends = {"from_place_id": start["place_id"], "to_place_id": goal["place_id"]}
                assert region("find_route", **ends, mode="foot")["minutes"] == matrix["minutes"][i][j]
    assert "there are" in region.refused("get_travel_time_matrix", place_list="Nothing like it")
    region("save_place", place_id=region.home.place_id, place_list="Alone")
    assert "only one place" in region.refused("get_travel_time_matrix", place_list="alone")


def test_what_is_reachable_is_what_a_route_takes_that_long_to(region: Region):
    found = region("find_reachable_places", from_place_id=region.home.place_id, minutes=20, mode="bike", limit=50)
    inside = {row["place_id"]: row["minutes"] for row in found["places"]}
    assert list(inside.values()) == sorted(inside.values()) and found["total"] >= len(inside)
    for place in region.some(16)[1:]:
        ends = {"from_place_id": region.home.place_id, "to_place_id": place.place_id}
        outcome = region.host.call("test", "find_route", {**ends, "mode": "bike"})
        if outcome.ok:
            minutes = region("find_route", **ends, mode="bike")["minutes"]
            assert inside.get(place.place_id, minutes) == minutes
            assert place.place_id not in inside or minutes <= 20
    cafes = region("find_reachable_places", from_place_id=region.home.place_id, minutes=60, category="cafe")
    assert {row["category"] for row in cafes["places"]} <= {"cafe"}


def test_a_departure_lies_within_the_coming_week(region: Region):
    a, b = region.home, region.places[-1]
    assert "not a date" in region.no_way(a, b, depart_at="2026-13-41T99:99")
    assert "in the past" in region.no_way(a, b, depart_at=later(region.state.now, minutes=-1))
    assert "too far ahead" in region.no_way(a, b, depart_at="9999-12-31T23:59")
    assert "both start and goal" in region.no_way(a, a)
    ends = {"from_place_id": a.place_id, "to_place_id": a.place_id}
    assert "both start and goal" in region.refused("compare_route_modes", **ends)
    assert "no place" in region.refused("get_place", place_id="POI-1")


def test_a_search_gives_the_nearest_or_the_best_that_fit(region: Region):
    near = region("search_places", category="cafe", near_place_id=region.home.place_id, limit=50)["places"]
    assert [row["metres"] for row in near] == sorted(row["metres"] for row in near)
    best = region("search_places", category="cafe", min_rating=4, limit=50)["places"]
    assert [row["rating"] for row in best] == sorted((row["rating"] for row in best), reverse=True)
    assert all(row["rating"] >= 4 for row in best)
    district = region.places[30].district
    assert region("search_places", district=district.upper())["total"] >= 1


def test_opening_hours_may_go_past_midnight(region: Region):
    bar = region.state.places.where(category="restaurant")[0]
    region.state.places.update(bar, opens="18:00", closes="02:00", closed_on=())
    tomorrow = later(region.state.now, days=1)[:10]
    for clock, is_open in (("17:59", False), ("18:00", True), ("23:59", True), ("01:59", True), ("02:00", False)):
        found = region("search_places", text=bar.name, category="restaurant", open_at=f"{tomorrow}T{clock}")["places"]
        assert (bar.place_id in {row["place_id"] for row in found}) == is_open


def test_a_list_holds_a_place_once_and_goes_with_its_last_place(region: Region):
    place = region.places[40]
    saved = region("save_place", place_id=place.place_id, place_list="Summer", label="Ice cream")
    assert region("list_saved_places", text="ice cream")["saved_places"] == [saved]
    assert "already on Summer" in region.refused("save_place", place_id=place.place_id, place_list="summer")
    region("remove_saved_place", saved_place_id=saved["saved_place_id"])
    assert "no saved place" in region.refused("remove_saved_place", saved_place_id=saved["saved_place_id"])
    assert "Summer" not in region("list_saved_places")["lists"]
    assert "no list Summer" in region.refused("list_saved_places", place_list="Summer")


def test_lists_and_their_number_are_limited(region: Region):
    for place in region.places[40:50]:
        region("save_place", place_id=place.place_id, place_list="Summer")
    assert "is full" in region.refused("save_place", place_id=region.home.place_id, place_list="Summer")
    for number in range(6):
        region("save_place", place_id=region.home.place_id, place_list=f"Trip {number}")
    assert "at most 12 lists" in region.refused("save_place", place_id=region.home.place_id, place_list="Trip 6")


def test_a_place_is_shared_with_one_contact_and_a_link_is_only_prolonged(region: Region):
    contact = next(iter(region.state.contacts))
    place_id = region.places[50].place_id
    first = region("share_place", place_id=place_id, recipient=contact.name.lower(), hours=48)
    assert first["recipient"] == contact.name
    again = region("share_place", place_id=place_id, recipient=contact.name, hours=1)
    assert again == first
    longer = region("share_place", place_id=place_id, recipient=contact.name, hours=72)
    assert longer["expires"] > first["expires"]
    assert len(region.state.shares.where(place_id=place_id, recipient=contact.name)) == 1
    assert "no contact called" in region.refused("share_place", place_id=place_id, recipient="Nobody Atall")
    assert "give the full name" in region.refused("share_place", place_id=place_id, recipient="a")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
