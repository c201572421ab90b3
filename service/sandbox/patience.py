"""How often a sandbox is asked again for what it has just stored: its search may lag behind its writes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Attempts, and seconds between two of them."""

    attempts: int = 6
    pause: float = 2.0


PATIENCE = Patience()
