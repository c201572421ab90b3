"""The service and HAPI as programs: how soon they answer, what they cost, how much memory they take."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.derivation import BRIEF, PRACTICE, ROOT
from tests.bench.rounds import Cost

COMMAND = Path(sys.executable).with_name("vfa-claims")
HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
TICKS = os.sysconf("SC_CLK_TCK")
HAPI_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests a second, seconds of an answer, CPU seconds of the server for one."""

    rate: float
    median: float
    slowest: float
    """99 of 100 answers came sooner."""
    cpu: float


@contextmanager
def serving(
    folder: Path, command: Sequence[str | Path], **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Address and process of a server once its log says that it serves."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VFA_")}
    ours = {
        "VFA_PRACTICE": str(PRACTICE),
        "VFA_DATABASE": str(folder / "http.sqlite3"),
        "VFA_PORT": "0",
    }
    process = subprocess.Popen(
        command, cwd=ROOT, env=clean | ours | environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        for line in process.stdout:
            said = json.loads(line)
            if said["event"] == "serving":
                break
        else:
            raise SystemExit(f"bench: the service did not start ({process.wait()})")
        with ThreadPoolExecutor(1) as log:  # a full pipe would stop the server
            log.submit(process.stdout.read)
            yield said["at"][0], process
            process.terminate()
    finally:
        process.terminate()
        process.wait(30)


def load(
    address: str, path: str, bodies: Iterator[bytes], process: int, *, requests: int, at_once: int
) -> Load:
    """A closed loop: `at_once` connections, each sends when it has its answer."""
    each = requests // at_once
    taken = [[next(bodies) for _ in range(each)] for _ in range(at_once)]
    host = urlsplit(address).netloc

    def one_connection(mine: list[bytes]) -> list[float]:
        connection = http.client.HTTPConnection(host, timeout=60)
        times = []
        for body in mine:
            began = time.perf_counter()
            connection.request("POST", path, body, HEADERS)
            answer = connection.getresponse()
            answer.read()
            times.append(time.perf_counter() - began)
            assert answer.status == 200, answer.status
        connection.close()
        return times

    cpu, began = cpu_of(process), time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        times = [each for some in pool.map(one_connection, taken) for each in some]
    elapsed, cpu = time.perf_counter() - began, cpu_of(process) - cpu
    ordered = sorted(times)
    return Load(
        rate=len(times) / elapsed,
        median=ordered[len(times) // 2],
        slowest=ordered[len(times) * 99 // 100],
        cpu=cpu / len(times),
    )


def tree(process: int) -> list[int]:
    """A process and everything it started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in tree(int(child)))]


def cpu_of(process: int) -> float:
    """CPU seconds of a process and everything it started, kernel time included."""
    stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in tree(process)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


def memory_of(process: int) -> float:
    """MiB of a process and everything it started; what they share counts once."""
    found = [Path(f"/proc/{each}/smaps_rollup").read_text() for each in tree(process)]
    lines = [line.split() for text in found for line in text.splitlines() if line.startswith("Pss:")]
    return sum(int(line[1]) for line in lines) / 1024


def first_answer(folder: Path) -> Cost:
    """From the start of the program to its first answer."""
    began = time.perf_counter()
    with serving(folder, [COMMAND, "serve"]) as (address, process):
        load(address, "/fhir/Claim/$derive", repeat(BRIEF.read_bytes()), process.pid, requests=1, at_once=1)
        return Cost(clock=time.perf_counter() - began, cpu=cpu_of(process.pid))


def help_of_the_command() -> Cost:
    """The shortest run of the command line."""
    began = time.perf_counter()
    process = subprocess.Popen([COMMAND, "--help"], stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Cost(clock=time.perf_counter() - began, cpu=used.ru_utime + used.ru_stime)


def hapi(folder: Path, study: bytes, claim: bytes, rounds: int) -> dict[str, float] | str:
    """Least seconds in the local HAPI to create a study and to validate the Claim, or why there are none."""
    program = ROOT / "tests" / "hapi" / "hapi-up"
    command: list[str | Path] = [program, "--port", "0", "--run-dir", folder, "--foreground"]
    ready = folder / "ready.json"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        patience = time.monotonic() + HAPI_SECONDS
        while not (ready.exists() and ready.read_text()):
            if process.poll() is not None or time.monotonic() > patience:
                last = (folder / "log").read_text(errors="replace").strip().splitlines()
                return f"HAPI did not start: {last[-1] if last else 'it said nothing'}"
            time.sleep(0.2)
        base = json.loads(ready.read_text())["base"]
        return {
            "stored": min(_posted(base, "", study) for _ in range(rounds)),
            "validated": min(_posted(base, "/Claim/$validate", claim) for _ in range(rounds)),
        }
    finally:
        process.terminate()
        process.wait(60)


def _posted(base: str, path: str, body: bytes) -> float:
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    began = time.perf_counter()
    connection.request("POST", parts.path + path, body, HEADERS)
    answer = connection.getresponse()
    said = answer.read()
    took = time.perf_counter() - began
    connection.close()
    if answer.status not in (200, 201):
        raise SystemExit(f"bench: HAPI answered {answer.status}: {said[:500].decode(errors='replace')}")
    return took
