"""Who pays, what kind of coverage it is, and what the payer says of a procedure.

A payer the rows do not know is no reason to hold: the base rows apply and a note says so. Neighbours:
`decide` asks first, because overrides and modifiers depend on the payer; `mappings/payers/`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from service.core.circumstances import pure_screening
from service.core.codes import EditResult, PayerKind, Procedure
from service.core.decision import (
    NOT_STATED,
    Because,
    Choice,
    Chosen,
    EditOutcome,
    Finding,
    Undecided,
    because_evidence,
    because_fact,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.practice import Practice
from service.core.rulebook import Hit, PayerIdentity, PayerStance, Rulebook, RuleSet
from service.core.study import Coverage, Gap, Known, Study

UNKNOWN = "unknown"
_NONE: frozenset[str] = frozenset()
COVERED = "covered"
PURPOSE_SCREENING, PURPOSE_INDICATED = "screening", "indicated"


def identify_payer(
    study: Study, rulebook: Rulebook, on: date, practice: Practice | None = None
) -> Choice[PayerIdentity]:
    """The payer, its plan and the kind of coverage: by the practice's payer id, else a row for the id or
    exact name, else not known (the payer type of the coverage still tells the kind)."""
    coverage = study.coverage
    if isinstance(coverage, Gap):
        return Undecided(question=rulebook.payers.question, needs=(finding_of(rulebook, coverage),))
    listed = _listed(coverage, practice, rulebook, on)
    if listed:
        return listed
    hit = find_row(rulebook, rulebook.payers, _payer_facts(coverage.value), *coverage.where, on=on)
    if isinstance(hit, Finding):
        if hit.code is FindingCode.DATE_NOT_MODELLED:
            return Undecided(question=rulebook.payers.question, needs=(hit,))
        return _state_program(coverage, rulebook, on) or _not_known(coverage, rulebook, on)
    payer = replace(hit.then, plan=coverage.value.plan or hit.then.plan)
    because = (because_row(hit, *coverage.evidence),)
    if hit.then.conflict:
        return Chosen(value=payer, because=because, findings=(_contradicted(hit, coverage, rulebook),))
    return Chosen(value=payer, because=because, findings=_doubts(payer, coverage, rulebook))


def number_payer(
    study: Study, payer: Chosen[PayerIdentity], practice: Practice, rulebook: Rulebook, on: date
) -> Choice[str]:
    """The payer id a claim is sent under: the coverage's, else the one that rows know for payer and plan,
    else the one the practice file lists. Without any the clearinghouse cannot send the claim on."""
    coverage = study.coverage
    if isinstance(coverage, Gap):
        return Undecided(question=rulebook.payers.question, needs=(finding_of(rulebook, coverage),))
    if coverage.value.payer_id:
        says = "The payer id of the coverage."
        return Chosen(value=coverage.value.payer_id, because=(because_fact(says, coverage),))
    by_row = _number_of_rows(payer.value, rulebook, on)
    if by_row:
        return by_row
    entries = [one for one in practice.payers if one.in_force.covers(on)]
    name = coverage.value.payer.name
    fitting = [one for one in entries if one.name.upper() == name.upper()]
    fitting = fitting or [
        one for one in entries if (one.payer, one.plan) == (payer.value.payer, payer.value.plan)
    ]
    if len({one.payer_id for one in fitting}) == 1:
        where = f"practice:payers.{fitting[0].payer_id}"
        evidence = Evidence(kind=EvidenceKind.PRACTICE, where=where, shows=fitting[0].name)
        says = "The payer id that the practice file lists for this payer."
        return Chosen(value=fitting[0].payer_id, because=(because_evidence(says, evidence),))
    missing = raise_finding(
        rulebook, FindingCode.COVERAGE_INCOMPLETE, *coverage.where, missing=f"the payer id of {name}"
    )
    return Undecided(question=rulebook.payers.question, needs=(missing,))


def _state_program(coverage: Known[Coverage], rulebook: Rulebook, on: date) -> Chosen[PayerIdentity] | None:
    """Medicaid under an id no row lists: every state has its own, and name and payer type say Medicaid."""
    if not coverage.value.coverage_type:
        return None
    facts = {**_payer_facts(coverage.value), "payer_id": NOT_STATED}
    hit = rulebook.payers.ask_one(facts, on=on)
    if hit is None or hit.then.kind is not PayerKind.MEDICAID:
        return None
    payer = replace(hit.then, plan=coverage.value.plan or hit.then.plan)
    return Chosen(value=payer, because=(because_row(hit, *coverage.evidence),))


def _contradicted(hit: Hit[PayerIdentity], coverage: Known[Coverage], rulebook: Rulebook) -> Finding:
    """The payer id is of one kind of coverage and the payer type of another."""
    finding = raise_finding(
        rulebook,
        FindingCode.PAYER_KIND_DISAGREES,
        *coverage.where,
        number=coverage.value.payer_id,
        type=coverage.value.coverage_type,
        says=hit.then.conflict,
    )
    return replace(finding, because=(because_row(hit, *coverage.evidence),))


def _number_of_rows(payer: PayerIdentity, rulebook: Rulebook, on: date) -> Chosen[str] | None:
    """The one payer id that rows know for a payer and plan; None where there are several or none."""
    rows = [
        (row, entry)
        for row in rulebook.payers.rows
        if (row.then.payer, row.then.plan) == (payer.payer, payer.plan)
        and (entry := row.on(on))
        and row.when.get("payer_id", _NONE) - {NOT_STATED}
    ]
    numbers = {number for row, _ in rows for number in row.when["payer_id"]} - {NOT_STATED}
    if len(numbers) != 1:
        return None
    hit = Hit(then=rows[0][0].then, row=rows[0][0], entry=rows[0][1])
    return Chosen(value=min(numbers), because=(because_row(hit),))


def other_coverages(
    study: Study, payer: Chosen[PayerIdentity], practice: Practice, rulebook: Rulebook, on: date
) -> tuple[tuple[Coverage, ...], tuple[Finding, ...]]:
    """The coverages that stand on the claim behind the first, and what the order of all of them says: who is
    billed first, and where that is doubtful."""
    said, kept = [], []
    for coverage in study.later_coverages:
        where = study.coverage.where
        evidence = study.coverage.evidence if isinstance(study.coverage, Known) else ()
        alone = replace(study, coverage=Known(value=coverage, evidence=evidence))
        other = identify_payer(alone, rulebook, on, practice)
        if isinstance(other, Undecided):
            kept.append(coverage)
            continue
        facts = {"payer_kind": payer.value.kind.value, "other_kind": other.value.kind.value}
        hits = list(rulebook.payment_orders.ask_all(facts, on=on))
        if all(hit.then.finding is not FindingCode.MEDICARE_BESIDE_ADVANTAGE for hit in hits):
            kept.append(coverage)
        for hit in hits:
            names = {"first": payer.value.name, "second": other.value.name or coverage.payer.name}
            finding = raise_finding(rulebook, hit.then.finding, *where, says=hit.then.says, **names)
            said.append(replace(finding, because=(because_row(hit, *evidence),)))
    return tuple(kept), tuple(said)


def stance_of(
    study: Study, payer: Chosen[PayerIdentity], procedure: Procedure, rulebook: Rulebook, on: date
) -> tuple[EditOutcome | Finding, ...]:
    """What the payer says of the procedure: a pass where it is plainly covered, else a warning or a note."""
    coverage = study.coverage
    if isinstance(coverage, Gap):
        return ()
    facts = {
        "payer": payer.value.payer,
        "plan": payer.value.plan or NOT_STATED,
        "payer_kind": payer.value.kind.value,
        "procedure": procedure.value,
        "purpose": _purpose(study, rulebook),
    }
    hit = rulebook.payer_stances.ask_one(facts, on=on)
    names = {"payer": payer.value.name, "procedure": procedure.value}
    disagree: tuple[Finding, ...] = ()
    if hit and hit.then.conflict:
        note = raise_finding(
            rulebook, FindingCode.SOURCES_DISAGREE, *coverage.where, conflict=hit.then.conflict, **names
        )
        disagree = (replace(note, because=(because_row(hit),)),)
    if hit and hit.then.stance == COVERED:
        return (_covered(hit), *disagree)
    unknown = hit is None or hit.then.stance == UNKNOWN
    finding = raise_finding(
        rulebook,
        FindingCode.PAYER_STANCE_UNKNOWN if unknown else FindingCode.PAYER_STANCE,
        *coverage.where,
        **_doubt(hit),
        **names,
    )
    return (replace(finding, because=(because_row(hit),) if hit else ()), *disagree)


def _doubt(hit: Hit[PayerStance] | None) -> dict[str, str]:
    """The stance in words, and what denial it lets expect."""
    if hit is None:
        return {"says": "", "stance": UNKNOWN, "denial": "not stated"}
    stance = hit.then.stance.replace("-", " ")
    return {"says": hit.then.says, "stance": stance, "denial": hit.then.denial or "not stated"}


def _purpose(study: Study, rulebook: Rulebook) -> str:
    """A screening where the order gives no other reason; else there is an indication."""
    return PURPOSE_SCREENING if any(pure_screening(study, rulebook)) else PURPOSE_INDICATED


def _covered(hit: Hit[PayerStance]) -> EditOutcome:
    source = hit.entry.source
    return EditOutcome(
        edit=hit.row.id, result=EditResult.PASS, edition=source.date, says=hit.then.says, source=source
    )


def _listed(
    coverage: Known[Coverage], practice: Practice | None, rulebook: Rulebook, on: date
) -> Chosen[PayerIdentity] | None:
    """The payer by an id of the practice file."""
    entries = practice.payers if practice else ()
    wanted = coverage.value.payer_id
    entry = next((one for one in entries if one.payer_id == wanted and one.in_force.covers(on)), None)
    if entry is None:
        return None
    where = f"practice:payers.{entry.payer_id}"
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=where, shows=entry.name)
    because = because_evidence("The payer id as the practice file lists it.", evidence, *coverage.evidence)
    kind, rows = _kind(coverage.value, rulebook, on)
    payer = PayerIdentity(
        payer=entry.payer,
        kind=entry.kind or kind,
        name=entry.name,
        plan=coverage.value.plan or entry.plan,
    )
    because_all = (because, *(() if entry.kind else rows))
    return Chosen(value=payer, because=because_all, findings=_doubts(payer, coverage, rulebook))


def _kind(coverage: Coverage, rulebook: Rulebook, on: date) -> tuple[PayerKind, tuple[Because, ...]]:
    """The kind of coverage by its payer type alone."""
    hit = rulebook.coverage_kinds.ask_one({"coverage_type": coverage.coverage_type or NOT_STATED}, on=on)
    return (hit.then.kind, (because_row(hit),)) if hit else (PayerKind.UNKNOWN, ())


def _doubts(payer: PayerIdentity, coverage: Known[Coverage], rulebook: Rulebook) -> tuple[Finding, ...]:
    """The plan is not known where plans differ; the kind of coverage is not stated."""
    notes = _plan_not_known(payer, coverage, rulebook)
    if payer.kind is PayerKind.UNKNOWN:
        notes += (
            raise_finding(rulebook, FindingCode.PAYER_KIND_NOT_STATED, *coverage.where, payer=payer.name),
        )
    return notes


def _plan_not_known(
    payer: PayerIdentity, coverage: Known[Coverage], rulebook: Rulebook
) -> tuple[Finding, ...]:
    """A note where the payer's plans differ and neither coverage nor payer id names one the rows know."""
    plans = _plans(rulebook.payer_stances).get(payer.payer)
    if not plans or payer.plan in plans:
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


def _not_known(coverage: Known[Coverage], rulebook: Rulebook, on: date) -> Chosen[PayerIdentity]:
    name = coverage.value.payer.name
    kind, rows = _kind(coverage.value, rulebook, on)
    note = raise_finding(
        rulebook, FindingCode.PAYER_NOT_KNOWN, *coverage.where, payer=name or coverage.value.payer_id
    )
    return Chosen(
        value=PayerIdentity(payer=UNKNOWN, kind=kind, name=name, plan=coverage.value.plan),
        because=(because_fact("The coverage names this payer; no row knows it.", coverage), *rows),
        findings=(note,),
    )
