"""What a sentence holds, looked up once: many readers ask it for its levels and its phrases."""

from collections.abc import Sequence

from service.prose.document import Sentence
from service.prose.levels import LevelGroup, level_groups
from service.prose.terms import Found, phrases
from service.prose.vocabulary import Vocabulary

LEVELS = "levels"


def levels_in(sentence: Sentence) -> Sequence[LevelGroup]:
    """Every group of levels in the sentence, from left to right."""
    known: dict[str, Sequence[LevelGroup]] = sentence.looked_up
    if LEVELS not in known:
        known[LEVELS] = tuple(level_groups(sentence.tokens))
    return known[LEVELS]


def phrases_in(sentence: Sentence, view: str, vocabulary: Vocabulary) -> Sequence[Found]:
    """Every phrase of a view in the sentence, from left to right."""
    known: dict[str, Sequence[Found]] = sentence.looked_up
    if view not in known:
        known[view] = tuple(phrases(sentence.tokens, vocabulary.views[view]))
    return known[view]
