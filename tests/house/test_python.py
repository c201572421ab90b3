"""Habits of the Python code that no linter of ours looks at."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import functions, modules, texts

OUTERMOST_HANDLER = "service/web/"


def blind_excepts(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = (
                {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {"Exception"}
            )
            if caught & {"Exception", "BaseException"}:
                yield node.lineno


def test_only_the_outermost_web_handler_catches_everything():
    blind = [
        f"{path}:{line}" for path, tree in modules("service/", "examples/") for line in blind_excepts(tree)
    ]
    assert [place for place in blind if not place.startswith(OUTERMOST_HANDLER)] == []
    assert len(blind) <= 1, blind


@pytest.mark.parametrize("caught", ["", " Exception", " (ValueError, Exception)", " BaseException as e"])
def test_a_blind_except_is_found(caught):
    assert list(blind_excepts(ast.parse(f"try:\n    f()\nexcept{caught}:\n    pass")))


def test_nothing_is_mocked():
    mock = re.compile(
        r"^\s*(?:from|import) (?:unittest\.)?mock\b|^\s*from unittest import .*\bmock\b|\bMagic" + "Mock",
        re.M,
    )
    assert [
        path
        for path, text in texts("service/", "tests/", "examples/", suffixes=(".py",))
        if mock.search(text)
    ] == []


def test_no_test_is_skipped_or_excused_for_good():
    excuse = re.compile(r"^\s*assert True\b|@pytest\.mark\.(?:skip\b(?!if)|xfail)", re.M)
    assert [path for path, text in texts("tests/", suffixes=(".py",)) if excuse.search(text)] == []


def test_the_name_of_every_test_is_a_sentence():
    short = [
        f"{path}: {function.name}"
        for path, tree in modules("tests/")
        for function in functions(tree)
        if function.name.startswith("test_") and len(function.name.split("_")) < 4
    ]
    assert short == []
