"""The canonical systems of every code and identifier that goes out, and the FHIR shapes they are written in.

Systems are those of HL7 Terminology, NUBC, CMS and the AMA; what none of them has stands below our own base.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from service import __version__
from service.core.codes import CPT_MODIFIERS, Modifier, Procedure
from service.core.procedure_codes import HCPCS_PROCEDURES
from service.core.study import BusinessIdentifier

Json: TypeAlias = dict[str, Any]

BASE: Final = "https://w3id.org/vfa-claims/fhir"
VFA: Final = f"{BASE}/CodeSystem/vfa"
SITE_KIND: Final = f"{BASE}/CodeSystem/vfa-site-kind"
EXAM: Final = f"{BASE}/CodeSystem/vfa-exam"
CIRCUMSTANCE: Final = f"{BASE}/CodeSystem/vfa-circumstance"
PURCHASED_SERVICE: Final = f"{BASE}/StructureDefinition/purchased-service"
FINDING: Final = f"{BASE}/CodeSystem/finding"
STUDY_STATE: Final = f"{BASE}/CodeSystem/study-state"
CLAIM_ID: Final = f"{BASE}/sid/claim"
PAYER_ID: Final = f"{BASE}/sid/payer-id"
RULEBOOK_DIGEST: Final = f"{BASE}/sid/rulebook"
PRACTICE_DIGEST: Final = f"{BASE}/sid/practice"
ENGINE_DIGEST: Final = f"{BASE}/sid/engine"

HL7: Final = "http://terminology.hl7.org/CodeSystem"
CLAIM_TYPE: Final = f"{HL7}/claim-type"
PRIORITY: Final = f"{HL7}/processpriority"
PAYEE_TYPE: Final = f"{HL7}/payeetype"
CARE_TEAM_ROLE: Final = f"{HL7}/claimcareteamrole"
INFORMATION: Final = f"{HL7}/claiminformationcategory"
US_INFORMATION: Final = f"{HL7}/us-claim-information-category"
DIAGNOSIS_TYPE: Final = f"{HL7}/diagnosistype"
RELATED_CLAIM: Final = f"{HL7}/ex-relatedclaimrelationship"
IDENTIFIER_TYPE: Final = f"{HL7}/v2-0203"
RELATIONSHIP: Final = f"{HL7}/subscriber-relationship"
COVERAGE_CLASS: Final = f"{HL7}/coverage-class"
DATA_OPERATION: Final = f"{HL7}/v3-DataOperation"
PARTICIPANT: Final = f"{HL7}/provenance-participant-type"

REQUEST_INTENT: Final = "http://hl7.org/fhir/request-intent"
SNOMED_CT: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
ICD_10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
CPT: Final = "http://www.ama-assn.org/go/cpt"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
PLACE_OF_SERVICE: Final = (
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
)
TYPE_OF_BILL: Final = "https://www.nubc.org/CodeSystem/TypeOfBill"
CONDITION: Final = "https://www.nubc.org/CodeSystem/ConditionCodes"
OCCURRENCE: Final = "https://www.nubc.org/CodeSystem/OccurrenceCodes"
REVENUE: Final = "https://www.nubc.org/CodeSystem/RevenueCodes"
TAXONOMY: Final = "http://nucc.org/provider-taxonomy"
SOPT: Final = "https://nahdo.org/sopt"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
EIN: Final = "urn:oid:2.16.840.1.113883.4.4"


def concept(system: str, code: str) -> Json:
    """CodeableConcept of one coding, without display: wording of CPT and others is licensed."""
    return {"coding": [{"system": system, "code": str(code)}]}


def modifier_concept(modifier: Modifier) -> Json:
    """CodeableConcept of a line modifier, under CPT or HCPCS Level II."""
    return concept(CPT if modifier in CPT_MODIFIERS else HCPCS, modifier)


def procedure_concept(procedure: Procedure) -> Json:
    """CodeableConcept of what a line bills, under CPT or HCPCS Level II."""
    return concept(HCPCS if procedure in HCPCS_PROCEDURES else CPT, procedure)


def money(amount: Decimal) -> Json:
    """Money in US dollars with the digits the amount has (150.00 stays 150.00)."""
    return {"value": amount, "currency": "USD"}


def identifier(system: str, value: str) -> Json:
    """Identifier; the system is left out where nobody named one."""
    return {**given("system", system), "value": value}


def business_identifier(one: BusinessIdentifier) -> Json:
    """Identifier of a business number as the sender gave it."""
    return identifier(one.system, one.value)


def given(element: str, value: Any) -> Json:
    """The element with its value, or no element: FHIR JSON has no empty strings, lists or nulls."""
    return {element: value} if value else {}


def heading(kind: str, url: str, name: str, title: str, description: str) -> Json:
    """What a published terminology resource opens with; its id is the last part of its address."""
    return {
        "resourceType": kind,
        "id": url.rsplit("/", 1)[1],
        "url": url,
        "version": __version__,
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": "vfa-claims",
        "description": description,
    }


def instant(moment: datetime) -> str:
    """FHIR instant or dateTime to the second, with offset; `ValueError` for a moment without one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset")
    return moment.isoformat(timespec="seconds")
