"""From the resources of one study to its facts: each a known value with its evidence, or a named gap.

One module per subject (`reading_*`), one function per fact. Nothing is guessed and nothing is decided here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from service.core.codes import ProseUse
from service.core.evidence import Evidence
from service.core.practice import Practice
from service.core.rulebook import Rulebook
from service.core.study import Fact, Gap, Known, Report, Study
from service.intake.bundle import Gathered
from service.intake.codings import Lexicon
from service.intake.elements import day_of
from service.intake.reading_circumstances import read_circumstances, read_notices, read_window
from service.intake.reading_clinical import read_clinical
from service.intake.reading_coverage import read_coverage, read_later_coverages
from service.intake.reading_days import days_ahead, death_before
from service.intake.reading_draft import read_draft
from service.intake.reading_history import read_history
from service.intake.reading_interpreters import Interpreter, find_interpreter
from service.intake.reading_key import read_key
from service.intake.reading_order import read_order
from service.intake.reading_osteoporosis import read_osteoporosis
from service.intake.reading_parties import listed_name
from service.intake.reading_patient import doubtful_name, find_patient, read_patient
from service.intake.reading_performed import other_imaging, read_performed
from service.intake.reading_prose import with_prose
from service.intake.reading_reader import read_reader
from service.intake.reading_report import choose_report, read_report
from service.intake.reading_site import places, read_scanner_owner, read_site, zone_of
from service.intake.reading_states import doubtful_states
from service.intake.reading_vertebrae import read_reading
from service.intake.session import Session, when_done


def read_study(
    gathered: Gathered,
    practice: Practice,
    rulebook: Rulebook,
    prose: ProseUse = ProseUse.REVIEW,
    today: date | None = None,
) -> Study:
    """Every fact of a study. Codes are understood, and practice entries taken, as of the day of the scan.

    `prose` says what the text of the report is good for where codes say nothing; what is dated after `today`
    is said.
    """
    found = places(gathered, practice.sites)
    zone = zone_of(found)
    lexicon = Lexicon(rulebook, _day(gathered, zone, rulebook), practice.exam_codes)
    chosen = choose_report(gathered, lexicon)
    session = Session(
        gathered=gathered,
        practice=practice,
        lexicon=lexicon,
        report=chosen.report,
        beside=chosen.beside,
        zone=zone,
    )
    performed = read_performed(session)
    report, report_notes = _with_listed_reader(read_report(session, chosen), session)
    site, site_notes = read_site(session, found)
    owner = read_scanner_owner(session, site, found)
    reader = read_reader(session, report, site)
    circumstances, unknown = read_circumstances(session, owner, reader, _residents(session))
    reading = report if isinstance(report, Gap) else read_reading(session)
    patient = find_patient(session)
    coverage, payer_notes = read_coverage(session, patient)
    later_coverages, left_off = read_later_coverages(session, patient)
    notices, notice_gaps = read_notices(session, patient)
    study = Study(
        label=gathered.label,
        key=read_key(session, performed.scan_day),
        order=read_order(session),
        performed=performed,
        report=report,
        reading=reading,
        osteoporosis=read_osteoporosis(session, reading, patient),
        site=site,
        scanner_owner=owner,
        reader=reader,
        patient=read_patient(session),
        coverage=coverage,
        later_coverages=later_coverages,
        draft=read_draft(session, patient),
        clinical=read_clinical(session, patient),
        history=read_history(session, patient),
        circumstances=circumstances,
        notices=notices,
        window=read_window(session, owner),
        notes=(
            *unknown,
            *notice_gaps,
            *gathered.notes,
            *chosen.notes,
            *report_notes,
            *site_notes,
            *payer_notes,
            *left_off,
            *other_imaging(session),
            *doubtful_name(patient),
            *days_ahead(performed.scan_day, report, today),
            *death_before(performed.scan_day, patient, session),
            *doubtful_states(session, patient),
            *gathered.library.gaps(),
        ),
    )
    return with_prose(study, session, prose)


def _residents(session: Session) -> tuple[Evidence, ...]:
    """What says that a resident took part in the reading that is billed by."""
    found = find_interpreter(session, session.report) if session.report else None
    return found.residents if isinstance(found, Interpreter) else ()


def _with_listed_reader(report: Fact[Report], session: Session) -> tuple[Fact[Report], tuple[Gap, ...]]:
    if isinstance(report, Gap):
        return report, ()
    interpreter, notes = listed_name(report.value.interpreter, session)
    value = replace(report.value, interpreter=interpreter)
    return Known(value=value, evidence=report.evidence), notes


def _day(gathered: Gathered, zone: str, rulebook: Rulebook) -> date:
    """The day rows are asked for: the one that most resources say was the scan's, else the order's.

    The fact itself is read with all its conditions in `reading_performed`; a study without a day is held, and
    the rest of it is read as of the first day the rows model.
    """
    days = sorted(_days(gathered, zone))
    return max(days, key=lambda day: (days.count(day), day)) if days else rulebook.orders.modelled_from


def _days(gathered: Gathered, zone: str) -> Iterator[date]:
    scanned = [
        element
        for found in (*gathered.reports, *gathered.procedures, *gathered.images)
        for element in when_done(found)
    ]
    ordered = [order.root.one("authoredOn") for order in gathered.orders]
    for elements in (scanned, ordered):
        days = [day for element in elements if (day := day_of(element.text(), zone))]
        if days:
            yield from days
            return
