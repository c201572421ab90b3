"""Whatever is done to the sentences of a report, a fracture that is denied or doubted is not billed."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.core.codes import ProseUse
from service.intake.envelope import envelope_of
from service.pipeline import derive
from tests.intake.forms_made import attachment
from tests.intake.sent import Sent, practice, rulebook

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
NOT_A_FRACTURE = (
    "No vertebral fracture from T4 to L4.",
    "No acute fracture is seen.",
    "T8 is normal in height without fracture.",
    "There is no evidence of compression deformity at T11 or T12.",
    "Wedging of T7 is physiologic and not a fracture.",
    "Scheuermann changes at T9.",
    "Mother had a hip fracture.",
    "A fracture of T10 cannot be excluded.",
    "Possible mild deformity of L1.",
    "The lateral image T4 to L4 was obtained.",
    "No density was measured.",
    "INDICATION: Back pain, rule out fracture.",
    "IMPRESSION: No osteoporotic fracture.",
    "Schmorl node at L2.",
)
FRACTURE_CODES = ("M80", "S22", "S32", "M84", "M48.5")


def claims_of(text: str, use: ProseUse) -> list[dict[str, Any]]:
    sent = Sent("prose")
    report = sent.the("DiagnosticReport")
    report["presentedForm"] = [attachment("text/plain", text.encode())]
    del report["conclusion"]
    found = derive(
        envelope_of(sent.bundle),
        rulebook=rulebook(),
        practice=practice(),
        engine="test",
        now=NOW,
        prose=use,
    )
    return [each["resource"] for each in found["entry"] if each["resource"]["resourceType"] == "Claim"]


def diagnoses(claim: dict[str, Any]) -> list[str]:
    return [each["diagnosisCodeableConcept"]["coding"][0]["code"] for each in claim["diagnosis"]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(NOT_A_FRACTURE), max_size=8),
    st.sampled_from([" ", "\n", "\n\n"]),
    st.sampled_from([ProseUse.REVIEW, ProseUse.TRUST]),
)
def test_sentences_put_together_left_out_and_shuffled_never_bill_a_fracture(sentences, between, use):
    for claim in claims_of(between.join(sentences), use):
        assert not [code for code in diagnoses(claim) if code.startswith(FRACTURE_CODES)]


def test_a_fracture_that_is_called_is_billed():
    text = (
        "The lateral image T4 to L4 was obtained. Acute osteoporotic fracture of T8. No density was measured."
    )
    (claim,) = claims_of(text, ProseUse.TRUST)
    assert diagnoses(claim)[0].startswith("M80")
