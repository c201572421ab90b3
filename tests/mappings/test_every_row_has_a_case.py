"""A row that no case rests on could say anything: each must be cited by a decision, an edit or a reading."""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from service.core.rulebook import Row, Rulebook, RuleSet
from tests.cases.case import Case, check, cited, decided, read_cases
from tests.cases.edit_tables import rows_of_tables
from tests.cases.rules import rulebook
from tests.mappings.told_bundles import bundles_of_concept, bundles_of_exam, read

CASES = Path(__file__).parents[1] / "cases"
EDIT_TABLES = {"excludes1", "ncci", "mue"}
READ_BY_INTAKE = {"orders", "translations", "clinical_meanings"}
"""Rule sets that translate what a bundle says; a case starts from facts, so bundles exercise them."""
READ_OF_PROSE = {"report_terms", "report_sections", "report_reviews"}
"""Rule sets that say what wordings mean; reports in prose exercise them (`tests/prose`)."""

OF_DRAFTS = {"never_modifiers", "modifier_conflicts"}
"""Rule sets that judge what stands on a draft (`tests/core/test_modifiers.py`)."""


@cache
def cases_by_row() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for path in sorted(CASES.glob("*.yaml")):
        for case in read_cases(path):
            for row in cited(*decided(case)):
                found.setdefault(row, []).append(case)
    return found


def rows_of_cases() -> frozenset[str]:
    return frozenset(cases_by_row())


def rows_of(names: set[str]) -> Iterator[Row[object]]:
    for name in names:
        rule_set: RuleSet[object] = getattr(rulebook(), name)
        yield from (*rule_set.rows, *rule_set.overrides)


def rows_that_decide() -> list[tuple[str, Row[object]]]:
    """Rows outside the edit tables, whose rows are tried one by one on claims of their own."""
    names = sorted(rule_sets() - READ_BY_INTAKE - READ_OF_PROSE - EDIT_TABLES - OF_DRAFTS)
    return [(name, row) for name in names for row in rows_of({name})]


def rule_sets() -> set[str]:
    return {one.name for one in fields(rulebook()) if isinstance(getattr(rulebook(), one.name), RuleSet)}


def test_every_row_that_decides_is_rested_on_by_a_case():
    seen = rows_of_cases() | set(rows_of_tables())
    missing = [
        f"{row.file}:{row.line} {row.id}"
        for row in rows_of(rule_sets() - READ_BY_INTAKE - READ_OF_PROSE - OF_DRAFTS)
        if row.id not in seen
    ]
    assert missing == []


def test_cases_rest_on_nothing_but_rows_findings_and_named_edits():
    known = {row.id for row in rows_of(rule_sets())} | set(rulebook().findings)
    unknown = {one for one in rows_of_cases() if one not in known}
    assert {one.split("-")[0] for one in unknown} <= {"NCCI", "EXCLUDES1", "FREQUENCY", "MUE"}


@pytest.mark.parametrize(
    ("name", "row"), [pytest.param(name, row, id=row.id) for name, row in rows_that_decide()]
)
def test_a_case_turns_red_where_a_row_that_decides_is_taken_out(name, row):
    poorer = without(name, row)
    assert any(check(case, poorer) for case in cases_by_row()[row.id])


def without(name: str, row: Row[object]) -> Rulebook:
    """The rulebook with one row taken out of a rule set."""
    rule_set = getattr(rulebook(), name)
    kept = tuple(one for one in rule_set.rows if one is not row)
    return replace(rulebook(), **{name: replace(rule_set, rows=kept)})


@pytest.mark.parametrize("row", rulebook().orders.rows, ids=lambda row: row.id)
def test_a_row_of_exams_changes_what_is_read_of_a_bundle(row):
    poorer = without("orders", row)
    assert any(read(bundle, rulebook()) != read(bundle, poorer) for bundle in bundles_of_exam(row))


@pytest.mark.parametrize("row", rulebook().translations.rows, ids=lambda row: row.id)
def test_every_concept_of_a_row_changes_what_is_read_of_a_bundle(row):
    poorer = without("translations", row)
    unread = [
        bundle for bundle in bundles_of_concept(row) if read(bundle, rulebook()) == read(bundle, poorer)
    ]
    assert unread == []
