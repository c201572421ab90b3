"""Where things live and how long they may grow."""

import re
import statistics

from tests.house.tree import ROOT, functions, modules, texts, tracked

TOP_LEVEL = {"service", "fhir_profiles", "mappings", "tests", "docs", "examples", ".ci"} | {
    *("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "README.md"),
    *("Dockerfile", "Makefile", "pyproject.toml", "requirements.lock", "requirements-uv.lock"),
    *(".dockerignore", ".gitignore"),
}
CATCH_ALL = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers"}
WORDS_NOT_OURS = {"process", "handle", "handler", "manage", "manager", "invoice", "utils", "helper"}
NAMED_BY_OTHERS = {
    "process_message",
    "handle_error",
    "handle_request",
    "handle_starttag",
    "handle_startendtag",
    "handle_endtag",
    "handle_data",
}  # an operation of FHIR; methods of gunicorn and of html.parser


def test_nothing_new_appears_at_the_top_of_the_repository():
    assert {path.split("/")[0] for path in tracked()} - TOP_LEVEL == set()


def test_no_module_is_named_so_that_anything_fits_into_it():
    parts = {(path, part.removesuffix(".py")) for path in tracked() for part in path.split("/")}
    assert [path for path, part in parts if path.endswith(".py") and part in CATCH_ALL] == []


def test_a_service_module_has_at_most_400_lines_and_a_test_file_500():
    limits = {"service/": 400, "examples/": 400, "tests/": 500}
    too_long = {
        path: text.count("\n")
        for prefix, limit in limits.items()
        for path, text in texts(prefix, suffixes=(".py",))
        if text.count("\n") > limit
    }
    assert too_long == {}


def test_nine_of_ten_functions_have_at_most_40_lines_and_none_more_than_80():
    lengths = {
        f"{path}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path, tree in modules("service/")
        for function in functions(tree)
    }
    assert {name: length for name, length in lengths.items() if length > 80} == {}
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 40


def test_functions_and_classes_are_named_with_the_words_of_the_trade():
    names = {
        (path, name)
        for path, text in texts("service/", suffixes=(".py",))
        for name in re.findall(r"^\s*(?:def|class) (\w+)", text, re.M)
    }
    split = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
    wrong = [
        f"{path}: {name}"
        for path, name in sorted(names)
        if name not in NAMED_BY_OTHERS and {word.lower() for word in split.findall(name)} & WORDS_NOT_OURS
    ]
    assert wrong == []


def test_every_path_that_the_makefile_and_the_ci_script_name_exists():
    named = {
        path.rstrip(".")
        for file in ("Makefile", ".ci/run")
        for path in re.findall(
            r"(?<![\w$/.})-])((?:service|tests|examples|docs|mappings|fhir_profiles|\.ci)/[\w./-]*|[\w-]+\.(?:lock|toml|md))",
            (ROOT / file).read_text(encoding="utf-8"),
        )
    }
    assert {"requirements.lock", "examples/demo.py"} <= named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
