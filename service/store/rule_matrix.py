"""The page `docs/rules/matrix.md`: every kind of payer, site and ownership with the claims the rows give.

The rows are asked as the deciders ask them, on the first day that all of them model; nothing is decided here.
Neighbours: `rule_docs` writes the page with the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from service.core.codes import (
    BilledBy,
    ClaimType,
    Component,
    EncounterClass,
    PayerKind,
    SiteKind,
)
from service.core.rulebook import ClaimPlan, Rulebook, RuleSet
from service.core.situations import Derived, SiteDetail, Special
from service.store.rule_facts import AS_SCANNED

DETAILS = {
    SiteKind.CRITICAL_ACCESS_HOSPITAL: (SiteDetail.METHOD_1, SiteDetail.METHOD_2),
    SiteKind.RURAL_HEALTH_CLINIC: (
        SiteDetail.INDEPENDENT,
        SiteDetail.PROVIDER_BASED,
        SiteDetail.PROVIDER_BASED_TO_CAH,
    ),
}
DETAILS[SiteKind.FEDERALLY_QUALIFIED_HEALTH_CENTER] = DETAILS[SiteKind.RURAL_HEALTH_CLINIC]
STATUSES = (
    (EncounterClass.NOT_STATED, "here"),
    (EncounterClass.INPATIENT, "here"),
    (EncounterClass.EMERGENCY, "here"),
    (EncounterClass.OBSERVATION, "here"),
    (EncounterClass.NOT_STATED, "elsewhere"),
    (EncounterClass.NOT_STATED, "snf-part-a"),
)
"""Class of the encounter, and where the patient is registered."""
OWNERSHIP = (
    ("scanner-owner", "same", "the scanner's owner, same locality"),
    ("scanner-owner", "other", "the scanner's owner, other locality"),
    ("other-organization", "not-needed", "another organization"),
)
NOT_NEEDED = "not-needed"
HELD = "held: no row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination, as the rows name its facts."""

    payer_kind: PayerKind
    site: SiteKind
    detail: SiteDetail
    encounter_class: EncounterClass
    registered: str
    reader_bills: str
    locality: str
    reader: str


def matrix(rulebook: Rulebook) -> Iterator[tuple[str, ...]]:
    """The lines of the table: payer, site, status, for whom the reader bills, claims, rows."""
    day = first_day(rulebook)
    for payer_kind, site, status in product(PayerKind, SiteKind, STATUSES):
        for detail in DETAILS.get(site, (SiteDetail.NOT_STATED,)):
            for reader_bills, locality, reader in OWNERSHIP:
                cell = Cell(
                    payer_kind=payer_kind,
                    site=site,
                    detail=detail,
                    encounter_class=status[0],
                    registered=status[1],
                    reader_bills=reader_bills,
                    locality=locality,
                    reader=reader,
                )
                claims, row = outcome(cell, rulebook, day)
                where = site if detail is SiteDetail.NOT_STATED else f"{site}, {detail}"
                yield payer_kind, where, _status(cell), reader, claims, row


def first_day(rulebook: Rulebook) -> date:
    """The first day that every rule set the page asks models."""
    asked: tuple[RuleSet[Any], ...] = (
        rulebook.components,
        rulebook.patient_statuses,
        rulebook.place_of_service,
        rulebook.modifiers,
        rulebook.institutional,
    )
    return max(each.modelled_from for each in asked)


def outcome(cell: Cell, rulebook: Rulebook, day: date) -> tuple[str, str]:
    """The claims of a combination in words, and the row that plans them."""
    facts = {
        "site": cell.site.value,
        "encounter_class": cell.encounter_class.value,
        "registered": cell.registered,
    }
    status = rulebook.patient_statuses.ask_one(facts, on=day)
    if status is None:
        return HELD, ""
    billed_as = cell.site.value if status.then.billed_as == AS_SCANNED else status.then.billed_as
    asked = {
        "site": billed_as,
        "detail": cell.detail.value,
        "payer_kind": cell.payer_kind.value,
        "special": Special.NONE.value,
        "reader_bills": cell.reader_bills,
    }
    plan = rulebook.components.ask_one({**asked, "locality": NOT_NEEDED}, on=day)
    plan = plan or rulebook.components.ask_one({**asked, "locality": cell.locality}, on=day)
    if plan is None:
        return HELD, ""
    claims = "; ".join(_claim(one, cell, billed_as, rulebook, day) for one in plan.then.claims)
    unbilled = f" ({plan.then.unbilled})" if plan.then.unbilled else ""
    return claims + unbilled, plan.row.id


def _claim(plan: ClaimPlan, cell: Cell, billed_as: str, rulebook: Rulebook, day: date) -> str:
    facts = {"site": billed_as, "encounter_class": cell.encounter_class.value}
    place = rulebook.place_of_service.ask_one(facts, on=day)
    lines = []
    for component in plan.components:
        modifiers = " ".join(_modifiers(plan, component, cell, rulebook, day)) or "no modifier"
        if plan.claim is ClaimType.PROFESSIONAL:
            lines.append(f"{modifiers}, place {place.then.place_of_service if place else '?'}")
        else:
            asked = {"site": billed_as, "detail": cell.detail.value, "component": component.value}
            bill = rulebook.institutional.ask_one(asked, on=day)
            carried = f"{bill.then.type_of_bill}x, revenue {bill.then.revenue_code}" if bill else "?"
            lines.append(f"{modifiers}, bill {carried}")
    return f"{plan.claim} of the {plan.billed_by}: {' + '.join(lines)}"


def _modifiers(
    plan: ClaimPlan, component: Component, cell: Cell, rulebook: Rulebook, day: date
) -> Iterator[str]:
    facts = {
        "component": component.value,
        "claim_type": plan.claim.value,
        "payer_kind": cell.payer_kind.value,
        "site": cell.site.value,
        "encounter_class": cell.encounter_class.value,
        "circumstance": Derived.NONE.value,
        "biller": BilledBy.SCANNER_OWNER.value,
    }
    hits = [hit for hit in rulebook.modifiers.ask_all(facts, on=day) if not hit.then.left_off]
    yield from (hit.then.modifier for hit in sorted(hits, key=lambda hit: hit.then.rank))


def _status(cell: Cell) -> str:
    if cell.registered != "here":
        return {"elsewhere": "another hospital's outpatient", "snf-part-a": "Part A stay"}[cell.registered]
    names = {
        EncounterClass.INPATIENT: "inpatient",
        EncounterClass.EMERGENCY: "emergency",
        EncounterClass.OBSERVATION: "observation",
    }
    return names.get(cell.encounter_class, "ambulatory or not stated")
