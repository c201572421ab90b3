"""Our own CodeSystems as FHIR resources, made of the vocabularies of the core, the finding rows and the
registry of error codes. `published` writes them to files.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    Exam,
    FractureAge,
    Grade,
    Osteoporosis,
    Shape,
    SiteKind,
    Statement,
    StudyState,
    Vertebra,
)
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.rulebook import FindingText, Row
from service.core.situations import (
    Circumstance,
    ClinicalFact,
    NoticeKind,
    OrderMode,
    ReaderRole,
    SiteDetail,
)
from service.errors import CODES, OUTCOME_SYSTEM
from service.outputs import codings
from service.outputs.codings import Json, given, heading
from service.outputs.operation_outcome import STATE_SAYS

NOT_STATED: Final = "not-stated"
NOT_DOCUMENTED: Final = "not-documented"
"""Absence of a word; it is never sent, so no CodeSystem has it."""

VERTEBRA: Final = ("vertebral-fracture-grade", "vertebra-finding")
"""Codes of an Observation about one vertebra."""

OBSERVATIONS: Mapping[str, tuple[str, type[StrEnum] | None]] = MappingProxyType(
    {
        "vertebral-fracture-grade": ("Grade of a vertebral fracture at one level", Grade),
        "vertebra-finding": ("Finding at one vertebral level", None),
        "vertebral-level": ("Vertebra or region, where SNOMED CT names none", Vertebra),
        "deformity-shape": ("Shape of the vertebral deformity", Shape),
        "fracture-age": ("Age of the fracture in the reader's words", FractureAge),
        "change-from-prior": ("Change against the comparison study", Change),
        "certainty": ("How certain the reader's wording is", Certainty),
        "cause": ("Cause of the fracture in the reader's or treater's words", Cause),
        "trauma-energy": ("Trauma the fracture came from: would it have broken a healthy bone?", Trauma),
        "fracture-healing": ("How the fracture heals", Healing),
        "fracture-care": ("Whether a fracture that is not new still needs care", Care),
        "late-effect": ("What an earlier fracture has left behind", LateEffect),
        "deformity-kind": ("What a deformity is that is not called a fracture", Deformity),
        "osteoporosis-type": ("Type of osteoporosis, as the code of a Condition", Osteoporosis),
        "study-conclusion": ("Conclusion about the whole study", None),
        "order-mode": ("How the order reached the testing site (ServiceRequest.category)", OrderMode),
        "clinical-fact": ("What clinical indications ask for (Observation.code)", ClinicalFact),
    }
)
"""Observation and component codes; the values of each stand below it."""

CONCLUSIONS: Mapping[str, str] = MappingProxyType(
    {
        Statement.NO_VERTEBRAL_FRACTURE: "No vertebral fracture at any level that was seen",
        Statement.DENSITY_NOT_MEASURED: "Bone density was not measured in this session",
    }
)

ACRONYMS: Final = frozenset({"NPI", "NCCI", "MUE"})
_SLOT = re.compile(r"\{(\w+)\}")

DISPLAYS: Mapping[StrEnum, str] = MappingProxyType(
    {
        Exam.VFA: "DXA to look for vertebral fracture, no density",
        Exam.AXIAL_DENSITY: "Axial DXA density (hip, pelvis, spine)",
        Exam.PERIPHERAL_DENSITY: "Peripheral DXA density (forearm, heel)",
        Exam.DENSITY_WITH_VFA: "Axial DXA density together with a look for vertebral fracture",
        Exam.BONE_SCORE: "Trabecular bone score from a density scan of the spine",
        Exam.OTHER_IMAGING: "Imaging that shows bone and is no DXA study",
        Exam.GENERIC_DXA: "A DXA study whose code does not say which",
        Grade.NORMAL: "Genant grade 0: normal",
        Grade.MILD: "Genant grade 1: mild",
        Grade.MODERATE: "Genant grade 2: moderate",
        Grade.SEVERE: "Genant grade 3: severe",
        FractureAge.OLD: "Old or remote, not called healed",
        FractureAge.HEALED: "Healed, nothing current",
        Trauma.MINOR: "Minor: would not usually break a normal, healthy bone",
        Trauma.MAJOR: "Major: would have broken a normal, healthy bone",
        Deformity.NOT_CALLED_FRACTURE: "Compression or wedge deformity, never called a fracture",
        Deformity.LESION: "Abnormal lesion without a diagnosis, further imaging recommended",
        Osteoporosis.AGE_RELATED: "Age-related, postmenopausal or of no stated type",
        Osteoporosis.STEROID_INDUCED: "Caused by a steroid",
        Osteoporosis.DRUG_INDUCED: "Caused by another drug, or by one that is not named",
        Osteoporosis.OTHER: "Another type of osteoporosis",
        FractureAge.INDETERMINATE: "Age cannot be told",
        Certainty.UNCERTAIN: "Uncertain: possible, probable, suspected, cannot be excluded",
        Certainty.DENIED: "Denied: no fracture at this level",
        Cause.NEOPLASTIC: "Neoplastic disease",
        Cause.OTHER_DISEASE: "Another disease",
        Cause.PATHOLOGICAL: "Pathological, disease not named",
    }
)
"""Displays that say more than the code itself."""


def code_systems(findings: Mapping[FindingCode, Row[FindingText]]) -> tuple[Json, ...]:
    """Every CodeSystem of ours; `findings` are the rows of `mappings/findings.yaml`."""
    return (
        _system(
            codings.VFA, "Vertebral fracture assessment", "What a reader says of a vertebra.", _reading()
        ),
        _system(
            codings.SITE_KIND,
            "Kind of imaging site",
            "What kind of site a patient was scanned at, before a place of service is decided.",
            [
                *(_concept(kind, _display(kind)) for kind in SiteKind),
                *(_concept(one, _display(one)) for one in SiteDetail if one != NOT_STATED),
            ],
        ),
        _system(
            codings.EXAM,
            "Exam",
            "What an order asks for or a procedure says was done, before a procedure code is decided.",
            [_concept(exam, _display(exam)) for exam in Exam],
        ),
        _system(
            codings.CIRCUMSTANCE,
            "Circumstance of a session",
            "What is said of a session beyond order, scan and reading; which notice the patient was given.",
            [_concept(one, _display(one)) for one in (*Circumstance, *NoticeKind, ReaderRole.RESIDENT)],
        ),
        _system(
            codings.FINDING,
            "Finding about a study",
            "What can be said about a study that is to be billed. Codes are permanent.",
            [
                _concept(code, _words(code), _SLOT.sub(r"[\1]", findings[code].then.says))
                for code in FindingCode
            ],
        ),
        _system(
            OUTCOME_SYSTEM,
            "Outcome of a request",
            "Why a request was refused or failed. Codes are permanent.",
            [_concept(name, code.meaning, code.what_to_do) for name, code in CODES.items()],
        ),
        _system(
            codings.STUDY_STATE,
            "State of a study",
            "The one state of a study in an answer.",
            [_concept(state, _display(state), STATE_SAYS[state]) for state in StudyState],
        ),
    )


def _system(url: str, title: str, description: str, concepts: list[Json]) -> Json:
    grouped = any("concept" in concept for concept in concepts)
    spoken = "".join(word.capitalize() for word in title.split())
    return {
        **heading("CodeSystem", url, spoken, title, description),
        "caseSensitive": True,
        **given("hierarchyMeaning", "grouped-by" if grouped else ""),
        "content": "complete",
        "concept": concepts,
    }


def _reading() -> list[Json]:
    values = {name: _values(vocabulary) for name, (_, vocabulary) in OBSERVATIONS.items() if vocabulary}
    values["study-conclusion"] = [_concept(code, display) for code, display in CONCLUSIONS.items()]
    return [
        {**_concept(name, display), **given("concept", values.get(name, []))}
        for name, (display, _) in OBSERVATIONS.items()
    ]


def _values(vocabulary: Iterable[StrEnum]) -> list[Json]:
    return [_concept(code, _display(code)) for code in vocabulary if code not in (NOT_STATED, NOT_DOCUMENTED)]


def _display(code: StrEnum) -> str:
    return DISPLAYS.get(code) or _words(code)


def _words(code: str) -> str:
    first, *rest = code.split("-")
    return " ".join((first if first in ACRONYMS else first.capitalize(), *map(_word, rest)))


def _word(word: str) -> str:
    return word if word in ACRONYMS else word.lower()


def _concept(code: str, display: str, definition: str = "") -> Json:
    return {"code": str(code), "display": display, **given("definition", definition)}
