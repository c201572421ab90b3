"""Our profiles take what conforms and refuse the rest: at the HL7 validator, and at a server on write."""

import copy
import json
import re
from pathlib import Path

import pytest
import requests

from service import json_text
from service.outputs.fhir_claim import write_claim
from tests.outputs.studies import NOW
from tests.outputs.test_golden_claims import GOLDEN

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "fhir_profiles" / "profiles"
EXAMPLES = ROOT / "fhir_profiles" / "examples"
VALID = sorted((EXAMPLES / "valid").glob("*.json"))
REFUSED = sorted((EXAMPLES / "refused").glob("*.json"))
FHIR_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}

BASE = "https://w3id.org/vfa-claims/fhir"
VFA = f"{BASE}/CodeSystem/vfa"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
TYPE_OF_BILL = "https://www.nubc.org/CodeSystem/TypeOfBill"
LOINC = "http://loinc.org"

ORDER = "ServiceRequest-vfa-service-request"
REPORT = "DiagnosticReport-vfa-diagnostic-report"
VERTEBRA = "Observation-vfa-vertebra-observation"
REPLACEMENT = "Claim-vfa-claim"
PROFESSIONAL = "Claim-vfa-claim-professional"
INSTITUTIONAL = "Claim-vfa-claim-institutional"


def read(path):
    return json_text.read(path.read_bytes())


def valid(name):
    return read(EXAMPLES / "valid" / f"{name}.json")


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def said_to_refuse(resource):
    """The key of the rule that a refused example names in its narrative."""
    found = re.search(r"Refused by ([a-z0-9-]+): ", resource["text"]["div"])
    assert found
    return found[1]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_example_is_accepted(hl7_validator, path):
    assert hl7_validator(path.read_bytes()) == []


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_refused_example_is_refused_for_the_reason_it_names_and_no_other(hl7_validator, path):
    (line,) = hl7_validator(path.read_bytes())
    assert f"Constraint failed: {said_to_refuse(read(path))}: " in line


# Example, path to an element (None as value takes it away), and the rule or words that refuse the change.
SPOILT = [
    (ORDER, ("code",), {**coded(LOINC, "38269-7"), "text": "VFA"}, "vfa-order-not-generic"),
    (ORDER, ("identifier",), None, "ServiceRequest.identifier: minimum required = 1"),
    (ORDER, ("intent",), "proposal", "Intent of an order that can be billed"),
    (ORDER, ("doNotPerform",), True, "ServiceRequest.doNotPerform"),
    (ORDER, ("requester",), None, "ServiceRequest.requester: minimum required = 1"),
    (ORDER, ("requester", "reference"), "Organization/clinic", "ServiceRequest.requester"),
    (ORDER, ("subject", "reference"), "Group/patients", "ServiceRequest.subject"),
    (REPORT, ("issued",), None, "vfa-report-signed"),
    (REPORT, ("effectiveDateTime",), "2026-09", "vfa-report-scan-day"),
    (REPORT, ("resultsInterpreter", 0, "reference"), "Organization/readers", "resultsInterpreter"),
    (
        VERTEBRA,
        ("bodySite",),
        coded("http://snomed.info/sct", "698077007"),
        "Vertebra or region of the spine",
    ),
    (VERTEBRA, ("valueCodeableConcept",), coded(VFA, "genant-4"), "What is said of a vertebra"),
    (VERTEBRA, ("code",), coded(LOINC, "18834-2"), "Code of an Observation about one vertebra"),
    (
        VERTEBRA,
        ("component", 0, "valueCodeableConcept"),
        coded(VFA, "chronic"),
        "Shape of a vertebral deformity",
    ),
    (VERTEBRA, ("category",), None, "Observation.category: minimum required = 1"),
    (PROFESSIONAL, ("insurance", 0, "focal"), False, "vfa-one-focal"),
    (PROFESSIONAL, ("item", 0, "careTeamSequence"), [1, 3], "vfa-care-team-pointers"),
    (PROFESSIONAL, ("item", 0, "diagnosisSequence"), [9], "vfa-diagnosis-pointers"),
    (PROFESSIONAL, ("item", 0, "diagnosisSequence"), [1, 1], "vfa-diagnosis-pointers-distinct"),
    (PROFESSIONAL, ("item", 0, "informationSequence"), [7], "vfa-information-pointers"),
    (PROFESSIONAL, ("careTeam", 1, "sequence"), 1, "vfa-sequences-unique"),
    (PROFESSIONAL, ("total", "value"), 150.01, "vfa-total"),
    (PROFESSIONAL, ("item", 0, "quantity", "value"), 2, "vfa-net"),
    (PROFESSIONAL, ("total", "currency"), "EUR", "vfa-us-dollars"),
    (PROFESSIONAL, ("diagnosis", 0, "type", 0, "coding", 0, "code"), "secondary", "vfa-one-principal"),
    (PROFESSIONAL, ("provider",), {"display": "A centre"}, "vfa-billing-npi"),
    (PROFESSIONAL, ("created",), "2026-09-14T23:00:00-05:00", "vfa-served-before-created"),
    (PROFESSIONAL, ("billablePeriod", "start"), "2026-09-16", "vfa-served-in-period"),
    (PROFESSIONAL, ("item", 0, "modifier"), [coded(CPT, "26"), coded(CPT, "26")], "vfa-modifiers-distinct"),
    (PROFESSIONAL, ("item", 0, "modifier"), [coded(CPT, "99")] * 5, "Claim.item.modifier: max allowed = 4"),
    (PROFESSIONAL, ("item", 0, "modifier"), [coded(HCPCS, "TC"), coded(CPT, "26")], "vfa-one-component"),
    (PROFESSIONAL, ("careTeam", 0, "role", "coding", 0, "code"), "supervisor", "vfa-reading-has-reader"),
    (PROFESSIONAL, ("careTeam", 1, "role", "coding", 0, "code"), "supervisor", "vfa-referring"),
    (
        PROFESSIONAL,
        ("item", 0, "locationCodeableConcept"),
        None,
        "Claim.item.location[x]: minimum required = 1",
    ),
    (
        PROFESSIONAL,
        ("item", 0, "revenue"),
        coded("https://www.nubc.org/CodeSystem/RevenueCodes", "0320"),
        "revenue",
    ),
    (PROFESSIONAL, ("type", "coding", 0, "code"), "institutional", "Claim.type"),
    (PROFESSIONAL, ("use",), "predetermination", "Claim.use"),
    (PROFESSIONAL, ("item", 0, "productOrService"), coded(CPT, "99213"), "Procedure on a claim line"),
    (PROFESSIONAL, ("diagnosis", 0, "diagnosisCodeableConcept", "coding", 0, "system"), ICD_10, "icd-10-cm"),
    (PROFESSIONAL, ("supportingInfo", 0), None, "supportingInfo:frequency"),
    (PROFESSIONAL, ("supportingInfo", 0, "code"), coded(TYPE_OF_BILL, "0131"), "Claim frequency"),
    (PROFESSIONAL, ("total",), None, "Claim.total: minimum required = 1"),
    (REPLACEMENT, ("related", 0, "relationship", "coding", 0, "code"), "associated", "vfa-prior-claim"),
    (REPLACEMENT, ("related",), None, "vfa-prior-claim"),
    (INSTITUTIONAL, ("item", 0, "modifier"), [coded(CPT, "26")], "vfa-no-component-modifier"),
    (INSTITUTIONAL, ("careTeam", 0, "role", "coding", 0, "code"), "supervisor", "vfa-attending"),
    (INSTITUTIONAL, ("supportingInfo", 1, "code"), coded(TYPE_OF_BILL, "0137"), "vfa-type-of-bill-frequency"),
    (INSTITUTIONAL, ("supportingInfo", 1), None, "supportingInfo:typeOfBill"),
    (INSTITUTIONAL, ("item", 0, "revenue"), None, "Claim.item.revenue: minimum required = 1"),
    (
        INSTITUTIONAL,
        ("item", 0, "locationCodeableConcept"),
        coded("https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set", "22"),
        "Claim.item.location",
    ),
]


def spoilt(name, path, value):
    resource = copy.deepcopy(valid(name))
    *way, last = path
    place = resource
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return resource


@pytest.mark.parametrize(("name", "path", "value", "words"), SPOILT)
def test_a_profile_refuses(hl7_validator, name, path, value, words):
    refused = hl7_validator(spoilt(name, path, value))
    assert any(words in line for line in refused), refused


def without_anything_said(report):
    return {
        name: value
        for name, value in report.items()
        if name not in ("result", "conclusion", "conclusionCode")
    }


def test_a_final_report_that_says_nothing_is_refused(hl7_validator):
    refused = hl7_validator(without_anything_said(valid(REPORT)))
    assert any("vfa-report-says-something" in line for line in refused), refused


def test_a_report_without_order_and_without_number_is_refused(hl7_validator):
    report = {name: value for name, value in valid(REPORT).items() if name not in ("basedOn", "identifier")}
    assert any("vfa-report-names-order" in line for line in hl7_validator(report))


def test_a_vertebra_of_which_nothing_is_said_is_refused(hl7_validator):
    silent = spoilt(VERTEBRA, ("valueCodeableConcept",), None)
    del silent["component"]
    assert any("vfa-vertebra-says-something" in line for line in hl7_validator(silent))


def test_a_diagnosis_that_stands_twice_is_refused(hl7_validator):
    claim = valid(PROFESSIONAL)
    again = {**copy.deepcopy(claim["diagnosis"][0]), "sequence": 2}
    again["type"][0]["coding"][0]["code"] = "secondary"
    claim["diagnosis"].append(again)
    assert any("vfa-diagnoses-distinct" in line for line in hl7_validator(claim))


def test_a_code_of_another_system_beside_ours_spoils_nothing(hl7_validator):
    observation = valid(VERTEBRA)
    own = observation["valueCodeableConcept"]["coding"]
    own.append({"system": "http://radlex.org", "code": "RID1"})
    assert hl7_validator(observation) == []


def test_every_rule_that_refuses_has_been_seen_to_refuse():
    definitions = [json.loads(path.read_text(encoding="utf-8")) for path in PROFILES.glob("*.json")]
    rules = {
        rule["key"]
        for definition in definitions
        for element in definition["differential"]["element"]
        for rule in element.get("constraint", ())
        if rule["severity"] == "error"
    }
    seen = {words for *_, words in SPOILT} | {said_to_refuse(read(path)) for path in REFUSED}
    seen |= {"vfa-report-says-something", "vfa-report-names-order", "vfa-vertebra-says-something"}
    seen |= {"vfa-diagnoses-distinct"}
    assert rules - seen == set()


@pytest.mark.parametrize("part", [case for case in GOLDEN if case.values[0].claims])
def test_the_claims_of_a_golden_case_conform(hl7_validator, part):
    for claim in part.claims:
        written = write_claim(claim, part.study, created=NOW, state=part.decision.state)
        assert hl7_validator(written) == []


def post(base, path):
    kind = path.name.split("-")[0]
    return requests.post(f"{base}/{kind}", data=path.read_bytes(), headers=FHIR_JSON, timeout=120)


def test_the_package_is_on_the_server(enforcing_hapi):
    for kind in ("StructureDefinition", "ValueSet", "ConceptMap", "CodeSystem", "OperationDefinition"):
        found = requests.get(f"{enforcing_hapi}/{kind}?url:below={BASE}&_summary=count", timeout=60).json()
        shipped = [
            path
            for path in (ROOT / "fhir_profiles").rglob(f"{kind}-*.json")
            if json.loads(path.read_text(encoding="utf-8"))["url"].startswith(BASE)
        ]
        assert found["total"] == len(shipped) > 0, kind


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_the_server_takes_a_valid_example(enforcing_hapi, path):
    answer = post(enforcing_hapi, path)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_the_server_refuses_a_refused_example_on_write(enforcing_hapi, path):
    answer = post(enforcing_hapi, path)
    assert answer.status_code == 422
    assert said_to_refuse(read(path)) in answer.text


def test_the_server_translates_by_our_maps(enforcing_hapi):
    asked = {"url": f"{BASE}/ConceptMap/order-to-exam", "system": CPT, "code": "77086"}
    answer = requests.get(f"{enforcing_hapi}/ConceptMap/$translate", params=asked, timeout=60).json()
    said = {part["name"]: part for part in answer["parameter"]}
    assert said["result"]["valueBoolean"] is True
    match = {part["name"]: part for part in said["match"]["part"]}
    assert match["concept"]["valueCoding"]["code"] == "vfa"
    assert match["equivalence"]["valueCode"] == "equivalent"
