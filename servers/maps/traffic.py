"""What the time of day does to roads: rush hours slow cars down, closures keep modes off, places open and close."""

from __future__ import annotations

from datetime import date

from servers.maps.records import Closure, Level, Maps, Mode, Place, Reason, Road, Weekday

WEEKDAYS: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BLOCKED: dict[Reason, tuple[Mode, ...]] = {
    "roadworks": ("car",),
    "accident": ("car",),
    "street_festival": ("bike", "car"),
    "fallen_tree": ("bike", "car"),
    "flooding": ("foot", "bike", "car"),
}
PERCENT: dict[Level, tuple[int, ...]] = {
    "free": (100, 100, 100, 100),
    "slow": (100, 90, 80, 70),
    "jammed": (100, 80, 60, 40),
}
"""Of the allowed speed, by how busy a road is."""


def hour_at(moment: str) -> Level:
    """Jammed at 07–09 and 16–18 from Monday to Friday; slow between these and on weekend afternoons."""
    hour, weekend = int(moment[11:13]), weekday(moment) in ("Saturday", "Sunday")
    if not weekend and hour in (7, 8, 16, 17):
        return "jammed"
    return "slow" if (12 if weekend else 9) <= hour < 18 else "free"


def speed_now(road: Road, moment: str) -> int:
    return road.speed_kmh * PERCENT[hour_at(moment)][road.busy] // 100


def level_of(road: Road, moment: str) -> Level:
    """How cars get on: free at nine tenths of the allowed speed or more, jammed below seven tenths."""
    percent = PERCENT[hour_at(moment)][road.busy]
    return "free" if percent >= 90 else "slow" if percent >= 70 else "jammed"


def closures_at(maps: Maps, moment: str) -> list[Closure]:
    return [closure for closure in maps.closures if closure.starts <= moment < closure.ends]


def closed_roads(maps: Maps, mode: Mode, moment: str) -> set[str]:
    return {closure.road_id for closure in closures_at(maps, moment) if mode in BLOCKED[closure.reason]}


def is_open(place: Place, moment: str) -> bool:
    """Hours past midnight belong to the day before."""
    clock, today = moment[11:], weekday(moment)
    if place.opens < place.closes:
        return today not in place.closed_on and place.opens <= clock < place.closes
    yesterday = WEEKDAYS[WEEKDAYS.index(today) - 1]
    late, early = clock >= place.opens, clock < place.closes
    return (late and today not in place.closed_on) or (early and yesterday not in place.closed_on)


def weekday(moment: str) -> Weekday:
    return WEEKDAYS[date.fromisoformat(moment[:10]).weekday()]
