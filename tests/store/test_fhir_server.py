"""A FHIR server that answers badly, late or not at all is told from one that answers."""

import json
import socket

import pytest
import responses
from responses import matchers

from service.errors import Declined, Unavailable
from service.store.fhir_server import FhirServer
from tests.store.fhir_answers import (
    BASE,
    FHIR_JSON,
    QUICK,
    outcome,
    patient,
    responded,
    searchset,
    sends,
)

CREATE = {
    "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=s|1"},
    "resource": patient(),
}
PUT = {"request": {"method": "PUT", "url": "Patient/a"}, "resource": patient("a")}
BLIND_CREATE = {"request": {"method": "POST", "url": "Patient"}, "resource": patient()}


@pytest.fixture
def server():
    one = FhirServer(BASE, QUICK)
    yield one
    one.close()


@pytest.fixture
def web():
    with responses.RequestsMock() as mocked:
        yield mocked


def says(web, method, path, body, status=200, **headers):
    text = body if isinstance(body, str) else json.dumps(body)
    return web.add(method, f"{BASE}{path}", body=text, status=status, content_type=FHIR_JSON, headers=headers)


def declined(ask):
    with pytest.raises(Declined) as raised:
        ask()
    return raised.value


def unavailable(ask):
    with pytest.raises(Unavailable) as raised:
        ask()
    return raised.value.says


def test_a_resource_is_read_past_every_cache(web, server):
    asked = says(web, "GET", "/Patient/7", patient())
    assert server.read("Patient", "7") == patient()
    assert asked.calls[0].request.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_an_answer(web, server, status):
    says(web, "GET", "/Patient/7", outcome("not-found"), status)
    assert server.read("Patient", "7") is None


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 599])
def test_a_server_error_is_unavailable_after_bounded_attempts(web, server, status):
    asked = says(web, "GET", "/Patient/7", outcome("exception"), status)
    assert unavailable(lambda: server.read("Patient", "7")) == f"HTTP {status}"
    assert asked.call_count == (1 if status == 599 else 1 + QUICK.retries)


def test_a_server_that_recovers_is_asked_again(web, server):
    says(web, "GET", "/Patient/7", "", 503)
    says(web, "GET", "/Patient/7", patient())
    assert server.read("Patient", "7") == patient()


def test_a_short_retry_after_is_waited_for_and_a_long_one_ends_it(web, server):
    asked = says(web, "GET", "/Patient/7", "", 429, **{"Retry-After": "1"})
    assert unavailable(lambda: server.read("Patient", "7")) == "HTTP 429"
    assert asked.call_count == 1 + QUICK.retries
    patiently = says(web, "GET", "/Patient/8", "", 429, **{"Retry-After": "3600"})
    assert unavailable(lambda: server.read("Patient", "8")) == "HTTP 429"
    assert patiently.call_count == 1


def test_an_unsupported_interaction_is_an_answer_and_not_asked_again(web, server):
    asked = says(web, "GET", "/Patient/7", outcome("not-supported"), 501)
    assert declined(lambda: server.read("Patient", "7")).says == "HTTP 501: not-supported"
    assert asked.call_count == 1


def test_nobody_listening_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    closed = FhirServer(f"http://127.0.0.1:{port}/r4", QUICK)
    assert unavailable(lambda: closed.read("Patient", "7")) == "the connection failed"
    closed.close()


def test_a_server_that_keeps_silent_is_unavailable_within_its_time():
    with sends(b"", pause=5) as (base, connections):
        silent = FhirServer(base, QUICK)
        assert unavailable(lambda: silent.read("Patient", "7")) == "no answer within 0.5 s"
        assert len(connections) == 1 + QUICK.retries
        silent.close()


def test_a_transaction_whose_answer_is_late_is_not_sent_again():
    with sends(b"", pause=5) as (base, connections):
        silent = FhirServer(base, QUICK)
        assert unavailable(lambda: silent.transaction([CREATE, PUT])) == "no answer within 0.5 s"
        assert len(connections) == 1
        silent.close()


def test_an_answer_that_trickles_in_is_given_up():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 999\r\n\r\n"
    with sends(head, *[b" "] * 100, pause=0.1) as (base, _):
        slow = FhirServer(base, QUICK)
        assert unavailable(lambda: slow.read("Patient", "7")) == "the answer was not complete after 0.8 s"
        slow.close()


def test_an_answer_that_breaks_off_is_unavailable():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    with sends(head + b'{"resourceType": "Patient"') as (base, _):
        broken = FhirServer(base, QUICK)
        assert unavailable(lambda: broken.read("Patient", "7")) == "the connection failed"
        broken.close()


def test_an_answer_larger_than_the_limit_is_not_read_to_its_end(web, server):
    says(web, "GET", "/Patient/7", json.dumps(patient()) + " " * QUICK.size)
    assert declined(lambda: server.read("Patient", "7")).says == "the answer is larger than 100000 bytes"


@pytest.mark.parametrize("address", ["https://evil.example.com/Patient/7", f"{BASE}/Patient/8", "/login"])
def test_a_redirect_is_never_followed(web, server, address):
    says(web, "GET", "/Patient/7", "", 302, Location=address)
    refused = declined(lambda: server.read("Patient", "7"))
    assert (refused.says, refused.status) == ("HTTP 302: it sends to another address", 302)


@pytest.mark.parametrize(
    "body", ["", "<html>Sign in</html>", "[]", '{"a": 1}', '{"resourceType": 1}', '{"resourceType": "Pati']
)
def test_an_answer_that_is_not_fhir_is_declined(web, server, body):
    says(web, "GET", "/Patient/7", body)
    assert declined(lambda: server.read("Patient", "7")).says == "the answer is not FHIR JSON"


@pytest.mark.parametrize(
    "other", [patient("8"), {"resourceType": "Person", "id": "7"}, {"resourceType": "Patient"}]
)
def test_another_resource_than_the_one_asked_for_is_declined(web, server, other):
    says(web, "GET", "/Patient/7", other)
    assert declined(lambda: server.read("Patient", "7")).says == "the answer is another resource"


def test_an_outcome_with_status_200_is_no_resource(web, server):
    says(web, "GET", "/Patient/7", outcome("exception"))
    refused = declined(lambda: server.read("Patient", "7"))
    assert refused.says == "HTTP 200 with an OperationOutcome: exception"


def test_what_a_server_says_of_a_patient_does_not_get_into_an_error(web, server):
    told = outcome(
        "invalid",
        diagnostics="HAPI-0450: Ruth Halvorsen, born 1954-03-08, is wrong",
        details={"text": "Ruth Halvorsen"},
        expression=["Bundle.entry[0].resource/*Patient/ruth-halvorsen*/.name[0]"],
    )
    told["issue"].append({"severity": "error", "code": "Ruth Halvorsen", "location": ["/f:Ruth Halvorsen"]})
    told["issue"].append({"severity": "warning", "code": "informational"})
    says(web, "GET", "/Patient/7", told, 422)
    refused = declined(lambda: server.read("Patient", "7"))
    assert refused.says == "HTTP 422: invalid at Bundle.entry[0].resource.name[0] HAPI-0450"


def test_every_page_of_a_search_is_read(web, server):
    asked = says(
        web, "POST", "/Patient/_search", searchset(patient("1"), following=f"{BASE}?_getpages=x&p=2")
    )
    says(web, "GET", "?_getpages=x&p=2", searchset(patient("2"), following="?_getpages=x&p=3"))
    says(web, "GET", "/?_getpages=x&p=3", searchset(patient("3")))
    found = server.search("Patient", (("identifier", "s|1"), ("_include", "a"), ("_include", "b")))
    assert [entry["resource"]["id"] for entry in found] == ["1", "2", "3"]
    assert asked.calls[0].request.body == "identifier=s%7C1&_include=a&_include=b"
    assert "identifier" not in asked.calls[0].request.url


@pytest.mark.parametrize(
    "following", ["https://evil.example.com/r4?p=2", "https://fhir.example.com/admin?p=2"]
)
def test_a_next_page_elsewhere_is_not_asked_for(web, server, following):
    says(web, "POST", "/Patient/_search", searchset(patient(), following=following))
    assert declined(lambda: server.search("Patient", ())).says == "the next page is at another address"


def test_pages_without_end_are_given_up(web, server):
    says(web, "POST", "/Patient/_search", searchset(patient(), following=f"{BASE}?p=2"))
    says(web, "GET", "?p=2", searchset(patient(), following=f"{BASE}?p=2"))
    assert "more than 100 pages" in declined(lambda: server.search("Patient", ())).says


def test_a_search_that_was_not_done_as_asked_is_declined(web, server):
    says(web, "POST", "/Patient/_search", searchset(patient(), outcome("not-supported")))
    assert declined(lambda: server.search("Patient", ())).says.endswith("as asked: not-supported")


@pytest.mark.parametrize(
    "more",
    [
        {"entry": 1, "link": "next"},
        {"entry": [1, {"resource": 2}, {"resource": {"id": "7"}}, {}], "link": [None, {"relation": "self"}]},
    ],
)
def test_a_page_in_no_shape_has_no_matches(web, server, more):
    says(web, "POST", "/Patient/_search", {**searchset(), **more})
    assert server.search("Patient", ()) == []


@pytest.mark.parametrize("entry", [1, [1], [{"response": 1}], [{"response": {"status": 201}}, {}]])
def test_a_transaction_response_in_no_shape_is_no_success(web, server, entry):
    says(web, "POST", "", {**responded(), "entry": entry})
    assert "of 2 entries that they were done" in declined(lambda: server.transaction([CREATE, PUT])).says


@pytest.mark.parametrize(
    "issue", [1, [1], [{"severity": "error", "code": 1, "expression": "x", "diagnostics": 7}]]
)
def test_an_outcome_in_no_shape_is_told_by_its_status(web, server, issue):
    says(web, "GET", "/Patient/7", {"resourceType": "OperationOutcome", "issue": issue}, 422)
    assert declined(lambda: server.read("Patient", "7")).says == "HTTP 422"


def test_a_retry_after_that_means_nothing_is_unavailable(web, server):
    says(web, "GET", "/Patient/7", "", 503, **{"Retry-After": "soon"})
    assert unavailable(lambda: server.read("Patient", "7")) == "the connection failed"


def test_a_warning_beside_the_matches_is_left_out(web, server):
    says(web, "POST", "/Patient/_search", searchset(patient(), outcome("informational", "warning")))
    assert [entry["resource"] for entry in server.search("Patient", ())] == [patient()]


def test_a_searchset_is_nothing_but_a_searchset(web, server):
    says(web, "POST", "/Patient/_search", responded("200"))
    assert declined(lambda: server.search("Patient", ())).says.endswith("not a Bundle of type searchset")


def test_a_transaction_is_done_when_every_entry_was(web, server):
    body = matchers.json_params_matcher(
        {"resourceType": "Bundle", "type": "transaction", "entry": [CREATE, PUT]}
    )
    web.add("POST", BASE, json=responded("201 Created", "200 OK"), match=[body])
    assert [each["status"] for each in server.transaction([CREATE, PUT])] == ["201 Created", "200 OK"]


@pytest.mark.parametrize("statuses", [["201"], ["201", None], ["201", "412"], ["201", "200", "200"], []])
def test_a_partial_transaction_response_is_no_success(web, server, statuses):
    says(web, "POST", "", responded(*statuses))
    assert "of 2 entries that they were done" in declined(lambda: server.transaction([CREATE, PUT])).says


def test_several_matches_of_a_conditional_create_are_declined_and_not_tried_again(web, server):
    asked = says(web, "POST", "", outcome("multiple-matches", diagnostics="HAPI-0958: identifier=s|1"), 412)
    refused = declined(lambda: server.transaction([CREATE]))
    assert (refused.says, refused.status) == ("HTTP 412: multiple-matches HAPI-0958", 412)
    assert asked.call_count == 1


@pytest.mark.parametrize(
    ("entries", "status", "times"),
    [
        ([CREATE, PUT], 503, 1 + QUICK.retries),
        ([CREATE, PUT], 429, 1 + QUICK.retries),
        ([CREATE, PUT], 504, 1),
        ([CREATE, PUT], 500, 1),
        ([BLIND_CREATE, PUT], 503, 1),
    ],
)
def test_a_write_is_sent_again_only_where_that_cannot_double_anything(web, server, entries, status, times):
    asked = says(web, "POST", "", "", status)
    assert unavailable(lambda: server.transaction(entries)) == f"HTTP {status}"
    assert asked.call_count == times
