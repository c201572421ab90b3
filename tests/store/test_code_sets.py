"""The packed list of ICD-10-CM codes: what its lines mean, and what is said of a wrong one."""

from datetime import date

import pytest

from service.store.code_sets import read_code_set
from service.store.rule_files import load_rulebook
from tests.cases.rules import rulebook
from tests.store.rule_folder import RuleFolder

HEADER = "source LIST\nfrom 2025-10-01\nthrough 2026-09-30\n"


def codes(text: str):
    code_set, troubles = read_code_set(text, "icd10cm/fy.txt", {"LIST"})
    assert troubles == []
    assert code_set is not None
    return code_set


def test_a_line_gives_every_stem_with_each_of_its_seventh_characters():
    found = codes(HEADER + "# a remark\n\nM48 - 8X1 9\nM48 AD 54X\nI10 - .\n")
    known = ["M488X1", "M489", "M4854XA", "M4854XD", "I10"]
    assert [code for code in (*known, "M4854X", "M4854XG", "M48", "M549") if found.has(code)] == known


def test_a_code_begins_so_and_lacks_so_many_characters():
    found = codes(HEADER + "M48 - 8X1 9\nM48 AD 54X\n")
    assert found.begins("M4854X", 1)
    assert not found.begins("M4854", 1)
    assert [one for one in ("M", "M48.", "M485", "M487", "S") if found.begins(one.strip("."))] == [
        *("M", "M48.", "M485")
    ]


def test_near_codes_share_the_longest_beginning():
    found = codes(HEADER + "M48 - 8X1 9\nM48 AD 54X\n")
    assert found.near("M4854XK") == ("M48.54XA", "M48.54XD")
    assert found.near("M487") == ("M48.54XA", "M48.54XD", "M48.8X1", "M48.9")
    assert found.near("M990") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + "M48.5 - 0\n", "icd10cm/fy.txt:4"),
        (HEADER + "M48 -\n", "icd10cm/fy.txt:4"),
        ("from 2025-10-01\nthrough 2026-09-30\n", "source: this line is missing"),
        (HEADER.replace("2026-09-30", "2026-9-30"), "icd10cm/fy.txt:3 through: 2026-9-30 is no day"),
        (HEADER.replace("LIST", "LISTS"), "icd10cm/fy.txt:1 source: LISTS is no source; did you mean LIST?"),
    ],
)
def test_what_is_wrong_in_a_list_is_said_with_its_place(text, said):
    code_set, troubles = read_code_set(text, "icd10cm/fy.txt", {"LIST"})
    assert code_set is None
    assert said in "\n".join(map(str, troubles))


def test_a_spoiled_list_stops_the_rulebook_with_its_place(tmp_path):
    folder = RuleFolder(tmp_path)
    line = folder.change("icd10cm/fy2026.txt", "M81 - 0 6 8", "M81 = 0 6 8")
    assert folder.troubles() == [f"icd10cm/fy2026.txt:{line}: is no line of a code set, e.g. `M81 - 0 6 8`"]


def test_the_list_is_part_of_what_the_digest_names(tmp_path):
    folder = RuleFolder(tmp_path)
    folder.change("icd10cm/fy2026.txt", "I11 - 0 9", "I11 - 0")
    changed = load_rulebook(folder.folder)
    assert changed.digest != rulebook().digest
    code_set = changed.code_set(date(2026, 1, 1))
    assert code_set is not None
    assert not code_set.has("I119")


def test_the_codes_of_2026_are_all_there():
    code_set = rulebook().code_set(date(2026, 9, 15))
    assert code_set is not None
    lines = [line.split() for packed in code_set.categories.values() for line in packed]
    assert sum((len(letters) if letters != "-" else 1) * len(stems) for letters, *stems in lines) == 74719
