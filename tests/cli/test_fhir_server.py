"""`--fhir-server` and VFA_FHIR_SERVER: one server to look missing references up on."""

import copy
import json
import socket

import pytest

from tests.cli.test_cli import BRIEF, PRACTICE, derive, run
from tests.store.fhir_answers import sends
from tests.web.conftest import Door


@pytest.fixture
def lacking(tmp_path):
    """The brief's study, whose order refers to a Condition that is not in the Bundle but on some server."""
    bundle = copy.deepcopy(json.loads(BRIEF.read_text()))
    urn = next(e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Condition")
    bundle["entry"] = [each for each in bundle["entry"] if each["fullUrl"] != urn]
    file = tmp_path / "lacking.json"
    file.write_text(json.dumps(bundle).replace(urn, "Condition/osteoporosis"))
    return file


@pytest.fixture
def condition():
    """The HTTP answer with that Condition, once for each connection."""
    bundle = json.loads(BRIEF.read_text())
    found = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Condition")
    found = {**found, "id": "osteoporosis", "subject": {"display": "the patient"}}
    body = json.dumps(found).encode()
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.fixture
def closed():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/fhir"


def test_a_missing_reference_is_looked_up_by_the_command_line_once(lacking, condition):
    with sends(condition) as (base, connections):
        ran = derive(lacking, "--fhir-server", base)
        assert ran.returncode == 0, ran.stdout
        assert len(connections) == 1


def test_a_missing_reference_is_looked_up_by_the_web_once(lacking, condition, tmp_path):
    with sends(condition) as (base, connections):
        posted = Door(tmp_path / "ledger.sqlite3", VFA_FHIR_SERVER=base).post(lacking.read_bytes())
        assert b"FHIR-SERVER" not in posted.data
        assert b'"valueCode":"clean"' in posted.data
        assert len(connections) == 1


def test_an_unavailable_server_holds_the_study_and_says_so(lacking, closed, tmp_path):
    ran = derive(lacking, VFA_FHIR_SERVER=closed)
    assert ran.returncode == 3
    assert b"hold FHIR-SERVER-UNAVAILABLE" in ran.stdout
    assert b"the FHIR server was unavailable: the connection failed." in ran.stdout
    door = Door(tmp_path / "ledger.sqlite3", VFA_FHIR_SERVER=closed)
    posted = door.post(lacking.read_bytes())
    assert posted.status_code == 200
    assert b"FHIR-SERVER-UNAVAILABLE" in posted.data
    assert door.lines[-1]["studies"] == {"held": 1}


def test_a_study_held_for_an_unavailable_server_is_billed_once_the_server_is_back(
    lacking, condition, closed, tmp_path
):
    ledger = tmp_path / "ledger.sqlite3"
    assert b'"valueCode":"held"' in Door(ledger, VFA_FHIR_SERVER=closed).post(lacking.read_bytes()).data
    with sends(condition) as (base, _):
        assert b'"valueCode":"clean"' in Door(ledger, VFA_FHIR_SERVER=base).post(lacking.read_bytes()).data


def test_every_address_that_is_none_is_named_by_its_place_and_not_shown():
    ran = derive(
        BRIEF, VFA_FHIR_SERVER="https://ehr.example.com/fhir,http://ehr.example.com,https://me:secret@x/"
    )
    assert ran.returncode == 2
    assert ran.stderr.decode().splitlines() == [
        "VFA_FHIR_SERVER: address 2: use https for a server outside the private network",
        "VFA_FHIR_SERVER: address 3: no user or password belongs into the address",
    ]


def test_a_sandbox_is_one_server_and_never_a_file():
    for arguments, says in (
        ((), "name one server"),
        (("--public", "--base", "http://127.0.0.1/fhir"), "name one server"),
        (("--base", "http://example.com/fhir"), "use https"),
        (("--base", "http://127.0.0.1/fhir", "--tag", "a|b"), "a tag is letters"),
        (("--base", "http://127.0.0.1/fhir", str(BRIEF)), "unexpected extra argument"),
    ):
        ran = run("sandbox", "run", *arguments)
        assert ran.returncode == 2
        assert says in ran.stderr.decode()


def test_an_unavailable_sandbox_ends_with_six_whatever_practice_is_set(closed):
    for command in ("run", "clean"):
        ran = run("sandbox", command, "--base", closed, VFA_PRACTICE="nowhere.yaml", VFA_RULES=str(PRACTICE))
        assert ran.returncode == 6, ran.stderr
        assert ran.stdout.decode().endswith("unavailable: the connection failed\n")
