"""The laws of the calendar: rooms, people and series, all through the calls a model makes."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from servers.calendar.recurrence import days, end_of, starts
from servers.host import Host
from tests.worlds.live import SESSION, Live

SEED = 11


@pytest.fixture
def office() -> Live:
    return Live("calendar", SEED)


def is_refused(office: Live, tool: str, because: str, **arguments: Any) -> None:
    assert because in office.refused(tool, **arguments)


def at(office: Live, days_ahead: int, time: str = "19:00") -> str:
    """A moment outside office hours, when the seed leaves calendar and rooms free."""
    return f"{date.fromisoformat(office.state.today) + timedelta(days=days_ahead)}T{time}"


def new_event(office: Live, days_ahead: int = 3, time: str = "19:00", title: str = "Choir evening") -> str:
    return office("create_event", title=title, start=at(office, days_ahead, time), minutes=60)["event_id"]


def days_of(office: Live, title: str, within: int = 60) -> list[str]:
    """The days ahead on which something of this title takes place."""
    ahead = [at(office, number)[:10] for number in range(within)]
    return [day for day in ahead if office("find_events", title=title, date=day)["events"]]


def colleagues(office: Live, count: int) -> list[str]:
    return [row["colleague_id"] for row in office("find_colleague", name="a", limit=50)["colleagues"][:count]]


def test_a_room_is_never_double_booked(office: Live):
    first, second = new_event(office), new_event(office, time="19:30", title="Board game night")
    room = office("find_meeting_rooms", start=at(office, 3), minutes=90)["rooms"][0]
    office("book_meeting_room", event_id=first, room_id=room["room_id"])
    is_refused(office, "book_meeting_room", f"room {room['name']} is taken", event_id=second, room_id=room["room_id"])
    free = office("find_meeting_rooms", start=at(office, 3, "19:30"), minutes=60, limit=50)["rooms"]
    assert room["room_id"] not in {row["room_id"] for row in free}
    office("cancel_event", event_id=first)
    office("book_meeting_room", event_id=second, room_id=room["room_id"])


def test_an_event_cannot_move_into_a_taken_room(office: Live):
    first, second = new_event(office), new_event(office, 4, title="Board game night")
    room = office("find_meeting_rooms", start=at(office, 3), people=10)["rooms"][0]
    for event_id in (first, second):
        office("book_meeting_room", event_id=event_id, room_id=room["room_id"])
    is_refused(office, "move_event", f"room {room['name']} is taken", event_id=second, start=at(office, 3, "19:45"))
    is_refused(office, "repeat_event", f"room {room['name']} is taken", event_id=first, every="daily", count=2)


@pytest.mark.parametrize("seed", range(4))
def test_no_generated_room_or_colleague_is_taken_twice_at_once(seed: int):
    tables = Host("calendar").base(seed).tables
    taken = [(row.holder, row.start, row.end) for row in tables["engagements"].values()]
    for event in tables["events"].values():
        if event.room_id and event.status == "scheduled":
            taken += [(event.room_id, start, end_of(start, event.minutes)) for start in starts(event)]
    for one, two in combinations(taken, 2):
        assert one[0] != two[0] or one[2] <= two[1] or two[2] <= one[1]


def test_a_room_must_hold_everybody_invited(office: Live):
    event_id = new_event(office)
    guests = colleagues(office, 3)
    for guest in guests[:2]:
        office("invite_colleague", event_id=event_id, colleague_id=guest)
    rooms = office("find_meeting_rooms", start=at(office, 3), limit=50)["rooms"]
    small, fitting = rooms[0], next(row for row in rooms if row["capacity"] == 4)
    assert small["capacity"] == 2
    is_refused(office, "book_meeting_room", "too small: 3 people, 2 seats", event_id=event_id, room_id=small["room_id"])
    office("book_meeting_room", event_id=event_id, room_id=fitting["room_id"])
    assert office("invite_colleague", event_id=event_id, colleague_id=guests[2])["people"] == 4
    fourth = colleagues(office, 4)[3]
    is_refused(office, "invite_colleague", "too small: 5 people, 4 seats", event_id=event_id, colleague_id=fourth)


def test_a_colleague_is_invited_once_and_can_be_removed_once(office: Live):
    event_id, (guest,) = new_event(office), colleagues(office, 1)
    name = office("invite_colleague", event_id=event_id, colleague_id=guest)["name"]
    is_refused(office, "invite_colleague", "already invited", event_id=event_id, colleague_id=guest)
    assert office("show_event_details", event_id=event_id)["invited"] == [name]
    office("remove_invitee", event_id=event_id, colleague_id=guest)
    is_refused(office, "remove_invitee", "not invited", event_id=event_id, colleague_id=guest)


def test_moving_a_recurring_event_moves_only_what_was_asked(office: Live):
    event_id, (guest,) = new_event(office, 7), colleagues(office, 1)
    office("invite_colleague", event_id=event_id, colleague_id=guest)
    office("repeat_event", event_id=event_id, every="weekly", count=4)
    single = office("move_event", event_id=event_id, start=at(office, 16), occurrence=at(office, 14)[:10])
    assert single["event_id"] != event_id
    assert len(office("show_event_details", event_id=single["event_id"])["invited"]) == 1
    assert days_of(office, "Choir evening") == [at(office, number)[:10] for number in (7, 16, 21, 28)]
    office("move_event", event_id=event_id, start=at(office, 8, "20:00"))
    assert days_of(office, "Choir evening") == [at(office, number)[:10] for number in (8, 15, 16, 22)]


def test_changing_a_series_leaves_its_past_as_it_was(office: Live):
    now = office.state.now
    series = next(
        event
        for event in office.host.base(SEED).tables["events"].values()
        if event.every == "weekly" and not event.room_id and event.start < now and len(starts(event)) > 8
    )
    over = [start[:10] for start in starts(series) if start <= now]
    office("cancel_event", event_id=series.event_id)
    for day in over:
        (line,) = office("find_events", title=series.title, date=day)["events"]
        assert line["status"] == "scheduled"
    assert office("show_event_details", event_id=series.event_id)["status"] == "cancelled"


def test_cancelling_one_occurrence_keeps_the_others(office: Live):
    event_id = new_event(office, 2)
    office("repeat_event", event_id=event_id, every="daily", until=at(office, 5)[:10])
    office("cancel_event", event_id=event_id, occurrence=at(office, 3)[:10])
    assert days_of(office, "Choir evening") == [at(office, number)[:10] for number in (2, 4, 5)]
    is_refused(office, "cancel_event", "does not take place", event_id=event_id, occurrence=at(office, 3)[:10])
    office("cancel_event", event_id=event_id)
    is_refused(office, "move_event", "is cancelled", event_id=event_id, start=at(office, 9))


def test_a_rule_falls_on_the_days_it_names():
    assert days("2026-01-31", "monthly", "2026-05-31") == ("2026-01-31", "2026-03-31", "2026-05-31")
    assert days("2026-03-13", "weekdays", "2026-03-17") == ("2026-03-13", "2026-03-16", "2026-03-17")
    assert days("2025-12-25", "weekly", "2026-01-07") == ("2025-12-25", "2026-01-01")
    assert days("2026-03-14", "once", "") == ("2026-03-14",)


def test_past_events_and_events_of_others_cannot_be_changed(office: Live):
    events, now = office.host.base(SEED).tables["events"].values(), office.state.now
    single = [event for event in events if event.every == "once" and event.status == "scheduled"]
    past = next(event for event in single if event.start < now)
    others = next(event for event in single if event.organizer != "me" and event.start > now)
    (guest,) = colleagues(office, 1)
    is_refused(office, "move_event", "only coming events change", event_id=past.event_id, start=at(office, 5))
    is_refused(office, "invite_colleague", "only coming events change", event_id=past.event_id, colleague_id=guest)
    is_refused(office, "rename_event", f"organised by {others.organizer}", event_id=others.event_id, title="Mine")
    is_refused(office, "create_event", "in the past", title="Too late", start=at(office, -1), minutes=30)
    is_refused(office, "answer_invitation", "your own event", event_id=new_event(office), answer="declined")
    office("answer_invitation", event_id=others.event_id, answer="declined")
    agenda = office("list_day_agenda", date=others.start[:10])["events"]
    assert others.event_id not in {row["event_id"] for row in agenda}


def test_own_events_that_overlap_are_reported(office: Live):
    first = new_event(office)
    second = office("create_event", title="Board game night", start=at(office, 3, "19:30"), minutes=60)
    third = office("create_event", title="Late train", start=at(office, 3, "20:30"), minutes=30)
    assert second["overlaps"] == [f"{first} Choir evening"]
    assert third["overlaps"] == []


def test_a_free_slot_is_free_for_both_and_within_both_office_hours(office: Live):
    tables, day = office.host.base(SEED).tables, wednesday(office)
    (owner,) = tables["owners"].values()
    calls = {
        row: office.host.call(SESSION, "find_free_slot", {"colleague_id": row.colleague_id, "date": day, "minutes": 30})
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
        assert all(end <= slot["start"] or slot["end"] <= start for start, end in busy + own_times(office, day))


def wednesday(office: Live) -> str:
    ahead = [at(office, number)[:10] for number in range(2, 9)]
    return next(day for day in ahead if date.fromisoformat(day).weekday() == 2)


def own_times(office: Live, day: str) -> list[tuple[str, str]]:
    lines = office("list_day_agenda", date=day)["events"]
    own = [line for line in lines if office("show_event_details", event_id=line["event_id"])["organizer"] == "me"]
    return [(f"{day}T{line['time']}", end_of(f"{day}T{line['time']}", line["minutes"])) for line in own]


def test_a_reminder_lies_between_now_and_the_start(office: Live):
    event_id = new_event(office, 1)
    assert office("set_event_reminder", event_id=event_id, minutes_before=90)["at"] == at(office, 1, "17:30")
    is_refused(office, "set_event_reminder", "already has a reminder", event_id=event_id, minutes_before=90)
    is_refused(office, "set_event_reminder", "is in the past", event_id=event_id, minutes_before=3 * 24 * 60)


def test_invitations_rooms_and_series_have_their_limits(office: Live):
    event_id, (guest,) = new_event(office), colleagues(office, 1)
    is_refused(office, "create_event", "is already there", title="Choir evening", start=at(office, 3), minutes=60)
    is_refused(office, "repeat_event", "either count or until", event_id=event_id, every="daily")
    is_refused(
        office, "repeat_event", "after the first day", event_id=event_id, every="daily", until=at(office, 1)[:10]
    )
    is_refused(office, "repeat_event", "five years", event_id=event_id, every="weekly", until=at(office, 2000)[:10])
    office("repeat_event", event_id=event_id, every="daily", count=3)
    is_refused(office, "repeat_event", "already repeats", event_id=event_id, every="daily", count=3)
    is_refused(office, "find_free_slot", "both you and", colleague_id=guest, date=at(office, -1)[:10], minutes=30)


def test_moments_are_real_and_within_two_years_and_one_day(office: Live):
    for start, because in (
        ("2026-02-30T10:00", "is not a date and time"),
        (at(office, 800), "days ahead"),
        (at(office, 3, "23:30"), "past midnight"),
    ):
        is_refused(office, "create_event", because, title="Choir evening", start=start, minutes=60)


def test_an_occurrence_that_is_over_stays(office: Live):
    now = office.state.now
    series = next(
        event
        for event in office.state.events
        if event.organizer == "me" and event.status == "scheduled" and event.start < now < (starts(event) or [now])[-1]
    )
    over = starts(series)[0][:10]
    is_refused(office, "cancel_event", f"on {over} is past", event_id=series.event_id, occurrence=over)


def test_what_the_calendar_does_not_know_is_refused_by_name(office: Live):
    event_id = new_event(office)
    is_refused(office, "show_event_details", "no event EVT-1", event_id="EVT-1")
    is_refused(office, "invite_colleague", "no colleague COL-1", event_id=event_id, colleague_id="COL-1")
    is_refused(office, "book_meeting_room", "no room ROM-1", event_id=event_id, room_id="ROM-1")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
