"""What is kept of an answer, and the draft that keeps it only as long as a run lasts.

A `Draft` serves a dry run and a run without a ledger: it sees what the ledger has and what was answered
before in the same run, so that all doors answer the same, and it writes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from service import json_text
from service.core.study import Study

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKey:
    """The four digests under which an answer is found again; that of the study counts its FHIRPaths too."""

    study: str
    practice: str
    rulebook: str
    engine: str


def located_digest(study: Study) -> str:
    """SHA-256 over every fact and gap of the study with the places (FHIRPaths) they were read at.

    It changes with the places because findings and explanation name them.
    """
    return json_text.digest(study)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """A Claim as it was sent out; `identifiers` are the (system, value) it is found by."""

    id: str
    identifiers: tuple[tuple[str, str], ...]
    resource: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptService:
    """A procedure that was claimed for a patient on a day, and the claim that says so.

    The patient is a digest of the business identifier: an earlier service is found, nobody is read off.
    """

    patient: str
    procedure: str
    day: date
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """The answer for one study: its Bundle entries as JSON, and the claims among them.

    `business_key` is "" for a study without one, `fingerprint` where nothing is billed.
    """

    key: AnswerKey
    state: str
    entries: bytes
    business_key: str
    fingerprint: str
    claims: tuple[KeptClaim, ...]
    services: tuple[KeptService, ...] = ()
    reading_day: date | None = None
    """The day of the first final report, for a later version of it that comes without that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a study was billed before: the billing fingerprint and the Claim resources, in their order."""

    fingerprint: str
    claims: tuple[bytes, ...]

    @property
    def claim_ids(self) -> tuple[str, ...]:
        """The ids of the claims, in their order."""
        return tuple(json_text.read(claim)["id"] for claim in self.claims)


class Books(Protocol):
    """Where answers are found again and kept."""

    def answer(self, key: AnswerKey) -> bytes | None:
        """The entries answered before under these four digests."""

    def standing(self, business_key: str) -> Standing | None:
        """The claims that stand for a study, if it was billed."""

    def earlier(self, patient: str, before: date) -> tuple[KeptService, ...]:
        """The services claimed for a patient on days before."""

    def reading_days(self, business_key: str) -> tuple[date, ...]:
        """The days that a study was said to be read on, whenever it was answered; no day twice."""

    def keep(self, answer: KeptAnswer, seen: Standing | None) -> bytes | None:
        """Keeps an answer and returns the entries that hold; None if `seen` is no longer the standing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Reads the ledger, if there is one, and keeps nothing beyond this run."""

    ledger: Books | None
    _answers: dict[AnswerKey, bytes] = field(default_factory=dict)
    _standings: dict[str, Standing] = field(default_factory=dict)
    _services: list[KeptService] = field(default_factory=list)
    _readings: set[tuple[str, date]] = field(default_factory=set)

    def answer(self, key: AnswerKey) -> bytes | None:
        """The entries answered before, in this run or in the ledger."""
        return self._answers.get(key) or (self.ledger.answer(key) if self.ledger else None)

    def standing(self, business_key: str) -> Standing | None:
        """The claims of the study, from this run or from the ledger."""
        found = self._standings.get(business_key)
        return found or (self.ledger.standing(business_key) if self.ledger else None)

    def earlier(self, patient: str, before: date) -> tuple[KeptService, ...]:
        """The services claimed before, in this run or in the ledger."""
        ours = (one for one in self._services if one.patient == patient and one.day < before)
        return (*ours, *(self.ledger.earlier(patient, before) if self.ledger else ()))

    def reading_days(self, business_key: str) -> tuple[date, ...]:
        """The days said in this run or known to the ledger."""
        ours = {day for key, day in self._readings if key == business_key}
        return tuple(sorted(ours.union(self.ledger.reading_days(business_key) if self.ledger else ())))

    def keep(self, answer: KeptAnswer, seen: Standing | None) -> bytes:
        """Remembers the answer until the run ends."""
        self._answers[answer.key] = answer.entries
        if answer.business_key and answer.reading_day:
            self._readings.add((answer.business_key, answer.reading_day))
        if answer.claims and seen is None:
            claims = tuple(claim.resource for claim in answer.claims)
            self._services.extend(answer.services)
            self._standings[answer.business_key] = Standing(fingerprint=answer.fingerprint, claims=claims)
        return answer.entries


def kept_claims(entries: Sequence[Json], *numbers: tuple[str, str]) -> tuple[KeptClaim, ...]:
    """The Claims among the entries of one study; `numbers` (system, value) find them beside their own."""
    return tuple(
        KeptClaim(
            id=claim["id"],
            identifiers=(
                *((each.get("system", ""), each["value"]) for each in claim["identifier"]),
                *numbers,
            ),
            resource=json_text.write(claim),
        )
        for claim in _claims(entries)
    )


def with_standing_claims(entries: Sequence[Json], standing: Standing) -> list[Json]:
    """The entries with the Claims as they were sent out before, in place of those that bill the same."""
    before = {claim["id"]: claim for claim in map(json_text.read_own, standing.claims)}
    return [
        {**entry, "resource": before.get(entry["resource"].get("id"), entry["resource"])} for entry in entries
    ]


def _claims(entries: Sequence[Json]) -> Iterator[Json]:
    for entry in entries:
        if entry["resource"]["resourceType"] == "Claim":
            yield entry["resource"]
