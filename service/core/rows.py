"""Rows and rule sets: one dated, sourced line of knowledge, and how it is found for a date of service.

A rule set asks one question. `ask_one` answers it with the single base row that matches the facts on the
day (then the most specific override), `ask_all` with every row that matches. No row is an answer too:
the caller gets None and holds. Neighbours: `rulebook` has what the rows of each rule set say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from service.core.codes import Status

Then = TypeVar("Then", covariant=True)
Facts = Mapping[str, str]
"""Named facts of one question, as text."""
Index = dict[tuple[str, ...], dict[tuple[str | None, ...], list[int]]]
"""Places of rows by the names of the facts they ask for, then by the values of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document a row rests on."""

    id: str
    title: str
    publisher: str
    date: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Days a row is in force (both ends included; `through` None is open) and where that is said."""

    from_: date
    through: date | None
    source: Source
    where: str
    status: Status

    def covers(self, day: date) -> bool:
        """Whether the row is in force on `day`."""
        return self.from_ <= day and (self.through is None or day <= self.through)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[Then]):
    """One row: when these facts hold, then this. A fact `when` does not name means any value."""

    id: str
    label: str
    when: Mapping[str, frozenset[str]]
    then: Then
    in_force: tuple[InForce, ...]
    file: str
    line: int
    overrides: str = ""
    """Id of the base row this one changes; empty for a base row."""
    applies_to: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """For an override: the payers, plans, sites and organizations it is for."""

    def matches(self, facts: Facts) -> bool:
        """Whether every fact the row names has one of the values it names."""
        return all(facts.get(name) in values for name, values in self.when.items())

    def on(self, day: date) -> InForce | None:
        """The entry in force on `day`, if any."""
        return next((entry for entry in self.in_force if entry.covers(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Generic[Then]):
    """A row found for a day: its value, the entry in force, and the base row where it is an override."""

    then: Then
    row: Row[Then]
    entry: InForce
    base: Row[Then] | None = None
    """The base row, where `row` is an override of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleSet(Generic[Then]):
    """Rows that answer one question. `looks_at` are the only facts its rows may name.

    A rule set is equal to itself alone, so that what is worked out from its rows once can be kept by it.
    """

    id: str
    question: str
    decides: str
    looks_at: tuple[str, ...]
    hit: str
    modelled_from: date
    modelled_through: date | None
    rows: tuple[Row[Then], ...]
    overrides: tuple[Row[Then], ...] = ()
    _index: "Index" = field(init=False, repr=False, compare=False)
    _hits: tuple[tuple[Hit[Then], ...], ...] = field(init=False, repr=False, compare=False)
    """For each row its hits, one an entry in force: made once, for they are the same for every study."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", _indexed(self.rows))
        hits = tuple(
            tuple(Hit(then=row.then, row=row, entry=entry) for entry in row.in_force) for row in self.rows
        )
        object.__setattr__(self, "_hits", hits)

    def models(self, day: date) -> bool:
        """Whether `day` lies inside the window this rule set claims to know."""
        return self.modelled_from <= day and (self.modelled_through is None or day <= self.modelled_through)

    def ask_one(self, facts: Facts, *, on: date, scope: Facts = MappingProxyType({})) -> Hit[Then] | None:
        """The one base row for these facts on that day, changed by the most specific override for `scope`."""
        matching = self.ask_all(facts, on=on)
        if not matching:
            return None
        base = matching[0]
        if not self.overrides:
            return base
        best: Hit[Then] | None = None
        for row in self.overrides:
            if (
                row.overrides == base.row.id
                and row.matches(facts)
                and all(scope.get(name) in values for name, values in row.applies_to.items())
                and (best is None or len(row.applies_to) > len(best.row.applies_to))
                and (entry := row.on(on)) is not None
            ):
                best = Hit(then=row.then, row=row, entry=entry, base=base.row)
        return best or base

    def ask_all(self, facts: Facts, *, on: date) -> tuple[Hit[Then], ...]:
        """Every base row that matches these facts and is in force on that day, in file order."""
        places: list[int] = []
        fact = facts.get
        for names, by_values in self._index.items():
            here = by_values.get(tuple(map(fact, names)))
            if here:
                places += here
        if not places:
            return ()
        places.sort()
        found: list[Hit[Then]] = []
        for place in places:
            for hit in self._hits[place]:
                if hit.entry.covers(on):
                    found.append(hit)
                    break
        return tuple(found)


def _indexed(rows: tuple[Row[Any], ...]) -> "Index":
    index: Index = {}
    for place, row in enumerate(rows):
        by_values = index.setdefault(tuple(row.when), {})
        for values in product(*row.when.values()):
            by_values.setdefault(values, []).append(place)
    return index
