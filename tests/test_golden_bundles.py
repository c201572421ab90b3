"""Every golden case once more, as the Bundle an EHR would send, through the whole service."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.core.codes import Severity
from service.fhir_r4 import check_bundle
from service.intake.envelope import envelope_of
from service.outputs.answer import states_of
from service.pipeline import derive
from tests.bundles import bundle_of, practice_for
from tests.cases.case import Case, decided, read_cases
from tests.cases.rules import rulebook

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
CASES = [
    case for path in sorted((Path(__file__).parent / "cases").glob("*.yaml")) for case in read_cases(path)
]
NOT_SENT = {
    "Neither density nor fracture assessment leaves nothing to bill": "a report that reads neither is a"
    " reading that is not coded",
}
"""Cases of the core that no Bundle leads to in the same words, and why."""


OF_THE_REFERENCE = (
    *(1, 2, 3, 4, 5, 8, 10, 13, 15, 18, 19, 20, 23, 25, 26, 28, 30, 32, 33, 35, 39, 41, 43, 45, 47, 48, 49),
    *(52, 54, 56, 58, 59, 61, 63, 64, 67, 69, 71, 73, 76, 77, 79),
)
"""The golden cases of the reference; 36 and 37 are of a claim's later life, 68 is a second request."""


def answer(case: Case) -> dict[str, Any]:
    bundle = bundle_of(case.given)
    assert check_bundle(bundle) == ()
    return derive(
        envelope_of(bundle), rulebook=rulebook(), practice=practice_for(case.given), engine="test", now=NOW
    )


def of_kind(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each["resource"] for each in found["entry"] if each["resource"]["resourceType"] == kind]


def claim_of(resource: dict[str, Any]) -> tuple[Any, ...]:
    """Type, diagnoses and lines of a FHIR Claim."""
    return (
        resource["type"]["coding"][0]["code"],
        [each["diagnosisCodeableConcept"]["coding"][0]["code"] for each in resource["diagnosis"]],
        [
            (
                item["productOrService"]["coding"][0]["code"],
                [each["coding"][0]["code"] for each in item.get("modifier", [])],
                item.get("locationCodeableConcept", {}).get("coding", [{}])[0].get("code", ""),
                item["servicedDate"],
                item["diagnosisSequence"],
            )
            for item in resource["item"]
        ],
    )


def test_every_case_that_is_not_sent_is_a_case():
    assert set(NOT_SENT) - {case.name for case in CASES} == set()


@pytest.mark.parametrize("number", OF_THE_REFERENCE)
def test_every_golden_case_of_the_reference_is_a_case_that_is_sent(number):
    names = [case.name for case in CASES if f"GC-{number:02}" in case.name]
    assert names
    assert not set(names) & set(NOT_SENT)


SENT = [case for case in CASES if case.name not in NOT_SENT]


@pytest.mark.parametrize("case", SENT, ids=lambda case: f"{case.file}:{case.line}")
def test_a_bundle_is_decided_as_its_golden_case(case):
    decision, claims = decided(case)
    found = answer(case)
    assert list(states_of(found)) == [decision.state]
    assert [claim_of(each) for each in of_kind(found, "Claim")] == [
        (
            claim.type.value.value,
            [code.value for code in claim.diagnoses],
            [
                (
                    line.procedure.value.value,
                    [each.value.value for each in line.modifiers],
                    line.place_of_service.value if line.place_of_service else "",
                    line.service_day.value.isoformat(),
                    list(line.diagnosis_pointers),
                )
                for line in claim.lines
            ],
        )
        for claim in claims
    ]
    loud = {code.value for code, row in rulebook().findings.items() if row.then.severity is not Severity.NOTE}
    said = {
        issue["details"]["coding"][0]["code"]
        for outcome in of_kind(found, "OperationOutcome")
        for issue in outcome["issue"]
    }
    assert said & loud == {one.code.value for one in decision.findings} & loud
