"""Whatever happens to a Bundle on its way, it is refused with its problems or every study of it has a state.

What a mutated Bundle may never do, beside a fault of ours:

- leave something in the ledger although it was refused;
- yield a Claim that is not R4, or one with a fact nobody stated: names, numbers, days, addresses of a Claim
  stand in the Bundle or in the practice file, letter by letter (a day also one day beside, for `Z`);
- by a deletion, turn into another claim: what is billed (procedure, modifiers, units, charge, place, day,
  billing provider) stays as it was or is not billed at all. Diagnoses and coverage may be others: a reason
  or a finding that nobody states any more leads no longer. A study that was held for what somebody states
  may be billed once nobody states it: deletions are tried on the bundles that are billed.
"""

import os
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import json_text
from service.core.codes import StudyState
from service.errors import CODES
from service.fhir_r4 import check_claim, check_resource, warm
from tests.properties.mutations import bundles, leaves, mutated, places, practice_of
from tests.store.test_ledger import rows
from tests.web.conftest import DERIVE, Door

warm()  # or the first example would pay for it
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "prove"
BUNDLES = bundles()
STATES = {str(state) for state in StudyState}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FACTS = {"family", "given", "birthDate", "line", "city", "postalCode", "gender", "subscriberId"}
"""Elements of what a Claim contains that are copied, never derived."""
NUMBER_SYSTEMS = ("us-npi", "us-mbi", "accession", "orders", "patients", "mrn")


@pytest.fixture(scope="module")
def door_for(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledgers")

    @cache
    def door(practice: Path) -> Door:
        return Door(
            folder / f"{practice.parent.name}.sqlite3", VFA_PRACTICE=str(practice), VFA_BODY_LIMIT="9000000"
        )

    return lambda name: door(practice_of(name))


def kinds(answer, kind):
    return [each["resource"] for each in answer["entry"] if each["resource"]["resourceType"] == kind]


def derived(door, body):
    """The answer to a dry run, read; None where it was refused, and then rightly."""
    answer = door.post(body, path=f"{DERIVE}?dryRun=true")
    read = json_text.read(answer.data)
    if answer.status_code == 200:
        [summary] = kinds(read, "Parameters")
        states = [
            part["valueCode"]
            for each in summary["parameter"]
            for part in each["part"]
            if part["name"] == "state"
        ]
        assert len(states) == len(summary["parameter"]) >= 1
        assert set(states) <= STATES
        assert [each for claim in kinds(read, "Claim") for each in check_claim(claim)] == []
        return read
    assert 400 <= answer.status_code < 500, answer.text
    assert check_resource(read) == ()
    assert {issue["details"]["coding"][0]["code"] for issue in read["issue"]} <= CODES.keys()
    assert door.post(body).status_code == answer.status_code
    assert [rows(door.database, table) for table in ("answers", "studies", "claims")] == [0, 0, 0]
    return None


@cache
def words_of_the_practice(name):
    return set(re.findall(r"[^\s,\[\]{}:\"]+", practice_of(name).read_text(encoding="utf-8")))


def invented(claims, bundle, name):
    """Facts of the claims that stand neither in the bundle nor in the practice file."""
    stated = {text for value in leaves(bundle) for text in (str(value), str(value).strip())}
    days = {day for text in stated for day in DAY.findall(text)}
    near = {day_beside(day, step) for day in days for step in (-1, 0, 1)}
    practice = practice_of(name).read_text(encoding="utf-8")
    for container, key in (place for claim in claims for place in places(claim)):
        value = container[key]
        if key == "servicedDate" and value not in near:
            yield key, value
        copied = key in FACTS or (
            key == "value" and str(container.get("system", "")).endswith(NUMBER_SYSTEMS)
        )
        for text in value if isinstance(value, list) else [value]:
            if copied and isinstance(text, str) and text not in stated and text not in practice:
                yield key, text


def day_beside(day, step):
    try:
        return (date.fromisoformat(day) + timedelta(step)).isoformat()
    except (ValueError, OverflowError):
        return day


@pytest.mark.parametrize("name", BUNDLES)
@given(data=st.data())
@settings(max_examples=400 if LONG else 5)
def test_a_mutated_bundle_is_refused_or_every_study_has_a_state_and_no_fact_is_invented(door_for, name, data):
    bundle = data.draw(mutated(BUNDLES[name]))
    answer = derived(door_for(name), json_text.write(bundle))
    if answer:
        assert list(invented(kinds(answer, "Claim"), bundle, name)) == []


def billed(claim):
    """What a deletion may not change."""
    lines = [
        (
            line["productOrService"],
            line.get("modifier"),
            line["quantity"],
            line["unitPrice"],
            line["servicedDate"],
            line.get("locationCodeableConcept"),
            line.get("revenue"),
        )
        for line in claim["item"]
    ]
    return json_text.write([claim["type"], lines, claim["provider"]["identifier"], claim["total"]])


def assert_nothing_else_is_billed(door, name, body):
    answer = derived(door, body)
    allowed = {billed(claim) for claim in kinds(derived(door, BUNDLES[name]), "Claim")}
    if answer and allowed:
        assert {billed(claim) for claim in kinds(answer, "Claim")} <= allowed


def without(name, number):
    """The bundle without its value of that number."""
    bundle = json_text.read(BUNDLES[name])
    container, key = list(places(bundle))[number]
    del container[key]
    return json_text.write(bundle)


@pytest.mark.parametrize("name", BUNDLES)
@given(data=st.data())
@settings(max_examples=5)
def test_a_deletion_leaves_what_is_billed_or_takes_it_away(door_for, name, data):
    number = data.draw(st.integers(0, sum(1 for _ in places(json_text.read(BUNDLES[name]))) - 1))
    assert_nothing_else_is_billed(door_for(name), name, without(name, number))


@pytest.mark.prove
@pytest.mark.parametrize("name", BUNDLES)
def test_no_deletion_at_all_makes_another_claim(door_for, name):
    door = door_for(name)
    for number in range(sum(1 for _ in places(json_text.read(BUNDLES[name])))):
        assert_nothing_else_is_billed(door, name, without(name, number))
