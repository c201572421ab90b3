"""`vfa-claims explain --carc`: a denial in the words of a biller."""

import json

import pytest
from click.testing import CliRunner, Result

from service.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


@pytest.mark.parametrize("code", ["CO-97", "CO97", "co 97", "97"])
def test_a_denial_is_found_however_its_code_is_written(code):
    result = run("--carc", code, "--format", "json")
    assert result.exit_code == 0
    assert [each["code"] for each in json.loads(result.stdout)] == ["CO-97"]


def test_a_denial_names_its_cause_the_findings_that_prevent_it_and_the_rows():
    said = run("--carc", "CO-236").stdout
    assert said.startswith("CO-236 with N519, M80: The vertebral fracture assessment stands beside")
    assert "NCCI-DENIED (reject)" in said
    assert "PROC-VFA-WITH-AXIAL" in said


def test_another_group_of_the_same_reason_is_the_same_denial():
    assert json.loads(run("--carc", "PR-50", "--format", "json").stdout)[0]["code"] == "CO-50"


def test_a_remark_code_leads_to_the_denials_it_comes_with():
    found = json.loads(run("--carc", "N264", "--format", "json").stdout)
    assert [each["code"] for each in found] == ["CO-16"]


def test_a_denial_that_is_not_seen_here_says_so():
    assert "Not seen here: When a claim is sent is not decided here." in run("--carc", "29").stdout


def test_a_code_that_is_not_known_names_those_that_are():
    result = run("--carc", "CO-999")
    assert result.exit_code == 2
    assert "CO-236" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("x.json", "--carc", "97")])
def test_a_study_or_a_denial_is_explained_never_both_or_neither(arguments):
    assert run(*arguments).exit_code == 2
