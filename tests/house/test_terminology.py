"""The fragments of published code systems hold the codes our claims use, and nobody's descriptors."""

import json

import pytest

from service.core.codes import CPT_MODIFIERS, CareRole, Frequency, Modifier, Procedure
from service.core.procedure_codes import HCPCS_PROCEDURES
from service.store.rule_files import load_rulebook, packaged_rules
from tests.house.tree import texts

FOLDER = "fhir_profiles/terminology/"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CARE_ROLE = "http://terminology.hl7.org/CodeSystem/claimcareteamrole"
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
PLACE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
TYPE_OF_BILL = "https://www.nubc.org/CodeSystem/TypeOfBill"

FRAGMENTS = {path: json.loads(text) for path, text in texts(FOLDER, suffixes=(".json",))}


def codes(url):
    concepts = [fragment["concept"] for fragment in FRAGMENTS.values() if fragment["url"] == url]
    return {concept["code"] for listed in concepts for concept in listed}


@pytest.mark.parametrize("path", FRAGMENTS)
def test_a_fragment_names_codes_only(path):
    fragment = FRAGMENTS[path]
    assert fragment["content"] == "fragment"
    assert {key for concept in fragment["concept"] for key in concept} == {"code"}


@pytest.mark.parametrize("path", FRAGMENTS)
def test_a_fragment_names_no_code_twice(path):
    listed = [concept["code"] for concept in FRAGMENTS[path]["concept"]]
    assert len(listed) == len(set(listed))


def test_no_two_fragments_speak_for_the_same_code_system():
    urls = [fragment["url"] for fragment in FRAGMENTS.values()]
    assert len(urls) == len(set(urls))


def test_every_procedure_and_modifier_we_bill_is_in_a_fragment():
    assert (set(Procedure) - HCPCS_PROCEDURES) | CPT_MODIFIERS <= codes(CPT)
    assert HCPCS_PROCEDURES | (set(Modifier) - CPT_MODIFIERS) <= codes(HCPCS)


def test_every_role_on_a_claim_is_in_a_fragment():
    assert set(CareRole) <= codes(CARE_ROLE)


def test_every_claim_frequency_ends_a_type_of_bill():
    bills = codes(TYPE_OF_BILL)
    assert {bill[-1] for bill in bills} == set(Frequency)


def test_every_place_bill_type_and_revenue_code_of_the_mappings_is_in_a_fragment():
    rulebook = load_rulebook(packaged_rules())
    places = {row.then.place_of_service for row in rulebook.place_of_service.rows}
    institutional = [row.then for row in rulebook.institutional.rows]
    bills = {facts.type_of_bill + frequency for facts in institutional for frequency in Frequency}
    assert places <= codes(PLACE)
    assert bills <= codes(TYPE_OF_BILL)
    assert {facts.revenue_code for facts in institutional} <= codes(REVENUE)
