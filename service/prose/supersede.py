"""What replaces what: addendum and final reading over what went before, impression over body.

Neighbours: `resolve` calls these before it looks at single levels.
"""

from collections.abc import Sequence

from service.core.rulebook import Stands
from service.prose.entry import Resolved
from service.prose.statements import Denial, Mention, Statements

SUPERSEDING = ("addendum", "final")


def rank(section: str) -> int:
    """Impression before body."""
    return 0 if section == "impression" else 1


def supersede(statements: Statements, out: Resolved) -> None:
    """What an addendum or a final reading replaces is taken out; that it differed is kept."""
    later = [m for m in statements.mentions if m.sentence.part in SUPERSEDING and m.head == "fracture"]
    denials = [d for d in statements.denials if d.sentence.part in SUPERSEDING and d.scope == "all"]
    kind = _kind({m.sentence.part for m in later} | {d.sentence.part for d in denials})
    if not kind or out.stands(kind) is not Stands.LATER:
        return
    says = later[0].span if later else denials[0].span
    named = {level for mention in later for level in mention.levels}
    _cleared(statements)
    explained = _explained(statements)
    for mention in list(statements.mentions):
        if mention.sentence.part in SUPERSEDING or mention.head in ("benign", "attributes"):
            continue
        replaced = set(mention.levels) <= named or (bool(denials) and mention.certainty != "denied")
        if replaced and not mention.treated:
            statements.mentions.remove(mention)
            if denials and mention.head == "fracture" and set(mention.levels) & explained:
                statements.mentions.append(_denied(mention, denials[0]))
            if mention.head == "fracture" and mention.certainty != "denied":
                out.contradict(kind, mention.span, denials[0].span if denials else says)
    _supersede_denials(statements, [m for m in later if m.certainty != "denied"], bool(denials), kind, out)


def _supersede_denials(
    statements: Statements, called: list[Mention], denied: bool, kind: str, out: Resolved
) -> None:
    """Denials and normal levels of the earlier reading go where the later one calls or denies again."""
    for denial in list(statements.denials):
        if denial.sentence.part not in SUPERSEDING and (called or denied):
            statements.denials.remove(denial)
            if called and denial.scope == "all":
                out.contradict(kind, denial.span, called[0].span)
    if called:
        statements.normals[:] = [n for n in statements.normals if n.sentence.part in SUPERSEDING]


def _kind(parts: set[str]) -> str:
    """How a later part of the report differs from what it replaces; empty where there is none."""
    if not parts:
        return ""
    return "preliminary_vs_final" if "final" in parts else "addendum_supersedes"


def _explained(statements: Statements) -> set[str]:
    """Levels whose form the later reading explains by something else than a fracture."""
    benign = [m for m in statements.mentions if m.sentence.part in SUPERSEDING and m.head == "benign"]
    return {level for mention in benign for level in mention.levels}


def _denied(mention: Mention, denial: Denial) -> Mention:
    """What is said of a level whose fracture the later reading explains otherwise and denies."""
    return Mention(
        levels=mention.levels,
        head="fracture",
        certainty="denied",
        sentence=denial.sentence,
        span=denial.span,
    )


def _cleared(statements: Statements) -> None:
    """A single level the later reading calls normal, after a doubt about it, is denied."""
    doubted = {level for m in statements.mentions if m.sentence.part not in SUPERSEDING for level in m.levels}
    for normal in statements.normals:
        if normal.sentence.part in SUPERSEDING and len(normal.levels) == 1 and normal.levels[0] in doubted:
            statements.mentions.append(
                Mention(
                    levels=normal.levels,
                    head="fracture",
                    certainty="denied",
                    sentence=normal.sentence,
                    span=normal.span,
                )
            )


def match_levels(statements: Statements, out: Resolved) -> None:
    """One fracture under two names: as many levels in body as in impression, and none in common."""
    called = [
        m for m in statements.mentions if m.head == "fracture" and m.certainty == "definite" and m.levels
    ]
    body = [m for m in called if rank(m.sentence.section) == 1 and m.sentence.part == "original"]
    impression = [m for m in called if rank(m.sentence.section) == 0 and m.sentence.part == "original"]
    below = {level for m in body for level in m.levels}
    above = {level for m in impression for level in m.levels}
    mentioned = {
        level
        for m in statements.mentions
        if rank(m.sentence.section) == 0 and m.head != "attributes"
        for level in m.levels
    }
    if not below or not above or below == above:
        return
    if not below & above and len(below) == len(above) and out.stands("level_mismatch") is Stands.IMPRESSION:
        out.contradict("level_mismatch", body[0].span, impression[0].span)
        out.signs.add("level-mismatch")
        for mention in impression:
            mention.hedged_on.add("level")
        statements.mentions[:] = [m for m in statements.mentions if m not in body]
    elif below - mentioned:
        out.signs.add("missing-in-impression")
    elif above - below and not all(
        any(level in m.levels for m in statements.mentions if rank(m.sentence.section) == 1)
        for level in above - below
    ):
        out.signs.add("missing-in-body")


WEIGHED = {"grade": "attribute_differs", "shape": "attribute_differs", "change": "change_differs"}
"""How body and impression differ where they give a fracture another one of these."""


def weigh_attributes(said: Sequence[Mention], certainty: str, out: Resolved) -> None:
    """What body and impression say differently of one fracture; taken from both where no row chooses."""
    if certainty != "definite":
        return
    mentions = [m for m in said if m.head == "fracture"]
    for name, kind in WEIGHED.items():
        above, below = (
            next((m for m in mentions if rank(m.sentence.section) == place and getattr(m, name)), None)
            for place in (0, 1)
        )
        if above is None or below is None or not _differ(name, getattr(above, name), getattr(below, name)):
            continue
        out.contradict(kind, above.span, below.span)
        if out.stands(kind) is not Stands.IMPRESSION and name != "change":
            for mention in mentions:
                setattr(mention, name, None if name == "grade" else "")


def _differ(name: str, one: object, other: object) -> bool:
    """Whether two values cannot both hold: new and progressed may, a broken endplate has any shape."""
    if name == "change":
        return one != other and "unchanged" in (one, other)
    return one != other and "endplate" not in (one, other)
