"""What an engineer can do in the tracker. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from datetime import date as Date
from typing import Annotated, Any

from msgspec import Meta

from servers.issue_tracker.records import (
    Assigned,
    Burndown,
    Commented,
    CommentRow,
    Comments,
    Component,
    Created,
    Day,
    Edited,
    Issue,
    IssueComment,
    IssueDetails,
    IssueId,
    Issues,
    IssueType,
    Label,
    Link,
    Linked,
    Logged,
    MemberId,
    Members,
    Mine,
    Minutes,
    Openness,
    Points,
    Priority,
    Project,
    ProjectId,
    Projects,
    Published,
    Relation,
    ReleaseId,
    Releases,
    ReleaseState,
    Scheduled,
    SprintClosed,
    SprintId,
    Sprints,
    SprintStarted,
    SprintState,
    Status,
    Title,
    Tracker,
    Transitioned,
    Worklog,
    WorklogRow,
    Worklogs,
)
from servers.issue_tracker.rows import (
    issue_details,
    issue_row,
    logged_minutes,
    member_row,
    name_of,
    project_row,
    release_row,
    sprint_row,
)
from servers.issue_tracker.rules import (
    check_component,
    check_day,
    check_link,
    check_minutes,
    check_new_title,
    check_not_archived,
    check_parent,
    check_publishable,
    check_schedulable,
    check_startable,
    check_transition,
    is_open,
    issue_of,
    me,
    member_of,
    next_statuses,
    open_issue_of,
    project_of,
    release_of,
    sprint_of,
    sub_issues_of,
)
from servers.issue_tracker.sprints import burndown, committed_points, move_on, next_sprint, points_of
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Text = Annotated[str, Meta(description="words of the title, e.g. times out", min_length=1, max_length=100)]
Name = Annotated[str, Meta(description="full name or part of it, e.g. Mira Holt", min_length=1, max_length=60)]
Remark = Annotated[str, Meta(description="text of the comment, e.g. fixed on my branch", min_length=1, max_length=400)]
Note = Annotated[str, Meta(description="what was done, e.g. pairing on the fix", max_length=100)]
MOST_LABELS = 8


@reads
def list_issue_projects(tracker: Tracker) -> Projects:
    """List all projects with key, name, lead, components and number of open issues."""
    return Projects([project_row(tracker, row) for row in tracker.projects])


@reads
def find_project_member(tracker: Tracker, name: Name, limit: Limit = 5) -> Members:
    """Find members of project teams whose name contains the text, with role and projects, e.g. name="Mira Holt"."""
    found = [row for row in tracker.members if name.casefold() in row.name.casefold()]
    return Members([member_row(tracker, row) for row in found[:limit]], len(found))


@reads
def search_issues(
    tracker: Tracker,
    text: Text | None = None,
    project_id: ProjectId | None = None,
    issue_type: IssueType | None = None,
    status: Status | None = None,
    state: Openness | None = None,
    priority: Priority | None = None,
    label: Label | None = None,
    assignee_id: MemberId | None = None,
    sprint_id: SprintId | None = None,
    mine: Mine | None = None,
    limit: Limit = 5,
) -> Issues:
    """Search issues by title, project, status and more, latest updated first, e.g. text="times out", state="open"."""
    equals = {
        "project_id": project_id, "issue_type": issue_type, "status": status, "priority": priority,
        "assignee_id": assignee_id, "sprint_id": sprint_id,
    }  # fmt: skip
    wanted = {name: value for name, value in equals.items() if value is not None}
    found = tracker.issues.where(**wanted) if wanted else list(tracker.issues)
    if text is not None:
        found = [row for row in found if text.casefold() in row.title.casefold()]
    if state is not None:
        found = [row for row in found if is_open(row) == (state == "open")]
    if label is not None:
        found = [row for row in found if label.casefold() in row.labels]
    if mine is not None:
        member_id = me(tracker).member_id
        found = [row for row in found if _is_mine(row, member_id, mine)]
    latest = sorted(found, key=lambda row: (row.updated, row.issue_id), reverse=True)
    return Issues([issue_row(tracker, row) for row in latest[:limit]], len(latest))


@reads
def get_issue(tracker: Tracker, issue_id: IssueId) -> IssueDetails:
    """Show an issue with its next statuses, links, sub-issues, sprint, release and time, e.g. issue_id="ORBIT-142"."""
    return issue_details(tracker, issue_of(tracker, issue_id))


@reads
def list_issue_comments(tracker: Tracker, issue_id: IssueId, limit: Limit = 5) -> Comments:
    """List the comments of an issue, newest first, e.g. issue_id="ORBIT-142"."""
    issue = issue_of(tracker, issue_id)
    rows = tracker.comments.where(issue_id=issue.issue_id)
    newest = sorted(rows, key=lambda row: (row.at, row.comment_id), reverse=True)
    lines = [CommentRow(name_of(tracker, row.author_id), row.at, row.text) for row in newest[:limit]]
    return Comments(issue.issue_id, lines, len(rows))


@reads
def list_worklogs(
    tracker: Tracker,
    issue_id: IssueId | None = None,
    member_id: MemberId | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 6,
) -> Worklogs:
    """List logged work by issue, member or dates (both included), with total minutes, e.g. after="2026-03-14"."""
    rows = list(tracker.worklogs)
    if issue_id is not None:
        rows = tracker.worklogs.where(issue_id=issue_of(tracker, issue_id).issue_id)
    if member_id is not None:
        rows = [row for row in rows if row.member_id == member_of(tracker, member_id).member_id]
    if after is not None:
        rows = [row for row in rows if row.day >= after.isoformat()]
    if before is not None:
        rows = [row for row in rows if row.day <= before.isoformat()]
    newest = sorted(rows, key=lambda row: (row.day, row.worklog_id), reverse=True)
    lines = [
        WorklogRow(row.issue_id, name_of(tracker, row.member_id), row.day, row.minutes, row.note)
        for row in newest[:limit]
    ]
    return Worklogs(lines, len(rows), sum(row.minutes for row in rows))


@reads
def list_sprints(tracker: Tracker, project_id: ProjectId, state: SprintState | None = None) -> Sprints:
    """List the sprints of a project by start, all or in one state, e.g. project_id="ORBIT", state="active"."""
    rows = tracker.sprints.where(project_id=project_of(tracker, project_id).project_id)
    ordered = sorted((row for row in rows if state in (None, row.state)), key=lambda row: (row.starts, row.sprint_id))
    return Sprints([sprint_row(tracker, row) for row in ordered])


@reads
def get_sprint_burndown(tracker: Tracker, sprint_id: SprintId) -> Burndown:
    """Show the points left at the end of each day of an active or closed sprint, e.g. sprint_id="SPN-20931"."""
    sprint = sprint_of(tracker, sprint_id)
    if sprint.state == "planned":
        raise ToolError(f"{sprint.name} has not started")
    days = burndown(tracker, sprint)
    return Burndown(sprint_id, sprint.name, committed_points(tracker, sprint), days[-1].points, days)


@reads
def list_releases(tracker: Tracker, project_id: ProjectId, state: ReleaseState | None = None) -> Releases:
    """List the releases of a project by due date, all, planned or published, e.g. project_id="ORBIT"."""
    rows = tracker.releases.where(project_id=project_of(tracker, project_id).project_id)
    wanted = [row for row in rows if state is None or bool(row.published) == (state == "published")]
    return Releases([release_row(tracker, row) for row in sorted(wanted, key=lambda row: (row.due, row.release_id))])


@writes
def create_issue(
    tracker: Tracker,
    project_id: ProjectId,
    title: Title,
    issue_type: IssueType,
    priority: Priority = "medium",
    component: Component | None = None,
    parent_issue_id: IssueId | None = None,
) -> Created:
    """Report a new issue, or a sub-issue of an open one, under a title not open yet, e.g. issue_type="bug"."""
    project = project_of(tracker, project_id)
    check_not_archived(project)
    check_new_title(tracker, project_id, title)
    if component is not None:
        check_component(project, component)
    parent = open_issue_of(tracker, parent_issue_id) if parent_issue_id is not None else None
    if parent:
        check_parent(parent, project_id)
    issue = tracker.issues.add(_new_issue(tracker, project, title, issue_type, priority, component or "", parent))
    tracker.projects.update(project, next_number=project.next_number + 1)
    return Created(issue.issue_id, project_id, title, issue_type, "new", priority)


@writes
def assign_issue(tracker: Tracker, issue_id: IssueId, member_id: MemberId) -> Assigned:
    """Give an open issue to a member of its project's team, e.g. member_id="TMB-30417"."""
    issue, member = open_issue_of(tracker, issue_id), member_of(tracker, member_id)
    if issue.project_id not in member.projects:
        raise ToolError(f"{member.name} is not on the team of {issue.project_id}, only {', '.join(member.projects)}")
    if issue.assignee_id == member_id:
        raise ToolError(f"{issue_id} is already assigned to {member.name}")
    before = name_of(tracker, issue.assignee_id)
    _touch(tracker, issue, member_id, assignee_id=member_id)
    return Assigned(issue_id, issue.title, member.name, before)


@writes
def transition_issue(tracker: Tracker, issue_id: IssueId, status: Status) -> Transitioned:
    """Move an issue to a next status of its workflow; open blockers and sub-issues keep it open, e.g. status="done"."""
    issue = issue_of(tracker, issue_id)
    check_transition(tracker, issue, status)
    changes: dict[str, Any] = {"status": status, "closed": ""}
    if status in ("done", "rejected"):
        changes["closed"] = tracker.now
    elif not is_open(issue) and _is_in_closed_sprint(tracker, issue):
        changes["sprint_id"] = ""
    moved = _touch(tracker, issue, "", **changes)
    return Transitioned(issue_id, issue.title, issue.status, status, list(next_statuses(moved)))


@writes(idempotent=True)
def edit_issue(
    tracker: Tracker,
    issue_id: IssueId,
    title: Title | None = None,
    priority: Priority | None = None,
    estimate: Points | None = None,
    component: Component | None = None,
    label: Label | None = None,
    release_id: ReleaseId | None = None,
) -> Edited:
    """Change title, priority, estimate, component or release of an open issue, or add a label, e.g. estimate=5."""
    issue = open_issue_of(tracker, issue_id)
    wishes = {"title": title, "priority": priority, "estimate": estimate, "component": component}
    changes: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    if title is not None and title.casefold() != issue.title.casefold():
        check_new_title(tracker, issue.project_id, title)
    if component is not None:
        check_component(project_of(tracker, issue.project_id), component)
    if label is not None:
        changes["labels"] = _with_label(issue, label)
    if release_id is not None:
        changes["release_id"] = _planned_release(tracker, issue, release_id)
    if not changes:
        raise ToolError("nothing to change: give title, priority, estimate, component, label or release_id")
    edited = _touch(tracker, issue, "", **changes)
    return Edited(issue_id, edited.title, [_change(tracker, edited, name) for name in changes])


@writes
def add_issue_comment(tracker: Tracker, issue_id: IssueId, text: Remark) -> Commented:
    """Comment on an issue as the signed-in engineer, who then watches it, e.g. text="fixed on my branch"."""
    issue, author = issue_of(tracker, issue_id), me(tracker).member_id
    row = tracker.comments.add(IssueComment(tracker.new_id("ICM"), issue_id, author, tracker.now, text))
    _touch(tracker, issue, author)
    return Commented(row.comment_id, issue_id, issue.title, len(tracker.comments.where(issue_id=issue_id)))


@writes
def link_issues(tracker: Tracker, issue_id: IssueId, relation: Relation, other_issue_id: IssueId) -> Linked:
    """Say that an issue blocks, duplicates or relates to another, without circles, e.g. relation="blocks"."""
    issue, other = issue_of(tracker, issue_id), issue_of(tracker, other_issue_id)
    check_link(tracker, issue, relation, other)
    row = tracker.links.add(Link(tracker.new_id("ILK"), issue_id, relation, other_issue_id))
    for linked in (issue, other):
        _touch(tracker, linked, "")
    return Linked(row.link_id, issue_id, relation, f"{other_issue_id} {other.title}")


@writes
def add_worklog(
    tracker: Tracker, issue_id: IssueId, minutes: Minutes, date: Day | None = None, note: Note = ""
) -> Logged:
    """Log own work on an issue, today or on a day since it was created, 960 minutes a day at most, e.g. minutes=90."""
    issue, worker = issue_of(tracker, issue_id), me(tracker).member_id
    day = tracker.today if date is None else date.isoformat()
    check_day(tracker, issue, day)
    logged = sum(row.minutes for row in tracker.worklogs.where(member_id=worker, day=day))
    check_minutes(logged, minutes, day)
    row = tracker.worklogs.add(Worklog(tracker.new_id("WLG"), issue_id, worker, day, minutes, note))
    _touch(tracker, issue, "")
    return Logged(row.worklog_id, issue_id, day, minutes, logged_minutes(tracker, issue), logged + minutes)


@writes
def move_issue_to_sprint(tracker: Tracker, issue_id: IssueId, sprint_id: SprintId) -> Scheduled:
    """Move an open issue and its sub-issues to an open sprint of its project, e.g. sprint_id="SPN-20931"."""
    issue, sprint = open_issue_of(tracker, issue_id), sprint_of(tracker, sprint_id)
    check_schedulable(tracker, issue, sprint)
    children = [row for row in sub_issues_of(tracker, issue) if is_open(row)]
    for row in [issue, *children]:
        _touch(tracker, row, "", sprint_id=sprint_id)
    moved = [row.issue_id for row in children]
    return Scheduled(issue_id, sprint_id, sprint.name, moved, committed_points(tracker, sprint))


@writes
def start_sprint(tracker: Tracker, sprint_id: SprintId) -> SprintStarted:
    """Start a planned sprint with open issues today, for as long as it was planned; one per project is active."""
    sprint = sprint_of(tracker, sprint_id)
    check_startable(tracker, sprint)
    length = (Date.fromisoformat(sprint.ends) - Date.fromisoformat(sprint.starts)).days
    ends = later(tracker.now, days=length)[:10]
    tracker.sprints.update(sprint, state="active", starts=tracker.today, ends=ends)
    issues = tracker.issues.where(sprint_id=sprint_id)
    return SprintStarted(sprint_id, sprint.name, tracker.today, ends, len(issues), points_of(issues))


@writes(destructive=True)
def close_sprint(tracker: Tracker, sprint_id: SprintId) -> SprintClosed:
    """Close the active sprint; its open issues move on to the next planned sprint, or else to the backlog."""
    sprint = sprint_of(tracker, sprint_id)
    if sprint.state != "active":
        raise ToolError(f"{sprint.name} is {sprint.state}; only active sprints can be closed")
    target = next_sprint(tracker, sprint)
    moved = move_on(tracker, sprint, target)
    finished = tracker.issues.where(sprint_id=sprint_id)
    tracker.sprints.update(sprint, state="closed", ends=tracker.today, carried=points_of(moved))
    moved_to = target.name if target else "backlog"
    numbers = [row.issue_id for row in moved]
    return SprintClosed(sprint_id, sprint.name, len(finished), points_of(finished), numbers, moved_to)


@writes
def publish_release(tracker: Tracker, release_id: ReleaseId) -> Published:
    """Publish a planned release today; its issues must all be closed, e.g. release_id="RLS-55120"."""
    release = release_of(tracker, release_id)
    check_publishable(tracker, release)
    tracker.releases.update(release, published=tracker.today)
    return Published(release_id, release.name, tracker.today, len(tracker.issues.where(release_id=release_id)))


def _new_issue(
    tracker: Tracker,
    project: Project,
    title: str,
    issue_type: IssueType,
    priority: Priority,
    component: str,
    parent: Issue | None,
) -> Issue:
    """A sub-issue starts in the sprint of its parent."""
    reporter = me(tracker).member_id
    return Issue(
        issue_id=f"{project.project_id}-{project.next_number}",
        project_id=project.project_id,
        issue_type=issue_type,
        title=title,
        status="new",
        priority=priority,
        reporter_id=reporter,
        created=tracker.now,
        updated=tracker.now,
        component=component,
        parent_id=parent.issue_id if parent else "",
        sprint_id=parent.sprint_id if parent else "",
        watchers=(reporter,),
    )


def _is_mine(issue: Issue, member_id: str, mine: Mine) -> bool:
    if mine == "assigned_to_me":
        return issue.assignee_id == member_id
    return issue.reporter_id == member_id if mine == "reported_by_me" else member_id in issue.watchers


def _touch(tracker: Tracker, issue: Issue, watcher: str, **changes: Any) -> Issue:
    """Saves an issue as changed now; a watcher, if any, is added."""
    watchers = issue.watchers if watcher in (*issue.watchers, "") else (*issue.watchers, watcher)
    return tracker.issues.update(issue, watchers=watchers, updated=tracker.now, **changes)


def _is_in_closed_sprint(tracker: Tracker, issue: Issue) -> bool:
    sprint = tracker.sprints.get(issue.sprint_id)
    return sprint is not None and sprint.state == "closed"


def _with_label(issue: Issue, label: str) -> tuple[str, ...]:
    label = label.casefold()
    if label not in issue.labels and len(issue.labels) >= MOST_LABELS:
        raise ToolError(f"{issue.issue_id} has {MOST_LABELS} labels already")
    return issue.labels if label in issue.labels else (*issue.labels, label)


def _planned_release(tracker: Tracker, issue: Issue, release_id: str) -> str:
    release = release_of(tracker, release_id)
    if release.project_id != issue.project_id:
        raise ToolError(f"{release.name} is a release of {release.project_id}, not of {issue.project_id}")
    if release.published:
        raise ToolError(f"{release.name} was already published on {release.published}")
    return release_id


def _change(tracker: Tracker, issue: Issue, name: str) -> str:
    """A changed field in words."""
    if name == "labels":
        return f"labels are {', '.join(issue.labels)}"
    if name == "release_id":
        return f"release is {tracker.releases.find(issue.release_id).name}"
    return f"{name} is {getattr(issue, name)}"
