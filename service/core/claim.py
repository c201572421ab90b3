"""The neutral claim: what is billed, every value with its reason, before any output format.

`build` turns a decided study into one claim or two; `outputs` write them as FHIR (later X12, paper).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.core.codes import ClaimType, Component, Frequency, Modifier, Procedure
from service.core.decision import Chosen
from service.core.study import Coverage, Organization, Patient, Person, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One service line. `charge` is US dollars for one unit."""

    sequence: int
    component: Component
    procedure: Chosen[Procedure]
    modifiers: tuple[Chosen[Modifier], ...]
    """In rank order."""
    service_day: Chosen[date]
    place_of_service: Chosen[str] | None
    """None on institutional claims, which carry a type of bill instead."""
    units: Chosen[int]
    charge: Chosen[Decimal]
    revenue_code: Chosen[str] | None
    diagnosis_pointers: tuple[int, ...]
    """Sequences of the diagnoses this line points to, at most four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim to one payer by one billing provider."""

    id: str
    """Deterministic: from the study's business key, component and billing provider."""
    type: Chosen[ClaimType]
    frequency: Frequency
    billing: Chosen[Organization]
    rendering: Chosen[Person] | None
    """The interpreting physician on professional claims that hold a reading."""
    referring: Chosen[Person]
    """The ordering practitioner, on every claim."""
    attending: Chosen[Person] | None
    """Institutional claims only."""
    service_facility: Chosen[Site]
    patient: Chosen[Patient]
    coverage: Chosen[Coverage]
    diagnoses: tuple[Chosen[str], ...]
    """ICD-10-CM codes in billing order."""
    lines: tuple[ClaimLine, ...]
    type_of_bill: Chosen[str] | None
    """Institutional claims only, frequency digit included (e.g. `0131`)."""
    order_reference: str
    report_reference: str
    associated: str = ""
    """Id of the technical claim this professional one belongs to."""

    @property
    def total(self) -> Decimal:
        """The sum of the lines' charges times units, in US dollars."""
        return sum((line.charge.value * line.units.value for line in self.lines), Decimal(0))
