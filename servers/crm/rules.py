"""Rules of the CRM that only read: how deals move, what they are worth, and when activities are late.

    qualification 10% --> discovery 25% --> proposal 50% --> negotiation 75% --> won 100%
          any open stage --> any earlier one               proposal ----------^
          any open stage --> lost 0%

A proposal needs an expected close; a negotiation, and winning, also an amount. Won and lost are for good.

    lead: new --> contacted --> qualified --> converted          any open status --> disqualified --> contacted
"""

from __future__ import annotations

from collections.abc import Iterable

from servers.crm.records import (
    Activity,
    ActivityStatus,
    Contact,
    Deal,
    Group,
    LeadStatus,
    OpenStage,
    Sales,
    Stage,
)
from servers.state import ToolError

PIPELINE: tuple[OpenStage, ...] = ("qualification", "discovery", "proposal", "negotiation")
PROBABILITY: dict[Stage, float] = {
    "qualification": 0.10, "discovery": 0.25, "proposal": 0.50, "negotiation": 0.75, "won": 1.0, "lost": 0.0,
}  # fmt: skip
WON_FOR = ("price", "product_fit", "timing", "relationship", "reference")
LOST_FOR = ("price", "product_fit", "timing", "competitor", "no_budget", "no_decision")
NEXT_STATUS: dict[LeadStatus, tuple[LeadStatus, ...]] = {
    "new": ("contacted", "disqualified"),
    "contacted": ("qualified", "disqualified"),
    "qualified": ("contacted", "disqualified"),
    "disqualified": ("contacted",),
    "converted": (),
}


def is_open(deal: Deal) -> bool:
    return deal.stage in PIPELINE


def check_move(deal: Deal, stage: OpenStage) -> None:
    """One stage forward at a time, or back as far as one likes."""
    now, then = PIPELINE.index(deal.stage), PIPELINE.index(stage)  # type: ignore[arg-type]
    if now == then:
        raise ToolError(f"{deal.deal_id} already is in {stage}")
    if then > now + 1:
        raise ToolError(f"{deal.deal_id} is in {deal.stage}; the next stage is {PIPELINE[now + 1]}, not {stage}")


def check_complete(deal: Deal) -> None:
    """Whether a deal has what its stage needs."""
    if deal.stage in ("proposal", "negotiation") and not deal.expected_close:
        raise ToolError(f"{deal.deal_id} needs an expected close to be in {deal.stage}")
    if deal.stage == "negotiation" and not deal.amount:
        raise ToolError(f"{deal.deal_id} needs an amount to be in negotiation")


def weighted(deals: Iterable[Deal]) -> float:
    return cents(sum(deal.amount * PROBABILITY[deal.stage] for deal in deals))


def total(deals: Iterable[Deal]) -> float:
    return cents(sum(deal.amount for deal in deals))


def groups(crm: Sales, deals: list[Deal], by: str) -> list[Group]:
    """The deals by owner, stage, month, industry or reason; the largest groups first, months and stages in order."""
    parts: dict[str, list[Deal]] = {}
    for deal in deals:
        parts.setdefault(_group_of(crm, deal, by), []).append(deal)
    rows = [Group(name, len(part), total(part), weighted(part)) for name, part in parts.items()]
    if by == "stage":
        return sorted(rows, key=lambda row: PIPELINE.index(row.name))  # type: ignore[arg-type]
    return sorted(rows, key=lambda row: row.name if by == "month" else (-row.amount, row.name))  # type: ignore[arg-type]


def _group_of(crm: Sales, deal: Deal, by: str) -> str:
    if by == "month":
        return (deal.closed or deal.expected_close)[:7] or "no date"
    if by == "industry":
        return crm.companies.find(deal.company_id).industry
    return getattr(deal, by)


def status_of(crm: Sales, activity: Activity) -> ActivityStatus:
    if activity.done:
        return "done"
    if activity.dropped:
        return "dropped"
    return "overdue" if activity.due < crm.today else "open"


def alike(first: Contact, second: Contact) -> bool:
    """Whether two contacts may be the same person: equal name, e-mail or phone."""
    pairs = [(getattr(first, field), getattr(second, field)) for field in ("name", "email", "phone")]
    return any(one and one.casefold() == other.casefold() for one, other in pairs)


def cents(amount: float) -> float:
    return round(amount, 2)
