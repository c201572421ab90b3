"""Codes as senders write them -> (system, code) as the rows name them, and what the rows say they mean.

Several URIs are in use for one code system (http and https, OIDs, old addresses); here they get one short
name each. Everything a published code *means* is a row; our own CodeSystem spells the vocabularies of
`core.codes` and needs none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from service.core.codes import Exam
from service.core.evidence import Evidence, EvidenceKind
from service.core.practice import ExamCodeEntry
from service.core.rulebook import Hit, Rulebook, RuleSet
from service.intake.elements import Element

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

OWN = "https://w3id.org/vfa-claims/fhir/CodeSystem/"
SITE = "site"
"""How rows name a code system that is a site's own."""

_SYSTEMS = {
    "www.ama-assn.org/go/cpt": "cpt",
    "urn:oid:2.16.840.1.113883.6.12": "cpt",
    "www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "bluebutton.cms.gov/resources/codesystem/hcpcs": "hcpcs",
    "urn:oid:2.16.840.1.113883.6.285": "hcpcs",
    "loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "www.cms.gov/medicare/coding/place-of-service-codes/place_of_service_code_set": "pos",
    "www.cms.gov/medicare/coding/place-of-service-codes/place_of_service_code_set.html": "pos",
    "nahdo.org/sopt": "sopt",
    "urn:oid:2.16.840.1.113883.3.221.5": "sopt",
    "nucc.org/provider-taxonomy": "nucc",
    "urn:oid:2.16.840.1.113883.6.101": "nucc",
    "dicom.nema.org/resources/ontology/dcm": "dcm",
    "terminology.hl7.org/codesystem/v3-actcode": "act",
    "terminology.hl7.org/codesystem/v2-0074": "v2-0074",
    "terminology.hl7.org/codesystem/coverage-class": "coverage-class",
    "terminology.hl7.org/codesystem/subscriber-relationship": "relationship",
    "terminology.hl7.org/codesystem/condition-clinical": "clinical",
    "terminology.hl7.org/codesystem/condition-ver-status": "verification",
    "w3id.org/vfa-claims/fhir/codesystem/vfa": "vfa",
    "w3id.org/vfa-claims/fhir/codesystem/vfa-site-kind": "site-kind",
    "w3id.org/vfa-claims/fhir/codesystem/vfa-circumstance": "circumstance",
}
_FIVE_DIGITS = re.compile(r"\d{5}")
_SUFFIX = re.compile(r"[:.-]")


class Code(NamedTuple):
    """A coding: short name of its system (`site` for one we do not know), code, element."""

    system: str
    code: str
    element: Element
    modifiers: tuple[str, ...] = ()
    """Modifiers that were written behind a CPT code."""

    def evidence(self) -> Evidence:
        """The coding as evidence."""
        return self.element.evidence(f"{self.system}|{self.code}")


@lru_cache(maxsize=512)
def system_of(uri: str) -> str:
    """Short name of a code system; `site` for one that is not known, empty for none."""
    bare = re.sub(r"^https?://", "", uri.strip()).rstrip("/").lower()
    return _SYSTEMS.get(bare, SITE if bare else "")


def codes(concept: Element) -> tuple[Code, ...]:
    """The codings of a CodeableConcept (or of a Coding), those with a code."""
    if not isinstance(concept.value, dict):
        return ()
    return tuple(
        [_code(item, code) for item in concept.each("coding") or (concept,) if (code := item.text("code"))]
    )


def _code(item: Element, code: str) -> Code:
    system = system_of(item.text("system"))
    if system == "hcpcs" and _FIVE_DIGITS.match(code):
        system = "cpt"
    if system == "cpt":
        code, *modifiers = _SUFFIX.split(code)
        return Code(system, code, item, tuple(modifier for modifier in modifiers if modifier))
    if system == "icd10cm":
        code = icd_code(code)
    return Code(system, code, item)


def icd_code(text: str) -> str:
    """An ICD-10-CM code in capitals with its dot.

    >>> icd_code("m8108xa"), icd_code("M54.6")
    ('M81.08XA', 'M54.6')
    """
    bare = text.strip().upper().replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def in_vocabulary(found: Code, words: type[E]) -> E | None:
    """The word of our own CodeSystem the coding is, if it is one of these."""
    return spelled(words).get(found.code) if found.system == "vfa" else None


@cache
def spelled(words: type[E]) -> Mapping[str, E]:
    """The words of a vocabulary by how they are written."""
    return MappingProxyType({word.value: word for word in words})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the rows say codes mean on the day of the study."""

    rulebook: Rulebook
    day: date
    exam_codes: tuple[ExamCodeEntry, ...] = ()
    """What the practice file says its sites' own exam codes mean."""
    _asked: dict[tuple[str, str, str], Hit[Any] | None] = field(
        default_factory=dict, compare=False, repr=False
    )
    vertebral: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    """Whether the Observation at a path is about a vertebra, once `results.is_vertebral` has looked."""

    def exams_of(self, found: Code) -> frozenset[Exam]:
        """The exams a coded order, procedure, report or result means; none if nobody knows it.

        Of a site's own code the practice file is asked before the rows.
        """
        if found.system == SITE and (listed := self._listed(found)):
            return listed.exams
        hit = self.answer(self.rulebook.orders, found)
        return hit.then.exams if hit else frozenset()

    def exams(self, found: Code) -> tuple[frozenset[Exam], tuple[Evidence, ...]]:
        """The same, and why."""
        if found.system == SITE and (listed := self._listed(found)):
            entry = f"practice:exam_codes.{listed.code}"
            shows = ", ".join(sorted(listed.exams))
            why = Evidence(kind=EvidenceKind.PRACTICE, where=entry, shows=shows)
            return listed.exams, (found.evidence(), why)
        hit = self.answer(self.rulebook.orders, found)
        if hit is None:
            return frozenset(), ()
        return hit.then.exams, (found.evidence(), row_evidence(hit))

    def _listed(self, found: Code) -> ExamCodeEntry | None:
        system = found.element.text("system")
        return next(
            (
                entry
                for entry in self.exam_codes
                if (entry.system, entry.code) == (system, found.code) and entry.in_force.covers(self.day)
            ),
            None,
        )

    def means(self, found: Code, aspect: str) -> str:
        """What a published concept stands for in one aspect (`level`, `age`, `icd10cm`, ...)."""
        hit = self.answer(self.rulebook.translations, found)
        return hit.then.means.get(aspect, "") if hit else ""

    def meaning(self, found: Code) -> tuple[Mapping[str, str], tuple[Evidence, ...]]:
        """What a published concept stands for, by aspect, and why."""
        hit = self.answer(self.rulebook.translations, found)
        if hit is None:
            return MappingProxyType({}), ()
        return hit.then.means, (found.evidence(), row_evidence(hit))

    def meaning_of_family(self, found: Code, aspect: str) -> tuple[Mapping[str, str], tuple[Evidence, ...]]:
        """The same for an ICD-10-CM code, by the longest part of it of which a row tells that aspect."""
        for length in range(len(found.code), 2, -1):
            part = found.code[:length].rstrip(".")
            hit = self._ask(self.rulebook.translations, found.system, part)
            if hit is not None and aspect in hit.then.means:
                return hit.then.means, (found.evidence(), row_evidence(hit))
        return MappingProxyType({}), ()

    def word(self, found: Code, aspect: str, words: type[E]) -> E | None:
        """The word of a closed vocabulary the coding is, in our own CodeSystem or by a row."""
        own = in_vocabulary(found, words)
        return spelled(words).get(self.means(found, aspect)) if own is None else own

    def first_word(self, coded: tuple[Code, ...], aspect: str, words: type[E]) -> E | None:
        """The first word of a vocabulary that one of the codings is."""
        for code in coded:
            word = self.word(code, aspect, words)
            if word is not None:
                return word
        return None

    def why(self, found: Code, words: type[StrEnum]) -> tuple[Evidence, ...]:
        """What makes a coding the `word` it is."""
        if in_vocabulary(found, words) is not None:
            return (found.evidence(),)
        return self.meaning(found)[1]

    def answer(self, rules: RuleSet[T], found: Code) -> Hit[T] | None:
        """The row of a rule set that knows the coding, asked once a study."""
        return self._ask(rules, found.system, found.code)

    def _ask(self, rules: RuleSet[T], system: str, code: str) -> Hit[T] | None:
        if not system:
            return None
        asked = (rules.id, system, code)
        if asked not in self._asked:
            self._asked[asked] = rules.ask_one({"system": system, "code": code}, on=self.day)
        return self._asked[asked]


def row_evidence(hit: Hit[object]) -> Evidence:
    """A row that translated a code, as evidence."""
    return Evidence(kind=EvidenceKind.ROW, where=hit.row.id, shows=hit.row.label)
