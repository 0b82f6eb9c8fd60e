"""Who and what is busy when: rooms, colleagues and the employee, in the employee's local time."""

from __future__ import annotations

from servers.calendar.records import Calendar, Colleague, Event
from servers.calendar.recurrence import coming, end_of, is_on, minute_of, shown_start

Span = tuple[str, str]


def room_times(calendar: Calendar, room_id: str, besides: str = "") -> list[Span]:
    """When a room is taken from now on: by others, and by the events of this calendar."""
    times = [(row.start, row.end) for row in calendar.engagements.where(holder=room_id)]
    for event in calendar.events.where(room_id=room_id, status="scheduled"):
        if event.event_id != besides:
            times += [(start, end_of(start, event.minutes)) for start in coming(event, calendar.now)]
    return times


def busy_times(calendar: Calendar, colleague: Colleague, day: str) -> list[Span]:
    """When the employee or a colleague is busy on a day, in the employee's time."""
    times = [(row.start, row.end) for row in calendar.engagements.where(holder=colleague.colleague_id)]
    for event in calendar.events:
        if event.status == "scheduled" and event.answer == "accepted" and is_on(event, day):
            start = day + event.start[10:]
            times.append((start, end_of(start, event.minutes)))
    return times


def overlaps(calendar: Calendar, event: Event) -> list[str]:
    """Other events that the employee attends during the next occurrence of this one."""
    start = shown_start(event, calendar.now)
    begin, end = minute_of(start), minute_of(start) + event.minutes
    return [
        f"{other.event_id} {other.title}"
        for other in calendar.events
        if other.event_id != event.event_id
        and (other.status, other.answer) == ("scheduled", "accepted")
        and minute_of(other.start) < end
        and begin < minute_of(other.start) + other.minutes
        and is_on(other, start[:10])
    ]


def clash(times: list[Span], start: str, end: str) -> Span | None:
    return next((time for time in times if time[0] < end and start < time[1]), None)
