"""ICD-10-CM codes as such: are they complete, and which may not stand together (Excludes1).

Nothing here knows a study. Neighbours: `diagnoses` chooses codes with this, `edits` checks a claim with it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from service.core.decision import Chosen, Finding, because_row, raise_finding
from service.core.diagnosis_rules import CodeFamily, CodePair
from service.core.finding_codes import FindingCode
from service.core.rulebook import Hit, Rulebook

SHAPE: Final = re.compile(r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?")
CATEGORY_LENGTH: Final = 3
PAIR: Final = 2
SEVENTH: Final = 6
"""Index of the seventh character in a code without its dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Two codes that an Excludes1 note keeps apart, and the row of the note."""

    first: str
    second: str
    hit: Hit[CodePair]

    @property
    def dropped(self) -> str:
        """The code that goes where the pair is stripped automatically; empty where a coder decides."""
        if not self.hit.then.keep:
            return ""
        return self.second if bare(self.first).startswith(bare(self.hit.then.keep)) else self.first


@lru_cache(maxsize=4096)
def bare(code: str) -> str:
    """A code or code prefix without its dot, the trailing dash of a prefix left off.

    >>> bare("r29.890"), bare("r29.8-")
    ('R29890', 'R298')
    """
    return code.replace(".", "").rstrip("-").upper()


def category(code: str) -> str:
    """The three characters before the dot."""
    return bare(code)[:CATEGORY_LENGTH]


def invalid(code: str, rulebook: Rulebook, on: date, *where: str) -> Finding | None:
    """The finding that a code is not complete, has a seventh character its family does not take, or does not
    exist on that day.

    Where the code set of the day is not loaded, a family no row lists is judged by its shape alone.
    """
    family = code_family(code, rulebook, on)
    valid = _asked_for(code, family) or _not_listed(code, rulebook, on)
    if not valid:
        return None
    near = _near(code, rulebook, on)
    finding = raise_finding(
        rulebook, FindingCode.DIAGNOSIS_INVALID, *where, code=code, valid=valid, near=near
    )
    return replace(finding, because=(because_row(family),) if family else ())


def _not_listed(code: str, rulebook: Rulebook, on: date) -> str:
    """The code set that does not have the code; empty where it has, or where that year's is not loaded."""
    code_set = rulebook.code_set(on)
    if code_set is None or code_set.has(bare(code)):
        return ""
    return f"a code of the list of {code_set.from_} to {code_set.through}"


def _near(code: str, rulebook: Rulebook, on: date) -> str:
    """Complete codes that begin alike, to choose from."""
    code_set = rulebook.code_set(on)
    found = code_set.near(bare(code)) if code_set and SHAPE.fullmatch(code) else ()
    return f" Near it: {', '.join(found)}." if found else ""


def _asked_for(code: str, family: Hit[CodeFamily] | None) -> str:
    """What the code would have to be; empty if nothing is wrong with it."""
    if not SHAPE.fullmatch(code):
        return "a category of three characters, a dot and up to four more"
    if family is None:
        return ""
    letters = bare(code)
    sevenths = family.then.seventh_characters
    if sevenths and (len(letters) != family.then.length or letters[SEVENTH] not in sevenths):
        return f"{family.then.length} characters, the seventh one of {', '.join(sorted(sevenths))}"
    if not sevenths and len(letters) != family.then.length:
        return f"{family.then.length} characters"
    return ""


def code_family(code: str, rulebook: Rulebook, on: date) -> Hit[CodeFamily] | None:
    """The row of the longest listed family the code belongs to."""
    listed = {name for row in rulebook.code_families.rows for name in row.when.get("family", ())}
    fitting = [name for name in listed if bare(code).startswith(bare(name))]
    if not fitting:
        return None
    return rulebook.code_families.ask_one({"family": max(fitting, key=lambda name: len(bare(name)))}, on=on)


def exclusions(codes: Sequence[str], rulebook: Rulebook, on: date) -> Iterator[Exclusion]:
    """Every pair among the codes that an Excludes1 note in force on that day keeps apart."""
    if len(codes) < PAIR:
        return
    for hit in rulebook.excludes1.ask_all({}, on=on):
        for first in _of(hit.then.first, codes):
            for second in _of(hit.then.second, codes):
                if first != second:
                    yield Exclusion(first=first, second=second, hit=hit)


def _of(prefix: str, codes: Sequence[str]) -> list[str]:
    return [code for code in codes if bare(code).startswith(bare(prefix))]


def strip(
    codes: Sequence[Chosen[str]], rulebook: Rulebook, on: date
) -> tuple[tuple[Chosen[str], ...], tuple[Exclusion, ...]]:
    """The codes that stay after every automatic Excludes1 note, and the notes that took one away."""
    kept = list(codes)
    used: list[Exclusion] = []
    while pair := next(
        (one for one in exclusions([code.value for code in kept], rulebook, on) if one.dropped), None
    ):
        kept = [code for code in kept if code.value != pair.dropped]
        used.append(pair)
    return tuple(kept), tuple(used)
