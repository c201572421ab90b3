"""One study in the dialects of many senders: through the real door, each gets the same claim."""

import copy
import json

import pytest

from service.fhir_r4 import check_bundle
from tests.intake.bundles.dialects import DIALECTS, NOTES, entries, plain, references, the
from tests.web.conftest import Door, resources

NOT_OF_THE_STUDY = {"created", "contained", "meta"}
"""Of a Claim: when it was written, and what a sender's own addresses make unnecessary to contain."""


@pytest.fixture
def wide(tmp_path):
    return Door(tmp_path / "ledger.sqlite3", VFA_BODY_LIMIT="1000000")


def derived(door, bundle):
    answer = door.post(bundle)
    assert answer.status_code == 200, answer.text
    return answer


def billed(answer):
    """The Claims without addresses: a reference keeps the identifier it also carries."""
    claims = [
        {name: value for name, value in claim.items() if name not in NOT_OF_THE_STUDY}
        for claim in copy.deepcopy(resources(answer, "Claim"))
    ]
    for reference in list(references(claims)):
        if not reference["reference"].startswith("Claim/"):
            del reference["reference"]
    return claims


def states(answer):
    """State of each study."""
    [summary] = resources(answer, "Parameters")
    return [
        next(part["valueCode"] for part in study["part"] if part["name"] == "state")
        for study in summary["parameter"]
    ]


def said(answer):
    return {
        issue["details"]["coding"][0]["code"]
        for outcome in resources(answer, "OperationOutcome")
        for issue in outcome["issue"][1:]
        if "coding" in issue.get("details", {})
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_study_of_the_brief_is_billed_alike_in_every_dialect(wide, dialect):
    bundle = DIALECTS[dialect]()
    assert check_bundle(bundle) == ()
    expected = derived(wide, plain())
    answer = derived(Door(wide.database.with_name("other.sqlite3"), VFA_BODY_LIMIT="1000000"), bundle)
    assert billed(answer) == billed(expected)
    assert len(billed(answer)) == 1
    found = {state for state in states(answer) if state != "none"}
    assert found == set(states(expected))
    assert said(answer) - said(expected) - {"ENVELOPE-ENTRY-SKIPPED"} == NOTES.get(dialect, set())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_study_that_was_posted_is_the_same_study_in_any_dialect(wide, dialect):
    [first] = resources(derived(wide, plain()), "Claim")
    assert resources(derived(wide, DIALECTS[dialect]()), "Claim") == [first]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_resource_of_a_dialect_is_lost_on_the_way(dialect):
    kinds = {kind for _, resource in entries(plain()) for kind in [resource["resourceType"]]}
    assert kinds <= set(json.dumps(DIALECTS[dialect]()).replace('"', " ").split())


ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}


@pytest.mark.parametrize(
    ("kind", "element", "finding"),
    [
        ("Patient", "birthDate", "PATIENT-INCOMPLETE"),
        ("Patient", "gender", "PATIENT-INCOMPLETE"),
        ("DiagnosticReport", "issued", "READING-DAY-MISSING"),
        ("Coverage", "subscriberId", "COVERAGE-INCOMPLETE"),
    ],
)
def test_an_element_with_a_reason_why_it_has_no_value_has_none(wide, kind, element, finding):
    bundle = plain()
    resource = the(bundle, kind)
    resource.pop(element, None)
    if kind == "Coverage":
        del resource["identifier"]
    resource[f"_{element}"] = {"extension": [ABSENT]}
    answer = derived(wide, bundle)
    assert (states(answer), resources(answer, "Claim")) == (["held"], [])
    assert finding in said(answer)
