"""Every date of service inside the modelled window has one answer: the proof, and brute force against it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from service.core.codes import Status
from service.core.rulebook import InForce, Place, Row, RuleSet, Source
from service.store.rule_proofs import Written, proofs
from service.store.yaml_text import Node

FIRST = date(2026, 1, 1)
LAST = date(2026, 1, 20)
SITES = ("imaging-center", "physician-office", "mobile-unit")
CLASSES = ("AMB", "EMER")
SOURCE = Source(id="S", title="t", publisher="p", date="2026", address="a")


def entry(from_: date, through: date | None) -> InForce:
    return InForce(from_=from_, through=through, source=SOURCE, where="w", status=Status.SOURCED)


def row(id_: str, when: Mapping[str, Iterable[str]], *days: tuple[date, date | None]) -> Row[Place]:
    return Row(
        id=id_,
        label=id_,
        when={name: frozenset(values) for name, values in when.items()},
        then=Place(place_of_service="11"),
        in_force=tuple(entry(*each) for each in days),
        file="sites.yaml",
        line=1,
    )


def troubles(*rows: Row[Place], looks_at: tuple[str, ...] = ("site", "encounter_class")) -> list[str]:
    rule_set = RuleSet(
        id="place-of-service",
        question="?",
        decides="place",
        looks_at=looks_at,
        hit="one",
        modelled_from=FIRST,
        modelled_through=LAST,
        rows=rows,
    )
    return [str(each) for each in proofs(rule_set, [Written(row=each, node=Node(line=1)) for each in rows])]


def test_two_rows_that_answer_the_same_facts_on_one_day_overlap():
    told = troubles(
        row("A", {"site": SITES[:1]}, (FIRST, date(2026, 1, 10))),
        row("B", {"site": SITES[:1], "encounter_class": CLASSES}, (date(2026, 1, 10), None)),
        row("C", {"site": SITES[:1], "encounter_class": ["IMP"]}, (date(2026, 1, 11), None)),
    )
    assert told[:1] == [
        "sites.yaml:1 B.when: answers what A (sites.yaml:1) answers, both in force on 2026-01-10"
    ]


def test_a_row_that_follows_on_the_next_day_neither_overlaps_nor_leaves_a_gap():
    facts = {"site": SITES[:1]}
    assert (
        troubles(row("A", facts, (FIRST, date(2026, 1, 9))), row("B", facts, (date(2026, 1, 10), None))) == []
    )


def test_a_day_between_two_rows_is_a_gap_that_is_named():
    facts = {"site": SITES[:1]}
    told = troubles(row("A", facts, (FIRST, date(2026, 1, 8))), row("B", facts, (date(2026, 1, 10), None)))
    says = "in_force: no row answers this on 2026-01-09, inside the days modelled (2026-01-01 to 2026-01-20)"
    assert told[0] == f"sites.yaml:1 A.{says}"


def test_a_row_that_is_closed_needs_a_successor_for_all_of_its_facts():
    wide = row("A", {"site": SITES[:2]}, (FIRST, date(2026, 1, 9)))
    narrow = row("B", {"site": SITES[:1]}, (date(2026, 1, 10), None))
    other = row("C", {"site": SITES[1:2]}, (date(2026, 1, 10), None))
    assert [told.split(":")[1] for told in troubles(wide, narrow)] == ["1 A.in_force"]
    assert troubles(wide, narrow, other) == []


def test_a_row_that_ended_before_the_window_asks_for_nothing():
    assert troubles(row("A", {"site": SITES[:1]}, (date(2020, 1, 1), date(2025, 12, 31)))) == []


def test_a_row_in_force_twice_on_a_day_is_refused():
    told = troubles(row("A", {"site": SITES[:1]}, (FIRST, date(2026, 1, 9)), (date(2026, 1, 9), None)))
    assert told == ["sites.yaml:1 A.in_force.1: is in force twice on 2026-01-09"]


def test_a_code_says_its_category_by_itself():
    looks_at = ("code", "category")
    pain = row("A", {"category": ["M54"]}, (FIRST, None))
    assert troubles(pain, row("B", {"code": ["R29.890"]}, (FIRST, None)), looks_at=looks_at) == []
    assert troubles(pain, row("B", {"code": ["M54.6"]}, (FIRST, None)), looks_at=looks_at) != []


DAYS = st.integers(min_value=-3, max_value=25).map(lambda days: FIRST + timedelta(days=days))
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "site": st.sets(st.sampled_from(SITES), min_size=1),
        "encounter_class": st.sets(st.sampled_from(CLASSES), min_size=1),
    },
)
SPANS = st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair)))
ROWS = st.lists(st.tuples(FACTS, SPANS), max_size=4)
CELLS = [
    {"site": site, "encounter_class": status}
    for site, status in product((*SITES, "hospital-inpatient"), (*CLASSES, "IMP"))
]
WINDOW = [FIRST + timedelta(days=days) for days in range((LAST - FIRST).days + 1)]


@given(ROWS)
def test_the_proof_agrees_with_asking_every_case_on_every_day(drawn):
    rows = [row(f"R{index}", facts, span) for index, (facts, span) in enumerate(drawn)]
    told = "\n".join(troubles(*rows))
    every_day = [LAST + timedelta(days=days) for days in range(-30, 10)]
    twice = any(
        sum(each.matches(cell) and each.on(day) is not None for each in rows) > 1
        for cell in CELLS
        for day in every_day
    )
    assert ("answers what" in told) is twice
    missing = any(
        set(answers) == {False, True}
        for cell in CELLS
        for answers in [[any(r.matches(cell) and r.on(day) for r in rows) for day in WINDOW]]
    )
    assert ("no row answers this" in told) is missing
