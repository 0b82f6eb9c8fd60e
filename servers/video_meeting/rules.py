"""Rules that only read: how far a meeting is, where everybody is, what became of a recording.

    scheduled --15 min before its start--> ready --started--> live --ended, or 30 min over time--> ended
                                             `--planned end passes--> missed
    invited --comes--> waiting --admitted--> in_meeting --> left        (no waiting room: invited --> in_meeting)
                          `--denied--> denied

Everything is read off the clock and the moments that were written down; nothing happens in the background.
"""

from __future__ import annotations

from servers.state import later, minutes_between
from servers.video_meeting.records import (
    Meetings,
    Participant,
    Person,
    Recording,
    RecordingStatus,
    Role,
    Status,
    VideoMeeting,
    Whereabouts,
)

READY_MINUTES = 15
OVER_TIME = 30
KEPT_DAYS = 90


def me(world: Meetings) -> Person:
    (owner,) = world.owners
    return world.people.find(owner.person_id)


def end_of(meeting: VideoMeeting) -> str:
    """When a started meeting ended, or ends at the latest."""
    return meeting.ended or later(meeting.started, minutes=meeting.minutes + OVER_TIME)


def status_of(world: Meetings, meeting: VideoMeeting) -> Status:
    if meeting.started:
        return "live" if world.now < end_of(meeting) else "ended"
    if world.now >= later(meeting.start, minutes=meeting.minutes):
        return "missed"
    return "ready" if world.now >= later(meeting.start, minutes=-READY_MINUTES) else "scheduled"


def role_of(world: Meetings, meeting: VideoMeeting) -> Role:
    """The organiser's own role; who has no place in a meeting is a guest."""
    mine = world.participants.where(video_meeting_id=meeting.video_meeting_id, person_id=me(world).person_id)
    return mine[0].role if mine else "guest"


def where_is(world: Meetings, meeting: VideoMeeting, row: Participant) -> Whereabouts:
    status = status_of(world, meeting)
    if not meeting.started:
        return "absent" if status == "missed" else "invited"
    comes = later(meeting.started, minutes=row.late)
    if row.late < 0 or comes > world.now or comes >= end_of(meeting):
        return "invited" if status == "live" else "absent"
    if meeting.waiting_room == "on" and row.role == "guest":
        if row.decision != "admit":
            unanswered: Whereabouts = "waiting" if status == "live" else "absent"
            return "denied" if row.decision == "deny" else unanswered
        comes = max(comes, row.decided)
    leaves = later(comes, minutes=row.stays)
    return "in_meeting" if status == "live" and world.now < leaves else "left"


def count(world: Meetings, meeting: VideoMeeting, where: Whereabouts) -> int:
    rows = world.participants.where(video_meeting_id=meeting.video_meeting_id)
    return sum(where_is(world, meeting, row) == where for row in rows)


def recorded_until(world: Meetings, recording: Recording) -> str:
    """When a recording stopped; now if it is running."""
    meeting = world.meetings.find(recording.video_meeting_id)
    return recording.stopped or min(end_of(meeting), world.now)


def recorded_minutes(world: Meetings, recording: Recording) -> int:
    return minutes_between(recording.started, recorded_until(world, recording))


def ready_at(world: Meetings, recording: Recording) -> str:
    """Half as long as it was recorded, a stopped recording is processed."""
    minutes = recorded_minutes(world, recording)
    return later(recorded_until(world, recording), minutes=2 + minutes // 2)


def recording_status(world: Meetings, recording: Recording) -> RecordingStatus:
    meeting = world.meetings.find(recording.video_meeting_id)
    if not recording.stopped and status_of(world, meeting) == "live":
        return "running"
    if world.now >= later(recorded_until(world, recording), days=KEPT_DAYS):
        return "expired"
    return "ready" if world.now >= ready_at(world, recording) else "processing"
