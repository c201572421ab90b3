"""An amended report bills by the day of its first final version: of the Bundle, its server, or the ledger."""

import copy
import json
import sqlite3

import pytest

from service.errors import Declined, Unavailable
from service.intake.bundle import find_studies
from service.intake.envelope import envelope_of
from service.intake.reading import read_study
from service.outputs.answer import states_of
from service.pipeline import derive
from service.store.kept import Draft
from service.store.ledger import Ledger
from service.store.remembered import with_what_is_kept
from tests.intake.sent import Sent, practice, rulebook, value
from tests.web.conftest import NOW

FIRST, LATER = "2026-09-16T10:00:00-05:00", "2026-09-20T10:00:00-05:00"
HOME = "https://ehr.example.com/fhir/DiagnosticReport/r1"


@pytest.fixture
def ledger(tmp_path):
    return Ledger(str(tmp_path / "ledger.sqlite3"))


def report(status, issued, **changes):
    """The brief's study with its report in that state."""
    sent = Sent()
    sent.the("DiagnosticReport").update({"status": status, "issued": issued, **changes})
    return sent.bundle


def answered(bundle, ledger=None, resolver=None):
    return derive(
        envelope_of(copy.deepcopy(bundle)),
        rulebook=rulebook(),
        practice=practice(),
        engine="test",
        now=NOW,
        ledger=ledger,
        resolver=resolver,
    )


def claims(answer):
    return [one["resource"] for one in answer["entry"] if one["resource"]["resourceType"] == "Claim"]


def said(answer):
    issues = [issue for one in answer["entry"] for issue in one["resource"].get("issue", ())]
    return {issue["details"]["coding"][0]["code"] for issue in issues}


def places(study):
    """Where the day of the reading stands."""
    return [evidence.where for evidence in value(study.report).reading_day.evidence]


@pytest.mark.parametrize("status", ["amended", "corrected", "appended"])
def test_the_ledger_knows_the_day_of_a_study_it_billed(ledger, status):
    first = answered(report("final", FIRST), ledger)
    later = answered(report(status, LATER), ledger)
    assert claims(later) == claims(first)
    assert [state.value for state in states_of(later)] == ["clean"]
    (gathered,) = find_studies(envelope_of(report(status, LATER)))
    study = with_what_is_kept(read_study(gathered, practice(), rulebook()), ledger)
    assert places(study) == ["ledger:reading-day"]


def test_the_ledger_knows_the_day_of_a_study_that_was_held(ledger):
    incomplete = report("final", FIRST)
    incomplete["entry"] = [e for e in incomplete["entry"] if e["resource"]["resourceType"] != "Coverage"]
    assert states_of(answered(incomplete, ledger)) == ("held",)
    assert states_of(answered(report("corrected", LATER), ledger)) == ("clean",)


def test_without_a_study_before_the_day_is_missing(ledger):
    assert "READING-DAY-MISSING" in said(answered(report("amended", LATER), ledger))
    assert "READING-DAY-MISSING" in said(answered(report("amended", LATER), ledger))


def test_of_two_days_none_is_taken(ledger):
    answered(report("final", FIRST), ledger)
    answered(report("final", "2026-09-17T10:00:00-05:00"), ledger)
    assert "READING-DAY-MISSING" in said(answered(report("amended", LATER), ledger))


def test_another_change_of_an_amended_report_still_holds(ledger):
    answered(report("final", FIRST), ledger)
    sent = Sent()
    sent.the("DiagnosticReport").update(status="amended", issued=LATER)
    sent.the("Patient")["birthDate"] = "1954-03-09"
    later = answered(sent.bundle, ledger)
    assert (states_of(later), "STUDY-CHANGED" in said(later)) == (("held",), True)


def test_a_draft_remembers_as_the_ledger_does(ledger):
    draft = Draft(ledger=ledger)
    answered(report("final", FIRST), draft)
    assert states_of(answered(report("amended", LATER), draft)) == ("clean",)
    assert "READING-DAY-MISSING" in said(answered(report("amended", LATER), ledger))


def test_a_ledger_of_before_learns_to_remember(tmp_path, ledger):
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        connection.execute("drop table readings")
    again = Ledger(str(tmp_path / "ledger.sqlite3"))
    answered(report("final", FIRST), again)
    assert states_of(answered(report("amended", LATER), again)) == ("clean",)


def at_home(bundle):
    """The same with the report under its address on the sender's server."""
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "DiagnosticReport":
            text = json.dumps(bundle).replace(f'"{entry["fullUrl"]}"', f'"{HOME}"')
    return json.loads(text)


def history(*versions):
    """A server that keeps these versions (number, status, issued) of the report."""
    kept = [
        {
            "resourceType": "DiagnosticReport",
            "id": "r1",
            "meta": {"versionId": number},
            "status": status,
            "issued": issued,
        }
        for number, status, issued in versions
    ]
    bundle = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": each} for each in kept]}
    return lambda name: bundle if name == f"{HOME}/_history" else None


def test_the_history_of_its_server_gives_the_day():
    versions = (
        ("3", "amended", LATER),
        ("1", "preliminary", "2026-09-15T12:00:00-05:00"),
        ("2", "final", FIRST),
    )
    bundle = at_home(report("amended", LATER))
    found = answered(bundle, resolver=history(*versions))
    assert states_of(found) == ("clean",)
    assert [claim["item"] for claim in claims(found)] == [
        claim["item"] for claim in claims(answered(report("final", FIRST)))
    ]
    (gathered,) = find_studies(envelope_of(bundle), history(*versions))
    study = read_study(gathered, practice(), rulebook())
    assert places(study) == [f"{HOME}/_history/2.issued", f"{HOME}/_history/2.status"]


@pytest.mark.parametrize("versions", [(), (("3", "amended", LATER),)])
def test_a_history_without_a_final_version_gives_none(versions):
    found = answered(at_home(report("amended", LATER)), resolver=history(*versions))
    assert "READING-DAY-MISSING" in said(found)


@pytest.mark.parametrize(
    ("trouble", "unavailable"), [(Unavailable("HTTP 503"), True), (Declined("HTTP 405", status=405), False)]
)
def test_a_server_that_is_down_holds_and_one_without_history_says_nothing(ledger, trouble, unavailable):
    def fails(_):
        raise trouble

    answered(report("final", FIRST), ledger)
    found = answered(at_home(report("amended", LATER)), ledger, resolver=fails)
    assert ("FHIR-SERVER-UNAVAILABLE" in said(found)) == unavailable
    assert [state.value for state in states_of(found)] == ["held" if unavailable else "clean"]


def test_a_final_report_asks_for_no_history():
    asked: list[str] = []
    answered(at_home(report("final", FIRST)), resolver=asked.append)
    assert asked == []
