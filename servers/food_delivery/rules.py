"""Rules of the app that only read: how far an order is, what is open, what a coupon is worth.

    placed --2 min--> confirmed --3 min--> preparing --half the delivery time--> picked_up --the whole--> delivered
       `---------------------`------------------`--> cancelled

An order's status is read off the clock: minutes since it was placed, unless it was cancelled.
"""

from __future__ import annotations

from servers.food_delivery.records import Coupon, CouponStatus, Delivery, Line, Order, Restaurant, Status
from servers.state import minutes_between

CONFIRMED_AFTER = 2
PREPARING_AFTER = 5


def status_of(app: Delivery, order: Order) -> Status:
    if order.cancelled:
        return "cancelled"
    passed = minutes_between(order.placed, app.now)
    if passed < CONFIRMED_AFTER:
        return "placed"
    if passed < PREPARING_AFTER:
        return "confirmed"
    if passed < order.delivery_minutes // 2:
        return "preparing"
    return "picked_up" if passed < order.delivery_minutes else "delivered"


def is_open(app: Delivery, restaurant: Restaurant) -> bool:
    clock, opens, closes = app.now[11:], restaurant.opens, restaurant.closes
    return opens <= clock < closes if opens < closes else clock >= opens or clock < closes


def coupon_status(app: Delivery, coupon: Coupon) -> CouponStatus:
    if coupon.used:
        return "used"
    return "expired" if coupon.expires < app.today else "usable"


def subtotal_of(lines: list[Line]) -> float:
    return cents(sum(line.quantity * line.price for line in lines))


def cents(amount: float) -> float:
    return round(amount, 2)
