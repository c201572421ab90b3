"""The coverage that pays first on the day of the scan: payer, member, kind of coverage, plan."""

from dataclasses import replace

from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.study import Coverage, Fact, Gap, Known, Organization
from service.intake.codings import codes
from service.intake.elements import Element, address_of, identifier_of_type, in_period, stated
from service.intake.payer_answers import read_payer_answers
from service.intake.reading_parties import NPI_SYSTEMS, TAX_SYSTEMS, npi_of
from service.intake.reading_subscriber import find_subscriber, read_subscriber
from service.intake.references import Found
from service.intake.session import Session, gap

PAYER_TYPES = ("PAYERID", "payerid", "NIIP")
"""Identifier types of a payer id: HL7 table 0203 and the CARIN one."""
NAIC = "urn:oid:2.16.840.1.113883.6.300"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
SELF = "self"


def read_coverage(session: Session, patient: Found | None) -> tuple[Fact[Coverage], tuple[Gap, ...]]:
    """The coverage that pays first, and what the payer's answers on the order say besides."""
    first = _pays_first(session, patient)
    if isinstance(first, Gap):
        return first, ()
    answers = read_payer_answers(session, first)
    coverage = _coverage(first, session)
    if isinstance(coverage, Known) and answers.authorizations:
        value = replace(coverage.value, authorizations=answers.authorizations)
        coverage = Known(value=value, evidence=coverage.evidence + answers.evidence)
    return coverage, answers.notes


def _pays_first(session: Session, patient: Found | None) -> Found | Gap:
    """The first coverage by ServiceRequest.insurance, else by the patient's active Coverages, by order."""
    named = _named_by_order(session)
    others = _of_others(named, session, patient)
    if others:
        return gap(FindingCode.PATIENT_DISAGREES, *(f"{each.path}.beneficiary" for each in others))
    candidates = (
        _active(named, session)
        if named
        else _active(session.library.of_patient("Coverage", "beneficiary", patient), session)
    )
    if not candidates:
        where = tuple(each.path for each in named) or (session.gathered.label,)
        return gap(FindingCode.COVERAGE_MISSING, *where)
    return _first(candidates)


def read_later_coverages(
    session: Session, patient: Found | None
) -> tuple[tuple[Coverage, ...], tuple[Gap, ...]]:
    """The coverages that pay after the first, by order; and what keeps another off the claim.

    One that lacks what a claim says of it, or the `order` that places it after the first, is left off.
    """
    named = _active(_named_by_order(session), session)
    everybody = _active(session.library.of_patient("Coverage", "beneficiary", patient), session)
    first = _first(named or everybody) if named or everybody else None
    if not isinstance(first, Found):
        return (), ()
    start = _order(first)
    others = {each.path: each for each in (*named, *everybody) if each.path != first.path}
    read: list[Coverage] = []
    left_off: list[Gap] = []
    for each in sorted(others.values(), key=lambda one: _order(one) or 0):
        number = _order(each)
        if number is None or (start is not None and number <= start):
            left_off.append(_left_off((f"{each.root.path}.order",), "order"))
            continue
        coverage = _coverage(each, session)
        if isinstance(coverage, Known):
            read.append(coverage.value)
        else:
            left_off.append(_left_off(coverage.where, dict(coverage.values).get("missing", "payor")))
    return tuple(read), tuple(left_off)


def _left_off(where: tuple[str, ...], missing: str) -> Gap:
    return gap(FindingCode.COVERAGE_LEFT_OFF, *where, missing=missing)


def _order(coverage: Found) -> int | None:
    value = coverage.root.one("order").value
    return value if isinstance(value, int) else None


def _named_by_order(session: Session) -> tuple[Found, ...]:
    found = {
        coverage.path: coverage
        for order in session.gathered.orders
        for _, coverage in session.library.follow_each(order, "insurance", "Coverage")
    }
    return tuple(found.values())


def _of_others(coverages: tuple[Found, ...], session: Session, patient: Found | None) -> list[Found]:
    """Those that insure somebody else than the patient: billed, they would charge another's plan."""
    insured = ((each, session.library.follow(each.root.one("beneficiary"), each)) for each in coverages)
    return [each for each, whom in insured if patient and whom and whom.path != patient.path]


def _active(coverages: tuple[Found, ...], session: Session) -> tuple[Found, ...]:
    return tuple(
        each
        for each in coverages
        if each.root.text("status") == "active" and in_period(each.root.one("period"), session.day)
    )


def _first(candidates: tuple[Found, ...]) -> Found | Gap:
    """The lowest `order`; several without an order, or with the same, cannot be told apart."""
    if len(candidates) == 1:
        return candidates[0]
    orders = {each.path: each.root.one("order").value for each in candidates}
    numbers = sorted(value for value in orders.values() if isinstance(value, int))
    if len(numbers) < len(candidates) or numbers[0] == numbers[1]:
        return gap(FindingCode.COVERAGE_SEVERAL, *(f"{path}.order" for path in orders))
    return next(each for each in candidates if orders[each.path] == numbers[0])


def _coverage(found: Found, session: Session) -> Fact[Coverage]:
    root = found.root
    payor = root.one("payor")
    if len(list(root.each("payor"))) > 1:
        return gap(FindingCode.COVERAGE_SEVERAL, f"{root.path}.payor")
    payer = _payer(payor, found, session)
    payer_id = _payer_id(payor, found, session)
    member, relationship = _member(found), _relationship(root)
    # A relationship that is not stated is missed itself; whether a subscriber is needed hangs on it.
    held_by_patient = relationship is None or relationship[0] == SELF
    holder = None if held_by_patient else find_subscriber(found, session)
    needed = (
        ("payor", payer),
        ("subscriberId", member),
        ("relationship", relationship),
        ("subscriber", holder or held_by_patient),
    )
    missing = [element for element, known in needed if not known]
    if payer is None or member is None or relationship is None or missing:
        where = tuple(f"{root.path}.{element}" for element in missing)
        return gap(FindingCode.COVERAGE_INCOMPLETE, *where, missing=", ".join(missing))
    kind, plan = _type(root), _plan(root)
    told = (payer_id, kind, plan)
    subscriber = read_subscriber(holder, stated(root, "subscriberId") or member[0]) if holder else None
    coverage = Coverage(
        payer=payer,
        payer_id=payer_id[0] if payer_id else "",
        member_id=member[0],
        coverage_type=kind[0] if kind else "",
        plan=plan[0] if plan else "",
        relationship=relationship[0],
        reference=found.reference,
        subscriber=subscriber.value if subscriber else None,
    )
    evidence = (payor.evidence(payer.name), *(each[1] for each in told if each), member[1], relationship[1])
    return Known(value=coverage, evidence=evidence + (subscriber.evidence if subscriber else ()))


def _payer(payor: Element, at: Found, session: Session) -> Organization | None:
    """The payer's organization; of one that was not sent, the name the reference displays."""
    found = session.library.follow(payor, at)
    if found is None:
        name = stated(payor, "display")
        return Organization(name=name) if name else None
    if found.kind != "Organization" or not stated(found.root, "name"):
        return None
    number = npi_of(found)
    address = address_of(found.root)
    return Organization(
        name=found.root.text("name"),
        npi=number[0] if number else "",
        address=address[0] if address else None,
        reference=found.reference,
    )


def _payer_id(payor: Element, at: Found, session: Session) -> tuple[str, Evidence] | None:
    """The payer id: by the type of the identifier, by NAIC, else an identifier that a payer row knows."""
    found = session.library.follow(payor, at, "Organization")
    logical = stated(payor.one("identifier"), "value")
    if found is None:
        return (logical, payor.one("identifier").evidence(logical)) if logical else None
    typed = identifier_of_type(found.identifiers, *PAYER_TYPES)
    if typed:
        return typed[0].value, typed[1].evidence(typed[0].value)
    others = [
        (number.value, element.evidence(number.value), number.system)
        for number, _, element in found.identifiers
        if number.system not in NPI_SYSTEMS | TAX_SYSTEMS | {CLIA}
    ]
    known = {value for row in session.lexicon.rulebook.payers.rows for value in row.when.get("payer_id", ())}
    return next((each[:2] for each in others if each[2] == NAIC or each[0] in known), None)


def _member(found: Found) -> tuple[str, Evidence] | None:
    typed = identifier_of_type(found.identifiers, "MB", "MC")
    if typed:
        return typed[0].value, typed[1].evidence("member id")
    told = stated(found.root, "subscriberId")
    return (told, found.root.one("subscriberId").evidence("member id")) if told else None


def _relationship(root: Element) -> tuple[str, Evidence] | None:
    """The patient's relationship to the subscriber; a subscriber who is the beneficiary is `self`."""
    coded = codes(root.one("relationship"))
    if coded:
        return coded[0].code, coded[0].evidence()
    subscriber, beneficiary = root.one("subscriber"), root.one("beneficiary")
    if subscriber.text("reference") and subscriber.text("reference") == beneficiary.text("reference"):
        return SELF, subscriber.evidence(SELF)
    return None


def _type(root: Element) -> tuple[str, Evidence] | None:
    """The Source of Payment Typology code of the coverage."""
    return next(
        ((code.code, code.evidence()) for code in codes(root.one("type")) if code.system == "sopt"), None
    )


def _plan(root: Element) -> tuple[str, Evidence] | None:
    for each in root.each("class"):
        if any(code.code == "plan" for code in codes(each.one("type"))) and each.text("value"):
            return each.text("value"), each.one("value").evidence()
    return None
