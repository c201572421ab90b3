"""The payer of a case: by a word for a usual one, or by name, payer id and coverage type."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.core.codes import PayerKind
from service.core.practice import Days, PayerEntry

PAYERS = {
    "medicare": ("Medicare Part B", "06302", "121"),
    "aetna": ("Aetna", "60054", ""),
    "cigna": ("Cigna", "62308", ""),
    "unitedhealthcare": ("UnitedHealthcare", "87726", ""),
    "bcbs": ("Blue Cross Blue Shield", "", ""),
    "nobody": ("Farmers Mutual Aid", "", ""),
}
"""Name, payer id and coverage type as the sender gives them."""
ALWAYS = Days(from_=date(2010, 1, 1))


def payer_told(payer: str | Mapping[str, str]) -> tuple[str, str, str]:
    """Name, payer id and coverage type of a payer as a case writes it."""
    if isinstance(payer, str):
        return PAYERS[payer]
    return payer.get("name", ""), payer.get("id", ""), payer.get("type", "")


def payer_entry(said: Mapping[str, str]) -> PayerEntry:
    kind = said.get("kind")
    return PayerEntry(
        payer_id=said["id"],
        payer=said["payer"],
        plan=said.get("plan", ""),
        name=said["name"],
        kind=PayerKind(kind) if kind else None,
        in_force=ALWAYS,
    )


def numbered(facts: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The practice's own payer id for a payer whom the case gives none."""
    name, payer_id, _ = payer_told(facts["payer"])
    listed = facts["payer_listed"] == "yes" and name and not payer_id
    return ({"id": "PR001", "payer": "as-named", "name": name},) if listed else ()
