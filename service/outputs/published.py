"""The conformance resources we publish, as files of `fhir_profiles/`: written from code and rows, and checked
to be fresh, so that what we say about ourselves is what we do. The profiles themselves are written by hand.
"""

from pathlib import Path
from typing import Final

from service import json_text
from service.core.rulebook import Rulebook
from service.outputs.capability import operation_definitions
from service.outputs.code_systems import code_systems
from service.outputs.codings import Json
from service.outputs.concept_maps import concept_maps
from service.outputs.value_sets import value_sets

FOLDERS: Final = ("code-systems", "operations", "value-sets", "concept-maps")
"""Folders of the package that hold generated files and no others."""


def write_published(folder: Path, rulebook: Rulebook) -> None:
    """Writes every generated file below the profiles folder."""
    for name, text in _files(rulebook).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def check_published(folder: Path, rulebook: Rulebook) -> tuple[str, ...]:
    """Names of the files that are missing, stale, or of nothing that we publish any more."""
    expected = _files(rulebook)
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for below in FOLDERS
        for path in (folder / below).glob("*.json")
    }
    return tuple(name for name in sorted(expected | there) if expected.get(name) != there.get(name))


def _files(rulebook: Rulebook) -> dict[str, bytes]:
    by_folder: dict[str, tuple[Json, ...]] = {
        "code-systems": code_systems(rulebook.findings),
        "operations": operation_definitions(),
        "value-sets": value_sets(rulebook),
        "concept-maps": concept_maps(rulebook),
    }
    return {
        f"{below}/{resource['resourceType']}-{resource['id']}.json": json_text.pretty(resource) + b"\n"
        for below in FOLDERS
        for resource in by_folder[below]
    }
