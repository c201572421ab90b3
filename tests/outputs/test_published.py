"""What we publish about ourselves: every code we use, the operations we have, and files that are fresh."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from service import fhir_r4
from service.core.codes import Exam, Grade, SiteKind, Statement, StudyState
from service.core.finding_codes import FindingCode
from service.core.situations import Circumstance, NoticeKind, SiteDetail
from service.errors import CODES
from service.outputs.capability import capability_statement, operation_definitions
from service.outputs.code_systems import code_systems
from service.outputs.published import check_published, write_published
from service.outputs.task import ORDERING, READER
from service.store.rule_files import load_rulebook, packaged_rules
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def rulebook():
    return load_rulebook(packaged_rules())


@pytest.fixture(scope="module")
def systems(rulebook):
    return {system["id"]: system for system in code_systems(rulebook.findings)}


def codes_in(concepts):
    for concept in concepts:
        yield concept["code"]
        yield from codes_in(concept.get("concept", []))


def codes(system):
    return list(codes_in(system["concept"]))


def test_the_published_files_are_fresh(rulebook):
    assert check_published(ROOT / "fhir_profiles", rulebook) == ()


def test_a_stale_a_missing_and_a_left_over_file_are_found(rulebook, tmp_path: Path):
    write_published(tmp_path, rulebook)
    assert check_published(tmp_path, rulebook) == ()
    (tmp_path / "code-systems" / "CodeSystem-vfa.json").write_text("{}")
    (tmp_path / "operations" / "OperationDefinition-derive.json").unlink()
    (tmp_path / "code-systems" / "CodeSystem-gone.json").write_text("{}")
    (tmp_path / "value-sets" / "ValueSet-procedure.json").write_text("{}")
    (tmp_path / "concept-maps" / "ConceptMap-gone.json").write_text("{}")
    assert check_published(tmp_path, rulebook) == (
        "code-systems/CodeSystem-gone.json",
        "code-systems/CodeSystem-vfa.json",
        "concept-maps/ConceptMap-gone.json",
        "operations/OperationDefinition-derive.json",
        "value-sets/ValueSet-procedure.json",
    )


def test_a_row_that_changes_makes_its_files_stale(rulebook, tmp_path: Path):
    write_published(tmp_path, rulebook)
    first, *others = rulebook.orders.rows
    fewer = replace(rulebook, orders=replace(rulebook.orders, rows=tuple(others)))
    assert first.id == "EXAM-CPT-VFA"
    assert check_published(tmp_path, fewer) == (
        "concept-maps/ConceptMap-order-to-exam.json",
        "value-sets/ValueSet-order-code.json",
    )


def test_each_vocabulary_that_is_sent_has_its_codes_published(systems):
    details = [str(detail) for detail in SiteDetail if detail is not SiteDetail.NOT_STATED]
    assert codes(systems["vfa-site-kind"]) == [*map(str, SiteKind), *details]
    assert codes(systems["vfa-circumstance"]) == [*map(str, Circumstance), *map(str, NoticeKind), "resident"]
    assert codes(systems["vfa-exam"]) == [str(exam) for exam in Exam]
    assert codes(systems["finding"]) == [str(code) for code in FindingCode]
    assert codes(systems["outcome"]) == list(CODES)
    assert codes(systems["study-state"]) == [str(state) for state in StudyState]
    assert {str(grade) for grade in Grade} - set(codes(systems["vfa"])) == {"not-stated"}


def test_the_codes_of_a_reading_stand_below_what_they_answer(systems):
    below = {
        concept["code"]: list(codes_in(concept.get("concept", []))) for concept in systems["vfa"]["concept"]
    }
    assert below["deformity-shape"] == ["wedge", "biconcave", "crush", "stable-burst", "unstable-burst"]
    assert below["certainty"] == ["definite", "uncertain", "denied"]
    assert below["study-conclusion"] == [str(statement) for statement in Statement]


def test_a_finding_is_published_with_its_code_in_words_and_its_sentence(systems):
    by_code = {concept["code"]: concept for concept in systems["finding"]["concept"]}
    assert by_code["ORDERING-NPI-MISSING"]["display"] == "Ordering NPI missing"
    assert by_code["ORDER-INTENT"]["definition"] == (
        "The ServiceRequest has the intent [intent], which is not an order."
    )


def test_no_code_is_published_twice_in_a_system_and_each_has_a_display(systems):
    for system in systems.values():
        assert len(codes(system)) == len(set(codes(system)))
        assert all(concept["display"] for concept in system["concept"])


def test_the_capability_statement_lists_the_operations_that_are_published():
    statement = capability_statement("https://claims.example.com/fhir", published=date(2026, 11, 24))
    assert fhir_r4.check_resource(statement) == ()
    (claim,) = statement["rest"][0]["resource"]
    assert [each["definition"] for each in claim["operation"]] == [
        each["url"] for each in operation_definitions()
    ]
    assert [each["name"] for each in claim["searchParam"]] == ["identifier"]
    assert statement["implementation"]["url"] == "https://claims.example.com/fhir"


def test_the_owners_that_a_study_may_name_are_owners_of_finding_rows(rulebook):
    assert {ORDERING, READER} <= {row.then.who for row in rulebook.findings.values()}
