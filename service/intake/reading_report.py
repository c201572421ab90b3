"""The report: which one is billed by, its state, who read it and when the reading was completed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from service.core.codes import Exam, ReportStatus
from service.core.finding_codes import FindingCode
from service.core.study import Fact, Gap, Known, Person, Report
from service.intake.bundle import Gathered
from service.intake.codings import Lexicon, spelled
from service.intake.elements import stands_for_no_day
from service.intake.reading_interpreters import find_interpreter
from service.intake.reading_parties import read_person
from service.intake.references import Found
from service.intake.results import density_results, results, vertebra_results
from service.intake.session import Session, gap

LATER = frozenset({ReportStatus.AMENDED, ReportStatus.CORRECTED, ReportStatus.APPENDED})
FINAL = LATER | {ReportStatus.FINAL}
WAITING = (ReportStatus.PARTIAL, ReportStatus.PRELIMINARY, ReportStatus.REGISTERED, ReportStatus.UNKNOWN)
"""States before the final one, the one that says most first."""
DENSITY = frozenset({Exam.AXIAL_DENSITY, Exam.PERIPHERAL_DENSITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenReport:
    """The report a study is billed by, or why there is none; the density reports beside it."""

    report: Found | None
    gap: Gap | None
    beside: tuple[Found, ...] = ()
    first_final: Found | None = None
    """The final report an amended one replaces, where it was sent as a resource of its own."""
    notes: tuple[Gap, ...] = ()


def choose_report(gathered: Gathered, lexicon: Lexicon) -> ChosenReport:
    """The one final report; states before it are left aside with a note, several finals hold."""
    finals = [each for each in gathered.reports if status_of(each) in FINAL]
    others = [each for each in gathered.reports if each not in finals]
    if not finals:
        return _waiting(gathered)
    notes = tuple(_left_aside(each) for each in others)
    density = tuple(each for each in finals if _is_density_report(each, gathered, lexicon))
    readings = [each for each in finals if each not in density] or finals
    beside = tuple(each for each in density if each not in readings)
    if len(readings) == 1:
        return ChosenReport(report=readings[0], gap=None, beside=beside, notes=notes)
    first = [each for each in readings if status_of(each) is ReportStatus.FINAL]
    later = [each for each in readings if status_of(each) in LATER]
    if len(first) == 1 and len(later) == 1:
        chosen, replaced = later[0], first[0]
        notes = (*notes, _left_aside(replaced))
        return ChosenReport(report=chosen, gap=None, beside=beside, first_final=replaced, notes=notes)
    several = gap(FindingCode.REPORT_SEVERAL_FINAL, *(f"{each.path}.status" for each in readings))
    return ChosenReport(report=None, gap=several, notes=notes)


def read_report(session: Session, chosen: ChosenReport) -> Fact[Report]:
    """The report's facts; a gap where there is none."""
    report = chosen.report
    if report is None:
        return chosen.gap or gap(FindingCode.REPORT_MISSING, session.gathered.label)
    status = report.root.one("status")
    return Known(
        value=Report(
            reference=report.reference,
            identifiers=tuple(number for number, _, _ in report.identifiers),
            status=Known(value=status_of(report), evidence=(status.evidence(),)),
            reading_day=_reading_day(session, report, chosen.first_final),
            interpreter=_interpreter(session, report),
        ),
        evidence=(report.root.evidence(report.kind),),
    )


def status_of(report: Found) -> ReportStatus:
    """DiagnosticReport.status."""
    status: ReportStatus | None = spelled(ReportStatus).get(report.root.text("status"))
    return status or ReportStatus.UNKNOWN


def _waiting(gathered: Gathered) -> ChosenReport:
    """Without a final report: the one that has come furthest, else the one that was withdrawn."""
    for status in (*WAITING, ReportStatus.CANCELLED, ReportStatus.ENTERED_IN_ERROR):
        for report in gathered.reports:
            if status_of(report) is status:
                return ChosenReport(report=report, gap=None)
    return ChosenReport(report=None, gap=None)


def _left_aside(report: Found) -> Gap:
    status = report.root.one("status")
    return gap(FindingCode.REPORT_BESIDE_IGNORED, status.path, status=status.text())


def _is_density_report(report: Found, gathered: Gathered, lexicon: Lexicon) -> bool:
    """Whether a report is of a density alone: its code or results say so, and no vertebra is read in it."""
    found, _ = results(report, gathered.library)
    if vertebra_results(found, lexicon):
        return False
    exams = frozenset(exam for code in report.codes("code") for exam in lexicon.exams_of(code))
    if Exam.VFA in exams:
        return False
    return bool(exams & DENSITY) or bool(density_results(found, lexicon))


def _reading_day(session: Session, report: Found, first_final: Found | None) -> Fact[date]:
    """`issued` of the first final version; an amended version's own `issued` is another day's work."""
    status = report.root.one("status")
    if status_of(report) not in FINAL:
        return gap(FindingCode.REPORT_NOT_FINAL, status.path, status=status.text())
    for version in _versions_as_final(session, report, first_final):
        issued = version.root.one("issued")
        day = session.day_in(issued)
        if day:
            return Known(value=day, evidence=(issued.evidence(), version.root.one("status").evidence()))
        if stands_for_no_day(issued.text()):
            return gap(FindingCode.DAY_NOT_REAL, issued.path, what="day of the reading")
        return gap(FindingCode.READING_DAY_MISSING, issued.path)
    return gap(FindingCode.READING_DAY_MISSING, status.path, report.root.one("issued").path)


def _versions_as_final(session: Session, report: Found, first_final: Found | None) -> Iterator[Found]:
    versions = (*session.library.versions(report), *session.library.versions(first_final or report))
    final = [each for each in versions if status_of(each) is ReportStatus.FINAL]
    if not final:
        final = [each for each in session.library.history(report) if status_of(each) is ReportStatus.FINAL]
    yield from sorted(final, key=Found.version)


def _interpreter(session: Session, report: Found) -> Fact[Person]:
    found = find_interpreter(session, report)
    if isinstance(found, Gap):
        return found
    return read_person(
        found.reference,
        report,
        session,
        missing=FindingCode.INTERPRETER_MISSING,
        without_npi=FindingCode.INTERPRETER_NPI_MISSING,
    )
