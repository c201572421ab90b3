"""The brief's study through a running service: start it, post the bundle, print the Claim for a biller.

`make demo` runs this and keeps serving until it is interrupted; `ONCE=1 make demo` ends after printing, with
exit status 0 only if a Claim came out.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from service import json_text
from service.outputs.readable import readable

HERE = Path(__file__).parent
BUNDLE = HERE / "brief" / "bundle.json"
PRACTICE = HERE / "practice.yaml"
LOG = HERE.parent / "build" / "demo.log"
PORT = 8077
START_SECONDS = 60

Resource = dict[str, Any]


def free_port(wanted: int) -> int:
    """The wanted port of 127.0.0.1, or another free one where something else listens there."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("demo: no free port on 127.0.0.1")


@contextmanager
def serving(port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`vfa-claims serve` with the example practice and an empty ledger: its address and process once up."""
    command = Path(sys.executable).with_name("vfa-claims")
    address = f"http://127.0.0.1:{port}"
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log, tempfile.TemporaryDirectory() as folder:
        # A ledger of its own: what an earlier demo billed under other rules would be held as changed.
        settings = {
            "VFA_PRACTICE": str(PRACTICE),
            "VFA_DATABASE": str(Path(folder, "ledger.sqlite3")),
            "VFA_HOST": "127.0.0.1",
            "VFA_PORT": str(port),
        }
        server = subprocess.Popen(
            [command, "serve"], env={**os.environ, **settings}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_until_ready(address, server)
            yield address, server
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    """Returns when /readyz answers 200; ends the demo with the server's own words if it does not come up."""
    patience = time.monotonic() + START_SECONDS
    while time.monotonic() < patience and server.poll() is None:
        try:
            if requests.get(f"{address}/readyz", timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.1)
    raise SystemExit(f"demo: the service did not start:\n{LOG.read_text(errors='replace')[-2000:]}")


def derive(address: str, body: bytes) -> Resource:
    """The answer Bundle of POST /fhir/Claim/$derive."""
    answer = requests.post(
        f"{address}/fhir/Claim/$derive",
        data=body,
        headers={"Content-Type": "application/fhir+json"},
        timeout=60,
    )
    if not answer.ok:
        raise SystemExit(f"demo: the service answered {answer.status_code}:\n{answer.text}")
    bundle = json_text.read(answer.content)
    if not isinstance(bundle, dict):
        raise SystemExit("demo: the service answered something else than a Bundle")
    return bundle


def claims(answer: Resource) -> list[Resource]:
    """The Claims of an answer Bundle, in its order."""
    return [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == "Claim"]


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def main(arguments: list[str]) -> int:
    options = ArgumentParser(description="Derives the Claim of the brief's study over HTTP and prints it.")
    options.add_argument("--once", action="store_true", help="end after printing")
    options.add_argument("--port", type=int, default=PORT, help="on 127.0.0.1, or a free one if it is taken")
    chosen = options.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    with serving(free_port(chosen.port)) as (address, server):
        answer = derive(address, BUNDLE.read_bytes())
        say(
            f"Posted {os.path.relpath(BUNDLE)} to {address}/fhir/Claim/$derive",
            "",
            readable(answer),
        )
        if chosen.once:
            say(
                "The service has ended. `make demo` keeps it, with the JSON and the explanation of the Claim."
            )
            return 0 if claims(answer) else 1
        for claim in claims(answer):
            say(
                f"JSON         {address}/fhir/Claim/{claim['id']}",
                f"Explanation  {address}/fhir/Claim/{claim['id']}/$explain",
            )
        say(
            "",
            f"Serving on {address} until interrupted (Ctrl-C). The server's log is {os.path.relpath(LOG)}.",
        )
        try:
            return server.wait()
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
