"""An inpatient stay that covers the scan: it counts for more than an ambulatory visit."""

import pytest

from service.core.claim import Claim, build
from service.core.decide import decide
from service.core.decision import Decision
from tests.intake.sent import Sent, gap, practice, rulebook, value

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SCANNED = "2026-09-15T09:12:00-05:00"


def with_stay(period, status="finished", kind="IMP", subject=None):
    """The ordinary study, and another Encounter of the patient beside the scan's own."""
    sent = Sent()
    sent.the("Procedure")["performedDateTime"] = SCANNED
    sent.the("DiagnosticReport")["effectiveDateTime"] = SCANNED
    stay = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"system": ACT, "code": kind},
        "subject": subject or sent.ref("Patient"),
        "period": period,
    }
    sent.add(stay, "stay")
    return sent


def decided(sent: Sent) -> tuple[Decision, tuple[Claim, ...]]:
    study = sent.study()
    decision = decide(study, practice(), rulebook())
    return decision, build(study, decision)


@pytest.mark.parametrize(
    ("period", "status"),
    [
        ({"start": "2026-09-14"}, "in-progress"),
        ({"start": "2026-09-13T09:00:00-05:00", "end": "2026-09-18T12:00:00-05:00"}, "finished"),
        ({"start": "2026-09-15T06:00:00-05:00"}, "in-progress"),
        ({"start": "2026-09-15T11:00:00Z", "end": "2026-09-15T18:00:00Z"}, "finished"),
    ],
)
def test_a_stay_that_covers_the_scan_leaves_the_reading_at_21(period, status):
    """billing.md 3.2.2 and D13: the registered status decides, wherever the test was done."""
    sent = with_stay(period, status)
    assert value(sent.study().site).encounter_class == "IMP"
    claims = decided(sent)[1]
    lines = [line for claim in claims for line in claim.lines]
    assert [[one.value for one in line.modifiers] for line in lines] == [["26"]]
    assert [line.place_of_service.value for line in lines if line.place_of_service] == ["21"]


@pytest.mark.parametrize(
    ("period", "status", "kind"),
    [
        ({"start": "2026-09-15T12:00:00-05:00"}, "in-progress", "IMP"),
        ({"start": "2026-09-10", "end": "2026-09-14"}, "finished", "IMP"),
        ({"start": "2026-09-10", "end": "2026-09-15T08:00:00-05:00"}, "finished", "IMP"),
        ({"start": "2026-09-14"}, "cancelled", "IMP"),
        ({"start": "2026-09-14"}, "planned", "IMP"),
        ({"start": "2026-09-14"}, "in-progress", "AMB"),
        ({}, "in-progress", "IMP"),
    ],
)
def test_one_that_does_not_cover_it_changes_nothing(period, status, kind):
    assert value(with_stay(period, status, kind).study().site).encounter_class == "AMB"


def test_another_patient_s_stay_is_not_asked():
    sent = with_stay({"start": "2026-09-14"}, "in-progress", subject={"display": "Somebody Else"})
    assert value(sent.study().site).encounter_class == "AMB"


@pytest.mark.parametrize(
    ("period", "status"),
    [
        ({"start": "2026-09-15"}, "in-progress"),
        ({"start": "2026-09-10", "end": "2026-09-15"}, "finished"),
        ({"start": "2026-09-10"}, "finished"),
    ],
)
def test_a_stay_that_may_cover_it_holds(period, status):
    assert gap(with_stay(period, status).study().site) == "STAY-UNCLEAR"


def test_where_the_scan_s_own_visit_says_emergency_a_stay_of_the_same_day_came_after_it():
    sent = with_stay({"start": "2026-09-15"}, "in-progress")
    sent.the("Encounter")["class"]["code"] = "EMER"
    assert value(sent.study().site).encounter_class == "EMER"
