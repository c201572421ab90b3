"""Sentences that are read as a whole: questions, rows of measurements, denials with an exception.

Neighbours: `vertebrae` asks these before and after it reads the clauses of a sentence.
"""

from collections.abc import Sequence

from service.prose.document import Sentence
from service.prose.items import Item

ASKING = frozenset({"any", "is", "are", "does", "do", "has", "have", "why", "what", "which"})


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
