"""The patient, and the business key of the study: number, patient's identifier and day of the scan."""

from collections.abc import Iterator
from datetime import date

from service.core.codes import Sex
from service.core.finding_codes import FindingCode
from service.core.study import BusinessIdentifier, Fact, Known, Patient, StudyKey
from service.intake.elements import Element, address_of, identifier_of_type, identifiers, name_of
from service.intake.references import Found
from service.intake.results import results
from service.intake.session import Session, gap

RECORD_NUMBERS = ("MR", "PI", "PT", "MRT", "MB")
"""Types of patient identifiers, the one that keys a study best first (HL7 table 0203)."""
SOCIAL_SECURITY = frozenset({"http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"})


def find_patient(session: Session) -> Found | None:
    """The Patient the study is about, as the first resource that says one names it."""
    return next((patient for _, patient in _subjects(session) if patient), None)


def read_patient(session: Session) -> Fact[Patient]:
    """Demographics for the claim; a gap where resources speak of different patients."""
    subjects = list(_subjects(session))
    found = {patient.path: patient for _, patient in subjects if patient}
    if len(found) > 1:
        return gap(FindingCode.PATIENT_DISAGREES, *(reference.path for reference, _ in subjects))
    patient = next(iter(found.values()), None)
    if patient is None or patient.kind != "Patient":
        where = tuple(reference.path for reference, _ in subjects) or (session.gathered.label,)
        return gap(FindingCode.PATIENT_MISSING, *where)
    return _patient(patient)


def read_key(session: Session, scan_day: Fact[date]) -> Fact[StudyKey]:
    """The business key; fullUrls never count."""
    number = _number(session)
    patient = find_patient(session)
    identifier = _record_number(patient) if patient else None
    missing = [
        name
        for name, known in (
            ("accession or placer number", number),
            ("patient identifier", identifier),
            ("day of the scan", isinstance(scan_day, Known)),
        )
        if not known
    ]
    if number is None or identifier is None or not isinstance(scan_day, Known):
        where = (session.gathered.label, *((patient.path,) if patient else ()))
        return gap(FindingCode.BUSINESS_KEY_MISSING, *where, missing=", ".join(missing))
    key = StudyKey(number=number[0], patient=identifier[0], scan_day=scan_day.value)
    evidence = (number[1].evidence(), identifier[1].evidence(), *scan_day.evidence)
    return Known(value=key, evidence=evidence)


def _subjects(session: Session) -> Iterator[tuple[Element, Found | None]]:
    """Each subject element of the study's resources and the Patient it leads to."""
    gathered = session.gathered
    reports = (session.report, *session.beside) if session.report else gathered.reports
    found = [*reports, *gathered.orders, *gathered.procedures, *gathered.images]
    observations = [each for report in reports for each in results(report, session.library)[0]]
    for each in (*found, *observations):
        subject = each.root.one("subject")
        if subject:
            yield subject, session.library.follow(subject, each)


def _patient(found: Found) -> Fact[Patient]:
    root = found.root
    identifier, name, address = _record_number(found), name_of(root), address_of(root)
    birth, sex = root.one("birthDate"), root.one("gender")
    born = _day(birth.text())
    recorded = next((each for each in Sex if each.value == sex.text()), None)
    known = {
        "identifier": identifier,
        "name": name and name[1],
        "birthDate": born,
        "gender": recorded,
        "address": address,
    }
    missing = [element for element, value in known.items() if not value]
    if not (identifier and name and name[1] and address and born and recorded):
        return gap(
            FindingCode.PATIENT_INCOMPLETE, *(f"{root.path}.{e}" for e in missing), missing=", ".join(missing)
        )
    patient = Patient(
        identifier=identifier[0],
        family=name[0],
        given=name[1],
        birth_date=born,
        sex=recorded,
        address=address[0],
        reference=found.reference,
    )
    elements = (identifier[1], name[2], birth, sex, address[1])
    return Known(
        value=patient, evidence=tuple(each.evidence(each.path.rpartition(".")[2]) for each in elements)
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _record_number(patient: Found) -> tuple[BusinessIdentifier, Element] | None:
    """The identifier that keys the patient: a record number, else the first with a system; never an SSN."""
    typed = identifier_of_type(patient.root, *RECORD_NUMBERS)
    if typed and typed[0].system not in SOCIAL_SECURITY:
        return typed
    untyped = (
        (number, element)
        for number, types, element in identifiers(patient.root)
        if number.system and number.system not in SOCIAL_SECURITY and "SS" not in types
    )
    return next(untyped, None)


def _number(session: Session) -> tuple[BusinessIdentifier, Element] | None:
    """The accession number, wherever it stands; else the placer number; else the order's own identifier."""
    gathered = session.gathered
    reports = (session.report,) if session.report else gathered.reports
    found = (*reports, *gathered.images, *gathered.procedures, *gathered.orders)
    for wanted in ("ACSN", "PLAC"):
        for each in found:
            number = identifier_of_type(each.root, wanted)
            if number:
                return number
    for each in (*gathered.orders, *reports):
        for identifier, _, element in identifiers(each.root):
            if identifier.system:
                return identifier, element
    return None
