"""What the rows about diagnoses say (`mappings/diagnoses.yaml`, `mappings/edits/excludes1.yaml`).

Neighbours: `rulebook` holds the rule sets, `diagnosis_patterns` and `diagnosis_codes` ask them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisPattern:
    """How a kind of reading is coded (`diagnoses.yaml`).

    `lead` and `also` are tokens in billing order: an ICD-10-CM code, `class:NAME` (the order's reasons of
    that class, behind a `|` the code where there are none), `level:FAMILY` (a code per level group from the
    level rows), `late-effect:FAMILY` (the same where the fracture left a kyphosis), `found:NAME` (diagnoses
    of that class in the reading) or `reasons` (every other reason of the order, by rank). In a code `{shape}`
    and `{phase}` stand for the characters that say how and when. `drop` names the reason classes that are
    left off and why they are.
    """

    lead: tuple[str, ...]
    also: tuple[str, ...]
    drop: Mapping[str, str]
    hold: str
    """What has to be asked before anything is coded; empty where the row codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonClass:
    """What a diagnosis code on an order stands for: symptom, height-loss, osteoporosis, ..."""

    reason_class: str
    rank: int
    """Place among the other reasons of an order: lower goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResort:
    """A code that says less, left off beside one of these code prefixes (M54.9 beside M54.6)."""

    code: str
    beside: tuple[str, ...]
    says: str = ""
    """What a coder has to look at where it was left off; empty where nothing is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCode:
    """The code of a family for a vertebral level or region, perhaps with `{shape}` and `{phase}`."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCharacter:
    """The character that says the shape (sixth) or the phase of care (seventh) of a fracture."""

    character: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningCode:
    """The code that goes first where nothing but a screening was asked for."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderReview:
    """Why a coder looks at what was coded for a vertebra."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAlso:
    """A code prefix that is not complete without a diagnosis of one of these classes beside it."""

    code: str
    needs: frozenset[str]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFamily:
    """Which seventh characters a diagnosis family takes; empty for a family without one."""

    seventh_characters: frozenset[str]
    length: int
    """Length of the complete code without its dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePair:
    """An Excludes1 pair of code prefixes: which one stays where the pair is stripped automatically."""

    first: str
    second: str
    keep: str
    """The prefix that stays; empty where only a coder may decide."""
    holds: str
    """When the note holds, e.g. `unless they are unrelated`."""
