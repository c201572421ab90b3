"""Everything of a study is about one patient: what is another's is not billed and decides nothing."""

import pytest

from tests.intake.sent import Sent, gap

OTHER_NUMBER = {"identifier": {"system": "https://lakeside.example.com/patients", "value": "LBI-999999"}}


@pytest.mark.parametrize("kind", ["Procedure", "ServiceRequest", "ImagingStudy", "Encounter", "Condition"])
def test_a_resource_of_another_patient_holds(kind):
    sent = Sent()
    sent.the(kind)["subject"] = sent.add(sent.copy_of("Patient"))
    assert gap(sent.study().patient) == "PATIENT-DISAGREES"


@pytest.mark.parametrize("kind", ["DiagnosticReport", "ServiceRequest", "Procedure"])
@pytest.mark.parametrize("subject", [OTHER_NUMBER, {"reference": "Patient/999"}, {"reference": "urn:uuid:0"}])
def test_a_subject_that_leads_to_nobody_holds(kind, subject):
    sent = Sent()
    sent.the(kind)["subject"] = subject
    assert gap(sent.study().patient) == "PATIENT-DISAGREES"


def test_the_coverage_the_order_names_insures_the_patient():
    sent = Sent()
    sent.the("ServiceRequest")["insurance"] = [sent.ref("Coverage")]
    assert not hasattr(sent.study().coverage, "code")
    sent.the("Coverage")["beneficiary"] = sent.add(sent.copy_of("Patient"))
    assert gap(sent.study().coverage) == "PATIENT-DISAGREES"
