"""The independent judges as fixtures: a HAPI FHIR R4 server and the validator core of HL7 (tests/hapi)."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import requests

from service import json_text

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tests" / "hapi"
OWN_PROFILES = ROOT / "fhir_profiles"
OWN_BASE = "https://w3id.org/vfa-claims/fhir"
HL7 = "http://terminology.hl7.org/CodeSystem"
NUBC = "https://www.nubc.org/CodeSystem"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"

# A first run builds both programs and may have to fetch their libraries.
START_SECONDS = 540.0
ANSWER_SECONDS = 120.0

NOW = "2026-11-20T12:00:00Z"
ANSWERED = (0, 3, 4)
"""Exit statuses of `vfa-claims derive` that are answers: decided, held, refused. Others are troubles."""

NOTES = pytest.StashKey[list[str]]()
"""Lines for the end of the run: measures that never fail a test."""

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
        body = resource if isinstance(resource, bytes) else json_text.write(resource)
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


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[NOTES]:
        terminalreporter.section("notes of the live tests")
        for line in config.stash[NOTES]:
            terminalreporter.write_line(line)


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line that is printed at the end of the run."""
    return request.config.stash[NOTES].append


@cache
def study_bundles() -> tuple[Path, ...]:
    """The inputs we show or promise to answer (examples/, tests/contracts/), without their answers."""
    found = []
    for folder in ("examples", "tests/contracts"):
        for path in sorted((ROOT / folder).rglob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            kinds = [entry.get("resource", {}).get("resourceType") for entry in content.get("entry", ())]
            if content.get("resourceType") == "Bundle" and kinds[:1] != ["Parameters"]:
                found.append(path)
    return tuple(found)


@pytest.fixture(scope="session")
def bundle_paths() -> tuple[Path, ...]:
    """Every input that `bundle_path` stands for, one after another."""
    return study_bundles()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bundle_path" in metafunc.fixturenames:
        paths = study_bundles()
        metafunc.parametrize("bundle_path", paths, ids=[str(path.relative_to(ROOT)) for path in paths])


@pytest.fixture(scope="session")
def answer_to() -> Callable[[Path], Any]:
    """What `vfa-claims derive` answers to a file: the Bundle of claims, or an OperationOutcome."""

    @cache
    def ask(path: Path) -> Any:
        command = Path(sys.executable).with_name("vfa-claims")
        practice = ROOT / "examples" / "practice.yaml"
        run = subprocess.run(
            [command, "derive", path, "--practice", practice, "--format", "json", "--now", NOW],
            capture_output=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
        if run.returncode not in ANSWERED:
            pytest.fail(f"no answer to {path} (exit status {run.returncode}): {run.stderr.decode()}")
        return json_text.read(run.stdout)

    return ask


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
def us_core_validator(
    tmp_path_factory: pytest.TempPathFactory, fhir_packages: Callable[[str], Path]
) -> Iterator[Validator]:
    """HL7's validator that knows US Core beside our own profiles; skips where the package is not cached."""
    igs = [OWN_PROFILES, fhir_packages("hl7.fhir.us.core")]
    with validator(tmp_path_factory.mktemp("us-core-validator"), igs) as judge:
        yield judge


@pytest.fixture(scope="session")
def pct_validator(
    tmp_path_factory: pytest.TempPathFactory, fhir_packages: Callable[[str], Path]
) -> Iterator[Validator]:
    """HL7's validator that knows the Da Vinci estimate claims (PCT); skips where a package is not cached."""
    names = ("hl7.fhir.us.davinci-pct", "hl7.fhir.us.davinci-hrex", "hl7.fhir.us.core")
    igs = [OWN_PROFILES, *(fhir_packages(name) for name in names)]
    with validator(tmp_path_factory.mktemp("pct-validator"), igs) as judge:
        yield judge


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
def enforcing_hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a HAPI server that has our package and refuses what does not conform to it."""
    programs_or_skip()
    folder = tmp_path_factory.mktemp("enforcing-hapi")
    options = ["--ig", str(OWN_PROFILES), "--store-ig", "--validate-writes", "--no-ref-integrity"]
    command = [str(BENCH / "hapi-up"), "--port", "0", "--run-dir", str(folder), "--foreground", *options]
    with started(command, folder / "ready.json", folder / "log") as ready:
        yield json.loads(ready)["base"]


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


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


@pytest.fixture
def good_claim() -> dict[str, Any]:
    """A Claim with a code of each published code system that ours use."""
    claim: dict[str, Any] = json.loads((BENCH / "examples" / "claim-good.json").read_text())
    claim["referral"] = {"reference": "ServiceRequest/order-1"}
    claim["careTeam"] = [
        {
            "sequence": n,
            "provider": {"reference": f"Practitioner/p{n}"},
            "role": coded(f"{HL7}/claimcareteamrole", role),
        }
        for n, role in enumerate(("rendering", "referring", "attending"), start=1)
    ]
    frequency = coded(f"{HL7}/us-claim-information-category", "claim-frequency")
    bill_type = coded(f"{HL7}/us-claim-information-category", "type-of-bill")
    claim["supportingInfo"] = [
        {
            "sequence": 1,
            "category": frequency,
            "code": coded(f"{NUBC}/TypeOfBill", "1"),
        },
        {
            "sequence": 2,
            "category": bill_type,
            "code": coded(f"{NUBC}/TypeOfBill", "0131"),
        },
    ]
    claim["diagnosis"][0]["type"] = [coded(f"{HL7}/diagnosistype", "principal")]
    claim["item"][0]["revenue"] = coded(f"{NUBC}/RevenueCodes", "0320")
    claim["item"][0]["modifier"].append(coded(HCPCS, "GA"))
    return claim
