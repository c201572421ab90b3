"""Rows, rule sets and the rulebook: dated, sourced knowledge, and how a row is found for a date of service.

A rule set asks one question. `ask_one` answers it with the single base row that matches the facts on the
day (then the most specific override), `ask_all` with every row that matches. No row is an answer too:
the caller gets None and holds. Written by `store.rule_files`; nothing here knows YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from service.core.code_set import CodeSet
from service.core.codes import (
    BilledBy,
    ClaimType,
    Component,
    Exam,
    Modifier,
    PayerKind,
    Procedure,
    Severity,
    Status,
)
from service.core.finding_codes import FindingCode

Then = TypeVar("Then", covariant=True)
Facts = Mapping[str, str]
"""Named facts of one question, as text."""
Index = dict[tuple[str, ...], dict[tuple[str | None, ...], list[int]]]
"""Places of rows by the names of the facts they ask for, then by the values of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document a row rests on."""

    id: str
    title: str
    publisher: str
    date: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Days a row is in force (both ends included; `through` None is open) and where that is said."""

    from_: date
    through: date | None
    source: Source
    where: str
    status: Status

    def covers(self, day: date) -> bool:
        """Whether the row is in force on `day`."""
        return self.from_ <= day and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[Then]):
    """One row: when these facts hold, then this. A fact `when` does not name means any value."""

    id: str
    label: str
    when: Mapping[str, frozenset[str]]
    then: Then
    in_force: tuple[InForce, ...]
    file: str
    line: int
    overrides: str = ""
    """Id of the base row this one changes; empty for a base row."""
    applies_to: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """For an override: the payers, plans, sites and organizations it is for."""

    def matches(self, facts: Facts) -> bool:
        """Whether every fact the row names has one of the values it names."""
        return all(facts.get(name) in values for name, values in self.when.items())

    def on(self, day: date) -> InForce | None:
        """The entry in force on `day`, if any."""
        return next((entry for entry in self.in_force if entry.covers(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Generic[Then]):
    """A row found for a day: its value, the entry in force, and the base row where it is an override."""

    then: Then
    row: Row[Then]
    entry: InForce
    base: Row[Then] | None = None
    """The base row, where `row` is an override of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet(Generic[Then]):
    """Rows that answer one question. `looks_at` are the only facts its rows may name."""

    id: str
    question: str
    decides: str
    looks_at: tuple[str, ...]
    hit: str
    modelled_from: date
    modelled_through: date | None
    rows: tuple[Row[Then], ...]
    overrides: tuple[Row[Then], ...] = ()
    _index: "Index" = field(init=False, repr=False, compare=False)
    _hits: tuple[tuple[Hit[Then], ...], ...] = field(init=False, repr=False, compare=False)
    """For each row its hits, one an entry in force: made once, for they are the same for every study."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _indexed(self.rows))
        hits = tuple(
            tuple(Hit(then=row.then, row=row, entry=entry) for entry in row.in_force) for row in self.rows
        )
        object.__setattr__(self, "_hits", hits)

    def models(self, day: date) -> bool:
        """Whether `day` lies inside the window this rule set claims to know."""
        return self.modelled_from <= day and (self.modelled_through is None or day <= self.modelled_through)

    def ask_one(self, facts: Facts, *, on: date, scope: Facts = MappingProxyType({})) -> Hit[Then] | None:
        """The one base row for these facts on that day, changed by the most specific override for `scope`."""
        base = next(iter(self.ask_all(facts, on=on)), None)
        if base is None:
            return None
        best: Hit[Then] | None = None
        for row in self.overrides:
            entry = row.on(on)
            if (
                entry is not None
                and row.overrides == base.row.id
                and row.matches(facts)
                and all(scope.get(name) in values for name, values in row.applies_to.items())
                and (best is None or len(row.applies_to) > len(best.row.applies_to))
            ):
                best = Hit(then=row.then, row=row, entry=entry, base=base.row)
        return best or base

    def ask_all(self, facts: Facts, *, on: date) -> tuple[Hit[Then], ...]:
        """Every base row that matches these facts and is in force on that day, in file order."""
        places: list[int] = []
        for names, by_values in self._index.items():
            places += by_values.get(tuple([facts.get(name) for name in names]), ())
        found: list[Hit[Then]] = []
        for place in sorted(places):
            for hit in self._hits[place]:
                if hit.entry.covers(on):
                    found.append(hit)
                    break
        return tuple(found)


def _indexed(rows: tuple[Row[Any], ...]) -> "Index":
    index: Index = {}
    for place, row in enumerate(rows):
        by_values = index.setdefault(tuple(row.when), {})
        for values in product(*row.when.values()):
            by_values.setdefault(values, []).append(place)
    return index


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamMeaning:
    """What a coded order or procedure means (`orders.yaml`)."""

    exams: frozenset[Exam]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The procedures that are billed for what was performed (`procedures.yaml`); empty bills nothing."""

    procedures: tuple[Procedure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPlan:
    """One claim to write: its type, who bills it, and the component of each line (`components.yaml`)."""

    claim: ClaimType
    billed_by: BilledBy
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsPlan:
    """One or two claims. Where there are two, the professional one refers to the technical one."""

    claims: tuple[ClaimPlan, ...]
    flips: str
    """What fact would change the plan, in a sentence for the explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierChoice:
    """A modifier the line carries and its rank: lower goes first (`modifiers.yaml`)."""

    modifier: Modifier
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A CMS place-of-service code (`sites.yaml`)."""

    place_of_service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalFacts:
    """What an institutional claim of a site carries beyond the line (`institutional.yaml`)."""

    type_of_bill: str
    """Facility and bill classification without the frequency digit, e.g. `013`."""
    revenue_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDay:
    """Which day a component's line carries: `scan` or `reading` (`service_dates.yaml`)."""

    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisPattern:
    """How a kind of reading is coded (`diagnoses.yaml`).

    `lead` and `also` are tokens in billing order: an ICD-10-CM code, `class:NAME` (the order's reasons of
    that class), or `level:FAMILY` (a code per level group from the level rows). `drop` names the reason
    classes that are left off and why they are.
    """

    lead: tuple[str, ...]
    also: tuple[str, ...]
    drop: Mapping[str, str]
    review: str
    """A sentence for the coder where the row is a judgement call; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonClass:
    """What a diagnosis code on an order stands for: symptom, height-loss, osteoporosis, ..."""

    reason_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCode:
    """The code of a family for a vertebral level or region."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFamily:
    """Which seventh characters a diagnosis family takes; empty for a family without one."""

    seventh_characters: frozenset[str]
    length: int
    """Length of the complete code without its dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """An ICD-10-CM code, or our own concept, that a SNOMED CT concept stands for."""

    means: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePair:
    """An Excludes1 pair of code prefixes: which one stays where the pair is stripped automatically."""

    first: str
    second: str
    keep: str
    """The prefix that stays; empty where only a coder may decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NcciPair:
    """An NCCI procedure-to-procedure edit: column one is paid, column two denied."""

    column_one: str
    column_two: str
    indicator: str
    tables: frozenset[ClaimType]
    """Practitioner table binds professional claims, outpatient hospital table institutional ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsLimit:
    """A medically unlikely edit: most units a day and its adjudication indicator (MAI)."""

    procedure: str
    units: int
    adjudication_indicator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """A house edit: the finding it raises (`edits/house.yaml`)."""

    finding: FindingCode
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerIdentity:
    """A payer recognised, and the kind of coverage."""

    payer: str
    kind: PayerKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerStance:
    """What a payer says of a procedure: covered, covered-with-density-only, adjunct, not-separately-paid,
    investigational or unknown (= Data not available)."""

    stance: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermMeaning:
    """What a wording in a report in prose means (`reading/words_*.yaml`), e.g. kind age, value chronic."""

    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionMeaning:
    """Which section of a report a heading opens (`reading/sections.yaml`)."""

    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReason:
    """Why a coder looks at a report in prose, as the coder reads it (`reading/review.yaml`)."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingText:
    """What a finding code means: severity, sentence with `{slots}`, who settles it, how, what it prevents."""

    severity: Severity
    says: str
    settle: str
    who: str
    prevents: tuple[str, ...]
    """CARC / RARC codes of the denial it prevents, e.g. `CO-16`, `N264`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A line of the coverage register: what is modelled, since when it was verified, what is not."""

    subject: str
    modelled: str
    verified: str
    not_modelled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All rule sets, the sources, the coverage register, and one SHA-256 digest over the files."""

    orders: RuleSet[ExamMeaning]
    procedures: RuleSet[Lines]
    components: RuleSet[ClaimsPlan]
    modifiers: RuleSet[ModifierChoice]
    place_of_service: RuleSet[Place]
    institutional: RuleSet[InstitutionalFacts]
    service_dates: RuleSet[ServiceDay]
    diagnosis_patterns: RuleSet[DiagnosisPattern]
    reason_classes: RuleSet[ReasonClass]
    level_codes: RuleSet[LevelCode]
    code_families: RuleSet[CodeFamily]
    translations: RuleSet[Translation]
    excludes1: RuleSet[CodePair]
    ncci: RuleSet[NcciPair]
    mue: RuleSet[UnitsLimit]
    house_edits: RuleSet[Consequence]
    payers: RuleSet[PayerIdentity]
    payer_stances: RuleSet[PayerStance]
    report_terms: RuleSet[TermMeaning]
    report_sections: RuleSet[SectionMeaning]
    report_reviews: RuleSet[ReviewReason]
    findings: Mapping[FindingCode, Row[FindingText]]
    sources: Mapping[str, Source]
    coverage: tuple[Coverage, ...]
    code_sets: tuple[CodeSet, ...]
    """The ICD-10-CM code sets that are loaded, each for the days of its fiscal year."""
    digest: str

    def code_set(self, day: date) -> CodeSet | None:
        """The ICD-10-CM code set of a day; None where that year's is not loaded."""
        return next((one for one in self.code_sets if one.covers(day)), None)
