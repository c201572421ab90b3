"""What a reading gives to a study, each value with the words that say it."""

from datetime import date

import pytest

from service.core.codes import (
    Cause,
    Certainty,
    Completion,
    Density,
    FractureAge,
    Grade,
    Osteoporosis,
    Shape,
    Vertebra,
)
from service.core.evidence import TextPart
from service.prose.read import read_report
from service.prose.study_values import (
    Written,
    completion_told,
    density_told,
    osteoporosis_told,
    reading_of,
    vfa_told,
)
from tests.prose.test_reports import words

WHERE = "Bundle.entry[1].resource.conclusion"


def findings(text):
    reading = reading_of(*told(text))
    assert reading is not None
    return reading


def told(text):
    part = TextPart(where=WHERE, start=0, end=len(text))
    written = Written(text=text, parts=(part,), words=words())
    return read_report(text, words(), read_on=date(2026, 6, 30)), written


def test_a_fracture_becomes_a_finding_with_its_words():
    (finding,) = findings("VFA T4-L4. No BMD. Acute osteoporotic wedge fracture of T8, grade 2.").findings
    assert (finding.level, finding.certainty) == (Vertebra.T8, Certainty.DEFINITE)
    assert (finding.shape, finding.grade, finding.age) == (Shape.WEDGE, Grade.MODERATE, FractureAge.ACUTE)
    assert finding.cause is Cause.OSTEOPOROTIC
    assert [one.where for one in finding.evidence] == [WHERE]
    assert finding.evidence[0].shows == "Acute osteoporotic wedge fracture of T8, grade 2"
    assert finding.evidence[0].span == (19, 67)
    assert "READ-SHAPE-WEDGE" in finding.evidence[0].rows


def test_a_healed_and_a_treated_fracture_are_past():
    text = "VFA T4-L4. No BMD. Healed fracture of T8. Status post vertebroplasty L1."
    assert {one.level: one.age for one in findings(text).findings} == {
        Vertebra.T8: FractureAge.HEALED,
        Vertebra.L1: FractureAge.OLD,
    }


def test_a_fragility_fracture_is_osteoporotic_only_where_osteoporosis_is_documented():
    without = findings("VFA T4-L4. No BMD. Fragility fracture of T8.")
    documented = findings("HISTORY: Osteoporosis.\nFINDINGS: VFA T4-L4. Fragility fracture of T8.")
    assert [one.cause for one in without.findings] == [Cause.NOT_STATED]
    assert [one.cause for one in documented.findings] == [Cause.OSTEOPOROTIC]


def test_a_stated_negative_is_one_and_a_negative_beside_a_fracture_is_none():
    negative = findings("VFA T4-L4. No BMD. No vertebral fracture.")
    beside = findings("VFA T4-L4. No BMD. T8 wedge fracture. No other fracture.")
    assert [one.shows for one in negative.no_fracture] == ["No vertebral fracture"]
    assert beside.no_fracture == ()


def test_a_report_that_cannot_be_told_gives_no_reading():
    assert reading_of(*told("FINDINGS: T8 fracture.\nIMPRESSION: No fracture.")) is None


@pytest.mark.parametrize(
    ("text", "density"),
    [
        ("VFA T4-L4. BMD was not measured.", Density.NOT_MEASURED),
        ("DXA and VFA. Lumbar spine T-score -2.1. VFA T4-L4: no fracture.", Density.AXIAL),
        ("Density was measured at the left 1/3 radius only: T-score -1.9. VFA T4-L4.", Density.PERIPHERAL),
        ("VFA T4-L4. No fracture.", None),
    ],
)
def test_density_is_what_the_text_says_of_this_session(text, density):
    known = density_told(told(text)[0])
    assert (known.value if known else None) is density


@pytest.mark.parametrize(
    ("text", "osteoporosis"),
    [
        ("INDICATION: Postmenopausal osteoporosis.", Osteoporosis.AGE_RELATED),
        ("INDICATION: Steroid-induced osteoporosis.", Osteoporosis.STEROID_INDUCED),
        ("INDICATION: Secondary osteoporosis.", Osteoporosis.OTHER),
        ("INDICATION: Screening for osteoporosis.", None),
        ("T-score -3.1.", None),
        ("INDICATION: Family history of osteoporosis.", None),
    ],
)
def test_osteoporosis_is_documented_in_words_or_not_at_all(text, osteoporosis):
    known = osteoporosis_told(told(text)[0])
    assert (known.value if known else None) is osteoporosis


@pytest.mark.parametrize(
    ("text", "performed", "completion"),
    [
        ("VFA T4-L4. No fracture.", True, Completion.COMPLETED),
        ("TECHNIQUE: The VFA scan was stopped because of pain.", True, Completion.STOPPED),
        ("VFA was not performed.", False, Completion.NOT_DONE),
        ("DXA. Hip T-score -1.0.", None, None),
    ],
)
def test_performed_and_completed_are_what_the_text_says(text, performed, completion):
    vfa, ended = vfa_told(told(text)[0]), completion_told(told(text)[0])
    assert (vfa.value if vfa else None) is performed
    assert (ended.value if ended else None) is completion
