"""A Study: everything one VFA session's resources say that billing asks for, with its evidence.

A fact is `Known` (with what says it) or a `Gap` (with the finding that says what is missing); absence is
never a fact. Written by `intake`, read by the deciders."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    Completion,
    Density,
    EncounterClass,
    Exam,
    FractureAge,
    Grade,
    OrderIntent,
    OrderStatus,
    Osteoporosis,
    ReportStatus,
    Sex,
    Shape,
    SiteKind,
    Vertebra,
)
from service.core.evidence import Evidence, Prose
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.situations import Circumstance, ClinicalFact, NoticeKind, OrderMode, SiteDetail

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[T]):
    """A fact and every place that says it (at least one)."""

    value: T
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError("a known fact needs evidence")

    @property
    def where(self) -> tuple[str, ...]:
        """Every FHIRPath, practice entry or row id that says the fact."""
        return tuple(one.where for one in self.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A fact that is missing, unreadable or contradicted: the finding to raise, where, and its words.

    `values` fill the finding's sentence; `where` are FHIRPaths (or practice entries) looked at.
    """

    code: FindingCode
    where: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()


Fact: TypeAlias = Known[T] | Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessIdentifier:
    """An identifier with the system that issued it."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Postal address; a claim needs line, city, state and ZIP."""

    line: tuple[str, ...]
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An individual provider. `reference` is how the sender's server names it, if it does."""

    npi: str
    family: str
    given: tuple[str, ...] = ()
    taxonomy: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization: biller, scanner owner, reader's group or payer."""

    name: str
    npi: str = ""
    tax_id: str = ""
    taxonomy: str = ""
    address: Address | None = None
    reference: str = ""
    bills_through_us: bool = False
    """Whether it is one of the organizations the practice file says we bill for."""
    approved_procedures: frozenset[str] | None = None
    """For an independent diagnostic testing facility, the codes it is enrolled for; None for any other."""
    wholly_owned: bool = False
    """Whether the practice file says that a hospital wholly owns or operates it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for the test on the order, as ICD-10-CM (given so, or translated by a row)."""

    code: str
    given_as: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The ServiceRequest as billing reads it."""

    reference: str
    identifiers: tuple[BusinessIdentifier, ...]
    status: Fact[OrderStatus]
    intent: Fact[OrderIntent]
    do_not_perform: bool
    authored_on: date | None
    ordered: Fact[frozenset[Exam]]
    ordering_provider: Fact[Person]
    reasons: tuple[Reason, ...]
    reason_gaps: tuple[Gap, ...] = ()
    mode: Known[OrderMode] | None = None
    """How the order was given; None where nobody says."""
    ordered_for: frozenset[str] = frozenset()
    """NPIs of the organizations the ordering practitioner works for, as far as anybody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """What was done in the session, and when it was scanned."""

    vfa: Fact[bool]
    """Whether a vertebral fracture assessment was performed."""
    density: Fact[Density]
    completion: Fact[Completion]
    scan_day: Fact[date]
    stop_reason: str = ""
    """Why a scan was broken off, in the sender's words; empty if nobody says."""
    peripheral: tuple[Evidence, ...] = ()
    """Where a peripheral density is said beside the axial one; empty where there is none beside it."""
    bone_score: tuple[Evidence, ...] = ()
    """Where a trabecular bone score is said to have been computed; empty if nobody says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The DiagnosticReport as billing reads it."""

    reference: str
    identifiers: tuple[BusinessIdentifier, ...]
    status: Known[ReportStatus]
    reading_day: Fact[date]
    interpreter: Fact[Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraFinding:
    """What the reader says of one level (or region)."""

    level: Vertebra
    certainty: Certainty
    shape: Shape = Shape.NOT_STATED
    grade: Grade = Grade.NOT_STATED
    age: FractureAge = FractureAge.NOT_STATED
    change: Change = Change.NOT_STATED
    cause: Cause = Cause.NOT_STATED
    trauma: Trauma = Trauma.NOT_STATED
    healing: Healing = Healing.NOT_STATED
    care: Care = Care.NOT_STATED
    late_effect: LateEffect = LateEffect.NOT_STATED
    deformity: Deformity = Deformity.NOT_STATED
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The coded reading: levels called, doubted or denied; `no_fracture` only when it is stated."""

    findings: tuple[VertebraFinding, ...]
    no_fracture: tuple[Evidence, ...] = ()
    """Evidence of a stated negative for the whole study (grade 0 for the levels, or a negative code)."""
    not_evaluable: tuple[Vertebra, ...] = ()
    seen: tuple[Vertebra, ...] = ()
    """The levels a reading in words says it took in, where it names their range."""
    diagnoses: tuple[Reason, ...] = ()
    """Diagnoses that the reader states by ICD-10-CM beside the vertebrae."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the patient was scanned."""

    name: str
    kind: SiteKind
    encounter_class: EncounterClass
    address: Address | None
    locality: str
    """MPFS payment locality (carrier + locality number); empty if the practice file does not say."""
    place_of_service: str
    """A place of service the practice file fixes for this site; empty if the rows decide."""
    entry: str
    """Practice entry of the site, empty if the practice file does not list it."""
    npi: str = ""
    reference: str = ""
    detail: SiteDetail = SiteDetail.NOT_STATED
    hospital: Organization | None = None
    """The hospital the patient is registered with (Encounter.serviceProvider), if that is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who the interpreter bills for and where the reading was done."""

    organization: Organization
    locality: str
    address: Address | None
    evidence: tuple[Evidence, ...]
    purchase_price: Decimal | None = None
    """What the biller pays for a reading it buys, in US dollars; None where it buys none."""
    substitution: Circumstance | None = None
    """How a substitute is paid; None for any other reader."""
    substitutes_for: Person | None = None
    """The absent physician the reader stands in for; claims name that one as rendering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A circumstance somebody states, in which words, and where."""

    what: Circumstance
    says: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice of expected non-payment that the patient was given, and the organizations it names (NPIs)."""

    kind: NoticeKind
    given_on: date | None
    organizations: frozenset[str]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Demographics a claim needs. `identifier` is the business identifier that keys the study."""

    identifier: BusinessIdentifier
    family: str
    given: tuple[str, ...]
    birth_date: date
    sex: Sex
    address: Address
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The person who holds the coverage where that is not the patient.

    A claim names the subscriber; birth date, sex and address are told where the sender has them (837P asks
    for them only of a subscriber who is the patient).
    """

    family: str
    given: tuple[str, ...]
    birth_date: date | None
    sex: Sex | None
    address: Address | None
    subscriber_id: str
    """`Coverage.subscriberId` as given, else the member id."""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage that pays first on the date of service."""

    payer: Organization
    payer_id: str
    member_id: str
    coverage_type: str
    """SOPT payer type code as given; empty if not stated."""
    plan: str
    """`class` of type plan, as given; empty if not stated."""
    relationship: str
    """subscriber-relationship code."""
    authorizations: tuple[str, ...] = ()
    """Prior authorization numbers the payer answered the order with."""
    reference: str = ""
    subscriber: Subscriber | None = None
    """None where the patient holds the coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """A fact that clinical indications ask for, in its unit (T-score, cm, mg a day); 1 where it holds."""

    what: ClinicalFact
    value: Decimal
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A service the patient had on an earlier day: an earlier claim, or an earlier report in the Bundle."""

    procedure: str
    day: date
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A line somebody already charged for the session (ChargeItem, or an item of a draft Claim).

    The study decides what is billed; what a draft says otherwise is repaired, with a warning.
    """

    code: str
    """The procedure code, modifiers behind it cut off."""
    modifiers: tuple[str, ...]
    units: int
    charge: Decimal | None
    """US dollars for one unit, where the draft says it."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyKey:
    """The business key: accession or placer number + patient identifier + scan day."""

    number: BusinessIdentifier
    patient: BusinessIdentifier
    scan_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One VFA session with its order and report: every fact the deciders may ask."""

    label: str
    """How an answer names the study when it has no business key: the FHIRPath of its first resource."""
    key: Fact[StudyKey]
    order: Fact[Order]
    performed: Performed
    report: Fact[Report]
    reading: Fact[Reading]
    osteoporosis: Known[Osteoporosis] | None
    """Documented osteoporosis (order, history or reading); None where nobody documents it."""
    site: Fact[Site]
    scanner_owner: Fact[Organization]
    reader: Fact[Reader]
    patient: Fact[Patient]
    coverage: Fact[Coverage]
    later_coverages: tuple[Coverage, ...] = ()
    """Coverages of the patient that pay after the first, in their order."""
    draft: tuple[DraftLine, ...] = ()
    circumstances: tuple[Stated, ...] = ()
    notices: tuple[Notice, ...] = ()
    clinical: tuple[Clinical, ...] = ()
    history: tuple[Earlier, ...] = ()
    """Earlier services that are known; none known does not mean there were none."""
    window: Gap | None = None
    """An admission soon after the scan of which it is not known whether a payment window reaches back; asked
    where payer and site make it matter."""
    prose: Prose | None = None
    """The report's text, where something rests on it; the facts themselves stand with the others."""
    notes: tuple[Gap, ...] = field(default=())
    """What intake wants said whatever is decided: matched by number, practice file won, ..."""
