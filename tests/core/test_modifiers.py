"""Drafts judged by the rows, pairs that exclude each other, distinct services: what no case can show."""

from dataclasses import replace
from datetime import date

import pytest

from service.core.circumstances import Raised
from service.core.codes import (
    ClaimType,
    Component,
    EncounterClass,
    Modifier,
    PayerKind,
    Procedure,
    SiteKind,
)
from service.core.decision import Undecided
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.modifiers import LineFacts, Modifiers, decide_modifiers, judge_draft
from service.core.rulebook import Rulebook
from tests.cases.rules import rulebook

RULES = rulebook()
DAY = date(2026, 9, 15)
SAID = (Evidence(kind=EvidenceKind.ELEMENT, where="input.procedure"),)
READING = LineFacts(
    component=Component.PROFESSIONAL,
    claim_type=ClaimType.PROFESSIONAL,
    payer_kind=PayerKind.MEDICARE_FFS,
    site=SiteKind.IMAGING_CENTER,
    encounter_class=EncounterClass.AMBULATORY,
    procedure=Procedure.VFA,
    owned=False,
)
WHOLE = replace(READING, component=Component.GLOBAL)
NEVER = [code for row in RULES.never_modifiers.rows for code in sorted(row.when["modifier"])]
DISTINCT = {
    "distinct-service": "59",
    "separate-encounter": "XE",
    "separate-structure": "XS",
    "separate-practitioner": "XP",
    "unusual-non-overlapping": "XU",
}


def raised(*names: str) -> tuple[Raised, ...]:
    return tuple(Raised(name=name, says="", evidence=SAID) for name in names)


def decided(line: LineFacts, *names: str, rules: Rulebook = RULES) -> Modifiers:
    found = decide_modifiers(line, raised(*names), rules, DAY)
    assert isinstance(found, Modifiers)
    return found


def carried(modifiers: Modifiers | Undecided) -> list[str]:
    assert isinstance(modifiers, Modifiers)
    return [one.value for one in modifiers.carried]


def warned(modifiers: Modifiers | Undecided) -> list[tuple[str, str]]:
    assert isinstance(modifiers, Modifiers)
    return [(one.code, one.text) for one in modifiers.findings]


@pytest.mark.parametrize("code", NEVER)
def test_a_modifier_that_is_never_right_is_stripped_with_a_warning_that_names_its_row(code):
    judged = judge_draft([code.lower()], decided(WHOLE), RULES, DAY)
    assert carried(judged) == []
    (finding,) = judged.findings if isinstance(judged, Modifiers) else ()
    assert finding.code is FindingCode.MODIFIER_STRIPPED
    assert code in finding.text
    assert [one.ref.split("-")[0] for one in finding.because] == ["NEVER"]


@pytest.mark.parametrize("row", RULES.never_modifiers.rows, ids=lambda row: row.id)
def test_without_its_row_a_modifier_is_stripped_for_no_better_reason(row):
    kept = tuple(one for one in RULES.never_modifiers.rows if one is not row)
    rules = replace(RULES, never_modifiers=replace(RULES.never_modifiers, rows=kept))
    code = min(row.when["modifier"])
    told = [warned(judge_draft([code], decided(WHOLE), each, DAY)) for each in (RULES, rules)]
    assert row.then.says in told[0][0][1]
    assert told[0] != told[1]


def test_a_draft_with_what_the_line_carries_stays_as_it_is():
    judged = judge_draft(["26"], decided(READING), RULES, DAY)
    assert carried(judged) == ["26"]
    assert warned(judged) == []


def test_a_modifier_the_draft_lacks_is_put_on_with_a_warning():
    assert [code for code, _ in warned(judge_draft([], decided(READING), RULES, DAY))] == ["MODIFIER-ADDED"]


def test_a_modifier_that_no_fact_asks_for_is_stripped():
    ((code, text),) = warned(judge_draft(["GA"], decided(WHOLE), RULES, DAY))
    assert code == FindingCode.MODIFIER_STRIPPED
    assert "no fact of the study asks for it" in text


def test_a_modifier_that_a_row_leaves_off_is_stripped_for_the_row_s_reason():
    told = warned(judge_draft(["76"], decided(WHOLE, "repeated-for-quality"), RULES, DAY))
    assert any(code == FindingCode.MODIFIER_STRIPPED and "scanning again" in text for code, text in told)


def test_the_same_modifier_twice_is_one():
    judged = judge_draft(["26", "26"], decided(READING), RULES, DAY)
    assert carried(judged) == ["26"]
    assert warned(judged) == []


@pytest.mark.parametrize("row", RULES.modifier_conflicts.rows, ids=lambda row: row.id)
def test_a_pair_on_a_draft_is_repaired_where_that_is_defined_and_held_where_it_is_not(row):
    pair = [row.then.first, row.then.second]
    kept = tuple(one for one in RULES.modifier_conflicts.rows if one is not row)
    without = replace(RULES, modifier_conflicts=replace(RULES.modifier_conflicts, rows=kept))
    judged = judge_draft(pair, decided(WHOLE), RULES, DAY)
    if row.then.keep:
        circumstance = {code: name for name, code in DISTINCT.items()}[row.then.keep]
        pair_may = replace(WHOLE, edit_pair="modifier-may-help")
        told = decided(pair_may, circumstance, "distinct-service")
        assert carried(told) == [row.then.keep]
        assert carried(decided(pair_may, circumstance, "distinct-service", rules=without)) != [row.then.keep]
        told = decided(pair_may, circumstance)
        ((_, text),) = warned(judge_draft(["59", row.then.keep], told, RULES, DAY))
        assert row.label in text
        return
    assert isinstance(judged, Undecided)
    assert [one.code for one in judged.needs] == [FindingCode.MODIFIER_CONFLICT]
    assert isinstance(judge_draft(pair, decided(WHOLE), without, DAY), Modifiers)


@pytest.mark.parametrize(("circumstance", "code"), DISTINCT.items())
def test_a_distinct_service_modifier_stands_only_beside_a_pair_that_lets_it_help(circumstance, code):
    beside = replace(WHOLE, edit_pair="modifier-may-help")
    assert carried(decided(beside, circumstance)) == [code]
    for pair in ("none", "never"):
        assert carried(decided(replace(WHOLE, edit_pair=pair), circumstance)) == []
    kept = tuple(row for row in RULES.modifiers.rows if row.id != f"MOD-{code}")
    rules = replace(RULES, modifiers=replace(RULES.modifiers, rows=kept))
    assert isinstance(decide_modifiers(beside, raised(circumstance), rules, DAY), Undecided)


def test_a_circumstance_that_no_row_speaks_of_holds_the_line():
    found = decide_modifiers(
        replace(READING, component=Component.GLOBAL), raised("second-reading"), RULES, DAY
    )
    assert isinstance(found, Undecided)
    assert [one.code for one in found.needs] == [FindingCode.NO_ROW]


def test_a_day_before_the_rows_is_not_modelled():
    found = decide_modifiers(READING, (), RULES, date(2014, 11, 1))
    assert isinstance(found, Undecided)
    assert [one.code for one in found.needs] == [FindingCode.DATE_NOT_MODELLED]


def test_pricing_goes_before_payment_and_payment_before_information():
    ranks = {row.then.modifier.value: row.then.rank for row in RULES.modifiers.rows if row.then.rank}
    order = ["26", "PO", "52", "59", "77", "PD", "GA", "GX", "KX", "GC", "Q5", "Q0", "CR"]
    assert sorted(order, key=ranks.__getitem__) == order
    assert ranks["26"] == ranks["TC"]


def test_every_modifier_we_can_carry_is_carried_or_left_off_by_a_row():
    assert {row.then.modifier for row in RULES.modifiers.rows} == set(Modifier)


def test_no_modifier_we_can_carry_is_also_one_that_is_never_right():
    assert not {str(one) for one in Modifier} & set(NEVER)
