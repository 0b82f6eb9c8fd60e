"""One sales team's CRM from a seed: companies and their people, a year of deals, leads, and what came of them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

from servers.crm.material import (
    BRANCHES,
    DISQUALIFIED_FOR,
    FORMS,
    NAMES,
    OUTCOMES,
    PRODUCTS,
    REGIONS,
    SUBJECTS,
    SUFFIXES,
    TITLES,
    mail_name,
    slug,
)
from servers.crm.records import (
    Activity,
    ActivityKind,
    Company,
    Contact,
    Deal,
    Industry,
    Lead,
    LeadStatus,
    Rep,
    Source,
    Stage,
)
from servers.crm.rules import LOST_FOR, WON_FOR
from servers.names import CITIES, first_new_ids, ids, people
from servers.state import Base

REPS = 9
COMPANIES, BRANCH_COMPANIES = 58, 8
CONTACTS, DOUBLES = 118, 9
STAGES: dict[Stage, int] = {
    "qualification": 20, "discovery": 17, "proposal": 16, "negotiation": 11, "won": 46, "lost": 32,
}  # fmt: skip
LEADS: dict[LeadStatus, int] = {"new": 24, "contacted": 20, "qualified": 18, "disqualified": 10, "converted": 18}
SOURCES: list[Source] = [
    "web_form",
    "web_form",
    "trade_fair",
    "referral",
    "cold_call",
    "newsletter",
    "partner",
    "other",
]
KINDS: list[ActivityKind] = ["call", "call", "mail", "mail", "meeting", "task"]


class Plan(NamedTuple):
    """Activities a record has: how many are done, from when until when, and how many are open."""

    record_id: str
    owner: str
    done: int
    since: str
    until: str
    open: int


def generate(seed: int) -> Base:
    """The CRM of this seed: 9 reps, 58 companies, 127 contacts, 90 leads, 142 deals and some 650 activities."""
    rng = random.Random(f"crm:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    reps = _reps(rng)
    owners = [rep.name for rep in reps]
    companies = _companies(rng)
    contacts = _contacts(rng, companies)
    deals = _deals(rng, today, companies, contacts, owners)
    leads = _leads(rng, today, companies, contacts, deals, owners)
    contacts += _doubles(rng, contacts)
    return Base(
        seed,
        now=f"{today.isoformat()}T{rng.randrange(8, 18):02d}:{rng.randrange(60):02d}",
        counters=first_new_ids(rng, "LEA", "CTC", "CPY", "DEA", "ACV"),
        reps=reps,
        companies=companies,
        contacts=contacts,
        leads=leads,
        deals=deals,
        activities=_activities(rng, today, leads, contacts, deals, owners),
    )


def _reps(rng: random.Random) -> list[Rep]:
    names = people(rng, REPS)
    return [
        Rep(name, f"{mail_name(name)}@halyard.example", rng.choice(REGIONS), position == 0)
        for position, name in enumerate(names)
    ]


def _companies(rng: random.Random) -> list[Company]:
    """A few are branches of others, so that their names are easily confused."""
    named: dict[str, Industry] = {}
    while len(named) < COMPANIES - BRANCH_COMPANIES:
        industry = rng.choice(list(SUFFIXES))
        named.setdefault(f"{rng.choice(NAMES)} {rng.choice(SUFFIXES[industry])}", industry)
    for name in rng.sample(list(named), BRANCH_COMPANIES):
        named[f"{name} {rng.choice(BRANCHES)}"] = named[name]
    return [
        Company(number, name, industry, rng.choice(CITIES), _employees(rng), f"{slug(name)}.example")
        for number, (name, industry) in zip(ids(rng, "CPY", COMPANIES), named.items(), strict=True)
    ]


def _employees(rng: random.Random) -> int:
    return int(6 * min(rng.paretovariate(0.7), 900))


def _contacts(rng: random.Random, companies: list[Company]) -> list[Contact]:
    """At least one for every company; some have no phone."""
    places = companies + rng.choices(companies, k=CONTACTS - len(companies))
    rows = []
    for number, name, place in zip(ids(rng, "CTC", CONTACTS + DOUBLES), people(rng, CONTACTS), places, strict=False):
        phone = "" if rng.random() < 0.12 else _phone(rng)
        email = f"{mail_name(name)}@{place.website}"
        rows.append(Contact(number, name, rng.choice(TITLES), email, phone, place.company_id))
    return rows


def _doubles(rng: random.Random, contacts: list[Contact]) -> list[Contact]:
    """People who were typed in twice: under an initial with the same phone, or by name with a private address."""
    taken = {row.contact_id for row in contacts}
    numbers = [number for number in ids(rng, "CTC", 400) if number not in taken]
    rows = []
    for number, row in zip(numbers, rng.sample([row for row in contacts if row.phone], DOUBLES), strict=False):
        first, last = row.name.split()
        if rng.random() < 0.5:
            rows.append(Contact(number, f"{first[0]}. {last}", "", "", row.phone, row.company_id))
        else:
            private = f"{mail_name(row.name)}{rng.randrange(70, 99)}@postbox.example"
            rows.append(Contact(number, row.name, row.title, private, "", row.company_id))
    return rows


def _deals(
    rng: random.Random, today: date, companies: list[Company], contacts: list[Contact], owners: list[str]
) -> list[Deal]:
    """No company has two deals of one name."""
    at = {
        company.company_id: [row for row in contacts if row.company_id == company.company_id] for company in companies
    }
    stages = [stage for stage, number in STAGES.items() for _ in range(number)]
    taken: set[tuple[str, str]] = set()
    rows = []
    for number, stage in zip(ids(rng, "DEA", len(stages)), stages, strict=True):
        company = rng.choice(companies)
        name = f"{rng.choice(PRODUCTS)} {rng.choice(FORMS)}"
        while (company.company_id, name) in taken:
            name = f"{rng.choice(PRODUCTS)} {rng.choice(FORMS)}"
        taken.add((company.company_id, name))
        contact = rng.choice(at[company.company_id])
        rows.append(_deal(rng, today, Deal(
            number, name, company.company_id, contact.contact_id, rng.choice(owners), stage, 0.0, "", "")))  # fmt: skip
    return rows


def _deal(rng: random.Random, today: date, blank: Deal) -> Deal:
    """Fills in what its stage needs; early deals often lack an amount or a date."""
    stage = blank.stage
    late = stage not in ("qualification", "discovery")
    amount = _amount(rng) if rng.random() < (0.85 if stage == "proposal" else 1.0 if late else 0.55) else 0.0
    if stage in ("won", "lost"):
        age = 30 + int(370 * rng.random())
        closed = age - rng.randrange(12, age - 2)
        reason = rng.choice(WON_FOR if stage == "won" else LOST_FOR)
        expected = _day(today, closed + rng.randrange(-15, 16))
        return _with(blank, amount, expected, _day(today, age), _day(today, closed), reason)
    expected = _day(today, -rng.randrange(-8, 150)) if late or rng.random() < 0.5 else ""
    return _with(blank, amount, expected, _day(today, rng.randrange(9, 200)))


def _with(deal: Deal, amount: float, expected: str, created: str, closed: str = "", reason: str = "") -> Deal:
    known = deal.deal_id, deal.name, deal.company_id, deal.contact_id, deal.owner, deal.stage
    return Deal(*known, amount, expected, created, closed, reason)


def _amount(rng: random.Random) -> float:
    return float(int(15 * min(rng.paretovariate(0.9), 250)) * 100 + rng.choice([0, 0, 50, 90]))


def _leads(
    rng: random.Random,
    today: date,
    companies: list[Company],
    contacts: list[Contact],
    deals: list[Deal],
    owners: list[str],
) -> list[Lead]:
    """Converted leads became the first contact of a deal; a few open ones name a company that is known already."""
    statuses = [status for status, number in LEADS.items() if status != "converted" for _ in range(number)]
    known = {row.name for row in contacts}
    names = [name for name in people(rng, len(statuses) + 60) if name not in known]
    numbers = ids(rng, "LEA", sum(LEADS.values()))
    rows = [
        _lead(rng, today, number, name, status, companies, owners)
        for number, name, status in zip(numbers, names, statuses, strict=False)
    ]
    by_id = {row.contact_id: row for row in contacts}
    places = {row.company_id: row.name for row in companies}
    origin = {deal.contact_id: deal for deal in deals}
    for number, deal in zip(numbers[len(rows) :], rng.sample(list(origin.values()), LEADS["converted"]), strict=True):
        person = by_id[deal.contact_id]
        created = (date.fromisoformat(deal.created) - timedelta(days=rng.randrange(2, 50))).isoformat()
        rows.append(Lead(
            number, person.name, places[person.company_id], person.email, person.phone, rng.choice(SOURCES),
            "converted", deal.owner, created, deal.deal_id))  # fmt: skip
    return rows


def _lead(
    rng: random.Random,
    today: date,
    number: str,
    name: str,
    status: LeadStatus,
    companies: list[Company],
    owners: list[str],
) -> Lead:
    company = _lead_company(rng, companies)
    email = f"{mail_name(name)}@{slug(company)}.example"
    age = rng.randrange(0, 6) if status == "new" else rng.randrange(6, 90)
    reason = rng.choice(DISQUALIFIED_FOR) if status == "disqualified" else ""
    phone = _phone(rng) if rng.random() < 0.7 else ""
    owner = rng.choice(owners)
    return Lead(number, name, company, email, phone, rng.choice(SOURCES), status, owner, _day(today, age), "", reason)


def _lead_company(rng: random.Random, companies: list[Company]) -> str:
    if rng.random() < 0.2:
        return rng.choice(companies).name
    return f"{rng.choice(NAMES)} {rng.choice(SUFFIXES[rng.choice(list(SUFFIXES))])}"


def _activities(
    rng: random.Random, today: date, leads: list[Lead], contacts: list[Contact], deals: list[Deal], owners: list[str]
) -> list[Activity]:
    """What was done since a record was created and is still to do; a lead with a first talk is no longer new."""
    plans = [_lead_plan(rng, lead, today) for lead in leads if lead.status != "converted"]
    plans += [_deal_plan(rng, deal, today) for deal in deals]
    for row in rng.sample(contacts, 50):
        days = _day(today, rng.randrange(40, 160)), _day(today, 1)
        plans.append(Plan(row.contact_id, rng.choice(owners), rng.randrange(2), *days, rng.randrange(1, 3)))
    many = sum(plan.done + plan.open for plan in plans)
    numbers = iter(ids(rng, "ACV", many))
    rows = []
    for plan in plans:
        subjects = rng.sample([(kind, text) for kind in SUBJECTS for text in SUBJECTS[kind]], plan.done + plan.open)
        talk = sorted(subjects, key=lambda pair: pair[0] == "task")
        for position, (kind, subject) in enumerate(talk):
            rows.append(_activity(rng, today, next(numbers), kind, subject, plan, position < plan.done))
    return rows


def _lead_plan(rng: random.Random, lead: Lead, today: date) -> Plan:
    done = 0 if lead.status == "new" else rng.randrange(1, 3)
    left = 0 if lead.status == "disqualified" else rng.randrange(1, 3)
    return Plan(lead.lead_id, lead.owner, done, lead.created, _day(today, 1), left)


def _deal_plan(rng: random.Random, deal: Deal, today: date) -> Plan:
    left = 0 if deal.closed else rng.randrange(1, 4)
    return Plan(deal.deal_id, deal.owner, rng.randrange(1, 4), deal.created, deal.closed or _day(today, 1), left)


def _activity(
    rng: random.Random, today: date, number: str, kind: ActivityKind, subject: str, plan: Plan, done: bool
) -> Activity:
    """Done on its due day or a little later; open ones are due within a month, some already late."""
    if not done:
        due = _day(today, -rng.randrange(-7, 30))
        return Activity(number, kind, subject, plan.record_id, plan.owner, max(due, plan.since))
    first, last = date.fromisoformat(plan.since), date.fromisoformat(plan.until)
    days = rng.randrange(max(1, (last - first).days))
    due = first + timedelta(days=days)
    on = min(last, due + timedelta(days=rng.choice([0, 0, 0, 1, 3])))
    note = rng.choice(OUTCOMES) if rng.random() < 0.8 else ""
    return Activity(number, kind, subject, plan.record_id, plan.owner, due.isoformat(), on.isoformat(), note)


def _phone(rng: random.Random) -> str:
    country = rng.choice(["+351", "+47", "+39", "+33", "+49", "+353", "+44", "+34"])
    return f"{country} {rng.randrange(20, 99)} 555 {rng.randrange(10_000):04d}"


def _day(today: date, days_ago: int) -> str:
    return (today - timedelta(days=days_ago)).isoformat()
