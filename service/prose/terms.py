"""Phrases of the vocabulary in a sentence: at each word the longest one, with everything it may mean."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.prose.tokens import Token
from service.prose.vocabulary import Node, Term


class Found(NamedTuple):
    """A phrase found: what it means and its tokens [first, last]."""

    terms: tuple[Term, ...]
    first: int
    last: int

    def is_a(self, *kinds: str) -> bool:
        """Whether one of its meanings is of a kind."""
        for term in self.terms:  # noqa: SIM110 - any() costs twice as much, some hundred times a report
            if term.kind in kinds:
                return True
        return False

    def value(self, kind: str) -> str | None:
        """Its value of a kind; None if it has no such meaning."""
        for term in self.terms:
            if term.kind == kind:
                return term.value
        return None


def longest(tokens: Sequence[Token], at: int, tree: Node) -> tuple[int, tuple[Term, ...]] | None:
    """The longest phrase that starts at a token: the token after it, and its meanings."""
    node, best = tree, None
    for step in range(at, len(tokens)):
        following = node.next.get(tokens[step].text)
        if following is None:
            break
        node = following
        if node.terms:
            best = step + 1, node.terms
    return best


def phrases(tokens: Sequence[Token], tree: Node) -> Iterator[Found]:
    """Every phrase of a view in a sentence, from left to right, none inside another."""
    begin, free = tree.next, 0
    for at, token in enumerate(tokens):
        if at >= free and token.text in begin and (found := longest(tokens, at, tree)):
            yield Found(found[1], at, found[0] - 1)
            free = found[0]
