"""Rules of the shop that only read: how far orders and returns are, what things cost, what the customer has left.

placed --2 h--> packed --ships--> shipped --arrives--> delivered --30 days--> no longer returnable
   `-------------`--> cancelled

requested --1 day--> in_transit --4 days--> received --6 days--> refunded

points: one for each whole euro kept, credited when an order can no longer be returned; 100 are worth 1.00
credit: gift cards redeemed + returns refunded as credit - credit that orders used
"""

from __future__ import annotations

from servers.shopping.material import option_of
from servers.shopping.records import (
    Address,
    Coupon,
    CouponStatus,
    Customer,
    Order,
    Product,
    Return,
    ReturnStatus,
    Shipping,
    Shop,
    Status,
    Tier,
    Variant,
)
from servers.state import later, minutes_between

HOME = "Germany"
PACKED_AFTER = 120
RETURN_DAYS = 30
DAY = 24 * 60
POINTS_PER_EURO = 1
TIERS: list[tuple[float, Tier]] = [(6_200.0, "gold"), (5_000.0, "silver")]


def customer_of(shop: Shop) -> Customer:
    (customer,) = shop.customers
    return customer


def status_of(shop: Shop, order: Order) -> Status:
    if order.cancelled:
        return "cancelled"
    if shop.now >= order.arrives:
        return "delivered"
    if shop.now >= order.ships:
        return "shipped"
    return "packed" if minutes_between(order.placed, shop.now) >= PACKED_AFTER else "placed"


def return_until(order: Order) -> str:
    """The last day on which its items can be sent back."""
    return later(order.arrives, days=RETURN_DAYS)[:10]


def return_status(shop: Shop, row: Return) -> ReturnStatus:
    days = minutes_between(row.requested, shop.now) / DAY
    if days < 1:
        return "requested"
    if days < 4:
        return "in_transit"
    return "received" if days < 6 else "refunded"


def on_sale(shop: Shop, product: Product) -> bool:
    return product.sale_percent > 0 and product.sale_from <= shop.today <= product.sale_until


def price_of(shop: Shop, variant: Variant) -> float:
    """What a variant costs today."""
    product = shop.products.find(variant.product_id)
    off = product.sale_percent if on_sale(shop, product) else 0
    return cents(variant.price * (100 - off) / 100)


def price_from(shop: Shop, product_id: str) -> float:
    """What its cheapest variant costs today."""
    return min(price_of(shop, variant) for variant in shop.variants.where(product_id=product_id))


def full_name(shop: Shop, variant: Variant) -> str:
    name, option = shop.products.find(variant.product_id).name, option_of(variant.colour, variant.size)
    return f"{name} ({option})" if option else name


def rating_of(shop: Shop, product_id: str) -> float:
    """Mean of its reviews; 0 without any."""
    stars = [row.stars for row in shop.reviews.where(product_id=product_id)]
    return round(sum(stars) / len(stars), 1) if stars else 0.0


def goods(shop: Shop, category: str = "any") -> float:
    """What the cart's goods of a category come to."""
    amount = 0.0
    for line in shop.cart:
        variant = shop.variants.find(line.variant_id)
        if category in ("any", shop.products.find(variant.product_id).category):
            amount += line.quantity * price_of(shop, variant)
    return cents(amount)


def coupon_status(shop: Shop, coupon: Coupon) -> CouponStatus:
    """Used is what an order paid with that was not cancelled."""
    if any(not order.cancelled for order in shop.orders.where(coupon=coupon.code)):
        return "used"
    return "expired" if coupon.expires < shop.today else "usable"


def saving(shop: Shop, coupon: Coupon) -> float:
    """What a coupon takes off the cart: 0 if it does not apply, never more than its goods cost."""
    amount = goods(shop, coupon.category)
    if coupon_status(shop, coupon) != "usable" or amount < coupon.minimum:
        return 0.0
    return cents(min(amount, coupon.value) if coupon.kind == "fixed" else amount * coupon.value / 100)


def discount_of(shop: Shop) -> float:
    applied = shop.coupons.get(customer_of(shop).coupon)
    return saving(shop, applied) if applied else 0.0


def weight_of(shop: Shop) -> float:
    """Kilograms in the cart."""
    variants = [(shop.variants.find(line.variant_id), line.quantity) for line in shop.cart]
    return sum(shop.products.find(variant.product_id).kg * quantity for variant, quantity in variants)


def ships_to(shop: Shop, address: Address) -> list[Shipping]:
    """Ways in which the cart can be sent to an address."""
    abroad, kg = address.country != HOME, weight_of(shop)
    return [row for row in shop.shipping if kg <= row.most_kg and (row.days_abroad or not abroad)]


def shipping_fee(shop: Shop, row: Shipping, address: Address) -> float:
    """By weight; nothing for a cart that is worth enough, nor for standard shipping to gold customers."""
    worth_enough = row.free_from and goods(shop) >= row.free_from
    if worth_enough or (row.method == "standard" and tier_of(shop) == "gold"):
        return 0.0
    fee = row.fee if address.country == HOME else row.fee_abroad
    return cents(fee + row.per_kg * weight_of(shop))


def arrival(shop: Shop, row: Shipping, address: Address) -> str:
    return later(shop.now, days=row.days if address.country == HOME else row.days_abroad)


def points_value(points: int) -> float:
    return cents(points / 100)


def paid_for_goods(order: Order) -> float:
    return cents(order.subtotal - order.discount - points_value(order.points_used))


def points_of(shop: Shop) -> tuple[int, int]:
    """Points to spend now, and those that orders still have to earn."""
    refunded: dict[str, float] = {}
    for row in shop.returns:
        refunded[row.order_id] = refunded.get(row.order_id, 0.0) + row.refund
    last_arrival = later(shop.now, days=-RETURN_DAYS)[:10]
    points = pending = 0
    for order in shop.orders:
        if order.cancelled:
            continue
        earned = POINTS_PER_EURO * int(cents(paid_for_goods(order) - refunded.get(order.order_id, 0.0)))
        points -= order.points_used
        if order.arrives[:10] < last_arrival:
            points += earned
        else:
            pending += earned
    return points, pending


def credit_of(shop: Shop) -> float:
    cards = sum(card.amount for card in shop.gift_cards if card.redeemed)
    back = sum(row.refund for row in shop.returns if _refunded_as_credit(shop, row))
    return cents(cards + back - sum(order.credit_used for order in shop.orders if not order.cancelled))


def names_in(shop: Shop, order: Order) -> list[str]:
    return [item.name for item in shop.items.where(order_id=order.order_id)]


def tier_of(shop: Shop) -> Tier:
    """By what the last 365 days' orders came to."""
    since = later(shop.now, days=-365)
    spent = sum(order.total for order in shop.orders if not order.cancelled and order.placed >= since)
    return next((tier for least, tier in TIERS if spent >= least), "basic")


def matches(text: str, name: str) -> bool:
    """Whether every word of the text is in the name."""
    name = name.casefold()
    return all(word in name for word in text.casefold().split())


def cents(amount: float) -> float:
    return round(amount, 2)


def _refunded_as_credit(shop: Shop, row: Return) -> bool:
    return row.refund_to == "store_credit" and return_status(shop, row) == "refunded"
