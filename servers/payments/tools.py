"""What a merchant can do on the payment platform. Every tool: find, check, change, return; refusals change nothing."""

from __future__ import annotations

from collections import Counter
from datetime import date as calendar_date
from datetime import timedelta
from typing import Annotated, Literal

from msgspec import Meta

from servers.payments.delivery import announce, send_again
from servers.payments.ledger import (
    SETTLING_DAYS,
    arrival,
    available,
    balance_of,
    cents,
    charge_entries,
    charge_fee,
    payout_entries,
    payout_fee,
    pending,
    refund_entries,
)
from servers.payments.records import (
    Amount,
    Charge,
    Charged,
    ChargeRow,
    Customer,
    CustomerId,
    CustomerRow,
    Customers,
    Day,
    EventId,
    EventKind,
    EventRow,
    Events,
    EventStatus,
    Invoice,
    InvoiceDetails,
    InvoiceId,
    InvoiceRow,
    Invoices,
    InvoiceStatus,
    LedgerEntry,
    Line,
    MerchantBalance,
    PaidOut,
    Payments,
    Payout,
    PayoutRow,
    Product,
    Reason,
    Refund,
    Refunded,
    RefundRow,
    Resent,
    Speed,
    Webhook,
    WebhookEvent,
)
from servers.payments.rules import (
    card_status,
    charge_of,
    endpoint_status,
    event_status,
    is_unpaid,
    refunded,
    status_of,
)
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Name = Annotated[str, Meta(description="name or e-mail or part of it, e.g. Mira Holt", min_length=1, max_length=60)]
ProductName = Annotated[str, Meta(description="product name, e.g. Glazed Bowl", max_length=60)]
Products = Annotated[
    list[ProductName],
    Meta(
        description='one name for each piece, e.g. ["Glazed Bowl", "Glazed Bowl", "Tall Vase"]',
        min_length=1,
        max_length=12,
    ),
]
DueDays = Annotated[int, Meta(description="days until it is due, e.g. 30", ge=1, le=90)]
About = Annotated[str, Meta(description="invoice or payout it tells of, e.g. IVC-48213", max_length=20)]

REFUND_DAYS = 120
LEAST_PAYOUT = 10.0
MOST_INSTANT = 2_000.0
PAYOUTS_A_DAY = 3
MOST_ATTEMPTS = 8
PAYOUTS_SHOWN = 3


@reads
def find_billing_customer(app: Payments, name: Name, limit: Limit = 5) -> Customers:
    """Find customers whose name or e-mail contains the text, with their card and what they owe, e.g. name="Holt"."""
    wanted = name.casefold()
    found = [row for row in app.customers if wanted in row.name.casefold() or wanted in row.email]
    ordered = sorted(found, key=lambda row: (row.name, row.billing_customer_id))
    return Customers([_customer_row(app, row) for row in ordered[:limit]], len(ordered))


@reads
def search_invoices(
    app: Payments,
    billing_customer_id: CustomerId | None = None,
    status: Annotated[InvoiceStatus, Meta(description="how it stands, e.g. overdue")] | None = None,
    product: Annotated[str, Meta(description="product on it or part of its name", max_length=60)] | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 5,
) -> Invoices:
    """Search invoices by customer, status, product or date of issue (both included), newest first."""
    found = list(app.invoices)
    if billing_customer_id is not None:
        customer = _customer(app, billing_customer_id)
        found = app.invoices.where(billing_customer_id=customer.billing_customer_id)
    if status is not None:
        found = [row for row in found if status_of(app, row) == status]
    if product is not None:
        found = [row for row in found if any(product.casefold() in line.product.casefold() for line in row.lines)]
    if after is not None:
        found = [row for row in found if row.issued >= after.isoformat()]
    if before is not None:
        found = [row for row in found if row.issued <= before.isoformat()]
    newest = sorted(found, key=lambda row: (row.issued, row.invoice_id), reverse=True)
    amount = cents(sum(row.total for row in found))
    return Invoices([_invoice_row(app, row) for row in newest[:limit]], len(newest), amount)


@reads
def get_invoice(app: Payments, invoice_id: InvoiceId) -> InvoiceDetails:
    """Show one invoice with its line items, charge and refunds, e.g. invoice_id="IVC-48213"."""
    return _invoice_details(app, _invoice(app, invoice_id))


@writes
def create_invoice(
    app: Payments, billing_customer_id: CustomerId, products: Products, due_in_days: DueDays = 14
) -> InvoiceDetails:
    """Bill a customer for products of the catalogue at today's prices, e.g. products=["Tall Vase"], due_in_days=30."""
    customer = _customer(app, billing_customer_id)
    pieces = Counter(_product(app, name).name for name in products)
    lines = tuple(Line(name, count, app.products.find(name).price) for name, count in pieces.items())
    total = cents(sum(line.quantity * line.price for line in lines))
    due = (calendar_date.fromisoformat(app.today) + timedelta(days=due_in_days)).isoformat()
    invoice = app.invoices.add(Invoice(app.new_id("IVC"), customer.billing_customer_id, lines, total, app.today, due))
    announce(app, "invoice_created", invoice.invoice_id)
    return _invoice_details(app, invoice)


@writes
def charge_invoice(app: Payments, invoice_id: InvoiceId) -> Charged:
    """Charge an open or overdue invoice to the customer's card, which must be valid; available two days later."""
    invoice = _invoice(app, invoice_id)
    if not is_unpaid(app, invoice):
        raise ToolError(f"{invoice_id} is {status_of(app, invoice)}; only open or overdue invoices can be charged")
    customer = _customer(app, invoice.billing_customer_id)
    _check_card(app, customer)
    fee = charge_fee(invoice.total)
    charge = app.charges.add(Charge(app.new_id("CHG"), invoice_id, invoice.total, fee, customer.card_last4, app.now))
    _post(app, charge_entries(charge))
    announce(app, "invoice_paid", invoice_id)
    settles = later(app.now, days=SETTLING_DAYS)
    return Charged(charge.charge_id, invoice_id, customer.name, charge.amount, fee, settles)


@writes(destructive=True)
def refund_invoice(
    app: Payments,
    invoice_id: InvoiceId,
    amount: Amount | None = None,
    reason: Annotated[Reason, Meta(description="why, e.g. damaged")] = "requested",
) -> Refunded:
    """Refund all or part of an invoice charged in the last 120 days from the available balance, e.g. amount=20.50."""
    invoice = _invoice(app, invoice_id)
    charge = _check_refundable(app, invoice)
    left = cents(charge.amount - refunded(app, invoice_id))
    wanted = left if amount is None else amount
    _check_cents(wanted)
    if wanted > left:
        raise ToolError(f"{wanted:.2f} is more than the {left:.2f} left to refund of {invoice_id}")
    _check_available(app, wanted)
    refund = app.refunds.add(Refund(app.new_id("RFN"), invoice_id, wanted, reason, app.now))
    _post(app, refund_entries(refund))
    announce(app, "refund_issued", invoice_id)
    name = _customer(app, invoice.billing_customer_id).name
    return Refunded(refund.refund_id, invoice_id, name, wanted, cents(left - wanted), status_of(app, invoice))


@reads
def get_merchant_balance(app: Payments) -> MerchantBalance:
    """Show what is available to pay out, what is pending, totals of all time and the three latest payouts."""
    (merchant,) = app.merchants
    latest = sorted(app.payouts, key=lambda row: (row.at, row.payout_id), reverse=True)
    return MerchantBalance(
        merchant.name,
        app.now,
        available(app),
        pending(app),
        owed=cents(sum(row.total for row in app.invoices if is_unpaid(app, row))),
        charged=cents(sum(row.amount for row in app.charges)),
        refunded=cents(sum(row.amount for row in app.refunds)),
        fees=balance_of(app, "fees"),
        paid_out=cents(sum(row.amount for row in app.payouts)),
        latest_payouts=[_payout_row(app, row) for row in latest[:PAYOUTS_SHOWN]],
    )


@writes
def create_payout(
    app: Payments,
    amount: Amount,
    speed: Annotated[Speed, Meta(description="in two days for free, or instant for 1 %")] = "standard",
) -> PaidOut:
    """Pay available money out to the merchant's bank account, from 10.00, instantly up to 2000.00, e.g. amount=250."""
    _check_cents(amount)
    _check_payout(app, amount, speed)
    _check_available(app, amount)
    fee = payout_fee(amount, speed)
    payout = app.payouts.add(Payout(app.new_id("PYO"), amount, fee, speed, app.now, arrival(app.now, speed)))
    _post(app, payout_entries(payout))
    announce(app, "payout_created", payout.payout_id)
    (merchant,) = app.merchants
    return PaidOut(payout.payout_id, amount, fee, merchant.bank_last4, payout.arrives, available(app))


@reads
def list_webhook_events(
    app: Payments,
    webhook: Annotated[str, Meta(description="webhook name or part of it, e.g. Warehouse", max_length=60)]
    | None = None,
    kind: Annotated[EventKind, Meta(description="what happened, e.g. invoice_paid")] | None = None,
    status: Annotated[EventStatus, Meta(description="delivered or failed")] | None = None,
    about: About | None = None,
    limit: Limit = 4,
) -> Events:
    """List events sent to the merchant's webhooks, newest first, by webhook, kind, status or what they tell of."""
    found = list(app.webhook_events) if about is None else app.webhook_events.where(about=about)
    if webhook is not None:
        named = {row.webhook_id for row in app.webhooks if webhook.casefold() in row.name.casefold()}
        found = [row for row in found if row.webhook_id in named]
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    if status is not None:
        found = [row for row in found if event_status(row) == status]
    newest = sorted(found, key=lambda row: (row.at, row.webhook_event_id), reverse=True)
    return Events([_event_row(app, row) for row in newest[:limit]], len(newest))


@writes
def resend_webhook_event(app: Payments, webhook_event_id: EventId) -> Resent:
    """Send a failed event to its enabled webhook again, eight attempts at most, e.g. webhook_event_id="WEV-20931"."""
    event = _event(app, webhook_event_id)
    webhook = _webhook(app, event)
    if event_status(event) == "delivered":
        raise ToolError(f"{webhook_event_id} was delivered; only failed events are sent again")
    if not webhook.enabled:
        raise ToolError(f"webhook {webhook.name} is disabled; nothing is sent to it")
    if event.attempts >= MOST_ATTEMPTS:
        raise ToolError(f"{webhook_event_id} was given up after {event.attempts} attempts")
    sent = send_again(app, event, webhook)
    return Resent(webhook_event_id, webhook.name, event_status(sent), sent.attempts, sent.response_code)


def _customer(app: Payments, billing_customer_id: str) -> Customer:
    customer = app.customers.get(billing_customer_id)
    if customer is None:
        raise ToolError(f"no billing customer {billing_customer_id}")
    return customer


def _invoice(app: Payments, invoice_id: str) -> Invoice:
    invoice = app.invoices.get(invoice_id)
    if invoice is None:
        raise ToolError(f"no invoice {invoice_id}")
    return invoice


def _event(app: Payments, webhook_event_id: str) -> WebhookEvent:
    event = app.webhook_events.get(webhook_event_id)
    if event is None:
        raise ToolError(f"no webhook event {webhook_event_id}")
    return event


def _webhook(app: Payments, event: WebhookEvent) -> Webhook:
    return app.webhooks.find(event.webhook_id)


def _product(app: Payments, name: str) -> Product:
    """A product by its whole name, ignoring case; a wrong name is told what comes near it."""
    wanted = name.casefold().split()
    for product in app.products:
        if product.name.casefold().split() == wanted:
            return product
    near = [product.name for product in app.products if set(wanted) & set(product.name.casefold().split())]
    known = near or [product.name for product in app.products]
    raise ToolError(f"no product {name}; there is {', '.join(sorted(known)[:8])}")


def _check_card(app: Payments, customer: Customer) -> None:
    status = card_status(app, customer)
    if status == "none":
        raise ToolError(f"{customer.name} has no card on file")
    if status == "expired":
        raise ToolError(f"card {customer.card_last4} of {customer.name} was declined: expired {customer.card_expires}")
    if status == "blocked":
        raise ToolError(f"card {customer.card_last4} of {customer.name} was declined: blocked by its bank")


def _check_refundable(app: Payments, invoice: Invoice) -> Charge:
    """The charge of an invoice of which something can still be refunded."""
    status, charge = status_of(app, invoice), charge_of(app, invoice.invoice_id)
    if charge is None or status == "refunded":
        raise ToolError(f"{invoice.invoice_id} is {status}; there is nothing to refund")
    if charge.at < later(app.now, days=-REFUND_DAYS):
        raise ToolError(f"{invoice.invoice_id} was charged on {charge.at[:10]}, more than {REFUND_DAYS} days ago")
    return charge


def _check_cents(amount: float) -> None:
    if amount != cents(amount):
        raise ToolError(f"amount {amount} has more than two decimals")


def _check_available(app: Payments, amount: float) -> None:
    there = available(app)
    if amount > there:
        raise ToolError(f"the available balance is {there:.2f}, {pending(app):.2f} more is pending")


def _check_payout(app: Payments, amount: float, speed: Speed) -> None:
    if amount < LEAST_PAYOUT:
        raise ToolError(f"a payout is at least {LEAST_PAYOUT:.2f}")
    if speed == "instant" and amount > MOST_INSTANT:
        raise ToolError(f"an instant payout is at most {MOST_INSTANT:.2f}; a standard one may be more")
    if sum(row.at[:10] == app.today for row in app.payouts) >= PAYOUTS_A_DAY:
        raise ToolError(f"{PAYOUTS_A_DAY} payouts were already created today")


def _post(app: Payments, entries: list[LedgerEntry]) -> None:
    for entry in entries:
        app.ledger.add(entry)


def _customer_row(app: Payments, row: Customer) -> CustomerRow:
    bills = app.invoices.where(billing_customer_id=row.billing_customer_id)
    owes = cents(sum(bill.total for bill in bills if is_unpaid(app, bill)))
    return CustomerRow(row.billing_customer_id, row.name, row.email, row.card_last4, card_status(app, row), owes)


def _invoice_row(app: Payments, row: Invoice) -> InvoiceRow:
    name = _customer(app, row.billing_customer_id).name
    return InvoiceRow(row.invoice_id, name, row.total, status_of(app, row), row.issued, row.due)


def _invoice_details(app: Payments, row: Invoice) -> InvoiceDetails:
    charge = charge_of(app, row.invoice_id)
    return InvoiceDetails(
        row.invoice_id,
        row.billing_customer_id,
        _customer(app, row.billing_customer_id).name,
        list(row.lines),
        row.total,
        status_of(app, row),
        row.issued,
        row.due,
        ChargeRow(charge.charge_id, charge.amount, charge.card_last4, charge.at) if charge else None,
        [RefundRow(r.refund_id, r.amount, r.reason, r.at) for r in app.refunds.where(invoice_id=row.invoice_id)],
    )


def _payout_row(app: Payments, row: Payout) -> PayoutRow:
    status: Literal["in_transit", "paid"] = "paid" if row.arrives <= app.now else "in_transit"
    return PayoutRow(row.payout_id, row.amount, row.fee, row.speed, status, row.at, row.arrives)


def _event_row(app: Payments, row: WebhookEvent) -> EventRow:
    webhook = _webhook(app, row)
    return EventRow(
        row.webhook_event_id,
        webhook.name,
        endpoint_status(app, webhook),
        row.kind,
        row.about,
        event_status(row),
        row.attempts,
        row.response_code,
        row.at,
    )
