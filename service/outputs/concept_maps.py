"""The mappings as R4 ConceptMaps: what a code is translated to where one code alone decides it.

`equivalence` is said of the target: `wider` means that the target covers more than the source. Each element
comes from a row that is in force without an end and names it in its comment. What needs more facts than a
code (dates, other facts, overrides of a payer or site) stays in the mappings.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from service.core.codes import (
    Cause,
    Certainty,
    Density,
    EncounterClass,
    Exam,
    Osteoporosis,
    Shape,
    SiteKind,
    Status,
)
from service.core.diagnosis_facts import CURRENT, DEFINITE, NONE
from service.core.diagnosis_patterns import CHARACTERS, PER_LEVEL
from service.core.fracture_words import Healing
from service.core.rulebook import Facts, Row, Rulebook, RuleSet, Translation
from service.outputs import codings
from service.outputs.codings import Json, given

T = TypeVar("T")

SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "cpt": codings.CPT,
        "loinc": codings.LOINC,
        "snomed": codings.SNOMED_CT,
        "icd10cm": codings.ICD_10_CM,
        "pos": codings.PLACE_OF_SERVICE,
    }
)
"""Short names of the rows and their URIs. A site's own exam codes (`site`) have no URI, so no ConceptMap."""

WORDS: Final = ("certainty", "grade", "age", "shape", "cause")
"""Aspects of a translation that are words of our CodeSystem of a reading."""

PERFORMED: Mapping[Exam, tuple[str, Density]] = MappingProxyType(
    {
        Exam.VFA: ("yes", Density.NOT_MEASURED),
        Exam.DENSITY_WITH_VFA: ("yes", Density.AXIAL),
        Exam.AXIAL_DENSITY: ("no", Density.AXIAL),
        Exam.PERIPHERAL_DENSITY: ("no", Density.PERIPHERAL),
    }
)
"""What was performed where an exam was the only one of its session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One translation of one code. Without a target the code has none, and the comment says why."""

    system: str
    code: str
    target_system: str
    target: str = ""
    equivalence: str = "unmatched"
    comment: str


def concept_maps(rulebook: Rulebook) -> tuple[Json, ...]:
    """Every ConceptMap of ours, made from the rows."""
    return (
        _map(
            "order-to-exam",
            "Order code to exam",
            "What a code on an order or of a performed procedure means in our words."
            " A generic DXA code stays generic.",
            _orders(rulebook),
        ),
        _map(
            "exam-to-procedure",
            "Exam to billed procedure",
            "The CPT code of an exam that was performed and reported as the only one of its session.",
            _procedures(rulebook),
        ),
        _map(
            "site-kind-to-place-of-service",
            "Kind of site to place of service",
            "The place of service of a scan at a kind of site, for an ambulatory encounter.",
            _places(rulebook),
        ),
        _map(
            "place-of-service-to-site-kind",
            "Place of service to kind of site",
            "The kind of site that a place-of-service code of a Location stands for.",
            _sites(rulebook),
        ),
        _map(
            "concept-to-reading",
            "SNOMED CT concept to a word of the reading",
            "What a SNOMED CT concept in a reading means in our words.",
            _words(rulebook),
        ),
        _map(
            "finding-to-icd10cm",
            "SNOMED CT finding to ICD-10-CM candidates",
            "Diagnosis codes a SNOMED CT finding can lead to. A fracture has candidates only:"
            " osteoporosis, cause and age decide.",
            (*_diagnoses(rulebook), *_fractures(rulebook)),
        ),
    )


def open_rows(rules: RuleSet[T]) -> tuple[Row[T], ...]:
    """Base rows of a rule set that are in force without an end."""
    return tuple(row for row in rules.rows if any(entry.through is None for entry in row.in_force))


def translated(rulebook: Rulebook, system: str) -> Iterator[tuple[str, Row[Translation]]]:
    """Each code of a system (its short name) that the rows translate, with its row."""
    for row in open_rows(rulebook.translations):
        if system in row.when["system"]:
            yield from ((code, row) for code in sorted(row.when["code"]))


def _orders(rulebook: Rulebook) -> Iterator[Link]:
    for row in open_rows(rulebook.orders):
        codes, exams = sorted(row.when["code"]), sorted(row.then.exams)
        sharing = "wider" if len(codes) > 1 else "equivalent"
        for system in sorted(row.when["system"] & SYSTEMS.keys()):
            for code, exam in ((code, exam) for code in codes for exam in exams):
                yield Link(
                    system=SYSTEMS[system],
                    code=code,
                    target_system=codings.EXAM,
                    target=exam,
                    equivalence="narrower" if len(exams) > 1 else sharing,
                    comment=_because(row),
                )


def _procedures(rulebook: Rulebook) -> Iterator[Link]:
    for exam in Exam:
        vfa, density = PERFORMED.get(exam, ("", ""))
        row = _row(rulebook.procedures, {"vfa": vfa, "density": density, "bone_score": "no"})
        if row is None:
            yield Link(system=codings.EXAM, code=exam, target_system=codings.CPT, comment=_not_billed(exam))
            continue
        for procedure in row.then.procedures:
            yield Link(
                system=codings.EXAM,
                code=exam,
                target_system=codings.CPT,
                target=procedure,
                equivalence="narrower" if len(row.then.procedures) > 1 else "equivalent",
                comment=_because(row),
            )


def _not_billed(exam: Exam) -> str:
    if exam is Exam.GENERIC_DXA:
        return "A code that does not say which study it is never becomes a procedure by itself."
    return "No row says what is billed for this exam alone."


def _places(rulebook: Rulebook) -> Iterator[Link]:
    ambulatory = {"encounter_class": EncounterClass.AMBULATORY}
    found = {kind: _row(rulebook.place_of_service, {"site": kind, **ambulatory}) for kind in SiteKind}
    places = [row.then.place_of_service for row in found.values() if row]
    for kind, row in found.items():
        if row is None:
            said = "No row says where such a scan is billed; a study of such a site is held."
            yield Link(
                system=codings.SITE_KIND, code=kind, target_system=codings.PLACE_OF_SERVICE, comment=said
            )
            continue
        place = row.then.place_of_service
        yield Link(
            system=codings.SITE_KIND,
            code=kind,
            target_system=codings.PLACE_OF_SERVICE,
            target=place,
            equivalence=_if_sourced(row, "wider" if places.count(place) > 1 else "equivalent"),
            comment=_because(row),
        )


def _sites(rulebook: Rulebook) -> Iterator[Link]:
    for code, row in translated(rulebook, "pos"):
        if "site" in row.then.means:
            yield Link(
                system=codings.PLACE_OF_SERVICE,
                code=code,
                target_system=codings.SITE_KIND,
                target=row.then.means["site"],
                equivalence=_if_sourced(row, "equivalent"),
                comment=_because(row),
            )


def _words(rulebook: Rulebook) -> Iterator[Link]:
    for code, row in translated(rulebook, "snomed"):
        part = len(row.then.means) > 1 or len(row.when["code"]) > 1
        for aspect in WORDS:
            if aspect in row.then.means:
                yield Link(
                    system=codings.SNOMED_CT,
                    code=code,
                    target_system=codings.VFA,
                    target=row.then.means[aspect],
                    equivalence=_if_sourced(row, "wider" if part else "equivalent"),
                    comment=_because(row),
                )


def _diagnoses(rulebook: Rulebook) -> Iterator[Link]:
    for code, row in translated(rulebook, "snomed"):
        if "icd10cm" in row.then.means:
            yield Link(
                system=codings.SNOMED_CT,
                code=code,
                target_system=codings.ICD_10_CM,
                target=row.then.means["icd10cm"],
                equivalence="relatedto",
                comment=_because(row),
            )


def _fractures(rulebook: Rulebook) -> Iterator[Link]:
    for code, row in translated(rulebook, "snomed"):
        means = row.then.means
        if means.get("certainty") == Certainty.DEFINITE and "level" in means:
            for target, why in _candidates(means, rulebook).items():
                yield Link(
                    system=codings.SNOMED_CT,
                    code=code,
                    target_system=codings.ICD_10_CM,
                    target=target,
                    equivalence="inexact",
                    comment=f"A candidate for a current fracture, osteoporosis {' or '.join(why)}.",
                )


def _candidates(means: Mapping[str, str], rulebook: Rulebook) -> dict[str, list[str]]:
    """Codes that lead for a current fracture, each with the osteoporosis that must (not) be documented."""
    found: dict[str, list[str]] = {}
    for osteoporosis in Osteoporosis:
        facts = {
            "fracture": DEFINITE,
            "age": CURRENT,
            "healing": Healing.NOT_STATED,
            "osteoporosis": osteoporosis,
            "cause": means.get("cause", Cause.NOT_STATED),
        }
        row = _row(rulebook.diagnosis_patterns, facts)
        for token in row.then.lead if row else ():
            for code in _codes(token, means["level"], rulebook):
                found.setdefault(code, []).append(f"{osteoporosis} ({row.id if row else ''})")
    return found


def _codes(token: str, level: str, rulebook: Rulebook) -> tuple[str, ...]:
    """The code of a token that a fracture without shape or healing gives; none where the order decides."""
    if token.startswith(PER_LEVEL):
        row = _row(rulebook.level_codes, {"family": token.removeprefix(PER_LEVEL), "level": level})
        token = row.then.code if row else ""
    if ":" in token or "." not in token:
        return ()
    for place in CHARACTERS:
        facts = {
            "place": place,
            "shape": Shape.NOT_STATED,
            "age": CURRENT,
            "healing": Healing.NOT_STATED,
            "ordered": NONE,
        }
        character = _row(rulebook.code_characters, facts)
        token = token.replace(f"{{{place}}}", character.then.character if character else "")
    return (token,)


def _row(rules: RuleSet[T], facts: Facts) -> Row[T] | None:
    return next((row for row in open_rows(rules) if row.matches(facts)), None)


def _if_sourced(row: Row[object], equivalence: str) -> str:
    return equivalence if all(entry.status is Status.SOURCED for entry in row.in_force) else "inexact"


def _because(row: Row[object]) -> str:
    return f"{row.label} ({row.id})."


def _map(name: str, title: str, description: str, links: Iterable[Link]) -> Json:
    groups: dict[tuple[str, str], dict[str, list[Link]]] = {}
    for link in links:
        elements = groups.setdefault((link.system, link.target_system), {})
        elements.setdefault(link.code, []).append(link)
    url = f"{codings.BASE}/ConceptMap/{name}"
    spoken = "".join(word.capitalize() for word in name.split("-"))
    return {
        **codings.heading("ConceptMap", url, spoken, title, description),
        "group": [
            {
                "source": source,
                "target": target,
                "element": [
                    {"code": str(code), "target": [_target(link) for link in found]}
                    for code, found in elements.items()
                ],
            }
            for (source, target), elements in groups.items()
        ],
    }


def _target(link: Link) -> Json:
    return {
        **given("code", str(link.target)),
        "equivalence": link.equivalence,
        "comment": link.comment,
    }
