"""A picture of the session, and the facts the diagnosis rows look at.

A picture can be asked again with one fact changed: that is how `diagnoses` says what would have brought a
rejected code onto the claim. Neighbours: `diagnosis_patterns` asks the rows; rows: `mappings/diagnoses.yaml`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from service.core.codes import Cause, Certainty, Change, FractureAge, Osteoporosis
from service.core.diagnosis_codes import SEVENTH, bare, category
from service.core.diagnosis_rules import ReasonClass
from service.core.evidence import Evidence
from service.core.fracture_words import Care, Healing, LateEffect, Trauma
from service.core.rulebook import Facts, Hit, Rulebook
from service.core.study import Reason, VertebraFinding

DEFINITE: Final = "definite"
UNCERTAIN: Final = "uncertain"
NONE: Final = "none"
NOT_ASSESSED: Final = "not-assessed"
"""No vertebral assessment in the session: density alone."""
CURRENT: Final = "current"
NOT_STATED: Final = "not-stated"
OLD: Final = "old"
LATE: Final = "late-effect"
HAS_REASON: Final = "has-reason"
SCREENING_ONLY: Final = "screening-only"
SCREENING: Final = "screening"
FRACTURE: Final = "fracture"
"""The class of reasons that say a fracture."""
NEW: Final = "new"
BESIDE_SCREENING: Final = frozenset({SCREENING, "menopausal-status", "risk"})
"""Classes of reasons that make no diagnostic reason of a screening."""
AGE_RANK: Final = (CURRENT, "indeterminate", "healing", "chronic", LATE, OLD)
"""What is current goes first."""
CURRENT_AGES: Final = frozenset({FractureAge.ACUTE, FractureAge.SUBACUTE})
NEW_CHANGES: Final = frozenset({Change.NEW, Change.PROGRESSED})
PAST_AGES: Final = frozenset({FractureAge.OLD, FractureAge.HEALED})
ENERGY: Final = {Trauma.MINOR: "traumatic-minor", Trauma.MAJOR: "traumatic-major"}
INTENT: Final = 5
"""Index of the character of T36 to T50 that tells poisoning, adverse effect and underdosing apart."""
ADVERSE_EFFECT: Final = "5"
PLACEHOLDER: Final = "X"
SITE: Final = 4
"""Index of the character of a fracture code that says the region or the group of levels."""
SETTLED: Final = frozenset({NEW, OLD, LATE})
"""What a reader says of the age of a fracture that leaves nothing to the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedReason:
    """A reason of the order, or a diagnosis of the reading, and the row that says what it stands for."""

    reason: Reason
    hit: Hit[ReasonClass] | None

    @property
    def name(self) -> str:
        """The class (symptom, height-loss, osteoporosis, ...); empty if no row lists the code."""
        return self.hit.then.reason_class if self.hit else ""

    @property
    def rank(self) -> int:
        """Its place among the others."""
        return self.hit.then.rank if self.hit else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the pattern rows look at."""

    fracture: str
    findings: tuple[VertebraFinding, ...]
    """Every level the reader speaks of, whatever its certainty."""
    evidence: tuple[Evidence, ...]
    osteoporosis: Osteoporosis
    known_before: bool
    """Whether somebody but the reader of this study documents the osteoporosis."""
    reasons: tuple[ClassedReason, ...]
    stated: tuple[ClassedReason, ...]
    """Diagnoses of the reading beside the vertebrae."""
    density: str
    day: date

    @property
    def classed(self) -> tuple[ClassedReason, ...]:
        """Reasons and stated diagnoses that a row knows, by rank."""
        known = [one for one in (*self.reasons, *self.stated) if one.hit]
        return tuple(sorted(known, key=lambda one: one.rank))


def class_of(code: str, rulebook: Rulebook, day: date) -> Hit[ReasonClass] | None:
    """The row that says what a code on an order stands for."""
    letters = bare(code)
    facts = {
        "code": code,
        "category": category(code),
        "chapter": code[:1],
        "intent": _intent(code),
        "fourth": letters[SITE - 1 : SITE] or NONE,
        "fifth": letters[SITE : SITE + 1] or NONE,
    }
    return rulebook.reason_classes.ask_one(facts, on=day)


def _intent(code: str) -> str:
    """Whether the code's fifth or sixth character is the one of an adverse effect."""
    letters = bare(code)
    told = letters[INTENT : INTENT + 1]
    if told == PLACEHOLDER:
        told = letters[INTENT - 1 : INTENT]
    return "adverse-effect" if told == ADVERSE_EFFECT else "other"


def age_class(one: VertebraFinding) -> str:
    """Whether a fracture is current: the reader's word on its age, else its change since the prior study.

    Unchanged without an age is indeterminate: it may be an old fracture nobody has dated. What it has left
    behind, or how it heals, says that it is not new; a chronic one that needs no care is a past one.
    """
    if one.late_effect is not LateEffect.NOT_STATED and one.age not in CURRENT_AGES:
        return LATE
    if one.age in PAST_AGES or (one.age is FractureAge.CHRONIC and one.care is Care.NONE):
        return OLD
    if one.age is not FractureAge.NOT_STATED:
        return CURRENT if one.age in CURRENT_AGES else one.age.value
    if one.healing is not Healing.NOT_STATED:
        return FractureAge.HEALING.value
    return FractureAge.INDETERMINATE.value if one.change is Change.UNCHANGED else CURRENT


def dated(one: VertebraFinding) -> str:
    """How the reader dates a fracture: `new` only where that is said, `not-stated` where nothing is."""
    told = age_class(one)
    if told != CURRENT:
        return told
    return NEW if one.age in CURRENT_AGES or one.change in NEW_CHANGES else NOT_STATED


def ordered_phase(picture: Picture, code: str, one: VertebraFinding) -> str:
    """The seventh character that the order gives a fracture of that family and place, where the reading does
    not say how far its care has come; `none` where the order gives none, or several.
    """
    if dated(one) in SETTLED or one.healing is not Healing.NOT_STATED:
        return NONE
    family, place = category(code), bare(code)[SITE]
    given = {phase_of(each) for each in picture.reasons if each.name == FRACTURE}
    here = {phase for phase, where in given if where == (family, place)}
    return here.pop() if len(here) == 1 else NONE


def phase_of(given: ClassedReason) -> tuple[str, tuple[str, str]]:
    """The seventh character of a fracture code, with the family and the place it is for."""
    letters = bare(given.reason.code)
    return letters[SEVENTH : SEVENTH + 1] or NONE, (category(letters), letters[SITE : SITE + 1])


def cause_word(one: VertebraFinding) -> str:
    """The cause; a trauma with its energy, where that is stated."""
    if one.cause in (Cause.TRAUMATIC, Cause.NOT_STATED) and one.trauma in ENERGY:
        return ENERGY[one.trauma]
    return one.cause


def groups_of(picture: Picture) -> tuple[tuple[VertebraFinding, ...], ...]:
    """Levels that the rows cannot tell apart go together, what is current first; else there is one group."""
    if picture.fracture != DEFINITE:
        return ((),)
    groups: dict[tuple[str, ...], list[VertebraFinding]] = {}
    for one in picture.findings:
        if one.certainty is Certainty.DEFINITE:
            told = (*_of_fracture(one).values(), dated(one) if has_phases(picture) else "")
            groups.setdefault(told, []).append(one)
    found = sorted(groups.values(), key=_most_current)
    return tuple(tuple(group) for group in found)


def _most_current(group: list[VertebraFinding]) -> tuple[int, bool]:
    return AGE_RANK.index(age_class(group[0])), dated(group[0]) != NEW


def has_phases(picture: Picture) -> bool:
    """Whether the order codes a fracture, and with it how far its care has come."""
    return any(one.name == FRACTURE for one in picture.reasons)


def facts_of(picture: Picture, group: tuple[VertebraFinding, ...]) -> Facts:
    """What a pattern row sees of a group."""
    told = _of_fracture(group[0]) if group else {}
    return {"fracture": picture.fracture, "osteoporosis": picture.osteoporosis.value, **told}


def _of_fracture(one: VertebraFinding) -> dict[str, str]:
    return {"cause": cause_word(one), "age": age_class(one), "healing": one.healing}


def facts_for_review(picture: Picture, one: VertebraFinding) -> Facts:
    """What a row about coder review sees of a vertebra."""
    return {
        **_of_fracture(one),
        "fracture": picture.fracture,
        "certainty": one.certainty,
        "osteoporosis": picture.osteoporosis,
        "worded": one.age,
        "shape": one.shape,
        "trauma": one.trauma,
        "care": one.care,
        "deformity": one.deformity,
    }


def reason_kind(picture: Picture) -> str:
    """Whether the order gives a diagnostic reason, asks for a screening alone, or gives none known."""
    classes = {one.name for one in picture.reasons if one.hit}
    if not classes:
        return NONE
    return SCREENING_ONLY if SCREENING in classes and classes <= BESIDE_SCREENING else HAS_REASON
