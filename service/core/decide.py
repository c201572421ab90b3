"""Asks the deciders in order and gathers everything they say about one study.

Nothing stops at the first trouble: every decider is asked, so a held study names all that is missing at
once. Only where nothing is billed whatever the rest says does it end early. Neighbours: the deciders below,
`claim` above.
"""

from collections.abc import Iterable
from dataclasses import replace

from service.core.circumstances import hospice_question, stated
from service.core.claim_lines import decide_lines, institutional_facts, raised_on
from service.core.clinical import clinical_support
from service.core.codes import (
    ClaimType,
    Component,
    EditResult,
    Procedure,
    Severity,
    StudyState,
)
from service.core.components import PlannedClaim, decide_claims, rejected_components
from service.core.decision import (
    NOT_STATED,
    Chosen,
    DecidedClaim,
    DecidedLine,
    Decision,
    EditOutcome,
    Finding,
    Rejected,
    finding_of,
    raise_finding,
)
from service.core.desk import Desk
from service.core.diagnoses import fitting
from service.core.draft import (
    judge_draft,
)
from service.core.edits import check_claims, check_codes, confirmed_conflict
from service.core.finding_codes import FindingCode
from service.core.frequency import check_frequency, expecting_denial
from service.core.gates import before_our_time, ends, open_questions
from service.core.individuals import organization_numbers
from service.core.lines import (
    UniformBillCodes,
    decide_uniform_bill_codes,
    part_of,
)
from service.core.payer_policy import identify_payer, number_payer, other_coverages, stance_of
from service.core.place_of_service import decide_place
from service.core.practice import Practice
from service.core.procedure import decide_procedures, rejected_procedures
from service.core.quality import weigh_quality
from service.core.rulebook import PayerIdentity, Rulebook
from service.core.situations import Circumstance
from service.core.status import BilledSite, decide_status
from service.core.study import Gap, Known, Study
from service.core.support import judge_support

WITH_CLAIMS = frozenset({StudyState.CLEAN, StudyState.BILLABLE})
NO_CLAIM = frozenset({Severity.WARN, Severity.NOTE})
"""Severities that are still said of a study with nothing to bill: what holds a claim is then no matter."""


def decide(study: Study, practice: Practice, rulebook: Rulebook) -> Decision:
    """What is billed for a study under the rows of its date of service, and everything said about it."""
    notes = [finding_of(rulebook, gap) for gap in study.notes]
    ended = ends(study, rulebook)
    if ended:
        return _nothing(ended, notes)
    said = [
        *open_questions(study, rulebook),
        *organization_numbers(study, practice, rulebook),
        *notes,
    ]
    scan = study.performed.scan_day
    if isinstance(scan, Gap):
        findings = _once(said)
        return Decision(state=_state(findings, ()), claims=(), findings=findings, edits=(), rejected=())
    refused = before_our_time(rulebook, scan)
    if refused:
        findings = _once((*refused, *(one for one in said if one.severity in NO_CLAIM)))
        return Decision(state=_state(findings, ()), claims=(), findings=findings, edits=(), rejected=())
    desk = Desk(study=study, practice=practice, rulebook=rulebook, day=scan.value, said=said)
    payer = _payer(desk)
    desk.said += weigh_quality(study, desk.payer_kind, rulebook, scan.value)
    desk.said += clinical_support(study, rulebook, scan.value)
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
    edits = _payer_edits(desk, payer, procedures)
    procedures = _with_draft(desk, procedures, planned)
    claims = _claims(desk, procedures, planned)
    if procedures and not procedures.value and not claims:
        return _nothing(procedures.findings, desk.said)
    number = desk.take(number_payer(desk.study, payer, practice, rulebook, desk.day)) if payer else None
    return replace(_edited(desk, claims, payer, edits), payer_id=number)


def _with_draft(
    desk: Desk,
    procedures: Chosen[tuple[Procedure, ...]] | None,
    planned: Chosen[tuple[PlannedClaim, ...]] | None,
) -> Chosen[tuple[Procedure, ...]] | None:
    """The procedures that the draft leaves, what stands beside them, and what a person has to accept."""
    if procedures is None or not desk.study.draft:
        return procedures
    on_one_line = (
        plan.type.because
        for plan in (planned.value if planned else ())
        if any(one.value is Component.GLOBAL for one in plan.components)
    )
    tables, whole = _tables(desk, planned), next(on_one_line, ())
    judged = judge_draft(desk.study, procedures, tables, whole, desk.rulebook, desk.day)
    desk.said += judged.findings
    desk.beside = judged.beside
    desk.together = (*judged.procedures, *(one.procedure.value for one in judged.beside))
    desk.study = replace(desk.study, circumstances=(*desk.study.circumstances, *judged.distinct))
    return replace(procedures, value=judged.procedures, findings=judged.findings)


def _tables(
    desk: Desk, planned: Chosen[tuple[PlannedClaim, ...]] | None
) -> dict[Procedure, frozenset[ClaimType]]:
    """The kinds of claims that each drafted procedure would stand on: its parts are billed there."""
    drafted = [Procedure(line.code) for line in desk.study.draft if line.code in set(Procedure)]
    if planned is None:
        return {one: frozenset(ClaimType) for one in drafted}
    return {
        one: frozenset(
            plan.type.value
            for plan in planned.value
            for component in plan.components
            if not isinstance(part_of(desk.rulebook, one, component.value, desk.day), Rejected)
        )
        for one in drafted
    }


def _planned(desk: Desk, status: Chosen[BilledSite] | None) -> Chosen[tuple[PlannedClaim, ...]] | None:
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
    plans = tuple(claims)
    desk.components = frozenset(one.value for plan in plans for one in plan.components)
    return replace(planned, value=plans)


def _payer(desk: Desk) -> Chosen[PayerIdentity] | None:
    """The payer; from here on overrides for it, its plan and the site apply."""
    payer = desk.take(identify_payer(desk.study, desk.rulebook, desk.day, desk.practice))
    site, coverage = desk.study.site, desk.study.coverage
    if payer and isinstance(coverage, Known):
        desk.payer_kind = payer.value.kind
        desk.scope = {
            "payer": payer.value.payer,
            "payer_kind": payer.value.kind.value,
            "plan": payer.value.plan or NOT_STATED,
            "site": site.value.kind.value if isinstance(site, Known) else NOT_STATED,
        }
        desk.later, said = other_coverages(desk.study, payer, desk.practice, desk.rulebook, desk.day)
        desk.said += said
    return payer


def _payer_edits(
    desk: Desk, payer: Chosen[PayerIdentity] | None, procedures: Chosen[tuple[Procedure, ...]] | None
) -> tuple[EditOutcome, ...]:
    """What the payer says of each procedure and of its frequency; an expected denial moves modifiers."""
    edits: list[EditOutcome] = []
    for one in procedures.value if procedures else ():
        for said in stance_of(desk.study, payer, one, desk.rulebook, desk.day) if payer else ():
            if isinstance(said, EditOutcome):
                edits.append(said)
            else:
                desk.said.append(said)
        answer = check_frequency(desk.study, payer.value if payer else None, one, desk.rulebook, desk.day)
        if answer:
            edits.append(answer.outcome)
            desk.said += [answer.finding] if answer.finding else []
            desk.study = expecting_denial(desk.study, answer)
    return tuple(edits)


def _claims(
    desk: Desk,
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
        desk.diagnoses(desk.day)
        return ()
    each = (
        tuple(Chosen(value=one, because=procedures.because) for one in procedures.value) if procedures else ()
    )
    desk.sex_conflict = _sex_conflict(desk)
    lines = [(plan, decide_lines(desk, plan, each)) for plan in planned.value]
    claims = [_claim(desk, plan, each, found) for plan, found in lines if found]
    if not claims:
        desk.diagnoses(desk.day)
    complete = tuple(claim for claim in claims if claim)
    return complete if len(complete) == len(claims) else ()


def _sex_conflict(desk: Desk) -> bool:
    """Whether the claims need to say that a diagnosis is right against the recorded sex."""
    billed = desk.diagnoses(desk.day) if stated(desk.study, Circumstance.SEX_CONFIRMED) else None
    codes = [one.value for one in billed.value] if billed else []
    return confirmed_conflict(codes, desk.study, desk.rulebook, desk.day)


def _claim(
    desk: Desk,
    plan: PlannedClaim,
    procedures: tuple[Chosen[Procedure], ...],
    lines: list[DecidedLine | None],
) -> DecidedClaim | None:
    """One claim, or None where a part of it is undecided (what is missing has been said)."""
    days = [line.service_day.value for line in lines if line] or [desk.day]
    codes = desk.diagnoses(days[0])
    facts = institutional_facts(desk, plan, plan.components[0].value, days[0])
    complete = tuple(line for line in lines if line)
    institutional = plan.type.value is ClaimType.INSTITUTIONAL
    if codes is None or len(complete) < len(lines) or (institutional and facts is None):
        return None
    fit, no_room = fitting(codes.value, plan.type.value)
    desk.rejected += no_room
    bill = Chosen(value=facts.value.type_of_bill, because=facts.because) if facts else None
    uniform = UniformBillCodes()
    if institutional:
        raised = [one for procedure in procedures for one in raised_on(desk, plan, procedure.value).all]
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


def _edited(
    desk: Desk,
    claims: tuple[DecidedClaim, ...],
    payer: Chosen[PayerIdentity] | None,
    stances: tuple[EditOutcome, ...],
) -> Decision:
    """The decision once our own edits and the payer's have looked at it."""
    order = desk.study.order
    given = () if isinstance(order, Gap) else tuple(one.code for one in order.value.reasons)
    billed = tuple(code.value for claim in claims for code in claim.diagnoses)
    desk.said += check_codes((*given, *billed), desk.study, desk.rulebook, desk.day)
    desk.said += judge_support(claims, desk.study, desk.rulebook, desk.day)
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
        later_coverages=desk.later,
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
