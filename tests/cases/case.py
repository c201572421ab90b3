"""A golden case: short facts in, the claims, findings and rows expected of them.

`check` answers every difference at once, each with the line of the case file it contradicts. `cited` names
every row that a decision rests on, which is how the rows without a case are found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from service.core.claim import Claim, ClaimLine, build
from service.core.codes import Severity
from service.core.decide import decide
from service.core.decision import Because, Chosen, Decision, Origin
from service.core.evidence import EvidenceKind
from service.core.rulebook import Rulebook
from service.store.yaml_text import Node, read_documents
from tests.cases.rules import rulebook
from tests.cases.study_of import DEFAULTS, practice_of, study_of

CASE_KEYS = {"name", "given", "expect"}
EXPECT_KEYS = {"state", "claims", "findings", "notes", "because", "not", "edits", "says", "payer", "quiet"}
NAMED_LAST = re.compile(r"\(([A-Z0-9.-]+)\)$")
"""The row that an edit names at the end of its answer."""
NEVER_LISTED = frozenset({Severity.NOTE})
"""Notes are listed apart: `findings` are the rejects, holds and warnings, all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a file."""

    file: str
    line: int
    name: str
    node: Node

    @property
    def quiet(self) -> list[str]:
        """The rows that must not speak up."""
        return _texts(((self.node.fields or {})["expect"].fields or {}).get("quiet"))

    @property
    def given(self) -> dict[str, Any]:
        """The facts that differ from the ordinary study."""
        plain: dict[str, Any] = self.node.plain()  # type: ignore[assignment]
        return dict(plain.get("given") or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a case expects and what was decided instead."""

    file: str
    line: int
    field: str
    expected: object
    decided: object

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field}: expected {self.expected}, decided {self.decided}"


def read_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises ValueError for a key that is no part of a case."""
    cases = []
    for document in read_documents(path):
        for node in document.items or ():
            _refuse_unknown(path.name, node)
            name = (node.fields or {})["name"].text or ""
            cases.append(Case(file=path.name, line=node.line, name=name, node=node))
    return cases


def decided(case: Case, rules: Rulebook | None = None) -> tuple[Decision, tuple[Claim, ...]]:
    """What is decided for the facts of a case, by the rules that travel with the service or by others."""
    study = study_of(case.given)
    decision = decide(study, practice_of(case.given), rules or rulebook())
    return decision, build(study, decision)


def check(case: Case, rules: Rulebook | None = None) -> list[Difference]:
    """Everything in which the decision is not what the case expects."""
    return compare(case, *decided(case, rules))


def compare(case: Case, decision: Decision, claims: tuple[Claim, ...]) -> list[Difference]:
    """Everything in which a decision and its claims are not what the case expects."""
    expect = (case.node.fields or {})["expect"]
    return list(chain(_check_whole(case, expect, decision, claims), _check_claims(case, expect, claims)))


def cited(decision: Decision, claims: tuple[Claim, ...] = ()) -> set[str]:
    """The ids of every row the decision names: in reasons, findings, edits and rejections."""
    values = [value for claim in decision.claims for value in _values(claim)]
    values += [value for claim in claims for value in _values(claim)]
    reasons: list[Because] = list(chain.from_iterable(value.because for value in values))
    reasons += chain.from_iterable(one.because for one in decision.rejected)
    reasons += chain.from_iterable(one.because for one in decision.findings)
    found = {one.ref for one in reasons if one.origin in (Origin.ROW, Origin.OVERRIDE)}
    found |= {one.base for one in reasons if one.base}
    found |= set(chain.from_iterable(_row_evidence(one) for one in reasons))
    found |= {one.code.value for one in decision.findings}
    found |= {row for one in decision.edits for row in NAMED_LAST.findall(one.says)}
    return found | {one.edit for one in decision.edits}


def _row_evidence(because: Because) -> Iterator[str]:
    return (one.where for one in because.evidence if one.kind is EvidenceKind.ROW)


def _values(thing: Any) -> Iterator[Chosen[Any]]:
    """Every chosen value anywhere in a claim."""
    if isinstance(thing, Chosen):
        yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from _values(one)
    elif hasattr(type(thing), "__dataclass_fields__"):
        for name in type(thing).__dataclass_fields__:
            yield from _values(getattr(thing, name))


def _check_whole(
    case: Case, expect: Node, decision: Decision, claims: tuple[Claim, ...]
) -> Iterator[Difference]:
    loud = sorted({one.code.value for one in decision.findings if one.severity not in NEVER_LISTED})
    said = {one.code.value for one in decision.findings}
    rows = cited(decision, claims)
    rejected = {one.value for one in decision.rejected}
    edits = {one.edit: one.result.value for one in decision.edits}
    fields = expect.fields or {}
    yield from _same(case, expect, "state", decision.state.value)
    if "findings" in fields or loud:
        expected = sorted(_texts(fields.get("findings")))
        if expected != loud:
            yield _difference(case, expect, "findings", expected, loud)
    for key, present in (("notes", said), ("because", rows), ("not", rejected)):
        missing = [one for one in _texts(fields.get(key)) if one not in present]
        if missing:
            yield _difference(case, expect, key, missing, sorted(present))
    spoken = [one for one in _texts(fields.get("quiet")) if one in rows]
    if spoken:
        yield _difference(case, expect, "quiet", "nothing of these", spoken)
    told = [one.text for one in decision.findings]
    unsaid = [one for one in _texts(fields.get("says")) if not any(one in text for text in told)]
    if unsaid:
        yield _difference(case, expect, "says", unsaid, told)
    yield from _check_payer(case, expect, decision)
    for edit, node in ((fields["edits"].fields or {}) if "edits" in fields else {}).items():
        if edits.get(edit) != node.text:
            yield _difference(case, expect, f"edits.{edit}", node.text, edits)


def _check_payer(case: Case, expect: Node, decision: Decision) -> Iterator[Difference]:
    """The payer as it was recognised: payer, plan (empty where not known) and kind of coverage."""
    node = (expect.fields or {}).get("payer")
    if node is None:
        return
    known = decision.payer.value if decision.payer else None
    shown = {"payer": known.payer, "plan": known.plan, "kind": known.kind.value} if known else {}
    if node.plain() != shown:
        yield _difference(case, expect, "payer", node.plain(), shown)


def _check_claims(case: Case, expect: Node, claims: tuple[Claim, ...]) -> Iterator[Difference]:
    node = (expect.fields or {}).get("claims")
    expected = (node.items or ()) if node else ()
    if len(expected) != len(claims):
        all_shown = [_shown(claim) for claim in claims]
        yield _difference(case, expect, "claims", f"{len(expected)} claims", all_shown)
        return
    for number, (wanted, claim) in enumerate(zip(expected, claims, strict=True)):
        shown = _shown(claim)
        for field, value in (wanted.fields or {}).items():
            plain = value.plain()
            if field not in shown or not _agrees(plain, shown[field]):
                place = f"claims[{number}].{field}"
                at = (wanted.key_lines or {}).get(field, wanted.line)
                yield Difference(
                    file=case.file, line=at, field=place, expected=plain, decided=shown.get(field)
                )


def _agrees(wanted: object, decided: object) -> bool:
    """Whether a value is the expected one; of a line only the named parts count."""
    if isinstance(wanted, dict) and isinstance(decided, dict):
        return all(name in decided and decided[name] == value for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(decided, list):
        pairs = zip(wanted, decided, strict=False)
        return len(wanted) == len(decided) and all(_agrees(*pair) for pair in pairs)
    return wanted == decided


def _shown(claim: Claim) -> dict[str, Any]:
    """A claim as a case writes it; `lines` only where there are several."""
    facts: dict[str, Any] = {
        "type": claim.type.value.value,
        "billing": claim.billing.value.name,
        "diagnoses": [code.value for code in claim.diagnoses],
        "type_of_bill": claim.type_of_bill.value if claim.type_of_bill else "",
        "rendering": claim.rendering.value.npi if claim.rendering else "",
        "referring": claim.referring.value.npi,
        "attending": claim.attending.value.npi if claim.attending else "",
        "payer_id": claim.coverage.value.payer_id,
        "facility": claim.service_facility.value.name,
        "condition_codes": [code.value for code in claim.condition_codes],
        "occurrences": [f"{one.value.code} {one.value.day.isoformat()}" for one in claim.occurrences],
        "later_coverages": [one.payer.name for one in claim.later_coverages],
        "associated": "yes" if claim.associated else "no",
        "lines": [_line(line) for line in claim.lines],
    }
    return {**facts, **_line(claim.lines[0])} if len(claim.lines) == 1 else facts


def _line(line: ClaimLine) -> dict[str, Any]:
    day: date = line.service_day.value
    return {
        "procedure": line.procedure.value.value,
        "modifiers": [one.value.value for one in line.modifiers],
        "place_of_service": line.place_of_service.value if line.place_of_service else "",
        "revenue": line.revenue_code.value if line.revenue_code else "",
        "units": str(line.units.value),
        "day": day.isoformat(),
        "narrative": line.narrative.value if line.narrative else "",
        "bought": _bought(line),
        "pointers": [str(one) for one in line.diagnosis_pointers],
    }


def _bought(line: ClaimLine) -> str:
    """`15.00 of 1999999943` where the reading was bought."""
    bought = line.purchase.value if line.purchase else None
    return f"{bought.price} of {bought.performer.npi}" if bought else ""


def _same(case: Case, expect: Node, key: str, value: str) -> Iterator[Difference]:
    node = (expect.fields or {}).get(key)
    if node is not None and node.text != value:
        yield _difference(case, expect, key, node.text, value)


def _texts(node: Node | None) -> list[str]:
    return [one.text or "" for one in (node.items or ())] if node else []


def _difference(case: Case, expect: Node, field: str, expected: object, was: object) -> Difference:
    line = (expect.key_lines or {}).get(field.split(".")[0], expect.line)
    return Difference(file=case.file, line=line, field=field, expected=expected, decided=was)


def _refuse_unknown(file: str, node: Node) -> None:
    fields = node.fields or {}
    given = fields["given"].fields or {} if "given" in fields else {}
    expect = fields["expect"].fields or {} if "expect" in fields else {}
    unknown = [
        *(fields.keys() - CASE_KEYS),
        *(given.keys() - DEFAULTS.keys()),
        *(expect.keys() - EXPECT_KEYS),
    ]
    if unknown or not {"name", "expect"} <= fields.keys():
        raise ValueError(f"{file}:{node.line}: not a part of a case, or missing: {unknown or 'name, expect'}")
