"""What stands in the way of the planned claims, and what is said beside them.

Neighbours: `components` plans the claims by their rows and asks here before they are written.
"""

from service.core.circumstances import stated
from service.core.codes import (
    HOSPITAL_TAXONOMIES,
    BilledBy,
    ClaimType,
    Component,
    PayerKind,
    Procedure,
    SiteKind,
)
from service.core.decision import Finding, raise_finding
from service.core.finding_codes import FindingCode
from service.core.parties import Parties, biller_of, party_of, same_organization
from service.core.rulebook import ClaimsPlan, Rulebook
from service.core.situations import Circumstance, SiteDetail, Special
from service.core.study import Organization, Study

SPLIT = frozenset({Component.PROFESSIONAL, Component.TECHNICAL, Component.FACILITY})
READING = frozenset({Component.GLOBAL, Component.PROFESSIONAL})
"""Components that hold the reading: their claim names the rendering practitioner."""
SCANNING = frozenset({Component.GLOBAL, Component.TECHNICAL})
SUBSTITUTES = (Circumstance.SUBSTITUTE_RECIPROCAL, Circumstance.SUBSTITUTE_PAID_BY_TIME)
HOSPITALS = frozenset(
    {
        SiteKind.HOSPITAL_OUTPATIENT_ON_CAMPUS,
        SiteKind.HOSPITAL_OUTPATIENT_OFF_CAMPUS_EXCEPTED,
        SiteKind.HOSPITAL_OUTPATIENT_OFF_CAMPUS_NON_EXCEPTED,
        SiteKind.EMERGENCY_DEPARTMENT,
        SiteKind.CRITICAL_ACCESS_HOSPITAL,
    }
)
CLINICS = frozenset({SiteKind.RURAL_HEALTH_CLINIC, SiteKind.FEDERALLY_QUALIFIED_HEALTH_CENTER})
ENROLLED = frozenset({PayerKind.MEDICARE_FFS, PayerKind.UNKNOWN})
"""Payers that look at the codes a testing facility is enrolled for."""


def not_approved(
    biller: Organization,
    procedure: Procedure,
    component: Component,
    payer_kind: PayerKind,
    rulebook: Rulebook,
) -> tuple[Finding, ...]:
    """A testing facility's scan by a code it is not enrolled for is denied, so it holds."""
    approved = biller.approved_procedures
    if approved is None or procedure in approved or component not in SCANNING or payer_kind not in ENROLLED:
        return ()
    return (
        raise_finding(
            rulebook,
            FindingCode.IDTF_CODE_NOT_APPROVED,
            organization=biller.name,
            procedure=procedure.value,
        ),
    )


def is_hospital(taxonomy: str) -> bool:
    """Whether a NUCC taxonomy code is a hospital's or a hospital unit's."""
    return taxonomy.startswith(HOSPITAL_TAXONOMIES)


def obstacles(
    study: Study, plan: ClaimsPlan, special: Special, parties: Parties, rulebook: Rulebook
) -> tuple[Finding, ...]:
    """Everything that is missing or wrong before the planned claims can be written."""
    return (
        *_no_hospital(plan, parties, rulebook),
        *_foreign_scanner(plan, parties, rulebook),
        *_foreign_reading(parties, rulebook),
        *_mixed(plan, parties, rulebook),
        *_incomplete(plan, parties, rulebook),
        *_reading_place(plan, parties, rulebook),
        *_not_owned(special, parties, rulebook),
        *_no_price(special, parties, rulebook),
        *_substitute(study, plan, parties, rulebook),
    )


def remarks(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """What is said of the plan beside its claims: who bills elsewhere, what nobody bills, whom it names."""
    return (
        *_not_ours(plan, parties, rulebook),
        *_unbilled(plan, parties, rulebook),
    )


def _no_hospital(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A claim of the hospital a patient is registered with needs that hospital named."""
    needed = any(claim.billed_by is BilledBy.HOSPITAL for claim in plan.claims)
    if not needed or parties.site.value.hospital:
        return ()
    return (raise_finding(rulebook, FindingCode.HOSPITAL_MISSING, *parties.site.where),)


def _foreign_scanner(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Only the hospital bills an institutional claim of its site, whoever leased it the scanner."""
    owner, site = parties.owner.value, parties.site.value
    institutional = any(
        claim.claim is ClaimType.INSTITUTIONAL and claim.billed_by is BilledBy.SCANNER_OWNER
        for claim in plan.claims
    )
    if not institutional:
        return ()
    number = site.npi if site.kind in HOSPITALS else ""  # A clinic's number is not its hospital's.
    number = number or (site.hospital.npi if site.hospital else "")
    if number:
        code = None if number == owner.npi else FindingCode.SCANNER_NOT_THE_HOSPITALS
    else:
        unknown = owner.bills_through_us and not is_hospital(owner.taxonomy)
        code = FindingCode.HOSPITAL_NPI_MISSING if unknown else None
    where = (*parties.owner.where, *parties.site.where)
    return (raise_finding(rulebook, code, *where, organization=owner.name),) if code else ()


def _foreign_reading(parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """The visit of an independent clinic pays its own physician, not a supplier that scans and reads."""
    owner, site = parties.owner.value, parties.site.value
    ours = owner.bills_through_us and parties.billed.kind in CLINICS
    if not ours or site.detail is not SiteDetail.INDEPENDENT or not site.npi or site.npi == owner.npi:
        return ()
    if parties.reader is None or not same_organization(owner, parties.reader.value.organization):
        return ()
    where = (*parties.owner.where, *parties.site.where)
    return (raise_finding(rulebook, FindingCode.SCANNER_NOT_THE_CLINICS, *where, organization=owner.name),)


def _not_owned(special: Special, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A payment window reaches the hospital's own departments and the entities it wholly owns, no others."""
    owner = parties.owner.value
    asked = special is Special.BEFORE_ADMISSION and parties.site.value.kind not in HOSPITALS
    if not asked or owner.wholly_owned or not owner.bills_through_us:
        return ()
    where = (one.where for one in parties.special[special])
    return (raise_finding(rulebook, FindingCode.OWNERSHIP_NOT_KNOWN, *where, organization=owner.name),)


def _no_price(special: Special, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    if special is not Special.PURCHASED_READING or parties.reader is None:
        return ()
    if parties.reader.value.purchase_price is not None:
        return ()
    return (raise_finding(rulebook, FindingCode.PURCHASE_PRICE_MISSING, *parties.reader.where),)


def _substitute(study: Study, plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """The absent physician bills a substitute's reading and is its rendering one, so has to be named."""
    told = next((one for what in SUBSTITUTES if (one := stated(study, what))), None)
    if told is None or parties.reader is None or parties.reader.value.substitutes_for:
        return ()
    if not any(
        READING & set(one.components) and biller_of(one, parties).bills_through_us for one in plan.claims
    ):
        return ()
    where = (one.where for one in told.evidence)
    return (raise_finding(rulebook, FindingCode.SUBSTITUTE_NOT_NAMED, *where),)


def _unbilled(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    if not plan.unbilled:
        return ()
    where = tuple(one.where for one in parties.evidence)
    return (raise_finding(rulebook, FindingCode.PART_NOT_BILLED, *where, why=plan.unbilled),)


def _mixed(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """Whatever the rows say, the whole service is never billed beside one of its parts."""
    components = {component for claim in plan.claims for component in claim.components}
    if Component.GLOBAL not in components or not components & SPLIT:
        return ()
    told = ", ".join(sorted(components))
    return (raise_finding(rulebook, FindingCode.GLOBAL_WITH_COMPONENT, *parties.site.where, components=told),)


def _incomplete(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    billers = {biller_of(claim, parties) for claim in plan.claims}
    ours = sorted((one for one in billers if one.bills_through_us), key=lambda one: one.name)
    return tuple(
        raise_finding(
            rulebook, FindingCode.BILLER_INCOMPLETE, organization=one.name, missing=", ".join(missing)
        )
        for one in ours
        if (missing := _missing(one))
    )


def _reading_place(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    """A professional line for the reading needs the address where it was done; no other fact tells it."""
    reading_apart = any(
        Component.PROFESSIONAL in claim.components
        and claim.claim is ClaimType.PROFESSIONAL
        and biller_of(claim, parties).bills_through_us
        for claim in plan.claims
    )
    if not reading_apart or parties.reader is None or parties.reader.value.address is not None:
        return ()
    return (raise_finding(rulebook, FindingCode.READING_PLACE_MISSING, *parties.reader.where),)


def _missing(biller: Organization) -> tuple[str, ...]:
    values = {"NPI": biller.npi, "tax id": biller.tax_id, "address": biller.address}
    return tuple(name for name, value in values.items() if not value)


def _not_ours(plan: ClaimsPlan, parties: Parties, rulebook: Rulebook) -> tuple[Finding, ...]:
    notes = []
    for claim in plan.claims:
        biller, evidence = party_of(claim, parties)
        where = (one.where for one in evidence)
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
