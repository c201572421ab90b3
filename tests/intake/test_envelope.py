"""Which bodies are opened, which entries come out, and why the others are refused."""

from decimal import Decimal
from typing import Any

import pytest

from service import json_text
from service.errors import Refusal
from service.intake.envelope import Envelope, envelope_of, is_fhir_json, open_envelope
from tests.intake.small_bundle import bundle, observation, order, patient, report, study

FHIR_JSON = "application/fhir+json"
LIMIT = 1_000_000


def opened(resource: object, content_type: str | None = FHIR_JSON, limit: int = LIMIT) -> Envelope:
    return open_envelope(content_type, json_text.write(resource), limit)


def refused(resource: object) -> tuple[int, list[tuple[str, tuple[str, ...]]]]:
    with pytest.raises(Refusal) as caught:
        envelope_of(resource)
    return caught.value.status, [(each.code, each.expression) for each in caught.value.problems]


def parameters(*parameter: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": list(parameter)}


@pytest.mark.parametrize("kind", ["collection", "transaction", "batch", "searchset"])
def test_a_bundle_of_each_type_gives_its_resources_with_their_places(kind):
    envelope = opened(study(kind))
    assert (envelope.kind, envelope.path, envelope.dry_run, envelope.notes) == (kind, "Bundle", False, ())
    assert [each.index for each in envelope.entries] == [0, 1, 2, 3, 4]
    assert envelope.entries[1].resource == order()
    assert envelope.entries[1].path == "Bundle.entry[1].resource"
    assert envelope.entries[1].full_url == "urn:uuid:00000001-0000-4000-8000-000000000000"
    assert envelope.root["entry"][1]["resource"] is envelope.entries[1].resource


def test_numbers_keep_their_digits():
    entry = opened(bundle(order(), observation())).entries[1]
    assert str(entry.resource["valueQuantity"]["value"]) == "-2.50"
    assert isinstance(entry.resource["valueQuantity"]["value"], Decimal)


def test_a_message_has_its_header_first():
    header = {
        "resourceType": "MessageHeader",
        "eventUri": "https://example.org/e",
        "source": {"endpoint": "https://example.org/"},
    }
    assert opened(bundle(header, order(), kind="message")).kind == "message"
    expected = (422, [("ENVELOPE-MESSAGE-HEADER", ("Bundle.entry[0]",))])
    assert refused(bundle(order(), header, kind="message")) == expected
    headless = bundle(patient(), header, order(), kind="message")
    del headless["entry"][0]["resource"]
    assert refused(headless) == expected
    assert refused(bundle(kind="message")) == expected


def test_parameters_carry_the_bundle_and_the_wish_for_a_dry_run():
    envelope = opened(
        parameters(
            {"name": "dryRun", "valueBoolean": True}, {"name": "resource", "resource": bundle(order())}
        )
    )
    assert envelope.dry_run
    assert envelope.path == "Parameters.parameter[1].resource"
    assert envelope.entries[0].path == "Parameters.parameter[1].resource.entry[0].resource"
    assert not opened(parameters({"name": "resource", "resource": bundle(order())})).dry_run


@pytest.mark.parametrize(
    "dry_runs",
    [
        [{"name": "dryRun", "valueString": "true"}],
        [{"name": "dryRun"}],
        [{"name": "dryRun", "valueBoolean": True}, {"name": "dryRun", "valueBoolean": False}],
    ],
)
def test_a_dry_run_is_one_boolean(dry_runs):
    given = parameters({"name": "resource", "resource": bundle(order())}, *dry_runs)
    assert refused(given) == (400, [("ENVELOPE-PARAMETER", (f"Parameters.parameter[{len(dry_runs)}]",))])


@pytest.mark.parametrize("name", ["dryrun", "foo", None])
def test_a_parameter_of_another_name_is_refused(name):
    given = parameters(
        {"name": "resource", "resource": bundle(order())}, {"name": name, "valueBoolean": True}
    )
    assert refused(given) == (400, [("ENVELOPE-PARAMETER", ("Parameters.parameter[1]",))])


@pytest.mark.parametrize(
    "given",
    [
        parameters(),
        parameters({"name": "resource", "resource": order()}),
        parameters(*[{"name": "resource", "resource": bundle(order())}] * 2),
        {"resourceType": "Parameters", "parameter": "x"},
        {"resourceType": "Parameters", "parameter": [None, 7]},
    ],
)
def test_parameters_with_none_or_two_bundles_are_refused(given):
    assert refused(given) == (400, [("ENVELOPE-NOT-A-BUNDLE", ("Parameters",))])


@pytest.mark.parametrize(
    "given", [None, 7, "Bundle", [], [bundle()], {}, {"resourceType": "Nope"}, {"resourceType": []}]
)
def test_json_that_is_no_resource_is_not_fhir(given):
    assert refused(given) == (400, [("ENVELOPE-NOT-FHIR", ())])


def test_a_resource_alone_is_not_an_envelope():
    assert refused(order()) == (400, [("ENVELOPE-NOT-A-BUNDLE", ("ServiceRequest",))])


@pytest.mark.parametrize(
    "kind", ["history", "document", "transaction-response", "batch-response", "x", None, 7, []]
)
def test_other_types_of_bundle_are_refused(kind):
    assert refused(bundle(order(), kind=kind)) == (422, [("ENVELOPE-BUNDLE-TYPE", ("Bundle.type",))])


@pytest.mark.parametrize("kind", ["history", "nonsense", "message"])
def test_a_wrong_bundle_hides_nothing_of_what_is_wrong_inside(kind):
    with pytest.raises(Refusal) as caught:
        envelope_of(bundle({**order(), "status": "maybe"}, kind=kind))
    assert caught.value.problems[0].code in {"ENVELOPE-BUNDLE-TYPE", "ENVELOPE-MESSAGE-HEADER"}
    assert [each.expression for each in caught.value.problems[1:]] == [("Bundle.entry[0].resource.status",)]


@pytest.mark.parametrize("entry", [None, {}, "x", 7])
def test_entries_that_are_no_list_are_refused(entry):
    given = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    assert refused(given) == (400, [("ENVELOPE-ENTRY", ("Bundle.entry",))])


def test_every_malformed_entry_is_named():
    given = bundle(order())
    given["entry"] += [None, {"resource": "x"}, {"resource": []}]
    assert refused(given) == (
        400,
        [
            ("ENVELOPE-ENTRY", ("Bundle.entry[1]",)),
            ("ENVELOPE-ENTRY", ("Bundle.entry[2].resource",)),
            ("ENVELOPE-ENTRY", ("Bundle.entry[3].resource",)),
        ],
    )


def test_a_deletion_in_a_transaction_is_left_out_with_a_note():
    given = bundle(order(), report(), kind="transaction")
    given["entry"][0]["request"] = {"method": "PUT", "url": "ServiceRequest/1"}
    given["entry"][1]["request"] = {"method": "DELETE", "url": "DiagnosticReport/1"}
    envelope = envelope_of(given)
    assert [(each.index, each.method) for each in envelope.entries] == [(0, "PUT")]
    assert [(each.code, each.severity, each.expression) for each in envelope.notes] == [
        ("ENVELOPE-DELETE-IGNORED", "information", ("Bundle.entry[1]",))
    ]


def test_entries_with_nothing_to_read_are_left_out_with_a_note():
    given = bundle(order(), {"resourceType": "OperationOutcome", "issue": []}, kind="searchset")
    given["entry"][1]["search"] = {"mode": "outcome"}
    given["entry"].append({"fullUrl": "https://example.org/x"})
    given["entry"].append({"request": {"method": "GET", "url": "Patient/1"}})
    given["entry"].append({"request": {"method": "PATCH", "url": "Patient/1"}, "resource": patient()})
    envelope = envelope_of(given)
    assert [each.index for each in envelope.entries] == [0]
    assert {each.code for each in envelope.notes} == {"ENVELOPE-ENTRY-SKIPPED"}
    assert len(envelope.notes) == 4


@pytest.mark.parametrize(
    "given", [bundle(), bundle(patient()), {"resourceType": "Bundle", "type": "collection"}]
)
def test_a_bundle_without_order_report_or_procedure_is_not_ours(given):
    assert refused(given) == (422, [("ENVELOPE-NOTHING-OURS", ("Bundle",))])


@pytest.mark.parametrize("kind", ["ServiceRequest", "DiagnosticReport", "Procedure"])
def test_one_order_report_or_procedure_is_enough(kind):
    assert len(envelope_of(bundle({"resourceType": kind})).entries) == 1


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+json",
        "application/json",
        "text/json",
        "Application/FHIR+JSON; charset=UTF-8",
        'application/fhir+json;charset="utf-8"',
        "application/fhir+json; fhirVersion=4.0; charset=utf-8",
    ],
)
def test_json_is_read_under_each_of_its_names(content_type):
    assert is_fhir_json(content_type)
    assert opened(study(), content_type).entries


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/fhir+xml",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json+fhir",
        "json",
        "application/json; charset=latin-1",
        "application/fhir+json; fhirVersion=5.0",
        "application/json\r\nX: y",
        "; charset=utf-8",
        "application/json; charset*=utf-8''utf-8",
    ],
)
def test_other_media_types_character_sets_and_versions_are_refused(content_type):
    with pytest.raises(Refusal) as caught:
        opened(study(), content_type)
    assert (caught.value.status, caught.value.problems[0].code) == (415, "ENVELOPE-MEDIA-TYPE")


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    body = json_text.write(study())
    assert open_envelope(FHIR_JSON, body, len(body)).entries
    with pytest.raises(Refusal) as caught:
        open_envelope(FHIR_JSON, body, len(body) - 1)
    assert (caught.value.status, caught.value.problems[0].code) == (413, "ENVELOPE-TOO-LARGE")


def test_a_body_that_is_not_json_is_refused_as_such():
    with pytest.raises(Refusal) as caught:
        open_envelope(FHIR_JSON, b"<Bundle/>", LIMIT)
    assert (caught.value.status, caught.value.problems[0].code) == (400, "JSON-INVALID")
