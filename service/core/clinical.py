"""Clinical indications for imaging the spine (ISCD) that the study meets: support, never an edit.

Neighbours: `decide` says them as a note; the rows are `mappings/quality.yaml`.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from service.core.decision import Finding, because_row, raise_finding
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from service.core.situations import ClinicalFact
from service.core.study import Gap, Patient, Study

LOW_T_SCORE: Final = Decimal("-1.0")
HEIGHT_LOSS_CM: Final = Decimal(4)
GLUCOCORTICOID_MG: Final = Decimal(5)
AGES: Final = ((70, "under-70"), (80, "70-to-79"))
OLDEST: Final = "80-and-over"
YES, NO, NO_DATA = "yes", "no", "no-data"


def clinical_support(study: Study, rulebook: Rulebook, on: date) -> tuple[Finding, ...]:
    """The indications that are met, and what is not known to say of the others."""
    if isinstance(study.patient, Gap):
        return ()
    facts = _facts(study.patient.value, study, on)
    hits = rulebook.indications.ask_all(facts, on=on)
    unknown = [name.replace("_", " ") for name, said in facts.items() if said == NO_DATA]
    lowest = _lowest_t_score(study)
    told = f"the lowest T-score is {lowest}" if lowest is not None else "no T-score is known"
    if lowest is not None and lowest >= LOW_T_SCORE:
        told += ", not below -1.0, so none of them applies"
    where = (one.where for each in study.clinical for one in each.evidence)
    finding = raise_finding(
        rulebook,
        FindingCode.CLINICAL_SUPPORT,
        *where,
        score=told,
        met="; ".join(hit.then.says for hit in hits) or "none",
        unknown=", ".join(unknown) or "nothing",
    )
    return (replace(finding, because=tuple(because_row(hit) for hit in hits)),)


def meets_indication(study: Study, rulebook: Rulebook, on: date, *, low_density: bool) -> bool:
    """Whether the T-score is below -1.0, by a known one or else by a diagnosis, and an indication is met."""
    lowest = _lowest_t_score(study)
    low = low_density if lowest is None else lowest < LOW_T_SCORE
    if isinstance(study.patient, Gap) or not low:
        return False
    return bool(rulebook.indications.ask_all(_facts(study.patient.value, study, on), on=on))


def _lowest_t_score(study: Study) -> Decimal | None:
    return min((one.value for one in study.clinical if one.what is ClinicalFact.T_SCORE), default=None)


def _facts(patient: Patient, study: Study, on: date) -> dict[str, str]:
    """What an indication looks at."""
    born = patient.birth_date
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return {
        "sex": patient.sex.value,
        "age_class": next((name for below, name in AGES if years < below), OLDEST),
        "height_loss": _known(study, ClinicalFact.HEIGHT_LOSS, HEIGHT_LOSS_CM, strictly=True),
        "prior_fracture": _known(study, ClinicalFact.PRIOR_FRACTURE, Decimal(1)),
        "glucocorticoid": _known(study, ClinicalFact.GLUCOCORTICOID, GLUCOCORTICOID_MG),
    }


def _known(study: Study, what: ClinicalFact, least: Decimal, *, strictly: bool = False) -> str:
    values = [one.value for one in study.clinical if one.what is what]
    if not values:
        return NO_DATA
    most = max(values)
    return YES if most > least or (most == least and not strictly) else NO
