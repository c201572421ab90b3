"""What each row is proved by: golden cases, claims made for the edit tables, codes with their meanings.

A proof goes red where what comes out is not what it expects. Expectations are written in the cases and in
`tables_of_sources`, never taken from the row that is on trial.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

from service.core.claim import Claim, build
from service.core.codes import ClaimType, Severity
from service.core.decide import decide
from service.core.decision import DecidedClaim, Decision
from service.core.diagnosis_codes import strip
from service.core.practice import Practice
from service.core.rulebook import Row, Rulebook, RuleSet
from service.core.study import Gap, Known, Study
from tests.cases.case import Case, cited, compare, read_cases
from tests.cases.edit_tables import check, claim_of, set_apart, with_diagnoses, with_procedures, with_units
from tests.cases.rules import rulebook
from tests.cases.study_of import practice_of, study_of
from tests.intake.sent import VFA, Sent, coded, value
from tests.intake.test_code_rows import SYSTEMS, place
from tests.mappings.tables_of_sources import CLINICAL, CONCEPTS, EXAMS, EXCLUDES1, MUE, NCCI, SAID

CASES = Path(__file__).parents[1] / "cases"
DAY = date(2026, 9, 15)
Red = Callable[[Rulebook], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Something that rests on rows: its sentence, its file, and whether it is red by some rules."""

    says: str
    file: str
    is_red: Red


@cache
def proofs() -> Mapping[str, Sequence[Proof]]:
    """The proofs of each row by its id, or of each finding by its code."""
    found: dict[str, list[Proof]] = defaultdict(list)
    for source in (_of_cases(), _of_tables(), _of_codes(), _of_findings()):
        for row, proof in source:
            found[row].append(proof)
    return found


def _of_cases() -> Iterator[tuple[str, Proof]]:
    for path in sorted(CASES.glob("*.yaml")):
        for case in read_cases(path):
            red = _of_case(case)
            decision, claims = red.decided(rulebook())
            proof = Proof(says=case.name, file=f"tests/cases/{case.file}", is_red=red)
            yield from ((row, proof) for row in sorted({*cited(decision, claims), *case.quiet}))


@dataclass(frozen=True, slots=True)
class _Decided:
    """A golden case, its facts read once."""

    case: Case
    study: Study
    practice: Practice

    def decided(self, rules: Rulebook) -> tuple[Decision, tuple[Claim, ...]]:
        decision = decide(self.study, self.practice, rules)
        return decision, build(self.study, decision)

    def __call__(self, rules: Rulebook) -> bool:
        return bool(compare(self.case, *self.decided(rules)))


def _of_case(case: Case) -> _Decided:
    return _Decided(case, study_of(case.given), practice_of(case.given))


def _of_tables() -> Iterator[tuple[str, Proof]]:
    file = "tests/mappings/tables_of_sources.py"
    for row, says, red in (*_ncci(), *_mue(), *_excludes1()):
        yield row, Proof(says=says, file=file, is_red=red)


def _answers(claim: DecidedClaim, rules: Rulebook) -> set[tuple[str, str]]:
    return {(one.says, one.result.value) for one in check(claim, rules).outcomes}


def _edits(claim: DecidedClaim) -> list[str]:
    known = {row.id for name in ("ncci", "mue", "excludes1") for row in getattr(rulebook(), name).rows}
    return [one.edit for one in check(claim).outcomes if one.edit in known]


def _answer_of(claim: DecidedClaim, *wanted: tuple[str, str], but: str = "") -> Red:
    """Red where an answer is missing, or where the claim fails in words it must not."""

    def red(rules: Rulebook) -> bool:
        found = _answers(claim, rules)
        failed = {says for says, result in found if result == "fail"} - {says for says, _ in wanted}
        return not set(wanted) <= found or bool(but and any(but in says for says in failed))

    return red


def _ncci() -> Iterator[tuple[str, str, Red]]:
    for (paid, denied, indicator, tables), kind in product(NCCI, ClaimType):
        claim = with_procedures(claim_of(kind), denied, paid)
        apart = set_apart(claim, denied)
        fails = f"{denied} is denied beside {paid}; "
        fails += "no modifier helps." if indicator == "0" else "only a true separate service may bypass it."
        passes = f"{denied} stands beside {paid} as a separate service by its modifier."
        second = (fails, "fail") if indicator == "0" else (passes, "bypassed")
        bound = kind.value in tables
        (row, *_) = _edits(with_procedures(claim_of(ClaimType.PROFESSIONAL), denied, paid))
        name = f"{paid} and {denied} on a {kind} claim"
        yield row, name, _answer_of(claim, *([(fails, "fail")] if bound else []), but="" if bound else denied)
        yield row, f"{name}, called separate", _answer_of(apart, *([second] if bound else []))


def _mue() -> Iterator[tuple[str, str, Red]]:
    for (code, units, indicator), kind in product(MUE, ClaimType):
        claim = with_procedures(claim_of(kind), code)
        for said, result in ((units, "pass"), (units + 1, "fail")):
            told = f"{code}: {said} of at most {units} a day (MAI {indicator})."
            several = with_units(claim, said)
            yield f"MUE-{code}", f"{said} of {code} on a {kind} claim", _answer_of(several, (told, result))


def _excludes1() -> Iterator[tuple[str, str, Red]]:
    for first, second, kept in EXCLUDES1:
        claim = with_diagnoses(claim_of(ClaimType.PROFESSIONAL), first, second)
        (row,) = (one for one in _edits(claim) if one.startswith("EX1"))
        yield row, f"{first} beside {second}", _apart(claim, first, second, kept)


def _apart(claim: DecidedClaim, first: str, second: str, kept: str) -> Red:
    def red(rules: Rulebook) -> bool:
        told = f"{first} and {second} exclude each other"
        if not any(says.startswith(told) for says, _ in _answers(claim, rules)):
            return True
        left, _ = strip(claim.diagnoses, rules, DAY)
        return [one.value for one in left] != ([kept] if kept else [first, second])

    return red


def _of_codes() -> Iterator[tuple[str, Proof]]:
    file = "tests/mappings/tables_of_sources.py"
    kinds = (
        ("orders", EXAMS, _exam),
        ("translations", CONCEPTS, _concept),
        ("clinical_meanings", CLINICAL, _fact),
    )
    for name, table, red_of in kinds:
        for (system, listed), means in table.items():
            for code in listed.split():
                row = _row_of(getattr(rulebook(), name), system, code)
                says = f"{system} {code} means {means}"
                yield row.id, Proof(says=says, file=file, is_red=red_of(SYSTEMS[system], code, means))


def _row_of(rule_set: RuleSet[object], system: str, code: str) -> Row[object]:
    return next(row for row in rule_set.rows if system in row.when["system"] and code in row.when["code"])


def _exam(system: str, code: str, means: str) -> Red:
    sent = Sent()
    sent.the("ServiceRequest")["code"] = coded(system, code)

    def red(rules: Rulebook) -> bool:
        ordered = value(sent.study(book=rules).order).ordered
        return getattr(ordered, "value", None) != set(means.split())

    return red


def _concept(system: str, code: str, means: str) -> Red:
    words = dict(each.split(" ", 1) for each in means.split("; "))
    reason, documented = (_sent_as(name, words, coded(system, code)) for name in ("icd10cm", "osteoporosis"))
    at_once = {name: word for name, word in words.items() if name not in ("icd10cm", "osteoporosis")}
    sent = Sent()
    place(sent, words, coded(system, code))

    def red(rules: Rulebook) -> bool:
        if reason:
            codes = [one.code for one in value(reason.study(book=rules).order).reasons]
            if words["icd10cm"] not in codes:
                return True
        if documented:
            told = documented.study(book=rules).osteoporosis
            if told is None or told.value != words["osteoporosis"]:
                return True
        return bool(at_once) and not _tells(sent.study(book=rules), at_once)

    return red


def _sent_as(name: str, words: Mapping[str, str], concept: dict[str, object]) -> Sent | None:
    """The brief's study where the concept alone is the reason, or alone documents osteoporosis."""
    if name not in words:
        return None
    sent = Sent().silent()
    sent.drop("Condition")
    sent.the("DiagnosticReport").update(result=[], conclusionCode=[coded(VFA, "no-vertebral-fracture")])
    sent.the("ServiceRequest").update(reasonCode=[concept], reasonReference=[])
    return sent


def _tells(study: Study, words: Mapping[str, str]) -> bool:
    """Whether the site is of that kind, or a level (T8 where none is named) is told in those words."""
    if "site" in words:
        return isinstance(study.site, Known) and study.site.value.kind.value == words["site"]
    if isinstance(study.reading, Gap):
        return False
    wanted = {"level": "T8", **words}
    return any(
        all(getattr(one, aspect).value == word for aspect, word in wanted.items())
        for one in study.reading.value.findings
    )


def _fact(system: str, code: str, means: str) -> Red:
    sent = Sent()
    result = {"resourceType": "Observation", "status": "final", "code": coded(system, code)}
    sent.add({**result, "subject": sent.ref("Patient"), "valueQuantity": {"value": -1.5}}, "measured")

    def red(rules: Rulebook) -> bool:
        return means not in [one.what for one in sent.study(book=rules).clinical]

    return red


def _of_findings() -> Iterator[tuple[str, Proof]]:
    for state, codes in SAID.items():
        for code in codes.split():
            says = f"A study of which nothing but {code} is said is {state}"
            red = _said_alone(code, state)
            yield code, Proof(says=says, file="tests/mappings/tables_of_sources.py", is_red=red)


def _said_alone(code: str, state: str) -> Red:
    facts = {"noted": [code]}
    study, practice = study_of(facts), practice_of(facts)

    def red(rules: Rulebook) -> bool:
        decision = decide(study, practice, rules)
        loud = {one.code.value for one in decision.findings if one.severity is not Severity.NOTE}
        return decision.state.value != state or loud != ({code} if state != "clean" else set())

    return red
