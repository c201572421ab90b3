"""What one rule set says of another: classes and level families that diagnosis patterns name, payers that
stances and overrides name, places of service. A name that nothing answers to would silently do nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from service.core.finding_codes import FindingCode
from service.core.rulebook import Denial, FindingText, Row
from service.store.rule_proofs import Written
from service.store.yaml_text import Node, Trouble, did_you_mean

CLASS, LEVEL = "class", "level"
NAMED = {"class:": CLASS, "found:": CLASS, "level:": LEVEL, "late-effect:": LEVEL}
"""Tokens that name a class of reasons or a family of level codes."""
Rows = Mapping[str, list[Written]]
Findings = Mapping[FindingCode, Row[FindingText]]


def links(rows: Rows) -> Iterator[Trouble]:
    """Every name that leads nowhere. `rows` are those of each rule set."""
    classes = {each.row.then.reason_class for each in rows["reason-class"]}
    families = {name for each in rows["level-code"] for name in each.row.when.get("family", ())}
    payers = {each.row.then.payer for each in rows["payer-identity"]}
    places = {place for each in rows["place-class"] for place in each.row.when.get("place_of_service", ())}
    for each in rows["place-of-service"]:
        named = (each.row.then.place_of_service,)
        yield from _unknown(each, named, places, "place of service", "then", "place_of_service")
    for each in rows["diagnosis-pattern"]:
        yield from _tokens(each, classes, families)
    for each in rows["code-also"]:
        yield from _unknown(each, each.row.then.needs, classes, CLASS, "then", "needs")
    for each in (each for written in rows.values() for each in written):
        for key, facts in (("when", each.row.when), ("applies_to", each.row.applies_to)):
            yield from _unknown(each, facts.get("payer", ()), payers, "payer", key, "payer")


def _tokens(each: Written, classes: Collection[str], families: Collection[str]) -> Iterator[Trouble]:
    for key in ("lead", "also"):
        tokens: tuple[str, ...] = getattr(each.row.then, key)
        for prefix, known in NAMED.items():
            named = [token.removeprefix(prefix).split("|")[0] for token in tokens if token.startswith(prefix)]
            known_names = classes if known == CLASS else families
            yield from _unknown(each, named, known_names, known, "then", key)
    for name in each.row.then.drop:
        yield from _unknown(each, [name], classes, CLASS, "then", "drop", name)


def denial_links(
    denials: Iterable[tuple[Denial, Node, str]], findings: Findings, rows: Rows
) -> Iterator[Trouble]:
    """Findings and denials that do not agree: every code a finding prevents has its denial, every denial is
    prevented by a finding or a row or says what is outside, and the rows it names are there."""
    known = {each.row.id for written in rows.values() for each in written} | set(rows)
    listed = {code: denial for denial, _, _ in denials for code in denial.codes}
    prevented = {code for row in findings.values() for code in row.then.prevents}
    for denial, node, file in denials:
        for name in denial.rows:
            if name not in known:
                says = f"no row or rule set is {name}{did_you_mean(name, known)}"
                yield Trouble(file=file, line=node.line_of(["rows"]), key=denial.code, says=says)
        if not (denial.rows or denial.outside or prevented & set(denial.codes)):
            says = "no finding and no row prevents it; say in `outside` what is not seen here"
            yield Trouble(file=file, line=node.line_of(["code"]), key=denial.code, says=says)
    for row in findings.values():
        given = [listed[code] for code in row.then.prevents if code in listed]
        remarks = {remark for denial in given for remark in denial.remarks}
        for code in row.then.prevents:
            if code not in listed and code not in remarks:
                says = f"{code} is no denial of denials.yaml, or no remark of one that the finding prevents"
                yield Trouble(file=row.file, line=row.line, key=f"{row.id}.prevents", says=says)


def _unknown(
    each: Written, named: Iterable[str], known: Collection[str], what: str, *path: str
) -> Iterator[Trouble]:
    for name in sorted(set(named) - set(known)):
        yield each.trouble(f"no row knows the {what} {name}{did_you_mean(name, known)}", *path)
