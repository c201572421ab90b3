"""What the payer's edits would say of the decided claims: NCCI, MUE, frequency, Excludes1, and our own.

Every edit answers pass, fail, bypassed or no-data with the edition it was checked against; no edition is
no-data, never a pass. Neighbours: `decide` asks last; rows in `mappings/edits/`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Final

from service.core.circumstances import stated
from service.core.codes import ClaimType, EditResult, Procedure
from service.core.decision import (
    DecidedClaim,
    DecidedLine,
    EditOutcome,
    Finding,
    because_row,
    raise_finding,
)
from service.core.diagnosis_codes import category, exclusions
from service.core.finding_codes import FindingCode
from service.core.procedure_codes import DISTINCT_SERVICE_MODIFIERS
from service.core.rulebook import Hit, NcciPair, Rulebook, RuleSet, Source, Then
from service.core.situations import Circumstance
from service.core.study import Gap, Known, Study

NCCI: Final = "NCCI"
MUE: Final = "MUE"
EXCLUDES1: Final = "EXCLUDES1"
AGE_BANDS: Final = ((18, "under-18"), (40, "under-40"), (50, "40-to-49"))
OLDEST: Final = "50-and-over"
NEVER, DELETED = "0", "9"
"""Modifier indicators: no modifier helps; the pair is deleted."""
QUARTERLY, HALF_YEARLY, APRIL = 3, 6, 4
"""Months an edition is current for: NCCI and MUE come every quarter, ICD-10-CM in October and April."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answers of the edits and what they say about the study."""

    outcomes: tuple[EditOutcome, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Older:
    """An edit, and the edition of it that is older than the day it was asked for."""

    edit: str
    edition: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """The lines of one biller on one day: what a procedure-to-procedure edit looks at."""

    type: ClaimType
    day: date
    procedures: tuple[Procedure, ...]
    separate: frozenset[Procedure]
    """Procedures whose line carries a modifier that says they were separate services."""


def check_claims(claims: tuple[DecidedClaim, ...], rulebook: Rulebook) -> Checked:
    """Every edit over the decided claims of one patient."""
    answers = [
        *_ncci(claims, rulebook),
        *_mue(claims, rulebook),
        *_excludes1(claims, rulebook),
        *_code_set(claims, rulebook),
    ]
    outcomes = tuple(dict.fromkeys(one for one in answers if isinstance(one, EditOutcome)))
    findings = tuple(dict.fromkeys(one for one in answers if isinstance(one, Finding)))
    findings += _older_editions([one for one in answers if isinstance(one, _Older)], rulebook)
    return Checked(outcomes=outcomes, findings=findings)


def check_codes(codes: Iterable[str], study: Study, rulebook: Rulebook, on: date) -> tuple[Finding, ...]:
    """Diagnoses that do not fit the recorded sex or age: a person looks, nothing is refused or left out."""
    if isinstance(study.patient, Gap):
        return ()
    patient = study.patient.value
    years = _years(patient.birth_date, on)
    found = []
    for code in dict.fromkeys(codes):
        facts = {
            "sex": patient.sex.value,
            "age_band": _age_band(years),
            "code": code,
            "category": category(code),
        }
        for hit in rulebook.house_edits.ask_all(facts, on=on):
            values = {"code": code, "sex": patient.sex.value, "age": str(years), "says": hit.then.says}
            where = (*_stated(code, study), *_recorded(study.patient.where, hit.then.finding))
            finding = raise_finding(rulebook, _confirmed(hit.then.finding, study), *where, **values)
            found.append(replace(finding, because=(because_row(hit, *study.patient.evidence),)))
    return tuple(found)


def confirmed_conflict(codes: Iterable[str], study: Study, rulebook: Rulebook, on: date) -> bool:
    """Whether a code does not fit the recorded sex and somebody confirms that both are right."""
    found = check_codes(codes, study, rulebook, on)
    return any(one.code is FindingCode.DIAGNOSIS_SEX_CONFIRMED for one in found)


def _confirmed(finding: FindingCode, study: Study) -> FindingCode:
    """A conflict with the recorded sex that somebody confirms has been looked at and no longer holds."""
    looked_at = finding is FindingCode.DIAGNOSIS_SEX and stated(study, Circumstance.SEX_CONFIRMED)
    return FindingCode.DIAGNOSIS_SEX_CONFIRMED if looked_at else finding


def _stated(code: str, study: Study) -> tuple[str, ...]:
    """Where the order, or else the reading, says what became the diagnosis."""
    reasons = study.order.value.reasons if isinstance(study.order, Known) else ()
    stated = tuple(one.where for each in reasons if each.code == code for one in each.evidence)
    return stated or (study.reading.where if isinstance(study.reading, Known) else ())


def _recorded(where: tuple[str, ...], finding: FindingCode) -> tuple[str, ...]:
    """The element of the patient that does not fit: the recorded sex, or the birth date."""
    element = ".gender" if finding is FindingCode.DIAGNOSIS_SEX else ".birthDate"
    return tuple(place for place in where if place.endswith(element)) or where


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _age_band(years: int) -> str:
    """The band of an age; before birth there is none, which is said elsewhere."""
    if years < 0:
        return ""
    return next((name for below, name in AGE_BANDS if years < below), OLDEST)


def _ncci(claims: tuple[DecidedClaim, ...], rulebook: Rulebook) -> Iterator[EditOutcome | Finding | _Older]:
    for one in _days(claims):
        source = _edition(rulebook.ncci, one.day)
        if source is None:
            yield from _no_data(rulebook, NCCI)
            continue
        yield from _older(NCCI, source.date, one.day, QUARTERLY)
        hits = [hit for pair in combinations(one.procedures, 2) for hit in _pairs(pair, one, rulebook)]
        if not hits:
            yield EditOutcome(
                edit=NCCI,
                result=EditResult.PASS,
                edition=source.date,
                says="No pair of the procedures decided here is denied; other claims of that day are unseen.",
                source=source,
            )
        for hit in hits:
            yield from _denied(hit, one.separate, rulebook)


def _pairs(pair: tuple[Procedure, Procedure], one: _Day, rulebook: Rulebook) -> Iterator[Hit[NcciPair]]:
    for first, second in (pair, pair[::-1]):
        facts = {"column_one": first.value, "column_two": second.value}
        for hit in rulebook.ncci.ask_all(facts, on=one.day):
            if one.type in hit.then.tables and hit.then.indicator != DELETED:
                yield hit


def _denied(
    hit: Hit[NcciPair], separate: frozenset[Procedure], rulebook: Rulebook
) -> Iterator[EditOutcome | Finding]:
    pair = hit.then
    if pair.indicator != NEVER and pair.column_two in separate:
        yield EditOutcome(
            edit=hit.row.id,
            result=EditResult.BYPASSED,
            edition=hit.entry.source.date,
            says=f"{pair.column_two} stands beside {pair.column_one} as a separate service by its modifier.",
            source=hit.entry.source,
        )
        return
    finding = raise_finding(
        rulebook,
        FindingCode.NCCI_DENIED,
        column_one=pair.column_one,
        column_two=pair.column_two,
        indicator=pair.indicator,
    )
    helps = "no modifier helps" if pair.indicator == NEVER else "only a true separate service may bypass it"
    yield EditOutcome(
        edit=hit.row.id,
        result=EditResult.FAIL,
        edition=hit.entry.source.date,
        says=f"{pair.column_two} is denied beside {pair.column_one}; {helps}.",
        source=hit.entry.source,
        prevents=finding.prevents,
    )
    yield finding


def _mue(claims: tuple[DecidedClaim, ...], rulebook: Rulebook) -> Iterator[EditOutcome | Finding | _Older]:
    for claim, line in _lines(claims):
        procedure, day = line.procedure.value, line.service_day.value
        facts = {"procedure": procedure.value, "claim_type": claim.type.value.value}
        hit = rulebook.mue.ask_one(facts, on=day)
        if hit is None:
            yield from _no_data(rulebook, f"{MUE}-{procedure}")
            continue
        yield from _older(MUE, hit.entry.source.date, day, QUARTERLY)
        units, limit, indicator = line.units.value, hit.then.units, hit.then.adjudication_indicator
        finding = raise_finding(
            rulebook, FindingCode.MUE_EXCEEDED, procedure=procedure.value, units=str(units), limit=str(limit)
        )
        yield EditOutcome(
            edit=hit.row.id,
            result=EditResult.PASS if units <= limit else EditResult.FAIL,
            edition=hit.entry.source.date,
            says=f"{hit.then.procedure}: {units} of at most {limit} a day (MAI {indicator}).",
            source=hit.entry.source,
            prevents=finding.prevents,
        )
        if units > limit:
            yield finding


def _excludes1(
    claims: tuple[DecidedClaim, ...], rulebook: Rulebook
) -> Iterator[EditOutcome | Finding | _Older]:
    for claim in claims:
        day = claim.lines[0].service_day.value
        source = _edition(rulebook.excludes1, day)
        if source is None:
            yield from _no_data(rulebook, EXCLUDES1)
            continue
        if not _is_dated(rulebook.excludes1, day):
            yield from _older(EXCLUDES1, source.date, day, HALF_YEARLY)
        pairs = tuple(exclusions([code.value for code in claim.diagnoses], rulebook, day))
        if not pairs:
            yield EditOutcome(
                edit=EXCLUDES1,
                result=EditResult.PASS,
                edition=source.date,
                says="No two diagnoses exclude each other.",
                source=source,
            )
        for pair in pairs:
            yield EditOutcome(
                edit=pair.hit.row.id,
                result=EditResult.FAIL,
                edition=pair.hit.entry.source.date,
                says=f"{pair.first} and {pair.second} exclude each other {pair.hit.then.holds}.",
                source=pair.hit.entry.source,
            )
            review = raise_finding(
                rulebook,
                FindingCode.EXCLUDES1_REVIEW,
                first=pair.first,
                second=pair.second,
                holds=pair.hit.then.holds,
            )
            yield replace(review, because=(because_row(pair.hit),))


def _code_set(claims: tuple[DecidedClaim, ...], rulebook: Rulebook) -> Iterator[Finding]:
    """A new ICD-10-CM code set starts every October; codes of a year that is not loaded are not checked."""
    if any(rulebook.code_set(claim.lines[0].service_day.value) is None for claim in claims):
        yield raise_finding(rulebook, FindingCode.DIAGNOSIS_CODE_SET_NOT_LOADED)


@lru_cache(maxsize=64)
def _edition(rule_set: RuleSet[Then], day: date) -> Source | None:
    """The newest source of the rows in force on the day; None where there is no edition at all."""
    entries = (row.on(day) for row in rule_set.rows)
    return max((one.source for one in entries if one), key=lambda source: source.date, default=None)


@lru_cache(maxsize=64)
def _is_dated(rule_set: RuleSet[Then], day: date) -> bool:
    """Whether the edition in force says until when it is for, and the day is inside."""
    return any(entry.through for row in rule_set.rows if (entry := row.on(day)))


def _older(edit: str, edition: str, day: date, months: int) -> Iterator[_Older]:
    """Where a newer edition came out before the day: its period began after the edition."""
    period = _period(day, months).isoformat()
    if period[: len(edition)] > edition:
        yield _Older(edit=edit, edition=edition, day=day)


def _older_editions(older: list[_Older], rulebook: Rulebook) -> tuple[Finding, ...]:
    """One note for all edits that were checked against an edition older than the day."""
    if not older:
        return ()
    told = ", ".join(sorted({f"{one.edit} of {one.edition}" for one in older}))
    day = min(one.day for one in older).isoformat()
    return (raise_finding(rulebook, FindingCode.EDIT_EDITION_OLDER, editions=told, day=day),)


def _period(day: date, months: int) -> date:
    """The first day of the period of editions that `day` lies in; periods are counted from April."""
    month = day.month - (day.month - APRIL) % months
    return date(day.year, month, 1) if month > 0 else date(day.year - 1, month + 12, 1)


def _no_data(rulebook: Rulebook, edit: str) -> Iterator[EditOutcome | Finding]:
    yield EditOutcome(
        edit=edit, result=EditResult.NO_DATA, edition="", says="No edition is loaded for this day."
    )
    yield raise_finding(rulebook, FindingCode.EDIT_NO_DATA, edit=edit)


def _lines(claims: tuple[DecidedClaim, ...]) -> Iterator[tuple[DecidedClaim, DecidedLine]]:
    return ((claim, line) for claim in claims for line in claim.lines)


def _days(claims: tuple[DecidedClaim, ...]) -> tuple[_Day, ...]:
    """Lines of one biller, claim type and day together: edits look at one provider, patient and date."""
    found: dict[tuple[str, ClaimType, date], list[DecidedLine]] = {}
    for claim, line in _lines(claims):
        key = (claim.billing.value.npi, claim.type.value, line.service_day.value)
        found.setdefault(key, []).append(line)
    return tuple(
        _Day(
            type=claim_type,
            day=day,
            procedures=tuple(dict.fromkeys(line.procedure.value for line in lines)),
            separate=frozenset(line.procedure.value for line in lines if _is_separate(line)),
        )
        for (_, claim_type, day), lines in found.items()
    )


def _is_separate(line: DecidedLine) -> bool:
    return bool(DISTINCT_SERVICE_MODIFIERS & {one.value.value for one in line.modifiers})
