"""Who pays, what kind of coverage it is, and what the payer says of a procedure.

A payer the rows do not know is no reason to hold: the base rows apply and a note says so. Neighbours:
`decide` asks first, because overrides and modifiers depend on the payer; `mappings/payers/`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from service.core.codes import EditResult, PayerKind, Procedure
from service.core.decision import (
    NOT_STATED,
    Choice,
    Chosen,
    EditOutcome,
    Finding,
    Undecided,
    because_fact,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.finding_codes import FindingCode
from service.core.rulebook import Hit, PayerIdentity, PayerStance, Rulebook, RuleSet
from service.core.study import Coverage, Gap, Known, Study

UNKNOWN = "unknown"
COVERED = "covered"


def identify_payer(study: Study, rulebook: Rulebook, on: date) -> Choice[PayerIdentity]:
    """The payer and the kind of coverage, by payer id, else exact name, else not known (a note)."""
    coverage = study.coverage
    if isinstance(coverage, Gap):
        return Undecided(question=rulebook.payers.question, needs=(finding_of(rulebook, coverage),))
    hit = find_row(rulebook, rulebook.payers, _payer_facts(coverage.value), *coverage.where, on=on)
    if isinstance(hit, Finding):
        if hit.code is FindingCode.DATE_NOT_MODELLED:
            return Undecided(question=rulebook.payers.question, needs=(hit,))
        return _not_known(coverage, rulebook)
    notes = _plan_not_known(hit.then, coverage, rulebook)
    if hit.then.kind is PayerKind.UNKNOWN:
        notes += (
            raise_finding(rulebook, FindingCode.PAYER_KIND_NOT_STATED, *coverage.where, payer=hit.then.name),
        )
    return Chosen(value=hit.then, because=(because_row(hit, *coverage.evidence),), findings=notes)


def stance_of(
    study: Study, payer: Chosen[PayerIdentity], procedure: Procedure, rulebook: Rulebook, on: date
) -> EditOutcome | Finding | None:
    """What the payer says of the procedure: a pass where it is plainly covered, else a warning or a note."""
    coverage = study.coverage
    if isinstance(coverage, Gap):
        return None
    facts = {
        "payer": payer.value.payer,
        "plan": coverage.value.plan or NOT_STATED,
        "payer_kind": payer.value.kind.value,
        "procedure": procedure.value,
    }
    hit = rulebook.payer_stances.ask_one(facts, on=on)
    if hit and hit.then.stance == COVERED:
        return _covered(hit)
    unknown = hit is None or hit.then.stance == UNKNOWN
    finding = raise_finding(
        rulebook,
        FindingCode.PAYER_STANCE_UNKNOWN if unknown else FindingCode.PAYER_STANCE,
        *coverage.where,
        payer=payer.value.name,
        procedure=procedure.value,
        says=hit.then.says if hit else "",
    )
    return replace(finding, because=(because_row(hit),) if hit else ())


def _covered(hit: Hit[PayerStance]) -> EditOutcome:
    source = hit.entry.source
    return EditOutcome(
        edit=hit.row.id, result=EditResult.PASS, edition=source.date, says=hit.then.says, source=source
    )


def _plan_not_known(
    payer: PayerIdentity, coverage: Known[Coverage], rulebook: Rulebook
) -> tuple[Finding, ...]:
    """A note where the payer's plans differ and the coverage does not name one that the rows know."""
    plans = _plans(rulebook.payer_stances).get(payer.payer)
    if not plans or coverage.value.plan in plans:
        return ()
    return (raise_finding(rulebook, FindingCode.PLAN_NOT_KNOWN, *coverage.where, payer=payer.name),)


@lru_cache(maxsize=8)
def _plans(rules: RuleSet[PayerStance]) -> Mapping[str, frozenset[str]]:
    """The plans that rows tell apart, by payer."""
    plans: dict[str, frozenset[str]] = {}
    for row in rules.rows:
        for payer in row.when.get("payer", ()) if "plan" in row.when else ():
            plans[payer] = plans.get(payer, frozenset()) | row.when["plan"] - {NOT_STATED}
    return MappingProxyType(plans)


def _payer_facts(coverage: Coverage) -> dict[str, str]:
    return {
        "payer_id": coverage.payer_id or NOT_STATED,
        "payer_name": coverage.payer.name.upper() or NOT_STATED,
        "coverage_type": coverage.coverage_type or NOT_STATED,
    }


def _not_known(coverage: Known[Coverage], rulebook: Rulebook) -> Chosen[PayerIdentity]:
    name = coverage.value.payer.name
    note = raise_finding(
        rulebook, FindingCode.PAYER_NOT_KNOWN, *coverage.where, payer=name or coverage.value.payer_id
    )
    return Chosen(
        value=PayerIdentity(payer=UNKNOWN, kind=PayerKind.UNKNOWN, name=name),
        because=(because_fact("The coverage names this payer; no row knows it.", coverage),),
        findings=(note,),
    )
