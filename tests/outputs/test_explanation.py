"""The explanation speaks for every value of a Claim; a value it is silent about is a silent default."""

import re
from dataclasses import replace

import pytest

from service import json_text
from service.core.codes import Component, Status, StudyState
from service.core.decision import Because, Chosen, Origin
from service.outputs.answer import explanation_of, write_study
from service.outputs.explanation import read_binary, value_at, write_binary
from service.outputs.fhir_claim import write_claim
from service.outputs.reasons import FIXED, reasons
from tests.house.tree import ROOT
from tests.outputs.studies import (
    DIGESTS,
    NOW,
    SOURCE,
    brief_answer,
    chosen,
    claim,
    held_answer,
    line,
    row,
    split_answer,
)


def leaves(value, path="Claim"):
    """Path of every value-bearing element."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaves(below, f"{path}.{name}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, f"{path}[{index}]")
    else:
        yield path


def speaks_for(said, leaf):
    """Whether what is said of a path speaks for a leaf at it or below it."""
    any_index = re.sub(r"\[\d+\]", "", leaf)
    return any(re.match(rf"{re.escape(said)}(?![\w])", place) for place in (leaf, any_index))


def silent(resource, explained):
    return [leaf for leaf in leaves(resource) if not any(speaks_for(said, leaf) for said in explained)]


def both(part):
    for one in part.claims:
        resource = write_claim(one, part.study, created=NOW, state=part.decision.state)
        yield one, resource, [path for path, _ in reasons(one, part.study, resource)]


TWO_LINES = replace(
    brief_answer(),
    claims=(
        claim(
            lines=(
                line(Component.GLOBAL, "150.00"),
                line(Component.GLOBAL, "90.05", sequence=2, units=chosen(2)),
            )
        ),
    ),
)
EVERY_CLAIM = [pair for part in (brief_answer(), split_answer(), TWO_LINES) for pair in both(part)]


@pytest.mark.parametrize(("one", "resource", "explained"), EVERY_CLAIM)
def test_every_value_of_a_claim_has_a_reason_or_is_fixed_for_a_reason(one, resource, explained):
    assert silent(resource, [*explained, *FIXED]) == []


@pytest.mark.parametrize(("one", "resource", "explained"), EVERY_CLAIM)
def test_what_a_row_or_the_input_decides_does_not_rest_on_a_fixed_reason(one, resource, explained):
    fixed_but_decided = [
        leaf for leaf in leaves(resource) if any(speaks_for(said, leaf) for said in FIXED) and decided(leaf)
    ]
    assert fixed_but_decided == []


def decided(leaf):
    return re.search(
        r"Claim\.(type|item\[\d+\]\.(productOrService|modifier|unitPrice|quantity|serviced))", leaf
    )


def test_a_value_that_nobody_explains_is_found():
    _, resource, explained = EVERY_CLAIM[0]
    resource = {**resource, "accident": {"date": "2026-09-01"}}
    assert silent(resource, [*explained, *FIXED]) == ["Claim.accident.date"]


def test_every_fixed_reason_speaks_for_something_on_some_claim():
    seen = [leaf for _, resource, _ in EVERY_CLAIM for leaf in leaves(resource)]
    assert [said for said in FIXED if not any(speaks_for(said, leaf) for leaf in seen)] == []


@pytest.mark.parametrize(("one", "resource", "explained"), EVERY_CLAIM)
def test_every_reason_speaks_for_an_element_that_is_there(one, resource, explained):
    absent = [path for path in explained if value_at(resource, path) is None]
    assert {re.sub(r"\[\d+\]", "", path) for path in absent} <= {"Claim.item.modifier"}


def explained_brief():
    return explanation_of(write_study(brief_answer(), now=NOW, digests=DIGESTS))


def element(explanation, path):
    (found,) = (each for each in explanation["claims"][0]["elements"] if each["path"] == path)
    return found


def test_an_element_tells_its_value_row_source_and_evidence():
    assert element(explained_brief(), "Claim.item[0].locationCodeableConcept") == {
        "path": "Claim.item[0].locationCodeableConcept",
        "value": "11",
        "because": [
            {
                "origin": "row",
                "ref": "POS-IMAGING-CENTER",
                "says": "Imaging centre: office",
                "source": {
                    "id": "CMS-POS",
                    "title": "Place of Service Code Set",
                    "publisher": "CMS",
                    "date": "2024-05-02",
                    "address": SOURCE.address,
                    "where": "entry 11",
                },
                "status": "sourced",
                "evidence": [
                    {"kind": "element", "where": "Bundle.entry[3].resource.type", "shows": "imaging-center"}
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Claim.item[0].net", "150.00 USD"),
        ("Claim.item[0].modifier", ""),
        ("Claim.billablePeriod", "2026-09-15"),
        ("Claim.patient", "Ruth Sandoval"),
        ("Claim.referral", "ACC-1"),
        ("Claim.careTeam[0].qualification", "2085R0202X"),
        ("Claim.item[0].diagnosisSequence", "1"),
        ("Claim.total", "150.00 USD"),
    ],
)
def test_the_value_of_an_element_is_told_in_a_word(path, value):
    assert element(explained_brief(), path)["value"] == value


def test_an_override_names_the_row_it_changed():
    because = Because(origin=Origin.OVERRIDE, ref="POS-PLAN", says="So the plan says", base="POS-BASE")
    place = Chosen(value="49", because=(because,))
    part = replace(
        brief_answer(), claims=(claim(lines=(line(Component.GLOBAL, "1.00", place_of_service=place),)),)
    )
    explanation = explanation_of(write_study(part, now=NOW, digests=DIGESTS))
    assert element(explanation, "Claim.item[0].locationCodeableConcept")["because"] == [
        {"origin": "override", "ref": "POS-PLAN", "says": "So the plan says", "base": "POS-BASE"}
    ]


def test_amounts_rest_on_charge_and_units_and_a_reason_is_said_once():
    refs = [because["ref"] for because in element(explained_brief(), "Claim.total")["because"]]
    assert refs == ["practice:charges[0]", "UNITS"]
    (_, resource, _) = EVERY_CLAIM[-1]
    total = dict(reasons(TWO_LINES.claims[0], TWO_LINES.study, resource))["Claim.total"]
    assert [because.ref for because in total] == ["practice:charges[0]", "UNITS", "ROW-1"]


def test_what_was_not_taken_the_edits_the_findings_and_the_digests_are_told():
    explanation = explained_brief()
    assert explanation["digests"] == {"rulebook": "a" * 64, "practice": "b" * 64, "engine": "c" * 64}
    (rejected,) = explanation["rejected"]
    assert (rejected["value"], rejected["flips"]) == ("M54.6", "A reading without a definite fracture")
    (edit,) = explanation["edits"]
    assert (edit["result"], edit["edition"], edit["prevents"]) == ("pass", "2026-10-01", ["CO-151"])
    (finding,) = explanation["findings"]
    assert (finding["code"], finding["severity"]) == ("PAYER-STANCE", "note")


def test_a_row_that_is_not_sourced_says_so():
    guessed = row("COMP-X", "As is usual")._replace(status=Status.GENERAL_KNOWLEDGE)
    part = replace(brief_answer(), claims=(claim(type=Chosen(value=claim().type.value, because=(guessed,))),))
    explanation = explanation_of(write_study(part, now=NOW, digests=DIGESTS))
    assert element(explanation, "Claim.type")["because"][0]["status"] == "general-knowledge"


def test_a_study_without_claims_is_explained_too():
    explanation = explanation_of(write_study(held_answer(), now=NOW, digests=DIGESTS))
    assert explanation["claims"] == []
    assert [finding["code"] for finding in explanation["findings"]] == ["SITE-MISSING"]


def test_the_binary_gives_back_the_explanation_that_went_in():
    explanation = explained_brief()
    assert read_binary(write_binary(explanation, StudyState.CLEAN)) == explanation


def test_the_page_about_explanations_names_every_member():
    page = (ROOT / "docs" / "explanation.md").read_text(encoding="utf-8")
    text = json_text.write(
        [explained_brief(), explanation_of(write_study(split_answer(), now=NOW, digests=DIGESTS))]
    )
    members = set(re.findall(r'"(\w+)":', text.decode()))
    assert {member for member in members if not re.search(rf"[`.]{member}(?:\[\])?[`.]", page)} == set()
