"""A text cut into tokens: words in small letters, numbers, dates, levels, boxes, each with its span.

Slips of the pen are corrected towards words of the vocabulary, never towards a level or a number; a word
broken at the end of a line is joined. Spans are always those of the text as it came.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.prose.vocabulary import LONG_WORD, SHORTEST_CORRECTED, Vocabulary, letters_of

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
DATE = (
    r"\d{4}-\d{2}(?:-\d{2})?(?!\d)|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?!\d)|\d{1,2}/\d{4}(?!\d)"
    rf"|\b{MONTH}\.?\s+(?:\d{{1,2}},?\s+)?(?:19|20)\d{{2}}\b|\b\d{{1,2}}\s+{MONTH}\.?\s+(?:19|20)\d{{2}}\b"
)
VERTEBRA = r"(?:[tld]|th)-?\s?(?:1[0-3]|[1-9])|[sc]-?[1-7]|t[il][0-2]|l[il]"
LEVEL = rf"(?<![a-z0-9.])(?:{VERTEBRA})(?![a-z0-9%]|\.\d|-score)"
HOLE = (
    r"\[(?!\s*[tl]-?\d)(?!\s*(?:none|normal|n/a|yes|no)\s*\])[^\]\n]{1,80}\]|<[a-z][^>\n]{0,40}>|\{[^}\n]{1,60}\}|_{3,}"
    r"|(?<=:\ )\*\*\*(?!\ \w)|(?<=\ of\ )\*\*\*|(?<=\ at\ )\*\*\*"
)
"""A place of a template that nobody filled in."""
WORD = (
    r"\b(?:w/out|w/o|r/o|c/w|s/p|h/o|n/a|n/e|n/v|y/o|a/p|o/p)(?!\w)"
    r"|[a-z]+(?:['’`][a-z]+)?(?:-\s*\r?\n\s*[a-z]+|(?<=[a-z]{3})[0-9][a-z]*)?"
)
TOKEN = re.compile(
    rf"""
    (?P<box>\[\s?[x✓✔]?\s?\](?!\w)|[☐☑☒])
    |(?P<hole>{HOLE})
    |(?P<date>{DATE})
    |(?P<level>{LEVEL})
    |(?P<word>{WORD})
    |(?P<number>(?:[<>~≥≤±]\s?)?[+\-−–]?\d+(?:[.,]\d+)?(?:\s?[-–]\s?\d+(?=\s?(?:%|percent)))?)
    |(?P<gap>\r?\n(?:[ \t]*\r?\n)*)
    |(?P<punct>[^\s])
    """,
    re.IGNORECASE | re.VERBOSE,
)
INNER_HYPHEN = re.compile(r"(?<=[A-Za-z])[-–](?=[A-Za-z])|(?<=[0-9%])[-–](?=[A-Za-z]{2})")
OCR = str.maketrans("105", "los")
BRITISH = re.compile(
    r"(?<=[a-z]{3})is(?=(?:e|ed|es|ing|ation)$)|(?<=tum|fav|col)our|^oe(?=dema|stro)|(?<=^h)ae(?=m)"
)
AMERICAN = {"is": "iz", "our": "or", "oe": "e", "ae": "e"}
NOT = re.compile(r"(?:n['’`]t)$")
SPLIT_WORDS = {"can't": ("cannot",), "won't": ("will", "not"), "w/": ("with",)}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: what kind it is, how it reads, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str, vocabulary: Vocabulary) -> list[Token]:
    """Every token of the text, in order; `gap` tokens are line ends (text `line` or `blank`)."""
    return list(_tokens(text, vocabulary))


def _tokens(text: str, vocabulary: Vocabulary) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        kind, said, start, end = match.lastgroup or "punct", match.group(), match.start(), match.end()
        if kind == "word":
            yield from _words(said, start, end, vocabulary)
        elif kind == "gap":
            yield Token(kind, "blank" if said.count("\n") > 1 else "line", start, end)
        elif kind == "number":
            stripped = len(said) - len(said.lstrip())
            yield Token(kind, said.strip().replace(" ", "").replace("−", "-"), start + stripped, end)
        elif kind == "box":
            yield Token(kind, "x" if any(mark in said for mark in "xX✓✔☑☒") else "", start, end)
        elif kind == "punct" and INNER_HYPHEN.match(text, start):
            continue
        else:
            yield Token(kind, said.lower(), start, end)


def _words(said: str, start: int, end: int, vocabulary: Vocabulary) -> Iterator[Token]:
    lower = said.lower().replace("’", "'").replace("`", "'")
    if "\n" in lower:
        before, after = re.split(r"-\s*\r?\n\s*", lower)
        joined = spelled(before + after, vocabulary)
        if joined in vocabulary.known or before not in vocabulary.known:
            yield Token("word", joined, start, end)
        else:
            yield Token("word", spelled(before, vocabulary), start, start + len(before))
            yield Token("word", spelled(after, vocabulary), end - len(after), end)
        return
    if NOT.search(lower):
        head = NOT.sub("", lower)
        parts = SPLIT_WORDS.get(lower, (head, "not"))
        yield Token("word", parts[0], start, start + len(head))
        if len(parts) > 1:
            yield Token("word", parts[1], start + len(head), end)
        return
    word = lower.removesuffix("'s").replace("'", "")
    yield Token("word", spelled(word, vocabulary), start, end)


def spelled(word: str, vocabulary: Vocabulary) -> str:
    """The word as the vocabulary spells it, where one slip (two in long words) explains the difference."""
    whole = vocabulary.short.get(word, word)
    if whole != word or "/" in word:
        return whole
    american = BRITISH.sub(lambda match: AMERICAN[match[0]], word)
    if american != word and american in vocabulary.known:
        return american
    if word in vocabulary.known:
        return word
    if any(letter.isdigit() for letter in word):
        clean = word.translate(OCR)
        return clean if clean in vocabulary.known else word
    if len(word) < SHORTEST_CORRECTED:
        return word
    return _corrected(word, _Slips(vocabulary))


class _Slips:
    """The vocabulary as a key of the cache: one object, compared by identity."""

    __slots__ = ("vocabulary",)

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __hash__(self) -> int:
        return id(self.vocabulary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Slips) and other.vocabulary is self.vocabulary


@lru_cache(maxsize=4096)
def _corrected(word: str, slips: _Slips) -> str:
    letters, size = letters_of(word), len(word)
    near = set()
    for target, theirs in slips.vocabulary.slips.get(word[0], ()):
        edits = 2 if min(size, len(target)) >= LONG_WORD else 1
        if (
            abs(size - len(target)) <= edits
            and (letters & ~theirs).bit_count() <= edits
            and (theirs & ~letters).bit_count() <= edits
            and distance(word, target) <= edits
        ):
            near.add(target)
    if len(near) > 1:
        closest = min(distance(word, target) for target in near)
        near = {target for target in near if distance(word, target) == closest}
    return near.pop() if len(near) == 1 else word


def distance(one: str, other: str) -> int:
    """Edits between two words: a letter more, less, other, or two neighbours swapped.

    >>> distance("hieght", "height"), distance("techniqe", "technique")
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        now = [at]
        for to, against in enumerate(other, 1):
            best = min(row[to] + 1, now[to - 1] + 1, row[to - 1] + (letter != against))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == against:
                best = min(best, before[to - 2] + 1)
            now.append(best)
        before, row = row, now
    return row[-1]
