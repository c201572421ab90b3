"""Every input that we show or promise to answer: the answer, and each resource in it, is valid FHIR R4."""

import pytest

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

JUDGED_ALONE = ("Claim", "OperationOutcome", "Provenance", "Task")


def resources_in(answer):
    if answer["resourceType"] != "Bundle":
        return [answer]
    return [entry["resource"] for entry in answer["entry"]]


def claims_in(answer):
    return [found for found in resources_in(answer) if found["resourceType"] == "Claim"]


def test_there_are_claims_to_judge(answer_to, bundle_paths):
    assert any(claims_in(answer_to(path)) for path in bundle_paths)


def test_the_answer_is_valid(hl7_validator, answer_to, bundle_path):
    assert hl7_validator(answer_to(bundle_path)) == []


def test_each_resource_of_the_answer_is_valid_when_read_alone(hl7_validator, answer_to, bundle_path):
    judged = [
        found for found in resources_in(answer_to(bundle_path)) if found["resourceType"] in JUDGED_ALONE
    ]
    assert judged, "an answer without a claim, an outcome or a task says nothing"
    refused = {
        f"{position} {resource['resourceType']}": lines
        for position, resource in enumerate(judged)
        if (lines := hl7_validator(resource))
    }
    assert refused == {}


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
