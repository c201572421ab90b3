"""ICD-10-CM codes as such: are they complete, and which may not stand together (Excludes1).

Nothing here knows a study. Neighbours: `diagnoses` chooses codes with this, `edits` checks a claim with it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from service.core.decision import Chosen, Finding, because_row, raise_finding
from service.core.diagnosis_rules import CodeFamily, CodePair, LastResort
from service.core.finding_codes import FindingCode
from service.core.rulebook import Hit, Rulebook, RuleSet

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
    letters, listed = bare(code), _families(rulebook.code_families)
    for length in range(len(letters), 0, -1):
        family = listed.get(letters[:length])
        if family is not None:
            return rulebook.code_families.ask_one({"family": family}, on=on)
    return None


@lru_cache(maxsize=8)
def _families(rules: RuleSet[CodeFamily]) -> Mapping[str, str]:
    """The families that rows list, by their letters without the dot."""
    return MappingProxyType({bare(name): name for row in rules.rows for name in row.when.get("family", ())})


def exclusions(codes: Sequence[str], rulebook: Rulebook, on: date) -> tuple[Exclusion, ...]:
    """Every pair among the codes that an Excludes1 note in force on that day keeps apart."""
    if len(codes) < PAIR:
        return ()
    return _exclusions(tuple(codes), rulebook.excludes1, on)


@lru_cache(maxsize=1024)
def _exclusions(codes: tuple[str, ...], rules: RuleSet[CodePair], on: date) -> tuple[Exclusion, ...]:
    return tuple(_excluded(codes, rules, on))


def _excluded(codes: tuple[str, ...], rules: RuleSet[CodePair], on: date) -> Iterator[Exclusion]:
    notes, found = _notes(rules, on), []
    for number, code in enumerate(codes):
        letters = bare(code)
        for length in range(1, len(letters) + 1):
            found += [(place, number, hit) for place, hit in notes.get(letters[:length], ())]
    for _, number, hit in sorted(found, key=itemgetter(0, 1)):
        first, prefix = codes[number], bare(hit.then.second)
        for second in codes:
            if bare(second).startswith(prefix) and first != second:
                yield Exclusion(first=first, second=second, hit=hit)


@lru_cache(maxsize=64)
def _notes(rules: RuleSet[CodePair], on: date) -> Mapping[str, tuple[tuple[int, Hit[CodePair]], ...]]:
    """The notes in force on a day with their places, by the letters their first codes begin with."""
    notes: dict[str, tuple[tuple[int, Hit[CodePair]], ...]] = {}
    for place, hit in enumerate(rules.ask_all({}, on=on)):
        first = bare(hit.then.first)
        notes[first] = (*notes.get(first, ()), (place, hit))
    return MappingProxyType(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdone:
    """A code left off because another one says more, and the row that says so."""

    code: str
    beside: str
    hit: Hit[LastResort]


def outdone(codes: Sequence[str], rulebook: Rulebook, on: date) -> Iterator[Outdone]:
    """Every code that is a last resort and stands beside one that says more."""
    for hit in rulebook.last_resorts.ask_all({}, on=on):
        prefixes = tuple(bare(one) for one in hit.then.beside)
        beside = next((code for code in codes if bare(code).startswith(prefixes)), "")
        if beside and hit.then.code in codes:
            yield Outdone(code=hit.then.code, beside=beside, hit=hit)


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
