"""The neutral claim: its ids never change for the same study, and each value says where it is from."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service.core.claim import build
from service.core.decide import decide
from service.core.finding_codes import FindingCode
from service.core.study import BusinessIdentifier, Gap, Known
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of

SPLIT = {"reader_bills_for": "group", "reading_day": "2026-09-17"}


def claims_of(study, facts):
    return build(study, decide(study, practice_of(facts), rulebook()))


def test_a_claim_of_the_same_study_component_and_biller_keeps_its_id():
    first = [claim.id for claim in claims_of(study_of(SPLIT), SPLIT)]
    changed = {**SPLIT, "reasons": ["M54.50"], "reading_day": "2026-09-18"}
    assert [claim.id for claim in claims_of(study_of(changed), changed)] == first
    assert all(len(id_) == 28 and id_.startswith("vfa-") for id_ in first)


@pytest.mark.parametrize("part", ["number", "patient", "scan_day"])
def test_another_business_key_is_another_claim(part):
    study = study_of({})
    assert isinstance(study.key, Known)
    key = study.key.value
    other: Any = (
        key.scan_day - timedelta(days=1)
        if part == "scan_day"
        else BusinessIdentifier(system="urn:else", value="1")
    )
    changed = replace(study, key=replace(study.key, value=replace(key, **{part: other})))
    assert claims_of(changed, {})[0].id != claims_of(study, {})[0].id


def test_the_claim_for_the_reading_names_the_technical_one_and_no_other_way_round():
    technical, reading = claims_of(study_of(SPLIT), SPLIT)
    assert (technical.associated, reading.associated) == ("", technical.id)


def test_a_claim_totals_its_charges_exactly():
    facts = {"ordered": ["vfa", "peripheral-density"], "performed": ["vfa", "peripheral-density"]}
    (claim,) = claims_of(study_of(facts), facts)
    assert claim.total == sum((line.charge.value for line in claim.lines), Decimal(0))
    assert [line.sequence for line in claim.lines] == [1, 2]


def test_a_charge_counts_on_its_days_in_force_only():
    practice = practice_of({})
    before = date(2026, 9, 14)
    ended = tuple(replace(one, in_force=replace(one.in_force, through=before)) for one in practice.charges)
    decision = decide(study_of({}), replace(practice, charges=ended), rulebook())
    assert [one.code for one in decision.findings if one.code is FindingCode.CHARGE_MISSING]
    assert decision.claims == ()


def test_claims_are_not_built_from_a_study_with_a_missing_fact():
    study = study_of({})
    decision = decide(study, practice_of({}), rulebook())
    with pytest.raises(ValueError, match="PATIENT-MISSING"):
        build(replace(study, patient=Gap(code=FindingCode.PATIENT_MISSING)), decision)
