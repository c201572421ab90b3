"""Inpatient stays of the patient beside the scan's own visit: whether one covers the scan.

A registered inpatient is billed as one wherever the scan was done, so a stay around the scan counts for more
than an ambulatory visit made for it. Neighbour: `reading_site` takes its class.
"""

from datetime import datetime

from service.core.codes import EncounterClass
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.intake.elements import Element
from service.intake.reading_patient import find_patient
from service.intake.references import Found
from service.intake.session import Session, gap, when_done

ADMITTED = frozenset({EncounterClass.INPATIENT, EncounterClass.ACUTE})
NEVER_BEGUN = frozenset({"planned", "cancelled", "entered-in-error"})
ENDED = "finished"


def covering_stay(
    session: Session, own: tuple[Found, ...]
) -> tuple[EncounterClass, tuple[Evidence, ...]] | Gap | None:
    """The class of a stay that covers the scan; a gap where one may cover it; None where none does."""
    patient, doubted = find_patient(session), list[str]()
    for stay in session.library.of_kind("Encounter"):
        told = next(
            (code for code in stay.codes("class") if code.system == "act" and code.code in ADMITTED), None
        )
        if told is None or stay.path in {each.path for each in own}:
            continue
        of = session.library.follow(stay.root.one("subject"), stay, "Patient")
        if patient is None or of is None or of.path != patient.path:
            continue
        covers = _covers(stay, session)
        if covers:
            start = stay.root.one("period").one("start")
            return EncounterClass(told.code), (told.evidence(), start.evidence())
        doubted += [stay.path] if covers is None else []
    return gap(FindingCode.STAY_UNCLEAR, *doubted) if doubted else None


def _covers(stay: Found, session: Session) -> bool | None:
    """Whether the scan lies between admission and discharge; None where the days alone do not tell."""
    period, status = stay.root.one("period"), stay.root.text("status")
    start, end = period.one("start"), period.one("end")
    if status in NEVER_BEGUN or session.day_in(start) is None:
        return False
    begun = before_scan(start, session)
    left = before_scan(end, session) if end.text() else (None if status == ENDED else False)
    if begun is False or left is True:
        return False
    return True if begun and left is False else None


def before_scan(element: Element, session: Session) -> bool | None:
    """Whether a moment is before the scan; on the day itself only two times of day tell."""
    day = session.day_in(element)
    if day is None:
        return None
    if day != session.day:
        return day < session.day
    moment, scan = _moment(element), _scanned_at(session)
    return moment <= scan if moment and scan else None


def _scanned_at(session: Session) -> datetime | None:
    gathered = session.gathered
    moments = (
        _moment(element)
        for each in (*gathered.procedures, *gathered.images, *gathered.reports)
        for element in when_done(each)
        if session.day_in(element) == session.day
    )
    return next((one for one in moments if one), None)


def _moment(element: Element) -> datetime | None:
    """A dateTime with its offset; None for a day without a time."""
    try:
        moment = datetime.fromisoformat(element.text())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
