"""What must survive: spelling, case and line ends of a report; and what sentences put together never do."""

import random
import re
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.prose.read import read_report
from service.prose.reading import ProseReading
from tests.reports.evaluate import READ_ON, claimed, exact_key, exact_key_read, release, reports, vocabulary

DENIALS = (
    "No fracture of T8.",
    "No vertebral fracture.",
    "T12 is not fractured.",
    "There is no evidence of fracture at L1 or L2.",
    "The T7 deformity is due to Scheuermann disease and is not a fracture.",
    "No wedge, biconcave or crush deformity.",
    "A fracture of T9 has been excluded.",
    "Negative for fracture, T4-L4.",
    "Neither T11 nor T12 is fractured.",
    "No acute fracture.",
)
NEUTRAL = (
    "Lateral VFA from T4 to L4.",
    "Bone density was not measured.",
    "T4 and T5 are obscured.",
    "Remaining levels are normal.",
    "Mild degenerative change at T9.",
    "Her mother had a vertebral fracture.",
    "FRAX: major osteoporotic fracture 11%, hip fracture 2%.",
    "Grading key (Genant): grade 1 mild, 20-25% height loss; grade 2 moderate; grade 3 severe.",
    "Recommend radiographs if a fracture is suspected clinically.",
    "Possible fracture of T6.",
    "Osteoporosis.",
    "Both are unchanged.",
    "This is new since 2024.",
    "It is acute.",
    "Age cannot be determined.",
    "Grade 2 at T8.",
)


@cache
def words():
    return vocabulary()


def read(text: str) -> ProseReading:
    return read_report(text, words(), read_on=READ_ON)


def codes_of(said: ProseReading) -> set[str]:
    return claimed((each.level, each.is_fracture, each.status) for each in said.fractures)


def rewrapped(text: str) -> str:
    wide = re.compile(r"\S {3,}")
    return "\n\n".join(
        "\n".join(line if wide.search(line) else textwrap.fill(line, 68) for line in paragraph.split("\n"))
        for paragraph in text.replace("\r\n", "\n").split("\n\n")
    )


def abbreviated(text: str) -> str:
    for word, short in (
        ("fractures", "fxs"),
        ("fracture(?! assess)", "fx"),
        ("without", "w/o"),
        ("compression", "comp"),
        ("moderate", "mod"),
        ("bone mineral density", "BMD"),
        ("vertebral(?! fracture assess)", "vert"),
    ):
        text = re.sub(rf"\b{word}\b", short, text)
    return text


def misspelled(text: str) -> str:
    chance = random.Random(7)

    def swapped(match: re.Match[str]) -> str:
        word = match[0]
        at = chance.randrange(2, len(word) - 2)
        return word if chance.random() < 0.5 else word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    long = r"\b(?:fractures?|compression|vertebral|moderate|impression|osteoporosis|osteoporotic|technique)\b"
    return re.sub(long, swapped, text)


def reordered(text: str, chance: random.Random, keep: float = 1.0) -> str:
    """The sentences of every line in another order; with `keep` below one, some are left out."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        heading = re.match(r"(?:[A-Z][A-Za-z /]+:\s*)?", line)
        lead = heading[0] if heading else ""
        sentences = re.split(r"(?<=[.])\s+(?=[A-Z])", line[len(lead) :])
        chance.shuffle(sentences)
        lines.append(lead + " ".join(each for each in sentences if chance.random() < keep))
    return "\n".join(lines)


CALLS = ("ractur", "frac", "frx", "fx", "vcf", "ovf")
"""How a fracture may be written; a text without one of these bills none."""
SPOILT: dict[str, tuple[Callable[[str], str], int]] = {
    "upper case": (str.upper, 67),
    "lower case": (str.lower, 67),
    "wrapped lines": (rewrapped, 67),
    "one line": (lambda text: re.sub(r"\s*\n\s*", " ", text), 64),
    "CRLF": (lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"), 68),
    "abbreviations": (abbreviated, 67),
    "misspelling": (misspelled, 67),
    "sentences in another order": (lambda text: reordered(text, random.Random(3)), 66),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_report_is_read_the_same_or_held(how):
    spoil, exact = SPOILT[how]
    same, wrong = 0, []
    for name, text, gold in reports():
        said = read(spoil(text))
        same += exact_key_read(said) == exact_key(gold)
        right = claimed((each["level"], each["is_fracture"], each["status"]) for each in gold["fractures"])
        if release(said) and codes_of(said) != right:
            wrong.append(name)
    assert wrong == []
    assert same >= exact


@given(st.lists(st.sampled_from(DENIALS + NEUTRAL), max_size=12), st.booleans())
@settings(max_examples=300, deadline=None)
def test_sentences_that_call_no_fracture_never_bill_one_in_whatever_order(sentences, lines):
    said = read(("\n" if lines else " ").join(sentences))
    assert codes_of(said) == set()


@given(
    st.lists(st.sampled_from(DENIALS), min_size=1, max_size=3),
    st.lists(st.sampled_from(NEUTRAL), max_size=6),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_a_fracture_beside_denials_bills_no_other_level(denials, neutral, chance):
    sentences = [*denials, *neutral, "Acute wedge fracture of L3."]
    chance.shuffle(sentences)
    assert codes_of(read(" ".join(sentences))) <= {"L3"}


@cache
def denied() -> list[tuple[str, str, dict[str, Any]]]:
    """Reports that call nothing current, without a contradiction that a deletion would settle."""
    return [
        report
        for report in reports()
        if report[2]["overall"]["billing_reading"] == "no_fracture" and not report[2]["contradictions"]
    ]


@given(st.sampled_from(range(200)), st.randoms(use_true_random=False), st.floats(0.3, 1.0))
@settings(max_examples=300, deadline=None)
def test_leaving_out_and_reordering_sentences_never_bills_what_was_denied(which, chance, keep):
    _, text, _ = denied()[which % len(denied())]
    assert codes_of(read(reordered(text, chance, keep))) == set()


@given(st.sampled_from(range(200)), st.sampled_from(range(200)))
@settings(max_examples=150, deadline=None)
def test_two_reports_that_deny_together_bill_nothing(one, other):
    texts = [denied()[which % len(denied())][1] for which in (one, other)]
    assert codes_of(read("\n\n".join(texts))) == set()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_failing(text):
    said = read(text)
    assert codes_of(said) == set() or any(word in text.lower() for word in CALLS)


@given(
    st.lists(
        st.sampled_from(
            DENIALS + NEUTRAL + ("Fracture of T8, grade 2.", "T8", "of", ".", ":", "(", "13/45/2024")
        ),
        max_size=15,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_heap_of_words_is_read_without_failing(pieces):
    read(" ".join(pieces))
