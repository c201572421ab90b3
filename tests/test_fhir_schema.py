"""The R4 schema, repaired: what it lets through, and at which FHIRPath it stops the rest."""

import copy
import json
from importlib.resources import files
from typing import Any

import pytest

from service.fhir_r4 import check_bundle, check_resource
from service.fhir_schema import MAX_PROBLEMS, ends_before_start, fhirpath, is_calendar_day, type_names
from tests.intake.small_bundle import bundle, claim, coverage, observation, order, patient, report, study

ABSENT = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    ]
}


def found(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.code, each.expression[0]) for each in check_resource(resource)]


def changed(resource: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return {key: value for key, value in (resource | elements).items() if value is not ...}


@pytest.mark.parametrize(
    "resource", [patient(), order(), report(), coverage(), observation(), claim(), study()]
)
def test_a_valid_resource_has_no_problem(resource):
    before = copy.deepcopy(resource)
    assert check_resource(resource) == ()
    assert resource == before


@pytest.mark.parametrize(
    "resource",
    [
        changed(order(), note=[{"text": "T8\u00a0wedge\u2003fracture"}]),
        changed(patient(), name=[{"given": ["Ada", None], "_given": [None, ABSENT]}]),
        changed(patient(), birthDate=..., _birthDate=ABSENT),
        changed(order(), status=..., _status=ABSENT),
        changed(patient(), birthDate="1954"),
        changed(patient(), meta={"profile": ["https://example.org/p", None], "_profile": [None, ABSENT]}),
        changed(patient(), extension=[{"url": "https://example.org/x", "valueMeta": {"versionId": "1"}}]),
        changed(order(), extension=[{"url": "https://example.org/x", "_valueString": ABSENT}]),
        changed(coverage(), period={"start": "2026-09-15", "end": "2026-09"}),
        changed(observation(), valueQuantity=..., dataAbsentReason={"text": "not measured"}),
        changed(
            order(), contained=[{"resourceType": "Practitioner", "id": "p"}], requester={"reference": "#p"}
        ),
        changed(order(), contained=[{"resourceType": "MedicinalProduct", "anything": []}]),
        bundle({"resourceType": "AllergyIntolerance", "whatever": {}}, order()),
    ],
)
def test_valid_r4_that_other_checkers_refuse_is_let_through(resource):
    assert found(resource) == []


@pytest.mark.parametrize(
    ("resource", "code", "path"),
    [
        (changed(order(), status="banana"), "FHIR-CODE", "ServiceRequest.status"),
        (changed(order(), intent="wish"), "FHIR-CODE", "ServiceRequest.intent"),
        (changed(order(), priority="now"), "FHIR-CODE", "ServiceRequest.priority"),
        (changed(report(), status="done"), "FHIR-CODE", "DiagnosticReport.status"),
        (changed(coverage(), status="final"), "FHIR-CODE", "Coverage.status"),
        (changed(observation(), status="active"), "FHIR-CODE", "Observation.status"),
        (changed(claim(), status="final"), "FHIR-CODE", "Claim.status"),
        (changed(claim(), use="bill"), "FHIR-CODE", "Claim.use"),
        (changed(claim(), total={"value": 1, "currency": "ZZZ"}), "FHIR-CODE", "Claim.total.currency"),
        (changed(patient(), gender="F"), "FHIR-CODE", "Patient.gender"),
        (
            {"resourceType": "Procedure", "status": "done", "subject": {"display": "x"}},
            "FHIR-CODE",
            "Procedure.status",
        ),
        (changed(order(), status=None), "FHIR-NULL", "ServiceRequest.status"),
        (changed(order(), code={"coding": None}), "FHIR-NULL", "ServiceRequest.code.coding"),
        (changed(order(), identifier=[None]), "FHIR-NULL", "ServiceRequest.identifier[0]"),
        (changed(order(), identifier=[]), "FHIR-EMPTY", "ServiceRequest.identifier"),
        (changed(order(), code={}), "FHIR-EMPTY", "ServiceRequest.code"),
        (changed(order(), patientInstruction=""), "FHIR-EMPTY", "ServiceRequest.patientInstruction"),
        (changed(order(), subject=...), "FHIR-REQUIRED", "ServiceRequest"),
        (changed(order(), status=...), "FHIR-REQUIRED", "ServiceRequest"),
        (changed(report(), code=...), "FHIR-REQUIRED", "DiagnosticReport"),
        (changed(order(), colour="red"), "FHIR-UNKNOWN-ELEMENT", "ServiceRequest.colour"),
        (changed(order(), subject="Patient/1"), "FHIR-VALUE", "ServiceRequest.subject"),
        (changed(order(), authoredOn=0), "FHIR-VALUE", "ServiceRequest.authoredOn"),
        (changed(order(), doNotPerform="true"), "FHIR-VALUE", "ServiceRequest.doNotPerform"),
        (changed(order(), id="x" * 65), "FHIR-VALUE", "ServiceRequest.id"),
        (changed(report(), issued="2026-09-15"), "FHIR-VALUE", "DiagnosticReport.issued"),
        (
            changed(report(), effectivePeriod={"start": "2026-09-15"}),
            "FHIR-VALUE",
            "DiagnosticReport",
        ),
        (
            changed(report(), effectiveDateTime="2026-02-30"),
            "FHIR-DATE",
            "DiagnosticReport.effectiveDateTime",
        ),
        (changed(patient(), birthDate="1955-02-29"), "FHIR-DATE", "Patient.birthDate"),
        (
            changed(coverage(), period={"start": "2026-09-15", "end": "2026-09-14"}),
            "FHIR-PERIOD",
            "Coverage.period",
        ),
        (
            changed(observation(), valueQuantity={"value": 1, "code": "1"}),
            "FHIR-QUANTITY",
            "Observation.valueQuantity",
        ),
        (changed(observation(), dataAbsentReason={"text": "x"}), "FHIR-ABSENT-REASON", "Observation"),
        (
            changed(order(), requester={"reference": "#p"}),
            "FHIR-REFERENCE",
            "ServiceRequest.requester.reference",
        ),
        (changed(order(), resourceType="Nope"), "FHIR-TYPE", "$this"),
        (changed(order(), contained=[{"id": "a"}]), "FHIR-TYPE", "ServiceRequest.contained[0]"),
        (changed(order(), contained=[{"resourceType": 7}]), "FHIR-TYPE", "ServiceRequest.contained[0]"),
    ],
)
def test_what_is_not_r4_is_named_with_its_place(resource, code, path):
    problems = found(resource)
    assert (code, path) in problems
    assert len(problems) <= 2


def test_a_missing_element_is_named_in_the_text():
    assert {each.text for each in check_resource(changed(order(), subject=..., intent=...))} == {
        "The element intent is required.",
        "The element subject is required.",
    }


def test_places_in_a_bundle_start_with_the_path_of_the_bundle():
    spoilt = bundle(patient(), changed(order(), status="banana"))
    path = "Parameters.parameter[0].resource"
    assert [each.expression for each in check_bundle(spoilt, path)] == [
        ("Parameters.parameter[0].resource.entry[1].resource.status",)
    ]


def test_a_contained_resource_is_looked_for_in_its_own_resource():
    holder = changed(order(), contained=[{"resourceType": "Practitioner", "id": "p"}])
    seeker = changed(report(), resultsInterpreter=[{"reference": "#p"}])
    assert found(bundle(holder, seeker)) == [
        ("FHIR-REFERENCE", "Bundle.entry[1].resource.resultsInterpreter[0].reference")
    ]


def test_contained_resources_may_refer_to_each_other_and_to_their_owner():
    contained = [
        {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#p"}},
        {"resourceType": "Practitioner", "id": "p"},
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": {"text": "x"},
            "derivedFrom": [{"reference": "#"}],
        },
    ]
    assert found(bundle(changed(order(), contained=contained, requester={"reference": "#r"}))) == []


def test_all_problems_are_told_at_once_and_each_once():
    spoilt = bundle(
        changed(order(), status="banana", colour="red"), changed(patient(), gender="F", birthDate="x")
    )
    assert {code for code, _ in found(spoilt)} == {"FHIR-CODE", "FHIR-UNKNOWN-ELEMENT", "FHIR-VALUE"}
    assert len(found(spoilt)) == len(set(found(spoilt))) == 4


def test_the_number_of_problems_has_a_bound():
    problems = check_bundle(bundle(*[changed(patient(), gender="F") for _ in range(3 * MAX_PROBLEMS)]))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].code == "FHIR-TOO-MANY"


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (changed(patient(), gender="F"), "The code is none of: male, female, other, unknown."),
        (changed(patient(), birthDate="long ago"), "R4 has a date here."),
        (changed(report(), subject=[{"reference": "Patient/1"}]), "R4 has one Reference here, and no list."),
        (changed(report(), result={"reference": "Observation/1"}), "R4 has a list here."),
        (changed(patient(), name=[{"family": 7}]), "R4 has a string here."),
        (changed(patient(), birthdate="1954-03-09"), "R4 has no such element here; is birthDate meant?"),
        (changed(patient(), colour="blue"), "The element does not exist in R4 at this place."),
    ],
)
def test_what_r4_would_have_is_said(resource, text):
    assert [each.text for each in check_resource(resource)] == [text]


def test_no_value_of_the_sender_is_quoted():
    spoilt = changed(patient(), birthDate="Ada Example", gender="Ada Example", extra={"name": "Ada Example"})
    assert "Ada" not in json.dumps([each.issue() for each in check_resource(spoilt)])


@pytest.mark.parametrize(
    "resource", [{}, {"resourceType": None}, {"resourceType": []}, {"resourceType": {"a": 1}}]
)
def test_an_object_without_a_type_is_a_problem(resource):
    assert found(resource) == [("FHIR-TYPE", "$this")]


@pytest.mark.parametrize("value", [{1: 2}, {"a": "\ud800"}, {"a": {1, 2}}])
def test_what_no_json_can_be_is_a_problem_and_not_an_exception(value):
    assert found(changed(order(), extension=[value]))[0][0] == "FHIR-VALUE"


def test_two_entries_with_the_same_full_url_are_a_problem_unless_their_versions_differ():
    twice = bundle(order(), order())
    twice["entry"][1]["fullUrl"] = twice["entry"][0]["fullUrl"]
    assert found(twice) == [("FHIR-FULL-URL", "Bundle.entry[1].fullUrl")]
    for number, entry in enumerate(twice["entry"]):
        entry["resource"]["meta"] = {"versionId": str(number)}
    assert found(twice) == []


def test_r4_has_146_types():
    assert len(type_names()) == 146
    assert {"AllergyIntolerance", "Claim", "MedicinalProduct"} <= type_names()
    assert "Citation" not in type_names()


def test_the_schema_holds_no_descriptions_and_points_nowhere_outside_itself():
    schema = json.loads(files("service").joinpath("data/r4.schema.json").read_text(encoding="utf-8"))
    text = json.dumps(schema)
    referred = {part.split('"')[0] for part in text.split('"$ref": "#/definitions/')[1:]}
    assert referred <= set(schema["definitions"])
    assert text.count("://") == 1  # the dialect of JSON schema


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2026-09-15", "2026-09-15", False),
        ("2026-09-15", "2026-09-14", True),
        ("2026-09", "2026-08-31", True),
        ("2026-09-15", "2026", False),
        ("2026-09-15T23:00:00-10:00", "2026-09-15T01:00:00Z", False),
        ("2026-09-16T01:00:00+10:00", "2026-09-15T20:00:00Z", False),
        ("2026-09-17T01:00:00Z", "2026-09-15T20:00:00Z", True),
        ("2026-99-99T01:00:00Z", "2026-09-15T20:00:00Z", False),
    ],
)
def test_a_period_ends_before_it_starts_only_when_that_is_certain(start, end, wrong):
    assert ends_before_start(start, end) is wrong


def test_a_year_or_month_is_always_a_day_that_exists():
    assert is_calendar_day("2026")
    assert is_calendar_day("2026-02")
    assert not is_calendar_day("2026-02-29")
    assert is_calendar_day("2028-02-29T10:00:00Z")


def test_a_path_drops_the_underscore_of_json_and_names_that_are_none():
    assert fhirpath("Patient", ["name", 0, "_given", 1, "a b"]) == "Patient.name[0].given[1]"
