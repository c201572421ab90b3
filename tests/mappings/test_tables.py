"""The tables say what the sources say: asserted from the documents, not from the rows."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from service.core.codes import (
    ClaimType,
    Component,
    EncounterClass,
    PayerKind,
    Procedure,
    SiteKind,
    Vertebra,
)
from service.core.decision import Because, Chosen, Origin
from service.core.diagnosis_codes import code_family, exclusions, strip
from service.core.rulebook import RuleSet
from service.core.situations import SiteDetail, Special
from service.store.rule_files import load_rulebook, packaged_rules
from service.store.rule_text import rule_sets

RULES = load_rulebook(packaged_rules())
DAY = date(2026, 9, 15)


def indicator(column_one: str, column_two: str) -> str | None:
    hits = RULES.ncci.ask_all({"column_one": column_one, "column_two": column_two}, on=DAY)
    return hits[0].then.indicator if hits else None


@pytest.mark.parametrize(
    ("column_one", "column_two", "expected"),
    [
        ("77080", "77086", "0"),
        ("77085", "77086", "0"),
        ("77085", "77080", "0"),
        ("77085", "77081", "1"),
        ("77080", "77081", "1"),
        ("77078", "77086", "0"),
        ("77078", "77085", "0"),
        ("0749T", "77086", "1"),
        ("0750T", "77089", "1"),
        ("77086", "36592", "0"),
        ("G0130", "77080", "1"),
        ("77081", "G0130", "0"),
        ("77091", "77089", "0"),
        ("77081", "77086", None),
        ("76977", "77086", None),
        ("77089", "77085", None),
        ("72070", "77086", None),
        ("0691T", "77086", None),
        ("77086", "77081", None),
        ("77086", "77080", None),
    ],
)
def test_the_ncci_pairs_of_2024_07_are_these(column_one, column_two, expected):
    assert indicator(column_one, column_two) == expected


LIMITS = {
    **dict.fromkeys(("77080", "77081", "77085", "77086", "77078", "76977", "G0130", "77089"), (1, "2")),
    **dict.fromkeys(("77090", "77091", "77092"), (1, "3")),
}


@pytest.mark.parametrize("procedure", Procedure)
@pytest.mark.parametrize("claim_type", ClaimType)
def test_the_unit_limit_of_a_bone_study_is_one_a_day_and_no_other_limit_is_known(procedure, claim_type):
    hit = RULES.mue.ask_one({"procedure": procedure, "claim_type": claim_type}, on=DAY)
    assert (hit and (hit.then.units, hit.then.adjudication_indicator)) == LIMITS.get(procedure)


def test_the_assessment_stands_in_eight_pairs_of_the_practitioner_table_and_five_of_the_hospital_table():
    pairs = [row.then for row in RULES.ncci.rows if "77086" in (row.then.column_one, row.then.column_two)]
    assert len([pair for pair in pairs if ClaimType.PROFESSIONAL in pair.tables]) == 8
    assert len([pair for pair in pairs if ClaimType.INSTITUTIONAL in pair.tables]) == 5


def excluded(first: str, second: str) -> bool:
    return any(exclusions([first, second], RULES, DAY))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("R29.890", "M81.0", True),
        ("R29.890", "M80.08XA", True),
        ("M80.08XA", "M81.0", True),
        ("M80.08XA", "M48.54XA", True),
        ("M48.54XA", "S22.060A", True),
        ("M84.48XA", "S32.010A", True),
        ("Z79.811", "Z79.890", True),
        ("M80.08XA", "Z87.310", False),
        ("M81.0", "Z87.310", False),
        ("M54.6", "M81.0", False),
        ("M48.54XA", "M48.56XA", False),
        ("M85.88", "M81.0", False),
    ],
)
def test_diagnoses_exclude_each_other_in_either_order_as_the_tabular_says(first, second, expected):
    assert excluded(first, second) is expected
    assert excluded(second, first) is expected


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        (["M81.0", "M80.08XA"], ["M80.08XA"]),
        (["R29.890", "M81.0"], ["M81.0"]),
        (["R29.890", "M80.08XA", "M81.0"], ["M80.08XA"]),
        (["M48.54XA", "S32.010A"], ["M48.54XA", "S32.010A"]),
    ],
)
def test_only_the_three_pairs_that_leave_no_doubt_are_stripped(codes, kept):
    reason = (Because(origin=Origin.INPUT, ref="x", says="x"),)
    left, _ = strip([Chosen(value=code, because=reason) for code in codes], RULES, DAY)
    assert [code.value for code in left] == kept


@pytest.mark.parametrize(
    ("code", "sevenths"),
    [
        ("M48.54XA", "ADGS"),
        ("S22.060A", "ABDGKS"),
        ("S32.010A", "ABDGKS"),
        ("M80.08XA", "ADGKPS"),
        ("M84.48XA", "ADGKPS"),
        ("M84.58XA", "ADGKPS"),
        ("M81.0", ""),
    ],
)
def test_a_family_takes_its_seventh_characters(code, sevenths):
    hit = code_family(code, RULES, date(2026, 4, 1))
    assert hit is not None
    assert hit.then.seventh_characters == set(sevenths)
    assert hit.then.length == len(code.replace(".", ""))


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("R29.890", 6),
        ("M54.6", 4),
        ("M54.50", 5),
        ("M54.9", 4),
        ("M40.14", 5),
        ("M40.204", 6),
        ("M85.88", 5),
        ("Z78.0", 4),
        ("Z79.52", 5),
        ("Z79.811", 6),
        ("Z79.83", 5),
        ("Z79.890", 6),
        ("Z87.310", 6),
        ("Z87.81", 5),
        ("Z13.820", 6),
        ("C79.51", 5),
        ("N95.1", 4),
        ("E28.39", 5),
        ("E28.310", 6),
        ("R93.7", 4),
    ],
)
def test_a_code_of_the_april_2026_list_is_as_long_as_its_family_says(code, length):
    hit = code_family(code, RULES, date(2026, 4, 1))
    assert hit is not None
    assert hit.then.length == length == len(code.replace(".", ""))


def level(family: str, at: str) -> str | None:
    hit = RULES.level_codes.ask_one({"family": family, "level": at}, on=DAY)
    return hit.then.code if hit else None


def test_every_vertebra_has_the_code_of_its_region():
    codes = {at: level("M48.5", at) for at in Vertebra}
    assert {codes[at] for at in Vertebra if at.startswith("T") or at == "thoracic"} == {"M48.54X{phase}"}
    assert {codes[at] for at in Vertebra if at.startswith("L") or at == "lumbar"} == {"M48.56X{phase}"}
    assert [codes[at] for at in (Vertebra.THORACOLUMBAR, Vertebra.LUMBOSACRAL, Vertebra.SPINE)] == [
        "M48.55X{phase}",
        "M48.57X{phase}",
        "M48.50X{phase}",
    ]


@pytest.mark.parametrize(
    ("at", "stem"),
    [
        *(("T1", "S22.01"), ("T2", "S22.02"), ("T3", "S22.03"), ("T4", "S22.04"), ("T5", "S22.05")),
        *(("T6", "S22.05"), ("T7", "S22.06"), ("T8", "S22.06"), ("T9", "S22.07"), ("T10", "S22.07")),
        *(("T11", "S22.08"), ("T12", "S22.08"), ("thoracic", "S22.00"), ("L1", "S32.01")),
        *(("L2", "S32.02"), ("L3", "S32.03"), ("L4", "S32.04"), ("L5", "S32.05"), ("lumbar", "S32.00")),
    ],
)
def test_a_traumatic_fracture_has_the_code_of_its_level_group(at, stem):
    assert level("S22-S32", at) == f"{stem}{{shape}}{{phase}}"


def test_every_code_the_rows_can_make_is_in_the_list():
    code_set = RULES.code_set(DAY)
    assert code_set is not None
    characters = {(row.id.split("-")[0], row.then.character) for row in RULES.code_characters.rows}
    shapes = [character for place, character in characters if place == "SHAPE"]
    made = {row.then.code for row in RULES.level_codes.rows}
    made |= {row.then.code for row in RULES.screening_codes.rows}
    tokens = (token for row in RULES.diagnosis_patterns.rows for token in (*row.then.lead, *row.then.also))
    made |= {token.rpartition("|")[2] for token in tokens if ":" not in token or "|" in token} - {"reasons"}
    filled = {code.replace("{shape}", shape).replace("{phase}", "D") for code in made for shape in shapes}
    assert sorted(code for code in filled if not code_set.has(code.replace(".", ""))) == []


def test_every_code_a_reason_row_names_is_in_the_list():
    code_set = RULES.code_set(DAY)
    assert code_set is not None
    named = {code for row in RULES.reason_classes.rows for code in row.when.get("code", ())}
    assert sorted(code for code in named if not code_set.has(code.replace(".", ""))) == []
    categories = {each for row in RULES.reason_classes.rows for each in row.when.get("category", ())}
    assert sorted(each for each in categories if each not in code_set.categories) == []


@pytest.mark.parametrize(
    ("component", "claim_type", "modifier"),
    [
        (Component.PROFESSIONAL, ClaimType.PROFESSIONAL, ["26"]),
        (Component.PROFESSIONAL, ClaimType.INSTITUTIONAL, ["26"]),
        (Component.TECHNICAL, ClaimType.PROFESSIONAL, ["TC"]),
        (Component.GLOBAL, ClaimType.PROFESSIONAL, []),
        (Component.FACILITY, ClaimType.INSTITUTIONAL, []),
    ],
)
@pytest.mark.parametrize("payer_kind", PayerKind)
def test_a_line_without_circumstances_carries_the_modifier_of_its_component_whoever_pays(
    component, claim_type, modifier, payer_kind
):
    facts = {
        "component": component,
        "claim_type": claim_type,
        "payer_kind": payer_kind,
        "circumstance": "none",
        "site": SiteKind.IMAGING_CENTER,
        "encounter_class": EncounterClass.AMBULATORY,
    }
    assert [hit.then.modifier for hit in RULES.modifiers.ask_all(facts, on=DAY)] == modifier


PLACES = {
    "imaging-center": "11",
    "physician-office": "11",
    "mobile-unit": "15",
    "hospital-outpatient-on-campus": "22",
    "hospital-outpatient-off-campus-excepted": "19",
    "hospital-outpatient-off-campus-non-excepted": "19",
    "hospital-inpatient": "21",
    "emergency-department": "23",
    "critical-access-hospital": "22",
    "rural-health-clinic": "72",
    "federally-qualified-health-center": "50",
    "skilled-nursing-part-a": "31",
    "nursing-facility": "32",
    "ambulatory-surgical-center": "24",
    "urgent-care": "20",
    "retail-clinic": "17",
    "public-health-clinic": "71",
    "patient-home": "12",
    "assisted-living": "13",
    "custodial-care": "33",
}
NURSING = {"skilled-nursing-part-a", "nursing-facility"}


def place_of(site: str, encounter_class: str, registered: str = "here") -> str | None:
    """The place of service of a study at a site, as the kind of site its patient's status makes of it."""
    facts = {"site": site, "encounter_class": encounter_class, "registered": registered}
    status = RULES.patient_statuses.ask_one(facts, on=DAY)
    if status is None:
        return None
    billed_as = site if status.then.billed_as == "as-scanned" else status.then.billed_as
    hit = RULES.place_of_service.ask_one({"site": billed_as, "encounter_class": encounter_class}, on=DAY)
    return hit.then.place_of_service if hit else None


@pytest.mark.parametrize("site", SiteKind)
@pytest.mark.parametrize("encounter_class", ["AMB", "not-stated"])
def test_an_ambulatory_patient_has_the_place_of_the_scan(site, encounter_class):
    contradicts = site == "hospital-inpatient" and encounter_class == "AMB"
    assert place_of(site, encounter_class) == (None if contradicts else PLACES[site])


@pytest.mark.parametrize("site", SiteKind)
@pytest.mark.parametrize("encounter_class", ["IMP", "ACUTE"])
def test_an_inpatient_has_the_hospital_s_place_wherever_scanned(site, encounter_class):
    assert place_of(site, encounter_class) == (None if site in NURSING else "21")


@pytest.mark.parametrize("site", SiteKind)
def test_an_emergency_patient_has_the_emergency_room_s_place_wherever_scanned(site):
    nobodys = site in {"hospital-inpatient", "skilled-nursing-part-a"}
    assert place_of(site, "EMER") == (None if nobodys else "23")


@pytest.mark.parametrize("site", SiteKind)
def test_a_patient_under_observation_is_an_outpatient(site):
    nobodys = site in {"hospital-inpatient", "skilled-nursing-part-a"}
    own = "19" if "off-campus" in site else "22"
    assert place_of(site, "OBSENC") == (None if nobodys else own)


@pytest.mark.parametrize("site", SiteKind)
@pytest.mark.parametrize("encounter_class", ["SS", "HH", "VR", "FLD", "PRENC"])
def test_a_status_that_could_be_either_is_not_guessed(site, encounter_class):
    assert place_of(site, encounter_class) is None


@pytest.mark.parametrize("site", SiteKind)
def test_a_registration_elsewhere_wins_over_the_site(site):
    registered = {"hospital-inpatient", "skilled-nursing-part-a", "emergency-department"}
    assert place_of(site, "AMB", "elsewhere") == (None if site in registered else "22")
    assert place_of(site, "AMB", "snf-part-a") == (None if site == "hospital-inpatient" else "31")


FACILITIES = {"19", "21", "22", "23", "24", "31"}
WHO = ("scanner-owner", "site-organization", "other-organization", "not-needed")
EVERYWHERE = (*SiteKind, "under-arrangement")


@pytest.mark.parametrize("special", Special)
@pytest.mark.parametrize("site", EVERYWHERE)
def test_the_technical_part_is_never_billed_on_a_professional_claim_in_a_facility(site, special):
    place = PLACES.get(site, "22")
    others = product(SiteDetail, PayerKind, WHO, ("same", "other", "not-needed"))
    for detail, payer_kind, reader, locality in others:
        facts = {
            "site": site,
            "detail": detail,
            "payer_kind": payer_kind,
            "special": special,
            "reader_bills": reader,
            "locality": locality,
        }
        hit = RULES.components.ask_one(facts, on=DAY)
        parts = {(plan.claim, part) for plan in (hit.then.claims if hit else ()) for part in plan.components}
        scanned = parts & {
            (ClaimType.PROFESSIONAL, Component.TECHNICAL),
            (ClaimType.PROFESSIONAL, Component.GLOBAL),
        }
        if place in FACILITIES:
            assert not scanned or special is Special.INTEGRAL_TO_SURGERY
        assert (ClaimType.PROFESSIONAL, Component.GLOBAL) not in parts or len(parts) == 1
        assert not scanned or (ClaimType.INSTITUTIONAL, Component.FACILITY) not in parts


@pytest.mark.parametrize("place", sorted(set(PLACES.values())))
def test_every_place_of_a_site_has_a_class(place):
    hit = RULES.place_classes.ask_one({"place_of_service": place, "special": "none"}, on=DAY)
    assert hit is not None
    assert hit.then.technical_part == (place not in FACILITIES)


@pytest.mark.parametrize(("name", "payer_id"), [("Aetna", "60054"), ("Cigna", "62308")])
@pytest.mark.parametrize(
    ("coverage_type", "kind"),
    [("512", "commercial"), ("111", "medicare-advantage"), ("not-stated", "unknown")],
)
def test_a_payer_is_the_same_by_id_and_by_name(name, payer_id, coverage_type, kind):
    by_id = {"payer_id": payer_id, "payer_name": "WHATEVER", "coverage_type": coverage_type}
    by_name = {"payer_id": "not-stated", "payer_name": name.upper(), "coverage_type": coverage_type}
    for facts in (by_id, by_name):
        hit = RULES.payers.ask_one(facts, on=DAY)
        assert hit is not None
        assert (hit.then.name, hit.then.kind) == (name, kind)


@pytest.mark.parametrize("payer", ["medicare", "aetna", "bcbs", "cigna", "unitedhealthcare"])
@pytest.mark.parametrize("procedure", ["77080", "77081", "77085", "77086"])
def test_every_payer_has_a_stance_on_every_procedure_and_says_where_data_is_missing(payer, procedure):
    facts = {"payer": payer, "plan": "not-stated", "payer_kind": "commercial", "procedure": procedure}
    hit = RULES.payer_stances.ask_one(facts, on=DAY)
    assert hit is not None
    assert (hit.then.stance == "unknown") is hit.then.says.startswith("Data not available")


def boundaries(rule_set: RuleSet[Any]) -> Iterator[date]:
    """The days around every day on which something of a rule set begins or ends."""
    ends = {rule_set.modelled_from, rule_set.modelled_through}
    ends |= {day for row in rule_set.rows for entry in row.in_force for day in (entry.from_, entry.through)}
    return (day + timedelta(days=shift) for day in sorted(filter(None, ends)) for shift in (-1, 0, 1))


@pytest.mark.parametrize("rule_set", rule_sets(RULES), ids=lambda rule_set: rule_set.id)
def test_around_every_boundary_what_is_modelled_has_one_answer(rule_set):
    for day, row in product(boundaries(rule_set), rule_set.rows):
        facts = {name: sorted(values)[0] for name, values in row.when.items()}
        answers = len(rule_set.ask_all(facts, on=day))
        if rule_set.hit == "one":
            assert answers == 1 if rule_set.models(day) else answers <= 1, (row.id, day)
        elif rule_set.models(day):
            assert answers >= 1, (row.id, day)


def test_what_is_not_sourced_says_so_and_nothing_else_is_called_general_knowledge():
    for rule_set in rule_sets(RULES):
        for row in (*rule_set.rows, *rule_set.overrides):
            for entry in row.in_force:
                if entry.source.id == "GENERAL-KNOWLEDGE":
                    assert entry.status == "general-knowledge", row.id


def test_every_source_is_used_by_a_row_or_named_by_one_or_by_the_coverage():
    used = {
        entry.source.id
        for rule_set in rule_sets(RULES)
        for row in (*rule_set.rows, *rule_set.overrides)
        for entry in row.in_force
    }
    used |= {figure.in_force.source.id for figure in RULES.figures}
    named = [entry.where for rules in rule_sets(RULES) for row in rules.rows for entry in row.in_force]
    told = "\n".join((*named, *(line.verified for line in RULES.coverage)))
    assert {source for source in RULES.sources if source not in used and source not in told} == set()
