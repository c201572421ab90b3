"""A client of the whole application over a ledger of its own, with the clock stopped."""

import io
import json
from datetime import UTC, datetime

import pytest

from service.settings import Knowledge, load_knowledge, read_settings
from service.web import create_app
from tests.house.tree import ROOT

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
BODY_LIMIT = 100_000
DERIVE = "/fhir/Claim/$derive"
FHIR_JSON = "application/fhir+json"


LOADED: dict[object, Knowledge] = {}


def knowledge_of(settings):
    """Loading takes half a second, and files do not change while the tests run."""
    name = (settings.practice, settings.rules, settings.strict_sources)
    if name not in LOADED:
        LOADED[name] = load_knowledge(settings)
    return LOADED[name]


class Door:
    """The web door and its log."""

    def __init__(self, database, **environment):
        self.database = database
        self.log = io.StringIO()
        settings = read_settings(
            {
                "VFA_PRACTICE": str(ROOT / "examples" / "practice.yaml"),
                "VFA_DATABASE": str(database),
                "VFA_BODY_LIMIT": str(BODY_LIMIT),
                **environment,
            }
        )
        knowledge = knowledge_of(settings)
        self.app = create_app(settings, knowledge=knowledge, log=self.log, now=lambda: NOW)
        self.client = self.app.test_client()

    def post(self, body, path=DERIVE, content_type=FHIR_JSON, **headers):
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        length = {"CONTENT_LENGTH": str(len(sent))}  # the test client leaves out a length of nothing
        return self.client.post(
            path, data=sent, content_type=content_type, headers=headers, environ_overrides=length
        )

    def get(self, path, **headers):
        return self.client.get(path, headers=headers)

    @property
    def lines(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def door(tmp_path):
    return Door(tmp_path / "ledger.sqlite3")


@pytest.fixture(scope="session")
def brief():
    """The brief's study: one Claim comes of it."""
    return (ROOT / "examples" / "brief" / "bundle.json").read_bytes()


@pytest.fixture
def kept(door, brief):
    """The answer to the brief's study after it was posted."""
    answer = door.post(brief)
    assert answer.status_code == 200, answer.text
    return answer


def resources(answer, kind):
    return [each["resource"] for each in answer.json["entry"] if each["resource"]["resourceType"] == kind]


def codes(answer):
    """The stable codes of an OperationOutcome, which every error is."""
    assert answer.content_type == f"{FHIR_JSON}; charset=utf-8", answer.content_type
    outcome = answer.json
    assert outcome["resourceType"] == "OperationOutcome"
    return [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]]
