"""How issues and what surrounds them are shown: short rows with names in place of ids."""

from __future__ import annotations

from collections.abc import Iterable

from servers.issue_tracker.records import (
    Issue,
    IssueDetails,
    IssueRow,
    Member,
    MemberRow,
    Project,
    ProjectRow,
    Release,
    ReleaseRow,
    Sprint,
    SprintRow,
    Tracker,
)
from servers.issue_tracker.rules import is_open, next_statuses, sub_issues_of

FROM_HERE = {"blocks": "blocks", "duplicates": "duplicates", "relates_to": "relates to"}
FROM_THERE = {"blocks": "is blocked by", "duplicates": "is duplicated by", "relates_to": "relates to"}


def name_of(tracker: Tracker, member_id: str) -> str:
    return tracker.members.find(member_id).name if member_id else ""


def project_row(tracker: Tracker, row: Project) -> ProjectRow:
    lead, left = name_of(tracker, row.lead_id), _open(tracker.issues.where(project_id=row.project_id))
    return ProjectRow(row.project_id, row.name, lead, list(row.components), left, row.archived)


def member_row(tracker: Tracker, row: Member) -> MemberRow:
    left = _open(tracker.issues.where(assignee_id=row.member_id))
    return MemberRow(row.member_id, row.name, row.role, list(row.projects), left)


def issue_row(tracker: Tracker, row: Issue) -> IssueRow:
    assignee = name_of(tracker, row.assignee_id)
    return IssueRow(row.issue_id, row.title, row.issue_type, row.status, row.priority, assignee)


def sprint_row(tracker: Tracker, row: Sprint) -> SprintRow:
    issues = tracker.issues.where(sprint_id=row.sprint_id)
    return SprintRow(row.sprint_id, row.name, row.state, row.starts, row.ends, len(issues), _open(issues))


def release_row(tracker: Tracker, row: Release) -> ReleaseRow:
    issues = tracker.issues.where(release_id=row.release_id)
    return ReleaseRow(row.release_id, row.name, row.due, row.published, len(issues), _open(issues))


def issue_details(tracker: Tracker, row: Issue) -> IssueDetails:
    sprint, release = tracker.sprints.get(row.sprint_id), tracker.releases.get(row.release_id)
    return IssueDetails(
        issue_id=row.issue_id,
        project_id=row.project_id,
        title=row.title,
        issue_type=row.issue_type,
        status=row.status,
        next_statuses=list(next_statuses(row)),
        priority=row.priority,
        estimate=row.estimate,
        assignee=name_of(tracker, row.assignee_id),
        reporter=name_of(tracker, row.reporter_id),
        component=row.component,
        labels=list(row.labels),
        sprint=sprint.name if sprint else "",
        release=release.name if release else "",
        parent=row.parent_id,
        sub_issues=[child.issue_id for child in sub_issues_of(tracker, row)],
        links=_links(tracker, row),
        logged_minutes=logged_minutes(tracker, row),
        comments=len(tracker.comments.where(issue_id=row.issue_id)),
        watchers=[name_of(tracker, member_id) for member_id in row.watchers],
        created=row.created,
        updated=row.updated,
    )


def logged_minutes(tracker: Tracker, issue: Issue) -> int:
    """On the issue and its sub-issues."""
    issues = [issue, *sub_issues_of(tracker, issue)]
    return sum(log.minutes for row in issues for log in tracker.worklogs.where(issue_id=row.issue_id))


def _links(tracker: Tracker, issue: Issue) -> list[str]:
    here, there = tracker.links.where(issue_id=issue.issue_id), tracker.links.where(other_id=issue.issue_id)
    said = [(FROM_HERE[row.relation], row.other_id) for row in here]
    said += [(FROM_THERE[row.relation], row.issue_id) for row in there]
    return [f"{words} {number} ({tracker.issues.find(number).status})" for words, number in said]


def _open(issues: Iterable[Issue]) -> int:
    return sum(is_open(row) for row in issues)
