"""Turns a cart into an order: what must hold before, what is charged, what it leaves behind."""

from __future__ import annotations

from servers.shopping.material import option_of
from servers.shopping.records import Address, Coupon, Item, Order, Purse, Shipping, Shop
from servers.shopping.rules import (
    arrival,
    cents,
    coupon_status,
    credit_of,
    customer_of,
    discount_of,
    full_name,
    goods,
    points_of,
    points_value,
    price_of,
    shipping_fee,
    ships_to,
)
from servers.state import ToolError, later


def check_coupon(shop: Shop, coupon: Coupon) -> None:
    status, amount = coupon_status(shop, coupon), goods(shop, coupon.category)
    if status == "used":
        raise ToolError(f"coupon {coupon.code} was already used")
    if status == "expired":
        raise ToolError(f"coupon {coupon.code} expired on {coupon.expires}")
    if amount < coupon.minimum:
        what = "goods" if coupon.category == "any" else coupon.category
        raise ToolError(f"coupon {coupon.code} needs {coupon.minimum:.2f} of {what}; the cart has {amount:.2f}")


def check_cart(shop: Shop) -> None:
    """There is something in it, everything is in stock, and its coupon still counts."""
    if not len(shop.cart):
        raise ToolError("the cart is empty")
    for line in shop.cart:
        variant = shop.variants.find(line.variant_id)
        if variant.stock < line.quantity:
            raise ToolError(
                f"only {variant.stock} of {full_name(shop, variant)} in stock; the cart has {line.quantity}"
            )
    if applied := shop.coupons.get(customer_of(shop).coupon):
        check_coupon(shop, applied)


def method_to(shop: Shop, address: Address, method: str) -> Shipping:
    """The way of shipping, if the cart can go to that address by it."""
    offered = ships_to(shop, address)
    for row in offered:
        if row.method == method:
            return row
    names = ", ".join(row.method for row in offered)
    raise ToolError(
        f"{method} is not offered for this cart to {address.country}, only {names or 'none: it is too heavy'}"
    )


def check_points(shop: Shop, points: int) -> None:
    available, _ = points_of(shop)
    if points > available:
        raise ToolError(f"only {available} points available")
    due = cents(goods(shop) - discount_of(shop))
    if points_value(points) > due:
        raise ToolError(f"{points} points are worth {points_value(points):.2f}, more than the goods at {due:.2f}")


def credit_for(shop: Shop, pay_with: Purse) -> float:
    """The store credit that may be used: all of it, or none if the card pays."""
    if pay_with == "card":
        return 0.0
    credit = credit_of(shop)
    if not credit:
        raise ToolError("no store credit available")
    return credit


def place(shop: Shop, address: Address, way: Shipping, points: int, credit: float) -> Order:
    """Adds the order and its items, takes them out of stock, and empties the cart."""
    order = shop.orders.add(_order(shop, address, way, points, credit))
    for line in list(shop.cart):
        variant = shop.variants.find(line.variant_id)
        name, option = shop.products.find(variant.product_id).name, option_of(variant.colour, variant.size)
        number, price = shop.new_id("ITM"), price_of(shop, variant)
        bought = variant.variant_id, variant.product_id, name, option, line.quantity, price
        shop.items.add(Item(number, order.order_id, *bought))
        shop.variants.update(variant, stock=variant.stock - line.quantity)
        shop.cart.delete(line.variant_id)
    shop.customers.update(customer_of(shop), coupon="")
    return order


def _order(shop: Shop, address: Address, way: Shipping, points: int, credit: float) -> Order:
    subtotal, discount, fee = goods(shop), discount_of(shop), shipping_fee(shop, way, address)
    total = cents(subtotal - discount - points_value(points) + fee)
    return Order(
        order_id=shop.new_id("SHP"),
        placed=shop.now,
        ships=later(shop.now, minutes=60 * way.ship_hours),
        arrives=arrival(shop, way, address),
        method=way.method,
        address=address.label,
        coupon=customer_of(shop).coupon,
        subtotal=subtotal,
        discount=discount,
        points_used=points,
        shipping_fee=fee,
        total=total,
        credit_used=min(credit, total),
        charged=cents(total - min(credit, total)),
    )
