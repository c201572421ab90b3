"""Who scans, who reads and who bills: the parties of one study, as the rows of components look at them.

Neighbours: `components` plans the claims, `component_checks` says what stands in their way.
"""

from dataclasses import dataclass

from service.core.circumstances import specials
from service.core.codes import BilledBy
from service.core.evidence import Evidence
from service.core.rulebook import ClaimPlan
from service.core.situations import Special
from service.core.status import BilledSite
from service.core.study import Fact, Gap, Known, Organization, Reader, Site, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The site, the owner of its scanner and the reader of one study, and the arrangements between them."""

    site: Known[Site]
    owner: Known[Organization]
    reader: Known[Reader] | None
    """None where the scan was broken off and nobody read it."""
    billed: BilledSite
    special: dict[Special, tuple[Evidence, ...]]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        read = self.reader.evidence if self.reader else ()
        arranged = (one for evidence in self.special.values() for one in evidence)
        return tuple(dict.fromkeys((*self.site.evidence, *self.owner.evidence, *read, *arranged)))


def parties_of(study: Study, billed: BilledSite) -> Parties | tuple[Gap, ...]:
    """The parties, or every fact about them that is missing."""
    site, owner, reader = study.site, study.scanner_owner, study.reader
    special = specials(study)
    unread = Special.NO_READING in special
    facts: tuple[Fact[object], ...] = (site, owner) if unread else (site, owner, reader)
    missing = tuple(fact for fact in facts if isinstance(fact, Gap))
    if isinstance(site, Gap) or isinstance(owner, Gap) or missing:
        return missing
    read = reader if isinstance(reader, Known) and not unread else None
    return Parties(site=site, owner=owner, reader=read, billed=billed, special=special)


def biller_of(plan: ClaimPlan, parties: Parties) -> Organization:
    """Whose claim it is."""
    return party_of(plan, parties)[0]


def party_of(plan: ClaimPlan, parties: Parties) -> tuple[Organization, tuple[Evidence, ...]]:
    """Whose claim it is and what says so."""
    site, owner, reader = parties.site, parties.owner, parties.reader
    if plan.billed_by is BilledBy.HOSPITAL and site.value.hospital:
        return site.value.hospital, site.evidence
    if plan.billed_by is BilledBy.READER_ORGANIZATION and reader:
        return reader.value.organization, reader.evidence
    return owner.value, owner.evidence


def same_organization(owner: Organization, reader: Organization) -> bool:
    """Whether two organizations are one: by NPI, or by name where one has none."""
    if owner.npi and reader.npi:
        return owner.npi == reader.npi
    return owner.name.casefold() == reader.name.casefold()
