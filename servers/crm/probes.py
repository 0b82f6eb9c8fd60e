"""What a sales rep would ask of this CRM now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.crm.material import DISQUALIFIED_FOR, FORMS, NAMES, OUTCOMES, PRODUCTS, SUBJECTS, SUFFIXES, mail_name, slug
from servers.crm.rules import LOST_FOR, NEXT_STATUS, PIPELINE, WON_FOR
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
NEW_PEOPLE = [
    "Ottilie Brandauer", "Jasper Okonkwo", "Renata Szabo", "Ilias Papadakis", "Noor van Dijk", "Hiroshi Endo",
    "Catalina Rojas", "Bram Verhoeven", "Sigrid Aalto", "Farid Mansour", "Ludovic Perrin", "Ngozi Achebe",
]  # fmt: skip
SOURCES = ["web_form", "trade_fair", "referral", "cold_call", "newsletter", "partner"]
CLOSED = ("won", "lost")


def search_leads(look: Look) -> Arguments:
    if look.chance(0.4):
        row = look.choose(look("search_leads", limit=50)["leads"])
        return {"text": look.choose([row["name"], row["company"]])}
    if look.chance(0.4):
        return {"status": look.choose(["new", "contacted", "qualified", "disqualified"]), "owner": _owner(look)}
    return {"source": look.choose(SOURCES), "status": look.choose(["new", "contacted", "qualified"])}


def create_lead(look: Look) -> Arguments:
    name = look.choose(NEW_PEOPLE)
    company = f"{look.choose(NAMES)} {look.choose(look.choose(SUFFIXES.values()))}"
    email = f"{mail_name(name)}@{slug(company)}.example"
    if look("search_leads", text=email)["total"]:
        raise NothingToAsk
    phone = f"+351 21 555 {look.rng.randrange(10_000):04d}"
    return {"name": name, "company": company, "email": email, "source": look.choose(SOURCES), "phone": phone}


def update_lead_status(look: Look) -> Arguments:
    lead = _lead(look, "new", "contacted", "qualified", "disqualified")
    ways = NEXT_STATUS[_row(look, "search_leads", "leads", lead.id)["status"]]
    status = look.choose([*ways, *(way for way in ways if way != "disqualified")])
    reason = {"reason": look.choose(DISQUALIFIED_FOR)} if status == "disqualified" else {}
    return {"lead_id": lead, "status": status} | reason


def convert_lead(look: Look) -> Arguments:
    lead = _lead(look, "qualified")
    return {
        "lead_id": lead,
        "deal_name": _new_deal_name(look),
        "amount": _amount(look),
        "expected_close": _day(look, 20),
    }


def search_crm_contacts(look: Look) -> Arguments:
    known = look.recall("contact")
    if known and look.chance(0.5) and (row := _row(look, "search_crm_contacts", "contacts", known.id)):
        return {"text": row["name"]}
    if look.chance(0.5):
        return {"company_id": _company(look)}
    row = look.choose(_contacts(look))
    return {"text": look.choose([row["name"], row["name"].split()[1], row["email"] or row["name"]])}


def merge_crm_contacts(look: Look) -> Arguments:
    """Somebody typed in under a private address has the same name, somebody under an initial the same phone."""
    private = look("search_crm_contacts", text="@postbox.example", limit=50)["contacts"]
    initial = look("search_crm_contacts", text=". ", limit=50)["contacts"]
    known = look.recall("contact")
    meant = _row(look, "search_crm_contacts", "contacts", known.id) if known else {}
    doubles = private + initial
    double = meant if meant in doubles else look.choose(doubles)
    shared = double["name"] if double in private else double["phone"]
    rows = look("search_crm_contacts", text=shared, limit=50)["contacts"]
    kept = look.choose(row for row in rows if row != double and row["company"] == double["company"])
    names = {known.id: known} if known else {}
    return {
        "duplicate_contact_id": names.get(double["contact_id"]) or _entry(look, double),
        "keep_contact_id": names.get(kept["contact_id"]) or _entry(look, kept),
    }


def search_companies(look: Look) -> Arguments:
    row = look.choose(_companies(look))
    if look.chance(0.4):
        return {"text": look.choose([row["name"], row["name"].split()[0]])}
    return {"industry": row["industry"], "city": row["city"]}


def search_deals(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"text": look.choose(PRODUCTS)}
    if look.chance(0.5):
        return {"company_id": _company(look), "order": look.choose(["largest", "soonest", "newest"])}
    return {"stage": look.choose([*PIPELINE, *CLOSED]), "owner": _owner(look)}


def get_deal(look: Look) -> Arguments:
    return {"deal_id": _deal(look)}


def create_deal(look: Look) -> Arguments:
    company, contact = _customer(look)
    return {
        "company_id": company,
        "contact_id": contact,
        "name": _new_deal_name(look),
        "amount": _amount(look),
        "expected_close": _day(look, 20),
    }


def _customer(look: Look) -> tuple[Reference, Reference]:
    """A company and a contact there; those that were mentioned are taken up."""
    company, contact = look.recall("company"), look.recall("contact")
    row = _row(look, "search_crm_contacts", "contacts", contact.id) if contact else {}
    if contact and row:
        place = _row(look, "search_companies", "companies", company.id) if company else {}
        fits = company is not None and place.get("name") == row["company"]
        return (company if company and fits else _company_named(look, row["company"])), contact
    if company and _row(look, "search_companies", "companies", company.id):
        there = look("search_crm_contacts", company_id=company.id, limit=50)["contacts"]
        return company, _contact_named(look, look.choose(row for row in there if row["email"]))
    row = look.choose(row for row in _contacts(look) if row["email"])
    return _company_named(look, row["company"]), _contact_named(look, row)


def update_deal(look: Look) -> Arguments:
    if look.chance(0.45):
        deal = _deal(look, lambda row: bool(_stages_ahead(row)))
        return {"deal_id": deal, "stage": look.choose(_stages_ahead(look("get_deal", deal_id=deal.id)))}
    deal = _deal(look, lambda row: row["stage"] in PIPELINE)
    if look.chance(0.4):
        return {"deal_id": deal, "owner": _owner(look)}
    return {"deal_id": deal, "amount": _amount(look), "expected_close": _day(look, 20)}


def close_deal(look: Look) -> Arguments:
    outcome = look.choose(CLOSED)
    reason = look.choose(WON_FOR if outcome == "won" else LOST_FOR)

    newest = look("search_deals", order="newest", limit=1)["deals"]

    def fits(row: Arguments) -> bool:
        if row["deal_id"] in {other["deal_id"] for other in newest}:  # nobody opens a deal to close it at once
            return False
        return row["stage"] in (PIPELINE[2:] if outcome == "won" else PIPELINE) and (outcome == "lost" or row["amount"])

    return {"deal_id": _deal(look, fits), "outcome": outcome, "reason": reason}


def list_sales_activities(look: Look) -> Arguments:
    if look.chance(0.5):
        return {"record_id": _record(look)}
    if look.chance(0.5):
        return {"status": look.choose(["open", "overdue", "done"]), "owner": look.choose(["me", _owner(look)])}
    return {"kind": look.choose(SUBJECTS), "status": "open", "due_before": _day(look, 2, 20)}


def schedule_sales_activity(look: Look) -> Arguments:
    record, kind = _record(look, active=True), look.choose(SUBJECTS)
    planned = {row["subject"] for row in _activities(look, record_id=record.id)}
    subject = look.choose(text for text in SUBJECTS[kind] if text not in planned)
    return {"record_id": record, "kind": kind, "subject": subject, "due": _day(look, 6, 60), "owner": _owner(look)}


def complete_sales_activity(look: Look) -> Arguments:
    return {"activity_id": _activity(look), "note": look.choose(OUTCOMES)}


def report_deals(look: Look) -> Arguments:
    kind = look.choose(["forecast", "won", "lost"])
    groups = ["owner", "month", "industry", "stage" if kind == "forecast" else "reason"]
    arguments = {"kind": kind, "group_by": look.choose(groups)}
    if look.chance(0.4):
        return arguments | {"owner": _owner(look)}
    return arguments | ({"before": _day(look, 30)} if kind == "forecast" else {"after": _day(look, -200, -30)})


def _lead(look: Look, *statuses: str) -> Reference:
    """A lead of one of these statuses: by id, by name, or by the company if it is the only one there."""
    known = look.recall("lead")
    if known and _row(look, "search_leads", "leads", known.id).get("status") in statuses:
        return known
    row = look.choose(look("search_leads", status=look.choose(statuses), limit=50)["leads"])
    number, name, company = row["lead_id"], row["name"], row["company"]
    if look.chance(0.15):
        return Reference("lead", number, (f"lead {number}", number), row=row)
    if look.chance(0.4) and look("search_leads", text=company)["total"] == 1:
        path = (Lookup("search_leads", {"text": company}),)
        return Reference("lead", number, (f"the lead from {company}", f"our lead at {company}"), path, "lead_id", row)
    path = (Lookup("search_leads", {"text": name}),)
    return Reference("lead", number, (f"the lead {name}", f"{name}'s lead"), path, "lead_id", row)


def _company(look: Look) -> Reference:
    """A company: by id, by name, or as the one behind a deal (found deal, then its details)."""
    known = look.recall("company")
    if known and _row(look, "search_companies", "companies", known.id):
        return known
    if look.chance(0.25) and (deal := _lone_deal(look)):
        number = look("get_deal", deal_id=deal["deal_id"])["company_id"]
        says = (f"the company behind the {deal['name']} deal", f"the customer of the {deal['name']} deal")
        return Reference("company", number, says, _path_of(deal), "company_id")
    row = look.choose(_companies(look))
    if look.chance(0.15):
        number = row["company_id"]
        return Reference("company", number, (f"company {number}", number), row=row)
    return _company_named(look, row["name"])


def _company_named(look: Look, name: str) -> Reference:
    row = look.choose(row for row in look("search_companies", text=name)["companies"] if row["name"] == name)
    path = (Lookup("search_companies", {"text": name}),)
    return Reference("company", row["company_id"], (name,), path, "company_id", row)


def _contact(look: Look) -> Reference:
    """A contact: by id, by name, or as the one of a deal (found deal, then its details)."""
    known = look.recall("contact")
    if known and _row(look, "search_crm_contacts", "contacts", known.id):
        return known
    if look.chance(0.3) and (deal := _lone_deal(look)):
        number = look("get_deal", deal_id=deal["deal_id"])["contact_id"]
        says = (f"our contact for the {deal['name']} deal", f"the contact person of the {deal['name']} deal")
        return Reference("contact", number, says, _path_of(deal), "contact_id")
    row = look.choose(row for row in _contacts(look) if row["email"])
    if look.chance(0.15):
        number = row["contact_id"]
        return Reference("contact", number, (f"contact {number}", number), row=row)
    return _contact_named(look, row)


def _contact_named(look: Look, row: Arguments) -> Reference:
    """By name, or by e-mail where two people share the name."""
    alone = look("search_crm_contacts", text=row["name"])["total"] == 1
    says = (row["name"],) if alone else (f"{row['name']} ({row['email']})",)
    path = (Lookup("search_crm_contacts", {"text": row["name"] if alone else row["email"]}),)
    return Reference("contact", row["contact_id"], says, path, "contact_id", row)


def _entry(look: Look, row: Arguments) -> Reference:
    """One of two entries of a person: by id, by its e-mail, or by company and name."""
    number, name, email, company = row["contact_id"], row["name"], row["email"], row["company"]
    if look.chance(0.15):
        return Reference("contact", number, (f"contact {number}", number), row=row)
    if email:
        says = (f"the entry of {name} with {email}", f"{name} with the address {email}")
        return Reference("contact", number, says, (Lookup("search_crm_contacts", {"text": email}),), "contact_id", row)
    place = _company_named(look, company)
    path = (*place.path, Lookup("search_crm_contacts", {"text": name, "company_id": place.id}))
    return Reference(
        "contact", number, (f"the {name} entry at {company}", f"{name} of {company}"), path, "contact_id", row
    )


def _deal(look: Look, fits: Fits = lambda row: True) -> Reference:
    """A deal: by id, by name, by company and name, or as the largest of its company."""
    known = look.recall("deal")
    if known and (details := look("get_deal", deal_id=known.id)) and fits(details):
        return known
    wanted = {"stage": look.choose(PIPELINE)} if look.chance(0.9) else {}
    rows = look("search_deals", order="newest", limit=50, **wanted)["deals"]
    rows += look("search_deals", stage="negotiation", limit=50)["deals"]
    row = look.choose(row for row in rows if fits(row))
    number, name = row["deal_id"], row["name"]
    if look.chance(0.15):
        return Reference("deal", number, (f"deal {number}", number), row=row)
    if look.chance(0.3):
        return _largest_of(look, row["company"], fits) or _deal_at(look, row)
    if look("search_deals", text=row["company"])["total"] == 1 and look.chance(0.5):
        says = (f"the deal with {row['company']}", f"our only deal with {row['company']}")
        return Reference("deal", number, says, (Lookup("search_deals", {"text": row["company"]}),), "deal_id", row)
    if look("search_deals", text=name)["total"] > 1:
        return _deal_at(look, row)
    says = (f"the {name} deal", f"the deal {name}")
    return Reference("deal", number, says, (Lookup("search_deals", {"text": name}),), "deal_id", row)


def _deal_at(look: Look, row: Arguments) -> Reference:
    """By company and name: found company, then its deals of that name."""
    place, name = _company_named(look, row["company"]), row["name"]
    path = (*place.path, Lookup("search_deals", {"text": name, "company_id": place.id}))
    says = (f"the {name} deal with {row['company']}", f"the {row['company']} deal about {name}")
    return Reference("deal", row["deal_id"], says, path, "deal_id", row)


def _largest_of(look: Look, company: str, fits: Fits) -> Reference | None:
    """The largest deal of a company that is in one stage, if it has several there and this one fits."""
    place = _company_named(look, company)
    stage = look.choose(PIPELINE)
    deals = look("search_deals", company_id=place.id, stage=stage)["deals"]
    if not deals or not fits(deals[0]) or (len(deals) > 1 and deals[0]["amount"] == deals[1]["amount"]):
        return None
    path = (*place.path, Lookup("search_deals", {"company_id": place.id, "stage": stage}))
    says = (f"the largest deal with {company} in {stage}", f"our biggest {stage} deal with {company}")
    return Reference("deal", deals[0]["deal_id"], says, path, "deal_id", deals[0])


def _lone_deal(look: Look) -> Arguments | None:
    """A deal whose name no other has."""
    row = look.choose(look("search_deals", order="newest", limit=50)["deals"])
    return row if look("search_deals", text=row["name"])["total"] == 1 else None


def _path_of(deal: Arguments) -> tuple[Lookup, Lookup]:
    return Lookup("search_deals", {"text": deal["name"]}), Lookup("get_deal", {"deal_id": deal["deal_id"]})


def _record(look: Look, active: bool = False) -> Reference:
    """A lead, a contact or a deal; if `active`, one that something can still be planned for."""
    known = look.recall("record")
    if known and known.id and (_is_active(look, known.id) or not active):
        return known
    statuses = ("new", "contacted", "qualified") if active else ("new", "contacted", "qualified", "disqualified")
    mentioned = [kind for kind in ("lead", "contact", "deal") if look.recall(kind)]
    chosen = look.choose(mentioned or ["lead", "contact", "deal", "deal"])
    if chosen == "lead":
        return _lead(look, *statuses)
    return _contact(look) if chosen == "contact" else _deal(look, lambda row: row["stage"] in PIPELINE or not active)


def _is_active(look: Look, number: str) -> bool:
    if number.startswith("DEA"):
        return look("get_deal", deal_id=number)["stage"] in PIPELINE
    lead = _row(look, "search_leads", "leads", number)
    return not lead or lead["status"] not in ("converted", "disqualified")


def _activity(look: Look) -> Reference:
    """An open activity: by id, or by what it is about and for whom (found record, then its open activities)."""
    known = look.recall("activity")
    if known and _is_due(look, known):
        return known
    row = look.choose(row for status in ("open", "overdue") for row in _activities(look, status=status))
    number = row["activity_id"]
    mine = look("list_sales_activities", status="overdue", owner="me", limit=1)["activities"]
    if look.chance(0.15):
        return Reference("activity", number, (f"activity {number}", number), row=row)
    if mine and look.chance(0.2):
        path = (Lookup("list_sales_activities", {"status": "overdue", "owner": "me"}),)
        says = ("my oldest overdue activity", "the activity of mine that is overdue the longest")
        return Reference("activity", mine[0]["activity_id"], says, path, "activity_id", mine[0])
    return _activity_of(look, row)


def _is_due(look: Look, known: Reference) -> bool:
    """Whether an activity that was mentioned is open and near: nobody plans something and ticks it off at once."""
    soon, record = _day(look, 5, 6), known.row.get("record_id")
    planned = _activities(look, record_id=record, status="open", due_before=soon) if record else []
    return known.id in {row["activity_id"] for row in planned}


def _activity_of(look: Look, row: Arguments) -> Reference:
    tool, plural, key = {
        "LEA": ("search_leads", "leads", "lead_id"),
        "CTC": ("search_crm_contacts", "contacts", "contact_id"),
        "DEA": ("search_deals", "deals", "deal_id"),
    }[row["record_id"][:3]]
    number, found = row["activity_id"], look(tool, text=row["record"])
    if found["total"] != 1 or found[plural][0][key] != row["record_id"]:
        return Reference("activity", number, (f"activity {number}", f"{row['kind']} {number}"), row=row)
    wanted = {"record_id": row["record_id"], "status": "open"}
    what = {"lead_id": "the lead ", "contact_id": "", "deal_id": "the deal "}[key] + row["record"]
    says = (f"the {row['kind']} '{row['subject']}' for {what}", f"'{row['subject']}' for {what}")
    path = (Lookup(tool, {"text": row["record"]}), Lookup("list_sales_activities", wanted))
    return Reference("activity", number, says, path, "activity_id", row)


def _stages_ahead(row: Arguments) -> list[str]:
    """Where an open deal can go with what is known of it: the next stage if it is complete for that, or back."""
    if row["stage"] not in PIPELINE:
        return []
    now = PIPELINE.index(row["stage"])
    complete = (now < 1 or row["expected_close"]) and (now < 2 or row["amount"])
    ahead = list(PIPELINE[now + 1 : now + 2]) if complete else []
    return [*ahead, *ahead, *PIPELINE[max(0, now - 1) : now]]


def _row(look: Look, tool: str, plural: str, number: str | None) -> Arguments:
    """The row with this id, or an empty one."""
    rows = look(tool, text=number).get(plural, ()) if number else ()
    return rows[0] if len(rows) == 1 else {}


def _companies(look: Look) -> list[Arguments]:
    return look("search_companies", text=look.choose("aeo"), limit=50)["companies"]


def _contacts(look: Look) -> list[Arguments]:
    return look("search_crm_contacts", text=look.choose(["an", "er", "ma", "li", "ra", "na"]), limit=50)["contacts"]


def _activities(look: Look, **wanted: Any) -> list[Arguments]:
    return look("list_sales_activities", limit=50, **wanted).get("activities", [])


def _owner(look: Look) -> str:
    return look.choose(look("report_deals", kind="forecast", group_by="owner")["groups"])["name"]


def _new_deal_name(look: Look) -> str:
    names = [f"{product} {form}" for product in PRODUCTS for form in FORMS]
    for name in look.rng.sample(names, 30):
        if not look("search_deals", text=name)["total"]:
            return name
    raise NothingToAsk


def _amount(look: Look) -> float:
    return float(look.choose([1_800, 2_400, 3_950, 5_000, 7_200, 9_900, 12_500, 18_000, 24_600, 36_000, 52_000]))


def _day(look: Look, low: int, high: int = 160) -> str:
    """So many days after the newest lead came in, which was in the last days."""
    newest = look("search_leads", limit=1)["leads"][0]["created"]
    return (date.fromisoformat(newest) + timedelta(days=look.rng.randrange(low, high))).isoformat()
