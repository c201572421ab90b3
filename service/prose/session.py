"""What was done in the session: lateral image, density, how it ended, levels attempted, comparison, advice.

Reads sentence by sentence with the session view; the report as a whole is settled in `settle_session`.
"""

from collections.abc import Sequence

from service.prose.days import days_in
from service.prose.density import outside_brackets, read_density, scores_of, segment
from service.prose.document import Sentence
from service.prose.levels import LevelGroup
from service.prose.looked_up import levels_in, phrases_in
from service.prose.reading import LEVELS, Span
from service.prose.sentence_kinds import software_row
from service.prose.session_said import SessionSaid
from service.prose.terms import Found, phrases
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

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
ADVICE_ITSELF = frozenset({"treatment_start", "treatment_change", "treatment_review", "repeat_vfa"})
"""Advice that needs no word of advising beside it."""
IMPERATIVE = frozenset({"repeat", "recheck", "follow", "recall", "reschedule"})
ORDERS = frozenset({".", ";", "stat", "urgently", "asap", "if", "to", "for", "when", "next"})
"""Words behind an image that is ordered, not one that was compared with."""
IMAGES = frozenset({"image", "images", "imaging", "scan", "scans", "view", "views"})
BARE = frozenset({"to", "through", "from", "levels", "and", "level", "thru"})
"""Words of a line that only names a range."""
TAKING = frozenset({"on", "taking", "takes", "receiving", "started"})
SHAPES = ("wedge", "biconcave", "crush", "deformity")
FUSED = frozenset({"fusion", "fused", "hardware", "instrumentation", "rods", "screws", "laminectomy"})
CALLS = frozenset({"fracture", "fractures", "fx", "fxs", "vcf", "vcfs", "deformity", "deformities"})


def read_session(sentence: Sentence, vocabulary: Vocabulary, said: SessionSaid) -> None:
    """Adds what a sentence says of the session."""
    shown = outside_brackets(sentence, vocabulary)
    tokens, found = shown.tokens, phrases_in(shown, "session", vocabulary)
    span = Span(sentence.start, sentence.end)
    if sentence.unticked and not any(each.is_a("density", "site", "done", "not-done") for each in found):
        left_open = phrases(sentence.unticked, vocabulary.views["session"])
        if any(each.is_a("density") for each in left_open):
            said.density.append(("no", span))
    read_density(tokens, found, sentence, said, span)
    _image(shown, found, sentence, said, span)
    _comparison(found, sentence, said, span)
    _state(found, sentence, said, span)
    advising = sentence.section == "recommendation" or any(each.is_a("advise") for each in found)
    advising |= any(each.value("recommend") in ADVICE_ITSELF for each in found)
    said.advice += [
        (value, span)
        for each in found
        if (value := each.value("recommend")) and (advising or _ordered(tokens, each, sentence))
    ]


def _ordered(tokens: Sequence[Token], each: Found, sentence: Sentence) -> bool:
    """Whether an impression orders a thing by naming it: "MRI stat.", "Repeat DXA in 2 years"."""
    opens = each.first == 0 and tokens[0].text in IMPERATIVE
    if sentence.section != "impression" and not opens:
        return False
    before = tokens[each.first - 1].text if each.first else ";"
    after = tokens[each.last + 1].text if each.last + 1 < len(tokens) else "."
    imperative = tokens[each.first].text in IMPERATIVE
    return before in (";", ".", ",", ":", "-", ">", "and") and (imperative or after in ORDERS)


def _image(
    shown: Sentence, found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span
) -> None:
    tokens = shown.tokens
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
    groups = levels_in(shown)
    only = any(each.value("density") == "vfa-only" for each in found)
    seen = only or any(each.is_a("seen", "vfa") for each in found)
    density = any(each.is_a("density", "tscore") for each in found) and not seen
    if any(each.is_a("partial") for each in found) and (groups or imaging) and not density:
        said.completeness.append(("reduced", span))
        said.spoke.add(sentence.start)
    if groups and any(each.is_a("partial", "not-done", "stopped") for each in found) and not words & CALLS:
        said.spoke.add(sentence.start)
    if any(each.is_a("nothing-read") for each in found):
        said.nothing_read.append(span)
    if sentence.section != "indication" and not density and not scores_of(tokens, found):
        _levels(tokens, found, groups, sentence, said, span)


def _of_density(tokens: Sequence[Token], found: Sequence[Found], absent: Found) -> bool:
    """Whether it is the density that was not measured: "a BMD exam was not performed"."""
    low, _ = segment(tokens, absent)
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
    seen |= any(each.value("density") == "vfa-only" for each in found)
    unread = any(each.is_a("not-evaluable") for each in found) and not seen
    for group in groups:
        if group.joined != "range" or unread:
            continue
        low, high = segment(tokens, Found((), group.first, group.last))
        if {token.text for token in tokens[low : high + 1]} & FUSED:
            continue
        calls = {token.text for token in tokens[low : high + 1]} & CALLS
        technical = sentence.section in ("technique", "title") or seen
        if not calls or words & {"no", "negative", "without"}:
            said.ranges.append((0 if technical and not calls else 1, group))
        if technical and not calls:
            said.vfa.append(("yes", span))
    if groups and seen:
        said.spoke.add(sentence.start)
    if sentence.table and sentence.tokens[0].kind == "level":
        said.tabled += [level for level in groups[0].levels if level in LEVELS]
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
    if dates and not (section or _compares(sentence.tokens, found)):
        return
    if dates:
        said.comparisons.append(("dated", max(dates), span))
    elif (any(each.is_a("comparison-none") for each in found) and section) or any(
        each.is_a("comparison-none") and each.last > each.first for each in found
    ):
        said.comparisons.append(("none", "", span))
    elif section:
        said.comparisons.append(("undated", "", span))


def _compares(tokens: Sequence[Token], found: Sequence[Found]) -> bool:
    """Whether a word of comparison is more than the day a drug was begun: "on Forteo since 2025"."""
    begun = {
        each.first
        for each in found
        if tokens[each.first].text == "since"
        and {token.text for token in tokens[max(each.first - 3, 0) : each.first]} & TAKING
    }
    return any(each.is_a("comparison") and each.first not in begun for each in found)


def _state(found: Sequence[Found], sentence: Sentence, said: SessionSaid, span: Span) -> None:
    for each in found:
        if each.value("report") == "preliminary" and sentence.part == "original":
            said.preliminary.append(span)
        if each.value("report") in ("addendum", "correction"):
            said.addendum.append(span)


def attempted(said: SessionSaid, named: Sequence[str]) -> tuple[str, str] | None:
    """The range the image was meant to show: as written, else from the first to the last level named."""
    for rank in (0, 1):
        groups = [group for at, group in said.ranges if at == rank]
        known = [[level for level in group.levels if level in LEVELS] for group in groups]
        known = [levels for levels in known if levels]
        if known:
            widest = max(known, key=len)
            ends = [LEVELS.index(level) for level in (widest[0], widest[-1], *said.tabled)]
            return LEVELS[min(ends)], LEVELS[max(ends)]
    order = sorted({LEVELS.index(level) for level in named if level in LEVELS})
    return (LEVELS[order[0]], LEVELS[order[-1]]) if len(order) > 1 else None
