"""What the rows of each rule set say, and the rulebook that holds them all.

Written by `store.rule_files`; nothing here knows YAML. Neighbours: `rows` has rows and rule sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from service.core.code_set import CodeSet
from service.core.codes import (
    BilledBy,
    ClaimType,
    Component,
    Exam,
    PayerKind,
    Procedure,
    Severity,
)
from service.core.diagnosis_rules import (
    CodeAlso,
    CodeCharacter,
    CodeFamily,
    CodePair,
    CoderReview,
    DiagnosisPattern,
    LastResort,
    LevelCode,
    ReasonClass,
    ScreeningCode,
)
from service.core.finding_codes import FindingCode
from service.core.rows import Facts as Facts
from service.core.rows import Hit as Hit
from service.core.rows import InForce as InForce
from service.core.rows import Row as Row
from service.core.rows import RuleSet as RuleSet
from service.core.rows import Source as Source
from service.core.rows import Then as Then
from service.core.rule_answers import (
    BilledAs,
    ModifierChoice,
    ModifierConflict,
    NeverCarried,
    PlaceClass,
    Support,
    UniformBillCode,
)
from service.core.situations import ClinicalFact


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamMeaning:
    """What a coded order or procedure means (`orders.yaml`)."""

    exams: frozenset[Exam]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The procedures that are billed for what was performed (`procedures.yaml`); empty bills nothing."""

    procedures: tuple[Procedure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCode:
    """What a component of a procedure is billed as (`parts.yaml`)."""

    bills: Procedure | str
    """The code that stands for it, or `same` or `nothing`."""
    component_modifier: bool
    """Whether a part of it carries 26 or TC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredCode:
    """A procedure code that is no longer valid, and what replaced it (`drafts.yaml`)."""

    says: str


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
    unbilled: str = ""
    """Where the payment of a part is that nobody claims from this payer; empty if all is billed."""


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
class Translation:
    """An ICD-10-CM code, or our own concept, that a SNOMED CT concept stands for."""

    means: Mapping[str, str]


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
class Indication:
    """A clinical indication that is met, in words (`quality.yaml`)."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalMeaning:
    """Which clinical fact a coded observation gives."""

    fact: ClinicalFact


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerIdentity:
    """A payer recognised, and the kind of coverage."""

    payer: str
    kind: PayerKind
    name: str
    plan: str = ""
    """The plan that the payer id alone tells; empty where the coverage has to say it."""
    conflict: str = ""
    """Why payer id and payer type exclude each other; empty where they agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageKind:
    """What kind of coverage a payer type says it is (Source of Payment Typology)."""

    kind: PayerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerStance:
    """What a payer says of a procedure: covered, covered-with-density-only, adjunct, not-separately-paid,
    investigational or unknown (= Data not available)."""

    stance: str
    says: str
    denial: str = ""
    """Whether a denial is to be expected: `expected`, `possible`, or empty."""
    conflict: str = ""
    """Where another source says otherwise: which, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyLimit:
    """How often a payer pays procedures that measure the same (`edits/frequency.yaml`)."""

    months: int
    """Full months after the month of the earlier service before the next one is paid."""
    counts: frozenset[Procedure]
    """Earlier procedures that count."""
    exceptions: frozenset[str]
    """Diagnosis prefixes for which the payer may pay sooner."""


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


class Stands(StrEnum):
    """Which of two statements of a report in prose counts."""

    LATER = "later"
    READING = "reading"
    IMPRESSION = "impression"
    CODES = "codes"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """Which of two statements of a report stands where they differ (`reading/precedence.yaml`)."""

    stands: Stands
    settled: bool
    """Whether a claim may rest on it without asking the reader."""


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
class Denial:
    """A reason code (CARC, or a RARC that stands alone) a payer denies with, its cause, what prevents it.

    The findings that prevent it are those whose `prevents` names it. `outside` says what is not seen here.
    """

    code: str
    """With its usual group, e.g. `CO-236`."""
    also: tuple[str, ...]
    """The same reason under another group, e.g. `PR-50`."""
    remarks: tuple[str, ...]
    cause: str
    prevented_by: str
    rows: tuple[str, ...]
    """Row ids, or ids of whole rule sets, that keep it from happening."""
    outside: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The code under each of its groups."""
        return (self.code, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A fact or figure shown beside a claim (`reference.yaml`). No decision rests on one."""

    id: str
    about: frozenset[str]
    """The procedures beside which it is shown."""
    says: str
    in_force: InForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All rule sets, the sources, the coverage register, and one SHA-256 digest over the files."""

    orders: RuleSet[ExamMeaning]
    eras: RuleSet[Consequence]
    procedures: RuleSet[Lines]
    retired_codes: RuleSet[RetiredCode]
    parts: RuleSet[PartCode]
    components: RuleSet[ClaimsPlan]
    patient_statuses: RuleSet[BilledAs]
    modifiers: RuleSet[ModifierChoice]
    modifier_conflicts: RuleSet[ModifierConflict]
    never_modifiers: RuleSet[NeverCarried]
    place_of_service: RuleSet[Place]
    place_classes: RuleSet[PlaceClass]
    institutional: RuleSet[InstitutionalFacts]
    uniform_bill_codes: RuleSet[UniformBillCode]
    service_dates: RuleSet[ServiceDay]
    diagnosis_patterns: RuleSet[DiagnosisPattern]
    reason_classes: RuleSet[ReasonClass]
    last_resorts: RuleSet[LastResort]
    level_codes: RuleSet[LevelCode]
    code_characters: RuleSet[CodeCharacter]
    screening_codes: RuleSet[ScreeningCode]
    coder_reviews: RuleSet[CoderReview]
    given_diagnoses: RuleSet[Consequence]
    code_also: RuleSet[CodeAlso]
    code_families: RuleSet[CodeFamily]
    translations: RuleSet[Translation]
    excludes1: RuleSet[CodePair]
    ncci: RuleSet[NcciPair]
    mue: RuleSet[UnitsLimit]
    house_edits: RuleSet[Consequence]
    report_items: RuleSet[Consequence]
    clinical_meanings: RuleSet[ClinicalMeaning]
    indications: RuleSet[Indication]
    supports: RuleSet[Support]
    payment_orders: RuleSet[Consequence]
    frequencies: RuleSet[FrequencyLimit]
    payers: RuleSet[PayerIdentity]
    coverage_kinds: RuleSet[CoverageKind]
    payer_stances: RuleSet[PayerStance]
    report_terms: RuleSet[TermMeaning]
    report_sections: RuleSet[SectionMeaning]
    report_reviews: RuleSet[ReviewReason]
    report_precedences: RuleSet[Precedence]
    findings: Mapping[FindingCode, Row[FindingText]]
    sources: Mapping[str, Source]
    coverage: tuple[Coverage, ...]
    code_sets: tuple[CodeSet, ...]
    """The ICD-10-CM code sets that are loaded, each for the days of its fiscal year."""
    denials: tuple[Denial, ...]
    figures: tuple[Figure, ...]
    digest: str

    def code_set(self, day: date) -> CodeSet | None:
        """The ICD-10-CM code set of a day; None where that year's is not loaded."""
        return next((one for one in self.code_sets if one.covers(day)), None)
