"""The business key of the study: number, patient's identifier and day of the scan."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from service.core.finding_codes import FindingCode
from service.core.study import BusinessIdentifier, Fact, Gap, Known, StudyKey
from service.intake.elements import Element, identifier_of_type
from service.intake.reading_order import live_orders
from service.intake.reading_patient import find_patient, record_number
from service.intake.references import Found
from service.intake.session import Session, gap

KINDS_OF_NUMBER = {"ACSN": "accession number", "PLAC": "placer number"}
"""Types of the numbers (HL7 table 0203) that are one and the same through a study."""


def read_key(session: Session, scan_day: Fact[date]) -> Fact[StudyKey]:
    """The business key; fullUrls never count. Numbers of one kind that differ hold, with both shown."""
    disagreement = next(_disagreements(session), None)
    if disagreement:
        return disagreement
    number = _number(session)
    patient = find_patient(session)
    identifier = record_number(patient) if patient else None
    missing = [
        name
        for name, known in (
            ("accession or placer number", number),
            ("patient identifier", identifier),
            ("day of the scan", isinstance(scan_day, Known)),
        )
        if not known
    ]
    if number and identifier and isinstance(scan_day, Gap):
        return scan_day  # The day is missed itself; that the key needs it is no second thing to mend.
    if number is None or identifier is None or isinstance(scan_day, Gap):
        where = (session.gathered.label, *((patient.path,) if patient else ()))
        return gap(FindingCode.BUSINESS_KEY_MISSING, *where, missing=", ".join(missing))
    key = StudyKey(number=number[0], patient=identifier[0], scan_day=scan_day.value)
    evidence = (number[1].evidence(), identifier[1].evidence(), *scan_day.evidence)
    return Known(value=key, evidence=evidence)


def _number(session: Session) -> tuple[BusinessIdentifier, Element] | None:
    """The accession number, wherever it stands; else the placer number; else the order's own identifier."""
    gathered = session.gathered
    reports = (session.report,) if session.report else gathered.reports
    found = (*reports, *gathered.images, *gathered.procedures, *gathered.orders)
    for wanted in ("ACSN", "PLAC"):
        for each in found:
            number = identifier_of_type(each.identifiers, wanted)
            if number:
                return number
    for each in (*gathered.orders, *reports):
        for identifier, _, element in each.identifiers:
            if identifier.system:
                return identifier, element
    return None


def _disagreements(session: Session) -> Iterator[Gap]:
    """Kinds of number that two kinds of resource (report, images, procedures, orders) give differently."""
    gathered = session.gathered
    reports = (session.report,) if session.report else gathered.reports
    kinds = (reports, gathered.images, gathered.procedures, live_orders(gathered.orders))
    for code, kind in KINDS_OF_NUMBER.items():
        carried = [said for found in kinds if (said := _numbers(found, code))]
        for first, second in combinations(carried, 2):
            comparable = [pair for pair in ((a, b) for a in first for b in second) if _comparable(*pair)]
            if comparable and not any(a[0].value == b[0].value for a, b in comparable):
                both = [*first, *second]
                shown = ", ".join(dict.fromkeys(number.value for number, _ in both))
                where = (element.path for _, element in both)
                yield gap(FindingCode.NUMBER_DISAGREES, *where, kind=kind, numbers=shown)


def _numbers(found: Sequence[Found], code: str) -> list[tuple[BusinessIdentifier, Element]]:
    return [
        (number, element) for each in found for number, types, element in each.identifiers if code in types
    ]


def _comparable(
    first: tuple[BusinessIdentifier, Element], second: tuple[BusinessIdentifier, Element]
) -> bool:
    """Whether two numbers are of one issuer, as far as they say; two issuers number alike by chance only."""
    systems = {first[0].system, second[0].system} - {""}
    return len(systems) <= 1
