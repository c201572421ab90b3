"""Sentences as readers write them: read exactly and released, or shown to a person; density; osteoporosis."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.prose.test_reports import read
from tests.reports.evaluate import release

HEAD = """EXAM: Vertebral fracture assessment by DXA.
INDICATION: Postmenopausal. Back pain.
TECHNIQUE: Lateral VFA images from T4 to L4 were obtained. Bone density was not measured.
"""
PLACES = {"findings": HEAD + "FINDINGS: {}\n", "impression": HEAD + "\nIMPRESSION:\n1. {}\n"}
DENSITY_PLACES = {
    "technique": "EXAM: VFA.\nTECHNIQUE: Lateral VFA images from T4 to L4 were obtained. {}\n"
    "FINDINGS: No fracture.\n",
    "line": "VFA T4-L4.\n{}\nNo vertebral fracture.\n",
}
NO_DENSITY = "TECHNIQUE: VFA T4-L4. No BMD.\n"


def cases(name: str) -> list[list[Any]]:
    text = (Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8")
    loaded: list[list[Any]] = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


def named(name: str) -> list[Any]:
    return [pytest.param(*case, id=str(case[0])) for case in cases(name)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("sentence", "how", "calls"), named("sentences"))
def test_a_sentence_is_read_as_it_is_meant_or_shown_to_a_person(sentence, how, calls, place):
    said = read(PLACES[place].format(sentence))
    assert release(said) is (how == "released")
    if how == "released":
        status = {each.level: each.status for each in said.fractures if each.is_fracture == "definite"}
        doubted = {each.level: "uncertain" for each in said.fractures if each.is_fracture == "uncertain"}
        assert sorted(f"{level} {what}" for level, what in (status | doubted).items()) == sorted(calls)


@pytest.mark.parametrize("place", DENSITY_PLACES)
@pytest.mark.parametrize(("sentence", "density"), named("densities"))
def test_density_is_of_this_session_or_not(sentence, density, place):
    said = read(DENSITY_PLACES[place].format(sentence))
    assert (said.density_measured.value, said.vfa_performed.value) == (density, "yes")


@pytest.mark.parametrize(("line", "stated"), named("osteoporosis"))
def test_osteoporosis_and_its_cause_are_what_the_words_say(line, stated):
    lines = (line, NO_DENSITY) if line.startswith("IND") else (NO_DENSITY, line)
    said = read("\n".join(lines) + ("\nFINDINGS: No fracture.\n" if line.startswith("IND") else ""))
    assert f"{said.osteoporosis.value} {said.osteoporosis_cause.value}".strip() == stated
