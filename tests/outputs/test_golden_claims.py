"""What is decided for the golden cases, written out: valid, explained to the last value, and readable."""

import pytest

from service import fhir_r4
from service.outputs.answer import write_answer
from service.outputs.explanation import StudyAnswer
from service.outputs.fhir_claim import write_claim
from service.outputs.readable import readable
from service.outputs.reasons import FIXED, reasons
from tests.cases.case import decided, read_cases
from tests.cases.study_of import study_of
from tests.house.tree import ROOT
from tests.outputs.studies import DIGESTS, NOW
from tests.outputs.test_explanation import silent


def golden():
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        for case in read_cases(path):
            decision, claims = decided(case)
            part = StudyAnswer(study=study_of(case.given), decision=decision, claims=claims)
            yield pytest.param(part, id=case.name)


GOLDEN = list(golden())


@pytest.mark.parametrize("part", GOLDEN)
def test_the_answer_of_a_golden_case_is_valid_r4(part):
    answer = write_answer([part], now=NOW, digests=DIGESTS)
    assert fhir_r4.check_bundle(answer) == ()
    claims = [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == "Claim"]
    assert len(claims) == len(part.claims)
    assert [problem for claim in claims for problem in fhir_r4.check_claim(claim)] == []


@pytest.mark.parametrize("part", [case for case in GOLDEN if case.values[0].claims])
def test_every_value_of_a_golden_claim_is_explained(part):
    for claim in part.claims:
        written = write_claim(claim, part.study, created=NOW, state=part.decision.state)
        explained = [path for path, _ in reasons(claim, part.study, written)]
        assert silent(written, [*explained, *FIXED]) == []


@pytest.mark.parametrize("part", GOLDEN)
def test_a_golden_case_reads_with_every_claim_finding_and_refusal_of_a_value(part):
    text = readable(write_answer([part], now=NOW, digests=DIGESTS))
    said = [
        *(f"Claim {claim.id} (" for claim in part.claims),
        *(f"{finding.severity} {finding.code}: {finding.text}" for finding in part.decision.findings),
        *(f"{each.value} ({each.instead_of}): {each.says}" for each in part.decision.rejected),
    ]
    assert [words for words in said if words not in text] == []
