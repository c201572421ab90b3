"""From a picture of the session to codes: ask the pattern rows and write out their tokens.

A picture is what the rows look at, so the same question can be asked again with one fact changed: that is
how `diagnoses` says what would have brought a rejected code onto the claim. Rows: `mappings/diagnoses.yaml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from service.core.codes import Cause, Certainty, Change, FractureAge, Osteoporosis
from service.core.decision import Chosen, Finding, because_row, find_row
from service.core.diagnosis_codes import Exclusion, category, strip
from service.core.rulebook import DiagnosisPattern, Hit, ReasonClass, Rulebook
from service.core.study import Evidence, Reason, VertebraFinding

DEFINITE: Final = "definite"
UNCERTAIN: Final = "uncertain"
NONE: Final = "none"
NOT_ASSESSED: Final = "not-assessed"
"""No vertebral assessment in the session: density alone."""
CURRENT: Final = "current"
HAS_REASON: Final = "has-reason"
SCREENING_ONLY: Final = "screening-only"
SCREENING: Final = "screening"
OF_CLASS: Final = "class:"
PER_LEVEL: Final = "level:"
CURRENT_AGES: Final = frozenset({FractureAge.ACUTE, FractureAge.SUBACUTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedReason:
    """A reason of the order and the row that says what it stands for, if one does."""

    reason: Reason
    hit: Hit[ReasonClass] | None

    @property
    def name(self) -> str:
        """The class (symptom, height-loss, osteoporosis, ...); empty if no row lists the code."""
        return self.hit.then.reason_class if self.hit else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the pattern rows look at."""

    fracture: str
    findings: tuple[VertebraFinding, ...]
    """Every level the reader speaks of, whatever its certainty."""
    evidence: tuple[Evidence, ...]
    osteoporosis: Osteoporosis
    reasons: tuple[ClassedReason, ...]
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern row and the levels it speaks for."""

    hit: Hit[DiagnosisPattern]
    findings: tuple[VertebraFinding, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The codes of a picture, the patterns that gave them, the Excludes1 notes that took some away."""

    codes: tuple[Chosen[str], ...]
    patterns: tuple[Pattern, ...]
    stripped: tuple[Exclusion, ...]
    problems: tuple[Finding, ...]


def select(picture: Picture, rulebook: Rulebook) -> Selection:
    """The codes of a picture in billing order: what leads of every pattern, then what goes beside it."""
    asked = [_ask(picture, group, rulebook) for group in _groups(picture)]
    patterns = tuple(one for one in asked if isinstance(one, Pattern))
    tokens = [(one, token) for one in patterns for token in one.hit.then.lead]
    tokens += [(one, token) for one in patterns for token in one.hit.then.also]
    dropped = dropped_classes(patterns)
    expanded = list(
        chain.from_iterable(_expand(one, token, picture, dropped, rulebook) for one, token in tokens)
    )
    codes, stripped = strip(_once(expanded), rulebook, picture.day)
    problems = [one for one in (*asked, *expanded) if isinstance(one, Finding)]
    return Selection(codes=codes, patterns=patterns, stripped=stripped, problems=tuple(problems))


def dropped_classes(patterns: tuple[Pattern, ...]) -> dict[str, tuple[str, Pattern]]:
    """Classes of reasons that some pattern leaves off, why, and the pattern that does."""
    return {name: (why, one) for one in patterns for name, why in one.hit.then.drop.items()}


def class_of(code: str, rulebook: Rulebook, day: date) -> Hit[ReasonClass] | None:
    """The row that says what a code on an order stands for."""
    return rulebook.reason_classes.ask_one({"code": code, "category": category(code)}, on=day)


def asks_reasons(patterns: tuple[Pattern, ...]) -> bool:
    """Whether what leads comes from the reasons of the order, so that they must all be known."""
    return any(token.startswith(OF_CLASS) for one in patterns for token in one.hit.then.lead)


def _groups(picture: Picture) -> tuple[tuple[VertebraFinding, ...], ...]:
    """Levels of one cause and one age go together; without a definite fracture there is one group."""
    if picture.fracture != DEFINITE:
        return ((),)
    groups: dict[tuple[Cause, str], list[VertebraFinding]] = {}
    for one in picture.findings:
        if one.certainty is Certainty.DEFINITE:
            groups.setdefault((one.cause, age_class(one)), []).append(one)
    return tuple(tuple(group) for group in groups.values())


def age_class(one: VertebraFinding) -> str:
    """Whether a fracture is current: the reader's word on its age, else its change since the prior study.

    Unchanged without an age is indeterminate: it may be an old fracture nobody has dated.
    """
    if one.age is not FractureAge.NOT_STATED:
        return CURRENT if one.age in CURRENT_AGES else one.age.value
    return FractureAge.INDETERMINATE.value if one.change is Change.UNCHANGED else CURRENT


def _ask(picture: Picture, group: tuple[VertebraFinding, ...], rulebook: Rulebook) -> Pattern | Finding:
    facts = {
        "fracture": picture.fracture,
        "osteoporosis": picture.osteoporosis.value,
        "reason": _reason(picture.reasons),
    }
    if group:
        facts |= {"cause": group[0].cause.value, "age": age_class(group[0])}
    evidence = tuple(chain.from_iterable(one.evidence for one in group)) or picture.evidence
    where = tuple(one.where for one in evidence)
    hit = find_row(rulebook, rulebook.diagnosis_patterns, facts, *where, on=picture.day)
    if isinstance(hit, Finding):
        return hit
    return Pattern(hit=hit, findings=group, evidence=evidence)


def _reason(reasons: tuple[ClassedReason, ...]) -> str:
    classes = {one.name for one in reasons if one.hit}
    if not classes:
        return NONE
    return SCREENING_ONLY if classes == {SCREENING} else HAS_REASON


def _expand(
    pattern: Pattern,
    token: str,
    picture: Picture,
    dropped: dict[str, tuple[str, Pattern]],
    rulebook: Rulebook,
) -> Iterator[Chosen[str] | Finding]:
    because = because_row(pattern.hit, *pattern.evidence)
    if token.startswith(PER_LEVEL):
        yield from _level_codes(pattern, token.removeprefix(PER_LEVEL), picture.day, rulebook)
    elif token.startswith(OF_CLASS):
        name = token.removeprefix(OF_CLASS)
        for one in picture.reasons:
            if one.hit and one.name == name and name not in dropped:
                stands_for = because_row(one.hit, *one.reason.evidence)
                yield Chosen(value=one.reason.code, because=(because, stands_for))
    else:
        yield Chosen(value=token, because=(because,))


def _level_codes(
    pattern: Pattern, family: str, day: date, rulebook: Rulebook
) -> Iterator[Chosen[str] | Finding]:
    for one in pattern.findings:
        where = tuple(evidence.where for evidence in one.evidence)
        facts = {"family": family, "level": one.level.value}
        hit = find_row(rulebook, rulebook.level_codes, facts, *where, on=day)
        if isinstance(hit, Finding):
            yield hit
        else:
            level = because_row(hit, *one.evidence)
            yield Chosen(value=hit.then.code, because=(because_row(pattern.hit, *one.evidence), level))


def _once(expanded: list[Chosen[str] | Finding]) -> tuple[Chosen[str], ...]:
    """Each code once, at its first place, with every reason that named it."""
    codes: dict[str, Chosen[str]] = {}
    for one in expanded:
        if isinstance(one, Chosen):
            earlier = codes.get(one.value)
            because = earlier.because if earlier else ()
            more = tuple(reason for reason in one.because if reason not in because)
            codes[one.value] = Chosen(value=one.value, because=(*because, *more))
    return tuple(codes.values())
