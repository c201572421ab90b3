"""What `make demo` prints, and that it works from its start to its end."""

import socket
import subprocess
import sys
from decimal import Decimal

from examples import demo
from examples.claim_text import answer_lines
from tests.house.tree import ROOT


def concept(code):
    return {"coding": [{"system": "urn:example", "code": code}]}


CLAIM = {
    "resourceType": "Claim",
    "id": "vfa-1",
    "meta": {"tag": [{"code": "clean"}]},
    "contained": [{"resourceType": "Organization", "id": "billing-provider", "name": "Main Street Imaging"}],
    "type": concept("professional"),
    "patient": {"reference": "Patient/p1"},
    "insurer": {"display": "Medicare"},
    "provider": {"reference": "#billing-provider", "identifier": {"value": "1234567893"}},
    "careTeam": [{"role": concept("rendering"), "provider": {"reference": "Practitioner/elsewhere"}}],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("M80.08XA")}],
    "item": [
        {
            "sequence": 1,
            "servicedDate": "2026-09-15",
            "locationCodeableConcept": concept("11"),
            "productOrService": concept("77086"),
            "diagnosisSequence": [1],
            "quantity": {"value": 1},
            "unitPrice": {"value": Decimal("150.00"), "currency": "USD"},
            "net": {"value": Decimal("150.00"), "currency": "USD"},
        }
    ],
    "total": {"value": Decimal("150.00"), "currency": "USD"},
}
PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"given": ["Ada"], "family": "Marrow"}]}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "details": {"text": "Look twice."}}],
}


def bundle(*resources):
    return {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}


def test_a_claim_is_printed_as_a_biller_reads_it():
    printed = [" ".join(line.split()) for line in answer_lines(bundle(CLAIM, OUTCOME), bundle(PATIENT))]
    assert printed == [
        "Claim vfa-1 (professional, clean)",
        "Patient Ada Marrow",
        "Payer Medicare",
        "Billing provider Main Street Imaging (1234567893)",
        "Rendering provider Practitioner/elsewhere",
        "Diagnosis 1 M80.08XA",
        "Line 1 2026-09-15, place of service 11, 77086, no modifier, for diagnosis 1, 150.00 USD x 1"
        " = 150.00 USD",
        "Total 150.00 USD",
        "",
        "Warning Look twice.",
        "",
    ]


def test_modifiers_are_printed_in_their_order():
    item = CLAIM["item"][0] | {"modifier": [concept("26"), concept("59")]}
    printed = "\n".join(answer_lines(bundle(CLAIM | {"item": [item]}), bundle(PATIENT)))
    assert "77086, modifier 26 59," in printed


def test_a_taken_port_is_left_alone_and_another_one_found():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert demo.free_port(taken) not in {taken, 0}


def test_the_demo_prints_the_claim_of_the_brief_and_ends():
    ran = subprocess.run(
        [sys.executable, "examples/demo.py", "--once", "--port", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "place of service 11, 77086, no modifier" in ran.stdout
    assert "M80.08XA" in ran.stdout
    assert "$explain" in ran.stdout
