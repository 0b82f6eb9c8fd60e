"""What a customer would ask of this bank now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from servers.banking.seed import pin_of
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
NOTES = ["rent", "dinner", "concert tickets", "birthday gift", "piano lesson", "train fare", "deposit", "thank you"]
NEW_IBANS = [
    "DE02120300000000202051",
    "BE68539007547034",
    "NO9386011117947",
    "PT50000201231234567890154",
    "NL91ABNA0417164300",
]


def list_accounts(look: Look) -> Arguments:
    return {"kind": look.choose(["checking", "savings", "credit"])} if look.chance(0.6) else {}


def get_account(look: Look) -> Arguments:
    return {"account_id": _account(look)}


def transfer_between_accounts(look: Look) -> Arguments:
    source = _account(look, currency="EUR", at_least=20)
    target = _account(look, currency="EUR", other_than=source.id)
    most = min(source.row["balance"], 900)
    return {
        "from_account_id": source,
        "to_account_id": target,
        "amount": look.amount(5, most),
        "note": look.choose(NOTES),
    }


def find_payee(look: Look) -> Arguments:
    return {"name": look.choose(_payees(look))["name"]}


def add_payee(look: Look) -> Arguments:
    saved = {row["iban"] for row in _payees(look)}
    name = look.choose(_payees(look))["name"].split()[0]
    iban = look.choose(iban for iban in NEW_IBANS if iban not in saved)
    return {"name": f"{name} {look.choose(['Storage', 'Catering', 'Plumbing', 'Tuition', 'Yoga'])}", "iban": iban}


def remove_payee(look: Look) -> Arguments:
    planned = {row["payee_id"] for row in look("list_scheduled_payments")["payments"]}
    return {"payee_id": _payee(look, without=planned)}


def issue_payment_token(look: Look) -> Arguments:
    return {"pin": pin_of(look.seed)}


def pay_payee(look: Look) -> Arguments:
    account = _account(look, kind="checking", at_least=20)
    amount = look.amount(5, min(account.row["balance"], 400))
    return {
        "account_id": account,
        "payee_id": _payee(look),
        "amount": amount,
        "token": _token(look),
        "note": look.choose(NOTES),
    }


def schedule_payment(look: Look) -> Arguments:
    when = date.fromisoformat(_newest_day(look)) + timedelta(days=look.rng.randrange(40, 160))
    return {
        "account_id": _account(look, kind="checking"),
        "payee_id": _payee(look),
        "amount": look.amount(5, 700),
        "date": when.isoformat(),
        "every": look.choose(["once", "weekly", "monthly"]),
    }


def list_scheduled_payments(look: Look) -> Arguments:
    planned = {row["payee_id"] for row in look("list_scheduled_payments")["payments"]}
    return {"payee_id": _payee(look, among=planned)} if look.chance(0.6) else {}


def cancel_scheduled_payment(look: Look) -> Arguments:
    return {"payment_id": _payment(look)}


def search_transactions(look: Look) -> Arguments:
    row = look.choose(look("search_transactions", limit=50)["transactions"])
    if row["category"] == "transfer":
        raise NothingToAsk
    since = date.fromisoformat(row["date"]) - timedelta(days=look.rng.randrange(5, 60))
    return {"merchant": row["merchant"], "category": row["category"], "after": since.isoformat()}


def dispute_transaction(look: Look) -> Arguments:
    reasons = ["not_recognised", "wrong_amount", "not_received", "duplicate"]
    return {"transaction_id": _card_payment(look), "reason": look.choose(reasons)}


def list_cards(look: Look) -> Arguments:
    return {"account_id": _account(look)} if look.chance(0.5) else {}


def freeze_card(look: Look) -> Arguments:
    return {"card_id": _card(look, "active")}


def unfreeze_card(look: Look) -> Arguments:
    return {"card_id": _card(look, "frozen"), "pin": pin_of(look.seed)}


def set_card_limit(look: Look) -> Arguments:
    limit = float(look.choose([300, 400, 600, 750, 1000, 1500, 2500, 3000]))
    return {"card_id": _card(look, "active"), "monthly_limit": limit, "token": _token(look)}


def _account(
    look: Look,
    kind: str | None = None,
    currency: str | None = None,
    at_least: float = -1e9,
    other_than: str | None = None,
) -> Reference:
    """One of the customer's accounts, by its name; found by listing the accounts of its kind."""

    def fits(row: Arguments) -> bool:
        return (
            kind in (None, row["kind"])
            and currency in (None, row["currency"])
            and row["balance"] >= at_least
            and row["account_id"] != other_than
        )

    known = look.recall("account")
    if known and fits(known.row):
        return known
    row = look.choose(row for row in look("list_accounts")["accounts"] if fits(row))
    if look.chance(0.3):
        return Reference("account", row["account_id"], (f"account {row['account_id']}", row["account_id"]), row=row)
    name, sort = row["name"], row["kind"]
    says = (f"the {name} {sort} account", f"my {sort} account {name}", f"{name} ({sort})")
    path = (Lookup("list_accounts", {"kind": sort}),)
    return Reference("account", row["account_id"], says, path, "account_id", row)


def _payees(look: Look) -> list[Arguments]:
    return look("find_payee", name=look.choose("aeiou"))["payees"]


def _payee(look: Look, without: set[str] | frozenset[str] = frozenset(), among: set[str] | None = None) -> Reference:
    """A saved payee, by full name; found by searching that name."""
    known = look.recall("payee")
    if known and known.id not in without and (among is None or known.id in among):
        return known
    if among is not None:
        planned = look("list_scheduled_payments")["payments"]
        row = look.choose({"payee_id": row["payee_id"], "name": row["payee"]} for row in planned)
    else:
        row = look.choose(row for row in _payees(look) if row["payee_id"] not in without)
    if look.chance(0.25):
        return Reference("payee", row["payee_id"], (f"payee {row['payee_id']}", row["payee_id"]), row=row)
    path = (Lookup("find_payee", {"name": row["name"]}),)
    return Reference("payee", row["payee_id"], (row["name"],), path, "payee_id", row)


def _payment(look: Look) -> Reference:
    """A planned payment: by number, or by whom it goes to (found payee, then their payments)."""
    if known := look.recall("payment"):
        return known
    row = look.choose(look("list_scheduled_payments")["payments"])
    if look.chance(0.4):
        says = (f"scheduled payment {row['payment_id']}", f"payment {row['payment_id']}")
        return Reference("payment", row["payment_id"], says, row=row)
    path = (
        Lookup("find_payee", {"name": row["payee"]}),
        Lookup("list_scheduled_payments", {"payee_id": row["payee_id"]}),
    )
    says = (f"the scheduled payment to {row['payee']}", f"my planned payment to {row['payee']}")
    return Reference("payment", row["payment_id"], says, path, "payment_id", row)


def _card(look: Look, status: str) -> Reference:
    """A card: by number, or by its account (found among all cards by the last four digits)."""
    known = look.recall("card")
    if known and known.row.get("status") == status:
        return known
    row = look.choose(row for row in look("list_cards")["cards"] if row["status"] == status)
    if look.chance(0.4):
        return Reference("card", row["card_id"], (f"card {row['card_id']}", row["card_id"]), row=row)
    says = (f"my {row['label']} card ending {row['last4']}", f"the card ending {row['last4']}")
    return Reference("card", row["card_id"], says, (Lookup("list_cards", {}),), "card_id", row)


def _card_payment(look: Look) -> Reference:
    """A recent card payment: by number, or as the latest at a merchant."""
    today = _newest_day(look)
    since = (date.fromisoformat(today) - timedelta(days=60)).isoformat()
    rows = look("search_transactions", after=since, limit=50)["transactions"]
    row = look.choose(
        row for row in rows if row["amount"] < 0 and row["category"] != "transfer" and not row["disputed"]
    )
    if look.chance(0.4):
        says = (f"transaction {row['transaction_id']}", row["transaction_id"])
        return Reference("transaction", row["transaction_id"], says, row=row)
    newest = look("search_transactions", merchant=row["merchant"], limit=1)["transactions"][0]
    if newest["disputed"]:
        raise NothingToAsk
    says = (f"my latest payment at {row['merchant']}", f"the last {row['merchant']} charge")
    path = (Lookup("search_transactions", {"merchant": row["merchant"]}),)
    return Reference("transaction", newest["transaction_id"], says, path, "transaction_id", newest)


def _token(look: Look) -> Reference:
    """A payment token: the customer gives the PIN, the model exchanges it."""
    pin = pin_of(look.seed)
    return Reference("token", None, (pin,), (Lookup("issue_payment_token", {"pin": pin}),), "token")


def _newest_day(look: Look) -> str:
    return look("search_transactions", limit=1)["transactions"][0]["date"]
