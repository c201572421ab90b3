"""What has been read of the session: filled by `session` and `density`, settled by `read`."""

from collections.abc import Sized
from dataclasses import dataclass, field

from service.prose.levels import LevelGroup
from service.prose.reading import Span


@dataclass(slots=True, kw_only=True)
class SessionSaid:
    """What has been read of the session so far."""

    density: list[tuple[str, Span]] = field(default_factory=list)
    """yes, peripheral, no, elsewhere; in order."""
    scores: list[tuple[str, Span]] = field(default_factory=list)
    vfa: list[tuple[str, Span]] = field(default_factory=list)
    completeness: list[tuple[str, Span]] = field(default_factory=list)
    ranges: list[tuple[int, LevelGroup]] = field(default_factory=list)
    nothing_read: list[Span] = field(default_factory=list)
    comparisons: list[tuple[str, str, Span]] = field(default_factory=list)
    advice: list[tuple[str, Span]] = field(default_factory=list)
    preliminary: list[Span] = field(default_factory=list)
    addendum: list[Span] = field(default_factory=list)
    rows: list[tuple[str, str, Span]] = field(default_factory=list)
    """Levels the scanner measured, and what its software calls them."""
    columns: int = -1
    """The paragraph in which a table has a column of T-scores."""
    tabled: list[str] = field(default_factory=list)
    """Levels that have a row of a table."""
    spoke: set[int] = field(default_factory=set)
    """Start of each sentence that was accounted for here."""

    spoke_at: set[int] = field(default_factory=set)
    """Start of each sentence that gave a fact of the session or of the patient."""

    @property
    def facts(self) -> int:
        """How many facts have been read."""
        lists: tuple[Sized, ...] = (
            *(self.density, self.scores, self.vfa, self.completeness, self.ranges, self.nothing_read),
            *(self.comparisons, self.advice, self.preliminary, self.addendum, self.rows, self.tabled),
            self.spoke,
        )
        return sum(map(len, lists))
