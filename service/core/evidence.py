"""Where facts were read: an element, a practice entry, a row, an earlier claim, or words of the report."""

from dataclasses import dataclass
from enum import StrEnum


class EvidenceKind(StrEnum):
    """Where a fact was read."""

    ELEMENT = "element"
    """An element of the input, by FHIRPath."""
    PRACTICE = "practice"
    """An entry of the practice file, e.g. `sites.main.kind`."""
    ROW = "row"
    """A row of a mapping that translated a code (site exam code, SNOMED CT concept, payer name)."""
    LEDGER = "ledger"
    """An earlier claim of ours, by its id."""
    PROSE = "prose"
    """Words of the report's text, by the FHIRPath of the form they stand in, their span and their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One place that says a fact: a FHIRPath, practice entry or row id, and what stands there."""

    kind: EvidenceKind
    where: str
    shows: str = ""
    span: tuple[int, int] | None = None
    """For prose: first character and the one after the last, in `Study.prose.text`."""
    rows: tuple[str, ...] = ()
    """For prose: the rows of the vocabulary that gave the words their meaning."""

    @property
    def place(self) -> tuple[str, tuple[int, int] | None]:
        """What tells this piece of evidence from others: its path and, in a text, its span."""
        return self.where, self.span


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """A piece of the report's text and the FHIRPath of the form it came from; characters, end excluded."""

    where: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMark:
    """Words of the report's text and what they were read as, or why they were not understood."""

    start: int
    end: int
    says: str
    understood: bool = True
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """The report's text as it was read, with the words that facts or findings of this study rest on."""

    text: str
    parts: tuple[TextPart, ...]
    marks: tuple[TextMark, ...]
