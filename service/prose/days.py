"""Days a report names, as far as it gives them: a year, a month or a day, in ISO form."""

import re
from collections.abc import Sequence

from service.prose.tokens import MONTHS, Token

MONTHS_A_YEAR = 12
YEAR = re.compile(r"(?:19[89]|20[0-3])\d")


def days_in(tokens: Sequence[Token]) -> list[str]:
    """Every day, month or year that the tokens name."""
    days = [iso_date(token.text) for token in tokens if token.kind == "date"]
    days += [token.text for token in tokens if YEAR.fullmatch(token.text)]
    return [day for day in days if day]


def iso_date(text: str) -> str:
    """A date as far as it is given, in ISO form; empty if it is none.

    >>> iso_date("03/12/2024"), iso_date("january 2025"), iso_date("06/2019")
    ('2024-03-12', '2025-01', '2019-06')
    """
    if match := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", text):
        return text
    if match := re.fullmatch(r"(?:(\d{1,2})[-/.])?(\d{1,2})[-/.](\d{2,4})", text):
        year = match[3] if len(match[3]) == 4 else f"20{match[3]}"
        month_day = [int(part) for part in match.groups()[:2] if part]
        return (
            "-".join([year, *(f"{part:02}" for part in month_day)]) if month_day[0] <= MONTHS_A_YEAR else year
        )
    month = re.search(r"[a-z]{3}", text)
    year_said = re.search(r"(?:19|20)\d\d", text)
    if month and year_said and month[0] in MONTHS:
        day = re.search(r"\b(\d{1,2})\b", text.replace(year_said[0], ""))
        parts = [year_said[0], f"{MONTHS.index(month[0]) + 1:02}"]
        return "-".join([*parts, f"{int(day[1]):02}"] if day else parts)
    return ""
