"""Asks the deciders in order and gathers everything they say about one study.

Nothing stops at the first trouble: every decider is asked, so a held study names all that is missing at
once. Only where nothing is billed whatever the rest says does it end early. Neighbours: the deciders below,
`claim` above.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from service.core.circumstances import Raisings, hospice_question, raised_for
from service.core.codes import (
    BilledBy,
    ClaimType,
    Component,
    EditResult,
    PayerKind,
    Procedure,
    Severity,
    StudyState,
)
from service.core.component_checks import not_approved
from service.core.components import PlannedClaim, decide_claims, rejected_components
from service.core.decision import (
    NO_SCOPE,
    NOT_STATED,
    Choice,
    Chosen,
    DecidedClaim,
    DecidedLine,
    Decision,
    EditOutcome,
    Finding,
    Rejected,
    Undecided,
    V,
    finding_of,
    raise_finding,
)
from service.core.diagnoses import Diagnoses, decide_diagnoses, fitting
from service.core.edits import check_claims, check_codes
from service.core.finding_codes import FindingCode
from service.core.gates import ends, open_questions
from service.core.lines import (
    UniformBillCodes,
    decide_charge,
    decide_institutional,
    decide_service_day,
    decide_uniform_bill_codes,
    one_unit,
    purchase_price,
)
from service.core.modifiers import LineFacts, Modifiers, decide_modifiers
from service.core.payer_policy import identify_payer, stance_of
from service.core.place_of_service import decide_place, may_stand
from service.core.practice import Practice
from service.core.procedure import decide_procedures, rejected_procedures
from service.core.rulebook import Facts, InstitutionalFacts, PayerIdentity, Rulebook
from service.core.situations import Special
from service.core.status import BilledSite, decide_status
from service.core.study import Gap, Known, Organization, Study

WITH_CLAIMS = frozenset({StudyState.CLEAN, StudyState.BILLABLE})
NO_CLAIM = frozenset({Severity.WARN, Severity.NOTE})
"""Severities that are still said of a study with nothing to bill: what holds a claim is then no matter."""


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What every question about one study needs; `said` and `rejected` gather the answers as they come."""

    study: Study
    practice: Practice
    rulebook: Rulebook
    day: date
    said: list[Finding]
    scope: Facts = field(default_factory=lambda: NO_SCOPE)
    payer_kind: PayerKind = PayerKind.UNKNOWN
    billed: BilledSite | None = None
    rejected: list[Rejected] = field(default_factory=list)
    diagnosed: dict[date, Diagnoses] = field(default_factory=dict)

    def take(self, choice: Choice[V]) -> Chosen[V] | None:
        """The chosen value, or None where it is undecided; what either says is kept."""
        if isinstance(choice, Undecided):
            self.said += choice.needs
            return None
        self.said += choice.findings
        return choice


def decide(study: Study, practice: Practice, rulebook: Rulebook) -> Decision:
    """What is billed for a study under the rows of its date of service, and everything said about it."""
    notes = [finding_of(rulebook, gap) for gap in study.notes]
    ended = ends(study, rulebook)
    if ended:
        return _nothing(ended, notes)
    said = [*open_questions(study, rulebook), *notes]
    scan = study.performed.scan_day
    if isinstance(scan, Gap):
        findings = _once(said)
        return Decision(state=_state(findings, ()), claims=(), findings=findings, edits=(), rejected=())
    desk = _Desk(study=study, practice=practice, rulebook=rulebook, day=scan.value, said=said)
    payer = _payer(desk)
    desk.said += hospice_question(study, desk.payer_kind, rulebook)
    status = desk.take(decide_status(study, rulebook, scan.value, desk.scope))
    desk.billed = status.value if status else None
    procedures = desk.take(decide_procedures(study, rulebook, scan.value))
    planned = _planned(desk, status)
    if procedures and not procedures.value:
        nothing = raise_finding(rulebook, FindingCode.NOTHING_TO_BILL)
        return _nothing((replace(nothing, because=procedures.because),), desk.said)
    if planned and not planned.value:
        return _nothing(planned.findings, desk.said)
    stances = _stances(desk, payer, procedures)
    desk.said += [one for one in stances if isinstance(one, Finding)]
    claims = _claims(desk, procedures, planned)
    return _edited(desk, claims, payer, tuple(one for one in stances if isinstance(one, EditOutcome)))


def _planned(desk: _Desk, status: Chosen[BilledSite] | None) -> Chosen[tuple[PlannedClaim, ...]] | None:
    """The claims to write; what they rest on is also why the study is billed as that kind of site."""
    if status is None:
        return None
    choice = decide_claims(desk.study, status.value, desk.rulebook, desk.day, desk.payer_kind, desk.scope)
    planned = desk.take(choice)
    if planned is None:
        return None
    claims = (
        replace(one, type=replace(one.type, because=(*one.type.because, *status.because)))
        for one in planned.value
    )
    return replace(planned, value=tuple(claims))


def _payer(desk: _Desk) -> Chosen[PayerIdentity] | None:
    """The payer; from here on overrides for it, its plan and the site apply."""
    payer = desk.take(identify_payer(desk.study, desk.rulebook, desk.day))
    site, coverage = desk.study.site, desk.study.coverage
    if payer and isinstance(coverage, Known):
        desk.payer_kind = payer.value.kind
        desk.scope = {
            "payer": payer.value.payer,
            "payer_kind": payer.value.kind.value,
            "plan": coverage.value.plan or NOT_STATED,
            "site": site.value.kind.value if isinstance(site, Known) else NOT_STATED,
        }
    return payer


def _stances(
    desk: _Desk, payer: Chosen[PayerIdentity] | None, procedures: Chosen[tuple[Procedure, ...]] | None
) -> tuple[EditOutcome | Finding, ...]:
    if payer is None or procedures is None:
        return ()
    asked = (stance_of(desk.study, payer, one, desk.rulebook, desk.day) for one in procedures.value)
    return tuple(one for one in asked if one)


def _claims(
    desk: _Desk,
    procedures: Chosen[tuple[Procedure, ...]] | None,
    planned: Chosen[tuple[PlannedClaim, ...]] | None,
) -> tuple[DecidedClaim, ...]:
    """The decided claims; where the plan is open the place and the diagnoses are asked for what they say."""
    desk.rejected += rejected_procedures(desk.study, desk.rulebook, desk.day)
    if desk.billed:
        desk.rejected += rejected_components(
            desk.study, desk.billed, desk.rulebook, desk.day, desk.payer_kind, desk.scope
        )
    if planned is None:
        if desk.billed:
            desk.take(decide_place(desk.study, desk.billed, desk.rulebook, desk.day, desk.scope))
        _diagnoses(desk, desk.day)
        return ()
    each = (
        tuple(Chosen(value=one, because=procedures.because) for one in procedures.value) if procedures else ()
    )
    claims = [_claim(desk, plan, each) for plan in planned.value]
    complete = tuple(claim for claim in claims if claim)
    return complete if len(complete) == len(claims) else ()


def _claim(desk: _Desk, plan: PlannedClaim, procedures: tuple[Chosen[Procedure], ...]) -> DecidedClaim | None:
    """One claim, or None where a part of it is undecided (what is missing has been said)."""
    lines = [line for one in procedures for line in _lines(desk, plan, one)]
    days = [line.service_day.value for line in lines if line] or [desk.day]
    codes = _diagnoses(desk, days[0])
    facts = _institutional(desk, plan, plan.components[0].value, days[0])
    complete = tuple(line for line in lines if line)
    institutional = plan.type.value is ClaimType.INSTITUTIONAL
    if codes is None or not lines or len(complete) < len(lines) or (institutional and facts is None):
        return None
    fit, no_room = fitting(codes.value, plan.type.value)
    desk.rejected += no_room
    bill = Chosen(value=facts.value.type_of_bill, because=facts.because) if facts else None
    uniform = UniformBillCodes()
    if institutional:
        raised = [one for procedure in procedures for one in _raised(desk, plan, procedure.value).all]
        uniform = decide_uniform_bill_codes(raised, desk.payer_kind, desk.rulebook, days[0])
    return DecidedClaim(
        type=plan.type,
        billing=plan.billing,
        lines=complete,
        diagnoses=fit,
        type_of_bill=bill,
        condition_codes=uniform.conditions,
        occurrences=uniform.occurrences,
    )


def _lines(desk: _Desk, plan: PlannedClaim, procedure: Chosen[Procedure]) -> list[DecidedLine | None]:
    return [_line(desk, plan, component.value, procedure) for component in plan.components]


def _line(
    desk: _Desk, plan: PlannedClaim, component: Component, procedure: Chosen[Procedure]
) -> DecidedLine | None:
    """One line; every question about it is asked before it is given up."""
    rulebook, claim_type, biller = desk.rulebook, plan.type.value, plan.billing.value
    scope = _scope(desk, biller)
    day = desk.take(decide_service_day(desk.study, rulebook, component, claim_type, scope))
    on = day.value if day else desk.day
    charge = desk.take(decide_charge(desk.practice, rulebook, biller, procedure.value, component, on))
    desk.said += not_approved(biller, procedure.value, component, desk.payer_kind, rulebook)
    place = _place(desk, plan, component, scope)
    modifiers = _modifiers(desk, plan, component, procedure.value, on)
    facts = _institutional(desk, plan, component, on)
    professional = claim_type is ClaimType.PROFESSIONAL
    if day is None or charge is None or modifiers is None or (professional and place is None):
        return None
    bought = plan.special is Special.PURCHASED_READING and component is Component.PROFESSIONAL
    return DecidedLine(
        component=component,
        procedure=procedure,
        modifiers=modifiers.carried,
        service_day=day,
        place_of_service=place,
        units=one_unit(procedure),
        charge=charge,
        revenue_code=Chosen(value=facts.value.revenue_code, because=facts.because) if facts else None,
        narrative=modifiers.narrative,
        purchase_price=purchase_price(desk.study) if bought else None,
    )


def _place(desk: _Desk, plan: PlannedClaim, component: Component, scope: Facts) -> Chosen[str] | None:
    """The place of service of a professional line, and that this part may be billed there."""
    if plan.type.value is not ClaimType.PROFESSIONAL or desk.billed is None:
        return None
    place = desk.take(decide_place(desk.study, desk.billed, desk.rulebook, desk.day, scope))
    return desk.take(may_stand(place, component, plan.special, desk.rulebook, desk.day)) if place else None


def _modifiers(
    desk: _Desk, plan: PlannedClaim, component: Component, procedure: Procedure, on: date
) -> Modifiers | None:
    site = desk.study.site
    if isinstance(site, Gap):
        return None
    raised = _raised(desk, plan, procedure)
    line = LineFacts(
        component=component,
        claim_type=plan.type.value,
        payer_kind=desk.payer_kind,
        site=site.value.kind,
        encounter_class=site.value.encounter_class,
        procedure=procedure,
        biller=_biller(desk.study, plan),
    )
    modifiers = decide_modifiers(line, raised.all, desk.rulebook, on)
    desk.said += raised.findings
    if isinstance(modifiers, Undecided):
        desk.said += modifiers.needs
        return None
    desk.said += modifiers.findings
    desk.rejected += modifiers.rejected
    return modifiers


def _biller(study: Study, plan: PlannedClaim) -> BilledBy:
    """Whose claim it is as rows name it: the scanner's owner is that also where it bills a reading."""
    owner = study.scanner_owner
    owned = isinstance(owner, Known) and owner.value.npi and owner.value.npi == plan.billing.value.npi
    return BilledBy.SCANNER_OWNER if owned else plan.billed_by


def _raised(desk: _Desk, plan: PlannedClaim, procedure: Procedure) -> Raisings:
    return raised_for(desk.study, procedure, plan.billing.value, desk.payer_kind, desk.rulebook)


def _institutional(
    desk: _Desk, plan: PlannedClaim, component: Component, on: date
) -> Chosen[InstitutionalFacts] | None:
    site = desk.study.site
    if plan.type.value is not ClaimType.INSTITUTIONAL or isinstance(site, Gap) or desk.billed is None:
        return None
    scope = _scope(desk, plan.billing.value)
    return desk.take(decide_institutional(site, desk.billed, desk.rulebook, component, on, scope))


def _diagnoses(desk: _Desk, on: date) -> Chosen[tuple[Chosen[str], ...]] | None:
    """The diagnoses of claims of that day, asked once a day."""
    if on not in desk.diagnosed:
        desk.diagnosed[on] = decide_diagnoses(desk.study, desk.rulebook, on)
        desk.rejected += desk.diagnosed[on].rejected
    return desk.take(desk.diagnosed[on].codes)


def _scope(desk: _Desk, biller: Organization) -> Facts:
    return {**desk.scope, "organization": biller.npi}


def _edited(
    desk: _Desk,
    claims: tuple[DecidedClaim, ...],
    payer: Chosen[PayerIdentity] | None,
    stances: tuple[EditOutcome, ...],
) -> Decision:
    """The decision once our own edits and the payer's have looked at it."""
    order = desk.study.order
    given = () if isinstance(order, Gap) else tuple(one.code for one in order.value.reasons)
    billed = tuple(code.value for claim in claims for code in claim.diagnoses)
    desk.said += check_codes((*given, *billed), desk.study, desk.rulebook, desk.day)
    checked = check_claims(claims, desk.rulebook)
    findings = _once((*desk.said, *checked.findings))
    edits = (*checked.outcomes, *stances)
    state = _state(findings, edits)
    once = {(one.instead_of, one.value): one for one in reversed(desk.rejected)}
    return Decision(
        state=state,
        claims=claims if state in WITH_CLAIMS else (),
        findings=findings,
        edits=edits,
        rejected=tuple(reversed(once.values())),
        payer=payer,
    )


def _nothing(ended: Iterable[Finding], said: Iterable[Finding]) -> Decision:
    """Nothing to bill: why, and what else is worth saying where no claim waits for it."""
    findings = _once((*ended, *(one for one in said if one.severity in NO_CLAIM)))
    return Decision(state=StudyState.NONE, claims=(), findings=findings, edits=(), rejected=())


def _state(findings: tuple[Finding, ...], edits: tuple[EditOutcome, ...]) -> StudyState:
    severities = {one.severity for one in findings}
    if Severity.REJECT in severities:
        return StudyState.REFUSED
    if Severity.HOLD in severities:
        return StudyState.HELD
    no_data = any(one.result is EditResult.NO_DATA for one in edits)
    return StudyState.BILLABLE if Severity.WARN in severities or no_data else StudyState.CLEAN


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once; a day outside what the rows model is said once, whatever was asked of it."""
    kept: dict[object, Finding] = {}
    for one in findings:
        dated = one.code is FindingCode.DATE_NOT_MODELLED
        kept.setdefault(one.code if dated else (one.code, one.where, one.text), one)
    return tuple(kept.values())
