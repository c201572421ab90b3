"""Individuals and organizations as they were sent, and as the practice file knows them."""

from dataclasses import dataclass, replace

from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.npi import is_npi
from service.core.practice import OrganizationEntry
from service.core.study import Fact, Gap, Known, Organization, Person
from service.intake.codings import codes
from service.intake.elements import Element, address_of, name_of
from service.intake.references import Found
from service.intake.session import Session, gap, practice_evidence, practice_wins

INDIVIDUAL = frozenset({"Practitioner", "PractitionerRole"})
NPI_SYSTEMS = frozenset({"http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6"})
TAX_SYSTEMS = frozenset({"urn:oid:2.16.840.1.113883.4.4"})
TAX_TYPES = frozenset({"TAX", "EN"})


@dataclass(frozen=True, slots=True)
class Individual:
    """What a reference to an individual leads to; `npi` may be unknown."""

    reference: Element
    practitioner: Found | None
    role: Found | None
    npi: tuple[str, Element] | None


def is_individual(reference: Element, at: Found, session: Session) -> bool:
    """Whether a reference means a person rather than an organization."""
    found = session.library.follow(reference, at)
    if found:
        return found.kind in INDIVIDUAL
    said = f"{reference.text('type')} {reference.text('reference')}"
    return "Organization" not in said and "CareTeam" not in said


def individual(reference: Element, at: Found, session: Session) -> Individual:
    """Practitioner, role and NPI behind a reference (the NPI also of a reference by identifier alone)."""
    found = session.library.follow(reference, at)
    role = found if found and found.kind == "PractitionerRole" else None
    if role:
        found = session.library.follow(role.root.one("practitioner"), role)
    practitioner = found if found and found.kind == "Practitioner" else None
    logical = role.root.one("practitioner") if role else reference
    sources = [each for each in (practitioner, role) if each]
    npi = next((number for source in sources if (number := npi_of(source))), None) or _npi_in(logical)
    return Individual(reference, practitioner, role, npi)


def read_person(
    reference: Element, at: Found, session: Session, *, missing: FindingCode, without_npi: FindingCode
) -> Fact[Person]:
    """The individual behind a reference, by name and NPI (its check digit is judged later)."""
    who = individual(reference, at, session)
    listed = session.reader_entry(who.npi[0]) if who.npi else None
    name = name_of(who.practitioner.root) if who.practitioner else None
    if name is None and listed is None:
        return gap(missing, reference.path, *((who.practitioner.path,) if who.practitioner else ()))
    if who.npi is None:
        return gap(without_npi, (who.practitioner.path if who.practitioner else reference.path))
    number, where = who.npi
    evidence = [where.evidence(), reference.evidence(at.kind)]
    if name:
        family, given = name[0], name[1]
        evidence.append(name[2].evidence(family))
    elif listed:
        family, given = listed.family, listed.given
        evidence.append(practice_evidence(f"readers.{listed.npi}", listed.family))
    person = Person(
        npi=number,
        family=family,
        given=given,
        taxonomy=_taxonomy(who) or (listed.taxonomy if listed else ""),
        reference=who.practitioner.reference if who.practitioner else "",
    )
    return Known(value=person, evidence=tuple(evidence))


def listed_name(person: Fact[Person], session: Session) -> tuple[Fact[Person], tuple[Gap, ...]]:
    """The interpreter under the name the practice file has; a note says where the sender's is another."""
    if not isinstance(person, Known):
        return person, ()
    said = person.value
    listed = session.reader_entry(said.npi)
    if listed is None or listed.family.casefold() == said.family.casefold():
        return person, ()
    practice = practice_evidence(f"readers.{listed.npi}.family", listed.family)
    value = replace(said, family=listed.family, given=listed.given)
    note = practice_wins("reader's name", said.family, practice, *person.where[1:])
    return Known(value=value, evidence=(practice, *person.evidence)), (note,)


def read_organization(found: Found, session: Session) -> Known[Organization]:
    """An organization as sent, completed from the practice file where its NPI is listed there."""
    number = npi_of(found)
    entry = session.organization_entry(number[0]) if number else None
    evidence: tuple[Evidence, ...] = ((number[1] if number else found.root.one("name")).evidence(),)
    if entry:
        evidence += (practice_evidence(f"organizations.{entry.id}", entry.name),)
        return Known(value=organization_listed(entry, found), evidence=evidence)
    address = address_of(found.root)
    organization = Organization(
        name=found.root.text("name"),
        npi=number[0] if number else "",
        tax_id=_tax_id(found),
        address=address[0] if address else None,
        reference=found.reference,
    )
    return Known(value=organization, evidence=evidence)


def organization_listed(entry: OrganizationEntry, found: Found | None = None) -> Organization:
    """An organization of the practice file, under the sender's reference if it was sent too."""
    return Organization(
        name=entry.name,
        npi=entry.npi,
        tax_id=entry.tax_id,
        taxonomy=entry.taxonomy,
        address=entry.address,
        reference=found.reference if found else "",
        bills_through_us=entry.bills_through_us,
        approved_procedures=entry.approved_procedures,
        wholly_owned=bool(entry.wholly_owned_by),
    )


def npi_of(found: Found) -> tuple[str, Element] | None:
    """The NPI of a resource and where it stands: a valid one before one that is not."""
    numbers = [
        (number.value, element)
        for number, types, element in found.identifiers
        if number.system in NPI_SYSTEMS or ("NPI" in types and not number.system)
    ]
    return next((each for each in numbers if is_npi(each[0])), numbers[0] if numbers else None)


def _npi_in(reference: Element) -> tuple[str, Element] | None:
    """The NPI of a reference by identifier, where the resource itself is not to be had."""
    identifier = reference.one("identifier")
    known = identifier.text("system") in NPI_SYSTEMS and identifier.text("value")
    return (identifier.text("value"), identifier.one("value")) if known else None


def _tax_id(found: Found) -> str:
    for number, types, _ in found.identifiers:
        if number.system in TAX_SYSTEMS or types & TAX_TYPES:
            return number.value
    return ""


def _taxonomy(who: Individual) -> str:
    concepts = list(who.role.root.each("specialty")) if who.role else []
    if who.practitioner:
        concepts += [each.one("code") for each in who.practitioner.root.each("qualification")]
    return next((code.code for each in concepts for code in codes(each) if code.system == "nucc"), "")
