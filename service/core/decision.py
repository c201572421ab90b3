"""What the deciders say: a value with the reason for it, or what is missing to choose one.

`Chosen` always names what put the value there; `Undecided` always names findings. A `Finding` is about
this claim and travels in a 200 answer; trouble of the sender's envelope or of ours lives in `errors`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from service.core.codes import (
    ClaimType,
    Component,
    EditResult,
    Modifier,
    Procedure,
    Severity,
    Status,
    StudyState,
)
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.rulebook import Facts, FindingText, Hit, PayerIdentity, Row, Rulebook, RuleSet, Source
from service.core.study import Coverage, Gap, Known, Organization

V = TypeVar("V", covariant=True)


class Origin(StrEnum):
    """What kind of thing put a value on a claim."""

    ROW = "row"
    INPUT = "input"
    PRACTICE = "practice"
    OVERRIDE = "override"
    """A row of a payer file that changed a base row."""


class Because(NamedTuple):
    """One reason for a value: the row, input element or practice entry, its source and the evidence.

    A named tuple, for a study has some sixty of them and each is compared with others.
    """

    origin: Origin
    ref: str
    """Row id, FHIRPath or practice entry."""
    says: str
    source: Source | None = None
    where: str = ""
    status: Status | None = None
    evidence: tuple[Evidence, ...] = ()
    base: str = ""
    """Id of the base row an override changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something said about a study. `where` are FHIRPaths; `settle` says what settles it, `who` by whom."""

    code: FindingCode
    severity: Severity
    text: str
    where: tuple[str, ...]
    settle: str
    who: str
    prevents: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()
    """The rows that raised it, where rows did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Generic[V]):
    """A value and why; `because` is never empty. `findings` travel with it (warnings and notes)."""

    value: V
    because: tuple[Because, ...]
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if not self.because:
            raise ValueError("a chosen value needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """No value: the question that stays open and the findings that hold (or reject, or end) the study."""

    question: str
    needs: tuple[Finding, ...]

    def __post_init__(self) -> None:
        if not self.needs:
            raise ValueError("an undecided question needs a finding")


Choice: TypeAlias = Chosen[V] | Undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A value that was considered and not taken, why not, and what fact would flip that."""

    value: str
    instead_of: str
    """What the value was a candidate for: `diagnosis`, `component`, `procedure`, ..."""
    says: str
    because: tuple[Because, ...]
    flips: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOutcome:
    """The answer of one edit, with the edition it was checked against (empty: no edition)."""

    edit: str
    """Row id or edit name: `NCCI`, `MUE-77086`, ..."""
    result: EditResult
    edition: str
    says: str
    source: Source | None = None
    prevents: tuple[str, ...] = ()


def raise_finding(rulebook: Rulebook, code: FindingCode, /, *where: str, **values: str) -> Finding:
    """The finding of a code, its sentences filled with `values` from the rulebook's row."""
    text = rulebook.findings[code].then
    return _fill(text, code, where, values)


def finding_of(rulebook: Rulebook, gap: Gap) -> Finding:
    """The finding a gap of the study raises."""
    text = rulebook.findings[gap.code].then
    return _fill(text, gap.code, gap.where, dict(gap.values))


def _fill(text: FindingText, code: FindingCode, where: tuple[str, ...], values: dict[str, str]) -> Finding:
    return Finding(
        code=code,
        severity=text.severity,
        text=text.says.format_map(values),
        where=where,
        settle=text.settle.format_map(values),
        who=text.who,
        prevents=text.prevents,
    )


NO_SCOPE: Facts = MappingProxyType({})
NOT_STATED = "not-stated"
"""How a fact that is empty text is named to a row."""


def find_row(
    rulebook: Rulebook,
    rule_set: RuleSet[V],
    facts: Facts,
    *where: str,
    on: date,
    scope: Facts = NO_SCOPE,
) -> Hit[V] | Finding:
    """The row that answers a rule set's question on a day, or the finding that says none does."""
    if not rule_set.models(on):
        return raise_finding(
            rulebook,
            FindingCode.DATE_NOT_MODELLED,
            *where,
            question=rule_set.question,
            day=on.isoformat(),
        )
    hit = rule_set.ask_one(facts, on=on, scope=scope)
    if hit is not None:
        return hit
    told = ", ".join(f"{name}: {value}" for name, value in facts.items())
    return raise_finding(rulebook, FindingCode.NO_ROW, *where, question=rule_set.question, facts=told)


def because_row(hit: Hit[V], *evidence: Evidence) -> Because:
    """The reason a row gives, with the entry in force and the input that made it match."""
    row: Row[V] = hit.row
    return Because(
        origin=Origin.OVERRIDE if hit.base else Origin.ROW,
        ref=row.id,
        says=row.label,
        source=hit.entry.source,
        where=hit.entry.where,
        status=hit.entry.status,
        evidence=evidence,
        base=hit.base.id if hit.base else "",
    )


def because_fact(says: str, fact: Known[V]) -> Because:
    """The reason a fact of the study gives: its first evidence names it, the rest support it."""
    return because_evidence(says, *fact.evidence)


def because_evidence(says: str, *evidence: Evidence) -> Because:
    """A reason that rests on input elements or practice entries alone."""
    first = evidence[0]
    origin = {
        "element": Origin.INPUT,
        "practice": Origin.PRACTICE,
        "row": Origin.ROW,
        "ledger": Origin.INPUT,
        "prose": Origin.INPUT,
    }[first.kind]
    return Because(origin=origin, ref=first.where, says=says, evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An occurrence code of an institutional claim and its day."""

    code: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedLine:
    """One line to bill: what `core.claim` makes a claim line of."""

    component: Component
    procedure: Chosen[Procedure]
    modifiers: tuple[Chosen[Modifier], ...]
    service_day: Chosen[date]
    place_of_service: Chosen[str] | None
    units: Chosen[int]
    charge: Chosen[Decimal]
    revenue_code: Chosen[str] | None
    narrative: Chosen[str] | None = None
    """What the line says in words: why less was done, or every modifier where there are more than four."""
    purchase_price: Chosen[Decimal] | None = None
    """What the biller paid for the reading it bought, in US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedClaim:
    """One claim to write: its type, its biller, its lines and the diagnoses in billing order."""

    type: Chosen[ClaimType]
    billing: Chosen[Organization]
    lines: tuple[DecidedLine, ...]
    diagnoses: tuple[Chosen[str], ...]
    type_of_bill: Chosen[str] | None
    condition_codes: tuple[Chosen[str], ...] = ()
    occurrences: tuple[Chosen[Occurrence], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is billed for a study, everything said about it, and what was considered and not taken."""

    state: StudyState
    claims: tuple[DecidedClaim, ...]
    """The technical (or facility) claim first, then the professional one that refers to it."""
    findings: tuple[Finding, ...]
    edits: tuple[EditOutcome, ...]
    rejected: tuple[Rejected, ...]
    payer: Chosen[PayerIdentity] | None = None
    """The payer recognised and the row that did; None where nothing was asked of it."""
    payer_id: Chosen[str] | None = None
    """The id a claim is sent to the payer under, and what says it."""
    later_coverages: tuple[Coverage, ...] = ()
    """The coverages that pay after the first, without those that are not billed beside it."""
