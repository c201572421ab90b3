"""The extensions a payer's order check (Da Vinci CRD) leaves on an order, as they stand there."""

from collections.abc import Iterator
from typing import Final

from service.intake.codings import Code, codes
from service.intake.elements import Element

CRD: Final = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/"
BILLING_OPTIONS: Final = f"{CRD}ext-billing-options"
"""On ServiceRequest.code: codes the order could be billed with."""
COVERAGE_INFORMATION: Final = f"{CRD}ext-coverage-information"
"""On the ServiceRequest: what the payer says of one coverage, for the billing codes it lists."""


def billing_options(order: Element) -> Iterator[Code]:
    """The billing codes the order check put on the order's code."""
    for extension in order.one("code").each("extension"):
        if extension.text("url") == BILLING_OPTIONS:
            yield from (code for each in (extension, *extension.each("extension")) for code in _values(each))


def coverage_information(order: Element) -> Iterator[Element]:
    """The payer's answers on the order."""
    return (each for each in order.each("extension") if each.text("url") == COVERAGE_INFORMATION)


def billing_codes(answer: Element) -> tuple[Code, ...]:
    """The billing codes an answer is about."""
    return tuple(code for part in parts(answer, "billingCode") for code in _values(part))


def part(answer: Element, url: str) -> Element:
    """The first part of that name; an empty element where there is none."""
    return next(parts(answer, url), Element(None, answer.path))


def parts(answer: Element, url: str) -> Iterator[Element]:
    """The parts (inner extensions) of that name."""
    return (each for each in answer.each("extension") if each.text("url") == url)


def _values(extension: Element) -> Iterator[Code]:
    coding, concept = extension.one("valueCoding"), extension.one("valueCodeableConcept")
    yield from codes(coding) if coding else ()
    yield from codes(concept) if concept else ()
