"""Which modifiers a line carries, in rank order, which were left off and why, what a draft's become.

Every circumstance of the line is asked of the rows of `mappings/modifiers.yaml`, one at a time: a row carries
its modifier or says why not; a circumstance that no row speaks of holds. Neighbours: `circumstances` gathers
them; `decide` asks for each line; whoever reads drafts calls `judge_draft` with the same answer.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from service.core.circumstances import Raised
from service.core.codes import (
    MOST_MODIFIERS,
    ClaimType,
    Component,
    EncounterClass,
    Modifier,
    PayerKind,
    Procedure,
    SiteKind,
)
from service.core.decision import (
    Because,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    because_row,
    raise_finding,
)
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.rule_answers import ModifierChoice, ModifierConflict
from service.core.rulebook import Hit, Rulebook
from service.core.situations import Derived

PART_MODIFIER = {
    Component.PROFESSIONAL: Modifier.PROFESSIONAL,
    Component.TECHNICAL: Modifier.TECHNICAL,
}
"""What tells a part from the whole on a professional claim."""
WHY, TRIAL = "why", "the number of the trial (NCT and eight digits)"
NARRATED = {
    Modifier.REDUCED: WHY,
    Modifier.STOPPED: WHY,
    Modifier.READ_AGAIN: WHY,
    Modifier.TRIAL_INVESTIGATIONAL: TRIAL,
    Modifier.TRIAL_ROUTINE: TRIAL,
}
"""Modifiers that a payer takes only with words beside them (NTE, item 19), and what those say."""
TRIAL_NUMBER = re.compile(r"\bNCT\d{8}\b")
NO_PAIR = "none"
CIRCUMSTANCE = "circumstance"
DRAFTED = "it stands on the draft"
NO_FACT = "no fact of the study asks for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What the modifier rows look at beside circumstances. `edit_pair`: none, never, modifier-may-help."""

    component: Component
    claim_type: ClaimType
    payer_kind: PayerKind
    site: SiteKind
    encounter_class: EncounterClass
    procedure: Procedure
    owned: bool
    """Whether a hospital wholly owns or operates the biller."""
    edit_pair: str = NO_PAIR

    def named(self, circumstance: str) -> dict[str, str]:
        """The facts as rows name them, for one circumstance."""
        return {
            "component": self.component.value,
            "claim_type": self.claim_type.value,
            "payer_kind": self.payer_kind.value,
            "site": self.site.value,
            "encounter_class": self.encounter_class.value,
            "procedure": self.procedure.value,
            "owned": "yes" if self.owned else "no",
            "edit_pair": self.edit_pair,
            CIRCUMSTANCE: circumstance,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifiers:
    """The modifiers of a line in rank order, its narrative, and what was considered and left off."""

    carried: tuple[Chosen[Modifier], ...]
    needed: tuple[Hit[ModifierChoice], ...]
    """Rows whose modifier a line carries beside a certain diagnosis only."""
    narrative: Chosen[str] | None
    rejected: tuple[Rejected, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    hit: Hit[ModifierChoice]
    raised: Raised

    @property
    def because(self) -> Because:
        return because_row(self.hit, *self.raised.evidence)

    @property
    def modifier(self) -> Modifier:
        return self.hit.then.modifier


def decide_modifiers(
    line: LineFacts, raised: tuple[Raised, ...], rulebook: Rulebook, on: date
) -> Modifiers | Undecided:
    """The modifiers of a line; undecided where no row answers, or where two exclude each other."""
    rule_set = rulebook.modifiers
    if not rule_set.models(on):
        late = raise_finding(
            rulebook, FindingCode.DATE_NOT_MODELLED, question=rule_set.question, day=on.isoformat()
        )
        return Undecided(question=rule_set.question, needs=(late,))
    asked = _ask(line, raised, rulebook, on)
    if isinstance(asked, Finding):
        return Undecided(question=rule_set.question, needs=(asked,))
    carried = sorted((one for one in asked if not one.hit.then.left_off), key=lambda one: one.hit.then.rank)
    kept, stripped, clashes = _settle(carried, rulebook, on)
    if clashes:
        return Undecided(question=rule_set.question, needs=clashes)
    left_off = tuple(one for one in asked if one.hit.then.left_off)
    notes = [_left_off(one, rulebook) for one in left_off]
    words = [_words(one, rulebook) for one in kept if one.modifier in NARRATED]
    chosen = tuple(Chosen(value=one.modifier, because=(one.because,)) for one in kept)
    narrative = _joined([one for one in words if isinstance(one, Chosen)])
    if len(chosen) > MOST_MODIFIERS:
        one_for_all = _more_than_four(chosen, narrative, line, rulebook, on)
        if isinstance(one_for_all, Finding):
            return Undecided(question=rule_set.question, needs=(one_for_all,))
        chosen, narrative = one_for_all
    missing = [one for one in words if isinstance(one, Finding)]
    warned = [_warned(one, line, rulebook) for one in kept if one.hit.then.warns]
    return Modifiers(
        carried=chosen,
        needed=tuple(one.hit for one in kept if one.hit.then.needs_diagnosis),
        narrative=narrative,
        rejected=(*(_rejected(one, one.hit.then.left_off) for one in left_off), *stripped),
        findings=(*missing, *warned, *notes),
    )


def judge_draft(
    draft: Iterable[str], decided: Modifiers, rulebook: Rulebook, on: date
) -> Modifiers | Undecided:
    """What the modifiers of a draft line become: the decided ones, with a warning for each that changes.

    Undecided where the draft itself carries a pair that no repair is defined for.
    """
    given = tuple(dict.fromkeys(one.strip().upper() for one in draft))
    carried = {one.value.value for one in decided.carried}
    clashes = [
        conflict
        for conflict in rulebook.modifier_conflicts.ask_all({}, on=on)
        if {conflict.then.first, conflict.then.second} <= set(given) and not conflict.then.keep
    ]
    if clashes:
        needs = tuple(
            _clash(one, {one.then.first: (DRAFTED, ()), one.then.second: (DRAFTED, ())}, rulebook)
            for one in clashes
        )
        return Undecided(question=rulebook.modifier_conflicts.question, needs=needs)
    findings = [_stripped(code, decided, rulebook, on) for code in given if code not in carried]
    findings += [
        replace(
            raise_finding(
                rulebook, FindingCode.MODIFIER_ADDED, modifier=one.value.value, why=one.because[0].says
            ),
            because=one.because,
        )
        for one in decided.carried
        if one.value.value not in given
    ]
    return replace(decided, findings=(*decided.findings, *findings))


def _ask(
    line: LineFacts, raised: tuple[Raised, ...], rulebook: Rulebook, on: date
) -> tuple[_Asked, ...] | Finding:
    """What the rows answer, each row once; a circumstance none of them speaks of is a finding."""
    rule_set = rulebook.modifiers
    nothing = Raised(name=Derived.NONE, says="", evidence=())
    found: dict[str, _Asked] = {}
    for one in (nothing, *raised):
        hits = rule_set.ask_all(line.named(one.name), on=on)
        if one is not nothing and not any(CIRCUMSTANCE in hit.row.when for hit in hits):
            return _no_row(line, one, rulebook)
        for hit in hits:
            found.setdefault(hit.row.id, _Asked(hit=hit, raised=one))
    needed = PART_MODIFIER.get(line.component)
    professional = line.claim_type is ClaimType.PROFESSIONAL
    if professional and needed and needed not in {one.modifier for one in found.values()}:
        # A part on a professional claim without its modifier would be paid as the whole service.
        return _no_row(line, nothing, rulebook)
    return tuple(found.values())


def _no_row(line: LineFacts, raised: Raised, rulebook: Rulebook) -> Finding:
    told = ", ".join(f"{name}: {value}" for name, value in line.named(raised.name).items())
    where = (one.where for one in raised.evidence)
    question = rulebook.modifiers.question
    return raise_finding(rulebook, FindingCode.NO_ROW, *where, question=question, facts=told)


def _settle(
    carried: list[_Asked], rulebook: Rulebook, on: date
) -> tuple[list[_Asked], tuple[Rejected, ...], tuple[Finding, ...]]:
    """The modifiers without those that a conflict row takes away, and the conflicts nothing repairs."""
    kept, stripped, clashes = list(carried), [], []
    for conflict in rulebook.modifier_conflicts.ask_all({}, on=on):
        pair = {one.modifier.value: one for one in kept}
        both = (conflict.then.first, conflict.then.second)
        if not set(both) <= set(pair):
            continue
        if conflict.then.keep:
            lost = next(pair[code] for code in both if code != conflict.then.keep)
            kept.remove(lost)
            rejected = _rejected(lost, conflict.row.label)
            stripped.append(replace(rejected, because=(*rejected.because, because_row(conflict))))
        else:
            why = {code: (pair[code].hit.row.label, pair[code].raised.evidence) for code in both}
            clashes.append(_clash(conflict, why, rulebook))
    return kept, tuple(stripped), tuple(clashes)


def _clash(
    conflict: Hit[ModifierConflict], why: dict[str, tuple[str, tuple[Evidence, ...]]], rulebook: Rulebook
) -> Finding:
    """The finding of two modifiers that exclude each other, with the facts that asked for each."""
    first, second = conflict.then.first, conflict.then.second
    where = (one.where for code in (first, second) for one in why[code][1])
    finding = raise_finding(
        rulebook,
        FindingCode.MODIFIER_CONFLICT,
        *where,
        first=first,
        second=second,
        first_why=why[first][0],
        second_why=why[second][0],
    )
    return replace(finding, because=(because_row(conflict),))


def _left_off(asked: _Asked, rulebook: Rulebook) -> Finding:
    finding = raise_finding(
        rulebook,
        FindingCode.MODIFIER_LEFT_OFF,
        *(one.where for one in asked.raised.evidence),
        modifier=asked.modifier.value,
        why=asked.hit.then.left_off,
    )
    return replace(finding, because=(asked.because,))


def _warned(asked: _Asked, line: LineFacts, rulebook: Rulebook) -> Finding:
    """What the payer does with the line for its modifier, so that nobody learns it from the denial."""
    finding = raise_finding(
        rulebook,
        FindingCode.DENIAL_BY_MODIFIER,
        *(one.where for one in asked.raised.evidence),
        modifier=asked.modifier.value,
        procedure=line.procedure.value,
        claim=line.claim_type.value,
        says=asked.hit.then.warns,
    )
    return replace(finding, because=(asked.because,))


def _rejected(asked: _Asked, says: str) -> Rejected:
    return Rejected(
        value=asked.modifier.value, instead_of="modifier", says=f"{says}.", because=(asked.because,)
    )


def _words(asked: _Asked, rulebook: Rulebook) -> Chosen[str] | Finding:
    """The words a modifier needs beside it."""
    wanted, says = NARRATED[asked.modifier], asked.raised.says
    if says and (wanted is WHY or TRIAL_NUMBER.search(says)):
        told = f"{asked.modifier.value}: {says}"
        return Chosen(value=told, because=(asked.because,))
    where = (one.where for one in asked.raised.evidence)
    code = FindingCode.NARRATIVE_MISSING
    return raise_finding(rulebook, code, *where, modifier=asked.modifier.value, what=wanted)


def _joined(words: list[Chosen[str]]) -> Chosen[str] | None:
    if not words:
        return None
    because = tuple(reason for one in words for reason in one.because)
    return Chosen(value="; ".join(one.value for one in words), because=because)


def _more_than_four(
    carried: tuple[Chosen[Modifier], ...],
    narrative: Chosen[str] | None,
    line: LineFacts,
    rulebook: Rulebook,
    on: date,
) -> tuple[tuple[Chosen[Modifier], ...], Chosen[str] | None] | Finding:
    """One modifier that stands for all, and the narrative that lists them in rank order."""
    asked = rulebook.modifiers.ask_all(line.named(Derived.MORE_THAN_FOUR), on=on)
    hit = next((hit for hit in asked if CIRCUMSTANCE in hit.row.when), None)
    if hit is None:
        return _no_row(line, Raised(name=Derived.MORE_THAN_FOUR, says="", evidence=()), rulebook)
    listed = "Modifiers " + " ".join(one.value.value for one in carried)
    because = (because_row(hit), *(reason for one in carried for reason in one.because))
    words = f"{listed}; {narrative.value}" if narrative else listed
    return (Chosen(value=hit.then.modifier, because=because),), Chosen(value=words, because=because)


def _stripped(code: str, decided: Modifiers, rulebook: Rulebook, on: date) -> Finding:
    """The warning that a draft's modifier was taken off, with the row that says why where there is one."""
    never = rulebook.never_modifiers.ask_one({"modifier": code}, on=on)
    if never:
        finding = raise_finding(rulebook, FindingCode.MODIFIER_STRIPPED, modifier=code, why=never.then.says)
        return replace(finding, because=(because_row(never),))
    conflict = next(_repairs(code, decided, rulebook, on), None)
    if conflict:
        finding = raise_finding(
            rulebook, FindingCode.MODIFIER_STRIPPED, modifier=code, why=conflict.row.label
        )
        return replace(finding, because=(because_row(conflict),))
    off = next((one for one in decided.rejected if one.value == code), None)
    why = off.says.rstrip(".") if off else NO_FACT
    finding = raise_finding(rulebook, FindingCode.MODIFIER_STRIPPED, modifier=code, why=why)
    return replace(finding, because=off.because if off else ())


def _repairs(code: str, decided: Modifiers, rulebook: Rulebook, on: date) -> Iterator[Hit[ModifierConflict]]:
    carried = {one.value.value for one in decided.carried}
    for conflict in rulebook.modifier_conflicts.ask_all({}, on=on):
        both = {conflict.then.first, conflict.then.second}
        if conflict.then.keep and code in both and code != conflict.then.keep and both - {code} <= carried:
            yield conflict
