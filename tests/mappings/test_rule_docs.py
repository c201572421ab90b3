"""The generated pages are what the rulebook says, and the check finds those that are not."""

from dataclasses import replace

from service.core.finding_codes import FindingCode
from service.errors import CODES
from service.store.rule_docs import CASES, check_rule_docs, rule_docs, write_rule_docs
from service.store.rule_files import load_rulebook, packaged_rules
from service.store.rule_text import rule_sets
from tests.house.tree import ROOT
from tests.mappings.cases_of_rows import as_text, cases_of_rows

RULEBOOK = load_rulebook(packaged_rules())


def test_the_committed_pages_are_fresh():
    assert check_rule_docs(RULEBOOK, ROOT / "docs") == ()


def test_what_was_written_is_fresh_and_the_same_again(tmp_path):
    paths = write_rule_docs(RULEBOOK, tmp_path)
    first = {path: (tmp_path / path).read_bytes() for path in paths}
    assert check_rule_docs(RULEBOOK, tmp_path) == ()
    assert write_rule_docs(load_rulebook(packaged_rules()), tmp_path) == paths
    assert {path: (tmp_path / path).read_bytes() for path in paths} == first


def test_a_changed_row_makes_its_page_stale(tmp_path):
    write_rule_docs(RULEBOOK, tmp_path)
    first, *rest = RULEBOOK.modifiers.rows
    changed = replace(RULEBOOK.modifiers, rows=(replace(first, label="another label"), *rest))
    assert check_rule_docs(replace(RULEBOOK, modifiers=changed), tmp_path) == ("rules/modifier.md",)


def test_a_missing_page_and_one_left_over_are_named(tmp_path):
    write_rule_docs(RULEBOOK, tmp_path)
    (tmp_path / "errors.md").unlink()
    (tmp_path / "rules" / "retired.md").write_text("nothing asks this now", encoding="utf-8")
    assert check_rule_docs(RULEBOOK, tmp_path) == ("errors.md", "rules/retired.md")
    write_rule_docs(RULEBOOK, tmp_path)
    assert check_rule_docs(RULEBOOK, tmp_path) == ()


def test_every_row_stands_on_the_page_of_its_rule_set_with_the_line_it_is_written_on():
    pages = rule_docs(RULEBOOK, {})
    for rule_set in rule_sets(RULEBOOK):
        page = pages[f"rules/{rule_set.id}.md"]
        for row in (*rule_set.rows, *rule_set.overrides):
            assert f"**{row.id}**" in page
            assert f"| {row.file}:{row.line} |" in page


def test_every_finding_and_every_problem_stands_on_the_page_of_errors():
    page = rule_docs(RULEBOOK, {})["errors.md"]
    codes = {line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")}
    assert set(FindingCode) | set(CODES) <= codes


def test_the_committed_cases_of_rows_are_fresh():
    assert (ROOT / "docs" / CASES).read_text(encoding="utf-8") == as_text()


def test_every_row_shows_a_case():
    cases = cases_of_rows()
    for rule_set in rule_sets(RULEBOOK):
        rows = (*rule_set.rows, *rule_set.overrides)
        assert [row.id for row in rows if not cases.get(row.id)] == []


def test_a_row_shows_its_cases_where_the_folder_has_them(tmp_path):
    write_rule_docs(RULEBOOK, tmp_path)
    page = tmp_path / "rules" / "modifier.md"
    assert "| cases |" not in page.read_text(encoding="utf-8")
    (tmp_path / CASES).write_text('{"MOD-KX": [["A case of KX", "tests/cases/x.yaml"]]}', encoding="utf-8")
    assert "rules/modifier.md" in check_rule_docs(RULEBOOK, tmp_path)
    write_rule_docs(RULEBOOK, tmp_path)
    assert "| [A case of KX](../../tests/cases/x.yaml) |" in page.read_text(encoding="utf-8")
