"""Every way a row of `mappings/` is spoilt by the walk: taken out, and with another valid outcome.

Another outcome is another word of the same vocabulary, another value that some row of the same rule set has,
or one part more or less. Reasons in words (`says`, `flips`) are outcomes only where a row says nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from service.core.codes import BilledBy, Severity
from service.core.rule_answers import ModifierChoice, UniformBillCode
from service.core.rulebook import Row, Rulebook, RuleSet
from service.store.payer_thens import PLAIN
from service.store.rule_facts import MEANINGS

READ_OF_PROSE = frozenset({"report_terms", "report_sections", "report_reviews", "report_precedences"})
"""Rule sets of the reading of prose, which has a walk of its own (`tests/prose`)."""
WORDS = frozenset({"says", "flips", "unbilled", "holds", "conflict", "name", "left_off"})
"""What a row says beside its outcome."""
TAKEN_OUT = "taken out"
OTHER_DIAGNOSES = frozenset({"M54.6", "Z13.820"})
OTHERWISE: Mapping[str, str] = {
    "type_of_bill": "022",
    "revenue_code": "0300",
    "character": "Z",
    "denial": "expected",
    "condition_code": "08",
    "occurrence_code": "24",
    "adjudication_indicator": "1",
    "code": "Z13.820",
}
"""A valid value for a field whose rule set has no second one."""

TOGGLED: Mapping[str, str] = {"warns": "the line is denied", "needs_diagnosis": "Z00.6"}
"""What a modifier's row says or does not say, and a value where it says nothing."""

UNSEEN: Mapping[tuple[str, str], str] = {
    ("MOD-99", "rank"): "it stands for all others, so it stands alone and is never left off",
    ("MOD-99", "warns"): "it stands for others, whose rows warn",
    ("MOD-99", "needs_diagnosis"): "it stands for others, whose rows need it",
    ("PART-77089-WHOLE", "component_modifier"): "the whole of a service has no component",
    ("PART-WHOLE-READING", "component_modifier"): "nothing is billed",
    ("PART-0557T-SCAN", "component_modifier"): "nothing is billed",
    ("DX-NO-FRACTURE-REASON", "also"): "all reasons lead already",
    **{
        (f"REASON-{row}", "rank"): "every pattern leaves the class off, so it has no place among others"
        for row in (
            *("SCREENING", "OSTEOPOROTIC-FRACTURE", "COLLAPSED-VERTEBRA"),
            *("PATHOLOGICAL-FRACTURE", "TRAUMATIC-FRACTURE", "NECK-FRACTURE"),
        )
    },
    ("INST-CAH-READING", "type_of_bill"): "a claim has one type of bill, that of its first line",
}
"""Parts of a row that nothing could show, and why: the one list of exceptions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A rulebook with one row taken out or altered."""

    row: str
    place: str
    how: str
    rules: Rulebook

    def __str__(self) -> str:
        return f"{self.place} {self.row}: {self.how}"


def rule_set_names(rules: Rulebook) -> list[str]:
    """The rule sets that the walk takes, by their attribute of the rulebook."""
    named = (one.name for one in fields(rules) if isinstance(getattr(rules, one.name), RuleSet))
    return [name for name in named if name not in READ_OF_PROSE]


def spoilt(rules: Rulebook) -> Iterator[Spoilt]:
    """Every spoilt rulebook: each row taken out, each row with each other outcome."""
    for name in rule_set_names(rules):
        for row in (*getattr(rules, name).rows, *getattr(rules, name).overrides):
            yield _with(rules, name, row, None, TAKEN_OUT)
            for how, then in other_outcomes(row, getattr(rules, name).rows):
                yield _with(rules, name, row, replace(row, then=then), how)
    for code, row in rules.findings.items():
        for severity in Severity:
            if severity is not row.then.severity:
                other = replace(row, then=replace(row.then, severity=severity))
                findings = MappingProxyType({**rules.findings, code: other})
                yield Spoilt(
                    row=code,
                    place=f"{row.file}:{row.line}",
                    how=f"severity {severity}",
                    rules=replace(rules, findings=findings),
                )


def _with(rules: Rulebook, name: str, row: Row[Any], other: Row[Any] | None, how: str) -> Spoilt:
    rule_set = getattr(rules, name)
    lists = {
        key: tuple(
            each for one in getattr(rule_set, key) if (each := other if one is row else one) is not None
        )
        for key in ("rows", "overrides")
    }
    spoilt_set = replace(rule_set, **lists)
    return Spoilt(
        row=row.id, place=f"{row.file}:{row.line}", how=how, rules=replace(rules, **{name: spoilt_set})
    )


def other_outcomes(row: Row[Any], rows: tuple[Row[Any], ...]) -> Iterator[tuple[str, Any]]:
    """Each other outcome of a row, and how it differs."""
    then = row.then
    if isinstance(then, ModifierChoice) and (row.id, "rank") not in UNSEEN:
        other = replace(then, rank=0, left_off="x") if then.rank else replace(then, rank=99, left_off="")
        yield "carried or left off the other way", other
    if isinstance(then, UniformBillCode):
        condition, occurrence = then.occurrence_code, then.condition_code
        yield "the other kind of code", replace(then, condition_code=condition, occurrence_code=occurrence)
    names = ["hold"] if getattr(then, "hold", "") else [one.name for one in fields(then)]
    outcomes = [name for name in names if name not in WORDS] or names
    for name in outcomes:
        if (row.id, name) in UNSEEN or _has_no_place(name, then):
            continue
        value = getattr(then, name)
        pool = [getattr(one.then, name) for one in rows]
        for other in _others(name, value, pool, then):
            yield f"{name} {_shown(value)} -> {_shown(other)}", replace(then, **{name: other})


def _has_no_place(name: str, then: Any) -> bool:
    """Whether the schema refuses the field beside the rest (a modifier that is left off, firm support)."""
    if isinstance(then, ModifierChoice):
        return name in TOGGLED and bool(then.left_off)
    return name == "low_density" and then.support != "weak"


def _others(name: str, value: Any, pool: list[Any], then: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, StrEnum):
        yield _next(value)
    elif isinstance(value, int):
        yield from _other_numbers(name, value, pool, then)
    elif isinstance(value, Mapping):
        yield from _other_mappings(value)
    elif isinstance(value, frozenset):
        yield from _other_sets(value, pool)
    elif isinstance(value, tuple):
        yield from _other_lists(value, pool)
    elif isinstance(value, str):
        yield from _other_texts(name, value, pool, then)
    else:
        raise TypeError(f"no other value is known for {name}: {value!r}")


def _next(word: StrEnum) -> StrEnum:
    """Another word; of billers the hospital, because owner and reader are often one organization."""
    if isinstance(word, BilledBy) and word is not BilledBy.HOSPITAL:
        return BilledBy.HOSPITAL
    words = list(type(word))
    return words[(words.index(word) + 1) % len(words)]


def _other_numbers(name: str, value: int, pool: list[int], then: Any) -> Iterator[int]:
    if name == "rank":
        if value:
            yield max(pool) + 1 if value < max(pool) else min(one for one in pool if one) - 1
    else:
        yield value + 1
        if value > 1:
            yield value - 1


def _other_mappings(value: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Another word for every fact a concept means; a mapping of reasons in words is emptied."""
    if not value.keys() <= MEANINGS.keys():
        yield {}
        return
    for key in value:
        words = MEANINGS[key] or OTHER_DIAGNOSES
        yield {**value, key: min(words - {value[key]})}


def _other_sets(value: frozenset[Any], pool: list[frozenset[Any]]) -> Iterator[frozenset[Any]]:
    """One part less where there are several, another part where there is one, a part where there is none."""
    if len(value) > 1:
        yield value - {min(value)}
        return
    example = next(iter(value), "")
    known = set(type(example)) if isinstance(example, StrEnum) else set().union(*pool)
    if known - value:
        yield frozenset({min(known - value)})


def _other_lists(value: tuple[Any, ...], pool: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Without its first part, and with that altered; a part, where there is none."""
    if not value:
        yield from [each[:1] for each in pool if each][:1]
        return
    if len(value) > 1 or () in pool or is_dataclass(value[0]):
        yield value[1:]
    for place, one in enumerate(value):
        if is_dataclass(one):
            yield from (_put(value, place, other) for other in _other_parts(one))
        elif isinstance(one, StrEnum):
            yield _put(value, place, _next(one))


def _other_parts(one: Any) -> Iterator[Any]:
    for each in fields(one):
        part = getattr(one, each.name)
        others = _other_lists(part, []) if isinstance(part, tuple) else iter([_next(part)])
        yield from (replace(one, **{each.name: other}) for other in others if other != ())


def _put(value: tuple[Any, ...], place: int, other: Any) -> tuple[Any, ...]:
    return (*value[:place], other, *value[place + 1 :])


def _other_texts(name: str, value: str, pool: list[str], then: Any) -> Iterator[str]:
    own = {getattr(then, one.name) for one in fields(then)} if hasattr(then, "first") else {value}
    others = sorted({one for one in pool if one} - own) or [OTHERWISE.get(name, "")]
    if name in WORDS:
        yield "Something else."
    elif name == "hold":
        yield "" if value else "Something is to be asked."
    elif name in TOGGLED:
        yield "" if value else TOGGLED[name]
    elif name == "keep":
        yield "" if value else then.second
    elif name == "billed_as":
        yield others[-1]
    elif name in ("condition_code", "occurrence_code") and not value:
        return  # a row has one of the two
    elif name == "denial" and then.stance in PLAIN:
        return  # such a row would be refused
    elif others[0] and others[0] != value:
        yield others[0]


def _shown(value: Any) -> str:
    if isinstance(value, tuple | frozenset):
        parts = map(_shown, value if isinstance(value, tuple) else sorted(value))
        return f"[{', '.join(parts)}]"
    if is_dataclass(value):
        return " ".join(_shown(getattr(value, each.name)) for each in fields(value))
    return str(dict(value)) if isinstance(value, Mapping) else str(value)
