"""Claims that each row of the edit tables speaks of, whether or not a study of ours can lead to them.

The procedure rows never put two excluded procedures on one claim, and few diagnoses of the Excludes1 list can
come from an order; the tables are still asked, so each of their rows is tried on a claim made for it.
"""

from dataclasses import replace
from typing import Any

from service.core.codes import ClaimType, Modifier, Procedure
from service.core.decide import decide
from service.core.decision import Chosen, DecidedClaim
from service.core.diagnosis_rules import CodePair
from service.core.edits import Checked, check_claims
from service.core.rulebook import NcciPair, Row, Rulebook, UnitsLimit
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of

HOSPITAL = {"site": "hospital-outpatient-on-campus", "scanner_owner": "hospital", "reader_bills_for": "group"}


def claim_of(claim_type: ClaimType) -> DecidedClaim:
    """An ordinary decided claim of that type."""
    decision = decide(study_of(HOSPITAL), practice_of(HOSPITAL), rulebook())
    return next(claim for claim in decision.claims if claim.type.value is claim_type)


def with_procedures(claim: DecidedClaim, *codes: str) -> DecidedClaim:
    """The claim with a line for each procedure."""
    line = claim.lines[0]
    lines = tuple(replace(line, procedure=_chosen(line.procedure, Procedure(code))) for code in codes)
    return replace(claim, lines=lines)


def with_diagnoses(claim: DecidedClaim, *codes: str) -> DecidedClaim:
    """The claim with these diagnoses."""
    return replace(claim, diagnoses=tuple(_chosen(claim.diagnoses[0], code) for code in codes))


def with_units(claim: DecidedClaim, units: int) -> DecidedClaim:
    """The claim with that many units on every line."""
    lines = tuple(replace(line, units=_chosen(line.units, units)) for line in claim.lines)
    return replace(claim, lines=lines)


def set_apart(claim: DecidedClaim, code: str) -> DecidedClaim:
    """The claim with a modifier on the line of that procedure that calls it a separate service."""
    like = decided_modifier()
    apart = (replace(like, value=Modifier.DISTINCT),)
    lines = (replace(line, modifiers=apart) if line.procedure.value == code else line for line in claim.lines)
    return replace(claim, lines=tuple(lines))


def decided_modifier() -> Chosen[Modifier]:
    """A modifier some decided line carries."""
    return claim_of(ClaimType.PROFESSIONAL).lines[0].modifiers[0]


def check(claim: DecidedClaim, rules: Rulebook | None = None) -> Checked:
    """What the edits say of the claim, by the rules that travel with the service or by others."""
    return check_claims((claim,), rules or rulebook())


def excluded(row: Row[CodePair]) -> DecidedClaim:
    """A claim with a code of either side of an Excludes1 note."""
    return with_diagnoses(claim_of(ClaimType.PROFESSIONAL), row.then.first, row.then.second)


def denied(row: Row[NcciPair], claim_type: ClaimType) -> DecidedClaim:
    """A claim with both procedures of an NCCI pair."""
    return with_procedures(claim_of(claim_type), row.then.column_two, row.then.column_one)


def too_many(row: Row[UnitsLimit], claim_type: ClaimType) -> DecidedClaim:
    """A claim with one unit more than the row allows."""
    claim = with_procedures(claim_of(claim_type), row.then.procedure)
    return with_units(claim, row.then.units + 1)


def _chosen(like: Chosen[Any], value: Any) -> Chosen[Any]:
    return replace(like, value=value)
