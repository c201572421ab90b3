"""What every request of the service has at hand: the knowledge, the ledger and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from service.settings import Knowledge, Settings
from service.store.ledger import Ledger

EXTENSION = "vfa-claims"


def utc_now() -> datetime:
    """The clock of a running service, to the second: what `created` and `recorded` say."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Made once per worker; a test brings its own clock."""

    settings: Settings
    knowledge: Knowledge
    ledger: Ledger
    now: Callable[[], datetime] = utc_now


def current() -> Context:
    """The context of the application that answers this request."""
    return cast(Context, current_app.extensions[EXTENSION])
