"""The ground plan of a region from a generator: crossings on an uneven grid, a river with bridges, a motorway.

Edges of the grid are kept if a random spanning tree needs them, else with a chance; runs of kept edges are roads.
"""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from servers.maps.material import DISTRICTS, ROAD_KINDS, STEMS
from servers.maps.records import Crossing, Kind, Road, Segment
from servers.names import ids

COLUMNS, ROWS = 17, 15
ZONES_ACROSS, ZONES_UP = 4, 3
BRIDGES = 5
PATHS = 14
KEPT = 0.7
METRES_PER_HOUSE = 19
JUNCTIONS = [(0, 14), (4, 14), (8, 14), (12, 14), (16, 14), (16, 10), (16, 6), (16, 2)]
MOTORWAY_GAP = 700
HOUSELESS = ("motorway", "bridge", "path")

Spot = tuple[int, int]
Edge = tuple[Spot, Spot]


class Plan(NamedTuple):
    crossings: list[Crossing]
    roads: list[Road]
    segments: list[Segment]


class Course(NamedTuple):
    """A road before it has a name: the crossings it runs through."""

    kind: Kind
    keys: list[str]


def draw_plan(rng: random.Random) -> Plan:
    districts = rng.sample(DISTRICTS, ZONES_ACROSS * ZONES_UP)
    crossings = {row.crossing_id: row for row in _crossings(rng)}
    river, bridges = rng.randrange(5, 9), sorted(rng.sample(range(COLUMNS), BRIDGES))
    kept = _kept(rng, river, bridges)
    courses = _streets(rng, kept, river) + _paths(rng, river) + _motorways()
    roads = _named(rng, courses, districts)
    segments = _segments(rng, roads, courses, crossings)
    return Plan(list(crossings.values()), roads, segments)


def _crossings(rng: random.Random) -> list[Crossing]:
    across, up = _lines(rng, COLUMNS), _lines(rng, ROWS)
    hills = [(rng.choice(across), rng.choice(up), rng.randrange(40, 150), rng.randrange(1500, 3500)) for _ in range(3)]
    rows = []
    for column, x in enumerate(across):
        for row, y in enumerate(up):
            spot = x + rng.randrange(-60, 61), y + rng.randrange(-60, 61)
            rows.append(Crossing(_key((column, row)), *spot, _height(*spot, hills)))
    for number, (column, row) in enumerate(JUNCTIONS):
        top, right = row == ROWS - 1, column == COLUMNS - 1 and row < ROWS - 1
        spot = across[column] + MOTORWAY_GAP * right, up[row] + MOTORWAY_GAP * top
        rows.append(Crossing(f"M{number}", *spot, _height(*spot, hills)))
    return rows


def _lines(rng: random.Random, count: int) -> list[int]:
    """Where the grid lines run: 300 to 620 metres apart."""
    lines = [200]
    while len(lines) < count:
        lines.append(lines[-1] + rng.randrange(300, 620))
    return lines


def _height(x: int, y: int, hills: list[tuple[int, int, int, int]]) -> int:
    height = 12
    for east, north, top, radius in hills:
        away = (x - east) ** 2 + (y - north) ** 2
        height += max(0, top - top * away // radius**2)
    return height


def _kept(rng: random.Random, river: int, bridges: list[int]) -> set[Edge]:
    """The streets of the grid: all bridges, what keeps the region connected, and most of the rest."""
    across = [((column, row), (column + 1, row)) for column in range(COLUMNS - 1) for row in range(ROWS)]
    up = [((column, row), (column, row + 1)) for column in range(COLUMNS) for row in range(ROWS - 1)]
    over = [edge for edge in up if edge[0][1] == river and edge[0][0] in bridges]
    free = across + [edge for edge in up if edge[0][1] != river]
    rng.shuffle(free)
    leader: dict[Spot, Spot] = {}
    kept = set()
    for edge in over + free:
        one, two = _leader(leader, edge[0]), _leader(leader, edge[1])
        if one != two or edge in over or rng.random() < KEPT:
            kept.add(edge)
            leader[one] = two
    return kept


def _leader(leader: dict[Spot, Spot], spot: Spot) -> Spot:
    while (above := leader.get(spot, spot)) != spot:
        spot = above
    return spot


def _streets(rng: random.Random, kept: set[Edge], river: int) -> list[Course]:
    """Runs along each line of the grid, cut to the lengths roads have; every fourth line is an avenue."""
    rows = [[(column, row) for column in range(COLUMNS)] for row in range(ROWS)]
    columns = [[(column, row) for row in range(ROWS)] for column in range(COLUMNS)]
    courses = []
    for number, line in enumerate(rows + columns):
        for run in _runs(line, kept, river):
            crosses = len({spot[0] for spot in run}) == 1 and run[0][1] == river and len(run) == 2
            pieces = [run] if crosses else _pieces(rng, run)
            for piece in pieces:
                kind: Kind = "avenue" if number % 4 == 2 else "street" if len(piece) > 2 else "lane"
                courses.append(Course("bridge" if crosses else kind, [_key(spot) for spot in piece]))
    return courses


def _runs(line: list[Spot], kept: set[Edge], river: int) -> list[list[Spot]]:
    """Longest stretches of kept edges along a line; a bridge is a stretch of its own."""
    runs = [[line[0]]]
    for before, spot in zip(line, line[1:], strict=False):
        bridge = before[1] == river and spot[1] == river + 1
        after_bridge = before[1] == river + 1 and spot[1] == river + 2
        if (before, spot) not in kept:
            runs.append([spot])
        elif bridge or after_bridge:
            runs.append([before, spot])
        else:
            runs[-1].append(spot)
    return [run for run in runs if len(run) > 1]


def _pieces(rng: random.Random, run: list[Spot]) -> list[list[Spot]]:
    pieces = []
    while len(run) > 8:
        cut = rng.randrange(3, 6)
        pieces.append(run[: cut + 1])
        run = run[cut:]
    return [*pieces, run]


def _paths(rng: random.Random, river: int) -> list[Course]:
    """Diagonals through blocks that the river does not cross."""
    rows = [row for row in range(ROWS - 1) if row != river]
    blocks = rng.sample([(column, row) for column in range(COLUMNS - 1) for row in rows], PATHS)
    return [Course("path", [_key((column, row)), _key((column + 1, row + 1))]) for column, row in blocks]


def _motorways() -> list[Course]:
    """One motorway round two sides of the region, and a slip road at each junction."""
    ring = Course("motorway", [f"M{number}" for number in range(len(JUNCTIONS))])
    return [ring] + [Course("motorway", [f"M{number}", _key(spot)]) for number, spot in enumerate(JUNCTIONS)]


def _named(rng: random.Random, courses: list[Course], districts: list[str]) -> list[Road]:
    """Names are unique within a district; about one road in six is called like one elsewhere."""
    used: dict[str, set[str]] = {}
    pools = {kind: [f"{stem} {end}" for stem in STEMS for end in ends] for kind, ends in ROAD_KINDS.items()}
    for pool in pools.values():
        rng.shuffle(pool)
    roads = []
    for number, course in zip(ids(rng, "WAY", len(courses)), courses, strict=True):
        district = _district(course.keys[len(course.keys) // 2], districts)
        name = _name(rng, course, pools, used, district)
        used.setdefault(name, set()).add(district)
        roads.append(Road(number, name, district, course.kind, _speed(rng, course.kind), _busy(rng, course.kind)))
    return roads


def _name(
    rng: random.Random, course: Course, pools: dict[Kind, list[str]], used: dict[str, set[str]], district: str
) -> str:
    if course.kind == "motorway":
        return f"Junction {course.keys[0][1:]}" if len(course.keys) == 2 else f"A{rng.randrange(2, 99)} Motorway"
    known = [name for name in used if name.split()[-1] in ROAD_KINDS[course.kind] and district not in used[name]]
    if course.kind in ("street", "lane") and known and rng.random() < 0.17:
        return rng.choice(known)
    return pools[course.kind].pop()


def _speed(rng: random.Random, kind: Kind) -> int:
    choices = {"motorway": [100, 110], "avenue": [50], "street": [30, 40], "lane": [20, 30], "bridge": [40, 50]}
    return rng.choice(choices.get(kind, [0]))


def _busy(rng: random.Random, kind: Kind) -> int:
    choices = {"motorway": [1, 2, 3], "avenue": [2, 3], "street": [0, 1, 1, 2], "bridge": [2, 3]}
    return rng.choice(choices.get(kind, [0]))


def _segments(
    rng: random.Random, roads: list[Road], courses: list[Course], crossings: dict[str, Crossing]
) -> list[Segment]:
    numbers = iter(ids(rng, "SGM", sum(len(course.keys) - 1 for course in courses)))
    segments = []
    for road, course in zip(roads, courses, strict=True):
        house = 1
        for start, end in zip(course.keys, course.keys[1:], strict=False):
            metres = _metres(crossings[start], crossings[end])
            houses = 0 if road.kind in HOUSELESS else metres // METRES_PER_HOUSE
            segments.append(Segment(next(numbers), road.road_id, start, end, metres, house, houses))
            house += houses
    return segments


def _metres(one: Crossing, two: Crossing) -> int:
    return math.isqrt((one.x - two.x) ** 2 + (one.y - two.y) ** 2)


def _district(key: str, districts: list[str]) -> str:
    column, row = JUNCTIONS[int(key[1:])] if key.startswith("M") else (int(key[1:3]), int(key[4:6]))
    return districts[row * ZONES_UP // ROWS * ZONES_ACROSS + column * ZONES_ACROSS // COLUMNS]


def _key(spot: Spot) -> str:
    return f"C{spot[0]:02d}R{spot[1]:02d}"
