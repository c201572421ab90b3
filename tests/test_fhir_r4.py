"""fhir.resources as typist: what it adds, and that nothing it does reaches the sender as a crash."""

import copy
import subprocess
import sys
from typing import Any

import pytest

from service.fhir_r4 import check_claim, type_resource
from tests.intake.small_bundle import claim, coverage, order, patient, report


def found(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.code, each.expression[0]) for each in type_resource(resource)]


@pytest.mark.parametrize("resource", [order(), report(), coverage(), claim()])
def test_what_decides_a_claim_is_typed_and_left_as_it_was(resource):
    before = copy.deepcopy(resource)
    assert type_resource(resource) == ()
    assert resource == before


def test_a_wrong_value_is_named_with_its_place():
    assert found(order() | {"occurrenceDateTime": "2026-02-30"}) == [
        ("FHIR-VALUE", "ServiceRequest.occurrenceDateTime")
    ]
    assert found(order() | {"colour": "red"}) == [("FHIR-UNKNOWN-ELEMENT", "ServiceRequest.colour")]
    without = {key: value for key, value in order().items() if key != "subject"}
    assert found(without) == [("FHIR-REQUIRED", "ServiceRequest.subject")]


def test_the_path_given_starts_every_expression():
    problems = type_resource(order() | {"colour": "red"}, "Bundle.entry[3].resource")
    assert problems[0].expression == ("Bundle.entry[3].resource.colour",)


ABSENT = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    ]
}


@pytest.mark.parametrize(
    "extension",
    [
        {"url": "https://example.org/x", "_valueString": ABSENT},
        {"url": "https://example.org/x", "valueString": "x", "_valueString": ABSENT},
        {"url": "https://example.org/x", "valueUuid": "urn:uuid:c757873d-ec9a-1326-a141-556f43239520"},
        {"url": "https://example.org/x", "valueMeta": {"versionId": "1"}},
        {"url": "https://example.org/x", "extension": [{"url": "y", "_valueDate": ABSENT}]},
    ],
)
def test_valid_extensions_that_the_models_do_not_know_are_no_problem(extension):
    assert found(order() | {"extension": [extension]}) == []
    nested = report()
    nested["code"]["coding"][0]["extension"] = [extension]
    assert found(nested) == []


def test_a_valid_extension_does_not_hide_what_is_wrong_beside_it():
    spoilt = order() | {"extension": [{"url": "x", "_valueString": ABSENT}], "colour": "red"}
    assert found(spoilt) == [("FHIR-UNKNOWN-ELEMENT", "ServiceRequest.colour")]


def test_a_contained_resource_of_an_r4_type_without_a_model_is_no_problem():
    assert found(order() | {"contained": [{"resourceType": "MedicinalProduct", "id": "a"}]}) == []


@pytest.mark.parametrize(
    "element", ["subject", "identifier", "code", "status", "authoredOn", "reasonCode", "note"]
)
@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {}, [[]], [{}], [None], {"resourceType": "NopeType"}, True]
)
def test_no_value_in_any_place_does_more_than_give_problems(element, value):
    for each in type_resource(order() | {element: value}):
        assert each.code.startswith("FHIR-")


@pytest.mark.parametrize("levels", [120, 3000])
def test_deep_nesting_does_no_more_than_give_problems(levels):
    extension: dict[str, Any] = {"url": "https://example.org/x", "valueString": "x"}
    for _ in range(levels):
        extension = {"url": "https://example.org/x", "extension": [extension]}
    assert {code for code, _ in found(order() | {"extension": [extension]})} <= {"FHIR-VALUE"}


@pytest.mark.parametrize("resource", [patient(), {}, {"resourceType": []}, {"resourceType": "NopeType"}])
def test_other_resources_are_not_typed(resource):
    assert type_resource(resource) == ()


def test_a_claim_is_checked_on_its_way_out():
    assert check_claim(claim()) == ()
    assert [each.code for each in check_claim(claim() | {"status": "banana"})] == ["FHIR-CODE"]
    assert [each.code for each in check_claim(order())] == ["FHIR-TYPE"]
    spoilt = claim() | {"created": "2026-09-16T10:00:00"}
    assert [each.expression for each in check_claim(spoilt, "Bundle.entry[0].resource")] == [
        ("Bundle.entry[0].resource.created",)
    ]


def test_nothing_heavy_is_imported_before_it_is_needed():
    program = (
        "import sys, service.fhir_r4, service.intake.envelope;"
        "print([m for m in ('fhir', 'pydantic', 'jsonschema_rs') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
