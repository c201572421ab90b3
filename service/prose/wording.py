"""What a clause is about, told by its words alone: a region, the scope of a denial, the form of vertebrae.

Neighbours: `vertebrae` asks these while it reads a clause.
"""

from collections.abc import Sequence

from service.prose.clauses import Clause
from service.prose.days import days_in
from service.prose.document import Sentence
from service.prose.items import Item
from service.prose.reading import LEVELS, USUAL
from service.prose.scope import negators, said
from service.prose.statements import Mention
from service.prose.tokens import Token

EXPLAINS = (
    *("scheuermann", "limbus", "schmorl", "congenital", "lesion", "short_vertebral_height"),
    *("physiologic_wedging", "degenerative", "artefact"),
)
REGION_WORDS = {
    "thoracolumbar": "thoracolumbar_unspecified",
    "thoracic": "thoracic_unspecified",
    "dorsal": "thoracic_unspecified",
    "lumbar": "lumbar_unspecified",
}
OF_THE_DISC = ("osteophyt", "spur", "spondyl", "dish", "ddd", "syndesmophyt", "disc", "disk")
COMPARING = frozenset(
    [
        *(
            "not",
            "present",
            "on",
            "in",
            "of",
            "the",
            "since",
            "from",
            "prior",
            "previous",
            "study",
            "exam",
            "at",
        ),
        *(
            "compared",
            "with",
            "to",
            "examination",
            "film",
            "films",
            "radiographs",
            "vfa",
            "as",
            "vs",
            "earlier",
        ),
    ]
)
"""Words beside a change and its day that say of what it is one: nothing new."""
STUDY = frozenset({"vfa", "study", "exam", "examination", "assessment", "iva", "lva", "dva"})
PLAIN_KINDS = ("wedge", "biconcave", "crush", "1", "osteoporotic", "endplate")
VERTEBRAL = frozenset({"vertebra", "vertebrae", "vertebral", "bodies", "body", "levels", "level"})
FORM = frozenset(
    [
        *("height", "heights", "shape", "shapes", "form", "configuration", "morphology", "contour"),
        *("contours", "deformity", "deformities", "compression", "wedging", "stature", "collapse"),
    ]
)
NOT_FORM = frozenset(
    [
        *("alignment", "aligned", "disc", "discs", "disk", "disks", "density", "densities", "mineralization"),
        *("curvature", "kyphosis", "lordosis", "canal", "pedicles", "marrow", "bmd", "wall", "walls"),
    ]
)


UP = frozenset({"above", "cephalad", "cranial", "superior", "higher", "rostral", "up", "proximal"})
DOWN = frozenset({"below", "caudal", "caudad", "inferior", "lower", "down", "distal", "beneath"})


def unread(clause: Clause, tokens: Sequence[Token], levels: tuple[str, ...]) -> tuple[str, ...]:
    """The levels a clause says cannot be read: those it names, or those beyond one: "above T6".

    What is seen in part says nothing of a level that is named, and takes the levels beyond one away.
    """
    blind = any(item.means("not-evaluable") for item in clause.items)
    group = clause.level
    if group is None or len(group.levels) != 1 or group.levels[0] not in LEVELS:
        return levels if blind else ()
    before = {token.text for token in tokens[max(group.first - 2, 0) : group.first]}
    joint, after = ({token.text for token in tokens[at : at + 1]} for at in (group.last + 1, group.last + 2))
    behind = after if joint & {"and", "or", "&"} else set()
    at = LEVELS.index(group.levels[0])
    if (before & UP or behind & UP) and (blind or clause.has("partly-seen")):
        return tuple(one for one in USUAL if LEVELS.index(one) < at + bool(behind & UP))
    if (before & DOWN or behind & DOWN) and (blind or clause.has("partly-seen")):
        return tuple(one for one in USUAL if LEVELS.index(one) > at - bool(behind & DOWN))
    return levels if blind else ()


def region_of(tokens: Sequence[Token]) -> str:
    """The region of a fracture without a level."""
    words = [token.text for token in tokens]
    named = {region for word, region in REGION_WORDS.items() if word in words}
    if named == {"thoracic_unspecified", "lumbar_unspecified"}:
        return "thoracolumbar_unspecified"
    return named.pop() if len(named) == 1 else "spine_unspecified"


def kind_of(benign: Sequence[Item]) -> str:
    """The explanation that is no fracture."""
    values = {item.value for item in benign}
    return next((kind for kind in EXPLAINS if kind in values), "unspecified")


def has_rival(clause: Clause, tokens: Sequence[Token]) -> bool:
    """Whether another explanation stands beside the fracture as its rival ("or", "versus")."""
    words = [token.text for token in tokens[clause.items[0].first : clause.items[-1].last]]
    return bool({"or", "versus", "vs"} & set(words)) or "/" in words


def denial_scope(clause: Clause, head: Item) -> str:
    """What a denial denies: every fracture, acute or new ones, those elsewhere, or one kind only."""
    first = negators(clause)[0].first if negators(clause) else 0
    if clause.has("other-levels"):
        return "other_levels"
    inside = [item for item in clause.items if first <= item.first <= head.last + 4]
    for item in inside:
        if item.means("age", "acute") or item.means("age", "acute_or_subacute"):
            return "acute"
        if item.kind == "age":
            return f"age:{item.value}"
        if item.means("change", "new"):
            return "new"
        special = item.kind == "grade" or item.value not in PLAIN_KINDS
        if item.kind in ("cause", "shape", "grade") and item.first < head.first and special:
            return f"kind:{item.value}"
    return "all"


def of_form(clause: Clause, tokens: Sequence[Token]) -> bool:
    """Whether what is called normal is the form or height of vertebrae, not alignment or density."""
    words = {token.text for token in tokens[clause.first : clause.last + 1]}
    if words & FORM and words & VERTEBRAL:
        return True
    return bool(words & (VERTEBRAL | {"deformity", "deformities"})) and not words & NOT_FORM


def since_when(clause: Clause, tokens: Sequence[Token]) -> str:
    """The latest day of a clause, else of its sentence: "T7 stable since 2020, L4 new vs 2025"."""
    low, high = clause.items[0].first, clause.items[-1].last
    while high + 1 < len(tokens) and tokens[high + 1].kind != "level" and tokens[high + 1].text not in ",;":
        high += 1
    return max(days_in(tokens[low : high + 1]), default="") or max(days_in(tokens), default="")


def deforms(benign: Sequence[Item], clause: Clause, tokens: Sequence[Token]) -> bool:
    """Whether an explanation explains a form: osteophytes alone leave a vertebra its form."""
    if clause.has("shape", "deformity", "genant", "percent", "anaphor") or kind_of(benign) != "degenerative":
        return True
    words = [token.text for item in benign for token in tokens[item.first : item.last + 1]]
    return not any(word.startswith(OF_THE_DISC) for word in words) or "remodeling" in words


def doubted(before: Mention | None) -> bool:
    """Whether the fracture before is doubted: "possible L3 fracture, L4 not excluded"."""
    return before is not None and before.head == "fracture" and before.certainty == "uncertain"


def only_change(clause: Clause, tokens: Sequence[Token], before: Mention | None) -> bool:
    """Whether a sentence says how the fracture before it has changed and nothing else: "New since 2024."."""
    changes = clause.each("change")
    if before is None or before.head != "fracture" or before.certainty == "denied":
        return False
    if not changes or changes[0].first > 0:
        return False
    if len(tokens) > changes[0].last + 1 and tokens[changes[0].last + 1].text in STUDY:
        return False
    told = {at for item in changes for at in range(item.first, item.last + 1)}
    return all(
        at in told or token.text in COMPARING or token.kind in ("date", "number", "punct")
        for at, token in enumerate(tokens)
    )


def whole_study(clause: Clause, sentence: Sentence) -> bool:
    """Whether the study is called negative or normal as a whole ("Negative VFA", "VFA: normal")."""
    tokens, words = sentence.tokens, {token.text for token in sentence.tokens}
    negative = any(said(tokens, item) == "negative" for item in clause.each("negation"))
    normal = clause.has("normal") and "normal" in words and (words & STUDY or len(tokens) <= 2)
    return (negative or (bool(normal) and sentence.section in ("body", "impression"))) and (
        not clause.level or clause.level.value == "range"
    )
