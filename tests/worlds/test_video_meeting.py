"""Laws of video meetings, tried through their tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.state import later, minutes_between
from servers.video_meeting.rules import end_of, me, role_of, status_of
from tests.worlds.live import Live


class Desk(Live):
    """The meetings of a seed, by how far they are and the organiser's role in them."""

    def __init__(self, seed: int):
        super().__init__("video_meeting", seed)

    def meetings(self, status: str, role: str = "host") -> list[str]:
        state = self.state
        rows = [row for row in state.meetings if (status_of(state, row), role_of(state, row)) == (status, role)]
        return [row.video_meeting_id for row in rows]

    def details(self, meeting: str) -> dict[str, Any]:
        return self("get_video_meeting", video_meeting_id=meeting)

    def people(self, meeting: str, state: str) -> list[dict[str, Any]]:
        return self("list_participants", video_meeting_id=meeting, state=state, limit=50)["participants"]

    def planned(self, in_minutes: int = 60, **wanted: Any) -> str:
        start = later(self.state.now, minutes=in_minutes)
        arguments = {"title": "Kite building", "start": start, "minutes": 30} | wanted
        return self("schedule_video_meeting", **arguments)["video_meeting_id"]

    def started(self, **wanted: Any) -> str:
        """A new meeting that is live; one of those before it makes way."""
        self("end_video_meeting", video_meeting_id=self.meetings("live")[0])
        meeting = self.planned(5, **wanted)
        self("start_video_meeting", video_meeting_id=meeting)
        return meeting


@pytest.fixture(params=[0, 1, 2])
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


def test_meetings_are_held_in_order_and_recorded_while_they_are_live(desk: Desk):
    world = desk.state
    for meeting in world.meetings:
        assert world.people.find(meeting.host)
        roles = [row.role for row in world.participants.where(video_meeting_id=meeting.video_meeting_id)]
        assert roles.count("host") == 1 and roles.count("cohost") <= 2
        assert not meeting.ended or meeting.started < meeting.ended < world.now
    for row in world.recordings:
        meeting = world.meetings.find(row.video_meeting_id)
        assert meeting.started <= row.started <= (row.stopped or row.started) <= end_of(meeting)
    people = [(row.video_meeting_id, row.person_id) for row in world.participants]
    assert len(set(people)) == len(people)


def test_a_meeting_goes_through_its_life_as_time_passes(desk: Desk):
    meeting = desk.planned(60)
    seen = [desk.details(meeting)["status"]]
    assert "can be started from" in desk.refused("start_video_meeting", video_meeting_id=meeting)
    desk.wait(50)
    seen.append(desk.details(meeting)["status"])
    desk("end_video_meeting", video_meeting_id=desk.meetings("live")[0])
    desk("start_video_meeting", video_meeting_id=meeting)
    seen.append(desk.details(meeting)["status"])
    desk.wait(30)
    desk("end_video_meeting", video_meeting_id=meeting)
    seen.append(desk.details(meeting)["status"])
    assert seen == ["scheduled", "ready", "live", "ended"]
    assert "is ended" in desk.refused("start_video_meeting", video_meeting_id=meeting)
    assert "is ended" in desk.refused("end_video_meeting", video_meeting_id=meeting)


def test_a_meeting_that_nobody_starts_is_missed(desk: Desk):
    meeting = desk.planned(10)
    desk.wait(45)
    assert desk.details(meeting)["status"] == "missed"
    assert {row["state"] for row in desk("list_participants", video_meeting_id=meeting)["participants"]} == {"absent"}
    assert "is missed" in desk.refused("start_video_meeting", video_meeting_id=meeting)


def test_a_live_meeting_ends_by_itself_thirty_minutes_over_time(desk: Desk):
    meeting = desk.started()
    ends = desk.details(meeting)["ends"]
    assert minutes_between(desk.details(meeting)["started"], ends) == 60
    desk.wait(minutes_between(desk.state.now, ends) - 1)
    assert desk.details(meeting)["status"] == "live"
    desk.wait(1)
    assert desk.details(meeting)["status"] == "ended"


def test_invited_people_come_wait_and_are_admitted_or_denied(desk: Desk):
    names = sorted(row.name for row in desk.state.people if row != me(desk.state))[:3]
    meeting = desk.started(invitees=names)
    desk.wait(10)
    first, second, third = desk.people(meeting, "waiting")
    assert [first["name"], second["name"], third["name"]] == names
    wanted = {"participant_id": first["participant_id"], "decision": "admit"}
    assert desk("answer_waiting_room", **wanted)["still_waiting"] == 2
    desk("answer_waiting_room", participant_id=second["participant_id"], decision="deny")
    assert "not waiting but in_meeting" in desk.refused("answer_waiting_room", **wanted)
    assert names[0] in {row["name"] for row in desk.people(meeting, "in_meeting")}
    assert [row["name"] for row in desk.people(meeting, "denied")] == [names[1]]
    desk("end_video_meeting", video_meeting_id=meeting)
    assert names[0] in {row["name"] for row in desk.people(meeting, "left")}
    assert [row["name"] for row in desk.people(meeting, "absent")] == [names[2]]


def test_without_a_waiting_room_people_walk_in(desk: Desk):
    names = [row.name for row in desk.state.people if row != me(desk.state)][:3]
    meeting = desk.started(invitees=names, waiting_room="off")
    desk.wait(10)
    assert {row["name"] for row in desk.people(meeting, "in_meeting")} == {*names, me(desk.state).name}
    assert desk.details(meeting)["waiting"] == 0


def test_only_who_is_in_the_meeting_is_muted_and_only_once(desk: Desk):
    (meeting, *_) = desk.meetings("live")
    row = next(row for row in desk.people(meeting, "in_meeting") if not row["muted"])
    desk("mute_participant", participant_id=row["participant_id"])
    assert "already muted" in desk.refused("mute_participant", participant_id=row["participant_id"])
    waiting = desk.people(meeting, "waiting")[0]["participant_id"]
    assert "but waiting" in desk.refused("mute_participant", participant_id=waiting)
    over = desk.state.participants.where(video_meeting_id=desk.meetings("ended")[0])[0].participant_id
    assert "not live" in desk.refused("mute_participant", participant_id=over)


def test_guests_have_no_say(desk: Desk):
    (meeting,) = desk.meetings("live", "guest")
    waiting = desk.people(meeting, "waiting")[0]["participant_id"]
    inside = desk.people(meeting, "in_meeting")[0]["participant_id"]
    for refused in (
        desk.refused("end_video_meeting", video_meeting_id=meeting),
        desk.refused("start_recording", video_meeting_id=meeting),
        desk.refused("answer_waiting_room", participant_id=waiting, decision="admit"),
        desk.refused("mute_participant", participant_id=inside),
    ):
        assert "you are a guest" in refused


def test_a_cohost_may_do_all_but_end_the_meeting_and_mute_the_host(desk: Desk):
    (meeting,) = desk.meetings("live", "cohost")
    assert "only the host" in desk.refused("end_video_meeting", video_meeting_id=meeting)
    host = next(row for row in desk.people(meeting, "in_meeting") if row["role"] == "host")
    assert "nobody else can mute" in desk.refused("mute_participant", participant_id=host["participant_id"])
    desk("answer_waiting_room", participant_id=desk.people(meeting, "waiting")[0]["participant_id"], decision="admit")
    desk("start_recording", video_meeting_id=meeting)
    (ready,) = desk.meetings("ready", "cohost")
    desk("start_video_meeting", video_meeting_id=ready)


def test_a_host_has_at_most_three_live_meetings(desk: Desk):
    first, second, third = desk.meetings("ready")
    desk("start_video_meeting", video_meeting_id=first)
    assert "live already" in desk.refused("start_video_meeting", video_meeting_id=second)
    desk("end_video_meeting", video_meeting_id=first)
    desk("start_video_meeting", video_meeting_id=third)


def test_one_recording_runs_at_a_time_and_only_while_the_meeting_is_live(desk: Desk):
    meeting = desk.started()
    recording = desk("start_recording", video_meeting_id=meeting)["recording_id"]
    assert f"{recording} already records" in desk.refused("start_recording", video_meeting_id=meeting)
    desk.wait(9)
    assert desk("stop_recording", recording_id=recording)["minutes"] == 10
    assert "it is processing" in desk.refused("stop_recording", recording_id=recording)
    second = desk("start_recording", video_meeting_id=meeting)["recording_id"]
    assert desk("end_video_meeting", video_meeting_id=meeting)["recordings"] == [recording, second]
    assert "stopped at" in desk.refused("stop_recording", recording_id=second)
    assert "not live" in desk.refused("start_recording", video_meeting_id=meeting)


def test_a_recording_is_processed_kept_for_ninety_days_and_gone(desk: Desk):
    meeting = desk.started()
    recording = desk("start_recording", video_meeting_id=meeting)["recording_id"]
    desk.wait(19)
    ready = desk("stop_recording", recording_id=recording)["ready"]

    def status() -> str:
        return desk.details(meeting)["recordings"][0]["status"]

    assert (status(), minutes_between(desk.state.now, ready)) == ("processing", 11)
    desk.wait(11)
    assert status() == "ready"
    desk.wait(90 * 24 * 60)
    assert status() == "expired"


def test_a_new_meeting_has_a_free_time_to_come_and_guests_of_the_directory(desk: Desk):
    meeting = desk.planned(90)
    start = desk.details(meeting)["start"]
    plan = {"title": "Kite building", "start": start, "minutes": 30}
    assert "already planned" in desk.refused("schedule_video_meeting", **plan)
    plan["title"] = "Kite flying"
    assert "nobody in the directory" in desk.refused("schedule_video_meeting", **plan, invitees=["No One"])
    for wrong, reason in (("2026-02-30T10:00", "not a date"), ("2026-02-10T24:00", "not a date")):
        assert reason in desk.refused("schedule_video_meeting", **plan | {"start": wrong})
    assert "in the past" in desk.refused("schedule_video_meeting", **plan | {"start": desk.state.now})
    assert "365 days ahead" in desk.refused("schedule_video_meeting", **plan | {"start": "9999-12-31T23:59"})
    name = me(desk.state).name
    assert desk("schedule_video_meeting", **plan, invitees=[name, name])["invited"] == []


def test_meetings_are_found_by_title_day_and_status_the_live_ones_first(desk: Desk):
    rows = desk("find_video_meetings", limit=50)["meetings"]
    assert [row["status"] for row in rows[:9]] == ["live"] * 4 + ["ready"] * 4 + ["scheduled"]
    for status in ("live", "ready", "scheduled", "ended", "missed"):
        found = desk("find_video_meetings", status=status, limit=50)["meetings"]
        assert found and {row["status"] for row in found} == {status}
    row = rows[10]
    found = desk("find_video_meetings", title=row["title"].upper(), date=row["start"][:10])["meetings"]
    assert row in found


def test_what_does_not_exist_is_refused(desk: Desk):
    assert "no video meeting" in desk.refused("get_video_meeting", video_meeting_id="VMT-1")
    assert "no participant" in desk.refused("mute_participant", participant_id="PTC-1")
    assert "no recording" in desk.refused("stop_recording", recording_id="RCG-1")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
