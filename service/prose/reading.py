"""What a report in prose says: the facts, each with the span of the words, and what was not understood.

Written by `read`; `study_values` turns it into facts of a `core.study.Study`. Values are words of closed
lists; an empty text or None says that the report does not say.
"""

from dataclasses import dataclass, field

from service.core.codes import Vertebra


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters of the text as it came, end excluded."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value and the words that say it; no words where the report does not say."""

    value: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FractureSaid:
    """A vertebra (or region) that the reading calls, doubts or denies as fractured."""

    level: str
    """`T8`, `L1`, ... or `thoracic_unspecified` and the like."""
    is_fracture: str
    """definite, uncertain or denied."""
    shape: str = ""
    grade: int | None = None
    grade_basis: str = "none"
    height_loss_percent: str = ""
    age: str = "not_stated"
    cause: str = "not_stated"
    change: str = "not_stated"
    status: str = "current"
    """current, healed, treated; empty where denied."""
    hedged_on: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    rows: tuple[str, ...] = ()
    """Vocabulary rows (`mappings/reading`) it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeformitySaid:
    """A deformity or lesion that is no fracture."""

    levels: tuple[str, ...]
    kind: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DenialSaid:
    """A denial of fracture without a level: all, new, acute, other_levels or evaluable_levels."""

    scope: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorFracture:
    """A fracture known from before."""

    site: str
    level: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two statements that cannot both hold, and whether one of them stands by a row."""

    kind: str
    resolved: bool
    spans: tuple[Span, ...]
    row: str = ""
    """The row of `report-precedence` that says so."""
    says: str = ""
    """What the row says, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """A sentence that speaks of spine, fracture, density or osteoporosis and was not understood, and why."""

    span: Span
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseReading:
    """Everything a report in prose says that billing may ask."""

    vfa_performed: Said
    density_measured: Said
    completeness: Said
    levels_attempted: tuple[str, str] | None
    levels_not_evaluable: tuple[str, ...]
    report_state: Said
    osteoporosis: Said
    osteoporosis_cause: Said
    lowest_t: Said
    fractures: tuple[FractureSaid, ...]
    deformities: tuple[DeformitySaid, ...]
    symptoms: tuple[Said, ...]
    symptoms_denied: tuple[Said, ...]
    screening: bool
    steroids: Said
    family_history_fracture: Said
    prior_fractures: tuple[PriorFracture, ...]
    comparison: Said
    """dated, undated, none or not_stated."""
    comparison_date: str
    recommendations: tuple[Said, ...]
    contradictions: tuple[Contradiction, ...]
    global_denial: DenialSaid | None
    billing_reading: str
    """fracture, no_fracture, uncertain or cannot_tell."""
    review: tuple[str, ...]
    """Why a coder should look; empty where nobody need."""
    not_understood: tuple[NotUnderstood, ...] = field(default=())
    unplaced: tuple[NotUnderstood, ...] = field(default=())
    """Sentences that speak of nothing of these and are of no kind that is known to be harmless, and why."""
    sentences: tuple[Span, ...] = field(default=(), repr=False)
    """Where every sentence stands, to quote one whole."""

    @property
    def understood(self) -> bool:
        """Whether every sentence that speaks of spine, fracture, density or osteoporosis was understood."""
        return not self.not_understood

    @property
    def coder_review(self) -> bool:
        """Whether a coder should look although everything may have been understood."""
        return bool(self.review or self.unplaced)


LEVELS = tuple([f"T{n}" for n in range(1, 13)] + [f"L{n}" for n in range(1, 7)])
"""Vertebrae by the names a report may use, from above."""
USUAL = LEVELS[3:16]
"""T4 to L4: what a VFA is meant to show."""
REGIONS = {
    "thoracic_unspecified": Vertebra.THORACIC,
    "lumbar_unspecified": Vertebra.LUMBAR,
    "thoracolumbar_unspecified": Vertebra.THORACOLUMBAR,
    "spine_unspecified": Vertebra.SPINE,
}
"""Regions where the reader names no level."""
