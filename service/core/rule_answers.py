"""What the rows of `modifiers.yaml`, `sites.yaml` and `institutional.yaml` say; the other answers stand in
`rulebook`, which has the rule sets of them all."""

from dataclasses import dataclass

from service.core.codes import Modifier


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledAs:
    """What kind of site the study is billed as (`sites.yaml`): the patient's registered status wins."""

    billed_as: str
    """A SiteKind, `under-arrangement`, or `as-scanned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierChoice:
    """A modifier (`modifiers.yaml`): carried in its rank, lower first, or left off with the reason."""

    modifier: Modifier
    rank: int = 0
    left_off: str = ""
    """Why the line does not carry it; empty where it does."""
    warns: str = ""
    """What the payer does with a line that carries it, where the biller has to know; else empty."""
    needs_diagnosis: str = ""
    """The diagnosis without which a line must not carry it; empty where it needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierConflict:
    """Two modifiers that cannot stand on one line, and which one stays where that is defined."""

    first: str
    second: str
    keep: str
    """Empty where no repair is defined: the study is held with both facts shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverCarried:
    """Why a modifier is never right on a line of ours."""

    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceClass:
    """Which parts of the service a professional claim may bill at a place of service."""

    technical_part: bool
    reading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformBillCode:
    """A condition or an occurrence code (with the day of the notice) of an institutional claim."""

    condition_code: str = ""
    occurrence_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """How firmly a diagnosis supports the test: `strong`, `weak` or `failing` (`quality.yaml`)."""

    support: str
    low_density: bool = False
    """Whether the diagnosis says that the T-score is below -1.0, which the ISCD indications start from."""
