"""The diagnosis codes that rows put on a claim or look for beside others, against the loaded ICD-10-CM lists.

A row that bills a code which does not exist would hold every study it decides, or have it denied. A list says
nothing of the days it is not for. Neighbours: `rule_links` has the other names, `core.code_set` the lists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from service.core.code_set import CodeSet
from service.core.diagnosis_codes import bare
from service.store.rule_proofs import Written
from service.store.yaml_text import Trouble

SLOT: Final = re.compile(r"\{[a-z]+\}")
ELSE: Final = "|"
TOKEN: Final = re.compile(r"[A-Z][0-9][0-9A-Z].*")
"""A token of a pattern that is a code itself."""
Asked = tuple[Written, str, str]


def code_links(rows: Mapping[str, list[Written]], code_sets: Sequence[CodeSet]) -> Iterator[Trouble]:
    """Every code, template and beginning of codes that a list for a day of its row does not have."""
    for each, key, code in _whole(rows):
        letters, *slots = SLOT.split(code)
        yield from _checked(each, key, code, code_sets, letters, len(slots))
    for each, key, code in _beginnings(rows):
        yield from _checked(each, key, code, code_sets, code, None)


def _checked(
    each: Written, key: str, code: str, code_sets: Sequence[CodeSet], letters: str, missing: int | None
) -> Iterator[Trouble]:
    for code_set in code_sets:
        if not _meets(each, code_set) or code_set.begins(bare(letters), missing):
            continue
        near = code_set.near(bare(letters))
        hint = f"; near it: {', '.join(near)}" if near else ""
        what = "no code begins so in" if missing is None else "is no complete code of"
        yield each.trouble(
            f"{code}: {what} the list of {code_set.from_} to {code_set.through}{hint}", "then", key
        )


def _meets(each: Written, code_set: CodeSet) -> bool:
    """Whether the row is in force on a day of the list."""
    return any(
        entry.from_ <= code_set.through and (entry.through is None or entry.through >= code_set.from_)
        for entry in each.row.in_force
    )


def _whole(rows: Mapping[str, list[Written]]) -> Iterator[Asked]:
    """Codes a claim gets, some with slots."""
    for each in rows["diagnosis-pattern"]:
        for key in ("lead", "also"):
            tokens: tuple[str, ...] = getattr(each.row.then, key)
            for token in tokens:
                code = token.rpartition(ELSE)[2]
                if TOKEN.fullmatch(code):
                    yield each, key, code
    for name in ("level-code", "screening-code", "last-resort"):
        for each in rows[name]:
            yield each, "code", each.row.then.code


def _beginnings(rows: Mapping[str, list[Written]]) -> Iterator[Asked]:
    """Beginnings of codes that are looked for among those of a claim."""
    for each in rows["last-resort"]:
        for code in each.row.then.beside:
            yield each, "beside", code
    for each in rows["code-also"]:
        yield each, "code", each.row.then.code
    for each in rows["excludes1"]:
        yield each, "first", each.row.then.first
        yield each, "second", each.row.then.second
