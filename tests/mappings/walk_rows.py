"""Walks every row of `mappings/`: spoils it, and runs what rests on it until something goes red.

`python -m tests.mappings.walk_rows` prints what nobody noticed, and ends with 1 if there is any. Rulebooks
are made in memory, past the proofs of loading: a row that does not load is not counted. Reading prose has a
walk of its own (`tests/prose/test_every_row_is_read.py`).
"""

import sys
from collections.abc import Iterable, Iterator

from service.core.rulebook import Rulebook
from tests.cases.rules import rulebook
from tests.mappings.altered import Spoilt, spoilt
from tests.mappings.evidence import Proof, proofs

LOUD = (KeyError, ValueError, IndexError, StopIteration, AttributeError, AssertionError)
"""A decision that cannot be made at all is no silent one either."""


def survivors(everything: Iterable[Spoilt]) -> Iterator[Spoilt]:
    """What was spoilt without anything going red."""
    return (one for one in everything if not is_noticed(one))


def is_noticed(one: Spoilt) -> bool:
    """Whether a proof of the row is red by the spoilt rules."""
    return any(turns_red(proof, one.rules) for proof in proofs().get(one.row, ()))


def turns_red(proof: Proof, rules: Rulebook) -> bool:
    """Whether a proof is red by those rules."""
    try:
        return proof.is_red(rules)
    except LOUD:
        return True


def main() -> int:
    """Prints the survivors and how many ways there were; 1 if there are survivors."""
    everything = list(spoilt(rulebook()))
    left = list(survivors(everything))
    for one in left:
        sys.stdout.write(f"{one}{'' if one.row in proofs() else ' (nothing rests on it)'}\n")
    sys.stdout.write(f"{len(everything)} ways to spoil a row, {len(left)} unnoticed\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
