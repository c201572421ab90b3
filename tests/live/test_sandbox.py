"""The sandbox commands on a real HAPI: the whole way, twice, and nothing left behind."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from service import json_text
from service.outputs.comparison import normalise
from service.sandbox.cleaning import REFERRING_FIRST
from service.sandbox.example import SYSTEM, TAG
from service.sandbox.proof import WITH_THE_REPORT
from tests.house.tree import ROOT
from tests.store.fhir_answers import sends

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

PROGRAM = Path(sys.executable).with_name("vfa-claims")
DAY = "2026-09-20T12:00:00Z"
PROVED, FAILED, UNAVAILABLE = 0, 1, 6
SET_BY_A_SERVER = ("id", "meta", "text")


def vfa_claims(*arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VFA_")}
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, timeout=120, check=False)


def sandbox(command, base, *more):
    ran = vfa_claims("sandbox", command, "--base", base, "--format", "json", *more)
    assert ran.stderr == b"", ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def search(base, kind, *parameters):
    answer = requests.get(f"{base}/{kind}", params=[("_count", "100"), *parameters], timeout=60)
    assert answer.status_code == 200, answer.text
    return json_text.read(answer.content)


def tagged(base, tag=TAG):
    """How many resources of each kind carry the tag."""
    asked = (("_tag", f"{SYSTEM}|{tag}"), ("_summary", "count"))
    found = {kind: int(search(base, kind, *asked)["total"]) for kind in REFERRING_FIRST}
    return {kind: count for kind, count in found.items() if count}


def everything(base):
    """How many resources of the kinds that a run writes there are, tagged or not."""
    return sum(int(search(base, kind, ("_summary", "count"))["total"]) for kind in REFERRING_FIRST)


def plain(claim, base):
    """A Claim without what a server sets and without its address in references."""
    kept = {name: value for name, value in normalise(claim).items() if name not in SET_BY_A_SERVER}
    return json_text.read(json_text.write(kept).replace(f'"{base}/'.encode(), b'"'))


def claims_of(bundle):
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Claim"]


def test_two_runs_prove_it_and_double_nothing_and_cleaning_leaves_nothing(hapi):
    status, report = sandbox("run", hapi)
    assert (status, report["result"]) == (PROVED, "proved"), report
    first = tagged(hapi)
    assert set(first) == set(REFERRING_FIRST)
    assert (first["Claim"], first["Task"], first["Provenance"], first["Observation"]) == (1, 1, 1, 14)
    status, report = sandbox("run", hapi)
    assert (status, report["steps"][0]["created"]) == (PROVED, 0)
    assert tagged(hapi) == first
    assert everything(hapi) == sum(first.values())
    status, report = sandbox("clean", hapi)
    assert (status, report["result"]) == (PROVED, "cleaned")
    assert everything(hapi) == 0


def test_after_cleaning_the_next_run_starts_anew(hapi):
    for _ in range(2):
        status, report = sandbox("run", hapi)
        assert (status, report["steps"][0]["there before"]) == (PROVED, 0)
        assert sandbox("clean", hapi)[0] == PROVED
    assert everything(hapi) == 0


def test_the_claims_on_the_server_are_those_that_derive_makes_of_what_is_there(hapi, tmp_path):
    assert sandbox("run", hapi, "--now", DAY)[0] == PROVED
    found = tmp_path / "found.json"
    found.write_bytes(json_text.write(search(hapi, "DiagnosticReport", *WITH_THE_REPORT)))
    practice = ROOT / "examples" / "practice.yaml"
    ran = vfa_claims(
        *("derive", found, "--practice", practice, "--fhir-server", hapi, "--format", "json", "--now", DAY)
    )
    assert ran.returncode == 0, ran.stderr
    derived = [plain(claim, hapi) for claim in claims_of(json_text.read(ran.stdout))]
    stored = [plain(claim, hapi) for claim in claims_of(search(hapi, "Claim"))]
    assert len(derived) == 1
    assert stored == derived
    assert derived[0]["patient"]["reference"].startswith("Patient/")


def test_a_report_alone_is_billed_when_the_server_has_what_it_refers_to(hapi, tmp_path):
    assert sandbox("run", hapi)[0] == PROVED
    alone = tmp_path / "report.json"
    alone.write_bytes(json_text.write(search(hapi, "DiagnosticReport")))
    practice = ROOT / "examples" / "practice.yaml"
    looked_up = vfa_claims("derive", alone, "--practice", practice, "--fhir-server", hapi, "--format", "json")
    assert looked_up.returncode == 0, looked_up.stdout
    (claim,), (stored,) = (
        claims_of(bundle) for bundle in (json_text.read(looked_up.stdout), search(hapi, "Claim"))
    )
    assert (claim["diagnosis"], claim["item"]) == (stored["diagnosis"], stored["item"])
    not_looked_up = vfa_claims("derive", alone, "--practice", practice)
    assert not_looked_up.returncode == 3
    assert b"ORDER-UNRESOLVED" in not_looked_up.stdout


def test_a_server_that_enforces_our_profiles_takes_all_of_it(enforcing_hapi):
    for before in (0, 28):
        status, report = sandbox("run", enforcing_hapi)
        assert (status, report["steps"][0]["there before"]) == (PROVED, before), report
    assert sandbox("clean", enforcing_hapi)[0] == PROVED


def test_two_tags_on_one_server_have_nothing_in_common(hapi):
    assert sandbox("run", hapi)[0] == PROVED
    assert sandbox("run", hapi, "--tag", "mine")[0] == PROVED
    assert sandbox("clean", hapi)[0] == PROVED
    assert tagged(hapi) == {}
    assert sum(tagged(hapi, "mine").values()) == 31
    assert sandbox("run", hapi, "--tag", "mine")[0] == PROVED


def test_a_server_keeps_what_somebody_else_refers_to(hapi):
    assert sandbox("run", hapi)[0] == PROVED
    (patient,) = (each["resource"] for each in search(hapi, "Patient")["entry"])
    theirs = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "of somebody else"},
        "subject": {"reference": f"Patient/{patient['id']}"},
    }
    assert requests.post(f"{hapi}/Flag", json=theirs, timeout=60).status_code == 201
    before = tagged(hapi)
    status, report = sandbox("clean", hapi)
    assert (status, report["result"]) == (FAILED, "failed")
    assert report["why"].startswith("HTTP 409")
    assert tagged(hapi) == before


def test_a_claim_that_somebody_changed_is_a_failure(hapi):
    assert sandbox("run", hapi)[0] == PROVED
    (claim,) = claims_of(search(hapi, "Claim"))
    claim["total"]["value"] = 1
    changed = requests.put(
        f"{hapi}/Claim/{claim['id']}",
        data=json_text.write(claim),
        headers={"Content-Type": "application/fhir+json"},
        timeout=60,
    )
    assert changed.status_code == 200
    status, report = sandbox("run", hapi)
    assert (status, report["result"]) == (FAILED, "failed")
    assert "the Claim on the server is not the one that was derived" in report["why"]


def test_a_closed_port_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for command in ("run", "clean"):
        status, report = sandbox(command, f"http://127.0.0.1:{port}/fhir")
        assert (status, report["result"]) == (UNAVAILABLE, "unavailable")
        assert report["why"] == "the connection failed"


def test_a_server_that_keeps_silent_is_unavailable():
    with sends(b"", pause=60) as (base, _):
        status, report = sandbox("run", base, "--timeout", "0.5")
    assert (status, report["why"]) == (UNAVAILABLE, "no answer within 0.5 s")
