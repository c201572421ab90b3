"""Observations that clinical indications ask for: T-scores, height loss, steroids, fractures told.

Only those of the scan day or before count. Units: T-score as it is, height loss in cm (inches are converted),
steroids in mg of prednisone a day; a fracture the patient reports is a boolean.
"""

from collections.abc import Iterator
from decimal import Decimal

from service.core.situations import ClinicalFact
from service.core.study import Clinical
from service.intake.codings import Code, in_vocabulary
from service.intake.elements import Element
from service.intake.references import Found
from service.intake.session import Session

VOID = frozenset({"entered-in-error", "cancelled", "registered", "unknown"})
CM_OF = {"cm": Decimal(1), "[in_i]": Decimal("2.54"), "in": Decimal("2.54"), "mm": Decimal("0.1")}
"""Centimetres in a unit of length (UCUM)."""


def read_clinical(session: Session, patient: Found | None) -> tuple[Clinical, ...]:
    """Every such fact of the patient, the smallest of a kind first."""
    found = list(_facts(session, patient))
    return tuple(sorted(found, key=lambda one: (one.what, one.value)))


def _facts(session: Session, patient: Found | None) -> Iterator[Clinical]:
    for found in session.library.of_patient("Observation", "subject", patient):
        for code in found.codes("code"):
            what = _meaning(code, session)
            value = _value(found.root, what) if what else None
            if what and value is not None and _counts(found.root, session):
                yield Clinical(what=what, value=value, evidence=(code.evidence(),))
                break


def _counts(root: Element, session: Session) -> bool:
    day = session.day_in(root.one("effectiveDateTime"))
    return root.text("status") not in VOID and (day is None or day <= session.day)


def _meaning(code: Code, session: Session) -> ClinicalFact | None:
    own = in_vocabulary(code, ClinicalFact)
    if own:
        return own
    hit = session.lexicon.answer(session.lexicon.rulebook.clinical_meanings, code)
    return hit.then.fact if hit else None


def _value(root: Element, what: ClinicalFact) -> Decimal | None:
    if what is ClinicalFact.PRIOR_FRACTURE:
        told = root.one("valueBoolean").value
        return Decimal(1 if told else 0) if isinstance(told, bool) else None
    quantity = root.one("valueQuantity")
    number = quantity.one("value").value
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    value = Decimal(str(number))
    if what is ClinicalFact.HEIGHT_LOSS:
        factor = CM_OF.get(quantity.text("code") or quantity.text("unit"))
        return value * factor if factor and value.is_finite() else None
    return value if value.is_finite() else None
