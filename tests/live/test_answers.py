"""Every input that we show or promise to answer: the answer, and each resource in it, is valid FHIR R4."""

import pytest

from service.outputs.answer import write_answer
from tests.outputs.studies import DIGESTS, NOW, brief_answer, held_answer, split_answer

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

JUDGED_ALONE = ("Claim", "OperationOutcome", "Provenance", "Task")


def resources_in(answer):
    if answer["resourceType"] != "Bundle":
        return [answer]
    return [entry["resource"] for entry in answer["entry"]]


def claims_in(answer):
    return [found for found in resources_in(answer) if found["resourceType"] == "Claim"]


@pytest.mark.parametrize("study_answer", [brief_answer, held_answer, split_answer])
def test_what_is_written_of_a_study_is_valid(hl7_validator, study_answer):
    answer = write_answer((study_answer(),), now=NOW, digests=DIGESTS)
    assert refused_in(hl7_validator, answer) == {}


def refused_in(hl7_validator, answer):
    """What is refused of the answer and of each judged resource in it, by position and type."""
    judged = [answer, *(found for found in resources_in(answer) if found["resourceType"] in JUDGED_ALONE)]
    return {
        f"{position} {resource['resourceType']}": lines
        for position, resource in enumerate(judged)
        if (lines := hl7_validator(resource))
    }


def test_there_are_claims_to_judge(answer_to, bundle_paths):
    assert any(claims_in(answer_to(path)) for path in bundle_paths)


def test_the_answer_and_each_resource_of_it_read_alone_is_valid(hl7_validator, answer_to, bundle_path):
    assert refused_in(hl7_validator, answer_to(bundle_path)) == {}


def test_a_claim_read_alone_refers_to_nothing_by_urn(answer_to, bundle_path):
    claims = [found for found in resources_in(answer_to(bundle_path)) if found["resourceType"] == "Claim"]
    assert [
        reference for claim in claims for reference in references_in(claim) if reference.startswith("urn:")
    ] == []


def references_in(value):
    if isinstance(value, list):
        return [found for part in value for found in references_in(part)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [found for part in value.values() for found in references_in(part)]
