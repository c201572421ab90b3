"""The wheel carries what the installed service reads: mappings, profiles and the FHIR schema."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.tree import ROOT, tracked

MOVED = {
    "mappings/": "service/data/mappings/",
    "fhir_profiles/": "service/data/fhir_profiles/",
    "examples/brief/": "service/data/examples/brief/",
    "examples/practice.yaml": "service/data/examples/practice.yaml",
    "service/": "service/",
}


def test_every_file_of_the_service_its_mappings_and_profiles_is_in_the_wheel(tmp_path: Path):
    uv = Path(sys.executable).with_name("uv")
    command: list[str | Path] = [
        uv,
        "build",
        "--wheel",
        "--offline",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "-o",
        tmp_path,
    ]
    built = subprocess.run([*command, ROOT], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("vfa_claims-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in MOVED.items():
        expected = {place + path.removeprefix(folder) for path in tracked() if path.startswith(folder)}
        assert expected, folder
        assert expected - inside == set()
