"""The profiles are written by hand: they agree with the package, with each other, and with their examples."""

import json
import re

import pytest

from service import __version__
from service.core.codes import ClaimType
from service.outputs.codings import BASE
from service.outputs.fhir_claim import PROFILES
from tests.house.tree import ROOT, texts

FOLDER = "fhir_profiles/"
REASON = re.compile(r"Refused by ([a-z0-9-]+): \S")
SHIPPED = {
    path: json.loads(text)
    for path, text in texts(FOLDER, suffixes=(".json",))
    if not path.startswith(f"{FOLDER}examples/") and '"resourceType"' in text
}
DEFINITIONS = {path: each for path, each in SHIPPED.items() if each["resourceType"] == "StructureDefinition"}
NAMES = [each["id"] for each in DEFINITIONS.values() if each["type"] != "Extension"]
"""Profiles of resources; an extension is exampled by the claims that carry it."""


def example(kind, profile):
    """The one example of a kind; its name is that of the resource type and the profile."""
    (path,) = (ROOT / FOLDER / "examples" / kind).glob(f"*-{profile}.json")
    return json.loads(path.read_text(encoding="utf-8"))


def rules_of(profile):
    """Keys of the rules of a profile and of the profile it rests on."""
    definition = next(each for each in DEFINITIONS.values() if each["id"] == profile)
    own = {
        rule["key"]
        for element in definition["differential"]["element"]
        for rule in element.get("constraint", ())
    }
    parent = definition["baseDefinition"].rsplit("/", 1)[1]
    return own | (rules_of(parent) if parent in NAMES else set())


def test_the_package_has_the_version_of_the_service():
    package = json.loads((ROOT / FOLDER / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    assert package["canonical"] == BASE
    assert {each["version"] for each in DEFINITIONS.values()} == {__version__}


def test_a_resource_stands_in_a_file_of_its_type_and_id():
    assert [
        path
        for path, each in SHIPPED.items()
        if not path.endswith(f"/{each['resourceType']}-{each['id']}.json")
    ] == []


@pytest.mark.parametrize("path", DEFINITIONS)
def test_a_profile_has_our_address_and_is_for_r4(path):
    definition = DEFINITIONS[path]
    assert definition["url"] == f"{BASE}/StructureDefinition/{definition['id']}"
    assert definition["fhirVersion"] == "4.0.1"
    assert definition["baseDefinition"].startswith(("http://hl7.org/fhir/StructureDefinition/", BASE))


def test_a_profile_binds_to_value_sets_that_are_shipped():
    bound = {
        element["binding"]["valueSet"]
        for definition in DEFINITIONS.values()
        for element in definition["differential"]["element"]
        if "binding" in element
    }
    assert bound <= {each["url"] for each in SHIPPED.values()}


def test_every_rule_has_a_key_of_its_own_a_sentence_and_its_profile_as_source():
    keys = []
    for definition in DEFINITIONS.values():
        for element in definition["differential"]["element"]:
            for rule in element.get("constraint", ()):
                keys.append(rule["key"])
                assert rule["human"].endswith(".")
                assert rule["source"] == definition["url"]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("profile", NAMES)
def test_each_profile_has_one_valid_and_one_refused_example_that_name_it(profile):
    for kind in ("valid", "refused"):
        assert example(kind, profile)["meta"]["profile"] == [f"{BASE}/StructureDefinition/{profile}"]


@pytest.mark.parametrize("profile", NAMES)
def test_a_refused_example_says_which_rule_refuses_it(profile):
    said = REASON.search(example("refused", profile)["text"]["div"])
    assert said
    assert said[1] in rules_of(profile)


def test_no_example_is_left_over():
    written = {path.name for path in (ROOT / FOLDER / "examples").rglob("*.json")}
    types = {each["id"]: each["type"] for each in DEFINITIONS.values()}
    assert written == {f"{types[profile]}-{profile}.json" for profile in NAMES}


def test_a_claim_of_each_type_names_a_profile_that_is_shipped():
    assert set(PROFILES) == set(ClaimType)
    assert set(PROFILES.values()) <= {each["url"] for each in DEFINITIONS.values()}
