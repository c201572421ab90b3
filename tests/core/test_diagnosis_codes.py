"""Completeness of diagnosis codes by family, and which of them exclude each other."""

from datetime import date

import pytest

from service.core.diagnosis_codes import code_family, exclusions, invalid
from tests.cases.rules import rulebook

RULES = rulebook()
DAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("code", "characters"),
    [("M80.08XA", "ADGKPS"), ("M48.54XA", "ADGS"), ("M84.58XA", "ADGKPS"), ("S22.050A", "ABDGKS")],
)
def test_a_family_takes_its_own_seventh_characters_and_no_other(code, characters):
    family = code_family(code, RULES, DAY)
    assert family is not None
    assert family.then.seventh_characters == frozenset(characters)
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert (invalid(code[:-1] + letter, RULES, DAY) is None) == (letter in characters)


@pytest.mark.parametrize(
    "code", ["M80.08", "M80.08X", "M54.5", "M81", "R29.89", "M8008XA", "", "m54.6", "M54.6 ", "A"]
)
def test_what_is_not_a_complete_code_is_refused_and_told_what_it_takes(code):
    finding = invalid(code, RULES, DAY, "input.order")
    assert finding is not None
    assert finding.where == ("input.order",)


@pytest.mark.parametrize(
    "code", ["M54.6", "M54.50", "M81.0", "R29.890", "Z87.310", "Z78.0", "M40.204", "X99.9"]
)
def test_a_complete_code_or_one_of_an_unlisted_family_passes(code):
    assert invalid(code, RULES, DAY) is None


@pytest.mark.parametrize(
    ("one", "other"), [("R29.890", "M81.0"), ("M80.08XA", "M81.0"), ("M48.54XA", "S22.050A")]
)
def test_codes_that_exclude_each_other_do_so_in_either_order(one, other):
    pairs = {(pair.first, pair.second) for pair in exclusions([one, other], RULES, DAY)}
    assert pairs == {(pair.first, pair.second) for pair in exclusions([other, one], RULES, DAY)}
    assert pairs


def test_a_current_and_a_healed_osteoporotic_fracture_may_both_be_coded():
    assert list(exclusions(["M80.08XA", "Z87.310"], RULES, DAY)) == []
