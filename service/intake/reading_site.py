"""The site of the scan and the owner of the scanner: practice file and bundle, which must agree."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.core.codes import EncounterClass, SiteKind
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.practice import SiteEntry
from service.core.situations import SiteDetail
from service.core.study import Address, Fact, Gap, Known, Organization, Site
from service.intake.bundle import Gathered
from service.intake.codings import codes, spelled
from service.intake.elements import Element, address_of
from service.intake.reading_parties import npi_of, organization_listed, read_organization
from service.intake.reading_stays import covering_stay
from service.intake.references import Found
from service.intake.session import Session, gap, practice_evidence, practice_wins

VISITED = frozenset({EncounterClass.AMBULATORY, EncounterClass.NOT_STATED})
"""Classes of the scan's own visit beside which the patient may be registered as an inpatient."""


@dataclass(frozen=True, slots=True)
class Place:
    """A reference to a Location: the resource if it is there, and the practice entries that may be it."""

    reference: Element
    location: Found | None
    entries: tuple[SiteEntry, ...]

    @property
    def path(self) -> str:
        """Where it is said."""
        return self.reference.path


@dataclass(frozen=True, slots=True)
class Kind:
    """What kind of site the bundle says it is, and where; None where no coding says one kind alone."""

    kind: SiteKind | None
    evidence: tuple[Evidence, ...]


def places(gathered: Gathered, sites: tuple[SiteEntry, ...]) -> tuple[Place, ...]:
    """Every place the study names for the scan, the nearest to the scan first."""
    return tuple(_place(reference, at, gathered, sites) for reference, at in _references(gathered))


def zone_of(found: tuple[Place, ...]) -> str:
    """The time zone of the site, where all entries that may be it have one; empty where not known."""
    zones = {entry.time_zone for place in found for entry in place.entries}
    return next(iter(zones)) if len(zones) == 1 else ""


def read_site(session: Session, found: tuple[Place, ...]) -> tuple[Fact[Site], tuple[Gap, ...]]:
    """The site, and notes where the practice file's words were taken instead of the bundle's."""
    if not found:
        return gap(FindingCode.SITE_MISSING, session.gathered.label), ()
    kinds = {place.path: _stated_kind(place, session) for place in found}
    telling = [place for place in found if _entry(place, session) or kinds[place.path].kind]
    if not telling:
        lost = all(place.location is None for place in found)
        code = FindingCode.SITE_MISSING if lost else FindingCode.SITE_KIND_MISSING
        return gap(code, *(place.path for place in found)), ()
    disagreement = _disagreement(telling, kinds, session)
    if disagreement:
        return disagreement, ()
    place = next((each for each in telling if _entry(each, session)), telling[0])
    site, notes = _site(place, kinds[place.path], session)
    return _of_inpatient(_at_host(site, place, session), session), notes


def read_scanner_owner(session: Session, site: Fact[Site], found: tuple[Place, ...]) -> Fact[Organization]:
    """The organization that owns the scanner: the practice file; the Device's owner must not be another."""
    owner = _device_owner(session)
    stated = read_organization(owner[1], session) if owner else None
    entry = session.site_named(site.value.entry) if isinstance(site, Known) and site.value.entry else None
    listed = session.organization_named(entry.scanner_owner) if entry else None
    if entry and listed:
        said = practice_evidence(f"sites.{entry.id}.scanner_owner", listed.id)
        if stated and owner and stated.value.npi and stated.value.npi != listed.npi:
            words = {"study": stated.value.npi, "practice": listed.npi}
            return gap(FindingCode.SCANNER_OWNER_DISAGREES, owner[0].path, said.where, **words)
        same = stated.evidence[:1] if stated and stated.value.npi else ()
        organization = organization_listed(listed, owner[1] if owner and same else None)
        return Known(value=organization, evidence=(said, *same))
    if stated and owner and stated.value.npi:
        return Known(value=stated.value, evidence=(owner[0].evidence("Device.owner"), *stated.evidence))
    suggested = (
        place.location.root.one("managingOrganization").path
        for place in found
        if place.location and place.location.root.one("managingOrganization")
    )
    return gap(FindingCode.SCANNER_OWNER_MISSING, *dict.fromkeys((session.gathered.label, *suggested)))


def _references(gathered: Gathered) -> Iterator[tuple[Element, Found]]:
    for found in (*gathered.procedures, *gathered.images):
        if found.root.one("location"):
            yield found.root.one("location"), found
    for encounter in _encounters(gathered):
        for element in encounter.root.each("location"):
            if element.one("location"):
                yield element.one("location"), encounter
    for order in gathered.orders:
        for reference in order.root.each("locationReference"):
            yield reference, order


def _encounters(gathered: Gathered) -> tuple[Found, ...]:
    """The encounters of the scan; an order's own encounter is the visit it was written at."""
    found: dict[str, Found] = {}
    for each in (*gathered.procedures, *gathered.images, *gathered.reports):
        encounter = gathered.library.follow(each.root.one("encounter"), each, "Encounter")
        if encounter:
            found.setdefault(encounter.path, encounter)
    return tuple(found.values())


def _place(reference: Element, at: Found, gathered: Gathered, sites: tuple[SiteEntry, ...]) -> Place:
    location = gathered.library.follow(reference, at, "Location")
    named = (
        {f"{number.system}|{number.value}" for number, _, _ in location.identifiers} if location else set()
    )
    logical = reference.one("identifier")
    if logical.text("value"):
        named.add(f"{logical.text('system')}|{logical.text('value')}")
    bare = {each.rpartition("|")[2] for each in named}
    by_identifier = tuple(e for e in sites if (named | bare) & set(e.location_identifiers))
    if by_identifier or location is None:
        return Place(reference, location, by_identifier)
    own = npi_of(location)
    by_npi = tuple(e for e in sites if own and own[0] == e.npi)
    manager = gathered.library.follow(location.root.one("managingOrganization"), location, "Organization")
    managed = npi_of(manager) if manager else None
    return Place(
        reference, location, by_npi or tuple(e for e in sites if managed and managed[0] == e.managing_npi)
    )


def _entry(place: Place, session: Session) -> SiteEntry | None:
    """The one practice entry in force on the day that this place is."""
    entries = [entry for entry in place.entries if entry.in_force.covers(session.day)]
    return entries[0] if len(entries) == 1 else None


def _stated_kind(place: Place, session: Session) -> Kind:
    if place.location is None:
        return Kind(None, ())
    entry = _entry(place, session)
    found: dict[SiteKind, tuple[Evidence, ...]] = {}
    for code in (code for concept in place.location.root.each("type") for code in codes(concept)):
        means, evidence = session.lexicon.meaning(code)
        word = code.code if code.system == "site-kind" else means.get("site", "")
        if entry and code.system == "pos":
            word = _as_listed(entry, code.code, session) or word
        kind = spelled(SiteKind).get(word)
        if kind:
            found.setdefault(kind, evidence or (code.evidence(),))
    if len(found) != 1:
        return Kind(None, tuple(one for evidence in found.values() for one in evidence))
    return next(Kind(kind, evidence) for kind, evidence in found.items())


def _as_listed(entry: SiteEntry, place_of_service: str, session: Session) -> str:
    """The kind a place-of-service code stands for beside a listed site: kinds share codes (11, 19, 22).

    Where the listed kind has that place of service it is meant; where only other kinds have it, one of those.
    """
    kinds = [each for each in SiteKind if _place_of_service(each, session) == place_of_service]
    if entry.kind in kinds or place_of_service == entry.place_of_service:
        return entry.kind
    return kinds[0] if kinds else ""


def _place_of_service(kind: SiteKind, session: Session) -> str:
    facts = {"site": kind.value, "encounter_class": EncounterClass.AMBULATORY.value}
    hit = session.lexicon.rulebook.place_of_service.ask_one(facts, on=session.day)
    return hit.then.place_of_service if hit else ""


def _disagreement(telling: list[Place], kinds: dict[str, Kind], session: Session) -> Gap | None:
    """The places must be one site of one kind, and the practice file must call it the same."""
    entries = {entry.id: entry for place in telling if (entry := _entry(place, session))}
    stated = {kind for place in telling if (kind := kinds[place.path].kind)}
    listed = {entry.kind for entry in entries.values()}
    if len(entries) <= 1 and len(stated | listed) <= 1:
        return None
    where = [place.path for place in telling]
    where += [one.where for place in telling for one in kinds[place.path].evidence]
    where += [f"practice:sites.{name}.kind" for name in entries]
    said = ", ".join(sorted(stated)) or "not said"
    words = {
        "study": said,
        "practice": ", ".join(f"{e.id} ({e.kind})" for e in entries.values()) or "not listed",
    }
    return gap(FindingCode.SITE_DISAGREES, *dict.fromkeys(where), **words)


def _site(place: Place, kind: Kind, session: Session) -> tuple[Fact[Site], tuple[Gap, ...]]:
    entry = _entry(place, session)
    encounter_class, met = _encounter_class(session)
    evidence = (*kind.evidence, place.reference.evidence("Location"), *met)
    root = place.location.root if place.location else None
    sent = address_of(root) if root else None
    if entry:
        address, notes = _address(entry, sent, root)
        listed = practice_evidence(f"sites.{entry.id}.kind", entry.kind)
        value = Site(
            name=entry.name,
            kind=entry.kind,
            encounter_class=encounter_class,
            address=address,
            locality=entry.locality,
            place_of_service=entry.place_of_service,
            entry=entry.id,
            npi=entry.npi or entry.managing_npi,
            reference=place.location.reference if place.location else "",
            detail=_detail(entry, root),
            hospital=_hospital(session),
        )
        return Known(value=value, evidence=(listed, *evidence)), notes
    if kind.kind is None or root is None or place.location is None:
        return gap(FindingCode.SITE_KIND_MISSING, place.path), ()
    number = npi_of(place.location)
    value = Site(
        name=root.text("name"),
        kind=kind.kind,
        encounter_class=encounter_class,
        address=sent[0] if sent else None,
        locality="",
        place_of_service="",
        entry="",
        npi=number[0] if number else "",
        reference=place.location.reference,
        detail=_detail(None, root),
        hospital=_hospital(session),
    )
    return Known(value=value, evidence=evidence), ()


def _at_host(site: Fact[Site], place: Place, session: Session) -> Fact[Site]:
    """A mobile unit that stands at a place of its own kind (Location.partOf) is billed as that place."""
    if isinstance(site, Gap) or site.value.kind is not SiteKind.MOBILE_UNIT or place.location is None:
        return site
    reference = place.location.root.one("partOf")
    host = session.library.follow(reference, place.location, "Location")
    if host is None:
        return site
    told = _stated_kind(_place(reference, place.location, session.gathered, session.practice.sites), session)
    entry = _entry(_place(reference, place.location, session.gathered, session.practice.sites), session)
    kind = entry.kind if entry else told.kind
    if kind is None:
        return gap(FindingCode.SITE_KIND_MISSING, reference.path)
    sent = address_of(host.root)
    address = (entry.address if entry else None) or (sent[0] if sent else site.value.address)
    detail = _detail(entry, host.root)
    value = replace(site.value, kind=kind, detail=detail, address=address, place_of_service="")
    return Known(value=value, evidence=(*site.evidence, reference.evidence(kind), *told.evidence))


def _of_inpatient(site: Fact[Site], session: Session) -> Fact[Site]:
    """The site, its patient an inpatient where a stay covers a scan whose own visit is ambulatory."""
    if isinstance(site, Gap) or site.value.encounter_class not in VISITED:
        return site
    stay = covering_stay(session, _encounters(session.gathered))
    if stay is None or isinstance(stay, Gap):
        return stay or site
    value = replace(site.value, encounter_class=stay[0])
    return Known(value=value, evidence=(*site.evidence, *stay[1]))


def _detail(entry: SiteEntry | None, location: Element | None) -> SiteDetail:
    """What splits the kind of site further: the practice file, else a coding of Location.type."""
    if entry and entry.detail is not SiteDetail.NOT_STATED:
        return entry.detail
    concepts = location.each("type") if location else ()
    told = [code.code for concept in concepts for code in codes(concept) if code.system == "site-kind"]
    return next((one for one in SiteDetail if one.value in told), SiteDetail.NOT_STATED)


def _hospital(session: Session) -> Organization | None:
    """The organization the patient is registered with for the scan (Encounter.serviceProvider)."""
    for encounter in _encounters(session.gathered):
        reference = encounter.root.one("serviceProvider")
        provider = session.library.follow(reference, encounter, "Organization")
        if provider:
            return read_organization(provider, session).value
    return None


def _address(
    entry: SiteEntry, sent: tuple[Address, Element] | None, root: Element | None
) -> tuple[Address | None, tuple[Gap, ...]]:
    """The practice file's address; a note where the Location's ZIP code is another."""
    if entry.address is None or sent is None or root is None:
        return entry.address or (sent[0] if sent else None), ()
    theirs, ours = sent[0].postal_code[:5], entry.address.postal_code[:5]
    if theirs == ours:
        return entry.address, ()
    listed = practice_evidence(f"sites.{entry.id}.address", ours)
    return entry.address, (practice_wins("ZIP code of the site", theirs, listed, sent[1].path),)


def _encounter_class(session: Session) -> tuple[EncounterClass, tuple[Evidence, ...]]:
    """The class of the scan's encounter (v3-ActCode); the nearest to the scan that says one."""
    for encounter in _encounters(session.gathered):
        for code in encounter.codes("class"):
            found = spelled(EncounterClass).get(code.code)
            if found and code.system == "act":
                return found, (code.evidence(),)
    return EncounterClass.NOT_STATED, ()


def _device_owner(session: Session) -> tuple[Element, Found] | None:
    """Device.owner of the scanner that the procedures or images name."""
    for at, reference in _devices(session.gathered):
        device = session.library.follow(reference, at, "Device")
        if device:
            owner = session.library.follow(device.root.one("owner"), device, "Organization")
            if owner:
                return device.root.one("owner"), owner
    return None


def _devices(gathered: Gathered) -> Iterator[tuple[Found, Element]]:
    for procedure in gathered.procedures:
        yield from ((procedure, each) for each in procedure.root.each("usedReference"))
        yield from ((procedure, each.one("manipulated")) for each in procedure.root.each("focalDevice"))
        yield from ((procedure, each.one("actor")) for each in procedure.root.each("performer"))
    for study in gathered.images:
        for series in study.root.each("series"):
            yield from ((study, each.one("actor")) for each in series.each("performer"))
