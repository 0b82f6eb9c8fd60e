"""Rules of the network that only read: who sees what, what is in the feed, what trends and what to be told of.

a post is seen by: its author · nobody in a block with the author, either way ·
                   everybody else if the author is public, only followers if private
the feed holds:    what followed, unmuted people posted or reposted, no replies, each post once, newest first
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from servers.social_media.records import (
    FeedLine,
    Network,
    Notice,
    NoticeKind,
    Post,
    PostRow,
    Profile,
    ReactionKind,
    RelationKind,
    Restriction,
    Trend,
)

HASHTAG = re.compile(r"(?<!\w)#(\w{1,40})")
MENTION = re.compile(r"(?<!\w)@(\w{1,40})")
REACTIONS: tuple[ReactionKind, ...] = ("like", "repost", "bookmark")


def me(net: Network) -> Profile:
    (owner,) = net.owners
    return net.profiles.find(owner.profile_id)


def author_of(net: Network, post: Post) -> Profile:
    return net.profiles.find(post.profile_id)


def pair(first: str, second: str) -> str:
    """Key of what the first does to the second."""
    return f"{first}>{second}"


def reaction_key(kind: ReactionKind, post_id: str, profile_id: str) -> str:
    return f"{kind}/{post_id}/{profile_id}"


def follows(net: Network, first: str, second: str) -> bool:
    edge = net.follows.get(pair(first, second))
    return edge is not None and edge.status == "active"


def restriction(net: Network, first: str, second: str) -> Restriction | None:
    row = net.restrictions.get(pair(first, second))
    return None if row is None else row.kind


def followers(net: Network, profile_id: str) -> int:
    return len(net.follows.where(followed_id=profile_id, status="active"))


def relations(net: Network, other: str) -> list[RelationKind]:
    """What lies between the signed-in person and another, as a list of words."""
    own, words = me(net).profile_id, list[RelationKind]()
    if out := net.follows.get(pair(own, other)):
        words.append("following" if out.status == "active" else "requested")
    if back := net.follows.get(pair(other, own)):
        words.append("follows_you" if back.status == "active" else "wants_to_follow_you")
    if restricted := restriction(net, own, other):
        words.append("muted" if restricted == "mute" else "blocked")
    if restriction(net, other, own) == "block":
        words.append("blocks_you")
    return words


def why_hidden(net: Network, author: Profile) -> str:
    """Why the posts of a profile cannot be seen, or nothing if they can."""
    own, other = me(net).profile_id, author.profile_id
    if restriction(net, own, other) == "block":
        return f"you blocked @{author.handle}"
    if restriction(net, other, own) == "block":
        return f"@{author.handle} blocked you"
    if other != own and author.visibility == "private" and not follows(net, own, other):
        return f"@{author.handle} is private and you do not follow them"
    return ""


def visible_posts(net: Network) -> list[Post]:
    seen = {profile.profile_id for profile in net.profiles if not why_hidden(net, profile)}
    return [post for post in net.posts if post.profile_id in seen]


def reactions_to(net: Network, post_id: str, kind: ReactionKind) -> int:
    return len(net.reactions.where(post_id=post_id, kind=kind))


def own_reactions(net: Network, post_id: str) -> list[ReactionKind]:
    own = me(net).profile_id
    return [kind for kind in REACTIONS if reaction_key(kind, post_id, own) in net.reactions]


def may_reply(net: Network, post: Post) -> bool:
    """Whether the signed-in person is among those the author takes replies from."""
    own = me(net)
    if post.profile_id == own.profile_id or post.replies_from == "everyone":
        return True
    if post.replies_from == "followers":
        return follows(net, own.profile_id, post.profile_id)
    return post.replies_from == "mentioned_people" and own.handle in post.mentions


def post_row(net: Network, post: Post) -> PostRow:
    likes = reactions_to(net, post.post_id, "like")
    return PostRow(post.post_id, author_of(net, post).handle, post.posted, post.text, likes)


def newest_first(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (post.posted, post.post_id), reverse=True)


def feed(net: Network, since: str) -> list[FeedLine]:
    """What followed people posted or reposted since that day, newest first."""
    listened = _listened_to(net)
    lines = []
    for post in visible_posts(net):
        entry = None if post.reply_to else _entry(net, post, listened)
        if entry and entry[0][:10] >= since:
            at, by = entry
            likes = reactions_to(net, post.post_id, "like")
            lines.append(FeedLine(post.post_id, author_of(net, post).handle, at, post.text, likes, by))
    return sorted(lines, key=lambda line: (line.at, line.post_id), reverse=True)


def _listened_to(net: Network) -> set[str]:
    """Followed and not muted."""
    own = me(net).profile_id
    edges = net.follows.where(follower_id=own, status="active")
    return {edge.followed_id for edge in edges if restriction(net, own, edge.followed_id) is None}


def _entry(net: Network, post: Post, listened: set[str]) -> tuple[str, str] | None:
    """When a post came into the feed and whose repost brought it, if anybody's had to."""
    own = me(net).profile_id
    if post.profile_id in listened:
        return post.posted, ""
    if post.profile_id == own or restriction(net, own, post.profile_id) is not None:
        return None
    shared = [row for row in net.reactions.where(post_id=post.post_id, kind="repost") if row.profile_id in listened]
    if not shared:
        return None
    last = max(shared, key=lambda row: (row.at, row.profile_id))
    return last.at, net.profiles.find(last.profile_id).handle


def trends(net: Network, since: str) -> list[Trend]:
    """Hashtags of what can be seen and is not muted, those used by most people first."""
    own = me(net).profile_id
    posts: dict[str, int] = {}
    people: dict[str, set[str]] = {}
    for post in visible_posts(net):
        if post.posted >= since and restriction(net, own, post.profile_id) is None:
            for tag in post.hashtags:
                posts[tag] = posts.get(tag, 0) + 1
                people.setdefault(tag, set()).add(post.profile_id)
    rows = [Trend(tag, number, len(people[tag])) for tag, number in posts.items()]
    return sorted(rows, key=lambda row: (-row.people, -row.posts, row.hashtag))


def notices(net: Network) -> list[Notice]:
    """What others did towards the signed-in person, newest first; muted and blocked people are left out."""
    own = me(net).profile_id
    heard = [row for row in _all_notices(net) if restriction(net, own, row.profile_id) is None]
    return sorted(heard, key=lambda row: (row.at, row.kind, row.profile_id, row.post_id), reverse=True)


def _all_notices(net: Network) -> Iterator[Notice]:
    own = me(net)
    mine = [post.post_id for post in net.posts.where(profile_id=own.profile_id)]
    for post_id in mine:
        for row in net.reactions.where(post_id=post_id, kind="like"):
            if row.profile_id != own.profile_id:
                yield _notice(net, "like", row.at, row.profile_id, post_id)
    for post in visible_posts(net):
        if post.profile_id != own.profile_id and post.reply_to in mine:
            yield _notice(net, "reply", post.posted, post.profile_id, post.post_id)
        elif post.profile_id != own.profile_id and own.handle in post.mentions:
            yield _notice(net, "mention", post.posted, post.profile_id, post.post_id)
    for edge in net.follows.where(followed_id=own.profile_id):
        yield _notice(net, "follow" if edge.status == "active" else "follow_request", edge.since, edge.follower_id)


def _notice(net: Network, kind: NoticeKind, at: str, profile_id: str, post_id: str = "") -> Notice:
    return Notice(kind, at, profile_id, net.profiles.find(profile_id).handle, post_id)
