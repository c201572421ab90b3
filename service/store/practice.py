"""`practice.yaml` -> `core.practice.Practice`: what no EHR bundle carries, checked before anything is billed.

Everything wrong is said at once, each with file, line and key: wrong form (`practice_schema`), ids that name
nothing or nothing in force, and entries that say two things of the same subject on the same day.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from service.core.practice import (
    Charge,
    Days,
    ExamCodeEntry,
    OrganizationEntry,
    PayerEntry,
    Practice,
    ReaderEntry,
    SiteEntry,
)
from service.store.practice_schema import (
    ChargeSchema,
    ExamCodeSchema,
    OrganizationSchema,
    PayerSchema,
    ReaderSchema,
    SiteSchema,
)
from service.store.yaml_fields import Entry
from service.store.yaml_text import FileError, Node, Trouble, did_you_mean, key_of, read_text, typed

SCHEMAS: dict[str, type[Entry]] = {
    "organizations": OrganizationSchema,
    "sites": SiteSchema,
    "readers": ReaderSchema,
    "charges": ChargeSchema,
    "exam_codes": ExamCodeSchema,
    "payers": PayerSchema,
}
"""Sections of the file, in its order."""

REFERENCES = (
    ("organizations", "wholly_owned_by", "organizations"),
    ("sites", "scanner_owner", "organizations"),
    ("readers", "bills_for", "organizations"),
    ("readers", "site", "sites"),
    ("readers", "reads_at", "sites"),
    ("charges", "organization", "organizations"),
)
"""Section, its key, and the section whose ids that key names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry as it was loaded, and where it stands."""

    section: str
    index: int
    node: Node
    value: Any


def load_practice(path: Path) -> Practice:
    """The practice of the file. Raises FileError with everything that is wrong in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        says = f"the practice file cannot be read ({error.strerror})"
        raise FileError([Trouble(file=path.name, line=1, key="", says=says)]) from error
    return read_practice(content, path.name)


def read_practice(content: bytes, file: str) -> Practice:
    """The same for the bytes of a file; `file` is how troubles name it."""
    documents = read_text(content, file)
    if len(documents) != 1 or documents[0].fields is None:
        says = "a practice file is one document with the sections " + ", ".join(SCHEMAS)
        raise FileError([Trouble(file=file, line=1, key="", says=says)])
    troubles = list(_unknown_sections(documents[0], file))
    items = list(_items(documents[0], file, troubles))
    ids = {section: _ids(documents[0], section) for section in SCHEMAS}
    troubles += _dangling(items, ids, file)
    troubles += _said_twice(items, file)
    if troubles:
        raise FileError(troubles)
    return _practice(items, hashlib.sha256(content).hexdigest())


def _unknown_sections(document: Node, file: str) -> Iterator[Trouble]:
    for name in document.fields or {}:
        if name not in SCHEMAS:
            says = "unknown section" + did_you_mean(name, SCHEMAS)
            yield Trouble(file=file, line=document.line_of([name]), key=name, says=says)


def _items(document: Node, file: str, troubles: list[Trouble]) -> Iterator[Item]:
    for section, schema in SCHEMAS.items():
        node = (document.fields or {}).get(section)
        if node is None:
            continue
        if node.items is None:
            says = "a list of entries is expected here"
            troubles.append(Trouble(file=file, line=document.line_of([section]), key=section, says=says))
        for index, item in enumerate(node.items or ()):
            value, found = typed(schema(), item, file)
            place = key_of((section, index))
            troubles += [
                Trouble(file=file, line=each.line, key=f"{place}.{each.key}".rstrip("."), says=each.says)
                for each in found
            ]
            if not found:
                yield Item(section=section, index=index, node=item, value=value)


def _ids(document: Node, section: str) -> frozenset[str]:
    """Ids as written, so that one wrong key in an entry does not also make its id unknown."""
    node = (document.fields or {}).get(section)
    items = (node.items if node else None) or ()
    written = (item.fields["id"].text for item in items if item.fields and "id" in item.fields)
    return frozenset(text for text in written if text)


def _dangling(items: list[Item], ids: dict[str, frozenset[str]], file: str) -> Iterator[Trouble]:
    for section, key, target in REFERENCES:
        targets = [item for item in items if item.section == target]
        for item in (item for item in items if item.section == section):
            name = _of(item, key)
            if not name:
                continue
            if name not in ids[target]:
                yield _trouble(
                    item, key, f"no entry of {target} has this id{did_you_mean(name, ids[target])}", file
                )
                continue
            days = [_of(each, "in_force") for each in targets if each.value.id == name]
            missing = _first_day_without(_of(item, "in_force"), days)
            if days and missing:
                yield _trouble(item, key, f"{target} {name} is not in force on {missing}", file)


def _first_day_without(asked: Days, days: list[Days]) -> str:
    """The first or last day of `asked` that none of `days` covers; `later` where only an open end is."""
    if not any(each.covers(asked.from_) for each in days):
        return asked.from_.isoformat()
    last = asked.through or date.max
    return "" if any(each.covers(last) for each in days) else "the last of its days"


def _said_twice(items: list[Item], file: str) -> Iterator[Trouble]:
    for section, key, subjects in _SUBJECTS:
        entries = [item for item in items if item.section == section]
        for first, second in combinations(entries, 2):
            shared = subjects(first.value) & subjects(second.value)
            if shared and _overlap(_of(first, "in_force"), _of(second, "in_force")):
                place = key_of((section, first.index))
                says = f"speaks of what {place} (line {first.node.line}) speaks of, on the same days"
                yield _trouble(second, key, says, file)


def _overlap(first: Days, second: Days) -> bool:
    later, earlier = (first, second) if first.from_ >= second.from_ else (second, first)
    return earlier.covers(later.from_)


def _keys_of_reader(entry: ReaderEntry) -> frozenset[Hashable]:
    return frozenset([(entry.npi, entry.site)])


def _keys_of_charge(entry: dict[str, Any]) -> frozenset[Hashable]:
    return frozenset([(entry["organization"], entry["procedure"], entry["component"])])


_SUBJECTS: tuple[tuple[str, str, Callable[[Any], frozenset[Hashable]]], ...] = (
    ("organizations", "id", lambda entry: frozenset([entry.id])),
    ("organizations", "npi", lambda entry: frozenset([entry.npi])),
    ("sites", "id", lambda entry: frozenset([entry.id])),
    ("sites", "location_identifiers", lambda entry: frozenset(entry.location_identifiers)),
    ("readers", "npi", _keys_of_reader),
    ("charges", "organization", _keys_of_charge),
    ("exam_codes", "code", lambda entry: frozenset([(entry.system, entry.code)])),
    ("payers", "payer_id", lambda entry: frozenset([entry.payer_id])),
)
"""Section, the key to point at, and what an entry speaks of: one entry a day may speak of it."""


def _of(item: Item, key: str) -> Any:
    return item.value[key] if isinstance(item.value, dict) else getattr(item.value, key)


def _trouble(item: Item, key: str, says: str, file: str) -> Trouble:
    path = (item.section, item.index, key)
    return Trouble(file=file, line=item.node.line_of([key]), key=key_of(path), says=says)


def _practice(items: list[Item], digest: str) -> Practice:
    def values(section: str) -> Iterator[Any]:
        return (item.value for item in items if item.section == section)

    organizations: Iterator[OrganizationEntry] = values("organizations")
    sites: Iterator[SiteEntry] = values("sites")
    readers: Iterator[ReaderEntry] = values("readers")
    exam_codes: Iterator[ExamCodeEntry] = values("exam_codes")
    payers: Iterator[PayerEntry] = values("payers")
    return Practice(
        organizations=tuple(organizations),
        sites=tuple(sites),
        readers=tuple(readers),
        charges=tuple(
            Charge(
                **charge,
                entry=f"practice:charges.{charge['organization']}.{charge['procedure']}.{charge['component']}",
            )
            for charge in values("charges")
        ),
        exam_codes=tuple(exam_codes),
        digest=digest,
        payers=tuple(payers),
    )
