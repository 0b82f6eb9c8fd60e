"""Offers: which may be made, how one is answered from either side, and what they forbid a seller meanwhile."""

from __future__ import annotations

from servers.marketplace.auction import standing
from servers.marketplace.records import ME, Answer, Answered, Listing, Market, Offer
from servers.marketplace.trade import counter_of, offer_status, sale_id_of
from servers.state import ToolError

LEAST_SHARE_OFFERED = 0.5


def check_fixed(row: Listing) -> None:
    if row.kind == "auction":
        raise ToolError(f"{row.title} is an auction until {row.ends}; place_bid bids in it")


def check_offer(market: Market, row: Listing, amount: float) -> None:
    if not row.floor:
        raise ToolError(f"the seller of {row.title} takes no offers; it costs {row.price:.2f}")
    if amount >= row.price:
        raise ToolError(f"an offer must be below the price of {row.price:.2f}; buy_listing pays that")
    if amount < LEAST_SHARE_OFFERED * row.price:
        raise ToolError(f"offers below {LEAST_SHARE_OFFERED * row.price:.2f}, half the price, are not passed on")
    for offer in market.offers.where(listing_id=row.listing_id, buyer_id=ME):
        status = offer_status(market, offer)
        if status in ("pending", "countered"):
            raise ToolError(f"your offer {offer.offer_id} of {offer.amount:.2f} is still {status}")


def check_new_price(market: Market, row: Listing, price: float) -> None:
    if row.kind == "auction" and standing(market, row).bids:
        raise ToolError(f"{row.title} has bids; its start price stays {row.price:.2f}")
    if row.reserve and price > row.reserve:
        raise ToolError(f"the start price must not be above the reserve of {row.reserve:.2f}")
    open_offers = [
        offer
        for offer in market.offers.where(listing_id=row.listing_id)
        if offer_status(market, offer) in ("pending", "countered") and offer.amount >= price
    ]
    if open_offers:
        offer = open_offers[0]
        raise ToolError(f"offer {offer.offer_id} of {offer.amount:.2f} is open; answer it or ask more than that")


def answer_buyer(market: Market, row: Listing, offer: Offer, answer: Answer, asked: float | None) -> Answered:
    """The signed-in member sells: a pending offer is accepted, declined or countered."""
    status = offer_status(market, offer)
    if status != "pending":
        raise ToolError(f"{offer.offer_id} is {status}; only a pending offer can be answered")
    if answer != "counter":
        return _settle(market, row, offer, answer, offer.amount)
    asked = round((offer.amount + row.price) / 2 if asked is None else asked, 2)
    if not offer.amount < asked < row.price:
        raise ToolError(f"a counter must be between the offer of {offer.amount:.2f} and your price of {row.price:.2f}")
    offer = market.offers.update(offer, counter=asked, countered=market.now)
    return Answered(offer.offer_id, row.listing_id, row.title, offer_status(market, offer), asked, "")


def answer_seller(market: Market, row: Listing, offer: Offer, answer: Answer) -> Answered:
    """The signed-in member buys: what the seller asks instead is accepted or declined."""
    status = offer_status(market, offer)
    if status != "countered":
        raise ToolError(f"{offer.offer_id} is {status}; only a seller's counter-offer can be answered")
    if answer == "counter":
        raise ToolError("only the seller counters; decline, then make_offer makes a new offer")
    return _settle(market, row, offer, answer, counter_of(row, offer, status))


def _settle(market: Market, row: Listing, offer: Offer, answer: Answer, amount: float) -> Answered:
    accepted = answer == "accept"
    market.offers.update(offer, answer="accepted" if accepted else "declined")
    if accepted:
        market.listings.update(row, buyer_id=offer.buyer_id, sold_price=amount, sold=market.now)
    sale_id = sale_id_of(row.listing_id) if accepted else ""
    status = "accepted" if accepted else "declined"
    return Answered(offer.offer_id, row.listing_id, row.title, status, amount, sale_id)
