"""The R4 JSON schema: is the structure of a resource right, and if not, where?

The schema is HL7's own with repairs and additions; fhir_profiles/schema/README.md lists them. It is
compiled once, on first use. A valid Bundle costs one pass of the compiled schema; only an invalid one is
gone through for errors.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from service.errors import Problem, problem

if TYPE_CHECKING:
    import jsonschema_rs

MAX_PROBLEMS = 100
MAX_CODES = 40
"""So many codes of a list are named; the longest list R4 requires has a few hundred."""

Resource = dict[str, Any]
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LOCAL: list[str | int] = ["definitions", "Reference", "properties", "reference", "allOf", 1, "pattern"]
_BY_TITLE = {"qty-3": "FHIR-QUANTITY", "obs-6": "FHIR-ABSENT-REASON"}
_BY_KEYWORD = {
    "enum": "FHIR-CODE",
    "const": "FHIR-CODE",
    "format": "FHIR-DATE",
    "minItems": "FHIR-EMPTY",
    "minProperties": "FHIR-EMPTY",
    "minLength": "FHIR-EMPTY",
    "periodInOrder": "FHIR-PERIOD",
}


class _PeriodInOrder:
    """per-1: a Period does not end before it starts; values of different precision agree on what both say."""

    def __init__(self, parent: Resource, value: bool, path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        """Raise when the end is before the start."""
        if isinstance(instance, dict):
            start, end = instance.get("start"), instance.get("end")
            if isinstance(start, str) and isinstance(end, str) and ends_before_start(start, end):
                raise ValueError("per-1")


def ends_before_start(start: str, end: str) -> bool:
    """Whether a Period's end lies before its start, as far as both say, by the days they are written with.

    A difference within one day, or of one day between values with an offset, is left alone: whichever
    offset is meant, the order cannot be told from the day alone.
    """
    slack = 1 if "T" in start and "T" in end else 0
    shared = min(len(start), len(end), 10)
    if slack and shared == 10:
        try:
            return (date.fromisoformat(end[:10]) - date.fromisoformat(start[:10])).days < -slack
        except ValueError:
            return False
    return end[:shared] < start[:shared]


def is_calendar_day(text: str) -> bool:
    """Whether a date, dateTime or instant names a day that exists; a year or a month alone always does."""
    if len(text) < 10:
        return True
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def structure_problems(resource: Resource, path: str) -> list[Problem]:
    """Everything the R4 schema finds wrong in a resource (at most about 100), at FHIRPaths below `path`."""
    try:
        # To the schema every reference `#id` is wrong; where nothing else is, a look at these is enough.
        # Only what contains resources can have such references that are right.
        if "contained" not in resource and validator().is_valid(resource):
            return []
        if _lax_validator().is_valid(resource) and local_references_lead_somewhere(resource):
            return []
        found: dict[tuple[str, tuple[str, ...]], Problem] = {}
        for error in validator().iter_errors(resource):
            for each in _problems(resource, path, error):
                found.setdefault((each.code + each.text, each.expression), each)
            if len(found) >= MAX_PROBLEMS:
                return [*found.values(), problem("FHIR-TOO-MANY", None, path)]
    except (ValueError, RecursionError):  # a key that is no string, a lone surrogate, endless depth
        return [problem("FHIR-VALUE", "The resource cannot be written as JSON.", path)]
    return list(found.values())


def local_references_lead_somewhere(resource: Resource) -> bool:
    """ref-1: whether every reference `#id` names a contained resource of its own resource, or that itself."""
    return _hold_below(resource, _local_names(resource), is_contained=False)


def _hold_below(node: Resource, names: frozenset[str], *, is_contained: bool) -> bool:
    if "resourceType" in node and not is_contained:
        names = _local_names(node)
    for name, each in node.items():
        if isinstance(each, str):
            if name == "reference" and each[:1] == "#" and each not in names:
                return False
        elif isinstance(each, dict):
            if not _hold_below(each, names, is_contained=name == "contained"):
                return False
        elif isinstance(each, list):
            contained = name == "contained"
            for inner in each:
                if isinstance(inner, dict) and not _hold_below(inner, names, is_contained=contained):
                    return False
    return True


@cache
def validator() -> "jsonschema_rs.Draft7Validator":
    """The compiled schema; the first call reads and compiles it."""
    return _compiled(_schema())


@cache
def _lax_validator() -> "jsonschema_rs.Draft7Validator":
    """The same without the rule on references `#id`."""
    return _compiled(_without(_schema(), _LOCAL))


def warm() -> None:
    """Compile the schemas now."""
    validator()
    _lax_validator()


def _without(node: Any, path: Sequence[str | int]) -> Any:
    """A copy of a JSON value without the member at the path."""
    step, *rest = path
    if isinstance(node, list):
        return [_without(each, rest) if place == step else each for place, each in enumerate(node)]
    if not rest:
        return {name: each for name, each in node.items() if name != step}
    return {name: _without(each, rest) if name == step else each for name, each in node.items()}


def _compiled(schema: Resource) -> "jsonschema_rs.Draft7Validator":
    import jsonschema_rs

    return jsonschema_rs.Draft7Validator(
        schema,
        formats={"calendar-day": is_calendar_day},
        validate_formats=True,
        keywords={"periodInOrder": _PeriodInOrder},
    )


@cache
def type_names() -> frozenset[str]:
    """The 146 resource types of R4."""
    return frozenset(_schema()["definitions"]["ResourceList"]["properties"]["resourceType"]["enum"])


@cache
def _schema() -> Resource:
    text = files("service").joinpath("data/r4.schema.json").read_text(encoding="utf-8")
    schema: Resource = json.loads(text)
    return schema


def fhirpath(root: str, steps: Sequence[str | int]) -> str:
    """The FHIRPath of a place in a resource; `_birthDate` in JSON is `birthDate` there."""
    path = root
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _PLAIN_NAME.fullmatch(step):
            path += "." + step.removeprefix("_")
    return path


def _problems(resource: Resource, root: str, error: "jsonschema_rs.ValidationError") -> Iterator[Problem]:
    where, at, keyword = error.instance_path, fhirpath(root, error.instance_path), error.kind.name
    if list(error.schema_path) == _LOCAL:
        if not _is_contained(resource, where):
            yield problem("FHIR-REFERENCE", None, at)
        return
    missing = str(getattr(error.kind, "property", "")) if keyword == "required" else ""
    if missing == "resourceType" or (where and where[-1] == "resourceType"):
        yield problem("FHIR-TYPE", None, at.removesuffix(".resourceType"))
    elif error.instance is None:
        yield problem("FHIR-NULL", None, at)
    elif keyword == "additionalProperties":
        for name in getattr(error.kind, "unexpected", ()):
            yield problem("FHIR-UNKNOWN-ELEMENT", _meant(name, error), fhirpath(at, [name]))
    elif missing:
        yield problem("FHIR-REQUIRED", f"The element {missing} is required.", at)
    elif keyword in {"anyOf", "not"}:
        yield _titled(_schema_at(error.schema_path[:-1]), at)
    else:
        code = _BY_KEYWORD.get(keyword, "FHIR-VALUE")
        yield problem(code, _SAYS[code](error) if code in _SAYS else None, at)


def _titled(schema: Resource, at: str) -> Problem:
    title = schema["title"]
    if title in _BY_TITLE:
        return problem(_BY_TITLE[title], None, at)
    if title == "choice":
        return problem("FHIR-VALUE", "An element that is a choice of types has more than one value.", at)
    return problem("FHIR-REQUIRED", f"The element {title} is required.", at)


def _schema_at(path: Sequence[str | int]) -> Resource:
    node: Any = _schema()
    for step in path:
        node = node[step]
    found: Resource = node
    return found


def _is_contained(resource: Resource, where: Sequence[str | int]) -> bool:
    """Whether the local reference at `where` names its own resource (#) or one contained beside it."""
    node: Any = resource
    owner: Any = resource
    for index, step in enumerate(where):
        node = node[step]
        inside = index and where[index - 1] == "contained"
        if isinstance(node, dict) and "resourceType" in node and not inside:
            owner = node
    return node in _local_names(owner)


def _local_names(owner: Resource) -> frozenset[str]:
    """The references that name a resource (`#`) or one that it contains (`#id`)."""
    contained = owner.get("contained")
    inner = [each for each in contained if isinstance(each, dict)] if isinstance(contained, list) else []
    return frozenset({"#", *(f"#{each['id']}" for each in inner if isinstance(each.get("id"), str))})


def _allowed(error: "jsonschema_rs.ValidationError") -> str | None:
    codes = [str(code) for code in getattr(error.kind, "options", ())]
    if not codes:
        return None
    more = f" and {len(codes) - MAX_CODES} more" if len(codes) > MAX_CODES else ""
    return f"The code is none of: {', '.join(codes[:MAX_CODES])}{more}."


def _expected(error: "jsonschema_rs.ValidationError") -> str | None:
    """The type R4 has where another was sent, named as R4 names it."""
    *_, definitions, name, _ = ["", "", "", *map(str, error.schema_path)]
    if "array" in getattr(error.kind, "types", ()):
        return "R4 has a list here."
    if definitions != "definitions":
        return None
    return (
        f"R4 has one {name} here, and no list."
        if isinstance(error.instance, list)
        else f"R4 has a {name} here."
    )


def _meant(name: str, error: "jsonschema_rs.ValidationError") -> str | None:
    """The R4 element that a misspelt one comes close to."""
    known = {each.casefold(): each for each in _schema_at(error.schema_path[:-1]).get("properties", ())}
    close = get_close_matches(name.casefold(), known, n=1, cutoff=0.8)
    return f"R4 has no such element here; is {known[close[0]]} meant?" if close else None


_SAYS = {"FHIR-CODE": _allowed, "FHIR-VALUE": _expected}
