"""The tables of the issue tracker, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

ProjectId = Annotated[str, msgspec.Meta(description="key of a project, e.g. ORBIT", max_length=12)]
IssueId = Annotated[
    str, msgspec.Meta(description="issue: key of its project and number, e.g. ORBIT-142", max_length=20)
]
MemberId = Annotated[str, msgspec.Meta(description="member of a project team, e.g. TMB-30417", max_length=20)]
SprintId = Annotated[str, msgspec.Meta(description="sprint, e.g. SPN-20931", max_length=20)]
ReleaseId = Annotated[str, msgspec.Meta(description="release, e.g. RLS-55120", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Title = Annotated[
    str, msgspec.Meta(description="title, e.g. Invoice PDF times out in Safari", min_length=3, max_length=100)
]
Label = Annotated[str, msgspec.Meta(description="label, e.g. regression", min_length=2, max_length=24)]
Component = Annotated[str, msgspec.Meta(description="component of the project, e.g. Invoices", max_length=30)]
Minutes = Annotated[int, msgspec.Meta(description="minutes of work, e.g. 90", ge=5, le=960)]
IssueType = Annotated[
    Literal["bug", "story", "task", "spike"],
    msgspec.Meta(description="type of issue, e.g. bug; it has its own workflow"),
]
Status = Annotated[
    Literal["new", "triaged", "in_progress", "in_review", "testing", "done", "rejected"],
    msgspec.Meta(description="status of an issue, e.g. in_review; done and rejected are closed"),
]
Priority = Annotated[
    Literal["low", "medium", "high", "urgent"], msgspec.Meta(description="priority of an issue, e.g. high")
]
Points = Annotated[Literal[1, 2, 3, 5, 8, 13], msgspec.Meta(description="estimate in story points, e.g. 5")]
Relation = Annotated[
    Literal["blocks", "duplicates", "relates_to"],
    msgspec.Meta(description="what the first issue does to the other, e.g. blocks"),
]
SprintState = Annotated[
    Literal["planned", "active", "closed"], msgspec.Meta(description="state of a sprint, e.g. active")
]
ReleaseState = Annotated[Literal["planned", "published"], msgspec.Meta(description="state of a release, e.g. planned")]
Openness = Annotated[
    Literal["open", "closed"], msgspec.Meta(description="open, or closed (done and rejected), e.g. open")
]
Mine = Annotated[
    Literal["assigned_to_me", "reported_by_me", "watched_by_me"],
    msgspec.Meta(description="what the signed-in engineer has to do with it, e.g. assigned_to_me"),
]

CLOSED = ("done", "rejected")


class Account(Row, frozen=True):
    """Who is signed in."""

    account_id: str
    member_id: str


class Member(Row, frozen=True):
    member_id: str
    name: str
    role: str
    projects: tuple[str, ...]
    """Projects whose team the member is on."""


class Project(Row, frozen=True):
    project_id: str
    name: str
    lead_id: str
    components: tuple[str, ...]
    next_number: int
    archived: bool = False


class Sprint(Row, frozen=True):
    sprint_id: str
    project_id: str
    name: str
    state: SprintState
    starts: str
    ends: str
    carried: int = 0
    """Points of the issues that moved on when it was closed."""


class Release(Row, frozen=True):
    release_id: str
    project_id: str
    name: str
    due: str
    published: str = ""
    """The day it was published, or nothing."""


class Issue(Row, frozen=True):
    issue_id: str
    project_id: str
    issue_type: IssueType
    title: str
    status: Status
    priority: Priority
    reporter_id: str
    created: str
    updated: str
    closed: str = ""
    assignee_id: str = ""
    component: str = ""
    labels: tuple[str, ...] = ()
    parent_id: str = ""
    sprint_id: str = ""
    release_id: str = ""
    estimate: int | None = None
    watchers: tuple[str, ...] = ()
    """Member ids: reporter, assignees and who has commented."""


class Link(Row, frozen=True):
    link_id: str
    issue_id: str
    relation: Relation
    other_id: str


class IssueComment(Row, frozen=True):
    comment_id: str
    issue_id: str
    author_id: str
    at: str
    text: str


class Worklog(Row, frozen=True):
    worklog_id: str
    issue_id: str
    member_id: str
    day: str
    minutes: int
    note: str


class Tracker(State):
    accounts: Table[Account]
    members: Table[Member]
    projects: Table[Project]
    sprints: Table[Sprint]
    releases: Table[Release]
    issues: Table[Issue]
    links: Table[Link]
    comments: Table[IssueComment]
    worklogs: Table[Worklog]


class ProjectRow(msgspec.Struct, frozen=True):
    project_id: str
    name: str
    lead: str
    components: list[str]
    open_issues: int
    archived: bool


class Projects(msgspec.Struct, frozen=True):
    projects: list[ProjectRow]


class MemberRow(msgspec.Struct, frozen=True):
    member_id: str
    name: str
    role: str
    projects: list[str]
    open_issues: int
    """Assigned to the member."""


class Members(msgspec.Struct, frozen=True):
    members: list[MemberRow]
    total: int


class IssueRow(msgspec.Struct, frozen=True):
    issue_id: str
    title: str
    issue_type: IssueType
    status: Status
    priority: Priority
    assignee: str


class Issues(msgspec.Struct, frozen=True):
    issues: list[IssueRow]
    total: int
    """How many match, of which the latest updated are shown."""


class IssueDetails(msgspec.Struct, frozen=True):
    issue_id: str
    project_id: str
    title: str
    issue_type: IssueType
    status: Status
    next_statuses: list[Status]
    """Where its workflow lets it go from here."""
    priority: Priority
    estimate: int | None
    assignee: str
    reporter: str
    component: str
    labels: list[str]
    sprint: str
    release: str
    parent: str
    sub_issues: list[str]
    links: list[str]
    """In words, e.g. "is blocked by ORBIT-9 (in_review)"."""
    logged_minutes: int
    """On the issue and its sub-issues."""
    comments: int
    watchers: list[str]
    created: str
    updated: str


class CommentRow(msgspec.Struct, frozen=True):
    author: str
    at: str
    text: str


class Comments(msgspec.Struct, frozen=True):
    issue_id: str
    comments: list[CommentRow]
    total: int


class WorklogRow(msgspec.Struct, frozen=True):
    issue_id: str
    member: str
    day: str
    minutes: int
    note: str


class Worklogs(msgspec.Struct, frozen=True):
    worklogs: list[WorklogRow]
    total: int
    total_minutes: int
    """Of all that match, shown or not."""


class SprintRow(msgspec.Struct, frozen=True):
    sprint_id: str
    name: str
    state: SprintState
    starts: str
    ends: str
    issues: int
    open_issues: int


class Sprints(msgspec.Struct, frozen=True):
    sprints: list[SprintRow]


class DayLeft(msgspec.Struct, frozen=True):
    day: str
    points: int


class Burndown(msgspec.Struct, frozen=True):
    sprint_id: str
    name: str
    committed: int
    """Points of all its issues, with those that moved on at its end."""
    left: int
    days: list[DayLeft]
    """Points left at the end of each day so far."""


class ReleaseRow(msgspec.Struct, frozen=True):
    release_id: str
    name: str
    due: str
    published: str
    issues: int
    open_issues: int


class Releases(msgspec.Struct, frozen=True):
    releases: list[ReleaseRow]


class Created(msgspec.Struct, frozen=True):
    issue_id: str
    project_id: str
    title: str
    issue_type: IssueType
    status: Status
    priority: Priority


class Assigned(msgspec.Struct, frozen=True):
    issue_id: str
    title: str
    assignee: str
    before: str
    """Who had it before, or nothing."""


class Transitioned(msgspec.Struct, frozen=True):
    issue_id: str
    title: str
    before: Status
    status: Status
    next_statuses: list[Status]


class Edited(msgspec.Struct, frozen=True):
    issue_id: str
    title: str
    changed: list[str]
    """In words, e.g. "priority is high"."""


class Commented(msgspec.Struct, frozen=True):
    comment_id: str
    issue_id: str
    title: str
    comments: int


class Linked(msgspec.Struct, frozen=True):
    link_id: str
    issue_id: str
    relation: Relation
    other_issue: str


class Logged(msgspec.Struct, frozen=True):
    worklog_id: str
    issue_id: str
    day: str
    minutes: int
    issue_minutes: int
    day_minutes: int
    """Logged by the engineer on that day, in all issues."""


class Scheduled(msgspec.Struct, frozen=True):
    issue_id: str
    sprint_id: str
    sprint: str
    with_sub_issues: list[str]
    points: int
    """Of the sprint, afterwards."""


class SprintStarted(msgspec.Struct, frozen=True):
    sprint_id: str
    name: str
    starts: str
    ends: str
    issues: int
    points: int


class SprintClosed(msgspec.Struct, frozen=True):
    sprint_id: str
    name: str
    finished: int
    finished_points: int
    moved: list[str]
    """Open issues that moved on."""
    moved_to: str


class Published(msgspec.Struct, frozen=True):
    release_id: str
    name: str
    published: str
    issues: int
