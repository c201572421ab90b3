"""Denials agree with findings and rows, and figures are context: nothing decides with them."""

import ast

import pytest

from service.store.rule_files import load_rulebook, packaged_rules
from tests.house.tree import modules
from tests.store.rule_folder import RuleFolder

RULES = load_rulebook(packaged_rules())


def test_a_finding_that_prevents_an_unlisted_denial_is_refused(tmp_path):
    folder = RuleFolder(tmp_path)
    folder.change("findings.yaml", "prevents: [OA-18]", "prevents: [OA-19]")
    assert any("OA-19 is no denial of denials.yaml" in trouble for trouble in folder.troubles())


def test_a_remark_that_belongs_to_no_denial_of_its_finding_is_refused(tmp_path):
    folder = RuleFolder(tmp_path)
    folder.change("findings.yaml", "prevents: [CO-236, N519]", "prevents: [CO-236, N264]")
    assert any("NCCI-DENIED.prevents" in trouble and "N264" in trouble for trouble in folder.troubles())


def test_a_denial_that_names_a_row_that_is_not_there_is_refused_with_a_suggestion(tmp_path):
    folder = RuleFolder(tmp_path)
    folder.change("denials.yaml", "rows: [PROC-VFA-WITH-AXIAL, ncci]", "rows: [PROC-VFA-WITH-AXIAL, nccj]")
    assert any("no row or rule set is nccj; did you mean ncci?" in each for each in folder.troubles())


def test_a_denial_that_nothing_prevents_says_what_is_outside(tmp_path):
    folder = RuleFolder(tmp_path)
    folder.add(
        "denials.yaml",
        '  - code: CO-45\n    cause: "More than the fee schedule."\n    prevented_by: "Nothing."\n',
    )
    assert any("CO-45" in trouble and "outside" in trouble for trouble in folder.troubles())


@pytest.mark.parametrize(
    "code",
    ["CO-236", "CO-97", "CO-50", "PR-50", "CO-4", "CO-16", "CO-151", "OA-18", "CO-24", "CO-B9", "CO-181"],
)
def test_every_denial_of_the_trade_is_listed_and_something_prevents_it(code):
    denial = next(each for each in RULES.denials if code in each.codes)
    assert denial.rows or any(code in row.then.prevents for row in RULES.findings.values())


def test_no_decider_and_no_claim_reads_a_figure():
    readers = {
        path
        for path, tree in modules("service/")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "figures")
        or (isinstance(node, ast.ImportFrom) and any(each.name == "Figure" for each in node.names))
    }
    assert not {path for path in readers if path.startswith(("service/core/", "service/intake/"))}
    assert readers


def test_a_figure_that_is_computed_says_so():
    amounts = [each for each in RULES.figures if "-AMOUNT-" in each.id]
    assert amounts
    assert {str(each.in_force.status) for each in amounts} == {"inferred"}
