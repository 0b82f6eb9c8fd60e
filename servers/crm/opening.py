"""How contacts, companies and deals come to be: opened by hand, made from a lead, or merged from two."""

from __future__ import annotations

from datetime import date

from servers.crm.records import Company, Contact, Deal, Lead, Sales
from servers.crm.rules import alike, cents, is_open
from servers.state import ToolError, later

DAYS_AHEAD = 1_096


def coming_day(crm: Sales, day: date) -> str:
    """Today or later, within three years."""
    text = day.isoformat()
    if text < crm.today:
        raise ToolError(f"{text} is in the past: today is {crm.today}")
    if text > later(crm.now, days=DAYS_AHEAD)[:10]:
        raise ToolError(f"{text} is more than three years ahead")
    return text


def open_deal(
    crm: Sales, name: str, contact: Contact, owner: str, amount: float | None, expected_close: date | None
) -> Deal:
    """A new deal in qualification with the company of the contact, which has no open one of that name."""
    for deal in crm.deals.where(company_id=contact.company_id):
        if is_open(deal) and deal.name.casefold() == name.casefold():
            raise ToolError(f"{deal.deal_id} already is an open deal {deal.name} with this company")
    close = "" if expected_close is None else coming_day(crm, expected_close)
    number, value = crm.new_id("DEA"), cents(amount or 0.0)
    return crm.deals.add(
        Deal(number, name, contact.company_id, contact.contact_id, owner, "qualification", value, close, crm.today)
    )


def company_of(crm: Sales, lead: Lead) -> Company:
    """The company that a lead names, made if there is none of that name."""
    for company in crm.companies:
        if company.name.casefold() == lead.company.casefold():
            return company
    website = lead.email.split("@")[1]
    return crm.companies.add(Company(crm.new_id("CPY"), lead.company, "other", "", 0, website))


def contact_of(crm: Sales, lead: Lead, company: Company) -> Contact:
    """The person behind a lead, made if the company has no contact with that e-mail."""
    for contact in crm.contacts.where(company_id=company.company_id):
        if contact.email.casefold() == lead.email.casefold():
            return contact
    return crm.contacts.add(Contact(crm.new_id("CTC"), lead.name, "", lead.email, lead.phone, company.company_id))


def check_mergeable(kept: Contact, double: Contact) -> None:
    if kept.contact_id == double.contact_id:
        raise ToolError(f"{kept.contact_id} cannot be merged with itself")
    if kept.company_id != double.company_id:
        raise ToolError(f"{kept.name} and {double.name} work for different companies")
    if not alike(kept, double):
        raise ToolError(f"{kept.name} and {double.name} share neither name nor e-mail nor phone")
