"""The rules of our profiles, asked by a FHIRPath engine: every golden claim keeps them, every refused example
breaks the one it names. The HL7 validator asks them again, with all else a profile says, in tests/live.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import fhirpathpy
import pytest
from fhirpathpy.models import models

from service import json_text
from service.outputs.fhir_claim import write_claim
from tests.house.tree import ROOT
from tests.outputs.studies import NOW
from tests.outputs.test_golden_claims import GOLDEN

FOLDER = ROOT / "fhir_profiles"
REASON = re.compile(r"Refused by ([a-z0-9-]+): ")
NAMES = sorted(
    path.stem.removeprefix("StructureDefinition-") for path in (FOLDER / "profiles").glob("*.json")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a profile: where it is asked, and the compiled question."""

    key: str
    path: str
    ask: Callable[..., list[Any]]


@cache
def rules_of(profile: str) -> tuple[Rule, ...]:
    """The rules that refuse, of the profile and of the profile it rests on."""
    definition = json.loads((FOLDER / "profiles" / f"StructureDefinition-{profile}.json").read_text())
    parent = definition["baseDefinition"].rsplit("/", 1)[1]
    return (rules_of(parent) if parent in NAMES else ()) + tuple(
        Rule(
            key=rule["key"],
            path=element["path"],
            ask=fhirpathpy.compile(rule["expression"], models["r4"]),
        )
        for element in definition["differential"]["element"]
        for rule in element.get("constraint", ())
        if rule["severity"] == "error"
    )


def broken(resource: dict[str, Any]) -> list[str]:
    """Keys of the rules that the resource breaks, of the profile it names."""
    (profile,) = resource["meta"]["profile"]
    plain = json.loads(json_text.write(resource))
    return [
        rule.key
        for rule in rules_of(profile.rsplit("/", 1)[1])
        for place in places(plain, rule.path)
        if rule.ask(place, {"resource": plain}) != [True]
    ]


def places(resource: dict[str, Any], path: str) -> Iterator[Any]:
    _, _, element = path.partition(".")
    yield from resource[element] if element else [resource]


def example(kind: str, profile: str) -> Any:
    (path,) = (FOLDER / "examples" / kind).glob(f"*-{profile}.json")
    return json_text.read(path.read_bytes())


@pytest.mark.parametrize("profile", NAMES)
def test_a_valid_example_keeps_every_rule(profile):
    assert broken(example("valid", profile)) == []


@pytest.mark.parametrize("profile", NAMES)
def test_a_refused_example_breaks_the_rule_it_names_and_no_other(profile):
    refused = example("refused", profile)
    said = REASON.search(refused["text"]["div"])
    assert said
    assert broken(refused) == [said[1]]


@pytest.mark.parametrize("part", [case for case in GOLDEN if case.values[0].claims])
def test_the_claims_of_a_golden_case_keep_every_rule(part):
    for claim in part.claims:
        written = write_claim(claim, part.study, created=NOW, state=part.decision.state)
        assert broken(written) == []
