"""A team's disk from a seed: the member's home, colleagues' homes, team and project directories, old years, logs."""

from __future__ import annotations

import random
from datetime import date, timedelta

from msgspec.structs import replace

from servers.filesystem import contents
from servers.filesystem.areas import SYSTEM, grow_colleague, grow_home, grow_past, grow_project, grow_system, grow_team
from servers.filesystem.contents import Writer
from servers.filesystem.growth import Growth, Owner
from servers.filesystem.material import PROJECTS, RARE_TAGS, SUBJECTS, TAGS, TEAMS, VERSION_NOTES
from servers.filesystem.quota import usage
from servers.filesystem.records import TRASH, Desk, Disk, Lock, Node, Trashed, User, Version, Volume
from servers.names import first_new_ids, ids, people
from servers.state import Base, later

USERS = 8
NODES = 1_200
VERSIONED, TAGGED, LOCKED_BY_ME, LOCKED_BY_OTHERS = 12, 24, 3, 4
MOST_ENTRIES = 2_500
MEGABYTE = 1_000_000
FREE_MEGABYTES = {"home": [3, 20, 60, 150], "team": [1, 8, 40], "projects": [1, 4, 25, 90], "system": [50], "past": [0]}

OPEN, READABLE, CLOSED = ("775", "664"), ("755", "644"), ("750", "640")
TEAM_BITS = [OPEN, OPEN, READABLE, CLOSED]
PROJECT_BITS = [(0, OPEN), (0, OPEN), (1, OPEN), (2, READABLE), (3, CLOSED)]
"""Of each project the team it belongs to, and its bits."""


def generate(seed: int) -> Base:
    """The disk of this seed: some 100 directories, 250 text files, 60 photos and papers, links, archives, trash."""
    rng = random.Random(f"filesystem:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 19):02d}:{rng.randrange(60):02d}"
    teams = rng.sample(sorted(TEAMS), len(TEAM_BITS))
    users = _users(rng, teams)
    growth = Growth(rng, today, iter(ids(rng, "NOD", NODES)))
    writer = Writer(rng, [user.name for user in users])
    roots = _grow(growth, writer, users, teams, today)
    trash = _trash(growth, writer, users[0], today)
    nodes = {node.node_id: node for node in growth.dated()}
    texts = _own_texts(nodes, users[0])
    tables = {
        "users": users,
        "desks": [_desk(rng, texts, users[0])],
        "locks": _locks(rng, texts, users, now),
        "trash": trash,
        "versions": _versions(writer, texts),
        "nodes": _tagged(rng, nodes, texts),
    }
    counters = first_new_ids(rng, "NOD", "TSH", "FVR")
    volumes = [Volume(name, root.node_id, name == "past", 0, MOST_ENTRIES) for name, root in roots.items()]
    disk = Disk(Base(seed, now, counters, volumes=volumes, **tables))
    return Base(seed, now, counters, volumes=[_sized(rng, disk, row) for row in volumes], **tables)


def _users(rng: random.Random, teams: list[str]) -> list[User]:
    """The signed-in member, of the first two teams, and colleagues of all."""
    users: dict[str, User] = {}
    for position, name in enumerate(people(rng, USERS)):
        first, last = name.casefold().split()
        user = first if first not in users else f"{first}{last[0]}{position}"
        own = (teams[0], "staff", teams[1]) if position == 0 else (teams[position % len(teams)], "staff")
        users[user] = User(user, name, tuple(group.lower() for group in own))
    return list(users.values())


def _grow(growth: Growth, writer: Writer, users: list[User], teams: list[str], today: date) -> dict[str, Node]:
    """Grows everything; returns the roots of the volumes."""
    me, *colleagues = users
    leads = {user.groups[0]: user.user for user in colleagues}
    root = growth.directory(None, "", SYSTEM)
    homes = growth.directory(root, "home", SYSTEM)
    home = growth.directory(homes, me.user, Owner(me.user, me.groups[0]))
    grow_home(growth, writer, home, Owner(me.user, me.groups[0]))
    for user, bits in zip(colleagues, ["755", "755", "700"], strict=False):
        owner = Owner(user.user, user.groups[0], bits)
        grow_colleague(growth, writer, growth.directory(homes, user.user, owner), owner)
    shared = growth.directory(root, "team", SYSTEM)
    for team, bits in zip(teams, TEAM_BITS, strict=True):
        owner = Owner(leads[team.lower()], team.lower(), *bits)
        grow_team(growth, writer, growth.directory(shared, team, owner), owner)
    projects = growth.directory(root, "projects", Owner("system", "staff", "775"))
    for name, (team, bits) in zip(growth.rng.sample(sorted(PROJECTS), len(PROJECT_BITS)), PROJECT_BITS, strict=True):
        owner = Owner(leads[teams[team].lower()], teams[team].lower(), *bits)
        grow_project(growth, writer, growth.directory(projects, name, owner), owner)
    past = growth.directory(root, "past", SYSTEM)
    grow_past(growth, writer, past, today)
    grow_system(growth, writer, root)
    return {"system": root, "home": home, "team": shared, "projects": projects, "past": past}


def _trash(growth: Growth, writer: Writer, me: User, today: date) -> list[Trashed]:
    """What the member threw away: one whose directory is gone, one whose name is taken again, one directory."""
    rng, owner, rows = growth.rng, Owner(me.user, me.groups[0]), []
    subjects = iter(rng.sample(SUBJECTS, 6))
    places = ["Notes", "Downloads", "Documents/Letters", "Documents", "Desktop", "Documents/Old Flat"]
    paths = [f"{place}/{next(subjects)}_draft.txt" for place in places]
    for path, number in zip([*paths, "Desktop/todo.txt", "Notes/Old Drafts"], ids(rng, "TSH", 8), strict=True):
        day = today - timedelta(days=rng.randrange(90, 500))
        node, taken = _thrown_away(growth, writer, path, owner, day)
        when = f"{today - timedelta(days=rng.randrange(1, 80))}T{rng.randrange(9, 18):02d}:{rng.randrange(60):02d}"
        size = sum(part.size for part in taken)
        rows.append(Trashed(number, node.node_id, f"/home/{me.user}/{path}", "home", when, size, len(taken)))
    return rows


def _thrown_away(growth: Growth, writer: Writer, path: str, owner: Owner, day: date) -> tuple[Node, list[Node]]:
    """A text file, or a directory with two, that hangs below TRASH; and all that came with it."""
    name, before = path.rpartition("/")[2], len(growth.nodes)
    trash = Node(TRASH, "", TRASH, "directory", "", "", "", "")
    if name.endswith(".txt"):
        node = growth.text(trash, name, contents.to_do(writer, day), owner, day)
        return node, [node]
    node = growth.directory(trash, name, owner)
    for number in (1, 2):
        growth.text(node, f"draft_{number}.txt", contents.letter(writer, day), owner, day)
    return node, growth.nodes[before:]


def _own_texts(nodes: dict[str, Node], me: User) -> list[Node]:
    """Text files of the tree that the member may write: own ones, and those of the groups."""

    def is_writable(node: Node) -> bool:
        own = node.owner == me.user and node.permissions == "644"
        return own or (node.group in me.groups and node.permissions == "664")

    return [node for node in nodes.values() if node.kind == "text" and is_writable(node) and _lies_open(nodes, node)]


def _lies_open(nodes: dict[str, Node], node: Node) -> bool:
    """Not in an archive and not in the trash."""
    while node.parent_id in nodes and nodes[node.parent_id].kind == "directory":
        node = nodes[node.parent_id]
    return node.parent_id == ""


def _desk(rng: random.Random, texts: list[Node], me: User) -> Desk:
    """In one of the own directories with several text files, after a few others."""
    held = [node.parent_id for node in texts if node.owner == me.user]
    here, *before = rng.sample([key for key in dict.fromkeys(held) if held.count(key) > 2], 4)
    return Desk(me.user, here, tuple(before))


def _locks(rng: random.Random, texts: list[Node], users: list[User], now: str) -> list[Lock]:
    """A few files that the member has locked, and files of the teams that colleagues have."""
    me = users[0].user
    own, shared = [[node for node in texts if (node.owner == me) == mine] for mine in (True, False)]
    rows = [(node, me) for node in rng.sample(own, LOCKED_BY_ME)]
    rows += [(node, node.owner) for node in rng.sample(shared, LOCKED_BY_OTHERS)]
    return [Lock(node.node_id, user, later(now, minutes=rng.randrange(40, 900))) for node, user in rows]


def _versions(writer: Writer, texts: list[Node]) -> list[Version]:
    """One to three earlier states of a few files, the earliest the most different; minutes are written once."""
    rng, rows = writer.rng, []
    numbers = iter(ids(rng, "FVR", 3 * VERSIONED))
    for node in rng.sample([node for node in texts if "_meeting_" not in node.name], VERSIONED):
        saved, content = node.modified, node.content
        for note in rng.sample(VERSION_NOTES, rng.randrange(1, 4)):
            saved, content = later(saved, days=-rng.randrange(1, 40)), contents.revised(writer, content)
            rows.append(Version(next(numbers), node.node_id, saved, note, content))
    return rows


def _tagged(rng: random.Random, nodes: dict[str, Node], texts: list[Node]) -> list[Node]:
    """Common tags on many entries, and some that only one entry has."""
    rare = rng.sample(RARE_TAGS, 8)
    tagged = dict(nodes)
    for position, node in enumerate(rng.sample(texts, TAGGED)):
        tags = {rng.choice(TAGS), rare[position]} if position < len(rare) else {rng.choice(TAGS), rng.choice(TAGS)}
        tagged[node.node_id] = replace(node, tags=tuple(sorted(tags)))
    return list(tagged.values())


def _sized(rng: random.Random, disk: Disk, volume: Volume) -> Volume:
    """The quota is what is used in whole megabytes and some to spare."""
    used = usage(disk, volume).size // MEGABYTE + 1
    return replace(volume, quota=(used + rng.choice(FREE_MEGABYTES[volume.volume])) * MEGABYTE)
