"""Resources that travel inside a Claim, built from the facts: who bills, who treats, where, and the order.

Only elements with a value are written. `parties` decides which are needed and how the Claim refers to them.
"""

from datetime import date

from service.core.claim import ServiceFacility
from service.core.codes import OrderIntent, OrderStatus
from service.core.study import Address, Coverage, Order, Organization, Patient, Person, Subscriber
from service.outputs import codings
from service.outputs.codings import Json, business_identifier, concept, given, identifier


def patient(one: Patient) -> Json:
    """The patient: business identifier and the demographics a claim needs."""
    return {
        "resourceType": "Patient",
        "identifier": [business_identifier(one.identifier)],
        **given("name", _names(one.family, one.given)),
        "gender": str(one.sex),
        "birthDate": one.birth_date.isoformat(),
        **_addresses(one.address),
    }


def organization(one: Organization) -> Json:
    """The billing organization: NPI, tax id, taxonomy, name and address."""
    numbers = ((codings.NPI, one.npi), (codings.EIN, one.tax_id))
    taxonomy = [concept(codings.TAXONOMY, one.taxonomy)] if one.taxonomy else []
    return {
        "resourceType": "Organization",
        **given("identifier", [identifier(system, value) for system, value in numbers if value]),
        **given("type", taxonomy),
        **given("name", one.name),
        **_addresses(one.address),
    }


def practitioner(person: Person) -> Json:
    """An individual provider: NPI and name."""
    return {
        "resourceType": "Practitioner",
        "identifier": [identifier(codings.NPI, person.npi)],
        **given("name", _names(person.family, person.given)),
    }


def payer(coverage: Coverage) -> Json:
    """The payer: payer id and name."""
    number = [identifier(codings.PAYER_ID, coverage.payer_id)] if coverage.payer_id else []
    return {
        "resourceType": "Organization",
        **given("identifier", number),
        **given("name", coverage.payer.name),
        **_addresses(coverage.payer.address),
    }


def subscriber(one: Subscriber, patient: Json) -> Json:
    """The person who holds the coverage of the patient: name, and what else the sender says of them."""
    return {
        "resourceType": "RelatedPerson",
        "patient": patient,
        **given("name", _names(one.family, one.given)),
        **given("gender", str(one.sex) if one.sex else ""),
        **given("birthDate", one.birth_date.isoformat() if one.birth_date else ""),
        **_addresses(one.address),
    }


def coverage(one: Coverage, beneficiary: Json, insurer: Json, holder: Json) -> Json:
    """The coverage that pays first. It names beneficiary and payer as the Claim does; `holder` is the
    subscriber, empty where that is the patient."""
    plan = {"type": concept(codings.COVERAGE_CLASS, "plan"), "value": one.plan}
    kind = concept(codings.SOPT, one.coverage_type) if one.coverage_type else {}
    relationship = concept(codings.RELATIONSHIP, one.relationship) if one.relationship else {}
    member = member_number(one)
    return {
        "resourceType": "Coverage",
        **given("identifier", [member] if member else []),
        "status": "active",
        **given("type", kind),
        **given("subscriber", holder),
        **given("subscriberId", one.subscriber.subscriber_id if one.subscriber else ""),
        "beneficiary": beneficiary,
        **given("relationship", relationship),
        "payor": [insurer],
        **given("class", [plan] if one.plan else []),
    }


def member_number(coverage: Coverage) -> Json:
    """Identifier that the payer gave the member; empty if none is known."""
    if not coverage.member_id:
        return {}
    return {"type": concept(codings.IDENTIFIER_TYPE, "MB"), "value": coverage.member_id}


def location(site: ServiceFacility) -> Json:
    """The service facility: NPI (if any), name, kind of site (if a scan site) and address."""
    return {
        "resourceType": "Location",
        **given("identifier", [identifier(codings.NPI, site.npi)] if site.npi else []),
        **given("name", site.name),
        **given("type", [concept(codings.SITE_KIND, site.kind)] if site.kind else []),
        **given("address", address(site.address)),
    }


def service_request(
    order: Order, status: OrderStatus, intent: OrderIntent, patient: Json, referring: Json
) -> Json:
    """The order: its numbers, state, day and the practitioner who asks for it."""
    authored: date | None = order.authored_on
    return {
        "resourceType": "ServiceRequest",
        **given("identifier", [business_identifier(each) for each in order.identifiers]),
        "status": str(status),
        "intent": str(intent),
        "subject": patient,
        **given("authoredOn", authored.isoformat() if authored else ""),
        "requester": referring,
    }


def _names(family: str, given_names: tuple[str, ...]) -> list[Json]:
    name = {**given("family", family), **given("given", list(given_names))}
    return [name] if name else []


def _addresses(where: Address | None) -> Json:
    written = address(where)
    return given("address", [written] if written else [])


def address(where: Address | None) -> Json:
    """A postal address; empty if there is none."""
    if where is None:
        return {}
    return {
        **given("line", list(where.line)),
        **given("city", where.city),
        **given("state", where.state),
        **given("postalCode", where.postal_code),
    }
