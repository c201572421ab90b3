"""Where the codes of a study and the text of its report say different things: both shown, neither taken."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.core.codes import Cause, Certainty, Completion, FractureAge, Shape
from service.core.evidence import Evidence, EvidenceKind
from service.core.study import Known, Reading, Study, VertebraFinding
from service.intake.reading_vertebrae import REGIONS
from service.prose.reading import ProseReading
from service.prose.study_values import (
    Written,
    completion_told,
    density_told,
    evidence,
    reading_of,
    vfa_told,
)
from service.prose.voided import VOIDED

FRESH = frozenset({FractureAge.ACUTE, FractureAge.SUBACUTE})
UNSAID = frozenset({FractureAge.NOT_STATED, Cause.NOT_STATED, Shape.NOT_STATED})
NO_FRACTURE = "no fracture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One thing the codes and the text say differently, in words, with where each says it."""

    what: str
    codes: str
    coded: tuple[str, ...]
    prose: tuple[Evidence, ...]


def disagreements(said: ProseReading, written: Written, study: Study) -> tuple[Disagreement, ...]:
    """Everything that the codes and the text say differently."""
    void = [each.span for each in said.not_understood if each.why == VOIDED]
    if void and isinstance(study.reading, Known):
        codes, where = "a reading of this patient that counts", study.reading.where
        return (Disagreement(what="the report", codes=codes, coded=where, prose=evidence(written, *void)),)
    return (*_of_performed(said, written, study), *_of_reading(said, written, study))


def _of_performed(said: ProseReading, written: Written, study: Study) -> Iterator[Disagreement]:
    coded, vfa = study.performed.vfa, vfa_told(said)
    if isinstance(coded, Known) and vfa and coded.value is not vfa.value:
        codes = "performed" if coded.value else "not performed"
        shown = vfa.known(written).evidence
        yield Disagreement(what="vertebral fracture assessment", codes=codes, coded=coded.where, prose=shown)
        return
    ended, told = study.performed.completion, completion_told(said)
    if isinstance(ended, Known) and told and told.value is not ended.value is Completion.COMPLETED:
        shown = told.known(written).evidence
        yield Disagreement(what="how the scan ended", codes=ended.value, coded=ended.where, prose=shown)
    density, measured = study.performed.density, density_told(said)
    if isinstance(density, Known) and measured and density.value is not measured.value:
        shown = measured.known(written).evidence
        yield Disagreement(what="bone density", codes=density.value, coded=density.where, prose=shown)


def _of_reading(said: ProseReading, written: Written, study: Study) -> Iterator[Disagreement]:
    if isinstance(study.reading, Known) and said.report_state.value == "preliminary":
        where = study.reading.where
        shown = evidence(written, *said.report_state.spans) or _nowhere(written)
        yield Disagreement(what="state of the report", codes="final", coded=where, prose=shown)
        return
    prose = reading_of(said, written)
    if not isinstance(study.reading, Known) or prose is None:
        return
    coded = study.reading.value
    for one in prose.findings:
        yield from _of_level(one, coded, study.reading)
    if said.understood:
        yield from _unsaid(coded, prose, written)


def _of_level(told: VertebraFinding, coded: Reading, known: Known[Reading]) -> Iterator[Disagreement]:
    """What the text says of one level, against the codes of that level or region."""
    same = [each for each in coded.findings if _meet(each, told)]
    called = [each for each in same if each.certainty is not Certainty.DENIED]
    where = tuple(one.where for each in same for one in each.evidence) or known.where
    if told.certainty is Certainty.DENIED:
        against = [each for each in called if each.level is told.level]
    elif not called:
        against = same
        if not same and told.certainty is Certainty.UNCERTAIN:
            return
        codes = NO_FRACTURE if same or coded.no_fracture else "nothing of this level"
        yield Disagreement(what=told.level, codes=codes, coded=where, prose=told.evidence)
        return
    else:
        against = [] if any(_agree(each, told) for each in called) else called
    for each in against[:1]:
        yield Disagreement(what=told.level, codes=_worded(each), coded=where, prose=told.evidence)


def _unsaid(coded: Reading, prose: Reading, written: Written) -> Iterator[Disagreement]:
    """Definite levels of the codes that the text, understood to the last sentence, does not call."""
    for each in coded.findings:
        told = [one for one in prose.findings if _meet(each, one)]
        if each.certainty is Certainty.DEFINITE and not told:
            where = tuple(one.where for one in each.evidence)
            shown = prose.no_fracture or _nowhere(written)
            yield Disagreement(what=each.level, codes=_worded(each), coded=where, prose=shown)


def _nowhere(written: Written) -> tuple[Evidence, ...]:
    """The text as a whole, where no words of it speak of what the codes say."""
    return (Evidence(kind=EvidenceKind.PROSE, where=written.parts[0].where, shows="nothing of it"),)


def _meet(one: VertebraFinding, other: VertebraFinding) -> bool:
    """Whether two findings may be of the same vertebra."""
    if one.level is other.level:
        return True
    return one.level in REGIONS.get(other.level, ()) or other.level in REGIONS.get(one.level, ())


def _agree(coded: VertebraFinding, told: VertebraFinding) -> bool:
    """Whether two findings of a fracture say the same, as far as both say something."""
    if coded.certainty is not told.certainty:
        return False
    aged = coded.age is told.age or {coded.age, told.age} <= FRESH
    caused = coded.cause is told.cause or Cause.PATHOLOGICAL in (coded.cause, told.cause)
    pairs = (
        (aged, coded.age, told.age),
        (caused, coded.cause, told.cause),
        (coded.shape is told.shape, coded.shape, told.shape),
    )
    return all(same or not {one, other}.isdisjoint(UNSAID) for same, one, other in pairs)


def _worded(one: VertebraFinding) -> str:
    """A finding in a few words."""
    if one.certainty is Certainty.DENIED:
        return f"{one.level}: {NO_FRACTURE}"
    said = (one.age, one.shape, one.cause)
    words = (each.value for each in said if each not in UNSAID)
    return f"{one.level}: {', '.join((f'{one.certainty} fracture', *words))}"
