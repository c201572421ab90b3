"""The rulebook that the cases are decided under, loaded once."""

from functools import cache
from string import Formatter

from service.core.rulebook import Rulebook
from service.store.rule_files import load_rulebook, packaged_rules


@cache
def rulebook() -> Rulebook:
    """The rules that travel with the service."""
    return load_rulebook(packaged_rules())


@cache
def any_words() -> tuple[tuple[str, str], ...]:
    """A word for every slot of every finding, for facts that a case takes away."""
    texts = (row.then for row in rulebook().findings.values())
    said = (part for text in texts for part in (text.says, text.settle))
    slots = {slot for one in said for _, slot, _, _ in Formatter().parse(one) if slot}
    return tuple((slot, f"(the {slot})") for slot in sorted(slots))
