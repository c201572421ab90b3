"""Work that an answer asks for: supply what a held study lacks, look at a report that is billed."""

from collections.abc import Sequence
from datetime import datetime

from service.core.codes import Severity, StudyState
from service.core.decision import Finding
from service.core.finding_codes import FindingCode
from service.core.study import Fact, Known, Person, Study
from service.outputs.codings import Json, given, instant
from service.outputs.fhir_claim import state_tag
from service.outputs.operation_outcome import finding_concept, remedy
from service.outputs.parties import order_reference, patient_reference, person_reference, report_reference

ORDERING = "ordering practice"
READER = "reader"
"""Owners in `mappings/findings.yaml` that the study may know by name."""

SUPPLY = "Supply what is missing to bill the study"
REVIEW = "Review the report of the vertebral fracture assessment"


def holding_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What holds a study; where nothing does, what holds a part of it beside what is billed."""
    holds = tuple(one for one in findings if one.severity is Severity.HOLD)
    return holds or tuple(one for one in findings if one.code is FindingCode.PART_NOT_ORDERED)


def write_hold_task(study: Study, holding: Sequence[Finding], state: StudyState, *, now: datetime) -> Json:
    """Task to the owner of the first thing that holds the study or a part; every other one is its input."""
    first = holding[0]
    return {
        **_task(SUPPLY, state, study, report_reference(study) or order_reference(study), now),
        **given("owner", _owner(study, first.who)),
        "reasonCode": finding_concept(first),
        "input": [{"type": finding_concept(each), "valueString": remedy(each)} for each in holding],
    }


def write_review_task(study: Study, referring: Person, state: StudyState, *, now: datetime) -> Json:
    """Task for the ordering practitioner to read the report of a study that is billed."""
    return {
        **_task(REVIEW, state, study, report_reference(study), now),
        "owner": person_reference(referring),
    }


def _owner(study: Study, who: str) -> Json:
    """Who settles a finding: the person the study names, else the words of the finding row."""
    person: Fact[Person] | None = None
    if who == ORDERING and isinstance(study.order, Known):
        person = study.order.value.ordering_provider
    elif who == READER and isinstance(study.report, Known):
        person = study.report.value.interpreter
    if isinstance(person, Known):
        return person_reference(person.value)
    return {"display": who} if who else {}


def _task(asks: str, state: StudyState, study: Study, focus: Json, now: datetime) -> Json:
    patient = study.patient
    return {
        "resourceType": "Task",
        "meta": {"tag": [state_tag(state)]},
        "status": "requested",
        "intent": "order",
        "code": {"text": asks},
        **given("focus", focus),
        **given("for", patient_reference(patient.value) if isinstance(patient, Known) else {}),
        "authoredOn": instant(now),
    }
