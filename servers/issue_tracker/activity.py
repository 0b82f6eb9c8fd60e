"""What happened around the issues of a tracker: links without circles, comments, work that fits into its days."""

from __future__ import annotations

import random

from msgspec.structs import replace

from servers.issue_tracker.material import REMARKS, WORK
from servers.issue_tracker.records import Issue, IssueComment, Link, Member, Relation, Worklog
from servers.issue_tracker.rules import MOST_MINUTES_A_DAY, is_open
from servers.names import ids
from servers.state import later, minutes_between

LINKS: dict[Relation, int] = {"blocks": 40, "duplicates": 14, "relates_to": 18}


def links(rng: random.Random, issues: list[Issue]) -> list[Link]:
    """From earlier to later issues, so that no circle closes; what is closed was not blocked by what is open."""
    order = sorted(issues, key=lambda row: (row.created, row.issue_id))
    pairs: dict[tuple[str, str], Relation] = {}
    for relation, number in LINKS.items():
        wanted = len(pairs) + number
        while len(pairs) < wanted:
            place = rng.randrange(len(order) - 30)
            first, second = order[place], order[place + rng.randrange(1, 30)]
            if _may_link(first, relation, second):
                there = (first.issue_id, second.issue_id)
                pairs.setdefault(there if relation != "duplicates" else there[::-1], relation)
    return [
        Link(number, issue_id, relation, other_id)
        for number, ((issue_id, other_id), relation) in zip(ids(rng, "ILK", len(pairs)), pairs.items(), strict=True)
    ]


def comments(rng: random.Random, now: str, issues: list[Issue], members: list[Member]) -> list[IssueComment]:
    keys = dict.fromkeys(issue.project_id for issue in issues)
    teams = {key: [row for row in members if key in row.projects] for key in keys}
    plan = []
    for issue in issues:
        begin = minutes_between(issue.created, now)
        end = max(minutes_between(issue.closed, now) - 1440, 0) if issue.closed else 0
        moments = sorted(rng.randrange(end, begin + 1) for _ in range(rng.choice([0, 0, 1, 1, 2, 4])))
        for minutes in reversed(moments):
            author = rng.choice(teams[issue.project_id]).member_id
            plan.append((issue.issue_id, author, later(now, minutes=-minutes), rng.choice(REMARKS)))
    return [IssueComment(number, *row) for number, row in zip(ids(rng, "ICM", len(plan)), plan, strict=True)]


def worklogs(rng: random.Random, now: str, issues: list[Issue], members: list[Member]) -> list[Worklog]:
    """Assignees log what they did between the first and the last day of an issue."""
    plan: list[tuple[str, str, str, int, str]] = []
    days: dict[tuple[str, str], int] = {}
    for issue in issues:
        if issue.status in ("new", "triaged", "rejected"):
            continue
        end = minutes_between(issue.closed, now) if issue.closed else 0
        begin = min(minutes_between(issue.created, now), end + 14 * 1440)
        for _ in range(rng.choice([1, 1, 2, 3])):
            day = later(now, minutes=-rng.randrange(end, begin + 1))[:10]
            minutes = 15 * rng.randrange(1, 25)
            held = days.get((issue.assignee_id, day), 0) + minutes
            if held <= MOST_MINUTES_A_DAY // 2:
                days[issue.assignee_id, day] = held
                plan.append((issue.issue_id, issue.assignee_id, day, minutes, rng.choice(WORK)))
    return [Worklog(number, *row) for number, row in zip(ids(rng, "WLG", len(plan)), plan, strict=True)]


def with_watchers(issues: list[Issue], said: list[IssueComment]) -> list[Issue]:
    """Reporter, assignee and who has commented watch; a comment updates its issue."""
    by_issue: dict[str, list[IssueComment]] = {}
    for row in said:
        by_issue.setdefault(row.issue_id, []).append(row)
    watched = []
    for issue in issues:
        talk = by_issue.get(issue.issue_id, [])
        people = [issue.reporter_id, issue.assignee_id, *(row.author_id for row in talk)]
        updated = max([issue.updated, *(row.at for row in talk)])
        watched.append(replace(issue, watchers=tuple(dict.fromkeys(filter(None, people))), updated=updated))
    return watched


def _may_link(first: Issue, relation: Relation, second: Issue) -> bool:
    if relation == "blocks":
        return is_open(second) or (bool(first.closed) and first.closed <= second.closed)
    return first.project_id == second.project_id or relation == "relates_to"
