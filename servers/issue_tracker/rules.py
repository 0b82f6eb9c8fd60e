"""What an issue may do: workflows per type, links without cycles, and what must be settled before.

bug    new -> triaged -> in_progress -> in_review -> testing -> done        done, rejected -> new (reopened)
story  new ------------> in_progress -> in_review -> testing -> done        done, rejected -> new
task   new ------------> in_progress -------------------------> done        done, rejected -> new
spike  new ------------> in_progress -> in_review ------------> done        done, rejected -> new

An issue may also go one step back, and is rejected before the work on it begins.
"""

from __future__ import annotations

from collections.abc import Iterable

from servers.issue_tracker.records import (
    CLOSED,
    Issue,
    IssueType,
    Member,
    Project,
    Relation,
    Release,
    Sprint,
    Status,
    Tracker,
)
from servers.state import ToolError

MOST_MINUTES_A_DAY = 16 * 60
WORKFLOWS: dict[IssueType, dict[Status, tuple[Status, ...]]] = {
    "bug": {
        "new": ("triaged", "rejected"),
        "triaged": ("in_progress", "rejected"),
        "in_progress": ("in_review", "triaged"),
        "in_review": ("testing", "in_progress"),
        "testing": ("done", "in_progress"),
        "done": ("new",),
        "rejected": ("new",),
    },
    "story": {
        "new": ("in_progress", "rejected"),
        "in_progress": ("in_review", "new"),
        "in_review": ("testing", "in_progress"),
        "testing": ("done", "in_progress"),
        "done": ("new",),
        "rejected": ("new",),
    },
    "task": {
        "new": ("in_progress", "rejected"),
        "in_progress": ("done", "new"),
        "done": ("new",),
        "rejected": ("new",),
    },
    "spike": {
        "new": ("in_progress", "rejected"),
        "in_progress": ("in_review", "new"),
        "in_review": ("done", "in_progress"),
        "done": ("new",),
        "rejected": ("new",),
    },
}


def next_statuses(issue: Issue) -> tuple[Status, ...]:
    return WORKFLOWS[issue.issue_type][issue.status]


def is_open(issue: Issue) -> bool:
    return issue.status not in CLOSED


def issue_of(tracker: Tracker, issue_id: str) -> Issue:
    issue = tracker.issues.get(issue_id)
    if issue is None:
        raise ToolError(f"no issue {issue_id}")
    return issue


def open_issue_of(tracker: Tracker, issue_id: str) -> Issue:
    issue = issue_of(tracker, issue_id)
    if not is_open(issue):
        raise ToolError(f"{issue_id} is {issue.status}; only open issues can be changed")
    return issue


def project_of(tracker: Tracker, project_id: str) -> Project:
    project = tracker.projects.get(project_id)
    if project is None:
        raise ToolError(f"no project {project_id}; there are {', '.join(row.project_id for row in tracker.projects)}")
    return project


def sprint_of(tracker: Tracker, sprint_id: str) -> Sprint:
    sprint = tracker.sprints.get(sprint_id)
    if sprint is None:
        raise ToolError(f"no sprint {sprint_id}")
    return sprint


def release_of(tracker: Tracker, release_id: str) -> Release:
    release = tracker.releases.get(release_id)
    if release is None:
        raise ToolError(f"no release {release_id}")
    return release


def member_of(tracker: Tracker, member_id: str) -> Member:
    member = tracker.members.get(member_id)
    if member is None:
        raise ToolError(f"no member {member_id}")
    return member


def me(tracker: Tracker) -> Member:
    (account,) = tracker.accounts
    return tracker.members.find(account.member_id)


def check_not_archived(project: Project) -> None:
    if project.archived:
        raise ToolError(f"project {project.name} is archived")


def check_component(project: Project, component: str) -> None:
    if component not in project.components:
        raise ToolError(f"{project.project_id} has no component {component}; it has {', '.join(project.components)}")


def check_new_title(tracker: Tracker, project_id: str, title: str) -> None:
    for issue in tracker.issues.where(project_id=project_id):
        if is_open(issue) and issue.title.casefold() == title.casefold():
            raise ToolError(f"{issue.issue_id} is already open with this title")


def check_parent(parent: Issue, project_id: str) -> None:
    """Sub-issues belong to one project, and have none of their own."""
    if parent.project_id != project_id:
        raise ToolError(f"{parent.issue_id} is an issue of {parent.project_id}, not of {project_id}")
    if parent.parent_id:
        raise ToolError(f"{parent.issue_id} is itself a sub-issue of {parent.parent_id}")


def check_transition(tracker: Tracker, issue: Issue, status: Status) -> None:
    allowed = next_statuses(issue)
    if status not in allowed:
        raise ToolError(f"{issue.issue_id} is a {issue.issue_type} in {issue.status}; it can go to {_either(allowed)}")
    if status == "in_progress" and not issue.assignee_id:
        raise ToolError(f"{issue.issue_id} has no assignee; assign it before work begins")
    if status in CLOSED:
        _check_closable(tracker, issue)
    if not is_open(issue):
        _check_reopenable(tracker, issue)


def _check_closable(tracker: Tracker, issue: Issue) -> None:
    for blocker in blockers_of(tracker, issue):
        if is_open(blocker):
            raise ToolError(f"{issue.issue_id} is blocked by {blocker.issue_id}, which is {blocker.status}")
    if left := [row.issue_id for row in sub_issues_of(tracker, issue) if is_open(row)]:
        raise ToolError(f"{issue.issue_id} has open sub-issues: {', '.join(left[:5])}")


def _check_reopenable(tracker: Tracker, issue: Issue) -> None:
    check_not_archived(tracker.projects.find(issue.project_id))
    release = tracker.releases.get(issue.release_id)
    if release and release.published:
        raise ToolError(f"{issue.issue_id} was published in {release.name}; create a new issue instead")
    parent = tracker.issues.get(issue.parent_id)
    if parent and not is_open(parent):
        raise ToolError(f"{issue.issue_id} belongs to {parent.issue_id}, which is {parent.status}; reopen that first")


def sub_issues_of(tracker: Tracker, issue: Issue) -> list[Issue]:
    return tracker.issues.where(parent_id=issue.issue_id)


def blockers_of(tracker: Tracker, issue: Issue) -> list[Issue]:
    rows = tracker.links.where(other_id=issue.issue_id, relation="blocks")
    return [tracker.issues.find(row.issue_id) for row in rows]


def check_link(tracker: Tracker, issue: Issue, relation: Relation, other: Issue) -> None:
    if issue.issue_id == other.issue_id:
        raise ToolError("an issue cannot be linked to itself")
    for row in [*tracker.links.where(issue_id=issue.issue_id), *tracker.links.where(issue_id=other.issue_id)]:
        if {row.issue_id, row.other_id} == {issue.issue_id, other.issue_id} and row.relation == relation:
            words = row.relation.replace("_", " ")
            raise ToolError(f"{row.issue_id} already {words} {row.other_id}, as {row.link_id}")
    if relation == "blocks" and not is_open(other):
        raise ToolError(f"{other.issue_id} is {other.status}; only open issues can be blocked")
    if relation != "relates_to" and (path := chain(tracker, other.issue_id, relation, issue.issue_id)):
        raise ToolError(f"that would close a circle: {f' {relation} '.join(path)}")


def chain(tracker: Tracker, start: str, relation: Relation, goal: str) -> list[str]:
    """The issues along links of one relation from start to goal, or nothing."""
    came_from = {start: ""}
    queue = [start]
    for issue_id in queue:
        if issue_id == goal:
            return _trail(came_from, goal)
        for row in tracker.links.where(issue_id=issue_id, relation=relation):
            if row.other_id not in came_from:
                came_from[row.other_id] = issue_id
                queue.append(row.other_id)
    return []


def _trail(came_from: dict[str, str], goal: str) -> list[str]:
    trail = [goal]
    while came_from[trail[-1]]:
        trail.append(came_from[trail[-1]])
    return trail[::-1]


def check_schedulable(tracker: Tracker, issue: Issue, sprint: Sprint) -> None:
    """Open sprints of the same project take issues; an active one only those with an estimate."""
    if sprint.project_id != issue.project_id:
        raise ToolError(f"{sprint.name} is a sprint of {sprint.project_id}, not of {issue.project_id}")
    if sprint.state == "closed":
        raise ToolError(f"{sprint.name} was closed on {sprint.ends}")
    if issue.sprint_id == sprint.sprint_id:
        raise ToolError(f"{issue.issue_id} is already in {sprint.name}")
    if issue.parent_id:
        raise ToolError(f"{issue.issue_id} is a sub-issue and moves with {issue.parent_id}")
    if sprint.state == "active" and issue.estimate is None:
        raise ToolError(f"{issue.issue_id} has no estimate; an active sprint takes only estimated issues")


def check_startable(tracker: Tracker, sprint: Sprint) -> None:
    if sprint.state != "planned":
        raise ToolError(f"{sprint.name} is {sprint.state}; only planned sprints can be started")
    for other in tracker.sprints.where(project_id=sprint.project_id, state="active"):
        raise ToolError(f"{other.name} is still active; close it first")
    if not any(is_open(row) for row in tracker.issues.where(sprint_id=sprint.sprint_id)):
        raise ToolError(f"{sprint.name} has no open issues; move some into it first")


def check_publishable(tracker: Tracker, release: Release) -> None:
    if release.published:
        raise ToolError(f"{release.name} was already published on {release.published}")
    issues = tracker.issues.where(release_id=release.release_id)
    if not issues:
        raise ToolError(f"{release.name} has no issues")
    if left := [row.issue_id for row in issues if is_open(row)]:
        raise ToolError(f"{release.name} still has {len(left)} open issues: {', '.join(left[:5])}")


def check_day(tracker: Tracker, issue: Issue, day: str) -> None:
    if day > tracker.today:
        raise ToolError(f"{day} is in the future: today is {tracker.today}")
    if day < issue.created[:10]:
        raise ToolError(f"{issue.issue_id} was only created on {issue.created[:10]}")


def check_minutes(logged: int, minutes: int, day: str) -> None:
    if logged + minutes > MOST_MINUTES_A_DAY:
        raise ToolError(f"{logged} minutes are logged on {day}; a day holds at most {MOST_MINUTES_A_DAY}")


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)
