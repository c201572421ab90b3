"""The order: its state, what it asks for, who ordered it and why."""

from collections.abc import Iterable, Iterator

from service.core.codes import Exam, OrderIntent, OrderStatus
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.situations import OrderMode
from service.core.study import Fact, Gap, Known, Order, Person, Reason
from service.intake.codings import Code, codes, in_vocabulary, spelled
from service.intake.elements import Element
from service.intake.order_checks import billing_codes, billing_options, coverage_information
from service.intake.reading_parties import individual, is_individual, npi_of, read_person
from service.intake.references import Found
from service.intake.session import Session, gap

ICD = "icd10cm"
NOT_SO = frozenset({"refuted", "entered-in-error"})
LIVE = frozenset({OrderStatus.ACTIVE, OrderStatus.COMPLETED})


def read_order(session: Session) -> Fact[Order]:
    """The order a study was done on. Of several orders one alone must ask for the vertebral assessment."""
    gathered = session.gathered
    if gathered.order_gap:
        return gathered.order_gap
    orders = live_orders(gathered.orders)
    main = _main_order(orders, session)
    if main is None:
        where = tuple(each.path for each in orders) or (gathered.label,)
        return gap(FindingCode.ORDER_AMBIGUOUS if orders else FindingCode.ORDER_MISSING, *where)
    root = main.root
    reasons, reason_gaps = _reasons(main, session)
    status, intent = root.one("status"), root.one("intent")
    known_intent = spelled(OrderIntent).get(intent.text())
    order = Order(
        reference=main.reference,
        identifiers=tuple(number for number, _, _ in main.identifiers),
        status=Known(value=_status(main), evidence=(status.evidence(),)),
        intent=Known(value=known_intent, evidence=(intent.evidence(),))
        if known_intent
        else gap(FindingCode.ORDER_INTENT, intent.path, intent="not stated"),
        do_not_perform=root.one("doNotPerform").value is True,
        authored_on=session.day_in(root.one("authoredOn")),
        ordered=read_ordered(session),
        ordering_provider=_ordering_provider(main, session),
        reasons=reasons,
        reason_gaps=reason_gaps,
        ordered_for=_ordered_for(main, session),
        mode=_mode(root),
    )
    return Known(value=order, evidence=(root.evidence(main.kind),))


def _mode(root: Element) -> Known[OrderMode] | None:
    """How the order was given, by our code on ServiceRequest.category."""
    for concept in root.each("category"):
        for code in codes(concept):
            mode = in_vocabulary(code, OrderMode)
            if mode:
                return Known(value=mode, evidence=(code.evidence(),))
    return None


def live_orders(orders: tuple[Found, ...]) -> tuple[Found, ...]:
    """The orders that stand; all of them where none does, so that their state is said."""
    return tuple(each for each in orders if _status(each) in LIVE) or orders


def read_ordered(session: Session) -> Fact[frozenset[Exam]]:
    """What the orders of the study ask for, all together; a generic DXA only where no code says more."""
    exams: frozenset[Exam] = frozenset()
    evidence: tuple[Evidence, ...] = ()
    orders = live_orders(session.gathered.orders)
    for order in orders:
        found, why = _asked(order, session)
        exams, evidence = exams | found, evidence + why
    if not exams:
        where = tuple(f"{order.path}.code" for order in orders)
        return gap(FindingCode.ORDERED_EXAM_UNCLEAR, *where, ordered="not said by a known code")
    return Known(value=exams, evidence=evidence)


Meaning = tuple[frozenset[Exam], tuple[Evidence, ...]]


def _asked(order: Found, session: Session) -> Meaning:
    """One order's exams: a code that says which study, else what a payer's order check says, else any DXA."""
    own = [session.lexicon.exams(code) for code in order.codes("code")]
    for meanings in (_specific(own), _offered(order, session), own):
        exams: frozenset[Exam] = frozenset().union(*(exams for exams, _ in meanings))
        if exams:
            return exams, tuple(each for _, why in meanings for each in why)
    return frozenset(), ()


def _specific(meanings: Iterable[Meaning]) -> list[Meaning]:
    return [(exams, why) for exams, why in meanings if exams - {Exam.GENERIC_DXA}]


def _offered(order: Found, session: Session) -> list[Meaning]:
    """What the billing codes of an order check mean; codes of different studies are a choice nobody made."""
    offers: tuple[Iterable[Code], ...] = (
        billing_options(order.root),
        (code for answer in coverage_information(order.root) for code in billing_codes(answer)),
    )
    for offer in offers:
        meanings = _specific(session.lexicon.exams(code) for code in offer)
        if meanings:
            return meanings if len({exams for exams, _ in meanings}) == 1 else []
    return []


def _main_order(orders: tuple[Found, ...], session: Session) -> Found | None:
    if len(orders) == 1:
        return orders[0]
    vertebral = {Exam.VFA, Exam.DENSITY_WITH_VFA}
    asking = [each for each in orders if _asked(each, session)[0] & vertebral]
    return asking[0] if len(asking) == 1 else None


def _status(order: Found) -> OrderStatus:
    status: OrderStatus | None = spelled(OrderStatus).get(order.root.text("status"))
    return status or OrderStatus.UNKNOWN


def _ordering_provider(order: Found, session: Session) -> Fact[Person]:
    requester = order.root.one("requester")
    if not requester or not is_individual(requester, order, session):
        return gap(FindingCode.ORDERING_PROVIDER_MISSING, requester.path)
    return read_person(
        requester,
        order,
        session,
        missing=FindingCode.ORDERING_PROVIDER_MISSING,
        without_npi=FindingCode.ORDERING_NPI_MISSING,
    )


def _ordered_for(order: Found, session: Session) -> frozenset[str]:
    """NPIs of the organizations the ordering practitioner works for, by role and practice file."""
    who = individual(order.root.one("requester"), order, session)
    found = set()
    if who.role:
        organization = session.library.follow(who.role.root.one("organization"), who.role, "Organization")
        number = npi_of(organization) if organization else None
        found |= {number[0]} if number else set()
    npi = who.npi[0] if who.npi else ""
    employers = {
        e.bills_for for e in session.practice.readers if e.npi == npi and e.in_force.covers(session.day)
    }
    for entry in session.practice.organizations:
        listed = npi in entry.ordering_practitioners or entry.id in employers
        found |= {entry.npi} if npi and listed and entry.in_force.covers(session.day) else set()
    return frozenset(found)


def _reasons(order: Found, session: Session) -> tuple[tuple[Reason, ...], tuple[Gap, ...]]:
    """Every reason as ICD-10-CM, in the order's order; what is not coded is a gap of its own."""
    reasons: dict[str, Reason] = {}
    gaps: list[Gap] = []
    concepts = tuple(_reason_concepts(order, session))
    for concept in concepts:
        reason = _reason(concept, session)
        if reason is None:
            gaps.append(gap(FindingCode.REASON_NOT_CODED, concept.path))
        elif reason.code in reasons:
            earlier = reasons[reason.code]
            both = (*earlier.evidence, *reason.evidence)
            reasons[reason.code] = Reason(code=earlier.code, given_as=earlier.given_as, evidence=both)
        else:
            reasons[reason.code] = reason
    if not concepts:
        gaps.append(gap(FindingCode.REASON_MISSING, f"{order.path}.reasonCode"))
    return tuple(reasons.values()), tuple(gaps)


def _reason_concepts(order: Found, session: Session) -> Iterator[Element]:
    """reasonCode, and the codes of the Conditions and Observations of reasonReference."""
    yield from (each for each in order.root.each("reasonCode") if not _is_circumstance(each))
    for reference in order.root.each("reasonReference"):
        found = session.library.follow(reference, order)
        if found is None:
            yield reference
            continue
        verified = {code.code for code in codes(found.root.one("verificationStatus"))}
        if not verified & NOT_SO and found.root.text("status") not in NOT_SO:
            value = found.root.one("valueCodeableConcept")
            yield value if value else found.root.one("code")


def _is_circumstance(concept: Element) -> bool:
    """A circumstance of ours beside the reasons is none of them."""
    return {code.system for code in codes(concept)} == {"circumstance"}


def _reason(concept: Element, session: Session) -> Reason | None:
    """One reason: the ICD-10-CM code as given, else what a row translates."""
    coded = codes(concept)
    for code in coded:
        if code.system == ICD:
            return Reason(code=code.code, given_as=code.element.text("code"), evidence=(code.evidence(),))
    for code in coded:
        means, evidence = session.lexicon.meaning(code)
        if ICD in means:
            return Reason(code=means[ICD], given_as=f"{code.system}|{code.code}", evidence=evidence)
    return None
