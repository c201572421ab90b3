"""The procedure codes a claim line can bill, and the groups of them that rules speak of.

Names are ours; CPT descriptors are the AMA's. Neighbours: `codes` has every other vocabulary.
"""

from enum import StrEnum
from typing import Final


class Procedure(StrEnum):
    """Procedure codes this service can put on a line. Names are ours; CPT descriptors are the AMA's."""

    VFA = "77086"
    DENSITY_WITH_VFA = "77085"
    AXIAL_DENSITY = "77080"
    PERIPHERAL_DENSITY = "77081"
    # trabecular bone score from a DXA of the spine, and its parts
    BONE_SCORE = "77089"
    BONE_SCORE_PREPARATION = "77090"
    BONE_SCORE_CALCULATION = "77091"
    BONE_SCORE_READING = "77092"
    # what a draft may carry beside them; none is decided here, all are judged by the edits
    CT_DENSITY = "77078"
    ULTRASOUND_DENSITY = "76977"
    ULTRASOUND_DENSITY_AXIAL = "0815T"
    SINGLE_ENERGY_DENSITY = "G0130"
    HAND_FILM_DENSITY = "0749T"
    HAND_FILM_AND_DENSITY = "0750T"
    CT_FRACTURE_ANALYSIS = "0691T"
    CT_STRENGTH_WITH_FRACTURE = "0743T"
    CT_STRENGTH = "0554T"
    CT_STRENGTH_PREPARATION = "0555T"
    CT_STRENGTH_CALCULATION = "0556T"
    CT_STRENGTH_READING = "0557T"
    CT_STRENGTH_SCAN = "0558T"
    SPINE_FILM_ONE_VIEW = "72020"
    THORACIC_FILM = "72070"
    THORACIC_FILM_THREE_VIEWS = "72072"
    THORACIC_FILM_FOUR_VIEWS = "72074"
    THORACOLUMBAR_FILM = "72080"
    WHOLE_SPINE_FILM = "72081"
    WHOLE_SPINE_FILM_TWO_VIEWS = "72082"
    WHOLE_SPINE_FILM_FOUR_VIEWS = "72083"
    WHOLE_SPINE_FILM_SIX_VIEWS = "72084"
    LUMBAR_FILM = "72100"
    LUMBAR_FILM_FOUR_VIEWS = "72110"
    LUMBAR_FILM_WITH_BENDING = "72114"
    PORT_BLOOD_DRAW = "36591"
    CATHETER_BLOOD_DRAW = "36592"
    PORT_FLUSH = "96523"


BONE_SCORES: Final = frozenset(
    {
        Procedure.BONE_SCORE,
        Procedure.BONE_SCORE_PREPARATION,
        Procedure.BONE_SCORE_CALCULATION,
        Procedure.BONE_SCORE_READING,
    }
)
DXA: Final = BONE_SCORES | {
    Procedure.VFA,
    Procedure.DENSITY_WITH_VFA,
    Procedure.AXIAL_DENSITY,
    Procedure.PERIPHERAL_DENSITY,
}
"""Procedures of a DXA session: what the service decides from order, session and report."""
HCPCS_PROCEDURES: Final = frozenset({Procedure.SINGLE_ENERGY_DENSITY})
"""Procedures of HCPCS Level II; the rest are CPT."""
DISTINCT_SERVICE_MODIFIERS: Final = frozenset({"59", "XE", "XS", "XP", "XU"})
"""Modifiers that say a service was separate: they help against an NCCI pair of indicator 1, never of 0."""


BONE_MASS_MEASUREMENTS: Final = frozenset(
    {Procedure.DENSITY_WITH_VFA, Procedure.AXIAL_DENSITY, Procedure.PERIPHERAL_DENSITY}
)
"""Procedures that measure bone density: Medicare limits how often (42 CFR 410.31); a VFA alone is none."""
PART_MODIFIERS: Final = frozenset({"26", "TC"})
"""Modifiers that tell a part of a service from the whole."""
