"""As which kind of site a study is billed: the site of the scan, unless the patient's registered status wins.

A hospital's inpatient or outpatient keeps that status wherever the scan was done, and so does a resident in a
Part A stay; the rows of `mappings/sites.yaml` (patient-status) say which. Neighbours: `components`,
`place_of_service` and `lines` look at the answer as the fact `site`.
"""

from dataclasses import dataclass
from datetime import date

from service.core.circumstances import stated
from service.core.decision import (
    NO_SCOPE,
    Choice,
    Chosen,
    Finding,
    Undecided,
    because_row,
    find_row,
    finding_of,
)
from service.core.rulebook import Facts, Rulebook
from service.core.situations import Circumstance
from service.core.study import Gap, Study

AS_SCANNED = "as-scanned"
HERE, ELSEWHERE, SNF_PART_A = "here", "elsewhere", "snf-part-a"
REGISTERED = {Circumstance.SNF_PART_A: SNF_PART_A, Circumstance.UNDER_ARRANGEMENT: ELSEWHERE}
"""Stated circumstances that say where else the patient is registered; the first one wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledSite:
    """The kind of site the rows look at, and whether it is the one the patient was scanned at."""

    kind: str
    as_scanned: bool


def decide_status(study: Study, rulebook: Rulebook, on: date, scope: Facts = NO_SCOPE) -> Choice[BilledSite]:
    """The kind of site a study is billed as."""
    question = rulebook.patient_statuses.question
    site = study.site
    if isinstance(site, Gap):
        return Undecided(question=question, needs=(finding_of(rulebook, site),))
    told = [(one, REGISTERED[one.what]) for what in REGISTERED if (one := stated(study, what))]
    facts = {
        "site": site.value.kind.value,
        "encounter_class": site.value.encounter_class.value,
        "registered": told[0][1] if told else HERE,
    }
    hit = find_row(rulebook, rulebook.patient_statuses, facts, *site.where, on=on, scope=scope)
    if isinstance(hit, Finding):
        return Undecided(question=question, needs=(hit,))
    same = hit.then.billed_as == AS_SCANNED
    kind = site.value.kind.value if same else hit.then.billed_as
    evidence = (*site.evidence, *(one for said, _ in told[:1] for one in said.evidence))
    return Chosen(
        value=BilledSite(kind=kind, as_scanned=same or kind == site.value.kind.value),
        because=(because_row(hit, *evidence),),
    )
