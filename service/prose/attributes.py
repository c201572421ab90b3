"""Attributes of a mention: shape, grade, percentage, age, cause, change, as the words of its clause say.

Nothing is derived: no grade from a percentage, no shape from "anterior height loss", no cause from a drug.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.prose.clauses import Clause
from service.prose.items import Item
from service.prose.scope import covered, said
from service.prose.statements import Mention
from service.prose.tokens import Token

PLURAL = ("s", "ies")
SHAPES = ("wedge", "biconcave", "crush", "burst", "endplate")
OSTEOPOROTIC = ("osteoporotic", "glucocorticoid_osteoporotic")
JOINS_CAUSE = frozenset({"with", "w", "causing", "and"})
GRADED_HEADS = frozenset({"compression", "wedge", "plain"})
FAMILIES = ({"chronic", "old"}, {"acute", "acute_or_subacute", "subacute"})


def plural_head(clause: Clause, tokens: Sequence[Token]) -> bool:
    """Whether the head of the clause is a plural ("fractures", "fxs"), whose attributes hold for a list."""
    return any(tokens[item.last].text.endswith(PLURAL) for item in clause.each("fracture", "deformity"))


def take_attributes(mention: Mention, clause: Clause, tokens: Sequence[Token]) -> bool:
    """Fills the attributes of a mention; says whether the age is contradictory."""
    if mention.certainty == "denied":
        return False
    stated = [item for item in clause.items if not covered(clause, item)]
    shapes = {item.value for item in stated if item.kind == "shape"}
    shapes |= {item.value for item in stated if item.kind == "deformity" and item.value == "wedge"}
    shapes |= {value for item in stated for kind, value in item.also if kind == "shape"}
    mention.shape = next((shape for shape in SHAPES if shape in shapes), "")
    if mention.shape == "endplate" and mention.head != "fracture":
        mention.shape = ""
    _grade(mention, stated, tokens)
    mention.percent = next((item.value for item in stated if item.kind == "percent"), "")
    mention.cause = _cause(stated, tokens)
    changes = [
        item.value
        for at, item in enumerate(stated)
        if item.kind == "change"
        and not (at + 1 < len(stated) and stated[at + 1].kind in ("feature", "benign"))
    ]
    mention.change = "progressed" if "progressed" in changes else changes[0] if changes else ""
    ages = list(dict.fromkeys(item.value for item in stated if item.kind == "age"))
    if ages:
        mention.age = _age(ages)
    return mention.age == "mixed"


def in_pairs(mention: Mention, clause: Clause, tokens: Sequence[Token]) -> list[Mention]:
    """The mention, or one for each level where the grades are given "respectively"."""
    grades = [item.value for item in clause.items if item.kind == "genant" and item.value.isdigit()]
    paired = any(token.text == "respectively" for token in tokens)
    if not paired or len(grades) != len(mention.levels) or len(grades) < 2:
        return [mention]
    return [
        replace(mention, levels=(level,), grade=int(grade), basis="number")
        for level, grade in zip(mention.levels, grades, strict=True)
    ]


def carry_cause(made: Sequence[Mention], items: Sequence[Item]) -> None:
    """One cause for every fracture a sentence lists, where it stands before the first or behind the last."""
    called = [m for m in made if m.head == "fracture" and m.certainty == "definite"]
    named = any(item.means("osteoporosis", "yes") for item in items)
    if len(called) < 2 or not (called[0].plural or named):
        return
    first, last = called[0], called[-1]
    ends = [item for item in items if item.kind not in ("joint", "feature")][-1]
    trailing = first.plural and ends.kind == "cause" and last.cause == ends.value
    leading = named and first.cause in OSTEOPOROTIC
    for mention in called:
        if leading and not mention.cause:
            mention.cause = first.cause
        if trailing and mention.cause in ("", "pathologic_unspecified"):
            mention.cause = last.cause


def _age(ages: list[str]) -> str:
    if len(ages) == 1:
        return ages[0]
    if set(ages) == {"chronic", "old"}:
        return "old"
    if set(ages) == {"acute", "subacute"} or set(ages) == {"acute_or_subacute", "acute"}:
        return "acute_or_subacute"
    if set(ages) == {"subacute", "acute_or_subacute"}:
        return "subacute"
    return "mixed"


def _apart(item: Item, before: Sequence[Item], tokens: Sequence[Token]) -> bool:
    """Whether a word of degree stands between commas behind its fracture: "wedge fracture, moderate, ..."."""
    ends = item.last + 1 >= len(tokens) or tokens[item.last + 1].text in (",", ";", ".", ")")
    opens = item.first > 0 and tokens[item.first - 1].text in (",", "(", ":")
    return ends and opens and any(each.kind in ("fracture", "shape") for each in before)


def _grade(mention: Mention, stated: Sequence[Item], tokens: Sequence[Token]) -> None:
    numbers = [item.value for item in stated if item.kind == "genant"]
    if numbers:
        value = numbers[0]
        mention.grade, mention.basis = (int(value), "number") if value.isdigit() else (None, "none")
        return
    if not (mention.head == "fracture" or mention.kind in GRADED_HEADS or mention.shape):
        return
    for at, item in enumerate(stated):
        following = next((each for each in stated[at + 1 :] if each.kind != "age"), None)
        graded = following is None or following.kind in ("fracture", "shape", "deformity", "cause", "level")
        graded |= _apart(item, stated[:at], tokens)
        if item.kind == "grade" and item.value.isdigit() and graded:
            if (
                following is not None
                and following.kind == "deformity"
                and following.value in ("height-loss",)
            ):
                continue
            mention.grade, mention.basis = int(item.value), "word"
            return


def _cause(stated: Sequence[Item], tokens: Sequence[Token]) -> str:
    causes = [item.value for item in stated if item.kind == "cause"]
    for preferred in ("neoplastic", "other_disease", "traumatic", "glucocorticoid_osteoporotic"):
        if preferred in causes:
            return preferred
    origin = next((item.value for item in stated if item.kind == "origin"), "")
    if "osteoporotic" in causes:
        return "glucocorticoid_osteoporotic" if origin == "glucocorticoid" else "osteoporotic"
    named = next((item for item in stated if item.means("osteoporosis", "yes")), None)
    head = next((item for item in stated if item.kind == "fracture"), None)
    if named and head and named.last < head.first:
        between = {token.text for token in tokens[named.last + 1 : head.first]}
        if between & {"with", "w"} and "," not in between:
            glucocorticoid = origin == "glucocorticoid" or "glucocorticoid" in said(tokens, named)
            return "glucocorticoid_osteoporotic" if glucocorticoid else "osteoporotic"
    return causes[0] if causes else ""
