"""Looking up on the configured FHIR servers what a Bundle refers to and does not carry."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from service.errors import Declined, Unavailable
from service.fhir_r4 import check_resource, type_resource
from service.store.fhir_address import Limits, Target, target_of

if TYPE_CHECKING:
    from service.store.fhir_server import FhirServer

Json = dict[str, Any]
LookUp = Callable[[str], Json | None]

PATIENCE = Limits(connect=2.05, read=5.0, whole=8.0, retries=1, wait=2)
BUDGET = 12.0
"""Seconds after which one derivation asks for nothing more: somebody waits for the answer."""


@contextmanager
def looking_up(
    bases: Sequence[str], *, limits: Limits = PATIENCE, budget: float = BUDGET
) -> Iterator[LookUp]:
    """What looks references up for one derivation; without a base it finds nothing.

    It gives None for what is not below a configured base, is not there or is not one thing alone. It raises
    Unavailable, at once for a server that was so before, and Declined, also for what is not R4.
    """
    if not bases:
        yield lambda _: None
        return
    from service.store.fhir_server import FhirServer  # a fifth of a second, for those who need it

    asking = _Asking(lambda base: FhirServer(base, limits), bases, budget)
    try:
        yield asking.look_up
    finally:
        asking.close()


class _Asking:
    """The servers asked in one derivation, and which of them did not answer."""

    def __init__(self, connect: "Callable[[str], FhirServer]", bases: Sequence[str], budget: float) -> None:
        self._connect, self._bases, self._budget = connect, bases, budget
        self._servers: dict[str, FhirServer] = {}
        self._down: dict[str, Unavailable] = {}
        self._began: float | None = None

    def look_up(self, name: str) -> Json | None:
        target = target_of(name, self._bases)
        if target is None:
            return None
        if target.base in self._down:
            raise self._down[target.base]
        self._check_time()
        try:
            found = self._ask(target)
        except Unavailable as unavailable:
            self._down[target.base] = unavailable
            raise
        if found is not None and not all(_is_sound(each, target.kind) for each in _read(found, target)):
            raise Declined("the resource is not valid FHIR R4", status=200)
        return found

    def close(self) -> None:
        for server in self._servers.values():
            server.close()

    def _ask(self, target: Target) -> Json | None:
        server = self._servers.get(target.base)
        if server is None:
            server = self._servers[target.base] = self._connect(target.base)
        if target.versions:
            kept = [{"resource": each} for each in server.versions(target.kind, target.id)]
            return {"resourceType": "Bundle", "type": "history", "entry": kept} if kept else None
        if target.id:
            return server.read(target.kind, target.id)
        asked = (("identifier", target.token), ("_count", "2"))
        found = [entry["resource"] for entry in server.search(target.kind, asked)]
        return found[0] if len(found) == 1 else None

    def _check_time(self) -> None:
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        if now - self._began > self._budget:
            raise Unavailable(f"looking up took more than {self._budget:g} s")


def _read(found: Json, target: Target) -> list[Json]:
    return [each["resource"] for each in found["entry"]] if target.versions else [found]


def _is_sound(resource: Json, kind: str) -> bool:
    """Whether it passes the gate that what is posted passes."""
    return resource["resourceType"] == kind and not (check_resource(resource) or type_resource(resource))
