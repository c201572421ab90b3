"""What a practice file says in right form and somebody should look at."""

from dataclasses import replace

import pytest

from service.core.codes import SiteKind
from service.core.practice import Practice
from service.core.situations import SiteDetail
from service.store.practice import load_practice
from service.store.practice_doubts import doubts
from tests.house.tree import ROOT

KNOWN = load_practice(ROOT / "examples" / "practice.yaml")
HOSPITAL, CENTER = "1999999927", "1999999901"


def with_site(**changes: object) -> Practice:
    """The example with its first site, whose scanner is the imaging center's, changed."""
    first, *others = KNOWN.sites
    return replace(KNOWN, sites=(replace(first, **changes), *others))  # type: ignore[arg-type]


def test_the_example_raises_no_doubt():
    assert list(doubts(KNOWN)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"kind": SiteKind.EMERGENCY_DEPARTMENT, "npi": HOSPITAL}, "which is not that hospital"),
        ({"kind": SiteKind.EMERGENCY_DEPARTMENT}, "without npi or managing_npi"),
        (
            {"kind": SiteKind.RURAL_HEALTH_CLINIC, "detail": SiteDetail.PROVIDER_BASED},
            "the parent hospital bills the scan",
        ),
        (
            {"kind": SiteKind.RURAL_HEALTH_CLINIC, "detail": SiteDetail.INDEPENDENT, "npi": HOSPITAL},
            "which is not that clinic",
        ),
        (
            {
                "kind": SiteKind.FEDERALLY_QUALIFIED_HEALTH_CENTER,
                "detail": SiteDetail.INDEPENDENT,
                "scanner_owner": "prairie-hospital",
                "managing_npi": HOSPITAL,
            },
            "a clinic of a hospital has the detail provider-based",
        ),
    ],
)
def test_a_site_that_will_hold_is_told(changes, says):
    bare = {"npi": "", "managing_npi": "", **changes}
    (told,) = doubts(with_site(**bare))
    assert told.startswith("site harbor-street: ")
    assert says in told


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": SiteKind.RURAL_HEALTH_CLINIC, "detail": SiteDetail.INDEPENDENT, "npi": CENTER},
        {
            "kind": SiteKind.RURAL_HEALTH_CLINIC,
            "detail": SiteDetail.PROVIDER_BASED,
            "scanner_owner": "prairie-hospital",
        },
        {"kind": SiteKind.EMERGENCY_DEPARTMENT, "scanner_owner": "prairie-hospital"},
    ],
)
def test_a_site_that_will_be_billed_is_not(changes):
    assert list(doubts(with_site(**{"npi": "", "managing_npi": "", **changes}))) == []


@pytest.mark.parametrize(("window", "told"), [(None, 1), (3, 0), (0, 0)])
def test_an_owner_without_a_payment_window_is_told(window, told):
    first, *others = KNOWN.organizations
    rest = [replace(one, payment_window=window) if one.npi == HOSPITAL else one for one in others]
    owned = replace(KNOWN, organizations=(replace(first, wholly_owned_by="prairie-hospital"), *rest))
    found = list(doubts(owned))
    assert len(found) == told
    assert all("its payment_window is not stated" in one for one in found)


def test_a_reader_with_an_organization_s_npi_is_told_unless_it_is_the_reader_s_own():
    first, *others = KNOWN.readers
    wrong = replace(KNOWN, readers=(replace(first, npi=HOSPITAL), *others))
    assert ["has the NPI of organization prairie-hospital" in one for one in doubts(wrong)] == [True]
    own = replace(first, npi=HOSPITAL, bills_for="prairie-hospital")
    assert list(doubts(replace(KNOWN, readers=(own, *others)))) == []
