"""Claim.supportingInfo: frequency, type of bill, condition and occurrence codes, words of a line, the report.

Each comes with its reasons, so that `reasons` explains what `fhir_claim` writes.
"""

from dataclasses import dataclass

from service.core.circumstances import is_unread
from service.core.claim import Claim
from service.core.decision import Because, because_fact
from service.core.study import Known, Study
from service.outputs import codings
from service.outputs.codings import Json, concept
from service.outputs.parties import report_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """One entry of supportingInfo without its sequence, and why it says what it says."""

    written: Json
    because: tuple[Because, ...] = ()
    line: int = 0
    """Sequence of the line that points to it; 0 where none does."""


def informations(claim: Claim, study: Study) -> tuple[Information, ...]:
    """The entries in the order of their sequence."""
    frequency = {
        "category": concept(codings.US_INFORMATION, "claim-frequency"),
        "code": concept(codings.TYPE_OF_BILL, claim.frequency),
    }
    return (
        Information(written=frequency),
        *_type_of_bill(claim),
        *_uniform_bill(claim),
        *_narratives(claim),
        *_report(study),
    )


def _type_of_bill(claim: Claim) -> tuple[Information, ...]:
    if claim.type_of_bill is None:
        return ()
    written = {
        "category": concept(codings.US_INFORMATION, "type-of-bill"),
        "code": concept(codings.TYPE_OF_BILL, claim.type_of_bill.value),
    }
    return (Information(written=written, because=claim.type_of_bill.because),)


def _uniform_bill(claim: Claim) -> tuple[Information, ...]:
    """Condition codes, and occurrence codes with their day."""
    told = concept(codings.INFORMATION, "info")
    conditions = (
        Information(
            written={"category": told, "code": concept(codings.CONDITION, one.value)},
            because=one.because,
        )
        for one in claim.condition_codes
    )
    occurrences = (
        Information(
            written={
                "category": told,
                "code": concept(codings.OCCURRENCE, one.value.code),
                "timingDate": one.value.day.isoformat(),
            },
            because=one.because,
        )
        for one in claim.occurrences
    )
    return (*conditions, *occurrences)


def _narratives(claim: Claim) -> tuple[Information, ...]:
    """The words of a line (NTE of the line, item 19)."""
    return tuple(
        Information(
            written={"category": concept(codings.INFORMATION, "info"), "valueString": line.narrative.value},
            because=line.narrative.because,
            line=line.sequence,
        )
        for line in claim.lines
        if line.narrative
    )


def _report(study: Study) -> tuple[Information, ...]:
    reference = report_reference(study)
    if not reference or not isinstance(study.report, Known) or is_unread(study):
        return ()
    return (
        Information(
            written={"category": concept(codings.INFORMATION, "attachment"), "valueReference": reference},
            because=(because_fact("The report the claim rests on", study.report),),
        ),
    )
