"""What findings say of a report in words: whole sentences, the right question, void reports."""

from dataclasses import replace

import pytest

from service.core.codes import ProseUse
from service.core.decide import decide
from service.core.rulebook import Stands
from service.core.study import Gap
from service.intake.reading import read_study
from tests.intake.sent import Sent, gap, practice, rulebook, value
from tests.intake.test_reading_prose import notes, plain, read_with, sent_as


def findings(sent: Sent) -> list[str]:
    decided = decide(sent.study(), practice(), rulebook())
    return [each.code.value for each in decided.findings]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("VFA T4-L4. No BMD. T8 wedge fracture, unchanged since 2021.", "since 2021"),
        ("VFA T4-L4. No BMD. Wedge fracture of T8 as on the study of March 2019.", "March 2019"),
        ("VFA T4-L4. No BMD. No vertebral fracture, with T5 hidden by the scapula.", "hidden by the scapula"),
    ],
)
def test_a_finding_quotes_the_whole_sentence(text, words):
    study = read_with(sent_as(plain(text)), ProseUse.TRUST)
    (said,) = [dict(each.values) for each in study.notes if each.code.value == "PROSE-TRUSTED"]
    assert words in said["sentences"]


def test_a_negative_that_names_its_range_leaves_no_levels_open():
    assert "REPORT-ITEM-MISSING" not in findings(sent_as(plain("No vertebral fracture from T4 to L4.")))
    assert "REPORT-ITEM-MISSING" in findings(sent_as(plain("VFA: no vertebral fracture.")))


def test_a_negative_that_names_one_vertebra_rests_on_the_range_it_names():
    text = (
        "Original impression: Grade 1 fracture of L3.\n\nADDENDUM: The L3 finding is a Schmorl's node. "
        "It is not a fracture. Amended impression: No vertebral fracture from T4 to L4. No BMD."
    )
    assert "REPORT-LEVELS-FEW" not in findings(sent_as(plain(text)))


def test_a_range_in_words_is_without_the_levels_that_could_not_be_read():
    text = "VFA T4-L4. No BMD. T4 and T5 not evaluable. No fracture."
    seen = value(sent_as(plain(text)).study().reading).seen
    assert (seen[0].value, seen[-1].value) == ("T6", "L4")


def test_words_from_which_nothing_is_concluded_ask_the_reader_for_a_conclusion():
    study = sent_as(conclusion="The lateral image T4 to L4 was obtained. See PACS.").study()
    assert isinstance(study.reading, Gap)
    assert gap(study.reading) == "PROSE-CANNOT-TELL"
    assert rulebook().findings[study.reading.code].then.who == "reader"


@pytest.mark.parametrize("text", ["WRONG PATIENT", "Disregard this report.", "Sample report."])
def test_a_void_report_holds_whatever_the_codes_say(text):
    sent = Sent()
    report = sent.the("DiagnosticReport")
    report["conclusion"] = f"{report['conclusion']}\n{text}"
    said = notes(sent)["PROSE-CODES-DISAGREE"]
    assert text in said["prose"]
    assert "PROSE-NOT-COMPARED" not in notes(sent)


@pytest.mark.parametrize(
    "text",
    [
        "Daily phantom quality control was satisfactory.",
        "T4 to T6 are nondiagnostic because of overlap.",
        "See addendum.\nADDENDUM: Bone density is reported separately.",
    ],
)
def test_words_that_look_like_a_void_report_hold_nothing(text):
    said = read_with(sent_as(plain(f"VFA T4-L4. No BMD. No vertebral fracture. {text}")), ProseUse.TRUST)
    assert "PROSE-TRUSTED" in [each.code.value for each in said.notes]


def test_whether_codes_or_words_stand_is_a_row():
    sent = Sent()
    sent.the("DiagnosticReport")["conclusion"] = "No vertebral fracture T4 to L4. No density was measured."
    study = sent.study()
    assert study.prose is not None
    (mark, *_) = [one for one in study.prose.marks if one.says.startswith("against the codes")]
    assert mark.rows == ("READ-PRECEDENCE-CODES",)
    asked = [each.code.value for each in study.notes]
    rows = rulebook().report_precedences.rows
    turned = [
        replace(row, then=replace(row.then, stands=Stands.CODES)) if row.id == mark.rows[0] else row
        for row in rows
    ]
    book = replace(rulebook(), report_precedences=replace(rulebook().report_precedences, rows=tuple(turned)))
    (gathered,) = sent.gathered()
    otherwise = read_study(gathered, practice(), book, ProseUse.REVIEW)
    assert "PROSE-CODES-DISAGREE" in asked
    assert "PROSE-CODES-DISAGREE" not in [each.code.value for each in otherwise.notes]
