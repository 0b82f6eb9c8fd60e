"""The tables of the bank, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

AccountId = Annotated[str, msgspec.Meta(description="account, e.g. ACC-30417", max_length=20)]
PayeeId = Annotated[str, msgspec.Meta(description="saved payee, e.g. PAY-55120", max_length=20)]
PaymentId = Annotated[str, msgspec.Meta(description="scheduled payment, e.g. SCH-20931", max_length=20)]
TransactionId = Annotated[str, msgspec.Meta(description="booked transaction, e.g. TRX-71305", max_length=20)]
CardId = Annotated[str, msgspec.Meta(description="card, e.g. CRD-41188", max_length=20)]
Amount = Annotated[float, msgspec.Meta(description="amount in the account's currency, e.g. 45.50", gt=0, le=1_000_000)]
Pin = Annotated[str, msgspec.Meta(description="the customer's four-digit PIN, e.g. 0000", pattern=r"^\d{4}$")]
Token = Annotated[
    str, msgspec.Meta(description="one-time token from issue_payment_token, e.g. TKN-90412", max_length=20)
]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Note = Annotated[str, msgspec.Meta(description="short text for the statement, e.g. rent March", max_length=80)]
AccountKind = Annotated[
    Literal["checking", "savings", "credit"], msgspec.Meta(description="kind of account, e.g. savings")
]
Category = Annotated[
    Literal["groceries", "dining", "transport", "utilities", "shopping", "health", "leisure", "income", "transfer"],
    msgspec.Meta(description="what it was for, e.g. dining"),
]
Every = Annotated[Literal["once", "weekly", "monthly"], msgspec.Meta(description="how often, e.g. monthly")]


class Customer(Row, frozen=True):
    customer_id: str
    name: str
    pin: str


class Account(Row, frozen=True):
    account_id: str
    name: str
    kind: AccountKind
    currency: str
    balance: float
    overdraft: float
    """How far below zero the balance may go: a credit line's limit, else 0."""


class Payee(Row, frozen=True):
    payee_id: str
    name: str
    iban: str


class Payment(Row, frozen=True):
    payment_id: str
    account_id: str
    payee_id: str
    payee: str
    amount: float
    next_date: str
    every: Every


class Transaction(Row, frozen=True):
    transaction_id: str
    account_id: str
    merchant: str
    amount: float
    """Negative for money that left the account."""
    category: Category
    date: str
    disputed: bool = False


class Card(Row, frozen=True):
    card_id: str
    account_id: str
    label: str
    last4: str
    status: Literal["active", "frozen", "expired"]
    monthly_limit: float


class PaymentToken(Row, frozen=True):
    token: str
    expires: str
    used: bool = False


class Bank(State):
    customers: Table[Customer]
    accounts: Table[Account]
    payees: Table[Payee]
    payments: Table[Payment]
    transactions: Table[Transaction]
    cards: Table[Card]
    tokens: Table[PaymentToken]


class Accounts(msgspec.Struct, frozen=True):
    accounts: list[Account]


class Payees(msgspec.Struct, frozen=True):
    payees: list[Payee]


class Payments(msgspec.Struct, frozen=True):
    payments: list[Payment]


class Cards(msgspec.Struct, frozen=True):
    cards: list[Card]


class Transactions(msgspec.Struct, frozen=True):
    transactions: list[Transaction]
    total: int
    """How many match, of which the newest are shown."""


class Issued(msgspec.Struct, frozen=True):
    token: str
    expires: str


class Removed(msgspec.Struct, frozen=True):
    removed: str


class Booked(msgspec.Struct, frozen=True):
    transaction_id: str
    amount: float
    balance: float
    """Of the paying account, afterwards."""
