"""The annotated reports are sound, and the reader is as good on them as docs/reading.md says."""

import re
from functools import cache
from pathlib import Path

import pytest

from service.prose.read import read_report
from tests.reports.claims import claimed
from tests.reports.evaluate import (
    APART,
    OPEN,
    READ_ON,
    Result,
    judge,
    judge_claim,
    reports,
    table,
    vocabulary,
)
from tests.reports.gold import wrong

READING = Path(__file__).parents[2] / "docs" / "reading.md"
RELEASED_AT_LEAST = 0.85


@cache
def measured(folder: Path = OPEN) -> Result:
    words, result = vocabulary(), Result()
    for name, text, gold in reports((), folder):
        judge(name, read_report(text, words, read_on=READ_ON), gold, result)
        judge_claim(name, claimed(text, gold, words), result)
    return result


FOLDERS = {"open": OPEN, "apart": APART}
EVERY = [pytest.param(*each, id=each[0]) for folder in FOLDERS.values() for each in reports((), folder)]


def test_the_folders_hold_their_reports():
    assert [len(list(reports((), folder))) for folder in FOLDERS.values()] == [68, 70]


@pytest.mark.parametrize(("name", "text", "gold"), EVERY)
def test_a_gold_fits_its_schema_and_quotes_its_report(name, text, gold):
    assert gold["id"] == name
    assert list(wrong(gold, text)) == []


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_no_code_is_claimed_that_the_gold_does_not_have(folder):
    assert measured(folder).false_codes == []
    assert measured(folder).false_density == []


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_whatever_leaves_without_a_person_equals_the_gold(folder):
    assert measured(folder).released
    assert measured(folder).released_wrong == []


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_every_claim_that_leaves_without_a_person_is_that_of_the_gold_facts(folder):
    assert measured(folder).claims
    assert measured(folder).claims_wrong == []


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_of_the_decidable_reports_most_leave_without_a_person(folder):
    released = set(measured(folder).released) & set(measured(folder).decidable)
    assert len(released) >= RELEASED_AT_LEAST * len(measured(folder).decidable)


def test_the_page_prints_the_table_that_is_measured():
    page = READING.read_text(encoding="utf-8")
    printed = re.search(r"```text\n(.*?)```", page, re.S)
    assert printed
    assert printed[1].splitlines() == list(table(measured(OPEN)))
