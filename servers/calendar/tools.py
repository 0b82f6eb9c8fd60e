"""What an employee can do in the calendar. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from servers.calendar.occupancy import busy_times, clash, overlaps, room_times
from servers.calendar.records import (
    ME,
    Agenda,
    AgendaLine,
    Answer,
    Answered,
    AnswerState,
    Calendar,
    Cancelled,
    ChangedEvent,
    Colleague,
    ColleagueId,
    ColleagueLine,
    Colleagues,
    Day,
    Event,
    EventDetails,
    EventId,
    EventLine,
    Events,
    Every,
    FreeSlot,
    InvitationLine,
    Invitations,
    Invited,
    Invitee,
    Minutes,
    Moment,
    Reminder,
    ReminderSet,
    Room,
    RoomBooked,
    RoomId,
    Rooms,
    Title,
)
from servers.calendar.recurrence import clock, coming, end_of, is_on, last_day, minute_of, shown_start, starts
from servers.state import MINUTE, ToolError, later
from servers.tool import reads, writes

Text = Annotated[str, Meta(description="title or part of it, e.g. Budget review", min_length=1, max_length=80)]
Name = Annotated[str, Meta(description="full name or part of it, e.g. Mira Holt", min_length=1, max_length=60)]
RoomName = Annotated[str, Meta(description="room name or part of it, e.g. Fjord", min_length=1, max_length=40)]
People = Annotated[int, Meta(description="how many must fit in, e.g. 6", ge=1, le=500)]
Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Count = Annotated[int, Meta(description="number of occurrences, the first included, e.g. 10", ge=2, le=60)]
Before = Annotated[int, Meta(description="minutes before the start, e.g. 15", ge=0, le=20_160)]
Occurrence = Annotated[Day, Meta(description="only this day of a series, e.g. 2026-03-14; else all coming ones")]

OFFICE_HOURS = 8 * 60, 18 * 60
STEP = 15
DAYS_AHEAD = 730


@reads
def find_events(calendar: Calendar, title: Text, date: Day | None = None, limit: Limit = 5) -> Events:
    """Find events whose title contains the text, ignoring case, on one day or any; the coming ones come first."""
    found = [event for event in calendar.events if title.casefold() in event.title.casefold()]
    if date is not None:
        found = [event for event in found if is_on(event, date.isoformat())]
    lines = [_line(calendar, event, date.isoformat() if date else None) for event in found]
    ahead = sorted((line for line in lines if line.start > calendar.now), key=_by_start)
    past = sorted((line for line in lines if line.start <= calendar.now), key=_by_start, reverse=True)
    return Events([*ahead, *past][:limit], len(lines))


@reads
def show_event_details(calendar: Calendar, event_id: EventId) -> EventDetails:
    """Show one event with its room, organizer, repetition and the names invited, e.g. event_id="EVT-48213"."""
    event = _event(calendar, event_id)
    return EventDetails(
        event_id,
        event.title,
        shown_start(event, calendar.now),
        event.minutes,
        calendar.rooms.find(event.room_id).name if event.room_id else "",
        event.organizer,
        event.every,
        event.until,
        event.status,
        [invitee.name for invitee in calendar.invitees.where(event_id=event_id)],
    )


@reads
def list_day_agenda(calendar: Calendar, date: Day | None = None) -> Agenda:
    """List what takes place on one day in order of time, today if no date is given, e.g. date="2026-03-14"."""
    day = calendar.today if date is None else date.isoformat()
    lines = [
        AgendaLine(event.event_id, event.title, event.start[11:], event.minutes)
        for event in calendar.events
        if event.status == "scheduled" and event.answer != "declined" and is_on(event, day)
    ]
    return Agenda(day, sorted(lines, key=lambda line: (line.time, line.event_id)))


@writes
def create_event(calendar: Calendar, title: Title, start: Moment, minutes: Minutes) -> ChangedEvent:
    """Put a new event into the calendar, within one day to come, e.g. start="2026-03-14T14:30", minutes=45."""
    _check_start(calendar, start, minutes)
    for event in calendar.events.where(title=title, start=start, status="scheduled"):
        raise ToolError(f"{event.event_id} {title} is already there at {start}")
    return _changed(calendar, calendar.events.add(Event(calendar.new_id("EVT"), title, start, minutes)))


@writes
def move_event(
    calendar: Calendar, event_id: EventId, start: Moment, occurrence: Occurrence | None = None
) -> ChangedEvent:
    """Move an own coming event to a new start; of a series one occurrence (it gets its own id) or all coming ones."""
    event = _own_event(calendar, event_id)
    _check_start(calendar, start, event.minutes)
    if occurrence is not None:
        day = _coming_day(calendar, event, occurrence.isoformat())
        if event.every != "once":
            return _changed(calendar, _move_one(calendar, event, day, start))
    return _changed(calendar, _move_coming(calendar, event, start))


@writes(destructive=True)
def cancel_event(calendar: Calendar, event_id: EventId, occurrence: Occurrence | None = None) -> Cancelled:
    """Cancel an own coming event; of a series one occurrence, e.g. occurrence="2026-03-14", or all coming ones."""
    event = _own_event(calendar, event_id)
    if occurrence is not None:
        day = _coming_day(calendar, event, occurrence.isoformat())
        if len(coming(event, calendar.now)) > 1:
            calendar.events.update(event, skipped=(*event.skipped, day))
            return Cancelled(event_id, event.title, day)
    calendar.events.update(_split_past(calendar, event), status="cancelled")
    for reminder in calendar.reminders.where(event_id=event_id):
        calendar.reminders.delete(reminder.reminder_id)
    return Cancelled(event_id, event.title, "all coming" if event.every != "once" else event.start[:10])


@writes(idempotent=True)
def rename_event(calendar: Calendar, event_id: EventId, title: Title) -> ChangedEvent:
    """Give an own coming event or series a new title, e.g. title="Budget review"."""
    return _changed(calendar, calendar.events.update(_own_event(calendar, event_id), title=title))


@writes
def repeat_event(
    calendar: Calendar, event_id: EventId, every: Every, count: Count | None = None, until: Day | None = None
) -> ChangedEvent:
    """Make an own single event a series, with either count or the last day, e.g. every="weekly", count=10."""
    event = _own_event(calendar, event_id)
    if event.every != "once":
        raise ToolError(f"{event_id} already repeats {event.every} until {event.until}")
    if (count is None) == (until is None):
        raise ToolError("give either count or until")
    first = event.start[:10]
    last = last_day(first, every, count) if count else until.isoformat()  # type: ignore[union-attr]
    _check_last_day(event, last)
    series = replace(event, every=every, until=last)
    _check_room(calendar, series)
    return _changed(calendar, calendar.events.save(series))


@reads
def find_colleague(calendar: Calendar, name: Name, limit: Limit = 5) -> Colleagues:
    """Find colleagues whose name contains the text, ignoring case, with e-mail, team, city and time zone."""
    found = [colleague for colleague in calendar.colleagues if name.casefold() in colleague.name.casefold()]
    return Colleagues([_colleague_line(colleague) for colleague in found[:limit]])


@writes
def invite_colleague(calendar: Calendar, event_id: EventId, colleague_id: ColleagueId) -> Invited:
    """Invite a colleague to an own coming event; refused if already invited or if its room would be too small."""
    event, colleague = _own_event(calendar, event_id), _colleague(calendar, colleague_id)
    key = f"{event_id}/{colleague_id}"
    if key in calendar.invitees:
        raise ToolError(f"{colleague.name} is already invited to {event_id}")
    people = _people(calendar, event) + 1
    if event.room_id:
        _check_size(calendar.rooms.find(event.room_id), people)
    calendar.invitees.add(Invitee(key, event_id, colleague_id, colleague.name))
    return Invited(event_id, event.title, colleague.name, people)


@writes(destructive=True)
def remove_invitee(calendar: Calendar, event_id: EventId, colleague_id: ColleagueId) -> Invited:
    """Take back the invitation of a colleague to an own coming event."""
    event, colleague = _own_event(calendar, event_id), _colleague(calendar, colleague_id)
    key = f"{event_id}/{colleague_id}"
    if key not in calendar.invitees:
        raise ToolError(f"{colleague.name} is not invited to {event_id}")
    calendar.invitees.delete(key)
    return Invited(event_id, event.title, colleague.name, _people(calendar, event))


@reads
def list_invitations(calendar: Calendar, answer: AnswerState | None = None, limit: Limit = 5) -> Invitations:
    """List coming events that others invited the employee to, all or by own answer, e.g. answer="pending"."""
    lines = [
        InvitationLine(event.event_id, event.title, shown_start(event, calendar.now), event.organizer, event.answer)
        for event in calendar.events
        if event.organizer != ME and event.status == "scheduled" and answer in (None, event.answer)
    ]
    ahead = sorted((line for line in lines if line.start > calendar.now), key=_by_start)
    return Invitations(ahead[:limit], len(ahead))


@writes(idempotent=True)
def answer_invitation(calendar: Calendar, event_id: EventId, answer: Answer) -> Answered:
    """Accept, decline or tentatively accept the invitation to a coming event of somebody else."""
    event = _coming_event(calendar, event_id)
    if event.organizer == ME:
        raise ToolError(f"{event_id} is your own event; only invitations of others can be answered")
    event = calendar.events.update(event, answer=answer)
    return Answered(event_id, event.title, answer, [] if answer == "declined" else overlaps(calendar, event))


@reads
def find_free_slot(calendar: Calendar, colleague_id: ColleagueId, date: Day, minutes: Minutes) -> FreeSlot:
    """Find the first time on a day when employee and colleague are both free, from 08:00 to 18:00 for either."""
    colleague = _colleague(calendar, colleague_id)
    (owner,) = calendar.owners
    ahead = (colleague.utc_offset - owner.utc_offset) * 60
    busy = busy_times(calendar, colleague, date.isoformat())
    opens, closes = OFFICE_HOURS
    for minute in range(max(opens, opens - ahead), min(closes, closes - ahead) - minutes + 1, STEP):
        start = f"{date.isoformat()}T{clock(minute)}"
        if start > calendar.now and not clash(busy, start, end_of(start, minutes)):
            return FreeSlot(start, end_of(start, minutes), clock(minute + ahead))
    raise ToolError(f"no {minutes} minutes on {date.isoformat()} when both you and {colleague.name} are free")


@reads
def find_meeting_rooms(
    calendar: Calendar,
    name: RoomName | None = None,
    start: Moment | None = None,
    minutes: Minutes = 60,
    people: People = 1,
    limit: Limit = 5,
) -> Rooms:
    """Find rooms by name, by size, or free from a start for so many minutes; the smallest come first."""
    rooms = [room for room in calendar.rooms if name is None or name.casefold() in room.name.casefold()]
    rooms = [room for room in rooms if room.capacity >= people]
    if start is not None:
        _check_start(calendar, start, minutes)
        end = end_of(start, minutes)
        rooms = [room for room in rooms if not clash(room_times(calendar, room.room_id), start, end)]
    return Rooms(sorted(rooms, key=lambda room: (room.capacity, room.name))[:limit])


@writes(idempotent=True)
def book_meeting_room(calendar: Calendar, event_id: EventId, room_id: RoomId) -> RoomBooked:
    """Book a room for an own coming event or series, in place of its old one; it must be free and large enough."""
    event, room = _own_event(calendar, event_id), _room(calendar, room_id)
    _check_size(room, _people(calendar, event))
    placed = replace(event, room_id=room_id)
    _check_room(calendar, placed)
    calendar.events.save(placed)
    return RoomBooked(event_id, event.title, room.name, shown_start(event, calendar.now))


@writes
def set_event_reminder(calendar: Calendar, event_id: EventId, minutes_before: Before) -> ReminderSet:
    """Remind the employee some minutes before a coming event starts, e.g. minutes_before=15; not in the past."""
    event = _coming_event(calendar, event_id)
    start = shown_start(event, calendar.now)
    at = later(start, minutes=-minutes_before)
    if at <= calendar.now:
        raise ToolError(f"{minutes_before} minutes before {start} is in the past: it is {calendar.now}")
    if calendar.reminders.where(event_id=event_id, minutes_before=minutes_before):
        raise ToolError(f"{event_id} already has a reminder {minutes_before} minutes before")
    reminder = calendar.reminders.add(Reminder(calendar.new_id("REM"), event_id, minutes_before))
    return ReminderSet(reminder.reminder_id, event_id, at)


def _event(calendar: Calendar, event_id: str) -> Event:
    event = calendar.events.get(event_id)
    if event is None:
        raise ToolError(f"no event {event_id}")
    return event


def _coming_event(calendar: Calendar, event_id: str) -> Event:
    event = _event(calendar, event_id)
    if event.status == "cancelled":
        raise ToolError(f"{event_id} {event.title} is cancelled")
    if not coming(event, calendar.now):
        was = shown_start(event, calendar.now)
        raise ToolError(f"{event_id} {event.title} was on {was}; only coming events change")
    return event


def _own_event(calendar: Calendar, event_id: str) -> Event:
    """An event that the employee may change."""
    event = _coming_event(calendar, event_id)
    if event.organizer != ME:
        raise ToolError(f"{event_id} is organised by {event.organizer}; only the organizer can change it")
    return event


def _colleague(calendar: Calendar, colleague_id: str) -> Colleague:
    colleague = calendar.colleagues.get(colleague_id)
    if colleague is None:
        raise ToolError(f"no colleague {colleague_id}")
    return colleague


def _room(calendar: Calendar, room_id: str) -> Room:
    room = calendar.rooms.get(room_id)
    if room is None:
        raise ToolError(f"no room {room_id}")
    return room


def _coming_day(calendar: Calendar, event: Event, day: str) -> str:
    if not is_on(event, day):
        raise ToolError(f"{event.event_id} {event.title} does not take place on {day}")
    if day + event.start[10:] <= calendar.now:
        raise ToolError(f"{event.event_id} on {day} is past; only coming events change")
    return day


def _check_start(calendar: Calendar, start: str, minutes: int) -> None:
    try:
        datetime.strptime(start, MINUTE)
    except ValueError:
        raise ToolError(f"{start} is not a date and time") from None
    if start <= calendar.now:
        raise ToolError(f"{start} is in the past: it is {calendar.now}")
    if start > later(calendar.now, days=DAYS_AHEAD):
        raise ToolError(f"{start} is more than {DAYS_AHEAD} days ahead")
    if minute_of(start) + minutes > 24 * 60:
        raise ToolError(f"{minutes} minutes from {start} go past midnight")


def _check_last_day(event: Event, last: str) -> None:
    first = event.start
    if last <= first[:10]:
        raise ToolError(f"until must be after the first day, {first[:10]}")
    if last > later(first, days=5 * 366)[:10]:
        raise ToolError(f"{last} is more than five years after {first[:10]}")


def _check_size(room: Room, people: int) -> None:
    if people > room.capacity:
        raise ToolError(f"room {room.name} is too small: {people} people, {room.capacity} seats")


def _check_room(calendar: Calendar, event: Event) -> None:
    """Refuses an event whose room is taken at any coming occurrence."""
    if not event.room_id:
        return
    times = room_times(calendar, event.room_id, besides=event.event_id)
    for start in coming(event, calendar.now):
        if other := clash(times, start, end_of(start, event.minutes)):
            name = calendar.rooms.find(event.room_id).name
            raise ToolError(f"room {name} is taken from {other[0]} to {other[1][11:]}")


def _people(calendar: Calendar, event: Event) -> int:
    """The organizer and who is invited and has not declined."""
    return 1 + sum(row.answer != "declined" for row in calendar.invitees.where(event_id=event.event_id))


def _move_one(calendar: Calendar, event: Event, day: str, start: str) -> Event:
    """Takes one day out of a series as an event of its own; a refusal for its room takes all of it back."""
    calendar.events.update(event, skipped=(*event.skipped, day))
    single = _copy(calendar, event, start=start, every="once", until="", skipped=())
    _check_room(calendar, single)
    return single


def _move_coming(calendar: Calendar, event: Event, start: str) -> Event:
    """Moves all coming occurrences, as many as there were; the past ones stay where they were."""
    left = len(coming(event, calendar.now))
    until = last_day(start[:10], event.every, left) if event.every != "once" else ""
    moved = replace(_split_past(calendar, event), start=start, until=until, skipped=())
    _check_room(calendar, moved)
    return calendar.events.save(moved)


def _split_past(calendar: Calendar, event: Event) -> Event:
    """The coming part of a series; occurrences that are over stay behind under an id of their own."""
    past = [start for start in starts(event) if start <= calendar.now]
    if not past:
        return event
    _copy(calendar, event, until=past[-1][:10])
    return replace(event, start=coming(event, calendar.now)[0])


def _copy(calendar: Calendar, event: Event, **changes: object) -> Event:
    """A new event like this one, with the same people invited."""
    copied = calendar.events.add(replace(event, event_id=calendar.new_id("EVT"), **changes))
    for row in calendar.invitees.where(event_id=event.event_id):
        key = f"{copied.event_id}/{row.colleague_id}"
        calendar.invitees.add(replace(row, invitee_id=key, event_id=copied.event_id))
    return copied


def _changed(calendar: Calendar, event: Event) -> ChangedEvent:
    start = shown_start(event, calendar.now)
    return ChangedEvent(event.event_id, event.title, start, event.minutes, event.every, overlaps(calendar, event))


def _line(calendar: Calendar, event: Event, day: str | None) -> EventLine:
    start = shown_start(event, calendar.now) if day is None else day + event.start[10:]
    return EventLine(event.event_id, event.title, start, event.minutes, event.every, event.status)


def _by_start(line: EventLine | InvitationLine) -> tuple[str, str]:
    return line.start, line.event_id


def _colleague_line(colleague: Colleague) -> ColleagueLine:
    zone = f"UTC{colleague.utc_offset:+d}"
    return ColleagueLine(colleague.colleague_id, colleague.name, colleague.email, colleague.team, colleague.city, zone)
