"""A reading shown to a person or as plain values, every fact with the words that say it."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from service.prose.reading import FractureSaid, ProseReading, Said, Span

SAID_OF_REPORT = (
    *("vfa_performed", "density_measured", "completeness", "report_state", "osteoporosis"),
    *("osteoporosis_cause", "lowest_t", "steroids", "family_history_fracture", "comparison"),
)


def plain(said: ProseReading, text: str) -> dict[str, Any]:
    """The reading as dicts and lists; a span is [start, end, words]."""
    values = {each.name: _plain(getattr(said, each.name), text) for each in fields(said) if each.repr}
    return {"understood": said.understood, "coder_review": said.coder_review, **values}


def _plain(value: Any, text: str) -> Any:
    if isinstance(value, Span):
        return [value.start, value.end, value.of(text)]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), text) for each in fields(value)}
    return [_plain(each, text) for each in value] if isinstance(value, tuple) else value


def readable(said: ProseReading, text: str) -> str:
    """The reading in lines: what it comes to, the facts with their words, what a person must look at."""
    return "\n".join(_lines(said, text)) + "\n"


def _lines(said: ProseReading, text: str) -> Iterator[str]:
    yield f"billing reading    {said.billing_reading}"
    for why in said.review:
        yield f"coder review       {why}"
    for fracture in said.fractures:
        yield f"fracture           {_fracture(fracture)}"
        yield from _quotes(text, *fracture.spans)
    for deformity in said.deformities:
        yield f"no fracture        {', '.join(deformity.levels)}: {deformity.kind}"
        yield from _quotes(text, deformity.span)
    if said.global_denial:
        yield f"denied             {said.global_denial.scope}"
        yield from _quotes(text, said.global_denial.span)
    yield from _report_lines(said, text)
    for contradiction in said.contradictions:
        settled = "settled" if contradiction.resolved else "not settled"
        yield f"contradiction      {contradiction.kind} ({settled})"
        yield f"                   {contradiction.row}: {contradiction.says}"
        yield from _quotes(text, *contradiction.spans)
    for rest in said.unplaced:
        yield f"coder review       {rest.why}"
        yield from _quotes(text, rest.span)
    for trouble in said.not_understood:
        yield f"NOT UNDERSTOOD     {trouble.why}"
        yield from _quotes(text, trouble.span)


def _report_lines(said: ProseReading, text: str) -> Iterator[str]:
    for name in SAID_OF_REPORT:
        value: Said = getattr(said, name)
        if value.value not in ("", "not_stated"):
            yield f"{name.replace('_', ' '):<18} {value.value}"
            yield from _quotes(text, *value.spans[:1])
    if said.levels_attempted:
        yield f"levels             {said.levels_attempted[0]} to {said.levels_attempted[1]}"
    if said.levels_not_evaluable:
        yield f"not evaluable      {', '.join(said.levels_not_evaluable)}"


def _fracture(said: FractureSaid) -> str:
    told = [said.level, said.is_fracture, said.status, said.shape]
    told.append(f"grade {said.grade} ({said.grade_basis})" if said.grade else "")
    told += [word for word in (said.age, said.cause, said.change) if word != "not_stated"]
    told.append(f"doubted: {', '.join(said.hedged_on)}" if said.hedged_on else "")
    return ", ".join(word for word in told if word)


def _quotes(text: str, *spans: Span) -> Iterator[str]:
    for span in spans:
        yield f'                   {span.start}-{span.end} "{" ".join(span.of(text).split())}"'
