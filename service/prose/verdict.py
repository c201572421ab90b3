"""What the reading comes to for billing, and the signs that a coder should look.

The sentence for each sign stands in `mappings/reading/review.yaml`.
"""

from service.prose.entry import Resolved
from service.prose.patient import PatientSaid
from service.prose.reading import LEVELS, USUAL, FractureSaid, Said

OPEN_AGES = ("chronic", "indeterminate", "healing")
HALF = len(USUAL) // 2


def billing_reading(performed: Said, state: Said, resolved: Resolved) -> str:
    """fracture, uncertain, no_fracture, or cannot_tell where nothing may be concluded."""
    unresolved = {each.kind for each in resolved.contradictions if not each.resolved}
    nothing = not resolved.fractures and resolved.denial is None and not resolved.deformities
    called = [f for f in resolved.fractures if f.is_fracture != "denied"]
    software = bool(called) and all(f.grade_basis == "software" for f in called)
    if (
        performed.value != "yes"
        or state.value == "preliminary"
        or "body_vs_impression" in unresolved
        or nothing
        or software
    ):
        return "cannot_tell"
    if any(_current(each) for each in resolved.fractures):
        return "fracture"
    return "uncertain" if any(f.is_fracture == "uncertain" for f in resolved.fractures) else "no_fracture"


def _current(fracture: FractureSaid) -> bool:
    return fracture.is_fracture == "definite" and fracture.status == "current"


def review_signs(
    performed: Said,
    state: Said,
    completeness: Said,
    resolved: Resolved,
    unreadable: tuple[str, ...],
    told_unread: set[str],
    span: tuple[str, str] | None,
    patient: PatientSaid,
) -> set[str]:
    """Every sign that a coder should look."""
    signs = (
        resolved.signs
        | _signs_of_fractures(resolved)
        | _signs_of_range(performed, completeness, unreadable, told_unread, span)
    )
    if state.value == "preliminary":
        signs.add("preliminary")
    if any(not each.resolved for each in resolved.contradictions):
        signs.add("contradiction")
    nothing = not resolved.fractures and resolved.denial is None and not resolved.deformities
    if performed.value == "yes" and nothing and completeness.value not in ("stopped", "not_performed"):
        signs.add("nothing-read")
    if performed.value == "no" and any(prior.site == "vertebra" for prior in patient.prior):
        signs.add("known-fracture-without-reading")
    return signs


def _signs_of_fractures(resolved: Resolved) -> set[str]:
    signs = set()
    for fracture in resolved.fractures:
        if fracture.is_fracture == "definite" and fracture.age == "old" and "age" in fracture.hedged_on:
            signs.add("hedged-attribute")
        if _current(fracture):
            if fracture.age in OPEN_AGES:
                signs.add(f"age-{fracture.age}")
            if "cause" in fracture.hedged_on or ("age" in fracture.hedged_on and fracture.age in OPEN_AGES):
                signs.add("hedged-attribute")
    called = [f for f in resolved.fractures if f.is_fracture != "denied"]
    if called and all(f.status == "treated" for f in called):
        signs.add("treated-only")
    scope = resolved.denial.scope if resolved.denial else ""
    if not called and scope in ("acute", "new"):
        signs.add("only-acute-denied" if scope == "acute" else "only-new-denied")
    return signs


def _signs_of_range(
    performed: Said,
    completeness: Said,
    unreadable: tuple[str, ...],
    told_unread: set[str],
    span: tuple[str, str] | None,
) -> set[str]:
    if performed.value != "yes" or completeness.value != "complete":
        return set()
    signs = set()
    if len([level for level in unreadable if level in USUAL]) > HALF:
        signs.add("half-unread")
    above = set(LEVELS[LEVELS.index(USUAL[0]) : LEVELS.index(span[0])]) if span else set()
    if len(above) > 1 and above - told_unread:
        signs.add("short-range")
    return signs
