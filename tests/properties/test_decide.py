"""What holds of every decision, whatever the study."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings

from service.core.claim import build
from service.core.codes import (
    EXTERNAL_CAUSES,
    MOST_MODIFIERS,
    ClaimType,
    Component,
    EditResult,
    Modifier,
    Severity,
    StudyState,
)
from service.core.decide import decide
from service.core.decision import Chosen, Decision
from service.core.diagnosis_codes import code_family, exclusions
from service.core.study import Study
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of
from tests.properties.studies import ARRANGED, EVERYDAY, GIVEN

RULES = rulebook()
COMPONENT_MODIFIERS = {Modifier.PROFESSIONAL, Modifier.TECHNICAL}
FACILITIES = {"19", "21", "22", "23", "24", "31", "51", "61"}
WITH_CLAIMS = {StudyState.CLEAN, StudyState.BILLABLE}
PARTS = {Component.PROFESSIONAL, Component.TECHNICAL, Component.FACILITY}
any_study = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answer(facts: dict[str, Any]) -> tuple[Study, Decision]:
    study = study_of(facts)
    return study, decide(study, practice_of(facts), RULES)


def chosen_values(thing: Any) -> Iterator[Chosen[Any]]:
    if isinstance(thing, Chosen):
        yield thing
    if is_dataclass(thing):
        for one in fields(thing):
            yield from chosen_values(getattr(thing, one.name))
    elif isinstance(thing, tuple):
        for one in thing:
            yield from chosen_values(one)


@any_study
@given(GIVEN)
def test_every_study_has_an_answer_and_the_same_one_twice(facts):
    first, second = answer(facts), answer(facts)
    assert first == second
    assert build(*first) == build(*second)


@any_study
@given(GIVEN)
def test_claims_stand_only_where_the_study_is_clean_or_billable(facts):
    _, decision = answer(facts)
    assert bool(decision.claims) == (decision.state in WITH_CLAIMS)


@any_study
@given(GIVEN)
def test_the_state_follows_from_what_is_said(facts):
    _, decision = answer(facts)
    severities = {one.severity for one in decision.findings}
    if decision.state is StudyState.REFUSED:
        assert Severity.REJECT in severities
    if decision.state is StudyState.HELD:
        assert Severity.HOLD in severities
        assert Severity.REJECT not in severities
    if decision.state is StudyState.CLEAN:
        assert severities <= {Severity.NOTE}
        assert EditResult.NO_DATA not in {one.result for one in decision.edits}
    if decision.state is StudyState.NONE:
        assert severities <= {Severity.NOTE, Severity.WARN}
        assert decision.findings


@any_study
@given(EVERYDAY)
def test_the_whole_service_is_never_billed_beside_a_part_of_it(facts):
    _, decision = answer(facts)
    components = {line.component for claim in decision.claims for line in claim.lines}
    assert Component.GLOBAL not in components or not components & PARTS
    for claim in decision.claims:
        for line in claim.lines:
            modifiers = {one.value for one in line.modifiers}
            assert not {Modifier.PROFESSIONAL, Modifier.TECHNICAL} <= modifiers
            assert line.component is not Component.GLOBAL or not modifiers & COMPONENT_MODIFIERS


@any_study
@given(EVERYDAY)
def test_an_institutional_claim_has_no_component_modifier_and_no_place_of_service(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        institutional = claim.type.value is ClaimType.INSTITUTIONAL
        assert institutional == (claim.type_of_bill is not None)
        for line in claim.lines:
            assert institutional == (line.place_of_service is None) == (line.revenue_code is not None)
            modifiers = {one.value for one in line.modifiers}
            assert not institutional or not modifiers & {Modifier.PROFESSIONAL, Modifier.TECHNICAL}


@any_study
@given(EVERYDAY)
def test_a_line_points_to_four_diagnoses_at_most_and_a_claim_has_its_room(facts):
    study, decision = answer(facts)
    for claim in build(study, decision):
        codes = [one.value for one in claim.diagnoses]
        institutional = claim.type.value is ClaimType.INSTITUTIONAL
        assert 1 <= len(codes) <= (37 if institutional else 12)
        assert len(set(codes)) == len(codes)
        for line in claim.lines:
            assert 1 <= len(line.diagnosis_pointers) <= 4
            pointed = [codes[number - 1] for number in line.diagnosis_pointers]
            assert not {code[0] for code in pointed} & EXTERNAL_CAUSES


@any_study
@given(EVERYDAY)
def test_no_pair_that_is_stripped_automatically_is_left_on_a_claim(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        day = claim.lines[0].service_day.value
        pairs = exclusions([one.value for one in claim.diagnoses], RULES, day)
        assert [pair for pair in pairs if pair.dropped] == []


@any_study
@given(EVERYDAY)
def test_every_diagnosis_is_complete_in_its_day_with_a_seventh_character_its_family_takes(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        day = claim.lines[0].service_day.value
        for code in claim.diagnoses:
            family = code_family(code.value, RULES, day)
            sevenths = family.then.seventh_characters if family else frozenset()
            assert not sevenths or code.value[-1] in sevenths
            assert "{" not in code.value
            code_set = RULES.code_set(day)
            assert code_set is None or code_set.has(code.value.replace(".", ""))


@any_study
@given(EVERYDAY)
def test_an_external_cause_never_goes_before_another_diagnosis(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        external = [code.value[0] in EXTERNAL_CAUSES for code in claim.diagnoses]
        assert external == sorted(external)
        assert not external[0]


@any_study
@given(EVERYDAY)
def test_osteoporosis_is_never_coded_both_with_and_without_a_current_fracture(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        categories = {code.value[:3] for code in claim.diagnoses}
        assert not {"M80", "M81"} <= categories
        assert not (categories & {"M80", "M81"} and "R29.890" in [code.value for code in claim.diagnoses])


@any_study
@given(EVERYDAY)
def test_a_diagnosis_is_either_billed_or_rejected_and_never_both_on_the_same_claim(facts):
    _, decision = answer(facts)
    rejected = {one.value for one in decision.rejected if one.instead_of == "diagnosis"}
    no_room = {one.value for one in decision.rejected if one.instead_of.startswith("diagnosis of")}
    billed = {code.value for claim in decision.claims for code in claim.diagnoses}
    given_codes = set(facts["reasons"])
    assert not rejected & billed
    if decision.claims:
        assert given_codes <= rejected | billed | no_room


@any_study
@given(EVERYDAY)
def test_every_value_on_a_claim_has_a_reason_that_names_where_it_stands(facts):
    study, decision = answer(facts)
    for claim in build(study, decision):
        for value in chosen_values(claim):
            assert value.because
            assert all(one.ref and one.says for one in value.because)


@any_study
@given(EVERYDAY)
def test_the_order_in_which_levels_are_read_changes_no_code(facts):
    turned = {**facts}
    if isinstance(facts["reading"], list):
        turned["reading"] = facts["reading"][::-1]
    _, one = answer(facts)
    _, other = answer(turned)
    codes = [{code.value for code in claim.diagnoses} for claim in one.claims]
    assert codes == [{code.value for code in claim.diagnoses} for claim in other.claims]
    assert one.state is other.state


@any_study
@given(EVERYDAY)
def test_ids_differ_between_the_claims_of_a_study_and_only_the_reading_refers_to_another(facts):
    study, decision = answer(facts)
    claims = build(study, decision)
    assert len({claim.id for claim in claims}) == len(claims)
    assert [claim.associated for claim in claims] in ([], [""], ["", claims[0].id if claims else ""])


@any_study
@given(ARRANGED)
def test_wherever_and_however_a_line_has_four_modifiers_at_most_and_no_pair_that_clashes(facts):
    _, decision = answer(facts)
    clashes = [{row.then.first, row.then.second} for row in RULES.modifier_conflicts.rows]
    for claim in decision.claims:
        for line in claim.lines:
            modifiers = [one.value.value for one in line.modifiers]
            assert len(modifiers) == len(set(modifiers)) <= MOST_MODIFIERS
            assert not any(pair <= set(modifiers) for pair in clashes)
            assert Modifier.MORE_THAN_FOUR not in modifiers or len(modifiers) == 1


@any_study
@given(ARRANGED)
def test_every_modifier_is_carried_by_rows_in_force_on_the_day_of_its_line(facts):
    _, decision = answer(facts)
    known = {row.id: row for row in RULES.modifiers.rows}
    for claim in decision.claims:
        for line in claim.lines:
            for modifier in line.modifiers:
                assert known[modifier.because[0].ref].on(line.service_day.value) is not None


@any_study
@given(ARRANGED)
def test_no_technical_part_stands_on_a_professional_claim_in_a_facility(facts):
    _, decision = answer(facts)
    for claim in decision.claims:
        for line in claim.lines:
            place = line.place_of_service.value if line.place_of_service else ""
            surgery = place == "24" and "integral-to-surgery" in facts["circumstances"]
            assert surgery or place not in FACILITIES or line.component is Component.PROFESSIONAL


@any_study
@given(ARRANGED)
def test_every_arranged_study_ends_in_claims_a_hold_or_a_reason_for_none(facts):
    study, decision = answer(facts)
    assert decision.claims or decision.findings
    assert len(build(study, decision)) == len(decision.claims)
    components = {line.component for claim in decision.claims for line in claim.lines}
    assert Component.GLOBAL not in components or not components & PARTS
