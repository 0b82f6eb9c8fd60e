"""A company's chat from a seed: some forty channels with a year of threads, members in many cities, direct talk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from servers.names import first_new_ids, ids, people
from servers.state import Base, later
from servers.team_chat.material import (
    ANSWERS,
    CITIES,
    COMPANY,
    DIRECT,
    HOBBIES,
    NEWS,
    PRIVATE,
    PROJECTS,
    SOCIAL,
    STAGES,
    STATUSES,
    TEAM_TOPICS,
    TEAMS,
    TOPICS,
    WEEKDAYS,
    WORK,
)
from servers.team_chat.records import Channel, ChatMessage, Kind, Member, Owner, Pin, Reaction, Reactions
from servers.team_chat.rules import EVERYBODY

MEMBERS, DEACTIVATED, LEADERS, DIRECT_TALKS = 48, 3, 4, 9
ROOTS, MOST_REPLIES = 420, 7
ARCHIVED_DAYS = 150
REACTIONS: list[Reactions] = [
    *["thumbs_up", "thumbs_up", "heart", "party", "eyes", "rocket", "check_mark", "laughing", "clapping"],
    *["raised_hands", "fire", "coffee", "thank_you", "sunflower"],
]


class Plan(NamedTuple):
    """A channel to be: how many are in it (from, below), how likely the signed-in member is, how busy it is."""

    name: str
    topic: str
    lines: list[str]
    weight: int
    size: tuple[int, int]
    mine: float
    kind: Kind = "public"
    archived: bool = False


class Place(NamedTuple):
    """A channel, the lines said in it and how busy it is."""

    channel: Channel
    lines: list[str]
    weight: int


def generate(seed: int) -> Base:
    """The workspace of this seed: 48 members, about 44 channels, some 900 messages, 350 reactions, 40 pins."""
    rng = random.Random(f"team_chat:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 18):02d}:{rng.randrange(60):02d}"
    members = _members(rng, now)
    me = members[0]
    places = _places(rng, members)
    messages = _messages(rng, members, places, now)
    channels = sorted((place.channel for place in places), key=lambda row: (row.name, row.channel_id))
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "CHN", "CMG"),
        owners=[Owner(ids(rng, "WSO", 1)[0], me.member_id)],
        members=sorted(members, key=lambda row: row.name),
        channels=channels,
        messages=messages,
        reactions=_reactions(rng, messages, channels),
        pins=_pins(rng, messages, channels),
    )


def _members(rng: random.Random, now: str) -> list[Member]:
    """The signed-in member first; a few are away with a status, the last ones have left the company."""
    rows: list[Member] = []
    home = rng.choice(list(CITIES))
    for place, (number, name) in enumerate(zip(ids(rng, "MBR", MEMBERS), people(rng, MEMBERS), strict=True)):
        team = rng.choice(list(TEAMS))
        city = home if place == 0 or rng.random() < 0.4 else rng.choice(list(CITIES))
        status, until = "", ""
        if 0 < place < MEMBERS - DEACTIVATED and rng.random() < 0.25:
            status = rng.choice(STATUSES).format(city=rng.choice(list(CITIES)))
            until = later(now, minutes=rng.choice([-300, 25, 90, 400, 1_500, 7_000]))
        rows.append(
            Member(
                member_id=number,
                name=name,
                handle=name.lower().replace("ó", "o").replace(" ", "."),
                title=rng.choice(TEAMS[team]),
                team=team,
                city=city,
                hours_ahead=CITIES[city] - CITIES[home],
                status=status,
                status_presence=rng.choice(["away", "do_not_disturb"]),
                status_until=until,
                deactivated=place >= MEMBERS - DEACTIVATED,
            )
        )
    return rows


def _places(rng: random.Random, members: list[Member]) -> list[Place]:
    """Channels of everybody, those of teams, projects and hobbies, private ones, and direct conversations."""
    numbers = iter(ids(rng, "CHN", 80))
    everybody = tuple(row.member_id for row in members)
    leaders = tuple(rng.sample(everybody[1 : MEMBERS - DEACTIVATED], LEADERS))
    news = Channel(next(numbers), "announcements", "public", "Only leaders post here", everybody, leaders)
    places = [Place(news, NEWS, 18)]
    for name, topic in COMPANY.items():
        places.append(Place(Channel(next(numbers), name, "public", topic, everybody), WORK + SOCIAL, 22))
    places += [_place(rng, next(numbers), plan, everybody) for plan in _plans(rng)]
    for other in rng.sample(everybody[1:], DIRECT_TALKS):
        places.append(Place(Channel(next(numbers), "", "direct", "", (everybody[0], other)), DIRECT, 6))
    return places


def _plans(rng: random.Random) -> list[Plan]:
    """The last projects are over; the last private channels are closed to the signed-in member."""
    plans = [Plan(name, topic, WORK, 16, (7, 16), 0.55) for name, topic in TEAM_TOPICS.items()]
    *running, first, second, third = rng.sample(PROJECTS, 8)
    for project in running:
        plans.append(Plan(f"project-{project}", f"All about {project}", WORK, 14, (8, 18), 0.7))
        if rng.random() < 0.7:
            stage = rng.choice(list(STAGES))
            plans.append(Plan(f"project-{project}-{stage}", STAGES[stage].format(project), WORK, 9, (5, 12), 0.6))
    for project in (first, second, third):
        topic = f"All about {project}"
        plans.append(Plan(f"project-{project}", topic, WORK, 8, (6, 14), 0.7, archived=True))
    plans += [Plan(name, HOBBIES[name], SOCIAL, 8, (5, 20), 0.45) for name in rng.sample(list(HOBBIES), 6)]
    for place, name in enumerate(rng.sample(list(PRIVATE), 5)):
        plans.append(Plan(name, PRIVATE[name], WORK, 9, (4, 9), float(place < 3), "private"))
    return plans


def _place(rng: random.Random, number: str, plan: Plan, everybody: tuple[str, ...]) -> Place:
    inside = tuple(rng.sample(everybody[1:], rng.randrange(*plan.size)))
    if rng.random() < plan.mine:
        inside = (everybody[0], *inside)
    return Place(
        Channel(number, plan.name, plan.kind, plan.topic, inside, archived=plan.archived), plan.lines, plan.weight
    )


def _messages(rng: random.Random, members: list[Member], places: list[Place], now: str) -> list[ChatMessage]:
    """Threads in channels, busy ones more often; an id is drawn for each, all before now."""
    known = {row.member_id: row for row in members}
    numbers = iter(ids(rng, "CMG", ROOTS * 5))
    busy = [place for place in places for _ in range(place.weight)]
    chosen = [rng.choice(busy) for _ in range(ROOTS - len(places))] + places
    rows: list[ChatMessage] = []
    for place in chosen:
        rows += _thread(rng, known, place, now, numbers)
    return sorted(rows, key=lambda row: (row.posted, row.chat_message_id))


def _thread(
    rng: random.Random, known: dict[str, Member], place: Place, now: str, numbers: Iterator[str]
) -> list[ChatMessage]:
    channel, rows = place.channel, []
    posted = _moment(rng, now, ARCHIVED_DAYS if channel.archived else 0)
    length = 1 if rng.random() < 0.45 else 2 + min(MOST_REPLIES - 1, int(rng.expovariate(1 / 1.6)))
    root, lines = "", place.lines
    while len(rows) < length and posted < now:
        number = next(numbers)
        root = root or number
        writers = channel.writers if channel.writers and not rows else channel.members
        writer = rng.choice(writers)
        text = _said(rng, known, channel, writer, rng.choice(lines))
        rows.append(ChatMessage(number, channel.channel_id, writer, text, posted, root))
        posted, lines = later(posted, minutes=rng.choice([1, 2, 4, 9, 25, 70, 300])), ANSWERS
    return rows


def _said(rng: random.Random, known: dict[str, Member], channel: Channel, writer: str, line: str) -> str:
    """A line with its gaps filled; now and then somebody of the channel is mentioned."""
    names = list(known.values())
    text = line.format(
        topic=rng.choice(TOPICS),
        person=rng.choice(names).name.split()[0],
        day=rng.choice(WEEKDAYS),
        hour=f"{rng.randrange(8, 19)}:{rng.choice(['00', '15', '30', '45'])}",
        number=rng.randrange(2, 30),
        city=rng.choice(list(CITIES)),
    )
    meant = channel.members[0] if rng.random() < 0.3 else rng.choice(channel.members)
    if channel.kind != "direct" and meant != writer and rng.random() < 0.18:
        return f"@{known[meant].handle if rng.random() < 0.93 else EVERYBODY} {text}"
    return text


def _moment(rng: random.Random, now: str, at_least_days: int) -> str:
    """A time of day between 7:00 and 19:59 in the last year, recent ones more likely, before now."""
    days = at_least_days + min(330, int(rng.expovariate(1 / 45)))
    day = datetime.fromisoformat(now[:10]) - timedelta(days=days)
    moment = (day + timedelta(minutes=rng.randrange(7 * 60, 20 * 60))).isoformat(timespec="minutes")
    return moment if moment < now else later(moment, days=-1)


def _reactions(rng: random.Random, messages: list[ChatMessage], channels: list[Channel]) -> list[Reaction]:
    inside = {row.channel_id: row.members for row in channels}
    rows: dict[str, Reaction] = {}
    for message in messages:
        if rng.random() < 0.24:
            favourite = rng.choice(REACTIONS)
            for member_id in rng.sample(inside[message.channel_id], min(2, rng.randrange(1, 3))):
                kind = favourite if rng.random() < 0.7 else rng.choice(REACTIONS)
                number = f"{message.chat_message_id}/{kind}/{member_id}"
                rows[number] = Reaction(number, message.chat_message_id, kind, member_id)
    return list(rows.values())


def _pins(rng: random.Random, messages: list[ChatMessage], channels: list[Channel]) -> list[Pin]:
    """Up to two for most channels."""
    inside = {row.channel_id: row.members for row in channels if row.kind != "direct"}
    rows: list[Pin] = []
    by_channel: dict[str, list[ChatMessage]] = {}
    for message in messages:
        by_channel.setdefault(message.channel_id, []).append(message)
    for channel_id, members in inside.items():
        said = by_channel[channel_id]
        for message in rng.sample(said, min(len(said), rng.choice([0, 1, 1, 2]))):
            rows.append(Pin(message.chat_message_id, channel_id, rng.choice(members), message.posted))
    return rows
