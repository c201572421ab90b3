"""The ledger remembers what was claimed for a patient: the frequency of a density is checked against it."""

from datetime import UTC, datetime
from typing import Any

from service.intake.envelope import envelope_of
from service.outputs.answer import states_of
from service.pipeline import derive
from service.store.ledger import Ledger
from tests.bundles import bundle_of, practice_for
from tests.cases.rules import rulebook

DENSITY = {"ordered": ["axial-density"], "performed": ["axial-density"]}
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def answer(ledger: Ledger, day: str, number: str) -> dict[str, Any]:
    given = {**DENSITY, "date_of_service": day, "order_day": ""}
    bundle = bundle_of(given)
    for entry in bundle["entry"]:
        for identifier in entry["resource"].get("identifier", []):
            if identifier.get("system") == "urn:accession":
                identifier["value"] = number
    return derive(
        envelope_of(bundle),
        rulebook=rulebook(),
        practice=practice_for(given),
        engine="test",
        now=NOW,
        ledger=ledger,
    )


def codes(found: dict[str, Any]) -> set[str]:
    resources = [each["resource"] for each in found["entry"]]
    outcomes = [each for each in resources if each["resourceType"] == "OperationOutcome"]
    return {issue["details"]["coding"][0]["code"] for outcome in outcomes for issue in outcome["issue"]}


def test_an_earlier_claim_of_the_ledger_makes_a_density_too_soon(tmp_path):
    ledger = Ledger(str(tmp_path / "ledger.db"))
    assert "FREQUENCY-NO-DATA" in codes(answer(ledger, "2025-11-15", "A-1"))
    later = answer(ledger, "2026-09-15", "A-2")
    assert "FREQUENCY-LIMIT" in codes(later)
    assert [state.value for state in states_of(later)] == ["billable"]


def test_a_study_is_not_history_of_itself(tmp_path):
    ledger = Ledger(str(tmp_path / "ledger.db"))
    first = answer(ledger, "2026-09-15", "A-1")
    assert answer(ledger, "2026-09-15", "A-1") == first
    assert "FREQUENCY-LIMIT" not in codes(first)


def test_another_patient_has_no_part_in_it(tmp_path):
    ledger = Ledger(str(tmp_path / "ledger.db"))
    answer(ledger, "2025-11-15", "A-1")
    assert ledger.earlier("0" * 64, datetime(2026, 9, 15, tzinfo=UTC).date()) == ()
