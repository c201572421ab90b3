"""What every question about one study needs, and the answers as they come."""

from dataclasses import dataclass, field
from datetime import date

from service.core.codes import Component, PayerKind, Procedure
from service.core.decision import (
    NO_SCOPE,
    Choice,
    Chosen,
    Finding,
    Rejected,
    Undecided,
    V,
)
from service.core.diagnoses import Diagnoses, decide_diagnoses
from service.core.draft import (
    Beside,
)
from service.core.practice import Practice
from service.core.rulebook import Facts, Rulebook
from service.core.status import BilledSite
from service.core.study import Coverage, Study


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
    later: tuple[Coverage, ...] = ()
    """The coverages that stand on the claims behind the first."""
    components: frozenset[Component] = frozenset()
    """The components of the planned claims."""
    sex_conflict: bool = False
    """Whether a diagnosis that is billed does not fit the recorded sex; asked where that is confirmed."""

    def take(self, choice: Choice[V]) -> Chosen[V] | None:
        """The chosen value, or None where it is undecided; what either says is kept."""
        if isinstance(choice, Undecided):
            self.said += choice.needs
            return None
        self.said += choice.findings
        return choice

    def diagnoses(self, on: date) -> Chosen[tuple[Chosen[str], ...]] | None:
        """The diagnoses of claims of that day, asked once a day."""
        if on not in self.diagnosed:
            self.diagnosed[on] = decide_diagnoses(self.study, self.rulebook, on)
            self.rejected += self.diagnosed[on].rejected
        return self.take(self.diagnosed[on].codes)
