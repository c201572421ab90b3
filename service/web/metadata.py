"""GET /fhir/metadata: what this server can do."""

from datetime import date

from flask import Blueprint, Response, request

from service.outputs.capability import capability_statement
from service.web.representation import FHIR_JSON, fhir, wanted

blueprint = Blueprint("metadata", __name__)

PUBLISHED = date(2026, 11, 24)
"""The day the interface last changed."""


@blueprint.get("/fhir/metadata")
def read_metadata() -> Response:
    """The CapabilityStatement, the same for everybody."""
    wanted(FHIR_JSON)
    return fhir(capability_statement(f"{request.url_root}fhir", published=PUBLISHED))
