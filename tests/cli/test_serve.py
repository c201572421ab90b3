"""`vfa-claims serve` as a process: it starts soon, answers, and ends when asked."""

import json
import os
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from service.fhir_r4 import check_resource
from tests.cli.test_cli import BRIEF, PRACTICE, PROGRAM
from tests.house.tree import ROOT
from tests.store.test_ledger import rows


@contextmanager
def serving(folder, *options, said=None, **environment):
    """The server's address and process; its log is what the process writes, `said` takes its first lines."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VFA_")}
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--practice", PRACTICE, *options],
        cwd=ROOT,
        env=clean | {"VFA_DATABASE": str(folder / "ledger.sqlite3")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        line = first_lines(process, [] if said is None else said)
        yield line["at"][0], process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def first_lines(process, said):
    """What the server says until it is up; the last line is returned."""
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1]["event"] == "serving":
            return said[-1]
    return pytest.fail(f"the server did not start: {process.wait()}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve")
    with serving(folder) as (address, process):
        yield address, process, folder


def post(address, body, **headers):
    return requests.post(
        f"{address}/fhir/Claim/$derive",
        data=body,
        headers={"Content-Type": "application/fhir+json", **headers},
        timeout=30,
    )


def raw(address, request):
    """What the server answers to bytes that no client would send: the status and the body."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as sock:
        sock.sendall(request)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_it_is_ready_and_answers_the_brief(server):
    address, _, _ = server
    assert requests.get(f"{address}/readyz", timeout=10).json() == {"status": "ready"}
    answer = post(address, BRIEF.read_bytes())
    assert answer.status_code == 200
    assert check_resource(answer.json()) == ()


def test_many_posts_of_one_study_at_once_make_one_claim_and_one_answer(server):
    address, _, folder = server
    body = BRIEF.read_bytes()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: post(address, body).content, range(36)))
    assert len(set(answers)) == 1
    assert rows(folder / "ledger.sqlite3", "claims") == 1
    assert rows(folder / "ledger.sqlite3", "answers") == 1


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "HTTP-INVALID"),
        (b"GET /Sandoval HTTP/9.9\r\n\r\n", 400, "HTTP-INVALID"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414, "HTTP-INVALID"),
        (b"GET / HTTP/1.1\r\nA b: c\r\n\r\n", 400, "HTTP-INVALID"),
        (
            b"POST /fhir/Claim/$derive HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
            400,
            "HTTP-INVALID",
        ),
        (
            b"GET /fhir/Claim/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            404,
            "CLAIM-NOT-FOUND",
        ),
    ],
)
def test_what_is_hardly_http_is_answered_as_fhir(server, request_bytes, status, code):
    address, _, _ = server
    answered, outcome = raw(address, request_bytes)
    assert (answered, outcome["resourceType"]) == (status, "OperationOutcome")
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == code
    assert "Sandoval" not in json.dumps(outcome)


def test_an_endless_body_is_refused_at_the_limit(tmp_path):
    with serving(tmp_path, VFA_BODY_LIMIT="50000") as (address, _):
        answer = post(address, (b" " * 10_000 for _ in range(100)))
        assert answer.status_code == 413
        assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "ENVELOPE-TOO-LARGE"


@pytest.mark.parametrize("framing", ["Content-Length: 25000000", "Transfer-Encoding: chunked"])
def test_a_sender_that_sends_all_before_it_reads_hears_why_it_is_refused(tmp_path, framing):
    head = f"POST /fhir/Claim/$derive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{framing}\r\n"
    body = b" " * 25_000_000
    if "chunked" in framing:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    with serving(tmp_path) as (address, _):
        sent = head.encode() + b"Content-Type: application/fhir+json\r\n\r\n" + body
        status, outcome = raw(address, sent)
    assert (status, outcome["issue"][0]["details"]["coding"][0]["code"]) == (413, "ENVELOPE-TOO-LARGE")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked_and_its_log_names_nobody(tmp_path, asked):
    with serving(tmp_path) as (address, process):
        assert post(address, BRIEF.read_bytes()).status_code == 200
        raw(address, b"GET /Sandoval HTTP/9.9\r\n\r\n")
        process.send_signal(asked)
        log, _ = process.communicate(timeout=30)
        assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines] == [200, 400]
    assert "Sandoval" not in log


def test_an_address_for_everybody_is_bound_only_when_allowed(tmp_path):
    with serving(tmp_path, "--host", "0.0.0.0", VFA_ALLOW_UNAUTHENTICATED="1") as (address, _):
        port = address.rpartition(":")[2]
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10).ok


@pytest.mark.parametrize(("allowed", "host"), [("0", "127.0.0.1"), ("1", "0.0.0.0")])
def test_the_address_auto_is_for_everybody_only_where_that_is_allowed(tmp_path, allowed, host):
    with serving(tmp_path, "--host", "auto", VFA_ALLOW_UNAUTHENTICATED=allowed) as (address, _):
        assert address.startswith(f"http://{host}:")


def test_the_log_says_first_who_can_reach_the_service(tmp_path):
    private: list[dict[str, str]] = []
    public: list[dict[str, str]] = []
    with serving(tmp_path, said=private):
        assert "this machine or container alone" in private[0]["event"]
    with serving(tmp_path, "--host", "auto", said=public, VFA_ALLOW_UNAUTHENTICATED="1"):
        assert "nobody is asked who they are" in public[0]["event"]
