"""What a signed-in person can do on the network. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.social_media.records import (
    Connection,
    Day,
    Deleted,
    Feed,
    Follow,
    FollowAnswered,
    Hashtag,
    Network,
    NoticeKind,
    Notices,
    Post,
    PostDetails,
    PostId,
    Posts,
    Profile,
    ProfileDetails,
    ProfileId,
    ProfileRow,
    Profiles,
    Published,
    Reacted,
    Reaction,
    ReactionChanged,
    ReactionKind,
    RelationKind,
    RelationsChanged,
    RepliesFrom,
    Restricted,
    Restriction,
    Text,
    Trends,
)
from servers.social_media.rules import (
    HASHTAG,
    MENTION,
    author_of,
    feed,
    followers,
    may_reply,
    me,
    newest_first,
    notices,
    own_reactions,
    pair,
    post_row,
    reaction_key,
    reactions_to,
    relations,
    restriction,
    trends,
    visible_posts,
    why_hidden,
)
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Words = Annotated[
    str, Meta(description="part of a name, handle or bio, e.g. Mira Holt or @mira_holt", min_length=1, max_length=60)
]
Phrase = Annotated[str, Meta(description="words of the post, e.g. rye starter", min_length=1, max_length=80)]
Relation = Annotated[
    RelationKind,
    Meta(
        description="only profiles you are following, or requested to follow, or that follow you (follows_you), asked "
        "to (wants_to_follow_you), or are muted or blocked by you, or block you (blocks_you)"
    ),
]
Mine = Annotated[
    Literal["wrote", "liked", "reposted", "bookmarked"],
    Meta(description="only posts that you wrote, liked, reposted or bookmarked yourself, e.g. bookmarked"),
]
Order = Annotated[Literal["newest", "most_liked"], Meta(description="which come first, e.g. most_liked")]
Days = Annotated[int, Meta(description="how many days back to count, e.g. 7", ge=1, le=90)]
Action = Annotated[
    Literal["mute", "unmute", "block", "unblock"], Meta(description="what to do about the profile, e.g. mute")
]
Decision = Annotated[Literal["accept", "decline"], Meta(description="what to answer, e.g. accept")]

MOST_HASHTAGS = 5
FEED_DAYS = 14
REPEAT_MINUTES = 24 * 60
KIND_OF: dict[str, ReactionKind] = {"liked": "like", "reposted": "repost", "bookmarked": "bookmark"}
LIFTS: dict[str, Restriction] = {"unmute": "mute", "unblock": "block"}


@reads
def search_profiles(
    net: Network, text: Words | None = None, relation: Relation | None = None, limit: Limit = 5
) -> Profiles:
    """Search other people's profiles by name, handle or bio, or by relation to you, e.g. text="@mira_holt"."""
    found = [row for row in net.profiles if row.profile_id != me(net).profile_id]
    if text is not None:
        wanted = text.removeprefix("@").casefold()
        found = [row for row in found if wanted in f"{row.name}\n{row.handle}\n{row.bio}".casefold()]
    if relation is not None:
        found = [row for row in found if relation in relations(net, row.profile_id)]
    best = sorted(found, key=lambda row: (-followers(net, row.profile_id), row.profile_id))
    return Profiles([_profile_row(net, row) for row in best[:limit]], len(best))


@reads
def get_profile(net: Network, profile_id: ProfileId | None = None) -> ProfileDetails:
    """Show a profile with its counts and relation to you, your own if none is given, e.g. profile_id="PFL-30417"."""
    row = me(net) if profile_id is None else _profile(net, profile_id)
    return ProfileDetails(
        row.profile_id,
        row.handle,
        row.name,
        row.bio,
        row.city,
        row.visibility,
        row.joined,
        followers(net, row.profile_id),
        len(net.follows.where(follower_id=row.profile_id, status="active")),
        len(net.posts.where(profile_id=row.profile_id)),
        relations(net, row.profile_id),
    )


@reads
def search_social_posts(
    net: Network,
    text: Phrase | None = None,
    hashtag: Hashtag | None = None,
    profile_id: ProfileId | None = None,
    mine: Mine | None = None,
    order: Order = "newest",
    limit: Limit = 5,
) -> Posts:
    """Search the posts and replies you may see by words, hashtag, author or your own part, e.g. mine="bookmarked"."""
    found = visible_posts(net) if profile_id is None else _posts_by(net, _profile(net, profile_id))
    if text is not None:
        found = [post for post in found if text.casefold() in post.text.casefold()]
    if hashtag is not None:
        found = [post for post in found if hashtag.removeprefix("#").casefold() in post.hashtags]
    if mine is not None:
        found = [post for post in found if _is_mine(net, post, mine)]
    found = newest_first(found)
    if order == "most_liked":
        found.sort(key=lambda post: -reactions_to(net, post.post_id, "like"))
    return Posts([post_row(net, post) for post in found[:limit]], len(found))


@reads
def get_social_post(net: Network, post_id: PostId) -> PostDetails:
    """Show a post with its counts, your reactions and its newest replies, e.g. post_id="PST-48213"."""
    post = _post(net, post_id)
    author = author_of(net, post)
    seen = visible_posts(net)
    replies = newest_first([row for row in seen if row.reply_to == post_id])
    return PostDetails(
        post_id,
        author.profile_id,
        author.handle,
        author.name,
        author.visibility,
        post.posted,
        post.text,
        post.reply_to if any(row.post_id == post.reply_to for row in seen) else "",
        reactions_to(net, post_id, "like"),
        reactions_to(net, post_id, "repost"),
        own_reactions(net, post_id),
        may_reply(net, post),
        len(replies),
        [post_row(net, row) for row in replies[:2]],
    )


@reads
def view_social_feed(
    net: Network,
    since: Annotated[Day, Meta(description="first day to show, e.g. 2026-03-14; else the last two weeks")]
    | None = None,
    limit: Limit = 5,
) -> Feed:
    """Show the home feed, newest first: what people you follow and have not muted posted or reposted, no replies."""
    first = later(net.now, days=-FEED_DAYS)[:10] if since is None else since.isoformat()
    lines = feed(net, first)
    return Feed(lines[:limit], len(lines))


@reads
def list_trending_hashtags(net: Network, days: Days = 7, limit: Limit = 5) -> Trends:
    """List the hashtags that most people used in the last days, e.g. days=7; muted and unseen posts do not count."""
    return Trends(trends(net, later(net.now, days=-days))[:limit])


@reads
def list_social_notifications(
    net: Network,
    kind: Annotated[NoticeKind, Meta(description="only of this kind, e.g. mention")] | None = None,
    limit: Limit = 5,
) -> Notices:
    """List who liked, replied, mentioned you, followed you or asked to, newest first, e.g. kind="follow_request"."""
    found = [row for row in notices(net) if kind in (None, row.kind)]
    return Notices(found[:limit], len(found))


@writes
def publish_social_post(
    net: Network,
    text: Text,
    reply_to_post_id: Annotated[PostId, Meta(description="the post to reply to, e.g. PST-48213; else a new thread")]
    | None = None,
    replies_from: RepliesFrom = "everyone",
) -> Published:
    """Publish a post, or a reply if a post is named that takes yours, e.g. text="First frost! #gardening"."""
    if reply_to_post_id is not None:
        _check_reply(net, _post(net, reply_to_post_id))
    _check_not_repeated(net, text)
    hashtags, mentions = _hashtags(text), _mentions(net, text)
    number = net.new_id("PST")
    reply_to = reply_to_post_id or ""
    net.posts.add(Post(number, me(net).profile_id, net.now, text, hashtags, mentions, reply_to, replies_from))
    return Published(number, net.now, list(hashtags), list(mentions), reply_to)


@writes(destructive=True)
def delete_social_post(net: Network, post_id: PostId) -> Deleted:
    """Delete one of your own posts with all reactions to it; replies of others stay, e.g. post_id="PST-48213"."""
    post, own = _post(net, post_id), me(net).profile_id
    if post.profile_id != own:
        raise ToolError(f"{post_id} is by @{author_of(net, post).handle}; only own posts can be deleted")
    for row in net.reactions.where(post_id=post_id):
        net.reactions.delete(row.reaction_id)
    net.posts.delete(post_id)
    return Deleted(post_id, len(net.posts.where(profile_id=own)))


@writes
def react_to_social_post(net: Network, post_id: PostId, reaction: Reaction) -> ReactionChanged:
    """Like, repost or bookmark a post, each once; private posts cannot be reposted, e.g. reaction="like"."""
    post, own = _post(net, post_id), me(net).profile_id
    if reaction in own_reactions(net, post_id):
        raise ToolError(f"{post_id} already has your {reaction}")
    if reaction == "repost" and author_of(net, post).visibility == "private":
        raise ToolError(f"{post_id} is by private @{author_of(net, post).handle}; only public posts can be reposted")
    net.reactions.add(Reacted(reaction_key(reaction, post_id, own), reaction, post_id, own, net.now))
    return _reaction_changed(net, post)


@writes(destructive=True)
def undo_social_reaction(net: Network, post_id: PostId, reaction: Reaction) -> ReactionChanged:
    """Take back your like, repost or bookmark of a post, e.g. reaction="repost"."""
    post = _post(net, post_id)
    if reaction not in own_reactions(net, post_id):
        raise ToolError(f"{post_id} has no {reaction} of yours")
    net.reactions.delete(reaction_key(reaction, post_id, me(net).profile_id))
    return _reaction_changed(net, post)


@writes
def follow_profile(net: Network, profile_id: ProfileId) -> Connection:
    """Follow a public profile at once, or ask a private one; refused while either of you blocks the other."""
    other, own = _other(net, profile_id), me(net).profile_id
    if edge := net.follows.get(pair(own, profile_id)):
        done = "you already follow" if edge.status == "active" else "you already asked to follow"
        raise ToolError(f"{done} @{other.handle}")
    if "block" in (restriction(net, own, profile_id), restriction(net, profile_id, own)):
        raise ToolError(f"cannot follow: {why_hidden(net, other)}")
    status: Literal["active", "requested"] = "active" if other.visibility == "public" else "requested"
    net.follows.add(Follow(pair(own, profile_id), own, profile_id, status, net.now))
    shown = "following" if status == "active" else "requested"
    return Connection(profile_id, other.handle, shown, followers(net, profile_id))


@writes(destructive=True)
def unfollow_profile(net: Network, profile_id: ProfileId) -> Connection:
    """Stop following a profile, or withdraw the request to follow it, e.g. profile_id="PFL-30417"."""
    other, key = _other(net, profile_id), pair(me(net).profile_id, profile_id)
    if key not in net.follows:
        raise ToolError(f"you neither follow @{other.handle} nor asked to")
    net.follows.delete(key)
    return Connection(profile_id, other.handle, "not_following", followers(net, profile_id))


@writes
def answer_follow_request(net: Network, profile_id: ProfileId, answer: Decision) -> FollowAnswered:
    """Accept or decline the request of a profile to follow you, e.g. answer="accept"."""
    other, own = _other(net, profile_id), me(net).profile_id
    edge = net.follows.get(pair(profile_id, own))
    if edge is None or edge.status != "requested":
        raise ToolError(f"@{other.handle} has no open request to follow you")
    if answer == "accept":
        net.follows.update(edge, status="active", since=net.now)
    else:
        net.follows.delete(edge.follow_id)
    return FollowAnswered(profile_id, other.handle, answer, followers(net, own))


@writes(destructive=True)
def restrict_profile(net: Network, profile_id: ProfileId, action: Action) -> RelationsChanged:
    """Mute or block a profile or lift that again; a block also ends follows and requests both ways."""
    other, own = _other(net, profile_id), me(net).profile_id
    now = restriction(net, own, profile_id)
    if action in LIFTS:
        if now != LIFTS[action]:
            raise ToolError(f"you do not {LIFTS[action]} @{other.handle}")
        net.restrictions.delete(pair(own, profile_id))
    else:
        _restrict(net, own, other, "mute" if action == "mute" else "block")
    return RelationsChanged(profile_id, other.handle, relations(net, profile_id))


def _profile(net: Network, profile_id: str) -> Profile:
    profile = net.profiles.get(profile_id)
    if profile is None:
        raise ToolError(f"no profile {profile_id}")
    return profile


def _other(net: Network, profile_id: str) -> Profile:
    if profile_id == me(net).profile_id:
        raise ToolError(f"{profile_id} is your own profile")
    return _profile(net, profile_id)


def _post(net: Network, post_id: str) -> Post:
    """A post that the signed-in person may see."""
    post = net.posts.get(post_id)
    if post is None:
        raise ToolError(f"no post {post_id}")
    if reason := why_hidden(net, author_of(net, post)):
        raise ToolError(f"{post_id} cannot be seen: {reason}")
    return post


def _posts_by(net: Network, author: Profile) -> list[Post]:
    if reason := why_hidden(net, author):
        raise ToolError(f"these posts cannot be seen: {reason}")
    return net.posts.where(profile_id=author.profile_id)


def _is_mine(net: Network, post: Post, mine: str) -> bool:
    if mine == "wrote":
        return post.profile_id == me(net).profile_id
    return KIND_OF[mine] in own_reactions(net, post.post_id)


def _check_reply(net: Network, post: Post) -> None:
    if not may_reply(net, post):
        allowed = post.replies_from.replace("_", " ")
        takes = "no replies" if allowed == "nobody" else f"replies only from {allowed}"
        raise ToolError(f"{post.post_id} by @{author_of(net, post).handle} takes {takes}")


def _check_not_repeated(net: Network, text: str) -> None:
    since = later(net.now, minutes=-REPEAT_MINUTES)
    for post in net.posts.where(profile_id=me(net).profile_id, text=text):
        if post.posted > since:
            raise ToolError(f"you posted the same text as {post.post_id} at {post.posted}")


def _hashtags(text: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag.casefold() for tag in HASHTAG.findall(text)))
    if len(tags) > MOST_HASHTAGS:
        raise ToolError(f"at most {MOST_HASHTAGS} hashtags; the text has {len(tags)}")
    return tags


def _mentions(net: Network, text: str) -> tuple[str, ...]:
    """The handles in a text that exist; others are plain text."""
    handles = []
    for handle in dict.fromkeys(word.casefold() for word in MENTION.findall(text)):
        for profile in net.profiles.where(handle=handle):
            if restriction(net, me(net).profile_id, profile.profile_id) == "block":
                raise ToolError(f"you blocked @{handle}; a blocked profile cannot be mentioned")
            handles.append(handle)
    return tuple(handles)


def _restrict(net: Network, own: str, other: Profile, kind: Restriction) -> None:
    now = restriction(net, own, other.profile_id)
    if now in (kind, "block"):
        raise ToolError(f"@{other.handle} is already {'muted' if now == 'mute' else 'blocked'}")
    net.restrictions.save(Restricted(pair(own, other.profile_id), own, other.profile_id, kind))
    for key in (pair(own, other.profile_id), pair(other.profile_id, own)):
        if kind == "block" and key in net.follows:
            net.follows.delete(key)


def _reaction_changed(net: Network, post: Post) -> ReactionChanged:
    number = post.post_id
    likes, reposts = reactions_to(net, number, "like"), reactions_to(net, number, "repost")
    return ReactionChanged(number, author_of(net, post).handle, likes, reposts, own_reactions(net, number))


def _profile_row(net: Network, row: Profile) -> ProfileRow:
    number = row.profile_id
    return ProfileRow(number, row.handle, row.name, row.bio, followers(net, number), relations(net, number))
