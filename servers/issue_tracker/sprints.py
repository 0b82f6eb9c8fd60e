"""The numbers of a sprint: its points, its burndown day by day, and where its open issues go when it ends."""

from __future__ import annotations

from datetime import date, timedelta

from servers.issue_tracker.records import DayLeft, Issue, Sprint, Tracker
from servers.issue_tracker.rules import is_open

MOST_DAYS = 15


def points_of(issues: list[Issue]) -> int:
    """Issues without an estimate count nothing."""
    return sum(issue.estimate or 0 for issue in issues)


def committed_points(tracker: Tracker, sprint: Sprint) -> int:
    return points_of(tracker.issues.where(sprint_id=sprint.sprint_id)) + sprint.carried


def burndown(tracker: Tracker, sprint: Sprint) -> list[DayLeft]:
    """left(day) = committed - points of the issues closed up to that day; the latest days if there are many."""
    issues = tracker.issues.where(sprint_id=sprint.sprint_id)
    committed = committed_points(tracker, sprint)
    return [
        DayLeft(day, committed - points_of([row for row in issues if row.closed and row.closed[:10] <= day]))
        for day in _days(sprint.starts, min(sprint.ends, tracker.today))[-MOST_DAYS:]
    ]


def next_sprint(tracker: Tracker, sprint: Sprint) -> Sprint | None:
    """The planned sprint of the project that starts first."""
    planned = tracker.sprints.where(project_id=sprint.project_id, state="planned")
    return min(planned, key=lambda row: (row.starts, row.sprint_id), default=None)


def move_on(tracker: Tracker, sprint: Sprint, target: Sprint | None) -> list[Issue]:
    """Takes the open issues of a sprint to another, or to the backlog."""
    left = [row for row in tracker.issues.where(sprint_id=sprint.sprint_id) if is_open(row)]
    for issue in left:
        tracker.issues.update(issue, sprint_id=target.sprint_id if target else "", updated=tracker.now)
    return left


def _days(first: str, last: str) -> list[str]:
    start = date.fromisoformat(first)
    return [(start + timedelta(days=n)).isoformat() for n in range((date.fromisoformat(last) - start).days + 1)]
