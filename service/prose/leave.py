"""Where an indication ends without a heading: at the first sentence that tells of the session itself.

"Hx: osteoporosis. T4-L4 seen. T8 wedge fracture." has no heading for its reading. Neighbours: `document`
sets sections by headings, `read` calls this before anything is read.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.prose.density import DENSITY_VALUE
from service.prose.document import Sentence
from service.prose.looked_up import levels_in, phrases_in
from service.prose.vocabulary import Vocabulary

CALLS = frozenset({"fracture", "fractures", "prior", "previous", "outside", "history"})
NO_READING = frozenset({"indication", "note", "signature"})


def leave_indication(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> list[Sentence]:
    """The sentences, with those behind the end of an indication moved to the body."""
    out: list[Sentence] = []
    leaving = False
    for at, sentence in enumerate(sentences):
        before = sentences[at - 1] if at else None
        if sentence.section != "indication":
            leaving = False
        elif before is not None and before.section == "indication" and not leaving:
            headed_later = any(later.section not in NO_READING for later in sentences[at:])
            free = sentence.apart or sentence.begins_line or not headed_later
            leaving = free and _of_session(sentence, vocabulary)
        out.append(replace(sentence, section="body") if leaving else sentence)
    return out


def _of_session(sentence: Sentence, vocabulary: Vocabulary) -> bool:
    """Whether a sentence tells what was imaged or measured in this session."""
    words = {token.text for token in sentence.tokens}
    if words & CALLS and not any(token.text == ":" for token in sentence.tokens):
        return False
    found = phrases_in(sentence, "session", vocabulary)
    if sentence.table and sentence.tokens[0].kind == "level":
        return True
    if any(each.is_a("elsewhere") for each in found):
        return False
    if any(DENSITY_VALUE.fullmatch(token.text) for token in sentence.tokens):
        return True
    ranged = any(group.joined == "range" for group in levels_in(sentence))
    if ranged and any(each.is_a("seen", "vfa", "tscore") for each in found):
        return True
    ended = any(each.is_a("done", "not-done") for each in found)
    scored = any(each.is_a("tscore") for each in found) and any(each.is_a("site") for each in found)
    headed = sentence.table and any(each.is_a("tscore") for each in found)
    if (
        sentence.begins_line
        and (scored or headed)
        and not any(token.kind == "date" for token in sentence.tokens)
    ):
        return True
    return ended and any(each.is_a("density") for each in found)
