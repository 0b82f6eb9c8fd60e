"""Laws of the payment platform, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.payments.rules import card_status, endpoint_status, event_status, status_of
from tests.worlds.live import Live

SEEDS = range(12)
DAY = 24 * 60


class Payments(Live):
    """The platform of a seed, and a merchant who bills and collects."""

    def __init__(self, seed: int):
        super().__init__("payments", seed)

    def customer(self, card: str = "valid") -> Any:
        return next(row for row in self.state.customers if card_status(self.state, row) == card)

    def bill(self, card: str = "valid", count: int = 1) -> str:
        """A new invoice over so many pieces of the dearest product."""
        product = max(self.state.products, key=lambda row: row.price)
        products = [product.name] * count
        buyer = self.customer(card).billing_customer_id
        return self("create_invoice", billing_customer_id=buyer, products=products)["invoice_id"]

    def paid(self) -> str:
        invoice_id = self.bill()
        self("charge_invoice", invoice_id=invoice_id)
        return invoice_id

    def invoice(self, status: str) -> Any:
        return next(row for row in self.state.invoices if status_of(self.state, row) == status)

    def event(self, status: str, endpoint: str) -> Any:
        """A webhook event of that status whose endpoint is now up, down or disabled."""
        rows = [row for row in self.state.webhook_events if event_status(row) == status and row.attempts < 8]
        webhooks = self.state.webhooks
        return next(row for row in rows if endpoint_status(self.state, webhooks.find(row.webhook_id)) == endpoint)

    def balance(self) -> dict[str, Any]:
        return self("get_merchant_balance")


@pytest.fixture(params=[0, 1, 3])
def app(request: pytest.FixtureRequest) -> Payments:
    return Payments(request.param)


def _check_ledger(app: Payments) -> None:
    """Every movement is balanced, and the books say what charges, refunds and payouts say."""
    books = dict.fromkeys(("customers", "merchant", "fees", "bank"), 0.0)
    sources: dict[str, float] = {}
    for entry in app.state.ledger:
        books[entry.book] += entry.amount
        sources[entry.source_id] = sources.get(entry.source_id, 0.0) + entry.amount
    state = app.state
    assert all(total == pytest.approx(0) for total in sources.values())
    moved = {row.charge_id for row in state.charges} | {row.refund_id for row in state.refunds}
    assert set(sources) == moved | {row.payout_id for row in state.payouts}
    shown = app.balance()
    assert books["merchant"] == pytest.approx(shown["available"] + shown["pending"])
    assert books["customers"] == pytest.approx(shown["refunded"] - shown["charged"])
    assert books["fees"] == pytest.approx(shown["fees"])
    assert books["bank"] == pytest.approx(sum(row.amount - row.fee for row in state.payouts))
    assert shown["available"] >= 0


def test_ledger_entries_sum_to_zero():
    for seed in SEEDS:
        app = Payments(seed)
        _check_ledger(app)
        invoice_id = app.paid()
        app.wait(3 * DAY)
        app("refund_invoice", invoice_id=invoice_id, amount=1.5)
        app("create_payout", amount=20, speed="instant")
        app("create_payout", amount=30)
        _check_ledger(app)


def test_an_invoice_total_is_its_lines_and_its_money_comes_after_it():
    for seed in SEEDS:
        state = Payments(seed).state
        for invoice in state.invoices:
            assert invoice.total == pytest.approx(sum(line.quantity * line.price for line in invoice.lines))
            assert invoice.issued < invoice.due
            charges = state.charges.where(invoice_id=invoice.invoice_id)
            refunds = state.refunds.where(invoice_id=invoice.invoice_id)
            assert len(charges) <= 1 and all(row.amount == invoice.total for row in charges)
            assert sum(row.amount for row in refunds) <= invoice.total + 0.001
            assert all(invoice.issued <= charges[0].at[:10] and charges[0].at < row.at < state.now for row in refunds)


def test_every_customer_can_be_found_and_has_been_billed(app: Payments):
    for customer in app.state.customers:
        found = app("find_billing_customer", name=customer.email)["customers"]
        assert [row["billing_customer_id"] for row in found] == [customer.billing_customer_id]
        invoices = app("search_invoices", billing_customer_id=customer.billing_customer_id)
        assert invoices["total"] >= 1 and {row["customer"] for row in invoices["invoices"]} == {customer.name}


def test_an_invoice_is_charged_once(app: Payments):
    invoice_id = app.bill(count=2)
    invoice = app("get_invoice", invoice_id=invoice_id)
    assert (invoice["status"], invoice["lines"][0]["quantity"]) == ("open", 2)
    charged = app("charge_invoice", invoice_id=invoice_id)
    assert charged["amount"] == invoice["total"] and charged["fee"] > 0
    assert "is paid" in app.refused("charge_invoice", invoice_id=invoice_id)
    assert "is void" in app.refused("charge_invoice", invoice_id=app.invoice("void").invoice_id)


def test_an_open_invoice_is_overdue_after_its_due_date_and_can_still_be_charged(app: Payments):
    invoice_id = app.bill()
    app.wait(16 * DAY)
    assert app("get_invoice", invoice_id=invoice_id)["status"] == "overdue"
    assert app("charge_invoice", invoice_id=invoice_id)["charge_id"]


@pytest.mark.parametrize(("card", "reason"), [("none", "no card"), ("expired", "expired 20"), ("blocked", "blocked")])
def test_a_card_that_does_not_work_is_declined(app: Payments, card: str, reason: str):
    owed = app.balance()["owed"]
    invoice_id = app.bill(card)
    assert reason in app.refused("charge_invoice", invoice_id=invoice_id)
    total = app("get_invoice", invoice_id=invoice_id)["total"]
    assert app.balance()["owed"] == pytest.approx(owed + total)


def test_a_charge_is_pending_for_two_days(app: Payments):
    before = app.balance()
    charged = app("charge_invoice", invoice_id=app.bill())
    after = app.balance()
    assert after["available"] == before["available"]
    assert after["pending"] == pytest.approx(before["pending"] + charged["amount"] - charged["fee"])
    app.wait(2 * DAY)
    later = app.balance()
    assert later["pending"] == 0 and later["available"] == pytest.approx(after["available"] + after["pending"])


def test_refunds_never_exceed_the_charge(app: Payments):
    invoice_id = app.paid()
    app.wait(2 * DAY)
    total = app("get_invoice", invoice_id=invoice_id)["total"]
    first = app("refund_invoice", invoice_id=invoice_id, amount=2.5, reason="damaged")
    assert (first["status"], first["left"]) == ("partly_refunded", pytest.approx(total - 2.5))
    assert "left to refund" in app.refused("refund_invoice", invoice_id=invoice_id, amount=total)
    rest = app("refund_invoice", invoice_id=invoice_id)
    assert (rest["amount"], rest["left"], rest["status"]) == (first["left"], 0, "refunded")
    assert "nothing to refund" in app.refused("refund_invoice", invoice_id=invoice_id)


def test_only_what_was_charged_of_late_is_refunded_in_whole_cents(app: Payments):
    assert "is open" in app.refused("refund_invoice", invoice_id=app.bill())
    invoice_id = app.paid()
    assert "two decimals" in app.refused("refund_invoice", invoice_id=invoice_id, amount=1.001)
    app.wait(121 * DAY)
    assert "120 days" in app.refused("refund_invoice", invoice_id=invoice_id)


def test_payouts_and_refunds_take_no_more_than_is_available(app: Payments):
    invoice_id = app.bill(count=12)
    app("charge_invoice", invoice_id=invoice_id)
    there = app.balance()["available"]
    assert "available balance" in app.refused("create_payout", amount=round(there + 0.01, 2))
    assert app("create_payout", amount=there)["available"] == 0
    assert "0.00" in app.refused("refund_invoice", invoice_id=invoice_id)


def test_an_instant_payout_costs_a_fee_and_arrives_within_the_hour(app: Payments):
    payout = app("create_payout", amount=200, speed="instant")
    assert payout["fee"] == 2
    shown = app.balance()["latest_payouts"][0]
    assert (shown["payout_id"], shown["status"]) == (payout["payout_id"], "in_transit")
    app.wait(30)
    assert app.balance()["latest_payouts"][0]["status"] == "paid"


def test_payouts_have_a_least_and_a_most_and_are_three_a_day(app: Payments):
    assert "at least 10.00" in app.refused("create_payout", amount=9.99)
    assert "at most 2000.00" in app.refused("create_payout", amount=2000.01, speed="instant")
    assert "two decimals" in app.refused("create_payout", amount=10.005)
    for amount in (10, 11, 12):
        app("create_payout", amount=amount)
    assert "3 payouts" in app.refused("create_payout", amount=13)
    app.wait(DAY)
    app("create_payout", amount=13)


def test_what_happens_is_told_to_every_enabled_webhook_that_asked(app: Payments):
    invoice_id = app.paid()
    sent = app("list_webhook_events", about=invoice_id, limit=50)["webhook_events"]
    for kind in ("invoice_created", "invoice_paid"):
        asked = {row.name for row in app.state.webhooks if row.enabled and kind in row.kinds}
        assert {row["webhook"] for row in sent if row["kind"] == kind} == asked
    assert all((row["status"] == "delivered") == (row["endpoint"] == "up") for row in sent)


def test_a_failed_event_arrives_when_it_is_sent_again_to_an_endpoint_that_is_up(app: Payments):
    event = app.event("failed", "up")
    sent = app("resend_webhook_event", webhook_event_id=event.webhook_event_id)
    assert (sent["status"], sent["attempts"]) == ("delivered", event.attempts + 1)
    assert "was delivered" in app.refused("resend_webhook_event", webhook_event_id=event.webhook_event_id)


def test_an_endpoint_that_is_down_lets_an_event_fail_until_it_is_given_up(app: Payments):
    webhook = next(row for row in app.state.webhooks if row.enabled and "invoice_paid" in row.kinds)
    app.state.webhooks.update(webhook, down_until="2099-01-01T00:00")
    invoice_id = app.paid()
    wanted = {"webhook": webhook.name, "about": invoice_id, "kind": "invoice_paid"}
    (event,) = app("list_webhook_events", **wanted)["webhook_events"]
    assert (event["status"], event["endpoint"]) == ("failed", "down")
    for attempt in range(2, 9):
        sent = app("resend_webhook_event", webhook_event_id=event["webhook_event_id"])
        assert (sent["status"], sent["attempts"]) == ("failed", attempt)
    assert "given up" in app.refused("resend_webhook_event", webhook_event_id=event["webhook_event_id"])


def test_nothing_is_sent_to_a_disabled_webhook():
    app = next(app for app in map(Payments, SEEDS) if app("list_webhook_events", status="failed")["total"])
    event = next(row for row in app.state.webhook_events if event_status(row) == "failed")
    app.state.webhooks.update(app.state.webhooks.find(event.webhook_id), enabled=False)
    assert "is disabled" in app.refused("resend_webhook_event", webhook_event_id=event.webhook_event_id)


def test_invoices_are_made_of_products_of_the_catalogue(app: Payments):
    first, second = list(app.state.products)[:2]
    buyer = app.customer().billing_customer_id
    names = [first.name.upper(), second.name, first.name]
    invoice = app("create_invoice", billing_customer_id=buyer, products=names, due_in_days=30)
    assert [(line["product"], line["quantity"]) for line in invoice["lines"]] == [(first.name, 2), (second.name, 1)]
    last_word = first.name.split()[-1]
    reason = app.refused("create_invoice", billing_customer_id=buyer, products=[f"Unheard {last_word}"])
    assert first.name in reason
    app.refused("create_invoice", billing_customer_id=buyer, products=[])


def test_invoices_are_searched_by_status_product_and_date(app: Payments):
    for status in ("open", "overdue", "paid", "partly_refunded", "refunded", "void"):
        rows = app("search_invoices", status=status, limit=50)["invoices"]
        assert rows and {row["status"] for row in rows} == {status}
        assert [row["issued"] for row in rows] == sorted((row["issued"] for row in rows), reverse=True)
    invoice = list(app.state.invoices)[-1]
    wanted = {"product": invoice.lines[0].product, "after": invoice.issued, "before": invoice.issued}
    rows = app("search_invoices", **wanted, limit=50)["invoices"]
    assert invoice.invoice_id in {row["invoice_id"] for row in rows}


def test_what_does_not_exist_is_not_found(app: Payments):
    assert "no billing customer" in app.refused("search_invoices", billing_customer_id="BLC-00000")
    assert "no invoice" in app.refused("get_invoice", invoice_id="IVC-00000")
    assert "no webhook event" in app.refused("resend_webhook_event", webhook_event_id="WEV-00000")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
