"""What the order and the report lack, as rows weigh it: what blocks billing and what only warns.

Each item of the order or report is in a state (present items raise nothing); the rows of
`mappings/quality.yaml` say which finding a state raises at which kind of site. Neighbours: `decide` asks once
the payer is known; what is missing altogether (order, reader, reading) is said by `gates`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from service.core.circumstances import is_stopped, stated
from service.core.codes import Cause, Certainty, Change, FractureAge, Grade, PayerKind, Shape, Vertebra
from service.core.decision import NOT_STATED, Finding, because_row, raise_finding
from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.rulebook import Rulebook
from service.core.situations import Circumstance, OrderMode
from service.core.study import Gap, Known, Reading, Study, VertebraFinding

MILD = frozenset({Grade.MILD})
SEVERAL = 2
_LEVELS = tuple(Vertebra)
INTENDED = _LEVELS[_LEVELS.index(Vertebra.T4) : _LEVELS.index(Vertebra.L4) + 1]
"""The vertebrae that an assessment is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of an order or report, its state, what it is about and where that was read."""

    name: str
    state: str
    about: str
    evidence: tuple[Evidence, ...]


def weigh_quality(study: Study, payer_kind: PayerKind, rulebook: Rulebook, on: date) -> tuple[Finding, ...]:
    """What the states of order and report items raise."""
    owner = study.scanner_owner
    testing = isinstance(owner, Known) and owner.value.approved_procedures is not None
    facts = {
        "site": study.site.value.kind.value if isinstance(study.site, Known) else NOT_STATED,
        "payer_kind": payer_kind.value,
        "testing_facility": "yes" if testing else "no",
    }
    found = []
    for item in (*_order_items(study), *_report_items(study)):
        asked = {**facts, "item": item.name, "state": item.state}
        for hit in rulebook.report_items.ask_all(asked, on=on):
            where = (one.where for one in item.evidence)
            finding = raise_finding(rulebook, hit.then.finding, *where, about=item.about, says=hit.then.says)
            found.append(replace(finding, because=(because_row(hit, *item.evidence),)))
    return tuple(found)


def _order_items(study: Study) -> Iterator[Item]:
    order = study.order
    if isinstance(order, Gap):
        if order.code is FindingCode.ORDER_MISSING:
            yield Item(name="order", state="missing", about="", evidence=())
        return
    mode = order.value.mode
    if mode and mode.value is not OrderMode.WRITTEN:
        yield Item(name="order-mode", state=mode.value.value, about="", evidence=mode.evidence)
    orderer = order.value.ordering_provider
    reader = study.report if isinstance(study.report, Gap) else study.report.value.interpreter
    if isinstance(orderer, Known) and isinstance(reader, Known) and orderer.value.npi == reader.value.npi:
        yield Item(name="orderer", state="is-reader", about=orderer.value.family, evidence=orderer.evidence)


def _report_items(study: Study) -> Iterator[Item]:
    vfa = study.performed.vfa
    if isinstance(study.reading, Gap) or not (isinstance(vfa, Known) and vfa.value):
        return
    reading = study.reading.value
    if not (reading.findings or reading.not_evaluable or reading.seen):
        yield Item(name="levels-seen", state=NOT_STATED, about="", evidence=reading.no_fracture)
    yield from _few_levels(study, reading)
    called = [one for one in reading.findings if one.certainty is Certainty.DEFINITE]
    for name, state, levels in _missing(called):
        if levels:
            about = ", ".join(one.level for one in levels)
            evidence = tuple(each for one in levels for each in one.evidence)
            yield Item(name=name, state=state, about=about, evidence=evidence)
    yield from _unexplained(reading)


def _few_levels(study: Study, reading: Reading) -> Iterator[Item]:
    """A negative that rests on a part of the vertebrae: by what is named, or by what was not evaluable.

    A negative in words of its own speaks of every level that is not called unevaluable.
    """
    named = {*reading.seen, *(level for one in reading.findings for level in _levels_of(one.level))}
    of_levels = {each.place for one in reading.findings for each in one.evidence}
    negative = {one.place for one in reading.no_fracture}
    whole = not negative or not negative <= of_levels
    called = any(one.certainty is Certainty.DEFINITE for one in reading.findings)
    seen = [one for one in INTENDED if one not in reading.not_evaluable and (whole or called or one in named)]
    if is_stopped(study) or stated(study, Circumstance.REDUCED):
        return
    about = ", ".join(seen) or "none"
    evidence = reading.no_fracture or tuple(each for one in reading.findings for each in one.evidence)
    if len(seen) * 2 < len(INTENDED):
        yield Item(name="levels-seen", state="few", about=about, evidence=evidence)
    elif not (whole or called) and {*seen, *reading.not_evaluable} < set(INTENDED):
        yield Item(name="levels-seen", state="partly-told", about=about, evidence=reading.no_fracture)


def _levels_of(level: Vertebra) -> tuple[Vertebra, ...]:
    """The vertebrae of the assessment that a level or region names."""
    if level in INTENDED or level[-1:].isdigit():
        return (level,)
    letters = {Vertebra.THORACIC: "T", Vertebra.LUMBAR: "L", Vertebra.LUMBOSACRAL: "L"}.get(level, "TL")
    return tuple(one for one in INTENDED if one[0] in letters)


def _missing(called: list[VertebraFinding]) -> Iterator[tuple[str, str, list[VertebraFinding]]]:
    """Per item, the levels called fractured whose description lacks it."""
    unstated = NOT_STATED
    graded = [one for one in called if _is_graded(one)]
    yield "grade", unstated, [one for one in graded if one.grade is Grade.NOT_STATED]
    yield "shape", unstated, [one for one in graded if one.shape is Shape.NOT_STATED]
    yield "age", unstated, [one for one in called if one.age is FractureAge.NOT_STATED and not _dated(one)]
    yield "cause", unstated, [one for one in called if one.cause is Cause.NOT_STATED]
    yield "comparison", unstated, [one for one in called if one.change is Change.NOT_STATED]


def _is_graded(one: VertebraFinding) -> bool:
    """Genant grades deformities of a current fracture that no accident caused."""
    return one.cause is not Cause.TRAUMATIC and one.age is not FractureAge.OLD


def _dated(one: VertebraFinding) -> bool:
    """A fracture called new, unchanged or progressed is dated by the comparison."""
    return one.change is not Change.NOT_STATED


def _unexplained(reading: Reading) -> Iterator[Item]:
    """Two or more mild deformities whose cause nobody names: further imaging is advised."""
    mild = [
        one
        for one in reading.findings
        if one.grade in MILD and one.cause is Cause.NOT_STATED and one.certainty is not Certainty.DENIED
    ]
    if len(mild) >= SEVERAL:
        about = ", ".join(one.level for one in mild)
        evidence = tuple(each for one in mild for each in one.evidence)
        yield Item(name="mild-deformities", state="unexplained", about=about, evidence=evidence)
