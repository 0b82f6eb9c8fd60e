"""What the owner of a budget would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from servers.budget.material import HABITS, HOUSES, REPAIRS
from servers.budget.months import month_after
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
NEW_NAMES = [
    *["Photography", "Dance Lessons", "Bicycle", "Board Games", "Parking Fines", "School Trips", "Allotment", "Choir"],
    *["Pocket Money", "Office Lunches", "Haircuts", "Postage", "Picnics", "Football Club"],
]
ODDITIES = [
    *["Flea Market", "Pop-up Stall", "School Fair", "Harbour Kiosk", "Online Auction", "Village Shop", "Club Desk"],
    *["Community Centre", "Second-hand Shop", "Festival Office"],
]
MONTH_NAMES = """January February March April May June July August September October November December""".split()


def list_budget_categories(look: Look) -> Arguments:
    if look.chance(0.15):
        return {}
    if look.chance(0.35):
        return {"name": look.choose(_categories(look))["name"]}
    month = _month(look, look.rng.randrange(0, 6))
    return {"month": month, "status": look.choose(["over", "within"])}


def add_budget_category(look: Look) -> Arguments:
    there = _summary(look)["unassigned"]
    taken = {row["name"] for row in _categories(look)}
    name = look.choose(name for name in NEW_NAMES if name not in taken)
    limits = [limit for limit in (20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150) if limit <= there]
    over, left = look.choose(["warn", "refuse"]), look.choose(["carry", "reset"])
    return {"name": name, "monthly_limit": look.choose(limits), "when_over": over, "left_over": left}


def change_category_limit(look: Look) -> Arguments:
    """Up by what is unassigned, or down by some of what is left."""
    most, categories = _summary(look)["unassigned"], {row["budget_category_id"]: row for row in _categories(look)}

    def rooms(row: Arguments) -> list[float]:
        steps = [5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100]
        ups = [row["limit"] + step for step in steps if step <= most]
        return ups + [row["limit"] - step for step in steps if step <= min(row["left"], row["limit"] / 2)]

    category = _category(look, lambda row: bool(rooms(row)))
    return {"budget_category_id": category, "monthly_limit": look.choose(rooms(categories[str(category.id)]))}


def log_expense(look: Look) -> Arguments:
    category = _category(look, lambda row: row["when_over"] == "warn" or row["left"] >= 3)
    row = _now(look, category)
    most = min(row["left"], 150) if row["when_over"] == "refuse" else max(12, min(row["limit"] / 2, 150))
    arguments = {"budget_category_id": category, "payee": _payee(look, row), "amount": look.amount(2, most)}
    today = _summary(look)["as_of"][:10]
    day = f"{today[:8]}{look.rng.randrange(1, int(today[8:]) + 1):02d}"
    return arguments | {"date": day} if look.chance(0.6) else arguments


def search_expenses(look: Look) -> Arguments:
    row = look.choose(look("search_expenses", limit=50)["expenses"])
    if look.chance(0.12):
        return {"date": row["date"]}
    if look.chance(0.4):
        return {"payee": row["payee"], "month": _month(look, look.rng.randrange(0, 3))}
    sort, month = look.choose(["newest", "largest"]), _month(look, look.choose([0, 0, 0, 1, 1, 2, 3, 4, 5]))
    if look.chance(0.15):
        return {"month": month, "sort": sort}
    if look.chance(0.2):
        return {"budget_category_id": _category(look), "sort": sort, "limit": look.choose([3, 4, 6, 8, 10])}
    return {"budget_category_id": _category(look), "month": month, "sort": sort}


def recategorize_expense(look: Look) -> Arguments:
    expense, row = _expense(look)
    there = look("list_budget_categories", month=row["date"][:7], limit=50)["categories"]
    roomy = {
        other["budget_category_id"]
        for other in there
        if other["name"] != row["category"] and (other["when_over"] == "warn" or other["left"] >= row["amount"])
    }
    return {
        "expense_id": expense,
        "budget_category_id": _category(look, lambda other: other["budget_category_id"] in roomy),
    }


def list_recurring_expenses(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"name": look.choose(look("list_recurring_expenses", limit=50)["recurring_expenses"])["name"]}
    if look.chance(0.6 if look.recall("budget_category") else 0.3):
        billed = {row["budget_category_id"] for row in look("list_recurring_expenses", limit=50)["recurring_expenses"]}
        return {"budget_category_id": _category(look, lambda row: row["budget_category_id"] in billed)}
    status = look.choose(["due", "due", "posted", "upcoming"])
    return (
        {"status": status, "month": _month(look, look.rng.randrange(0, 2))} if look.chance(0.4) else {"status": status}
    )


def post_recurring_expense(look: Look) -> Arguments:
    """One that is due and that its category does not refuse."""
    rooms = {row["budget_category_id"]: row for row in _categories(look)}

    def fits(row: Arguments) -> bool:
        room = rooms[row["budget_category_id"]]
        return room["when_over"] == "warn" or room["left"] >= row["amount"] * 1.3

    recurring, row = _recurring(look, fits)
    if look.chance(0.4):
        return {"recurring_expense_id": recurring}
    if look.chance(0.3):
        return {"recurring_expense_id": recurring, "month": _named_month(_summary(look)["month"])}
    return {"recurring_expense_id": recurring, "amount": round(row["amount"] * look.rng.uniform(0.8, 1.25), 2)}


def list_savings_goals(look: Look) -> Arguments:
    if look.chance(0.15):
        return {}
    if look.chance(0.4):
        return {"name": look.choose(look("list_savings_goals")["savings_goals"])["name"]}
    return {"status": look.choose(["open", "open", "reached"])}


def fund_savings_goal(look: Look) -> Arguments:
    goals = look("list_savings_goals")
    missing = {row["savings_goal_id"]: row["target"] - row["saved"] for row in goals["savings_goals"]}
    goal = _goal(look, lambda number: missing.get(number, 0) >= 5)
    most = min(goals["free"], missing[str(goal.id)], 300)
    return {"savings_goal_id": goal, "amount": look.amount(5, most)}


def summarize_budget_month(look: Look) -> Arguments:
    """A month, mostly this one where an expense, a category or a goal was spoken of just now."""
    spoken_of = any(look.recall(kind) for kind in ("expense", "budget_category", "savings_goal"))
    if look.chance(0.7 if spoken_of and not look.recall("month") else 0.2):
        return {}
    return {"month": _month(look, look.rng.randrange(0, 8))}


def close_budget_month(look: Look) -> Arguments:
    """The oldest month that is still open, if it is over and nothing is due in it."""
    key = _summary(look)["month"]
    past = [month_after(key, -back) for back in range(6, 0, -1)]
    row = look.choose([row for row in (_summary(look, month) for month in past) if row and not row["closed"]][:1])
    if row["not_posted"]:
        raise NothingToAsk
    known = look.recall("month")
    return {"month": known if known and known.id == row["month"] else _named_month(row["month"])}


def _summary(look: Look, month: str | None = None) -> Arguments:
    return look("summarize_budget_month", **({"month": month} if month else {}))


def _month(look: Look, back: int) -> Reference:
    """A month as people say it, some months ago."""
    known = look.recall("month")
    return known if known else _named_month(month_after(_summary(look)["month"], -back))


def _named_month(key: str) -> Reference:
    return Reference("month", key, (f"{MONTH_NAMES[int(key[5:]) - 1]} {key[:4]}", key), row={"month": key})


def _categories(look: Look) -> list[Arguments]:
    return look("list_budget_categories", limit=50)["categories"]


def _payee(look: Look, category: Arguments) -> str:
    """Somebody paid before in a category, or somebody new who fits it."""
    known = look("search_expenses", budget_category_id=category["budget_category_id"], limit=20)["expenses"]
    name = category["name"]
    if known and name in HABITS and look.chance(0.4):
        return look.choose(known)["payee"]
    places = HABITS[name].places if name in HABITS else REPAIRS.get(name)
    return f"{look.choose(HOUSES)} {look.choose(places)}" if places else look.choose(ODDITIES)


def _now(look: Look, category: Reference) -> Arguments:
    return next(row for row in _categories(look) if row["budget_category_id"] == category.id)


def _category(look: Look, fits: Fits = lambda row: True) -> Reference:
    """A category that fits: as before, by number, by name, or as the one a bill belongs to."""
    rows = {row["budget_category_id"]: row for row in _categories(look) if fits(row)}
    known = look.recall("budget_category")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    number, name = row["budget_category_id"], row["name"]
    if look.chance(0.2):
        return Reference("budget_category", number, (f"category {number}", number), row=row)
    bills = look("list_recurring_expenses", budget_category_id=number)["recurring_expenses"]
    if bills and look.chance(0.5):
        bill = look.choose(bills)["name"]
        path = (Lookup("list_recurring_expenses", {"name": bill}),)
        return Reference("budget_category", number, (f"the category of {bill}",), path, "budget_category_id", row)
    path = (Lookup("list_budget_categories", {"name": name}),)
    says = (name, f"the {name} category", f"category {name}")
    return Reference("budget_category", number, says, path, "budget_category_id", row)


def _expense(look: Look) -> tuple[Reference, Arguments]:
    """An expense of an open month as before, or one of this month: by number, by payee and date, or as the largest."""
    known = look.recall("expense")
    if known and (row := _mentioned(look, known)):
        return known, row
    month = _summary(look)["month"]
    rows = {row["expense_id"]: row for row in look("search_expenses", month=month, limit=50)["expenses"]}
    row = look.choose(rows.values())
    number = row["expense_id"]
    found = look("search_expenses", payee=row["payee"], date=row["date"])
    if look.chance(0.4):
        reference, largest = _largest(look, row, month)
        return reference, largest
    if look.chance(0.3) or found["total"] > 1:
        return Reference("expense", number, (f"expense {number}", number), row=row), row
    path = (Lookup("search_expenses", {"payee": row["payee"], "date": row["date"]}),)
    says = (f"the {row['payee']} expense of {row['date']}", f"what I paid {row['payee']} on {row['date']}")
    return Reference("expense", number, says, path, "expense_id", row), row


def _mentioned(look: Look, known: Reference) -> Arguments | None:
    """An expense that was mentioned, as it is booked now; none if its month is closed."""
    wanted = {"payee": known.row["payee"], "date": known.row["date"]}
    rows = look("search_expenses", **wanted, limit=50)["expenses"]
    row = next((row for row in rows if row["expense_id"] == known.id), None)
    return None if row is None or _summary(look, row["date"][:7])["closed"] else row


def _largest(look: Look, row: Arguments, month: str) -> tuple[Reference, Arguments]:
    """The largest expense in the category of this one, this month (two lookups)."""
    name = row["category"]
    category = next(other for other in _categories(look) if other["name"] == name)
    wanted = {"budget_category_id": category["budget_category_id"], "month": month, "sort": "largest"}
    first, *others = look("search_expenses", **wanted)["expenses"]
    if others and others[0]["amount"] == first["amount"]:
        raise NothingToAsk
    path = (Lookup("list_budget_categories", {"name": name}), Lookup("search_expenses", wanted))
    words = _named_month(month).says[0]
    says = (f"the largest {name} expense of {words}", f"my biggest expense for {name} in {words}")
    return Reference("expense", first["expense_id"], says, path, "expense_id", first), first


def _recurring(look: Look, fits: Fits) -> tuple[Reference, Arguments]:
    """A recurring expense that is due and fits: as before, by number, by name, or as the one due in its category."""
    due = look("list_recurring_expenses", status="due", limit=50)["recurring_expenses"]
    rows = {row["recurring_expense_id"]: row for row in due if fits(row)}
    known = look.recall("recurring_expense")
    if known and known.id in rows:
        return known, rows[known.id]
    row = look.choose(rows.values())
    number, category_id = row["recurring_expense_id"], row["budget_category_id"]
    if look.chance(0.25):
        return Reference("recurring_expense", number, (f"recurring expense {number}", number), row=row), row
    if look.chance(0.6) and sum(other["budget_category_id"] == category_id for other in due) == 1:
        name = next(other["name"] for other in _categories(look) if other["budget_category_id"] == category_id)
        path = (
            Lookup("list_budget_categories", {"name": name}),
            Lookup("list_recurring_expenses", {"budget_category_id": category_id, "status": "due"}),
        )
        says = (f"the recurring {name} expense that is due", f"the bill that is due in {name}")
        return Reference("recurring_expense", number, says, path, "recurring_expense_id", row), row
    path = (Lookup("list_recurring_expenses", {"name": row["name"]}),)
    says = (f"the recurring {row['name']} expense", f"the regular {row['name']} payment")
    return Reference("recurring_expense", number, says, path, "recurring_expense_id", row), row


def _goal(look: Look, fits: Callable[[str], bool]) -> Reference:
    """A savings goal that fits: as before, by number, or by name."""
    known = look.recall("savings_goal")
    if known and known.id and fits(known.id):
        return known
    row = look.choose(row for row in look("list_savings_goals")["savings_goals"] if fits(row["savings_goal_id"]))
    number, name = row["savings_goal_id"], row["name"]
    if look.chance(0.25):
        return Reference("savings_goal", number, (f"savings goal {number}", f"goal {number}"), row=row)
    path = (Lookup("list_savings_goals", {"name": name}),)
    says = (f"my {name} goal", f"the {name} savings goal", f"the goal {name}")
    return Reference("savings_goal", number, says, path, "savings_goal_id", row)
