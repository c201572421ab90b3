"""Claims that were kept: read one, ask why it is as it is, find one by its business identifier."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from service import json_text
from service.errors import Problem, Refusal, outcome, problem
from service.outputs.answer import explanation_of, gather
from service.outputs.readable import readable
from service.web.context import current
from service.web.parameters import ABOUT_THE_ANSWER, is_strict
from service.web.representation import FHIR_JSON, JSON, TEXT, fhir, wanted

blueprint = Blueprint("claims", __name__)

VERSION = 'W/"1"'
"""A kept Claim is never changed, so that its first version is its only one."""
KNOWN = "identifier"
MOST_TOKENS = 20
UNESCAPED_COMMA = re.compile(r"(?<!\\),")
UNESCAPED_BAR = re.compile(r"(?<!\\)\|")
ESCAPED = re.compile(r"\\([\\,|$])")


@blueprint.get("/fhir/Claim/<id:claim_id>")
def read_claim(claim_id: str) -> Response:
    """The Claim as it was sent out, with its ETag; 304 to who has it."""
    wanted(FHIR_JSON)
    claim = current().ledger.claim(claim_id)
    if claim is None:
        raise Refusal(problem("CLAIM-NOT-FOUND"))
    if request.if_none_match.contains_weak("1"):
        return Response(status=304, headers={"ETag": VERSION})
    return fhir(claim, ETag=VERSION)


@blueprint.get("/fhir/Claim/<id:claim_id>/$explain")
def explain_claim(claim_id: str) -> Response:
    """Every value of the Claim with the row, input or practice entry behind it.

    Our own JSON, the same as a FHIR Binary to who accepts FHIR alone, or text to read.
    """
    media_type = wanted(JSON, TEXT, FHIR_JSON)
    entries = current().ledger.answer_with(claim_id)
    if entries is None:
        raise Refusal(problem("CLAIM-NOT-FOUND"))
    study = json_text.read(entries)
    if media_type == TEXT:
        return Response(readable(gather([study])), content_type=f"{TEXT}; charset=utf-8")
    if media_type == FHIR_JSON:
        return fhir(next(e["resource"] for e in study if e["resource"]["resourceType"] == "Binary"))
    return Response(json_text.write(explanation_of(study)), content_type=JSON)


@blueprint.get("/fhir/Claim")
def search_claims() -> Response:
    """A searchset of Claims with an identifier; other parameters are ignored with a warning, or refused."""
    wanted(FHIR_JSON)
    ignored = [
        problem("SEARCH-PARAMETER-UNKNOWN", None)
        for name in request.args
        if name != KNOWN and name not in ABOUT_THE_ANSWER
    ]
    if ignored and is_strict():
        raise Refusal(*ignored)
    asked = request.args.getlist(KNOWN)
    if not any(asked):
        raise Refusal(problem("SEARCH-PARAMETER-MISSING"))
    found = _all_of(asked)
    return fhir(
        _searchset(found, asked, [Problem(code=p.code, text=p.text, severity="warning") for p in ignored])
    )


def _all_of(asked: list[str]) -> list[bytes]:
    """Repeated parameters must all hold; the values between commas are alternatives (FHIR search)."""
    tokens = [UNESCAPED_COMMA.split(value) for value in asked]
    if sum(map(len, tokens)) > MOST_TOKENS:
        raise Refusal(
            problem("PARAMETER-VALUE", f"At most {MOST_TOKENS} identifiers can be asked for at once.")
        )
    sets = [{claim for token in alternatives for claim in _with(token)} for alternatives in tokens]
    return sorted(set.intersection(*sets))


def _with(token: str) -> tuple[bytes, ...]:
    """Claims with one identifier: `value`, `system|value`, or `|value` for one without a system."""
    system, value = None, token
    if bar := UNESCAPED_BAR.search(token):
        system, value = token[: bar.start()], token[bar.end() :]
    if not value:
        raise Refusal(problem("PARAMETER-VALUE", "An identifier to search for has a value."))
    plain = [None if part is None else ESCAPED.sub(r"\1", part) for part in (system, value)]
    return current().ledger.find_claims(plain[1] or "", plain[0])


def _searchset(found: list[bytes], asked: list[str], ignored: list[Problem]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": f"{request.base_url}?{urlencode({KNOWN: asked}, doseq=True)}"}],
        **_entries(list(_matches(found)) + list(_outcome(ignored))),
    }


def _entries(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"entry": entries} if entries else {}


def _matches(found: list[bytes]) -> Iterator[dict[str, Any]]:
    for claim in map(json_text.read, found):
        yield {
            "fullUrl": f"{request.base_url}/{quote(claim['id'])}",
            "resource": claim,
            "search": {"mode": "match"},
        }


def _outcome(ignored: list[Problem]) -> Iterator[dict[str, Any]]:
    if ignored:
        yield {"resource": outcome(ignored), "search": {"mode": "outcome"}}
