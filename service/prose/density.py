"""Whether density was measured in this session, and the scores: sentence by sentence, then as a whole.

Neighbours: `session` calls these, `session_said` keeps what was read.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.prose.days import days_in
from service.prose.document import Sentence
from service.prose.items import answered_no
from service.prose.levels import level_groups
from service.prose.reading import Said, Span
from service.prose.session_said import SessionSaid
from service.prose.terms import Found, phrases
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

SCORE = re.compile(r"[+-]?\d\.\d")
DENSITY_VALUE = re.compile(r"[01]\.\d{3}")
BREAKS = frozenset({",", ";", ".", "but", "and", "although", "because", ":"})
NO_WORDS = frozenset({"no", "without", "w/o", "w/out", "wo"})
DENYING = frozenset({"not", "no", "without", "never", "neither", "nor", "cannot", "nothing", "none"})
NOT_OF_DENSITY = frozenset(
    [
        "change",
        "difference",
        "decrease",
        "loss",
        "increase",
        "prior",
        "previous",
        "significant",
        "abnormal",
        "normal",
    ]
)
NEAR = 3
PLACES = frozenset(
    [
        *("spine", "hip", "hips", "femur", "femurs", "neck", "forearm", "left", "right", "both", "bilateral"),
        *("total", "femoral", "lumbar", "radius", "the", "proximal", "one"),
    ]
)
AXIAL = frozenset({"spine", "hip", "neck"})
ANSWERS = frozenset({"none", "n/a", "nd", "deferred", "declined", "waived", "omitted", "unavailable"})
LOOSE = frozenset({"recent", "recently", "existing", "last", "scheduled", "future"})
"""Words of another day only where they stand before what was measured."""
TODAY = frozenset({"today", "now", "current", "currently"})
CHANGE = frozenset(
    [
        *("change", "changed", "decreased", "declined", "increased", "decline", "decrease", "increase"),
        *("compared", "versus", "vs", "stable", "significant", "%", "percent", "interval"),
    ]
)
LESS = frozenset({"by", "since", "from", "significantly", "slightly", "in", "over", "at"})
"""Words behind "declined" that say that density is lower, not that it was refused."""


def outside_brackets(sentence: Sentence, vocabulary: Vocabulary) -> Sentence:
    """The sentence without brackets that speak of another day: "(prior -2.5 in 2024)"."""
    tokens = sentence.tokens
    if not any(token.text == "(" for token in tokens):
        return sentence
    kept: list[Token] = []
    depth, inside = 0, list[Token]()
    for token in tokens:
        if token.text == "(":
            depth += 1
        if depth:
            inside.append(token)
        else:
            kept.append(token)
        if token.text == ")" and depth:
            depth -= 1
            if not depth:
                if not _another_day(inside, vocabulary):
                    kept += inside
                inside = []
    return replace(sentence, tokens=(*kept, *inside), looked_up={})


def _another_day(tokens: Sequence[Token], vocabulary: Vocabulary) -> bool:
    year = bool(days_in(tokens))
    other = any(each.is_a("elsewhere") for each in phrases(tokens, vocabulary.views["session"]))
    return year or other or any(token.text == "%" for token in tokens)


def read_density(
    tokens: Sequence[Token], found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span
) -> None:
    if sentence.table and any(each.is_a("tscore") for each in found):
        said.columns = sentence.paragraph
    scores = scores_of(tokens, found, headed=sentence.table and said.columns == sentence.paragraph)
    elsewhere = [each for each in found if each.is_a("elsewhere")]
    forearm = any(each.value("site") == "forearm" for each in found)
    axial = any(each.value("site") in ("hip", "neck", "spine") for each in found)
    nouns = [each for each in found if each.is_a("density")]
    if sentence.section == "density" and not nouns and not scores and sentence.opens:
        denied = [
            each
            for each in found
            if each.is_a("not-done")
            and (each.last > each.first or tokens[each.first].text in ANSWERS or len(tokens) < 3)
        ]
        if denied and not any(each.is_a("vfa") for each in found):
            said.density.append(("no", span))
    if scores and sentence.section not in ("indication", "comparison"):
        if not _of_another_day(tokens, found, elsewhere):
            said.scores += [(score, span) for score in scores]
            said.density.append((_where(tokens, found, scores, forearm, axial), span))
        else:
            said.density.append(("elsewhere", span))
        said.spoke.add(sentence.start)
    if only_lateral(tokens, found):
        said.density.append(("no", span))
    left_open = any(token.kind == "hole" for token in tokens)
    for noun in nouns if not left_open else ():
        verdict = _done(tokens, found, noun, sentence)
        if verdict == "yes" and forearm:
            low, high = segment(tokens, noun)
            near = {each.value("site") for each in found if low <= each.first <= high}
            verdict = "peripheral" if near & {"forearm"} and not near & AXIAL else verdict
        if verdict and not (verdict == "yes" and sentence.section in ("indication", "comparison")):
            said.density.append((verdict, span))
            said.spoke.add(sentence.start)


def only_lateral(tokens: Sequence[Token], found: Sequence[Found]) -> bool:
    """Whether a lateral image of a range is said to be all that was made: "VFA T4-L4 only"."""
    if not any(each.is_a("vfa") for each in found):
        return False
    ends = [group.last + 1 for group in level_groups(tokens) if group.joined == "range"]
    return any(at < len(tokens) and tokens[at].text == "only" for at in ends)


def _where(
    tokens: Sequence[Token], found: Sequence[Found], scores: Sequence[str], forearm: bool, axial: bool
) -> str:
    """Whether the scores of a sentence are of the axial skeleton or of the forearm."""
    at = next((step for step, token in enumerate(tokens) if token.text == scores[0]), 0)
    low, high = segment(tokens, Found((), at, at))
    near = {each.value("site") for each in found if low <= each.first <= high} - {None}
    if near:
        return "yes" if near & AXIAL else "peripheral"
    nouns = [each for each in found if each.is_a("density")]
    if nouns and forearm:
        low, high = segment(tokens, nouns[0])
        near = {each.value("site") for each in found if low <= each.first <= high}
        return "peripheral" if "forearm" in near and not near & AXIAL else "yes"
    return "peripheral" if forearm and not axial else "yes"


def _of_another_day(tokens: Sequence[Token], found: Sequence[Found], elsewhere: Sequence[Found]) -> bool:
    """Whether scores are of another day: a day or "prior" beside them, and no word of change or of today."""
    words = {token.text for token in tokens}
    if (words & TODAY or words & CHANGE) and not words & DENYING:
        return False
    nouns = [each.first for each in found if each.is_a("density", "tscore", "vfa", "site")]
    nouns += [at for at, token in enumerate(tokens) if token.text in ("dxa", "dexa", "t")]
    past = [
        each
        for each in elsewhere
        if tokens[each.first].text not in LOOSE or any(0 < at - each.last <= NEAR for at in nouns)
    ]
    return bool(past) or bool(days_in(tokens))


def _done(tokens: Sequence[Token], found: Sequence[Found], noun: Found, sentence: Sentence) -> str:
    """Whether the density a noun speaks of was measured in this session: yes, no, elsewhere or empty."""
    if noun.value("density") == "vfa-only" or answered_no(tokens) is not None:
        return "no"
    low, high = segment(tokens, noun)
    inside = [each for each in found if low <= each.first and each.last <= high]
    for each in inside:
        if each.is_a("not-done", "vfa-absent") and _denies(tokens, each, noun):
            return "no"
    after = [each for each in found if each.first > noun.last and each.is_a("not-done")]
    if any(each.is_a("elsewhere") for each in inside):
        return "elsewhere"
    denied = after and after[0].last > after[0].first and "not" in _words(tokens, after[0])
    if denied:
        other = [each for each in found if noun.last < each.first < after[0].first and each.is_a("vfa")]
        if not other:
            return "no"
    if {token.text for token in tokens[low : high + 1]} & DENYING:
        return ""
    done = [each for each in inside if each.is_a("done")]
    if done or (noun.value("density") == "exam" and sentence.section in ("technique", "body")):
        return "yes"
    later = [each for each in found if each.first > high and each.is_a("done")]
    return "yes" if later and noun.value("density") == "exam" else ""


def _words(tokens: Sequence[Token], found: Found) -> set[str]:
    return {token.text for token in tokens[found.first : found.last + 1]}


def segment(tokens: Sequence[Token], noun: Found) -> tuple[int, int]:
    low, high = noun.first, noun.last
    while low > 0 and not _breaks(tokens, low - 1):
        low -= 1
    while high + 1 < len(tokens) and not _breaks(tokens, high + 1):
        high += 1
    return low, high


def _breaks(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token ends what is said of one thing; "and" between two places does not."""
    if tokens[at].text not in BREAKS:
        return False
    if tokens[at].text != "and" or not 0 < at < len(tokens) - 1:
        return True
    return not (tokens[at - 1].text in PLACES and tokens[at + 1].text in PLACES)


def _denies(tokens: Sequence[Token], denial: Found, noun: Found) -> bool:
    first = tokens[denial.first].text
    after = tokens[denial.last + 1] if denial.last + 1 < len(tokens) else None
    of_patient = any(token.text in ("patient", "her", "him") for token in tokens)
    if first == "declined" and after and not of_patient and (after.kind == "number" or after.text in LESS):
        return False
    if denial.last == denial.first and first in NO_WORDS:
        between = {token.text for token in tokens[denial.last + 1 : noun.first]}
        near = 0 < noun.first - denial.last <= NEAR or between <= PLACES | {"or", "and", "/", "ap"}
        return near and not between & NOT_OF_DENSITY
    if denial.last == denial.first and first in ("only", "alone", "none", "nd", "not"):
        return first != "only" and first != "alone" and 0 < denial.first - noun.last <= NEAR
    return True


def scores_of(tokens: Sequence[Token], found: Sequence[Found], *, headed: bool = False) -> list[str]:
    """The T-scores of a sentence or of a row of a table."""
    spoken = any(each.is_a("tscore") for each in found) or any(
        token.text == "t" and _score_beside(tokens, at) for at, token in enumerate(tokens)
    )
    spoken |= _sites_withscores_of(tokens, found)
    row = headed or any(DENSITY_VALUE.fullmatch(token.text) for token in tokens)
    out: list[str] = []
    for at, token in enumerate(tokens):
        if token.kind != "number" or not SCORE.fullmatch(token.text):
            continue
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if before in ("z", "change") or after in ("%", "cm", "inch", "inches", "mg", "years", "percent"):
            continue
        if (
            spoken and (token.text[0] in "+-" or before in ("t", "score", "scores", "is", "of", ":", "="))
        ) or (row and not spoken and not out):
            out.append(token.text)
    return out


def _score_beside(tokens: Sequence[Token], at: int) -> bool:
    """Whether a score stands behind a T, or before it in brackets: "T=-2.1", "-2.1 (T)"."""
    behind = tokens[at + 2] if at + 2 < len(tokens) and tokens[at + 1].text in ("=", ":") else None
    behind = behind or (tokens[at + 1] if at + 1 < len(tokens) else None)
    before = tokens[at - 2] if at > 1 and tokens[at - 1].text == "(" else None
    return any(each is not None and bool(SCORE.fullmatch(each.text)) for each in (behind, before))


def _sites_withscores_of(tokens: Sequence[Token], found: Sequence[Found]) -> bool:
    """Whether two places or more are each followed by a signed score: "spine -1.4 FN -1.9"."""
    sites = [each for each in found if each.is_a("site") and each.last + 1 < len(tokens)]
    after = [tokens[each.last + 1].text for each in sites]
    return sum(bool(SCORE.fullmatch(text)) and text[0] in "+-" for text in after) > 1


def settle_density(said: SessionSaid) -> tuple[Said, Said]:
    """Whether density was measured in this session, and the lowest T-score of it."""
    yes = [span for verdict, span in said.density if verdict == "yes"]
    peripheral = [span for verdict, span in said.density if verdict == "peripheral"]
    no = [span for verdict, span in said.density if verdict == "no"]
    elsewhere = [span for verdict, span in said.density if verdict == "elsewhere"]
    none = Said(value="")
    if no and (said.scores or yes or peripheral):
        return Said(value="contradictory", spans=(*no, *yes, *peripheral)), _lowest(said)
    if no or (elsewhere and not yes and not peripheral):
        return Said(value="no", spans=tuple(no or elsewhere)), none
    if not yes and not peripheral:
        return Said(value="not_stated"), none
    return Said(value="yes" if yes else "peripheral", spans=tuple(yes or peripheral)), _lowest(said)


def _lowest(said: SessionSaid) -> Said:
    lowest = min(said.scores, key=lambda each: float(each[0]), default=None)
    return Said(value=lowest[0], spans=(lowest[1],)) if lowest else Said(value="")
