"""The lines of one planned claim: decided procedures by component, and what a draft sets beside them.

Every question about a line is asked before it is given up. Neighbours: `decide` asks claim by claim; `lines`,
`modifiers` and `place_of_service` answer for the parts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.core.circumstances import Raisings, raised_for
from service.core.codes import (
    ClaimType,
    Component,
    Procedure,
)
from service.core.component_checks import not_approved
from service.core.components import PlannedClaim
from service.core.decision import (
    Choice,
    Chosen,
    DecidedLine,
    Finding,
    Rejected,
    Undecided,
    because_row,
    raise_finding,
)
from service.core.desk import Desk
from service.core.draft import (
    Beside,
    drafted_charge,
    drafted_units,
    edit_pair,
    joined_parts,
    left_off,
    raised_by_draft,
    same_line,
)
from service.core.finding_codes import FindingCode
from service.core.lines import (
    BilledPart,
    billed_as,
    decide_charge,
    decide_institutional,
    decide_service_day,
    one_unit,
    purchase_price,
)
from service.core.modifiers import LineFacts, Modifiers, decide_modifiers
from service.core.modifiers import judge_draft as judge_modifiers
from service.core.place_of_service import decide_place, may_stand
from service.core.procedure_codes import PART_MODIFIERS
from service.core.rulebook import Facts, InstitutionalFacts
from service.core.situations import Special
from service.core.study import Gap, Organization


def decide_lines(
    desk: Desk, plan: PlannedClaim, procedures: tuple[Chosen[Procedure], ...]
) -> list[DecidedLine | None]:
    """The lines of a claim; None stands for one that is undecided."""
    asked = [(one, None) for one in procedures] + [(one.procedure, one) for one in desk.beside]
    lines: list[DecidedLine | None] = []
    for procedure, drafted in asked:
        for component in plan.components:
            billed = billed_as(desk.rulebook, procedure, component.value, desk.day)
            if isinstance(billed, Finding):
                desk.said.append(billed)
                lines.append(None)
            elif isinstance(billed, Rejected):
                desk.rejected.append(billed)
            elif drafted is None or _charged(desk, plan, billed, drafted):
                lines.append(_line(desk, plan, billed, drafted))
    return lines


def _charged(desk: Desk, plan: PlannedClaim, billed: BilledPart, drafted: Beside) -> bool:
    """Whether a drafted line stands on this claim: only where its charge for the component is known."""
    charge = _charge(desk, plan, billed, drafted, desk.day)
    code = drafted.procedure.value.value
    if isinstance(charge, Undecided):
        why = f"no charge of {plan.billing.value.name} for its {billed.component} part is known"
        desk.said.append(left_off(drafted.line, why, desk.rulebook))
        return False
    where = (one.where for one in drafted.line.evidence)
    desk.said.append(raise_finding(desk.rulebook, FindingCode.DRAFT_LINE_KEPT, *where, procedure=code))
    return True


def _charge(
    desk: Desk, plan: PlannedClaim, billed: BilledPart, drafted: Beside | None, on: date
) -> Choice[Decimal]:
    """The charge by the fee schedule; of a drafted line, else by the draft."""
    biller = plan.billing.value
    listed = decide_charge(desk.practice, desk.rulebook, biller, billed.procedure.value, billed.component, on)
    of_draft = drafted_charge(drafted, billed.component) if drafted else None
    return of_draft if of_draft and isinstance(listed, Undecided) else listed


def _line(desk: Desk, plan: PlannedClaim, billed: BilledPart, drafted: Beside | None) -> DecidedLine | None:
    """One line; every question about it is asked before it is given up."""
    component, procedure = billed.component, billed.procedure
    rulebook, claim_type, biller = desk.rulebook, plan.type.value, plan.billing.value
    scope = _scope(desk, biller)
    day = desk.take(decide_service_day(desk.study, rulebook, component, claim_type, scope))
    on = day.value if day else desk.day
    charge = desk.take(_charge(desk, plan, billed, drafted, on))
    desk.said += not_approved(biller, procedure.value, component, desk.payer_kind, rulebook)
    place = _place(desk, plan, component, scope)
    modifiers = _modifiers(desk, plan, billed, drafted, on)
    facts = institutional_facts(desk, plan, component, on)
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
        units=drafted_units(drafted) if drafted else one_unit(procedure),
        charge=charge,
        revenue_code=Chosen(value=facts.value.revenue_code, because=facts.because) if facts else None,
        narrative=modifiers.narrative,
        purchase_price=purchase_price(desk.study) if bought else None,
    )


def _place(desk: Desk, plan: PlannedClaim, component: Component, scope: Facts) -> Chosen[str] | None:
    """The place of service of a professional line, and that this part may be billed there."""
    if plan.type.value is not ClaimType.PROFESSIONAL or desk.billed is None:
        return None
    place = desk.take(decide_place(desk.study, desk.billed, desk.rulebook, desk.day, scope))
    return desk.take(may_stand(place, component, plan.special, desk.rulebook, desk.day)) if place else None


def _modifiers(
    desk: Desk, plan: PlannedClaim, billed: BilledPart, drafted: Beside | None, on: date
) -> Modifiers | None:
    site, procedure = desk.study.site, billed.procedure.value
    if isinstance(site, Gap):
        return None
    raised = raised_on(desk, plan, procedure) if drafted is None else raised_by_draft(drafted)
    line = LineFacts(
        component=billed.modified_as,
        claim_type=plan.type.value,
        payer_kind=desk.payer_kind,
        site=site.value.kind,
        encounter_class=site.value.encounter_class,
        procedure=procedure,
        owned=plan.billing.value.wholly_owned,
        edit_pair=edit_pair(procedure, desk.together, plan.type.value, desk.rulebook, on),
    )
    modifiers = decide_modifiers(line, raised.all, desk.rulebook, on)
    charged = (
        drafted.line if drafted else same_line(desk.study.draft, procedure, billed.component, desk.components)
    )
    if charged and isinstance(modifiers, Modifiers):
        told = charged.modifiers
        if billed.component is Component.GLOBAL and joined_parts(desk.study.draft, procedure):
            told = tuple(one for one in told if one not in PART_MODIFIERS)
        modifiers = judge_modifiers(told, modifiers, desk.rulebook, on)
    desk.said += raised.findings
    if isinstance(modifiers, Undecided):
        desk.said += modifiers.needs
        return None
    desk.said += modifiers.findings
    desk.said += _without_diagnosis(desk, modifiers, on)
    desk.rejected += modifiers.rejected
    return modifiers


def raised_on(desk: Desk, plan: PlannedClaim, procedure: Procedure) -> Raisings:
    return raised_for(
        desk.study,
        procedure,
        plan.billing.value,
        desk.payer_kind,
        desk.rulebook,
        sex_conflict=desk.sex_conflict,
    )


def _without_diagnosis(desk: Desk, modifiers: Modifiers, on: date) -> Iterator[Finding]:
    """A modifier that is right only beside a diagnosis which the claim does not have."""
    codes = desk.diagnoses(on) if modifiers.needed else None
    billed = {one.value for one in codes.value} if codes else set()
    for hit in modifiers.needed:
        then = hit.then
        if codes and then.needs_diagnosis not in billed:
            finding = raise_finding(
                desk.rulebook,
                FindingCode.MODIFIER_WITHOUT_DIAGNOSIS,
                modifier=then.modifier.value,
                code=then.needs_diagnosis,
            )
            yield replace(finding, because=(because_row(hit),))


def institutional_facts(
    desk: Desk, plan: PlannedClaim, component: Component, on: date
) -> Chosen[InstitutionalFacts] | None:
    site = desk.study.site
    if plan.type.value is not ClaimType.INSTITUTIONAL or isinstance(site, Gap) or desk.billed is None:
        return None
    scope = _scope(desk, plan.billing.value)
    return desk.take(decide_institutional(site, desk.billed, desk.rulebook, component, on, scope))


def _scope(desk: Desk, biller: Organization) -> Facts:
    return {**desk.scope, "organization": biller.npi}
