"""Derive, read, search, explain, and what the service says of itself."""

import json
from decimal import Decimal

import pytest

from service import json_text
from service.fhir_r4 import check_resource
from service.outputs.comparison import normalise
from tests.house.tree import ROOT
from tests.store.test_ledger import rows
from tests.web.conftest import DERIVE, FHIR_JSON, Door, codes, resources

OWN = "https://w3id.org/vfa-claims/fhir/sid/claim"


@pytest.fixture
def claim(kept):
    [found] = resources(kept, "Claim")
    return found


def with_first_entries_last(bundle):
    document = json_text.read(bundle)
    return json_text.write({**document, "entry": document["entry"][::-1]})


def test_the_study_of_the_brief_becomes_one_claim(kept):
    assert kept.content_type == f"{FHIR_JSON}; charset=utf-8"
    [claim] = resources(kept, "Claim")
    [item] = claim["item"]
    assert item["productOrService"]["coding"][0]["code"] == "77086"
    assert kept.json["entry"][0]["resource"]["parameter"][0]["part"][1]["valueCode"] in {"clean", "billable"}
    assert [check_resource(each["resource"]) for each in kept.json["entry"]] == [()] * len(kept.json["entry"])


def test_amounts_keep_their_cents(kept):
    answer = json_text.read(kept.data)
    [claim] = [e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] == "Claim"]
    assert claim["total"]["value"].as_tuple().exponent == Decimal("0.01").as_tuple().exponent


def test_the_same_study_posted_twice_gets_the_same_bytes_and_makes_one_claim(door, brief, kept):
    """GC-68: the same request twice is one claim (denied as OA-18 if it were two)."""
    again = door.post(brief)
    assert again.data == kept.data
    assert (rows(door.database, "claims"), rows(door.database, "answers")) == (1, 1)


def test_the_order_of_the_entries_makes_no_second_study(door, brief, kept):
    again = door.post(with_first_entries_last(brief))
    assert resources(again, "Claim") == resources(kept, "Claim")
    assert rows(door.database, "claims") == 1


def test_a_service_started_again_still_knows_what_it_answered(door, brief, kept, claim):
    after = Door(door.database)
    assert after.post(brief).data == kept.data
    assert json_text.read(after.get(f"/fhir/Claim/{claim['id']}").data)["id"] == claim["id"]


@pytest.mark.parametrize("way", ["query", "parameters"])
def test_a_dry_run_answers_the_same_and_keeps_nothing(door, brief, way):
    if way == "query":
        dry = door.post(brief, path=f"{DERIVE}?dryRun=true")
    else:
        bundle = json_text.read(brief)
        parameters = [{"name": "resource", "resource": bundle}, {"name": "dryRun", "valueBoolean": True}]
        dry = door.post(json_text.write({"resourceType": "Parameters", "parameter": parameters}))
    assert [rows(door.database, table) for table in ("answers", "studies", "claims")] == [0, 0, 0]
    wet = door.post(brief)
    as_in_the_body = dry.text.replace("Parameters.parameter[0].resource.entry", "Bundle.entry")
    if way == "query":
        assert dry.data == wet.data
    else:
        assert resources(dry, "Claim") == resources(wet, "Claim")
        assert json.loads(as_in_the_body)["entry"][0] == wet.json["entry"][0]


@pytest.mark.parametrize(("query", "body"), [("true", False), ("false", True)])
def test_a_dry_run_asked_for_in_query_or_body_is_one(door, brief, query, body):
    parameters = [
        {"name": "resource", "resource": json_text.read(brief)},
        {"name": "dryRun", "valueBoolean": body},
    ]
    sent = json_text.write({"resourceType": "Parameters", "parameter": parameters})
    assert door.post(sent, path=f"{DERIVE}?dryRun={query}").status_code == 200
    assert rows(door.database, "answers") == 0


def test_a_held_study_answers_200_and_makes_no_claim(door):
    answer = door.post((ROOT / "examples" / "text-only" / "bundle.json").read_bytes())
    assert answer.status_code == 200
    assert resources(answer, "Claim") == []
    assert resources(answer, "Task")[0]["status"] == "requested"
    assert rows(door.database, "claims") == 0


def test_a_claim_is_read_as_it_was_sent_out(door, kept, claim):
    answer = door.get(f"/fhir/Claim/{claim['id']}")
    assert answer.json == claim
    assert answer.data in kept.data
    assert answer.headers["ETag"] == 'W/"1"'


def test_no_cache_on_the_way_keeps_what_names_a_patient(door, kept, claim):
    for answer in (kept, door.get(f"/fhir/Claim/{claim['id']}"), door.get("/nowhere")):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert door.get("/readyz").headers["Cache-Control"] == "no-store"


def test_who_has_the_claim_is_not_sent_it_again(door, claim):
    answer = door.get(f"/fhir/Claim/{claim['id']}", **{"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.data) == (304, b"")


@pytest.mark.parametrize(
    "token", ["{value}", "{system}|{value}", "other,{value}", "{system}|{value}&identifier={value}"]
)
def test_a_claim_is_found_by_its_number(door, claim, token):
    query = token.format(system=OWN, value=claim["identifier"][0]["value"])
    found = door.get(f"/fhir/Claim?identifier={query}")
    assert [each["resource"] for each in found.json["entry"]] == [claim]
    assert (found.json["type"], found.json["total"]) == ("searchset", 1)
    assert found.json["entry"][0]["search"] == {"mode": "match"}
    assert found.json["entry"][0]["fullUrl"].endswith(f"/fhir/Claim/{claim['id']}")
    assert check_resource(found.json) == ()


def test_a_claim_is_found_by_the_accession_number_of_its_study(door, claim):
    for query in ("LBI-26-004417", "https://lakeside.example.com/accession|LBI-26-004417"):
        found = door.get(f"/fhir/Claim?identifier={query}").json
        assert [each["resource"] for each in found.get("entry", ())] == [claim]


@pytest.mark.parametrize(
    "token", ["nothing", "https://other.example.com|{value}", "|{value}", "{value}&identifier=x"]
)
def test_a_number_of_nobody_finds_an_empty_bundle(door, claim, token):
    found = door.get(f"/fhir/Claim?identifier={token.format(value=claim['identifier'][0]['value'])}")
    assert found.json["total"] == 0
    assert "entry" not in found.json
    assert check_resource(found.json) == ()


def test_the_self_link_names_what_was_understood(door, claim):
    found = door.get(f"/fhir/Claim?identifier={claim['id']}&colour=blue")
    [link] = found.json["link"]
    assert link["relation"] == "self"
    assert link["url"].endswith(f"/fhir/Claim?identifier={claim['id']}")


def test_a_search_parameter_nobody_knows_is_ignored_and_said_so(door, claim):
    found = door.get(f"/fhir/Claim?identifier={claim['id']}&colour=blue")
    outcome = found.json["entry"][-1]
    assert outcome["search"] == {"mode": "outcome"}
    [issue] = outcome["resource"]["issue"]
    assert (issue["severity"], issue["details"]["coding"][0]["code"]) == (
        "warning",
        "SEARCH-PARAMETER-UNKNOWN",
    )
    assert found.json["total"] == 1
    assert check_resource(found.json) == ()


def test_a_strict_sender_has_an_unknown_parameter_refused(door, claim):
    answer = door.get(
        f"/fhir/Claim?identifier={claim['id']}&colour=blue", Prefer="return=minimal, handling=strict"
    )
    assert (answer.status_code, codes(answer)) == (400, ["SEARCH-PARAMETER-UNKNOWN"])


def test_a_claim_is_explained_in_json_in_fhir_and_in_words(door, claim):
    path = f"/fhir/Claim/{claim['id']}/$explain"
    plain = door.get(path)
    assert plain.content_type == "application/json"
    assert [each["id"] for each in plain.json["claims"]] == [claim["id"]]
    binary = door.get(path, Accept=FHIR_JSON).json
    assert (binary["resourceType"], binary["contentType"]) == ("Binary", "application/json")
    words = door.get(path, Accept="text/plain")
    assert words.content_type == "text/plain; charset=utf-8"
    assert f"Claim {claim['id']}" in words.text
    assert door.get(f"{path}?_format=text").text == words.text


def test_every_value_of_the_claim_is_explained(door, claim):
    explained = door.get(f"/fhir/Claim/{claim['id']}/$explain").json
    elements = explained["claims"][0]["elements"]
    assert all(each["because"] for each in elements)
    assert "Claim.item[0].productOrService" in {each["path"] for each in elements}


def test_the_capability_statement_is_valid_and_says_what_there_is(door):
    statement = door.get("/fhir/metadata").json
    assert check_resource(statement) == ()
    assert statement["fhirVersion"] == "4.0.1"
    [claims] = statement["rest"][0]["resource"]
    assert {each["name"] for each in claims["operation"]} == {"derive", "explain"}
    assert statement["implementation"]["url"].endswith("/fhir")


def test_health_names_the_version_and_what_decides(door):
    health = door.get("/healthz").json
    assert {name: len(value) for name, value in health.items() if name not in {"status", "version"}} == {
        "practice": 64,
        "rulebook": 64,
        "engine": 64,
    }
    assert door.get("/readyz").json == {"status": "ready"}


def test_a_claim_of_an_older_rulebook_is_sent_again_when_the_bill_is_the_same(
    door, brief, kept, claim, tmp_path
):
    rules = tmp_path / "rules"
    for file in (ROOT / "mappings").rglob("*.yaml"):
        copy = rules / file.relative_to(ROOT / "mappings")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes() + b"# another day\n")
    later = Door(door.database, VFA_RULES=str(rules))
    answer = later.post(brief)
    assert resources(answer, "Claim") == [claim]
    assert answer.data != kept.data
    assert normalise(resources(answer, "Provenance")[0]) != normalise(resources(kept, "Provenance")[0])
    assert (rows(door.database, "claims"), rows(door.database, "answers")) == (1, 2)


def test_a_study_that_would_be_billed_otherwise_than_before_is_held(door, brief, kept, claim, tmp_path):
    practice = tmp_path / "practice.yaml"
    text = (ROOT / "examples" / "practice.yaml").read_text()
    charged = str(json_text.read(kept.data.split(b'"total":', 1)[1].split(b"}", 1)[0] + b"}")["value"])
    practice.write_text(text.replace(charged, "199.00"))
    later = Door(door.database, VFA_PRACTICE=str(practice))
    answer = later.post(brief)
    [outcome] = resources(answer, "OperationOutcome")
    said = [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]]
    assert "STUDY-CHANGED" in said
    assert resources(answer, "Claim") == []
    assert later.get(f"/fhir/Claim/{claim['id']}").json == claim
