"""The rows that a caller names: each is found, or the call is refused with the fact."""

from __future__ import annotations

from servers.crm.records import Activity, Company, Contact, Deal, Lead, Rep, Sales
from servers.crm.rules import is_open
from servers.state import ToolError


def me(crm: Sales) -> Rep:
    (rep,) = crm.reps.where(signed_in=True)
    return rep


def rep_called(crm: Sales, owner: str) -> str:
    """The full name of the one sales rep who is meant."""
    if owner.casefold() == "me":
        return me(crm).name
    found = [rep.name for rep in crm.reps if owner.casefold() in rep.name.casefold()]
    if not found:
        raise ToolError(f"no sales rep {owner}; there are {', '.join(rep.name for rep in crm.reps)}")
    if len(found) > 1:
        raise ToolError(f"{len(found)} sales reps match {owner}: {', '.join(found)}")
    return found[0]


def lead_with(crm: Sales, lead_id: str) -> Lead:
    lead = crm.leads.get(lead_id)
    if lead is None:
        raise ToolError(f"no lead {lead_id}")
    return lead


def contact_with(crm: Sales, contact_id: str) -> Contact:
    contact = crm.contacts.get(contact_id)
    if contact is None:
        raise ToolError(f"no contact {contact_id}")
    return contact


def company_with(crm: Sales, company_id: str) -> Company:
    company = crm.companies.get(company_id)
    if company is None:
        raise ToolError(f"no company {company_id}")
    return company


def deal_with(crm: Sales, deal_id: str) -> Deal:
    deal = crm.deals.get(deal_id)
    if deal is None:
        raise ToolError(f"no deal {deal_id}")
    return deal


def open_deal_with(crm: Sales, deal_id: str) -> Deal:
    deal = deal_with(crm, deal_id)
    if not is_open(deal):
        raise ToolError(f"{deal_id} was {deal.stage} on {deal.closed}; closed deals do not change")
    return deal


def activity_with(crm: Sales, activity_id: str) -> Activity:
    activity = crm.activities.get(activity_id)
    if activity is None:
        raise ToolError(f"no activity {activity_id}")
    return activity


def record_with(crm: Sales, record_id: str) -> Lead | Contact | Deal:
    record = crm.leads.get(record_id) or crm.contacts.get(record_id) or crm.deals.get(record_id)
    if record is None:
        raise ToolError(f"no lead, contact or deal {record_id}")
    return record


def active_record_with(crm: Sales, record_id: str) -> Lead | Contact | Deal:
    """A record that something can still be planned for."""
    record = record_with(crm, record_id)
    if isinstance(record, Deal):
        return open_deal_with(crm, record_id)
    if isinstance(record, Lead) and record.status in ("converted", "disqualified"):
        raise ToolError(f"{record_id} is {record.status}; plan activities for open leads, contacts or deals")
    return record
