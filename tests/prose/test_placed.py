"""Sentences that give no fact: those of a harmless kind pass, any other is shown to a coder."""

import pytest

from tests.prose.test_reports import read
from tests.prose.test_sentences import named
from tests.reports.evaluate import release

PLACES = {
    "body": "VFA T4-L4, no BMD.\n{}\nGrade 2 wedge fracture of T8. Other levels are normal.\n",
    "behind": "EXAM: VFA.\nTECHNIQUE: Lateral VFA T4-L4, no BMD.\nFINDINGS: No vertebral fracture. {}\n",
    "impression": "TECHNIQUE: VFA T4-L4, no BMD.\nFINDINGS: No fracture.\n"
    "IMPRESSION:\n1. No fracture.\n2. {}\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("sentence", "how"), named("placed"))
def test_a_sentence_that_gives_no_fact_is_of_a_harmless_kind_or_shown(sentence, how, place):
    assert release(read(PLACES[place].format(sentence))) is (how == "quiet")
