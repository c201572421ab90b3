"""Measures that stay comparable on a busy machine: interleaved rounds, CPU time, the least of all."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 12
"""At least 8: on a machine with other work the least of fewer is not yet the cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Least seconds of one call: CPU of this process, and on the clock."""

    cpu: float
    clock: float


def costs(subjects: Mapping[str, Callable[[], object]], *, rounds: int, calls: int) -> dict[str, Cost]:
    """The least cost of each subject over rounds in which all take turns; each turn is `calls` calls."""
    least = {name: Cost(cpu=float("inf"), clock=float("inf")) for name in subjects}
    for subject in subjects.values():
        subject()
    for _ in range(rounds):
        for name, subject in subjects.items():
            gc.collect()
            began, began_cpu = time.perf_counter(), time.process_time()
            for _ in range(calls):
                subject()
            cpu, clock = time.process_time() - began_cpu, time.perf_counter() - began
            least[name] = Cost(
                cpu=min(least[name].cpu, cpu / calls), clock=min(least[name].clock, clock / calls)
            )
    return least
