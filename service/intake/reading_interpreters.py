"""Who of those named on a report bills its reading: the interpreter, or a resident's teaching physician."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.core.evidence import Evidence
from service.core.finding_codes import FindingCode
from service.core.situations import RESIDENT_TAXONOMY, ReaderRole
from service.core.study import Gap
from service.intake.codings import Code, codes
from service.intake.elements import Element
from service.intake.reading_parties import individual, is_individual
from service.intake.references import Found
from service.intake.session import Session, gap


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The interpreter who bills, and what says that a resident took part beside; empty if none did."""

    reference: Element
    residents: tuple[Evidence, ...] = ()


def find_interpreter(session: Session, report: Found) -> Interpreter | Gap:
    """The one individual who is no resident; several of those, or a resident alone, are a gap."""
    if report.path not in session.interpreters:
        session.interpreters[report.path] = _interpreter(session, report)
    return session.interpreters[report.path]


def _interpreter(session: Session, report: Found) -> Interpreter | Gap:
    named = [each for each in report.root.each("resultsInterpreter") if is_individual(each, report, session)]
    if not named:
        performers = [each for each in report.root.each("performer") if is_individual(each, report, session)]
        where = (f"{report.path}.resultsInterpreter", *(each.path for each in performers))
        return gap(FindingCode.INTERPRETER_MISSING, *where)
    marks = {each.path: tuple(_resident(each, report, session)) for each in named}
    readers = [each for each in named if not marks[each.path]]
    if len(readers) > 1:
        return gap(FindingCode.INTERPRETER_SEVERAL, *(each.path for each in readers))
    if not readers:
        return gap(FindingCode.INTERPRETER_RESIDENT, *(each.path for each in named))
    return Interpreter(readers[0], tuple(one for each in named for one in marks[each.path]))


def _resident(reference: Element, report: Found, session: Session) -> Iterator[Evidence]:
    """What says that somebody is a resident: the role, the qualification, or the part in the procedure."""
    who = individual(reference, report, session)
    concepts: list[Element] = []
    if who.role:
        concepts += [*who.role.root.each("code"), *who.role.root.each("specialty")]
    if who.practitioner:
        concepts += [each.one("code") for each in who.practitioner.root.each("qualification")]
    mine = {each.path for each in (who.role, who.practitioner) if each}
    for procedure in session.gathered.procedures:
        for performer in procedure.root.each("performer"):
            actor = session.library.follow(performer.one("actor"), procedure)
            if actor and actor.path in mine:
                concepts.append(performer.one("function"))
    yield from (code.evidence() for concept in concepts for code in codes(concept) if _says_resident(code))


def _says_resident(code: Code) -> bool:
    by_taxonomy = code.system == "nucc" and code.code == RESIDENT_TAXONOMY
    return by_taxonomy or (code.system == "circumstance" and code.code == ReaderRole.RESIDENT)
