"""What this service tells other systems about itself: its CapabilityStatement and its operations.

Only what exists is listed. `published` writes the OperationDefinitions to files.
"""

from datetime import date
from typing import Final

from service import __version__
from service.outputs.codings import BASE, Json

DERIVE: Final = f"{BASE}/OperationDefinition/derive"
EXPLAIN: Final = f"{BASE}/OperationDefinition/explain"
FHIR_VERSION: Final = "4.0.1"


def capability_statement(address: str, *, published: date) -> Json:
    """The CapabilityStatement of a server at `address` (its FHIR base URL); `published` is its own date."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": published.isoformat(),
        "kind": "instance",
        "software": {"name": "vfa-claims", "version": __version__},
        "implementation": {
            "description": "Derives claims for DXA vertebral fracture assessment from order and report.",
            "url": address,
        },
        "fhirVersion": FHIR_VERSION,
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": "Claim",
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "versioning": "no-version",
                        "searchParam": [
                            {
                                "name": "identifier",
                                "definition": "http://hl7.org/fhir/SearchParameter/Claim-identifier",
                                "type": "token",
                            }
                        ],
                        "operation": [
                            {"name": "derive", "definition": DERIVE},
                            {"name": "explain", "definition": EXPLAIN},
                        ],
                    }
                ],
            }
        ],
    }


def operation_definitions() -> tuple[Json, ...]:
    """The OperationDefinitions of `Claim/$derive` and `Claim/ID/$explain`."""
    return (_derive(), _explain())


def _derive() -> Json:
    return {
        **_operation(
            DERIVE,
            "DeriveClaims",
            "Derives the claims of the studies in a Bundle: order, report and what they refer to in, a Bundle"
            " with claims, findings, tasks and the explanation out. A study that cannot be decided is held.",
        ),
        "affectsState": True,
        "code": "derive",
        "resource": ["Claim"],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [
            _parameter("resource", "in", 1, "Bundle", "The Bundle, as body or as parameter."),
            _parameter("dryRun", "in", 0, "boolean", "Whether to answer the same and keep nothing."),
            _parameter("return", "out", 1, "Bundle", "A collection that opens with a summary (Parameters)."),
        ],
    }


def _explain() -> Json:
    return {
        **_operation(
            EXPLAIN,
            "ExplainClaim",
            "Tells of each value of a claim which row, input element or practice entry put it there.",
        ),
        "affectsState": False,
        "code": "explain",
        "resource": ["Claim"],
        "system": False,
        "type": False,
        "instance": True,
        "parameter": [_parameter("return", "out", 1, "Binary", "The explanation, application/json.")],
    }


def _operation(url: str, name: str, description: str) -> Json:
    return {
        "resourceType": "OperationDefinition",
        "id": url.rsplit("/", 1)[1],
        "url": url,
        "version": __version__,
        "name": name,
        "status": "active",
        "kind": "operation",
        "experimental": False,
        "publisher": "vfa-claims",
        "description": description,
    }


def _parameter(name: str, use: str, least: int, kind: str, documentation: str) -> Json:
    return {
        "name": name,
        "use": use,
        "min": least,
        "max": "1",
        "documentation": documentation,
        "type": kind,
    }
