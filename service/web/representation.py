"""Which format the sender asks for, and answers in it: FHIR JSON, or what an endpoint offers beside it."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from service import json_text
from service.errors import Refusal, problem
from service.intake.envelope import FHIR_VERSIONS

FHIR_JSON = "application/fhir+json"
JSON = "application/json"
TEXT = "text/plain"
FORMAT_NAMES = {"json": FHIR_JSON, "text": TEXT}


def fhir(resource: Mapping[str, Any] | bytes, status: int = 200, **headers: str) -> Response:
    """A FHIR resource as the answer, from its JSON value or its JSON text."""
    body = resource if isinstance(resource, bytes) else json_text.write(resource)
    answer = Response(body, status, content_type=f"{FHIR_JSON}; charset=utf-8")
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


def wanted(*offered: str) -> str:
    """The first of the offered media types that the sender takes; `_format` goes before Accept.

    application/json and text/json mean FHIR JSON too. Refuses with 406 when nothing offered is taken.
    """
    asked = request.args.get("_format")
    if asked is not None:
        # A plus sign in a query is read as a space.
        ranges = [FORMAT_NAMES.get(asked, asked.strip().replace(" ", "+"))]
    else:
        ranges = [str(value) for value, quality in request.accept_mimetypes if quality > 0]
    for media_range in ranges or ["*/*"]:
        for media_type in offered:
            if _takes(media_range, media_type):
                return media_type
    raise Refusal(problem("HTTP-NOT-ACCEPTABLE", f"Offered here: {', '.join(offered)}."))


def _takes(media_range: str, media_type: str) -> bool:
    name, *parameters = (part.strip() for part in media_range.lower().split(";"))
    versions = [value.strip('" ') for value in map(_version, parameters) if value is not None]
    if any(version not in FHIR_VERSIONS for version in versions):
        return False
    names = {media_type, "*/*", f"{media_type.split('/')[0]}/*"}
    if media_type == FHIR_JSON:
        names |= {JSON, "text/json"}
    return name in names


def _version(parameter: str) -> str | None:
    name, _, value = parameter.partition("=")
    return value if name.strip() == "fhirversion" else None
