"""The tables of the calendar, and the types its tools take and give. All times are the employee's local time."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

EventId = Annotated[str, msgspec.Meta(description="event or whole series, e.g. EVT-48213", max_length=20)]
ColleagueId = Annotated[str, msgspec.Meta(description="colleague, e.g. COL-30417", max_length=20)]
RoomId = Annotated[str, msgspec.Meta(description="meeting room, e.g. ROM-20931", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Moment = Annotated[
    str,
    msgspec.Meta(description="local date and time, e.g. 2026-03-14T14:30", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"),
]
Minutes = Annotated[int, msgspec.Meta(description="length in minutes, e.g. 45", ge=5, le=720)]
Title = Annotated[str, msgspec.Meta(description="title, e.g. Budget review", min_length=1, max_length=80)]
Every = Annotated[
    Literal["daily", "weekdays", "weekly", "monthly"],
    msgspec.Meta(description="how often, e.g. weekly; weekdays is Monday to Friday"),
]
Repeats = Literal["once", "daily", "weekdays", "weekly", "monthly"]
Answer = Annotated[
    Literal["accepted", "declined", "tentative"], msgspec.Meta(description="answer to give, e.g. accepted")
]
AnswerState = Annotated[
    Literal["pending", "accepted", "declined", "tentative"],
    msgspec.Meta(description="answer given so far, e.g. pending for none"),
]
Status = Literal["scheduled", "cancelled"]

ME = "me"


class Owner(Row, frozen=True):
    owner_id: str
    name: str
    city: str
    utc_offset: int


class Colleague(Row, frozen=True):
    colleague_id: str
    name: str
    email: str
    team: str
    city: str
    utc_offset: int
    """Whole hours ahead of UTC, all year."""


class Room(Row, frozen=True):
    room_id: str
    name: str
    floor: int
    capacity: int


class Event(Row, frozen=True):
    """One event or a whole series: `start` is the first occurrence, the others follow from the rule."""

    event_id: str
    title: str
    start: str
    minutes: int
    organizer: str = ME
    """ME, or the full name of the colleague whose event it is."""
    answer: AnswerState = "accepted"
    """The employee's own answer; always accepted for own events."""
    room_id: str = ""
    every: Repeats = "once"
    until: str = ""
    """Last day of a series, included."""
    skipped: tuple[str, ...] = ()
    """Days of the series that were cancelled or moved away."""
    status: Status = "scheduled"


class Invitee(Row, frozen=True):
    invitee_id: str
    """"EVT-48213/COL-30417": a colleague is invited to an event at most once."""
    event_id: str
    colleague_id: str
    name: str
    answer: AnswerState = "pending"


class Engagement(Row, frozen=True):
    """What others do elsewhere: for this time a colleague is busy or a room is taken."""

    engagement_id: str
    holder: str
    """A colleague_id or a room_id."""
    start: str
    end: str


class Reminder(Row, frozen=True):
    reminder_id: str
    event_id: str
    minutes_before: int


class Calendar(State):
    owners: Table[Owner]
    colleagues: Table[Colleague]
    rooms: Table[Room]
    events: Table[Event]
    invitees: Table[Invitee]
    engagements: Table[Engagement]
    reminders: Table[Reminder]


class EventLine(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    start: str
    """Of a series: the occurrence asked for, else the next one."""
    minutes: int
    every: Repeats
    status: Status


class Events(msgspec.Struct, frozen=True):
    events: list[EventLine]
    total: int
    """How many match, of which the nearest are shown."""


class EventDetails(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    start: str
    minutes: int
    room: str
    organizer: str
    every: Repeats
    until: str
    status: Status
    invited: list[str]
    """Names."""


class AgendaLine(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    time: str
    minutes: int


class Agenda(msgspec.Struct, frozen=True):
    date: str
    events: list[AgendaLine]


class ChangedEvent(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    start: str
    minutes: int
    every: Repeats
    overlaps: list[str]
    """Other events at that time, e.g. "EVT-48213 Dentist"."""


class Cancelled(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    cancelled: str
    """The day, or "all coming"."""


class ColleagueLine(msgspec.Struct, frozen=True):
    colleague_id: str
    name: str
    email: str
    team: str
    city: str
    zone: str


class Colleagues(msgspec.Struct, frozen=True):
    colleagues: list[ColleagueLine]


class Invited(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    name: str
    people: int
    """Who comes now, the organizer included."""


class InvitationLine(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    start: str
    organizer: str
    answer: AnswerState


class Invitations(msgspec.Struct, frozen=True):
    invitations: list[InvitationLine]
    total: int


class Answered(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    answer: Answer
    overlaps: list[str]


class FreeSlot(msgspec.Struct, frozen=True):
    start: str
    end: str
    their_time: str
    """When it starts on the colleague's clock, e.g. "16:30"."""


class Rooms(msgspec.Struct, frozen=True):
    rooms: list[Room]


class RoomBooked(msgspec.Struct, frozen=True):
    event_id: str
    title: str
    room: str
    start: str


class ReminderSet(msgspec.Struct, frozen=True):
    reminder_id: str
    event_id: str
    at: str
