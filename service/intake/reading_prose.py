"""The report's prose: what it gives to the study where codes say nothing, and where it says otherwise.

A fact is taken from prose only where the coded one is missing. Then a coder confirms it (`review`), or it
stands where every sentence was understood and nothing contradicts (`trust`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from service.core.codes import SIGNED, Completion, Osteoporosis, ProseUse
from service.core.evidence import Evidence, Prose, TextMark
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook, Stands
from service.core.situations import Circumstance
from service.core.study import Fact, Gap, Known, Performed, Reading, Stated, Study
from service.intake.prose_against_codes import Disagreement, disagreements
from service.intake.reading_performed import (
    says_nothing_of_density,
    says_nothing_of_the_end,
    says_nothing_performed,
)
from service.intake.reading_vertebrae import stated_diagnoses
from service.intake.references import Found
from service.intake.report_text import ReportText, text_of_report
from service.intake.results import results, vertebra_results
from service.intake.session import Session, gap
from service.prose.read import read_report
from service.prose.reading import ProseReading
from service.prose.study_values import (
    InWords,
    Written,
    completion_told,
    density_told,
    evidence,
    osteoporosis_told,
    quoted,
    reading_of,
    vfa_told,
)
from service.prose.vocabulary import Vocabulary, make_vocabulary

T = TypeVar("T")
READING = "reading"
CODES_AND_WORDS = "codes_vs_prose"
"""How codes and words differ, in `report-precedence`."""


@dataclass(slots=True, kw_only=True)
class _Told:
    """What the prose said, and what of it was taken."""

    said: ProseReading
    written: Written
    unreadable: tuple[Gap, ...]
    taken: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)

    def take(self, what: str, coded: Fact[T], prose: InWords[T] | None, *, silent: bool) -> Fact[T]:
        """The coded fact; where the codes are `silent` about it, the one in words."""
        if isinstance(coded, Known) or not silent or prose is None:
            return coded
        known = prose.known(self.written)
        self.taken[what] = known.evidence
        return known

    @property
    def sentences(self) -> str:
        """The words of what was not understood, with the reason."""
        text = self.written.text
        return "; ".join(f'"{quoted(text, each.span)}" ({each.why})' for each in self.said.not_understood)

    @property
    def unplaced(self) -> list[str]:
        """The sentences of no known kind, with the reason."""
        text = self.written.text
        return [f'"{quoted(text, each.span)}": {each.why}' for each in self.said.unplaced]


def with_prose(study: Study, session: Session, use: ProseUse) -> Study:
    """The study with what the signed report says in words."""
    report = session.report
    if use is ProseUse.OFF or report is None or isinstance(study.report, Gap):
        return study
    if study.report.value.status.value not in SIGNED:
        return study
    words = _vocabulary(_Words(session.lexicon.rulebook))
    found = text_of_report(report, session, words)
    if not found.text:
        return replace(study, notes=(*study.notes, *found.unreadable))
    told = _read(found, study, words)
    study = _as_far_as_it_went(study, told, session)
    against = disagreements(told.said, told.written, study)
    if _asks_prose(study, report, session):
        reading = _reading(told, study)
        if isinstance(reading, Known):
            diagnoses = stated_diagnoses(report, session.lexicon)
            reading = replace(reading, value=replace(reading.value, diagnoses=diagnoses))
            told.taken[READING] = reading.evidence
        study = replace(study, reading=reading)
    study = _with_facts(study, told, session)
    notes = (*study.notes, *_notes(study, told, against, use), *found.unreadable)
    return replace(study, prose=_prose(study, told, against), notes=notes)


def _read(found: ReportText, study: Study, words: Vocabulary) -> _Told:
    day = study.report.value.reading_day if isinstance(study.report, Known) else None
    said = read_report(found.text, words, read_on=day.value if isinstance(day, Known) else None)
    written = Written(text=found.text, parts=found.parts, words=words, sentences=said.sentences)
    return _Told(said=said, written=written, unreadable=found.unreadable)


def _asks_prose(study: Study, report: Found, session: Session) -> bool:
    """Whether no code says anything of a vertebra; one that cannot be read, or was not sent, is one."""
    if isinstance(study.reading, Known) or study.reading.code is not FindingCode.READING_NOT_CODED:
        return False
    found, lost = results(report, session.library)
    return not lost and not vertebra_results(found, session.lexicon)


def _reading(told: _Told, study: Study) -> Fact[Reading]:
    """The reading in words, or why there is none."""
    said, parts = told.said, told.written.parts
    where = tuple(part.where for part in parts)
    if said.not_understood:
        return gap(FindingCode.PROSE_NOT_UNDERSTOOD, *where, sentences=told.sentences)
    unsettled = [each for each in said.contradictions if not each.resolved]
    if unsettled:
        spans = [span for each in unsettled for span in each.spans]
        shown = " / ".join(f'"{quoted(told.written.text, span)}"' for span in spans)
        return gap(FindingCode.READING_CONTRADICTS_ITSELF, *where, levels=shown)
    reading = reading_of(said, told.written, documented=study.osteoporosis is not None)
    if reading is None and not said.review:
        return study.reading
    if reading is None:
        return gap(FindingCode.PROSE_CANNOT_TELL, *where, why="; ".join(said.review))
    shown_by = tuple(one for each in reading.findings for one in each.evidence) or reading.no_fracture
    return Known(value=reading, evidence=shown_by) if shown_by else study.reading


def _as_far_as_it_went(study: Study, told: _Told, session: Session) -> Study:
    """The study with what the words say of a scan that was broken off, or took in less than intended."""
    done, ended = study.performed, completion_told(told.said)
    spans = told.said.completeness.spans
    says = " ".join(dict.fromkeys(quoted(told.written.text, span) for span in spans))
    if ended and ended.value is Completion.STOPPED and says_nothing_of_the_end(session):
        stopped = ended.known(told.written)
        told.taken["how the scan ended"] = stopped.evidence
        done = replace(done, completion=stopped, stop_reason=done.stop_reason or says)
    stated = any(one.what is Circumstance.REDUCED for one in study.circumstances)
    whole = isinstance(done.completion, Known) and done.completion.value is Completion.COMPLETED
    if told.said.completeness.value != "reduced" or stated or not whole or not spans:
        return replace(study, performed=done)
    shown = evidence(told.written, *spans)
    told.taken["less imaged than intended"] = shown
    reduced = Stated(what=Circumstance.REDUCED, says=says, evidence=shown)
    return replace(study, performed=done, circumstances=(*study.circumstances, reduced))


def _with_facts(study: Study, told: _Told, session: Session) -> Study:
    """The facts beside the reading that nobody says by code."""
    done = study.performed
    if any(isinstance(each, Gap) for each in (done.vfa, done.density, done.completion)):
        study = replace(study, performed=_performed(done, told, session))
    return replace(study, osteoporosis=_osteoporosis(study, told))


def _performed(done: Performed, told: _Told, session: Session) -> Performed:
    said = told.said
    silent = says_nothing_performed(session)
    return replace(
        done,
        vfa=told.take("fracture assessment", done.vfa, vfa_told(said), silent=silent),
        density=told.take(
            "bone density", done.density, density_told(said), silent=says_nothing_of_density(session)
        ),
        completion=told.take("how the scan ended", done.completion, completion_told(said), silent=silent),
    )


def _osteoporosis(study: Study, told: _Told) -> Known[Osteoporosis] | None:
    """Osteoporosis by code; in words where no code says so, or says it without its type."""
    coded, prose = study.osteoporosis, osteoporosis_told(told.said)
    if prose is None or (coded and coded.value is not Osteoporosis.AGE_RELATED):
        return coded
    if coded and (prose.value is Osteoporosis.AGE_RELATED or READING not in told.taken):
        return coded
    shown = prose.known(told.written).evidence
    told.taken["osteoporosis"] = shown
    return Known(value=prose.value, evidence=(*shown, *(coded.evidence if coded else ())))


def _notes(study: Study, told: _Told, against: tuple[Disagreement, ...], use: ProseUse) -> Iterator[Gap]:
    """What a coder, or the reader, must look at."""
    said = told.said
    row = told.written.words.precedences[CODES_AND_WORDS]
    for each in against if row.then.stands is not Stands.CODES else ():
        shown = "; ".join(dict.fromkeys(f'"{one.shows}"' for one in each.prose))
        where = (*each.coded, *(one.where for one in each.prose))
        yield gap(FindingCode.PROSE_CODES_DISAGREE, *where, what=each.what, codes=each.codes, prose=shown)
    where = tuple(part.where for part in told.written.parts)
    if told.taken and said.not_understood:
        yield gap(FindingCode.PROSE_NOT_UNDERSTOOD, *where, sentences=told.sentences)
    elif told.taken:
        yield from _taken(told, use, where)
    elif isinstance(study.reading, Known) and (said.not_understood or said.review) and not against:
        why = told.sentences or "; ".join(said.review)
        yield gap(FindingCode.PROSE_NOT_COMPARED, *where, why=why)


def _taken(told: _Told, use: ProseUse, where: tuple[str, ...]) -> Iterator[Gap]:
    shown = (each for evidences in told.taken.values() for each in evidences)
    sentences = "; ".join(dict.fromkeys(f'"{each.shows}"' for each in shown))
    trusted = use is ProseUse.TRUST and not told.unreadable
    code = FindingCode.PROSE_TRUSTED if trusted else FindingCode.PROSE_REVIEW
    yield gap(code, *where, what=", ".join(told.taken), sentences=sentences)
    for why in (*told.said.review, *told.unplaced):
        yield gap(FindingCode.CODER_REVIEW, *where, why=why)


def _prose(study: Study, told: _Told, against: tuple[Disagreement, ...]) -> Prose | None:
    """The text with its marks, where something rests on it."""
    marks = [*_marks(study, told), *_troubles(told, against)]
    if not marks and isinstance(study.reading, Known):
        return None
    once = {(mark.start, mark.end, mark.says): mark for mark in marks}
    ordered = tuple(sorted(once.values(), key=lambda mark: (mark.start, mark.end, mark.says)))
    return Prose(text=told.written.text, parts=told.written.parts, marks=ordered)


def _marks(study: Study, told: _Told) -> Iterator[TextMark]:
    for what, evidences in told.taken.items():
        if what != READING:
            yield from _as_marks(what, evidences)
        elif isinstance(study.reading, Known):
            for one in study.reading.value.findings:
                yield from _as_marks(f"{one.level}, {one.certainty}", one.evidence)
            yield from _as_marks("no fracture", study.reading.value.no_fracture)


def _as_marks(says: str, evidences: tuple[Evidence, ...]) -> Iterator[TextMark]:
    for each in evidences:
        if each.span:
            yield TextMark(start=each.span[0], end=each.span[1], says=says, rows=each.rows)


def _troubles(told: _Told, against: tuple[Disagreement, ...]) -> Iterator[TextMark]:
    """Words that were not understood, that contradict each other, or the codes."""
    rest = told.said.unplaced if told.taken else ()
    for trouble in (*told.said.not_understood, *rest):
        start, end = trouble.span.start, trouble.span.end
        yield TextMark(start=start, end=end, says=trouble.why, understood=False)
    for each in told.said.contradictions:
        if not each.resolved or READING in told.taken:
            yield from (
                TextMark(
                    start=span.start,
                    end=span.end,
                    says=each.says,
                    understood=each.resolved,
                    rows=(each.row,),
                )
                for span in each.spans
            )
    for one in against:
        row = told.written.words.precedences[CODES_AND_WORDS].id
        shown = tuple(replace(each, rows=(row,)) for each in one.prose)
        yield from _as_marks(f"against the codes: {one.what}", shown)


WORD_SETS = ("report_terms", "report_sections", "report_reviews", "report_precedences")


class _Words:
    """A rulebook as a key of the cache, by the words it has."""

    __slots__ = ("rulebook",)

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def __hash__(self) -> int:
        return id(self.rulebook.report_terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Words) and all(
            getattr(other.rulebook, name) is getattr(self.rulebook, name) for name in WORD_SETS
        )


def warm(rulebook: Rulebook) -> None:
    """Make the vocabulary of a rulebook now, so that no worker and no first request has to."""
    _vocabulary(_Words(rulebook))


@lru_cache(maxsize=4)
def _vocabulary(words: _Words) -> Vocabulary:
    """Made once for a rulebook: it takes as long as fifty reports."""
    return make_vocabulary(words.rulebook)
