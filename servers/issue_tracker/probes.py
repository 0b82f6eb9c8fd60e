"""What an engineer would ask of this tracker now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.issue_tracker.material import CHORES, FAULTS, LABELS, NEW_COMMENTS, USERS, WHEN, WISHES, WORK
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
TYPES = ["bug", "story", "task", "spike"]
TRIES = 25
TOPICS = ["login page", "nightly job", "release notes", "sample data", "error page", "staging database", "start screen"]


def list_issue_projects(look: Look) -> Arguments:
    return {}


def find_project_member(look: Look) -> Arguments:
    name = look.choose(_members(look))["name"]
    return {"name": name.split()[0], "limit": look.choose([2, 3])} if look.chance(0.2) else {"name": name}


def search_issues(look: Look) -> Arguments:
    for kind, search in (("sprint", _in_sprint), ("member", _of_member), ("project", _in_project)):
        if look.recall(kind) and look.chance(0.7):
            return search(look)
    return look.choose([_of_mine, _by_words, _of_member, _in_sprint, _by_label, _in_project])(look)


def _of_mine(look: Look) -> Arguments:
    mine = look.choose(["assigned_to_me", "reported_by_me", "watched_by_me"])
    return {"mine": mine, "state": "open", "limit": look.choose([2, 3, 4])}


def _by_words(look: Look) -> Arguments:
    return {"text": look.choose(look("search_issues", state="open", limit=50)["issues"])["title"]}


def _of_member(look: Look) -> Arguments:
    member = _member(look, lambda member: member["open_issues"] > 0)
    return {"assignee_id": member, "state": "open", "limit": look.choose([2, 3, 4])}


def _in_sprint(look: Look) -> Arguments:
    sprint = _sprint(look, lambda sprint: sprint["issues"] > 0)
    return {"sprint_id": sprint, "state": look.choose(["open", "closed"])}


def _by_label(look: Look) -> Arguments:
    row = look.choose(look("search_issues", state="open", limit=50)["issues"])
    return {"label": look.choose(_details(look, row["issue_id"])["labels"]), "priority": row["priority"]}


def _in_project(look: Look) -> Arguments:
    project = _project(look, lambda project: project["open_issues"] > 0)
    row = look.choose(look("search_issues", project_id=project.id, state="open", limit=50)["issues"])
    return {"project_id": project, "issue_type": row["issue_type"], "status": row["status"]}


def get_issue(look: Look) -> Arguments:
    return {"issue_id": _issue(look)}


def list_issue_comments(look: Look) -> Arguments:
    issue = _issue(look, lambda row: row["comments"] > 0)
    return {"issue_id": issue, "limit": look.choose([2, 3])} if look.chance(0.3) else {"issue_id": issue}


def list_worklogs(look: Look) -> Arguments:
    if look.recall("issue") or (not look.recall("member") and look.chance(0.45)):
        issue = _issue(look, lambda row: row["logged_minutes"] > 0)
        return {"issue_id": issue, "limit": look.choose([2, 3])}
    days = look.rng.randrange(6, 40)
    after, before = _day(look, -days), _day(look, -look.rng.randrange(1, days - 3))
    return {"member_id": _member(look, lambda row: row["open_issues"] > 0), "after": after, "before": before}


def list_sprints(look: Look) -> Arguments:
    project = _project(look)
    states = [row["state"] for row in look("list_sprints", project_id=project.id)["sprints"]]
    return {"project_id": project, "state": look.choose(states)}


def get_sprint_burndown(look: Look) -> Arguments:
    return {"sprint_id": _sprint(look, lambda row: row["state"] != "planned")}


def list_releases(look: Look) -> Arguments:
    ready = _with_ready_release(look) if look.chance(0.5) else []
    project = _project(look, lambda row: not ready or row["project_id"] in ready)
    rows = look("list_releases", project_id=project.id)["releases"]
    return {"project_id": project, "state": "published" if look.choose(rows)["published"] and not ready else "planned"}


def create_issue(look: Look) -> Arguments:
    project = _project(look, lambda row: not row["archived"])
    components = _row_of(look, project.id)["components"]
    issue_type = look.choose(TYPES)
    title = _title(look, issue_type)
    taken = look("search_issues", project_id=project.id, text=title)["total"]
    if taken:
        raise NothingToAsk
    arguments: Arguments = {"project_id": project, "title": title, "issue_type": issue_type}
    if look.chance(0.3):
        return arguments | {"parent_issue_id": _issue(look, _can_be_parent(str(project.id)))}
    return arguments | {"priority": look.choose(["low", "high", "urgent"]), "component": look.choose(components)}


def assign_issue(look: Look) -> Arguments:
    issue = _issue(look, _is_open)
    details = _details(look, issue.id)
    member = _member(look, lambda row: details["project_id"] in row["projects"] and row["name"] != details["assignee"])
    return {"issue_id": issue, "member_id": member}


def transition_issue(look: Look) -> Arguments:
    issue = _issue(look, lambda row: bool(_free_statuses(look, row)))
    return {"issue_id": issue, "status": look.choose(_free_statuses(look, _details(look, issue.id)))}


def edit_issue(look: Look) -> Arguments:
    home = _home_of_release(look)
    issue = _issue(look, lambda row: _is_open(row) and home in ("", row["project_id"]), home)
    details = _details(look, issue.id)
    if home or look.chance(0.2):
        return {"issue_id": issue, "release_id": _release(look, details["project_id"])}
    if look.chance(0.15):
        return {"issue_id": issue, "title": _title(look, details["issue_type"])}
    if look.chance(0.3):
        priorities = [word for word in ("low", "medium", "high", "urgent") if word != details["priority"]]
        return {"issue_id": issue, "priority": look.choose(priorities), "label": look.choose(LABELS)}
    if look.chance(0.5):
        return {"issue_id": issue, "estimate": look.choose([1, 2, 3, 5, 8, 13])}
    components = _row_of(look, details["project_id"])["components"]
    return {"issue_id": issue, "component": look.choose(components), "label": look.choose(LABELS)}


def add_issue_comment(look: Look) -> Arguments:
    return {"issue_id": _issue(look), "text": look.choose(NEW_COMMENTS)}


def link_issues(look: Look) -> Arguments:
    first = _issue(look, _is_open)
    details = _details(look, first.id)
    project_id = details["project_id"]
    linked = [text.split(" (")[0].split()[-1] for text in details["links"]]

    def fits(row: Arguments) -> bool:
        near = row["issue_id"] not in (first.id, *linked) and not row["links"]
        return near and _is_open(row) and row["project_id"] == project_id

    relation = look.choose(["blocks", "blocks", "duplicates", "relates_to"])
    return {"issue_id": first, "relation": relation, "other_issue_id": _issue(look, fits, project_id, fresh=True)}


def add_worklog(look: Look) -> Arguments:
    issue = _issue(look, _is_open)
    created = _details(look, issue.id)["created"][:10]
    days = [day for day in (_day(look, -number) for number in range(5)) if day >= created]
    minutes = look.choose([15, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240])
    return {"issue_id": issue, "minutes": minutes, "date": look.choose(days), "note": look.choose(WORK)}


def move_issue_to_sprint(look: Look) -> Arguments:
    issue = _issue(look, lambda row: _is_open(row) and not row["parent"] and row["estimate"] is not None)
    details = _details(look, issue.id)
    project_id = details["project_id"]
    return {
        "issue_id": issue,
        "sprint_id": _sprint(
            look, lambda row: row["state"] != "closed" and row["name"] != details["sprint"], project_id
        ),
    }


def start_sprint(look: Look) -> Arguments:
    idle = [
        row["project_id"]
        for row in _projects(look)
        if not row["archived"] and not _sprints(look, row["project_id"], "active")
    ]
    return {"sprint_id": _sprint(look, lambda row: row["state"] == "planned" and row["open_issues"] > 0, *idle)}


def close_sprint(look: Look) -> Arguments:
    return {"sprint_id": _sprint(look, lambda row: row["state"] == "active")}


def publish_release(look: Look) -> Arguments:
    ready, home = _with_ready_release(look), _home_of_release(look)
    return {"release_id": _release(look, home if home in ready else look.choose(ready), _is_ready)}


def _is_ready(release: Arguments) -> bool:
    return not release["published"] and release["issues"] > 0 and release["open_issues"] == 0


def _with_ready_release(look: Look) -> list[str]:
    """Projects with a release that can be published now."""
    numbers = [row["project_id"] for row in _projects(look)]
    return [number for number in numbers if any(map(_is_ready, look("list_releases", project_id=number)["releases"]))]


def _projects(look: Look) -> list[Arguments]:
    return look("list_issue_projects")["projects"]


def _row_of(look: Look, project_id: str | None) -> Arguments:
    return next(row for row in _projects(look) if row["project_id"] == project_id)


def _members(look: Look) -> list[Arguments]:
    return look("find_project_member", name=look.choose("aeio"), limit=50)["members"]


def _sprints(look: Look, project_id: str, state: str) -> list[Arguments]:
    return look("list_sprints", project_id=project_id, state=state)["sprints"]


def _details(look: Look, issue_id: str | None) -> Arguments:
    return look("get_issue", issue_id=issue_id)


def _is_open(row: Arguments) -> bool:
    return row["status"] not in ("done", "rejected")


def _can_be_parent(project_id: str) -> Fits:
    return lambda row: _is_open(row) and not row["parent"] and row["project_id"] == project_id


def _free_statuses(look: Look, row: Arguments) -> list[str]:
    """Where an open issue can go now: nothing that its assignee, blockers or sub-issues stand against."""
    if not _is_open(row):
        return []
    blocked = any(
        text.startswith("is blocked by") and not text.endswith(("(done)", "(rejected)")) for text in row["links"]
    )
    busy = any(_is_open(_details(look, number)) for number in row["sub_issues"])
    barred = {"done", "rejected"} if blocked or busy else set()
    barred |= set() if row["assignee"] else {"in_progress"}
    return [status for status in row["next_statuses"] if status not in barred]


def _home_of_release(look: Look) -> str:
    """The project of the release mentioned, if that is still planned; else nothing."""
    known = look.recall("release")
    for row in _projects(look) if known else []:
        planned = look("list_releases", project_id=row["project_id"], state="planned")["releases"]
        if known and known.id in [release["release_id"] for release in planned]:
            return row["project_id"]
    return ""


def _issue(look: Look, fits: Fits = lambda row: True, project_id: str | None = None, fresh: bool = False) -> Reference:
    """An issue: the one mentioned, or a recent one by key, by title, or by title and project."""
    known = look.recall("issue")
    if known and not fresh:
        details = _details(look, known.id)
        if details and fits(details):
            return known
    within = {"project_id": project_id} if project_id else {}
    rows = look("search_issues", **within, limit=50)["issues"]
    rows += look("search_issues", **within, state="open", limit=50)["issues"]
    for row in look.rng.sample(rows, len(rows))[:TRIES]:
        details = _details(look, row["issue_id"])
        if fits(details):
            return _named(look, details)
    raise NothingToAsk


def _named(look: Look, row: Arguments) -> Reference:
    """Some titles come back in other projects, and some people speak of the latest bug of a colleague."""
    number, title = row["issue_id"], row["title"]
    if look.chance(0.2):
        return Reference("issue", number, (f"issue {number}", number), row=row)
    if latest := _latest_of(look, row):
        return latest
    found = look("search_issues", text=title, limit=50)
    if found["total"] == 1 and look.chance(0.75):
        says = (f"the {row['issue_type']} '{title}'", f"'{title}'")
        return Reference("issue", number, says, (Lookup("search_issues", {"text": title}),), "issue_id", row)
    search = {"text": title, "project_id": row["project_id"]}
    if look("search_issues", **search)["total"] > 1:
        return Reference("issue", number, (f"issue {number}", number), row=row)
    name = _row_of(look, row["project_id"])["name"]
    path = (Lookup("list_issue_projects", {}), Lookup("search_issues", search))
    says = (f"'{title}' in {name}", f"the {row['issue_type']} '{title}' in {name}")
    return Reference("issue", number, says, path, "issue_id", row)


def _latest_of(look: Look, row: Arguments) -> Reference | None:
    """An issue as the one of its type that its assignee touched last: found member, then their issues."""
    if not row["assignee"] or not look.chance(0.6):
        return None
    (member,) = look("find_project_member", name=row["assignee"])["members"][:1]
    search = {"assignee_id": member["member_id"], "issue_type": row["issue_type"]}
    newest = look("search_issues", **search, limit=1)["issues"]
    if not newest or newest[0]["issue_id"] != row["issue_id"] or member["name"] != row["assignee"]:
        return None
    path = (Lookup("find_project_member", {"name": row["assignee"]}), Lookup("search_issues", search))
    says = (f"the most recently updated {row['issue_type']} of {row['assignee']}",)
    return Reference("issue", row["issue_id"], says, path, "issue_id", row)


def _member(look: Look, fits: Fits) -> Reference:
    """A member of a team, by full name, found by searching that name, or by id."""
    known = look.recall("member")
    if known and known.row.get("projects") and fits(known.row):
        return known
    row = look.choose(row for row in _members(look) if fits(row))
    if look.chance(0.1):
        return Reference("member", row["member_id"], (f"member {row['member_id']}", row["member_id"]), row=row)
    path = (Lookup("find_project_member", {"name": row["name"]}),)
    return Reference("member", row["member_id"], (row["name"],), path, "member_id", row)


def _project(look: Look, fits: Fits = lambda row: True) -> Reference:
    """A project: by key, or by name (found in the list of projects)."""
    rows = {row["project_id"]: row for row in _projects(look) if fits(row)}
    known = look.recall("project")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    if look.chance(0.25):
        return Reference("project", row["project_id"], (f"project {row['project_id']}", row["project_id"]), row=row)
    path = (Lookup("list_issue_projects", {}),)
    says = (row["name"], f"the {row['name']} project")
    return Reference("project", row["project_id"], says, path, "project_id", row)


def _sprint(look: Look, fits: Fits, *project_ids: str) -> Reference:
    """A sprint, of these projects if any are given: by id, by name, or as the active one of its project."""
    projects = {
        row["project_id"]: row for row in _projects(look) if not project_ids or row["project_id"] in project_ids
    }
    rows = {
        row["sprint_id"]: (project, row)
        for project in projects.values()
        for row in look("list_sprints", project_id=project["project_id"])["sprints"]
        if fits(row)
    }
    known = look.recall("sprint")
    if known and known.id in rows:
        return known
    project, row = look.choose(rows.values())
    if look.chance(0.12):
        return Reference("sprint", row["sprint_id"], (f"sprint {row['sprint_id']}", row["sprint_id"]), row=row)
    state = {"state": row["state"]} if row["state"] == "active" else {}
    path = (Lookup("list_issue_projects", {}), Lookup("list_sprints", {"project_id": project["project_id"], **state}))
    named = f"{row['name']} in {project['name']}"
    says = (f"the active sprint of {project['name']}",) if state else (named, f"{row['name']} of {project['name']}")
    return Reference("sprint", row["sprint_id"], says, path, "sprint_id", row)


def _release(look: Look, project_id: str, fits: Fits = lambda row: not row["published"]) -> Reference:
    """A release of a project: by id, or by name; its project is found first."""
    rows = look("list_releases", project_id=project_id)["releases"]
    fitting = {row["release_id"]: row for row in rows if fits(row)}
    known = look.recall("release")
    if known and known.id in fitting:
        return known
    row = look.choose(fitting.values())
    if look.chance(0.12):
        return Reference("release", row["release_id"], (f"release {row['release_id']}", row["release_id"]), row=row)
    name = _row_of(look, project_id)["name"]
    path = (Lookup("list_issue_projects", {}), Lookup("list_releases", {"project_id": project_id}))
    says = (f"release {row['name']} of {name}", f"the release {row['name']} of {name}")
    return Reference("release", row["release_id"], says, path, "release_id", row)


def _title(look: Look, issue_type: str) -> str:
    topic = look.choose(TOPICS)
    if issue_type == "bug":
        return f"{topic.capitalize()} {look.choose(FAULTS)} {look.choose(WHEN)}"
    if issue_type == "story":
        return f"Let {look.choose(USERS)} {look.choose(WISHES)} the {topic}"
    return f"{look.choose(CHORES)} the {topic}" if issue_type == "task" else f"Find a better {topic}"


def _day(look: Look, days: int) -> str:
    """So many days from the day on which an issue was last updated, which is never after today."""
    row = look("search_issues", limit=1)["issues"][0]
    latest = date.fromisoformat(_details(look, row["issue_id"])["updated"][:10])
    return (latest + timedelta(days=days)).isoformat()
