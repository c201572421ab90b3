"""How far our examples are from guides they do not claim to follow: a measure, printed at the end of the run.

The measure itself may be anything; these tests fail only where it could not be taken. The examples of our
profiles, of which we say that they go together with US Core, have to conform.
"""

import re
from collections import Counter

import pytest

from service import json_text
from tests.house.tree import ROOT

VALID = sorted((ROOT / "fhir_profiles" / "examples" / "valid").glob("*.json"))

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
US_CORE_PROFILES = {
    "Condition": "condition-problems-health-concerns",
    "Coverage": "coverage",
    "DiagnosticReport": "diagnosticreport-note",
    "Encounter": "encounter",
    "Location": "location",
    "Observation": "observation-clinical-result",
    "Organization": "organization",
    "Patient": "patient",
    "Practitioner": "practitioner",
    "PractitionerRole": "practitionerrole",
    "Procedure": "procedure",
    "ServiceRequest": "servicerequest",
}
PCT = "http://hl7.org/fhir/us/davinci-pct/StructureDefinition/davinci-pct-gfe-"
# Every message ends by naming the profile that the title of the note names already.
WHERE_FROM = re.compile(r" \((?:from|defined in) http.*", re.DOTALL)
NOT_MEASURED = ("Invalid profile", "could not be found")


def distance(validator, profiled):
    """Errors by type and message over pairs of resource and profile; the profiles have to be known."""
    counted: Counter[str] = Counter()
    for resource, profile in profiled:
        for issue in validator.issues(resource, profile):
            assert not any(words in issue.text for words in NOT_MEASURED), issue
            if issue.severity in ("error", "fatal"):
                counted[f"{resource['resourceType']}: {WHERE_FROM.sub('', issue.text)}"] += 1
    return counted


def tell(note, title, measured, counted):
    note(f"{title}: {counted.total()} errors in {measured} resources")
    for text, times in counted.most_common():
        note(f"  {times} x {text}")


def test_the_distance_of_an_example_from_us_core_is_measured(us_core_validator, note, bundle_path):
    resources = [entry["resource"] for entry in json_text.read(bundle_path.read_bytes())["entry"]]
    profiled = [
        (resource, US_CORE + US_CORE_PROFILES[resource["resourceType"]])
        for resource in resources
        if resource["resourceType"] in US_CORE_PROFILES
    ]
    assert profiled, "nothing in this example that US Core speaks of"
    counted = distance(us_core_validator, profiled)
    tell(note, f"{bundle_path.parent.name} from US Core", len(profiled), counted)


@pytest.mark.parametrize(
    "path", [path for path in VALID if not path.name.startswith("Claim-")], ids=lambda path: path.stem
)
def test_the_valid_example_of_a_profile_conforms_to_us_core_too(us_core_validator, path):
    resource = json_text.read(path.read_bytes())
    profile = US_CORE + US_CORE_PROFILES[resource["resourceType"]]
    assert distance(us_core_validator, [(resource, profile)]) == {}


def test_the_distance_of_a_claim_from_the_da_vinci_estimate_is_measured(
    pct_validator, answer_to, note, bundle_path
):
    claims = [entry["resource"] for entry in answer_to(bundle_path).get("entry", ())]
    profiled = [
        (claim, f"{PCT}{claim['type']['coding'][0]['code']}")
        for claim in claims
        if claim["resourceType"] == "Claim"
    ]
    if not profiled:
        pytest.skip("nothing to bill in this one")
    counted = distance(pct_validator, profiled)
    tell(
        note,
        f"claims of {bundle_path.parent.name} from the Da Vinci good faith estimate",
        len(profiled),
        counted,
    )
