"""The ConceptMaps say what the rows say, in the words of R4 for how far source and target agree."""

from dataclasses import replace
from datetime import date

import pytest

from service import fhir_r4
from service.core.codes import Exam, SiteKind
from service.outputs import codings
from service.outputs.concept_maps import concept_maps
from service.store.rule_files import load_rulebook, packaged_rules

RULEBOOK = load_rulebook(packaged_rules())
MAPS = {each["id"]: each for each in concept_maps(RULEBOOK)}
DAY = date(2026, 9, 15)


def links(name, maps=MAPS):
    """(source code, target code, equivalence) of a map; no target code where there is none."""
    return [
        (element["code"], target.get("code", ""), target["equivalence"])
        for group in maps[name]["group"]
        for element in group["element"]
        for target in element["target"]
    ]


def targets(name, code, maps=MAPS):
    return [(target, equivalence) for source, target, equivalence in links(name, maps) if source == code]


def comments(name, code):
    return [
        target["comment"]
        for group in MAPS[name]["group"]
        for element in group["element"]
        for target in element["target"]
        if element["code"] == code
    ]


@pytest.mark.parametrize("name", MAPS)
def test_a_map_is_valid_r4(name):
    assert fhir_r4.check_resource(MAPS[name]) == ()


@pytest.mark.parametrize("name", MAPS)
def test_each_group_has_one_pair_of_systems_and_names_a_code_once(name):
    groups = MAPS[name]["group"]
    pairs = [(group["source"], group["target"]) for group in groups]
    assert len(pairs) == len(set(pairs))
    for group in groups:
        sources = [element["code"] for element in group["element"]]
        assert len(sources) == len(set(sources))


@pytest.mark.parametrize("name", MAPS)
def test_every_target_says_why_and_none_is_missing_but_where_there_is_no_match(name):
    for group in MAPS[name]["group"]:
        for element in group["element"]:
            for target in element["target"]:
                assert target["comment"]
                assert ("code" in target) != (target["equivalence"] == "unmatched")


def test_a_code_of_one_exam_is_equivalent_and_a_code_of_two_has_narrower_targets():
    assert targets("order-to-exam", "77086") == [("vfa", "equivalent")]
    assert targets("order-to-exam", "77085") == [("axial-density", "narrower"), ("vfa", "narrower")]


def test_a_generic_code_stays_generic_and_a_generic_exam_becomes_no_procedure():
    generic = {"38269-7", "38268-9", "83311-1", "46383-6", "241686001", "312681000"}
    assert {(code, *targets("order-to-exam", code)[0]) for code in generic} == {
        (code, "generic-dxa", "wider") for code in generic
    }
    assert targets("exam-to-procedure", "generic-dxa") == [("", "unmatched")]


def test_the_orders_map_says_what_is_read_of_each_code():
    names = {codings.CPT: "cpt", codings.LOINC: "loinc", codings.SNOMED_CT: "snomed"}
    for group in MAPS["order-to-exam"]["group"]:
        for element in group["element"]:
            facts = {"system": names[group["source"]], "code": element["code"]}
            hit = RULEBOOK.orders.ask_one(facts, on=DAY)
            assert hit
            assert {target["code"] for target in element["target"]} == hit.then.exams


def test_an_exam_alone_in_its_session_has_one_procedure():
    for exam, procedure in (
        ("vfa", "77086"),
        ("axial-density", "77080"),
        ("peripheral-density", "77081"),
        ("density-with-vfa", "77085"),
    ):
        assert targets("exam-to-procedure", exam) == [(procedure, "equivalent")]
    assert {source for source, _, _ in links("exam-to-procedure")} == set(Exam)


def test_each_kind_of_site_has_the_place_its_row_gives_or_none():
    for kind in SiteKind:
        ((place, equivalence),) = targets("site-kind-to-place-of-service", kind)
        hit = RULEBOOK.place_of_service.ask_one({"site": kind, "encounter_class": "AMB"}, on=DAY)
        assert place == (hit.then.place_of_service if hit else "")
        assert (equivalence == "unmatched") == (hit is None)


def test_what_only_the_habit_of_the_trade_says_is_inexact():
    assert targets("site-kind-to-place-of-service", "imaging-center") == [("11", "inexact")]


def test_a_concept_that_says_more_than_one_of_our_words_has_wider_targets():
    assert targets("concept-to-reading", "203451004") == [("definite", "wider"), ("osteoporotic", "wider")]
    assert targets("concept-to-reading", "90734009") == [("chronic", "equivalent")]
    assert targets("concept-to-reading", "6736007") == [("genant-2", "inexact")]


def test_a_fracture_has_candidates_that_depend_on_osteoporosis():
    assert targets("finding-to-icd10cm", "698077007") == [
        ("M80.08XA", "inexact"),
        ("M80.88XA", "inexact"),
        ("M48.54XA", "inexact"),
    ]
    assert comments("finding-to-icd10cm", "698077007") == [
        "A candidate for a current fracture, osteoporosis age-related (DX-OSTEOPOROTIC-FRACTURE).",
        "A candidate for a current fracture, osteoporosis steroid-induced (DX-STEROID-OSTEOPOROTIC-FRACTURE)"
        " or drug-induced (DX-OTHER-OSTEOPOROTIC-FRACTURE) or other (DX-OTHER-OSTEOPOROTIC-FRACTURE).",
        "A candidate for a current fracture, osteoporosis not-documented (DX-COLLAPSED-VERTEBRA).",
    ]


def test_a_fracture_called_osteoporotic_never_leads_to_a_collapsed_vertebra():
    codes = {code for code, _ in targets("finding-to-icd10cm", "203451004")}
    assert codes == {"M80.08XA", "M80.88XA"}


def test_a_disorder_leads_to_the_code_of_its_row_and_no_nearer_word_is_claimed():
    assert targets("finding-to-icd10cm", "64859006") == [("M81.0", "relatedto")]


def closed(row):
    return replace(row, in_force=tuple(replace(entry, through=DAY) for entry in row.in_force))


def test_a_row_that_has_ended_is_in_no_map():
    ended = tuple(closed(row) if row.id == "EXAM-CPT-VFA" else row for row in RULEBOOK.orders.rows)
    changed = replace(RULEBOOK, orders=replace(RULEBOOK.orders, rows=ended))
    maps = {each["id"]: each for each in concept_maps(changed)}
    assert targets("order-to-exam", "77086", maps) == []


def test_a_sites_own_exam_code_is_in_no_map_because_its_system_has_no_address():
    first, *others = RULEBOOK.orders.rows
    own = replace(first, when={"system": frozenset({"site"}), "code": frozenset({"DXV1"})})
    changed = replace(RULEBOOK, orders=replace(RULEBOOK.orders, rows=(own, *others)))
    maps = {each["id"]: each for each in concept_maps(changed)}
    assert targets("order-to-exam", "DXV1", maps) == []
