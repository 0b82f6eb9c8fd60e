"""The tables of the workspace, and the types its tools take and give. A message once posted never changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

ChannelId = Annotated[str, msgspec.Meta(description="channel or direct conversation, e.g. CHN-30417", max_length=20)]
MessageId = Annotated[str, msgspec.Meta(description="message, e.g. CMG-48213", max_length=20)]
MemberId = Annotated[str, msgspec.Meta(description="member of the workspace, e.g. MBR-20931", max_length=20)]
ChatText = Annotated[
    str,
    msgspec.Meta(
        description="what to write; @handle mentions somebody, e.g. Lunch @mira.holt?", min_length=1, max_length=1_000
    ),
]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Kind = Literal["public", "private", "direct"]
Access = Literal["member", "read_only", "not_joined", "archived"]
Presence = Literal["active", "away", "do_not_disturb"]
ShownPresence = Literal["active", "away", "do_not_disturb", "deactivated"]
Only = Literal["pinned", "mentions_of_me", "with_replies"]
Reactions = Literal[
    "thumbs_up", "heart", "party", "eyes", "rocket", "check_mark", "laughing", "clapping", "thinking", "raised_hands",
    "fire", "coffee", "sunflower", "thank_you",
]  # fmt: skip


class Owner(Row, frozen=True):
    owner_id: str
    member_id: str


class Member(Row, frozen=True):
    member_id: str
    name: str
    handle: str
    title: str
    team: str
    city: str
    hours_ahead: int
    """Of the signed-in member's clock."""
    status: str = ""
    status_presence: Presence = "active"
    status_until: str = ""
    deactivated: bool = False


class Channel(Row, frozen=True):
    channel_id: str
    name: str
    """Empty for a direct conversation."""
    kind: Kind
    topic: str
    members: tuple[str, ...]
    writers: tuple[str, ...] = ()
    """Who may post; everybody in it if empty."""
    archived: bool = False


class ChatMessage(Row, frozen=True):
    chat_message_id: str
    channel_id: str
    member_id: str
    text: str
    posted: str
    root: str
    """The message that opens its thread; its own id if it is that message."""


class Reaction(Row, frozen=True):
    reaction_id: str
    """"CMG-48213/heart/MBR-20931": a member reacts the same way once."""
    chat_message_id: str
    reaction: Reactions
    member_id: str


class Pin(Row, frozen=True):
    chat_message_id: str
    channel_id: str
    pinned_by: str
    pinned: str


class Workspace(State):
    owners: Table[Owner]
    members: Table[Member]
    channels: Table[Channel]
    messages: Table[ChatMessage]
    reactions: Table[Reaction]
    pins: Table[Pin]


class ChannelRow(msgspec.Struct, frozen=True):
    channel_id: str
    name: str
    """Of a direct conversation: whom it is with."""
    kind: Kind
    topic: str
    members: int
    access: Access


class Channels(msgspec.Struct, frozen=True):
    channels: list[ChannelRow]
    total: int


class Joined(msgspec.Struct, frozen=True):
    channel_id: str
    name: str
    members: int


class ChatMessageRow(msgspec.Struct, frozen=True):
    chat_message_id: str
    channel: str
    sender: str
    posted: str
    begins: str
    replies: int


class ChatMessages(msgspec.Struct, frozen=True):
    messages: list[ChatMessageRow]
    total: int
    """How many match, of which the newest are shown."""


class ReactionCount(msgspec.Struct, frozen=True):
    reaction: Reactions
    count: int
    yours: bool


class ThreadMessage(msgspec.Struct, frozen=True):
    chat_message_id: str
    sender: str
    posted: str
    text: str
    pinned: bool
    reactions: list[ReactionCount]


class ChatThread(msgspec.Struct, frozen=True):
    chat_message_id: str
    """Of the message that opens the thread."""
    channel_id: str
    channel: str
    messages: list[ThreadMessage]
    """The opening message and the latest replies."""
    replies: int


class Posted(msgspec.Struct, frozen=True):
    chat_message_id: str
    channel_id: str
    channel: str
    posted: str
    notified: list[str]
    """Names of those whom it reaches at once."""


class Reacted(msgspec.Struct, frozen=True):
    chat_message_id: str
    reaction: Reactions
    count: int


class Pinned(msgspec.Struct, frozen=True):
    chat_message_id: str
    channel: str
    pins: int
    """Of the channel, afterwards."""


class MemberRow(msgspec.Struct, frozen=True):
    member_id: str
    name: str
    handle: str
    title: str
    team: str
    presence: ShownPresence
    status: str
    local_time: str


class ChatMembers(msgspec.Struct, frozen=True):
    members: list[MemberRow]
    total: int


class StatusSet(msgspec.Struct, frozen=True):
    status: str
    presence: Presence
    until: str
