"""How many claims, who bills each, and which component of the service each carries.

The rows of `mappings/components.yaml` say it for the site, for whom the reader bills, and for whether both
parts were done in one payment locality. A party we do not bill for gets no claim, and a note says so.
Neighbours: `decide` asks; `lines` fills the planned components.
"""

from dataclasses import dataclass, replace
from datetime import date

from service.core.codes import BilledBy, ClaimType, Component, PayerKind, SiteKind
from service.core.component_checks import CLINICS, obstacles, remarks
from service.core.decision import (
    NO_SCOPE,
    Because,
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.finding_codes import FindingCode
from service.core.parties import Parties, biller_of, parties_of, party_of, same_organization
from service.core.rulebook import ClaimPlan, ClaimsPlan, Facts, Hit, Rulebook
from service.core.situations import SiteDetail, Special
from service.core.status import BilledSite
from service.core.study import Gap, Known, Organization, Reader, Study

SAME, OTHER, NOT_NEEDED = "same", "other", "not-needed"
READER_BILLS_SCANNER_OWNER = "scanner-owner"
READER_BILLS_SITE = "site-organization"
READER_BILLS_OTHER = "other-organization"
DETAILS = {
    SiteKind.CRITICAL_ACCESS_HOSPITAL: "under which method Medicare pays it (method-1 or method-2)",
    **dict.fromkeys(CLINICS, "whether it is independent, provider-based or provider-based-to-cah"),
}
"""Kinds of site whose claims turn on a detail, and what that is."""
OF_MEDICARE = frozenset({Special.PURCHASED_READING, Special.BEFORE_ADMISSION})
"""Arrangements that the rows know for some payers and sites; elsewhere they change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClaim:
    """A claim to write for one of our organizations: its type, biller and the component of each line."""

    type: Chosen[ClaimType]
    billed_by: BilledBy
    billing: Chosen[Organization]
    components: tuple[Chosen[Component], ...]
    special: Special = Special.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """The row of the plan, the arrangement it was asked with, and the note where one was left aside."""

    hit: Hit[ClaimsPlan]
    special: Special
    notes: tuple[Finding, ...] = ()


def decide_claims(
    study: Study,
    billed: BilledSite,
    rulebook: Rulebook,
    on: date,
    payer_kind: PayerKind = PayerKind.UNKNOWN,
    scope: Facts = NO_SCOPE,
) -> Choice[tuple[PlannedClaim, ...]]:
    """The claims of the organizations we bill for; the notes name parties that bill elsewhere."""
    question = rulebook.components.question
    parties = parties_of(study, billed)
    if isinstance(parties, tuple):
        return Undecided(question=question, needs=tuple(finding_of(rulebook, gap) for gap in parties))
    planned = _plan(study, parties, rulebook, on, payer_kind, scope)
    if isinstance(planned, Finding):
        return Undecided(question=question, needs=(planned,))
    plan = planned.hit.then
    needs = obstacles(study, plan, planned.special, parties, rulebook)
    if needs:
        return Undecided(question=question, needs=needs)
    because = because_row(planned.hit, *parties.evidence)
    ours = tuple(
        _planned(one, parties, because, planned.special)
        for one in plan.claims
        if biller_of(one, parties).bills_through_us
    )
    notes = remarks(plan, parties, rulebook)
    told = (*planned.notes, *(replace(note, because=(because,)) for note in notes))
    return Chosen(value=ours, because=(because,), findings=told)


def rejected_components(
    study: Study,
    billed: BilledSite,
    rulebook: Rulebook,
    on: date,
    payer_kind: PayerKind = PayerKind.UNKNOWN,
    scope: Facts = NO_SCOPE,
) -> tuple[Rejected, ...]:
    """The other way to bill the service (whole, or in its two parts) and what fact would make it right."""
    parties = parties_of(study, billed)
    if isinstance(parties, tuple):
        return ()
    planned = _plan(study, parties, rulebook, on, payer_kind, scope)
    if isinstance(planned, Finding):
        return ()
    hit = planned.hit
    taken = {component for plan in hit.then.claims for component in plan.components}
    other = (
        f"{Component.TECHNICAL} + {Component.PROFESSIONAL}" if Component.GLOBAL in taken else Component.GLOBAL
    )
    because = because_row(hit, *parties.evidence)
    return (
        Rejected(
            value=str(other),
            instead_of="component",
            says=hit.row.label,
            because=(because,),
            flips=hit.then.flips,
        ),
    )


def _plan(
    study: Study, parties: Parties, rulebook: Rulebook, on: date, payer_kind: PayerKind, scope: Facts
) -> _Planned | Finding:
    """The row of the plan. An arrangement the rows do not know for this payer and site is left aside."""
    special = _special(study, parties, rulebook)
    if isinstance(special, Finding):
        return special
    name, note = special
    facts = {
        "site": parties.billed.kind,
        "detail": parties.site.value.detail.value,
        "payer_kind": payer_kind.value,
        "special": name,
        "reader_bills": _reader_bills(parties),
    }
    found = _row(facts, parties, rulebook, on, scope)
    if study.window and name == Special.NONE and _counts_windows(parties):
        folded = {**facts, "special": Special.BEFORE_ADMISSION.value, "locality": NOT_NEEDED}
        if rulebook.components.ask_one(folded, on=on, scope=scope):
            return finding_of(rulebook, study.window)
    if isinstance(found, Hit):
        return _Planned(hit=found, special=Special(name), notes=note)
    if name not in OF_MEDICARE:
        return _without_detail(found, facts, parties, rulebook)
    ordinary = _row({**facts, "special": Special.NONE.value}, parties, rulebook, on, scope)
    if isinstance(ordinary, Finding):
        return ordinary
    aside = _left_aside(
        name,
        parties,
        rulebook,
        f"no rule of {payer_kind} for a site of the kind {parties.billed.kind} turns on it",
    )
    return _Planned(hit=ordinary, special=Special.NONE, notes=aside)


def _counts_windows(parties: Parties) -> bool:
    """Whether a payment window changes a claim of ours: the scan's, or a reading of an owned entity."""
    reader = parties.reader.value.organization if parties.reader else None
    return parties.owner.value.bills_through_us or bool(reader and reader.wholly_owned)


def _special(study: Study, parties: Parties, rulebook: Rulebook) -> tuple[str, tuple[Finding, ...]] | Finding:
    """The one arrangement of the study. A bought reading is one only where the biller ordered the test."""
    names = " and ".join(sorted(parties.special)) or Special.NONE.value
    twice = _paid_twice(parties, rulebook)
    if twice:
        return twice
    if names != Special.PURCHASED_READING or isinstance(study.order, Gap):
        return names, ()
    ordered_for = study.order.value.ordered_for
    if not ordered_for:
        return raise_finding(
            rulebook,
            FindingCode.ORDERED_FOR_UNKNOWN,
            *study.order.where,
            organization=parties.owner.value.name,
        )
    if parties.owner.value.npi in ordered_for:
        return names, ()
    why = f"{parties.owner.value.name} did not order the test"
    return Special.NONE.value, _left_aside(names, parties, rulebook, why)


def _paid_twice(parties: Parties, rulebook: Rulebook) -> Finding | None:
    """A reading is bought by the scanner's owner or billed by the reader's group, never both."""
    if Special.PURCHASED_READING not in parties.special or parties.reader is None:
        return None
    sites = {
        site
        for row in rulebook.components.rows
        if Special.PURCHASED_READING in row.when.get("special", ())
        for site in row.when["site"]
    }
    if parties.billed.kind not in sites or _reader_bills(parties) != READER_BILLS_OTHER:
        return None
    return raise_finding(
        rulebook,
        FindingCode.BOUGHT_READING_BILLED,
        *(one.where for one in parties.special[Special.PURCHASED_READING]),
        *parties.reader.where,
        buyer=parties.owner.value.name,
        biller=parties.reader.value.organization.name,
    )


def _left_aside(name: str, parties: Parties, rulebook: Rulebook, why: str) -> tuple[Finding, ...]:
    where = (one.where for one in parties.special[Special(name)])
    return (raise_finding(rulebook, FindingCode.ARRANGEMENT_NOT_APPLIED, *where, arrangement=name, why=why),)


def _without_detail(found: Finding, facts: dict[str, str], parties: Parties, rulebook: Rulebook) -> Finding:
    """That no row answers, in words for whoever bills; the detail, where that is what it lacks."""
    if found.code is not FindingCode.NO_ROW:
        return found
    site = parties.site.value
    without_detail = site.detail is SiteDetail.NOT_STATED and site.kind in DETAILS
    if not without_detail or parties.billed.kind != site.kind:
        told = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items())
        code, where = FindingCode.SITE_NOT_MODELLED, parties.site.where
        names = {"payer_kind": facts["payer_kind"], "site": facts["site"], "facts": told}
        return raise_finding(rulebook, code, *where, **names)
    return raise_finding(
        rulebook,
        FindingCode.SITE_DETAIL_MISSING,
        *parties.site.where,
        kind=site.kind.value,
        what=DETAILS[site.kind],
    )


def _reader_bills(parties: Parties) -> str:
    if parties.reader is None:
        return NOT_NEEDED
    organization = parties.reader.value.organization
    if same_organization(parties.owner.value, organization):
        return READER_BILLS_SCANNER_OWNER
    site = parties.site.value
    if parties.billed.kind in CLINICS and site.npi and site.npi == organization.npi:
        return READER_BILLS_SITE
    return READER_BILLS_OTHER


def _row(
    facts: dict[str, str], parties: Parties, rulebook: Rulebook, on: date, scope: Facts
) -> Hit[ClaimsPlan] | Finding:
    """The row for these facts. The localities count only where the answer turns on them."""
    where = tuple(one.where for one in parties.evidence)
    hit = rulebook.components.ask_one({**facts, "locality": NOT_NEEDED}, on=on, scope=scope)
    if hit is not None and rulebook.components.models(on):
        return hit
    at_site = parties.site.value.locality
    at_reader = parties.reader.value.locality if parties.reader else ""
    locality = SAME if at_site == at_reader else OTHER
    found = find_row(
        rulebook, rulebook.components, {**facts, "locality": locality}, *where, on=on, scope=scope
    )
    if isinstance(found, Hit) and parties.reader and not (at_site and at_reader):
        return _locality_missing(parties, parties.reader, rulebook)
    return found


def _locality_missing(parties: Parties, reader: Known[Reader], rulebook: Rulebook) -> Finding:
    unknown = parties.site.where if not parties.site.value.locality else ()
    reading = () if reader.value.locality else tuple(one.where for one in reader.value.evidence)
    return raise_finding(
        rulebook,
        FindingCode.LOCALITY_MISSING,
        *unknown,
        *reading,
        organization=reader.value.organization.name,
    )


def _planned(plan: ClaimPlan, parties: Parties, because: Because, special: Special) -> PlannedClaim:
    organization, evidence = party_of(plan, parties)
    return PlannedClaim(
        type=Chosen(value=plan.claim, because=(because,)),
        billed_by=plan.billed_by,
        billing=Chosen(value=organization, because=(because._replace(evidence=evidence),)),
        components=tuple(Chosen(value=one, because=(because,)) for one in plan.components),
        special=special,
    )
