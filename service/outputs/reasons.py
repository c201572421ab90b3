"""For each element of a written Claim: what put its value there.

`reasons` gives the elements that a row, an input element or a practice entry decided. `FIXED` lists the few
that are the same on every claim or only number others, each with why. What is in neither is a silent
default, and a test refuses it.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from service.core.claim import Claim, ClaimLine
from service.core.decision import Because, because_fact
from service.core.study import Known, Study
from service.outputs.codings import Json
from service.outputs.fhir_claim import care_team
from service.outputs.information import informations

Reason: TypeAlias = tuple[str, tuple[Because, ...]]

FIXED: Mapping[str, str] = MappingProxyType(
    {
        "Claim.resourceType": "Every claim is a FHIR Claim.",
        "Claim.id": "Made from the study's business key, claim type, component and billing NPI.",
        "Claim.meta.profile": "The profile of claims of this type.",
        "Claim.meta.tag": "The state of the study; the OperationOutcome says why.",
        "Claim.contained.resourceType": "The FHIR type of the party.",
        "Claim.contained.id": "The party's role on this claim.",
        "Claim.identifier": "Our number of the claim: the id under a system of ours.",
        "Claim.status": "Only claims that may be sent are written; a held study has none.",
        "Claim.use": "A claim for a service that was rendered, not an estimate or an authorization.",
        "Claim.created": "The moment the claim was written.",
        "Claim.priority": "FHIR demands one; a claim for a rendered service has no other use for it.",
        "Claim.related": "The professional claim names the technical one of the same study.",
        "Claim.payee": "The payer is asked to pay the billing provider (assignment of benefits).",
        "Claim.careTeam.sequence": "Number of the provider on this claim.",
        "Claim.supportingInfo.sequence": "Number of the information on this claim.",
        "Claim.supportingInfo.category": "What the information is.",
        "Claim.supportingInfo[0].code": "Original claim: nothing was claimed for the study before.",
        "Claim.diagnosis.sequence": "Place in the billing order.",
        "Claim.diagnosis.type": "The diagnosis listed first is principal, all others are secondary.",
        "Claim.insurance.sequence": "Number of the coverage on this claim.",
        "Claim.insurance.focal": "The claim is made to the one coverage it names.",
        "Claim.item.sequence": "Number of the line on this claim.",
        "Claim.item.careTeamSequence": "Every provider of the claim took part in its lines.",
    }
)
"""Path to reason. A path without an index stands for every index; it covers all below it."""


def reasons(claim: Claim, study: Study, written: Json) -> Iterator[Reason]:
    """FHIRPath of each decided element of the written claim, with its reasons, in the order of the Claim."""
    yield "Claim.type", claim.type.because
    yield "Claim.patient", claim.patient.because
    yield "Claim.billablePeriod", _joined(*(line.service_day.because for line in claim.lines))
    yield "Claim.insurer", claim.coverage.because
    yield "Claim.provider", claim.billing.because
    if "referral" in written:
        yield "Claim.referral", _because_order(study)
    yield "Claim.facility", claim.service_facility.because
    for index, (_, person) in enumerate(care_team(claim)):
        for element in ("provider", "role", "qualification"):
            if element in written["careTeam"][index]:
                yield f"Claim.careTeam[{index}].{element}", person.because
    yield from _information(claim, study)
    for index, code in enumerate(claim.diagnoses):
        yield f"Claim.diagnosis[{index}].diagnosisCodeableConcept", code.because
    yield from _insurance(claim, written)
    for index, line in enumerate(claim.lines):
        for element, because in _line(claim, line):
            yield f"Claim.item[{index}].{element}", because
    yield "Claim.total", _joined(*(_amount(line) for line in claim.lines))
    yield from _contained(claim, study, written)


def _line(claim: Claim, line: ClaimLine) -> Iterator[Reason]:
    if line.revenue_code:
        yield "revenue", line.revenue_code.because
    yield "productOrService", line.procedure.because
    for index, modifier in enumerate(line.modifiers):
        yield f"modifier[{index}]", modifier.because
    if not line.modifiers:
        # That a line carries none is a decision too: the one that chose the claim and its component.
        yield "modifier", claim.type.because
    if line.narrative:
        yield "informationSequence", line.narrative.because
    if line.purchase:
        yield "extension[0]", line.purchase.because
    yield "servicedDate", line.service_day.because
    if line.place_of_service:
        yield "locationCodeableConcept", line.place_of_service.because
    pointed = [claim.diagnoses[number - 1].because for number in line.diagnosis_pointers]
    if pointed:
        yield "diagnosisSequence", _joined(*pointed)
    yield "quantity", line.units.because
    yield "unitPrice", line.charge.because
    yield "net", _amount(line)


def _amount(line: ClaimLine) -> tuple[Because, ...]:
    return _joined(line.charge.because, line.units.because)


def _information(claim: Claim, study: Study) -> Iterator[Reason]:
    for index, info in enumerate(informations(claim, study)):
        for element in ("code", "timingDate", "valueString", "valueReference"):
            if element in info.written and info.because:
                yield f"Claim.supportingInfo[{index}].{element}", info.because


def _contained(claim: Claim, study: Study, written: Json) -> Iterator[Reason]:
    by_role = {
        "patient": claim.patient.because,
        "insurer": claim.coverage.because,
        "coverage": claim.coverage.because,
        "billing-provider": claim.billing.because,
        "facility": claim.service_facility.because,
        "order": _because_order(study),
        **{str(role): person.because for role, person in care_team(claim)},
    }
    for index, resource in enumerate(written["contained"]):
        yield f"Claim.contained[{index}]", by_role[LATER.sub("", resource["id"])]


def _insurance(claim: Claim, written: Json) -> Iterator[Reason]:
    """The coverage that is billed, and those that are billed after it."""
    for index, one in enumerate(written["insurance"]):
        for element in ("coverage", "preAuthRef"):
            if element in one:
                yield f"Claim.insurance[{index}].{element}", claim.coverage.because


LATER = re.compile(r"-\d+$")
"""What a coverage that pays later, and its payer, have behind their role."""


def _because_order(study: Study) -> tuple[Because, ...]:
    if not isinstance(study.order, Known):
        return ()
    return (because_fact("The order of the study", study.order),)


def _joined(*several: tuple[Because, ...]) -> tuple[Because, ...]:
    # Two lines often share a reason, and saying it once is enough.
    kept: list[Because] = []
    for because in (each for group in several for each in group):
        if because not in kept:
            kept.append(because)
    return tuple(kept)
