"""The report as one text: its presented forms, its results in words and its conclusion.

What is said twice is read once; what only the conclusion says is added under its own heading. What cannot
be read is said. The text keeps, for every piece, the FHIRPath it came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.core.evidence import TextPart
from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.intake.codings import codes
from service.intake.elements import Element
from service.intake.forms import text_of_form
from service.intake.references import Found
from service.intake.results import is_vertebral, results
from service.intake.session import Session, gap
from service.intake.unreadable import UnreadableError
from service.prose.vocabulary import Node, Vocabulary, spelled_out

FORMS = 10
"""Forms of one report that are read; more are not the same report in several forms."""
WORD = re.compile(r"\w+")
BODY, CONCLUSION = "FINDINGS:", "IMPRESSION:"
"""Headings put between pieces, so that none is read under the last heading of the one before."""
HEADINGS = {
    "body": BODY,
    "impression": CONCLUSION,
    "comparison": "COMPARISON:",
    "indication": "INDICATION:",
    "technique": "TECHNIQUE:",
    "density": "DENSITY:",
    "recommendation": "RECOMMENDATION:",
    "addendum": "ADDENDUM:",
}
"""The heading of each section that a result in words may be."""
NOT_WORDS = re.compile(r"[^\w ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportText:
    """The text, where its pieces came from, and the forms that could not be read."""

    text: str
    parts: tuple[TextPart, ...]
    unreadable: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    heading: str
    text: str
    where: str
    always: bool = False
    """Whether the heading stands before it even where nothing comes before."""


def text_of_report(report: Found, session: Session, words: Vocabulary) -> ReportText:
    """Everything the report says in words; an empty text where it says nothing in words."""
    unreadable: list[Gap] = []
    pieces = [
        *_forms(report, session, unreadable),
        *_results(report, session, words, unreadable),
        *_conclusion(report),
    ]
    text, parts, said = "", [], ""
    for piece in pieces:
        flat = f" {' '.join(WORD.findall(piece.text.lower()))} "
        if flat.isspace() or flat in said:
            continue
        if text or piece.always:
            text += f"\n\n{piece.heading}\n".removeprefix("" if text else "\n\n")
        parts.append(TextPart(where=piece.where, start=len(text), end=len(text) + len(piece.text)))
        text, said = text + piece.text, said + flat
    return ReportText(text=text, parts=tuple(parts), unreadable=tuple(unreadable))


def _forms(report: Found, session: Session, unreadable: list[Gap]) -> Iterator[_Piece]:
    for number, form in enumerate(report.root.each("presentedForm")):
        try:
            if number >= FORMS:
                raise UnreadableError(f"only {FORMS} forms of a report are read")
            where, data = _data(form, report, session)
            yield _Piece(BODY, text_of_form(form, data), where)
        except UnreadableError as error:
            unreadable.append(gap(FindingCode.PROSE_FORM_UNREADABLE, form.path, why=error.why))


def _data(form: Element, report: Found, session: Session) -> tuple[str, str]:
    """The base64 content of an Attachment, its own or that of a Binary in the study it names."""
    if form.text("data"):
        return form.path, form.text("data")
    named = Element({"reference": form.text("url")}, form.one("url").path)
    binary = session.library.follow(named, report, "Binary") if form.text("url") else None
    if binary is None or not binary.root.text("data"):
        raise UnreadableError("its content was not sent")
    return binary.path, binary.root.text("data")


def _results(report: Found, session: Session, words: Vocabulary, unreadable: list[Gap]) -> Iterator[_Piece]:
    """Results that are words, under the heading of the section their code names."""
    for result in results(report, session.library)[0]:
        text, where = result.root.text("valueString"), f"{result.path}.valueString"
        if not text or is_vertebral(result, session.lexicon):
            continue
        heading = HEADINGS.get(_section(result.root, words))
        if heading:
            yield _Piece(heading, text, where, always=True)
        else:
            why = "its code does not say which section of the report it is"
            unreadable.append(gap(FindingCode.PROSE_FORM_UNREADABLE, where, why=why))


def _section(result: Element, words: Vocabulary) -> str:
    """The section that an Observation's code, or the words beside it, name; rows know both."""
    code = result.one("code")
    numbers = [f"{found.system} {found.code}" for found in codes(code)]
    for name in (*numbers, code.text("text"), *(coding.text("display") for coding in code.each("coding"))):
        node: Node | None = words.sections
        for word in next(spelled_out(NOT_WORDS.sub(" ", name)), ()):
            node = node.next.get(words.short.get(word, word)) if node else None
        if node and node.terms:
            return node.terms[0].value
    return ""


def _conclusion(report: Found) -> Iterator[_Piece]:
    conclusion = report.root.one("conclusion")
    if conclusion.text():
        yield _Piece(CONCLUSION, conclusion.text(), conclusion.path)
