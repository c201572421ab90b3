"""What was done in the session: which examination, with or without a density, to its end, on which day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.core.codes import Completion, Density, Exam, Statement
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.study import Fact, Gap, Known, Performed
from service.intake.codings import Code, codes, in_vocabulary
from service.intake.elements import may_be_on, stands_for_no_day
from service.intake.reading_order import read_ordered
from service.intake.reading_report import FINAL, status_of
from service.intake.references import Found
from service.intake.results import density_results, results, vertebra_results
from service.intake.session import Session, gap, when_done

VFA = frozenset({Exam.VFA})
NO_DXA = frozenset({Exam.OTHER_IMAGING})
BESIDE = NO_DXA | {Exam.BONE_SCORE}
"""What may be done beside a DXA study without making it another one."""
DENSITY_OF = {Exam.AXIAL_DENSITY: Density.AXIAL, Exam.PERIPHERAL_DENSITY: Density.PERIPHERAL}
BOTH = frozenset(DENSITY_OF.values())
DONE = frozenset({"completed", "in-progress", "stopped"})
COMPLETIONS = {
    "completed": Completion.COMPLETED,
    "stopped": Completion.STOPPED,
    "not-done": Completion.NOT_DONE,
}


@dataclass(frozen=True, slots=True)
class Said:
    """The examinations somebody says, and where."""

    exams: frozenset[Exam]
    evidence: tuple[Evidence, ...]


def read_performed(session: Session) -> Performed:
    """The facts of the session."""
    said = _performed_codes(session)
    completion = _completion(session)
    vfa = _vfa(session, said)
    measured, shown = _measured(session, said)
    return Performed(
        vfa=vfa,
        density=_density(session, said, vfa),
        completion=completion,
        scan_day=_scan_day(session),
        stop_reason=_stop_reason(session),
        peripheral=shown if measured == BOTH else (),
        bone_score=tuple(one for each in said if Exam.BONE_SCORE in each.exams for one in each.evidence),
    )


def other_imaging(session: Session) -> tuple[Gap, ...]:
    """The note that what was performed is a film, a CT or an ultrasound, and so no VFA."""
    said = _performed_codes(session)
    if not said or not all(each.exams <= NO_DXA for each in said):
        return ()
    evidence = [one for each in said for one in each.evidence if one.kind is EvidenceKind.ELEMENT]
    shown = ", ".join(dict.fromkeys(one.shows for one in evidence))
    return (gap(FindingCode.OTHER_IMAGING, *(one.where for one in evidence), performed=shown),)


def _performed_codes(session: Session) -> tuple[Said, ...]:
    """What the procedures, the images and the report each say by codes that name the study."""
    done = [each for each in procedures_of(session) if each.root.text("status") in DONE]
    images = (concept for each in session.gathered.images for concept in each.root.each("procedureCode"))
    sources = (
        [code for each in done or procedures_of(session) for code in each.codes("code")],
        [code for concept in images for code in codes(concept)],
        session.report.codes("code") if session.report else (),
    )
    return tuple(said for coded in sources if (said := _specific(session, coded)).exams)


def _agree(said: tuple[Said, ...], session: Session) -> bool:
    """Procedures and images must mean the same; the report may speak of a part of it."""
    report = _specific(session, session.report.codes("code")).exams if session.report else frozenset()
    reported = report - BESIDE or report
    done = [each.exams - BESIDE or each.exams for each in said]
    done = [exams for exams in done if exams != reported]
    return len(set(done)) <= 1 and all(reported <= exams for exams in done)


def _specific(session: Session, coded: Iterable[Code]) -> Said:
    exams: set[Exam] = set()
    evidence: list[Evidence] = []
    for code in coded:
        found, why = session.lexicon.exams(code)
        parts = {Exam.VFA, Exam.AXIAL_DENSITY} if Exam.DENSITY_WITH_VFA in found else set(found)
        if parts - {Exam.GENERIC_DXA}:
            exams |= parts - {Exam.GENERIC_DXA}
            evidence += why
    return Said(frozenset(exams), tuple(evidence))


def procedures_of(session: Session) -> list[Found]:
    """The procedures of the study that were not entered in error."""
    return [each for each in session.gathered.procedures if each.root.text("status") != "entered-in-error"]


def _vfa(session: Session, said: tuple[Said, ...]) -> Fact[bool]:
    """Whether a VFA was performed: by what was performed, else by the order that the report answers."""
    if not _agree(said, session):
        return gap(FindingCode.PERFORMED_UNCLEAR, *(one.where for each in said for one in each.evidence))
    vertebrae = _vertebrae(session)
    if said:
        performed = any(Exam.VFA in each.exams for each in said)
        evidence = tuple(one for each in said for one in each.evidence)
        if not performed and vertebrae and not all(each.exams <= NO_DXA for each in said):
            return gap(FindingCode.PERFORMED_UNCLEAR, *(one.where for one in evidence), vertebrae[0].path)
        return Known(value=performed, evidence=evidence)
    ordered = read_ordered(session)
    if (
        isinstance(ordered, Known)
        and ordered.value & {Exam.VFA, Exam.DENSITY_WITH_VFA}
        and _is_final(session)
    ):
        return Known(value=True, evidence=(*ordered.evidence, *_report_evidence(session)))
    return gap(FindingCode.PERFORMED_UNCLEAR, session.gathered.label)


def _vertebrae(session: Session) -> tuple[Found, ...]:
    if session.report is None:
        return ()
    return vertebra_results(results(session.report, session.library)[0], session.lexicon)


def _density(session: Session, said: tuple[Said, ...], vfa: Fact[bool]) -> Fact[Density]:
    """Measured only by a result or a final density report; not measured only where somebody says so."""
    measured, evidence = _measured(session, said)
    denied = _denied(session)
    if denied and (measured or evidence):
        return gap(FindingCode.DENSITY_UNCLEAR, *(one.where for one in (*denied, *evidence)))
    if measured:
        axial = Density.AXIAL in measured
        return Known(value=Density.AXIAL if axial else Density.PERIPHERAL, evidence=evidence)
    performed = frozenset(exam for each in said for exam in each.exams)
    unclear = gap(FindingCode.DENSITY_UNCLEAR, *(one.where for one in evidence), session.gathered.label)
    if performed and performed <= NO_DXA and not evidence:
        return Known(
            value=Density.NOT_MEASURED, evidence=tuple(one for each in said for one in each.evidence)
        )
    performed -= BESIDE
    if evidence or performed - VFA:
        return unclear
    if denied:
        return Known(value=Density.NOT_MEASURED, evidence=denied)
    if performed == VFA and isinstance(vfa, Known):
        return Known(value=Density.NOT_MEASURED, evidence=vfa.evidence)
    return unclear


def says_nothing_of_density(session: Session) -> bool:
    """Whether no code of procedure, images, report or results speaks of a density, measured or not."""
    said = _performed_codes(session)
    performed = frozenset(exam for each in said for exam in each.exams)
    return not performed - VFA and not any(_measured(session, said)) and not _denied(session)


def says_nothing_of_the_end(session: Session) -> bool:
    """Whether no procedure says how the scan ended, so that its end is known by the final report only."""
    return not any(each.root.text("status") in COMPLETIONS for each in procedures_of(session))


def says_nothing_performed(session: Session) -> bool:
    """Whether no code of procedure, images, report or results says what was examined."""
    return not _performed_codes(session) and not _vertebrae(session)


def _measured(session: Session, said: tuple[Said, ...]) -> tuple[frozenset[Density], tuple[Evidence, ...]]:
    """The densities that were measured that day; evidence without a density means it cannot be told which."""
    reports = [each for each in (session.report, *session.beside) if each]
    performed = {DENSITY_OF[exam] for each in said for exam in each.exams if exam in DENSITY_OF}
    reports = [each for each in reports if _is_of_the_day(each, session)]
    found: set[Density] = set()
    evidence: list[Evidence] = []
    for report in reports if _is_final(session) else ():
        for observation, code, exam in density_results(results(report, session.library)[0], session.lexicon):
            day = session.day_in(observation.root.one("effectiveDateTime"))
            if day in (None, session.day):
                found |= {DENSITY_OF[exam]} if exam in DENSITY_OF else performed
                evidence += (code.evidence(), observation.root.evidence(observation.kind))
    for report in (each for each in session.beside if _is_of_the_day(each, session)):
        beside = _specific(session, report.codes("code"))
        found |= {DENSITY_OF[exam] for exam in beside.exams if exam in DENSITY_OF}
        evidence += beside.evidence
    return frozenset(found), tuple(evidence)


def _is_of_the_day(report: Found, session: Session) -> bool:
    """Whether a report is of the day of the scan; one that says no day belongs to its session."""
    return {session.day_in(element) for element in when_done(report)} <= {None, session.day}


def _denied(session: Session) -> tuple[Evidence, ...]:
    """The report's own code that no density was measured."""
    if session.report is None:
        return ()
    coded = (code for concept in session.report.root.each("conclusionCode") for code in codes(concept))
    return tuple(
        code.evidence() for code in coded if in_vocabulary(code, Statement) is Statement.DENSITY_NOT_MEASURED
    )


def _completion(session: Session) -> Fact[Completion]:
    """How the scan ended: by the procedure that means the VFA, else by any, else because it was reported."""
    procedures = procedures_of(session)
    vertebral = [each for each in procedures if Exam.VFA in _specific(session, each.codes("code")).exams]
    states = {each.root.text("status"): each.root.one("status") for each in vertebral or procedures}
    for state, completion in COMPLETIONS.items():
        if state in states:
            return Known(value=completion, evidence=(states[state].evidence(),))
    if _is_final(session):
        return Known(value=Completion.COMPLETED, evidence=_report_evidence(session))
    return gap(FindingCode.PERFORMED_UNCLEAR, session.gathered.label)


def _stop_reason(session: Session) -> str:
    """Why a scan was broken off: the words of Procedure.statusReason, else of its coding."""
    for each in procedures_of(session):
        reason = each.root.one("statusReason")
        if each.root.text("status") == Completion.STOPPED:
            return reason.text("text") or reason.one("coding").text("display")
    return ""


def _is_final(session: Session) -> bool:
    return session.report is not None and status_of(session.report) in FINAL


def _report_evidence(session: Session) -> tuple[Evidence, ...]:
    return (session.report.root.one("status").evidence(),) if session.report else ()


def _scan_day(session: Session) -> Fact[date]:
    """The day of the scan; the report, the procedures and the images that say one must agree."""
    done = [each for each in procedures_of(session) if each.root.text("status") != "not-done"]
    procedures = done or procedures_of(session)
    sources = (*((session.report,) if session.report else ()), *procedures, *session.gathered.images)
    said = [element for each in sources for element in when_done(each)]
    unreal = [element.path for element in said if stands_for_no_day(element.text())]
    if unreal:
        return gap(FindingCode.DAY_NOT_REAL, *unreal, what="day of the scan")
    days = {day: element for element in reversed(said) if (day := session.day_in(element))}
    if not days:
        where = tuple(element.path for element in said) or (session.gathered.label,)
        return gap(FindingCode.SCAN_DAY_MISSING, *where)
    only = next(iter(days))
    vague = [each.text() for each in said if not session.day_in(each) and not may_be_on(each.text(), only)]
    if len(days) > 1 or vague:
        where = tuple(element.path for element in said)
        shown = ", ".join((*sorted(day.isoformat() for day in days), *vague))
        return gap(FindingCode.SCAN_DAY_DISAGREES, *where, days=shown)
    evidence = tuple(element.evidence() for element in said if session.day_in(element))
    return Known(value=only, evidence=evidence)
