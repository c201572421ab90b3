"""The edits, tried on claims made for them: each table row speaks up, and an edition is never invented."""

from dataclasses import replace
from datetime import date

import pytest

from service.core.codes import ClaimType, EditResult
from service.core.edits import check_claims
from service.core.finding_codes import FindingCode
from tests.cases.edit_tables import (
    check,
    claim_of,
    denied,
    excluded,
    too_many,
    with_diagnoses,
    with_procedures,
)
from tests.cases.rules import rulebook

RULES = rulebook()


IN_A_TABLE = [
    pytest.param(row, claim_type, id=f"{row.id}-{claim_type}")
    for row in RULES.ncci.rows
    for claim_type in sorted(row.then.tables)
]


@pytest.mark.parametrize(("row", "claim_type"), IN_A_TABLE)
def test_an_ncci_pair_on_one_claim_is_denied(row, claim_type):
    checked = check(denied(row, claim_type))
    assert {one.edit: one.result for one in checked.outcomes}[row.id] is EditResult.FAIL
    assert FindingCode.NCCI_DENIED in {one.code for one in checked.findings}


def test_an_ncci_pair_of_one_table_does_not_bind_the_other_kind_of_claim():
    row = RULES.ncci.rows[0]
    only = replace(row, then=replace(row.then, tables=frozenset({ClaimType.PROFESSIONAL})))
    rules = replace(RULES, ncci=replace(RULES.ncci, rows=(only,)))
    claim = denied(row, ClaimType.INSTITUTIONAL)
    outcomes = check_claims((claim,), rules).outcomes
    assert row.id not in {one.edit for one in outcomes}


def test_a_deleted_ncci_pair_denies_nothing():
    row = RULES.ncci.rows[0]
    gone = replace(row, then=replace(row.then, indicator="9"))
    rules = replace(RULES, ncci=replace(RULES.ncci, rows=(gone,)))
    outcomes = check_claims((denied(row, ClaimType.PROFESSIONAL),), rules).outcomes
    assert row.id not in {one.edit for one in outcomes}


def test_the_pair_that_billing_advice_gets_wrong_is_no_pair():
    checked = check(with_procedures(claim_of(ClaimType.PROFESSIONAL), "77081", "77086"))
    assert {one.edit: one.result for one in checked.outcomes}["NCCI"] is EditResult.PASS


@pytest.mark.parametrize("row", RULES.excludes1.rows, ids=lambda row: row.id)
def test_an_excludes1_pair_left_on_a_claim_is_flagged(row):
    checked = check(excluded(row))
    assert {one.edit: one.result for one in checked.outcomes}[row.id] is EditResult.FAIL
    assert FindingCode.EXCLUDES1_REVIEW in {one.code for one in checked.findings}


@pytest.mark.parametrize("codes", [("M80.08XA", "Z87.310"), ("M54.6", "M81.0"), ("M48.54XA", "M48.56XA")])
def test_diagnoses_that_may_stand_together_pass(codes):
    checked = check(with_diagnoses(claim_of(ClaimType.PROFESSIONAL), *codes))
    assert {one.edit: one.result for one in checked.outcomes}["EXCLUDES1"] is EditResult.PASS


@pytest.mark.parametrize("claim_type", list(ClaimType))
@pytest.mark.parametrize("row", RULES.mue.rows, ids=lambda row: row.id)
def test_one_unit_too_many_fails_its_edit(row, claim_type):
    checked = check(too_many(row, claim_type))
    assert {one.edit: one.result for one in checked.outcomes}[row.id] is EditResult.FAIL
    assert FindingCode.MUE_EXCEEDED in {one.code for one in checked.findings}


@pytest.mark.parametrize("table", ["ncci", "mue", "excludes1"])
def test_a_table_without_rows_in_force_answers_no_data_and_never_pass(table):
    empty = replace(getattr(RULES, table), rows=())
    claim = claim_of(ClaimType.PROFESSIONAL)
    checked = check_claims((claim,), replace(RULES, **{table: empty}))
    results = {one.edit: one.result for one in checked.outcomes if one.edit.lower().startswith(table)}
    assert set(results.values()) == {EditResult.NO_DATA}
    assert FindingCode.EDIT_NO_DATA in {one.code for one in checked.findings}


def test_an_edition_of_an_earlier_quarter_is_noted_and_the_current_one_is_not():
    claim = claim_of(ClaimType.PROFESSIONAL)
    old = check_claims((claim,), RULES).findings
    assert FindingCode.EDIT_EDITION_OLDER in {one.code for one in old}
    line = claim.lines[0]
    day = replace(line.service_day, value=date(2024, 8, 30))
    then = replace(claim, lines=(replace(line, service_day=day),))
    noted = [
        one.text
        for one in check_claims((then,), RULES).findings
        if one.code is FindingCode.EDIT_EDITION_OLDER
    ]
    assert noted == []


@pytest.mark.parametrize(
    ("day", "noted"),
    [
        (date(2026, 4, 1), False),
        (date(2026, 9, 30), False),
        (date(2026, 10, 1), True),
        (date(2027, 1, 15), True),
    ],
)
def test_an_icd_edition_of_april_is_current_until_october(day, noted):
    claim = claim_of(ClaimType.PROFESSIONAL)
    line = claim.lines[0]
    then = replace(claim, lines=(replace(line, service_day=replace(line.service_day, value=day)),))
    findings = check_claims((then,), RULES).findings
    older = [one.text for one in findings if one.code is FindingCode.EDIT_EDITION_OLDER]
    assert any("EXCLUDES1" in text for text in older) == noted
