"""The tables of the food-delivery app, and the types its tools take and give."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

RestaurantId = Annotated[str, msgspec.Meta(description="restaurant, e.g. RES-48213", max_length=20)]
DishId = Annotated[str, msgspec.Meta(description="dish on a menu, e.g. DSH-30417", max_length=20)]
OrderId = Annotated[str, msgspec.Meta(description="food order, e.g. FOD-71305", max_length=20)]
AddressId = Annotated[str, msgspec.Meta(description="saved delivery address, e.g. ADR-55120", max_length=20)]
Code = Annotated[str, msgspec.Meta(description="coupon code, e.g. PICNIC15", max_length=20)]
District = Annotated[str, msgspec.Meta(description="district of the city, e.g. Riverside", max_length=40)]
Quantity = Annotated[int, msgspec.Meta(description="how many portions, e.g. 2", ge=1, le=12)]
Note = Annotated[str, msgspec.Meta(description="short text for the kitchen or the courier", max_length=120)]
Cuisine = Literal[
    "thai", "indian", "mexican", "japanese", "vietnamese", "lebanese", "greek", "italian", "korean", "chinese",
    "ethiopian", "peruvian", "burgers", "breakfast",
]  # fmt: skip
Tag = Literal["vegan", "vegetarian", "seafood", "spicy"]
Status = Literal["placed", "confirmed", "preparing", "picked_up", "delivered", "cancelled"]
CouponKind = Literal["percent", "fixed"]
CouponStatus = Literal["usable", "used", "expired"]


class Customer(Row, frozen=True):
    customer_id: str
    name: str
    coupon: str = ""
    """Code applied to the cart, or nothing."""


class Restaurant(Row, frozen=True):
    restaurant_id: str
    name: str
    cuisine: Cuisine
    rating: float
    reviews: int
    opens: str
    closes: str
    """Clock times, "23:30"; a closing time before the opening time is on the next day."""
    minimum_order: float
    delivery_fee: float
    delivery_minutes: int
    zone: tuple[str, ...]
    """Districts it delivers to, its own first."""


class Dish(Row, frozen=True):
    dish_id: str
    restaurant_id: str
    name: str
    price: float
    tags: tuple[Tag, ...]
    available: bool


class Address(Row, frozen=True):
    address_id: str
    label: str
    street: str
    district: str


class Courier(Row, frozen=True):
    courier_id: str
    name: str
    vehicle: Literal["bicycle", "scooter", "car"]


class Coupon(Row, frozen=True):
    code: str
    name: str
    kind: CouponKind
    value: float
    minimum: float
    expires: str
    used: bool = False


class Line(Row, frozen=True):
    """A dish in a cart or an order; price is for one portion."""

    dish_id: str
    name: str
    quantity: int
    price: float


class Order(Row, frozen=True):
    order_id: str
    restaurant_id: str
    restaurant: str
    lines: tuple[Line, ...]
    subtotal: float
    discount: float
    delivery_fee: float
    total: float
    coupon: str
    address_id: str
    courier_id: str
    placed: str
    delivery_minutes: int
    note: str = ""
    cancelled: bool = False
    tip: float = 0.0


class Review(Row, frozen=True):
    review_id: str
    order_id: str
    restaurant_id: str
    stars: int
    comment: str


class Delivery(State):
    customers: Table[Customer]
    restaurants: Table[Restaurant]
    dishes: Table[Dish]
    addresses: Table[Address]
    couriers: Table[Courier]
    coupons: Table[Coupon]
    cart: Table[Line]
    orders: Table[Order]
    reviews: Table[Review]


class RestaurantRow(msgspec.Struct, frozen=True):
    restaurant_id: str
    name: str
    cuisine: Cuisine
    rating: float
    delivery_fee: float
    open_now: bool


class Restaurants(msgspec.Struct, frozen=True):
    restaurants: list[RestaurantRow]
    total: int
    """How many match, of which the best rated are shown."""


class DishRow(msgspec.Struct, frozen=True):
    dish_id: str
    name: str
    restaurant: str
    price: float
    available: bool


class Dishes(msgspec.Struct, frozen=True):
    dishes: list[DishRow]
    total: int


class Cart(msgspec.Struct, frozen=True):
    restaurant_id: str
    restaurant: str
    dishes: list[Line]
    coupon: str
    subtotal: float
    discount: float
    delivery_fee: float
    total: float


class InCart(msgspec.Struct, frozen=True):
    dish_id: str
    name: str
    quantity: int
    subtotal: float
    """Of the whole cart, afterwards."""


class Removed(msgspec.Struct, frozen=True):
    removed: str
    subtotal: float


class Refilled(msgspec.Struct, frozen=True):
    restaurant: str
    dishes: list[str]
    subtotal: float


class CouponRow(msgspec.Struct, frozen=True):
    code: str
    name: str
    kind: CouponKind
    value: float
    minimum: float
    expires: str


class Coupons(msgspec.Struct, frozen=True):
    coupons: list[CouponRow]


class Discounted(msgspec.Struct, frozen=True):
    code: str
    discount: float
    total: float


class Addresses(msgspec.Struct, frozen=True):
    addresses: list[Address]


class Placed(msgspec.Struct, frozen=True):
    order_id: str
    restaurant: str
    total: float
    arrives: str


class OrderRow(msgspec.Struct, frozen=True):
    order_id: str
    restaurant: str
    total: float
    status: Status
    placed: str


class Orders(msgspec.Struct, frozen=True):
    orders: list[OrderRow]
    total: int
    """How many match, of which the newest are shown."""


class Tracking(msgspec.Struct, frozen=True):
    order_id: str
    restaurant_id: str
    dishes: list[str]
    status: Status
    minutes_left: int
    courier: str
    """Known once the order is picked up."""
    tip: float
    rated: bool


class Cancelled(msgspec.Struct, frozen=True):
    order_id: str
    refund: float


class Tipped(msgspec.Struct, frozen=True):
    order_id: str
    courier: str
    tip: float
