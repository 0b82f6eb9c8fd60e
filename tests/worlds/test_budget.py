"""Laws of the household budget, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.budget.months import due_date, month_after, next_due
from servers.budget.rules import carry_over, due_status, has_envelope, not_posted, saved_for, spent_in, unassigned
from tests.worlds.live import Live

SEEDS = range(12)
DAY = 24 * 60


class Budget(Live):
    """The budget of a seed, and its owner."""

    def __init__(self, seed: int):
        super().__init__("budget", seed)

    @property
    def month(self) -> str:
        return self.state.now[:7]

    def oldest_open(self) -> str:
        return min(row.month for row in self.state.months if not row.closed)

    def category(self, when_over: str, left_over: str | None = None) -> Any:
        """A category of this kind from the first month on; one is made so if the seed has none."""
        month = min(row.month for row in self.state.months)
        rows = [row for row in self.state.categories if row.since == month]
        fitting = [row for row in rows if row.when_over == when_over and left_over in (None, row.left_over)]
        if fitting:
            return fitting[0]
        return self.state.categories.update(rows[-1], when_over=when_over, left_over=left_over or "reset")

    def row(self, category: Any, month: str | None = None) -> dict[str, Any]:
        """How a category stands in a month."""
        rows = self("list_budget_categories", name=category.name, month=month or self.month)["categories"]
        return next(row for row in rows if row["name"] == category.name)

    def log(self, category: Any, amount: float, **more: Any) -> dict[str, Any]:
        number = category.budget_category_id
        return self("log_expense", budget_category_id=number, payee="Village Shop", amount=amount, **more)

    def refused_log(self, category: Any, amount: float, **more: Any) -> str:
        number = category.budget_category_id
        return self.refused("log_expense", budget_category_id=number, payee="Village Shop", amount=amount, **more)

    def goal(self) -> Any:
        """The goal that needs most."""
        return max(self.state.goals, key=lambda row: row.target - saved_for(self.state, row))

    def post_all(self, month: str) -> None:
        for row in self.state.recurring:
            if due_status(self.state, row, month) == "due":
                self("post_recurring_expense", recurring_expense_id=row.recurring_expense_id, month=month)


@pytest.fixture(params=[0, 1, 2])
def app(request: pytest.FixtureRequest) -> Budget:
    return Budget(request.param)


def test_what_is_left_is_the_limit_and_what_was_carried_less_what_was_spent():
    for seed in SEEDS:
        app = Budget(seed)
        for envelope in app.state.envelopes:
            rows = app.state.expenses.where(budget_category_id=envelope.budget_category_id, month=envelope.month)
            category = app.state.categories.find(envelope.budget_category_id)
            shown = app.row(category, envelope.month)
            spent = sum(row.amount for row in rows)
            assert shown["spent"] == pytest.approx(spent)
            assert shown["left"] == pytest.approx(envelope.limit + envelope.carried - spent)
            assert category.when_over == "warn" or shown["left"] >= 0


def test_income_is_spent_saved_or_free_and_covers_every_limit():
    for seed in SEEDS:
        app = Budget(seed)
        for month in app.state.months:
            shown = app("summarize_budget_month", month=month.month)
            assert shown["income"] == pytest.approx(shown["spent"] + shown["saved"] + shown["free"])
            assert shown["free"] >= 0 and shown["unassigned"] >= 0
            assert shown["not_posted"] == [] or not shown["closed"]


def test_a_closed_month_carries_what_is_left_into_the_next():
    for seed in SEEDS:
        app = Budget(seed)
        app("close_budget_month", month=app.oldest_open())
        for month in [row.month for row in app.state.months if row.closed]:
            for category in app.state.categories:
                if has_envelope(category, month):
                    envelope = app.state.envelopes.find(f"{month}/{category.budget_category_id}")
                    after = app.state.envelopes.find(f"{month_after(month)}/{category.budget_category_id}")
                    carried = carry_over(category, envelope, spent_in(app.state, category, month))
                    assert after.carried == carried and 0 <= carried <= envelope.limit


def test_every_date_lies_in_its_month_and_not_in_the_future():
    for seed in SEEDS:
        state = Budget(seed).state
        for row in [*state.expenses, *state.contributions]:
            assert row.date[:7] == row.month and row.date <= state.today
        for row in state.expenses:
            assert has_envelope(state.categories.find(row.budget_category_id), row.month)


def test_a_firm_category_refuses_what_goes_over_its_limit(app: Budget):
    category = app.category("refuse")
    left = app.row(category)["left"]
    assert "may not go over" in app.refused_log(category, round(left + 0.01, 2))
    if left:
        assert app.log(category, left)["left"] == 0
    assert "only 0.00 left" in app.refused_log(category, 1)


def test_a_lenient_category_warns_when_it_goes_over_its_limit(app: Budget):
    category = app.category("warn")
    left = max(app.row(category)["left"], 0)
    if left > 1:
        assert app.log(category, 1)["warning"] == ""
    logged = app.log(category, round(left + 10, 2))
    assert logged["left"] < 0 and "over its limit" in logged["warning"]
    assert category.name in app("summarize_budget_month")["over"]
    over = app("list_budget_categories", status="over", limit=50)["categories"]
    assert category.name in {row["name"] for row in over}


def test_expenses_of_a_closed_month_cannot_change(app: Budget):
    month = max(row.month for row in app.state.months if row.closed)
    category = app.category("warn")
    assert "is closed" in app.refused_log(category, 5, date=f"{month}-02")
    expense = next(
        row for row in app.state.expenses.where(month=month) if row.budget_category_id != category.budget_category_id
    )
    arguments = {"expense_id": expense.expense_id, "budget_category_id": category.budget_category_id}
    assert "is closed" in app.refused("recategorize_expense", **arguments)


def test_months_are_closed_once_in_order_and_when_they_are_over(app: Budget):
    assert "not over yet" in app.refused("close_budget_month", month=app.month)
    month = app.oldest_open()
    app.state.months.update(app.state.months.find(month_after(month, -1)), closed=False)
    assert "still open" in app.refused("close_budget_month", month=month)
    app("close_budget_month", month=month_after(month, -1))
    assert app("close_budget_month", month=month)["next_open"] == month_after(month)
    assert "is closed" in app.refused("close_budget_month", month=month)


def test_a_month_is_not_closed_before_its_recurring_expenses_are_posted(app: Budget):
    month = app.oldest_open()
    expense = next(row for row in app.state.expenses.where(month=month) if row.recurring_expense_id)
    app.state.expenses.delete(expense.expense_id)
    assert expense.payee in app.refused("close_budget_month", month=month)
    app("post_recurring_expense", recurring_expense_id=expense.recurring_expense_id, month=month)
    assert app("close_budget_month", month=month)["month"] == month


def test_a_recurring_expense_is_posted_once_a_month_when_it_is_due(app: Budget):
    rows = app("list_recurring_expenses", status="due", limit=50)["recurring_expenses"]
    assert len(rows) == 3 and sorted(row["name"] for row in rows) == not_posted(app.state, app.month)
    row = rows[0]
    posted = app("post_recurring_expense", recurring_expense_id=row["recurring_expense_id"], amount=7.5)
    assert (posted["amount"], posted["date"], posted["payee"]) == (7.5, row["due"], row["name"])
    assert "already posted" in app.refused("post_recurring_expense", recurring_expense_id=row["recurring_expense_id"])


def test_a_recurring_expense_is_not_posted_before_its_day_or_in_another_month(app: Budget):
    quarterly = next(row for row in app.state.recurring if row.every == "quarterly")
    number, first = quarterly.recurring_expense_id, quarterly.first_month
    other = next(row.month for row in app.state.months if due_date(quarterly, row.month) is None)
    assert "not due in" in app.refused("post_recurring_expense", recurring_expense_id=number, month=other)
    assert due_date(quarterly, month_after(first, 3)) and not due_date(quarterly, month_after(first, -3))
    assert next_due(quarterly, month_after(first)) == due_date(quarterly, month_after(first, 3))
    coming = app.state.recurring.update(quarterly, every="monthly", day=28)
    assert "not due before" in app.refused("post_recurring_expense", recurring_expense_id=coming.recurring_expense_id)


def test_limits_never_take_more_than_the_income(app: Budget):
    there = app("summarize_budget_month")["unassigned"]
    too_much = round(there + 0.01, 2)
    assert "unassigned" in app.refused("add_budget_category", name="Photography", monthly_limit=too_much)
    added = app("add_budget_category", name="Photography", monthly_limit=there)
    assert added["unassigned"] == 0 == unassigned(app.state, app.month)
    category = app.category("warn")
    arguments = {"budget_category_id": category.budget_category_id, "monthly_limit": category.monthly_limit + 1}
    assert "unassigned" in app.refused("change_category_limit", **arguments)
    app("change_category_limit", **arguments | {"monthly_limit": category.monthly_limit - 1})


def test_a_changed_limit_holds_from_this_month_on(app: Budget):
    category = app.category("warn")
    before = app.row(category, month_after(app.month, -1))
    number = category.budget_category_id
    app("change_category_limit", budget_category_id=number, monthly_limit=category.monthly_limit + 5)
    assert app.row(category)["limit"] == category.monthly_limit + 5
    assert app.row(category, month_after(app.month, -1)) == before
    arguments = {"budget_category_id": number, "monthly_limit": category.monthly_limit + 5}
    assert "already" in app.refused("change_category_limit", **arguments)


def test_a_firm_limit_does_not_sink_below_what_is_spent(app: Budget):
    category = app.category("refuse")
    if left := app.row(category)["left"]:
        app.log(category, left)
    arguments = {"budget_category_id": category.budget_category_id, "monthly_limit": 1}
    assert "already spent" in app.refused("change_category_limit", **arguments)


def test_a_category_begins_when_it_is_added_and_has_a_name_of_its_own(app: Budget):
    added = app("add_budget_category", name="Photography", monthly_limit=20, left_over="carry")
    assert "already a category" in app.refused("add_budget_category", name="photography", monthly_limit=5)
    category = app.state.categories.find(added["budget_category_id"])
    assert "begins in" in app.refused_log(category, 5, date=f"{app.oldest_open()}-03")
    assert app.log(category, 5)["left"] == 15
    for number in range(25 - len(app.state.categories)):
        app("add_budget_category", name=f"Envelope {number}", monthly_limit=1)
    assert "at most 25" in app.refused("add_budget_category", name="One more", monthly_limit=1)


def test_an_expense_is_booked_today_or_in_the_past(app: Budget):
    category = app.category("warn")
    assert app.log(category, 4.2)["date"] == app.state.today
    assert "in the future" in app.refused_log(category, 4, date="9999-12-31")
    assert "no budget for 0001-01" in app.refused_log(category, 4, date="0001-01-01")
    assert "two decimals" in app.refused_log(category, 4.001)


def test_a_moved_expense_leaves_one_category_and_enters_another(app: Budget):
    old, new = [row for row in app.state.categories if row.when_over == "warn"][:2]
    logged = app.log(old, 12)
    before, there = app.row(old), app.row(new)
    moved = app("recategorize_expense", expense_id=logged["expense_id"], budget_category_id=new.budget_category_id)
    assert app.row(old)["left"] == pytest.approx(before["left"] + 12)
    assert app.row(new)["left"] == moved["left"] == pytest.approx(there["left"] - 12)
    arguments = {"expense_id": logged["expense_id"], "budget_category_id": new.budget_category_id}
    assert "already in" in app.refused("recategorize_expense", **arguments)


def test_savings_stop_at_the_target_and_at_what_is_free(app: Budget):
    goal, free = app.goal(), app("list_savings_goals")["free"]
    number, missing = goal.savings_goal_id, round(goal.target - saved_for(app.state, goal), 2)
    assert "is free" in app.refused("fund_savings_goal", savings_goal_id=number, amount=min(free + 1, missing))
    funded = app("fund_savings_goal", savings_goal_id=number, amount=10)
    assert (funded["missing"], funded["free"]) == (pytest.approx(missing - 10), pytest.approx(free - 10))
    assert "more" in app.refused("fund_savings_goal", savings_goal_id=number, amount=missing)
    reached = next(row for row in app("list_savings_goals", status="reached")["savings_goals"])
    assert reached["saved"] == reached["target"] and reached["monthly_needed"] == 0
    assert "only 0.00 more" in app.refused("fund_savings_goal", savings_goal_id=reached["savings_goal_id"], amount=1)


def test_a_month_that_begins_has_the_limits_of_the_one_before(app: Budget):
    category, last = app.category("warn", "carry"), app.month
    while app.month == last:
        app.wait(DAY)
    shown = app("summarize_budget_month")
    assert (shown["month"], shown["spent"], shown["saved"]) == (month_after(last), 0, 0)
    assert app.row(category)["limit"] == category.monthly_limit
    app.log(category, 3)
    while (month := app.oldest_open()) <= last:
        app.post_all(month)
        app("close_budget_month", month=month)
        if month == last:
            break
    left = app.row(category)["left"]
    assert left >= category.monthly_limit - 3
    assert "no budget for" in app.refused("summarize_budget_month", month=month_after(last, 2))


def test_expenses_are_searched_by_payee_month_date_and_size(app: Budget):
    expense = list(app.state.expenses)[-1]
    found = app("search_expenses", payee=expense.payee.upper(), date=expense.date, limit=50)["expenses"]
    assert expense.expense_id in {row["expense_id"] for row in found}
    rows = app("search_expenses", month=expense.month, sort="largest", limit=50)
    amounts = [row["amount"] for row in rows["expenses"]]
    assert amounts == sorted(amounts, reverse=True)
    assert rows["amount"] == app("summarize_budget_month", month=expense.month)["spent"]


def test_what_does_not_exist_is_not_found(app: Budget):
    assert "no budget category" in app.refused("search_expenses", budget_category_id="BCT-00000")
    category = app.category("warn").budget_category_id
    arguments = {"expense_id": "XPN-00000", "budget_category_id": category}
    assert "no expense" in app.refused("recategorize_expense", **arguments)
    assert "no recurring" in app.refused("post_recurring_expense", recurring_expense_id="RCX-00000")
    assert "no savings goal" in app.refused("fund_savings_goal", savings_goal_id="SVG-00000", amount=1)


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
