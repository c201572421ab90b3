"""States that do not go with a final report, and what FHIR says must be understood."""

import pytest

from service.core.decide import decide
from tests.intake.sent import Sent, notes, practice, rulebook

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
SAID = {
    "hold": ("RESULT-NOT-FINAL", "STATE-CONTRADICTS", "FHIR-MODIFIER-UNKNOWN", "PATIENT-RECORD-REPLACED"),
    "warn": ("RESULT-WITHDRAWN", "STATE-DOUBTFUL", "PATIENT-RECORD-INACTIVE"),
}
CODES = {code for codes in SAID.values() for code in codes} | {"TEST-DATA"}


def said(sent: Sent) -> list[str]:
    return [one for one in notes(sent.study()) if one in CODES]


def test_the_ordinary_study_has_none():
    assert said(Sent()) == []


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("Procedure", "preparation", "STATE-CONTRADICTS"),
        ("Procedure", "on-hold", "STATE-CONTRADICTS"),
        ("Procedure", "in-progress", "STATE-DOUBTFUL"),
        ("Procedure", "unknown", "STATE-DOUBTFUL"),
        ("ImagingStudy", "cancelled", "STATE-CONTRADICTS"),
        ("ImagingStudy", "entered-in-error", "STATE-CONTRADICTS"),
        ("Encounter", "cancelled", "STATE-CONTRADICTS"),
        ("Encounter", "entered-in-error", "STATE-CONTRADICTS"),
    ],
)
def test_a_state_that_does_not_go_with_a_final_report(kind, status, code):
    sent = Sent()
    sent.the(kind)["status"] = status
    assert said(sent) == [code]


def test_another_procedure_that_ended_settles_it():
    sent = Sent()
    sent.add(sent.copy_of("Procedure", status="preparation"))
    assert said(sent) == []


@pytest.mark.parametrize("level", ["T8", "L4"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("preliminary", "RESULT-NOT-FINAL"),
        ("registered", "RESULT-NOT-FINAL"),
        ("unknown", "RESULT-NOT-FINAL"),
        ("entered-in-error", "RESULT-WITHDRAWN"),
        ("cancelled", "RESULT-WITHDRAWN"),
        ("corrected", ""),
    ],
)
def test_a_vertebra_under_a_final_report(level, status, code):
    sent = Sent()
    sent.vertebra(level)["status"] = status
    assert said(sent) == ([code] if code else [])


def test_a_record_that_another_replaced_holds_and_an_inactive_one_warns():
    sent = Sent()
    sent.the("Patient")["active"] = False
    assert said(sent) == ["PATIENT-RECORD-INACTIVE"]
    sent.the("Patient")["link"] = [{"other": {"reference": "Patient/2"}, "type": "replaced-by"}]
    assert said(sent) == ["PATIENT-RECORD-REPLACED"]
    sent.the("Patient")["link"][0]["type"] = "replaces"
    assert said(sent) == ["PATIENT-RECORD-INACTIVE"]


@pytest.mark.parametrize("kind", ["Patient", "ServiceRequest", "DiagnosticReport", "Coverage"])
@pytest.mark.parametrize("element", ["tag", "security"])
def test_test_data_is_never_billed(kind, element):
    sent = Sent()
    sent.the(kind)["meta"] = {element: [{"system": ACT, "code": "HTEST"}]}
    assert said(sent) == ["TEST-DATA"]


KINDS = (
    "DiagnosticReport",
    "Observation",
    "Coverage",
    "Practitioner",
    "Organization",
    "Encounter",
    "Patient",
)
UNKNOWN = [{"url": "https://example.org/not-really", "valueBoolean": True}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rules", [True, False])
def test_what_must_be_understood_and_is_not_known_holds(kind, rules):
    sent = Sent()
    more = {"implicitRules": "https://example.org/rules"} if rules else {"modifierExtension": UNKNOWN}
    sent.the(kind).update(more)
    assert said(sent) == ["FHIR-MODIFIER-UNKNOWN"]
    decision = decide(sent.study(), practice(), rulebook())
    assert decision.state == "held"


def test_a_modifier_deep_inside_holds():
    sent = Sent()
    sent.the("Patient")["contact"] = [{"name": {"family": "X"}, "modifierExtension": UNKNOWN}]
    assert said(sent) == ["FHIR-MODIFIER-UNKNOWN"]


def test_the_modifier_of_a_stranger_is_no_matter():
    sent = Sent()
    sent.add(sent.copy_of("Patient", modifierExtension=UNKNOWN))
    assert said(sent) == []
