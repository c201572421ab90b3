"""Is it FHIR R4? The gate for everything that comes in and for every Claim that goes out.

Two opinions, each for what it is good at: the R4 JSON schema looks at everything that arrives and
everything that leaves, cheaply (fhir_schema.py); fhir.resources types the resources that decide a claim and
the Claim itself. It never emits: it would rewrite 150.00 as 150.0. For the types read here R4B has the
elements of R4; where its models refuse valid R4, the copy they see is relaxed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service import fhir_schema
from service.errors import Problem, problem
from service.fhir_models import REFUSALS, is_typed, model_of
from service.fhir_schema import Resource, fhirpath, structure_problems, type_names

if TYPE_CHECKING:
    from pydantic import ValidationError

TYPED = frozenset({"Claim", "Coverage", "DiagnosticReport", "ServiceRequest"})
MAX_TYPE_PROBLEMS = 50

_BY_ERROR = {"missing": "FHIR-REQUIRED", "extra_forbidden": "FHIR-UNKNOWN-ELEMENT"}
_REFUSED_IN_EXTENSIONS = ("_value", "valueMeta", "valueUuid")


def check_bundle(resource: Resource, path: str | None = None) -> tuple[Problem, ...]:
    """Everything wrong with the structure of a Bundle or any other resource, all at once (about 100 at most).

    `path` is the FHIRPath the expressions start with, by default the resourceType. Checked: the R4 schema,
    required code lists and elements, empty and null values, days of the calendar, per-1, qty-3, ref-1,
    obs-6, bdl-7. A resource of an R4 type that the service does not read is let through. Never raises.
    """
    kind = resource.get("resourceType")
    path = path or (kind if isinstance(kind, str) and kind in type_names() else "$this")
    return (*structure_problems(resource, path), *_repeated_full_urls(resource, path))


check_resource = check_bundle


def type_resource(resource: Resource, path: str | None = None) -> tuple[Problem, ...]:
    """What fhir.resources finds wrong in a ServiceRequest, DiagnosticReport, Coverage or Claim; else ().

    For resources that check_bundle has passed. Adds calendar and time zone checks of all dates, choices of
    Extension and the types of values. Never raises.
    """
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in TYPED:
        return ()
    path = path or kind
    # The schema alone judges contained resources: the models refuse valid ones of types they do not know.
    # Their refusal never counted: what they refuse is judged again without contained resources (_relaxed).
    found = _type(kind, {name: value for name, value in resource.items() if name != "contained"}, path)
    try:
        return found and _type(kind, _relaxed(resource), path)
    except RecursionError:
        return found


def check_claim(claim: Resource, path: str = "Claim") -> tuple[Problem, ...]:
    """What is wrong with a Claim on its way out: schema and invariants, then fhir.resources."""
    if claim.get("resourceType") != "Claim":
        return (problem("FHIR-TYPE", "This is not a Claim.", path),)
    return check_bundle(claim, path) or type_resource(claim, path)


def warm() -> None:
    """Import the models and compile the schema now, so that the first request does not pay for it (0.4 s)."""
    fhir_schema.warm()
    for kind in sorted(TYPED):
        model_of(kind)


def _type(kind: str, resource: Resource, path: str) -> tuple[Problem, ...]:
    if is_typed(kind, resource):
        return ()
    from pydantic import ValidationError

    try:
        model_of(kind).model_validate(resource)
    except ValidationError as error:
        return tuple(dict.fromkeys(_type_problems(error, path)))
    except REFUSALS:
        return (problem("FHIR-VALUE", "A value has a type that R4 does not allow.", path),)
    return ()


def _type_problems(error: "ValidationError", path: str) -> Iterator[Problem]:
    for each in error.errors(include_url=False, include_context=False, include_input=False)[
        :MAX_TYPE_PROBLEMS
    ]:
        steps = [step.removesuffix("__ext") if isinstance(step, str) else step for step in each["loc"]]
        yield problem(_BY_ERROR.get(each["type"], "FHIR-VALUE"), None, fhirpath(path, steps))


def _relaxed(node: Any, inside: str = "") -> Any:
    """A copy without the valid R4 that the models refuse: contained resources of unknown types, and in an
    Extension `_valueX`, valueMeta and UUIDs of other versions. The schema has looked at all of them.
    """
    if isinstance(node, list):
        return [_relaxed(item, inside) for item in node]
    if not isinstance(node, dict):
        return node
    extension = inside in {"extension", "modifierExtension"}
    return {
        key: _relaxed(value, key)
        for key, value in node.items()
        if key != "contained" and not (extension and key.startswith(_REFUSED_IN_EXTENSIONS))
    }


def _repeated_full_urls(resource: Resource, path: str) -> Iterator[Problem]:
    """bdl-7: fullUrl is unique in a Bundle, or entries with the same one have different versions."""
    entries = resource.get("entry")
    if (
        resource.get("resourceType") != "Bundle"
        or resource.get("type") == "history"
        or not isinstance(entries, list)
    ):
        return
    seen: set[tuple[str, str]] = set()
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(full_url := entry.get("fullUrl"), str):
            continue
        key = (full_url, _version(entry.get("resource")))
        if key in seen:
            yield problem("FHIR-FULL-URL", None, f"{path}.entry[{index}].fullUrl")
        seen.add(key)


def _version(resource: Any) -> str:
    meta = resource.get("meta") if isinstance(resource, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""
