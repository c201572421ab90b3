"""The page `docs/rules/matrix.md`: every payer, site and ownership with the claims the rows give.

The rows are asked as the deciders ask them, on the first day that all of them model; nothing is decided here.
`tests/mappings/test_matrix.py` decides every line as a study. Neighbours: `rule_docs` writes the page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Any

from service.core.codes import (
    ClaimType,
    Component,
    EncounterClass,
    PayerKind,
    SiteKind,
)
from service.core.component_checks import HOSPITALS
from service.core.rulebook import ClaimPlan, ClaimsPlan, Hit, Rulebook, RuleSet
from service.core.situations import Circumstance, Derived, SiteDetail, Special
from service.store.rule_facts import AS_SCANNED
from service.store.rule_text import rule_sets

DETAILS = {
    SiteKind.CRITICAL_ACCESS_HOSPITAL: (SiteDetail.METHOD_1, SiteDetail.METHOD_2),
    SiteKind.RURAL_HEALTH_CLINIC: (
        SiteDetail.INDEPENDENT,
        SiteDetail.PROVIDER_BASED,
        SiteDetail.PROVIDER_BASED_TO_CAH,
    ),
}
CLINICS = (SiteKind.RURAL_HEALTH_CLINIC, SiteKind.FEDERALLY_QUALIFIED_HEALTH_CENTER)
DETAILS[SiteKind.FEDERALLY_QUALIFIED_HEALTH_CENTER] = DETAILS[SiteKind.RURAL_HEALTH_CLINIC]
STATUSES = (
    (EncounterClass.NOT_STATED, "here", "ambulatory or not stated"),
    (EncounterClass.INPATIENT, "here", "inpatient"),
    (EncounterClass.EMERGENCY, "here", "emergency"),
    (EncounterClass.OBSERVATION, "here", "observation"),
    (EncounterClass.NON_ACUTE, "here", "non-acute"),
    (EncounterClass.NOT_STATED, "elsewhere", "another hospital's outpatient"),
    (EncounterClass.NOT_STATED, "snf-part-a", "Part A stay"),
)
"""Class of the encounter, where the patient is registered, and both in words."""
OWNERSHIP = (
    ("scanner-owner", "same", "the scanner's owner, same locality"),
    ("scanner-owner", "other", "the scanner's owner, other locality"),
    ("other-organization", "not-needed", "another organization"),
)
AT_CLINICS = ("site-organization", "not-needed", "the clinic, whose scanner it is not")
UNREAD = ("not-needed", "not-needed", "nobody read it")
STOPPED_OR_STATED: Mapping[Special, StrEnum] = {
    Special.BEFORE_ADMISSION: Circumstance.BEFORE_ADMISSION,
    Special.SECOND_READING: Circumstance.SECOND_READING,
    Special.NO_READING: Derived.STOPPED,
}
"""Arrangements that a modifier tells too."""
NOT_NEEDED = "not-needed"
HELD = "held: no row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination, as the rows name its facts; `payer` is empty for a payer that no row knows."""

    payer: str
    payer_kind: PayerKind
    site: SiteKind
    detail: SiteDetail
    encounter_class: EncounterClass
    registered: str
    patient: str
    special: Special
    reader_bills: str
    locality: str
    reader: str

    @property
    def scope(self) -> dict[str, str]:
        """What overrides look at."""
        return {"payer": self.payer, "payer_kind": self.payer_kind.value, "site": self.site.value}


def matrix(rulebook: Rulebook) -> Iterator[tuple[str, ...]]:
    """The lines of the table: site, patient, arrangement, for whom the reader bills, payers, claims, row."""
    day = first_day(rulebook)
    for same in combinations(rulebook):
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in same:
            found.setdefault(outcome(cell, rulebook, day), []).append(cell)
        for (claims, row), cells in found.items():
            one = cells[0]
            where = one.site if one.detail is SiteDetail.NOT_STATED else f"{one.site}, {one.detail}"
            arranged = "" if one.special is Special.NONE else one.special.value
            yield where, one.patient, arranged, one.reader, _payers(cells, same), claims, row


def combinations(rulebook: Rulebook) -> Iterator[list[Cell]]:
    """Every combination of site, patient, arrangement and ownership, each a list of one cell a payer."""
    payers, day = _payers_apart(rulebook), first_day(rulebook)
    for site, status in product(SiteKind, STATUSES):
        for detail, special in product(DETAILS.get(site, (SiteDetail.NOT_STATED,)), Special):
            for reader_bills, locality, reader in _ownership(site, special):
                same = [
                    Cell(
                        payer=payer,
                        payer_kind=kind,
                        site=site,
                        detail=detail,
                        encounter_class=status[0],
                        registered=status[1],
                        patient=status[2],
                        special=special,
                        reader_bills=reader_bills,
                        locality=locality,
                        reader=reader,
                    )
                    for payer, kind in payers
                ]
                if special is Special.NONE or any(_plan(cell, rulebook, day) for cell in same):
                    yield same


def payers_of(rulebook: Rulebook) -> tuple[tuple[str, PayerKind], ...]:
    """Every payer that a row knows with each kind of coverage it has, and any other payer of each kind."""
    known = {(row.then.payer, row.then.kind) for row in rulebook.payers.rows}
    return tuple(
        (payer, kind) for kind in PayerKind for payer in (*sorted(p for p, k in known if k is kind), "")
    )


def _payers_apart(rulebook: Rulebook) -> tuple[tuple[str, PayerKind], ...]:
    """Any payer of each kind, and those an override is for: no row tells others of a kind apart."""
    asked: tuple[RuleSet[Any], ...] = (
        rulebook.components,
        rulebook.patient_statuses,
        rulebook.place_of_service,
        rulebook.institutional,
    )
    named = {payer for each in asked for row in each.overrides for payer in row.applies_to.get("payer", ())}
    return tuple((payer, kind) for payer, kind in payers_of(rulebook) if not payer or payer in named)


def _ownership(site: SiteKind, special: Special) -> tuple[tuple[str, str, str], ...]:
    if special is Special.NO_READING:
        return (UNREAD,)
    return (*OWNERSHIP, AT_CLINICS) if site in CLINICS else OWNERSHIP


def _payers(cells: list[Cell], same: list[Cell]) -> str:
    """The kinds of payer a line is for; a payer by name where others of its kind have another line."""
    if len(cells) == len(same):
        return "every payer"
    named = []
    for kind in dict.fromkeys(cell.payer_kind for cell in cells):
        ours = [cell.payer for cell in cells if cell.payer_kind is kind]
        whole = len(ours) == sum(cell.payer_kind is kind for cell in same)
        named.append(kind if whole else f"{kind}: {', '.join(one or 'any other' for one in ours)}")
    return ", ".join(named)


def first_day(rulebook: Rulebook) -> date:
    """The first day that every rule set models."""
    return max(each.modelled_from for each in rule_sets(rulebook) if each.modelled_through is None)


def outcome(cell: Cell, rulebook: Rulebook, day: date) -> tuple[str, str]:
    """The claims of a combination in words, and the row that plans them."""
    planned = _plan(cell, rulebook, day) or _plan(replace(cell, special=Special.NONE), rulebook, day)
    if planned is None:
        return HELD, ""
    billed_as, plan = planned
    claims = "; ".join(_claim(one, cell, billed_as, rulebook, day) for one in plan.then.claims)
    unbilled = f"({plan.then.unbilled})" if plan.then.unbilled else ""
    return " ".join(one for one in (claims, unbilled) if one) or "nothing", plan.row.id


def _plan(cell: Cell, rulebook: Rulebook, day: date) -> tuple[str, Hit[ClaimsPlan]] | None:
    """As which kind of site a combination is billed, and the row that plans its claims."""
    facts = {
        "site": cell.site.value,
        "encounter_class": cell.encounter_class.value,
        "registered": cell.registered,
    }
    status = rulebook.patient_statuses.ask_one(facts, on=day, scope=cell.scope)
    if status is None:
        return None
    billed_as = cell.site.value if status.then.billed_as == AS_SCANNED else status.then.billed_as
    asked = {
        "site": billed_as,
        "detail": cell.detail.value,
        "payer_kind": cell.payer_kind.value,
        "special": cell.special.value,
        "reader_bills": cell.reader_bills,
    }
    for locality in (NOT_NEEDED, cell.locality):
        plan = rulebook.components.ask_one({**asked, "locality": locality}, on=day, scope=cell.scope)
        if plan:
            return billed_as, plan
    return None


def _claim(plan: ClaimPlan, cell: Cell, billed_as: str, rulebook: Rulebook, day: date) -> str:
    facts = {"site": billed_as, "encounter_class": cell.encounter_class.value}
    place = rulebook.place_of_service.ask_one(facts, on=day, scope=cell.scope)
    lines = []
    for component in plan.components:
        modifiers = " ".join(_modifiers(plan, component, cell, rulebook, day)) or "no modifier"
        if plan.claim is ClaimType.PROFESSIONAL:
            lines.append(f"{modifiers}, place {place.then.place_of_service if place else '?'}")
        else:
            asked = {"site": billed_as, "detail": cell.detail.value, "component": component.value}
            bill = rulebook.institutional.ask_one(asked, on=day, scope=cell.scope)
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
        "owned": "yes" if _owned(cell) else "no",
    }
    raised = (Derived.NONE, STOPPED_OR_STATED.get(cell.special, Derived.NONE))
    hits = {
        hit.row.id: hit.then
        for one in raised
        for hit in rulebook.modifiers.ask_all({**facts, "circumstance": one.value}, on=day)
        if not hit.then.left_off
    }
    yield from (then.modifier for then in sorted(hits.values(), key=lambda then: then.rank))


def _owned(cell: Cell) -> bool:
    """Whether a hospital owns the biller: inside a payment window an office that also reads is such a one."""
    before = cell.special is Special.BEFORE_ADMISSION and cell.site not in HOSPITALS
    return before and cell.reader_bills == "scanner-owner"
