"""Draft charges, later coverages, earlier services and clinical facts, as senders write them."""

from decimal import Decimal

import pytest

from service.core.situations import ClinicalFact
from service.intake.bundle import find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from tests.bundles import CPT, VFA, bundle_of, coded, practice_for, ref
from tests.cases.rules import rulebook
from tests.intake.sent import value


def study(*more, **given):
    bundle = bundle_of(given)
    entries = [{"fullUrl": f"urn:uuid:more-{n}", "resource": one} for n, one in enumerate(more)]
    bundle["entry"] += entries
    (gathered,) = find_studies(envelope_of(bundle))
    return read_study(gathered, practice_for(given), rulebook())


def charge(code, **parts):
    return {
        "resourceType": "ChargeItem",
        "status": "billable",
        "code": coded(CPT, code),
        "subject": ref("patient"),
        "occurrenceDateTime": "2026-09-15",
        **parts,
    }


def test_modifiers_behind_a_code_are_read_whatever_divides_them():
    lines = study(charge("77086:26"), charge("77086-26-59"), charge("77086.TC")).draft
    assert [(line.code, line.modifiers) for line in lines] == [
        ("77086", ("26",)),
        ("77086", ("26", "59")),
        ("77086", ("TC",)),
    ]


def test_a_charge_of_another_day_or_one_that_was_aborted_is_no_draft_of_the_session():
    other = charge("77080", occurrenceDateTime="2026-09-14")
    assert study(other, charge("77080", status="aborted")).draft == ()


def test_a_charge_that_names_the_procedure_needs_no_day():
    line = charge("77086", service=[ref("procedure")], quantity={"value": 2})
    del line["occurrenceDateTime"]
    assert [(one.code, one.units) for one in study(line).draft] == [("77086", 2)]


def test_a_charge_that_names_something_else_is_not_ours():
    assert study(charge("77086", service=[ref("coverage")])).draft == ()


def test_a_price_counts_only_where_it_is_a_finite_number():
    huge = charge("77086", priceOverride={"value": 10**400, "currency": "USD"})
    fine = charge("77086", priceOverride={"value": 120, "currency": "USD"})
    assert [line.charge for line in study(huge, fine).draft] == [None, Decimal("120.00")]


def test_an_earlier_report_of_the_patient_is_history_and_the_session_itself_is_not():
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": coded(CPT, "77080"),
        "subject": ref("patient"),
        "effectiveDateTime": "2025-09-15",
    }
    bundle = bundle_of({})
    bundle["entry"].append({"fullUrl": "urn:uuid:earlier", "resource": report})
    studies = [read_study(one, practice_for({}), rulebook()) for one in find_studies(envelope_of(bundle))]
    assert [(one.procedure, one.day.isoformat()) for one in studies[0].history] == [("77080", "2025-09-15")]


def test_height_loss_in_inches_is_read_in_centimetres():
    observed = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(VFA, "height-loss"),
        "subject": ref("patient"),
        "valueQuantity": {"value": 2, "unit": "in", "code": "[in_i]", "system": "http://unitsofmeasure.org"},
    }
    (fact,) = study(observed).clinical
    assert (fact.what, fact.value) == (ClinicalFact.HEIGHT_LOSS, Decimal("5.08"))


@pytest.mark.parametrize("code", sorted(rulebook().clinical_meanings.rows[0].when["code"]))
def test_a_t_score_is_read_by_the_codes_of_its_row(code):
    observed = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("http://loinc.org", code),
        "subject": ref("patient"),
        "valueQuantity": {"value": -2.4},
    }
    assert [(fact.what, fact.value) for fact in study(observed).clinical] == [
        (ClinicalFact.T_SCORE, Decimal("-2.4"))
    ]


def test_a_film_of_the_spine_is_no_assessment():
    bundle = bundle_of({"performed": []})
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Procedure":
            entry["resource"]["code"] = coded(CPT, "72070")
    (gathered,) = find_studies(envelope_of(bundle))
    read = read_study(gathered, practice_for({}), rulebook())
    assert value(read.performed.vfa) is False
    assert "OTHER-IMAGING" in {note.code for note in read.notes}


def test_a_density_and_an_assessment_of_different_days_on_one_order_are_two_studies():
    bundle = bundle_of({"ordered": ["vfa", "axial-density"]})
    names = {entry["fullUrl"].rpartition(":")[2]: entry["resource"] for entry in bundle["entry"]}
    density = {
        "resourceType": "DiagnosticReport",
        "identifier": names["report"]["identifier"],
        "basedOn": [ref("order")],
        "status": "final",
        "code": coded(CPT, "77080"),
        "subject": ref("patient"),
        "effectiveDateTime": "2026-09-10T09:00:00-05:00",
        "issued": "2026-09-10T16:00:00-05:00",
        "resultsInterpreter": [ref("reader")],
    }
    bundle["entry"].append({"fullUrl": "urn:uuid:density", "resource": density})
    studies = [read_study(one, practice_for({}), rulebook()) for one in find_studies(envelope_of(bundle))]
    days = {value(one.performed.scan_day).isoformat(): value(one.performed.vfa) for one in studies}
    assert days == {"2026-09-10": False, "2026-09-15": True}
