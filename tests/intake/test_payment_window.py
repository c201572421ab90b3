"""Admissions soon after the scan: the payment window of the hospital that owns the scanner's owner."""

from dataclasses import replace

import pytest

from service.core.practice import Practice
from tests.intake.sent import NPI, Sent, practice
from tests.intake.test_circumstances import ACT, answer, codes, modifiers

HOSPITAL = "1999999927"
MEDICARE_ADVANTAGE = "111"
ASKED = "PAYMENT-WINDOW-UNKNOWN"


def owned(window: int | None, **changes: object) -> Practice:
    """The example's practice, its imaging center owned by the hospital, whose window is given."""
    first, *others = practice().organizations
    hospital = next(one for one in others if one.npi == HOSPITAL)
    rest = [one for one in others if one is not hospital]
    center = replace(first, **{"wholly_owned_by": hospital.id, **changes})  # type: ignore[arg-type]
    return replace(practice(), organizations=(center, replace(hospital, payment_window=window), *rest))


def admitted(day: str, *, provider: str = HOSPITAL, status: str = "in-progress", subject: str = "") -> Sent:
    sent = Sent()
    hospital = {"resourceType": "Organization", "identifier": [{"system": NPI, "value": provider}]}
    stay = {
        "resourceType": "Encounter",
        "status": status,
        "class": {"system": ACT, "code": "IMP"},
        "subject": {"reference": subject} if subject else sent.ref("Patient"),
        "period": {"start": day},
    }
    if provider:
        stay["serviceProvider"] = sent.add({**hospital, "name": "Prairie"}, "hospital")
    sent.add(stay, "stay")
    return sent


@pytest.mark.parametrize("day", ["2026-09-16", "2026-09-18"])
def test_an_admission_within_three_days_asks_for_a_window_that_nobody_states(day):
    decision, claims = answer(admitted(day), owned(None))
    assert ASKED in codes(decision)
    assert claims == ()
    (said,) = (one for one in decision.findings if one.code == ASKED)
    assert "payment window of Prairie" in said.text
    assert "3; 1 outside the inpatient payment system; 0 without any" in said.settle


@pytest.mark.parametrize(
    ("day", "window", "expected"),
    [
        ("2026-09-19", None, [[]]),
        ("2026-09-12", None, [[]]),
        ("2026-09-16", 0, [[]]),
        ("2026-09-16", 1, [["26", "PD"]]),
        ("2026-09-17", 1, [[]]),
        ("2026-09-18", 3, [["26", "PD"]]),
    ],
)
def test_a_window_that_is_stated_or_cannot_matter_is_not_asked_for(day, window, expected):
    status = "finished" if day < "2026-09-15" else "in-progress"
    sent = admitted(day, status=status)
    if status == "finished":
        stay = next(
            e["resource"] for e in sent.bundle["entry"] if e["resource"].get("period") == {"start": day}
        )
        stay["period"]["end"] = "2026-09-13"
    assert modifiers(answer(sent, owned(window))[1]) == expected


def test_an_admission_to_a_hospital_that_nobody_names_asks_which():
    decision, claims = answer(admitted("2026-09-17", provider=""), owned(3))
    assert ASKED in codes(decision)
    assert claims == ()
    assert any("to which hospital" in one.text for one in decision.findings)


def test_an_admission_to_another_hospital_or_of_an_independent_center_asks_nothing():
    assert modifiers(answer(admitted("2026-09-17", provider="1999999935"), owned(None))[1]) == [[]]
    assert modifiers(answer(admitted("2026-09-17"), owned(None, wholly_owned_by=""))[1]) == [[]]


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_admission_that_was_called_off_is_none(status):
    assert modifiers(answer(admitted("2026-09-17", status=status), owned(3))[1]) == [[]]


def test_the_payment_window_is_original_medicare_s():
    sent = admitted("2026-09-17")
    payer = next(e["resource"] for e in sent.bundle["entry"] if e["resource"]["resourceType"] == "Coverage")
    payer["type"] = {"coding": [{"system": "https://nahdo.org/sopt", "code": MEDICARE_ADVANTAGE}]}
    assert ASKED not in codes(answer(sent, owned(None))[0])


def test_an_admission_of_somebody_else_opens_no_window():
    sent = admitted("2026-09-17")
    other = {**sent.the("Patient"), "identifier": [{"system": "urn:mrn", "value": "ANOTHER"}]}
    reference = sent.add(other, "another-patient")
    (stay,) = (e["resource"] for e in sent.bundle["entry"] if e["fullUrl"] == "urn:uuid:stay")
    stay["subject"] = reference
    study = sent.study(rules=owned(3))
    assert study.circumstances == ()
    assert study.window is None
