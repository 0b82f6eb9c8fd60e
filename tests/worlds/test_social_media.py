"""Laws of the social network, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.social_media.rules import me, restriction, why_hidden
from tests.worlds.live import Live

SEEDS = range(6)


class Net(Live):
    """The network of a seed, and somebody who follows, posts and reacts."""

    def __init__(self, seed: int):
        super().__init__("social_media", seed)
        self.own: str = me(self.state).profile_id

    def relations(self, profile_id: str) -> list[str]:
        return self("get_profile", profile_id=profile_id)["relations"]

    def somebody(self, relation: str | None, visibility: str = "public", busy: bool = False) -> str:
        """A profile that stands in this relation only, with posts of its own if `busy`."""
        wanted = [] if relation is None else [relation]
        for row in self.state.profiles:
            fits = row.profile_id != self.own and row.visibility == visibility
            if fits and self.relations(row.profile_id) == wanted and (not busy or self.posts_of(row.profile_id)):
                return row.profile_id
        raise AssertionError(f"nobody {visibility} is {wanted}")

    def posts_of(self, profile_id: str) -> list[Any]:
        rows = self.state.posts.where(profile_id=profile_id)
        return [post for post in rows if not post.reply_to]

    def followers(self, profile_id: str) -> int:
        return self("get_profile", profile_id=profile_id)["followers"]

    def feed(self) -> list[dict[str, Any]]:
        return self("view_social_feed", since="2020-01-01", limit=50)["posts"]

    def found(self, **wanted: Any) -> set[str]:
        return {row["post_id"] for row in self("search_social_posts", limit=50, **wanted)["posts"]}

    def publish_as(self, profile_id: str, text: str, **fields: Any) -> str:
        """A post of somebody else, by copying one of theirs."""
        pattern = self.state.posts.where(profile_id=profile_id)[0]
        number = self.state.new_id("PST")
        self.state.posts.update(
            pattern, post_id=number, text=text, reply_to="", posted=self.state.now, hashtags=(), mentions=(), **fields
        )
        return number


@pytest.fixture(params=[0, 1, 2])
def net(request: pytest.FixtureRequest) -> Net:
    return Net(request.param)


def test_the_generated_network_is_consistent():
    for seed in SEEDS:
        state = Net(seed).state
        posts, visible = {row.post_id: row for row in state.posts}, {row.profile_id for row in state.profiles}
        for row in posts.values():
            assert row.profile_id in visible and row.posted < state.now
            assert not row.reply_to or posts[row.reply_to].posted <= row.posted
        for row in state.reactions:
            assert posts[row.post_id].posted <= row.at <= state.now and row.profile_id in visible
        for row in state.follows:
            assert row.follower_id != row.followed_id and {row.follower_id, row.followed_id} <= visible
            assert "block" not in (restriction(state, row.follower_id, row.followed_id),
                                   restriction(state, row.followed_id, row.follower_id))  # fmt: skip


def test_follower_counts_are_the_edges_and_move_by_one(net: Net):
    other = net.somebody(None, busy=True)
    before, mine = net.followers(other), net("get_profile")["following"]
    assert net("follow_profile", profile_id=other)["followers"] == before + 1
    assert net("get_profile")["following"] == mine + 1 and net.relations(other) == ["following"]
    assert "already follow" in net.refused("follow_profile", profile_id=other)
    assert net("unfollow_profile", profile_id=other)["followers"] == before
    assert "neither follow" in net.refused("unfollow_profile", profile_id=other)
    for row in net.state.profiles:
        assert net.followers(row.profile_id) == len(
            net.state.follows.where(followed_id=row.profile_id, status="active")
        )


def test_the_feed_is_newest_first_and_holds_only_followed_people(net: Net):
    lines = net.feed()
    assert lines and [line["at"] for line in lines] == sorted((line["at"] for line in lines), reverse=True)
    followed = {row["handle"] for row in net("search_profiles", relation="following", limit=50)["profiles"]}
    muted = {row["handle"] for row in net("search_profiles", relation="muted", limit=50)["profiles"]}
    assert all((line["reposted_by"] or line["author"]) in followed - muted for line in lines)
    assert not muted.intersection(line["author"] for line in lines)
    assert len({line["post_id"] for line in lines}) == len(lines)


def test_what_followed_people_post_comes_into_the_feed_until_they_are_muted_or_unfollowed(net: Net):
    friend = next(
        edge.followed_id
        for edge in net.state.follows.where(follower_id=net.own, status="active")
        if restriction(net.state, net.own, edge.followed_id) is None and net.posts_of(edge.followed_id)
    )
    post_id = net.publish_as(friend, "A kingfisher at last.")
    net.wait(1)
    assert net.feed()[0]["post_id"] == post_id
    net("restrict_profile", profile_id=friend, action="mute")
    assert post_id not in {line["post_id"] for line in net.feed()} and post_id in net.found(
        text="A kingfisher at last."
    )
    net("restrict_profile", profile_id=friend, action="unmute")
    net("unfollow_profile", profile_id=friend)
    assert all(line["reposted_by"] for line in net.feed() if line["post_id"] == post_id)


def test_the_posts_of_a_blocked_person_never_appear(net: Net):
    other = net.somebody("following", busy=True)
    post_id = net.publish_as(other, f"Hello @{me(net.state).handle}! #lighthouse")
    net.state.posts.update(net.state.posts.find(post_id), hashtags=("lighthouse",), mentions=(me(net.state).handle,))
    before = net.followers(other)
    assert net("list_social_notifications", kind="mention")["notifications"][0]["post_id"] == post_id
    net("restrict_profile", profile_id=other, action="block")
    assert net.relations(other) == ["blocked"] and net.followers(other) == before - 1
    assert not net.found(hashtag="#lighthouse")
    assert "lighthouse" not in {row["hashtag"] for row in net("list_trending_hashtags", limit=50)["hashtags"]}
    assert all(row["profile_id"] != other for row in net("list_social_notifications", limit=50)["notifications"])
    assert "you blocked" in net.refused("get_social_post", post_id=post_id)
    assert "you blocked" in net.refused("search_social_posts", profile_id=other)
    assert "you blocked" in net.refused("follow_profile", profile_id=other)
    handle = net.state.profiles.find(other).handle
    assert "cannot be mentioned" in net.refused("publish_social_post", text=f"Thanks, @{handle}.")
    net("restrict_profile", profile_id=other, action="unblock")
    assert net.found(hashtag="lighthouse") == {post_id} and net.relations(other) == []


def test_a_block_goes_both_ways_and_is_not_given_twice(net: Net):
    blocker = next(row.by_id for row in net.state.restrictions.where(profile_id=net.own, kind="block"))
    handle = net.state.profiles.find(blocker).handle
    assert f"@{handle} blocked you" in net.refused("follow_profile", profile_id=blocker)
    assert "blocked you" in net.refused(
        "react_to_social_post", post_id=net.posts_of(blocker)[0].post_id, reaction="like"
    )
    net("restrict_profile", profile_id=blocker, action="mute")
    assert "already muted" in net.refused("restrict_profile", profile_id=blocker, action="mute")
    net("restrict_profile", profile_id=blocker, action="block")
    assert "already blocked" in net.refused("restrict_profile", profile_id=blocker, action="mute")
    assert "do not mute" in net.refused("restrict_profile", profile_id=blocker, action="unmute")


def test_private_posts_are_seen_by_followers_only(net: Net):
    other = net.somebody("requested", visibility="private")
    post_id = net.posts_of(other)[0].post_id if net.posts_of(other) else net.publish_as(other, "For friends.")
    assert "is private" in net.refused("get_social_post", post_id=post_id)
    assert "is private" in net.refused("search_social_posts", profile_id=other)
    assert "already asked" in net.refused("follow_profile", profile_id=other)
    edge = net.state.follows.find(f"{net.own}>{other}")
    net.state.follows.update(edge, status="active")
    assert net("get_social_post", post_id=post_id)["visibility"] == "private"
    assert "only public posts" in net.refused("react_to_social_post", post_id=post_id, reaction="repost")
    net("unfollow_profile", profile_id=other)
    assert "is private" in net.refused("get_social_post", post_id=post_id)
    assert net("follow_profile", profile_id=other)["status"] == "requested"


def test_nothing_hidden_is_shown_anywhere(net: Net):
    hidden = {row.profile_id for row in net.state.profiles if why_hidden(net.state, row)}
    handles = {net.state.profiles.find(number).handle for number in hidden}
    assert hidden and not handles.intersection(line["author"] for line in net.feed())
    for order in ("newest", "most_liked"):
        rows = net("search_social_posts", order=order, limit=50)["posts"]
        assert not handles.intersection(row["author"] for row in rows)


def test_a_reaction_counts_once_and_can_be_taken_back(net: Net):
    post_id = net.posts_of(net.somebody(None, busy=True))[0].post_id
    for reaction in ("like", "repost", "bookmark"):
        if reaction not in (before := net("get_social_post", post_id=post_id))["own_reactions"]:
            net("react_to_social_post", post_id=post_id, reaction=reaction)
            after = net("get_social_post", post_id=post_id)
            counted = after["likes"] + after["reposts"] - before["likes"] - before["reposts"]
            assert counted == (reaction != "bookmark")
        assert "already has" in net.refused("react_to_social_post", post_id=post_id, reaction=reaction)
    for reaction, mine in (("like", "liked"), ("repost", "reposted"), ("bookmark", "bookmarked")):
        assert post_id in net.found(mine=mine)
        net("undo_social_reaction", post_id=post_id, reaction=reaction)
        assert post_id not in net.found(mine=mine)
        assert "has no" in net.refused("undo_social_reaction", post_id=post_id, reaction=reaction)


def test_a_post_carries_its_hashtags_and_the_handles_that_exist(net: Net):
    handle = net.state.profiles.find(net.somebody(None)).handle
    text = f"Low tide with @{handle} and @nobody_at_all #Mudflats #mudflats #birds"
    made = net("publish_social_post", text=text)
    assert made["hashtags"] == ["mudflats", "birds"] and made["mentions"] == [handle]
    assert net.found(hashtag="#MUDFLATS") == {made["post_id"]}
    assert "the same text" in net.refused("publish_social_post", text=text)
    assert "at most 5 hashtags" in net.refused("publish_social_post", text="#a #b #c #d #e #f")
    net.wait(24 * 60)
    net("publish_social_post", text=text)


def test_replies_are_taken_from_those_whom_the_author_allows(net: Net):
    other, handle = net.somebody(None, busy=True), me(net.state).handle
    for rule in ("everyone", "followers", "mentioned_people", "nobody"):
        post_id = net.publish_as(other, f"Who answers, {rule}?", replies_from=rule)
        if rule == "everyone":
            reply = net("publish_social_post", text="I do.", reply_to_post_id=post_id)
            seen = net("get_social_post", post_id=post_id)
            assert [row["post_id"] for row in seen["newest_replies"]] == [reply["post_id"]] and seen["replies"] == 1
            assert net("get_social_post", post_id=reply["post_id"])["reply_to"] == post_id
        else:
            assert "takes" in net.refused("publish_social_post", text=f"{rule}?", reply_to_post_id=post_id)
    net("follow_profile", profile_id=other)
    near = net.publish_as(other, "Friends first.", replies_from="followers")
    named = net.publish_as(other, "You there.", replies_from="mentioned_people")
    net.state.posts.update(net.state.posts.find(named), mentions=(handle,))
    for number in (near, named):
        net("publish_social_post", text=f"Yes, {number}.", reply_to_post_id=number)


def test_only_own_posts_are_deleted_and_their_reactions_with_them(net: Net):
    other = net.posts_of(net.somebody(None, busy=True))[0].post_id
    assert "only own posts" in net.refused("delete_social_post", post_id=other)
    own = net("search_social_posts", mine="wrote", order="most_liked")["posts"][0]["post_id"]
    left = net("get_profile")["posts"] - 1
    assert net("delete_social_post", post_id=own)["posts_left"] == left == net("get_profile")["posts"]
    assert not net.state.reactions.where(post_id=own)
    assert "no post" in net.refused("get_social_post", post_id=own)


def test_a_follow_request_is_answered_once(net: Net):
    asking = [row["profile_id"] for row in net("search_profiles", relation="wants_to_follow_you")["profiles"]]
    before = net("get_profile")["followers"]
    assert net("answer_follow_request", profile_id=asking[0], answer="accept")["own_followers"] == before + 1
    assert net("answer_follow_request", profile_id=asking[1], answer="decline")["own_followers"] == before + 1
    assert net("list_social_notifications", kind="follow")["notifications"][0]["profile_id"] == asking[0]
    for profile_id in asking[:2]:
        assert "no open request" in net.refused("answer_follow_request", profile_id=profile_id, answer="accept")


def test_trends_count_people_before_posts(net: Net):
    rows = net("list_trending_hashtags", days=60, limit=50)["hashtags"]
    assert [row["people"] for row in rows] == sorted((row["people"] for row in rows), reverse=True)
    assert all(row["people"] <= row["posts"] for row in rows)


def test_unknown_profiles_and_posts_and_oneself_are_refused(net: Net):
    assert "no profile" in net.refused("get_profile", profile_id="PFL-00000")
    assert "no post" in net.refused("get_social_post", post_id="PST-00000")
    assert "your own profile" in net.refused("follow_profile", profile_id=net.own)


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
