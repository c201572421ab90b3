"""The claims we write are taken by a FHIR server that is not ours, and come back as they went in."""

import pytest
import requests

from service import json_text
from service.outputs.answer import write_answer
from tests.outputs.studies import DIGESTS, NOW, brief_answer, split_answer

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


def claims_in(answer):
    """The Claims of an answer, the technical one before the professional one that names it."""
    resources = [entry["resource"] for entry in answer.get("entry", ())]
    claims = [resource for resource in resources if resource["resourceType"] == "Claim"]
    return sorted(claims, key=lambda claim: "related" in claim)


def assert_taken_and_given_back(base, claims):
    for claim in claims:
        stored = send("PUT", f"{base}/{restful(claim)}", claim)
        assert stored.status_code == 201, stored.text
        assert ours(read(f"{base}/{restful(claim)}")) == ours(claim)


@pytest.mark.parametrize(("study_answer", "count"), [(brief_answer, 1), (split_answer, 2)])
def test_claims_of_a_study_without_addresses_are_taken_and_given_back(hapi, study_answer, count):
    claims = claims_in(write_answer((study_answer(),), now=NOW, digests=DIGESTS))
    assert len(claims) == count
    assert_taken_and_given_back(hapi, claims)


def test_the_claims_of_an_answer_are_taken_and_given_back(hapi, answer_to, bundle_path):
    claims = claims_in(answer_to(bundle_path))
    if not claims:
        pytest.skip("nothing to bill in this one")
    put_what_claims_refer_to(hapi, json_text.read(bundle_path.read_bytes()))
    assert_taken_and_given_back(hapi, claims)


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
