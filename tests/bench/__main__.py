"""`make bench`: what one derivation costs, as ratios that hold on any machine, beside aims and baseline."""

import json
import resource
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service import json_text
from tests.bench.derivation import Derivation
from tests.bench.programs import (
    COMMAND,
    Load,
    first_answer,
    hapi,
    help_of_the_command,
    load,
    memory_of,
    serving,
)
from tests.bench.rounds import ROUNDS, Cost, costs

BASELINE = Path(__file__).with_name("baseline.json")
SLOWER = 1.15
"""Repeated runs on a machine with other work differ by a tenth; more is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table; `ratio` (or seconds) is compared with the aim and with the baseline."""

    name: str
    figure: str
    ratio: float | None = None
    aim: float | None = None


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} us"


def in_process(bench: Derivation, rounds: int) -> tuple[dict[str, Cost], list[Line]]:
    """CPU of this process for one derivation, and for what it is compared with."""
    cost = costs(
        {
            "without": bench.without_ledger,
            "with": bench.with_ledger,
            "again": bench.again,
            "floor": bench.floor,
            "bare": bench.bare,
            "typing": bench.typing,
            "asked": bench.look_ups,
        },
        rounds=rounds,
        calls=10,
    )
    read = costs({"reading": bench.reading}, rounds=rounds, calls=1)["reading"].cpu / len(bench.reports)
    cpu = {name: each.cpu for name, each in cost.items()}
    own = cpu["without"] - cpu["typing"]
    return cost, [
        Line(name="JSON floor (a): read, walk, write", figure=micro(cpu["floor"])),
        Line(name="bare fhir.resources (b): Bundle in, Claims out", figure=micro(cpu["bare"])),
        Line(name="fhir.resources within a derivation", figure=micro(cpu["typing"])),
        Line(
            name="derivation without ledger / (b)",
            figure=micro(cpu["without"]),
            ratio=cpu["without"] / cpu["bare"],
            aim=0.5,
        ),
        Line(name="its own part / (a)", figure=micro(own), ratio=own / cpu["floor"], aim=3.0),
        Line(name="derivation with ledger / (b)", figure=micro(cpu["with"]), ratio=cpu["with"] / cpu["bare"]),
        Line(name="the same, on the clock (commits reach the disk)", figure=micro(cost["with"].clock)),
        Line(name="answered before / (b)", figure=micro(cpu["again"]), ratio=cpu["again"] / cpu["bare"]),
        Line(
            name="rule look-ups of a derivation / (a)",
            figure=f"{len(bench.asked)} of {cpu['asked'] / len(bench.asked) * 1e6:.2f} us",
            ratio=cpu["asked"] / cpu["floor"],
        ),
        Line(name="a report in prose read, milliseconds", figure=micro(read), ratio=read * 1e3, aim=5.0),
    ]


def over_http(bench: Derivation, work: float, rounds: int) -> Iterator[Line]:
    """Two workers, four connections that send as soon as they are answered."""
    answer = bench.folder / "answer.json"
    answer.write_bytes(json_text.write(bench.answer))
    command = [str(COMMAND.with_name("python")), "-m", "tests.bench.nothing"]
    environment = {"BENCH_ANSWER": str(answer), "BENCH_WORKERS": "2"}
    with serving(bench.folder, command, **environment) as (address, process):
        taken = {"requests": 200, "at_once": 4}
        paths: dict[str, list[Load]] = {"/nothing": [], "/fhir/Claim/$derive": []}
        for _ in range(rounds):
            for path, loads in paths.items():
                loads.append(load(address, path, bench.fresh, process.pid, **taken))
        nothing, derive = paths.values()
        for name, loads in (("nothing", nothing), ("$derive", derive)):
            best = max(loads, key=lambda each: each.rate)
            yield Line(
                name=f"HTTP {name}: requests a second, p50/p99",
                figure=f"{best.rate:,.0f}/s {best.median * 1e3:.1f}/{best.slowest * 1e3:.1f} ms",
            )
        spent = min(each.cpu for each in nothing)
        yield Line(
            name="HTTP and Flask / the service's own work", figure=micro(spent), ratio=spent / work, aim=0.3
        )
        yield Line(name="memory of 2 workers after that load", figure=f"{memory_of(process.pid):.0f} MiB")


def starting(folder: Path, rounds: int) -> Iterator[Line]:
    """Fresh processes, files in the cache of the machine."""
    for name, measure, aim in (
        ("start to first answer, seconds", lambda: first_answer(folder), 2.0),
        ("vfa-claims --help, seconds", help_of_the_command, 0.2),
    ):
        spent = [measure() for _ in range(rounds)]
        clock, cpu = min(each.clock for each in spent), min(each.cpu for each in spent)
        yield Line(name=name, figure=f"{clock:.2f} s, CPU {cpu:.2f} s", ratio=clock, aim=aim)


def other_server(bench: Derivation, work: float, rounds: int) -> Iterator[Line]:
    """The same study in the local HAPI, on the clock; its first rounds warm the JVM up."""
    folder = bench.folder / "hapi"
    folder.mkdir()
    found = hapi(folder, bench.transaction, json_text.write(bench.claims[0]), rounds * 3)
    if isinstance(found, str):
        yield Line(name="HAPI", figure=found)
        return
    yield Line(name="HAPI: the study created in one transaction", figure=micro(found["stored"]))
    yield Line(name="HAPI: $validate of the Claim", figure=micro(found["validated"]))
    both = found["stored"] + found["validated"]
    yield Line(name="derivation with ledger, clock / both in HAPI", figure=micro(work), ratio=work / both)


def table(lines: list[Line], baseline: dict[str, float]) -> Iterator[str]:
    yield f"{'':50} {'measured':>28} {'ratio':>8} {'aim':>6} {'baseline':>9}"
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        aim = "" if line.aim is None else f"{line.aim:g}"
        before = baseline.get(line.name)
        remarks = []
        if line.ratio is not None and line.aim is not None and line.ratio > line.aim:
            remarks.append("missed")
        if line.ratio is not None and before and line.ratio > SLOWER * before:
            remarks.append("SLOWER than the baseline")
        shown = f"{before:.2f}" if before else ""
        yield f"{line.name:50} {line.figure:>28} {ratio:>8} {aim:>6} {shown:>9} {', '.join(remarks)}".rstrip()


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main() -> None:
    options = ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS, help="interleaved rounds (8 or more compare)")
    options.add_argument("--no-hapi", action="store_true", help="without the local HAPI")
    options.add_argument("--keep", action="store_true", help="write these ratios as the new baseline")
    chosen = options.parse_args()
    baseline = json.loads(BASELINE.read_text())["ratios"] if BASELINE.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Derivation(Path(folder))
        cost, lines = in_process(bench, chosen.rounds)
        sizes = (len(bench.body), len(json_text.write(bench.answer)))
        say("The brief's study: {:,} bytes in, {:,} bytes out.".format(*sizes))
        lines += over_http(bench, cost["with"].cpu, 8)
        lines += starting(Path(folder), 8)
        if chosen.no_hapi:
            lines.append(Line(name="HAPI", figure="not asked"))
        else:
            lines += other_server(bench, cost["with"].clock, 8)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(Line(name="memory of this process, at most", figure=f"{peak:.0f} MiB"))
    say(*table(lines, baseline))
    if chosen.keep:
        ratios = {line.name: round(line.ratio, 3) for line in lines if line.ratio is not None}
        BASELINE.write_text(json.dumps({"ratios": ratios}, indent=2) + "\n")


if __name__ == "__main__":
    main()
