"""What the Bundle says of earlier days of the patient: claims, explanations of benefit, reports, procedures.

Only what names a procedure code and an earlier day counts. Nothing found does not mean that nothing was done.
"""

from collections.abc import Iterator
from datetime import date

from service.core.codes import Procedure
from service.core.study import Earlier
from service.intake.codings import codes
from service.intake.elements import Element
from service.intake.references import Found
from service.intake.session import Session, when_done

PAID = {"Claim": "patient", "ExplanationOfBenefit": "patient"}
DONE = {"DiagnosticReport": "subject", "Procedure": "subject"}
STATES = frozenset({"active", "final", "amended", "corrected", "appended", "completed"})
"""States of a claim, a report or a procedure that stands."""
KNOWN = frozenset(str(procedure) for procedure in Procedure)


def read_history(session: Session, patient: Found | None) -> tuple[Earlier, ...]:
    """Every earlier service of the patient, the latest first; one of a day and code once."""
    found: dict[tuple[str, date], Earlier] = {}
    for one in _services(session, patient):
        found.setdefault((one.procedure, one.day), one)
    return tuple(sorted(found.values(), key=lambda one: (one.day, one.procedure), reverse=True))


def _services(session: Session, patient: Found | None) -> Iterator[Earlier]:
    for kind, element in PAID.items():
        for found in session.library.of_patient(kind, element, patient):
            if found.root.text("status") in STATES:
                for item in found.root.each("item"):
                    day = _billed_day(item, session) or _billed_day(found.root, session)
                    yield from _earlier(item.one("productOrService"), day, session)
    for kind, element in DONE.items():
        for found in session.library.of_patient(kind, element, patient):
            if found.root.text("status") in STATES:
                days = [day for each in when_done(found) if (day := session.day_in(each))]
                yield from _earlier(found.root.one("code"), days[0] if days else None, session)


def _billed_day(root: Element, session: Session) -> date | None:
    period = root.one("servicedPeriod") or root.one("billablePeriod")
    return session.day_in(root.one("servicedDate")) or session.day_in(period.one("start"))


def _earlier(concept: Element, day: date | None, session: Session) -> Iterator[Earlier]:
    if day is None or day >= session.day:
        return
    for code in codes(concept):
        if code.system in {"cpt", "hcpcs"} and code.code in KNOWN:
            yield Earlier(procedure=code.code, day=day, evidence=(code.evidence(),))
