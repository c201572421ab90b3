"""Removing from a sandbox everything that carries our tag, and nothing else."""

import time
from collections.abc import Iterator

from service.errors import Declined
from service.sandbox.example import Mark
from service.sandbox.patience import PATIENCE, Patience
from service.sandbox.report import Differs, Report, Result, Step, reported_steps
from service.store.fhir_address import READ
from service.store.fhir_server import FhirServer

REFERRING_FIRST = (
    "Provenance",
    "Task",
    "Claim",
    "DiagnosticReport",
    "Observation",
    "ImagingStudy",
    "Procedure",
    "ServiceRequest",
    "Condition",
    "Encounter",
    "Coverage",
    "Device",
    "Location",
    "Practitioner",
    "Organization",
    "Patient",
)
"""Every kind that a run writes, each before the kinds it refers to: a server keeps what is referred to."""


def clean(server: FhirServer, mark: Mark, patience: Patience = PATIENCE) -> Report:
    """Deletes in one transaction what has the tag, until a search finds nothing of it."""
    steps = _steps(server, mark, patience)
    return reported_steps(steps, base=server.base, tag=mark.tag, success=Result.CLEANED)


def _steps(server: FhirServer, mark: Mark, patience: Patience) -> Iterator[Step]:
    for attempt in range(patience.attempts):
        names = list(_marked(server, mark))
        yield Step(says="look for what has the tag", counts=(("found", len(names)),))
        if not names:
            return
        if attempt:
            time.sleep(patience.pause)
        server.transaction([{"request": {"method": "DELETE", "url": name}} for name in names])
        yield Step(says="delete it in one transaction", counts=(("deleted", len(names)),))
    raise Differs("the server goes on finding what was deleted")


def _marked(server: FhirServer, mark: Mark) -> Iterator[str]:
    for kind in REFERRING_FIRST:
        for entry in server.search(kind, (("_tag", mark.token), ("_count", "100"))):
            resource = entry["resource"]
            name = f"{resource['resourceType']}/{resource.get('id')}"
            if not mark.is_on(resource):
                raise Declined("the search gave a resource without the tag; nothing was deleted", status=200)
            if READ.fullmatch(name):
                yield name
