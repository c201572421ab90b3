"""Make service/data/r4.schema.json from HL7's published files.

    python fhir_profiles/schema/prune.py FHIR_SCHEMA DEFINITIONS

FHIR_SCHEMA is the fhir.schema.json of R4 (4.0.1); DEFINITIONS a directory with R4's profiles-types.json,
profiles-resources.json, valuesets.json and v3-codesystems.json. README.md beside this file says where they
come from, and what is changed and why. Only the resource types the service reads or writes are described;
the others keep their names, so that a Bundle may carry them unread.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def _words(text: str) -> list[str]:
    return text.split()


TYPES = _words(
    "Binary Bundle ChargeItem Claim ClaimResponse Communication Condition Consent Coverage Device "
    "DiagnosticReport DocumentReference Encounter ImagingStudy Location MessageHeader Observation "
    "OperationOutcome Organization Parameters Patient Practitioner PractitionerRole Procedure "
    "Provenance RelatedPerson ServiceRequest Task"
)
TARGET = Path(__file__).parents[2] / "service" / "data" / "r4.schema.json"
REF = "#/definitions/"
FREE_CODES = {"mimetypes", "all-languages", "languages"}  # required in R4, but no list anybody holds
PRIMITIVES = _words(
    "base64Binary boolean canonical code dateTime date decimal id instant markdown oid positiveInt "
    "unsignedInt integer string time url uri uuid"
)  # an ending is looked for in this order
DATES = {"date", "dateTime", "instant"}
UNIT_SYSTEM = {"anyOf": [{"required": ["system"]}, {"required": ["_system"]}], "title": "qty-3"}
Schema = dict[str, Any]

# ISO 4217 is what R4 requires for Money.currency; HL7's files name the list without holding it.
CURRENCIES = _words(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP "
    "GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR "
    "KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD "
    "XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG"
)


def main(schema_file: str, definitions: str) -> None:
    """Read HL7's files and write ours."""
    official = json.loads(Path(schema_file).read_text(encoding="utf-8"))
    names = sorted(ref["$ref"].removeprefix(REF) for ref in official["oneOf"])
    kept = _reachable(official["definitions"], TYPES)
    for name, definition in kept.items():
        _repair(name, definition, names)
    _add_lists_and_counts(kept, Path(definitions))
    kept["ResourceList"] = _any_resource(names)
    result = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Derived from HL7 FHIR R4 fhir.schema.json (CC0-1.0); see fhir_profiles/schema/README.md",
        "$ref": REF + "ResourceList",
        "definitions": dict(sorted(kept.items())),
    }
    TARGET.write_text(json.dumps(result, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")


def _reachable(definitions: Schema, types: list[str]) -> Schema:
    waiting, kept = list(types), {}
    while waiting:
        name = waiting.pop()
        if name in kept or name == "ResourceList":
            continue
        kept[name] = _without_descriptions(definitions[name])
        waiting += re.findall(r'"#/definitions/(\w+)"', json.dumps(kept[name]))
        waiting += [p for e, schema in kept[name].get("properties", {}).items() if (p := _inlined(e, schema))]
    return kept


def _without_descriptions(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            k: _without_descriptions(v) for k, v in node.items() if k != "description" or isinstance(v, dict)
        }
    return [_without_descriptions(item) for item in node] if isinstance(node, list) else node


def _inlined(element: str, schema: Schema) -> str | None:
    """The primitive type whose definition the published schema repeats in an element such as valueDate."""
    if "pattern" not in schema:
        return None
    return next(name for name in PRIMITIVES if element.endswith(name[0].upper() + name[1:]))


def _repair(name: str, definition: Schema, resources: list[str]) -> None:
    if "properties" not in definition:
        _repair_primitive(name, definition)
        return
    definition["type"] = "object"
    if name not in resources:
        definition["minProperties"] = 1
    _add_siblings_of_canonicals(definition["properties"])
    if "valueDosage" in definition["properties"]:  # of the types an open choice has, Meta alone was forgotten
        definition["properties"]["valueMeta"] = {"$ref": REF + "Meta"}
    for element, schema in definition["properties"].items():
        if primitive := _inlined(element, schema):
            schema.clear()
            schema["$ref"] = REF + primitive
        if schema.get("type") == "array":
            schema["minItems"] = 1
            items = schema["items"]
            if "enum" in items:
                items["enum"] = [*items["enum"], None]
            elif element.startswith("_") or items["$ref"].removeprefix(REF)[0].islower():
                items["$ref"] += "_or_null"
    _add_invariants(name, definition)


def _add_siblings_of_canonicals(properties: Schema) -> None:
    for element, schema in list(properties.items()):
        sibling = {"$ref": REF + "Element"}
        if schema.get("$ref") == REF + "canonical" or element == "valueCanonical":
            properties.setdefault("_" + element, sibling)
        elif schema.get("items", {}).get("$ref") == REF + "canonical":
            properties.setdefault("_" + element, {"type": "array", "items": sibling})


def _add_invariants(name: str, definition: Schema) -> None:
    if name == "Reference":  # ref-1: whether it is contained is looked up when this alone fails
        definition["properties"]["reference"] = {"allOf": [{"$ref": REF + "string"}, {"pattern": "^[^#]"}]}
    if {"code", "system", "unit"} <= definition["properties"].keys():
        definition["dependencies"] = {"code": UNIT_SYSTEM}
    if name == "Money":
        definition["properties"]["currency"] = {"enum": CURRENCIES}
    if name == "Period":
        definition["periodInOrder"] = True


def _repair_primitive(name: str, definition: Schema) -> None:
    if name in {"string", "markdown"}:  # the published pattern refuses non-breaking spaces
        definition.pop("pattern")
        definition["minLength"] = 1
    elif name in {"uri", "url", "canonical"}:
        definition["pattern"] = r"^\S+$"
    elif name in {"integer", "positiveInt", "unsignedInt"}:
        lowest = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}[name]
        definition.update(type="integer", minimum=lowest, maximum=2**31 - 1)
    elif name in DATES:
        definition["format"] = "calendar-day"
    if definition.get("type") in {"number", "integer", "boolean"}:
        definition.pop("pattern", None)  # has no meaning for them in JSON schema


def _add_lists_and_counts(kept: Schema, directory: Path) -> None:
    codes = _code_lists(directory)
    for profile in _structure_definitions(directory):
        if profile["id"] not in kept:
            continue
        for element in profile["snapshot"]["element"]:
            path = element["path"].split(".")
            if len(path) > 1 and (owner := _owner(kept, path)):
                _add_element(kept[owner], path[-1], element, codes)
    kept["Observation"].setdefault("dependencies", {})["dataAbsentReason"] = {
        "not": {
            "anyOf": [
                {"required": [e]} for e in kept["Observation"]["properties"] if re.match("_?value[A-Z]", e)
            ]
        },
        "title": "obs-6",
    }
    for name in [n for n in kept if n[0].islower() or n == "Element"]:
        nullable = dict(kept[name])
        if "type" in nullable:
            nullable["type"] = [nullable["type"], "null"]
        kept[name + "_or_null"] = nullable


def _owner(kept: Schema, path: list[str]) -> str | None:
    name = path[0]
    for part in path[1:-1]:
        schema = kept[name]["properties"].get(part)
        ref = (schema or {}).get("items", schema or {}).get("$ref")
        if not ref or ref.removeprefix(REF) not in kept:
            return None
        name = ref.removeprefix(REF)
    return name if "properties" in kept[name] else None


def _add_element(owner: Schema, last: str, element: Schema, codes: dict[str, list[str]]) -> None:
    properties = owner["properties"]
    if last.endswith("[x]"):
        group = [e for e in properties if re.fullmatch(rf"_?{last[:-3]}[A-Z]\w*", e)]
        if element["min"]:
            _all_of(owner, {"anyOf": [{"required": [e]} for e in group], "title": last})
        _one_of_a_choice(owner, [e for e in group if not e.startswith("_")])
        return
    schema = properties.get(last)
    if schema is None:
        return
    binding = element.get("binding", {})
    listed = codes.get(binding.get("valueSet", "").split("|")[0])
    if binding.get("strength") == "required" and listed:
        target = schema["items"] if schema.get("type") == "array" else schema
        if target.get("$ref", "").removesuffix("_or_null") == REF + "code":
            target.clear()
            target["enum"] = [*listed, None] if schema.get("type") == "array" else listed
    if element["min"] and "_" + last in properties:
        _all_of(owner, {"anyOf": [{"required": [last]}, {"required": ["_" + last]}], "title": last})
    elif element["min"] and last not in owner.setdefault("required", []):
        owner["required"].append(last)


def _all_of(owner: Schema, schema: Schema) -> None:
    if schema not in owner.setdefault("allOf", []):
        owner["allOf"].append(schema)


def _one_of_a_choice(owner: Schema, group: list[str]) -> None:
    if 1 < len(group) <= 12:  # Extension has fifty; fhir.resources looks there
        for element in group:
            others = [{"required": [e]} for e in group if e != element]
            owner.setdefault("dependencies", {})[element] = {"not": {"anyOf": others}, "title": "choice"}


def _structure_definitions(directory: Path) -> Iterator[Schema]:
    for name in ("profiles-types.json", "profiles-resources.json"):
        for entry in json.loads((directory / name).read_text(encoding="utf-8"))["entry"]:
            if entry["resource"]["resourceType"] == "StructureDefinition":
                yield entry["resource"]


def _code_lists(directory: Path) -> dict[str, list[str]]:
    systems, sets = {}, []
    for name in ("valuesets.json", "v3-codesystems.json"):
        for entry in json.loads((directory / name).read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "CodeSystem" and resource.get("content") == "complete":
                systems[resource["url"]] = list(_concepts(resource.get("concept", [])))
            elif resource["resourceType"] == "ValueSet":
                sets.append(resource)
    lists = {}
    for resource in sets:
        codes: list[str] | None = []
        for include in resource.get("compose", {}).get("include", []):
            given = [concept["code"] for concept in include.get("concept", [])]
            if (
                "filter" in include
                or "valueSet" in include
                or not (given or include.get("system") in systems)
            ):
                codes = None
                break
            codes = (codes or []) + (given or systems[include["system"]])
        if codes and resource["id"] not in FREE_CODES:
            lists[resource["url"]] = sorted(set(codes))
    return lists


def _concepts(concepts: list[Schema]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _concepts(concept.get("concept", []))


def _any_resource(names: list[str]) -> Schema:
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"enum": names}},
        "allOf": [
            {
                "if": {"properties": {"resourceType": {"const": name}}, "required": ["resourceType"]},
                "then": {"$ref": REF + name},
            }
            for name in TYPES
        ],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
