"""What pays after the first: coverages that a claim names, and what keeps another off it."""

import pytest

from tests.intake.sent import Sent, notes, value


def with_another(**changes):
    """The brief's patient with a second active coverage."""
    sent = Sent()
    sent.the("Coverage")["order"] = 1
    payer = {"resourceType": "Organization", "name": "Prairie Supplement", "identifier": [{"value": "77001"}]}
    medigap = sent.copy_of("Coverage", order=2, subscriberId="SUP-1", identifier=[], type={"text": "x"})
    medigap["payor"] = [sent.add(payer, "supplement")]
    medigap.update(changes)
    sent.add({name: part for name, part in medigap.items() if part is not None}, "later")
    return sent.study()


def left_off(study):
    return [
        (where.rpartition(".")[2], dict(note.values)["missing"])
        for note in study.notes
        if note.code == "COVERAGE-LEFT-OFF"
        for where in note.where
    ]


def test_a_complete_later_coverage_is_on_the_claim_and_nothing_is_said():
    study = with_another()
    assert [(one.payer.name, one.member_id) for one in study.later_coverages] == [
        ("Prairie Supplement", "SUP-1")
    ]
    assert left_off(study) == []


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"subscriberId": None}, [("subscriberId", "subscriberId")]),
        ({"relationship": None}, [("relationship", "relationship")]),
        ({"payor": [{"reference": "Organization/not-sent"}]}, [("payor", "payor")]),
        ({"payor": [{"display": "One"}, {"display": "Two"}]}, [("payor", "payor")]),
        ({"order": None}, [("order", "order")]),
        ({"order": 1}, [("order", "order")]),
        (
            {"subscriberId": None, "relationship": None},
            [("subscriberId", "subscriberId, relationship"), ("relationship", "subscriberId, relationship")],
        ),
    ],
)
def test_a_later_coverage_that_a_claim_cannot_name_is_left_off_and_said(changes, missing):
    study = with_another(**changes)
    assert value(study.coverage).member_id == "1EG4TE5MK73"
    assert study.later_coverages == ()
    assert left_off(study) == missing


def test_a_coverage_that_has_ended_is_none_and_nothing_is_said():
    for changes in ({"status": "cancelled"}, {"period": {"end": "2026-09-14"}}):
        study = with_another(**changes)
        assert (study.later_coverages, "COVERAGE-LEFT-OFF" in notes(study)) == ((), False)
