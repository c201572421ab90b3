"""What is proved of the rows before a rulebook is used: every date of service inside the window that a rule
set models has one answer for what it models, and an override changes a row that is there, alone.

Neighbours: `rule_files` calls `proofs` with what it read; `rule_facts` has the words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from service.core.rulebook import InForce, Row, RuleSet
from service.store.rule_facts import FACTS, SCOPE
from service.store.yaml_text import Node, Trouble, did_you_mean

Region = Mapping[str, frozenset[str]]
ANY_OTHER = frozenset({""})
"""Stands for every value of an open fact that no row names."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A row and the place it is written at."""

    row: Row[Any]
    node: Node

    @property
    def region(self) -> Region:
        """The facts the row is for, with category and chapter that its diagnosis codes say by themselves."""
        when = self.row.when
        if "code" in when and "category" not in when:
            when = {**when, "category": frozenset(code[:3] for code in when["code"])}
        if "category" in when and "chapter" not in when:
            when = {**when, "chapter": frozenset(category[:1] for category in when["category"])}
        return when

    def trouble(self, says: str, *path: str | int) -> Trouble:
        """Something wrong with the row, at the line of a key of it."""
        key = ".".join(str(step) for step in (self.row.id, *path))
        return Trouble(file=self.row.file, line=self.node.line_of(path), key=key, says=says)


def proofs(rule_set: RuleSet[Any], written: Sequence[Written]) -> Iterator[Trouble]:
    """Everything that is wrong with the rows of one rule set, taken together."""
    bases = [each for each in written if not each.row.overrides]
    overrides = [each for each in written if each.row.overrides]
    wrong = [trouble for each in written for trouble in (*_facts(each, rule_set), *_days_once(each))]
    if wrong:
        yield from wrong
        return
    for each in overrides:
        yield from _override(each, {base.row.id: base.row for base in bases})
    yield from _ties(overrides)
    if rule_set.hit == "one":
        yield from _overlaps(bases)
        for each in bases:
            yield from _gaps(each, bases, rule_set)


def _facts(written: Written, rule_set: RuleSet[Any]) -> Iterator[Trouble]:
    yield from _named(written, "when", written.row.when, rule_set.looks_at)
    yield from _named(written, "applies_to", written.row.applies_to, SCOPE)


def _named(written: Written, key: str, facts: Region, known: Sequence[str]) -> Iterator[Trouble]:
    for fact, values in facts.items():
        if fact not in known:
            near = did_you_mean(fact, known) or f"; one of {', '.join(known) or 'none'}"
            yield written.trouble(f"is no fact that is looked at here{near}", key, fact)
            continue
        words = FACTS.get(fact)
        for value in sorted(values - words) if words else ():
            near = did_you_mean(value, words or ()) or f"; one of {', '.join(sorted(words or ()))}"
            yield written.trouble(f"{value} is no value of this fact{near}", key, fact)


def _days_once(written: Written) -> Iterator[Trouble]:
    for (_, first), (index, second) in combinations(enumerate(written.row.in_force), 2):
        if day := _shared_day([first], [second]):
            yield written.trouble(f"is in force twice on {day}", "in_force", index)


def _override(written: Written, bases: Mapping[str, Row[Any]]) -> Iterator[Trouble]:
    """What an override changes is there, for all of its days: beyond them it would silently do nothing."""
    base = bases.get(written.row.overrides)
    if base is None:
        near = did_you_mean(written.row.overrides, bases)
        yield written.trouble(f"{written.row.overrides} is no base row of this rule set{near}", "overrides")
    for index, entry in enumerate(written.row.in_force if base else ()):
        days = _starts(entry.from_, entry.through or date.max, [base] if base else [])
        day = next((each for each in days if base and base.on(each) is None), None)
        if day:
            says = (
                f"is in force on {day}, when {written.row.overrides} is not; end it, or override what follows"
            )
            yield written.trouble(says, "in_force", index)
    if not written.row.applies_to:
        says = f"an override says for whom it is: one or more of {', '.join(SCOPE)}"
        yield written.trouble(says, "applies_to")


def _ties(overrides: Sequence[Written]) -> Iterator[Trouble]:
    for first, second in combinations(overrides, 2):
        one, other = first.row, second.row
        if (
            one.overrides == other.overrides
            and len(one.applies_to) == len(other.applies_to)
            and _compatible(one.applies_to, other.applies_to)
            and _compatible(one.when, other.when)
            and (day := _shared_day(one.in_force, other.in_force))
        ):
            says = f"is as specific as {one.id} ({one.file}:{one.line}), and both are in force on {day}"
            yield second.trouble(says, "applies_to")


def _overlaps(bases: Sequence[Written]) -> Iterator[Trouble]:
    regions = [(each, each.region) for each in bases]
    for (first, here), (second, there) in combinations(regions, 2):
        one, other = first.row, second.row
        if _compatible(here, there) and (day := _shared_day(one.in_force, other.in_force)):
            says = f"answers what {one.id} ({one.file}:{one.line}) answers, both in force on {day}"
            yield second.trouble(says, "when")


def _gaps(written: Written, bases: Sequence[Written], rule_set: RuleSet[Any]) -> Iterator[Trouble]:
    """A row that holds on some day of the window needs an answer for its facts on every day of it."""
    row = written.row
    first, last = rule_set.modelled_from, rule_set.modelled_through or date.max
    if not any(entry.from_ <= last and (entry.through or date.max) >= first for entry in row.in_force):
        return
    region = written.region
    others = [base.row for base in bases if base.row is not row and _compatible(base.region, region)]
    for day in _starts(first, last, [row, *others]):
        if row.on(day) is None and _left(row.when, [other for other in others if other.on(day)]):
            says = f"no row answers this on {day}, inside the days modelled ({first} to {_shown(last)})"
            yield written.trouble(says, "in_force")
            return


def _starts(first: date, last: date, rows: Iterable[Row[Any]]) -> list[date]:
    """The first day of every stretch of the window on which the same rows are in force."""
    entries = [entry for row in rows for entry in row.in_force]
    starts = {first, *(entry.from_ for entry in entries)}
    starts |= {entry.through + DAY for entry in entries if entry.through}
    return sorted(day for day in starts if first <= day <= last)


def _left(region: Region, rows: Sequence[Row[Any]]) -> bool:
    """Whether the rows leave anything of the region without an answer."""
    if not rows:
        return True
    inside = dict(region)
    for fact, values in rows[0].when.items():
        have = inside.get(fact) or FACTS.get(fact) or values | ANY_OTHER
        if (outside := have - values) and _left({**inside, fact: outside}, rows[1:]):
            return True
        inside[fact] = have & values
        if not inside[fact]:
            return False
    return False


def _compatible(one: Region, other: Region) -> bool:
    """Whether some facts match both."""
    return all(not other[fact].isdisjoint(values) for fact, values in one.items() if fact in other)


def _shared_day(one: Iterable[InForce], other: Iterable[InForce]) -> date | None:
    others = tuple(other)
    for entry in one:
        for against in others:
            day = max(entry.from_, against.from_)
            if entry.covers(day) and against.covers(day):
                return day
    return None


def _shown(day: date) -> str:
    return "open" if day == date.max else day.isoformat()
