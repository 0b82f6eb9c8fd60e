"""The issues of one project: old work, sprints past and present, a backlog, sub-issues; open titles are distinct.

Every issue has lived by the rules: it was closed after it was created, in the days of its sprint, its sub-issues before
it; work in progress has an assignee of the team; published releases hold closed issues only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from msgspec.structs import replace

from servers.issue_tracker.material import CHORES, FAULTS, LABELS, QUESTIONS, SHARED_PARTS, USERS, WHEN, WISHES, Product
from servers.issue_tracker.records import CLOSED, Issue, IssueType, Member, Priority, Release, Sprint, Status
from servers.issue_tracker.rules import WORKFLOWS
from servers.state import later, minutes_between

DAY = 1440
OLD = 12
BACKLOG = 16
PARENTS = 8
TYPES: list[IssueType] = [*["bug"] * 4, *["story"] * 3, *["task"] * 3, "spike"]
PRIORITIES: list[Priority] = [*["low"] * 3, *["medium"] * 5, *["high"] * 3, "urgent"]
ACTIVE: list[Status] = [*["done"] * 4, "testing", *["in_review"] * 2, *["in_progress"] * 4, *["new"] * 3]
WAITING: list[Status] = [*["new"] * 9, "in_progress", "rejected"]


class Planner:
    """What the issues of one project are made from. Moments are minutes ago."""

    def __init__(self, rng: random.Random, now: str, product: Product, team: list[Member]):
        self.rng, self.now, self.product, self.team = rng, now, product, team
        self.numbers = count(1)
        self.titles: set[str] = set()

    def issue(self, created: int, status: Status, closed: int | None = None, **fields: Any) -> Issue:
        """An issue under a provisional number; a status that its type does not have becomes in_progress."""
        rng = self.rng
        issue_type = fields.pop("issue_type", None) or rng.choice(TYPES)
        status = _fitting(rng, issue_type, status)
        touched = closed if closed is not None else int(created * rng.random() ** 2)
        at_work = status not in ("new", "triaged", "rejected")
        issue = Issue(
            issue_id=str(next(self.numbers)),
            project_id=self.product.key,
            issue_type=issue_type,
            title=self.title(issue_type),
            status=status,
            priority=rng.choice(PRIORITIES),
            reporter_id=rng.choice(self.team).member_id,
            created=later(self.now, minutes=-created),
            updated=later(self.now, minutes=-touched),
            closed="" if closed is None else later(self.now, minutes=-closed),
            assignee_id=rng.choice(self.team).member_id if at_work or rng.random() < 0.4 else "",
            component=rng.choice(self.product.components) if rng.random() < 0.85 else "",
            labels=tuple(rng.sample(LABELS, rng.choice([0, 0, 1, 1, 2]))),
            estimate=rng.choice([1, 2, 2, 3, 3, 5, 5, 8, 13]),
        )
        return replace(issue, **fields)

    def title(self, issue_type: IssueType) -> str:
        while (title := self.phrase(issue_type)) in self.titles:
            pass
        self.titles.add(title)
        return title

    def phrase(self, issue_type: IssueType) -> str:
        rng = self.rng
        part = rng.choice(SHARED_PARTS if rng.random() < 0.2 else self.product.parts)
        if issue_type == "bug":
            return f"{part[0].upper()}{part[1:]} {rng.choice(FAULTS)} {rng.choice(WHEN)}"
        if issue_type == "story":
            return f"Let {rng.choice(USERS)} {rng.choice(WISHES)} the {part}"
        if issue_type == "spike":
            return f"{rng.choice(QUESTIONS)} {part} in {rng.choice(self.product.components)}"
        return f"{rng.choice(CHORES)} the {part}" + rng.choice(["", " service", " tests", " module"])

    def ago(self, moment: str) -> int:
        return minutes_between(moment, self.now)


def project_issues(
    rng: random.Random, now: str, product: Product, team: list[Member], sprints: list[Sprint], releases: list[Release]
) -> list[Issue]:
    """All issues of a project, numbered by creation. A project without planned sprints is archived: nothing is open."""
    planner = Planner(rng, now, product, team)
    archived = all(sprint.state == "closed" for sprint in sprints)
    issues = [*_old(planner), *(issue for sprint in sprints for issue in _in_sprint(planner, sprint))]
    issues += _backlog(planner, archived)
    issues += [child for parent in _parents(rng, issues) for child in _children(planner, parent, sprints)]
    return _numbered(rng, product.key, _released(rng, issues, releases))


def _old(planner: Planner) -> Iterator[Issue]:
    """Done before there were sprints."""
    for _ in range(OLD):
        closed = planner.rng.randrange(64 * DAY, 110 * DAY)
        yield planner.issue(closed + planner.rng.randrange(2 * DAY, 30 * DAY), "done", closed)


def _in_sprint(planner: Planner, sprint: Sprint) -> Iterator[Issue]:
    rng, begins = planner.rng, planner.ago(f"{sprint.starts}T09:00")
    ends = max(planner.ago(f"{sprint.ends}T18:00"), 1)
    for _ in range({"closed": 8, "active": 12, "planned": 5}[sprint.state] + rng.randrange(3)):
        created = max(begins, 0) + rng.randrange(DAY, 25 * DAY)
        status: Status = {"closed": "done", "planned": "new"}.get(sprint.state) or rng.choice(ACTIVE)  # type: ignore[assignment]
        closed = rng.randrange(ends, max(begins, ends + 1)) if status == "done" else None
        estimated = {} if sprint.state != "planned" or rng.random() < 0.8 else {"estimate": None}
        yield planner.issue(created, status, closed, sprint_id=sprint.sprint_id, **estimated)


def _backlog(planner: Planner, archived: bool) -> Iterator[Issue]:
    rng = planner.rng
    for _ in range(BACKLOG):
        created = rng.randrange(DAY, 120 * DAY)
        status = "rejected" if archived else rng.choice(WAITING)
        closed = int(created * rng.uniform(0.1, 0.9)) if status == "rejected" else None
        estimate = {} if rng.random() < 0.5 else {"estimate": None}
        yield planner.issue(created, status, closed, **estimate)


def _parents(rng: random.Random, issues: list[Issue]) -> list[Issue]:
    return rng.sample(
        [row for row in issues if row.issue_type in ("story", "task") and row.status != "rejected"], PARENTS
    )


def _children(planner: Planner, parent: Issue, sprints: list[Sprint]) -> Iterator[Issue]:
    """Two or three tasks in the sprint of their parent; closed before it if it is closed."""
    rng, created = planner.rng, planner.ago(parent.created)
    end = planner.ago(parent.closed) if parent.closed else 0
    starts = {sprint.sprint_id: sprint.starts for sprint in sprints}.get(parent.sprint_id, parent.created[:10])
    begin = min(created, planner.ago(f"{starts}T09:00"))
    for _ in range(rng.choice([2, 2, 3])):
        born = rng.randrange((created + max(begin, end)) // 2, created) if created > begin else created
        status: Status = "done" if parent.closed else rng.choice(["new", "new", "in_progress", "done"])
        if begin <= end + 1:
            status = "done" if parent.closed else "new"
        closed = rng.randrange(end, max(begin, end + 1)) if status == "done" else None
        placed = {"parent_id": parent.issue_id, "sprint_id": parent.sprint_id, "estimate": rng.choice([None, 1, 1, 2])}
        yield planner.issue(born, status, closed, issue_type="task", **placed)


def _released(rng: random.Random, issues: list[Issue], releases: list[Release]) -> list[Issue]:
    """Closed work goes to the release after it, some open work to the one in the making."""
    published = [row for row in releases if row.published]
    ready, making = [row for row in releases if not row.published] or (None, None)
    placed = []
    for issue in issues:
        after = next((row for row in published if issue.closed[:10] <= row.published), ready)
        if issue.status == "done" and after and rng.random() < 0.75:
            issue = replace(issue, release_id=after.release_id)
        elif making and issue.status not in CLOSED and issue.sprint_id and rng.random() < 0.35:
            issue = replace(issue, release_id=making.release_id)
        placed.append(issue)
    return placed


def _numbered(rng: random.Random, key: str, issues: list[Issue]) -> list[Issue]:
    """In order of creation, with gaps where issues were deleted."""
    number, numbers = 0, {}
    ordered = sorted(issues, key=lambda row: (row.created, row.parent_id != "", int(row.issue_id)))
    for issue in ordered:
        number += rng.choice([1, 1, 1, 2])
        numbers[issue.issue_id] = f"{key}-{number}"
    return [
        replace(row, issue_id=numbers[row.issue_id], parent_id=numbers[row.parent_id] if row.parent_id else "")
        for row in ordered
    ]


def _fitting(rng: random.Random, issue_type: IssueType, status: Status) -> Status:
    if issue_type == "bug" and status == "new" and rng.random() < 0.5:
        return "triaged"
    return status if status in WORKFLOWS[issue_type] else "in_progress"
