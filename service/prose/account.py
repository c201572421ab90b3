"""The account: every sentence of the reading that speaks of spine or fracture is understood, or named here.

A word that neither the vocabulary nor the list of plain words knows, in a sentence that calls or denies a
fracture, is enough: such a sentence is shown to a coder.
"""

from collections.abc import Iterator, Sequence

from service.prose.document import Sentence
from service.prose.items import Item, items_of
from service.prose.levels import LevelGroup, level_groups
from service.prose.reading import NotUnderstood, Span
from service.prose.session import SessionSaid
from service.prose.statements import Statements
from service.prose.tokens import Token
from service.prose.vertebrae import Context
from service.prose.vocabulary import Vocabulary
from service.prose.whose import of_a_relative

HEADS = ("fracture", "deformity", "treated")
READING = frozenset({"body", "impression", "density"})
AGES = frozenset({"age", "acuity", "chronicity"})
SPINE = frozenset({"vertebra", "vertebrae", "vertebral", "spine", "spinal", "fracture", "fractures"})


def not_understood(
    told: Sequence[Sentence], context: Context, session: SessionSaid, said: Statements
) -> Iterator[NotUnderstood]:
    """Every sentence that was not understood, and why."""
    for sentence in told:
        why = _trouble(sentence, context, session, said)
        if why:
            yield NotUnderstood(span=Span(sentence.start, sentence.end), why=why)


def _trouble(sentence: Sentence, context: Context, session: SessionSaid, said: Statements) -> str:
    vocabulary = context.vocabulary
    reading = sentence.section in READING
    hole = any(token.kind == "hole" for token in sentence.tokens)
    if not reading and not hole:
        return ""
    items = context.items.get(sentence.start) or items_of(sentence.tokens, vocabulary.views["finding"])
    heads = [item for item in items if item.kind in HEADS]
    spoke = sentence.start in said.said_something
    if hole and (heads or reading):
        return "the template is not filled in"
    if not reading:
        return ""
    fractures = [item for item in heads if item.kind == "fracture"]
    if of_a_relative(sentence, vocabulary):
        return ""
    if fractures and not spoke:
        return "speaks of a fracture, and what it says was not understood"
    words = {token.text for token in sentence.tokens}
    if words & AGES and not any(item.kind == "age" for item in items) and not _numbered(sentence):
        return "speaks of an age, and what it says was not understood"
    levels = level_groups(sentence.tokens)
    accounted = spoke or sentence.start in session.spoke
    if levels and not accounted and not sentence.table:
        return "speaks of a level, and what it says was not understood"
    unspoken = bool(fractures) and _unspoken(sentence, levels, said)
    return _unread(sentence, heads, levels, unspoken, vocabulary)


def _unread(
    sentence: Sentence,
    heads: Sequence[Item],
    levels: Sequence[LevelGroup],
    unspoken: bool,
    vocabulary: Vocabulary,
) -> str:
    """What of a sentence that was understood as a whole was not: a level, or a word."""
    if unspoken:
        return "names a level of which nothing was understood"
    spinal = bool({token.text for token in sentence.tokens} & SPINE) and sentence.section == "impression"
    if heads or spinal or len(levels) > 1:
        unknown = unknown_words(sentence.tokens, vocabulary)
        if unknown:
            return f"words that are not known: {', '.join(unknown)}"
    return ""


def _unspoken(sentence: Sentence, levels: Sequence[LevelGroup], said: Statements) -> bool:
    """Whether a sentence about a fracture names a level that no statement of the report is about."""
    if sentence.table:
        return False
    told = (
        *(one.levels for one in said.mentions),
        *(one.levels for one in said.normals),
        *(one.levels for one in said.denials),
        *(levels for levels, _ in said.history),
        *said.not_evaluable,
    )
    known = {level for each in told for level in each}
    named = (group.levels for group in levels if group.joined != "range")
    return any(level not in known for each in named for level in each)


def _numbered(sentence: Sentence) -> bool:
    """Whether a number stands in the sentence: then "age" may be the patient's."""
    return any(token.kind == "number" for token in sentence.tokens)


def unknown_words(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[str]:
    """Words that neither the vocabulary nor the list of plain words knows."""
    return list(
        dict.fromkeys(
            token.text
            for token in tokens
            if token.text.isalpha() and token.kind == "word" and len(token.text) > 1
            if token.text not in vocabulary.known
        )
    )
