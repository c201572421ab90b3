"""A reading in words: the forms it may come in, what is taken from it, and what it may not say."""

from typing import Any

import pytest

from service.core.claim import build
from service.core.codes import Completion, ProseUse
from service.core.decide import decide
from service.core.evidence import EvidenceKind
from service.core.situations import Circumstance
from service.intake.reading import read_study
from tests.intake.forms_made import attachment, digest, html, pdf, rtf
from tests.intake.sent import CPT, LOINC, VFA, Sent, coded, gap, practice, rulebook, value

TEXT = (
    "FINDINGS: Lateral DXA of the spine, T4 to L4 seen. Moderate wedge fracture of T11.\n"
    "IMPRESSION: Acute osteoporotic compression fracture of T11. No density was measured."
)
CIRCUMSTANCE = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa-circumstance"
OTHER = "An acute fracture of L2."


def sent_as(*forms: dict[str, Any], conclusion: str = "") -> Sent:
    sent = Sent("prose")
    report = sent.the("DiagnosticReport")
    report["presentedForm"] = list(forms)
    report["conclusion"] = conclusion or "See the form."
    return sent


def plain(text: str) -> dict[str, Any]:
    return attachment("text/plain", text.encode())


def levels(sent: Sent) -> list[str]:
    return [str(one.level) for one in value(sent.study().reading).findings]


def notes(sent: Sent) -> dict[str, dict[str, str]]:
    return {each.code.value: dict(each.values) for each in sent.study().notes}


def read_with(sent: Sent, use: ProseUse) -> Any:
    (gathered,) = sent.gathered()
    return read_study(gathered, practice(), rulebook(), use)


@pytest.mark.parametrize(
    "form",
    [
        plain(TEXT),
        attachment("text/plain; charset=utf-16", TEXT.encode("utf-16")),
        attachment("text/html", html(TEXT)),
        attachment("text/html", html(TEXT, head=f"<script>{OTHER}</script><style>p {{color: red}}</style>")),
        attachment("application/xhtml+xml", html(TEXT, inside=f"<!-- {OTHER} --><script src='x'/>")),
        attachment("application/rtf", rtf(TEXT)),
        attachment("application/pdf", pdf(TEXT)),
        attachment("application/pdf", pdf(*TEXT.split("\n"))),
        attachment("text/plain", TEXT.encode(), size=len(TEXT), hash=digest(TEXT.encode())),
    ],
)
def test_a_form_with_words_gives_the_reading(form):
    sent = sent_as(form)
    assert levels(sent) == ["T11"]
    assert "PROSE-FORM-UNREADABLE" not in notes(sent)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (attachment("application/pdf", pdf("")), "without a text layer"),
        (attachment("application/pdf", pdf(TEXT, "")), "without a text layer"),
        (attachment("application/pdf", pdf(TEXT, mode=3)), "recognised from a scan"),
        (attachment("application/pdf", pdf(TEXT, annotation="Addendum")), "annotations"),
        (attachment("application/pdf", pdf(*[TEXT] * 21)), "more than 20 pages"),
        (attachment("application/pdf", pdf("\n".join(["x"] * 60_000))), "draws too much"),
        (attachment("application/pdf", b"%PDF-1.7 sample"), "broken"),
        (attachment("application/pdf", pdf(TEXT)[:200]), "broken"),
        (attachment("application/rtf", rtf(TEXT, inside="{\\strike " + OTHER + "}")), "struck out"),
        (attachment("application/rtf", TEXT.encode()), "not RTF"),
        (attachment("text/html", html(TEXT, inside=f"<del>{OTHER}</del>")), "struck out"),
        (attachment("text/html", html(TEXT, inside=f"<p hidden>{OTHER}</p>")), "hidden"),
        (attachment("text/html", html(TEXT, head="<style>p {display: none}</style>")), "hidden"),
        (attachment("text/html", html(TEXT, inside="<iframe src='http://x'></iframe>")), "elsewhere"),
        (attachment("image/tiff", b"II*"), "type"),
        (attachment("text/plain; charset=utf-7", TEXT.encode()), "charset"),
        (attachment("text/plain", "Fraktur T8 möglich".encode("latin-1")), "charset"),
        (attachment("text/plain", TEXT.encode(), hash=digest(b"other")), "hash"),
        (attachment("text/plain", TEXT.encode(), size=7), "size"),
        (attachment("text/plain", b"x" * (4 * 2**20 + 9)), "larger"),
        (attachment("text/plain", b"x" * 100_001), "longer"),
        ({"contentType": "text/plain", "url": "https://elsewhere.example.com/report.txt"}, "not sent"),
    ],
)
def test_a_form_that_cannot_be_read_whole_is_not_read_and_says_why(form, why):
    sent = sent_as(form)
    assert gap(sent.study().reading) == "READING-NOT-CODED"
    assert why in notes(sent)["PROSE-FORM-UNREADABLE"]["why"]


def test_a_form_may_be_a_binary_of_the_bundle():
    sent = sent_as()
    named = sent.add({"resourceType": "Binary", **attachment("text/plain", TEXT.encode())})
    sent.the("DiagnosticReport")["presentedForm"] = [{"contentType": "text/plain", "url": named["reference"]}]
    assert levels(sent) == ["T11"]


def test_the_same_words_in_two_forms_are_read_once_and_other_words_count():
    twice = sent_as(plain(TEXT), attachment("application/pdf", pdf(TEXT))).study().prose
    assert twice is not None
    assert len(twice.parts) == 2  # the first form and the conclusion, which it does not hold
    against = sent_as(plain(TEXT), conclusion="No vertebral fracture.")
    assert gap(against.study().reading) == "READING-CONTRADICTS-ITSELF"


def test_a_result_in_words_is_read_under_the_section_its_code_names():
    def with_result(code: str, text: str) -> Sent:
        sent = sent_as(conclusion="Acute osteoporotic fracture of T11.")
        result = {"resourceType": "Observation", "status": "final", "code": coded(LOINC, code)}
        sent.the("DiagnosticReport")["result"] = [sent.add({**result, "valueString": text})]
        return sent

    assert levels(with_result("18782-3", "T4 to L4 seen. Acute fracture of T11 and L2.")) == ["T11", "L2"]
    assert levels(with_result("18834-2", "2024-05-01: fracture of L2.")) == ["T11"]
    assert "PROSE-FORM-UNREADABLE" in notes(with_result("8302-2", "Fracture of L2."))


def test_every_fact_from_words_has_its_form_span_and_rows():
    study = sent_as(plain(TEXT)).study()
    assert study.prose is not None
    evidence = [one for each in value(study.reading).findings for one in each.evidence]
    for one in evidence:
        assert one.span is not None
        start, end = one.span
        assert " ".join(study.prose.text[start:end].split()) in one.shows
        assert one.where == "Bundle.entry[0].resource.presentedForm[0]"
        assert one.rows
    assert {(mark.start, mark.end) for mark in study.prose.marks} >= {one.span for one in evidence}


def test_by_default_a_coder_confirms_the_sentences():
    said = notes(sent_as(plain(TEXT)))
    assert "Acute osteoporotic compression fracture of T11" in said["PROSE-REVIEW"]["sentences"]
    assert "reading" in said["PROSE-REVIEW"]["what"]


def test_trusted_words_are_noted_and_a_sign_for_a_coder_still_counts():
    trusted = read_with(sent_as(plain(TEXT)), ProseUse.TRUST)
    assert [each.code.value for each in trusted.notes] == ["PROSE-TRUSTED"]
    old = read_with(sent_as(plain(TEXT.replace("Acute", "Chronic"))), ProseUse.TRUST)
    assert {each.code.value for each in old.notes} == {"PROSE-TRUSTED", "CODER-REVIEW"}
    half = read_with(sent_as(plain(TEXT), attachment("image/tiff", b"II*")), ProseUse.TRUST)
    assert "PROSE-REVIEW" in {each.code.value for each in half.notes}


def test_words_that_are_switched_off_say_nothing():
    study = read_with(sent_as(plain(TEXT)), ProseUse.OFF)
    assert (gap(study.reading), study.prose, study.notes) == ("READING-NOT-CODED", None, ())


def test_a_sentence_that_was_not_understood_holds_with_its_words():
    odd = "The T9 vertebra is fractured qua zonk blimp."
    study = sent_as(plain(TEXT.replace("IMPRESSION", f"{odd}\nIMPRESSION"))).study()
    assert gap(study.reading) == "PROSE-NOT-UNDERSTOOD"
    assert study.prose is not None
    (mark,) = [mark for mark in study.prose.marks if not mark.understood]
    assert "zonk" in study.prose.text[mark.start : mark.end]


def test_a_sentence_that_nobody_can_place_calls_a_coder_whatever_is_trusted():
    odd = "Something does not add up here."
    study = read_with(sent_as(plain(TEXT.replace("IMPRESSION", f"{odd}\nIMPRESSION"))), ProseUse.TRUST)
    (why,) = [dict(each.values)["why"] for each in study.notes if each.code.value == "CODER-REVIEW"]
    assert why.startswith(f'"{odd}"')


@pytest.mark.parametrize(
    "text",
    [
        "PRELIMINARY REPORT\n" + TEXT,
        "FINDINGS: The lateral image T4 to L4 was obtained.",
        "VFA: T4 to L4 imaged.",
    ],
)
def test_a_text_that_concludes_nothing_holds(text):
    assert gap(sent_as(plain(text)).study().reading) in ("PROSE-CANNOT-TELL", "READING-NOT-CODED")


@pytest.mark.parametrize(
    ("conclusion", "what"),
    [
        ("No vertebral fracture T4 to L4. No density was measured.", "T8"),
        ("Acute osteoporotic wedge fractures of T8 and T12. No density was measured.", "T12"),
        ("Possible fracture of T8. No density was measured.", "T8"),
        ("Traumatic wedge fracture of T8. No density was measured.", "T8"),
        ("Osteoporotic wedge fracture of T8. Lumbar spine T-score -2.9.", "bone density"),
        ("VFA was not performed. No density was measured.", "vertebral fracture assessment"),
    ],
)
def test_codes_and_words_that_disagree_are_both_shown(conclusion, what):
    sent = Sent()
    sent.the("DiagnosticReport")["conclusion"] = conclusion
    sent.the("DiagnosticReport")["result"] = sent.the("DiagnosticReport")["result"][:13]
    shown = [dict(each.values) for each in sent.study().notes if each.code == "PROSE-CODES-DISAGREE"]
    assert what in [each["what"] for each in shown]
    assert all(each["codes"] and each["prose"] for each in shown)


def test_words_that_agree_with_the_codes_say_nothing_more():
    study = Sent().study()
    assert (study.notes, study.prose) == ((), None)


def test_diagnoses_by_code_stand_beside_a_reading_in_words():
    sent = sent_as(plain(TEXT))
    sent.the("DiagnosticReport")["conclusionCode"] = [
        coded("http://hl7.org/fhir/sid/icd-10-cm", "M47.814"),
        coded(VFA, "density-not-measured"),
    ]
    assert [one.code for one in value(sent.study().reading).diagnoses] == ["M47.814"]


REDUCED = TEXT.replace(
    "T4 to L4 seen.",
    "limited to T10 through L4. Reduced exam: levels above T10 were not imaged because of kyphosis.",
)
STOPPED = TEXT.replace(
    "T4 to L4 seen.",
    "T9 to L4 was obtained before the exam was terminated at the patient's request because of severe pain.",
)


def test_a_scan_that_took_in_less_than_intended_is_reduced_in_the_words_that_say_why():
    study = sent_as(plain(REDUCED)).study()
    (stated,) = study.circumstances
    assert stated.what is Circumstance.REDUCED
    assert "because of kyphosis" in stated.says
    assert all(one.kind is EvidenceKind.PROSE for one in stated.evidence)
    assert "less imaged than intended" in notes(sent_as(plain(REDUCED)))["PROSE-REVIEW"]["what"]


def test_a_reduced_scan_by_code_is_stated_once():
    sent = sent_as(plain(REDUCED))
    sent.the("DiagnosticReport")["category"] = [{**coded(CIRCUMSTANCE, "reduced"), "text": "kyphosis"}]
    assert [one.says for one in sent.study().circumstances] == ["kyphosis"]


def test_a_scan_broken_off_by_the_words_alone_is_stopped():
    sent = sent_as(plain(STOPPED))
    performed = sent.study().performed
    assert value(performed.completion) is Completion.STOPPED
    assert "severe pain" in performed.stop_reason
    assert "PROSE-CODES-DISAGREE" not in notes(sent)


def test_a_scan_broken_off_by_the_words_and_completed_by_the_procedure_is_asked_about():
    sent = sent_as(plain(STOPPED))
    done = {"resourceType": "Procedure", "status": "completed", "code": coded(CPT, "77086")}
    order = sent.the("ServiceRequest")
    sent.add({**done, "subject": order["subject"], "basedOn": [sent.ref("ServiceRequest")]})
    said = notes(sent)["PROSE-CODES-DISAGREE"]
    assert (said["what"], said["codes"]) == ("how the scan ended", "completed")


@pytest.mark.parametrize(("text", "modifier"), [(REDUCED, "52"), (STOPPED, "53"), (TEXT, "")])
def test_words_bring_the_modifier_that_the_codes_would(text, modifier):
    study = sent_as(plain(text)).study()
    (claim,) = build(study, decide(study, practice(), rulebook()))
    (line,) = claim.lines
    assert [one.value.value for one in line.modifiers] == ([modifier] if modifier else [])
