"""The answer Bundle: a summary first, then for each study all that is said about it."""

import re
from dataclasses import replace

import pytest

from service import fhir_r4, json_text
from service.core.codes import Severity, StudyState
from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.outputs.answer import explanation_of, gather, write_answer, write_study
from service.outputs.comparison import NORMALISED, normalise
from service.outputs.explanation import StudyAnswer
from tests.house.tree import ROOT
from tests.outputs.studies import (
    DIGESTS,
    HOLD,
    NOW,
    brief_answer,
    brief_study,
    decision,
    finding,
    held_answer,
    split_answer,
)

STATE = "https://w3id.org/vfa-claims/fhir/CodeSystem/study-state"


def answered(*parts, now=NOW):
    return write_answer(parts, now=now, digests=DIGESTS)


def kinds(answer):
    return [entry["resource"]["resourceType"] for entry in answer["entry"]]


def only(answer, kind):
    (found,) = (entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == kind)
    return found


def empty(state, *findings):
    return StudyAnswer(study=brief_study(), decision=decision(state, *findings), claims=())


ANSWERS = {
    "brief": (brief_answer(),),
    "split": (split_answer(),),
    "held": (held_answer(),),
    "none": (empty(StudyState.NONE, finding(FindingCode.NOTHING_TO_BILL, Severity.NOTE)),),
    "refused": (empty(StudyState.REFUSED, finding(FindingCode.ORDER_INTENT, Severity.REJECT, "Bundle")),),
    "several": (split_answer(), held_answer(), brief_answer()),
    "no study": (),
}


@pytest.mark.parametrize("parts", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_is_valid_r4(parts):
    assert fhir_r4.check_bundle(answered(*parts)) == ()


def test_a_billed_study_is_answered_with_claims_outcome_provenance_task_and_explanation():
    expected = ["Parameters", "Claim", "Claim", "OperationOutcome", "Provenance", "Task", "Binary"]
    assert kinds(answered(split_answer())) == expected


def test_the_summary_names_each_study_its_state_and_its_claims():
    summary = only(answered(split_answer(), held_answer()), "Parameters")
    key = (
        "https://lakeside.example.com/accession|ACC-1,"
        " patient https://lakeside.example.com/mrn|MRN-1, 2026-09-15"
    )
    assert [
        [
            part.get("valueString") or part.get("valueCode") or part["valueReference"]["reference"]
            for part in study["part"]
        ]
        for study in summary["parameter"]
    ] == [[key, "billable", "Claim/vfa-facility", "Claim/vfa-professional"], [key, "held"]]


def test_a_study_without_business_key_is_named_by_its_first_resource():
    part = replace(held_answer(), study=brief_study(key=Gap(code=FindingCode.BUSINESS_KEY_MISSING)))
    assert explanation_of(write_study(part, now=NOW, digests=DIGESTS))["study"] == {
        "key": "Bundle.entry[0].resource",
        "state": "held",
    }


def test_every_resource_of_a_study_carries_its_state():
    answer = answered(split_answer())
    tags = [entry["resource"]["meta"]["tag"] for entry in answer["entry"][1:]]
    assert tags == [[{"system": STATE, "code": "billable"}]] * 6


def test_the_outcome_tells_the_state_and_then_every_finding_with_what_settles_it():
    assert only(answered(held_answer()), "OperationOutcome")["issue"] == [
        {
            "severity": "information",
            "code": "informational",
            "details": {
                "coding": [{"system": STATE, "code": "held"}],
                "text": "The study is held: nothing is billed until what is missing is supplied.",
            },
        },
        {
            "severity": "error",
            "code": "business-rule",
            "details": {
                "coding": [
                    {
                        "system": "https://w3id.org/vfa-claims/fhir/CodeSystem/finding",
                        "code": "SITE-MISSING",
                    }
                ],
                "text": "About site-missing.",
            },
            "diagnostics": "To settle: Send it. By: ordering practitioner. See practice:sites.",
            "expression": ["Bundle.entry[2].resource"],
        },
    ]


@pytest.mark.parametrize(
    ("severity", "issue"),
    [
        (Severity.REJECT, ("error", "business-rule")),
        (Severity.HOLD, ("error", "business-rule")),
        (Severity.WARN, ("warning", "business-rule")),
        (Severity.NOTE, ("information", "informational")),
    ],
)
def test_a_finding_has_the_severity_of_its_issue(severity, issue):
    part = empty(StudyState.NONE, finding(FindingCode.NOTHING_TO_BILL, severity, prevents=("CO-16",)))
    found = only(answered(part), "OperationOutcome")["issue"][1]
    assert (found["severity"], found["code"]) == issue
    assert found["diagnostics"] == "To settle: Send it. By: ordering practitioner. Prevents: CO-16."


def test_a_held_study_asks_the_owner_of_the_first_thing_that_holds_it():
    warn = finding(FindingCode.SITE_DISAGREES, Severity.WARN, who="biller")
    second = finding(FindingCode.COVERAGE_MISSING, Severity.HOLD, who="front desk", settle="Name it.")
    part = replace(held_answer(), decision=decision(StudyState.HELD, warn, HOLD, second))
    task = only(answered(part), "Task")
    assert (task["status"], task["intent"]) == ("requested", "order")
    assert task["owner"] == {"display": "ordering practitioner"}
    assert task["reasonCode"]["coding"][0]["code"] == "SITE-MISSING"
    assert [(each["type"]["coding"][0]["code"], each["valueString"]) for each in task["input"]] == [
        ("SITE-MISSING", "To settle: Send it. By: ordering practitioner."),
        ("COVERAGE-MISSING", "To settle: Name it. By: front desk."),
    ]
    assert task["for"]["identifier"]["value"] == "MRN-1"


@pytest.mark.parametrize(
    ("who", "study", "owner"),
    [
        ("ordering practice", brief_study(), "1999999976"),
        ("reader", brief_study(), "1999999943"),
        ("imaging site", brief_study(), None),
        ("reader", brief_study(report=Gap(code=FindingCode.REPORT_MISSING)), None),
        ("ordering practice", brief_study(order=Gap(code=FindingCode.ORDER_MISSING)), None),
    ],
)
def test_the_owner_of_a_hold_is_a_person_where_the_study_names_one(who, study, owner):
    hold = finding(FindingCode.REASON_MISSING, Severity.HOLD, who=who)
    part = StudyAnswer(study=study, decision=decision(StudyState.HELD, hold), claims=())
    found = only(answered(part), "Task")["owner"]
    assert found.get("identifier", {}).get("value") == owner
    assert owner or found == {"display": who}


def test_a_billed_report_goes_to_the_ordering_practitioner():
    task = only(answered(brief_answer()), "Task")
    assert task["owner"] == {
        "type": "Practitioner",
        "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999999976"},
        "display": "Lena Brandt",
    }
    assert task["focus"] == {
        "type": "DiagnosticReport",
        "identifier": {"system": "https://lakeside.example.com/report", "value": "REP-1"},
    }


def test_a_billed_study_without_report_asks_nobody_to_read_it():
    study = brief_study(report=Gap(code=FindingCode.REPORT_MISSING))
    answer = answered(replace(brief_answer(), study=study))
    assert "Task" not in kinds(answer)
    assert len(only(answer, "Claim")["supportingInfo"]) == 1


def test_the_provenance_names_its_targets_sources_and_digests():
    provenance = only(answered(split_answer()), "Provenance")
    assert [target["reference"] for target in provenance["target"]] == [
        "Claim/vfa-facility",
        "Claim/vfa-professional",
    ]
    assert provenance["recorded"] == "2026-11-24T12:30:05+00:00"
    assert [entity["what"]["identifier"]["value"] for entity in provenance["entity"]] == [
        *("ACC-1", "REP-1", "a" * 64, "b" * 64, "c" * 64)
    ]


@pytest.mark.parametrize(("name", "target"), [("held", "Task"), ("none", "OperationOutcome")])
def test_without_claims_the_provenance_is_about_the_task_or_the_outcome(name, target):
    answer = answered(*ANSWERS[name])
    by_url = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in answer["entry"]}
    (reference,) = only(answer, "Provenance")["target"]
    assert by_url[reference["reference"]] == target


def test_the_same_study_has_the_same_addresses_whatever_stands_beside_it():
    alone = answered(brief_answer())
    beside = answered(empty_other(), brief_answer())
    assert alone["entry"][1:] == beside["entry"][-5:]


def empty_other():
    study = brief_study(key=Gap(code=FindingCode.BUSINESS_KEY_MISSING))
    return replace(held_answer(), study=study)


def test_two_studies_with_one_key_have_addresses_of_their_own():
    answer = answered(brief_answer(), held_answer())
    urls = [entry["fullUrl"] for entry in answer["entry"]]
    assert len(urls) == len(set(urls))
    tasks = [entry for entry in answer["entry"] if entry["resource"]["resourceType"] == "Task"]
    targets = [
        entry["resource"]["target"][0]["reference"]
        for entry in answer["entry"]
        if entry["resource"]["resourceType"] == "Provenance"
    ]
    assert targets[1] == tasks[1]["fullUrl"]


def test_entries_that_were_kept_make_the_same_answer_again():
    entries = write_study(split_answer(), now=NOW, digests=DIGESTS)
    kept = json_text.read(json_text.write(entries))
    assert json_text.write(gather([kept])) == json_text.write(answered(split_answer()))


def test_answers_of_two_days_differ_in_their_instants_alone():
    later = NOW.replace(year=2027)
    first, second = (
        answered(split_answer(), held_answer()),
        answered(split_answer(), held_answer(), now=later),
    )
    assert first != second
    assert normalise(first) == normalise(second)


def test_what_a_server_stamps_on_a_claim_is_normalised_and_nothing_else():
    claim = only(answered(brief_answer()), "Claim")
    stamped = {**claim, "meta": {**claim["meta"], "versionId": "3", "lastUpdated": "2026-11-25T00:00:00Z"}}
    assert normalise(stamped) == normalise(claim)
    assert set(claim) - set(normalise(claim)) == {"created"}
    assert normalise({**claim, "status": "draft"}) != normalise(claim)


def test_the_page_about_answers_lists_everything_two_of_them_may_differ_in():
    page = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    assert re.findall(r"^- `([A-Z]\w+(?:\.\w+)+)`$", page, re.M) == list(NORMALISED)


def test_an_answer_without_study_is_only_its_summary():
    assert kinds(answered()) == ["Parameters"]
