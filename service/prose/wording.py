"""What a clause is about, told by its words alone: a region, the scope of a denial, the form of vertebrae.

Neighbours: `vertebrae` asks these while it reads a clause.
"""

from collections.abc import Sequence

from service.prose.clauses import Clause
from service.prose.items import Item
from service.prose.scope import negators
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
