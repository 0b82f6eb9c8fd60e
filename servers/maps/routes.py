"""Fastest ways through the streets: Dijkstra over the crossings, from a place along a segment to another.

    time of a piece = metres / speed + (bike: seconds per metre climbed);  cars at the speed of traffic at departure

Times are whole milliseconds, so sums are exact; equal times are decided by the keys of crossings and segments.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

from servers.maps.records import Avoid, Crossing, Kind, Maps, Mode, Place, Road, Segment
from servers.maps.traffic import closed_roads, speed_now

TENTHS = {"foot": 48, "bike": 160}
CLIMB_PENALTY = 4_000
ALLOWED: dict[Mode, tuple[Kind, ...]] = {
    "foot": ("avenue", "street", "lane", "bridge", "path"),
    "bike": ("avenue", "street", "lane", "bridge", "path"),
    "car": ("motorway", "avenue", "street", "lane", "bridge"),
}
AVOIDED: dict[Avoid, Kind] = {"motorways": "motorway", "bridges": "bridge", "paths": "path"}


class Network(NamedTuple):
    """What one mode may use at one moment: speeds in tenths of km/h by road, segments by crossing."""

    mode: Mode
    speeds: dict[str, int]
    links: dict[str, list[Segment]]
    crossings: dict[str, Crossing]


class Piece(NamedTuple):
    """A part of a segment, travelled in one direction."""

    road_id: str
    metres: int
    milliseconds: int
    climb: int


class Reached(NamedTuple):
    """Milliseconds to every crossing from a place, and by which segment and from which crossing it is reached."""

    origin: Place
    times: dict[str, int]
    came: dict[str, tuple[str, str]]


def network(maps: Maps, mode: Mode, moment: str, avoid: Avoid | None = None) -> Network:
    closed = closed_roads(maps, mode, moment)
    roads = [road for road in maps.roads if _may_use(road, mode, avoid) and road.road_id not in closed]
    speeds = {road.road_id: TENTHS.get(mode) or speed_now(road, moment) * 10 for road in roads}
    crossings = {row.crossing_id: row for row in maps.crossings}
    links: dict[str, list[Segment]] = {key: [] for key in crossings}
    for segment in maps.segments:
        if segment.road_id in speeds:
            links[segment.start].append(segment)
            links[segment.end].append(segment)
    return Network(mode, speeds, links, crossings)


def reach(maps: Maps, net: Network, origin: Place, goal: Place | None = None) -> Reached:
    """Dijkstra: the crossings in order of the time to them; enough of them to know the way to the goal."""
    segment = maps.segments.find(origin.segment_id)
    left = set() if goal is None else set(_ends(net, maps.segments.find(goal.segment_id)))
    times: dict[str, int] = {}
    came: dict[str, tuple[str, str]] = {}
    ends = [(_to_end(net, segment, origin, key).milliseconds, key) for key in _ends(net, segment)]
    queue = sorted((time, key, segment.segment_id, "") for time, key in ends)
    while queue and (goal is None or left):
        time, key, by, before = heappop(queue)
        if key in times:
            continue
        times[key], came[key] = time, (by, before)
        left.discard(key)
        for link in net.links[key]:
            other = link.end if link.start == key else link.start
            if other not in times:
                heappush(queue, (time + time_along(net, link, key), other, link.segment_id, key))
    return Reached(origin, times, came)


def pieces_to(maps: Maps, net: Network, reached: Reached, goal: Place) -> list[Piece] | None:
    """The fastest way to a place, piece by piece; None if there is none."""
    segment = maps.segments.find(goal.segment_id)
    ends = [key for key in _ends(net, segment) if key in reached.times]
    ways = [[*_way(maps, net, reached, key), _from_end(net, segment, goal, key)] for key in ends]
    if _on_same_segment(net, reached.origin, goal, segment):
        ways.append([_between(net, segment, reached.origin.offset, goal.offset)])
    return min(ways, key=milliseconds_of, default=None)


def time_to(maps: Maps, net: Network, reached: Reached, goal: Place) -> int | None:
    """Milliseconds to a place, without the way."""
    segment = maps.segments.find(goal.segment_id)
    ends = [key for key in _ends(net, segment) if key in reached.times]
    times = [reached.times[key] + _from_end(net, segment, goal, key).milliseconds for key in ends]
    if _on_same_segment(net, reached.origin, goal, segment):
        times.append(_between(net, segment, reached.origin.offset, goal.offset).milliseconds)
    return min(times, default=None)


def time_along(net: Network, segment: Segment, start: str) -> int:
    """Milliseconds along a whole segment from one of its crossings."""
    return _time(net, segment, *_ends_from(segment, start))


def milliseconds_of(pieces: list[Piece]) -> int:
    return sum(piece.milliseconds for piece in pieces)


def _may_use(road: Road, mode: Mode, avoid: Avoid | None) -> bool:
    return road.kind in ALLOWED[mode] and (avoid is None or road.kind != AVOIDED[avoid])


def _ends(net: Network, segment: Segment) -> tuple[str, ...]:
    """Where one may leave a segment: nowhere if it is closed."""
    return (segment.start, segment.end) if segment.road_id in net.speeds else ()


def _on_same_segment(net: Network, origin: Place, goal: Place, segment: Segment) -> bool:
    return goal.segment_id == origin.segment_id and segment.road_id in net.speeds


def _way(maps: Maps, net: Network, reached: Reached, key: str) -> list[Piece]:
    """From the origin to a crossing."""
    way = []
    while True:
        by, before = reached.came[key]
        segment = maps.segments.find(by)
        if not before:
            return [_to_end(net, segment, reached.origin, key), *reversed(way)]
        way.append(_whole(net, segment, before))
        key = before


def _whole(net: Network, segment: Segment, start: str) -> Piece:
    return _between(net, segment, *_ends_from(segment, start))


def _ends_from(segment: Segment, start: str) -> tuple[int, int]:
    return (0, segment.metres) if start == segment.start else (segment.metres, 0)


def _to_end(net: Network, segment: Segment, place: Place, key: str) -> Piece:
    return _between(net, segment, place.offset, 0 if key == segment.start else segment.metres)


def _from_end(net: Network, segment: Segment, place: Place, key: str) -> Piece:
    return _between(net, segment, 0 if key == segment.start else segment.metres, place.offset)


def _between(net: Network, segment: Segment, start: int, end: int) -> Piece:
    """Along a segment from one offset to another."""
    time = _time(net, segment, start, end)
    return Piece(segment.road_id, abs(end - start), time, _climb(net, segment, start, end))


def _time(net: Network, segment: Segment, start: int, end: int) -> int:
    time = abs(end - start) * 36_000 // net.speeds[segment.road_id]
    return time + CLIMB_PENALTY * _climb(net, segment, start, end) if net.mode == "bike" else time


def _climb(net: Network, segment: Segment, start: int, end: int) -> int:
    rise = net.crossings[segment.end].height - net.crossings[segment.start].height
    return max(0, rise * (end - start) // segment.metres)
