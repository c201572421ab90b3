"""How firmly a diagnosis supports the assessment, and which reasons of an order do.

The rows are `support` in `mappings/quality.yaml`. Neighbours: `support` warns of weak diagnoses,
`circumstances` asks whether a notice to the patient had a cause.
"""

from datetime import date
from typing import Final

from service.core.codes import Osteoporosis
from service.core.diagnosis_codes import category
from service.core.rule_answers import Support
from service.core.rulebook import Hit, Rulebook
from service.core.study import Gap, Study

STRONG: Final = "strong"
STEM: Final = 5
"""Length of a code with its first character behind the point, e.g. M48.5."""


def support_of(code: str, study: Study, rulebook: Rulebook, on: date) -> tuple[Hit[Support], ...]:
    """The rows that say how firmly a diagnosis supports the assessment."""
    known = study.osteoporosis.value if study.osteoporosis else Osteoporosis.NOT_DOCUMENTED
    facts = {"code": code, "stem": code[:STEM], "category": category(code), "osteoporosis": known.value}
    return tuple(rulebook.supports.ask_all(facts, on=on))


def firm_reasons(study: Study, rulebook: Rulebook, on: date) -> tuple[Hit[Support], ...]:
    """The rows by which a reason of the order supports the assessment firmly; empty where none does."""
    reasons = () if isinstance(study.order, Gap) else study.order.value.reasons
    hits = (hit for one in reasons for hit in support_of(one.code, study, rulebook, on))
    return tuple(hit for hit in hits if hit.then.support == STRONG)
