"""What one rule set says of another: classes and level families that diagnosis patterns name, payers that
stances and overrides name. A name that nothing answers to would silently do nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from service.core.rulebook import DiagnosisPattern, Row, RuleSet
from service.store.yaml_text import Trouble, did_you_mean

CLASS, LEVEL = "class:", "level:"


def links(sets: Mapping[str, RuleSet[Any]]) -> Iterator[Trouble]:
    """Every name that leads nowhere."""
    classes = {row.then.reason_class for row in sets["reason-class"].rows}
    families = {name for row in sets["level-code"].rows for name in row.when.get("family", ())}
    payers = {row.then.payer for row in sets["payer-identity"].rows}
    for row in sets["diagnosis-pattern"].rows:
        yield from _tokens(row, classes, families)
    for rule_set in sets.values():
        for row in (*rule_set.rows, *rule_set.overrides):
            for named in (row.when, row.applies_to):
                yield from _unknown(row, named.get("payer", ()), payers, "payer")


def _tokens(row: Row[DiagnosisPattern], classes: set[str], families: set[str]) -> Iterator[Trouble]:
    tokens = (*row.then.lead, *row.then.also)
    for prefix, known in ((CLASS, classes), (LEVEL, families)):
        named = [token.removeprefix(prefix) for token in tokens if token.startswith(prefix)]
        yield from _unknown(row, named, known, prefix.removesuffix(":"))
    yield from _unknown(row, row.then.drop, classes, "class")


def _unknown(row: Row[Any], named: Iterable[str], known: Iterable[str], what: str) -> Iterator[Trouble]:
    for name in sorted(set(named) - set(known)):
        says = f"no row knows the {what} {name}{did_you_mean(name, known)}"
        yield Trouble(file=row.file, line=row.line, key=row.id, says=says)
