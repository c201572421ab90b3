"""How firmly the diagnoses of a claim support the test.

Clinical support warns and never denies: no list of a payer for this code was found. Neighbours: `decide` asks
once the claims are decided; the rows are `support` in `mappings/quality.yaml`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from service.core.clinical import meets_indication
from service.core.codes import Modifier, Procedure
from service.core.decision import DecidedClaim, Finding, because_row, raise_finding
from service.core.finding_codes import FindingCode
from service.core.firm_reasons import STRONG, support_of
from service.core.rulebook import Rulebook
from service.core.study import Study

WEAK = "weak"
TOLD_BY_MODIFIER: Final = frozenset({Modifier.NOTICE_ON_FILE, Modifier.NO_NOTICE, Modifier.EXCLUDED})
"""Modifiers that say themselves that a denial is expected."""


def judge_support(
    claims: tuple[DecidedClaim, ...], study: Study, rulebook: Rulebook, on: date
) -> Iterator[Finding]:
    """Warnings: diagnoses that support the assessment weakly."""
    for claim in claims:
        lines = [line for line in claim.lines if line.procedure.value is Procedure.VFA]
        carried = {one.value for line in lines for one in line.modifiers}
        if lines and not carried & TOLD_BY_MODIFIER:
            yield from _weak([one.value for one in claim.diagnoses], study, rulebook, on)


def _weak(codes: list[str], study: Study, rulebook: Rulebook, on: date) -> Iterator[Finding]:
    """Every diagnosis is one that supports the test weakly or not at all, and no ISCD indication is met."""
    found = [support_of(code, study, rulebook, on) for code in codes]
    hits = [each for hits in found for each in hits]
    unlisted = any(not hits for hits in found)
    if not hits or unlisted or any(one.then.support == STRONG for one in hits):
        return
    low_density = any(one.then.low_density for one in hits)
    if meets_indication(study, rulebook, on, low_density=low_density):
        return
    says = "; ".join(dict.fromkeys(one.row.label for one in hits))
    how = "weakly" if any(one.then.support == WEAK for one in hits) else "not at all"
    finding = raise_finding(rulebook, FindingCode.WEAK_INDICATION, codes=", ".join(codes), how=how, says=says)
    yield replace(finding, because=tuple(because_row(one) for one in hits))
