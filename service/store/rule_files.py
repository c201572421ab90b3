"""`mappings/` -> Rulebook: read, typed and proved before anything is decided with it.

Every problem of every file is said at once, as `file:line key: what is wrong; did you mean x?`.
Neighbours: `yaml_text` (text with lines), `rule_schemas` (shapes), `rule_proofs` (rows taken together).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from service.core.code_set import CodeSet
from service.core.finding_codes import FindingCode
from service.core.rulebook import (
    Coverage,
    Denial,
    Figure,
    FindingText,
    InForce,
    Row,
    Rulebook,
    RuleSet,
    Source,
)
from service.store.code_links import code_links
from service.store.code_sets import read_code_set
from service.store.rule_links import denial_links, links
from service.store.rule_proofs import Written, proofs
from service.store.rule_schemas import (
    AddedSchema,
    CoverageSchema,
    DenialSchema,
    FigureSchema,
    FindingSchema,
    RuleSetSchema,
    SourceSchema,
    document_schema,
)
from service.store.rule_thens import RULE_SETS
from service.store.yaml_text import FileError, Node, Trouble, did_you_mean, key_of, read_text, typed

RuleFileError = FileError
KINDS = ("rule_set", "adds_to", "sources", "coverage", "findings", "denials", "reference")
"""The key that says what a document is."""
YAML = ".yaml"
CODE_SETS = "icd10cm/*.txt"


@dataclass(slots=True, kw_only=True)
class Reading:
    """What has been read so far, and everything that was wrong."""

    troubles: list[Trouble] = field(default_factory=list)
    headers: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[tuple[str, Node, dict[str, Any]]]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    coverage: list[Coverage] = field(default_factory=list)
    denials: list[tuple[Denial, Node, str]] = field(default_factory=list)
    figures: list[tuple[dict[str, Any], Node, str]] = field(default_factory=list)
    findings: dict[FindingCode, Row[FindingText]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def say(self, file: str, line: int, key: str, says: str) -> None:
        """Something is wrong."""
        self.troubles.append(Trouble(file=file, line=line, key=key, says=says))


def packaged_rules() -> Path:
    """The folder of rules this installation has: inside the wheel, or at the top of a checkout."""
    service = Path(__file__).parents[1]
    packaged = service / "data" / "mappings"
    return packaged if packaged.is_dir() else service.parent / "mappings"


def load_rulebook(folder: Path) -> Rulebook:
    """The rulebook of a folder of rule files. Raises RuleFileError with everything that is wrong in them."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _rule_files(folder)}
    reading = Reading()
    if not any(name.endswith(YAML) for name in files):
        says = "there are no rule files in this folder"
        raise RuleFileError([Trouble(file=folder.name, line=1, key="", says=says)])
    for file in sorted(name for name in files if name.endswith(YAML)):
        try:
            documents = read_text(files[file], file)
        except FileError as error:
            reading.troubles += error.troubles
            continue
        for document in documents:
            _read_document(document, file, reading)
    code_sets = tuple(_code_sets(files, reading))
    written = {name: list(_written(name, reading)) for name, header in reading.headers.items() if header}
    sets = {name: _rule_set(name, rows, reading) for name, rows in written.items()}
    figures = list(_figures(reading))
    # A file that cannot be read or a row that is refused would be told a second time as one that is missing.
    if not reading.troubles:
        _missing(reading)
    if not reading.troubles:
        reading.troubles += links(written)
        reading.troubles += code_links(written, code_sets)
        reading.troubles += denial_links(reading.denials, reading.findings, written)
    if reading.troubles:
        raise RuleFileError(reading.troubles)
    return Rulebook(
        **{RULE_SETS[name].attribute: rule_set for name, rule_set in sets.items()},
        findings=MappingProxyType(reading.findings),
        sources=MappingProxyType(reading.sources),
        coverage=tuple(reading.coverage),
        code_sets=code_sets,
        denials=tuple(denial for denial, _, _ in reading.denials),
        figures=tuple(figures),
        digest=digest_of(files),
    )


def _rule_files(folder: Path) -> list[Path]:
    return [*folder.rglob(f"*{YAML}"), *folder.glob(CODE_SETS)]


def _code_sets(files: Mapping[str, bytes], reading: Reading) -> Iterator[CodeSet]:
    for file in sorted(name for name in files if not name.endswith(YAML)):
        text = files[file].decode("utf-8", errors="replace")
        code_set, troubles = read_code_set(text, file, reading.sources)
        reading.troubles += troubles
        if code_set:
            yield code_set


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the names and contents of the files, whatever order they come in."""
    whole = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
    return whole.hexdigest()


def _read_document(document: Node, file: str, reading: Reading) -> None:
    keys = document.fields or {}
    kind = next((kind for kind in KINDS if kind in keys), None)
    if kind in ("rule_set", "adds_to"):
        _read_rows(kind, document, file, reading)
    elif kind is not None:
        _read_list(kind, document, file, reading)
    else:
        near = next((near for key in keys if (near := did_you_mean(key, KINDS))), "")
        says = f"a document says what it is by one of the keys {', '.join(KINDS)}{near}"
        reading.say(file, document.line, "", says)


def _read_rows(kind: str, document: Node, file: str, reading: Reading) -> None:
    name = (document.fields or {})[kind].text or ""
    if name not in RULE_SETS:
        near = did_you_mean(name, RULE_SETS) or f"; one of {', '.join(RULE_SETS)}"
        reading.say(file, document.line_of([kind]), kind, f"{name or 'an empty name'} is no rule set{near}")
        return
    base = RuleSetSchema if kind == "rule_set" else AddedSchema
    value, troubles = typed(document_schema(base, RULE_SETS[name].then), document, file)
    reading.troubles += troubles
    if kind == "rule_set":
        if name in reading.headers:
            reading.say(file, document.line_of([kind]), kind, f"{name} is defined twice; use adds_to here")
        reading.headers[name] = {**value, "file": file, "line": document.line} if not troubles else {}
    if troubles:
        return
    nodes = (document.fields or {})["rows"].items or ()
    reading.rows.setdefault(name, []).extend(
        (file, node, row) for node, row in zip(nodes, value["rows"], strict=True)
    )


def _read_list(kind: str, document: Node, file: str, reading: Reading) -> None:
    schemas = {
        "sources": SourceSchema,
        "coverage": CoverageSchema,
        "findings": FindingSchema,
        "denials": DenialSchema,
        "reference": FigureSchema,
    }
    for key in (document.fields or {}).keys() - {kind}:
        reading.say(file, document.line_of([key]), key, f"unknown key{did_you_mean(key, [kind])}")
    items = (document.fields or {})[kind].items
    if items is None:
        reading.say(file, document.line_of([kind]), kind, "a list is expected here")
    schema = schemas[kind]()
    for index, node in enumerate(items or ()):
        value, troubles = typed(schema, node, file)
        reading.troubles += [
            Trouble(
                file=file,
                line=each.line,
                key=f"{key_of((kind, index))}.{each.key}".rstrip("."),
                says=each.says,
            )
            for each in troubles
        ]
        if not troubles:
            _keep(kind, value, node, file, reading)


def _keep(kind: str, value: Any, node: Node, file: str, reading: Reading) -> None:
    if kind == "coverage":
        reading.coverage.append(value)
        return
    if kind == "denials":
        reading.denials.append((value, node, file))
        return
    if kind == "reference":
        _claim_id(value["id"], node, file, reading)
        reading.figures.append((value, node, file))
        return
    id_ = value.id if kind == "sources" else value["id"]
    _claim_id(id_, node, file, reading)
    if kind == "sources":
        reading.sources[id_] = value
        return
    then = FindingText(**{key: said for key, said in value.items() if key != "id"})
    reading.findings[id_] = Row(
        id=id_, label=value["says"], when={}, then=then, in_force=(), file=file, line=node.line
    )


def _claim_id(id_: str, node: Node, file: str, reading: Reading) -> None:
    place = f"{file}:{node.line_of(['id'])}"
    if id_ in reading.ids:
        says = f"{id_} is taken ({reading.ids[id_]}); an id is never used again"
        reading.say(file, node.line_of(["id"]), "id", says)
    reading.ids.setdefault(id_, place)


def _rule_set(name: str, written: list[Written], reading: Reading) -> RuleSet[Any]:
    header = reading.headers[name]
    rule_set: RuleSet[Any] = RuleSet(
        id=name,
        **{key: header[key] for key in ("question", "decides", "looks_at", "hit")},
        modelled_from=header["modelled"]["from_"],
        modelled_through=header["modelled"]["through"],
        rows=tuple(each.row for each in written if not each.row.overrides),
        overrides=tuple(each.row for each in written if each.row.overrides),
    )
    reading.troubles += proofs(rule_set, written)
    return rule_set


def _written(name: str, reading: Reading) -> Iterator[Written]:
    for file, node, value in reading.rows.get(name, ()):
        _claim_id(value["id"], node, file, reading)
        entries = tuple(_in_force(value["in_force"], node, file, reading))
        row: Row[Any] = Row(**{**value, "in_force": entries}, file=file, line=node.line)
        yield Written(row=row, node=node)


def _figures(reading: Reading) -> Iterator[Figure]:
    for value, node, file in reading.figures:
        for entry in _in_force([value["in_force"]], node, file, reading):
            yield Figure(**{**value, "in_force": entry})


def _in_force(entries: Any, node: Node, file: str, reading: Reading) -> Iterator[InForce]:
    for index, entry in enumerate(entries):
        source = reading.sources.get(entry["source"])
        if source is None:
            path = ("in_force", index, "source")
            near = did_you_mean(entry["source"], reading.sources) or "; add it to sources.yaml"
            says = f"{entry['source']} is no source{near}"
            reading.say(file, node.line_of(path), key_of(path), says)
        else:
            yield InForce(**{**entry, "source": source})


def _missing(reading: Reading) -> None:
    """What a rulebook cannot be without."""
    for name in RULE_SETS:
        if name not in reading.headers:
            reading.say("mappings", 1, name, "this rule set is in no file")
    for code in FindingCode:
        if code not in reading.findings:
            reading.say("findings.yaml", 1, code, "this finding has no row")
