"""The answer to the example as one transaction, and whether what the server then has is that answer."""

from collections.abc import Mapping
from typing import Any

from service.outputs.codings import CLAIM_ID, Json
from service.outputs.comparison import normalise
from service.sandbox.example import SYSTEM, Mark, create, numbered

WRITTEN = ("Claim", "Task", "Provenance")
BILLED = ("identifier", "status", "type", "use", "billablePeriod", "payee", "diagnosis", "item", "total")
"""Elements that do not say where a party's resource is: equal however a study came in."""
SET_BY_SERVERS = frozenset({"id", "meta", "text"})
HISTORY = "/_history/"


def answer_entries(answer: Json, mark: Mark) -> list[Json]:
    """Claims and Tasks by conditional create on an identifier, Provenance by PUT with an id of its own.

    A reference to a Claim of the answer becomes that entry's fullUrl, for the server to replace.
    """
    entries = [entry for entry in answer["entry"] if entry["resource"]["resourceType"] in WRITTEN]
    claims = {
        f"Claim/{entry['resource']['id']}": entry["fullUrl"]
        for entry in entries
        if entry["resource"]["resourceType"] == "Claim"
    }
    return [_entry(entry["fullUrl"], _pointed(entry["resource"], claims), mark) for entry in entries]


def provenance_id(full_url: str, mark: Mark) -> str:
    """The id of a Provenance on the server: the same in every run with this tag."""
    return f"vfa-{mark.number(full_url)}"


def look_up(entry: Json) -> str:
    """The search token by which a Claim or Task of `answer_entries` is found again."""
    last = entry["resource"]["identifier"][-1]
    return f"{last['system']}|{last['value']}"


def billed(answer: Json) -> list[Json]:
    """What the claims of an answer bill."""
    resources = (entry["resource"] for entry in answer["entry"])
    return [
        {name: each[name] for name in BILLED if name in each}
        for each in resources
        if each["resourceType"] == "Claim"
    ]


def stored_as(resource: Mapping[str, Any], base: str, names: Mapping[str, str]) -> Json:
    """A resource without what a server sets itself (id, meta, instants) and with its references as `Type/id`.

    `names` has the `Type/id` of what was written, by the fullUrl of its entry.
    """
    plain = {name: value for name, value in normalise(dict(resource)).items() if name not in SET_BY_SERVERS}
    local: Json = _local(plain, base, names)
    return local


def _entry(full_url: str, resource: Json, mark: Mark) -> Json:
    if resource["resourceType"] == "Provenance":
        own = provenance_id(full_url, mark)
        request = {"method": "PUT", "url": f"Provenance/{own}"}
        return {"fullUrl": full_url, "resource": mark.on({**resource, "id": own}), "request": request}
    fresh = {name: value for name, value in resource.items() if name != "id"}
    if resource["resourceType"] == "Task":
        fresh = numbered(fresh, mark.number(full_url))
    if fresh["identifier"][-1]["system"] not in (CLAIM_ID, SYSTEM):
        raise ValueError("the last identifier is the one a resource is created by")
    return create(full_url, fresh, mark)


def _pointed(value: Any, claims: Mapping[str, str]) -> Any:
    """A copy in which references to the claims are the fullUrls of their entries."""
    if isinstance(value, dict):
        return {
            name: claims.get(each, each) if name == "reference" else _pointed(each, claims)
            for name, each in value.items()
        }
    return [_pointed(each, claims) for each in value] if isinstance(value, list) else value


def _local(value: Any, base: str, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_local(each, base, names) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _local(each, base, names) for name, each in value.items()}
    if isinstance(kept.get("reference"), str):
        plain = kept["reference"].removeprefix(f"{base}/").partition(HISTORY)[0]
        kept["reference"] = names.get(plain, plain)
    return kept
