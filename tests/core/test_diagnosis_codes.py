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
    "code",
    ["M54.6", "M54.50", "M81.0", "R29.890", "Z87.310", "Z78.0", "M40.204", "I10", "C50.919", "W18.30XA"],
)
def test_a_code_of_the_list_of_its_day_passes(code):
    assert invalid(code, RULES, DAY) is None


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("M81.9", "M81.0, M81.6, M81.8"),
        ("C50.9", "C50.911, C50.912, C50.919"),
        ("M80.08", "M80.08XA, M80.08XD"),
        ("M48.54XK", "M48.54XA, M48.54XD, M48.54XG, M48.54XS"),
        ("M42.0", "M42.00, M42.01"),
    ],
)
def test_a_code_that_is_not_in_the_list_is_refused_with_the_codes_near_it(code, near):
    finding = invalid(code, RULES, DAY)
    assert finding is not None
    assert near in finding.text


def test_a_code_of_no_category_has_nothing_near_it():
    finding = invalid("X00.0", RULES, DAY)
    other = invalid("U10.1", RULES, DAY)
    assert finding is not None
    assert "Near it: X00.0XXA" in finding.text
    assert other is not None
    assert "Near it" not in other.text


@pytest.mark.parametrize("code", ["M81.9", "C50.9", "Z99.999"])
def test_a_code_is_not_looked_for_where_the_list_of_its_day_is_not_loaded(code):
    family = code_family(code, RULES, date(2026, 10, 5))
    assert family is not None or invalid(code, RULES, date(2026, 10, 5)) is None


@pytest.mark.parametrize(
    ("day", "loaded"),
    [
        (date(2025, 9, 30), False),
        (date(2025, 10, 1), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_a_code_set_is_for_its_fiscal_year_and_no_other(day, loaded):
    assert (RULES.code_set(day) is not None) is loaded


@pytest.mark.parametrize(
    ("one", "other"), [("R29.890", "M81.0"), ("M80.08XA", "M81.0"), ("M48.54XA", "S22.050A")]
)
def test_codes_that_exclude_each_other_do_so_in_either_order(one, other):
    pairs = {(pair.first, pair.second) for pair in exclusions([one, other], RULES, DAY)}
    assert pairs == {(pair.first, pair.second) for pair in exclusions([other, one], RULES, DAY)}
    assert pairs


def test_a_current_and_a_healed_osteoporotic_fracture_may_both_be_coded():
    assert list(exclusions(["M80.08XA", "Z87.310"], RULES, DAY)) == []
