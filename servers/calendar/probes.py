"""What an employee would ask of this calendar now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.calendar.recurrence import clock
from servers.calendar.seed import new_title
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
LENGTHS = [15, 20, 30, 45, 60, 90]
DAYS_TRIED = 12


def find_events(look: Look) -> Arguments:
    day = _coming_day(look)
    row = look.choose(look("list_day_agenda", date=day)["events"])
    return {"title": row["title"], "date": day}


def show_event_details(look: Look) -> Arguments:
    return {"event_id": _event(look)}


def list_day_agenda(look: Look) -> Arguments:
    return {"date": _coming_day(look)} if look.chance(0.8) else {}


def create_event(look: Look) -> Arguments:
    title, minutes = new_title(look.rng), look.choose(LENGTHS)
    return {"title": title, "start": _slot(look, minutes) if look.chance(0.25) else _moment(look), "minutes": minutes}


def move_event(look: Look) -> Arguments:
    event, details = _own_event(look, lambda details: not details["room"])
    arguments = {"event_id": event, "start": _moment(look)}
    return arguments if details["every"] == "once" else arguments | {"occurrence": details["start"][:10]}


def cancel_event(look: Look) -> Arguments:
    event, details = _own_event(look)
    arguments: Arguments = {"event_id": event}
    return arguments if details["every"] == "once" else arguments | {"occurrence": details["start"][:10]}


def rename_event(look: Look) -> Arguments:
    return {"event_id": _own_event(look)[0], "title": new_title(look.rng)}


def repeat_event(look: Look) -> Arguments:
    event, details = _own_event(look, lambda details: details["every"] == "once" and not details["room"])
    every = look.choose(["daily", "weekdays", "weekly", "monthly"])
    if look.chance(0.5):
        return {"event_id": event, "every": every, "count": look.rng.randrange(3, 13)}
    return {"event_id": event, "every": every, "until": _after(details["start"][:10], look.rng.randrange(35, 180))}


def find_colleague(look: Look) -> Arguments:
    return {"name": look.choose(_colleagues(look))["name"]}


def invite_colleague(look: Look) -> Arguments:
    event, details = _own_event(look, lambda details: _seats(look, details) > len(details["invited"]) + 1)
    invited = set(details["invited"])
    return {"event_id": event, "colleague_id": _colleague(look, lambda row: row["name"] not in invited)}


def remove_invitee(look: Look) -> Arguments:
    event, details = _own_event(look, lambda details: bool(details["invited"]))
    invited = set(details["invited"])
    return {"event_id": event, "colleague_id": _colleague(look, lambda row: row["name"] in invited)}


def list_invitations(look: Look) -> Arguments:
    return {"answer": look.choose(["pending", "accepted", "declined", "tentative"])} if look.chance(0.7) else {}


def answer_invitation(look: Look) -> Arguments:
    return {"event_id": _invitation(look), "answer": look.choose(["accepted", "declined", "tentative"])}


def find_free_slot(look: Look) -> Arguments:
    colleague, day, minutes = _colleague(look), _coming_day(look), look.choose(LENGTHS)
    if not look("find_free_slot", colleague_id=colleague.id, date=day, minutes=minutes):
        raise NothingToAsk
    return {"colleague_id": colleague, "date": day, "minutes": minutes}


def find_meeting_rooms(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"name": look.choose(look("find_meeting_rooms", limit=50)["rooms"])["name"]}
    return {"start": _moment(look), "minutes": look.choose(LENGTHS), "people": look.rng.randrange(2, 13)}


def book_meeting_room(look: Look) -> Arguments:
    event, details = _own_event(look, lambda details: details["every"] == "once")
    when = {"start": details["start"], "minutes": details["minutes"]}
    free = look("find_meeting_rooms", **when, people=len(details["invited"]) + 1, limit=50)["rooms"]
    return {"event_id": event, "room_id": _room(look, [row for row in free if row["name"] != details["room"]])}


def set_event_reminder(look: Look) -> Arguments:
    return {"event_id": _event(look), "minutes_before": look.choose([10, 15, 30, 45, 60, 90, 120])}


def _event(look: Look, fits: Callable[[Arguments], bool] = lambda details: True) -> Reference:
    """A coming event, from tomorrow on, named by number, by title and day, or by a title that is alone."""
    today, known = _today(look), look.recall("event")

    def can_be_meant(event_id: str | None) -> bool:
        details = _details(look, event_id)
        return details["status"] == "scheduled" and details["start"][:10] > today and fits(details)

    if known and can_be_meant(known.id):
        return known
    for _ in range(DAYS_TRIED):
        day = _coming_day(look)
        rows = look("list_day_agenda", date=day)["events"]
        if fitting := [row for row in rows if can_be_meant(row["event_id"])]:
            return _named(look, look.choose(fitting), day)
    raise NothingToAsk


def _own_event(look: Look, fits: Callable[[Arguments], bool] = lambda details: True) -> tuple[Reference, Arguments]:
    """A coming event that the employee organises, with its details."""
    event = _event(look, lambda details: details["organizer"] == "me" and fits(details))
    return event, _details(look, event.id)


def _named(look: Look, row: Arguments, day: str) -> Reference:
    """A series is never named by a day: "the sync on that day" would be one occurrence."""
    number, title, every = row["event_id"], row["title"], _details(look, row["event_id"])["every"]
    alone = look("find_events", title=title)["total"] == 1
    if look.chance(0.25) or (every != "once" and not alone):
        return Reference("event", number, (f"event {number}", number), row=row)
    if every != "once":
        says, search = (f"the recurring {title}", f"the {title} series"), {"title": title}
    elif alone and look.chance(0.6):
        says, search = (f"the {title}", f"my {title}"), {"title": title}
    else:
        says, search = (f"the {title} on {day}", f"{title} on {day}"), {"title": title, "date": day}
    return Reference("event", number, says, (Lookup("find_events", search),), "event_id", row)


def _invitation(look: Look) -> Reference:
    """An invitation of somebody else: by number, by its title, or among those not answered yet."""
    rows = look("list_invitations", limit=50)["invitations"]
    known = look.recall("event")
    if known and known.id in {row["event_id"] for row in rows}:
        return known
    row = look.choose(rows)
    number, title = row["event_id"], row["title"]
    first = look("list_invitations", answer="pending")["invitations"]
    if look.chance(0.25):
        return Reference("event", number, (f"invitation {number}", f"event {number}"), row=row)
    if row in first and look.chance(0.5):
        path = (Lookup("list_invitations", {"answer": "pending"}),)
        return Reference("event", number, (f"the pending invitation to {title}",), path, "event_id", row)
    day = row["start"][:10]
    path = (Lookup("find_events", {"title": title, "date": day}),)
    return Reference("event", number, (f"the {title} on {day}", f"{title} on {day}"), path, "event_id", row)


def _colleagues(look: Look) -> list[Arguments]:
    return look("find_colleague", name=look.choose("aeio"), limit=50)["colleagues"]


def _colleague(look: Look, fits: Callable[[Arguments], bool] = lambda row: True) -> Reference:
    """A colleague, by full name; found by searching that name."""
    known = look.recall("colleague")
    if known and fits(known.row):
        return known
    row = look.choose(row for row in _colleagues(look) if fits(row))
    if look.chance(0.2):
        number = row["colleague_id"]
        return Reference("colleague", number, (f"colleague {number}", number), row=row)
    path = (Lookup("find_colleague", {"name": row["name"]}),)
    return Reference("colleague", row["colleague_id"], (row["name"],), path, "colleague_id", row)


def _room(look: Look, free: list[Arguments]) -> Reference:
    """One of these rooms, by name or number."""
    known = look.recall("room")
    if known and known.id in {row["room_id"] for row in free}:
        return known
    row = look.choose(free)
    if look.chance(0.25):
        return Reference("room", row["room_id"], (f"room {row['room_id']}", row["room_id"]), row=row)
    path = (Lookup("find_meeting_rooms", {"name": row["name"]}),)
    says = (f"room {row['name']}", f"the room {row['name']}")
    return Reference("room", row["room_id"], says, path, "room_id", row)


def _slot(look: Look, minutes: int) -> Reference:
    """A start that only a look at both calendars gives."""
    row, day = look.choose(_colleagues(look)), _coming_day(look)
    wanted = {"colleague_id": row["colleague_id"], "date": day, "minutes": minutes}
    if not look("find_free_slot", **wanted):
        raise NothingToAsk
    path = (Lookup("find_colleague", {"name": row["name"]}), Lookup("find_free_slot", wanted))
    return Reference("slot", None, (f"the first time {row['name']} and I are both free on {day}",), path, "start")


def _details(look: Look, event_id: str | None) -> Arguments:
    return look("show_event_details", event_id=event_id)


def _seats(look: Look, details: Arguments) -> int:
    """How many an event has room for; without a room, everybody."""
    rooms = look("find_meeting_rooms", name=details["room"])["rooms"] if details["room"] else []
    return min((row["capacity"] for row in rooms), default=1_000)


def _today(look: Look) -> str:
    return look("list_day_agenda")["date"]


def _coming_day(look: Look) -> str:
    """A working day of the next six weeks."""
    today = _today(look)
    ahead = [_after(today, number) for number in range(1, 43)]
    return look.choose(day for day in ahead if date.fromisoformat(day).weekday() < 5)


def _moment(look: Look) -> str:
    return f"{_coming_day(look)}T{clock(look.rng.randrange(8 * 4, 18 * 4) * 15)}"


def _after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
