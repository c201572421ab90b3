"""What one rule set says of another: classes and level families that diagnosis patterns name, payers that
stances and overrides name. A name that nothing answers to would silently do nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from service.store.rule_proofs import Written
from service.store.yaml_text import Trouble, did_you_mean

CLASS, LEVEL = "class:", "level:"
Rows = Mapping[str, list[Written]]


def links(rows: Rows) -> Iterator[Trouble]:
    """Every name that leads nowhere. `rows` are those of each rule set."""
    classes = {each.row.then.reason_class for each in rows["reason-class"]}
    families = {name for each in rows["level-code"] for name in each.row.when.get("family", ())}
    payers = {each.row.then.payer for each in rows["payer-identity"]}
    for each in rows["diagnosis-pattern"]:
        yield from _tokens(each, classes, families)
    for each in (each for written in rows.values() for each in written):
        for key, facts in (("when", each.row.when), ("applies_to", each.row.applies_to)):
            yield from _unknown(each, facts.get("payer", ()), payers, "payer", key, "payer")


def _tokens(each: Written, classes: Collection[str], families: Collection[str]) -> Iterator[Trouble]:
    for key in ("lead", "also"):
        tokens: tuple[str, ...] = getattr(each.row.then, key)
        for prefix, known in ((CLASS, classes), (LEVEL, families)):
            named = [token.removeprefix(prefix) for token in tokens if token.startswith(prefix)]
            yield from _unknown(each, named, known, prefix.removesuffix(":"), "then", key)
    for name in each.row.then.drop:
        yield from _unknown(each, [name], classes, "class", "then", "drop", name)


def _unknown(
    each: Written, named: Iterable[str], known: Collection[str], what: str, *path: str
) -> Iterator[Trouble]:
    for name in sorted(set(named) - set(known)):
        yield each.trouble(f"no row knows the {what} {name}{did_you_mean(name, known)}", *path)
