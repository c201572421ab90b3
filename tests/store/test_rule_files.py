"""What the loader refuses, and how it says so: file, line, key, what is wrong, what would be right."""

from pathlib import Path

import pytest

from service.core.codes import Procedure
from service.store.rule_files import digest_of, load_rulebook, packaged_rules
from tests.store.rule_folder import RuleFolder


@pytest.fixture
def rules(tmp_path: Path) -> RuleFolder:
    return RuleFolder(tmp_path)


def test_the_rules_as_they_are_load_without_trouble(rules):
    assert rules.troubles() == []


REFUSED = {
    "an unknown fact": (
        *("sites.yaml", "when: {site: physician-office,", "when: {sight: physician-office,"),
        "POS-PHYSICIAN-OFFICE.when.sight: is no fact that is looked at here; did you mean site?",
    ),
    "a fact the rule set does not look at": (
        *("sites.yaml", "when: {site: physician-office,", "when: {component: global,"),
        "POS-PHYSICIAN-OFFICE.when.component: is no fact that is looked at here; "
        "one of site, encounter_class",
    ),
    "a value outside the vocabulary of a fact": (
        *("sites.yaml", "site: physician-office", "site: phisician-office"),
        "POS-PHYSICIAN-OFFICE.when.site: phisician-office is no value of this fact; "
        "did you mean physician-office?",
    ),
    "an unknown source": (
        *("sites.yaml", "source: CGS-CR7631", "source: CGS-CR7632"),
        "in_force[0].source: CGS-CR7632 is no source; did you mean CGS-CR7631?",
    ),
    "an unknown word in then": (
        *("procedures.yaml", 'procedures: ["77085"]', 'procedures: ["77O85"]'),
        "rows[1].then.procedures[0]: is not known; did you mean 77085?",
    ),
    "an unknown status": (
        *("sites.yaml", "status: sourced", "status: soured"),
        "rows[1].in_force[0].status: is not known; did you mean sourced?",
    ),
    "an unknown key of a row": (
        *("sites.yaml", "label: Physician office", "lable: Physician office"),
        "rows[1].lable: unknown key; did you mean label?",
    ),
    "an unknown key of then": (
        *("sites.yaml", 'then: {place_of_service: "22"}', 'then: {place_of_servce: "22"}'),
        "rows[2].then.place_of_servce: unknown key; did you mean place_of_service?",
    ),
    "a place of service that is none": (
        *("sites.yaml", 'place_of_service: "22"', 'place_of_service: "222"'),
        "rows[2].then.place_of_service: is a place of service of two digits",
    ),
    "a day that is none": (
        *("modifiers.yaml", "from: 2015-01-01", "from: 2015-02-30"),
        "rows[0].in_force[0].from: is not a day of the calendar",
    ),
    "days that end before they begin": (
        *("modifiers.yaml", "from: 2015-01-01,", "from: 2015-01-01, through: 2014-12-31,"),
        "rows[0].in_force[0].through: ends before it begins",
    ),
    "a rule set nobody knows": (
        *("sites.yaml", "rule_set: place-of-service", "rule_set: place-of-servise"),
        "rule_set: place-of-servise is no rule set; did you mean place-of-service?",
    ),
    "a finding nobody knows": (
        *("edits/house.yaml", "finding: DIAGNOSIS-SEX", "finding: DIAGNOSES-SEX"),
        "rows[0].then.finding: is not known; did you mean DIAGNOSIS-SEX?",
    ),
    "a slot that cannot be read": (
        *("findings.yaml", "The order is {status}, so", "The order is {status, so"),
        "findings[8].says: its slots cannot be read (expected '}' before end of string)",
    ),
    "a slot that is no word": (
        *("findings.yaml", "The order is {status}, so", "The order is {0.status}, so"),
        "findings[8].says: {0.status} is no slot; a slot is one word, e.g. {status}",
    ),
    "a class of reasons no row knows": (
        *("diagnoses.yaml", "class:symptom, M81.0]", "class:symptoms, M81.0]"),
        "DX-NO-FRACTURE-OSTEOPOROSIS.then.lead: no row knows the class symptoms; did you mean symptom?",
    ),
    "a family of level codes no row knows": (
        *("diagnoses.yaml", "lead: [level:M48.5]", "lead: [level:M48.6]"),
        "DX-COLLAPSED-VERTEBRA.then.lead: no row knows the level M48.6; did you mean M48.5?",
    ),
    "a family of late effects no row knows": (
        *("diagnoses.yaml", "lead: [late-effect:M40.1", "lead: [late-effect:M40.3"),
        "DX-LATE-EFFECT-OSTEOPOROTIC-FRACTURE.then.lead: no row knows the level M40.3; did you mean M40.1?",
    ),
    "a class that must stand beside a code and no row knows": (
        *("diagnoses.yaml", "needs: [adverse-effect]", "needs: [adverse-effects]"),
        "ALSO-DRUG-FRACTURE.then.needs: no row knows the class adverse-effects; did you mean adverse-effect?",
    ),
    "a leading code that is not in the list": (
        *("diagnoses.yaml", "class:symptom, M81.0]", "class:symptom, M81.9]"),
        "DX-NO-FRACTURE-OSTEOPOROSIS.then.lead: M81.9: is no complete code of the list of 2025-10-01 to "
        "2026-09-30; near it: M81.0, M81.6, M81.8",
    ),
    "a code behind a class that is not in the list": (
        *(
            "diagnoses.yaml",
            "class:other-osteoporosis|M81.8, class:adverse",
            "class:other-osteoporosis|M81, class:adverse",
        ),
        "DX-NO-FRACTURE-STEROID-OSTEOPOROSIS.then.lead: M81: is no complete code of the list of 2025-10-01 "
        "to 2026-09-30; near it: M81.0, M81.6, M81.8",
    ),
    "a template that no code of the list fits": (
        *("diagnoses.yaml", 'lead: ["M80.08X{phase}"]', 'lead: ["M80.09X{phase}"]'),
        "DX-OSTEOPOROTIC-FRACTURE.then.lead: M80.09X{phase}: is no complete code of the list of "
        "2025-10-01 to 2026-09-30; near it: M80.00XA, M80.00XD, M80.00XG, M80.00XK, M80.00XP, M80.00XS",
    ),
    "a template with a character too few": (
        *("diagnoses.yaml", 'code: "S22.01{shape}{phase}"', 'code: "S22.01{phase}"'),
        "LEVEL-TRAUMATIC-T1.then.code: S22.01{phase}: is no complete code of the list of 2025-10-01 to "
        "2026-09-30; near it: S22.010A, S22.010B, S22.010D, S22.010G, S22.010K, S22.010S",
    ),
    "an Excludes1 note about codes that are not in the list": (
        *("edits/excludes1.yaml", "first: M40, second: M96", "first: M40, second: M98"),
        "EX1-M40-M96.then.second: M98: no code begins so in the list of 2025-10-01 to 2026-09-30",
    ),
    "a payer no row knows": (
        *("payers/aetna.yaml", "when: {payer: aetna, procedure", "when: {payer: etna, procedure"),
        "STANCE-AETNA-VFA.when.payer: no row knows the payer etna; did you mean aetna?",
    ),
    "a place of service that no row lets anybody bill at": (
        *("sites.yaml", 'then: {place_of_service: "15"}', 'then: {place_of_service: "77"}'),
        "POS-MOBILE-UNIT.then.place_of_service: no row knows the place of service 77",
    ),
    "an anchor": (
        *("procedures.yaml", 'procedures: ["77085"]', 'procedures: &both ["77085"]'),
        "&both: anchors and aliases are not used here; write the value out",
    ),
    "a key written twice": (
        *("sites.yaml", "label: Physician office", "id: POS-OFFICE"),
        "id: the key is written twice (first on line 15)",
    ),
    "a tag": (
        *("sites.yaml", 'place_of_service: "22"', "place_of_service: !!int 22"),
        "tag:yaml.org,2002:int: tags are not used here",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "says"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_refused_with_its_file_line_and_key(rules, file, old, new, says):
    line = rules.change(file, old, new)
    troubles = rules.troubles()
    assert f"{file}:{line} {says}" in troubles
    beside = [trouble for trouble in troubles if not trouble.endswith((says, ": is missing"))]
    assert beside == []


def test_what_is_not_yaml_is_refused_with_its_line(rules):
    line = rules.change("procedures.yaml", 'procedures: ["77085"]', 'procedures: ["77085"')
    told = [trouble for trouble in rules.troubles() if trouble.startswith("procedures.yaml")]
    assert len(told) == 1
    assert told[0].startswith(f"procedures.yaml:{line}: not YAML: ")


def test_everything_that_is_wrong_is_said_at_once(rules):
    rules.change("sites.yaml", "site: physician-office", "site: phisician-office")
    rules.change("modifiers.yaml", "modifier: TC", "modifier: TCC")
    rules.change("payers/aetna.yaml", "kind: commercial", "kind: comercial")
    files = {trouble.split(":")[0] for trouble in rules.troubles()}
    assert {"sites.yaml", "modifiers.yaml", "payers/aetna.yaml"} <= files


def test_an_id_is_never_used_again_in_any_file(rules):
    rules.change("modifiers.yaml", "id: MOD-TC", "id: POS-IMAGING-CENTER")
    (trouble,) = rules.troubles()
    assert "POS-IMAGING-CENTER is taken (modifiers.yaml:" in trouble
    assert trouble.startswith("sites.yaml:")


def test_an_override_names_a_base_row_of_its_rule_set(rules):
    line = rules.add("payers/aetna.yaml", override("POS-49-AETNA", "POS-IMAGING-CENTRE", "payer: aetna"))
    (trouble,) = rules.troubles()
    assert trouble == (
        f"payers/aetna.yaml:{line + 5} POS-49-AETNA.overrides: POS-IMAGING-CENTRE is no base row of this "
        "rule set; did you mean POS-IMAGING-CENTER?"
    )


def test_an_override_says_for_whom_it_is(rules):
    rules.add("payers/aetna.yaml", override("POS-49-AETNA", "POS-IMAGING-CENTER", ""))
    (trouble,) = rules.troubles()
    assert "an override says for whom it is: one or more of payer, plan, payer_kind" in trouble


def test_an_override_changes_the_base_row_for_its_payer_alone(rules):
    rules.add("payers/aetna.yaml", override("POS-49-AETNA", "POS-IMAGING-CENTER", "payer: aetna"))
    places = load_rulebook(rules.folder).place_of_service
    facts = {"site": "imaging-center", "encounter_class": "AMB"}
    day = places.rows[0].in_force[0].from_.replace(year=2026)
    for payer, place, row in (("aetna", "49", "POS-49-AETNA"), ("cigna", "11", "POS-IMAGING-CENTER")):
        hit = places.ask_one(facts, on=day, scope={"payer": payer})
        assert hit is not None
        assert (hit.then.place_of_service, hit.row.id) == (place, row)


def test_two_overrides_for_the_same_case_are_a_tie(rules):
    rules.add("payers/aetna.yaml", override("POS-49-AETNA", "POS-IMAGING-CENTER", "payer: aetna"))
    rules.add("payers/aetna.yaml", override("POS-49-MA", "POS-IMAGING-CENTER", "plan: gold"))
    (trouble,) = rules.troubles()
    assert "POS-49-MA.applies_to: is as specific as POS-49-AETNA" in trouble
    assert "both are in force on 2025-01-01" in trouble


def test_the_more_specific_of_two_overrides_is_no_tie(rules):
    rules.add("payers/aetna.yaml", override("POS-49-AETNA", "POS-IMAGING-CENTER", "payer: aetna"))
    rules.add("payers/aetna.yaml", override("POS-49-GOLD", "POS-IMAGING-CENTER", "payer: aetna, plan: gold"))
    assert rules.troubles() == []


def test_a_missing_rule_set_and_a_missing_finding_are_named(rules):
    (rules.folder / "modifiers.yaml").unlink()
    rules.change("findings.yaml", "findings:", "findings: []\n---\nunused:")
    (unused,) = rules.troubles()
    assert "a document says what it is by one of the keys rule_set, adds_to" in unused
    (rules.folder / "findings.yaml").write_text("findings: []\n", encoding="utf-8")
    told = rules.troubles()
    assert "mappings:1 modifier: this rule set is in no file" in told
    assert "findings.yaml:1 NO-ROW: this finding has no row" in told


def test_a_folder_without_rules_is_refused(tmp_path):
    folder = RuleFolder(tmp_path)
    for path in folder.folder.rglob("*.yaml"):
        path.unlink()
    assert "there are no rule files in this folder" in folder.troubles()[-1]


def test_scalars_stay_the_text_they_were_written_as(rules):
    rulebook = load_rulebook(packaged_rules())
    hospital, *_others = rulebook.institutional.rows
    assert (hospital.then.type_of_bill, hospital.then.revenue_code) == ("013", "0320")
    assert rulebook.procedures.rows[0].when["vfa"] == {"yes"}
    assert rulebook.procedures.rows[0].then.procedures == (Procedure.VFA,)


def test_the_digest_is_that_of_names_and_contents_whatever_their_order():
    files = {"b.yaml": b"2", "a.yaml": b"1"}
    assert digest_of(files) == digest_of(dict(reversed(files.items())))
    others = [{"a.yaml": b"2", "b.yaml": b"1"}, {"a.yaml": b"1"}, {"a.yaml": b"1", "b.yaml2": b""}]
    assert digest_of(files) not in {digest_of(other) for other in others}


def test_a_changed_letter_changes_the_digest_and_a_readme_does_not(rules):
    before = load_rulebook(rules.folder).digest
    rules.add("README.md", "more words\n")
    assert load_rulebook(rules.folder).digest == before
    rules.add("modifiers.yaml", "# a remark\n")
    assert load_rulebook(rules.folder).digest != before


def override(id_: str, base: str, applies_to: str) -> str:
    return f"""---
adds_to: place-of-service
rows:
  - id: {id_}
    label: Independent clinic for the plans that ask for it
    overrides: {base}
    applies_to: {{{applies_to}}}
    then: {{place_of_service: "49"}}
    in_force:
      - {{from: 2025-01-01, source: CMS-POS-2023-09, where: entry 49, status: sourced}}
"""


OUTLIVING = """
---
adds_to: place-of-service
rows:
  - id: POS-MOBILE-UNIT-AETNA
    label: Aetna takes mobile units as offices
    overrides: POS-MOBILE-UNIT
    applies_to: {payer: aetna}
    then: {place_of_service: "11"}
    in_force:
      - {from: 2026-01-01, source: CMS-POS-2023-09, where: entry 11, status: inferred}
"""


def test_an_override_that_outlives_the_row_it_changes_is_refused(rules):
    rules.add("payers/aetna.yaml", OUTLIVING)
    assert rules.troubles() == []
    base = '{from: 2013-04-01, source: IDTF-CHANGES-2009, where: "mobile entities'
    rules.change("sites.yaml", base, base.replace("2013-04-01,", "2013-04-01, through: 2026-12-31,"))
    says = "POS-MOBILE-UNIT-AETNA.in_force.0: is in force on 2027-01-01, when POS-MOBILE-UNIT is not"
    assert [trouble for trouble in rules.troubles() if says in trouble] != []
