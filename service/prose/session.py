"""What was done in the session: lateral image, density, how it ended, levels attempted, comparison, advice.

Reads sentence by sentence with the session view; the report as a whole is settled in `settle_session`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.prose.days import days_in
from service.prose.document import Sentence
from service.prose.items import answered_no
from service.prose.levels import LevelGroup, level_groups
from service.prose.reading import LEVELS, Said, Span
from service.prose.terms import Found, phrases
from service.prose.tokens import Token
from service.prose.vertebrae import software_row
from service.prose.vocabulary import Vocabulary

SCORE = re.compile(r"[+-]?\d\.\d")
DENSITY_VALUE = re.compile(r"[01]\.\d{3}")
BREAKS = frozenset({",", ";", ".", "but", "and", "although", "because", ":"})
NO_WORDS = frozenset({"no", "without", "w/o", "wo"})
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
ACQUISITION = frozenset(
    [
        "exam",
        "examination",
        "scan",
        "acquisition",
        "study",
        "imaging",
        "positioning",
        "procedure",
        "image",
        "images",
        "sweep",
        "vfa",
        "scanning",
        "test",
    ]
)
NEAR = 3
ADVICE_ITSELF = frozenset({"treatment_start", "treatment_change", "treatment_review", "repeat_vfa"})
"""Advice that needs no word of advising beside it."""
IMAGES = frozenset({"image", "images", "imaging", "scan", "scans", "view", "views"})
BARE = frozenset({"to", "through", "from", "levels", "and", "level", "thru"})
"""Words of a line that only names a range."""
SHAPES = ("wedge", "biconcave", "crush", "deformity")
AXIAL = frozenset({"spine", "hip", "neck"})
CALLS = frozenset({"fracture", "fractures", "fx", "fxs", "vcf", "vcfs", "deformity", "deformities"})


@dataclass(slots=True, kw_only=True)
class SessionSaid:
    """What has been read of the session so far."""

    density: list[tuple[str, Span]] = field(default_factory=list)
    """yes, peripheral, no, elsewhere; in order."""
    scores: list[tuple[str, Span]] = field(default_factory=list)
    vfa: list[tuple[str, Span]] = field(default_factory=list)
    completeness: list[tuple[str, Span]] = field(default_factory=list)
    ranges: list[tuple[int, LevelGroup]] = field(default_factory=list)
    nothing_read: list[Span] = field(default_factory=list)
    comparisons: list[tuple[str, str, Span]] = field(default_factory=list)
    advice: list[tuple[str, Span]] = field(default_factory=list)
    preliminary: list[Span] = field(default_factory=list)
    addendum: list[Span] = field(default_factory=list)
    rows: list[tuple[str, str, Span]] = field(default_factory=list)
    """Levels the scanner measured, and what its software calls them."""
    spoke: set[int] = field(default_factory=set)
    """Start of each sentence that was accounted for here."""


def read_session(sentence: Sentence, vocabulary: Vocabulary, said: SessionSaid) -> None:
    """Adds what a sentence says of the session."""
    tokens = _outside_brackets(sentence.tokens, vocabulary)
    found = list(phrases(tokens, vocabulary.views["session"]))
    span = Span(sentence.start, sentence.end)
    _density(tokens, found, sentence, said, span)
    _image(tokens, found, sentence, said, span)
    _comparison(found, sentence, said, span)
    _state(found, sentence, said, span)
    advising = sentence.section == "recommendation" or any(each.is_a("advise") for each in found)
    said.advice += [
        (value, span)
        for each in found
        if (value := each.value("recommend")) and (advising or value in ADVICE_ITSELF)
    ]


def _outside_brackets(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Token]:
    """The tokens without brackets that speak of another day: "(prior -2.5 in 2024)"."""
    if not any(token.text == "(" for token in tokens):
        return list(tokens)
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
    return kept + inside


def _another_day(tokens: Sequence[Token], vocabulary: Vocabulary) -> bool:
    year = bool(days_in(tokens))
    other = any(each.is_a("elsewhere") for each in phrases(tokens, vocabulary.views["session"]))
    return year or other or any(token.text == "%" for token in tokens)


def _density(
    tokens: Sequence[Token], found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span
) -> None:
    scores = _scores(tokens, found)
    elsewhere = [each for each in found if each.is_a("elsewhere")]
    forearm = any(each.value("site") == "forearm" for each in found)
    axial = any(each.value("site") in ("hip", "neck", "spine") for each in found)
    nouns = [each for each in found if each.is_a("density")]
    if sentence.section == "density" and not nouns and not scores and sentence.opens:
        denied = [each for each in found if each.is_a("not-done") and each.last > each.first]
        if denied and not any(each.is_a("vfa") for each in found):
            said.density.append(("no", span))
    if scores and sentence.section not in ("indication", "comparison"):
        past = [each for each in elsewhere if not _said_of_change(tokens, each)]
        dated = any(token.kind == "date" for token in tokens)
        if not past and not (dated and any(token.text == "was" for token in tokens)):
            said.scores += [(score, span) for score in scores]
            said.density.append((_where(tokens, found, scores, forearm, axial), span))
        else:
            said.density.append(("elsewhere", span))
        said.spoke.add(sentence.start)
    for noun in nouns:
        verdict = _done(tokens, found, noun, sentence)
        if verdict == "yes" and forearm:
            low, high = _segment(tokens, noun)
            near = {each.value("site") for each in found if low <= each.first <= high}
            verdict = "peripheral" if near & {"forearm"} and not near & AXIAL else verdict
        if verdict and not (verdict == "yes" and sentence.section in ("indication", "comparison")):
            said.density.append((verdict, span))
            said.spoke.add(sentence.start)


def _where(
    tokens: Sequence[Token], found: Sequence[Found], scores: Sequence[str], forearm: bool, axial: bool
) -> str:
    """Whether the scores of a sentence are of the axial skeleton or of the forearm."""
    at = next((step for step, token in enumerate(tokens) if token.text == scores[0]), 0)
    low, high = _segment(tokens, Found((), at, at))
    near = {each.value("site") for each in found if low <= each.first <= high} - {None}
    if near:
        return "yes" if near & AXIAL else "peripheral"
    nouns = [each for each in found if each.is_a("density")]
    if nouns and forearm:
        low, high = _segment(tokens, nouns[0])
        near = {each.value("site") for each in found if low <= each.first <= high}
        return "peripheral" if "forearm" in near and not near & AXIAL else "yes"
    return "peripheral" if forearm and not axial else "yes"


def _said_of_change(tokens: Sequence[Token], found: Found) -> bool:
    return tokens[found.first].text in ("recent", "recently", "existing", "last")


def _done(tokens: Sequence[Token], found: Sequence[Found], noun: Found, sentence: Sentence) -> str:
    """Whether the density a noun speaks of was measured in this session: yes, no, elsewhere or empty."""
    if noun.value("density") == "vfa-only" or answered_no(tokens) is not None:
        return "no"
    low, high = _segment(tokens, noun)
    inside = [each for each in found if low <= each.first and each.last <= high]
    for each in inside:
        if each.is_a("not-done", "vfa-absent") and _denies(tokens, each, noun):
            return "no"
    after = [each for each in found if each.first > noun.last and each.is_a("not-done")]
    if any(each.is_a("elsewhere") for each in inside):
        return "elsewhere"
    if after and tokens[after[0].first].text == "not" and after[0].last > after[0].first:
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


def _segment(tokens: Sequence[Token], noun: Found) -> tuple[int, int]:
    low, high = noun.first, noun.last
    while low > 0 and tokens[low - 1].text not in BREAKS:
        low -= 1
    while high + 1 < len(tokens) and tokens[high + 1].text not in BREAKS:
        high += 1
    return low, high


def _denies(tokens: Sequence[Token], denial: Found, noun: Found) -> bool:
    first = tokens[denial.first].text
    if denial.last == denial.first and first in NO_WORDS:
        between = {token.text for token in tokens[denial.last + 1 : noun.first]}
        near = 0 < noun.first - denial.last <= NEAR
        return near and not between & NOT_OF_DENSITY
    if denial.last == denial.first and first in ("only", "alone", "none", "nd", "not"):
        return first != "only" and first != "alone" and 0 < denial.first - noun.last <= NEAR
    return True


def _scores(tokens: Sequence[Token], found: Sequence[Found]) -> list[str]:
    """The T-scores of a sentence or of a row of a table."""
    spoken = any(each.is_a("tscore") for each in found) or any(
        token.text == "t" and SCORE.fullmatch(tokens[at + 1].text) for at, token in enumerate(tokens[:-1])
    )
    spoken |= _sites_with_scores(tokens, found)
    row = any(DENSITY_VALUE.fullmatch(token.text) for token in tokens)
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


def _sites_with_scores(tokens: Sequence[Token], found: Sequence[Found]) -> bool:
    """Whether two places or more are each followed by a signed score: "spine -1.4 FN -1.9"."""
    sites = [each for each in found if each.is_a("site") and each.last + 1 < len(tokens)]
    after = [tokens[each.last + 1].text for each in sites]
    return sum(bool(SCORE.fullmatch(text)) and text[0] in "+-" for text in after) > 1


def _image(
    tokens: Sequence[Token], found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span
) -> None:
    words = {token.text for token in tokens}
    if any(each.is_a("vfa-absent") and not _of_density(tokens, found, each) for each in found):
        said.vfa.append(("no", span))
        said.completeness.append(("not_performed", span))
        said.spoke.add(sentence.start)
        return
    imaging = any(each.is_a("vfa") for each in found) or bool(words & ACQUISITION)
    if any(each.is_a("stopped") for each in found) and imaging:
        said.vfa.append(("yes", span))
        said.completeness.append(("stopped", span))
        said.spoke.add(sentence.start)
    groups = level_groups(tokens)
    seen = any(each.is_a("seen", "vfa") for each in found)
    density = any(each.is_a("density", "tscore") for each in found) and not seen
    if any(each.is_a("partial") for each in found) and (groups or imaging) and not density:
        said.completeness.append(("reduced", span))
        said.spoke.add(sentence.start)
    if any(each.is_a("nothing-read") for each in found):
        said.nothing_read.append(span)
    if sentence.section != "indication" and not density and not _scores(tokens, found):
        _levels(tokens, found, groups, sentence, said, span)


def _of_density(tokens: Sequence[Token], found: Sequence[Found], absent: Found) -> bool:
    """Whether it is the density that was not measured: "a BMD exam was not performed"."""
    low, _ = _segment(tokens, absent)
    nouns = [each for each in found if each.is_a("density") and low <= each.first < absent.first]
    return bool(nouns) and tokens[absent.first].text in ACQUISITION


def _levels(
    tokens: Sequence[Token],
    found: Sequence[Found],
    groups: Sequence[LevelGroup],
    sentence: Sentence,
    said: SessionSaid,
    span: Span,
) -> None:
    """Ranges imaged, rows measured, and that an image was made."""
    words = {token.text for token in tokens}
    bare = all(token.kind in ("level", "punct") or token.text in BARE for token in tokens)
    seen = any(each.is_a("seen", "vfa") for each in found) or bool(words & IMAGES) or bare
    unread = any(each.is_a("not-evaluable") for each in found) and not seen
    for group in groups:
        if group.joined != "range" or unread:
            continue
        low, high = _segment(tokens, Found((), group.first, group.last))
        calls = {token.text for token in tokens[low : high + 1]} & CALLS
        technical = sentence.section in ("technique", "title") or seen
        if not calls or words & {"no", "negative", "without"}:
            said.ranges.append((0 if technical and not calls else 1, group))
        if technical and not calls:
            said.vfa.append(("yes", span))
    if groups and seen:
        said.spoke.add(sentence.start)
    if software_row(sentence):
        said.rows.append((groups[0].levels[0], _label(tokens), span))
        said.vfa.append(("yes", span))
    if any(each.is_a("vfa") for each in found) and any(each.is_a("seen", "done") for each in found):
        said.vfa.append(("yes", span))


def _label(tokens: Sequence[Token]) -> str:
    """What the software calls a vertebra: a shape, or empty for normal and no label."""
    return next((token.text for token in tokens if token.text in SHAPES), "")


def _comparison(found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span) -> None:
    section = sentence.section == "comparison"
    if not (section or any(each.is_a("comparison") for each in found)):
        return
    if sentence.section == "indication" and not section:
        if any(each.is_a("comparison-none") and each.last > each.first for each in found):
            said.comparisons.append(("none", "", span))
        return
    dates = days_in(sentence.tokens)
    if dates:
        said.comparisons.append(("dated", max(dates), span))
    elif (any(each.is_a("comparison-none") for each in found) and section) or any(
        each.is_a("comparison-none") and each.last > each.first for each in found
    ):
        said.comparisons.append(("none", "", span))
    elif section:
        said.comparisons.append(("undated", "", span))


def _state(found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span) -> None:
    for each in found:
        if each.value("report") == "preliminary" and sentence.part == "original":
            said.preliminary.append(span)
        if each.value("report") in ("addendum", "correction"):
            said.addendum.append(span)


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


def attempted(said: SessionSaid, named: Sequence[str]) -> tuple[str, str] | None:
    """The range the image was meant to show: as written, else from the first to the last level named."""
    for rank in (0, 1):
        groups = [group for at, group in said.ranges if at == rank]
        known = [[level for level in group.levels if level in LEVELS] for group in groups]
        known = [levels for levels in known if levels]
        if known:
            widest = max(known, key=len)
            return widest[0], widest[-1]
    order = sorted({LEVELS.index(level) for level in named if level in LEVELS})
    return (LEVELS[order[0]], LEVELS[order[-1]]) if len(order) > 1 else None
