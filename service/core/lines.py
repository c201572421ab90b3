"""What one claim line carries: day of service, modifiers in rank order, charge, revenue code.

Neighbours: `components` plans which lines there are; `place_of_service` is decided once for the site;
`decide` puts the parts together. Charges stand in the practice file.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.core.codes import ClaimType, Component, Frequency, Modifier, PayerKind, Procedure
from service.core.decision import (
    NO_SCOPE,
    Because,
    Choice,
    Chosen,
    Finding,
    Origin,
    Undecided,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.finding_codes import FindingCode
from service.core.practice import Charge, Practice
from service.core.rulebook import Facts, InstitutionalFacts, Rulebook
from service.core.study import Evidence, EvidenceKind, Fact, Gap, Known, Organization, Site, Study

READING_DAY = "reading"
PART_MODIFIER = {
    Component.PROFESSIONAL: Modifier.PROFESSIONAL,
    Component.TECHNICAL: Modifier.TECHNICAL,
}
"""What tells a part from the whole on a professional claim."""
CHARGE_QUESTION = "What does the biller charge for this component?"


def decide_service_day(
    study: Study, rulebook: Rulebook, component: Component, claim_type: ClaimType, scope: Facts = NO_SCOPE
) -> Choice[date]:
    """The day a component's line carries: the scan day, or the day the reading was completed."""
    rule_set = rulebook.service_dates
    scan = study.performed.scan_day
    if isinstance(scan, Gap):
        return Undecided(question=rule_set.question, needs=(finding_of(rulebook, scan),))
    facts = {"component": component.value, "claim_type": claim_type.value}
    hit = find_row(rulebook, rule_set, facts, *scan.where, on=scan.value, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=rule_set.question, needs=(hit,))
    day = _reading_day(study) if hit.then.day == READING_DAY else scan
    if isinstance(day, Gap):
        return Undecided(question=rule_set.question, needs=(finding_of(rulebook, day),))
    return Chosen(value=day.value, because=(because_row(hit, *day.evidence),))


def decide_modifiers(
    rulebook: Rulebook, component: Component, claim_type: ClaimType, payer_kind: PayerKind, on: date
) -> tuple[Chosen[Modifier], ...] | Undecided:
    """Every modifier whose row matches, lowest rank first; none where the whole service is billed."""
    rule_set = rulebook.modifiers
    if not rule_set.models(on):
        finding = raise_finding(
            rulebook, FindingCode.DATE_NOT_MODELLED, question=rule_set.question, day=on.isoformat()
        )
        return Undecided(question=rule_set.question, needs=(finding,))
    facts = {"component": component.value, "claim_type": claim_type.value, "payer_kind": payer_kind.value}
    hits = sorted(rule_set.ask_all(facts, on=on), key=lambda hit: hit.then.rank)
    if _lacks_its_modifier(component, claim_type, {hit.then.modifier for hit in hits}):
        told = ", ".join(f"{name}: {value}" for name, value in facts.items())
        finding = raise_finding(rulebook, FindingCode.NO_ROW, question=rule_set.question, facts=told)
        return Undecided(question=rule_set.question, needs=(finding,))
    return tuple(Chosen(value=hit.then.modifier, because=(because_row(hit),)) for hit in hits)


def _lacks_its_modifier(component: Component, claim_type: ClaimType, found: set[Modifier]) -> bool:
    """A part on a professional claim without its modifier would be paid as the whole service."""
    needed = PART_MODIFIER.get(component)
    return claim_type is ClaimType.PROFESSIONAL and needed is not None and needed not in found


def decide_charge(
    practice: Practice,
    rulebook: Rulebook,
    biller: Organization,
    procedure: Procedure,
    component: Component,
    on: date,
) -> Choice[Decimal]:
    """What the biller's fee schedule asks for the component on that day, in US dollars."""
    ids = {one.id for one in practice.organizations if one.npi == biller.npi and one.in_force.covers(on)}
    found = next(
        (
            one
            for one in practice.charges
            if one.organization in ids
            and one.procedure is procedure
            and one.component is component
            and one.in_force.covers(on)
        ),
        None,
    )
    if found is not None:
        return Chosen(value=found.amount, because=(_scheduled(found),))
    missing = raise_finding(
        rulebook,
        FindingCode.CHARGE_MISSING,
        organization=biller.name,
        procedure=procedure.value,
        component=component.value,
        day=on.isoformat(),
    )
    return Undecided(question=CHARGE_QUESTION, needs=(missing,))


def decide_institutional(
    site: Known[Site], rulebook: Rulebook, component: Component, on: date, scope: Facts = NO_SCOPE
) -> Choice[InstitutionalFacts]:
    """Type of bill, frequency digit of an original included, and revenue code of a facility's claim."""
    rule_set = rulebook.institutional
    facts = {"site": site.value.kind.value, "component": component.value}
    hit = find_row(rulebook, rule_set, facts, *site.where, on=on, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=rule_set.question, needs=(hit,))
    complete = replace(hit.then, type_of_bill=f"{hit.then.type_of_bill}{Frequency.ORIGINAL.value}")
    return Chosen(value=complete, because=(because_row(hit, *site.evidence),))


def one_unit(procedure: Chosen[Procedure]) -> Chosen[int]:
    """One unit: the session is billed once however many levels or sites were imaged."""
    because = tuple(replace(one, says="One session, one unit.") for one in procedure.because)
    return Chosen(value=1, because=because)


def _scheduled(charge: Charge) -> Because:
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=charge.entry, shows=str(charge.amount))
    says = "The fee schedule of the billing organization."
    return Because(origin=Origin.PRACTICE, ref=charge.entry, says=says, evidence=(evidence,))


def _reading_day(study: Study) -> Fact[date]:
    return study.report if isinstance(study.report, Gap) else study.report.value.reading_day
