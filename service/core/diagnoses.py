"""Which diagnoses are billed, in order, and which were considered and left off.

What the reader calls definite is coded; uncertain wording is not (ICD-10-CM IV.H); without a fracture the
reason for the test leads (IV.K). `diagnosis_patterns` asks the rows; here their answer is judged, and the
codes that were considered and not taken are named with the fact that would have taken them.
Neighbours: `decide` asks; `diagnosis_codes` knows completeness and Excludes1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from service.core.circumstances import is_unread
from service.core.codes import EXTERNAL_CAUSES, Certainty, ClaimType, FractureAge, Osteoporosis
from service.core.concluded_fractures import with_concluded
from service.core.decision import (
    Because,
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    because_evidence,
    because_row,
    finding_of,
    raise_finding,
)
from service.core.diagnosis_codes import code_family, exclusions, invalid
from service.core.diagnosis_facts import (
    DEFINITE,
    FRACTURE,
    NONE,
    NOT_ASSESSED,
    NOT_STATED,
    OLD,
    UNCERTAIN,
    ClassedReason,
    Picture,
    class_of,
    dated,
    has_phases,
)
from service.core.diagnosis_patterns import (
    Selection,
    asks_reasons,
    dropped_classes,
    incomplete,
    reviews_of,
    select,
)
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Trauma
from service.core.given_diagnoses import questions_of
from service.core.rulebook import Rulebook
from service.core.study import Gap, Order, Reading, Study

MOST_DIAGNOSES = {ClaimType.PROFESSIONAL: 12, ClaimType.INSTITUTIONAL: 25}
"""837P: twelve, external causes among them. 837I: one and 24 others; external causes go apart (FL72)."""
MOST_EXTERNAL_CAUSES = 12
OSTEOPOROSIS_CLASSES = frozenset({"osteoporosis", "other-osteoporosis"})
"""The classes of reasons that document osteoporosis itself."""
NO_FRACTURE = "If the reading stated no fracture."
NO_OSTEOPOROSIS = "If nobody documented osteoporosis."
NEITHER = "If the reading stated no fracture and nobody documented osteoporosis."
CERTAIN = "If a final report called the fracture definite."
NEW = "If the fracture were called acute."
MINOR = "If the trauma would not have broken a healthy bone."
AS_IT_IS = {
    NO_FRACTURE: "A fracture is read, and the study is coded by it.",
    NO_OSTEOPOROSIS: "Osteoporosis is documented, and what is read is coded with it.",
    NEITHER: "A fracture is read and osteoporosis is documented.",
    CERTAIN: "A fracture in uncertain words is not coded for outpatients (ICD-10-CM IV.H).",
    NEW: "No reader calls this fracture acute.",
    MINOR: "The trauma is said to be one that breaks a healthy bone.",
}
"""What holds of the study where a code that nobody gave would need the opposite."""
CONCLUDED = "The conclusion gives it, and no vertebra is read so that it comes to this code."
NOT_TAKEN = "The rows for what was read and documented do not take it."
ASKED_FIRST = "Nothing is coded before what is asked is settled."


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnoses:
    """The codes in billing order and the codes that were considered and left off."""

    codes: Choice[tuple[Chosen[str], ...]]
    rejected: tuple[Rejected, ...]


def decide_diagnoses(study: Study, rulebook: Rulebook, on: date) -> Diagnoses:
    """The ICD-10-CM codes of the session for claims whose first line is of that day."""
    question = rulebook.diagnosis_patterns.question
    if isinstance(study.order, Gap):
        needs: tuple[Finding, ...] = (finding_of(rulebook, study.order),)
        return Diagnoses(codes=Undecided(question=question, needs=needs), rejected=())
    order = study.order.value
    wrong = _invalid_reasons(order, rulebook, on)
    picture = _picture(study, order, rulebook, on)
    if isinstance(picture, Finding):
        return Diagnoses(codes=Undecided(question=question, needs=(picture, *wrong)), rejected=())
    selection = select(picture, rulebook)
    questions = questions_of(picture, selection, rulebook)
    asked = tuple(one for one in questions if one.code is FindingCode.DIAGNOSIS_QUERY)
    problems = (*wrong, *selection.problems, *asked, *_missing(order, selection, rulebook, on))
    if not problems and (not selection.codes or is_external_cause(selection.codes[0].value)):
        problems = (raise_finding(rulebook, FindingCode.DIAGNOSIS_NONE),)
    rejected = tuple(_rejected(picture, selection, rulebook))
    if problems:
        return Diagnoses(codes=Undecided(question=question, needs=problems), rejected=rejected)
    said = (*_said(picture, selection, rulebook), *questions)
    because = tuple(because_row(one.hit, *one.evidence) for one in selection.patterns)
    complete = tuple(_complete(code, rulebook, on) for code in selection.codes)
    return Diagnoses(codes=Chosen(value=complete, because=because, findings=said), rejected=rejected)


def is_external_cause(code: str) -> bool:
    """Whether the code is of the chapter of external causes (a fall, an accident)."""
    return code[:1] in EXTERNAL_CAUSES


def fitting(
    codes: tuple[Chosen[str], ...], claim_type: ClaimType
) -> tuple[tuple[Chosen[str], ...], tuple[Rejected, ...]]:
    """The codes that a claim of that type has room for, and those it has not."""
    most = MOST_DIAGNOSES[claim_type]
    if claim_type is ClaimType.INSTITUTIONAL:
        apart = [code for code in codes if is_external_cause(code.value)][:MOST_EXTERNAL_CAUSES]
        kept = (*[code for code in codes if not is_external_cause(code.value)][:most], *apart)
    else:
        kept = codes[:most]
    no_room = tuple(
        Rejected(
            value=code.value,
            instead_of=f"diagnosis of the {claim_type} claim",
            says=_no_room(code, codes, claim_type),
            because=code.because,
        )
        for code in codes
        if code not in kept
    )
    return kept, no_room


def _no_room(code: Chosen[str], codes: tuple[Chosen[str], ...], claim_type: ClaimType) -> str:
    """Which of the codes it is, and how many of these the claim takes."""
    what, most, alike = "diagnosis", MOST_DIAGNOSES[claim_type], list(codes)
    if claim_type is ClaimType.INSTITUTIONAL:
        external = is_external_cause(code.value)
        alike = [one for one in codes if is_external_cause(one.value) is external]
        if external:
            what, most = "external cause", MOST_EXTERNAL_CAUSES
    place = f"It is {what} {alike.index(code) + 1} of {len(alike)}"
    return f"{place}, and the {claim_type} claim has room for {most}."


def _complete(code: Chosen[str], rulebook: Rulebook, on: date) -> Chosen[str]:
    """The code with the row of its family, which says that its characters are all there."""
    family = code_family(code.value, rulebook, on)
    return replace(code, because=(*code.because, because_row(family))) if family else code


def _picture(study: Study, order: Order, rulebook: Rulebook, on: date) -> Picture | Finding:
    vfa = study.performed.vfa
    if isinstance(vfa, Gap):
        return finding_of(rulebook, vfa)
    reasons = tuple(ClassedReason(reason=one, hit=class_of(one.code, rulebook, on)) for one in order.reasons)
    documented = study.osteoporosis
    seen = documented.evidence if documented else ()
    density = study.performed.density
    picture = Picture(
        fracture=NOT_ASSESSED,
        findings=(),
        evidence=(*vfa.evidence, *seen),
        osteoporosis=documented.value if documented else Osteoporosis.NOT_DOCUMENTED,
        known_before=bool(seen),
        reasons=reasons,
        stated=(),
        density="" if isinstance(density, Gap) else density.value.value,
        day=on,
    )
    if not vfa.value or is_unread(study):
        return picture
    if isinstance(study.reading, Gap):
        return finding_of(rulebook, study.reading)
    reading = study.reading.value
    fracture = _fracture(reading, rulebook, study.reading.where)
    if isinstance(fracture, Finding):
        return fracture
    told = (*study.reading.evidence, *seen)
    called = {evidence.place for one in reading.findings for evidence in one.evidence}
    called |= {evidence.place for one in reading.diagnoses for evidence in one.evidence}
    stated = (ClassedReason(reason=one, hit=class_of(one.code, rulebook, on)) for one in reading.diagnoses)
    read = replace(
        picture,
        fracture=fracture,
        findings=reading.findings,
        evidence=told,
        known_before=not {evidence.place for evidence in seen} <= called,
        stated=tuple(stated),
    )
    return with_concluded(read, rulebook)


def _fracture(reading: Reading, rulebook: Rulebook, where: tuple[str, ...]) -> str | Finding:
    """Definite beats uncertain; a negative must be stated, and must not stand beside a definite level."""
    certainties = {one.certainty for one in reading.findings}
    if Certainty.DEFINITE in certainties:
        if reading.no_fracture:
            against = tuple(one.where for one in reading.no_fracture)
            return raise_finding(
                rulebook,
                FindingCode.READING_CONTRADICTS_ITSELF,
                *against,
                levels=_levels(reading, Certainty.DEFINITE),
            )
        return DEFINITE
    if Certainty.UNCERTAIN in certainties:
        return UNCERTAIN
    if reading.no_fracture:
        return NONE
    why = "no level is called, doubted or denied, and no negative is stated"
    return raise_finding(rulebook, FindingCode.READING_NOT_CODED, *where, why=why)


def _levels(told: Reading | Picture, certainty: Certainty) -> str:
    return ", ".join(one.level for one in told.findings if one.certainty is certainty)


def _invalid_reasons(order: Order, rulebook: Rulebook, on: date) -> tuple[Finding, ...]:
    checked = (
        invalid(one.code, rulebook, on, *(evidence.where for evidence in one.evidence))
        for one in order.reasons
    )
    return tuple(finding for finding in checked if finding)


def _missing(order: Order, selection: Selection, rulebook: Rulebook, on: date) -> Iterator[Finding]:
    """What stands in the way of the codes: reasons that are not coded, a code that is not complete."""
    if asks_reasons(selection.patterns):
        yield from (finding_of(rulebook, gap) for gap in order.reason_gaps)
    given = {one.code for one in order.reasons}
    for code in selection.codes:
        wrong = None if code.value in given else invalid(code.value, rulebook, on)
        if wrong:
            yield wrong


def _said(picture: Picture, selection: Selection, rulebook: Rulebook) -> Iterator[Finding]:
    doubted = [one for one in picture.findings if one.certainty is Certainty.UNCERTAIN]
    if doubted:
        where = (evidence.where for one in doubted for evidence in one.evidence)
        levels = _levels(picture, Certainty.UNCERTAIN)
        yield raise_finding(rulebook, FindingCode.FRACTURE_UNCERTAIN, *where, levels=levels)
    for hit, evidence in reviews_of(picture, rulebook):
        where = (one.where for one in evidence)
        review = raise_finding(rulebook, FindingCode.CODER_REVIEW, *where, why=hit.then.says)
        yield replace(review, because=(because_row(hit, *evidence),))
    yield from incomplete(selection, picture, rulebook)
    for less in selection.outdone:
        if less.hit.then.says:
            why = f"{less.code} is left off beside {less.beside}. {less.hit.then.says}"
            review = raise_finding(rulebook, FindingCode.CODER_REVIEW, why=why)
            yield replace(review, because=(because_row(less.hit),))
    for pair in selection.stripped:
        kept = pair.second if pair.dropped == pair.first else pair.first
        note = raise_finding(rulebook, FindingCode.EXCLUDES1_DROPPED, dropped=pair.dropped, kept=kept)
        yield replace(note, because=(because_row(pair.hit),))
    for one in (*picture.reasons, *picture.stated):
        if one.hit is None:
            where = (evidence.where for evidence in one.reason.evidence)
            yield raise_finding(rulebook, FindingCode.REASON_NOT_CLASSED, *where, code=one.reason.code)


def _rejected(picture: Picture, selection: Selection, rulebook: Rulebook) -> Iterator[Rejected]:
    """Reasons of the order that are not billed, then codes that one other fact would have billed."""
    taken = [code.value for code in selection.codes]
    otherwise = _otherwise(picture, rulebook)
    concluded = {one.reason.code for one in picture.stated}
    evidence = {one.reason.code: one.reason.evidence for one in (*picture.reasons, *picture.stated)}
    less = [one.code for one in selection.outdone]
    for code in dict.fromkeys((*evidence, *less, *otherwise)):
        if code not in taken:
            says, because = _why_not(code, taken, picture, selection, rulebook)
            given = evidence.get(code)
            fracture = _is_fracture(code, rulebook, picture.day)
            if given and fracture and code in concluded:
                says = CONCLUDED
            elif (
                not given
                and code not in less
                and (fracture or otherwise[code] == CERTAIN or says == NOT_TAKEN)
            ):
                says = AS_IT_IS[otherwise[code]]
            if given:
                because = (*because, because_evidence("Given with the order or the reading.", *given))
            if because:
                yield Rejected(
                    value=code,
                    instead_of="diagnosis",
                    says=says,
                    because=because,
                    flips=otherwise.get(code, ""),
                )


def _why_not(
    code: str, taken: list[str], picture: Picture, selection: Selection, rulebook: Rulebook
) -> tuple[str, tuple[Because, ...]]:
    rows = tuple(because_row(one.hit, *one.evidence) for one in selection.patterns)
    more = next((one for one in selection.outdone if one.code == code), None)
    if more:
        says = more.hit.then.says or "A last resort."
        return f"Left off beside {more.beside}. {says}", (because_row(more.hit),)
    pairs = exclusions([code, *taken], rulebook, picture.day)
    mine = [pair for pair in pairs if code in (pair.first, pair.second)]
    notes = tuple(because_row(pair.hit) for pair in mine)
    against = dict.fromkeys(pair.second if pair.first == code else pair.first for pair in mine)
    stands_for = class_of(code, rulebook, picture.day)
    dropped = dropped_classes(selection.patterns)
    if stands_for and stands_for.then.reason_class in dropped:
        says, pattern = dropped[stands_for.then.reason_class]
        return says, (because_row(pattern.hit, *pattern.evidence), because_row(stands_for), *notes)
    if stands_for is None and code in (one.reason.code for one in (*picture.reasons, *picture.stated)):
        return "No row says what this code stands for on an order.", (*rows, *notes)
    if notes:
        return f"Excludes1: it may not stand beside {', '.join(against)}.", (*rows, *notes)
    return NOT_TAKEN if taken else ASKED_FIRST, rows


def _is_fracture(code: str, rulebook: Rulebook, on: date) -> bool:
    hit = class_of(code, rulebook, on)
    return hit is not None and hit.then.reason_class == FRACTURE


def _otherwise(picture: Picture, rulebook: Rulebook) -> dict[str, str]:
    """Codes the same rows give when a fact is changed, each with the smallest such change."""
    found: dict[str, str] = {}
    for flip, other in _one_fact_away(picture):
        for code in select(other, rulebook).codes:
            found.setdefault(code.value, flip)
    return found


def _one_fact_away(picture: Picture) -> Iterator[tuple[str, Picture]]:
    documented = picture.osteoporosis is not Osteoporosis.NOT_DOCUMENTED
    if picture.fracture == DEFINITE:
        yield NO_FRACTURE, replace(picture, fracture=NONE)
    if any(one.certainty is Certainty.UNCERTAIN for one in picture.findings):
        certain = tuple(
            replace(one, certainty=Certainty.DEFINITE) if one.certainty is Certainty.UNCERTAIN else one
            for one in picture.findings
        )
        yield CERTAIN, replace(picture, fracture=DEFINITE, findings=certain)
    yield from _otherwise_worded(picture)
    if documented:
        yield NO_OSTEOPOROSIS, _undocumented(picture)
    if documented and picture.fracture == DEFINITE:
        yield NEITHER, replace(_undocumented(picture), fracture=NONE)


def _otherwise_worded(picture: Picture) -> Iterator[tuple[str, Picture]]:
    """The picture with a past fracture called acute, or a major trauma called minor."""
    not_new = {NOT_STATED, OLD} if has_phases(picture) else {OLD}
    if any(dated(one) in not_new for one in picture.findings):
        findings = tuple(
            replace(one, age=FractureAge.ACUTE) if dated(one) in not_new else one for one in picture.findings
        )
        yield NEW, replace(picture, findings=findings)
    if any(one.trauma is Trauma.MAJOR for one in picture.findings):
        findings = tuple(
            replace(one, trauma=Trauma.MINOR) if one.trauma is Trauma.MAJOR else one
            for one in picture.findings
        )
        yield MINOR, replace(picture, findings=findings)


def _undocumented(picture: Picture) -> Picture:
    """The picture where nobody documents osteoporosis: not in the history and not on the order."""
    reasons = tuple(one for one in picture.reasons if one.name not in OSTEOPOROSIS_CLASSES)
    return replace(picture, osteoporosis=Osteoporosis.NOT_DOCUMENTED, known_before=False, reasons=reasons)
