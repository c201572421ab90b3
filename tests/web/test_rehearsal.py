"""A worker rehearses before its first request, and nothing of that stays."""

from service.core.decide import decide
from service.web import rehearsal
from service.web.context import EXTENSION
from tests.store.test_ledger import rows
from tests.web.conftest import resources


def test_a_rehearsal_decides_a_study_and_keeps_and_logs_nothing(door, monkeypatch):
    decided = []

    def noting(*asked):
        decided.append(decide(*asked))
        return decided[-1]

    monkeypatch.setattr("service.pipeline.decide", noting)
    rehearsal.rehearse(door.app.extensions[EXTENSION])
    assert [len(each.claims) for each in decided] == [1]
    assert [rows(door.database, table) for table in ("answers", "claims")] == [0, 0]
    assert door.lines == []


def test_a_study_is_answered_alike_with_and_without_a_rehearsal_before(door, brief):
    rehearsal.rehearse(door.app.extensions[EXTENSION])
    [claim] = resources(door.post(brief), "Claim")
    assert claim["status"] == "active"


def test_a_service_without_the_example_starts_all_the_same(door, monkeypatch, tmp_path):
    monkeypatch.setattr(rehearsal, "example_practice", lambda: tmp_path / "practice.yaml")
    monkeypatch.setattr(rehearsal, "derive", None)
    rehearsal.rehearse(door.app.extensions[EXTENSION])
    assert door.lines == []
