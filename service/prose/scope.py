"""Scope: what a negation or a hedge falls on inside a clause.

Negation covers the heads behind it up to the end of the clause (NegEx); a hedge covers the next thing said:
"likely chronic T8 fracture" doubts the age, "possible chronic T8 fracture" the fracture.
"""

from collections.abc import Sequence

from service.prose.clauses import Clause
from service.prose.items import Item
from service.prose.tokens import Token

TARGETS = (
    *("fracture", "deformity", "benign", "shape", "grade", "genant", "age", "cause", "change", "level"),
    *("osteoporosis", "normal", "treated"),
)
ARTICLES = frozenset({"a", "an", "the", "this"})
SETS_APART = frozenset({"rather than", "instead of"})


def said(tokens: Sequence[Token], item: Item) -> str:
    """The words of an item."""
    return " ".join(token.text for token in tokens[item.first : item.last + 1])


def negators(clause: Clause) -> list[Item]:
    """Negations whose scope is what follows."""
    return [item for item in clause.items if item.means("negation", "before")]


def denied(clause: Clause, head: Item, tokens: Sequence[Token], *, inherited: bool) -> bool:
    """Whether a head is denied: by a negation before it, one after it, or that of the clause before."""
    if any(item.first < head.first and not _closed(tokens, item, head) for item in negators(clause)):
        return True
    after = [item for item in clause.items if item.first > head.first and item.means("negation", "after")]
    if after and not any(item.kind == "level" and item.first > after[0].first for item in clause.items):
        return True
    return inherited


def _closed(tokens: Sequence[Token], negator: Item, head: Item) -> bool:
    """Whether brackets around the negation end before the head: "(no density) shows a fracture"."""
    between = [token.text for token in tokens[negator.last + 1 : head.first]]
    return ")" in between and "(" not in between


def set_apart(clause: Clause, tokens: Sequence[Token]) -> bool:
    """Whether the clause denies by contrast only ("Scheuermann disease rather than fracture")."""
    return any(said(tokens, item) in SETS_APART for item in negators(clause))


def covered(clause: Clause, item: Item) -> bool:
    """Whether an attribute stands behind a negation that no head of a fracture closes before it."""
    for negator in negators(clause):
        heads = [each for each in clause.each("fracture") if negator.first < each.first < item.first]
        if negator.first < item.first and not heads:
            return True
    return False


def hedged_on(clause: Clause, tokens: Sequence[Token]) -> set[str]:
    """What the hedges of a clause fall on: fracture, age, cause, benign or change."""
    return {target for item in clause.items if (target := _target(clause, item, tokens))}


def _target(clause: Clause, hedge: Item, tokens: Sequence[Token]) -> str:
    values = {value for kind, value in ((hedge.kind, hedge.value), *hedge.also) if kind == "hedge"}
    if not values:
        return ""
    after = [item for item in clause.items if item.first > hedge.last and item.kind in TARGETS]
    before = [item for item in clause.items if item.last < hedge.first and item.kind in TARGETS]
    if any(item.first < hedge.first for item in negators(clause)) and _heads(after):
        return ""
    if "look" in values:
        return before[-1].kind if before and before[-1].kind in ("age", "cause") else ""
    if values & {"after", "or"} and not _heads(after):
        return "fracture" if before else ""
    if not after:
        return "fracture" if _heads(before) else ""
    return _forward(values, after, before, hedge, tokens)


def _heads(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.kind in ("fracture", "deformity")]


def _forward(
    values: set[str], after: Sequence[Item], before: Sequence[Item], hedge: Item, tokens: Sequence[Token]
) -> str:
    """What a hedge falls on that has something behind it."""
    following = after[0]
    fractures = [item for item in after if item.kind == "fracture"]
    called_before = any(item.kind == "fracture" for item in before)
    article = any(token.text in ARTICLES for token in tokens[hedge.last + 1 : following.first])
    if following.kind in ("benign", "normal", "treated"):
        return "fracture" if following.kind != "normal" and fractures else "benign"
    if following.kind in ("age", "cause", "osteoporosis", "change"):
        if called_before:
            return "age" if following.kind == "age" else "cause"
        if fractures and (article or "adverb" not in values or following.kind == "change"):
            return "fracture"
        return {"age": "age", "cause": "cause", "osteoporosis": "cause"}.get(following.kind, "fracture")
    if called_before and "before" in values:
        return "cause"
    return "fracture"
