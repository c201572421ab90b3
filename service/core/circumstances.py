"""What is said of a session beyond order, scan and reading, and what follows from it for one claim.

Stated circumstances are facts of the study; the derived ones (a notice that covers a claim, a pure screening,
a scan broken off) are made of its other facts here, each with the evidence it rests on. Rows look at both
alike. Neighbours: `components` asks for the arrangements, `modifiers` for what each line has to say.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from service.core.codes import SIGNED, Completion, Density, PayerKind, Procedure
from service.core.decision import Finding, because_row, raise_finding
from service.core.diagnosis_facts import BESIDE_SCREENING, SCREENING, class_of
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.firm_reasons import firm_reasons
from service.core.rule_answers import Support
from service.core.rulebook import Hit, Rulebook
from service.core.situations import Circumstance, Derived, NoticeKind, Special
from service.core.study import Gap, Known, Notice, Organization, Stated, Study

ARRANGEMENTS = {
    Circumstance.ROUTINE_OVER_READ: Special.ROUTINE_OVER_READ,
    Circumstance.SECOND_READING: Special.SECOND_READING,
    Circumstance.INTEGRAL_TO_SURGERY: Special.INTEGRAL_TO_SURGERY,
    Circumstance.PURCHASED_READING: Special.PURCHASED_READING,
    Circumstance.BEFORE_ADMISSION: Special.BEFORE_ADMISSION,
}
"""Stated circumstances that change who bills what."""
NO_MODIFIER = frozenset(
    {
        Circumstance.ROUTINE_OVER_READ,
        Circumstance.PURCHASED_READING,
        Circumstance.INTEGRAL_TO_SURGERY,
        Circumstance.SNF_PART_A,
        Circumstance.UNDER_ARRANGEMENT,
        Circumstance.HOSPICE,
        Circumstance.DENIAL_EXPECTED,
    }
)
"""Stated circumstances that no modifier tells by themselves."""
HOSPICE_RELATIONS = frozenset({Circumstance.HOSPICE_UNRELATED, Circumstance.HOSPICE_ATTENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A circumstance as rows look at it, in the words of whoever states it, with its evidence."""

    name: str
    says: str
    evidence: tuple[Evidence, ...]
    day: date | None = None
    """The day a notice was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raisings:
    """Every circumstance of one claim line, and what is said about the notices."""

    all: tuple[Raised, ...]
    findings: tuple[Finding, ...]


def is_stopped(study: Study) -> bool:
    """Whether the scan was begun and broken off."""
    completion = study.performed.completion
    return isinstance(completion, Known) and completion.value is Completion.STOPPED


def is_unread(study: Study) -> bool:
    """Whether a scan was broken off and has no signed reading: Procedure and order then decide."""
    report = study.report
    return is_stopped(study) and not (isinstance(report, Known) and report.value.status.value in SIGNED)


def stated(study: Study, what: Circumstance) -> Stated | None:
    """The statement of a circumstance, if somebody makes it."""
    return next((one for one in study.circumstances if one.what is what), None)


def specials(study: Study) -> dict[Special, tuple[Evidence, ...]]:
    """The arrangements that change who bills what, each with its evidence."""
    if is_unread(study):
        return {Special.NO_READING: _evidence_of_stop(study)}
    found = {ARRANGEMENTS[one.what]: one.evidence for one in study.circumstances if one.what in ARRANGEMENTS}
    if isinstance(study.reader, Known) and study.reader.value.purchase_price is not None:
        found.setdefault(Special.PURCHASED_READING, study.reader.evidence)
    return found


def hospice_question(study: Study, payer_kind: PayerKind, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A hospice patient of Medicare needs it said how the test relates to the terminal illness."""
    hospice = stated(study, Circumstance.HOSPICE)
    told = {one.what for one in study.circumstances}
    if hospice is None or payer_kind is not PayerKind.MEDICARE_FFS or told & HOSPICE_RELATIONS:
        return ()
    where = (one.where for one in hospice.evidence)
    return (raise_finding(rulebook, FindingCode.HOSPICE_RELATION_MISSING, *where),)


def raised_for(
    study: Study,
    procedure: Procedure,
    biller: Organization,
    payer_kind: PayerKind,
    rulebook: Rulebook,
    *,
    sex_conflict: bool = False,
) -> Raisings:
    """Every circumstance that a line for this procedure on a claim of this biller has to answer for.

    `sex_conflict`: whether a diagnosis of the claim does not fit the recorded sex. Without one there is
    nothing that a confirmation could be about.
    """
    told = [
        Raised(name=_name(one, sex_conflict=sex_conflict), says=one.says, evidence=one.evidence)
        for one in study.circumstances
        if one.what not in NO_MODIFIER
    ]
    if is_stopped(study):
        reason = study.performed.stop_reason
        told.append(Raised(name=Derived.STOPPED, says=reason, evidence=_evidence_of_stop(study)))
    screening = list(pure_screening(study, rulebook))
    told += screening
    excluded = bool(stated(study, Circumstance.EXCLUDED_SERVICE)) or (
        bool(screening) and procedure is Procedure.VFA
    )
    findings: list[Finding] = []
    for one in _liability(study, procedure, biller, excluded, rulebook):
        if isinstance(one, Raised):
            told.append(one)
        elif payer_kind is PayerKind.MEDICARE_FFS:
            findings.append(one)
    return Raisings(all=tuple(told), findings=tuple(findings))


def _name(told: Stated, *, sex_conflict: bool) -> str:
    unopposed = told.what is Circumstance.SEX_CONFIRMED and not sex_conflict
    return Derived.SEX_UNOPPOSED if unopposed else told.what


def _evidence_of_stop(study: Study) -> tuple[Evidence, ...]:
    completion = study.performed.completion
    return completion.evidence if isinstance(completion, Known) else ()


def pure_screening(study: Study, rulebook: Rulebook) -> Iterator[Raised]:
    """A pure screening: the order gives no other reason.

    A density in known osteoporosis is no screening; a look for fractures stays what it was ordered as.
    """
    scan, density = study.performed.scan_day, study.performed.density
    if isinstance(study.order, Gap) or isinstance(scan, Gap):
        return
    measured = isinstance(density, Gap) or density.value is not Density.NOT_MEASURED
    if measured and _known_before(study):
        return
    order = study.order.value
    hits = [class_of(one.code, rulebook, scan.value) for one in order.reasons]
    classes = {hit.then.reason_class if hit else "" for hit in hits}
    if SCREENING in classes and classes <= BESIDE_SCREENING and not order.reason_gaps:
        evidence = tuple(one for reason in order.reasons for one in reason.evidence)
        codes = ", ".join(one.code for one in order.reasons)
        yield Raised(name=Derived.SCREENING_ONLY, says=codes, evidence=evidence)


def _known_before(study: Study) -> bool:
    """Whether osteoporosis is documented by more than the reading that found a fracture."""
    if study.osteoporosis is None:
        return False
    read = study.reading.value if isinstance(study.reading, Known) else None
    called = {one.where for found in read.findings for one in found.evidence} if read else set()
    called |= {one.where for reason in read.diagnoses for one in reason.evidence} if read else set()
    return not {evidence.where for evidence in study.osteoporosis.evidence} <= called


def _liability(
    study: Study, procedure: Procedure, biller: Organization, excluded: bool, rulebook: Rulebook
) -> Iterator[Raised | Finding]:
    """Who is liable for an expected denial: by a notice that covers the claim, or by the want of one."""
    scan = study.performed.scan_day
    if isinstance(scan, Gap):
        return
    expected = stated(study, Circumstance.DENIAL_EXPECTED)
    covering = [one for one in study.notices if not _why_not(one, biller, scan.value)]
    signed = [one for one in covering if one.kind is NoticeKind.ABN]
    if excluded and covering and not expected:
        yield _raised(Derived.VOLUNTARY_NOTICE, covering[0])
        return
    firm = () if expected or procedure is not Procedure.VFA else firm_reasons(study, rulebook, scan.value)
    if signed:
        if firm:
            yield _without_cause(study, firm, rulebook)
            yield _raised(Derived.NOTICE_WITHOUT_CAUSE, signed[0])
        else:
            yield _raised(Derived.NOTICE_ON_FILE, signed[0])
        rest = [one for one in study.notices if one not in signed]
        yield from _unused(rest, biller, scan.value, rulebook)
        return
    claimed = [one for one in study.notices if one.kind is NoticeKind.ABN]
    if expected or (claimed and not excluded and not firm):
        evidence = expected.evidence if expected else claimed[0].evidence
        yield Raised(name=Derived.NO_NOTICE, says=expected.says if expected else "", evidence=evidence)
    yield from _unused(study.notices, biller, scan.value, rulebook)


def _unused(
    notices: Iterable[Notice], biller: Organization, scanned: date, rulebook: Rulebook
) -> Iterator[Finding]:
    """The notices that no modifier of the claim tells of, and why."""
    for one in notices:
        why = _why_not(one, biller, scanned) or "a voluntary notice speaks of excluded services only"
        where = (evidence.where for evidence in one.evidence)
        yield raise_finding(
            rulebook, FindingCode.NOTICE_NOT_FOR_CLAIM, *where, organization=biller.name, why=why
        )


def _without_cause(study: Study, firm: tuple[Hit[Support], ...], rulebook: Rulebook) -> Finding:
    """A notice was signed although the order's reasons support the test and nobody expects a denial."""
    where = (one.where for notice in study.notices for one in notice.evidence)
    reasons = () if isinstance(study.order, Gap) else study.order.value.reasons
    codes = ", ".join(one.code for one in reasons)
    finding = raise_finding(rulebook, FindingCode.NOTICE_WITHOUT_CAUSE, *where, codes=codes)
    return replace(finding, because=tuple(because_row(one) for one in firm))


def _raised(name: str, notice: Notice) -> Raised:
    return Raised(name=name, says="", evidence=notice.evidence, day=notice.given_on)


def _why_not(notice: Notice, biller: Organization, scanned: date) -> str:
    """Why a notice does not cover a claim; empty where it does."""
    if notice.given_on is None or notice.given_on > scanned:
        return "it was not given before the scan"
    if biller.npi not in notice.organizations:
        return "it does not name that organization"
    return ""
