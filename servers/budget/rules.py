"""Rules of the budget that only read: what a month and a category have left, what is due, what goals still need.

    left = limit + carried - spent        free = income - spent - saved        unassigned = income - limits

The months of the budget go from the first one ever to the current one; a month that has just begun has no rows
yet, so it is read off the categories and the income of the month before.
"""

from __future__ import annotations

from msgspec.structs import replace

from servers.budget.months import due_date
from servers.budget.records import Budget, Category, DueStatus, Envelope, Goal, Month, Recurring
from servers.state import ToolError


def this_month(app: Budget) -> str:
    return app.now[:7]


def month_of(app: Budget, key: str) -> Month:
    known = app.months.get(key)
    if known is not None:
        return known
    newest = max(app.months, key=lambda row: row.month)
    if newest.month < key <= this_month(app):
        return Month(key, newest.income, False)
    first = min(row.month for row in app.months)
    raise ToolError(f"no budget for {key}; its months go from {first} to {this_month(app)}")


def open_month_of(app: Budget, key: str) -> Month:
    month = month_of(app, key)
    if month.closed:
        raise ToolError(f"{key} is closed; its expenses can no longer change")
    return month


def has_envelope(category: Category, month: str) -> bool:
    return category.since <= month


def envelope_of(app: Budget, category: Category, month: str) -> Envelope:
    key = f"{month}/{category.budget_category_id}"
    return app.envelopes.get(key) or Envelope(key, month, category.budget_category_id, category.monthly_limit)


def spent_in(app: Budget, category: Category, month: str) -> float:
    rows = app.expenses.where(budget_category_id=category.budget_category_id, month=month)
    return cents(sum(row.amount for row in rows))


def left_in(app: Budget, category: Category, month: str) -> float:
    envelope = envelope_of(app, category, month)
    return cents(envelope.limit + envelope.carried - spent_in(app, category, month))


def carry_over(category: Category, envelope: Envelope, spent: float) -> float:
    """What a category takes into the next month: what is left, at most one monthly limit."""
    if category.left_over == "reset":
        return 0.0
    return cents(max(0.0, min(envelope.limit, envelope.limit + envelope.carried - spent)))


def carried_into(app: Budget, category: Category, month: str, amount: float) -> Envelope:
    return replace(envelope_of(app, category, month), carried=amount)


def spent_total(app: Budget, month: str) -> float:
    return cents(sum(row.amount for row in app.expenses.where(month=month)))


def saved_total(app: Budget, month: str) -> float:
    return cents(sum(row.amount for row in app.contributions.where(month=month)))


def free(app: Budget, month: str) -> float:
    return cents(month_of(app, month).income - spent_total(app, month) - saved_total(app, month))


def unassigned(app: Budget, month: str) -> float:
    limits = [envelope_of(app, row, month).limit for row in app.categories if has_envelope(row, month)]
    return cents(month_of(app, month).income - sum(limits))


def saved_for(app: Budget, goal: Goal) -> float:
    return cents(sum(row.amount for row in app.contributions.where(savings_goal_id=goal.savings_goal_id)))


def due_status(app: Budget, recurring: Recurring, month: str) -> DueStatus:
    due = due_date(recurring, month)
    if due is None:
        return "not_this_month"
    if app.expenses.where(recurring_expense_id=recurring.recurring_expense_id, month=month):
        return "posted"
    return "due" if due <= app.today else "upcoming"


def not_posted(app: Budget, month: str) -> list[str]:
    return sorted(row.name for row in app.recurring if due_status(app, row, month) == "due")


def cents(amount: float) -> float:
    return round(float(amount), 2)
