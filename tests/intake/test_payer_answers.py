"""What a payer's order check wrote on the order: which study, which authorization, and what is to be said."""

from typing import Any

import pytest

from service.core.study import Study
from service.intake.order_checks import BILLING_OPTIONS, COVERAGE_INFORMATION
from tests.intake.sent import CPT, LOINC, SNOMED, Resource, Sent, coded, gap, notes, value


def answer(coverage: Resource, *codes: str, **parts: str) -> Resource:
    """An ext-coverage-information about one coverage; `parts` by their names, `_` for `-`."""
    values: list[Resource] = [{"url": "coverage", "valueReference": coverage}]
    for name, said in parts.items():
        url = name.replace("_", "-")
        values.append({"url": url, ("valueString" if url.endswith("-id") else "valueCode"): said})
    values += [{"url": "billingCode", "valueCoding": {"system": CPT, "code": code}} for code in codes]
    return {"url": COVERAGE_INFORMATION, "extension": values}


def answered(*codes: str, **parts: str) -> Study:
    sent = Sent()
    sent.the("ServiceRequest")["extension"] = [answer(sent.ref("Coverage"), *codes, **parts)]
    return sent.study()


def test_the_number_of_a_satisfied_authorization_goes_with_the_coverage():
    study = answered(covered="covered", pa_needed="satisfied", satisfied_pa_id="PA-7781")
    assert value(study.coverage).authorizations == ("PA-7781",)
    assert study.coverage.where[-1] == "Bundle.entry[0].resource.extension[0].extension[3].valueString"
    assert notes(study) == []


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"covered": "covered", "pa_needed": "no-auth"}, []),
        ({"covered": "not-covered"}, ["PAYER-SAYS-NOT-COVERED"]),
        ({"covered": "covered", "pa_needed": "auth-needed"}, ["AUTHORIZATION-MISSING"]),
        ({"covered": "covered", "pa_needed": "performpa"}, ["AUTHORIZATION-MISSING"]),
        ({"covered": "covered", "pa_needed": "satisfied"}, ["AUTHORIZATION-MISSING"]),
        ({"covered": "conditional"}, ["PAYER-ANSWER-UNCLEAR"]),
        ({"covered": "covered", "pa_needed": "conditional"}, ["PAYER-ANSWER-UNCLEAR"]),
    ],
)
def test_what_the_payer_answered_is_said(parts: dict[str, str], said: list[str]):
    study = answered(**parts)
    assert notes(study) == said
    assert value(study.coverage).authorizations == ()


def test_an_answer_about_another_service_says_nothing_of_this_one():
    assert notes(answered("72148", covered="not-covered")) == []
    assert notes(answered("72148", "77086", covered="not-covered")) == ["PAYER-SAYS-NOT-COVERED"]


def test_an_answer_about_another_coverage_says_nothing_of_the_first():
    sent = Sent()
    second = sent.add(sent.copy_of("Coverage", order=2), "second")
    sent.the("ServiceRequest")["extension"] = [answer(second, covered="not-covered")]
    assert notes(sent.study()) == []


def test_an_answer_about_a_coverage_that_was_not_sent_cannot_be_used():
    sent = Sent()
    nowhere = answer({"reference": "Coverage/nowhere"}, covered="covered", satisfied_pa_id="PA-1")
    sent.the("ServiceRequest")["extension"] = [nowhere]
    study = sent.study()
    assert value(study.coverage).authorizations == ()
    assert notes(study) == ["PAYER-ANSWER-UNCLEAR"]


def generic_order(**extensions: Any) -> Sent:
    sent = Sent()
    order = sent.the("ServiceRequest")
    order["code"] = {**coded(SNOMED, "241686001"), **extensions}
    return sent


def options(*codes: str) -> list[Resource]:
    offered = [{"url": "code", "valueCoding": {"system": CPT, "code": code}} for code in codes]
    return [{"url": BILLING_OPTIONS, "extension": offered}]


def ordered(sent: Sent) -> set[str]:
    return {str(exam) for exam in value(value(sent.study().order).ordered)}


def test_billing_options_of_several_studies_are_a_choice_that_nobody_made():
    assert ordered(generic_order(extension=options("77086"))) == {"vfa"}
    assert ordered(generic_order(extension=options("77086", "77080"))) == {"generic-dxa"}
    sent = generic_order()
    sent.the("ServiceRequest")["code"] = {**coded(LOINC, "1-8"), "extension": options("77085", "77086")}
    assert gap(value(sent.study().order).ordered) == "ORDERED-EXAM-UNCLEAR"


def test_a_code_that_says_which_study_is_not_widened_by_billing_options():
    sent = generic_order()
    sent.the("ServiceRequest")["code"] = {**coded(CPT, "77086"), "extension": options("77085")}
    assert ordered(sent) == {"vfa"}


def test_the_billing_code_a_payer_answered_for_says_which_study_it_is():
    sent = generic_order()
    sent.the("ServiceRequest")["extension"] = [answer(sent.ref("Coverage"), "77086", covered="covered")]
    assert ordered(sent) == {"vfa"}
