"""Missing references are looked up on the configured servers: once, briefly, and nowhere else."""

import json

import pytest
import responses

from service.errors import Declined, Unavailable
from service.store.fhir_lookup import looking_up
from tests.store.fhir_answers import BASE, FHIR_JSON, QUICK, outcome, patient, searchset, sends

OTHER = "https://archive.example.com/r4"


@pytest.fixture
def web():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def says(web, url, body, status=200, method="GET"):
    return web.add(method, url, body=json.dumps(body), status=status, content_type=FHIR_JSON)


def test_without_a_configured_server_nothing_is_asked(web):
    with looking_up(()) as look_up:
        assert look_up("Patient/7") is None
        assert look_up(f"{BASE}/Patient/7") is None
    assert len(web.calls) == 0


def test_a_resource_below_a_configured_base_is_found(web):
    says(web, f"{OTHER}/Patient/7", patient())
    with looking_up((BASE, OTHER), limits=QUICK) as look_up:
        assert look_up(f"{OTHER}/Patient/7") == patient()


def test_what_is_elsewhere_or_not_there_is_not_found(web):
    says(web, f"{BASE}/Patient/7", outcome("not-found"), 404)
    with looking_up((BASE,), limits=QUICK) as look_up:
        assert look_up("Patient/7") is None
        assert look_up("https://evil.example.com/Patient/7") is None
    assert [call.request.url for call in web.calls] == [f"{BASE}/Patient/7"]


@pytest.mark.parametrize(
    ("matches", "found"), [([], None), ([patient()], patient()), ([patient(), patient("8")], None)]
)
def test_a_business_identifier_means_the_one_resource_that_has_it(web, matches, found):
    says(web, f"{BASE}/Patient/_search", searchset(*matches), method="POST")
    with looking_up((BASE,), limits=QUICK) as look_up:
        assert look_up("Patient?identifier=https://x.example|A") == found
    assert web.calls[0].request.body == "identifier=https%3A%2F%2Fx.example%7CA&_count=2"


@pytest.mark.parametrize("wrong", [{**patient(), "birthDate": "yesterday"}, {**patient(), "colour": "red"}])
def test_what_is_not_r4_is_not_taken(web, wrong):
    says(web, f"{BASE}/Patient/7", wrong)
    with looking_up((BASE,), limits=QUICK) as look_up, pytest.raises(Declined, match="not valid FHIR R4"):
        look_up("Patient/7")


def test_a_search_that_gives_another_type_is_not_taken(web):
    says(web, f"{BASE}/Patient/_search", searchset({"resourceType": "Person", "id": "7"}), method="POST")
    with looking_up((BASE,), limits=QUICK) as look_up, pytest.raises(Declined):
        look_up("Patient?identifier=s|1")


def test_a_server_that_was_unavailable_is_left_alone_and_the_others_are_not(web):
    down = says(web, f"{BASE}/Patient/7", outcome(), 503)
    says(web, f"{OTHER}/Patient/7", patient())
    with looking_up((BASE, OTHER), limits=QUICK) as look_up:
        for id_ in ("7", "8"):
            with pytest.raises(Unavailable, match="HTTP 503"):
                look_up(f"Patient/{id_}")
        assert look_up(f"{OTHER}/Patient/7") == patient()
    assert down.call_count == 1 + QUICK.retries


def test_looking_up_ends_when_its_time_is_over():
    body = json.dumps(patient()).encode()
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with (
        sends(answer, pause=0.3) as (base, connections),
        looking_up((base,), limits=QUICK, budget=0.2) as look_up,
    ):
        assert look_up("Patient/7") == patient()
        with pytest.raises(Unavailable, match=r"more than 0\.2 s"):
            look_up("Patient/8")
        assert len(connections) == 1


REPORT = {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": {"text": "DXA"}}


def kept(*resources):
    return {"resourceType": "Bundle", "type": "history", "entry": [{"resource": each} for each in resources]}


def test_the_versions_of_a_resource_are_read_page_by_page(web):
    second = {**REPORT, "meta": {"versionId": "2"}, "status": "amended"}
    gone = {"request": {"method": "DELETE", "url": "DiagnosticReport/r1"}}
    first_page = kept(second) | {"link": [{"relation": "next", "url": f"{BASE}?page=2"}]}
    first_page["entry"].append(gone)
    says(web, f"{BASE}/DiagnosticReport/r1/_history", first_page)
    says(web, f"{BASE}?page=2", kept(REPORT, patient()))
    with looking_up((BASE,), limits=QUICK) as look_up:
        found = look_up("DiagnosticReport/r1/_history")
    assert found
    assert [entry["resource"] for entry in found["entry"]] == [second, REPORT]


def test_a_resource_without_versions_has_none(web):
    says(web, f"{BASE}/DiagnosticReport/r1/_history", outcome("not-found"), 404)
    with looking_up((BASE,), limits=QUICK) as look_up:
        assert look_up(f"{BASE}/DiagnosticReport/r1/_history") is None


@pytest.mark.parametrize("wrong", [kept({**REPORT, "colour": "red"}), searchset(REPORT), REPORT])
def test_versions_that_are_not_r4_or_no_history_are_not_taken(web, wrong):
    says(web, f"{BASE}/DiagnosticReport/r1/_history", wrong)
    with looking_up((BASE,), limits=QUICK) as look_up, pytest.raises(Declined):
        look_up("DiagnosticReport/r1/_history")
