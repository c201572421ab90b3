"""What two answers to the same study may differ in, and an answer without it.

Doors, days and servers may change these and nothing else: the instants of writing, and what a FHIR server
stamps on a resource it stores.
"""

from typing import Any, Final

from service.outputs.codings import Json

INSTANTS: Final = ("Claim.created", "Provenance.recorded", "Task.authoredOn")
"""When the answer was written."""
SERVER_STAMPS: Final = (
    "Bundle.id",
    "Bundle.timestamp",
    "Bundle.meta.lastUpdated",
    "Claim.meta.versionId",
    "Claim.meta.lastUpdated",
    "Claim.meta.source",
    "OperationOutcome.id",
    "Parameters.id",
    "Provenance.id",
    "Provenance.meta.versionId",
    "Provenance.meta.lastUpdated",
    "Task.id",
    "Task.meta.versionId",
    "Task.meta.lastUpdated",
    "Binary.id",
    "Binary.meta.versionId",
    "Binary.meta.lastUpdated",
)
"""What a server that keeps a resource adds to it."""
NORMALISED: Final = INSTANTS + SERVER_STAMPS


def normalise(resource: Json) -> Json:
    """A copy of an answer Bundle, or of one resource of it, without the NORMALISED elements."""
    kind = resource["resourceType"]
    kept = _without(resource, kind)
    if kind == "Bundle":
        kept["entry"] = [{**entry, "resource": normalise(entry["resource"])} for entry in kept["entry"]]
    return kept


def _without(element: Json, path: str) -> Json:
    kept: Json = {}
    for name, value in element.items():
        place = f"{path}.{name}"
        if place in NORMALISED:
            continue
        shorter: Any = _without(value, place) if isinstance(value, dict) else value
        if shorter != {}:
            kept[name] = shorter
    return kept
