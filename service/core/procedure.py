"""Which procedures are billed: what was performed and reported, against what was ordered.

Neighbours: `decide` asks; the rows are `mappings/procedures.yaml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from service.core.study import Gap, Known, Study

DENSITY_EXAM = {Density.AXIAL: Exam.AXIAL_DENSITY, Density.PERIPHERAL: Exam.PERIPHERAL_DENSITY}
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    vfa: bool
    density: Density
    peripheral_too: bool
    bone_score: bool
    evidence: tuple[Evidence, ...]

    @property
    def exams(self) -> frozenset[Exam]:
        """What was performed, in the words of orders."""
        density = DENSITY_EXAM.get(self.density)
        said = (
            Exam.VFA if self.vfa else None,
            density,
            Exam.BONE_SCORE if self.bone_score else None,
        )
        return frozenset(exam for exam in said if exam)


def decide_procedures(study: Study, rulebook: Rulebook, on: date) -> Choice[tuple[Procedure, ...]]:
    """The procedures to bill for the session, one line each; an empty tuple bills nothing."""
    question = rulebook.procedures.question
    vfa, density = study.performed.vfa, study.performed.density
    gaps = tuple(finding_of(rulebook, fact) for fact in (vfa, density) if isinstance(fact, Gap))
    if isinstance(vfa, Gap) or isinstance(density, Gap):
        return Undecided(question=question, needs=gaps)
    session = _Session(
        vfa=vfa.value,
        density=density.value,
        peripheral_too=bool(study.performed.peripheral),
        bone_score=bool(study.performed.bone_score),
        evidence=(*vfa.evidence, *density.evidence, *study.performed.bone_score),
    )
    where = tuple(one.where for one in session.evidence)
    if session.bone_score and session.density is not Density.AXIAL:
        needs = (raise_finding(rulebook, FindingCode.BONE_SCORE_WITHOUT_DENSITY, *where),)
        return Undecided(question=question, needs=needs)
    choice = _ordered_part(study, session, rulebook, on)
    if isinstance(choice, Undecided):
        return choice
    return replace(choice, findings=(*choice.findings, *_peripheral(study, choice.value, rulebook, on)))


def _peripheral(
    study: Study, billed: tuple[Procedure, ...], rulebook: Rulebook, on: date
) -> Iterator[Finding]:
    """A peripheral density beside the axial one, which the tables deny beside it."""
    evidence = study.performed.peripheral
    for kept in billed if evidence else ():
        facts = {"column_one": kept.value, "column_two": Procedure.PERIPHERAL_DENSITY.value}
        for hit in rulebook.ncci.ask_all(facts, on=on):
            said = raise_finding(
                rulebook,
                FindingCode.PERIPHERAL_LEFT_OFF,
                *(one.where for one in evidence),
                left_off=hit.then.column_two,
                kept=hit.then.column_one,
                indicator=hit.then.indicator,
            )
            yield replace(said, because=(because_row(hit, *evidence),))


def _ordered_part(
    study: Study, session: _Session, rulebook: Rulebook, on: date
) -> Choice[tuple[Procedure, ...]]:
    """What was ordered of what was performed; the rest is held, alone or with everything.

    A test that nobody ordered may not be added by the site (42 CFR 410.32(a)).
    """
    ordered = None if isinstance(study.order, Gap) else study.order.value.ordered
    if not isinstance(ordered, Known) or session.exams <= _covered(ordered.value):
        return _asked(session, rulebook, on)
    where = (*ordered.where, *(one.where for one in session.evidence))
    told = ", ".join(sorted(ordered.value))
    question = rulebook.procedures.question
    if Exam.GENERIC_DXA in ordered.value:
        unclear = raise_finding(rulebook, FindingCode.ORDERED_EXAM_UNCLEAR, *where, ordered=told)
        return Undecided(question=question, needs=(unclear,))
    added = ", ".join(sorted(session.exams - _covered(ordered.value)))
    rest = _asked(_only(session, _covered(ordered.value)), rulebook, on)
    if isinstance(rest, Undecided) or not rest.value:
        held = raise_finding(
            rulebook, FindingCode.EXAM_NOT_ORDERED, *where, performed=added, ordered=told or "nothing"
        )
        return Undecided(question=question, needs=(held,))
    billed = ", ".join(rest.value)
    part = raise_finding(
        rulebook, FindingCode.PART_NOT_ORDERED, *where, performed=added, ordered=told, billed=billed
    )
    return replace(rest, findings=(*rest.findings, part))


def _only(session: _Session, ordered: frozenset[Exam]) -> _Session:
    """The session as if only what was ordered had been done."""
    exams = session.exams & ordered
    axial = Exam.AXIAL_DENSITY in exams
    density = session.density if DENSITY_EXAM.get(session.density) in exams else Density.NOT_MEASURED
    if session.peripheral_too and not axial and Exam.PERIPHERAL_DENSITY in ordered:
        density = Density.PERIPHERAL
    return replace(
        session,
        vfa=Exam.VFA in exams,
        density=density,
        bone_score=Exam.BONE_SCORE in exams and axial,
    )


def _asked(session: _Session, rulebook: Rulebook, on: date) -> Choice[tuple[Procedure, ...]]:
    facts = _facts(session.vfa, session.density, session.bone_score)
    where = (one.where for one in session.evidence)
    hit = find_row(rulebook, rulebook.procedures, facts, *where, on=on)
    if isinstance(hit, Finding):
        return Undecided(question=rulebook.procedures.question, needs=(hit,))
    return Chosen(value=hit.then.procedures, because=(because_row(hit, *session.evidence),))


def rejected_procedures(study: Study, rulebook: Rulebook, on: date) -> tuple[Rejected, ...]:
    """The procedures one other fact of the session would have billed, and that fact."""
    taken = decide_procedures(study, rulebook, on)
    vfa, density = study.performed.vfa, study.performed.density
    if isinstance(taken, Undecided) or isinstance(vfa, Gap) or isinstance(density, Gap):
        return ()
    scored = bool(study.performed.bone_score)
    rejected: dict[Procedure, Rejected] = {}
    for other_vfa, other_density, flip in _one_fact_away(vfa.value, density.value):
        other = rulebook.procedures.ask_one(_facts(other_vfa, other_density, scored), on=on)
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


def _facts(vfa: bool, density: Density, bone_score: bool) -> dict[str, str]:
    return {
        "vfa": YES if vfa else NO,
        "density": density.value,
        "bone_score": YES if bone_score else NO,
    }


def _one_fact_away(vfa: bool, density: Density) -> Iterator[tuple[bool, Density, str]]:
    for other in Density:
        if other is not density:
            yield vfa, other, f"If the density measured in the session were: {other.value}."
    performed = "not performed" if vfa else "performed and reported"
    yield not vfa, density, f"If the vertebral fracture assessment were {performed}."


def _covered(ordered: frozenset[Exam]) -> frozenset[Exam]:
    both = frozenset({Exam.VFA, Exam.AXIAL_DENSITY})
    return ordered | both if Exam.DENSITY_WITH_VFA in ordered else ordered
