"""The double-entry ledger: every movement of money is a set of entries that add up to zero.

charge 100   customers -100 · merchant +98.35 · fees +1.65
refund  40   customers  +40 · merchant -40              (the fee is not given back)
payout  50   merchant   -50 · bank     +50              (instant: bank +49.50 · fees +0.50)
"""

from __future__ import annotations

from servers.payments.records import Book, Charge, LedgerEntry, Payments, Payout, Refund, Speed
from servers.state import later

SETTLING_DAYS = 2
STANDARD_DAYS = 2
INSTANT_MINUTES = 30


def cents(amount: float) -> float:
    return round(float(amount), 2)


def charge_fee(amount: float) -> float:
    return cents(0.014 * amount + 0.25)


def payout_fee(amount: float, speed: Speed) -> float:
    return max(0.5, cents(0.01 * amount)) if speed == "instant" else 0.0


def arrival(at: str, speed: Speed) -> str:
    return later(at, minutes=INSTANT_MINUTES) if speed == "instant" else later(at, days=STANDARD_DAYS)


def charge_entries(charge: Charge) -> list[LedgerEntry]:
    net = cents(charge.amount - charge.fee)
    books: dict[Book, float] = {"customers": -charge.amount, "merchant": net, "fees": charge.fee}
    return _entries(charge.charge_id, charge.at, books)


def refund_entries(refund: Refund) -> list[LedgerEntry]:
    return _entries(refund.refund_id, refund.at, {"customers": refund.amount, "merchant": -refund.amount})


def payout_entries(payout: Payout) -> list[LedgerEntry]:
    net = cents(payout.amount - payout.fee)
    books: dict[Book, float] = {"merchant": -payout.amount, "bank": net}
    return _entries(payout.payout_id, payout.at, books | ({"fees": payout.fee} if payout.fee else {}))


def balance_of(app: Payments, book: Book) -> float:
    return cents(sum(entry.amount for entry in app.ledger.where(book=book)))


def pending(app: Payments) -> float:
    """What was charged too recently to be paid out or refunded from."""
    since = later(app.now, days=-SETTLING_DAYS)
    return cents(sum(charge.amount - charge.fee for charge in app.charges if charge.at > since))


def available(app: Payments) -> float:
    return cents(balance_of(app, "merchant") - pending(app))


def _entries(source: str, at: str, books: dict[Book, float]) -> list[LedgerEntry]:
    return [LedgerEntry(f"{source}/{book}", source, book, amount, at) for book, amount in books.items()]
