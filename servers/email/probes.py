"""What the owner of a mailbox would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.email.seed import new_subject
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
TRIES = 12
ANSWERS = [
    "Thanks, that works for me",
    "I will get back to you on Monday",
    "Please send me the latest version",
    "Count me in",
    "Sorry, I can't make it this week",
    "Let's talk about it tomorrow at ten",
    "Great news, go ahead",
    "Could you explain the second point again?",
    "I need two more days for this",
    "Received, thank you very much",
]
NOTES = [
    "for your files",
    "what do you think?",
    "please take care of this",
    "as discussed on the phone",
    "can you answer this one?",
    "just so you know",
    "this may interest you",
    "let's talk about it",
]
BODIES = [
    "Could we meet on Thursday to go through it?",
    "Please find a time that suits you next week.",
    "I have a few questions before we decide.",
    "Everything is ready on our side.",
    "Can you confirm the numbers by Friday?",
    "I would love to hear what you think.",
    "We need about ten more days.",
    "Thank you for your patience with this.",
    "Shall I ask somebody else to help?",
]
NEW_LABELS = [
    *["Garden", "Recruiting", "Paperwork", "Warranty", "Volunteering", "Kitchen rebuild", "Car", "Conference"],
    *["Landlord", "Photos", "Medical", "Weekend", "Urgent", "Choir", "Second opinion", "Archive 2024"],
]
NEW_ADDRESSES = [
    *["lea.winter@cloudmail.example", "office@tallpines.example", "hq@redkite.example", "jo.ames@mailbird.example"],
    *["studio@lanternarts.example", "k.osgood@pinemail.example", "info@bridgehouse.example", "sam@ferrybooks.example"],
]


def search_emails(look: Look) -> Arguments:
    row = _row(look)
    subject = _plain(row["subject"])
    if look.recall("label") and look.chance(0.7):
        return {"label_id": _label(look)}
    if look.chance(0.35):
        return {"sender": row["sender"], "subject": subject}
    if look.chance(0.3):
        return {"text": _words(look, look("get_email", email_id=row["email_id"])["body"])}
    if look.chance(0.3):
        return {"label_id": _label(look)}
    if look.chance(0.4):
        return {"only": look.choose(["unread", "starred"]), "folder": look.choose(["inbox", "archive"])}
    after, before = _days_before(row["sent"][:10], look.rng.randrange(3, 40)), row["sent"][:10]
    return {"subject": subject, "after": after, "before": before, "limit": look.choose([2, 3, 4])}


def get_email(look: Look) -> Arguments:
    return {"email_id": _email(look, _any)}


def get_email_thread(look: Look) -> Arguments:
    return {"email_thread_id": _thread(look), "limit": look.choose([2, 3])}


def reply_to_email(look: Look) -> Arguments:
    email = _email(look, lambda row: _is_usable(row) and not row["sender_address"].startswith("no-reply@"))
    return {"email_id": email, "body": look.choose(ANSWERS), "audience": look.choose(["sender_only", "everyone"])}


def forward_email(look: Look) -> Arguments:
    email = _email(
        look, lambda row: _is_usable(row) and sum(file["kilobytes"] for file in row["attachments"]) <= 25_000
    )
    return {"email_id": email, "to": _recipient(look), "note": look.choose(NOTES)}


def move_email(look: Look) -> Arguments:
    folder = look.choose(["archive", "archive", "archive", "trash", "spam", "inbox"])
    source = look.choose(other for other in ["inbox", "inbox", "archive", "trash", "spam"] if other != folder)
    return {"email_id": _email(look, lambda row: row["folder"] not in ("sent", folder), source), "folder": folder}


def mark_email(look: Look) -> Arguments:
    mark = look.choose(["read", "unread", "starred", "unstarred"])
    field, wanted = ("read", mark == "unread") if mark in ("read", "unread") else ("starred", mark == "unstarred")
    only = {"read": "unread", "unstarred": "starred"}.get(mark)
    return {"email_id": _email(look, lambda row: row[field] == wanted, only=only), "mark": mark}


def list_email_labels(look: Look) -> Arguments:
    return {}


def create_email_label(look: Look) -> Arguments:
    taken = {row["name"] for row in look("list_email_labels")["labels"]}
    return {"name": look.choose(name for name in NEW_LABELS if name not in taken)}


def label_email(look: Look) -> Arguments:
    label, name = _named_label(look)
    return {"email_id": _email(look, lambda row: _is_usable(row) and name not in row["labels"]), "label_id": label}


def unlabel_email(look: Look) -> Arguments:
    known = look.recall("email")
    details = look("get_email", email_id=known.id) if known else {}
    names = set(details.get("labels", ()))
    if known and names:
        return {"email_id": known, "label_id": _named_label(look, lambda row: row["name"] in names)[0]}
    label, _ = _named_label(look, lambda row: row["emails"] > 0)
    row = look.choose(look("search_emails", label_id=label.id, limit=50)["emails"])
    return {"email_id": _as_named(look, row, lambda row: _carries(look, row, label)), "label_id": label}


def create_email_filter(look: Look) -> Arguments:
    sender = _sender(look)
    return {"sender": sender, "label_id": _named_label(look, lambda row: sender.id not in row["filtered_senders"])[0]}


def find_mail_contact(look: Look) -> Arguments:
    row = look.choose(_contacts(look))
    if row["company"] and look.chance(0.3):
        return {"name": row["company"], "limit": look.choose([2, 3])}
    return {"name": row["name"]}


def list_email_drafts(look: Look) -> Arguments:
    return {"limit": look.choose([2, 3])} if look.chance(0.3) else {}


def create_email_draft(look: Look) -> Arguments:
    subject, body = new_subject(look.rng), look.choose(BODIES)
    return {"to": _recipient(look), "subject": subject, "body": body, "cc": [look.choose(NEW_ADDRESSES)]}


def edit_email_draft(look: Look) -> Arguments:
    draft = _draft(look, lambda row: True)
    if look.chance(0.4):
        return {"draft_id": draft, "to": _recipient(look)}
    return {"draft_id": draft, "subject": new_subject(look.rng), "body": look.choose(BODIES)}


def send_email_draft(look: Look) -> Arguments:
    return {"draft_id": _draft(look, lambda row: bool(row["to"]) and bool(row["begins"]))}


def _any(row: Arguments) -> bool:
    return True


def _is_usable(row: Arguments) -> bool:
    return row["folder"] not in ("trash", "spam")


def _carries(look: Look, row: Arguments, label: Reference) -> bool:
    names = {other["label_id"]: other["name"] for other in look("list_email_labels")["labels"]}
    return names[label.id or ""] in row["labels"]


def _row(look: Look, folder: str | None = None, only: str | None = None) -> Arguments:
    """An email of any age, recent ones more often."""
    wanted = {name: value for name, value in {"folder": folder, "only": only}.items() if value}
    newest = look.choose(look("search_emails", limit=1)["emails"])["sent"][:10]
    before = _days_before(newest, int(look.rng.expovariate(1 / 60)))
    rows = look("search_emails", before=before, limit=50, **wanted)["emails"]
    return look.choose(rows or look("search_emails", limit=50, **wanted)["emails"])


def _thread(look: Look) -> Reference:
    """A thread: the one mentioned, or by id, or as the newest that a search finds."""
    known = look.recall("email_thread")
    if known and look("get_email_thread", email_thread_id=known.id):
        return known
    row = _row(look)
    number, subject = row["email_thread_id"], _plain(row["subject"])
    if look.chance(0.12):
        return Reference("email_thread", number, (f"email thread {number}", number), row=row)
    wanted = {"subject": subject, "sender": row["sender"]}
    says = (f"the thread '{subject}' with {row['sender']}", f"my conversation with {row['sender']} about '{subject}'")
    if look.chance(0.5):
        wanted, says = {"subject": subject}, (f"the latest thread about '{subject}'",)
    newest = look.choose(look("search_emails", **wanted)["emails"][:1])
    path = (Lookup("search_emails", wanted),)
    return Reference("email_thread", newest["email_thread_id"], says, path, "email_thread_id", newest)


def _email(look: Look, fits: Fits, folder: str | None = None, only: str | None = None) -> Reference:
    """An email that fits, by its details."""
    known = look.recall("email")
    if known and (details := look("get_email", email_id=known.id)) and fits(details):
        return known
    for _ in range(TRIES):
        row = _row(look, folder, only)
        if fits(look("get_email", email_id=row["email_id"])):
            return _as_named(look, row, fits)
    raise NothingToAsk


def _as_named(look: Look, row: Arguments, fits: Fits) -> Reference:
    """By id, or as the newest that a search finds; the row itself if that newest one does not fit."""
    wanted, says = look.choose(_searches(row))
    if look.chance(0.35) and (labelled := _as_labelled(look, row, fits)):
        return labelled
    if not look.chance(0.15):
        newest = look("search_emails", **wanted)["emails"][0]
        if fits(look("get_email", email_id=newest["email_id"])):
            path = (Lookup("search_emails", wanted),)
            return Reference("email", newest["email_id"], says, path, "email_id", newest)
    number = row["email_id"]
    return Reference("email", number, (f"email {number}", number), row=row)


def _searches(row: Arguments) -> list[tuple[Arguments, tuple[str, ...]]]:
    """Ways to name an email, each with the search that shows it first."""
    sender, subject, day = row["sender"], _plain(row["subject"]), row["sent"][:10]
    if row["folder"] in ("trash", "spam"):
        folder = row["folder"]
        return [
            (
                {"folder": folder},
                (f"the latest email in the {folder} folder", f"the newest email in my {folder} folder"),
            ),
            ({"folder": folder, "sender": sender}, (f"the latest email from {sender} in the {folder} folder",)),
        ]
    if row["folder"] == "sent":
        sent = {"folder": "sent", "subject": subject}
        return [(sent, (f"the last email I sent about '{subject}'", f"my latest sent email '{subject}'"))]
    return [
        ({"sender": sender}, (f"the latest email from {sender}", f"{sender}'s last email")),
        ({"subject": subject}, (f"the latest email about '{subject}'", f"the newest email called '{subject}'")),
        ({"sender": sender, "subject": subject}, (f"the latest email '{subject}' from {sender}",)),
        ({"sender": sender, "after": day, "before": day}, (f"the last email from {sender} on {day}",)),
    ]


def _as_labelled(look: Look, row: Arguments, fits: Fits) -> Reference | None:
    """As the newest with its label: found label, then what carries it."""
    names = look("get_email", email_id=row["email_id"])["labels"]
    for label in look("list_email_labels")["labels"]:
        found = look("search_emails", label_id=label["label_id"])["emails"] if label["name"] in names else []
        if found and fits(look("get_email", email_id=found[0]["email_id"])):
            path = (Lookup("list_email_labels", {}), Lookup("search_emails", {"label_id": label["label_id"]}))
            says = (f"the newest email labelled {label['name']}", f"the latest email under {label['name']}")
            return Reference("email", found[0]["email_id"], says, path, "email_id", found[0])
    return None


def _label(look: Look) -> Reference:
    return _named_label(look)[0]


def _named_label(look: Look, fits: Fits = _any) -> tuple[Reference, str]:
    """A label with its name: by id, or by name (found by listing all)."""
    rows = {row["label_id"]: row for row in look("list_email_labels")["labels"] if fits(row)}
    known = look.recall("label")
    if known and known.id in rows:
        return known, rows[known.id]["name"]
    row = look.choose(rows.values())
    number, name = row["label_id"], row["name"]
    if look.chance(0.1):
        return Reference("label", number, (f"the label {number}", number), row=row), name
    says = (f"the label {name}", f"the {name} label")
    return Reference("label", number, says, (Lookup("list_email_labels", {}),), "label_id", row), name


def _contacts(look: Look) -> list[Arguments]:
    return look("find_mail_contact", name=look.choose("aeio"), limit=50)["contacts"]


def _recipient(look: Look) -> Reference:
    """Somebody's address: as it is, or by the person's name."""
    known = look.recall("person")
    if known:
        return known
    row = look.choose(_contacts(look))
    address, name = row["address"], row["name"]
    if look.chance(0.25) or look("find_mail_contact", name=name)["total"] > 1:
        return Reference("person", address, (address,), row=row)
    path = (Lookup("find_mail_contact", {"name": name}),)
    return Reference("person", address, (name,), path, "address", row)


def _sender(look: Look) -> Reference:
    """Whose emails are meant: a contact, or a name on an email (found email, then its details show the address)."""
    if look.recall("person") or look.chance(0.4):
        return _recipient(look)
    row = look.choose(look("search_emails", folder=look.choose(["inbox", "archive"]), limit=50)["emails"])
    newest = look("search_emails", sender=row["sender"])["emails"][0]
    address = look("get_email", email_id=newest["email_id"])["sender_address"]
    path = (
        Lookup("search_emails", {"sender": row["sender"]}),
        Lookup("get_email", {"email_id": newest["email_id"]}),
    )
    return Reference("person", address, (row["sender"],), path, "sender_address", row)


def _draft(look: Look, fits: Fits) -> Reference:
    """A draft: by id, or by subject or recipient (found by listing all)."""
    rows = {row["draft_id"]: row for row in look("list_email_drafts", limit=50)["drafts"] if fits(row)}
    known = look.recall("draft")
    if known and known.id in rows:
        return known
    listed = look("list_email_drafts")["drafts"]
    row = look.choose(row for row in listed if fits(row))
    number, subject = row["draft_id"], row["subject"]
    if look.chance(0.12) or [other["subject"] for other in listed].count(subject) > 1:
        return Reference("draft", number, (f"draft {number}", number), row=row)
    says = (f"my draft '{subject}'", f"the draft called '{subject}'")
    if row["to"] and [other["to"] for other in listed].count(row["to"]) == 1:
        says = (*says, f"the draft to {row['to']}")
    return Reference("draft", number, says, (Lookup("list_email_drafts", {}),), "draft_id", row)


def _plain(subject: str) -> str:
    return subject.removeprefix("Re: ").removeprefix("Fwd: ")


def _words(look: Look, body: str) -> str:
    """Three words in a row of a text."""
    words = max(body.splitlines(), key=len).split()
    start = look.rng.randrange(max(1, len(words) - 2))
    return " ".join(words[start : start + 3]).rstrip(".,?")


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
