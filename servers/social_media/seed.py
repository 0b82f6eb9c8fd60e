"""One person's network from a seed: people they know or do not, two months of posts, and who reacted to them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from servers.names import CITIES, first_new_ids, ids, people
from servers.social_media.material import BIOS, OPENINGS, REPLIES, TOPICS, Topic
from servers.social_media.records import (
    Follow,
    Owner,
    Post,
    Profile,
    Reacted,
    ReactionKind,
    RepliesFrom,
    Restricted,
    Restriction,
)
from servers.social_media.rules import HASHTAG, MENTION, pair, reaction_key
from servers.state import Base, later, minutes_between

PROFILES = 74
NAMESAKES = 4
POSTS = 430
OWN_POSTS = 18
DAYS_BACK = 60
FOLLOWED, FOLLOWERS, REQUESTING = 28, 24, 5
BLOCKED, BLOCKING, MUTED = 3, 2, 4
OWN_REACTIONS: dict[ReactionKind, int] = {"like": 34, "repost": 7, "bookmark": 12}
REPLY_RULES: list[RepliesFrom] = [*["everyone"] * 8, "followers", "mentioned_people", "nobody"]


class Circle(NamedTuple):
    """Ids of people by what they are to the signed-in person, whose own comes first."""

    own: str
    blocked: list[str]
    blocking: list[str]
    others: list[str]


Edges = dict[str, Follow]


def generate(seed: int) -> Base:
    """The network of this seed: 75 profiles, some 770 follows, 430 posts and 1,400 reactions."""
    rng = random.Random(f"social_media:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 22):02d}:{rng.randrange(60):02d}"
    topics = [rng.sample(TOPICS, 2) for _ in range(PROFILES + 1)]
    profiles = _profiles(rng, today, topics)
    circle = _circle(rng, profiles)
    edges = _follows(rng, now, profiles, circle)
    posts = _posts(rng, now, profiles, topics, circle, edges)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "PST"),
        owners=[Owner(circle.own)],
        profiles=profiles,
        follows=list(edges.values()),
        posts=posts,
        reactions=_reactions(rng, now, profiles, posts, circle, edges),
        restrictions=_restrictions(rng, circle, edges),
    )


def _profiles(rng: random.Random, today: date, topics: list[list[Topic]]) -> list[Profile]:
    """The first is the signed-in person, always private; a few others share their whole name."""
    names = people(rng, PROFILES + 1 - NAMESAKES)
    names += rng.sample(names[1:], NAMESAKES)
    taken: set[str] = set()
    rows = []
    for position, (number, name) in enumerate(zip(ids(rng, "PFL", PROFILES + 1), names, strict=True)):
        role, city = topics[position][0].role, rng.choice(CITIES)
        bio = rng.choice(BIOS).format(Role=role, role=role.lower(), city=city)
        visibility = "private" if position == 0 or rng.random() < 0.22 else "public"
        joined = (today - timedelta(days=rng.randrange(420, 4_000))).isoformat()
        rows.append(Profile(number, _handle(rng, name, taken), name, bio, city, visibility, joined))
    return rows


def _handle(rng: random.Random, name: str, taken: set[str]) -> str:
    first, last = name.lower().replace("ó", "o").split()
    forms = [f"{first}_{last}", f"{first}{last}", f"{first[0]}_{last}", f"{last}_{first}", f"real_{first}{last}"]
    handle = rng.choice(forms)
    while handle in taken:
        handle = f"{rng.choice(forms)}{rng.randrange(2, 99)}"
    taken.add(handle)
    return handle


def _circle(rng: random.Random, profiles: list[Profile]) -> Circle:
    own, *others = [profile.profile_id for profile in profiles]
    apart = rng.sample(others, BLOCKED + BLOCKING)
    near = [number for number in others if number not in apart]
    return Circle(own, apart[:BLOCKED], apart[BLOCKED:], near)


def _follows(rng: random.Random, now: str, profiles: list[Profile], circle: Circle) -> Edges:
    """Well-known people are followed by many; nobody on either side of a block with the owner is tied to them."""
    others = [profile.profile_id for profile in profiles[1:]]
    known = list(accumulate(min(rng.paretovariate(1.1), 12.0) for _ in others))
    pairs = [
        (follower, followed)
        for follower in others
        for followed in dict.fromkeys(rng.choices(others, cum_weights=known, k=rng.randrange(3, 22)))
        if follower != followed
    ]
    edges = {pair(*both): _edge(rng, now, *both, "active") for both in pairs}
    return edges | _own_follows(rng, now, profiles, circle)


def _own_follows(rng: random.Random, now: str, profiles: list[Profile], circle: Circle) -> Edges:
    """Whom the owner follows or asked to, and who follows the owner or asked to."""
    private = [
        row.profile_id for row in profiles[1:] if row.visibility == "private" and row.profile_id in circle.others
    ]
    asked = rng.sample(private, min(3, len(private)))
    followed = rng.sample([number for number in circle.others if number not in asked], FOLLOWED)
    near = rng.sample(circle.others, FOLLOWERS + REQUESTING)
    own = circle.own
    edges = [_edge(rng, now, own, number, "requested") for number in asked]
    edges += [_edge(rng, now, own, number, "active") for number in followed]
    edges += [_edge(rng, now, number, own, "active") for number in near[:FOLLOWERS]]
    edges += [_edge(rng, now, number, own, "requested") for number in near[FOLLOWERS:]]
    return {edge.follow_id: edge for edge in edges}


def _edge(rng: random.Random, now: str, follower: str, followed: str, status: str) -> Follow:
    """Requests are at most twelve days old, follows at most four hundred."""
    days = 400 if status == "active" else 12
    since = later(now, minutes=-5 - int(days * 1_435 * rng.random() ** 2))
    return Follow(pair(follower, followed), follower, followed, status, since)  # type: ignore[arg-type]


def _posts(
    rng: random.Random,
    now: str,
    profiles: list[Profile],
    topics: list[list[Topic]],
    circle: Circle,
    edges: Edges,
) -> list[Post]:
    """In order of time; about one in four replies to an earlier one that its author may see and answer."""
    busy = list(accumulate(rng.paretovariate(1.4) for _ in profiles[1:]))
    authors = [0] * OWN_POSTS + list(range(1, PROFILES + 1))
    authors += rng.choices(range(1, PROFILES + 1), cum_weights=busy, k=POSTS - len(authors))
    rng.shuffle(authors)
    ages = sorted((_age(rng) for _ in authors), reverse=True)
    apart = {circle.own, *circle.blocked, *circle.blocking}
    by_id = {profile.profile_id: profile for profile in profiles}
    posts: list[Post] = []
    for number, position, age in zip(ids(rng, "PST", POSTS), authors, ages, strict=True):
        author = profiles[position]
        parent = _parent(rng, author, posts, circle.own, edges)
        if parent and _may_answer(author, parent, by_id, edges, apart):
            reply_to, text = parent.post_id, _reply(rng, by_id[parent.profile_id])
            rule: RepliesFrom = "everyone"
        else:
            reply_to, text, rule = "", _text(rng, topics[position], author, profiles, edges), rng.choice(REPLY_RULES)
        posts.append(_post(number, author, later(now, minutes=-age), text, reply_to, rule))
    return posts


def _parent(rng: random.Random, author: Profile, posts: list[Post], own: str, edges: Edges) -> Post | None:
    """What to reply to, if anything; followers of the owner look at the owner's posts more often."""
    if not posts or rng.random() > 0.4:
        return None
    mine = [post for post in posts if post.profile_id == own]
    close = mine and rng.random() < 0.35 and _is_active(edges, author.profile_id, own)
    return rng.choice(mine if close else posts[-60:])


def _age(rng: random.Random) -> int:
    """Minutes since a post was made."""
    return 4 + int(DAYS_BACK * 1_440 * rng.random() ** 2.2)


def _may_answer(author: Profile, parent: Post, by_id: dict[str, Profile], edges: Edges, apart: set[str]) -> bool:
    """To people of a block the owner is nobody, and they to the owner."""
    near = _is_active(edges, author.profile_id, parent.profile_id)
    if parent.profile_id == author.profile_id or parent.reply_to or {author.profile_id, parent.profile_id} <= apart:
        return False
    if parent.replies_from in ("mentioned_people", "nobody") or (parent.replies_from == "followers" and not near):
        return False
    return near or by_id[parent.profile_id].visibility == "public"


def _text(rng: random.Random, topics: list[Topic], author: Profile, profiles: list[Profile], edges: Edges) -> str:
    topic = topics[rng.random() < 0.3]
    text = rng.choice(OPENINGS).format(thing=rng.choice(topic.things))
    friend = rng.choice(profiles) if rng.random() < 0.75 else profiles[0]
    if _is_active(edges, author.profile_id, friend.profile_id):
        text += f" {rng.choice(['With', 'Thanks to', 'Ask', 'Hello'])} @{friend.handle}!"
    tags = rng.sample(topic.hashtags, rng.choice([0, 1, 1, 2, 2, 3]))
    return " ".join([text, *(f"#{tag}" for tag in tags)])


def _reply(rng: random.Random, to: Profile) -> str:
    return rng.choice(REPLIES).format(handle=to.handle, number=rng.randrange(2, 9))


def _post(number: str, author: Profile, posted: str, text: str, reply_to: str, rule: RepliesFrom) -> Post:
    hashtags, mentions = tuple(HASHTAG.findall(text)), tuple(MENTION.findall(text))
    return Post(number, author.profile_id, posted, text, hashtags, mentions, reply_to, rule)


def _reactions(
    rng: random.Random, now: str, profiles: list[Profile], posts: list[Post], circle: Circle, edges: Edges
) -> list[Reacted]:
    """Followers like and sometimes repost; a few posts get many likes. The owner's reactions come last."""
    public = {profile.profile_id for profile in profiles if profile.visibility == "public"}
    audience: dict[str, list[str]] = {profile.profile_id: [] for profile in profiles}
    for edge in edges.values():
        if edge.status == "active" and edge.follower_id != circle.own:
            audience[edge.followed_id].append(edge.follower_id)
    rows = []
    for post in posts:
        likers = audience[post.profile_id]
        room = _room(post, now)
        most = int(rng.paretovariate(0.9)) - (1 if post.reply_to else 0)
        rows += [_reacted(rng, room, "like", post, who) for who in rng.sample(likers, min(len(likers), most))]
        if likers and post.profile_id in public and not post.reply_to and rng.random() < 0.25:
            rows.append(_reacted(rng, room, "repost", post, rng.choice(likers)))
    return rows + _own_reactions(rng, now, posts, public, circle, edges)


def _own_reactions(
    rng: random.Random, now: str, posts: list[Post], public: set[str], circle: Circle, edges: Edges
) -> list[Reacted]:
    followed = {number for number in circle.others if _is_active(edges, circle.own, number)}
    seen = [
        row for row in posts if row.profile_id in followed or (row.profile_id in public.intersection(circle.others))
    ]
    rows = []
    for kind, number in OWN_REACTIONS.items():
        fitting = [row for row in seen if kind != "repost" or row.profile_id in public]
        rows += [_reacted(rng, _room(row, now), kind, row, circle.own) for row in rng.sample(fitting, number)]
    return rows


def _is_active(edges: Edges, follower: str, followed: str) -> bool:
    edge = edges.get(pair(follower, followed))
    return edge is not None and edge.status == "active"


def _room(post: Post, now: str) -> int:
    """Minutes in which people react to a post: up to two days, and not after now."""
    return min(2_880, minutes_between(post.posted, now))


def _reacted(rng: random.Random, room: int, kind: ReactionKind, post: Post, who: str) -> Reacted:
    at = later(post.posted, minutes=1 + int((room - 1) * rng.random() ** 2))
    return Reacted(reaction_key(kind, post.post_id, who), kind, post.post_id, who, at)


def _restrictions(rng: random.Random, circle: Circle, edges: Edges) -> list[Restricted]:
    """Blocks of both directions, and mutes of people followed and not."""
    followed = [number for number in circle.others if _is_active(edges, circle.own, number)]
    strangers = [number for number in circle.others if number not in followed]
    muted = rng.sample(followed, MUTED // 2) + rng.sample(strangers, MUTED - MUTED // 2)
    rows: list[tuple[str, str, Restriction]] = [(circle.own, number, "block") for number in circle.blocked]
    rows += [(circle.own, number, "mute") for number in muted]
    rows += [(number, circle.own, "block") for number in circle.blocking]
    return [Restricted(pair(by, of), by, of, kind) for by, of, kind in rows]
