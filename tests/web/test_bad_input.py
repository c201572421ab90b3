"""What people post by mistake, through the door: what each gets to hear, and that nothing of it is kept.

Refused is what is not FHIR R4, with a 4xx and everything wrong named at once. Held, with a 200, is what is R4
and cannot be billed as it stands. A fault of ours (5xx) is never the answer.
"""

import copy
import json
from typing import Any

import pytest

from service.fhir_r4 import check_resource
from service.settings import read_settings
from tests.store.test_ledger import rows
from tests.web.conftest import BODY_LIMIT, FHIR_JSON, codes, resources

TABLES = ("answers", "studies", "claims")
ORDER, REPORT, PATIENT = "Bundle.entry[0].resource", "Bundle.entry[1].resource", "Bundle.entry[2].resource"
COVERAGE = "Bundle.entry[9].resource"


def the(bundle, kind):
    return next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)


def url(bundle, kind):
    return next(e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)


@pytest.fixture
def bundle(brief):
    return json.loads(brief)


def assert_refused(door, answer, status, *said):
    assert (answer.status_code, codes(answer)) == (status, list(said))
    assert check_resource(answer.json) == ()
    assert [rows(door.database, table) for table in TABLES] == [0, 0, 0]


NO_BUNDLE = {
    "nothing": (b"", "JSON-INVALID"),
    "half a body": (b'{"resourceType": "Bundle", "entry": [', "JSON-INVALID"),
    "XML": (b'<Bundle xmlns="http://hl7.org/fhir"/>', "JSON-INVALID"),
    "HL7 v2": (b"MSH|^~\\&|RIS|LBI|EHR||20260915||ORU^R01|1|P|2.5.1", "JSON-INVALID"),
    "NDJSON": (b'{"resourceType":"Patient"}\n{"resourceType":"Coverage"}', "JSON-INVALID"),
    "a NUL behind the JSON": (b'{"resourceType":"Bundle"}\x00', "JSON-INVALID"),
    "another encoding": ('{"resourceType":"Bündel"}'.encode("latin-1"), "JSON-ENCODING"),
    "another Unicode": ('{"resourceType":"Bundle"}'.encode("utf-16"), "JSON-ENCODING"),
    "another Unicode without its mark": ('{"resourceType":"Bundle"}'.encode("utf-16-be"), "JSON-ENCODING"),
    "half a character": (b'{"resourceType":"\\ud800"}', "JSON-ENCODING"),
    "levels without end": (b"[" * 100_000, "JSON-DEPTH"),
    "too many levels": (b'{"a":' * 200 + b"1" + b"}" * 200, "JSON-DEPTH"),
    "a list": (b"[]", "ENVELOPE-NOT-FHIR"),
    "JSON that is not FHIR": (b'{"order": 7}', "ENVELOPE-NOT-FHIR"),
    "a type that R4 has not": (b'{"resourceType":"ProcedureRequest"}', "ENVELOPE-NOT-FHIR"),
    "a resource alone": (b'{"resourceType":"ServiceRequest","status":"active"}', "ENVELOPE-NOT-A-BUNDLE"),
    "a claim": (b'{"resourceType":"Claim"}', "ENVELOPE-NOT-A-BUNDLE"),
}


@pytest.mark.parametrize(("body", "code"), NO_BUNDLE.values(), ids=NO_BUNDLE)
def test_what_is_no_bundle_is_refused(door, body, code):
    assert_refused(door, door.post(body), 400, code)


def test_a_byte_order_mark_is_no_difference(door, brief):
    expected = door.post(brief)
    assert door.post(b"\xef\xbb\xbf" + brief).json == expected.json


@pytest.mark.parametrize("version", ["1.0", "3.0", "4.3", "5.0"])
def test_another_version_of_fhir_is_refused(door, brief, version):
    answer = door.post(brief, content_type=f"{FHIR_JSON}; fhirVersion={version}")
    assert_refused(door, answer, 415, "ENVELOPE-MEDIA-TYPE")


def test_a_body_over_the_limit_is_refused(door):
    assert_refused(door, door.post(b" " * (BODY_LIMIT + 1)), 413, "ENVELOPE-TOO-LARGE")
    assert read_settings({"VFA_PRACTICE": "practice.yaml"}).body_limit == 20 * 1024 * 1024


TEXT = {
    "a huge number": ('"order": 1e400', "JSON-NUMBER"),
    "a number of many digits": ('"order": ' + "9" * 5000, "JSON-NUMBER"),
    "a number that is none": ('"order": NaN', "JSON-INVALID"),
    "a NUL in a string": ('"dependent": "\\u0000"', "JSON-NUL"),
    "a key that comes twice": ('"order": 1, "order": 2', "JSON-DUPLICATE-KEY"),
    "a key that comes twice, once escaped": ('"order": 1, "\\u006frder": 2', "JSON-DUPLICATE-KEY"),
}


@pytest.mark.parametrize(("text", "code"), TEXT.values(), ids=TEXT)
def test_json_that_two_readers_would_read_differently_is_refused(door, bundle, text, code):
    the(bundle, "Coverage")["order"] = 987654
    body = json.dumps(bundle).replace('"order": 987654', text)
    assert_refused(door, door.post(body.encode()), 400, code)


NOT_R4 = {
    "STU3: context": ("DiagnosticReport", {"context": {"reference": "Encounter/1"}}, "FHIR-UNKNOWN-ELEMENT"),
    "R5: a code that is a concept": ("ServiceRequest", {"code": {"concept": {}}}, "FHIR-UNKNOWN-ELEMENT"),
    "R5: occurrence": ("Procedure", {"occurrenceDateTime": "2026-09-15"}, "FHIR-UNKNOWN-ELEMENT"),
    "a misspelt element": ("ServiceRequest", {"requestor": {"reference": "x/1"}}, "FHIR-UNKNOWN-ELEMENT"),
    "a type twice": ("Procedure", {"resourceType": ["Procedure", "Procedure"]}, "FHIR-TYPE"),
    "another type": ("Device", {"resourceType": "Scanner"}, "FHIR-TYPE"),
    "a code that is none": ("DiagnosticReport", {"status": "done"}, "FHIR-CODE"),
    "a code in capitals": ("DiagnosticReport", {"status": "Final"}, "FHIR-CODE"),
    "a day that is none": ("Patient", {"birthDate": "1954-02-30"}, "FHIR-DATE"),
    "a date in words": ("ServiceRequest", {"authoredOn": "yesterday"}, "FHIR-VALUE"),
    "an instant without zone": ("DiagnosticReport", {"issued": "2026-09-15T16:40:00"}, "FHIR-VALUE"),
    "a number over what R4 has": ("Coverage", {"order": 99_999_999_999}, "FHIR-VALUE"),
    "yes and no as text": ("ServiceRequest", {"doNotPerform": "false"}, "FHIR-VALUE"),
    "one where many are": ("ServiceRequest", {"reasonCode": {"text": "pain"}}, "FHIR-VALUE"),
    "an empty array": ("ServiceRequest", {"reasonCode": []}, "FHIR-EMPTY"),
    "an empty object": ("ServiceRequest", {"requester": {}}, "FHIR-EMPTY"),
    "an empty string": ("Patient", {"gender": ""}, "FHIR-CODE"),
    "a null": ("ServiceRequest", {"reasonCode": None}, "FHIR-NULL"),
    "a null among objects": ("ServiceRequest", {"reasonCode": [None]}, "FHIR-NULL"),
    "a reference that is a text": ("ServiceRequest", {"requester": "Practitioner/1"}, "FHIR-VALUE"),
    "a reference that is a number": ("ServiceRequest", {"requester": {"reference": 7}}, "FHIR-VALUE"),
    "a reference to nothing inside": (
        "ServiceRequest",
        {"requester": {"reference": "#who"}},
        "FHIR-REFERENCE",
    ),
    "a period that ends before it begins": (
        *("Coverage", {"period": {"start": "2026-02-01", "end": "2026-01-01"}}, "FHIR-PERIOD"),
    ),
}


@pytest.mark.parametrize(("kind", "changed", "code"), NOT_R4.values(), ids=NOT_R4)
def test_a_study_that_is_not_r4_is_refused_and_says_where(door, bundle, kind, changed, code):
    place = next(n for n, e in enumerate(bundle["entry"]) if e["resource"]["resourceType"] == kind)
    the(bundle, kind).update(changed)
    answer = door.post(bundle)
    assert_refused(door, answer, 422, code)
    [where] = answer.json["issue"][0]["expression"]
    assert where.startswith(f"Bundle.entry[{place}].resource")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"type": "document"}, 422, "ENVELOPE-BUNDLE-TYPE"),
        ({"type": "history"}, 422, "ENVELOPE-BUNDLE-TYPE"),
        ({"type": "message"}, 422, "ENVELOPE-MESSAGE-HEADER"),
        ({"entry": []}, 422, "ENVELOPE-NOTHING-OURS"),
        ({"entry": {"resource": {}}}, 400, "ENVELOPE-ENTRY"),
        ({"entry": [{"resource": [1]}]}, 400, "ENVELOPE-ENTRY"),
    ],
)
def test_a_bundle_of_another_shape_is_refused(door, bundle, changed, status, code):
    assert_refused(door, door.post(bundle | changed), status, code)


OTHER_VERSIONS: dict[str, dict[str, dict[str, Any]]] = {
    "STU3": {
        "ServiceRequest": {"resourceType": "ProcedureRequest"},
        "DiagnosticReport": {
            "context": {"reference": "Encounter/1"},
            "codedDiagnosis": [{"text": "fracture"}],
        },
        "Procedure": {"context": {"reference": "Encounter/1"}, "notDone": False},
        "Coverage": {"grouping": {"group": "G-1"}, "sequence": "9"},
    },
    "R5": {
        "ServiceRequest": {"code": {"concept": {"text": "DXA"}}, "reason": [{"concept": {"text": "pain"}}]},
        "DiagnosticReport": {"study": [{"reference": "ImagingStudy/1"}], "note": [{"text": "read"}]},
        "Procedure": {"occurrenceDateTime": "2026-09-15", "used": [{"concept": {"text": "scanner"}}]},
        "Coverage": {"kind": "insurance", "insurer": {"reference": "Organization/1"}},
    },
}


@pytest.mark.parametrize("version", OTHER_VERSIONS)
def test_a_bundle_of_another_version_is_refused_with_every_resource_named(door, bundle, version):
    for kind, changed in OTHER_VERSIONS[version].items():
        the(bundle, kind).update(changed)
    places = {
        entry["resource"]["resourceType"]: f"Bundle.entry[{number}].resource"
        for number, entry in reversed(list(enumerate(bundle["entry"])))
    }
    answer = door.post(bundle)
    assert answer.status_code == 422
    named = {issue["expression"][0] for issue in answer.json["issue"]}
    for kind, changed in OTHER_VERSIONS[version].items():
        place = places[changed.get("resourceType", kind)]
        wrong = [place] if "resourceType" in changed else [f"{place}.{name}" for name in changed]
        assert [each for each in wrong if not any(said.startswith(each) for said in named)] == []
    assert rows(door.database, "answers") == 0


def test_everything_wrong_is_named_at_once(door, bundle):
    the(bundle, "ServiceRequest").update(colour="red", intent="wish", authoredOn="2026-13-01", reasonCode=[])
    the(bundle, "DiagnosticReport").update(status=None, resultsInterpreter=[{"reference": "#nobody"}])
    the(bundle, "Coverage").update(order=-1)
    del the(bundle, "Patient")["resourceType"]
    answer = door.post(bundle)
    assert answer.status_code == 422
    found = {
        (issue["details"]["coding"][0]["code"], issue["expression"][0]) for issue in answer.json["issue"]
    }
    assert {
        ("FHIR-UNKNOWN-ELEMENT", f"{ORDER}.colour"),
        ("FHIR-CODE", f"{ORDER}.intent"),
        ("FHIR-VALUE", f"{ORDER}.authoredOn"),
        ("FHIR-EMPTY", f"{ORDER}.reasonCode"),
        ("FHIR-NULL", f"{REPORT}.status"),
        ("FHIR-REFERENCE", f"{REPORT}.resultsInterpreter[0].reference"),
        ("FHIR-TYPE", PATIENT),
        ("FHIR-VALUE", f"{COVERAGE}.order"),
    } <= found
    assert [rows(door.database, table) for table in TABLES] == [0, 0, 0]


def test_a_value_that_was_sent_is_not_repeated_in_a_refusal(door, bundle):
    the(bundle, "Patient").update(birthDate="Zebra-1", gender="Zebra-2", colour="Zebra-3")
    answer = door.post(bundle)
    assert answer.status_code == 422
    assert "Zebra" not in answer.text + door.log.getvalue()


# Held, not refused


def other_patient(bundle):
    other = {**copy.deepcopy(the(bundle, "Patient")), "identifier": [{"system": "urn:x", "value": "2"}]}
    bundle["entry"].append({"fullUrl": "urn:uuid:other", "resource": other})
    the(bundle, "DiagnosticReport")["subject"] = {"reference": "urn:uuid:other"}


def second_final(bundle):
    again = copy.deepcopy(the(bundle, "DiagnosticReport"))
    bundle["entry"].append({"fullUrl": "urn:uuid:again", "resource": again})


def without_order(bundle):
    bundle["entry"] = [e for e in bundle["entry"] if e["resource"]["resourceType"] != "ServiceRequest"]


def report_alone(bundle):
    without_order(bundle)
    for kind in ("DiagnosticReport", "Procedure", "ImagingStudy"):
        the(bundle, kind).pop("basedOn")


def requested_by(**reference):
    return lambda bundle: the(bundle, "ServiceRequest").update(requester=reference)


def other_number(bundle):
    the(bundle, "DiagnosticReport")["identifier"][0]["value"] = "LBI-26-000001"


def other_day(bundle):
    the(bundle, "DiagnosticReport")["effectiveDateTime"] = "2026-09-14T09:00:00-05:00"


def other_procedure(bundle):
    the(bundle, "Procedure")["code"]["coding"][0]["code"] = "77080"


HELD = {
    "a report of another patient": (other_patient, "PATIENT-DISAGREES"),
    "two final reports for one order": (second_final, "REPORT-SEVERAL-FINAL"),
    "a report whose order was not sent": (without_order, "ORDER-UNRESOLVED"),
    "a report without an order": (report_alone, "ORDER-MISSING"),
    "a reference to what was not sent": (
        *(requested_by(reference="Practitioner/nobody"), "ORDERING-PROVIDER-MISSING"),
    ),
    "a reference that is no address": (
        *(requested_by(reference="javascript:alert(1)"), "ORDERING-PROVIDER-MISSING"),
    ),
    "a reference by name alone": (requested_by(display="Dr. Weiss"), "ORDERING-PROVIDER-MISSING"),
    "another accession number": (other_number, "NUMBER-DISAGREES"),
    "another day": (other_day, "SCAN-DAY-DISAGREES"),
    "another procedure": (other_procedure, "PERFORMED-UNCLEAR"),
}


@pytest.mark.parametrize(("spoil", "finding"), HELD.values(), ids=HELD)
def test_what_is_r4_and_cannot_be_billed_is_held_with_its_finding(door, bundle, spoil, finding):
    spoil(bundle)
    answer = door.post(bundle)
    assert answer.status_code == 200, answer.text
    assert resources(answer, "Claim") == []
    said = [
        issue["details"]["coding"][0]["code"]
        for outcome in resources(answer, "OperationOutcome")
        for issue in outcome["issue"][1:]
    ]
    assert finding in said
    assert rows(door.database, "claims") == 0


def test_what_an_earlier_request_carried_is_not_known(door, bundle):
    order = next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "ServiceRequest")
    bundle["entry"].remove(order)
    with_order = {
        **bundle,
        "entry": [e for e in bundle["entry"] if "Report" not in e["resource"]["resourceType"]],
    }
    with_order["entry"].append(order)
    assert door.post(with_order).status_code == 200
    [outcome] = resources(door.post(bundle), "OperationOutcome")
    [issue] = [
        i for i in outcome["issue"] if i["details"].get("coding", [{}])[0].get("code") == "ORDER-UNRESOLVED"
    ]
    assert all(place.endswith("basedOn[0]") for place in issue["expression"])


def test_a_null_in_a_list_of_primitive_values_is_a_placeholder(door, bundle, brief):
    expected = resources(door.post(brief, path="/fhir/Claim/$derive?dryRun=true"), "Claim")
    name = the(bundle, "Patient")["name"][0]
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    name.update(given=[*name["given"], None], _given=[None] * len(name["given"]) + [{"extension": [absent]}])
    assert resources(door.post(bundle), "Claim") == expected


def members_in_a_circle(bundle):
    first, second = [e for e in bundle["entry"] if e["resource"]["resourceType"] == "Observation"][:2]
    first["resource"]["hasMember"] = [{"reference": second["fullUrl"]}]
    second["resource"]["hasMember"] = [{"reference": first["fullUrl"]}]


def part_of_itself(bundle):
    the(bundle, "Procedure")["partOf"] = [{"reference": url(bundle, "Procedure")}]
    the(bundle, "ServiceRequest")["basedOn"] = [{"reference": url(bundle, "ServiceRequest")}]
    the(bundle, "Location")["partOf"] = {"reference": url(bundle, "Location")}


def deep_extension(bundle):
    extension: dict[str, object] = {"url": "urn:x", "valueString": "deep"}
    for _ in range(30):
        extension = {"url": "urn:x", "extension": [extension]}
    the(bundle, "ServiceRequest")["extension"] = [extension]


@pytest.mark.parametrize("change", [members_in_a_circle, part_of_itself, deep_extension])
def test_circles_and_depth_that_r4_allows_change_nothing(door, bundle, brief, change):
    expected = resources(door.post(brief, path="/fhir/Claim/$derive?dryRun=true"), "Claim")
    change(bundle)
    assert resources(door.post(bundle), "Claim") == expected


def test_a_role_that_is_its_own_practitioner_names_nobody(door, bundle):
    role = {"resourceType": "PractitionerRole", "id": "a", "practitioner": {"reference": "#a"}}
    the(bundle, "ServiceRequest").update(contained=[role], requester={"reference": "#a"})
    answer = door.post(bundle)
    assert (answer.status_code, resources(answer, "Claim")) == (200, [])


@pytest.mark.parametrize(
    ("kind", "changed"),
    [("Coverage", {"order": -1}), ("Condition", {"code": []}), ("Procedure", {"resourceType": "Procedur"})],
)
def test_what_a_study_rests_on_by_its_patient_spoils_it_too(door, bundle, kind, changed):
    """Left out in silence, a second coverage would be billed first and a stopped scan as a whole one."""
    the(bundle, "ServiceRequest").pop("insurance")
    the(bundle, kind).update(changed)
    answer = door.post(bundle)
    assert answer.status_code == 422
    assert rows(door.database, "answers") == 0
