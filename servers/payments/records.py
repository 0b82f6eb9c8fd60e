"""The tables of the payment platform, and the types its tools take and give. All money is in euros."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

CustomerId = Annotated[str, msgspec.Meta(description="billing customer, e.g. BLC-30417", max_length=20)]
InvoiceId = Annotated[str, msgspec.Meta(description="invoice, e.g. IVC-48213", max_length=20)]
EventId = Annotated[str, msgspec.Meta(description="webhook event, e.g. WEV-20931", max_length=20)]
Amount = Annotated[float, msgspec.Meta(description="amount in euros, e.g. 45.50", gt=0, le=1_000_000)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
InvoiceStatus = Literal["open", "overdue", "paid", "partly_refunded", "refunded", "void"]
CardStatus = Literal["valid", "expired", "blocked", "none"]
Reason = Literal["requested", "damaged", "not_delivered", "duplicate", "fraudulent"]
Speed = Literal["standard", "instant"]
EventKind = Literal["invoice_created", "invoice_paid", "refund_issued", "payout_created"]
EventStatus = Literal["delivered", "failed"]
EndpointStatus = Literal["up", "down", "disabled"]
Book = Literal["customers", "merchant", "fees", "bank"]


class Merchant(Row, frozen=True):
    merchant_id: str
    name: str
    bank_last4: str


class Product(Row, frozen=True):
    name: str
    price: float


class Customer(Row, frozen=True):
    billing_customer_id: str
    name: str
    email: str
    card_last4: str = ""
    """Empty if no card is on file."""
    card_expires: str = ""
    """Last month in which it works, "2026-03"."""
    card_blocked: bool = False


class Line(Row, frozen=True):
    product: str
    quantity: int
    price: float
    """Of one piece."""


class Invoice(Row, frozen=True):
    invoice_id: str
    billing_customer_id: str
    lines: tuple[Line, ...]
    total: float
    issued: str
    due: str
    void: bool = False


class Charge(Row, frozen=True):
    charge_id: str
    invoice_id: str
    amount: float
    fee: float
    card_last4: str
    at: str


class Refund(Row, frozen=True):
    refund_id: str
    invoice_id: str
    amount: float
    reason: Reason
    at: str


class Payout(Row, frozen=True):
    payout_id: str
    amount: float
    fee: float
    speed: Speed
    at: str
    arrives: str


class LedgerEntry(Row, frozen=True):
    """One side of a movement; the entries of each source add up to zero."""

    entry_id: str
    """The source and the book: "CHG-48213/fees"."""
    source_id: str
    book: Book
    amount: float
    at: str


class Webhook(Row, frozen=True):
    webhook_id: str
    name: str
    url: str
    kinds: tuple[EventKind, ...]
    enabled: bool
    down_until: str = ""
    """The endpoint answers with errors until then."""


class WebhookEvent(Row, frozen=True):
    webhook_event_id: str
    webhook_id: str
    kind: EventKind
    about: str
    """The invoice or payout it tells of."""
    attempts: int
    response_code: int
    """Of the last attempt; 2xx is delivered."""
    at: str


class Payments(State):
    merchants: Table[Merchant]
    products: Table[Product]
    customers: Table[Customer]
    invoices: Table[Invoice]
    charges: Table[Charge]
    refunds: Table[Refund]
    payouts: Table[Payout]
    ledger: Table[LedgerEntry]
    webhooks: Table[Webhook]
    webhook_events: Table[WebhookEvent]


class CustomerRow(msgspec.Struct, frozen=True):
    billing_customer_id: str
    name: str
    email: str
    card_last4: str
    card_status: CardStatus
    owes: float
    """What the open and overdue invoices come to."""


class Customers(msgspec.Struct, frozen=True):
    customers: list[CustomerRow]
    total: int
    """How many match, of which the first by name are shown."""


class InvoiceRow(msgspec.Struct, frozen=True):
    invoice_id: str
    customer: str
    total: float
    status: InvoiceStatus
    issued: str
    due: str


class Invoices(msgspec.Struct, frozen=True):
    invoices: list[InvoiceRow]
    total: int
    """How many match, of which the newest are shown."""
    amount: float
    """What all that match come to."""


class ChargeRow(msgspec.Struct, frozen=True):
    charge_id: str
    amount: float
    card_last4: str
    at: str


class RefundRow(msgspec.Struct, frozen=True):
    refund_id: str
    amount: float
    reason: Reason
    at: str


class InvoiceDetails(msgspec.Struct, frozen=True):
    invoice_id: str
    billing_customer_id: str
    customer: str
    lines: list[Line]
    total: float
    status: InvoiceStatus
    issued: str
    due: str
    charge: ChargeRow | None
    refunds: list[RefundRow]


class Charged(msgspec.Struct, frozen=True):
    charge_id: str
    invoice_id: str
    customer: str
    amount: float
    fee: float
    settles: str
    """When the amount less the fee becomes available."""


class Refunded(msgspec.Struct, frozen=True):
    refund_id: str
    invoice_id: str
    customer: str
    amount: float
    left: float
    """What could still be refunded."""
    status: InvoiceStatus


class PayoutRow(msgspec.Struct, frozen=True):
    payout_id: str
    amount: float
    fee: float
    speed: Speed
    status: Literal["in_transit", "paid"]
    created: str
    arrives: str


class MerchantBalance(msgspec.Struct, frozen=True):
    merchant: str
    as_of: str
    available: float
    pending: float
    """Charged in the last two days, not yet available."""
    owed: float
    """Open and overdue invoices."""
    charged: float
    """All time, as are refunds, fees and payouts."""
    refunded: float
    fees: float
    paid_out: float
    latest_payouts: list[PayoutRow]


class PaidOut(msgspec.Struct, frozen=True):
    payout_id: str
    amount: float
    fee: float
    bank_last4: str
    arrives: str
    available: float
    """Afterwards."""


class EventRow(msgspec.Struct, frozen=True):
    webhook_event_id: str
    webhook: str
    endpoint: EndpointStatus
    """How the endpoint is now."""
    kind: EventKind
    about: str
    status: EventStatus
    attempts: int
    response_code: int
    at: str


class Events(msgspec.Struct, frozen=True):
    webhook_events: list[EventRow]
    total: int
    """How many match, of which the newest are shown."""


class Resent(msgspec.Struct, frozen=True):
    webhook_event_id: str
    webhook: str
    status: EventStatus
    attempts: int
    response_code: int
