"""Small valid resources to spoil: an order, a report and what they refer to. Every call makes fresh ones."""

from decimal import Decimal
from typing import Any

CPT = "http://www.ama-assn.org/go/cpt"
PATIENT = {"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "name": [{"family": "Example", "given": ["Ada", "B."]}],
        "gender": "female",
        "birthDate": "1954-03-02",
    }


def order() -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": "https://example.org/placer", "value": "P-1"}],
        "status": "active",
        "intent": "order",
        "code": coded(CPT, "77086"),
        "subject": dict(PATIENT),
        "authoredOn": "2026-09-01",
    }


def report() -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": coded("http://loinc.org", "38269-7"),
        "subject": dict(PATIENT),
        "effectiveDateTime": "2026-09-15T09:30:00-04:00",
        "issued": "2026-09-15T15:00:00-04:00",
    }


def coverage() -> dict[str, Any]:
    return {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": dict(PATIENT),
        "payor": [{"display": "A payer"}],
        "period": {"start": "2026-01-01"},
    }


def observation() -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("http://loinc.org", "38269-7"),
        "valueQuantity": {
            "value": Decimal("-2.50"),
            "unit": "1",
            "system": "http://unitsofmeasure.org",
            "code": "1",
        },
    }


def claim() -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "status": "active",
        "type": coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": "Patient/1"},
        "created": "2026-09-16",
        "provider": {"reference": "Organization/1"},
        "priority": coded("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": coded(CPT, "77086"),
                "servicedDate": "2026-09-15",
                "unitPrice": {"value": Decimal("150.00"), "currency": "USD"},
            }
        ],
        "total": {"value": Decimal("150.00"), "currency": "USD"},
    }


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    entries = [
        {"fullUrl": f"urn:uuid:{number:08d}-0000-4000-8000-000000000000", "resource": resource}
        for number, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def study(kind: str = "collection") -> dict[str, Any]:
    return bundle(patient(), order(), report(), coverage(), observation(), kind=kind)
