"""The HL7 validator as judge: first the judge itself is tried, then what we publish is judged."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPT = "http://www.ama-assn.org/go/cpt"

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


def answer_bundle(*resources):
    """A collection Bundle as our answers are: every entry with a urn:uuid as fullUrl."""
    entries = [
        {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{n:012}", "resource": resource}
        for n, resource in enumerate(resources, start=1)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def set_at(resource, path, value):
    *way, last = path
    for step in way:
        resource = resource[step]
    if value is None:
        del resource[last]
    else:
        resource[last] = value


def test_the_judge_accepts_a_good_claim(hl7_validator, good_claim):
    assert hl7_validator(good_claim) == []


def test_the_judge_accepts_a_good_claim_inside_a_bundle(hl7_validator, good_claim):
    good_claim["patient"] = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000002"}
    assert hl7_validator(answer_bundle(good_claim, {"resourceType": "Patient", "gender": "female"})) == []


def test_the_judge_refuses_the_bad_claim(hl7_validator):
    refused = hl7_validator((ROOT / "tests/hapi/examples/claim-bad.json").read_bytes())
    for words in ("activated", "2026-13-40", "surprise", "Claim.patient", "Claim.insurance"):
        assert any(words in line for line in refused), f"{words} not refused: {refused}"


def test_the_judge_refuses_what_is_not_json(hl7_validator):
    assert hl7_validator(b"{")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        pytest.param(("priority",), None, "Claim.priority: minimum required = 1", id="no priority"),
        pytest.param(("insurance",), [], "Array cannot be empty", id="an empty array"),
        pytest.param(("created",), "2026-02-03T16:41:05", "must have a timezone", id="a time without offset"),
        pytest.param(("item", 0, "net", "value"), "60.00", "must be a number", id="money as text"),
        pytest.param(("item", 0, "net", "currency"), "DOLLAR", "DOLLAR", id="no such currency"),
        pytest.param(
            ("prescription",),
            {"reference": "ServiceRequest/1"},
            "not a valid Target",
            id="order as a prescription",
        ),
        pytest.param(
            ("insurer",),
            {"reference": "#payer"},
            "Unable to resolve",
            id="a contained resource that is not there",
        ),
        pytest.param(("type", "coding", 0, "code"), "office", "Unknown code", id="no such claim type"),
        pytest.param(
            ("careTeam", 0, "role", "coding", 0, "code"),
            "reader",
            "Unknown code in fragment",
            id="no such role",
        ),
        pytest.param(
            ("supportingInfo", 0, "category", "coding", 0, "code"),
            "frequency",
            "Unknown code in fragment",
            id="no such category",
        ),
        pytest.param(
            ("item", 0, "productOrService", "coding", 0, "code"),
            "77O86",
            "Unknown code in fragment",
            id="a mistyped CPT code",
        ),
        pytest.param(
            ("item", 0, "modifier", 1, "coding", 0, "system"),
            CPT,
            "Unknown code in fragment",
            id="a HCPCS modifier as CPT",
        ),
        pytest.param(
            ("item", 0, "locationCodeableConcept", "coding", 0, "code"),
            "222",
            "Unknown code in fragment",
            id="no such place",
        ),
        pytest.param(
            ("meta",),
            {"tag": [{"system": "https://w3id.org/vfa-claims/fhir/CodeSystem/not-shipped", "code": "x"}]},
            "CodeSystem is unknown",
            id="a code system of ours that is not shipped",
        ),
        pytest.param(
            ("extension",),
            [{"url": "https://w3id.org/vfa-claims/fhir/StructureDefinition/not-shipped", "valueString": "x"}],
            "Unknown extension",
            id="an extension of ours that is not shipped",
        ),
        pytest.param(
            ("meta",),
            {"profile": ["https://w3id.org/vfa-claims/fhir/StructureDefinition/not-shipped"]},
            "could not be found",
            id="a profile that is not shipped",
        ),
    ],
)
def test_the_judge_refuses_a_claim_with(hl7_validator, good_claim, path, value, words):
    set_at(good_claim, path, value)
    refused = hl7_validator(good_claim)
    assert any(words in line for line in refused), refused


def test_the_judge_refuses_a_reference_that_leads_nowhere_in_the_answer(hl7_validator, good_claim):
    good_claim["patient"] = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000009"}
    refused = hl7_validator(answer_bundle(good_claim))
    assert len(refused) == 1
    assert "Claim/.patient: URN reference" in refused[0].replace("/*Claim/null*", "Claim")


def test_the_judge_refuses_an_entry_without_full_url(hl7_validator, good_claim):
    bundle = answer_bundle(good_claim)
    del bundle["entry"][0]["fullUrl"]
    assert any("fullUrl" in line for line in hl7_validator(bundle))


OWN_RESOURCES = [
    path
    for path in sorted((ROOT / "fhir_profiles").rglob("*.json"))
    if "examples" not in path.parts and '"resourceType"' in path.read_text(encoding="utf-8")
]


def test_the_judge_knows_every_resource_we_publish(hl7_validator):
    assert hl7_validator.known_resources() == len(OWN_RESOURCES), hl7_validator.log.read_text()


CORE_PACKAGE_LOOK_UP = "Unable to resolve package id hl7.fhir.r4.core#null"


@pytest.mark.parametrize("path", OWN_RESOURCES, ids=lambda path: path.name)
def test_every_resource_we_publish_is_valid(hl7_validator, path):
    said = hl7_validator(path.read_bytes())
    if path.parent.name == "extensions":
        # Offline, the engine cannot look up the core package when it makes the snapshot of an Extension; that
        # the definition works is seen on the golden claims that carry it (an unknown extension is refused).
        said = [one for one in said if CORE_PACKAGE_LOOK_UP not in one]
    assert said == []
