"""Whose sentence it is: of this patient, of a relative, or generic text that says nothing of anybody.

Grading keys, WHO categories and disclaimers carry the same words as a finding; they are told by their
phrases and, where a phrase opens such a passage, by the paragraph they stand in.
"""

from collections.abc import Sequence

from service.prose.document import Sentence
from service.prose.looked_up import levels_in, phrases_in
from service.prose.vocabulary import Vocabulary

OUTSIDE = frozenset({"above", "below"})


def generic(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> set[int]:
    """Start of every sentence that says nothing of this patient."""
    out: set[int] = set()
    passage = -1
    for sentence in sentences:
        found = phrases_in(sentence, "patient", vocabulary)
        named = any(
            group.first == 0 or sentence.tokens[group.first - 1].text not in OUTSIDE
            for group in levels_in(sentence)
        )
        if sentence.section == "note" and not (named and any(each.is_a("fracture") for each in found)):
            out.add(sentence.start)
            continue
        marks = [each for each in found if each.is_a("boilerplate")]
        relative = any(each.is_a("family") for each in found) and sentence.section != "indication"
        if named:
            continue
        if any(each.value("boilerplate") == "passage" for each in marks):
            passage = sentence.paragraph
        if marks or (passage == sentence.paragraph and sentence.section != "impression"):
            out.add(sentence.start)
        elif relative and any(each.is_a("fracture", "prior-site") for each in found):
            continue
    return out


def of_a_relative(sentence: Sentence, vocabulary: Vocabulary) -> bool:
    """Whether a sentence speaks of a relative."""
    return any(each.is_a("family") for each in phrases_in(sentence, "patient", vocabulary))
