"""Sentences that are read as a whole: questions, rows of measurements, denials with an exception.

Neighbours: `vertebrae` asks these before and after it reads the clauses of a sentence.
"""

from collections.abc import Sequence
from itertools import pairwise

from service.prose.days import days_in
from service.prose.document import Sentence
from service.prose.items import Item

ASKING = frozenset({"any", "is", "are", "does", "do", "has", "have", "why", "what", "which"})
DENSITY = frozenset({"density", "bmd", "densitometry", "densities"})


def asks(sentence: Sentence) -> bool:
    """Whether it is a question of the one who ordered: "any vertebral fracture?"."""
    first, last = sentence.tokens[0].text, sentence.tokens[-1].text
    return last == "?" and first in ASKING


def excepted(sentence: Sentence, items: Sequence[Item]) -> bool:
    """Whether a sentence denies a fracture and excepts a level from it."""
    words = {token.text for token in sentence.tokens}
    excepts = any(item.kind == "exception" for item in items) or {"other", "than"} <= words
    kinds = {kind for item in items for kind in (item.kind, *(other for other, _ in item.also))}
    return excepts and {"fracture", "level", "negation"} <= kinds


def software_row(sentence: Sentence) -> bool:
    """Whether it is a row of the scanner's measurements: a level and at least three numbers."""
    numbers = [token for token in sentence.tokens if token.kind == "number"]
    return sentence.table and sentence.tokens[0].kind == "level" and len(numbers) >= 3


def says_not_what(sentence: Sentence) -> bool:
    """Whether it is "Normal." or "Negative." and nothing more, behind no heading that names the study."""
    words = {token.text for token in sentence.tokens if token.kind != "punct"}
    heading = sentence.opens and sentence.section == "body"
    return words in ({"normal"}, {"negative"}) and not heading


def dated_by_itself(sentence: Sentence, items: Sequence[Item]) -> bool:
    """Whether it says when a fracture was, and compares it with nothing: "in 1998"."""
    if any(item.kind in ("change", "history-mark") for item in items) or any(
        token.text == "now" for token in sentence.tokens
    ):
        return False
    return any(word.text == "in" and bool(days_in((day,))) for word, day in pairwise(sentence.tokens))


def of_density(sentence: Sentence) -> bool:
    """Whether it speaks of density, not of the image."""
    return bool({token.text for token in sentence.tokens} & DENSITY)
