"""The log says what happened and never to whom."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from service import json_text
from tests.house.tree import ROOT
from tests.intake.forms_made import attachment, pdf
from tests.web import conftest
from tests.web.conftest import DERIVE, FHIR_JSON, resources

CANARIES = ("Canaria", "Quetzalcoatl", "CANARY-MRN-1", "CANARY-MEMBER-1", "1901-02-03", "Kanarienweg")


def planted(brief):
    """The brief's study with names and numbers that occur nowhere else."""
    bundle = json_text.read(brief)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource["name"] = [{"family": CANARIES[0], "given": [CANARIES[1]]}]
            resource["identifier"][0]["value"] = CANARIES[2]
            resource["birthDate"] = CANARIES[4]
            resource["address"][0]["line"] = [CANARIES[5]]
        if resource["resourceType"] == "Coverage":
            resource["subscriberId"] = CANARIES[3]
    return bundle


def spoilt(bundle):
    """The same study broken in one way after another, each a body that is refused or held."""
    yield json_text.write(bundle)[:-40]
    yield json_text.write(bundle).replace(b'"birthDate"', b'"surprise":"Canaria","birthDate"', 1)
    yield json_text.write(bundle | {"type": "history"})
    for entry in bundle["entry"]:
        for name in tuple(entry["resource"]):
            yield json_text.write(
                bundle
                | {
                    "entry": [
                        each
                        if each is not entry
                        else each | {"resource": each["resource"] | {name: CANARIES[0]}}
                        for each in bundle["entry"]
                    ]
                }
            )


def test_no_line_and_no_error_names_the_patient(door, brief):
    bundle = planted(brief)
    billed = door.post(json_text.write(bundle))
    [claim] = resources(billed, "Claim")
    assert CANARIES[0] in billed.text
    refused = []
    for body in spoilt(bundle):
        answer = door.post(body)
        if answer.status_code != 200:
            refused.append(answer)
    for path in (
        "/fhir/Claim/Canaria",
        "/fhir/Claim?identifier=CANARY-MRN-1&Canaria=1",
        "/Canaria?q=Canaria",
    ):
        refused.append(door.get(path, **{"Prefer": "handling=strict", "X-Request-Id": "Ruth Canaria"}))
    refused.append(door.post(brief, content_type="text/Canaria"))
    assert len(refused) > 10
    assert {answer.status_code // 100 for answer in refused} == {4}
    door.get(f"/fhir/Claim/{claim['id']}")
    for canary in (*CANARIES, claim["id"]):
        assert canary not in door.log.getvalue()
        assert [answer.text for answer in refused if canary in answer.text] == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/plain", b"FINDINGS: Acute Canaria fracture of T11."),
        ("text/html", b"<p>Canaria T11 fracture<script>Canaria"),
        ("application/rtf", b"{\\rtf1 Canaria \\'zz}"),
        ("application/pdf", pdf("Canaria T11 fracture.")),
        ("application/pdf", pdf("Canaria T11 fracture.").replace(b"Tj", b"Tx (Canaria")),
        ("application/pdf", pdf("Canaria T11 fracture.")[:-60] + b"Canaria"),
    ],
)
def test_no_line_has_a_word_of_a_report_however_broken(door, capfd, kind, content):
    bundle = json_text.read((ROOT / "examples" / "prose" / "bundle.json").read_bytes())
    report = bundle["entry"][0]["resource"]
    report["presentedForm"] = [attachment(kind, content)]
    report["conclusion"] = "Canaria."
    assert door.post(json_text.write(bundle)).status_code == 200
    shown = capfd.readouterr()
    assert "Canaria" not in door.log.getvalue() + shown.out + shown.err


def test_a_line_says_what_was_done_and_what_decided(door, kept):
    [line] = door.lines
    assert {name: line[name] for name in ("event", "level", "method", "route", "status")} == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "route": DERIVE,
        "status": 200,
    }
    assert sum(line["studies"].values()) == 1
    assert line["ms"] > 0
    health = door.get("/healthz").json
    assert {line[name] for name in ("rulebook", "practice", "engine")} == {
        health[name] for name in ("rulebook", "practice", "engine")
    }
    assert line["request_id"] == kept.headers["X-Request-Id"]


def test_a_line_of_a_refused_request_has_the_codes(door):
    door.post(b"{")
    door.get("/nowhere")
    assert [line["problems"] for line in door.lines] == [["JSON-INVALID"], ["HTTP-NOT-FOUND"]]
    assert door.lines[-1]["route"] is None


@pytest.mark.parametrize("given", ["abc-123", "4f9c2a7e-0000-4000-8000-000000000000", "a.b_c"])
def test_the_senders_request_id_comes_back(door, given):
    assert door.get("/healthz", **{"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "Ruth Sandoval", "a" * 65, "ä", "-a", "<script>"])
def test_a_request_id_that_may_be_anything_is_replaced(door, given):
    made = door.get("/healthz", **{"X-Request-Id": given.encode().decode("latin-1")}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", made)


def test_no_module_of_the_service_prints_or_logs_on_the_side():
    offenders = [
        str(path.relative_to(ROOT))
        for path in Path(ROOT, "service").rglob("*.py")
        if re.search(r"^\s*(import logging|from logging|print\()", path.read_text(), re.M)
        and path.name != "form_pdf.py"  # it silences a library that would log words of a report
    ]
    assert offenders == []


def test_the_log_is_one_json_object_a_line(door, kept):
    door.get("/fhir/metadata", Accept=FHIR_JSON)
    assert [json.loads(line)["status"] for line in door.log.getvalue().splitlines()] == [200, 200]


def test_a_claim_of_ours_that_cannot_leave_is_an_error_of_ours_in_a_good_answer(tmp_path, brief, monkeypatch):
    def with_a_taxonomy_that_is_no_code(settings):
        known = knowledge_of(settings)
        organizations = tuple(replace(each, taxonomy="no  code ") for each in known.practice.organizations)
        return replace(known, practice=replace(known.practice, organizations=organizations))

    knowledge_of = conftest.knowledge_of
    monkeypatch.setattr(conftest, "knowledge_of", with_a_taxonomy_that_is_no_code)
    door = conftest.Door(tmp_path / "ledger.sqlite3")
    answer = door.post(brief)
    assert (answer.status_code, resources(answer, "Claim")) == (200, [])
    [line] = door.lines
    assert (line["level"], line["problems"]) == ("error", ["FAULT-CLAIM-INVALID"])
    assert line["studies"] == {"held": 1}
