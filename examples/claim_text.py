"""An answer Bundle as a biller reads it: one block a Claim, then what was found about the study."""

from collections.abc import Iterator
from typing import Any

Resource = dict[str, Any]
WIDTH = 18


def answer_lines(answer: Resource, posted: Resource) -> Iterator[str]:
    """Every Claim and every finding of an answer; names come from the Claim or the bundle that was posted."""
    known = index(answer) | index(posted)
    resources = [entry["resource"] for entry in answer["entry"]]
    for resource in resources:
        if resource["resourceType"] == "Claim":
            yield from claim_lines(resource, known)
            yield ""
    for resource in resources:
        if resource["resourceType"] == "OperationOutcome":
            for issue in resource["issue"]:
                yield row(
                    issue["severity"].capitalize(),
                    issue.get("details", {}).get("text") or issue.get("diagnostics", ""),
                )
    yield ""


def claim_lines(claim: Resource, known: dict[str, Resource]) -> Iterator[str]:
    """One Claim: who, to whom, for what, what it costs and why it was medically needed."""
    known = known | {f"#{inner['id']}": inner for inner in claim.get("contained", [])}
    state = ", ".join(tag["code"] for tag in claim.get("meta", {}).get("tag", []))
    yield f"Claim {claim['id']} ({code(claim['type'])}{', ' + state if state else ''})"
    yield row("Patient", name(claim["patient"], known))
    yield row("Payer", name(claim["insurer"], known))
    yield row("Billing provider", name(claim["provider"], known))
    for member in claim.get("careTeam", []):
        yield row(f"{code(member['role']).capitalize()} provider", name(member["provider"], known))
    if "facility" in claim:
        yield row("Service facility", name(claim["facility"], known))
    for diagnosis in claim.get("diagnosis", []):
        yield row(f"Diagnosis {diagnosis['sequence']}", code(diagnosis["diagnosisCodeableConcept"]))
    for item in claim["item"]:
        yield row(f"Line {item['sequence']}", ", ".join(line_parts(item)))
    yield row("Total", money(claim["total"]))


def line_parts(item: Resource) -> Iterator[str]:
    """The parts of one claim line in the order of a paper form."""
    yield item.get("servicedDate", "")
    if "locationCodeableConcept" in item:
        yield f"place of service {code(item['locationCodeableConcept'])}"
    if "revenue" in item:
        yield f"revenue code {code(item['revenue'])}"
    yield code(item["productOrService"])
    modifiers = [code(modifier) for modifier in item.get("modifier", [])]
    yield f"modifier {' '.join(modifiers)}" if modifiers else "no modifier"
    yield f"for diagnosis {' '.join(str(pointer) for pointer in item.get('diagnosisSequence', []))}"
    yield f"{money(item['unitPrice'])} x {item['quantity']['value']} = {money(item['net'])}"


def row(title: str, value: str) -> str:
    return f"  {title:<{WIDTH}} {value}"


def code(concept: Resource) -> str:
    return str(concept["coding"][0]["code"])


def money(amount: Resource) -> str:
    return f"{amount['value']} {amount.get('currency', '')}".strip()


def index(bundle: Resource) -> dict[str, Resource]:
    """Resources of a Bundle by every form in which a Reference may name them."""
    found: dict[str, Resource] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if "fullUrl" in entry:
            found[entry["fullUrl"]] = resource
        if "id" in resource:
            found[f"{resource['resourceType']}/{resource['id']}"] = resource
    return found


def name(reference: Resource, known: dict[str, Resource]) -> str:
    """The name and first identifier behind a Reference; one that leads nowhere here is shown as it is."""
    resource = known.get(reference.get("reference", ""), {})
    identifier: Resource = reference.get("identifier") or next(iter(resource.get("identifier", [])), {})
    called = reference.get("display") or spoken(resource.get("name")) or reference.get("reference", "")
    return " ".join(
        part for part in (called, f"({identifier['value']})" if "value" in identifier else "") if part
    )


def spoken(called: object) -> str:
    """A FHIR name (text of an Organization or Location, first HumanName of a person) as one string."""
    if isinstance(called, list) and called:
        return str(
            called[0].get("text") or " ".join([*called[0].get("given", []), called[0].get("family", "")])
        )
    return called if isinstance(called, str) else ""
