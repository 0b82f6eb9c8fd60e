"""Laws of the sales CRM, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from servers.crm.rules import LOST_FOR, PIPELINE, PROBABILITY, WON_FOR
from servers.state import later
from tests.worlds.live import Live

SEEDS = range(6)


class Team(Live):
    """The CRM of a seed, and a sales rep at work."""

    def __init__(self, seed: int):
        super().__init__("crm", seed)
        self.me: str = self.state.reps.where(signed_in=True)[0].name

    def day(self, days: int) -> str:
        return later(self.state.now, days=days)[:10]

    def lead(self, status: str) -> Any:
        return self.state.leads.where(status=status)[0]

    def deal(self, stage: str, **fields: Any) -> str:
        """The id of a deal in this stage, with these fields set."""
        row = self.state.deals.where(stage=stage)[0]
        self.state.deals.update(row, **fields)
        return row.deal_id

    def doubles(self) -> tuple[Any, Any]:
        """Two entries of one person: the one with an address and phone at work, and the other."""
        double = next(row for row in self.state.contacts if row.email == "")
        rows = self.state.contacts.where(phone=double.phone, company_id=double.company_id)
        return next(row for row in rows if row != double), double

    def plan(self, record_id: str, **fields: Any) -> str:
        planned = {"kind": "call", "subject": "Tulip season", "due": self.day(3)} | fields
        return self("schedule_sales_activity", record_id=record_id, **planned)["activity_id"]

    def activities(self, record_id: str, **wanted: Any) -> list[dict[str, Any]]:
        return self("list_sales_activities", record_id=record_id, limit=50, **wanted)["activities"]


@pytest.fixture(params=[0, 1, 2])
def crm(request: pytest.FixtureRequest) -> Team:
    return Team(request.param)


def test_the_generated_records_fit_together():
    for seed in SEEDS:
        state = Team(seed).state
        reps = {rep.name for rep in state.reps}
        for deal in state.deals:
            assert state.contacts.find(deal.contact_id).company_id == deal.company_id and deal.owner in reps
            assert deal.created <= (deal.closed or state.today) <= state.today
            assert bool(deal.closed) == bool(deal.reason) == (deal.stage in ("won", "lost"))
            assert deal.expected_close or deal.stage in ("qualification", "discovery")
            assert deal.amount or deal.stage not in ("negotiation", "won")
        for lead in state.leads:
            assert (lead.status == "converted") == (lead.deal_id in state.deals)
        for row in state.activities:
            record = row.record_id
            assert record in state.leads or record in state.contacts or record in state.deals
            assert row.owner in reps and row.done < state.today and row.due <= (row.done or "9999")


def test_new_leads_have_not_been_talked_to():
    for seed in SEEDS:
        state = Team(seed).state
        for lead in state.leads:
            done = [row for row in state.activities.where(record_id=lead.lead_id) if row.done]
            assert lead.status == "converted" or bool(done) == (lead.status != "new")


def test_a_lead_converts_once_into_a_deal_with_contact_and_company(crm: Team):
    lead = crm.lead("qualified")
    crm.state.leads.update(lead, company="Tulip Institute")
    moved = {row["activity_id"] for row in crm.activities(lead.lead_id)}
    made = crm("convert_lead", lead_id=lead.lead_id, deal_name="Bulb sorter", amount=900, expected_close=crm.day(40))
    assert made["created"] == ["company", "contact", "deal"]
    deal = crm("get_deal", deal_id=made["deal_id"])
    assert (deal["company"], deal["contact"], deal["stage"]) == ("Tulip Institute", lead.name, "qualification")
    assert (deal["amount"], deal["expected_close"], deal["owner"]) == (900, crm.day(40), lead.owner)
    assert moved and {row["activity_id"] for row in crm.activities(made["deal_id"])} == moved
    assert "is converted" in crm.refused("convert_lead", lead_id=lead.lead_id, deal_name="Bulb sorter")
    assert "is converted" in crm.refused("update_lead_status", lead_id=lead.lead_id, status="disqualified")
    assert "is converted" in crm.refused(
        "schedule_sales_activity", record_id=lead.lead_id, kind="call", subject="x", due=crm.day(1)
    )


def test_converting_uses_the_company_and_contact_that_are_known(crm: Team):
    contact = next(row for row in crm.state.contacts if "@" in row.email)
    company = crm.state.companies.find(contact.company_id)
    lead = crm.lead("qualified")
    crm.state.leads.update(lead, company=company.name.upper(), email=contact.email.upper())
    made = crm("convert_lead", lead_id=lead.lead_id, deal_name="Bulb sorter")
    assert made["created"] == ["deal"]
    assert (made["company_id"], made["contact_id"]) == (company.company_id, contact.contact_id)


def test_lead_statuses_follow_their_order(crm: Team):
    lead_id = crm.lead("new").lead_id
    assert "can become contacted or disqualified" in crm.refused(
        "update_lead_status", lead_id=lead_id, status="qualified"
    )
    assert "only qualified leads" in crm.refused("convert_lead", lead_id=lead_id, deal_name="Bulb sorter")
    for status in ("contacted", "qualified", "disqualified", "contacted"):
        assert crm("update_lead_status", lead_id=lead_id, status=status)["status"] == status
    crm("update_lead_status", lead_id=lead_id, status="disqualified", reason="too small")
    assert crm.state.leads.find(lead_id).reason == "too small"


def test_an_address_is_a_lead_or_a_contact_only_once(crm: Team):
    made = crm("create_lead", name="Ottilie Brandauer", company="Tulip Institute", email="ottilie@tulip.example")
    assert (made["status"], made["owner"], made["created"]) == ("new", crm.me, crm.state.today)
    new = {"name": "O. Brandauer", "company": "Tulip Institute"}
    assert made["lead_id"] in crm.refused("create_lead", email="OTTILIE@tulip.example", **new)
    known = next(row for row in crm.state.contacts if row.email and not crm("search_leads", text=row.email)["total"])
    assert known.contact_id in crm.refused("create_lead", email=known.email, **new)


def test_deals_move_one_stage_forward_or_back(crm: Team):
    deal_id = crm.deal("qualification", amount=0.0, expected_close="")
    assert "the next stage is discovery" in crm.refused("update_deal", deal_id=deal_id, stage="proposal")
    assert "already is in" in crm.refused("update_deal", deal_id=deal_id, stage="qualification")
    crm("update_deal", deal_id=deal_id, stage="discovery")
    assert "needs an expected close" in crm.refused("update_deal", deal_id=deal_id, stage="proposal")
    crm("update_deal", deal_id=deal_id, stage="proposal", expected_close=crm.day(30))
    assert "needs an amount" in crm.refused("update_deal", deal_id=deal_id, stage="negotiation")
    moved = crm("update_deal", deal_id=deal_id, stage="negotiation", amount=5000)
    assert (moved["stage"], moved["amount"], moved["expected_close"]) == ("negotiation", 5000, crm.day(30))
    assert crm("update_deal", deal_id=deal_id, stage="qualification")["stage"] == "qualification"
    assert "nothing to change" in crm.refused("update_deal", deal_id=deal_id)


def test_expected_closes_lie_ahead_and_within_three_years(crm: Team):
    deal_id = crm.deal("negotiation")
    assert "in the past" in crm.refused("update_deal", deal_id=deal_id, expected_close=crm.day(-1))
    assert "three years" in crm.refused("update_deal", deal_id=deal_id, expected_close="9999-12-31")
    assert crm("update_deal", deal_id=deal_id, expected_close=crm.day(0))["expected_close"] == crm.state.today


def test_winning_needs_a_proposal_with_an_amount_and_a_fitting_reason(crm: Team):
    early, bare = crm.deal("discovery"), crm.deal("proposal", amount=0.0)
    won: dict[str, Any] = {"outcome": "won", "reason": "price"}
    assert "only proposals" in crm.refused("close_deal", deal_id=early, **won)
    assert "needs an amount" in crm.refused("close_deal", deal_id=bare, **won)
    crm("update_deal", deal_id=bare, amount=7000)
    assert "no reason for won" in crm.refused("close_deal", deal_id=bare, outcome="won", reason="no_budget")
    assert "no reason for lost" in crm.refused("close_deal", deal_id=bare, outcome="lost", reason="reference")
    assert "is to come" in crm.refused("close_deal", deal_id=bare, closed_on=crm.day(1), **won)
    assert "only created" in crm.refused("close_deal", deal_id=bare, closed_on="2001-01-01", **won)
    closed = crm("close_deal", deal_id=bare, closed_on=crm.day(-1), **won)
    assert (closed["stage"], closed["closed"], closed["probability"]) == ("won", crm.day(-1), 1.0)


def test_a_closed_deal_stays_closed_and_drops_what_was_planned(crm: Team):
    deal_id = crm.deal("qualification")
    activity_id = crm.plan(deal_id)
    assert crm("close_deal", deal_id=deal_id, outcome="lost", reason="timing")["open_activities"] == 0
    assert "closed deals do not change" in crm.refused("update_deal", deal_id=deal_id, amount=1)
    assert "closed deals do not change" in crm.refused("close_deal", deal_id=deal_id, outcome="won", reason="price")
    assert "is dropped" in crm.refused("complete_sales_activity", activity_id=activity_id)
    assert not crm.activities(deal_id, status="open") and crm.activities(deal_id, status="dropped")


def test_the_forecast_equals_the_weighted_sum_however_grouped(crm: Team):
    open_deals = [row for row in crm.state.deals if row.stage in PIPELINE]
    expected = sum(row.amount * PROBABILITY[row.stage] for row in open_deals)
    for group_by in ("owner", "stage", "month", "industry"):
        report = crm("report_deals", kind="forecast", group_by=group_by)
        assert report["weighted"] == pytest.approx(expected) and report["deals"] == len(open_deals)
        for field in ("deals", "amount", "weighted"):
            assert sum(group[field] for group in report["groups"]) == pytest.approx(report[field])


def test_winning_a_deal_moves_it_from_the_forecast_to_the_won(crm: Team):
    deal_id = crm.deal("negotiation", amount=8000.0)
    before = {kind: crm("report_deals", kind=kind, group_by="owner") for kind in ("forecast", "won")}
    crm("close_deal", deal_id=deal_id, outcome="won", reason="relationship")
    after = {kind: crm("report_deals", kind=kind, group_by="owner") for kind in ("forecast", "won")}
    assert after["forecast"]["weighted"] == pytest.approx(before["forecast"]["weighted"] - 6000)
    assert after["won"]["amount"] == after["won"]["weighted"] == pytest.approx(before["won"]["amount"] + 8000)
    today = crm("report_deals", kind="won", group_by="reason", after=crm.state.today, before=crm.state.today)
    assert [group["name"] for group in today["groups"]] == ["relationship"]


def test_reports_know_reasons_of_closed_and_stages_of_open_deals(crm: Team):
    assert "no groups by reason" in crm.refused("report_deals", kind="forecast", group_by="reason")
    assert "no groups by stage" in crm.refused("report_deals", kind="lost", group_by="stage")
    for kind, reasons in (("won", WON_FOR), ("lost", LOST_FOR)):
        names = {group["name"] for group in crm("report_deals", kind=kind, group_by="reason")["groups"]}
        assert names <= set(reasons)


def test_merging_keeps_every_activity_and_deal(crm: Team):
    kept, double = crm.doubles()
    crm.plan(double.contact_id)
    crm.state.deals.update(next(iter(crm.state.deals)), contact_id=double.contact_id, company_id=double.company_id)
    both = {row["activity_id"] for row in crm.activities(kept.contact_id) + crm.activities(double.contact_id)}
    deals = len(crm.state.deals.where(contact_id=kept.contact_id)) + 1
    merged = crm("merge_crm_contacts", keep_contact_id=kept.contact_id, duplicate_contact_id=double.contact_id)
    assert (merged["email"], merged["phone"], merged["deals_moved"]) == (kept.email, kept.phone, 1)
    assert {row["activity_id"] for row in crm.activities(kept.contact_id)} == both
    assert len(crm.state.deals.where(contact_id=kept.contact_id)) == deals
    assert "no lead, contact or deal" in crm.refused("list_sales_activities", record_id=double.contact_id)
    assert "no contact" in crm.refused(
        "merge_crm_contacts", keep_contact_id=kept.contact_id, duplicate_contact_id=double.contact_id
    )


def test_only_entries_of_one_person_are_merged(crm: Team):
    kept, double = crm.doubles()
    stranger = next(row for row in crm.state.contacts if row.company_id != kept.company_id)
    pairs = {
        "with itself": (kept, kept),
        "different companies": (kept, stranger),
        "share neither": (kept, crm.state.contacts.update(double, phone="", name="Somebody Else")),
    }
    for reason, (first, second) in pairs.items():
        ids = {"keep_contact_id": first.contact_id, "duplicate_contact_id": second.contact_id}
        assert reason in crm.refused("merge_crm_contacts", **ids)


def test_a_deal_is_opened_with_a_contact_of_its_company_under_a_free_name(crm: Team):
    contact = next(iter(crm.state.contacts))
    stranger = next(row for row in crm.state.contacts if row.company_id != contact.company_id)
    wanted = {"company_id": contact.company_id, "contact_id": contact.contact_id, "name": "Bulb sorter"}
    made = crm("create_deal", **wanted)
    assert (made["stage"], made["owner"], made["amount"]) == ("qualification", crm.me, 0)
    assert made["deal_id"] in crm.refused("create_deal", **wanted | {"name": "bulb SORTER"})
    assert "works for" in crm.refused("create_deal", **wanted | {"contact_id": stranger.contact_id})
    crm("close_deal", deal_id=made["deal_id"], outcome="lost", reason="price")
    crm("create_deal", **wanted)


def test_activities_become_overdue_and_are_completed_once(crm: Team):
    contact = next(iter(crm.state.contacts)).contact_id
    activity_id = crm.plan(contact, due=crm.day(1))
    assert activity_id in crm.refused(
        "schedule_sales_activity", record_id=contact, kind="call", subject="Tulip season", due=crm.day(1)
    )
    assert activity_id not in {row["activity_id"] for row in crm.activities(contact, status="overdue")}
    crm.wait(2 * 24 * 60)
    for status in ("open", "overdue"):
        assert activity_id in {row["activity_id"] for row in crm.activities(contact, status=status)}
    done = crm("complete_sales_activity", activity_id=activity_id, note="likes red ones")
    assert (done["status"], done["note"]) == ("done", "likes red ones")
    assert "is done" in crm.refused("complete_sales_activity", activity_id=activity_id)


def test_a_first_talk_makes_a_new_lead_contacted_but_a_task_does_not(crm: Team):
    lead_id = crm.lead("new").lead_id
    crm("complete_sales_activity", activity_id=crm.plan(lead_id, kind="task"))
    assert crm.state.leads.find(lead_id).status == "new"
    crm("complete_sales_activity", activity_id=crm.plan(lead_id, kind="mail"))
    assert crm.state.leads.find(lead_id).status == "contacted"


def test_an_owner_is_one_sales_rep(crm: Team):
    first, second, third, *_ = list(crm.state.reps)
    deal_id = crm.deal("discovery")
    assert crm("update_deal", deal_id=deal_id, owner=second.name.upper())["owner"] == second.name
    assert crm("update_deal", deal_id=deal_id, owner="me")["owner"] == first.name
    assert "sales reps match" in crm.refused("search_deals", owner=" ")
    assert f"no sales rep Zz; there are {first.name}" in crm.refused("search_leads", owner="Zz")
    assert third.name not in {row["owner"] for row in crm("search_deals", owner="me", limit=50)["deals"]}


def test_what_does_not_exist_is_refused(crm: Team):
    assert "no lead" in crm.refused("convert_lead", lead_id="LEA-00000", deal_name="Bulb sorter")
    assert "no deal" in crm.refused("get_deal", deal_id="DEA-00000")
    assert "no company" in crm.refused("search_crm_contacts", company_id="CPY-00000")
    assert "no activity" in crm.refused("complete_sales_activity", activity_id="ACV-00000")


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
