"""What the diagnoses of the order, and those the reader states by code, say that the reading leaves open.

A trauma, a disease or a phase of care on the order is no result, but it is not passed over either: the rows
say whether somebody is asked first or a coder looks. Neighbour: `diagnoses` asks once the codes are chosen.
Rows: `mappings/diagnoses.yaml`.
"""

from collections.abc import Iterator
from dataclasses import replace

from service.core.codes import Certainty
from service.core.decision import Finding, because_row, raise_finding
from service.core.diagnosis_codes import category
from service.core.diagnosis_facts import (
    DEFINITE,
    FRACTURE,
    NONE,
    ClassedReason,
    Picture,
    class_of,
    dated,
    facts_for_review,
    phase_of,
    reason_kind,
)
from service.core.diagnosis_patterns import Selection
from service.core.evidence import Evidence
from service.core.rulebook import Consequence, Facts, Hit, Rulebook
from service.core.study import VertebraFinding

Asked = tuple[str, Facts, tuple[Evidence, ...]]


def questions_of(picture: Picture, selection: Selection, rulebook: Rulebook) -> tuple[Finding, ...]:
    """What the rows want asked or looked at, each once for a given code."""
    billed = _billed(picture, selection, rulebook)
    found: dict[tuple[str, str], tuple[Hit[Consequence], tuple[Evidence, ...]]] = {}
    for code, facts, evidence in _of_codes(picture):
        for hit in rulebook.given_diagnoses.ask_all(facts, on=picture.day):
            _, earlier = found.get((hit.row.id, code), (hit, ()))
            found[hit.row.id, code] = (hit, tuple(dict.fromkeys((*earlier, *evidence))))
    return tuple(_raised(hit, code, billed, told, rulebook) for (_, code), (hit, told) in found.items())


def _raised(
    hit: Hit[Consequence], code: str, billed: str, evidence: tuple[Evidence, ...], rulebook: Rulebook
) -> Finding:
    why = hit.then.says.replace("{given}", code).replace("{billed}", billed)
    finding = raise_finding(rulebook, hit.then.finding, *(one.where for one in evidence), why=why)
    return replace(finding, because=(because_row(hit, *evidence),))


def _of_codes(picture: Picture) -> Iterator[Asked]:
    """Each given diagnosis against each fracture, or against the whole reading where there is none."""
    called = [one for one in picture.findings if one.certainty is Certainty.DEFINITE]
    against = called if picture.fracture == DEFINITE else []
    whole = {
        "fracture": picture.fracture,
        "osteoporosis": picture.osteoporosis.value,
        "known_before": "yes" if picture.known_before else "no",
        "density": picture.density,
        "reason": reason_kind(picture),
    }
    for given_by, given in (("order", picture.reasons), ("reading", picture.stated)):
        for one in given:
            facts = {**whole, "given_by": given_by, **_of_code(one)}
            if not against:
                yield one.reason.code, facts, one.reason.evidence
            for level in against:
                evidence = (*one.reason.evidence, *level.evidence)
                yield one.reason.code, {**_of_level(picture, level), **facts}, evidence


def _of_code(one: ClassedReason) -> dict[str, str]:
    code = one.reason.code
    phase = phase_of(one)[0] if one.name == FRACTURE else NONE
    return {
        "code": code,
        "category": category(code),
        "chapter": code[:1],
        "reason_class": one.name,
        "phase": phase,
    }


def _of_level(picture: Picture, level: VertebraFinding) -> dict[str, str]:
    return {**facts_for_review(picture, level), "dated": dated(level)}


def _billed(picture: Picture, selection: Selection, rulebook: Rulebook) -> str:
    """The fractures that are billed, or else what is billed first."""
    codes = [code.value for code in selection.codes]
    hits = ((code, class_of(code, rulebook, picture.day)) for code in codes)
    fractures = [code for code, hit in hits if hit and hit.then.reason_class == FRACTURE]
    return ", ".join(fractures or codes[:1]) or "nothing"
