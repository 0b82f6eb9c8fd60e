"""How an auction stands, read off its bids in the order of time.

Everybody names a maximum; the house bids for them. The highest maximum leads, the earlier of two equal ones.
It pays one increment more than the second, never more than its maximum, at least the reserve once it reaches it.
"""

from __future__ import annotations

from servers.marketplace.records import Bid, Listing, Market, Standing

INCREMENTS = [(10.0, 0.5), (50.0, 1.0), (100.0, 2.5), (250.0, 5.0), (1_000.0, 10.0)]
LARGEST_INCREMENT = 25.0


def increment(price: float) -> float:
    return next((step for below, step in INCREMENTS if price < below), LARGEST_INCREMENT)


def standing(market: Market, listing: Listing) -> Standing:
    """After the bids made so far, before it ended."""
    until = min(market.now, listing.ends)
    bids = sorted(market.bids.where(listing_id=listing.listing_id), key=lambda bid: (bid.at, bid.bid_id))
    state = Standing("", 0.0, listing.price, 0)
    for bid in bids:
        if bid.at <= until:
            state = _with_reserve(_after(state, bid), listing.reserve)
    return state


def next_bid(state: Standing, bidder_id: str) -> float:
    """The least that somebody must bid: an increment above the price, for the leader above their own maximum."""
    if not state.bids:
        return state.price
    price = state.maximum if bidder_id == state.leader_id else state.price
    return round(price + increment(price), 2)


def reserve_met(state: Standing, listing: Listing) -> bool:
    return bool(state.bids) and state.maximum >= listing.reserve


def _after(state: Standing, bid: Bid) -> Standing:
    """A bid that is too low changes nothing."""
    if bid.maximum < next_bid(state, bid.bidder_id):
        return state
    if bid.bidder_id == state.leader_id:
        return Standing(state.leader_id, bid.maximum, state.price, state.bids + 1)
    if not state.bids:
        return Standing(bid.bidder_id, bid.maximum, state.price, 1)
    if bid.maximum > state.maximum:
        price = min(bid.maximum, state.maximum + increment(state.maximum))
        return Standing(bid.bidder_id, bid.maximum, round(price, 2), state.bids + 1)
    price = min(state.maximum, bid.maximum + increment(bid.maximum))
    return Standing(state.leader_id, state.maximum, round(price, 2), state.bids + 1)


def _with_reserve(state: Standing, reserve: float) -> Standing:
    if state.price < reserve <= state.maximum:
        return Standing(state.leader_id, state.maximum, reserve, state.bids)
    return state
