"""Laws of the shop, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.shopping.rules import price_of, status_of
from servers.shopping.seed import gift_codes_of
from tests.worlds.live import Live

SEEDS = range(12)
DAY = 24 * 60


class Store(Live):
    """The shop of a seed, and a customer who fills carts, orders and sends back."""

    def __init__(self, seed: int):
        super().__init__("shopping", seed)
        self.seed = seed

    def variants(self, at_least: int = 4) -> list[Any]:
        """Variants of which there are enough, that can be returned and are light, one of each product."""
        products = {row.product_id for row in self.state.products if not row.final_sale and row.kg < 3}
        rows = [row for row in self.state.variants if row.stock >= at_least and row.product_id in products]
        return list({row.product_id: row for row in rows}.values())

    def empty_cart(self) -> None:
        for line in self("view_shop_cart")["lines"]:
            self("remove_from_shop_cart", variant_id=line["variant_id"])

    def fill_cart(self, pieces: int = 3) -> Any:
        """Pieces of one variant that costs 30 to 90."""
        self.empty_cart()
        variant = next(row for row in self.variants(pieces) if 30 <= price_of(self.state, row) <= 90)
        self("add_to_shop_cart", variant_id=variant.variant_id, quantity=pieces)
        return variant

    @property
    def home(self) -> str:
        return next(row.address_id for row in self.state.addresses if row.country == "Germany")

    def order(self, pieces: int = 3, **more: Any) -> dict[str, Any]:
        self.fill_cart(pieces)
        return self("checkout_shop_cart", address_id=self.home, shipping="express", **more)

    def item_of(self, order_id: str) -> str:
        return self("get_shop_order", order_id=order_id)["items"][0]["item_id"]

    def delivered(self, **more: Any) -> tuple[str, str]:
        """An order of three pieces that arrived, and its item."""
        order_id = self.order(**more)["order_id"]
        self.wait(3 * DAY)
        return order_id, self.item_of(order_id)

    def credit(self) -> float:
        return self("get_shop_account")["store_credit"]


@pytest.fixture(params=[0, 1, 2])
def store(request: pytest.FixtureRequest) -> Store:
    return Store(request.param)


def test_an_order_adds_up_and_is_paid_by_credit_points_and_card():
    for seed in SEEDS:
        store = Store(seed)
        store.order(pay_with="store_credit", points=100)
        for order in store.state.orders:
            items = store.state.items.where(order_id=order.order_id)
            assert order.subtotal == pytest.approx(sum(item.quantity * item.price for item in items))
            goods = order.subtotal - order.discount - order.points_used / 100
            assert goods >= 0 and order.total == pytest.approx(goods + order.shipping_fee)
            assert order.total == pytest.approx(order.credit_used + order.charged)


def test_a_world_begins_with_credit_points_and_returns_that_its_history_explains():
    for seed in SEEDS:
        store = Store(seed)
        account = store("get_shop_account")
        assert account["points"] >= 0 and account["store_credit"] >= 0
        for row in store.state.returns:
            order, item = store.state.orders.find(row.order_id), store.state.items.find(row.item_id)
            assert order.arrives <= row.requested and item.order_id == order.order_id and not order.cancelled
            assert row.quantity <= item.quantity and (row.refund_to != "card" or row.refund <= order.charged)


def test_stock_falls_with_an_order_never_below_zero_and_comes_back_when_it_is_cancelled(store: Store):
    variant = store.fill_cart()
    left = variant.stock - 3
    if left < 10:
        assert f"only {variant.stock} of" in store.refused(
            "add_to_shop_cart", variant_id=variant.variant_id, quantity=left + 1
        )
    order_id = store("checkout_shop_cart", address_id=store.home, shipping="express")["order_id"]
    assert store.state.variants.find(variant.variant_id).stock == left
    store("cancel_shop_order", order_id=order_id)
    assert store.state.variants.find(variant.variant_id).stock == variant.stock


def test_a_cart_that_sold_out_cannot_be_ordered(store: Store):
    variant = store.fill_cart()
    store.state.variants.update(variant, stock=2)
    assert store("view_shop_cart")["lines"][0]["available"] is False
    assert "only 2 of" in store.refused("checkout_shop_cart", address_id=store.home, shipping="express")
    store("remove_from_shop_cart", variant_id=variant.variant_id)
    assert "is empty" in store.refused("checkout_shop_cart", address_id=store.home, shipping="express")


def test_a_cart_takes_ten_of_a_variant_and_gives_back_what_it_has(store: Store):
    variant = store.fill_cart()
    store.state.variants.update(variant, stock=30)
    assert store("add_to_shop_cart", variant_id=variant.variant_id, quantity=7)["quantity"] == 10
    assert "at most 10" in store.refused("add_to_shop_cart", variant_id=variant.variant_id)
    assert store("remove_from_shop_cart", variant_id=variant.variant_id, quantity=4)["quantity"] == 6
    assert "has only 6" in store.refused("remove_from_shop_cart", variant_id=variant.variant_id, quantity=7)
    store("remove_from_shop_cart", variant_id=variant.variant_id)
    assert "not in the cart" in store.refused("remove_from_shop_cart", variant_id=variant.variant_id)


def test_an_order_goes_through_its_life_and_can_be_cancelled_until_it_ships(store: Store):
    kept, stopped = store.order()["order_id"], store.order()["order_id"]
    seen = []
    for _ in range(80):
        seen.append(store("get_shop_order", order_id=kept)["status"])
        if len(seen) == 4:
            store("cancel_shop_order", order_id=stopped)
        store.wait(60)
    assert list(dict.fromkeys(seen)) == ["placed", "packed", "shipped", "delivered"]
    assert "is cancelled" in store.refused("cancel_shop_order", order_id=stopped)
    assert "is delivered" in store.refused("cancel_shop_order", order_id=kept)


def test_cancelling_gives_back_money_credit_and_points(store: Store):
    store("redeem_shop_gift_card", code=gift_codes_of(store.seed)[0])
    before = store("get_shop_account")
    order = store.order(pay_with="store_credit", points=200)
    during = store("get_shop_account")
    assert during["store_credit"] == pytest.approx(before["store_credit"] - order["credit_used"])
    assert during["points"] == before["points"] - 200
    back = store("cancel_shop_order", order_id=order["order_id"])
    assert (back["refund_to_card"], back["credit_back"]) == (order["charged"], order["credit_used"])
    assert store("get_shop_account") == before


def test_points_are_earned_by_what_is_kept_and_cannot_be_overspent(store: Store):
    store.fill_cart(1)
    checkout = {"address_id": store.home, "shipping": "express"}
    assert "points available" in store.refused("checkout_shop_cart", **checkout, points=50_000)
    before = store("get_shop_account")
    store("checkout_shop_cart", **checkout)
    after = store("get_shop_account")
    assert after["points"] == before["points"] and after["pending_points"] > before["pending_points"]
    store.wait(40 * DAY)
    settled = store("get_shop_account")
    assert settled["pending_points"] == 0 and settled["points"] == after["points"] + after["pending_points"]


def test_points_pay_for_goods_not_for_shipping(store: Store):
    store.fill_cart(1)
    amount = store("view_shop_cart")["total"]
    points = 100 * (int(amount) + 1)
    oldest = min(store.state.orders, key=lambda order: order.placed)
    store.state.orders.update(oldest, cancelled=False, subtotal=99_000.0)
    assert "more than the goods" in store.refused(
        "checkout_shop_cart", address_id=store.home, shipping="express", points=points
    )


def test_a_coupon_pays_once_and_comes_back_when_the_order_is_cancelled(store: Store):
    coupon = store("list_shop_coupons")["coupons"][0]
    store.fill_cart()
    before = store("view_shop_cart")["total"]
    applied = store("apply_shop_coupon", code=coupon["code"])
    assert applied["discount"] > 0 and applied["total"] == pytest.approx(before - applied["discount"])
    order_id = store("checkout_shop_cart", address_id=store.home, shipping="express")["order_id"]
    assert store("get_shop_order", order_id=order_id)["discount"] == applied["discount"]
    store.fill_cart()
    assert "already used" in store.refused("apply_shop_coupon", code=coupon["code"])
    store("cancel_shop_order", order_id=order_id)
    store("apply_shop_coupon", code=coupon["code"])


def test_expired_used_and_unfit_coupons_are_refused(store: Store):
    store.fill_cart()
    for status, reason in (("expired", "expired on"), ("used", "already used")):
        for coupon in store("list_shop_coupons", status=status)["coupons"]:
            assert reason in store.refused("apply_shop_coupon", code=coupon["code"])
    row = store.state.coupons.find(store("list_shop_coupons")["coupons"][0]["code"])
    store("apply_shop_coupon", code=row.code)
    store.state.coupons.update(row, minimum=5_000.0)
    assert "needs 5000.00 of goods" in store.refused("checkout_shop_cart", address_id=store.home, shipping="express")
    store.empty_cart()
    assert store("view_shop_cart")["coupon"] == ""
    store.state.coupons.update(row, category="lamps")
    assert "of lamps; the cart has 0.00" in store.refused("apply_shop_coupon", code=row.code)


def test_a_gift_card_is_credited_once_and_before_it_expires(store: Store):
    codes, before = gift_codes_of(store.seed), store.credit()
    amount = store("redeem_shop_gift_card", code=codes[0])["amount"]
    assert store.credit() == pytest.approx(before + amount)
    assert "already redeemed" in store.refused("redeem_shop_gift_card", code=codes[0])
    assert "expired on" in store.refused("redeem_shop_gift_card", code=codes[4])
    assert "no gift card" in store.refused("redeem_shop_gift_card", code="AAAA-BBBB-CCCC")


def test_without_store_credit_the_card_pays(store: Store):
    for card in list(store.state.gift_cards):
        store.state.gift_cards.update(card, redeemed=False)
    for order in list(store.state.orders):
        store.state.orders.update(order, credit_used=0.0)
    for row in list(store.state.returns):
        store.state.returns.update(row, refund_to="card")
    store.fill_cart()
    checkout = {"address_id": store.home, "shipping": "express"}
    assert "no store credit" in store.refused("checkout_shop_cart", **checkout, pay_with="store_credit")
    placed = store("checkout_shop_cart", **checkout)
    assert placed["charged"] == placed["total"]


def test_an_item_is_refunded_once_and_all_pieces_give_back_what_was_paid_for_them(store: Store):
    coupon = store("list_shop_coupons")["coupons"][0]
    store.fill_cart()
    store("apply_shop_coupon", code=coupon["code"])
    order_id = store("checkout_shop_cart", address_id=store.home, shipping="express")["order_id"]
    item = store.item_of(order_id)
    store.wait(3 * DAY)
    refunds = [store("request_return", item_id=item, reason="damaged")["refund"] for _ in range(3)]
    order = store.state.orders.find(order_id)
    assert sum(refunds) == pytest.approx(order.subtotal - order.discount)
    assert "0 of 3" in store.refused("request_return", item_id=item, reason="damaged")


def test_a_refund_as_credit_arrives_when_the_return_does(store: Store):
    for row in list(store.state.returns):
        store.state.returns.update(row, refund_to="card")
    order_id, item = store.delivered()
    before = store.credit()
    refund = store("request_return", item_id=item, reason="wrong_size", refund_to="store_credit")["refund"]
    seen = []
    for _ in range(8):
        status = store("list_returns", order_id=order_id)["returns"][0]["status"]
        assert store.credit() == pytest.approx(before + (refund if status == "refunded" else 0))
        seen.append(status)
        store.wait(DAY)
    assert list(dict.fromkeys(seen)) == ["requested", "in_transit", "received", "refunded"]


def test_only_delivered_items_go_back_within_thirty_days_and_not_those_of_a_final_sale(store: Store):
    order_id = store.order()["order_id"]
    item = store.item_of(order_id)
    assert "is placed" in store.refused("request_return", item_id=item, reason="damaged")
    store.wait(20 * DAY)
    product = store.state.products.find(store.state.items.find(item).product_id)
    store.state.products.update(product, final_sale=True)
    assert "final sale" in store.refused("request_return", item_id=item, reason="damaged")
    assert store("get_shop_order", order_id=order_id)["items"][0]["returnable"] == 0
    store.state.products.update(product, final_sale=False)
    store("request_return", item_id=item, reason="damaged")
    store.wait(20 * DAY)
    assert "could be returned until" in store.refused("request_return", item_id=item, reason="damaged")


def test_the_card_never_gets_back_more_than_it_was_charged(store: Store):
    for code in gift_codes_of(store.seed)[:3]:
        store("redeem_shop_gift_card", code=code)
    order_id, item = store.delivered(pay_with="store_credit")
    order = store.state.orders.find(order_id)
    assert order.charged < order.subtotal
    reason = store.refused("request_return", item_id=item, reason="damaged", quantity=3)
    assert f"only {order.charged:.2f}" in reason and "use store_credit" in reason
    store("request_return", item_id=item, reason="damaged", quantity=3, refund_to="store_credit")


def test_only_what_arrived_is_reviewed_once_and_it_counts(store: Store):
    variant = store.fill_cart()
    review = {"product_id": variant.product_id, "stars": 2, "text": "colour is a bit off"}
    bought = {item.product_id for item in store.state.items}
    fresh = next(row for row in store.state.products if row.product_id not in bought)
    assert "never delivered" in store.refused("write_product_review", **{**review, "product_id": fresh.product_id})
    order_id, _ = store.delivered()
    assert status_of(store.state, store.state.orders.find(order_id)) == "delivered"
    for mine in store.state.reviews.where(author=store("get_shop_account")["name"]):
        store.state.reviews.delete(mine.review_id)
    before = store("get_product", product_id=variant.product_id)["reviews"]
    store("write_product_review", **review)
    stars = [row.stars for row in store.state.reviews.where(product_id=variant.product_id)]
    after = store("get_product", product_id=variant.product_id)
    assert after["reviews"] == before + 1 and after["rating"] == pytest.approx(sum(stars) / len(stars), abs=0.06)
    assert "already reviewed" in store.refused("write_product_review", **review)


def test_a_parcel_goes_only_where_its_method_goes_and_costs_what_was_quoted(store: Store):
    store.fill_cart()
    abroad = next(row.address_id for row in store.state.addresses if row.country != "Germany")
    assert "not offered" in store.refused("checkout_shop_cart", address_id=abroad, shipping="next_day")
    quoted = {row["method"]: row["fee"] for row in store("list_shipping_methods", address_id=abroad)["methods"]}
    order_id = store("checkout_shop_cart", address_id=abroad, shipping="express")["order_id"]
    assert store("get_shop_order", order_id=order_id)["shipping_fee"] == quoted["express"]
    assert "no address" in store.refused("list_shipping_methods", address_id="SHA-00000")


def test_prices_follow_the_sale_and_alerts_wait_for_a_lower_one(store: Store):
    variant = next(row for row in store.variants() if row.variant_id not in store.state.wishes)
    product = store.state.products.find(variant.product_id)
    today, later_on = store.state.today, "2099-01-01"
    store.state.products.update(product, sale_percent=0)
    for wish in list(store.state.wishes)[3:]:
        store("remove_from_wishlist", variant_id=wish.variant_id)
    price = store("add_to_wishlist", variant_id=variant.variant_id)["price"]
    assert f"costs {price:.2f}" in store.refused("set_price_alert", variant_id=variant.variant_id, below=price)
    assert store("set_price_alert", variant_id=variant.variant_id, below=price * 0.85)["reached"] is False
    store.state.products.update(product, sale_percent=20, sale_from=today, sale_until=later_on)
    wish = next(row for row in store("view_wishlist")["wishes"] if row["variant_id"] == variant.variant_id)
    assert wish["price"] == pytest.approx(price * 0.8, abs=0.01) and wish["reached"]


def test_a_wish_is_made_once_and_there_are_at_most_twelve(store: Store):
    free = [row for row in store.state.variants if row.variant_id not in store.state.wishes]
    for variant in free[: 12 - len(store.state.wishes)]:
        store("add_to_wishlist", variant_id=variant.variant_id)
    assert "full" in store.refused("add_to_wishlist", variant_id=free[20].variant_id)
    first = store("view_wishlist")["wishes"][0]["variant_id"]
    assert "already on" in store.refused("add_to_wishlist", variant_id=first)
    store("remove_from_wishlist", variant_id=first)
    assert "not on the wish list" in store.refused("remove_from_wishlist", variant_id=first)


def test_a_new_address_has_a_free_label_and_there_are_at_most_eight(store: Store):
    place = {"street": "4 Juniper Row", "city": "Turku", "country": "Finland"}
    for label in ("Cabin", "Clinic", "Club", "Barn"):
        saved = store("add_shop_address", label=label, **place)
        assert saved in store("get_shop_account")["addresses"]
    assert "already saved" in store.refused("add_shop_address", label="cabin", **place)
    assert "at most 8" in store.refused("add_shop_address", label="Ninth", **place)


def test_what_does_not_exist_is_refused(store: Store):
    assert "no product" in store.refused("get_product", product_id="PRD-00000")
    assert "no variant" in store.refused("add_to_shop_cart", variant_id="VAR-00000")
    assert "no shop order" in store.refused("get_shop_order", order_id="SHP-00000")
    assert "no order item" in store.refused("request_return", item_id="ITM-00000", reason="damaged")
    assert "no coupon" in store.refused("apply_shop_coupon", code="NOTHING10")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
