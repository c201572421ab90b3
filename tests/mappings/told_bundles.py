"""Bundles in which a sender uses a code that a row translates: the brief's study with that code in its place.

Translation rows are tried one by one: the study that is read with the row and the one read without it differ,
or the row is never looked at.
"""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from service.core.practice import Practice
from service.core.rulebook import ExamMeaning, Row, Rulebook, Translation
from service.core.study import Study
from service.intake.bundle import find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from service.store.practice import load_practice
from tests.house.tree import ROOT

OWN = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa"
SYSTEMS = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "loinc": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "pos": "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
}
COMPONENT = {
    "age": "fracture-age",
    "shape": "deformity-shape",
    "change": "change-from-prior",
    "cause": "cause",
}
"""Which component of a vertebra's Observation tells an aspect."""
FRACTURED = "11068009"
"""SNOMED CT: the T8 vertebra, the level that the brief's reader calls fractured."""


@cache
def practice() -> Practice:
    """The practice of the examples."""
    return load_practice(ROOT / "examples" / "practice.yaml")


def bundles_of_exam(row: Row[ExamMeaning]) -> Iterator[Any]:
    """The brief's study ordered and performed by each code of the row, and with it as a result."""
    for concept in _concepts(row):
        bundle = _brief()
        for kind in ("ServiceRequest", "Procedure"):
            _first(bundle, kind)["code"] = concept
        _first(bundle, "ImagingStudy")["procedureCode"] = [concept]
        yield bundle
        bundle = _brief()
        del _first(bundle, "Procedure")["code"]["coding"]
        _add_result(bundle, {"code": concept, "valueQuantity": {"value": 0.8}})
        yield bundle


def bundles_of_concept(row: Row[Translation]) -> Iterator[Any]:
    """The brief's study with each concept of the row where a sender would put it."""
    means = row.then.means
    for concept in _concepts(row):
        bundle = _brief()
        if "site" in means:
            _first(bundle, "Location")["type"] = [concept]
        elif "osteoporosis" in means or "icd10cm" in means:
            _first(bundle, "ServiceRequest")["reasonCode"] = [concept]
            _first(bundle, "Condition")["code"] = concept
        elif {"level", "certainty"} <= set(means):
            del _first(bundle, "DiagnosticReport")["result"]
            _first(bundle, "DiagnosticReport")["conclusionCode"] = [concept]
        elif "level" in means:
            _vertebra(bundle)["bodySite"] = concept
        elif "grade" in means or "certainty" in means:
            _vertebra(bundle).pop("component")
            _vertebra(bundle)["valueCodeableConcept"] = concept
        else:
            aspect = next(iter(means))
            own = {"coding": [{"system": OWN, "code": COMPONENT[aspect]}]}
            _vertebra(bundle)["component"] = [{"code": own, "valueCodeableConcept": concept}]
        yield bundle


def read(bundle: Any, rulebook: Rulebook) -> tuple[Study, ...]:
    """The studies of a bundle."""
    gathered = find_studies(envelope_of(bundle))
    return tuple(read_study(one, practice(), rulebook) for one in gathered)


def _brief() -> Any:
    return copy.deepcopy(_read_brief())


@cache
def _read_brief() -> Any:
    return json.loads((ROOT / "examples" / "brief" / "bundle.json").read_text(encoding="utf-8"))


def _concepts(row: Row[Any]) -> Iterator[Any]:
    for system in sorted(row.when["system"]):
        for code in sorted(row.when["code"]):
            yield {"coding": [{"system": SYSTEMS[system], "code": code}]}


def _first(bundle: Any, kind: str) -> Any:
    return next(one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind)


def _vertebra(bundle: Any) -> Any:
    """The Observation of the fractured vertebra."""
    return next(one["resource"] for one in bundle["entry"] if FRACTURED in json.dumps(one.get("resource")))


def _add_result(bundle: Any, parts: Any) -> None:
    result = {"resourceType": "Observation", "status": "final", **parts}
    result["subject"] = _first(bundle, "DiagnosticReport")["subject"]
    bundle["entry"].append({"fullUrl": "urn:uuid:11111111-2222-4333-8444-555555555555", "resource": result})
    _first(bundle, "DiagnosticReport")["result"].append({"reference": bundle["entry"][-1]["fullUrl"]})
