"""What mappings/README.md tells a biller to write loads, and does what it says."""

import re
from datetime import date
from pathlib import Path

import pytest

from service.core.rulebook import Place, RuleSet
from service.store.rule_files import load_rulebook, packaged_rules
from tests.store.rule_folder import RuleFolder

README = (packaged_rules() / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```yaml (\w+)\n(.*?)^```$", README, re.M | re.S))
FACTS = {"site": "imaging-center", "encounter_class": "AMB"}


@pytest.fixture
def rules(tmp_path: Path) -> RuleFolder:
    return RuleFolder(tmp_path)


def place(rule_set: RuleSet[Place], day: date, **scope: str) -> tuple[str, str]:
    hit = rule_set.ask_one(FACTS, on=day, scope=scope)
    assert hit is not None
    return hit.row.id, hit.then.place_of_service


def test_a_row_that_is_closed_and_followed_answers_on_both_sides_of_the_day(rules):
    old = re.search(r"  - id: POS-IMAGING-CENTER\n.*?(?=  - id: )", text(rules, "sites.yaml"), re.S)
    assert old is not None
    rules.change("sites.yaml", old[0], EXAMPLES["change"])
    places = load_rulebook(rules.folder).place_of_service
    assert place(places, date(2026, 12, 31)) == ("POS-IMAGING-CENTER", "11")
    assert place(places, date(2027, 1, 1)) == ("POS-IMAGING-CENTER-2027", "49")


def test_a_row_that_is_closed_without_a_successor_leaves_a_gap_that_is_named(rules):
    line = rules.change(
        "sites.yaml", "{from: 2013-04-01, source", "{from: 2013-04-01, through: 2026-12-31, source"
    )
    says = "no row answers this on 2027-01-01, inside the days modelled (2025-01-01 to open)"
    assert rules.troubles() == [f"sites.yaml:{line - 1} POS-IMAGING-CENTER.in_force: {says}"]


def test_the_override_of_the_example_changes_the_place_for_its_payer_alone(rules):
    rules.add("payers/aetna.yaml", EXAMPLES["override"])
    places = load_rulebook(rules.folder).place_of_service
    assert place(places, date(2026, 9, 15), payer="aetna") == ("POS-IMAGING-CENTER-AETNA", "49")
    assert place(places, date(2026, 9, 15), payer="cigna") == ("POS-IMAGING-CENTER", "11")


def test_the_payer_of_the_example_is_known_by_its_id(rules):
    rules.add("payers/example.yaml", EXAMPLES["payer"])
    payers = load_rulebook(rules.folder).payers
    facts = {"payer_id": "99999", "payer_name": "EXAMPLE", "coverage_type": "not-stated"}
    hit = payers.ask_one(facts, on=date(2026, 9, 15))
    assert hit is not None
    assert hit.then.payer == "example-health"


def test_every_file_of_the_folder_is_in_the_table():
    top = {path.name for path in packaged_rules().glob("*.yaml")}
    assert {name for name in top if f"`{name}`" not in README} == set()


def text(rules: RuleFolder, file: str) -> str:
    return (rules.folder / file).read_text(encoding="utf-8")
