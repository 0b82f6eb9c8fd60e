"""Addresses and where they lie: house numbers along segments, degrees and metres, geocoding and its inverse.

Houses stand at even distances along their segment; the numbers of a road run on from segment to segment.
"""

from __future__ import annotations

from servers.maps.records import Crossing, Located, Maps, Place, Region, Road, Segment
from servers.state import ToolError

METRES_PER_LATITUDE = 111_320
FARTHEST = 500

Position = tuple[float, float]


def geocode(maps: Maps, address: str) -> Located:
    number, name, district = _parts(address)
    road = _road_of_address(maps, name, district)
    for segment in maps.segments.where(road_id=road.road_id):
        if segment.first_house <= number < segment.first_house + segment.houses:
            return _located(maps, road, segment, number)
    last = max(row.first_house + row.houses - 1 for row in maps.segments.where(road_id=road.road_id))
    raise ToolError(f"{road.name}, {road.district} has {f'houses 1 to {last}' if last else 'no houses'}")


def reverse_geocode(maps: Maps, latitude: float, longitude: float) -> Located:
    """What stands nearest on the nearest street."""
    (region,) = maps.regions
    point = to_metres(region, latitude, longitude)
    crossings = {row.crossing_id: row for row in maps.crossings}
    away, offset, segment = min(
        (_off(crossings[row.start], crossings[row.end], point) + (row,) for row in maps.segments),
        key=lambda found: (found[0], found[2].segment_id),
    )
    if away > FARTHEST**2:
        raise ToolError(f"no road of {region.name} within {FARTHEST} metres of {latitude}, {longitude}")
    number = segment.first_house + min(int(offset * segment.houses), segment.houses - 1) if segment.houses else 0
    return _located(maps, maps.roads.find(segment.road_id), segment, number)


def house_offset(segment: Segment, number: int) -> int:
    """Metres from the start of the segment to a house."""
    return segment.metres * (2 * (number - segment.first_house) + 1) // (2 * segment.houses)


def position(start: Crossing, end: Crossing, share: float) -> Position:
    return start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share


def position_of(maps: Maps, place: Place) -> Position:
    segment = maps.segments.find(place.segment_id)
    start, end = maps.crossings.find(segment.start), maps.crossings.find(segment.end)
    return position(start, end, place.offset / segment.metres)


def to_degrees(region: Region, point: Position) -> Position:
    """Latitude and longitude to about a metre."""
    latitude = region.latitude + point[1] / METRES_PER_LATITUDE
    longitude = region.longitude + point[0] / region.metres_per_longitude
    return round(latitude, 5), round(longitude, 5)


def to_metres(region: Region, latitude: float, longitude: float) -> Position:
    east = (longitude - region.longitude) * region.metres_per_longitude
    return east, (latitude - region.latitude) * METRES_PER_LATITUDE


def address_of(road: Road, number: int) -> str:
    return f"{number} {road.name}, {road.district}" if number else f"{road.name}, {road.district}"


def _parts(address: str) -> tuple[int, str, str]:
    """ "12 Mill Street, Harbourside" as number, road and district; the district may be missing."""
    street, _, district = address.partition(",")
    number, _, name = street.strip().partition(" ")
    if not (number.isascii() and number.isdigit() and len(number) < 6 and name.strip()):
        raise ToolError(
            f"{address[:60]} is not an address: give number, road and district, as in 12 Mill Street, Ashford"
        )
    return int(number), name.strip().casefold(), district.strip().casefold()


def _road_of_address(maps: Maps, name: str, district: str) -> Road:
    named = [road for road in maps.roads if road.name.casefold() == name]
    if not named:
        raise ToolError(f"no road called {name}")
    found = [road for road in named if district in ("", road.district.casefold())]
    if len(found) != 1:
        places = " and ".join(sorted(road.district for road in named))
        raise ToolError(f"{named[0].name} is in {places}; say in which district")
    return found[0]


def _located(maps: Maps, road: Road, segment: Segment, number: int) -> Located:
    (region,) = maps.regions
    start, end = maps.crossings.find(segment.start), maps.crossings.find(segment.end)
    share = house_offset(segment, number) / segment.metres if number else 0.5
    address = address_of(road, number)
    here = maps.places.where(address=address)
    place_id, place = (here[0].place_id, here[0].name) if here else ("", "")
    return Located(address, *to_degrees(region, position(start, end, share)), road.road_id, place_id, place)


def _off(start: Crossing, end: Crossing, point: Position) -> tuple[float, float]:
    """How far a point is from a segment, squared, and at which share of its length it is nearest."""
    east, north = end.x - start.x, end.y - start.y
    along = ((point[0] - start.x) * east + (point[1] - start.y) * north) / (east * east + north * north)
    share = min(1.0, max(0.0, along))
    x, y = position(start, end, share)
    return (point[0] - x) ** 2 + (point[1] - y) ** 2, share
