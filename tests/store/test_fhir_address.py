"""Nothing is asked but what lies below a base URL that somebody configured."""

import pytest

from service.store.fhir_address import Target, base_url, is_below, target_of

BASE = "https://ehr.example.com/fhir"
OTHER = "https://archive.example.com/r4"


@pytest.mark.parametrize(
    "text",
    [
        "https://ehr.example.com/fhir/",
        " https://ehr.example.com/fhir",
        "http://127.0.0.1:8080/fhir",
        "http://10.2.3.4/fhir",
        "http://[::1]:8080/fhir",
        "http://hapi:8080/fhir",
        "http://localhost/fhir",
    ],
)
def test_the_base_of_a_server_is_taken_without_its_last_slash(text):
    assert base_url(text) == text.strip().rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ehr.example.com/fhir",
        "ftp://ehr.example.com/fhir",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@ehr.example.com/fhir",
        "https://ehr.example.com/fhir?_format=json",
        "https://ehr.example.com/fhir#top",
        "https://ehr.example.com/a/../fhir",
        "https://ehr.example.com:port/fhir",
        "http://ehr.example.com/fhir",
        "http://8.8.8.8/fhir",
    ],
)
def test_what_is_no_base_or_would_send_patients_in_the_clear_is_refused(text):
    with pytest.raises(ValueError, match=r".{10}"):
        base_url(text)


@pytest.mark.parametrize(
    ("name", "base", "kind", "id_", "token"),
    [
        (f"{BASE}/Patient/7", BASE, "Patient", "7", ""),
        (f"{OTHER}/Patient/7", OTHER, "Patient", "7", ""),
        ("Patient/7", BASE, "Patient", "7", ""),
        (
            "Patient?identifier=https://x.example|A 1".replace(" ", ""),
            BASE,
            "Patient",
            "",
            "https://x.example|A1",
        ),
        ("Patient?identifier=https%3A%2F%2Fx.example%7CA1", BASE, "Patient", "", "https://x.example|A1"),
        (f"{OTHER}/Patient?identifier=urn:oid:1.2|9", OTHER, "Patient", "", "urn:oid:1.2|9"),
    ],
)
def test_a_reference_is_asked_of_its_own_server_and_else_of_the_first(name, base, kind, id_, token):
    assert target_of(name, (BASE, OTHER)) == Target(base=base, kind=kind, id=id_, token=token)


@pytest.mark.parametrize(
    "name",
    [
        "https://elsewhere.example.com/fhir/Patient/7",
        "https://ehr.example.com/fhirx/Patient/7",
        "https://ehr.example.com/Patient/7",
        "http://ehr.example.com/fhir/Patient/7",
        "https://ehr.example.com.evil.example/fhir/Patient/7",
        "https://user@ehr.example.com/fhir/Patient/7",
        f"{BASE}/../admin/Patient/7",
        f"{BASE}/Patient/..",
        f"{BASE}/Patient/7/$everything",
        f"{BASE}/Patient/7?x=1",
        f"{BASE}/Patient?name=Smith",
        "Patient?name=Smith",
        "Patient?identifier=no-system",
        "Patient?identifier=https://x.example|1&_include=*",
        "../Patient/7",
        "//elsewhere.example.com/Patient/7",
        "javascript:alert/1",
        "Patient/" + "7" * 65,
        "Patient/7\nHost: x",
        "metadata",
    ],
)
def test_everything_else_a_sender_writes_is_not_asked_at_all(name):
    assert target_of(name, (BASE, OTHER)) is None


def test_without_a_server_nothing_is_asked():
    assert target_of("Patient/7", ()) is None


@pytest.mark.parametrize(
    ("url", "below"),
    [
        (BASE, True),
        (f"{BASE}?_getpages=1", True),
        (f"{BASE}/Patient?page=2", True),
        ("https://ehr.example.com/other?page=2", False),
        ("https://ehr.example.com:8443/fhir?page=2", False),
        ("http://ehr.example.com/fhir?page=2", False),
        ("https://ehr.example.com/fhir/../other?page=2", False),
        ("https://ehr.example.com/fhir/%2e%2e/other", False),
        ("https://evil.example/fhir?page=2", False),
    ],
)
def test_a_link_is_below_the_base_only_on_the_same_server_and_path(url, below):
    assert is_below(BASE, url) is below
