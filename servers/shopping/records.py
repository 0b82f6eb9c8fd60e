"""The tables of the shop, and the types its tools take and give. All prices are in euros."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from servers.state import Row, State, Table

ProductId = Annotated[str, Meta(description="product, e.g. PRD-48213", max_length=20)]
VariantId = Annotated[str, Meta(description="one colour and size of a product, e.g. VAR-30417", max_length=20)]
OrderId = Annotated[str, Meta(description="shop order, e.g. SHP-71305", max_length=20)]
ItemId = Annotated[str, Meta(description="item of a shop order, e.g. ITM-20931", max_length=20)]
AddressId = Annotated[str, Meta(description="saved address, e.g. SHA-55120", max_length=20)]
Code = Annotated[str, Meta(description="coupon code, e.g. SPRING15", max_length=20)]
GiftCode = Annotated[str, Meta(description="code printed on the gift card, e.g. 7KQX-M2DR-91HT", max_length=20)]
Text = Annotated[str, Meta(description="product name or some of its words, e.g. Merino Sweater", max_length=80)]
Quantity = Annotated[int, Meta(description="how many pieces, e.g. 2", ge=1, le=10)]
Price = Annotated[float, Meta(description="price in euros, e.g. 39.90", gt=0, le=10_000)]
Day = Annotated[date, Meta(description="calendar date, e.g. 2026-03-14")]
Category = Literal[
    "sweaters", "jackets", "shoes", "bags", "lamps", "cookware", "bedding", "headphones", "keyboards", "toys",
    "garden", "fitness", "coffee",
]  # fmt: skip
Country = Literal[
    "Austria", "Belgium", "Denmark", "Estonia", "Finland", "France", "Germany", "Ireland", "Italy", "Netherlands",
    "Norway", "Poland", "Portugal", "Spain", "Sweden", "Switzerland",
]  # fmt: skip
Method = Literal["standard", "express", "next_day", "pickup_point"]
Status = Literal["placed", "packed", "shipped", "delivered", "cancelled"]
CouponKind = Literal["percent", "fixed"]
CouponStatus = Literal["usable", "used", "expired"]
Reason = Literal["wrong_size", "damaged", "not_as_described", "arrived_too_late", "changed_my_mind"]
Purse = Literal["card", "store_credit"]
ReturnStatus = Literal["requested", "in_transit", "received", "refunded"]
Tier = Literal["basic", "silver", "gold"]
Sort = Literal["best_rated", "cheapest", "newest"]


class Customer(Row, frozen=True):
    customer_id: str
    name: str
    card_last4: str
    coupon: str = ""
    """Code applied to the cart, or nothing."""


class Product(Row, frozen=True):
    product_id: str
    name: str
    category: Category
    kg: float
    launched: str
    final_sale: bool
    """Cannot be returned."""
    sale_percent: int
    sale_from: str
    sale_until: str
    """Days, both included, on which the percentage is off."""


class Variant(Row, frozen=True):
    variant_id: str
    product_id: str
    colour: str
    size: str
    price: float
    stock: int


class Review(Row, frozen=True):
    review_id: str
    product_id: str
    author: str
    stars: int
    text: str
    date: str


class Address(Row, frozen=True):
    address_id: str
    label: str
    street: str
    city: str
    country: Country


class Shipping(Row, frozen=True):
    """What a way of shipping costs and how long it takes, at home and abroad."""

    method: Method
    fee: float
    fee_abroad: float
    per_kg: float
    free_from: float
    """Value of goods from which it costs nothing; 0 is never."""
    ship_hours: int
    days: int
    days_abroad: int
    """0 is not offered abroad."""
    most_kg: float


class Coupon(Row, frozen=True):
    code: str
    name: str
    kind: CouponKind
    value: float
    category: str
    """What it takes something off; "any" is everything."""
    minimum: float
    expires: str


class GiftCard(Row, frozen=True):
    code: str
    amount: float
    expires: str
    redeemed: bool = False


class InCart(Row, frozen=True):
    variant_id: str
    quantity: int


class Order(Row, frozen=True):
    order_id: str
    placed: str
    ships: str
    arrives: str
    method: Method
    address: str
    coupon: str
    subtotal: float
    discount: float
    points_used: int
    shipping_fee: float
    total: float
    credit_used: float
    charged: float
    """To the card: what is left of the total after store credit."""
    cancelled: bool = False


class Item(Row, frozen=True):
    item_id: str
    order_id: str
    variant_id: str
    product_id: str
    name: str
    option: str
    quantity: int
    price: float


class Return(Row, frozen=True):
    return_id: str
    order_id: str
    item_id: str
    quantity: int
    reason: Reason
    refund: float
    refund_to: Purse
    requested: str


class Wish(Row, frozen=True):
    variant_id: str
    added: str
    price_then: float
    alert_below: float = 0.0


class Shop(State):
    customers: Table[Customer]
    products: Table[Product]
    variants: Table[Variant]
    reviews: Table[Review]
    addresses: Table[Address]
    shipping: Table[Shipping]
    coupons: Table[Coupon]
    gift_cards: Table[GiftCard]
    cart: Table[InCart]
    orders: Table[Order]
    items: Table[Item]
    returns: Table[Return]
    wishes: Table[Wish]


class ProductRow(Struct, frozen=True):
    product_id: str
    name: str
    category: Category
    price_from: float
    rating: float
    in_stock: bool


class Products(Struct, frozen=True):
    products: list[ProductRow]
    total: int
    """How many match, of which the first are shown."""


class VariantRow(Struct, frozen=True):
    variant_id: str
    colour: str
    size: str
    price: float
    stock: int


class ProductDetails(Struct, frozen=True):
    product_id: str
    name: str
    category: Category
    rating: float
    reviews: int
    returnable: bool
    sale: str
    """E.g. "20% off until 2026-03-14", or nothing."""
    variants: list[VariantRow]


class Reviews(Struct, frozen=True):
    product: str
    rating: float
    reviews: list[Review]
    total: int


class CartLine(Struct, frozen=True):
    variant_id: str
    name: str
    option: str
    quantity: int
    price: float
    available: bool


class Cart(Struct, frozen=True):
    lines: list[CartLine]
    coupon: str
    subtotal: float
    discount: float
    total: float
    """Before shipping."""


class Put(Struct, frozen=True):
    variant_id: str
    name: str
    quantity: int
    """Of it in the cart now."""
    subtotal: float


class CouponRow(Struct, frozen=True):
    code: str
    name: str
    kind: CouponKind
    value: float
    category: str
    minimum: float
    expires: str
    saves: float
    """On the cart as it is now."""


class Coupons(Struct, frozen=True):
    coupons: list[CouponRow]


class Discounted(Struct, frozen=True):
    code: str
    discount: float
    total: float


class Redeemed(Struct, frozen=True):
    amount: float
    store_credit: float


class Account(Struct, frozen=True):
    name: str
    tier: Tier
    points: int
    pending_points: int
    store_credit: float
    card_last4: str
    redeemed_gift_cards: list[str]
    """Last four characters of each."""
    addresses: list[Address]


class ShippingOffer(Struct, frozen=True):
    method: Method
    fee: float
    arrives: str


class ShippingOffers(Struct, frozen=True):
    country: Country
    methods: list[ShippingOffer]


class Placed(Struct, frozen=True):
    order_id: str
    total: float
    credit_used: float
    charged: float
    arrives: str


class OrderRow(Struct, frozen=True):
    order_id: str
    placed: str
    status: Status
    total: float
    items: list[str]


class Orders(Struct, frozen=True):
    orders: list[OrderRow]
    total: int


class ItemRow(Struct, frozen=True):
    item_id: str
    product_id: str
    name: str
    option: str
    quantity: int
    price: float
    returnable: int
    """Pieces that can be sent back now."""


class OrderDetails(Struct, frozen=True):
    order_id: str
    status: Status
    placed: str
    arrives: str
    return_until: str
    address: str
    method: Method
    items: list[ItemRow]
    subtotal: float
    discount: float
    points_used: int
    shipping_fee: float
    total: float
    credit_used: float
    charged: float


class Cancelled(Struct, frozen=True):
    order_id: str
    refund_to_card: float
    credit_back: float
    points_back: int


class ReturnRow(Struct, frozen=True):
    return_id: str
    order_id: str
    name: str
    quantity: int
    refund: float
    refund_to: Purse
    status: ReturnStatus
    requested: str


class Returns(Struct, frozen=True):
    returns: list[ReturnRow]
    total: int


class WishRow(Struct, frozen=True):
    variant_id: str
    name: str
    option: str
    price: float
    price_then: float
    in_stock: bool
    alert_below: float
    """0 is no alert."""
    reached: bool


class Wishes(Struct, frozen=True):
    wishes: list[WishRow]


class Removed(Struct, frozen=True):
    removed: str
    name: str
