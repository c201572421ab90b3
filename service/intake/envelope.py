"""From the body of a request to the resources it carries: which Bundle, which entries, under which FHIRPath.

Only the wrapping is judged here, and a wrong wrapping refuses the whole request; whether the resources are
R4 is the question of fhir_r4.py, and what they mean that of the rest of intake.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any

from service import json_text
from service.errors import Problem, Refusal, note, problem
from service.fhir_schema import Resource, structure_problems, type_names

MEDIA_TYPES = frozenset({"application/fhir+json", "application/json", "text/json"})
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
FHIR_VERSIONS = frozenset({"4.0", "4.0.1"})
BUNDLE_TYPES = frozenset({"batch", "collection", "message", "searchset", "transaction"})
PARAMETERS = frozenset({"resource", "dryRun"})
"""What $derive takes (fhir_profiles, OperationDefinition derive)."""
OURS = frozenset({"DiagnosticReport", "Procedure", "ServiceRequest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One resource of the Bundle: `path` is its FHIRPath, `method` the verb of a transaction or batch."""

    index: int
    full_url: str | None
    resource: Resource
    path: str
    method: str | None = None

    @property
    def kind(self) -> str:
        """Its resourceType; empty where that is no text."""
        kind = self.resource.get("resourceType")
        return kind if isinstance(kind, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A Bundle as it came in: `kind` is Bundle.type, `root` the Bundle, `path` its FHIRPath.

    `notes` names the entries that were left out.
    """

    kind: str
    root: Resource
    path: str
    entries: tuple[Entry, ...]
    dry_run: bool = False
    notes: tuple[Problem, ...] = ()


def open_envelope(content_type: str | None, body: bytes, limit: int) -> Envelope:
    """The Bundle in the body of a request; `limit` is the size in bytes that is still read.

    Refused: 413 larger than the limit, 415 another media type, character set or FHIR version, and
    everything that json_text.read and envelope_of refuse.
    """
    if len(body) > limit:
        raise Refusal(problem("ENVELOPE-TOO-LARGE", f"The body is larger than {limit} bytes."))
    if not is_fhir_json(content_type):
        raise Refusal(problem("ENVELOPE-MEDIA-TYPE"))
    return envelope_of(json_text.read(body))


@lru_cache(maxsize=64)
def is_fhir_json(content_type: str | None) -> bool:
    """Whether a Content-Type announces FHIR R4 as JSON in UTF-8."""
    header = Message()
    header["Content-Type"] = " ".join((content_type or "").split())
    charset, version = header.get_param("charset", "utf-8"), header.get_param("fhirVersion", "4.0")
    return (
        header.get_content_type() in MEDIA_TYPES
        and isinstance(charset, str)
        and charset.lower() in CHARSETS
        and version in FHIR_VERSIONS
    )


def envelope_of(resource: object) -> Envelope:
    """The Bundle in a JSON value: a Bundle, or Parameters with one Bundle as a resource, and `dryRun`.

    Refused: 400 not FHIR, or not a Bundle; 422 a Bundle of another type (history, document, a response), a
    message without its header, a Bundle without ServiceRequest, DiagnosticReport or Procedure.
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(resource, dict) or not isinstance(kind, str) or kind not in type_names():
        raise Refusal(problem("ENVELOPE-NOT-FHIR"))
    if kind == "Bundle":
        return _bundle(resource, "Bundle", dry_run=False)
    if kind == "Parameters":
        return _parameters(resource)
    raise Refusal(problem("ENVELOPE-NOT-A-BUNDLE", None, kind))


def _parameters(resource: Resource) -> Envelope:
    given = resource.get("parameter")
    parameters = [
        (f"Parameters.parameter[{index}]", each)
        for index, each in enumerate(given if isinstance(given, list) else [])
        if isinstance(each, dict)
    ]
    bundles = [
        (f"{path}.resource", each["resource"])
        for path, each in parameters
        if isinstance(each.get("resource"), dict) and each["resource"].get("resourceType") == "Bundle"
    ]
    dry_runs = [(path, each) for path, each in parameters if each.get("name") == "dryRun"]
    wrong = [
        problem("ENVELOPE-PARAMETER", None, path)
        for position, (path, each) in enumerate(dry_runs)
        if position > 0 or not isinstance(each.get("valueBoolean"), bool)
    ]
    # A misspelt dryRun that was passed over would keep a claim its sender did not want kept.
    wrong += (
        problem("ENVELOPE-PARAMETER", None, path)
        for path, each in parameters
        if each.get("name") not in PARAMETERS
    )
    if len(bundles) != 1:
        wrong.append(problem("ENVELOPE-NOT-A-BUNDLE", None, "Parameters"))
    if wrong:
        raise Refusal(*wrong)
    path, bundle = bundles[0]
    return _bundle(bundle, path, dry_run=any(each["valueBoolean"] for _, each in dry_runs))


def _bundle(bundle: Resource, path: str, *, dry_run: bool) -> Envelope:
    kind, given = bundle.get("type"), bundle.get("entry", [])
    wrong: list[Problem] = []
    if not isinstance(kind, str) or kind not in BUNDLE_TYPES:
        wrong.append(problem("ENVELOPE-BUNDLE-TYPE", None, f"{path}.type"))
    if not isinstance(given, list):
        wrong.append(problem("ENVELOPE-ENTRY", None, f"{path}.entry"))
    read = list(_entries(given, path)) if isinstance(given, list) else []
    wrong += (each for each in read if isinstance(each, Problem) and each.severity == "error")
    entries = tuple(each for each in read if isinstance(each, Entry))
    if kind == "message" and not (entries and entries[0].index == 0 and entries[0].kind == "MessageHeader"):
        wrong.append(problem("ENVELOPE-MESSAGE-HEADER", None, f"{path}.entry[0]"))
    if not wrong and not any(entry.kind in OURS for entry in entries):
        wrong.append(problem("ENVELOPE-NOTHING-OURS", None, path))
    if wrong:
        raise Refusal(*wrong, *_beside(wrong, bundle, path))
    notes = tuple(each for each in read if isinstance(each, Problem))
    return Envelope(kind=str(kind), root=bundle, path=path, entries=entries, dry_run=dry_run, notes=notes)


def _beside(wrong: list[Problem], bundle: Resource, path: str) -> Iterator[Problem]:
    """What else is not R4 in a Bundle that is refused for its wrapping: the sender mends it all at once."""
    # That there is no entry is what the wrapping is refused for.
    named = {(f"{path}.entry",), *(each.expression for each in wrong)}
    yield from (each for each in structure_problems(bundle, path) if each.expression not in named)


def _entries(given: list[Any], path: str) -> Iterator[Entry | Problem]:
    for index, each in enumerate(given):
        place = f"{path}.entry[{index}]"
        if not isinstance(each, dict):
            yield problem("ENVELOPE-ENTRY", "An entry is not an object.", place)
            continue
        method, mode = _text(each.get("request"), "method"), _text(each.get("search"), "mode")
        resource = each.get("resource")
        if method == "DELETE":
            yield note("ENVELOPE-DELETE-IGNORED", None, place)
        elif resource is None or mode == "outcome" or method not in {None, "POST", "PUT"}:
            yield note("ENVELOPE-ENTRY-SKIPPED", None, place)
        elif not isinstance(resource, dict):
            yield problem("ENVELOPE-ENTRY", "The resource of an entry is not an object.", f"{place}.resource")
        else:
            yield Entry(
                index=index,
                full_url=_text(each, "fullUrl"),
                resource=resource,
                path=f"{place}.resource",
                method=method,
            )


def _text(node: Any, name: str) -> str | None:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else None
