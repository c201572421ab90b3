"""Every row that translates a code is understood where a bundle may carry the code."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.intake.sent import CPT, ICD, LOINC, POS, SNOMED, VFA, Sent, coded, rulebook, unplaced, value

HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
SYSTEMS = {"cpt": CPT, "hcpcs": HCPCS, "loinc": LOINC, "snomed": SNOMED, "icd10cm": ICD, "pos": POS}
COMPONENTS = {
    "shape": "deformity-shape",
    "age": "fracture-age",
    "cause": "cause",
    "change": "change-from-prior",
}


def codes_of(rows: str) -> Iterator[Any]:
    for row in getattr(rulebook(), rows).rows:
        for system in row.when["system"]:
            for code in sorted(row.when["code"]):
                yield pytest.param(row, SYSTEMS[system], code, id=f"{row.id} {code}")


@pytest.mark.parametrize(("row", "system", "code"), [*codes_of("orders")])
def test_every_code_of_an_examination_is_understood_on_an_order(row, system, code):
    sent = Sent()
    sent.the("ServiceRequest")["code"] = coded(system, code)
    ordered = value(sent.study().order).ordered
    assert value(ordered) == row.then.exams
    assert row.id in ordered.where


def place(sent: Sent, means: dict[str, str], concept: dict[str, Any]) -> None:
    """Puts a concept where a bundle carries what it means."""
    t8 = sent.vertebra("T8")
    if "site" in means:
        sent.the("Location").update(identifier=[{"value": "ELSEWHERE"}], type=[concept])
    elif "osteoporosis" in means:
        sent.the("Condition")["code"] = concept
    elif "icd10cm" in means:
        sent.the("ServiceRequest")["reasonCode"] = [concept]
    elif "certainty" in means and "level" in means:
        sent.the("DiagnosticReport").update(result=[], conclusionCode=[concept])
    elif "level" in means:
        t8["bodySite"] = concept
        sent.the("DiagnosticReport")["result"] = [{"reference": sent.url(t8)}]
    elif "grade" in means or "certainty" in means:
        t8["valueCodeableConcept"] = concept
        t8["component"] = []
    else:
        (aspect,) = means
        t8["component"] = [{"code": coded(VFA, COMPONENTS[aspect]), "valueCodeableConcept": concept}]


@pytest.mark.parametrize(("row", "system", "code"), [*codes_of("translations")])
def test_every_concept_means_what_its_row_says(row, system, code):
    sent = Sent()
    place(sent, dict(row.then.means), coded(system, code))
    told = repr(unplaced(sent.study()))
    for word in row.then.means.values():
        assert f"'{word}'" in told
