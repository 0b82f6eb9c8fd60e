"""What a traveller would ask of these maps now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from servers.maps.material import LABELS, NEW_LABELS, NEW_LISTS, TRADES
from servers.maps.tools import MOST_IN_LIST, MOST_LISTS
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
TRIES = 8
HOURS = [2, 3, 4, 6, 8, 12, 24, 48]
REASONS = ["roadworks", "accident", "street_festival", "fallen_tree", "flooding"]


def search_places(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"text": _any_place(look)["name"]}
    category = look.choose(TRADES)
    kind = look.rng.randrange(4)
    if kind == 0:
        return {"category": category, "near_place_id": _place(look)}
    if kind == 1:
        return {"category": category, "min_rating": look.choose([3.5, 4.0, 4.2, 4.5])}
    if kind == 2:
        return {"category": category, "open_at": _moment(look)}
    return {"category": category, "district": look.choose(_roads(look))["district"]}


def get_place(look: Look) -> Arguments:
    return {"place_id": _place(look)}


def locate_address(look: Look) -> Arguments:
    known = look.recall("place")
    if known and look.chance(0.5) and (place := look("get_place", place_id=known.id)):
        return {"address": place["address"]}
    return {"address": _any_place(look)["address"]}


def reverse_geocode_point(look: Look) -> Arguments:
    place = look("get_place", place_id=_any_place(look)["place_id"])
    return {"latitude": place["latitude"], "longitude": place["longitude"]}


def find_route(look: Look) -> Arguments:
    """Whatever part of the options is said, the route must exist."""
    for _ in range(TRIES):
        start, goal = _pair(look)
        options = _options(look, start, goal)
        if all(_is_route(look, start, goal, chosen) for chosen in _subsets(options)):
            return {"from_place_id": start, "to_place_id": goal, **options}
    raise NothingToAsk


def compare_route_modes(look: Look) -> Arguments:
    start, goal = _pair(look)
    if not look("compare_route_modes", from_place_id=start.id, to_place_id=goal.id):
        raise NothingToAsk
    return {"from_place_id": start, "to_place_id": goal}


def get_travel_time_matrix(look: Look) -> Arguments:
    sizes = _list_sizes(look)
    name = look.choose(name for name, size in sizes.items() if size > 1)
    return {"place_list": name, "mode": look.choose(["foot", "bike", "car"])}


def find_reachable_places(look: Look) -> Arguments:
    arguments = {"minutes": look.choose([10, 15, 20, 25, 30, 45]), "mode": look.choose(["foot", "bike", "car"])}
    if look.chance(0.5):
        arguments["category"] = look.choose(TRADES)
    return {"from_place_id": _place(look), **arguments}


def search_roads(look: Look) -> Arguments:
    road = look.choose(_roads(look))
    if look.chance(0.5):
        return {"name": road["name"]}
    status = look.choose(["open", "closed"])
    found = look("search_roads", district=road["district"], status=status)["total"]
    return {"district": road["district"], "status": status if found else "open"}


def get_road_traffic(look: Look) -> Arguments:
    return {"road_id": _road(look), "at": _moment(look)}


def report_road_closure(look: Look) -> Arguments:
    road = _road(look, lambda traffic: traffic["closure_id"] == "" and traffic["kind"] != "path")
    return {"road_id": road, "reason": look.choose(REASONS), "hours": look.choose(HOURS)}


def withdraw_road_closure(look: Look) -> Arguments:
    return {"closure_id": _closure(look)}


def save_place(look: Look) -> Arguments:
    sizes = _list_sizes(look)
    with_room = [name for name, size in sizes.items() if size < MOST_IN_LIST]
    fresh = [name for name in NEW_LISTS if name not in sizes] if len(sizes) < MOST_LISTS else []
    name = look.choose(fresh if fresh and look.chance(0.35) else with_room)
    there = {row["place_id"] for row in look("list_saved_places", place_list=name, limit=50).get("saved_places", ())}
    place = _place(look, other_than=there)
    labels = LABELS.get(place.row.get("category", ""), NEW_LABELS)
    return {"place_id": place, "place_list": name, "label": look.choose(labels)}


def list_saved_places(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"text": look.choose(_saved(look))["label"]}
    return {"place_list": look.choose(_list_sizes(look))} if look.chance(0.8) else {}


def remove_saved_place(look: Look) -> Arguments:
    return {"saved_place_id": _saved_place(look)}


def share_place(look: Look) -> Arguments:
    homes = look("search_places", text="Home of", category="residence", limit=50)["places"]
    recipient = look.choose(homes)["name"].removeprefix("Home of ")
    return {"place_id": _place(look), "recipient": recipient, "hours": look.choose(HOURS)}


def _any_place(look: Look) -> Arguments:
    return look.choose(look("search_places", category=look.choose(TRADES), limit=50)["places"])


def _place(look: Look, other_than: set[str] | frozenset[str] = frozenset()) -> Reference:
    """A place: by id, by name, by its address, by the label it is saved under, or as the nearest of its kind."""
    known = look.recall("place")
    if known and known.id and known.id not in other_than:
        return known
    for _ in range(TRIES):
        row = _any_place(look)
        if row["place_id"] in other_than:
            continue
        named = look.choose([_by_id, _by_name, _by_name, _by_name, _by_address, _by_label, _as_nearest])
        reference = named(look, row)
        if reference and reference.id not in other_than:
            return reference
    raise NothingToAsk


def _by_id(look: Look, row: Arguments) -> Reference:
    return Reference("place", row["place_id"], (f"place {row['place_id']}", row["place_id"]), row=row)


def _by_name(look: Look, row: Arguments) -> Reference | None:
    """By its name alone, or with its district if others are called like it."""
    district = row["address"].split(", ")[1]
    if look("search_places", text=row["name"])["total"] == 1:
        search, says = {"text": row["name"]}, (row["name"],)
    elif look("search_places", text=row["name"], district=district)["total"] == 1:
        search, says = {"text": row["name"], "district": district}, (f"the {row['name']} in {district}",)
    else:
        return None
    return Reference("place", row["place_id"], says, (Lookup("search_places", search),), "place_id", row)


def _by_address(look: Look, row: Arguments) -> Reference:
    kind, address = row["category"].replace("_", " "), row["address"]
    path = (Lookup("locate_address", {"address": address}),)
    return Reference("place", row["place_id"], (f"the {kind} at {address}",), path, "place_id", row)


def _by_label(look: Look, row: Arguments) -> Reference | None:
    """One of the saved places instead of this one."""
    saved = look.choose(_saved(look))
    if look("list_saved_places", text=saved["label"])["total"] != 1:
        return None
    says = (f"my saved place {saved['label']}", f"{saved['label']} from my saved places")
    path = (Lookup("list_saved_places", {"text": saved["label"]}),)
    return Reference("place", saved["place_id"], says, path, "place_id", saved)


def _as_nearest(look: Look, row: Arguments) -> Reference | None:
    """The nearest of a kind to this one: found this one, then what is near it."""
    category = look.choose(TRADES)
    if look("search_places", text=row["name"])["total"] != 1:
        return None
    near = {"category": category, "near_place_id": row["place_id"]}
    nearest = look("search_places", **near)["places"][0]
    path = (Lookup("search_places", {"text": row["name"]}), Lookup("search_places", near))
    kind = category.replace("_", " ")
    says = (f"the {kind} nearest to {row['name']}", f"the closest {kind} to {row['name']}")
    return Reference("place", nearest["place_id"], says, path, "place_id", nearest)


def _pair(look: Look) -> tuple[Reference, Reference]:
    """Two different places, in either order."""
    one = _place(look)
    two = _place(look, other_than={one.id or ""})
    return (one, two) if look.chance(0.5) else (two, one)


def _options(look: Look, start: Reference, goal: Reference) -> Arguments:
    mode = {"mode": look.choose(["foot", "bike", "car"])}
    kind = look.rng.randrange(5)
    if kind == 0:
        return mode | {"via_place_id": _place(look, other_than={start.id or "", goal.id or ""})}
    if kind == 1:
        return mode | {"depart_at": _moment(look)}
    if kind == 2:
        return {"avoid": look.choose(["motorways", "bridges"])}
    return mode


def _is_route(look: Look, start: Reference, goal: Reference, options: Arguments) -> bool:
    plain = {name: value.id if isinstance(value, Reference) else value for name, value in options.items()}
    return bool(look("find_route", from_place_id=start.id, to_place_id=goal.id, **plain))


def _subsets(options: Arguments) -> Iterator[Arguments]:
    for chosen in range(2 ** len(options)):
        yield {name: value for number, (name, value) in enumerate(options.items()) if chosen >> number & 1}


def _moment(look: Look) -> str:
    """A quarter of an hour of the next six days."""
    now = _traffic(look, _roads(look)[0]["road_id"])["at"]
    day = date.fromisoformat(now[:10]) + timedelta(days=look.rng.randrange(1, 7))
    return f"{day.isoformat()}T{look.rng.randrange(6, 23):02d}:{look.choose(['00', '15', '30', '45'])}"


def _roads(look: Look) -> list[Arguments]:
    letter = look.choose("aeio")
    return look("search_roads", name=letter, limit=50)["roads"]


def _traffic(look: Look, road_id: str | None) -> Arguments:
    return look("get_road_traffic", road_id=road_id)


def _road(look: Look, fits: Callable[[Arguments], bool] = lambda traffic: True) -> Reference:
    """A road: by id, by its name (with its district if there are more), or as the one a place is on."""
    known = look.recall("road")
    if known and known.id and fits(_traffic(look, known.id)):
        return known
    if look.chance(0.3):
        return _road_of_place(look, fits)
    row = look.choose(_roads(look))
    if not fits(_traffic(look, row["road_id"])):
        row = look.choose(other for other in _roads(look) if fits(_traffic(look, other["road_id"])))
    if look.chance(0.15):
        return Reference("road", row["road_id"], (f"road {row['road_id']}", row["road_id"]), row=row)
    search, says = _road_search(look, row)
    return Reference("road", row["road_id"], (says,), (Lookup("search_roads", search),), "road_id", row)


def _road_of_place(look: Look, fits: Callable[[Arguments], bool]) -> Reference:
    """The road a place is on: found the place, then its details."""
    for _ in range(TRIES):
        row = _any_place(look)
        place = look("get_place", place_id=row["place_id"])
        if look("search_places", text=row["name"])["total"] == 1 and fits(_traffic(look, place["road_id"])):
            path = (Lookup("search_places", {"text": row["name"]}), Lookup("get_place", {"place_id": row["place_id"]}))
            says = (f"the road that {row['name']} is on", f"the road of {row['name']}")
            return Reference("road", place["road_id"], says, path, "road_id", place)
    raise NothingToAsk


def _road_search(look: Look, row: Arguments) -> tuple[Arguments, str]:
    """What finds just this road, and how a user says it."""
    if look("search_roads", name=row["name"])["total"] == 1:
        return {"name": row["name"]}, row["name"]
    return {"name": row["name"], "district": row["district"]}, f"{row['name']} in {row['district']}"


def _closure(look: Look) -> Reference:
    """A closure the user reported: by id, or by its road (found the road, then its traffic)."""
    rows = look("search_roads", status="closed", limit=50)["roads"]
    own = [row for row in rows if _traffic(look, row["road_id"])["reported_by"] == "me"]
    mine = {_traffic(look, row["road_id"])["closure_id"]: row for row in own}
    known = look.recall("closure")
    if known and known.id in mine:
        return known
    number, row = look.choose(mine.items())
    if look.chance(0.15):
        return Reference("closure", number, (f"closure {number}", number), row=row)
    search, name = _road_search(look, row)
    path = (Lookup("search_roads", search), Lookup("get_road_traffic", {"road_id": row["road_id"]}))
    says = (f"the closure I reported on {name}", f"my report about {name}")
    return Reference("closure", number, says, path, "closure_id", row)


def _saved(look: Look) -> list[Arguments]:
    return look("list_saved_places", limit=50)["saved_places"]


def _list_sizes(look: Look) -> dict[str, int]:
    return {
        name: look("list_saved_places", place_list=name)["total"]
        for name in look("list_saved_places", limit=1)["lists"]
    }


def _saved_place(look: Look) -> Reference:
    """A saved place: by id, or by its label (on its list, if others are called like it)."""
    rows = {row["saved_place_id"]: row for row in _saved(look)}
    known = look.recall("saved_place")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    number, label, name = row["saved_place_id"], row["label"], row["place_list"]
    if look.chance(0.15):
        return Reference("saved_place", number, (f"saved place {number}", number), row=row)
    search = {"text": label} if look.chance(0.4) else {"place_list": name, "text": label}
    if look("list_saved_places", **search)["total"] != 1:
        raise NothingToAsk
    says = (f"my saved place {label}", f"the place I saved as {label}")
    if "place_list" in search:
        says = (f"{label} on my {name} list", f"{label} from the list {name}")
    return Reference("saved_place", number, says, (Lookup("list_saved_places", search),), "saved_place_id", row)
