"""The rows of the shop as tools show them: names, today's prices and states filled in."""

from __future__ import annotations

from servers.shopping.material import option_of
from servers.shopping.records import (
    CartLine,
    Coupon,
    CouponRow,
    InCart,
    Item,
    ItemRow,
    Order,
    OrderRow,
    Product,
    ProductRow,
    Put,
    Return,
    ReturnRow,
    Shop,
    Variant,
    Wish,
    WishRow,
)
from servers.shopping.returning import returnable
from servers.shopping.rules import (
    full_name,
    goods,
    names_in,
    price_from,
    price_of,
    rating_of,
    return_status,
    saving,
    status_of,
)


def product_row(shop: Shop, row: Product) -> ProductRow:
    number = row.product_id
    in_stock = any(variant.stock for variant in shop.variants.where(product_id=number))
    return ProductRow(number, row.name, row.category, price_from(shop, number), rating_of(shop, number), in_stock)


def cart_line(shop: Shop, line: InCart) -> CartLine:
    variant = shop.variants.find(line.variant_id)
    name, option = shop.products.find(variant.product_id).name, option_of(variant.colour, variant.size)
    price, available = price_of(shop, variant), variant.stock >= line.quantity
    return CartLine(line.variant_id, name, option, line.quantity, price, available)


def put(shop: Shop, variant: Variant, quantity: int) -> Put:
    return Put(variant.variant_id, full_name(shop, variant), quantity, goods(shop))


def coupon_row(shop: Shop, row: Coupon) -> CouponRow:
    conditions = row.category, row.minimum, row.expires
    return CouponRow(row.code, row.name, row.kind, row.value, *conditions, saving(shop, row))


def order_row(shop: Shop, row: Order) -> OrderRow:
    return OrderRow(row.order_id, row.placed, status_of(shop, row), row.total, names_in(shop, row))


def item_row(shop: Shop, row: Item) -> ItemRow:
    about = row.name, row.option, row.quantity, row.price
    return ItemRow(row.item_id, row.product_id, *about, returnable(shop, row))


def return_row(shop: Shop, row: Return) -> ReturnRow:
    name, status = shop.items.find(row.item_id).name, return_status(shop, row)
    money = row.quantity, row.refund, row.refund_to
    return ReturnRow(row.return_id, row.order_id, name, *money, status, row.requested)


def wish_row(shop: Shop, row: Wish) -> WishRow:
    variant = shop.variants.find(row.variant_id)
    name, option = shop.products.find(variant.product_id).name, option_of(variant.colour, variant.size)
    price, in_stock = price_of(shop, variant), variant.stock > 0
    reached = price <= row.alert_below
    return WishRow(row.variant_id, name, option, price, row.price_then, in_stock, row.alert_below, reached)
