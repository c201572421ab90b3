"""A golden case as the Bundle an EHR would send, and the practice file it is read with.

Published codes are used where they exist, our own where they do not; `docs/for-ehr-teams.md` says which.
"""

from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from service.core.codes import Exam, SiteKind
from service.core.practice import OrganizationEntry, Practice, ReaderEntry, SiteEntry
from service.core.situations import Circumstance, SiteDetail
from tests.cases.payers_of import payer_told
from tests.cases.rules import rulebook
from tests.cases.study_of import (
    ADDRESS,
    ALWAYS,
    DEFAULTS,
    ORGANIZATIONS,
    entry_of,
    practice_of,
    site_npi,
    usual_shape,
)

Resource = dict[str, Any]
VFA = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa"
CIRCUMSTANCE = "https://w3id.org/vfa-claims/fhir/CodeSystem/vfa-circumstance"
SUBSTITUTIONS = (Circumstance.SUBSTITUTE_RECIPROCAL, Circumstance.SUBSTITUTE_PAID_BY_TIME)
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NPI = "http://hl7.org/fhir/sid/us-npi"
HL7 = "http://terminology.hl7.org/CodeSystem/"
EXAMS = {
    "vfa": "77086",
    "density-with-vfa": "77085",
    "axial-density": "77080",
    "peripheral-density": "77081",
    "bone-score": "77089",
}
OSTEOPOROSIS = {
    "age-related": (ICD, "M81.0"),
    "steroid-induced": (SNOMED, "390833005"),
    "other": (ICD, "M81.8"),
}
COMPONENTS = {
    "shape": "deformity-shape",
    "age": "fracture-age",
    "change": "change-from-prior",
    "cause": "cause",
    "trauma": "trauma-energy",
    "healing": "fracture-healing",
    "care": "fracture-care",
    "late_effect": "late-effect",
    "deformity": "deformity-kind",
    "certainty": "certainty",
}
LATER = ("amended", "corrected", "appended")
"""Versions of a report that stand beside the final one, whose day is that of the reading."""
GRADE = {"definite": "genant-2", "uncertain": "genant-1", "denied": "genant-0"}


def coded(system: str, *codes: str) -> Resource:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def ref(name: str) -> Resource:
    return {"reference": f"urn:uuid:{name}"}


def bundle_of(given: Mapping[str, Any]) -> Resource:
    """The Bundle of a case. What the case takes away (`missing`) is not sent."""
    facts = {**DEFAULTS, **given}
    missing = set(facts["missing"])
    resources = {
        "patient": _patient(facts),
        "orderer": _practitioner(
            "" if "ordering_provider" in missing else facts["ordering_npi"], "Brandt", "Lena"
        ),
        "reader": _practitioner(facts["reading_npi"], "Okafor", "Adaeze"),
        "place": {"resourceType": "Location", "identifier": [{"system": "urn:locations", "value": "SCAN"}]},
        "payer": _payer(facts),
        "coverage": _coverage(facts),
        "visit": _encounter(facts),
        "procedure": _procedure(facts, missing),
    }
    resources |= _notices(facts)
    if facts["hospital"]:
        resources["hospital"] = _organization(facts["hospital"])
    if "order" not in missing:
        resources["order"] = _order(facts)
    if "report" not in missing:
        resources["report"] = _report(facts, missing)
        resources |= _results(facts, missing)
    if facts["report_status"] in LATER and "report" in resources:
        resources["first-report"] = {**resources["report"], "status": "final"}
    if "scan" in missing:
        del resources["procedure"]
    if facts["osteoporosis"] in (*OSTEOPOROSIS, "drug-induced"):
        resources["condition"] = _condition(facts["osteoporosis"])
    if facts["missing"].get("coverage") == "COVERAGE-SEVERAL":
        resources["coverage2"] = _coverage(facts)
    if facts["missing"].get("coverage") == "COVERAGE-MISSING":
        del resources["coverage"]
    resources |= _beside(facts)
    entries = [{"fullUrl": f"urn:uuid:{name}", "resource": one} for name, one in resources.items()]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _beside(facts: Mapping[str, Any]) -> dict[str, Resource]:
    """Later coverages, drafts of this session, earlier claims, observations of clinical facts."""
    found: dict[str, Resource] = {}
    for number, payer in enumerate(facts["then_payers"], 2):
        other = {**facts, "payer": payer, "plan": ""}
        found[f"payer-{number}"] = _payer(other)
        found[f"coverage-{number}"] = {
            **_coverage(other),
            "order": number,
            "payor": [ref(f"payer-{number}")],
        }
    day = facts["date_of_service"]
    if facts["draft"]:
        items = [_drafted(number, one) for number, one in enumerate(facts["draft"], 1)]
        found["draft"] = _claim("draft", day, items)
    for number, one in enumerate(facts["history"]):
        code, earlier = one.split()
        found[f"earlier-{number}"] = _claim("active", earlier, [_drafted(1, code)])
    for what, value in facts["clinical"].items():
        told = {"valueBoolean": value == "1"} if what == "prior-fracture-reported" else {}
        unit = "cm" if what == "height-loss" else "1"
        quantity = {"value": float(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        found[f"clinical-{what}"] = _observation(coded(VFA, what), **(told or {"valueQuantity": quantity}))
    return found


def _claim(status: str, day: str, items: list[Resource]) -> Resource:
    return {
        "resourceType": "Claim",
        "status": status,
        "type": coded(f"{HL7}claim-type", "professional"),
        "use": "claim",
        "patient": ref("patient"),
        "billablePeriod": {"start": day, "end": day},
        "created": day,
        "provider": {"display": "Whoever charged it"},
        "priority": coded(f"{HL7}processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": ref("coverage")}],
        "item": items,
    }


def _drafted(number: int, said: str) -> Resource:
    written, *more = said.split()
    code, *modifiers = written.split("-")
    told = {one[0]: one[1:] for one in more}
    return {
        "sequence": number,
        "productOrService": coded(HCPCS if code == "G0130" else CPT, code),
        **({"modifier": [coded(HCPCS, one) for one in modifiers]} if modifiers else {}),
        **({"quantity": {"value": int(told["x"])}} if "x" in told else {}),
        **({"unitPrice": {"value": float(told["@"]), "currency": "USD"}} if "@" in told else {}),
    }


def practice_for(given: Mapping[str, Any]) -> Practice:
    """The practice file of a case: its site, its reader, and every organization it names."""
    facts = {**DEFAULTS, **given}
    ours = facts["ours"]
    others = tuple(replace(entry_of(id_), bills_through_us=False) for id_ in ORGANIZATIONS if id_ not in ours)
    known = practice_of(given)
    site = SiteEntry(
        id="scan-site",
        name="The scan site",
        location_identifiers=("urn:locations|SCAN",),
        managing_npi="",
        npi=site_npi(facts),
        kind=SiteKind(facts["site"]),
        detail=SiteDetail(facts["site_detail"]),
        scanner_owner=facts["scanner_owner"],
        locality=facts["site_locality"],
        time_zone="America/Chicago",
        place_of_service=facts["fixed_place_of_service"],
        address=ADDRESS,
        in_force=ALWAYS,
    )
    reader = ReaderEntry(
        npi=facts["reading_npi"],
        family="Okafor",
        given=(),
        taxonomy="",
        bills_for=facts["reader_bills_for"],
        site="",
        reads_at="",
        locality=facts["reader_locality"],
        address=ADDRESS if facts["reading_place"] == "known" else None,
        in_force=ALWAYS,
        purchase_price=Decimal(facts["purchase_price"]) if facts["purchase_price"] else None,
        substitutes_for=facts["substitutes_for"],
        substitution=next((one for one in SUBSTITUTIONS if one in stated_of(facts)), None)
        if facts["substitutes_for"]
        else None,
    )
    absent = replace(reader, npi=facts["substitutes_for"], substitutes_for="", substitution=None)
    listed = [] if "reader" in facts["missing"] else [reader, *([absent] if facts["substitutes_for"] else [])]
    organizations = tuple(_told_of(one, facts) for one in (*known.organizations, *others))
    return replace(known, organizations=organizations, sites=(site,), readers=tuple(listed))


def stated_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """The circumstances of a case with their words."""
    told = facts["circumstances"]
    return dict((one, "") if isinstance(one, str) else (one["what"], one["says"]) for one in told)


def _told_of(entry: OrganizationEntry, facts: Mapping[str, Any]) -> OrganizationEntry:
    """An organization with the codes it is enrolled for and those who order for it."""
    listed = facts["approved"].get(entry.id)
    return replace(
        entry,
        approved_procedures=None if listed is None else frozenset(listed),
        wholly_owned_by="hospital" if entry.id in facts["wholly_owned"] else "",
        ordering_practitioners=frozenset(
            {facts["ordering_npi"]} if entry.id in facts["ordered_for"] else set()
        ),
    )


def _organization(id_: str) -> Resource:
    name, npi = ORGANIZATIONS[id_]
    return {"resourceType": "Organization", "name": name, "identifier": [{"system": NPI, "value": npi}]}


def _notices(facts: Mapping[str, Any]) -> dict[str, Resource]:
    """A Consent for each notice, about the order, and the organizations it names."""
    found: dict[str, Resource] = {}
    for number, said in enumerate(facts["notices"]):
        found |= {f"named-{id_}": _organization(id_) for id_ in said["names"]}
        found[f"notice-{number}"] = {
            "resourceType": "Consent",
            "status": "active",
            "scope": coded(f"{HL7}consentscope", "treatment"),
            "category": [coded(CIRCUMSTANCE, said["kind"])],
            "patient": ref("patient"),
            "dateTime": said["day"],
            "organization": [ref(f"named-{id_}") for id_ in said["names"]],
            "policyRule": {"text": "notice to the patient"},
            "provision": {"data": [{"meaning": "related", "reference": ref("order")}]},
        }
    return found


def _number(missing: Container[str]) -> Resource:
    """The accession number that tells the study from others."""
    if "key" in missing:
        return {}
    return {
        "identifier": [{"type": coded(f"{HL7}v2-0203", "ACSN"), "system": "urn:accession", "value": "A-1"}]
    }


def _exams(named: list[str]) -> Resource:
    generic = [{"system": LOINC, "code": _loinc(Exam.GENERIC_DXA)}] if "generic-dxa" in named else []
    return {"coding": [*coded(CPT, *(EXAMS[one] for one in named if one in EXAMS))["coding"], *generic]}


def _loinc(exam: Exam) -> str:
    """The first LOINC code that a row knows for an examination alone."""
    rows = (
        row for row in rulebook().orders.rows if row.then.exams == {exam} and "loinc" in row.when["system"]
    )
    return min(next(rows).when["code"])


def _patient(facts: Mapping[str, Any]) -> Resource:
    year = date.fromisoformat(facts["date_of_service"]).year - int(facts["age"])
    return {
        "resourceType": "Patient",
        "identifier": [{"type": coded(f"{HL7}v2-0203", "MR"), "system": "urn:mrn", "value": "M-1"}],
        "name": [{"family": "Sandoval", "given": ["Ruth"]}],
        **({} if "patient" in facts["missing"] else {"gender": facts["sex"]}),
        "birthDate": f"{year:04}-01-02",
        "address": [
            {
                "line": list(ADDRESS.line),
                "city": ADDRESS.city,
                "state": ADDRESS.state,
                "postalCode": ADDRESS.postal_code,
            }
        ],
    }


def _practitioner(npi: str, family: str, given: str) -> Resource:
    numbers = {"identifier": [{"system": NPI, "value": npi}]} if npi else {}
    return {"resourceType": "Practitioner", **numbers, "name": [{"family": family, "given": [given]}]}


def _payer(facts: Mapping[str, Any]) -> Resource:
    name, number, _ = payer_told(facts["payer"])
    kind = coded("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", "payerid")
    numbers = {"identifier": [{"type": kind, "value": number}]} if number else {}
    return {"resourceType": "Organization", **numbers, "name": name or "Insurance of the case"}


def _coverage(facts: Mapping[str, Any]) -> Resource:
    kind = payer_told(facts["payer"])[2]
    plan = {"type": coded(f"{HL7}coverage-class", "plan"), "value": facts["plan"]}
    return {
        "resourceType": "Coverage",
        "status": "active",
        **({"type": coded("https://nahdo.org/sopt", kind)} if kind else {}),
        "subscriberId": "X1",
        "beneficiary": ref("patient"),
        "relationship": coded(f"{HL7}subscriber-relationship", "self"),
        "payor": [ref("payer")],
        **({"order": 1} if facts["then_payers"] else {}),
        **({"class": [plan]} if facts["plan"] else {}),
    }


def _encounter(facts: Mapping[str, Any]) -> Resource:
    kind = facts["encounter"] if facts["encounter"] != "not-stated" else "AMB"
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": f"{HL7}v3-ActCode", "code": kind},
        "subject": ref("patient"),
        **({"serviceProvider": ref("hospital")} if facts["hospital"] else {}),
    }


def _procedure(facts: Mapping[str, Any], missing: set[str]) -> Resource:
    day = (
        {}
        if "date_of_service" in missing
        else {"performedDateTime": f"{facts['date_of_service']}T09:00:00-05:00"}
    )
    stopped = facts["scan"] == "stopped"
    told = [
        {**coded(CIRCUMSTANCE, what), **({"text": says} if says else {})}
        for what, says in stated_of(facts).items()
    ]
    visited = facts["encounter"] != "not-stated" or facts["hospital"]
    return {
        "resourceType": "Procedure",
        **({"report": [ref("report")]} if "order" in missing else {"basedOn": [ref("order")]}),
        "status": facts["scan"],
        **({"reasonCode": told} if told else {}),
        **({"statusReason": {"text": facts["stop_reason"]}} if stopped and facts["stop_reason"] else {}),
        **({"code": _exams(facts["performed"])} if facts["performed"] else {}),
        "subject": ref("patient"),
        **day,
        **({"encounter": ref("visit")} if visited else {}),
        **({} if "site" in missing else {"location": ref("place")}),
    }


def _order(facts: Mapping[str, Any]) -> Resource:
    reasons = [coded(ICD, code) for code in facts["reasons"]]
    if facts["reason_missing"] == "REASON-NOT-CODED":
        reasons.append({"text": "a reason in words"})
    return {
        "resourceType": "ServiceRequest",
        **_number(facts["missing"]),
        "status": facts["order_status"],
        "intent": facts["order_intent"],
        **({"category": [coded(VFA, facts["order_mode"])]} if facts["order_mode"] else {}),
        **({"doNotPerform": True} if facts["do_not_perform"] == "yes" else {}),
        "code": _exams(facts["ordered"]),
        "subject": ref("patient"),
        **({"authoredOn": facts["order_day"]} if facts["order_day"] else {}),
        "requester": ref("orderer"),
        **({"reasonCode": reasons} if reasons else {}),
        **_insurance(facts["missing"].get("coverage", "")),
    }


def _insurance(missing: str) -> Resource:
    """The coverages of an order: none, one, or two of which nobody says who pays first."""
    named = {"": ["coverage"], "COVERAGE-SEVERAL": ["coverage", "coverage2"]}.get(missing, [])
    return {"insurance": [ref(one) for one in named]} if named else {}


def _report(facts: Mapping[str, Any], missing: set[str]) -> Resource:
    read = facts["date_of_service"] if facts["reading_day"] == "same" else facts["reading_day"]
    concluded = [coded(ICD, code) for code in facts["concluded"]]
    reading = facts["reading"]
    if "vfa" in facts["performed"] and "reading" not in missing and "no fracture" in reading:
        concluded.append(coded(VFA, "no-vertebral-fracture"))
    if not any("density" in one for one in facts["performed"]):
        concluded.append(coded(VFA, "density-not-measured"))
    results = [ref(name) for name in _results(facts, missing)]
    scanned = {"effectiveDateTime": f"{facts['date_of_service']}T09:00:00-05:00"}
    return {
        "resourceType": "DiagnosticReport",
        **_number(missing),
        **({} if "order" in missing else {"basedOn": [ref("order")]}),
        "status": facts["report_status"],
        "code": coded(LOINC, "38269-7"),
        "subject": ref("patient"),
        **({} if "date_of_service" in missing else scanned),
        **({} if "reading_day" in missing else {"issued": f"{read}T16:00:00-05:00"}),
        "resultsInterpreter": [ref("reader")],
        **({"result": results} if results else {}),
        **({"conclusionCode": concluded} if concluded else {}),
    }


def _results(facts: Mapping[str, Any], missing: set[str]) -> dict[str, Resource]:
    """The Observations of a report: one a level that the reader speaks of, one a measured density."""
    said = facts["reading"]
    levels = [] if isinstance(said, str) else [one for one in said if one != "no fracture"]
    found = {f"level-{number}": _vertebra(one) for number, one in enumerate(levels)}
    for level in facts["not_evaluable"]:
        code, absent = coded(VFA, "vertebral-fracture-grade"), coded(f"{HL7}data-absent-reason", "unknown")
        found[f"unread-{level}"] = _observation(code, bodySite=_body_site(level), dataAbsentReason=absent)
    if "vfa" not in facts["performed"] or "reading" in missing:
        found = {}
    for exam in (Exam.AXIAL_DENSITY, Exam.PERIPHERAL_DENSITY):
        if exam in facts["performed"]:
            value = {"valueQuantity": {"value": 1, "unit": "g/cm2"}}
            found[exam.value] = _observation(coded(LOINC, _loinc(exam)), **value)
    return found


def _observation(code: Resource, **parts: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": ref("patient"),
        **parts,
    }


def _vertebra(said: Mapping[str, str]) -> Resource:
    certainty = said.get("certainty", "definite")
    words = {**said, "certainty": certainty, "shape": said.get("shape", usual_shape(said))}
    words = {aspect: word for aspect, word in words.items() if word != "not-stated"}
    if "deformity" in said:
        del words["certainty"]
    components = [
        {"code": coded(VFA, name), "valueCodeableConcept": coded(VFA, words[aspect])}
        for aspect, name in COMPONENTS.items()
        if aspect in words
    ]
    return _observation(
        coded(VFA, "vertebral-fracture-grade"),
        bodySite=_body_site(said["level"]),
        valueCodeableConcept=coded(VFA, said.get("grade", GRADE[certainty])),
        **({"component": components} if components else {}),
    )


def _body_site(level: str) -> Resource:
    rows = (row for row in rulebook().translations.rows if dict(row.then.means) == {"level": level})
    row = next(rows, None)
    return coded(SNOMED, min(row.when["code"])) if row else coded(VFA, level)


def _condition(osteoporosis: str) -> Resource:
    system, code = OSTEOPOROSIS.get(osteoporosis, (VFA, osteoporosis))
    return {
        "resourceType": "Condition",
        "clinicalStatus": coded(f"{HL7}condition-clinical", "active"),
        "code": coded(system, code),
        "subject": ref("patient"),
    }
