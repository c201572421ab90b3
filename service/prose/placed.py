"""Every other sentence: it said something, or is of a kind that decides nothing, or a person looks at it.

`account` answers for the sentences that speak of spine or fracture; this answers for the rest of the report,
so that no sentence is passed over in silence. The harmless kinds are rows (`words_harmless.yaml`).
"""

from collections.abc import Iterator, Sequence

from service.prose.account import unknown_words
from service.prose.document import Sentence
from service.prose.looked_up import phrases_in
from service.prose.reading import NotUnderstood, Span
from service.prose.sentence_kinds import asks
from service.prose.terms import Found
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

NO_KIND, NO_WORD = "sentence-of-no-kind", "word-not-known"
"""Signs of `report-review`."""
FREE = frozenset({"indication", "signature", "title", "comparison", "note"})
"""Sections that name persons, places and drugs, whose words need not all be known."""
CALLS = frozenset({"fracture", "fractures", "fractured", "deformity", "compression"})
NAMING = frozenset(
    {"dr", "mr", "mrs", "ms", "by", "nurse", "np", "pa", "rn", "doctor", "physician", "colleague"}
)
DEGREES = frozenset({"md", "rn", "phd", "rt", "ccd", "facr", "mbbs", "cdt", "cbdt", "aprn", "fnp"})
MENTIONS = ("symptom", "osteoporosis", "steroids", "prior-site", "family", "screening", "origin", "risk-text")
SAYS = ("harmless", "boilerplate", "recommend", "comparison-none", "vfa-absent")


def unplaced(
    sentences: Sequence[Sentence], nobody: set[int], spoke: set[int], vocabulary: Vocabulary
) -> Iterator[NotUnderstood]:
    """Every sentence of no known kind, and every word that is not known in one that said something."""
    for at, sentence in enumerate(sentences):
        sign, words = _trouble(sentence, nobody, spoke, vocabulary)
        if sign and not (at and _begins_a_name(sentences[at - 1])):
            why = vocabulary.reviews.get(sign, sign)
            yield NotUnderstood(
                span=Span(sentence.start, sentence.end), why=f"{why}: {', '.join(words)}" if words else why
            )


def _trouble(
    sentence: Sentence, nobody: set[int], spoke: set[int], vocabulary: Vocabulary
) -> tuple[str, list[str]]:
    generic = sentence.start in nobody
    if (generic and sentence.section != "note") or sentence.section == "signature" or asks(sentence):
        return "", []
    found = phrases_in(sentence, "kind", vocabulary)
    if any(each.value("odd") == "report" for each in found):
        return NO_KIND, []
    if sentence.start not in spoke and not _harmless(sentence, found):
        return NO_KIND, []
    if sentence.section in FREE or generic:
        return "", []
    known = vocabulary.everyday | _names(sentence)
    unknown = [word for word in unknown_words(sentence.tokens, vocabulary) if word not in known]
    return (NO_WORD, unknown) if unknown else ("", [])


def _harmless(sentence: Sentence, found: Sequence[Found]) -> bool:
    """Whether a sentence that gave no fact is of a kind that decides nothing."""
    if any(each.is_a("odd", "turned") for each in found) and sentence.section not in ("indication", "title"):
        return False
    words = {token.text for token in sentence.tokens}
    if any(each.is_a(*SAYS, *MENTIONS) for each in found) or (
        sentence.section == "indication" and words & CALLS
    ):
        return True
    covered = {at for each in found for at in range(each.first, each.last + 1)}
    return all(at in covered or not token.text.isalpha() for at, token in enumerate(sentence.tokens))


def _begins_a_name(sentence: Sentence) -> bool:
    """Whether a sentence ended at an initial: "Dr. A." before the name."""
    words = [token.text for token in sentence.tokens if token.kind == "word"]
    return len(words) > 1 and len(words[-1]) == 1 and words[-2] in NAMING


def _names(sentence: Sentence) -> set[str]:
    """Words that name a person: behind a title, or before a degree."""
    tokens: Sequence[Token] = [token for token in sentence.tokens if token.kind != "punct"]
    names: set[str] = set()
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        after = {each.text for each in tokens[at + 1 : at + 3]}
        if before in NAMING or before in names or after & DEGREES:
            names.add(token.text)
    return names
