"""One company's tracker from a seed: five products with teams, two weeks' sprints, releases and a living backlog."""

from __future__ import annotations

import random
from datetime import date, timedelta

from servers.issue_tracker.activity import comments, links, with_watchers, worklogs
from servers.issue_tracker.backlog import project_issues
from servers.issue_tracker.material import PRODUCTS, ROLES, Product
from servers.issue_tracker.records import Account, Issue, Member, Project, Release, Sprint, SprintState
from servers.names import first_new_ids, ids, people
from servers.state import Base

PROJECTS = 5
MEMBERS = 26
TEAM = 8
SPRINT_DAYS = 14
CLOSED, PLANNED = 3, 2


def generate(seed: int) -> Base:
    """The tracker of this seed: 5 projects, 26 members, 26 sprints, about 440 issues, 1,000 comments and worklogs."""
    rng = random.Random(f"issue_tracker:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(9, 19):02d}:{rng.randrange(60):02d}"
    products = rng.sample(PRODUCTS, PROJECTS)
    members = _members(rng, products)
    sprints = _sprints(rng, today, products)
    releases = _releases(rng, today, products)
    issues: list[Issue] = []
    for product in products:
        issues += project_issues(
            rng, now, product, [row for row in members if product.key in row.projects],
            [row for row in sprints if row.project_id == product.key],
            [row for row in releases if row.project_id == product.key],
        )  # fmt: skip
    all_links = links(rng, issues)
    said = comments(rng, now, issues, members)
    issues = with_watchers(issues, said)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "ICM", "ILK", "WLG"),
        accounts=[Account(ids(rng, "TAC", 1)[0], members[0].member_id)],
        members=members,
        projects=_projects(rng, products, members, issues),
        sprints=sprints,
        releases=releases,
        issues=issues,
        links=all_links,
        comments=said,
        worklogs=worklogs(rng, now, issues, members),
    )


def _members(rng: random.Random, products: list[Product]) -> list[Member]:
    """The first is signed in, on the teams of the first three projects; the last project is archived."""
    teams: dict[int, set[int]] = {number: set() for number in range(MEMBERS)}
    for position in range(PROJECTS):
        team = [number for number in range(1, MEMBERS) if number % PROJECTS == position or rng.random() < 0.18]
        for number in [*team, *([0] if position < 3 else [])]:
            teams[number].add(position)
    names, numbers = people(rng, MEMBERS), ids(rng, "TMB", MEMBERS)
    return [
        Member(numbers[n], names[n], rng.choice(ROLES), tuple(products[position].key for position in sorted(teams[n])))
        for n in range(MEMBERS)
    ]


def _sprints(rng: random.Random, today: date, products: list[Product]) -> list[Sprint]:
    """Three closed, one active and two planned per project; one project is between sprints, one is archived."""
    plan = []
    for position, product in enumerate(products):
        first, begins = rng.randrange(4, 30), today - timedelta(days=rng.randrange(2, 12))
        for step in range(-CLOSED, PLANNED + 1):
            state: SprintState = "closed" if step < 0 else "active" if step == 0 else "planned"
            if (step == 0 and position >= 3) or (step > 0 and position == 4):
                continue
            starts = begins + timedelta(days=SPRINT_DAYS * step)
            plan.append((product, f"{product.name.split()[0]} Sprint {first + step}", state, starts))
    rows = []
    for number, (product, name, state, starts) in zip(ids(rng, "SPN", len(plan)), plan, strict=True):
        ends = starts + timedelta(days=SPRINT_DAYS - 1)
        carried = rng.choice([0, 0, 2, 3, 5, 8]) if state == "closed" else 0
        rows.append(Sprint(number, product.key, name, state, starts.isoformat(), ends.isoformat(), carried))
    return rows


def _releases(rng: random.Random, today: date, products: list[Product]) -> list[Release]:
    """Per project two that are published, one that is ready, one in the making; an archived one only the old two."""
    plan = []
    for position, product in enumerate(products):
        major, minor = rng.randrange(1, 6), rng.randrange(0, 9)
        for step, days in enumerate([-58, -31, 6, 34]):
            if position == PROJECTS - 1 and step > 1:
                continue
            due = (today + timedelta(days=days + rng.randrange(-4, 5))).isoformat()
            plan.append((product, f"{product.name.split()[0]} {major}.{minor + step}", due, due if step < 2 else ""))
    numbers = ids(rng, "RLS", len(plan))
    return [
        Release(number, product.key, name, due, published)
        for number, (product, name, due, published) in zip(numbers, plan, strict=True)
    ]


def _projects(rng: random.Random, products: list[Product], members: list[Member], issues: list[Issue]) -> list[Project]:
    rows = []
    for position, product in enumerate(products):
        lead = rng.choice([row for row in members[1:] if product.key in row.projects]).member_id
        last = max(int(row.issue_id.split("-")[1]) for row in issues if row.project_id == product.key)
        rows.append(Project(product.key, product.name, lead, product.components, last + 1, position == PROJECTS - 1))
    return rows
