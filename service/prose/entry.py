"""One vertebra's entry from everything said of it: attributes, impression before body, and its status.

Neighbours: `resolve` decides whether it is a fracture, `statements` holds what was said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.core.rulebook import Precedence, Row, Stands
from service.prose.reading import Contradiction, DeformitySaid, DenialSaid, FractureSaid, Span
from service.prose.statements import Mention

LONG_UNCHANGED_DAYS = 365
GRADE_PERCENT = {1: (15, 30), 2: (20, 45), 3: (35, 100)}
"""Loss of height that goes with a Genant grade (20-25, 25-40, over 40), five points wider on either side."""
ALIKE = ({"osteoporotic", "fragility", "insufficiency"}, {"neoplastic", "pathologic_unspecified"})


@dataclass(slots=True, kw_only=True)
class Resolved:
    """Entries per vertebra and what was found on the way."""

    fractures: list[FractureSaid] = field(default_factory=list)
    deformities: list[DeformitySaid] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    denial: DenialSaid | None = None
    signs: set[str] = field(default_factory=set)
    """Signs that a coder should look (`report-review` rows)."""
    unclear: list[tuple[Span, str]] = field(default_factory=list)
    precedences: Mapping[str, Row[Precedence]]
    """Which of two statements stands where they differ (`report-precedence` rows)."""

    def stands(self, kind: str) -> Stands:
        """The statement that counts where two differ in this way."""
        return self.precedences[kind].then.stands

    def contradict(self, kind: str, *spans: Span) -> None:
        """Keeps a contradiction, each pair once."""
        row = self.precedences[kind]
        said = Contradiction(
            kind=kind,
            resolved=row.then.settled,
            spans=tuple(dict.fromkeys(spans)),
            row=row.id,
            says=row.label,
        )
        if said not in self.contradictions:
            self.contradictions.append(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the levels are weighed with: the attempted range and the day of the reading, where known."""

    attempted: tuple[str, str] | None
    prior: str
    """Date of the comparison, ISO as far as given."""
    read_on: date | None


def grade_fits(entry: FractureSaid) -> bool:
    """Whether the loss of height lies near what the Genant grade stands for."""
    numbers = [int(part) for part in re.findall(r"\d+", entry.height_loss_percent)]
    if entry.grade not in GRADE_PERCENT or not numbers or entry.height_loss_percent[0] in "<>":
        return True
    low, high = GRADE_PERCENT[entry.grade]
    return low <= max(numbers) and min(numbers) <= high


def entry_of(
    level: str, certainty: str, mentions: list[Mention], frame: Frame, out: Resolved
) -> FractureSaid:
    if certainty == "denied":
        spans = tuple(m.span for m in mentions if m.certainty == "denied")
        change = next((m.change for m in mentions if m.change), "")
        return FractureSaid(
            level=level,
            is_fracture="denied",
            status="",
            change=change or "not_stated",
            spans=spans,
            rows=_rows(mentions),
        )
    stated = [m for m in mentions if m.certainty != "denied"] or mentions
    age = next((m.age for m in stated if m.age), "not_stated")
    ages = {m.age for m in stated if m.age}
    if len(ages) > 1 and ages != {"chronic", "old"}:
        out.signs.add("ages-differ")
    if "old" in ages and "chronic" in ages:
        age = "old"
    change = next((m.change for m in stated if m.change), "not_stated")
    grade = next((m for m in stated if m.graded), None)
    hedged = {target for m in stated for target in m.hedged_on if target != "benign"} - {"fracture"}
    if certainty == "uncertain":
        hedged.add("fracture")
    if any(m.either for m in stated):
        out.signs.add("one-of-several")
    causes = {m.cause for m in stated if m.cause}
    if len(causes) > 1 and not any(causes <= alike for alike in ALIKE):
        out.signs.add("causes-differ")
    return FractureSaid(
        level=level,
        is_fracture=certainty,
        shape=_shape(stated),
        grade=grade.grade if grade else None,
        grade_basis=grade.basis if grade else "none",
        height_loss_percent=next((m.percent for m in stated if m.percent), ""),
        age=age,
        cause=_cause(stated),
        change=change,
        status=_status(stated, age, change, frame, out),
        hedged_on=tuple(sorted(hedged)),
        spans=tuple(dict.fromkeys(m.span for m in stated)),
        rows=_rows(stated),
    )


def _rows(mentions: list[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row for mention in mentions for row in mention.rows))


def _shape(stated: list[Mention]) -> str:
    shapes = [m.shape for m in stated if m.shape]
    return next((shape for shape in shapes if shape != "endplate"), shapes[0] if shapes else "")


def _cause(stated: list[Mention]) -> str:
    causes = [m.cause for m in stated if m.cause]
    if "neoplastic" in causes:
        return "neoplastic"
    return causes[0] if causes else "not_stated"


def _status(stated: list[Mention], age: str, change: str, frame: Frame, out: Resolved) -> str:
    treated = any(m.treated for m in stated)
    if treated:
        if any(m.head == "fracture" and (m.change == "new" or m.age == "acute") for m in stated):
            out.signs.add("treated-and-new")
        return "treated"
    if age == "old":
        return "healed"
    if change == "unchanged":
        since = next((m.since for m in stated if m.change == "unchanged" and m.since), frame.prior)
        interval = long_ago(since, frame)
        if interval is None:
            out.signs.add("unchanged-since-when")
        elif interval:
            out.signs.add("long-unchanged")
            return "healed"
    return "current"


def long_ago(since: str, frame: Frame) -> bool | None:
    """Whether the study compared with is a year old or more; None where that cannot be told."""
    if not since or frame.read_on is None:
        return None
    year, month, day = (int(part) for part in (since + "-12-28"[3 * (since.count("-")) :]).split("-"))
    latest = date(year, min(max(month, 1), 12), min(max(day, 1), 28))
    return (frame.read_on - latest).days >= LONG_UNCHANGED_DAYS
