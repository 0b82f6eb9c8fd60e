"""What a user of the maps can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta

from servers.maps.records import (
    Avoid,
    Category,
    Closure,
    ClosureId,
    ComparedModes,
    Contact,
    District,
    FoundRoute,
    ListName,
    Located,
    Maps,
    Mode,
    Moment,
    Place,
    PlaceDetails,
    PlaceId,
    PlaceRow,
    Places,
    ReachablePlaces,
    Reason,
    RemovedSaved,
    ReportedClosure,
    Road,
    RoadId,
    RoadRow,
    Roads,
    RoadTraffic,
    SavedPlace,
    SavedPlaceId,
    SavedPlaces,
    SavedRow,
    Share,
    SharedPlace,
    TravelTimes,
    Withdrawn,
)
from servers.maps.routes import ALLOWED
from servers.maps.streets import geocode, position_of, reverse_geocode
from servers.maps.traffic import BLOCKED, closures_at, is_open, level_of, speed_now
from servers.maps.travel import compare, departure, matrix, reachable, route
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Text = Annotated[
    str, Meta(description="part of a place's name or address, e.g. Linden Pharmacy", min_length=1, max_length=80)
]
Kinds = Annotated[Category, Meta(description="what kind of place, e.g. pharmacy")]
Address = Annotated[
    str, Meta(description="number, road and district, e.g. 12 Mill Street, Ashford", min_length=3, max_length=80)
]
RoadName = Annotated[str, Meta(description="road name or part of it, e.g. Mill Street", min_length=1, max_length=60)]
Label = Annotated[str, Meta(description="what the user calls the place, e.g. Dentist", max_length=40)]
Recipient = Annotated[str, Meta(description="full name of a contact, e.g. Mira Holt", min_length=1, max_length=60)]

MOST_IN_LIST = 10
MOST_LISTS = 12


@reads
def search_places(
    maps: Maps,
    text: Text | None = None,
    category: Kinds | None = None,
    district: District | None = None,
    near_place_id: PlaceId | None = None,
    min_rating: Annotated[float, Meta(description="lowest rating, e.g. 4.2", ge=0, le=5)] = 0,
    open_at: Moment | None = None,
    limit: Limit = 5,
) -> Places:
    """Search places by text, category, district, rating or opening, nearest to a place or best rated first."""
    moment = None if open_at is None else departure(maps, open_at)
    found = maps.places.where(category=category) if category else list(maps.places)
    found = [row for row in found if row.rating >= min_rating and _says(row, text) and _is_in(row, district)]
    if moment is not None:
        found = [row for row in found if is_open(row, moment)]
    centre = None if near_place_id is None else _place(maps, near_place_id)
    rows = [_place_row(maps, row, centre) for row in found if row != centre]
    rows.sort(key=lambda row: (row.metres or 0, -row.rating, row.place_id))
    return Places(rows[:limit], len(rows))


@reads
def get_place(maps: Maps, place_id: PlaceId) -> PlaceDetails:
    """Show one place with address, road, coordinates, opening hours, rating and phone, e.g. place_id="POI-30417"."""
    place = _place(maps, place_id)
    return PlaceDetails(
        place.place_id,
        place.name,
        place.category,
        place.address,
        maps.segments.find(place.segment_id).road_id,
        place.latitude,
        place.longitude,
        place.opens,
        place.closes,
        list(place.closed_on),
        is_open(place, maps.now),
        place.rating,
        place.reviews,
        place.phone,
    )


@reads
def locate_address(maps: Maps, address: Address) -> Located:
    """Find the coordinates of an address and the place that is there, e.g. address="12 Mill Street, Ashford"."""
    return geocode(maps, address)


@reads
def reverse_geocode_point(
    maps: Maps,
    latitude: Annotated[float, Meta(description="degrees north, e.g. 52.10931", ge=-90, le=90)],
    longitude: Annotated[float, Meta(description="degrees east, e.g. -1.80442", ge=-180, le=180)],
) -> Located:
    """Find the address nearest to coordinates of the region, and the place there, e.g. latitude=52.10931."""
    return reverse_geocode(maps, latitude, longitude)


@reads
def find_route(
    maps: Maps,
    from_place_id: PlaceId,
    to_place_id: PlaceId,
    mode: Mode = "car",
    via_place_id: PlaceId | None = None,
    depart_at: Moment | None = None,
    avoid: Avoid | None = None,
) -> FoundRoute:
    """Find the fastest route between places, with an optional stop, at a time up to a week ahead, e.g. mode="bike"."""
    stops = [from_place_id, to_place_id] if via_place_id is None else [from_place_id, via_place_id, to_place_id]
    return route(maps, [_place(maps, place_id) for place_id in stops], mode, departure(maps, depart_at), avoid)


@reads
def compare_route_modes(
    maps: Maps, from_place_id: PlaceId, to_place_id: PlaceId, depart_at: Moment | None = None
) -> ComparedModes:
    """Compare how long it takes by foot, bike and car from one place to another, e.g. from_place_id="POI-30417"."""
    start, goal = _place(maps, from_place_id), _place(maps, to_place_id)
    if start == goal:
        raise ToolError(f"{start.name} is both start and goal")
    return compare(maps, start, goal, departure(maps, depart_at))


@reads
def get_travel_time_matrix(
    maps: Maps, place_list: ListName, mode: Mode = "car", depart_at: Moment | None = None
) -> TravelTimes:
    """Show the minutes from each to each of the places on one of the user's lists, e.g. place_list="Weekend"."""
    saved = maps.saved_places.where(place_list=_list(maps, place_list))
    if len(saved) < 2:
        raise ToolError(f"{place_list} has only one place")
    places = [_place(maps, row.place_id) for row in saved]
    return matrix(maps, places, mode, departure(maps, depart_at))


@reads
def find_reachable_places(
    maps: Maps,
    from_place_id: PlaceId,
    minutes: Annotated[int, Meta(description="longest travel time, e.g. 15", ge=1, le=120)],
    mode: Mode = "foot",
    category: Kinds | None = None,
    limit: Limit = 5,
) -> ReachablePlaces:
    """Find what can be reached from a place within so many minutes from now, e.g. minutes=15, mode="bike"."""
    rows = reachable(maps, _place(maps, from_place_id), minutes, mode, category)
    return ReachablePlaces(rows[:limit], len(rows))


@reads
def search_roads(
    maps: Maps,
    name: RoadName | None = None,
    district: District | None = None,
    status: Annotated[Literal["open", "closed"], Meta(description="open or closed now, e.g. closed")] | None = None,
    limit: Limit = 5,
) -> Roads:
    """Search roads by name, district or whether they are closed now to anybody, e.g. status="closed"."""
    closed = {closure.road_id for closure in closures_at(maps, maps.now)}
    found = [row for row in maps.roads if _is_in(row, district) and (name or "").casefold() in row.name.casefold()]
    rows = [RoadRow(row.road_id, row.name, row.district, row.kind, row.road_id in closed) for row in found]
    rows = [row for row in rows if status is None or row.closed == (status == "closed")]
    rows.sort(key=lambda row: (row.name, row.district))
    return Roads(rows[:limit], len(rows))


@reads
def get_road_traffic(maps: Maps, road_id: RoadId, at: Moment | None = None) -> RoadTraffic:
    """Show how fast cars are on a road now or up to a week ahead, and its closure, e.g. road_id="WAY-20931"."""
    road, moment = _road(maps, road_id), departure(maps, at)
    closure = _closure_of(maps, road, moment)
    return RoadTraffic(
        road.road_id,
        road.name,
        road.district,
        road.kind,
        sum(segment.metres for segment in maps.segments.where(road_id=road_id)),
        moment,
        level_of(road, moment),
        speed_now(road, moment),
        road.speed_kmh,
        closure.closure_id if closure else "",
        _closed_for(road, closure.reason) if closure else [],
        closure.reason if closure else "",
        closure.ends if closure else "",
        closure.reported_by if closure else "",
    )


@writes
def report_road_closure(
    maps: Maps,
    road_id: RoadId,
    reason: Reason,
    hours: Annotated[int, Meta(description="how long it will last, e.g. 6", ge=1, le=72)],
) -> ReportedClosure:
    """Report that a road is closed from now on; routes keep off it, e.g. reason="accident", hours=3."""
    road = _road(maps, road_id)
    if known := _closure_of(maps, road, maps.now):
        raise ToolError(f"{road.name} is already closed until {known.ends}, {known.closure_id}")
    closed_for = _closed_for(road, reason)
    if not closed_for:
        raise ToolError(f"{reason.replace('_', ' ')} keeps off cars only, and {road.name} is a path without cars")
    ends = later(maps.now, minutes=60 * hours)
    closure = maps.closures.add(Closure(maps.new_id("CLS"), road_id, reason, maps.now, ends, "me"))
    return ReportedClosure(closure.closure_id, road.name, closed_for, closure.ends)


@writes(destructive=True)
def withdraw_road_closure(maps: Maps, closure_id: ClosureId) -> Withdrawn:
    """Withdraw a lasting closure that the user reported; the road is open again, e.g. closure_id="CLS-71305"."""
    closure = maps.closures.get(closure_id)
    if closure is None:
        raise ToolError(f"no closure {closure_id}")
    if closure.reported_by != "me":
        raise ToolError(f"{closure_id} was reported by the city; only own reports can be withdrawn")
    if closure.ends <= maps.now:
        raise ToolError(f"{closure_id} ended at {closure.ends}")
    maps.closures.delete(closure_id)
    return Withdrawn(closure_id, closure.road_id, _road(maps, closure.road_id).name)


@writes
def save_place(maps: Maps, place_id: PlaceId, place_list: ListName, label: Label = "") -> SavedRow:
    """Save a place on one of the user's lists or a new one, under a label if given, e.g. place_list="Weekend"."""
    place, lists = _place(maps, place_id), _lists(maps)
    name = next((known for known in lists if known.casefold() == place_list.casefold()), place_list)
    saved = maps.saved_places.where(place_list=name)
    if any(row.place_id == place_id for row in saved):
        raise ToolError(f"{place.name} is already on {name}")
    if len(saved) >= MOST_IN_LIST:
        raise ToolError(f"{name} is full: it has {MOST_IN_LIST} places")
    if name not in lists and len(lists) >= MOST_LISTS:
        raise ToolError(f"at most {MOST_LISTS} lists can be kept")
    row = maps.saved_places.add(SavedPlace(maps.new_id("FAV"), place_id, label or place.name, name))
    return _saved_row(maps, row)


@reads
def list_saved_places(
    maps: Maps, place_list: ListName | None = None, text: Text | None = None, limit: Limit = 7
) -> SavedPlaces:
    """List saved places, all, of one list or by label or name, e.g. place_list="Weekend" or text="Dentist"."""
    name = None if place_list is None else _list(maps, place_list)
    rows = [_saved_row(maps, row) for row in maps.saved_places if name in (None, row.place_list)]
    if text is not None:
        rows = [row for row in rows if text.casefold() in f"{row.label}\n{row.place}".casefold()]
    return SavedPlaces(rows[:limit], len(rows), _lists(maps))


@writes(destructive=True)
def remove_saved_place(maps: Maps, saved_place_id: SavedPlaceId) -> RemovedSaved:
    """Take a saved place off its list, e.g. saved_place_id="FAV-55120"; the last one takes its list with it."""
    row = maps.saved_places.get(saved_place_id)
    if row is None:
        raise ToolError(f"no saved place {saved_place_id}")
    maps.saved_places.delete(saved_place_id)
    return RemovedSaved(saved_place_id, row.label, row.place_list, row.place_id)


@writes
def share_place(
    maps: Maps,
    place_id: PlaceId,
    recipient: Recipient,
    hours: Annotated[int, Meta(description="how long the link works, e.g. 24", ge=1, le=720)] = 24,
) -> SharedPlace:
    """Send a contact a link to a place that works for some hours; an older link is prolonged, e.g. hours=24."""
    place, contact = _place(maps, place_id), _contact(maps, recipient)
    expires = later(maps.now, minutes=60 * hours)
    known = maps.shares.where(place_id=place_id, recipient=contact.name)
    if known:
        share = maps.shares.update(known[0], expires=max(expires, known[0].expires))
    else:
        share = maps.shares.add(Share(maps.new_id("SHL"), place_id, contact.name, expires))
    return SharedPlace(place.name, share.recipient, share.expires)


def _place(maps: Maps, place_id: str) -> Place:
    place = maps.places.get(place_id)
    if place is None:
        raise ToolError(f"no place {place_id}")
    return place


def _road(maps: Maps, road_id: str) -> Road:
    road = maps.roads.get(road_id)
    if road is None:
        raise ToolError(f"no road {road_id}")
    return road


def _contact(maps: Maps, name: str) -> Contact:
    """A contact by full name, or by a part of it that only one has."""
    found = [row for row in maps.contacts if name.casefold() in row.name.casefold()]
    exact = [row for row in found if row.name.casefold() == name.casefold()]
    if not found:
        raise ToolError(f"no contact called {name}")
    if len(exact or found) > 1:
        raise ToolError(f"{name} may be {' or '.join(row.name for row in found[:5])}; give the full name")
    return (exact or found)[0]


def _lists(maps: Maps) -> list[str]:
    return list(dict.fromkeys(row.place_list for row in maps.saved_places))


def _list(maps: Maps, name: str) -> str:
    known = _lists(maps)
    for other in known:
        if other.casefold() == name.casefold():
            return other
    raise ToolError(f"no list {name}; there are {', '.join(known) or 'none yet'}")


def _closure_of(maps: Maps, road: Road, moment: str) -> Closure | None:
    return next((row for row in closures_at(maps, moment) if row.road_id == road.road_id), None)


def _closed_for(road: Road, reason: Reason) -> list[Mode]:
    return [mode for mode in BLOCKED[reason] if road.kind in ALLOWED[mode]]


def _says(place: Place, text: str | None) -> bool:
    return text is None or text.casefold() in place.name.casefold() or text.casefold() in place.address.casefold()


def _is_in(row: Place | Road, district: str | None) -> bool:
    return district is None or row.district.casefold() == district.casefold()


def _place_row(maps: Maps, row: Place, centre: Place | None) -> PlaceRow:
    metres = None if centre is None else _apart(maps, row, centre)
    open_now = is_open(row, maps.now)
    return PlaceRow(row.place_id, row.name, row.category, row.address, row.rating, open_now, metres)


def _apart(maps: Maps, one: Place, two: Place) -> int:
    """Metres as the crow flies."""
    (east, north), (x, y) = position_of(maps, one), position_of(maps, two)
    return int(math.sqrt((east - x) ** 2 + (north - y) ** 2))


def _saved_row(maps: Maps, row: SavedPlace) -> SavedRow:
    place = _place(maps, row.place_id)
    return SavedRow(row.saved_place_id, row.label, row.place_list, row.place_id, place.name)
