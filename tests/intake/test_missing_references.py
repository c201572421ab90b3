"""What the Bundle lacks is looked up once a reference; a server that does not say holds the study."""

import copy
import json

import pytest

from service.errors import Declined, Unavailable
from service.intake.envelope import envelope_of
from service.outputs.answer import states_of
from service.pipeline import derive
from service.settings import load_knowledge, read_settings
from tests.house.tree import ROOT
from tests.web.conftest import NOW

BRIEF = json.loads((ROOT / "examples" / "brief" / "bundle.json").read_text())
KNOWLEDGE = load_knowledge(read_settings({"VFA_PRACTICE": str(ROOT / "examples" / "practice.yaml")}))
HOME = "https://ehr.example.com/fhir"


class Server:
    """What a server has, by the name it is asked for, and how often each name was."""

    def __init__(self, resources, trouble=None):
        self.resources, self.trouble, self.asked = resources, trouble, []

    def __call__(self, name):
        self.asked.append(name)
        if self.trouble:
            raise self.trouble
        return self.resources.get(name)


def restful(bundle, address="{kind}/{id}"):
    """The Bundle as a server would have it, with ids and addresses, and its resources by address."""
    text, names = json.dumps(bundle), []
    for entry in bundle["entry"]:
        urn, kind = entry["fullUrl"], entry["resource"]["resourceType"]
        names.append(address.format(kind=kind, id=urn[9:]))
        text = text.replace(f'"{urn}"', f'"{names[-1]}"')
    moved = json.loads(text)
    for entry in moved["entry"]:
        entry["resource"]["id"] = entry["fullUrl"].rpartition("/")[2]
        if not entry["fullUrl"].startswith("http"):
            del entry["fullUrl"]
    return moved, dict(zip(names, (entry["resource"] for entry in moved["entry"]), strict=True))


def without(bundle, *kinds):
    kept = [each for each in bundle["entry"] if each["resource"]["resourceType"] not in kinds]
    return {**bundle, "entry": kept}


def answered(bundle, resolver):
    knowledge = KNOWLEDGE
    return derive(
        envelope_of(copy.deepcopy(bundle)),
        rulebook=knowledge.rulebook,
        practice=knowledge.practice,
        engine=knowledge.engine,
        now=NOW,
        resolver=resolver,
    )


def findings(answer):
    issues = [issue for each in answer["entry"] for issue in each["resource"].get("issue", ())]
    return {issue["details"]["coding"][0]["code"]: issue for issue in issues}


def lines(answer):
    return [
        (each["resource"]["diagnosis"], each["resource"]["item"])
        for each in answer["entry"]
        if each["resource"]["resourceType"] == "Claim"
    ]


@pytest.mark.parametrize("address", ["{kind}/{id}", HOME + "/{kind}/{id}"])
@pytest.mark.parametrize(
    "kind", ["ServiceRequest", "Condition", "Coverage", "Practitioner", "Patient", "Location"]
)
def test_a_study_without_one_of_its_resources_is_billed_alike_when_a_server_has_it(kind, address):
    whole, there = restful(BRIEF, address)
    server = Server(there)
    answer = answered(without(whole, kind), server)
    assert states_of(answer) == ("clean",)
    assert lines(answer) == lines(answered(BRIEF, None))
    assert server.asked
    assert sorted(server.asked) == sorted(set(server.asked))


def test_a_reference_of_a_resource_with_an_address_is_looked_up_on_its_own_server():
    whole, there = restful(BRIEF, HOME + "/{kind}/{id}")
    relative = json.loads(json.dumps(whole).replace(f'"reference": "{HOME}/', '"reference": "'))
    server = Server(there)
    assert states_of(answered(without(relative, "Practitioner", "Condition"), server)) == ("clean",)
    assert {name.rpartition("/fhir/")[0] for name in server.asked} == {"https://ehr.example.com"}


@pytest.mark.parametrize(
    ("trouble", "code", "why"),
    [
        (Unavailable("HTTP 503"), "FHIR-SERVER-UNAVAILABLE", "the FHIR server was unavailable: HTTP 503."),
        (
            Declined("HTTP 403: forbidden", status=403),
            "FHIR-SERVER-DECLINED",
            "did not give it: HTTP 403: forbidden.",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["ServiceRequest", "Condition", "Coverage", "Practitioner", "Observation"])
def test_a_server_that_does_not_say_holds_the_study_and_names_the_references(kind, trouble, code, why):
    whole, _ = restful(BRIEF)
    answer = answered(without(whole, kind), Server({}, trouble))
    assert states_of(answer) == ("held",)
    assert why in findings(answer)[code]["details"]["text"]
    assert findings(answer)[code]["expression"]
    assert all(place.startswith("Bundle.entry[") for place in findings(answer)[code]["expression"])


def test_a_condition_that_could_not_be_read_is_not_taken_for_absent():
    whole, _ = restful(BRIEF)
    lacking = without(whole, "Condition")
    absent, unread = (answered(lacking, Server({}, trouble)) for trouble in (None, Unavailable("down")))
    assert "FHIR-SERVER-UNAVAILABLE" not in findings(absent)
    assert "FHIR-SERVER-UNAVAILABLE" in findings(unread)


def test_a_complete_bundle_asks_for_nothing():
    server = Server({}, Unavailable("down"))
    assert states_of(answered(BRIEF, server)) == ("clean",)
    assert server.asked == []


NUMBERS = {"LBI-26-004417": "LBI-26-004418", "WS-260901-118": "WS-260901-119", "R-88231": "R-88232"}
OF_ONE_STUDY = ("ServiceRequest", "DiagnosticReport", "Procedure", "ImagingStudy")


def another(bundle):
    """The same resources, with the order, accession, report and image numbers of another study."""
    text = json.dumps(bundle).replace("812553190714", "812553190715")
    for number, other in NUMBERS.items():
        text = text.replace(number, other)
    return json.loads(text)


def test_a_study_is_not_held_for_what_another_one_lacks():
    lacking = without(restful(BRIEF)[0], "Condition")
    both = {**lacking, "entry": [*lacking["entry"], *another(BRIEF)["entry"]]}
    answer = answered(both, Server({}, Unavailable("down")))
    assert sorted(states_of(answer)) == ["clean", "held"]


def with_another_study(bundle):
    """The Bundle with a second study of the same patient, whose other resources both refer to."""
    second = another(bundle)
    text = json.dumps([each for each in second["entry"] if each["resource"]["resourceType"] in OF_ONE_STUDY])
    for entry in second["entry"]:
        if entry["resource"]["resourceType"] in OF_ONE_STUDY:
            text = text.replace(entry["resource"]["id"], f"second-{entry['resource']['id'][-12:]}")
    return {**bundle, "entry": [*bundle["entry"], *json.loads(text)]}


def unavailable_in(answer):
    """Of each study, whether its outcome says that the server was unavailable."""
    return [
        "FHIR-SERVER-UNAVAILABLE" in json.dumps(each["resource"])
        for each in answer["entry"]
        if each["resource"]["resourceType"] == "OperationOutcome"
    ]


def test_two_studies_that_lack_the_same_resource_are_both_held_and_it_is_asked_for_once():
    server = Server({}, Unavailable("down"))
    answer = answered(with_another_study(without(restful(BRIEF)[0], "Coverage")), server)
    assert states_of(answer) == ("held", "held")
    assert unavailable_in(answer) == [True, True]
    assert len(server.asked) == len(set(server.asked))


def test_a_coverage_of_somebody_who_could_not_be_read_holds_every_study():
    whole, _ = restful(BRIEF)
    for entry in whole["entry"]:
        entry["resource"].pop("insurance", None)
        if entry["resource"]["resourceType"] == "Coverage":
            entry["resource"]["beneficiary"] = {"reference": "Patient/under-another-id"}
    both = with_another_study(whole)
    assert unavailable_in(answered(both, Server({}, Unavailable("down")))) == [True, True]
    assert unavailable_in(answered(both, Server({}))) == [False, False]
