"""What became of listings, offers and sales: some by hand, the rest by the clock.

    active --bought, offer accepted, auction ends at its reserve--> sold --2 days--> shipped --3 days--> delivered
       `---------ends, taken down--> ended

    to sell: pending --48 h--> expired      countered --their time to answer--> accepted | declined
    to buy:  pending --their time to answer--> accepted | countered --48 h--> expired | declined

A listing has one sale at most: the one that came first. An offer still open when it has gone is expired.
"""

from __future__ import annotations

from servers.marketplace.auction import reserve_met, standing
from servers.marketplace.records import (
    ME,
    Listing,
    Market,
    Offer,
    OfferStatus,
    Part,
    Role,
    Sale,
    SaleStatus,
    Status,
)
from servers.state import later, minutes_between

OFFER_MINUTES = 48 * 60
DAY = 24 * 60
COUNTERED_FROM = 0.85
"""Share of a seller's lowest price from which an offer is countered, not declined."""


def sale_of(market: Market, listing: Listing) -> Sale | None:
    if listing.sold:
        return _sale(listing, listing.buyer_id, listing.sold_price, listing.sold)
    if listing.kind == "auction":
        return _won(market, listing)
    agreed = [
        (moment, offer.buyer_id, price)
        for offer in market.offers.where(listing_id=listing.listing_id)
        for moment, price in _agreement(market, listing, offer)
    ]
    if not agreed:
        return None
    moment, buyer_id, price = min(agreed)
    return _sale(listing, buyer_id, price, moment)


def status_of(market: Market, listing: Listing) -> Status:
    if sale_of(market, listing):
        return "sold"
    return "ended" if market.now >= _closing(listing) else "active"


def offer_status(market: Market, offer: Offer) -> OfferStatus:
    if offer.answer:
        return offer.answer
    listing = market.listings.find(offer.listing_id)
    sale = sale_of(market, listing)
    for moment, _ in _agreement(market, listing, offer):
        won = sale is not None and (sale.sold, sale.buyer_id) == (moment, offer.buyer_id)
        return "accepted" if won else "expired"
    status = _to_sell(market, offer) if listing.seller_id == ME else _to_buy(market, listing, offer)
    gone = sale is not None or market.now >= _closing(listing)
    return "expired" if gone and status in ("pending", "countered") else status


def counter_of(listing: Listing, offer: Offer, status: OfferStatus) -> float:
    """What the seller asks instead; 0 is nothing."""
    if listing.seller_id == ME:
        return offer.counter
    return listing.floor if status == "countered" else 0.0


def part_in(market: Market, listing: Listing) -> Part:
    """What the signed-in member has to do with a listing."""
    number = listing.listing_id
    if listing.seller_id == ME:
        return "seller"
    if any(bid.bidder_id == ME for bid in market.bids.where(listing_id=number)):
        return "leading" if standing(market, listing).leader_id == ME else "outbid"
    if any(offer_status(market, offer) in ("pending", "countered") for offer in market.offers.where(listing_id=number)):
        return "negotiating"
    return "watching" if number in market.watches else "none"


def my_sales(market: Market) -> list[Sale]:
    """Bought and sold by the signed-in member, newest first."""
    offered = {offer.listing_id for offer in market.offers.where(buyer_id=ME)}
    offered |= {bid.listing_id for bid in market.bids.where(bidder_id=ME)}
    rows = [row for row in market.listings if ME in (row.seller_id, row.buyer_id) or row.listing_id in offered]
    sales = [sale for sale in (sale_of(market, row) for row in rows) if sale]
    mine = [sale for sale in sales if ME in (sale.buyer_id, sale.listing.seller_id)]
    return sorted(mine, key=lambda sale: (sale.sold, sale.sale_id), reverse=True)


def role_in(sale: Sale) -> Role:
    return "sold" if sale.listing.seller_id == ME else "bought"


def other_in(sale: Sale) -> str:
    return sale.buyer_id if sale.listing.seller_id == ME else sale.listing.seller_id


def sale_status(market: Market, sale: Sale) -> SaleStatus:
    days = minutes_between(sale.sold, market.now) / DAY
    return "awaiting_shipment" if days < 2 else "shipped" if days < 5 else "delivered"


def sale_id_of(listing_id: str) -> str:
    """A listing has one sale at most, numbered like it."""
    return f"SAL-{listing_id[4:]}"


def _sale(listing: Listing, buyer_id: str, price: float, sold: str) -> Sale:
    return Sale(sale_id_of(listing.listing_id), listing, buyer_id, price, sold)


def _won(market: Market, listing: Listing) -> Sale | None:
    if listing.ended or market.now < listing.ends:
        return None
    state = standing(market, listing)
    return _sale(listing, state.leader_id, state.price, listing.ends) if reserve_met(state, listing) else None


def _closing(listing: Listing) -> str:
    return listing.ended or listing.ends


def _agreement(market: Market, listing: Listing, offer: Offer) -> list[tuple[str, float]]:
    """The moment at which the other side said yes, and to what; empty if it did not."""
    if offer.answer:
        return []
    if listing.seller_id == ME:
        begun, price, agrees = offer.countered, offer.counter, 0 < offer.counter <= offer.limit
    else:
        begun, price, agrees = offer.made, offer.amount, 0 < listing.floor <= offer.amount
    moment = later(begun, minutes=offer.answer_minutes) if agrees else ""
    return [(moment, price)] if agrees and moment <= market.now and moment < _closing(listing) else []


def _to_sell(market: Market, offer: Offer) -> OfferStatus:
    """A buyer's offer to the signed-in member, unless both agreed."""
    if not offer.counter:
        return "pending" if minutes_between(offer.made, market.now) < OFFER_MINUTES else "expired"
    return "countered" if minutes_between(offer.countered, market.now) < offer.answer_minutes else "declined"


def _to_buy(market: Market, listing: Listing, offer: Offer) -> OfferStatus:
    """The signed-in member's offer to a seller, unless both agreed."""
    since_answer = minutes_between(offer.made, market.now) - offer.answer_minutes
    if since_answer < 0:
        return "pending"
    if offer.amount < COUNTERED_FROM * listing.floor:
        return "declined"
    return "countered" if since_answer < OFFER_MINUTES else "expired"
