"""The laws of the calendar: rooms, people and series, all through the calls a model makes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from servers.calendar.recurrence import days, end_of, starts
from servers.host import Host

SEED = 11


@pytest.fixture
def host() -> Host:
    host = Host("calendar")
    host.open("me", SEED)
    return host


def does(host: Host, tool: str, **arguments: Any) -> dict[str, Any]:
    outcome = host.call("me", tool, arguments)
    assert outcome.ok, outcome.text
    return json.loads(outcome.text)


def is_refused(host: Host, tool: str, because: str, **arguments: Any) -> None:
    before = host.hash("me")
    outcome = host.call("me", tool, arguments)
    assert not outcome.ok
    assert because in outcome.text
    assert host.hash("me") == before


def at(host: Host, days_ahead: int, time: str = "19:00") -> str:
    """A moment outside office hours, when the seed leaves calendar and rooms free."""
    return f"{date.fromisoformat(host.state('me').today) + timedelta(days=days_ahead)}T{time}"


def new_event(host: Host, days_ahead: int = 3, time: str = "19:00", title: str = "Choir evening") -> str:
    return does(host, "create_event", title=title, start=at(host, days_ahead, time), minutes=60)["event_id"]


def days_of(host: Host, title: str, within: int = 60) -> list[str]:
    """The days ahead on which something of this title takes place."""
    ahead = [at(host, number)[:10] for number in range(within)]
    return [day for day in ahead if does(host, "find_events", title=title, date=day)["events"]]


def colleagues(host: Host, count: int) -> list[str]:
    return [row["colleague_id"] for row in does(host, "find_colleague", name="a", limit=50)["colleagues"][:count]]


def test_a_room_is_never_double_booked(host: Host):
    first, second = new_event(host), new_event(host, time="19:30", title="Board game night")
    room = does(host, "find_meeting_rooms", start=at(host, 3), minutes=90)["rooms"][0]
    does(host, "book_meeting_room", event_id=first, room_id=room["room_id"])
    is_refused(host, "book_meeting_room", f"room {room['name']} is taken", event_id=second, room_id=room["room_id"])
    free = does(host, "find_meeting_rooms", start=at(host, 3, "19:30"), minutes=60, limit=50)["rooms"]
    assert room["room_id"] not in {row["room_id"] for row in free}
    does(host, "cancel_event", event_id=first)
    does(host, "book_meeting_room", event_id=second, room_id=room["room_id"])


def test_an_event_cannot_move_into_a_taken_room(host: Host):
    first, second = new_event(host), new_event(host, 4, title="Board game night")
    room = does(host, "find_meeting_rooms", start=at(host, 3), people=10)["rooms"][0]
    for event_id in (first, second):
        does(host, "book_meeting_room", event_id=event_id, room_id=room["room_id"])
    is_refused(host, "move_event", f"room {room['name']} is taken", event_id=second, start=at(host, 3, "19:45"))
    is_refused(host, "repeat_event", f"room {room['name']} is taken", event_id=first, every="daily", count=2)


@pytest.mark.parametrize("seed", range(4))
def test_no_generated_room_or_colleague_is_taken_twice_at_once(seed: int):
    tables = Host("calendar").base(seed).tables
    taken = [(row.holder, row.start, row.end) for row in tables["engagements"].values()]
    for event in tables["events"].values():
        if event.room_id and event.status == "scheduled":
            taken += [(event.room_id, start, end_of(start, event.minutes)) for start in starts(event)]
    for one, two in combinations(taken, 2):
        assert one[0] != two[0] or one[2] <= two[1] or two[2] <= one[1]


def test_a_room_must_hold_everybody_invited(host: Host):
    event_id = new_event(host)
    guests = colleagues(host, 3)
    for guest in guests[:2]:
        does(host, "invite_colleague", event_id=event_id, colleague_id=guest)
    rooms = does(host, "find_meeting_rooms", start=at(host, 3), limit=50)["rooms"]
    small, fitting = rooms[0], next(row for row in rooms if row["capacity"] == 4)
    assert small["capacity"] == 2
    is_refused(host, "book_meeting_room", "too small: 3 people, 2 seats", event_id=event_id, room_id=small["room_id"])
    does(host, "book_meeting_room", event_id=event_id, room_id=fitting["room_id"])
    assert does(host, "invite_colleague", event_id=event_id, colleague_id=guests[2])["people"] == 4
    fourth = colleagues(host, 4)[3]
    is_refused(host, "invite_colleague", "too small: 5 people, 4 seats", event_id=event_id, colleague_id=fourth)


def test_a_colleague_is_invited_once_and_can_be_removed_once(host: Host):
    event_id, (guest,) = new_event(host), colleagues(host, 1)
    name = does(host, "invite_colleague", event_id=event_id, colleague_id=guest)["name"]
    is_refused(host, "invite_colleague", "already invited", event_id=event_id, colleague_id=guest)
    assert does(host, "get_event", event_id=event_id)["invited"] == [name]
    does(host, "remove_invitee", event_id=event_id, colleague_id=guest)
    is_refused(host, "remove_invitee", "not invited", event_id=event_id, colleague_id=guest)


def test_moving_a_recurring_event_moves_only_what_was_asked(host: Host):
    event_id, (guest,) = new_event(host, 7), colleagues(host, 1)
    does(host, "invite_colleague", event_id=event_id, colleague_id=guest)
    does(host, "repeat_event", event_id=event_id, every="weekly", count=4)
    single = does(host, "move_event", event_id=event_id, start=at(host, 16), occurrence=at(host, 14)[:10])
    assert single["event_id"] != event_id
    assert len(does(host, "get_event", event_id=single["event_id"])["invited"]) == 1
    assert days_of(host, "Choir evening") == [at(host, number)[:10] for number in (7, 16, 21, 28)]
    does(host, "move_event", event_id=event_id, start=at(host, 8, "20:00"))
    assert days_of(host, "Choir evening") == [at(host, number)[:10] for number in (8, 15, 16, 22)]


def test_changing_a_series_leaves_its_past_as_it_was(host: Host):
    now = host.state("me").now
    series = next(
        event
        for event in host.base(SEED).tables["events"].values()
        if event.every == "weekly" and not event.room_id and event.start < now and len(starts(event)) > 8
    )
    over = [start[:10] for start in starts(series) if start <= now]
    does(host, "cancel_event", event_id=series.event_id)
    for day in over:
        (line,) = does(host, "find_events", title=series.title, date=day)["events"]
        assert line["status"] == "scheduled"
    assert does(host, "get_event", event_id=series.event_id)["status"] == "cancelled"


def test_cancelling_one_occurrence_keeps_the_others(host: Host):
    event_id = new_event(host, 2)
    does(host, "repeat_event", event_id=event_id, every="daily", until=at(host, 5)[:10])
    does(host, "cancel_event", event_id=event_id, occurrence=at(host, 3)[:10])
    assert days_of(host, "Choir evening") == [at(host, number)[:10] for number in (2, 4, 5)]
    is_refused(host, "cancel_event", "does not take place", event_id=event_id, occurrence=at(host, 3)[:10])
    does(host, "cancel_event", event_id=event_id)
    is_refused(host, "move_event", "is cancelled", event_id=event_id, start=at(host, 9))


def test_a_rule_falls_on_the_days_it_names():
    assert days("2026-01-31", "monthly", "2026-05-31") == ("2026-01-31", "2026-03-31", "2026-05-31")
    assert days("2026-03-13", "weekdays", "2026-03-17") == ("2026-03-13", "2026-03-16", "2026-03-17")
    assert days("2025-12-25", "weekly", "2026-01-07") == ("2025-12-25", "2026-01-01")
    assert days("2026-03-14", "once", "") == ("2026-03-14",)


def test_past_events_and_events_of_others_cannot_be_changed(host: Host):
    events, now = host.base(SEED).tables["events"].values(), host.state("me").now
    single = [event for event in events if event.every == "once" and event.status == "scheduled"]
    past = next(event for event in single if event.start < now)
    others = next(event for event in single if event.organizer != "me" and event.start > now)
    (guest,) = colleagues(host, 1)
    is_refused(host, "move_event", "only coming events change", event_id=past.event_id, start=at(host, 5))
    is_refused(host, "invite_colleague", "only coming events change", event_id=past.event_id, colleague_id=guest)
    is_refused(host, "rename_event", f"organised by {others.organizer}", event_id=others.event_id, title="Mine")
    is_refused(host, "create_event", "in the past", title="Too late", start=at(host, -1), minutes=30)
    is_refused(host, "answer_invitation", "your own event", event_id=new_event(host), answer="declined")
    does(host, "answer_invitation", event_id=others.event_id, answer="declined")
    agenda = does(host, "list_day_agenda", date=others.start[:10])["events"]
    assert others.event_id not in {row["event_id"] for row in agenda}


def test_own_events_that_overlap_are_reported(host: Host):
    first = new_event(host)
    second = does(host, "create_event", title="Board game night", start=at(host, 3, "19:30"), minutes=60)
    third = does(host, "create_event", title="Late train", start=at(host, 3, "20:30"), minutes=30)
    assert second["overlaps"] == [f"{first} Choir evening"]
    assert third["overlaps"] == []


def test_a_free_slot_is_free_for_both_and_within_both_office_hours(host: Host):
    tables, day = host.base(SEED).tables, wednesday(host)
    (owner,) = tables["owners"].values()
    calls = {
        row: host.call("me", "find_free_slot", {"colleague_id": row.colleague_id, "date": day, "minutes": 30})
        for row in tables["colleagues"].values()
    }
    slots = {row: json.loads(outcome.text) for row, outcome in calls.items() if outcome.ok}
    assert len(slots) > 30
    for row, slot in slots.items():
        assert int(slot["their_time"][:2]) - int(slot["start"][11:13]) == row.utc_offset - owner.utc_offset
        assert "08:00" <= slot["their_time"] <= "17:30" and "08:00" <= slot["start"][11:] <= "17:30"
        busy = [
            (other.start, other.end) for other in tables["engagements"].values() if other.holder == row.colleague_id
        ]
        assert all(end <= slot["start"] or slot["end"] <= start for start, end in busy + own_times(host, day))


def wednesday(host: Host) -> str:
    ahead = [at(host, number)[:10] for number in range(2, 9)]
    return next(day for day in ahead if date.fromisoformat(day).weekday() == 2)


def own_times(host: Host, day: str) -> list[tuple[str, str]]:
    lines = does(host, "list_day_agenda", date=day)["events"]
    own = [line for line in lines if does(host, "get_event", event_id=line["event_id"])["organizer"] == "me"]
    return [(f"{day}T{line['time']}", end_of(f"{day}T{line['time']}", line["minutes"])) for line in own]


def test_a_reminder_lies_between_now_and_the_start(host: Host):
    event_id = new_event(host, 1)
    assert does(host, "set_event_reminder", event_id=event_id, minutes_before=90)["at"] == at(host, 1, "17:30")
    is_refused(host, "set_event_reminder", "already has a reminder", event_id=event_id, minutes_before=90)
    is_refused(host, "set_event_reminder", "is in the past", event_id=event_id, minutes_before=3 * 24 * 60)
