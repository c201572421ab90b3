"""YAML as text: every scalar stays as it was written, every key and value knows its line.

YAML would turn `011` into 9, `no` into False and `2026-01-01` into a date; billing codes must survive, so
nothing is typed here (marshmallow does that, see `typed`). Duplicate keys, anchors, aliases and tags are
refused. Used by `rule_files` and `practice`.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml
from marshmallow import Schema, ValidationError

LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The parser in C where PyYAML was built with it: the rule files load in a tenth of the time."""
ANCHOR = re.compile(r"[&*]\S")
"""No anchor and no alias is written without this; few files have it, in words."""
TEXT_TAG = "tag:yaml.org,2002:str"
UNKNOWN_FIELD = "Unknown field."
Step: TypeAlias = str | int
Plain: TypeAlias = str | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing wrong in a file: where, under which key, and what would be right."""

    file: str
    line: int
    key: str
    says: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place} {self.key}: {self.says}" if self.key else f"{place}: {self.says}"


class FileError(Exception):
    """A file cannot be used; `troubles` lists everything found wrong, in file order."""

    def __init__(self, troubles: Iterable[Trouble]) -> None:
        self.troubles = tuple(sorted(troubles, key=lambda each: (each.file, each.line, each.key)))
        super().__init__("\n".join(str(each) for each in self.troubles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A scalar (`text`), a mapping (`fields`) or a sequence (`items`), with the line it starts on.

    `key_lines` holds the line of each key of a mapping.
    """

    line: int
    text: str | None = None
    fields: Mapping[str, "Node"] | None = None
    items: tuple["Node", ...] | None = None
    key_lines: Mapping[str, int] | None = None

    def plain(self) -> Plain:
        """The value without its lines: str, list or dict, as marshmallow takes it."""
        if self.fields is not None:
            return {key: node.plain() for key, node in self.fields.items()}
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.text or ""

    def line_of(self, path: Iterable[Step]) -> int:
        """The line of the deepest key or item of the path that is written in the file."""
        node, line = self, self.line
        for step in path:
            below = node._below(step)
            if below is None:
                return line
            line, node = below
        return line

    def _below(self, step: Step) -> "tuple[int, Node] | None":
        if self.fields is not None and step in self.fields:
            key = str(step)
            return (self.key_lines or {}).get(key, self.line), self.fields[key]
        if self.items is not None and isinstance(step, int) and step < len(self.items):
            return self.items[step].line, self.items[step]
        return None


def read_documents(path: Path) -> list[Node]:
    """Every YAML document of the file. Raises FileError: not YAML, duplicate keys, aliases, tags."""
    return read_text(path.read_bytes(), path.name)


def read_text(content: bytes, file: str) -> list[Node]:
    """The same for the bytes of a file; `file` is how troubles name it."""
    troubles: list[Trouble] = []
    try:
        text = content.decode("utf-8")
        troubles += _aliases(text, file)
        nodes = list(yaml.compose_all(text, Loader=LOADER))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileError([Trouble(file=file, line=line, key="", says="the file is not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        says = f"not YAML: {error.problem}"
        raise FileError([Trouble(file=file, line=line, key="", says=says)]) from error
    except yaml.YAMLError as error:
        raise FileError([Trouble(file=file, line=1, key="", says="not YAML")]) from error
    if troubles:
        raise FileError(troubles)
    documents = [_node(node, file, troubles) for node in nodes]
    if troubles:
        raise FileError(troubles)
    return documents


def typed(schema: Schema, node: Node, file: str) -> tuple[Any, list[Trouble]]:
    """What marshmallow makes of the node, and its troubles with their lines and suggestions.

    The value is what could be loaded where there are troubles; do not use it then.
    """
    try:
        return schema.load(cast("dict[str, Any]", node.plain())), []
    except ValidationError as error:
        return error.valid_data, list(_troubles(schema, node, file, error.messages))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def key_of(path: Iterable[Step]) -> str:
    """A path as it is shown: `sites[2].kind`."""
    shown = ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
    return shown


def messages(found: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Marshmallow's nested messages, one by one with their path."""
    if isinstance(found, dict):
        for step, below in found.items():
            yield from messages(below, path if step == "_schema" else (*path, step))
    elif isinstance(found, list):
        for below in found:
            yield from messages(below, path)
    else:
        yield path, str(found)


def _troubles(schema: Schema, node: Node, file: str, found: object) -> Iterator[Trouble]:
    for path, says in messages(found):
        text = says
        if says == UNKNOWN_FIELD:
            text = "unknown key" + did_you_mean(str(path[-1]), _keys(schema, path[:-1]))
        yield Trouble(file=file, line=node.line_of(path), key=key_of(path), says=text)


def _keys(schema: Schema, path: tuple[Step, ...]) -> tuple[str, ...]:
    """The keys the schema knows where an unknown one was found."""
    field: Any = None
    for step in path:
        if isinstance(step, int):
            continue
        field = schema.fields.get(step)
        field = getattr(field, "inner", field)
        below = getattr(field, "schema", None)
        if below is None:
            return ()
        schema = below
    return tuple(field.data_key or name for name, field in schema.fields.items())


def _aliases(text: str, file: str) -> Iterator[Trouble]:
    if not ANCHOR.search(text):
        return
    for event in yaml.parse(text, Loader=LOADER):
        anchor = getattr(event, "anchor", None)
        if anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            says = "anchors and aliases are not used here; write the value out"
            line = event.start_mark.line + 1 if event.start_mark else 1
            yield Trouble(file=file, line=line, key=f"{sign}{anchor}", says=says)


def _node(node: yaml.Node, file: str, troubles: list[Trouble]) -> Node:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, file, troubles)
    if isinstance(node, yaml.SequenceNode):
        return Node(line=line, items=tuple(_node(item, file, troubles) for item in node.value))
    if node.tag != TEXT_TAG:
        troubles.append(Trouble(file=file, line=line, key=node.tag, says="tags are not used here"))
    return Node(line=line, text=str(node.value))


def _mapping(node: yaml.MappingNode, file: str, troubles: list[Trouble]) -> Node:
    fields: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key_node, value in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            troubles.append(Trouble(file=file, line=line, key="", says="a key is a single word"))
            continue
        if key in fields:
            says = f"the key is written twice (first on line {lines[key]})"
            troubles.append(Trouble(file=file, line=line, key=key, says=says))
            continue
        fields[key], lines[key] = _node(value, file, troubles), line
    return Node(line=node.start_mark.line + 1, fields=fields, key_lines=lines)
