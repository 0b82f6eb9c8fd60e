"""What a person can do with the mailbox. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from servers.email.outgoing import answer_to, post, quoted, with_prefix
from servers.email.records import (
    Address,
    AnyFolder,
    Audience,
    Body,
    Day,
    Draft,
    DraftId,
    DraftRow,
    Drafts,
    Email,
    EmailDetails,
    EmailFilter,
    EmailId,
    EmailRow,
    Emails,
    EmailThread,
    Filtering,
    Folder,
    Label,
    LabelId,
    Labelled,
    LabelRow,
    Labels,
    Mailbox,
    MailContacts,
    Mark,
    Marked,
    Moved,
    Only,
    Sent,
    Subject,
    ThreadId,
    ThreadRow,
)
from servers.email.views import is_kept, is_marked, kept_emails, label_names, labelled
from servers.state import ToolError
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Text = Annotated[
    str, Meta(description="words of the subject or the text, e.g. office move", min_length=1, max_length=80)
]
Name = Annotated[str, Meta(description="name, address or company, or part of it, e.g. Mira Holt", max_length=60)]
Sender = Annotated[str, Meta(description="name or address of the sender or part of it, e.g. Mira Holt", max_length=80)]
About = Annotated[str, Meta(description="subject or part of it, e.g. Budget for May", min_length=1, max_length=120)]
LabelName = Annotated[str, Meta(description="name of the label, e.g. Invoices", min_length=1, max_length=30)]
Copies = Annotated[list[Address], Meta(description='others who get a copy, e.g. ["jo@alder.example"]', max_length=5)]

MOST_KILOBYTES = 25_000
MOST_LABELS = 30
BEGINS = 60


@reads
def search_emails(
    mailbox: Mailbox,
    text: Text | None = None,
    sender: Sender | None = None,
    subject: About | None = None,
    folder: Annotated[AnyFolder, Meta(description="where it lies, e.g. archive")] | None = None,
    label_id: LabelId | None = None,
    only: Annotated[Only, Meta(description="only such emails, e.g. unread")] | None = None,
    after: Day | None = None,
    before: Day | None = None,
    limit: Limit = 5,
) -> Emails:
    """Search emails, newest first, by any of these (dates included); trash and spam only if asked for as folder."""
    found = [row for row in kept_emails(mailbox) if _is_in(row, folder)]
    if sender is not None:
        found = [row for row in found if _holds(sender, row.sender_name, row.sender)]
    if subject is not None:
        found = [row for row in found if _holds(subject, row.subject)]
    if text is not None:
        found = [row for row in found if _holds(text, row.subject, row.body)]
    if label_id is not None:
        wanted = _label(mailbox, label_id).label_id
        found = [row for row in found if wanted in row.labels]
    if only is not None:
        found = [row for row in found if is_marked(row, only)]
    if after is not None:
        found = [row for row in found if row.sent[:10] >= after.isoformat()]
    if before is not None:
        found = [row for row in found if row.sent[:10] <= before.isoformat()]
    newest = sorted(found, key=lambda row: (row.sent, row.email_id), reverse=True)
    return Emails([_email_row(row) for row in newest[:limit]], len(newest))


@reads
def get_email(mailbox: Mailbox, email_id: EmailId) -> EmailDetails:
    """Show one email with its text, recipients, attachments, folder and labels, e.g. email_id="EML-30417"."""
    row = _email(mailbox, email_id)
    return EmailDetails(
        email_id=row.email_id,
        email_thread_id=row.email_thread_id,
        sender=row.sender_name,
        sender_address=row.sender,
        to=list(row.to),
        cc=list(row.cc),
        subject=row.subject,
        body=row.body,
        sent=row.sent,
        attachments=list(row.attachments),
        folder=row.folder,
        read=row.read,
        starred=row.starred,
        labels=label_names(mailbox, row),
    )


@reads
def get_email_thread(mailbox: Mailbox, email_thread_id: ThreadId, limit: Limit = 8) -> EmailThread:
    """Show the latest emails of one thread, oldest first, e.g. email_thread_id="ETH-48213"."""
    rows = [row for row in mailbox.emails.where(email_thread_id=email_thread_id) if is_kept(mailbox, row)]
    if not rows:
        raise ToolError(f"no email thread {email_thread_id}")
    rows.sort(key=lambda row: (row.sent, row.email_id))
    shown = [
        ThreadRow(row.email_id, row.sender_name, row.sent, row.folder, _beginning(row.body)) for row in rows[-limit:]
    ]
    return EmailThread(email_thread_id, rows[0].subject, shown, len(rows))


@writes
def reply_to_email(
    mailbox: Mailbox,
    email_id: EmailId,
    body: Body,
    audience: Annotated[Audience, Meta(description="who gets the answer, e.g. everyone")] = "sender_only",
) -> Sent:
    """Answer an email in its thread at once, only its sender or everyone; not possible for no-reply senders or spam."""
    email = _usable(mailbox, email_id)
    if email.sender.startswith("no-reply@"):
        raise ToolError(f"{email.sender} takes no replies")
    to, cc = answer_to(mailbox, email, audience)
    return post(mailbox, to, cc, with_prefix("Re", email.subject), body, email.email_thread_id)


@writes
def forward_email(
    mailbox: Mailbox,
    email_id: EmailId,
    to: Address,
    note: Annotated[str, Meta(description="text above the forwarded email, e.g. for your files", max_length=500)] = "",
) -> Sent:
    """Send an email with its attachments, 25,000 kilobytes at most, on to an address, e.g. to="mira@alder.example"."""
    email = _usable(mailbox, email_id)
    kilobytes = sum(file.kilobytes for file in email.attachments)
    if kilobytes > MOST_KILOBYTES:
        raise ToolError(
            f"attachments of {email_id} come to {kilobytes} kilobytes; at most {MOST_KILOBYTES} can be sent"
        )
    body, subject = quoted(email, note), with_prefix("Fwd", email.subject)
    return post(mailbox, (to,), (), subject, body, email.email_thread_id, email.attachments)


@writes
def move_email(
    mailbox: Mailbox, email_id: EmailId, folder: Annotated[Folder, Meta(description="where to, e.g. archive")]
) -> Moved:
    """Put a received email into another folder; the trash keeps it for 30 days, e.g. folder="archive"."""
    email = _email(mailbox, email_id)
    if email.folder == "sent":
        raise ToolError(f"{email_id} was sent by you; only received emails can be moved")
    if email.folder == folder:
        raise ToolError(f"{email_id} is already in {folder}")
    mailbox.emails.update(email, folder=folder, trashed=mailbox.now if folder == "trash" else "")
    return Moved(email_id, folder, email.folder)


@writes(idempotent=True)
def mark_email(
    mailbox: Mailbox, email_id: EmailId, mark: Annotated[Mark, Meta(description="mark to set, e.g. starred")]
) -> Marked:
    """Mark an email as read or unread, or give it a star or take the star away, e.g. mark="starred"."""
    email = _email(mailbox, email_id)
    if mark in ("read", "unread"):
        email = mailbox.emails.update(email, read=mark == "read")
    else:
        email = mailbox.emails.update(email, starred=mark == "starred")
    return Marked(email_id, email.read, email.starred)


@reads
def list_email_labels(mailbox: Mailbox) -> Labels:
    """List the labels by name, each with how many emails carry it and which senders a filter puts under it."""
    rows = sorted(mailbox.labels, key=lambda row: (row.name.casefold(), row.label_id))
    return Labels([_label_row(mailbox, row) for row in rows])


@writes
def create_email_label(mailbox: Mailbox, name: LabelName) -> Label:
    """Make a new label for emails; its name must not be taken yet, e.g. name="Invoices"."""
    for taken in mailbox.labels:
        if taken.name.casefold() == name.casefold():
            raise ToolError(f"label {taken.name} already exists as {taken.label_id}")
    if len(mailbox.labels) >= MOST_LABELS:
        raise ToolError(f"there are already {MOST_LABELS} labels, the most a mailbox can have")
    return mailbox.labels.add(Label(mailbox.new_id("ELB"), name))


@writes
def label_email(mailbox: Mailbox, email_id: EmailId, label_id: LabelId) -> Labelled:
    """Put a label on an email that is not in trash or spam and does not carry it yet, e.g. label_id="ELB-71305"."""
    email, label = _usable(mailbox, email_id), _label(mailbox, label_id)
    if label_id in email.labels:
        raise ToolError(f"{email_id} already carries the label {label.name}")
    email = mailbox.emails.update(email, labels=(*email.labels, label_id))
    return Labelled(email_id, label_names(mailbox, email))


@writes
def unlabel_email(mailbox: Mailbox, email_id: EmailId, label_id: LabelId) -> Labelled:
    """Take a label off an email that carries it, e.g. label_id="ELB-71305"."""
    email, label = _email(mailbox, email_id), _label(mailbox, label_id)
    if label_id not in email.labels:
        raise ToolError(f"{email_id} does not carry the label {label.name}")
    email = mailbox.emails.update(email, labels=tuple(other for other in email.labels if other != label_id))
    return Labelled(email_id, label_names(mailbox, email))


@writes
def create_email_filter(mailbox: Mailbox, sender: Address, label_id: LabelId) -> Filtering:
    """Label all email of one sender, what is in the inbox now and what comes later; one such rule per label."""
    (owner,), label = mailbox.owners, _label(mailbox, label_id)
    if sender == owner.address:
        raise ToolError(f"{sender} is your own address; filters are for received emails")
    if known := mailbox.filters.where(sender=sender, label_id=label_id):
        raise ToolError(f"{known[0].email_filter_id} already puts {label.name} on emails from {sender}")
    inbox = [row for row in kept_emails(mailbox) if row.folder == "inbox" and row.sender == sender]
    waiting = [row for row in inbox if label_id not in row.labels]
    for row in waiting:
        mailbox.emails.update(row, labels=(*row.labels, label_id))
    rule = mailbox.filters.add(EmailFilter(mailbox.new_id("EFR"), sender, label_id))
    return Filtering(rule.email_filter_id, sender, label.name, len(waiting))


@reads
def find_mail_contact(mailbox: Mailbox, name: Name, limit: Limit = 5) -> MailContacts:
    """Find addresses by name, address or company, or a part of these, e.g. name="Mira Holt"."""
    found = [row for row in mailbox.contacts if _holds(name, row.name, row.address, row.company)]
    return MailContacts(found[:limit], len(found))


@reads
def list_email_drafts(mailbox: Mailbox, limit: Limit = 5) -> Drafts:
    """List the drafts, last edited first, with recipient, subject and the start of their text."""
    latest = sorted(mailbox.drafts, key=lambda row: (row.edited, row.draft_id), reverse=True)
    rows = [DraftRow(row.draft_id, row.to, row.subject, _beginning(row.body), row.edited) for row in latest]
    return Drafts(rows[:limit], len(rows))


@writes
def create_email_draft(mailbox: Mailbox, to: Address, subject: Subject, body: Body, cc: Copies | None = None) -> Draft:
    """Write an email without sending it yet, e.g. to="mira.holt@alder.example", subject="Budget for May"."""
    copies = tuple(address for address in dict.fromkeys(cc or ()) if address != to)
    return mailbox.drafts.add(Draft(mailbox.new_id("EDR"), to, copies, subject, body, mailbox.now))


@writes
def edit_email_draft(
    mailbox: Mailbox,
    draft_id: DraftId,
    to: Address | None = None,
    subject: Subject | None = None,
    body: Body | None = None,
) -> Draft:
    """Replace recipient, subject or text of a draft; what is not given stays, e.g. subject="Budget for May"."""
    draft = _draft(mailbox, draft_id)
    given = {name: value for name, value in {"to": to, "subject": subject, "body": body}.items() if value is not None}
    if not given:
        raise ToolError("nothing to change: give to, subject or body")
    return mailbox.drafts.update(draft, **given, edited=mailbox.now)


@writes
def send_email_draft(mailbox: Mailbox, draft_id: DraftId) -> Sent:
    """Send a draft that has a recipient and a text; it then is an email and can no longer be changed."""
    draft = _draft(mailbox, draft_id)
    if not draft.to:
        raise ToolError(f"{draft_id} has no recipient; edit_email_draft sets one")
    if not draft.body:
        raise ToolError(f"{draft_id} has no text; edit_email_draft sets it")
    mailbox.drafts.delete(draft_id)
    return post(mailbox, (draft.to,), draft.cc, draft.subject, draft.body, mailbox.new_id("ETH"))


def _email(mailbox: Mailbox, email_id: str) -> Email:
    email = mailbox.emails.get(email_id)
    if email is None or not is_kept(mailbox, email):
        raise ToolError(f"no email {email_id}")
    return email


def _usable(mailbox: Mailbox, email_id: str) -> Email:
    """An email outside trash and spam."""
    email = _email(mailbox, email_id)
    if email.folder in ("trash", "spam"):
        raise ToolError(f"{email_id} is in {email.folder}; move_email must bring it back first")
    return email


def _label(mailbox: Mailbox, label_id: str) -> Label:
    label = mailbox.labels.get(label_id)
    if label is None:
        raise ToolError(f"no label {label_id}")
    return label


def _draft(mailbox: Mailbox, draft_id: str) -> Draft:
    draft = mailbox.drafts.get(draft_id)
    if draft is None:
        raise ToolError(f"no draft {draft_id}")
    return draft


def _is_in(row: Email, folder: AnyFolder | None) -> bool:
    return row.folder == folder if folder else row.folder not in ("trash", "spam")


def _holds(wanted: str, *texts: str) -> bool:
    return any(wanted.casefold() in text.casefold() for text in texts)


def _email_row(row: Email) -> EmailRow:
    return EmailRow(row.email_id, row.email_thread_id, row.sender_name, row.subject, row.sent, row.folder)


def _label_row(mailbox: Mailbox, row: Label) -> LabelRow:
    senders = sorted(rule.sender for rule in mailbox.filters.where(label_id=row.label_id))
    return LabelRow(row.label_id, row.name, len(labelled(mailbox, row.label_id)), senders)


def _beginning(body: str) -> str:
    return " ".join(body.split())[:BEGINS]
