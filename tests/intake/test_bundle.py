"""Which resources are one study: by reference, by number, by encounter; and every Bundle type."""

import copy
import json
import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.fingerprint import study_digest
from service.intake.bundle import find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from tests.intake.sent import (
    CPT,
    LOINC,
    SNOMED,
    Sent,
    coded,
    gap,
    notes,
    practice,
    rulebook,
    unplaced,
    value,
)

WRAPPED = ["collection", "transaction", "batch", "searchset", "message", "Parameters"]
HEADER = {
    "resourceType": "MessageHeader",
    "eventUri": "https://example.com/report",
    "source": {"endpoint": "https://example.com"},
}


def wrapped(kind: str) -> dict[str, object]:
    bundle = Sent().bundle
    if kind == "Parameters":
        return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": bundle}]}
    if kind == "message":
        bundle["entry"].insert(0, {"fullUrl": "urn:uuid:header", "resource": HEADER})
    for entry in bundle["entry"]:
        if kind in ("transaction", "batch"):
            entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    return {**bundle, "type": kind}


@pytest.mark.parametrize("kind", WRAPPED)
def test_every_bundle_type_gives_the_same_study(kind):
    (gathered,) = find_studies(envelope_of(wrapped(kind)))
    study = read_study(gathered, practice(), rulebook())
    assert unplaced(study) == unplaced(Sent().study())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(), example=st.sampled_from(["brief", "us-core-accession", "hospital-outpatient"]))
def test_the_order_of_entries_changes_nothing_but_where_things_stand(seed, example):
    sent = Sent(example)
    expected = unplaced(sent.study())
    random.Random(seed).shuffle(sent.bundle["entry"])
    assert unplaced(sent.study()) == expected


@pytest.mark.parametrize("seed", range(5))
def test_fresh_addresses_change_nothing(seed):
    sent = Sent()
    expected = study_digest(sent.study())
    text, fresh = json.dumps(sent.bundle), random.Random(seed)
    for entry in sent.bundle["entry"]:
        text = text.replace(entry["fullUrl"], f"urn:uuid:{UUID(int=fresh.getrandbits(128))}")
    sent.bundle = json.loads(text)
    assert study_digest(sent.study()) == expected


def test_many_studies_are_read_each_from_its_own_resources():
    sent, other = Sent(), Sent("hospital-outpatient")
    sent.bundle["entry"] += other.bundle["entry"]
    days = [value(each.key).number.value for each in sent.studies()]
    assert days == ["LBI-26-004417", "PGH-2609-0077"]


def test_one_study_that_lacks_everything_does_not_spoil_the_other():
    sent = Sent()
    sent.add({"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "?"}})
    whole, empty = sent.studies()
    assert unplaced(whole) == unplaced(Sent().study())
    assert {gap(each) for each in (empty.order, empty.patient, empty.site)} == {
        "ORDER-MISSING",
        "PATIENT-MISSING",
        "SITE-MISSING",
    }


def test_an_order_is_found_by_the_accession_number_and_a_note_says_so():
    study = Sent("us-core-accession").study()
    assert value(study.order).reference.endswith("ServiceRequest/order")
    assert notes(study) == ["ORDER-MATCHED-BY-NUMBER"]


@pytest.mark.parametrize(
    ("system", "kinds", "found"),
    [
        ("https://birch.example.com/accession", "ACSN", True),
        ("", "ACSN", True),
        ("", "PLAC", False),
        ("https://other.example.com/accession", "ACSN", False),
    ],
)
def test_a_number_is_the_same_by_system_or_where_one_has_none_by_type(system, kinds, found):
    sent = Sent("us-core-accession")
    number = sent.the("ServiceRequest")["identifier"][1]
    number.update(system=system, type=coded("http://terminology.hl7.org/CodeSystem/v2-0203", kinds))
    studies = sent.studies()
    assert bool(notes(studies[-1])) is found
    assert len(studies) == (1 if found else 2)


def test_the_same_number_of_another_patient_is_another_study():
    sent = Sent("us-core-accession")
    other = copy.deepcopy(sent.the("Patient"))
    sent.the("ServiceRequest")["subject"] = sent.add(other)
    order, report = sent.studies()
    assert gap(report.order) == "ORDER-MISSING"
    assert gap(order.report) == "REPORT-MISSING"


def test_without_an_order_the_only_order_of_the_patient_is_named_and_not_taken():
    sent = Sent("us-core-accession")
    del sent.the("DiagnosticReport")["identifier"]
    del sent.the("Procedure")["identifier"]
    missing = sent.studies()[-1].order
    assert gap(missing) == "ORDER-MISSING"
    assert missing.where == ("Bundle.entry[22].resource.basedOn", "Bundle.entry[7].resource")


def test_an_order_that_was_not_sent_is_named_by_the_reference_to_it():
    sent = Sent().drop("ServiceRequest")
    missing = sent.study().order
    assert gap(missing) == "ORDER-UNRESOLVED"
    assert "Bundle.entry[0].resource.basedOn[0]" in missing.where


def test_an_order_that_was_not_sent_is_asked_of_the_resolver():
    sent = Sent()
    order = sent.the("ServiceRequest")
    sent.drop("ServiceRequest")
    for each in (*sent.all("DiagnosticReport"), *sent.all("Procedure"), *sent.all("ImagingStudy")):
        each["basedOn"] = [{"reference": "ServiceRequest/77"}]
    study = sent.study({"ServiceRequest/77": order}.get)
    assert value(study.order).reference == "ServiceRequest/77"


def test_two_orders_are_one_order_where_only_one_asks_for_the_vertebrae():
    sent = Sent()
    density = sent.copy_of("ServiceRequest", code=coded(CPT, "77080"))
    sent.the("DiagnosticReport")["basedOn"].append(sent.add(density))
    order = value(sent.study().order)
    assert {str(exam) for exam in value(order.ordered)} == {"vfa", "axial-density"}


def test_two_orders_for_the_vertebrae_are_ambiguous():
    sent = Sent()
    sent.the("DiagnosticReport")["basedOn"].append(sent.add(sent.copy_of("ServiceRequest")))
    assert gap(sent.study().order) == "ORDER-AMBIGUOUS"


def test_a_revoked_order_beside_the_standing_one_is_no_second_order():
    sent = Sent()
    revoked = sent.copy_of("ServiceRequest", status="revoked")
    sent.the("DiagnosticReport")["basedOn"].append(sent.add(revoked))
    assert str(value(value(sent.study().order).status)) == "completed"


def test_a_procedure_of_ours_is_found_by_the_encounter_of_the_only_report():
    sent = Sent("us-core-accession")
    del sent.the("Procedure")["identifier"]
    assert value(sent.study().performed.vfa) is True


def test_a_placeholder_of_the_same_encounter_is_left_aside_with_a_note():
    sent = Sent()
    empty = {
        "resourceType": "DiagnosticReport",
        "status": "unknown",
        "code": {"text": "?"},
        "subject": sent.ref("Patient"),
        "encounter": sent.ref("Encounter"),
    }
    sent.add(empty)
    assert notes(sent.study()) == ["REPORT-BESIDE-IGNORED"]


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Procedure", "status": "completed", "code": coded(SNOMED, "73761001")},
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "code": coded(CPT, "85025"),
        },
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "category": [coded("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB")],
            "code": coded(LOINC, "58410-2"),
        },
        {"resourceType": "DiagnosticReport", "status": "final", "code": coded(CPT, "71250")},
    ],
)
def test_what_is_plainly_another_examination_is_left_out_beside_one_of_ours(resource):
    sent = Sent()
    sent.add({**resource, "subject": sent.ref("Patient")})
    assert len(sent.studies()) == 1


def test_where_nothing_is_ours_the_sender_hears_why():
    sent = Sent().drop("DiagnosticReport", "Procedure", "ImagingStudy")
    sent.the("ServiceRequest")["code"] = coded(CPT, "71250")
    study = sent.study()
    assert (gap(study.report), gap(value(study.order).ordered)) == ("REPORT-MISSING", "ORDERED-EXAM-UNCLEAR")


def test_an_order_alone_waits_for_its_report():
    study = Sent().drop("DiagnosticReport", "Procedure", "ImagingStudy").study()
    assert gap(study.report) == gap(study.reading) == gap(study.reader) == "REPORT-MISSING"
    assert value(study.order).reasons[0].code == "R29.890"


def test_a_stopped_scan_is_a_study_without_a_report():
    sent = Sent().drop("DiagnosticReport", "ImagingStudy")
    sent.the("Procedure")["status"] = "stopped"
    study = sent.study()
    assert str(value(study.performed.completion)) == "stopped"
    assert (gap(study.report), value(study.performed.vfa)) == ("REPORT-MISSING", True)
