"""One customer's shop from a seed: shelves of look-alike products, a year of orders and returns, a cart, wishes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from servers.names import first_new_ids, ids, people, street
from servers.shopping.material import (
    BLAME,
    COUPON_NAMES,
    DOUBT,
    EDITIONS,
    HOMES,
    LABELS,
    PRAISE,
    SHELVES,
    Shelf,
    option_of,
)
from servers.shopping.records import (
    Address,
    Category,
    Coupon,
    Customer,
    GiftCard,
    InCart,
    Item,
    Method,
    Order,
    Product,
    Purse,
    Reason,
    Return,
    Review,
    Shipping,
    Variant,
    Wish,
)
from servers.shopping.rules import HOME, RETURN_DAYS, paid_for_goods, points_value
from servers.state import Base, later

PRODUCTS_PER_CATEGORY = 14
LOOKALIKES = 3
OPEN_ORDERS = [25, 100, 6 * 60, 15 * 60]
"""Minutes ago; a standard parcel ships after a day."""
UNDERWAY = [1_700, 2_900, 4_100]
RECENT_ORDERS, PAST_ORDERS = 12, (28, 56)
RETURNS = [300, 2_000, 7_000, 9_000, 13_000, 20_000]
"""Minutes ago."""
USABLE, USED, EXPIRED = 5, 2, 2
REASONS: list[Reason] = ["wrong_size", "damaged", "not_as_described", "arrived_too_late", "changed_my_mind"]
GIFT_MARKS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DAY = 24 * 60

Shelves = list[tuple[Product, list[Variant]]]


def generate(seed: int) -> Base:
    """The shop of this seed: 182 products, about 700 variants, 580 reviews, 60 orders, 6 returns, a cart, wishes."""
    rng = random.Random(f"shopping:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(9, 22):02d}:{rng.randrange(60):02d}"
    name, *authors = people(rng, 60)
    shelves = _shelves(rng, today)
    addresses, shipping, coupons = _addresses(rng), _shipping(rng), _coupons(rng, today)
    cards = _gift_cards(seed, rng, today)
    orders, items = _orders(rng, now, shelves, addresses, shipping)
    orders = _paid_specially(orders, coupons, cards)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "SHA", "SHP", "ITM", "RTN", "RVW"),
        customers=[Customer(ids(rng, "SCU", 1)[0], name, f"{rng.randrange(10_000):04d}")],
        products=[product for product, _ in shelves],
        variants=[variant for _, variants in shelves for variant in variants],
        reviews=_reviews(rng, now, shelves, authors, _bought(rng, now, name, orders, items)),
        addresses=addresses,
        shipping=shipping,
        coupons=coupons,
        gift_cards=cards,
        cart=_cart(rng, shelves),
        orders=orders,
        items=items,
        returns=_returns(rng, now, [product for product, _ in shelves], orders, items),
        wishes=_wishes(rng, today, shelves),
    )


def gift_codes_of(seed: int) -> list[str]:
    """What is printed on the customer's gift cards: three to redeem, one redeemed, one expired."""
    rng = random.Random(f"shopping-gifts:{seed}")
    return ["-".join("".join(rng.choices(GIFT_MARKS, k=4)) for _ in range(3)) for _ in range(5)]


def _shelves(rng: random.Random, today: date) -> Shelves:
    numbers = iter(ids(rng, "PRD", PRODUCTS_PER_CATEGORY * len(SHELVES)))
    variants = iter(ids(rng, "VAR", 9 * PRODUCTS_PER_CATEGORY * len(SHELVES)))
    shelves = []
    for category, shelf in SHELVES.items():
        for name in _names(rng, shelf):
            product = _product(rng, next(numbers), name, category, shelf, today)
            shelves.append((product, _variants(rng, product.product_id, shelf, variants)))
    return shelves


def _names(rng: random.Random, shelf: Shelf) -> list[str]:
    """Distinct names; some are an edition of another one."""
    every = [f"{brand} {line} {noun}" for brand in shelf.brands for line in shelf.lines for noun in shelf.nouns]
    names = rng.sample(every, PRODUCTS_PER_CATEGORY - LOOKALIKES)
    return names + [f"{name} {rng.choice(EDITIONS)}" for name in rng.sample(names, LOOKALIKES)]


def _product(rng: random.Random, number: str, name: str, category: Category, shelf: Shelf, today: date) -> Product:
    percent, begins = 0, today
    if rng.random() < 0.2:
        percent, begins = rng.choice([10, 15, 20, 25, 30, 40]), today + timedelta(days=rng.randrange(-12, 5))
    return Product(
        product_id=number,
        name=name,
        category=category,
        kg=round(shelf.kg * rng.uniform(0.6, 1.6), 1),
        launched=(today - timedelta(days=420 + int(1_100 * rng.random()))).isoformat(),
        final_sale=rng.random() < 0.07,
        sale_percent=percent,
        sale_from=begins.isoformat() if percent else "",
        sale_until=(begins + timedelta(days=rng.randrange(12, 25))).isoformat() if percent else "",
    )


def _variants(rng: random.Random, product_id: str, shelf: Shelf, numbers: Iterator[str]) -> list[Variant]:
    """Up to three colours in up to three neighbouring sizes."""
    colours = rng.sample(shelf.colours, min(len(shelf.colours), rng.choice([1, 2, 2, 3]))) or [""]
    first = rng.randrange(max(1, len(shelf.sizes) - 2))
    sizes = shelf.sizes[first : first + rng.choice([2, 3, 3])] or [""]
    price = int(shelf.low + (shelf.high - shelf.low) * rng.random() ** 1.9)
    ending = rng.choice([0.0, 0.5, 0.9, 0.95])
    rows = []
    for colour in colours:
        for step, size in enumerate(sizes):
            stock = 0 if rng.random() < 0.13 else 1 + int(38 * rng.random() ** 2)
            cost = round(int(price * (1 + shelf.step * step)) + ending, 2)
            rows.append(Variant(next(numbers), product_id, colour, size, cost, stock))
    return rows


def _reviews(
    rng: random.Random, now: str, shelves: Shelves, authors: list[str], bought: list[tuple[str, str, str]]
) -> list[Review]:
    """Most products have a handful of reviews, each by another customer; few are bad. `bought` are one's own."""
    written = list(bought)
    tastes = {product.product_id: rng.triangular(2.6, 5.2, 4.5) for product, _ in shelves}
    for product_id in tastes:
        for author in rng.sample(authors, min(14, int(rng.expovariate(0.26)))):
            written.append((product_id, author, later(now, days=-1 - int(400 * rng.random()))[:10]))
    rows = []
    for number, (product_id, author, day) in zip(ids(rng, "RVW", len(written)), written, strict=True):
        stars = max(1, min(5, round(rng.gauss(tastes[product_id], 0.8))))
        words = rng.choice(PRAISE if stars > 3 else DOUBT if stars > 2 else BLAME)
        rows.append(Review(number, product_id, author, stars, words, day))
    return rows


def _bought(
    rng: random.Random, now: str, name: str, orders: list[Order], items: list[Item]
) -> list[tuple[str, str, str]]:
    """Products the customer reviewed nine days after they arrived, among those of more than a month ago."""
    month_ago = later(now, days=-RETURN_DAYS)
    arrived = {row.order_id: row.arrives for row in orders if not row.cancelled and row.arrives < month_ago}
    kept = {item.product_id: arrived[item.order_id] for item in items if item.order_id in arrived}
    return [(product_id, name, later(kept[product_id], days=9)[:10]) for product_id in rng.sample(list(kept), 8)]


def _addresses(rng: random.Random) -> list[Address]:
    """Two at home, two elsewhere in Europe."""
    labels = ["Home", *rng.sample(LABELS, 3)]
    countries = [HOME, HOME, *rng.sample([country for country in HOMES if country != HOME], 2)]
    return [
        Address(number, label, street(rng), rng.choice(HOMES[country]), country)
        for number, label, country in zip(ids(rng, "SHA", 4), labels, countries, strict=True)
    ]


def _shipping(rng: random.Random) -> list[Shipping]:
    free_from = float(rng.choice([60, 75, 80, 100]))
    standard, express = rng.choice([3.9, 4.5, 4.95]), rng.choice([8.9, 9.5, 10.9])
    rows: list[tuple[Method, float, float, float, float, int, int, int, float]] = [
        ("standard", standard, standard + 5, 0.2, free_from, 24, rng.choice([3, 4]), rng.choice([6, 7, 8]), 60.0),
        ("express", express, express + 9, 0.5, 0.0, 10, 2, rng.choice([3, 4]), 30.0),
        ("next_day", rng.choice([14.9, 15.9, 17.5]), 0.0, 0.8, 0.0, 4, 1, 0, 20.0),
        ("pickup_point", rng.choice([1.9, 2.5, 2.9]), 0.0, 0.1, free_from, 24, rng.choice([3, 5]), 0, 20.0),
    ]
    return [Shipping(*row) for row in rows]


def _coupons(rng: random.Random, today: date) -> list[Coupon]:
    """The first two apply to everything and to small carts; each third other one is for a category."""
    rows = []
    for place, name in enumerate(rng.sample(COUPON_NAMES, USABLE + USED + EXPIRED)):
        kind = rng.choice(["percent", "fixed"])
        value = rng.choice([5, 10, 15, 20, 25] if kind == "percent" else [4, 5, 8, 10, 12])
        days = -rng.randrange(2, 50) if place >= USABLE + USED else rng.randrange(2, 60)
        category = rng.choice(list(SHELVES)) if 2 <= place < USABLE and rng.random() < 0.6 else "any"
        minimum = float(rng.choice([15, 20, 25] if place < 2 or place >= USABLE else [30, 50, 80, 120]))
        code = f"{name.split()[0].upper()}{value}"
        expires = (today + timedelta(days=days)).isoformat()
        rows.append(Coupon(code, name, kind, float(value), category, minimum, expires))
    return rows


def _gift_cards(seed: int, rng: random.Random, today: date) -> list[GiftCard]:
    rows = []
    for place, code in enumerate(gift_codes_of(seed)):
        days = -rng.randrange(5, 300) if place == 4 else rng.randrange(90, 900)
        amount = float(rng.choice([60, 75, 100] if place == 3 else [10, 15, 20, 25, 30, 50]))
        rows.append(GiftCard(code, amount, (today + timedelta(days=days)).isoformat(), redeemed=place == 3))
    return rows


def _orders(
    rng: random.Random, now: str, shelves: Shelves, addresses: list[Address], shipping: list[Shipping]
) -> tuple[list[Order], list[Item]]:
    """From the oldest to the newest: a year of delivered ones, some on their way, some not shipped yet."""
    ago = [int(DAY * (45 + 320 * rng.random())) for _ in range(rng.randrange(*PAST_ORDERS))]
    ago += [int(DAY * rng.uniform(9, 26)) for _ in range(RECENT_ORDERS)]
    ago += UNDERWAY + OPEN_ORDERS
    numbers, item_numbers = iter(ids(rng, "SHP", len(ago))), iter(ids(rng, "ITM", 4 * len(ago)))
    orders: list[Order] = []
    items: list[Item] = []
    for minutes in sorted(ago, reverse=True):
        delivered = minutes > 9 * DAY
        way = rng.choice(shipping) if delivered else shipping[0]
        address = rng.choice(addresses if way.days_abroad and rng.random() < 0.3 else addresses[:2])
        lines = _items(rng, next(numbers), shelves, item_numbers)
        order = _order(rng, lines, later(now, minutes=-minutes), way, address)
        orders.append(replace(order, cancelled=delivered and rng.random() < 0.06))
        items += lines
    return orders, items


def _items(rng: random.Random, order_id: str, shelves: Shelves, numbers: Iterator[str]) -> list[Item]:
    """One to three products, rather the cheaper ones; now and then several pieces, now and then on sale."""
    count = rng.choice([1, 1, 1, 2, 2, 3])
    seen = sorted(rng.sample(shelves, 3 * count), key=lambda shelf: shelf[1][0].price)
    items = []
    for product, variants in seen[:count]:
        variant, off = rng.choice(variants), rng.choice([0, 0, 0, 0, 0, 10, 20])
        option, price = option_of(variant.colour, variant.size), round(variant.price * (100 - off) / 100, 2)
        quantity = rng.choice([1, 1, 1, 1, 1, 1, 2, 2, 3])
        bought = variant.variant_id, product.product_id, product.name, option, quantity, price
        items.append(Item(next(numbers), order_id, *bought))
    return items


def _order(rng: random.Random, items: list[Item], placed: str, way: Shipping, address: Address) -> Order:
    subtotal = round(sum(item.quantity * item.price for item in items), 2)
    home = address.country == HOME
    fee = round((way.fee if home else way.fee_abroad) + way.per_kg * rng.randrange(1, 9), 2)
    fee = 0.0 if way.free_from and subtotal >= way.free_from else fee
    return Order(
        order_id=items[0].order_id,
        placed=placed,
        ships=later(placed, minutes=60 * way.ship_hours),
        arrives=later(placed, days=way.days if home else way.days_abroad),
        method=way.method,
        address=address.label,
        coupon="",
        subtotal=subtotal,
        discount=0.0,
        points_used=0,
        shipping_fee=fee,
        total=round(subtotal + fee, 2),
        credit_used=0.0,
        charged=round(subtotal + fee, 2),
    )


def _paid_specially(orders: list[Order], coupons: list[Coupon], cards: list[GiftCard]) -> list[Order]:
    """Of the newest delivered orders one each was paid with points, with the redeemed gift card, with a used coupon."""
    rows, spent = list(orders), coupons[USABLE : USABLE + USED]
    arrived = reversed(range(len(rows) - len(UNDERWAY) - len(OPEN_ORDERS)))
    kept = (place for place in arrived if rows[place].subtotal >= 30 and not rows[place].cancelled)
    place = next(kept)
    rows[place] = _paid(rows[place], points=300)
    place = next(kept)
    rows[place] = _paid(rows[place], credit=next(card.amount for card in cards if card.redeemed) - 25)
    for coupon in spent:
        place = next(kept)
        percent = coupon.kind == "percent"
        discount = rows[place].subtotal * coupon.value / 100 if percent else coupon.value
        rows[place] = _paid(replace(rows[place], coupon=coupon.code), discount=round(discount, 2))
    return rows


def _paid(order: Order, points: int = 0, credit: float = 0.0, discount: float = 0.0) -> Order:
    total = round(order.total - discount - points_value(points), 2)
    credit = min(credit, total)
    charged = round(total - credit, 2)
    return replace(order, discount=discount, points_used=points, total=total, credit_used=credit, charged=charged)


def _returns(
    rng: random.Random, now: str, products: list[Product], orders: list[Order], items: list[Item]
) -> list[Return]:
    """Items sent back within the window, at most one of an order."""
    final = {product.product_id for product in products if product.final_sale}
    numbers = iter(ids(rng, "RTN", len(RETURNS)))
    sent: dict[str, Return] = {}
    for minutes in RETURNS:
        day = later(now, minutes=-minutes)
        back = {order.order_id: order for order in orders if not order.cancelled and order.order_id not in sent}
        back = {
            key: order for key, order in back.items() if order.arrives <= day < later(order.arrives, days=RETURN_DAYS)
        }
        open_to = [item for item in items if item.order_id in back and item.product_id not in final]
        if open_to:
            item = rng.choice(open_to)
            sent[item.order_id] = _return(rng, next(numbers), day, item, back[item.order_id])
    return list(sent.values())


def _return(rng: random.Random, number: str, day: str, item: Item, order: Order) -> Return:
    quantity, reason = rng.choice([1, item.quantity]), rng.choice(REASONS)
    refund = round(paid_for_goods(order) * quantity * item.price / order.subtotal, 2)
    purse: Purse = "store_credit" if refund > order.charged or rng.random() < 0.25 else "card"
    return Return(number, order.order_id, item.item_id, quantity, reason, refund, purse, day)


def _cart(rng: random.Random, shelves: Shelves) -> list[InCart]:
    """Seven times in eight the customer has already picked something; now and then it has sold out since."""
    if rng.random() < 0.12:
        return []
    picked = [rng.choice(variants) for _, variants in rng.sample(shelves, rng.choice([2, 2, 3, 4]))]
    sold_out = rng.random() < 0.12
    kept = [row for row in picked if row.stock or sold_out]
    return [InCart(row.variant_id, max(1, min(row.stock, rng.choice([1, 1, 1, 2])))) for row in kept]


def _wishes(rng: random.Random, today: date, shelves: Shelves) -> list[Wish]:
    rows = []
    for _, variants in rng.sample(shelves, rng.choice([4, 5, 6])):
        variant, share = rng.choice(variants), rng.choice([1.0, 1.0, 1.1, 0.95])
        below = float(int(variant.price * 0.85)) if rng.random() < 0.4 else 0.0
        added = (today - timedelta(days=rng.randrange(1, 200))).isoformat()
        rows.append(Wish(variant.variant_id, added, round(variant.price * share, 2), below))
    return rows
