"""One employee's calendar from a seed: weeks of meetings around today, series, colleagues, rooms really taken."""

from __future__ import annotations

import random
from datetime import date, timedelta

from msgspec.structs import replace

from servers.calendar.records import (
    ME,
    AnswerState,
    Colleague,
    Engagement,
    Event,
    Invitee,
    Owner,
    Reminder,
    Repeats,
    Room,
)
from servers.calendar.recurrence import clock, days, end_of, last_day, minute_of
from servers.names import first_new_ids, ids, people
from servers.state import Base, minutes_between

TOPICS = """Budget Roadmap Hiring Onboarding Pricing Security Marketing Launch Migration Support Sales Design Payroll
Supplier Warehouse Website Newsletter Partner Contract Audit Training Research Quality Platform Analytics Brand
Logistics Compliance Forecast Customer Product Data Mobile Facilities Travel Events Press Legal""".split()
FORMS = "review planning workshop sync check-in demo retrospective kick-off briefing handover".split()
PRIVATE = [
    *["Dentist", "Haircut", "Physio", "Eye test", "Parents' evening", "Car service", "Choir practice", "Swimming"],
    *["Vet appointment", "Bank appointment", "Yoga class", "Plumber visit", "Piano lesson", "Blood donation"],
]
ROOM_NAMES = """Fjord Harbour Lantern Maple Atlas Comet Juniper Marble Nimbus Orchid Pavilion Quartz Sable Tundra Zephyr
Meridian Basalt Cobalt Ember Prism Saffron Summit Tidal Walnut""".split()
TEAMS = ["Finance", "Design", "Engineering", "Sales", "Support", "Legal", "Marketing", "People", "Operations"]
HOME_CITIES = {"Lisbon": 0, "Leeds": 0, "Cork": 0, "Oslo": 1, "Turin": 1, "Lyon": 1, "Bremen": 1, "Tampere": 2}
FAR_CITIES = {"Porto": 0, "Ghent": 1, "Nairobi": 3, "Dubai": 4, "Pune": 5, "Singapore": 8, "Recife": -3, "Boston": -5}
CITIES = HOME_CITIES | FAR_CITIES
CAPACITIES = [2, 4, 4, 4, 6, 6, 8, 8, 10, 12, 16, 24]
LENGTHS = [15, 30, 30, 45, 60, 60, 90]
COLLEAGUES = 60
SINGLES = 168
SERIES: list[Repeats] = ["weekdays", *["weekly"] * 7, *["monthly"] * 4]
DAYS_BACK, DAYS_AHEAD = 56, 62
SERIES_BEGIN = 60, 5

Taken = dict[tuple[str, str], list[tuple[int, int]]]


def generate(seed: int) -> Base:
    """The calendar of this seed: 180 events of which 12 are series, 60 colleagues, 12 rooms, some 500 engagements."""
    rng = random.Random(f"calendar:{seed}")
    today = _workday(rng, date(2025, 1, 6), 0, 680)
    now = f"{today.isoformat()}T{clock(rng.randrange(8 * 60, 16 * 60))}"
    owner, *names = people(rng, COLLEAGUES + 1)
    city = rng.choice(list(HOME_CITIES))
    colleagues, rooms = _colleagues(rng, names), _rooms(rng)
    holders = [row.colleague_id for row in colleagues] * 5 + [row.room_id for row in rooms] * 18
    engagements = _engagements(rng, today, holders)
    taken: Taken = {}
    for row in engagements:
        _take(taken, row.holder, row.start, minutes_between(row.start, row.end))
    events, invitees = _events(rng, today, now, colleagues, rooms, taken)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "EVT", "REM"),
        owners=[Owner(ids(rng, "EMP", 1)[0], owner, city, HOME_CITIES[city])],
        colleagues=colleagues,
        rooms=rooms,
        events=events,
        invitees=invitees,
        engagements=engagements,
        reminders=_reminders(rng, events, now),
    )


def new_title(rng: random.Random) -> str:
    return f"{rng.choice(TOPICS)} {rng.choice(FORMS)}"


def _colleagues(rng: random.Random, names: list[str]) -> list[Colleague]:
    rows = []
    for number, name in zip(ids(rng, "COL", COLLEAGUES), names, strict=True):
        city = rng.choice(list(CITIES))
        email = ".".join(name.lower().replace("ó", "o").split()) + "@alder.example"
        rows.append(Colleague(number, name, email, rng.choice(TEAMS), city, CITIES[city]))
    return rows


def _rooms(rng: random.Random) -> list[Room]:
    names = rng.sample(ROOM_NAMES, len(CAPACITIES))
    numbers = ids(rng, "ROM", len(CAPACITIES))
    return [
        Room(number, name, rng.randrange(6), capacity)
        for number, name, capacity in zip(numbers, names, CAPACITIES, strict=True)
    ]


def _engagements(rng: random.Random, today: date, holders: list[str]) -> list[Engagement]:
    """What others do in the coming weeks; nobody and no room is taken twice at once."""
    taken: Taken = {}
    rows = []
    for number, holder in zip(ids(rng, "ENG", len(holders)), holders, strict=True):
        start, minutes = _start(rng, _workday(rng, today, 0, 24)), rng.choice(LENGTHS)
        if _is_free(taken, holder, start, minutes):
            _take(taken, holder, start, minutes)
            rows.append(Engagement(number, holder, start, end_of(start, minutes)))
    return rows


def _events(
    rng: random.Random, today: date, now: str, colleagues: list[Colleague], rooms: list[Room], taken: Taken
) -> tuple[list[Event], list[Invitee]]:
    events: list[Event] = []
    invitees: list[Invitee] = []
    numbers = iter(ids(rng, "EVT", SINGLES + len(SERIES)))
    titles = _titles(rng, colleagues)
    for every in [*SERIES, *["once"] * SINGLES]:
        event = _event(rng, next(numbers), titles.pop(), today, every, taken)  # type: ignore[arg-type]
        if event.title not in PRIVATE:
            event = _placed(rng, _answered(rng, event, now, colleagues), rooms, taken)
            invitees += _invitees(rng, event, colleagues, rooms)
        events.append(event)
    return events, invitees


def _titles(rng: random.Random, colleagues: list[Colleague]) -> list[str]:
    """One for every event; about one in twelve comes back on another day."""
    titles: list[str] = []
    while len(titles) < SINGLES + len(SERIES):
        name = rng.choice(colleagues).name
        personal = [f"1:1 with {name.split()[0]}", f"Lunch with {name}", f"Interview {name}"]
        title = rng.choices([new_title(rng), rng.choice(PRIVATE), *personal], [13, 2, 2, 1, 1])[0]
        titles.append(rng.choice(titles) if titles and rng.random() < 0.08 else title)
    return titles


def _event(rng: random.Random, number: str, title: str, today: date, every: Repeats, taken: Taken) -> Event:
    """An event at a time that is mostly free; a series began weeks ago and goes on for a while."""
    back, ahead = (DAYS_BACK, DAYS_AHEAD) if every == "once" else SERIES_BEGIN
    minutes = rng.choice(LENGTHS[:4] if every == "weekdays" else LENGTHS)
    for _ in range(3):
        start = _start(rng, _workday(rng, today, -back, ahead))
        if _is_free(taken, ME, start, minutes):
            break
    _take(taken, ME, start, minutes)
    status = "cancelled" if every == "once" and rng.random() < 0.05 else "scheduled"
    until = ""
    if every != "once":
        length = {"weekdays": 90, "weekly": rng.randrange(14, 30), "monthly": rng.randrange(5, 14)}[every]
        until = last_day(start[:10], every, length)
    return Event(number, title, start, minutes, every=every, until=until, status=status)


def _answered(rng: random.Random, event: Event, now: str, colleagues: list[Colleague]) -> Event:
    """Some events are invitations of colleagues; those of the past were mostly accepted."""
    if event.every != "once" or rng.random() > 0.24:
        return event
    weights = [5, 4, 1, 1] if event.start > now else [0, 9, 1, 1]
    answer: AnswerState = rng.choices(["pending", "accepted", "tentative", "declined"], weights)[0]  # type: ignore[assignment]
    return replace(event, organizer=rng.choice(colleagues).name, answer=answer)


def _placed(rng: random.Random, event: Event, rooms: list[Room], taken: Taken) -> Event:
    """In a room for about a third of the events, if one tried is free at every occurrence."""
    room = rng.choice(rooms[1:])
    on = [day + event.start[10:] for day in days(event.start[:10], event.every, event.until)]
    free = all(_is_free(taken, room.room_id, start, event.minutes) for start in on)
    if event.status == "cancelled" or rng.random() > 0.35 or not free:
        return event
    for start in on:
        _take(taken, room.room_id, start, event.minutes)
    return replace(event, room_id=room.room_id)


def _invitees(rng: random.Random, event: Event, colleagues: list[Colleague], rooms: list[Room]) -> list[Invitee]:
    """Up to four colleagues, never more than the room of the event holds."""
    most = next((room.capacity - 1 for room in rooms if room.room_id == event.room_id), 4)
    invited = rng.sample(colleagues, min(most, rng.randrange(5))) if event.organizer == ME else []
    answers: list[AnswerState] = ["pending", "accepted", "accepted", "tentative", "declined"]
    return [
        Invitee(f"{event.event_id}/{row.colleague_id}", event.event_id, row.colleague_id, row.name, rng.choice(answers))
        for row in invited
    ]


def _reminders(rng: random.Random, events: list[Event], now: str) -> list[Reminder]:
    ahead = [event for event in events if event.start > now and event.status == "scheduled"]
    chosen = rng.sample(ahead, 16)
    return [
        Reminder(number, event.event_id, rng.choice([5, 20, 25, 40]))
        for number, event in zip(ids(rng, "REM", 16), chosen, strict=True)
    ]


def _start(rng: random.Random, day: date) -> str:
    return f"{day.isoformat()}T{clock(rng.randrange(8 * 4, 17 * 4 + 1) * 15)}"


def _workday(rng: random.Random, today: date, low: int, high: int) -> date:
    """Monday to Friday, so many days from today."""
    while (day := today + timedelta(days=rng.randrange(low, high))).weekday() > 4:
        pass
    return day


def _is_free(taken: Taken, holder: str, start: str, minutes: int) -> bool:
    begin = minute_of(start)
    return all(end <= begin or begin + minutes <= first for first, end in taken.get((holder, start[:10]), ()))


def _take(taken: Taken, holder: str, start: str, minutes: int) -> None:
    begin = minute_of(start)
    taken.setdefault((holder, start[:10]), []).append((begin, begin + minutes))
