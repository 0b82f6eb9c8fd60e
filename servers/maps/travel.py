"""What the streets come to for a traveller: routes with their legs, modes compared, times between many places."""

from __future__ import annotations

from datetime import datetime

from servers.maps.records import (
    Avoid,
    Category,
    ComparedModes,
    FoundRoute,
    Leg,
    Maps,
    Mode,
    ModeRow,
    Place,
    ReachableRow,
    TravelTimes,
)
from servers.maps.routes import Piece, milliseconds_of, network, pieces_to, reach, time_to
from servers.maps.traffic import BLOCKED, closures_at
from servers.state import MINUTE, ToolError, later

MODES: tuple[Mode, ...] = ("foot", "bike", "car")
DAYS_AHEAD = 7


def departure(maps: Maps, moment: str | None) -> str:
    """The moment asked for, now if none; traffic is known for a week."""
    if moment is None:
        return maps.now
    try:
        moment = datetime.strptime(moment, MINUTE).isoformat(timespec="minutes")
    except ValueError:
        raise ToolError(f"{moment} is not a date and time") from None
    if moment < maps.now:
        raise ToolError(f"{moment} is in the past: it is {maps.now}")
    if moment > later(maps.now, days=DAYS_AHEAD):
        raise ToolError(f"{moment} is too far ahead; traffic is known until {later(maps.now, days=DAYS_AHEAD)}")
    return moment


def route(maps: Maps, stops: list[Place], mode: Mode, moment: str, avoid: Avoid | None) -> FoundRoute:
    """The fastest way from the first place by the others to the last."""
    pieces = _pieces(maps, stops, mode, moment, avoid)
    return FoundRoute(
        start=stops[0].name,
        via=stops[1].name if len(stops) > 2 else "",
        goal=stops[-1].name,
        mode=mode,
        depart_at=moment,
        arrive_at=later(moment, minutes=-(-milliseconds_of(pieces) // 60_000)),
        minutes=_minutes(milliseconds_of(pieces)),
        metres=sum(piece.metres for piece in pieces),
        climb=sum(piece.climb for piece in pieces),
        legs=_legs(maps, pieces),
    )


def compare(maps: Maps, start: Place, goal: Place, moment: str) -> ComparedModes:
    options = []
    for mode in MODES:
        net = network(maps, mode, moment)
        pieces = pieces_to(maps, net, reach(maps, net, start, goal), goal)
        if pieces is not None:
            metres, climb = sum(piece.metres for piece in pieces), sum(piece.climb for piece in pieces)
            options.append(ModeRow(mode, _minutes(milliseconds_of(pieces)), metres, climb))
    if not options:
        raise ToolError(f"no way at all from {start.name} to {goal.name} at {moment}; {_obstacle(maps, goal, moment)}")
    options.sort(key=lambda option: option.minutes)
    return ComparedModes(start.name, goal.name, options[0].mode, options)


def matrix(maps: Maps, places: list[Place], mode: Mode, moment: str) -> TravelTimes:
    net = network(maps, mode, moment)
    rows: list[list[float | None]] = []
    for start in places:
        reached = reach(maps, net, start)
        times = [0 if goal == start else time_to(maps, net, reached, goal) for goal in places]
        rows.append([None if time is None else _minutes(time) for time in times])
    return TravelTimes(mode, [place.name for place in places], rows)


def reachable(maps: Maps, start: Place, minutes: int, mode: Mode, category: Category | None) -> list[ReachableRow]:
    """All other places within so many minutes from now, nearest in time first."""
    net = network(maps, mode, maps.now)
    reached = reach(maps, net, start)
    goals = maps.places if category is None else maps.places.where(category=category)
    timed = [(time_to(maps, net, reached, goal), goal) for goal in goals if goal != start]
    within = [(time, goal) for time, goal in timed if time is not None and time <= minutes * 60_000]
    within.sort(key=lambda found: (found[0], found[1].place_id))
    return [ReachableRow(goal.place_id, goal.name, goal.category, _minutes(time)) for time, goal in within]


def _pieces(maps: Maps, stops: list[Place], mode: Mode, moment: str, avoid: Avoid | None) -> list[Piece]:
    net = network(maps, mode, moment, avoid)
    pieces: list[Piece] = []
    for start, goal in zip(stops, stops[1:], strict=False):
        if start == goal:
            raise ToolError(f"{start.name} is both start and goal of a leg")
        found = pieces_to(maps, net, reach(maps, net, start, goal), goal)
        if found is None:
            without = f" without {avoid}" if avoid else ""
            obstacle = _obstacle(maps, start, moment, mode) or _obstacle(maps, goal, moment, mode)
            reason = f": {obstacle}" if obstacle else ""
            raise ToolError(f"no way by {mode}{without} from {start.name} to {goal.name}{reason}")
        pieces += found
    return pieces


def _obstacle(maps: Maps, place: Place, moment: str, mode: Mode | None = None) -> str:
    """The closure of the road a place is on, in words, if there is one."""
    road = maps.roads.find(maps.segments.find(place.segment_id).road_id)
    for closure in closures_at(maps, moment):
        if closure.road_id == road.road_id and (mode is None or mode in BLOCKED[closure.reason]):
            return f"{road.name} is closed until {closure.ends}, {closure.reason.replace('_', ' ')}"
    return ""


def _legs(maps: Maps, pieces: list[Piece]) -> list[Leg]:
    """Pieces on one road in a row are one leg."""
    legs: list[tuple[str, int]] = []
    for piece in pieces:
        if legs and legs[-1][0] == piece.road_id:
            legs[-1] = piece.road_id, legs[-1][1] + piece.metres
        else:
            legs.append((piece.road_id, piece.metres))
    return [Leg(maps.roads.find(road_id).name, metres) for road_id, metres in legs]


def _minutes(milliseconds: int) -> float:
    return round(milliseconds / 60_000, 1)
