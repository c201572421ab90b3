"""A ProseReading as facts of a Study: findings per vertebra, density, osteoporosis, what was performed.

Nothing is added: what prose leaves open stays out, and the caller raises the gap. Evidence is the form the
text came from, with the words, their span and their rows. Called by intake.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    Completion,
    Density,
    FractureAge,
    Grade,
    Osteoporosis,
    Shape,
    Vertebra,
)
from service.core.evidence import Evidence, EvidenceKind, TextPart
from service.core.study import Known, Reading, VertebraFinding
from service.prose.levels import between
from service.prose.reading import REGIONS, FractureSaid, ProseReading, Span
from service.prose.terms import phrases
from service.prose.tokens import tokens_of
from service.prose.vocabulary import PLAIN, Vocabulary

T = TypeVar("T")
SHAPES = MappingProxyType(
    {"wedge": Shape.WEDGE, "biconcave": Shape.BICONCAVE, "crush": Shape.CRUSH, "burst": Shape.CRUSH}
)
"""A burst vertebra is coded like a crushed one; a broken endplate has no shape of its own."""
GRADES = MappingProxyType({1: Grade.MILD, 2: Grade.MODERATE, 3: Grade.SEVERE})
AGES = MappingProxyType(
    {
        "acute": FractureAge.ACUTE,
        "subacute": FractureAge.SUBACUTE,
        "acute_or_subacute": FractureAge.SUBACUTE,
        "chronic": FractureAge.CHRONIC,
        "healing": FractureAge.HEALING,
        "old": FractureAge.OLD,
        "indeterminate": FractureAge.INDETERMINATE,
    }
)
PAST = MappingProxyType({"healed": FractureAge.HEALED, "treated": FractureAge.OLD})
"""Ages that a status gives, whatever else is said."""
CAUSES = MappingProxyType(
    {
        "osteoporotic": Cause.OSTEOPOROTIC,
        "glucocorticoid_osteoporotic": Cause.OSTEOPOROTIC,
        "fragility": Cause.OSTEOPOROTIC,
        "insufficiency": Cause.OSTEOPOROTIC,
        "traumatic": Cause.TRAUMATIC,
        "neoplastic": Cause.NEOPLASTIC,
        "other_disease": Cause.OTHER_DISEASE,
        "pathologic_unspecified": Cause.PATHOLOGICAL,
    }
)
WITH_OSTEOPOROSIS = frozenset({"fragility", "insufficiency"})
"""Causes that say osteoporosis only where osteoporosis is documented; without it they stay open."""
CHANGES = MappingProxyType(
    {"new": Change.NEW, "unchanged": Change.UNCHANGED, "progressed": Change.PROGRESSED}
)
ORIGINS = MappingProxyType(
    {
        "postmenopausal": Osteoporosis.AGE_RELATED,
        "age_related": Osteoporosis.AGE_RELATED,
        "unspecified": Osteoporosis.AGE_RELATED,
        "glucocorticoid": Osteoporosis.STEROID_INDUCED,
        "other_secondary": Osteoporosis.OTHER,
    }
)
DENSITIES = MappingProxyType(
    {"yes": Density.AXIAL, "peripheral": Density.PERIPHERAL, "no": Density.NOT_MEASURED}
)
PERFORMED = MappingProxyType({"yes": True, "no": False})
ENDS = MappingProxyType(
    {
        "complete": Completion.COMPLETED,
        "reduced": Completion.COMPLETED,
        "stopped": Completion.STOPPED,
        "not_performed": Completion.NOT_DONE,
    }
)
"""How the acquisition ended; a reduced range was completed as far as it went."""


@dataclass(frozen=True, slots=True)
class InWords(Generic[T]):
    """A fact in words and where they stand, before anybody asks for it as evidence."""

    value: T
    spans: tuple[Span, ...]

    def known(self, written: "Written") -> Known[T]:
        """The fact with its words as evidence."""
        return Known(value=self.value, evidence=evidence(written, *self.spans))


def _told(value: T | None, spans: tuple[Span, ...]) -> InWords[T] | None:
    return InWords(value, spans) if value is not None and spans else None


LONGEST_QUOTED = 400
"""A sentence longer than so many characters is quoted by the words alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report's text, the forms it was put together from, and the vocabulary it is read with."""

    text: str
    parts: tuple[TextPart, ...]
    words: Vocabulary
    sentences: tuple[Span, ...] = ()
    _rows: dict[Span, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The rows of a span, once `rows_of` has looked: the same words stand behind several facts."""

    def where(self, span: Span) -> str:
        """The FHIRPath of the form the words stand in."""
        found = (part.where for part in self.parts if span.start < part.end)
        return next(found, self.parts[-1].where)

    def sentence(self, span: Span) -> Span:
        """The whole sentence the words stand in, with the year or the doubt behind them."""
        at = bisect_right(self.sentences, span.start, key=lambda each: each.start) - 1
        whole = self.sentences[at] if at >= 0 else span
        inside = whole.start <= span.start and span.end <= whole.end
        return whole if inside and whole.end - whole.start <= LONGEST_QUOTED else span


def evidence(written: Written, *spans: Span, rows: tuple[str, ...] = ()) -> tuple[Evidence, ...]:
    """The words of the spans as evidence, quoted with their sentence, and the rows they rest on."""
    return tuple(
        Evidence(
            kind=EvidenceKind.PROSE,
            where=written.where(span),
            shows=quoted(written.text, written.sentence(span)),
            span=(span.start, span.end),
            rows=rows or rows_of(written, span),
        )
        for span in spans
    )


def quoted(text: str, span: Span) -> str:
    """The words of a span in one line."""
    return " ".join(span.of(text).split())


def rows_of(written: Written, span: Span) -> tuple[str, ...]:
    """The rows of the vocabulary that give the words of a span their meaning."""
    if span not in written._rows:
        tokens = tokens_of(span.of(written.text), written.words)
        found = (one for view in written.words.views.values() for one in phrases(tokens, view))
        rows = {term.row for one in found for term in one.terms if term.kind != PLAIN}
        written._rows[span] = tuple(sorted(rows))
    return written._rows[span]


def reading_of(said: ProseReading, written: Written, *, documented: bool = False) -> Reading | None:
    """The reading as findings per vertebra; None where nothing may be concluded from the text.

    `documented` says that osteoporosis is documented elsewhere than in the text.
    """
    if said.billing_reading == "cannot_tell":
        return None
    osteoporosis = documented or said.osteoporosis.value == "yes"
    return Reading(
        findings=tuple(finding_of(each, written, osteoporosis=osteoporosis) for each in said.fractures),
        no_fracture=evidence(written, *_denials(said)),
        not_evaluable=tuple(Vertebra(level) for level in said.levels_not_evaluable if level in set(Vertebra)),
        seen=_seen(said),
    )


def _seen(said: ProseReading) -> tuple[Vertebra, ...]:
    """The range the text names, without the levels it could not read."""
    named = between(*said.levels_attempted) if said.levels_attempted else ()
    known = set(Vertebra)
    return tuple(Vertebra(one) for one in named if one in known and one not in said.levels_not_evaluable)


def _denials(said: ProseReading) -> tuple[Span, ...]:
    """The words that say there is no fracture; none where a fracture of the past is called."""
    called = any(each.is_fracture != "denied" for each in said.fractures)
    if said.billing_reading != "no_fracture" or called:
        return ()
    if said.global_denial:
        return (said.global_denial.span,)
    return (
        *(each.span for each in said.deformities),
        *(span for each in said.fractures for span in each.spans),
    )


def finding_of(said: FractureSaid, written: Written, *, osteoporosis: bool) -> VertebraFinding:
    """One vertebra. A treated fracture is old: it is no longer current, and nobody calls it healed."""
    cause = Cause.NOT_STATED
    if osteoporosis or said.cause not in WITH_OSTEOPOROSIS:
        cause = CAUSES.get(said.cause, Cause.NOT_STATED)
    return VertebraFinding(
        level=level_of(said.level),
        certainty=Certainty(said.is_fracture),
        shape=SHAPES.get(said.shape, Shape.NOT_STATED),
        grade=GRADES.get(said.grade or 0, Grade.NOT_STATED),
        age=PAST.get(said.status) or AGES.get(said.age, FractureAge.NOT_STATED),
        change=CHANGES.get(said.change, Change.NOT_STATED),
        cause=cause,
        evidence=evidence(written, *said.spans, rows=said.rows),
    )


def level_of(level: str) -> Vertebra:
    """The vertebra or region; a sixth lumbar vertebra is coded as the lumbar region."""
    if level in REGIONS:
        return REGIONS[level]
    return Vertebra(level) if level in set(Vertebra) else Vertebra.LUMBAR


def density_told(said: ProseReading) -> InWords[Density] | None:
    """Whether density was measured in the session; None where the text does not say or contradicts itself."""
    density = said.density_measured
    return _told(DENSITIES.get(density.value), density.spans)


def osteoporosis_told(said: ProseReading) -> InWords[Osteoporosis] | None:
    """Osteoporosis as the text documents it; never from a T-score."""
    if said.osteoporosis.value != "yes":
        return None
    return _told(ORIGINS.get(said.osteoporosis_cause.value), said.osteoporosis.spans)


def vfa_told(said: ProseReading) -> InWords[bool] | None:
    """Whether a VFA was performed: yes once the acquisition of the lateral image began."""
    return _told(PERFORMED.get(said.vfa_performed.value), said.vfa_performed.spans)


def completion_told(said: ProseReading) -> InWords[Completion] | None:
    """How the acquisition ended."""
    ended = said.completeness
    return _told(ENDS.get(ended.value), ended.spans or said.vfa_performed.spans)
