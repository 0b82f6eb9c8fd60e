"""What a hungry customer can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.food_delivery.records import (
    Address,
    Addresses,
    AddressId,
    Cancelled,
    Cart,
    Code,
    Coupon,
    CouponRow,
    Coupons,
    CouponStatus,
    Cuisine,
    Customer,
    Delivery,
    Discounted,
    Dish,
    Dishes,
    DishId,
    DishRow,
    District,
    InCart,
    Line,
    Note,
    Order,
    OrderId,
    OrderRow,
    Orders,
    Placed,
    Quantity,
    Refilled,
    Removed,
    Restaurant,
    RestaurantId,
    RestaurantRow,
    Restaurants,
    Review,
    Status,
    Tag,
    Tipped,
    Tracking,
)
from servers.food_delivery.rules import cents, coupon_status, is_open, status_of, subtotal_of
from servers.state import ToolError, later, minutes_between
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=60)]
Name = Annotated[str, Meta(description="restaurant name or part of it, e.g. Copper Kettle", max_length=60)]
Text = Annotated[str, Meta(description="dish name or part of it, e.g. Lamb Biryani", max_length=60)]
Label = Annotated[str, Meta(description="what the customer calls it, e.g. Office", min_length=1, max_length=30)]
Street = Annotated[str, Meta(description="house number and street, e.g. 12 Mill Lane", min_length=3, max_length=60)]
Stars = Annotated[int, Meta(description="1 is worst, 5 is best", ge=1, le=5)]

MOST_OF_ONE_DISH = 12
MOST_ADDRESSES = 8


@reads
def search_restaurants(
    app: Delivery,
    name: Name | None = None,
    cuisine: Annotated[Cuisine, Meta(description="kind of kitchen, e.g. thai")] | None = None,
    district: District | None = None,
    limit: Limit = 5,
) -> Restaurants:
    """Search restaurants by name, cuisine or district they deliver to, best rated first, e.g. cuisine="thai"."""
    found = list(app.restaurants) if cuisine is None else app.restaurants.where(cuisine=cuisine)
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    if district is not None:
        found = [row for row in found if district.casefold() in (served.casefold() for served in row.zone)]
    best = sorted(found, key=lambda row: (-row.rating, row.restaurant_id))
    return Restaurants([_restaurant_row(app, row) for row in best[:limit]], len(best))


@reads
def get_restaurant_details(app: Delivery, restaurant_id: RestaurantId) -> Restaurant:
    """Show a restaurant's opening hours, minimum order, fee, minutes and districts, e.g. restaurant_id="RES-48213"."""
    return _restaurant(app, restaurant_id)


@reads
def search_dishes(
    app: Delivery,
    text: Text | None = None,
    restaurant_id: RestaurantId | None = None,
    tag: Annotated[Tag, Meta(description="what the dish is, e.g. vegan")] | None = None,
    limit: Limit = 5,
) -> Dishes:
    """Search dishes by name, restaurant or tag, with price and availability, e.g. text="Lamb Biryani"."""
    if restaurant_id is None:
        found = list(app.dishes)
    else:
        found = app.dishes.where(restaurant_id=_restaurant(app, restaurant_id).restaurant_id)
    if text is not None:
        found = [row for row in found if text.casefold() in row.name.casefold()]
    if tag is not None:
        found = [row for row in found if tag in row.tags]
    return Dishes([_dish_row(app, row) for row in found[:limit]], len(found))


@reads
def view_food_cart(app: Delivery) -> Cart:
    """Show the food cart with its restaurant, dishes, coupon and what it comes to."""
    lines, restaurant = list(app.cart), _restaurant_in_cart(app)
    if restaurant is None:
        return Cart("", "", [], "", 0.0, 0.0, 0.0, 0.0)
    subtotal, discount = subtotal_of(lines), _discount(app, subtotal_of(lines))
    total = cents(subtotal - discount + restaurant.delivery_fee)
    code = _customer(app).coupon
    return Cart(
        restaurant.restaurant_id, restaurant.name, lines, code, subtotal, discount, restaurant.delivery_fee, total
    )


@writes
def add_dish_to_cart(app: Delivery, dish_id: DishId, quantity: Quantity = 1) -> InCart:
    """Put portions of an available dish in the food cart; the cart holds dishes of one open restaurant only."""
    dish = _dish(app, dish_id)
    _check_open(app, _restaurant(app, dish.restaurant_id))
    _check_one_restaurant(app, dish.restaurant_id)
    return _put(app, dish, quantity)


@writes(destructive=True)
def remove_dish_from_cart(app: Delivery, dish_id: DishId) -> Removed:
    """Take a dish out of the food cart; a coupon whose minimum is then missed is taken off too."""
    if dish_id not in app.cart:
        raise ToolError(f"{dish_id} is not in the cart")
    app.cart.delete(dish_id)
    subtotal = subtotal_of(list(app.cart))
    applied = app.coupons.get(_customer(app).coupon)
    if applied and subtotal < applied.minimum:
        app.customers.update(_customer(app), coupon="")
    return Removed(dish_id, subtotal)


@reads
def list_food_coupons(
    app: Delivery, status: Annotated[CouponStatus, Meta(description="which coupons, e.g. expired")] = "usable"
) -> Coupons:
    """List the customer's coupons, the usable ones unless another status is asked for, e.g. status="expired"."""
    found = [coupon for coupon in app.coupons if coupon_status(app, coupon) == status]
    return Coupons([CouponRow(row.code, row.name, row.kind, row.value, row.minimum, row.expires) for row in found])


@writes(idempotent=True)
def apply_food_coupon(app: Delivery, code: Code) -> Discounted:
    """Apply a coupon to the food cart in place of any other; it must be usable and its minimum reached."""
    coupon, cart = _coupon(app, code), view_food_cart(app)
    if not cart.dishes:
        raise ToolError("the cart is empty")
    _check_coupon(app, coupon, cart.subtotal)
    app.customers.update(_customer(app), coupon=coupon.code)
    priced = view_food_cart(app)
    return Discounted(coupon.code, priced.discount, priced.total)


@reads
def list_delivery_addresses(app: Delivery) -> Addresses:
    """List the customer's saved delivery addresses with their districts."""
    return Addresses(list(app.addresses))


@writes
def add_delivery_address(app: Delivery, label: Label, street: Street, district: District) -> Address:
    """Save a delivery address under a new label, e.g. label="Office", street="12 Mill Lane", district="Riverside"."""
    known = _districts(app)
    if district not in known:
        raise ToolError(f"no district {district}; there are {', '.join(known)}")
    if any(saved.label.casefold() == label.casefold() for saved in app.addresses):
        raise ToolError(f"an address called {label} is already saved")
    if len(app.addresses) >= MOST_ADDRESSES:
        raise ToolError(f"at most {MOST_ADDRESSES} addresses can be saved")
    return app.addresses.add(Address(app.new_id("ADR"), label, street, district))


@writes
def place_food_order(app: Delivery, address_id: AddressId, note: Note = "") -> Placed:
    """Order what is in the food cart to a saved address in the restaurant's zone; the minimum must be reached."""
    address, cart = _address(app, address_id), view_food_cart(app)
    if not cart.dishes:
        raise ToolError("the cart is empty")
    restaurant = _restaurant(app, cart.restaurant_id)
    _check_orderable(app, restaurant, cart, address)
    order = app.orders.add(_order_of(app, restaurant, cart, address, note))
    _clear_cart(app)
    arrives = later(order.placed, minutes=order.delivery_minutes)
    return Placed(order.order_id, order.restaurant, order.total, arrives)


@reads
def list_food_orders(
    app: Delivery,
    restaurant: Name | None = None,
    status: Annotated[Status, Meta(description="where the order stands, e.g. delivered")] | None = None,
    limit: Limit = 3,
) -> Orders:
    """List the customer's food orders, newest first, all or by restaurant name or status, e.g. status="preparing"."""
    found = list(app.orders)
    if restaurant is not None:
        found = [row for row in found if restaurant.casefold() in row.restaurant.casefold()]
    if status is not None:
        found = [row for row in found if status_of(app, row) == status]
    newest = sorted(found, key=lambda row: (row.placed, row.order_id), reverse=True)
    return Orders([_order_row(app, row) for row in newest[:limit]], len(newest))


@reads
def track_food_order(app: Delivery, order_id: OrderId) -> Tracking:
    """Show how far a food order is, minutes left, courier, tip and whether it was rated, e.g. order_id="FOD-71305"."""
    order = _order(app, order_id)
    status = status_of(app, order)
    left = minutes_between(app.now, later(order.placed, minutes=order.delivery_minutes))
    return Tracking(
        order_id,
        order.restaurant_id,
        dishes=[f"{line.quantity} {line.name}" for line in order.lines],
        status=status,
        minutes_left=0 if status in ("delivered", "cancelled") else left,
        courier=_courier_name(app, order) if status in ("picked_up", "delivered") else "",
        tip=order.tip,
        rated=bool(app.reviews.where(order_id=order_id)),
    )


@writes(destructive=True)
def cancel_food_order(app: Delivery, order_id: OrderId) -> Cancelled:
    """Cancel a food order before it is picked up; everything is refunded and its coupon is usable again."""
    order = _order(app, order_id)
    status = status_of(app, order)
    if status not in ("placed", "confirmed", "preparing"):
        raise ToolError(f"{order_id} is {status}; only orders not yet picked up can be cancelled")
    app.orders.update(order, cancelled=True)
    if order.coupon:
        app.coupons.update(_coupon(app, order.coupon), used=False)
    return Cancelled(order_id, order.total)


@writes
def reorder_food_order(app: Delivery, order_id: OrderId) -> Refilled:
    """Put the dishes of an earlier order in the empty food cart; its restaurant must be open, its dishes available."""
    order = _order(app, order_id)
    if len(app.cart):
        raise ToolError("the cart is not empty: order or remove what is in it first")
    _check_open(app, _restaurant(app, order.restaurant_id))
    for line in order.lines:
        _put(app, _dish(app, line.dish_id), line.quantity)
    lines = list(app.cart)
    return Refilled(order.restaurant, [line.name for line in lines], subtotal_of(lines))


@writes
def tip_courier(
    app: Delivery, order_id: OrderId, amount: Annotated[float, Meta(description="tip, e.g. 3.50", ge=0.5, le=50)]
) -> Tipped:
    """Tip the courier of a delivered food order, once, e.g. amount=3.50."""
    order = _delivered(app, order_id)
    if order.tip:
        raise ToolError(f"{order_id} already has a tip of {order.tip:.2f}")
    order = app.orders.update(order, tip=cents(amount))
    return Tipped(order_id, _courier_name(app, order), order.tip)


@writes
def rate_food_order(app: Delivery, order_id: OrderId, stars: Stars, comment: Note = "") -> Review:
    """Rate a delivered food order from 1 to 5 stars, once; it counts for the restaurant, e.g. stars=4."""
    order = _delivered(app, order_id)
    if app.reviews.where(order_id=order_id):
        raise ToolError(f"{order_id} is already rated")
    rated = _restaurant(app, order.restaurant_id)
    rating = cents((rated.rating * rated.reviews + stars) / (rated.reviews + 1))
    app.restaurants.update(rated, rating=rating, reviews=rated.reviews + 1)
    return app.reviews.add(Review(app.new_id("REV"), order_id, order.restaurant_id, stars, comment))


def _restaurant(app: Delivery, restaurant_id: str) -> Restaurant:
    restaurant = app.restaurants.get(restaurant_id)
    if restaurant is None:
        raise ToolError(f"no restaurant {restaurant_id}")
    return restaurant


def _dish(app: Delivery, dish_id: str) -> Dish:
    dish = app.dishes.get(dish_id)
    if dish is None:
        raise ToolError(f"no dish {dish_id}")
    return dish


def _order(app: Delivery, order_id: str) -> Order:
    order = app.orders.get(order_id)
    if order is None:
        raise ToolError(f"no food order {order_id}")
    return order


def _address(app: Delivery, address_id: str) -> Address:
    address = app.addresses.get(address_id)
    if address is None:
        raise ToolError(f"no delivery address {address_id}")
    return address


def _coupon(app: Delivery, code: str) -> Coupon:
    coupon = app.coupons.get(code)
    if coupon is None:
        raise ToolError(f"no coupon {code}")
    return coupon


def _customer(app: Delivery) -> Customer:
    (customer,) = app.customers
    return customer


def _delivered(app: Delivery, order_id: str) -> Order:
    order = _order(app, order_id)
    status = status_of(app, order)
    if status != "delivered":
        raise ToolError(f"{order_id} is {status}, not delivered")
    return order


def _check_open(app: Delivery, restaurant: Restaurant) -> None:
    if not is_open(app, restaurant):
        raise ToolError(f"{restaurant.name} is closed now; it is open from {restaurant.opens} to {restaurant.closes}")


def _check_one_restaurant(app: Delivery, restaurant_id: str) -> None:
    other = _restaurant_in_cart(app)
    if other and other.restaurant_id != restaurant_id:
        raise ToolError(f"the cart holds dishes of {other.name}; order or remove them first")


def _check_available(dish: Dish) -> None:
    if not dish.available:
        raise ToolError(f"{dish.name} is sold out")


def _check_coupon(app: Delivery, coupon: Coupon, subtotal: float) -> None:
    status = coupon_status(app, coupon)
    if status == "used":
        raise ToolError(f"coupon {coupon.code} was already used")
    if status == "expired":
        raise ToolError(f"coupon {coupon.code} expired on {coupon.expires}")
    if subtotal < coupon.minimum:
        raise ToolError(f"coupon {coupon.code} needs {coupon.minimum:.2f}; the dishes come to {subtotal:.2f}")


def _check_orderable(app: Delivery, restaurant: Restaurant, cart: Cart, address: Address) -> None:
    _check_open(app, restaurant)
    for line in cart.dishes:
        _check_available(_dish(app, line.dish_id))
    if cart.subtotal < restaurant.minimum_order:
        needed = f"{restaurant.minimum_order:.2f}"
        raise ToolError(f"minimum order of {restaurant.name} is {needed}; the dishes come to {cart.subtotal:.2f}")
    if address.district not in restaurant.zone:
        zone = ", ".join(restaurant.zone)
        raise ToolError(f"{restaurant.name} does not deliver to {address.district}, only to {zone}")
    if cart.coupon:
        _check_coupon(app, _coupon(app, cart.coupon), cart.subtotal)


def _restaurant_in_cart(app: Delivery) -> Restaurant | None:
    for line in app.cart:
        return _restaurant(app, _dish(app, line.dish_id).restaurant_id)
    return None


def _put(app: Delivery, dish: Dish, quantity: int) -> InCart:
    _check_available(dish)
    line = app.cart.get(dish.dish_id) or Line(dish.dish_id, dish.name, 0, dish.price)
    if line.quantity + quantity > MOST_OF_ONE_DISH:
        raise ToolError(f"at most {MOST_OF_ONE_DISH} of one dish; the cart has {line.quantity} {dish.name}")
    line = app.cart.update(line, quantity=line.quantity + quantity)
    return InCart(line.dish_id, line.name, line.quantity, subtotal_of(list(app.cart)))


def _order_of(app: Delivery, restaurant: Restaurant, cart: Cart, address: Address, note: str) -> Order:
    return Order(
        order_id=app.new_id("FOD"),
        restaurant_id=restaurant.restaurant_id,
        restaurant=restaurant.name,
        lines=tuple(cart.dishes),
        subtotal=cart.subtotal,
        discount=cart.discount,
        delivery_fee=cart.delivery_fee,
        total=cart.total,
        coupon=cart.coupon,
        address_id=address.address_id,
        courier_id=app.draw().choice([courier.courier_id for courier in app.couriers]),
        placed=app.now,
        delivery_minutes=restaurant.delivery_minutes,
        note=note,
    )


def _clear_cart(app: Delivery) -> None:
    """Empties the cart; its coupon is used up."""
    for line in list(app.cart):
        app.cart.delete(line.dish_id)
    customer = _customer(app)
    if customer.coupon:
        app.coupons.update(_coupon(app, customer.coupon), used=True)
        app.customers.update(customer, coupon="")


def _discount(app: Delivery, subtotal: float) -> float:
    """What the applied coupon takes off the dishes, never more than they cost."""
    coupon = app.coupons.get(_customer(app).coupon)
    if coupon is None:
        return 0.0
    return cents(min(subtotal, coupon.value if coupon.kind == "fixed" else subtotal * coupon.value / 100))


def _courier_name(app: Delivery, order: Order) -> str:
    return app.couriers.find(order.courier_id).name


def _districts(app: Delivery) -> list[str]:
    return sorted({district for restaurant in app.restaurants for district in restaurant.zone})


def _restaurant_row(app: Delivery, row: Restaurant) -> RestaurantRow:
    return RestaurantRow(row.restaurant_id, row.name, row.cuisine, row.rating, row.delivery_fee, is_open(app, row))


def _order_row(app: Delivery, row: Order) -> OrderRow:
    return OrderRow(row.order_id, row.restaurant, row.total, status_of(app, row), row.placed)


def _dish_row(app: Delivery, row: Dish) -> DishRow:
    return DishRow(row.dish_id, row.name, _restaurant(app, row.restaurant_id).name, row.price, row.available)
