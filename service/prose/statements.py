"""What single clauses say of vertebrae, before the report is taken as a whole.

Neighbours: `vertebrae` writes these, `resolve` weighs them against each other.
"""

from dataclasses import dataclass, field

from service.prose.document import Sentence
from service.prose.reading import Span


@dataclass(slots=True, kw_only=True)
class Mention:
    """A fracture, deformity, treated level or lesion that a clause calls, doubts or denies."""

    levels: tuple[str, ...]
    head: str
    """fracture, deformity, treated, benign, or attributes (what is said of a level named before)."""
    certainty: str
    """definite, uncertain, denied."""
    sentence: Sentence
    span: Span
    kind: str = ""
    """Kind of deformity; of a benign one its cause."""
    shape: str = ""
    grade: int | None = None
    basis: str = "none"
    percent: str = ""
    age: str = ""
    cause: str = ""
    change: str = ""
    since: str = ""
    """The latest day named in its sentence, ISO as far as given."""
    rows: tuple[str, ...] = ()
    treated: bool = False
    hedged_on: set[str] = field(default_factory=set)
    known: bool = False
    """Called known or prior."""
    plural: bool = False
    further: bool = False
    """At levels beside those named, and none is named."""
    either: bool = False
    """One of the levels, not all of them."""

    @property
    def graded(self) -> bool:
        """Whether a Genant grade, by number or word, is given."""
        return self.basis != "none"


@dataclass(slots=True, kw_only=True)
class Denial:
    """Fracture denied without a single level."""

    scope: str
    levels: tuple[str, ...]
    """The range it is limited to; empty where none is named."""
    sentence: Sentence
    span: Span


@dataclass(slots=True, kw_only=True)
class Normal:
    """Vertebrae called normal; every vertebra (`otherwise` aside) where no level is named."""

    levels: tuple[str, ...]
    otherwise: bool
    sentence: Sentence
    span: Span
    form: bool = False
    """Whether it is their form or height that is called normal, not alignment or density."""


@dataclass(slots=True, kw_only=True)
class Statements:
    """Everything said of vertebrae."""

    mentions: list[Mention] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)
    normals: list[Normal] = field(default_factory=list)
    not_evaluable: list[tuple[str, ...]] = field(default_factory=list)
    unclear: list[tuple[Span, str]] = field(default_factory=list)
    history: list[tuple[tuple[str, ...], Span]] = field(default_factory=list)
    """Vertebral fractures told as history."""
    said_something: set[int] = field(default_factory=set)
    """Start of every sentence that one of these came from."""
    named: dict[int, set[str]] = field(default_factory=dict)
    """Levels that a clause of the sentence said something of, by the start of the sentence."""
