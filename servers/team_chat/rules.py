"""Rules of the workspace that only read: who sees what, who may post where, who is there, who is mentioned.

A presence is read off the clock: a status counts until it ends, else office hours where the member lives.
"""

from __future__ import annotations

import re
from datetime import datetime

from servers.state import later
from servers.team_chat.records import Access, Channel, ChatMessage, Member, ShownPresence, Workspace

MENTION = re.compile(r"@([a-z0-9][a-z0-9.]*[a-z0-9])")
OFFICE_HOURS = "09:00", "18:00"
EVERYBODY = "channel"


def me(chat: Workspace) -> Member:
    (owner,) = chat.owners
    return chat.members.find(owner.member_id)


def is_visible(chat: Workspace, channel: Channel) -> bool:
    return channel.kind == "public" or me(chat).member_id in channel.members


def access_of(chat: Workspace, channel: Channel) -> Access:
    """What the signed-in member may do in a channel that is visible."""
    mine = me(chat).member_id
    if channel.archived:
        return "archived"
    if mine not in channel.members:
        return "not_joined"
    return "read_only" if channel.writers and mine not in channel.writers else "member"


def name_of(chat: Workspace, channel: Channel) -> str:
    """ "design", or for a direct conversation the other's name."""
    if channel.kind != "direct":
        return channel.name
    mine = me(chat).member_id
    other = next((member_id for member_id in channel.members if member_id != mine), mine)
    return chat.members.find(other).name


def shown(chat: Workspace, channel: Channel) -> str:
    name = name_of(chat, channel)
    return name if channel.kind == "direct" else f"#{name}"


def status_of(chat: Workspace, member: Member) -> str:
    return member.status if member.status_until > chat.now else ""


def local_time(chat: Workspace, member: Member) -> str:
    return later(chat.now, minutes=60 * member.hours_ahead)


def presence_of(chat: Workspace, member: Member) -> ShownPresence:
    if member.deactivated:
        return "deactivated"
    if member.status_until > chat.now:
        return member.status_presence
    opens, closes = OFFICE_HOURS
    there = local_time(chat, member)
    at_work = datetime.fromisoformat(there).weekday() < 5 and opens <= there[11:] < closes
    return "active" if at_work else "away"


def mentions(text: str) -> set[str]:
    """Handles mentioned: mentions("Lunch @mira.holt?") == {"mira.holt"}."""
    return set(MENTION.findall(text.casefold()))


def reached(chat: Workspace, channel: Channel, text: str) -> list[str]:
    """Names of those in the channel whom a text of the signed-in member mentions and whom nothing keeps from it."""
    handles = mentions(text)
    others = [chat.members.find(number) for number in channel.members if number != me(chat).member_id]
    meant = [row for row in others if channel.kind == "direct" or EVERYBODY in handles or row.handle in handles]
    return [row.name for row in meant if presence_of(chat, row) not in ("do_not_disturb", "deactivated")]


def replies_to(chat: Workspace, message: ChatMessage) -> list[ChatMessage]:
    """The replies of a thread in order, given the message that opens it."""
    rows = [row for row in chat.messages.where(root=message.chat_message_id) if row != message]
    return sorted(rows, key=lambda row: (row.posted, row.chat_message_id))
