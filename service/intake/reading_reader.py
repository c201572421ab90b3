"""The reader: for whom the interpreter bills, and where the reading was done."""

from service.core.finding_codes import FindingCode
from service.core.practice import ReaderEntry
from service.core.study import Address, Fact, Gap, Known, Person, Reader, Report, Site
from service.intake.elements import address_of
from service.intake.reading_interpreters import find_interpreter
from service.intake.reading_parties import (
    Individual,
    individual,
    npi_of,
    organization_listed,
    read_organization,
)
from service.intake.references import Found
from service.intake.session import Session, gap, practice_evidence


def read_reader(session: Session, report: Fact[Report], site: Fact[Site]) -> Fact[Reader]:
    """For whom the interpreter bills and where the reading was done: the practice file, else the role.

    Without a report, or without one interpreter, that is the gap; it is not said a second time here.
    """
    at = session.report
    if at is None or isinstance(report, Gap):
        return report if isinstance(report, Gap) else gap(FindingCode.REPORT_MISSING, session.gathered.label)
    if isinstance(report.value.interpreter, Gap):
        return report.value.interpreter
    found = find_interpreter(session, at)
    if isinstance(found, Gap):
        return found
    named = found.reference
    who = individual(named, at, session)
    entry = _listing(who, session, report.value, site)
    stated = _organization_of(who, session)
    if entry:
        return _reader_listed(entry, stated, session)
    return _reader_of_role(who, stated, session) or gap(FindingCode.READER_NOT_LISTED, named.path)


def _organization_of(who: Individual, session: Session) -> Found | None:
    if who.role is None:
        return None
    return session.library.follow(who.role.root.one("organization"), who.role, "Organization")


def _listing(who: Individual, session: Session, report: Report, site: Fact[Site]) -> ReaderEntry | None:
    """The reader's entry on the reading day: the one for this site before the one for every site."""
    day = report.reading_day.value if isinstance(report.reading_day, Known) else session.day
    here = site.value.entry if isinstance(site, Known) else ""
    npi = who.npi[0] if who.npi else ""
    entries = [e for e in session.practice.readers if e.npi == npi and e.in_force.covers(day)]
    fitting = [e for e in entries if not e.site or e.site == here]
    return max(fitting, key=lambda e: bool(e.site), default=None)


def _reader_listed(entry: ReaderEntry, stated: Found | None, session: Session) -> Fact[Reader]:
    listed = session.organization_named(entry.bills_for)
    place = f"readers.{entry.npi}"
    if listed is None:
        return gap(FindingCode.READER_NOT_LISTED, f"practice:{place}.bills_for")
    number = npi_of(stated) if stated else None
    if number and number[0] != listed.npi:
        return gap(
            FindingCode.READER_ORGANIZATION_DISAGREES,
            number[1].path,
            f"practice:{place}.bills_for",
            study=number[0],
            practice=listed.npi,
        )
    evidence = [practice_evidence(f"{place}.bills_for", entry.bills_for)]
    evidence += [number[1].evidence()] if number else []
    if entry.purchase_price is not None:
        evidence.append(practice_evidence(f"{place}.purchase_price", str(entry.purchase_price)))
    if entry.substitution:
        evidence.append(practice_evidence(f"{place}.substitution", entry.substitution))
    reading_site = session.site_named(entry.reads_at) if entry.reads_at else None
    if reading_site:
        evidence.append(practice_evidence(f"{place}.reads_at", entry.reads_at))
    return Known(
        value=Reader(
            organization=organization_listed(listed, stated),
            locality=entry.locality or (reading_site.locality if reading_site else ""),
            address=entry.address or (reading_site.address if reading_site else None),
            evidence=tuple(evidence),
            purchase_price=entry.purchase_price,
            substitution=entry.substitution,
            substitutes_for=_absent(entry, session),
        ),
        evidence=tuple(evidence),
    )


def _reader_of_role(who: Individual, stated: Found | None, session: Session) -> Fact[Reader] | None:
    """A reader the practice file does not list: the organization and place of the role, locality unknown."""
    organization = read_organization(stated, session) if stated else None
    if who.role is None or organization is None or not organization.value.npi:
        return None
    places = (place for _, place in session.library.follow_each(who.role, "location", "Location"))
    address: Address | None = next((found[0] for place in places if (found := address_of(place.root))), None)
    return Known(
        value=Reader(
            organization=organization.value, locality="", address=address, evidence=organization.evidence
        ),
        evidence=organization.evidence,
    )


def _absent(entry: ReaderEntry, session: Session) -> Person | None:
    """The physician a substitute stands in for, by the name the practice file has."""
    absent = session.reader_entry(entry.substitutes_for) if entry.substitutes_for else None
    if absent is None:
        return None
    return Person(npi=absent.npi, family=absent.family, given=absent.given, taxonomy=absent.taxonomy)
