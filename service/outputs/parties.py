"""Who and what a claim refers to: References, and the contained resources behind them.

Where the sender's server has the resource under its own address, the Reference is that address. Otherwise the
resource travels inside the Claim, built from the facts, so that a Claim read alone resolves. The billing
organization always travels inside: its tax id, taxonomy and address are the practice file's.
"""

from dataclasses import dataclass

from service.core.claim import Claim, ServiceFacility
from service.core.study import (
    BusinessIdentifier,
    Coverage,
    Known,
    Order,
    Organization,
    Patient,
    Person,
    Report,
    Study,
    Subscriber,
)
from service.outputs import codings, contained
from service.outputs.codings import Json, business_identifier, given, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """References of one claim by role, and the contained resources that some of them name."""

    patient: Json
    insurer: Json
    billing: Json
    facility: Json
    referring: Json
    rendering: Json
    """Empty where the claim has no rendering provider; so for attending, order and report."""
    attending: Json
    coverage: Json
    later_coverages: tuple[Json, ...]
    order: Json
    report: Json
    contained: tuple[Json, ...]


def find_parties(claim: Claim, study: Study) -> Parties:
    """The parties of a claim. Order and report come from the study: the neutral claim only names them."""
    inside: list[Json] = []
    patient = _refer(
        "patient", contained.patient(claim.patient.value), patient_reference(claim.patient.value), inside
    )
    insurer = _refer(
        "insurer", contained.payer(claim.coverage.value), payer_reference(claim.coverage.value), inside
    )
    referring = _person("referring", claim.referring.value, inside)
    return Parties(
        patient=patient,
        insurer=insurer,
        billing=_billing(claim.billing.value, inside),
        facility=_refer(
            "facility",
            contained.location(claim.service_facility.value),
            site_reference(claim.service_facility.value),
            inside,
        ),
        referring=referring,
        rendering=_person("rendering", claim.rendering.value, inside) if claim.rendering else {},
        attending=_person("attending", claim.attending.value, inside) if claim.attending else {},
        coverage=_coverage("", claim.coverage.value, patient, insurer, inside),
        later_coverages=tuple(
            _later(number, one, patient, inside) for number, one in enumerate(claim.later_coverages, 2)
        ),
        order=_order(study, patient, referring, inside),
        report=report_reference(study),
        contained=tuple(inside),
    )


def _refer(role: str, resource: Json, reference: Json, inside: list[Json]) -> Json:
    if "reference" in reference:
        return reference
    inside.append({"resourceType": resource["resourceType"], "id": role, **resource})
    return {"reference": f"#{role}", **reference}


def _reference(kind: str, address: str, number: Json, display: str) -> Json:
    return {
        **given("reference", address),
        "type": kind,
        **given("identifier", number),
        **given("display", display),
    }


def patient_reference(patient: Patient) -> Json:
    """Reference to the patient by address (if the sender has one), business identifier and name."""
    number = business_identifier(patient.identifier)
    return _reference("Patient", patient.reference, number, " ".join((*patient.given, patient.family)))


def person_reference(person: Person) -> Json:
    """Reference to an individual provider by address (if any), NPI and name."""
    kind = _kind_in(person.reference) or "Practitioner"
    return _reference(kind, person.reference, identifier(codings.NPI, person.npi), person_name(person))


def organization_reference(organization: Organization) -> Json:
    """Reference to an organization by address (if any), NPI and name."""
    number = identifier(codings.NPI, organization.npi) if organization.npi else {}
    return _reference("Organization", organization.reference, number, organization.name)


def payer_reference(coverage: Coverage) -> Json:
    """Reference to the payer by address (if any), payer id and name."""
    number = identifier(codings.PAYER_ID, coverage.payer_id) if coverage.payer_id else {}
    return _reference("Organization", coverage.payer.reference, number, coverage.payer.name)


def site_reference(site: ServiceFacility) -> Json:
    """Reference to the service facility by address (if any), NPI (if any) and name."""
    number = identifier(codings.NPI, site.npi) if site.npi else {}
    return _reference("Location", site.reference, number, site.name)


def order_reference(study: Study) -> Json:
    """Reference to the order by address or number, else in words; empty without an order."""
    if not isinstance(study.order, Known):
        return {}
    order: Order = study.order.value
    number = _first(order.identifiers)
    unnamed = not order.reference and not number
    return _reference("ServiceRequest", order.reference, number, "Order of the study" if unnamed else "")


def report_reference(study: Study) -> Json:
    """Reference to the report by address or number, else in words; empty without a report."""
    if not isinstance(study.report, Known):
        return {}
    report: Report = study.report.value
    number = _first(report.identifiers)
    unnamed = not report.reference and not number
    return _reference("DiagnosticReport", report.reference, number, "Report of the study" if unnamed else "")


def person_name(person: Person) -> str:
    """Given names and family name, as they are spoken."""
    return " ".join((*person.given, person.family))


def _first(identifiers: tuple[BusinessIdentifier, ...]) -> Json:
    return business_identifier(identifiers[0]) if identifiers else {}


def _kind_in(address: str) -> str:
    parts = address.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 else ""


def _coverage(number: str, coverage: Coverage, patient: Json, insurer: Json, inside: list[Json]) -> Json:
    """The sender's own coverage by its address, which names the subscriber; else one inside with theirs."""
    reference = _reference("Coverage", coverage.reference, contained.member_number(coverage), "")
    held_by = coverage.subscriber
    holder: Json = {}
    if held_by and not coverage.reference:
        resource = contained.subscriber(held_by, patient)
        holder = _refer(f"subscriber{number}", resource, _subscriber_reference(held_by), inside)
    whole = contained.coverage(coverage, patient, insurer, holder)
    return _refer(f"coverage{number}", whole, reference, inside)


def _subscriber_reference(subscriber: Subscriber) -> Json:
    kind = _kind_in(subscriber.reference) or "RelatedPerson"
    name = " ".join((*subscriber.given, subscriber.family))
    return _reference(kind, subscriber.reference, {}, name)


def _later(number: int, one: Coverage, patient: Json, inside: list[Json]) -> Json:
    """A coverage that pays later, and its payer."""
    payer = _refer(f"insurer-{number}", contained.payer(one), payer_reference(one), inside)
    return _coverage(f"-{number}", one, patient, payer, inside)


def _person(role: str, person: Person, inside: list[Json]) -> Json:
    return _refer(role, contained.practitioner(person), person_reference(person), inside)


def _billing(organization: Organization, inside: list[Json]) -> Json:
    reference = organization_reference(organization)
    reference.pop("reference", None)
    return _refer("billing-provider", contained.organization(organization), reference, inside)


def _order(study: Study, patient: Json, referring: Json, inside: list[Json]) -> Json:
    reference = order_reference(study)
    if not isinstance(study.order, Known):
        return {}
    order: Order = study.order.value
    if not isinstance(order.status, Known) or not isinstance(order.intent, Known):
        return reference
    resource = contained.service_request(order, order.status.value, order.intent.value, patient, referring)
    return _refer("order", resource, reference, inside)
