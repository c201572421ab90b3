"""Prose into facts: `read_report` is the way in, and reads on one screen.

Sentences are read by their place: the indication tells of the patient, the reading of vertebrae, generic
text of nobody. Then the report is settled as a whole, and what was not understood is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from service.core.rulebook import Stands
from service.prose.account import SPINE, not_understood
from service.prose.density import settle_density
from service.prose.document import Sentence, sentences_of
from service.prose.entry import Frame, Resolved
from service.prose.leave import leave_indication
from service.prose.looked_up import levels_in
from service.prose.patient import PatientSaid, read_patient, settle_osteoporosis
from service.prose.placed import unplaced
from service.prose.reading import (
    LEVELS,
    USUAL,
    FractureSaid,
    NotUnderstood,
    PriorFracture,
    ProseReading,
    Said,
    Span,
)
from service.prose.resolve import resolve
from service.prose.session import attempted, read_session
from service.prose.session_said import SessionSaid
from service.prose.statements import Statements
from service.prose.tokens import tokens_of
from service.prose.verdict import billing_reading, review_signs
from service.prose.vertebrae import Context, read_sentence
from service.prose.vocabulary import Vocabulary
from service.prose.voided import voided
from service.prose.whose import generic, of_a_relative

NOT_READING = frozenset({"indication", "comparison", "title", "recommendation", "signature", "note"})


def read_report(text: str, vocabulary: Vocabulary, *, read_on: date | None = None) -> ProseReading:
    """Reads a report. `read_on` is the day of the reading (DiagnosticReport.issued), which tells how long
    ago an earlier study was; without it an unchanged fracture is left to a coder.
    """
    sentences = sentences_of(text, tokens_of(text, vocabulary), vocabulary)
    nobody = generic(sentences, vocabulary)
    told = leave_indication([each for each in sentences if each.start not in nobody], vocabulary)
    session, patient, context = SessionSaid(), PatientSaid(), Context(vocabulary=vocabulary)
    facts = 0
    for sentence in told:
        read_session(sentence, vocabulary, session)
        read_patient(sentence, vocabulary, patient)
        if sentence.section not in NOT_READING and not _of_relative(sentence, vocabulary):
            read_sentence(sentence, context)
        before, facts = facts, session.facts + patient.facts
        if facts > before:
            session.spoke_at.add(sentence.start)
    void = tuple(voided(sentences, vocabulary))
    said = _settle(told, session, patient, context, read_on, void)
    shown = {each.span.start for each in said.not_understood}
    spoke = session.spoke_at | context.out.said_something
    rest = [each for each in sentences if each.start not in shown]
    return replace(
        said,
        unplaced=tuple(unplaced(rest, nobody, spoke, vocabulary)),
        sentences=tuple(Span(each.start, each.end) for each in sentences),
    )


def _settle(
    told: Sequence[Sentence],
    session: SessionSaid,
    patient: PatientSaid,
    context: Context,
    read_on: date | None,
    void: tuple[NotUnderstood, ...],
) -> ProseReading:
    said = context.out
    _nothing_imaged(session, patient, said)
    span = attempted(session, [*_named(said, session.rows), *session.tabled])
    comparison = max(session.comparisons, key=lambda each: (each[0] == "dated", each[1]), default=None)
    frame = Frame(attempted=span, prior=comparison[1] if comparison else "", read_on=read_on)
    troubles = [*void, *not_understood(told, context, session, said)]
    resolved = resolve(said, frame, context.vocabulary.precedences)
    troubles += [NotUnderstood(span=where, why=why) for where, why in (*said.unclear, *resolved.unclear)]
    _indication_against_reading(patient, resolved)
    if {"yes", "no"} <= {value for value, _, _ in patient.osteoporosis}:
        resolved.signs.add("history-against-density")
    _software_alone(session, resolved)
    _template(told, resolved)
    performed, completeness = _settle_image(session, said, resolved, span)
    density, score = settle_density(session)
    if density.value == "contradictory":
        resolved.contradict("density_statement", *density.spans)
    state = _state(told, session)
    osteoporotic = next(
        (f.spans[0] for f in resolved.fractures if f.is_fracture == "definite" and "osteoporotic" in f.cause),
        None,
    )
    osteoporosis, origin = settle_osteoporosis(patient, osteoporotic)
    if origin.value == "unspecified" and any("glucocorticoid" in f.cause for f in resolved.fractures):
        origin = Said(value="glucocorticoid", spans=osteoporosis.spans)
    unreadable = _not_evaluable(said, span, session)
    verdict = billing_reading(performed, state, resolved)
    told_unread = {level for group in said.not_evaluable for level in group}
    signs = review_signs(performed, state, completeness, resolved, unreadable, told_unread, span, patient)
    return ProseReading(
        vfa_performed=performed,
        density_measured=density,
        completeness=completeness,
        levels_attempted=span,
        levels_not_evaluable=unreadable,
        report_state=state,
        osteoporosis=osteoporosis,
        osteoporosis_cause=origin,
        lowest_t=score,
        fractures=tuple(resolved.fractures),
        deformities=tuple(resolved.deformities),
        symptoms=tuple(Said(value=value, spans=(where,)) for value, where in patient.symptoms.items()),
        symptoms_denied=tuple(Said(value=value, spans=(where,)) for value, where in patient.denied.items()),
        screening=patient.screening,
        steroids=_best(patient.steroids, ("current", "intermittent", "past", "no")),
        family_history_fracture=_best(patient.family, ("yes", "no")),
        prior_fractures=tuple(patient.prior),
        comparison=Said(value=comparison[0] if comparison else "not_stated"),
        comparison_date=comparison[1] if comparison else "",
        recommendations=tuple(Said(value=value, spans=(where,)) for value, where in session.advice),
        contradictions=tuple(resolved.contradictions),
        global_denial=resolved.denial,
        billing_reading=verdict,
        review=tuple(context.vocabulary.reviews.get(sign, sign) for sign in sorted(signs)),
        not_understood=tuple(dict.fromkeys(troubles)),
    )


def _nothing_imaged(session: SessionSaid, patient: PatientSaid, said: Statements) -> None:
    """Where no lateral image was made, a fracture that is named is known from before."""
    values = {value for value, _ in session.vfa}
    if values != {"no"}:
        return
    for mention in said.mentions:
        if mention.head == "fracture" and mention.certainty == "definite":
            patient.prior += [
                PriorFracture(site="vertebra", level=level, span=mention.span) for level in mention.levels
            ]
    said.mentions.clear()
    said.normals.clear()


def _of_relative(sentence: Sentence, vocabulary: Vocabulary) -> bool:
    return of_a_relative(sentence, vocabulary) and not levels_in(sentence)


def _software_alone(session: SessionSaid, resolved: Resolved) -> None:
    """Where nobody reads, the labels of the software are doubtful and nothing more."""
    labelled = [row for row in session.rows if row[1]]
    if resolved.fractures or resolved.denial or not labelled:
        return
    resolved.signs.add("software-only")
    for level, shape, span in labelled:
        resolved.fractures.append(
            FractureSaid(
                level=level,
                is_fracture="uncertain",
                shape="" if shape == "deformity" else shape,
                grade_basis="software",
                hedged_on=("fracture",),
                spans=(span,),
            )
        )


def _template(told: Sequence[Sentence], resolved: Resolved) -> None:
    for sentence in told:
        if sentence.section not in NOT_READING and any(token.kind == "hole" for token in sentence.tokens):
            words = {token.text for token in sentence.tokens}
            if words & (SPINE | {"levels", "level", "grade"}):
                resolved.contradict("template_unfilled", Span(sentence.start, sentence.end))
                resolved.signs.add("template")


def _named(said: Statements, rows: Sequence[tuple[str, str, Span]]) -> list[str]:
    return [level for levels in (*_levels_said(said), *((row[0],) for row in rows)) for level in levels]


def _levels_said(said: Statements) -> Iterable[tuple[str, ...]]:
    named: Iterable[tuple[str, ...]] = (
        *(m.levels for m in said.mentions),
        *(n.levels for n in said.normals),
        *said.not_evaluable,
    )
    return named


def _settle_image(
    session: SessionSaid, said: Statements, resolved: Resolved, span: tuple[str, str] | None
) -> tuple[Said, Said]:
    read = bool(resolved.fractures or resolved.denial or said.normals)
    absent = [where for value, where in session.vfa if value == "no"]
    made = [where for value, where in session.vfa if value == "yes"]
    if absent and not read:
        return Said(value="no", spans=tuple(absent)), Said(value="not_performed", spans=tuple(absent))
    if not made and not read:
        return Said(value="not_stated"), Said(value="not_stated")
    read_in = [each.span for each in said.normals] + [
        each.spans[0] for each in resolved.fractures if each.spans
    ]
    read_in += [resolved.denial.span] if resolved.denial else []
    performed = Said(value="yes", spans=tuple(made or read_in))
    for kind in ("stopped", "reduced"):
        where = [place for value, place in session.completeness if value == kind]
        if where:
            return performed, Said(value=kind, spans=tuple(where))
    return performed, Said(value="complete" if span else "not_stated")


def _not_evaluable(said: Statements, span: tuple[str, str] | None, session: SessionSaid) -> tuple[str, ...]:
    levels = {level for group in said.not_evaluable for level in group}
    levels -= {level for m in said.mentions for level in m.levels if m.head == "fracture"}
    levels -= {level for n in said.normals for level in n.levels if len(n.levels) == 1}
    if span:
        inside = LEVELS[LEVELS.index(span[0]) : LEVELS.index(span[1]) + 1]
        levels |= set(USUAL) - set(inside)
    elif session.nothing_read and not said.normals and not said.mentions:
        levels |= set(USUAL)
    return tuple(level for level in LEVELS if level in levels)


def _state(told: Sequence[Sentence], session: SessionSaid) -> Said:
    parts = {sentence.part for sentence in told}
    if "addendum" in parts or session.addendum:
        return Said(value="addended", spans=tuple(session.addendum))
    if ("preliminary" in parts or session.preliminary) and "final" not in parts:
        return Said(value="preliminary", spans=tuple(session.preliminary))
    return Said(value="final")


def _best(told: Sequence[tuple[str, Span]], order: Sequence[str]) -> Said:
    for value in order:
        where = [span for said, span in told if said == value]
        if where:
            return Said(value=value, spans=tuple(where))
    return Said(value="not_stated")


def _indication_against_reading(patient: PatientSaid, resolved: Resolved) -> None:
    """A fracture of the indication that the reading denies is no history: the reading decides."""
    if resolved.stands("indication_vs_reading") is not Stands.READING:
        return
    denied = {f.level: f for f in resolved.fractures if f.is_fracture == "denied"}
    for prior in list(patient.prior):
        if prior.level in denied:
            patient.prior.remove(prior)
            resolved.contradict("indication_vs_reading", prior.span, *denied[prior.level].spans)
