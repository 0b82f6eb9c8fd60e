"""Laws of the issue tracker, tried through its tools."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from servers.issue_tracker.rules import WORKFLOWS
from servers.state import later
from tests.worlds.live import Live

SEEDS = range(8)
STATUSES = ["new", "triaged", "in_progress", "in_review", "testing", "done", "rejected"]
WAY_TO_DONE = {
    "bug": ["triaged", "in_progress", "in_review", "testing", "done"],
    "story": ["in_progress", "in_review", "testing", "done"],
    "task": ["in_progress", "done"],
    "spike": ["in_progress", "in_review", "done"],
}


class Desk(Live):
    """The tracker of a seed, and an engineer who reports issues and brings them to an end."""

    def __init__(self, seed: int):
        super().__init__("issue_tracker", seed)
        (account,) = self.state.accounts
        self.me = self.state.members.find(account.member_id)
        self.project = self.state.projects.find(self.me.projects[0])
        self.reported = 0

    def report(self, issue_type: str = "task", project_id: str = "", **more: Any) -> str:
        """A new issue of mine."""
        self.reported += 1
        title = f"Test issue number {self.reported}"
        arguments = {"project_id": project_id or self.project.project_id, "title": title, "issue_type": issue_type}
        issue_id = self("create_issue", **arguments, **more)["issue_id"]
        self.take(issue_id)
        return issue_id

    def take(self, issue_id: str) -> None:
        team = [row for row in self.state.members if issue_id.split("-")[0] in row.projects]
        self("assign_issue", issue_id=issue_id, member_id=(self.me if self.me in team else team[0]).member_id)

    def finish(self, issue_id: str, until: str = "done") -> None:
        for status in WAY_TO_DONE[self.issue(issue_id)["issue_type"]]:
            self("transition_issue", issue_id=issue_id, status=status)
            if status == until:
                return

    def issue(self, issue_id: str) -> dict[str, Any]:
        return self("get_issue", issue_id=issue_id)

    def sprint(self, state: str, project: Any = None) -> dict[str, Any]:
        project_id = (project or self.project).project_id
        return self("list_sprints", project_id=project_id, state=state)["sprints"][0]

    def release(self, state: str) -> dict[str, Any]:
        """The one that is furthest in the future."""
        return self("list_releases", project_id=self.project.project_id, state=state)["releases"][-1]


@pytest.fixture(params=[0, 1, 2])
def desk(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


@pytest.mark.parametrize("issue_type", ["bug", "story", "task", "spike"])
def test_an_issue_goes_only_where_its_workflow_allows_and_is_told_where(desk: Desk, issue_type: str):
    issue_id = desk.report(issue_type)
    for status in ["new", *WAY_TO_DONE[issue_type]]:
        if status != "new":
            desk("transition_issue", issue_id=issue_id, status=status)
        allowed = WORKFLOWS[issue_type][status]
        assert desk.issue(issue_id)["next_statuses"] == list(allowed)
        for target in set(STATUSES) - set(allowed):
            refusal = desk.refused("transition_issue", issue_id=issue_id, status=target)
            assert all(word in refusal for word in (status, *allowed))
    assert desk.issue(issue_id)["status"] == "done"


def test_work_begins_only_with_an_assignee(desk: Desk):
    arguments = {"project_id": desk.project.project_id, "title": "Nobody's task", "issue_type": "task"}
    issue_id = desk("create_issue", **arguments)["issue_id"]
    assert "has no assignee" in desk.refused("transition_issue", issue_id=issue_id, status="in_progress")
    desk.take(issue_id)
    desk("transition_issue", issue_id=issue_id, status="in_progress")


def test_a_blocked_issue_closes_only_after_its_blockers(desk: Desk):
    blocker, other, blocked = desk.report(), desk.report(), desk.report()
    for issue_id in (blocker, other):
        desk("link_issues", issue_id=issue_id, relation="blocks", other_issue_id=blocked)
    assert f"is blocked by {blocker}" in desk.refused("transition_issue", issue_id=blocked, status="rejected")
    desk("transition_issue", issue_id=blocked, status="in_progress")
    desk.finish(blocker)
    assert f"is blocked by {other}" in desk.refused("transition_issue", issue_id=blocked, status="done")
    desk("transition_issue", issue_id=other, status="rejected")
    desk("transition_issue", issue_id=blocked, status="done")
    assert desk.issue(blocked)["links"] == [f"is blocked by {blocker} (done)", f"is blocked by {other} (rejected)"]


def test_links_never_close_a_circle(desk: Desk):
    issues = [desk.report() for _ in range(4)]
    for relation in ("blocks", "duplicates"):
        for first, second in zip(issues, issues[1:], strict=False):
            desk("link_issues", issue_id=first, relation=relation, other_issue_id=second)
        for earlier, later_one in combinations(issues, 2):
            refusal = desk.refused("link_issues", issue_id=later_one, relation=relation, other_issue_id=earlier)
            assert "circle" in refusal or f"{earlier} already {relation} {later_one}" in refusal
    assert issues[1] in desk.refused("link_issues", issue_id=issues[3], relation="blocks", other_issue_id=issues[0])
    desk("link_issues", issue_id=issues[3], relation="relates_to", other_issue_id=issues[0])
    again = {"issue_id": issues[0], "relation": "relates_to", "other_issue_id": issues[3]}
    assert "already relates to" in desk.refused("link_issues", **again)
    assert "itself" in desk.refused("link_issues", **again | {"other_issue_id": issues[0]})
    done = desk.report()
    desk.finish(done)
    assert "only open issues can be blocked" in desk.refused(
        "link_issues", issue_id=issues[0], relation="blocks", other_issue_id=done
    )


def test_the_links_of_a_new_world_have_no_circle_and_hold_nothing_closed_back():
    for seed in SEEDS:
        state = Desk(seed).state
        for relation in ("blocks", "duplicates"):
            ahead = {row.issue_id: set() for row in state.issues}
            for row in state.links.where(relation=relation):
                ahead[row.issue_id].add(row.other_id)
            while leaves := [issue_id for issue_id, others in ahead.items() if not others & set(ahead)]:
                for issue_id in leaves:
                    del ahead[issue_id]
            assert not ahead
        for row in state.links.where(relation="blocks"):
            blocker, blocked = state.issues.find(row.issue_id), state.issues.find(row.other_id)
            assert blocker.closed or not blocked.closed


def test_a_parent_closes_after_its_sub_issues_and_is_reopened_before_them(desk: Desk):
    parent = desk.report("story")
    child = desk.report(parent_issue_id=parent)
    desk.finish(parent, until="testing")
    assert f"open sub-issues: {child}" in desk.refused("transition_issue", issue_id=parent, status="done")
    desk.finish(child)
    desk("transition_issue", issue_id=parent, status="done")
    assert f"belongs to {parent}" in desk.refused("transition_issue", issue_id=child, status="new")
    desk("transition_issue", issue_id=parent, status="new")
    desk("transition_issue", issue_id=child, status="new")
    assert desk.issue(parent)["sub_issues"] == [child] and desk.issue(child)["parent"] == parent


def test_sub_issues_are_one_level_deep_and_in_one_project(desk: Desk):
    parent = desk.report()
    child = desk.report(parent_issue_id=parent)
    arguments = {"title": "Too deep", "issue_type": "task"}
    refusal = desk.refused("create_issue", project_id=desk.project.project_id, parent_issue_id=child, **arguments)
    assert f"itself a sub-issue of {parent}" in refusal
    refusal = desk.refused("create_issue", project_id=desk.me.projects[1], parent_issue_id=parent, **arguments)
    assert f"is an issue of {desk.project.project_id}" in refusal
    desk.finish(child)
    desk.finish(parent)
    refusal = desk.refused("create_issue", project_id=desk.project.project_id, parent_issue_id=parent, **arguments)
    assert "only open issues" in refusal


def test_a_project_never_has_two_active_sprints(desk: Desk):
    planned, active = desk.sprint("planned"), desk.sprint("active")
    desk("move_issue_to_sprint", issue_id=desk.report(), sprint_id=planned["sprint_id"])
    assert f"{active['name']} is still active" in desk.refused("start_sprint", sprint_id=planned["sprint_id"])
    desk("close_sprint", sprint_id=active["sprint_id"])
    started = desk("start_sprint", sprint_id=planned["sprint_id"])
    assert started["starts"] == desk.state.today and started["ends"] == later(desk.state.now, days=13)[:10]
    assert "only planned sprints" in desk.refused("start_sprint", sprint_id=planned["sprint_id"])
    assert "only active sprints" in desk.refused("close_sprint", sprint_id=active["sprint_id"])
    for project in desk.state.projects:
        assert len(desk.state.sprints.where(project_id=project.project_id, state="active")) <= 1


def test_an_empty_sprint_does_not_start(desk: Desk):
    desk("close_sprint", sprint_id=desk.sprint("active")["sprint_id"])
    planned = desk.sprint("planned")
    for issue in desk.state.issues.where(sprint_id=planned["sprint_id"]):
        desk.state.issues.update(issue, sprint_id="")
    assert "no open issues" in desk.refused("start_sprint", sprint_id=planned["sprint_id"])


def test_closing_a_sprint_moves_its_open_issues_on_and_keeps_the_others(desk: Desk):
    active, target = desk.sprint("active"), desk.sprint("planned")
    inside = desk.state.issues.where(sprint_id=active["sprint_id"])
    left = {row.issue_id for row in inside if not row.closed}
    closed = desk("close_sprint", sprint_id=active["sprint_id"])
    assert set(closed["moved"]) == left and closed["moved_to"] == target["name"]
    assert all(desk.issue(issue_id)["sprint"] == target["name"] for issue_id in left)
    assert len(desk.state.issues.where(sprint_id=active["sprint_id"])) == closed["finished"] == len(inside) - len(left)
    for sprint in desk.state.sprints.where(project_id=desk.project.project_id, state="planned"):
        desk.state.sprints.update(sprint, state="closed")
    desk.state.sprints.update(desk.state.sprints.find(target["sprint_id"]), state="active")
    assert desk("close_sprint", sprint_id=target["sprint_id"])["moved_to"] == "backlog"
    assert all(desk.issue(issue_id)["sprint"] == "" for issue_id in left)


def test_no_open_issue_is_ever_in_a_closed_sprint(desk: Desk):
    active = desk.sprint("active")
    issue_id = desk.report()
    desk("edit_issue", issue_id=issue_id, estimate=3)
    desk("move_issue_to_sprint", issue_id=issue_id, sprint_id=active["sprint_id"])
    desk.finish(issue_id)
    desk("close_sprint", sprint_id=active["sprint_id"])
    assert "was closed on" in desk.refused(
        "move_issue_to_sprint", issue_id=desk.report(), sprint_id=active["sprint_id"]
    )
    desk("transition_issue", issue_id=issue_id, status="new")
    assert desk.issue(issue_id)["sprint"] == ""
    closed = {row.sprint_id for row in desk.state.sprints.where(state="closed")}
    assert all(row.closed for row in desk.state.issues if row.sprint_id in closed)


def test_a_sprint_takes_issues_of_its_project_and_an_active_one_only_with_an_estimate(desk: Desk):
    active, planned = desk.sprint("active")["sprint_id"], desk.sprint("planned")["sprint_id"]
    parent = desk.report()
    child = desk.report(parent_issue_id=parent)
    assert "has no estimate" in desk.refused("move_issue_to_sprint", issue_id=parent, sprint_id=active)
    moved = desk("move_issue_to_sprint", issue_id=parent, sprint_id=planned)
    assert moved["with_sub_issues"] == [child] and desk.issue(child)["sprint"] == moved["sprint"]
    assert "already in" in desk.refused("move_issue_to_sprint", issue_id=parent, sprint_id=planned)
    assert f"moves with {parent}" in desk.refused("move_issue_to_sprint", issue_id=child, sprint_id=active)
    desk("edit_issue", issue_id=parent, estimate=5)
    before = desk("get_sprint_burndown", sprint_id=active)["committed"]
    assert desk("move_issue_to_sprint", issue_id=parent, sprint_id=active)["points"] == before + 5
    foreign = desk.report(project_id=desk.me.projects[1])
    assert "is a sprint of" in desk.refused("move_issue_to_sprint", issue_id=foreign, sprint_id=active)


def test_a_burndown_falls_from_what_was_committed_by_what_was_closed(desk: Desk):
    for sprint in desk.state.sprints:
        if sprint.state == "planned":
            assert "has not started" in desk.refused("get_sprint_burndown", sprint_id=sprint.sprint_id)
            continue
        chart = desk("get_sprint_burndown", sprint_id=sprint.sprint_id)
        points = [chart["committed"], *(row["points"] for row in chart["days"])]
        open_points = sum(
            row.estimate or 0 for row in desk.state.issues.where(sprint_id=sprint.sprint_id) if not row.closed
        )
        assert points == sorted(points, reverse=True) and chart["left"] == open_points + sprint.carried == points[-1]
    active = desk.sprint("active")["sprint_id"]
    before = desk("get_sprint_burndown", sprint_id=active)
    issue_id = desk.report()
    desk("edit_issue", issue_id=issue_id, estimate=8)
    desk("move_issue_to_sprint", issue_id=issue_id, sprint_id=active)
    assert desk("get_sprint_burndown", sprint_id=active)["left"] == before["left"] + 8
    desk.finish(issue_id)
    after = desk("get_sprint_burndown", sprint_id=active)
    assert (after["left"], after["committed"]) == (before["left"], before["committed"] + 8)
    desk("close_sprint", sprint_id=active)
    assert desk("get_sprint_burndown", sprint_id=active)["committed"] == after["committed"]


def test_logged_time_adds_up_over_days_and_sub_issues(desk: Desk):
    parent = desk.report()
    child = desk.report(parent_issue_id=parent)
    today = desk.state.today
    before = desk("list_worklogs", member_id=desk.me.member_id, after=today, before=today)["total_minutes"]
    logged = [desk("add_worklog", issue_id=issue_id, minutes=45) for issue_id in (parent, child, parent)]
    assert [row["day_minutes"] for row in logged] == [before + 45, before + 90, before + 135]
    assert desk.issue(parent)["logged_minutes"] == 135 and desk.issue(child)["logged_minutes"] == 45
    assert desk("list_worklogs", issue_id=parent)["total_minutes"] == 90
    by_member = [desk("list_worklogs", member_id=row.member_id)["total_minutes"] for row in desk.state.members]
    assert sum(by_member) == desk("list_worklogs")["total_minutes"]


def test_a_day_holds_sixteen_hours_and_no_work_before_the_issue_or_in_the_future(desk: Desk):
    issue_id = desk.report()
    for row in desk.state.worklogs.where(member_id=desk.me.member_id, day=desk.state.today):
        desk.state.worklogs.delete(row.worklog_id)
    desk("add_worklog", issue_id=issue_id, minutes=900)
    assert "at most 960" in desk.refused("add_worklog", issue_id=issue_id, minutes=61)
    desk("add_worklog", issue_id=issue_id, minutes=60)
    tomorrow, yesterday = (later(desk.state.now, days=days)[:10] for days in (1, -1))
    assert "in the future" in desk.refused("add_worklog", issue_id=issue_id, minutes=10, date=tomorrow)
    assert "only created on" in desk.refused("add_worklog", issue_id=issue_id, minutes=10, date=yesterday)


def test_a_release_is_published_once_and_only_when_all_of_it_is_closed(desk: Desk):
    release = desk.release("planned")["release_id"]
    for issue in desk.state.issues.where(release_id=release):
        desk.state.issues.update(issue, release_id="")
    assert "has no issues" in desk.refused("publish_release", release_id=release)
    issue_id = desk.report()
    desk("edit_issue", issue_id=issue_id, release_id=release)
    assert f"1 open issues: {issue_id}" in desk.refused("publish_release", release_id=release)
    desk.finish(issue_id)
    assert desk("publish_release", release_id=release)["published"] == desk.state.today
    assert "already published" in desk.refused("publish_release", release_id=release)
    assert "was published in" in desk.refused("transition_issue", issue_id=issue_id, status="new")
    other = desk.report()
    assert "already published" in desk.refused("edit_issue", issue_id=other, release_id=release)
    foreign = desk.report(project_id=desk.me.projects[1])
    assert "is a release of" in desk.refused("edit_issue", issue_id=foreign, release_id=release)


def test_only_the_team_of_a_project_gets_its_issues(desk: Desk):
    issue_id = desk.report()
    stranger = next(row for row in desk.state.members if desk.project.project_id not in row.projects)
    assert "is not on the team" in desk.refused("assign_issue", issue_id=issue_id, member_id=stranger.member_id)
    assert "already assigned" in desk.refused("assign_issue", issue_id=issue_id, member_id=desk.me.member_id)
    for issue in desk.state.issues:
        if issue.assignee_id:
            assert issue.project_id in desk.state.members.find(issue.assignee_id).projects


def test_who_reports_is_assigned_or_comments_watches(desk: Desk):
    issue = next(row for row in desk.state.issues if desk.me.member_id not in row.watchers)
    before = desk.issue(issue.issue_id)["watchers"]
    desk("add_issue_comment", issue_id=issue.issue_id, text="same here")
    desk("add_issue_comment", issue_id=issue.issue_id, text="and again")
    assert desk.issue(issue.issue_id)["watchers"] == [*before, desk.me.name]
    newest = desk("list_issue_comments", issue_id=issue.issue_id)["comments"][0]
    assert (newest["author"], newest["text"]) == (desk.me.name, "and again")
    issue_id = desk.report()
    for mine in ("assigned_to_me", "reported_by_me", "watched_by_me"):
        assert desk("search_issues", mine=mine)["issues"][0]["issue_id"] == issue_id


def test_keys_count_up_and_open_titles_are_used_once(desk: Desk):
    first, second = desk.report(), desk.report()
    key, number = first.split("-")
    assert second == f"{key}-{int(number) + 1}"
    arguments = {"project_id": key, "title": "TEST issue number 1", "issue_type": "bug"}
    assert f"{first} is already open" in desk.refused("create_issue", **arguments)
    assert f"{first} is already open" in desk.refused("edit_issue", issue_id=second, title="Test issue number 1")
    desk.finish(first)
    desk("create_issue", **arguments)


def test_an_open_issue_is_edited_within_its_project(desk: Desk):
    issue_id = desk.report()
    changed = desk("edit_issue", issue_id=issue_id, priority="urgent", label="Flaky", estimate=3)["changed"]
    assert changed == ["priority is urgent", "estimate is 3", "labels are flaky"]
    assert desk("search_issues", label="flaky", priority="urgent")["issues"][0]["issue_id"] == issue_id
    assert "has no component" in desk.refused("edit_issue", issue_id=issue_id, component="Nowhere")
    assert "nothing to change" in desk.refused("edit_issue", issue_id=issue_id)
    for number in range(7):
        desk("edit_issue", issue_id=issue_id, label=f"label {number}")
    assert "8 labels already" in desk.refused("edit_issue", issue_id=issue_id, label="one more")
    desk.finish(issue_id)
    assert "only open issues" in desk.refused("edit_issue", issue_id=issue_id, priority="low")


def test_an_archived_project_takes_nothing_new(desk: Desk):
    archived = next(row for row in desk.state.projects if row.archived)
    arguments = {"project_id": archived.project_id, "title": "One more thing", "issue_type": "bug"}
    assert "is archived" in desk.refused("create_issue", **arguments)
    rows = desk("search_issues", project_id=archived.project_id, status="rejected")["issues"]
    assert "is archived" in desk.refused("transition_issue", issue_id=rows[0]["issue_id"], status="new")
    assert desk("search_issues", project_id=archived.project_id, state="open")["total"] == 0


def test_what_does_not_exist_is_named(desk: Desk):
    issue_id = desk.report()
    for tool, field, extra in (
        ("get_issue", "issue_id", {}),
        ("list_sprints", "project_id", {}),
        ("get_sprint_burndown", "sprint_id", {}),
        ("publish_release", "release_id", {}),
        ("assign_issue", "member_id", {"issue_id": issue_id}),
    ):
        assert "XXX-1" in desk.refused(tool, **{field: "XXX-1"}, **extra)


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
