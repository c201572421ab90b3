"""How well reports in prose are read: per fact, per report, and what would be released without a person.

    python -m tests.reports.evaluate [--misses] [--in=FOLDER] [REPORT...]

Compares `service.prose` with the gold beside each report (README.md says what counts). Exit status 1 if a
code would be claimed that the gold does not have.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from service.prose.read import read_report
from service.prose.reading import ProseReading
from service.prose.vocabulary import Vocabulary, make_vocabulary
from service.store.rule_files import load_rulebook, packaged_rules
from tests.reports.claims import Claimed
from tests.reports.claims import claimed as claimed_for

OPEN = Path(__file__).parent / "open"
APART = Path(__file__).parent / "apart" / "dev"
"""Reports written by somebody who did not know the reader."""
READ_ON = date(2026, 6, 30)
"""The reports say no day of reading and are of 2026: its middle."""
ATTRIBUTES = ("shape", "grade", "age", "cause", "change_from_prior", "status")
NOTHING = (None, "", "not_stated")
DECIDABLE = ("fracture", "no_fracture", "uncertain")
Facts = Mapping[str, set[tuple[Any, ...]]]


@dataclass(slots=True)
class Tally:
    """Counts of one kind of fact."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, said: set[tuple[Any, ...]], gold: set[tuple[Any, ...]]) -> None:
        """Adds the facts of one report."""
        self.right += len(said & gold)
        self.wrong += len(said - gold)
        self.missed += len(gold - said)

    @property
    def precision(self) -> float:
        """Share of what is said that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that is said."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass(slots=True)
class Result:
    """The measures over some reports."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    exact: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    released_wrong: list[str] = field(default_factory=list)
    decidable: list[str] = field(default_factory=list)
    false_codes: list[str] = field(default_factory=list)
    false_density: list[str] = field(default_factory=list)
    reports: int = 0
    claims: list[str] = field(default_factory=list)
    claims_wrong: list[str] = field(default_factory=list)


def facts_of_gold(gold: Mapping[str, Any]) -> Facts:
    """The gold as sets of facts."""
    study, span = gold["study"], gold["study"]["levels_attempted"]
    history, comparison = gold["history"], gold["comparison"]
    return {
        "vfa_performed": {(study["vfa_performed"],)},
        "density_measured": {(study["density_measured"],)},
        "completeness": {(study["completeness"],)},
        "report_state": {(study["report_state"],)},
        "levels_attempted": {(span["from"], span["to"])} if span else set(),
        "levels_not_evaluable": {(level,) for level in study["levels_not_evaluable"]},
        "osteoporosis": stated(gold["osteoporosis"]["stated"]),
        "osteoporosis_cause": stated(gold["osteoporosis"]["cause"]),
        "lowest_t": stated(gold["density"]["lowest_t"] if gold["density"] else None),
        "fracture": {(each["level"], each["is_fracture"]) for each in gold["fractures"]},
        "deformity": {
            (level, each["kind"]) for each in gold["non_fracture_deformities"] for level in each["levels"]
        },
        "symptoms": {(each,) for each in gold["symptoms_in_indication"]},
        "symptoms_denied": {(each,) for each in gold["symptoms_denied"]},
        "steroids": stated(history["steroids"]),
        "family_history": stated(history["family_history_fracture"]),
        "prior_fractures": {(each["site"], each["level"] or "") for each in history["prior_fractures"]},
        "comparison": stated(comparison["kind"]) | stated(comparison["date"]),
        "recommendations": {(each,) for each in gold["recommendations"]},
        "contradictions": {(each["kind"], each["resolved"]) for each in gold["contradictions"]},
        "billing_reading": {(gold["overall"]["billing_reading"],)},
    }


def facts_of_reading(said: ProseReading) -> Facts:
    """The reading as sets of facts."""
    return {
        "vfa_performed": {(said.vfa_performed.value,)},
        "density_measured": {(said.density_measured.value,)},
        "completeness": {(said.completeness.value,)},
        "report_state": {(said.report_state.value,)},
        "levels_attempted": {said.levels_attempted} if said.levels_attempted else set(),
        "levels_not_evaluable": {(level,) for level in said.levels_not_evaluable},
        "osteoporosis": stated(said.osteoporosis.value),
        "osteoporosis_cause": stated(said.osteoporosis_cause.value),
        "lowest_t": stated(said.lowest_t.value),
        "fracture": {(each.level, each.is_fracture) for each in said.fractures},
        "deformity": {(level, each.kind) for each in said.deformities for level in each.levels},
        "symptoms": {(each.value,) for each in said.symptoms},
        "symptoms_denied": {(each.value,) for each in said.symptoms_denied},
        "steroids": stated(said.steroids.value),
        "family_history": stated(said.family_history_fracture.value),
        "prior_fractures": {(each.site, each.level) for each in said.prior_fractures},
        "comparison": stated(said.comparison.value) | stated(said.comparison_date),
        "recommendations": {(each.value,) for each in said.recommendations},
        "contradictions": {(each.kind, each.resolved) for each in said.contradictions},
        "billing_reading": {(said.billing_reading,)},
    }


def stated(value: object) -> set[tuple[Any, ...]]:
    """A fact, or none where the report does not say."""
    return set() if value in NOTHING else {(value,)}


def attributes_of_gold(gold: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Attributes of each fractured level."""
    return {each["level"]: {name: each[name] for name in ATTRIBUTES} for each in gold["fractures"]}


def attributes_of_reading(said: ProseReading) -> dict[str, dict[str, Any]]:
    """Attributes of each fractured level, as read."""
    return {
        each.level: {
            "shape": each.shape,
            "grade": each.grade,
            "age": each.age,
            "cause": each.cause,
            "change_from_prior": each.change,
            "status": each.status,
        }
        for each in said.fractures
    }


def exact_key(gold: Mapping[str, Any]) -> tuple[Any, ...]:
    """What must be equal for a report to be exactly read."""
    study = gold["study"]
    return (
        gold["overall"]["billing_reading"],
        study["vfa_performed"],
        study["density_measured"],
        study["completeness"],
        gold["osteoporosis"]["stated"],
        gold["osteoporosis"]["cause"] or "",
        frozenset(
            (each["level"], each["is_fracture"], each["age"], each["cause"], each["status"] or "")
            for each in gold["fractures"]
        ),
    )


def exact_key_read(said: ProseReading) -> tuple[Any, ...]:
    """The same of a reading."""
    return (
        said.billing_reading,
        said.vfa_performed.value,
        said.density_measured.value,
        said.completeness.value,
        said.osteoporosis.value,
        said.osteoporosis_cause.value,
        frozenset(
            (each.level, each.is_fracture, each.age, each.cause, each.status) for each in said.fractures
        ),
    )


def release(said: ProseReading) -> bool:
    """Whether a claim would leave without a person under `trust`."""
    return (
        said.understood
        and not said.coder_review
        and said.billing_reading in DECIDABLE
        and said.vfa_performed.value == "yes"
        and said.density_measured.value in ("yes", "no", "peripheral")
        and all(each.resolved for each in said.contradictions)
    )


def claimed(levels: Iterable[tuple[str, str, str]]) -> set[str]:
    """Levels of definite current fractures."""
    return {level for level, certainty, status in levels if certainty == "definite" and status == "current"}


def judge(name: str, said: ProseReading, gold: Mapping[str, Any], result: Result) -> None:
    """Adds one report to the measures."""
    result.reports += 1
    want, have = facts_of_gold(gold), facts_of_reading(said)
    for kind, facts in want.items():
        result.tallies.setdefault(kind, Tally()).add(have[kind], facts)
    gold_attributes, read_attributes = attributes_of_gold(gold), attributes_of_reading(said)
    for level in gold_attributes.keys() & read_attributes.keys():
        for kind in ATTRIBUTES:
            tally = result.tallies.setdefault(f"fracture {kind}", Tally())
            tally.add(stated(read_attributes[level][kind]), stated(gold_attributes[level][kind]))
    exact = exact_key(gold) == exact_key_read(said)
    if exact:
        result.exact.append(name)
    if gold["overall"]["billing_reading"] in DECIDABLE and not gold["overall"]["coder_review"]:
        result.decidable.append(name)
    if release(said):
        result.released.append(name)
        if not exact:
            result.released_wrong.append(name)
    codes = claimed((each.level, each.is_fracture, each.status) for each in said.fractures)
    right = claimed((each["level"], each["is_fracture"], each["status"]) for each in gold["fractures"])
    if codes - right:
        result.false_codes.append(f"{name} ({', '.join(sorted(codes - right))})")
    density, truth = said.density_measured.value, gold["study"]["density_measured"]
    if density in ("yes", "no", "peripheral") and density != truth:
        result.false_density.append(name)


def judge_claim(name: str, claimed: Claimed, result: Result) -> None:
    """Adds what was billed for one report."""
    if claimed.released:
        result.claims.append(name)
        if not claimed.equal:
            result.claims_wrong.append(name)


def reports(names: Iterable[str] = (), folder: Path = OPEN) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, text and gold of the reports named, or of all in a folder."""
    chosen = set(names)
    for path in sorted(folder.glob("*.txt")):
        if not chosen or path.stem in chosen:
            text = path.read_bytes().decode("utf-8")
            gold = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
            yield path.stem, text, gold


def vocabulary() -> Vocabulary:
    """The vocabulary of the packaged rules."""
    return make_vocabulary(load_rulebook(packaged_rules()))


def table(result: Result) -> Iterator[str]:
    """The measures as lines of text."""
    yield f"{'fact':<28}{'precision':>10}{'recall':>8}{'facts':>7}"
    for kind, tally in result.tallies.items():
        facts = tally.right + tally.missed
        yield f"{kind:<28}{tally.precision:>10.3f}{tally.recall:>8.3f}{facts:>7}"
    released = [name for name in result.released if name in result.decidable]
    yield f"exact reports                {len(result.exact)} of {result.reports}"
    yield (
        f"released under trust         {len(result.released)}, of them equal to the gold"
        f" {len(result.released) - len(result.released_wrong)}"
    )
    yield f"decidable without a coder    {len(result.decidable)}, of them released {len(released)}"
    if result.claims:
        yield (
            f"claims under trust           {len(result.claims)}, of them as from the gold facts"
            f" {len(result.claims) - len(result.claims_wrong)}"
        )
    yield f"false codes                  {', '.join(result.false_codes) or 'none'}"
    yield f"wrong definite density       {', '.join(result.false_density) or 'none'}"


def misses(
    name: str, said: ProseReading, text: str, gold: Mapping[str, Any], result: Result
) -> Iterator[str]:
    """What went wrong with one report."""
    want, have = facts_of_gold(gold), facts_of_reading(said)
    lines = [
        f"  {kind}: said {sorted(have[kind] - facts, key=str)} missed {sorted(facts - have[kind], key=str)}"
        for kind, facts in want.items()
        if have[kind] != facts
    ]
    gold_attributes, read_attributes = attributes_of_gold(gold), attributes_of_reading(said)
    for level in sorted(gold_attributes.keys() & read_attributes.keys()):
        for kind in ATTRIBUTES:
            one, other = stated(read_attributes[level][kind]), stated(gold_attributes[level][kind])
            if one != other:
                lines.append(f"  {level} {kind}: said {one or '-'} gold {other or '-'}")
    held = name in result.decidable and name not in result.released
    if lines or held:
        marks = ["" if name in result.exact else "NOT EXACT", "HELD" if held else ""]
        marks.append("RELEASED WRONG" if name in result.released_wrong else "")
        yield f"{name} {' '.join(mark for mark in marks if mark)}"
        yield from lines
    if held:
        yield from (f"  review: {why}" for why in said.review)
        yield from (f"  not understood: {each.why}: {each.span.of(text)!r}" for each in said.not_understood)


def main(arguments: list[str]) -> int:
    """Prints the table, and with --misses what went wrong."""
    words, result, counts = vocabulary(), Result(), Counter[str]()
    names = [each for each in arguments if not each.startswith("-")]
    folder = next((Path(each[5:]) for each in arguments if each.startswith("--in=")), OPEN)
    for name, text, gold in reports(names, folder):
        said = read_report(text, words, read_on=READ_ON)
        judge(name, said, gold, result)
        judge_claim(name, claimed_for(text, gold, words), result)
        if "--misses" in arguments:
            print(*misses(name, said, text, gold, result), sep="\n", end="")
            counts[name] += 1
            print()
    print(*table(result), sep="\n")
    return 1 if result.false_codes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
