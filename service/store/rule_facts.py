"""The facts a rule may look at, and the words each may have; None where the words are open (codes, names).

The deciders and intake ask with these names and words; a row that uses another one could never match.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    ClaimType,
    Component,
    Density,
    EncounterClass,
    FractureAge,
    Grade,
    Osteoporosis,
    PayerKind,
    Procedure,
    Sex,
    Shape,
    SiteKind,
    Vertebra,
)
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.situations import UNDER_ARRANGEMENT, Circumstance, Derived, OrderMode, SiteDetail, Special

Words = frozenset[str] | None
CAUSES = frozenset({*Cause, "traumatic-minor", "traumatic-major"})
"""A trauma whose energy is stated is a cause of its own."""

PHASES = frozenset("ABDGKPS")
"""Seventh characters of fracture codes."""
AS_SCANNED = "as-scanned"
BILLED_AS = (*(str(kind) for kind in SiteKind), UNDER_ARRANGEMENT, AS_SCANNED)
"""What a study can be billed as, whatever kind of site the patient was scanned at."""


def _words(vocabulary: type[StrEnum]) -> frozenset[str]:
    return frozenset(str(word) for word in vocabulary)


FACTS: Mapping[str, Words] = MappingProxyType(
    {
        "system": frozenset({"cpt", "hcpcs", "loinc", "snomed", "icd10cm", "pos", "site"}),
        "code": None,
        "category": None,
        "stem": None,
        "family": None,
        "level": _words(Vertebra),
        "vfa": frozenset({"yes", "no"}),
        "density": _words(Density),
        "site": _words(SiteKind) | {UNDER_ARRANGEMENT},
        "detail": _words(SiteDetail),
        "bone_score": frozenset({"yes", "no"}),
        "encounter_class": _words(EncounterClass),
        "registered": frozenset({"here", "elsewhere", "snf-part-a"}),
        "special": _words(Special),
        "reader_bills": frozenset({"scanner-owner", "site-organization", "other-organization", "not-needed"}),
        "owned": frozenset({"yes", "no"}),
        "circumstance": _words(Circumstance) | _words(Derived),
        "edit_pair": frozenset({"none", "never", "modifier-may-help"}),
        "modifier": None,
        "place_of_service": None,
        "locality": frozenset({"same", "other", "not-needed"}),
        "component": _words(Component),
        "claim_type": _words(ClaimType),
        "procedure": _words(Procedure),
        "column_one": _words(Procedure),
        "column_two": _words(Procedure),
        "fracture": frozenset({"definite", "uncertain", "none", "not-assessed"}),
        "osteoporosis": _words(Osteoporosis),
        "cause": frozenset(str(cause) for cause in CAUSES),
        "age": frozenset({"current", "healing", "chronic", "old", "indeterminate", "late-effect"}),
        "worded": _words(FractureAge),
        "dated": frozenset(
            {"new", "not-stated", "healing", "chronic", "old", "indeterminate", "late-effect"}
        ),
        "ordered": frozenset({"none", *PHASES}),
        "phase": frozenset({"none", *PHASES}),
        "given_by": frozenset({"order", "reading"}),
        "known_before": frozenset({"yes", "no"}),
        "reason_class": None,
        "certainty": _words(Certainty),
        "shape": _words(Shape),
        "trauma": _words(Trauma),
        "healing": _words(Healing),
        "care": _words(Care),
        "deformity": _words(Deformity),
        "place": frozenset({"shape", "phase"}),
        "intent": frozenset({"adverse-effect", "other"}),
        "fourth": frozenset("0123456789AX") | {"none"},
        "fifth": frozenset("0123456789AX") | {"none"},
        "chapter": None,
        "reason": frozenset({"has-reason", "screening-only", "none"}),
        "sex": _words(Sex),
        "age_band": frozenset({"under-18", "under-40", "40-to-49", "50-and-over"}),
        "payer_id": None,
        "payer_name": None,
        "coverage_type": None,
        "payer": None,
        "plan": None,
        "payer_kind": _words(PayerKind),
        "other_kind": _words(PayerKind),
        "item": frozenset(
            {
                *("order", "order-mode", "orderer", "levels-seen", "grade", "shape", "age", "cause"),
                *("comparison", "mild-deformities"),
            }
        ),
        "state": _words(OrderMode)
        | {"missing", "is-reader", "not-stated", "unexplained"}
        | {"few", "partly-told"},
        "testing_facility": frozenset({"yes", "no"}),
        "age_class": frozenset({"under-70", "70-to-79", "80-and-over"}),
        "height_loss": frozenset({"yes", "no", "no-data"}),
        "prior_fracture": frozenset({"yes", "no", "no-data"}),
        "glucocorticoid": frozenset({"yes", "no", "no-data"}),
        "purpose": frozenset({"screening", "indicated"}),
        "organization": None,
        "words": None,
        "sign": None,
        "differ": frozenset(
            (
                *(
                    "addendum_supersedes",
                    "preliminary_vs_final",
                    "indication_vs_reading",
                    "body_vs_impression",
                ),
                *("level_mismatch", "grade_vs_percent", "density_statement", "template_unfilled"),
                *("attribute_differs", "change_differs", "codes_vs_prose"),
            )
        ),
    }
)

SCOPE = ("payer", "plan", "payer_kind", "site", "organization")
"""For whom an override may be; a plan as Coverage.class names it, an organization by its NPI."""

MEANINGS: Mapping[str, Words] = MappingProxyType(
    {
        "icd10cm": None,
        "level": _words(Vertebra),
        "certainty": _words(Certainty),
        "shape": _words(Shape),
        "grade": _words(Grade),
        "age": _words(FractureAge),
        "change": _words(Change),
        "cause": _words(Cause),
        "trauma": _words(Trauma),
        "healing": _words(Healing),
        "care": _words(Care),
        "late_effect": _words(LateEffect),
        "deformity": _words(Deformity),
        "osteoporosis": _words(Osteoporosis),
        "site": _words(SiteKind),
    }
)
"""What a translated concept can mean: an ICD-10-CM code, a word of the reading, or a kind of site."""
