"""What the payer answered the order with: not covered, prior authorization, the number of one.

An answer holds for the coverage it names and the billing codes it lists; one for another coverage or another
service says nothing of this study.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.core.codes import Exam
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.intake.elements import Element
from service.intake.order_checks import billing_codes, coverage_information, part
from service.intake.reading_order import live_orders
from service.intake.references import Found
from service.intake.session import Session, gap

NEEDS_NUMBER: Final = {"auth-needed": "needed", "performpa": "needed", "satisfied": "satisfied"}
"""pa-needed codes a claim needs an authorization number for, and how the finding says them."""
VERTEBRAL: Final = frozenset({Exam.VFA, Exam.DENSITY_WITH_VFA})


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerAnswers:
    """Authorization numbers for the coverage that pays first, where they stand, and what is to be said."""

    authorizations: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Gap, ...] = ()


def read_payer_answers(session: Session, coverage: Found) -> PayerAnswers:
    """Every answer on the orders that is about this coverage and this examination."""
    numbers: dict[str, Evidence] = {}
    notes: list[Gap] = []
    for order in live_orders(session.gathered.orders):
        for answer in coverage_information(order.root):
            if not _is_about_the_study(answer, session):
                continue
            named = session.library.follow(part(answer, "coverage").one("valueReference"), order)
            if named is None:
                notes.append(_unclear(answer, "the coverage it is about was not sent"))
            elif named.path == coverage.path:
                number = part(answer, "satisfied-pa-id").one("valueString")
                if number.text():
                    numbers.setdefault(number.text(), number.evidence("authorization number"))
                notes += _said(answer, has_number=bool(number.text()))
    return PayerAnswers(authorizations=tuple(numbers), evidence=tuple(numbers.values()), notes=tuple(notes))


def _said(answer: Element, *, has_number: bool) -> Iterator[Gap]:
    covered = part(answer, "covered").one("valueCode")
    needed = part(answer, "pa-needed").one("valueCode")
    if covered.text() == "not-covered":
        yield gap(FindingCode.PAYER_SAYS_NOT_COVERED, covered.path)
    if needed.text() in NEEDS_NUMBER and not has_number:
        yield gap(FindingCode.AUTHORIZATION_MISSING, needed.path, said=NEEDS_NUMBER[needed.text()])
    if "conditional" in (covered.text(), needed.text()):
        yield _unclear(answer, "it is conditional")


def _unclear(answer: Element, why: str) -> Gap:
    return gap(FindingCode.PAYER_ANSWER_UNCLEAR, answer.path, why=why)


def _is_about_the_study(answer: Element, session: Session) -> bool:
    """Whether a billing code it lists means a look at the vertebrae; none listed means the whole order."""
    listed = billing_codes(answer)
    return not listed or any(session.lexicon.exams_of(code) & VERTEBRAL for code in listed)
