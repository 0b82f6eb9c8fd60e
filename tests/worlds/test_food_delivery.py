"""Laws of the food-delivery app, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.food_delivery.rules import is_open
from servers.food_delivery.tools import MOST_ADDRESSES
from tests.worlds.live import Live

SEEDS = range(12)


class App(Live):
    """The app of a seed, and a customer who fills carts and orders."""

    def __init__(self, seed: int):
        super().__init__("food_delivery", seed)

    def empty_cart(self) -> None:
        for line in self("view_food_cart")["dishes"]:
            self("remove_dish_from_cart", dish_id=line["dish_id"])

    def fill_cart(self) -> tuple[Any, Any]:
        """Six portions of the dearest dish of an open restaurant that reaches an address: (restaurant, address)."""
        self.empty_cart()
        for restaurant in self.state.restaurants:
            reached = [place for place in self.state.addresses if place.district in restaurant.zone]
            if reached and is_open(self.state, restaurant):
                self("add_dish_to_cart", dish_id=self.dishes(restaurant)[-1].dish_id, quantity=6)
                return restaurant, reached[0]
        raise AssertionError("no open restaurant reaches the customer")

    def dishes(self, restaurant: Any) -> list[Any]:
        """Its available dishes, cheapest first."""
        rows = self.state.dishes.where(restaurant_id=restaurant.restaurant_id, available=True)
        return sorted(rows, key=lambda row: row.price)

    def order(self) -> str:
        _, address = self.fill_cart()
        return self("place_food_order", address_id=address.address_id)["order_id"]


@pytest.fixture(params=[0, 1, 2])
def app(request: pytest.FixtureRequest) -> App:
    return App(request.param)


def test_an_order_total_is_its_items_fees_and_discount():
    for seed in SEEDS:
        app = App(seed)
        app.order()
        for order in app.state.orders:
            items = sum(line.quantity * line.price for line in order.lines)
            assert order.subtotal == pytest.approx(items)
            assert order.total == pytest.approx(items + order.delivery_fee - order.discount)


def test_an_order_goes_through_its_life_cycle_as_time_passes(app: App):
    order_id = app.order()
    seen = [app("track_food_order", order_id=order_id)["status"]]
    for _ in range(60):
        app.wait(1)
        seen.append(app("track_food_order", order_id=order_id)["status"])
    assert list(dict.fromkeys(seen)) == ["placed", "confirmed", "preparing", "picked_up", "delivered"]


def test_an_order_can_be_cancelled_only_before_pick_up(app: App):
    stopped, kept = app.order(), app.order()
    total = app.state.orders.find(stopped).total
    assert app("cancel_food_order", order_id=stopped)["refund"] == total
    assert "is cancelled" in app.refused("cancel_food_order", order_id=stopped)
    app.wait(app.state.orders.find(kept).delivery_minutes - 5)
    assert "is picked_up" in app.refused("cancel_food_order", order_id=kept)


def test_a_delivered_order_cannot_be_cancelled(app: App):
    order_id = app.order()
    app.wait(60)
    assert "is delivered" in app.refused("cancel_food_order", order_id=order_id)


def test_tips_and_ratings_wait_for_delivery_and_count_once(app: App):
    order_id = app.order()
    assert "not delivered" in app.refused("tip_courier", order_id=order_id, amount=2)
    assert "not delivered" in app.refused("rate_food_order", order_id=order_id, stars=5)
    app.wait(60)
    app("tip_courier", order_id=order_id, amount=2)
    app("rate_food_order", order_id=order_id, stars=5)
    assert "tip of 2.00" in app.refused("tip_courier", order_id=order_id, amount=3)
    assert "already rated" in app.refused("rate_food_order", order_id=order_id, stars=1)
    tracked = app("track_food_order", order_id=order_id)
    assert (tracked["tip"], tracked["rated"]) == (2.0, True)


def test_a_cart_holds_dishes_of_one_open_restaurant_that_has_them(app: App):
    restaurant, _ = app.fill_cart()
    rows = [row for row in app.state.restaurants if row.restaurant_id != restaurant.restaurant_id]
    other = next(row for row in rows if is_open(app.state, row))
    closed = next(row for row in rows if not is_open(app.state, row))
    sold_out = next(row for row in app.state.dishes if not row.available)
    assert restaurant.name in app.refused("add_dish_to_cart", dish_id=app.dishes(other)[0].dish_id)
    assert "closed now" in app.refused("add_dish_to_cart", dish_id=app.dishes(closed)[0].dish_id)
    app.empty_cart()
    app.state.restaurants.update(app.state.restaurants.find(sold_out.restaurant_id), opens="00:00", closes="23:59")
    assert "sold out" in app.refused("add_dish_to_cart", dish_id=sold_out.dish_id)


def test_no_more_than_twelve_portions_of_one_dish(app: App):
    restaurant, _ = app.fill_cart()
    dish_id = app.dishes(restaurant)[-1].dish_id
    assert app("add_dish_to_cart", dish_id=dish_id, quantity=6)["quantity"] == 12
    assert "at most 12" in app.refused("add_dish_to_cart", dish_id=dish_id)
    app.refused("add_dish_to_cart", dish_id=app.dishes(restaurant)[0].dish_id, quantity=13)


def test_an_order_needs_dishes_the_minimum_and_an_address_in_the_zone(app: App):
    restaurant, address = app.fill_cart()
    app.state.restaurants.update(restaurant, minimum_order=500.0)
    assert "minimum order" in app.refused("place_food_order", address_id=address.address_id)
    app.state.restaurants.update(restaurant, zone=("Elsewhere",))
    assert "does not deliver to" in app.refused("place_food_order", address_id=address.address_id)
    app.empty_cart()
    assert "empty" in app.refused("place_food_order", address_id=address.address_id)


def test_a_coupon_pays_once_and_comes_back_when_the_order_is_cancelled(app: App):
    coupon = app("list_food_coupons")["coupons"][0]
    _, address = app.fill_cart()
    before = app("view_food_cart")["total"]
    applied = app("apply_food_coupon", code=coupon["code"])
    assert applied["total"] == pytest.approx(before - applied["discount"]) and applied["discount"] > 0
    order = app("place_food_order", address_id=address.address_id)
    assert order["total"] == applied["total"]
    app.fill_cart()
    assert "already used" in app.refused("apply_food_coupon", code=coupon["code"])
    app("cancel_food_order", order_id=order["order_id"])
    app("apply_food_coupon", code=coupon["code"])


def test_expired_used_and_too_small_coupons_are_refused(app: App):
    restaurant, _ = app.fill_cart()
    for status, reason in (("expired", "expired on"), ("used", "already used")):
        for coupon in app("list_food_coupons", status=status)["coupons"]:
            assert reason in app.refused("apply_food_coupon", code=coupon["code"])
    coupon = app("list_food_coupons")["coupons"][0]
    app("apply_food_coupon", code=coupon["code"])
    app("add_dish_to_cart", dish_id=app.dishes(restaurant)[0].dish_id)
    app("remove_dish_from_cart", dish_id=app.dishes(restaurant)[-1].dish_id)
    cart = app("view_food_cart")
    assert cart["subtotal"] < coupon["minimum"] and cart["coupon"] == "" and cart["discount"] == 0
    assert "needs" in app.refused("apply_food_coupon", code=coupon["code"])


def test_reordering_fills_an_empty_cart_with_the_same_dishes(app: App):
    order_id = app.order()
    app("reorder_food_order", order_id=order_id)
    lines = app.state.orders.find(order_id).lines
    assert [line["dish_id"] for line in app("view_food_cart")["dishes"]] == [line.dish_id for line in lines]
    assert "not empty" in app.refused("reorder_food_order", order_id=order_id)


def test_a_new_address_has_a_known_district_and_a_free_label(app: App):
    district = app("list_delivery_addresses")["addresses"][0]["district"]
    saved = app("add_delivery_address", label="Cabin", street="4 Juniper Row", district=district)
    assert saved in app("list_delivery_addresses")["addresses"]
    assert "already saved" in app.refused(
        "add_delivery_address", label="cabin", street="5 Juniper Row", district=district
    )
    assert "no district" in app.refused("add_delivery_address", label="Moon", street="1 Crater", district="Luna")


def test_no_more_than_so_many_addresses_are_saved(app: App):
    district = next(iter(app.state.restaurants)).zone[0]
    while len(app.state.addresses) < MOST_ADDRESSES:
        app("add_delivery_address", label=f"Place {len(app.state.addresses)}", street="1 Elm Row", district=district)
    assert f"at most {MOST_ADDRESSES}" in app.refused(
        "add_delivery_address", label="One more", street="2 Elm Row", district=district
    )


def test_what_the_app_does_not_know_is_refused_by_name(app: App):
    app.fill_cart()
    assert app.refused("get_restaurant_details", restaurant_id="RST-1") == "no restaurant RST-1"
    assert app.refused("add_dish_to_cart", dish_id="DSH-1") == "no dish DSH-1"
    assert app.refused("remove_dish_from_cart", dish_id="DSH-1") == "DSH-1 is not in the cart"
    assert app.refused("track_food_order", order_id="FOD-1") == "no food order FOD-1"
    assert app.refused("place_food_order", address_id="ADR-1") == "no delivery address ADR-1"
    assert app.refused("apply_food_coupon", code="NOPE") == "no coupon NOPE"
    app.empty_cart()
    code = next(iter(app.state.coupons)).code
    assert app.refused("apply_food_coupon", code=code) == "the cart is empty"


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
