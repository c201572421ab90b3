"""Cases rest on rows there are, and every code a sender may use changes what is read of its Bundle.

That no row can be spoilt unnoticed is `test_walk_rows`.
"""

from dataclasses import replace

import pytest

from service.core.rulebook import Row, Rulebook
from service.store.rule_text import rule_sets
from tests.cases.rules import rulebook
from tests.mappings.evidence import proofs
from tests.mappings.told_bundles import bundles_of_concept, bundles_of_exam, read


def test_cases_rest_on_nothing_but_rows_findings_and_named_edits():
    rows = {row.id for one in rule_sets(rulebook()) for row in (*one.rows, *one.overrides)}
    unknown = set(proofs()) - rows - set(rulebook().findings)
    assert {one.split("-")[0] for one in unknown} <= {"NCCI", "EXCLUDES1", "FREQUENCY", "MUE"}


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
