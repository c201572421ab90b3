"""Reports in other hands, each with what it says (reports.yaml), and the same reports spoilt."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.prose.read import read_report
from service.prose.reading import ProseReading
from tests.reports.evaluate import release, vocabulary

READ_ON = date(2026, 6, 30)


@cache
def words():
    return vocabulary()


def read(text: str) -> ProseReading:
    return read_report(text, words(), read_on=READ_ON)


def cases() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "reports.yaml").read_text(encoding="utf-8")
    loaded: list[dict[str, Any]] = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_a_report_is_read_as_its_case_says(case):
    said = read(case["text"])
    if "fractures" in case:
        found = {each.level: each for each in said.fractures}
        assert sorted(found) == sorted(line.split()[0] for line in case["fractures"])
        for line in case["fractures"]:
            level, *wanted = line.split()
            entry = found[level]
            assert set(wanted) <= {entry.is_fracture, entry.status, entry.age, entry.cause, entry.shape}
    if "reading" in case:
        assert said.billing_reading == case["reading"]
    if "density" in case:
        assert said.density_measured.value == case["density"]
    if "osteoporosis" in case:
        assert f"{said.osteoporosis.value} {said.osteoporosis_cause.value}" == case["osteoporosis"]
    if "released" in case:
        assert release(said) is (case["released"] == "yes")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_every_span_stands_in_the_text(case):
    text = case["text"]
    said = read(text)
    spans = [span for each in said.fractures for span in each.spans]
    spans += [each.span for each in said.deformities]
    spans += [each.span for each in said.not_understood]
    spans += [each.span for each in said.prior_fractures]
    spans += [span for each in said.contradictions for span in each.spans]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


def test_a_fracture_is_shown_with_the_words_that_call_it():
    text = "VFA T4-L4, no BMD. There is a new wedge fracture of T8. Others normal."
    (fracture,) = read(text).fractures
    assert [span.of(text) for span in fracture.spans] == ["new wedge fracture of T8"]


def test_a_word_broken_at_the_end_of_a_line_keeps_its_span():
    text = "VFA T4-L4, no BMD. Compres-\nsion fracture of L1."
    (fracture,) = read(text).fractures
    assert fracture.spans[0].of(text) == "Compres-\nsion fracture of L1"


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("T7-T9", ["T7", "T8", "T9"]),
        ("T7-9", ["T7", "T8", "T9"]),
        ("T7 through T9", ["T7", "T8", "T9"]),
        ("T7 \N{EN DASH} T9", ["T7", "T8", "T9"]),
        ("L1 thru L3", ["L1", "L2", "L3"]),
        ("between T11 and L1", ["T11", "T12", "L1"]),
        ("L2 to T12", ["T12", "L1", "L2"]),
        ("T12/L1", ["T12", "L1"]),
        ("T-8", ["T8"]),
        ("D8", ["T8"]),
        ("Th8", ["T8"]),
        ("L-1", ["L1"]),
        ("T7, 8 and 9", ["T7", "T8", "T9"]),
        ("T6, T9 and L1", ["T6", "T9", "L1"]),
        ("the eighth thoracic vertebra", ["T8"]),
        ("the first lumbar vertebral body", ["L1"]),
    ],
)
def test_levels_are_read_in_all_their_forms(written, levels):
    said = read(f"VFA T4-L4, no BMD. Compression fractures at {written}.")
    assert [each.level for each in said.fractures] == levels


@pytest.mark.parametrize(
    "looks_like_a_level",
    ["T -2.8", "T-2.8", "T-score -1.9", "T score: -3.0", "T1-weighted images", "vitamin D3", "T2 signal"],
)
def test_what_looks_like_a_level_is_none(looks_like_a_level):
    said = read(f"VFA T4-L4. Fracture, {looks_like_a_level}.")
    assert {each.level for each in said.fractures} <= {"spine_unspecified"}


@pytest.mark.parametrize(
    "doubt",
    [
        *("Possible", "Probable", "Likely", "Suspected", "Questionable", "?", "Cannot exclude", "Findings"),
        *("May represent", "Suspicious for", "Suggestive of", "Favored to represent", "Concerning for"),
        *("Equivocal", "Consistent with", "Compatible with", "Presumed", "Question of", "Appears to be a"),
    ],
)
def test_a_doubted_fracture_is_never_definite(doubt):
    opening = "Findings consistent with a" if doubt == "Findings" else doubt
    said = read(f"VFA T4-L4, no BMD. {opening} fracture of T8.")
    assert [(each.level, each.is_fracture) for each in said.fractures] == [("T8", "uncertain")]


@pytest.mark.parametrize(
    "denial",
    [
        *("No fracture of T8.", "T8 is not fractured.", "There is no fracture at T8.", "T8: no fracture."),
        *("Fracture of T8 is not seen.", "Fracture of T8 has been ruled out.", "T8 without fracture."),
        *("The T8 finding is not a fracture.", "Negative for fracture of T8.", "No evidence of T8 fracture."),
        *("T8 does not represent a fracture.", "Absence of fracture at T8.", "A T8 fracture is excluded."),
        *("T8 isn't fractured.", "No convincing evidence of fracture at T8.", "T8 fracture: none."),
    ],
)
def test_a_denied_fracture_is_never_called(denial):
    said = read(f"VFA T4-L4, no BMD. {denial}")
    assert [each.is_fracture for each in said.fractures if each.is_fracture != "denied"] == []
    assert said.billing_reading == "no_fracture"


@pytest.mark.parametrize(
    ("words", "age", "status"),
    [
        ("Acute", "acute", "current"),
        ("Subacute", "subacute", "current"),
        ("Chronic", "chronic", "current"),
        ("Old", "old", "healed"),
        ("Remote", "old", "healed"),
        ("Healed", "old", "healed"),
        ("Healing", "healing", "current"),
        ("Age-indeterminate", "indeterminate", "current"),
        ("Recent", "acute_or_subacute", "current"),
    ],
)
def test_the_age_is_the_word_of_the_report(words, age, status):
    (fracture,) = read(f"VFA T4-L4, no BMD. {words} wedge fracture of T8.").fractures
    assert (fracture.age, fracture.status) == (age, status)


def test_a_likely_age_leaves_the_fracture_definite_and_calls_a_coder():
    said = read("VFA T4-L4, no BMD. Likely chronic fracture of T8.")
    (fracture,) = said.fractures
    assert (fracture.is_fracture, fracture.hedged_on) == ("definite", ("age",))
    assert said.coder_review


def test_unchanged_without_a_day_to_compare_with_is_left_to_a_coder():
    text = "VFA T4-L4, no BMD. T8 wedge fracture, unchanged since 2024."
    assert read_report(text, words()).coder_review
    assert [each.status for each in read(text).fractures] == ["healed"]
