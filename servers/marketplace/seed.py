"""One member's marketplace from a seed: running auctions with rivals, haggling, a history of sales and ratings."""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import ceil

from msgspec.structs import replace

from servers.marketplace.auction import increment
from servers.marketplace.material import (
    BLAME,
    CORNERS,
    DESCRIPTIONS,
    PRAISE,
    QUESTIONS,
    REPLIES,
    title_and_worth,
)
from servers.marketplace.records import ME, Bid, Condition, Kind, Listing, Member, Message, Offer, Rating, Watch
from servers.marketplace.trade import OFFER_MINUTES, sale_id_of
from servers.names import CITIES, first_new_ids, ids, people
from servers.state import Base, later, minutes_between

MEMBERS = 56
OTHERS = {"fixed_price": 84, "auction": 62}
OWN = {"fixed_price": 10, "auction": 7}
SOLD_DAYS_AGO = [0.6, 1.3, 2.5, 4, 6, 8, 11, 15, 19, 24, 30, 37, 45, 52, 75, 120]
"""Of what the member bought, and of what the member sold."""
SOLD_AMONG_OTHERS, UNSOLD = 34, 14
BIDDING_ON, WATCHING, ASKING_ABOUT = 9, 8, 5
HAGGLED_OVER, WRITTEN_ABOUT = 8, 6
CONDITIONS: list[Condition] = ["new", "like_new", "like_new", "good", "good", "good", "fair", "for_parts"]
RATED_AFTER_DAYS = 7
HOUR, DAY = 60, 24 * 60


class Hall:
    """What the makers of rows need all the time: the generator, the clock, who takes part, and fresh numbers."""

    def __init__(self, rng: random.Random, now: str, members: list[str]):
        self.rng = rng
        self.now = now
        self.members = members
        self.listing_ids = iter(ids(rng, "LST", 300))
        self.bid_ids = iter(ids(rng, "BID", 2_000))

    def ago(self, minutes: float) -> str:
        return later(self.now, minutes=-int(minutes))

    def member(self, *besides: str) -> str:
        """Anybody but these and the signed-in member."""
        chosen = self.rng.choice(self.members)
        while chosen in besides:
            chosen = self.rng.choice(self.members)
        return chosen


def generate(seed: int) -> Base:
    """The marketplace of this seed: about 240 listings of which 17 own, 300 bids, 32 own sales, offers, messages."""
    rng = random.Random(f"marketplace:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(7, 22):02d}:{rng.randrange(60):02d}"
    members = _members(rng, today)
    hall = Hall(rng, now, [row.member_id for row in members if row.member_id != ME])
    running = [_running(hall, hall.member(), kind) for kind, count in OTHERS.items() for _ in range(count)]
    own = _own(hall)
    past, winners = _past(hall)
    bids = _bids(hall, [*running, *own, *past], winners)
    haggled, asked = rng.sample(_negotiable(hall, running), HAGGLED_OVER), rng.sample(running, ASKING_ABOUT)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "LST", "BID", "OFR", "LMS", "RAT"),
        members=members,
        listings=running + own + past,
        bids=bids + _own_bids(hall, running, bids),
        offers=_offers(hall, [row for row in own if row.kind == "fixed_price"], haggled),
        messages=_messages(hall, rng.sample(own, WRITTEN_ABOUT), asked),
        watches=_watches(hall, running),
        ratings=_ratings(hall, past, winners),
    )


def _members(rng: random.Random, today: date) -> list[Member]:
    """The signed-in member and those who trade with them."""
    numbers = [ME, *ids(rng, "TDR", MEMBERS)]
    rows = []
    for number, name in zip(numbers, people(rng, MEMBERS + 1), strict=True):
        joined = today - timedelta(days=rng.randrange(200, 3_000))
        rows.append(Member(number, name, rng.choice(CITIES), joined.isoformat()))
    return rows


def _running(hall: Hall, seller: str, kind: Kind) -> Listing:
    """Listed during the last weeks; an auction ends within days."""
    rng = hall.rng
    age = int(DAY * 24 * rng.random() ** 1.4) + HOUR if kind == "fixed_price" else int(DAY * rng.uniform(0.3, 5))
    listing = _listing(hall, seller, kind, hall.ago(age))
    left = DAY * 30 - age if kind == "fixed_price" else 40 + int(DAY * 6 * rng.random() ** 1.5)
    return replace(listing, ends=later(hall.now, minutes=left))


def _own(hall: Hall) -> list[Listing]:
    """What the member sells now, each under another title."""
    rows: dict[str, Listing] = {}
    for kind, count in OWN.items():
        before = len(rows)
        while len(rows) < before + count:
            listing = _running(hall, ME, kind)
            rows.setdefault(listing.title, listing)
    return list(rows.values())


def _listing(hall: Hall, seller: str, kind: Kind, listed: str) -> Listing:
    """Auctions start low and one in three has a reserve; four in five fixed prices may be haggled down."""
    rng = hall.rng
    category = rng.choice(list(CORNERS))
    title, worth = title_and_worth(rng, CORNERS[category])
    price = float(round(worth)) if kind == "fixed_price" else max(1.0, float(round(worth * rng.uniform(0.1, 0.4))))
    takes_offers = kind == "fixed_price" and (seller == ME or rng.random() < 0.8)
    return Listing(
        listing_id=next(hall.listing_ids),
        seller_id=seller,
        title=title,
        category=category,
        condition=rng.choice(CONDITIONS),
        kind=kind,
        price=price,
        reserve=float(round(worth * rng.uniform(0.5, 0.8))) if kind == "auction" and rng.random() < 0.33 else 0.0,
        floor=float(round(price * rng.uniform(0.72, 0.95))) if takes_offers else 0.0,
        postage=rng.choice([0.0, 2.9, 4.5, 4.9, 6.9, 8.5, 12.0]),
        description=rng.choice(DESCRIPTIONS),
        listed=listed,
        ends=listed,
    )


def _past(hall: Hall) -> tuple[list[Listing], dict[str, str]]:
    """Listings that have gone, and who bought which: the member, from the member, others, nobody."""
    rows: list[Listing] = []
    winners: dict[str, str] = {}
    for days in SOLD_DAYS_AGO:
        for seller, buyer in ((hall.member(), ME), (ME, hall.member())):
            rows.append(_gone(hall, seller, buyer, int(DAY * days * hall.rng.uniform(0.85, 1.15))))
            winners[rows[-1].listing_id] = buyer
    for _ in range(SOLD_AMONG_OTHERS):
        seller = hall.member()
        buyer = hall.member(seller)
        rows.append(_gone(hall, seller, buyer, int(DAY * hall.rng.uniform(0.5, 150))))
        winners[rows[-1].listing_id] = buyer
    for place in range(UNSOLD):
        rows.append(_gone(hall, ME if place < 4 else hall.member(), "", int(DAY * hall.rng.uniform(0.5, 90))))
    return rows, winners


def _gone(hall: Hall, seller: str, buyer: str, minutes: int) -> Listing:
    """A listing that was sold to a buyer, or ended, so many minutes ago."""
    kind: Kind = hall.rng.choice(["fixed_price", "auction"])
    listing = _listing(hall, seller, kind, hall.ago(minutes + int(DAY * hall.rng.uniform(2, 10))))
    if kind == "auction" or not buyer:
        return replace(listing, ends=hall.ago(minutes))
    price = float(round(listing.price * hall.rng.choice([1.0, 1.0, 0.9, 0.85])))
    ends = later(listing.listed, days=30)
    return replace(listing, ends=ends, buyer_id=buyer, sold_price=max(1.0, price), sold=hall.ago(minutes))


def _bids(hall: Hall, listings: list[Listing], winners: dict[str, str]) -> list[Bid]:
    """Rivals in every auction that sold, and in most others but those that nobody wanted."""
    rows: list[Bid] = []
    for listing in listings:
        if listing.kind == "fixed_price":
            continue
        winner = winners.get(listing.listing_id, "")
        gone = listing.ends <= hall.now
        if winner or not (gone or hall.rng.random() < 0.25):
            rows += _rivals(hall, listing, winner)
    return rows


def _rivals(hall: Hall, listing: Listing, winner: str) -> list[Bid]:
    """Maxima around a common idea of its worth, some of them still to come; the winner's is the highest."""
    rng, worth = hall.rng, listing.price * hall.rng.uniform(1.6, 4)
    bidders = [hall.member(listing.seller_id, winner) for _ in range(3)]
    rows = [
        _bid(hall, listing, rng.choice(bidders), max(listing.price, worth * rng.uniform(0.4, 1.0)), 0.02, 0.97)
        for _ in range(rng.choice([1, 2, 3, 3, 4, 5, 7]))
    ]
    if winner:
        most = max([listing.reserve, *(row.maximum for row in rows)])
        rows.append(_bid(hall, listing, winner, most + 2 * increment(most), 0.97, 1.0))
    return rows


def _bid(hall: Hall, listing: Listing, bidder: str, maximum: float, since: float, until: float) -> Bid:
    """Between two shares of the auction's time; in whole euros."""
    at = _moment(hall, listing.listed, listing.ends, since, until)
    return Bid(next(hall.bid_ids), listing.listing_id, bidder, float(ceil(maximum)), at)


def _moment(hall: Hall, begin: str, end: str, since: float = 0.0, until: float = 1.0) -> str:
    return later(begin, minutes=int(minutes_between(begin, end) * hall.rng.uniform(since, until)))


def _own_bids(hall: Hall, running: list[Listing], bids: list[Bid]) -> list[Bid]:
    """The member was the first to bid in some auctions; in half of them nobody has gone higher yet."""
    auctions = [row for row in running if row.kind == "auction"]
    rows = []
    for place, listing in enumerate(hall.rng.sample(auctions, BIDDING_ON)):
        so_far = [bid.maximum for bid in bids if bid.listing_id == listing.listing_id and bid.at <= hall.now]
        most = max(so_far, default=listing.price)
        maximum = most + increment(most) if place % 2 else max(listing.price, 0.7 * most)
        rows.append(_bid(hall, listing, ME, maximum, 0.0, 0.0))
    return rows


def _offers(hall: Hall, own: list[Listing], haggled: list[Listing]) -> list[Offer]:
    """To the member: one or two for most own listings, each fourth countered. By the member: every way they can go."""
    numbers = iter(ids(hall.rng, "OFR", 2 * len(own) + len(haggled)))
    rows = [
        _offer_to_sell(hall, next(numbers), listing, buyer, countered=place % 4 == 3)
        for place, listing in enumerate(own[:-2])
        for buyer in hall.rng.sample(hall.members, hall.rng.choice([1, 1, 2]))
    ]
    return rows + [_offer_to_buy(hall, next(numbers), row, place) for place, row in enumerate(haggled)]


def _offer_to_sell(hall: Hall, number: str, listing: Listing, buyer: str, countered: bool) -> Offer:
    rng, price = hall.rng, listing.price
    made = _moment(hall, max(listing.listed, hall.ago(OFFER_MINUTES - 4 * HOUR)), hall.now)
    amount = float(round(price * rng.uniform(0.6, 0.9)))
    limit = float(round(amount * rng.uniform(1.0, 1.2)))
    offer = Offer(number, listing.listing_id, buyer, amount, made, rng.randrange(60, 900), limit)
    if countered:
        offer = replace(offer, counter=round((amount + price) / 2, 2), countered=_moment(hall, made, hall.now))
    return offer


def _offer_to_buy(hall: Hall, number: str, listing: Listing, place: int) -> Offer:
    """The first four were countered, then two are pending, one was declined and one accepted."""
    rng, floor = hall.rng, listing.floor
    minutes, passed, share = rng.randrange(60, 240), rng.randrange(10, 20 * HOUR), rng.uniform(0.9, 0.96)
    if place in (4, 5):
        passed = -rng.randrange(10, minutes)
    if place == 6:
        share = 0.8
    if place == 7:
        share = 1.0
    made = hall.ago(minutes + passed)
    return Offer(number, listing.listing_id, ME, float(round(floor * share)), made, minutes)


def _negotiable(hall: Hall, running: list[Listing]) -> list[Listing]:
    """Worth an offer, and listed long enough for it to have been answered."""
    return [row for row in running if row.floor and row.price >= 25 and row.listed < hall.ago(3 * DAY)]


def _messages(hall: Hall, own: list[Listing], asked: list[Listing]) -> list[Message]:
    """Questions to the member and by the member, about every other one answered."""
    letters = []
    for listing in own + asked:
        asker = hall.member() if listing.seller_id == ME else ME
        sent = _moment(hall, listing.listed, hall.now, 0.3, 0.8)
        letters.append((listing, asker, listing.seller_id, hall.rng.choice(QUESTIONS), sent))
        if hall.rng.random() < 0.5:
            answered = _moment(hall, sent, hall.now)
            letters.append((listing, listing.seller_id, asker, hall.rng.choice(REPLIES), answered))
    numbers = ids(hall.rng, "LMS", len(letters))
    return [
        Message(number, listing.listing_id, sender, receiver, text, sent)
        for number, (listing, sender, receiver, text, sent) in zip(numbers, letters, strict=True)
    ]


def _watches(hall: Hall, running: list[Listing]) -> list[Watch]:
    watched = hall.rng.sample(running, WATCHING)
    return [
        Watch(row.listing_id, _moment(hall, row.listed, hall.now), hall.rng.choice([15, 30, 60, 120]))
        for row in watched
    ]


def _ratings(hall: Hall, past: list[Listing], winners: dict[str, str]) -> list[Rating]:
    """More than half of the sides of what arrived a while ago have rated the other."""
    pairs = []
    for listing in past:
        sold, buyer = listing.sold or listing.ends, winners.get(listing.listing_id)
        if buyer and sold <= hall.ago(RATED_AFTER_DAYS * DAY):
            sides = (buyer, listing.seller_id), (listing.seller_id, buyer)
            pairs += [(listing, sold, by, of) for by, of in sides if hall.rng.random() < 0.55]
    numbers = ids(hall.rng, "RAT", len(pairs))
    return [_rating(hall, number, *pair) for number, pair in zip(numbers, pairs, strict=True)]


def _rating(hall: Hall, number: str, listing: Listing, sold: str, by: str, of: str) -> Rating:
    stars = hall.rng.choice([1, 2, 3, 4, 4, 5, 5, 5, 5, 5])
    comment = hall.rng.choice(PRAISE if stars > 3 else BLAME)
    day = later(sold, days=RATED_AFTER_DAYS - hall.rng.randrange(2))[:10]
    return Rating(number, sale_id_of(listing.listing_id), by, of, stars, comment, day)
