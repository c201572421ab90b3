"""Codes live in service/core/codes.py and in mappings/; a decider that spells one decides in secret."""

import ast
import re
from collections.abc import Iterator

import pytest

from service.core import codes
from tests.house.tree import modules

PROCEDURE = re.compile(r"(?<![\w.])(?:\d{5}|[A-Z]\d{4})(?![\w.])")
DIAGNOSIS = re.compile(r"(?<![\w.])[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{0,4}(?!\w)|\A[A-TV-Z]\d\d\Z")
PLACE_OF_SERVICE = re.compile(r"\A\d\d\Z")
MODIFIERS = {str(code) for code in codes.Modifier}
NUMBERS = {int(code) for code in codes.Procedure if str(code).isdigit()}


def spelled_codes(tree: ast.Module) -> Iterator[str]:
    """line: constant, for every billing code in the constants of a module (docstrings aside)."""
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose and is_code(node.value):
            yield f"{node.lineno}: {node.value!r}"


def is_code(value: object) -> bool:
    if isinstance(value, str):
        patterns = (PROCEDURE, DIAGNOSIS, PLACE_OF_SERVICE)
        return value in MODIFIERS or any(pattern.search(value) for pattern in patterns)
    return isinstance(value, int) and value in NUMBERS


def test_no_decider_and_no_output_spells_a_code():
    spelled = [
        f"{path}:{code}"
        for path, tree in modules("service/core/", "service/outputs/")
        if path not in {"service/core/codes.py", "service/core/procedure_codes.py"}
        for code in spelled_codes(tree)
    ]
    assert spelled == []


@pytest.mark.parametrize(
    "line",
    [
        'x = "77086"',
        "x = 77086",
        'x = {"TC"}',
        'f(pos="11")',
        'x == "M81.0"',
        'x.startswith("M80.")',
        'f"use G0130 {x}"',
    ],
)
def test_a_spelled_code_is_found(line):
    assert list(spelled_codes(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ['"""On 77086."""', 'x = "4.0.1"', 'x = "2.16.840.1.113883"', 'x = "T8"', "x = 400"]
)
def test_what_is_no_code_is_left_alone(line):
    assert not list(spelled_codes(ast.parse(line)))
