"""Every error is an OperationOutcome with a stable code; bad input is never a fault of ours."""

import gzip
import io
import json

import pytest
from flask import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from service.errors import OUTCOME_SYSTEM
from service.fhir_r4 import check_resource
from service.settings import read_settings
from tests.house.tree import ROOT
from tests.store.test_ledger import rows
from tests.web.conftest import BODY_LIMIT, DERIVE, FHIR_JSON, codes

EMPTY = {"resourceType": "Bundle", "type": "collection"}
ORDER = {"resourceType": "ServiceRequest", "status": "active"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "HTTP-NOT-FOUND"),
        ("GET", "/fhir/Patient/1", 404, "HTTP-NOT-FOUND"),
        ("GET", "/fhir/Claim/vfa-0", 404, "CLAIM-NOT-FOUND"),
        ("GET", "/fhir/Claim/vfa-0/$explain", 404, "CLAIM-NOT-FOUND"),
        ("GET", "/fhir/Claim/%00", 404, "HTTP-NOT-FOUND"),
        ("GET", DERIVE, 405, "HTTP-METHOD"),
        ("DELETE", "/fhir/Claim/vfa-0", 405, "HTTP-METHOD"),
        ("PUT", "/fhir/metadata", 405, "HTTP-METHOD"),
        ("GET", "/fhir/Claim", 400, "SEARCH-PARAMETER-MISSING"),
        ("GET", "/fhir/Claim?identifier=", 400, "SEARCH-PARAMETER-MISSING"),
        ("GET", "/fhir/Claim?identifier=a%7C", 400, "PARAMETER-VALUE"),
        ("GET", f"/fhir/Claim?identifier={','.join('abcdefghijklmnopqrstuv')}", 400, "PARAMETER-VALUE"),
        ("GET", "/fhir/metadata?_format=xml", 406, "HTTP-NOT-ACCEPTABLE"),
    ],
)
def test_an_address_that_cannot_answer_says_why(door, method, path, status, code):
    answer = door.client.open(path, method=method)
    assert (answer.status_code, codes(answer)) == (status, [code])
    assert check_resource(answer.json) == ()
    assert answer.json["issue"][0]["details"]["coding"][0]["system"] == OUTCOME_SYSTEM


def test_a_wrong_method_is_told_the_right_ones(door):
    assert "POST" in door.get(DERIVE).headers["Allow"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "JSON-INVALID"),
        (b"{", 400, "JSON-INVALID"),
        (b"<Bundle/>", 400, "JSON-INVALID"),
        (b'{"a":"\xff"}', 400, "JSON-ENCODING"),
        (b"[]", 400, "ENVELOPE-NOT-FHIR"),
        (b"null", 400, "ENVELOPE-NOT-FHIR"),
        (b'{"resourceType":"Bundel"}', 400, "ENVELOPE-NOT-FHIR"),
        (b'{"resourceType":"Patient"}', 400, "ENVELOPE-NOT-A-BUNDLE"),
        (b'{"resourceType":"Bundle","type":"history"}', 422, "ENVELOPE-BUNDLE-TYPE"),
        (json.dumps(EMPTY).encode(), 422, "ENVELOPE-NOTHING-OURS"),
        (b'{"resourceType":"Bundle","resourceType":"Bundle"}', 400, "JSON-DUPLICATE-KEY"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, 400, "JSON-DEPTH"),
    ],
)
def test_a_body_that_is_no_study_is_refused(door, body, status, code):
    answer = door.post(body)
    assert (answer.status_code, codes(answer)) == (status, [code])


def test_everything_that_is_not_r4_is_named_at_once(door):
    entry = {"resource": ORDER | {"intent": "wish", "status": "maybe"}}
    answer = door.post(EMPTY | {"entry": [entry]})
    assert answer.status_code == 422
    assert {(issue["code"], issue["expression"][0]) for issue in answer.json["issue"]} == {
        ("code-invalid", "Bundle.entry[0].resource.status"),
        ("code-invalid", "Bundle.entry[0].resource.intent"),
        ("required", "Bundle.entry[0].resource"),
    }


def test_a_body_over_the_limit_is_refused_before_it_is_read(door):
    body = io.BytesIO(b" " * (BODY_LIMIT * 3))
    answer = door.client.post(
        DERIVE, input_stream=body, content_type=FHIR_JSON, headers={"Content-Length": str(BODY_LIMIT * 2)}
    )
    assert (answer.status_code, codes(answer)) == (413, ["ENVELOPE-TOO-LARGE"])
    assert body.tell() == 0


def post_unmeasured(door, body, **environ):
    """A POST without Content-Length, as no test client sends it."""
    sent = EnvironBuilder(path=DERIVE, method="POST", content_type=FHIR_JSON, input_stream=body).get_environ()
    sent.pop("CONTENT_LENGTH", None)
    return Response.from_app(door.app, sent | environ)


def test_a_chunked_body_is_read_to_the_limit_and_no_further(door):
    body = io.BytesIO(b" " * (BODY_LIMIT * 20))
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = post_unmeasured(door, body, **chunked)
    assert (answer.status_code, codes(answer)) == (413, ["ENVELOPE-TOO-LARGE"])
    assert body.tell() < BODY_LIMIT * 3


def test_a_chunked_body_below_the_limit_is_read(door, brief):
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    assert post_unmeasured(door, io.BytesIO(brief), **chunked).status_code == 200


def test_a_body_without_length_is_not_waited_for(door, brief):
    answer = post_unmeasured(door, io.BytesIO(brief))
    assert (answer.status_code, codes(answer)) == (411, ["HTTP-LENGTH-REQUIRED"])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/fhir+xml",
        "application/json; charset=latin-1",
        "",
        None,
        "application/fhir+json; fhirVersion=5.0",
    ],
)
def test_a_body_of_another_media_type_is_refused(door, brief, content_type):
    answer = door.post(brief, content_type=content_type)
    assert (answer.status_code, codes(answer)) == (415, ["ENVELOPE-MEDIA-TYPE"])


def test_a_packed_body_is_refused(door, brief):
    answer = door.post(gzip.compress(brief), **{"Content-Encoding": "gzip"})
    assert (answer.status_code, codes(answer)) == (415, ["ENVELOPE-MEDIA-TYPE"])


@pytest.mark.parametrize(
    "accept", ["application/xml", "text/html", "application/fhir+json; fhirVersion=3.0", "text/plain;q=1"]
)
def test_another_format_is_not_acceptable(door, brief, accept):
    answer = door.post(brief, Accept=accept)
    assert (answer.status_code, codes(answer)) == (406, ["HTTP-NOT-ACCEPTABLE"])


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json",
        "text/html, application/fhir+json;q=0.5",
        "text/json",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+json",
    ],
)
def test_every_way_to_say_fhir_json_is_taken(door, accept):
    assert door.get("/fhir/metadata", Accept=accept).status_code == 200


@pytest.mark.parametrize("wanted", ["json", "application/fhir+json", "application/fhir%2Bjson", "text/json"])
def test_the_format_parameter_goes_before_the_header(door, wanted):
    answer = door.get(f"/fhir/metadata?_format={wanted}", Accept="application/xml")
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["yes", "1", "", "True"])
def test_a_dry_run_is_true_or_false(door, brief, value):
    answer = door.post(brief, path=f"{DERIVE}?dryRun={value}")
    assert (answer.status_code, codes(answer)) == (400, ["PARAMETER-VALUE"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("dryrun=true", ["PARAMETER-UNKNOWN"]),
        ("dry_run=true", ["PARAMETER-UNKNOWN"]),
        ("dryRun=false&dryRun=true", ["PARAMETER-VALUE"]),
        ("dryRun=true&dryRun=true", ["PARAMETER-VALUE"]),
        ("dryRun=perhaps&dryrun=true&_dryRun=true", ["PARAMETER-UNKNOWN", "PARAMETER-VALUE"]),
    ],
)
def test_a_dry_run_asked_for_in_another_way_keeps_no_claim(door, brief, query, said):
    answer = door.post(brief, path=f"{DERIVE}?{query}")
    assert (answer.status_code, codes(answer)) == (400, said)
    assert rows(door.database, "claims") == 0


@pytest.mark.parametrize("query", ["_format=json", "_pretty=true&dryRun=false"])
def test_parameters_about_the_answer_are_no_strangers(door, brief, query):
    assert door.post(brief, path=f"{DERIVE}?{query}").status_code == 200


def test_a_ledger_that_is_gone_is_a_fault_that_can_be_tried_again(door, brief):
    door.database.write_bytes(b"no database" * 1000)
    for path in (
        door.database.with_name("ledger.sqlite3-wal"),
        door.database.with_name("ledger.sqlite3-shm"),
    ):
        path.unlink(missing_ok=True)
    for answer in (door.get("/readyz"), door.post(brief)):
        assert (answer.status_code, codes(answer)) == (503, ["FAULT-LEDGER"])
        assert answer.headers["Retry-After"] == "1"
    assert door.get("/healthz").status_code == 200


def test_what_nobody_foresaw_is_answered_without_its_words(door):
    def fails():
        raise RuntimeError("Ruth Sandoval")

    door.app.add_url_rule("/fails", view_func=fails)
    answer = door.get("/fails")
    assert (answer.status_code, codes(answer)) == (500, ["FAULT-UNEXPECTED"])
    assert "Sandoval" not in answer.text + door.log.getvalue()
    assert door.lines[-1]["failure"]["type"] == "RuntimeError"
    assert door.lines[-1]["failure"]["at"][-1].endswith("fails")


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["Bundle", "x/1"])
keys = st.sampled_from(
    ["resourceType", "type", "entry", "resource", "fullUrl", "status", "code", "subject", "reference", "id"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
LIMITS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LIMITS
@given(resource=st.dictionaries(keys, values, max_size=5))
def test_no_resource_however_odd_is_a_fault_of_ours(door, resource):
    for kind in ("ServiceRequest", "DiagnosticReport"):
        entry = {"fullUrl": "urn:uuid:1", "resource": {**resource, "resourceType": kind}}
        answer = door.post(EMPTY | {"entry": [entry]})
        assert answer.status_code < 500, answer.text


@LIMITS
@given(body=st.binary(max_size=60))
def test_no_bytes_however_odd_are_a_fault_of_ours(door, body):
    assert door.post(body).status_code in {400, 422}


@LIMITS
@given(cut=st.integers(min_value=0, max_value=30_000), change=st.binary(min_size=1, max_size=3))
def test_a_spoilt_study_is_never_a_fault_of_ours(door, brief, cut, change):
    at = cut % len(brief)
    answer = door.post(brief[:at] + change + brief[at + 1 :], path=f"{DERIVE}?dryRun=true")
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 400), (BODY_LIMIT + 1, 413)])
def test_the_limit_is_the_largest_body_that_is_read(door, size, status):
    assert door.post(b" " * size).status_code == status


def test_the_limit_is_20_megabytes_unless_set():
    unset = read_settings({"VFA_PRACTICE": str(ROOT / "examples" / "practice.yaml")})
    assert unset.body_limit == 20 * 1024 * 1024
