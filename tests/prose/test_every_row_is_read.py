"""A row that no report rests on could say anything: taking it out must change what is read of one.

A few rows of each file are tried in every run, all of them by `make prove`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

import pytest

from service.core.rulebook import Precedence, Row, RuleSet, Stands
from service.prose.read import read_report
from service.prose.reading import ProseReading
from service.prose.vocabulary import Vocabulary, make_vocabulary, spelled_out
from service.store.rule_files import load_rulebook, packaged_rules
from tests.prose.test_placed import PLACES
from tests.prose.test_reports import cases
from tests.prose.test_sentences import cases as sentences
from tests.reports.evaluate import APART, READ_ON, reports


@cache
def rulebook():
    return load_rulebook(packaged_rules())


@cache
def texts() -> tuple[str, ...]:
    apart = (text for _, text, _ in reports((), APART))
    beside = (PLACES["body"].format(sentence) for sentence, _ in sentences("placed"))
    return tuple(chain((text for _, text, _ in reports()), apart, beside, (case["text"] for case in cases())))


@cache
def vocabulary() -> Vocabulary:
    return make_vocabulary(rulebook())


@cache
def said(text: str) -> ProseReading:
    return read_report(text, vocabulary(), read_on=READ_ON)


def sampled(rows: Sequence[Row[Any]]) -> list[Any]:
    """The rows, all but every sixteenth left to the long tier."""
    kept = {row.id for row in rows[::16]}
    return [pytest.param(row, id=row.id, marks=() if row.id in kept else pytest.mark.prove) for row in rows]


def without(rule_set: RuleSet[Any], row: Row[Any]) -> RuleSet[Any]:
    return replace(rule_set, rows=tuple(each for each in rule_set.rows if each is not row))


def changes(poorer: Vocabulary, words: frozenset[str]) -> bool:
    """Whether a report that holds one of the words is read differently."""
    firsts = {phrase[0] for each in words for phrase in spelled_out(each)}
    likely = [text for text in reversed(texts()) if any(first in text.lower() for first in firsts)]
    return any(facts(read_report(text, poorer, read_on=READ_ON)) != facts(said(text)) for text in likely)


def facts(reading: ProseReading) -> ProseReading:
    """The reading without the ids of the rows it rests on."""
    return replace(reading, fractures=tuple(replace(each, rows=()) for each in reading.fractures))


@pytest.mark.parametrize("row", sampled(rulebook().report_terms.rows))
def test_a_row_of_words_changes_what_is_read_of_a_report(row):
    poorer = replace(rulebook(), report_terms=without(rulebook().report_terms, row))
    assert changes(make_vocabulary(poorer), row.when["words"])


@pytest.mark.parametrize("row", sampled(rulebook().report_sections.rows))
def test_a_row_of_headings_changes_what_is_read_of_a_report(row):
    poorer = replace(rulebook(), report_sections=without(rulebook().report_sections, row))
    assert changes(make_vocabulary(poorer), row.when["words"])


@pytest.mark.parametrize("row", rulebook().report_reviews.rows, ids=lambda row: row.id)
def test_a_reason_for_a_coder_is_given_by_a_report(row):
    assert any(
        row.then.says in why
        for text in texts()
        for why in (*said(text).review, *(each.why for each in said(text).unplaced))
    )


WEIGHED = {
    "READ-PRECEDENCE-ADDENDUM": Stands.NEITHER,
    "READ-PRECEDENCE-FINAL": Stands.NEITHER,
    "READ-PRECEDENCE-INDICATION": Stands.NEITHER,
    "READ-PRECEDENCE-BODY-AND-IMPRESSION": Stands.IMPRESSION,
    "READ-PRECEDENCE-LEVEL": Stands.NEITHER,
    "READ-PRECEDENCE-ATTRIBUTE": Stands.NEITHER,
}
"""Rows that choose between two statements, and another choice; the rest say only that the reader is asked."""


def differing(row: Row[Precedence]) -> tuple[str, ...]:
    """The reports of which two statements differ in the way of the row."""
    return tuple(text for text in texts() if row.id in {each.row for each in said(text).contradictions})


def by(row: Row[Precedence], **otherwise: Any) -> Vocabulary:
    """The vocabulary where the row says otherwise."""
    altered = replace(row, then=replace(row.then, **otherwise))
    rows = tuple(altered if each is row else each for each in rulebook().report_precedences.rows)
    precedences = replace(rulebook().report_precedences, rows=rows)
    return make_vocabulary(replace(rulebook(), report_precedences=precedences))


OF_TEXTS = [row for row in rulebook().report_precedences.rows if "codes_vs_prose" not in row.when["differ"]]
"""The rows that weigh words against words; codes against words are of `tests/intake/test_prose_said.py`."""
PRECEDENCES = pytest.mark.parametrize("row", OF_TEXTS, ids=lambda row: row.id)


@PRECEDENCES
def test_a_precedence_says_whether_the_reader_is_asked(row):
    words = by(row, settled=not row.then.settled)
    assert differing(row)
    for text in differing(row):
        (told, *_) = [each for each in said(text).contradictions if each.row == row.id]
        turned = read_report(text, words, read_on=READ_ON).contradictions
        assert {each.resolved for each in turned if each.row == row.id} == {not told.resolved}


@PRECEDENCES
def test_a_precedence_chooses_what_is_read(row):
    if row.id not in WEIGHED:
        assert row.then.stands is Stands.NEITHER
        return
    words = by(row, stands=WEIGHED[row.id])
    assert any(
        facts(read_report(text, words, read_on=READ_ON)) != facts(said(text)) for text in differing(row)
    )
