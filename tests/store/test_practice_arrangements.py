"""Arrangements of the practice file: testing facilities, owned practices, bought readings, substitutes."""

from decimal import Decimal

import pytest

from service.core.situations import Circumstance, SiteDetail
from service.store.practice import read_practice
from service.store.yaml_text import FileError
from tests.house.tree import ROOT

TEXT = (ROOT / "examples" / "practice.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str):
    assert old in TEXT
    return read_practice(TEXT.replace(old, new, 1).encode(), "practice.yaml")


def test_a_testing_facility_lists_the_codes_it_is_enrolled_for_and_any_other_organization_none():
    found = changed("bills_through_us: yes", 'bills_through_us: yes\n    approved_procedures: ["77086"]')
    assert found.organizations[0].approved_procedures == {"77086"}
    assert {one.approved_procedures for one in found.organizations[1:]} == {None}


def test_a_practice_names_the_hospital_that_owns_it_its_window_and_who_orders_for_it():
    more = 'wholly_owned_by: prairie-hospital\n    payment_window: "3"\n'
    more += '    ordering_practitioners: ["1999999976"]'
    entry = changed("bills_through_us: yes", f"bills_through_us: yes\n    {more}").organizations[0]
    assert (entry.wholly_owned_by, entry.payment_window) == ("prairie-hospital", 3)
    assert entry.ordering_practitioners == {"1999999976"}


def test_a_site_says_what_splits_its_kind():
    assert changed("kind: imaging-center", "kind: imaging-center\n    detail: method-2").sites[0].detail == (
        SiteDetail.METHOD_2
    )


def test_a_reader_s_price_and_substitution_are_read():
    more = 'purchase_price: 15\n    substitutes_for: "1999999950"\n    substitution: substitute-paid-by-time'
    reader = changed("bills_for: lakeside-imaging", f"bills_for: lakeside-imaging\n    {more}").readers[0]
    assert reader.purchase_price == Decimal("15.00")
    assert (reader.substitutes_for, reader.substitution) == (
        "1999999950",
        Circumstance.SUBSTITUTE_PAID_BY_TIME,
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("substitution: reduced", "is substitute-reciprocal or substitute-paid-by-time"),
        ('substitutes_for: "1999999950"', "names the absent physician"),
        ("purchase_price: 15.001", "is not an amount"),
    ],
)
def test_a_wrong_arrangement_is_refused_with_what_would_be_right(more, says):
    with pytest.raises(FileError, match=says):
        changed("bills_for: lakeside-imaging", f"bills_for: lakeside-imaging\n    {more}")


def test_an_owner_that_is_no_entry_is_refused():
    with pytest.raises(FileError, match="no entry of organizations has this id"):
        changed("bills_through_us: yes", "bills_through_us: yes\n    wholly_owned_by: nobody")
