"""What was done on a sandbox, step by step, and how it ended: proved, failed, or unavailable."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.errors import Declined, Unavailable


class Result(StrEnum):
    """How it ended."""

    PROVED = "proved"
    CLEANED = "cleaned"
    FAILED = "failed"
    """The server refused something, or gave back something else."""
    UNAVAILABLE = "unavailable"
    """The server gave no answer: neither success nor failure."""


class Differs(Exception):  # noqa: N818
    """What the server has is not what was promised; `says` why."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done: in words, and in numbers."""

    says: str
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every step that was done, the result, and what stopped it if anything did."""

    base: str
    tag: str
    result: Result
    steps: tuple[Step, ...]
    why: str = ""


def reported_steps(steps: Iterable[Step], *, base: str, tag: str, success: Result) -> Report:
    """Does the steps (an iterator) until all are done or one cannot be."""
    done: list[Step] = []
    result, why = success, ""
    try:
        for step in steps:
            done.append(step)
    except Unavailable as unavailable:
        result, why = Result.UNAVAILABLE, unavailable.says
    except (Declined, Differs) as failure:
        result, why = Result.FAILED, failure.says
    return Report(base=base, tag=tag, result=result, steps=tuple(done), why=why)


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "base": report.base,
        "tag": report.tag,
        "result": str(report.result),
        **({"why": report.why} if report.why else {}),
        "steps": [{"step": step.says, **dict(step.counts)} for step in report.steps],
    }


def as_text(report: Report) -> str:
    """The report for people."""
    lines = [f"{report.base}, tag {report.tag}"]
    for step in report.steps:
        counts = ", ".join(f"{count} {what}" for what, count in step.counts)
        lines.append(f"  {step.says}{f': {counts}' if counts else ''}")
    lines.append(f"{report.result}{f': {report.why}' if report.why else ''}")
    return "\n".join(lines)
