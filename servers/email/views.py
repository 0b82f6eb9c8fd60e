"""What is in the mailbox now: the trash forgets after 30 days, read off the clock."""

from __future__ import annotations

from servers.email.records import Email, Mailbox, Only
from servers.state import later

TRASH_DAYS = 30


def is_kept(mailbox: Mailbox, email: Email) -> bool:
    return email.folder != "trash" or email.trashed > later(mailbox.now, days=-TRASH_DAYS)


def kept_emails(mailbox: Mailbox) -> list[Email]:
    return [row for row in mailbox.emails if is_kept(mailbox, row)]


def labelled(mailbox: Mailbox, label_id: str) -> list[Email]:
    """Emails with this label, as a search without a folder shows them."""
    return [row for row in mailbox.emails if label_id in row.labels and row.folder not in ("trash", "spam")]


def label_names(mailbox: Mailbox, email: Email) -> list[str]:
    return [mailbox.labels.find(label_id).name for label_id in email.labels]


def is_marked(email: Email, mark: Only) -> bool:
    if mark == "unread":
        return not email.read
    return email.starred if mark == "starred" else bool(email.attachments)
