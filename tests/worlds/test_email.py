"""Laws of the mailbox, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.state import later
from tests.worlds.live import Live

AS_SENT = "email_id email_thread_id sender sender_name to cc subject body sent attachments".split()
STRANGER = "lea.winter@cloudmail.example"


class Mail(Live):
    """The mailbox of a seed, and emails of it that some rule is about."""

    def __init__(self, seed: int):
        super().__init__("email", seed)
        (self.owner,) = self.state.owners
        self.label, self.other_label, *_ = list(self.state.labels)

    def received(self, folder: str = "inbox", **wanted: Any) -> Any:
        """An email that somebody wrote to the owner and that can be answered."""
        rows = self.state.emails.where(folder=folder, **wanted)
        return next(row for row in rows if not row.sender.startswith("no-reply@"))

    def draft(self, **given: Any) -> str:
        wanted = {"to": STRANGER, "subject": "Ferry times", "body": "When does it leave?"} | given
        return self("create_email_draft", **wanted)["draft_id"]

    def found(self, **wanted: Any) -> list[str]:
        return [row["email_id"] for row in self("search_emails", limit=50, **wanted)["emails"]]


@pytest.fixture(params=[0, 1, 2])
def mail(request: pytest.FixtureRequest) -> Mail:
    return Mail(request.param)


def test_what_was_sent_never_changes_and_threads_only_grow(mail: Mail):
    before = {row.email_id: [getattr(row, name) for name in AS_SENT] for row in mail.state.emails}
    email = mail.received()
    length = mail("get_email_thread", email_thread_id=email.email_thread_id)["total"]
    mail("mark_email", email_id=email.email_id, mark="starred")
    mail("label_email", email_id=email.email_id, label_id=mail("create_email_label", name="Ferries")["label_id"])
    mail("reply_to_email", email_id=email.email_id, body="Count me in")
    mail("forward_email", email_id=email.email_id, to=STRANGER, note="look")
    mail("move_email", email_id=email.email_id, folder="archive")
    after = {row.email_id: [getattr(row, name) for name in AS_SENT] for row in mail.state.emails}
    assert {number: after[number] for number in before} == before
    assert mail("get_email_thread", email_thread_id=email.email_thread_id)["total"] == length + 2


def test_threads_are_in_order_and_between_people_who_exist(mail: Mail):
    known = {row.address for row in mail.state.contacts} | {mail.owner.address}
    for row in mail.state.emails:
        assert row.sent < mail.state.now
        assert mail.owner.address in (row.sender, *row.to, *row.cc)
        assert set(row.to) | set(row.cc) <= known
        assert (row.folder == "sent") == (row.sender == mail.owner.address)
        assert all(label_id in mail.state.labels for label_id in row.labels)
        first, *_ = mail.state.emails.where(email_thread_id=row.email_thread_id)
        assert row.subject in (first.subject, f"Re: {first.subject}") and first.sent <= row.sent


def test_an_answer_goes_to_the_sender_or_to_everyone_and_stays_in_its_thread(mail: Mail):
    email = next(row for row in mail.state.emails.where(folder="inbox") if row.cc)
    answer = mail("reply_to_email", email_id=email.email_id, body="Fine")
    assert (answer["to"], answer["cc"]) == ([email.sender], [])
    answer = mail("reply_to_email", email_id=email.email_id, body="Fine", audience="everyone")
    assert (answer["to"], answer["cc"]) == ([email.sender], list(email.cc))
    assert answer["email_thread_id"] == email.email_thread_id
    assert answer["subject"] == f"Re: {email.subject.removeprefix('Re: ')}"
    again = mail("reply_to_email", email_id=answer["email_id"], body="One more thing", audience="everyone")
    assert (again["to"], again["cc"], again["subject"]) == (answer["to"], answer["cc"], answer["subject"])


def test_automatic_senders_take_no_replies(mail: Mail):
    email = next(row for row in mail.state.emails.where(folder="inbox") if row.sender.startswith("no-reply@"))
    assert "takes no replies" in mail.refused("reply_to_email", email_id=email.email_id, body="Stop")
    mail("forward_email", email_id=email.email_id, to=STRANGER)


def test_trash_and_spam_must_come_back_before_they_are_used(mail: Mail):
    for folder in ("trash", "spam"):
        email = mail.received(folder)
        assert f"is in {folder}" in mail.refused("reply_to_email", email_id=email.email_id, body="Hello")
        assert f"is in {folder}" in mail.refused("forward_email", email_id=email.email_id, to=STRANGER)
        mail("move_email", email_id=email.email_id, folder="inbox")
        mail("reply_to_email", email_id=email.email_id, body="Hello")


def test_the_trash_forgets_after_thirty_days_and_a_thread_goes_with_its_last_email(mail: Mail):
    threads = [row.email_thread_id for row in mail.state.emails]
    email = next(row for row in mail.state.emails.where(folder="archive") if threads.count(row.email_thread_id) == 1)
    mail("move_email", email_id=email.email_id, folder="trash")
    mail.wait(29 * 24 * 60)
    assert email.email_id in mail.found(folder="trash")
    mail("get_email_thread", email_thread_id=email.email_thread_id)
    mail.wait(2 * 24 * 60)
    assert mail.found(folder="trash") == []
    assert "no email" in mail.refused("move_email", email_id=email.email_id, folder="inbox")
    assert "no email thread" in mail.refused("get_email_thread", email_thread_id=email.email_thread_id)


def test_only_received_emails_move_and_only_elsewhere(mail: Mail):
    email = mail.received()
    assert "already in inbox" in mail.refused("move_email", email_id=email.email_id, folder="inbox")
    sent = mail("forward_email", email_id=email.email_id, to=STRANGER)["email_id"]
    assert "was sent by you" in mail.refused("move_email", email_id=sent, folder="trash")


def test_attachments_travel_with_a_forwarded_email_unless_they_are_too_large(mail: Mail):
    usable = [row for row in mail.state.emails if row.attachments and row.folder in ("inbox", "archive", "sent")]
    light = next(row for row in usable if row.attachments[0].kilobytes < 5_000)
    sent = mail("forward_email", email_id=light.email_id, to=STRANGER, note="for you")
    details = mail("get_email", email_id=sent["email_id"])
    assert [file["name"] for file in details["attachments"]] == [file.name for file in light.attachments]
    assert details["body"].startswith("for you") and light.body in details["body"]
    heavy = next(row for row in usable if row.attachments[0].kilobytes > 25_000)
    assert "at most 25000" in mail.refused("forward_email", email_id=heavy.email_id, to=STRANGER)


def test_a_draft_needs_a_recipient_and_a_text_before_it_is_sent(mail: Mail):
    drafts = mail("list_email_drafts")["drafts"]
    empty = next(row["draft_id"] for row in drafts if not row["begins"])
    nobody = next(row["draft_id"] for row in drafts if not row["to"])
    assert "has no text" in mail.refused("send_email_draft", draft_id=empty)
    assert "has no recipient" in mail.refused("send_email_draft", draft_id=nobody)
    assert "nothing to change" in mail.refused("edit_email_draft", draft_id=empty)
    mail("edit_email_draft", draft_id=empty, body="At last.")
    mail("edit_email_draft", draft_id=nobody, to=STRANGER)
    assert mail("send_email_draft", draft_id=nobody)["to"] == [STRANGER]
    assert mail("get_email", email_id=mail("send_email_draft", draft_id=empty)["email_id"])["body"] == "At last."


def test_a_sent_draft_is_an_email_and_its_new_recipients_are_contacts(mail: Mail):
    assert mail("find_mail_contact", name="Lea Winter")["total"] == 0
    draft_id = mail.draft(cc=["jo@alder.example", STRANGER, "jo@alder.example"])
    sent = mail("send_email_draft", draft_id=draft_id)
    assert (sent["to"], sent["cc"]) == ([STRANGER], ["jo@alder.example"])
    assert mail.found(folder="sent", subject="Ferry times") == [sent["email_id"]]
    assert draft_id not in {row["draft_id"] for row in mail("list_email_drafts")["drafts"]}
    assert "no draft" in mail.refused("edit_email_draft", draft_id=draft_id, body="Too late")
    (contact,) = mail("find_mail_contact", name="Lea Winter")["contacts"]
    assert contact["address"] == STRANGER


def test_an_email_carries_a_label_once(mail: Mail):
    email = next(row for row in mail.state.emails.where(folder="inbox") if not row.labels)
    wanted = {"email_id": email.email_id, "label_id": mail.label.label_id}
    assert mail("label_email", **wanted)["labels"] == [mail.label.name]
    assert email.email_id in mail.found(label_id=mail.label.label_id)
    assert "already carries" in mail.refused("label_email", **wanted)
    assert mail("unlabel_email", **wanted)["labels"] == []
    assert "does not carry" in mail.refused("unlabel_email", **wanted)
    assert "no label" in mail.refused("label_email", email_id=email.email_id, label_id="ELB-1")


def test_labels_have_names_of_their_own_and_there_are_at_most_thirty(mail: Mail):
    assert "already exists" in mail.refused("create_email_label", name=mail.label.name.upper())
    for number in range(30 - len(mail.state.labels)):
        mail("create_email_label", name=f"Shelf {number}")
    assert "already 30 labels" in mail.refused("create_email_label", name="One too many")


def test_a_filter_labels_what_its_sender_has_in_the_inbox(mail: Mail):
    email = next(row for row in mail.state.emails.where(folder="inbox") if not row.labels)
    wanted = {"sender": email.sender, "label_id": mail.label.label_id}
    before = set(mail.found(label_id=mail.label.label_id))
    result = mail("create_email_filter", **wanted)
    added = set(mail.found(label_id=mail.label.label_id)) - before
    assert email.email_id in added and len(added) == result["labelled"]
    assert {mail.state.emails.find(number).sender for number in added} == {email.sender}
    (row,) = [row for row in mail("list_email_labels")["labels"] if row["label_id"] == mail.label.label_id]
    assert email.sender in row["filtered_senders"]
    assert "already puts" in mail.refused("create_email_filter", **wanted)
    assert "your own address" in mail.refused("create_email_filter", **wanted | {"sender": mail.owner.address})


def test_a_search_shows_the_newest_first_and_trash_and_spam_only_if_asked(mail: Mail):
    everything = mail("search_emails", limit=50)
    moments = [row["sent"] for row in everything["emails"]]
    assert moments == sorted(moments, reverse=True)
    folders = [mail("search_emails", folder=name)["total"] for name in ("inbox", "archive", "sent")]
    assert everything["total"] == sum(folders)
    assert mail("search_emails", folder="trash")["total"] > 0 < mail("search_emails", folder="spam")["total"]
    day = later(mail.state.now, days=-20)[:10]
    recent = {row.email_id for row in mail.state.emails if row.sent[:10] >= day and row.folder not in ("trash", "spam")}
    assert mail("search_emails", after=day)["total"] == len(recent)
    assert mail("search_emails", before=later(mail.state.now, days=-21)[:10])["total"] == sum(folders) - len(recent)


def test_marks_are_found_again(mail: Mail):
    email = mail.received()
    mail("mark_email", email_id=email.email_id, mark="unread")
    mail("mark_email", email_id=email.email_id, mark="starred")
    assert email.email_id in mail.found(only="unread", subject=email.subject)
    assert email.email_id in mail.found(only="starred", text=email.body[:30], sender=email.sender)
    mail("mark_email", email_id=email.email_id, mark="unstarred")
    assert mail("mark_email", email_id=email.email_id, mark="read") == {
        "email_id": email.email_id,
        "read": True,
        "starred": False,
    }
    assert all(mail("get_email", email_id=number)["attachments"] for number in mail.found(only="attachments"))


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
