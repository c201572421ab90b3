"""The repository as git knows it, for the tests that look at the repository itself."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def tracked() -> tuple[str, ...]:
    """Every path that git tracks and the work tree still has, relative to the root."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(path for path in listing.stdout.split("\0") if path and (ROOT / path).is_file())


def texts(*prefixes: str, suffixes: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Path and text of the tracked files below the prefixes and with the suffixes; none given means any."""
    for path in tracked():
        if path.startswith(prefixes or "") and path.endswith(suffixes or ""):
            try:
                yield path, (ROOT / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def modules(*prefixes: str) -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of the tracked Python modules below the prefixes."""
    for path, text in texts(*prefixes, suffixes=(".py",)):
        yield path, ast.parse(text)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
