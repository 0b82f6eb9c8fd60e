"""What somebody would ask of this network now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.social_media.material import TOPICS, things_in

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
ANSWERS = [
    "What a shot!", "I was just thinking the same.", "Congratulations, well deserved.", "Tell me more on Sunday.",
    "This is why I keep coming back here.", "Wrong, and I will die on this hill.", "Thank you for sharing this.",
    "Could you post the details?", "My brother needs to see this.", "That escalated quickly.", "Bravo!",
    "I tried this once and never again.",
]  # fmt: skip
NEWS = [
    "Finally made peace with {thing}.", "Who else is up for {thing} this weekend?", "A whole evening of {thing}.",
    "Ask me anything about {thing}.", "Nothing beats {thing} after a long week.", "I give up on {thing}.",
    "New month, new plan: {thing}.", "Reading everything I can find on {thing}.", "Somebody explain {thing} to me.",
    "Day one of {thing}. Wish me luck.",
]  # fmt: skip
RELATIONS = ["following", "requested", "follows_you", "wants_to_follow_you", "muted", "blocked"]
POSTS_TRIED = 12


def search_profiles(look: Look) -> Arguments:
    if look.chance(0.4):
        relation = look.choose([*RELATIONS, "follows_you", "wants_to_follow_you"])
        return {"relation": relation} | ({"limit": look.choose([3, 4, 6, 8])} if look.chance(0.15) else {})
    row = look.choose(_profiles(look))
    return {"text": look.choose([row["name"], f"@{row['handle']}", look.choose(TOPICS).role.lower()])}


def get_profile(look: Look) -> Arguments:
    relation = look.choose([None, "following", "follows_you", "requested"])
    return {"profile_id": _profile(look, relation=relation)} if look.chance(0.85) else {}


def search_social_posts(look: Look) -> Arguments:
    if look.recall("profile") and look.chance(0.7):
        return _posts_of_somebody(look)
    if look.chance(0.3):
        return {"mine": look.choose(["wrote", "liked", "reposted", "bookmarked"])}
    if look.chance(0.4):
        tag = look.choose(look("list_trending_hashtags", days=30, limit=20)["hashtags"])["hashtag"]
        arguments: Arguments = {"hashtag": f"#{tag}", "order": look.choose(["newest", "most_liked"])}
        return arguments | {"limit": look.choose([3, 4, 6, 8, 10])} if look.chance(0.2) else arguments
    if look.chance(0.4):
        return {"text": look.choose(thing for row in _posts(look) for thing in things_in(row["text"]))}
    return _posts_of_somebody(look)


def get_social_post(look: Look) -> Arguments:
    if look.chance(0.2):
        return {"post_id": _own_post(look, look.choose(["wrote", "wrote", "liked", "bookmarked"]))}
    return {"post_id": _post(look)}


def view_social_feed(look: Look) -> Arguments:
    if look.chance(0.4):
        return {"limit": look.choose([3, 4, 6, 8, 10])} if look.chance(0.3) else {}
    newest = look.choose(look("view_social_feed", limit=1)["posts"])
    today = date.fromisoformat(newest["at"][:10])
    return {"since": (today - timedelta(days=look.rng.randrange(0, 20))).isoformat()}


def list_trending_hashtags(look: Look) -> Arguments:
    if look.chance(0.3):
        return {}
    arguments: Arguments = {"days": look.choose([2, 3, 5, 7, 10, 14, 30])}
    return arguments | {"limit": look.choose([3, 5, 8, 10])} if look.chance(0.25) else arguments


def list_social_notifications(look: Look) -> Arguments:
    kinds = ["like", "reply", "mention", "follow", "follow_request"]
    if look.chance(0.2):
        return {}
    arguments: Arguments = {"kind": look.choose(kinds)}
    return arguments | {"limit": look.choose([3, 4, 6, 8])} if look.chance(0.15) else arguments


def publish_social_post(look: Look) -> Arguments:
    written = {row["text"] for row in look("search_social_posts", mine="wrote", limit=50)["posts"]}
    if look.chance(0.8 if look.recall("post") else 0.45):
        text = look.choose(text for text in ANSWERS if text not in written)
        return {"text": text, "reply_to_post_id": _post(look, lambda post: post["you_may_reply"])}
    topic = look.choose(TOPICS)
    text = look.choose(NEWS).format(thing=look.choose(topic.things))
    text += f" #{look.choose(topic.hashtags)}" if look.chance(0.6) else ""
    if text in written:
        raise NothingToAsk
    return {"text": text, "replies_from": look.choose(["everyone", "followers", "mentioned_people", "nobody"])}


def delete_social_post(look: Look) -> Arguments:
    return {"post_id": _own_post(look, "wrote")}


def react_to_social_post(look: Look) -> Arguments:
    done = _reactions_to_known(look)
    reaction = look.choose(kind for kind in ("like", "like", "repost", "bookmark") if len(done) > 2 or kind not in done)

    def fits(post: Arguments) -> bool:
        shared = reaction != "repost" or post["visibility"] == "public"
        return shared and reaction not in post["own_reactions"]

    return {"post_id": _post(look, fits), "reaction": reaction}


def undo_social_reaction(look: Look) -> Arguments:
    reaction = look.choose(_reactions_to_known(look) or ["like", "repost", "bookmark"])
    mine = {"like": "liked", "repost": "reposted", "bookmark": "bookmarked"}[reaction]
    return {"post_id": _own_post(look, mine), "reaction": reaction}


def follow_profile(look: Look) -> Arguments:
    apart = {"following", "requested", "blocked", "blocks_you"}
    relation = look.choose([None, None, "follows_you", "wants_to_follow_you"])
    return {"profile_id": _profile(look, lambda row: not apart.intersection(row["relations"]), relation)}


def unfollow_profile(look: Look) -> Arguments:
    relation = look.choose(["following", "following", "requested"])
    return {"profile_id": _profile(look, lambda row: relation in row["relations"], relation)}


def answer_follow_request(look: Look) -> Arguments:
    asking = _profile(look, lambda row: "wants_to_follow_you" in row["relations"], "wants_to_follow_you")
    if asking.path and look.chance(0.3):
        asking = _asking_last(look)
    return {"profile_id": asking, "answer": look.choose(["accept", "accept", "decline"])}


def restrict_profile(look: Look) -> Arguments:
    action = _due_action(look) or look.choose(["mute", "unmute", "block", "unblock"])
    now, relation = {"unmute": ({"muted"}, "muted"), "unblock": ({"blocked"}, "blocked")}.get(
        action, (set(), look.choose([None, "following", "follows_you"]))
    )

    def fits(row: Arguments) -> bool:
        return {"muted", "blocked"}.intersection(row["relations"]) == now

    return {"profile_id": _profile(look, fits, relation), "action": action}


def _posts_of_somebody(look: Look) -> Arguments:
    author = _profile(look, lambda row: row["posts"] > 0 and _can_see(look, row))
    return {"profile_id": author, "order": look.choose(["newest", "most_liked"])}


def _reactions_to_known(look: Look) -> list[str]:
    """What one has already given to the post that was spoken of."""
    known = look.recall("post")
    return look("get_social_post", post_id=known.id).get("own_reactions", []) if known else []


def _due_action(look: Look) -> str | None:
    """What can be done now about the profile that was spoken of."""
    known = look.recall("profile")
    relations = look("get_profile", profile_id=known.id).get("relations") if known else None
    if relations is None:
        return None
    lifts = [lift for lift, state in (("unmute", "muted"), ("unblock", "blocked")) if state in relations]
    return look.choose(lifts or ["mute", "block"])


def _profiles(look: Look, relation: str | None = None) -> list[Arguments]:
    wanted = {"relation": relation} if relation else {"text": look.choose("aeio")}
    return look("search_profiles", limit=50, **wanted)["profiles"]


def _posts(look: Look) -> list[Arguments]:
    return look("search_social_posts", limit=50)["posts"]


def _can_see(look: Look, profile: Arguments) -> bool:
    return bool(look("search_social_posts", profile_id=profile["profile_id"], limit=1))


def _profile(look: Look, fits: Fits = lambda row: True, relation: str | None = None) -> Reference:
    """Somebody else's profile out of those in a relation, or out of all."""
    known = look.recall("profile")
    if known and known.id != look("get_profile")["profile_id"] and fits(look("get_profile", profile_id=known.id)):
        return known
    rows = _profiles(look, relation)
    for row in look.rng.sample(rows, len(rows)):
        if fits(look("get_profile", profile_id=row["profile_id"])):
            return _named(look, row)
    raise NothingToAsk


def _asking_last(look: Look) -> Reference:
    """Who sent the newest follow request."""
    newest = look.choose(look("list_social_notifications", kind="follow_request")["notifications"][:1])
    says = ("whoever asked to follow me last", "the person with the newest follow request")
    path = (Lookup("list_social_notifications", {"kind": "follow_request"}),)
    return Reference("profile", newest["profile_id"], says, path, "profile_id", newest)


def _named(look: Look, row: Arguments) -> Reference:
    """A name that two people share is told apart by the bio; some are only known as author of a post."""
    number, name, handle = row["profile_id"], row["name"], f"@{row['handle']}"
    if look.chance(0.27):
        return Reference("profile", number, (f"profile {number}", number), row=row)
    if look.chance(0.25) and (post := _telling_post(look, number)):
        words = things_in(post["text"])[0]
        path = (
            Lookup("search_social_posts", {"text": words}),
            Lookup("search_profiles", {"text": handle}),
        )
        says = (f"whoever wrote the newest post about {words}", f"the author of the latest post about {words}")
        return Reference("profile", number, says, path, "profile_id", row)
    if look("search_profiles", text=handle)["total"] == 1 and look.chance(0.35):
        return Reference(
            "profile", number, (handle,), (Lookup("search_profiles", {"text": handle}),), "profile_id", row
        )
    alone = look("search_profiles", text=name)["total"] == 1
    says = (name,) if alone else (f'{name}, bio "{row["bio"]}"', f'{name} (the one with "{row["bio"]}" as bio)')
    return Reference("profile", number, says, (Lookup("search_profiles", {"text": name}),), "profile_id", row)


def _telling_post(look: Look, author: str) -> Arguments | None:
    """A post of theirs that is the newest of all about its subject."""
    for row in look("search_social_posts", profile_id=author).get("posts", ()):
        about = things_in(row["text"])
        if about and look("search_social_posts", text=about[0], limit=1)["posts"] == [row]:
            return row
    return None


def _post(look: Look, fits: Fits = lambda post: True) -> Reference:
    """A post that can be seen: by id, by its words, by its author, or by where it stands out."""
    known = look.recall("post")
    if known and (details := look("get_social_post", post_id=known.id)) and fits(details):
        return known
    for _ in range(POSTS_TRIED):
        reference = look.choose([_by_id, _quoted, _latest_of, _latest_of, _about, _top_of_feed, _most_liked])(look)
        if reference and fits(look("get_social_post", post_id=reference.id)):
            return reference
    raise NothingToAsk


def _by_id(look: Look) -> Reference:
    row = look.choose(_posts(look))
    return Reference("post", row["post_id"], (f"post {row['post_id']}", row["post_id"]), row=row)


def _quoted(look: Look) -> Reference | None:
    """By its first words, if no other post has them."""
    row = look.choose(_posts(look))
    words = " ".join(row["text"].split()[:8])
    if look("search_social_posts", text=words)["total"] != 1:
        return None
    says = (f"the post that starts with '{words}'", f"the post '{words}…'")
    path = (Lookup("search_social_posts", {"text": words}),)
    return Reference("post", row["post_id"], says, path, "post_id", row)


def _latest_of(look: Look) -> Reference | None:
    """The latest of an author: found person, then their posts."""
    author = look.choose(_profiles(look, look.choose(["following", "following", None])))
    posts = look("search_social_posts", profile_id=author["profile_id"]).get("posts")
    if not posts:
        return None
    name, path = _search_of(look, author)
    says = (f"the latest post by {name}", f"{name}'s newest post")
    path = (path, Lookup("search_social_posts", {"profile_id": author["profile_id"]}))
    return Reference("post", posts[0]["post_id"], says, path, "post_id", posts[0])


def _about(look: Look) -> Reference | None:
    """An author's only post on a subject: found person, then what they wrote of it."""
    row = look.choose(_posts(look))
    about = things_in(row["text"])
    authors = look("search_profiles", text=f"@{row['author']}")["profiles"]
    author = next((other for other in authors if other["handle"] == row["author"]), None)
    if not about or not author:
        return None
    wanted = {"text": about[0], "profile_id": author["profile_id"]}
    if look("search_social_posts", **wanted)["total"] != 1:
        return None
    name, path = _search_of(look, author)
    says = (f"the post about {about[0]} by {name}", f"{name}'s post about {about[0]}")
    return Reference("post", row["post_id"], says, (path, Lookup("search_social_posts", wanted)), "post_id", row)


def _search_of(look: Look, author: Arguments) -> tuple[str, Lookup]:
    """What an author is called, and the call that finds them; the handle where others share the name."""
    name, handle = author["name"], f"@{author['handle']}"
    alone = look("search_profiles", text=name)["total"] == 1
    said = name if alone else handle
    return said, Lookup("search_profiles", {"text": said})


def _top_of_feed(look: Look) -> Reference:
    line = look.choose(look("view_social_feed")["posts"][:1])
    says = ("the newest post in my feed", "the post at the top of my feed")
    return Reference("post", line["post_id"], says, (Lookup("view_social_feed", {}),), "post_id", line)


def _most_liked(look: Look) -> Reference | None:
    """The first under a hashtag, if it has more likes than the second."""
    tag = look.choose(look("list_trending_hashtags", days=30, limit=20)["hashtags"])["hashtag"]
    wanted = {"hashtag": f"#{tag}", "order": "most_liked"}
    best = look("search_social_posts", **wanted)["posts"]
    if len(best) < 2 or best[0]["likes"] == best[1]["likes"]:
        return None
    says = (f"the most liked post with #{tag}", f"the #{tag} post with the most likes")
    return Reference("post", best[0]["post_id"], says, (Lookup("search_social_posts", wanted),), "post_id", best[0])


def _own_post(look: Look, mine: str) -> Reference:
    """A post of one's own or that one reacted to: by id, by its subject among those, or as the newest of them."""
    rows = look("search_social_posts", mine=mine, limit=50)["posts"]
    known = look.recall("post")
    if known and known.id in {row["post_id"] for row in rows}:
        return known
    row = look.choose(rows)
    about = things_in(row["text"])
    if look.chance(0.28):
        return Reference("post", row["post_id"], (f"post {row['post_id']}", row["post_id"]), row=row)
    if about and look("search_social_posts", text=about[0], mine=mine)["total"] == 1:
        path = (Lookup("search_social_posts", {"text": about[0], "mine": mine}),)
        return Reference(
            "post", row["post_id"], (f"the post about {about[0]} among those I {mine}",), path, "post_id", row
        )
    path = (Lookup("search_social_posts", {"mine": mine}),)
    return Reference(
        "post",
        rows[0]["post_id"],
        (f"the newest of the posts I {mine}", f"the newest post that I {mine}"),
        path,
        "post_id",
        rows[0],
    )
