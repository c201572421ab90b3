"""The practice file: what it becomes, and that everything wrong with it is said at once, with its line."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from service.store.practice import load_practice, read_practice
from service.store.yaml_text import FileError

EXAMPLE = Path(__file__).parents[2] / "examples" / "practice.yaml"

SMALL = """\
organizations:
  - id: centre
    name: Centre
    npi: "1999999901"
    tax_id: 39-4567001
    address: {line: 1 Road, city: Madison, state: WI, postal_code: "53703"}
    bills_through_us: yes
    in_force: {from: 2025-01-01, through: 2026-12-31}
sites:
  - id: main
    name: Main
    location_identifiers: MAIN
    kind: imaging-center
    scanner_owner: centre
    time_zone: America/Chicago
    in_force: {from: 2025-01-01, through: 2026-12-31}
charges:
  - {organization: centre, procedure: "77086", component: global, amount: 150,
     in_force: {from: 2026-01-01, through: 2026-12-31}}
"""


def troubles(text: str) -> list[str]:
    with pytest.raises(FileError) as raised:
        read_practice(text.encode(), "p.yaml")
    return str(raised.value).splitlines()


def test_the_example_is_read_whole():
    practice = load_practice(EXAMPLE)
    sizes = [
        len(each) for each in (practice.organizations, practice.sites, practice.readers, practice.charges)
    ]
    assert sizes == [4, 3, 3, 32]
    assert practice.digest == hashlib.sha256(EXAMPLE.read_bytes()).hexdigest()


def test_values_are_typed_and_text_stays_text():
    practice = read_practice(SMALL.encode(), "p.yaml")
    (organization,), (site,), (charge,) = practice.organizations, practice.sites, practice.charges
    assert (organization.tax_id, organization.bills_through_us) == ("39-4567001", True)
    assert organization.address
    assert organization.address.line == ("1 Road",)
    assert (site.location_identifiers, site.locality, site.address) == (("MAIN",), "", None)
    assert (charge.amount, str(charge.amount)) == (Decimal(150), "150.00")
    assert charge.entry == "practice:charges.centre.77086.global"
    assert charge.in_force.covers(date(2026, 12, 31))
    assert not charge.in_force.covers(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("sites:", "sitees:", "9 sitees", "unknown section; did you mean sites?"),
        ("    name: Main", "    nam: Main", "11 sites[0].nam", "unknown key; did you mean name?"),
        ("    name: Main\n", "", "10 sites[0].name", "is missing"),
        (
            '"1999999901"',
            '"1999999902"',
            "4 organizations[0].npi",
            "is not an NPI: ten digits, the last one a check digit",
        ),
        (
            "39-4567001",
            "00-4567001",
            "5 organizations[0].tax_id",
            "is not an EIN: NN-NNNNNNN with a prefix the IRS uses",
        ),
        (
            "imaging-center",
            "imaging-centre",
            "13 sites[0].kind",
            "is not known; did you mean imaging-center?",
        ),
        (
            "scanner_owner: centre",
            "scanner_owner: center",
            "14 sites[0].scanner_owner",
            "no entry of organizations has this id; did you mean centre?",
        ),
        (
            "America/Chicago",
            "America/Chikago",
            "15 sites[0].time_zone",
            "is not an IANA time zone; did you mean America/Chicago?",
        ),
        (
            "amount: 150",
            "amount: 150.005",
            "18 charges[0].amount",
            "is not an amount: digits, and at most two after the point",
        ),
        (
            "amount: 150",
            "amount: -1",
            "18 charges[0].amount",
            "is not an amount: digits, and at most two after the point",
        ),
        ('"77086"', '"77O86"', "18 charges[0].procedure", "is not known; did you mean 77086?"),
        (
            "bills_through_us: yes",
            "bills_through_us: perhaps",
            "7 organizations[0].bills_through_us",
            "is yes or no",
        ),
        (
            "    tax_id: 39-4567001\n",
            "",
            "2 organizations[0].tax_id",
            "is missing; an organization that bills through us needs it",
        ),
        (
            "    location_identifiers: MAIN\n",
            "",
            "10 sites[0].location_identifiers",
            "is missing; name these, npi or managing_npi, or no Location is ever this site",
        ),
        (
            "from: 2026-01-01",
            "from: 2026-02-30",
            "19 charges[0].in_force.from",
            "is not a day of the calendar",
        ),
        (
            "from: 2026-01-01",
            "from: 01/01/2026",
            "19 charges[0].in_force.from",
            "is not a day; write YYYY-MM-DD",
        ),
        ("from: 2026-01-01", "from: 2027-01-01", "19 charges[0].in_force.through", "ends before it begins"),
        (
            "from: 2026-01-01",
            "from: 2024-01-01",
            "18 charges[0].organization",
            "organizations centre is not in force on 2024-01-01",
        ),
        (
            ", through: 2026-12-31}}",
            "}}",
            "18 charges[0].organization",
            "organizations centre is not in force on the last of its days",
        ),
        (
            "    name: Main",
            "    name: Main\n    name: Main",
            "12 name",
            "the key is written twice (first on line 11)",
        ),
        ("    name: Main", "    name: [Main]", "11 sites[0].name", "a single value is expected here"),
        (
            "    name: Main",
            '    name: ""',
            "11 sites[0].name",
            "is empty; leave the key out if there is nothing to say",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_would_be_right(old, new, place, said):
    assert old in SMALL
    assert f"p.yaml:{place}: {said}" in troubles(SMALL.replace(old, new, 1))


def test_everything_wrong_is_said_at_once():
    text = SMALL.replace("imaging-center", "center").replace("amount: 150", "amount: x").replace("39-", "00-")
    assert [each.split()[1] for each in troubles(text)] == [
        "organizations[0].tax_id:",
        "sites[0].kind:",
        "charges[0].amount:",
    ]


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("organizations", "id"),
        ("organizations", "npi"),
        ("sites", "location_identifiers"),
        ("charges", "organization"),
    ],
)
def test_two_entries_for_the_same_thing_may_not_be_in_force_together(section, key):
    parts = SMALL.split(f"{section}:\n")
    body = parts[1].split("\nsites:" if section == "organizations" else "\ncharges:")[0].rstrip("\n") + "\n"
    text = SMALL.replace(body, body + body, 1)
    assert any(f"{section}[1].{key}: speaks of what {section}[0]" in each for each in troubles(text))


def test_entries_that_follow_one_another_may_speak_of_the_same():
    later = "\n".join(SMALL.splitlines()[-2:]).replace("150", "160").replace("2026-01-01", "2026-07-01")
    text = SMALL.replace("through: 2026-12-31}}", "through: 2026-06-30}}") + later + "\n"
    assert [str(each.amount) for each in read_practice(text.encode(), "p.yaml").charges] == [
        "150.00",
        "160.00",
    ]


@pytest.mark.parametrize("text", ["", "- a\n", "a: 1\n---\nb: 2\n"])
def test_a_file_of_another_shape_is_refused(text):
    (said,) = troubles(text)
    sections = "organizations, sites, readers, charges, exam_codes, payers"
    assert said == f"p.yaml:1: a practice file is one document with the sections {sections}"


def test_a_file_that_is_not_there_is_said_plainly(tmp_path):
    with pytest.raises(FileError, match=r"none.yaml:1: the practice file cannot be read"):
        load_practice(tmp_path / "none.yaml")


EXAM_CODE = """\
exam_codes:
  - {system: "https://centre.example.com/exams", code: VFALAT, exams: [vfa], in_force: {from: 2026-01-01}}
"""


def test_a_practice_may_say_what_its_own_exam_codes_mean():
    (entry,) = read_practice((SMALL + EXAM_CODE).encode(), "p.yaml").exam_codes
    assert (entry.system, entry.code, {str(exam) for exam in entry.exams}) == (
        *("https://centre.example.com/exams", "VFALAT", {"vfa"}),
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[vfa]", "[vfb]", "did you mean vfa?"),
        ("[vfa]", "[]", "exams: is empty"),
        ("https://centre.example.com/exams", "http://loinc.org", "system: is a published code system"),
        ("https://centre.example.com/exams", "http://snomed.info/sct", "system: is a published code system"),
    ],
)
def test_a_wrong_meaning_of_an_exam_code_is_refused(old, new, says):
    (said,) = troubles(SMALL + EXAM_CODE.replace(old, new))
    assert says in said


def test_one_exam_code_has_one_meaning_a_day():
    (said,) = troubles(SMALL + EXAM_CODE + EXAM_CODE.partition("\n")[2])
    assert "exam_codes[1].code: speaks of what exam_codes[0]" in said
