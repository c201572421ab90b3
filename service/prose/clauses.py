"""Clauses of a sentence: which items belong together, and what carries over from one clause to the next.

A clause has at most one group of levels. "Gr II wedge fx T12, Gr I L1, both old" is three clauses: the
second borrows the head of the first, the third speaks of both. Neighbours: `items`, `vertebrae`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.prose.items import Item
from service.prose.tokens import Token

IMAGED = 7
"""A range of so many vertebrae is what was imaged, not what is fractured."""
HEADS = ("fracture", "deformity", "treated", "benign")
ATTRIBUTES = ("shape", "grade", "genant", "percent", "age", "cause", "change")
PREDICATES = ("normal", "not-evaluable", "partly-seen")
STRONG = frozenset({";"})
VERBS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "shows",
        "does",
        "do",
        "did",
        "reflects",
        "represents",
        "remains",
        "appears",
    ]
)


@dataclass(slots=True, kw_only=True)
class Clause:
    """Items said of one group of levels, and how the clause is joined to the one before."""

    items: list[Item] = field(default_factory=list)
    joined: str = ""
    """The joint before it: empty, a comma, `and`, `but`, `except`, ..."""
    first: int = 0
    last: int = 0

    def each(self, *kinds: str) -> list[Item]:
        """Its items of some kinds."""
        return [item for item in self.items if item.kind in kinds]

    def has(self, *kinds: str) -> bool:
        """Whether it has an item of one of the kinds."""
        return any(item.kind in kinds for item in self.items)

    @property
    def level(self) -> Item | None:
        """Its group of levels; the range that was imaged only where it has no other."""
        groups = self.each("level")
        return next((item for item in groups if len(item.levels) < IMAGED), groups[0] if groups else None)

    @property
    def ambiguous(self) -> bool:
        """Whether two groups of levels stand in it without a joint, or a whole image is its group."""
        groups = {item.levels for item in self.each("level")}
        smaller = [group for group in groups if len(group) < IMAGED]
        return len(smaller) > 1 or (bool(groups) and not smaller)

    @property
    def has_head(self) -> bool:
        """Whether it has a head that can open a clause; "loss of height" alone only adds to one."""
        return any(
            item.kind in HEADS and item.value not in ("height-loss", "concavity") for item in self.items
        )

    @property
    def denies(self) -> bool:
        """Whether a negation stands in it."""
        return self.has("negation")


def clauses_of(tokens: Sequence[Token], items: Sequence[Item]) -> list[Clause]:
    """The clauses of a sentence, in order."""
    clauses: list[Clause] = []
    for segment in _segments(tokens, items):
        if clauses and not _owed(clauses, segment) and _continues(clauses[-1], segment, tokens):
            clauses[-1].items += segment.items
            clauses[-1].last = max(clauses[-1].last, segment.last)
        else:
            clauses.append(segment)
    return _leading_words_forward(clauses)


def _segments(tokens: Sequence[Token], items: Sequence[Item]) -> list[Clause]:
    segments, depth = [Clause(first=0, last=-1)], 0
    levels = {item.first for item in items if item.kind == "level"}
    for item in items:
        if item.kind == "joint" and item.value in "()" and not _holds_level(tokens, item, levels):
            depth = max(0, depth + (1 if item.value == "(" else -1))
        elif item.kind in ("contrast", "exception") or (item.kind == "joint" and not depth):
            joint = {"contrast": "but", "exception": "except"}.get(item.kind, item.value)
            if segments[-1].items:
                segments.append(Clause(joined=joint, first=item.last + 1, last=item.last))
            else:
                segments[-1].joined = _stronger(segments[-1].joined, joint)
        elif item.kind != "joint" or tokens[item.first].kind == "hole":
            segments[-1].items.append(item)
            segments[-1].last = item.last
    return [segment for segment in segments if segment.items]


def _holds_level(tokens: Sequence[Token], bracket: Item, levels: set[int]) -> bool:
    """Whether a pair of brackets holds a level: then it is a clause of its own."""
    step, at = (1, bracket.first) if bracket.value == "(" else (-1, bracket.first)
    while 0 <= at + step < len(tokens) and tokens[at + step].text not in "()":
        at += step
        if at in levels:
            return True
    return False


def _stronger(one: str, other: str) -> str:
    order = ("except", "but", ";", "and", "with", ",", ":", "")
    return min((one, other), key=lambda joint: order.index(joint) if joint in order else 5)


def _owed(clauses: Sequence[Clause], segment: Clause) -> bool:
    """Whether the last clause belongs to a level before it: "T8 with progressive collapse, T9 new"."""
    last, before = clauses[-1], clauses[-2] if len(clauses) > 1 else None
    with_it = last.joined in ("with", "w") and last.level is None
    return with_it and before is not None and before.level is not None and segment.level is not None


def _continues(clause: Clause, segment: Clause, tokens: Sequence[Token]) -> bool:
    """Whether a segment says more of the clause before it, instead of opening a new one."""
    if segment.joined in ("but", "except") or segment.joined in STRONG:
        return False
    if segment.joined == ":" and clause.level and segment.level is None:
        return True
    head, clause_head = segment.has_head, clause.has(*HEADS)
    if segment.level and (clause.level or clause.items[0].means("quantity")):
        return False
    if segment.level:
        complete = clause_head and (clause.denies or clause.has("benign", "treated"))
        says_more = head or segment.has(*PREDICATES, *ATTRIBUTES, "negation")
        said = clause.has(*PREDICATES) or segment.has(*PREDICATES, *HEADS)
        return not (complete and says_more) and not (clause_head and said)
    if head and clause_head:
        own = segment.denies or segment.has("hedge", "level", *ATTRIBUTES) or segment.joined == ";"
        starts = tokens[segment.first].text if segment.first < len(tokens) else ""
        return not own or starts in ("or", "nor")
    if segment.has("normal") and clause.denies and clause_head:
        return False
    return not (segment.items[0].means("quantity") and len(segment.items) > 1)


def _leading_words_forward(clauses: list[Clause]) -> list[Clause]:
    """A clause of nothing but attributes or a negation belongs to the one it leads to."""
    out: list[Clause] = []
    for clause in clauses:
        before = out[-1] if out else None
        bare = before is not None and not before.has("level", *HEADS, *PREDICATES, "anaphor", "quantity")
        if before is not None and bare and clause.joined in ("", ",", "and", ":", "-", "–", "with", "w"):
            before.items += clause.items
            before.last = clause.last
        else:
            out.append(clause)
    return out
