"""Sections and sentences of a report: wrapped lines joined, headings in their forms, lists, tables.

Every token of the text ends up in exactly one sentence (headings and list marks in its `lead`), so that
nothing is lost without being seen. Neighbours: `tokens` before, `terms` after.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.prose.terms import longest
from service.prose.tokens import Token
from service.prose.vocabulary import Vocabulary

NEVER_ENDS = frozenset({"vs", "dr", "mr", "mrs", "ms", "approx", "e.g", "i.e", "fig"})
ENDS_BEFORE_CAPITAL = frozenset(
    [
        *("no", "ht", "sup", "inf", "ant", "mod", "sev", "comp", "vert", "lat", "hx", "dx", "tx", "yr"),
        *("yrs", "mo", "wk", "gr", "incl", "deg", "w", "st", "pt", "fx", "t", "l", "cm", "mm", "in"),
    ]
)
ANSWERS = frozenset({"yes", "no", "none", "n", "y"})
MARKS = frozenset({"|", "-", "–", "•", "*", "·", "o", "#", ">"})
COLUMNS = re.compile(r"[^\s.:;?!](?: {3,}|\t)\S")
NEXT_CELL = re.compile(r"(?: {3,}|\t)(?=[A-Za-z][A-Za-z ]{2,30}:)")
FEWEST_WRAPPED = 26
"""A line shorter than this was not broken because it was full."""
ITEM = re.compile(
    r"\d{1,2}[.)]\s|\d{1,2}\.\d{1,2}\s+[TLDtld]-?\d|[A-Za-z][A-Za-z /&]{1,38}:"
    r"|(?:[TLDtld])-?\d{1,2}(?:\s?[-–/&,]\s?[TLDtld]?\d{1,2})*\s*(?:[:=|\t]|[-–]\s|\s\s)"
)
"""A line that begins with a number, a heading or a level and its mark is an item of its own."""
LEVEL_FIRST = re.compile(r"[tld]-?\d{1,2}\s")
LEADS_ON = frozenset(
    {"of", "at", "and", "or", "nor", "to", "through", "from", "the", "in", "with", "is", "no", "for"}
)
"""Words that a line broken in mid-sentence may end with before a level."""
SHORT_SECTIONS = frozenset({"comparison", "technique", "title", "recommendation", "signature"})
"""Sections that end with their paragraph."""
LONGER = frozenset({"indication", "comparison", "technique"})
"""Sections whose headings may say a few words more than is listed."""
MORE_WORDS = 3
NEVER_HEAD = frozenset({"not", "non", "no", "without", "unevaluable"})
"""Words that make a finding of a heading: "Levels not evaluable: T4"."""
FIELDS = frozenset({"grade", "type", "shape", "age", "severity", "genant"})
"""Names of the fields of a fracture, which end the options of the field before."""
ALONE = frozenset({"impression", "conclusion", "findings"})
"""Headings that capital text may write without a colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence or a line of a list or table, and where it stands in the report."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    section: str
    part: str
    """original, addendum, preliminary or final."""
    paragraph: int
    table: bool
    opens: bool = False
    """Whether it is the first one behind its heading."""
    apart: bool = False
    """Whether its heading stands in the middle of a line or in an earlier paragraph."""
    begins_line: bool = False
    unticked: tuple[Token, ...] = ()
    """Options of a form that were left, where another one is ticked."""
    looked_up: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """Levels and phrases of the tokens, once `looked_up` has found them."""


@dataclass(slots=True)
class _State:
    section: str = "body"
    part: str = "original"
    paragraph: int = 0
    bare_heading: bool = False
    heading_paragraph: int = 0
    fresh: bool = False
    inline: bool = False


PARTS = {"addendum": "addendum", "preliminary": "preliminary", "final": "final", "original": "original"}


def sentences_of(text: str, tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Sentence]:
    """Every sentence of the report, in order."""
    state, out = _State(), []
    lines = _Lines(text)
    at = 0
    while at < len(tokens):
        at = _lead(text, tokens, at, vocabulary, state)
        upto = _sentence_end(text, tokens, at, lines, vocabulary)
        every = tuple(token for token in tokens[at:upto] if token.kind != "gap")
        body = ticked(every)
        if body:
            state.bare_heading = False
            out.append(
                Sentence(
                    tokens=body,
                    start=body[0].start,
                    end=body[-1].end,
                    section=state.section,
                    part=state.part,
                    paragraph=state.paragraph,
                    opens=state.fresh,
                    unticked=_left_open(every, body),
                    begins_line=not text[text.rfind("\n", 0, body[0].start) + 1 : body[0].start].strip(
                        " -*•"
                    ),
                    apart=state.inline or state.paragraph > state.heading_paragraph,
                    table=_tabled(lines.around(body[0].start).strip()),
                )
            )
            state.fresh = False
        at = _gaps(tokens, upto, state)
    return out


def _tabled(line: str) -> bool:
    return bool(COLUMNS.search(line)) or line.count("|") > 1


def _left_open(every: tuple[Token, ...], kept: tuple[Token, ...]) -> tuple[Token, ...]:
    if not any(token.kind == "box" and token.text for token in every):
        return ()
    return tuple(token for token in every if token.kind != "box" and token not in kept)


def ticked(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens without the options of a form that are not ticked; boxes stand before or behind them."""
    if not any(token.kind == "box" for token in tokens):
        return tokens
    if tokens[0].kind != "box" and tokens[-1].kind == "box":
        return tuple(reversed(_ticked(reversed(tokens), closed_by=())))
    return tuple(_ticked(tokens, closed_by=(":", ";")))


def _ticked(tokens: Iterable[Token], *, closed_by: tuple[str, ...]) -> list[Token]:
    kept: list[Token] = []
    skipping = False
    before: Token | None = None
    for token in tokens:
        if token.kind == "box":
            skipping = not token.text
        elif skipping and token.text in closed_by:
            skipping = False
            if before is not None and before.text in FIELDS:
                kept.append(before)
        elif not skipping:
            kept.append(token)
        before = token
    return kept


def _gaps(tokens: Sequence[Token], at: int, state: _State) -> int:
    while at < len(tokens) and tokens[at].kind == "gap":
        if tokens[at].text == "blank":
            state.paragraph += 1
            if state.section in SHORT_SECTIONS and not state.bare_heading:
                state.section = "body"
        at += 1
    return at


def _lead(text: str, tokens: Sequence[Token], at: int, vocabulary: Vocabulary, state: _State) -> int:
    """Past the list marks and headings before a sentence; sets the section."""
    while at < len(tokens):
        step = _gaps(tokens, at, state)
        step = _list_mark(text, tokens, step, state)
        step = _heading(text, tokens, step, vocabulary, state)
        if step == at:
            return at
        at = step
    return at


def _list_mark(text: str, tokens: Sequence[Token], at: int, state: _State) -> int:
    if at >= len(tokens):
        return at
    line_start = text.rfind("\n", 0, tokens[at].start) + 1
    first_in_line = not text[line_start : tokens[at].start].strip()
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    number = tokens[at].kind == "number" and tokens[at].text.isdigit() and len(tokens[at].text) < 3
    if number and after and after.text in (".", ")") and text[after.end : after.end + 1].isspace():
        if first_in_line and state.section == "comparison":
            state.section = "body"
        return at + 2
    if first_in_line and tokens[at].text in MARKS and tokens[at].kind == "punct":
        return at + 1
    return at


def _heading(text: str, tokens: Sequence[Token], at: int, vocabulary: Vocabulary, state: _State) -> int:
    """Past a heading, if one stands here."""
    found = longest(tokens, at, vocabulary.sections)
    if found is None:
        return _unknown_heading(text, tokens, at, state)
    upto, terms = found
    section = terms[0].value
    end = _heading_end(text, tokens, at, upto, section)
    if end is None and section in LONGER:
        end = _longer_heading(text, tokens, at, upto, vocabulary)
    if end is None:
        return _unknown_heading(text, tokens, at, state)
    state.part = PARTS.get(section, state.part)
    if section == "superseded":
        state.part, section = "preliminary", "impression"
    elif section == "corrected":
        state.part, section = "addendum", "impression"
    state.section = "body" if section == "original" else section
    state.heading_paragraph, state.fresh = state.paragraph, True
    state.inline = bool(text[text.rfind("\n", 0, tokens[at].start) + 1 : tokens[at].start].strip(" *#=-"))
    state.bare_heading = end < len(tokens) and tokens[end].kind == "gap"
    if state.bare_heading and tokens[end].text == "blank":
        state.heading_paragraph += 1
    return end


def _longer_heading(
    text: str, tokens: Sequence[Token], at: int, upto: int, vocabulary: Vocabulary
) -> int | None:
    """The token after "Clinical information given:": a heading that is listed, and a few words more."""
    if text[text.rfind("\n", 0, tokens[at].start) + 1 : tokens[at].start].strip(" *#"):
        return None
    for step in range(upto, min(upto + MORE_WORDS + 1, len(tokens))):
        if tokens[step].text == ":":
            return step + 1
        if (
            tokens[step].kind != "word"
            or tokens[step].text in NEVER_HEAD
            or longest(tokens, step, vocabulary.sections)
        ):
            return None
    return None


def _heading_end(text: str, tokens: Sequence[Token], at: int, upto: int, section: str) -> int | None:
    """The token after a heading and its colon, date or brackets; None if it is no heading."""
    if _in_column(text, tokens, at, upto):
        return upto
    step, brackets = upto, 0
    while step < len(tokens) and step - upto < 12:
        token = tokens[step]
        if token.text == "(" and any(each.kind == "level" for each in tokens[step : step + 3]):
            closes = [at for at in range(step, min(step + 12, len(tokens) - 1)) if tokens[at].text == ")"]
            return upto if closes and tokens[closes[0] + 1].text == ":" else None
        if token.text == "(" or brackets:
            brackets += (token.text == "(") - (token.text == ")")
        elif (
            token.text == ":"
            or (
                token.text in ("-", "–", "—")
                and step == upto
                and text[token.start - 1 : token.start].isspace()
            )
            or (token.text == "is" and section == "indication" and step == upto)
        ):
            return step + 1
        elif token.kind == "gap":
            first = not text[text.rfind("\n", 0, tokens[at].start) + 1 : tokens[at].start].strip(" *#=")
            return step if first else None
        elif token.kind != "date" and token.text not in ("*", "#", "=", "by", "signed"):
            break
        step += 1
    said = text[tokens[at].start : tokens[upto - 1].end]
    if said.isupper() and tokens[at].text in ALONE and upto == at + 1:
        return upto
    return len(tokens) if step >= len(tokens) and upto - at < 3 else None


def _in_column(text: str, tokens: Sequence[Token], at: int, upto: int) -> bool:
    """Whether a heading stands in a column of its own at the beginning of a line."""
    first = not text[text.rfind("\n", 0, tokens[at].start) + 1 : tokens[at].start].strip()
    return first and upto < len(tokens) and text[tokens[upto - 1].end : tokens[upto].start] >= "   "


def _unknown_heading(text: str, tokens: Sequence[Token], at: int, state: _State) -> int:
    """An unlisted heading ends the short sections and the indication, so that no reading hides in them."""
    if at >= len(tokens) or text[text.rfind("\n", 0, tokens[at].start) + 1 : tokens[at].start].strip():
        return at
    for step in range(at, min(at + 5, len(tokens))):
        if tokens[step].text == ":":
            said = text[tokens[at].start : tokens[step].start]
            if step > at and (said.isupper() or state.section in (*SHORT_SECTIONS, "indication")):
                state.section = "body"
            break
        if tokens[step].kind != "word":
            break
    return at


def _sentence_end(
    text: str, tokens: Sequence[Token], at: int, lines: "_Lines", vocabulary: Vocabulary
) -> int:
    """The token after the last one of the sentence that starts at a token."""
    for step in range(at, len(tokens)):
        token = tokens[step]
        if step > at and (
            (NEXT_CELL.match(text, tokens[step - 1].end) and not _of_a_level(tokens, at))
            or _shouted(text, tokens, step, vocabulary)
        ):
            return step
        if token.kind == "gap":
            if token.text == "blank" or lines.broken_on_purpose(token):
                return step
        elif token.text in (".", "!", "?") and _ends(text, tokens, at, step):
            return step + 1
    return len(tokens)


def _of_a_level(tokens: Sequence[Token], at: int) -> bool:
    """Whether the cells of the line say more of one vertebra: "Level: T11   Type: wedge   Grade: 2"."""
    return [token.kind for token in tokens[at : at + 3]] == ["word", "punct", "level"]


def _shouted(text: str, tokens: Sequence[Token], at: int, vocabulary: Vocabulary) -> bool:
    """Whether a heading in capitals with its colon begins here, in mid-line."""
    token = tokens[at]
    if token.text not in vocabulary.sections.next or not text[token.start : token.end].isupper():
        return False
    found = longest(tokens, at, vocabulary.sections)
    end = (
        _heading_end(text, tokens, at, found[0], found[1][0].value) if found and len(token.text) > 3 else None
    )
    return end is not None and tokens[end - 1].text == ":"


def _ends(text: str, tokens: Sequence[Token], at: int, step: int) -> bool:
    following = text[tokens[step].end : tokens[step].end + 1]
    if following and not following.isspace() and following not in "\"')":
        return False
    if tokens[step].text == "?" and step + 1 < len(tokens) and tokens[step + 1].text in ANSWERS:
        return False
    if tokens[step].text != "." or step == at:
        return step > at or tokens[step].text != "?"
    before = tokens[step - 1]
    if before.end != tokens[step].start or before.text in NEVER_ENDS:
        return before.text not in NEVER_ENDS
    rest = text[tokens[step].end :].lstrip()
    return not (before.text in ENDS_BEFORE_CAPITAL and rest[:1].islower())


class _Lines:
    """The lines of the text, to tell a line that was full from one that was meant to end."""

    __slots__ = ("longest", "small", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.small = text == text.lower()
        self.longest = max((len(line) for line in text.splitlines()), default=0)

    def around(self, position: int) -> str:
        """The line a position stands in."""
        start = self.text.rfind("\n", 0, position) + 1
        end = self.text.find("\n", position)
        return self.text[start : len(self.text) if end < 0 else end]

    def broken_on_purpose(self, gap: Token) -> bool:
        """Whether a line ends because a sentence or an item does, not because it was full."""
        before = self.around(max(gap.start - 1, 0)).rstrip()
        after = self.around(gap.end).strip()
        if COLUMNS.search(before.strip()) or COLUMNS.search(after) or after[:1] in "-•*·#[☐☑☒>":
            return True
        if ITEM.match(after) or before.endswith((":", ".")):
            return True
        if self.small and LEVEL_FIRST.match(after) and before.split()[-1].strip(",") not in LEADS_ON:
            return not before.endswith(",")
        if before.endswith(("-", ",")) or (after[:1].islower() and not self.small):
            return False
        return len(before) < max(FEWEST_WRAPPED, 0.6 * self.longest) or self.longest > 130
