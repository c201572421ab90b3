"""What becomes of the charges somebody already drafted for the session.

The study decides what is billed. A draft that says otherwise is repaired with a warning that asks a person to
accept; lines of procedures that are not decided here stand beside the decided ones, are left off or outweigh
them as the NCCI tables say. Neighbours: `decide` asks; `edits` looks at the whole claim afterwards.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from service.core.circumstances import Raised, Raisings
from service.core.codes import DXA, ClaimType, Component, Modifier, Procedure
from service.core.decision import Because, Chosen, Finding, because_evidence, because_row, raise_finding
from service.core.finding_codes import FindingCode
from service.core.procedure_codes import BONE_SCORES, DISTINCT_SERVICE_MODIFIERS, PART_MODIFIERS
from service.core.rulebook import Hit, NcciPair, Rulebook
from service.core.situations import Circumstance
from service.core.study import DraftLine, Stated, Study

NEVER, DELETED = "0", "9"
"""NCCI indicators: no modifier helps; the pair is deleted."""
SEPARATE: Mapping[str, Circumstance] = {
    Modifier.DISTINCT: Circumstance.DISTINCT_SERVICE,
    Modifier.SEPARATE_ENCOUNTER: Circumstance.SEPARATE_ENCOUNTER,
    Modifier.SEPARATE_STRUCTURE: Circumstance.SEPARATE_STRUCTURE,
    Modifier.SEPARATE_PRACTITIONER: Circumstance.SEPARATE_PRACTITIONER,
    Modifier.UNUSUAL_NON_OVERLAPPING: Circumstance.UNUSUAL_NON_OVERLAPPING,
}
"""What a modifier of a drafted line says of it."""
COMPONENT_MODIFIER: Mapping[Component, str] = {
    Component.PROFESSIONAL: Modifier.PROFESSIONAL,
    Component.TECHNICAL: Modifier.TECHNICAL,
}
NOT_OURS = "no procedure that this service puts on a claim"
NOT_JUDGED = "its modifiers are not judged here for this procedure, and without them its price would be wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A drafted line that stands on the claims beside what is decided, and the procedure it bills."""

    line: DraftLine
    procedure: Chosen[Procedure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the draft leaves of the decided procedures, what stands beside them, and what is said."""

    procedures: tuple[Procedure, ...]
    beside: tuple[Beside, ...]
    distinct: tuple[Stated, ...]
    """Decided procedures that the draft calls separate services, where that may help."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    study: Study
    decided: Chosen[tuple[Procedure, ...]]
    tables: Mapping[Procedure, frozenset[ClaimType]]
    whole: tuple[Because, ...]
    rulebook: Rulebook
    on: date


def judge_draft(
    study: Study,
    decided: Chosen[tuple[Procedure, ...]],
    tables: Mapping[Procedure, frozenset[ClaimType]],
    whole: tuple[Because, ...],
    rulebook: Rulebook,
    on: date,
) -> Judged:
    """The draft against the decided procedures.

    `tables` are the kinds of claims that a drafted procedure would stand on; `whole` is why scan and reading
    are one line, empty where they are not.
    """
    case = _Case(study=study, decided=decided, tables=tables, whole=whole, rulebook=rulebook, on=on)
    findings = [*_retired(case), *_repaired(case), *_joined(case), *_units(case)]
    outweighed: set[Procedure] = set()
    distinct: dict[str, Stated] = {}
    beside: list[Beside] = []
    for line in study.draft:
        procedure = _procedure(line)
        if procedure is None and not _retirements(line, case):
            findings.append(left_off(line, NOT_OURS, rulebook))
        elif procedure and procedure not in DXA:
            stands, said = _companion(line, procedure, case, outweighed, distinct)
            findings += said
            unjudged = _unjudged(line)
            if stands and unjudged:
                findings.append(left_off(line, f"{NOT_JUDGED}: {', '.join(unjudged)}", rulebook))
            elif stands:
                beside.append(stands)
    kept = tuple(one for one in decided.value if one not in outweighed)
    return Judged(
        procedures=kept,
        beside=tuple(beside),
        distinct=tuple(distinct.values()),
        findings=tuple(findings),
    )


def left_off(line: DraftLine, why: str, rulebook: Rulebook) -> Finding:
    """The note that a drafted line is not on the claim, and why."""
    return raise_finding(rulebook, FindingCode.DRAFT_LINE_LEFT, *_where(line), code=shown(line), why=why)


def shown(line: DraftLine) -> str:
    """A drafted line as a biller writes it: the code with its modifiers."""
    return "-".join((line.code, *line.modifiers))


def _where(line: DraftLine) -> tuple[str, ...]:
    return tuple(one.where for one in line.evidence)


def _unjudged(line: DraftLine) -> tuple[str, ...]:
    """Modifiers of a line of another procedure that no rule here speaks of: the rows are of DXA studies."""
    judged = PART_MODIFIERS | DISTINCT_SERVICE_MODIFIERS
    return tuple(one for one in line.modifiers if one.strip().upper() not in judged)


def _procedure(line: DraftLine) -> Procedure | None:
    return Procedure(line.code) if line.code in set(Procedure) else None


def _retirements(line: DraftLine, case: _Case) -> tuple[Finding, ...]:
    found = []
    for hit in case.rulebook.retired_codes.ask_all({"code": line.code}, on=case.on):
        finding = raise_finding(
            case.rulebook,
            FindingCode.DRAFT_CODE_RETIRED,
            *_where(line),
            code=line.code,
            day=case.on.isoformat(),
            says=hit.then.says,
        )
        found.append(replace(finding, because=(because_row(hit, *line.evidence),)))
    return tuple(found)


def _retired(case: _Case) -> Iterator[Finding]:
    for line in case.study.draft:
        yield from _retirements(line, case)


def _repaired(case: _Case) -> Iterator[Finding]:
    """The DXA lines of the draft against what is decided; parts of a bone score count as the score."""
    drafted = [line for line in case.study.draft if _procedure(line) in DXA]
    retired = [line for line in case.study.draft if _retirements(line, case)]
    said = {_whole(Procedure(line.code)) for line in drafted}
    if not (drafted or retired) or (said == set(map(_whole, case.decided.value)) and not retired):
        return
    lines = (*drafted, *retired)
    finding = raise_finding(
        case.rulebook,
        FindingCode.DRAFT_REPAIRED,
        *(where for line in lines for where in _where(line)),
        drafted=", ".join(map(shown, lines)),
        billed=", ".join(case.decided.value),
        why=" ".join(f"{because.says}." for because in case.decided.because),
    )
    yield replace(finding, because=case.decided.because)


def _joined(case: _Case) -> Iterator[Finding]:
    """Scan and reading are drafted apart and billed as one line."""
    for procedure in case.decided.value if case.whole else ():
        lines = joined_parts(case.study.draft, procedure)
        if lines:
            finding = raise_finding(
                case.rulebook,
                FindingCode.DRAFT_REPAIRED,
                *(where for line in lines for where in _where(line)),
                drafted=", ".join(map(shown, lines)),
                billed=f"{procedure} on one line, for scan and reading,",
                why=" ".join(f"{because.says}." for because in case.whole),
            )
            yield replace(finding, because=case.whole)


def _whole(procedure: Procedure) -> Procedure:
    return Procedure.BONE_SCORE if procedure in BONE_SCORES else procedure


def _units(case: _Case) -> Iterator[Finding]:
    """More than one unit of a decided procedure; a reading and a scan drafted apart are one unit of each."""
    counted: dict[tuple[str, frozenset[str]], list[DraftLine]] = {}
    for line in case.study.draft:
        if _procedure(line) in case.decided.value:
            part = frozenset(line.modifiers) & PART_MODIFIERS
            counted.setdefault((line.code, part), []).append(line)
    for (code, _), lines in counted.items():
        units = sum(line.units for line in lines)
        if units > 1:
            where = (place for line in lines for place in _where(line))
            yield raise_finding(
                case.rulebook, FindingCode.DRAFT_UNITS, *where, units=str(units), procedure=code
            )


def _companion(
    line: DraftLine,
    procedure: Procedure,
    case: _Case,
    outweighed: set[Procedure],
    distinct: dict[str, Stated],
) -> tuple[Beside | None, list[Finding]]:
    """Whether a line of another procedure stands, and what it does to those that are decided."""
    findings: list[Finding] = []
    needed = False
    for ours in case.decided.value:
        for hit in _pairs(ours, procedure, case.tables[procedure], case):
            if not _separate(line, hit):
                return None, [_said(FindingCode.DRAFT_LINE_DROPPED, line, hit, case)]
        for hit in _pairs(procedure, ours, case.tables[procedure], case):
            if hit.then.indicator == NEVER:
                outweighed.add(ours)
                findings.append(_said(FindingCode.DRAFT_OUTWEIGHS, line, hit, case))
            elif said := _separate_of(case.study.draft, ours):
                distinct.update(said)
            elif not {one.what for one in case.study.circumstances} & set(SEPARATE.values()):
                needed = True
                findings.append(_said(FindingCode.DRAFT_DISTINCT_NEEDED, line, hit, case))
    if needed:
        return None, findings
    because = because_evidence("Drafted by whoever charges for it.", *line.evidence)
    return Beside(line=line, procedure=Chosen(value=procedure, because=(because,))), findings


def _pairs(
    column_one: Procedure, column_two: Procedure, tables: frozenset[ClaimType], case: _Case
) -> list[Hit[NcciPair]]:
    facts = {"column_one": column_one.value, "column_two": column_two.value}
    hits = case.rulebook.ncci.ask_all(facts, on=case.on)
    return [hit for hit in hits if hit.then.tables & tables and hit.then.indicator != DELETED]


def _separate(line: DraftLine, hit: Hit[NcciPair]) -> bool:
    return hit.then.indicator != NEVER and bool(DISTINCT_SERVICE_MODIFIERS & set(line.modifiers))


def _separate_of(draft: Iterable[DraftLine], ours: Procedure) -> dict[str, Stated]:
    """What the draft's lines of a decided procedure say of a separate service."""
    return {
        modifier: Stated(what=SEPARATE[modifier], says=f"{modifier} on the draft", evidence=line.evidence)
        for line in draft
        if line.code == ours
        for modifier in line.modifiers
        if modifier in SEPARATE
    }


def _said(code: FindingCode, line: DraftLine, hit: Hit[NcciPair], case: _Case) -> Finding:
    pair = hit.then
    slots = {"dropped": pair.column_two, "kept": pair.column_one, "indicator": pair.indicator}
    finding = raise_finding(case.rulebook, code, *_where(line), **slots)
    return replace(finding, because=(because_row(hit, *line.evidence),))


def edit_pair(
    procedure: Procedure, together: Iterable[Procedure], table: ClaimType, rulebook: Rulebook, on: date
) -> str:
    """Whether the procedure is denied beside another of the session, and whether a modifier may help."""
    found = {
        hit.then.indicator
        for one in together
        for hit in rulebook.ncci.ask_all({"column_one": one.value, "column_two": procedure.value}, on=on)
        if table in hit.then.tables
    }
    if NEVER in found:
        return "never"
    return "modifier-may-help" if found - {DELETED} else "none"


def same_line(
    draft: Iterable[DraftLine], procedure: Procedure, component: Component, planned: frozenset[Component]
) -> DraftLine | None:
    """The drafted line of a procedure: that of the component, where parts are drafted apart.

    A line for another part that is billed too says nothing of this one; at a hospital the line without 26 is
    the hospital's, and the reader's has then not been drafted.
    """
    lines = [line for line in draft if line.code == procedure]
    modifier = COMPONENT_MODIFIER.get(component)
    own = next((line for line in lines if modifier in line.modifiers), None)
    if own or (component is Component.PROFESSIONAL and Component.FACILITY in planned):
        return own
    others = {COMPONENT_MODIFIER[one] for one in planned - {component} if one in COMPONENT_MODIFIER}
    return next((line for line in lines if not others & set(line.modifiers)), None)


def joined_parts(draft: Iterable[DraftLine], procedure: Procedure) -> tuple[DraftLine, ...]:
    """The drafted lines of a procedure where its reading and its scan are drafted apart; else none."""
    told = [(line, PART_MODIFIERS & set(line.modifiers)) for line in draft if line.code == procedure]
    apart = all(len(parts) <= 1 for _, parts in told)
    whole = {part for _, parts in told for part in parts} == PART_MODIFIERS
    return tuple(line for line, parts in told if parts) if apart and whole else ()


def raised_by_draft(drafted: Beside) -> Raisings:
    """What a drafted line says of itself: that it was a separate service."""
    separate = (one for one in drafted.line.modifiers if one in SEPARATE)
    raised = tuple(
        Raised(name=SEPARATE[one], says=f"{one} on the draft", evidence=drafted.line.evidence)
        for one in separate
    )
    return Raisings(all=raised, findings=())


def drafted_charge(drafted: Beside, component: Component) -> Chosen[Decimal] | None:
    """The draft's own charge, where it is for that component: a line with 26 tells nothing of the scan."""
    part = PART_MODIFIERS & set(drafted.line.modifiers)
    wanted = {COMPONENT_MODIFIER[component]} if component in COMPONENT_MODIFIER else set()
    if drafted.line.charge is None or part != wanted:
        return None
    because = because_evidence("The draft says what is charged.", *drafted.line.evidence)
    return Chosen(value=drafted.line.charge, because=(because,))


def drafted_units(drafted: Beside) -> Chosen[int]:
    """The draft's units of a line that is not decided here."""
    because = because_evidence("Units as drafted.", *drafted.line.evidence)
    return Chosen(value=drafted.line.units, because=(because,))
