"""One household's budget from a seed: nine months of envelopes, expenses and savings that add up month by month."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from servers.budget.material import ALWAYS, BILLS, GOALS, HABITS, HOUSES, SUBSCRIPTIONS, Bill
from servers.budget.months import due_date, month_after
from servers.budget.records import (
    Category,
    Contribution,
    Envelope,
    Expense,
    Goal,
    Household,
    LeftOver,
    Month,
    Recurring,
    WhenOver,
)
from servers.budget.rules import carry_over, cents
from servers.names import first_new_ids, ids, people
from servers.state import Base

MONTHS = 9
VARIABLE = 10
SUBSCRIBED = 5
GOAL_COUNT = 6


@dataclass
class Draft:
    """A budget being lived through, month by month."""

    today: str
    months: list[str]
    open_from: str
    """The first month that is not closed."""
    categories: list[Category]
    recurring: list[Recurring]
    varying: set[str]
    payees: dict[str, list[str]]
    numbers: list[str]
    earlier_limits: dict[str, float] = field(default_factory=dict)
    """Limits that held until the middle of the nine months, by category."""
    envelopes: dict[str, Envelope] = field(default_factory=dict)
    expenses: list[Expense] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)
    """By envelope."""

    def envelope(self, category: Category, month: str) -> Envelope | None:
        return self.envelopes.get(f"{month}/{category.budget_category_id}")

    def book(self, category: Category, payee: str, amount: float, day: str, recurring_expense_id: str = "") -> None:
        """Books an expense unless its category has no envelope or must not go over its limit."""
        envelope = self.envelope(category, day[:7])
        if envelope is None:
            return
        spent = cents(self.spent.get(envelope.envelope_id, 0.0) + amount)
        if category.when_over == "refuse" and spent > cents(envelope.limit + envelope.carried):
            return
        self.spent[envelope.envelope_id] = spent
        number = self.numbers.pop()
        self.expenses.append(
            Expense(number, category.budget_category_id, payee, amount, day, day[:7], recurring_expense_id)
        )


def generate(seed: int) -> Base:
    """The budget of this seed: 13 categories, about 450 expenses, 11 recurring ones, 6 savings goals."""
    rng = random.Random(f"budget:{seed}")
    first_day = date(2025, 1, 1) + timedelta(days=rng.randrange(685))
    day = first_day.replace(day=rng.randrange(6, 28))
    draft = _draft(rng, day)
    for month in draft.months:
        _live_through(rng, draft, month)
    limits = sum(row.limit for row in draft.envelopes.values() if row.month == draft.months[-1])
    income = float(int((limits + rng.uniform(320, 900)) / 50) * 50)
    months = [Month(key, income, key < draft.open_from) for key in draft.months]
    goals, contributions = _savings(rng, draft, months)
    return Base(
        seed,
        now=f"{draft.today}T{rng.randrange(7, 22):02d}:{rng.randrange(60):02d}",
        counters=first_new_ids(rng, "BCT", "XPN", "CTB"),
        households=[Household(ids(rng, "HSH", 1)[0], people(rng, 1)[0])],
        months=months,
        categories=draft.categories,
        envelopes=list(draft.envelopes.values()),
        expenses=draft.expenses,
        recurring=draft.recurring,
        goals=goals,
        contributions=contributions,
    )


def _draft(rng: random.Random, day: date) -> Draft:
    this_month = day.isoformat()[:7]
    months = [month_after(this_month, back) for back in range(1 - MONTHS, 1)]
    chosen = [*ALWAYS, *rng.sample([name for name in HABITS if name not in ALWAYS], VARIABLE - len(ALWAYS))]
    bills = [*BILLS, *rng.sample(SUBSCRIPTIONS, SUBSCRIBED)]
    fixed = list(dict.fromkeys(bill.category for bill in bills))
    numbers = dict(zip([*fixed, *chosen], ids(rng, "BCT", len(fixed) + len(chosen)), strict=True))
    recurring = _recurring(rng, bills, numbers, months[0])
    categories = [_fixed(name, numbers[name], recurring, months[0]) for name in fixed]
    categories += [_variable(rng, name, numbers[name], months) for name in chosen]
    houses = {name: rng.sample(HOUSES, min(5, len(HABITS[name].places) + 1)) for name in chosen}
    payees = {name: [f"{house} {rng.choice(HABITS[name].places)}" for house in houses[name]] for name in chosen}
    varying = {row.recurring_expense_id for row, bill in zip(recurring, bills, strict=True) if bill.varies}
    changed = rng.sample([row for row in categories if row.name in chosen], 3)
    earlier = {row.name: float(int(row.monthly_limit * rng.uniform(0.7, 0.95) / 5) * 5) for row in changed}
    return Draft(
        day.isoformat(),
        months,
        months[-1 - rng.choice([1, 1, 2])],
        categories,
        recurring,
        varying,
        payees,
        ids(rng, "XPN", 900),
        earlier,
    )


def _recurring(rng: random.Random, bills: list[Bill], numbers: dict[str, str], first: str) -> list[Recurring]:
    """Some fall due in the first days of a month, the others any time."""
    rows = []
    for place, (number, bill) in enumerate(zip(ids(rng, "RCX", len(bills)), bills, strict=True)):
        amount = bill.low + (bill.high - bill.low) * rng.random() ** 1.3
        amount = float(round(amount)) if bill.high > 200 or rng.random() < 0.3 else round(amount) - 0.01
        day = rng.randrange(1, 6) if place in (0, 2, 6, 7) else rng.randrange(1, 28)
        since = month_after(first, -rng.randrange(12))
        name = rng.choice(bill.names)
        rows.append(Recurring(number, name, numbers[bill.category], amount, bill.every, day, since))
    return rows


def _fixed(name: str, number: str, recurring: list[Recurring], first: str) -> Category:
    """A category of bills: its limit covers all of them at once."""
    bills = sum(row.amount for row in recurring if row.budget_category_id == number)
    return Category(number, name, float(int(bills * 1.12 / 10 + 1) * 10), "warn", "reset", first)


def _variable(rng: random.Random, name: str, number: str, months: list[str]) -> Category:
    limit = float(round(rng.uniform(HABITS[name].low, HABITS[name].high) / 10) * 10)
    over: WhenOver = "refuse" if rng.random() < 0.3 else "warn"
    left: LeftOver = "carry" if rng.random() < 0.4 else "reset"
    late = name not in ALWAYS and rng.random() < 0.15
    return Category(number, name, limit, over, left, months[rng.randrange(2, 6)] if late else months[0])


def _live_through(rng: random.Random, draft: Draft, month: str) -> None:
    """One month: envelopes with what was carried into them, bills on their days, then everyday expenses by day."""
    for category in draft.categories:
        if category.since <= month:
            envelope = _envelope(draft, category, month)
            draft.envelopes[envelope.envelope_id] = envelope
    _post_bills(rng, draft, month)
    bought = [row for category in draft.categories for row in _bought(rng, draft, category, month)]
    for day, name, payee, amount in sorted(bought):
        draft.book(next(row for row in draft.categories if row.name == name), payee, amount, day)


def _envelope(draft: Draft, category: Category, month: str) -> Envelope:
    number = category.budget_category_id
    limit = category.monthly_limit
    if month < draft.months[MONTHS // 2]:
        limit = draft.earlier_limits.get(category.name, limit)
    envelope = Envelope(f"{month}/{number}", month, number, limit)
    before = draft.envelope(category, month_after(month, -1))
    if before is None or before.month >= draft.open_from:
        return envelope
    return replace(envelope, carried=carry_over(category, before, draft.spent.get(before.envelope_id, 0.0)))


def _post_bills(rng: random.Random, draft: Draft, month: str) -> None:
    """All that fell due, but for three of this month and sometimes one of the month before if that is open still."""
    due = [(day, row) for row in draft.recurring if (day := due_date(row, month)) and day <= draft.today]
    left_out = 3 if month == draft.months[-1] else 0
    if month == draft.months[-2] and draft.open_from < month and rng.random() < 0.6:
        left_out = 1
    waiting = {row.recurring_expense_id for _, row in rng.sample(due, min(left_out, len(due)))}
    by_number = {row.budget_category_id: row for row in draft.categories}
    for day, row in due:
        if row.recurring_expense_id not in waiting:
            varies = row.recurring_expense_id in draft.varying
            amount = cents(row.amount * rng.uniform(0.85, 1.15)) if varies else row.amount
            draft.book(by_number[row.budget_category_id], row.name, amount, day, row.recurring_expense_id)


def _bought(rng: random.Random, draft: Draft, category: Category, month: str) -> list[tuple[str, str, str, float]]:
    """Everyday expenses of a category in a month: (day, category, payee, amount)."""
    if category.name not in draft.payees:
        return []
    habit = HABITS[category.name]
    last = int(draft.today[8:]) if month == draft.today[:7] else 28
    typical = 1.8 * category.monthly_limit / (habit.fewest + habit.most)
    count = (rng.randrange(habit.fewest, habit.most + 1) * last + 14) // 28
    rows = []
    for _ in range(count):
        amount = typical * rng.triangular(0.15, 2.2, 0.6)
        amount = float(round(amount)) if amount > 5 and rng.random() < 0.25 else cents(max(1.2, amount))
        day = f"{month}-{rng.randrange(1, last + 1):02d}"
        rows.append((day, category.name, rng.choice(draft.payees[category.name]), amount))
    return rows


def _savings(rng: random.Random, draft: Draft, months: list[Month]) -> tuple[list[Goal], list[Contribution]]:
    """Goals, and what was put towards them each month out of income that was not spent; one of them is reached."""
    goals = [
        _goal(rng, number, draft)
        for number in zip(ids(rng, "SVG", GOAL_COUNT), rng.sample(GOALS, GOAL_COUNT), strict=True)
    ]
    numbers = ids(rng, "CTB", MONTHS * 4)
    saved = dict.fromkeys((goal.savings_goal_id for goal in goals), 0.0)
    contributions = []
    for month in months:
        spent = sum(row.amount for row in draft.expenses if row.month == month.month)
        last = int(draft.today[8:]) if month.month == draft.today[:7] else 28
        for goal in rng.sample(goals, rng.randrange(2, 4)):
            missing = goal.target - saved[goal.savings_goal_id]
            amount = float(int(min((month.income - spent) * rng.uniform(0.08, 0.28), missing) / 5) * 5)
            if amount >= 10:
                saved[goal.savings_goal_id] += amount
                day = f"{month.month}-{rng.randrange(1, last + 1):02d}"
                contributions.append(Contribution(numbers.pop(), goal.savings_goal_id, amount, day, month.month))
    most = max(goals, key=lambda goal: (saved[goal.savings_goal_id], goal.savings_goal_id))
    reached = replace(most, target=saved[most.savings_goal_id])
    return [reached if goal is most else goal for goal in goals], contributions


def _goal(rng: random.Random, numbered: tuple[str, str], draft: Draft) -> Goal:
    number, name = numbered
    target = float(round(10 ** rng.uniform(2.9, 3.9) / 50) * 50)
    deadline = f"{month_after(draft.months[-1], rng.randrange(2, 27))}-{rng.randrange(1, 29):02d}"
    return Goal(number, name, target, deadline)
