"""What a merchant would ask of the payment platform now: one function per tool, drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
STATUSES = ["open", "overdue", "paid", "paid", "partly_refunded", "refunded", "void"]
REASONS = ["requested", "damaged", "not_delivered", "duplicate", "fraudulent"]
KINDS = ["invoice_created", "invoice_paid", "refund_issued", "payout_created"]
REFUND_DAYS, MOST_INSTANT, PAYOUTS_A_DAY, MOST_ATTEMPTS = 120, 2_000, 3, 8


def find_billing_customer(look: Look) -> Arguments:
    row = look.choose(_customers(look))
    if look.chance(0.2):
        return {"name": row["name"].split()[-1], "limit": look.choose([2, 3])}
    return {"name": row["email"] if look.chance(0.25) else row["name"]}


def search_invoices(look: Look) -> Arguments:
    today = date.fromisoformat(look("get_merchant_balance")["as_of"][:10])
    days = look.rng.randrange(20, 200)
    since, until = (today - timedelta(days=days)).isoformat(), (today - timedelta(days=days // 4)).isoformat()
    if look.recall("billing_customer") or look.chance(0.4):
        return {"billing_customer_id": _customer(look), "after": since, "limit": look.choose([2, 3])}
    if look.chance(0.5):
        return {"product": look.choose(_products(look)), "after": since, "before": until}
    return {"status": look.choose(STATUSES), "after": since, "before": until, "limit": look.choose([2, 3])}


def get_invoice(look: Look) -> Arguments:
    return {"invoice_id": _invoice(look, look.choose(STATUSES), lambda invoice: True)}


def create_invoice(look: Look) -> Arguments:
    names = [look.choose(_products(look)) for _ in range(look.choose([1, 1, 2, 2, 3]))]
    return {
        "billing_customer_id": _customer(look),
        "products": list(dict.fromkeys(names)),
        "due_in_days": look.choose([7, 10, 21, 30, 45]),
    }


def charge_invoice(look: Look) -> Arguments:
    return {"invoice_id": _invoice(look, look.choose(["open", "overdue"]), lambda invoice: _can_pay(look, invoice))}


def refund_invoice(look: Look) -> Arguments:
    """Said without an amount it means all that is left, so the balance must cover that."""
    balance = look("get_merchant_balance")
    since = (date.fromisoformat(balance["as_of"][:10]) - timedelta(days=REFUND_DAYS - 1)).isoformat()

    def fits(invoice: Arguments) -> bool:
        charge = invoice["charge"]
        return bool(charge) and charge["at"] > since and 2 <= _left(invoice) <= balance["available"]

    invoice = _invoice(look, look.choose(["paid", "paid", "partly_refunded"]), fits)
    left = _left(look("get_invoice", invoice_id=invoice.id))
    arguments = {"invoice_id": invoice, "reason": look.choose(REASONS)}
    return arguments if look.chance(0.4) else arguments | {"amount": look.amount(1, left - 0.01)}


def get_merchant_balance(look: Look) -> Arguments:
    return {}


def create_payout(look: Look) -> Arguments:
    balance = look("get_merchant_balance")
    today = [row for row in balance["latest_payouts"] if row["created"][:10] == balance["as_of"][:10]]
    if len(today) >= PAYOUTS_A_DAY:
        raise NothingToAsk
    most = min(balance["available"], MOST_INSTANT)
    return {"amount": look.amount(10, most), "speed": look.choose(["standard", "instant"])}


def list_webhook_events(look: Look) -> Arguments:
    if payout := look.recall("payout"):
        return {"about": payout}
    if look.recall("invoice") or look.chance(0.2):
        return {"about": _invoice(look, look.choose(STATUSES), lambda invoice: True)}
    status = look.choose(["delivered", "failed", "failed"])
    if look.chance(0.3):
        return {"kind": look.choose(KINDS), "status": status}
    rows = look("list_webhook_events", status=status, limit=50)["webhook_events"]
    row = look.choose([row for row in rows if row["endpoint"] != "disabled"] or rows)
    return {"webhook": row["webhook"], "status": status, "limit": look.choose([2, 3])}


def resend_webhook_event(look: Look) -> Arguments:
    return {"webhook_event_id": _failed_event(look)}


def _customers(look: Look) -> list[Arguments]:
    return look("find_billing_customer", name=look.choose("aeiou"), limit=50)["customers"]


def _products(look: Look) -> list[str]:
    """What was sold on one of the latest invoices."""
    row = look.choose(look("search_invoices", limit=50)["invoices"])
    return [line["product"] for line in look("get_invoice", invoice_id=row["invoice_id"])["lines"]]


def _customer(look: Look) -> Reference:
    """A billing customer: by id, by e-mail, or by name."""
    known = look.recall("billing_customer")
    if known and known.id:
        return known
    row = look.choose(_customers(look))
    number = row["billing_customer_id"]
    if look.chance(0.1):
        return Reference("billing_customer", number, (f"customer {number}", number), row=row)
    text = row["email"] if look.chance(0.25) else row["name"]
    path = (Lookup("find_billing_customer", {"name": text}),)
    return Reference("billing_customer", number, (text,), path, "billing_customer_id", row)


def _invoice(look: Look, status: str, fits: Callable[[Arguments], bool]) -> Reference:
    """An invoice that fits: as before, by number, by date and product, or by its customer (two lookups)."""
    known = look.recall("invoice")
    if known and fits(look("get_invoice", invoice_id=known.id)):
        return known
    rows = look("search_invoices", status=status, limit=50)["invoices"]
    row = look.choose(row for row in rows if fits(look("get_invoice", invoice_id=row["invoice_id"])))
    if look.chance(0.1):
        number = row["invoice_id"]
        return Reference("invoice", number, (f"invoice {number}", number), row=row)
    naming = _by_product if look.chance(0.3) else _by_customer
    return naming(look, row) or Reference("invoice", row["invoice_id"], (f"invoice {row['invoice_id']}",), row=row)


def _by_product(look: Look, row: Arguments) -> Reference | None:
    """The only invoice of a day with some product on it."""
    number, issued = row["invoice_id"], row["issued"]
    product = look.choose(look("get_invoice", invoice_id=number)["lines"])["product"]
    wanted = {"product": product, "after": issued, "before": issued}
    if look("search_invoices", **wanted)["total"] > 1:
        return None
    says = (f"the invoice of {issued} with {product} on it", f"the {product} invoice from {issued}")
    return Reference("invoice", number, says, (Lookup("search_invoices", wanted),), "invoice_id", row)


def _by_customer(look: Look, row: Arguments) -> Reference | None:
    """The only invoice of a customer with that status, or the latest one."""
    number, name, status = row["invoice_id"], row["customer"], row["status"]
    buyer = look("get_invoice", invoice_id=number)["billing_customer_id"]
    wanted = {"billing_customer_id": buyer, "status": status}
    found = look("search_invoices", **wanted)["invoices"]
    words = status.replace("_", " ")
    if len(found) == 1:
        says = (f"the {words} invoice of {name}", f"{name}'s {words} invoice")
    elif found[0]["invoice_id"] == number and found[1]["issued"] < found[0]["issued"]:
        says = (f"the latest {words} invoice of {name}", f"{name}'s most recent {words} invoice")
    else:
        return None
    path = (Lookup("find_billing_customer", {"name": name}), Lookup("search_invoices", wanted))
    return Reference("invoice", number, says, path, "invoice_id", row)


def _failed_event(look: Look) -> Reference:
    """A failed event that may be sent again: by number, by what it tells of, or as its webhook's latest of a kind."""
    rows = look("list_webhook_events", status="failed", limit=50)["webhook_events"]
    fitting = {
        row["webhook_event_id"]: row
        for row in rows
        if row["endpoint"] != "disabled" and row["attempts"] < MOST_ATTEMPTS
    }
    known = look.recall("webhook_event")
    if known and known.id in fitting:
        return known
    row = look.choose(fitting.values())
    number = row["webhook_event_id"]
    naming = look.choose([_about_invoice, _about_id, _as_latest, None])
    named = naming(look, row) if naming else None
    return named or Reference("webhook_event", number, (f"event {number}", f"webhook event {number}"), row=row)


def _about_invoice(look: Look, row: Arguments) -> Reference | None:
    """By the invoice of some customer (three lookups)."""
    invoice = look("get_invoice", invoice_id=row["about"])
    named = invoice and _by_customer(look, invoice)
    return _about(look, row, named.says, named.path) if named else None


def _about_id(look: Look, row: Arguments) -> Reference | None:
    return _about(look, row, (row["about"],), ())


def _about(look: Look, row: Arguments, says: tuple[str, ...], path: tuple[Lookup, ...]) -> Reference | None:
    """By webhook and what it tells of, if that is one failed event only."""
    wanted = {"webhook": row["webhook"], "about": row["about"], "status": "failed"}
    if look("list_webhook_events", **wanted)["total"] > 1:
        return None
    said = tuple(f"the failed {row['webhook']} event about {text}" for text in says)
    path = (*path, Lookup("list_webhook_events", wanted))
    return Reference("webhook_event", row["webhook_event_id"], said, path, "webhook_event_id", row)


def _as_latest(look: Look, row: Arguments) -> Reference | None:
    wanted = {"webhook": row["webhook"], "kind": row["kind"], "status": "failed"}
    first, *others = look("list_webhook_events", **wanted)["webhook_events"]
    if first != row or (others and others[0]["at"] == first["at"]):
        return None
    words = row["kind"].replace("_", " ")
    says = (f"the latest failed {words} event for {row['webhook']}", f"{row['webhook']}'s last failed {words} event")
    path = (Lookup("list_webhook_events", wanted),)
    return Reference("webhook_event", row["webhook_event_id"], says, path, "webhook_event_id", row)


def _can_pay(look: Look, invoice: Arguments) -> bool:
    if invoice["status"] not in ("open", "overdue"):
        return False
    found = look("find_billing_customer", name=invoice["customer"])["customers"]
    buyer = invoice["billing_customer_id"]
    return any(row["billing_customer_id"] == buyer and row["card_status"] == "valid" for row in found)


def _left(invoice: Arguments) -> float:
    return round(invoice["charge"]["amount"] - sum(row["amount"] for row in invoice["refunds"]), 2)
