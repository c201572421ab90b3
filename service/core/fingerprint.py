"""Digests that tell what was seen before: a study's facts, its business key, and what is billed for it.

`study_digest` changes with any fact a decision may rest on, and with nothing else: neither the place where
a fact stood in the Bundle nor the order of the entries counts. `billing_fingerprint` changes only when a
payer would see another claim. The digest that counts the places too is `store.kept.located_digest`.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from service.core.claim import Claim, ClaimLine
from service.core.codes import StudyState
from service.core.decision import Chosen, Decision, raise_finding
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from service.core.study import (
    BusinessIdentifier,
    Coverage,
    Gap,
    Known,
    Organization,
    Patient,
    Person,
    Reason,
    Study,
    StudyKey,
)

Plain: TypeAlias = "bool | str | int | list[Plain] | dict[str, Plain] | None"

PLACES = frozenset({"evidence", "where", "label", "prose"})
"""Fields that say where a fact was read, not what it is."""
_ORDERED = (str, Reason, Coverage)
"""Names, address lines, reasons for the test and coverages stay in the order given; all else is a set."""


def study_digest(study: Study) -> str:
    """SHA-256 over every fact and gap of the study, without the places they were read at.

    Without a business key the place is all that tells two incomplete studies apart, so that it counts.
    """
    return _digest([_plain(study), study.label if isinstance(study.key, Gap) else ""])


def key_digest(key: StudyKey) -> str:
    """SHA-256 over the business key, so that the ledger finds a study without storing its identifiers."""
    return _digest(_plain(key))


def patient_digest(patient: BusinessIdentifier) -> str:
    """SHA-256 over a patient's business identifier: earlier services are found by it, nobody is read off."""
    return _digest(_plain(patient))


def billing_fingerprint(claims: Iterable[Claim]) -> str:
    """SHA-256 over codes, modifiers, places, days, diagnoses, units, charges and parties; "" without claims.

    An organization or practitioner is its NPI (and tax id); the patient counts with all a claim says of them,
    because a corrected name or birth date is a corrected claim.
    """
    billed = [_billed(claim) for claim in claims]
    return _digest(billed) if billed else ""


def held_as_changed(decision: Decision, rulebook: Rulebook, claims: Iterable[str]) -> Decision:
    """The decision where it would change claims that stand (ids): held, for nothing replaces a claim."""
    finding = raise_finding(rulebook, FindingCode.STUDY_CHANGED, claims=", ".join(claims))
    return replace(decision, state=StudyState.HELD, claims=(), findings=(*decision.findings, finding))


def held_as_not_valid(decision: Decision, rulebook: Rulebook) -> Decision:
    """The decision where a claim of it is no valid resource: held, for that must not leave the house."""
    finding = raise_finding(rulebook, FindingCode.CLAIM_NOT_VALID)
    return replace(decision, state=StudyState.HELD, claims=(), findings=(*decision.findings, finding))


def _billed(claim: Claim) -> Plain:
    site = claim.service_facility.value
    return {
        "type": claim.type.value,
        "frequency": claim.frequency,
        "bill": _value(claim.type_of_bill),
        "billing": _organization(claim.billing.value),
        "rendering": _person(claim.rendering),
        "referring": _person(claim.referring),
        "attending": _person(claim.attending),
        "facility": [site.npi, site.name, _plain(site.address)],
        "patient": _patient(claim.patient.value),
        "coverage": _coverage(claim.coverage.value),
        "conditions": [code.value for code in claim.condition_codes],
        "occurrences": [[one.value.code, one.value.day.isoformat()] for one in claim.occurrences],
        "diagnoses": [code.value for code in claim.diagnoses],
        "lines": [_line(line) for line in claim.lines],
    }


def _line(line: ClaimLine) -> Plain:
    return [
        line.component,
        line.procedure.value,
        [modifier.value for modifier in line.modifiers],
        line.service_day.value.isoformat(),
        _value(line.place_of_service),
        line.units.value,
        f"{line.charge.value:.2f}",
        _value(line.revenue_code),
        _value(line.narrative),
        [f"{line.purchase.value.price:.2f}", line.purchase.value.performer.npi] if line.purchase else None,
        list(line.diagnosis_pointers),
    ]


def _value(chosen: Chosen[str] | None) -> str | None:
    return chosen.value if chosen else None


def _organization(organization: Organization) -> Plain:
    return [organization.npi, organization.tax_id]


def _person(chosen: Chosen[Person] | None) -> str | None:
    return chosen.value.npi if chosen else None


def _patient(patient: Patient) -> Plain:
    return [
        _plain(patient.identifier),
        patient.family,
        list(patient.given),
        patient.birth_date.isoformat(),
        patient.sex,
        _plain(patient.address),
    ]


def _coverage(coverage: Coverage) -> Plain:
    said = [coverage.payer_id, coverage.payer.name, coverage.member_id, coverage.plan, coverage.relationship]
    subscriber = [_plain(replace(coverage.subscriber, reference=""))] if coverage.subscriber else []
    return [*said, *coverage.authorizations, *subscriber]


def _plain(value: object) -> Plain:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Known):
        return {"known": _plain(value.value)}
    if isinstance(value, frozenset | tuple):
        return _many(value)
    if is_dataclass(value):
        kind: type = type(value)
        plain: dict[str, Plain] = {name: _plain(getattr(value, name)) for name in _fields_of(kind)}
        return {"": kind.__name__, **plain}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a study has no room for {type(value).__name__}")


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields that say what a fact is."""
    return tuple(field.name for field in fields(kind) if field.name not in PLACES)


def _many(values: frozenset[object] | tuple[object, ...]) -> Plain:
    if values and all(isinstance(value, Evidence) for value in values):
        return "stated"
    plain = [_plain(value) for value in values]
    if isinstance(values, tuple) and all(isinstance(value, _ORDERED) for value in values):
        return plain
    return sorted(plain, key=_text) if len(plain) > 1 else plain


_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _digest(plain: Plain) -> str:
    return hashlib.sha256(_text(plain).encode()).hexdigest()
