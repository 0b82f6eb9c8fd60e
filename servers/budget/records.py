"""The tables of the household budget, and the types its tools take and give. All money is in euros."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

CategoryId = Annotated[str, msgspec.Meta(description="budget category, e.g. BCT-30417", max_length=20)]
ExpenseId = Annotated[str, msgspec.Meta(description="booked expense, e.g. XPN-48213", max_length=20)]
RecurringId = Annotated[str, msgspec.Meta(description="recurring expense, e.g. RCX-20931", max_length=20)]
GoalId = Annotated[str, msgspec.Meta(description="savings goal, e.g. SVG-55120", max_length=20)]
Amount = Annotated[float, msgspec.Meta(description="amount in euros, e.g. 45.50", gt=0, le=100_000)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
MonthKey = Annotated[str, msgspec.Meta(description="month, e.g. 2026-03", pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
WhenOver = Literal["warn", "refuse"]
LeftOver = Literal["carry", "reset"]
Every = Literal["monthly", "quarterly", "yearly"]
DueStatus = Literal["due", "posted", "upcoming", "not_this_month"]
GoalStatus = Literal["open", "reached"]


class Household(Row, frozen=True):
    household_id: str
    name: str


class Month(Row, frozen=True):
    month: str
    income: float
    closed: bool


class Category(Row, frozen=True):
    budget_category_id: str
    name: str
    monthly_limit: float
    """Of this month and those to come; earlier ones are in their envelopes."""
    when_over: WhenOver
    left_over: LeftOver
    since: str
    """The first month it has an envelope for."""


class Envelope(Row, frozen=True):
    """What a category may spend in one month."""

    envelope_id: str
    """"2026-03/BCT-30417"."""
    month: str
    budget_category_id: str
    limit: float
    carried: float = 0.0
    """Left over from the month before, once that is closed."""


class Expense(Row, frozen=True):
    expense_id: str
    budget_category_id: str
    payee: str
    amount: float
    date: str
    month: str
    recurring_expense_id: str = ""


class Recurring(Row, frozen=True):
    recurring_expense_id: str
    name: str
    budget_category_id: str
    amount: float
    every: Every
    day: int
    """Of the month, 28 at most."""
    first_month: str


class Goal(Row, frozen=True):
    savings_goal_id: str
    name: str
    target: float
    deadline: str


class Contribution(Row, frozen=True):
    contribution_id: str
    savings_goal_id: str
    amount: float
    date: str
    month: str


class Budget(State):
    households: Table[Household]
    months: Table[Month]
    categories: Table[Category]
    envelopes: Table[Envelope]
    expenses: Table[Expense]
    recurring: Table[Recurring]
    goals: Table[Goal]
    contributions: Table[Contribution]


class CategoryRow(msgspec.Struct, frozen=True):
    budget_category_id: str
    name: str
    limit: float
    spent: float
    left: float
    """Limit and what was carried over, less what was spent; below zero if it is over."""
    when_over: WhenOver


class Categories(msgspec.Struct, frozen=True):
    month: str
    categories: list[CategoryRow]
    total: int
    """How many match, of which the first by name are shown."""


class CategoryChanged(msgspec.Struct, frozen=True):
    budget_category_id: str
    name: str
    monthly_limit: float
    left: float
    """Of this month."""
    unassigned: float
    """Income of this month that no category's limit takes."""


class Logged(msgspec.Struct, frozen=True):
    expense_id: str
    payee: str
    category: str
    amount: float
    date: str
    left: float
    """In the category, that month."""
    warning: str
    """Empty unless the category is over its limit now."""


class Recategorized(msgspec.Struct, frozen=True):
    expense_id: str
    payee: str
    amount: float
    date: str
    old_category: str
    new_category: str
    left: float
    """In the new category, that month."""
    warning: str


class ExpenseRow(msgspec.Struct, frozen=True):
    expense_id: str
    date: str
    payee: str
    category: str
    amount: float


class Expenses(msgspec.Struct, frozen=True):
    expenses: list[ExpenseRow]
    total: int
    """How many match, of which the first are shown."""
    amount: float
    """What all that match come to."""


class RecurringRow(msgspec.Struct, frozen=True):
    recurring_expense_id: str
    name: str
    budget_category_id: str
    amount: float
    every: Every
    due: str
    """In that month, or the next time after it."""
    status: DueStatus


class RecurringExpenses(msgspec.Struct, frozen=True):
    month: str
    recurring_expenses: list[RecurringRow]
    total: int


class GoalRow(msgspec.Struct, frozen=True):
    savings_goal_id: str
    name: str
    target: float
    saved: float
    deadline: str
    status: GoalStatus
    monthly_needed: float
    """To reach it in time."""


class Goals(msgspec.Struct, frozen=True):
    savings_goals: list[GoalRow]
    free: float
    """Income of this month that is neither spent nor saved."""


class Funded(msgspec.Struct, frozen=True):
    savings_goal_id: str
    name: str
    saved: float
    missing: float
    free: float


class CategoryAmount(msgspec.Struct, frozen=True):
    name: str
    amount: float


class MonthSummary(msgspec.Struct, frozen=True):
    month: str
    closed: bool
    income: float
    spent: float
    saved: float
    free: float
    """Income neither spent nor saved."""
    unassigned: float
    """Income that no category's limit takes."""
    largest: list[CategoryAmount]
    """The three categories most was spent on."""
    over: list[str]
    """Categories over their limit."""
    not_posted: list[str]
    """Recurring expenses that are due."""
    as_of: str


class MonthClosed(msgspec.Struct, frozen=True):
    month: str
    spent: float
    saved: float
    carried: list[CategoryAmount]
    """What categories take into the month after."""
    next_open: str
