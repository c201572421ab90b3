"""What senders were promised comes out, through both doors. README.md says when a promise may change."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service import json_text
from service.fhir_r4 import check_resource
from tests.house.tree import ROOT
from tests.web.conftest import Door

HERE = Path(__file__).parent
PRACTICE = HERE / "practice.yaml"
CONTRACTS = sorted(folder.name for folder in HERE.iterdir() if (folder / "bundle.json").exists())
NOT_PROMISED = {"created", "meta"}
DECISION = (
    "{} is not the file that was promised. A promise changes only by a decision about the product: write it "
    "into CHANGELOG.md, then change the promise, then CHECKSUMS (tests/contracts/README.md)."
)


def sent(name):
    return (HERE / name / "bundle.json").read_bytes()


def promised(name):
    return json_text.read((HERE / name / "promise.json").read_bytes())


def resources(answer, kind):
    return [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == kind]


def kept_of(answer):
    """An answer as a promise is written: each study, and the Claims without what is not promised."""
    studies = []
    outcomes = resources(answer, "OperationOutcome")
    for study, outcome in zip(resources(answer, "Parameters")[0]["parameter"], outcomes, strict=True):
        said = {part["name"]: part.get("valueString", part.get("valueCode")) for part in study["part"]}
        codes: dict[str, set[str]] = {"error": set(), "warning": set(), "information": set()}
        for issue in outcome["issue"][1:]:
            codes[issue["severity"]].add(issue["details"]["coding"][0]["code"])
        loud = sorted(codes["error"] | codes["warning"])
        notes = sorted(codes["information"])
        studies.append({"key": said["key"], "state": said["state"], "findings": loud, "notes": notes})
    claims = [
        {name: value for name, value in claim.items() if name not in NOT_PROMISED}
        for claim in resources(answer, "Claim")
    ]
    return {"studies": studies, "claims": claims}


def assert_kept(answer, promise):
    kept = kept_of(answer)
    assert json_text.write(kept["claims"]) == json_text.write(promise["claims"])
    for study, wanted in zip(kept["studies"], promise["studies"], strict=True):
        assert {name: study[name] for name in ("key", "state", "findings")} == {
            name: wanted[name] for name in ("key", "state", "findings")
        }
        assert set(wanted["notes"]) <= set(study["notes"])


@pytest.fixture
def contracted(tmp_path):
    return Door(tmp_path / "ledger.sqlite3", VFA_PRACTICE=str(PRACTICE))


def test_there_are_the_promises_that_the_list_names():
    listed = (HERE / "README.md").read_text(encoding="utf-8")
    assert [name for name in CONTRACTS if f"| `{name}` |" not in listed] == []
    assert len(CONTRACTS) >= 8


@pytest.mark.parametrize("name", CONTRACTS)
def test_http_answers_what_was_promised(contracted, name):
    answer = contracted.post(sent(name))
    assert answer.status_code == 200, answer.text
    read = json_text.read(answer.data)
    assert_kept(read, promised(name))
    assert check_resource(read) == ()


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_command_line_answers_what_was_promised(name):
    program = Path(sys.executable).with_name("vfa-claims")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("VFA_")}
    file = HERE / name / "bundle.json"
    ran = subprocess.run(
        [program, "derive", file, "--practice", PRACTICE, "--format", "json"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=clean,
        timeout=60,
    )
    assert ran.returncode in {0, 3, 4}, ran.stderr
    assert_kept(json_text.read(ran.stdout), promised(name))


def test_gc_68_a_study_sent_again_in_another_envelope_has_the_same_claim(contracted):
    """GC-68: the same request twice is one claim; the second gets the first."""
    first = json_text.read(contracted.post(sent("message")).data)
    again = json_text.read(contracted.post(sent("sent-again")).data)
    [claim] = resources(first, "Claim")
    assert claim in resources(again, "Claim")
    assert json_text.write(claim) in json_text.write(again)


@pytest.mark.parametrize("line", (HERE / "CHECKSUMS").read_text(encoding="utf-8").splitlines())
def test_no_promise_was_changed(line):
    checksum, file = line.split()
    assert hashlib.sha256((HERE / file).read_bytes()).hexdigest() == checksum, DECISION.format(file)


def test_every_file_of_a_contract_is_guarded():
    guarded = {line.split()[1] for line in (HERE / "CHECKSUMS").read_text(encoding="utf-8").splitlines()}
    files = {
        str(path.relative_to(HERE)) for path in (PRACTICE, HERE / "decided.json", *HERE.glob("*/*.json"))
    }
    assert files == guarded, f"guard {files ^ guarded} in CHECKSUMS, or take it out: {DECISION}"


def test_the_promises_hold_what_billing_asks_of_each():
    """The figures a biller would look for first, as decided from the rules, beside the whole Claims."""
    found = {
        name: [
            (
                claim["item"][0]["productOrService"]["coding"][0]["code"],
                *(each["coding"][0]["code"] for each in claim["item"][0].get("modifier", ())),
                claim["item"][0]["servicedDate"],
                *(each["diagnosisCodeableConcept"]["coding"][0]["code"] for each in claim["diagnosis"]),
                str(claim["total"]["value"]),
            )
            for claim in promised(name)["claims"]
        ]
        for name in CONTRACTS
    }
    assert found == {
        name: [tuple(claim) for claim in claims]
        for name, claims in json.loads((HERE / "decided.json").read_text(encoding="utf-8")).items()
    }
