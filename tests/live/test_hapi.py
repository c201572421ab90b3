"""The claims we write are taken by a FHIR server that is not ours, and come back as they went in."""

import pytest
import requests

from service import json_text

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

FHIR_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
SET_BY_THE_SERVER = ("id", "meta", "text")


def send(method, url, resource):
    body = json_text.write(resource)
    return requests.request(method, url, data=body, headers=FHIR_JSON, timeout=60)


def read(url):
    answer = requests.get(url, headers=FHIR_JSON, timeout=60)
    assert answer.status_code == 200, answer.text
    return json_text.read(answer.content)


def ours(resource):
    """What the sender wrote: all but the elements that a server sets itself."""
    return {name: value for name, value in resource.items() if name not in SET_BY_THE_SERVER}


def contained_targets(claim):
    """The same Claim with every party inside it, as it is when the sender's resources have no address."""
    parties = [
        {"resourceType": "Patient", "id": "patient", "gender": "female"},
        {"resourceType": "Organization", "id": "billing-provider", "name": "Example Imaging"},
        {
            "resourceType": "ServiceRequest",
            "id": "order",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "#patient"},
        },
    ]
    coverage = {
        "resourceType": "Coverage",
        "id": "coverage",
        "status": "active",
        "beneficiary": {"reference": "#patient"},
        "payor": [{"reference": "#billing-provider"}],
    }
    practitioners = [
        {"resourceType": "Practitioner", "id": f"p{member['sequence']}"} for member in claim["careTeam"]
    ]
    for element, name in (("patient", "patient"), ("provider", "billing-provider"), ("referral", "order")):
        claim[element] = {"reference": f"#{name}"}
    for member, practitioner in zip(claim["careTeam"], practitioners, strict=True):
        member["provider"] = {"reference": f"#{practitioner['id']}"}
    claim["insurance"][0]["coverage"] = {"reference": "#coverage"}
    claim["contained"] = [*parties, coverage, *practitioners]
    return claim


def test_the_server_starts_empty(hapi):
    assert read(f"{hapi}/Claim?_summary=count")["total"] == 0


def test_a_claim_with_its_parties_inside_is_taken_and_given_back(hapi, good_claim):
    claim = contained_targets(good_claim)
    answer = send("POST", f"{hapi}/Claim", claim)
    assert answer.status_code == 201, answer.text
    assert ours(read(answer.headers["Location"])) == ours(claim)


def test_the_server_refuses_a_claim_whose_patient_it_does_not_have(hapi, good_claim):
    assert send("POST", f"{hapi}/Claim", good_claim).status_code == 400


def restful(resource):
    return f"{resource['resourceType']}/{resource['id']}"


def test_the_claims_of_an_answer_are_taken_and_given_back(hapi, answer_to, bundle_path):
    answer = answer_to(bundle_path)
    claims = [
        entry["resource"] for entry in answer.get("entry", ()) if entry["resource"]["resourceType"] == "Claim"
    ]
    if not claims:
        pytest.skip("nothing to bill in this one")
    study = json_text.read(bundle_path.read_bytes())
    put_what_claims_refer_to(hapi, study)
    # A professional claim names the technical one, so that one has to be there first.
    for claim in sorted(claims, key=lambda claim: "related" in claim):
        stored = send("PUT", f"{hapi}/{restful(claim)}", claim)
        assert stored.status_code == 201, stored.text
        assert ours(read(f"{hapi}/{restful(claim)}")) == ours(claim)


def put_what_claims_refer_to(base, study):
    """Stores the sender's resources under their own ids, as the EHR that sent them would have them."""
    entries = [
        {
            "fullUrl": entry.get("fullUrl", f"https://example.org/fhir/{restful(entry['resource'])}"),
            "resource": entry["resource"],
            "request": {"method": "PUT", "url": restful(entry["resource"])},
        }
        for entry in study["entry"]
        if "id" in entry["resource"]
    ]
    if not entries:
        return
    answer = send("POST", base, {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 200, answer.text
