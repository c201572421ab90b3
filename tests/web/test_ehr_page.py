"""Every sample of the page for EHR teams, posted in the brief's Bundle under a practice file as it shows."""

import json
import re

import pytest

from tests.house.tree import ROOT
from tests.intake.sent import NPI, TYPES, Sent, coded
from tests.web import conftest
from tests.web.conftest import resources

PAGE = (ROOT / "docs" / "for-ehr-teams.md").read_text(encoding="utf-8")
SAMPLES = [
    (kind, json.loads(text)) for kind, text in re.findall(r"^```json *(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
]
PRACTICE = "".join(re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S))
LINES = {  # of the one claim: procedure and modifiers; of a scan that was stopped, of one with a notice
    ("circumstance", "completed"): ["77086", "52"],
    ("circumstance", "stopped"): ["77086", "53"],
    ("notice", "active"): ["77086", "GA"],
}


def with_sample(kind, sample):
    sent = Sent()
    if kind == "notice":
        sent.the("ServiceRequest")["reasonCode"] = [coded("http://hl7.org/fhir/sid/icd-10-cm", "M54.9")]
        sent.the("ServiceRequest").pop("reasonReference", None)
        about = {"meaning": "related", "reference": sent.ref("ServiceRequest")}
        number = {"system": NPI, "value": "1999999901"}
        biller = sent.add({"resourceType": "Organization", "name": "Lakeside", "identifier": [number]})
        notice = {"patient": sent.ref("Patient"), "organization": [biller]}
        sent.add({**sample, **notice, "provision": {"data": [about]}})
        return sent.bundle
    name = sample["resourceType"]
    (sent.vertebra("T8") if name == "Observation" else sent.the(name)).update(sample)
    return sent.bundle


def lines(answer):
    return [
        [coding["coding"][0]["code"] for coding in (item["productOrService"], *item.get("modifier", ()))]
        for claim in resources(answer, "Claim")
        for item in claim["item"]
    ]


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_a_sample_is_answered_with_a_claim(door, kind, sample):
    answer = door.post(with_sample(kind, sample))
    assert answer.status_code == 200, answer.text
    assert lines(answer) == [LINES[kind, sample["status"]] if kind else ["77086"]]


def test_there_are_the_samples_that_the_page_promises():
    assert len(SAMPLES) == len(re.findall(r"^```json", PAGE, re.M)) >= 10
    assert {(kind, sample["status"]) for kind, sample in SAMPLES if kind} == LINES.keys()


@pytest.fixture
def as_the_page_says(tmp_path):
    """The door of a practice whose file has the entries that the page shows."""
    practice = tmp_path / "practice.yaml"
    examples = (ROOT / "examples" / "practice.yaml").read_text(encoding="utf-8")
    practice.write_text(f"{examples}\n{PRACTICE}", encoding="utf-8")
    return conftest.Door(tmp_path / "ledger.sqlite3", VFA_PRACTICE=str(practice))


def test_the_exam_code_of_the_page_means_a_look_for_fracture(door, as_the_page_says):
    sent = Sent()
    for kind in ("ServiceRequest", "Procedure"):
        sent.the(kind)["code"] = coded("https://lakeside.example.com/exams", "VFALAT")
    sent.the("ImagingStudy").pop("procedureCode", None)
    assert lines(as_the_page_says.post(sent.bundle)) == [["77086"]]
    assert lines(door.post(sent.bundle)) == []


def test_the_payer_of_the_page_is_known_by_its_id(as_the_page_says):
    sent = Sent()
    number = {"type": coded(TYPES, "NIIP"), "value": "00510"}
    payer = sent.add({"resourceType": "Organization", "name": "BCBSAL", "identifier": [number]})
    sent.the("Coverage").update(payor=[payer], type=coded("https://nahdo.org/sopt", "6"))
    answer = as_the_page_says.post(sent.bundle)
    [outcome] = resources(answer, "OperationOutcome")
    said = {issue["details"]["coding"][0]["code"] for issue in outcome["issue"]}
    assert lines(answer) == [["77086"]]
    assert not {"PAYER-NOT-KNOWN", "PLAN-NOT-KNOWN"} & said
