"""Studies drawn from the closed vocabularies: every fact known or missing, likely and unlikely together."""

from typing import Any

from hypothesis import strategies as st

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    Completion,
    EncounterClass,
    Exam,
    FractureAge,
    OrderIntent,
    OrderStatus,
    Osteoporosis,
    ReportStatus,
    Sex,
    Shape,
    SiteKind,
    Vertebra,
)
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.situations import Circumstance, NoticeKind, SiteDetail
from tests.cases.payers_of import PAYERS
from tests.cases.study_of import DEFAULTS, ORGANIZATIONS

REASONS = ["M54.6", "M54.50", "R29.890", "M81.0", "M81.8", "M85.88", "M40.204", "Z78.0", "Z79.52", "Z79.810"]
REASONS += ["Z79.890", "Z87.310", "Q78.0", "C79.51", "M80.08XA", "M48.54XA", "T38.0X5A", "E28.39", "R93.7"]
REASONS += ["W18.30XA", "C50.919", "M42.04", "T42.0X5A", "M40.14", "M84.48XA", "S22.060A"]
REASONS += ["Z13.828", "M51.24", "S32.010A", "M80.08", "M48.54XK", "nonsense", ""]
GAPS = {
    "order": "ORDER-MISSING",
    "ordering_provider": "ORDERING-NPI-MISSING",
    "ordered": "ORDERED-EXAM-UNCLEAR",
    "order_status": "ORDER-UNRESOLVED",
    "order_intent": "ORDER-UNRESOLVED",
    "report": "REPORT-MISSING",
    "reading": "READING-NOT-CODED",
    "reading_day": "READING-DAY-MISSING",
    "interpreter": "INTERPRETER-MISSING",
    "vfa": "PERFORMED-UNCLEAR",
    "density": "DENSITY-UNCLEAR",
    "scan": "PERFORMED-UNCLEAR",
    "date_of_service": "SCAN-DAY-MISSING",
    "site": "SITE-MISSING",
    "scanner_owner": "SCANNER-OWNER-MISSING",
    "reader": "READER-NOT-LISTED",
    "patient": "PATIENT-INCOMPLETE",
    "coverage": "COVERAGE-MISSING",
    "key": "BUSINESS-KEY-MISSING",
}
"""Facts that may be missing, with a finding that says so."""


def words(vocabulary: Any) -> st.SearchStrategy[str]:
    """A word of the vocabulary."""
    return st.sampled_from([str(word) for word in vocabulary])


def mostly(usual: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual value as often as all others, so that many of the drawn studies are billed."""
    return st.one_of(st.just(usual), other)


LEVEL = st.fixed_dictionaries(
    {"level": words(Vertebra)},
    optional={
        "certainty": words(Certainty),
        "age": words(FractureAge),
        "change": words(Change),
        "cause": words(Cause),
        "shape": words(Shape),
        "trauma": words(Trauma),
        "healing": words(Healing),
        "care": words(Care),
        "late_effect": words(LateEffect),
        "deformity": words(Deformity),
    },
)
READINGS = st.lists(st.one_of(LEVEL, st.just("no fracture")), max_size=5)
DAYS = st.dates().filter(lambda day: 1990 < day.year < 2060).map(lambda day: day.isoformat())
PARTY = st.sampled_from(sorted(ORGANIZATIONS))
CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "date_of_service": mostly(DEFAULTS["date_of_service"], DAYS),
    "reading_day": mostly("same", DAYS),
    "order_day": mostly(DEFAULTS["order_day"], DAYS),
    "order_status": mostly("active", words(OrderStatus)),
    "order_intent": mostly("order", words(OrderIntent)),
    "do_not_perform": mostly("no", st.just("yes")),
    "ordered": mostly(["vfa", "axial-density", "peripheral-density"], st.lists(words(Exam), unique=True)),
    "ordering_npi": mostly("1234567893", st.sampled_from(["", "1234567890", "x"])),
    "reasons": st.lists(st.sampled_from(REASONS), max_size=16),
    "scan": mostly("completed", words(Completion)),
    "performed": mostly(["vfa"], st.lists(words(Exam), unique=True)),
    "report_status": mostly("final", words(ReportStatus)),
    "reading_npi": mostly("1999999943", st.just("1")),
    "reading": st.one_of(
        st.just("no fracture"), st.lists(st.one_of(LEVEL, st.just("no fracture")), max_size=5)
    ),
    "concluded": mostly([], st.lists(st.sampled_from(REASONS), max_size=3)),
    "osteoporosis": mostly("not stated", words(Osteoporosis)),
    "site": mostly("imaging-center", words(SiteKind)),
    "encounter": mostly("not-stated", words(EncounterClass)),
    "fixed_place_of_service": mostly("", st.just("49")),
    "scanner_owner": PARTY,
    "reader_bills_for": PARTY,
    "site_locality": st.sampled_from(["", "A", "B"]),
    "reader_locality": st.sampled_from(["", "A", "B"]),
    "reading_place": mostly("known", st.just("")),
    "ours": mostly(DEFAULTS["ours"], st.lists(PARTY, unique=True)),
    "charges": mostly("all", st.lists(PARTY, unique=True)),
    "sex": words(Sex),
    "age": st.integers(min_value=0, max_value=105).map(str),
    "payer": st.sampled_from(sorted(PAYERS)),
    "plan": mostly("", st.sampled_from(["bcbs-al", "bcbs-ri", "whatever"])),
    "missing": mostly(
        {}, st.lists(st.sampled_from(sorted(GAPS))).map(lambda names: {n: GAPS[n] for n in names})
    ),
    "reason_missing": mostly("", st.sampled_from(["REASON-MISSING", "REASON-NOT-CODED"])),
}
GIVEN = st.fixed_dictionaries(CHOICES)
"""The facts of a study, as a golden case would give them."""
ONCE_SEEN = [
    "M54.6",
    "M54.50",
    "R29.890",
    "M81.0",
    "M81.8",
    "M85.88",
    "M40.204",
    "Z79.52",
    "Z79.810",
    "Z79.890",
]
ONCE_SEEN += ["Z87.310", "Q78.0", "C79.51", "M80.08XA", "M48.54XA", "T38.0X5A", "R93.7", "Z13.828", "M51.24"]
ONCE_SEEN += ["W18.30XA", "C50.919", "M42.04", "T42.0X5A", "M40.14", "M84.48XA", "S22.060A", "M54.59"]
"""Complete codes, of known class but for one."""
EVERYDAY = st.fixed_dictionaries(
    {
        "reasons": st.lists(st.sampled_from(ONCE_SEEN), max_size=16),
        "reading": CHOICES["reading"],
        "concluded": st.lists(st.sampled_from(["M47.814", "R93.7", "M85.88", "I70.0"]), unique=True),
        "osteoporosis": CHOICES["osteoporosis"],
        "site": st.sampled_from(["imaging-center", "physician-office", "hospital-outpatient-on-campus"]),
        "scanner_owner": st.sampled_from(["center", "hospital"]),
        "reader_bills_for": st.sampled_from(["center", "hospital", "group", "stranger"]),
        "reader_locality": st.sampled_from(["A", "B"]),
        "reading_day": st.sampled_from(["same", "2026-09-17", "2026-10-02"]),
        "performed": st.sampled_from([["vfa"], ["vfa", "axial-density"], ["vfa", "peripheral-density"]]),
        "ordered": st.just(["vfa", "axial-density", "peripheral-density"]),
        "payer": CHOICES["payer"],
        "sex": words(Sex),
        "age": CHOICES["age"],
    }
)
"""Studies whose gates are open, so that most differ in what is billed."""
NOTICES = st.fixed_dictionaries(
    {
        "kind": words(NoticeKind),
        "day": st.sampled_from(["2026-09-10", "2026-09-16"]),
        "names": st.just(["center"]),
    }
)
ARRANGED = st.fixed_dictionaries(
    {
        "reasons": st.sampled_from([["M54.6"], ["Z13.828"]]),
        "site": words(SiteKind),
        "site_detail": words(SiteDetail),
        "encounter": mostly("not-stated", words(EncounterClass)),
        "fixed_place_of_service": mostly("", st.sampled_from(["49", "22", "24", "02"])),
        "scanner_owner": st.sampled_from(["center", "hospital", "clinic"]),
        "reader_bills_for": st.sampled_from(["center", "hospital", "clinic", "group"]),
        "reader_locality": st.sampled_from(["A", "B"]),
        "hospital": mostly("hospital", st.just("")),
        "scan": mostly("completed", st.just("stopped")),
        "circumstances": st.lists(words(Circumstance), unique=True, max_size=4),
        "notices": st.lists(NOTICES, max_size=2),
        "purchase_price": mostly("", st.just("15.00")),
        "ordered_for": st.lists(st.sampled_from(["center", "clinic"]), unique=True),
        "payer": CHOICES["payer"],
    }
)
"""Studies that differ in where they were done, under which arrangement and in which circumstances."""
CROWDED = st.fixed_dictionaries(
    {
        "site": st.sampled_from(["imaging-center", "hospital-outpatient-on-campus"]),
        "scanner_owner": st.sampled_from(["center", "hospital"]),
        "reader_bills_for": st.sampled_from(["center", "hospital", "group"]),
        "scan": mostly("completed", st.just("stopped")),
        "circumstances": st.lists(
            st.sampled_from(
                [
                    {"what": "reduced", "says": "scoliosis"},
                    "teaching-physician",
                    "hospice-unrelated",
                    "denial-expected",
                    "disaster-waiver",
                    "substitute-paid-by-time",
                    "trial-routine",
                ]
            ),
            unique_by=str,
            min_size=3,
        ),
        "reasons": st.just(["M54.6", "Z00.6"]),
        "substitutes_for": st.just("1999999976"),
    }
)
"""Studies with many modifiers that may stand together."""
HOUSED = st.fixed_dictionaries(
    {
        "site": mostly("imaging-center", words(SiteKind)),
        "site_detail": words(SiteDetail),
        "encounter": mostly("not-stated", words(EncounterClass)),
        "fixed_place_of_service": mostly(
            "", st.sampled_from(["49", "19", "21", "22", "23", "24", "02", "99"])
        ),
        "scanner_owner": st.sampled_from(["center", "hospital"]),
        "reader_bills_for": st.sampled_from(["center", "hospital", "group"]),
        "reader_locality": st.sampled_from(["A", "B"]),
        "hospital": st.just("hospital"),
        "circumstances": mostly([], st.sampled_from([["under-arrangement"], ["integral-to-surgery"]])),
        "payer": st.sampled_from(["medicare", "aetna"]),
    }
)
"""Studies in every house, most of them billed, some at a place that the practice file fixes."""
