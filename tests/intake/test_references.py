"""Every way a Reference may name its target, and what happens where it names none."""

import copy
import json
from typing import Any

import pytest

from service.intake.elements import Element
from service.intake.envelope import envelope_of
from service.intake.references import Found, library_of
from tests.intake.sent import NPI, Sent, gap, value

WEISS = {"system": NPI, "value": "1999999976"}
BASE = "https://ehr.example.com/fhir"


def with_requester(reference: dict[str, Any], full_url: str | None, **resource: Any) -> Sent:
    """The brief's bundle whose requester is entered as given and referred to as given."""
    sent = Sent()
    order, weiss = sent.the("ServiceRequest"), sent.the("Practitioner")
    entry = next(each for each in sent.bundle["entry"] if each["resource"] is weiss)
    order_entry = next(each for each in sent.bundle["entry"] if each["resource"] is order)
    entry.pop("fullUrl")
    if full_url:
        entry["fullUrl"] = full_url
    if (full_url or "").startswith("http"):
        old, order_entry["fullUrl"] = order_entry["fullUrl"], f"{BASE}/ServiceRequest/1"
        text = json.dumps(sent.bundle).replace(old, f"{BASE}/ServiceRequest/1")
        sent.bundle = json.loads(text)
        order, weiss = sent.the("ServiceRequest"), sent.the("Practitioner")
    weiss.update(resource)
    order["requester"] = reference
    return sent


@pytest.mark.parametrize(
    ("reference", "full_url", "resource", "named"),
    [
        ({"reference": "urn:uuid:w"}, "urn:uuid:w", {}, ""),
        ({"reference": "urn:uuid:w"}, None, {"id": "w"}, "Practitioner/w"),
        ({"reference": f"{BASE}/Practitioner/w"}, f"{BASE}/Practitioner/w", {}, f"{BASE}/Practitioner/w"),
        ({"reference": f"{BASE}/Practitioner/w"}, None, {"id": "w"}, "Practitioner/w"),
        ({"reference": "Practitioner/w"}, f"{BASE}/Practitioner/w", {"id": "w"}, f"{BASE}/Practitioner/w"),
        ({"reference": "Practitioner/w"}, "urn:uuid:w", {"id": "w"}, ""),
        ({"reference": "Practitioner/w"}, None, {"id": "w"}, "Practitioner/w"),
        ({"reference": "Practitioner/w/_history/7"}, None, {"id": "w"}, "Practitioner/w"),
        ({"identifier": WEISS}, "urn:uuid:w", {}, ""),
        ({"reference": f"Practitioner?identifier={NPI}|1999999976"}, "urn:uuid:w", {}, ""),
        ({"reference": "urn:uuid:elsewhere", "identifier": WEISS}, "urn:uuid:w", {}, ""),
    ],
)
def test_a_reference_finds_its_target_by_every_style(reference, full_url, resource, named):
    provider = value(value(with_requester(reference, full_url, **resource).study().order).ordering_provider)
    assert (provider.family, provider.npi, provider.reference) == ("Weiss", "1999999976", named)


def test_a_contained_resource_is_found_by_its_id():
    sent = Sent()
    order = sent.the("ServiceRequest")
    order["contained"] = [{**sent.the("Practitioner"), "id": "who"}]
    order["requester"] = {"reference": "#who"}
    provider = value(value(sent.study().order).ordering_provider)
    assert (provider.family, provider.reference) == ("Weiss", "")


def test_a_role_leads_to_its_practitioner():
    sent = Sent()
    role = {"resourceType": "PractitionerRole", "practitioner": sent.ref("Practitioner")}
    sent.the("ServiceRequest")["requester"] = sent.add(role)
    assert value(value(sent.study().order).ordering_provider).family == "Weiss"


@pytest.mark.parametrize(
    "reference",
    [{"display": "Dr. Hanna Weiss"}, {"reference": "Practitioner/nobody"}, {"reference": "#gone"}],
)
def test_what_leads_nowhere_is_named_by_its_path(reference):
    sent = Sent()
    sent.the("ServiceRequest")["requester"] = reference
    missing = value(sent.study().order).ordering_provider
    assert gap(missing) == "ORDERING-PROVIDER-MISSING"
    assert missing.where == ("Bundle.entry[0].resource.requester",)


def test_two_targets_of_one_name_are_none():
    sent = with_requester({"reference": "Practitioner/w"}, None, id="w")
    sent.bundle["entry"].append({"resource": {**copy.deepcopy(sent.the("Practitioner")), "gender": "other"}})
    assert gap(value(sent.study().order).ordering_provider) == "ORDERING-PROVIDER-MISSING"


@pytest.mark.parametrize(
    ("reference", "asked"),
    [
        ({"reference": "Practitioner/w"}, "Practitioner/w"),
        ({"reference": f"{BASE}/Practitioner/w"}, f"{BASE}/Practitioner/w"),
        ({"identifier": WEISS, "type": "Practitioner"}, f"Practitioner?identifier={NPI}|1999999976"),
    ],
)
def test_what_was_not_sent_is_asked_of_the_resolver(reference, asked):
    sent = Sent()
    weiss = sent.the("Practitioner")
    sent.bundle["entry"] = [each for each in sent.bundle["entry"] if each["resource"] is not weiss]
    sent.the("ServiceRequest")["requester"] = reference
    elsewhere = {asked: {**weiss, "id": "w"}}
    provider = value(value(sent.study(elsewhere.get).order).ordering_provider)
    assert provider.family == "Weiss"
    assert provider.reference == (asked if "?" not in asked else "Practitioner/w")


def test_the_newest_version_is_taken_unless_another_is_named():
    old = {"resourceType": "Patient", "id": "p", "meta": {"versionId": "9"}, "gender": "male"}
    new = {"resourceType": "Patient", "id": "p", "meta": {"versionId": "10"}, "gender": "female"}
    entries = [{"fullUrl": f"{BASE}/Patient/p", "resource": each} for each in (new, old)]
    report = {"resourceType": "DiagnosticReport", "status": "final"}
    entries.append({"fullUrl": f"{BASE}/DiagnosticReport/1", "resource": report})
    library = library_of(envelope_of({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    at = library.of_kind("DiagnosticReport")[0]

    def gender(text: str) -> str:
        found = library.follow(Element({"reference": text}, "x"), at)
        return found.root.text("gender") if found else ""

    assert gender("Patient/p") == gender(f"{BASE}/Patient/p") == gender("Patient/p/_history/10") == "female"
    assert gender("Patient/p/_history/9") == "male"
    assert [each.root.text("gender") for each in library.of_kind("Patient")] == ["female"]


def test_results_that_contain_one_another_are_read_once():
    sent = Sent()
    group = {"resourceType": "Observation", "status": "final", "code": {"text": "panel"}}
    first, second = sent.add({**group}, "a"), sent.add({**group}, "b")
    sent.bundle["entry"][-2]["resource"]["hasMember"] = [second]
    sent.bundle["entry"][-1]["resource"]["hasMember"] = [first, *sent.the("DiagnosticReport")["result"]]
    sent.the("DiagnosticReport")["result"] = [first]
    assert len(value(sent.study().reading).findings) == 13


def test_a_found_resource_knows_its_type_and_path():
    found = Found(Element({"resourceType": "Patient"}, "Bundle.entry[0].resource"))
    assert (found.kind, found.path, found.version()) == ("Patient", "Bundle.entry[0].resource", ("", 0, ""))
