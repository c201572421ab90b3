"""No row of `mappings/` can be spoilt unnoticed, and the walk that says so would notice."""

from dataclasses import fields, replace

from service.core.finding_codes import FindingCode
from tests.cases.rules import rulebook
from tests.mappings.altered import UNSEEN, other_outcomes, rule_set_names, spoilt
from tests.mappings.evidence import proofs
from tests.mappings.tables_of_sources import SAID
from tests.mappings.walk_rows import is_noticed, survivors

ROWS = [row for name in rule_set_names(rulebook()) for row in getattr(rulebook(), name).rows]


def test_every_way_to_spoil_a_row_turns_something_red():
    left = list(survivors(spoilt(rulebook())))
    assert [str(one) for one in left] == []


def test_no_proof_is_red_by_the_rules_as_they_are():
    # A case proves many rows, and is asked once.
    every = {id(proof.is_red): proof for found in proofs().values() for proof in found}
    assert [proof.says for proof in every.values() if proof.is_red(rulebook())] == []


def test_every_row_is_taken_out_and_given_another_outcome():
    told: dict[str, list[str]] = {}
    for one in spoilt(rulebook()):
        told.setdefault(one.row, []).append(one.how)
    assert {row.id for row in ROWS} | set(FindingCode) == set(told)
    assert [row.id for row in ROWS if told[row.id].count("taken out") != 1] == []
    assert [row.id for row in ROWS if len(told[row.id]) < 2] == []


def test_another_outcome_is_another_one():
    same = [row.id for row in ROWS for _, then in other_outcomes(row, (row,)) if then == row.then]
    assert same == []


def test_a_row_that_nothing_rests_on_survives():
    modifiers = rulebook().modifiers
    nobody = {"circumstance": frozenset({"nothing-anybody-says"})}
    unheard = replace(modifiers.rows[0], id="MOD-NOBODY-ASKS", when=nobody)
    rules = replace(rulebook(), modifiers=replace(modifiers, rows=(*modifiers.rows, unheard)))
    left = [one.how for one in spoilt(rules) if one.row == unheard.id and not is_noticed(one)]
    assert "taken out" in left


def test_every_exception_is_a_part_of_a_row_there_is():
    known = {(row.id, one.name) for row in ROWS for one in fields(row.then)}
    assert set(UNSEEN) - known == set()


def test_every_finding_is_told_once_what_it_does_to_a_study():
    told = [code for codes in SAID.values() for code in codes.split()]
    assert sorted(told) == sorted(FindingCode)
