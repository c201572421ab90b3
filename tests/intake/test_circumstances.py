"""Circumstances, notices and arrangements, as a sender or the practice file states them."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from service.core.claim import Claim, build
from service.core.codes import SiteKind
from service.core.decide import decide
from service.core.decision import Decision
from service.core.practice import Practice
from service.core.situations import Circumstance, NoticeKind, SiteDetail
from service.core.study import Known
from service.fhir_r4 import check_bundle
from tests.intake.sent import NPI, POS, SITE_KIND, Sent, coded, gap, notes, practice, rulebook, value

OURS = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa-circumstance"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NUCC = "http://nucc.org/provider-taxonomy"
PAGE = (Path(__file__).parents[2] / "docs" / "for-ehr-teams.md").read_text(encoding="utf-8")
SNIPPETS = [json.loads(text) for text in re.findall(r"^```json circumstance\n(.*?)^```$", PAGE, re.M | re.S)]
(NOTICE,) = [json.loads(text) for text in re.findall(r"^```json notice\n(.*?)^```$", PAGE, re.M | re.S)]
BILLER = {
    "resourceType": "Organization",
    "name": "Lakeside",
    "identifier": [{"system": NPI, "value": "1999999901"}],
}


def answer(sent: Sent, rules: Practice | None = None) -> tuple[Decision, tuple[Claim, ...]]:
    """What is decided for a bundle that R4 allows, by the practice of the examples or another."""
    assert check_bundle(sent.bundle) == ()
    study = sent.study(rules=rules)
    decision = decide(study, rules or practice(), rulebook())
    return decision, build(study, decision)


def codes(decision: Decision) -> set[str]:
    return {one.code.value for one in decision.findings}


def modifiers(claims: tuple[Claim, ...]) -> list[list[str]]:
    return [[one.value.value for one in line.modifiers] for claim in claims for line in claim.lines]


def with_circumstance(code: str, text: str = "") -> Sent:
    sent = Sent()
    sent.the("Procedure")["reasonCode"] = [{**coded(OURS, code), **({"text": text} if text else {})}]
    return sent


def weakly_ordered() -> Sent:
    """The brief's bundle with back pain of no region as the reason: a notice may be right beside it."""
    sent = Sent()
    sent.the("ServiceRequest")["reasonCode"] = [coded("http://hl7.org/fhir/sid/icd-10-cm", "M54.9")]
    sent.the("ServiceRequest").pop("reasonReference", None)
    return sent


def with_notice(**changes: object) -> Sent:
    """The brief's bundle with the page's notice, by the imaging center, about the order."""
    sent = weakly_ordered()
    notice = {
        **NOTICE,
        "patient": sent.ref("Patient"),
        "organization": [sent.add(BILLER, "biller")],
        "provision": {"data": [{"meaning": "related", "reference": sent.ref("ServiceRequest")}]},
        **changes,
    }
    sent.add({name: part for name, part in notice.items() if part is not None}, "notice")
    return sent


@pytest.mark.parametrize("what", Circumstance)
def test_a_circumstance_is_read_with_its_words_and_place(what):
    study = with_circumstance(what, "as told").study()
    (stated,) = study.circumstances
    assert (stated.what, stated.says) == (what, "as told")
    assert [one.where.split(".")[-2] for one in stated.evidence] == ["reasonCode[0]"]


@pytest.mark.parametrize(
    ("kind", "element"),
    [("Procedure", "category"), ("ServiceRequest", "orderDetail"), ("ServiceRequest", "reasonCode")],
)
def test_a_circumstance_is_read_in_every_place_it_may_stand(kind, element):
    sent = Sent()
    resource, concept = sent.the(kind), coded(OURS, "disaster-waiver")
    if element == "category":
        resource[element] = concept
    else:
        resource[element] = [*resource.get(element, []), concept]
    study = sent.study()
    assert [one.what for one in study.circumstances] == [Circumstance.DISASTER]
    assert value(study.order).reason_gaps == ()


def test_a_circumstance_nobody_knows_holds():
    decision, claims = answer(with_circumstance("reducd"))
    assert "CIRCUMSTANCE-NOT-KNOWN" in codes(decision)
    assert claims == ()


def test_the_snippet_of_a_reduced_scan_carries_52_with_its_words():
    sent = Sent()
    sent.the("Procedure").update(SNIPPETS[0])
    _, claims = answer(sent)
    assert modifiers(claims) == [["52"]]
    assert claims[0].lines[0].narrative is not None
    assert claims[0].lines[0].narrative.value == "52: kyphosis, T8 to L4 only"


def test_the_snippet_of_a_scan_broken_off_is_billed_without_a_report():
    sent = Sent().drop("DiagnosticReport", "Observation", "ImagingStudy")
    sent.the("Procedure").update(SNIPPETS[1])
    sent.the("Procedure").pop("report", None)
    decision, claims = answer(sent)
    assert modifiers(claims) == [["TC", "53"]], codes(decision)
    assert claims[0].rendering is None
    assert claims[0].lines[0].narrative is not None
    assert claims[0].lines[0].narrative.value == "53: could not lie still for pain"


def test_a_scan_that_was_not_done_is_not_billed():
    sent = Sent().drop("DiagnosticReport", "Observation", "ImagingStudy")
    sent.the("Procedure").update(status="not-done", statusReason={"text": "unwell"})
    sent.the("Procedure").pop("report", None)
    decision, claims = answer(sent)
    assert (decision.state, claims) == ("none", ())


def test_the_notice_of_the_page_is_read_and_carries_ga():
    sent = with_notice()
    (notice,) = sent.study().notices
    assert (notice.kind, str(notice.given_on)) == (NoticeKind.ABN, "2026-09-15")
    assert modifiers(answer(sent)[1]) == [["GA"]]


def test_a_notice_that_the_order_points_to_is_linked():
    sent = with_notice(provision=None)
    assert notes(sent.study()) == ["NOTICE-NOT-LINKED"]
    sent.the("ServiceRequest")["supportingInfo"] = [{"reference": "urn:uuid:notice"}]
    assert modifiers(answer(sent)[1]) == [["GA"]]


def test_a_document_is_a_notice_too():
    sent = weakly_ordered()
    sent.add(
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": coded(OURS, "advance-beneficiary-notice"),
            "subject": sent.ref("Patient"),
            "custodian": sent.add(BILLER, "biller"),
            "context": {"period": {"start": "2026-09-10"}, "related": [sent.ref("ServiceRequest")]},
            "content": [{"attachment": {"title": "CMS-R-131"}}],
        },
        "document",
    )
    (notice,) = sent.study().notices
    assert str(notice.given_on) == "2026-09-10"
    assert modifiers(answer(sent)[1]) == [["GA"]]


@pytest.mark.parametrize("change", [{"organization": None}, {"dateTime": None}])
def test_a_notice_without_day_or_organization_holds(change):
    assert "NOTICE-INCOMPLETE" in codes(answer(with_notice(**change))[0])


def test_a_notice_about_another_order_is_not_this_study_s():
    sent = with_notice()
    other = sent.copy_of("ServiceRequest", identifier=[{"system": "urn:x", "value": "other"}])
    reference = sent.add(other, "other-order")
    sent.all("Consent")[0]["provision"]["data"][0]["reference"] = reference
    read = [each for each in sent.studies() if isinstance(each.report, Known)]
    assert [each.notices for each in read] == [()]


def test_a_resident_beside_the_teaching_physician_is_gc_and_the_teacher_renders():
    sent = Sent()
    resident = {
        "resourceType": "Practitioner",
        "name": [{"family": "Young"}],
        "identifier": [{"system": NPI, "value": "1999999992"}],
        "qualification": [{"code": coded(NUCC, "390200000X")}],
    }
    sent.the("DiagnosticReport")["resultsInterpreter"].append(sent.add(resident, "resident"))
    _, claims = answer(sent)
    assert modifiers(claims) == [["GC"]]
    assert claims[0].rendering is not None
    assert claims[0].rendering.value.npi == "1999999943"
    sent.the("DiagnosticReport")["resultsInterpreter"] = [{"reference": "urn:uuid:resident"}]
    assert gap(value(sent.study().report).interpreter) == "INTERPRETER-RESIDENT"


def test_a_resident_is_known_by_the_part_in_the_procedure():
    sent = Sent()
    resident = {"resourceType": "Practitioner", "name": [{"family": "Young"}]}
    reference = sent.add(resident, "resident")
    sent.the("DiagnosticReport")["resultsInterpreter"].append(reference)
    assert gap(value(sent.study().report).interpreter) == "INTERPRETER-SEVERAL"
    sent.the("Procedure")["performer"] = [{"function": coded(OURS, "resident"), "actor": reference}]
    assert modifiers(answer(sent)[1]) == [["GC"]]


def changed_reader(**changes: object) -> Practice:
    first, *others = practice().readers
    return replace(practice(), readers=(replace(first, **changes), *others))  # type: ignore[arg-type]


def test_a_substitute_of_the_practice_file_carries_q6_and_the_absent_physician_renders():
    rules = changed_reader(substitutes_for="1999999950", substitution=Circumstance.SUBSTITUTE_PAID_BY_TIME)
    _, claims = answer(Sent(), rules)
    assert modifiers(claims) == [["Q6"]]
    assert claims[0].rendering is not None
    assert claims[0].rendering.value.npi == "1999999950"


def test_a_bought_reading_of_the_practice_file_is_two_lines_where_the_biller_ordered():
    rules = changed_reader(purchase_price=Decimal("15.00"))
    told = codes(answer(Sent(), rules)[0])
    assert told & {"ORDERED-FOR-UNKNOWN", "ARRANGEMENT-NOT-APPLIED"}
    orderer = value(value(Sent().study().order).ordering_provider).npi
    first, *others = rules.organizations
    rules = replace(
        rules, organizations=(replace(first, ordering_practitioners=frozenset({orderer})), *others)
    )
    _, claims = answer(Sent(), rules)
    assert modifiers(claims) == [["TC"], ["26"]]
    bought = claims[0].lines[1].purchase
    assert bought is not None
    assert (bought.value.price, bought.value.performer.npi) == (Decimal("15.00"), "1999999943")


def test_an_admission_within_the_window_of_the_owner_s_hospital_leaves_the_reading_with_pd():
    first, *others = practice().organizations
    hospital = next(one for one in others if one.id == "prairie-hospital")
    owned = replace(first, wholly_owned_by=hospital.id)
    rest = [one for one in others if one is not hospital]
    rules = replace(practice(), organizations=(owned, replace(hospital, payment_window=3), *rest))
    begun = "2026-09-15T06:00:00-05:00"  # hours before the scan: an inpatient by then
    for day, expected in (("2026-09-18", [["26", "PD"]]), ("2026-09-19", [[]]), (begun, [["26"]])):
        sent = Sent()
        sent.the("Procedure")["performedPeriod"] = {"start": "2026-09-15T09:12:00-05:00"}
        provider = {"resourceType": "Organization", "identifier": [{"system": NPI, "value": hospital.npi}]}
        sent.add(
            {
                "resourceType": "Encounter",
                "status": "in-progress" if day == begun else "planned",
                "class": {"system": ACT, "code": "IMP"},
                "subject": sent.ref("Patient"),
                "period": {"start": day},
                "serviceProvider": sent.add({**provider, "name": "Prairie"}, "hospital"),
            },
            "stay",
        )
        assert modifiers(answer(sent, rules)[1]) == expected


def test_a_mobile_unit_at_a_place_of_another_kind_is_billed_there():
    sent = Sent()
    location = sent.the("Location")
    location["type"] = [coded(SITE_KIND, "mobile-unit")]
    location["identifier"] = [{"system": "urn:vans", "value": "VAN-1"}]
    location.pop("managingOrganization", None)
    assert value(sent.study().site).kind is SiteKind.MOBILE_UNIT
    host = {"resourceType": "Location", "name": "Home", "type": [coded(POS, "32")]}
    location["partOf"] = sent.add(host, "host")
    assert value(sent.study().site).kind is SiteKind.NURSING_FACILITY


@pytest.mark.parametrize("detail", [one for one in SiteDetail if one is not SiteDetail.NOT_STATED])
def test_the_detail_of_a_site_is_a_second_type_of_the_location(detail):
    sent = Sent()
    sent.the("Location")["type"].append(coded(SITE_KIND, detail))
    assert value(sent.study().site).detail is detail


def test_a_hospital_s_outpatient_scanned_elsewhere_is_the_hospital_s():
    sent = with_circumstance("under-arrangement")
    provider = {
        "resourceType": "Organization",
        "name": "Prairie",
        "identifier": [{"system": NPI, "value": "1999999927"}],
    }
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "subject": sent.ref("Patient"),
        "serviceProvider": sent.add(provider, "prairie"),
    }
    sent.the("Procedure")["encounter"] = sent.add(encounter, "scan-visit")
    decision, claims = answer(sent)
    assert [claim.type.value for claim in claims] == ["institutional", "professional"], codes(decision)
    assert claims[0].billing.value.npi == "1999999927"
    place = claims[1].lines[0].place_of_service
    assert place is not None
    assert place.value == "22"
