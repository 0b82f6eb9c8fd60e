"""The rows of the marketplace as tools show them: names, prices and states filled in."""

from __future__ import annotations

from servers.marketplace.auction import next_bid, reserve_met, standing
from servers.marketplace.records import (
    ME,
    Bidding,
    Listing,
    ListingDetails,
    ListingRow,
    Market,
    Message,
    MessageRow,
    Offer,
    OfferRow,
    OwnListing,
    Sale,
    SaleRow,
)
from servers.marketplace.trade import (
    counter_of,
    offer_status,
    other_in,
    part_in,
    role_in,
    sale_of,
    sale_status,
    status_of,
)

OFFERS_SHOWN, MESSAGES_SHOWN = 4, 3


def name_of(market: Market, member_id: str) -> str:
    return "you" if member_id == ME else market.members.find(member_id).name


def price_of(market: Market, listing: Listing) -> float:
    """What it was sold for, where its auction stands, or what is asked."""
    sale = sale_of(market, listing)
    return sale.price if sale else standing(market, listing).price if listing.kind == "auction" else listing.price


def rating_of(market: Market, member_id: str) -> float:
    """Mean of the stars a member got; 0 without any."""
    stars = [row.stars for row in market.ratings.where(of_id=member_id)]
    return round(sum(stars) / len(stars), 1) if stars else 0.0


def listing_row(market: Market, row: Listing) -> ListingRow:
    price, bids = price_of(market, row), standing(market, row).bids
    seller = name_of(market, row.seller_id)
    about = row.listing_id, row.title, row.kind
    return ListingRow(*about, price, bids, row.ends, seller, row.seller_id, part_in(market, row))


def listing_details(market: Market, row: Listing) -> ListingDetails:
    state, status = standing(market, row), status_of(market, row)
    biddable = status == "active" and row.kind == "auction" and row.seller_id != ME
    mine = [bid.maximum for bid in market.bids.where(listing_id=row.listing_id) if bid.bidder_id == ME]
    offers = sorted(market.offers.where(listing_id=row.listing_id), key=lambda offer: (offer.made, offer.offer_id))
    messages = sorted(market.messages.where(listing_id=row.listing_id), key=lambda each: (each.sent, each.message_id))
    return ListingDetails(
        listing_id=row.listing_id,
        title=row.title,
        status=status,
        kind=row.kind,
        price=price_of(market, row),
        next_bid=next_bid(state, ME) if biddable else 0.0,
        bids=state.bids,
        reserve_met=reserve_met(state, row),
        your_maximum=max(mine, default=0.0),
        takes_offers=row.floor > 0,
        postage=row.postage,
        condition=row.condition,
        city=market.members.find(row.seller_id).city,
        ends=row.ended or row.ends,
        seller=name_of(market, row.seller_id),
        seller_id=row.seller_id,
        seller_rating=rating_of(market, row.seller_id),
        watched=row.listing_id in market.watches,
        description=row.description,
        offers=[_offer_row(market, row, offer) for offer in offers[-OFFERS_SHOWN:]],
        messages=[_message_row(market, message) for message in messages[-MESSAGES_SHOWN:]],
    )


def own_listing(market: Market, row: Listing) -> OwnListing:
    money = row.price, row.reserve, row.postage
    return OwnListing(row.listing_id, row.title, status_of(market, row), row.kind, *money, row.ended or row.ends)


def bidding(market: Market, row: Listing) -> Bidding:
    """How the signed-in member's bid stands."""
    state = standing(market, row)
    mine = max(bid.maximum for bid in market.bids.where(listing_id=row.listing_id) if bid.bidder_id == ME)
    place = "leading" if state.leader_id == ME else "outbid"
    return Bidding(row.listing_id, row.title, place, state.price, mine, next_bid(state, ME), row.ends)


def sale_row(market: Market, sale: Sale) -> SaleRow:
    row, other = sale.listing, other_in(sale)
    mine = market.ratings.where(sale_id=sale.sale_id, by_id="me")
    return SaleRow(
        sale_id=sale.sale_id,
        listing_id=row.listing_id,
        title=row.title,
        role=role_in(sale),
        other=name_of(market, other),
        other_id=other,
        total=round(sale.price + row.postage, 2),
        sold=sale.sold,
        status=sale_status(market, sale),
        your_stars=mine[0].stars if mine else 0,
    )


def _offer_row(market: Market, listing: Listing, row: Offer) -> OfferRow:
    status = offer_status(market, row)
    buyer = name_of(market, row.buyer_id)
    return OfferRow(row.offer_id, buyer, row.amount, counter_of(listing, row, status), status)


def _message_row(market: Market, row: Message) -> MessageRow:
    return MessageRow(name_of(market, row.sender_id), row.text, row.sent)
