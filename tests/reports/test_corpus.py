"""The annotated reports are sound, and the reader is as good on them as docs/reading.md says."""

import re
from functools import cache
from pathlib import Path

import pytest

from service.prose.read import read_report
from tests.reports.claims import claimed
from tests.reports.evaluate import READ_ON, Result, judge, judge_claim, reports, table, vocabulary
from tests.reports.gold import wrong

READING = Path(__file__).parents[2] / "docs" / "reading.md"
RELEASED_AT_LEAST = 0.85


@cache
def measured() -> Result:
    words, result = vocabulary(), Result()
    for name, text, gold in reports():
        judge(name, read_report(text, words, read_on=READ_ON), gold, result)
        judge_claim(name, claimed(text, gold, words), result)
    return result


def test_sixty_eight_reports_have_a_gold():
    assert len(list(reports())) == 68


@pytest.mark.parametrize(("name", "text", "gold"), list(reports()), ids=[each[0] for each in reports()])
def test_a_gold_fits_its_schema_and_quotes_its_report(name, text, gold):
    assert gold["id"] == name
    assert list(wrong(gold, text)) == []


def test_no_code_is_claimed_that_the_gold_does_not_have():
    assert measured().false_codes == []
    assert measured().false_density == []


def test_whatever_leaves_without_a_person_equals_the_gold():
    assert measured().released
    assert measured().released_wrong == []


def test_every_claim_that_leaves_without_a_person_is_that_of_the_gold_facts():
    assert measured().claims
    assert measured().claims_wrong == []


def test_of_the_decidable_reports_most_leave_without_a_person():
    released = set(measured().released) & set(measured().decidable)
    assert len(released) >= RELEASED_AT_LEAST * len(measured().decidable)


def test_the_page_prints_the_table_that_is_measured():
    page = READING.read_text(encoding="utf-8")
    printed = re.search(r"```text\n(.*?)```", page, re.S)
    assert printed
    assert printed[1].splitlines() == list(table(measured()))
