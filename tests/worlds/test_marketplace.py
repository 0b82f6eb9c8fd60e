"""Laws of the marketplace, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.marketplace.auction import standing
from servers.marketplace.records import Bid, Listing, Offer
from servers.marketplace.trade import sale_of, status_of
from tests.worlds.live import Live

SEEDS = range(8)
DAY = 24 * 60


class Fair(Live):
    """The marketplace of a seed, and a member who lists, bids and haggles."""

    def __init__(self, seed: int):
        super().__init__("marketplace", seed)

    def active(self, kind: str, mine: bool = False) -> list[Any]:
        rows = [row for row in self.state.listings if row.kind == kind and (row.seller_id == "me") == mine]
        return [row for row in rows if status_of(self.state, row) == "active"]

    def list_own(self, title: str, price: float = 100, **more: Any) -> str:
        """An own listing of which nobody knows yet."""
        made = self("create_listing", title=title, category="art", condition="good", price=price, **more)
        return made["listing_id"]

    def auction(self, start: float = 10.0, reserve: float = 0.0) -> str:
        """Somebody else's auction that runs for two days and has no bids yet."""
        seller = self.others()[0]
        ends = f"{self.state.now[:4]}-12-31T23:59"
        about = "Nocturne", "art", "good", "auction", start, reserve, 0.0, 5.0, ""
        row = Listing("LST-00001", seller, *about, self.state.now, ends)
        self.state.listings.save(row)
        return row.listing_id

    def others(self) -> list[str]:
        return [row.member_id for row in self.state.members if row.member_id != "me"]

    def rival(self, listing_id: str, maximum: float, bidder: int = 3) -> None:
        number = self.state.new_id("BID")
        self.state.bids.add(Bid(number, listing_id, self.others()[bidder], maximum, self.state.now))

    def offered(self, listing_id: str, amount: float, limit: float = 0.0, buyer: int = 3) -> str:
        """A buyer's offer; they take an hour to answer a counter-offer."""
        number = self.state.new_id("OFR")
        self.state.offers.add(Offer(number, listing_id, self.others()[buyer], amount, self.state.now, 60, limit))
        return number

    def negotiable(self, price: float = 100.0, floor: float = 80.0) -> str:
        """Somebody else's listing whose seller takes offers."""
        row = next(row for row in self.active("fixed_price") if not self.state.offers.where(listing_id=row.listing_id))
        self.state.listings.update(row, price=price, floor=floor)
        return row.listing_id

    def offer_on(self, listing_id: str) -> dict[str, Any]:
        return self("get_listing", listing_id=listing_id)["offers"][-1]


@pytest.fixture(params=[0, 1, 2])
def fair(request: pytest.FixtureRequest) -> Fair:
    return Fair(request.param)


def test_a_listing_is_sold_once_to_somebody_other_than_its_seller():
    for seed in SEEDS:
        fair = Fair(seed)
        for row in fair.state.listings:
            assert row.listed <= row.ends
            if sale := sale_of(fair.state, row):
                assert sale.buyer_id != row.seller_id and row.listed < sale.sold <= fair.state.now
                assert sale.price >= max(row.reserve, 0.5) and (row.kind == "fixed_price" or sale.price >= row.price)
        titles = [row.title for kind in ("fixed_price", "auction") for row in fair.active(kind, mine=True)]
        assert len(titles) == len(set(titles))
        for rating in fair.state.ratings:
            sale = sale_of(fair.state, fair.state.listings.find(f"LST-{rating.sale_id[4:]}"))
            assert sale is not None and {rating.by_id, rating.of_id} == {sale.buyer_id, sale.listing.seller_id}


def test_the_highest_maximum_leads_and_pays_one_increment_more_than_the_second(fair: Fair):
    listing = fair.auction(start=10)
    assert fair("place_bid", listing_id=listing, maximum=60)["price"] == 10
    fair.rival(listing, 30)
    state = standing(fair.state, fair.state.listings.find(listing))
    assert (state.leader_id, state.price) == ("me", 31)
    fair.rival(listing, 60, bidder=4)
    state = standing(fair.state, fair.state.listings.find(listing))
    assert (state.leader_id, state.price, state.bids) == ("me", 60, 3)
    outbid = fair("get_listing", listing_id=listing)
    assert outbid["price"] <= outbid["your_maximum"]
    fair.rival(listing, 90)
    again = fair("place_bid", listing_id=listing, maximum=70)
    assert again["standing"] == "outbid" and again["price"] == 72.5


def test_an_auction_price_only_rises_and_never_passes_the_leaders_maximum():
    for seed in SEEDS:
        fair = Fair(seed)
        auctions = fair.active("auction")[:25]
        before = {row.listing_id: row.price for row in auctions}
        for _ in range(6):
            for row in auctions:
                state = standing(fair.state, row)
                assert state.price >= before[row.listing_id] and (not state.bids or state.price <= state.maximum)
                before[row.listing_id] = state.price
            fair.wait(DAY)


def test_a_bid_must_reach_the_next_step_and_a_leader_must_go_higher(fair: Fair):
    listing = fair.auction(start=20)
    assert "at least 20.00" in fair.refused("place_bid", listing_id=listing, maximum=19)
    fair("place_bid", listing_id=listing, maximum=40)
    assert "you lead with a maximum of 40.00" in fair.refused("place_bid", listing_id=listing, maximum=40)
    fair.rival(listing, 80)
    least = fair("get_listing", listing_id=listing)["next_bid"]
    assert f"at least {least:.2f}" in fair.refused("place_bid", listing_id=listing, maximum=least - 0.5)
    fair("place_bid", listing_id=listing, maximum=least)


def test_an_auction_sells_at_its_end_to_the_leader_who_reaches_the_reserve(fair: Fair):
    listing = fair.auction(start=10, reserve=50)
    low = fair("place_bid", listing_id=listing, maximum=40)
    assert low["standing"] == "leading" and not fair("get_listing", listing_id=listing)["reserve_met"]
    row = fair.state.listings.find(listing)
    fair.state.listings.update(row, ends=fair.state.now)
    assert fair("get_listing", listing_id=listing)["status"] == "ended"
    fair.state.listings.update(row)
    assert fair("place_bid", listing_id=listing, maximum=70)["price"] == 50
    fair.state.listings.update(row, ends=fair.state.now)
    assert fair("get_listing", listing_id=listing)["status"] == "sold"
    won = fair("list_sales", role="bought", text="Nocturne")["sales"][0]
    assert won["total"] == 50 + row.postage and won["sold"] == fair.state.now
    assert "is sold since" in fair.refused("place_bid", listing_id=listing, maximum=500)


def test_nobody_buys_bids_on_or_watches_an_own_listing(fair: Fair):
    own = fair.list_own("Blue Study")
    for tool, more in (("buy_listing", {}), ("place_bid", {"maximum": 500}), ("make_offer", {"amount": 60})):
        assert "your own" in fair.refused(tool, listing_id=own, **more)
    assert "your own" in fair.refused("watch_listing", listing_id=own)
    other = fair.active("fixed_price")[0].listing_id
    for tool, more in (("edit_listing", {"price": 5}), ("end_listing", {})):
        assert "not by you" in fair.refused(tool, listing_id=other, **more)


def test_a_fixed_price_is_paid_once_with_postage(fair: Fair):
    row = fair.active("fixed_price")[0]
    bought = fair("buy_listing", listing_id=row.listing_id)
    assert bought["total"] == pytest.approx(row.price + row.postage)
    assert "is sold" in fair.refused("buy_listing", listing_id=row.listing_id)
    assert fair("list_sales", role="bought")["sales"][0]["sale_id"] == bought["sale_id"]
    auction = fair.auction()
    assert "is an auction" in fair.refused("buy_listing", listing_id=auction)
    assert "fixed price" in fair.refused(
        "place_bid", listing_id=fair.active("fixed_price")[0].listing_id, maximum=9_000
    )


def test_a_seller_answers_an_offer_by_what_they_would_take(fair: Fair):
    for amount, answer in ((85, "accepted"), (75, "countered"), (55, "declined")):
        listing = fair.negotiable()
        assert fair("make_offer", listing_id=listing, amount=amount)["status"] == "pending"
        fair.wait(600)
        assert fair.offer_on(listing)["status"] == answer
        assert fair("get_listing", listing_id=listing)["status"] == ("sold" if answer == "accepted" else "active")


def test_an_offer_is_below_the_price_not_below_half_and_one_at_a_time(fair: Fair):
    listing = fair.negotiable()
    assert "below the price" in fair.refused("make_offer", listing_id=listing, amount=100)
    assert "half the price" in fair.refused("make_offer", listing_id=listing, amount=49)
    fair("make_offer", listing_id=listing, amount=75)
    assert "still pending" in fair.refused("make_offer", listing_id=listing, amount=76)
    proud = fair.negotiable(floor=0.0)
    assert "takes no offers" in fair.refused("make_offer", listing_id=proud, amount=90)
    assert "is an auction" in fair.refused("make_offer", listing_id=fair.auction(), amount=9)


def test_a_counter_offer_can_be_accepted_by_the_buyer_until_it_expires(fair: Fair):
    first, second = fair.negotiable(), fair.negotiable(price=90)
    taken = fair("make_offer", listing_id=first, amount=75)["offer_id"]
    assert "is pending" in fair.refused("answer_offer", offer_id=taken, answer="accept")
    late = fair("make_offer", listing_id=second, amount=75)["offer_id"]
    fair.wait(600)
    assert fair.offer_on(first)["counter"] == 80
    assert "only the seller counters" in fair.refused("answer_offer", offer_id=taken, answer="counter")
    done = fair("answer_offer", offer_id=taken, answer="accept")
    assert (done["amount"], done["status"]) == (80, "accepted")
    assert fair("get_listing", listing_id=first)["price"] == 80
    fair.wait(2 * DAY)
    assert "is expired" in fair.refused("answer_offer", offer_id=late, answer="accept")


def test_a_seller_accepts_one_offer_and_the_others_lapse(fair: Fair):
    own = fair.list_own("Red Study", postage=4.5)
    low, high = fair.offered(own, 70), fair.offered(own, 90, buyer=4)
    done = fair("answer_offer", offer_id=high, answer="accept")
    assert done["sale_id"] == fair("list_sales", role="sold")["sales"][0]["sale_id"]
    assert fair("list_sales", role="sold")["sales"][0]["total"] == 94.5
    assert "is expired" in fair.refused("answer_offer", offer_id=low, answer="accept")
    other = fair.list_own("Green Study")
    declined = fair.offered(other, 70)
    fair("answer_offer", offer_id=declined, answer="decline")
    assert "is declined" in fair.refused("answer_offer", offer_id=declined, answer="accept")


def test_a_buyer_takes_a_counter_offer_within_their_limit_and_no_other(fair: Fair):
    own, dear = fair.list_own("Grey Study"), fair.list_own("Gold Study")
    yes, no = fair.offered(own, 70, limit=85), fair.offered(dear, 70, limit=85)
    assert "must be between" in fair.refused("answer_offer", offer_id=yes, answer="counter", counter_amount=60)
    assert "goes with answer counter" in fair.refused("answer_offer", offer_id=yes, answer="accept", counter_amount=80)
    assert fair("answer_offer", offer_id=yes, answer="counter", counter_amount=80)["status"] == "countered"
    assert fair("answer_offer", offer_id=no, answer="counter", counter_amount=95)["status"] == "countered"
    fair.wait(65)
    assert [fair.offer_on(listing)["status"] for listing in (own, dear)] == ["accepted", "declined"]
    assert fair("get_listing", listing_id=own)["price"] == 80
    assert fair("get_listing", listing_id=dear)["status"] == "active"


def test_a_counter_without_amount_meets_half_way_and_an_unanswered_offer_expires(fair: Fair):
    own = fair.list_own("Pink Study")
    offer, forgotten = fair.offered(own, 70), fair.offered(own, 60, buyer=4)
    assert fair("answer_offer", offer_id=offer, answer="counter")["amount"] == 85
    fair.wait(2 * DAY)
    assert "is expired" in fair.refused("answer_offer", offer_id=forgotten, answer="accept")
    assert fair("get_listing", listing_id=own)["status"] == "active"


def test_an_own_listing_can_be_changed_and_ended_until_it_has_bids(fair: Fair):
    own = fair.list_own("Still Life", price=20, kind="auction", reserve=50)
    assert "nothing to change" in fair.refused("edit_listing", listing_id=own)
    assert "above the reserve" in fair.refused("edit_listing", listing_id=own, price=60)
    assert fair("edit_listing", listing_id=own, price=30, postage=2.5)["price"] == 30
    fair.rival(own, 40)
    assert "start price stays 30.00" in fair.refused("edit_listing", listing_id=own, price=10)
    assert "has bids (1)" in fair.refused("end_listing", listing_id=own)
    free = fair.list_own("Bare Canvas")
    offer = fair.offered(free, 70)
    assert f"offer {offer} of 70.00 is open" in fair.refused("edit_listing", listing_id=free, price=65)
    assert fair("end_listing", listing_id=free)["status"] == "ended"
    assert "is ended since" in fair.refused("end_listing", listing_id=free)


def test_a_new_listing_has_a_free_title_and_a_reserve_only_as_an_auction(fair: Fair):
    about = {"title": "Sea Study", "category": "art", "condition": "fair", "price": 40}
    assert "only an auction" in fair.refused("create_listing", **about, reserve=60)
    assert "below the start price" in fair.refused("create_listing", **about, kind="auction", reserve=30)
    listed = fair("create_listing", **about, days=3)
    assert listed["listing_id"] in {row["listing_id"] for row in fair("search_listings", mine="selling")["listings"]}
    assert "already for sale" in fair.refused("create_listing", **{**about, "title": "sea study"})
    other = fair.list_own("Sky Study")
    assert "already for sale" in fair.refused("edit_listing", listing_id=other, title="Sea Study")
    fair.wait(3 * DAY)
    assert fair("get_listing", listing_id=listed["listing_id"])["status"] == "ended"
    fair("create_listing", **about)


def test_messages_go_to_the_seller_or_back_to_those_who_wrote(fair: Fair):
    row = fair.active("fixed_price")[0]
    seller = fair.state.members.find(row.seller_id).name
    assert fair("message_about_listing", listing_id=row.listing_id, text="Is it still there?")["to"] == seller
    assert f"is {seller}, not" in fair.refused("message_about_listing", listing_id=row.listing_id, text="x", to="Zzz")
    written = next(
        letter for letter in fair.state.messages if fair.state.listings.find(letter.listing_id).seller_id == "me"
    )
    reply = fair("message_about_listing", listing_id=written.listing_id, text="Yes.")
    assert reply["to"] != "you" and fair("get_listing", listing_id=written.listing_id)["messages"][-1]["text"] == "Yes."
    assert "has not written" in fair.refused(
        "message_about_listing", listing_id=written.listing_id, text="x", to="Zzz Yyy"
    )
    assert "nobody has written" in fair.refused(
        "message_about_listing", listing_id=fair.list_own("Quiet Study"), text="x"
    )


def test_a_sale_is_rated_once_when_delivered_and_within_sixty_days(fair: Fair):
    row = fair.active("fixed_price")[0]
    sale_id = fair("buy_listing", listing_id=row.listing_id)["sale_id"]
    assert "is awaiting_shipment" in fair.refused("rate_sale", sale_id=sale_id, stars=5)
    fair.wait(6 * DAY)
    fair("rate_sale", sale_id=sale_id, stars=4)
    stars = [rating.stars for rating in fair.state.ratings.where(of_id=row.seller_id)]
    assert fair("get_listing", listing_id=row.listing_id)["seller_rating"] == round(sum(stars) / len(stars), 1)
    assert "already rated with 4" in fair.refused("rate_sale", sale_id=sale_id, stars=1)
    old = fair("list_sales", limit=50)["sales"][-1]
    assert "older than 60 days" in fair.refused("rate_sale", sale_id=old["sale_id"], stars=5)
    assert "no sale" in fair.refused("rate_sale", sale_id="SAL-00000", stars=5)


def test_a_watched_listing_is_listed_until_it_ends(fair: Fair):
    row = fair.active("auction")[0]
    fair("watch_listing", listing_id=row.listing_id, remind_minutes=30)
    watched = {each["listing_id"] for each in fair("search_listings", mine="watching", limit=50)["listings"]}
    assert row.listing_id in watched
    fair.wait(30 * DAY)
    assert fair("search_listings", mine="watching")["total"] == 0


def test_what_does_not_exist_is_refused(fair: Fair):
    assert "no listing" in fair.refused("get_listing", listing_id="LST-00000")
    assert "no offer" in fair.refused("answer_offer", offer_id="OFR-00000", answer="accept")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
