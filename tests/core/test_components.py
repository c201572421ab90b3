"""The guards on who bills what: they hold whatever the rows say."""

from dataclasses import replace

import pytest

from service.core.codes import BilledBy, ClaimType, Component, Frequency, StudyState
from service.core.components import decide_claims, rejected_components
from service.core.decide import decide
from service.core.decision import Chosen, Origin, Undecided
from service.core.finding_codes import FindingCode
from service.core.rulebook import ClaimPlan, ClaimsPlan, Place, Row
from service.core.status import BilledSite, decide_status
from service.core.study import Known, Study
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of

RULES = rulebook()
SPLIT = {"reader_bills_for": "group"}


def scan_day(study: Study):
    assert isinstance(study.performed.scan_day, Known)
    return study.performed.scan_day.value


def billed(study: Study) -> BilledSite:
    status = decide_status(study, RULES, scan_day(study))
    assert isinstance(status, Chosen)
    return status.value


def mixed(*components: Component):
    """The rulebook with a global row that also bills other components."""
    claims = tuple(
        ClaimPlan(claim=ClaimType.PROFESSIONAL, billed_by=BilledBy.SCANNER_OWNER, components=(one,))
        for one in components
    )
    rows = tuple(
        replace(row, then=ClaimsPlan(claims=claims, flips="")) if row.id == "COMP-GLOBAL" else row
        for row in RULES.components.rows
    )
    return replace(RULES, components=replace(RULES.components, rows=rows))


@pytest.mark.parametrize("other", [Component.PROFESSIONAL, Component.TECHNICAL, Component.FACILITY])
def test_a_row_that_bills_the_whole_beside_a_part_is_refused(other):
    decision = decide(study_of({}), practice_of({}), mixed(Component.GLOBAL, other))
    assert decision.state is StudyState.REFUSED
    assert decision.claims == ()
    assert FindingCode.GLOBAL_WITH_COMPONENT in {one.code for one in decision.findings}


def test_a_biller_of_ours_without_tax_id_or_address_holds_and_the_finding_says_what_is_missing():
    study = study_of({})
    assert isinstance(study.scanner_owner, Known)
    assert isinstance(study.reader, Known)
    bare = replace(study.scanner_owner.value, tax_id="", address=None)
    reader = replace(study.reader, value=replace(study.reader.value, organization=bare))
    study = replace(study, scanner_owner=replace(study.scanner_owner, value=bare), reader=reader)
    chosen = decide_claims(study, billed(study), RULES, scan_day(study))
    assert isinstance(chosen, Undecided)
    assert [(one.code, "tax id, address" in one.text) for one in chosen.needs] == [
        (FindingCode.BILLER_INCOMPLETE, True)
    ]


def test_a_stranger_without_tax_id_is_not_asked_for_one():
    study = study_of({**SPLIT, "ours": ["center"]})
    assert isinstance(study.reader, Known)
    bare = replace(study.reader.value.organization, tax_id="", npi="")
    study = replace(study, reader=replace(study.reader, value=replace(study.reader.value, organization=bare)))
    assert decide(study, practice_of({}), RULES).state is StudyState.CLEAN


def test_the_plan_that_was_not_taken_says_what_would_take_it():
    study = study_of(SPLIT)
    (other,) = rejected_components(study, billed(study), RULES, scan_day(study))
    assert other.value == Component.GLOBAL
    assert other.flips


def test_an_override_of_a_payer_changes_the_place_of_service_and_names_the_base_row():
    base = next(row for row in RULES.place_of_service.rows if row.id == "POS-IMAGING-CENTER")
    override: Row[Place] = replace(
        base,
        id="POS-IMAGING-CENTER-AETNA",
        then=Place(place_of_service="49"),
        overrides=base.id,
        applies_to={"payer": frozenset({"aetna"})},
    )
    rules = replace(RULES, place_of_service=replace(RULES.place_of_service, overrides=(override,)))
    for payer, place in (("aetna", "49"), ("cigna", "11")):
        decision = decide(study_of({"payer": payer}), practice_of({}), rules)
        chosen = decision.claims[0].lines[0].place_of_service
        assert chosen is not None
        assert chosen.value == place
    overridden = decide(study_of({"payer": "aetna"}), practice_of({}), rules).claims[0].lines[0]
    assert overridden.place_of_service is not None
    because, _may_stand = overridden.place_of_service.because
    assert (because.origin, because.base) == (Origin.OVERRIDE, "POS-IMAGING-CENTER")


def test_an_override_of_an_organization_is_taken_for_its_claim_alone():
    base = next(row for row in RULES.service_dates.rows if row.id == "DAY-PROFESSIONAL")
    scan = next(row for row in RULES.service_dates.rows if row.id == "DAY-TECHNICAL").then
    npi = frozenset({"1999999919"})
    override = replace(base, id="DAY-GROUP", then=scan, overrides=base.id, applies_to={"organization": npi})
    rules = replace(RULES, service_dates=replace(RULES.service_dates, overrides=(override,)))
    facts = {**SPLIT, "reading_day": "2026-09-17"}
    reading = decide(study_of(facts), practice_of(facts), rules).claims[1].lines[0]
    assert reading.service_day.value.isoformat() == "2026-09-15"
    own = {"reader_locality": "B", "reading_day": "2026-09-17"}
    other = decide(study_of(own), practice_of(own), rules).claims[1].lines[0]
    assert other.service_day.value.isoformat() == "2026-09-17"


def test_the_type_of_bill_ends_with_the_frequency_of_an_original():
    facts = {
        "site": "hospital-outpatient-on-campus",
        "scanner_owner": "hospital",
        "reader_bills_for": "group",
    }
    bill = decide(study_of(facts), practice_of(facts), RULES).claims[0].type_of_bill
    assert bill is not None
    assert bill.value.endswith(Frequency.ORIGINAL.value)
    assert len(bill.value) == 4


@pytest.mark.parametrize("lost", ["MOD-26", "MOD-TC"])
def test_a_part_whose_modifier_no_row_gives_is_held_and_never_billed_as_the_whole(lost):
    kept = tuple(row for row in RULES.modifiers.rows if row.id != lost)
    rules = replace(RULES, modifiers=replace(RULES.modifiers, rows=kept))
    decision = decide(study_of(SPLIT), practice_of(SPLIT), rules)
    assert decision.state is StudyState.HELD
    assert FindingCode.NO_ROW in {one.code for one in decision.findings}
    assert decide(study_of({}), practice_of({}), rules).state is StudyState.CLEAN
