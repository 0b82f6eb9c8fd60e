"""Payments of one merchant: billing customers, invoices, charges, refunds, payouts, a ledger and webhook events."""

from servers.payments import tools
from servers.payments.records import Payments as World
from servers.payments.seed import generate

__all__ = ["World", "generate", "tools"]
