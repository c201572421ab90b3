"""Closed vocabularies of what a reader (or the treating clinician) says beyond level, grade, shape and age.

Values are codes of our own CodeSystem: no published code system has them. Neighbour: `codes`.
"""

from enum import StrEnum


class Healing(StrEnum):
    """How a fracture heals. A nonunion or malunion is not taken by every diagnosis family."""

    ROUTINE = "routine-healing"
    DELAYED = "delayed-healing"
    NONUNION = "nonunion"
    MALUNION = "malunion"
    NOT_STATED = "not-stated"


class Trauma(StrEnum):
    """The trauma a fracture came from: would it have broken a healthy bone (guideline I.C.13.d.2)?"""

    MINOR = "minor-trauma"
    """A fall or trauma that would not usually break a normal, healthy bone."""
    MAJOR = "major-trauma"
    NOT_STATED = "not-stated"


class Care(StrEnum):
    """Whether a fracture that is not new still needs care."""

    ONGOING = "symptomatic-or-treated"
    NONE = "neither-symptomatic-nor-treated"
    NOT_STATED = "not-stated"


class LateEffect(StrEnum):
    """What an earlier fracture has left behind (sequela)."""

    KYPHOSIS = "kyphosis-after-fracture"
    OTHER = "other-late-effect"
    NOT_STATED = "not-stated"


class Deformity(StrEnum):
    """What a deformity is where the reader does not call it a fracture."""

    NOT_CALLED_FRACTURE = "deformity-not-called-fracture"
    """Compression or wedge deformity without the word fracture: no definite fracture."""
    SCHEUERMANN = "scheuermann"
    SHORT_HEIGHT = "short-vertebral-height"
    DEGENERATIVE = "degenerative-deformity"
    SCHMORL = "schmorl-node"
    CONGENITAL = "congenital-deformity"
    PHYSIOLOGIC = "physiologic-wedging"
    LESION = "undiagnosed-lesion"
    """An abnormal lesion without a diagnosis, further imaging recommended."""
    NOT_STATED = "not-stated"
