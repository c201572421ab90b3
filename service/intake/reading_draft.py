"""What somebody already charged for the session: ChargeItems, and the items of draft Claims.

A charge belongs to the session that it names (ChargeItem.service or context, Claim.referral), else to the one
of its patient and day. What the codes mean is not asked here.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from service.core.study import DraftLine
from service.intake.codings import Code, codes
from service.intake.elements import Element
from service.intake.references import Found
from service.intake.session import Session

CHARGED = frozenset({"planned", "billable", "billed", "unknown"})
"""States of a ChargeItem that stands."""
SYSTEMS = frozenset({"cpt", "hcpcs"})


def read_draft(session: Session, patient: Found | None) -> tuple[DraftLine, ...]:
    """The drafted lines of the session, in the order of the Bundle."""
    library = session.library
    charges = library.of_patient("ChargeItem", "subject", patient)
    claims = library.of_patient("Claim", "patient", patient)
    lines = [line for each in charges for line in _charge(each, session)]
    return tuple(lines + [line for each in claims for line in _claim(each, session)])


def _charge(found: Found, session: Session) -> Iterator[DraftLine]:
    root = found.root
    if root.text("status") not in CHARGED or not _charges_session(found, session):
        return
    price = root.one("priceOverride")
    line = _line(root.one("code"), (), root.one("quantity"), price if price.value else Element(None, ""))
    if line:
        yield line


def _claim(found: Found, session: Session) -> Iterator[DraftLine]:
    root = found.root
    if root.text("status") != "draft" or root.text("use") not in ("", "claim"):
        return
    referred = _names(found, ("referral",), session)
    for item in root.each("item"):
        day = _day(item, ("servicedDate", "servicedPeriod"), session)
        days = {day} if day else {_day(root, ("billablePeriod",), session)}
        if referred is False or days - {None, session.day} or (referred is None and days == {None}):
            continue
        line = _line(
            item.one("productOrService"),
            tuple(code.code for concept in item.each("modifier") for code in codes(concept)),
            item.one("quantity"),
            item.one("unitPrice"),
        )
        if line:
            yield line


def _charges_session(found: Found, session: Session) -> bool:
    named = _names(found, ("service", "context"), session)
    day = _day(found.root, ("occurrenceDateTime", "occurrencePeriod"), session)
    if named is None:
        return day == session.day
    return named and day in (None, session.day)


def _names(found: Found, elements: tuple[str, ...], session: Session) -> bool | None:
    """Whether one of these references leads into the session; None where none leads anywhere."""
    gathered = session.gathered
    members = (*gathered.reports, *gathered.orders, *gathered.procedures, *gathered.images)
    ours = {each.path for each in members}
    ours |= {other.path for each in members for _, other in session.library.follow_each(each, "encounter")}
    led = [other.path for name in elements for _, other in session.library.follow_each(found, name)]
    return bool(ours & set(led)) if led else None


def _day(root: Element, elements: tuple[str, ...], session: Session) -> object:
    for name in elements:
        element = root.one(name)
        day = session.day_in(element.one("start") if name.endswith("Period") else element)
        if day:
            return day
    return None


def _line(
    concept: Element, modifiers: tuple[str, ...], quantity: Element, price: Element
) -> DraftLine | None:
    coded = [code for code in codes(concept) if code.system in SYSTEMS]
    if not coded:
        return None
    chosen: Code = coded[0]
    units = _number(quantity.one("value"))
    amount = _number(price.one("value"))
    written = dict.fromkeys(one.upper() for one in (*chosen.modifiers, *modifiers))
    return DraftLine(
        code=chosen.code,
        modifiers=tuple(written),
        units=int(units) if units and units >= 1 else 1,
        charge=amount.quantize(Decimal("0.01")) if amount is not None and 0 <= amount < 10**9 else None,
        evidence=(chosen.evidence(),),
    )


def _number(element: Element) -> Decimal | None:
    """The number of an element; None if it is none, or not a finite one."""
    if isinstance(element.value, bool) or not isinstance(element.value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(element.value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**9 else None
