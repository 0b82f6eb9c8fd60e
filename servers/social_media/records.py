"""The tables of the social network, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

ProfileId = Annotated[str, msgspec.Meta(description="profile, e.g. PFL-30417", max_length=20)]
PostId = Annotated[str, msgspec.Meta(description="post or reply, e.g. PST-48213", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Text = Annotated[
    str,
    msgspec.Meta(
        description="what to write, at most 280 characters; may hold #hashtags and @handles",
        min_length=1,
        max_length=280,
        pattern=r"\S",
    ),
]
Hashtag = Annotated[
    str, msgspec.Meta(description="hashtag with or without #, e.g. #pottery", min_length=2, max_length=40)
]
Visibility = Literal["public", "private"]
ReactionKind = Literal["like", "repost", "bookmark"]
Reaction = Annotated[
    ReactionKind, msgspec.Meta(description="kind of reaction, e.g. like; bookmarks are seen by nobody")
]
RelationKind = Literal["following", "requested", "follows_you", "wants_to_follow_you", "muted", "blocked", "blocks_you"]
RepliesFrom = Annotated[
    Literal["everyone", "followers", "mentioned_people", "nobody"],
    msgspec.Meta(description="who may reply, e.g. followers; the author always may"),
]
Restriction = Literal["mute", "block"]
NoticeKind = Literal["like", "reply", "mention", "follow", "follow_request"]


class Owner(Row, frozen=True):
    """Who is signed in."""

    profile_id: str


class Profile(Row, frozen=True):
    profile_id: str
    handle: str
    name: str
    bio: str
    city: str
    visibility: Visibility
    joined: str


class Follow(Row, frozen=True):
    follow_id: str
    """"PFL-30417>PFL-55120": the first follows the second, or asked to."""
    follower_id: str
    followed_id: str
    status: Literal["active", "requested"]
    since: str


class Post(Row, frozen=True):
    post_id: str
    profile_id: str
    posted: str
    text: str
    hashtags: tuple[str, ...]
    """Without #, in small letters."""
    mentions: tuple[str, ...]
    """Handles that exist, without @."""
    reply_to: str = ""
    replies_from: RepliesFrom = "everyone"


class Reacted(Row, frozen=True):
    reaction_id: str
    """"like/PST-48213/PFL-30417": a profile reacts to a post in one way at most once."""
    kind: ReactionKind
    post_id: str
    profile_id: str
    at: str


class Restricted(Row, frozen=True):
    restriction_id: str
    """"PFL-30417>PFL-55120": the first mutes or blocks the second."""
    by_id: str
    profile_id: str
    kind: Restriction


class Network(State):
    owners: Table[Owner]
    profiles: Table[Profile]
    follows: Table[Follow]
    posts: Table[Post]
    reactions: Table[Reacted]
    restrictions: Table[Restricted]


class ProfileRow(msgspec.Struct, frozen=True):
    profile_id: str
    handle: str
    name: str
    bio: str
    followers: int
    relations: list[RelationKind]


class Profiles(msgspec.Struct, frozen=True):
    profiles: list[ProfileRow]
    total: int
    """How many match, of which the most followed are shown."""


class ProfileDetails(msgspec.Struct, frozen=True):
    profile_id: str
    handle: str
    name: str
    bio: str
    city: str
    visibility: Visibility
    joined: str
    followers: int
    following: int
    posts: int
    relations: list[RelationKind]


class PostRow(msgspec.Struct, frozen=True):
    post_id: str
    author: str
    """Handle."""
    posted: str
    text: str
    likes: int


class Posts(msgspec.Struct, frozen=True):
    posts: list[PostRow]
    total: int
    """How many match, of which the first are shown."""


class PostDetails(msgspec.Struct, frozen=True):
    post_id: str
    profile_id: str
    author: str
    name: str
    visibility: Visibility
    posted: str
    text: str
    reply_to: str
    """The post it answers, if that can be seen."""
    likes: int
    reposts: int
    own_reactions: list[ReactionKind]
    you_may_reply: bool
    replies: int
    newest_replies: list[PostRow]


class FeedLine(msgspec.Struct, frozen=True):
    post_id: str
    author: str
    at: str
    """When it came into the feed."""
    text: str
    likes: int
    reposted_by: str
    """Handle of the followed person who brought it here, or nothing."""


class Feed(msgspec.Struct, frozen=True):
    posts: list[FeedLine]
    total: int
    """How many there are, of which the newest are shown."""


class Trend(msgspec.Struct, frozen=True):
    hashtag: str
    posts: int
    people: int


class Trends(msgspec.Struct, frozen=True):
    hashtags: list[Trend]


class Notice(msgspec.Struct, frozen=True):
    kind: NoticeKind
    at: str
    profile_id: str
    handle: str
    post_id: str
    """The own post that was liked, the other's post that replies or mentions, else nothing."""


class Notices(msgspec.Struct, frozen=True):
    notifications: list[Notice]
    total: int
    """How many match, of which the newest are shown."""


class Published(msgspec.Struct, frozen=True):
    post_id: str
    posted: str
    hashtags: list[str]
    mentions: list[str]
    reply_to: str


class Deleted(msgspec.Struct, frozen=True):
    deleted: str
    posts_left: int


class ReactionChanged(msgspec.Struct, frozen=True):
    post_id: str
    author: str
    likes: int
    reposts: int
    own_reactions: list[ReactionKind]


class Connection(msgspec.Struct, frozen=True):
    profile_id: str
    handle: str
    status: Literal["following", "requested", "not_following"]
    followers: int
    """Of that profile, afterwards."""


class FollowAnswered(msgspec.Struct, frozen=True):
    profile_id: str
    handle: str
    answer: Literal["accept", "decline"]
    own_followers: int


class RelationsChanged(msgspec.Struct, frozen=True):
    profile_id: str
    handle: str
    relations: list[RelationKind]
