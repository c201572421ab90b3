"""Facts of the scan and of the reading: known, missing, contradicted."""

from datetime import date
from typing import Any

import pytest

from tests.intake.sent import CPT, LOINC, SNOMED, VFA, Sent, coded, gap, value, words

T_SCORE, HEEL, GENERIC = "38267-1", "38266-3", "46383-6"


def with_density(code: str, procedure: str | None = None, **changes: Any) -> Sent:
    """The brief's study with a density result (and the procedure of both)."""
    sent = Sent()
    result = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(LOINC, code),
        "subject": sent.ref("Patient"),
        "valueQuantity": {"value": -2.7},
        **changes,
    }
    sent.the("DiagnosticReport")["result"].append(sent.add(result))
    if procedure:
        for concept in (sent.the("Procedure"), sent.the("ImagingStudy")["procedureCode"][0]):
            concept.update({"code": coded(CPT, procedure)} if "code" in concept else coded(CPT, procedure))
    return sent


@pytest.mark.parametrize(
    ("code", "procedure", "density"),
    [
        (T_SCORE, None, "axial"),
        (T_SCORE, "77085", "axial"),
        (HEEL, None, "peripheral"),
        (GENERIC, "77085", "axial"),
    ],
)
def test_a_density_is_measured_where_a_result_says_so(code, procedure, density):
    performed = with_density(code, procedure).study().performed
    assert (value(performed.vfa), str(value(performed.density))) == (True, density)


@pytest.mark.parametrize(
    "changes",
    [
        {"effectiveDateTime": "2024-08-20"},
        {"status": "entered-in-error"},
        {"valueQuantity": None, "dataAbsentReason": {"text": "not done"}},
    ],
)
def test_an_old_void_or_empty_result_measures_nothing(changes):
    sent = with_density(T_SCORE, **changes)
    result = sent.all("Observation")[-1]
    result.update({key: each for key, each in result.items() if each is not None})
    if changes.get("valueQuantity", 1) is None:
        del result["valueQuantity"]
    assert str(value(sent.study().performed.density)) == "not-measured"


def test_a_final_density_report_of_the_same_order_measures_it_and_is_no_second_reading():
    sent = Sent()
    density = sent.copy_of("DiagnosticReport", code=coded(CPT, "77080"), result=[])
    sent.add(density)
    study = sent.study()
    assert str(value(value(study.report).status)) == "final"
    assert str(value(study.performed.density)) == "axial"


@pytest.mark.parametrize(
    ("code", "procedure"),
    [(GENERIC, None), ("", "77085"), ("", "77080")],
)
def test_a_density_that_is_said_but_not_shown_is_unclear(code, procedure):
    sent = with_density(code or T_SCORE, procedure)
    if not code:
        sent.the("DiagnosticReport")["result"].pop()
    assert gap(sent.study().performed.density) == "DENSITY-UNCLEAR"


def test_a_peripheral_density_beside_the_axial_one_is_told_of():
    sent = with_density(T_SCORE)
    heel = {**sent.all("Observation")[-1], "code": coded(LOINC, HEEL)}
    assert sent.study().performed.peripheral == ()
    sent.the("DiagnosticReport")["result"].append(sent.add(heel))
    performed = sent.study().performed
    assert str(value(performed.density)) == "axial"
    assert performed.peripheral


def test_density_alone_is_no_vertebral_assessment():
    sent = with_density(T_SCORE, "77080")
    sent.the("DiagnosticReport")["result"] = sent.the("DiagnosticReport")["result"][-1:]
    performed = sent.study().performed
    assert (value(performed.vfa), str(value(performed.density))) == (False, "axial")


def test_procedure_images_and_reading_must_mean_the_same():
    sent = Sent()
    sent.the("ImagingStudy")["procedureCode"] = [coded(CPT, "77080")]
    assert gap(sent.study().performed.vfa) == "PERFORMED-UNCLEAR"
    sent.the("Procedure")["code"] = coded(CPT, "77080")
    assert gap(sent.study().performed.vfa) == "PERFORMED-UNCLEAR"


def test_a_generic_procedure_is_told_by_the_order_and_its_density_stays_unclear():
    sent = Sent().silent().drop("ImagingStudy")
    sent.the("Procedure")["code"] = coded(SNOMED, "241686001")
    performed = sent.study().performed
    assert (value(performed.vfa), gap(performed.density)) == (True, "DENSITY-UNCLEAR")


@pytest.mark.parametrize("status", ["completed", "stopped", "not-done"])
def test_how_the_scan_ended_is_the_status_of_the_procedure(status):
    sent = Sent()
    sent.the("Procedure")["status"] = status
    completion = sent.study().performed.completion
    assert str(value(completion)) == status
    assert completion.where == ("Bundle.entry[12].resource.status",)


def test_without_a_procedure_a_final_report_shows_that_the_scan_was_completed():
    completion = Sent().drop("Procedure").study().performed.completion
    assert completion.where == ("Bundle.entry[1].resource.status",)


def test_the_scan_day_is_where_all_agree_and_else_a_gap():
    sent = Sent()
    assert value(sent.study().performed.scan_day) == date(2026, 9, 15)
    sent.the("ImagingStudy")["started"] = "2026-09-16T03:30:00Z"
    assert value(sent.study().performed.scan_day) == date(2026, 9, 15)
    sent.the("ImagingStudy")["started"] = "2026-09-16T09:00:00-05:00"
    differs = sent.study().performed.scan_day
    assert gap(differs) == "SCAN-DAY-DISAGREES"
    assert words(differs) == {"days": "2026-09-15, 2026-09-16"}


def test_a_month_is_no_scan_day():
    sent = Sent().drop("Procedure", "ImagingStudy")
    sent.the("DiagnosticReport")["effectiveDateTime"] = "2026-09"
    missing = sent.study().performed.scan_day
    assert gap(missing) == "SCAN-DAY-MISSING"
    assert missing.where == ("Bundle.entry[1].resource.effectiveDateTime",)


def test_the_reading_tells_levels_from_the_top_with_all_that_is_said():
    findings = value(Sent().study().reading).findings
    assert [each.level for each in findings] == [
        *("T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4")
    ]
    t8 = findings[4]
    assert (t8.certainty, t8.grade, t8.shape, t8.change, t8.cause, t8.age) == (
        *("definite", "genant-2", "wedge", "new", "osteoporotic", "not-stated"),
    )


def vertebra(sent: Sent, **changes: Any) -> Sent:
    sent.vertebra("T8").update(changes)
    return sent


def only(**components: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {"code": coded(VFA, name.replace("_", "-")), "valueCodeableConcept": coded(*word)}
        for name, word in components.items()
    ]


@pytest.mark.parametrize(
    ("changes", "certainty", "grade"),
    [
        ({"valueCodeableConcept": coded(VFA, "genant-1"), "component": []}, "definite", "genant-1"),
        ({"valueCodeableConcept": coded(SNOMED, "24484000")}, "definite", "genant-3"),
        ({"valueCodeableConcept": coded(SNOMED, "52101004")}, "definite", "not-stated"),
        ({"valueCodeableConcept": coded(SNOMED, "2667000"), "component": []}, "denied", "not-stated"),
        ({"component": only(certainty=(VFA, "uncertain"))}, "uncertain", "genant-2"),
        ({"component": only(certainty=(VFA, "denied"))}, "denied", "genant-2"),
        ({"code": coded(SNOMED, "42942008")}, "definite", "genant-2"),
        ({"code": coded("https://pacs.example.com/obs", "sq")}, "definite", "genant-2"),
    ],
)
def test_a_vertebra_is_read_by_grade_word_or_affirmation(changes, certainty, grade):
    (found,) = [e for e in value(vertebra(Sent(), **changes).study().reading).findings if e.level == "T8"]
    assert (found.certainty, found.grade) == (certainty, grade)


def test_a_grade_may_be_a_whole_number():
    sent = vertebra(Sent(), valueInteger=3)
    del sent.vertebra("T8")["valueCodeableConcept"]
    assert value(sent.study().reading).findings[4].grade == "genant-3"


@pytest.mark.parametrize(
    "changes",
    [
        {"valueCodeableConcept": {"text": "wedge"}},
        {"bodySite": {"text": "T8"}},
        {"bodySite": None},
        {"component": only(fracture_age=("https://pacs.example.com/age", "x"))},
        {"valueCodeableConcept": coded(VFA, "genant-0")},
    ],
)
def test_an_observation_that_cannot_be_read_leaves_the_reading_uncoded(changes):
    sent = vertebra(Sent(), **changes)
    t8 = next(each for each in sent.all("Observation") if "component" in each)
    for name in [name for name, each in t8.items() if each is None]:
        del t8[name]
    missing = sent.study().reading
    assert gap(missing) == "READING-NOT-CODED"
    assert missing.where[0].startswith("Bundle.entry[18].resource")


def test_a_result_that_was_not_sent_leaves_the_reading_uncoded():
    sent = Sent()
    sent.the("DiagnosticReport")["result"].append({"reference": "Observation/lost"})
    missing = sent.study().reading
    assert (gap(missing), missing.where) == ("READING-NOT-CODED", ("Bundle.entry[1].resource.result[14]",))


def test_a_vertebra_that_could_not_be_seen_is_neither_broken_nor_whole():
    sent = Sent("us-core-accession")
    t4 = sent.vertebra("T4")
    del t4["valueCodeableConcept"]
    t4["dataAbsentReason"] = coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")
    reading = value(sent.study().reading)
    assert (reading.not_evaluable, len(reading.findings), len(reading.no_fracture)) == (("T4",), 12, 12)


def test_a_negative_must_be_stated():
    sent = Sent().silent()
    sent.the("DiagnosticReport")["result"] = []
    assert gap(sent.study().reading) == "READING-NOT-CODED"
    sent.the("DiagnosticReport")["conclusionCode"] = [coded(VFA, "no-vertebral-fracture")]
    reading = value(sent.study().reading)
    assert (reading.findings, len(reading.no_fracture)) == ((), 1)


def test_a_reading_in_words_that_is_missing_is_named_where_it_would_stand():
    sent = Sent("text-only")
    report = sent.the("DiagnosticReport")
    report["conclusion"] = "See the attached report."
    report["presentedForm"][0]["contentType"] = "image/tiff"
    missing = sent.study().reading
    assert gap(missing) == "READING-NOT-CODED"
    assert set(missing.where) >= {
        "Bundle.entry[0].resource.conclusion",
        "Bundle.entry[0].resource.presentedForm[0]",
    }


@pytest.mark.parametrize(
    ("conclusion", "levels"),
    [((VFA, "no-vertebral-fracture"), "T8"), ((SNOMED, "426646004"), "lumbar")],
)
def test_a_conclusion_against_the_levels_contradicts(conclusion, levels):
    sent = Sent()
    sent.the("DiagnosticReport")["conclusionCode"] = [coded(*conclusion)]
    found = sent.study().reading
    assert (gap(found), words(found)) == ("READING-CONTRADICTS-ITSELF", {"levels": levels})


def test_a_negative_and_the_level_it_contradicts_are_both_named():
    sent = Sent()
    sent.the("DiagnosticReport")["conclusionCode"] = [coded(VFA, "no-vertebral-fracture")]
    found = sent.study().reading
    assert any("conclusionCode" in place for place in found.where)
    assert any(place.startswith("Bundle.entry[18].resource") for place in found.where)


def test_two_results_of_one_level_must_say_the_same():
    sent = Sent()
    again = {**sent.vertebra("T8")}
    sent.the("DiagnosticReport")["result"].append(sent.add(again))
    assert len(value(sent.study().reading).findings[4].evidence) == 2
    again["valueCodeableConcept"] = coded(VFA, "genant-3")
    assert gap(sent.study().reading) == "READING-CONTRADICTS-ITSELF"


def test_a_conclusion_adds_the_cause_it_names_and_a_region_no_level_was_called_in():
    sent = Sent()
    del sent.vertebra("T8")["component"]
    sent.the("DiagnosticReport")["conclusionCode"] = [coded(SNOMED, "203451004")]
    assert value(sent.study().reading).findings[4].cause == "osteoporotic"
    sent.the("DiagnosticReport")["result"] = []
    (region,) = value(sent.study().reading).findings
    assert (region.level, region.certainty, region.cause) == ("thoracic", "definite", "osteoporotic")


def test_a_density_value_beside_the_word_that_none_was_measured_is_shown_with_it():
    sent = with_density(T_SCORE)
    report = sent.the("DiagnosticReport")
    report["conclusionCode"] = [*report.get("conclusionCode", []), coded(VFA, "density-not-measured")]
    density = sent.study().performed.density
    assert gap(density) == "DENSITY-UNCLEAR"
    assert any("conclusionCode" in one for one in density.where)
    assert any("Observation" in one or "entry" in one for one in density.where)
