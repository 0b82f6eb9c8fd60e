"""What a signed-in member can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.marketplace.auction import next_bid, standing
from servers.marketplace.haggling import answer_buyer, answer_seller, check_fixed, check_new_price, check_offer
from servers.marketplace.records import (
    ME,
    Amount,
    Answer,
    Answered,
    Bid,
    Bidding,
    Bought,
    Category,
    Condition,
    Kind,
    Listing,
    ListingDetails,
    ListingId,
    Listings,
    Market,
    Message,
    Mine,
    Name,
    Offer,
    Offered,
    OfferId,
    OwnListing,
    Rated,
    Rating,
    Role,
    Sale,
    SaleId,
    Sales,
    SellerId,
    Sent,
    Sort,
    Status,
    Text,
    Title,
    Watch,
    Watched,
    Words,
)
from servers.marketplace.trade import (
    DAY,
    my_sales,
    offer_status,
    other_in,
    part_in,
    role_in,
    sale_id_of,
    sale_of,
    sale_status,
    status_of,
)
from servers.marketplace.views import (
    bidding,
    listing_details,
    listing_row,
    name_of,
    own_listing,
    price_of,
    sale_row,
)
from servers.state import ToolError, later, minutes_between
from servers.tool import reads, writes

Counter = Annotated[float, Meta(description="what a counter asks, e.g. 90", ge=0.5, le=100_000)]
Reserve = Annotated[float, Meta(description="an auction does not sell below it, e.g. 80", ge=1, le=100_000)]
Remind = Annotated[int, Meta(description="minutes before its end to be reminded, e.g. 30", ge=5, le=1_440)]
Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Stars = Annotated[int, Meta(description="1 is worst, 5 is best", ge=1, le=5)]
Kinds = Annotated[Kind, Meta(description="how it is sold, e.g. auction")]
Section = Annotated[Category, Meta(description="what sort of thing, e.g. cameras")]
Postage = Annotated[float, Meta(description="cost of posting it, paid by the buyer, e.g. 6.90", ge=0, le=500)]
About = Annotated[str, Meta(description="what buyers should know, e.g. Hardly used.", max_length=300)]

RATING_DAYS = 60


@reads
def search_listings(
    market: Market,
    text: Text | None = None,
    category: Section | None = None,
    kind: Kinds | None = None,
    max_price: Amount | None = None,
    seller_id: SellerId | None = None,
    mine: Annotated[Mine, Meta(description="only listings that the member is doing this with, e.g. selling")]
    | None = None,
    status: Annotated[Status, Meta(description="where the listing stands, e.g. ended")] = "active",
    sort: Annotated[Sort, Meta(description="which come first, e.g. ending_soon")] = "newest",
    limit: Limit = 5,
) -> Listings:
    """Search listings by title, category, kind, highest price, seller or the member's part, e.g. text="Oak Desk"."""
    found = list(market.listings) if category is None else market.listings.where(category=category)
    if text is not None:
        found = [row for row in found if _matches(text, row.title)]
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    if seller_id is not None:
        found = [row for row in found if row.seller_id == seller_id]
    found = [row for row in found if status_of(market, row) == status]
    if max_price is not None:
        found = [row for row in found if price_of(market, row) <= max_price]
    if mine is not None:
        found = [row for row in found if _is_mine(market, row, mine)]
    ordered = _sorted(market, found, sort)
    return Listings([listing_row(market, row) for row in ordered[:limit]], len(ordered))


@reads
def get_listing(market: Market, listing_id: ListingId) -> ListingDetails:
    """Show a listing with next bid, seller, and the offers and messages on it, e.g. listing_id="LST-48213"."""
    return listing_details(market, _listing(market, listing_id))


@writes
def place_bid(
    market: Market,
    listing_id: ListingId,
    maximum: Annotated[float, Meta(description="the most to pay, e.g. 85.00", ge=0.5, le=100_000)],
) -> Bidding:
    """Bid in somebody else's running auction up to a maximum; only as much as needed is bid, e.g. maximum=85."""
    row = _open_listing_of_another(market, listing_id)
    if row.kind != "auction":
        raise ToolError(f"{row.title} has a fixed price of {row.price:.2f}; buy_listing buys it")
    state, maximum = standing(market, row), round(maximum, 2)
    least = next_bid(state, ME)
    if maximum < least:
        lead = f"; you lead with a maximum of {state.maximum:.2f}" if state.leader_id == ME else ""
        raise ToolError(f"the next bid must be at least {least:.2f}{lead}")
    market.bids.add(Bid(market.new_id("BID"), listing_id, ME, maximum, market.now))
    return bidding(market, row)


@writes
def buy_listing(market: Market, listing_id: ListingId) -> Bought:
    """Buy somebody else's listing at its fixed price at once, e.g. listing_id="LST-48213"."""
    row = _open_listing_of_another(market, listing_id)
    check_fixed(row)
    row = market.listings.update(row, buyer_id=ME, sold_price=row.price, sold=market.now)
    total = round(row.price + row.postage, 2)
    seller = name_of(market, row.seller_id)
    return Bought(sale_id_of(listing_id), listing_id, row.title, seller, row.price, row.postage, total)


@writes
def make_offer(market: Market, listing_id: ListingId, amount: Amount) -> Offered:
    """Offer less than the fixed price for somebody else's listing that takes offers; the seller answers in hours."""
    row = _open_listing_of_another(market, listing_id)
    amount = round(amount, 2)
    check_fixed(row)
    check_offer(market, row, amount)
    offer = Offer(market.new_id("OFR"), listing_id, ME, amount, market.now, market.draw().randrange(60, 600))
    market.offers.add(offer)
    return Offered(offer.offer_id, listing_id, row.title, offer.amount, offer_status(market, offer))


@writes
def answer_offer(
    market: Market,
    offer_id: OfferId,
    answer: Annotated[Answer, Meta(description="accept, decline, or as seller counter")],
    counter_amount: Counter | None = None,
) -> Answered:
    """Answer a pending offer on an own listing or a seller's counter-offer; a counter without amount meets half-way."""
    offer = market.offers.get(offer_id)
    if offer is None:
        raise ToolError(f"no offer {offer_id}; get_listing shows those on a listing")
    row = _listing(market, offer.listing_id)
    if counter_amount is not None and answer != "counter":
        raise ToolError(f"counter_amount goes with answer counter, not {answer}")
    if row.seller_id == ME:
        return answer_buyer(market, row, offer, answer, counter_amount)
    return answer_seller(market, row, offer, answer)


@writes
def create_listing(
    market: Market,
    title: Title,
    category: Section,
    condition: Annotated[Condition, Meta(description="state it is in, e.g. like_new")],
    price: Amount,
    kind: Kinds = "fixed_price",
    days: Annotated[int, Meta(description="how long it runs, e.g. 7", ge=1, le=30)] = 7,
    reserve: Reserve | None = None,
    postage: Postage = 0.0,
    description: About = "",
) -> OwnListing:
    """Put something up for sale at a fixed price, or as an auction that starts at the price, e.g. kind="auction"."""
    if reserve is not None and kind == "fixed_price":
        raise ToolError("only an auction has a reserve")
    if reserve is not None and reserve < price:
        raise ToolError(f"the reserve must not be below the start price of {price:.2f}")
    _check_title(market, title)
    made = Listing(
        listing_id=market.new_id("LST"),
        seller_id=ME,
        title=title,
        category=category,
        condition=condition,
        kind=kind,
        price=round(price, 2),
        reserve=round(reserve or 0.0, 2),
        floor=round(price, 2) if kind == "fixed_price" else 0.0,
        postage=round(postage, 2),
        description=description,
        listed=market.now,
        ends=later(market.now, days=days),
    )
    return own_listing(market, market.listings.add(made))


@writes
def edit_listing(
    market: Market,
    listing_id: ListingId,
    title: Title | None = None,
    price: Amount | None = None,
    postage: Postage | None = None,
    description: About | None = None,
) -> OwnListing:
    """Change the title, price, postage or description of an own listing; an auction's price only before it has bids."""
    row = _own_open_listing(market, listing_id)
    given = {"title": title, "price": price, "postage": postage, "description": description}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise ToolError("nothing to change: give a title, price, postage or description")
    if title is not None and title.casefold() != row.title.casefold():
        _check_title(market, title)
    if price is not None:
        check_new_price(market, row, price)
        changes["price"] = round(price, 2)
    if postage is not None:
        changes["postage"] = round(postage, 2)
    return own_listing(market, market.listings.update(row, **changes))


@writes(destructive=True)
def end_listing(market: Market, listing_id: ListingId) -> OwnListing:
    """Take an own listing down early; an auction that has bids runs to its end, e.g. listing_id="LST-48213"."""
    row = _own_open_listing(market, listing_id)
    if bids := standing(market, row).bids:
        raise ToolError(f"{row.title} has bids ({bids}); an auction with bids runs until {row.ends}")
    return own_listing(market, market.listings.update(row, ended=market.now))


@writes(idempotent=True)
def watch_listing(
    market: Market,
    listing_id: ListingId,
    remind_minutes: Remind = 60,
) -> Watched:
    """Watch somebody else's active listing and be reminded before it ends, e.g. remind_minutes=30."""
    row = _open_listing_of_another(market, listing_id)
    market.watches.save(Watch(listing_id, market.now, remind_minutes))
    return Watched(listing_id, row.title, row.ends, max(market.now, later(row.ends, minutes=-remind_minutes)))


@writes
def message_about_listing(market: Market, listing_id: ListingId, text: Words, to: Name | None = None) -> Sent:
    """Write to the seller of a listing; about an own one to a member who wrote, the latest unless `to` names one."""
    row = _listing(market, listing_id)
    receiver = _writer(market, row, to) if row.seller_id == ME else row.seller_id
    name = name_of(market, receiver)
    if to is not None and not _matches(to, name):
        raise ToolError(f"the seller of {row.title} is {name}, not {to}")
    message = market.messages.add(Message(market.new_id("LMS"), listing_id, ME, receiver, text, market.now))
    return Sent(message.message_id, listing_id, name, text)


@reads
def list_sales(
    market: Market,
    role: Annotated[Role, Meta(description="bought or sold by the member, e.g. bought")] | None = None,
    text: Text | None = None,
    person: Name | None = None,
    limit: Limit = 4,
) -> Sales:
    """List what the member bought and sold, newest first, by role, title or the other's name, e.g. role="sold"."""
    found = [sale for sale in my_sales(market) if role in (None, role_in(sale))]
    if text is not None:
        found = [sale for sale in found if _matches(text, sale.listing.title)]
    if person is not None:
        found = [sale for sale in found if _matches(person, name_of(market, other_in(sale)))]
    return Sales([sale_row(market, sale) for sale in found[:limit]], len(found))


@writes
def rate_sale(
    market: Market,
    sale_id: SaleId,
    stars: Stars,
    comment: Annotated[str, Meta(description="a few words, e.g. quick and friendly", max_length=160)] = "",
) -> Rated:
    """Rate the other side of a delivered sale or purchase, once and within 60 days of it, e.g. stars=5."""
    sale = _my_sale(market, sale_id)
    status, other = sale_status(market, sale), other_in(sale)
    if status != "delivered":
        raise ToolError(f"{sale_id} is {status}; it can be rated when it is delivered")
    if minutes_between(sale.sold, market.now) > RATING_DAYS * DAY:
        raise ToolError(f"{sale_id} of {sale.sold[:10]} is older than {RATING_DAYS} days")
    if mine := market.ratings.where(sale_id=sale_id, by_id=ME):
        raise ToolError(f"{sale_id} is already rated with {mine[0].stars} stars")
    rating = Rating(market.new_id("RAT"), sale_id, ME, other, stars, comment, market.today)
    market.ratings.add(rating)
    return Rated(rating.rating_id, sale_id, sale.listing.title, name_of(market, other), stars)


def _listing(market: Market, listing_id: str) -> Listing:
    row = market.listings.get(listing_id)
    if row is None:
        raise ToolError(f"no listing {listing_id}")
    return row


def _open_listing_of_another(market: Market, listing_id: str) -> Listing:
    row = _listing(market, listing_id)
    if row.seller_id == ME:
        raise ToolError(f"{row.title} is your own listing")
    _check_active(market, row)
    return row


def _own_open_listing(market: Market, listing_id: str) -> Listing:
    row = _listing(market, listing_id)
    if row.seller_id != ME:
        raise ToolError(f"{row.title} is sold by {name_of(market, row.seller_id)}, not by you")
    _check_active(market, row)
    return row


def _my_sale(market: Market, sale_id: str) -> Sale:
    row = market.listings.get(f"LST-{sale_id[4:]}") if sale_id.startswith("SAL-") else None
    sale = sale_of(market, row) if row else None
    if sale is None or ME not in (sale.buyer_id, sale.listing.seller_id):
        raise ToolError(f"no sale {sale_id} of yours")
    return sale


def _check_title(market: Market, title: str) -> None:
    """The member's active listings have different titles."""
    for row in market.listings.where(seller_id=ME):
        if row.title.casefold() == title.casefold() and status_of(market, row) == "active":
            raise ToolError(f"{row.title} is already for sale as {row.listing_id}")


def _check_active(market: Market, row: Listing) -> None:
    status = status_of(market, row)
    if status != "active":
        raise ToolError(f"{row.title} is {status} since {_since(market, row)}")


def _since(market: Market, row: Listing) -> str:
    sale = sale_of(market, row)
    return sale.sold if sale else row.ended or row.ends


def _writer(market: Market, row: Listing, to: str | None) -> str:
    """Who wrote about an own listing: the latest, or the one of that name."""
    letters = [letter for letter in market.messages.where(listing_id=row.listing_id) if letter.sender_id != ME]
    letters.sort(key=lambda letter: (letter.sent, letter.message_id), reverse=True)
    if not letters:
        raise ToolError(f"nobody has written about {row.title}")
    for letter in letters:
        if to is None or _matches(to, name_of(market, letter.sender_id)):
            return letter.sender_id
    names = dict.fromkeys(name_of(market, letter.sender_id) for letter in letters)
    raise ToolError(f"{to} has not written about {row.title}, only {', '.join(names)}")


def _is_mine(market: Market, row: Listing, mine: Mine) -> bool:
    if mine == "watching":
        return row.listing_id in market.watches
    part = part_in(market, row)
    wanted = {"selling": ("seller",), "bidding_on": ("leading", "outbid"), "negotiating_over": ("negotiating",)}
    return part in wanted[mine]


def _sorted(market: Market, rows: list[Listing], sort: Sort) -> list[Listing]:
    if sort == "cheapest":
        return sorted(rows, key=lambda row: (price_of(market, row), row.listing_id))
    if sort == "ending_soon":
        return sorted(rows, key=lambda row: (row.ends, row.listing_id))
    return sorted(rows, key=lambda row: (row.listed, row.listing_id), reverse=True)


def _matches(text: str, name: str) -> bool:
    """Whether every word of the text is in the name."""
    name = name.casefold()
    return all(word in name for word in text.casefold().split())
