"""`vfa-claims read`: a report in prose, what it says and with which words."""

import json

from tests.cli.test_cli import run
from tests.house.tree import ROOT

OPEN = ROOT / "tests" / "reports" / "open"


def test_a_report_that_is_understood_is_shown_with_its_words():
    ran = run("read", OPEN / "001.txt")
    text = ran.stdout.decode()
    assert ran.returncode == 0, ran.stderr
    assert "billing reading    fracture" in text
    assert "T8, definite, current, wedge, grade 2 (number), osteoporotic, new" in text
    assert '"New osteoporotic wedge fracture of T8, Genant grade 2"' in text


def test_a_report_that_contradicts_itself_ends_with_the_status_of_a_hold():
    ran = run("read", OPEN / "034.txt")
    assert ran.returncode == 3
    assert b"coder review       the report contradicts itself" in ran.stdout


def test_a_sentence_that_is_not_understood_is_shown():
    ran = run("read", "-", stdin=b"VFA T4-L4, no BMD. T8 is peculiar. No fracture.")
    assert ran.returncode == 3
    assert b"NOT UNDERSTOOD     speaks of a level, and what it says was not understood" in ran.stdout
    assert b'"T8 is peculiar."' in ran.stdout


def test_json_gives_the_places_of_the_words():
    text = (OPEN / "048.txt").read_text(encoding="utf-8")
    ran = run("read", "--format", "json", "--read-on", "2026-06-30", OPEN / "048.txt")
    said = json.loads(ran.stdout)
    assert said["understood"] is True
    for fracture in said["fractures"]:
        for start, end, words in fracture["spans"]:
            assert text[start:end] == words


def test_a_file_that_is_no_text_is_refused_as_unusable():
    ran = run("read", "-", stdin=b"\xff\xfe\x00")
    assert ran.returncode == 2
    assert b"no text in UTF-8" in ran.stderr


def test_a_report_that_settles_nothing_does_not_end_as_one_that_nobody_need_look_at():
    ran = run("read", "-", stdin=b"EXAM: VFA. Not performed.\nDXA of spine and hip was done.")
    assert b"cannot_tell" in ran.stdout
    assert ran.returncode == 3
