"""The practice file's content: what no EHR bundle carries. Every entry has its days in force.

Written by `store.practice` from `practice.yaml`; read by `intake` (sites, readers) and deciders (charges).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.core.codes import Component, Exam, PayerKind, Procedure, SiteKind
from service.core.situations import Circumstance, SiteDetail
from service.core.study import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days in force, both ends included; `through` None is open."""

    from_: date
    through: date | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` is one of them."""
        return self.from_ <= day and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationEntry:
    """An organization of the practice file; `bills_through_us` marks those we write claims for."""

    id: str
    name: str
    npi: str
    tax_id: str
    taxonomy: str
    address: Address | None
    bills_through_us: bool
    in_force: Days
    approved_procedures: frozenset[str] | None = None
    """Codes an independent diagnostic testing facility is enrolled for (CMS-855B); None for any other."""
    wholly_owned_by: str = ""
    """Id of the hospital entry that wholly owns or operates it."""
    payment_window: int | None = None
    """Calendar days before an admission that a hospital's payment covers: 3, 1 outside IPPS, 0 without any
    window; None where nobody says."""
    ordering_practitioners: frozenset[str] = frozenset()
    """NPIs of those who order tests for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """A site: how a Location is recognised, what it is, who owns the scanner, its MPFS locality."""

    id: str
    name: str
    location_identifiers: tuple[str, ...]
    """`system|value` of the Location, or a bare value."""
    managing_npi: str
    npi: str
    kind: SiteKind
    scanner_owner: str
    """Id of an organization entry."""
    locality: str
    time_zone: str
    place_of_service: str
    address: Address | None
    in_force: Days
    detail: SiteDetail = SiteDetail.NOT_STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderEntry:
    """A reader: the organization the reading is billed by (reassigned to) and where the reading is done."""

    npi: str
    family: str
    given: tuple[str, ...]
    taxonomy: str
    bills_for: str
    """Id of an organization entry."""
    site: str
    """Id of the site entry this holds for; empty for every site."""
    reads_at: str
    """Id of the site entry where the reading is done; empty if `locality` says it."""
    locality: str
    address: Address | None
    in_force: Days
    purchase_price: Decimal | None = None
    """What `bills_for` pays for a reading it buys, in US dollars; None where the reading is not bought."""
    substitutes_for: str = ""
    """NPI of the absent physician, who has an entry too."""
    substitution: Circumstance | None = None
    """How the substitute is paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamCodeEntry:
    """What a site's own exam code means; `system` is the URI the site sends it under."""

    system: str
    code: str
    exams: frozenset[Exam]
    in_force: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an organization charges for a procedure's component, in US dollars."""

    organization: str
    procedure: Procedure
    component: Component
    amount: Decimal
    in_force: Days
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerEntry:
    """A payer id as the practice's clearinghouse uses it: which payer and plan of the rules it is."""

    payer_id: str
    payer: str
    """The payer as rows name it, e.g. `bcbs`."""
    plan: str
    name: str
    kind: PayerKind | None
    """None where Coverage.type tells the kind."""
    in_force: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """The whole practice file and its SHA-256 digest."""

    organizations: tuple[OrganizationEntry, ...]
    sites: tuple[SiteEntry, ...]
    readers: tuple[ReaderEntry, ...]
    charges: tuple[Charge, ...]
    exam_codes: tuple[ExamCodeEntry, ...] = ()
    digest: str
    payers: tuple[PayerEntry, ...] = ()
