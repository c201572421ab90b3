"""A worker decides one invented study before it takes requests, so that its first costs what others do."""

from contextlib import suppress
from dataclasses import replace

from service.errors import Fault, Refusal
from service.intake.envelope import envelope_of
from service.pipeline import derive
from service.store.examples import example_practice, example_study
from service.store.practice import load_practice
from service.web.context import Context


def rehearse(context: Context) -> None:
    """Derives the packaged example as a dry run and forgets the answer; nothing is kept in the ledger.

    What stops it would stop nobody else's study: the worker then starts without it.
    """
    if not example_practice().is_file():
        return
    with suppress(Fault, Refusal):
        derive(
            replace(envelope_of(example_study()), dry_run=True),
            rulebook=context.knowledge.rulebook,
            practice=load_practice(example_practice()),
            engine=context.knowledge.engine,
            strict=context.knowledge.strict,
            now=context.now(),
            ledger=context.ledger,
        )
