"""A knowledge graph made from a seed, for a server that starts empty; then that server, in this process's place.

python experiments/own_server/memory_world.py SEED FILE COMMAND...      FILE is what MEMORY_FILE_PATH names
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

PEOPLE = "Mira Jonas Leila Tomas Priya Kenji Amara Oskar Nadia Felix Ines Ravi Greta Malik Sofia Diego".split()
SURNAMES = "Holt Brandt Okafor Silva Nakamura Petrov Larsen Moreau Costa Weber Haddad Novak".split()
PLACES = ["Harbour Library", "Mill Bakery", "North Clinic", "Garden Studio", "Station Works", "Quarry Lab"]
PROJECTS = ["Rooftop Garden", "Night Bus Map", "River Cleanup", "Winter Choir", "Seed Archive", "Repair Cafe"]
TRAITS = ["speaks Portuguese", "cycles to work", "plays the cello", "is on leave in May", "keeps the keys"]
HABITS = ["opens at eight", "has a new roof", "closes on Mondays", "needs two volunteers", "meets every Thursday"]


def graph(seed: int) -> list[dict[str, object]]:
    """Nine entities and six relations: five people, each working at a place or helping a project."""
    rng = random.Random(seed)
    names = [f"{first} {rng.choice(SURNAMES)}" for first in rng.sample(PEOPLE, 5)]
    kinds = [
        ("person", names, TRAITS),
        ("place", rng.sample(PLACES, 2), HABITS),
        ("project", rng.sample(PROJECTS, 2), HABITS),
    ]
    entities = [
        {"type": "entity", "name": name, "entityType": kind, "observations": rng.sample(facts, 2)}
        for kind, members, facts in kinds
        for name in members
    ]
    places, projects = (
        [each["name"] for each in entities if each["entityType"] == kind] for kind in ("place", "project")
    )
    ties = [(name, rng.choice(places), "works_at") for name in names[:3]]
    ties += [(name, rng.choice(projects), "helps") for name in names[2:]]
    return entities + [{"type": "relation", "from": one, "to": other, "relationType": tie} for one, other, tie in ties]


if __name__ == "__main__":
    seed, file, *command = sys.argv[1:]
    Path(file).write_text("\n".join(json.dumps(line) for line in graph(int(seed))), encoding="utf-8")
    os.execvp(command[0], command)
