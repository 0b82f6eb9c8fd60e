"""Sending items back: which still can be, what they give back, and whether the card can take it."""

from __future__ import annotations

from servers.shopping.records import Item, Order, Purse, Shop
from servers.shopping.rules import cents, paid_for_goods, return_until, status_of
from servers.state import ToolError


def check_returnable(shop: Shop, order: Order, item: Item, quantity: int) -> None:
    status = status_of(shop, order)
    if status != "delivered":
        raise ToolError(f"{order.order_id} is {status}; only delivered items can be returned")
    if shop.products.find(item.product_id).final_sale:
        raise ToolError(f"{item.name} is a final sale and cannot be returned")
    if shop.today > return_until(order):
        raise ToolError(f"items of {order.order_id} could be returned until {return_until(order)}")
    left = _kept(shop, item)
    if quantity > left:
        raise ToolError(f"{left} of {item.quantity} {item.name} can still be returned, not {quantity}")


def check_refund(shop: Shop, order: Order, refund: float, refund_to: Purse) -> None:
    """The card gets back no more than it was charged."""
    left = left_on_card(shop, order)
    if refund_to == "card" and refund > left:
        raise ToolError(
            f"only {left:.2f} of {order.order_id} can go back to the card, not {refund:.2f}; use store_credit"
        )


def returnable(shop: Shop, item: Item) -> int:
    """How many pieces can be sent back now: none before delivery, after the window, or of a final sale."""
    order = shop.orders.find(item.order_id)
    late = status_of(shop, order) != "delivered" or shop.today > return_until(order)
    return 0 if late or shop.products.find(item.product_id).final_sale else _kept(shop, item)


def refund_for(shop: Shop, order: Order, item: Item, quantity: int) -> float:
    """The share of what was paid for the goods. Shares are differences of rounded sums: all returns give all of it."""
    before = sum(
        row.quantity * shop.items.find(row.item_id).price for row in shop.returns.where(order_id=order.order_id)
    )
    after = before + quantity * item.price
    paid = paid_for_goods(order)
    return cents(cents(paid * after / order.subtotal) - cents(paid * before / order.subtotal))


def left_on_card(shop: Shop, order: Order) -> float:
    """What the card was charged for an order and has not been promised back."""
    back = sum(row.refund for row in shop.returns.where(order_id=order.order_id, refund_to="card"))
    return cents(order.charged - back)


def _kept(shop: Shop, item: Item) -> int:
    return item.quantity - sum(row.quantity for row in shop.returns.where(item_id=item.item_id))
