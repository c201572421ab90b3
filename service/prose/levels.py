"""Vertebral levels in a sentence: single, in lists, in ranges, elliptic ("T7, 8 and 9"), in words.

T-scores, MRI weightings and vitamin D look like levels and are not. D8 and T-8 are T8.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.prose.tokens import Token

ORDER = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", *(f"T{n}" for n in range(1, 14)))
ORDER += (*(f"L{n}" for n in range(1, 7)), "S1", "S2", "S3", "S4", "S5")
RANGE_WORDS = frozenset({"-", "–", "—", "to", "through", "thru", "till", "until"})
LIST_WORDS = frozenset({",", "and", "&", "+", "/", "or", "nor", "as", "well", "plus"})
JOINING = RANGE_WORDS | LIST_WORDS
NOT_LEVEL_AFTER = frozenset({"weighted", "signal", "hyperintense", "hypointense", "stir", "score", "scores"})
UNITS = frozenset(
    [
        "%",
        "percent",
        "mm",
        "cm",
        "mg",
        "inch",
        "inches",
        "years",
        "year",
        "months",
        "month",
        "weeks",
        "days",
        "lb",
        "lbs",
        "kg",
        "of",
        "g",
        "fold",
        "lumbar",
        "thoracic",
    ]
)
SINGULAR = frozenset(
    [
        "is",
        "was",
        "shows",
        "has",
        "demonstrates",
        "demonstrated",
        "showed",
        "appears",
        "exhibits",
        "displays",
        "reveals",
    ]
)
PLACES = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth"),
)
ORDINALS = {word: n for n, word in enumerate(PLACES, 1)}
REGION_LETTER = {"thoracic": "T", "dorsal": "T", "lumbar": "L"}
LETTERS = {"t": "T", "d": "T", "l": "L"}
COUNTED = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)
NUMBERS = {word: str(n) for n, word in enumerate(COUNTED, 1)}
ENDINGS = frozenset({"st", "nd", "rd", "th"})
NAMED = frozenset({"vertebra", "vertebral", "body", "level", "number", "no", "segment"})
"""Words between a region and the number of its vertebra: "thoracic vertebral body 8"."""
THROUGH = frozenset({"through", "thru", "to"})
AT = frozenset({"at", "of", "in", "involving", "affecting"})
NONE_OF = frozenset({"no", "not", "without", "negative"})
BONE = ("vertebra", "body")
SPELT = frozenset({*REGION_LETTER, *LETTERS})
STARTS = frozenset({*ORDINALS, *SPELT})


@dataclass(frozen=True, slots=True)
class LevelGroup:
    """Levels named together: their tokens [first, last], and how they are joined."""

    levels: tuple[str, ...]
    joined: str
    """single, list, range or or."""
    first: int
    last: int


@lru_cache(maxsize=256)
def named_level(text: str) -> str:
    """The level a token names: T8 for `t-8` and `D8`, T12 for `tl2`."""
    letter = "T" if text[0] == "d" or text.startswith("th") else text[0].upper()
    digits = re.sub(r"[^0-9li]", "", text[2:] if text.startswith("th") else text[1:])
    return letter + digits.replace("l", "1").replace("i", "1")


def level_groups(tokens: Sequence[Token]) -> list[LevelGroup]:
    """Every group of levels in a sentence, from left to right."""
    groups: list[LevelGroup] = []
    if not any(token.kind == "level" or token.text in SPELT for token in tokens):
        return groups
    free = 0
    for at, token in enumerate(tokens):
        if at < free or not _may_start(token):
            continue
        group = _group_at(tokens, at)
        if group is None:
            continue
        if not _weighting_follows(tokens, group.last):
            groups += _split_before_verb(tokens, group)
        free = group.last + 1
    return groups


def _may_start(token: Token) -> bool:
    """Whether a level may start at a token."""
    return token.kind in ("level", "number") or token.text in STARTS


def _weighting_follows(tokens: Sequence[Token], last: int) -> bool:
    """Whether a group is the beginning of "T1 and T2 weighted"."""
    after = tokens[last + 1 : last + 4]
    return (
        len(after) == 3
        and after[0].text in LIST_WORDS
        and after[1].kind == "level"
        and after[2].text in NOT_LEVEL_AFTER
    )


def _single(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """A level that starts at a token, and its last token."""
    if at >= len(tokens):
        return None
    token = tokens[at]
    if not _may_start(token):
        return None
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if token.kind == "level":
        vitamin = at > 0 and tokens[at - 1].text in ("vitamin", "vit")
        vitamin |= after == "/" and [each.text for each in tokens[at + 2 : at + 4]] == ["3", "radius"]
        level = named_level(token.text)
        return (level, at) if after not in NOT_LEVEL_AFTER and not vitamin and level in ORDER else None
    return _ordinal(tokens, at) or _counted(tokens, at)


def _ordinal(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """A level by its place in its region: "eighth thoracic vertebra", "8th thoracic vertebral body"."""
    number, step = ORDINALS.get(tokens[at].text), at + 1
    if tokens[at].kind == "number" and step < len(tokens) and tokens[step].text in ENDINGS:
        number, step = int(tokens[at].text) if tokens[at].text.isdigit() else None, step + 1
    if not number or step >= len(tokens) or tokens[step].text not in REGION_LETTER:
        return None
    level = f"{REGION_LETTER[tokens[step].text]}{number}"
    after = tokens[step + 1].text if step + 1 < len(tokens) else ""
    ranged = (
        after in ("through", "thru", "to") or {each.text for each in tokens[max(at - 2, 0) : at]} & THROUGH
    )
    vertebra = after.startswith(BONE) or ranged
    return (level, step) if vertebra and level in ORDER else None


def _counted(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """A level by region or letter and number: "dorsal 12", "thoracic vertebral body 8", "T eight"."""
    letter, step = REGION_LETTER.get(tokens[at].text), at + 1
    while letter and step < len(tokens) and tokens[step].text in NAMED and step - at < 4:
        step += 1
    if letter and step < len(tokens) and tokens[step].kind == "number":
        level = f"{letter}{tokens[step].text}"
        return (level, step) if level in ORDER and _stands_alone(tokens, step) else None
    letter, word = LETTERS.get(tokens[at].text), tokens[step].text if step < len(tokens) else ""
    level = f"{letter}{NUMBERS.get(word)}"
    return (level, step) if level in ORDER else None


def _stands_alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number counts a vertebra and nothing else ("lumbar 3 cm")."""
    return at + 1 >= len(tokens) or tokens[at + 1].text not in (*UNITS, *ENDINGS, "vertebrae", "levels")


def _bare(tokens: Sequence[Token], at: int, letter: str, floor: int) -> tuple[str, int] | None:
    """A number that continues a list of levels: the 8 and the 9 of "T7, 8 and 9"."""
    if at >= len(tokens) or tokens[at].kind != "number":
        return None
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    text = tokens[at].text.lstrip("-–")
    level = f"{letter}{text}"
    if not text.isdigit() or after in UNITS or level not in ORDER or int(text) <= floor:
        return None
    return level, at


def _group_at(tokens: Sequence[Token], at: int) -> LevelGroup | None:
    found = _single(tokens, at)
    if found is None:
        return None
    levels, last = [found[0]], found[1]
    kinds: set[str] = set()
    while True:
        step = _next_in_group(tokens, last, levels[-1])
        if step is None:
            break
        level, upto, joined = step
        levels[-1:] = between(levels[-1], level) if joined == "range" else [levels[-1], level]
        kinds.add(joined)
        last = upto
    between_before = at > 0 and tokens[at - 1].text == "between"
    if between_before and kinds == {"list"} and len(levels) == 2:
        levels, kinds = list(between(*levels)), {"range"}
    unique = tuple(dict.fromkeys(levels))
    joined = "or" if "or" in kinds else "list" if "list" in kinds else "range" if kinds else "single"
    return LevelGroup(unique, joined, at, last)


def _next_in_group(tokens: Sequence[Token], last: int, level: str) -> tuple[str, int, str] | None:
    """The next level of the group: its name, its last token, and how it is joined."""
    at = last + 1
    words: list[str] = []
    if at + 1 < len(tokens) and tokens[at].text == "down" and tokens[at + 1].text in ("to", "through"):
        at += 1
    while at < len(tokens) and len(words) < 3 and tokens[at].text in JOINING:
        words.append(tokens[at].text)
        at += 1
    if words and words[-1] in ("and", "or") and at + 1 < len(tokens) and tokens[at].text == "of":
        at += 1  # "of T11 and of L2"
    if words and words[0] in THROUGH and at < len(tokens) and tokens[at].text == "the":
        at += 1
    if at < len(tokens) and tokens[at].kind == "number" and tokens[at].text[:1] in "-–" and not words:
        words = ["-"]
    if not words:
        return None
    joined = "range" if words[0] in RANGE_WORDS else "or" if "or" in words else "list"
    if joined == "range" and len(words) > 1:
        return None
    found = _single(tokens, at) or _bare(tokens, at, level[0], int(level[1:]))
    if found is None or (joined == "range" and found[0] == level):
        return None
    return found[0], found[1], joined


@lru_cache(maxsize=1024)
def between(first: str, last: str) -> tuple[str, ...]:
    """Every vertebra from one to the other; there is no T13 between T12 and L1.

    >>> between("T11", "L2")
    ('T11', 'T12', 'L1', 'L2')
    """
    names = [name for name in ORDER if name != "T13" or last == "T13"]
    if last[0] == "S" or last == "L6":
        names = [name for name in names if name != "L6" or last == "L6"]
    if first in names and last in names and names.index(first) > names.index(last):
        first, last = last, first
    if first not in names:
        return (first, last)
    return tuple(names[names.index(first) : names.index(last) + 1])


def _split_before_verb(tokens: Sequence[Token], group: LevelGroup) -> list[LevelGroup]:
    """The last level of a list before a singular verb stands alone: "No fracture at T8, T9 shows a wedge"."""
    after = tokens[group.last + 1].text if group.last + 1 < len(tokens) else ""
    if group.joined != "list" or after not in SINGULAR or len(group.levels) < 2:
        return [group]
    start = group.last
    while start > group.first and tokens[start].kind != "level":
        start -= 1
    before = start - 1
    while before > group.first and tokens[before].text in JOINING:
        if tokens[before].text in RANGE_WORDS | {"/", "or", "nor"}:
            return [group]
        before -= 1
    if _subject_before(tokens, group, start, after):
        return [group]
    rest = group.levels[:-1]
    kept = LevelGroup(rest, "list" if len(rest) > 1 else "single", group.first, before)
    return [kept, LevelGroup(group.levels[-1:], "single", start, group.last)]


def _subject_before(tokens: Sequence[Token], group: LevelGroup, start: int, verb: str) -> bool:
    """Whether the verb is of a noun before the levels: "mild wedging at T8 and T9 is degenerative"."""
    before = [token.text for token in tokens[: group.first]]
    joined = tokens[start - 1].text == "and" and verb in ("is", "was")
    return joined and bool(before) and before[-1] in AT and not NONE_OF & set(before)
