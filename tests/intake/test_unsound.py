"""What spoils a study beside what it refers to: all that intake looks up by whom it is about."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.intake.bundle import find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from service.intake.references import Library
from service.intake.unsound import LOOKED_UP, OF_A_STUDY, set_apart
from tests.intake.sent import Sent, practice, rulebook

ROOT = Path(__file__).parents[2]
BUNDLES = sorted((*ROOT.glob("examples/*/bundle.json"), *ROOT.glob("tests/contracts/*/bundle.json")))
SPOILS_NOTHING = {"Observation", "ExplanationOfBenefit"}
"""Clinical facts that never decide; a type that the schema of the service does not have."""
JUNK: tuple[Any, ...] = (
    None,
    7,
    "x",
    [],
    {},
    [7],
    [{"item": 7}],
    {"coding": 7},
    {"start": ["2026-01-01"]},
    "2026-13-41",
    [None],
)


@pytest.fixture
def looked_up(monkeypatch):
    """The kinds that any reading of any bundle here goes through a library for."""
    asked = set()
    of_kind = Library.of_kind

    def noted(library, kind):
        asked.add(kind)
        return of_kind(library, kind)

    monkeypatch.setattr(Library, "of_kind", noted)
    hospitals = tuple(replace(each, payment_window=3) for each in practice().organizations)
    where_admissions_count = replace(practice(), organizations=hospitals)
    for path in BUNDLES:
        for gathered in find_studies(envelope_of(json.loads(path.read_text(encoding="utf-8")))):
            read_study(gathered, where_admissions_count, rulebook())
    return asked


def test_every_kind_that_intake_looks_up_spoils_a_study_it_is_about(looked_up):
    assert looked_up == LOOKED_UP | OF_A_STUDY | SPOILS_NOTHING


@pytest.mark.parametrize("kind", sorted(LOOKED_UP))
def test_one_that_cannot_be_read_refuses_the_study(kind):
    sent = Sent()
    patient, report = sent.ref("Patient"), sent.ref("DiagnosticReport")
    whose: dict[str, dict[str, Any]] = {
        "Coverage": {"beneficiary": patient},
        "Provenance": {"target": [report]},
    }
    about = whose.get(kind, {"subject": patient, "patient": patient})
    sent.add({"resourceType": kind, **about, "colour": "red"})
    neighbour = Sent("hospital-outpatient").bundle["entry"]
    sent.bundle["entry"] += neighbour
    sound, [unsound] = set_apart(envelope_of(sent.bundle))
    assert unsound.label.endswith("LBI-26-004417")
    assert {entry.index for entry in sound.entries} >= set(
        range(len(sent.bundle["entry"]))[-len(neighbour) :]
    )
    assert {problem.code for problem in unsound.problems} >= {"FHIR-UNKNOWN-ELEMENT"}


@pytest.mark.parametrize("junk", JUNK, ids=str)
@pytest.mark.parametrize("element", ["patient", "status", "item", "billablePeriod"])
def test_an_explanation_of_benefit_of_any_shape_is_no_earlier_service(element, junk):
    sent = Sent()
    item = {"productOrService": {"coding": junk}, "servicedDate": junk}
    about: dict[str, Any] = {"status": "active", "patient": sent.ref("Patient"), "item": [item]}
    sent.add({"resourceType": "ExplanationOfBenefit", **about, element: junk})
    assert sent.study().history == ()
