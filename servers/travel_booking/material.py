"""Raw material for travel: cities with their airports, airlines, what hotels and trips are called."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple


class Place(NamedTuple):
    city: str
    country: str
    utc_offset: int
    latitude: float
    longitude: float
    airports: tuple[tuple[str, str], ...]


def _place(text: str) -> Place:
    city, country, offset, latitude, longitude, *airports = [part.strip() for part in text.split(",")]
    named = tuple((code, name) for code, _, name in (airport.partition(" ") for airport in airports))
    return Place(city, country, int(offset), float(latitude), float(longitude), named)


PLACES = [
    _place(line)
    for line in """Lisbon, Portugal, 0, 38.8, -9.1, LIS Humberto Delgado
Porto, Portugal, 0, 41.2, -8.7, OPO Francisco Carneiro
Madrid, Spain, 1, 40.5, -3.6, MAD Barajas
Barcelona, Spain, 1, 41.3, 2.1, BCN El Prat
Paris, France, 1, 48.9, 2.4, CDG Charles de Gaulle, ORY Orly
Nice, France, 1, 43.7, 7.2, NCE Côte d'Azur
London, United Kingdom, 0, 51.4, -0.3, LHR Heathrow, LGW Gatwick
Edinburgh, United Kingdom, 0, 56.0, -3.4, EDI Turnhouse
Dublin, Ireland, 0, 53.4, -6.3, DUB Collinstown
Oslo, Norway, 1, 60.2, 11.1, OSL Gardermoen
Copenhagen, Denmark, 1, 55.6, 12.7, CPH Kastrup
Stockholm, Sweden, 1, 59.7, 17.9, ARN Arlanda
Helsinki, Finland, 2, 60.3, 25.0, HEL Vantaa
Berlin, Germany, 1, 52.4, 13.5, BER Willy Brandt
Munich, Germany, 1, 48.4, 11.8, MUC Franz Josef Strauss
Vienna, Austria, 1, 48.1, 16.6, VIE Schwechat
Zurich, Switzerland, 1, 47.5, 8.5, ZRH Kloten
Rome, Italy, 1, 41.8, 12.3, FCO Fiumicino
Milan, Italy, 1, 45.5, 9.1, MXP Malpensa, LIN Linate
Athens, Greece, 2, 37.9, 23.9, ATH Eleftherios Venizelos
Warsaw, Poland, 1, 52.2, 21.0, WAW Chopin
Prague, Czechia, 1, 50.1, 14.3, PRG Václav Havel
Budapest, Hungary, 1, 47.4, 19.3, BUD Ferenc Liszt
Istanbul, Türkiye, 3, 41.1, 28.8, IST Arnavutköy, SAW Sabiha Gökçen
Reykjavik, Iceland, 0, 64.0, -22.6, KEF Keflavík
Marrakesh, Morocco, 1, 31.6, -8.0, RAK Menara
Cairo, Egypt, 2, 30.1, 31.4, CAI Heliopolis
Nairobi, Kenya, 3, -1.3, 36.9, NBO Jomo Kenyatta
Dubai, United Arab Emirates, 4, 25.3, 55.4, DXB Al Garhoud
Singapore, Singapore, 8, 1.4, 104.0, SIN Changi
Tokyo, Japan, 9, 35.6, 139.8, HND Haneda, NRT Narita
New York, United States, -5, 40.7, -73.9, JFK John F. Kennedy, EWR Newark
Toronto, Canada, -5, 43.7, -79.6, YYZ Pearson""".splitlines()
]
HOMES = ["Lisbon", "Madrid", "Dublin", "Oslo", "Copenhagen", "Berlin", "Vienna", "Zurich", "Athens", "Warsaw"]
EUROPEAN = 24
"""The first so many places; most destinations are among them."""

AIRLINES = ["NB", "KV", "SJ", "AE", "QP"]
HOTEL_FIRST = "Grand,Hotel,Royal,Little,Park,Old,Casa,Villa,Blue,Golden,Central,Urban".split(",")
HOTEL_SECOND = """Aurora,Belvedere,Meridian,Lantern,Bellini,Harbour,Magnolia,Astoria,Kestrel,Panorama,Linden,Mirador,
Regent,Sable,Cypress,Juniper""".replace("\n", "").split(",")
DISTRICTS = "Old Town,Riverside,Station,Harbour,Museum Quarter,University,Airport,West End".split(",")
OCCASIONS = """{} weekend,Spring in {},Family days in {},{} conference,Anniversary in {},{} city break,Work visit to {},
Birthday in {},{} getaway,Concerts in {},Food tour of {},Reunion in {}""".replace("\n", "").split(",")


def kilometres(one: Place, other: Place) -> float:
    """Along the great circle."""
    north = radians(other.latitude - one.latitude) / 2
    east = radians(other.longitude - one.longitude) / 2
    curve = sin(north) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east) ** 2
    return 12_742 * asin(sqrt(curve))
