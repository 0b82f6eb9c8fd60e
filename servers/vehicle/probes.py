"""What an owner would ask of the car now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.vehicle.material import NETWORKS, NEW_PLACES, NOTES
from servers.vehicle.records import OpeningName, PlaceKind
from servers.vehicle.rules import DOORS, LEAST_PERCENT_FOR_CABIN, LOGBOOK_DAYS
from servers.vehicle.tools import MOST_DESTINATIONS

Arguments = dict[str, Any]
TRIES = 8
OUTINGS = ["family", "friends", "sport", "travel"]
"""What a place found on the way may be kept as."""
KINDS = [kind for kind in get_args(PlaceKind) if kind != "home"]
WINDOWS = [name for name in get_args(OpeningName) if name.endswith("window")]


def get_car_status(look: Look) -> Arguments:
    return {"view": look.choose(["drive", "cabin", "cabin", "media", "media", "tyres"])}


def switch_ignition(look: Look) -> Arguments:
    drive = _drive(look)
    if drive["ignition"] == "on":
        return {"state": _only("off", drive["gear"] == "park")}
    return {"state": _only("on", drive["battery_percent"] > 0 and "driver door open" not in drive["not_closed"])}


def shift_gear(look: Look) -> Arguments:
    drive = _drive(look)
    if drive["ignition"] == "off" or drive["charging"]:
        raise NothingToAsk
    gears = ["neutral"] if drive["speed_kmh"] else ["park", "neutral"]
    if not drive["speed_kmh"] and not _open_doors(drive):
        gears += ["drive", "drive", "reverse"]
    return {"gear": look.choose(gear for gear in gears if gear != drive["gear"])}


def set_cruise_speed(look: Look) -> Arguments:
    drive = _drive(look)
    if drive["gear"] != "drive" or not drive["destination"] or _open_doors(drive) or not drive["battery_percent"]:
        raise NothingToAsk
    speeds = [0, 30, 50, 60, 70, 80, 90, 100, 110, 120, 130]
    return {"speed_kmh": look.choose(speed for speed in speeds if speed != drive["speed_kmh"])}


def set_car_lock(look: Look) -> Arguments:
    drive = _drive(look)
    if drive["locked"]:
        return {"state": _only("unlocked", not drive["speed_kmh"])}
    return {"state": _only("locked", not _open_doors(drive))}


def move_car_opening(look: Look) -> Arguments:
    drive = _drive(look)
    positions = dict.fromkeys([*DOORS, *WINDOWS], "closed") | _positions(drive)
    if look.chance(0.4) and not drive["speed_kmh"]:
        movable = [name for name in DOORS if positions[name] == "open" or not drive["locked"]]
        opening = look.choose(movable or WINDOWS)
    else:
        opening = look.choose(WINDOWS)
    wanted = ["open", "closed"] if opening in DOORS else ["open", "half_open", "closed"]
    return {"opening": opening, "position": look.choose(place for place in wanted if place != positions[opening])}


def set_cabin_temperature(look: Look) -> Arguments:
    drive = _drive(look)
    if not drive["charging"] and drive["battery_percent"] < LEAST_PERCENT_FOR_CABIN:
        raise NothingToAsk
    return {
        "celsius": look.rng.randrange(35, 50) / 2,
        "zone": look.choose(["driver", "passenger", "rear"]),
        "seat_heat": look.choose(["off", "low", "medium", "high"]),
    }


def set_car_lights(look: Look) -> Arguments:
    status, drive = look("get_car_status", view="cabin"), _drive(look)
    beams = ["auto", "low", "fog"]
    if drive["ignition"] == "on":
        beams.append("high")
    if not drive["speed_kmh"]:
        beams.append("off")
    return {"beam": look.choose(beam for beam in beams if beam != status["cabin"]["beam"])}


def play_cabin_media(look: Look) -> Arguments:
    media = look("get_car_status", view="media")["media"]
    kinds = ["radio", "album", "podcast"] + (["video"] if _drive(look)["gear"] == "park" else [])
    titles = media[look.choose(kinds)]
    return {"title": look.choose(title for title in titles if title != media["playing"])}


def switch_driver_profile(look: Look) -> Arguments:
    if _drive(look)["speed_kmh"]:
        raise NothingToAsk
    cabin = look("get_car_status", view="cabin")["cabin"]
    return {"driver": look.choose(name for name in cabin["drivers"] if name != cabin["driver"])}


def find_destination(look: Look) -> Arguments:
    if look.chance(0.5):
        return {"name": look.choose(_destinations(look))["name"]}
    return {"category": look.choose(KINDS), "limit": look.choose([2, 3, 4])}


def save_destination(look: Look) -> Arguments:
    saved = {row["name"] for row in _destinations(look)}
    if _drive(look)["location"] in saved or look("find_destination")["total"] >= MOST_DESTINATIONS:
        raise NothingToAsk
    return {"name": look.choose(name for name in NEW_PLACES if name not in saved), "category": look.choose(OUTINGS)}


def find_charging_stations(look: Look) -> Arguments:
    wanted = {"min_kw": look.choose([50, 75, 100, 150]), "limit": look.choose([2, 3, 4])}
    if look.recall("destination") or look.chance(0.5):
        return {"near_destination_id": _destination(look, or_station=True), **wanted}
    if look.chance(0.4):
        return {"name": look.choose(_stations(look))["name"]}
    return {"network": look.choose(NETWORKS), **wanted}


def navigate_to_destination(look: Look) -> Arguments:
    return {"destination_id": _goal(look)}


def switch_charging(look: Look) -> Arguments:
    drive = _drive(look)
    if drive["charging"]:
        return {"state": "off"}
    full = look("find_charging_stations", name=drive["location"], limit=50)["stations"]
    taken = any(row["name"] == drive["location"] and not row["free_plugs"] for row in full)
    left = drive["battery_percent"]
    if not drive["charger_kw"] or drive["gear"] != "park" or taken or left >= drive["charge_limit_percent"]:
        raise NothingToAsk
    return {"state": "on", "limit_percent": look.choose(limit for limit in (60, 70, 80, 85, 90, 100) if limit > left)}


def search_trip_log(look: Look) -> Arguments:
    """Half of what is asked about the last weeks: those trips can still be labelled."""
    kind = 0 if look.recall("destination") else look.rng.randrange(4)
    days = look.rng.randrange(5, LOGBOOK_DAYS - 1) if look.chance(0.6) else look.rng.randrange(20, 200)
    if kind == 0:
        return {"destination_id": _driven_to(look), "limit": look.choose([2, 3, 4])}
    if kind == 1:
        drivers = look("get_car_status", view="cabin")["cabin"]["drivers"]
        return {"driver": look.choose(drivers), "after": _day(look, days), "limit": look.choose([2, 3, 4])}
    if kind == 2:
        purpose = look.choose(["unlabelled", "private", "business", "commute"])
        return {"purpose": purpose, "after": _day(look, days)}
    return {"after": _day(look, days), "before": _day(look, days - look.rng.randrange(2, min(days, 18)))}


def label_trip_log_entry(look: Look) -> Arguments:
    trip = _trip(look)
    return {"trip_id": trip, "purpose": look.choose(["private", "business", "commute"]), "note": look.choose(NOTES)}


def search_service_log(look: Look) -> Arguments:
    wanted = {"status": "open"} if look.chance(0.75) else {}
    row = look.choose(look("search_service_log", **wanted, limit=50)["entries"])
    if look.chance(0.4):
        return {"text": row.get("code") or row["title"]}
    kind = {"kind": row["kind"], "limit": look.choose([2, 3, 4])}
    return kind | {"status": row["status"]} if row["kind"] != "visit" else kind


def acknowledge_service_entry(look: Look) -> Arguments:
    return {"entry_id": _entry(look)}


def call_car_contact(look: Look) -> Arguments:
    friends = look("find_destination", category="friends", limit=50)["destinations"]
    names = [row["name"].removesuffix("'s place") for row in friends if row["name"].endswith("'s place")]
    return {"contact": look.choose(names), "line": "mobile"}


def _only(state: str, possible: bool) -> str:
    if not possible:
        raise NothingToAsk
    return state


def _drive(look: Look) -> Arguments:
    return look("get_car_status", view="drive")["drive"]


def _positions(drive: Arguments) -> dict[str, str]:
    """Of everything that is not closed: "rear left window half open" as name and position."""
    positions = {}
    for text in drive["not_closed"]:
        end = " half open" if text.endswith(" half open") else " open"
        positions[text.removesuffix(end).replace(" ", "_")] = end.strip().replace(" ", "_")
    return positions


def _open_doors(drive: Arguments) -> list[str]:
    return [name for name in _positions(drive) if name in DOORS]


def _day(look: Look, ago: int) -> str:
    now = look("get_car_status")["now"]
    return (date.fromisoformat(now[:10]) - timedelta(days=ago)).isoformat()


def _destinations(look: Look) -> list[Arguments]:
    return look("find_destination", limit=50)["destinations"]


def _stations(look: Look) -> list[Arguments]:
    return look("find_charging_stations", limit=50)["stations"]


def _destination(look: Look, or_station: bool = False) -> Reference:
    """A saved destination: by id, or by its name; a route may also have led to a station."""
    known = look.recall("destination")
    if known and (or_station or (known.id or "").startswith("NAV-")):
        return known
    return _named_destination(look, look.choose(_destinations(look)))


def _driven_to(look: Look) -> Reference:
    """A saved destination: the one mentioned, or mostly one of a trip of the last month."""
    goals = {row["goal"] for row in look("search_trip_log", after=_day(look, LOGBOOK_DAYS - 1), limit=50)["trips"]}
    rows = [row for row in _destinations(look) if row["name"] in goals]
    if look.recall("destination") or not rows or look.chance(0.25):
        return _destination(look)
    return _named_destination(look, look.choose(rows))


def _named_destination(look: Look, row: Arguments) -> Reference:
    number, name = row["destination_id"], row["name"]
    if look.chance(0.3) or look("find_destination", name=name)["total"] > 5:
        return Reference("destination", number, (f"destination {number}", number), row=row)
    path = (Lookup("find_destination", {"name": name}),)
    return Reference("destination", number, (name,), path, "destination_id", row)


def _goal(look: Look) -> Reference:
    """Where a route may lead now: a destination or a charging station within range."""
    drive = _drive(look)
    taken = {drive["location"], drive["destination"]}
    near = [row for row in _destinations(look) + _stations(look) if 0.3 <= row["kilometres"] < drive["range_km"]]
    goals = {row.get("destination_id") or row["station_id"]: row for row in near if row["name"] not in taken}
    for kind in ("destination", "station"):
        known = look.recall(kind)
        if known and known.id in goals:
            return known
    if look.chance(0.35):
        return _nearest_station(look, goals)
    number = look.choose(goals)
    if number.startswith("NAV-"):
        return _named_destination(look, goals[number])
    return _named_station(look, goals[number])


def _named_station(look: Look, row: Arguments) -> Reference:
    number, name = row["station_id"], row["name"]
    if look.chance(0.3):
        return Reference("destination", number, (f"charging station {number}", number), row=row)
    path = (Lookup("find_charging_stations", {"name": name}),)
    return Reference("destination", number, (f"the charging station {name}",), path, "station_id", row)


def _nearest_station(look: Look, goals: Arguments) -> Reference:
    """The charging station nearest to a saved destination: found the destination, then the stations near it."""
    for _ in range(TRIES):
        row = look.choose(_destinations(look))
        near = {"near_destination_id": row["destination_id"]}
        station = look("find_charging_stations", **near)["stations"][0]
        if station["station_id"] in goals and look("find_destination", name=row["name"])["total"] <= 5:
            path = (Lookup("find_destination", {"name": row["name"]}), Lookup("find_charging_stations", near))
            says = (f"the charging station nearest to {row['name']}", f"the closest charger to {row['name']}")
            return Reference("destination", station["station_id"], says, path, "station_id", station)
    raise NothingToAsk


def _trip(look: Look) -> Reference:
    """A trip of the last month: by id, by its driver or its day, or as the latest to a destination."""
    since = _day(look, LOGBOOK_DAYS - 1)
    recent = {row["trip_id"]: row for row in look("search_trip_log", after=since, limit=50)["trips"]}
    known = look.recall("trip")
    if known and known.id in recent:
        return known
    row = look.choose(recent.values())
    kind = look.rng.randrange(4)
    if kind == 0:
        return _trip_of_driver(look, row, recent)
    if kind == 1:
        return _trip_of_day(look, row)
    to = look("find_destination", name=row["goal"])["destinations"]
    there = next((place for place in to if place["name"] == row["goal"]), None)
    if kind == 2 and there:
        return _trip_to(look, row, there)
    return Reference("trip", row["trip_id"], (f"trip {row['trip_id']}", row["trip_id"]), row=row)


def _trip_of_driver(look: Look, row: Arguments, recent: Arguments) -> Reference:
    newest = look("search_trip_log", driver=row["driver"])["trips"][0]
    path = (Lookup("search_trip_log", {"driver": row["driver"]}),)
    says = (f"the latest trip of {row['driver']}", f"the last trip {row['driver']} drove")
    return Reference("trip", newest["trip_id"], says, path, "trip_id", recent.get(newest["trip_id"], newest))


def _trip_of_day(look: Look, row: Arguments) -> Reference:
    """A trip that is alone on its day with its goal."""
    day, goal = row["started"][:10], row["goal"]
    same = look("search_trip_log", after=day, before=day, limit=50)["trips"]
    if len(same) > 5 or sum(other["goal"] == goal for other in same) > 1:
        raise NothingToAsk
    path = (Lookup("search_trip_log", {"after": day, "before": day}),)
    return Reference("trip", row["trip_id"], (f"the trip to {goal} on {day}",), path, "trip_id", row)


def _trip_to(look: Look, row: Arguments, there: Arguments) -> Reference:
    """The latest trip to a destination: found the destination, then the trips to it."""
    to = {"destination_id": there["destination_id"]}
    newest = look("search_trip_log", **to)["trips"][0]
    path = (Lookup("find_destination", {"name": row["goal"]}), Lookup("search_trip_log", to))
    says = (f"my latest trip to {row['goal']}", f"the last trip to {row['goal']}")
    return Reference("trip", newest["trip_id"], says, path, "trip_id", newest)


def _entry(look: Look) -> Reference:
    """An open reminder or fault: by id, by its title or by its code."""
    gear = _drive(look)["gear"]
    rows = look("search_service_log", status="open", limit=50)["entries"]
    entries = {row["entry_id"]: row for row in rows if row["severity"] != "critical" or gear == "park"}
    known = look.recall("entry")
    if known and known.id in entries:
        return known
    row = look.choose(entries.values())
    number, title = row["entry_id"], row["title"]
    if look.chance(0.3):
        return Reference("entry", number, (f"service entry {number}", number), row=row)
    if row.get("code") and look.chance(0.5):
        path = (Lookup("search_service_log", {"text": row["code"], "status": "open"}),)
        return Reference("entry", number, (f"the open fault {row['code']}",), path, "entry_id", row)
    path = (Lookup("search_service_log", {"text": title, "status": "open"}),)
    return Reference("entry", number, (f"the open {row['kind']} about {title}",), path, "entry_id", row)
