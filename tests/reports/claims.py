"""What is billed for a report in prose under trust, against what is billed for the facts of its gold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.core.claim import build
from service.core.codes import Density, Osteoporosis, ProseUse, StudyState
from service.core.decide import decide
from service.core.evidence import Evidence, EvidenceKind, TextPart
from service.core.finding_codes import FindingCode
from service.core.fingerprint import billing_fingerprint
from service.core.study import Known, Reading, Study
from service.intake.reading import read_study
from service.prose.reading import FractureSaid
from service.prose.study_values import DENSITIES, ORIGINS, Written, finding_of
from service.prose.vocabulary import Vocabulary
from tests.intake.forms_made import attachment
from tests.intake.sent import CPT, SNOMED, Sent, coded, practice, rulebook

GOLD = (Evidence(kind=EvidenceKind.ELEMENT, where="gold"),)
GENERIC_DXA = "241686001"
LOOKED_AT = frozenset({FindingCode.CODER_REVIEW, FindingCode.PROSE_REVIEW})


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whether a claim left without a person, and whether it is the one of the gold facts."""

    released: bool
    equal: bool


def claimed(text: str, gold: Mapping[str, Any], words: Vocabulary) -> Claimed:
    """The report as the only word on the reading, in a study whose codes say no more than its order."""
    study = _study(text, gold)
    decision = decide(study, practice(), rulebook())
    codes = {finding.code for finding in decision.findings}
    if decision.state not in (StudyState.CLEAN, StudyState.BILLABLE) or codes & LOOKED_AT:
        return Claimed(False, False)
    told = _by_gold(study, gold, words)
    right = build(told, decide(told, practice(), rulebook()))
    return Claimed(True, billing_fingerprint(build(study, decision)) == billing_fingerprint(right))


def _study(text: str, gold: Mapping[str, Any]) -> Study:
    sent = Sent("prose").drop("Condition", "ImagingStudy")
    order, report = sent.the("ServiceRequest"), sent.the("DiagnosticReport")
    order.pop("reasonReference", None)
    order["code"] = coded(CPT, "77085" if gold["study"]["density_measured"] == "yes" else "77086")
    for procedure in sent.all("Procedure"):
        procedure["code"] = coded(SNOMED, GENERIC_DXA)
    report.pop("conclusion")
    report.pop("imagingStudy", None)
    report["presentedForm"] = [attachment("text/plain", text.encode())]
    (gathered,) = sent.gathered()
    return read_study(gathered, practice(), rulebook(), ProseUse.TRUST)


def _by_gold(study: Study, gold: Mapping[str, Any], words: Vocabulary) -> Study:
    """The study with reading, density and osteoporosis as the annotators have them."""
    written = Written(text="", parts=(TextPart(where="gold", start=0, end=0),), words=words)
    documented = gold["osteoporosis"]["stated"] == "yes"
    findings = tuple(finding_of(_said(each), written, osteoporosis=documented) for each in gold["fractures"])
    none = gold["overall"]["billing_reading"] == "no_fracture" and all(
        each["is_fracture"] == "denied" for each in gold["fractures"]
    )
    reading = Reading(findings=findings, no_fracture=GOLD if none else ())
    density = DENSITIES.get(gold["study"]["density_measured"], Density.NOT_MEASURED)
    kind = ORIGINS.get(gold["osteoporosis"]["cause"] or "", Osteoporosis.AGE_RELATED)
    return replace(
        study,
        reading=Known(value=reading, evidence=GOLD),
        performed=replace(study.performed, density=Known(value=density, evidence=GOLD)),
        osteoporosis=Known(value=kind, evidence=GOLD) if documented else None,
    )


def _said(each: Mapping[str, Any]) -> FractureSaid:
    return FractureSaid(
        level=each["level"],
        is_fracture=each["is_fracture"],
        shape=each["shape"] or "",
        grade=each["grade"],
        age=each["age"],
        cause=each["cause"],
        change=each["change_from_prior"] or "",
        status=each["status"] or "",
    )
