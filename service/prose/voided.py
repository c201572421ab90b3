"""Words that say of the whole report that it is none of this patient's, or none to go by.

They count wherever they stand, in a heading, an indication or a disclaimer as much as in the reading.
Letters of another script count with them: they look like words that are known and are none.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from service.prose.document import Sentence
from service.prose.looked_up import levels_in, phrases_in
from service.prose.reading import NotUnderstood, Span
from service.prose.terms import Found
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

VOIDED = "the report may be no reading of this patient, or none to go by"
SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH")
SYMBOLS = frozenset("µμαβκσ")
"""Greek letters that units and names of proteins are written with."""
OTHER_SCRIPT = "letters of another script"


def voided(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> Iterator[NotUnderstood]:
    """Every sentence after which nothing of the report may be concluded, and why."""
    added = any(sentence.part == "addendum" for sentence in sentences)
    for sentence in sentences:
        where = Span(sentence.start, sentence.end)
        if any(_voids(each, sentence, added) for each in phrases_in(sentence, "report", vocabulary)):
            yield NotUnderstood(span=where, why=VOIDED)
        elif sentence.section != "signature" and any(map(_of_another_script, sentence.tokens)):
            yield NotUnderstood(span=where, why=OTHER_SCRIPT)


def _voids(found: Found, sentence: Sentence, added: bool) -> bool:
    """Whether words void the report; an image of named levels and an addendum in the text do not."""
    value = found.value("voids")
    if value == "image":
        return not levels_in(sentence)
    return not (value == "addendum" and added)


def _of_another_script(token: Token) -> bool:
    if token.kind != "punct" or not token.text.isalpha() or token.text in SYMBOLS:
        return False
    return unicodedata.name(token.text[0], "").startswith(SCRIPTS)
