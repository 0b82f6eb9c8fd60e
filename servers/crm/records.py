"""The tables of the CRM, and the types its tools take and give. Amounts are in euros."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

LeadId = Annotated[str, msgspec.Meta(description="lead, e.g. LEA-30417", max_length=20)]
ContactId = Annotated[str, msgspec.Meta(description="contact person, e.g. CTC-48213", max_length=20)]
CompanyId = Annotated[str, msgspec.Meta(description="company, e.g. CPY-55120", max_length=20)]
DealId = Annotated[str, msgspec.Meta(description="deal, e.g. DEA-20931", max_length=20)]
ActivityId = Annotated[str, msgspec.Meta(description="activity, e.g. ACV-71305", max_length=20)]
RecordId = Annotated[
    str, msgspec.Meta(description="a lead, contact or deal, e.g. LEA-30417, CTC-48213 or DEA-20931", max_length=20)
]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Amount = Annotated[float, msgspec.Meta(description="value in euros, e.g. 12500", ge=1, le=10_000_000)]
Owner = Annotated[
    str,
    msgspec.Meta(description="sales rep: a name or part of it, e.g. Mira Holt, or me", min_length=1, max_length=60),
]
OpenStage = Literal["qualification", "discovery", "proposal", "negotiation"]
Stage = Literal["qualification", "discovery", "proposal", "negotiation", "won", "lost"]
Outcome = Annotated[Literal["won", "lost"], msgspec.Meta(description="how the deal ended, e.g. won")]
ReasonKind = Literal[
    "price", "product_fit", "timing", "relationship", "reference", "competitor", "no_budget", "no_decision"
]
LeadStatus = Literal["new", "contacted", "qualified", "disqualified", "converted"]
Source = Annotated[
    Literal["web_form", "trade_fair", "referral", "cold_call", "newsletter", "partner", "other"],
    msgspec.Meta(description="where the lead came from, e.g. trade_fair"),
]
Industry = Annotated[
    Literal[
        "energy", "food", "logistics", "healthcare", "retail", "construction", "education", "finance", "tourism",
        "machinery", "software", "media", "other",
    ],
    msgspec.Meta(description="line of business, e.g. logistics"),
]  # fmt: skip
ActivityKind = Annotated[
    Literal["call", "mail", "meeting", "task"], msgspec.Meta(description="kind of activity, e.g. call")
]
ActivityStatus = Literal["open", "overdue", "done", "dropped"]
ReportKind = Annotated[
    Literal["forecast", "won", "lost"],
    msgspec.Meta(description="forecast: open deals by expected close; won or lost: closed deals by closing day"),
]
Grouping = Annotated[
    Literal["owner", "stage", "month", "industry", "reason"],
    msgspec.Meta(description="what to group by, e.g. owner; stage only for the forecast, reason only for won or lost"),
]


class Rep(Row, frozen=True):
    name: str
    email: str
    region: str
    signed_in: bool


class Company(Row, frozen=True):
    company_id: str
    name: str
    industry: Industry
    city: str
    employees: int
    website: str


class Contact(Row, frozen=True):
    contact_id: str
    name: str
    title: str
    email: str
    phone: str
    """E-mail and phone may be unknown."""
    company_id: str


class Lead(Row, frozen=True):
    """A person who may buy one day; company is what they said, not a row of companies."""

    lead_id: str
    name: str
    company: str
    email: str
    phone: str
    source: Source
    status: LeadStatus
    owner: str
    created: str
    deal_id: str = ""
    """What it was converted to."""
    reason: str = ""
    """Why it was disqualified."""


class Deal(Row, frozen=True):
    deal_id: str
    name: str
    company_id: str
    contact_id: str
    owner: str
    stage: Stage
    amount: float
    """0 while unknown."""
    expected_close: str
    created: str
    closed: str = ""
    reason: str = ""


class Activity(Row, frozen=True):
    activity_id: str
    kind: ActivityKind
    subject: str
    record_id: str
    owner: str
    due: str
    done: str = ""
    note: str = ""
    dropped: bool = False
    """Its deal was closed before it was done."""


class Sales(State):
    reps: Table[Rep]
    companies: Table[Company]
    contacts: Table[Contact]
    leads: Table[Lead]
    deals: Table[Deal]
    activities: Table[Activity]


class LeadRow(msgspec.Struct, frozen=True):
    lead_id: str
    name: str
    company: str
    email: str
    phone: str
    status: LeadStatus
    owner: str
    created: str


class Leads(msgspec.Struct, frozen=True):
    leads: list[LeadRow]
    total: int
    """How many match, of which the newest are shown."""


class Converted(msgspec.Struct, frozen=True):
    lead_id: str
    contact_id: str
    company_id: str
    deal_id: str
    created: list[str]
    """What was not there before: "contact", "company", "deal"."""


class ContactRow(msgspec.Struct, frozen=True):
    contact_id: str
    name: str
    title: str
    company: str
    email: str
    phone: str


class Contacts(msgspec.Struct, frozen=True):
    contacts: list[ContactRow]
    total: int


class Merged(msgspec.Struct, frozen=True):
    contact_id: str
    name: str
    email: str
    phone: str
    activities_moved: int
    deals_moved: int


class CompanyRow(msgspec.Struct, frozen=True):
    company_id: str
    name: str
    industry: Industry
    city: str
    employees: int
    open_deals: int


class Companies(msgspec.Struct, frozen=True):
    companies: list[CompanyRow]
    total: int


class DealRow(msgspec.Struct, frozen=True):
    deal_id: str
    name: str
    company: str
    stage: Stage
    amount: float
    expected_close: str
    owner: str


class Deals(msgspec.Struct, frozen=True):
    deals: list[DealRow]
    total: int
    amount: float
    """Of all that match."""


class DealDetails(msgspec.Struct, frozen=True):
    deal_id: str
    name: str
    company_id: str
    company: str
    contact_id: str
    contact: str
    owner: str
    stage: Stage
    probability: float
    amount: float
    expected_close: str
    created: str
    closed: str
    reason: str
    open_activities: int
    notes: list[str]
    """The latest of its activities, newest first."""


class ActivityRow(msgspec.Struct, frozen=True, omit_defaults=True):
    activity_id: str
    kind: ActivityKind
    subject: str
    record_id: str
    record: str
    owner: str
    due: str
    status: ActivityStatus
    note: str = ""


class Activities(msgspec.Struct, frozen=True):
    activities: list[ActivityRow]
    total: int


class Group(msgspec.Struct, frozen=True):
    name: str
    deals: int
    amount: float
    weighted: float


class Report(msgspec.Struct, frozen=True):
    kind: ReportKind
    groups: list[Group]
    deals: int
    amount: float
    weighted: float
    """Amounts times the probability of their stage; of won deals all, of lost deals nothing."""
