"""Pages say for whom they are, the change log keeps its two sections, printed commands work."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.house.tree import ROOT, texts, tracked

KINDS = {"tutorial", "how-to", "reference", "explanation", "decision"}
FENCE = re.compile(r"^```(\w*)(?: +(\w+))?\n(.*?)^```$", re.M | re.S)
SHELLS = {"bash", "console", "sh", "shell"}


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Language, mark and body of each fenced block. ```console run marks commands that a test runs."""
    yield from FENCE.findall(text)


def steps(body: str) -> Iterator[tuple[str, str]]:
    """Each `$ command` of a console block with the output printed below it."""
    for chunk in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, output = chunk.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command[:-1]}{more.strip()}"
        yield command, output


def runnable() -> list[tuple[str, str, str]]:
    return [
        (path, command, output)
        for path, text in texts("README.md", "CONTRIBUTING.md", "docs/", "mappings/", suffixes=(".md",))
        for language, mark, body in blocks(text)
        if language in SHELLS and mark == "run"
        for command, output in steps(body)
    ]


def test_the_change_log_keeps_rules_and_software_apart():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Rules", "Software"]


def test_every_page_of_the_documentation_says_for_whom_and_what_it_is():
    wrong = {}
    for path, text in texts("docs/", suffixes=(".md",)):
        front = re.match(r"---\n(.*?)\n---\n", text, re.S)
        said = yaml.safe_load(front[1]) if front else {}
        if not said.get("audience") or said.get("type") not in KINDS:
            wrong[path] = said
    assert wrong == {}


def test_every_make_target_that_is_named_in_a_code_block_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {
        (path, target)
        for path, text in texts(suffixes=(".md",))
        for language, _, body in blocks(text)
        if language in SHELLS
        for target in re.findall(r"^(?:\$ )?(?:\w+=\S+ )*make ([a-z]+)", body, re.M)
    }
    assert {place for place in named if place[1] not in targets} == set()


def test_every_page_for_readers_is_linked_from_another():
    pages = [path for path in tracked() if re.fullmatch(r"docs/[a-z-]+\.md", path)]
    linked = {
        (ROOT / path).parent.joinpath(target).resolve()
        for path, text in texts("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/", suffixes=(".md",))
        for target in re.findall(r"\]\(([^)#]+)", text)
    }
    assert [page for page in pages if (ROOT / page).resolve() not in linked] == []


def test_no_page_starts_the_service_without_its_practice_file():
    printed = [
        line
        for path, text in texts(suffixes=(".md",))
        for line in re.findall(r"vfa-claims (?:derive|explain(?! --carc)|serve)\b(?! --help)[^`|\n]*", text)
        if path.startswith(("README", "docs/for-"))
    ]
    assert [line for line in printed if "--practice" not in line and "VFA_PRACTICE" not in line] == []


def test_the_readme_prints_commands_that_a_test_runs():
    assert [step for step in runnable() if step[0] == "README.md"]


@pytest.mark.parametrize(
    ("page", "command", "output"), runnable(), ids=lambda text: text.strip().split("\n")[0][:60]
)
def test_a_printed_command_works_and_prints_what_the_page_says(
    page: str, command: str, output: str, tmp_path: Path
):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        ["bash", "-eu", "-c", command],
        cwd=ROOT,
        env={**environment, "XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, f"{page}: {command}\n{ran.stderr}"
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if output.strip():
        assert doctest.OutputChecker().check_output(output, ran.stdout, flags), (
            f"{page}: {command}\n{ran.stdout}"
        )


def test_the_commands_of_a_marked_block_are_found_with_their_output():
    (language, mark, body), *_ = blocks("```console run\n$ echo a \\\n  b\na b\n$ true\n```\n")
    assert (language, mark) == ("console", "run")
    assert list(steps(body)) == [("echo a b", "a b\n"), ("true", "")]
