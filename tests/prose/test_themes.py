"""Forms that are no fracture, levels not readable, advice, comparisons and grades, as readers word them."""

import pytest

from tests.prose.test_reports import read
from tests.prose.test_sentences import named

HEAD = "EXAM: VFA.\nTECHNIQUE: Lateral images T4-L4 were obtained. No BMD.\nFINDINGS:\n"


def facts(text: str) -> set[str]:
    said = read(HEAD + text + "\n")
    told = {f"no {level} {each.kind}" for each in said.deformities for level in each.levels}
    told |= {f"unread {level}" for level in said.levels_not_evaluable}
    told |= {f"advice {each.value}" for each in said.recommendations}
    told |= {f"compared {said.comparison_date}"} if said.comparison_date else set()
    called = [each for each in said.fractures if each.is_fracture == "definite"]
    told |= {" ".join(filter(None, ("call", each.level, str(each.grade or "")))) for each in called}
    told |= {f"call {each.level} {each.change}" for each in called if each.change != "not_stated"}
    return told | {f"call {each.level}" for each in called}


@pytest.mark.parametrize(("text", "wanted"), named("themes"))
def test_a_sentence_gives_its_facts_and_no_others(text, wanted):
    told = facts(text.replace("\\n", "\n"))
    bare = {each for each in told if each.startswith("call") and len(each.split()) == 2}
    assert set(wanted) <= told
    levels = {each.split()[1] for each in wanted if each.startswith("call")}
    assert {each.split()[1] for each in bare} == levels
    for kind in ("no ", "unread "):
        assert {each for each in told if each.startswith(kind)} == {
            each for each in wanted if each.startswith(kind)
        }
