"""Facts of site, scanner, reader, patient, coverage and key: known, missing, contradicted."""

from dataclasses import replace
from typing import Any

import pytest

from service.core.codes import SiteKind
from service.core.practice import Practice
from tests.intake.sent import (
    NPI,
    POS,
    SITE_KIND,
    TYPES,
    Sent,
    coded,
    gap,
    notes,
    practice,
    value,
    with_site,
    without,
    words,
)

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SOPT = "https://nahdo.org/sopt"
PAYER = {"identifier": [{"type": coded(TYPES, "PAYERID"), "value": "60054"}], "name": "Aetna"}


def at_unlisted_site(*types: dict[str, Any]) -> Sent:
    sent = Sent()
    sent.the("Location").update(identifier=[{"value": "ELSEWHERE"}], type=list(types))
    return sent


def test_a_listed_site_is_known_by_the_identifier_of_its_location():
    site = Sent().study().site
    assert (value(site).entry, value(site).kind, value(site).locality) == (
        *("harbor-street", "imaging-center", "06302-00"),
    )
    assert site.where[0] == "practice:sites.harbor-street.kind"


@pytest.mark.parametrize(
    ("location", "changes"),
    [
        ({"identifier": [{"value": "HARBOR-DXA"}]}, {"location_identifiers": ("HARBOR-DXA",)}),
        ({"identifier": [{"system": NPI, "value": "1999999901"}]}, {"npi": "1999999901"}),
        ({"identifier": [{"value": "?"}]}, {"managing_npi": "1999999901"}),
    ],
)
def test_a_site_is_known_by_bare_identifier_own_npi_or_managing_organization(location, changes):
    sent = Sent()
    sent.the("Location").update(location)
    rules = with_site(**{"location_identifiers": (), **changes})
    assert value(sent.study(rules=rules).site).entry == "harbor-street"


@pytest.mark.parametrize(
    ("changes", "npi"),
    [
        ({"managing_npi": "1999999901"}, "1999999901"),
        ({"managing_npi": "1999999901", "npi": "1999999919"}, "1999999919"),
    ],
)
def test_a_listed_site_has_its_own_npi_else_that_of_who_manages_it(changes, npi):
    assert value(Sent().study(rules=with_site(**changes)).site).npi == npi


def test_a_location_that_was_not_sent_is_known_by_its_identifier():
    sent = Sent().drop("Location")
    place = {"identifier": {"system": "https://lakeside.example.com/locations", "value": "HARBOR-DXA"}}
    sent.the("Procedure")["location"] = place
    assert value(sent.study().site).entry == "harbor-street"


@pytest.mark.parametrize("kind", ["Procedure", "ImagingStudy", "Encounter", "ServiceRequest"])
def test_the_site_may_be_said_in_any_of_four_places(kind):
    sent = Sent()
    place = sent.ref("Location")
    for other in ("Procedure", "ImagingStudy", "Encounter"):
        sent.the(other).pop("location", None)
    assert gap(sent.study().site) == "SITE-MISSING"
    said = {
        "Encounter": {"location": [{"location": place}]},
        "ServiceRequest": {"locationReference": [place]},
    }
    sent.the(kind).update(said.get(kind, {"location": place}))
    assert value(sent.study().site).entry == "harbor-street"


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ([coded(SITE_KIND, "mobile-unit")], "mobile-unit"),
        ([coded(POS, "22")], "hospital-outpatient-on-campus"),
        ([coded(f"{POS.replace('https', 'http')}.html", "23")], "emergency-department"),
    ],
)
def test_the_kind_of_an_unlisted_site_is_coded_on_its_location(types, kind):
    site = value(at_unlisted_site(*types).study().site)
    assert (site.kind, site.entry, site.locality) == (kind, "", "")


@pytest.mark.parametrize("types", [[], [coded(POS, "11")], [coded(POS, "19")], [{"text": "centre"}]])
def test_a_kind_that_no_code_names_alone_is_missing(types):
    assert gap(at_unlisted_site(*types).study().site) == "SITE-KIND-MISSING"


@pytest.mark.parametrize("types", [coded(SITE_KIND, "physician-office"), coded(POS, "22")])
def test_practice_file_and_location_must_agree_on_the_kind(types):
    sent = Sent()
    sent.the("Location")["type"] = [types]
    found = sent.study().site
    assert gap(found) == "SITE-DISAGREES"
    assert words(found)["practice"] == "harbor-street (imaging-center)"


def test_a_place_of_service_that_kinds_share_means_the_listed_one():
    sent = Sent()
    sent.the("Location")["type"] = [coded(POS, "11")]
    site = sent.study().site
    assert "Bundle.entry[7].resource.type[0].coding[0]" in site.where
    hospital = SiteKind.HOSPITAL_OUTPATIENT_ON_CAMPUS
    assert gap(sent.study(rules=with_site(kind=hospital)).site) == "SITE-DISAGREES"
    sent.the("Location")["type"] = [coded(POS, "49")]
    assert value(sent.study(rules=with_site(place_of_service="49")).site).kind == "imaging-center"


def test_two_sites_for_one_scan_disagree():
    sent = Sent()
    other = sent.copy_of("Location", identifier=[{"value": "B"}], type=[coded(SITE_KIND, "mobile-unit")])
    sent.the("ImagingStudy")["location"] = sent.add(other)
    assert gap(sent.study().site) == "SITE-DISAGREES"


def test_a_ward_that_says_nothing_of_its_kind_is_no_second_site():
    sent = Sent()
    ward = {"resourceType": "Location", "name": "Ward 4"}
    sent.the("Encounter")["location"].append({"location": sent.add(ward)})
    assert value(sent.study().site).entry == "harbor-street"


def test_the_class_is_that_of_the_encounter_of_the_scan():
    sent = Sent()
    earlier = {"start": "2026-09-01", "end": "2026-09-03"}
    visit = sent.copy_of("Encounter", **{"class": {"system": ACT, "code": "IMP"}, "period": earlier})
    sent.the("ServiceRequest")["encounter"] = sent.add(visit)
    assert value(sent.study().site).encounter_class == "AMB"
    sent.the("Encounter")["class"]["code"] = "EMER"
    assert value(sent.study().site).encounter_class == "EMER"


def test_another_zip_code_than_the_practice_files_is_noted():
    sent = Sent()
    sent.the("Location")["address"]["postalCode"] = "53711"
    study = sent.study()
    assert (value(study.site).address.postal_code, notes(study)) == ("53703", ["PRACTICE-WINS"])


def test_an_entry_out_of_force_is_not_taken():
    days = replace(practice().sites[0].in_force, from_=practice().sites[0].in_force.from_.replace(year=2027))
    site = value(Sent().study(rules=with_site(in_force=days)).site)
    assert (site.entry, site.kind) == ("", "imaging-center")


def test_the_scanner_belongs_to_whom_file_and_device_say():
    sent = Sent()
    owner = sent.study().scanner_owner
    assert (value(owner).npi, value(owner).bills_through_us) == ("1999999901", True)
    assert gap(sent.study(rules=without("organizations")).reader) == "READER-NOT-LISTED"
    device = value(sent.study(rules=without("sites")).scanner_owner)
    assert device.name == "Lakeside Bone Imaging"
    sent.the("Organization")["identifier"][0]["value"] = "1999999919"
    found = sent.study().scanner_owner
    assert gap(found) == "SCANNER-OWNER-DISAGREES"
    assert words(found) == {"study": "1999999919", "practice": "1999999901"}


def test_without_a_device_the_managing_organization_is_only_suggested():
    missing = Sent().drop("Device").study(rules=without("sites")).scanner_owner
    assert gap(missing) == "SCANNER-OWNER-MISSING"
    assert "Bundle.entry[7].resource.managingOrganization" in missing.where


def read_by_role(organization_npi: str) -> Sent:
    sent = Sent()
    group = {
        "resourceType": "Organization",
        "name": "Valley Readers",
        "identifier": [{"system": NPI, "value": organization_npi}],
    }
    reader = {"reference": sent.url(sent.all("Practitioner")[1])}
    role = {"resourceType": "PractitionerRole", "practitioner": reader, "organization": sent.add(group)}
    sent.the("DiagnosticReport")["resultsInterpreter"] = [sent.add(role)]
    return sent


def test_for_whom_a_reader_bills_is_in_the_practice_file_or_in_the_role():
    assert value(Sent().study().reader).organization.name == "Lakeside Bone Imaging"
    assert value(read_by_role("1999999901").study().reader).locality == "06302-00"
    assert gap(Sent().study(rules=without("readers")).reader) == "READER-NOT-LISTED"
    unlisted = value(read_by_role("1234567893").study(rules=without("readers")).reader)
    assert (unlisted.organization.name, unlisted.locality) == ("Valley Readers", "")
    differs = read_by_role("1234567893").study().reader
    assert gap(differs) == "READER-ORGANIZATION-DISAGREES"


def with_second_listing() -> Practice:
    first, *others = practice().readers
    here = replace(
        first, bills_for="northern-readers", site="harbor-street", reads_at="", locality="06202-00"
    )
    return replace(practice(), readers=(first, here, *others))


def test_a_readers_entry_for_the_site_goes_before_the_one_for_every_site():
    reader = value(Sent().study(rules=with_second_listing()).reader)
    assert (reader.organization.name, reader.locality) == ("Northern Radiology Group", "06202-00")


def test_the_patient_is_one_person_throughout():
    sent = Sent()
    patient = value(sent.study().patient)
    assert (patient.family, patient.sex, patient.birth_date.year) == ("Halvorsen", "female", 1954)
    sent.the("Procedure")["subject"] = sent.add(sent.copy_of("Patient"))
    assert gap(sent.study().patient) == "PATIENT-DISAGREES"


def test_a_patient_who_was_not_sent_is_missing():
    study = Sent().drop("Patient").study()
    assert (gap(study.patient), gap(study.key)) == ("PATIENT-MISSING", "BUSINESS-KEY-MISSING")


@pytest.mark.parametrize("element", ["name", "birthDate", "gender", "address", "identifier"])
def test_what_a_claim_needs_of_the_patient_is_named(element):
    sent = Sent()
    del sent.the("Patient")[element]
    missing = sent.study().patient
    assert (gap(missing), words(missing)) == ("PATIENT-INCOMPLETE", {"missing": element})
    assert missing.where == (f"Bundle.entry[2].resource.{element}",)


def test_a_social_security_number_never_keys_a_patient():
    sent = Sent()
    sent.the("Patient")["identifier"] = [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "987654321"}]
    assert gap(sent.study().key) == "BUSINESS-KEY-MISSING"


def test_the_key_is_number_patient_and_day_and_never_an_address():
    key = value(Sent().study().key)
    assert (key.number.value, key.patient.value, key.scan_day.isoformat()) == (
        *("LBI-26-004417", "LBI-100482", "2026-09-15"),
    )
    sent = Sent()
    for kind in ("DiagnosticReport", "ServiceRequest", "ImagingStudy"):
        sent.the(kind).pop("identifier")
    missing = sent.study().key
    assert (gap(missing), words(missing)) == (
        "BUSINESS-KEY-MISSING",
        {"missing": "accession or placer number"},
    )


def test_the_coverage_of_the_order_goes_before_others():
    sent = Sent()
    sent.add(sent.copy_of("Coverage", order=0, subscriberId="X", identifier=[]))
    assert value(sent.study().coverage).member_id == "1EG4TE5MK73"
    del sent.the("ServiceRequest")["insurance"]
    sent.all("Coverage")[1]["order"] = 2
    assert value(sent.study().coverage).member_id == "1EG4TE5MK73"
    sent.all("Coverage")[1]["order"] = 1
    assert gap(sent.study().coverage) == "COVERAGE-SEVERAL"
    del sent.all("Coverage")[1]["order"]
    assert gap(sent.study().coverage) == "COVERAGE-SEVERAL"


@pytest.mark.parametrize(
    "changes",
    [{"status": "cancelled"}, {"period": {"end": "2026-09-14"}}, {"period": {"start": "2026-10"}}],
)
def test_a_coverage_that_is_not_active_on_the_day_is_none(changes):
    sent = Sent()
    sent.the("Coverage").update(changes)
    assert gap(sent.study().coverage) == "COVERAGE-MISSING"


@pytest.mark.parametrize("period", [{"start": "2026-09-15", "end": "2026-09-15"}, {"end": "2026"}, {}])
def test_the_ends_of_a_coverage_are_included(period):
    sent = Sent()
    sent.the("Coverage")["period"] = period
    assert value(sent.study().coverage).coverage_type == "121"


@pytest.mark.parametrize(
    ("payer", "known"),
    [
        (PAYER, ("60054", "Aetna")),
        (
            {**PAYER, "identifier": [{"system": "https://x.example.com/ids", "value": "60054"}]},
            ("60054", "Aetna"),
        ),
        ({**PAYER, "identifier": [{"system": "https://x.example.com/ids", "value": "A-1"}]}, ("", "Aetna")),
        ({"name": "Aetna"}, ("", "Aetna")),
    ],
)
def test_a_payer_is_known_by_a_payer_id_and_its_name(payer, known):
    sent = Sent()
    sent.the("Coverage")["payor"] = [sent.add({"resourceType": "Organization", **payer})]
    coverage = value(sent.study().coverage)
    assert (coverage.payer_id, coverage.payer.name) == known


def test_a_payer_that_was_not_sent_has_the_name_that_the_reference_shows():
    sent = Sent()
    sent.the("Coverage")["payor"] = [{"display": "Medicare", "identifier": {"value": "06302"}}]
    coverage = value(sent.study().coverage)
    assert (coverage.payer.name, coverage.payer_id) == ("Medicare", "06302")


@pytest.mark.parametrize(
    ("gone", "missing"),
    [
        (["relationship"], "relationship"),
        (["identifier", "subscriberId"], "subscriberId"),
        (["payor"], "payor"),
    ],
)
def test_what_a_claim_needs_of_the_coverage_is_named(gone, missing):
    sent = Sent()
    for element in gone:
        del sent.the("Coverage")[element]
    found = sent.study().coverage
    assert (gap(found), words(found)) == ("COVERAGE-INCOMPLETE", {"missing": missing})


def test_kind_and_plan_are_told_as_given():
    coverage = value(Sent("us-core-accession").study().coverage)
    assert (coverage.coverage_type, coverage.plan, coverage.payer_id) == ("512", "CHOICE-PLUS", "87726")
    sent = Sent()
    sent.the("Coverage")["type"] = coded(f"{SOPT}/", "11")
    assert value(sent.study().coverage).coverage_type == "11"


HUSBAND = {
    "name": [{"family": "Sandoval", "given": ["Hector"]}],
    "birthDate": "1951-06-30",
    "gender": "male",
}


def held_by(kind: str, **said: Any) -> Sent:
    """The brief's bundle with a coverage that the patient's husband holds."""
    sent = Sent()
    patient = {"patient": sent.ref("Patient")} if kind == "RelatedPerson" else {}
    holder = {"resourceType": kind, **patient, **said}
    coverage = sent.the("Coverage")
    coverage["relationship"] = coded(
        "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "spouse"
    )
    coverage["subscriber"] = sent.add(holder)
    return sent


@pytest.mark.parametrize("kind", ["Patient", "RelatedPerson"])
def test_a_subscriber_who_is_not_the_patient_is_read_with_name_birth_date_and_sex(kind):
    found = held_by(kind, **HUSBAND).study().coverage
    subscriber = value(found).subscriber
    assert (subscriber.family, subscriber.given, str(subscriber.birth_date), subscriber.sex) == (
        *("Sandoval", ("Hector",), "1951-06-30", "male"),
    )
    assert (subscriber.subscriber_id, subscriber.address) == ("1EG4TE5MK73", None)
    assert any(place.endswith(".resource.name[0]") for place in found.where)


def test_a_subscriber_contained_in_the_coverage_is_read():
    sent = held_by("RelatedPerson", **HUSBAND)
    holder = {**sent.bundle["entry"].pop()["resource"], "id": "holder"}
    sent.the("Coverage").update(contained=[holder], subscriber={"reference": "#holder"})
    assert value(sent.study().coverage).subscriber.given == ("Hector",)


def test_a_subscriber_who_is_the_patient_is_not_said_twice():
    sent = Sent()
    sent.the("Coverage")["subscriber"] = sent.ref("Patient")
    assert value(sent.study().coverage).subscriber is None


@pytest.mark.parametrize("subscriber", [None, {"display": "Hector Sandoval"}, "Patient", "nameless"])
def test_a_coverage_of_somebody_else_that_does_not_lead_to_them_is_incomplete(subscriber):
    sent = held_by("RelatedPerson", birthDate="1951-06-30")
    if subscriber is None:
        del sent.the("Coverage")["subscriber"]
    elif subscriber != "nameless":
        sent.the("Coverage")["subscriber"] = sent.ref("Patient") if subscriber == "Patient" else subscriber
    found = sent.study().coverage
    assert (gap(found), words(found)) == ("COVERAGE-INCOMPLETE", {"missing": "subscriber"})
    assert found.where[0].endswith(".subscriber")
