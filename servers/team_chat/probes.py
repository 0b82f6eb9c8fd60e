"""What a member of the workspace would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.team_chat.material import STATUSES, TEAMS

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
TRIES = 12
POSTS = [
    "The kitchen on the second floor is being painted tomorrow",
    "I uploaded the final version this morning",
    "Who wants to join the test on Thursday?",
    "Please add your numbers before noon",
    "The client was very happy with the demo",
    "Does anybody know how to reset the projector?",
    "Let's keep Friday afternoon free for this",
    "I need one more volunteer",
    "We are back to normal, thanks for your patience",
    "My train is late, please start without me",
]
REPLIES = [
    "I'll take care of it",
    "Thanks for the hint",
    "Count me in",
    "Can we talk about it tomorrow?",
    "That was fixed an hour ago",
    "I don't have access, can you help?",
    "Well done everybody",
    "Please wait until Monday",
    "Good question, I will find out",
    "The second option is better",
]
NOTES = [
    "Do you have five minutes this afternoon?",
    "I left the keys on your desk",
    "Could you cover my shift on Friday?",
    "Congratulations on the new role",
    "The slides are in the usual folder",
    "Shall we have lunch together?",
    "I'm running ten minutes late",
    "Can you check my numbers before the meeting?",
    "Thanks again for yesterday",
]
REACTIONS = [
    "thumbs_up",
    "heart",
    "party",
    "eyes",
    "rocket",
    "check_mark",
    "laughing",
    "clapping",
    "thinking",
    "coffee",
]


def find_channels(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"kind": look.choose(["public", "private", "direct"]), "limit": look.choose([3, 4, 8])}
    if look.chance(0.4):
        return {"access": look.choose(["not_joined", "not_joined", "archived", "read_only"])}
    return {"name": look.choose(row for row in _channels(look) if row["kind"] != "direct")["name"]}


def join_channel(look: Look) -> Arguments:
    return {"channel_id": _channel(look, lambda row: row["access"] == "not_joined")}


def search_chat_messages(look: Look) -> Arguments:
    row = _row(look)
    after, before = _days_before(row["posted"][:10], look.rng.randrange(2, 30)), row["posted"][:10]
    if look.recall("channel") or look.chance(0.25):
        channel = _channel(look, lambda channel: True)
        return {"channel_id": channel, "only": look.choose(["pinned", "with_replies"]), "limit": look.choose([3, 4, 8])}
    if look.chance(0.2):
        return {"only": look.choose(["pinned", "mentions_of_me"]), "after": after}
    if look.chance(0.4):
        return {"sender": row["sender"], "after": after, "before": before, "limit": look.choose([2, 3])}
    return {"text": _words(look, row["begins"]), "sender": row["sender"]}


def get_chat_thread(look: Look) -> Arguments:
    wanted = {"only": "with_replies"} if look.chance(0.7) else {}
    return {"chat_message_id": _message(look, lambda thread, row: True, **wanted), "limit": look.choose([2, 3])}


def post_chat_message(look: Look) -> Arguments:
    text = look.choose(POSTS)
    if look.chance(0.25):
        text = f"@{look.choose(_members(look))['handle']} {text}"
    return {
        "channel_id": _channel(look, lambda row: row["access"] == "member" and row["kind"] != "direct"),
        "text": text,
    }


def reply_in_chat_thread(look: Look) -> Arguments:
    open_to_me = _mine(look)
    return {
        "chat_message_id": _message(look, lambda thread, row: thread["channel_id"] in open_to_me),
        "text": look.choose(REPLIES),
    }


def add_reaction(look: Look) -> Arguments:
    reaction, open_to_me = look.choose(REACTIONS), _mine(look)

    def fits(thread: Arguments, row: Arguments) -> bool:
        given = {item["reaction"] for item in row["reactions"] if item["yours"]}
        return thread["channel_id"] in open_to_me and reaction not in given

    return {"chat_message_id": _message(look, fits), "reaction": reaction}


def pin_chat_message(look: Look) -> Arguments:
    open_to_me = _mine(look)

    def fits(thread: Arguments, row: Arguments) -> bool:
        pins = look("search_chat_messages", channel_id=thread["channel_id"], only="pinned").get("total", 12)
        return thread["channel_id"] in open_to_me and not row["pinned"] and pins < 12

    return {"chat_message_id": _message(look, fits)}


def find_chat_member(look: Look) -> Arguments:
    if look.chance(0.15):
        return {"name": look.choose(TEAMS), "limit": look.choose([2, 3])}
    return {"name": look.choose(_members(look))["name"]}


def send_direct_chat_message(look: Look) -> Arguments:
    return {"member_id": _member(look), "text": look.choose(NOTES)}


def set_chat_status(look: Look) -> Arguments:
    status = look.choose(text for text in STATUSES if "{" not in text)
    minutes, presence = look.choose([20, 30, 45, 60, 90, 120, 240]), look.choose(["away", "do_not_disturb", "active"])
    return {"status": status, "minutes": minutes, "presence": presence}


def _channels(look: Look) -> list[Arguments]:
    return look("find_channels", limit=50)["channels"]


def _mine(look: Look) -> set[str]:
    """Ids of the channels where the member may answer, react and pin."""
    return {row["channel_id"] for row in _channels(look) if row["access"] in ("member", "read_only")}


def _channel(look: Look, fits: Fits) -> Reference:
    """A channel: by id, or by name (found by searching that name)."""
    rows = {row["channel_id"]: row for row in _channels(look) if fits(row)}
    known = look.recall("channel")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    number = row["channel_id"]
    if look.chance(0.1) or not _is_found(look, row):
        return Reference("channel", number, (f"channel {number}", number), row=row)
    path = (Lookup("find_channels", {"name": row["name"]}),)
    return Reference("channel", number, _says(row), path, "channel_id", row)


def _says(row: Arguments) -> tuple[str, ...]:
    name = row["name"]
    if row["kind"] == "direct":
        return (f"my direct messages with {name}", f"the direct conversation with {name}")
    return (f"#{name}", f"the {name} channel", f"the channel #{name}")


def _is_found(look: Look, row: Arguments) -> bool:
    """Whether a search for its name shows a channel among the first."""
    found = look("find_channels", name=row["name"])["channels"]
    return row["channel_id"] in {other["channel_id"] for other in found}


def _row(look: Look, **wanted: Any) -> Arguments:
    """A message of any age, recent ones more often."""
    newest = look.choose(look("search_chat_messages", limit=1)["messages"])["posted"][:10]
    before = _days_before(newest, int(look.rng.expovariate(1 / 30)))
    rows = look("search_chat_messages", before=before, limit=50, **wanted)["messages"]
    return look.choose(rows)


def _message(look: Look, fits: Callable[[Arguments, Arguments], bool], **wanted: Any) -> Reference:
    """A message that fits, given its thread and its row there."""
    known = look.recall("chat_message")
    if known and _does_fit(look, known.id, fits):
        return known
    for _ in range(TRIES):
        row = _row(look, **wanted)
        if _does_fit(look, row["chat_message_id"], fits):
            return _as_named(look, row, fits)
    raise NothingToAsk


def _does_fit(look: Look, number: str | None, fits: Callable[[Arguments, Arguments], bool]) -> bool:
    thread = look("get_chat_thread", chat_message_id=number, limit=50)
    row = next((row for row in thread.get("messages", ()) if row["chat_message_id"] == number), None)
    return row is not None and fits(thread, row)


def _as_named(look: Look, row: Arguments, fits: Callable[[Arguments, Arguments], bool]) -> Reference:
    """By id, or as the newest that a search finds; the row itself if that newest one does not fit."""
    number = row["chat_message_id"]
    if not look.chance(0.12):
        wanted, says, before = look.choose(_searches(look, row))
        newest = look("search_chat_messages", **wanted)["messages"][0]
        if _does_fit(look, newest["chat_message_id"], fits):
            path = (*before, Lookup("search_chat_messages", wanted))
            return Reference("chat_message", newest["chat_message_id"], says, path, "chat_message_id", newest)
    return Reference("chat_message", number, (f"message {number}", number), row=row)


def _searches(look: Look, row: Arguments) -> list[tuple[Arguments, tuple[str, ...], tuple[Lookup, ...]]]:
    """Ways to name a message: the search that shows it first, the words, and the calls that come before."""
    sender, words = row["sender"], row["begins"]
    ways: list[tuple[Arguments, tuple[str, ...], tuple[Lookup, ...]]] = [
        ({"sender": sender}, (f"the latest message from {sender}", f"{sender}'s last message"), ()),
        ({"text": words}, (f"the message that begins '{words}'", f"the latest message saying '{words}'"), ()),
    ]
    known = next((other for other in _channels(look) if row["channel"] in (f"#{other['name']}", other["name"])), None)
    if known and _is_found(look, known):
        number, name, place = known["channel_id"], known["name"], _says(known)[0]
        first = (Lookup("find_channels", {"name": name}),)
        says = (f"the latest message in {place}", f"the newest message of {place}")
        ways.append(({"channel_id": number}, says, first))
        if known["kind"] != "direct":
            says = (f"{sender}'s last message in {place}", f"the latest message from {sender} in {place}")
            ways += [({"channel_id": number, "sender": sender}, says, first)] * 2
    return ways


def _members(look: Look) -> list[Arguments]:
    return look("find_chat_member", name=look.choose("aeio"), limit=50)["members"]


def _member(look: Look) -> Reference:
    """A member whose account is in use: by id, or by name (found by searching that name)."""
    known = look.recall("member")
    if known and known.row.get("presence", "deactivated") != "deactivated":
        return known
    row = look.choose(row for row in _members(look) if row["presence"] != "deactivated")
    number, name = row["member_id"], row["name"]
    if look.chance(0.08):
        return Reference("member", number, (f"member {number}", number), row=row)
    path = (Lookup("find_chat_member", {"name": name}),)
    return Reference("member", number, (name,), path, "member_id", row)


def _words(look: Look, text: str) -> str:
    """Two or three words in a row of a text."""
    words = text.split()
    start = look.rng.randrange(max(1, len(words) - 2))
    return " ".join(words[start : start + 3]).rstrip(".,?!")


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
