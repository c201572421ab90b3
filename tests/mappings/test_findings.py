"""The sentences of findings and the code that fills them speak of the same slots."""

import ast
from collections.abc import Iterator
from string import Formatter

import pytest

from service.core.finding_codes import FindingCode
from service.store.rule_files import load_rulebook, packaged_rules
from tests.house.tree import modules

PLACE_OF_CODE = {"raise_finding": 1, "gap": 0}
"""Functions that take a finding's code and its slots by name, and which argument the code is."""
RULEBOOK = load_rulebook(packaged_rules())


def slots(code: FindingCode) -> frozenset[str]:
    text = RULEBOOK.findings[code].then
    parts = (*Formatter().parse(text.says), *Formatter().parse(text.settle))
    return frozenset(slot for _, slot, _, _ in parts if slot)


def filled(tree: ast.Module) -> Iterator[tuple[int, FindingCode, frozenset[str]]]:
    """Line, code and slots of every finding or gap that names its code and its slots in place."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in PLACE_OF_CODE:
            code, given = _code(call.args[PLACE_OF_CODE[name] :][:1]), _keywords(call)
        elif name == "Gap":
            code = _code([word.value for word in call.keywords if word.arg == "code"])
            given = _values([word.value for word in call.keywords if word.arg == "values"])
        else:
            continue
        if code and given is not None:
            yield call.lineno, code, given


def _code(values: list[ast.expr]) -> FindingCode | None:
    named = [node.attr for node in values if isinstance(node, ast.Attribute)]
    return FindingCode[named[0]] if named and named[0] in FindingCode.__members__ else None


def _keywords(call: ast.Call) -> frozenset[str] | None:
    if any(word.arg is None for word in call.keywords):
        return None
    return frozenset(word.arg for word in call.keywords if word.arg)


def _values(values: list[ast.expr]) -> frozenset[str] | None:
    if not values:
        return frozenset()
    if not isinstance(values[0], ast.Tuple):
        return None
    pairs = [pair for pair in values[0].elts if isinstance(pair, ast.Tuple) and pair.elts]
    names = [pair.elts[0].value for pair in pairs if isinstance(pair.elts[0], ast.Constant)]
    return frozenset(map(str, names)) if len(names) == len(values[0].elts) else None


FILLED = [
    pytest.param(code, given, id=f"{path}:{line} {code}")
    for path, tree in modules("service/")
    for line, code, given in filled(tree)
]


@pytest.mark.parametrize(("code", "given"), FILLED)
def test_every_slot_of_a_finding_is_filled_where_it_is_raised(code, given):
    assert slots(code) - given == set()


def test_the_places_that_raise_findings_are_found():
    tree = ast.parse(
        "raise_finding(book, FindingCode.NO_ROW, *where, question=q, facts=f)\n"
        "Gap(code=FindingCode.NO_ROW, where=w, values=(('question', q),))\n"
        "gap(FindingCode.SITE_MISSING, *where, what=w)\n"
        "Gap(code=FindingCode.SITE_MISSING)\n"
    )
    assert list(filled(tree)) == [
        (1, FindingCode.NO_ROW, frozenset({"question", "facts"})),
        (2, FindingCode.NO_ROW, frozenset({"question"})),
        (3, FindingCode.SITE_MISSING, frozenset({"what"})),
        (4, FindingCode.SITE_MISSING, frozenset()),
    ]
    assert len(FILLED) > 20


@pytest.mark.parametrize("code", FindingCode)
def test_a_finding_says_what_settles_it_and_who_can(code):
    text = RULEBOOK.findings[code].then
    assert text.says.rstrip().endswith((".", "}", ")"))
    assert text.settle.endswith(".")
    assert text.who in {"ordering practice", "imaging site", "reader", "billing office", "payer setup"}
