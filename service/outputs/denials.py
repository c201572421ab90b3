"""What a payer's denial means and what here would have prevented it, as JSON and as text for a biller."""

import re
from collections.abc import Iterator

from service.core.rulebook import Denial, FindingText, Row, Rulebook
from service.outputs.codings import Json, given

_CODE = re.compile(r"(?:(CO|PR|OA)[ -]?)?([A-Z]{0,2}\d+)")


def find_denials(rulebook: Rulebook, said: str) -> tuple[Denial, ...]:
    """The denials a code names: a CARC with or without its group (CO-97, CO97, 97), or a remark code."""
    matched = _CODE.fullmatch(said.strip().upper())
    if matched is None:
        return ()
    group, bare = matched.groups()
    wanted = f"{group}-{bare}" if group else bare
    named = [
        denial
        for denial in rulebook.denials
        if any(wanted in (code, code.partition("-")[2]) for code in denial.codes)
    ]
    return tuple(named or (denial for denial in rulebook.denials if wanted in denial.remarks))


def write_denial(denial: Denial, rulebook: Rulebook) -> Json:
    """The denial, the findings that prevent it and the rows that keep it from happening."""
    return {
        "code": denial.code,
        **given("also", list(denial.also)),
        **given("remarks", list(denial.remarks)),
        "cause": denial.cause,
        "prevented_by": denial.prevented_by,
        "findings": [
            {"code": row.id, "severity": str(row.then.severity), "settle": row.then.settle}
            for row in preventing(denial, rulebook)
        ],
        **given("rows", list(denial.rows)),
        **given("outside", denial.outside),
    }


def preventing(denial: Denial, rulebook: Rulebook) -> tuple[Row[FindingText], ...]:
    """The findings whose row says that they prevent the denial."""
    return tuple(row for row in rulebook.findings.values() if set(row.then.prevents) & set(denial.codes))


def readable_denial(denial: Json) -> str:
    """The same as text; it ends with a line break."""
    return "\n".join(_lines(denial)) + "\n"


def _lines(denial: Json) -> Iterator[str]:
    codes = " or ".join((denial["code"], *denial.get("also", ())))
    remarks = f" with {', '.join(denial['remarks'])}" if "remarks" in denial else ""
    yield f"{codes}{remarks}: {denial['cause']}"
    yield f"  Prevented by: {denial['prevented_by']}"
    for finding in denial["findings"]:
        yield f"  - {finding['code']} ({finding['severity']}): {finding['settle']}"
    if "rows" in denial:
        yield f"  Rows: {', '.join(denial['rows'])}"
    if "outside" in denial:
        yield f"  Not seen here: {denial['outside']}"
