"""What an organiser can do with meetings. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from servers.state import ToolError, later, minutes_between
from servers.tool import reads, writes
from servers.video_meeting.records import (
    YOU,
    Answered,
    Day,
    Decision,
    Ended,
    FullName,
    MeetingDetails,
    MeetingId,
    MeetingRow,
    Meetings,
    Minutes,
    Moment,
    Muted,
    Participant,
    ParticipantId,
    ParticipantRow,
    Participants,
    Recording,
    RecordingId,
    RecordingRow,
    RecordingStarted,
    RecordingStopped,
    Scheduled,
    Started,
    Status,
    Switch,
    Title,
    VideoMeeting,
    VideoMeetings,
    Whereabouts,
)
from servers.video_meeting.rules import (
    READY_MINUTES,
    count,
    end_of,
    me,
    ready_at,
    recorded_minutes,
    recorded_until,
    recording_status,
    role_of,
    status_of,
    where_is,
)

Text = Annotated[str, Meta(description="title or part of it, e.g. Safety training", max_length=80)]
Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Invitees = Annotated[list[FullName], Meta(description='who to invite, e.g. ["Mira Holt"]', max_length=15)]

DAYS_AHEAD = 365
MOST_LIVE = 3
AHEAD: list[Status] = ["live", "ready", "scheduled"]
PLACES: list[Whereabouts] = ["waiting", "in_meeting", "invited", "denied", "left", "absent"]


@reads
def find_video_meetings(
    world: Meetings,
    title: Text | None = None,
    date: Day | None = None,
    status: Annotated[Status, Meta(description="how far it is, e.g. live; ready can be started now")] | None = None,
    limit: Limit = 5,
) -> VideoMeetings:
    """Find video meetings by title, day or status; live ones come first, then the nearest to come, then past ones."""
    found = [row for row in world.meetings if title is None or title.casefold() in row.title.casefold()]
    if date is not None:
        found = [row for row in found if row.start[:10] == date.isoformat()]
    rows = [_row(world, row) for row in found]
    rows = sorted(
        (row for row in rows if status in (None, row.status)), key=lambda row: (row.start, row.video_meeting_id)
    )
    ahead = [row for row in rows if row.status in AHEAD]
    past = [row for row in reversed(rows) if row.status not in AHEAD]
    return VideoMeetings([*sorted(ahead, key=lambda row: AHEAD.index(row.status)), *past][:limit], len(rows))


@reads
def get_video_meeting(world: Meetings, video_meeting_id: MeetingId) -> MeetingDetails:
    """Show a video meeting: your role, status, who is in or waiting, recordings, e.g. video_meeting_id="VMT-48213"."""
    meeting = _meeting(world, video_meeting_id)
    row = _row(world, meeting)
    return MeetingDetails(
        video_meeting_id,
        row.title,
        row.host,
        role_of(world, meeting),
        row.start,
        row.minutes,
        row.status,
        meeting.waiting_room,
        meeting.started,
        end_of(meeting) if meeting.started else later(meeting.start, minutes=meeting.minutes),
        count(world, meeting, "in_meeting"),
        count(world, meeting, "waiting"),
        [_recording_row(world, other) for other in world.recordings.where(video_meeting_id=video_meeting_id)],
    )


@writes
def schedule_video_meeting(
    world: Meetings,
    title: Title,
    start: Moment,
    minutes: Minutes,
    waiting_room: Annotated[Switch, Meta(description="whether guests wait to be admitted, e.g. on")] = "on",
    invitees: Invitees | None = None,
) -> Scheduled:
    """Plan a video meeting that you host, within the next year, e.g. start="2026-03-14T14:30", minutes=45."""
    _check_start(world, start)
    for known in world.meetings.where(title=title, start=start):
        raise ToolError(f"{known.video_meeting_id} {title} is already planned for {start}")
    names = [name for name in dict.fromkeys(invitees or ()) if name != me(world).name]
    people = {name: _person_id(world, name) for name in names}
    number = world.new_id("VMT")
    world.meetings.add(VideoMeeting(number, title, me(world).person_id, start, minutes, waiting_room))
    world.participants.add(
        Participant(world.new_id("PTC"), number, me(world).person_id, me(world).name, "host", 0, 24 * 60)
    )
    for name, person_id in people.items():
        late = world.draw().choice([0, 1, 1, 2, 3, 5, 8])
        world.participants.add(Participant(world.new_id("PTC"), number, person_id, name, "guest", late, 24 * 60))
    return Scheduled(number, title, start, minutes, waiting_room, names)


@writes
def start_video_meeting(world: Meetings, video_meeting_id: MeetingId) -> Started:
    """Start a video meeting as host or co-host, from 15 minutes before its start on; you can host 3 at once."""
    meeting = _led(world, video_meeting_id)
    status = status_of(world, meeting)
    if status == "scheduled":
        opens = later(meeting.start, minutes=-READY_MINUTES)
        raise ToolError(f"{video_meeting_id} can be started from {opens} on; it is {world.now}")
    if status != "ready":
        raise ToolError(f"{video_meeting_id} is {status}; only ready meetings can be started")
    hosted = [row for row in world.meetings.where(host=meeting.host) if status_of(world, row) == "live"]
    if len(hosted) >= MOST_LIVE:
        raise ToolError(f"{MOST_LIVE} meetings of this host are live already; end {hosted[0].video_meeting_id} first")
    meeting = world.meetings.update(meeting, started=world.now)
    return Started(video_meeting_id, meeting.title, meeting.started, end_of(meeting))


@writes(destructive=True)
def end_video_meeting(world: Meetings, video_meeting_id: MeetingId) -> Ended:
    """End a live video meeting for everybody, as its host only; running recordings stop with it."""
    meeting = _live(world, _led(world, video_meeting_id))
    if role_of(world, meeting) != "host":
        raise ToolError(f"only the host, {_host(world, meeting)}, can end {video_meeting_id}")
    world.meetings.update(meeting, ended=world.now)
    kept = [row.recording_id for row in world.recordings.where(video_meeting_id=video_meeting_id)]
    return Ended(video_meeting_id, meeting.title, minutes_between(meeting.started, world.now), kept)


@reads
def list_participants(
    world: Meetings,
    video_meeting_id: MeetingId,
    state: Annotated[Whereabouts, Meta(description="only those, e.g. waiting for who is in the waiting room")]
    | None = None,
    limit: Limit = 12,
) -> Participants:
    """List who is in a video meeting, waits in its waiting room, is invited or has left; who waits comes first."""
    meeting = _meeting(world, video_meeting_id)
    places = world.participants.where(video_meeting_id=video_meeting_id)
    rows = [
        ParticipantRow(row.participant_id, row.name, row.role, where_is(world, meeting, row), row.muted)
        for row in places
    ]
    rows = [row for row in rows if state in (None, row.state)]
    rows.sort(key=lambda row: (PLACES.index(row.state), row.name, row.participant_id))
    return Participants(video_meeting_id, status_of(world, meeting), rows[:limit], len(rows))


@writes
def answer_waiting_room(
    world: Meetings,
    participant_id: ParticipantId,
    decision: Annotated[Decision, Meta(description="let them in or not, e.g. admit")],
) -> Answered:
    """Admit or deny somebody who waits in the waiting room of a live video meeting that you host or co-host."""
    row, meeting = _participant(world, participant_id)
    _live(world, _led(world, meeting.video_meeting_id))
    where = where_is(world, meeting, row)
    if where != "waiting":
        raise ToolError(f"{row.name} is not waiting but {where}")
    world.participants.update(row, decision=decision, decided=world.now)
    return Answered(participant_id, meeting.video_meeting_id, row.name, decision, count(world, meeting, "waiting"))


@writes
def mute_participant(world: Meetings, participant_id: ParticipantId) -> Muted:
    """Turn off the microphone of somebody in a live video meeting that you host or co-host; not the host's."""
    row, meeting = _participant(world, participant_id)
    _live(world, _led(world, meeting.video_meeting_id))
    where = where_is(world, meeting, row)
    if where != "in_meeting":
        raise ToolError(f"{row.name} is not in the meeting but {where}")
    if row.role == "host" and row.person_id != me(world).person_id:
        raise ToolError(f"{row.name} is the host, whom nobody else can mute")
    if row.muted:
        raise ToolError(f"{row.name} is already muted")
    world.participants.update(row, muted=True)
    return Muted(participant_id, meeting.video_meeting_id, row.name, True)


@writes
def start_recording(world: Meetings, video_meeting_id: MeetingId) -> RecordingStarted:
    """Record a live video meeting that you host or co-host; one recording at a time, it stops with the meeting."""
    meeting = _live(world, _led(world, video_meeting_id))
    for row in world.recordings.where(video_meeting_id=meeting.video_meeting_id):
        if recording_status(world, row) == "running":
            raise ToolError(f"{row.recording_id} already records {video_meeting_id} since {row.started}")
    row = world.recordings.add(Recording(world.new_id("RCG"), video_meeting_id, world.now))
    return RecordingStarted(row.recording_id, video_meeting_id, row.started)


@writes
def stop_recording(world: Meetings, recording_id: RecordingId) -> RecordingStopped:
    """Stop a running recording of a video meeting that you host or co-host, e.g. recording_id="RCG-20931"."""
    row = world.recordings.get(recording_id)
    if row is None:
        raise ToolError(f"no recording {recording_id}")
    _led(world, row.video_meeting_id)
    status = recording_status(world, row)
    if status != "running":
        raise ToolError(f"{recording_id} stopped at {recorded_until(world, row)}; it is {status}")
    row = world.recordings.update(row, stopped=world.now)
    minutes = recorded_minutes(world, row)
    return RecordingStopped(recording_id, row.video_meeting_id, minutes, ready_at(world, row))


def _meeting(world: Meetings, video_meeting_id: str) -> VideoMeeting:
    meeting = world.meetings.get(video_meeting_id)
    if meeting is None:
        raise ToolError(f"no video meeting {video_meeting_id}")
    return meeting


def _led(world: Meetings, video_meeting_id: str) -> VideoMeeting:
    """A meeting whose host or co-host is the organiser."""
    meeting = _meeting(world, video_meeting_id)
    if role_of(world, meeting) == "guest":
        raise ToolError(f"you are a guest of {video_meeting_id}; {_host(world, meeting)} hosts it")
    return meeting


def _live(world: Meetings, meeting: VideoMeeting) -> VideoMeeting:
    status = status_of(world, meeting)
    if status != "live":
        raise ToolError(f"{meeting.video_meeting_id} {meeting.title} is {status}, not live")
    return meeting


def _participant(world: Meetings, participant_id: str) -> tuple[Participant, VideoMeeting]:
    row = world.participants.get(participant_id)
    if row is None:
        raise ToolError(f"no participant {participant_id}")
    return row, world.meetings.find(row.video_meeting_id)


def _host(world: Meetings, meeting: VideoMeeting) -> str:
    return YOU if meeting.host == me(world).person_id else world.people.find(meeting.host).name


def _person_id(world: Meetings, name: str) -> str:
    people = world.people.where(name=name)
    if not people:
        raise ToolError(f"nobody in the directory is called {name}")
    return people[0].person_id


def _check_start(world: Meetings, start: str) -> None:
    try:
        proper = datetime.fromisoformat(start).isoformat(timespec="minutes") == start
    except ValueError:
        proper = False
    if not proper:
        raise ToolError(f"{start} is not a date and time")
    if start <= world.now:
        raise ToolError(f"{start} is in the past: it is {world.now}")
    if start > later(world.now, days=DAYS_AHEAD):
        raise ToolError(f"{start} is more than {DAYS_AHEAD} days ahead")


def _row(world: Meetings, row: VideoMeeting) -> MeetingRow:
    return MeetingRow(row.video_meeting_id, row.title, _host(world, row), row.start, row.minutes, status_of(world, row))


def _recording_row(world: Meetings, row: Recording) -> RecordingRow:
    minutes, status = recorded_minutes(world, row), recording_status(world, row)
    return RecordingRow(row.recording_id, row.started, minutes, status)
