"""`mappings/icd10cm/*.txt` -> CodeSet: the complete ICD-10-CM codes of a fiscal year.

The lines are kept packed (`core.code_set` unpacks the categories that are asked for). How a file is made and
read stands in `mappings/icd10cm/README.md`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from service.core.code_set import CodeSet
from service.store.yaml_text import Trouble, did_you_mean

HEADER = ("source", "from", "through")
LINE = re.compile(r"([A-Z][0-9A-Z]{2}) ((?:-|[0-9A-Z]+)(?: (?:\.|[0-9A-Z]+))+)")


def read_code_set(text: str, file: str, sources: Collection[str]) -> tuple[CodeSet | None, list[Trouble]]:
    """The code set of one file, or everything that is wrong with it."""
    said: dict[str, tuple[int, str]] = {}
    categories: dict[str, tuple[str, ...]] = {}
    troubles: list[Trouble] = []
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition(" ")
        match = LINE.fullmatch(line)
        if key in HEADER:
            said[key] = (number, value)
        elif match:
            categories[match[1]] = (*categories.get(match[1], ()), match[2])
        elif line and not line.startswith("#"):
            troubles.append(_trouble(file, number, "", "is no line of a code set, e.g. `M81 - 0 6 8`"))
    troubles += _header_troubles(said, file, sources)
    if troubles:
        return None, troubles
    code_set = CodeSet(
        from_=date.fromisoformat(said["from"][1]),
        through=date.fromisoformat(said["through"][1]),
        source=said["source"][1],
        categories=categories,
    )
    return code_set, []


def _header_troubles(
    said: Mapping[str, tuple[int, str]], file: str, sources: Collection[str]
) -> Iterator[Trouble]:
    for key in HEADER:
        if key not in said:
            yield _trouble(file, 1, key, "this line is missing")
    for key in ("from", "through"):
        number, value = said.get(key, (1, ""))
        if value and not _is_day(value):
            yield _trouble(file, number, key, f"{value} is no day; write it as 2025-10-01")
    number, value = said.get("source", (1, ""))
    if value and value not in sources:
        near = did_you_mean(value, sources) or "; add it to sources.yaml"
        yield _trouble(file, number, "source", f"{value} is no source{near}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _trouble(file: str, line: int, key: str, says: str) -> Trouble:
    return Trouble(file=file, line=line, key=key, says=says)
