"""The ValueSets hold what is read and written here: no more, and nothing less."""

import pytest

from service import fhir_r4
from service.core.codes import Modifier, Procedure, Vertebra
from service.intake.results import VERTEBRA
from service.outputs import codings
from service.outputs.value_sets import value_sets
from service.store.rule_files import load_rulebook, packaged_rules

RULEBOOK = load_rulebook(packaged_rules())
SETS = {each["id"]: each for each in value_sets(RULEBOOK)}


def codes(name):
    """(system, code) of every concept that a set lists."""
    return {
        (include["system"], concept["code"])
        for include in SETS[name]["compose"]["include"]
        for concept in include["concept"]
    }


@pytest.mark.parametrize("name", SETS)
def test_a_value_set_is_valid_r4(name):
    assert fhir_r4.check_resource(SETS[name]) == ()


@pytest.mark.parametrize("name", SETS)
def test_a_value_set_lists_codes_only(name):
    for include in SETS[name]["compose"]["include"]:
        assert {key for concept in include.get("concept", ()) for key in concept} <= {"code"}


def test_what_is_billed_is_listed_under_the_system_it_is_written_in():
    assert {code for _, code in codes("procedure")} == set(Procedure)
    assert {(codings.CPT, "77086"), (codings.HCPCS, "G0130")} <= codes("procedure")
    assert {(codings.CPT, "26"), (codings.HCPCS, "TC")} < codes("line-modifier")
    assert {code for _, code in codes("line-modifier")} == set(Modifier)
    assert {code for _, code in codes("type-of-bill")} >= {"0131", "0137", "0138"}


def test_no_generic_code_says_which_exam_is_ordered():
    listed = {code for _, code in codes("order-code")}
    assert {"77086", "77085"} <= listed
    assert not {"38269-7", "38268-9", "241686001"} & listed


def test_no_order_row_makes_a_loinc_or_snomed_code_mean_vertebral_fracture_assessment():
    """As long as this holds, the profile of the order may ask for a code of another system."""
    said = [
        row.id
        for row in RULEBOOK.orders.rows
        if row.when["system"] & {"loinc", "snomed"} and "vfa" in row.then.exams
    ]
    assert said == []


def test_an_observation_about_a_vertebra_has_a_code_that_is_read_as_one():
    assert {code for _, code in codes("vertebra-observation")} == VERTEBRA


def test_each_vertebra_can_be_named_and_no_finding_is_a_vertebra():
    sites = {code for _, code in codes("vertebra")}
    named = {row.then.means["level"] for row in RULEBOOK.translations.rows if row.when["code"] & sites}
    assert {level for level in Vertebra if level[1:].isdigit()} <= named
    assert not {code for _, code in codes("report-conclusion")} & sites


def test_the_value_of_a_vertebra_is_a_grade_or_that_it_is_broken_or_not():
    assert (codings.VFA, "genant-0") in codes("vertebra-value")
    assert (codings.SNOMED_CT, "2667000") in codes("vertebra-value")
    assert (codings.VFA, "not-stated") not in codes("vertebra-value")
    assert (codings.SNOMED_CT, "698077007") not in codes("vertebra-value")
