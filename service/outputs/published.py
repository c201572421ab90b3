"""The conformance resources we publish, as files of `fhir_profiles/`: written from code and rows, and checked
to be fresh, so that what we say about ourselves is what we do.
"""

from collections.abc import Mapping
from pathlib import Path

from service import json_text
from service.core.finding_codes import FindingCode
from service.core.rulebook import FindingText, Row
from service.outputs.capability import operation_definitions
from service.outputs.code_systems import code_systems

FOLDERS = ("code-systems", "operations")


def write_published(folder: Path, findings: Mapping[FindingCode, Row[FindingText]]) -> None:
    """Writes every file below the profiles folder; `findings` are the rows of `mappings/findings.yaml`."""
    for name, text in _files(findings).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def check_published(folder: Path, findings: Mapping[FindingCode, Row[FindingText]]) -> tuple[str, ...]:
    """Names of the files that are missing, stale, or of nothing that we publish any more."""
    expected = _files(findings)
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for below in FOLDERS
        for path in (folder / below).glob("*.json")
    }
    return tuple(name for name in sorted(expected | there) if expected.get(name) != there.get(name))


def _files(findings: Mapping[FindingCode, Row[FindingText]]) -> dict[str, bytes]:
    by_folder = zip(FOLDERS, (code_systems(findings), operation_definitions()), strict=True)
    return {
        f"{below}/{resource['resourceType']}-{resource['id']}.json": json_text.pretty(resource) + b"\n"
        for below, resources in by_folder
        for resource in resources
    }
