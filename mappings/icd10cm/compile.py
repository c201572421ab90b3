"""Write the list of complete ICD-10-CM codes of one code set, small enough to be read at every start.

    python compile.py SOURCE FROM THROUGH > fy2026.txt

It reads the Python package `simple-icd-10-cm`, which carries the files of CDC/NCHS: install it in an
environment of its own, for it costs seconds and 200 MB. SOURCE is the id of its row in `sources.yaml`, FROM
and THROUGH the days the code set is for. Only codes are written, no titles. README.md tells more.
"""

import sys
from collections import defaultdict

CATEGORY = 3
SEVENTH = 6


def lines_of(codes: list[str]) -> list[str]:
    """A line for each category and each set of seventh characters that its codes take."""
    sevenths: dict[str, str] = defaultdict(str)
    whole: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code in sorted(codes):
        if len(code) > SEVENTH:
            sevenths[code[:SEVENTH]] += code[SEVENTH]
        else:
            whole[code[:CATEGORY], "-"].append(code[CATEGORY:] or ".")
    for stem, letters in sevenths.items():
        whole[stem[:CATEGORY], letters].append(stem[CATEGORY:])
    return [
        " ".join((category, letters, *sorted(rest))) for (category, letters), rest in sorted(whole.items())
    ]


def main(source: str, first: str, last: str) -> None:
    import simple_icd_10_cm as tabular

    # A category may be a block of its own and listed twice (B20); chapters are numbers, blocks have a dash.
    named = {code for code in tabular.get_all_codes(True) if "-" not in code and len(code) >= CATEGORY}
    codes = [code.replace(".", "") for code in named if tabular.is_leaf(code)]
    header = [
        "# Complete (billable) ICD-10-CM codes of CDC/NCHS, in the public domain. Made by compile.py.",
        f"source {source}",
        f"from {first}",
        f"through {last}",
    ]
    sys.stdout.write("\n".join((*header, *lines_of(codes))) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
