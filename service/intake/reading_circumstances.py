"""What is said of a session beyond order, scan and reading: circumstance codes, practice file, notices.

Circumstances are codings of our own CodeSystem beside what they speak of (procedure, order, encounter). An
admission that a hospital's payment window reaches back from is found by its Encounter.
"""

from collections.abc import Iterator
from datetime import date

from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.practice import OrganizationEntry
from service.core.situations import Circumstance, NoticeKind, ReaderRole
from service.core.study import Fact, Gap, Known, Notice, Organization, Reader, Stated
from service.intake.codings import codes
from service.intake.elements import Element
from service.intake.reading_parties import npi_of
from service.intake.reading_patient import find_patient
from service.intake.reading_stays import ADMITTED, before_scan
from service.intake.references import Found
from service.intake.results import VOID
from service.intake.session import Session, gap, practice_evidence

SYSTEM = "circumstance"
ELSEWHERE = frozenset({*map(str, NoticeKind), ReaderRole.RESIDENT.value})
"""Codes of the same system that say something else: which notice, or whose part in the reading."""
PLACES = {
    "Procedure": ("reasonCode", "statusReason", "category"),
    "ServiceRequest": ("orderDetail", "reasonCode"),
    "Encounter": ("type", "reasonCode"),
    "DiagnosticReport": ("category",),
}
"""Elements that may carry a circumstance."""
LONGEST_WINDOW = 3
"""Calendar days before an admission that any hospital's payment reaches back over."""
NOTICES = {"Consent": "category", "DocumentReference": "type"}
GONE = frozenset({"entered-in-error", "rejected", "inactive", "superseded"})


def read_circumstances(
    session: Session, owner: Fact[Organization], reader: Fact[Reader], taught: tuple[Evidence, ...]
) -> tuple[tuple[Stated, ...], tuple[Gap, ...]]:
    """Every circumstance, each once with all its evidence; a code of ours that nobody knows is a gap."""
    found: dict[Circumstance, Stated] = {}
    unknown: list[Gap] = []
    told = [*_coded(session), *_of_practice(session, owner, reader, taught)]
    for code, says, evidence in told:
        what = next((one for one in Circumstance if one.value == code), None)
        if what is None:
            unknown.append(
                gap(FindingCode.CIRCUMSTANCE_NOT_KNOWN, *(e.where for e in evidence), circumstance=code)
            )
            continue
        earlier = found.get(what)
        both = (*(earlier.evidence if earlier else ()), *evidence)
        found[what] = Stated(what=what, says=(earlier.says if earlier else "") or says, evidence=both)
    return tuple(found.values()), tuple(unknown)


def read_notices(session: Session, patient: Found | None) -> tuple[tuple[Notice, ...], tuple[Gap, ...]]:
    """The notices to the patient that belong to this study; what one lacks, or that nothing links it."""
    found: list[Notice] = []
    gaps: list[Gap] = []
    for kind, element in NOTICES.items():
        for each in session.library.of_kind(kind):
            code = next((c for c in _ours(each.root, element) if c[0] in set(NoticeKind)), None)
            if code is None or each.root.text("status") in GONE:
                continue
            linked = _linked(each, session)
            if linked:
                notice = _notice(each, NoticeKind(code[0]), session)
                found.append(notice)
                gaps += _incomplete(each, notice)
            elif linked is None and _of_patient(each, patient, session):
                gaps.append(gap(FindingCode.NOTICE_NOT_LINKED, each.path))
    return tuple(found), tuple(gaps)


def scan_encounters(session: Session) -> tuple[Found, ...]:
    """The encounters of the scan: of procedures, images and reports, not the visit of the order."""
    gathered, found = session.gathered, dict[str, Found]()
    for each in (*gathered.procedures, *gathered.images, *gathered.reports):
        encounter = session.library.follow(each.root.one("encounter"), each, "Encounter")
        if encounter:
            found.setdefault(encounter.path, encounter)
    return tuple(found.values())


def _coded(session: Session) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
    gathered = session.gathered
    everything = (*gathered.procedures, *gathered.orders, *scan_encounters(session), *gathered.reports)
    for each in everything:
        if each.root.text("status") == "entered-in-error":
            continue
        for element in PLACES[each.kind]:
            for code, says, evidence in _ours(each.root, element):
                if code not in ELSEWHERE:
                    yield code, says, (evidence,)
        for performer in each.root.each("performer") if each.kind == "Procedure" else ():
            for code, says, evidence in _ours(performer, "function"):
                if code not in ELSEWHERE:
                    yield code, says, (evidence,)


def _ours(root: Element, element: str) -> Iterator[tuple[str, str, Evidence]]:
    """Codes of our system in an element, with the words beside them."""
    for concept in root.each(element):
        for code in codes(concept):
            if code.system == SYSTEM:
                yield code.code, concept.text("text"), code.evidence()


def _of_practice(
    session: Session, owner: Fact[Organization], reader: Fact[Reader], taught: tuple[Evidence, ...]
) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
    """What the practice file, the roles of the readers and an admission say."""
    if taught:
        yield Circumstance.TEACHING_PHYSICIAN, "", taught
    if isinstance(reader, Known) and reader.value.substitution:
        yield reader.value.substitution, "", reader.evidence
    admitted = _admission(session, owner)
    if admitted:
        yield Circumstance.BEFORE_ADMISSION, "", admitted


def _admission(session: Session, owner: Fact[Organization]) -> tuple[Evidence, ...]:
    """An admission to the owner's hospital whose payment window holds the day of the scan."""
    hospital = _hospital_of(session, owner)
    if hospital is None or not hospital.payment_window:
        return ()
    for stay, before in _admissions(session):
        if before <= hospital.payment_window and _provider(stay, session) == hospital.npi:
            start = stay.root.one("period").one("start")
            entry_name = f"organizations.{hospital.id}.payment_window"
            return (start.evidence(), practice_evidence(entry_name, str(hospital.payment_window)))
    return ()


def read_window(session: Session, owner: Fact[Organization]) -> Gap | None:
    """An admission soon after the scan that may fold it into the stay, where the practice file or the stay is
    silent: how far the window of the owner's hospital reaches, or which hospital admitted."""
    hospital = _hospital_of(session, owner)
    if hospital is None or isinstance(owner, Gap) or hospital.payment_window == 0:
        return None
    owned = hospital.npi != owner.value.npi
    for stay, before in _admissions(session):
        provider, window = _provider(stay, session), hospital.payment_window
        where = (stay.path, f"practice:organizations.{hospital.id}.payment_window")
        words = {"organization": owner.value.name}
        if provider == hospital.npi and window is None:
            what = f"nobody says how many days the payment window of {hospital.name} reaches back"
        elif not provider and owned and before <= (window or LONGEST_WINDOW):
            what = "nobody says to which hospital"
        else:
            continue
        return gap(FindingCode.PAYMENT_WINDOW_UNKNOWN, *where, what=what, **words)
    return None


def _hospital_of(session: Session, owner: Fact[Organization]) -> OrganizationEntry | None:
    """The hospital whose payment window may hold a scan of this owner: the one that owns it, or itself."""
    entry = session.organization_entry(owner.value.npi) if isinstance(owner, Known) else None
    return session.organization_named(entry.wholly_owned_by) if entry and entry.wholly_owned_by else entry


def _admissions(session: Session) -> Iterator[tuple[Found, int]]:
    """Stays of the patient that began after the scan, with the days between, as far as a window reaches."""
    patient = find_patient(session)
    own = {each.path for each in scan_encounters(session)}
    for stay in session.library.of_kind("Encounter"):
        start = stay.root.one("period").one("start")
        day = session.day_in(start)
        classes = {code.code for code in codes(stay.root.one("class"))}
        of = session.library.follow(stay.root.one("subject"), stay, "Patient")
        if day is None or stay.path in own or not classes & ADMITTED or stay.root.text("status") in VOID:
            continue
        if patient is None or of is None or of.path != patient.path:
            continue
        if before_scan(start, session):  # A stay that had begun makes an inpatient, not a window before one.
            continue
        if 0 <= (day - session.day).days <= LONGEST_WINDOW:
            yield stay, (day - session.day).days


def _provider(stay: Found, session: Session) -> str:
    """NPI of the hospital of a stay; empty where nobody says."""
    provider = session.library.follow(stay.root.one("serviceProvider"), stay, "Organization")
    number = npi_of(provider) if provider else None
    return number[0] if number else ""


def _linked(notice: Found, session: Session) -> bool | None:
    """Whether a notice belongs to the study; None where it refers to no order, procedure or report at all."""
    gathered = session.gathered
    ours = {each.path for each in (*gathered.orders, *gathered.procedures, *gathered.reports)}
    named = [
        found
        for reference in (*_references(notice.root), *notice.root.one("context").each("related"))
        if (found := session.library.follow(reference, notice))
    ]
    pointing = {
        found.path
        for order in gathered.orders
        for _, found in session.library.follow_each(order, "supportingInfo", notice.kind)
    }
    if notice.path in pointing or ours & {each.path for each in named}:
        return True
    kinds = {"ServiceRequest", "Procedure", "DiagnosticReport"}
    return False if any(each.kind in kinds for each in named) else None


def _references(consent: Element) -> Iterator[Element]:
    """What a Consent is about."""
    for data in consent.one("provision").each("data"):
        yield data.one("reference")
    yield consent.one("sourceReference")


def _notice(each: Found, kind: NoticeKind, session: Session) -> Notice:
    given = _given_on(each.root)
    named = (
        organization
        for element in ("organization", "custodian", "author")
        for _, organization in session.library.follow_each(each, element, "Organization")
    )
    numbers = [number for one in named if (number := npi_of(one))]
    return Notice(
        kind=kind,
        given_on=session.day_in(given),
        organizations=frozenset(number for number, _ in numbers),
        evidence=(each.root.evidence(each.kind), *(element.evidence() for _, element in numbers)),
    )


def _given_on(root: Element) -> Element:
    """The day a notice was given: of the Consent, or of the service the document speaks of, else its own."""
    start = root.one("context").one("period").one("start")
    return next(
        each for each in (root.one("dateTime"), start, root.one("date")) if each or each.path.endswith("date")
    )


def _incomplete(each: Found, notice: Notice) -> Iterator[Gap]:
    day: date | None = notice.given_on
    lacking = [
        *([] if day else ["the day it was given"]),
        *([] if notice.organizations else ["the organizations it names, with NPI"]),
    ]
    if lacking:
        yield gap(FindingCode.NOTICE_INCOMPLETE, each.path, missing=" and ".join(lacking))


def _of_patient(each: Found, patient: Found | None, session: Session) -> bool:
    element = "patient" if each.kind == "Consent" else "subject"
    found = session.library.follow(each.root.one(element), each, "Patient")
    return bool(found and patient and found.path == patient.path)
