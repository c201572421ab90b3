"""The rows of `mappings/reading/` made ready for reading: phrases by their words, headings, known spellings.

A phrase may hold alternatives, `fracture(|s)`; every reading of it is kept under the id of its row.
Neighbours: `terms` finds phrases in a sentence, `tokens` corrects a slip of the pen towards a known word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from service.core.rulebook import Precedence, ReviewReason, Row, Rulebook, RuleSet, TermMeaning

ALTERNATIVES = re.compile(r"\(([^()]*)\)")
PHRASE_PART = re.compile(r"\w+(?:/\w+)?|%|[^\s\w-]")
PLAIN, STANDS_FOR = "plain", "stands-for"
EVERYDAY = "everyday"
NEVER_CORRECTED_TO = frozenset({PLAIN, EVERYDAY, "harmless", "glue", "turned"})
SHORTEST_CORRECTED, LONG_WORD = 6, 9
"""Words shorter than six letters are never corrected; from nine letters on two slips are allowed."""

VIEWS: Mapping[str, frozenset[str]] = {
    "finding": frozenset(
        (
            *(
                "fracture",
                "deformity",
                "shape",
                "grade",
                "age",
                "cause",
                "change",
                "treated",
                "benign",
                "feature",
            ),
            *("negation", "hedge", "other-levels", "contrast", "exception", "anaphor", "quantity", "normal"),
            *("not-evaluable", "partly-seen", "history-mark", "family", "name-of-exam", "risk-text"),
            *("osteoporosis", "origin", "boilerplate", "prior-site", "advise", "odd", "other-bone"),
        )
    ),
    "session": frozenset(
        (
            *(
                "vfa",
                "density",
                "site",
                "tscore",
                "zscore",
                "done",
                "not-done",
                "elsewhere",
                "stopped",
                "partial",
            ),
            *("nothing-read", "vfa-absent", "seen", "comparison", "comparison-none", "recommend", "advise"),
            *("boilerplate", "report", "not-evaluable"),
        )
    ),
    "report": frozenset(("voids",)),
    "kind": frozenset(
        (
            *(
                "harmless",
                "glue",
                "turned",
                "odd",
                "boilerplate",
                "recommend",
                "comparison-none",
                "vfa-absent",
                "family",
            ),
            *("symptom", "osteoporosis", "steroids", "prior-site", "screening", "origin", "risk-text"),
        )
    ),
    "patient": frozenset(
        (
            *("osteoporosis", "origin", "not-about", "symptom", "steroids", "inhaled", "prior-site"),
            *("risk-text", "name-of-exam", "screening", "denies", "family", "history-mark", "boilerplate"),
            *("fracture", "negation", "put-down-to", "origin-disease"),
        )
    ),
}
"""What is looked for together: the longest phrase of a view wins over shorter ones inside it."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a phrase means, and the row that says so."""

    kind: str
    value: str
    row: str


@dataclass(slots=True)
class Node:
    """A word of a phrase: the words that may follow, and what the phrase means if it ends here."""

    next: dict[str, "Node"] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Everything a reading needs to know of words."""

    views: Mapping[str, Node]
    sections: Node
    known: frozenset[str]
    everyday: frozenset[str]
    """Words that are known where a sentence speaks of no vertebra."""
    short: Mapping[str, str]
    """Abbreviation -> the word it stands for; phrases are kept with the whole words."""
    slips: Mapping[str, tuple[tuple[str, int], ...]]
    """Words that a slip of the pen is corrected to, by their first letter, each with its `letters_of`."""
    reviews: Mapping[str, str]
    """Sign that a coder should look -> the sentence for the coder."""
    precedences: Mapping[str, Row[Precedence]]
    """How two statements differ -> which of them stands."""


def make_vocabulary(rulebook: Rulebook) -> Vocabulary:
    """The vocabulary of a rulebook."""
    return vocabulary_of(
        rulebook.report_terms, rulebook.report_sections, rulebook.report_reviews, rulebook.report_precedences
    )


def vocabulary_of(
    terms: RuleSet[TermMeaning],
    sections: RuleSet[Any],
    reviews: RuleSet[ReviewReason],
    precedences: RuleSet[Precedence],
) -> Vocabulary:
    """The vocabulary of the four rule sets of report reading."""
    short = {
        abbreviation: row.then.value
        for row in terms.rows
        if row.then.kind == STANDS_FOR
        for abbreviation in row.when.get("words", frozenset())
    }
    phrases = [
        (tuple(short.get(word, word) for word in phrase), Term(row.then.kind, row.then.value, row.id))
        for row in terms.rows
        for words in row.when.get("words", frozenset())
        if row.then.kind != STANDS_FOR
        for phrase in spelled_out(words)
    ]
    headings = [
        (tuple(short.get(word, word) for word in phrase), Term("section", row.then.section, row.id))
        for row in sections.rows
        for words in row.when.get("words", frozenset())
        for phrase in spelled_out(words)
    ]
    known = frozenset(
        word
        for phrase, term in (*phrases, *headings)
        if term.kind not in (EVERYDAY, "turned")
        for word in phrase
        if word.isalpha() and len(word) > 1
    )
    corrected_to = frozenset(
        word
        for phrase, term in phrases
        if term.kind not in NEVER_CORRECTED_TO
        for word in phrase
        if word.isalpha()
    )
    return Vocabulary(
        views={name: _tree(phrases, kinds) for name, kinds in VIEWS.items()},
        sections=_tree(headings, frozenset({"section"})),
        known=known,
        everyday=frozenset(word for phrase, term in phrases if term.kind == EVERYDAY for word in phrase),
        short=short,
        slips=_by_first_letter(corrected_to),
        reviews={sign: row.then.says for row in reviews.rows for sign in row.when.get("sign", frozenset())},
        precedences={kind: row for row in precedences.rows for kind in row.when["differ"]},
    )


def spelled_out(phrase: str) -> Iterator[tuple[str, ...]]:
    """Every reading of a phrase with alternatives, as words.

    >>> sorted(spelled_out("no (|new )fracture(|s)"))[0]
    ('no', 'fracture')
    """
    parts = ALTERNATIVES.split(phrase)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    for chosen in product(*choices):
        yield tuple(PHRASE_PART.findall("".join(chosen).lower()))


def _tree(phrases: Iterable[tuple[tuple[str, ...], Term]], kinds: frozenset[str]) -> Node:
    root = Node()
    for words, term in phrases:
        if term.kind not in kinds:
            continue
        node = root
        for word in words:
            following = node.next.get(word)
            if following is None:
                following = node.next[word] = Node()
            node = following
        if term not in node.terms:
            node.terms = (*node.terms, term)
    return root


def _by_first_letter(words: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for word in sorted(words):
        if len(word) >= SHORTEST_CORRECTED:
            found.setdefault(word[0], []).append((word, letters_of(word)))
    return {letter: tuple(near) for letter, near in found.items()}


def letters_of(word: str) -> int:
    """The letters of a word as bits of a number: one edit takes one away and adds one at most."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits
