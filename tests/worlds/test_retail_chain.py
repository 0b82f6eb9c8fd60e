"""Laws of the chain's back office, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.retail_chain.rules import (
    delivery_status,
    incoming,
    is_open,
    price_in,
    reservation_status,
    reserved,
    space,
    transfer_days,
)
from servers.state import minutes_between
from tests.worlds.live import Live

SEEDS = range(12)


class Office(Live):
    """The back office of a seed: it finds stock to work with and counts what the chain owns."""

    def __init__(self, seed: int):
        super().__init__("retail_chain", seed)

    def free(self, row: Any) -> int:
        return row.on_hand - reserved(self.state, row)

    def pair(self) -> tuple[Any, Any]:
        """The stocks of one article in two stores: four free in the first, space for four in the second."""
        for source in self.state.stock:
            for target in self.state.stock.where(article_id=source.article_id):
                if self.free(source) >= 4 and target != source and space(self.state, target) >= 4:
                    return source, target
        raise AssertionError("no article can be transferred")

    def transfer(self, quantity: int = 4) -> dict[str, Any]:
        source, target = self.pair()
        return self(
            "request_stock_transfer",
            article_id=source.article_id,
            from_store_id=source.store_id,
            to_store_id=target.store_id,
            quantity=quantity,
        )

    def orderable(self) -> Any:
        """A stock with space for a case of a live article of which nothing is incoming."""
        for row in self.state.stock:
            article = self.state.articles.find(row.article_id)
            if (
                not article.discontinued
                and not incoming(self.state, row)
                and space(self.state, row) > article.case_size
            ):
                return row
        raise AssertionError("nothing can be ordered")

    def open_stock(self) -> Any:
        """A stock with three free pieces in a store that is open now."""
        stores = {row.store_id for row in self.state.stores if is_open(self.state, row)}
        return next(row for row in self.state.stock if row.store_id in stores and self.free(row) >= 3)

    def stock(self, row: Any) -> Any:
        return self.state.stock.find(row.stock_id)

    def owned(self, article_id: str) -> int:
        """Pieces on hand in all stores and in open transfers between them."""
        moving = self.state.deliveries.where(article_id=article_id, kind="transfer", closed="")
        shelves = self.state.stock.where(article_id=article_id)
        return sum(row.on_hand for row in shelves) + sum(row.quantity for row in moving)

    def until(self, moment: str) -> None:
        self.wait(minutes_between(self.state.now, moment))


@pytest.fixture(params=[0, 1, 2])
def office(request: pytest.FixtureRequest) -> Office:
    return Office(request.param)


def test_every_world_holds_together():
    for seed in SEEDS:
        state = Office(seed).state
        for row in state.stock:
            assert row.store_id in state.stores and row.article_id in state.articles
            assert 0 <= reserved(state, row) <= row.on_hand
            assert row.on_hand + incoming(state, row) <= row.capacity
            assert row.counted <= state.today
        for row in state.deliveries:
            assert f"{row.store_id}/{row.article_id}" in state.stock
            assert row.origin in (state.stores if row.kind == "transfer" else state.suppliers)
            assert row.kind != "transfer" or f"{row.origin}/{row.article_id}" in state.stock
            assert row.requested < row.ships < row.arrives and row.requested <= state.now
        assert all(f"{row.store_id}/{row.article_id}" in state.stock for row in state.reservations)
        assert all(row.stock_id in state.stock and row.date <= state.today for row in state.adjustments)


def test_every_stage_of_a_delivery_is_there_from_the_start(office: Office):
    seen = {delivery_status(office.state, row) for row in office.state.deliveries}
    assert seen == {"requested", "shipped", "arrived", "received", "cancelled"}
    for status in seen:
        rows = office("list_store_deliveries", status=status)["deliveries"]
        assert rows and {row["status"] for row in rows} == {status}


def test_a_transfer_conserves_what_the_chain_owns(office: Office):
    source, target = office.pair()
    owned = office.owned(source.article_id)
    delivery = office.transfer()
    assert office.stock(source).on_hand == source.on_hand - 4
    assert office.stock(target).on_hand == target.on_hand
    assert office.owned(source.article_id) == owned
    office.until(delivery["arrives"])
    settled = office("settle_store_delivery", delivery_id=delivery["delivery_id"], outcome="received")
    assert settled["on_hand"] == office.stock(target).on_hand == target.on_hand + 4
    assert office.owned(source.article_id) == owned


def test_a_transfer_goes_through_its_stages_and_is_settled_once(office: Office):
    delivery = office.transfer()
    number = delivery["delivery_id"]
    row = office.state.deliveries.find(number)
    assert delivery["status"] == "requested"
    assert "it arrives" in office.refused("settle_store_delivery", delivery_id=number, outcome="received")
    office.until(row.ships)
    assert delivery_status(office.state, row) == "shipped"
    assert "is shipped" in office.refused("settle_store_delivery", delivery_id=number, outcome="cancelled")
    office.until(row.arrives)
    assert delivery_status(office.state, row) == "arrived"
    office("settle_store_delivery", delivery_id=number, outcome="received")
    assert "already received" in office.refused("settle_store_delivery", delivery_id=number, outcome="received")


def test_a_requested_transfer_can_be_cancelled_and_its_pieces_come_back(office: Office):
    source, _ = office.pair()
    number = office.transfer()["delivery_id"]
    office("settle_store_delivery", delivery_id=number, outcome="cancelled")
    assert office.stock(source).on_hand == source.on_hand
    assert "is cancelled" in office.refused("settle_store_delivery", delivery_id=number, outcome="cancelled")


def test_far_stores_wait_longer_for_a_transfer(office: Office):
    stores = list(office.state.stores)
    for first in stores:
        for second in stores:
            near = first.city == second.city
            same = first.region == second.region
            assert transfer_days(first, second) == (1 if near else 2 if same else 4)


def test_reserved_pieces_are_neither_transferred_nor_counted_away(office: Office):
    source, target = office.pair()
    free = office.free(source)
    office(
        "reserve_article",
        article_id=source.article_id,
        store_id=source.store_id,
        customer="Rhea Stone",
        quantity=free,
    )
    move = dict(article_id=source.article_id, from_store_id=source.store_id, to_store_id=target.store_id)
    assert "has 0 free" in office.refused("request_stock_transfer", quantity=1, **move)
    count = dict(store_id=source.store_id, article_id=source.article_id, counted=source.on_hand - 1)
    assert "reserved" in office.refused("adjust_store_stock", reason="stolen", **count)


def test_a_transfer_needs_two_stores_that_carry_the_article_and_space(office: Office):
    source, target = office.pair()
    carried = {row.store_id for row in office.state.stock.where(article_id=source.article_id)}
    stranger = next(row for row in office.state.stores if row.store_id not in carried)
    give = dict(article_id=source.article_id, from_store_id=source.store_id, quantity=1)
    assert "to itself" in office.refused("request_stock_transfer", to_store_id=source.store_id, **give)
    refusal = office.refused("request_stock_transfer", to_store_id=stranger.store_id, **give)
    assert refusal.startswith(f"{stranger.name} does not carry")
    office.state.stock.update(target, capacity=target.on_hand)
    assert "has space for 0" in office.refused("request_stock_transfer", to_store_id=target.store_id, **give)


def test_a_supplier_order_comes_in_full_cases_when_its_lead_days_are_over(office: Office):
    stock = office.orderable()
    article = office.state.articles.find(stock.article_id)
    where = dict(article_id=stock.article_id, store_id=stock.store_id)
    order = office("place_supplier_order", cases=1, **where)
    assert (order["quantity"], order["origin"]) == (article.case_size, article.supplier)
    assert order["delivery_id"] in office.refused("place_supplier_order", cases=1, **where)
    shown = office("list_store_stock", **where)["stock"][0]
    assert (shown["on_hand"], shown["incoming"]) == (stock.on_hand, article.case_size)
    days = office.state.suppliers.find(article.supplier).lead_days
    office.wait(days * 24 * 60)
    office("settle_store_delivery", delivery_id=order["delivery_id"], outcome="received")
    assert office.stock(stock).on_hand == stock.on_hand + article.case_size


def test_a_discontinued_article_or_a_full_store_takes_no_supplier_order(office: Office):
    gone = next(row for row in office.state.articles if row.discontinued)
    stock = office.state.stock.where(article_id=gone.article_id)[0]
    where = dict(article_id=gone.article_id, store_id=stock.store_id)
    assert "is discontinued" in office.refused("place_supplier_order", cases=1, **where)
    roomy = office.orderable()
    where = dict(article_id=roomy.article_id, store_id=roomy.store_id)
    assert "has space for" in office.refused("place_supplier_order", cases=500, **where)


def test_a_collected_reservation_is_paid_at_the_price_of_its_region(office: Office):
    stock = office.open_stock()
    store, article = office.state.stores.find(stock.store_id), office.state.articles.find(stock.article_id)
    where = dict(article_id=stock.article_id, store_id=stock.store_id)
    held = office("reserve_article", customer="Rhea Stone", quantity=2, **where)
    assert held["total"] == pytest.approx(2 * price_in(article, store.region))
    assert office.stock(stock).on_hand == stock.on_hand
    shown = office("find_articles", text=article.name, region=store.region)["articles"]
    assert {row["price"] for row in shown if row["article_id"] == article.article_id} == {held["total"] / 2}
    number = held["reservation_id"]
    settled = office("settle_article_reservation", reservation_id=number, outcome="collected")
    assert (settled["paid"], settled["on_hand"]) == (held["total"], stock.on_hand - 2)
    assert "is collected" in office.refused("settle_article_reservation", reservation_id=number, outcome="cancelled")


def test_a_cancelled_or_expired_reservation_frees_its_pieces(office: Office):
    stock = office.open_stock()
    where = dict(article_id=stock.article_id, store_id=stock.store_id)
    free = office.free(stock)
    first = office("reserve_article", customer="Rhea Stone", **where)["reservation_id"]
    assert first in office.refused("reserve_article", customer="Rhea Stone", **where)
    office("settle_article_reservation", reservation_id=first, outcome="cancelled")
    second = office("reserve_article", customer="Rhea Stone", until=office.state.today, **where)["reservation_id"]
    assert office.free(stock) == free - 1
    office.wait(24 * 60)
    assert reservation_status(office.state, office.state.reservations.find(second)) == "expired"
    assert office.free(stock) >= free
    assert "is expired" in office.refused("settle_article_reservation", reservation_id=second, outcome="collected")


def test_nothing_is_held_longer_than_two_weeks_nor_collected_from_a_closed_store(office: Office):
    stock = office.open_stock()
    where = dict(article_id=stock.article_id, store_id=stock.store_id, customer="Rhea Stone")
    for day in ("2020-01-01", "9999-12-31"):
        assert "are held from today" in office.refused("reserve_article", until=day, **where)
    number = office("reserve_article", **where)["reservation_id"]
    office.until(f"{office.state.today}T23:30")
    assert "is closed now" in office.refused("settle_article_reservation", reservation_id=number, outcome="collected")


def test_a_count_needs_a_reason_that_explains_it(office: Office):
    stock = office.open_stock()
    where = dict(article_id=stock.article_id, store_id=stock.store_id)
    more, fewer = stock.on_hand + 2, stock.on_hand - 1
    assert "does not explain" in office.refused("adjust_store_stock", counted=more, reason="stolen", **where)
    assert "does not explain" in office.refused("adjust_store_stock", counted=fewer, reason="found", **where)
    assert "nothing to adjust" in office.refused(
        "adjust_store_stock", counted=stock.on_hand, reason="miscount", **where
    )
    before = len(office.state.adjustments)
    office("adjust_store_stock", counted=more, reason="found", **where)
    office("adjust_store_stock", counted=fewer, reason="damaged", **where)
    changes = [row.change for row in list(office.state.adjustments)[before:]]
    assert office.stock(stock).on_hand == stock.on_hand + sum(changes) == fewer


def test_a_low_stock_report_shows_the_scarcest_first_and_nothing_else(office: Office):
    for store in office.state.stores:
        shown = office("list_store_stock", store_id=store.store_id, level="low", limit=50)["stock"]
        free = [row["on_hand"] - row["reserved"] - row["reorder_at"] for row in shown]
        assert free == sorted(free) and all(number <= 0 for number in free)
        empty = office("list_store_stock", store_id=store.store_id, level="sold_out", limit=50)["stock"]
        assert all(row["on_hand"] == row["reserved"] for row in empty)


def test_what_is_asked_for_must_exist(office: Office):
    stock = office.open_stock()
    store, article = stock.store_id, stock.article_id
    assert "no store STO-1" in office.refused("list_store_stock", store_id="STO-1")
    assert "no article ART-1" in office.refused("list_store_stock", article_id="ART-1")
    assert "give a store_id" in office.refused("list_store_stock", level="low")
    assert "no stock transfer" in office.refused("settle_store_delivery", delivery_id="TFR-1", outcome="received")
    assert "no article reservation" in office.refused(
        "settle_article_reservation", reservation_id="RVN-1", outcome="cancelled"
    )
    category = office.state.articles.find(article).category
    shown = office("list_store_stock", store_id=store, category=category, limit=50)["stock"]
    assert {office.state.articles.find(row["article_id"]).category for row in shown} == {category}


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
