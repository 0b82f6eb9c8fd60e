"""The tables of the mailbox, and the types its tools take and give. What an email says never changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

EmailId = Annotated[str, msgspec.Meta(description="email, e.g. EML-30417", max_length=20)]
ThreadId = Annotated[str, msgspec.Meta(description="thread of emails, e.g. ETH-48213", max_length=20)]
DraftId = Annotated[str, msgspec.Meta(description="draft, e.g. EDR-20931", max_length=20)]
LabelId = Annotated[str, msgspec.Meta(description="label, e.g. ELB-71305", max_length=20)]
Address = Annotated[
    str,
    msgspec.Meta(
        description="email address, e.g. mira.holt@alder.example",
        pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$",
        max_length=80,
    ),
]
Subject = Annotated[str, msgspec.Meta(description="subject line, e.g. Budget for May", min_length=1, max_length=120)]
Body = Annotated[str, msgspec.Meta(description="text of the email", min_length=1, max_length=2_000)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Folder = Literal["inbox", "archive", "trash", "spam"]
AnyFolder = Literal["inbox", "archive", "trash", "spam", "sent"]
Mark = Literal["read", "unread", "starred", "unstarred"]
Only = Literal["unread", "starred", "attachments"]
Audience = Literal["sender_only", "everyone"]


class Owner(Row, frozen=True):
    owner_id: str
    name: str
    address: str


class MailContact(Row, frozen=True):
    address: str
    name: str
    company: str


class Label(Row, frozen=True):
    label_id: str
    name: str


class Attachment(Row, frozen=True):
    name: str
    kilobytes: int


class Email(Row, frozen=True):
    """From `read` on it is the owner's view of the email, which changes; all before is as it was sent."""

    email_id: str
    email_thread_id: str
    sender: str
    sender_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    body: str
    sent: str
    attachments: tuple[Attachment, ...]
    read: bool = True
    starred: bool = False
    folder: AnyFolder = "inbox"
    trashed: str = ""
    """When it was put into the trash."""
    labels: tuple[str, ...] = ()
    """Label ids."""


class Draft(Row, frozen=True):
    draft_id: str
    to: str
    """Empty until somebody is chosen."""
    cc: tuple[str, ...]
    subject: str
    body: str
    edited: str


class EmailFilter(Row, frozen=True):
    email_filter_id: str
    sender: str
    label_id: str


class Mailbox(State):
    owners: Table[Owner]
    contacts: Table[MailContact]
    labels: Table[Label]
    emails: Table[Email]
    drafts: Table[Draft]
    filters: Table[EmailFilter]


class EmailRow(msgspec.Struct, frozen=True):
    email_id: str
    email_thread_id: str
    sender: str
    subject: str
    sent: str
    folder: AnyFolder


class Emails(msgspec.Struct, frozen=True):
    emails: list[EmailRow]
    total: int
    """How many match, of which the newest are shown."""


class EmailDetails(msgspec.Struct, frozen=True):
    email_id: str
    email_thread_id: str
    sender: str
    sender_address: str
    to: list[str]
    cc: list[str]
    subject: str
    body: str
    sent: str
    attachments: list[Attachment]
    folder: AnyFolder
    read: bool
    starred: bool
    labels: list[str]
    """Names."""


class ThreadRow(msgspec.Struct, frozen=True):
    email_id: str
    sender: str
    sent: str
    folder: AnyFolder
    begins: str


class EmailThread(msgspec.Struct, frozen=True):
    email_thread_id: str
    subject: str
    emails: list[ThreadRow]
    """The latest ones, oldest first."""
    total: int


class DraftRow(msgspec.Struct, frozen=True):
    draft_id: str
    to: str
    subject: str
    begins: str
    """Start of its text; empty if it has none yet."""
    edited: str


class Drafts(msgspec.Struct, frozen=True):
    drafts: list[DraftRow]
    total: int


class Sent(msgspec.Struct, frozen=True):
    email_id: str
    email_thread_id: str
    to: list[str]
    cc: list[str]
    subject: str


class Moved(msgspec.Struct, frozen=True):
    email_id: str
    folder: Folder
    moved_from: AnyFolder


class Marked(msgspec.Struct, frozen=True):
    email_id: str
    read: bool
    starred: bool


class LabelRow(msgspec.Struct, frozen=True):
    label_id: str
    name: str
    emails: int
    filtered_senders: list[str]
    """Whose emails get it by a filter."""


class Labels(msgspec.Struct, frozen=True):
    labels: list[LabelRow]


class Labelled(msgspec.Struct, frozen=True):
    email_id: str
    labels: list[str]
    """Names of all its labels, afterwards."""


class MailContacts(msgspec.Struct, frozen=True):
    contacts: list[MailContact]
    total: int


class Filtering(msgspec.Struct, frozen=True):
    email_filter_id: str
    sender: str
    label: str
    labelled: int
    """How many emails of the inbox got the label now."""
