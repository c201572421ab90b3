"""The neutral claim: what is billed, every value with its reason, before any output format.

`build` turns a decided study into one claim or two; `outputs` write them as FHIR (later X12, paper).
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final

from service.core.codes import EXTERNAL_CAUSES, ClaimType, Component, Frequency, Modifier, Procedure, SiteKind
from service.core.component_checks import READING
from service.core.decision import Chosen, DecidedClaim, DecidedLine, Decision, Occurrence, because_fact
from service.core.study import (
    Address,
    Coverage,
    Fact,
    Gap,
    Known,
    Organization,
    Patient,
    Person,
    Study,
    StudyKey,
    T,
)

ID_LENGTH: Final = 24
MOST_POINTERS: Final = 4
"""Diagnoses a line can point to (837P)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A bought reading: its price in US dollars, who performed it and where (PS1, item 20 and 32)."""

    price: Decimal
    performer: Person
    address: Address | None


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
    narrative: Chosen[str] | None = None
    """Words the line carries (NTE, item 19); None where it needs none."""
    purchase: Chosen[Purchase] | None = None
    """A reading the biller bought; None on any other line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacility:
    """Where the billed part was done (CMS-1500 item 32): the scan site, or for a reading alone where it was
    read. The place of service follows the scan on either."""

    name: str
    npi: str
    address: Address | None
    kind: SiteKind | None
    """None where a reading was done: no rule asks what kind of place that is."""
    reference: str = ""


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
    service_facility: Chosen[ServiceFacility]
    patient: Chosen[Patient]
    coverage: Chosen[Coverage]
    later_coverages: tuple[Coverage, ...] = ()
    """Coverages that are billed after this one, with what it paid."""
    diagnoses: tuple[Chosen[str], ...]
    """ICD-10-CM codes in billing order."""
    lines: tuple[ClaimLine, ...]
    type_of_bill: Chosen[str] | None
    """Institutional claims only, frequency digit included (e.g. `0131`)."""
    order_reference: str
    report_reference: str
    """Empty where a scan was broken off and nobody read it."""
    condition_codes: tuple[Chosen[str], ...] = ()
    """Institutional claims only."""
    occurrences: tuple[Chosen[Occurrence], ...] = ()
    """Institutional claims only."""
    associated: str = ""
    """Id of the technical claim this professional one belongs to."""

    @property
    def total(self) -> Decimal:
        """The sum of the lines' charges times units, in US dollars."""
        return sum((line.charge.value * line.units.value for line in self.lines), Decimal(0))


def build(study: Study, decision: Decision) -> tuple[Claim, ...]:
    """The claims of a decision, the technical one first; the professional one names it as associated.

    Raises ValueError if a decision with claims belongs to a study whose facts are not all known.
    """
    claims: list[Claim] = []
    for decided in decision.claims:
        associated = claims[0].id if claims and _holds_reading(decided) else ""
        claims.append(_claim(study, decided, decision, associated))
    return tuple(claims)


def claim_id(key: StudyKey, decided: DecidedClaim) -> str:
    """The id of a claim: the same study, component and biller give the same one for ever."""
    components = sorted({line.component.value for line in decided.lines})
    parts = (
        key.number.system,
        key.number.value,
        key.patient.system,
        key.patient.value,
        key.scan_day.isoformat(),
        decided.type.value.value,
        *components,
        decided.billing.value.npi,
    )
    digest = sha256("\n".join(parts).encode()).hexdigest()
    return f"vfa-{digest[:ID_LENGTH]}"


def _claim(study: Study, decided: DecidedClaim, decision: Decision, associated: str) -> Claim:
    order = _known(study.order)
    orderer = _chosen(order.value.ordering_provider, "The practitioner who ordered the test.")
    institutional = decided.type.value is ClaimType.INSTITUTIONAL
    return Claim(
        id=claim_id(_known(study.key).value, decided),
        type=decided.type,
        frequency=Frequency.ORIGINAL,
        billing=decided.billing,
        rendering=_rendering(study) if _holds_reading(decided) else None,
        referring=orderer,
        attending=orderer if institutional else None,
        service_facility=_facility(study, decided),
        patient=_chosen(study.patient, "The patient of the order."),
        coverage=_coverage(study, decision),
        later_coverages=decision.later_coverages,
        diagnoses=decided.diagnoses,
        lines=_lines(study, decided),
        type_of_bill=decided.type_of_bill,
        order_reference=order.value.reference,
        report_reference=study.report.value.reference if isinstance(study.report, Known) else "",
        condition_codes=decided.condition_codes,
        occurrences=decided.occurrences,
        associated=associated,
    )


def _rendering(study: Study) -> Chosen[Person]:
    """Who signed the reading, or the absent physician a substitute read for."""
    reader = _known(study.reader)
    absent = reader.value.substitutes_for
    if absent:
        says = "The absent physician; a substitute signed the reading."
        return Chosen(value=absent, because=(because_fact(says, reader),))
    report = _known(study.report)
    return _chosen(report.value.interpreter, "The practitioner who signed the reading.")


def _purchase(study: Study, line: DecidedLine) -> Chosen[Purchase] | None:
    if line.purchase_price is None:
        return None
    performer, reader = _known(_known(study.report).value.interpreter), _known(study.reader)
    bought = Purchase(
        price=line.purchase_price.value, performer=performer.value, address=reader.value.address
    )
    because = because_fact("Who performed the reading that the biller bought.", performer)
    return Chosen(value=bought, because=(*line.purchase_price.because, because))


def _facility(study: Study, decided: DecidedClaim) -> Chosen[ServiceFacility]:
    """The place of the part that is billed alone: item 32 of the CMS-1500."""
    if {line.component for line in decided.lines} == {Component.PROFESSIONAL}:
        reader = _known(study.reader)
        read_at = ServiceFacility(
            name=reader.value.organization.name, npi="", address=reader.value.address, kind=None
        )
        return Chosen(value=read_at, because=(because_fact("Where the reading was done.", reader),))
    site = _known(study.site)
    scanned_at = ServiceFacility(
        name=site.value.name,
        npi=site.value.npi,
        address=site.value.address,
        kind=site.value.kind,
        reference=site.value.reference,
    )
    return Chosen(value=scanned_at, because=(because_fact("Where the patient was scanned.", site),))


def _coverage(study: Study, decision: Decision) -> Chosen[Coverage]:
    coverage = _chosen(study.coverage, "The coverage that pays first on the date of service.")
    recognised = decision.payer.because if decision.payer else ()
    number = decision.payer_id
    if number is None or coverage.value.payer_id:
        return replace(coverage, because=(*coverage.because, *recognised))
    numbered = replace(coverage.value, payer_id=number.value)
    return Chosen(value=numbered, because=(*coverage.because, *recognised, *number.because))


def _lines(study: Study, decided: DecidedClaim) -> tuple[ClaimLine, ...]:
    billed = [code for code in decided.diagnoses if code.value[:1] not in EXTERNAL_CAUSES]
    pointers = tuple(range(1, min(len(billed), MOST_POINTERS) + 1))
    return tuple(
        ClaimLine(
            sequence=number,
            component=line.component,
            procedure=line.procedure,
            modifiers=line.modifiers,
            service_day=line.service_day,
            place_of_service=line.place_of_service,
            units=line.units,
            charge=line.charge,
            revenue_code=line.revenue_code,
            narrative=line.narrative,
            purchase=_purchase(study, line),
            diagnosis_pointers=pointers,
        )
        for number, line in enumerate(decided.lines, 1)
    )


def _holds_reading(decided: DecidedClaim) -> bool:
    return any(line.component in READING for line in decided.lines)


def _chosen(fact: Fact[T], says: str) -> Chosen[T]:
    known = _known(fact)
    return Chosen(value=known.value, because=(because_fact(says, known),))


def _known(fact: Fact[T]) -> Known[T]:
    if isinstance(fact, Gap):
        raise ValueError(f"a decided claim needs this fact: {fact.code}")
    return fact
