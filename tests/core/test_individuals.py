"""The person behind an NPI: an organization's is held, a sole proprietor's own is not."""

from dataclasses import replace

from service.core.decide import decide
from tests.bundles import practice_for
from tests.cases.rules import rulebook
from tests.cases.study_of import study_of

GROUP = "1999999919"
OWN = {"reader_bills_for": "group", "scanner_owner": "group", "reading_npi": GROUP}


def said(given, practice):
    return {one.code.value for one in decide(study_of(given), practice, rulebook()).findings}


def test_a_sole_proprietor_reads_and_bills_by_one_number():
    assert "NPI-OF-ORGANIZATION" not in said(OWN, practice_for(OWN))


def test_the_same_number_without_a_listed_reader_is_an_organization_s():
    assert "NPI-OF-ORGANIZATION" in said(OWN, replace(practice_for(OWN), readers=()))


def test_a_sole_proprietor_orders_by_the_number_of_the_office():
    given = {"ordering_npi": GROUP, "ordered_for": ["group"]}
    assert "NPI-OF-ORGANIZATION" not in said(given, practice_for(given))
    alone = {"ordering_npi": GROUP}
    assert "NPI-OF-ORGANIZATION" in said(alone, practice_for(alone))
