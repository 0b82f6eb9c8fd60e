"""One merchant's payments from a seed: a catalogue, customers, ten months of invoices, and money that adds up."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from servers.names import CITIES, LAST, first_new_ids, ids, people
from servers.payments.ledger import (
    arrival,
    cents,
    charge_entries,
    charge_fee,
    payout_entries,
    payout_fee,
    refund_entries,
)
from servers.payments.material import COMPANY_KINDS, EXTRAS, MAIL_HOSTS, SHOPS, SYSTEMS
from servers.payments.records import (
    Charge,
    Customer,
    EventKind,
    Invoice,
    LedgerEntry,
    Line,
    Merchant,
    Payout,
    Product,
    Reason,
    Refund,
    Webhook,
    WebhookEvent,
)
from servers.state import Base, later

PRODUCTS = 18
PEOPLE, COMPANIES = 56, 12
INVOICES = 250
DAYS_BACK = 300
PAYOUT_EVERY = 11
EVENT_DAYS = 45
REASONS: list[Reason] = ["requested", "requested", "damaged", "not_delivered", "duplicate", "fraudulent"]
Happening = tuple[str, EventKind, str]


@dataclass
class Money:
    """Charges, refunds and payouts with their ledger, booked in order of time."""

    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    ledger: list[LedgerEntry] = field(default_factory=list)
    balance: float = 0.0

    def post(self, entries: list[LedgerEntry]) -> None:
        self.ledger += entries
        self.balance = cents(self.balance + sum(row.amount for row in entries if row.book == "merchant"))

    def settled(self, at: str) -> float:
        """What was available then."""
        since = later(at, days=-2)
        return cents(self.balance - sum(row.amount - row.fee for row in self.charges[-30:] if row.at > since))


def generate(seed: int) -> Base:
    """The merchant of this seed: 68 customers, 250 invoices, some 700 ledger entries and 350 webhook events."""
    rng = random.Random(f"payments:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 20):02d}:{rng.randrange(60):02d}"
    merchant, products = _merchant(rng)
    customers = _customers(rng, today)
    invoices = _invoices(rng, today, customers, products)
    money = _money(rng, now, invoices, {row.billing_customer_id: row.card_last4 for row in customers})
    webhooks = _webhooks(rng, now, merchant)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "IVC", "CHG", "RFN", "PYO", "WEV"),
        merchants=[merchant],
        products=products,
        customers=customers,
        invoices=invoices,
        charges=money.charges,
        refunds=money.refunds,
        payouts=money.payouts,
        ledger=money.ledger,
        webhooks=webhooks,
        webhook_events=_events(rng, now, webhooks, invoices, money),
    )


def _merchant(rng: random.Random) -> tuple[Merchant, list[Product]]:
    shop = rng.choice(SHOPS)
    name = f"{rng.choice(shop.first)} {rng.choice(shop.second)}"
    if rng.random() < 0.4:
        name = f"{name} {rng.choice(CITIES)}"
    made = rng.sample([f"{make} {thing}" for make in shop.makes for thing in shop.things], PRODUCTS - 2)
    products = [Product(thing, _price(shop.low + (shop.high - shop.low) * rng.random() ** 2)) for thing in made]
    products += [Product(thing, _price(rng.uniform(4, 25))) for thing in rng.sample(EXTRAS, 2)]
    return Merchant(ids(rng, "MCH", 1)[0], name, _last4(rng)), products


def _customers(rng: random.Random, today: date) -> list[Customer]:
    """People and a few companies; most have a card that works, some have none, an expired or a blocked one."""
    names = people(rng, PEOPLE)
    companies = [f"{rng.choice(LAST)} {kind}" for kind in rng.choices(COMPANY_KINDS, k=COMPANIES)]
    names += [name for name in dict.fromkeys(companies) if name not in names]
    rows = []
    for number, name in zip(ids(rng, "BLC", len(names)), names, strict=True):
        email = f"{'.'.join(name.lower().replace('ó', 'o').split())}@{rng.choice(MAIL_HOSTS)}"
        state = rng.choices(["valid", "none", "expired", "blocked"], [78, 6, 10, 6])[0]
        months = -rng.randrange(1, 9) if state == "expired" else rng.randrange(2, 44)
        expires = (today + timedelta(days=31 * months)).isoformat()[:7]
        last4 = "" if state == "none" else _last4(rng)
        rows.append(Customer(number, name, email, last4, expires if last4 else "", state == "blocked"))
    return rows


def _invoices(rng: random.Random, today: date, customers: list[Customer], products: list[Product]) -> list[Invoice]:
    """Everybody has one at least; regulars have many. In order of issue."""
    regulars = rng.sample(customers, 18)
    more = [rng.choice(regulars if rng.random() < 0.6 else customers) for _ in range(INVOICES - len(customers))]
    days = sorted((int(DAYS_BACK * rng.random() ** 1.4) for _ in range(INVOICES)), reverse=True)
    buyers = rng.sample([*customers, *more], INVOICES)
    rows = []
    for number, buyer, back in zip(ids(rng, "IVC", INVOICES), buyers, days, strict=True):
        lines = _lines(rng, products)
        issued = today - timedelta(days=back)
        due = issued + timedelta(days=rng.choice([7, 14, 14, 14, 30, 30]))
        total = cents(sum(line.quantity * line.price for line in lines))
        void = back > 3 and rng.random() < 0.04
        rows.append(Invoice(number, buyer.billing_customer_id, lines, total, issued.isoformat(), due.isoformat(), void))
    return rows


def _lines(rng: random.Random, products: list[Product]) -> tuple[Line, ...]:
    chosen = rng.sample(products, rng.choice([1, 1, 1, 2, 2, 3, 4]))
    return tuple(Line(product.name, rng.choice([1, 1, 1, 2, 2, 3, 6]), product.price) for product in chosen)


def _money(rng: random.Random, now: str, invoices: list[Invoice], cards: dict[str, str]) -> Money:
    """Charges of most invoices, refunds of some and a payout every eleven days, each booked when it was."""
    charge_numbers, refund_numbers = iter(ids(rng, "CHG", INVOICES)), iter(ids(rng, "RFN", INVOICES))
    payout_numbers = iter(ids(rng, "PYO", 40))
    money = Money()
    for at, what, invoice in sorted(_agenda(rng, now, invoices), key=lambda row: row[:2]):
        if what == "charge":
            fee, card = charge_fee(invoice.total), cards[invoice.billing_customer_id] or _last4(rng)
            charge = Charge(next(charge_numbers), invoice.invoice_id, invoice.total, fee, card, at)
            money.charges.append(charge)
            money.post(charge_entries(charge))
        elif what == "refund":
            _refund(rng, money, next(refund_numbers), invoice, at)
        else:
            _pay_out(rng, money, next(payout_numbers), at)
    return money


def _agenda(rng: random.Random, now: str, invoices: list[Invoice]) -> list[tuple[str, str, Invoice]]:
    """When what is to happen: "charge" an invoice, "refund" it, "payout" (of no invoice in particular)."""
    days = range(5 + rng.randrange(4), DAYS_BACK - 20, PAYOUT_EVERY)
    agenda = [(f"{later(now, days=-day)[:10]}T07:00", "payout", invoices[0]) for day in days]
    for invoice in invoices:
        wait = int(rng.expovariate(1 / 5)) + rng.randrange(2)
        at = f"{later(f'{invoice.issued}T00:00', days=wait)[:10]}T{rng.randrange(8, 21):02d}:{rng.randrange(60):02d}"
        if invoice.void or at >= now or rng.random() < 0.13:
            continue
        agenda.append((at, "charge", invoice))
        if rng.random() < 0.13:
            back = later(at, minutes=rng.randrange(300, 20_000))
            agenda += [(back, "refund", invoice)] if back < now else []
    return agenda


def _refund(rng: random.Random, money: Money, number: str, invoice: Invoice, at: str) -> None:
    """All of it or a part, unless the merchant's money was not enough then."""
    amount = invoice.total if rng.random() < 0.45 else cents(invoice.total * rng.choice([0.1, 0.25, 0.5, 0.75]))
    if amount <= money.settled(at):
        money.refunds.append(Refund(number, invoice.invoice_id, amount, rng.choice(REASONS), at))
        money.post(refund_entries(money.refunds[-1]))


def _pay_out(rng: random.Random, money: Money, number: str, at: str) -> None:
    """Most of what is there, often a round sum."""
    amount = money.settled(at) * rng.uniform(0.55, 0.9)
    amount = float(int(amount / 10) * 10) if rng.random() < 0.5 else cents(amount)
    if amount >= 20:
        speed = "instant" if amount <= 2_000 and rng.random() < 0.25 else "standard"
        payout = Payout(number, amount, payout_fee(amount, speed), speed, at, arrival(at, speed))
        money.payouts.append(payout)
        money.post(payout_entries(payout))


def _webhooks(rng: random.Random, now: str, merchant: Merchant) -> list[Webhook]:
    """Four to six systems; one is disabled, one often answers with errors for some hours to come."""
    host = "".join(mark for mark in merchant.name.lower() if mark.isalpha() and mark.isascii())
    names = rng.sample(list(SYSTEMS), rng.randrange(4, 7))
    rows = []
    for number, name in zip(ids(rng, "WHK", len(names)), names, strict=True):
        url = f"https://{host}.example/hooks/{name.lower().replace(' ', '-')}"
        rows.append(Webhook(number, name, url, tuple(SYSTEMS[name]), True))
    rows[0] = replace(rows[0], enabled=False)
    if rng.random() < 0.6:
        rows[1] = replace(rows[1], down_until=later(now, minutes=rng.randrange(90, 900)))
    return rows


def _events(
    rng: random.Random, now: str, webhooks: list[Webhook], invoices: list[Invoice], money: Money
) -> list[WebhookEvent]:
    """What was sent in the last weeks; about one in seven failed."""
    since = later(now, days=-EVENT_DAYS)
    happenings: list[Happening] = [(f"{row.issued}T07:30", "invoice_created", row.invoice_id) for row in invoices]
    happenings += [(row.at, "invoice_paid", row.invoice_id) for row in money.charges]
    happenings += [(row.at, "refund_issued", row.invoice_id) for row in money.refunds]
    happenings += [(row.at, "payout_created", row.payout_id) for row in money.payouts]
    sent = [
        (at, kind, about, webhook)
        for at, kind, about in sorted(happenings)
        for webhook in webhooks
        if since <= at < now and kind in webhook.kinds
    ]
    return [
        WebhookEvent(number, webhook.webhook_id, kind, about, *_attempts(rng), at)
        for number, (at, kind, about, webhook) in zip(ids(rng, "WEV", len(sent)), sent, strict=True)
    ]


def _attempts(rng: random.Random) -> tuple[int, int]:
    """How often an event was sent and how the endpoint answered last."""
    if rng.random() < 0.86:
        return rng.choice([1, 1, 1, 1, 2, 3]), 200
    return rng.choice([3, 4, 5, 5, 6, 8]), rng.choice([500, 502, 503, 404, 408])


def _last4(rng: random.Random) -> str:
    return f"{rng.randrange(10_000):04d}"


def _price(amount: float) -> float:
    """A shop price: it ends in .00, .50 or .90."""
    return round(int(amount) + (0.0, 0.5, 0.9)[int(amount * 100) % 3], 2)
