"""Which place of service a professional line carries: where the patient was scanned.

The practice file may fix it for a site (an imaging center a payer wants as an independent clinic); else
the rows of `mappings/sites.yaml` decide. The reader's own place never does. Neighbours: `decide` asks.
"""

from dataclasses import replace
from datetime import date

from service.core.codes import Component
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
    raise_finding,
)
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.rulebook import Facts, Rulebook
from service.core.situations import Special
from service.core.status import BilledSite
from service.core.study import Gap, Known, Site, Study


def decide_place(
    study: Study, billed: BilledSite, rulebook: Rulebook, on: date, scope: Facts = NO_SCOPE
) -> Choice[str]:
    """The CMS place of service of the scan site, or of the patient's registered status where that wins."""
    site = study.site
    if isinstance(site, Gap):
        return Undecided(question=rulebook.place_of_service.question, needs=(finding_of(rulebook, site),))
    if site.value.place_of_service and billed.as_scanned:
        return Chosen(value=site.value.place_of_service, because=(_fixed(site.value),))
    return _by_row(site, billed, rulebook, on, scope)


def may_stand(
    place: Chosen[str], component: Component, special: Special, rulebook: Rulebook, on: date
) -> Choice[str]:
    """The place with the row that lets this part of the service be billed there on a professional claim."""
    rule_set = rulebook.place_classes
    facts = {"place_of_service": place.value, "special": special.value}
    where = tuple(one.where for because in place.because for one in because.evidence)
    hit = find_row(rulebook, rule_set, facts, *where, on=on)
    if isinstance(hit, Finding):
        return Undecided(question=rule_set.question, needs=(hit,))
    reading_only = component is Component.PROFESSIONAL
    if hit.then.reading if reading_only else hit.then.technical_part:
        return Chosen(value=place.value, because=(*place.because, because_row(hit)))
    finding = raise_finding(
        rulebook, FindingCode.PART_AT_FACILITY, *where, component=component.value, place=place.value
    )
    return Undecided(question=rule_set.question, needs=(replace(finding, because=(because_row(hit),)),))


def _fixed(site: Site) -> Because:
    entry = f"practice:sites.{site.entry}.place_of_service"
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=entry, shows=site.place_of_service)
    says = "The practice file fixes the place of service of this site."
    return Because(origin=Origin.PRACTICE, ref=entry, says=says, evidence=(evidence,))


def _by_row(site: Known[Site], billed: BilledSite, rulebook: Rulebook, on: date, scope: Facts) -> Choice[str]:
    facts = {"site": billed.kind, "encounter_class": site.value.encounter_class.value}
    hit = find_row(rulebook, rulebook.place_of_service, facts, *site.where, on=on, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=rulebook.place_of_service.question, needs=(hit,))
    return Chosen(value=hit.then.place_of_service, because=(because_row(hit, *site.evidence),))
