"""What must not be written in any tracked file."""

import re

import pytest

from tests.house.tree import texts

HERE = "tests/house/test_words.py"
# The CI script looks for FHIR packages beside the checkout; that folder is its business alone.
FOLDERS_BESIDE_THE_CHECKOUT = {".ci/run"}

MACHINE_PATH = re.compile(r"(?<![\w.)}~-])/(?:work|root|tmp|home|Users)/")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|repo1?\.maven|deb\.debian\.org")
HOW_IT_IS_MADE = re.compile(
    r"(?i)\bshared/|\bissues? \d+\b|claude|anthropic|chatgpt|copilot|openai|language model|\bAI[- ]generated"
)
BOAST = re.compile(
    r"(?i)\brobust(?:ly|ness)?\b|\bseamless(?:ly)?\b|\bblazing\b|\bcutting[- ]edge\b|\bworld[- ]class\b"
    r"|\b(?:production|enterprise)[- ](?:ready|grade)\b|\bstate[- ]of[- ]the[- ]art\b|\bbest[- ]in[- ]class\b"
    r"|\bcomprehensive(?! (?:outpatient|inpatient|error|code))"
)
UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|HACK|TBD)\b|(?i:\bnot (?:yet )?implemented(?: yet)?\b|\bfuture work\b)"
)


def found(
    pattern: re.Pattern[str], *prefixes: str, suffixes: tuple[str, ...] = (), but: set[str] | None = None
) -> list[str]:
    """path:line: text of each line that the pattern matches, this file aside (it spells the words)."""
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts(*prefixes, suffixes=suffixes)
        if path not in {HERE, *(but or ())}
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_somebodys_machine():
    assert found(MACHINE_PATH) == []


def test_no_file_names_the_host_of_a_package_registry():
    assert found(REGISTRY_HOST) == []


def test_no_file_tells_how_or_by_whom_it_was_written():
    assert found(HOW_IT_IS_MADE, but=FOLDERS_BESIDE_THE_CHECKOUT) == []


def test_no_adjective_stands_where_a_fact_should():
    assert found(BOAST, suffixes=(".md", ".py", ".toml", "Makefile", ".html")) == []


def test_nothing_is_announced_that_is_not_there():
    assert found(UNFINISHED, suffixes=(".md", ".py", ".yaml", ".html", "Makefile", ".ci/run")) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, 'open("/tmp/x")'),
        (REGISTRY_HOST, "from https://files.pythonhosted.org/packages"),
        (HOW_IT_IS_MADE, "as asked for in issue 4"),
        (BOAST, "a robust service"),
        (UNFINISHED, "# TODO: later"),
    ],
)
def test_each_pattern_finds_the_line_it_is_there_for(pattern, line):
    assert pattern.search(line)
