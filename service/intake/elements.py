"""Walking a FHIR resource with its FHIRPath at hand, so that every fact can say where it was read.

An `Element` never raises on a shape it did not expect: what is not there, or not of the type asked for, is
empty. Whether a resource is R4 at all was judged before (`fhir_r4`).
"""

import re
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from service.core.evidence import Evidence, EvidenceKind
from service.core.study import Address, BusinessIdentifier
from service.intake.placeholders import is_no_name, is_placeholder

Resource = dict[str, Any]
FIRST_REAL_YEAR = 1971
"""Systems write 0001-01-01, 1900-01-01 or 1970-01-01 where they have no day; nothing here is so old."""
FULL_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
SHOWN = 120
_new = tuple.__new__  # what Element(...) does, without the call in between: a study has some hundred of them


class Element(NamedTuple):
    """A value inside a resource and its FHIRPath."""

    value: Any
    path: str

    def one(self, name: str) -> "Element":
        """The child of that name (the first, if it repeats); an empty element if there is none."""
        value, path = self
        child = value.get(name) if isinstance(value, dict) else None
        if isinstance(child, list) and (place := _first(child)) >= 0:
            return _new(Element, (child[place], f"{path}.{name}[{place}]"))
        return _new(Element, (None if isinstance(child, list) else child, f"{path}.{name}"))

    def each(self, name: str) -> list["Element"]:
        """Every child of that name."""
        value, path = self
        child = value.get(name) if isinstance(value, dict) else None
        if child is None:
            return []
        if not isinstance(child, list):
            return [_new(Element, (child, f"{path}.{name}"))]
        return [
            _new(Element, (item, f"{path}.{name}[{index}]"))
            for index, item in enumerate(child)
            if item is not None
        ]

    def text(self, name: str = "") -> str:
        """The text of the element, or of its child; empty if it is no text."""
        value = self[0]
        if name:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if name and isinstance(value, list) and (place := _first(value)) >= 0:
            return value[place].strip() if isinstance(value[place], str) else ""
        return ""

    def __bool__(self) -> bool:
        return self.value is not None

    def evidence(self, shows: str = "") -> Evidence:
        """This element as evidence; `shows` defaults to its own text."""
        return Evidence(kind=EvidenceKind.ELEMENT, where=self.path, shows=(shows or self.text())[:SHOWN])


def _first(values: list[Any]) -> int:
    """The place of the first value that is not null; -1 if there is none."""
    for place, value in enumerate(values):
        if value is not None:
            return place
    return -1


Identifiers = tuple[tuple[BusinessIdentifier, frozenset[str], Element], ...]


def identifiers(resource: Element) -> Identifiers:
    """Each identifier with a value (a word for none is none), its type codes and element; old ones last."""
    if not isinstance(resource.value, dict) or "identifier" not in resource.value:
        return ()
    found: list[tuple[BusinessIdentifier, frozenset[str], Element]] = []
    for each in resource.each("identifier"):
        value = each.text("value")
        if value and not is_placeholder(value):
            number = BusinessIdentifier(system=each.text("system"), value=value)
            found.append((number, _types(each), each))
    return tuple(sorted(found, key=_is_old) if len(found) > 1 else found)


def _types(identifier: Element) -> frozenset[str]:
    return frozenset([coding.text("code") for coding in identifier.one("type").each("coding")])


def _is_old(identifier: tuple[BusinessIdentifier, frozenset[str], Element]) -> bool:
    return identifier[2].text("use") == "old"


def identifier_of_type(given: Identifiers, *types: str) -> tuple[BusinessIdentifier, Element] | None:
    """The first identifier of the first of these types (HL7 table 0203)."""
    for wanted in types:
        for identifier, found, element in given:
            if wanted in found:
                return identifier, element
    return None


def is_complete(text: str) -> bool:
    """Whether a date or dateTime names a day."""
    return bool(FULL_DAY.match(text))


def calendar_day(text: str) -> date | None:
    """The day a FHIR date names; None where it names a month or year, or nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def stands_for_no_day(text: str) -> bool:
    """Whether a date or dateTime is what a system writes where it has none."""
    return is_complete(text) and int(text[:4]) < FIRST_REAL_YEAR


def may_be_on(text: str, day: date) -> bool:
    """Whether a date or dateTime may mean a day: one of less precision, or in UTC at an unknown place."""
    if not is_complete(text):
        return day.isoformat().startswith(text)
    said = calendar_day(text[:10])
    return said is not None and abs((said - day).days) <= ("T" in text)


def day_of(text: str, zone: str) -> date | None:
    """The calendar day of a date or dateTime, in its own offset; only `Z` is taken to the time zone.

    None where it is not complete, is no real day, or is in UTC and the zone of the site is not known.
    """
    if not is_complete(text) or stands_for_no_day(text):
        return None
    try:
        if "T" in text and text.endswith("Z"):
            moment = datetime.fromisoformat(text)
            return moment.astimezone(ZoneInfo(zone)).date() if zone else None
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        return None


def in_period(period: Element, day: date) -> bool:
    """Whether a day lies in a Period; an end that is not said is open, a year or month means all of it."""
    shown = day.isoformat()
    start, end = period.text("start")[:10], period.text("end")[:10]
    return (not start or start <= shown[: len(start)]) and (not end or shown[: len(end)] <= end)


def address_of(resource: Element) -> tuple[Address, Element] | None:
    """The first complete address: home, work or without a use before others; never an old one."""
    current = [each for each in resource.each("address") if each.text("use") != "old"]
    for each in sorted(current, key=lambda each: each.text("use") == "temp" or each.text("type") == "postal"):
        lines = tuple(line.text() for line in each.each("line") if not is_placeholder(line.text()))
        city, state, code = (stated(each, name) for name in ("city", "state", "postalCode"))
        if lines and city and state and code:
            return Address(line=lines, city=city, state=state, postal_code=code), each
    return None


def name_of(resource: Element) -> tuple[str, tuple[str, ...], Element] | None:
    """Family name, given names and the element they were read at: official before usual before others."""
    ranks = {"official": 0, "usual": 1, "": 2}
    names = [
        each
        for each in resource.each("name")
        if each.text("use") != "old" and not is_no_name(each.text("family"))
    ]
    for each in sorted(names, key=lambda each: ranks.get(each.text("use"), 3)):
        given = tuple(one.text() for one in each.each("given") if not is_no_name(one.text()))
        return each.text("family"), given, each
    return None


def stated(element: Element, name: str) -> str:
    """The text of a child, empty also where it is a word for no value."""
    text = element.text(name)
    return "" if is_placeholder(text) else text
