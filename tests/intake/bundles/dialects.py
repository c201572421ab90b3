"""The brief's study as many kinds of sender would write it: what is said stays, how it is said changes.

Each dialect is a function from the study's plain collection (urns, no ids) to the Bundle another one sends.
Nothing here is taken from a published example; the shapes are those of IHE IMR, US Core and common servers.
"""

import base64
import copy
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from tests.intake.sent import CPT, LOINC, TYPES, Sent, coded

Resource = dict[str, Any]
IMR = "https://profiles.ihe.net/RAD/IMR/StructureDefinition"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
CRD = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition"
SERVER = "https://ehr.example.com/fhir"


def plain() -> Resource:
    """The study as the examples have it: a collection whose entries refer to one another by urn."""
    return Sent().bundle


def entries(bundle: Resource) -> Iterator[tuple[Resource, Resource]]:
    return ((entry, entry["resource"]) for entry in bundle["entry"])


def the(bundle: Resource, kind: str) -> Resource:
    return next(resource for _, resource in entries(bundle) if resource["resourceType"] == kind)


def url(bundle: Resource, wanted: Resource) -> str:
    return next(str(entry["fullUrl"]) for entry, resource in entries(bundle) if resource is wanted)


def references(node: Any) -> Iterator[Resource]:
    """Every Reference below a JSON value."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def refer_by(bundle: Resource, rename: Callable[[str], Resource]) -> None:
    """Every reference to another one, by what `rename` makes of the urn it had."""
    for reference in list(references(bundle)):
        reference.update(rename(reference.pop("reference")))


def with_ids(bundle: Resource) -> dict[str, str]:
    """Gives every resource an id; `Type/id` of each by the urn it had."""
    names = {}
    for number, (entry, resource) in enumerate(entries(bundle), 1):
        resource["id"] = f"{resource['resourceType'].lower()}-{number}"
        names[entry["fullUrl"]] = f"{resource['resourceType']}/{resource['id']}"
    return names


def on_a_server(bundle: Resource, base: str = SERVER) -> dict[str, str]:
    """Ids, and fullUrls below a base."""
    names = with_ids(bundle)
    for entry, _ in entries(bundle):
        entry["fullUrl"] = f"{base}/{names[entry['fullUrl']]}"
    return names


def absolute() -> Resource:
    bundle = plain()
    names = on_a_server(bundle)
    refer_by(bundle, lambda urn: {"reference": f"{SERVER}/{names[urn]}"})
    return bundle


def searchset() -> Resource:
    """What a search with _include answers: matches, includes, an outcome; relative references."""
    bundle = plain()
    names = on_a_server(bundle)
    refer_by(bundle, lambda urn: {"reference": names[urn]})
    for entry, resource in entries(bundle):
        entry["search"] = {"mode": "match" if resource["resourceType"] == "DiagnosticReport" else "include"}
    issue = {
        "severity": "information",
        "code": "informational",
        "diagnostics": "one search parameter ignored",
    }
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    bundle["entry"].append({"resource": outcome, "search": {"mode": "outcome"}})
    link = [{"relation": "self", "url": f"{SERVER}/DiagnosticReport?status=final&_include=*"}]
    bundle.update(type="searchset", total=1, link=link)
    return bundle


def without_full_urls() -> Resource:
    bundle = plain()
    names = with_ids(bundle)
    refer_by(bundle, lambda urn: {"reference": names[urn]})
    for entry, resource in entries(bundle):
        del entry["fullUrl"]
        entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    bundle["type"] = "batch"
    return bundle


def message() -> Resource:
    bundle = plain()
    header = {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": "http://terminology.hl7.org/CodeSystem/v2-0003", "code": "R01"},
        "source": {"endpoint": "urn:oid:2.999.1", "name": "RIS"},
        "focus": [{"reference": url(bundle, the(bundle, "DiagnosticReport"))}],
    }
    bundle["entry"].insert(
        0, {"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000001", "resource": header}
    )
    bundle["type"] = "message"
    return bundle


def logical() -> Resource:
    """No literal reference at all: everything has a business identifier and is named by it."""
    bundle = plain()
    known = {}
    for number, (entry, resource) in enumerate(entries(bundle), 1):
        own = {"system": "https://lakeside.example.com/ids", "value": f"{number:04}"}
        resource.setdefault("identifier", []).append(own)
        known[entry.pop("fullUrl")] = {"type": resource["resourceType"], "identifier": own}
    refer_by(bundle, lambda urn: copy.deepcopy(known[urn]))
    return bundle


def contained() -> Resource:
    """One report that carries everything else inside it, the procedure by way of the images."""
    bundle = plain()
    report, images, procedure = (
        the(bundle, kind) for kind in ("DiagnosticReport", "ImagingStudy", "Procedure")
    )
    images["procedureReference"] = {"reference": url(bundle, procedure)}
    names = with_ids(bundle)
    refer_by(bundle, lambda urn: {"reference": f"#{names[urn].partition('/')[2]}"})
    del report["id"]
    report["contained"] = [resource for _, resource in entries(bundle) if resource is not report]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": report}]}


def imr_transaction() -> Resource:
    """IHE Interactive Multimedia Report, RAD-141: entries to POST, html with hash, an earlier study."""
    bundle = plain()
    report, images = the(bundle, "DiagnosticReport"), the(bundle, "ImagingStudy")
    html = b"<html><body><p>Fracture of T8, moderate wedge. No other.</p></body></html>"
    form = {
        "contentType": "text/html",
        "data": base64.b64encode(html).decode(),
        "size": len(html),
        "hash": base64.b64encode(hashlib.sha1(html, usedforsecurity=False).digest()).decode(),
    }
    earlier = copy.deepcopy(images)
    earlier.pop("basedOn")
    accession = {
        "type": coded(TYPES, "ACSN"),
        "system": "https://lakeside.example.com/accession",
        "value": "LBI-24-1",
    }
    earlier.update(identifier=[accession], started="2024-03-11T10:00:00-05:00")
    bundle["entry"].append({"fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002", "resource": earlier})
    compared = {"url": f"{IMR}/associatedStudy", "valueReference": {"reference": url(bundle, earlier)}}
    report.update(
        meta={"profile": [f"{IMR}/imr-diagnosticreport"]}, extension=[compared], presentedForm=[form]
    )
    for entry, resource in entries(bundle):
        entry["request"] = {"method": "POST", "url": resource["resourceType"]}
    bundle["type"] = "transaction"
    return bundle


def converter_batch() -> Resource:
    """What a converter makes of HL7 v2 or C-CDA: a batch of PUTs, placeholders beside the report."""
    bundle = plain()
    report = the(bundle, "DiagnosticReport")
    for number, links in enumerate((("basedOn", "encounter"), ("encounter",), ("basedOn",))):
        placeholder = {
            "resourceType": "DiagnosticReport",
            "status": "unknown",
            "code": {"coding": [{"display": "REPORT"}], "text": "Report"},
            "subject": report["subject"],
            **{link: report[link] for link in links},
        }
        bundle["entry"].insert(number, {"fullUrl": f"urn:uuid:placeholder-{number}", "resource": placeholder})
    with_ids(bundle)
    for entry, resource in entries(bundle):
        entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    bundle["type"] = "batch"
    return bundle


def hapi() -> Resource:
    """A HAPI server's search: numeric ids, versions, narratives, extensions, versioned references."""
    bundle = plain()
    names = {}
    for number, (entry, resource) in enumerate(entries(bundle), 1001):
        resource["id"] = str(number)
        names[entry["fullUrl"]] = f"{resource['resourceType']}/{number}"
        entry["fullUrl"] = f"http://hapi.example.org:8080/fhir/{names[entry['fullUrl']]}"
        entry["search"] = {"mode": "match"}
        decorate(resource)
    refer_by(bundle, lambda urn: {"reference": f"{names[urn]}/_history/2", "display": "shown"})
    patient = the(bundle, "Patient")
    born = {
        "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
        "valueDateTime": "1954-03-02T06:00:00Z",
    }
    patient["_birthDate"] = {"extension": [born]}
    patient["name"][0]["_family"] = {"extension": [note("own-name")]}
    patient["name"][0]["_given"] = [{"extension": [note("nickname")]}] * len(patient["name"][0]["given"])
    bundle.update(
        type="searchset", total=len(names), id="6b1b5a52", meta={"lastUpdated": "2026-09-16T02:00:00Z"}
    )
    return bundle


def note(name: str) -> Resource:
    return {"url": f"https://hapi.example.org/StructureDefinition/{name}", "valueString": "said elsewhere"}


def decorate(resource: Resource) -> None:
    """What a server adds and billing does not ask for, on the resource and on every coded element of it."""
    meta: Resource = {"versionId": "2", "lastUpdated": "2026-09-16T01:12:00.123+00:00", "source": "#Xy3kP0"}
    meta["security"] = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]
    resource["meta"] = meta
    div = '<div xmlns="http://www.w3.org/1999/xhtml">Generated</div>'
    resource["text"] = {"status": "generated", "div": div}
    resource["language"] = "en-US"
    resource["extension"] = [*resource.get("extension", []), note("imported")]
    for concept in list(concepts(resource)):
        concept["extension"] = [note("mapped")]
        concept["coding"].append(
            {"system": "https://hapi.example.org/local", "code": "L-1", "userSelected": False}
        )
    if "status" in resource:
        resource["_status"] = {"extension": [note("status-in-sender")]}


def concepts(node: Any) -> Iterator[Resource]:
    """Concepts whose codes are an open choice: a further local coding says nothing new of them."""
    names = {"category", "valueCodeableConcept", "bodySite", "relationship"}
    for name in names & node.keys():
        found = node[name] if isinstance(node[name], list) else [node[name]]
        yield from (each for each in found if "coding" in each)


def us_core(version: str) -> Callable[[], Resource]:
    """A US Core server: its profiles, race and ethnicity, and no basedOn: the accession joins."""

    def made() -> Resource:
        bundle = searchset()
        report = the(bundle, "DiagnosticReport")
        for kind in ("DiagnosticReport", "Procedure", "ImagingStudy"):
            del the(bundle, kind)["basedOn"]
        report["identifier"] = report["identifier"][:1]
        report["category"] = [coded(LOINC, "LP29684-5")]
        for _, resource in entries(bundle):
            profile = resource["resourceType"].lower()
            resource["meta"] = {"profile": [f"{US_CORE}/us-core-{profile}|{version}"]}
        born, sex = (f"{US_CORE}/us-core-{name}" for name in ("birthsex", "sex"))
        extensions = [omb("race", "2106-3"), omb("ethnicity", "2186-5"), {"url": born, "valueCode": "F"}]
        if version == "7.0.0":
            extensions.append({"url": sex, "valueCode": "248152002"})
        the(bundle, "Patient")["extension"] = extensions
        bundle["entry"].append(us_core_provenance(bundle, version))
        the(bundle, "Patient")["communication"] = [{"language": coded("urn:ietf:bcp:47", "en")}]
        if version == "6.1.0":
            del the(bundle, "ServiceRequest")["encounter"]
        return bundle

    return made


def us_core_provenance(bundle: Resource, version: str) -> Resource:
    """What every US Core server can say of a report: who wrote it, for whom; it revises nothing."""
    report, author = the(bundle, "DiagnosticReport"), the(bundle, "Practitioner")
    role = {"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author"}
    provenance = {
        "resourceType": "Provenance",
        "id": "prov-1",
        "meta": {"profile": [f"{US_CORE}/us-core-provenance|{version}"]},
        "target": [{"reference": f"DiagnosticReport/{report['id']}"}],
        "recorded": "2026-09-15T16:41:00-05:00",
        "agent": [{"type": {"coding": [role]}, "who": {"reference": f"Practitioner/{author['id']}"}}],
    }
    found: Resource = {"mode": "include"}
    return {"fullUrl": f"{SERVER}/Provenance/prov-1", "resource": provenance, "search": found}


def omb(kind: str, code: str) -> Resource:
    category = {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code, "display": "shown"}
    parts = [{"url": "ombCategory", "valueCoding": category}, {"url": "text", "valueString": "shown"}]
    return {"url": f"{US_CORE}/us-core-{kind}", "extension": parts}


def site_codes() -> Resource:
    """A RIS that sends its own exam code first and CPT as a translation beside it."""
    bundle = plain()
    local = {"system": "https://ris.example.com/exams", "code": "XBDVFA", "display": "DX VFA LAT"}
    for kind in ("ServiceRequest", "Procedure"):
        the(bundle, kind)["code"] = {
            "coding": [dict(local), *coded(CPT, "77086")["coding"]],
            "text": "DX VFA",
        }
    return bundle


def crd_client() -> Resource:
    """An EHR whose order went through a payer's order check: a generic code, billing options, the answer."""
    bundle = plain()
    order = the(bundle, "ServiceRequest")
    offered = {"url": "code", "valueCoding": coded(CPT, "77086")["coding"][0]}
    order["code"] = {
        **coded(LOINC, "38269-7"),
        "extension": [{"url": f"{CRD}/ext-billing-options", "extension": [offered]}],
    }
    parts: dict[str, Resource] = {
        "coverage": {"valueReference": {"reference": url(bundle, the(bundle, "Coverage"))}},
        "covered": {"valueCode": "covered"},
        "pa-needed": {"valueCode": "no-auth"},
        "billingCode": {"valueCoding": coded(CPT, "77086")["coding"][0]},
        "date": {"valueDate": "2026-09-01"},
        "coverage-assertion-id": {"valueString": "CRD-5512"},
        "contact": {"valueContactPoint": {"system": "url", "value": "https://payer.example.com/crd"}},
    }
    said = [{"url": name, **part} for name, part in parts.items()]
    order["extension"] = [{"url": f"{CRD}/ext-coverage-information", "extension": said}]
    return bundle


def charge_item() -> Resource:
    """A charge router's view of the session: a charge for the procedure."""
    bundle = plain()
    charge = {
        "resourceType": "ChargeItem",
        "status": "billable",
        "code": coded(CPT, "77086"),
        "subject": {"reference": url(bundle, the(bundle, "Patient"))},
        "occurrenceDateTime": "2026-09-15T09:20:00-05:00",
        "quantity": {"value": 1},
        "service": [{"reference": url(bundle, the(bundle, "Procedure"))}],
        "enterer": {"display": "technologist"},
    }
    bundle["entry"].append({"fullUrl": "urn:uuid:charge", "resource": charge})
    return bundle


def draft_claim() -> Resource:
    """A draft somebody filled in by hand for the order."""
    bundle = plain()
    insured = {"coverage": {"reference": url(bundle, the(bundle, "Coverage"))}}
    drafted = {
        "resourceType": "Claim",
        "status": "draft",
        "type": coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": url(bundle, the(bundle, "Patient"))},
        "created": "2026-09-15",
        "provider": {"display": "imaging center"},
        "priority": coded("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "referral": {"reference": url(bundle, the(bundle, "ServiceRequest"))},
        "insurance": [{"sequence": 1, "focal": True, **insured}],
        "item": [
            {
                "sequence": 1,
                "productOrService": coded(CPT, "77086"),
                "servicedDate": "2026-09-15",
                "quantity": {"value": 1},
            }
        ],
    }
    bundle["entry"].append({"fullUrl": "urn:uuid:draft", "resource": drafted})
    return bundle


DIALECTS: dict[str, Callable[[], Resource]] = {
    "absolute": absolute,
    "searchset": searchset,
    "batch without fullUrls": without_full_urls,
    "message": message,
    "logical": logical,
    "contained": contained,
    "IHE IMR transaction": imr_transaction,
    "converter batch": converter_batch,
    "HAPI": hapi,
    "US Core 6.1": us_core("6.1.0"),
    "US Core 7.0": us_core("7.0.0"),
    "site codes": site_codes,
    "CRD client": crd_client,
    "ChargeItem": charge_item,
    "draft Claim": draft_claim,
}
NOTES = {
    "converter batch": {"REPORT-BESIDE-IGNORED"},
    "US Core 6.1": {"ORDER-MATCHED-BY-NUMBER"},
    "US Core 7.0": {"ORDER-MATCHED-BY-NUMBER"},
}
"""What is said of a dialect beyond what is said of the plain collection."""
