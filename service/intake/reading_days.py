"""Days that cannot be right: a scan or a reading that is yet to come, a scan after the patient's death."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from service.core.finding_codes import FindingCode
from service.core.study import Fact, Gap, Known, Report
from service.intake.elements import calendar_day, is_complete
from service.intake.references import Found
from service.intake.session import Session, gap

ELSEWHERE = timedelta(days=1)
"""So much later may it be somewhere else on earth."""


def days_ahead(scan_day: Fact[date], report: Fact[Report], today: date | None) -> Iterator[Gap]:
    """The days of the scan and the reading that are after today, wherever on earth that is."""
    reading_day = report.value.reading_day if isinstance(report, Known) else report
    said = (("scan", scan_day), ("reading", reading_day))
    for what, day in said:
        if today and isinstance(day, Known) and day.value > today + ELSEWHERE:
            yield gap(FindingCode.DAY_IN_FUTURE, *day.where, what=what, day=day.value.isoformat())
            return


def death_before(scan_day: Fact[date], patient: Found | None, session: Session) -> tuple[Gap, ...]:
    """A scan after the day the patient died; a death without a day says nothing of the scan."""
    if patient is None or not isinstance(scan_day, Known):
        return ()
    died = patient.root.one("deceasedDateTime")
    day = session.day_in(died) or _last_day(died.text())
    if day is None or day >= scan_day.value:
        return ()
    days = {"died": died.text()[:10], "scanned": scan_day.value.isoformat()}
    return (gap(FindingCode.PATIENT_DECEASED, died.path, *scan_day.where, **days),)


def _last_day(text: str) -> date | None:
    """The last day that a date of any precision may mean; of one in UTC at an unknown place the next one."""
    if is_complete(text):
        day = calendar_day(text[:10])
        return day + ELSEWHERE if day else None
    if not text:
        return None
    year, month = int(text[:4]), int(text[5:7] or 12)
    return date(year, month, monthrange(year, month)[1])
