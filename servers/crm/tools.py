"""What a signed-in sales rep can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from servers.crm.finding import (
    active_record_with,
    activity_with,
    company_with,
    contact_with,
    deal_with,
    lead_with,
    me,
    open_deal_with,
    record_with,
    rep_called,
)
from servers.crm.opening import check_mergeable, coming_day, company_of, contact_of, open_deal
from servers.crm.records import (
    Activities,
    Activity,
    ActivityId,
    ActivityKind,
    ActivityRow,
    ActivityStatus,
    Amount,
    Companies,
    CompanyId,
    ContactId,
    Contacts,
    Converted,
    Day,
    Deal,
    DealDetails,
    DealId,
    DealRow,
    Deals,
    Grouping,
    Industry,
    Lead,
    LeadId,
    LeadRow,
    Leads,
    LeadStatus,
    Merged,
    OpenStage,
    Outcome,
    Owner,
    ReasonKind,
    RecordId,
    Report,
    ReportKind,
    Sales,
    Source,
    Stage,
)
from servers.crm.rules import (
    LOST_FOR,
    NEXT_STATUS,
    WON_FOR,
    cents,
    check_complete,
    check_move,
    groups,
    is_open,
    status_of,
    total,
    weighted,
)
from servers.crm.views import activity_row, company_row, contact_row, deal_details, deal_row, lead_row
from servers.state import ToolError
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Text = Annotated[
    str, Meta(description="part of a name, company, e-mail, phone or id, e.g. Mira Holt", min_length=1, max_length=80)
]
PersonName = Annotated[str, Meta(description="full name, e.g. Mira Holt", pattern=r"\S", max_length=60)]
CompanyName = Annotated[str, Meta(description="company name, e.g. Brightwater Foods", pattern=r"\S", max_length=80)]
Email = Annotated[
    str,
    Meta(
        description="e-mail, e.g. mira.holt@brightwater.example", pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", max_length=80
    ),
]
Phone = Annotated[str, Meta(description="phone with country code, e.g. +351 21 555 0142", max_length=30)]
DealName = Annotated[
    str, Meta(description="name of the deal, e.g. Fleet sensors rollout", pattern=r"\S", max_length=80)
]
Subject = Annotated[str, Meta(description="what it is about, e.g. Pricing call", pattern=r"\S", max_length=80)]
Note = Annotated[str, Meta(description="what came of it, e.g. wants a second offer", max_length=200)]
NewStatus = Annotated[
    Literal["contacted", "qualified", "disqualified"], Meta(description="status to set, e.g. qualified")
]
Order = Annotated[
    Literal["largest", "soonest", "newest"], Meta(description="which come first: by amount, expected close or creation")
]
Expected = Annotated[Day, Meta(description="expected closing day, from today on, e.g. 2026-03-14")]


@reads
def search_leads(
    crm: Sales,
    text: Text | None = None,
    status: Annotated[LeadStatus, Meta(description="where the lead stands, e.g. qualified")] | None = None,
    source: Source | None = None,
    owner: Owner | None = None,
    limit: Limit = 5,
) -> Leads:
    """Search leads by person, company, e-mail or id, by status, source or owner, newest first, e.g. status="new"."""
    rep = None if owner is None else rep_called(crm, owner)
    found = [
        row
        for row in crm.leads
        if status in (None, row.status) and source in (None, row.source) and rep in (None, row.owner)
    ]
    if text is not None:
        found = [row for row in found if _holds(text, row.name, row.company, row.email, row.phone, row.lead_id)]
    newest = sorted(found, key=lambda row: (row.created, row.lead_id), reverse=True)
    return Leads([lead_row(row) for row in newest[:limit]], len(newest))


@writes
def create_lead(
    crm: Sales, name: PersonName, company: CompanyName, email: Email, source: Source = "other", phone: Phone = ""
) -> LeadRow:
    """Add a new lead of your own; refused if a lead or contact has the e-mail, e.g. email="mira@holt.example"."""
    for lead in crm.leads:
        if lead.email.casefold() == email.casefold():
            raise ToolError(f"{email} is already lead {lead.lead_id}, {lead.name}, {lead.status}")
    for contact in crm.contacts:
        if contact.email.casefold() == email.casefold():
            raise ToolError(f"{email} is already contact {contact.contact_id}, {contact.name}")
    number = crm.new_id("LEA")
    return lead_row(crm.leads.add(Lead(number, name, company, email, phone, source, "new", me(crm).name, crm.today)))


@writes
def update_lead_status(crm: Sales, lead_id: LeadId, status: NewStatus, reason: Note = "") -> LeadRow:
    """Move an open lead from new to contacted to qualified or back, or disqualify it, e.g. status="qualified"."""
    lead = lead_with(crm, lead_id)
    if status not in NEXT_STATUS[lead.status]:
        allowed = " or ".join(NEXT_STATUS[lead.status]) or "nothing else"
        raise ToolError(f"{lead_id} is {lead.status}; it can become {allowed}, not {status}")
    return lead_row(crm.leads.update(lead, status=status, reason=reason if status == "disqualified" else ""))


@writes
def convert_lead(
    crm: Sales,
    lead_id: LeadId,
    deal_name: DealName,
    amount: Amount | None = None,
    expected_close: Expected | None = None,
) -> Converted:
    """Turn a qualified lead, once, into a deal with its contact and company; what exists already is used again."""
    lead = lead_with(crm, lead_id)
    if lead.status != "qualified":
        raise ToolError(f"{lead_id} is {lead.status}; only qualified leads can be converted")
    before = len(crm.companies), len(crm.contacts)
    company = company_of(crm, lead)
    contact = contact_of(crm, lead, company)
    deal = open_deal(crm, deal_name, contact, lead.owner, amount, expected_close)
    for activity in crm.activities.where(record_id=lead_id):
        crm.activities.update(activity, record_id=deal.deal_id)
    crm.leads.update(lead, status="converted", deal_id=deal.deal_id)
    after = len(crm.companies), len(crm.contacts)
    made = [what for what, old, new in zip(("company", "contact"), before, after, strict=True) if new > old]
    return Converted(lead_id, contact.contact_id, company.company_id, deal.deal_id, [*made, "deal"])


@reads
def search_crm_contacts(
    crm: Sales, text: Text | None = None, company_id: CompanyId | None = None, limit: Limit = 5
) -> Contacts:
    """Search contact persons by name, e-mail, phone or id, or by the company they work for, e.g. text="Mira Holt"."""
    if company_id is None:
        found = list(crm.contacts)
    else:
        found = crm.contacts.where(company_id=company_with(crm, company_id).company_id)
    if text is not None:
        found = [row for row in found if _holds(text, row.name, row.email, row.phone, row.contact_id)]
    found = sorted(found, key=lambda row: (row.name, row.contact_id))
    return Contacts([contact_row(crm, row) for row in found[:limit]], len(found))


@writes(destructive=True)
def merge_crm_contacts(crm: Sales, keep_contact_id: ContactId, duplicate_contact_id: ContactId) -> Merged:
    """Merge a duplicate, its activities and deals into a contact at its company with the same name, e-mail or phone."""
    kept, double = contact_with(crm, keep_contact_id), contact_with(crm, duplicate_contact_id)
    check_mergeable(kept, double)
    activities = crm.activities.where(record_id=double.contact_id)
    for activity in activities:
        crm.activities.update(activity, record_id=kept.contact_id)
    deals = crm.deals.where(contact_id=double.contact_id)
    for deal in deals:
        crm.deals.update(deal, contact_id=kept.contact_id)
    crm.contacts.delete(double.contact_id)
    kept = crm.contacts.update(kept, email=kept.email or double.email, phone=kept.phone or double.phone)
    return Merged(kept.contact_id, kept.name, kept.email, kept.phone, len(activities), len(deals))


@reads
def search_companies(
    crm: Sales,
    text: Text | None = None,
    industry: Industry | None = None,
    city: Annotated[str, Meta(description="city, e.g. Porto", max_length=40)] | None = None,
    limit: Limit = 5,
) -> Companies:
    """Search companies by name, website or id, by industry or city, the largest first, e.g. text="Brightwater"."""
    found = [row for row in crm.companies if industry in (None, row.industry)]
    if text is not None:
        found = [row for row in found if _holds(text, row.name, row.website, row.company_id)]
    if city is not None:
        found = [row for row in found if row.city.casefold() == city.casefold()]
    largest = sorted(found, key=lambda row: (-row.employees, row.company_id))
    return Companies([company_row(crm, row) for row in largest[:limit]], len(largest))


@reads
def search_deals(
    crm: Sales,
    text: Annotated[Text, Meta(description="part of the deal's or company's name, e.g. Fleet sensors")] | None = None,
    stage: Annotated[Stage, Meta(description="where the deal stands, e.g. negotiation")] | None = None,
    company_id: CompanyId | None = None,
    owner: Owner | None = None,
    order: Order = "largest",
    limit: Limit = 5,
) -> Deals:
    """Search deals by name, stage, company or owner, largest first, with the sum of all, e.g. stage="proposal"."""
    found = (
        list(crm.deals) if company_id is None else crm.deals.where(company_id=company_with(crm, company_id).company_id)
    )
    rep = None if owner is None else rep_called(crm, owner)
    found = [row for row in found if stage in (None, row.stage) and rep in (None, row.owner)]
    if text is not None:
        found = [row for row in found if _holds(text, row.name, company_with(crm, row.company_id).name, row.deal_id)]
    return Deals([deal_row(crm, row) for row in _ordered(found, order)[:limit]], len(found), total(found))


@reads
def get_deal(crm: Sales, deal_id: DealId) -> DealDetails:
    """Show a deal with its company, contact, stage, probability, dates and latest notes, e.g. deal_id="DEA-20931"."""
    return deal_details(crm, deal_with(crm, deal_id))


@writes
def create_deal(
    crm: Sales,
    company_id: CompanyId,
    contact_id: ContactId,
    name: DealName,
    amount: Amount | None = None,
    expected_close: Expected | None = None,
) -> DealRow:
    """Open a deal of your own in qualification with a contact who works for the company, e.g. amount=12500."""
    company, contact = company_with(crm, company_id), contact_with(crm, contact_id)
    if contact.company_id != company_id:
        works_for = company_with(crm, contact.company_id).name
        raise ToolError(f"{contact.name} works for {works_for}, not for {company.name}")
    return deal_row(crm, open_deal(crm, name, contact, me(crm).name, amount, expected_close))


@writes
def update_deal(
    crm: Sales,
    deal_id: DealId,
    stage: Annotated[OpenStage, Meta(description="stage to move to: the next one or an earlier one")] | None = None,
    amount: Amount | None = None,
    expected_close: Expected | None = None,
    owner: Owner | None = None,
) -> DealRow:
    """Change an open deal; proposals need an expected close and negotiations also an amount, e.g. stage="proposal"."""
    deal = open_deal_with(crm, deal_id)
    if stage is None and amount is None and expected_close is None and owner is None:
        raise ToolError("nothing to change: give stage, amount, expected_close or owner")
    if stage is not None:
        check_move(deal, stage)
    changed = replace(
        deal,
        stage=stage or deal.stage,
        amount=deal.amount if amount is None else cents(amount),
        expected_close=deal.expected_close if expected_close is None else coming_day(crm, expected_close),
        owner=deal.owner if owner is None else rep_called(crm, owner),
    )
    check_complete(changed)
    return deal_row(crm, crm.deals.save(changed))


@writes(destructive=True)
def close_deal(
    crm: Sales,
    deal_id: DealId,
    outcome: Outcome,
    reason: Annotated[ReasonKind, Meta(description="why it was won or lost, e.g. price")],
    closed_on: Annotated[Day, Meta(description="closing day, today if left out, e.g. 2026-03-14")] | None = None,
) -> DealDetails:
    """Close an open deal for good; winning needs a proposal or negotiation with an amount; open activities drop."""
    deal, day = open_deal_with(crm, deal_id), crm.today if closed_on is None else closed_on.isoformat()
    _check_closing_day(crm, deal, day)
    fitting = WON_FOR if outcome == "won" else LOST_FOR
    if reason not in fitting:
        raise ToolError(f"{reason} is no reason for {outcome} deals; those are {', '.join(fitting)}")
    if outcome == "won":
        _check_winnable(deal)
    for activity in crm.activities.where(record_id=deal_id, done=""):
        crm.activities.update(activity, dropped=True)
    return deal_details(crm, crm.deals.update(deal, stage=outcome, closed=day, reason=reason))


@reads
def list_sales_activities(
    crm: Sales,
    record_id: RecordId | None = None,
    status: Annotated[ActivityStatus, Meta(description="open includes overdue, e.g. overdue")] | None = None,
    kind: ActivityKind | None = None,
    owner: Owner | None = None,
    due_before: Annotated[Day, Meta(description="last due day, included, e.g. 2026-03-14")] | None = None,
    limit: Limit = 5,
) -> Activities:
    """List activities by record, status, kind, owner or due day, first due first, done ones last due first."""
    found = list(crm.activities) if record_id is None else _activities_of(crm, record_id)
    rep = None if owner is None else rep_called(crm, owner)
    found = [row for row in found if kind in (None, row.kind) and rep in (None, row.owner)]
    if status is not None:
        meant = ("open", "overdue") if status == "open" else (status,)
        found = [row for row in found if status_of(crm, row) in meant]
    if due_before is not None:
        found = [row for row in found if row.due <= due_before.isoformat()]
    found = sorted(found, key=lambda row: (row.due, row.activity_id), reverse=status == "done")
    return Activities([activity_row(crm, row) for row in found[:limit]], len(found))


@writes
def schedule_sales_activity(
    crm: Sales, record_id: RecordId, kind: ActivityKind, subject: Subject, due: Day, owner: Owner = "me"
) -> ActivityRow:
    """Plan a call, mail, meeting or task for a lead, contact or open deal, e.g. kind="call", due="2026-03-14"."""
    active_record_with(crm, record_id)
    rep, day = rep_called(crm, owner), coming_day(crm, due)
    for row in crm.activities.where(record_id=record_id, kind=kind, subject=subject, due=day, done=""):
        raise ToolError(f"{row.activity_id} already is a {kind} about {subject} due {day}")
    return activity_row(crm, crm.activities.add(Activity(crm.new_id("ACV"), kind, subject, record_id, rep, day)))


@writes
def complete_sales_activity(crm: Sales, activity_id: ActivityId, note: Note = "") -> ActivityRow:
    """Mark an open activity as done today with a note; a call, mail or meeting makes a new lead contacted."""
    activity = activity_with(crm, activity_id)
    status = status_of(crm, activity)
    if status not in ("open", "overdue"):
        raise ToolError(f"{activity_id} is {status}; only open activities can be completed")
    lead = crm.leads.get(activity.record_id)
    if lead and lead.status == "new" and activity.kind != "task":
        crm.leads.update(lead, status="contacted")
    return activity_row(crm, crm.activities.update(activity, done=crm.today, note=note))


@reads
def report_deals(
    crm: Sales,
    kind: ReportKind,
    group_by: Grouping,
    after: Day | None = None,
    before: Day | None = None,
    owner: Owner | None = None,
) -> Report:
    """Report the forecast of open deals, or won or lost ones, in groups, between two days both included."""
    if group_by == ("reason" if kind == "forecast" else "stage"):
        raise ToolError(f"a report of kind {kind} has no groups by {group_by}")
    rep = None if owner is None else rep_called(crm, owner)
    found = [row for row in crm.deals if rep in (None, row.owner)]
    found = [row for row in found if (is_open(row) if kind == "forecast" else row.stage == kind)]
    found = [row for row in found if _is_between(row.closed or row.expected_close, after, before)]
    return Report(kind, groups(crm, found, group_by), len(found), total(found), weighted(found))


def _holds(text: str, *fields: str) -> bool:
    """Whether any of these contains the text, ignoring case."""
    return any(text.casefold() in field.casefold() for field in fields)


def _ordered(deals: list[Deal], order: str) -> list[Deal]:
    """Largest, soonest or newest first; deals without a date come last."""
    if order == "largest":
        return sorted(deals, key=lambda deal: (-deal.amount, deal.deal_id))
    if order == "newest":
        return sorted(deals, key=lambda deal: (deal.created, deal.deal_id), reverse=True)
    return sorted(deals, key=lambda deal: (deal.expected_close or "9999", deal.deal_id))


def _activities_of(crm: Sales, record_id: str) -> list[Activity]:
    record_with(crm, record_id)
    return crm.activities.where(record_id=record_id)


def _check_closing_day(crm: Sales, deal: Deal, day: str) -> None:
    if day > crm.today:
        raise ToolError(f"{day} is to come: today is {crm.today}")
    if day < deal.created:
        raise ToolError(f"{deal.deal_id} was only created on {deal.created}")


def _check_winnable(deal: Deal) -> None:
    if deal.stage not in ("proposal", "negotiation"):
        raise ToolError(f"{deal.deal_id} is in {deal.stage}; only proposals and negotiations can be won")
    if not deal.amount:
        raise ToolError(f"{deal.deal_id} needs an amount to be won")


def _is_between(day: str, after: date | None, before: date | None) -> bool:
    """Without a day nothing lies between two days."""
    late = after is None or bool(day) and day >= after.isoformat()
    return late and (before is None or bool(day) and day <= before.isoformat())
