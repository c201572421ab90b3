"""Rule sets and rows as text for people: what is asked, which rows answer, since when and on whose word."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from service.core.rulebook import InForce, Row, Rulebook, RuleSet

Rows = Iterable[Row[Any]]


def rule_sets(rulebook: Rulebook) -> tuple[RuleSet[Any], ...]:
    """Every rule set of the rulebook, in the order questions are asked."""
    values = (getattr(rulebook, each.name) for each in fields(rulebook))
    return tuple(value for value in values if isinstance(value, RuleSet))


def names(rulebook: Rulebook) -> tuple[str, ...]:
    """Everything `show` knows: ids of rule sets, rows, findings and sources."""
    sets = rule_sets(rulebook)
    rows = [row.id for each in sets for row in _rows(each)]
    return (*(each.id for each in sets), *rows, *map(str, rulebook.findings), *rulebook.sources)


def table_of_contents(rulebook: Rulebook) -> str:
    """One line a rule set: its id, how many rows it has, its question."""
    sets = rule_sets(rulebook)
    width = max(len(each.id) for each in sets)
    lines = (f"{each.id:<{width}}  {len(list(_rows(each))):>4} rows  {each.question}" for each in sets)
    return _joined(lines)


def show(rulebook: Rulebook, name: str) -> str | None:
    """A rule set with its rows, one row with its days in force, a finding or a source; None if nothing is."""
    for each in rule_sets(rulebook):
        if each.id == name:
            return _joined(_rule_set(each))
        for row in _rows(each):
            if row.id == name:
                return _joined((*_row(row), *_days(row.in_force)))
    for code, row in rulebook.findings.items():
        if code == name:
            return _joined((*_row(row), *_days(row.in_force)))
    source = rulebook.sources.get(name)
    return _joined(value_lines(source)) if source else None


def _rows(rule_set: RuleSet[Any]) -> Iterator[Row[Any]]:
    yield from rule_set.rows
    yield from rule_set.overrides


def _rule_set(rule_set: RuleSet[Any]) -> Iterator[str]:
    through = rule_set.modelled_through or "open"
    yield f"{rule_set.id}: {rule_set.question}"
    yield f"  looks at   {', '.join(rule_set.looks_at) or 'nothing'}"
    yield f"  modelled   {rule_set.modelled_from} to {through}"
    for row in _rows(rule_set):
        yield ""
        yield from _row(row)


def _row(row: Row[Any]) -> Iterator[str]:
    yield f"{row.id}: {row.label}"
    yield f"  file       {row.file}:{row.line}"
    if row.overrides:
        yield f"  overrides  {row.overrides} for {facts_text(row.applies_to)}"
    if row.when:
        yield f"  when       {facts_text(row.when)}"
    yield from (f"  then       {line}" for line in value_lines(row.then))


def _days(in_force: Iterable[InForce]) -> Iterator[str]:
    for entry in in_force:
        source = entry.source
        yield f"  in force   {entry.from_} to {entry.through or 'open'} ({entry.status})"
        yield f"  source     {source.id}: {source.title}, {source.publisher}, {source.date}; {entry.where}"


def facts_text(facts: Mapping[str, frozenset[str]]) -> str:
    """Facts and the values they may have; `everybody` where there are none."""
    return (
        "; ".join(f"{name} is {' or '.join(sorted(values, key=in_order))}" for name, values in facts.items())
        or "everybody"
    )


def value_lines(value: Any) -> Iterator[str]:
    """What a row or a source says, a line for each part that says something."""
    for each in fields(value):
        said = _said(getattr(value, each.name))
        if said:
            yield f"{each.name.replace('_', ' ')}: {said}"


def in_order(text: str) -> list[tuple[int, str]]:
    """Sorts T2 before T10, and M54.06 before M54.6."""
    parts = [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text)]
    return [*parts, (0, text)]


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_said(each)}" for name, each in value.items())
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(_said, value), key=in_order))
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "nothing"
    if is_dataclass(value):
        return " ".join(value_lines(value))
    return value.value if isinstance(value, StrEnum) else str(value)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
