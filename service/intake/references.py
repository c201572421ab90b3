"""Following references: which resource of the Bundle (or of a server) a Reference means.

In this order: `#id` of a contained resource, the exact fullUrl, `Type/id` against the sender's own base and
then against the resource ids, a conditional `Type?identifier=`, the logical identifier, and last the resolver
that was passed in. What is found nowhere, or is not one thing alone, is not resolved. What the resolver could
not tell is a finding of `Library.missed`: absence is not known then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.errors import Declined, Unavailable
from service.intake.codings import Code, codes
from service.intake.elements import Element, Identifiers, Resource, identifiers
from service.intake.envelope import Envelope

Resolver = Callable[[str], Resource | None]
"""Looks up `Type/id`, an absolute URL or `Type?identifier=system|value` outside the Bundle.

Raises Unavailable or Declined where the server that was asked did not say whether it has the resource.
"""

HISTORY = "/_history/"


@dataclass(slots=True)
class Found:
    """A resource and where it is: its element (with FHIRPath), its fullUrl, what contains it."""

    root: Element
    full_url: str = ""
    container: "Found | None" = None
    reference: str = ""
    """How the sender's server names it (an http URL or `Type/id`); empty for a urn:uuid or contained one."""
    kind: str = field(init=False, compare=False)
    """Its resourceType."""
    identifiers: Identifiers = field(init=False, compare=False)
    """Its identifiers, their type codes and elements: see `elements.identifiers`."""
    _codes: dict[str, tuple[Code, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.kind = self.root.text("resourceType")
        self.identifiers = identifiers(self.root)
        self._codes = {}

    def codes(self, element: str) -> tuple[Code, ...]:
        """The codings of one of its elements (the first, if it repeats), read once."""
        if element not in self._codes:
            self._codes[element] = codes(self.root.one(element))
        return self._codes[element]

    @property
    def path(self) -> str:
        """Its FHIRPath: the identity of a resource within one request."""
        return self.root.path

    def version(self) -> tuple[str, int, str]:
        """What orders the versions of one resource: last updated, then version number."""
        meta = self.root.one("meta")
        number = meta.text("versionId")
        return meta.text("lastUpdated"), int(number) if number.isdecimal() else 0, number


@dataclass(slots=True)
class Library:
    """Every resource of a request, by all the names a Reference may use for it."""

    resolver: Resolver | None = None
    all: list[Found] = field(default_factory=list)
    _by_url: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    _by_id: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    _by_identifier: dict[tuple[str, str], list[Found]] = field(default_factory=lambda: defaultdict(list))
    _by_kind: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))
    _by_whom: dict[str, dict[str, list[Found]]] = field(default_factory=dict)
    _literals: dict[tuple[str, str], Found] = field(default_factory=dict)
    """What a literal reference means, by the server it is said on, once it was followed."""
    _fetched: dict[str, Found | Gap | None] = field(default_factory=dict)
    missed: dict[str, Gap] = field(default_factory=dict)
    """What the resolver could not say, by the FHIRPath of the reference."""
    results: dict[str, tuple[tuple[Found, ...], tuple[Element, ...]]] = field(default_factory=dict)
    """The results of a report, by its path, once `results.sent_results` has gone for them."""

    followed: dict[str, Found] = field(default_factory=dict)
    """What references led to while one study was read, by its path."""

    def for_study(self, *paths: str) -> "Library":
        """The same library, but what it misses is of one study: so far, what the resources here need."""
        missed = {
            path: gap
            for path, gap in self.missed.items()
            if any(path.startswith((f"{each}.", f"{each}[")) for each in paths)
        }
        return replace(self, missed=missed, results={}, followed={})

    def gaps(self) -> Iterator[Gap]:
        """What the resolver could not say, each reason once with all the references it is about."""
        for reason in dict.fromkeys((gap.code, gap.values) for gap in self.missed.values()):
            code, values = reason
            where = [path for path, gap in self.missed.items() if (gap.code, gap.values) == reason]
            yield Gap(code=code, where=tuple(where), values=values)

    def of_kind(self, kind: str) -> tuple[Found, ...]:
        """The resources of a type, each in its newest version, in the order of the Bundle."""
        return tuple(each for each in self._by_kind.get(kind, ()) if self.newest(each) is each)

    def of_patient(self, kind: str, element: str, patient: Found | None) -> tuple[Found, ...]:
        """The resources of a type whose `element` (subject, beneficiary) leads to this patient."""
        if kind not in self._by_whom:
            self._by_whom[kind] = defaultdict(list)
            for each in self.of_kind(kind):
                whose = self.follow(each.root.one(element), each)
                self._by_whom[kind][whose.path if whose else ""].append(each)
        for each in self._by_whom[kind].get("", ()):
            self.follow(each.root.one(element), each)  # for every study: it may be of this patient
        return tuple(self._by_whom[kind].get(patient.path, ())) if patient else ()

    def newest(self, found: Found) -> Found:
        """The newest version in the Bundle of a resource that is there several times."""
        versions = self._by_url.get(found.full_url)
        if not versions:
            return found
        return versions[0] if len(versions) == 1 else max(versions, key=Found.version)

    def versions(self, found: Found) -> tuple[Found, ...]:
        """Every version of a resource that is in the Bundle."""
        return tuple(self._by_url.get(found.full_url, ())) or (found,)

    def history(self, found: Found) -> tuple[Found, ...]:
        """Every version of a resource that its server keeps and gives; a server need not keep any."""
        if self.resolver is None or not found.reference:
            return ()
        try:
            kept = self.resolver(f"{found.reference}{HISTORY}".rstrip("/"))
        except Unavailable as unavailable:
            why = (("why", unavailable.says),)
            self.missed[found.path] = Gap(code=FindingCode.FHIR_SERVER_UNAVAILABLE, values=why)
            return ()
        except Declined:
            return ()
        versions = (entry["resource"] for entry in kept["entry"]) if kept else ()
        return tuple(_as_version(each, found) for each in versions)

    def follow(self, reference: Element, at: Found, kind: str = "") -> Found | None:
        """The resource a Reference stands for; None if it is not to be had or is of another type."""
        found = self._literal(reference, at) or self._logical(reference, kind)
        if found is None or (kind and found.kind != kind):
            return None
        self.followed[found.path] = found
        return found

    def follow_each(self, at: Found, element: str, *kinds: str) -> Iterator[tuple[Element, Found]]:
        """Each reference of an element that leads to a resource of one of these types."""
        for reference in at.root.each(element):
            found = self.follow(reference, at)
            if found and (not kinds or found.kind in kinds):
                yield reference, found

    def _literal(self, reference: Element, at: Found) -> Found | None:
        text = reference.text("reference")
        if not text:
            return None
        if text.startswith("#"):
            return _contained(text[1:], at.container or at)
        base = _base(at)
        known = self._literals.get((base, text))
        if known:
            return known
        url, _, version = text.partition(HISTORY)
        found = self._in_bundle(url, base)
        if found:
            found = (version and self._of_version(found, version)) or self.newest(found)
            self._literals[base, text] = found
            return found
        return self._fetch(f"{base}/{url}" if base and ":" not in url else url, reference)

    def _in_bundle(self, url: str, base: str) -> Found | None:
        if "?" in url:
            kind, _, query = url.partition("?")
            name, _, token = unquote(query).partition("=")
            return self._identified(*token.rpartition("|")[::2], kind) if name == "identifier" else None
        candidates = self._by_url.get(url)
        if not candidates and "/" in url and ":" not in url:
            candidates = self._by_url.get(f"{base}/{url}") if base else None
            candidates = candidates or self._by_id.get(url)
        elif not candidates:
            candidates = [each for each in self._by_id.get(_tail(url), ()) if not each.full_url]
        return _only(candidates or ())

    def _of_version(self, found: Found, version: str) -> Found | None:
        return next((each for each in self.versions(found) if each.version()[2] == version), None)

    def _logical(self, reference: Element, kind: str) -> Found | None:
        identifier = reference.one("identifier")
        system, value = identifier.text("system"), identifier.text("value")
        wanted = kind or reference.text("type").rpartition("/")[2]
        if not value:
            return None
        found = self._identified(system, value, wanted)
        if found or not wanted or not system:
            return found
        return self._fetch(f"{wanted}?identifier={system}|{value}", reference)

    def _identified(self, system: str, value: str, kind: str) -> Found | None:
        return _only(
            each for each in self._by_identifier.get((system, value), ()) if not kind or each.kind == kind
        )

    def _fetch(self, name: str, reference: Element) -> Found | None:
        """What the resolver has under a name; each name is asked for once in the life of a library."""
        if self.resolver is None or name.startswith("urn:"):
            return None
        if name not in self._fetched:
            self._fetched[name] = _asked(self.resolver, name)
        answer = self._fetched[name]
        if isinstance(answer, Gap):
            self.missed[reference.path] = answer
            return None
        return answer

    def add(self, found: Found) -> None:
        """Takes a resource in under all its names."""
        self.all.append(found)
        kind, own = found.kind, found.root.text("id")
        self._by_kind[kind].append(found)
        if found.full_url:
            self._by_url[found.full_url].append(found)
        if own:
            self._by_id[f"{kind}/{own}"].append(found)
            self._by_id[f"urn:uuid:{own}"].append(found)
        for identifier, _, _ in found.identifiers:
            self._by_identifier[identifier.system, identifier.value].append(found)


def library_of(envelope: Envelope, resolver: Resolver | None = None) -> Library:
    """The resources of an envelope."""
    library = Library(resolver=resolver)
    for entry in envelope.entries:
        root = Element(entry.resource, entry.path)
        own = f"{root.text('resourceType')}/{root.text('id')}" if root.text("id") else ""
        full_url = (entry.full_url or "").partition(HISTORY)[0]
        named = full_url if full_url.startswith("http") else "" if full_url else own
        library.add(Found(root, full_url, None, named))
    return library


def _contained(wanted: str, owner: Found) -> Found | None:
    if not wanted:
        return owner
    for inner in owner.root.each("contained"):
        if inner.text("id") == wanted:
            return Found(inner, container=owner)
    return None


def _base(at: Found) -> str:
    """The server of a resource, if it has a RESTful identity: `Type/id` in it means one of that server."""
    owner = at.container or at
    return owner.full_url.rsplit("/", 2)[0] if owner.full_url.startswith("http") else ""


def _asked(resolver: Resolver, name: str) -> Found | Gap | None:
    try:
        resource = resolver(name)
    except Unavailable as unavailable:
        return Gap(code=FindingCode.FHIR_SERVER_UNAVAILABLE, values=(("why", unavailable.says),))
    except Declined as declined:
        return Gap(code=FindingCode.FHIR_SERVER_DECLINED, values=(("why", declined.says),))
    return _fetched(resource, name if "?" not in name else "") if resource else None


def _fetched(resource: Resource, name: str) -> Found:
    root = Element(resource, name or f"{resource.get('resourceType')}/{resource.get('id')}")
    full_url = name if name.startswith("http") else ""
    return Found(root, full_url, None, name or root.path)


def _as_version(resource: Resource, of: Found) -> Found:
    number = resource.get("meta", {}).get("versionId", "")
    return Found(Element(resource, f"{of.reference}{HISTORY}{number}"), of.full_url, None, of.reference)


def _tail(url: str) -> str:
    """What an entry without fullUrl is known by: `Type/id`, or the urn itself."""
    return url if url.startswith("urn:") else "/".join(url.rsplit("/", 2)[-2:])


def _only(found: Iterable[Found]) -> Found | None:
    """The one resource of these; versions of one resource count once."""
    if isinstance(found, list) and len(found) == 1:
        only: Found = found[0]
        return only
    different = {each.full_url or each.path: each for each in found}
    return next(iter(different.values())) if len(different) == 1 else None
