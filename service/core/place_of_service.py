"""Which place of service a professional line carries: where the patient was scanned.

The practice file may fix it for a site (an imaging center a payer wants as an independent clinic); else
the rows of `mappings/sites.yaml` decide. The reader's own place never does. Neighbours: `decide` asks.
"""

from datetime import date

from service.core.decision import (
    NO_SCOPE,
    Because,
    Choice,
    Chosen,
    Finding,
    Origin,
    Undecided,
    because_row,
    find_row,
    finding_of,
)
from service.core.rulebook import Facts, Rulebook
from service.core.study import Evidence, EvidenceKind, Gap, Known, Site, Study


def decide_place(study: Study, rulebook: Rulebook, on: date, scope: Facts = NO_SCOPE) -> Choice[str]:
    """The CMS place-of-service code of the scan site."""
    site = study.site
    if isinstance(site, Gap):
        return Undecided(question=rulebook.place_of_service.question, needs=(finding_of(rulebook, site),))
    if site.value.place_of_service:
        return Chosen(value=site.value.place_of_service, because=(_fixed(site.value),))
    return _by_row(site, rulebook, on, scope)


def _fixed(site: Site) -> Because:
    entry = f"practice:sites.{site.entry}.place_of_service"
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=entry, shows=site.place_of_service)
    says = "The practice file fixes the place of service of this site."
    return Because(origin=Origin.PRACTICE, ref=entry, says=says, evidence=(evidence,))


def _by_row(site: Known[Site], rulebook: Rulebook, on: date, scope: Facts) -> Choice[str]:
    facts = {"site": site.value.kind.value, "encounter_class": site.value.encounter_class.value}
    hit = find_row(rulebook, rulebook.place_of_service, facts, *site.where, on=on, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=rulebook.place_of_service.question, needs=(hit,))
    return Chosen(value=hit.then.place_of_service, because=(because_row(hit, *site.evidence),))
