"""Sessions of different days that share an order: each day is a study of its own.

A density on Monday and a vertebral assessment on Friday may answer one order; each is billed on its own day.
Two versions of one report are not taken apart, whatever days they say: they mean the same examination.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from service.intake.codings import codes
from service.intake.elements import Element
from service.intake.references import Found

REPORT, IMAGES, ORDER = "DiagnosticReport", "ImagingStudy", "ServiceRequest"


def by_day(group: Iterable[Found]) -> list[tuple[Found, ...]]:
    """The group, or its parts where each day has a report of its own and they mean different examinations."""
    members = tuple(group)
    dated = defaultdict(list)
    undated = []
    for each in members:
        day = _day(each)
        if day and each.kind != ORDER:
            dated[day].append(each)
        else:
            undated.append(each)
    reported = {
        day: _meant(found) for day, found in dated.items() if any(each.kind == REPORT for each in found)
    }
    apart = len(reported) > 1 and len(reported) == len(dated) == len(set(reported.values()))
    if not apart or any(each.kind != ORDER for each in undated):
        return [members]
    return [(*dated[day], *undated) for day in sorted(dated)]


def _day(found: Found) -> str:
    return next((element.text()[:10] for element in when_done(found)), "")


def _meant(found: list[Found]) -> frozenset[str]:
    """The codes of what was done, by whatever says them."""
    concepts = (
        concept
        for each in found
        for concept in each.root.each("procedureCode" if each.kind == IMAGES else "code")
    )
    return frozenset(f"{code.system}|{code.code}" for concept in concepts for code in codes(concept))


def when_done(found: Found) -> Iterator[Element]:
    """The elements of a report, procedure or imaging study that say when it was scanned."""
    for name in ("effectiveDateTime", "performedDateTime", "started"):
        yield from found.root.each(name)[:1]
    for name in ("effectivePeriod", "performedPeriod"):
        yield from (period.one("start") for period in found.root.each(name)[:1] if period.text("start"))
