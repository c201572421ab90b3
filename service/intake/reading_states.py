"""States of what a study rests on that do not go with a final report, and what FHIR says must be understood.

A result that is not final is not verified; one that was withdrawn is not read. An element that may turn a
meaning around (modifierExtension, implicitRules) and is not known here holds (docs/for-ehr-teams.md).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.intake.bundle import KINDS
from service.intake.codings import codes
from service.intake.elements import Element
from service.intake.reading_circumstances import scan_encounters
from service.intake.reading_performed import procedures_of
from service.intake.reading_report import FINAL, status_of
from service.intake.references import Found
from service.intake.results import VOID, density_results, is_vertebral, sent_results
from service.intake.session import Session, gap

NOT_VERIFIED = frozenset({"registered", "preliminary", "unknown"})
NOT_BEGUN = frozenset({"preparation", "on-hold"})
NOT_SAID_TO_END = frozenset({"in-progress", "unknown"})
ENDED = frozenset({"completed", "stopped", "not-done"})
REPLACED = "replaced-by"
TEST_DATA = "HTEST"


def doubtful_states(session: Session, patient: Found | None) -> tuple[Gap, ...]:
    """Everything of the study whose state holds it or is worth a warning."""
    final = session.report is not None and status_of(session.report) in FINAL
    return (
        *(_results(session) if final else ()),
        *(_acts(session) if final else ()),
        *_record(patient),
        *_test_data(session, patient),
        *_not_understood(session, patient),
    )


def _results(session: Session) -> Iterator[Gap]:
    """Vertebrae and densities under the final report that are not verified, or were withdrawn."""
    ours = [
        each
        for each in _sent_results(session)
        if is_vertebral(each, session.lexicon) or density_results((each,), session.lexicon)
    ]
    for states, code in ((NOT_VERIFIED, FindingCode.RESULT_NOT_FINAL), (VOID, FindingCode.RESULT_WITHDRAWN)):
        found = [each.root.one("status") for each in ours if each.root.text("status") in states]
        if found:
            shown = ", ".join(sorted({element.text() for element in found}))
            yield gap(code, *(element.path for element in found), status=shown)


def _sent_results(session: Session) -> Iterable[Found]:
    reports = [each for each in (session.report, *session.beside) if each]
    sent = {each.path: each for report in reports for each in sent_results(report, session.library)[0]}
    return [sent[path] for path in sorted(sent)]


def _acts(session: Session) -> Iterator[Gap]:
    """Procedure, images and visit of an examination that was read, by what their states say of it."""
    procedures = procedures_of(session)
    if not any(each.root.text("status") in ENDED for each in procedures):
        yield from _state(procedures, NOT_BEGUN, FindingCode.STATE_CONTRADICTS)
        yield from _state(procedures, NOT_SAID_TO_END, FindingCode.STATE_DOUBTFUL)
    for group in (session.gathered.images, scan_encounters(session)):
        if group and all(each.root.text("status") in VOID for each in group):
            yield from _state(group, VOID, FindingCode.STATE_CONTRADICTS)


def _state(found: Iterable[Found], states: frozenset[str], code: FindingCode) -> Iterator[Gap]:
    for each in found:
        status = each.root.one("status")
        if status.text() in states:
            yield gap(code, status.path, what=each.kind, status=status.text())


def _record(patient: Found | None) -> Iterator[Gap]:
    """A record that another took the place of, or that is no longer in use (as after a death)."""
    if patient is None:
        return
    replaced = [link for link in patient.root.each("link") if link.text("type") == REPLACED]
    if replaced:
        yield gap(FindingCode.PATIENT_RECORD_REPLACED, *(link.path for link in replaced))
    elif patient.root.one("active").value is False:
        yield gap(FindingCode.PATIENT_RECORD_INACTIVE, f"{patient.root.path}.active")


def _test_data(session: Session, patient: Found | None) -> Iterator[Gap]:
    marks = [
        code.element.path
        for each in _members(session, patient)
        for element in ("tag", "security")
        for coding in each.root.one("meta").each(element)
        for code in codes(coding)
        if code.element.text("code") == TEST_DATA
    ]
    if marks:
        yield gap(FindingCode.TEST_DATA, *marks)


def _not_understood(session: Session, patient: Found | None) -> Iterator[Gap]:
    """FHIR: who does not know a modifier extension or implicit rules must not read on without them."""
    read = {each.path: each for each in _members(session, patient)}
    for each in session.library.followed.values():
        if each.kind not in (*KINDS, "Patient"):
            read.setdefault(each.path, each)
    where = [path for each in read.values() for path in _modifiers(each.root)]
    if where:
        yield gap(FindingCode.FHIR_MODIFIER_UNKNOWN, *sorted(set(where)))


def _members(session: Session, patient: Found | None) -> tuple[Found, ...]:
    gathered = session.gathered
    reports = [each for each in (session.report, *session.beside) if each] or gathered.reports
    coverages = session.library.of_patient("Coverage", "beneficiary", patient)
    people = (patient,) if patient else ()
    return (*reports, *gathered.orders, *gathered.procedures, *gathered.images, *people, *coverages)


def _modifiers(root: Element) -> Iterator[str]:
    if root.one("implicitRules"):
        yield f"{root.path}.implicitRules"
    ahead: list[tuple[Any, str]] = [(root.value, root.path)]
    while ahead:
        value, path = ahead.pop()
        if isinstance(value, list):
            ahead += [(each, f"{path}[{index}]") for index, each in enumerate(value)]
        elif isinstance(value, dict):
            if value.get("modifierExtension"):
                yield f"{path}.modifierExtension"
            ahead += [
                (each, f"{path}.{name}") for name, each in value.items() if isinstance(each, dict | list)
            ]
