"""One person's mailbox from a seed: two years of threads with colleagues, clients and friends, bills, offers, spam."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from servers.email.material import (
    COMPANIES,
    DRAFT_LINES,
    FORMS,
    HOME_ANSWERS,
    HOME_LINES,
    HOME_SUBJECTS,
    HOW_MANY_LABELS,
    LABELS,
    MONTHS,
    PROVIDERS,
    SERVICES,
    SPAM,
    TOPICS,
    WEEKDAYS,
    WORK_ANSWERS,
    WORK_LINES,
    Kind,
    Service,
)
from servers.email.records import Attachment, Draft, Email, EmailFilter, Label, MailContact, Owner
from servers.names import CITIES, first_new_ids, ids, people
from servers.state import Base, later

COLLEAGUES, CLIENTS, FRIENDS = 24, 24, 16
WORK, HOME, AUTOMATIC, UNWANTED = 92, 40, 84, 12
MOST_IN_A_THREAD = 6
KINDS: list[Kind] = ["work", "bill", "travel", "news", "home"]


class Cast(NamedTuple):
    """Who writes to whom, and what about."""

    owner: Owner
    colleagues: list[MailContact]
    clients: list[MailContact]
    friends: list[MailContact]
    topics: list[str]


def generate(seed: int) -> Base:
    """The mailbox of this seed: about 390 emails in 228 threads, 64 contacts, 9 labels, 7 drafts, 2 filters."""
    rng = random.Random(f"email:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(8, 19):02d}:{rng.randrange(60):02d}"
    cast = _cast(rng)
    labels, kinds = _labels(rng)
    emails = _emails(rng, cast, now, kinds)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "EML", "ETH", "EDR", "ELB", "EFR"),
        owners=[cast.owner],
        contacts=sorted([*cast.colleagues, *cast.clients, *cast.friends], key=lambda row: row.name),
        labels=labels,
        emails=emails,
        drafts=_drafts(rng, cast, now),
        filters=_filters(rng, emails),
    )


def new_subject(rng: random.Random) -> str:
    return rng.choice(FORMS).format(rng.choice(TOPICS))


def _cast(rng: random.Random) -> Cast:
    me, *names = people(rng, 1 + COLLEAGUES + CLIENTS + FRIENDS)
    own, *others = rng.sample(COMPANIES, 9)
    colleagues = [_contact(name, own) for name in names[:COLLEAGUES]]
    clients = [_contact(name, rng.choice(others)) for name in names[COLLEAGUES : COLLEAGUES + CLIENTS]]
    friends = [MailContact(_address(name, rng.choice(PROVIDERS)), name, "") for name in names[COLLEAGUES + CLIENTS :]]
    owner = Owner(ids(rng, "MBX", 1)[0], me, _contact(me, own).address)
    return Cast(owner, colleagues, clients, friends, rng.sample(TOPICS, 26))


def _contact(name: str, company: str) -> MailContact:
    domain = "".join(mark for mark in company.lower() if mark.isalpha())
    return MailContact(_address(name, f"{domain}.example"), name, company)


def _address(name: str, domain: str) -> str:
    return f"{name.lower().replace('ó', 'o').replace(' ', '.')}@{domain}"


def _labels(rng: random.Random) -> tuple[list[Label], dict[Kind, list[str]]]:
    """The labels of this person, and which of them fit each kind of mail."""
    names = {kind: rng.sample(LABELS[kind], HOW_MANY_LABELS[kind]) for kind in KINDS}
    numbers = iter(ids(rng, "ELB", sum(HOW_MANY_LABELS.values())))
    labels = {kind: [Label(next(numbers), name) for name in names[kind]] for kind in KINDS}
    rows = sorted((row for group in labels.values() for row in group), key=lambda row: row.name)
    return rows, {kind: [row.label_id for row in group] for kind, group in labels.items()}


def _emails(rng: random.Random, cast: Cast, now: str, labels: dict[Kind, list[str]]) -> list[Email]:
    """Threads of all kinds, each email with an id, a folder and marks as its age and kind make likely."""
    threads: list[tuple[Kind | None, list[Email]]] = []
    threads += [("work", _work_thread(rng, cast, now)) for _ in range(WORK)]
    threads += [("home", _home_thread(rng, cast, now)) for _ in range(HOME)]
    for number in range(AUTOMATIC):
        service = SERVICES[number % len(SERVICES)]
        threads.append((service.kind, [_automatic(rng, cast, now, service)]))
    threads += [(None, [_unwanted(rng, cast, now)]) for _ in range(UNWANTED)]
    numbers = iter(ids(rng, "EML", sum(len(emails) for _, emails in threads)))
    rows = []
    for thread_id, (kind, emails) in zip(ids(rng, "ETH", len(threads)), threads, strict=True):
        for email in emails:
            placed = _placed(rng, cast.owner, now, email, kind, labels)
            rows.append(replace(placed, email_id=next(numbers), email_thread_id=thread_id))
    return sorted(rows, key=lambda row: (row.sent, row.email_id))


def _work_thread(rng: random.Random, cast: Cast, now: str) -> list[Email]:
    topic = rng.choice(cast.topics)
    first = rng.choice(cast.clients if rng.random() < 0.45 else cast.colleagues)
    copied = rng.sample(cast.colleagues, rng.choice([0, 0, 1, 1, 2]))
    subject = rng.choice(FORMS).format(topic)
    file = f"{topic.replace(' ', '-')}-v{rng.randrange(1, 5)}.{rng.choice(['pdf', 'xlsx', 'docx'])}"
    return _thread(
        rng, cast, now, first, [row for row in copied if row != first], subject, topic, WORK_LINES, WORK_ANSWERS, file
    )


def _home_thread(rng: random.Random, cast: Cast, now: str) -> list[Email]:
    subject = _filled(rng, cast, rng.choice(HOME_SUBJECTS), "")
    file = rng.choice(["photos.zip", "map.pdf", "recipe.pdf", "programme.pdf"])
    return _thread(rng, cast, now, rng.choice(cast.friends), [], subject, "", HOME_LINES, HOME_ANSWERS, file)


def _thread(
    rng: random.Random,
    cast: Cast,
    now: str,
    other: MailContact,
    copied: list[MailContact],
    subject: str,
    topic: str,
    lines: list[str],
    answers: list[str],
    file: str,
) -> list[Email]:
    """Mail going to and fro between the owner and somebody, the latest before now."""
    me = MailContact(cast.owner.address, cast.owner.name, "")
    writer, reader = (me, other) if rng.random() < 0.3 else (other, me)
    sent, emails = _moment(rng, now), []
    length = min(MOST_IN_A_THREAD, 1 + int(rng.expovariate(1 / 1.7)))
    while len(emails) < length and sent < now:
        opening = rng.choice(answers if emails else lines)
        said = [_filled(rng, cast, line, topic) for line in dict.fromkeys([opening, rng.choice(lines)])]
        emails.append(
            Email(
                email_id="",
                email_thread_id="",
                sender=writer.address,
                sender_name=writer.name,
                to=(reader.address,),
                cc=tuple(row.address for row in copied),
                subject=f"Re: {subject}" if emails else subject,
                body=f"Hi {reader.name.split()[0]},\n{' '.join(said)}\n{writer.name.split()[0]}",
                sent=sent,
                attachments=_attached(rng, file) if rng.random() < 0.22 else (),
            )
        )
        writer, reader = reader, writer
        sent = later(sent, minutes=rng.choice([9, 34, 95, 240, 900, 1_500, 2_900, 4_400]) + rng.randrange(60))
    return emails


def _automatic(rng: random.Random, cast: Cast, now: str, service: Service) -> Email:
    sent = _moment(rng, now)
    subject = service.subject.replace("{month}", MONTHS[int(sent[5:7]) - 1])
    box = f"{service.box}@{''.join(mark for mark in service.name.lower() if mark.isalpha())}.example"
    line = _filled(rng, cast, service.line, rng.choice(cast.topics))
    files = (Attachment(f"{service.file}-{sent[:7]}.pdf", rng.randrange(40, 400)),) if service.file else ()
    greeting = f"Hello {cast.owner.name.split()[0]},\n{line}\n{service.name}"
    return _single(cast, service.name, box, _filled(rng, cast, subject, ""), greeting, sent, files)


def _unwanted(rng: random.Random, cast: Cast, now: str) -> Email:
    name, address, subject, line = rng.choice(SPAM)
    sent = later(now, minutes=-rng.randrange(30, 60 * 24 * 60))
    return _single(cast, name, address, _filled(rng, cast, subject, ""), _filled(rng, cast, line, ""), sent, ())


def _single(
    cast: Cast, name: str, address: str, subject: str, body: str, sent: str, files: tuple[Attachment, ...]
) -> Email:
    return Email("", "", address, name, (cast.owner.address,), (), subject, body, sent, files)


def _placed(
    rng: random.Random, owner: Owner, now: str, email: Email, kind: Kind | None, labels: dict[Kind, list[str]]
) -> Email:
    """What the owner did with it: old mail is mostly read and archived, a little of it waits in the trash."""
    if kind is None:
        return replace(email, folder="spam", read=rng.random() < 0.2)
    starred = rng.random() < 0.07
    fitting = (rng.choice(labels[kind]),) if rng.random() < 0.45 else ()
    if email.sender == owner.address:
        return replace(email, folder="sent", starred=starred, labels=fitting)
    if rng.random() < 0.06:
        trashed = max(email.sent, later(now, minutes=-rng.randrange(60, 25 * 24 * 60)))
        return replace(email, folder="trash", trashed=trashed)
    recent = email.sent > later(now, days=-25)
    folder = "inbox" if rng.random() < (0.85 if recent else 0.3) else "archive"
    unread = folder == "inbox" and rng.random() < (0.45 if recent else 0.08)
    return replace(email, folder=folder, read=not unread, starred=starred, labels=fitting)


def _drafts(rng: random.Random, cast: Cast, now: str) -> list[Draft]:
    """Seven unfinished emails; the last two still lack a recipient or a text."""
    writing = rng.sample([*cast.colleagues, *cast.clients, *cast.friends], 7)
    rows = []
    for place, (number, contact) in enumerate(zip(ids(rng, "EDR", 7), writing, strict=True)):
        topic = rng.choice(cast.topics)
        subject = rng.choice(FORMS).format(topic)
        body = f"Hi {contact.name.split()[0]},\n{rng.choice(DRAFT_LINES)} the {topic}."
        edited = later(now, minutes=-rng.randrange(20, 40 * 24 * 60))
        to = "" if place == 5 else contact.address
        rows.append(Draft(number, to, (), subject, "" if place == 6 else body, edited))
    return rows


def _filters(rng: random.Random, emails: list[Email]) -> list[EmailFilter]:
    """Two senders whose emails the owner has labelled before."""
    known = sorted(
        {(row.sender, label) for row in emails if row.sender.startswith("no-reply@") for label in row.labels}
    )
    return [
        EmailFilter(number, sender, label_id)
        for number, (sender, label_id) in zip(ids(rng, "EFR", 2), rng.sample(known, 2), strict=True)
    ]


def _attached(rng: random.Random, file: str) -> tuple[Attachment, ...]:
    """One file, sometimes two; a few are too large to be sent on."""
    if rng.random() < 0.1:
        return (Attachment("walkthrough.mp4", rng.randrange(26_000, 60_000)),)
    plain = Attachment(file, int(40 + 4_000 * rng.random() ** 2))
    return (plain, Attachment("cover-letter.pdf", rng.randrange(30, 300))) if rng.random() < 0.25 else (plain,)


def _filled(rng: random.Random, cast: Cast, text: str, topic: str) -> str:
    """The text with its gaps filled: {person}, {company}, {city}, {day}, {hour}, {number}, {money}, {topic}."""
    if "{" not in text:
        return text
    return text.format(
        topic=topic,
        person=rng.choice(cast.colleagues).name.split()[0],
        company=rng.choice(cast.clients).company,
        city=rng.choice(CITIES),
        day=rng.choice(WEEKDAYS),
        hour=f"{rng.randrange(8, 20)}:{rng.choice(['00', '15', '30'])}",
        number=rng.randrange(2, 20),
        money=rng.randrange(12, 900),
    )


def _moment(rng: random.Random, now: str) -> str:
    """A time of day between 7:00 and 20:59 in the last two years, recent ones more likely, always before now."""
    days = min(700, int(rng.expovariate(1 / 110)))
    day = datetime.fromisoformat(now[:10]) - timedelta(days=days)
    moment = (day + timedelta(minutes=rng.randrange(7 * 60, 21 * 60))).isoformat(timespec="minutes")
    return moment if moment < now else later(moment, days=-1)
