"""A run on a sandbox, in the order it happens: write, find again, derive, write back, compare."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from service.core.finding_codes import FindingCode
from service.errors import Refusal, Unavailable
from service.intake.envelope import envelope_of
from service.outputs.answer import states_of
from service.outputs.codings import Json
from service.pipeline import derive
from service.sandbox import answering
from service.sandbox.example import Mark, numbers_of, study_entries
from service.sandbox.patience import PATIENCE, Patience
from service.sandbox.report import Differs, Report, Result, Step, reported_steps
from service.settings import Knowledge, load_knowledge, read_settings
from service.store.examples import example_practice, example_study
from service.store.fhir_lookup import looking_up
from service.store.fhir_server import FhirServer

T = TypeVar("T")

REPORT = "DiagnosticReport"
WITH_THE_REPORT = (
    ("_include", "DiagnosticReport:based-on"),
    ("_include", "DiagnosticReport:subject"),
    ("_include", "DiagnosticReport:encounter"),
    ("_include", "DiagnosticReport:performer"),
    ("_include", "DiagnosticReport:results-interpreter"),
    ("_include", "DiagnosticReport:result"),
    ("_include:iterate", "ServiceRequest:requester"),
    ("_include:iterate", "Encounter:location"),
    ("_include:iterate", "Coverage:payor"),
    ("_revinclude:iterate", "Procedure:based-on"),
    ("_revinclude:iterate", "ImagingStudy:basedon"),
    ("_revinclude:iterate", "Coverage:beneficiary"),
    ("_revinclude:iterate", "Condition:subject"),
)
OUT_OF_REACH = frozenset({"Device"})
"""No search parameter leads to the scanner, so that it is looked up as any missing reference is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the steps of one run share."""

    server: FhirServer
    mark: Mark
    knowledge: Knowledge
    now: datetime
    patience: Patience

    def until(self, found: Callable[[], T | None]) -> T | None:
        """Asks until there is an answer, no more often than patience says."""
        for attempt in range(self.patience.attempts):
            if attempt:
                time.sleep(self.patience.pause)
            answer = found()
            if answer is not None:
                return answer
        return None


def example_knowledge() -> Knowledge:
    """The packaged mappings and practice, whatever the environment says: the example has one right answer."""
    return load_knowledge(read_settings({"VFA_PRACTICE": str(example_practice())}))


def prove(
    server: FhirServer, mark: Mark, *, knowledge: Knowledge, now: datetime, patience: Patience = PATIENCE
) -> Report:
    """Runs the example on a server. A second run finds what the first one wrote and doubles nothing."""
    run = _Run(server=server, mark=mark, knowledge=knowledge, now=now, patience=patience)
    return reported_steps(_steps(run), base=server.base, tag=mark.tag, success=Result.PROVED)


def _steps(run: _Run) -> Iterator[Step]:
    study = example_study()
    entries = study_entries(study, run.mark)
    yield _written("write the example study", run.server.transaction(entries))
    found = _find_again(entries, run)
    yield Step(says="find it again by search with _include", counts=(("resources", len(found["entry"])),))
    answer = _derived(found, study, run)
    back = answering.answer_entries(answer, run.mark)
    states = ", ".join(states_of(answer))
    yield Step(says=f"derive ({states})", counts=(("claims", len(answering.billed(answer))),))
    yield _written("write Claims, Tasks and Provenance", run.server.transaction(back))
    _compare(back, run)
    yield Step(says="read them back, equal to what was derived", counts=(("resources", len(back)),))


def _written(says: str, responses: Sequence[Json]) -> Step:
    created = sum(str(each["status"]).startswith("201") for each in responses)
    return Step(says=says, counts=(("created", created), ("there before", len(responses) - created)))


def _find_again(entries: Sequence[Json], run: _Run) -> Json:
    """The searchset of the report with what belongs to it; a server's index may lag behind what it stored."""
    report = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == REPORT)
    expected = {
        number
        for entry in entries
        if entry["resource"]["resourceType"] not in OUT_OF_REACH
        for number in numbers_of(entry["resource"])
    }
    token = f"{report['identifier'][-1]['system']}|{report['identifier'][-1]['value']}"
    asked = (("identifier", token), ("_tag", run.mark.token), *WITH_THE_REPORT)
    lacking: list[int] = []

    def complete() -> list[Json] | None:
        ours = [entry for entry in run.server.search(REPORT, asked) if run.mark.is_on(entry["resource"])]
        lacking[:] = [len(expected - {number for entry in ours for number in numbers_of(entry["resource"])})]
        return None if lacking[0] else ours

    found = run.until(complete)
    if found is None:
        if lacking[0] == len(expected):
            raise Unavailable("the search does not show what the server has stored")
        raise Differs(f"the search leaves out {lacking[0]} of {len(expected)} resources")
    if len(found) > len(expected):
        raise Differs(f"{len(found)} resources where {len(expected)} were written; clean, and run again")
    return {"resourceType": "Bundle", "type": "searchset", "entry": found}


def _derived(found: Json, study: Json, run: _Run) -> Json:
    """The answer to what was found. It bills what the answer to the example itself bills."""
    at_home = _answer(study, run, ())
    answer = _answer(found, run, (run.server.base,))
    if _says(answer, FindingCode.FHIR_SERVER_UNAVAILABLE):
        raise Unavailable("a reference could not be looked up")
    if states_of(answer) != states_of(at_home):
        raise Differs(f"the study is {', '.join(states_of(answer))} as the server gives it back")
    if answering.billed(answer) != answering.billed(at_home):
        raise Differs("the claims bill something else than those of the example itself")
    return answer


def _answer(bundle: Json, run: _Run, bases: Sequence[str]) -> Json:
    try:
        with looking_up(bases) as resolver:
            return derive(
                replace(envelope_of(bundle), dry_run=True),
                rulebook=run.knowledge.rulebook,
                practice=run.knowledge.practice,
                engine=run.knowledge.engine,
                strict=run.knowledge.strict,
                prose=run.knowledge.prose,
                now=run.now,
                resolver=resolver,
            )
    except Refusal as refusal:
        raise Differs(f"what the server gives back is refused: {refusal}") from None


def _says(answer: Json, code: FindingCode) -> bool:
    return any(
        coding.get("code") == code
        for entry in answer["entry"]
        for issue in entry["resource"].get("issue", ())
        for coding in issue["details"]["coding"]
    )


def _compare(entries: Sequence[Json], run: _Run) -> None:
    """What the server has of these entries is what was written."""
    stored = [_stored(entry, run) for entry in entries]
    names = {
        entry["fullUrl"]: f"{each['resourceType']}/{each.get('id')}"
        for entry, each in zip(entries, stored, strict=True)
    }
    for entry, each in zip(entries, stored, strict=True):
        here, there = (answering.stored_as(one, run.server.base, names) for one in (entry["resource"], each))
        if here != there:
            kind = each["resourceType"]
            raise Differs(f"the {kind} on the server is not the one that was derived; clean, and run again")


def _stored(entry: Json, run: _Run) -> Json:
    written, kind = entry["resource"], entry["resource"]["resourceType"]
    if kind == "Provenance":
        stored = run.until(lambda: run.server.read(kind, written["id"]))
    else:
        stored = run.until(lambda: _only(entry, run))
    if stored is None:
        raise Unavailable(f"the search does not show the {kind} that the server has stored")
    return stored


def _only(entry: Json, run: _Run) -> Json | None:
    kind = entry["resource"]["resourceType"]
    asked = (("identifier", answering.look_up(entry)), ("_tag", run.mark.token))
    found = [each["resource"] for each in run.server.search(kind, asked)]
    if len(found) > 1:
        raise Differs(f"the server has {len(found)} of one {kind}")
    return found[0] if found else None
