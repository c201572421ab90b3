"""Whether the people of a claim are people: an organization's NPI is none of an orderer or a reader.

The number alone does not tell: an individual's and an organization's look alike. What tells is whose it is by
the practice file and by the parties of the study. Neighbour: `decide` asks.
"""

from collections.abc import Iterator

from service.core.decision import Finding, raise_finding
from service.core.finding_codes import FindingCode
from service.core.practice import Practice
from service.core.rulebook import Rulebook
from service.core.study import Gap, Known, Organization, Study


def organization_numbers(study: Study, practice: Practice, rulebook: Rulebook) -> Iterator[Finding]:
    """A hold for the orderer, and for the interpreter, whose NPI is an organization's."""
    organizations = _organizations(study, practice)
    proprietors = _proprietors(practice)
    order, report = study.order, study.report
    people = (
        ("orderer", order if isinstance(order, Gap) else order.value.ordering_provider),
        ("interpreter", report if isinstance(report, Gap) else report.value.interpreter),
    )
    for role, person in people:
        if isinstance(person, Gap) or person.value.npi in proprietors:
            continue
        number = person.value.npi
        if number in organizations:
            code, name = FindingCode.NPI_OF_ORGANIZATION, organizations[number]
            yield raise_finding(rulebook, code, *person.where, npi=number, role=role, organization=name)


def _organizations(study: Study, practice: Practice) -> dict[str, str]:
    """Organizations by NPI: of the practice file on any day, and the parties of the study."""
    reader, owner, site = study.reader, study.scanner_owner, study.site
    parties: list[Organization] = [owner.value] if isinstance(owner, Known) else []
    parties += [reader.value.organization] if isinstance(reader, Known) else []
    parties += [site.value.hospital] if isinstance(site, Known) and site.value.hospital else []
    found = {one.npi: one.name for one in practice.organizations}
    found |= {one.npi: one.name for one in parties}
    if isinstance(site, Known):
        found.setdefault(site.value.npi, site.value.name)
    return {number: name for number, name in found.items() if number}


def _proprietors(practice: Practice) -> frozenset[str]:
    """Numbers under which a person both works and bills, as the practice file says."""
    by_id = {one.id: one.npi for one in practice.organizations}
    reading = {one.npi for one in practice.readers if by_id.get(one.bills_for) == one.npi}
    ordering = {one.npi for one in practice.organizations if one.npi in one.ordering_practitioners}
    return frozenset(reading | ordering)
