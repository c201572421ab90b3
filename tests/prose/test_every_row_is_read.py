"""A row that no report rests on could say anything: taking it out must change what is read of one.

A few rows of each file are tried in every run, all of them by `make prove`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

import pytest

from service.core.rulebook import Row, RuleSet
from service.prose.read import read_report
from service.prose.reading import ProseReading
from service.prose.vocabulary import Vocabulary, spelled_out, vocabulary_of
from service.store.rule_files import load_rulebook, packaged_rules
from tests.prose.test_reports import cases
from tests.reports.evaluate import READ_ON, reports


@cache
def rulebook():
    return load_rulebook(packaged_rules())


@cache
def texts() -> tuple[str, ...]:
    return tuple(chain((text for _, text, _ in reports()), (case["text"] for case in cases())))


@cache
def vocabulary() -> Vocabulary:
    book = rulebook()
    return vocabulary_of(book.report_terms, book.report_sections, book.report_reviews)


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
    book = rulebook()
    poorer = vocabulary_of(without(book.report_terms, row), book.report_sections, book.report_reviews)
    assert changes(poorer, row.when["words"])


@pytest.mark.parametrize("row", sampled(rulebook().report_sections.rows))
def test_a_row_of_headings_changes_what_is_read_of_a_report(row):
    book = rulebook()
    poorer = vocabulary_of(book.report_terms, without(book.report_sections, row), book.report_reviews)
    assert changes(poorer, row.when["words"])


@pytest.mark.parametrize("row", rulebook().report_reviews.rows, ids=lambda row: row.id)
def test_a_reason_for_a_coder_is_given_by_a_report(row):
    assert any(row.then.says in said(text).review for text in texts())
