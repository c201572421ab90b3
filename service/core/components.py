"""How many claims, who bills each, and which component of the service each carries.

The rows of `mappings/components.yaml` say it for the site, for whom the reader bills, and for whether both
parts were done in one payment locality. A party we do not bill for gets no claim, and a note says so.
Neighbours: `decide` asks; `lines` fills the planned components.
"""

from dataclasses import dataclass, replace
from datetime import date

from service.core.codes import BilledBy, ClaimType, Component
from service.core.decision import (
    NO_SCOPE,
    Because,
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    because_row,
    find_row,
    finding_of,
    raise_finding,
)
from service.core.finding_codes import FindingCode
from service.core.rulebook import ClaimPlan, ClaimsPlan, Facts, Hit, Rulebook
from service.core.study import Evidence, Fact, Gap, Known, Organization, Reader, Site, Study

SAME, OTHER, NOT_NEEDED = "same", "other", "not-needed"
READER_BILLS_SCANNER_OWNER = "scanner-owner"
READER_BILLS_OTHER = "other-organization"
SPLIT = frozenset({Component.PROFESSIONAL, Component.TECHNICAL, Component.FACILITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedClaim:
    """A claim to write for one of our organizations: its type, biller and the component of each line."""

    type: Chosen[ClaimType]
    billing: Chosen[Organization]
    components: tuple[Chosen[Component], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parties:
    site: Known[Site]
    owner: Known[Organization]
    reader: Known[Reader]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return (*self.site.evidence, *self.owner.evidence, *self.reader.evidence)


def decide_claims(
    study: Study, rulebook: Rulebook, on: date, scope: Facts = NO_SCOPE
) -> Choice[tuple[PlannedClaim, ...]]:
    """The claims of the organizations we bill for; the notes name parties that bill elsewhere."""
    parties = _parties(study)
    if isinstance(parties, tuple):
        needs = tuple(finding_of(rulebook, gap) for gap in parties)
        return Undecided(question=rulebook.components.question, needs=needs)
    hit = _plan(parties, rulebook, on, scope)
    if isinstance(hit, Finding):
        return Undecided(question=rulebook.components.question, needs=(hit,))
    needs = (
        *_mixed(hit.then, parties, rulebook),
        *_incomplete(hit.then, parties, rulebook),
        *_reading_place(hit.then, parties, rulebook),
    )
    if needs:
        return Undecided(question=rulebook.components.question, needs=needs)
    because = because_row(hit, *parties.evidence)
    ours = tuple(
        _planned(plan, parties, because)
        for plan in hit.then.claims
        if _biller(plan, parties).bills_through_us
    )
    notes = (replace(note, because=(because,)) for note in _not_ours(hit.then, parties, rulebook))
    return Chosen(value=ours, because=(because,), findings=tuple(notes))


def rejected_components(
    study: Study, rulebook: Rulebook, on: date, scope: Facts = NO_SCOPE
) -> tuple[Rejected, ...]:
    """The other way to bill the service (whole, or in its two parts) and what fact would make it right."""
    parties = _parties(study)
    if isinstance(parties, tuple):
        return ()
    hit = _plan(parties, rulebook, on, scope)
    if isinstance(hit, Finding):
        return ()
    taken = {component for plan in hit.then.claims for component in plan.components}
    other = (
        f"{Component.TECHNICAL} + {Component.PROFESSIONAL}" if Component.GLOBAL in taken else Component.GLOBAL
    )
    because = because_row(hit, *parties.evidence)
    return (
        Rejected(
            value=str(other),
            instead_of="component",
            says=hit.row.label,
            because=(because,),
            flips=hit.then.flips,
        ),
    )


def _parties(study: Study) -> _Parties | tuple[Gap, ...]:
    site, owner, reader = study.site, study.scanner_owner, study.reader
    if isinstance(site, Gap) or isinstance(owner, Gap) or isinstance(reader, Gap):
        facts: tuple[Fact[object], ...] = (site, owner, reader)
        return tuple(fact for fact in facts if isinstance(fact, Gap))
    return _Parties(site=site, owner=owner, reader=reader)


def _plan(parties: _Parties, rulebook: Rulebook, on: date, scope: Facts) -> Hit[ClaimsPlan] | Finding:
    """The row of the plan. The localities count only where the answer turns on them."""
    same = _same_organization(parties.owner.value, parties.reader.value.organization)
    facts = {
        "site": parties.site.value.kind.value,
        "reader_bills": READER_BILLS_SCANNER_OWNER if same else READER_BILLS_OTHER,
    }
    where = tuple(one.where for one in parties.evidence)
    hit = rulebook.components.ask_one({**facts, "locality": NOT_NEEDED}, on=on, scope=scope)
    if hit is not None and rulebook.components.models(on):
        return hit
    at_site, at_reader = parties.site.value.locality, parties.reader.value.locality
    locality = SAME if at_site == at_reader else OTHER
    found = find_row(
        rulebook, rulebook.components, {**facts, "locality": locality}, *where, on=on, scope=scope
    )
    if isinstance(found, Hit) and not (at_site and at_reader):
        return _locality_missing(parties, rulebook)
    return found


def _locality_missing(parties: _Parties, rulebook: Rulebook) -> Finding:
    unknown = parties.site.where if not parties.site.value.locality else ()
    reading = (
        () if parties.reader.value.locality else tuple(one.where for one in parties.reader.value.evidence)
    )
    return raise_finding(
        rulebook,
        FindingCode.LOCALITY_MISSING,
        *unknown,
        *reading,
        organization=parties.reader.value.organization.name,
    )


def _same_organization(owner: Organization, reader: Organization) -> bool:
    if owner.npi and reader.npi:
        return owner.npi == reader.npi
    return owner.name.casefold() == reader.name.casefold()


def _biller(plan: ClaimPlan, parties: _Parties) -> Organization:
    scanner_owner = plan.billed_by is BilledBy.SCANNER_OWNER
    return parties.owner.value if scanner_owner else parties.reader.value.organization


def _planned(plan: ClaimPlan, parties: _Parties, because: Because) -> PlannedClaim:
    scanner_owner = plan.billed_by is BilledBy.SCANNER_OWNER
    evidence = parties.owner.evidence if scanner_owner else parties.reader.evidence
    billing = replace(because, evidence=evidence)
    return PlannedClaim(
        type=Chosen(value=plan.claim, because=(because,)),
        billing=Chosen(value=_biller(plan, parties), because=(billing,)),
        components=tuple(Chosen(value=one, because=(because,)) for one in plan.components),
    )


def _mixed(plan: ClaimsPlan, parties: _Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Whatever the rows say, the whole service is never billed beside one of its parts."""
    components = {component for claim in plan.claims for component in claim.components}
    if Component.GLOBAL not in components or not components & SPLIT:
        return ()
    told = ", ".join(sorted(components))
    return (raise_finding(rulebook, FindingCode.GLOBAL_WITH_COMPONENT, *parties.site.where, components=told),)


def _incomplete(plan: ClaimsPlan, parties: _Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    billers = {_biller(claim, parties) for claim in plan.claims}
    ours = sorted((one for one in billers if one.bills_through_us), key=lambda one: one.name)
    return tuple(
        raise_finding(
            rulebook, FindingCode.BILLER_INCOMPLETE, organization=one.name, missing=", ".join(missing)
        )
        for one in ours
        if (missing := _missing(one))
    )


def _reading_place(plan: ClaimsPlan, parties: _Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A claim for the reading alone carries the address where it was done, which no other fact tells."""
    reading_alone = any(
        claim.components == (Component.PROFESSIONAL,) and _biller(claim, parties).bills_through_us
        for claim in plan.claims
    )
    if not reading_alone or parties.reader.value.address is not None:
        return ()
    return (raise_finding(rulebook, FindingCode.READING_PLACE_MISSING, *parties.reader.where),)


def _missing(biller: Organization) -> tuple[str, ...]:
    values = {"NPI": biller.npi, "tax id": biller.tax_id, "address": biller.address}
    return tuple(name for name, value in values.items() if not value)


def _not_ours(plan: ClaimsPlan, parties: _Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    notes = []
    for claim in plan.claims:
        biller = _biller(claim, parties)
        scanner_owner = claim.billed_by is BilledBy.SCANNER_OWNER
        where = parties.owner.where if scanner_owner else parties.reader.where
        if not biller.bills_through_us:
            notes.append(
                raise_finding(
                    rulebook,
                    FindingCode.BILLER_NOT_OURS,
                    *where,
                    organization=biller.name,
                    component=", ".join(claim.components),
                )
            )
    return tuple(notes)
