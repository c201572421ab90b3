"""The page for EHR teams: its snippets are R4 and read, and it names every finding that intake raises."""

import ast
import json
import re
from pathlib import Path

import pytest

from service.core.finding_codes import FindingCode
from service.fhir_r4 import check_bundle
from tests.house.tree import modules
from tests.intake.sent import Sent, gap, value

PAGE = (Path(__file__).parents[2] / "docs" / "for-ehr-teams.md").read_text(encoding="utf-8")
SNIPPETS = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: str(snippet["resourceType"]))
def test_a_snippet_can_stand_in_the_briefs_bundle_and_is_read(snippet):
    sent = Sent()
    kind = snippet["resourceType"]
    (sent.vertebra("T8") if kind == "Observation" else sent.the(kind)).update(snippet)
    assert check_bundle(sent.bundle) == ()
    study = sent.study()
    facts = (study.key, study.order, study.report, study.reading, study.site, study.patient, study.coverage)
    performed = study.performed
    known = [value(each) for each in (*facts, performed.vfa, performed.density, performed.scan_day)]
    assert None not in known
    assert str(value(study.osteoporosis)) == "age-related"


def test_there_is_a_snippet_for_every_resource_a_study_needs_of_the_sender():
    assert {each["resourceType"] for each in SNIPPETS} == {
        *(
            "ServiceRequest",
            "Procedure",
            "DiagnosticReport",
            "Observation",
            "Condition",
            "Location",
            "Coverage",
        )
    }


def test_the_page_names_every_finding_that_intake_raises():
    raised = {
        node.attr
        for _, tree in modules("service/intake/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "FindingCode"
    }
    assert len(raised) > 30
    left_aside = {FindingCode.REPORT_BESIDE_IGNORED}
    missing = {FindingCode[name] for name in raised} - left_aside
    assert [code for code in sorted(missing) if code not in PAGE] == []


def test_the_sentence_of_a_prose_reading_names_where_the_prose_stands():
    assert gap(Sent("text-only").study().reading) in PAGE
