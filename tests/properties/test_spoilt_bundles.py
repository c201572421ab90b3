"""Whatever is done to a bundle, it is refused or its problems are listed; the gate does nothing else."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service import json_text
from service.errors import CODES, Refusal, outcome
from service.fhir_r4 import check_bundle, check_claim, check_resource, type_resource, warm
from service.intake.envelope import Envelope, open_envelope
from tests.intake.small_bundle import claim, study

warm()  # or the first example would be too slow for its deadline

junk = st.recursive(
    st.sampled_from(
        [None, True, 0, -1, 1.5, "", "x", "#x", "2026-02-30", "\u00a0", "ServiceRequest", "NopeType"]
    )
    | st.integers()
    | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "id",
                    "extension",
                    "contained",
                    "reference",
                    "coding",
                    "period",
                    "start",
                    "end",
                    "_x",
                    "é",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) below a JSON value."""
    steps = list(
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else []
    )
    return [(node, key) for key, _ in steps] + [place for _, child in steps for place in places(child)]


@st.composite
def spoilt(draw: st.DrawFn, original: dict[str, Any]) -> dict[str, Any]:
    resource = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 4))):
        found = places(resource)
        if not found:
            break
        container, key = found[draw(st.integers(0, len(found) - 1))]
        action = draw(st.sampled_from(["replace", "remove", "add", "wrap"]))
        if action == "remove":
            del container[key]
        elif action == "wrap":
            container[key] = [container[key]]
        elif action == "add" and isinstance(container, dict):
            container[
                draw(st.sampled_from(["extra", "_status", "contained", "valueString", "id", "period"]))
            ] = draw(junk)
        else:
            container[key] = draw(junk)
    return resource


def opened(body: bytes) -> Envelope | Refusal:
    try:
        return open_envelope("application/fhir+json", body, 10_000_000)
    except Refusal as refusal:
        return refusal


@given(st.sampled_from(["collection", "transaction", "searchset"]).flatmap(lambda kind: spoilt(study(kind))))
def test_a_spoilt_bundle_is_refused_or_its_problems_are_listed(resource):
    envelope = opened(json_text.write(resource))
    if isinstance(envelope, Refusal):
        assert 400 <= envelope.status < 500
        assert check_resource(envelope.outcome()) == ()
        return
    problems = check_bundle(envelope.root, envelope.path)
    for entry in envelope.entries:
        problems += type_resource(entry.resource, entry.path)
    for each in problems:
        assert each.code in CODES
        assert each.expression[0].startswith("Bundle")
    assert not problems or check_resource(outcome(problems)) == ()


@given(spoilt(claim()))
def test_a_spoilt_claim_never_does_more_than_give_problems(resource):
    for each in check_claim(resource):
        assert 400 <= each.status < 500


@given(spoilt(study()))
def test_a_check_leaves_the_resource_as_it_was(resource):
    before = json_text.write(resource)
    check_bundle(resource)
    for entry in resource["entry"] if isinstance(resource.get("entry"), list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            type_resource(entry["resource"])
    assert json_text.write(resource) == before
