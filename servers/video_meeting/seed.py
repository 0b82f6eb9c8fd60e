"""One organiser's meetings from a seed: weekly series, webinars, some live right now, some about to start."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Literal, NamedTuple

from msgspec.structs import replace

from servers.names import first_new_ids, ids, people
from servers.state import Base, later, minutes_between
from servers.video_meeting.records import Owner, Participant, Person, Recording, Role, Switch, VideoMeeting

TOPICS = """Safety,Spanish,Spreadsheet,Photography,First aid,Sales,Negotiation,Gardening,Writing,Data,Budget,Onboarding,
Accessibility,Leadership,Recruiting,Compliance,Cooking,Yoga,Piano,Pricing,Support,Security,Marketing,Archive,Library,
Volunteer,Customer,Partner,Press,Design,Robotics,Chess,History,Astronomy,Translation,Nutrition""".replace(
    "\n", ""
).split(",")
FORMS = "webinar training class workshop demo briefing office-hours round-table seminar meetup".split()
PEOPLE = 54
SERIES, PAST_OF_SERIES, COMING_OF_SERIES = 7, 5, 2
PAST, COMING = 30, 18
LENGTHS = [30, 45, 45, 60, 60, 90, 120]
LATE = [0, 0, 0, 1, 1, 2, 2, 3, 4, 6, 9, -1]
Stage = Literal["over", "missed", "live", "ready", "ahead"]
LONG = 10_000
"""Minutes that nobody stays longer than: until the end."""


class Plan(NamedTuple):
    """A meeting to be; the stage is where it stands when the world begins."""

    title: str
    start: str
    minutes: int
    stage: Stage
    role: Role
    """Of the organiser."""


def generate(seed: int) -> Base:
    """The meetings of this seed: 105 with some 720 participants, 4 live, 4 ready, about 30 recordings."""
    rng = random.Random(f"video_meeting:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(9, 18):02d}:{rng.randrange(60):02d}"
    directory = [
        Person(number, name) for number, name in zip(ids(rng, "PSN", PEOPLE), people(rng, PEOPLE), strict=True)
    ]
    plans = _plans(rng, now, directory)
    numbers = iter(ids(rng, "PTC", len(plans) * 14))
    meetings: list[VideoMeeting] = []
    participants: list[Participant] = []
    for number, plan in zip(ids(rng, "VMT", len(plans)), plans, strict=True):
        meeting, rows = _meeting(rng, number, plan, directory)
        meetings.append(meeting)
        participants += [replace(row, participant_id=next(numbers)) for row in _settled(rng, meeting, rows, plan, now)]
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "VMT", "PTC", "RCG"),
        owners=[Owner(ids(rng, "ORG", 1)[0], directory[0].person_id)],
        people=sorted(directory, key=lambda row: row.name),
        meetings=sorted(meetings, key=lambda row: (row.start, row.video_meeting_id)),
        participants=participants,
        recordings=_recordings(rng, meetings, now),
    )


def new_title(rng: random.Random) -> str:
    return f"{rng.choice(TOPICS)} {rng.choice(FORMS)}"


def _plans(rng: random.Random, now: str, directory: list[Person]) -> list[Plan]:
    """Meetings over, ahead, live and ready; the two first live ones are the organiser's own."""
    plans = []
    for title in _titles(rng, SERIES):
        first, minutes = _moment(rng, now, -6), rng.choice(LENGTHS)
        role: Role = rng.choice(["host", "host", "cohost"])  # type: ignore[assignment]
        for week in range(-PAST_OF_SERIES + 1, COMING_OF_SERIES + 1):
            plans.append(Plan(title, later(first, days=7 * week), minutes, "over" if week <= 0 else "ahead", role))
    singles = _titles(rng, PAST + COMING) + [f"Interview {row.name}" for row in rng.sample(directory[1:], 4)]
    rng.shuffle(singles)
    for _ in range(PAST):
        moment = _moment(rng, now, -1 - int(rng.expovariate(1 / 40)))
        stage: Stage = "missed" if rng.random() < 0.1 else "over"
        plans.append(Plan(singles.pop(), moment, rng.choice(LENGTHS), stage, _role(rng)))
    for _ in range(COMING):
        moment = _moment(rng, now, 1 + int(rng.expovariate(1 / 12)))
        plans.append(Plan(singles.pop(), moment, rng.choice(LENGTHS), "ahead", _role(rng)))
    return plans + _current(rng, now)


def _current(rng: random.Random, now: str) -> list[Plan]:
    """What is live, and what may start: a little late or in a few minutes."""
    titles = _titles(rng, 8)
    plans = []
    for role in ("host", "host", "cohost", "guest"):
        start = later(now, minutes=-rng.randrange(12, 40))
        plans.append(Plan(titles.pop(), start, rng.choice([90, 120, 150]), "live", role))
    for role, wait in (("host", -6), ("host", 5), ("host", 11), ("cohost", 9)):
        start = later(now, minutes=wait + rng.randrange(-3, 4))
        plans.append(Plan(titles.pop(), start, rng.choice([45, 60, 90]), "ready", role))
    return plans


def _titles(rng: random.Random, count: int) -> list[str]:
    """About one in six begins like another one: a webinar and a class of the same topic."""
    titles: dict[str, None] = {}
    while len(titles) < count:
        known = list(titles)
        topic = rng.choice(known).rpartition(" ")[0] if known and rng.random() < 0.15 else rng.choice(TOPICS)
        titles[f"{topic} {rng.choice(FORMS)}"] = None
    return list(titles)


def _role(rng: random.Random) -> Role:
    return rng.choice(["host", "host", "host", "cohost", "guest"])  # type: ignore[return-value]


def _moment(rng: random.Random, now: str, days: int) -> str:
    """A quarter of an hour between 8:00 and 19:45, so many days from today."""
    return f"{later(now, days=days)[:10]}T{rng.randrange(8, 20):02d}:{rng.choice(['00', '15', '30', '45'])}"


def _meeting(
    rng: random.Random, number: str, plan: Plan, directory: list[Person]
) -> tuple[VideoMeeting, list[Participant]]:
    """A meeting as planned, and who is asked to it: the organiser, a host, sometimes a co-host, guests."""
    me, now_or_soon = directory[0], plan.stage in ("live", "ready")
    others = rng.sample(directory[1:], rng.randrange(8, 12) if now_or_soon else rng.randrange(3, 9))
    host = me if plan.role == "host" else others.pop(0)
    rows = [_place(rng, number, host, "host")]
    if host != me:
        rows.append(replace(_place(rng, number, me, plan.role), late=0, stays=LONG))
    second: Role = "cohost" if rng.random() < 0.25 else "guest"
    rows += [_place(rng, number, person, second if place == 0 else "guest") for place, person in enumerate(others)]
    door: Switch = "on" if now_or_soon or rng.random() < 0.65 else "off"
    started, ended = _course(rng, plan)
    return VideoMeeting(number, plan.title, host.person_id, plan.start, plan.minutes, door, started, ended), rows


def _course(rng: random.Random, plan: Plan) -> tuple[str, str]:
    """When a meeting started and ended, as far as it did."""
    if plan.stage == "live":
        return plan.start, ""
    if plan.stage != "over":
        return "", ""
    started = later(plan.start, minutes=rng.randrange(-4, 7))
    return started, later(started, minutes=plan.minutes + rng.randrange(-12, 9))


def _place(rng: random.Random, meeting_id: str, person: Person, role: Role) -> Participant:
    late = 0 if role == "host" else rng.choice(LATE)
    stays = LONG if role == "host" or rng.random() < 0.75 else rng.randrange(8, 90)
    return Participant("", meeting_id, person.person_id, person.name, role, late, stays)


def _settled(
    rng: random.Random, meeting: VideoMeeting, rows: list[Participant], plan: Plan, now: str
) -> list[Participant]:
    """Participants with what has already happened to them at the door and to their microphones."""
    if not meeting.started:
        return rows
    rows = [replace(row, muted=row.role == "guest" and rng.random() < 0.3) for row in rows]
    guests = [row for row in rows if row.role == "guest"]
    others = [row for row in rows if row.role != "guest"]
    if plan.stage == "live":
        passed = minutes_between(meeting.started, now)
        return others + [_live_guest(rng, meeting, row, place, passed) for place, row in enumerate(guests)]
    return others + [_let_in(meeting, row) if rng.random() < 0.95 else row for row in guests]


def _live_guest(rng: random.Random, meeting: VideoMeeting, row: Participant, place: int, passed: int) -> Participant:
    """The first guests are in, the next ones wait at the door, some are still to come, one may be turned away."""
    if place < 3 or rng.random() < 0.2:
        return _let_in(meeting, replace(row, late=rng.randrange(passed - 5), stays=LONG))
    if place < 6:
        return replace(row, late=passed - rng.randrange(5), muted=False)
    if rng.random() < 0.25:
        comes = later(meeting.started, minutes=passed - 6)
        return replace(row, late=passed - 8, muted=False, decision="deny", decided=comes)
    return replace(row, late=passed + rng.randrange(1, 25), muted=False)


def _let_in(meeting: VideoMeeting, row: Participant) -> Participant:
    """A guest who came and was admitted within a minute, where there is a door."""
    if meeting.waiting_room == "off" or row.late < 0:
        return row
    return replace(row, decision="admit", decided=later(meeting.started, minutes=row.late + 1))


def _recordings(rng: random.Random, meetings: list[VideoMeeting], now: str) -> list[Recording]:
    """About half of the past meetings were recorded; of the live ones the first is being recorded."""
    live = [row for row in meetings if row.started and not row.ended]
    over = [row for row in meetings if row.ended and rng.random() < 0.5]
    numbers = iter(ids(rng, "RCG", len(over) + 2))
    rows = [Recording(next(numbers), live[0].video_meeting_id, later(live[0].started, minutes=2))]
    for meeting in over:
        started = later(meeting.started, minutes=rng.randrange(4))
        stopped = later(started, minutes=rng.randrange(8, 20)) if rng.random() < 0.3 else ""
        rows.append(Recording(next(numbers), meeting.video_meeting_id, started, min(stopped, meeting.ended)))
    stopped = later(now, minutes=-3)
    return [*rows, Recording(next(numbers), live[1].video_meeting_id, later(live[1].started, minutes=1), stopped)]
