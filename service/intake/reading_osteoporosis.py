"""Whether a provider documents osteoporosis: on order, history or reading; never inferred."""

from collections.abc import Iterator

from service.core.codes import Cause, Osteoporosis
from service.core.evidence import Evidence
from service.core.study import Fact, Known, Reading
from service.intake.codings import Code, codes
from service.intake.elements import Element
from service.intake.references import Found
from service.intake.session import Session

ICD = "icd10cm"
ASPECT = "osteoporosis"
PRESENT = frozenset({"active", "recurrence", "relapse"})
CONFIRMED = frozenset({"confirmed"})
SPECIFIC_FIRST = (
    Osteoporosis.STEROID_INDUCED,
    Osteoporosis.DRUG_INDUCED,
    Osteoporosis.OTHER,
    Osteoporosis.AGE_RELATED,
)
"""`age-related` also stands for osteoporosis of no stated type, so a stated type goes before it."""


def read_osteoporosis(
    session: Session, reading: Fact[Reading], patient: Found | None
) -> Known[Osteoporosis] | None:
    """The documented osteoporosis with everybody who documents it."""
    said = [*_by_code(session, patient), *_by_cause(reading)]
    for kind in SPECIFIC_FIRST:
        if any(found is kind for found, _ in said):
            ranked = sorted(said, key=lambda each: each[0] is not kind)
            return Known(value=kind, evidence=tuple(one for _, evidence in ranked for one in evidence))
    return None


def _by_code(session: Session, patient: Found | None) -> Iterator[tuple[Osteoporosis, tuple[Evidence, ...]]]:
    for concept in _concepts(session, patient):
        for code in codes(concept):
            documented = _kind(code, session)
            if documented:
                yield documented
                break


def _kind(code: Code, session: Session) -> tuple[Osteoporosis, tuple[Evidence, ...]] | None:
    """The type by our own code, by a concept of a row, or by the longest part of an ICD-10-CM code."""
    if code.system == ICD:
        means, evidence = session.lexicon.meaning_of_family(code, ASPECT)
        kind = next((each for each in Osteoporosis if each.value == means.get(ASPECT)), None)
        return (kind, evidence) if kind else None
    word = session.lexicon.word(code, ASPECT, Osteoporosis)
    return (word, session.lexicon.why(code, Osteoporosis)) if word else None


def _by_cause(reading: Fact[Reading]) -> Iterator[tuple[Osteoporosis, tuple[Evidence, ...]]]:
    """A reader who calls a fracture osteoporotic documents osteoporosis, of no stated type."""
    if isinstance(reading, Known):
        for finding in reading.value.findings:
            if finding.cause is Cause.OSTEOPOROTIC:
                yield Osteoporosis.AGE_RELATED, finding.evidence


def _concepts(session: Session, patient: Found | None) -> Iterator[Element]:
    """Codes of the reasons on the orders, of the patient's present conditions, and of the conclusion."""
    conditions: dict[str, Found] = {}
    for order in session.gathered.orders:
        yield from order.root.each("reasonCode")
        named = session.library.follow_each(order, "reasonReference", "Condition")
        conditions.update((found.path, found) for _, found in named)
    for condition in session.library.of_patient("Condition", "subject", patient):
        conditions.setdefault(condition.path, condition)
    yield from (each.root.one("code") for each in _steady(conditions) if _is_present(each))
    if session.report:
        yield from session.report.root.each("conclusionCode")


def _steady(conditions: dict[str, Found]) -> list[Found]:
    return sorted(conditions.values(), key=lambda each: each.full_url or each.root.text("id") or each.path)


def _is_present(condition: Found) -> bool:
    clinical = {code.code for code in condition.codes("clinicalStatus")}
    verified = {code.code for code in condition.codes("verificationStatus")}
    return (not clinical or bool(clinical & PRESENT)) and (not verified or bool(verified & CONFIRMED))
