"""The one study that is ever sent to a sandbox: invented, and inside this package. Nothing else can be sent.

Every resource gets a tag and an identifier of its own, so that a second run finds it instead of doubling it,
somebody else's resources are never taken for it, and all of it can be removed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from service.outputs.codings import BASE, Json, identifier
from service.store.fhir_answer import objects

SYSTEM = f"{BASE}/sid/sandbox"
"""System of the tag and of the identifiers."""
TAG = "vfa-claims-example"
TAGS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How one user's resources on a sandbox are told from all others. ValueError for a tag that is none."""

    tag: str = TAG

    def __post_init__(self) -> None:
        if not TAGS.fullmatch(self.tag):
            raise ValueError("a tag is letters, digits, dots and hyphens, 40 at most")

    @property
    def token(self) -> str:
        """The tag as a search parameter takes it."""
        return f"{SYSTEM}|{self.tag}"

    def number(self, full_url: str) -> str:
        """The identifier of the resource of a Bundle entry: the same in every run with this tag."""
        return str(uuid5(NAMESPACE_URL, f"{SYSTEM}/{self.tag}/{full_url}"))

    def on(self, resource: Json) -> Json:
        """A copy with the tag."""
        meta = resource.get("meta", {})
        tag = {"system": SYSTEM, "code": self.tag, "display": "Invented example of vfa-claims"}
        return {**resource, "meta": {**meta, "tag": [*meta.get("tag", ()), tag]}}

    def is_on(self, resource: Mapping[str, Any]) -> bool:
        """Whether a resource has the tag. Asked of everything a search gives: a server may ignore `_tag`."""
        meta = resource.get("meta")
        tags = objects(meta.get("tag")) if isinstance(meta, dict) else ()
        return any((tag.get("system"), tag.get("code")) == (SYSTEM, self.tag) for tag in tags)


def study_entries(study: Json, mark: Mark) -> list[Json]:
    """The entries of a transaction that writes the example, each created only if it is not there."""
    return [
        create(entry["fullUrl"], numbered(entry["resource"], mark.number(entry["fullUrl"])), mark)
        for entry in study["entry"]
    ]


def numbered(resource: Json, number: str) -> Json:
    """A copy with an identifier of the sandbox behind its own."""
    return {**resource, "identifier": [*resource.get("identifier", ()), identifier(SYSTEM, number)]}


def create(full_url: str, resource: Json, mark: Mark) -> Json:
    """The entry that creates a resource unless one with its last identifier and the tag exists."""
    last = resource["identifier"][-1]
    token = quote(f"{last['system']}|{last['value']}", safe=":/|")
    return {
        "fullUrl": full_url,
        "resource": mark.on(resource),
        "request": {
            "method": "POST",
            "url": resource["resourceType"],
            "ifNoneExist": f"identifier={token}&_tag={mark.token}",
        },
    }


def numbers_of(resource: Mapping[str, Any]) -> set[str]:
    """The sandbox's identifiers of a resource."""
    found = objects(resource.get("identifier"))
    return {str(each.get("value")) for each in found if each.get("system") == SYSTEM}
