"""A neutral claim becomes a FHIR R4 Claim with exactly these values, and resolves when read alone."""

from dataclasses import replace
from decimal import Decimal

import pytest

from service import fhir_r4, json_text
from service.core.codes import Component, Modifier, StudyState
from service.core.finding_codes import FindingCode
from service.core.study import Address, Gap, Organization, Person
from service.outputs.fhir_claim import write_claim
from tests.outputs.studies import (
    COVERAGE,
    HUSBAND,
    NOW,
    ORDER,
    ORDERER,
    PATIENT,
    READER,
    REPORT,
    SITE,
    brief_answer,
    brief_study,
    chosen,
    claim,
    known,
    line,
    split_answer,
)

HL7 = "http://terminology.hl7.org/CodeSystem"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def written(one=None, study=None, state=StudyState.CLEAN):
    return write_claim(one or claim(), study or brief_study(), created=NOW, state=state)


def split():
    part = split_answer()
    return [written(each, part.study, part.decision.state) for each in part.claims]


def every_claim():
    return [written(), *split(), written(two_lines()), written(held_by_the_husband())]


def two_lines():
    lines = (line(Component.GLOBAL, "150.00"), line(Component.GLOBAL, "90.05", sequence=2, units=chosen(2)))
    return claim(lines=lines)


def references_in(value):
    if isinstance(value, list):
        return [found for part in value for found in references_in(part)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [found for part in value.values() for found in references_in(part)]


def test_the_claim_of_the_brief_has_these_values_and_no_others():
    resource = written()
    contained = {inner.pop("id"): inner for inner in resource.pop("contained")}
    assert set(contained) == {
        *("patient", "insurer", "billing-provider", "facility", "referring", "rendering", "coverage", "order")
    }
    accession = {"system": "https://lakeside.example.com/accession", "value": "ACC-1"}
    npi = "http://hl7.org/fhir/sid/us-npi"
    payer = {"system": "https://w3id.org/vfa-claims/fhir/sid/payer-id", "value": "06302"}
    number = {
        "system": "https://w3id.org/vfa-claims/fhir/sid/claim",
        "value": "vfa-0123456789abcdef01234567",
    }
    assert resource == {
        "resourceType": "Claim",
        "id": "vfa-0123456789abcdef01234567",
        "meta": {
            "profile": ["https://w3id.org/vfa-claims/fhir/StructureDefinition/vfa-claim-professional"],
            "tag": [{"system": "https://w3id.org/vfa-claims/fhir/CodeSystem/study-state", "code": "clean"}],
        },
        "identifier": [{"type": coded(f"{HL7}/v2-0203", "PLAC"), **number}],
        "status": "active",
        "type": coded(f"{HL7}/claim-type", "professional"),
        "use": "claim",
        "patient": {
            "reference": "#patient",
            "type": "Patient",
            "identifier": {"system": "https://lakeside.example.com/mrn", "value": "MRN-1"},
            "display": "Ruth Sandoval",
        },
        "billablePeriod": {"start": "2026-09-15", "end": "2026-09-15"},
        "created": "2026-11-24T12:30:05+00:00",
        "insurer": {
            "reference": "#insurer",
            "type": "Organization",
            "identifier": payer,
            "display": "Medicare Part B",
        },
        "provider": {
            "reference": "#billing-provider",
            "type": "Organization",
            "identifier": {"system": npi, "value": "1999999901"},
            "display": "Lakeside Bone Imaging",
        },
        "priority": coded(f"{HL7}/processpriority", "normal"),
        "payee": {"type": coded(f"{HL7}/payeetype", "provider")},
        "referral": {"reference": "#order", "type": "ServiceRequest", "identifier": accession},
        "facility": {
            "reference": "#facility",
            "type": "Location",
            "display": "Lakeside Bone Imaging, Harbor Street",
        },
        "careTeam": [
            {
                "sequence": 1,
                "provider": {
                    "reference": "#rendering",
                    "type": "Practitioner",
                    "identifier": {"system": npi, "value": "1999999943"},
                    "display": "Adaeze Okafor",
                },
                "role": coded(f"{HL7}/claimcareteamrole", "rendering"),
                "qualification": coded("http://nucc.org/provider-taxonomy", "2085R0202X"),
            },
            {
                "sequence": 2,
                "provider": {
                    "reference": "#referring",
                    "type": "Practitioner",
                    "identifier": {"system": npi, "value": "1999999976"},
                    "display": "Lena Brandt",
                },
                "role": coded(f"{HL7}/claimcareteamrole", "referring"),
            },
        ],
        "supportingInfo": [
            {
                "sequence": 1,
                "category": coded(f"{HL7}/us-claim-information-category", "claim-frequency"),
                "code": coded("https://www.nubc.org/CodeSystem/TypeOfBill", "1"),
            },
            {
                "sequence": 2,
                "category": coded(f"{HL7}/claiminformationcategory", "attachment"),
                "valueReference": {
                    "type": "DiagnosticReport",
                    "identifier": {"system": "https://lakeside.example.com/report", "value": "REP-1"},
                },
            },
        ],
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": coded("http://hl7.org/fhir/sid/icd-10-cm", "M80.08XA"),
                "type": [coded(f"{HL7}/diagnosistype", "principal")],
            }
        ],
        "insurance": [
            {
                "sequence": 1,
                "focal": True,
                "coverage": {
                    "reference": "#coverage",
                    "type": "Coverage",
                    "identifier": {"type": coded(f"{HL7}/v2-0203", "MB"), "value": "1EG4TE5MK73"},
                },
            }
        ],
        "item": [
            {
                "sequence": 1,
                "careTeamSequence": [1, 2],
                "diagnosisSequence": [1],
                "productOrService": coded("http://www.ama-assn.org/go/cpt", "77086"),
                "servicedDate": "2026-09-15",
                "locationCodeableConcept": coded(POS, "11"),
                "quantity": {"value": 1},
                "unitPrice": {"value": Decimal("150.00"), "currency": "USD"},
                "net": {"value": Decimal("150.00"), "currency": "USD"},
            }
        ],
        "total": {"value": Decimal("150.00"), "currency": "USD"},
    }


def test_a_party_without_an_address_of_its_own_travels_inside_the_claim():
    contained = {inner["id"]: inner for inner in written()["contained"]}
    assert contained["patient"] == {
        "resourceType": "Patient",
        "id": "patient",
        "identifier": [{"system": "https://lakeside.example.com/mrn", "value": "MRN-1"}],
        "name": [{"family": "Sandoval", "given": ["Ruth"]}],
        "gender": "female",
        "birthDate": "1954-03-02",
        "address": [
            {"line": ["14 Elm Street", "Unit 2"], "city": "Madison", "state": "WI", "postalCode": "53703"}
        ],
    }
    assert contained["order"]["status"] == "active"
    assert contained["order"]["requester"] == written()["careTeam"][1]["provider"]
    assert contained["coverage"]["payor"] == [written()["insurer"]]
    assert [number["value"] for number in contained["billing-provider"]["identifier"]] == [
        "1999999901",
        "39-4567001",
    ]


def held_by_the_husband(**changes):
    coverage = replace(COVERAGE, relationship="spouse", subscriber=replace(HUSBAND, **changes))
    return claim(coverage=chosen(coverage))


def test_the_coverage_inside_a_claim_names_a_subscriber_who_is_not_the_patient():
    contained = {inner["id"]: inner for inner in written(held_by_the_husband())["contained"]}
    assert contained["coverage"]["subscriberId"] == "1EG4TE5MK73"
    assert contained["coverage"]["subscriber"] == {
        "reference": "#subscriber",
        "type": "RelatedPerson",
        "display": "Hector Sandoval",
    }
    assert contained["subscriber"] == {
        "resourceType": "RelatedPerson",
        "id": "subscriber",
        "patient": contained["coverage"]["beneficiary"],
        "name": [{"family": "Sandoval", "given": ["Hector"]}],
        "gender": "male",
        "birthDate": "1951-06-30",
    }
    assert "subscriber" not in {inner["id"] for inner in written()["contained"]}


def test_a_subscriber_of_the_senders_server_is_referred_to_there():
    resource = written(held_by_the_husband(reference="https://ehr.example.com/fhir/Patient/7"))
    contained = {inner["id"]: inner for inner in resource["contained"]}
    assert contained["coverage"]["subscriber"]["type"] == "Patient"
    assert contained["coverage"]["subscriber"]["reference"] == "https://ehr.example.com/fhir/Patient/7"
    assert "subscriber" not in contained


def test_a_party_of_the_senders_server_is_referred_to_where_it_is():
    server = "https://ehr.example.com/fhir"
    one = claim(
        patient=chosen(replace(PATIENT, reference=f"{server}/Patient/1")),
        rendering=chosen(replace(READER, reference="PractitionerRole/7/_history/2")),
        referring=chosen(replace(ORDERER, reference=f"{server}/Practitioner/8")),
        service_facility=chosen(replace(SITE, reference=f"{server}/Location/2")),
        coverage=chosen(
            replace(
                COVERAGE,
                reference=f"{server}/Coverage/3",
                payer=replace(COVERAGE.payer, reference=f"{server}/Organization/4"),
            )
        ),
    )
    study = brief_study(
        order=known(replace(ORDER, reference=f"{server}/ServiceRequest/5")),
        report=known(replace(REPORT, reference=f"{server}/DiagnosticReport/6")),
    )
    resource = written(one, study)
    assert [inner["id"] for inner in resource["contained"]] == ["billing-provider"]
    assert references_in(resource) == [
        f"{server}/Patient/1",
        f"{server}/Organization/4",
        "#billing-provider",
        f"{server}/ServiceRequest/5",
        f"{server}/Location/2",
        "PractitionerRole/7/_history/2",
        f"{server}/Practitioner/8",
        f"{server}/DiagnosticReport/6",
        f"{server}/Coverage/3",
    ]
    assert resource["careTeam"][0]["provider"]["type"] == "PractitionerRole"
    assert fhir_r4.check_claim(resource) == ()


def test_a_hospital_claim_carries_bill_type_revenue_code_and_attending_but_no_place_of_service():
    facility, _ = split()
    assert facility["type"] == coded(f"{HL7}/claim-type", "institutional")
    assert facility["meta"]["profile"] == [
        "https://w3id.org/vfa-claims/fhir/StructureDefinition/vfa-claim-institutional"
    ]
    assert facility["supportingInfo"][1] == {
        "sequence": 2,
        "category": coded(f"{HL7}/us-claim-information-category", "type-of-bill"),
        "code": coded("https://www.nubc.org/CodeSystem/TypeOfBill", "0131"),
    }
    assert facility["item"][0]["revenue"] == coded("https://www.nubc.org/CodeSystem/RevenueCodes", "0320")
    assert "locationCodeableConcept" not in facility["item"][0]
    assert [member["role"]["coding"][0]["code"] for member in facility["careTeam"]] == [
        "attending",
        "referring",
    ]
    assert "related" not in facility


def test_the_professional_claim_of_a_split_study_names_the_technical_one():
    _, professional = split()
    assert professional["related"] == [
        {
            "claim": {
                "reference": "Claim/vfa-facility",
                "type": "Claim",
                "identifier": {
                    "system": "https://w3id.org/vfa-claims/fhir/sid/claim",
                    "value": "vfa-facility",
                },
            },
            "relationship": coded(f"{HL7}/ex-relatedclaimrelationship", "associated"),
        }
    ]
    assert professional["billablePeriod"] == {"start": "2026-09-16", "end": "2026-09-16"}
    assert [kind["type"][0]["coding"][0]["code"] for kind in professional["diagnosis"]] == [
        "principal",
        "secondary",
    ]


def test_each_modifier_stands_alone_under_its_own_system_in_rank_order():
    modifiers = (chosen(Modifier.PROFESSIONAL), chosen(Modifier.TECHNICAL))
    resource = written(claim(lines=(line(Component.GLOBAL, "150.00", modifiers=modifiers),)))
    assert resource["item"][0]["modifier"] == [
        coded("http://www.ama-assn.org/go/cpt", "26"),
        coded("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "TC"),
    ]


def test_the_period_spans_the_days_of_the_lines():
    later = line(Component.PROFESSIONAL, "45.00", sequence=2, service_day=chosen(NOW.date()))
    resource = written(claim(lines=(later, line(Component.TECHNICAL, "105.00"))))
    assert resource["billablePeriod"] == {"start": "2026-09-15", "end": "2026-11-24"}


@pytest.mark.parametrize("resource", every_claim())
def test_what_is_written_passes_the_check_on_the_way_out(resource):
    assert fhir_r4.check_claim(resource) == ()


@pytest.mark.parametrize("resource", every_claim())
def test_every_pointer_of_a_line_names_something_on_the_claim(resource):
    team = {member["sequence"] for member in resource["careTeam"]}
    diagnoses = {diagnosis["sequence"] for diagnosis in resource["diagnosis"]}
    for item in resource["item"]:
        assert item["careTeamSequence"]
        assert set(item["careTeamSequence"]) <= team
        assert item["diagnosisSequence"]
        assert set(item["diagnosisSequence"]) <= diagnoses


@pytest.mark.parametrize("resource", every_claim())
def test_every_contained_resource_is_referred_to_and_every_such_reference_leads_somewhere(resource):
    by_name = {f"#{inner['id']}": inner for inner in resource["contained"]}
    inside = set(by_name)
    outside = {name: value for name, value in resource.items() if name != "contained"}
    reached = {found for found in references_in(outside) if found.startswith("#")}
    assert inside - reached <= {"#subscriber"}  # only the coverage names its subscriber
    reached |= {found for found in references_in(by_name.get("#coverage", {})) if found.startswith("#")}
    assert reached == inside
    assert {found for found in references_in(resource) if found.startswith("#")} == inside


@pytest.mark.parametrize("resource", every_claim())
def test_the_total_is_the_sum_of_the_lines(resource):
    assert resource["total"]["value"] == sum(item["net"]["value"] for item in resource["item"])
    for item in resource["item"]:
        assert item["net"]["value"] == item["unitPrice"]["value"] * item["quantity"]["value"]


def test_amounts_keep_their_cents_in_the_text():
    text = json_text.write(written(two_lines())).decode()
    assert '"unitPrice":{"value":150.00,"currency":"USD"}' in text
    assert '"net":{"value":180.10,"currency":"USD"}' in text
    assert '"total":{"value":330.10,"currency":"USD"}' in text


def test_a_moment_without_offset_is_refused():
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        write_claim(claim(), brief_study(), created=naive, state=StudyState.CLEAN)


def test_the_same_claim_is_written_the_same_twice():
    part = brief_answer()
    assert json_text.write(written(part.claims[0])) == json_text.write(written(claim()))


EMPTY = Address(line=(), city="", state="", postal_code="")


@pytest.mark.parametrize(
    "changed",
    [
        {"coverage": chosen(replace(COVERAGE, member_id="", relationship="", coverage_type="", payer_id=""))},
        {"coverage": chosen(replace(COVERAGE, payer=Organization(name="", npi="", address=EMPTY)))},
        {"service_facility": chosen(replace(SITE, name="", address=EMPTY))},
        {"service_facility": chosen(replace(SITE, address=None))},
        {"billing": chosen(Organization(name="Only a name"))},
        {"patient": chosen(replace(PATIENT, given=(), address=EMPTY))},
        {"rendering": chosen(Person(npi=READER.npi, family=""))},
        {"diagnoses": (), "lines": (line(Component.GLOBAL, "0", diagnosis_pointers=()),)},
    ],
)
def test_a_fact_that_is_blank_leaves_no_empty_element(changed):
    resource = written(claim(**changed))
    assert fhir_r4.check_claim(resource) == ()


def test_an_order_and_a_report_without_number_are_named_in_words():
    study = brief_study(
        order=known(replace(ORDER, identifiers=(), status=Gap(code=FindingCode.ORDER_UNRESOLVED))),
        report=known(replace(REPORT, identifiers=())),
    )
    resource = written(study=study)
    assert resource["referral"] == {"type": "ServiceRequest", "display": "Order of the study"}
    assert resource["supportingInfo"][1]["valueReference"] == {
        "type": "DiagnosticReport",
        "display": "Report of the study",
    }
    assert fhir_r4.check_claim(resource) == ()


def test_the_payers_authorization_numbers_stand_with_the_coverage():
    numbered = claim(coverage=chosen(replace(COVERAGE, authorizations=("PA-7781", "PA-7782"))))
    [insurance] = written(numbered)["insurance"]
    assert insurance["preAuthRef"] == ["PA-7781", "PA-7782"]
    assert "preAuthRef" not in written()["insurance"][0]
