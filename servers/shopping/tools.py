"""What a signed-in customer can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.shopping.checkout import check_cart, check_coupon, check_points, credit_for, method_to, place
from servers.shopping.records import (
    Account,
    Address,
    AddressId,
    Cancelled,
    Cart,
    Category,
    Code,
    Country,
    Coupons,
    CouponStatus,
    Day,
    Discounted,
    GiftCode,
    InCart,
    ItemId,
    Method,
    Order,
    OrderDetails,
    OrderId,
    Orders,
    Placed,
    Price,
    Product,
    ProductDetails,
    ProductId,
    Products,
    Purse,
    Put,
    Quantity,
    Reason,
    Redeemed,
    Removed,
    Return,
    ReturnRow,
    Returns,
    ReturnStatus,
    Review,
    Reviews,
    ShippingOffer,
    ShippingOffers,
    Shop,
    Sort,
    Status,
    Text,
    Variant,
    VariantId,
    VariantRow,
    Wish,
    Wishes,
    WishRow,
)
from servers.shopping.returning import check_refund, check_returnable, refund_for
from servers.shopping.rules import (
    arrival,
    cents,
    coupon_status,
    credit_of,
    customer_of,
    discount_of,
    full_name,
    goods,
    matches,
    names_in,
    on_sale,
    points_of,
    price_from,
    price_of,
    rating_of,
    return_status,
    return_until,
    shipping_fee,
    ships_to,
    status_of,
    tier_of,
)
from servers.shopping.views import cart_line, coupon_row, item_row, order_row, product_row, put, return_row, wish_row
from servers.state import ToolError
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Label = Annotated[str, Meta(description="what the customer calls it, e.g. Office", min_length=1, max_length=30)]
Street = Annotated[str, Meta(description="house number and street, e.g. 12 Mill Lane", min_length=3, max_length=60)]
City = Annotated[str, Meta(description="city, e.g. Utrecht", min_length=2, max_length=40)]
Stars = Annotated[int, Meta(description="1 is worst, 5 is best", ge=1, le=5)]
Words = Annotated[str, Meta(description="what to say about it, e.g. solid and well made", min_length=2, max_length=200)]
Points = Annotated[
    int, Meta(description="loyalty points to spend, in hundreds; 100 are worth 1.00", ge=0, le=50_000, multiple_of=100)
]
Shipped = Annotated[Method, Meta(description="way of shipping, e.g. express")]
Paid = Annotated[Purse, Meta(description="what pays or gets money back, e.g. store_credit")]

MOST_OF_ONE = 10
MOST_ADDRESSES = 8
MOST_WISHES = 12


@reads
def find_products(
    shop: Shop,
    text: Text | None = None,
    category: Annotated[Category, Meta(description="department, e.g. lamps")] | None = None,
    max_price: Price | None = None,
    sort: Annotated[Sort, Meta(description="which come first, e.g. cheapest")] = "best_rated",
    limit: Limit = 5,
) -> Products:
    """Search products by words of their name, department or highest price, e.g. text="Merino Sweater"."""
    found = list(shop.products) if category is None else shop.products.where(category=category)
    if text is not None:
        found = [row for row in found if matches(text, row.name)]
    if max_price is not None:
        found = [row for row in found if price_from(shop, row.product_id) <= max_price]
    found.sort(key=lambda row: row.launched, reverse=True)
    if sort == "best_rated":
        found.sort(key=lambda row: rating_of(shop, row.product_id), reverse=True)
    if sort == "cheapest":
        found.sort(key=lambda row: price_from(shop, row.product_id))
    return Products([product_row(shop, row) for row in found[:limit]], len(found))


@reads
def get_product(shop: Shop, product_id: ProductId) -> ProductDetails:
    """Show a product with its variants, today's prices and stock, e.g. product_id="PRD-48213"."""
    row = _product(shop, product_id)
    variants = [
        VariantRow(each.variant_id, each.colour, each.size, price_of(shop, each), each.stock)
        for each in shop.variants.where(product_id=product_id)
    ]
    sale = f"{row.sale_percent}% off until {row.sale_until}" if on_sale(shop, row) else ""
    rating, reviews = rating_of(shop, product_id), len(shop.reviews.where(product_id=product_id))
    return ProductDetails(product_id, row.name, row.category, rating, reviews, not row.final_sale, sale, variants)


@reads
def list_product_reviews(
    shop: Shop,
    product_id: ProductId,
    stars: Annotated[int, Meta(description="only reviews of so many stars, e.g. 2", ge=1, le=5)] | None = None,
    limit: Limit = 4,
) -> Reviews:
    """List what customers wrote about a product, newest first, all or those of so many stars."""
    product, found = _product(shop, product_id), shop.reviews.where(product_id=product_id)
    if stars is not None:
        found = [row for row in found if row.stars == stars]
    newest = sorted(found, key=lambda row: (row.date, row.review_id), reverse=True)
    return Reviews(product.name, rating_of(shop, product_id), newest[:limit], len(newest))


@writes
def write_product_review(shop: Shop, product_id: ProductId, stars: Stars, text: Words) -> Review:
    """Review a product that was delivered to the customer, once, e.g. stars=4, text="solid and well made"."""
    product, author = _product(shop, product_id), customer_of(shop).name
    bought = [_order(shop, item.order_id) for item in shop.items.where(product_id=product_id)]
    if not any(status_of(shop, order) == "delivered" for order in bought):
        raise ToolError(f"{product.name} was never delivered to {author}; only then it can be reviewed")
    if mine := shop.reviews.where(product_id=product_id, author=author):
        raise ToolError(f"{product.name} was already reviewed with {mine[0].stars} stars on {mine[0].date}")
    return shop.reviews.add(Review(shop.new_id("RVW"), product_id, author, stars, text, shop.today))


@reads
def view_shop_cart(shop: Shop) -> Cart:
    """Show the shop cart with its lines, coupon and what it comes to before shipping."""
    lines = [cart_line(shop, line) for line in shop.cart]
    subtotal, discount = goods(shop), discount_of(shop)
    return Cart(lines, customer_of(shop).coupon, subtotal, discount, cents(subtotal - discount))


@writes
def add_to_shop_cart(shop: Shop, variant_id: VariantId, quantity: Quantity = 1) -> Put:
    """Put pieces of a variant in the shop cart; enough must be in stock, e.g. variant_id="VAR-30417", quantity=2."""
    variant = _variant(shop, variant_id)
    line = shop.cart.get(variant_id) or InCart(variant_id, 0)
    wanted = line.quantity + quantity
    if wanted > variant.stock:
        have = f"; the cart has {line.quantity} already" if line.quantity else ""
        raise ToolError(f"only {variant.stock} of {full_name(shop, variant)} in stock{have}")
    if wanted > MOST_OF_ONE:
        raise ToolError(f"at most {MOST_OF_ONE} of one variant; the cart has {line.quantity}")
    shop.cart.update(line, quantity=wanted)
    return put(shop, variant, wanted)


@writes(destructive=True)
def remove_from_shop_cart(shop: Shop, variant_id: VariantId, quantity: Quantity | None = None) -> Put:
    """Take a variant out of the shop cart, all of it or so many pieces; a coupon that no longer fits goes too."""
    line = shop.cart.get(variant_id)
    if line is None:
        raise ToolError(f"{variant_id} is not in the cart")
    left = 0 if quantity is None else line.quantity - quantity
    if left < 0:
        raise ToolError(f"the cart has only {line.quantity} of {variant_id}")
    if left:
        shop.cart.update(line, quantity=left)
    else:
        shop.cart.delete(variant_id)
    if not discount_of(shop):
        shop.customers.update(customer_of(shop), coupon="")
    return put(shop, _variant(shop, variant_id), left)


@reads
def list_shop_coupons(
    shop: Shop, status: Annotated[CouponStatus, Meta(description="which coupons, e.g. expired")] = "usable"
) -> Coupons:
    """List the customer's shop coupons and what each saves on the cart as it is, e.g. status="expired"."""
    return Coupons([coupon_row(shop, row) for row in shop.coupons if coupon_status(shop, row) == status])


@writes(idempotent=True)
def apply_shop_coupon(shop: Shop, code: Code) -> Discounted:
    """Apply a coupon to the shop cart in place of any other; it must be usable and its minimum reached."""
    coupon = shop.coupons.get(code)
    if coupon is None:
        raise ToolError(f"no coupon {code}")
    check_coupon(shop, coupon)
    shop.customers.update(customer_of(shop), coupon=code)
    discount = discount_of(shop)
    return Discounted(code, discount, cents(goods(shop) - discount))


@writes
def redeem_shop_gift_card(shop: Shop, code: GiftCode) -> Redeemed:
    """Turn a gift card into store credit, once and before it expires, e.g. code="7KQX-M2DR-91HT"."""
    card = shop.gift_cards.get(code)
    if card is None:
        raise ToolError(f"no gift card has the code {code}")
    if card.redeemed:
        raise ToolError(f"the gift card ending {code[-4:]} was already redeemed")
    if card.expires < shop.today:
        raise ToolError(f"the gift card ending {code[-4:]} expired on {card.expires}")
    shop.gift_cards.update(card, redeemed=True)
    return Redeemed(card.amount, credit_of(shop))


@reads
def get_shop_account(shop: Shop) -> Account:
    """Show the customer's tier, loyalty points, store credit, card, redeemed gift cards and saved addresses."""
    customer, (points, pending) = customer_of(shop), points_of(shop)
    redeemed = [card.code[-4:] for card in shop.gift_cards if card.redeemed]
    money = credit_of(shop), customer.card_last4
    return Account(customer.name, tier_of(shop), points, pending, *money, redeemed, list(shop.addresses))


@writes
def add_shop_address(
    shop: Shop,
    label: Label,
    street: Street,
    city: City,
    country: Annotated[Country, Meta(description="country the shop ships to, e.g. Portugal")],
) -> Address:
    """Save an address to ship to under a new label, e.g. label="Office", street="12 Mill Lane", city="Utrecht"."""
    if any(saved.label.casefold() == label.casefold() for saved in shop.addresses):
        raise ToolError(f"an address called {label} is already saved")
    if len(shop.addresses) >= MOST_ADDRESSES:
        raise ToolError(f"at most {MOST_ADDRESSES} addresses can be saved")
    return shop.addresses.add(Address(shop.new_id("SHA"), label, street, city, country))


@reads
def list_shipping_methods(shop: Shop, address_id: AddressId) -> ShippingOffers:
    """List how the shop cart can be sent to a saved address, with fee and arrival, e.g. address_id="SHA-55120"."""
    address = _address(shop, address_id)
    ways = ships_to(shop, address)
    rows = [ShippingOffer(way.method, shipping_fee(shop, way, address), arrival(shop, way, address)) for way in ways]
    return ShippingOffers(address.country, rows)


@writes
def checkout_shop_cart(
    shop: Shop, address_id: AddressId, shipping: Shipped, pay_with: Paid = "card", points: Points = 0
) -> Placed:
    """Order the shop cart to a saved address; with pay_with="store_credit" the card pays only what credit does not."""
    address = _address(shop, address_id)
    check_cart(shop)
    way = method_to(shop, address, shipping)
    check_points(shop, points)
    order = place(shop, address, way, points, credit_for(shop, pay_with))
    return Placed(order.order_id, order.total, order.credit_used, order.charged, order.arrives)


@reads
def list_shop_orders(
    shop: Shop,
    product: Text | None = None,
    status: Annotated[Status, Meta(description="where the order stands, e.g. shipped")] | None = None,
    since: Day | None = None,
    limit: Limit = 5,
) -> Orders:
    """List the customer's shop orders, newest first, by product name, status or day, e.g. status="shipped"."""
    found = sorted(shop.orders, key=lambda row: (row.placed, row.order_id), reverse=True)
    if status is not None:
        found = [row for row in found if status_of(shop, row) == status]
    if since is not None:
        found = [row for row in found if row.placed >= since.isoformat()]
    if product is not None:
        found = [row for row in found if any(matches(product, name) for name in names_in(shop, row))]
    return Orders([order_row(shop, row) for row in found[:limit]], len(found))


@reads
def get_shop_order(shop: Shop, order_id: OrderId) -> OrderDetails:
    """Show a shop order with its items, payment and last day to return them, e.g. order_id="SHP-71305"."""
    order = _order(shop, order_id)
    return OrderDetails(
        order_id,
        status=status_of(shop, order),
        placed=order.placed,
        arrives=order.arrives,
        return_until=return_until(order),
        address=order.address,
        method=order.method,
        items=[item_row(shop, item) for item in shop.items.where(order_id=order_id)],
        subtotal=order.subtotal,
        discount=order.discount,
        points_used=order.points_used,
        shipping_fee=order.shipping_fee,
        total=order.total,
        credit_used=order.credit_used,
        charged=order.charged,
    )


@writes(destructive=True)
def cancel_shop_order(shop: Shop, order_id: OrderId) -> Cancelled:
    """Cancel a shop order before it ships; money, store credit and points come back, its coupon is usable again."""
    order = _order(shop, order_id)
    status = status_of(shop, order)
    if status not in ("placed", "packed"):
        raise ToolError(f"{order_id} is {status}; only orders not yet shipped can be cancelled")
    for item in shop.items.where(order_id=order_id):
        variant = _variant(shop, item.variant_id)
        shop.variants.update(variant, stock=variant.stock + item.quantity)
    shop.orders.update(order, cancelled=True)
    return Cancelled(order_id, order.charged, order.credit_used, order.points_used)


@writes
def request_return(
    shop: Shop,
    item_id: ItemId,
    reason: Annotated[Reason, Meta(description="why it goes back, e.g. wrong_size")],
    quantity: Quantity = 1,
    refund_to: Paid = "card",
) -> ReturnRow:
    """Send back pieces of a delivered order item within its return window, e.g. item_id="ITM-20931", quantity=1."""
    item = shop.items.get(item_id)
    if item is None:
        raise ToolError(f"no order item {item_id}")
    order = _order(shop, item.order_id)
    check_returnable(shop, order, item, quantity)
    refund = refund_for(shop, order, item, quantity)
    check_refund(shop, order, refund, refund_to)
    made = shop.new_id("RTN"), order.order_id, item_id, quantity, reason, refund, refund_to, shop.now
    return return_row(shop, shop.returns.add(Return(*made)))


@reads
def list_returns(
    shop: Shop,
    order_id: OrderId | None = None,
    status: Annotated[ReturnStatus, Meta(description="how far the return is, e.g. in_transit")] | None = None,
    limit: Limit = 5,
) -> Returns:
    """List what the customer sent back, newest first, by order or status, e.g. status="refunded"."""
    found = list(shop.returns) if order_id is None else shop.returns.where(order_id=order_id)
    if status is not None:
        found = [row for row in found if return_status(shop, row) == status]
    newest = sorted(found, key=lambda row: (row.requested, row.return_id), reverse=True)
    return Returns([return_row(shop, row) for row in newest[:limit]], len(newest))


@reads
def view_wishlist(shop: Shop) -> Wishes:
    """Show the wish list: each variant's price now and when it was added, stock and price alert."""
    return Wishes([wish_row(shop, wish) for wish in shop.wishes])


@writes
def add_to_wishlist(shop: Shop, variant_id: VariantId) -> WishRow:
    """Put a variant on the wish list with today's price, e.g. variant_id="VAR-30417"."""
    variant = _variant(shop, variant_id)
    if variant_id in shop.wishes:
        raise ToolError(f"{full_name(shop, variant)} is already on the wish list")
    if len(shop.wishes) >= MOST_WISHES:
        raise ToolError(f"the wish list is full: at most {MOST_WISHES}")
    return wish_row(shop, shop.wishes.add(Wish(variant_id, shop.today, price_of(shop, variant))))


@writes(destructive=True)
def remove_from_wishlist(shop: Shop, variant_id: VariantId) -> Removed:
    """Take a variant and its price alert off the wish list, e.g. variant_id="VAR-30417"."""
    wish = _wish(shop, variant_id)
    shop.wishes.delete(wish.variant_id)
    return Removed(variant_id, full_name(shop, _variant(shop, variant_id)))


@writes(idempotent=True)
def set_price_alert(
    shop: Shop,
    variant_id: VariantId,
    below: Annotated[float, Meta(description="price to wait for, below today's, e.g. 34.90", ge=0.01, le=10_000)],
) -> WishRow:
    """Ask to be told when a variant on the wish list costs no more than so much, e.g. below=34.90."""
    wish, price = _wish(shop, variant_id), price_of(shop, _variant(shop, variant_id))
    if below >= price:
        raise ToolError(f"it costs {price:.2f} now; an alert waits for a lower price than that")
    return wish_row(shop, shop.wishes.update(wish, alert_below=cents(below)))


def _product(shop: Shop, product_id: str) -> Product:
    product = shop.products.get(product_id)
    if product is None:
        raise ToolError(f"no product {product_id}")
    return product


def _variant(shop: Shop, variant_id: str) -> Variant:
    variant = shop.variants.get(variant_id)
    if variant is None:
        raise ToolError(f"no variant {variant_id}; get_product lists those of a product")
    return variant


def _order(shop: Shop, order_id: str) -> Order:
    order = shop.orders.get(order_id)
    if order is None:
        raise ToolError(f"no shop order {order_id}")
    return order


def _address(shop: Shop, address_id: str) -> Address:
    address = shop.addresses.get(address_id)
    if address is None:
        raise ToolError(f"no address {address_id}")
    return address


def _wish(shop: Shop, variant_id: str) -> Wish:
    wish = shop.wishes.get(variant_id)
    if wish is None:
        raise ToolError(f"{variant_id} is not on the wish list")
    return wish
