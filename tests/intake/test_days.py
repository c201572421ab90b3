"""Days that cannot be right are held and named, once; nothing is looked up by them."""

from datetime import date

import pytest

from service.core.decide import decide
from service.intake.reading import read_study
from tests.intake.sent import Sent, gap, notes, practice, rulebook, value, words

ELSEWHERE = ("Procedure", "ImagingStudy")


def held_for(sent: Sent) -> list[str]:
    found = decide(sent.study(), practice(), rulebook()).findings
    return [one.code.value for one in found if one.severity == "hold"]


def on(sent: Sent, today: date) -> list[str]:
    (gathered,) = sent.gathered()
    return notes(read_study(gathered, practice(), rulebook(), today=today))


@pytest.mark.parametrize("day", ["2026-09-14", "2026-08", "2025", "2026-09-14T23:59:00-05:00"])
def test_a_scan_after_the_patient_died_holds(day):
    sent = Sent()
    sent.the("Patient")["deceasedDateTime"] = day
    assert "PATIENT-DECEASED" in notes(sent.study())
    assert held_for(sent) == ["PATIENT-DECEASED"]


@pytest.mark.parametrize("day", ["2026-09-15", "2026-10-02", "2026-09", "2026", "2026-09-15T08:00:00-05:00"])
def test_a_death_that_may_be_later_says_nothing(day):
    sent = Sent()
    sent.the("Patient")["deceasedDateTime"] = day
    assert "PATIENT-DECEASED" not in notes(sent.study())


def test_that_somebody_is_dead_says_nothing_of_the_scan():
    sent = Sent()
    sent.the("Patient")["deceasedBoolean"] = True
    assert "PATIENT-DECEASED" not in notes(sent.study())


@pytest.mark.parametrize(("today", "said"), [(date(2026, 9, 13), True), (date(2026, 9, 14), False)])
def test_a_scan_that_is_yet_to_come_holds(today, said):
    assert ("DAY-IN-FUTURE" in on(Sent(), today)) is said


def test_a_reading_that_is_yet_to_come_holds():
    sent = Sent()
    sent.the("DiagnosticReport")["issued"] = "2026-12-15T16:40:00-05:00"
    assert on(sent, date(2026, 9, 20)).count("DAY-IN-FUTURE") == 1
    assert on(sent, date(2026, 12, 20)).count("DAY-IN-FUTURE") == 0


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00Z", "1900-01-01", "1970-01-01T00:00:00Z"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_day_that_stands_for_none_is_named_and_nothing_else(day, alone):
    sent = Sent().drop(*(ELSEWHERE if alone else ()))
    sent.the("DiagnosticReport")["effectiveDateTime"] = day
    assert gap(sent.study().performed.scan_day) == "DAY-NOT-REAL"
    assert held_for(sent) == ["DAY-NOT-REAL"]


def test_a_reading_day_that_stands_for_none_is_named():
    sent = Sent()
    sent.the("DiagnosticReport")["issued"] = "0001-01-01T00:00:00Z"
    assert gap(value(sent.study().report).reading_day) == "DAY-NOT-REAL"


@pytest.mark.parametrize("day", ["2016-09-15", "2025-09-15", "2027-09-15", "2025", "2026-08"])
def test_one_wrong_day_is_said_once(day):
    sent = Sent()
    sent.the("DiagnosticReport")["effectiveDateTime"] = day
    assert held_for(sent) == ["SCAN-DAY-DISAGREES"]


@pytest.mark.parametrize("day", ["2026", "2026-09"])
def test_a_year_or_month_agrees_with_a_day_of_it(day):
    sent = Sent()
    sent.the("DiagnosticReport")["effectiveDateTime"] = day
    assert value(sent.study().performed.scan_day) == date(2026, 9, 15)


@pytest.mark.parametrize("day", ["1900-01-01", "0001-01-01"])
def test_a_birth_date_that_stands_for_none_is_missing(day):
    sent = Sent()
    sent.the("Patient")["birthDate"] = day
    assert words(sent.study().patient)["missing"] == "birthDate"
