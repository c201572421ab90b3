"""What every question about one study needs, and the answers as they come."""

from dataclasses import dataclass, field
from datetime import date

from service.core.codes import PayerKind, Procedure
from service.core.decision import (
    NO_SCOPE,
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    V,
)
from service.core.diagnoses import Diagnoses
from service.core.draft import (
    Beside,
)
from service.core.practice import Practice
from service.core.rulebook import Facts, Rulebook
from service.core.status import BilledSite
from service.core.study import Study


@dataclass(slots=True, kw_only=True)
class Desk:
    """What every question about one study needs; `said` and `rejected` gather the answers as they come."""

    study: Study
    practice: Practice
    rulebook: Rulebook
    day: date
    said: list[Finding]
    scope: Facts = field(default_factory=lambda: NO_SCOPE)
    payer_kind: PayerKind = PayerKind.UNKNOWN
    billed: BilledSite | None = None
    beside: tuple[Beside, ...] = ()
    together: tuple[Procedure, ...] = ()
    """Every procedure of the session: decided, or standing beside by the draft."""
    rejected: list[Rejected] = field(default_factory=list)
    diagnosed: dict[date, Diagnoses] = field(default_factory=dict)

    def take(self, choice: Choice[V]) -> Chosen[V] | None:
        """The chosen value, or None where it is undecided; what either says is kept."""
        if isinstance(choice, Undecided):
            self.said += choice.needs
            return None
        self.said += choice.findings
        return choice
