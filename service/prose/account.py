"""The account: every sentence of the reading that speaks of spine or fracture is understood, or named here.

A word that neither the vocabulary nor the list of plain words knows, in a sentence that calls or denies a
fracture, is enough: such a sentence is shown to a coder.
"""

from collections.abc import Iterator, Sequence

from service.prose.clauses import IMAGED
from service.prose.document import Sentence
from service.prose.items import compared, items_of
from service.prose.levels import LevelGroup
from service.prose.looked_up import levels_in
from service.prose.reading import NotUnderstood, Span
from service.prose.sentence_kinds import asks
from service.prose.session_said import SessionSaid
from service.prose.statements import Statements
from service.prose.tokens import Token
from service.prose.vertebrae import Context
from service.prose.vocabulary import Vocabulary
from service.prose.whose import of_a_relative

HEADS = ("fracture", "deformity", "treated")
READING = frozenset({"body", "impression", "density"})
IN_A_NOTE = "a note that speaks of a fracture and a level"
AGES = frozenset({"age", "acuity", "chronicity"})
SPINE = frozenset({"vertebra", "vertebrae", "vertebral", "spine", "spinal", "fracture", "fractures"})


def not_understood(
    told: Sequence[Sentence], context: Context, session: SessionSaid, said: Statements
) -> Iterator[NotUnderstood]:
    """Every sentence that was not understood, and why."""
    for sentence in told:
        note = sentence.section == "note"
        why = IN_A_NOTE if note else _trouble(sentence, context, session, said)
        if why:
            yield NotUnderstood(span=Span(sentence.start, sentence.end), why=why)


def _trouble(sentence: Sentence, context: Context, session: SessionSaid, said: Statements) -> str:
    vocabulary = context.vocabulary
    reading = sentence.section in READING
    hole = any(token.kind == "hole" for token in sentence.tokens)
    if (not reading and not hole) or asks(sentence):
        return ""
    items = context.items.get(sentence.start) or items_of(sentence, vocabulary)
    heads = [item for item in items if item.kind in HEADS]
    spoke = sentence.start in said.said_something
    if hole and (heads or reading):
        return "the template is not filled in"
    if not reading:
        return ""
    fractures = [item for item in heads if item.kind == "fracture"]
    if of_a_relative(sentence, vocabulary):
        return "speaks of a relative, and of a level" if levels_in(sentence) else ""
    if fractures and not spoke:
        return "speaks of a fracture, and what it says was not understood"
    inside = {at for item in items for at in range(item.first, item.last + 1)}
    words = {token.text for at, token in enumerate(sentence.tokens) if at not in inside}
    if words & AGES and not any(item.kind == "age" for item in items) and not _numbered(sentence):
        return "speaks of an age, and what it says was not understood"
    levels = levels_in(sentence)
    why = _unaccounted(sentence, levels, bool(fractures), session, said)
    if why:
        return why
    spinal = bool({token.text for token in sentence.tokens} & SPINE) and sentence.section == "impression"
    if heads or spinal or len(levels) > 1:
        unknown = unknown_words(sentence.tokens, vocabulary)
        if unknown:
            return f"words that are not known: {', '.join(unknown)}"
    return ""


def _unaccounted(
    sentence: Sentence,
    levels: Sequence[LevelGroup],
    calls: bool,
    session: SessionSaid,
    said: Statements,
) -> str:
    """A level the sentence names and says nothing of that was understood."""
    spoke = sentence.start in said.said_something
    left = {
        level
        for group in levels
        if len(group.levels) < IMAGED and not compared(sentence.tokens, group)
        for level in group.levels
    }
    left -= said.named.get(sentence.start, set())
    if calls and spoke and left:
        return f"names {', '.join(sorted(left))}, and what it says of it was not understood"
    accounted = spoke or sentence.start in session.spoke
    if levels and not accounted and not sentence.table:
        return "speaks of a level, and what it says was not understood"
    return ""


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
