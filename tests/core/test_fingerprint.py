"""What counts as the same study, and as the same bill."""

from dataclasses import replace
from datetime import date

import pytest

from service.core import codes
from service.core.codes import Component
from service.core.finding_codes import FindingCode
from service.core.fingerprint import billing_fingerprint, key_digest, study_digest
from service.core.study import Gap, Reading, Reason, StudyKey, VertebraFinding
from service.store.kept import located_digest
from tests.outputs import studies
from tests.outputs.studies import brief_study, chosen, claim, element, from_input, known, line

SAME = study_digest(brief_study())


def level(vertebra, where="Bundle"):
    return VertebraFinding(
        level=vertebra, certainty=codes.Certainty.DEFINITE, evidence=(element(where, "genant-2"),)
    )


def reason(code):
    return Reason(code=code, given_as=code, evidence=(element("Bundle"),))


def test_where_a_fact_was_read_does_not_count():
    moved = brief_study(
        label="Bundle.entry[7].resource",
        order=known(studies.ORDER, "Bundle.entry[9].resource"),
        reading=known(
            Reading(findings=(), no_fracture=(element("Bundle.entry[3]"), element("Bundle.entry[4]")))
        ),
    )
    assert study_digest(moved) == SAME
    assert located_digest(moved) != located_digest(brief_study())


@pytest.mark.parametrize(
    "moved",
    [
        {"label": "Bundle.entry[7].resource"},
        {"order": known(studies.ORDER, "Bundle.entry[9].resource")},
        {"reading": known(Reading(findings=(), no_fracture=(element("Bundle.entry[9]"),)))},
        {"notes": (Gap(code=FindingCode.PRACTICE_WINS, where=("Bundle.entry[2].resource",)),)},
    ],
)
def test_every_place_counts_where_the_places_are_asked_for(moved):
    assert located_digest(brief_study(**moved)) != located_digest(brief_study())
    assert located_digest(brief_study()) == located_digest(brief_study())


def test_the_order_of_what_is_a_set_does_not_count():
    one, other = level(codes.Vertebra.T8), level(codes.Vertebra.L1, "Bundle.entry[4]")
    assert study_digest(brief_study(reading=known(Reading(findings=(one, other))))) == study_digest(
        brief_study(reading=known(Reading(findings=(other, one))))
    )


def test_the_order_of_the_reasons_counts_for_it_is_the_order_they_are_billed_in():
    orders = [
        replace(studies.ORDER, reasons=reasons)
        for reasons in ((reason("M54.6"), reason("R29.890")), (reason("R29.890"), reason("M54.6")))
    ]
    assert len({study_digest(brief_study(order=known(order))) for order in orders}) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"patient": known(replace(studies.PATIENT, birth_date=date(1954, 3, 3)))},
        {"coverage": known(replace(studies.COVERAGE, member_id="1EG4TE5MK74"))},
        {"coverage": known(replace(studies.COVERAGE, authorizations=("PA-1",)))},
        {"osteoporosis": known(codes.Osteoporosis.AGE_RELATED)},
        {"site": Gap(code=FindingCode.SITE_MISSING)},
        {"reading": known(Reading(findings=()))},
        {"reading": known(Reading(findings=(level(codes.Vertebra.T8),)))},
        {"notes": (Gap(code=FindingCode.PRACTICE_WINS, values=(("what", "the site"),)),)},
        {"order": known(replace(studies.ORDER, reference="https://ehr.example.com/ServiceRequest/1"))},
    ],
)
def test_every_fact_counts(changed):
    assert study_digest(brief_study(**changed)) != SAME


def test_two_studies_without_a_business_key_are_told_apart_by_their_place():
    gap = Gap(code=FindingCode.BUSINESS_KEY_MISSING)
    places = [brief_study(key=gap, label=f"Bundle.entry[{n}].resource") for n in (0, 1)]
    assert study_digest(places[0]) != study_digest(places[1])


def test_the_business_key_is_number_patient_and_day():
    key = StudyKey(number=studies.ACCESSION, patient=studies.PATIENT.identifier, scan_day=studies.SCAN)
    other_day = StudyKey(number=key.number, patient=key.patient, scan_day=date(2026, 9, 16))
    other_number = replace(key, number=replace(key.number, value="ACC-2"))
    other_system = replace(key, patient=replace(key.patient, system=""))
    assert len({key_digest(each) for each in (key, other_day, other_number, other_system)}) == 4
    assert key_digest(replace(key)) == key_digest(key)


def test_nothing_billed_has_no_fingerprint():
    assert billing_fingerprint(()) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"diagnoses": (chosen("M81.0"),)},
        {"diagnoses": (chosen("M80.08XA"), chosen("Z13.820"))},
        {"lines": (line(Component.GLOBAL, "151.00"),)},
        {"lines": (line(Component.PROFESSIONAL, "150.00"),)},
        {"lines": (line(Component.GLOBAL, "150.00", place_of_service=chosen("22")),)},
        {"lines": (line(Component.GLOBAL, "150.00", service_day=from_input(date(2026, 9, 16), "x", "y")),)},
        {"lines": (line(Component.GLOBAL, "150.00", units=chosen(2)),)},
        {"lines": (line(Component.GLOBAL, "150.00", modifiers=(chosen(codes.Modifier.PROFESSIONAL),)),)},
        {"billing": chosen(replace(studies.CENTRE, npi="1999999927"))},
        {"rendering": None},
        {"referring": chosen(replace(studies.ORDERER, npi="1999999943"))},
        {"patient": chosen(replace(studies.PATIENT, family="Sandoval-Reyes"))},
        {"coverage": chosen(replace(studies.COVERAGE, payer_id="60054"))},
        {"coverage": chosen(replace(studies.COVERAGE, subscriber=studies.HUSBAND))},
        {"type_of_bill": chosen("0131")},
    ],
)
def test_whatever_the_payer_would_see_changes_the_fingerprint(changed):
    assert billing_fingerprint([claim(**changed)]) != billing_fingerprint([claim()])


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "vfa-ffffffffffffffffffffffff"},
        {"lines": (line(Component.GLOBAL, "150"),)},
        {"diagnoses": (chosen("M80.08XA", "DX-OTHER-ROW", "for another reason"),)},
        {"order_reference": "https://ehr.example.com/ServiceRequest/1"},
        {"referring": chosen(replace(studies.ORDERER, given=("L.",)))},
    ],
)
def test_reasons_spellings_and_references_leave_the_fingerprint_alone(changed):
    assert billing_fingerprint([claim(**changed)]) == billing_fingerprint([claim()])
