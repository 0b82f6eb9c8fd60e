"""What the owner of a household budget can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from servers.budget.months import due_date, month_after, months_from, next_due
from servers.budget.records import (
    Amount,
    Budget,
    Categories,
    Category,
    CategoryAmount,
    CategoryChanged,
    CategoryId,
    CategoryRow,
    Contribution,
    Day,
    DueStatus,
    Expense,
    ExpenseId,
    ExpenseRow,
    Expenses,
    Funded,
    Goal,
    GoalId,
    GoalRow,
    Goals,
    GoalStatus,
    LeftOver,
    Logged,
    MonthClosed,
    MonthKey,
    MonthSummary,
    Recategorized,
    Recurring,
    RecurringExpenses,
    RecurringId,
    RecurringRow,
    WhenOver,
)
from servers.budget.rules import (
    carried_into,
    carry_over,
    cents,
    due_status,
    envelope_of,
    free,
    has_envelope,
    left_in,
    month_of,
    not_posted,
    open_month_of,
    saved_for,
    saved_total,
    spent_in,
    spent_total,
    this_month,
    unassigned,
)
from servers.state import ToolError
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Name = Annotated[str, Meta(description="name or part of it, e.g. Groceries", min_length=1, max_length=40)]
NewName = Annotated[str, Meta(description="name not used yet, e.g. Pet Food", min_length=2, max_length=40)]
Payee = Annotated[str, Meta(description="who was paid, e.g. Corner Bakery", min_length=2, max_length=60)]
Text = Annotated[str, Meta(description="payee or part of it, e.g. Bakery", min_length=1, max_length=60)]
MonthlyLimit = Annotated[float, Meta(description="euros a month, e.g. 250", gt=0, le=100_000)]

MOST_CATEGORIES = 25


@reads
def list_budget_categories(
    app: Budget,
    name: Name | None = None,
    month: MonthKey | None = None,
    status: Annotated[Literal["over", "within"], Meta(description="by its limit, e.g. over")] | None = None,
    limit: Limit = 7,
) -> Categories:
    """List budget categories with limit, spent and left in a month, this one unless given, e.g. name="Groceries"."""
    key = month_of(app, month or this_month(app)).month
    found = [row for row in app.categories if has_envelope(row, key)]
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    rows = [_category_row(app, row, key) for row in found]
    if status is not None:
        rows = [row for row in rows if (row.left < 0) == (status == "over")]
    ordered = sorted(rows, key=lambda row: row.name)
    return Categories(key, ordered[:limit], len(ordered))


@writes
def add_budget_category(
    app: Budget,
    name: NewName,
    monthly_limit: MonthlyLimit,
    when_over: Annotated[WhenOver, Meta(description="what happens to expenses beyond the limit")] = "warn",
    left_over: Annotated[LeftOver, Meta(description="what happens to money left at the end of a month")] = "reset",
) -> CategoryChanged:
    """Add a category from this month on; income that no other limit takes must cover it, e.g. monthly_limit=250."""
    if any(row.name.casefold() == name.casefold() for row in app.categories):
        raise ToolError(f"there is already a category {name}")
    if len(app.categories) >= MOST_CATEGORIES:
        raise ToolError(f"at most {MOST_CATEGORIES} categories")
    _check_cents(monthly_limit)
    _check_unassigned(app, monthly_limit)
    category = app.categories.add(
        Category(app.new_id("BCT"), name, monthly_limit, when_over, left_over, this_month(app))
    )
    return _category_changed(app, category)


@writes
def change_category_limit(app: Budget, budget_category_id: CategoryId, monthly_limit: MonthlyLimit) -> CategoryChanged:
    """Set a category's limit from this month on; unassigned income must cover a rise, e.g. monthly_limit=250."""
    category, month = _category(app, budget_category_id), this_month(app)
    _check_cents(monthly_limit)
    envelope = envelope_of(app, category, month)
    if envelope.limit == monthly_limit:
        raise ToolError(f"the limit of {category.name} is already {monthly_limit:.2f}")
    _check_unassigned(app, monthly_limit - envelope.limit)
    spent = spent_in(app, category, month)
    if category.when_over == "refuse" and spent > cents(monthly_limit + envelope.carried):
        raise ToolError(f"{spent:.2f} of {category.name} are already spent in {month}; it may not go over")
    app.envelopes.save(replace(envelope, limit=monthly_limit))
    return _category_changed(app, app.categories.update(category, monthly_limit=monthly_limit))


@writes
def log_expense(
    app: Budget, budget_category_id: CategoryId, payee: Payee, amount: Amount, date: Day | None = None
) -> Logged:
    """Log an expense of an open month, by default today; a category over its limit warns or refuses, e.g. amount=9."""
    category = _category(app, budget_category_id)
    day = app.today if date is None else date.isoformat()
    if day > app.today:
        raise ToolError(f"{day} is in the future: it is {app.today}")
    return _book(app, category, payee, amount, day)


@reads
def search_expenses(
    app: Budget,
    payee: Text | None = None,
    budget_category_id: CategoryId | None = None,
    month: MonthKey | None = None,
    date: Day | None = None,
    sort: Annotated[Literal["newest", "largest"], Meta(description="which come first")] = "newest",
    limit: Limit = 5,
) -> Expenses:
    """Search expenses by payee, category, month or date, newest or largest first, e.g. month="2026-03"."""
    found = list(app.expenses) if month is None else app.expenses.where(month=month)
    if payee is not None:
        found = [row for row in found if payee.casefold() in row.payee.casefold()]
    if budget_category_id is not None:
        wanted = _category(app, budget_category_id).budget_category_id
        found = [row for row in found if row.budget_category_id == wanted]
    if date is not None:
        found = [row for row in found if row.date == date.isoformat()]
    ordered = sorted(found, key=lambda row: (row.amount if sort == "largest" else 0, row.date, row.expense_id))[::-1]
    amount = cents(sum(row.amount for row in found))
    return Expenses([_expense_row(app, row) for row in ordered[:limit]], len(ordered), amount)


@writes
def recategorize_expense(app: Budget, expense_id: ExpenseId, budget_category_id: CategoryId) -> Recategorized:
    """Move an expense of an open month to another category, which must not refuse it, e.g. expense_id="XPN-48213"."""
    expense, category = _expense(app, expense_id), _category(app, budget_category_id)
    old = _category(app, expense.budget_category_id)
    if old.budget_category_id == category.budget_category_id:
        raise ToolError(f"{expense_id} is already in {category.name}")
    _check_room(app, category, expense.month, expense.amount)
    app.expenses.update(expense, budget_category_id=category.budget_category_id)
    left, warning = left_in(app, category, expense.month), _warning(app, category, expense.month)
    return Recategorized(
        expense_id, expense.payee, expense.amount, expense.date, old.name, category.name, left, warning
    )


@reads
def list_recurring_expenses(
    app: Budget,
    name: Name | None = None,
    budget_category_id: CategoryId | None = None,
    status: Annotated[DueStatus, Meta(description="how it stands in the month, e.g. due")] | None = None,
    month: MonthKey | None = None,
    limit: Limit = 5,
) -> RecurringExpenses:
    """List recurring expenses by due date with their status in a month, this one unless given, e.g. status="due"."""
    key = month_of(app, month or this_month(app)).month
    found = list(app.recurring)
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    if budget_category_id is not None:
        wanted = _category(app, budget_category_id).budget_category_id
        found = [row for row in found if row.budget_category_id == wanted]
    rows = [_recurring_row(app, row, key) for row in found]
    ordered = sorted((row for row in rows if status in (None, row.status)), key=lambda row: (row.due, row.name))
    return RecurringExpenses(key, ordered[:limit], len(ordered))


@writes
def post_recurring_expense(
    app: Budget, recurring_expense_id: RecurringId, amount: Amount | None = None, month: MonthKey | None = None
) -> Logged:
    """Book a recurring expense that is due, once a month, for its usual amount or another, e.g. amount=62.40."""
    recurring, key = _recurring(app, recurring_expense_id), month_of(app, month or this_month(app)).month
    status, due = due_status(app, recurring, key), due_date(recurring, key)
    if due is None:
        raise ToolError(f"{recurring.name} is not due in {key}; next on {next_due(recurring, month_after(key))}")
    if status == "posted":
        raise ToolError(f"{recurring.name} is already posted for {key}")
    if status == "upcoming":
        raise ToolError(f"{recurring.name} is not due before {due}")
    category = _category(app, recurring.budget_category_id)
    paid = recurring.amount if amount is None else amount
    return _book(app, category, recurring.name, paid, due, recurring_expense_id)


@reads
def list_savings_goals(
    app: Budget,
    name: Name | None = None,
    status: Annotated[GoalStatus, Meta(description="open or reached")] | None = None,
) -> Goals:
    """List savings goals by deadline with what is saved and what each month still needs, e.g. name="Summer Trip"."""
    found = [row for row in app.goals if name is None or name.casefold() in row.name.casefold()]
    rows = [_goal_row(app, row) for row in found]
    ordered = sorted((row for row in rows if status in (None, row.status)), key=lambda row: (row.deadline, row.name))
    return Goals(ordered, free(app, this_month(app)))


@writes
def fund_savings_goal(app: Budget, savings_goal_id: GoalId, amount: Amount) -> Funded:
    """Put free money of this month towards a savings goal, no more than it still needs, e.g. amount=120."""
    goal, month = _goal(app, savings_goal_id), this_month(app)
    _check_cents(amount)
    missing = cents(goal.target - saved_for(app, goal))
    if amount > missing:
        raise ToolError(f"{goal.name} needs only {missing:.2f} more")
    if amount > free(app, month):
        raise ToolError(f"only {max(0.0, free(app, month)):.2f} of the income of {month} is free")
    app.contributions.add(Contribution(app.new_id("CTB"), savings_goal_id, amount, app.today, month))
    return Funded(savings_goal_id, goal.name, saved_for(app, goal), cents(missing - amount), free(app, month))


@reads
def summarize_budget_month(app: Budget, month: MonthKey | None = None) -> MonthSummary:
    """Sum up a month, this one unless given: income, spent, saved, free, what is over, what is due, e.g. "2026-03"."""
    row = month_of(app, month or this_month(app))
    key = row.month
    spent = [(spent_in(app, category, key), category.name) for category in app.categories]
    over = [category for category in app.categories if has_envelope(category, key) and left_in(app, category, key) < 0]
    return MonthSummary(
        key,
        row.closed,
        row.income,
        spent_total(app, key),
        saved_total(app, key),
        free(app, key),
        unassigned(app, key),
        largest=[CategoryAmount(name, amount) for amount, name in sorted(spent, reverse=True)[:3]],
        over=sorted(category.name for category in over),
        not_posted=not_posted(app, key),
        as_of=app.now,
    )


@writes(destructive=True)
def close_budget_month(app: Budget, month: MonthKey) -> MonthClosed:
    """Close for good the oldest open month, once it is over and its recurring expenses are posted, e.g. "2026-02"."""
    row = open_month_of(app, month)
    _check_closable(app, month)
    app.months.save(replace(row, closed=True))
    following = month_after(month)
    carried = []
    for category in [row for row in app.categories if has_envelope(row, month)]:
        amount = carry_over(category, envelope_of(app, category, month), spent_in(app, category, month))
        if amount:
            app.envelopes.save(carried_into(app, category, following, amount))
            carried.append(CategoryAmount(category.name, amount))
    return MonthClosed(month, spent_total(app, month), saved_total(app, month), carried, following)


def _category(app: Budget, budget_category_id: str) -> Category:
    category = app.categories.get(budget_category_id)
    if category is None:
        raise ToolError(f"no budget category {budget_category_id}")
    return category


def _expense(app: Budget, expense_id: str) -> Expense:
    expense = app.expenses.get(expense_id)
    if expense is None:
        raise ToolError(f"no expense {expense_id}")
    return expense


def _recurring(app: Budget, recurring_expense_id: str) -> Recurring:
    recurring = app.recurring.get(recurring_expense_id)
    if recurring is None:
        raise ToolError(f"no recurring expense {recurring_expense_id}")
    return recurring


def _goal(app: Budget, savings_goal_id: str) -> Goal:
    goal = app.goals.get(savings_goal_id)
    if goal is None:
        raise ToolError(f"no savings goal {savings_goal_id}")
    return goal


def _check_cents(amount: float) -> None:
    if amount != cents(amount):
        raise ToolError(f"amount {amount} has more than two decimals")


def _check_unassigned(app: Budget, rise: float) -> None:
    there = unassigned(app, this_month(app))
    if rise > 0 and cents(rise) > there:
        raise ToolError(f"only {max(0.0, there):.2f} of this month's income is unassigned, {cents(rise):.2f} needed")


def _check_room(app: Budget, category: Category, month: str, amount: float) -> None:
    """Refuses an expense in a closed month, before the category began, or beyond a limit that is firm."""
    open_month_of(app, month)
    if not has_envelope(category, month):
        raise ToolError(f"{category.name} begins in {category.since}; it has no budget in {month}")
    left = left_in(app, category, month)
    if category.when_over == "refuse" and amount > left:
        raise ToolError(f"{category.name} has only {left:.2f} left in {month} and may not go over")


def _check_closable(app: Budget, month: str) -> None:
    if month >= this_month(app):
        raise ToolError(f"{month} is not over yet: it is {app.today}")
    before = month_after(month, -1)
    if before in app.months and not month_of(app, before).closed:
        raise ToolError(f"{before} is still open; months are closed in order")
    if missing := not_posted(app, month):
        raise ToolError(f"{', '.join(missing[:5])} not posted for {month}: post_recurring_expense first")


def _book(
    app: Budget, category: Category, payee: str, amount: float, day: str, recurring_expense_id: str = ""
) -> Logged:
    _check_cents(amount)
    month = day[:7]
    _check_room(app, category, month, amount)
    expense = app.expenses.add(
        Expense(app.new_id("XPN"), category.budget_category_id, payee, amount, day, month, recurring_expense_id)
    )
    left, warning = left_in(app, category, month), _warning(app, category, month)
    return Logged(expense.expense_id, payee, category.name, amount, day, left, warning)


def _warning(app: Budget, category: Category, month: str) -> str:
    left = left_in(app, category, month)
    return f"{category.name} is {-left:.2f} over its limit in {month}" if left < 0 else ""


def _category_row(app: Budget, row: Category, month: str) -> CategoryRow:
    spent, limit = spent_in(app, row, month), envelope_of(app, row, month).limit
    return CategoryRow(row.budget_category_id, row.name, limit, spent, left_in(app, row, month), row.when_over)


def _category_changed(app: Budget, row: Category) -> CategoryChanged:
    month = this_month(app)
    return CategoryChanged(
        row.budget_category_id, row.name, row.monthly_limit, left_in(app, row, month), unassigned(app, month)
    )


def _expense_row(app: Budget, row: Expense) -> ExpenseRow:
    return ExpenseRow(row.expense_id, row.date, row.payee, _category(app, row.budget_category_id).name, row.amount)


def _recurring_row(app: Budget, row: Recurring, month: str) -> RecurringRow:
    due, status = next_due(row, month), due_status(app, row, month)
    return RecurringRow(row.recurring_expense_id, row.name, row.budget_category_id, row.amount, row.every, due, status)


def _goal_row(app: Budget, row: Goal) -> GoalRow:
    saved = saved_for(app, row)
    months = max(1, months_from(this_month(app), row.deadline[:7]))
    status: GoalStatus = "reached" if saved >= row.target else "open"
    needed = cents(max(0.0, row.target - saved) / months)
    return GoalRow(row.savings_goal_id, row.name, row.target, saved, row.deadline, status, needed)
