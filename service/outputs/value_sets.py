"""The ValueSets that our profiles bind to, made of the vocabularies of the core and of the rows.

They hold what this service can read or write; a row that is added widens them. Codes only, no descriptors.
"""

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby
from typing import Final, TypeAlias

from service.core.codes import (
    CPT_MODIFIERS,
    Cause,
    Certainty,
    Change,
    Exam,
    FractureAge,
    Frequency,
    Grade,
    Modifier,
    Procedure,
    Shape,
    Statement,
)
from service.core.gates import BILLABLE_INTENT
from service.core.procedure_codes import HCPCS_PROCEDURES
from service.core.rulebook import Rulebook
from service.outputs import codings
from service.outputs.code_systems import NOT_STATED, VERTEBRA
from service.outputs.codings import Json
from service.outputs.concept_maps import SYSTEMS, open_rows, translated

Codes: TypeAlias = Iterable[tuple[str, str]]
"""Pairs of system and code."""

NO_DXA_STUDY: Final = frozenset({Exam.GENERIC_DXA, Exam.OTHER_IMAGING})
"""Exams whose codes do not say which DXA study is ordered."""

READING: Final[tuple[tuple[str, str, str, type[StrEnum]], ...]] = (
    ("deformity-shape", "shape", "Shape of a vertebral deformity", Shape),
    ("fracture-age", "age", "Age of a fracture", FractureAge),
    ("change-from-prior", "change", "Change against the comparison study", Change),
    ("certainty", "certainty", "Certainty of a fracture", Certainty),
    ("cause", "cause", "Cause of a fracture", Cause),
)
"""Parts of a vertebra's reading: name, aspect of the translations, title, our words."""


def value_sets(rulebook: Rulebook) -> tuple[Json, ...]:
    """Every ValueSet of ours."""
    return (*_of_an_order(rulebook), *_of_a_report(rulebook), *_of_a_claim(rulebook))


def _of_an_order(rulebook: Rulebook) -> Iterable[Json]:
    yield _listed(
        "order-code",
        "Code of an order for DXA",
        "Codes that say which DXA study is ordered; a generic DXA code is not among them.",
        _order_codes(rulebook),
    )
    yield _listed(
        "order-intent",
        "Intent of an order that can be billed",
        "A proposal, plan or option is no order.",
        [(codings.REQUEST_INTENT, intent) for intent in BILLABLE_INTENT],
    )
    yield _whole("exam", "Exam", "What an order asks for, in our words.", codings.EXAM)


def _of_a_report(rulebook: Rulebook) -> Iterable[Json]:
    yield _listed(
        "vertebra-observation",
        "Code of an Observation about one vertebra",
        "What an Observation of a vertebral fracture assessment is coded with.",
        [(codings.VFA, code) for code in VERTEBRA],
    )
    yield _listed(
        "vertebra",
        "Vertebra or region of the spine",
        "Body sites of a vertebral fracture assessment that can be read.",
        [(codings.SNOMED_CT, code) for code, means in _translations(rulebook) if set(means) == {"level"}],
    )
    grades = [(codings.VFA, grade) for grade in Grade if grade != NOT_STATED]
    yield _listed(
        "vertebra-value",
        "What is said of a vertebra",
        "A Genant grade, or that a fracture is present or absent.",
        [*grades, *_with_aspect(rulebook, "grade"), *_with_aspect(rulebook, "certainty")],
    )
    for name, aspect, title, vocabulary in READING:
        words = [(codings.VFA, word) for word in vocabulary if word != NOT_STATED]
        yield _listed(
            name,
            title,
            "Our words and the SNOMED CT concepts that mean them.",
            [*words, *_with_aspect(rulebook, aspect)],
        )
    yield _listed(
        "report-conclusion",
        "Conclusion of a vertebral fracture assessment",
        "What can be read of the whole study: our statements, and SNOMED CT findings of a fracture.",
        [
            *((codings.VFA, statement) for statement in Statement),
            *(
                (codings.SNOMED_CT, code)
                for code, means in _translations(rulebook)
                if {"certainty", "level"} <= means.keys()
            ),
        ],
    )


def _of_a_claim(rulebook: Rulebook) -> Iterable[Json]:
    yield _listed(
        "procedure",
        "Procedure on a claim line",
        "The procedure codes this service can put on a line, from CPT and from HCPCS Level II.",
        [(codings.HCPCS if each in HCPCS_PROCEDURES else codings.CPT, each) for each in Procedure],
    )
    yield _listed(
        "line-modifier",
        "Modifier of a claim line",
        "The modifiers this service puts on a line, from CPT and from HCPCS Level II.",
        [(codings.CPT if each in CPT_MODIFIERS else codings.HCPCS, each) for each in Modifier],
    )
    yield _listed(
        "claim-frequency",
        "Claim frequency",
        "Original, replacement, void: the last character of a type of bill.",
        [(codings.TYPE_OF_BILL, frequency) for frequency in Frequency],
    )
    facts = [row.then for row in open_rows(rulebook.institutional)]
    yield _listed(
        "type-of-bill",
        "Type of bill",
        "Types of bill of the institutional claims this service writes, with the frequency.",
        [(codings.TYPE_OF_BILL, each.type_of_bill + frequency) for each in facts for frequency in Frequency],
    )
    yield _listed(
        "revenue-code",
        "Revenue code",
        "Revenue codes of the institutional lines this service writes.",
        [(codings.REVENUE, each.revenue_code) for each in facts],
    )
    yield _whole(
        "place-of-service",
        "Place of service",
        "The place-of-service codes of CMS.",
        codings.PLACE_OF_SERVICE,
    )
    yield _whole("site-kind", "Kind of site", "Where a patient can be scanned.", codings.SITE_KIND)


def _order_codes(rulebook: Rulebook) -> Codes:
    return [
        (SYSTEMS[system], code)
        for row in open_rows(rulebook.orders)
        if not NO_DXA_STUDY & row.then.exams
        for system in row.when["system"] & SYSTEMS.keys()
        for code in row.when["code"]
    ]


def _translations(rulebook: Rulebook) -> Iterable[tuple[str, dict[str, str]]]:
    return ((code, dict(row.then.means)) for code, row in translated(rulebook, "snomed"))


def _with_aspect(rulebook: Rulebook, aspect: str) -> Codes:
    """SNOMED CT concepts that mean a word of this aspect and nothing else."""
    return [(codings.SNOMED_CT, code) for code, means in _translations(rulebook) if set(means) == {aspect}]


def _listed(name: str, title: str, description: str, codes: Codes) -> Json:
    in_order = sorted({(system, str(code)) for system, code in codes})
    return _value_set(
        name,
        title,
        description,
        [
            {"system": system, "concept": [{"code": code} for _, code in found]}
            for system, found in groupby(in_order, key=lambda pair: pair[0])
        ],
    )


def _whole(name: str, title: str, description: str, system: str) -> Json:
    return _value_set(name, title, description, [{"system": system}])


def _value_set(name: str, title: str, description: str, include: list[Json]) -> Json:
    url = f"{codings.BASE}/ValueSet/{name}"
    spoken = "".join(word.capitalize() for word in name.split("-"))
    return {
        **codings.heading("ValueSet", url, spoken, title, description),
        "compose": {"include": include},
    }
