"""Words that say there is no value are no value: the study is held as if the element were absent."""

import pytest

from tests.intake.sent import Sent, notes, value, words

NO_VALUE = [
    "unknown",
    "UNKNOWN ",
    "UNK",
    "N/A",
    "n.a.",
    "none",
    "null",
    "-",
    "???",
    "\u200b",
    "\u00a0\u2060",
    "not available",
    "test",
    "0000000",
]
NO_NAME = ["unknown", "UNK", "N/A", "-", "\u200b", "Not available", "0000"]
NAMES = ["Na", "Nil", "Same", "Ni", "Nan", "O", "Unkrich", "Naser"]


@pytest.mark.parametrize("word", NO_VALUE)
def test_a_word_for_no_value_is_a_missing_value(word):
    sent = Sent()
    patient, coverage = sent.the("Patient"), sent.the("Coverage")
    patient["identifier"][0]["value"] = word
    patient["address"][0]["line"] = [word]
    coverage["subscriberId"] = coverage["identifier"][0]["value"] = word
    study = sent.study()
    assert words(study.patient)["missing"] == "identifier, address"
    assert words(study.coverage)["missing"] == "subscriberId"
    assert words(study.key)["missing"] == "patient identifier"


@pytest.mark.parametrize("word", NO_VALUE)
def test_a_number_that_is_none_names_no_study_and_no_payer(word):
    sent = Sent()
    for kind in ("ServiceRequest", "DiagnosticReport", "ImagingStudy"):
        for number in sent.the(kind)["identifier"]:
            number["value"] = word
    payer = next(each for each in sent.all("Organization") if each["name"] == "Medicare")
    payer["identifier"][0]["value"] = word
    study = sent.study()
    assert words(study.key)["missing"] == "accession or placer number"
    assert value(study.coverage).payer_id == ""
    payer["name"] = word
    assert words(sent.study().coverage)["missing"] == "payor"


def test_two_studies_with_no_number_are_not_one_by_it():
    sent = Sent().drop("Procedure", "ImagingStudy")
    order, report = sent.the("ServiceRequest"), sent.the("DiagnosticReport")
    for each in (order, report):
        each["identifier"] = [{**number, "value": "N/A"} for number in each["identifier"]]
    del report["basedOn"]
    assert "ORDER-MISSING" in [each.order.code for each in sent.studies() if hasattr(each.order, "code")]


@pytest.mark.parametrize("word", NO_NAME)
@pytest.mark.parametrize("part", ["family", "given"])
def test_a_word_that_is_no_name_is_a_missing_name(word, part):
    sent = Sent()
    sent.the("Patient")["name"][0][part] = word if part == "family" else [word]
    assert words(sent.study().patient)["missing"] == "name"


@pytest.mark.parametrize("family", NAMES)
def test_a_name_that_people_have_is_one(family):
    sent = Sent()
    sent.the("Patient")["name"][0]["family"] = family
    study = sent.study()
    assert value(study.patient).family == family
    assert ("NAME-DOUBTFUL" in notes(study)) == (family == "Nil")


@pytest.mark.parametrize("family", ["Test", "TEST PATIENT", "Null", "None", "Zztest"])
def test_a_name_that_may_be_none_is_billed_and_asked_about(family):
    sent = Sent()
    sent.the("Patient")["name"][0]["family"] = family
    study = sent.study()
    assert value(study.patient).family == family
    assert "NAME-DOUBTFUL" in notes(study)


def test_the_next_address_and_identifier_count_where_the_first_is_no_value():
    sent = Sent()
    patient = sent.the("Patient")
    patient["address"].insert(0, {"line": ["Unknown"], "city": "-", "state": "WI", "postalCode": "00000"})
    patient["identifier"].insert(0, {**patient["identifier"][0], "value": "N/A"})
    known = value(sent.study().patient)
    assert known.address.line == ("418 Orchard Avenue",)
    assert known.identifier.value == "LBI-100482"
