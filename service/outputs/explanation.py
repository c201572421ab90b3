"""The whole decision in our own JSON: every element of every claim with its reasons, what was not taken, the
edits, the findings, the digests. `docs/explanation.md` describes it; FHIR carries it as a Binary.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from service import json_text
from service.core.claim import Claim
from service.core.codes import StudyState
from service.core.decision import Because, Decision, EditOutcome, Finding, Rejected
from service.core.evidence import Evidence, Prose
from service.core.rulebook import Figure, Source
from service.core.study import BusinessIdentifier, Known, Study
from service.outputs.codings import Json, given
from service.outputs.fhir_claim import state_tag
from service.outputs.provenance import Digests
from service.outputs.reasons import FIXED, reasons

VERSION = "1"
"""Version of the form of the explanation; it changes when a reader would have to."""
CONTENT_TYPE = "application/json"

_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnswer:
    """A study, what was decided about it, and its claims: what the outputs are written from."""

    study: Study
    decision: Decision
    claims: tuple[Claim, ...]
    figures: tuple[Figure, ...] = ()
    """Facts and figures of the rulebook; those about what is billed are shown beside the claims."""


def explain(part: StudyAnswer, written: Sequence[Json], digests: Digests) -> Json:
    """The explanation of a study; `written` are its Claims as they go out, in the order of `part.claims`."""
    decision = part.decision
    return {
        "explanation": VERSION,
        "study": {"key": study_name(part.study), "state": str(decision.state)},
        "digests": {
            "rulebook": digests.rulebook,
            "practice": digests.practice,
            "engine": digests.engine,
        },
        "claims": [
            _claim(claim, part.study, resource) for claim, resource in zip(part.claims, written, strict=True)
        ],
        "rejected": [_rejected(each) for each in decision.rejected],
        "edits": [_edit(each) for each in decision.edits],
        "findings": [_finding(each) for each in decision.findings],
        **given("prose", _prose(part.study.prose)),
        **given("context", [_figure(each) for each in _beside(part)]),
        "fixed": [{"path": path, "says": says} for path, says in FIXED.items()],
    }


def write_binary(explanation: Json, state: StudyState) -> Json:
    """The explanation as a FHIR Binary."""
    return {
        "resourceType": "Binary",
        "meta": {"tag": [state_tag(state)]},
        "contentType": CONTENT_TYPE,
        "data": base64.b64encode(json_text.write(explanation)).decode("ascii"),
    }


def read_binary(binary: Json) -> Json:
    """The explanation that `write_binary` put into a Binary."""
    explanation: Json = json_text.read(base64.b64decode(binary["data"]))
    return explanation


def study_name(study: Study) -> str:
    """The business key of a study in one line, or the FHIRPath of its first resource where it has none."""
    if not isinstance(study.key, Known):
        return study.label
    key = study.key.value
    return f"{_number(key.number)}, patient {_number(key.patient)}, {key.scan_day.isoformat()}"


def value_at(written: Json, path: str) -> Any:
    """What stands at a path such as `Claim.item[0].net` of a Claim; None where nothing does."""
    found: Any = written
    for name, index in _steps(path):
        found = found.get(name)
        if found is None:
            return None
        found = found if index is None else found[index]
    return found


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[tuple[str, int | None], ...]:
    """The names and indexes of a path below the Claim."""
    steps = _STEP.findall(path.removeprefix("Claim."))
    return tuple((name, int(index) if index else None) for name, index in steps)


def shown(value: Any) -> str:
    """An element in a word: the code of a concept, an amount with currency, the name of a party."""
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value)
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    if "coding" in value:
        return str(value["coding"][0]["code"])
    if "currency" in value:
        return f"{value['value']} {value['currency']}"
    if "start" in value:
        return " to ".join(dict.fromkeys((value["start"], value["end"])))
    if "resourceType" in value:
        return str(value["resourceType"])
    number = value.get("identifier", {}).get("value", "")
    return str(value.get("display") or value.get("value") or number or value.get("reference", ""))


def _number(one: BusinessIdentifier) -> str:
    return f"{one.system}|{one.value}" if one.system else one.value


def _claim(claim: Claim, study: Study, written: Json) -> Json:
    found = tuple(reasons(claim, study, written))
    said: dict[int, Json] = {}  # by identity, for most reasons stand behind several elements

    def once(because: Because) -> Json:
        if id(because) not in said:
            said[id(because)] = _because(because)
        return said[id(because)]

    patient = claim.patient.value
    return {
        "id": claim.id,
        "patient": {"birthDate": patient.birth_date.isoformat(), "gender": str(patient.sex)},
        "elements": [
            {
                "path": path,
                "value": shown(value_at(written, path)),
                "because": [once(each) for each in because],
            }
            for path, because in found
        ],
    }


def _because(because: Because) -> Json:
    said: Json = {"origin": str(because.origin), "ref": because.ref, "says": because.says}
    if because.base:
        said["base"] = because.base
    if because.source:
        said["source"] = _source(because.source, because.where)
    if because.status:
        said["status"] = str(because.status)
    if because.evidence:
        said["evidence"] = [_evidence(each) for each in because.evidence]
    return said


def _evidence(evidence: Evidence) -> Json:
    said: Json = {"kind": str(evidence.kind), "where": evidence.where}
    if evidence.shows:
        said["shows"] = evidence.shows
    if evidence.span:
        said["span"] = list(evidence.span)
    if evidence.rows:
        said["rows"] = list(evidence.rows)
    return said


def _source(source: Source | None, where: str = "") -> Json:
    if source is None:
        return {}
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "date": source.date,
        "address": source.address,
        **given("where", where),
    }


def _rejected(rejected: Rejected) -> Json:
    return {
        "value": rejected.value,
        "instead_of": rejected.instead_of,
        "says": rejected.says,
        "because": [_because(each) for each in rejected.because],
        **given("flips", rejected.flips),
    }


def _edit(edit: EditOutcome) -> Json:
    return {
        "edit": edit.edit,
        "result": str(edit.result),
        "edition": edit.edition,
        "says": edit.says,
        **given("source", _source(edit.source)),
        **given("prevents", list(edit.prevents)),
    }


def _beside(part: StudyAnswer) -> tuple[Figure, ...]:
    """The figures about what is billed, in force on the day it was done."""
    days = {(line.procedure.value, line.service_day.value) for claim in part.claims for line in claim.lines}
    return tuple(
        figure
        for figure in part.figures
        if any(procedure in figure.about and figure.in_force.covers(day) for procedure, day in days)
    )


def _prose(prose: Prose | None) -> Json:
    """The text of the report as it was read, and what its words were read as."""
    if prose is None:
        return {}
    return {
        "text": prose.text,
        "parts": [{"where": each.where, "span": [each.start, each.end]} for each in prose.parts],
        "marks": [
            {
                "span": [each.start, each.end],
                "says": each.says,
                "understood": each.understood,
                **given("rows", list(each.rows)),
            }
            for each in prose.marks
        ],
    }


def _figure(figure: Figure) -> Json:
    entry = figure.in_force
    return {
        "figure": figure.id,
        "about": sorted(figure.about),
        "says": figure.says,
        "source": _source(entry.source, entry.where),
        "status": str(entry.status),
    }


def _finding(finding: Finding) -> Json:
    return {
        "code": str(finding.code),
        "severity": str(finding.severity),
        "text": finding.text,
        "where": list(finding.where),
        "settle": finding.settle,
        "who": finding.who,
        **given("prevents", list(finding.prevents)),
    }
