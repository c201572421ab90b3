"""The report as a whole: impression against body, addendum and final reading over what they replace.

Statements of single clauses become one entry per vertebra. Two statements that cannot both hold become a
contradiction; where the text itself does not settle it, the level is uncertain and nothing is billed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from service.core.rulebook import Precedence, Row, Stands
from service.prose.clauses import IMAGED
from service.prose.entry import Frame, Resolved, entry_of, grade_fits
from service.prose.reading import LEVELS, DeformitySaid, DenialSaid, FractureSaid
from service.prose.statements import Denial, Mention, Normal, Statements
from service.prose.supersede import SUPERSEDING, match_levels, rank, supersede, weigh_attributes

STRONG_DEFORMITY = ("compression",)


def resolve(statements: Statements, frame: Frame, precedences: Mapping[str, Row[Precedence]]) -> Resolved:
    """One entry per vertebra, the denial that stands, and every contradiction."""
    out = Resolved(precedences=precedences)
    supersede(statements, out)
    match_levels(statements, out)
    _call_graded(statements)
    _settle_denial(statements, frame, out)
    by_level: dict[str, list[Mention]] = {}
    for mention in statements.mentions:
        for level in mention.levels:
            by_level.setdefault(level, []).append(mention)
    _told_and_cleared(statements, out)
    for level in sorted(by_level, key=_place):
        _settle_level(level, by_level[level], statements, frame, out)
    _without_level(statements, frame, out)
    _deformities(statements, out)
    if out.denial is None and not any(f.is_fracture != "denied" for f in out.fractures):
        out.denial = _all_of_normal_form(statements, frame)
    return out


def _all_of_normal_form(statements: Statements, frame: Frame) -> DenialSaid | None:
    """The vertebrae called normal in form or height, all or as many as could be read, deny a fracture."""
    for normal in sorted(statements.normals, key=lambda n: rank(n.sentence.section)):
        if not normal.form or (normal.levels and len(normal.levels) < IMAGED):
            continue
        whole = not normal.levels or frame.attempted is None or normal.levels == (*_range(frame.attempted),)
        scope = "all" if whole and not normal.otherwise else "evaluable_levels"
        return DenialSaid(scope=scope, span=normal.span)
    return None


def _call_graded(statements: Statements) -> None:
    """Shapes with grades are fractures where the report sums them up so: "multiple vertebral fractures"."""
    fractures = [m for m in statements.mentions if m.head == "fracture"]
    summed = [
        m for m in fractures if not m.levels and m.certainty == "definite" and m.plural and not m.further
    ]
    if not summed or any(m.levels for m in fractures):
        return
    for mention in statements.mentions:
        if mention.head == "deformity" and mention.kind == "graded":
            mention.head, mention.certainty = "fracture", "definite"


def _place(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _told_and_cleared(statements: Statements, out: Resolved) -> None:
    """A fracture told as history whose level the reading calls normal was none."""
    if out.stands("indication_vs_reading") is not Stands.READING:
        return
    for levels, told in statements.history:
        for normal in statements.normals:
            if len(normal.levels) == 1 and normal.levels[0] in levels:
                level = normal.levels[0]
                if any(level in m.levels and m.head == "fracture" for m in statements.mentions):
                    continue
                spans = (normal.span,)
                out.fractures.append(FractureSaid(level=level, is_fracture="denied", status="", spans=spans))
                out.contradict("indication_vs_reading", told, normal.span)


def _settle_denial(statements: Statements, frame: Frame, out: Resolved) -> None:
    ordered = sorted(statements.denials, key=lambda d: (rank(d.sentence.section), d.sentence.start, d.span))
    usable = [denial for denial in ordered if ":" not in denial.scope]
    for denial in usable:
        scope = _denial_scope(denial, frame)
        if out.denial is None or (out.denial.scope != "all" and scope == "all" and _early(denial, usable)):
            out.denial = DenialSaid(scope=scope, span=denial.span)
    if ordered and not usable:
        out.unclear += [(d.span, "a denial of one kind of fracture only") for d in ordered]


def _early(denial: Denial, usable: list[Denial]) -> bool:
    return rank(denial.sentence.section) == rank(usable[0].sentence.section)


def _denial_scope(denial: Denial, frame: Frame) -> str:
    if denial.scope != "all" or not denial.levels:
        return denial.scope
    whole = frame.attempted is None or denial.levels == (*_range(frame.attempted),)
    return "all" if whole else "evaluable_levels"


def _range(ends: tuple[str, str]) -> Iterable[str]:
    return LEVELS[LEVELS.index(ends[0]) : LEVELS.index(ends[1]) + 1]


def _settle_level(
    level: str, mentions: list[Mention], statements: Statements, frame: Frame, out: Resolved
) -> None:
    mentions = sorted(mentions, key=lambda m: (m.sentence.part not in SUPERSEDING, rank(m.sentence.section)))
    called = [m for m in mentions if m.head in ("fracture", "treated")]
    doubts = [m for m in mentions if m.head == "deformity"]
    benign = [m for m in mentions if m.head == "benign"]
    if not called and doubts and benign:
        return
    if not called and doubts:
        _lone_deformity(level, doubts, mentions, statements, frame, out)
        return
    if not called:
        _attributes_alone(level, mentions, out)
        return
    chosen = called[0]
    same_rank = [m for m in called if rank(m.sentence.section) == rank(chosen.sentence.section)]
    certainty = _certainty(chosen, same_rank, called, out)
    if certainty == "denied" and doubts:
        out.deformities.append(DeformitySaid(levels=(level,), kind="unspecified", span=doubts[0].span))
    if benign and certainty == "definite" and any(m.head == "fracture" for m in called):
        explained = [m for m in benign if m.kind not in ("lesion", "degenerative", "artefact")]
        if explained:
            out.signs.add("explained-and-called")
    if certainty != "denied":
        certainty = _against_denials(level, chosen, certainty, called, statements, out, mentions)
    if (
        certainty == "definite"
        and doubts
        and rank(doubts[0].sentence.section) < rank(chosen.sentence.section)
    ):
        out.signs.add("deformity-only-in-impression")
    weigh_attributes(mentions, certainty, out)
    entry = entry_of(level, certainty, [m for m in mentions if m.head != "benign"], frame, out)
    if entry.is_fracture == "definite" and not grade_fits(entry):
        out.contradict("grade_vs_percent", *entry.spans[:1])
        out.signs.add("grade-against-percent")
    out.fractures.append(entry)


def _certainty(chosen: Mention, same_rank: list[Mention], called: list[Mention], out: Resolved) -> str:
    kinds = {m.certainty for m in same_rank}
    later = [m for m in called if m not in same_rank]
    if {"definite", "denied"} <= kinds or ("denied" in kinds and "uncertain" in kinds):
        out.contradict("body_vs_impression", *(m.span for m in same_rank))
        return "uncertain"
    if chosen.certainty == "denied" and any(m.certainty == "definite" for m in later):
        out.contradict("body_vs_impression", *(m.span for m in called))
        return _by_row(chosen.certainty, out)
    if chosen.certainty != "denied" and any(m.certainty == "denied" for m in later):
        out.contradict("body_vs_impression", *(m.span for m in called))
        return _by_row(chosen.certainty, out)
    if chosen.certainty == "definite" and "uncertain" in kinds:
        out.signs.add("certain-and-uncertain")
        return "uncertain"
    if chosen.certainty == "definite" and any(m.certainty == "uncertain" for m in later):
        out.signs.add("certain-and-uncertain")
    if chosen.certainty == "uncertain" and any(m.certainty == "definite" for m in later):
        out.signs.add("certain-and-uncertain")
    return chosen.certainty


def _by_row(impression: str, out: Resolved) -> str:
    """What stands where body and impression disagree: what the impression says, or a doubt."""
    return impression if out.stands("body_vs_impression") is Stands.IMPRESSION else "uncertain"


def _against_denials(
    level: str,
    chosen: Mention,
    certainty: str,
    called: list[Mention],
    statements: Statements,
    out: Resolved,
    mentions: Sequence[Mention] = (),
) -> str:
    """A denial of every fracture, or a level called normal, against a fracture of the other part."""
    if chosen.head == "treated" or any(m.treated for m in called):
        return certainty
    ages = {m.age for m in called}
    for denial in statements.denials:
        whole = denial.scope == "all" and (not denial.levels or level in denial.levels)
        acute = denial.scope == "acute" and ages & {"acute", "acute_or_subacute"}
        new = denial.scope == "new" and any(m.change == "new" for m in called)
        same = denial.sentence.start == chosen.sentence.start
        if "old" in ages or same or not (whole or acute or new):
            continue
        if certainty == "uncertain":
            out.signs.add("denied-and-uncertain")
            continue
        out.contradict("body_vs_impression", chosen.span, denial.span)
        return _by_row(
            "denied" if rank(denial.sentence.section) < rank(chosen.sentence.section) else certainty, out
        )
    for normal in statements.normals:
        if _contradicts(normal, level, [*called, *mentions]):
            out.contradict("body_vs_impression", normal.span, chosen.span)
            return "uncertain"
    return certainty


def _contradicts(normal: Normal, level: str, called: list[Mention]) -> bool:
    """Whether a level is called normal in a part of the report that does not name its fracture."""
    if normal.otherwise or (normal.levels and level not in normal.levels):
        return False
    if len(normal.levels) == 1:
        return all(normal.sentence.start != m.sentence.start for m in called)
    return all(rank(m.sentence.section) != rank(normal.sentence.section) for m in called)


def _lone_deformity(
    level: str,
    doubts: list[Mention],
    mentions: list[Mention],
    statements: Statements,
    frame: Frame,
    out: Resolved,
) -> None:
    """A deformity nobody calls a fracture: doubtful if graded or compressed, none where all is denied."""
    denied = next((d for d in statements.denials if d.scope == "all"), None)
    graded = any(m.graded and (m.basis == "number" or m.grade != 1) for m in doubts)
    compression = any(m.kind in STRONG_DEFORMITY for m in doubts)
    hedged = any("fracture" in m.hedged_on for m in doubts)
    if denied and not compression and not graded and not hedged:
        kind = next((m.kind for m in mentions if m.head == "explained"), "unspecified")
        out.deformities.append(DeformitySaid(levels=(level,), kind=kind, span=doubts[0].span))
        return
    if denied:
        out.signs.add("denied-and-uncertain")
    if any(m.graded for m in doubts):
        out.signs.add("graded-deformity")
    elif not compression and not hedged:
        out.signs.add("unexplained-deformity")
    named = [m for m in mentions if m.head not in ("benign", "explained")]
    out.fractures.append(entry_of(level, "uncertain", named, frame, out))


def _attributes_alone(level: str, mentions: list[Mention], out: Resolved) -> None:
    for mention in mentions:
        if mention.head == "attributes":
            out.unclear.append((mention.span, f"something is said of {level} that is not named"))


def _without_level(statements: Statements, frame: Frame, out: Resolved) -> None:
    """Fractures without a level: a summary of those named, or a region nobody can count."""
    loose = [m for m in statements.mentions if not m.levels and m.head == "fracture"]
    loose = [m for m in loose if m.certainty != "denied"]
    called = [f for f in out.fractures if f.is_fracture != "denied"]
    if not loose:
        return
    further = [m for m in loose if m.further]
    if called:
        for mention in further:
            out.signs.add("uncounted-level")
            out.fractures.append(entry_of(mention.kind, mention.certainty, [mention], frame, out))
        for mention in loose:
            if mention.further:
                continue
            if mention.age or mention.cause:
                out.fractures = [_with_summary(f, mention) for f in out.fractures]
            if mention.certainty != "definite" and any(f.is_fracture == "definite" for f in called):
                out.signs.add("certain-and-uncertain")
        return
    first = loose[0]
    certainty = _against_denials("", first, first.certainty, loose, statements, out)
    region = first.kind or "spine_unspecified"
    out.signs.add("uncounted-level")
    out.fractures.append(entry_of(region, certainty, loose, frame, out))


def _with_summary(fracture: FractureSaid, mention: Mention) -> FractureSaid:
    if fracture.is_fracture != "definite":
        return fracture
    age = mention.age if fracture.age == "not_stated" and mention.age else fracture.age
    cause = mention.cause if fracture.cause == "not_stated" and mention.cause else fracture.cause
    status = "healed" if age == "old" else fracture.status
    return replace(fracture, age=age, cause=cause, status=status)


def _deformities(statements: Statements, out: Resolved) -> None:
    called = {f.level for f in out.fractures if f.is_fracture != "denied"}
    seen: set[tuple[str, str]] = set()
    for mention in sorted(statements.mentions, key=lambda m: rank(m.sentence.section)):
        if mention.head != "benign":
            continue
        levels = tuple(
            level
            for level in mention.levels
            if (level, mention.kind) not in seen and (mention.kind == "lesion" or level not in called)
        )
        seen |= {(level, mention.kind) for level in levels}
        if levels:
            out.deformities.append(DeformitySaid(levels=levels, kind=mention.kind, span=mention.span))
