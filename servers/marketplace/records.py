"""The tables of the marketplace, and the types its tools take and give. The signed-in member has the id "me"."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from servers.state import Row, State, Table

ListingId = Annotated[str, Meta(description="listing, e.g. LST-48213", max_length=20)]
OfferId = Annotated[str, Meta(description="offer on a listing, e.g. OFR-30417", max_length=20)]
SaleId = Annotated[str, Meta(description="sale or purchase, e.g. SAL-48213", max_length=20)]
SellerId = Annotated[str, Meta(description="seller, e.g. TDR-55120", max_length=20)]
Text = Annotated[str, Meta(description="title or some of its words, e.g. Teak Sideboard", max_length=80)]
Title = Annotated[str, Meta(description="what is sold, e.g. Alpa Teak Sideboard", min_length=3, max_length=80)]
Name = Annotated[str, Meta(description="a member's name or part of it, e.g. Mira Holt", min_length=1, max_length=60)]
Amount = Annotated[float, Meta(description="amount in euros, e.g. 45.50", ge=0.5, le=100_000)]
Words = Annotated[str, Meta(description="text, e.g. Is it still available?", min_length=1, max_length=300)]
Category = Literal[
    "cameras", "bicycles", "furniture", "instruments", "records", "games", "watches", "outdoor", "kitchen",
    "clothing", "tools", "art",
]  # fmt: skip
Condition = Literal["new", "like_new", "good", "fair", "for_parts"]
Kind = Literal["fixed_price", "auction"]
Status = Literal["active", "sold", "ended"]
Mine = Literal["selling", "bidding_on", "watching", "negotiating_over"]
Sort = Literal["newest", "cheapest", "ending_soon"]
Answer = Literal["accept", "decline", "counter"]
OfferStatus = Literal["pending", "countered", "accepted", "declined", "expired"]
Role = Literal["bought", "sold"]
SaleStatus = Literal["awaiting_shipment", "shipped", "delivered"]
Part = Literal["none", "seller", "leading", "outbid", "negotiating", "watching"]

ME = "me"


class Member(Row, frozen=True):
    member_id: str
    name: str
    city: str
    joined: str


class Listing(Row, frozen=True):
    listing_id: str
    seller_id: str
    title: str
    category: Category
    condition: Condition
    kind: Kind
    price: float
    """Asked for, or where an auction starts."""
    reserve: float
    """Below this an auction does not sell; 0 is none."""
    floor: float
    """The lowest offer its seller takes, known to the seller only; 0 takes no offers."""
    postage: float
    description: str
    listed: str
    ends: str
    ended: str = ""
    """When its seller took it down early."""
    buyer_id: str = ""
    sold_price: float = 0.0
    sold: str = ""
    """When it was bought, or an offer was accepted by hand. What the clock decides is computed, see trade.py."""


class Bid(Row, frozen=True):
    bid_id: str
    listing_id: str
    bidder_id: str
    maximum: float
    at: str
    """Bids of others may lie ahead; they count from that minute on."""


class Offer(Row, frozen=True):
    offer_id: str
    listing_id: str
    buyer_id: str
    amount: float
    made: str
    answer_minutes: int
    """How long the other side takes to answer."""
    limit: float = 0.0
    """The most its buyer would pay, known to the buyer only."""
    counter: float = 0.0
    countered: str = ""
    answer: Literal["", "accepted", "declined"] = ""
    """The signed-in member's."""


class Message(Row, frozen=True):
    message_id: str
    listing_id: str
    sender_id: str
    receiver_id: str
    text: str
    sent: str


class Watch(Row, frozen=True):
    listing_id: str
    since: str
    remind_minutes: int


class Rating(Row, frozen=True):
    rating_id: str
    sale_id: str
    by_id: str
    of_id: str
    stars: int
    comment: str
    date: str


class Market(State):
    members: Table[Member]
    listings: Table[Listing]
    bids: Table[Bid]
    offers: Table[Offer]
    messages: Table[Message]
    watches: Table[Watch]
    ratings: Table[Rating]


class Standing(Struct, frozen=True):
    """How an auction stands."""

    leader_id: str
    maximum: float
    price: float
    bids: int


class Sale(Struct, frozen=True):
    sale_id: str
    listing: Listing
    buyer_id: str
    price: float
    sold: str


class ListingRow(Struct, frozen=True):
    listing_id: str
    title: str
    kind: Kind
    price: float
    bids: int
    ends: str
    seller: str
    seller_id: str
    you: Part
    """What the signed-in member has to do with it."""


class Listings(Struct, frozen=True):
    listings: list[ListingRow]
    total: int
    """How many match, of which the first are shown."""


class OfferRow(Struct, frozen=True):
    offer_id: str
    buyer: str
    amount: float
    counter: float
    """What its seller asks instead; 0 is nothing."""
    status: OfferStatus


class MessageRow(Struct, frozen=True):
    sender: str
    text: str
    sent: str


class ListingDetails(Struct, frozen=True):
    listing_id: str
    title: str
    status: Status
    kind: Kind
    price: float
    next_bid: float
    """The least that a new bid must be; 0 where nobody can bid."""
    bids: int
    reserve_met: bool
    your_maximum: float
    takes_offers: bool
    postage: float
    condition: Condition
    city: str
    ends: str
    seller: str
    seller_id: str
    seller_rating: float
    watched: bool
    description: str
    offers: list[OfferRow]
    messages: list[MessageRow]


class Bidding(Struct, frozen=True):
    listing_id: str
    title: str
    standing: Literal["leading", "outbid"]
    price: float
    your_maximum: float
    next_bid: float
    ends: str


class Bought(Struct, frozen=True):
    sale_id: str
    listing_id: str
    title: str
    seller: str
    price: float
    postage: float
    total: float


class Offered(Struct, frozen=True):
    offer_id: str
    listing_id: str
    title: str
    amount: float
    status: OfferStatus


class Answered(Struct, frozen=True):
    offer_id: str
    listing_id: str
    title: str
    status: OfferStatus
    amount: float
    """Agreed, declined, or asked instead."""
    sale_id: str
    """Of the sale, if it came to one."""


class OwnListing(Struct, frozen=True):
    listing_id: str
    title: str
    status: Status
    kind: Kind
    price: float
    reserve: float
    postage: float
    ends: str


class Watched(Struct, frozen=True):
    listing_id: str
    title: str
    ends: str
    remind_at: str


class Sent(Struct, frozen=True):
    message_id: str
    listing_id: str
    to: str
    text: str


class SaleRow(Struct, frozen=True):
    sale_id: str
    listing_id: str
    title: str
    role: Role
    other: str
    other_id: str
    total: float
    sold: str
    status: SaleStatus
    your_stars: int
    """0 is not rated yet."""


class Sales(Struct, frozen=True):
    sales: list[SaleRow]
    total: int


class Rated(Struct, frozen=True):
    rating_id: str
    sale_id: str
    title: str
    member: str
    stars: int
