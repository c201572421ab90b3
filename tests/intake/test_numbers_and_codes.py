"""Numbers that must agree through a study, a site's own exam codes, and reports that revise one another."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.core.codes import Exam
from service.core.practice import Days, ExamCodeEntry, Practice
from tests.intake.sent import TYPES, Sent, coded, gap, notes, practice, value, words

LBI = "https://lakeside.example.com/accession"
SYSTEM = "https://lakeside.example.com/exams"


def number(kind: str, number: str, system: str = LBI) -> dict[str, Any]:
    return {"type": coded(TYPES, kind), **({"system": system} if system else {}), "value": number}


@pytest.mark.parametrize("changed", ["DiagnosticReport", "ServiceRequest", "ImagingStudy"])
@pytest.mark.parametrize("system", [LBI, ""])
def test_resources_of_one_study_with_different_accession_numbers_hold_with_both_shown(changed, system):
    sent = Sent()
    sent.the(changed)["identifier"] = [number("ACSN", "LBI-26-009999", system)]
    key = sent.study().key
    assert gap(key) == "NUMBER-DISAGREES"
    said = words(key)
    assert said["kind"] == "accession number"
    assert set(said["numbers"].split(", ")) == {"LBI-26-004417", "LBI-26-009999"}
    assert len(key.where) >= 2


def test_placer_numbers_must_agree_too():
    sent = Sent()
    sent.the("DiagnosticReport")["identifier"] += [
        number("PLAC", "WS-OTHER", "https://westside.example.com/orders")
    ]
    key = sent.study().key
    assert (gap(key), words(key)["kind"]) == ("NUMBER-DISAGREES", "placer number")


def test_numbers_of_two_issuers_do_not_disagree():
    sent = Sent()
    sent.the("DiagnosticReport")["identifier"] = [number("ACSN", "77", "https://other.example.com/accession")]
    assert value(sent.study().key).number.value


def test_one_order_of_several_with_the_number_of_the_report_is_enough():
    sent = Sent()
    density = sent.copy_of("ServiceRequest", code=coded("http://www.ama-assn.org/go/cpt", "77080"))
    density["identifier"] = [number("ACSN", "LBI-26-004418")]
    sent.the("DiagnosticReport")["basedOn"].append(sent.add(density, "density"))
    assert value(sent.study().key).number.value == "LBI-26-004417"


def knowing(*exams: Exam, **changes: Any) -> Practice:
    entry = ExamCodeEntry(
        system=SYSTEM, code="VFALAT", exams=frozenset(exams), in_force=Days(from_=date(2026, 1, 1))
    )
    return replace(practice(), exam_codes=(replace(entry, **changes),))


def coded_by_the_site() -> Sent:
    sent = Sent()
    for kind in ("ServiceRequest", "Procedure"):
        sent.the(kind)["code"] = coded(SYSTEM, "VFALAT")
    sent.the("ImagingStudy")["procedureCode"] = [coded(SYSTEM, "VFALAT")]
    return sent


def test_the_practice_file_says_what_a_sites_own_exam_code_means():
    study = coded_by_the_site().study(rules=knowing(Exam.VFA))
    ordered = value(study.order).ordered
    assert value(ordered) == {Exam.VFA}
    assert "practice:exam_codes.VFALAT" in ordered.where
    assert value(study.performed.vfa) is True
    assert str(value(study.performed.density)) == "not-measured"


@pytest.mark.parametrize(
    "changes", [{"system": "https://elsewhere.example.com"}, {"in_force": Days(from_=date(2027, 1, 1))}]
)
def test_a_code_of_another_site_or_another_day_says_nothing(changes):
    study = coded_by_the_site().study(rules=knowing(Exam.VFA, **changes))
    assert gap(value(study.order).ordered) == "ORDERED-EXAM-UNCLEAR"


def revised(**provenance: Any) -> Sent:
    """An amended report and the final one it revises, that only the Provenance brings together."""
    sent = Sent()
    first = sent.copy_of("DiagnosticReport")
    for lost in ("basedOn", "identifier", "imagingStudy"):
        del first[lost]
    sent.the("DiagnosticReport").update(status="amended", issued="2026-09-20T10:00:00-05:00")
    said = {
        "resourceType": "Provenance",
        "target": [sent.ref("DiagnosticReport")],
        "recorded": "2026-09-20T10:00:00-05:00",
        "agent": [{"who": {"display": "reporting system"}}],
        "entity": [{"role": "revision", "what": sent.add(first, "first")}],
    }
    sent.add({**said, **provenance}, "provenance")
    return sent


def test_the_final_report_that_a_provenance_says_was_revised_gives_the_reading_day():
    study = revised().study()
    report = value(study.report)
    assert str(value(report.status)) == "amended"
    assert value(report.reading_day) == date(2026, 9, 15)
    assert notes(study) == ["REPORT-BESIDE-IGNORED"]


def test_a_report_that_was_only_a_source_of_another_is_a_study_of_its_own():
    assert len(revised(entity=[{"role": "source", "what": {"reference": "urn:uuid:first"}}]).studies()) == 2
