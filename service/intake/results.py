"""The results of a report: its Observations, group members and contained ones included, and what they are."""

from service.core.codes import Exam, Grade, Vertebra
from service.intake.codings import Code, Lexicon
from service.intake.elements import Element
from service.intake.references import Found, Library

VERTEBRA = frozenset({"vertebral-fracture-grade", "vertebra-finding"})
"""Our codes of an Observation about one vertebra."""
VOID = frozenset({"entered-in-error", "cancelled"})
"""States of what is withdrawn: an Observation, images, a visit."""
DENSITY = frozenset({Exam.AXIAL_DENSITY, Exam.PERIPHERAL_DENSITY, Exam.GENERIC_DXA})


def results(report: Found, library: Library) -> tuple[tuple[Found, ...], tuple[Element, ...]]:
    """The Observations of a report that are not void, and the references that lead nowhere."""
    sent, lost = sent_results(report, library)
    return tuple(each for each in sent if each.root.text("status") not in VOID), lost


def sent_results(report: Found, library: Library) -> tuple[tuple[Found, ...], tuple[Element, ...]]:
    """Every Observation of a report, also a void one, and the references that lead nowhere."""
    if report.path not in library.results:
        library.results[report.path] = _sent(report, library)
    return library.results[report.path]


def _sent(report: Found, library: Library) -> tuple[tuple[Found, ...], tuple[Element, ...]]:
    seen: dict[str, Found] = {}
    lost: list[Element] = []
    waiting = [(report, reference) for reference in report.root.each("result")]
    while waiting:
        at, reference = waiting.pop(0)
        found = library.follow(reference, at, "Observation")
        if found is None:
            lost.append(reference)
        elif found.path not in seen:
            seen[found.path] = found
            waiting += [(found, member) for member in found.root.each("hasMember")]
    return tuple(seen.values()), tuple(lost)


def vertebra_results(found: tuple[Found, ...], lexicon: Lexicon) -> tuple[Found, ...]:
    """Those that say something of a vertebra."""
    return tuple(each for each in found if is_vertebral(each, lexicon))


def density_results(found: tuple[Found, ...], lexicon: Lexicon) -> tuple[tuple[Found, Code, Exam], ...]:
    """Those that give a measured density, with the code that says so."""
    return tuple(
        (each, code, exam)
        for each in found
        for code in each.codes("code")
        for exam in sorted(lexicon.exams_of(code) & DENSITY)
        if _has_value(each.root)
    )


def is_vertebral(observation: Found, lexicon: Lexicon) -> bool:
    """Whether an Observation is about a vertebra: our code, or a vertebra graded or affirmed or denied."""
    if observation.path not in lexicon.vertebral:
        lexicon.vertebral[observation.path] = _is_vertebral(observation, lexicon)
    return lexicon.vertebral[observation.path]


def _is_vertebral(observation: Found, lexicon: Lexicon) -> bool:
    coded = observation.codes("code")
    if any(code.system == "vfa" and code.code in VERTEBRA for code in coded):
        return True
    if any(lexicon.exams_of(code) for code in coded):
        return False
    if any(lexicon.means(code, "certainty") for code in coded):
        return True
    values = observation.codes("valueCodeableConcept")
    return level_of(observation.codes("bodySite"), lexicon) is not None and any(
        lexicon.word(value, "grade", Grade) or lexicon.means(value, "certainty") for value in values
    )


def level_of(coded: tuple[Code, ...], lexicon: Lexicon) -> Vertebra | None:
    """The vertebra or region a coded body site is."""
    return lexicon.first_word(coded, "level", Vertebra)


def _has_value(root: Element) -> bool:
    """Whether an Observation, or one of its components, has a value of any type."""
    names = root.value if isinstance(root.value, dict) else {}
    return any(name.startswith("value") for name in names) or any(
        _has_value(component) for component in root.each("component")
    )
