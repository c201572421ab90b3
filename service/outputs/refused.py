"""What an answer says of resources that made no study: those that are not R4 are refused with everything that
is wrong, those that were left out are named.
"""

from collections.abc import Sequence

from service.core.codes import Severity, StudyState
from service.errors import CODES, Problem, outcome
from service.outputs.answer import bundle_entry, write_summary
from service.outputs.codings import Json
from service.outputs.explanation import VERSION, write_binary
from service.outputs.operation_outcome import write_outcome
from service.outputs.provenance import Digests

SENDER = "the sender"


def write_refused(label: str, problems: Sequence[Problem], digests: Digests) -> list[Json]:
    """Its Bundle entries, the summary first; `label` is the FHIRPath it is named by."""
    refusal = write_outcome((), StudyState.REFUSED)
    refusal["issue"] += [each.issue() for each in problems]
    explanation: Json = {
        "explanation": VERSION,
        "study": {"key": label, "state": str(StudyState.REFUSED)},
        "digests": {"rulebook": digests.rulebook, "practice": digests.practice, "engine": digests.engine},
        "claims": [],
        "rejected": [],
        "edits": [],
        "findings": [_finding(each) for each in problems],
        "fixed": [],
    }
    return [
        bundle_entry("study", label, write_summary(label, StudyState.REFUSED)),
        bundle_entry("outcome", label, refusal),
        bundle_entry("explanation", label, write_binary(explanation, StudyState.REFUSED)),
    ]


def write_left_out(notes: Sequence[Problem]) -> list[Json]:
    """The entry that names what was left out, behind a summary of no study; nothing if nothing was."""
    if not notes:
        return []
    nothing: Json = {"resourceType": "Parameters", "parameter": []}
    return [bundle_entry("left-out", "", nothing), bundle_entry("left-out-notes", "", outcome(notes))]


def _finding(problem: Problem) -> Json:
    return {
        "code": problem.code,
        "severity": str(Severity.REJECT),
        "text": problem.text,
        "where": list(problem.expression),
        "settle": CODES[problem.code].what_to_do,
        "who": SENDER,
    }
