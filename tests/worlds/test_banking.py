"""Laws of the bank, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.banking.seed import pin_of
from tests.worlds.live import Live


class Desk(Live):
    """The bank of a seed, with what only its customer knows."""

    def __init__(self, seed: int):
        super().__init__("banking", seed)
        self.pin = pin_of(seed)
        self.everyday, self.household, self.savings, *_ = list(self.state.accounts)

    def token(self) -> str:
        return self("issue_payment_token", pin=self.pin)["token"]

    def payee(self) -> str:
        """One to whom no payment is planned."""
        planned = {payment.payee_id for payment in self.state.payments}
        return next(row.payee_id for row in self.state.payees if row.payee_id not in planned)

    def pay(self, amount: float, token: str) -> dict[str, Any]:
        return {
            "account_id": self.everyday.account_id,
            "payee_id": self.payee(),
            "amount": amount,
            "token": token,
        }

    def balance(self, account: Any) -> float:
        return self("get_account", account_id=account.account_id)["balance"]


@pytest.fixture(params=[0, 1, 2])
def bank(request: pytest.FixtureRequest) -> Desk:
    return Desk(request.param)


def test_transfers_conserve_total_balance(bank: Desk):
    before = sum(account.balance for account in bank.state.accounts)
    for source, target in ((bank.everyday, bank.household), (bank.household, bank.savings)):
        bank(
            "transfer_between_accounts",
            from_account_id=source.account_id,
            to_account_id=target.account_id,
            amount=12.34,
        )
    assert sum(account.balance for account in bank.state.accounts) == pytest.approx(before)
    assert bank.balance(bank.savings) == pytest.approx(bank.savings.balance + 12.34)


def test_a_balance_moves_by_what_is_booked(bank: Desk):
    booked = bank("pay_payee", **bank.pay(40, bank.token()))
    assert booked["balance"] == pytest.approx(bank.everyday.balance - 40) == bank.balance(bank.everyday)
    row = bank.state.transactions.find(booked["transaction_id"])
    assert (row.amount, row.date) == (-40, bank.state.today)


def test_no_account_goes_below_its_overdraft(bank: Desk):
    available = bank.everyday.balance + bank.everyday.overdraft
    assert "insufficient balance" in bank.refused("pay_payee", **bank.pay(round(available + 0.01, 2), bank.token()))
    assert bank("pay_payee", **bank.pay(round(available, 2), bank.token()))["balance"] == -bank.everyday.overdraft


def test_transfers_stay_between_different_accounts_of_one_currency(bank: Desk):
    same = bank.everyday.account_id
    assert "same account" in bank.refused(
        "transfer_between_accounts", from_account_id=same, to_account_id=same, amount=1
    )
    bank.state.accounts.update(bank.household, currency="USD")
    assert "currencies differ" in bank.refused(
        "transfer_between_accounts", from_account_id=same, to_account_id=bank.household.account_id, amount=1
    )


def test_a_token_needs_the_right_pin(bank: Desk):
    wrong = f"{(int(bank.pin) + 1) % 10_000:04d}"
    assert bank.refused("issue_payment_token", pin=wrong) == "wrong PIN"
    assert "unknown token" in bank.refused("pay_payee", **bank.pay(5, "TKN-00000"))


def test_a_token_pays_once(bank: Desk):
    token = bank.token()
    bank("pay_payee", **bank.pay(5, token))
    assert "already used" in bank.refused("pay_payee", **bank.pay(5, token))


def test_a_token_expires_after_ten_minutes(bank: Desk):
    token = bank.token()
    bank.state.advance(10)
    assert "expired" in bank.refused("pay_payee", **bank.pay(5, token))


def test_a_failed_payment_keeps_the_token_unused(bank: Desk):
    token = bank.token()
    bank.refused("pay_payee", **bank.pay(900_000, token))
    bank("pay_payee", **bank.pay(5, token))


def test_a_payee_with_planned_payments_cannot_be_removed(bank: Desk):
    payee_id = bank.payee()
    planned = bank(
        "schedule_payment", account_id=bank.everyday.account_id, payee_id=payee_id, amount=9, date="2030-01-02"
    )
    assert planned["payment_id"] in bank.refused("remove_payee", payee_id=payee_id)
    bank("cancel_scheduled_payment", payment_id=planned["payment_id"])
    bank("remove_payee", payee_id=payee_id)
    assert "no payee" in bank.refused("pay_payee", **bank.pay(5, bank.token()) | {"payee_id": payee_id})


def test_payments_are_scheduled_for_later_days_only(bank: Desk):
    plan = {"account_id": bank.everyday.account_id, "payee_id": bank.payee(), "amount": 9}
    assert "after today" in bank.refused("schedule_payment", **plan, date=bank.state.today)
    credit = bank("list_accounts", kind="credit")["accounts"][0]
    assert "credit account" in bank.refused(
        "schedule_payment", **plan | {"account_id": credit["account_id"]}, date="2030-01-02"
    )


def test_amounts_are_whole_cents(bank: Desk):
    where = {"account_id": bank.everyday.account_id, "payee_id": bank.payee()}
    assert "two decimals" in bank.refused("pay_payee", **where, amount=1.005, token=bank.token())
    assert "two decimals" in bank.refused("schedule_payment", **where, amount=0.001, date="2030-01-02")


def test_a_payee_needs_a_valid_iban_that_is_new(bank: Desk):
    saved = bank("add_payee", name="Orchard Yoga", iban="DE02120300000000202051")
    assert saved["payee_id"] in bank.refused("add_payee", name="Again", iban="DE02120300000000202051")
    assert "capitals" in bank.refused("add_payee", name="Small", iban="de02120300000000202051")
    assert "check digits" in bank.refused("add_payee", name="Typo", iban="DE03120300000000202051")


def test_only_a_recent_card_payment_can_be_disputed_and_only_once(bank: Desk):
    rows = bank("search_transactions", limit=50)["transactions"]
    recent = next(row for row in rows if row["amount"] < 0 and row["category"] != "transfer")
    bank("dispute_transaction", transaction_id=recent["transaction_id"], reason="duplicate")
    for number, reason in (
        (recent["transaction_id"], "already disputed"),
        (next(row.transaction_id for row in bank.state.transactions if row.amount > 0), "not a card payment"),
        (min(bank.state.transactions.where(category="dining"), key=lambda row: row.date).transaction_id, "older than"),
    ):
        assert reason in bank.refused("dispute_transaction", transaction_id=number, reason="duplicate")


def test_a_frozen_card_has_no_limit_to_set_until_the_pin_lifts_it(bank: Desk):
    card = next(card for card in bank.state.cards if card.status != "expired")
    bank("freeze_card", card_id=card.card_id)
    wanted = {"card_id": card.card_id, "monthly_limit": 750, "token": bank.token()}
    assert "is frozen" in bank.refused("set_card_limit", **wanted)
    bank("unfreeze_card", card_id=card.card_id, pin=bank.pin)
    assert bank("set_card_limit", **wanted)["monthly_limit"] == 750


def test_a_card_is_frozen_and_unfrozen_only_when_it_can_be(bank: Desk):
    expired, active = (card.card_id for card in list(bank.state.cards)[:2])
    bank.state.cards.update(bank.state.cards.find(expired), status="expired")
    bank.state.cards.update(bank.state.cards.find(active), status="active")
    assert "is expired" in bank.refused("freeze_card", card_id=expired)
    assert "not frozen" in bank.refused("unfreeze_card", card_id=active, pin=bank.pin)


def test_what_the_bank_does_not_know_is_refused_by_name(bank: Desk):
    assert bank.refused("get_account", account_id="ACC-1") == "no account ACC-1"
    assert bank.refused("freeze_card", card_id="CRD-1") == "no card CRD-1"
    assert bank.refused("cancel_scheduled_payment", payment_id="SCH-1") == "no scheduled payment SCH-1"
    assert "no transaction TRX-1" in bank.refused("dispute_transaction", transaction_id="TRX-1", reason="duplicate")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
