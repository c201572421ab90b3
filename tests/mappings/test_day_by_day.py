"""Every day a rule begins or ends: the day before, the day itself, the day after.

A study of any golden case is decided on each of them: nothing is raised, there is one state, and a question
that one row is to answer has no second answer.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.core.codes import StudyState
from service.core.decide import decide
from service.core.rulebook import Rulebook, RuleSet
from service.core.study import Known, Study
from service.store.rule_text import rule_sets
from tests.cases.case import Case, read_cases
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of
from tests.mappings.evidence import CASES

DAY = timedelta(days=1)
WITH_CLAIMS = {StudyState.CLEAN, StudyState.BILLABLE}


def edges(rules: Rulebook) -> list[date]:
    """Each first day of a stretch of days on which the same rows are in force, with its neighbours."""
    starts: set[date] = set()
    for rule_set in rule_sets(rules):
        entries = [entry for row in (*rule_set.rows, *rule_set.overrides) for entry in row.in_force]
        starts |= {rule_set.modelled_from, *(entry.from_ for entry in entries)}
        ends = [rule_set.modelled_through, *(entry.through for entry in entries)]
        starts |= {end + DAY for end in ends if end}
    for code_set in rules.code_sets:
        starts |= {code_set.from_, code_set.through + DAY}
    return sorted({day + step * DAY for day in starts for step in (-1, 0, 1)})


EDGES = edges(rulebook())
STUDIES = [
    (case, study_of(case.given), practice_of(case.given))
    for path in sorted(CASES.glob("*.yaml"))
    for case in read_cases(path)
]


def moved(study: Study, by: timedelta) -> Study:
    """The study so many days later: scan, reading and key; the order keeps its distance."""
    performed, report, order, key = study.performed, study.report, study.order, study.key
    if isinstance(performed.scan_day, Known):
        scan = replace(performed.scan_day, value=performed.scan_day.value + by)
        performed = replace(performed, scan_day=scan)
    if isinstance(report, Known) and isinstance(report.value.reading_day, Known):
        read = replace(report.value.reading_day, value=report.value.reading_day.value + by)
        report = replace(report, value=replace(report.value, reading_day=read))
    if isinstance(order, Known) and order.value.authored_on:
        order = replace(order, value=replace(order.value, authored_on=order.value.authored_on + by))
    if isinstance(key, Known):
        key = replace(key, value=replace(key.value, scan_day=key.value.scan_day + by))
    return replace(study, performed=performed, report=report, order=order, key=key)


def on_edges(case: Case, study: Study, every: int, first: int) -> Iterator[Study]:
    """The study on some of the days; all days are met over the cases."""
    scan = date.fromisoformat(str(case.given.get("date_of_service", "2026-09-15")))
    for day in EDGES[first % every :: every]:
        yield moved(study, day - scan)


@pytest.mark.parametrize("part", range(4))
def test_every_study_ends_in_one_state_on_every_edge(part):
    for number, (case, study, practice) in enumerate(STUDIES):
        for there in on_edges(case, study, 4, number + part):
            decision = decide(there, practice, rulebook())
            assert bool(decision.claims) == (decision.state in WITH_CLAIMS), case.name
            assert decision.claims or decision.findings, case.name


class TwiceError(Exception):
    """Two rows answered what one is to answer."""


def test_one_base_row_answers_on_every_edge(monkeypatch):
    several = RuleSet.ask_all

    def ask_all(self, facts, *, on):
        hits = several(self, facts, on=on)
        if self.hit == "one" and len(hits) > 1:
            raise TwiceError(self.id, on, [hit.row.id for hit in hits])
        return hits

    monkeypatch.setattr(RuleSet, "ask_all", ask_all)
    for number, (case, study, practice) in enumerate(STUDIES):
        for there in on_edges(case, study, 2, number):
            decide(there, practice, rulebook())


def test_inside_the_window_of_all_rule_sets_no_case_that_is_billed_meets_a_day_without_a_row():
    """From the first day that all are modelled on, a case that is billed finds a row for every question."""
    first = max(one.modelled_from for one in rule_sets(rulebook()) if one.modelled_through is None)
    inside = [day for day in EDGES if day >= first]
    for case, study, practice in STUDIES:
        if decide(study, practice, rulebook()).state not in WITH_CLAIMS or case.given.get("history"):
            continue
        scan = date.fromisoformat(str(case.given.get("date_of_service", "2026-09-15")))
        for day in inside:
            found = {
                one.code.value for one in decide(moved(study, day - scan), practice, rulebook()).findings
            }
            assert not found & {"NO-ROW", "DATE-NOT-MODELLED"}, (case.name, day)
