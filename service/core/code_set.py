"""The complete ICD-10-CM codes of one code set: whether a code exists, and which are near one that does not.

Kept as the lines they are read from and unpacked a category at a time: a study asks for a handful of 74,000.
Read by `store.code_sets`; neighbour: `diagnosis_codes` asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

CATEGORY_LENGTH: Final = 3
MOST_NEAR: Final = 6
NO_SEVENTH: Final = "-"
WHOLE_CATEGORY: Final = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSet:
    """One code set: the days it is for, the id of its source, and the packed codes of each category."""

    from_: date
    through: date
    source: str
    categories: Mapping[str, tuple[str, ...]]

    def covers(self, day: date) -> bool:
        """Whether the code set is for `day`."""
        return self.from_ <= day <= self.through

    def has(self, bare: str) -> bool:
        """Whether a code, without its point, is complete and exists."""
        return bare in self._of(bare[:CATEGORY_LENGTH])

    def begins(self, bare: str, missing: int | None = None) -> bool:
        """Whether a complete code begins so; `missing` is how many characters it then has to have more."""
        if len(bare) < CATEGORY_LENGTH:
            return any(category.startswith(bare) for category in self.categories)
        found = (code for code in self._of(bare[:CATEGORY_LENGTH]) if code.startswith(bare))
        return any(missing is None or len(code) == len(bare) + missing for code in found)

    def near(self, bare: str) -> tuple[str, ...]:
        """Complete codes that begin as this one does for as long as possible; few, the first of them."""
        known = sorted(self._of(bare[:CATEGORY_LENGTH]))
        for length in range(len(bare), CATEGORY_LENGTH - 1, -1):
            found = [code for code in known if code.startswith(bare[:length])]
            if found:
                return tuple(_pointed(code) for code in found[:MOST_NEAR])
        return ()

    def _of(self, category: str) -> frozenset[str]:
        return _unpacked(category, self.categories.get(category, ()))


@lru_cache(maxsize=256)
def _unpacked(category: str, packed: tuple[str, ...]) -> frozenset[str]:
    """The codes of the lines of a category: its seventh characters, then the stems that take them."""
    codes: set[str] = set()
    for line in packed:
        letters, *stems = line.split()
        ends = ("",) if letters == NO_SEVENTH else tuple(letters)
        codes |= {category + ("" if stem == WHOLE_CATEGORY else stem) + end for stem in stems for end in ends}
    return frozenset(codes)


def _pointed(bare: str) -> str:
    stem, rest = bare[:CATEGORY_LENGTH], bare[CATEGORY_LENGTH:]
    return f"{stem}.{rest}" if rest else stem
