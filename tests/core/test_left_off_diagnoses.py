"""Why a diagnosis was left off: every sentence is true of the study it is said of."""

from typing import Any

import pytest

from service.core.decide import decide
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of

T8: dict[str, Any] = {"level": "T8"}


def left_off(**given: Any) -> dict[str, str]:
    decision = decide(study_of(given), practice_of(given), rulebook())
    return {one.value: one.says for one in decision.rejected if one.instead_of.startswith("diagnosis")}


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (
            {"osteoporosis": "age-related", "reading": [T8]},
            "M48.54XA",
            "Osteoporosis is documented, and what is read is coded with it.",
        ),
        (
            {"osteoporosis": "age-related", "reading": [{**T8, "age": "healed"}]},
            "Z87.311",
            "Osteoporosis is documented, and what is read is coded with it.",
        ),
        (
            {"osteoporosis": "age-related", "reading": [{**T8, "trauma": "major-trauma"}]},
            "M80.08XA",
            "The trauma is said to be one that breaks a healthy bone.",
        ),
        (
            {"reading": [{**T8, "age": "healed"}]},
            "M48.54XA",
            "No reader calls this fracture acute.",
        ),
        (
            {"reasons": ["M54.6", "M80.08XA"]},
            "M80.08XA",
            "the reading decides what is found, not the order",
        ),
        (
            {"concluded": ["S22.050A"]},
            "S22.050A",
            "The conclusion gives it, and no vertebra is read so that it comes to this code.",
        ),
        (
            {"osteoporosis": "age-related", "reading": [{**T8, "cause": "traumatic"}]},
            "M54.6",
            "Nothing is coded before what is asked is settled.",
        ),
        (
            {"reasons": ["M54.6", "Z79.890", "Z79.810"], "reading": [T8]},
            "M54.6",
            "the confirmed diagnosis explains it (guideline IV.K)",
        ),
    ],
)
def test_the_sentence_names_what_is_so_in_this_study(given, code, says):
    assert left_off(**given)[code] == says


def test_an_exclusion_names_the_code_it_is_with_and_no_other():
    said = left_off(osteoporosis="age-related", reasons=["R29.890", "Z79.83"], reading=[T8])
    assert all("Z79.83" not in one for one in said.values())


def test_a_code_without_room_is_told_its_place():
    many = "M54.6 M54.50 M42.04 M47.814 M51.24 Q78.0 M40.204 E21.0 M85.88 Z79.52 Z79.83 Z87.310 Z78.0 Z82.62"
    said = left_off(reasons=many.split())
    assert said["Z78.0"] == "It is diagnosis 13 of 14, and the professional claim has room for 12."
    assert said["Z82.62"].startswith("It is diagnosis 14 of 14")


def test_an_external_cause_without_room_is_counted_apart():
    falls = ["W01.0XXA", "W01.10XA", "W01.110A", "W01.111A", "W01.118A", "W01.119A", "W01.190A", "W01.198A"]
    given = {
        "site": "hospital-outpatient-on-campus",
        "scanner_owner": "hospital",
        "reader_bills_for": "hospital",
        "reasons": ["M54.6", *falls, "W18.30XA", "W18.31XA", "W18.39XA", "W19.XXXA", "W10.9XXA"],
    }
    decision = decide(study_of(given), practice_of(given), rulebook())
    (told,) = [one for one in decision.rejected if one.instead_of == "diagnosis of the institutional claim"]
    assert told.says == "It is external cause 13 of 13, and the institutional claim has room for 12."
