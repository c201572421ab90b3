"""A fracture that the conclusion of the report codes, beside the vertebrae that the same reader calls.

The reader's words decide the result, and the code of the conclusion is one of them: where the vertebra has no
cause or shape of its own, it takes the one with which the rows code it as the conclusion does. A code that no
vertebra comes to so stays a diagnosis of the reading, and `given_diagnoses` asks about it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from service.core.codes import Cause, Certainty, Shape
from service.core.diagnosis_facts import DEFINITE, FRACTURE, ClassedReason, Picture
from service.core.diagnosis_patterns import select
from service.core.rulebook import Rulebook
from service.core.study import VertebraFinding

CAUSES: Final = tuple(one for one in Cause if one is not Cause.NOT_STATED)
SHAPES: Final = tuple(one for one in Shape if one is not Shape.NOT_STATED)


def with_concluded(picture: Picture, rulebook: Rulebook) -> Picture:
    """The picture with the causes that the conclusion codes, and without the codes that gave them."""
    concluded = [one for one in picture.stated if one.name == FRACTURE]
    if picture.fracture != DEFINITE or not concluded:
        return picture
    alone = replace(picture, stated=tuple(one for one in picture.stated if one.name != FRACTURE))
    findings, taken = [], set()
    for finding in picture.findings:
        told = [(one, found) for one in concluded if (found := _coded_so(finding, one, alone, rulebook))]
        if len(told) == 1:
            ((code, finding),) = told
            taken.add(code.reason.code)
        findings.append(finding)
    stated = tuple(one for one in picture.stated if one.reason.code not in taken)
    return replace(picture, findings=tuple(findings), stated=stated)


def _coded_so(
    finding: VertebraFinding, concluded: ClassedReason, picture: Picture, rulebook: Rulebook
) -> VertebraFinding | None:
    """The vertebra as the rows code it with that code; None where they do not, or in more ways than one."""
    if finding.certainty is not Certainty.DEFINITE:
        return None
    for readings in _readings(finding):
        fitting = [
            one
            for one in readings
            if concluded.reason.code
            in [code.value for code in select(replace(picture, findings=(one,)), rulebook).codes]
        ]
        if fitting:
            evidence = (*finding.evidence, *concluded.reason.evidence)
            return replace(fitting[0], evidence=evidence) if len(fitting) == 1 else None
    return None


def _readings(finding: VertebraFinding) -> Iterator[tuple[VertebraFinding, ...]]:
    """The vertebra as it is read; then with a cause, then with a shape too, where the reader gives none."""
    yield (finding,)
    if finding.cause is not Cause.NOT_STATED:
        caused: tuple[VertebraFinding, ...] = (finding,)
    else:
        caused = tuple(replace(finding, cause=cause) for cause in CAUSES)
        yield caused
    if finding.shape is Shape.NOT_STATED:
        yield tuple(replace(one, shape=shape) for one in caused for shape in SHAPES)
