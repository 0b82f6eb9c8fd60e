"""How the rows of the CRM are shown: short, with names where the tables hold ids."""

from __future__ import annotations

from servers.crm.records import (
    Activity,
    ActivityRow,
    Company,
    CompanyRow,
    Contact,
    ContactRow,
    Deal,
    DealDetails,
    DealRow,
    Lead,
    LeadRow,
    Sales,
)
from servers.crm.rules import PROBABILITY, is_open, status_of

NOTES_SHOWN = 3


def lead_row(row: Lead) -> LeadRow:
    return LeadRow(row.lead_id, row.name, row.company, row.email, row.phone, row.status, row.owner, row.created)


def contact_row(crm: Sales, row: Contact) -> ContactRow:
    company = crm.companies.find(row.company_id).name
    return ContactRow(row.contact_id, row.name, row.title, company, row.email, row.phone)


def company_row(crm: Sales, row: Company) -> CompanyRow:
    deals = sum(is_open(deal) for deal in crm.deals.where(company_id=row.company_id))
    return CompanyRow(row.company_id, row.name, row.industry, row.city, row.employees, deals)


def deal_row(crm: Sales, row: Deal) -> DealRow:
    company = crm.companies.find(row.company_id).name
    return DealRow(row.deal_id, row.name, company, row.stage, row.amount, row.expected_close, row.owner)


def deal_details(crm: Sales, deal: Deal) -> DealDetails:
    activities = crm.activities.where(record_id=deal.deal_id)
    return DealDetails(
        deal.deal_id,
        deal.name,
        deal.company_id,
        crm.companies.find(deal.company_id).name,
        deal.contact_id,
        crm.contacts.find(deal.contact_id).name,
        deal.owner,
        deal.stage,
        PROBABILITY[deal.stage],
        deal.amount,
        deal.expected_close,
        deal.created,
        deal.closed,
        deal.reason,
        sum(status_of(crm, row) in ("open", "overdue") for row in activities),
        _notes(activities),
    )


def _notes(activities: list[Activity]) -> list[str]:
    """What came of the latest activities, newest first."""
    noted = [row for row in activities if row.done and row.note]
    newest = sorted(noted, key=lambda row: (row.done, row.activity_id), reverse=True)
    return [f"{row.done} {row.subject}: {row.note}" for row in newest[:NOTES_SHOWN]]


def activity_row(crm: Sales, row: Activity) -> ActivityRow:
    status, record = status_of(crm, row), _name_of(crm, row.record_id)
    return ActivityRow(
        row.activity_id, row.kind, row.subject, row.record_id, record, row.owner, row.due, status, row.note
    )


def _name_of(crm: Sales, record_id: str) -> str:
    record = crm.leads.get(record_id) or crm.contacts.get(record_id) or crm.deals.find(record_id)
    return record.name
