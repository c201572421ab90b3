"""A ProseReading as facts of a Study: findings per vertebra, density, osteoporosis, what was performed.

Nothing is added: what prose leaves open stays out, and the caller raises the gap. Evidence is the element
the text came from, with the words; `where` is its FHIRPath. Called by intake.
"""

from types import MappingProxyType
from typing import TypeVar

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
from service.core.study import Evidence, EvidenceKind, Known, Reading, VertebraFinding
from service.prose.reading import REGIONS, FractureSaid, ProseReading, Said, Span

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
        "glucocorticoid": Osteoporosis.DRUG_INDUCED,
        "other_secondary": Osteoporosis.OTHER,
    }
)
DENSITIES = MappingProxyType(
    {"yes": Density.AXIAL, "peripheral": Density.PERIPHERAL, "no": Density.NOT_MEASURED}
)


def evidence(text: str, where: str, *spans: Span) -> tuple[Evidence, ...]:
    """The words of the spans as evidence."""
    return tuple(
        Evidence(kind=EvidenceKind.ELEMENT, where=where, shows=" ".join(span.of(text).split()))
        for span in spans
    )


def reading_of(said: ProseReading, text: str, where: str) -> Reading | None:
    """The reading as findings per vertebra; None where nothing may be concluded from the text."""
    if said.billing_reading == "cannot_tell":
        return None
    osteoporosis = said.osteoporosis.value == "yes"
    denied = [said.global_denial.span] if said.global_denial else [each.span for each in said.deformities]
    return Reading(
        findings=tuple(finding_of(each, text, where, osteoporosis=osteoporosis) for each in said.fractures),
        no_fracture=evidence(text, where, *denied) if said.billing_reading == "no_fracture" else (),
        not_evaluable=tuple(Vertebra(level) for level in said.levels_not_evaluable if level in set(Vertebra)),
    )


def finding_of(said: FractureSaid, text: str, where: str, *, osteoporosis: bool) -> VertebraFinding:
    """One vertebra. A healed fracture is old; a treated one is old as well, since it is no longer current."""
    past = said.status in ("healed", "treated")
    cause = Cause.NOT_STATED
    if osteoporosis or said.cause not in WITH_OSTEOPOROSIS:
        cause = CAUSES.get(said.cause, Cause.NOT_STATED)
    return VertebraFinding(
        level=level_of(said.level),
        certainty=Certainty(said.is_fracture),
        shape=SHAPES.get(said.shape, Shape.NOT_STATED),
        grade=GRADES.get(said.grade or 0, Grade.NOT_STATED),
        age=FractureAge.OLD if past else AGES.get(said.age, FractureAge.NOT_STATED),
        change=CHANGES.get(said.change, Change.NOT_STATED),
        cause=cause,
        evidence=evidence(text, where, *said.spans),
    )


def level_of(level: str) -> Vertebra:
    """The vertebra or region; a sixth lumbar vertebra is coded as the lumbar region."""
    if level in REGIONS:
        return REGIONS[level]
    return Vertebra(level) if level in set(Vertebra) else Vertebra.LUMBAR


def density_of(said: ProseReading, text: str, where: str) -> Known[Density] | None:
    """Whether density was measured in the session; None where the text does not say or contradicts itself."""
    return _known(said.density_measured, DENSITIES.get(said.density_measured.value), text, where)


def osteoporosis_of(said: ProseReading, text: str, where: str) -> Known[Osteoporosis] | None:
    """Osteoporosis as the text documents it; never from a T-score."""
    if said.osteoporosis.value != "yes":
        return None
    return _known(said.osteoporosis, ORIGINS.get(said.osteoporosis_cause.value), text, where)


def vfa_of(said: ProseReading, text: str, where: str) -> Known[bool] | None:
    """Whether a VFA was performed: yes once the acquisition of the lateral image began."""
    performed = {"yes": True, "no": False}.get(said.vfa_performed.value)
    return _known(said.vfa_performed, performed, text, where)


def completion_of(said: ProseReading, text: str, where: str) -> Known[Completion] | None:
    """How the acquisition ended; a reduced range was completed as far as it went."""
    ends = {
        "complete": Completion.COMPLETED,
        "reduced": Completion.COMPLETED,
        "stopped": Completion.STOPPED,
        "not_performed": Completion.NOT_DONE,
    }
    spans = said.completeness.spans or said.vfa_performed.spans
    shown = Said(value=said.completeness.value, spans=spans)
    return _known(shown, ends.get(said.completeness.value), text, where)


def _known(said: Said, value: T | None, text: str, where: str) -> Known[T] | None:
    shown = evidence(text, where, *said.spans)
    return Known(value=value, evidence=shown) if value is not None and shown else None
