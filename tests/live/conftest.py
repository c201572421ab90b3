"""The independent judges as fixtures: a HAPI FHIR R4 server and the validator core of HL7 (tests/hapi)."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tests" / "hapi"
OWN_PROFILES = ROOT / "fhir_profiles"
OWN_BASE = "https://w3id.org/vfa-claims/fhir"

# A first run builds both programs and may have to fetch their libraries.
START_SECONDS = 540.0
ANSWER_SECONDS = 120.0

# The validator only warns of these; each would let a wrong value pass unseen, so the judge refuses them.
ALSO_REFUSED = (
    re.compile(r"^Unknown code in fragment CodeSystem "),
    re.compile(r"^URN reference is not locally contained within the bundle "),
    re.compile(rf"^CodeSystem is unknown and can't be validated: {re.escape(OWN_BASE)}"),
    re.compile(rf"^Unknown extension {re.escape(OWN_BASE)}"),
)

Json: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One remark of the validator: severity as in OperationOutcome, FHIRPath, message."""

    severity: str
    expression: str
    text: str

    @property
    def refused(self) -> bool:
        if self.severity in ("error", "fatal"):
            return True
        return any(pattern.search(self.text) for pattern in ALSO_REFUSED)

    def __str__(self) -> str:
        return f"{self.severity} {self.expression}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """A validator that is up. Call it with a resource to get what it refuses; no line means valid."""

    url: str
    client: requests.Session
    log: Path

    def issues(self, resource: Json | bytes, *profiles: str) -> list[Issue]:
        """Everything the validator says against base R4, meta.profile and the given profiles."""
        body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
        answer = self.client.post(
            f"{self.url}/validate", data=body, params={"profile": profiles}, timeout=ANSWER_SECONDS
        )
        answer.raise_for_status()
        return [
            Issue(
                severity=issue["severity"],
                expression=next(iter(issue.get("expression", ())), ""),
                text=issue.get("diagnostics", ""),
            )
            for issue in answer.json()["issue"]
        ]

    def __call__(self, resource: Json | bytes, *profiles: str) -> list[str]:
        return [str(issue) for issue in self.issues(resource, *profiles) if issue.refused]

    def known_resources(self) -> int:
        """How many conformance resources were loaded from --ig."""
        answer = self.client.get(f"{self.url}/health", timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        return int(answer.json()["igResources"])


def programs_or_skip() -> None:
    """Skips the test by the name of what lacks; on a CI machine nothing may lack."""
    java_home = os.environ.get("JAVA_HOME")
    has_java = shutil.which("java") or (java_home and shutil.which("java", path=str(Path(java_home, "bin"))))
    lacking = [name for name, found in (("Java", has_java), ("Maven", shutil.which("mvn"))) if not found]
    if not lacking:
        return
    message = f"{' and '.join(lacking)} not installed"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a program that `started` began, and everything it began itself."""
    for ask in (process.terminate, process.kill):
        if process.poll() is not None:
            return
        ask()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def started(command: Sequence[str], ready: Path, log: Path) -> Iterator[str]:
    """Runs a program until the block ends; yields what it writes into the file `ready` once it is up."""
    # setpriv ends the program even where the test run itself is killed.
    guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*guard, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (text := ready.read_text() if ready.exists() else ""):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[0]} did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.1)
        yield text
    finally:
        end(process)


@contextmanager
def validator(folder: Path, igs: Sequence[Path], *options: str) -> Iterator[Validator]:
    """A validator on a free port of 127.0.0.1 that knows the given folders and packages."""
    programs_or_skip()
    ready, log = folder / "port", folder / "log"
    sources = [part for ig in igs for part in ("--ig", str(ig))]
    command = [str(BENCH / "fhir-validate"), *sources, *options, "--serve", "0", "--port-file", str(ready)]
    with started(command, ready, log) as port, requests.Session() as client:
        client.trust_env = False
        yield Validator(url=f"http://127.0.0.1:{int(port)}", client=client, log=log)


@pytest.fixture(scope="session")
def hl7_validator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    """HL7's validator with our own profiles, code systems and the fragments of published ones."""
    igs = [OWN_PROFILES] if OWN_PROFILES.is_dir() else []
    with validator(tmp_path_factory.mktemp("validator"), igs) as judge:
        yield judge


@pytest.fixture(scope="session")
def hapi_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a HAPI FHIR R4 server; what a test wrote stays there until the next `hapi`."""
    programs_or_skip()
    folder = tmp_path_factory.mktemp("hapi")
    command = [str(BENCH / "hapi-up"), "--port", "0", "--run-dir", str(folder), "--foreground"]
    with started(command, folder / "ready.json", folder / "log") as ready:
        yield json.loads(ready)["base"]


@pytest.fixture
def hapi(hapi_server: str) -> str:
    """The base URL of an empty HAPI FHIR R4 server."""
    everything = {
        "resourceType": "Parameters",
        "parameter": [{"name": "expungeEverything", "valueBoolean": True}],
    }
    answer = requests.post(f"{hapi_server}/$expunge", json=everything, timeout=ANSWER_SECONDS)
    answer.raise_for_status()
    return hapi_server


@pytest.fixture(scope="session")
def fhir_packages() -> Callable[[str], Path]:
    """Finds an implementation guide's newest package in the FHIR package cache; skips by its name."""
    cache = Path(os.environ.get("FHIR_PACKAGE_CACHE") or Path.home() / ".fhir" / "packages")

    def version(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", re.split(r"[-#]", path.name, maxsplit=1)[1])]

    def find(name: str) -> Path:
        found = [*cache.glob(f"{name}-[0-9]*.tgz"), *cache.glob(f"{name}#[0-9]*")]
        if not found:
            pytest.skip(f"no package {name} in the FHIR package cache {cache}")
        return max(found, key=version)

    return find
