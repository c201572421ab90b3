"""Sentences as readers write them (sentences.yaml): read exactly and released, or shown to a person."""

from pathlib import Path

import pytest
import yaml

from tests.prose.test_reports import read
from tests.reports.evaluate import release

HEAD = """EXAM: Vertebral fracture assessment by DXA.
INDICATION: Postmenopausal. Back pain.
TECHNIQUE: Lateral VFA images from T4 to L4 were obtained. Bone density was not measured.
"""
PLACES = {"findings": HEAD + "FINDINGS: {}\n", "impression": HEAD + "\nIMPRESSION:\n1. {}\n"}


def sentences() -> list[list[object]]:
    text = (Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8")
    loaded: list[list[object]] = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("sentence", "how", "calls"), sentences(), ids=[str(each[0]) for each in sentences()]
)
def test_a_sentence_is_read_as_it_is_meant_or_shown_to_a_person(sentence, how, calls, place):
    said = read(PLACES[place].format(sentence))
    assert release(said) is (how == "released")
    if how == "released":
        status = {each.level: each.status for each in said.fractures if each.is_fracture == "definite"}
        doubted = {each.level: "uncertain" for each in said.fractures if each.is_fracture == "uncertain"}
        assert sorted(f"{level} {what}" for level, what in (status | doubted).items()) == sorted(calls)
