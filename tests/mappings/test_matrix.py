"""The page of payers, sites and ownership: each of its lines decided as a study of a payer it is for."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from service.core.codes import ClaimType, PayerKind, SiteKind
from service.core.decide import decide
from service.core.decision import DecidedClaim
from service.core.finding_codes import FindingCode
from service.core.situations import Circumstance, Special
from service.store.rule_matrix import (
    CLINICS,
    HELD,
    OWNERSHIP,
    STATUSES,
    Cell,
    combinations,
    first_day,
    matrix,
    outcome,
    payers_of,
)
from tests.cases.rules import rulebook
from tests.cases.study_of import HOSPITALS, ORGANIZATIONS, practice_of, study_of

TYPES = {
    PayerKind.MEDICARE_FFS: "121",
    PayerKind.MEDICARE_ADVANTAGE: "111",
    PayerKind.COMMERCIAL: "512",
    PayerKind.MEDICAID: "21",
    PayerKind.UNKNOWN: "",
}
IDS = {"medicare": "06302", "aetna": "60054", "cigna": "62308", "unitedhealthcare": "87726", "bcbs": "00401"}
ANY = {
    PayerKind.MEDICARE_FFS: "medicare",
    PayerKind.MEDICARE_ADVANTAGE: "aetna",
    PayerKind.COMMERCIAL: "cigna",
}
"""A payer of the kind, where a line is for any."""
REGISTERED = {
    "here": [],
    "elsewhere": [Circumstance.UNDER_ARRANGEMENT.value],
    "snf-part-a": [Circumstance.SNF_PART_A.value],
}
UNREAD = dict.fromkeys(("report", "reading", "reader"), "REPORT-MISSING")
PAGE = list(combinations(rulebook()))


def owner_and_reader(cell: Cell) -> tuple[str, str]:
    parent = cell.site in HOSPITALS or cell.detail.startswith("provider-based")
    if cell.reader_bills == "site-organization":
        return "hospital" if parent else "mobile", "clinic"
    owner = "hospital" if parent else "clinic" if cell.site in CLINICS else "center"
    return owner, "group" if cell.reader_bills == "other-organization" else owner


def given(cell: Cell) -> dict[str, Any]:
    """The facts of a case for the combination."""
    owner, reader = owner_and_reader(cell)
    payer = cell.payer or ANY.get(cell.payer_kind, "")
    facts: dict[str, Any] = {
        "date_of_service": first_day(rulebook()).isoformat(),
        "order_day": "2025-09-20",
        "payer": {
            "id": IDS.get(payer, "99999"),
            "name": "Farmers Mutual Aid",
            "type": TYPES[cell.payer_kind],
        },
        "site": cell.site.value,
        "site_detail": cell.detail.value,
        "encounter": cell.encounter_class.value,
        "hospital": "hospital",
        "scanner_owner": owner,
        "reader_bills_for": reader,
        "wholly_owned": [] if owner == "hospital" else [owner],
        "reader_locality": "B" if cell.locality == "other" else "A",
        "circumstances": list(REGISTERED[cell.registered]),
    }
    if cell.special is Special.NO_READING:
        return {**facts, "scan": "stopped", "missing": UNREAD}
    if cell.special is Special.PURCHASED_READING:
        facts |= {"purchase_price": "15.00", "ordered_for": [owner]}
    if cell.special is Special.SECOND_READING:
        facts["circumstances"].append({"what": cell.special.value, "says": "doubtful at T7"})
    elif cell.special is not Special.NONE:
        facts["circumstances"].append(cell.special.value)
    return facts


def told(claim: DecidedClaim) -> str:
    """A decided claim in the words of the page."""
    lines = []
    for line in claim.lines:
        modifiers = " ".join(one.value.value for one in line.modifiers) or "no modifier"
        if claim.type.value is ClaimType.PROFESSIONAL:
            assert line.place_of_service
            lines.append(f"{modifiers}, place {line.place_of_service.value}")
        else:
            assert claim.type_of_bill
            assert line.revenue_code
            bill = claim.type_of_bill.value[:3]
            lines.append(f"{modifiers}, bill {bill}x, revenue {line.revenue_code.value}")
    return f"{claim.type.value} of {claim.billing.value.name}: {' + '.join(lines)}"


def named(text: str, cell: Cell) -> str:
    """The claims of the page, with the organizations of the case for their parts."""
    owner, reader = owner_and_reader(cell)
    parts = {"scanner-owner": owner, "reader-organization": reader, "hospital": "hospital"}
    for part, organization in parts.items():
        text = text.replace(f" of the {part}:", f" of {ORGANIZATIONS[organization][0]}:")
    return text.split(" (")[0] if not text.startswith("(") else "nothing"


@pytest.mark.parametrize("site", SiteKind)
def test_every_line_of_the_page_is_decided_so(site):
    day, wrong = first_day(rulebook()), []
    for same in PAGE:
        if same[0].site is not site:
            continue
        cells = {outcome(cell, rulebook(), day): cell for cell in same}
        for (claims, _), cell in cells.items():
            decision = decide(study_of(given(cell)), practice_of(given(cell)), rulebook())
            found = "; ".join(told(claim) for claim in decision.claims) or "nothing"
            expected = named(claims, cell)
            held = {one.code for one in decision.findings} & {
                FindingCode.NO_ROW,
                FindingCode.SITE_NOT_MODELLED,
            }
            if (claims == HELD) != bool(held) or (claims != HELD and found != expected):
                said = sorted({one.code.value for one in decision.findings})
                wrong.append(
                    (cell.patient, cell.special, cell.reader, cell.payer_kind, expected, found, said)
                )
    assert wrong == []


def test_every_combination_stands_on_the_page():
    ordinary = {
        (one.site, one.patient, one.reader, one.payer_kind)
        for same in PAGE
        for one in same
        if one.special is Special.NONE
    }
    owned = product(SiteKind, STATUSES, OWNERSHIP, PayerKind)
    assert ordinary >= {(site, status[2], reader, kind) for site, status, (*_, reader), kind in owned}
    assert {one.special for same in PAGE for one in same} == set(Special)


def test_every_payer_is_of_a_kind_on_the_page():
    payers = {payer for payer, _ in payers_of(rulebook())}
    assert {"medicare", "aetna", "cigna", "unitedhealthcare", "bcbs"} <= payers


def test_a_payer_with_an_override_has_lines_of_its_own():
    place = rulebook().place_of_service
    base = next(row for row in place.rows if row.id == "POS-IMAGING-CENTER")
    other = replace(base.then, place_of_service="49")
    own = replace(base, id="X", overrides=base.id, applies_to={"payer": frozenset({"cigna"})}, then=other)
    rules = replace(rulebook(), place_of_service=replace(place, overrides=(own,)))
    lines = [line for line in matrix(rules) if line[0] == SiteKind.IMAGING_CENTER and not line[2]]
    assert ("commercial: cigna", "professional of the scanner-owner: no modifier, place 49") in [
        (line[4].split(", ")[-1], line[5]) for line in lines if "49" in line[5]
    ]
