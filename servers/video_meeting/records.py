"""The tables of the meeting service, and the types its tools take and give. All times are the organiser's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

MeetingId = Annotated[str, msgspec.Meta(description="video meeting, e.g. VMT-48213", max_length=20)]
ParticipantId = Annotated[
    str, msgspec.Meta(description="somebody's place in one meeting, e.g. PTC-30417", max_length=20)
]
RecordingId = Annotated[str, msgspec.Meta(description="recording, e.g. RCG-20931", max_length=20)]
Title = Annotated[str, msgspec.Meta(description="title, e.g. Safety training", min_length=1, max_length=80)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Moment = Annotated[
    str,
    msgspec.Meta(description="local date and time, e.g. 2026-03-14T14:30", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d$"),
]
Minutes = Annotated[int, msgspec.Meta(description="planned length in minutes, e.g. 45", ge=10, le=480)]
FullName = Annotated[str, msgspec.Meta(description="full name in the directory, e.g. Mira Holt", max_length=60)]
Status = Literal["scheduled", "ready", "live", "ended", "missed"]
Role = Literal["host", "cohost", "guest"]
Whereabouts = Literal["waiting", "in_meeting", "invited", "denied", "left", "absent"]
Decision = Literal["admit", "deny"]
Switch = Literal["on", "off"]
RecordingStatus = Literal["running", "processing", "ready", "expired"]

YOU = "you"


class Owner(Row, frozen=True):
    owner_id: str
    person_id: str


class Person(Row, frozen=True):
    person_id: str
    name: str


class VideoMeeting(Row, frozen=True):
    video_meeting_id: str
    title: str
    host: str
    """A person_id."""
    start: str
    minutes: int
    waiting_room: Switch
    started: str = ""
    ended: str = ""
    """When the host ended it, if so."""


class Participant(Row, frozen=True):
    """One person in one meeting; where they are at any moment follows from these numbers and the clock."""

    participant_id: str
    video_meeting_id: str
    person_id: str
    name: str
    role: Role
    late: int
    """Minutes from the start of the meeting until they come; negative if they never do."""
    stays: int
    decision: Literal["", "admit", "deny"] = ""
    decided: str = ""
    muted: bool = False


class Recording(Row, frozen=True):
    recording_id: str
    video_meeting_id: str
    started: str
    stopped: str = ""
    """When somebody stopped it, if so; else it goes on to the end of the meeting."""


class Meetings(State):
    owners: Table[Owner]
    people: Table[Person]
    meetings: Table[VideoMeeting]
    participants: Table[Participant]
    recordings: Table[Recording]


class MeetingRow(msgspec.Struct, frozen=True):
    video_meeting_id: str
    title: str
    host: str
    start: str
    minutes: int
    status: Status


class VideoMeetings(msgspec.Struct, frozen=True):
    meetings: list[MeetingRow]
    total: int


class RecordingRow(msgspec.Struct, frozen=True):
    recording_id: str
    started: str
    minutes: int
    status: RecordingStatus


class MeetingDetails(msgspec.Struct, frozen=True):
    video_meeting_id: str
    title: str
    host: str
    your_role: Role
    start: str
    minutes: int
    status: Status
    waiting_room: Switch
    started: str
    ends: str
    """When it ended or, while live, ends at the latest."""
    in_meeting: int
    waiting: int
    recordings: list[RecordingRow]


class Scheduled(msgspec.Struct, frozen=True):
    video_meeting_id: str
    title: str
    start: str
    minutes: int
    waiting_room: Switch
    invited: list[str]


class Started(msgspec.Struct, frozen=True):
    video_meeting_id: str
    title: str
    started: str
    ends: str
    """At the latest."""


class Ended(msgspec.Struct, frozen=True):
    video_meeting_id: str
    title: str
    minutes: int
    """How long it was live."""
    recordings: list[str]
    """Ids."""


class ParticipantRow(msgspec.Struct, frozen=True):
    participant_id: str
    name: str
    role: Role
    state: Whereabouts
    muted: bool


class Participants(msgspec.Struct, frozen=True):
    video_meeting_id: str
    status: Status
    participants: list[ParticipantRow]
    total: int


class Answered(msgspec.Struct, frozen=True):
    participant_id: str
    video_meeting_id: str
    name: str
    decision: Decision
    still_waiting: int


class Muted(msgspec.Struct, frozen=True):
    participant_id: str
    video_meeting_id: str
    name: str
    muted: bool


class RecordingStarted(msgspec.Struct, frozen=True):
    recording_id: str
    video_meeting_id: str
    started: str


class RecordingStopped(msgspec.Struct, frozen=True):
    recording_id: str
    video_meeting_id: str
    minutes: int
    ready: str
    """When it can be watched."""
