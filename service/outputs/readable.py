"""An answer as plain text for a biller: each claim as a form, why each value is there, what was not billed
and why not, what the edits say, what was found and who settles it. It reads the answer Bundle alone, so that
a stored answer prints the same. Codes are explained in the words of their rows, not by a licensed text.
"""

import re
from collections import Counter
from collections.abc import Iterator

from service.outputs.codings import EIN, NPI, Json
from service.outputs.explanation import read_binary, shown

NAMES = {
    "Claim.type": "Claim type",
    "Claim.patient": "Patient",
    "Claim.insurer": "Payer",
    "Claim.provider": "Billing provider",
    "Claim.referral": "Order",
    "Claim.facility": "Service facility",
    "Claim.careTeam.provider": "{role}",
    "Claim.supportingInfo.code": "Code of the bill",
    "Claim.supportingInfo.valueString": "Note",
    "Claim.supportingInfo.valueReference": "Report",
    "Claim.diagnosis.diagnosisCodeableConcept": "Diagnosis",
    "Claim.item.revenue": "Revenue code",
    "Claim.item.productOrService": "Procedure",
    "Claim.item.modifier": "Modifier",
    "Claim.item.servicedDate": "Date of service",
    "Claim.item.locationCodeableConcept": "Place of service",
    "Claim.item.quantity": "Units",
    "Claim.item.unitPrice": "Charge",
}
"""Elements whose reasons are printed, by a biller's name; the others repeat or add these up."""

NUMBER_NAMES = {NPI: "NPI", EIN: "tax id"}
WIDTH = 20
OPENED, CLOSED = "[[", "]]"
"""Round words of a report that were read; a report seldom has double brackets of its own."""


def readable(answer: Json) -> str:
    """The text of an answer Bundle, study by study; it ends with a line break."""
    return "\n".join(line for study in _studies(answer) for line in _study(study)).rstrip() + "\n"


def _studies(answer: Json) -> Iterator[list[Json]]:
    study: list[Json] = []
    for resource in (entry["resource"] for entry in answer["entry"]):
        if resource["resourceType"] == "Parameters":
            continue
        study.append(resource)
        if resource["resourceType"] == "Binary":  # the explanation closes a study
            yield study
            study = []


def _study(resources: list[Json]) -> Iterator[str]:
    explanation = read_binary(resources[-1])
    reasons = {claim["id"]: claim["elements"] for claim in explanation["claims"]}
    patients = {claim["id"]: claim.get("patient", {}) for claim in explanation["claims"]}
    outcome = next(each for each in resources if each["resourceType"] == "OperationOutcome")
    yield f"Study {explanation['study']['key']}: {explanation['study']['state']}"
    yield outcome["issue"][0]["details"]["text"]
    yield ""
    for claim in (each for each in resources if each["resourceType"] == "Claim"):
        yield from _form(claim, patients[claim["id"]])
        yield ""
        yield "  Why"
        yield from _why(reasons[claim["id"]], claim)
        yield ""
    findings = list(_section("Findings", (_finding(each) for each in explanation["findings"])))
    if not reasons:  # what keeps a study from being billed goes before all else
        yield from findings
    yield from _section("Not billed, because", (_rejected(each) for each in explanation["rejected"]))
    yield from _section("Edits", (_edit(each) for each in explanation["edits"]))
    if reasons:
        yield from findings
    yield from _section("Text of the report, as read", _text(explanation.get("prose", {})))
    context = explanation.get("context", [])
    yield from _section("Beside the claim (context, decides nothing)", (_figure(each) for each in context))


def _form(claim: Json, patient: Json) -> Iterator[str]:
    inside = {f"#{each['id']}": each for each in claim["contained"]}
    yield f"Claim {claim['id']} ({shown(claim['type'])})"
    yield _row("Payer", _party(claim["insurer"], inside))
    coverage = claim["insurance"][0]["coverage"]
    if "identifier" in coverage:
        yield _row("Member id", coverage["identifier"]["value"])
    yield _row("Patient", _party(claim["patient"], inside, patient))
    yield _row("Billing provider", _party(claim["provider"], inside))
    for member in claim["careTeam"]:
        taxonomy = f", taxonomy {shown(member['qualification'])}" if "qualification" in member else ""
        yield _row(_role(member), f"{_party(member['provider'], inside)}{taxonomy}")
    yield _row("Service facility", _party(claim["facility"], inside))
    if "referral" in claim:
        yield _row("Order", _party(claim["referral"], inside))
    for related in claim.get("related", []):
        yield _row("Goes with claim", related["claim"]["identifier"]["value"])
    yield from (_information(info, inside) for info in claim["supportingInfo"])
    for diagnosis in claim.get("diagnosis", []):
        concept = shown(diagnosis["diagnosisCodeableConcept"])
        yield _row(f"Diagnosis {_letter(diagnosis['sequence'])}", concept)
    for item in claim["item"]:
        yield _row(f"Line {item['sequence']}", ", ".join(_line(item)))
    yield _row("Total", shown(claim["total"]))


def _information(info: Json, inside: dict[str, Json]) -> str:
    category = shown(info["category"])
    if "valueReference" in info:
        return _row("Report", _party(info["valueReference"], inside))
    if "valueString" in info:
        return _row("Note to a line", info["valueString"])
    if "timingDate" in info:
        return _row("Occurrence code", f"{shown(info['code'])} of {info['timingDate']}")
    name = "condition code" if category == "info" else category.replace("-", " ")
    return _row(name.capitalize(), shown(info["code"]))


def _line(item: Json) -> Iterator[str]:
    yield item["servicedDate"]
    if "locationCodeableConcept" in item:
        yield f"place of service {shown(item['locationCodeableConcept'])}"
    if "revenue" in item:
        yield f"revenue code {shown(item['revenue'])}"
    yield shown(item["productOrService"])
    modifiers = " ".join(shown(each) for each in item.get("modifier", []))
    yield f"modifier {modifiers}" if modifiers else "no modifier"
    for bought in item.get("extension", []):
        price, performer = bought["extension"][0]["valueMoney"], bought["extension"][1]["valueReference"]
        yield f"bought for {shown(price)} of {shown(performer)} ({performer['identifier']['value']})"
    yield f"diagnosis {' '.join(_letter(number) for number in item.get('diagnosisSequence', []))}"
    yield f"{item['quantity']['value']} x {shown(item['unitPrice'])} = {shown(item['net'])}"


def _letter(sequence: int) -> str:
    return chr(ord("A") + sequence - 1)


def _party(reference: Json, inside: dict[str, Json], known: Json | None = None) -> str:
    """A party by name, numbers, a patient's birth date and sex; `known` stands in for one not inside."""
    resource = inside.get(reference.get("reference", ""), known or {})
    numbers = resource.get("identifier") or ([reference["identifier"]] if "identifier" in reference else [])
    about = [_number(number) for number in numbers]
    if "birthDate" in resource:
        about += [f"born {resource['birthDate']}", resource["gender"]]
    called, more = reference.get("display", ""), ", ".join(about)
    if called and more:
        return f"{called} ({more})"
    return called or more or shown(reference)


def _number(number: Json) -> str:
    name = NUMBER_NAMES.get(number.get("system", ""), "")
    return f"{name} {number['value']}".strip()


def _why(elements: list[Json], claim: Json) -> Iterator[str]:
    said: dict[tuple[str, str], str] = {}
    for element in elements:
        name = _name(element["path"], claim)
        if not name:
            continue
        lead = f"    {name} {element['value'] or 'none'}: "
        for because in element["because"]:
            # A row often decides several things, and a biller reads its sentence once.
            first = said.setdefault((because["ref"], because["says"]), name)
            again = f"as for {first[0].lower()}{first[1:]} [{because['ref']}]"
            yield lead + (_because(because) if first == name else again)
            lead = "      and: "


def _name(path: str, claim: Json) -> str:
    """A biller's name for an element of the claim; empty for one that only repeats others."""
    steps = re.split(r"\[(\d+)\]", path)
    name = NAMES.get("".join(steps[::2]), "")
    index = int(steps[1]) if len(steps) > 1 else 0
    if steps[0] == "Claim.careTeam":
        return name.format(role=_role(claim["careTeam"][index]))
    if steps[0] == "Claim.diagnosis":
        return f"{name} {_letter(index + 1)}" if name else ""
    if name and steps[0] == "Claim.item" and len(claim["item"]) > 1:
        return f"{name} of line {index + 1}"
    return name


def _role(member: Json) -> str:
    return f"{shown(member['role']).capitalize()} provider"


def _because(because: Json) -> str:
    parts = [because["ref"]]
    if "base" in because:
        parts.append(f"instead of {because['base']}")
    if "source" in because:
        parts += [because["source"][name] for name in ("title", "where") if name in because["source"]]
    if because.get("status", "sourced") != "sourced":
        parts.append(because["status"])
    return f"{because['says'].removesuffix('.')} [{'; '.join(parts)}]"


def _rejected(rejected: Json) -> str:
    rows = "; ".join(because["ref"] for because in rejected["because"])
    flips = f"\n    would change: {rejected['flips']}" if "flips" in rejected else ""
    cited = f" [{rows}]" if rows else ""
    return f"{rejected['value']} ({rejected['instead_of']}): {rejected['says']}{cited}{flips}"


def _figure(figure: Json) -> str:
    doubt = "" if figure["status"] == "sourced" else f", {figure['status']}"
    source = f"{figure['figure']}; {figure['source']['title']}{doubt}"
    return f"{', '.join(figure['about'])}: {figure['says']} [{source}]"


def _edit(edit: Json) -> str:
    edition = f", edition {edit['edition']}" if edit["edition"] else ""
    return f"{edit['edit']} {edit['result']}{edition}: {edit['says']}"


def _finding(finding: Json) -> str:
    who = f" ({finding['who']})" if finding["who"] else ""
    settle = f"\n    to settle: {finding['settle']}{who}" if finding["settle"] else ""
    return f"{finding['severity']} {finding['code']}: {finding['text']}{settle}"


def _text(prose: Json) -> Iterator[str]:
    """The report's text with the words that were read in brackets, and what each was read as."""
    if not prose:
        return
    marks = prose["marks"]
    opened, closed = Counter(each["span"][0] for each in marks), Counter(each["span"][1] for each in marks)
    text = "".join(
        f"{CLOSED * closed[at]}{OPENED * opened[at]}{letter}" for at, letter in enumerate(prose["text"])
    )
    yield from (text + CLOSED * closed[len(prose["text"])]).split("\n")
    for mark in marks:
        start, end = mark["span"]
        words = " ".join(prose["text"][start:end].split())
        yield f'{"read" if mark["understood"] else "TO CHECK"} "{words}": {mark["says"]}'


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    said = [f"  {line}" for line in lines]
    if said:
        yield from (title, *said, "")


def _row(title: str, value: str) -> str:
    return f"  {title:<{WIDTH}} {value}"
