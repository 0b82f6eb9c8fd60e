"""Laws of the chat, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.state import later
from servers.team_chat.rules import access_of, is_visible, me, mentions
from tests.worlds.live import Live


class Chat(Live):
    """The workspace of a seed, and channels of it that some rule is about."""

    def __init__(self, seed: int):
        super().__init__("team_chat", seed)
        self.me = me(self.state)

    def channel(self, access: str, **wanted: Any) -> Any:
        rows = self.state.channels.where(**wanted) if wanted else list(self.state.channels)
        return next(row for row in rows if is_visible(self.state, row) and access_of(self.state, row) == access)

    def message_in(self, channel: Any) -> str:
        return self.state.messages.where(channel_id=channel.channel_id)[0].chat_message_id

    def colleague(self, **wanted: Any) -> Any:
        rows = self.state.members.where(**{"deactivated": False} | wanted)
        return next(row for row in rows if row != self.me)

    def posted(self, text: str = "Soup is ready") -> dict[str, Any]:
        return self("post_chat_message", channel_id=self.channel("member", kind="public").channel_id, text=text)

    def thread(self, number: str) -> dict[str, Any]:
        return self("get_chat_thread", chat_message_id=number, limit=50)


@pytest.fixture(params=[0, 1, 2])
def chat(request: pytest.FixtureRequest) -> Chat:
    return Chat(request.param)


def test_only_members_of_a_channel_write_in_it_and_threads_stay_in_their_channel(chat: Chat):
    for row in chat.state.messages:
        channel, root = chat.state.channels.find(row.channel_id), chat.state.messages.find(row.root)
        assert row.member_id in channel.members and row.posted < chat.state.now
        assert root.channel_id == row.channel_id and root.posted <= row.posted
        assert row != root or not channel.writers or row.member_id in channel.writers
    for reaction in chat.state.reactions:
        message = chat.state.messages.find(reaction.chat_message_id)
        assert reaction.member_id in chat.state.channels.find(message.channel_id).members
    assert all(chat.state.messages.find(pin.chat_message_id).channel_id == pin.channel_id for pin in chat.state.pins)


def test_messages_are_only_ever_added(chat: Chat):
    before = {row.chat_message_id: row for row in chat.state.messages}
    number = chat.posted()["chat_message_id"]
    chat("reply_in_chat_thread", chat_message_id=number, text="With bread")
    chat("add_reaction", chat_message_id=number, reaction="heart")
    chat("pin_chat_message", chat_message_id=number)
    chat("send_direct_chat_message", member_id=chat.colleague().member_id, text="Soup?")
    after = {row.chat_message_id: row for row in chat.state.messages}
    assert len(after) == len(before) + 3
    assert {number: after[number] for number in before} == before


def test_posting_needs_membership_and_joining_gives_it(chat: Chat):
    channel = chat.channel("not_joined")
    number = chat.message_in(channel)
    assert "join_channel" in chat.refused("post_chat_message", channel_id=channel.channel_id, text="Hello")
    assert "join_channel" in chat.refused("reply_in_chat_thread", chat_message_id=number, text="Hello")
    assert "join_channel" in chat.refused("add_reaction", chat_message_id=number, reaction="eyes")
    assert "join_channel" in chat.refused("pin_chat_message", chat_message_id=number)
    assert chat("join_channel", channel_id=channel.channel_id)["members"] == len(channel.members) + 1
    assert "already in" in chat.refused("join_channel", channel_id=channel.channel_id)
    chat("post_chat_message", channel_id=channel.channel_id, text="Hello")


def test_archived_channels_are_read_and_nothing_else(chat: Chat):
    channel = chat.channel("archived")
    number = chat.message_in(channel)
    assert chat("search_chat_messages", channel_id=channel.channel_id)["total"] > 0
    assert chat.thread(number)["channel"] == f"#{channel.name}"
    assert "is archived" in chat.refused("join_channel", channel_id=channel.channel_id)
    assert "is archived" in chat.refused("post_chat_message", channel_id=channel.channel_id, text="Hello")
    assert "is archived" in chat.refused("reply_in_chat_thread", chat_message_id=number, text="Hello")


def test_private_channels_of_others_do_not_exist_for_the_member(chat: Chat):
    closed = next(row for row in chat.state.channels if not is_visible(chat.state, row))
    assert closed.kind == "private"
    assert closed.channel_id not in {row["channel_id"] for row in chat("find_channels", limit=50)["channels"]}
    assert "no channel" in chat.refused("join_channel", channel_id=closed.channel_id)
    assert "no channel" in chat.refused("search_chat_messages", channel_id=closed.channel_id)
    assert "no message" in chat.refused("get_chat_thread", chat_message_id=chat.message_in(closed))
    seen = {row["channel"] for row in chat("search_chat_messages", limit=50)["messages"]}
    assert f"#{closed.name}" not in seen


def test_where_only_some_may_post_everybody_may_reply(chat: Chat):
    channel = chat.channel("read_only")
    assert "may post in #announcements" in chat.refused(
        "post_chat_message", channel_id=channel.channel_id, text="Hear, hear"
    )
    chat("reply_in_chat_thread", chat_message_id=chat.message_in(channel), text="Congratulations")


def test_a_reply_to_a_reply_is_in_the_same_thread(chat: Chat):
    number = chat.posted()["chat_message_id"]
    first = chat("reply_in_chat_thread", chat_message_id=number, text="With bread?")["chat_message_id"]
    chat("reply_in_chat_thread", chat_message_id=first, text="And butter")
    thread = chat.thread(first)
    assert [row["text"] for row in thread["messages"]] == ["Soup is ready", "With bread?", "And butter"]
    assert (thread["chat_message_id"], thread["replies"]) == (number, 2)
    (row,) = chat("search_chat_messages", text="Soup is ready")["messages"]
    assert row["replies"] == 2
    assert number in {row["chat_message_id"] for row in chat("search_chat_messages", only="with_replies")["messages"]}


def test_a_member_reacts_the_same_way_once(chat: Chat):
    number = chat.posted()["chat_message_id"]
    assert chat("add_reaction", chat_message_id=number, reaction="party")["count"] == 1
    assert "already reacted" in chat.refused("add_reaction", chat_message_id=number, reaction="party")
    chat("add_reaction", chat_message_id=number, reaction="rocket")
    given = chat.thread(number)["messages"][0]["reactions"]
    assert [(row["reaction"], row["count"], row["yours"]) for row in given] == [("party", 1, True), ("rocket", 1, True)]


def test_a_channel_has_at_most_twelve_pins_and_each_message_one(chat: Chat):
    first = chat.posted()
    chat("pin_chat_message", chat_message_id=first["chat_message_id"])
    assert "already pinned" in chat.refused("pin_chat_message", chat_message_id=first["chat_message_id"])
    wanted = {"channel_id": first["channel_id"], "only": "pinned"}
    for _ in range(12 - chat("search_chat_messages", **wanted)["total"]):
        chat("pin_chat_message", chat_message_id=chat.posted()["chat_message_id"])
    assert "already has 12 pins" in chat.refused("pin_chat_message", chat_message_id=chat.posted()["chat_message_id"])


def test_a_mention_reaches_members_of_the_channel_unless_they_are_not_to_be_disturbed(chat: Chat):
    channel = chat.channel("member", kind="public", archived=False)
    inside = [chat.state.members.find(number) for number in channel.members if number != chat.me.member_id]
    reachable = next(row for row in inside if not row.deactivated and not row.status)
    outside = next((row for row in chat.state.members if row.member_id not in channel.members), reachable)
    text = f"Soup @{reachable.handle} and @{outside.handle}, @nobody.at.all"
    assert chat("post_chat_message", channel_id=channel.channel_id, text=text)["notified"] == [reachable.name]
    later_on = later(chat.state.now, minutes=60)
    chat.state.members.update(reachable, status="Focus", status_presence="do_not_disturb", status_until=later_on)
    assert chat("post_chat_message", channel_id=channel.channel_id, text=text)["notified"] == []
    assert mentions("Lunch @mira.holt? (@jo)") == {"mira.holt", "jo"}


def test_everybody_can_be_called_only_in_small_channels(chat: Chat):
    large = next(row for row in chat.state.channels if row.name == "general")
    small = next(row for row in chat.state.channels.where(kind="private") if chat.me.member_id in row.members)
    call = "@channel the roof leaks"
    assert "at most 20 members" in chat.refused("post_chat_message", channel_id=large.channel_id, text=call)
    assert len(chat("post_chat_message", channel_id=small.channel_id, text=call)["notified"]) >= 1


def test_a_direct_message_opens_one_conversation_with_somebody_who_is_still_there(chat: Chat):
    gone = next(row for row in chat.state.members if row.deactivated)
    assert "deactivated" in chat.refused("send_direct_chat_message", member_id=gone.member_id, text="Hello?")
    assert "no member" in chat.refused("send_direct_chat_message", member_id="MBR-1", text="Hello?")
    talks = {number for row in chat.state.channels.where(kind="direct") for number in row.members}
    new = next(row for row in chat.state.members.where(deactivated=False) if row.member_id not in talks)
    first = chat("send_direct_chat_message", member_id=new.member_id, text="Hello")
    second = chat("send_direct_chat_message", member_id=new.member_id, text="Again")
    assert first["channel_id"] == second["channel_id"] and first["channel"] == new.name
    (row,) = chat("find_channels", kind="direct", name=new.name)["channels"]
    assert (row["channel_id"], row["access"]) == (first["channel_id"], "member")
    notes = chat("send_direct_chat_message", member_id=chat.me.member_id, text="Buy milk")
    assert (notes["channel"], notes["notified"]) == (chat.me.name, [])


def test_a_status_clears_itself_when_its_time_is_over(chat: Chat):
    def own() -> tuple[str, str]:
        (row,) = chat("find_chat_member", name=chat.me.name)["members"]
        return row["status"], row["presence"]

    chat("set_chat_status", status="At the dentist", minutes=30, presence="do_not_disturb")
    chat.wait(28)
    assert own() == ("At the dentist", "do_not_disturb")
    chat.wait(2)
    assert own()[0] == "" and own()[1] != "do_not_disturb"


def test_presence_follows_office_hours_where_a_member_lives(chat: Chat):
    for _ in range(9):
        chat.wait(5 * 60)
        for row in chat("find_chat_member", name="", limit=50)["members"]:
            if row["presence"] == "active" and not row["status"]:
                assert "09:00" <= row["local_time"] < "18:00"


def test_a_search_finds_what_was_said_when_and_by_whom(chat: Chat):
    row = next(row for row in chat.state.messages if is_visible(chat.state, chat.state.channels.find(row.channel_id)))
    sender = chat.state.members.find(row.member_id).name
    wanted = {"text": row.text, "sender": sender, "after": row.posted[:10], "before": row.posted[:10]}
    found = chat("search_chat_messages", **wanted)["messages"]
    assert row.chat_message_id in {line["chat_message_id"] for line in found}
    number = chat.posted(f"Note to @{chat.me.handle}: water the plants")["chat_message_id"]
    assert chat("search_chat_messages", only="mentions_of_me")["messages"][0]["chat_message_id"] == number
    rows = chat("find_channels", access="not_joined", limit=50)["channels"]
    assert rows and all(chat.me.member_id not in chat.state.channels.find(row["channel_id"]).members for row in rows)


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
