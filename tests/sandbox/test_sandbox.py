"""A run on a sandbox proves something, or says why not; cleaning takes away what is ours and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import responses

from service.sandbox.cleaning import REFERRING_FIRST, clean
from service.sandbox.example import SYSTEM, Mark, study_entries
from service.sandbox.patience import Patience
from service.sandbox.proof import example_knowledge, prove
from service.sandbox.report import Result, as_json, as_text
from service.store.examples import example_study
from service.store.fhir_server import FhirServer
from tests.sandbox.small_server import SmallServer
from tests.store.fhir_answers import BASE, FHIR_JSON, QUICK, outcome, responded

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
KNOWLEDGE = example_knowledge()
BRIEFLY = Patience(attempts=3, pause=0.0)
MARK = Mark()


@pytest.fixture
def web():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


def run(mark=MARK, now=NOW):
    server = FhirServer(BASE, QUICK)
    try:
        return prove(server, mark, knowledge=KNOWLEDGE, now=now, patience=BRIEFLY)
    finally:
        server.close()


def cleaned(mark=MARK):
    server = FhirServer(BASE, QUICK)
    try:
        return clean(server, mark, BRIEFLY)
    finally:
        server.close()


def numbers(report):
    return [dict(step.counts) for step in report.steps]


def posts(web, body, status=200, **headers):
    return web.add("POST", BASE, json=body, status=status, content_type=FHIR_JSON, headers=headers)


def test_a_run_writes_reads_derives_writes_back_and_compares(web):
    there = SmallServer(web)
    report = run()
    assert (report.result, report.why) == (Result.PROVED, "")
    written = len(example_study()["entry"])
    assert numbers(report) == [
        {"created": written, "there before": 0},
        {"resources": written - 1},
        {"claims": 1},
        {"created": 3, "there before": 0},
        {"resources": 3},
    ]
    assert len(there.resources) == written + 3
    (claim,), (provenance,) = there.of_kind("Claim"), there.of_kind("Provenance")
    assert provenance["target"][0]["reference"] == f"Claim/{claim['id']}"


def test_a_second_run_doubles_nothing_whenever_it_is(web):
    there = SmallServer(web)
    assert run().result is Result.PROVED
    before = set(there.resources)
    assert run(now=NOW + timedelta(days=1)).result is Result.PROVED
    assert set(there.resources) == before


def test_two_tags_have_nothing_in_common(web):
    there = SmallServer(web)
    assert run().result is run(Mark(tag="mine")).result is Result.PROVED
    assert len(there.of_kind("Claim")) == 2
    assert cleaned().result is Result.CLEANED
    assert run(Mark(tag="mine")).result is Result.PROVED
    assert len(there.of_kind("Claim")) == 1


def test_nothing_is_sent_but_the_example_with_tag_and_number(web):
    there = SmallServer(web)
    run()
    own = json.dumps(example_study())
    for resource in there.resources.values():
        assert MARK.is_on(resource)
        if resource["resourceType"] not in ("Claim", "Task", "Provenance"):
            assert resource["identifier"][-1]["system"] == SYSTEM
            assert all(json.dumps(each) in own for each in resource["identifier"][:-1])


def test_a_search_that_lags_is_asked_again(web):
    SmallServer(web, lag=2)
    assert run().result is Result.PROVED


def test_a_search_that_never_shows_what_was_stored_is_unavailable(web):
    SmallServer(web, lag=1000)
    report = run()
    assert (report.result, report.why) == (
        Result.UNAVAILABLE,
        "the search does not show what the server has stored",
    )
    assert len(report.steps) == 1


def test_a_search_that_leaves_resources_out_has_failed(web):
    SmallServer(web, hides=("Observation",))
    assert run().result is Result.FAILED
    assert run().why == "the search leaves out 14 of 27 resources"


def test_a_doubled_resource_is_a_failure(web):
    there = SmallServer(web)
    run()
    there.put({**there.of_kind("Claim")[0], "id": "again"})
    assert (run().result, run().why) == (Result.FAILED, "the server has 2 of one Claim")
    del there.resources["Claim/again"]
    there.put({**there.of_kind("DiagnosticReport")[0], "id": "again"})
    assert "28 resources where 27 were written" in run().why


def altered(resource):
    if resource["resourceType"] == "Claim":
        resource["item"][0]["unitPrice"]["value"] = 1
    return resource


def test_a_claim_that_comes_back_otherwise_is_a_failure(web):
    SmallServer(web, stores=altered)
    report = run()
    assert report.result is Result.FAILED
    assert report.why.startswith("the Claim on the server is not the one that was derived")


def without_grade(resource):
    if resource["resourceType"] == "Observation":
        resource.pop("valueCodeableConcept", None)
    return resource


def test_a_study_that_comes_back_otherwise_is_a_failure(web):
    SmallServer(web, stores=without_grade)
    report = run()
    assert (report.result, report.why) == (Result.FAILED, "the study is held as the server gives it back")


@pytest.mark.parametrize(
    ("body", "status", "result", "why"),
    [
        (outcome("exception"), 503, Result.UNAVAILABLE, "HTTP 503"),
        (outcome("exception"), 500, Result.UNAVAILABLE, "HTTP 500"),
        (outcome("throttled"), 429, Result.UNAVAILABLE, "HTTP 429"),
        (outcome("multiple-matches"), 412, Result.FAILED, "HTTP 412: multiple-matches"),
        (outcome("forbidden"), 403, Result.FAILED, "HTTP 403: forbidden"),
        (outcome("exception"), 200, Result.FAILED, "HTTP 200 with an OperationOutcome: exception"),
        (responded("201"), 200, Result.FAILED, "the answer says of 1 of 28 entries that they were done"),
    ],
)
def test_a_server_that_does_not_write_proves_nothing(web, body, status, result, why):
    posts(web, body, status)
    report = run()
    assert (report.result, report.why, report.steps) == (result, why, ())
    assert as_json(report) == {"base": BASE, "tag": MARK.tag, "result": result, "why": why, "steps": []}
    assert as_text(report).endswith(f"{result}: {why}")


def test_a_server_that_goes_down_half_way_is_unavailable_and_the_next_run_proves_it(web):
    for _ in range(1 + QUICK.retries):  # each is used up by one request
        web.add("POST", f"{BASE}/Claim/_search", json=outcome("exception"), status=503)
    SmallServer(web)
    report = run()
    assert (report.result, report.why, len(report.steps)) == (Result.UNAVAILABLE, "HTTP 503", 4)
    assert run().result is Result.PROVED


def test_cleaning_leaves_nothing_of_ours_and_everything_else(web):
    there = SmallServer(web)
    run()
    theirs = {"resourceType": "Patient", "id": "theirs", "meta": {"tag": []}}
    there.put(theirs)
    report = cleaned()
    assert (report.result, numbers(report)) == (
        Result.CLEANED,
        [{"found": 31}, {"deleted": 31}, {"found": 0}],
    )
    assert there.resources == {"Patient/theirs": theirs}


def test_what_refers_is_deleted_before_what_it_refers_to(web):
    there = SmallServer(web)
    run()
    references = {
        name: {value["reference"] for value in walk(resource) if "reference" in value}
        for name, resource in there.resources.items()
    }
    cleaned()
    place = {name: number for number, name in enumerate(there.deleted)}
    assert {name.partition("/")[0] for name in place} == set(REFERRING_FIRST)
    backward = [
        (name, target)
        for name, targets in references.items()
        for target in targets & place.keys()
        if place[target] < place[name]
    ]
    assert backward == []


def walk(value):
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(each)


@pytest.mark.parametrize("meta", [{}, [], {"tag": 1}, {"tag": [1, {"system": SYSTEM, "code": "other"}]}])
def test_a_server_that_ignores_tags_loses_nothing(web, meta):
    there = SmallServer(web, ignores_tags=True)
    there.put({"resourceType": "Patient", "id": "theirs", "meta": meta})
    report = cleaned()
    assert report.result is Result.FAILED
    assert report.why == "the search gave a resource without the tag; nothing was deleted"
    assert "Patient/theirs" in there.resources
    assert there.deleted == []


@pytest.mark.parametrize("tag", ["", "a|b", "a&b", "x" * 41, "-a", "a b"])
def test_a_tag_that_would_break_a_search_is_refused(tag):
    with pytest.raises(ValueError, match="a tag is letters"):
        Mark(tag=tag)


def test_every_resource_of_the_example_is_created_by_a_number_of_its_own():
    entries = study_entries(example_study(), MARK)
    asked = [entry["request"]["ifNoneExist"] for entry in entries]
    assert len(set(asked)) == len(asked) == 28
    assert all(
        each.startswith(f"identifier={SYSTEM}|") and each.endswith(f"&_tag={MARK.token}") for each in asked
    )
