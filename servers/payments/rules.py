"""Rules of the platform that only read: how an invoice stands, what a card is good for, how an endpoint answers.

open --due date passes--> overdue        open, overdue --charge--> paid --refund--> partly_refunded --> refunded
"""

from __future__ import annotations

from servers.payments.ledger import cents
from servers.payments.records import (
    CardStatus,
    Charge,
    Customer,
    EndpointStatus,
    EventStatus,
    Invoice,
    InvoiceStatus,
    Payments,
    Webhook,
    WebhookEvent,
)


def charge_of(app: Payments, invoice_id: str) -> Charge | None:
    return next(iter(app.charges.where(invoice_id=invoice_id)), None)


def refunded(app: Payments, invoice_id: str) -> float:
    return cents(sum(refund.amount for refund in app.refunds.where(invoice_id=invoice_id)))


def status_of(app: Payments, invoice: Invoice) -> InvoiceStatus:
    if invoice.void:
        return "void"
    if charge_of(app, invoice.invoice_id) is None:
        return "overdue" if invoice.due < app.today else "open"
    back = refunded(app, invoice.invoice_id)
    return "paid" if back == 0 else "partly_refunded" if back < invoice.total else "refunded"


def is_unpaid(app: Payments, invoice: Invoice) -> bool:
    return status_of(app, invoice) in ("open", "overdue")


def card_status(app: Payments, customer: Customer) -> CardStatus:
    if not customer.card_last4:
        return "none"
    if customer.card_blocked:
        return "blocked"
    return "expired" if customer.card_expires < app.now[:7] else "valid"


def endpoint_status(app: Payments, webhook: Webhook) -> EndpointStatus:
    if not webhook.enabled:
        return "disabled"
    return "down" if webhook.down_until > app.now else "up"


def event_status(event: WebhookEvent) -> EventStatus:
    return "delivered" if 200 <= event.response_code < 300 else "failed"
