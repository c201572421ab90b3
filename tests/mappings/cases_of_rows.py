"""Writes `docs/rules/cases.json`: by row, the cases that turn red without it, for the pages of `docs/rules/`.

`python -m tests.mappings.cases_of_rows FILE` writes it, `make docs` calls it before the pages. A row has
up to three cases, those first that name it. Rows of prose have the reports that hold one of their wordings.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

from service.prose.vocabulary import spelled_out
from tests.cases.case import read_cases
from tests.cases.rules import rulebook
from tests.mappings.altered import TAKEN_OUT, Spoilt, spoilt
from tests.mappings.evidence import CASES, Proof, proofs
from tests.mappings.walk_rows import turns_red
from tests.prose.test_every_row_is_read import said
from tests.prose.test_reports import cases as prose_cases
from tests.reports.evaluate import OPEN, reports

SHOWN = 3
NAMED = ("because", "quiet", "edits")
"""Keys under which a case names the rows it is about."""
ROOT = CASES.parents[1]
PROSE_CASES = ROOT / "tests" / "prose" / "reports.yaml"
Shown = list[list[str]]
"""Name and file of each case."""
AGAINST_CODES: Shown = [["whether codes or words stand is a row", "tests/intake/test_prose_said.py"]]
"""Prose alone has no codes to be weighed against: the row that weighs them has its case elsewhere."""


@cache
def cases_of_rows() -> dict[str, Shown]:
    """By row id, the cases shown."""
    named = _named()
    found = {
        one.row: _shown(proofs().get(one.row, ()), one, named)
        for one in spoilt(rulebook())
        if one.how == TAKEN_OUT
    }
    return dict(sorted({**found, **dict(_of_prose())}.items()))


def as_text() -> str:
    """The file as it is committed: a row a line."""
    lines = (
        f"{json.dumps(row)}: {json.dumps(shown, ensure_ascii=False)}"
        for row, shown in cases_of_rows().items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _named() -> set[tuple[str, str]]:
    """Which case names which row."""
    named = set()
    for path in sorted(CASES.glob("*.yaml")):
        for case in read_cases(path):
            expect = (case.node.fields or {})["expect"].fields or {}
            rows = (row for key in NAMED if key in expect for row in expect[key].plain())
            named |= {(row, case.name) for row in rows}
    return named


def _shown(found: Sequence[Proof], one: Spoilt, named: set[tuple[str, str]]) -> Shown:
    first = sorted(found, key=lambda proof: (one.row, proof.says) not in named)
    red = islice((proof for proof in first if turns_red(proof, one.rules)), SHOWN)
    return [[proof.says, proof.file] for proof in red]


def _of_prose() -> Iterator[tuple[str, Shown]]:
    book = rulebook()
    own = [(case["name"], PROSE_CASES, case["text"]) for case in prose_cases()]
    texts = [*own, *((name, OPEN / f"{name}.txt", text) for name, text, _ in reports())]
    for row in (*book.report_terms.rows, *book.report_sections.rows):
        words = {phrase[0] for each in row.when["words"] for phrase in spelled_out(each)}
        held = [(name, file) for name, file, text in texts if any(each in text.lower() for each in words)]
        yield row.id, _files(held)
    for review in book.report_reviews.rows:
        yield review.id, _files([(n, file) for n, file, t in texts if review.then.says in _reasons(t)])
    for weighed in book.report_precedences.rows:
        held = [(name, file) for name, file, text in texts if weighed.id in _weighed(text)]
        yield weighed.id, AGAINST_CODES if "codes_vs_prose" in weighed.when["differ"] else _files(held)


def _reasons(text: str) -> set[str]:
    """Why a coder looks at a report, also for a single sentence of it."""
    reading = said(text)
    return {*reading.review, *(each.why.partition(":")[0] for each in reading.unplaced)}


def _weighed(text: str) -> set[str]:
    """The precedences that two statements of a report are weighed by."""
    return {each.row for each in said(text).contradictions}


def _files(held: Sequence[tuple[str, Path]]) -> Shown:
    return [[name, file.relative_to(ROOT).as_posix()] for name, file in held[:SHOWN]]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_text(), encoding="utf-8")
