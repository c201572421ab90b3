"""The brief's bundle, to change one thing of and read again. Every call makes a fresh one."""

import copy
import json
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from service.core.evidence import Evidence
from service.core.practice import Practice
from service.core.rulebook import Rulebook
from service.core.study import Gap, Study
from service.intake.bundle import Gathered, find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from service.intake.references import Resolver
from service.store.practice import load_practice
from service.store.rule_files import load_rulebook, packaged_rules

EXAMPLES = Path(__file__).parents[2] / "examples"
VFA = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa"
SITE_KIND = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa-site-kind"
CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NPI = "http://hl7.org/fhir/sid/us-npi"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"

Resource = dict[str, Any]


@cache
def practice() -> Practice:
    return load_practice(EXAMPLES / "practice.yaml")


@cache
def rulebook() -> Rulebook:
    return load_rulebook(packaged_rules())


@cache
def _text(example: str) -> str:
    return (EXAMPLES / example / "bundle.json").read_text(encoding="utf-8")


def coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


class Sent:
    """A bundle under change."""

    def __init__(self, example: str = "brief") -> None:
        self.bundle: Resource = json.loads(_text(example))

    def all(self, kind: str) -> list[Resource]:
        return [e["resource"] for e in self.bundle["entry"] if e["resource"]["resourceType"] == kind]

    def the(self, kind: str) -> Resource:
        """The first resource of a type."""
        return self.all(kind)[0]

    def url(self, resource: Resource) -> str:
        return next(str(e["fullUrl"]) for e in self.bundle["entry"] if e["resource"] is resource)

    def ref(self, kind: str) -> Resource:
        return {"reference": self.url(self.the(kind))}

    def add(self, resource: Resource, name: str = "") -> Resource:
        """Adds a resource under a urn made of `name`; the reference to it."""
        url = f"urn:uuid:{name or len(self.bundle['entry'])}"
        self.bundle["entry"].append({"fullUrl": url, "resource": resource})
        return {"reference": url}

    def copy_of(self, kind: str, **changes: Any) -> Resource:
        resource = copy.deepcopy(self.the(kind))
        resource.update(changes)
        return resource

    def drop(self, *kinds: str) -> "Sent":
        self.bundle["entry"] = [e for e in self.bundle["entry"] if e["resource"]["resourceType"] not in kinds]
        return self

    def vertebra(self, level: str) -> Resource:
        wanted = f"{level} vertebra"
        return next(
            each
            for each in self.all("Observation")
            if each.get("bodySite", {}).get("coding", [{}])[0].get("display") == wanted
        )

    def gathered(self, resolver: Resolver | None = None) -> tuple[Gathered, ...]:
        return find_studies(envelope_of(self.bundle), resolver)

    def studies(
        self, resolver: Resolver | None = None, rules: Practice | None = None, book: Rulebook | None = None
    ) -> list[Study]:
        return [read_study(each, rules or practice(), book or rulebook()) for each in self.gathered(resolver)]

    def silent(self) -> "Sent":
        """The same without words: the conclusion goes, and what the codes say stands alone."""
        for report in self.all("DiagnosticReport"):
            report.pop("conclusion", None)
        return self

    def study(
        self, resolver: Resolver | None = None, rules: Practice | None = None, book: Rulebook | None = None
    ) -> Study:
        (study,) = self.studies(resolver, rules, book)
        return study


def with_site(**changes: Any) -> Practice:
    """The practice file with the first site changed."""
    first, *others = practice().sites
    return replace(practice(), sites=(replace(first, **changes), *others))


def without(section: str) -> Practice:
    """The practice file with an empty section."""
    changes: dict[str, Any] = {section: ()}
    return replace(practice(), **changes)


def value(fact: Any) -> Any:
    assert not isinstance(fact, Gap), fact
    return fact.value


def gap(fact: Any) -> str:
    assert isinstance(fact, Gap), fact
    return str(fact.code)


def words(fact: Any) -> dict[str, str]:
    """What fills the sentence of a gap's finding."""
    assert isinstance(fact, Gap), fact
    return dict(fact.values)


def notes(study: Study) -> list[str]:
    return [str(each.code) for each in study.notes]


def unplaced(study: Any) -> Any:
    """A study without entry numbers, so that two orders of the same entries can be compared."""
    if isinstance(study, Evidence | Gap):
        shown = repr(study).replace("Parameters.parameter[0].resource", "Bundle")
        return re.sub(r"entry\[\d+\]", "entry[n]", shown)
    if is_dataclass(study):
        return {each.name: unplaced(getattr(study, each.name)) for each in fields(study)}
    if isinstance(study, tuple):
        return tuple(unplaced(each) for each in study)
    if type(study) is str:
        return re.sub(
            r"entry\[\d+\]", "entry[n]", study.replace("Parameters.parameter[0].resource", "Bundle")
        )
    return study
