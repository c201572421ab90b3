"""The answer Bundle: a summary, then for each study its claims, outcome, provenance, task and explanation.

Every fullUrl follows from the role of a resource and the key of its study: equal input gives equal bytes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from service.core.codes import StudyState
from service.core.finding_codes import FindingCode
from service.outputs.codings import BASE, Json, given
from service.outputs.explanation import StudyAnswer, explain, read_binary, study_name, write_binary
from service.outputs.fhir_claim import claim_reference, write_claim
from service.outputs.operation_outcome import write_outcome
from service.outputs.parties import report_reference
from service.outputs.provenance import Digests, write_provenance
from service.outputs.task import holding_findings, write_hold_task, write_review_task

SUMMARY = "summary"
WITH_HOLDS = frozenset({StudyState.HELD, StudyState.BILLABLE})
"""States in which something may wait: all of a study, or a part beside what is billed."""


def write_answer(parts: Sequence[StudyAnswer], *, now: datetime, digests: Digests) -> Json:
    """The answer Bundle (collection) of some studies; `now` becomes created, recorded and authoredOn."""
    return gather([write_study(part, now=now, digests=digests) for part in parts])


def write_study(part: StudyAnswer, *, now: datetime, digests: Digests) -> list[Json]:
    """The Bundle entries of one study, its summary first: they are kept, and `gather` puts them together."""
    state, study, findings = part.decision.state, part.study, part.decision.findings
    key = study_name(study)
    claims = [write_claim(claim, study, created=now, state=state) for claim in part.claims]
    outcome = bundle_entry("outcome", key, write_outcome(findings, state))
    tasks = _tasks(part, now)
    targets: list[Json] = [claim_reference(claim.id) for claim in part.claims] or [
        {"reference": (tasks or [outcome])[0]["fullUrl"]}
    ]
    provenance = write_provenance(study, targets, state, digests, now=now)
    return [
        bundle_entry("study", key, write_summary(key, state, *(claim.id for claim in part.claims))),
        *(bundle_entry("claim", claim["id"], claim) for claim in claims),
        outcome,
        bundle_entry("provenance", key, provenance),
        *tasks,
        bundle_entry("explanation", key, write_binary(explain(part, claims, digests), state)),
    ]


def gather(studies: Sequence[Sequence[Json]]) -> Json:
    """The answer Bundle of studies whose entries were written before: their summaries become one."""
    apart = [_numbered(entries, number) for entries, number in _occurrences(studies)]
    said = [study for entries in apart for study in entries[0]["resource"]["parameter"]]
    summary = {"resourceType": "Parameters", **given("parameter", said)}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [bundle_entry(SUMMARY, "", summary), *(entry for entries in apart for entry in entries[1:])],
    }


def states_of(answer: Json) -> tuple[StudyState, ...]:
    """The state of each study of an answer Bundle, as its summary says."""
    studies = answer["entry"][0]["resource"].get("parameter", [])
    return tuple(
        StudyState(part["valueCode"]) for study in studies for part in study["part"] if "valueCode" in part
    )


def withheld(answer: Json) -> bool:
    """Whether a study of an answer Bundle is held because a Claim made here is not valid: our fault."""
    outcomes = (e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] == "OperationOutcome")
    issues = (issue for outcome in outcomes for issue in outcome["issue"])
    wanted = str(FindingCode.CLAIM_NOT_VALID)
    return any(one["code"] == wanted for each in issues for one in each["details"].get("coding", ()))


def explanation_of(entries: Sequence[Json]) -> Json:
    """The explanation among the entries of one study."""
    return read_binary(_only(entries, "Binary"))


def _tasks(part: StudyAnswer, now: datetime) -> list[Json]:
    """Supply what holds the study, or the part of it that is held; look at the report of what is billed."""
    key, state = study_name(part.study), part.decision.state
    tasks = []
    holding = holding_findings(part.decision.findings)
    if holding and state in WITH_HOLDS:
        task = write_hold_task(part.study, holding, state, now=now)
        tasks.append(bundle_entry("hold", key, task))
    if state is not StudyState.HELD and part.claims and report_reference(part.study):
        referring = part.claims[0].referring.value
        review = write_review_task(part.study, referring, state, now=now)
        tasks.append(bundle_entry("review", key, review))
    return tasks


def bundle_entry(role: str, key: str, resource: Json) -> Json:
    """A Bundle entry whose fullUrl follows from the role of the resource and the key of its study."""
    return {"fullUrl": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{BASE}/{role}/{key}')}", "resource": resource}


def write_summary(key: str, state: StudyState, *claim_ids: str) -> Json:
    """What the summary of an answer says of one study, as Parameters."""
    study = {
        "name": "study",
        "part": [
            {"name": "key", "valueString": key},
            {"name": "state", "valueCode": str(state)},
            *({"name": "claim", "valueReference": claim_reference(claim_id)} for claim_id in claim_ids),
        ],
    }
    return {"resourceType": "Parameters", "parameter": [study]}


def _only(entries: Sequence[Json], kind: str) -> Json:
    found: list[Json] = [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == kind]
    return found[0]


def _occurrences(studies: Sequence[Sequence[Json]]) -> list[tuple[Sequence[Json], int]]:
    counts: dict[str, int] = {}
    numbered = []
    for entries in studies:
        first = entries[0]["fullUrl"]
        counts[first] = counts.get(first, 0) + 1
        numbered.append((entries, counts[first]))
    return numbered


def _numbered(entries: Sequence[Json], number: int) -> list[Json]:
    """The entries of the nth study with the same key under addresses of their own (bdl-7)."""
    if number == 1:
        return list(entries)
    fresh = {
        url: f"urn:uuid:{uuid5(NAMESPACE_URL, f'{url}/{number}')}"
        for url in (entry["fullUrl"] for entry in entries)
    }
    return [_replaced(entry, MappingProxyType(fresh)) for entry in entries]


def _replaced(value: Any, fresh: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(each, fresh) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, fresh) for each in value]
    return fresh.get(value, value) if isinstance(value, str) else value
