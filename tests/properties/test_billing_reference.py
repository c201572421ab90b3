"""What the billing reference asks of every claim, by tables written here and not read from the rows."""

from dataclasses import replace
from datetime import date
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from service.core.codes import MOST_MODIFIERS, Component, Modifier
from service.core.decide import decide
from service.core.decision import Decision
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of
from tests.properties.studies import CROWDED, EVERYDAY, GIVEN, HOUSED
from tests.properties.test_decide import any_study

AUTOMATIC = (("M80", "M81"), ("R29.890", "M80"), ("R29.890", "M81"))
"""Pairs of which one is dropped; every other pair that is left is shown to a coder (4.3)."""
EXCLUDED = (
    *(("M48.5", other) for other in ("M80", "M84.4", "M84.58", "M84.68", "S12", "S22", "S32", "M48.4")),
    *(("M84.4", other) for other in ("M80", "M84.3", "M84.5", "M84.6", "S22", "S32")),
    *(("M40", other) for other in ("M41", "M96", "Q76.4")),
    *(("M85", other) for other in ("Q78.0", "Q78.1", "Q78.2")),
    *(("M54.8", other) for other in ("M54.5", "M54.6")),
    ("M84.6", "M80"),
    ("M42.0", "M40.0"),
    ("M81", "M89.0"),
    ("Z79.81", "Z79.890"),
    ("M54.6", "M51"),
    ("M54", "F45.41"),
)
SEVENTH = {
    "M80": "ADGKPS",
    "M48.5": "ADGS",
    "M84.4": "ADGKPS",
    "M84.5": "ADGKPS",
    "M84.6": "ADGKPS",
    "S22.0": "ABDGKS",
    "S32.0": "ABDGKS",
}
"""The seventh characters each family takes (4.2)."""
FACILITIES = {"19", "21", "22", "23", "24", "31", "51", "61", "02"}
"""Places where the technical part is the facility's, or nobody's (2.3, 3.1)."""
LAST_DAY = date(2026, 9, 14)


def decided(facts: dict[str, object], rules: Rulebook) -> Decision:
    return decide(study_of(facts), practice_of(facts), rules)


@any_study
@given(EVERYDAY)
def test_no_excludes1_pair_is_left_but_one_that_a_coder_is_shown(facts):
    decision = decided(facts, rulebook())
    shown = FindingCode.EXCLUDES1_REVIEW in {one.code for one in decision.findings}
    for claim in decision.claims:
        codes = [one.value for one in claim.diagnoses]
        beside = list(permutations(codes, 2))
        assert not [two for two in beside for pair in AUTOMATIC if _is(two, pair)]
        assert shown or not [two for two in beside for pair in EXCLUDED if _is(two, pair)]


def _is(codes: tuple[str, str], pair: tuple[str, str]) -> bool:
    return codes[0].startswith(pair[0]) and codes[1].startswith(pair[1])


@any_study
@given(EVERYDAY)
def test_no_seventh_character_is_one_that_its_family_does_not_take(facts):
    for claim in decided(facts, rulebook()).claims:
        for code in claim.diagnoses:
            taken = next((taken for family, taken in SEVENTH.items() if code.value.startswith(family)), "")
            assert not taken or (len(code.value) == len("M80.08XA") and code.value[-1] in taken)


@any_study
@given(CROWDED)
def test_however_many_modifiers_there_are_a_line_has_four_or_one_for_all(facts):
    for claim in decided(facts, rulebook()).claims:
        for line in claim.lines:
            modifiers = [one.value for one in line.modifiers]
            assert len(modifiers) <= MOST_MODIFIERS
            assert Modifier.MORE_THAN_FOUR not in modifiers or (len(modifiers) == 1 and line.narrative)


@any_study
@given(HOUSED)
def test_no_technical_part_and_no_whole_is_on_a_professional_claim_in_a_facility(facts):
    surgery = "integral-to-surgery" in facts["circumstances"]
    for claim in decided(facts, rulebook()).claims:
        for line in claim.lines:
            place = line.place_of_service.value if line.place_of_service else ""
            allowed = line.component is Component.PROFESSIONAL or (surgery and place == "24")
            assert allowed or place not in FACILITIES


def closed_modifiers() -> Rulebook:
    """The rules, with every row of modifiers that tells a circumstance closed on a day."""
    rows = (
        replace(row, in_force=tuple(replace(one, through=LAST_DAY) for one in row.in_force))
        if "circumstance" in row.when
        else row
        for row in rulebook().modifiers.rows
    )
    return replace(rulebook(), modifiers=replace(rulebook().modifiers, rows=tuple(rows)))


CLOSED = closed_modifiers()


@any_study
@given(CROWDED, st.sampled_from(["2026-09-14", "2026-09-15"]))
def test_no_modifier_is_carried_on_a_day_it_is_not_valid(facts, day):
    known = {row.id: row for row in CLOSED.modifiers.rows}
    facts = {**facts, "date_of_service": day, "reading_day": "2026-09-15", "order_day": "2026-09-08"}
    for claim in decided(facts, CLOSED).claims:
        for line in claim.lines:
            for modifier in line.modifiers:
                assert known[modifier.because[0].ref].on(line.service_day.value) is not None


@any_study
@given(GIVEN)
def test_every_study_ends_in_claims_a_hold_or_a_reason_for_none(facts):
    decision = decided(facts, rulebook())
    assert decision.claims or decision.findings
