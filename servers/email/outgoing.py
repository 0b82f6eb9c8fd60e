"""Mail that leaves: who gets an answer, how it is quoted, and the sent copy that stays as it is."""

from __future__ import annotations

from servers.email.records import Attachment, Audience, Email, Mailbox, MailContact, Sent

MOST_QUOTED = 4_000


def answer_to(mailbox: Mailbox, email: Email, audience: Audience) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Recipients and copies of an answer; an own email is answered to those it went to."""
    (owner,) = mailbox.owners
    to = email.to if email.sender == owner.address else (email.sender,)
    others = dict.fromkeys([*email.to, *email.cc]) if audience == "everyone" else {}
    return to, tuple(address for address in others if address not in (*to, owner.address))


def with_prefix(prefix: str, subject: str) -> str:
    """with_prefix("Re", "Budget") == with_prefix("Re", "Re: Budget") == "Re: Budget"."""
    return subject if subject.startswith(f"{prefix}: ") else f"{prefix}: {subject}"


def quoted(email: Email, note: str) -> str:
    """A forwarded text, its own long quotes cut off."""
    text = f"--- {email.sender_name}, {email.sent} ---\n{email.body}"[:MOST_QUOTED]
    return f"{note}\n\n{text}" if note else text


def post(
    mailbox: Mailbox,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    subject: str,
    body: str,
    thread_id: str,
    attachments: tuple[Attachment, ...] = (),
) -> Sent:
    """Sends an email now; addresses written to for the first time become contacts."""
    (owner,) = mailbox.owners
    number = mailbox.new_id("EML")
    mailbox.emails.add(
        Email(
            number, thread_id, owner.address, owner.name, to, cc, subject, body, mailbox.now, attachments, folder="sent"
        )
    )
    for address in (*to, *cc):
        if address not in mailbox.contacts:
            mailbox.contacts.add(MailContact(address, address.split("@")[0].replace(".", " ").title(), ""))
    return Sent(number, thread_id, list(to), list(cc), subject)
