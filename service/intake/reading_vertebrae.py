"""The reading: what the reader says of each vertebra, by codes (in words: `reading_prose`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    FractureAge,
    Grade,
    Shape,
    Statement,
    Vertebra,
)
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.study import Fact, Gap, Known, Reading, Reason, VertebraFinding
from service.intake.codings import Code, Lexicon, codes, in_vocabulary, spelled
from service.intake.elements import Element
from service.intake.references import Found
from service.intake.results import level_of, results, vertebra_results
from service.intake.session import Session, gap

E = TypeVar("E", bound=StrEnum)
ICD = "icd10cm"
LEVELS = tuple(Vertebra)
_THORACIC = frozenset(level for level in Vertebra if level.startswith("T")) | {Vertebra.THORACIC}
_LUMBAR = frozenset(level for level in Vertebra if level.startswith("L")) | {Vertebra.LUMBAR}
REGIONS = {
    Vertebra.THORACIC: _THORACIC,
    Vertebra.LUMBAR: _LUMBAR,
    Vertebra.THORACOLUMBAR: _THORACIC | _LUMBAR,
    Vertebra.LUMBOSACRAL: _LUMBAR,
    Vertebra.SPINE: frozenset(Vertebra),
}
"""The levels a region name speaks of."""


NOTHING_CALLED = "no level is called, doubted or denied, and no negative is stated"
ONLY_TEXT = f"it is only text (DiagnosticReport.conclusion or presentedForm); {NOTHING_CALLED} by a code"
NOT_UNDERSTOOD = "a result of the report was not sent, or says nothing that is understood here"
"""Why a reading is not coded, in the words of its finding."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An element of the reading whose code says nothing here."""

    element: Element


def read_reading(session: Session) -> Fact[Reading]:
    """The coded reading of the report; a gap where it is not coded, is incomplete or contradicts itself."""
    report = session.report
    if report is None:
        return gap(FindingCode.READING_NOT_CODED, session.gathered.label, why=NOTHING_CALLED)
    found, lost = results(report, session.library)
    read = [_finding(each, session.lexicon) for each in vertebra_results(found, session.lexicon)]
    unreadable = [each.element for each in read if isinstance(each, Unreadable)]
    if unreadable or lost:
        where = tuple(each.path for each in (*unreadable, *lost))
        return gap(FindingCode.READING_NOT_CODED, *where, why=NOT_UNDERSTOOD)
    called = [each for each in read if isinstance(each, VertebraFinding)]
    findings = _one_a_level(called)
    if isinstance(findings, Gap):
        return findings
    concluded = _with_conclusions(findings, _conclusion_codes(report), session.lexicon)
    if isinstance(concluded, Gap):
        return concluded
    level_alone = {each for each in read if isinstance(each, Vertebra)}
    not_evaluable = tuple(each for each in LEVELS if each in level_alone)
    reading = _reading(report, concluded, not_evaluable, _stated_negative(report))
    if isinstance(reading, Gap):
        return reading
    stated = stated_diagnoses(report, session.lexicon)
    return replace(reading, value=replace(reading.value, diagnoses=stated))


def stated_diagnoses(report: Found, lexicon: Lexicon) -> tuple[Reason, ...]:
    """The diagnoses of `conclusionCode`; a fracture among them is held against the vertebrae later."""
    return tuple(_stated_diagnoses(_conclusion_codes(report), lexicon))


def _reading(
    report: Found,
    findings: tuple[VertebraFinding, ...],
    not_evaluable: tuple[Vertebra, ...],
    negative: tuple[Evidence, ...],
) -> Fact[Reading]:
    definite = [each for each in findings if each.certainty is Certainty.DEFINITE]
    if definite and negative:
        called = (one for each in definite for one in each.evidence)
        return _contradiction((*negative, *called), definite)
    if findings and all(each.certainty is Certainty.DENIED for each in findings):
        negative += tuple(one for each in findings for one in each.evidence)
    if not findings and not negative:
        prose = [each.path for name in ("conclusion", "presentedForm") for each in report.root.each(name)]
        why = ONLY_TEXT if prose else NOTHING_CALLED
        return gap(FindingCode.READING_NOT_CODED, f"{report.path}.result", *prose, why=why)
    evidence = tuple(one for each in findings for one in each.evidence) or negative
    reading = Reading(findings=findings, no_fracture=negative, not_evaluable=not_evaluable)
    return Known(value=reading, evidence=evidence)


def _finding(observation: Found, lexicon: Lexicon) -> VertebraFinding | Vertebra | Unreadable:
    """What one Observation says; the level alone where the vertebra could not be evaluated."""
    root = observation.root
    level = level_of(observation.codes("bodySite"), lexicon)
    if level is None and not root.one("bodySite"):
        # The region that the code of the finding itself names.
        level = level_of(observation.codes("code"), lexicon)
    if level is None:
        return Unreadable(root.one("bodySite"))
    value = root.one("valueCodeableConcept")
    if not value and root.one("dataAbsentReason"):
        return level
    coded = observation.codes("valueCodeableConcept")
    parts = _parts(root, lexicon)
    if isinstance(parts, Unreadable):
        return parts
    grade = _grade(root, coded, lexicon)
    affirmed = lexicon.first_word(coded, "certainty", Certainty)
    certainty = _certainty(grade, affirmed, parts.certainty, parts.deformity)
    untold = bool(value or root.one("valueInteger")) and grade is None and affirmed is None
    if certainty is None or untold:
        return Unreadable(value if value else root)
    return VertebraFinding(
        level=level,
        certainty=certainty,
        grade=grade or Grade.NOT_STATED,
        shape=parts.shape or Shape.NOT_STATED,
        age=parts.age or FractureAge.NOT_STATED,
        change=parts.change or Change.NOT_STATED,
        cause=parts.cause or Cause.NOT_STATED,
        trauma=parts.trauma or Trauma.NOT_STATED,
        healing=parts.healing or Healing.NOT_STATED,
        care=parts.care or Care.NOT_STATED,
        late_effect=parts.late_effect or LateEffect.NOT_STATED,
        deformity=parts.deformity or Deformity.NOT_STATED,
        evidence=((value if value else root).evidence(f"{level}: {_shown(grade, affirmed)}"),),
    )


def _shown(grade: Grade | None, affirmed: Certainty | None) -> str:
    return str(grade or affirmed or "")


def _grade(root: Element, coded: tuple[Code, ...], lexicon: Lexicon) -> Grade | None:
    number = root.one("valueInteger").value
    if isinstance(number, int) and not isinstance(number, bool):
        return spelled(Grade).get(f"genant-{number}")
    return lexicon.first_word(coded, "grade", Grade)


def _certainty(
    grade: Grade | None, affirmed: Certainty | None, worded: Certainty | None, deformity: Deformity | None
) -> Certainty | None:
    """The reader's word; without one a grade above 0 is definite and grade 0 denies.

    A deformity whose kind is told is no definite fracture: a contradiction cannot be read.
    """
    if deformity:
        kept = Certainty.UNCERTAIN if deformity is Deformity.NOT_CALLED_FRACTURE else Certainty.DENIED
        return kept if worded in (None, kept) else None
    if grade is Grade.NORMAL and worded in (Certainty.DEFINITE, Certainty.UNCERTAIN):
        return None
    if worded or affirmed:
        return worded or affirmed
    if grade is None or grade is Grade.NOT_STATED:
        return None
    return Certainty.DENIED if grade is Grade.NORMAL else Certainty.DEFINITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the components of an Observation say of the vertebra; None where they do not."""

    shape: Shape | None = None
    age: FractureAge | None = None
    change: Change | None = None
    certainty: Certainty | None = None
    cause: Cause | None = None
    trauma: Trauma | None = None
    healing: Healing | None = None
    care: Care | None = None
    late_effect: LateEffect | None = None
    deformity: Deformity | None = None


NOTHING_MORE = Parts()


def _parts(root: Element, lexicon: Lexicon) -> Parts | Unreadable:
    said = {
        code.code: value
        for component in root.each("component")
        if (value := component.one("valueCodeableConcept"))
        for code in codes(component.one("code"))
        if code.system == "vfa"
    }
    if not said:
        return NOTHING_MORE
    told = {name: codes(value) for name, value in said.items()}

    def word(name: str, aspect: str, words: type[E]) -> E | None:
        return lexicon.first_word(told.get(name, ()), aspect, words)

    parts = Parts(
        shape=word("deformity-shape", "shape", Shape),
        age=word("fracture-age", "age", FractureAge),
        change=word("change-from-prior", "change", Change),
        certainty=word("certainty", "certainty", Certainty),
        cause=word("cause", "cause", Cause),
        trauma=word("trauma-energy", "trauma", Trauma),
        healing=word("fracture-healing", "healing", Healing),
        care=word("fracture-care", "care", Care),
        late_effect=word("late-effect", "late_effect", LateEffect),
        deformity=word("deformity-kind", "deformity", Deformity),
    )
    for name, aspect in COMPONENTS.items():
        if name in said and getattr(parts, aspect) is None:
            return Unreadable(said[name])
    return parts


COMPONENTS = {
    "deformity-shape": "shape",
    "fracture-age": "age",
    "change-from-prior": "change",
    "certainty": "certainty",
    "cause": "cause",
    "trauma-energy": "trauma",
    "fracture-healing": "healing",
    "fracture-care": "care",
    "late-effect": "late_effect",
    "deformity-kind": "deformity",
}
"""Our component codes and the aspect each gives."""


def _one_a_level(called: list[VertebraFinding]) -> tuple[VertebraFinding, ...] | Gap:
    """One finding a level, from the top; two that say the same are one, two that differ contradict."""
    by_level: dict[Vertebra, VertebraFinding] = {}
    for each in called:
        earlier = by_level.get(each.level)
        if earlier is None:
            by_level[each.level] = each
        elif replace(earlier, evidence=each.evidence) == each:
            by_level[each.level] = replace(earlier, evidence=earlier.evidence + each.evidence)
        else:
            return _contradiction(earlier.evidence + each.evidence, [each])
    return tuple(sorted(by_level.values(), key=lambda each: LEVELS.index(each.level)))


def _contradiction(evidence: Iterable[Evidence], levels: Iterable[VertebraFinding]) -> Gap:
    shown = ", ".join(each.level for each in levels)
    return gap(FindingCode.READING_CONTRADICTS_ITSELF, *(one.where for one in evidence), levels=shown)


def _conclusion_codes(report: Found) -> tuple[Code, ...]:
    return tuple(code for concept in report.root.each("conclusionCode") for code in codes(concept))


def _stated_negative(report: Found) -> tuple[Evidence, ...]:
    return tuple(
        code.evidence()
        for code in _conclusion_codes(report)
        if in_vocabulary(code, Statement) is Statement.NO_VERTEBRAL_FRACTURE
    )


def _stated_diagnoses(coded: tuple[Code, ...], lexicon: Lexicon) -> Iterator[Reason]:
    """Diagnoses as ICD-10-CM, or translated into it by a row."""
    for code in coded:
        means, evidence = lexicon.meaning(code)
        if code.system == ICD:
            yield Reason(code=code.code, given_as=code.element.text("code"), evidence=(code.evidence(),))
        elif ICD in means:
            yield Reason(code=means[ICD], given_as=f"{code.system}|{code.code}", evidence=evidence)


def _with_conclusions(
    findings: tuple[VertebraFinding, ...], coded: tuple[Code, ...], lexicon: Lexicon
) -> tuple[VertebraFinding, ...] | Gap:
    """The findings with what conclusionCode adds: a cause, or a fracture where no level was called."""
    added: list[VertebraFinding] = []
    for concluded in _concluded(coded, lexicon):
        levels = REGIONS.get(concluded.level, frozenset({concluded.level}))
        inside = [each for each in findings if each.level in levels]
        called = [each for each in inside if each.certainty is not Certainty.DENIED]
        certain = [each for each in called if each.certainty is concluded.certainty]
        if inside and not certain:
            return _contradiction((*concluded.evidence, *inside[0].evidence), [concluded])
        if not inside:
            added.append(concluded)
        findings = tuple(_caused(each, concluded) if each in certain else each for each in findings)
    return (*findings, *added)


def _caused(finding: VertebraFinding, concluded: VertebraFinding) -> VertebraFinding:
    cause = finding.cause if finding.cause is not Cause.NOT_STATED else concluded.cause
    return replace(finding, cause=cause, evidence=finding.evidence + concluded.evidence)


def _concluded(coded: tuple[Code, ...], lexicon: Lexicon) -> Iterator[VertebraFinding]:
    for code in coded:
        means, evidence = lexicon.meaning(code)
        level = next((each for each in Vertebra if each.value == means.get("level")), None)
        certainty = next((each for each in Certainty if each.value == means.get("certainty")), None)
        if level and certainty:
            cause = next((each for each in Cause if each.value == means.get("cause")), Cause.NOT_STATED)
            age = next((each for each in FractureAge if each.value == means.get("age")), None)
            healing = next((each for each in Healing if each.value == means.get("healing")), None)
            yield VertebraFinding(
                level=level,
                certainty=certainty,
                cause=cause,
                age=age or FractureAge.NOT_STATED,
                healing=healing or Healing.NOT_STATED,
                evidence=evidence,
            )
