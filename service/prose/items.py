"""A sentence as items in reading order: levels, phrases of the finding view, grades, percentages, joints.

Neighbours: `clauses` groups items into clauses, `vertebrae` reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.prose.document import Sentence
from service.prose.levels import LevelGroup
from service.prose.looked_up import levels_in, phrases_in
from service.prose.terms import Found
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

JOINTS = frozenset({",", ";", ":", "and", "with", "+", "&", "w", "plus", "-", "–", "—", "(", ")"})
GRADE_WORDS = frozenset({"grade", "gr", "grd", "genant", "sq", "grades", "g"})
BETWEEN_GRADE = frozenset(
    {"genant", "grade", "gr", "sq", "semiquantitative", "score", ":", "=", "class", "type", "("}
)
DENSITY = frozenset({"density", "bmd", "densitometry", "dxa", "densities"})
DENSITY_WORDS = frozenset(
    {"bone", "mineral", "axial", "formal", "concurrent", "repeat", "current", "separate"}
)
PERIODS = ("week", "month", "day", "year", "yr", "wk")
YOUNGEST = 18
"""A number of years below this is the age of a fracture, not of a patient."""
TENS = frozenset({"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"})
NOS = frozenset({"no", "none", "absent", "negative", "n", "nil", "0", "zero"})
ANSWERED = frozenset({":", "?", "="})
NUMERALS = {"0": 0, "1": 1, "2": 2, "3": 3, "i": 1, "ii": 2, "iii": 3, "one": 1, "two": 2, "three": 3}
GRADED_WORDS = {"mild": 1, "moderate": 2, "severe": 3}


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a sentence that means something: tokens [first, last]."""

    kind: str
    value: str
    first: int
    last: int
    row: str = ""
    levels: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    """Other meanings of the same words, as (kind, value)."""

    def means(self, kind: str, value: str = "") -> bool:
        """Whether the words have this meaning, first or other."""
        every = ((self.kind, self.value), *self.also)
        return any(one == kind and value in ("", said) for one, said in every)


def items_of(sentence: Sentence, vocabulary: Vocabulary) -> list[Item]:
    """Every item of a sentence, by position; where two overlap, a level or the longer phrase stays."""
    tokens = sentence.tokens
    found: list[Item] = [
        Item("level", group.joined, group.first, group.last, levels=group.levels)
        for group in levels_in(sentence)
        if not compared(tokens, group)
    ]
    found += _grades(tokens)
    found += _percentages(tokens)
    taken = {at for item in found for at in range(item.first, item.last + 1)}
    answer = answered_no(tokens)
    if answer is not None:
        taken.add(answer)
        found.append(Item("negation", "after", answer, answer))
    for phrase in phrases_in(sentence, "finding", vocabulary):
        if _compares(tokens, phrase) or _of_density(tokens, phrase) or _of_patient(tokens, phrase):
            continue
        if not taken.intersection(range(phrase.first, phrase.last + 1)):
            found.append(_item(tokens, phrase))
            taken.update(range(phrase.first, phrase.last + 1))
    found += [
        Item("joint", token.text, at, at)
        for at, token in enumerate(tokens)
        if at not in taken and (token.text in JOINTS or token.kind == "hole")
    ]
    found += [
        Item("hedge", "adjective" if _asks_ahead(tokens, at) else "after", at, at)
        for at, token in enumerate(tokens)
        if token.text == "?" and at not in taken
    ]
    return sorted(found, key=lambda item: item.first)


def compared(tokens: Sequence[Token], group: LevelGroup) -> bool:
    """Whether a level only measures another one: "T10 is shorter than T9 and T11"."""
    if group.first < 2 or tokens[group.first - 1].text != "than":
        return False
    word = tokens[group.first - 2].text
    return word.endswith("er") and word not in ("other", "rather", "further")


def answered_no(tokens: Sequence[Token]) -> int | None:
    """Where the "no" of a form stands: "Fracture present: No"."""
    last = len(tokens) - 1
    while last > 0 and tokens[last].text in (".", ";", ","):
        last -= 1
    if last < 1 or tokens[last - 1].text not in ANSWERED or tokens[last].text not in NOS:
        return None
    return last


def _of_density(tokens: Sequence[Token], phrase: Found) -> bool:
    """Whether a negation denies density and nothing else ("no BMD T8 wedge fracture")."""
    if phrase.value("negation") != "before":
        return False
    after = [token.text for token in tokens[phrase.last + 1 : phrase.last + 4]]
    before_noun = after[: next((at for at, word in enumerate(after) if word in DENSITY), 0)]
    return bool(after) and (after[0] in DENSITY or (bool(before_noun) and set(before_noun) <= DENSITY_WORDS))


def _of_patient(tokens: Sequence[Token], phrase: Found) -> bool:
    """Whether "old" is the age of a person: "72 year old woman"."""
    at = phrase.first
    if tokens[at].text != "old" or at < 1 or not tokens[at - 1].text.startswith(("year", "yr", "yo")):
        return False
    number = tokens[at - 2].text if at > 1 else ""
    ten = tokens[at - 3].text if at > 2 else ""
    return (number.isdigit() and int(number) >= YOUNGEST) or TENS & {number, ten} != set()


def _compares(tokens: Sequence[Token], phrase: Found) -> bool:
    """Whether "vs" stands before a date: a comparison, not a doubt."""
    if tokens[phrase.first].text not in ("vs", "versus", "c/w", "cw") or phrase.last + 1 >= len(tokens):
        return False
    return tokens[phrase.last + 1].kind in ("date", "number")


def _asks_ahead(tokens: Sequence[Token], at: int) -> bool:
    """Whether a question mark stands before the word it doubts, as in "?fx T7"."""
    return at + 1 < len(tokens) and (at == 0 or tokens[at].end == tokens[at + 1].start)


def _item(tokens: Sequence[Token], phrase: Found) -> Item:
    first, *others = phrase.terms
    before = tokens[phrase.first - 1].text if phrase.first else ""
    if tokens[phrase.first].text == "old" and before.startswith(PERIODS):
        return Item("age", "mixed", phrase.first, phrase.last, first.row)
    also = tuple((term.kind, term.value) for term in others)
    if first.kind == "normal" and tokens[phrase.first].text in ("no", "without"):
        also = (*also, ("negation", "before"))
    return Item(first.kind, first.value, phrase.first, phrase.last, first.row, also=also)


def _grades(tokens: Sequence[Token]) -> list[Item]:
    """Genant grades: "grade 2", "Gr II", "Genant semiquantitative grade 1", "grade 1-2" (between two)."""
    found, at = [], 0
    while at < len(tokens):
        step = at
        if tokens[at].text in GRADE_WORDS:
            step = at + 1
            while step < len(tokens) and tokens[step].text in BETWEEN_GRADE and step - at < 4:
                step += 1
        if step == at or step >= len(tokens):
            at += 1
            continue
        value = _grade_value(tokens[at].text, tokens[step])
        if value is None:
            at += 1
            continue
        last, said = step, str(value)
        after = [token.text for token in tokens[step + 1 : step + 3]]
        if after and after[0].lstrip("-–") in ("1", "2", "3") and after[0][0] in "-–":
            last, said = step + 1, "unclear"
        elif len(after) == 2 and after[0] in ("/", "-", "to", "or") and after[1] in ("2", "3", "ii", "iii"):
            last, said = step + 2, "unclear"
        kind = "normal" if said == "0" else "genant"
        found.append(Item(kind, said, at, last))
        at = last + 1
    for one, other in pairwise(found):
        if one.first and tokens[one.first - 1].text == "from" and tokens[other.first - 1].text == "to":
            found.remove(one)
            break
    return found


def _grade_value(word: str, token: Token) -> int | None:
    text = token.text.lstrip("-–")
    if word == "g" and token.kind != "number":
        return None
    return NUMERALS.get(text, GRADED_WORDS.get(text) if word == "genant" else None)


def _percentages(tokens: Sequence[Token]) -> list[Item]:
    found = []
    for at, token in enumerate(tokens[:-1]):
        if token.kind == "number" and tokens[at + 1].text in ("%", "percent"):
            before = " ".join(each.text for each in tokens[max(at - 2, 0) : at])
            sign = ">" if before.endswith(("greater than", "more than", "over")) else ""
            sign = "<" if before.endswith(("less than", "under", "below")) else sign
            found.append(Item("percent", sign + token.text.lstrip("~"), at, at + 1))
    return found


def joined_levels(groups: Sequence[LevelGroup]) -> tuple[str, ...]:
    """The levels of several groups, each once."""
    return tuple(dict.fromkeys(level for group in groups for level in group.levels))
