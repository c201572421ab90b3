"""What every question about one study needs: its resources, practice file, rows, the site's clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.practice import OrganizationEntry, Practice, ReaderEntry, SiteEntry
from service.core.study import Gap
from service.intake.bundle import Gathered
from service.intake.codings import Lexicon
from service.intake.days import when_done as when_done
from service.intake.elements import Element, day_of
from service.intake.references import Found, Library

if TYPE_CHECKING:
    from service.intake.reading_interpreters import Interpreter

E = TypeVar("E", OrganizationEntry, SiteEntry, ReaderEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One study while it is read. `report` is the report that is billed by; `day` selects rows and entries.

    `day` is the day of the scan as far as any resource says one; the fact itself may still be a gap.
    """

    gathered: Gathered
    practice: Practice
    lexicon: Lexicon
    report: Found | None
    beside: tuple[Found, ...]
    """Final reports of the same session that report a density only."""
    zone: str
    interpreters: "dict[str, Interpreter | Gap]" = field(default_factory=dict, compare=False, repr=False)
    """Who bills the reading of a report, by its path, once `find_interpreter` has looked."""

    @property
    def library(self) -> Library:
        """The resources of the request."""
        return self.gathered.library

    @property
    def day(self) -> date:
        """The day rows and practice entries are looked up for."""
        return self.lexicon.day

    def day_in(self, element: Element) -> date | None:
        """The calendar day of a date or dateTime at the site."""
        return day_of(element.text(), self.zone)

    def organization_entry(self, npi: str) -> OrganizationEntry | None:
        """The practice's entry of an organization by its NPI, in force on the day."""
        return self._in_force(e for e in self.practice.organizations if e.npi == npi)

    def organization_named(self, entry_id: str) -> OrganizationEntry | None:
        """The same by the entry's id."""
        return self._in_force(e for e in self.practice.organizations if e.id == entry_id)

    def site_named(self, entry_id: str) -> SiteEntry | None:
        """The practice's entry of a site by its id, in force on the day."""
        return self._in_force(e for e in self.practice.sites if e.id == entry_id)

    def reader_entry(self, npi: str) -> ReaderEntry | None:
        """Any entry of a reader in force on the day: they all have the same name."""
        return self._in_force(e for e in self.practice.readers if e.npi == npi)

    def _in_force(self, entries: Iterable[E]) -> E | None:
        return next((entry for entry in entries if entry.in_force.covers(self.day)), None)


def gap(code: FindingCode, *where: str, **values: str) -> Gap:
    """A fact that is missing, with the places looked at and the words of its finding."""
    return Gap(code=code, where=where, values=tuple(values.items()))


def practice_evidence(entry: str, shows: str) -> Evidence:
    """An entry of the practice file as evidence: `sites.main.kind`."""
    return Evidence(kind=EvidenceKind.PRACTICE, where=f"practice:{entry}", shows=shows)


def practice_wins(what: str, study: str, practice: Evidence, *where: str) -> Gap:
    """The note that the practice file was taken where the study says something else."""
    words = {"what": what, "study": study, "practice": practice.shows}
    return gap(FindingCode.PRACTICE_WINS, *where, practice.where, **words)
