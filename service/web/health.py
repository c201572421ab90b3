"""/healthz: the process lives, and what it is. /readyz: it can keep a claim."""

from flask import Blueprint, Response

from service import __version__, json_text
from service.web.context import current
from service.web.representation import JSON

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def health() -> Response:
    """Version and digests; asks nothing of the ledger."""
    return _plain({"status": "alive", "version": __version__, **current().knowledge.digests})


@blueprint.get("/readyz")
def readiness() -> Response:
    """200 if the ledger answers and is of this version; else the OperationOutcome of the fault."""
    current().ledger.check_ready()
    return _plain({"status": "ready"})


def _plain(value: dict[str, str]) -> Response:
    return Response(json_text.write(value), content_type=JSON, headers={"Cache-Control": "no-store"})
