"""The bench says what it should: every measured thing runs, and a slower ratio is marked."""

import json

from tests.bench.__main__ import BASELINE, Line, table
from tests.bench.derivation import ROOT, Derivation
from tests.bench.rounds import costs


def test_a_missed_aim_and_a_slower_ratio_are_marked_in_the_table():
    lines = [
        Line(name="as ever", figure="1 us", ratio=1.0, aim=2.0),
        Line(name="missed", figure="1 us", ratio=3.0, aim=2.0),
        Line(name="grown", figure="1 us", ratio=1.3),
    ]
    _, *shown = table(lines, {"as ever": 1.0, "missed": 3.0, "grown": 1.0})
    assert [text.rpartition("  ")[2].strip() for text in shown[1:]] == [
        "3.00 missed",
        "1.00 SLOWER than the baseline",
    ]
    assert shown[0].endswith("1.00")


def test_everything_that_is_measured_in_process_runs_and_costs_something(tmp_path):
    bench = Derivation(tmp_path)
    subjects = {"with": bench.with_ledger, "floor": bench.floor, "bare": bench.bare, "asked": bench.look_ups}
    subjects["reading"] = bench.reading
    cost = costs(subjects, rounds=1, calls=1)
    assert all(each.clock > 0 for each in cost.values())
    assert len(bench.claims) == 1
    assert len(bench.asked) > 20


def test_the_baseline_has_the_ratios_that_the_page_explains():
    ratios = json.loads(BASELINE.read_text())["ratios"]
    page = (ROOT / "docs" / "performance.md").read_text()
    assert {"derivation without ledger / (b)", "its own part / (a)"} <= ratios.keys()
    assert [name for name in ratios if name not in page] == []
