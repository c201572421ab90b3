"""The harness of the golden cases is able to fail, and says where."""

import pytest

from tests.cases.case import check, read_cases

CASE = """\
- name: An ordinary study
  given: {age: "72"}
  expect:
    state: clean
    claims:
      - procedure: "77086"
        diagnoses: [M54.6]
    findings: []
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "written.yaml"
        path.write_text(text, encoding="utf-8")
        return read_cases(path)

    return write


def test_a_case_whose_expectations_hold_has_no_difference(written):
    (case,) = written(CASE)
    assert check(case) == []


@pytest.mark.parametrize(
    ("was", "becomes", "line", "field"),
    [
        ("state: clean", "state: held", 4, "state"),
        ('procedure: "77086"', 'procedure: "77085"', 6, "claims[0].procedure"),
        ("[M54.6]", "[M54.6, M81.0]", 7, "claims[0].diagnoses"),
        ("findings: []", "findings: [ORDER-MISSING]", 8, "findings"),
        ("findings: []", "notes: [ORDER-MISSING]", 8, "notes"),
        ("findings: []", "because: [COMP-SPLIT-READER]", 8, "because"),
        ("findings: []", 'not: ["77086"]', 8, "not"),
        ("findings: []", "edits: {NCCI: fail}", 8, "edits.NCCI"),
        ("        diagnoses: [M54.6]", '      - procedure: "77086"', 5, "claims"),
        ("diagnoses: [M54.6]", "diagnosis: M54.6", 7, "claims[0].diagnosis"),
    ],
)
def test_a_wrong_expectation_is_named_with_its_line_and_field(written, was, becomes, line, field):
    (case,) = written(CASE.replace(was, becomes))
    assert [(one.line, one.field) for one in check(case)] == [(line, field)]
    assert str(check(case)[0]).startswith(f"written.yaml:{line} {field}: expected ")


def test_a_finding_that_a_case_does_not_list_is_a_difference(written):
    (case,) = written(CASE.replace('age: "72"', 'order_day: "2026-12-01"').replace("    findings: []\n", ""))
    assert "findings" in [one.field for one in check(case)]


@pytest.mark.parametrize(
    "text",
    [
        CASE.replace("age:", "ages:"),
        CASE.replace("state:", "states:"),
        CASE.replace("given:", "gives:"),
        CASE.replace("- name: An ordinary study\n  given", "- given"),
    ],
)
def test_a_word_that_is_no_part_of_a_case_is_refused(written, text):
    with pytest.raises(ValueError, match=r"written\.yaml:1"):
        written(text)
