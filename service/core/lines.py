"""What one claim line carries: day of service, charge, revenue code; what an institutional claim adds.

Neighbours: `components` plans which lines there are; `modifiers` and `place_of_service` are decided beside;
`decide` puts the parts together. Charges stand in the practice file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from service.core.circumstances import Raised
from service.core.codes import ClaimType, Component, Frequency, PayerKind, Procedure
from service.core.decision import (
    NO_SCOPE,
    Because,
    Choice,
    Chosen,
    Finding,
    Occurrence,
    Origin,
    Rejected,
    Undecided,
    because_fact,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.practice import Charge, Practice
from service.core.rulebook import Facts, InstitutionalFacts, Rulebook
from service.core.status import BilledSite
from service.core.study import Fact, Gap, Known, Organization, Site, Study

READING_DAY = "reading"
NOTHING = "nothing"
"""How a row says that a component is not billed."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledPart:
    """A component of a procedure, the code it is billed by, and the component its modifiers follow.

    A code that stands for a part by itself carries no 26 or TC: its modifiers are those of a whole service.
    """

    component: Component
    procedure: Chosen[Procedure]
    modified_as: Component


def billed_as(
    rulebook: Rulebook, procedure: Chosen[Procedure], component: Component, on: date
) -> BilledPart | Finding | Rejected:
    """How a component of a procedure is billed; rejected where that component of it is not billed at all."""
    facts = {"procedure": procedure.value.value, "component": component.value}
    hit = find_row(rulebook, rulebook.parts, facts, on=on)
    if isinstance(hit, Finding):
        return hit
    bills = hit.then.bills
    if bills == NOTHING:
        rejected = f"{procedure.value} ({component})"
        because = (because_row(hit),)
        return Rejected(value=rejected, instead_of="procedure", says=hit.row.label, because=because)
    value = bills if isinstance(bills, Procedure) else procedure.value
    code = Chosen(value=value, because=(*procedure.because, because_row(hit)))
    whole = component is not Component.FACILITY and not hit.then.component_modifier
    return BilledPart(
        component=component, procedure=code, modified_as=Component.GLOBAL if whole else component
    )


def part_of(
    rulebook: Rulebook, procedure: Procedure, component: Component, on: date
) -> BilledPart | Finding | Rejected:
    """How a component of a drafted procedure would be billed."""
    says = "A procedure of the draft."
    because = Because(origin=Origin.INPUT, ref=procedure.value, says=says)
    return billed_as(rulebook, Chosen(value=procedure, because=(because,)), component, on)


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
    site: Known[Site],
    billed: BilledSite,
    rulebook: Rulebook,
    component: Component,
    on: date,
    scope: Facts = NO_SCOPE,
) -> Choice[InstitutionalFacts]:
    """Type of bill, frequency digit of an original included, and revenue code of a facility's claim."""
    rule_set = rulebook.institutional
    facts = {"site": billed.kind, "detail": site.value.detail.value, "component": component.value}
    hit = find_row(rulebook, rule_set, facts, *site.where, on=on, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=rule_set.question, needs=(hit,))
    complete = replace(hit.then, type_of_bill=f"{hit.then.type_of_bill}{Frequency.ORIGINAL.value}")
    return Chosen(value=complete, because=(because_row(hit, *site.evidence),))


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformBillCodes:
    """Condition codes and dated occurrence codes of an institutional claim (UB-04)."""

    conditions: tuple[Chosen[str], ...] = ()
    occurrences: tuple[Chosen[Occurrence], ...] = ()


def decide_uniform_bill_codes(
    raised: Iterable[Raised], payer_kind: PayerKind, rulebook: Rulebook, on: date
) -> UniformBillCodes:
    """The codes that say on an institutional claim what a modifier says on a professional one."""
    conditions: dict[str, Chosen[str]] = {}
    occurrences: dict[str, Chosen[Occurrence]] = {}
    for one in raised:
        facts = {"circumstance": one.name, "payer_kind": payer_kind.value}
        for hit in rulebook.uniform_bill_codes.ask_all(facts, on=on):
            because = (because_row(hit, *one.evidence),)
            code = hit.then.condition_code
            if code:
                conditions.setdefault(code, Chosen(value=code, because=because))
            elif one.day:
                happened = Occurrence(code=hit.then.occurrence_code, day=one.day)
                occurrences.setdefault(happened.code, Chosen(value=happened, because=because))
    return UniformBillCodes(conditions=tuple(conditions.values()), occurrences=tuple(occurrences.values()))


def purchase_price(study: Study) -> Chosen[Decimal] | None:
    """What the biller pays for the reading it buys, in US dollars."""
    reader = study.reader
    if isinstance(reader, Gap) or reader.value.purchase_price is None:
        return None
    says = "The biller buys the reading; the claim tells its price (anti-markup)."
    return Chosen(value=reader.value.purchase_price, because=(because_fact(says, reader),))


def one_unit(procedure: Chosen[Procedure]) -> Chosen[int]:
    """One unit: the session is billed once however many levels or sites were imaged."""
    because = tuple(one._replace(says="One session, one unit.") for one in procedure.because)
    return Chosen(value=1, because=because)


def _scheduled(charge: Charge) -> Because:
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=charge.entry, shows=str(charge.amount))
    says = "The fee schedule of the billing organization."
    return Because(origin=Origin.PRACTICE, ref=charge.entry, says=says, evidence=(evidence,))


def _reading_day(study: Study) -> Fact[date]:
    return study.report if isinstance(study.report, Gap) else study.report.value.reading_day
