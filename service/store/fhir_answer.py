"""What a FHIR server answered: the resource that was asked for, a refusal told in codes, or no answer at all.

Nothing here trusts the shape of what it reads, and no prose of the server gets out: it may name a patient.
"""

import re
from collections.abc import Sequence
from typing import Any

from service import json_text
from service.errors import Declined, Refusal, Unavailable

Json = dict[str, Any]

BUSY = frozenset({429, 503})
"""The server says that it did nothing: may be asked again, whatever was asked."""
NO_ANSWER = BUSY | {408, 425, 500, 502, 504}
NOT_SUPPORTED = 501

ISSUE_CODE = re.compile(r"[a-z-]{1,32}")
PLACES = ("expression", "location")
COMMENT = re.compile(r"/\*.*?\*/")
"""HAPI writes type and id of a resource into a FHIRPath."""
PLACE = re.compile(r"[A-Za-z][A-Za-z0-9.\[\]]{0,119}")
HAPI_NUMBER = re.compile(r"HAPI-\d{4}")
ISSUES = 5


def judged(status: int, content: bytes, gone: Sequence[int]) -> tuple[int, Json]:
    """Status and resource of an answer of 2xx, status and nothing for one of `gone`; else raises."""
    if status in NO_ANSWER or (status >= 500 and status != NOT_SUPPORTED):
        raise Unavailable(f"HTTP {status}")
    if status in gone:
        return status, {}
    if 300 <= status < 400:
        raise Declined(f"HTTP {status}: it sends to another address", status=status)
    try:
        resource = json_text.read(content)
    except Refusal:
        resource = None
    fhir = isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)
    if not 200 <= status < 300:
        raise Declined(f"HTTP {status}{_issues(resource) if fhir else ''}", status=status)
    if not fhir:
        raise Declined("the answer is not FHIR JSON", status=status)
    if resource["resourceType"] == "OperationOutcome":
        raise Declined(f"HTTP {status} with an OperationOutcome{_issues(resource)}", status=status)
    return status, resource


def _issues(outcome: Json) -> str:
    """What an OperationOutcome says in codes: issue types, FHIRPaths, numbers of HAPI's messages."""
    found = []
    for issue in objects(outcome.get("issue")):
        if issue.get("severity") not in ("error", "fatal"):
            continue
        places = [COMMENT.sub("", each) for name in PLACES for each in _texts(issue.get(name))]
        number = HAPI_NUMBER.search(str(issue.get("diagnostics")))
        words = [
            *(code for code in _texts([issue.get("code")]) if ISSUE_CODE.fullmatch(code)),
            *(f"at {place}" for place in places[:1] if PLACE.fullmatch(place)),
            *([number[0]] if number else []),
        ]
        found.append(" ".join(words))
    shown = "; ".join([each for each in found if each][:ISSUES])
    return f": {shown}" if shown else ""


def matches(page: Json, status: int) -> list[Json]:
    """The entries of a searchset that have a resource, without what only tells about the search."""
    entries = [entry for entry in objects(page.get("entry")) if isinstance(_kind(entry), str)]
    outcomes = [entry["resource"] for entry in entries if _kind(entry) == "OperationOutcome"]
    if wrong := "".join(_issues(outcome) for outcome in outcomes):
        raise Declined(f"the search was not done as asked{wrong}", status=status)
    return [entry for entry in entries if _kind(entry) != "OperationOutcome"]


def _kind(entry: Json) -> Any:
    resource = entry.get("resource")
    return resource.get("resourceType") if isinstance(resource, dict) else None


def expect(bundle: Json, kind: str, status: int) -> None:
    """Raises Declined unless the answer is a Bundle of this type."""
    if bundle["resourceType"] != "Bundle" or bundle.get("type") != kind:
        raise Declined(f"the answer is not a Bundle of type {kind}", status=status)


def objects(value: Any) -> list[Json]:
    """The objects of what ought to be a list of them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
