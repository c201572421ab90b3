"""How often a payer pays a measurement of bone density, against the earlier services that are known.

Known are earlier claims of the ledger and what the Bundle holds of earlier days. Where none is known the
answer is no data, never a pass. Neighbours: `decide` asks before the lines, because an expected denial moves
modifiers.
"""

from dataclasses import dataclass, replace
from datetime import date

from service.core.codes import BONE_MASS_MEASUREMENTS, EditResult, Procedure
from service.core.decision import NOT_STATED, EditOutcome, Finding, because_row, raise_finding
from service.core.finding_codes import FindingCode
from service.core.rulebook import FrequencyLimit, Hit, PayerIdentity, Rulebook
from service.core.situations import Circumstance
from service.core.study import Earlier, Gap, Stated, Study

FREQUENCY = "FREQUENCY"
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyAnswer:
    """The answer for one procedure; `too_soon` is the earlier service a denial is expected for."""

    outcome: EditOutcome
    finding: Finding | None
    too_soon: Earlier | None = None


def check_frequency(
    study: Study, payer: PayerIdentity | None, procedure: Procedure, rulebook: Rulebook, on: date
) -> FrequencyAnswer | None:
    """Whether the payer pays the procedure again on that day; None for one without such a limit."""
    if procedure not in BONE_MASS_MEASUREMENTS:
        return None
    hit = _limit(payer, procedure, rulebook, on)
    counted = [one for one in study.history if hit and one.procedure in hit.then.counts and one.day < on]
    if payer is None or hit is None or not counted:
        return _no_data(procedure, rulebook)
    last = max(counted, key=lambda one: (one.day, one.procedure))
    eligible = _eligible(last.day, hit.then.months)
    if on >= eligible:
        says = f"{last.procedure} was done on {last.day}; paid again since {eligible}."
        return FrequencyAnswer(outcome=_outcome(procedure, hit, EditResult.PASS, says), finding=None)
    return _too_soon(study, payer, procedure, last, eligible, hit, rulebook)


def expecting_denial(study: Study, answer: FrequencyAnswer) -> Study:
    """The study with the denial that is to be expected as a circumstance: modifiers answer for it."""
    if answer.too_soon is None:
        return study
    expected = Stated(
        what=Circumstance.DENIAL_EXPECTED, says=answer.outcome.says, evidence=answer.too_soon.evidence
    )
    return replace(study, circumstances=(*study.circumstances, expected))


def _limit(
    payer: PayerIdentity | None, procedure: Procedure, rulebook: Rulebook, on: date
) -> Hit[FrequencyLimit] | None:
    if payer is None:
        return None
    facts = {
        "payer": payer.payer,
        "plan": payer.plan or NOT_STATED,
        "payer_kind": payer.kind.value,
        "procedure": procedure.value,
    }
    return rulebook.frequencies.ask_one(facts, on=on)


def _too_soon(
    study: Study,
    payer: PayerIdentity,
    procedure: Procedure,
    last: Earlier,
    eligible: date,
    hit: Hit[FrequencyLimit],
    rulebook: Rulebook,
) -> FrequencyAnswer:
    where = tuple(one.where for one in last.evidence)
    slots = {
        "earlier": last.procedure,
        "last": last.day.isoformat(),
        "payer": payer.name,
        "procedure": procedure.value,
        "months": str(hit.then.months),
    }
    says = f"{last.procedure} was done on {last.day}; not paid again before {eligible}."
    excepted = _excepted(study, hit.then)
    if excepted:
        code = FindingCode.FREQUENCY_EXCEPTION
        finding = raise_finding(rulebook, code, *where, code=excepted, **slots)
        finding = replace(finding, because=(because_row(hit, *last.evidence),))
        outcome = _outcome(procedure, hit, EditResult.BYPASSED, says, finding)
        return FrequencyAnswer(outcome=outcome, finding=finding)
    finding = raise_finding(
        rulebook, FindingCode.FREQUENCY_LIMIT, *where, eligible=eligible.isoformat(), **slots
    )
    finding = replace(finding, because=(because_row(hit, *last.evidence),))
    outcome = _outcome(procedure, hit, EditResult.FAIL, says, finding)
    return FrequencyAnswer(outcome=outcome, finding=finding, too_soon=last)


def _excepted(study: Study, limit: FrequencyLimit) -> str:
    """The reason of the order for which the payer may pay sooner; empty if there is none."""
    reasons = () if isinstance(study.order, Gap) else study.order.value.reasons
    found = (one.code for one in reasons if any(one.code.startswith(each) for each in limit.exceptions))
    return next(found, "")


def _eligible(last: date, months: int) -> date:
    """The first day after `months` full months that follow the month of the earlier service.

    >>> _eligible(date(2024, 9, 15), 23)
    datetime.date(2026, 9, 1)
    """
    count = last.year * MONTHS + last.month + months
    return date(count // MONTHS, count % MONTHS + 1, 1)


def _outcome(
    procedure: Procedure,
    hit: Hit[FrequencyLimit],
    result: EditResult,
    says: str,
    finding: Finding | None = None,
) -> EditOutcome:
    return EditOutcome(
        edit=f"{FREQUENCY}-{procedure}",
        result=result,
        edition=hit.entry.source.date,
        says=f"{says} ({hit.row.id})",
        source=hit.entry.source,
        prevents=finding.prevents if finding else (),
    )


def _no_data(procedure: Procedure, rulebook: Rulebook) -> FrequencyAnswer:
    finding = raise_finding(rulebook, FindingCode.FREQUENCY_NO_DATA, procedure=procedure.value)
    outcome = EditOutcome(
        edit=f"{FREQUENCY}-{procedure}",
        result=EditResult.NO_DATA,
        edition="",
        says="No earlier measurements of the patient, or no limit of the payer, are known.",
        prevents=finding.prevents,
    )
    return FrequencyAnswer(outcome=outcome, finding=finding)
