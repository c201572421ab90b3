"""Which procedures are billed: what was performed and reported, against what was ordered.

Neighbours: `decide` asks; the rows are `mappings/procedures.yaml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from service.core.codes import Density, Exam, Procedure
from service.core.decision import (
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from service.core.study import Gap, Known, Study

DENSITY_EXAM = {Density.AXIAL: Exam.AXIAL_DENSITY, Density.PERIPHERAL: Exam.PERIPHERAL_DENSITY}
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    vfa: Known[bool]
    density: Known[Density]


def decide_procedures(study: Study, rulebook: Rulebook, on: date) -> Choice[tuple[Procedure, ...]]:
    """The procedures to bill for the session, one line each; an empty tuple bills nothing."""
    question = rulebook.procedures.question
    vfa, density = study.performed.vfa, study.performed.density
    gaps = tuple(finding_of(rulebook, fact) for fact in (vfa, density) if isinstance(fact, Gap))
    if isinstance(vfa, Gap) or isinstance(density, Gap):
        return Undecided(question=question, needs=gaps)
    session = _Session(vfa=vfa, density=density)
    added = _not_ordered(study, session, rulebook)
    if added:
        return Undecided(question=question, needs=added)
    where = (*vfa.where, *density.where)
    hit = find_row(rulebook, rulebook.procedures, _facts(vfa.value, density.value), *where, on=on)
    if isinstance(hit, Finding):
        return Undecided(question=question, needs=(hit,))
    because = because_row(hit, *vfa.evidence, *density.evidence)
    return Chosen(value=hit.then.procedures, because=(because,))


def rejected_procedures(study: Study, rulebook: Rulebook, on: date) -> tuple[Rejected, ...]:
    """The procedures one other fact of the session would have billed, and that fact."""
    taken = decide_procedures(study, rulebook, on)
    vfa, density = study.performed.vfa, study.performed.density
    if isinstance(taken, Undecided) or isinstance(vfa, Gap) or isinstance(density, Gap):
        return ()
    rejected: dict[Procedure, Rejected] = {}
    for other_vfa, other_density, flip in _one_fact_away(vfa.value, density.value):
        other = rulebook.procedures.ask_one(_facts(other_vfa, other_density), on=on)
        for code in other.then.procedures if other else ():
            if code not in taken.value and code not in rejected:
                rejected[code] = Rejected(
                    value=code.value,
                    instead_of="procedure",
                    says="What was performed and reported in the session decides.",
                    because=taken.because,
                    flips=flip,
                )
    return tuple(rejected.values())


def _facts(vfa: bool, density: Density) -> dict[str, str]:
    return {"vfa": YES if vfa else NO, "density": density.value}


def _one_fact_away(vfa: bool, density: Density) -> Iterator[tuple[bool, Density, str]]:
    for other in Density:
        if other is not density:
            yield vfa, other, f"If the density measured in the session were: {other.value}."
    performed = "not performed" if vfa else "performed and reported"
    yield not vfa, density, f"If the vertebral fracture assessment were {performed}."


def _not_ordered(study: Study, session: _Session, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A test that nobody ordered may not be added by the site (42 CFR 410.32(a)): it holds."""
    if isinstance(study.order, Gap) or isinstance(study.order.value.ordered, Gap):
        return ()
    ordered = study.order.value.ordered
    covered = _covered(ordered.value)
    missing = sorted(_performed(session) - covered)
    if not missing:
        return ()
    where = (*ordered.where, *session.vfa.where, *session.density.where)
    told = ", ".join(sorted(ordered.value))
    if Exam.GENERIC_DXA in ordered.value:
        return (raise_finding(rulebook, FindingCode.ORDERED_EXAM_UNCLEAR, *where, ordered=told),)
    return (
        raise_finding(
            rulebook,
            FindingCode.EXAM_NOT_ORDERED,
            *where,
            performed=", ".join(missing),
            ordered=told or "nothing",
        ),
    )


def _performed(session: _Session) -> frozenset[Exam]:
    density = DENSITY_EXAM.get(session.density.value)
    return frozenset(({Exam.VFA} if session.vfa.value else set()) | ({density} if density else set()))


def _covered(ordered: frozenset[Exam]) -> frozenset[Exam]:
    both = frozenset({Exam.VFA, Exam.AXIAL_DENSITY})
    return ordered | both if Exam.DENSITY_WITH_VFA in ordered else ordered
