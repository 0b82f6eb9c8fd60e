"""What a signed-in customer can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.banking.records import (
    Account,
    AccountId,
    AccountKind,
    Accounts,
    Amount,
    Bank,
    Booked,
    Card,
    CardId,
    Cards,
    Category,
    Day,
    Every,
    Issued,
    Note,
    Payee,
    PayeeId,
    Payees,
    Payment,
    PaymentId,
    Payments,
    PaymentToken,
    Pin,
    Removed,
    Token,
    Transaction,
    TransactionId,
    Transactions,
)
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return, newest first", ge=1, le=50)]
Name = Annotated[str, Meta(description="full name or part of it, e.g. Mira Holt", min_length=1, max_length=60)]
Iban = Annotated[
    str, Meta(description="account number in IBAN form without spaces, e.g. DE02120300000000202051", max_length=34)
]
Reason = Annotated[
    Literal["not_recognised", "wrong_amount", "not_received", "duplicate"],
    Meta(description="why it is disputed, e.g. wrong_amount"),
]

TOKEN_MINUTES = 10


@reads
def list_accounts(bank: Bank, kind: AccountKind | None = None) -> Accounts:
    """List the customer's accounts with balances, all or of one kind, e.g. kind="savings"."""
    return Accounts(list(bank.accounts) if kind is None else bank.accounts.where(kind=kind))


@reads
def get_account(bank: Bank, account_id: AccountId) -> Account:
    """Show one account with its balance and overdraft, e.g. account_id="ACC-30417"."""
    return _account(bank, account_id)


@writes
def transfer_between_accounts(
    bank: Bank, from_account_id: AccountId, to_account_id: AccountId, amount: Amount, note: Note = ""
) -> Booked:
    """Move money at once between two of the customer's own accounts of one currency; needs enough balance."""
    source, target = _account(bank, from_account_id), _account(bank, to_account_id)
    if source.account_id == target.account_id:
        raise ToolError("source and target are the same account")
    if source.currency != target.currency:
        raise ToolError(f"currencies differ: {source.currency} and {target.currency}")
    _check_funds(source, amount)
    _book(bank, target, amount, f"from {source.name}", "transfer", note)
    return _book(bank, source, -amount, f"to {target.name}", "transfer", note)


@reads
def find_payee(bank: Bank, name: Name) -> Payees:
    """Find saved payees whose name contains the text, ignoring case, e.g. name="Mira Holt"."""
    wanted = name.casefold()
    return Payees([payee for payee in bank.payees if wanted in payee.name.casefold()][:10])


@writes
def add_payee(bank: Bank, name: Name, iban: Iban) -> Payee:
    """Save a new payee; the IBAN must be valid and not saved yet, e.g. iban="DE02120300000000202051"."""
    _check_iban(iban)
    if known := bank.payees.where(iban=iban):
        raise ToolError(f"{iban} is already saved as {known[0].payee_id}, {known[0].name}")
    return bank.payees.add(Payee(bank.new_id("PAY"), name, iban))


@writes(destructive=True)
def remove_payee(bank: Bank, payee_id: PayeeId) -> Removed:
    """Delete a saved payee; refused while a payment to them is scheduled."""
    payee = _payee(bank, payee_id)
    if planned := bank.payments.where(payee_id=payee_id):
        raise ToolError(f"{payee.name} still has scheduled payment {planned[0].payment_id}")
    bank.payees.delete(payee_id)
    return Removed(payee_id)


@writes
def issue_payment_token(bank: Bank, pin: Pin) -> Issued:
    """Exchange the customer's PIN for a one-time token, valid ten minutes, that pay_payee and set_card_limit need."""
    _check_pin(bank, pin)
    token = f"TKN-{bank.draw().randrange(10_000, 100_000)}"
    while token in bank.tokens:
        token = f"TKN-{bank.draw().randrange(10_000, 100_000)}"
    issued = bank.tokens.add(PaymentToken(token, later(bank.now, minutes=TOKEN_MINUTES)))
    return Issued(issued.token, issued.expires)


@writes
def pay_payee(
    bank: Bank, account_id: AccountId, payee_id: PayeeId, amount: Amount, token: Token, note: Note = ""
) -> Booked:
    """Pay a saved payee at once from an account; needs enough balance and a fresh token from issue_payment_token."""
    account, payee = _account(bank, account_id), _payee(bank, payee_id)
    _check_funds(account, amount)
    _use_token(bank, token)
    return _book(bank, account, -amount, payee.name, "transfer", note)


@writes
def schedule_payment(
    bank: Bank, account_id: AccountId, payee_id: PayeeId, amount: Amount, date: Day, every: Every = "once"
) -> Payment:
    """Plan a payment to a saved payee for a later date, once or repeating, e.g. date="2026-03-14", every="monthly"."""
    account, payee = _account(bank, account_id), _payee(bank, payee_id)
    if date.isoformat() <= bank.today:
        raise ToolError(f"date must be after today, {bank.today}")
    _check_cents(amount)
    if account.kind == "credit":
        raise ToolError("payments cannot be scheduled from a credit account")
    planned = Payment(bank.new_id("SCH"), account.account_id, payee_id, payee.name, amount, date.isoformat(), every)
    return bank.payments.add(planned)


@reads
def list_scheduled_payments(bank: Bank, payee_id: PayeeId | None = None) -> Payments:
    """List planned payments by date, all or to one payee."""
    found = list(bank.payments) if payee_id is None else bank.payments.where(payee_id=payee_id)
    return Payments(sorted(found, key=lambda payment: (payment.next_date, payment.payment_id)))


@writes(destructive=True)
def cancel_scheduled_payment(bank: Bank, payment_id: PaymentId) -> Removed:
    """Cancel a planned payment before it runs, e.g. payment_id="SCH-20931"."""
    if payment_id not in bank.payments:
        raise ToolError(f"no scheduled payment {payment_id}")
    bank.payments.delete(payment_id)
    return Removed(payment_id)


@reads
def search_transactions(
    bank: Bank,
    merchant: Annotated[str, Meta(description="merchant or part of it, e.g. Nordbahn", max_length=60)] | None = None,
    category: Category | None = None,
    account_id: AccountId | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 5,
) -> Transactions:
    """Search booked transactions by merchant, category, account or dates (both included), newest first."""
    found = list(bank.transactions) if account_id is None else bank.transactions.where(account_id=account_id)
    if merchant is not None:
        found = [row for row in found if merchant.casefold() in row.merchant.casefold()]
    if category is not None:
        found = [row for row in found if row.category == category]
    if after is not None:
        found = [row for row in found if row.date >= after.isoformat()]
    if before is not None:
        found = [row for row in found if row.date <= before.isoformat()]
    newest = sorted(found, key=lambda row: (row.date, row.transaction_id), reverse=True)
    return Transactions(newest[:limit], len(newest))


@writes
def dispute_transaction(
    bank: Bank,
    transaction_id: TransactionId,
    reason: Reason,
) -> Transaction:
    """Dispute a card payment of the last 90 days; money received or already disputed payments are refused."""
    row = bank.transactions.get(transaction_id)
    if row is None:
        raise ToolError(f"no transaction {transaction_id}")
    if row.amount > 0 or row.category == "transfer":
        raise ToolError(f"{transaction_id} is not a card payment")
    if row.disputed:
        raise ToolError(f"{transaction_id} is already disputed")
    if row.date < later(bank.now, days=-90)[:10]:
        raise ToolError(f"{transaction_id} of {row.date} is older than 90 days")
    return bank.transactions.update(row, disputed=True)


@reads
def list_cards(bank: Bank, account_id: AccountId | None = None) -> Cards:
    """List the customer's cards with status and monthly limit, all or of one account."""
    return Cards(list(bank.cards) if account_id is None else bank.cards.where(account_id=account_id))


@writes(idempotent=True)
def freeze_card(bank: Bank, card_id: CardId) -> Card:
    """Block an active card at once, e.g. card_id="CRD-41188"; unfreeze_card lifts the block."""
    card = _card(bank, card_id)
    if card.status == "expired":
        raise ToolError(f"card ending {card.last4} is expired")
    return bank.cards.update(card, status="frozen")


@writes
def unfreeze_card(bank: Bank, card_id: CardId, pin: Pin) -> Card:
    """Lift the block of a frozen card; needs the customer's PIN."""
    card = _card(bank, card_id)
    if card.status != "frozen":
        raise ToolError(f"card ending {card.last4} is {card.status}, not frozen")
    _check_pin(bank, pin)
    return bank.cards.update(card, status="active")


@writes(idempotent=True)
def set_card_limit(
    bank: Bank,
    card_id: CardId,
    monthly_limit: Annotated[float, Meta(description="new monthly limit, at most 10000, e.g. 1500", gt=0, le=10_000)],
    token: Token,
) -> Card:
    """Set the monthly limit of an active card; needs a fresh token from issue_payment_token."""
    card = _card(bank, card_id)
    if card.status != "active":
        raise ToolError(f"card ending {card.last4} is {card.status}; only active cards have a limit to set")
    _use_token(bank, token)
    return bank.cards.update(card, monthly_limit=_cents(monthly_limit))


def _account(bank: Bank, account_id: str) -> Account:
    account = bank.accounts.get(account_id)
    if account is None:
        raise ToolError(f"no account {account_id}")
    return account


def _payee(bank: Bank, payee_id: str) -> Payee:
    payee = bank.payees.get(payee_id)
    if payee is None:
        raise ToolError(f"no payee {payee_id}")
    return payee


def _card(bank: Bank, card_id: str) -> Card:
    card = bank.cards.get(card_id)
    if card is None:
        raise ToolError(f"no card {card_id}")
    return card


def _cents(amount: float) -> float:
    return round(amount, 2)


def _check_cents(amount: float) -> None:
    if amount != _cents(amount):
        raise ToolError(f"amount {amount} has more than two decimals")


def _check_funds(account: Account, amount: float) -> None:
    _check_cents(amount)
    available = _cents(account.balance + account.overdraft)
    if amount > available:
        raise ToolError(f"insufficient balance: {available:.2f} {account.currency} available in {account.account_id}")


def _check_pin(bank: Bank, pin: str) -> None:
    """A wrong PIN is refused; it is not counted, because a refused call leaves the world as it was."""
    (customer,) = bank.customers
    if pin != customer.pin:
        raise ToolError("wrong PIN")


def _use_token(bank: Bank, token: str) -> None:
    issued = bank.tokens.get(token)
    if issued is None:
        raise ToolError(f"unknown token {token}: issue_payment_token gives one")
    if issued.used:
        raise ToolError(f"token {token} was already used")
    if issued.expires < bank.now:
        raise ToolError(f"token {token} expired at {issued.expires}")
    bank.tokens.update(issued, used=True)


def _check_iban(iban: str) -> None:
    """ISO 13616: move the first four characters to the end, letters to numbers, remainder 1 modulo 97."""
    plain = iban.isascii() and iban.isalnum() and iban == iban.upper()
    if not (plain and 15 <= len(iban) <= 34 and iban[:2].isalpha()):
        raise ToolError("an IBAN is two capitals and 13 to 32 digits or capitals")
    if int("".join(str(int(mark, 36)) for mark in iban[4:] + iban[:4])) % 97 != 1:
        raise ToolError(f"{iban} is not a valid IBAN: its check digits are wrong")


def _book(bank: Bank, account: Account, amount: float, merchant: str, category: Category, note: str) -> Booked:
    account = bank.accounts.update(account, balance=_cents(account.balance + amount))
    text = f"{merchant}: {note}" if note else merchant
    booked = bank.transactions.add(
        Transaction(bank.new_id("TRX"), account.account_id, text, _cents(amount), category, bank.today)
    )
    return Booked(booked.transaction_id, booked.amount, account.balance)
