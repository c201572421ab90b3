"""From a picture of the session to codes: ask the pattern rows and write out their tokens.

Neighbours: `diagnosis_facts` has the picture, `diagnoses` judges the answer. Rows: `mappings/diagnoses.yaml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from service.core.codes import Osteoporosis
from service.core.decision import Chosen, Finding, because_row, find_row, raise_finding
from service.core.diagnosis_codes import Exclusion, Outdone, bare, outdone, strip
from service.core.diagnosis_facts import (
    ClassedReason,
    Picture,
    class_of,
    facts_for_review,
    facts_of,
    groups_of,
    ordered_phase,
    reason_kind,
)
from service.core.diagnosis_rules import CoderReview, DiagnosisPattern
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Deformity, LateEffect
from service.core.rulebook import Hit, Rulebook
from service.core.study import VertebraFinding

OF_CLASS: Final = "class:"
ELSE: Final = "|"
PER_LEVEL: Final = "level:"
LATE_EFFECT: Final = "late-effect:"
FOUND: Final = "found:"
LEFT: Final = "class:kyphosis"
REASONS: Final = "reasons"
CHARACTERS: Final = ("shape", "phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern row and the levels it speaks for."""

    hit: Hit[DiagnosisPattern]
    findings: tuple[VertebraFinding, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The codes of a picture, the patterns that gave them, and what took some away again."""

    codes: tuple[Chosen[str], ...]
    patterns: tuple[Pattern, ...]
    stripped: tuple[Exclusion, ...]
    outdone: tuple[Outdone, ...]
    problems: tuple[Finding, ...]


def select(picture: Picture, rulebook: Rulebook) -> Selection:
    """The codes of a picture in billing order: a screening, what leads of every pattern, then the rest."""
    asked = [_ask(picture, group, rulebook) for group in groups_of(picture)]
    patterns = tuple(one for one in asked if isinstance(one, Pattern))
    tokens = [(one, token) for one in patterns for token in one.hit.then.lead]
    tokens += [(one, token) for one in patterns for token in one.hit.then.also]
    dropped = dropped_classes(patterns)
    expanded = [
        *_screening(picture, rulebook),
        *chain.from_iterable(_expand(one, token, picture, dropped, rulebook) for one, token in tokens),
    ]
    all_codes = _once(expanded)
    less = tuple(outdone([code.value for code in all_codes], rulebook, picture.day))
    telling = [code for code in all_codes if code.value not in {one.code for one in less}]
    codes, stripped = strip(telling, rulebook, picture.day)
    problems = [one for one in (*asked, *expanded) if isinstance(one, Finding)]
    return Selection(
        codes=codes, patterns=patterns, stripped=stripped, outdone=less, problems=tuple(problems)
    )


def dropped_classes(patterns: tuple[Pattern, ...]) -> dict[str, tuple[str, Pattern]]:
    """Classes of reasons that some pattern leaves off, why, and the pattern that does."""
    return {name: (why, one) for one in patterns for name, why in one.hit.then.drop.items()}


def asks_reasons(patterns: tuple[Pattern, ...]) -> bool:
    """Whether what leads comes from the reasons of the order, so that they must all be known."""
    return any(_first(one).startswith(OF_CLASS) or _first(one) == REASONS for one in patterns)


def _first(pattern: Pattern) -> str:
    """The first token that always gives something; what an old fracture left need not be named."""
    leading = (one for one in pattern.hit.then.lead if not one.startswith((FOUND, LATE_EFFECT, LEFT)))
    return next(leading, "")


def reviews_of(
    picture: Picture, rulebook: Rulebook
) -> Iterator[tuple[Hit[CoderReview], tuple[Evidence, ...]]]:
    """Rows that want a coder to look, each with the vertebrae it speaks of."""
    found: dict[str, tuple[Hit[CoderReview], tuple[Evidence, ...]]] = {}
    asked: dict[tuple[str, ...], tuple[Hit[CoderReview], ...]] = {}  # most levels are as another one is
    for one in picture.findings:
        facts = facts_for_review(picture, one)
        told = tuple(facts.values())
        if told not in asked:
            asked[told] = rulebook.coder_reviews.ask_all(facts, on=picture.day)
        for hit in asked[told]:
            _, earlier = found.get(hit.row.id, (hit, ()))
            found[hit.row.id] = (hit, (*earlier, *one.evidence))
    yield from found.values()


def incomplete(selection: Selection, picture: Picture, rulebook: Rulebook) -> Iterator[Finding]:
    """Codes that want another beside them (code also, use additional code), where none is there."""
    codes = [code.value for code in selection.codes]
    hits = [class_of(code, rulebook, picture.day) for code in codes]
    classes = {hit.then.reason_class for hit in hits if hit}
    facts = {"osteoporosis": picture.osteoporosis.value}
    for rule in rulebook.code_also.ask_all(facts, on=picture.day):
        wanting = [code for code in codes if bare(code).startswith(bare(rule.then.code))]
        if wanting and not classes & rule.then.needs:
            review = raise_finding(rulebook, FindingCode.CODER_REVIEW, why=rule.then.says)
            yield replace(review, because=(because_row(rule),))


def _ask(picture: Picture, group: tuple[VertebraFinding, ...], rulebook: Rulebook) -> Pattern | Finding:
    evidence = tuple(chain.from_iterable(one.evidence for one in group)) or picture.evidence
    where = tuple(one.where for one in evidence)
    facts = facts_of(picture, group)
    hit = find_row(rulebook, rulebook.diagnosis_patterns, facts, *where, on=picture.day)
    if isinstance(hit, Finding):
        return hit
    if hit.then.hold:
        query = raise_finding(rulebook, FindingCode.DIAGNOSIS_QUERY, *where, why=hit.then.hold)
        return replace(query, because=(because_row(hit, *evidence),))
    return Pattern(hit=hit, findings=group, evidence=evidence)


def _screening(picture: Picture, rulebook: Rulebook) -> Iterator[Chosen[str]]:
    before = picture.osteoporosis if picture.known_before else Osteoporosis.NOT_DOCUMENTED
    facts = {"reason": reason_kind(picture), "osteoporosis": before.value, "density": picture.density}
    hit = rulebook.screening_codes.ask_one(facts, on=picture.day)
    if hit:
        evidence = tuple(chain.from_iterable(one.reason.evidence for one in picture.reasons))
        yield Chosen(value=hit.then.code, because=(because_row(hit, *evidence),))


def _expand(
    pattern: Pattern,
    token: str,
    picture: Picture,
    dropped: dict[str, tuple[str, Pattern]],
    rulebook: Rulebook,
) -> Iterator[Chosen[str] | Finding]:
    because = because_row(pattern.hit, *pattern.evidence)
    if token.startswith(PER_LEVEL):
        for one in pattern.findings:
            yield _level_code(pattern, one, token.removeprefix(PER_LEVEL), picture, rulebook)
    elif token.startswith(LATE_EFFECT):
        for one in pattern.findings:
            if one.late_effect is LateEffect.KYPHOSIS:
                yield _level_code(pattern, one, token.removeprefix(LATE_EFFECT), picture, rulebook)
    elif token.startswith(FOUND):
        yield from _found(pattern, token.removeprefix(FOUND), picture, rulebook)
    elif token.startswith(OF_CLASS) or token == REASONS:
        name, _, otherwise = token.removeprefix(OF_CLASS).partition(ELSE)
        given = [each for each in picture.classed if token == REASONS or each.name == name]
        yield from (_reason(each, pattern) for each in given if each.name not in dropped)
        if otherwise and not given:
            yield Chosen(value=otherwise, because=(because,))
    elif pattern.findings:
        yield _filled(Chosen(value=token, because=(because,)), pattern.findings[0], picture, rulebook)
    else:
        yield Chosen(value=token, because=(because,))


def _reason(one: ClassedReason, pattern: Pattern) -> Chosen[str]:
    stands_for = because_row(one.hit, *one.reason.evidence) if one.hit else None
    because = because_row(pattern.hit, *pattern.evidence)
    return Chosen(value=one.reason.code, because=(because, stands_for) if stands_for else (because,))


def _found(pattern: Pattern, name: str, picture: Picture, rulebook: Rulebook) -> Iterator[Chosen[str]]:
    """Diagnoses of that class in the reading: stated by code, or a deformity that has one."""
    for one in picture.stated:
        if one.name == name:
            yield _reason(one, pattern)
    for finding in picture.findings:
        if finding.deformity is Deformity.NOT_STATED:
            continue
        facts = {"family": finding.deformity.value, "level": finding.level.value}
        hit = rulebook.level_codes.ask_one(facts, on=picture.day)
        stands_for = class_of(hit.then.code, rulebook, picture.day) if hit else None
        if hit and stands_for and stands_for.then.reason_class == name:
            because = (because_row(pattern.hit, *finding.evidence), because_row(hit, *finding.evidence))
            yield Chosen(value=hit.then.code, because=because)


def _level_code(
    pattern: Pattern, one: VertebraFinding, family: str, picture: Picture, rulebook: Rulebook
) -> Chosen[str] | Finding:
    where = tuple(evidence.where for evidence in one.evidence)
    facts = {"family": family, "level": one.level.value}
    hit = find_row(rulebook, rulebook.level_codes, facts, *where, on=picture.day)
    if isinstance(hit, Finding):
        return hit
    because = (because_row(pattern.hit, *one.evidence), because_row(hit, *one.evidence))
    return _filled(Chosen(value=hit.then.code, because=because), one, picture, rulebook)


def _filled(
    code: Chosen[str], one: VertebraFinding, picture: Picture, rulebook: Rulebook
) -> Chosen[str] | Finding:
    """The code with the characters for the shape and the phase of the fracture, where it has slots."""
    for place in CHARACTERS:
        slot = f"{{{place}}}"
        if slot not in code.value:
            continue
        told = facts_for_review(picture, one)
        facts = {
            "place": place,
            "ordered": ordered_phase(picture, code.value, one),
            **{name: told[name] for name in ("shape", "age", "healing")},
        }
        where = tuple(evidence.where for evidence in one.evidence)
        hit = find_row(rulebook, rulebook.code_characters, facts, *where, on=picture.day)
        if isinstance(hit, Finding):
            return hit
        value = code.value.replace(slot, hit.then.character)
        code = Chosen(value=value, because=(*code.because, because_row(hit, *one.evidence)))
    return code


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
