"""One customer's city from a seed: restaurants with menus, a year of orders, some on their way, coupons and a cart."""

from __future__ import annotations

import random
from datetime import date, timedelta

from msgspec.structs import replace

from servers.food_delivery.menus import COMMENTS, COUPON_NAMES, DISTRICTS, KITCHENS, LABELS, tags_of
from servers.food_delivery.records import (
    Address,
    Coupon,
    Courier,
    Cuisine,
    Customer,
    Dish,
    Line,
    Order,
    Restaurant,
    Review,
)
from servers.names import first_new_ids, ids, people, street
from servers.state import Base, later

RESTAURANTS = 45
BRANCHES = 6
PAST_ORDERS = 60
RUNNING_MINUTES = [1, 6, 9, 24]
COURIERS = 12
FAVOURITES = 24
USABLE, USED, EXPIRED = 4, 2, 2
Menus = dict[str, list[Dish]]


def generate(seed: int) -> Base:
    """The city of this seed: 45 restaurants, about 500 dishes, 64 orders of which up to 4 are on their way."""
    rng = random.Random(f"food_delivery:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(12, 21):02d}:{rng.randrange(60):02d}"
    districts = rng.sample(DISTRICTS, 8)
    restaurants = _restaurants(rng, districts)
    menus = _menus(rng, restaurants)
    addresses = _addresses(rng, districts)
    couriers = [
        Courier(number, name, rng.choice(["bicycle", "scooter", "car"]))
        for number, name in zip(ids(rng, "COU", COURIERS), people(rng, COURIERS), strict=True)
    ]
    coupons = _coupons(rng, today)
    orders = _orders(rng, now, restaurants, menus, addresses, couriers, coupons)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "ADR", "FOD", "REV"),
        customers=[Customer(ids(rng, "FDC", 1)[0], people(rng, 1)[0])],
        restaurants=restaurants,
        dishes=[dish for menu in menus.values() for dish in menu],
        addresses=addresses,
        couriers=couriers,
        coupons=coupons,
        cart=_cart(rng, now[11:], restaurants, menus, addresses),
        orders=orders,
        reviews=_reviews(rng, orders, now),
    )


def _restaurants(rng: random.Random, districts: list[str]) -> list[Restaurant]:
    cuisines = list(KITCHENS) * 3
    named: dict[str, tuple[Cuisine, int]] = {}
    while len(named) < RESTAURANTS - BRANCHES:
        cuisine = cuisines[len(named)]
        name = f"{rng.choice(KITCHENS[cuisine].first)} {rng.choice(KITCHENS[cuisine].second)}"
        named.setdefault(name, (cuisine, rng.randrange(8)))
    for name in rng.sample(list(named), BRANCHES):
        cuisine, home = named[name]
        place = (home + rng.randrange(1, 8)) % 8
        named[f"{name} {districts[place]}"] = (cuisine, place)
    numbers = ids(rng, "RES", RESTAURANTS)
    return [
        _restaurant(rng, number, name, cuisine, place, districts)
        for number, (name, (cuisine, place)) in zip(numbers, named.items(), strict=True)
    ]


def _restaurant(
    rng: random.Random, number: str, name: str, cuisine: Cuisine, place: int, districts: list[str]
) -> Restaurant:
    """Districts lie in a ring; a restaurant serves its own and one to three on either side."""
    reach = rng.choice([1, 2, 2, 3])
    steps = sorted(range(-reach, reach + 1), key=abs)
    opens, closes = _hours(rng, cuisine)
    return Restaurant(
        restaurant_id=number,
        name=name,
        cuisine=cuisine,
        rating=round(rng.triangular(3.1, 4.95, 4.5), 2),
        reviews=rng.randrange(12, 900),
        opens=opens,
        closes=closes,
        minimum_order=float(rng.choice([8, 10, 12, 15, 15, 18, 20, 25])),
        delivery_fee=rng.choice([0.0, 0.99, 1.49, 1.99, 2.5, 2.99, 3.5, 4.9]),
        delivery_minutes=rng.randrange(20, 56),
        zone=tuple(districts[(place + step) % 8] for step in steps),
    )


def _hours(rng: random.Random, cuisine: Cuisine) -> tuple[str, str]:
    if cuisine == "breakfast":
        return rng.choice(["07:00", "07:30", "08:00"]), rng.choice(["14:30", "15:30", "16:00"])
    if rng.random() < 0.2:
        return rng.choice(["17:00", "17:30", "18:00"]), rng.choice(["23:30", "00:30", "02:00"])
    return rng.choice(["10:30", "11:00", "11:30"]), rng.choice(["22:00", "22:30", "23:00", "23:30"])


def _menus(rng: random.Random, restaurants: list[Restaurant]) -> Menus:
    numbers = iter(ids(rng, "DSH", RESTAURANTS * 14))
    menus = {}
    for restaurant in restaurants:
        kitchen = KITCHENS[restaurant.cuisine]
        mains = [f"{filling} {main}" for main in kitchen.mains for filling in kitchen.fillings]
        priced = [(name, 8.5, 17.0) for name in rng.sample(mains, rng.randrange(7, 11))]
        priced += [(name, 2.8, 7.5) for name in rng.sample(kitchen.sides, rng.randrange(2, 4))]
        menus[restaurant.restaurant_id] = [
            Dish(next(numbers), restaurant.restaurant_id, name, _price(rng, *cost), tags_of(name), rng.random() > 0.08)
            for name, *cost in priced
        ]
    return menus


def _addresses(rng: random.Random, districts: list[str]) -> list[Address]:
    labels = ["Home", *rng.sample(LABELS[1:], 3)]
    places = rng.sample(districts, 4)
    return [
        Address(number, label, street(rng), place)
        for number, label, place in zip(ids(rng, "ADR", 4), labels, places, strict=True)
    ]


def _coupons(rng: random.Random, today: date) -> list[Coupon]:
    coupons = []
    for position, name in enumerate(rng.sample(COUPON_NAMES, USABLE + USED + EXPIRED)):
        kind = rng.choice(["percent", "fixed"])
        value = rng.choice([10, 15, 20, 25, 30] if kind == "percent" else [3, 4, 5, 6, 8])
        days = -rng.randrange(3, 60) if position >= USABLE + USED else rng.randrange(3, 75)
        expires = (today + timedelta(days=days)).isoformat()
        code = f"{name.split()[0].upper()}{value}"
        used = USABLE <= position < USABLE + USED
        minimum = float(rng.choice([10, 12, 15, 20, 25, 30]))
        coupons.append(Coupon(code, name, kind, float(value), minimum, expires, used))
    return coupons


def _orders(
    rng: random.Random,
    now: str,
    restaurants: list[Restaurant],
    menus: Menus,
    addresses: list[Address],
    couriers: list[Courier],
    coupons: list[Coupon],
) -> list[Order]:
    """Orders at favourites over the last year, and one for each running minute at a different open restaurant."""
    served = [(row, [place for place in addresses if place.district in row.zone]) for row in restaurants]
    favourites = rng.sample([pair for pair in served if pair[1]], FAVOURITES)
    running = [pair for pair in favourites if _open_for_an_hour(pair[0], later(now, minutes=-RUNNING_MINUTES[-1])[11:])]
    numbers = iter(ids(rng, "FOD", PAST_ORDERS + len(RUNNING_MINUTES)))
    orders = []
    for _ in range(PAST_ORDERS):
        restaurant, places = rng.choice(favourites)
        placed = _past_moment(rng, now, restaurant)
        orders.append(_order(rng, next(numbers), placed, restaurant, menus, rng.choice(places), couriers))
    for minutes, (restaurant, places) in zip(RUNNING_MINUTES, running, strict=False):
        placed = later(now, minutes=-minutes)
        orders.append(_order(rng, next(numbers), placed, restaurant, menus, rng.choice(places), couriers))
    return _with_history(rng, orders, coupons)


def _past_moment(rng: random.Random, now: str, restaurant: Restaurant) -> str:
    """A moment 1 to 365 days ago, within three hours of the restaurant's opening."""
    day = later(now, days=-1 - int(364 * rng.random() ** 1.5))[:10]
    return later(f"{day}T{restaurant.opens}", minutes=rng.randrange(20, 200))


def _order(
    rng: random.Random,
    number: str,
    placed: str,
    restaurant: Restaurant,
    menus: Menus,
    address: Address,
    couriers: list[Courier],
) -> Order:
    lines = _lines(rng, menus[restaurant.restaurant_id], restaurant.minimum_order)
    subtotal = _subtotal(lines)
    return Order(
        order_id=number,
        restaurant_id=restaurant.restaurant_id,
        restaurant=restaurant.name,
        lines=tuple(lines),
        subtotal=subtotal,
        discount=0.0,
        delivery_fee=restaurant.delivery_fee,
        total=round(subtotal + restaurant.delivery_fee, 2),
        coupon="",
        address_id=address.address_id,
        courier_id=rng.choice(couriers).courier_id,
        placed=placed,
        delivery_minutes=restaurant.delivery_minutes,
    )


def _with_history(rng: random.Random, orders: list[Order], coupons: list[Coupon]) -> list[Order]:
    """Of the past orders some were cancelled, some tipped, and one each paid with a used coupon."""
    spent = [coupon for coupon in coupons if coupon.used]
    rows = []
    for position, order in enumerate(orders):
        if position < PAST_ORDERS:
            cancelled = rng.random() < 0.08
            tip = 0.0 if cancelled or rng.random() < 0.5 else float(rng.choice([1, 2, 2, 3, 5]))
            order = replace(order, cancelled=cancelled, tip=tip)
            if spent and not cancelled and order.subtotal >= spent[0].minimum:
                order = _paid_with(order, spent.pop(0))
        rows.append(order)
    return rows


def _paid_with(order: Order, coupon: Coupon) -> Order:
    discount = coupon.value if coupon.kind == "fixed" else order.subtotal * coupon.value / 100
    discount = round(min(discount, order.subtotal), 2)
    total = round(order.subtotal - discount + order.delivery_fee, 2)
    return replace(order, coupon=coupon.code, discount=discount, total=total)


def _cart(
    rng: random.Random, clock: str, restaurants: list[Restaurant], menus: Menus, addresses: list[Address]
) -> list[Line]:
    """Two times in three the customer has already picked dishes of an open restaurant near one address."""
    homes = {address.district for address in addresses}
    near = [row for row in restaurants if homes.intersection(row.zone) and _open_for_an_hour(row, clock)]
    if rng.random() < 0.35:
        return []
    chosen = rng.choice(near)
    menu = [dish for dish in menus[chosen.restaurant_id] if dish.available]
    if rng.random() < 0.15:
        return [_line(min(menu, key=lambda dish: (dish.price, dish.dish_id)), 1)]
    return _lines(rng, menu, chosen.minimum_order + rng.choice([0, 5, 10]))


def _lines(rng: random.Random, menu: list[Dish], at_least: float) -> list[Line]:
    """Dishes of one menu in random order until they come to so much."""
    lines: list[Line] = []
    for dish in rng.sample(menu, len(menu)):
        if len(lines) >= 1 and _subtotal(lines) >= at_least:
            break
        lines.append(_line(dish, rng.choice([1, 1, 1, 2])))
    return lines


def _line(dish: Dish, quantity: int) -> Line:
    return Line(dish.dish_id, dish.name, quantity, dish.price)


def _subtotal(lines: list[Line]) -> float:
    return round(sum(line.quantity * line.price for line in lines), 2)


def _reviews(rng: random.Random, orders: list[Order], now: str) -> list[Review]:
    """About 45% of the orders that arrived before today were rated."""
    rated = [row for row in orders if not row.cancelled and row.placed < now[:10] and rng.random() < 0.45]
    return [
        Review(number, order.order_id, order.restaurant_id, rng.choice([2, 3, 4, 4, 5, 5]), rng.choice(COMMENTS))
        for number, order in zip(ids(rng, "REV", len(rated)), rated, strict=True)
    ]


def _open_for_an_hour(restaurant: Restaurant, clock: str) -> bool:
    """Open at this clock time and an hour later; only clock times from 11:00 to 22:00 are asked for."""
    last = later(f"2025-01-01T{clock}", minutes=60)[11:]
    return restaurant.opens <= clock and (restaurant.closes < restaurant.opens or last < restaurant.closes)


def _price(rng: random.Random, low: float, high: float) -> float:
    """A menu price: it ends in .00, .50 or .90."""
    return round(int(rng.uniform(low, high)) + rng.choice([0.0, 0.5, 0.9]), 2)
