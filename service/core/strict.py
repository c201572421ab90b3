"""The strict setting: only rows that rest on a published source may put a value on a claim."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

from service.core.codes import Status, StudyState
from service.core.decision import Because, Decision, raise_finding
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook


def hold_unsourced(decision: Decision, rulebook: Rulebook) -> Decision:
    """The decision, held where a row that decided is inferred or general knowledge; each row is named."""
    rows = {because.ref: because.status for because in _reasons(decision.claims) if _is_unsourced(because)}
    if not rows:
        return decision
    findings = tuple(
        raise_finding(rulebook, FindingCode.ROW_NOT_SOURCED, row=row, status=str(status))
        for row, status in sorted(rows.items())
    )
    return replace(decision, state=StudyState.HELD, claims=(), findings=(*decision.findings, *findings))


def _is_unsourced(because: Because) -> bool:
    return because.status not in {None, Status.SOURCED}


def _reasons(value: object) -> Iterator[Because]:
    if isinstance(value, Because):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _reasons(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _reasons(getattr(value, field.name))
