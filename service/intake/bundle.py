"""Which resources of a Bundle belong to one study: report, order, procedures and images of one session.

They belong together by their references (basedOn, imagingStudy, report, partOf), else by the same accession
or placer number of the same patient; a procedure with one of our codes also by the report's encounter. A
study may have no report (a stopped scan, an order that waits for its report).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from service.core.codes import DXA
from service.core.finding_codes import FindingCode
from service.core.study import Gap
from service.intake.codings import SITE, Code, codes
from service.intake.days import by_day
from service.intake.envelope import Envelope
from service.intake.references import Found, Library, Resolver, library_of

REPORT, ORDER, PROCEDURE, IMAGES = "DiagnosticReport", "ServiceRequest", "Procedure", "ImagingStudy"
KINDS = (REPORT, ORDER, PROCEDURE, IMAGES)
LINKS = {
    REPORT: ("basedOn", "imagingStudy"),
    PROCEDURE: ("basedOn", "partOf", "report"),
    IMAGES: ("basedOn", "procedureReference"),
    ORDER: (),
}
NUMBERS = frozenset({"ACSN", "PLAC", "FILL"})
"""Types of the identifiers that name an order or a session (HL7 table 0203)."""
ASSOCIATED_STUDY = "https://profiles.ihe.net/RAD/IMR/StructureDefinition/associatedStudy"
OURS = frozenset(str(procedure) for procedure in DXA)
LABORATORY = frozenset({"LAB", "LP29693-6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The resources of one study. What they refer to is found through `library`."""

    label: str
    library: Library
    reports: tuple[Found, ...]
    orders: tuple[Found, ...]
    order_gap: Gap | None
    procedures: tuple[Found, ...]
    images: tuple[Found, ...]
    notes: tuple[Gap, ...]


def find_studies(envelope: Envelope, resolver: Resolver | None = None) -> tuple[Gathered, ...]:
    """The studies of an envelope, in the order of the Bundle.

    What is plainly another examination is left out where there is also one of ours; if nothing looks like
    ours, everything is returned, so that the sender hears why.
    """
    library = library_of(envelope, resolver)
    compared = _compared_with(library)
    groups = [
        _in_order(part)
        for group in _groups(library)
        if {each.path for each in group} - compared
        for part in by_day(group)
    ]
    ours = [group for group in groups if _may_be_ours(group, library)]
    chosen = ours or [group for group in groups if {each.kind for each in group} != {IMAGES}]
    return tuple(_gathered(group, library) for group in chosen)


def _compared_with(library: Library) -> frozenset[str]:
    """Earlier images that a report (IHE IMR) says it was compared with: alone they are no study to bill."""
    return frozenset(
        images.path
        for report in library.of_kind(REPORT)
        for extension in report.root.each("extension")
        if extension.text("url") == ASSOCIATED_STUDY
        if (images := library.follow(extension.one("valueReference"), report, IMAGES))
    )


def _in_order(group: Iterable[Found]) -> list[Found]:
    """Reports, orders, procedures, images; each sorted by what does not depend on the entry's place."""
    return sorted(group, key=lambda each: (KINDS.index(each.kind), _steady_name(each)))


def _steady_name(found: Found) -> str:
    """What a resource is sorted by: numbers, times and codes before its address, which may be a fresh urn."""
    root = found.root
    numbers = [f"{number.system}|{number.value}" for number, _, _ in found.identifiers]
    times = [root.text(name) for name in ("performedDateTime", "started", "effectiveDateTime", "issued")]
    coded = [code.code for code in _coded(found)]
    return "\n".join((*numbers, *times, *coded, found.full_url or root.text("id") or found.path))


def _gathered(group: list[Found], shared: Library) -> Gathered:
    library = shared.for_study(*(each.path for each in group))
    orders, gap, notes = _orders(group, library)
    return Gathered(
        label=group[0].path,
        library=library,
        reports=tuple(each for each in group if each.kind == REPORT),
        orders=orders,
        order_gap=gap,
        procedures=tuple(each for each in group if each.kind == PROCEDURE),
        images=tuple(each for each in group if each.kind == IMAGES),
        notes=notes,
    )


def _orders(group: list[Found], library: Library) -> tuple[tuple[Found, ...], Gap | None, tuple[Gap, ...]]:
    """The orders of a group: those its resources are based on, else (with a note) of the same number."""
    senders = [each for each in group if each.kind != ORDER]
    listed = [each for each in group if each.kind == ORDER]
    if not senders:
        return tuple(listed), None, ()
    for kinds in ((REPORT,), (IMAGES, PROCEDURE)):
        based = _distinct(
            order
            for sender in senders
            if sender.kind in kinds
            for _, order in library.follow_each(sender, "basedOn", ORDER)
        )
        if based:
            return based, None, ()
    if listed:
        where = (senders[0].path, *(order.path for order in listed))
        return tuple(listed), None, (Gap(code=FindingCode.ORDER_MATCHED_BY_NUMBER, where=where),)
    return (), _no_order(senders, library), ()


def _no_order(senders: list[Found], library: Library) -> Gap:
    wanted = [reference for sender in senders for reference in sender.root.each("basedOn")]
    if wanted:
        return Gap(code=FindingCode.ORDER_UNRESOLVED, where=tuple(each.path for each in wanted))
    patient = _patient(senders[0], library)
    candidates = [each for each in library.of_kind(ORDER) if patient and _patient(each, library) == patient]
    where = (f"{senders[0].path}.basedOn", *(each.path for each in candidates[:1] if len(candidates) == 1))
    return Gap(code=FindingCode.ORDER_MISSING, where=where)


def _groups(library: Library) -> Iterator[tuple[Found, ...]]:
    """The connected groups of reports, orders, procedures and images, by their first place in the Bundle."""
    links = _Links()
    for kind in KINDS:
        for found in library.of_kind(kind):
            if not _is_laboratory(found):
                links.add(found)
    for found in tuple(links.members.values()):
        for element in LINKS[found.kind]:
            for _, other in library.follow_each(found, element, *KINDS):
                links.join(found, library.newest(other))
    for first, second in (
        *_same_number(tuple(links.members.values()), library),
        *_revisions(library),
    ):
        links.join(first, second)
    for procedure, report in _same_encounter(links, library):
        links.join(procedure, report)
    places = {each.path: index for index, each in enumerate(library.all)}
    groups = links.groups()
    return iter(sorted(groups, key=lambda group: min(places.get(each.path, len(places)) for each in group)))


def _same_number(members: tuple[Found, ...], library: Library) -> Iterator[tuple[Found, Found]]:
    """Pairs of one patient that share a number: same system, or same type where one has no system."""
    by_value = defaultdict(list)
    for found in members:
        for number, types, _ in found.identifiers:
            by_value[number.value].append((found, number.system, types & NUMBERS))
    for holders in by_value.values():
        for (first, system, types), (second, other_system, other_types) in combinations(holders, 2):
            same = system == other_system if system and other_system else bool(types & other_types)
            if same and _one_patient(first, second, library):
                yield first, second


def _revisions(library: Library) -> Iterator[tuple[Found, Found]]:
    """A report and the earlier one that its Provenance says it is a revision of."""
    for provenance in library.of_kind("Provenance"):
        revised = (each for each in provenance.root.each("entity") if each.text("role") == "revision")
        followed = (library.follow(entity.one("what"), provenance, REPORT) for entity in revised)
        earlier = [report for report in followed if report]
        for _, report in library.follow_each(provenance, "target", REPORT):
            yield from (
                (library.newest(report), library.newest(each))
                for each in earlier
                if _one_patient(report, each, library)
            )


def _one_patient(first: Found, second: Found, library: Library) -> bool:
    patients = {_patient(first, library), _patient(second, library)} - {""}
    return len(patients) <= 1


def _patient(found: Found, library: Library) -> str:
    subject = found.root.one("subject")
    patient = library.follow(subject, found)
    identifier = subject.one("identifier")
    return patient.path if patient else subject.text("reference") or identifier.text("value")


def _same_encounter(links: "_Links", library: Library) -> Iterator[tuple[Found, Found]]:
    """What is linked to nothing, and the only report of its encounter: a procedure of ours, a placeholder."""
    reports = defaultdict(list)
    for found in links.members.values():
        if found.kind == REPORT and not _is_placeholder(found):
            reports[_encounter(found, library)].append(found)
    for group in links.groups():
        found = group[0]
        procedure = found.kind == PROCEDURE and _has_our_code(found)
        if len(group) > 1 or not (procedure or (found.kind == REPORT and _is_placeholder(found))):
            continue
        near = reports.get(_encounter(found, library), [])
        if len(near) == 1 and _encounter(found, library) and _one_patient(found, near[0], library):
            yield found, near[0]


def _is_placeholder(report: Found) -> bool:
    """Whether a report only holds the place of one: converters send some with status unknown."""
    return report.root.text("status") == "unknown"


def _encounter(found: Found, library: Library) -> str:
    encounter = library.follow(found.root.one("encounter"), found)
    return encounter.path if encounter else ""


def _is_laboratory(found: Found) -> bool:
    coded = {code.code for category in found.root.each("category") for code in codes(category)}
    return bool(coded & LABORATORY)


def _may_be_ours(group: list[Found], library: Library) -> bool:
    """Whether a group may be a DXA study: one of our codes, a site's own code, or a report without CPT."""
    members = (*group, *_orders(group, library)[0])
    coded = [code for each in members for code in _coded(each)]
    if any(code.system == SITE or (code.system == "cpt" and code.code in OURS) for code in coded):
        return True
    return any(each.kind == REPORT for each in group) and not any(code.system == "cpt" for code in coded)


def _coded(found: Found) -> Sequence[Code]:
    """What a resource says was ordered, done or read."""
    if found.kind != IMAGES:
        return found.codes("code")
    return [code for concept in found.root.each("procedureCode") for code in codes(concept)]


def _has_our_code(procedure: Found) -> bool:
    return any(code.system == "cpt" and code.code in OURS for code in procedure.codes("code"))


def _distinct(found: Iterable[Found]) -> tuple[Found, ...]:
    return tuple(_in_order({each.path: each for each in found}.values()))


class _Links:
    """Who belongs with whom: the classes of an equivalence, joined pair by pair."""

    def __init__(self) -> None:
        self.members: dict[str, Found] = {}
        self._parent: dict[str, str] = {}

    def add(self, found: Found) -> None:
        if found.path not in self.members:
            self.members[found.path] = found
            self._parent[found.path] = found.path

    def join(self, first: Found, second: Found) -> None:
        self.add(first)
        self.add(second)
        self._parent[self._top(first.path)] = self._top(second.path)

    def groups(self) -> list[tuple[Found, ...]]:
        by_top = defaultdict(list)
        for path, found in self.members.items():
            by_top[self._top(path)].append(found)
        return [tuple(group) for group in by_top.values()]

    def _top(self, path: str) -> str:
        while self._parent[path] != path:
            self._parent[path] = self._parent[self._parent[path]]
            path = self._parent[path]
        return path
