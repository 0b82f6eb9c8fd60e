"""Raw material for worlds: people, streets and cities of many cultures, drawn with a given generator."""

from __future__ import annotations

import random

FIRST = """Mira Jonas Leila Tomas Priya Kazuo Amara Oskar Nadia Felix Ines Ravi Greta Malik Sabina Diego Hana Viktor
Zoe Emil Carmen Idris Lena Bruno Aisha Pavel Yumiko Marta Osman Elsa Nils Tara Hugo Rosa Anton Dina Luca Freya Samir
Vera Paolo Nora Kofi Edith Bela Otto Rhea Simon Talia Ugo Chidi Wanjiru Lian Arjun Lucia Mateo Ingrid Faiza Stefan
Keiko Dmitri Alma Youssef Noemi Tunde Anja Rafael Sunniva Hamza Clara Joaquin Linh Petra Kwame Beatriz Tariq Elin
Giulia Sanjay Maeve Andrei Zainab Henrik Yesenia Mihai Selma Thabo Ioana Cem Aroha Declan Nkechi Jun Ayla Ciaran Odile
Rashid Milena""".split()

LAST = """Holt Brandt Okafor Silva Nakamura Petrov Larsen Moreau Costa Weber Haddad Lindqvist Ferrari Novak Duarte Kaya
Ibsen Rossi Tanaka Vogel Castillo Mensah Keller Duval Sato Barros Jensen Adler Farouk Quinn Romero Steiner Abebe Lund
Marchetti Osei Varga Dahl Pereira Stone Kovacs Nguyen Baptiste Hansen Ortiz Fischer Rahman Doyle Eriksen Adeyemi
Bianchi Chowdhury Demir Fofanah Gallagher Hashimoto Iyer Jovanovic Kimani Laurent Mbeki Nowak Oduya Popescu Reyes
Schmidt Torres Ueda Vasquez Wójcik Yilmaz Zhang Andersson Bose Cohen Diallo Eklund Fontaine Gupta Horvat Ivanova
Kruger Lopez Medina Nasser Olsen Park Rivas Santos Tremblay Urban Villar Walsh Aydin Bauer Cruz""".split()

CITIES = """Lisbon Oslo Turin Lyon Porto Graz Basel Ghent Malmö Bergen Cork Leeds Bilbao Split Varna Tampere Nantes
Utrecht Bremen Bologna Seville Gdansk Aarhus Tallinn Brno Zagreb Valencia Dresden Antwerp Galway""".split()

STREETS = """Harbour Mill Station Garden Church Linden Riverside Orchard Castle Bridge Meadow Chapel Market Cedar
Quarry Spring Tower Willow Abbey Canal""".split()


def people(rng: random.Random, count: int) -> list[str]:
    """Distinct full names; about one in eight shares its first name with an earlier one, to be told apart."""
    names: dict[str, None] = {}
    while len(names) < count:
        known = list(names)
        first = rng.choice(known).split()[0] if known and rng.random() < 0.12 else rng.choice(FIRST)
        names[f"{first} {rng.choice(LAST)}"] = None
    return list(names)


def ids(rng: random.Random, prefix: str, count: int) -> list[str]:
    """Distinct ids such as ACC-30417, in random order, below the range that new ids are counted from."""
    return [f"{prefix}-{number}" for number in rng.sample(range(10_000, 80_000), count)]


def first_new_ids(rng: random.Random, *prefixes: str) -> dict[str, int]:
    """Where the counters of new ids start, per prefix: 80000 and up, different in every world."""
    return {prefix: rng.randrange(80_000, 95_000) for prefix in prefixes}


def street(rng: random.Random) -> str:
    return f"{rng.randrange(1, 140)} {rng.choice(STREETS)} {rng.choice(['Street', 'Road', 'Lane', 'Avenue'])}"
