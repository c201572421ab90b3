"""One bad study does not spoil the others: which studies of a Bundle have resources that are not R4.

Told from the raw JSON, before anything of it may be read as FHIR: reports, orders, procedures and images that
refer to one another or share an identifier belong together, and what they refer to is needed by them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.errors import Problem, Refusal
from service.fhir_r4 import check_bundle, type_resource
from service.fhir_schema import type_names
from service.intake.envelope import Entry, Envelope

NUMBERS = ("ACSN", "PLAC")
OF_A_STUDY = frozenset({"DiagnosticReport", "ServiceRequest", "Procedure", "ImagingStudy"})

LOOKED_UP = frozenset(
    {
        "Condition",
        "Consent",
        "Coverage",
        "DocumentReference",
        "Encounter",
        "ChargeItem",
        "Claim",
        "Provenance",
    }
)
"""Kinds that are found by the patient, order or report they are about.

Not among them: a patient's Observation supports a record and decides nothing (`reading_clinical`); an
ExplanationOfBenefit is not checked against R4, and one that says nothing readable is no earlier service.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsound:
    """Resources of a study that cannot be read, and all that is wrong.

    `label` is their accession or placer number where that can be read, else the FHIRPath of the first.
    """

    label: str
    problems: tuple[Problem, ...]


def set_apart(envelope: Envelope) -> tuple[Envelope, tuple[Unsound, ...]]:
    """The envelope without the studies that are not R4, and those studies.

    Raises Refusal with all that is wrong if nothing readable is left, or the Bundle itself is not R4.
    """
    problems = _not_r4(envelope)
    if not problems:
        return envelope, ()
    wrong: dict[int, list[Problem]] = {}
    for problem in problems:
        entry = next((each for each in envelope.entries if _is_in(problem, each)), None)
        if entry is None:
            raise Refusal(*problems)
        wrong.setdefault(entry.index, []).append(problem)
    sound, unsound = _without(envelope, wrong)
    if not any(entry.kind in OF_A_STUDY for entry in sound.entries):
        raise Refusal(*problems)
    return sound, unsound


def _not_r4(envelope: Envelope) -> Sequence[Problem]:
    return check_bundle(envelope.root, envelope.path) or [
        problem for entry in envelope.entries for problem in type_resource(entry.resource, entry.path)
    ]


def _without(
    envelope: Envelope, wrong: Mapping[int, Sequence[Problem]]
) -> tuple[Envelope, tuple[Unsound, ...]]:
    needed = _needs(envelope.entries)
    apart: list[Unsound] = []
    left_out = set(wrong)
    about = {entry.index for entry in envelope.entries if entry.index in wrong and _is_looked_up(entry)}
    for together in _studies(envelope.entries, needed):
        reached = _reached(together, needed)
        bad = sorted((wrong.keys() & reached) | {index for index in about if needed[index] & reached})
        if bad:
            left_out |= together
            said = [each for index in bad for each in wrong[index]]
            apart.append(_unsound(envelope, min(together), said, _number(envelope, together)))
    told = {problem for each in apart for problem in each.problems}
    for index, found in wrong.items():
        if not told.issuperset(found):
            apart.append(_unsound(envelope, index, found))
    sound = tuple(entry for entry in envelope.entries if entry.index not in left_out)
    return replace(envelope, entries=sound), tuple(apart)


def _is_looked_up(entry: Entry) -> bool:
    """Whether a study may rest on a resource it does not refer to, by whom or what that is about.

    What has no type that R4 knows may be anything, a procedure that was stopped for one.
    """
    return entry.kind in LOOKED_UP or entry.kind not in type_names()


def _is_in(problem: Problem, entry: Entry) -> bool:
    where = problem.expression[0] if problem.expression else ""
    return where == entry.path or where.startswith((f"{entry.path}.", f"{entry.path}["))


def _unsound(envelope: Envelope, index: int, problems: Sequence[Problem], number: str = "") -> Unsound:
    path = next(entry.path for entry in envelope.entries if entry.index == index)
    return Unsound(label=number or path, problems=tuple(dict.fromkeys(problems)))


def _number(envelope: Envelope, together: set[int]) -> str:
    """The number a decided study would be named by, as far as raw JSON tells; "" where none can be read."""
    numbers = [
        (kind, f"{system}|{value}" if system else value)
        for entry in envelope.entries
        if entry.index in together
        for kind, system, value in _identifiers(entry.resource)
    ]
    return next((number for kind in NUMBERS for found, number in numbers if found == kind), "")


def _identifiers(resource: Any) -> Iterator[tuple[str, str, str]]:
    """Type, system and value of each identifier that has a value."""
    given = resource.get("identifier")
    for each in given if isinstance(given, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("value"), str):
            continue
        system = each.get("system")
        coding = each["type"].get("coding") if isinstance(each.get("type"), dict) else None
        first = coding[0] if isinstance(coding, list) and coding else None
        kind = first.get("code") if isinstance(first, dict) else None
        yield str(kind), system if isinstance(system, str) else "", each["value"]


def _studies(entries: Sequence[Entry], needed: dict[int, set[int]]) -> Iterator[set[int]]:
    """Entries of the study kinds, in the groups their references to one another make."""
    kinds = {entry.index for entry in entries if entry.kind in OF_A_STUDY}
    near: dict[int, set[int]] = {index: needed[index] & kinds for index in kinds}
    for first, second in _same_number([entry for entry in entries if entry.index in kinds]):
        near[first].add(second)
    for index, others in tuple(near.items()):
        for other in tuple(others):
            near[other].add(index)
    while kinds:
        together = _reached({min(kinds)}, near)
        kinds -= together
        yield together


def _same_number(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    holders: dict[tuple[str, str], int] = {}
    for entry in entries:
        for _, *number in _identifiers(entry.resource):
            yield entry.index, holders.setdefault((number[0], number[1]), entry.index)


def _reached(start: set[int], near: dict[int, set[int]]) -> set[int]:
    reached, ahead = set(start), list(start)
    while ahead:
        new = near[ahead.pop()] - reached
        reached |= new
        ahead += new
    return reached


def _needs(entries: Sequence[Entry]) -> dict[int, set[int]]:
    """The entries that each entry refers to."""
    names: dict[str, int] = {}
    for entry in entries:
        names.setdefault(f"{entry.kind}/{entry.resource.get('id')}", entry.index)
        if entry.full_url:
            names.setdefault(entry.full_url, entry.index)
            names.setdefault("/".join(entry.full_url.split("/")[-2:]), entry.index)
    return {
        entry.index: {names[name] for name in _references(entry.resource) if name in names}
        for entry in entries
    }


def _references(value: Any) -> Iterator[str]:
    ahead = [value]
    while ahead:
        each = ahead.pop()
        if isinstance(each, dict):
            if isinstance(each.get("reference"), str):
                yield each["reference"].split("/_history/")[0]
            ahead += each.values()
        elif isinstance(each, list):
            ahead += each
