"""What a member can do in the chat. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.state import ToolError, later
from servers.team_chat.records import (
    Access,
    Channel,
    ChannelId,
    ChannelRow,
    Channels,
    ChatMembers,
    ChatMessage,
    ChatMessageRow,
    ChatMessages,
    ChatText,
    ChatThread,
    Day,
    Joined,
    Kind,
    Member,
    MemberId,
    MemberRow,
    MessageId,
    Only,
    Pin,
    Pinned,
    Posted,
    Presence,
    Reacted,
    Reaction,
    ReactionCount,
    Reactions,
    StatusSet,
    ThreadMessage,
    Workspace,
)
from servers.team_chat.rules import (
    EVERYBODY,
    access_of,
    is_visible,
    local_time,
    me,
    mentions,
    name_of,
    presence_of,
    reached,
    replies_to,
    shown,
    status_of,
)
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
ChannelName = Annotated[str, Meta(description="name or topic, or part of it, e.g. project-falcon", max_length=60)]
Text = Annotated[str, Meta(description="words of the message, e.g. price list", min_length=1, max_length=80)]
Sender = Annotated[
    str, Meta(description="name of the writer or part of it, e.g. Mira Holt", min_length=1, max_length=60)
]
Whom = Annotated[str, Meta(description="name, title or team, or part of it, e.g. Mira Holt", max_length=60)]
Emoji = Annotated[Reactions, Meta(description="reaction to give, e.g. thumbs_up")]
Minutes = Annotated[int, Meta(description="for how long, in minutes, e.g. 90", ge=5, le=43_200)]

MOST_PINS = 12
LARGE_CHANNEL = 20
BEGINS = 70


@reads
def find_channels(
    chat: Workspace,
    name: ChannelName | None = None,
    kind: Annotated[Kind, Meta(description="which kind, e.g. private")] | None = None,
    access: Annotated[Access, Meta(description="what you may do there, e.g. not_joined")] | None = None,
    limit: Limit = 5,
) -> Channels:
    """Find channels and direct conversations you can see, by name or topic, kind or access, e.g. name="design"."""
    found = [row for row in chat.channels if is_visible(chat, row)]
    if name is not None:
        wanted = name.casefold().removeprefix("#")
        found = [row for row in found if wanted in name_of(chat, row).casefold() or wanted in row.topic.casefold()]
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    if access is not None:
        found = [row for row in found if access_of(chat, row) == access]
    rows = sorted((_channel_row(chat, row) for row in found), key=lambda row: (row.name.casefold(), row.channel_id))
    return Channels(rows[:limit], len(rows))


@writes
def join_channel(chat: Workspace, channel_id: ChannelId) -> Joined:
    """Become a member of a public channel that is not archived, so that you can post there."""
    channel = _channel(chat, channel_id)
    _check_not_archived(chat, channel)
    if me(chat).member_id in channel.members:
        raise ToolError(f"you are already in {shown(chat, channel)}")
    channel = chat.channels.update(channel, members=(*channel.members, me(chat).member_id))
    return Joined(channel_id, channel.name, len(channel.members))


@reads
def search_chat_messages(
    chat: Workspace,
    text: Text | None = None,
    channel_id: ChannelId | None = None,
    sender: Sender | None = None,
    only: Annotated[Only, Meta(description="only such messages, e.g. pinned")] | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 5,
) -> ChatMessages:
    """Search messages you can see, newest first, by any of text, channel, writer and dates (both included)."""
    if channel_id is not None:
        found = chat.messages.where(channel_id=_channel(chat, channel_id).channel_id)
    else:
        seen = {row.channel_id for row in chat.channels if is_visible(chat, row)}
        found = [row for row in chat.messages if row.channel_id in seen]
    if text is not None:
        found = [row for row in found if text.casefold() in row.text.casefold()]
    if sender is not None:
        names = {row.member_id for row in chat.members if sender.casefold() in row.name.casefold()}
        found = [row for row in found if row.member_id in names]
    if only is not None:
        found = [row for row in found if _is_only(chat, row, only)]
    if after is not None:
        found = [row for row in found if row.posted[:10] >= after.isoformat()]
    if before is not None:
        found = [row for row in found if row.posted[:10] <= before.isoformat()]
    newest = sorted(found, key=lambda row: (row.posted, row.chat_message_id), reverse=True)
    return ChatMessages([_message_row(chat, row) for row in newest[:limit]], len(newest))


@reads
def get_chat_thread(chat: Workspace, chat_message_id: MessageId, limit: Limit = 6) -> ChatThread:
    """Show the thread of a message in full, its opening message first, then the latest replies, with reactions."""
    message, channel = _message(chat, chat_message_id)
    opening = chat.messages.find(message.root)
    replies = replies_to(chat, opening)
    rows = [_thread_message(chat, row) for row in (opening, *replies[-limit:])]
    return ChatThread(opening.chat_message_id, channel.channel_id, shown(chat, channel), rows, len(replies))


@writes
def post_chat_message(chat: Workspace, channel_id: ChannelId, text: ChatText) -> Posted:
    """Post a message in a channel you are a member of; it cannot be changed later, e.g. channel_id="CHN-30417"."""
    channel = _channel(chat, channel_id)
    _check_may_post(chat, channel)
    return _post(chat, channel, text)


@writes
def reply_in_chat_thread(chat: Workspace, chat_message_id: MessageId, text: ChatText) -> Posted:
    """Answer in the thread of a message, in a channel you are a member of, e.g. chat_message_id="CMG-48213"."""
    message, channel = _message(chat, chat_message_id)
    _check_member(chat, channel)
    return _post(chat, channel, text, message.root)


@writes
def add_reaction(chat: Workspace, chat_message_id: MessageId, reaction: Emoji) -> Reacted:
    """React to a message in a channel you are a member of, each way once, e.g. reaction="thumbs_up"."""
    message, channel = _message(chat, chat_message_id)
    _check_member(chat, channel)
    number = f"{chat_message_id}/{reaction}/{me(chat).member_id}"
    if number in chat.reactions:
        raise ToolError(f"you already reacted to {chat_message_id} with {reaction}")
    chat.reactions.add(Reaction(number, chat_message_id, reaction, me(chat).member_id))
    count = len(chat.reactions.where(chat_message_id=message.chat_message_id, reaction=reaction))
    return Reacted(chat_message_id, reaction, count)


@writes
def pin_chat_message(chat: Workspace, chat_message_id: MessageId) -> Pinned:
    """Pin a message to the channel it is in, where you must be a member; a channel has at most 12 pins."""
    message, channel = _message(chat, chat_message_id)
    _check_member(chat, channel)
    if message.chat_message_id in chat.pins:
        raise ToolError(f"{chat_message_id} is already pinned")
    count = len(chat.pins.where(channel_id=channel.channel_id)) + 1
    if count > MOST_PINS:
        raise ToolError(f"{shown(chat, channel)} already has {MOST_PINS} pins, the most a channel can have")
    chat.pins.add(Pin(chat_message_id, channel.channel_id, me(chat).member_id, chat.now))
    return Pinned(chat_message_id, shown(chat, channel), count)


@reads
def find_chat_member(chat: Workspace, name: Whom, limit: Limit = 5) -> ChatMembers:
    """Find members by name, title or team, with presence, status and local time, e.g. name="Mira Holt"."""
    wanted = name.casefold()
    found = [row for row in chat.members if wanted in f"{row.name}\n{row.title}\n{row.team}".casefold()]
    return ChatMembers([_member_row(chat, row) for row in found[:limit]], len(found))


@writes
def send_direct_chat_message(chat: Workspace, member_id: MemberId, text: ChatText) -> Posted:
    """Write to one member in private; refused if their account is deactivated, e.g. member_id="MBR-20931"."""
    member = chat.members.get(member_id)
    if member is None:
        raise ToolError(f"no member {member_id}")
    if member.deactivated:
        raise ToolError(f"{member.name} has left: the account is deactivated")
    return _post(chat, _direct_channel(chat, member), text)


@writes(idempotent=True)
def set_chat_status(
    chat: Workspace,
    status: Annotated[str, Meta(description="what others read, e.g. In a workshop", min_length=1, max_length=60)],
    minutes: Minutes,
    presence: Annotated[Presence, Meta(description="how you appear meanwhile, e.g. away")] = "active",
) -> StatusSet:
    """Show a status next to your name; it clears itself when the minutes are over, e.g. status="At lunch"."""
    until = later(chat.now, minutes=minutes)
    chat.members.update(me(chat), status=status, status_presence=presence, status_until=until)
    return StatusSet(status, presence, until)


def _channel(chat: Workspace, channel_id: str) -> Channel:
    channel = chat.channels.get(channel_id)
    if channel is None or not is_visible(chat, channel):
        raise ToolError(f"no channel {channel_id}")
    return channel


def _message(chat: Workspace, chat_message_id: str) -> tuple[ChatMessage, Channel]:
    message = chat.messages.get(chat_message_id)
    channel = chat.channels.find(message.channel_id) if message else None
    if message is None or channel is None or not is_visible(chat, channel):
        raise ToolError(f"no message {chat_message_id}")
    return message, channel


def _check_not_archived(chat: Workspace, channel: Channel) -> None:
    if channel.archived:
        raise ToolError(f"{shown(chat, channel)} is archived; it can only be read")


def _check_member(chat: Workspace, channel: Channel) -> None:
    _check_not_archived(chat, channel)
    if me(chat).member_id not in channel.members:
        raise ToolError(f"you are not in {shown(chat, channel)}; join_channel comes first")


def _check_may_post(chat: Workspace, channel: Channel) -> None:
    _check_member(chat, channel)
    if access_of(chat, channel) == "read_only":
        raise ToolError(f"only {len(channel.writers)} members may post in {shown(chat, channel)}; you may reply there")


def _direct_channel(chat: Workspace, member: Member) -> Channel:
    """The conversation with a member, opened if there is none; with yourself it holds notes."""
    both = (me(chat).member_id, member.member_id) if member != me(chat) else (member.member_id,)
    for channel in chat.channels.where(kind="direct"):
        if set(channel.members) == set(both):
            return channel
    return chat.channels.add(Channel(chat.new_id("CHN"), "", "direct", "", both))


def _post(chat: Workspace, channel: Channel, text: str, root: str = "") -> Posted:
    if EVERYBODY in mentions(text) and len(channel.members) > LARGE_CHANNEL:
        many = len(channel.members)
        raise ToolError(f"@{EVERYBODY} is for at most {LARGE_CHANNEL} members; {shown(chat, channel)} has {many}")
    number = chat.new_id("CMG")
    posted = ChatMessage(number, channel.channel_id, me(chat).member_id, text, chat.now, root or number)
    chat.messages.add(posted)
    return Posted(number, channel.channel_id, shown(chat, channel), posted.posted, reached(chat, channel, text))


def _is_only(chat: Workspace, row: ChatMessage, only: Only) -> bool:
    if only == "pinned":
        return row.chat_message_id in chat.pins
    if only == "with_replies":
        return bool(replies_to(chat, row))
    return me(chat).handle in mentions(row.text)


def _channel_row(chat: Workspace, row: Channel) -> ChannelRow:
    return ChannelRow(row.channel_id, name_of(chat, row), row.kind, row.topic, len(row.members), access_of(chat, row))


def _message_row(chat: Workspace, row: ChatMessage) -> ChatMessageRow:
    return ChatMessageRow(
        row.chat_message_id,
        shown(chat, chat.channels.find(row.channel_id)),
        chat.members.find(row.member_id).name,
        row.posted,
        row.text[:BEGINS],
        len(replies_to(chat, row)),
    )


def _thread_message(chat: Workspace, row: ChatMessage) -> ThreadMessage:
    return ThreadMessage(
        row.chat_message_id,
        chat.members.find(row.member_id).name,
        row.posted,
        row.text,
        row.chat_message_id in chat.pins,
        _reaction_counts(chat, row),
    )


def _reaction_counts(chat: Workspace, row: ChatMessage) -> list[ReactionCount]:
    given = chat.reactions.where(chat_message_id=row.chat_message_id)
    kinds = dict.fromkeys(reaction.reaction for reaction in given)
    mine = {reaction.reaction for reaction in given if reaction.member_id == me(chat).member_id}
    return [ReactionCount(kind, sum(row.reaction == kind for row in given), kind in mine) for kind in kinds]


def _member_row(chat: Workspace, row: Member) -> MemberRow:
    return MemberRow(
        row.member_id,
        row.name,
        row.handle,
        row.title,
        row.team,
        presence_of(chat, row),
        status_of(chat, row),
        local_time(chat, row)[11:],
    )
