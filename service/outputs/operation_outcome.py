"""Everything found about a study as one OperationOutcome: first its state, then one issue a finding."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from service.core.codes import Severity, StudyState
from service.core.decision import Finding
from service.outputs import codings
from service.outputs.codings import Json, given
from service.outputs.fhir_claim import state_tag

PRACTICE_PREFIX = "practice:"

ISSUE_SEVERITY: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.REJECT: "error",
        Severity.HOLD: "error",
        Severity.WARN: "warning",
        Severity.NOTE: "information",
    }
)
"""Both stop the study: a reject until the sender corrects it, a hold until somebody settles it."""

STATE_SAYS: Mapping[StudyState, str] = MappingProxyType(
    {
        StudyState.CLEAN: "The study is billed; nothing stands against its claims.",
        StudyState.BILLABLE: "The study is billed; look at the warnings before the claims are sent.",
        StudyState.HELD: "The study is held: nothing is billed until what is missing is supplied.",
        StudyState.NONE: "There is nothing to bill for the study.",
        StudyState.REFUSED: "The study is refused: the sender must correct it and send it again.",
    }
)


def write_outcome(findings: Iterable[Finding], state: StudyState) -> Json:
    """The OperationOutcome of a study: reject and hold are errors, a warn a warning, a note information."""
    return {
        "resourceType": "OperationOutcome",
        "meta": {"tag": [state_tag(state)]},
        "issue": [_state_issue(state), *(_issue(finding) for finding in findings)],
    }


def finding_concept(finding: Finding) -> Json:
    """CodeableConcept of a finding: its permanent code and its sentence about this study."""
    return {"coding": [{"system": codings.FINDING, "code": str(finding.code)}], "text": finding.text}


def remedy(finding: Finding) -> str:
    """What settles a finding, by whom, and which denials that prevents."""
    parts = (
        f"To settle: {finding.settle}" if finding.settle else "",
        f"By: {finding.who}." if finding.who else "",
        f"Prevents: {', '.join(finding.prevents)}." if finding.prevents else "",
    )
    return " ".join(part for part in parts if part)


def _state_issue(state: StudyState) -> Json:
    return {
        "severity": "information",
        "code": "informational",
        "details": {"coding": [state_tag(state)], "text": STATE_SAYS[state]},
    }


def _issue(finding: Finding) -> Json:
    # Practice entries are no FHIRPaths, so they go into the words for people.
    entries = [place for place in finding.where if place.startswith(PRACTICE_PREFIX)]
    at = f" See {', '.join(entries)}." if entries else ""
    return {
        "severity": ISSUE_SEVERITY[finding.severity],
        "code": "informational" if finding.severity is Severity.NOTE else "business-rule",
        "details": finding_concept(finding),
        **given("diagnostics", f"{remedy(finding)}{at}".strip()),
        **given("expression", [place for place in finding.where if place not in entries]),
    }
