"""The gates a study passes before anything is decided: order, report, key, patient, coverage.

`ends` says why there is nothing to bill at all (then nobody asks further); `open_questions` gathers
every fact that is missing and every state that holds, all at once. Neighbours: `decide` asks both.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from service.core.circumstances import is_unread
from service.core.codes import SIGNED, Completion, OrderIntent, OrderStatus, ReportStatus
from service.core.decision import Finding, because_row, finding_of, raise_finding
from service.core.finding_codes import FindingCode
from service.core.npi import is_npi
from service.core.rulebook import Rulebook
from service.core.study import Fact, Gap, Known, Order, Person, Report, Study, T

BILLABLE_INTENT = frozenset(
    {
        OrderIntent.ORDER,
        OrderIntent.ORIGINAL_ORDER,
        OrderIntent.REFLEX_ORDER,
        OrderIntent.FILLER_ORDER,
        OrderIntent.INSTANCE_ORDER,
    }
)
NO_CLAIM_ORDER = frozenset({OrderStatus.DRAFT, OrderStatus.UNKNOWN, OrderStatus.ENTERED_IN_ERROR})
HELD_ORDER = frozenset({OrderStatus.REVOKED, OrderStatus.ON_HOLD})
NO_CLAIM_REPORT = {
    ReportStatus.REGISTERED: FindingCode.REPORT_NOT_STARTED,
    ReportStatus.UNKNOWN: FindingCode.REPORT_NOT_STARTED,
    ReportStatus.CANCELLED: FindingCode.REPORT_CANCELLED,
    ReportStatus.ENTERED_IN_ERROR: FindingCode.REPORT_ENTERED_IN_ERROR,
}
IMAGES_TAKEN = frozenset({Completion.COMPLETED, Completion.STOPPED})


def ends(study: Study, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Why nothing is billed for this study whatever else is known; empty if it goes on."""
    return (*_order_ends(study, rulebook), *_scan_ends(study, rulebook), *_report_ends(study, rulebook))


def open_questions(study: Study, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Every missing fact and every state that holds the study, in the order of the story."""
    return (
        *(finding_of(rulebook, gap) for gap in _gaps(study)),
        *_order_states(study, rulebook),
        *_scan_states(study, rulebook),
        *_report_states(study, rulebook),
        *_birth_day(study, rulebook),
    )


def before_our_time(rulebook: Rulebook, scan: Known[date]) -> tuple[Finding, ...]:
    """Why a day of service is out of scope: other codes were in force than any row here knows."""
    day = scan.value
    found = []
    for hit in rulebook.eras.ask_all({}, on=day):
        finding = raise_finding(
            rulebook, hit.then.finding, *scan.where, day=day.isoformat(), says=hit.then.says
        )
        found.append(replace(finding, because=(because_row(hit, *scan.evidence),)))
    return tuple(found)


def _order_ends(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    order = _known(study.order)
    status = _known_fact(order.status) if order else None
    if status and status.value in NO_CLAIM_ORDER:
        yield raise_finding(
            rulebook, FindingCode.ORDER_STATUS_NO_CLAIM, *status.where, status=status.value.value
        )


def _scan_ends(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    completion = _known_fact(study.performed.completion)
    if completion and completion.value is Completion.NOT_DONE and not _is_final(study):
        yield raise_finding(rulebook, FindingCode.SCAN_NOT_DONE, *completion.where)


def _report_ends(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    """A stopped scan is billed without a report, so the report's state does not end it."""
    report = _known(study.report)
    completion = _known_fact(study.performed.completion)
    if report is None or (completion and completion.value is Completion.STOPPED):
        return
    code = NO_CLAIM_REPORT.get(report.status.value)
    if code is None:
        return
    yield raise_finding(rulebook, code, *report.status.where, **_status_slot(code, report))
    if code is FindingCode.REPORT_CANCELLED and completion and completion.value in IMAGES_TAKEN:
        why = "the report is cancelled although images were taken"
        yield raise_finding(rulebook, FindingCode.CODER_REVIEW, *completion.where, why=why)


def _status_slot(code: FindingCode, report: Report) -> dict[str, str]:
    return {"status": report.status.value.value} if code is FindingCode.REPORT_NOT_STARTED else {}


def _gaps(study: Study) -> Iterator[Gap]:
    facts: list[Fact[object]] = [study.key, study.order]
    if order := _known(study.order):
        facts += [order.status, order.intent, order.ordered, order.ordering_provider]
    performed = study.performed
    facts += [performed.completion, performed.scan_day, performed.vfa, performed.density]
    facts += [study.site, study.scanner_owner]
    if not is_unread(study):
        facts += [study.report, study.reader]
        if report := _known(study.report):
            facts += [report.reading_day, report.interpreter]
        if not (isinstance(performed.vfa, Known) and not performed.vfa.value):
            facts.append(study.reading)
    facts += [study.patient, study.coverage]
    return (fact for fact in facts if isinstance(fact, Gap))


def _order_states(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    order = _known(study.order)
    if order is None:
        return
    status, intent = _known_fact(order.status), _known_fact(order.intent)
    if status and status.value in HELD_ORDER:
        yield raise_finding(
            rulebook, FindingCode.ORDER_REVOKED_OR_ON_HOLD, *status.where, status=status.value.value
        )
    if intent and intent.value not in BILLABLE_INTENT:
        yield raise_finding(rulebook, FindingCode.ORDER_INTENT, *intent.where, intent=intent.value.value)
    if order.do_not_perform:
        yield raise_finding(rulebook, FindingCode.ORDER_DO_NOT_PERFORM, *_where(study.order))
    yield from _npi(rulebook, order.ordering_provider, FindingCode.ORDERING_NPI_INVALID)
    yield from _order_day(study, order, rulebook)


def _order_day(study: Study, order: Order, rulebook: Rulebook) -> Iterator[Finding]:
    scan = _known_fact(study.performed.scan_day)
    if scan and order.authored_on and order.authored_on > scan.value:
        yield raise_finding(
            rulebook,
            FindingCode.ORDER_AFTER_SCAN,
            *_where(study.order),
            *scan.where,
            ordered=order.authored_on.isoformat(),
            scanned=scan.value.isoformat(),
        )


def _birth_day(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    patient, scan = _known_fact(study.patient), _known_fact(study.performed.scan_day)
    if patient and scan and patient.value.birth_date > scan.value:
        born = tuple(place for place in patient.where if place.endswith(".birthDate"))
        where = (*(born or patient.where), *scan.where)
        yield raise_finding(rulebook, FindingCode.BIRTH_DATE_AFTER_SCAN, *where)


def _scan_states(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    completion = _known_fact(study.performed.completion)
    if completion and completion.value is Completion.STOPPED:
        yield raise_finding(rulebook, FindingCode.SCAN_STOPPED, *completion.where)
    if completion and completion.value is Completion.NOT_DONE and _is_final(study):
        yield raise_finding(rulebook, FindingCode.PERFORMED_UNCLEAR, *completion.where, *_where(study.report))


def _report_states(study: Study, rulebook: Rulebook) -> Iterator[Finding]:
    report = _known(study.report)
    if report is None or is_unread(study):
        return
    if report.status.value not in SIGNED and report.status.value not in NO_CLAIM_REPORT:
        yield raise_finding(
            rulebook,
            FindingCode.REPORT_NOT_FINAL,
            *report.status.where,
            status=report.status.value.value,
        )
    yield from _npi(rulebook, report.interpreter, FindingCode.INTERPRETER_NPI_INVALID)
    scan, read = _known_fact(study.performed.scan_day), _known_fact(report.reading_day)
    if scan and read and read.value < scan.value:
        yield raise_finding(
            rulebook,
            FindingCode.READING_BEFORE_SCAN,
            *read.where,
            *scan.where,
            read=read.value.isoformat(),
            scanned=scan.value.isoformat(),
        )


def _npi(rulebook: Rulebook, person: Fact[Person], code: FindingCode) -> Iterator[Finding]:
    if isinstance(person, Known) and not is_npi(person.value.npi):
        yield raise_finding(rulebook, code, *person.where, npi=person.value.npi)


def _is_final(study: Study) -> bool:
    report = _known(study.report)
    return report is not None and report.status.value in SIGNED


def _known(fact: Fact[T]) -> T | None:
    return fact.value if isinstance(fact, Known) else None


def _known_fact(fact: Fact[T]) -> Known[T] | None:
    return fact if isinstance(fact, Known) else None


def _where(fact: Fact[object]) -> tuple[str, ...]:
    return fact.where
