"""The patient: who the study is about, with what a claim says of them."""

from collections.abc import Iterator
from datetime import date

from service.core.codes import Sex
from service.core.finding_codes import FindingCode
from service.core.study import BusinessIdentifier, Fact, Gap, Known, Patient
from service.intake.elements import Element, address_of, calendar_day, identifier_of_type, name_of
from service.intake.placeholders import is_asked_about
from service.intake.references import Found
from service.intake.results import results
from service.intake.session import Session, gap

RECORD_NUMBERS = ("MR", "PI", "PT", "MRT", "MB")
"""Types of patient identifiers, the one that keys a study best first (HL7 table 0203)."""
OLDEST = 1901
"""Nobody who is scanned was born before; 1900-01-01 stands for a birth date that is not known."""
SOCIAL_SECURITY = frozenset({"http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1"})


def find_patient(session: Session) -> Found | None:
    """The Patient the study is about, as the first resource that says one names it."""
    return next((patient for _, patient in _subjects(session) if patient), None)


def read_patient(session: Session) -> Fact[Patient]:
    """Demographics for the claim; a gap where resources speak of different patients."""
    subjects = list(_subjects(session))
    found = {patient.path: patient for _, patient in subjects if patient}
    if len(found) > 1 or (found and any(_names_another(subject) for subject, at in subjects if not at)):
        return gap(FindingCode.PATIENT_DISAGREES, *(reference.path for reference, _ in subjects))
    patient = next(iter(found.values()), None)
    if patient is None or patient.kind != "Patient":
        where = tuple(reference.path for reference, _ in subjects) or (session.gathered.label,)
        return gap(FindingCode.PATIENT_MISSING, *where)
    return _patient(patient)


def _subjects(session: Session) -> Iterator[tuple[Element, Found | None]]:
    """Each subject element of the study's resources and the Patient it leads to."""
    gathered = session.gathered
    reports = (session.report, *session.beside) if session.report else gathered.reports
    found = [*reports, *gathered.orders, *gathered.procedures, *gathered.images]
    observations = [each for report in reports for each in results(report, session.library)[0]]
    around = [
        other
        for each in found
        for element in ("encounter", "reasonReference")
        for _, other in session.library.follow_each(each, element, "Encounter", "Condition")
    ]
    for each in (*found, *observations, *around):
        subject = each.root.one("subject")
        if subject:
            yield subject, session.library.follow(subject, each)


def _names_another(subject: Element) -> bool:
    """Whether a subject that leads to nobody names somebody: a display alone and an absent one do not."""
    return bool(subject.text("reference") or subject.one("identifier").text("value"))


def _patient(found: Found) -> Fact[Patient]:
    root = found.root
    identifier, name, address = record_number(found), name_of(root), address_of(root)
    birth, sex = root.one("birthDate"), root.one("gender")
    born = born_on(birth)
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


def born_on(birth_date: Element) -> date | None:
    """The day of birth; None where it is not complete, or stands for one that is not known."""
    born = calendar_day(birth_date.text())
    return born if born and born.year >= OLDEST else None


def doubtful_name(patient: Found | None) -> tuple[Gap, ...]:
    """The warning that the name may be a test record's, or what a system writes into an empty field."""
    name = name_of(patient.root) if patient else None
    if name is None or not any(map(is_asked_about, (name[0], *name[1]))):
        return ()
    return (gap(FindingCode.NAME_DOUBTFUL, name[2].path),)


def record_number(patient: Found) -> tuple[BusinessIdentifier, Element] | None:
    """The identifier that keys the patient: a record number, else the first with a system; never an SSN."""
    typed = identifier_of_type(patient.identifiers, *RECORD_NUMBERS)
    if typed and typed[0].system not in SOCIAL_SECURITY:
        return typed
    untyped = (
        (number, element)
        for number, types, element in patient.identifiers
        if number.system and number.system not in SOCIAL_SECURITY and "SS" not in types
    )
    return next(untyped, None)
