"""The registry of problem codes, and how a refusal and a fault present themselves."""

import ast
import re
from pathlib import Path

import pytest

from service.errors import CODES, OUTCOME_SYSTEM, Fault, Refusal, note, outcome, problem

ROOT = Path(__file__).parents[1]
ISSUE_TYPES = """
invalid structure required value invariant security login unknown expired forbidden suppressed
processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid
extension too-costly business-rule conflict transient lock-error no-store exception timeout
incomplete throttled informational
"""


def literals(*directories: str) -> dict[str, set[str]]:
    """Every string constant, and the files it stands in, this one left out."""
    found: dict[str, set[str]] = {}
    for directory in directories:
        for path in (ROOT / directory).rglob("*.py"):
            if path == Path(__file__):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.setdefault(node.value, set()).add(path.name)
    return found


def test_every_code_is_in_form_and_says_what_it_means_and_what_to_do():
    for name, code in CODES.items():
        assert re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", name)
        assert code.issue_type in ISSUE_TYPES.split()
        assert code.meaning.endswith(".")
        assert code.what_to_do.endswith(".") or code.what_to_do.endswith("=.")


def test_no_input_answers_5xx_and_no_fault_4xx():
    assert {
        name for name, code in CODES.items() if (code.status >= 500) != name.startswith("FAULT-")
    } == set()


def test_each_code_is_written_once_in_the_source():
    source = (ROOT / "service/errors.py").read_text(encoding="utf-8")
    written = re.findall(r'^    "([A-Z0-9-]+)": Code\(', source, re.M)
    assert sorted(written) == sorted(CODES)


def test_every_code_is_named_by_a_test_of_what_raises_it():
    assert set(CODES) - literals("tests").keys() == set()


def test_every_code_is_used():
    used = {name for name, files in literals("service").items() if files - {"errors.py"}}
    assert set(CODES) - used == set()


def test_a_problem_has_the_status_and_issue_type_of_its_code():
    found = problem("FHIR-PERIOD", None, "Coverage.period")
    assert (found.status, found.issue_type) == (422, "invariant")
    assert found.issue() == {
        "severity": "error",
        "code": "invariant",
        "details": {
            "coding": [{"system": OUTCOME_SYSTEM, "code": "FHIR-PERIOD"}],
            "text": "The period ends before it starts (per-1).",
        },
        "diagnostics": "Send start at or before end.",
        "expression": ["Coverage.period"],
    }


def test_a_code_that_is_not_registered_cannot_be_used():
    with pytest.raises(KeyError):
        problem("NO-SUCH-CODE")


def test_a_note_is_information():
    assert note("ENVELOPE-ENTRY-SKIPPED").issue()["severity"] == "information"
    assert "expression" not in note("ENVELOPE-ENTRY-SKIPPED").issue()


def test_a_refusal_reports_everything_and_has_the_status_of_its_first_reason():
    refusal = Refusal(problem("JSON-NUL"), problem("FHIR-DATE"))
    assert refusal.status == 400
    assert [issue["code"] for issue in refusal.outcome()["issue"]] == ["invalid", "value"]
    assert Refusal(problem("JSON-NUL"), status=422).status == 422
    with pytest.raises(ValueError, match="at least one"):
        Refusal()


def test_a_fault_is_ours_and_says_whether_to_try_again():
    assert Fault("FAULT-CLAIM-INVALID").status == 500
    assert Fault("FAULT-CLAIM-INVALID", retryable=True).status == 503
    assert Fault("FAULT-CLAIM-INVALID").outcome()["issue"][0]["severity"] == "fatal"


def test_an_outcome_is_valid_r4():
    from service.fhir_r4 import check_resource

    assert (
        check_resource(outcome([problem("FHIR-DATE", None, "Patient.birthDate"), note("FHIR-TOO-MANY")]))
        == ()
    )
