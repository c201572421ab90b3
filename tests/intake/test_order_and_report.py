"""Facts of the order and of the report: known, missing, contradicted."""

from datetime import date

import pytest

from tests.intake.sent import (
    CPT,
    ICD,
    LOINC,
    NPI,
    SNOMED,
    VFA,
    Sent,
    coded,
    gap,
    notes,
    value,
    without,
)

HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT_OID = "urn:oid:2.16.840.1.113883.6.12"
OPTIONS = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"


def ordered(*codings: tuple[str, str], **more: object) -> Sent:
    sent = Sent()
    coding = [{"system": system, "code": code} for system, code in codings]
    sent.the("ServiceRequest")["code"] = {**({"coding": coding} if coding else {}), **more}
    return sent


@pytest.mark.parametrize(
    ("codings", "exams"),
    [
        ([(CPT, "77086")], {"vfa"}),
        ([(CPT, "77086:26")], {"vfa"}),
        ([(CPT, "77086-TC")], {"vfa"}),
        ([(CPT, "77086.26")], {"vfa"}),
        ([("https://www.ama-assn.org/go/cpt/", "77086")], {"vfa"}),
        ([(CPT_OID, "77086")], {"vfa"}),
        ([(HCPCS, "77086")], {"vfa"}),
        ([(SNOMED, "241686001"), (CPT, "77086")], {"vfa"}),
        ([(CPT, "77085")], {"vfa", "axial-density"}),
        ([(SNOMED, "241686001")], {"generic-dxa"}),
    ],
)
def test_an_order_is_understood_by_its_codes(codings, exams):
    assert {str(exam) for exam in value(value(ordered(*codings).study().order).ordered)} == exams


def test_the_billing_options_of_a_payers_order_check_say_what_is_ordered():
    coding = {"system": CPT, "code": "77086"}
    extension = {"url": OPTIONS, "extension": [{"url": "code", "valueCoding": coding}]}
    sent = ordered((SNOMED, "241686001"), extension=[extension])
    assert {str(exam) for exam in value(value(sent.study().order).ordered)} == {"vfa"}


@pytest.mark.parametrize("code", [{}, {"text": "DXA VFA"}, coded("https://pacs.example.com/exams", "VFA1")])
def test_an_order_without_a_known_code_is_not_guessed(code):
    sent = ordered(**code)
    sent.the("ServiceRequest")["code"] = code or {"text": "?"}
    assert gap(value(sent.study().order).ordered) == "ORDERED-EXAM-UNCLEAR"


@pytest.mark.parametrize("status", ["draft", "on-hold", "revoked", "entered-in-error"])
def test_the_state_of_the_order_is_told_as_it_is(status):
    sent = Sent()
    sent.the("ServiceRequest").update(status=status, intent="plan", doNotPerform=True)
    order = value(sent.study().order)
    assert (str(value(order.status)), str(value(order.intent)), order.do_not_perform) == (
        status,
        "plan",
        True,
    )


def test_a_requester_without_npi_or_that_is_no_person_is_a_gap():
    sent = Sent()
    del sent.the("Practitioner")["identifier"]
    assert gap(value(sent.study().order).ordering_provider) == "ORDERING-NPI-MISSING"
    sent.the("ServiceRequest")["requester"] = sent.ref("Organization")
    assert gap(value(sent.study().order).ordering_provider) == "ORDERING-PROVIDER-MISSING"
    del sent.the("ServiceRequest")["requester"]
    assert gap(value(sent.study().order).ordering_provider) == "ORDERING-PROVIDER-MISSING"


@pytest.mark.parametrize(
    ("concept", "code"),
    [
        (coded(ICD, "M54.6"), "M54.6"),
        (coded(ICD, "m546"), "M54.6"),
        (coded("urn:oid:2.16.840.1.113883.6.90", "R29890"), "R29.890"),
        (coded(SNOMED, "312894000"), "M85.80"),
    ],
)
def test_a_reason_becomes_an_icd_10_cm_code(concept, code):
    sent = Sent()
    sent.the("ServiceRequest")["reasonCode"] = [concept]
    assert value(sent.study().order).reasons[0].code == code


@pytest.mark.parametrize("concept", [{"text": "back pain"}, coded("http://hl7.org/fhir/sid/icd-10", "M54.6")])
def test_a_reason_that_is_not_coded_is_a_gap_of_its_own(concept):
    sent = Sent()
    sent.the("ServiceRequest")["reasonCode"] = [concept]
    order = value(sent.study().order)
    assert [gap(each) for each in order.reason_gaps] == ["REASON-NOT-CODED"]
    assert [each.code for each in order.reasons] == ["M81.0"]


def test_a_refuted_condition_is_no_reason_and_no_reason_at_all_is_said():
    sent = Sent()
    del sent.the("ServiceRequest")["reasonCode"]
    sent.the("Condition")["verificationStatus"] = coded("http://hl7.org/x", "refuted")
    order = value(sent.study().order)
    assert (order.reasons, [gap(each) for each in order.reason_gaps]) == ((), ["REASON-MISSING"])


@pytest.mark.parametrize(
    ("place", "concept", "kind"),
    [
        ("Condition", coded(ICD, "M81.8"), "other"),
        ("Condition", coded(SNOMED, "390833005"), "steroid-induced"),
        ("Condition", coded(VFA, "drug-induced"), "drug-induced"),
        ("Condition", coded(ICD, "M80.88XA"), "other"),
        ("Condition", coded(ICD, "M80.08XD"), "age-related"),
        ("reasonCode", coded(ICD, "M81.6"), "other"),
        ("conclusionCode", coded(SNOMED, "64859006"), "age-related"),
    ],
)
def test_osteoporosis_is_documented_by_code_and_a_stated_type_goes_first(place, concept, kind):
    sent = Sent()
    if place == "Condition":
        sent.the("Condition")["code"] = concept
    elif place == "reasonCode":
        sent.the("ServiceRequest")["reasonCode"].append(concept)
    else:
        sent.the("DiagnosticReport")["conclusionCode"] = [concept]
        sent.drop("Condition")
    assert str(value(sent.study().osteoporosis)) == kind


def undocumented() -> Sent:
    sent = Sent().drop("Condition")
    del sent.the("ServiceRequest")["reasonReference"]
    return sent


def test_a_fracture_that_the_reader_calls_osteoporotic_documents_it():
    study = undocumented().study()
    assert str(value(study.osteoporosis)) == "age-related"


@pytest.mark.parametrize("state", ["inactive", "resolved", "refuted", None])
def test_osteoporosis_is_never_inferred(state):
    sent = undocumented().silent()
    del sent.vertebra("T8")["component"]
    if state:
        condition = {
            "resourceType": "Condition",
            "code": coded(ICD, "M81.0"),
            "subject": sent.ref("Patient"),
            "clinicalStatus": coded("http://hl7.org/x", state if state != "refuted" else "active"),
            "verificationStatus": coded("http://hl7.org/x", "refuted" if state == "refuted" else "confirmed"),
        }
        sent.add(condition)
    assert sent.study().osteoporosis is None


@pytest.mark.parametrize(
    ("issued", "day"),
    [
        ("2026-09-15T23:59:00-05:00", date(2026, 9, 15)),
        ("2026-09-16T04:30:00Z", date(2026, 9, 15)),
        ("2026-09-16T05:30:00Z", date(2026, 9, 16)),
        ("2026-09-16T00:30:00+00:00", date(2026, 9, 16)),
        ("2026-09-16T03:30:00-01:00", date(2026, 9, 16)),
    ],
)
def test_the_reading_day_is_in_its_own_offset_and_utc_in_that_of_the_site(issued, day):
    sent = Sent()
    sent.the("DiagnosticReport")["issued"] = issued
    assert value(value(sent.study().report).reading_day) == day


def test_utc_without_a_known_site_is_no_day():
    sent = Sent()
    sent.the("DiagnosticReport")["issued"] = "2026-09-16T04:30:00Z"
    assert gap(value(sent.study(rules=without("sites")).report).reading_day) == "READING-DAY-MISSING"


def test_a_report_without_issued_has_no_reading_day():
    sent = Sent()
    del sent.the("DiagnosticReport")["issued"]
    assert gap(value(sent.study().report).reading_day) == "READING-DAY-MISSING"


@pytest.mark.parametrize("status", ["amended", "corrected", "appended"])
def test_the_day_of_an_amended_report_is_that_of_its_first_final(status):
    sent = Sent()
    sent.the("DiagnosticReport")["status"] = status
    assert gap(value(sent.study().report).reading_day) == "READING-DAY-MISSING"
    first = sent.copy_of("DiagnosticReport", status="final", issued="2026-09-16T10:00:00-05:00")
    sent.the("DiagnosticReport")["issued"] = "2026-09-20T10:00:00-05:00"
    sent.add(first)
    study = sent.study()
    assert str(value(value(study.report).status)) == status
    assert value(value(study.report).reading_day) == date(2026, 9, 16)
    assert notes(study) == ["REPORT-BESIDE-IGNORED"]


def test_an_earlier_version_of_the_same_report_gives_the_day():
    sent = Sent()
    report = sent.the("DiagnosticReport")
    first = sent.copy_of("DiagnosticReport", meta={"versionId": "1"}, issued="2026-09-16T10:00:00-05:00")
    report.update(meta={"versionId": "2"}, status="amended", issued="2026-09-20T10:00:00-05:00")
    sent.bundle["entry"].append({"fullUrl": sent.url(report), "resource": first})
    study = sent.study()
    assert value(value(study.report).reading_day) == date(2026, 9, 16)
    assert notes(study) == []


@pytest.mark.parametrize("status", ["unknown", "registered", "preliminary", "entered-in-error"])
def test_a_report_before_the_final_one_is_left_aside_with_a_note(status):
    sent = Sent()
    sent.add(sent.copy_of("DiagnosticReport", status=status))
    study = sent.study()
    assert str(value(value(study.report).status)) == "final"
    assert notes(study) == ["REPORT-BESIDE-IGNORED"]


def test_two_final_reports_of_one_order_hold():
    sent = Sent()
    sent.add(sent.copy_of("DiagnosticReport", issued="2026-09-17T10:00:00-05:00"))
    assert gap(sent.study().report) == "REPORT-SEVERAL-FINAL"


def test_a_report_that_is_not_final_is_told_as_it_is():
    sent = Sent()
    sent.the("DiagnosticReport")["status"] = "preliminary"
    report = value(sent.study().report)
    assert (str(value(report.status)), gap(report.reading_day)) == ("preliminary", "REPORT-NOT-FINAL")


def test_an_interpreter_must_be_one_person_with_an_npi():
    sent = Sent()
    report = sent.the("DiagnosticReport")
    report["resultsInterpreter"].append(sent.ref("Practitioner"))
    assert gap(value(sent.study().report).interpreter) == "INTERPRETER-SEVERAL"
    report["resultsInterpreter"] = [sent.ref("Organization")]
    report["performer"].append(sent.ref("Practitioner"))
    missing = value(sent.study().report).interpreter
    assert gap(missing) == "INTERPRETER-MISSING"
    assert "Bundle.entry[1].resource.performer[1]" in missing.where
    sent = Sent()
    del sent.all("Practitioner")[1]["identifier"]
    assert gap(value(sent.study().report).interpreter) == "INTERPRETER-NPI-MISSING"


def test_a_reader_named_by_npi_alone_has_the_name_of_the_practice_file():
    sent = Sent()
    reader = {"identifier": {"system": NPI, "value": "1999999943"}, "type": "Practitioner"}
    sent.bundle["entry"] = [
        e for e in sent.bundle["entry"] if e["resource"] is not sent.all("Practitioner")[1]
    ]
    sent.the("DiagnosticReport")["resultsInterpreter"] = [reader]
    assert value(value(sent.study().report).interpreter).family == "Okafor"


def test_the_practice_files_name_of_the_reader_wins_with_a_note():
    sent = Sent()
    sent.all("Practitioner")[1]["name"] = [{"family": "Okafor-Bright"}]
    study = sent.study()
    assert value(value(study.report).interpreter).family == "Okafor"
    assert notes(study) == ["PRACTICE-WINS"]


def test_generic_report_codes_never_make_a_vertebral_assessment():
    sent = Sent().silent().drop("Procedure", "ImagingStudy")
    sent.the("ServiceRequest")["code"] = coded(LOINC, "38269-7")
    assert gap(sent.study().performed.vfa) == "PERFORMED-UNCLEAR"


def test_the_report_can_state_by_code_that_no_density_was_measured():
    sent = Sent().silent().drop("Procedure", "ImagingStudy")
    assert gap(sent.study().performed.density) == "DENSITY-UNCLEAR"
    sent.the("DiagnosticReport")["conclusionCode"] = [coded(VFA, "density-not-measured")]
    study = sent.study()
    assert (value(study.performed.vfa), str(value(study.performed.density))) == (True, "not-measured")
