"""The whole story on one screen: a Bundle of orders and reports in, the answer Bundle out.

Each study is read, decided and written alone; one that was answered before under the same practice, rulebook
and engine gets the same Claims again, and where it also stands at the same places of its Bundle the whole
answer. A dry run keeps nothing and answers the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from service import json_text
from service.core.claim import Claim, build
from service.core.codes import ProseUse
from service.core.decide import decide
from service.core.fingerprint import (
    billing_fingerprint,
    held_as_changed,
    held_as_not_valid,
    key_digest,
    patient_digest,
    study_digest,
)
from service.core.practice import Practice
from service.core.rulebook import Rulebook
from service.core.strict import hold_unsourced
from service.core.study import Known, Study
from service.errors import Fault, Refusal, problem
from service.fhir_r4 import check_claim
from service.intake.bundle import find_studies
from service.intake.envelope import Envelope
from service.intake.reading import read_study
from service.intake.unsound import set_apart
from service.outputs.answer import gather, write_study
from service.outputs.explanation import StudyAnswer
from service.outputs.provenance import Digests
from service.outputs.refused import write_left_out, write_refused
from service.store.kept import (
    AnswerKey,
    Books,
    Draft,
    KeptAnswer,
    KeptService,
    Standing,
    kept_claims,
    located_digest,
    with_standing_claims,
)
from service.store.remembered import with_what_is_kept

ATTEMPTS = 3  # A study is billed once, so what stands for it changes at most once while it is decided.


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every study of one request is decided with, and where the answers are kept."""

    rulebook: Rulebook
    practice: Practice
    digests: Digests
    strict: bool
    now: datetime
    books: Books


def derive(
    envelope: Envelope,
    *,
    rulebook: Rulebook,
    practice: Practice,
    engine: str,
    now: datetime,
    strict: bool = False,
    prose: ProseUse = ProseUse.REVIEW,
    ledger: Books | None = None,
    resolver: Callable[[str], dict[str, Any] | None] | None = None,
) -> dict[str, Any]:
    """The answer Bundle. Raises Refusal where no study of it is R4 or ours, Fault if the ledger fails.

    `now` becomes created, recorded and authoredOn; `strict` holds where a row without a source decided;
    `prose` says what the text of a report is good for;
    `resolver` looks up what a Bundle refers to and does not carry (`service/store/fhir_lookup.py`).
    """
    sound, unsound = set_apart(envelope)
    digests = Digests(rulebook=rulebook.digest, practice=practice.digest, engine=engine)
    books = Draft(ledger=ledger) if envelope.dry_run or ledger is None else ledger
    desk = Desk(rulebook=rulebook, practice=practice, digests=digests, strict=strict, now=now, books=books)
    answers: dict[str, bytes] = {}
    found = find_studies(sound, resolver)
    for gathered in found:
        study = with_what_is_kept(read_study(gathered, practice, rulebook, prose, now.date()), books)
        facts = study_digest(study) if len(found) > 1 else ""
        if facts in answers:  # A study that is in the Bundle twice is one study, answered once.
            continue
        key = AnswerKey(
            study=located_digest(study), practice=practice.digest, rulebook=rulebook.digest, engine=engine
        )
        answers[facts] = books.answer(key) or _decide_and_keep(study, key, desk)
    refused = [write_refused(each.label, each.problems, digests) for each in unsound]
    if not answers and not refused:
        raise Refusal(problem("ENVELOPE-NOTHING-OURS", None, envelope.path))
    left_out = write_left_out(envelope.notes)
    return gather([*map(json_text.read_own, answers.values()), *refused, *([left_out] if left_out else [])])


def _decide_and_keep(study: Study, key: AnswerKey, desk: Desk) -> bytes:
    business_key = key_digest(study.key.value) if isinstance(study.key, Known) else ""
    for _ in range(ATTEMPTS):
        standing = desk.books.standing(business_key) if business_key else None
        entries = desk.books.keep(_decided(study, key, business_key, standing, desk), standing)
        if entries is not None:
            return entries
    raise Fault("FAULT-LEDGER", retryable=True)


def _decided(
    study: Study, key: AnswerKey, business_key: str, standing: Standing | None, desk: Desk
) -> KeptAnswer:
    decision = decide(study, desk.practice, desk.rulebook)
    if desk.strict:
        decision = hold_unsourced(decision, desk.rulebook)
    claims = build(study, decision)
    fingerprint = billing_fingerprint(claims)
    if standing and standing.fingerprint != fingerprint:
        decision = held_as_changed(decision, desk.rulebook, standing.claim_ids)
        claims, fingerprint = (), ""
    part = StudyAnswer(study=study, decision=decision, claims=claims, figures=desk.rulebook.figures)
    entries = write_study(part, now=desk.now, digests=desk.digests)
    entries = with_standing_claims(entries, standing) if standing else entries
    number = [study.key.value.number] if isinstance(study.key, Known) else []
    kept = kept_claims(entries, *((each.system, each.value) for each in number))
    if any(check_claim(json_text.read_own(claim.resource)) for claim in kept):
        decision = held_as_not_valid(decision, desk.rulebook)
        part = replace(part, decision=decision, claims=())
        entries, kept, fingerprint = write_study(part, now=desk.now, digests=desk.digests), (), ""
    return KeptAnswer(
        key=key,
        state=decision.state,
        entries=json_text.write(entries),
        business_key=business_key,
        fingerprint=fingerprint,
        claims=kept,
        services=_services(study, claims),
        reading_day=_reading_day(study),
    )


def _reading_day(study: Study) -> date | None:
    """The day of the first final report, which a later version of it may come without."""
    day = study.report.value.reading_day if isinstance(study.report, Known) else study.report
    return day.value if isinstance(day, Known) else None


def _services(study: Study, claims: tuple[Claim, ...]) -> tuple[KeptService, ...]:
    """What the claims bill, so that a later study of the patient finds it."""
    if not isinstance(study.key, Known):
        return ()
    patient = patient_digest(study.key.value.patient)
    return tuple(
        KeptService(
            patient=patient, procedure=line.procedure.value, day=line.service_day.value, claim=claim.id
        )
        for claim in claims
        for line in claim.lines
    )
